//! What a room costs, each figure beside what bounds it, measured in the same run.
//!
//! `cargo bench` files the bundled volume; with `STRONGROOM_FRUS_DIR` set it files every volume in
//! that folder. Nothing here is a gate: machines differ, ratios hold.

mod appending;
mod docket;
mod figures;
mod slots;
mod world;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use figures::{
    Figures, fsync, hpke_seal, raw_aes, raw_write, sha256_of, signature_verified, time, xml_events,
};
use strongroom_label::{ClearanceBits, LabelBits, Policy};
use strongroom_record::{GroupId, PortionId, RecordId, RoomId, Stream};
use strongroom_seal::{
    HouseKey, LabelDigest, PortionBinding, RecordKey, Suite, VaultKey, cover, seal_portion,
};
use world::{Connection, Room, volumes};

fn main() {
    // `cargo bench -- reading` runs one part.
    let only: Option<String> = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let wanted = |part: &str| only.as_deref().is_none_or(|o| o == part);
    let mut out = Figures::default();
    if wanted("decision") {
        decision(&mut out);
    }
    if wanted("sealing") {
        sealing(&mut out);
    }
    if wanted("filing") || wanted("reading") || wanted("restricting") {
        let room = filing(&mut out);
        if wanted("reading") {
            reading(&mut out, &room);
        }
        if wanted("restricting") {
            restricting(&mut out, &room);
        }
        if wanted("reading") {
            over_the_socket(&mut out, room);
        }
    }
    if wanted("scaling") {
        scaling(&mut out);
    }
    if wanted("keeping") {
        keeping(&mut out);
    }
    if wanted("slots") {
        slots::slots(&mut out);
    }
    if wanted("docket") {
        docket::docket(&mut out);
    }
    if wanted("ledger") {
        ledger(&mut out);
    }
    out.print();
}

/// Walking everything stored and backing it up, after filing what there is to file.
fn keeping(out: &mut Figures) {
    let room = Room::found();
    for (name, bytes) in volumes() {
        room.file(&name, &bytes);
    }
    check_and_back_up(out, &room);
}

/// Walking everything stored, and backing it up: beside doing the same to as many bytes and nothing else.
fn check_and_back_up(out: &mut Figures, room: &Room) {
    let (started, cpu) = (Instant::now(), figures::cpu());
    let checked = room.check();
    let (took, cpu) = (started.elapsed(), figures::cpu() - cpu);
    let bytes = checked.bytes as usize;
    let rate = |bytes: usize, took: Duration| bytes as f64 / 1e6 / took.as_secs_f64();
    out.line(&format!(
        "a store of {} rows, {:.0} MB",
        checked.rows,
        bytes as f64 / 1e6
    ));
    out.row(
        &format!("checking it, {:.0} MB a second", rate(bytes, took)),
        took,
        "SHA-256 of as many bytes",
        sha256_of(bytes),
        "aim: 100 MB a second",
    );
    out.line(&format!(
        "  {:.0} ms of the processor, on all cores",
        cpu.as_secs_f64() * 1e3
    ));
    let (started, cpu) = (Instant::now(), figures::cpu());
    let (size, base) = room.back_up(None, |_| {});
    let (took, cpu) = (started.elapsed(), figures::cpu() - cpu);
    let aes = raw_aes(1 << 20) * u32::try_from(size.div_ceil(1 << 20)).expect("a size in MB");
    out.row(
        &format!(
            "backing it up to nowhere, {:.0} MB a second",
            rate(size, took)
        ),
        took,
        "AES-256-GCM over as many bytes",
        aes,
        "aim: 100 MB a second",
    );
    out.line(&format!(
        "  {:.0} ms of the processor",
        cpu.as_secs_f64() * 1e3
    ));
    let mut file = tempfile::tempfile().expect("a temporary file");
    let started = Instant::now();
    let (size, _) = room.back_up(None, |bytes| {
        std::io::Write::write_all(&mut file, bytes).expect("the disk takes it");
    });
    file.sync_data().expect("the disk syncs");
    let took = started.elapsed();
    let raw = Duration::from_secs_f64(size as f64 / 1e6 / raw_write(size));
    out.row(
        &format!(
            "backing it up to a file, {:.0} MB a second",
            rate(size, took)
        ),
        took,
        "writing as many bytes and syncing once",
        raw,
        "aim: 100 MB a second",
    );
    let started = Instant::now();
    let (size, _) = room.back_up(Some(&base), |_| {});
    out.line(&format!(
        "an incremental backup of what changed since, nothing but the backups' events: {} KB in {:.0} ms",
        size / 1000,
        started.elapsed().as_secs_f64() * 1e3
    ));
}

