//! What a restored room's ledger shows of its restores, weighed against the head that this account kept.
//!
//! The guard is believed in nothing: keys, events and heads are checked here. What heads alone cannot show is
//! said to be open; whoever accepts the restore accepts that.

use strongroom_guard::api::{ReceiptShown, RestoresShown};
use strongroom_guard::restore_asked;
use strongroom_record::event::{Act, FieldTag};
use strongroom_record::keeping::{Approved, Lost, Restored};
use strongroom_record::recovery::Asked;
use strongroom_record::{RoomId, decode};
use strongroom_seal::{Giving, KemPublic, KeyHolderCard, Signature, SuiteFloor};
use strongroom_tlog::checkpoint::Checkpoint;
use strongroom_tlog::tree::ConsistencyProof;
use strongroom_tlog::verify::{self, Standing};

use crate::commands::verify::shown::{self, Given};
use crate::heads::Former;
use crate::outcome::Failure;

/// Something that was looked at, and what came of it.
pub(super) struct Line {
    pub(super) standing: Standing,
    pub(super) says: String,
}

/// A restore, as its event says.
pub(super) struct Told {
    pub(super) at: String,
    pub(super) restored: Restored,
    /// Who gave the backup's key for it, as far as cards tell.
    pub(super) approved: Vec<String>,
}

/// What is to be accepted, and what was seen of it.
pub(super) struct Judged {
    /// The newest head, as it was signed.
    pub(super) newest: String,
    pub(super) entries: u64,
    /// The restores since the log that this account saw.
    pub(super) restores: Vec<Told>,
    pub(super) lines: Vec<Line>,
}

impl Judged {
    /// Whether something is not as it is said to be.
    pub(super) fn fails(&self) -> bool {
        self.lines.iter().any(|l| l.standing == Standing::Fails)
    }

    /// Checks what the guard shows.
    pub(super) fn of(
        former: &Former,
        shown: RestoresShown,
        cards: &[KeyHolderCard],
    ) -> Result<Self, Failure> {
        let head = former.believed(&shown.checkpoint)?;
        let mut judged = Self {
            newest: shown.checkpoint,
            entries: head.head().size().get(),
            restores: Vec::new(),
            lines: Vec::new(),
        };
        judged.say(
            Standing::Holds,
            format!(
                "log {} is signed by the two keys that signed log {}, under its own name",
                former.now, former.was
            ),
        );
        if head.time() < former.head().time() {
            judged.say(
                Standing::Fails,
                "its newest head was signed before the one that this account kept",
            );
        }
        // How the log of this account's head became this one: all of it is needed to say what was kept.
        let mut lineage = vec![1];
        for one in shown.restores {
            let Some(told) = judged.event(former, one) else {
                continue;
            };
            lineage.push(told.restored.generation);
            if told.restored.generation > former.was {
                judged.approvals(former.room, &told.restored, cards);
                let approved = told.restored.approvals.iter();
                let approved = approved
                    .map(|approved| called(cards, &approved.by.holder))
                    .collect();
                judged.restores.push(Told { approved, ..told });
            }
        }
        let last = judged.restores.last().map(|t| &t.restored);
        let ends_here = last
            .is_some_and(|r| r.generation == former.now && r.log_keys == former.keys().to_text());
        if !ends_here || !lineage.is_sorted_by(|a, b| a < b) {
            judged.say(
                Standing::Fails,
                "the ledger shows no restore by which it became this log",
            );
        }
        let known = lineage.contains(&former.was);
        judged.heads(former, &head, shown.consistency.as_deref(), known);
        Ok(judged)
    }

    fn say(&mut self, standing: Standing, says: impl Into<String>) {
        let says = says.into();
        self.lines.push(Line { standing, says });
    }

    /// The event of a restore: that it stands in the ledger, where it must, and says what it must.
    fn event(&mut self, former: &Former, one: ReceiptShown) -> Option<Told> {
        let (place, at) = (one.log.index, one.at.clone());
        match self.opened(former, &one) {
            Ok(restored) if restored.head.size != place => {
                self.say(
                    Standing::Fails,
                    format!("entry {place}: it is no restore that begins another log there"),
                );
                None
            }
            Ok(restored) => {
                self.say(
                    Standing::Holds,
                    format!(
                        "the restore by which log {} began is entry {place} of the ledger",
                        restored.generation
                    ),
                );
                Some(Told {
                    at,
                    restored,
                    approved: Vec::new(),
                })
            }
            Err(why) => {
                self.say(Standing::Fails, format!("entry {place}: {why}"));
                None
            }
        }
    }

