//! What the compared persons do: everything that the API lets them, rightly and wrongly.

use crate::cast::Who;
use crate::generate::Gen;
use crate::oversight;
use crate::script::{
    Act, Ask, Correct, File, GRADES, Judge, Key, LinkEnd, PortionRef, Raise, ReceiptRef, Ref, Slot,
    Ticket,
};

const MALFORMED: [&str; 6] = [
    "",
    "abc",
    "no such thing at all",
    "uuuuuuuu",
    "é000",
    "000000000000000000000000000",
];

const NAMES: [&str; 9] = [
    "chief", "olga", "nina", "paul", "low", "clerk", "ward", "guest1", "nobody",
];

/// Restrictions that are only previewed at the end.
const PREVIEWS: usize = 5;

/// Something that a compared person does.
pub(crate) fn act(work: &mut Gen<'_>) -> Act {
    let who = work.dice.pick(&[
        Who::Low,
        Who::Low,
        Who::Low,
        Who::Low,
        Who::Clerk,
        Who::Ward,
    ]);
    let ask = match work.dice.below(166) {
        162..166 => return correct(work, who),
        148..162 => Ask::Oversee(oversight::asked(work, who)),
        144..148 => Ask::Restrict(raise(work, who)),
        140..144 => Ask::Grade(grade(work, who)),
        125..132 => {
            let attachment = work
                .dice
                .pick(&[None, None, Some(0), Some(1), Some(1), Some(2)]);
            let version = work.dice.pick(&[None, None, Some(1), Some(2)]);
            let piece = work.dice.pick(&[0, 0, 0, 1, u32::MAX]);
            Ask::Piece(named(work), attachment, version, piece)
        }
        132..137 => {
            let record = match work.own.is_empty() || work.dice.chance(30) {
                true => named(work),
                false => Ref::Whole(work.dice.pick(&work.own)),
            };
            return Act::Record(
                who,
                record,
                work.dice.pick(&[0, 0, 1, 9]),
                work.dice.chance(70),
            );
        }
        137..140 => Ask::TakeBack(named(work), ticket(work, who)),
        100..106 => Ask::Version(named(work), 1 + work.dice.below(3)),
        106..110 => Ask::Changes(
            named(work),
            work.dice.pick(&[None, None, Some(1), Some(2), Some(3)]),
        ),
        110..115 => return correct(work, who),
        115..118 => {
            let (from, to) = (named(work), named(work));
            let portion = match to.key() {
                Some(key) if work.dice.chance(40) => Some(portion(work, key)),
                _ => None,
            };
            let kind = work
                .dice
                .pick(&["denial", "response", "response", "successor"]);
            Ask::Link(from, to, portion, kind, ticket(work, who))
        }
        118..120 => return linked(work, who),
        120..122 => Ask::Withdraw(named(work), ticket(work, who)),
        122 => Ask::Approve(named(work), ticket(work, who)),
        123 => match work.dice.below(3) {
            0 => Ask::Approve(named(work), ticket(work, who)),
            1 => Ask::Deny(named(work), ticket(work, who)),
            _ => Ask::RequestOf(named(work)),
        },
        124 => match work.dice.below(14) {
            10 | 11 => Ask::Destroy(named(work), ticket(work, who)),
            12 | 13 => Ask::Undo(named(work), ticket(work, who)),
            0 => Ask::Rules,
            1 => Ask::Holds,
            2 => Ask::Due,
            3 => Ask::HoldPlace(named(work), ticket(work, who)),
            4 => {
                let to = work.dice.pick(&["Unclassified", "Secret"]);
                Ask::Lower(named(work), to, ticket(work, who))
            }
            _ => Ask::Requests,
        },
        0..12 => Ask::List(limit(work), work.dice.chance(40).then(|| named(work))),
        12..26 => Ask::Read(named(work), work.dice.chance(20)),
        26..36 => Ask::History(named(work)),
        36..40 => Ask::Grade(grade(work, who)),
        40..60 => Ask::Restrict(raise(work, who)),
        60..72 => return file(work, who),
        72..75 => Ask::Receipts(if work.dice.chance(30) {
            Some(work.dice.below(5))
        } else {
            None
        }),
        75..80 => Ask::Receipt(receipt(work)),
        80..83 => Ask::Clearance(Some(work.dice.pick(&NAMES))),
        83 => Ask::Clearance(None),
        84 => Ask::Atoms,
        85 => Ask::WhoAmI,
        86 => Ask::Persons,
        87 => Ask::Recoveries,
        88..90 => Ask::Seal(work.dice.pick(&NAMES), work.dice.chance(50)),
        90 => Ask::Grant(
            work.dice.pick(&NAMES),
            "Confidential".to_owned(),
            Ticket::No,
        ),
        91 => Ask::Invite("someone".to_owned()),
        92 => Ask::Confirm(work.dice.pick(&NAMES)),
        93 if work.dice.chance(30) => Ask::Passphrase,
        94 if work.dice.chance(30) => Ask::Close,
        93 | 94 => Ask::Grade(grade(work, who)),
        95 => Ask::SignOut,
        96..98 => return Act::SignIn(who.name(), true),
        98 => return Act::SignIn(who.name(), false),
        _ => match work.dice.below(4) {
            0..2 => Ask::LedgerCheck,
            2 => Ask::LedgerProve(place(work)),
            _ => Ask::LedgerConsistency(place(work), place(work)),
        },
    };
    Act::Ask(who, ask)
}

