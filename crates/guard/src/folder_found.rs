//! What is found outside the store: the heads there, and whose ledger a folder holds when the room opens.
//!
//! The room publishes over what is damaged, and never over what is somebody else's: a path that was mistaken, or a
//! folder that was put in the place of this room's. While the room is open the folder is its own, and what is found
//! changed there is written anew.

use strongroom_record::keeping::Head;
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_vault::folder::{HeadFile, LedgerFolder};

use crate::anchor::{Anchor, AnchorError, head_in_anchor};
use crate::api::{HeadSeen, SeenBy};
use crate::fault::{Behind, Fault, Keeper};
use crate::founding::{log_generation, log_keys_of};
use crate::guard::Core;
use crate::kinds;
use crate::ledger::Ledger;
use crate::publish::{Patience, published};

impl Core {
    /// After a fault of what lies outside alone: looks there again, and writes what is missing.
    pub(crate) fn reopen_outside(&self) -> Result<(), Fault> {
        self.look_outside()?;
        let _checkpoint = self.settle(Patience::Done)?;
        self.open_again();
        Ok(())
    }

    /// The heads that lie outside, as they are found there; nothing of them is believed.
    pub(crate) fn heads_outside(&self) -> Vec<HeadSeen> {
        let outside = &self.publisher.outside;
        let folder = outside.folder.as_ref().map(published);
        let folder = folder.and_then(Result::ok).flatten();
        let anchor = outside.anchor.as_ref().map(HeadFile::read);
        let anchor = anchor.and_then(Result::ok).flatten();
        let folder = folder.map(|bytes| HeadSeen {
            by: SeenBy::Folder,
            checkpoint: String::from_utf8_lossy(&bytes).into_owned(),
        });
        let anchor = anchor.map(|bytes| HeadSeen {
            by: SeenBy::Anchor,
            checkpoint: head_in_anchor(&bytes),
        });
        folder.into_iter().chain(anchor).collect()
    }

    /// Refuses a folder that is another room's, or none of a ledger, and one that has seen a later log of this room.
    pub(crate) fn check_whose(
        &self,
        ledger: &Ledger,
        folder: &LedgerFolder,
        checkpoint: Option<&[u8]>,
    ) -> Result<(), Fault> {
        let Some(bytes) = checkpoint else {
            return match folder.stranger().map_err(Fault::Folder)? {
                None => Ok(()),
                Some(name) => Err(Fault::NotTheFolder(format!(
                    "holds no checkpoint, and {name:?}, which is of no ledger"
                ))),
            };
        };
        // What is no checkpoint at all is one that was damaged, and so is one that bears this room's signatures
        // under another name.
        let Ok(signed) = SignedCheckpoint::from_bytes(bytes) else {
            return Ok(());
        };
        let own = format!("\u{2014} strongroom/{}", self.room);
        let origin = signed.claimed_origin();
        let Some(of) = log_generation(self.room, &origin) else {
            if signed.as_str().lines().any(|line| line.starts_with(&own)) {
                return Ok(());
            }
            return Err(Fault::NotTheFolder(format!("holds the ledger of {origin}")));
        };
        if Some(of) > log_generation(self.room, ledger.public().origin()) {
            let seeds = self.store.get(kinds::log_keys(), "the ledger's keys")?;
            if signed
                .verify(&log_keys_of(self.room, of, seeds.expose())?)
                .is_ok()
            {
                return Err(Fault::Behind(Behind {
                    keeper: Keeper::Folder,
                    seen: signed.claimed_size().get(),
                    entries: ledger.size(),
                }));
            }
        }
        Ok(())
    }

    /// An anchor of a former log counts for nothing any more where this ledger has all that it has seen, or where the
    /// key holders approved that it goes.
    pub(crate) fn must_be_given_up(
        &self,
        ledger: &Ledger,
        anchor: &Anchor,
    ) -> Result<(), AnchorError> {
        let head = anchor.head.head();
        let seen = Head {
            size: head.size().get(),
            root: *head.root().as_bytes(),
        };
        let log = &self.state().log;
        if anchor.generation > log.generation {
            return Err(AnchorError::Later {
                generation: anchor.generation,
            });
        }
        let ended = log.restores.iter();
        let mut ended = ended.filter(|ended| ended.generation > anchor.generation);
        let kept = ended.clone().all(|ended| seen.size <= ended.at) && ledger.contains(head);
        if kept || ended.any(|ended| ended.until == Some(seen)) {
            return Ok(());
        }
        Err(AnchorError::Unlost { seen: seen.size })
    }
}
