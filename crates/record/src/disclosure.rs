//! Disclosures: what somebody outside writes to the inspectors, and what the ledger says of it.
//!
//! A *disclosure* is all that comes under one code: messages to the inspectors, and their answers. Its words are sealed
//! on the sender's side. The ledger has one event an hour ([`DisclosuresTaken`]), whether something came or not, and of
//! one size: [`BATCH_PLACES`] places, of which those that hold nothing are drawn at random. Which are which stands under
//! the house key; the ledger commits to the root over all of them.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::entropy::Stream;
use crate::id::DisclosureId;

/// Places of one batch, and so the messages that are taken in an hour at most: a flood brings no more, and each is
/// one that a person can look at.
pub const BATCH_PLACES: usize = 32;

/// Bytes of one place: whether it is taken, disclosure, number and leaf.
const PLACE_BYTES: usize = 1 + 16 + 4 + LEAF_BYTES;

/// Bytes of a message's leaf: a salted commitment.
pub const LEAF_BYTES: usize = 32;

/// Bytes of a batch's places.
pub const BATCH_BYTES: usize = BATCH_PLACES * PLACE_BYTES;

/// Bytes of the text of one message or answer.
pub const DISCLOSURE_TEXT_MAX_BYTES: usize = 1 << 20;

/// Files of one message or answer: who has more packs them together.
pub const DISCLOSURE_FILES_MAX: usize = 32;

/// Messages under one code: a correspondence of years. A further one is refused with that word.
pub const DISCLOSURE_MESSAGES_MAX: u32 = 1_024;

/// Answers to one disclosure, acknowledgements among them.
pub const DISCLOSURE_ANSWERS_MAX: u32 = 1_024;

/// What a batch shows to whoever gets a receipt of it: the field that is proved without the others.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DisclosurePage {
    /// Root over the leaves of all places, as that of a log (RFC 6962).
    #[cbor(n(0), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// Digest of the inspectors' public key, which the next messages are sealed to.
    #[n(1)]
    pub inspectors: ByteVec,
    /// Digest of the [routes](crate::route) of the room; none where it has none.
    #[n(2)]
    pub routes: Option<ByteVec>,
}

/// What was taken in since the batch before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DisclosuresTaken {
    /// What is shown of it.
    #[n(0)]
    pub page: DisclosurePage,
    /// The places, one behind the other, always [`BATCH_BYTES`].
    #[n(1)]
    pub places: ByteVec,
    /// By which [route](crate::route) each came, one for each place; none in a room that has no routes.
    #[n(2)]
    pub routes: Option<ByteVec>,
}

/// One message in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenMessage {
    /// What it belongs to.
    pub disclosure: DisclosureId,
    /// Its number there, from 1.
    pub number: u32,
    /// The salted commitment to its sealed bytes.
    pub leaf: [u8; LEAF_BYTES],
}

/// Puts messages in places drawn at random, and fills the others with what looks the same without the house key.
///
/// # Panics
/// If there are more messages than places.
pub fn place(messages: &[TakenMessage], stream: &mut Stream) -> Vec<u8> {
    assert!(messages.len() <= BATCH_PLACES, "a batch has its places");
    let mut places: Vec<Option<&TakenMessage>> = messages.iter().map(Some).collect();
    places.resize(BATCH_PLACES, None);
    shuffle(&mut places, stream);
    let mut bytes = Vec::with_capacity(BATCH_BYTES);
    for place in places {
        match place {
            Some(message) => {
                bytes.push(1);
                bytes.extend_from_slice(message.disclosure.as_bytes());
                bytes.extend_from_slice(&message.number.to_be_bytes());
                bytes.extend_from_slice(&message.leaf);
            }
            None => {
                bytes.push(0);
                let drawn: [u8; PLACE_BYTES - 1] = stream.bytes();
                bytes.extend_from_slice(&drawn);
            }
        }
    }
    bytes
}

/// Fisher and Yates, with draws that are refused where they would favour a place.
fn shuffle<T>(places: &mut [T], stream: &mut Stream) {
    for last in (1..places.len()).rev() {
        let choices = last as u64 + 1;
        let bound = u64::MAX / choices * choices;
        let drawn = loop {
            let drawn = u64::from_le_bytes(stream.bytes());
            if drawn < bound {
                break drawn;
            }
        };
        let with = usize::try_from(drawn % choices).expect("it is below the places");
        places.swap(last, with);
    }
}

/// The leaves of all places in their order, taken or not.
///
/// # Errors
/// The bytes are no batch.
pub fn leaves(places: &[u8]) -> Result<Vec<[u8; LEAF_BYTES]>, &'static str> {
    let places = cut(places)?;
    Ok(places.iter().map(leaf_of).collect())
}

/// The messages of a batch, each with its place.
///
/// # Errors
/// The bytes are no batch, or a message in it has no number.
pub fn messages(places: &[u8]) -> Result<Vec<(usize, TakenMessage)>, &'static str> {
    let mut messages = Vec::new();
    for (at, place) in cut(places)?.iter().enumerate() {
        match place[0] {
            0 => continue,
            1 => {}
            _ => return Err("a place of a batch is neither taken nor free"),
        }
        let id: [u8; 16] = place[1..17].try_into().expect("16 bytes");
        let number = u32::from_be_bytes(place[17..21].try_into().expect("4 bytes"));
        if number == 0 || number > DISCLOSURE_MESSAGES_MAX {
            return Err("a message of a batch has a number that none has");
        }
        messages.push((
            at,
            TakenMessage {
                disclosure: DisclosureId::from_bytes(id),
                number,
                leaf: leaf_of(place),
            },
        ));
    }
    Ok(messages)
}

