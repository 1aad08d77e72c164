//! Disclosures: what goes from somebody outside to the inspectors, and back.
//!
//! Seven words are all that the sender keeps. What else there is follows from them, on the sender's side:
//!
//! ```text
//! seven words, room ─ Argon2id ─▶ root ─ HKDF ─┬▶ access ─ digest ─▶ id, which names the disclosure
//!                                              └▶ seed of a key pair; answers are sealed to its public half
//! ```
//!
//! The guard is shown the access and keeps the id alone: so a code that is wrong and one that never was are one and the
//! same, a name under which nothing lies. Who knows a disclosure's id, as every inspector does, cannot come back under it.
//!
//! A message is sealed under a fresh key, and that key to the inspectors' public key (HPKE); an answer likewise, its key
//! once to the inspectors and once to the sender. Both begin, part by part, with the suite, carry key commitments, and are
//! bound to room, disclosure, direction and number: none passes for another. What is sealed is padded to a step
//! ([`pad`]), so that its length says no more than which step it is.
//!
//! The salt of Argon2id is the room and nothing else, for whoever comes back has the words and no more. So the words of
//! all senders of one room can be tried at once: seven words are 90 bits, each guess of which costs a run.

use minicbor::{Decode, Encode};
use strongroom_record::disclosure::DisclosedContent;
use strongroom_record::{AtomId, DisclosureId, RoomId, Route, RouteName, Stream, decode, encode};
use zeroize::Zeroizing;

use crate::aead;
use crate::atom::{AtomPrivate, AtomPublic};
use crate::digest::{Digest, digest};
use crate::domain::{self, Domain};
use crate::error::OpenError;
use crate::kem::{KemPrivate, KemPublic, OtherSuite, seal_to};
use crate::locked::{ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES};
use crate::passphrase::Passphrase;
use crate::provider::Work;
use crate::secret::Secret;
use crate::suite::{Suite, SuiteFloor};

/// Words of a code: 90 bits. One more than a passphrase has, for all codes of a room can be tried at once.
pub const CODE_WORDS: usize = 7;

/// The smallest step that content is padded to: a page of text looks like a line.
pub const PAD_MIN_BYTES: usize = 4 << 10;

/// The largest step, and so the longest content that is sealed in one message. Each step is twice the one before.
pub const PAD_MAX_BYTES: usize = 8 << 20;

/// Bytes before padded content: its length.
const LENGTH_BYTES: usize = 4;

/// Longest sealed message: the largest step, and what is around it.
pub const SEALED_MESSAGE_MAX_BYTES: usize = PAD_MAX_BYTES + (16 << 10);

/// Bytes of the proof of access.
pub const ACCESS_BYTES: usize = 32;

/// Words that are no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is {CODE_WORDS} different words of the list, as they were shown once")]
pub struct NoCode;

/// Content that is sealed in no one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has {0} bytes, and one message takes {max}; send it in several", max = PAD_MAX_BYTES - LENGTH_BYTES)]
pub struct TooLong(pub usize);

/// The seven words.
pub struct DisclosureCode(Passphrase);

