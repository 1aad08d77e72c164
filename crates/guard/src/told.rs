//! What anyone may know of a room, told without waiting for anybody: nothing that this takes is ever held while a disk
//! is waited for.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::api::{Status, WrittenAnew};
use crate::fault::Fault;
use crate::guard::Guard;
use crate::limits::DISK_WAIT_MAX;
use crate::refusal::Refusal;

impl Guard {
    /// Whether the room takes requests. Answers at once, also while the disk hangs.
    ///
    /// # Errors
    /// Why it is closed, in the words of every refusal.
    pub fn is_open(&self) -> Result<(), Refusal> {
        self.core().check_open()
    }

    /// Why the room is closed, if it is. Answers at once, also while the disk hangs.
    pub fn fault(&self) -> Option<Fault> {
        self.core().closed_on()
    }

    /// Whether the disk that the store lies on does not answer, so that nothing can be waited for that needs it.
    pub fn hangs(&self) -> bool {
        let waited = self.core().store.vault.stalled();
        waited.is_some_and(|waited| waited >= DISK_WAIT_MAX)
    }

    /// When and why the ledger folder was last written anew. Answers at once.
    pub fn folder_written_anew(&self) -> Option<WrittenAnew> {
        self.core().publisher.written_anew()
    }

    /// What anyone may know of the room. Answers at once, also when it is closed or the disk hangs: nothing
    /// that this takes is ever held while the disk is waited for.
    pub fn status(&self) -> Status {
        let core = self.core();
        let fault = core.closed_on();
        let because = fault.as_ref().map(ToString::to_string);
        let remedy = fault.and_then(|fault| Refusal::from(fault).hint);
        let ledger = core.ledger();
        let checkpoint = ledger
            .checkpoint(core.now())
            .map_or_else(|e| e.to_string(), |c| c.as_str().to_owned());
        let unread = !core.proven.load(Ordering::Acquire);
        Status {
            room: core.room.to_string(),
            state: if because.is_some() { "closed" } else { "open" }.to_owned(),
            because,
            remedy,
            policy: core.policy_name.clone(),
            entries: ledger.size(),
            read_anew: unread.then(|| core.read_anew.load(Ordering::Acquire)),
            checkpoint,
            log_keys: ledger.public().to_text(),
            outside: core.outside_shown(&ledger),
            last_check: core
                .last_check
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }
}
