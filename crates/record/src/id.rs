//! Random ids.
//!
//! Every id is 16 random bytes, drawn from the stream of the action that makes it. Its text form is
//! 26 characters of Crockford's base 32 in lower case: no letter can be taken for a digit, and it
//! can be read over a telephone. Parsing takes capitals, `o` for `0` and `i` or `l` for `1`.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use crate::entropy::Stream;

/// Bytes in an id: 128 random bits, so that ids neither collide nor can be guessed.
pub const ID_BYTES: usize = 16;

/// Characters in the text form of an id.
pub const ID_CHARS: usize = 26;

/// Fewest characters of an id that a person may type for it: 20 bits, enough to tell apart the
/// records of one reader's view while staying typeable. A shorter prefix is refused as too vague.
pub const PREFIX_MIN_CHARS: usize = 4;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {0} (an id is {ID_CHARS} letters and digits, as the room printed it)")]
pub struct IdError(&'static str);

fn value_of(c: u8) -> Option<u8> {
    let c = match c.to_ascii_lowercase() {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|&a| a == c).map(|p| p as u8)
}

fn to_text(bytes: &[u8; ID_BYTES]) -> String {
    let number = u128::from_be_bytes(*bytes);
    (0..ID_CHARS)
        .rev()
        .map(|place| char::from(ALPHABET[((number >> (place * 5)) & 31) as usize]))
        .collect()
}

fn from_text(text: &str) -> Result<[u8; ID_BYTES], IdError> {
    if text.len() != ID_CHARS {
        return Err(IdError("it has the wrong length"));
    }
    let mut number: u128 = 0;
    for (place, c) in text.bytes().enumerate() {
        let value = value_of(c).ok_or(IdError("it has a character that ids do not use"))?;
        if place == 0 && value > 7 {
            return Err(IdError("its first character is out of range"));
        }
        number = (number << 5) | u128::from(value);
    }
    Ok(number.to_be_bytes())
}

/// Brings what a person typed for an id, or for the beginning of one, into the form that ids print in.
///
/// # Errors
/// The text is shorter than [`PREFIX_MIN_CHARS`], longer than an id, or has a foreign character.
pub fn normal_prefix(text: &str) -> Result<String, IdError> {
    if text.len() < PREFIX_MIN_CHARS {
        return Err(IdError("it is too short to name one thing"));
    }
    if text.len() > ID_CHARS {
        return Err(IdError("it is too long"));
    }
    text.bytes()
        .map(|c| {
            value_of(c)
                .map(|v| char::from(ALPHABET[v as usize]))
                .ok_or(IdError("it has a character that ids do not use"))
        })
        .collect()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; ID_BYTES]);

        impl $name {
            /// Draws a new id from the stream of the action that makes it.
            pub fn random(stream: &mut Stream) -> Self {
                Self(stream.bytes())
            }
            /// An id as it was stored.
            pub const fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
                Self(bytes)
            }
            /// The 16 bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; ID_BYTES] {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&to_text(&self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), to_text(&self.0))
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                from_text(text).map(Self)
            }
        }
        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = d.bytes()?;
                bytes.try_into().map(Self).map_err(|_| {
                    minicbor::decode::Error::message("an id has 16 bytes").at(d.position())
                })
            }
        }
    )*};
}

ids! {
    /// Names a room; part of every binding, so that nothing sealed in one room opens in another.
    RoomId,
    /// Names a person of a room.
    PersonId,
    /// Names a record, all its versions included.
    RecordId,
    /// Names a portion of a record.
    PortionId,
    /// Names a stored value: portions of one record under one present label.
    GroupId,
    /// Names an event of the ledger.
    EventId,
    /// Names one command: the events that one person signed together.
    CommandId,
    /// Chosen by a client for a change, so that a retry returns the first receipt.
    RequestId,
    /// Names a request that waits for approvals.
    ApprovalRequestId,
    /// Names a session.
    SessionId,
    /// Names a one-time invitation.
    InvitationId,
    /// Names an atom: one level, or one value of one category, with a key pair per epoch.
    AtomId,
    /// Names a key box: a label key, a batch key or a layer key with its sealed shares.
    BoxId,
    /// Names a holding: an atom's private half sealed to one person.
    HoldingId,
    /// Names a recovery share.
    ShareId,
    /// Names one recovery: what is asked of the key holders once, by whom and for whom.
    RecoveryId,
    /// Names a backup.
    BackupId,
    /// Names a placement practice.
    PracticeId,
    /// Names a challenge.
    ChallengeId,
    /// Names a disclosure: what comes from one person outside under one code, from which it follows.
    DisclosureId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_forgives_reading_errors() {
        let id = RecordId::from_bytes(*b"0123456789abcdef");
        let text = id.to_string();
        assert_eq!(text.len(), ID_CHARS);
        assert_eq!(text.parse::<RecordId>().unwrap(), id);
        assert_eq!(text.to_uppercase().parse::<RecordId>().unwrap(), id);
        assert_eq!(
            RecordId::from_bytes([0; 16])
                .to_string()
                .replace('0', "O")
                .parse::<RecordId>()
                .unwrap(),
            RecordId::from_bytes([0; 16])
        );
        let max = RecordId::from_bytes([0xff; 16]);
        assert_eq!(max.to_string().parse::<RecordId>().unwrap(), max);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for bad in [
            "",
            "abc",
            "u0000000000000000000000000",
            "80000000000000000000000000",
            "é0000000000000000000000000",
            "000000000000000000000000000",
        ] {
            assert!(bad.parse::<RecordId>().is_err(), "{bad}");
        }
        assert!(normal_prefix("abc").is_err());
        assert!(normal_prefix("ab u").is_err());
        assert_eq!(normal_prefix("ABIO").unwrap(), "ab10");
    }

    #[test]
    fn an_id_of_another_length_does_not_decode() {
        let mut short = Vec::new();
        minicbor::Encoder::new(&mut short).bytes(&[1; 15]).unwrap();
        assert!(crate::decode::<RecordId>(&short).is_err());
    }
}