impl DisclosureCode {
    /// Draws a code.
    pub fn generate(stream: &mut Stream) -> Self {
        Self(Passphrase::generate(CODE_WORDS, stream))
    }
    /// Reads a code as somebody typed it.
    ///
    /// # Errors
    /// It is none: so a slip is found before anything is asked.
    pub fn parse(typed: &str) -> Result<Self, NoCode> {
        let words = Passphrase::new(typed).map_err(|_| NoCode)?;
        if words.expose().split(' ').count() != CODE_WORDS || !words.meets_floor(CODE_WORDS, 0) {
            return Err(NoCode);
        }
        Ok(Self(words))
    }
    /// The words, to be shown once to whom they are for.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What follows from a code in a room.
pub struct DisclosureKeys {
    id: DisclosureId,
    access: Secret<ACCESS_BYTES>,
    reply: KemPrivate,
}

impl DisclosureKeys {
    /// Stretches a code: takes as long as unlocking with a passphrase.
    pub fn of(suite: Suite, room: RoomId, code: &DisclosureCode) -> Self {
        let salt = digest(domain::DISCLOSURE_ROOM, &[room.as_bytes()]);
        let salt: [u8; 32] = salt.as_bytes()[..32]
            .try_into()
            .expect("a digest is longer");
        let work = Work {
            memory_kib: ARGON2_MEMORY_KIB,
            passes: ARGON2_PASSES,
            lanes: ARGON2_LANES,
        };
        let root = suite.stretch(code.expose().as_bytes(), &salt, work);
        let derived = |domain: Domain| {
            Secret::fill_with(|out: &mut [u8; 32]| {
                let info: [&[u8]; 2] = [&suite.id().to_bytes(), domain.as_bytes()];
                suite.derive(root.expose(), &salt, &info, out);
            })
        };
        let access = derived(domain::DISCLOSURE_ACCESS);
        Self {
            id: id_of(access.expose()),
            access,
            reply: KemPrivate::from_seed(suite, derived(domain::DISCLOSURE_REPLY_SEED)),
        }
    }
    /// Names the disclosure.
    pub const fn id(&self) -> DisclosureId {
        self.id
    }
    /// Shows the guard that one has the code.
    pub const fn access(&self) -> &Secret<ACCESS_BYTES> {
        &self.access
    }
    /// What answers are sealed to.
    pub fn reply_key(&self) -> KemPublic {
        self.reply.public()
    }
}

/// The disclosure that a proof of access is for.
pub fn id_of(access: &[u8; ACCESS_BYTES]) -> DisclosureId {
    let id = digest(domain::DISCLOSURE_ID, &[access]);
    let id = id.as_bytes()[..16].try_into().expect("a digest is longer");
    DisclosureId::from_bytes(id)
}

/// The digest of the inspectors' public key, which every batch of the ledger shows.
pub fn page_digest(inspectors: &AtomPublic) -> Digest {
    digest(domain::DISCLOSURE_PAGE, &[&encode(inspectors)])
}

/// The digest of a room's routes, which every batch of a room that has any shows.
pub fn routes_digest(routes: &[Route]) -> Digest {
    let encoded: Vec<u8> = routes.iter().flat_map(encode).collect();
    digest(domain::DISCLOSURE_ROUTES, &[&encoded])
}

/// Brings content to the length of the smallest step that takes it.
///
/// # Errors
/// It is longer than the largest step takes.
pub fn pad(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, TooLong> {
    let needed = content.len() + LENGTH_BYTES;
    if needed > PAD_MAX_BYTES {
        return Err(TooLong(content.len()));
    }
    let step = needed.next_power_of_two().max(PAD_MIN_BYTES);
    let length = u32::try_from(content.len()).expect("the largest step is far shorter");
    let mut padded = Zeroizing::new(Vec::with_capacity(step));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(step, 0);
    Ok(padded)
}

/// Takes padding off; none where it is not what [`pad`] makes.
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let in_steps =
        padded.len().is_power_of_two() && (PAD_MIN_BYTES..=PAD_MAX_BYTES).contains(&padded.len());
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (content, padding) = rest.split_at_checked(length)?;
    let smallest = padded.len() == PAD_MIN_BYTES || LENGTH_BYTES + length > padded.len() / 2;
    (in_steps && smallest && padding.iter().all(|byte| *byte == 0)).then_some(content)
}

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
enum Way {
    #[n(0)]
    In,
    #[n(1)]
    Back,
}

/// Where a message or an answer belongs.
#[derive(Encode)]
struct Binding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    disclosure: DisclosureId,
    #[n(2)]
    way: Way,
    #[n(3)]
    number: u32,
    #[n(4)]
    atom: AtomId,
    #[n(5)]
    epoch: u32,
    #[n(6)]
    reply: Option<KemPublic>,
    #[n(7)]
    route: Option<RouteName>,
}

/// A message to the inspectors, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedMessage {
    /// What it belongs to.
    #[n(0)]
    pub disclosure: DisclosureId,
    /// Its number there, from 1.
    #[n(1)]
    pub number: u32,
    /// The inspectors' atom.
    #[n(2)]
    pub atom: AtomId,
    /// The epoch that it is sealed to.
    #[n(3)]
    pub epoch: u32,
    /// What answers are to be sealed to: in the first message, and in no other.
    #[n(4)]
    pub reply: Option<KemPublic>,
    #[cbor(n(5), with = "minicbor::bytes")]
    key: Vec<u8>,
    #[cbor(n(6), with = "minicbor::bytes")]
    body: Vec<u8>,
    /// By which route it comes: in the first message, and in no other.
    #[n(7)]
    pub route: Option<RouteName>,
}

/// The number of the first message.
pub const FIRST_MESSAGE: u32 = 1;

/// A message on its way to the guard, with the proof that its sender has the code.
#[derive(Encode, Decode)]
pub struct Brought {
    /// See [`DisclosureKeys::access`].
    #[cbor(n(0), with = "minicbor::bytes")]
    pub access: [u8; ACCESS_BYTES],
    /// The message.
    #[n(1)]
    pub message: SealedMessage,
}

impl std::fmt::Debug for Brought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Brought(..)")
    }
}

