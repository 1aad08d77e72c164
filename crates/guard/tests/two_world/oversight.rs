//! Practices, challenges and the docket: what the compared persons ask of them, what others do with them where the reader
//! may notice, and what is done with them above.
//!
//! A challenge exists for who made it, for the record's filer and for records officers who read of the record; a practice
//! for records officers who hold its label. So above the reader nobody challenges what a compared person filed.

use strongroom_guard::api::*;

use crate::answer::Answer;
use crate::book::Book;
use crate::cast::Who;
use crate::generate::Gen;
use crate::reader::{named, ticket as own_ticket};
use crate::script::{Act, Ask, ReceiptRef, Ref, Slot, Ticket};
use crate::wording::{Wording, never, ticket};

/// Asking something of what oversight is about.
#[derive(Debug, Clone)]
pub(crate) enum Oversee {
    Practices,
    /// A practice with a marking, or without one and with words that may name codewords.
    AddPractice(Option<String>, &'static str, Ticket),
    EndPractice(Which, Ticket),
    Challenge(Ref, Option<ReceiptRef>, Ticket),
    Answer(Which, &'static str, Ticket),
    Challenges,
    Docket,
    Chart,
    Custody,
    Reconcile,
    Report,
}

/// One of the practices, or of the challenges.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    /// Any, also one that only one of the worlds has.
    Any(usize),
    /// One that both have.
    Both(usize),
    /// One that was made above, in the world in question.
    Above(usize),
}

/// A practice or a challenge, in the worlds that have it.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    ids: [Option<String>; 2],
    apart: bool,
    /// A practice that was ended in a world: nothing cites it there any more.
    ended: bool,
}

const WORDS: [&str; 3] = ["calls on the talks go here", "what is UMBRA goes here", " "];
const OUTCOMES: [&str; 4] = ["upheld", "partly", "rejected", "settled"];

/// What a compared person asks.
pub(crate) fn asked(work: &mut Gen<'_>, who: Who) -> Oversee {
    let which = Which::Any(work.dice.below(40));
    match work.dice.below(20) {
        0..2 => Oversee::Practices,
        2..4 => {
            let marking = match work.dice.below(4) {
                0 => None,
                1 => Some(work.markings.high(&mut work.dice)),
                _ => Some(work.markings.low(&mut work.dice)),
            };
            let words = work.dice.pick(&WORDS);
            Oversee::AddPractice(marking, words, own_ticket(work, who))
        }
        4 => Oversee::EndPractice(which, own_ticket(work, who)),
        5..11 => {
            let n = work.dice.below(40);
            let receipt = match work.dice.below(10) {
                0..4 => None,
                4..7 => Some(ReceiptRef::Reading(n)),
                7 => Some(ReceiptRef::Foreign(n)),
                8 => Some(ReceiptRef::Own(n)),
                _ => Some(ReceiptRef::Malformed("no receipt")),
            };
            Oversee::Challenge(named(work), receipt, own_ticket(work, who))
        }
        11..14 => {
            let outcome = work.dice.pick(&OUTCOMES);
            Oversee::Answer(which, outcome, own_ticket(work, who))
        }
        14..17 => Oversee::Challenges,
        _ => work.dice.pick(&[0, 1, 2, 3, 4]).into(),
    }
}

impl From<usize> for Oversee {
    /// The questions that are for inspectors.
    fn from(n: usize) -> Self {
        let all = [
            Self::Docket,
            Self::Chart,
            Self::Custody,
            Self::Reconcile,
            Self::Report,
        ];
        all[n].clone()
    }
}

/// What others do, the same in both worlds.
pub(crate) fn seen(work: &mut Gen<'_>) -> Act {
    let who = work.dice.pick(&[Who::Chief, Who::Chief, Who::Nina]);
    let number = Ticket::Of(work.ticket());
    let which = Which::Both(work.dice.below(40));
    let ask = match work.dice.below(10) {
        0..2 => {
            let marking = Some(work.markings.low(&mut work.dice));
            return by(
                Who::Chief,
                Oversee::AddPractice(marking, "what was said goes here", number),
            );
        }
        2 => Oversee::EndPractice(which, number),
        3..8 => {
            let known = work.low.iter().chain(&work.parts).chain(&work.own);
            let known: Vec<_> = known.copied().collect();
            if known.is_empty() {
                return by(who, Oversee::Practices);
            }
            let record = Ref::Whole(work.dice.pick(&known));
            // What somebody may challenge who is compared with nobody differs with what is above: but not the founder's.
            return by(Who::Chief, Oversee::Challenge(record, None, number));
        }
        _ => {
            let outcome = work.dice.pick(&OUTCOMES);
            return by(Who::Nina, Oversee::Answer(which, outcome, number));
        }
    };
    by(who, ask)
}