/// Events appended in groups.
fn appending(out: &mut Figures) {
    const EVENTS: usize = 120_000;
    let appended = appending::append(EVENTS);
    let groups = u32::try_from(appended.groups).expect("some hundreds");
    out.row(
        &format!(
            "appending {EVENTS} events in {groups} groups, {:.0} a second",
            EVENTS as f64 / appended.took.as_secs_f64()
        ),
        appended.took,
        "two syncs a group and nothing else",
        fsync() * (2 * groups),
        "aim: 30,000 a second",
    );
    out.line(&format!(
        "  {:.1} µs of the processor an event",
        appended.cpu.as_secs_f64() * 1e6 / EVENTS as f64
    ));
}

/// Events that a person signed each by itself.
fn signed(out: &mut Figures) {
    const FILED: usize = 10_000;
    const AT_ONCE: usize = 16;
    let room = Room::found();
    thread::scope(|scope| {
        for first in 0..AT_ONCE {
            let room = &room;
            scope.spawn(move || {
                (first..FILED)
                    .step_by(AT_ONCE)
                    .for_each(|n| room.file_text(&format!("Note {n}, as short as they come.")));
            });
        }
    });
    let (started, cpu) = (Instant::now(), figures::cpu());
    let entries = room.check_ledger();
    let (took, cpu) = (started.elapsed(), figures::cpu() - cpu);
    out.row(
        &format!("verifying {entries} events, {FILED} records filed with a signature each"),
        took,
        "as many signatures verified and nothing else, on all cores",
        figures::signatures_verified(FILED),
        "aim: in proportion",
    );
    out.line(&format!(
        "  {:.0} ms of the processor, on all cores",
        cpu.as_secs_f64() * 1e3
    ));
}

/// A hundred thousand small records: reading the whole ledger, and opening the room.
fn ledger(out: &mut Figures) {
    appending(out);
    signed(out);
    const FILES: usize = 5;
    const EACH: usize = 20_000;
    let room = Room::found();
    for _ in 0..FILES {
        room.fill(EACH, "One paragraph, as short as they come.");
    }
    out.line(&format!("a room of {} records", FILES * EACH));
    let (started, cpu) = (Instant::now(), figures::cpu());
    let entries = room.check_ledger();
    let (checked, cpu) = (started.elapsed(), figures::cpu() - cpu);
    let store = room.store_bytes();
    let (verify, signatures) = (signature_verified(), (FILES * EACH / 256) as u32);
    out.row(
        &format!("verifying {entries} events, some {signatures} signatures of persons among them"),
        checked,
        "SHA-256 of 3 KB an event",
        sha256_of(entries as usize * 3_000),
        "aim: 2 s for 100,000",
    );
    out.line(&format!(
        "  {:.0} ms of the processor, on all cores; one signature of a person verified alone: {:.0} µs",
        cpu.as_secs_f64() * 1e3,
        verify.as_secs_f64() * 1e6
    ));
    let (started, cpu) = (Instant::now(), figures::cpu());
    room.keep_state();
    out.line(&format!(
        "  keeping the state, behind the requests: {:.0} ms, {:.0} ms of the processor",
        started.elapsed().as_secs_f64() * 1e3,
        (figures::cpu() - cpu).as_secs_f64() * 1e3
    ));
    prove_entries(out, &room, entries);
    check_and_back_up(out, &room);
    let opened = room.times_to_open();
    out.row(
        &format!("opening the room of {} records", FILES * EACH),
        opened.store + opened.kept,
        &format!("SHA-256 of its store of {} MB", store >> 20),
        sha256_of(store),
        "aim: 1 s",
    );
    out.line(&format!(
        "  of that the store with every page verified {:.0} ms ({:.0} ms of the processor), the kept state {:.0} ms ({:.0} ms of the processor); from the first event {:.0} ms",
        opened.store.as_secs_f64() * 1e3,
        opened.store_cpu.as_secs_f64() * 1e3,
        opened.kept.as_secs_f64() * 1e3,
        opened.kept_cpu.as_secs_f64() * 1e3,
        opened.replayed.as_secs_f64() * 1e3,
    ));
}

