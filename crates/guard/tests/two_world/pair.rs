//! Two worlds in lockstep: each slot of a script happens in both, and what the compared persons get
//! is compared at once.

use std::fmt;
use std::time::Duration;

use strongroom_guard::api::{
    ClearanceChanged, FilingDone, ReadQuery, Receipts, Request, RequestMade, Restrict, Shown,
};

use crate::answer::{Answer, Kind, Renaming, differences, same};
use crate::book::{Asked, Book, Sight};
use crate::cases::{note_shown, situation};
use crate::cast::{Founded, OPENING, Room, Who};
use crate::census::Census;
use crate::oversight;
use crate::script::{
    Act, Ask, Correct, File, Key, Part, PortionRef, RISES, Raise, Ref, Script, Slot, Ticket, Volume,
};
use crate::wording::{SAID, Wording, filing, ticket, volume_text};

/// The time between slots: longer than the longest wait after a refused sign-in.
const SLOT: Duration = Duration::from_secs(60);

/// Longer than a session.
const NIGHT: Duration = Duration::from_secs(13 * 3600);

/// Longer than the policy gives an owner to answer a challenge.
const SEASON: Duration = Duration::from_secs(61 * 24 * 3600);

/// Where two worlds were told apart.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) slot: usize,
    act: String,
    answers: [String; 2],
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "slot {}: {}", self.slot, self.act)?;
        writeln!(f, "  first world:  {}", self.answers[0])?;
        writeln!(f, "  second world: {}", self.answers[1])?;
        differences(&self.answers[0], &self.answers[1])
            .iter()
            .try_for_each(|d| writeln!(f, "  {d}"))
    }
}

/// Plays a script in two worlds.
///
/// # Errors
/// The first answer that tells them apart.
pub(crate) fn play(
    script: &Script,
    founded: &Founded,
    census: &mut Census,
) -> Result<(), Difference> {
    let mut pair = Pair {
        rooms: [Room::new(founded), Room::new(founded)],
        book: Book::new(&script.bound),
        names: Renaming::default(),
        fresh_signatures: founded.signs_afresh(),
        census,
        slot: 0,
        seed: script.seed,
    };
    let mut now = OPENING;
    for (n, slot) in script.slots.iter().enumerate() {
        pair.slot = n;
        now = now.plus(match slot {
            Slot::Both(Act::Night) => NIGHT,
            Slot::Both(Act::Season) => SEASON,
            _ => SLOT,
        });
        pair.rooms.iter().for_each(|room| room.set_clock(now));
        pair.slot(slot)?;
        pair.calls()?;
    }
    pair.statuses()
}

struct Pair<'c> {
    rooms: [Room; 2],
    book: Book,
    names: Renaming,
    fresh_signatures: bool,
    census: &'c mut Census,
    slot: usize,
    seed: u64,
}

