//! Heads of the ledger that were seen outside the store, held against the entries that it has.
//!
//! An older copy of a store is whole in itself: nothing in it is damaged or missing. That it is an older copy shows
//! only where something has seen more. So a check asks for such heads: those of the ledger folder, of the anchor,
//! and of whoever asks. A head counts only with both signatures of the log.

use strongroom_tlog::checkpoint::{LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::tree::{Frontier, TreeHead};

use super::Place;
use super::finding::Findings;
use crate::api::{HeadSeen, SeenBy, Wrong};
use crate::founding::{log_generation, log_keys_of};
use crate::kinds;

/// Heads that are still to be come to.
#[derive(Default)]
pub(super) struct Heads {
    /// Who has seen it, and whether it is of a later log than the store knows of.
    waiting: Vec<(SeenBy, TreeHead)>,
    /// What could not be compared, and why.
    untold: Vec<String>,
}

impl Heads {
    /// Takes those that the log's keys have signed, and names the others.
    pub(super) fn of(
        seen: &[HeadSeen],
        place: &Place<'_>,
        keys: Option<&LogPublicKeys>,
        findings: &mut Findings,
    ) -> Self {
        let mut heads = Self::default();
        for head in seen {
            heads.take(head, place, keys, findings);
        }
        heads
    }

    fn take(
        &mut self,
        seen: &HeadSeen,
        place: &Place<'_>,
        keys: Option<&LogPublicKeys>,
        findings: &mut Findings,
    ) {
        const SIGNED: &str = "it is a head of this room's ledger, with both signatures of its keys";
        let by = seen.by;
        let Ok(signed) = SignedCheckpoint::from_bytes(seen.checkpoint.as_bytes()) else {
            return findings.head(by, None, Wrong::Damaged, SIGNED);
        };
        let claimed = Some(signed.claimed_size().get());
        let Some(keys) = keys else {
            return self.untold.push(format!(
                "the head that {} has seen: whose signatures it must bear cannot be read",
                by.words()
            ));
        };
        let of = log_generation(place.room, &signed.claimed_origin());
        let now = log_generation(place.room, keys.origin());
        match (signed.verify(keys), of, now) {
            (Ok(head), _, _) if head.head().size().get() > 0 => {
                self.waiting.push((by, *head.head()));
            }
            (Ok(_), _, _) => {}
            (Err(_), Some(of), Some(now)) if of > now && is_of(place, of, &signed) => findings.head(
                by,
                claimed,
                Wrong::Missing,
                "the store knows of the restore after which this head was signed",
            ),
            (Err(_), Some(of), Some(now)) if of < now => self.untold.push(format!(
                "the head that {} has seen is from before a restore that may have lost entries: `ledger accept-restore` compares it",
                by.words()
            )),
            (Err(_), ..) => findings.head(by, claimed, Wrong::Damaged, SIGNED),
        }
    }

    /// The tree has grown by an entry: compares the heads of its size with it.
    pub(super) fn grown(&mut self, tree: &Frontier, findings: &mut Findings) {
        self.waiting.retain(|(by, head)| {
            let come_to = head.size() == tree.size();
            if come_to && tree.head() != *head {
                let rule = "the entries up to there give the root that was signed";
                findings.head(*by, Some(head.size().get()), Wrong::Damaged, rule);
            }
            !come_to
        });
    }

    /// The ledger has no more entries, or cannot be read any further. Gives what could not be compared.
    pub(super) fn end(self, whole: bool, findings: &mut Findings) -> Vec<String> {
        let mut untold = self.untold;
        for (by, head) in self.waiting {
            if whole {
                let rule = "the store has every entry that a signed head is over";
                findings.head(by, Some(head.size().get()), Wrong::Missing, rule);
            } else {
                untold.push(format!(
                    "the head of {} entries that {} has seen: the ledger was not read so far",
                    head.size(),
                    by.words()
                ));
            }
        }
        untold
    }
}

/// Whether one of the room's logs signed it: all have the same seeds.
fn is_of(place: &Place<'_>, generation: u32, signed: &SignedCheckpoint) -> bool {
    let seeds = place.store.find(kinds::log_keys()).ok().flatten();
    let keys = seeds.and_then(|s| log_keys_of(place.room, generation, s.expose()).ok());
    keys.is_some_and(|keys| signed.verify(&keys).is_ok())
}
