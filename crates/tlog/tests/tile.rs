//! The ledger folder: whichever way a log grew, the files come out the same.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;

use proptest::prelude::*;
use strongroom_tlog::entry::{Entry, EntryRoot};
use strongroom_tlog::tile::{
    MAX_BUNDLE_BYTES, MAX_TILE_BYTES, PathError, TileKind, TilePath, cut, growth, read_bundle,
    superseded,
};
use strongroom_tlog::tree::{LeafHash, Tree, TreeSize};

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn entry(n: u64) -> Entry {
    let mut root = [7; 32];
    root[..8].copy_from_slice(&n.to_be_bytes());
    Entry {
        root: EntryRoot::from_bytes(root),
    }
}

fn entries(range: Range<u64>) -> Result<Vec<Entry>, Infallible> {
    Ok(range.map(entry).collect())
}

fn tree(n: u64) -> Tree {
    let mut tree = Tree::new();
    for n in 0..n {
        tree.append(entry(n).leaf_hash());
    }
    tree
}

type Folder = BTreeMap<TilePath, Vec<u8>>;

/// Cuts one growth into a folder, and removes what it superseded.
fn grow(folder: &mut Folder, tree: &Tree, old: u64, new: u64) {
    for file in cut(tree, size(old), size(new), entries) {
        let file = file.unwrap();
        assert!(folder.insert(file.path, file.bytes).is_none());
    }
    for path in superseded(size(old), size(new)) {
        assert!(folder.remove(&path).is_some(), "{path}");
    }
}

#[test]
fn tiles_hold_what_the_specification_says() {
    let log = 66_000;
    let tree = tree(log);
    let mut folder = Folder::new();
    grow(&mut folder, &tree, 0, log);
    for (path, bytes) in &folder {
        let first = path.index() * 256;
        let width = u64::from(path.width());
        match path.kind() {
            TileKind::Entries => {
                assert!(bytes.len() <= MAX_BUNDLE_BYTES);
                let read = read_bundle(bytes, path.width()).unwrap();
                assert_eq!(read, entries(first..first + width).unwrap());
            }
            TileKind::Hashes { level: 0 } => {
                let leaves = (first..first + width).map(|n| *entry(n).leaf_hash().as_bytes());
                assert_eq!(*bytes, leaves.collect::<Vec<_>>().as_flattened());
            }
            TileKind::Hashes { level } => {
                // Each hash is the root of a whole subtree, grown here on its own.
                let span = 256_u64.pow(level.into());
                assert_eq!(bytes.len() as u64, width * 32);
                assert!(bytes.len() <= MAX_TILE_BYTES);
                for (n, hash) in (first..).zip(bytes.as_chunks::<32>().0) {
                    let mut subtree = Tree::new();
                    for n in n * span..(n + 1) * span {
                        subtree.append(entry(n).leaf_hash());
                    }
                    assert_eq!(subtree.head().root().as_bytes(), hash);
                }
            }
        }
    }
    assert_eq!(folder.keys().filter(|path| !path.is_full()).count(), 4);
}

#[test]
fn a_reader_that_fails_is_heard() {
    let tree = tree(300);
    let files: Vec<_> = cut(&tree, size(0), size(300), |range| {
        if range.start == 0 {
            entries(range).map_err(|never| match never {})
        } else {
            Err("the disk")
        }
    })
    .collect();
    assert!(files[0].is_ok());
    assert_eq!(files[1], Err("the disk"));
}

#[test]
fn names_have_one_form() {
    use PathError::{Index, Level, NotATile, TooLong, Width};
    let bad = [
        ("", NotATile),
        ("tile", NotATile),
        ("tile/", NotATile),
        ("tile/0", NotATile),
        ("/tile/0/000", NotATile),
        ("Tile/0/000", NotATile),
        ("checkpoint", NotATile),
        ("tile//000", Level),
        ("tile/00/000", Level),
        ("tile/-1/000", Level),
        ("tile/64/000", Level),
        ("tile/256/000", Level),
        ("tile/data/000", Level),
        ("tile/Entries/000", Level),
        ("tile/0/", Index),
        ("tile/0/0", Index),
        ("tile/0/0000", Index),
        ("tile/0/x000", Index),
        ("tile/0/+00", Index),
        ("tile/0/x000/001", Index),
        ("tile/0/x001/x000", Index),
        ("tile/0/001/000", Index),
        ("tile/0/x001/0000", Index),
        ("tile/0/X001/000", Index),
        ("tile/0/x001//000", Index),
        ("tile/0/x001/../000", Index),
        ("tile/0/x001/000/", Index),
        ("tile/0/\u{661}00", Index),
        ("tile/0/x018/x014/x398/x509/x481/984", Index),
        ("tile/0/x999/x999/x999/x999/x999/x999/999", Index),
        ("tile/0/000.p/0", Width),
        ("tile/0/000.p/256", Width),
        ("tile/0/000.p/01", Width),
        ("tile/0/000.p/", Width),
        ("tile/0/000.p/1.p/1", Width),
        ("tile/0/000.p/1/", Width),
        ("tile/0/000.p", Index),
        ("tile/0/000 ", Index),
    ];
    for (text, fault) in bad {
        assert_eq!(TilePath::parse(text), Err(fault), "{text:?}");
    }
    let long = format!("tile/0/{}000", "x001/".repeat(20));
    assert_eq!(TilePath::parse(&long), Err(TooLong));
    for good in [
        "tile/0/x018/x014/x398/x509/x481/983",
        "tile/63/x001/x234/067.p/255",
        "tile/entries/999",
    ] {
        assert_eq!(TilePath::parse(good).unwrap().to_string(), good);
    }
}

proptest! {
    #[test]
    fn any_way_of_growing_gives_the_same_folder(
        steps in prop::collection::vec(prop_oneof![0_u64..5, 0_u64..700], 1..12),
    ) {
        let log: u64 = steps.iter().sum();
        let tree = tree(log);
        let mut grown = Folder::new();
        let mut at = 0;
        for step in steps {
            grow(&mut grown, &tree, at, at + step);
            at += step;
        }
        let mut at_once = Folder::new();
        grow(&mut at_once, &tree, 0, log);
        prop_assert_eq!(&grown, &at_once);
        let named: Vec<_> = growth(size(0), size(log)).collect();
        prop_assert_eq!(named.len(), at_once.len());
    }

    #[test]
    fn every_name_reads_back(
        level in prop::option::of(0_u8..=63),
        index in prop_oneof![0_u64..2000, 0_u64..=(1 << 54) - 1],
        width in 1_u16..=256,
    ) {
        let kind = level.map_or(TileKind::Entries, |level| TileKind::Hashes { level });
        let path = TilePath::new(kind, index, width).unwrap();
        prop_assert_eq!(TilePath::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn no_name_breaks_the_reader(text in ".{0,80}") {
        if let Ok(path) = TilePath::parse(&text) {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn no_bundle_breaks_the_reader(bytes: Vec<u8>, width in 1_u16..=256) {
        if let Ok(entries) = read_bundle(&bytes, width) {
            prop_assert_eq!(strongroom_tlog::tile::bundle(&entries), bytes);
        }
    }
}

#[test]
fn leaves_are_hashed_as_entries() {
    assert_eq!(entry(1).leaf_hash(), LeafHash::of(&entry(1).to_bytes()));
}
