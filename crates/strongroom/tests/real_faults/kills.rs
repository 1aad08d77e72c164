//! kill -9 of the guard while several clients file, read and restrict.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::House;
use crate::{file, from_env};

const FILERS: usize = 2;
const READERS: usize = 3;

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Records, with a word that stands in them.
    filed: Mutex<Vec<(String, String)>>,
    /// Records that the reader can no longer read.
    restricted: Mutex<BTreeSet<String>>,
    /// Numbers of copies that the reader was shown.
    shown: Mutex<Vec<String>>,
}

/// The client's newest checkpoint: entries that it has seen signed.
fn head_kept(house: &House) -> u64 {
    let heads = house.path("state").join("strongroom/heads");
    let sizes = fs::read_dir(heads).unwrap().filter_map(|entry| {
        let text = fs::read_to_string(entry.unwrap().path()).ok()?;
        let origin = text
            .lines()
            .position(|l| l.starts_with("strongroom/") && !l.contains('+'))?;
        text.lines().nth(origin + 1)?.parse::<u64>().ok()
    });
    sizes.max().expect("a head is kept")
}

impl Acknowledged {
    /// Clients until the guard is gone.
    fn load(&self, house: &House, round: usize, stop: &AtomicBool) {
        let next = AtomicUsize::new(0);
        let going = || !stop.load(Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..FILERS {
                scope.spawn(|| {
                    while going() {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let word = format!("word-{round}-{n}");
                        let text = format!("A note\n\nIt holds {word}.\n");
                        if let Ok(record) = file(house, &format!("{word}.txt"), &text) {
                            self.filed.lock().unwrap().push((record, word));
                        }
                    }
                });
            }
            for reader in 0..READERS {
                scope.spawn(move || {
                    while going() {
                        let Some(record) = self.some_record(reader) else {
                            thread::sleep(Duration::from_millis(5));
                            continue;
                        };
                        let done = house.as_("reader", &["read", &record, "--json"]);
                        if let Ok(view) = serde_json::from_str::<Value>(&done.out) {
                            let copy = view["copy"].as_str().expect("the copy's number");
                            self.shown.lock().unwrap().push(copy.to_owned());
                        }
                    }
                });
            }
            scope.spawn(|| {
                while going() {
                    thread::sleep(Duration::from_millis(40));
                    let Some(record) = self.some_record(0) else {
                        continue;
                    };
                    let restrict = [
                        &["restrict", &record, "--to", "Top Secret"][..],
                        &["--reason", "practice", "--because", "a test"],
                    ];
                    if house.as_("founder", &restrict.concat()).code == 0 {
                        self.restricted.lock().unwrap().insert(record);
                    }
                }
            });
        });
    }

    /// One of the newest records that the reader can read.
    fn some_record(&self, which: usize) -> Option<String> {
        let filed = self.filed.lock().unwrap();
        let restricted = self.restricted.lock().unwrap();
        let open = filed
            .iter()
            .rev()
            .filter(|(id, _)| !restricted.contains(id));
        open.take(READERS).nth(which).map(|(id, _)| id.clone())
    }

    /// What was acknowledged since, and what was not restricted, is there; and every copy has its event.
    fn holds(&self, house: &House, since: usize) {
        let filed = self.filed.lock().unwrap()[since..].to_vec();
        let restricted = self.restricted.lock().unwrap().clone();
        for (record, word) in &filed {
            let read = house.as_("founder", &["read", record]).ok();
            assert!(read.out.contains(word), "{record} lost {word}");
        }
        for (record, _) in filed
            .iter()
            .filter(|(record, _)| restricted.contains(record))
        {
            house.as_("reader", &["read", record]).exits(5);
        }
        let receipts = house.as_("reader", &["receipt", "--json", "--limit", "1000"]);
        let receipts = receipts.ok().json();
        let receipts: BTreeSet<&str> = receipts["receipts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_str().unwrap())
            .collect();
        for copy in self.shown.lock().unwrap().drain(..) {
            assert!(receipts.contains(copy.as_str()), "{copy} has no event");
        }
    }
}

#[test]
fn a_guard_that_is_killed_under_load_loses_nothing_that_was_acknowledged() {
    let kills = from_env("STRONGROOM_KILLS", 5);
    let began = Instant::now();
    let mut house = House::open();
    house.person("reader", &["reader"], Some("at-most Secret"));
    let said = Acknowledged::default();
    let (mut shown, mut killed_while_filing) = (0, 0);
    for round in 0..kills {
        let since = said.filed.lock().unwrap().len();
        let stop = AtomicBool::new(false);
        let mut guard = house.take_guard();
        thread::scope(|scope| {
            let load = scope.spawn(|| said.load(&house, round, &stop));
            // Not at the same instant of each round's work.
            thread::sleep(Duration::from_millis(250 + (round as u64 * 37) % 190));
            guard.kill().unwrap();
            guard.wait().unwrap();
            stop.store(true, Ordering::Relaxed);
            load.join().unwrap();
        });
        let known = head_kept(&house);
        let filed = said.filed.lock().unwrap().len() - since;
        killed_while_filing += usize::from(filed > 0);
        shown += said.shown.lock().unwrap().len();
        house.open_guard();
        let status = house.run(&["status", "--json"]).ok().json();
        assert!(status["entries"].as_u64().unwrap() >= known);
        // Each command shows the head that was seen last, and the room must contain it.
        for name in ["founder", "reader"] {
            house.sign_in(name).ok();
        }
        said.holds(&house, since);
        if round % 50 == 49 {
            house.run(&["check"]).ok();
            println!(
                "{} kills in {:.0} s",
                round + 1,
                began.elapsed().as_secs_f64()
            );
        }
    }
    let filed = said.filed.lock().unwrap().len();
    let restricted = said.restricted.lock().unwrap().len();
    assert!(killed_while_filing * 2 > kills && shown > kills, "no load");
    said.holds(&house, filed.saturating_sub(500));
    assert_eq!(house.as_("founder", &["list", "--limit", "1"]).ok().code, 0);
    house.run(&["check"]).ok();
    house.as_("founder", &["ledger", "check"]).ok();
    let keys = house.as_("founder", &["ledger", "keys"]).ok().out;
    let keys = house.write("keys", keys);
    house.as_("founder", &["close"]).ok();
    house.ended();
    let folder = house.room().join("ledger");
    house
        .run(&[
            "verify",
            "ledger",
            folder.to_str().unwrap(),
            "--keys",
            &keys,
        ])
        .ok();
    let took = began.elapsed().as_secs_f64();
    println!(
        "{kills} kills in {took:.0} s: {filed} records filed, {restricted} restricted, {shown} readings acknowledged"
    );
}