fn cut(places: &[u8]) -> Result<&[[u8; PLACE_BYTES]], &'static str> {
    match places.as_chunks() {
        (places, []) if places.len() == BATCH_PLACES => Ok(places),
        _ => Err("a batch has another size than every batch"),
    }
}

fn leaf_of(place: &[u8; PLACE_BYTES]) -> [u8; LEAF_BYTES] {
    place[PLACE_BYTES - LEAF_BYTES..]
        .try_into()
        .expect("the last bytes of a place")
}

/// What an inspector did for the one who disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum AnswerKind {
    /// Said that it was received.
    #[n(0)]
    Acknowledged,
    /// Wrote back.
    #[n(1)]
    Replied,
}

/// An answer to a disclosure.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DisclosureAnswered {
    /// To which.
    #[n(0)]
    pub disclosure: DisclosureId,
    /// Its number among the answers, from 1.
    #[n(1)]
    pub number: u32,
    /// What it is.
    #[n(2)]
    pub kind: AnswerKind,
    /// Of a reply, the digest of its sealed bytes.
    #[n(3)]
    pub digest: Option<ByteVec>,
}

/// What a message or an answer says, before it is sealed and after it is opened.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct DisclosedContent {
    /// The text.
    #[n(0)]
    pub text: String,
    /// Files.
    #[n(1)]
    pub files: Vec<DisclosedFile>,
}

/// A file of a disclosure.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct DisclosedFile {
    /// Its name, without a path.
    #[n(0)]
    pub name: String,
    /// What is in it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

impl DisclosedContent {
    /// Whether it may be sent, and shown: the rule that it breaks, if not.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.text.trim().is_empty() && self.files.is_empty() {
            return Err("it says nothing: there is neither text nor a file");
        }
        if self.text.len() > DISCLOSURE_TEXT_MAX_BYTES {
            return Err("its text is longer than a message takes; put it in a file");
        }
        if self.files.len() > DISCLOSURE_FILES_MAX {
            return Err("it has more files than one message takes");
        }
        let fits = |name: &str| {
            !name.is_empty()
                && name.len() <= crate::limits::ATTACHMENT_NAME_MAX_BYTES
                && !name.contains(['/', '\0'])
                && name != "."
                && name != ".."
        };
        if !self.files.iter().all(|file| fits(&file.name)) {
            return Err("a file in it has a name that no file has");
        }
        Ok(())
    }
}

impl std::fmt::Debug for DisclosedContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisclosedContent(..)")
    }
}

impl std::fmt::Debug for DisclosedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DisclosedFile(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u8) -> TakenMessage {
        TakenMessage {
            disclosure: DisclosureId::from_bytes([n; 16]),
            number: u32::from(n) + 1,
            leaf: [n; 32],
        }
    }

    #[test]
    fn a_batch_has_one_size_and_gives_back_what_is_in_it() {
        let mut stream = Stream::from_seed([1; 32]);
        for count in [0, 1, 5, BATCH_PLACES] {
            let put: Vec<TakenMessage> = (0..count).map(|n| message(n as u8)).collect();
            let places = place(&put, &mut stream);
            assert_eq!(places.len(), BATCH_BYTES);
            let mut read: Vec<TakenMessage> = messages(&places)
                .unwrap()
                .into_iter()
                .map(|m| m.1)
                .collect();
            read.sort_by_key(|m| m.number);
            assert_eq!(read, put);
            assert_eq!(leaves(&places).unwrap().len(), BATCH_PLACES);
        }
    }

    #[test]
    fn every_place_is_drawn_so_that_none_tells_of_an_order() {
        let mut stream = Stream::from_seed([2; 32]);
        let mut seen = [0; BATCH_PLACES];
        for _ in 0..64 * BATCH_PLACES {
            let places = place(&[message(1)], &mut stream);
            seen[messages(&places).unwrap()[0].0] += 1;
        }
        assert!(seen.iter().all(|n| (24..=120).contains(n)), "{seen:?}");
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let mut stream = Stream::from_seed([3; 32]);
        let good = place(&[message(1)], &mut stream);
        assert!(messages(&good[1..]).is_err());
        assert!(leaves(&[]).is_err());
        let mut other = good.clone();
        other[0] = 2;
        assert!(messages(&other).is_err());
        let at = messages(&good).unwrap()[0].0 * PLACE_BYTES;
        let mut unnumbered = good.clone();
        unnumbered[at + 17..at + 21].fill(0);
        assert!(messages(&unnumbered).is_err());
        unnumbered[at + 17..at + 21].fill(0xff);
        assert!(messages(&unnumbered).is_err());
    }

    #[test]
    fn what_says_nothing_or_names_a_path_is_not_sent() {
        let file = |name: &str| DisclosedFile {
            name: name.to_owned(),
            bytes: vec![1],
        };
        let says = |text: &str, names: &[&str]| DisclosedContent {
            text: text.to_owned(),
            files: names.iter().map(|n| file(n)).collect(),
        };
        assert!(says("words", &[]).check().is_ok());
        assert!(says("", &["a.pdf"]).check().is_ok());
        assert!(says(" \n", &[]).check().is_err());
        for name in ["", ".", "..", "a/b", "a\0b"] {
            assert!(says("words", &[name]).check().is_err(), "{name:?}");
        }
        assert!(
            says("words", &["a"; DISCLOSURE_FILES_MAX + 1])
                .check()
                .is_err()
        );
        let long = "x".repeat(DISCLOSURE_TEXT_MAX_BYTES + 1);
        assert!(says(&long, &[]).check().is_err());
    }
}