/// A place of the ledger that every room has since its founding, or one that none ever has.
fn place(work: &mut Gen<'_>) -> u64 {
    work.dice.pick(&[0, 1, 2, 3, 1 << 40, u64::MAX])
}

fn limit(work: &mut Gen<'_>) -> Option<usize> {
    work.dice.pick(&[
        None,
        None,
        Some(1),
        Some(2),
        Some(3),
        Some(0),
        Some(1_000),
        Some(1_001),
    ])
}

/// A record, named in one of many ways; above, below, or nowhere.
pub(crate) fn named(work: &mut Gen<'_>) -> Ref {
    if work.keys.is_empty() {
        return Ref::Never(0);
    }
    let key = any(work);
    match work.dice.below(20) {
        0..13 => Ref::Whole(key),
        13..15 => Ref::Beginning(key, 3 + work.dice.below(23)),
        15 => Ref::Shouted(key),
        16..18 => Ref::Never(u8::try_from(work.dice.below(100)).expect("small")),
        _ => Ref::Malformed(work.dice.pick(&MALFORMED)),
    }
}

/// Records above, below and between, each as often.
fn any(work: &mut Gen<'_>) -> Key {
    let from = match work.dice.below(4) {
        0 => &work.high,
        1 => &work.low,
        2 => &work.forked,
        _ => &work.parts,
    };
    if from.is_empty() {
        work.dice.pick(&work.keys)
    } else {
        work.dice.pick(from)
    }
}

pub(crate) fn ticket(work: &mut Gen<'_>, who: Who) -> Ticket {
    let used: Vec<u64> = work
        .used
        .iter()
        .filter(|(by, _)| *by == who)
        .map(|(_, n)| *n)
        .collect();
    match work.dice.below(20) {
        0..6 => Ticket::No,
        6..11 if !used.is_empty() => Ticket::Of(work.dice.pick(&used)),
        11 => Ticket::Text("no request id".to_owned()),
        _ => {
            let number = work.ticket();
            work.used.push((who, number));
            Ticket::Of(number)
        }
    }
}

fn raise(work: &mut Gen<'_>, who: Who) -> Raise {
    let first = named(work);
    let portions = match (first.key(), work.dice.below(10)) {
        (_, 0..6) | (None, _) => Vec::new(),
        (Some(key), _) => (0..1 + work.dice.below(2))
            .map(|_| portion(work, key))
            .collect(),
    };
    let more = portions.is_empty() && work.dice.chance(15);
    let records = std::iter::once(first)
        .chain((0..usize::from(more)).map(|_| named(work)))
        .collect();
    let to = match work.dice.below(10) {
        0 => work
            .dice
            .pick(&[
                "Cosmic",
                "",
                "Nodis; Nope",
                "Secret; Secret",
                "Niact",
                "No Such & Secret",
            ])
            .to_owned(),
        1..6 => work.markings.raise(&mut work.dice, false),
        _ => work.markings.raise(&mut work.dice, true),
    };
    Raise {
        records,
        to,
        portions,
        reason: if work.dice.chance(5) {
            "embarrassment"
        } else {
            "privacy"
        },
        dry_run: work.dice.chance(30),
        request: ticket(work, who),
    }
}

