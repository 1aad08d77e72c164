//! The inspectors' docket: what is asked of it, and what it tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ReceiptShown, StatementShown};
use crate::limits::CUSTODY_NAMED_MAX;

/// See [`Request::Docket`](super::Request::Docket). Dates are days in UTC, `2026-05-01`, both ends included.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocketQuery {
    /// What was done from this day on.
    #[serde(default)]
    pub from: Option<String>,
    /// What was done until this day.
    #[serde(default)]
    pub to: Option<String>,
    /// About conversations that may have taken place from this day on.
    #[serde(default)]
    pub conversation_from: Option<String>,
    /// About conversations that may have taken place until this day.
    #[serde(default)]
    pub conversation_to: Option<String>,
    /// What this person did.
    #[serde(default)]
    pub by: Option<String>,
    /// What was done for this reason of the policy.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was done under this practice.
    #[serde(default)]
    pub practice: Option<String>,
    /// About records whose original or present marking asks for all of this.
    #[serde(default)]
    pub marking: Option<String>,
    /// About this record, by its id or the beginning of it.
    #[serde(default)]
    pub record: Option<String>,
    /// What is called so: `filed`, `restricted`, `corrected` and so on.
    #[serde(default)]
    pub act: Option<String>,
    /// The newest first.
    #[serde(default)]
    pub newest_first: bool,
    /// At most so many entries.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Those that follow this entry, which was the last of the page before: its id, or the beginning of it.
    #[serde(default)]
    pub after: Option<String>,
}

/// A page of the docket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Docket {
    /// The entries, in the order of the ledger, or against it.
    pub entries: Vec<DocketEntry>,
    /// There are more behind these.
    pub more: bool,
    /// How many entries the docket has, whatever was asked for.
    pub of: usize,
}

/// Something that was done to a record. Of its words there is nothing here but date, place and participants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocketEntry {
    /// The entry, which is its event's id.
    pub entry: String,
    /// What was done: the word of the act.
    pub act: String,
    /// The record.
    pub record: String,
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Under which marking the record was filed.
    pub original: String,
    /// Which marking it bears now, as a whole.
    pub present: String,
    /// Of a restriction or a lowering, the marking that the record bore before as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of a restriction or a lowering, the marking that it bore from then on as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why, by whose authority, under which practice, from which system, and who held copies already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementShown>,
    /// The conversation: as the newest version that says so dates and places it.
    pub conversation: Conversation,
    /// When the record was filed.
    pub filed_at: String,
    /// Days from the conversation to the filing, if both are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_until_filed: Option<i32>,
    /// For whom the record was opened, and how often.
    pub readings: Readings,
    /// It was withdrawn.
    pub withdrawn: bool,
    /// It was destroyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destroyed: bool,
    /// Challenges of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub challenges: Vec<DocketChallenge>,
}

/// What the docket knows of a conversation: sealed to the inspectors when its record is filed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// When, as the record dates it: `1969-02-14`, `1969`, `1969-02-14/1969-02-16`, with `?` where it doubts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Between whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<String>,
}

/// For whom a record was opened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Readings {
    /// How often its words were opened.
    pub count: usize,
    /// For each person, in the order of names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<ReadingsOf>,
}

/// How often a record was opened for a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadingsOf {
    /// The person.
    pub name: String,
    /// How often.
    pub count: usize,
    /// When last.
    pub last: String,
}

/// A challenge of a record, in the docket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocketChallenge {
    /// Its reference.
    pub challenge: String,
    /// When it was made.
    pub at: String,
    /// `open`, `overdue`, or what came of it.
    pub status: String,
}

/// See [`Request::DocketChart`](super::Request::DocketChart).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocketChartQuery {
    /// What was done from this day on.
    #[serde(default)]
    pub from: Option<String>,
    /// What was done until this day.
    #[serde(default)]
    pub to: Option<String>,
}

/// Placements and restrictions over time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocketChart {
    /// Counts, ascending by month.
    pub counts: Vec<DocketCount>,
    /// What the practices say that are counted, by their ids: the beginning of their words.
    pub practices: Vec<(String, String)>,
}

