//! What others do that the reader may notice: the same in both worlds.

use crate::cast::Who;
use crate::generate::Gen;
use crate::script::{Act, Ask, Correct, File, GRADES, Judge, PortionRef, Raise, Ref, Ticket};

impl Gen<'_> {
    /// An act of another, in both worlds.
    pub(crate) fn seen(&mut self) -> Act {
        match self.dice.below(26) {
            20..26 => self.after_filing_seen(),
            0..8 => self.file_seen(),
            8..12 => {
                let who = self.dice.pick(&[Who::Chief, Who::Nina, Who::Paul]);
                let known: Vec<_> = self.low.iter().chain(&self.parts).copied().collect();
                match known.is_empty() {
                    true => self.file_seen(),
                    false => {
                        let key = self.dice.pick(&known);
                        // Who gets the original of a part depends on what rose, and shows in the history.
                        let original = self.low.contains(&key) && self.dice.chance(20);
                        Act::Ask(who, Ask::Read(Ref::Whole(key), original))
                    }
                }
            }
            12..15 => self.restrict_seen(),
            15 => self.grade_seen(),
            16 => {
                let within =
                    self.dice
                        .pick(&["Unclassified", "Confidential", "Limdis", "United Kingdom"]);
                Act::Ask(Who::Chief, Ask::Grant("paul", within.to_owned()))
            }
            17 => {
                let within = self.dice.pick(&["Confidential", "Limdis"]);
                Act::Ask(Who::Olga, Ask::Grant("paul", within.to_owned()))
            }
            18 if self.dice.chance(50) => Act::Ask(Who::Chief, Ask::Seal("paul")),
            18 => Act::Ask(
                Who::Chief,
                Ask::Invite(format!("guest{}", self.dice.below(4))),
            ),
            _ => Act::SignIn(self.dice.pick(&["low", "clerk", "chief", "nobody"]), false),
        }
    }

    /// A correction, a link or a withdrawal of what the reader may see.
    fn after_filing_seen(&mut self) -> Act {
        if self.low.is_empty() {
            return self.file_seen();
        }
        let key = self.dice.pick(&self.low);
        let record = Ref::Whole(key);
        let ask = match self.dice.below(6) {
            0..3 => {
                return Act::Correct(Correct {
                    who: Who::Chief,
                    of: record,
                    text: self.text(4),
                    marking: self.markings.low(&mut self.dice),
                    listened: "the duty officer",
                    request: Ticket::Of(self.ticket()),
                });
            }
            3 => {
                let to = Ref::Whole(self.dice.pick(&self.low));
                let kind = self.dice.pick(&["denial", "response"]);
                Ask::Link(record, to, None, kind, Ticket::Of(self.ticket()))
            }
            4 => Ask::Withdraw(record, Ticket::Of(self.ticket())),
            _ => Ask::Approve(record, Ticket::Of(self.ticket())),
        };
        Act::Ask(Who::Chief, ask)
    }

    fn file_seen(&mut self) -> Act {
        let key = self.key();
        let high = self.dice.chance(20);
        let marking = if high {
            self.high.push(key);
            self.markings.high(&mut self.dice)
        } else {
            self.low.push(key);
            self.markings.low(&mut self.dice)
        };
        Act::File(File {
            who: Who::Chief,
            key,
            name: "note.txt",
            text: self.text(5),
            marking: Some(marking),
            reason: "foreign-relations",
            request: Ticket::Of(u64::from(key.0)),
            at_once_to: None,
        })
    }

    fn grade_seen(&mut self) -> Act {
        let known: Vec<_> = self.low.iter().chain(&self.parts).copied().collect();
        if known.is_empty() {
            return self.file_seen();
        }
        let key = self.dice.pick(&known);
        let portions = match self.dice.chance(50) {
            true => vec![PortionRef::Seen(key, self.dice.below(5))],
            false => Vec::new(),
        };
        Act::Ask(
            Who::Chief,
            Ask::Grade(Judge {
                record: Ref::Whole(key),
                portions,
                grade: self.dice.pick(&GRADES),
                request: Ticket::Of(self.ticket()),
            }),
        )
    }

    fn restrict_seen(&mut self) -> Act {
        let known: Vec<_> = self.low.iter().chain(&self.parts).copied().collect();
        if known.is_empty() {
            return self.file_seen();
        }
        let key = self.dice.pick(&known);
        let portions = if self.dice.chance(60) {
            vec![if self.dice.chance(70) {
                PortionRef::Seen(key, self.dice.below(5))
            } else {
                PortionRef::Word(self.dice.pick(&["source", "marking", "place"]).to_owned())
            }]
        } else {
            Vec::new()
        };
        let high = self.dice.chance(60);
        Act::Ask(
            Who::Chief,
            Ask::Restrict(Raise {
                records: vec![Ref::Whole(key)],
                to: self.markings.raise(&mut self.dice, high),
                portions,
                reason: "privacy",
                dry_run: false,
                request: Ticket::Of(self.ticket()),
            }),
        )
    }
}