fn grade(work: &mut Gen<'_>, who: Who) -> Judge {
    let record = named(work);
    let portions = match (record.key(), work.dice.chance(50)) {
        (Some(key), true) => vec![portion(work, key)],
        _ => Vec::new(),
    };
    Judge {
        record,
        portions,
        grade: work.dice.pick(&GRADES),
        request: ticket(work, who),
    }
}

fn portion(work: &mut Gen<'_>, key: Key) -> PortionRef {
    match work.dice.below(10) {
        0..3 => PortionRef::Word(work.dice.below(5).to_string()),
        3 => PortionRef::Word(
            work.dice
                .pick(&["date", "place", "source", "from", "marking"])
                .to_owned(),
        ),
        4..7 => PortionRef::Seen(key, work.dice.below(6)),
        7 | 8 => PortionRef::Risen(key, work.dice.below(4)),
        _ => PortionRef::Never,
    }
}

fn file(work: &mut Gen<'_>, who: Who) -> Act {
    let key = work.key();
    let marking = match work.dice.below(10) {
        0 => None,
        1 => Some(work.dice.pick(&["Cosmic", "Nodis", ""]).to_owned()),
        2..5 => {
            // Whoever reads it may do as much with it as with any other.
            work.high.push(key);
            Some(work.markings.high(&mut work.dice))
        }
        _ => Some(work.markings.low(&mut work.dice)),
    };
    work.own.push(key);
    let (name, text) = match work.dice.below(12) {
        0 => ("broken.xml", "<TEI><div></TEI>".to_owned()),
        _ => ("low.txt", work.text(4)),
    };
    Act::File(File {
        who,
        key,
        name,
        text,
        marking,
        reason: if work.dice.chance(5) {
            "no reason"
        } else {
            "privacy"
        },
        request: ticket(work, who),
        at_once_to: None,
        recorded: work.dice.chance(20),
        within: false,
    })
}

/// A further version of a record, above, below or nowhere.
fn correct(work: &mut Gen<'_>, who: Who) -> Act {
    let of = named(work);
    work.corrected.extend(of.key());
    let marking = match work.dice.below(10) {
        0 => "Cosmic".to_owned(),
        1..3 => work.markings.high(&mut work.dice),
        _ => work.markings.low(&mut work.dice),
    };
    Act::Correct(Correct {
        who,
        of,
        text: work.text(4),
        marking,
        listened: work.dice.pick(&["the duty officer", " "]),
        request: ticket(work, who),
    })
}

/// A filing that denies, answers or succeeds.
fn linked(work: &mut Gen<'_>, who: Who) -> Act {
    let Act::File(file) = file(work, who) else {
        unreachable!("a filing")
    };
    let kind = work
        .dice
        .pick(&["denial", "response", "successor", "successor", "nothing"]);
    let end = if work.dice.chance(30) {
        LinkEnd::Receipt(work.dice.below(40))
    } else {
        LinkEnd::Record(named(work))
    };
    Act::FileLinked(file, kind, end)
}

fn receipt(work: &mut Gen<'_>) -> ReceiptRef {
    let n = work.dice.below(40);
    match work.dice.below(10) {
        0..6 => ReceiptRef::Own(n),
        6 => ReceiptRef::Beginning(n, 4 + work.dice.below(20)),
        7 | 8 => ReceiptRef::Foreign(n),
        _ => ReceiptRef::Malformed(work.dice.pick(&MALFORMED)),
    }
}

