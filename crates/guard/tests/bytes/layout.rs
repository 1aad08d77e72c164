//! What each byte of a store's file is for, read from the file itself after redb's description of its
//! format (`docs/design.md` there): so that what a test finds unused can be held against what is.
//!
//! Only as much is read as says which bytes the trees in force consist of. A file that is not as described
//! panics: here it is the test's own.

use std::collections::BTreeMap;
use std::ops::Range;

const PAGE: usize = 4096;
/// The file's header, with both commit slots.
const HEADER: usize = 320;
const SLOT_BYTES: usize = 128;
const SLOTS_FROM: usize = 64;
/// Of the flags in byte 9: which slot is in force.
const PRIMARY: u8 = 1;

/// What a byte is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// That the file is redb's, and the sizes of pages and regions.
    Format,
    /// How many regions and pages there are; after a crash made anew from the file's length.
    Regions,
    /// The flags: which slot is in force, and how the file was left.
    Flags,
    /// Of the first page, what nothing is kept in.
    FirstPageUnused,
    /// The slot in force: the roots of both trees.
    Slot,
    /// The slot that is not: the roots before the last commit.
    OtherSlot,
    /// What a page of a tree in force holds.
    Tree,
    /// Behind what such a page holds.
    TreePageUnused,
    /// Pages of no tree in force.
    FreePage,
}

impl Class {
    /// Nothing is kept here: what stands here makes no difference.
    pub(crate) fn is_unused(self) -> bool {
        use Class::*;
        matches!(self, FirstPageUnused | TreePageUnused | FreePage)
    }
    /// Any change here is noticed at opening.
    pub(crate) fn is_used(self) -> bool {
        matches!(self, Self::Slot | Self::Tree)
    }
}

/// What each byte of a file is for.
pub(crate) struct Layout {
    /// The used part of each page of a tree, and where the page ends, by where it begins.
    pages: BTreeMap<usize, (usize, usize)>,
    primary: usize,
    pub(crate) len: usize,
}

#[derive(Clone, Copy)]
struct Fixed {
    key: Option<usize>,
    value: Option<usize>,
}

impl Layout {
    pub(crate) fn of(file: &[u8]) -> Self {
        assert_eq!(file[..9], *b"redb\x1a\x0a\xa9\x0d\x0a");
        assert_eq!(u32_at(file, 12), PAGE);
        assert_eq!(u32_at(file, 16), 0, "no region has a header");
        let mut layout = Self {
            pages: BTreeMap::new(),
            primary: usize::from(file[9] & PRIMARY),
            len: file.len(),
        };
        let slot = &file[layout.slot(layout.primary)];
        // A tree of tables, whose keys are their names, and whose values say where they begin.
        let named = Fixed {
            key: None,
            value: None,
        };
        for (there, root) in [(slot[1], &slot[8..40]), (slot[2], &slot[40..72])] {
            if there != 0 {
                for table in layout.tree(file, u64_at(root, 0), named) {
                    layout.table(file, &table);
                }
            }
        }
        layout
    }

    fn slot(&self, which: usize) -> Range<usize> {
        let from = SLOTS_FROM + which * SLOT_BYTES;
        from..from + SLOT_BYTES
    }

    /// Notes the pages of a table, by its definition.
    fn table(&mut self, file: &[u8], definition: &[u8]) {
        assert_eq!(definition[0], 3, "a table of single values");
        let fixed = |at: usize| (definition[at] != 0).then(|| u32_at(definition, at + 1));
        let fixed = Fixed {
            key: fixed(42),
            value: fixed(47),
        };
        if definition[9] != 0 {
            let _ = self.tree(file, u64_at(definition, 10), fixed);
        }
    }

    /// Notes the pages of a tree; gives its values.
    fn tree(&mut self, file: &[u8], number: u64, fixed: Fixed) -> Vec<Vec<u8>> {
        let order = number >> 59;
        assert_eq!((number >> 20) & 0xf_ffff, 0, "the file has one region");
        let index = (number & (0xf_ffff >> order)) as usize;
        let len = PAGE << order;
        let from = PAGE + index * len;
        let page = &file[from..from + len];
        let n = usize::from(u16::from_le_bytes([page[2], page[3]]));
        let (end, below) = match page[0] {
            1 => leaf(page, n, fixed),
            2 => {
                let pages = 8 + 16 * (n + 1);
                let keys = pages + 8 * (n + 1);
                let end = match fixed.key {
                    Some(width) => keys + n * width,
                    None => u32_at(page, keys + 4 * (n - 1)),
                };
                let children = (0..=n).map(|child| u64_at(page, pages + 8 * child));
                let below = children.flat_map(|child| self.tree(file, child, fixed));
                (end, below.collect())
            }
            other => panic!("a page of kind {other}"),
        };
        let before = self.pages.insert(from, (from + end, from + len));
        assert!(before.is_none(), "a page is in one tree");
        below
    }

    /// Bytes that pages of the trees in force hold.
    pub(crate) fn used(&self) -> usize {
        let used = self.pages.iter().map(|(from, (used, _))| used - from);
        used.sum()
    }

    /// What the byte at a place is for.
    pub(crate) fn class(&self, at: usize) -> Class {
        match at {
            9 => return Class::Flags,
            0..9 | 12..24 => return Class::Format,
            24..32 => return Class::Regions,
            _ if self.slot(self.primary).contains(&at) => return Class::Slot,
            _ if self.slot(1 - self.primary).contains(&at) => return Class::OtherSlot,
            _ if at < PAGE => return Class::FirstPageUnused,
            _ => {}
        }
        match self.pages.range(..=at).next_back() {
            Some((_, (used, _))) if at < *used => Class::Tree,
            Some((_, (_, end))) if at < *end => Class::TreePageUnused,
            _ => Class::FreePage,
        }
    }
}

/// Where a leaf's bytes end, and its values.
fn leaf(page: &[u8], n: usize, fixed: Fixed) -> (usize, Vec<Vec<u8>>) {
    let key_ends = 4;
    let value_ends = key_ends + if fixed.key.is_none() { 4 * n } else { 0 };
    let keys = value_ends + if fixed.value.is_none() { 4 * n } else { 0 };
    let values = match fixed.key {
        Some(width) => keys + width * n,
        None => u32_at(page, key_ends + 4 * (n - 1)),
    };
    let end = |at: usize| match fixed.value {
        Some(width) => values + width * (at + 1),
        None => u32_at(page, value_ends + 4 * at),
    };
    let begin = |at: usize| if at == 0 { values } else { end(at - 1) };
    let of = |at: usize| page[begin(at)..end(at)].to_vec();
    (end(n - 1), (0..n).map(of).collect())
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

const _: () = assert!(SLOTS_FROM + 2 * SLOT_BYTES == HEADER);
