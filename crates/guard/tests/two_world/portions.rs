//! Marked documents in two worlds: what lies under labels that the reader holds is the same, portion by portion, and around
//! it stand other portions, more of them or fewer, under other marks; they are graded and restricted in one world and not
//! in the other.

use std::time::Duration;

use strongroom_guard::api::*;
use strongroom_guard::planted::{Leak, plant};
use strongroom_record::{RequestId, Stream, Timestamp};
use strongroom_seal::Suite;

use crate::answer::{Answer, Kind, Renaming, differences, same};
use crate::common::{START, World, filing, grading, restriction};
use crate::dice::Dice;
use crate::marked;

/// Documents that are filed in each pair of rooms.
const DOCUMENTS: u64 = 24;

/// The readers who are compared, each with what is held.
const READERS: [(&str, &str); 3] = [
    ("low", "Unclassified"),
    ("friend", "at-most Secret; Releasable to: GBR"),
    ("desk", "at-most Secret; Releasable to: USA"),
];

/// Marks of portions that one of the readers sees. The banner is above all of them in both worlds.
const BELOW: [&str; 4] = ["U", "U", "S//REL TO USA, GBR", "S//REL TO USA, NLD"];
/// Marks of portions that none of them sees.
const ABOVE: [&str; 4] = ["TS", "TS//NF", "S//HERON//NF", "TS//HERON//REL TO USA, GBR"];
const BANNER: &str = "TOP SECRET//HERON//NOFORN";

struct Worlds {
    worlds: [World; 2],
    names: Renaming,
    now: Timestamp,
    compared: usize,
}

impl Worlds {
    fn new() -> Self {
        Self::of(marked::room)
    }
    fn of(room: fn(u64, Suite) -> World) -> Self {
        let world = || {
            let mut world = room(77, Suite::Mock);
            for (name, clearance) in READERS {
                world.add_person(name, &["reader", "records-officer"], clearance);
            }
            world
        };
        Self {
            worlds: [world(), world()],
            names: Renaming::default(),
            now: START.plus(Duration::from_secs(3_600)),
            compared: 0,
        }
    }
    /// The next instant, the same in both worlds, whatever happened in one of them meanwhile.
    fn step(&mut self) {
        self.now = self.now.plus(Duration::from_secs(60));
        self.worlds.iter().for_each(|w| w.clock.set(self.now));
    }
    fn asked(&self, world: usize, name: &str, request: &Request) -> Answer {
        match self.worlds[world].ask(name, request) {
            Ok(json) => Answer::Issued(String::from_utf8(json).expect("JSON is UTF-8")),
            Err(refusal) => Answer::Refused(serde_json::to_string(&refusal).expect("JSON")),
        }
    }
    /// Asks the same in both worlds, but for the names of portions.
    fn compare(&mut self, name: &str, requests: &[Request; 2]) -> Result<[Answer; 2], String> {
        self.step();
        let answers = [0, 1].map(|w| self.asked(w, name, &requests[w]));
        let [a, b] = &answers;
        if same(Kind::Plain, a, b, &self.names, false).is_none() {
            let differ = differences(a.text(), b.text());
            let told = (a.text(), b.text());
            return Err(format!("{name}: {requests:?}\n{told:?}\n{differ:#?}"));
        }
        self.compared += 1;
        Ok(answers)
    }
    fn compare_alike(&mut self, name: &str, request: Request) -> Result<[Answer; 2], String> {
        self.compare(name, &[request.clone(), request])
    }
}

fn request_id(n: u64) -> String {
    let mut seed = [5; 32];
    seed[..8].copy_from_slice(&n.to_le_bytes());
    RequestId::random(&mut Stream::from_seed(seed)).to_string()
}

/// A document in both worlds.
fn documents(dice: &mut Dice, n: u64) -> [String; 2] {
    let heading = match dice.below(3) {
        0 => format!("Talk {n}"),
        _ => format!("(U) Talk {n} on {}", dice.words(4)),
    };
    let mut texts = [0, 1].map(|_| format!("{BANNER}\n{heading}\n"));
    for part in 0..=1 + dice.below(4) {
        for text in &mut texts {
            for _ in 0..dice.below(3) {
                let mark = dice.pick(&ABOVE);
                text.push_str(&format!("({mark}) Hidden: {}.\n", dice.words(20)));
            }
            if dice.chance(20) {
                text.push_str(&format!("Hidden without a mark: {}.\n", dice.words(9)));
            }
        }
        let mark = dice.pick(&BELOW);
        let words = format!("({mark}) Part {part} of {n}: {}.\n", dice.words(8));
        texts.iter_mut().for_each(|text| text.push_str(&words));
    }
    texts
}

