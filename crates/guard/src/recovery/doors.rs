//! How key holders, and the process that runs the guard, get at recoveries from outside.

use strongroom_record::event::Act;
use strongroom_record::recovery::OpenedFor;
use strongroom_seal::HolderId;

use crate::api::HolderRequest;
use crate::fault::Fault;
use crate::guard::{Guard, IssuedCopy};
use crate::refusal::Refusal;
use crate::state::openers;

impl Guard {
    /// Does what a key holder asks, who has no session and signs with the key of a card. What anyone could send
    /// without such a key is refused and not recorded: it would fill the ledger.
    ///
    /// # Errors
    /// The key holder is not one of the room, the request is refused, or the room is closed.
    pub fn key_holder(&self, ask: &HolderRequest) -> Result<IssuedCopy, Refusal> {
        self.core().guarded(|| self.core().key_holder(ask))
    }

    /// The recovery shares of the house key, as the file in the room's folder should have them.
    ///
    /// # Errors
    /// The store lacks them, or cannot be read.
    pub fn house_shares(&self) -> Result<String, Fault> {
        self.core().house_file()
    }

    /// The same when they changed since this was asked last, or it was never asked: then the file is to be written.
    ///
    /// # Errors
    /// The store lacks them, or cannot be read.
    pub fn new_house_shares(&self) -> Result<Option<String>, Fault> {
        if !self.core().desk.tell_shares() {
            return Ok(None);
        }
        self.house_shares().map(Some)
    }

    /// Records that several key holders opened the room, or recovered its house key.
    ///
    /// # Errors
    /// The room is closed, or the ledger cannot be written.
    pub fn opened_by(&self, purpose: OpenedFor, holders: &[HolderId]) -> Result<(), Refusal> {
        let core = self.core();
        core.guarded(|| {
            let holders: Vec<_> = holders
                .iter()
                .map(|id| id.as_bytes().to_vec().into())
                .collect();
            openers(&holders).map_err(Refusal::invalid)?;
            let mut state = core.state_mut();
            let mut command = core.command_of_nobody(&format!("opened by {}", core.now()));
            command.event(Act::OpenedBy { purpose, holders });
            Ok(core.enact(&mut state, command, None)?)
        })
    }
}
