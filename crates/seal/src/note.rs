//! Notes: free text that goes with an event, sealed to those it is for.
//!
//! What is for the inspectors is sealed under one fresh key a command, which is sealed to the
//! inspectors' key pair ([`NoteBox`]): HPKE is paid once a command, not once an event. What goes with a
//! record is sealed under a key that follows from its label's.

use minicbor::{Decode, Encode};
use strongroom_record::{AtomId, CommandId, EventId, PersonId, RoomId, Stream, encode};

use crate::aead;
use crate::atom::{AtomPrivate, AtomPublic};
use crate::domain::{self, Domain};
use crate::error::OpenError;
use crate::kem::{KemPublic, OtherSuite, seal_to};
use crate::keybox::BoxKey;
use crate::person::PersonKeys;
use crate::secret::{Secret, SecretBytes};
use crate::suite::{Suite, SuiteFloor};

/// The key of notes to the inspectors, or of notes to those who hold a label.
pub struct NoteKey {
    suite: Suite,
    domain: Domain,
    key: Secret<32>,
}

impl NoteKey {
    /// The key of notes that go with what lies under a box's key.
    pub fn of_box(key: &BoxKey) -> Self {
        Self {
            suite: key.suite(),
            domain: domain::NOTE_LABEL,
            key: key.derive(domain::BOX_NOTE_KEY),
        }
    }
}

/// Where a note belongs.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct NoteBinding {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The event that it goes with.
    #[n(1)]
    pub event: EventId,
    /// Which of the event's notes it is.
    #[n(2)]
    pub field: u16,
}

/// Seals a note.
pub fn seal_note(
    key: &NoteKey,
    binding: &NoteBinding,
    plaintext: &[u8],
    stream: &mut Stream,
) -> Vec<u8> {
    let binding = encode(binding);
    aead::seal(key.suite, &key.key, key.domain, &binding, plaintext, stream)
}

/// Opens a note.
///
/// # Errors
/// It was sealed under another key or for another event, or it was changed.
pub fn open_note(
    floor: SuiteFloor,
    key: &NoteKey,
    binding: &NoteBinding,
    sealed: &[u8],
) -> Result<SecretBytes, OpenError> {
    aead::open(floor, &key.key, key.domain, &encode(binding), sealed)
}

/// The key of one command's notes, sealed to the inspectors.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NoteBox {
    #[n(0)]
    command: CommandId,
    #[n(1)]
    atom: AtomId,
    #[n(2)]
    epoch: u32,
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// What a note's key is sealed for.
#[derive(Encode)]
struct NoteBoxBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    command: CommandId,
    #[n(2)]
    atom: AtomId,
    #[n(3)]
    epoch: u32,
}

impl NoteBox {
    /// Draws a key for a command's notes and seals it to the inspectors.
    ///
    /// # Errors
    /// The inspectors' key is of another suite.
    pub fn make(
        suite: Suite,
        room: RoomId,
        command: CommandId,
        inspectors: &AtomPublic,
        stream: &mut Stream,
    ) -> Result<(Self, NoteKey), OtherSuite> {
        let key = NoteKey {
            suite,
            domain: domain::NOTE_INSPECTORS,
            key: Secret::random(stream),
        };
        let mut note_box = Self {
            command,
            atom: inspectors.id,
            epoch: inspectors.epoch,
            sealed: Vec::new(),
        };
        note_box.sealed = seal_to(
            suite,
            &inspectors.key,
            domain::NOTE_KEY,
            &note_box.binding(room),
            key.key.expose(),
            stream,
        )?;
        Ok((note_box, key))
    }

    /// Opens the key with the inspectors' private half.
    ///
    /// # Errors
    /// It was sealed to another key, in another room or for another command, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        inspectors: &AtomPrivate,
    ) -> Result<NoteKey, OpenError> {
        let private = inspectors.key();
        let key = private.open(floor, domain::NOTE_KEY, &self.binding(room), &self.sealed)?;
        Ok(NoteKey {
            suite: private.suite(),
            domain: domain::NOTE_INSPECTORS,
            key: Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?,
        })
    }

    /// The command whose notes it is for.
    pub const fn command(&self) -> CommandId {
        self.command
    }
    /// The atom whose holders open it.
    pub const fn atom(&self) -> AtomId {
        self.atom
    }
    /// The epoch of the atom's key.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&NoteBoxBinding {
            room,
            command: self.command,
            atom: self.atom,
            epoch: self.epoch,
        })
    }
}

/// The key of one command's note to one person, sealed to the person's own keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PersonNoteBox {
    #[n(0)]
    command: CommandId,
    #[n(1)]
    person: PersonId,
    #[cbor(n(2), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// What such a key is sealed for.
#[derive(Encode)]
struct PersonNoteBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    command: CommandId,
    #[n(2)]
    person: PersonId,
}

impl PersonNoteBox {
    /// Draws a key for a note and seals it to a person.
    ///
    /// # Errors
    /// The person's key is of another suite.
    pub fn make(
        suite: Suite,
        room: RoomId,
        command: CommandId,
        (person, public): (PersonId, &KemPublic),
        stream: &mut Stream,
    ) -> Result<(Self, NoteKey), OtherSuite> {
        let key = NoteKey {
            suite,
            domain: domain::NOTE_PERSON,
            key: Secret::random(stream),
        };
        let mut note_box = Self {
            command,
            person,
            sealed: Vec::new(),
        };
        note_box.sealed = seal_to(
            suite,
            public,
            domain::NOTE_PERSON_KEY,
            &note_box.binding(room),
            key.key.expose(),
            stream,
        )?;
        Ok((note_box, key))
    }

    /// Opens the key with the person's keys.
    ///
    /// # Errors
    /// It was sealed to someone else, in another room or for another command, or it was changed.
    pub fn open(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        keys: &PersonKeys,
    ) -> Result<NoteKey, OpenError> {
        let key = keys.kem.open(
            floor,
            domain::NOTE_PERSON_KEY,
            &self.binding(room),
            &self.sealed,
        )?;
        Ok(NoteKey {
            suite: keys.kem.suite(),
            domain: domain::NOTE_PERSON,
            key: Secret::from_slice(key.expose()).ok_or(OpenError::Damaged)?,
        })
    }

    /// The command whose note it is for.
    pub const fn command(&self) -> CommandId {
        self.command
    }
    /// For whom it is.
    pub const fn person(&self) -> PersonId {
        self.person
    }

    fn binding(&self, room: RoomId) -> Vec<u8> {
        encode(&PersonNoteBinding {
            room,
            command: self.command,
            person: self.person,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(NoteKey);
}
