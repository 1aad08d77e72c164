//! The key of a row.

use std::ops::RangeInclusive;

/// The key of a row: what kind of thing it is, which one, and which of its rows.
///
/// Keys are ordered by kind, then id, then counter; their 25 bytes on disk (`kind`, `id`,
/// `counter` big-endian) sort the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What the row is; the guard owns the numbering.
    pub kind: u8,
    /// The random id of what the row belongs to.
    pub id: [u8; 16],
    /// Which row of it: a version, a chunk, a position.
    pub counter: u64,
}

impl Key {
    /// The length of a key on disk, in bytes.
    pub const BYTES: usize = 25;

    /// The key before all others.
    pub const FIRST: Key = Key::new(0, [0; 16], 0);
    /// The key after all others.
    pub const LAST: Key = Key::new(u8::MAX, [u8::MAX; 16], u64::MAX);

    /// The key of `kind`, `id` and `counter`.
    pub const fn new(kind: u8, id: [u8; 16], counter: u64) -> Self {
        Self { kind, id, counter }
    }

    /// The key as it lies on disk.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = self.kind;
        bytes[1..17].copy_from_slice(&self.id);
        bytes[17..].copy_from_slice(&self.counter.to_be_bytes());
        bytes
    }

    /// The key that lies on disk as `bytes`: every 25 bytes are one.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let [kind, rest @ ..] = bytes;
        let mut id = [0; 16];
        let mut counter = [0; 8];
        id.copy_from_slice(&rest[..16]);
        counter.copy_from_slice(&rest[16..]);
        Self {
            kind: *kind,
            id,
            counter: u64::from_be_bytes(counter),
        }
    }

    /// All keys of one kind.
    pub const fn all_of_kind(kind: u8) -> RangeInclusive<Key> {
        Self::new(kind, [0; 16], 0)..=Self::new(kind, [u8::MAX; 16], u64::MAX)
    }

    /// All keys of one kind and id.
    pub const fn all_of_id(kind: u8, id: [u8; 16]) -> RangeInclusive<Key> {
        Self::new(kind, id, 0)..=Self::new(kind, id, u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> impl Strategy<Value = Key> {
        (any::<u8>(), any::<[u8; 16]>(), any::<u64>()).prop_map(|(k, i, c)| Key::new(k, i, c))
    }

    proptest! {
        #[test]
        fn bytes_come_back(key in keys()) {
            prop_assert_eq!(Key::from_bytes(&key.to_bytes()), key);
        }

        #[test]
        fn the_order_on_disk_is_the_order_of_keys(a in keys(), b in keys(), near in any::<bool>()) {
            let b = if near { Key { kind: a.kind, id: a.id, ..b } } else { b };
            prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
        }

        #[test]
        fn ranges_hold_their_own_and_no_others(key in keys(), kind in any::<u8>()) {
            prop_assert!(Key::all_of_kind(key.kind).contains(&key));
            prop_assert!(Key::all_of_id(key.kind, key.id).contains(&key));
            prop_assert_eq!(Key::all_of_kind(kind).contains(&key), kind == key.kind);
        }
    }
}
