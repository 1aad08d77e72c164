//! What happens above the reader, in one world or in both and not alike.

use crate::cast::Who;
use crate::generate::Gen;
use crate::oversight;
use crate::script::{
    Act, Ask, Correct, File, GRADES, Judge, Key, LinkEnd, PortionRef, Raise, Ref, Slot, Ticket,
};

/// Atoms that are granted apart; those within the bound are left out.
const ATOMS: [&str; 7] = [
    "Top Secret",
    "Secret",
    "Nodis",
    "Exdis",
    "Umbra",
    "Trine",
    "Israel",
];

impl Gen<'_> {
    /// A slot in which the worlds part.
    pub(crate) fn apart(&mut self) -> Slot {
        let mut sides = [Vec::new(), Vec::new()];
        if self.dice.chance(25) {
            // The same record in both worlds, with other words or another label.
            let key = self.key();
            self.high.push(key);
            sides = [0, 1].map(|_| vec![self.file_above(key)]);
            return Slot::Apart(sides);
        }
        if self.dice.chance(25) {
            sides[0] = self.after_filing_above();
        } else {
            for _ in 0..1 + self.dice.below(2) {
                let act = self.act_above();
                sides[0].push(act);
            }
        }
        if self.dice.chance(40) {
            let act = self.act_above();
            sides[1].push(act);
        }
        if self.dice.chance(50) {
            sides.reverse();
        }
        // After a wrong passphrase even the right one must wait.
        for side in &mut sides {
            side.sort_by_key(|act| matches!(act, Act::SignIn(..)));
        }
        Slot::Apart(sides)
    }

    /// What is done to a record after its filing, and must not show below: a version above, a link from above, a
    /// withdrawal of what is above.
    fn after_filing_above(&mut self) -> Vec<Act> {
        let below = (!self.low.is_empty()).then(|| self.dice.pick(&self.low));
        let above = self.any_above();
        let part = (!self.parts.is_empty()).then(|| self.dice.pick(&self.parts));
        match (self.dice.below(5), below, above) {
            // A link to a portion that the reader does not see, from a record that the reader sees.
            (3, Some(below), _) if part.is_some() => {
                let part = part.expect("some");
                let portion = Some(PortionRef::Risen(part, self.dice.below(4)));
                let kind = self.dice.pick(&["denial", "response"]);
                let (from, to) = (Ref::Whole(below), Ref::Whole(part));
                let link = Ask::Link(from, to, portion, kind, Ticket::No);
                vec![Act::Ask(Who::Chief, link)]
            }
            // A record above that succeeds, denies or answers one below.
            (4, Some(below), _) => {
                let key = self.key();
                self.high.push(key);
                let kind = self
                    .dice
                    .pick(&["successor", "successor", "denial", "response"]);
                let file = File {
                    who: Who::Chief,
                    key,
                    name: "above.txt",
                    text: self.text(3),
                    marking: Some(self.markings.high(&mut self.dice)),
                    reason: "privacy",
                    request: Ticket::Of(u64::from(key.0)),
                    at_once_to: None,
                    recorded: false,
                    within: false,
                };
                vec![Act::FileLinked(
                    file,
                    kind,
                    LinkEnd::Record(Ref::Whole(below)),
                )]
            }
            (0, Some(key), _) => {
                // Which version others are shown from now on differs, so that only the reader still asks for it.
                self.low.retain(|k| *k != key);
                self.forked.push(key);
                let marking = self.markings.high(&mut self.dice);
                let text = format!(
                    "Hidden version of {}\n\nHidden {}.\n",
                    key.0,
                    self.dice.words(5)
                );
                vec![Act::Correct(Correct {
                    who: Who::Chief,
                    of: Ref::Whole(key),
                    text,
                    marking,
                    listened: "someone above",
                    request: Ticket::No,
                })]
            }
            (1, Some(below), Some(above)) => {
                let (from, to) = (Ref::Whole(above), Ref::Whole(below));
                let kind = self.dice.pick(&["denial", "response"]);
                vec![Act::Ask(
                    Who::Chief,
                    Ask::Link(from, to, None, kind, Ticket::No),
                )]
            }
            (_, _, Some(above)) if self.dice.chance(20) => {
                let record = Ref::Whole(above);
                let hold = Ask::HoldPlace(record.clone(), Ticket::No);
                let lower = Ask::Lower(record, "Secret", Ticket::No);
                vec![Act::Ask(Who::Chief, hold), Act::Ask(Who::Chief, lower)]
            }
            (_, _, Some(above)) => {
                let record = Ref::Whole(above);
                let ask = match self.dice.below(8) {
                    0 => Ask::Destroy(record.clone(), Ticket::No),
                    // Nobody approves it: what came of that would not stay above.
                    1 => return vec![Act::Ask(Who::Chief, Ask::Undo(record, Ticket::No))],
                    _ => Ask::Withdraw(record.clone(), Ticket::No),
                };
                let mut acts = vec![Act::Ask(Who::Chief, ask)];
                match self.dice.below(5) {
                    0..3 => acts.push(Act::Ask(Who::Nina, Ask::Approve(record, Ticket::No))),
                    3 => acts.push(match self.dice.below(2) {
                        0 => Act::Ask(Who::Chief, Ask::TakeBack(record, Ticket::No)),
                        _ => Act::Ask(Who::Nina, Ask::Deny(record, Ticket::No)),
                    }),
                    _ => {}
                }
                acts
            }
            _ => vec![self.act_above()],
        }
    }

    fn file_above(&mut self, key: Key) -> Act {
        let at_once = self.dice.chance(30);
        // Under the name under which the reader files as well, and the same words at times.
        let within = !at_once && self.dice.chance(30);
        let marking = if at_once {
            self.markings.low(&mut self.dice)
        } else {
            self.markings.high(&mut self.dice)
        };
        Act::File(File {
            who: if at_once {
                Who::Chief
            } else {
                self.dice.pick(&[Who::Chief, Who::Nina])
            },
            key,
            name: if within { "low.txt" } else { "above.txt" },
            text: self.text(9),
            marking: Some(marking),
            reason: "foreign-relations",
            request: Ticket::Of(u64::from(key.0)),
            at_once_to: at_once.then(|| self.markings.raise(&mut self.dice, true)),
            recorded: self.dice.chance(20),
            within,
        })
    }

    fn act_above(&mut self) -> Act {
        let who = self.dice.pick(&[Who::Chief, Who::Nina]);
        let ask = match self.dice.below(32) {
            27..32 => return oversight::above(self),
            23 => match (self.parts.is_empty(), self.any_above()) {
                (false, _) if self.dice.chance(60) => {
                    let part = Ref::Whole(self.dice.pick(&self.parts));
                    Ask::Piece(part, self.dice.pick(&[None, Some(1)]), None, 0)
                }
                (_, Some(above)) => {
                    let attachment = self.dice.pick(&[None, Some(1)]);
                    Ask::Piece(Ref::Whole(above), attachment, None, 0)
                }
                _ => Ask::WhoAmI,
            },
            24 => match (self.parts.is_empty(), self.any_above()) {
                (false, _) if self.dice.chance(50) => {
                    let part = Ref::Whole(self.dice.pick(&self.parts));
                    return Act::Record(Who::Chief, part, 0, true);
                }
                (_, Some(above)) => return Act::Record(who, Ref::Whole(above), 0, true),
                _ => Ask::WhoAmI,
            },
            0..5 => {
                let key = self.key();
                self.high.push(key);
                return self.file_above(key);
            }
            6 | 7 => match self.any_above() {
                Some(key) => Ask::Read(Ref::Whole(key), self.dice.chance(30)),
                None => Ask::List(None, None),
            },
            8 | 9 => match self.any_above() {
                Some(key) => self.raise_above(Ref::Whole(key), Vec::new()),
                None => Ask::WhoAmI,
            },
            10 | 11 => match self.parts.is_empty() {
                false => {
                    let key = self.dice.pick(&self.parts);
                    let n = self.dice.below(4);
                    let ask = self.raise_above(Ref::Whole(key), vec![PortionRef::Risen(key, n)]);
                    return Act::Ask(Who::Chief, ask);
                }
                true => Ask::Persons,
            },
            12 | 25 | 26 => self.grade_above(),
            13 => match self.keys.is_empty() {
                false => Ask::History(Ref::Whole(self.dice.pick(&self.keys))),
                true => Ask::List(None, None),
            },
            14 => {
                let to = self.dice.pick(&["low", "clerk", "paul", "nina"]);
                return Act::Ask(Who::Olga, Ask::Grant(to, self.atom_above(), Ticket::No));
            }
            5 | 15 => {
                let to = self.dice.pick(&["paul", "nina"]);
                return Act::Ask(Who::Chief, Ask::Seal(to, true));
            }
            16 => return Act::Ask(Who::Olga, Ask::Grant("paul", self.atom_above(), Ticket::No)),
            17 => return Act::SignIn(self.dice.pick(&["chief", "nina", "paul", "nobody"]), false),
            // Refused, or without any effect.
            18 => match self.dice.below(3) {
                0 => Ask::Read(Ref::Malformed("no id"), false),
                1 => Ask::Receipts(None),
                _ => Ask::Passphrase,
            },
            // New keys of what is above, and key holders who are asked for it, for the reader's own sake too.
            19 => return Act::Ask(Who::Olga, Ask::Turn(self.atom_above())),
            20 => {
                let to = self.dice.pick(&["low", "paul", "nina"]);
                return Act::Ask(Who::Olga, Ask::Recover(self.atom_above(), to));
            }
            _ => {
                return if self.dice.chance(50) {
                    Act::Tick
                } else {
                    Act::Ask(who, Ask::SignOut)
                };
            }
        };
        Act::Ask(who, ask)
    }

    /// Of a record above, or of what rose out of a part.
    fn grade_above(&mut self) -> Ask {
        let grade = self.dice.pick(&GRADES);
        let (record, portions) = match (self.any_above(), self.parts.is_empty()) {
            (Some(key), empty) if empty || self.dice.chance(50) => (key, Vec::new()),
            (_, false) => {
                let key = self.dice.pick(&self.parts);
                (key, vec![PortionRef::Risen(key, self.dice.below(4))])
            }
            (_, true) => return Ask::List(Some(1), None),
        };
        Ask::Grade(Judge {
            record: Ref::Whole(record),
            portions,
            grade,
            request: Ticket::No,
        })
    }

    pub(crate) fn any_above(&mut self) -> Option<Key> {
        (!self.high.is_empty()).then(|| self.dice.pick(&self.high))
    }

    fn raise_above(&mut self, record: Ref, portions: Vec<PortionRef>) -> Ask {
        Ask::Restrict(Raise {
            records: vec![record],
            to: self.markings.raise(&mut self.dice, true),
            portions,
            reason: "privacy",
            dry_run: self.dice.chance(10),
            request: Ticket::No,
        })
    }

    fn atom_above(&mut self) -> String {
        loop {
            let atom = self.dice.pick(&ATOMS);
            if !self.markings.holds(atom) {
                return atom.to_owned();
            }
        }
    }
}
