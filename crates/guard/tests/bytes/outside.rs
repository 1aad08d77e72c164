//! The files outside the store: each byte of the ledger's folder and of the anchor, turned over. The offline
//! verifier names each; the guard believes none of it, opens with the same view, and mends the folder.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use strongroom_tlog::tile::LedgerFiles;
use strongroom_tlog::verify::folder;

use crate::files::FakeFiles;
use crate::overlay::Overlay;
use crate::room::{Closed, Life, Named};
use crate::{all, drawn, side_by_side};

/// A folder as the verifier reads it, with one byte changed.
struct Changed<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    path: &'a str,
    bytes: Vec<u8>,
}

impl LedgerFiles for Changed<'_> {
    fn read(&self, path: &str, _max: usize) -> Result<Option<Vec<u8>>, String> {
        if path == self.path {
            return Ok(Some(self.bytes.clone()));
        }
        Ok(self.files.get(path).cloned())
    }
}

fn closed() -> Closed {
    let mut life = Life::begin();
    // Over the edge of a bundle and of a tile.
    life.file_notes(0..260);
    life.close()
}

/// The places of all bytes of all files; a sample of them in the short run.
fn places(files: &BTreeMap<String, Vec<u8>>, sample: usize) -> Vec<(&str, usize)> {
    let every = files
        .iter()
        .flat_map(|(path, bytes)| (0..bytes.len()).map(move |at| (path.as_str(), at)));
    let every: Vec<_> = every.collect();
    if all() || sample > every.len() {
        return every;
    }
    let drawn = |n| every[(drawn(n) as usize) % every.len()];
    (0..sample as u64).map(drawn).collect()
}

#[test]
fn every_byte_of_the_folder_is_named_by_the_verifier() {
    let room = closed();
    let files = room.folder.all();
    assert!(files.keys().any(|path| path.ends_with("/000")), "{files:?}");
    let sound = Changed {
        files: &files,
        path: "none",
        bytes: Vec::new(),
    };
    assert!(folder(&sound, &room.keys, &[]).report.passes());
    let places = places(&files, 300);
    let began = Instant::now();
    side_by_side(places.len(), |n| {
        let (path, at) = places[n];
        let mut bytes = files[path].clone();
        bytes[at] ^= 1 << (at % 8);
        let changed = Changed {
            files: &files,
            path,
            bytes,
        };
        let report = folder(&changed, &room.keys, &[]).report;
        assert!(!report.passes(), "not noticed: {path} at {at}");
        // An entry is named by the hash of it that differs.
        let tile = path.replace("/entries/", "/0/");
        let report = format!("{report:?}");
        let named = report.contains(&tile) || report.contains(path);
        assert!(named, "{path} at {at}: {report}");
    });
    let took = began.elapsed().as_secs_f64();
    println!("{} bytes of the folder in {took:.1} s", places.len());
}

#[test]
fn the_guard_believes_nothing_of_a_changed_folder_and_mends_it() {
    let room = closed();
    let files = room.folder.all();
    let said = room.said_on(Overlay::over(&room.store)).unwrap();
    let places = places(&files, 40);
    let step = places.len().div_ceil(2_000);
    let sample: Vec<_> = places.iter().step_by(step).collect();
    side_by_side(sample.len(), |n| {
        let (path, at) = *sample[n];
        let changed = room.folder.copy();
        let mut bytes = files[path].clone();
        bytes[at] ^= 1 << (at % 8);
        changed.put(path, &bytes);
        let disk = Overlay::over(&room.store);
        let seen = if n % 20 == 0 {
            let seen = room.said(disk, &changed, &room.anchor.copy());
            seen.map(|seen| assert!(seen == said, "{path} at {at}: another view"))
        } else {
            room.opens_and_is_sound_with(disk, &changed, &room.anchor.copy())
        };
        seen.unwrap_or_else(|named| panic!("{path} at {at}: {named:?}"));
        let mended = changed.all();
        // Written anew, or gone, where a longer file has taken its place.
        assert!(
            mended.get(path) != Some(&bytes),
            "{path} at {at} is not mended"
        );
    });
}

#[test]
fn every_byte_of_the_anchor_is_named_at_opening() {
    let room = closed();
    let files = room.anchor.all();
    let places = places(&files, 100);
    let (named, began) = (AtomicUsize::new(0), Instant::now());
    side_by_side(places.len(), |n| {
        let (path, at) = places[n];
        let changed = room.anchor.copy();
        let mut bytes = files[path].clone();
        bytes[at] ^= 1 << (at % 8);
        changed.put(path, &bytes);
        let disk = Overlay::over(&room.store);
        match room.opens_and_is_sound_with(disk, &room.folder.copy(), &changed) {
            Err(Named::Opening(why)) => {
                assert!(why.contains("anchor"), "{at}: {why}");
                named.fetch_add(1, Ordering::Relaxed);
            }
            other => panic!("not noticed: {at} of the anchor: {other:?}"),
        }
    });
    let took = began.elapsed().as_secs_f64();
    println!("{named:?} bytes of the anchor in {took:.1} s");
}

/// Files of the folder as they were before, one at a time: the verifier, who holds the newest checkpoint, and
/// the guard.
#[test]
fn files_from_an_older_folder_are_named() {
    let mut life = Life::begin();
    let older = life.close();
    life.file_notes(0..260);
    let room = life.close();
    let (before, files) = (older.folder.all(), room.folder.all());
    let known = strongroom_tlog::checkpoint::SignedCheckpoint::from_bytes(&files["checkpoint"])
        .unwrap()
        .verify(&room.keys)
        .unwrap();
    let mut tried = 0;
    for (path, bytes) in before
        .iter()
        .filter(|(path, b)| files.get(*path) != Some(b))
    {
        let mut mixed = files.clone();
        mixed.insert(path.clone(), bytes.clone());
        let changed = Changed {
            files: &mixed,
            path: "none",
            bytes: Vec::new(),
        };
        let report = folder(&changed, &room.keys, std::slice::from_ref(&known)).report;
        // A partial tile of an older head, beside the full one, says no other thing than it did.
        let beside = path.contains(".p/");
        assert_eq!(report.passes(), beside, "{path}: {report:?}");
        let put_back = FakeFiles::default();
        mixed
            .iter()
            .for_each(|(path, bytes)| put_back.put(path, bytes));
        let disk = Overlay::over(&room.store);
        room.opens_and_is_sound_with(disk, &put_back, &room.anchor.copy())
            .unwrap_or_else(|named| panic!("{path}: {named:?}"));
        tried += 1;
    }
    assert!(tried > 2, "{tried}");
    // All of it: sound in itself, and older than what is known.
    let whole = Changed {
        files: &before,
        path: "none",
        bytes: Vec::new(),
    };
    assert!(folder(&whole, &room.keys, &[]).report.passes());
    assert!(!folder(&whole, &room.keys, &[known]).report.passes());
}