impl Gen<'_> {
    /// At the end the reader asks for everything there is to ask for.
    pub(crate) fn sweep(&mut self, out: &mut Vec<Slot>) {
        let mut ask = |who: Who, ask: Ask| out.push(Slot::Both(Act::Ask(who, ask)));
        out_of(&mut ask, &self.keys);
        for name in NAMES {
            ask(Who::Low, Ask::Clearance(Some(name)));
        }
        for _ in 0..PREVIEWS {
            let from = if self.dice.chance(50) {
                &self.low
            } else {
                &self.parts
            };
            if from.is_empty() {
                continue;
            }
            let high = self.dice.chance(80);
            let preview = Raise {
                records: vec![Ref::Whole(self.dice.pick(from))],
                to: self.markings.raise(&mut self.dice, high),
                portions: Vec::new(),
                reason: "privacy",
                dry_run: true,
                request: Ticket::No,
            };
            ask(Who::Low, Ask::Restrict(preview));
        }
        for who in [Who::Low, Who::Clerk, Who::Ward] {
            ask(who, Ask::Receipts(None));
            for _ in 0..2 {
                ask(who, Ask::Receipt(ReceiptRef::Own(self.dice.below(60))));
            }
            ask(who, Ask::WhoAmI);
            ask(who, Ask::Requests);
            ask(who, Ask::Holds);
            ask(who, Ask::Due);
        }
        for key in self.parts.iter().chain(&self.high).rev().take(8) {
            ask(Who::Low, Ask::Piece(Ref::Whole(*key), Some(1), None, 0));
            ask(Who::Low, Ask::Piece(Ref::Whole(*key), None, None, 0));
            ask(Who::Low, Ask::TakeBack(Ref::Whole(*key), Ticket::No));
            ask(Who::Low, Ask::RequestOf(Ref::Whole(*key)));
            ask(Who::Low, Ask::Approve(Ref::Whole(*key), Ticket::No));
            ask(Who::Clerk, Ask::Destroy(Ref::Whole(*key), Ticket::No));
            ask(Who::Clerk, Ask::Undo(Ref::Whole(*key), Ticket::No));
        }
        for key in self.low.iter().chain(&self.own).rev().take(6) {
            ask(Who::Low, Ask::Piece(Ref::Whole(*key), Some(1), None, 0));
            ask(Who::Low, Ask::Piece(Ref::Whole(*key), None, None, 0));
        }
        for key in self.asked.iter().chain(&self.corrected).rev().take(6) {
            let record = Ref::Whole(*key);
            ask(Who::Low, Ask::Read(record.clone(), false));
            ask(Who::Low, Ask::Version(record.clone(), 1));
            ask(Who::Low, Ask::Changes(record.clone(), None));
            ask(Who::Low, Ask::History(record));
        }
        for _ in 0..2 {
            // What is much like what others filed, above and below.
            let text = format!("A talk\n\n{}\n", self.dice.talk());
            let marking = Some(self.markings.low(&mut self.dice));
            let key = self.key();
            out.push(Slot::Both(Act::File(File {
                who: Who::Low,
                key,
                name: "low.txt",
                text,
                marking,
                reason: "privacy",
                request: Ticket::Of(2 * u64::from(key.0)),
                at_once_to: None,
                recorded: false,
                within: false,
            })));
        }
        for key in self.own.iter().rev().take(4) {
            let record = Ref::Whole(*key);
            out.push(Slot::Both(Act::Record(Who::Low, record, 0, true)));
        }
        // A version of the reader's own, behind one that is there in one world alone.
        for key in self.forked.clone().iter().rev().take(2) {
            let correct = Correct {
                who: Who::Low,
                of: Ref::Whole(*key),
                text: self.text(3),
                marking: self.markings.low(&mut self.dice),
                listened: "the duty officer",
                request: Ticket::Of(self.ticket()),
            };
            out.push(Slot::Both(Act::Correct(correct)));
            for which in [Ask::Receipts(None), Ask::Receipt(ReceiptRef::Last)] {
                out.push(Slot::Both(Act::Ask(Who::Low, which)));
            }
        }
        let mut ask = |who: Who, ask: Ask| out.push(Slot::Both(Act::Ask(who, ask)));
        for key in &self.forked {
            ask(Who::Low, Ask::Read(Ref::Whole(*key), false));
            ask(Who::Low, Ask::Changes(Ref::Whole(*key), None));
        }
        ask(Who::Clerk, Ask::Persons);
        out.push(Slot::Both(Act::SignIn(Who::Low.name(), true)));
        if self.dice.chance(20) {
            out.push(Slot::Both(Act::Ask(Who::Low, Ask::LedgerCheck)));
        }
        oversight::sweep(self, out);
    }
}

/// Every record that a script knows of, as listed, read and asked after.
fn out_of(ask: &mut impl FnMut(Who, Ask), keys: &[Key]) {
    const SWEPT_MAX: usize = 12;
    ask(Who::Low, Ask::List(None, None));
    ask(Who::Clerk, Ask::List(None, None));
    ask(Who::Low, Ask::List(Some(2), None));
    for key in keys.iter().rev().take(SWEPT_MAX) {
        ask(Who::Low, Ask::Read(Ref::Whole(*key), false));
        ask(Who::Low, Ask::History(Ref::Whole(*key)));
    }
    for key in keys.iter().rev().take(SWEPT_MAX / 4) {
        ask(Who::Low, Ask::Read(Ref::Whole(*key), true));
        ask(Who::Low, Ask::List(Some(1), Some(Ref::Whole(*key))));
    }
}
