//! What the encodings of this crate have in common: arrays of definite length, sets in ascending order, one form only.
//!
//! Nothing here is a CBOR map, so no rule of key order is needed beyond "strictly ascending, as names compare".
//! Whatever decodes is encoded again and compared, so that each value has exactly one form: a length written longer than
//! needed, an array of indefinite length or a set out of order is refused.

use crate::name::Name;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Decodes by `read`, then refuses the bytes unless encoding the value gives the same ones.
pub(crate) fn canonical<'b, T: Encode<()>>(
    d: &mut Decoder<'b>,
    read: impl FnOnce(&mut Decoder<'b>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let start = d.position();
    let value = read(d)?;
    let again =
        minicbor::to_vec(&value).map_err(|e| DecodeError::message(e.to_string()).at(start))?;
    if d.input()[start..d.position()] != again[..] {
        return Err(DecodeError::message("not in its one canonical form").at(start));
    }
    Ok(value)
}

/// The length of the array that begins here; refuses more than `max`, and arrays of indefinite length.
pub(crate) fn array_len(d: &mut Decoder<'_>, max: usize) -> Result<usize, DecodeError> {
    let at = d.position();
    let len = d
        .array()?
        .ok_or_else(|| DecodeError::message("an array must give its length").at(at))?;
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ => {
            Err(DecodeError::message(format!("{len} entries where at most {max} may stand")).at(at))
        }
    }
}

/// Refuses an array that has not exactly `len` entries.
pub(crate) fn array_of(d: &mut Decoder<'_>, len: usize) -> Result<(), DecodeError> {
    let at = d.position();
    if array_len(d, len)? == len {
        return Ok(());
    }
    Err(DecodeError::message(format!("{len} entries must stand here")).at(at))
}

/// Reads one name, without the comparison that [`canonical`] makes.
pub(crate) fn read_name(d: &mut Decoder<'_>) -> Result<Name, DecodeError> {
    let at = d.position();
    Name::new(d.str()?).map_err(|e| DecodeError::message(e.to_string()).at(at))
}

/// Reads a set of at most `max` names in strictly ascending order.
pub(crate) fn read_set(d: &mut Decoder<'_>, max: usize) -> Result<BTreeSet<Name>, DecodeError> {
    let mut set = BTreeSet::new();
    for _ in 0..array_len(d, max)? {
        let at = d.position();
        let name = read_name(d)?;
        if set.last().is_some_and(|last| *last >= name) {
            return Err(DecodeError::message("names of a set must ascend").at(at));
        }
        set.insert(name);
    }
    Ok(set)
}

/// Reads pairs of a category and its set of values, categories in strictly ascending order.
pub(crate) fn read_sets(
    d: &mut Decoder<'_>,
    categories_max: usize,
    values_max: usize,
    may_be_empty: bool,
) -> Result<BTreeMap<Name, BTreeSet<Name>>, DecodeError> {
    let mut sets = BTreeMap::<Name, BTreeSet<Name>>::new();
    for _ in 0..array_len(d, categories_max)? {
        array_of(d, 2)?;
        let at = d.position();
        let category = read_name(d)?;
        if sets
            .last_key_value()
            .is_some_and(|(last, _)| *last >= category)
        {
            return Err(DecodeError::message("categories must ascend").at(at));
        }
        let at = d.position();
        let values = read_set(d, values_max)?;
        if values.is_empty() && !may_be_empty {
            return Err(DecodeError::message("a category of this kind must name a value").at(at));
        }
        sets.insert(category, values);
    }
    Ok(sets)
}

/// Writes a set of names; refuses to write more than `max`, which could not be read back.
pub(crate) fn write_set<W: Write>(
    e: &mut Encoder<W>,
    set: &BTreeSet<Name>,
    max: usize,
) -> Result<(), EncodeError<W::Error>> {
    if set.len() > max {
        return Err(EncodeError::message("more names than a label may hold"));
    }
    e.array(set.len() as u64)?;
    for name in set {
        e.str(name.as_str())?;
    }
    Ok(())
}

/// Writes pairs of a category and its set of values; refuses to write more than the limits.
pub(crate) fn write_sets<W: Write>(
    e: &mut Encoder<W>,
    sets: &BTreeMap<Name, BTreeSet<Name>>,
    categories_max: usize,
    values_max: usize,
) -> Result<(), EncodeError<W::Error>> {
    if sets.len() > categories_max {
        return Err(EncodeError::message(
            "more categories than a label may hold",
        ));
    }
    e.array(sets.len() as u64)?;
    for (category, values) in sets {
        e.array(2)?.str(category.as_str())?;
        write_set(e, values, values_max)?;
    }
    Ok(())
}

impl<C> Encode<C> for Name {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Name {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        canonical(d, read_name)
    }
}