impl Pair<'_> {
    fn slot(&mut self, slot: &Slot) -> Result<(), Difference> {
        match slot {
            Slot::Both(act) => self.both(act),
            Slot::Apart(acts) => {
                for (world, acts) in acts.iter().enumerate() {
                    acts.iter().for_each(|act| self.apart(world, act));
                }
                Ok(())
            }
            Slot::Part(part) => {
                self.part(part);
                Ok(())
            }
            Slot::Volume(volume) => {
                self.volume(volume);
                Ok(())
            }
        }
    }

    /// For whom the hook is run, as far as those are compared whom it calls.
    fn calls(&mut self) -> Result<(), Difference> {
        let compared = |name: &String| {
            let mut all = Who::ALL.into_iter().filter(|who| who.is_compared());
            all.any(|who| who.name() == name)
        };
        let of = |room: &Room| -> Vec<String> {
            room.guard().called().into_iter().filter(compared).collect()
        };
        let called = [of(&self.rooms[0]), of(&self.rooms[1])];
        if !called[0].is_empty() {
            self.census.tally("seen: somebody is called");
        }
        let answers = called.map(|names| Answer::Issued(serde_json::json!(names).to_string()));
        self.compare(Kind::Plain, "the hook", &answers)
    }

    /// What anyone may know of the room.
    fn statuses(&mut self) -> Result<(), Difference> {
        let of = |room: &Room| {
            Answer::Issued(serde_json::to_string(&room.guard().status()).expect("JSON"))
        };
        let answers = [of(&self.rooms[0]), of(&self.rooms[1])];
        self.compare(Kind::Log, "status", &answers)
    }

    fn compare(&mut self, kind: Kind, act: &str, answers: &[Answer; 2]) -> Result<(), Difference> {
        let [a, b] = answers;
        if let Some(rule) = same(kind, a, b, &self.names, self.fresh_signatures) {
            self.census.tally(format!("same {rule}"));
            return Ok(());
        }
        Err(Difference {
            slot: self.slot,
            act: act.to_owned(),
            answers: answers.clone().map(|a| a.text().to_owned()),
        })
    }

    /// The same act in both worlds.
    fn both(&mut self, act: &Act) -> Result<(), Difference> {
        let answers = [self.act(0, act), self.act(1, act)];
        let situation = situation(&self.book, act);
        let who = who(act);
        let compared = who.is_some_and(Who::is_compared);
        let side = if compared { "compared" } else { "seen" };
        self.census
            .tally(format!("{side}: {situation}: {}", answers[0].outcome()));
        if compared {
            self.compare(kind(act), &format!("{act:?}"), &answers)?;
        } else if let Act::File(_) = act {
            assert_eq!(answers[0].outcome(), answers[1].outcome(), "{act:?}");
        }
        note_shown(self.census, act, &answers[0]);
        for (world, answer) in answers.iter().enumerate() {
            self.learn(world, act, answer, false);
        }
        Ok(())
    }

    /// An act of one world, above the reader.
    fn apart(&mut self, world: usize, act: &Act) {
        if !self.stays_above(world, act) {
            self.census.tally("apart: left out");
            return;
        }
        let situation = situation(&self.book, act);
        let answer = self.act(world, act);
        self.census
            .tally(format!("apart: {situation}: {}", answer.outcome()));
        self.learn(world, act, &answer, true);
        if let (Act::File(file), Answer::Issued(_)) = (act, &answer)
            && let Some(to) = &file.at_once_to
        {
            let raise = Raise {
                records: vec![Ref::Whole(file.key)],
                to: to.clone(),
                portions: Vec::new(),
                reason: "privacy",
                dry_run: false,
                request: Ticket::No,
            };
            let raised = self.act(world, &Act::Ask(file.who, Ask::Restrict(raise)));
            assert_eq!(raised.outcome(), "done", "{}", raised.text());
            self.census.tally("apart: filed below and raised at once");
        }
    }

    /// Whether an act touches nothing that the reader may see.
    fn stays_above(&self, world: usize, act: &Act) -> bool {
        let above = |r: &Ref| {
            r.key().is_none_or(|key| {
                self.book.get(key).is_some_and(|e| {
                    e.sight == Sight::None && e.ids[world].is_some() && matches!(r, Ref::Whole(_))
                })
            })
        };
        match act {
            Act::Ask(_, Ask::Link(_, _, Some(PortionRef::Risen(..)), ..)) => true,
            // What this world asked for, and nothing that the other did.
            Act::Ask(_, Ask::Seal(name, true)) => {
                let asked = self.book.asked.get(&Asked::Of(name, true));
                asked.is_some_and(|ids| ids[world].is_some())
            }
            Act::Ask(
                _,
                Ask::Read(record, _)
                | Ask::Link(record, ..)
                | Ask::Withdraw(record, _)
                | Ask::Destroy(record, _)
                | Ask::Undo(record, _)
                | Ask::Approve(record, _)
                | Ask::Deny(record, _)
                | Ask::TakeBack(record, _),
            ) => above(record),
            Act::Ask(_, Ask::Oversee(ask)) => oversight::stays_above(&self.book, world, ask, above),
            // A recording bears the label that the original has by then.
            Act::Record(_, record, ..) => {
                let of = record.key().and_then(|key| self.book.get(key));
                above(record) || of.is_some_and(|e| e.sight == Sight::Part)
            }
            // What came with a record that the reader sees in part rose with the rest; not what came with a version since.
            Act::Ask(_, Ask::Piece(record, ..)) => {
                let of = record.key().and_then(|key| self.book.get(key));
                above(record) || of.is_some_and(|e| e.sight == Sight::Part && !e.corrected)
            }
            Act::FileLinked(file, ..) => {
                let marking = file.marking.as_deref();
                marking.is_some_and(|m| self.book.is_above(m))
            }
            // The new version lies above, whatever it is a version of.
            Act::Correct(correct) => self.book.is_above(&correct.marking),
            Act::Ask(_, Ask::Restrict(raise)) if !raise.dry_run => {
                // With a portion rises what may have stood in its place in other versions.
                let corrected = |r: &Ref| {
                    let entry = r.key().and_then(|key| self.book.get(key));
                    entry.is_some_and(|e| e.corrected)
                };
                let risen = !raise.portions.is_empty()
                    && !raise.records.iter().any(corrected)
                    && raise
                        .portions
                        .iter()
                        .all(|p| matches!(p, PortionRef::Risen(..)));
                risen || raise.records.iter().all(above)
            }
            Act::Ask(_, Ask::Grade(judge)) => {
                let risen = |p: &PortionRef| matches!(p, PortionRef::Risen(..));
                let portions = &judge.portions;
                above(&judge.record) || !portions.is_empty() && portions.iter().all(risen)
            }
            _ => true,
        }
    }

    fn act(&mut self, world: usize, act: &Act) -> Answer {
        let room = &mut self.rooms[world];
        match act {
            Act::File(file) => {
                let filing = filing(file, self.seed);
                Answer::of(room.file(file.who, &filing, file.text.as_bytes()))
            }
            Act::Record(who, record, first, last) => {
                let wording = Wording {
                    book: &self.book,
                    world,
                    who: *who,
                    seed: self.seed,
                };
                let ask = wording.recording(record, *first, *last);
                Answer::of(self.rooms[world].record(*who, &ask, SAID))
            }
            Act::FileLinked(File { who, text, .. }, ..)
            | Act::Correct(Correct { who, text, .. }) => {
                let wording = Wording {
                    book: &self.book,
                    world,
                    who: *who,
                    seed: self.seed,
                };
                let filing = match act {
                    Act::FileLinked(file, kind, end) => wording.linked(file, kind, end),
                    Act::Correct(correct) => wording.correction(correct),
                    _ => unreachable!("matched above"),
                };
                Answer::of(self.rooms[world].file(*who, &filing, text.as_bytes()))
            }
            Act::Ask(who, ask) => {
                let wording = Wording {
                    book: &self.book,
                    world,
                    who: *who,
                    seed: self.seed,
                };
                let answer = Answer::of(self.rooms[world].call(*who, &wording.request(ask)));
                if matches!(ask, Ask::SignOut) {
                    self.rooms[world].forget(*who);
                }
                answer
            }
            Act::SignIn(name, right) => Answer::of(room.sign_in(name, *right)),
            Act::Reopen => {
                room.reopen();
                Answer::Silent
            }
            Act::Night | Act::Season => {
                room.forget_unwatched();
                Answer::Silent
            }
            Act::Tick => {
                room.guard().tick();
                Answer::Silent
            }
        }
    }

    /// Takes in what an answer tells the runner.
    fn learn(&mut self, world: usize, act: &Act, answer: &Answer, apart: bool) {
        match act {
            Act::File(file) | Act::FileLinked(file, ..) => {
                let Some(done) = answer.read::<FilingDone>() else {
                    return;
                };
                let high = file
                    .marking
                    .as_deref()
                    .is_some_and(|m| self.book.is_above(m));
                let sight = if apart || high {
                    Sight::None
                } else {
                    Sight::Whole
                };
                self.book
                    .filed(file.key, world, &done.records[0].record, sight);
                if !file.who.is_compared() && world == 0 {
                    self.book.foreign.push(done.records[0].receipt.clone());
                }
            }
            Act::Ask(_, Ask::Restrict(raise))
                if answer.issued().is_some()
                    && !raise.dry_run
                    && raise.portions.is_empty()
                    && self.book.is_above(&raise.to) =>
            {
                for key in raise.records.iter().filter_map(Ref::key) {
                    if let Some(entry) = self.book.get_mut(key) {
                        entry.sight = Sight::None;
                    }
                }
            }
            Act::Ask(who, Ask::Read(record, false)) if who.is_compared() => {
                let Some(shown) = answer.read::<Shown>() else {
                    return;
                };
                if world == 0 && *who == Who::Low {
                    self.book.readings.push(shown.copy);
                }
                if let Some(entry) = record.key().and_then(|key| self.book.get_mut(key)) {
                    entry.seen[world] = shown.portions.into_iter().map(|p| p.id).collect();
                }
            }
            Act::Correct(correct) if !apart && answer.issued().is_some() => {
                if let Some(entry) = correct.of.key().and_then(|key| self.book.get_mut(key)) {
                    entry.corrected = true;
                }
            }
            Act::Ask(_, Ask::Withdraw(record, _) | Ask::Destroy(record, _)) => {
                let made = answer.read::<RequestMade>();
                if let (Some(key), Some(made)) = (record.key(), made) {
                    let asked = self.book.asked.entry(Asked::About(key)).or_default();
                    asked[world] = Some(made.id);
                }
            }
            Act::Ask(_, Ask::Grant(name, ..)) => {
                let made = answer.read::<ClearanceChanged>();
                if let Some(id) = made.and_then(|made| made.asked) {
                    let asked = self.book.asked.entry(Asked::Of(name, apart));
                    asked.or_default()[world] = Some(id);
                }
            }
            Act::Ask(_, Ask::Oversee(ask)) => {
                oversight::learn(&mut self.book, world, ask, answer, apart);
            }
            Act::Ask(who, Ask::Receipts(_)) if world == 0 => {
                if let Some(listed) = answer.read::<Receipts>() {
                    let ids = listed.receipts.into_iter().map(|r| r.id).collect();
                    self.book.receipts.insert(*who, ids);
                }
            }
            _ => {}
        }
    }

    /// A record that is filed low and raised in part before anyone looks: the words below are the same.
    fn part(&mut self, part: &Part) {
        let mut below: Vec<Vec<(String, String)>> = Vec::new();
        for world in 0..2 {
            let file = File {
                who: Who::Chief,
                key: part.key,
                name: "talk.txt",
                text: part.texts[world].clone(),
                marking: Some(part.marking.clone()),
                reason: "foreign-relations",
                request: Ticket::Of(u64::from(part.key.0)),
                at_once_to: None,
                recorded: part.fields[world].contains(&"recording"),
                within: false,
            };
            let filed = self.act(world, &Act::File(file));
            let done: FilingDone = filed.read().unwrap_or_else(|| panic!("{}", filed.text()));
            let id = &done.records[0].record;
            self.book.filed(part.key, world, id, Sight::Part);
            let read = Request::Read(ReadQuery {
                record: id.clone(),
                original: false,
                ..ReadQuery::default()
            });
            let shown = Answer::of(self.rooms[world].call(Who::Chief, &read));
            let shown: Shown = shown.read().unwrap_or_else(|| panic!("{}", shown.text()));
            let (risen, stays) = parted(&shown, &part.fields[world]);
            below.push(stays);
            let shares = part.to[world].len();
            for (share, to) in part.to[world].iter().enumerate() {
                let portions: Vec<String> =
                    risen.iter().skip(share).step_by(shares).cloned().collect();
                if portions.is_empty() {
                    continue;
                }
                let number = 1_000 * (u64::from(part.key.0) + 1) + share as u64;
                let raise = Request::Restrict(Restrict {
                    records: vec![id.clone()],
                    to: to.clone(),
                    portions,
                    reason: "privacy".to_owned(),
                    authority: None,
                    because: format!("hidden need {number}"),
                    practice: None,
                    leave_unchanged: false,
                    dry_run: false,
                    request: ticket(&Ticket::Of(number), self.seed),
                });
                let raised = Answer::of(self.rooms[world].call(Who::Chief, &raise));
                assert_eq!(raised.outcome(), "done", "{}", raised.text());
            }
            self.book.get_mut(part.key).expect("just filed").risen[world] = risen;
        }
        self.census
            .tally("seen: a record of which the rest differs is filed");
        assert_eq!(below[0].len(), below[1].len(), "the part below is the same");
        for (first, second) in below[0].iter().zip(&below[1]) {
            assert_eq!(first.1, second.1, "the part below is the same");
            self.names.add(&first.0, &second.0);
        }
        let entry = self.book.get_mut(part.key).expect("just filed");
        for (seen, below) in entry.seen.iter_mut().zip(&below) {
            *seen = below.iter().map(|(id, _)| id.clone()).collect();
        }
        let sees = |id: &String| below.iter().flatten().any(|(seen, _)| seen == id);
        entry.hidden = entry
            .risen
            .iter()
            .flatten()
            .filter(|id| !sees(id))
            .cloned()
            .collect();
        let counts = [entry.risen[0].len(), entry.risen[1].len()];
        if counts[0] != counts[1] {
            self.census.tally("seen: … with another number of portions");
        }
        if below[0].iter().zip(&below[1]).any(|(a, b)| a.0 != b.0) {
            self.census.tally("seen: … in the middle");
        }
    }

    fn volume(&mut self, volume: &Volume) {
        for world in 0..2 {
            let text = volume_text(volume, world, self.seed);
            let file = File {
                who: Who::Chief,
                key: volume.key,
                name: "volume.xml",
                text,
                marking: None,
                reason: "foreign-relations",
                request: Ticket::Of(u64::from(volume.key.0)),
                at_once_to: None,
                recorded: false,
                within: false,
            };
            let filed = self.act(world, &Act::File(file));
            let done: FilingDone = filed.read().unwrap_or_else(|| panic!("{}", filed.text()));
            for (n, row) in done.records.iter().enumerate() {
                let key = Key(volume.key.0 + n as u32);
                let sight = if n < volume.low.len() {
                    Sight::Whole
                } else {
                    Sight::None
                };
                self.book.filed(key, world, &row.record, sight);
            }
        }
        self.census
            .tally("seen: a volume whose later records differ is filed");
    }
}

