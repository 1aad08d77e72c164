//! Where what lies in a slot file, and how a slot is known.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{SlotBytes, SlotsId};

/// Bytes of a slot's key.
pub const SLOT_KEY_BYTES: usize = 32;
/// Bytes of the check beside it: what a changed bit would have to meet by chance.
const CHECK_BYTES: usize = 16;
/// Bytes of a slot.
pub(super) const SLOT_BYTES: usize = SLOT_KEY_BYTES + CHECK_BYTES;
/// Bytes of a page: what operating systems write as one.
pub(super) const PAGE_BYTES: usize = 4096;
/// Bytes before the first page.
pub(super) const HEADER_BYTES: usize = 4096;
/// Slots in a page.
pub const SLOTS_IN_PAGE: u64 = (PAGE_BYTES / SLOT_BYTES) as u64;

const MAGIC: &[u8; 16] = b"strongroom slots";
/// The version of the format.
pub(super) const VERSION: u16 = 1;
/// Bytes of the header before its check.
const FACTS_BYTES: usize = 16 + 2 + 16 + 16;

/// Where a slot lies; for the number of all slots, where they end.
pub(super) const fn offset_of(slot: u64) -> u64 {
    let page = HEADER_BYTES as u64 + slot / SLOTS_IN_PAGE * PAGE_BYTES as u64;
    page + slot % SLOTS_IN_PAGE * SLOT_BYTES as u64
}

/// What a header says.
pub(super) enum Header {
    /// The room, and the file's id.
    Of([u8; 16], SlotsId),
    /// It is of another version.
    Newer(u16),
    /// It is that of a slot file, and damaged.
    Damaged,
    /// It is none.
    Foreign,
}

/// The header of a new file.
pub(super) fn header(room: [u8; 16], id: SlotsId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&room);
    bytes.extend_from_slice(&id.0);
    let check = first_of(Sha256::digest(&bytes).into());
    bytes.extend_from_slice(&check);
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

/// Reads a header.
pub(super) fn read_header(bytes: &[u8; HEADER_BYTES]) -> Header {
    let field = |at: usize| -> [u8; 16] { bytes[at..at + 16].try_into().expect("16 bytes") };
    if field(0) != *MAGIC {
        return Header::Foreign;
    }
    let (facts, rest) = bytes.split_at(FACTS_BYTES);
    let check = first_of(Sha256::digest(facts).into());
    if rest[..CHECK_BYTES] != check {
        return Header::Damaged;
    }
    match u16::from_be_bytes([bytes[16], bytes[17]]) {
        VERSION if rest[CHECK_BYTES..].iter().all(|b| *b == 0) => {
            Header::Of(field(18), SlotsId(field(34)))
        }
        VERSION => Header::Damaged,
        other => Header::Newer(other),
    }
}

/// What the bytes of a slot are.
pub(super) enum Seen {
    Key(SlotBytes),
    Wiped,
    Damaged,
}

/// Writes a slot; a key of zeros makes it one that was wiped.
pub(super) fn write(id: SlotsId, number: u64, key: &[u8; SLOT_KEY_BYTES], slot: &mut [u8]) {
    if *key == [0; SLOT_KEY_BYTES] {
        slot.fill(0);
        return;
    }
    slot[..SLOT_KEY_BYTES].copy_from_slice(key);
    slot[SLOT_KEY_BYTES..].copy_from_slice(&check_of(id, number, key));
}

/// Reads a slot.
pub(super) fn read(id: SlotsId, number: u64, slot: &[u8; SLOT_BYTES]) -> Seen {
    if slot.iter().all(|b| *b == 0) {
        return Seen::Wiped;
    }
    let mut key = SlotBytes::default();
    key.copy_from_slice(&slot[..SLOT_KEY_BYTES]);
    match slot[SLOT_KEY_BYTES..] == check_of(id, number, &key) {
        true => Seen::Key(key),
        false => Seen::Damaged,
    }
}

fn check_of(id: SlotsId, number: u64, key: &[u8; SLOT_KEY_BYTES]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"strongroom slot");
    hash.update(id.0);
    hash.update(number.to_be_bytes());
    hash.update(key);
    first_of(hash.finalize().into())
}

fn first_of(digest: [u8; 32]) -> [u8; CHECK_BYTES] {
    let digest = Zeroizing::new(digest);
    digest[..CHECK_BYTES]
        .try_into()
        .expect("32 bytes begin with 16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_within_pages_and_none_crosses_one() {
        assert_eq!(offset_of(0), 4096);
        for slot in 0..3 * SLOTS_IN_PAGE {
            let (from, to) = (offset_of(slot), offset_of(slot) + SLOT_BYTES as u64);
            assert_eq!(
                from / PAGE_BYTES as u64,
                (to - 1) / PAGE_BYTES as u64,
                "{slot}"
            );
            assert!(to <= offset_of(slot + 1), "{slot}");
        }
    }

    #[test]
    fn a_slot_opens_under_its_number_in_its_file_alone() {
        let id = SlotsId([3; 16]);
        let mut slot = [0; SLOT_BYTES];
        assert!(matches!(read(id, 7, &slot), Seen::Wiped));
        write(id, 7, &[9; 32], &mut slot);
        assert!(matches!(read(id, 7, &slot), Seen::Key(key) if *key == [9; 32]));
        assert!(matches!(read(id, 8, &slot), Seen::Damaged));
        assert!(matches!(read(SlotsId([4; 16]), 7, &slot), Seen::Damaged));
        for bit in 0..SLOT_BYTES * 8 {
            let mut changed = slot;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read(id, 7, &changed), Seen::Damaged), "bit {bit}");
        }
        write(id, 7, &[0; 32], &mut slot);
        assert_eq!(slot, [0; SLOT_BYTES]);
    }

    #[test]
    fn a_header_with_any_bit_changed_is_none() {
        let bytes = header([1; 16], SlotsId([2; 16]));
        let read_back = |bytes: &[u8]| read_header(bytes.try_into().expect("a header"));
        assert!(
            matches!(read_back(&bytes), Header::Of(room, id) if room == [1; 16] && id == SlotsId([2; 16]))
        );
        for bit in 0..HEADER_BYTES * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let seen = read_back(&changed);
            assert!(
                matches!(seen, Header::Damaged | Header::Foreign),
                "bit {bit}"
            );
        }
    }
}