/// Why nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A public key is of another suite.
    #[error(transparent)]
    Suite(#[from] OtherSuite),
    /// There is too much.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl SealedMessage {
    /// Seals what somebody says to the inspectors.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal(
        suite: Suite,
        room: RoomId,
        (keys, number): (&DisclosureKeys, u32),
        (inspectors, route): (&AtomPublic, Option<&RouteName>),
        content: &DisclosedContent,
        stream: &mut Stream,
    ) -> Result<Self, SealError> {
        let mut message = Self {
            disclosure: keys.id,
            number,
            atom: inspectors.id,
            epoch: inspectors.epoch,
            reply: (number == FIRST_MESSAGE).then(|| keys.reply_key()),
            key: Vec::new(),
            body: Vec::new(),
            route: route.filter(|_| number == FIRST_MESSAGE).cloned(),
        };
        let binding = message.binding(room);
        let padded = padded(content)?;
        let key = Secret::random(stream);
        message.key = seal_to(
            suite,
            &inspectors.key,
            domain::DISCLOSURE_KEY,
            &binding,
            key.expose(),
            stream,
        )?;
        message.body = aead::seal(suite, &key, domain::DISCLOSURE, &binding, &padded, stream);
        Ok(message)
    }
    /// Opens it with the inspectors' private half.
    ///
    /// # Errors
    /// It was sealed to another key or for another place, it was changed, or who sealed it did not do so as this
    /// program does.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        inspectors: &AtomPrivate,
    ) -> Result<DisclosedContent, OpenError> {
        let binding = self.binding(room);
        let key = inspectors
            .key()
            .open(floor, domain::DISCLOSURE_KEY, &binding, &self.key)?;
        let key = Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?;
        let padded = aead::open(floor, &key, domain::DISCLOSURE, &binding, &self.body)?;
        read(padded.expose())
    }
    /// The suite of both its parts and their lengths are those of a message: what a guard can see without opening it.
    #[must_use]
    pub fn is_formed(&self, floor: SuiteFloor) -> bool {
        let body = self.body.len().checked_sub(aead::OVERHEAD_BYTES);
        let in_steps = body.is_some_and(|len| {
            len.is_power_of_two() && (PAD_MIN_BYTES..=PAD_MAX_BYTES).contains(&len)
        });
        let known = |part: &[u8]| aead::admit_head(floor, part).is_ok();
        let first = self.number == FIRST_MESSAGE;
        let answerable = |key: &KemPublic| floor.admit(key.suite().id()).is_ok();
        in_steps
            && self
                .reply
                .as_ref()
                .map_or(!first, |key| first && answerable(key))
            && (first || self.route.is_none())
            && known(&self.key)
            && known(&self.body)
            && self.key.len() <= crate::kem::KEM_PLAINTEXT_MAX_BYTES
    }
    /// Bytes of the step that it is padded to.
    pub fn step(&self) -> usize {
        self.body.len().saturating_sub(aead::OVERHEAD_BYTES)
    }
    /// The digest that its leaf commits to.
    pub fn digest(&self) -> Digest {
        digest(domain::DISCLOSURE_DIGEST, &[&encode(self)])
    }
    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&Binding {
            room,
            disclosure: self.disclosure,
            way: Way::In,
            number: self.number,
            atom: self.atom,
            epoch: self.epoch,
            reply: self.reply.clone(),
            route: self.route.clone(),
        })
    }
}

/// An answer of the inspectors, sealed to the sender and to them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedReply {
    /// What it belongs to.
    #[n(0)]
    pub disclosure: DisclosureId,
    /// Its number among the answers, from 1.
    #[n(1)]
    pub number: u32,
    /// The inspectors' atom.
    #[n(2)]
    pub atom: AtomId,
    /// The epoch that it is sealed to.
    #[n(3)]
    pub epoch: u32,
    #[cbor(n(4), with = "minicbor::bytes")]
    to_sender: Vec<u8>,
    #[cbor(n(5), with = "minicbor::bytes")]
    to_inspectors: Vec<u8>,
    #[cbor(n(6), with = "minicbor::bytes")]
    body: Vec<u8>,
}

