//! Events: what anyone did in the room, or was refused.
//!
//! An event is stored as a [`StoredEvent`]: a clear part (clear, that is, under the house key: ids,
//! times, account and label names, never a sentence) and sealed statements. What the ledger holds
//! of it is 33 bytes: a version and a root over its [fields](StoredEvent::fields), each committed to
//! under a salt of its own, so that one field can be shown to an outsider without the others.
//!
//! The state of the room is a fold over its events in the order of the ledger. So an [`Act`] says
//! everything that the fold needs, and a row elsewhere that disagrees with it is refused.

mod destroyed;
mod docket;
mod filed;
mod founded;
mod retention;
mod stored;
mod version;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::Label;

pub use destroyed::Destroyed;
pub use docket::{
    ChallengeAnswered, ChallengeWords, Challenged, Look, LookWords, Outcome, PracticeAdded,
    PracticeWords,
};
pub use filed::{
    Filed, GroupFiled, GroupRaised, Holds, Overridden, PortionTreeRoot, RecordingFiled,
};
pub use founded::{AtomBorn, Genesis, HoldingMade, Role};
pub use retention::{Due, FiledKeeping, GroupLowered, Lowered, LoweredBy};
pub use stored::{
    CommandRow, FieldTag, Requested, SealedCopy, SealedField, SealedFor, StoredEvent,
};
pub use version::{Link, LinkKind, Withdrawn};

use crate::approval::{ActingBegan, Approval, ApprovalAsked, Departed, PolicyChanged};
use crate::disclosure::{DisclosureAnswered, DisclosuresTaken};
use crate::id::{
    ApprovalRequestId, AtomId, BoxId, CommandId, DisclosureId, EventId, InvitationId, PersonId,
    PortionId, PracticeId, RecordId, RecoveryId,
};
use crate::keeping::{BackedUp, Restored};
use crate::recovery::{
    KeyHoldersChanged, OpenedFor, Recovered, RecoveryAsked, Rehearsed, Rekeyed, ShareGiven,
};
use crate::time::Timestamp;

