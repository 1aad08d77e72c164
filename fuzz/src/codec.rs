//! The laws of the strict codec, for any type that is written with it.

use minicbor::{Decode, Encode};
use strongroom_record::{decode, encode};

/// Reads the one encoding of a `T`, if the bytes are one.
///
/// Laws: what is read is written back as the same bytes. What is only another encoding of a value is refused, but the
/// value itself can be written, and what is written can be read.
pub(crate) fn read<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    if let Ok(value) = decode::<T>(bytes) {
        assert_eq!(encode(&value), bytes, "another encoding was taken");
        return Some(value);
    }
    if let Ok(loose) = minicbor::decode::<T>(bytes) {
        let written = encode(&loose);
        assert_ne!(written, bytes, "the one encoding was refused");
        let again = decode::<T>(&written).expect("what can be held can be read");
        assert_eq!(encode(&again), written);
    }
    None
}
