//! What the vault's keys mean. The numbering is part of the stored format.

use minicbor::{Decode, Encode};
use strongroom_record::{
    BoxId, CommandId, DisclosureId, EventId, GroupId, HoldingId, PersonId, RecordId, RecoveryId,
    ShareId,
};
use strongroom_seal::{digest, domain};
use strongroom_vault::Key;

/// The room's id and suite.
pub(crate) const ROOM: u8 = 0;
pub(crate) const EVENT: u8 = 1;
pub(crate) const COMMAND: u8 = 2;
pub(crate) const BUNDLE: u8 = 3;
pub(crate) const HOLDING: u8 = 4;
pub(crate) const SHARE: u8 = 5;
pub(crate) const KEY_BOX: u8 = 6;
pub(crate) const RECORD_KEY: u8 = 7;
pub(crate) const LAYER_KEY: u8 = 8;
pub(crate) const VALUE: u8 = 9;
pub(crate) const NOTE_BOX: u8 = 10;
pub(crate) const LOG: u8 = 11;
pub(crate) const FILING: u8 = 12;
pub(crate) const SNAPSHOT: u8 = 13;
pub(crate) const GIVEN: u8 = 14;
pub(crate) const SLOTS: u8 = 15;
pub(crate) const NOTE_FOR: u8 = 20;
pub(crate) const DISCLOSED: u8 = 16;
pub(crate) const DISCLOSURE_REPLY: u8 = 17;

/// An event, by its id.
pub(crate) fn event(id: EventId) -> Key {
    Key::new(EVENT, *id.as_bytes(), 0)
}
/// What a person signed for a command.
pub(crate) fn command(id: CommandId) -> Key {
    Key::new(COMMAND, *id.as_bytes(), 0)
}
/// A person's wrapped private keys.
pub(crate) fn bundle(id: PersonId) -> Key {
    Key::new(BUNDLE, *id.as_bytes(), 0)
}
/// The wrapped private keys of someone who joined with a recovery's code, until the keys are bound.
pub(crate) fn offered_bundle(id: RecoveryId) -> Key {
    Key::new(BUNDLE, *id.as_bytes(), 1)
}
/// What a key holder gave for a recovery: one row for each that gave, by the number of the giving.
pub(crate) fn given(id: RecoveryId, giving: u64) -> Key {
    Key::new(GIVEN, *id.as_bytes(), giving)
}
/// The recovery shares of the house key, as their file has them.
pub(crate) const fn house_shares() -> Key {
    Key::new(SHARE, [0; 16], 1)
}
/// An atom sealed to a person.
pub(crate) fn holding(id: HoldingId) -> Key {
    Key::new(HOLDING, *id.as_bytes(), 0)
}
/// A recovery share sealed to a key holder.
pub(crate) fn share(id: ShareId) -> Key {
    Key::new(SHARE, *id.as_bytes(), 0)
}
/// A key box: the shares of a label key, of a batch key, or of a layer's key.
pub(crate) fn key_box(id: BoxId) -> Key {
    Key::new(KEY_BOX, *id.as_bytes(), 0)
}
/// The wrapped record key of a group.
pub(crate) fn record_key(id: GroupId) -> Key {
    Key::new(RECORD_KEY, *id.as_bytes(), 0)
}
/// The wrapped key of a group's layer.
pub(crate) fn layer_key(id: GroupId, layer: usize) -> Key {
    Key::new(LAYER_KEY, *id.as_bytes(), layer as u64)
}
/// The stored value of a group.
pub(crate) fn value(id: GroupId) -> Key {
    Key::new(VALUE, *id.as_bytes(), 0)
}
/// A disclosed message, by its number: in the spool until it is acknowledged, in the store from then on.
pub(crate) fn disclosed(id: DisclosureId, number: u32) -> Key {
    Key::new(DISCLOSED, *id.as_bytes(), number.into())
}
/// An answer to a disclosure, by its number.
pub(crate) fn disclosure_reply(id: DisclosureId, number: u32) -> Key {
    Key::new(DISCLOSURE_REPLY, *id.as_bytes(), number.into())
}
/// A command's note key, sealed to the inspectors.
pub(crate) fn note_box(id: CommandId) -> Key {
    Key::new(NOTE_BOX, *id.as_bytes(), 0)
}
/// The key of a command's note for one reader: a person, or whoever holds an atom. Of which, the row says.
pub(crate) fn note_for(id: CommandId, reader: &[u8; 16]) -> Key {
    let name = digest(domain::NOTE_ROW, &[id.as_bytes(), reader]);
    let name = name.as_bytes().first_chunk().expect("a digest is longer");
    Key::new(NOTE_FOR, *name, 0)
}
/// The digest of a filed file, sealed to its filer.
pub(crate) fn filing(id: CommandId) -> Key {
    Key::new(FILING, *id.as_bytes(), 0)
}
/// The private keys of the ledger.
pub(crate) const fn log_keys() -> Key {
    Key::new(LOG, [0; 16], 0)
}
/// The last signed checkpoint.
pub(crate) const fn checkpoint() -> Key {
    Key::new(LOG, [0; 16], 1)
}
/// Which state was kept last, and its digests.
pub(crate) const fn snapshot() -> Key {
    Key::new(SNAPSHOT, [0; 16], 0)
}
/// A piece of a kept state. There are two places, written in turn, so that the one kept last stays
/// whole while the next is written; their keys are always the same, so that a room's store does not
/// collect what is left of old ones.
pub(crate) const fn snapshot_piece(place: Place, piece: u64) -> Key {
    Key::new(SNAPSHOT, [place.number(); 16], piece)
}

/// One of the two places of kept states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Place {
    #[n(1)]
    First,
    #[n(2)]
    Second,
}

impl Place {
    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
    const fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }
}
/// Which slot file goes with the store.
pub(crate) const fn slots() -> Key {
    Key::new(SLOTS, [0; 16], 0)
}
/// The slot of a destroyed record, until it is wiped.
pub(crate) fn due_slot(id: RecordId) -> Key {
    Key::new(SLOTS, *id.as_bytes(), 1)
}
/// Not a row: the place to which what is sealed into the anchor is bound.
pub(crate) const fn anchor() -> Key {
    Key::new(LOG, [0; 16], 2)
}
/// The room's id, alone outside the outer layer, which binds it.
pub(crate) const fn room() -> Key {
    Key::new(ROOM, [0; 16], 0)
}

/// The word for a kind of row, for people.
pub(crate) const fn word(kind: u8) -> &'static str {
    match kind {
        ROOM => "room",
        EVENT => "event",
        COMMAND => "signature",
        BUNDLE => "bundle",
        HOLDING => "holding",
        SHARE => "share",
        KEY_BOX => "key box",
        RECORD_KEY => "record key",
        LAYER_KEY => "layer key",
        VALUE => "value",
        NOTE_BOX => "note box",
        LOG => "log",
        FILING => "filing digest",
        SNAPSHOT => "kept state",
        SLOTS => "slots",
        NOTE_FOR => "note for a person",
        DISCLOSED => "disclosed message",
        DISCLOSURE_REPLY => "answer to a disclosure",
        _ => "row of an unknown kind",
    }
}