/// Portions of the chief's view that no compared reader sees, and those that some do.
fn parted(shown: &Shown) -> (Vec<String>, Vec<String>) {
    let above = |p: &&PortionShown| {
        let mark = p.printed_mark.as_deref();
        mark.is_none_or(|mark| !BELOW.contains(&mark))
    };
    let ids = |portions: Vec<&PortionShown>| portions.iter().map(|p| p.id.clone()).collect();
    let (hidden, seen): (Vec<_>, Vec<_>) = shown.portions.iter().partition(above);
    (ids(hidden), ids(seen))
}

fn read(record: &str, original: bool) -> Request {
    let record = record.to_owned();
    Request::Read(ReadQuery {
        record,
        original,
        ..ReadQuery::default()
    })
}

/// Plays documents in a pair of rooms; counts what was compared, graded and raised.
///
/// # Errors
/// The first answer that tells the two rooms apart.
fn play() -> Result<[usize; 3], String> {
    let mut pair = Worlds::new();
    let mut dice = Dice::new(4);
    let (mut graded, mut raised) = (0, 0);
    for n in 0..DOCUMENTS {
        pair.step();
        let texts = documents(&mut dice, n);
        let mut ask = filing("marked.txt");
        ask.request = Some(request_id(n));
        let filed = [0, 1].map(|w| {
            let done = marked::try_file(&pair.worlds[w], "chief", &ask, &texts[w]);
            done.expect("filed").records.remove(0).record
        });
        assert_eq!(filed[0], filed[1]);
        let id = filed[0].clone();
        let views = [0, 1].map(|w| pair.worlds[w].read("chief", &id));
        let [(hidden, seen), (hidden_too, seen_too)] = [parted(&views[0]), parted(&views[1])];
        assert_eq!(seen.len(), seen_too.len());
        for (first, second) in seen.iter().zip(&seen_too) {
            pair.names.add(first, second);
        }
        // In one world only: gradings and restrictions of what is hidden, by portion and as a whole.
        for (world, hidden) in [(0, &hidden), (1, &hidden_too)] {
            if hidden.is_empty() || dice.chance(50) {
                continue;
            }
            let portion = &hidden[dice.below(hidden.len())];
            let room = &pair.worlds[world];
            if dice.chance(60) {
                let _ = room
                    .ask("chief", &grading(&id, "B2", &[portion]))
                    .expect("graded");
                let _ = room.ask("chief", &grading(&id, "C3", &[])).expect("graded");
                graded += 1;
            }
            if dice.chance(60) {
                let up = restriction(&id, "TOP SECRET//HERON//NOFORN", &[portion]);
                raised += usize::from(room.ask("chief", &up).is_ok());
            }
        }
        // In both: of what is seen.
        pair.step();
        if dice.chance(60) {
            let at = dice.below(seen.len());
            for (world, seen) in [(0, &seen), (1, &seen_too)] {
                let mut ask = grading(&id, "A1", &[&seen[at]]);
                if let Request::Grade(grade) = &mut ask {
                    grade.request = Some(request_id(1_000 + n));
                }
                pair.asked(world, "chief", &ask);
            }
        }
        for (name, _) in READERS {
            let [shown, _] = pair.compare_alike(name, read(&id, false))?;
            if let Some(shown) = shown.read::<Shown>()
                && dice.chance(40)
            {
                let last = (shown.portions.len() - 1).to_string();
                let grade = grading(&id, "D4", &[&last]);
                pair.compare_alike(name, grade)?;
                pair.compare_alike(name, grading(&id, "D4", &[]))?;
            }
            pair.compare_alike(name, Request::List(ListQuery::default()))?;
            pair.compare_alike(name, read(&id, true))?;
            let record = id.clone();
            pair.compare_alike(name, Request::History(RecordRef { record }))?;
            for (first, second) in [(&hidden, &hidden_too), (&hidden_too, &hidden)] {
                // A portion that only one world has, and one that none has, are the same to who sees neither.
                // An id that names a hidden portion in one world may name one that is seen in the other.
                let of_neither =
                    |p: &&String| ![second, &seen, &seen_too].iter().any(|l| l.contains(*p));
                if let Some(portion) = first.iter().find(of_neither) {
                    let ask = restriction(&id, "TOP SECRET", &[portion]);
                    pair.compare_alike(name, ask)?;
                    pair.compare_alike(name, grading(&id, "E5", &[portion]))?;
                }
            }
            if dice.chance(20) {
                let up = restriction(&id, "SECRET//HERON", &["0"]);
                pair.compare_alike(name, up)?;
            }
        }
    }
    Ok([pair.compared, graded, raised])
}

