//! The state as bytes, to open a room from without reading its whole ledger.
//!
//! What follows from the events is written in pieces ([`Piece`]), each the one encoding of its rows, in
//! an order that follows from the ledger alone: the same ledger gives the same bytes. Events stand in
//! it as their places in the ledger, which are shorter than ids; what is computed from other parts (bits
//! of labels, orders, indices) is not written, but computed again. What the first event says is not
//! written either: it is read from that event.
//!
//! Every struct of the state is taken apart here without `..`: a field that nobody keeps does not
//! compile.

mod read;
mod write;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::{Clearance, Label};
use strongroom_record::approval::{Asked, REQUEST_DIGEST_BYTES};
use strongroom_record::event::{Holds, Link, Outcome as ChallengeOutcome, Role};
use strongroom_record::keeping::BackedUp;
use strongroom_record::recovery::Recover;
use strongroom_record::{
    ApprovalRequestId, AtomId, BoxId, ChallengeId, DisclosureId, EventId, GroupId, HoldingId,
    InvitationId, PersonId, PracticeId, RecordId, RecoveryId, RequestId, RouteName, ShareId,
    Timestamp,
};
use strongroom_seal::atom::AtomPublic;
use strongroom_seal::digest::Digest;
use strongroom_seal::person::PersonPublic;
use strongroom_seal::{AtomKey, HolderId, KeyHolderCard};

use super::acting::Acting;
use super::challenges::Challenge;
use super::disclosures::{Disclosure, LastBatch};
use super::links::Linked;
use super::practices::Practice;
use super::records::RecordState;
use super::requests::{Outcome, Request};
use crate::restore::LogNow;

pub(crate) use read::Restoring;
pub(crate) use write::write;

/// What a kept state cannot be: the rule that it breaks.
pub(crate) type Broken = &'static str;

/// What the rows of a piece are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
enum Section {
    #[n(0)]
    Time,
    #[n(1)]
    Atoms,
    #[n(2)]
    PresentAtoms,
    #[n(3)]
    People,
    #[n(4)]
    Invitations,
    #[n(5)]
    Labels,
    #[n(6)]
    LabelKeys,
    #[n(7)]
    Records,
    #[n(8)]
    Requests,
    #[n(9)]
    Acted,
    #[n(10)]
    Openings,
    #[n(11)]
    Quorum,
    #[n(12)]
    KeyHolders,
    #[n(13)]
    Shares,
    #[n(14)]
    Log,
    #[n(15)]
    Backups,
    #[n(16)]
    FormerKeys,
    #[n(17)]
    HouseShares,
    #[n(18)]
    Rehearsals,
    #[n(19)]
    Recoveries,
    #[n(20)]
    KnownRecoveries,
    #[n(21)]
    Links,
    #[n(22)]
    Rules,
    #[n(23)]
    Asked,
    #[n(30)]
    Practices,
    #[n(31)]
    Challenges,
    #[n(24)]
    Disclosures,
    #[n(25)]
    LastBatch,
    #[n(26)]
    Acting,
    /// The marking policy, where it is another version than the room was founded with: before all that depends on it.
    #[n(32)]
    Policy,
}

/// A piece whose rows have been read, as far as that goes without the others.
pub(crate) enum Piece {
    Time(Vec<Timestamp>),
    Atoms(Vec<AtomPublic>),
    PresentAtoms(Vec<AtomId>),
    People(Vec<PersonRow>),
    Invitations(Vec<InvitationRow>),
    Labels(Vec<Label>),
    Quorum(Vec<u8>),
    KeyHolders(Vec<KeyHolderCard>),
    Shares(Vec<SharesRow>),
    LabelKeys(Vec<LabelKeyRow>),
    Records(Vec<RecordState>),
    Requests(Vec<((PersonId, RequestId), Vec<EventId>)>),
    Acted(Vec<(PersonId, Vec<EventId>)>),
    Openings(Vec<(RecordId, Vec<EventId>)>),
    Log(Vec<LogNow>),
    Backups(Vec<BackedUp>),
    FormerKeys(Vec<(PersonId, u64, PersonPublic)>),
    HouseShares(Vec<Digest>),
    Rehearsals(Vec<(HolderId, Timestamp, u64)>),
    Recoveries(Vec<RecoveryRow>),
    KnownRecoveries(Vec<RecoveryId>),
    Links(Vec<Linked>),
    Rules(Vec<String>),
    Asked(Vec<Request>),
    Practices(Vec<Practice>),
    Challenges(Vec<Challenge>),
    Disclosures(Vec<(DisclosureId, Disclosure)>),
    LastBatch(Vec<LastBatch>),
    Acting(Vec<Acting>),
    Policy(Vec<String>),
}

