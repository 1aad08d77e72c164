//! The one API of a room: requests as a client writes them, answers as the guard gives them.
//!
//! The same types serve the socket, the command line and the tests; JSON is their written form.
//! Ids are text. Numbers of portions count within the asker's own view. Nothing here names a thing
//! that the asker may not see.

mod approvals;
mod challenge;
mod destroyed;
mod disclosures;
mod docket;
mod enclosed;
mod filing;
mod grading;
mod keep;
mod key_holder;
mod ledger;
mod people;
mod practice;
mod reading;
mod recovery;
mod retention;
mod versions;

pub use approvals::*;
pub use challenge::*;
pub use destroyed::*;
pub use disclosures::*;
pub use docket::*;
pub use enclosed::*;
pub use filing::*;
pub use grading::*;
pub use keep::*;
pub use key_holder::*;
pub use ledger::{
    EntryIndex, HeadQuery, HeadShown, LedgerChecked, LedgerConsistent, LedgerProved, LogProof,
    LogSizes, OutsideShown, RestoresQuery, RestoresShown, WitnessShown, WrittenAnew,
};
pub use people::*;
pub use practice::*;
pub use reading::*;
pub use recovery::*;
pub use retention::*;
pub use versions::*;

use serde::{Deserialize, Serialize};

/// Something asked of the guard within a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Ends this session.
    SignOut,
    /// Who this session belongs to and what it may do.
    WhoAmI,
    /// Changes the passphrase.
    Passphrase(PassphraseChange),
    /// Invites a person.
    PersonInvite(Invite),
    /// Confirms a person's fingerprint.
    PersonConfirm(Confirm),
    /// The persons of the room.
    PersonList,
    /// Clears a person: a short way to the request.
    ClearanceGrant(ClearanceGrant),
    /// Shows a clearance.
    ClearanceShow(PersonName),
    /// Turns an atom to its next epoch.
    AtomTurn(AtomTurn),
    /// The atoms that the asker may know of.
    AtomList,
    /// Asks the key holders for something.
    Recover(RecoverRequest),
    /// What the key holders are asked for.
    RecoverList,
    /// Who the key holders are, and when each last rehearsed.
    RecoverStatus,
    /// The request to one key holder, for bringing it there as a file.
    RecoverShareRequest(ShareRequestQuery),
    /// Takes back what the key holders were asked for.
    RecoverWithdraw(RecoverWithdraw),
    /// Lists records.
    List(ListQuery),
    /// Opens a record.
    Read(ReadQuery),
    /// Gives out a piece of a file beside a record: an attachment, or the recording.
    Piece(PieceQuery),
    /// Raises the label of records or portions.
    Restrict(Restrict),
    /// Grades a record, or portions of it.
    Grade(Grade),
    /// What changed from one version of a record to the next.
    Changes(ChangesQuery),
    /// Links a record to one that it denies or answers.
    Link(LinkQuery),
    /// Asks for a record to be withdrawn: a short way to the request.
    Withdraw(WithdrawAsk),
    /// Asks for something that takes more hands.
    Ask(RequestAsk),
    /// The requests that wait, or one of them.
    Requests(RequestsQuery),
    /// Agrees to a request; the last approval carries it out.
    Approve(Approve),
    /// Refuses to agree to a request.
    Deny(Deny),
    /// Takes back what one asked for.
    RequestTakeBack(RequestTakeBack),
    /// The approval rules.
    RulesShow,
    /// The marking policy, for security officers.
    PolicyShow,
    /// Adds a placement practice.
    PracticeAdd(PracticeAdd),
    /// Ends a placement practice before its time.
    PracticeEnd(PracticeEnd),
    /// The placement practices that the asker may know of.
    PracticeList,
    /// What was done to records, for inspectors.
    Docket(DocketQuery),
    /// Placements and restrictions over time, for inspectors.
    DocketChart(DocketChartQuery),
    /// What fell due in the asker's view.
    Due,
    /// Carries out a lowering that fell due.
    LowerDue(LowerDue),
    /// Places a hold on records.
    HoldPlace(HoldPlace),
    /// The holds on records that the asker may know of.
    HoldList,
    /// Has a person leave, or asks for it.
    Depart(Depart),
    /// Who stands for whom.
    ActingList,
    /// Ends that somebody stands for somebody else.
    ActingEnd(ActingEnd),
    /// Whether a record of a meeting was put in, for inspectors.
    Custody(CustodyQuery),
    /// A list of calls, set against the docket, for inspectors.
    Reconcile(ReconcileQuery),
    /// The figures of a year, for inspectors.
    Report(ReportQuery),
    /// Challenges the placing of a record.
    Challenge(ChallengeAsk),
    /// The challenges that the asker may know of.
    Challenges,
    /// Answers a challenge.
    AnswerChallenge(ChallengeAnswer),
    /// Who had read a record, and what was done to it.
    History(RecordRef),
    /// What is left of a record that was destroyed, and what can still bring it back.
    Destroyed(RecordRef),
    /// One's own receipts, or one of them in full.
    Receipt(ReceiptQuery),
    /// Walks the whole ledger and checks it.
    LedgerCheck,
    /// Proves that an entry stands in the ledger.
    LedgerProve(EntryIndex),
    /// Proves that the ledger of one size begins with that of another.
    LedgerConsistency(LogSizes),
    /// Lists what was disclosed to the inspectors.
    Disclosures,
    /// Opens a message of a disclosure, or an answer to it.
    DisclosureRead(DisclosureReadQuery),
    /// Says to who disclosed that it was received.
    DisclosureAcknowledge(DisclosureAcknowledge),
    /// Writes back to who disclosed.
    DisclosureReply(DisclosureReply),
    /// Closes the room.
    Close,
}

