//! The one strict codec: deterministic CBOR (RFC 8949, section 4.2).
//!
//! Types derive `minicbor::{Encode, Decode}`. A value has one encoding; what decodes but does not
//! encode to the same bytes again is refused, which leaves no room for long integers, unsorted maps,
//! repeated keys, indefinite lengths or bytes behind the end.

use minicbor::{Decode, Encode};

use crate::limits::ENCODED_MAX_BYTES;

/// Bytes that are not the one encoding of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Longer than any value may be.
    #[error("encoded value of {0} bytes; at most {ENCODED_MAX_BYTES} are read")]
    TooLong(usize),
    /// Not the CBOR of this type.
    #[error("malformed at byte {at}: {rule}")]
    Malformed {
        /// Offset of the first byte that does not fit.
        at: usize,
        /// What was expected there.
        rule: String,
    },
    /// Decodes, but is not the deterministic encoding.
    #[error("not the deterministic encoding: it differs at byte {0}")]
    NotCanonical(usize),
}

/// Room for most values, so that a short one grows no buffer.
const FIRST_BYTES: usize = 64;

/// The one encoding of a value.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(FIRST_BYTES);
    encode_onto(value, &mut out);
    out
}

/// Adds the one encoding of a value to a buffer.
pub(crate) fn encode_onto<T: Encode<()>>(value: &T, out: &mut Vec<u8>) {
    minicbor::encode(value, out).expect("encoding to memory does not fail");
}

/// Reads the one encoding of a value, and nothing else.
///
/// # Errors
/// The bytes are too many, are not of this type, or are another encoding than [`encode`] writes.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > ENCODED_MAX_BYTES {
        return Err(CodecError::TooLong(bytes.len()));
    }
    let value: T = minicbor::decode(bytes).map_err(|e| CodecError::Malformed {
        at: e.position().unwrap_or(0),
        rule: e.to_string(),
    })?;
    let mut expected = Expected { bytes, at: 0 };
    minicbor::encode(&value, &mut expected).map_err(|_| CodecError::NotCanonical(expected.at))?;
    if expected.at < bytes.len() {
        return Err(CodecError::NotCanonical(expected.at));
    }
    Ok(value)
}

/// A writer that takes only the bytes it expects: comparing an encoding needs no second buffer.
struct Expected<'a> {
    bytes: &'a [u8],
    /// How many have come.
    at: usize,
}

/// Other bytes came than were expected.
#[derive(Debug)]
struct Differs;

impl minicbor::encode::Write for Expected<'_> {
    type Error = Differs;
    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(written) {
            self.at += written.len();
            return Ok(());
        }
        let same = rest.iter().zip(written).take_while(|(a, b)| a == b).count();
        self.at += same;
        Err(Differs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_encoding_is_read() {
        assert_eq!(decode::<u64>(&[0x0a]), Ok(10));
        assert_eq!(
            decode::<u64>(&[0x18, 0x0a]),
            Err(CodecError::NotCanonical(0))
        );
        assert_eq!(
            decode::<u64>(&[0x0a, 0x00]),
            Err(CodecError::NotCanonical(1))
        );
        assert!(matches!(
            decode::<u64>(&[]),
            Err(CodecError::Malformed { .. })
        ));
        assert!(matches!(
            decode::<String>(&[0x61, 0xff]),
            Err(CodecError::Malformed { .. })
        ));
        let indefinite = [0x9f, 0x01, 0xff];
        assert!(matches!(
            decode::<Vec<u64>>(&indefinite),
            Err(CodecError::NotCanonical(_))
        ));
    }

    #[test]
    fn a_huge_declared_length_asks_for_no_memory() {
        let bomb = [0x9b, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(decode::<Vec<u64>>(&bomb).is_err());
    }
}