/// What is done above.
pub(crate) fn above(work: &mut Gen<'_>) -> Act {
    let who = work.dice.pick(&[Who::Chief, Who::Nina]);
    let which = Which::Above(work.dice.below(40));
    let ask = match work.dice.below(12) {
        0..4 => {
            let marking = Some(work.markings.high(&mut work.dice));
            Oversee::AddPractice(marking, "hidden words", Ticket::No)
        }
        4 => Oversee::EndPractice(which, Ticket::No),
        5..10 => {
            let others = work.high.iter().filter(|key| !work.own.contains(key));
            let others: Vec<_> = others.copied().collect();
            if others.is_empty() {
                return by(who, Oversee::Challenges);
            }
            let record = Ref::Whole(work.dice.pick(&others));
            Oversee::Challenge(record, None, Ticket::No)
        }
        _ => Oversee::Answer(which, work.dice.pick(&OUTCOMES), Ticket::No),
    };
    by(who, ask)
}

fn by(who: Who, ask: Oversee) -> Act {
    Act::Ask(who, Ask::Oversee(ask))
}

/// Whether it touches nothing that the reader may see; `above` says so of a record.
pub(crate) fn stays_above(
    book: &Book,
    world: usize,
    ask: &Oversee,
    above: impl Fn(&Ref) -> bool,
) -> bool {
    let is_there = |made: &[Made], which: &Which| nth(made, *which, world).is_some();
    match ask {
        Oversee::AddPractice(marking, ..) => marking.as_deref().is_some_and(|m| book.is_above(m)),
        Oversee::EndPractice(which, _) => is_there(&book.practices, which),
        Oversee::Answer(which, ..) => is_there(&book.challenges, which),
        Oversee::Challenge(record, ..) => above(record),
        _ => true,
    }
}

/// The id of what is meant, as it is called in a world.
fn nth(made: &[Made], which: Which, world: usize) -> Option<String> {
    let (n, among): (usize, Vec<&Made>) = match which {
        Which::Any(n) => (n, made.iter().collect()),
        Which::Both(n) => (n, made.iter().filter(|m| !m.apart).collect()),
        Which::Above(n) => {
            let above = made.iter().filter(|m| m.apart && m.ids[world].is_some());
            (n, above.collect())
        }
    };
    let made = *among.get(n.checked_rem(among.len())?)?;
    let own = made.ids[world].clone();
    own.or_else(|| made.ids.iter().flatten().next().cloned())
}

impl Wording<'_> {
    pub(crate) fn oversee(&self, ask: &Oversee) -> Request {
        let because = || "it was asked about".to_owned();
        match ask {
            Oversee::Practices => Request::PracticeList,
            Oversee::AddPractice(marking, words, number) => Request::PracticeAdd(PracticeAdd {
                words: (*words).to_owned(),
                authority: "the Executive Secretary".to_owned(),
                marking: marking.clone(),
                from: None,
                until: None,
                request: ticket(number, self.seed),
            }),
            Oversee::EndPractice(which, number) => Request::PracticeEnd(PracticeEnd {
                practice: self.made(&self.book.practices, *which),
                request: ticket(number, self.seed),
            }),
            Oversee::Challenge(record, receipt, number) => Request::Challenge(ChallengeAsk {
                record: Some(self.record(record)),
                because: because(),
                receipt: receipt.as_ref().map(|receipt| self.receipt(receipt)),
                alleges: None,
                request: ticket(number, self.seed),
            }),
            Oversee::Answer(which, outcome, number) => Request::AnswerChallenge(ChallengeAnswer {
                challenge: self.made(&self.book.challenges, *which),
                outcome: (*outcome).to_owned(),
                because: because(),
                request: ticket(number, self.seed),
            }),
            Oversee::Challenges => Request::Challenges,
            Oversee::Docket => Request::Docket(DocketQuery::default()),
            Oversee::Chart => Request::DocketChart(DocketChartQuery::default()),
            Oversee::Custody => Request::Custody(CustodyQuery {
                from: Some("1970-05-01".to_owned()),
                to: None,
                place: None,
                participants: Vec::new(),
                because: because(),
            }),
            Oversee::Reconcile => Request::Reconcile(ReconcileQuery {
                calls: Vec::new(),
                because: because(),
            }),
            Oversee::Report => Request::Report(ReportQuery { year: 2026 }),
        }
    }

    /// The practice that a restriction cites, if it cites one: some do, by the number of their request. One that is above
    /// is cited in the world that has it, and nothing in the other.
    pub(crate) fn cited(&self, request: &Ticket) -> Option<String> {
        const CITES: u64 = 16;
        let Ticket::Of(number) = request else {
            return None;
        };
        let n = usize::try_from(number / CITES).expect("a small number");
        let cites = number.is_multiple_of(CITES);
        if self.who.is_compared() {
            return cites.then(|| self.made(&self.book.practices, Which::Any(n)));
        }
        match self.who {
            Who::Chief if !cites => {
                let standing = self.book.practices.iter().filter(|made| !made.ended);
                let standing: Vec<Made> = standing.cloned().collect();
                nth(&standing, Which::Above(n), self.world)
            }
            _ if cites => nth(&self.book.practices, Which::Both(n), self.world),
            _ => None,
        }
    }

    fn made(&self, made: &[Made], which: Which) -> String {
        let world = if self.who.is_compared() {
            0
        } else {
            self.world
        };
        nth(made, which, world).unwrap_or_else(|| never(206))
    }
}