#[test]
fn nothing_shows_of_the_other_portions_of_a_marked_document() {
    let [compared, graded, raised] = play().unwrap_or_else(|e| panic!("{e}"));
    println!("{compared} answers compared, {graded} graded, {raised} raised apart");
    assert!(compared > 400 && graded > 5 && raised > 5);
}

#[test]
fn what_shows_of_other_portions_is_noticed() {
    for leak in [
        Leak::OrdinalInWhole,
        Leak::SizeOfWhole,
        Leak::HistoryOfWhole,
        Leak::GradeOfHidden,
    ] {
        plant(Some(leak));
        let played = play();
        plant(None);
        assert!(played.is_err(), "{leak:?} was not caught");
    }
}

/// A portion above the banner, which stops a filing, and one that is in order; two lines further a talk that is long enough to
/// be compared.
const HIDDEN: [&str; 2] = ["(TS//NF) What is above the banner.", "(S//NF) What is not."];

fn long(mark: &str) -> String {
    let words: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
    format!("({mark}) {}.", words.join(" "))
}

/// Files a document with something hidden that breaks a rule in one room and none in the other, corrects it below, and
/// compares what is told of both.
fn overridden() -> Result<usize, String> {
    let mut pair = Worlds::of(marked::checking_room);
    for (n, long_mark) in [(0, "U"), (1, "S//NF")] {
        pair.step();
        let mut ask = filing("marked.txt");
        ask.override_because = Some("the banner is a misprint".to_owned());
        ask.request = Some(request_id(n));
        let filed = [0, 1].map(|w| {
            let (hidden, long) = (HIDDEN[w], long(long_mark));
            let text = format!(
                "SECRET//NOFORN\n\n(U) A talk\n\n(U) What all may read.\n\n{hidden}\n\n{long}\n\nSECRET//NOFORN\n"
            );
            let done = pair.worlds[w].file("chief", &ask, text.as_bytes());
            let done = done.expect("filed");
            let stopped = done.findings.iter().any(|f| f.rule == "portion-above-banner");
            assert_eq!(stopped, w == 0);
            done.records[0].record.clone()
        });
        assert_eq!(filed[0], filed[1]);
        let id = filed[0].clone();
        let views = [0, 1].map(|w| pair.worlds[w].read("low", &id));
        for (first, second) in views[0].portions.iter().zip(&views[1].portions) {
            pair.names.add(&first.id, &second.id);
        }
        let told = |pair: &mut Worlds| -> Result<(), String> {
            for request in [
                read(&id, false),
                read(&id, true),
                Request::List(ListQuery::default()),
                Request::History(RecordRef { record: id.clone() }),
                Request::Changes(ChangesQuery {
                    record: id.clone(),
                    version: None,
                }),
            ] {
                pair.compare_alike("low", request)?;
            }
            Ok(())
        };
        told(&mut pair)?;
        // The reader's own marked file: like what is seen, and a further version of it.
        let text = format!(
            "UNCLASSIFIED\n\n(U) A talk\n\n{}\n\nUNCLASSIFIED\n",
            long("U")
        );
        for (at, correction) in [
            None,
            Some(Correcting {
                record: id.clone(),
                listened: vec!["low".to_owned()],
                changed: "a word".to_owned(),
                produced: "from notes".to_owned(),
            }),
        ]
        .into_iter()
        .enumerate()
        {
            pair.step();
            let mut ask = filing("own.txt");
            ask.correction = correction;
            ask.request = Some(request_id(10 * (n + 1) + at as u64));
            let answers = [0, 1].map(
                |w| match pair.worlds[w].file("low", &ask, text.as_bytes()) {
                    Ok(done) => Answer::Issued(serde_json::to_string(&done).expect("JSON")),
                    Err(refusal) => Answer::Refused(serde_json::to_string(&refusal).expect("JSON")),
                },
            );
            if same(Kind::Plain, &answers[0], &answers[1], &pair.names, false).is_none() {
                return Err(format!("{answers:#?}"));
            }
            if at == 0 {
                let done: FilingDone = answers[0].read().expect("filed");
                let like = done.resembling.iter().any(|l| l.record == id);
                assert_eq!(like, long_mark == "U", "{done:?}");
            }
            pair.compared += 1;
        }
        told(&mut pair)?;
    }
    Ok(pair.compared)
}

#[test]
fn nothing_shows_of_what_was_overridden_where_it_is_hidden() {
    let compared = overridden().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(compared, 24);
    plant(Some(Leak::OverrodeOfWhole));
    let played = overridden();
    plant(None);
    assert!(
        played.is_err(),
        "what was overridden shows, and was not noticed"
    );
}