/// How often something was done in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocketCount {
    /// `2026-05`.
    pub month: String,
    /// `placed` or `restricted`.
    pub what: String,
    /// For this reason.
    pub reason: String,
    /// Under this practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<String>,
    /// So often.
    pub count: usize,
}

/// See [`Request::Custody`](super::Request::Custody). At least one of the first four is given.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyQuery {
    /// The meeting was on this day or later.
    #[serde(default)]
    pub from: Option<String>,
    /// It was on this day or before.
    #[serde(default)]
    pub to: Option<String>,
    /// Words of its place.
    #[serde(default)]
    pub place: Option<String>,
    /// Of each participant words of the name.
    #[serde(default)]
    pub participants: Vec<String>,
    /// What this is asked for.
    pub because: String,
}

/// A filing or a correction that may be of the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyEntry {
    /// The entry, which is its event's id.
    pub entry: String,
    /// `filed` or `corrected`.
    pub act: String,
    /// The record.
    pub record: String,
    /// When it was put in.
    pub at: String,
    /// By whom.
    pub by: String,
    /// What it declares.
    pub conversation: Conversation,
}

/// Whether a record of a meeting was put in, for whoever asks and for checking outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustodyShown {
    /// Entries that declare such a meeting.
    pub found: Vec<CustodyEntry>,
    /// Entries that declare nothing different, and not all that was asked for: those without a date, if a date was.
    pub silent: Vec<CustodyEntry>,
    /// How many filings and corrections were opened: all under the head.
    pub opened: usize,
    /// The statement.
    pub statement: String,
    /// The inspector's signature over room and statement, base64.
    pub signature: String,
    /// The signed head that the statement is over.
    pub head: String,
    /// The proof that the ledger grew from that head to the one of the receipt.
    pub grown: String,
    /// The receipt of the event that commits to statement and signature.
    pub stated: ReceiptShown,
    /// The receipt of the event that binds the inspector's keys.
    pub bound: ReceiptShown,
}

impl CustodyShown {
    /// What it says for programs, in the lines that the statement has for it, from `opened` on to before `meaning`.
    pub fn lines(&self) -> Vec<String> {
        custody_lines(self.opened, &self.found, &self.silent)
    }
}

/// How a statement tells what was found.
pub(crate) fn custody_lines(
    opened: usize,
    found: &[CustodyEntry],
    silent: &[CustodyEntry],
) -> Vec<String> {
    let mut lines = vec![format!("opened {opened}")];
    for (label, entries) in [("found", found), ("silent", silent)] {
        lines.push(format!("{label} {}", entries.len()));
        let named = entries.iter().take(CUSTODY_NAMED_MAX);
        lines.extend(named.map(CustodyEntry::line));
    }
    lines
}

impl CustodyEntry {
    /// The entry, as a statement names it.
    fn line(&self) -> String {
        let conversation = &self.conversation;
        let or_none = |text: &Option<String>| text.as_deref().map_or("none".to_owned(), quoted);
        let participants = conversation.participants.iter().map(|p| quoted(p));
        let participants: Vec<String> = participants.collect();
        format!(
            "- entry {} {} {} by {} record {} date {} place {} participants {}",
            self.entry,
            self.act,
            self.at,
            quoted(&self.by),
            self.record,
            or_none(&conversation.date),
            or_none(&conversation.place),
            if participants.is_empty() {
                "none".to_owned()
            } else {
                participants.join(" ")
            },
        )
    }
}

/// A text on one line, in quotes, as JSON writes it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

/// See [`Request::Reconcile`](super::Request::Reconcile).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileQuery {
    /// The calls, in the order of their list.
    pub calls: Vec<CallListed>,
    /// What this is asked for.
    pub because: String,
}

/// A call or a meeting, as a list outside the room has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallListed {
    /// Its line in the list.
    pub line: usize,
    /// The day.
    pub date: String,
    /// The time, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Between whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A list of calls, set against the docket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reconciled {
    /// Calls of which no record declares anything that fits.
    pub without_record: Vec<CallListed>,
    /// Records of the time from the first call to the last of which no call is listed.
    pub without_call: Vec<CustodyEntry>,
    /// Calls that may be those of one record or several, and it is not sure.
    pub doubtful: Vec<DoubtfulCall>,
    /// How many calls have one record that fits them, and that fits no other.
    pub matched: usize,
    /// How many records were compared.
    pub opened: usize,
    /// How many of them have no date: they could be of any call.
    pub undated: usize,
}