impl Request {
    /// The word for the request in refusals and in the ledger.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SignOut => "sign-out",
            Self::WhoAmI => "who-am-i",
            Self::Passphrase(_) => "passphrase",
            Self::PersonInvite(_) => "person-invite",
            Self::PersonConfirm(_) => "person-confirm",
            Self::PersonList => "person-list",
            Self::ClearanceGrant(_) => "clearance-grant",
            Self::ClearanceShow(_) => "clearance-show",
            Self::AtomTurn(_) => "atom-turn",
            Self::AtomList => "atom-list",
            Self::Recover(_) => "recover",
            Self::RecoverList => "recover-list",
            Self::RecoverStatus => "recover-status",
            Self::RecoverShareRequest(_) => "recover-share-request",
            Self::RecoverWithdraw(_) => "recover-withdraw",
            Self::List(_) => "list",
            Self::Read(_) => "read",
            Self::Piece(_) => "piece",
            Self::Restrict(_) => "restrict",
            Self::Grade(_) => "grade",
            Self::Changes(_) => "changes",
            Self::Link(_) => "link",
            Self::Withdraw(_) => "withdraw",
            Self::Ask(_) => "ask",
            Self::Requests(_) => "requests",
            Self::Approve(_) => "approve",
            Self::Deny(_) => "deny",
            Self::RequestTakeBack(_) => "request-take-back",
            Self::RulesShow => "rules-show",
            Self::PolicyShow => "policy-show",
            Self::PracticeAdd(_) => "practice-add",
            Self::PracticeEnd(_) => "practice-end",
            Self::PracticeList => "practice-list",
            Self::Docket(_) => "docket",
            Self::DocketChart(_) => "docket-chart",
            Self::Due => "due",
            Self::LowerDue(_) => "lower-due",
            Self::HoldPlace(_) => "hold-place",
            Self::HoldList => "hold-list",
            Self::Depart(_) => "depart",
            Self::ActingList => "acting-list",
            Self::ActingEnd(_) => "acting-end",
            Self::Custody(_) => "custody",
            Self::Reconcile(_) => "reconcile",
            Self::Report(_) => "report",
            Self::Challenge(_) => "challenge",
            Self::Challenges => "challenges",
            Self::AnswerChallenge(_) => "answer-challenge",
            Self::History(_) => "history",
            Self::Destroyed(_) => "destroyed",
            Self::Receipt(_) => "receipt",
            Self::LedgerCheck => "ledger-check",
            Self::LedgerProve(_) => "ledger-prove",
            Self::LedgerConsistency(_) => "ledger-consistency",
            Self::Disclosures => "disclosures",
            Self::DisclosureRead(_) => "disclosure-read",
            Self::DisclosureAcknowledge(_) => "disclosure-acknowledge",
            Self::DisclosureReply(_) => "disclosure-reply",
            Self::Close => "close",
        }
    }
}

