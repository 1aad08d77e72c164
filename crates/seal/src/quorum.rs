//! M of N: the quorum, and Shamir's scheme over GF(256) by which a secret is split for it.

use blahaj::{Share as Shared, Sharks};
use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::Stream;

use crate::cnsa::Draws;
use crate::secret::{Secret, SecretBytes};

/// Most key holders of a room: more than that many people are never called together.
pub const HOLDERS_MAX: usize = 32;

/// A point of the polynomial: its index, from 1, and one byte for each byte of the secret.
pub(crate) const POINT_BYTES: usize = 1 + 32;

/// How many key holders there are, and how many of them are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
pub struct Quorum {
    #[n(0)]
    needed: u8,
    #[n(1)]
    of: u8,
}

#[derive(Decode)]
struct RawQuorum {
    #[n(0)]
    needed: u8,
    #[n(1)]
    of: u8,
}

impl<'b, C> Decode<'b, C> for Quorum {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawQuorum::decode(d, ctx)?;
        Self::new(usize::from(raw.needed), usize::from(raw.of))
            .map_err(|e| DecodeError::message(e.to_string()).at(at))
    }
}

/// A quorum that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a quorum of {needed} out of {of} key holders: needed are at least one and at most all, of at most {HOLDERS_MAX}"
)]
pub struct QuorumError {
    needed: usize,
    of: usize,
}

impl Quorum {
    /// `needed` out of `of`.
    ///
    /// # Errors
    /// Nobody is needed, more than there are, or there are more than [`HOLDERS_MAX`].
    pub fn new(needed: usize, of: usize) -> Result<Self, QuorumError> {
        let error = QuorumError { needed, of };
        if needed == 0 || needed > of || of > HOLDERS_MAX {
            return Err(error);
        }
        match (u8::try_from(needed), u8::try_from(of)) {
            (Ok(needed), Ok(of)) => Ok(Self { needed, of }),
            _ => Err(error),
        }
    }
    /// How many are needed.
    pub const fn needed(self) -> usize {
        self.needed as usize
    }
    /// How many there are.
    pub const fn of(self) -> usize {
        self.of as usize
    }
    /// Whether a share of this quorum can have that index.
    #[must_use]
    pub const fn has_index(self, index: u8) -> bool {
        1 <= index && index <= self.of
    }
}

/// One point of the polynomial for each key holder; the index stands first and counts from 1.
pub(crate) fn split(
    secret: &Secret<32>,
    quorum: Quorum,
    stream: &mut Stream,
) -> Vec<Secret<POINT_BYTES>> {
    let mut draws = Draws(stream);
    Sharks(quorum.needed)
        .dealer_rng(secret.expose(), &mut draws)
        .take(quorum.of())
        .map(|point| {
            let bytes = SecretBytes::from_vec(Vec::from(&point));
            Secret::from_slice(bytes.expose()).expect("an index and 32 bytes")
        })
        .collect()
}

/// The secret behind as many points as are needed, of any at hand; `None` if there are fewer. Their
/// indices differ and none is 0. Points that are not of one polynomial give another secret.
pub(crate) fn combine(points: &[&Secret<POINT_BYTES>], quorum: Quorum) -> Option<Secret<32>> {
    let points: Vec<Shared> = points
        .get(..quorum.needed())?
        .iter()
        .map(|p| Shared::try_from(p.expose().as_slice()).expect("an index and 32 bytes"))
        .collect();
    let secret = Sharks(quorum.needed).recover(&points).ok()?;
    let secret = SecretBytes::from_vec(secret);
    Secret::from_slice(secret.expose())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strongroom_record::{decode, encode};

    use super::*;

    #[test]
    fn quorums_that_make_no_sense_are_refused() {
        for (needed, of) in [(0, 0), (0, 3), (4, 3), (1, 33), (usize::MAX, usize::MAX)] {
            assert_eq!(Quorum::new(needed, of), Err(QuorumError { needed, of }));
        }
        assert!(Quorum::new(1, 1).is_ok() && Quorum::new(32, 32).is_ok());
    }

    #[test]
    fn a_stored_quorum_is_held_to_the_same() {
        let good = Quorum::new(2, 3).unwrap();
        assert_eq!(decode::<Quorum>(&encode(&good)), Ok(good));
        for (needed, of) in [(0, 0), (0, 3), (4, 3), (1, 33), (255, 255)] {
            assert!(decode::<Quorum>(&encode(&Quorum { needed, of })).is_err());
        }
    }

    #[test]
    fn any_m_points_give_the_secret_and_fewer_say_nothing() {
        let mut stream = Stream::from_seed([1; 32]);
        let secret = Secret::random(&mut stream);
        let quorum = Quorum::new(3, 5).unwrap();
        let points = split(&secret, quorum, &mut stream);
        for skip in 0..5 {
            for also in skip + 1..5 {
                let three: Vec<_> = (0..5)
                    .filter(|i| *i != skip && *i != also)
                    .map(|i| &points[i])
                    .collect();
                assert!(combine(&three, quorum).is_some_and(|s| s == secret));
                assert!(combine(&three[..2], quorum).is_none());
            }
        }
        // For each value that a byte of the secret could have there is a third point that fits the two
        // held: they exclude none. A polynomial over a field passes through any three points, so it is
        // enough that combining is a bijection in the third.
        let mut third = *points[2].expose();
        let values: BTreeSet<u8> = (0..=255)
            .map(|y| {
                third[1] = y;
                let guess = Secret::from_bytes(third);
                let whole = combine(&[&points[0], &points[1], &guess], quorum);
                whole.unwrap().expose()[0]
            })
            .collect();
        assert_eq!(values.len(), 256);
    }
}