/// The version of the event format, and of the ledger's entries.
pub const EVENT_VERSION: u8 = 1;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// The room was founded.
    #[n(0)]
    Founded(#[n(0)] Box<Genesis>),
    /// An atom was made.
    #[n(1)]
    AtomMade(#[n(0)] AtomBorn),
    /// A person was invited.
    #[n(2)]
    Invited {
        /// The invitation; its code is known to the invited alone.
        #[n(0)]
        invitation: InvitationId,
        /// The account name.
        #[n(1)]
        name: String,
        /// The roles the person will have.
        #[n(2)]
        roles: Vec<Role>,
        /// Digest of the code's secret, as `seal` encodes it.
        #[n(3)]
        verifier: ByteVec,
        /// When it lapses.
        #[n(4)]
        until: Timestamp,
    },
    /// The invited person made keys and offers their public halves.
    #[n(3)]
    Joined {
        /// The invitation used.
        #[n(0)]
        invitation: InvitationId,
        /// The person's id from now on.
        #[n(1)]
        person: PersonId,
        /// The public keys, as `seal` encodes them.
        #[n(2)]
        keys: ByteVec,
    },
    /// A security officer compared the fingerprint: the keys are the person's.
    #[n(4)]
    Confirmed {
        /// The person.
        #[n(0)]
        person: PersonId,
        /// The public keys once more, so that this signed event binds them.
        #[n(1)]
        keys: ByteVec,
        /// The roles from now on.
        #[n(2)]
        roles: Vec<Role>,
        /// The officer is the founder, and nobody else was an officer yet.
        #[n(3)]
        lone_founder: bool,
    },
    /// A security officer authorised a clearance.
    #[n(5)]
    ClearanceAuthorised {
        /// For whom.
        #[n(0)]
        person: PersonId,
        /// What it adds.
        #[n(1)]
        atoms: Vec<AtomId>,
        /// The officer is the founder, and nobody else was an officer yet.
        #[n(2)]
        lone_founder: bool,
    },
    /// A holder sealed authorised atoms to the person.
    #[n(6)]
    ClearanceSealed {
        /// For whom.
        #[n(0)]
        person: PersonId,
        /// The new holdings: of each atom every epoch there is.
        #[n(1)]
        holdings: Vec<HoldingMade>,
        /// The request that was approved for it; none where the founder is alone, and in rooms without approval rules.
        #[n(2)]
        request: Option<ApprovalRequestId>,
    },
    /// A person signed in.
    #[n(7)]
    SignedIn,
    /// Someone tried to sign in and was refused.
    #[n(8)]
    SignInRefused {
        /// The account tried, if there is one of that name.
        #[n(0)]
        person: Option<PersonId>,
    },
    /// A session was ended.
    #[n(9)]
    SignedOut,
    /// A person wrapped the private keys under a new passphrase.
    #[n(10)]
    PassphraseChanged,
    /// A label key was made by the first session that holds the whole label: the first there is, or the
    /// first since one of the label's atoms turned.
    #[n(11)]
    LabelKeyMade {
        /// Its box.
        #[n(0)]
        key_box: BoxId,
        /// Its label.
        #[n(1)]
        label: Label,
        /// Digest of the box: another box of the same id, whose key someone else knows, is refused.
        #[n(2)]
        digest: ByteVec,
    },
    /// A record was filed.
    #[n(12)]
    Filed(#[n(0)] Filed),
    /// What lies between the records of a filed file was filed.
    #[n(13)]
    FrameFiled {
        /// The filing it belongs to.
        #[n(0)]
        filing: CommandId,
        /// Its stored value.
        #[n(1)]
        group: GroupFiled,
        /// The record it is stored as.
        #[n(2)]
        record: RecordId,
    },
    /// The label of records, or of portions, was raised.
    #[n(14)]
    Restricted {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// What rises. Empty where the room holds no such record.
        #[n(1)]
        groups: Vec<GroupRaised>,
        /// The label that was given.
        #[n(2)]
        given: Label,
    },
    /// A listing showed these records.
    #[n(15)]
    Listed {
        /// The records shown.
        #[n(0)]
        records: Vec<RecordId>,
    },
    /// A record was opened for its reader.
    #[n(16)]
    Opened {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The portions shown.
        #[n(1)]
        portions: Vec<PortionId>,
        /// The slice of the original was given out.
        #[n(2)]
        original: bool,
    },
    /// The history of a record was shown.
    #[n(17)]
    HistoryShown {
        /// The record.
        #[n(0)]
        record: RecordId,
    },
    /// Something was asked for and refused.
    #[n(18)]
    Refused {
        /// The word of the act that was asked for.
        #[n(0)]
        asked: String,
    },
    /// An atom turned: it has a key pair of the next epoch, which everyone has got who held it before.
    #[n(19)]
    AtomTurned(#[n(0)] AtomBorn),
    /// The machine's operator had everything walked that is stored.
    #[n(28)]
    Checked {
        /// Everything was walked.
        #[n(0)]
        whole: bool,
        /// Entries of the ledger that were walked.
        #[n(1)]
        entries: u64,
        /// Rows that were walked.
        #[n(2)]
        rows: u64,
        /// How many are damaged.
        #[n(3)]
        damaged: u64,
        /// How many are missing.
        #[n(4)]
        missing: u64,
        /// How many are named by nothing.
        #[n(5)]
        orphaned: u64,
    },
    /// The guard kept the state that the first entries of the ledger give, to open from.
    #[n(27)]
    StateKept {
        /// How many entries.
        #[n(0)]
        entries: u64,
        /// Digest over what was kept, as `seal` encodes it.
        #[n(1)]
        digest: ByteVec,
    },
    /// The machine's operator began a backup.
    #[n(29)]
    BackedUp(#[n(0)] BackedUp),
    /// The room was restored from a backup.
    #[n(30)]
    Restored(#[n(0)] Box<Restored>),
    /// The key holders were asked to give.
    #[n(20)]
    RecoveryAsked(#[n(0)] Box<RecoveryAsked>),
    /// A key holder gave.
    #[n(21)]
    ShareGiven(#[n(0)] Box<ShareGiven>),
    /// A person got what was recovered.
    #[n(22)]
    Recovered(#[n(0)] Recovered),
    /// Other keys were bound to a person.
    #[n(23)]
    Rekeyed(#[n(0)] Rekeyed),
    /// Every atom was split anew.
    #[n(24)]
    KeyHoldersChanged(#[n(0)] Box<KeyHoldersChanged>),
    /// A key holder opened every share that is kept, and gave none.
    #[n(25)]
    Rehearsed(#[n(0)] Box<Rehearsed>),
    /// Several key holders together opened the room, or recovered its house key.
    #[n(26)]
    OpenedBy {
        /// Which of the two.
        #[n(0)]
        purpose: OpenedFor,
        /// Their ids, in the order in which they gave.
        #[n(1)]
        holders: Vec<ByteVec>,
    },
    /// Pieces of a recording were filed beside its record.
    #[n(33)]
    RecordingFiled(#[n(0)] RecordingFiled),
    /// A recovery was withdrawn before it came about.
    #[n(32)]
    RecoveryWithdrawn {
        /// The recovery.
        #[n(0)]
        recovery: RecoveryId,
    },
    /// A record, or portions of it, were graded. How, a sealed field says.
    #[n(38)]
    Graded {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// Only these portions; none where it is the record as a whole.
        #[n(1)]
        portions: Vec<PortionId>,
    },
    /// A record got a further version. The versions before it stay.
    #[n(34)]
    Corrected(#[n(0)] Filed),
    /// Somebody asked for a record to be taken back, as filed by mistake. Nothing follows until somebody else does it.
    #[n(35)]
    WithdrawalAsked {
        /// The record.
        #[n(0)]
        record: RecordId,
    },
    /// A record was taken back: what is stored of it opens for nobody from now on.
    #[n(36)]
    Withdrawn(#[n(0)] Withdrawn),
    /// A record was linked to another.
    #[n(37)]
    Linked(#[n(0)] Link),
    /// Whoever asked for a record to be taken back thought better of it: nobody does it for that.
    #[n(39)]
    WithdrawalTakenBack {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The event that asked for it.
        #[n(1)]
        asked: EventId,
    },
    /// Somebody asked for what takes more hands. Why, a sealed field says.
    #[n(40)]
    ApprovalAsked(#[n(0)] Box<ApprovalAsked>),
    /// Somebody agreed to it.
    #[n(41)]
    Approved(#[n(0)] Approval),
    /// Somebody who might have agreed to it would not have it: nothing comes of it. Why, a sealed field says.
    #[n(42)]
    Denied {
        /// The request.
        #[n(0)]
        request: ApprovalRequestId,
    },
    /// Whoever asked thought better of it: nothing comes of it.
    #[n(43)]
    RequestTakenBack {
        /// The request.
        #[n(0)]
        request: ApprovalRequestId,
    },
    /// From here on these approval rules hold.
    #[n(44)]
    RulesInForce {
        /// The rules, exactly as given.
        #[n(0)]
        rules: String,
        /// The request that was approved for it; none where a guard put them into force by itself.
        #[n(1)]
        request: Option<ApprovalRequestId>,
    },
    /// From here on the next version of the marking policy holds.
    #[n(45)]
    PolicyChanged(#[n(0)] Box<PolicyChanged>),
    /// Somebody began to stand for somebody else.
    #[n(46)]
    ActingBegan(#[n(0)] ActingBegan),
    /// Somebody stands for somebody else no more.
    #[n(47)]
    ActingEnded {
        /// Who stood for the other.
        #[n(0)]
        deputy: PersonId,
        /// Who was stood for.
        #[n(1)]
        principal: PersonId,
    },
    /// A person left.
    #[n(48)]
    Departed(#[n(0)] Box<Departed>),
    /// A placement practice came into use.
    #[n(49)]
    PracticeAdded(#[n(0)] Box<PracticeAdded>),
    /// A placement practice ended before its time.
    #[n(50)]
    PracticeEnded {
        /// The practice.
        #[n(0)]
        practice: PracticeId,
    },
    /// An inspector looked into the docket, or somebody at the practices or challenges of his own view. At what exactly and
    /// why, a sealed field says where something was asked.
    #[n(51)]
    DocketShown {
        /// At which part of it.
        #[n(0)]
        look: Look,
    },
    /// An inspector stated whether a record of a meeting was put in.
    #[n(52)]
    CustodyStated {
        /// Digest of the statement and its signature.
        #[n(0)]
        digest: ByteVec,
    },
    /// The placing of a record was challenged.
    #[n(53)]
    Challenged(#[n(0)] Challenged),
    /// A challenge was answered.
    #[n(54)]
    ChallengeAnswered(#[n(0)] ChallengeAnswered),
    /// A hold was placed on a record: neither is it destroyed nor does its label fall until it is released. For which
    /// matter and why, a sealed field says.
    #[n(56)]
    HoldPlaced {
        /// The record. The room may hold none of that id.
        #[n(0)]
        record: RecordId,
    },
    /// A hold was released.
    #[n(57)]
    HoldReleased {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The event that placed the hold.
        #[n(1)]
        hold: EventId,
        /// The request that asked for it.
        #[n(2)]
        request: ApprovalRequestId,
    },
    /// A record came under another schedule, or its label falls at another time.
    #[n(61)]
    ScheduleSet {
        /// The record.
        #[n(0)]
        record: RecordId,
        /// The schedule's name; none where it stays as it is.
        #[n(1)]
        schedule: Option<String>,
        /// What falls due; none where that stays as it is.
        #[n(2)]
        due: Option<Vec<Due>>,
        /// The request that asked for it.
        #[n(3)]
        request: ApprovalRequestId,
    },
    /// The label of a record, or of portions of it, fell.
    #[n(58)]
    Lowered(#[n(0)] Box<Lowered>),
    /// A record was destroyed.
    #[n(59)]
    Destroyed(#[n(0)] Destroyed),
    /// The slots of destroyed records were wiped.
    #[n(60)]
    SlotsWiped {
        /// The records.
        #[n(0)]
        records: Vec<RecordId>,
    },
    /// The guard took in what was disclosed since it last did, be it nothing.
    #[n(63)]
    DisclosuresTaken(#[n(0)] Box<DisclosuresTaken>),
    /// An inspector was shown which disclosures there are, or the words of one.
    #[n(64)]
    DisclosureShown {
        /// Those shown.
        #[n(0)]
        disclosures: Vec<DisclosureId>,
        /// The words of the one.
        #[n(1)]
        opened: bool,
    },
    /// An inspector acknowledged a disclosure, or answered it.
    #[n(65)]
    DisclosureAnswered(#[n(0)] DisclosureAnswered),
}

impl Act {
    /// The word for the act in lists, receipts and histories.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Founded(_) => "founded",
            Self::AtomMade(_) => "atom-made",
            Self::Invited { .. } => "invited",
            Self::Joined { .. } => "joined",
            Self::Confirmed { .. } => "confirmed",
            Self::ClearanceAuthorised { .. } => "clearance-authorised",
            Self::ClearanceSealed { .. } => "clearance-sealed",
            Self::SignedIn => "signed-in",
            Self::SignInRefused { .. } => "sign-in-refused",
            Self::SignedOut => "signed-out",
            Self::PassphraseChanged => "passphrase-changed",
            Self::LabelKeyMade { .. } => "label-key-made",
            Self::Filed(_) => "filed",
            Self::FrameFiled { .. } => "frame-filed",
            Self::Restricted { .. } => "restricted",
            Self::Listed { .. } => "listed",
            Self::Opened { .. } => "opened",
            Self::HistoryShown { .. } => "history-shown",
            Self::Refused { .. } => "refused",
            Self::AtomTurned(_) => "atom-turned",
            Self::Checked { .. } => "checked",
            Self::StateKept { .. } => "state-kept",
            Self::BackedUp(_) => "backed-up",
            Self::Restored(_) => "restored",
            Self::RecoveryAsked(_) => "recovery-asked",
            Self::ShareGiven(_) => "share-given",
            Self::Recovered(_) => "recovered",
            Self::Rekeyed(_) => "rekeyed",
            Self::KeyHoldersChanged(_) => "key-holders-changed",
            Self::Rehearsed(_) => "rehearsed",
            Self::OpenedBy { .. } => "opened-by",
            Self::RecordingFiled(_) => "recording-filed",
            Self::RecoveryWithdrawn { .. } => "recovery-withdrawn",
            Self::Graded { .. } => "graded",
            Self::Corrected(_) => "corrected",
            Self::WithdrawalAsked { .. } => "withdrawal-asked",
            Self::Withdrawn(_) => "withdrawn",
            Self::Linked(_) => "linked",
            Self::WithdrawalTakenBack { .. } => "withdrawal-taken-back",
            Self::ApprovalAsked(_) => "approval-asked",
            Self::Approved(_) => "approved",
            Self::Denied { .. } => "denied",
            Self::RequestTakenBack { .. } => "request-taken-back",
            Self::RulesInForce { .. } => "rules-in-force",
            Self::PolicyChanged(_) => "policy-changed",
            Self::ActingBegan(_) => "acting-began",
            Self::ActingEnded { .. } => "acting-ended",
            Self::Departed(_) => "departed",
            Self::PracticeAdded(_) => "practice-added",
            Self::PracticeEnded { .. } => "practice-ended",
            Self::DocketShown { .. } => "docket-shown",
            Self::CustodyStated { .. } => "custody-stated",
            Self::Challenged(_) => "challenged",
            Self::ChallengeAnswered(_) => "challenge-answered",
            Self::HoldPlaced { .. } => "hold-placed",
            Self::HoldReleased { .. } => "hold-released",
            Self::ScheduleSet { .. } => "schedule-set",
            Self::Lowered(_) => "lowered",
            Self::DisclosuresTaken(_) => "disclosures-taken",
            Self::DisclosureShown { .. } => "disclosure-shown",
            Self::DisclosureAnswered(_) => "disclosure-answered",
            Self::Destroyed(_) => "destroyed",
            Self::SlotsWiped { .. } => "slots-wiped",
        }
    }
    /// The one record that the act is about, if it is about one.
    pub fn record(&self) -> Option<RecordId> {
        match self {
            Self::Filed(f) | Self::Corrected(f) => Some(f.record),
            Self::RecordingFiled(f) => Some(f.record),
            Self::Withdrawn(w) => Some(w.record),
            Self::Linked(link) => Some(link.from),
            Self::Challenged(c) => Some(c.record),
            Self::ChallengeAnswered(a) => Some(a.record),
            Self::ApprovalAsked(asked) => asked.asked.record(),
            Self::Lowered(lowered) => Some(lowered.record),
            Self::Destroyed(destroyed) => Some(destroyed.record),
            Self::FrameFiled { record, .. }
            | Self::WithdrawalAsked { record }
            | Self::WithdrawalTakenBack { record, .. }
            | Self::Restricted { record, .. }
            | Self::Opened { record, .. }
            | Self::Graded { record, .. }
            | Self::HoldPlaced { record }
            | Self::HoldReleased { record, .. }
            | Self::ScheduleSet { record, .. }
            | Self::HistoryShown { record } => Some(*record),
            _ => None,
        }
    }
}

/// Why something was done: never stored but sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    /// A reason that the marking policy lists.
    #[n(0)]
    pub reason: String,
    /// By whose authority.
    #[n(1)]
    pub authority: String,
    /// The particular need, in words.
    #[n(2)]
    pub because: String,
    /// The system that held it before.
    #[n(3)]
    pub from_system: Option<String>,
    /// Who already holds copies.
    #[n(4)]
    pub already_held_by: Vec<String>,
    /// Why it was filed although its marks break rules.
    #[n(5)]
    pub override_because: Option<String>,
    /// The placement practice under which it was done.
    #[n(6)]
    pub practice: Option<PracticeId>,
}

/// What an inspector sees of a record's header: sealed to the inspectors.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct DocketFacts {
    /// Why it was placed.
    #[n(0)]
    pub statement: Statement,
    /// When the conversation took place.
    #[n(1)]
    pub when: Option<crate::when::When>,
    /// Where.
    #[n(2)]
    pub place: Option<String>,
    /// Between whom.
    #[n(3)]
    pub participants: Vec<String>,
}