/// A disclosure; its events by their places in the ledger.
#[derive(Encode, Decode)]
struct DisclosureRow {
    #[n(0)]
    id: DisclosureId,
    /// Leaf, batch, place in it, and when.
    #[n(1)]
    messages: Vec<(ByteVec, u64, u32, Timestamp)>,
    /// Event, by whom, when, and a reply's digest.
    #[n(2)]
    answers: Vec<(u64, PersonId, Timestamp, Option<Digest>)>,
    #[n(3)]
    acknowledged: u64,
    #[n(4)]
    route: Option<RouteName>,
}

/// The batch that was taken last.
#[derive(Encode, Decode)]
struct LastBatchRow {
    #[n(0)]
    event: u64,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    inspectors: Digest,
    #[n(3)]
    routes: Option<Digest>,
}

#[derive(Encode, Decode)]
pub(crate) struct PersonRow {
    #[n(0)]
    id: PersonId,
    #[n(1)]
    name: String,
    #[n(2)]
    roles: Vec<Role>,
    #[n(3)]
    active: bool,
    #[n(4)]
    keys: PersonPublic,
    #[n(5)]
    /// Atom, epoch and holding.
    holdings: Vec<(AtomId, u32, HoldingId)>,
    #[n(6)]
    pending: Vec<AtomId>,
    #[n(7)]
    clearance: Clearance,
    #[n(8)]
    refused_since: u32,
    #[n(9)]
    sign_ins: u64,
    #[n(10)]
    invited_by: Option<PersonId>,
    #[n(11)]
    departed: Option<bool>,
}

/// A key that a label has or had; those of one label from the first on.
#[derive(Encode, Decode)]
pub(crate) struct LabelKeyRow {
    #[n(0)]
    label: Label,
    #[n(1)]
    id: BoxId,
    #[n(2)]
    digest: Digest,
    #[n(3)]
    sealed_to: Vec<(AtomId, u32)>,
}

/// The shares of an atom's epoch, in the order of the key holders.
#[derive(Encode, Decode)]
pub(crate) struct SharesRow {
    #[n(0)]
    atom: AtomId,
    #[n(1)]
    epoch: u32,
    #[n(2)]
    shares: Vec<(ShareId, Digest)>,
}

/// A recovery that lives, or lapsed since the last was asked for.
#[derive(Encode, Decode)]
pub(crate) struct RecoveryRow {
    #[n(0)]
    id: RecoveryId,
    #[n(1)]
    what: Recover,
    #[n(2)]
    by: String,
    #[n(3)]
    asked_at: Timestamp,
    #[n(4)]
    until: Timestamp,
    #[n(5)]
    places: Vec<AtomKey>,
    #[n(6)]
    needed: u64,
    #[n(7)]
    offered: Option<PersonPublic>,
    #[n(8)]
    given: Vec<(HolderId, u64, Digest)>,
    #[n(9)]
    rekeyed: bool,
}

#[derive(Encode, Decode)]
pub(crate) struct InvitationRow {
    #[n(0)]
    id: InvitationId,
    #[n(1)]
    name: String,
    #[n(2)]
    roles: Vec<Role>,
    #[n(3)]
    verifier: Digest,
    #[n(4)]
    until: Timestamp,
    #[n(5)]
    by: Option<PersonId>,
}

#[derive(Encode, Decode)]
struct RecordRow {
    #[n(0)]
    id: RecordId,
    #[n(1)]
    filer: Option<PersonId>,
    #[n(2)]
    frame: bool,
    #[n(3)]
    groups: Vec<GroupRow>,
    #[n(4)]
    events: Positions,
    #[n(5)]
    corrections: Positions,
    #[n(6)]
    asked: Option<(PersonId, u64)>,
    /// The event that withdrew it by its id, for a restore may have lost it, and the place of the one that the ledger has.
    #[n(7)]
    withdrawn: Option<(EventId, u64)>,
    #[n(8)]
    graded: Positions,
    #[n(9)]
    recorded: bool,
    #[n(10)]
    taken_back: Option<Positions>,
    #[n(11)]
    keeping: Option<KeepingRow>,
    #[n(12)]
    holds: Option<Positions>,
    #[n(13)]
    kept_by: Option<Positions>,
    #[n(14)]
    destroyed: Option<DestroyedRow>,
    #[n(15)]
    filed_at: Timestamp,
    /// The restriction that came last: its place, who did it, and when.
    #[n(16)]
    restricted: Option<(u64, PersonId, Timestamp)>,
}

