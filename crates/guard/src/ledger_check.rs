//! Walking the whole ledger of an open room: every event against its entry, every signature against
//! its signer, and the tree against the signed checkpoint. What key holders signed is checked when the room opens.

use strongroom_tlog::checkpoint::LogPublicKeys;

use crate::api::LedgerChecked;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::replay::must_be_signed;
use crate::walk::{Pace, walk};

impl Core {
    pub(crate) fn ledger_check(&self, asking: &Asking) -> Result<LedgerChecked, Stop> {
        let believed = {
            let state = self.state();
            asking.active(&state)?;
            LogPublicKeys::from_text(&state.log.keys)
                .map_err(|_| Fault::Damaged("the ledger's public keys in its events"))?
        };
        let ledger = self.ledger();
        let signed = ledger.checkpoint(self.now())?;
        let checked = signed
            .verify(&believed)
            .map_err(|_| Fault::Damaged("the checkpoint's signatures"))?;
        let mut tree = strongroom_tlog::tree::Tree::new();
        let size = checked.head().size().get();
        let (room, floor) = (self.room, self.env.floor);
        let _whole = walk(
            &self.store,
            room,
            floor,
            0..size,
            Pace::Fast,
            |signing, visited| {
                let event = &visited.event;
                tree.append(strongroom_tlog::tree::LeafHash::of(&visited.leaf));
                if event.command.is_some() || must_be_signed(&event.act) {
                    let signer = event
                        .actor
                        .ok_or(Fault::Damaged("a signed event without an actor"))?;
                    let keys = {
                        let state = self.state();
                        let person = state
                            .people
                            .get(signer)
                            .ok_or(Fault::Damaged("an event is signed by nobody of the room"))?;
                        person.keys_at(visited.index).clone()
                    };
                    signing.check_signature(visited, &keys)?;
                }
                Ok(())
            },
        )?;
        if tree.head() != *checked.head() {
            return Err(Fault::Damaged(
                "the entries do not give the root that the checkpoint signs",
            )
            .into());
        }
        Ok(LedgerChecked {
            entries: size,
            checkpoint: signed.as_str().to_owned(),
        })
    }
}
