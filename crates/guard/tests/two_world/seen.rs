//! What others do that the reader may notice: the same in both worlds.

use crate::cast::Who;
use crate::generate::Gen;
use crate::oversight;
use crate::script::{
    Act, Ask, Correct, File, GRADES, Judge, LinkEnd, PortionRef, Raise, Ref, Ticket,
};

impl Gen<'_> {
    /// An act of another, in both worlds.
    pub(crate) fn seen(&mut self) -> Act {
        match self.dice.below(38) {
            32..38 => oversight::seen(self),
            20..26 => self.after_filing_seen(),
            26..29 => self.file_beside_seen(),
            29..32 => self.grade_seen(),
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
                Act::Ask(
                    Who::Olga,
                    Ask::Grant("paul", within.to_owned(), Ticket::Of(self.ticket())),
                )
            }
            17 => {
                let within = self.dice.pick(&["Confidential", "Limdis"]);
                Act::Ask(
                    Who::Olga,
                    Ask::Grant("paul", within.to_owned(), Ticket::Of(self.ticket())),
                )
            }
            18 if self.dice.chance(70) => Act::Ask(Who::Chief, Ask::Seal("paul", false)),
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
        let ask = match self.dice.below(8) {
            0..3 => {
                self.corrected.push(key);
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
                let to = self.dice.pick(&self.low);
                let portion = PortionRef::Seen(to, self.dice.below(5));
                let portion = self.dice.chance(50).then_some(portion);
                let kind = self.dice.pick(&["denial", "response"]);
                let to = Ref::Whole(to);
                Ask::Link(record, to, portion, kind, Ticket::Of(self.ticket()))
            }
            5 => {
                let key = self.key();
                self.low.push(key);
                let file = File {
                    who: Who::Chief,
                    key,
                    name: "instead.txt",
                    text: self.text(3),
                    marking: Some(self.markings.low(&mut self.dice)),
                    reason: "privacy",
                    request: Ticket::Of(u64::from(key.0)),
                    at_once_to: None,
                    recorded: false,
                    within: false,
                };
                return Act::FileLinked(file, "successor", LinkEnd::Record(record));
            }
            6 | 7 if !self.asked.is_empty() => {
                let record = Ref::Whole(self.dice.pick(&self.asked));
                let number = Ticket::Of(self.ticket());
                match self.dice.below(4) {
                    0 => Ask::TakeBack(record, number),
                    _ => return Act::Ask(Who::Nina, Ask::Approve(record, number)),
                }
            }
            _ => {
                self.asked.push(key);
                Ask::Withdraw(record, Ticket::Of(self.ticket()))
            }
        };
        Act::Ask(Who::Chief, ask)
    }

    /// What lies beside a record that the reader may see: given out, or filed.
    fn file_beside_seen(&mut self) -> Act {
        if self.low.is_empty() {
            return self.file_seen();
        }
        let record = Ref::Whole(self.dice.pick(&self.low));
        if self.dice.chance(40) {
            return Act::Record(Who::Chief, record, self.dice.pick(&[0, 0, 1]), true);
        }
        let who = self.dice.pick(&[Who::Chief, Who::Nina, Who::Paul]);
        let attachment = self.dice.pick(&[None, Some(1), Some(1), Some(2)]);
        Act::Ask(who, Ask::Piece(record, attachment, None, 0))
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
            recorded: self.dice.chance(20),
            within: false,
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
