//! The package: a ZIP file of named parts (ECMA-376 part 2), unpacked within bounds.
//!
//! Parts are unpacked into memory, one at a time and only those that are asked for; no name ever becomes a path.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use strongroom_record::limits::FILE_MAX_BYTES;
use zip::ZipArchive;
use zip::result::ZipError;

use super::rule::WordRule;
use crate::error::{Fault, Rule, shortened};
use crate::limits::{PACKAGE_ENTRIES_MAX, PACKAGE_RATIO_FREE_BYTES, PACKAGE_RATIO_MAX};

/// What begins each entry of a ZIP file's directory.
const ENTRY: &[u8] = b"PK\x01\x02";

/// A package, and how much may still be unpacked of it.
pub(super) struct Package<'z> {
    archive: ZipArchive<Cursor<&'z [u8]>>,
    /// The entries by their names in small letters: names of parts that differ in case alone are the same (section
    /// 6.2.2.3).
    entries: BTreeMap<String, usize>,
    left: usize,
}

impl<'z> Package<'z> {
    /// Opens a package: looks at its directory, unpacks nothing.
    ///
    /// # Errors
    /// It is no ZIP file or a damaged one, or its directory and its entries disagree; there are too many entries; one
    /// has a name that no part has, or that another has; or one claims to unpack to more than a text ever does.
    pub(super) fn open(bytes: &'z [u8]) -> Result<Self, Fault> {
        // The directory is in memory once it is open: how long it can be is told before.
        let claimed = bytes.windows(ENTRY.len()).filter(|&at| at == ENTRY);
        if claimed.take(PACKAGE_ENTRIES_MAX + 1).count() > PACKAGE_ENTRIES_MAX {
            return Err(Fault::whole(Rule::Limit {
                what: "parts in one package",
                max: PACKAGE_ENTRIES_MAX,
            }));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        let mut entries = BTreeMap::new();
        for nth in 0..archive.len() {
            let entry = archive.by_index_data(nth).map_err(broken)?;
            let name = entry.name().map_err(broken)?;
            if !is_part_name(name.strip_suffix('/').unwrap_or(&name)) {
                return Err(Fault::whole(WordRule::PartName(shortened(&name))));
            }
            let packed = entry.compressed_size();
            if entry.size() > PACKAGE_RATIO_FREE_BYTES && entry.size() / PACKAGE_RATIO_MAX > packed
            {
                return Err(Fault::whole(WordRule::Bomb(shortened(&name))));
            }
            if !name.ends_with('/') && entries.insert(name.to_ascii_lowercase(), nth).is_some() {
                return Err(Fault::whole(WordRule::PartTwice(shortened(&name))));
            }
        }
        archive.validate_header_consistency().map_err(broken)?;
        Ok(Self {
            archive,
            entries,
            left: FILE_MAX_BYTES,
        })
    }

    /// Whether there is a part of this name that was not taken yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_ascii_lowercase())
    }

    /// Unpacks a part; nothing if there is none of this name, or it was taken before.
    fn take(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let Some(nth) = self.entries.remove(&name.to_ascii_lowercase()) else {
            return Ok(None);
        };
        if self.archive.by_index_data(nth).map_err(broken)?.encrypted() {
            return Err(Fault::whole(WordRule::Encrypted));
        }
        let mut bytes = Vec::new();
        self.archive
            .by_index(nth)
            .map_err(broken)?
            .take(self.left as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|why| Fault::whole(WordRule::Broken(shortened(&why.to_string()))))?;
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or_else(|| Fault::whole(Rule::FileTooLarge))?;
        Ok(Some(bytes))
    }

    /// Unpacks a part that is XML in UTF-8; nothing if there is none of this name, or it was taken before.
    ///
    /// # Errors
    /// It is encrypted, damaged, or in another encoding; or with it more than [`FILE_MAX_BYTES`] were unpacked.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let Some(mut bytes) = self.take(name)? else {
            return Ok(None);
        };
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(Fault::whole(Rule::OtherEncoding("UTF-16".to_owned())));
        }
        if bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(.."\u{feff}".len());
        }
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Fault::whole(Rule::NotUtf8))
    }
}

/// Whether a name is that of a part: segments with `/` between them, none of them empty or of full stops alone
/// (section 6.2.2.2).
fn is_part_name(name: &str) -> bool {
    !name.contains(['\\', '\0', ':'])
        && name
            .split('/')
            .all(|segment| segment.bytes().any(|b| b != b'.'))
}

fn broken(why: ZipError) -> Fault {
    Fault::whole(WordRule::Broken(shortened(&why.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts() {
        for name in [
            "a",
            "word/document.xml",
            "[Content_Types].xml",
            "a/.rels",
            "a b",
        ] {
            assert!(is_part_name(name), "{name}");
        }
        for name in [
            "", "/a", "a//b", "..", "a/../b", "./a", "a\\b", "C:/a", "a\0",
        ] {
            assert!(!is_part_name(name), "{name}");
        }
    }
}