/// The portions of a record as its filer sees it: those that are to rise, and those that stay, each
/// with its words.
fn parted(shown: &Shown, fields: &[&str]) -> (Vec<String>, Vec<(String, String)>) {
    let header = shown.header.iter().map(|h| {
        let rises = fields.contains(&h.field.as_str());
        (h.id.clone(), format!("{}: {}", h.field, h.value), rises)
    });
    let texts = shown.portions.iter().map(|p| {
        let words = format!("{} {:?} {:?} {}", p.kind, p.speaker, p.gaps, p.text);
        (p.id.clone(), words, p.text.contains(RISES))
    });
    let (rise, stay): (Vec<_>, Vec<_>) = header.chain(texts).partition(|(_, _, rises)| *rises);
    (
        rise.into_iter().map(|(id, ..)| id).collect(),
        stay.into_iter().map(|(id, words, _)| (id, words)).collect(),
    )
}

/// Who does an act.
fn who(act: &Act) -> Option<Who> {
    match act {
        Act::File(file) | Act::FileLinked(file, ..) => Some(file.who),
        Act::Correct(correct) => Some(correct.who),
        Act::Record(who, ..) | Act::Ask(who, _) => Some(*who),
        // Whoever tries a name with a wrong passphrase learns nothing from it.
        Act::SignIn(_, false) => Some(Who::Low),
        Act::SignIn(name, true) => Who::ALL.into_iter().find(|w| w.name() == *name),
        Act::Reopen | Act::Night | Act::Season | Act::Tick => None,
    }
}

fn kind(act: &Act) -> Kind {
    match act {
        Act::Ask(_, Ask::Receipt(_)) => Kind::Receipt,
        Act::Ask(_, Ask::LedgerCheck | Ask::LedgerProve(_) | Ask::LedgerConsistency(..)) => {
            Kind::Log
        }
        _ => Kind::Plain,
    }
}
