//! One row against what the events name it to be.

use minicbor::{Decode, Encode};
use strongroom_record::{GroupId, RoomId, RouteName, decode};
use strongroom_seal::{
    Bundle, Holding, KeyBox, NoteBox, PersonNoteBox, Purpose, SealedReply, SealedShare, SuiteId,
    aead,
};
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_vault::{Key, Snapshot, VaultError};

use super::named::{
    Named, NoteReader, Portions, Want, WantBox, WantDisclosed, WantHolding, WantRecordKey,
    WantShare, WantValue,
};
use super::{DECODES, OPENS, Place};
use crate::disclosures::{DisclosedRow, ReplyRow};
use crate::founding::{FIRST_LOG, log_signer_of};
use crate::kinds;
use crate::rows::{
    DueSlot, GroupKey, SealedPortions, SlotsRow, WrappedKey, digest_of_seals, seal_of,
};
use crate::snapshot::NamedState;

/// What is seen of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is what it must be.
    Sound,
    /// A value whose every portion is the one that was filed.
    ToThePortion,
    /// A value under layers.
    UnderLayers,
    /// It breaks this rule.
    Damaged(&'static str),
    /// Nothing names it.
    Unnamed,
    /// A box of a filing that nothing names.
    UnnamedBatchBox,
}

/// Rules that break come back as the error.
type Judged = Result<Seen, Broken>;

/// A rule that is broken, or a store that cannot be read.
pub(super) enum Broken {
    Rule(&'static str),
    Store(VaultError),
}

impl From<&'static str> for Broken {
    fn from(rule: &'static str) -> Self {
        Self::Rule(rule)
    }
}
impl From<VaultError> for Broken {
    fn from(error: VaultError) -> Self {
        Self::Store(error)
    }
}

/// Judges a row that is there.
pub(super) fn judge(
    place: &Place<'_>,
    snapshot: &Snapshot,
    named: &Named,
    key: Key,
    covered: &[u8],
) -> Result<Seen, VaultError> {
    match judge_row(place, snapshot, named, key, covered) {
        Ok(seen) => Ok(seen),
        Err(Broken::Rule(rule)) => Ok(Seen::Damaged(rule)),
        Err(Broken::Store(error)) => Err(error),
    }
}