    fn opened(&self, former: &Former, one: &ReceiptShown) -> Result<Restored, String> {
        let given: Given = shown::of(one)?;
        let (mut report, accepted) = verify::receipt(&given.receipt, former.keys());
        if let Some(accepted) = accepted {
            given.check(&accepted, &mut report);
        }
        let mut wrong = report.findings().iter();
        if let Some(wrong) = wrong.find(|f| f.standing == Standing::Fails) {
            return Err(wrong.says.clone());
        }
        if given.receipt.checkpoint().as_str() != self.newest {
            return Err("it is proved under another head than the newest".to_owned());
        }
        let room = given.opened(FieldTag::Room).map(decode::<RoomId>);
        let act = given.opened(FieldTag::Act).map(decode::<Act>);
        match (room, act) {
            (Some(Ok(room)), Some(Ok(Act::Restored(restored)))) if room == former.room => {
                Ok(*restored)
            }
            _ => Err("its fields do not say that this room was restored".to_owned()),
        }
    }

    /// The key holders' signatures, by the cards that are here.
    fn approvals(&mut self, room: RoomId, restored: &Restored, cards: &[KeyHolderCard]) {
        let log = restored.generation;
        let expected = restore_asked(restored.backup, &restored.head, &restored.lost);
        let asked = decode::<Asked>(&restored.asked);
        let (true, Ok(recipient)) = (
            asked.is_ok_and(|asked| asked == expected),
            decode::<KemPublic>(&restored.recipient),
        ) else {
            self.say(
                Standing::Fails,
                format!("log {log}: what the key holders were asked is not this restore"),
            );
            return;
        };
        for Approved { given, by } in &restored.approvals {
            let name = called(cards, &by.holder);
            let card = cards.iter().find(|c| *c.id().as_bytes() == by.holder);
            let Some(card) = card else {
                self.say(
                    Standing::Open,
                    format!("log {log}: that {name} approved it is not seen without that key holder's card (--card FILE)"),
                );
                continue;
            };
            let verified = decode(given).is_ok_and(|given| {
                let giving =
                    Giving::new(room, restored.recovery, &restored.asked, &recipient, given);
                Signature::from_bytes(&by.signature)
                    .is_ok_and(|s| giving.verify(SuiteFloor::default(), card, &s).is_ok())
            });
            if verified {
                self.say(Standing::Holds, format!("log {log}: {name} signed for it"));
            } else {
                self.say(
                    Standing::Fails,
                    format!("log {log}: the signature of {name} for it is wrong"),
                );
            }
        }
    }

    /// What of the log that this account saw is in the ledger.
    fn heads(
        &mut self,
        former: &Former,
        newest: &Checkpoint,
        consistency: Option<&str>,
        known: bool,
    ) {
        let Some(first) = self.restores.first().map(|told| &told.restored) else {
            return;
        };
        let (kept, until) = (first.head.size, first.lost);
        let seen = former.head().head();
        let entries = seen.size().get();
        if !known {
            self.say(
                Standing::Open,
                format!(
                    "log {} itself was given up, or its beginning is not shown any more: how much of it is kept, nothing here says",
                    former.was
                ),
            );
            return;
        }
        if entries <= kept {
            let proof = consistency.and_then(|text| ConsistencyProof::from_text(text).ok());
            match proof.map(|proof| proof.verify(seen, newest.head())) {
                Some(Ok(())) => self.say(
                    Standing::Holds,
                    format!("all {entries} entries that this account saw are in the ledger"),
                ),
                _ => self.say(
                    Standing::Fails,
                    format!(
                        "the restore keeps {kept} entries, and the {entries} that this account saw are not among them"
                    ),
                ),
            }
            return;
        }
        self.say(
            Standing::Open,
            format!(
                "of the {entries} entries that this account saw, {} are lost; that the {kept} before them are those that are kept, heads alone do not show; \
                 the two ledger folders do, whose first {kept} entries are then the same",
                entries - kept
            ),
        );
        match until {
            Lost::Until(head) if head.size < entries => self.say(
                Standing::Open,
                format!(
                    "the key holders were told of a loss up to entry {}, and this account saw {entries}",
                    head.size
                ),
            ),
            Lost::Until(head) if head.size == entries && head.root != *seen.root().as_bytes() => {
                self.say(
                    Standing::Fails,
                    format!("the {entries} entries that the restore says are lost are not those that this account saw"),
                );
            }
            _ => {}
        }
    }
}

/// A key holder: by the card's name, or by what the signature says.
fn called(cards: &[KeyHolderCard], holder: &[u8; 16]) -> String {
    let card = cards.iter().find(|c| c.id().as_bytes() == holder);
    card.map_or_else(
        || data_encoding::HEXLOWER.encode(holder),
        |card| card.name().to_owned(),
    )
}
