//! Atoms: the smallest things that a clearance holds and a label asks for.

use crate::cbor::{array_len, canonical, read_name};
use crate::name::{Name, NameError};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use std::fmt;

/// The name of an atom: one level, or one value of one category. For each a room keeps a key pair.
///
/// Shown as `Secret` or `Caption:Nodis`. Names contain no colon, so this reads back to the same atom.
///
/// In CBOR an array: `["Secret"]` or `["Caption", "Nodis"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtomName {
    /// One level. Holding it says nothing about the levels below.
    Level(Name),
    /// One value of a restrictive or permissive category.
    Value {
        /// The category.
        category: Name,
        /// The value.
        value: Name,
    },
}

impl AtomName {
    /// The atom of a level.
    pub fn level(level: &Name) -> Self {
        Self::Level(level.clone())
    }

    /// The atom of a value of a category.
    pub fn value(category: &Name, value: &Name) -> Self {
        Self::Value {
            category: category.clone(),
            value: value.clone(),
        }
    }
}

impl fmt::Display for AtomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => write!(f, "{level}"),
            Self::Value { category, value } => write!(f, "{category}:{value}"),
        }
    }
}

impl std::str::FromStr for AtomName {
    type Err = NameError;

    /// Reads what `Display` writes. The names need not be those of any policy.
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once(':') {
            None => Ok(Self::Level(Name::new(text)?)),
            Some((category, value)) => Ok(Self::Value {
                category: Name::new(category)?,
                value: Name::new(value)?,
            }),
        }
    }
}

impl serde::Serialize for AtomName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<C> Encode<C> for AtomName {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Level(level) => e.array(1)?.str(level.as_str())?,
            Self::Value { category, value } => {
                e.array(2)?.str(category.as_str())?.str(value.as_str())?
            }
        }
        .ok()
    }
}

impl<'b, C> Decode<'b, C> for AtomName {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        canonical(d, |d| {
            let at = d.position();
            match array_len(d, 2)? {
                1 => Ok(Self::Level(read_name(d)?)),
                2 => Ok(Self::Value {
                    category: read_name(d)?,
                    value: read_name(d)?,
                }),
                _ => Err(DecodeError::message("an atom has one or two names").at(at)),
            }
        })
    }
}