/// How long a record is kept.
#[derive(Encode, Decode)]
struct KeepingRow {
    #[n(0)]
    schedule: Option<String>,
    #[n(1)]
    due: Vec<DueRow>,
}

#[derive(Encode, Decode)]
struct DueRow {
    #[n(0)]
    set_by: u64,
    #[n(1)]
    on: Timestamp,
    #[n(2)]
    label: u32,
    #[n(3)]
    raised: u32,
}

/// That a record was destroyed: the event by its id, for a restore may have lost it, and the places of the events that the
/// ledger has.
#[derive(Encode, Decode)]
struct DestroyedRow {
    #[n(0)]
    by: EventId,
    #[n(1)]
    event: u64,
    #[n(2)]
    slot: bool,
    #[n(3)]
    wiped: Option<u64>,
    /// The ids of the groups that it had, one behind the other.
    #[n(4)]
    groups: ByteVec,
}

/// Something asked for that takes more hands.
#[derive(Encode, Decode)]
struct AskedRow {
    #[n(0)]
    id: ApprovalRequestId,
    #[n(1)]
    event: u64,
    #[n(2)]
    by: PersonId,
    #[n(3)]
    at: Timestamp,
    #[n(4)]
    asked: Asked,
    #[cbor(n(5), with = "minicbor::bytes")]
    basis: [u8; REQUEST_DIGEST_BYTES],
    #[n(6)]
    until: Timestamp,
    #[n(7)]
    seen: Vec<Label>,
    /// Who agreed, for whom, and the place of the event.
    #[n(8)]
    agreed: Vec<(PersonId, Option<PersonId>, u64)>,
    #[n(9)]
    ended: Option<(Outcome, u64)>,
}

/// A link, and the place of its event.
#[derive(Encode, Decode)]
struct LinkRow {
    #[n(0)]
    link: Link,
    #[n(1)]
    event: u64,
}

/// A placement practice.
#[derive(Encode, Decode)]
struct PracticeRow {
    #[n(0)]
    id: PracticeId,
    #[n(1)]
    event: u64,
    #[n(2)]
    by: PersonId,
    #[n(3)]
    label: u32,
    #[n(4)]
    from: Timestamp,
    #[n(5)]
    until: Option<Timestamp>,
    #[n(6)]
    ended: Option<u64>,
}

/// A challenge.
#[derive(Encode, Decode)]
struct ChallengeRow {
    #[n(0)]
    id: ChallengeId,
    #[n(1)]
    event: u64,
    #[n(2)]
    record: RecordId,
    #[n(3)]
    by: PersonId,
    #[n(4)]
    at: Timestamp,
    #[n(5)]
    until: Timestamp,
    #[n(6)]
    answered: Option<(u64, ChallengeOutcome)>,
}

#[derive(Encode, Decode)]
struct GroupRow {
    #[n(0)]
    id: GroupId,
    #[n(1)]
    holds: Holds,
    #[n(2)]
    filed_under: u32,
    #[n(3)]
    label: u32,
    #[n(4)]
    key_row: GroupId,
    #[n(5)]
    key_box: BoxId,
    #[n(6)]
    filed_by: u64,
    #[n(7)]
    seals: Digest,
    #[n(8)]
    layers: Vec<LayerRow>,
    /// The ids, one behind the other.
    #[n(9)]
    portions: ByteVec,
    #[n(10)]
    version: u32,
    #[n(11)]
    fallen: Option<FallenRow>,
}

/// How a group is sealed whose label fell.
#[derive(Encode, Decode)]
struct FallenRow {
    #[n(0)]
    key_label: u32,
    #[n(1)]
    sealed_by: u64,
    #[n(2)]
    past: Vec<LayerRow>,
}

#[derive(Encode, Decode)]
struct LayerRow {
    #[n(0)]
    event: u64,
    #[n(1)]
    label: u32,
    #[n(2)]
    key_box: BoxId,
}

/// Places in the ledger: the first, and then how far each lies from the one before.
#[derive(Encode, Decode)]
#[cbor(transparent)]
struct Positions(#[n(0)] Vec<u64>);

impl Positions {
    /// Of places in any order: they ascend once they are kept.
    fn of(mut places: Vec<u64>) -> Self {
        places.sort_unstable();
        let mut before = 0;
        for place in &mut places {
            (*place, before) = (*place - before, *place);
        }
        Self(places)
    }
}