/// A call, and the records that it may be of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DoubtfulCall {
    /// The call.
    pub call: CallListed,
    /// Why it is not sure.
    pub because: String,
    /// The records.
    pub records: Vec<CustodyEntry>,
}

/// See [`Request::Report`](super::Request::Report).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// The year, in UTC.
    pub year: u16,
}

/// The figures of a year, as an oversight body publishes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The year.
    pub year: u16,
    /// What is to be known of a year that has no figures, or not all of them yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Records that were filed.
    pub placements: usize,
    /// The same by the highest level under which they were filed.
    pub placements_by_level: BTreeMap<String, usize>,
    /// The same by reason.
    pub placements_by_reason: BTreeMap<String, usize>,
    /// The same by practice, of those that cite one.
    pub placements_by_practice: BTreeMap<String, usize>,
    /// Restrictions.
    pub restrictions: usize,
    /// The same by reason.
    pub restrictions_by_reason: BTreeMap<String, usize>,
    /// The same by practice, of those that cite one.
    pub restrictions_by_practice: BTreeMap<String, usize>,
    /// Corrections.
    pub corrections: usize,
    /// Withdrawals.
    pub withdrawals: usize,
    /// Records that were destroyed.
    pub destructions: usize,
    /// Records whose label fell.
    pub lowerings: usize,
    /// Records on which a hold was placed, each as often as it was.
    pub holds_placed: usize,
    /// Records from which a hold was taken.
    pub holds_released: usize,
    /// Records on which a hold lies now.
    pub held_now: usize,
    /// Challenges that were made in the year, and what has become of them.
    pub challenges: ChallengeFigures,
    /// Requests for what nobody does alone that were made in the year.
    pub requests: RequestFigures,
    /// The same by what was asked for.
    pub requests_by_act: BTreeMap<String, RequestFigures>,
    /// Disclosures whose first message was taken in in the year.
    pub disclosures: DisclosureFigures,
    /// Looks into the docket, by inspectors.
    pub looks: usize,
    /// The same by inspector.
    pub looks_by: BTreeMap<String, usize>,
    /// What was asked of the docket about meetings, and what for: the newest, where there are more than a list shows.
    pub questions: Vec<QuestionPut>,
}

/// A question about meetings that an inspector put to the docket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionPut {
    /// Who asked.
    pub by: String,
    /// When.
    pub at: String,
    /// What was asked, as it was.
    pub asked: String,
    /// What for.
    pub because: String,
}

/// What has become of the disclosures of a year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureFigures {
    /// Taken in.
    pub received: usize,
    /// Of which all messages were acknowledged.
    pub acknowledged: usize,
    /// To which an inspector wrote back.
    pub answered: usize,
    /// Which wait longer than they should for the one or the other.
    pub overdue: usize,
}

/// What has become of the challenges of a year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeFigures {
    /// Made.
    pub received: usize,
    /// Answered.
    pub answered: usize,
    /// Answered so that the challenger is right.
    pub upheld: usize,
    /// Right in part.
    pub partly: usize,
    /// Answered so that the placing stands.
    pub rejected: usize,
    /// Not answered, and overdue.
    pub overdue: usize,
    /// Those that allege a purpose that the policy forbids, by that purpose.
    pub alleged: BTreeMap<String, usize>,
}

/// What has become of the requests of a year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestFigures {
    /// Asked.
    pub asked: usize,
    /// Approved and carried out.
    pub carried_out: usize,
    /// Denied.
    pub denied: usize,
    /// Taken back by who asked.
    pub taken_back: usize,
    /// Void, because who asked, or whom it was about, has left.
    pub void: usize,
    /// Lapsed before enough had agreed.
    pub expired: usize,
    /// Waiting.
    pub waiting: usize,
}
