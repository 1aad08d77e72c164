//! What lies in a backup, under its seal: items, one behind the other.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | what kind of item |
//! | 4 | length of what follows, most significant byte first |
//! | n | the item |
//!
//! | kind | item |
//! | --- | --- |
//! | 1 | the house key, as its file has it |
//! | 2 | a row: its key, then its bytes as they are stored, under the outer layer |
//! | 3 | a key whose row was deleted since the base |
//! | 4 | entries of the ledger: the index of the first, then 33 bytes of leaf and 16 of event id each |
//! | 5 | the end: how many rows, deletions, entries and slots there were |
//! | 6 | keys of slots: the number of the first in 8 bytes, then 32 bytes each, of whole pages of the slot file |
//!
//! The items come in this order, but the slots right behind the house key, the house key once, the end last and with
//! nothing behind it. The stream
//! around them proves that they are the ones that were written; counting them once more costs nothing.

use std::io::{self, Read, Write};

use minicbor::{Decode, Encode};
use strongroom_record::{decode, encode};
use strongroom_seal::secret::SecretBytes;
use strongroom_vault::slots::{SLOT_KEY_BYTES, SLOTS_IN_PAGE};
use strongroom_vault::{Commit, Entry, Key, VALUE_BYTES_MAX};

const HOUSE: u8 = 1;
const ROW: u8 = 2;
const DELETED: u8 = 3;
const ENTRIES: u8 = 4;
const END: u8 = 5;
const SLOTS: u8 = 6;

/// The place of a kind in the order of the items; none for what is no kind.
const fn rank(kind: u8) -> Option<u8> {
    match kind {
        HOUSE => Some(1),
        SLOTS => Some(2),
        ROW => Some(3),
        DELETED => Some(4),
        ENTRIES => Some(5),
        END => Some(6),
        _ => None,
    }
}

const ENTRY_BYTES: usize = Commit::LEAF_BYTES + Commit::EVENT_BYTES;

/// Longest item: the longest value with its key.
const ITEM_MAX_BYTES: usize = VALUE_BYTES_MAX + Key::BYTES;

/// Entries in one item.
pub(crate) const ENTRIES_IN_ITEM: usize = 1 << 10;

/// How many of each there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Counts {
    #[n(0)]
    pub(crate) rows: u64,
    #[n(1)]
    pub(crate) deleted: u64,
    #[n(2)]
    pub(crate) entries: u64,
    /// None of a room that has no slot file.
    #[n(3)]
    pub(crate) slots: Option<u64>,
}

/// One item.
pub(crate) enum Item {
    House(SecretBytes),
    Slots(SecretBytes),
    Row(Key, Vec<u8>),
    Deleted(Key),
    Entries(u64, Vec<Entry>),
    End,
}

/// Writes items.
pub(crate) struct ItemWriter<W> {
    out: W,
    counts: Counts,
}

impl<W: Write> ItemWriter<W> {
    pub(crate) const fn new(out: W) -> Self {
        let counts = Counts {
            rows: 0,
            deleted: 0,
            entries: 0,
            slots: None,
        };
        Self { out, counts }
    }
    fn put(&mut self, kind: u8, parts: [&[u8]; 2]) -> io::Result<()> {
        let len = parts[0].len() + parts[1].len();
        let len = u32::try_from(len).expect("an item is far shorter than 2^32");
        let [a, b, c, d] = len.to_be_bytes();
        self.out.write_all(&[kind, a, b, c, d])?;
        parts.iter().try_for_each(|part| self.out.write_all(part))
    }
    pub(crate) fn house(&mut self, text: &str) -> io::Result<()> {
        self.put(HOUSE, [text.as_bytes(), &[]])
    }
    /// Keys of slots, which follow those before.
    pub(crate) fn slots(&mut self, keys: &[u8]) -> io::Result<()> {
        let first = self.counts.slots.unwrap_or(0);
        self.counts.slots = Some(first + (keys.len() / SLOT_KEY_BYTES) as u64);
        self.put(SLOTS, [&first.to_be_bytes(), keys])
    }
    pub(crate) fn row(&mut self, key: Key, bytes: &[u8]) -> io::Result<()> {
        self.counts.rows += 1;
        self.put(ROW, [&key.to_bytes(), bytes])
    }
    pub(crate) fn deleted(&mut self, key: Key) -> io::Result<()> {
        self.counts.deleted += 1;
        self.put(DELETED, [&key.to_bytes(), &[]])
    }
    pub(crate) fn entries(&mut self, first: u64, entries: &[Entry]) -> io::Result<()> {
        self.counts.entries += entries.len() as u64;
        let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
        for (leaf, event) in entries {
            bytes.extend_from_slice(leaf);
            bytes.extend_from_slice(event);
        }
        self.put(ENTRIES, [&first.to_be_bytes(), &bytes])
    }
    /// Writes the end; gives back the output.
    pub(crate) fn end(mut self) -> io::Result<W> {
        let counts = encode(&self.counts);
        self.put(END, [&counts, &[]])?;
        Ok(self.out)
    }
}

/// Reads items in their order.
pub(crate) struct ItemReader<R> {
    input: R,
    last: u8,
    counts: Counts,
}