impl SealedReply {
    /// Seals an answer.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal(
        suite: Suite,
        room: RoomId,
        (disclosure, number): (DisclosureId, u32),
        (sender, inspectors): (&KemPublic, &AtomPublic),
        content: &DisclosedContent,
        stream: &mut Stream,
    ) -> Result<Self, SealError> {
        let mut reply = Self {
            disclosure,
            number,
            atom: inspectors.id,
            epoch: inspectors.epoch,
            to_sender: Vec::new(),
            to_inspectors: Vec::new(),
            body: Vec::new(),
        };
        let binding = reply.binding(room);
        let padded = padded(content)?;
        let key: Secret<32> = Secret::random(stream);
        let mut sealed_to =
            |public, domain| seal_to(suite, public, domain, &binding, key.expose(), stream);
        reply.to_sender = sealed_to(sender, domain::DISCLOSURE_REPLY_KEY)?;
        reply.to_inspectors = sealed_to(&inspectors.key, domain::DISCLOSURE_REPLY_COPY)?;
        reply.body = aead::seal(
            suite,
            &key,
            domain::DISCLOSURE_REPLY,
            &binding,
            &padded,
            stream,
        );
        Ok(reply)
    }
    /// Opens it as the one it is for.
    ///
    /// # Errors
    /// As for [`SealedMessage::open`].
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        keys: &DisclosureKeys,
    ) -> Result<DisclosedContent, OpenError> {
        if self.disclosure != keys.id {
            return Err(OpenError::WrongKeyOrBinding);
        }
        self.open_with(
            floor,
            room,
            (&keys.reply, domain::DISCLOSURE_REPLY_KEY, &self.to_sender),
        )
    }
    /// Opens it as an inspector.
    ///
    /// # Errors
    /// As for [`SealedMessage::open`].
    pub fn open_copy(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        inspectors: &AtomPrivate,
    ) -> Result<DisclosedContent, OpenError> {
        self.open_with(
            floor,
            room,
            (
                inspectors.key(),
                domain::DISCLOSURE_REPLY_COPY,
                &self.to_inspectors,
            ),
        )
    }
    fn open_with(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        (private, domain, sealed): (&KemPrivate, Domain, &[u8]),
    ) -> Result<DisclosedContent, OpenError> {
        let binding = self.binding(room);
        let key = private.open(floor, domain, &binding, sealed)?;
        let key = Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?;
        let padded = aead::open(floor, &key, domain::DISCLOSURE_REPLY, &binding, &self.body)?;
        read(padded.expose())
    }
    /// The digest that its event names.
    pub fn digest(&self) -> Digest {
        digest(domain::DISCLOSURE_REPLY_DIGEST, &[&encode(self)])
    }
    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&Binding {
            room,
            disclosure: self.disclosure,
            way: Way::Back,
            number: self.number,
            atom: self.atom,
            epoch: self.epoch,
            reply: None,
            route: None,
        })
    }
}

fn padded(content: &DisclosedContent) -> Result<Zeroizing<Vec<u8>>, TooLong> {
    pad(&Zeroizing::new(encode(content)))
}

/// Reads padded content. Its sender made it, who may be anybody: it is held to the rules once more.
fn read(padded: &[u8]) -> Result<DisclosedContent, OpenError> {
    let content = unpad(padded).ok_or(OpenError::Damaged)?;
    let content: DisclosedContent = decode(content).map_err(|_| OpenError::Damaged)?;
    content.check().map_err(|_| OpenError::Damaged)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(DisclosureCode, DisclosureKeys);

    #[test]
    fn content_of_one_step_has_one_length() {
        for (len, step) in [
            (0, PAD_MIN_BYTES),
            (PAD_MIN_BYTES - LENGTH_BYTES, PAD_MIN_BYTES),
            (PAD_MIN_BYTES - LENGTH_BYTES + 1, 2 * PAD_MIN_BYTES),
            (PAD_MAX_BYTES - LENGTH_BYTES, PAD_MAX_BYTES),
        ] {
            let content = vec![7; len];
            let padded = pad(&content).unwrap();
            assert_eq!(padded.len(), step, "{len}");
            assert_eq!(unpad(&padded), Some(&content[..]));
        }
        let most = PAD_MAX_BYTES - LENGTH_BYTES;
        assert_eq!(pad(&vec![0; most + 1]), Err(TooLong(most + 1)));
    }

    #[test]
    fn other_padding_is_refused() {
        let good = pad(b"words").unwrap();
        assert_eq!(unpad(&good[..good.len() - 1]), None, "of another length");
        let mut marked = good.clone();
        *marked.last_mut().unwrap() = 1;
        assert_eq!(unpad(&marked), None, "something in the padding");
        let mut long = good.clone();
        long[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(unpad(&long), None, "longer than there is");
        let wider = [good.as_slice(), &vec![0; good.len()]].concat();
        assert_eq!(unpad(&wider), None, "a larger step than it takes");
        assert_eq!(unpad(&[]), None);
    }

    #[test]
    fn a_code_is_seven_words_of_the_list() {
        let code = DisclosureCode::generate(&mut Stream::from_seed([1; 32]));
        let typed = format!(" {}\n", code.expose().to_uppercase());
        assert_eq!(
            DisclosureCode::parse(&typed).unwrap().expose(),
            code.expose()
        );
        let six = code.expose().rsplit_once(' ').unwrap().0;
        for bad in [
            "",
            six,
            &format!("{} zoom", code.expose()),
            &format!("{six} qwertz"),
        ] {
            assert!(DisclosureCode::parse(bad).is_err(), "{bad}");
        }
    }
}
