//! The names of the files of a ledger folder.

use std::fmt;

use thiserror::Error;

use super::TILE_WIDTH;
use crate::checkpoint::decimal;
use crate::tree::MAX_TREE_SIZE;

/// The highest level that tlog-tiles can name.
pub const MAX_LEVEL: u8 = 63;

/// The highest index: the last tile of the largest tree.
pub const MAX_TILE_INDEX: u64 = MAX_TREE_SIZE / TILE_WIDTH as u64 - 1;

/// The longest path: `tile/entries/`, six groups, and a width.
pub const MAX_PATH_BYTES: usize = 64;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TileKind {
    /// The entries themselves.
    Entries,
    /// Hashes of the tree: at level 0 of leaves, at each level above of the full
    /// tiles of the level below.
    Hashes {
        /// The level, at most [`MAX_LEVEL`].
        level: u8,
    },
}

/// The place of a tile or entry bundle, and its name within the folder.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl TilePath {
    /// The file at `index`, so many places wide: 256 if it is full.
    ///
    /// # Errors
    ///
    /// [`PathError`] names the number that is out of bounds.
    pub const fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, PathError> {
        if let TileKind::Hashes { level } = kind
            && level > MAX_LEVEL
        {
            return Err(PathError::Level);
        }
        if index > MAX_TILE_INDEX {
            return Err(PathError::Index);
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(PathError::Width);
        }
        Ok(Self { kind, index, width })
    }

    /// What the file holds.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// The places in the log of the entries of a bundle; none for a tile of hashes.
    #[must_use]
    pub fn entries(&self) -> Option<std::ops::Range<u64>> {
        matches!(self.kind, TileKind::Entries).then(|| super::cut::places(self))
    }

    /// Which it is among those of its kind, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many places it has, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether it will never grow.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full file in whose stead this is: what may be read instead when a
    /// partial one was already removed.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self {
            kind: self.kind,
            index: self.index,
            width: TILE_WIDTH,
        }
    }

    /// Reads the name of a file, and only the one form of it.
    ///
    /// # Errors
    ///
    /// [`PathError`] names the part.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        let rest = text.strip_prefix("tile/").ok_or(PathError::NotATile)?;
        let (level, rest) = rest.split_once('/').ok_or(PathError::NotATile)?;
        let kind = if level == "entries" {
            TileKind::Entries
        } else {
            let level = decimal(level).ok_or(PathError::Level)?;
            let level = u8::try_from(level).map_err(|_| PathError::Level)?;
            TileKind::Hashes { level }
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((index, width)) => {
                let width = decimal(width)
                    .and_then(|width| u16::try_from(width).ok())
                    .filter(|width| *width < TILE_WIDTH)
                    .ok_or(PathError::Width)?;
                (index, width)
            }
        };
        Self::new(kind, parse_index(index)?, width)
    }
}

/// Reads an index in groups of three digits, all but the last after an x.
fn parse_index(text: &str) -> Result<u64, PathError> {
    let (groups, last) = match text.rsplit_once('/') {
        Some((groups, last)) => (Some(groups), last),
        None => (None, text),
    };
    let mut index = 0_u64;
    for (n, group) in groups.into_iter().flat_map(|g| g.split('/')).enumerate() {
        let group = group.strip_prefix('x').ok_or(PathError::Index)?;
        let value = three_digits(group)?;
        if n == 0 && value == 0 {
            // The shorter name without this group is the one form.
            return Err(PathError::Index);
        }
        index = shift_in(index, value)?;
    }
    shift_in(index, three_digits(last)?)
}

fn shift_in(index: u64, group: u64) -> Result<u64, PathError> {
    index
        .checked_mul(1000)
        .and_then(|index| index.checked_add(group))
        .ok_or(PathError::Index)
}

fn three_digits(group: &str) -> Result<u64, PathError> {
    if group.len() != 3 || !group.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PathError::Index);
    }
    group.parse().map_err(|_| PathError::Index)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let digits = format!("{:03}", self.index);
        let first = match digits.len() % 3 {
            0 => 3,
            short => short,
        };
        let (first, mut rest) = digits.split_at(first);
        if rest.is_empty() {
            write!(f, "{first}")?;
        } else {
            write!(f, "x{first:0>3}")?;
            while rest.len() > 3 {
                let (group, more) = rest.split_at(3);
                write!(f, "/x{group}")?;
                rest = more;
            }
            write!(f, "/{rest}")?;
        }
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

/// Why a text is not the name of a tile or entry bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum PathError {
    /// More than [`MAX_PATH_BYTES`].
    #[error("the name of a tile is longer than any can be ({MAX_PATH_BYTES} bytes)")]
    TooLong,
    /// It does not begin with `tile/`, a level and a slash.
    #[error("the name of a tile does not begin with tile/, a level and a slash")]
    NotATile,
    /// The level is not `entries` or a number.
    #[error("the level of a tile is neither \"entries\" nor a number from 0 to {MAX_LEVEL}")]
    Level,
    /// The index is not in groups of three digits, or beyond [`MAX_TILE_INDEX`].
    #[error(
        "the index of a tile is not in groups of three digits, all but the last after an x and \
         none too many, or beyond {MAX_TILE_INDEX}"
    )]
    Index,
    /// The width is not one.
    #[error("the width of a partial tile is not a number from 1 to 255")]
    Width,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(kind: TileKind, index: u64, width: u16) -> String {
        TilePath::new(kind, index, width).unwrap().to_string()
    }

    #[test]
    fn names_are_as_in_the_specification() {
        let level = |level| TileKind::Hashes { level };
        assert_eq!(path(level(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(level(0), 0, 256), "tile/0/000");
        assert_eq!(path(level(63), 999, 1), "tile/63/999.p/1");
        assert_eq!(path(level(1), 1000, 255), "tile/1/x001/000.p/255");
        assert_eq!(path(TileKind::Entries, 273, 112), "tile/entries/273.p/112");
        assert!(path(TileKind::Entries, MAX_TILE_INDEX, 255).len() <= MAX_PATH_BYTES);
    }

    #[test]
    fn numbers_out_of_bounds_are_refused() {
        let new = TilePath::new;
        assert_eq!(
            new(TileKind::Hashes { level: 64 }, 0, 1),
            Err(PathError::Level)
        );
        assert_eq!(
            new(TileKind::Entries, MAX_TILE_INDEX + 1, 1),
            Err(PathError::Index)
        );
        assert_eq!(new(TileKind::Entries, 0, 0), Err(PathError::Width));
        assert_eq!(new(TileKind::Entries, 0, 257), Err(PathError::Width));
    }
}
