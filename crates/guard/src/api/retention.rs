//! How long records are kept: schedules, what falls due, holds, labels that fall.

use serde::{Deserialize, Serialize};

use super::StatementShown;

/// A label that is to fall on a day.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downgrade {
    /// The day, as `2030-12-31`.
    pub on: String,
    /// The marking from then on.
    pub to: String,
}

/// How long a record is kept, as far as its reader may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepingShown {
    /// The schedule's name in the marking policy; none where the policy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The day until which it is kept; none where it is kept for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What becomes of it then: `destroy`, `transfer`, `review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// To which markings it falls, and on which days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<DueShown>,
    /// How many holds lie on it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub holds: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what a serialiser calls")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

/// A marking that falls due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueShown {
    /// The day.
    pub on: String,
    /// The marking from then on.
    pub to: String,
}

/// What fell due in the asker's view.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DueRows {
    /// In the order of their filing.
    pub due: Vec<DueRow>,
}

/// Something that fell due.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DueRow {
    /// The record.
    pub record: String,
    /// The join of what the asker may see of it.
    pub banner: String,
    /// `lower`, or what its schedule says: `destroy`, `transfer`, `review`.
    pub what: String,
    /// Since when.
    pub since: String,
    /// The marking that it is to fall to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// A hold lies on it: nothing is done until that is released.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// See [`Request::LowerDue`](super::Request::LowerDue).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowerDue {
    /// The record, by its id or the beginning of it.
    pub record: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// The label of a record fell, or that of some of its portions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoweredDone {
    /// The record.
    pub record: String,
    /// The marking that was asked for.
    pub to: String,
    /// The join of what the asker may see of it now, where the asker still may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// How many portions fell.
    pub portions: usize,
    /// Original, attachments and recording fell with them.
    pub files: bool,
    /// The receipt's id.
    pub receipt: String,
}

/// See [`Request::HoldPlace`](super::Request::HoldPlace).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldPlace {
    /// The matter: a case, an inquiry.
    pub matter: String,
    /// The records, by their ids or the beginnings of them; inspectors and security officers name any by its whole id.
    pub records: Vec<String>,
    /// Why.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// Holds were placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldsPlaced {
    /// The records, as they were named.
    pub records: Vec<String>,
    /// The receipts' ids, one a record: a hold is known by it.
    pub receipts: Vec<String>,
}

/// The holds on records that the asker may know of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldRows {
    /// In the order of the records' filing.
    pub holds: Vec<HoldRow>,
}

/// A hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldRow {
    /// The hold: the event that placed it.
    pub hold: String,
    /// The record.
    pub record: String,
    /// When it was placed.
    pub at: String,
    /// By whom.
    pub by: String,
    /// The matter (as `reason`) and why, if the asker may open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementShown>,
}