/// Takes in what was made.
pub(crate) fn learn(book: &mut Book, world: usize, ask: &Oversee, answer: &Answer, apart: bool) {
    let (list, id) = match ask {
        Oversee::AddPractice(..) => {
            let made = answer.read::<PracticeAdded>();
            (&mut book.practices, made.map(|made| made.practice))
        }
        Oversee::EndPractice(..) => {
            let ended = answer.read::<PracticeEnded>().map(|ended| ended.practice);
            let of = book.practices.iter_mut();
            let mut of = of.filter(|made| made.ids[world].is_some() && made.ids[world] == ended);
            if let Some(made) = of.next() {
                made.ended = true;
            }
            return;
        }
        Oversee::Challenge(..) => {
            let made = answer.read::<ChallengeMade>();
            (&mut book.challenges, made.map(|made| made.challenge))
        }
        _ => return,
    };
    let Some(id) = id else { return };
    if world == 0 || apart {
        list.push(Made {
            ids: [None, None],
            apart,
            ended: false,
        });
    }
    let made = list.last_mut().expect("just pushed, or by the first world");
    made.ids[world] = Some(id);
}

/// What is asked of what.
pub(crate) fn situation(book: &Book, ask: &Oversee) -> String {
    let of = |made: &[Made], which: &Which| match which {
        Which::Any(n) => match made.get(n.checked_rem(made.len()).unwrap_or(0)) {
            Some(made) if made.apart => "one above",
            Some(_) => "one of both worlds",
            None => "nothing",
        },
        Which::Both(_) => "one of both worlds",
        Which::Above(_) => "one above",
    };
    match ask {
        Oversee::Practices => "practices".to_owned(),
        Oversee::AddPractice(Some(m), ..) if book.is_above(m) => "practice above".to_owned(),
        Oversee::AddPractice(..) => "practice".to_owned(),
        Oversee::EndPractice(which, _) => format!("end {}", of(&book.practices, which)),
        Oversee::Challenge(record, receipt, _) => {
            let how = match receipt {
                Some(ReceiptRef::Reading(_)) => "challenge with a reading",
                Some(_) => "challenge with a receipt",
                None => "challenge",
            };
            format!("{how} {}", book.situation(record.key()))
        }
        Oversee::Answer(which, ..) => format!("answer {}", of(&book.challenges, which)),
        Oversee::Challenges => "challenges".to_owned(),
        Oversee::Docket | Oversee::Chart => "docket".to_owned(),
        Oversee::Custody | Oversee::Reconcile | Oversee::Report => "a question to it".to_owned(),
    }
}

/// Cases that only the answer shows.
pub(crate) fn shown(ask: &Oversee, json: &str, note: &mut impl FnMut(bool, &str)) {
    match ask {
        Oversee::Practices => note(json.contains("\"words\""), "a practice"),
        Oversee::Challenges => {
            note(json.contains("\"because\""), "a challenge");
            note(json.contains("\"overdue\""), "a challenge that is overdue");
            note(json.contains("\"answer\""), "an answer");
        }
        _ => {}
    }
}

/// At the end everybody who is compared looks; and at times once more when all that waits is overdue.
pub(crate) fn sweep(work: &mut Gen<'_>, out: &mut Vec<Slot>) {
    let compared = [Who::Low, Who::Clerk, Who::Ward];
    let look = |out: &mut Vec<Slot>| {
        for who in compared {
            for ask in [Oversee::Challenges, Oversee::Practices] {
                out.push(Slot::Both(by(who, ask)));
            }
        }
    };
    look(out);
    for key in work.high.iter().chain(&work.parts).rev().take(4) {
        let challenge = Oversee::Challenge(Ref::Whole(*key), None, Ticket::No);
        out.push(Slot::Both(by(Who::Low, challenge)));
    }
    if work.dice.chance(30) {
        out.push(Slot::Both(Act::Season));
        for who in compared {
            out.push(Slot::Both(Act::SignIn(who.name(), true)));
        }
        look(out);
    }
}
