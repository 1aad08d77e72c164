//! Routes of disclosures: by which somebody outside says which inspectors are to look into something, and is told of a
//! body outside of the room. They stand in the approval rules, and everybody sees them.
//!
//! A batch of the ledger keeps by which route each message came, for every place alike: those that came by none, and
//! those that hold nothing, have drawn bytes there.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::disclosure::BATCH_PLACES;
use crate::entropy::Stream;

/// Longest name of a route: a word or three.
pub const ROUTE_NAME_MAX_BYTES: usize = 24;

/// Routes of one room: more is a choice that nobody makes.
pub const ROUTES_MAX: usize = 16;

/// Bytes of each text of a route: some lines.
pub const ROUTE_TEXT_MAX_BYTES: usize = 600;

/// Inspectors that one route names.
pub const ROUTE_INSPECTORS_MAX: usize = 32;

/// The name of a route: small letters, digits and hyphens, the first a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode)]
#[cbor(transparent)]
pub struct RouteName(String);

/// A word that is no route's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a route has small letters, digits and hyphens, the first a letter, and at most {ROUTE_NAME_MAX_BYTES} of them"
)]
pub struct NoRouteName;

impl RouteName {
    /// Reads a name.
    ///
    /// # Errors
    /// It is none.
    pub fn new(name: &str) -> Result<Self, NoRouteName> {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && name.len() <= ROUTE_NAME_MAX_BYTES && name.bytes().all(known) {
            return Ok(Self(name.to_owned()));
        }
        Err(NoRouteName)
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'b, C> Decode<'b, C> for RouteName {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(d.str()?).map_err(minicbor::decode::Error::message)
    }
}

/// A route, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Route {
    /// Its name.
    #[n(0)]
    pub name: RouteName,
    /// What it is for.
    #[n(1)]
    pub about: String,
    /// The accounts of the inspectors who look into what comes by it, in order; of all of them if there are none.
    #[n(2)]
    pub inspectors: Vec<String>,
    /// A body outside of the room, and how to reach it.
    #[n(3)]
    pub outside: Option<String>,
}

/// Writes down the routes of a batch, one for each place.
pub fn write_routes(by_place: &[Option<&RouteName>; BATCH_PLACES], stream: &mut Stream) -> ByteVec {
    let mut bytes = Vec::with_capacity(BATCH_PLACES * ROUTE_NAME_MAX_BYTES);
    for route in by_place {
        let drawn: [u8; ROUTE_NAME_MAX_BYTES] = stream.bytes();
        let mut field = drawn;
        match route {
            Some(RouteName(name)) => {
                field.fill(0);
                field[..name.len()].copy_from_slice(name.as_bytes());
            }
            // Drawn bytes could be a name with a chance that is nothing, and with this one none.
            None => field[0] = 0,
        }
        bytes.extend_from_slice(&field);
    }
    bytes.into()
}

/// The routes of a batch, one for each place.
///
/// # Errors
/// The bytes are none, or one of them is neither a name nor drawn.
pub fn read_routes(bytes: &[u8]) -> Result<Vec<Option<RouteName>>, &'static str> {
    let (fields, rest) = bytes.as_chunks::<ROUTE_NAME_MAX_BYTES>();
    if fields.len() != BATCH_PLACES || !rest.is_empty() {
        return Err("a batch has routes for another number of places than it has");
    }
    let read = |field: &[u8; ROUTE_NAME_MAX_BYTES]| {
        if field[0] == 0 {
            return Ok(None);
        }
        let len = field.iter().position(|b| *b == 0).unwrap_or(field.len());
        let (name, padding) = field.split_at(len);
        let name = std::str::from_utf8(name).ok().map(RouteName::new);
        match name {
            Some(Ok(name)) if padding.iter().all(|b| *b == 0) => Ok(Some(name)),
            _ => Err("a batch has a route that has no name"),
        }
    };
    fields.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{decode, encode};

    fn name(text: &str) -> RouteName {
        RouteName::new(text).unwrap()
    }

    #[test]
    fn a_name_is_a_small_word() {
        for good in ["a", "inspector-general", "board2", &"x".repeat(24)] {
            assert_eq!(
                decode::<RouteName>(&encode(&name(good))).unwrap(),
                name(good)
            );
        }
        for bad in ["", "-a", "2a", "A", "a b", "é", "a\0", &"x".repeat(25)] {
            assert!(RouteName::new(bad).is_err(), "{bad:?}");
            assert!(decode::<RouteName>(&encode(&bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_batch_says_of_each_place_by_which_route_and_has_one_size() {
        let mut stream = Stream::from_seed([7; 32]);
        let (long, short) = (name(&"x".repeat(24)), name("a"));
        let mut places = [None; BATCH_PLACES];
        let empty = write_routes(&places, &mut stream);
        places[3] = Some(&long);
        places[31] = Some(&short);
        let some = write_routes(&places, &mut stream);
        assert_eq!(empty.len(), some.len());
        let read = read_routes(&some).unwrap();
        assert_eq!(read[3].as_ref(), Some(&long));
        assert_eq!(read[31].as_ref(), Some(&short));
        assert_eq!(read.iter().flatten().count(), 2);
        assert_eq!(read_routes(&empty).unwrap(), vec![None; BATCH_PLACES]);
    }

    #[test]
    fn what_is_no_batchs_routes_is_refused() {
        let mut stream = Stream::from_seed([8; 32]);
        let a = name("a");
        let good = write_routes(&[Some(&a); BATCH_PLACES], &mut stream);
        assert!(read_routes(&good[1..]).is_err());
        for (at, byte) in [(0, b'A'), (1, b'!'), (2, b'b'), (0, 0xff)] {
            let mut bad = good.to_vec();
            bad[at] = byte;
            assert!(read_routes(&bad).is_err(), "{at} {byte}");
        }
    }
}
