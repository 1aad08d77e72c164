//! An event as it is stored: its clear fields, its sealed statements, and the signature that covers it.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::Label;

use super::Act;
use crate::codec::encode_onto;
use crate::id::{AtomId, BoxId, CommandId, EventId, PersonId, RequestId, RoomId, SessionId};
use crate::time::Timestamp;

/// To whom a sealed field of an event is readable.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SealedFor {
    /// Whoever opens this key box, made for this label.
    #[n(0)]
    Label(#[n(0)] BoxId, #[n(1)] Label),
    /// The inspectors, through the note box of this command.
    #[n(1)]
    Inspectors(#[n(0)] CommandId),
    /// A person, by the person's own keys, through a note box of this command.
    #[n(2)]
    Person(#[n(0)] CommandId, #[n(1)] PersonId),
    /// Whoever holds an atom, through a note box of this command.
    #[n(3)]
    Holders(#[n(0)] CommandId, #[n(1)] AtomId),
}

/// A sealed field of an event: the ledger commits to the words under a salt that is sealed with them.
///
/// One field may be sealed several times, for different readers. How many copies there are is not
/// committed to, so that a field can be proved without telling who else can read it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedField {
    /// The salted commitment to the words.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
    /// The words for each who may read them.
    #[n(1)]
    pub copies: Vec<SealedCopy>,
}

/// The words of a sealed field for one kind of reader.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedCopy {
    /// To whom it is readable.
    #[n(0)]
    pub readable: SealedFor,
    /// Salt and words, sealed.
    #[n(1)]
    pub sealed: ByteVec,
}

/// The request that a change was asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Requested {
    /// The id that the client chose: a repetition bears the same.
    #[n(0)]
    pub id: RequestId,
    /// What was asked, under a key that only who asked has: another request with the same id is known by it, and
    /// nobody else can try words on it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub mark: [u8; 32],
}

/// An event as it is stored under the house key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct StoredEvent {
    /// [`EVENT_VERSION`](super::EVENT_VERSION).
    #[n(0)]
    pub version: u8,
    /// The room.
    #[n(1)]
    pub room: RoomId,
    /// The event.
    #[n(2)]
    pub id: EventId,
    /// When it was decided, by the room's clock. Never earlier than the event before it.
    #[n(3)]
    pub at: Timestamp,
    /// Who did it; nobody where an unknown person was refused.
    #[n(4)]
    pub actor: Option<PersonId>,
    /// In which session.
    #[n(5)]
    pub session: Option<SessionId>,
    /// The request with which a client asked for a change.
    #[n(6)]
    pub request: Option<Requested>,
    /// What was done.
    #[n(7)]
    pub act: Act,
    /// Seed of the salts of the fields that are clear under the house key.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub seed: [u8; 32],
    /// Sealed statements.
    #[n(9)]
    pub sealed: Vec<SealedField>,
    /// The command whose signature covers the event; none for what only the checkpoint covers.
    #[n(10)]
    pub command: Option<CommandId>,
}

/// The tags of an event's clear fields, in the order of the tree. Sealed fields follow from
/// [`FieldTag::FIRST_SEALED`] on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum FieldTag {
    /// The room.
    Room = 1,
    /// The event's id.
    Id = 2,
    /// The time.
    At = 3,
    /// The actor.
    Actor = 4,
    /// The session.
    Session = 5,
    /// The request.
    Request = 6,
    /// The word for the act.
    Kind = 7,
    /// The act.
    Act = 8,
    /// The record it is about.
    Record = 9,
    /// The tree over a filed record's portions; of a restore, what it raised again; of a batch of disclosures, its
    /// root and the key that the next are sealed to.
    Portions = 10,
}

impl FieldTag {
    /// Tag of the first sealed field.
    pub const FIRST_SEALED: u16 = 64;

    /// All of them, in the order of the tree.
    pub const ALL: [Self; 10] = [
        Self::Room,
        Self::Id,
        Self::At,
        Self::Actor,
        Self::Session,
        Self::Request,
        Self::Kind,
        Self::Act,
        Self::Record,
        Self::Portions,
    ];

    /// Its name, as receipts print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Id => "id",
            Self::At => "at",
            Self::Actor => "actor",
            Self::Session => "session",
            Self::Request => "request",
            Self::Kind => "kind",
            Self::Act => "act",
            Self::Record => "record",
            Self::Portions => "portions",
        }
    }
}

impl StoredEvent {
    /// The clear fields, as tag and encoded value, in the order of the tree. A field that does not
    /// apply has the encoding of null, so that every event has the same fields.
    pub fn fields(&self) -> Vec<(FieldTag, Vec<u8>)> {
        let mut fields = Vec::with_capacity(FieldTag::ALL.len());
        self.each_field(|tag, value| fields.push((tag, value.to_vec())));
        fields
    }

    /// Gives each of [`StoredEvent::fields`] to `take`, without memory for each.
    pub fn each_field(&self, take: impl FnMut(FieldTag, &[u8])) {
        // What was lost and who approved it is for everyone to know, and the records that rose are not.
        let restored = match &self.act {
            Act::Restored(restored) => {
                let mut told = restored.clone();
                let raised = std::mem::take(&mut told.restricted);
                Some((Act::Restored(told), raised))
            }
            _ => None,
        };
        let mut fields = Fields {
            value: Vec::with_capacity(FIELD_BYTES),
            take,
        };
        fields.give(FieldTag::Room, &self.room);
        fields.give(FieldTag::Id, &self.id);
        fields.give(FieldTag::At, &self.at);
        fields.give(FieldTag::Actor, &self.actor);
        fields.give(FieldTag::Session, &self.session);
        fields.give(FieldTag::Request, &self.request);
        fields.give(FieldTag::Kind, &self.act.word());
        let told = restored.as_ref().map(|(told, _)| told);
        fields.give(FieldTag::Act, told.unwrap_or(&self.act));
        fields.give(FieldTag::Record, &self.act.record());
        match (&self.act, &restored) {
            (Act::Filed(filed) | Act::Corrected(filed), _) => {
                fields.give(FieldTag::Portions, &filed.tree)
            }
            (Act::DisclosuresTaken(taken), _) => fields.give(FieldTag::Portions, &taken.page),
            (_, Some((_, raised))) => fields.give(FieldTag::Portions, raised),
            (_, None) => fields.give(FieldTag::Portions, &None::<()>),
        }
    }
}

/// Room for the encoding of most fields; the act of a filing takes some hundreds of bytes.
const FIELD_BYTES: usize = 512;

/// Encodes field after field in one buffer.
struct Fields<F> {
    value: Vec<u8>,
    take: F,
}

impl<F: FnMut(FieldTag, &[u8])> Fields<F> {
    fn give<T: Encode<()>>(&mut self, tag: FieldTag, value: &T) {
        self.value.clear();
        encode_onto(value, &mut self.value);
        (self.take)(tag, &self.value);
    }
}

/// What a person signed once for a command: the roots of its events, and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CommandRow {
    /// Who signed.
    #[n(0)]
    pub person: PersonId,
    /// The events, in order.
    #[n(1)]
    pub events: Vec<EventId>,
    /// The signature over the command's root, as `seal` encodes it.
    #[n(2)]
    pub signature: ByteVec,
    /// Salt of the signature's commitment.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: [u8; 32],
}