/// Inclusion proofs through the guard, with their entry read from the store and the checkpoint beside them.
fn prove_entries(out: &mut Figures, room: &Room, entries: u64) {
    let mut at = 0;
    let per = time(5_000, || {
        room.prove_entry(at % entries);
        at += 7_919;
    });
    out.row(
        &format!("proving one of {entries} entries, as the guard is asked for it"),
        per,
        "a raw sync",
        fsync(),
        "aim: 10 µs for the proof, which `cargo bench -p strongroom-tlog` times alone",
    );
}

fn decision(out: &mut Figures) {
    let policy = Policy::builtin("us-state-historical").expect("it is built in");
    let clearance = policy
        .parse_clearance("at-most Top Secret; Nodis; Sensitive")
        .expect("known names");
    let bits = ClearanceBits::new(&policy, &clearance).expect("known names");
    let label = LabelBits::new(
        &policy,
        &policy.parse_marking("Secret; Nodis").expect("known"),
    )
    .expect("known");
    let per = time(10_000_000, || {
        black_box(black_box(&bits).permits(black_box(&label)));
    });
    let set: BTreeSet<u32> = (0..8).collect();
    let plain = time(1_000_000, || {
        black_box(black_box(&set).is_superset(black_box(&set)));
    });
    out.row(
        "a decision",
        per,
        "the same with ordered sets",
        plain,
        "aim: 20 ns",
    );
}

fn sealing(out: &mut Figures) {
    let mut dice = Stream::from_seed([1; 32]);
    let key = RecordKey::random(Suite::Cnsa, &mut dice);
    let policy = Policy::builtin("us-state-historical").expect("it is built in");
    let label = policy.parse_marking("Secret; Nodis").expect("known");
    let binding = PortionBinding {
        room: RoomId::random(&mut dice),
        record: RecordId::random(&mut dice),
        version: 1,
        portion: PortionId::random(&mut dice),
        filing: LabelDigest::of(&label),
    };
    for (name, size) in [("382 bytes", 382), ("16 KiB", 16 << 10)] {
        let plain = vec![7; size];
        let per = time(20_000, || {
            black_box(seal_portion(Suite::Cnsa, &key, &binding, &plain, &mut dice));
        });
        out.row(
            &format!("sealing a portion of {name}"),
            per,
            "raw AES-256-GCM",
            raw_aes(size),
            "",
        );
    }
    let house = HouseKey::random(Suite::Cnsa, &mut dice);
    let at = VaultKey {
        kind: 9,
        id: *GroupId::random(&mut dice).as_bytes(),
        counter: 0,
    };
    let value = vec![7; 64 << 10];
    let per = time(5_000, || {
        black_box(cover(&house, binding.room, at, &value, &mut dice));
    });
    out.row(
        "the outer layer over 64 KiB",
        per,
        "raw AES-256-GCM",
        raw_aes(64 << 10),
        "",
    );
}

/// Files every volume, and leaves the room for what follows.
fn filing(out: &mut Figures) -> Room {
    let files = volumes();
    let room = Room::found();
    let (mut text, mut bytes, mut records) = (0usize, 0usize, 0usize);
    let mut parsing = Duration::ZERO;
    let mut took = Duration::ZERO;
    for (name, volume) in &files {
        let read = strongroom_ingest::read(name, volume).expect("a volume of FRUS");
        text += read
            .drafts
            .drafts()
            .iter()
            .flat_map(|d| &d.portions)
            .map(|p| p.text.len())
            .sum::<usize>();
        bytes += read.original.len();
        parsing += xml_events(&read.original);
        let original = read.original.into_owned();
        let started = Instant::now();
        records += room.file(name, &original);
        took += started.elapsed();
    }
    let mib = |n: usize, d: Duration| n as f64 / 1e6 / d.as_secs_f64();
    out.line(&format!(
        "filing {} files, {records} records, {:.1} MB of text in {:.1} MB of XML: {:.2} s, {:.1} MB of text a second (aim: 15), {:.1} MB of XML a second",
        files.len(), text as f64 / 1e6, bytes as f64 / 1e6, took.as_secs_f64(), mib(text, took), mib(bytes, took),
    ));
    out.line(&format!("  beside it: XML events alone {:.1} MB a second; raw write and sync of as many bytes {:.1} MB a second", mib(bytes, parsing), raw_write(bytes)));
    out.line(&format!(
        "  a record {:.0} µs",
        took.as_secs_f64() * 1e6 / records as f64
    ));
    room
}