/// Asks for a session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Account name.
    pub name: String,
    /// Passphrase.
    pub passphrase: String,
}

/// A session was opened.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// The session's token, to be kept in a file of mode 0600.
    pub token: String,
    /// The account.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
    /// When the session ends by itself.
    pub until: String,
    /// What happened since the last sign-in that its owner should know.
    pub notices: Vec<String>,
}

/// What anyone may know of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// The room's id.
    pub room: String,
    /// `open`, `closed`, `opening`, or `waiting` for key holders to open it.
    pub state: String,
    /// Why it is not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What to do about that; none where it only takes time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The marking policy's name.
    pub policy: String,
    /// Entries in the ledger.
    pub entries: u64,
    /// While a room that was opened from a kept state reads its whole ledger anew behind its requests: how
    /// many entries it has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_anew: Option<u64>,
    /// The last signed checkpoint.
    pub checkpoint: String,
    /// Verifier keys of the ledger.
    pub log_keys: String,
    /// How far what is kept outside the store is; none if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<OutsideShown>,
    /// What the last check found, of those that this guard made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check: Option<LastCheck>,
}

impl Status {
    /// Of a room that is not open yet: no more is known than which it is.
    pub fn not_open(room: String, state: &str, because: String) -> Self {
        Self {
            room,
            state: state.to_owned(),
            because: Some(because),
            remedy: None,
            policy: String::new(),
            entries: 0,
            read_anew: None,
            checkpoint: String::new(),
            log_keys: String::new(),
            outside: None,
            last_check: None,
        }
    }
}

/// Joining, first step: what the invitation is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinBegin {
    /// The invitation code.
    pub code: String,
}

/// What the joining side needs to make keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JoinFacts {
    /// The room.
    pub room: String,
    /// The invitation.
    pub invitation: String,
    /// The person's id to be.
    pub person: String,
    /// The account name that the invitation gives.
    pub name: String,
    /// It is for a person of the room, who makes other keys: key holders compare the fingerprint, not an officer.
    #[serde(default)]
    pub again: bool,
    /// The suite of the keys to make.
    pub suite: u16,
    /// Digest of the room's first event, hexadecimal. Its beginning stands in the invitation code.
    pub genesis: String,
    /// Words in a generated passphrase.
    pub passphrase_words: usize,
    /// Fewest characters of a passphrase of one's own; none if only generated ones are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_own_min: Option<usize>,
}

/// Joining, second step: the public keys, and the private ones wrapped under the passphrase.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinFinish {
    /// The invitation code.
    pub code: String,
    /// Public keys, base64.
    pub keys: String,
    /// Wrapped private keys, base64.
    pub bundle: String,
    /// Proof that the joining side holds the private keys, base64.
    pub proof: String,
}

/// The person has joined and waits to be confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joined {
    /// The account name.
    pub name: String,
    /// The fingerprint of the keys, as the room has them.
    pub fingerprint: String,
}

/// See [`Request::Passphrase`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassphraseChange {
    /// The present passphrase.
    pub old: String,
    /// The one from now on.
    pub new: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

impl std::fmt::Debug for PassphraseChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassphraseChange(..)")
    }
}

/// See [`Request::Restrict`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restrict {
    /// Records, by id or the beginning of it.
    pub records: Vec<String>,
    /// The marking to raise to; the new label is its join with the present one.
    pub to: String,
    /// Only these portions of the one record: numbers of the last view, portion ids, or header field names.
    #[serde(default)]
    pub portions: Vec<String>,
    /// A reason of the policy.
    pub reason: String,
    /// By whose authority; the office of the one who restricts, if left out.
    #[serde(default)]
    pub authority: Option<String>,
    /// The particular need.
    pub because: String,
    /// The placement practice under which it is done, by its id or the beginning of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<String>,
    /// Leaves out those of which nothing would rise that the asker sees, instead of refusing all for one of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_unchanged: bool,
    /// Only tells who would lose access.
    #[serde(default)]
    pub dry_run: bool,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// What a restriction did or would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Restricted {
    /// The label that was given.
    pub to: String,
    /// For each record, in the order asked.
    pub records: Vec<RestrictedRecord>,
    /// The receipts, in the same order; none for a dry run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<String>,
    /// Those that were left out, as they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<String>,
}

