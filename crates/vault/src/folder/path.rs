//! The names of files in a ledger folder.

use super::FolderError;

/// The longest path in a ledger folder, in bytes.
///
/// The longest name of C2SP tlog-tiles, of a partial tile at the last index of 64 bits, has 45.
pub const PATH_BYTES_MAX: usize = 96;

/// How many entries or hashes a full tile holds.
const TILE_WIDTH: u64 = 256;
/// The highest level of tiles: beyond it no tree of 64 bits has any.
const LEVEL_MAX: u32 = 7;

/// Refuses what is not a relative path of plain names: letters, digits, `.`, `-` and `_`, none
/// beginning with a dot.
pub(crate) fn check(path: &str) -> Result<(), FolderError> {
    let plain = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    let rule = if path.len() > PATH_BYTES_MAX {
        "it is longer than 96 bytes"
    } else if !path.split('/').all(plain) {
        "each part has letters, digits, `.`, `-` and `_`, and does not begin with a dot"
    } else {
        return Ok(());
    };
    Err(FolderError::Name {
        path: path.chars().take(PATH_BYTES_MAX).collect(),
        rule,
    })
}

/// The folders that a path lies in, outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The folder that a path lies in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether a log of `size` entries has the full tile or bundle called `path`; not so for any
/// other name.
///
/// Names are those of C2SP tlog-tiles: `tile/<level>/<index>` and `tile/entries/<index>`, the index in
/// groups of three digits, all but the last with an `x` before it.
pub(crate) fn is_full_tile_within(path: &str, size: u64) -> bool {
    let Some((level, index)) = full_tile(path) else {
        return false;
    };
    let whole = size.checked_shr(8 * level).unwrap_or(0) / TILE_WIDTH;
    index < whole
}

/// Level and index of the full tile or bundle called `path`. A bundle is as high as the leaves.
fn full_tile(path: &str) -> Option<(u32, u64)> {
    let (level, index) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match level {
        "entries" => 0,
        other => other.parse().ok().filter(|level| *level <= LEVEL_MAX)?,
    };
    let digits = |group: &str| {
        (group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()))
            .then(|| group.parse::<u64>().ok())
            .flatten()
    };
    let (above, last) = match index.rsplit_once('/') {
        Some((above, last)) => (Some(above), last),
        None => (None, index),
    };
    let above = above.into_iter().flat_map(|above| above.split('/'));
    let number = above
        .map(|group| group.strip_prefix('x'))
        .try_fold(0u64, |number, group| {
            number.checked_mul(1000)?.checked_add(digits(group?)?)
        })?;
    Some((level, number.checked_mul(1000)?.checked_add(digits(last)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_specification_pass() {
        for path in [
            "checkpoint",
            "tile/0/000",
            "tile/0/x001/x234/067",
            "tile/0/x001/x234/067.p/255",
            "tile/entries/000.p/1",
            "tile/7/x018/x446/x744/x073/x709/551.p/255",
        ] {
            check(path).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    #[test]
    fn ways_out_of_the_folder_do_not() {
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            ".hidden",
            "a/.b",
            "a\\b",
            "a b",
            "a\0",
            "tile/\u{e9}",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
        assert!(check(&"a".repeat(PATH_BYTES_MAX)).is_ok());
        assert!(check(&"a".repeat(PATH_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn a_full_tile_is_within_a_log_that_fills_it() {
        for (path, size, within) in [
            ("tile/0/000", 255, false),
            ("tile/0/000", 256, true),
            ("tile/entries/001", 511, false),
            ("tile/entries/001", 512, true),
            ("tile/1/000", 65_535, false),
            ("tile/1/000", 65_536, true),
            ("tile/0/x001/000", 256_255, false),
            ("tile/0/x001/000", 256_256, true),
            ("tile/8/000", u64::MAX, false),
            ("tile/0/000.p/1", u64::MAX, false),
            ("tile/0/0", u64::MAX, false),
            ("tile/0/001/000", u64::MAX, false),
            ("tile/0/x18446744073709551/616", u64::MAX, false),
            ("tile/0/x018/x446/x744/x073/x709/x551/999", u64::MAX, false),
            ("checkpoint", u64::MAX, false),
        ] {
            assert_eq!(is_full_tile_within(path, size), within, "{path} of {size}");
        }
    }

    #[test]
    fn folders_of_a_path_come_outermost_first() {
        assert!(folders("a/b/c").eq(["a", "a/b"]));
        assert_eq!(folders("a").count(), 0);
        assert_eq!((parent("a/b/c"), parent("a")), ("a/b", ""));
    }
}