fn reading(out: &mut Figures, room: &Room) {
    let ids = room.ids(500);
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % ids.len();
        ids[at].clone()
    };
    // Each session opens each label's key once; that cost is a session's, not a reading's.
    let opening = Instant::now();
    room.warm(&ids);
    out.line(&format!(
        "opening the label keys of {} records: {:.1} ms a session",
        ids.len(),
        opening.elapsed().as_secs_f64() * 1e3 / 32.0
    ));
    let cpu = figures::cpu();
    for _ in 0..300 {
        room.read(0, &next());
    }
    out.line(&format!(
        "  of the processor, one read takes {:.0} µs",
        (figures::cpu() - cpu).as_secs_f64() * 1e6 / 300.0
    ));
    let per = time(400, || {
        room.read(0, &next());
    });
    out.row(
        "one durable read",
        per,
        "four fsyncs",
        fsync() * 4,
        "aim: four fsyncs",
    );
    let cpu = figures::cpu();
    let long = Duration::from_secs(3);
    let rate = in_parallel(32, long, |n, k| {
        room.read(n, &ids[(n * 17 + k) % ids.len()])
    });
    let each = (figures::cpu() - cpu).as_secs_f64() * 1e6 / (rate * long.as_secs_f64());
    out.line(&format!("durable reads by 32 sessions in process: {rate:.0} a second (aim: 10,000), {each:.0} µs of the processor each; fsyncs one by one: {:.0} a second", 1e9 / fsync().as_nanos() as f64));
}

fn over_the_socket(out: &mut Figures, room: Room) {
    let ids = room.ids(500);
    room.warm(&ids);
    let served = room.serve();
    let connections: Vec<Mutex<Connection>> =
        (0..32).map(|n| Mutex::new(served.connect(n))).collect();
    let rate = in_parallel(32, Duration::from_secs(3), |n, k| {
        let mut connection = connections[n].lock().expect("no panic");
        connection.read(&ids[(n * 17 + k) % ids.len()]);
    });
    out.line(&format!(
        "durable reads by 32 sessions over the socket: {rate:.0} a second"
    ));
}

fn in_parallel(threads: usize, long: Duration, work: impl Fn(usize, usize) + Send + Sync) -> f64 {
    let work = &work;
    let started = Instant::now();
    let done: usize = thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|n| {
                scope.spawn(move || {
                    let mut k = 0;
                    while started.elapsed() < long {
                        work(n, k);
                        k += 1;
                    }
                    k
                })
            })
            .collect();
        all.into_iter().map(|t| t.join().expect("no panic")).sum()
    });
    done as f64 / started.elapsed().as_secs_f64()
}

fn restricting(out: &mut Figures, room: &Room) {
    let ids = room.ids(100);
    let mut at = 0;
    // The join of the record's label and the one given has no key yet: a box of some four shares is
    // sealed to its atoms, and a note to the inspectors.
    let limit = fsync() * 4 + hpke_seal() * 5;
    let per = time(60, || {
        room.restrict(&ids[at], "Top Secret; Nodis");
        at += 1;
    });
    let beside = "four fsyncs and its HPKE seals (5)";
    out.row(
        "restricting a record, by who reads it",
        per,
        beside,
        limit,
        "aim: that",
    );
    let per = time(30, || {
        room.restrict_blind(&ids[at], "Top Secret; Nodis");
        at += 1;
    });
    out.row(
        "restricting a record, blind",
        per,
        beside,
        limit,
        "aim: that",
    );
}

/// The cost of a record must not grow with the room.
fn scaling(out: &mut Figures) {
    for records in [100, 10_000] {
        let room = Room::found();
        let text: String = (0..20)
            .map(|n| {
                format!(
                    "Paragraph {n} of a note that is as long as others are, and says as little.\n\n"
                )
            })
            .collect();
        room.fill(records, &text);
        let started = Instant::now();
        let filed = 60;
        for n in 0..filed {
            room.file_text(&format!("One more, {n}\n\n{text}"));
        }
        let file = started.elapsed() / filed;
        let ids = room.ids(100);
        let mut at = 0;
        let read = time(300, || {
            room.read(0, &ids[at % ids.len()]);
            at += 1;
        });
        let list = time(40, || room.list(50)) / 50;
        out.line(&format!(
            "with {records} records there: filing one {:.2} ms, reading one {:.2} ms, listing 50 {:.0} µs a record",
            file.as_secs_f64() * 1e3, read.as_secs_f64() * 1e3, list.as_secs_f64() * 1e6,
        ));
        out.line(&format!(
            "  opening that room anew: {:.0} ms",
            room.time_to_open().as_secs_f64() * 1e3
        ));
    }
}