/// What a restriction did or would do to one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestrictedRecord {
    /// The record, as it was asked for.
    pub record: String,
    /// The portions that were asked for; none where the whole record rises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub portions: Vec<String>,
    /// The asker may not know who holds all that is asked for: whoever is named and does, reads on.
    pub unless_cleared: bool,
    /// Persons who could read what rises, of that which the asker can see, and cannot from now on, as
    /// far as the asker may know who holds what: who is not known to hold what it rises to is named.
    pub lose_access: Vec<String>,
}

/// Names a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRef {
    /// The record's id, or the beginning of it.
    pub record: String,
}

/// An entry of a record's history, as the asker may see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HistoryRow {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// `filed`, `corrected`, `restricted`, `lowered`, `hold placed`, `graded`, `withdrawal asked`, `withdrawal taken back`, `withdrawn`,
    /// `opened for`.
    pub what: String,
    /// The version that it is about, as the asker counts, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<usize>,
    /// Portions opened, raised or graded, as numbers in the asker's view; header fields by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub portions: Vec<String>,
    /// What was given out beside the words, to those who may see it: `original`, `attachment N` of the version,
    /// `recording`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Of the recording the first piece that was given out and the last, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<(usize, usize)>,
    /// The label from then on, for a restriction or a lowering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Rules of the marking policy that a filed document breaks, and that its filer overrode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrode: Vec<String>,
    /// How it was graded, for a grading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeShown>,
    /// Why, if the asker holds the label it is sealed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementShown>,
}

/// Why something was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatementShown {
    /// Reason of the policy.
    pub reason: String,
    /// Authority.
    pub authority: String,
    /// The particular need.
    pub because: String,
    /// The system that held it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_system: Option<String>,
    /// Who already holds copies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already_held_by: Vec<String>,
    /// Why it was filed although its marks break rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_because: Option<String>,
    /// The placement practice under which it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<String>,
}

/// A record's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct History {
    /// The record.
    pub record: String,
    /// In the order of the ledger.
    pub events: Vec<HistoryRow>,
}

/// See [`Request::Receipt`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    /// One receipt in full; without it, a list of one's own.
    #[serde(default)]
    pub id: Option<String>,
    /// At most so many of a list, the newest.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Of a list, those before this one, which was the oldest of the list before: its id, or the
    /// beginning of it.
    #[serde(default)]
    pub before: Option<String>,
}

/// One's own act, in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptRow {
    /// The receipt's id.
    pub id: String,
    /// When.
    pub at: String,
    /// The word for the act.
    pub what: String,
    /// The record it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

/// One's own receipts, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipts {
    /// The rows.
    pub receipts: Vec<ReceiptRow>,
    /// How many older ones there are that are not listed.
    #[serde(default)]
    pub older: usize,
}

/// A field of an event: the ledger's entry commits to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldShown {
    /// Its tag.
    pub tag: u16,
    /// Its name.
    pub name: String,
    /// The commitment, hexadecimal.
    pub commitment: String,
    /// Salt, hexadecimal; none for a field that stays closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Value, deterministic CBOR, hexadecimal; none for a field that stays closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A receipt in full: what an outsider needs, beside the public keys, to check it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptShown {
    /// The receipt's id, which is its event's.
    pub id: String,
    /// When.
    pub at: String,
    /// The word for the act.
    pub what: String,
    /// The record it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The fields of the event that are not sealed.
    pub fields: Vec<FieldShown>,
    /// Commitments to the sealed fields, hexadecimal, in order.
    pub sealed: Vec<String>,
    /// The proof from the public log.
    pub log: LogProof,
}