fn judge_row(
    place: &Place<'_>,
    snapshot: &Snapshot,
    named: &Named,
    key: Key,
    covered: &[u8],
) -> Judged {
    let want = match named.rows.get(&key) {
        // No event names the checkpoint: it is of the ledger as a whole.
        None if key == kinds::checkpoint() => &Want::Checkpoint,
        None if key == kinds::slots() => return slots(place, covered),
        None if key.kind == kinds::SNAPSHOT => {
            return kept_state(place, snapshot, named, key, covered);
        }
        None => return Ok(unnamed(place, key, covered)),
        Some(want) => want,
    };
    if matches!(want, Want::Event | Want::Command) {
        // Compared with the ledger when that was walked.
        return Ok(Seen::Sound);
    }
    if matches!(want, Want::Room) {
        return room(place, covered);
    }
    let bytes = place.store.open_row(key, covered).ok_or(OPENS)?;
    match want {
        Want::Event | Want::Command | Want::Room => unreachable!("judged above"),
        Want::LogKeys => log_keys(place, named, &bytes),
        Want::Checkpoint => {
            SignedCheckpoint::from_bytes(&bytes).map_err(|_| DECODES)?;
            Ok(Seen::Sound)
        }
        Want::Bundle => decoded::<Bundle>(&bytes).map(|_| Seen::Sound),
        Want::Holding(want) => holding(want, key, &bytes),
        Want::Share(want) => share(want, key, &bytes),
        Want::Box(want) => key_box(want, named, key, &bytes),
        Want::RecordKey(want) => record_key(place, want, named, &bytes),
        Want::LayerKey(key_box) => {
            let row: WrappedKey = decoded(&bytes)?;
            holds(
                row.key_box == *key_box,
                "it is wrapped under the box that the restriction names",
            )?;
            sealed(place, &row.wrapped)?;
            under_slot(place, row.slot)?;
            Ok(Seen::Sound)
        }
        Want::Value(want) => value(place, snapshot, want, &bytes),
        Want::NoteBox => {
            let row: NoteBox = decoded(&bytes)?;
            holds(row.command().as_bytes() == &key.id, OWN_PLACE)?;
            Ok(Seen::Sound)
        }
        Want::NoteFor(command, NoteReader::Person(person)) => {
            let row: PersonNoteBox = decoded(&bytes)?;
            holds(
                (row.command(), row.person()) == (*command, *person),
                OWN_PLACE,
            )?;
            Ok(Seen::Sound)
        }
        Want::NoteFor(command, NoteReader::Holders(atom)) => {
            let row: NoteBox = decoded(&bytes)?;
            holds((row.command(), row.atom()) == (*command, *atom), OWN_PLACE)?;
            Ok(Seen::Sound)
        }
        Want::Given(digest) => {
            holds(
                strongroom_seal::digest(strongroom_seal::domain::GIVEN_DIGEST, &[&bytes])
                    == **digest,
                "its digest is the one that its event commits to",
            )?;
            Ok(Seen::Sound)
        }
        Want::HouseShares(digests) => {
            let row: strongroom_seal::HouseShares = decoded(&bytes)?;
            let there = row.shares().iter().map(|n| n.share.facts.digest);
            holds(
                there.eq(digests.iter().copied()),
                "its shares are those that the ledger commits to",
            )?;
            Ok(Seen::Sound)
        }
        Want::Disclosed(want) => disclosed(want, key, &bytes),
        Want::DisclosureReply(digest) => {
            let row: ReplyRow = decoded(&bytes)?;
            let reply: SealedReply = decoded(&row.0)?;
            holds(
                reply.digest() == **digest,
                "its digest is the one that its event commits to",
            )?;
            Ok(Seen::Sound)
        }
        Want::DueSlot => decoded::<DueSlot>(&bytes).map(|_| Seen::Sound),
        Want::Filing => {
            let head = bytes.first_chunk().ok_or(DECODES)?;
            let suite = SuiteId::new(u16::from_be_bytes(*head));
            place.floor.admit(suite).map_err(|_| SUITE)?;
            Ok(Seen::Sound)
        }
    }
}

fn disclosed(want: &WantDisclosed, key: Key, bytes: &[u8]) -> Judged {
    let row: DisclosedRow = decoded(bytes)?;
    holds(row.is_at(key), OWN_PLACE)?;
    holds(
        row.leaf() == want.leaf,
        "it is the message that the ledger took in",
    )?;
    let goes_by = |route: &Option<RouteName>| *route == row.message.route;
    holds(
        want.route.as_ref().is_none_or(goes_by),
        "it came by the route that the ledger says",
    )?;
    Ok(Seen::Sound)
}

/// Judges a message that may lie in the spool, and does not lie in the store.
pub(super) fn judge_in_spool(place: &Place<'_>, want: &WantDisclosed, key: Key) -> InSpool {
    let Some(spool) = place.spool else {
        return match want.in_store {
            true => InSpool::Missing,
            false => InSpool::NotLooked,
        };
    };
    let covered = match spool.get(key) {
        Ok(Some(covered)) => covered,
        Ok(None) => return InSpool::Missing,
        Err(_) => return InSpool::NotLooked,
    };
    let opened = place.store.open_row(key, &covered);
    match opened
        .ok_or(Broken::Rule(OPENS))
        .and_then(|bytes| disclosed(want, key, &bytes))
    {
        Ok(_) => InSpool::Sound,
        Err(Broken::Rule(rule)) => InSpool::Damaged(rule),
        Err(Broken::Store(_)) => InSpool::NotLooked,
    }
}