impl<R: Read> ItemReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            last: 0,
            counts: Counts::default(),
        }
    }

    /// The next item. After the end nothing is read.
    ///
    /// # Errors
    /// The input fails, or what is read is no item, or none that comes here.
    pub(crate) fn next(&mut self) -> io::Result<Item> {
        let mut head = [0; 5];
        self.input.read_exact(&mut head)?;
        let [kind, len @ ..] = head;
        let len = usize::try_from(u32::from_be_bytes(len)).unwrap_or(usize::MAX);
        if len > ITEM_MAX_BYTES {
            return Err(malformed("an item is longer than any"));
        }
        let Some(kind_rank) = rank(kind) else {
            return Err(malformed("it has an item of an unknown kind"));
        };
        let after = rank(self.last).unwrap_or(0);
        let in_order = kind_rank >= after && (kind != HOUSE || self.last == 0) && self.last != END;
        if !in_order || (self.last == 0 && kind != HOUSE) {
            return Err(malformed("an item comes out of its order"));
        }
        self.last = kind;
        let mut bytes = vec![0; len];
        self.input.read_exact(&mut bytes)?;
        match kind {
            HOUSE => Ok(Item::House(SecretBytes::from_vec(bytes))),
            ROW => {
                let key = key_of(&bytes)?;
                bytes.drain(..Key::BYTES);
                self.counts.rows += 1;
                Ok(Item::Row(key, bytes))
            }
            DELETED if len == Key::BYTES => {
                self.counts.deleted += 1;
                Ok(Item::Deleted(key_of(&bytes)?))
            }
            SLOTS => {
                let known = self.counts.slots.unwrap_or(0);
                let keys = slots_of(&bytes, known);
                let bytes = SecretBytes::from_vec(bytes);
                keys.map(|count| {
                    self.counts.slots = Some(known + count);
                    Item::Slots(SecretBytes::from_slice(&bytes.expose()[8..]))
                })
            }
            ENTRIES => {
                let (first, entries) = entries_of(&bytes)?;
                self.counts.entries += entries.len() as u64;
                Ok(Item::Entries(first, entries))
            }
            END => {
                let counts: Counts =
                    decode(&bytes).map_err(|_| malformed("its end cannot be read"))?;
                if counts != self.counts {
                    return Err(malformed("it ends before all that it counts"));
                }
                if self.input.read(&mut [0])? != 0 {
                    return Err(malformed("something follows its end"));
                }
                Ok(Item::End)
            }
            _ => Err(malformed("it has an item of an unknown kind")),
        }
    }
}

fn key_of(bytes: &[u8]) -> io::Result<Key> {
    let key = bytes
        .first_chunk()
        .ok_or_else(|| malformed("a row has no key"))?;
    Ok(Key::from_bytes(key))
}

/// How many slots there are in an item; they follow the known ones, and are those of whole pages.
fn slots_of(bytes: &[u8], known: u64) -> io::Result<u64> {
    let wrong = || malformed("keys of slots are cut, or out of their order");
    let (first, keys) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
    let page = SLOT_KEY_BYTES * SLOTS_IN_PAGE as usize;
    if u64::from_be_bytes(*first) != known || keys.is_empty() || !keys.len().is_multiple_of(page) {
        return Err(wrong());
    }
    Ok((keys.len() / SLOT_KEY_BYTES) as u64)
}

fn entries_of(bytes: &[u8]) -> io::Result<(u64, Vec<Entry>)> {
    let wrong = || malformed("entries of the ledger are cut");
    let (first, rest) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
    let (entries, []) = rest.as_chunks::<ENTRY_BYTES>() else {
        return Err(wrong());
    };
    let entries = entries
        .iter()
        .map(|entry| {
            let (leaf, event) = entry.split_at(Commit::LEAF_BYTES);
            let leaf = leaf.try_into().expect("the length of a leaf");
            (leaf, event.try_into().expect("the rest is an id"))
        })
        .collect();
    Ok((u64::from_be_bytes(*first), entries))
}

fn malformed(rule: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut items = ItemWriter::new(Vec::new());
        items.house("a key").unwrap();
        items.row(Key::new(9, [1; 16], 2), b"bytes").unwrap();
        items.deleted(Key::new(9, [2; 16], 0)).unwrap();
        items.entries(7, &[([3; 33], [4; 16])]).unwrap();
        items.end().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<usize> {
        let mut items = ItemReader::new(bytes);
        let mut count = 1;
        while !matches!(items.next()?, Item::End) {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let bytes = written();
        assert_eq!(read(&bytes).unwrap(), 5);
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err());
        let mut huge = bytes.clone();
        huge[1] = 0xff;
        assert!(read(&huge).is_err());
        for kind in [0, 2, 6, 255] {
            let mut other = bytes.clone();
            other[0] = kind;
            assert!(read(&other).is_err(), "begins with {kind}");
        }
        // The house key twice; a row less than counted.
        assert!(read(&[&bytes[..10], &bytes].concat()).is_err());
        let less = [&bytes[..10], &bytes[10 + 5 + Key::BYTES + 5..]].concat();
        assert!(read(&less).is_err());
    }
}
