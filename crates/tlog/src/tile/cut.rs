//! Which files a growth of the log writes, and their bytes.

use std::ops::Range;

use super::{TILE_HEIGHT, TILE_WIDTH, TileKind, TilePath, bundle};
use crate::entry::Entry;
use crate::tree::{Tree, TreeSize};

/// A file to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TileFile {
    /// Its name.
    pub path: TilePath,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The files that a log of `new` entries has and the log of its first `old` did
/// not: bundles first, then tiles from the leaves up. From 0 these are all files
/// of the log. There are none when it did not grow.
pub fn growth(old: TreeSize, new: TreeSize) -> impl Iterator<Item = TilePath> {
    let bundles = level_growth(TileKind::Entries, old.get(), new.get());
    let tiles = levels()
        .flat_map(move |(kind, shift)| level_growth(kind, old.get() >> shift, new.get() >> shift));
    bundles.chain(tiles)
}

/// The partial files that the log of `old` entries had and the log of `new` has
/// not. They may be removed once the checkpoint of the new size is served.
pub fn superseded(old: TreeSize, new: TreeSize) -> impl Iterator<Item = TilePath> {
    let (old, new) = (old.get(), new.get());
    std::iter::once((TileKind::Entries, 0))
        .chain(levels())
        .filter_map(move |(kind, shift)| {
            let (old, new) = (old >> shift, new >> shift);
            partial(kind, old).filter(|_| old < new)
        })
}

/// The bytes of each file of [`growth`], from a tree of at least `new` entries.
/// `entries` reads the entries of a range of places, which is at most 256 long.
///
/// # Errors
///
/// What `entries` says, in place of the bundle that it was for.
///
/// # Panics
///
/// When the tree is smaller than `new`, or `entries` gives another number of
/// entries than it was asked for.
pub fn cut<E>(
    tree: &Tree,
    old: TreeSize,
    new: TreeSize,
    mut entries: impl FnMut(Range<u64>) -> Result<Vec<Entry>, E>,
) -> impl Iterator<Item = Result<TileFile, E>> {
    assert!(
        new <= tree.size(),
        "tiles are cut from a tree that has them"
    );
    growth(old, new).map(move |path| {
        let entries = path.entries().map_or(Ok(Vec::new()), &mut entries)?;
        let bytes = cut_one(tree, &path, &entries);
        Ok(TileFile { path, bytes })
    })
}

/// The bytes of one file of a tree, which must span it. For a bundle, `entries` are those of its
/// [places](TilePath::entries); for a tile they are not looked at.
///
/// # Panics
///
/// When the tree does not have all that the file holds, or `entries` are of another number.
#[must_use]
pub fn cut_one(tree: &Tree, path: &TilePath, entries: &[Entry]) -> Vec<u8> {
    match path.kind() {
        TileKind::Entries => {
            let count = usize::from(path.width());
            assert_eq!(entries.len(), count, "entries are read as asked for");
            bundle(entries)
        }
        TileKind::Hashes { level } => places(path)
            .flat_map(|n| tree.node(level * TILE_HEIGHT, n))
            .collect(),
    }
}

/// The places that a file spans, within its level.
pub(crate) const fn places(path: &TilePath) -> Range<u64> {
    let first = path.index() * TILE_WIDTH as u64;
    first..first + path.width() as u64
}

/// The levels that the largest tree has tiles at, with how many bits lower its
/// size is there.
fn levels() -> impl Iterator<Item = (TileKind, u32)> {
    (0..u64::BITS)
        .step_by(usize::from(TILE_HEIGHT))
        .zip(0..)
        .map(|(shift, level)| (TileKind::Hashes { level }, shift))
}

/// The files that a level of `new` places has and one of `old` did not.
fn level_growth(kind: TileKind, old: u64, new: u64) -> impl Iterator<Item = TilePath> {
    let width = u64::from(TILE_WIDTH);
    let full = (old / width..new / width).map(move |index| at(kind, index, TILE_WIDTH));
    full.chain(partial(kind, new).filter(|_| old < new))
}

/// The last file of a level of so many places, if it is not full.
fn partial(kind: TileKind, places: u64) -> Option<TilePath> {
    let width = u64::from(TILE_WIDTH);
    let last = u16::try_from(places % width).expect("a remainder of 256");
    (last > 0).then(|| at(kind, places / width, last))
}

fn at(kind: TileKind, index: u64, width: u16) -> TilePath {
    TilePath::new(kind, index, width).expect("a tree within its limit has tiles within theirs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: impl Iterator<Item = TilePath>) -> Vec<String> {
        paths.map(|path| path.to_string()).collect()
    }

    fn size(entries: u64) -> TreeSize {
        TreeSize::new(entries).unwrap()
    }

    #[test]
    fn the_example_of_the_specification() {
        let all = names(growth(TreeSize::ZERO, size(70_000)));
        let of = |start: &str| all.iter().filter(|name| name.starts_with(start)).count();
        assert_eq!(of("tile/0/"), 274);
        assert_eq!(of("tile/1/"), 2);
        assert_eq!(of("tile/2/"), 1);
        assert_eq!(of("tile/entries/"), 274);
        assert_eq!(all.len(), 274 + 2 + 1 + 274);
        for partial in ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"] {
            assert!(all.iter().any(|name| name == partial), "{partial}");
        }
        assert_eq!(
            names(growth(TreeSize::ZERO, size(256))),
            ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
        );
    }

    #[test]
    fn a_growth_writes_what_is_new_alone() {
        assert_eq!(
            names(growth(size(255), size(257))),
            [
                "tile/entries/000",
                "tile/entries/001.p/1",
                "tile/0/000",
                "tile/0/001.p/1",
                "tile/1/000.p/1",
            ]
        );
        assert_eq!(
            names(superseded(size(255), size(257))),
            ["tile/entries/000.p/255", "tile/0/000.p/255"]
        );
        assert_eq!(names(growth(size(257), size(257))), [""; 0]);
        assert_eq!(names(growth(size(257), size(255))), [""; 0]);
        assert_eq!(names(superseded(size(257), size(257))), [""; 0]);
    }

    #[test]
    fn the_largest_tree_has_names() {
        let last = size(crate::tree::MAX_TREE_SIZE);
        let almost = size(crate::tree::MAX_TREE_SIZE - 1);
        let names = names(growth(almost, last));
        assert_eq!(names.len(), 2 + 7);
        assert_eq!(names.last().unwrap(), "tile/7/000.p/64");
    }
}