/// What is seen of a message in the spool.
pub(super) enum InSpool {
    Sound,
    Missing,
    Damaged(&'static str),
    /// There is no spool to look into, or it cannot be read.
    NotLooked,
}

const OWN_PLACE: &str = "what it says it is, is what it is stored as";
const SUITE: &str = "its suite is one that the room accepts";

fn holds(held: bool, rule: &'static str) -> Result<(), Broken> {
    if held { Ok(()) } else { Err(rule.into()) }
}

fn decoded<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Broken> {
    decode(bytes).map_err(|_| DECODES.into())
}

/// Whether bytes have the outer form of something sealed under a key.
fn sealed(place: &Place<'_>, bytes: &[u8]) -> Result<(), Broken> {
    holds(
        bytes.len() >= aead::OVERHEAD_BYTES,
        "it is as long as what is sealed is at least",
    )?;
    let head = bytes.first_chunk().ok_or(DECODES)?;
    let suite = SuiteId::new(u16::from_be_bytes(*head));
    place
        .floor
        .admit(suite)
        .map(|_| ())
        .map_err(|_| SUITE.into())
}

/// A row of the kept state. What lies in the place that is not the present one counts for nothing: an
/// interrupted keeping left it, and the next writes over it.
fn kept_state(
    place: &Place<'_>,
    snapshot: &Snapshot,
    named: &Named,
    key: Key,
    covered: &[u8],
) -> Judged {
    let bytes = place.store.open_row(key, covered).ok_or(OPENS)?;
    if key == kinds::snapshot() {
        let row = NamedState::read(&bytes).ok_or(DECODES)?;
        holds(
            named.kept.get(&row.event()) == Some(&row.digest()),
            "it is the state that an event of the ledger says was kept",
        )?;
        for piece in row.pieces() {
            holds(
                snapshot.get(piece)?.is_some(),
                "every piece of the kept state is there",
            )?;
        }
        return Ok(Seen::Sound);
    }
    let present = snapshot.get(kinds::snapshot())?;
    let present = present.and_then(|row| place.store.open_row(kinds::snapshot(), &row));
    let fits = present
        .and_then(|row| NamedState::read(&row))
        .and_then(|row| row.has_piece(key, &bytes));
    holds(
        fits != Some(false),
        "it is the piece that the kept state's row names",
    )?;
    Ok(Seen::Sound)
}

/// A row that no event names. Boxes of filings are told apart: an interrupted one leaves some.
fn unnamed(place: &Place<'_>, key: Key, covered: &[u8]) -> Seen {
    if key.kind != kinds::KEY_BOX {
        return Seen::Unnamed;
    }
    let opened = place.store.open_row(key, covered);
    match opened.as_deref().map(decode::<KeyBox>) {
        Some(Ok(row)) if row.id().as_bytes() == &key.id && row.purpose() == Purpose::Batch => {
            Seen::UnnamedBatchBox
        }
        _ => Seen::Unnamed,
    }
}

fn room(place: &Place<'_>, bytes: &[u8]) -> Judged {
    let (room, suite): (RoomId, SuiteId) = decoded(bytes)?;
    holds(room == place.room, OWN_PLACE)?;
    place.floor.admit(suite).map_err(|_| SUITE)?;
    Ok(Seen::Sound)
}

fn log_keys(place: &Place<'_>, named: &Named, seeds: &[u8]) -> Judged {
    let (generation, expected) = match &named.log {
        Some((generation, keys)) => (*generation, Some(keys)),
        None => (FIRST_LOG, None),
    };
    let signer = log_signer_of(place.room, generation, seeds, None).map_err(|_| DECODES)?;
    if let Some(expected) = expected {
        holds(
            signer.public_keys().to_text() == *expected,
            "they are the keys that the ledger's events name",
        )?;
    }
    Ok(Seen::Sound)
}

fn holding(want: &WantHolding, key: Key, bytes: &[u8]) -> Judged {
    let row: Holding = decoded(bytes)?;
    holds(row.id.as_bytes() == &key.id, OWN_PLACE)?;
    let fits = row.atom == want.atom && row.person == want.person && row.epoch == want.epoch;
    holds(
        fits,
        "it is of the atom and for the person that its event names",
    )?;
    Ok(Seen::Sound)
}

fn share(want: &WantShare, key: Key, bytes: &[u8]) -> Judged {
    let row: SealedShare = decoded(bytes)?;
    let facts = &row.facts;
    holds(facts.id.as_bytes() == &key.id, OWN_PLACE)?;
    let of = &facts.subject;
    let fits = of.atom == want.atom && of.epoch == want.epoch && facts.quorum == want.quorum;
    holds(
        fits,
        "it is of the atom, the epoch and the quorum that its event names",
    )?;
    let fits = facts.holder == want.holder && facts.index == want.index;
    holds(fits, "it is the share of the key holder whose turn it is")?;
    holds(
        facts.digest == want.digest,
        "its digest is the one that its event commits to",
    )?;
    Ok(Seen::Sound)
}

fn key_box(want: &WantBox, named: &Named, key: Key, bytes: &[u8]) -> Judged {
    let row: KeyBox = decoded(bytes)?;
    holds(row.id().as_bytes() == &key.id, OWN_PLACE)?;
    holds(
        row.label() == named.label(want.label),
        "it is for the label that its event names",
    )?;
    holds(
        (row.purpose() == Purpose::Withdrawal) == want.withdrawal,
        "it is sealed to the quorum alone where a record was taken back, and nowhere else",
    )?;
    if let Some(digest) = &want.digest {
        holds(
            row.purpose() == Purpose::LabelKey,
            "it is the box of a label's own key",
        )?;
        holds(
            row.digest() == **digest,
            "its digest is the one that its event commits to",
        )?;
    }
    Ok(Seen::Sound)
}

fn record_key(place: &Place<'_>, want: &WantRecordKey, named: &Named, bytes: &[u8]) -> Judged {
    let row: GroupKey = decoded(bytes)?;
    let known = row.key_box == want.key_box || named.is_of_label(want.label, row.key_box);
    holds(
        known,
        "it is wrapped under a box that the ledger names for its label",
    )?;
    holds(
        digest_of_seals(&row.seals) == want.seals,
        "how its portions were sealed is what the filing committed to",
    )?;
    under_slot(place, row.slot)?;
    Ok(Seen::Sound)
}

/// Whether the slot that a row names is there, and was not wiped.
fn under_slot(place: &Place<'_>, slot: Option<u64>) -> Result<(), Broken> {
    place
        .store
        .broken_slot(slot)
        .map_or(Ok(()), |rule| Err(rule.into()))
}

/// The row that says which slot file goes with the store. No event names it.
fn slots(place: &Place<'_>, covered: &[u8]) -> Judged {
    let bytes = place.store.open_row(kinds::slots(), covered).ok_or(OPENS)?;
    let row: SlotsRow = decoded(&bytes)?;
    let open = place.store.slots.get().map(|slots| slots.file().id().0);
    holds(
        open == Some(row.id),
        "the slot file that it names is beside the store",
    )?;
    Ok(Seen::Sound)
}

fn value(place: &Place<'_>, snapshot: &Snapshot, want: &WantValue, bytes: &[u8]) -> Judged {
    if want.layers > 0 {
        sealed(place, bytes)?;
        return Ok(Seen::UnderLayers);
    }
    let row: SealedPortions = decoded(bytes)?;
    let Some(filed) = filed_seals(place, snapshot, want.key_row)? else {
        // Its record key is damaged or missing, and named for that.
        return Ok(Seen::Sound);
    };
    let others = "it holds the portions that the ledger says, and no others";
    let holds_those = match &want.portions {
        Portions::AllBut(gone) => filed
            .seals
            .iter()
            .filter(|(id, _)| !gone.contains(id))
            .map(|(id, _)| id)
            .eq(row.0.iter().map(|(id, _)| id)),
        Portions::Only(only) => only.iter().eq(row.0.iter().map(|(id, _)| id)),
    };
    holds(holds_those, others)?;
    let mut seals = filed.seals.iter();
    let as_filed = row.0.iter().all(|(id, bytes)| {
        seals
            .by_ref()
            .any(|(of, seal)| of == id && *seal == seal_of(bytes))
    });
    holds(as_filed, "every portion in it is the one that was filed")?;
    Ok(Seen::ToThePortion)
}

fn filed_seals(
    place: &Place<'_>,
    snapshot: &Snapshot,
    group: GroupId,
) -> Result<Option<GroupKey>, VaultError> {
    let key = kinds::record_key(group);
    let covered = snapshot.get(key)?;
    let opened = covered.and_then(|covered| place.store.open_row(key, &covered));
    Ok(opened.and_then(|bytes| decode(&bytes).ok()))
}
