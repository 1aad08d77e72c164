//! Requests for what takes more hands than one, and the rules about them.

use serde::{Deserialize, Serialize};

use super::{Downgrade, RecoverRow, StatementShown};

/// What is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RequestFor {
    /// To clear a person.
    Clear {
        /// The account name.
        name: String,
        /// Levels and values, as the policy writes clearances: `at-most Secret; Nodis`.
        clearance: String,
    },
    /// To take a record back.
    Withdraw {
        /// The record, by its id or the beginning of it.
        record: String,
    },
    /// To destroy a record.
    Destroy {
        /// The record, by its id or the beginning of it.
        record: String,
    },
    /// To put other approval rules into force.
    Rules {
        /// The rules, TOML.
        rules: String,
    },
    /// To put the next version of the marking policy into force.
    Policy {
        /// The policy, TOML.
        policy: String,
    },
    /// To have somebody stand for somebody else.
    Acting {
        /// The account name of the deputy.
        deputy: String,
        /// The account name of whom the deputy stands for; the one who asks, if left out.
        #[serde(default)]
        principal: Option<String>,
        /// Until when: the beginning of a day in UTC, as `2026-12-01`.
        until: String,
    },
    /// To lower the label of a record, or of portions of it.
    Lower {
        /// The record, by its id or the beginning of it.
        record: String,
        /// The marking that it is to have.
        to: String,
        /// Only these portions: numbers of the last view, ids, or header fields' names.
        #[serde(default)]
        portions: Vec<String>,
    },
    /// To undo the last restriction of a record, which one made by mistake.
    Undo {
        /// The record, by its id or the beginning of it.
        record: String,
    },
    /// To release a hold.
    ReleaseHold {
        /// The record, by its id or the beginning of it; inspectors name any by its whole id.
        record: String,
        /// The hold, by its id or the beginning of it; the only one that lies on the record, if left out.
        #[serde(default)]
        hold: Option<String>,
    },
    /// To put a record under another schedule, or to say when its label falls.
    Schedule {
        /// The record, by its id or the beginning of it.
        record: String,
        /// The schedule's name in the policy.
        #[serde(default)]
        schedule: Option<String>,
        /// The day on which it falls to the lowest level.
        #[serde(default)]
        declassify_on: Option<String>,
        /// The day on which it falls to a marking.
        #[serde(default)]
        downgrade: Option<Downgrade>,
    },
}

/// See [`Request::Ask`](super::Request::Ask).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestAsk {
    /// What is asked for.
    pub ask: RequestFor,
    /// A reason of the policy, where it is about a record.
    #[serde(default)]
    pub reason: Option<String>,
    /// By whose authority; the office of the one who asks, if left out.
    #[serde(default)]
    pub authority: Option<String>,
    /// Why.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// Something was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestMade {
    /// The request's id, by which others approve it.
    pub id: String,
    /// When it lapses.
    pub until: String,
    /// The receipt's id.
    pub receipt: String,
}

/// See [`Request::Requests`](super::Request::Requests).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestsQuery {
    /// Only this one, by its id or the beginning of it, whether it waits or not.
    #[serde(default)]
    pub id: Option<String>,
}

/// Somebody agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedShown {
    /// Who.
    pub by: String,
    /// For whom, where it was as a deputy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_for: Option<String>,
    /// When.
    pub at: String,
}

/// A request in a list, as the asker may see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestRow {
    /// Its id.
    pub id: String,
    /// The word for what is asked: the act of the approval rules.
    pub what: String,
    /// What it would do, line by line.
    pub lines: Vec<String>,
    /// The record that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The marking of what is seen of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// Who asks.
    pub by: String,
    /// When it was asked for.
    pub at: String,
    /// When it lapses.
    pub until: String,
    /// `waiting`, `void` (what it is about changed), `lapsed`, `done`, `denied` or `taken-back`.
    pub stage: String,
    /// The one who looks may approve or deny it.
    pub yours: bool,
    /// Who agreed so far.
    pub agreed: Vec<AgreedShown>,
    /// Whose approvals it takes, from the rules.
    pub needs: Vec<String>,
    /// Why, if the one who looks may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<StatementShown>,
    /// Why it was denied, if the one who looks may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<StatementShown>,
}

/// Requests, in the order in which they were made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestRows {
    /// The rows.
    pub requests: Vec<RequestRow>,
    /// What waits for the key holders, who decide on it with `key-holder give`: as far as the asker may know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recoveries: Vec<RecoverRow>,
}

/// See [`Request::Approve`](super::Request::Approve).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The request, by its id or the beginning of it.
    pub id: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// See [`Request::Deny`](super::Request::Deny).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deny {
    /// The request, by its id or the beginning of it.
    pub id: String,
    /// Why.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// See [`Request::RequestTakeBack`](super::Request::RequestTakeBack).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTakeBack {
    /// The request, by its id or the beginning of it.
    pub id: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A request was approved, denied or taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestDecided {
    /// Its id.
    pub id: String,
    /// `approved`, `denied` or `taken-back`.
    pub decided: String,
    /// Of an approval: it was the last that was needed, and what was asked for is done.
    pub carried_out: bool,
    /// What was done, line by line; of a denial, and of what is taken back, what part of a clearance was given before.
    pub done: Vec<String>,
    /// The receipt's id.
    pub receipt: String,
}

/// The approval rules of the room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RulesShown {
    /// The text, as it is in force.
    pub rules: String,
    /// What the key holders decide, whatever the rules say, and where: line by line.
    pub key_holders: Vec<String>,
}

/// See [`Request::PolicyShow`](super::Request::PolicyShow).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyShown {
    /// The text, as it is in force.
    pub policy: String,
}

/// See [`Request::Depart`](super::Request::Depart).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Depart {
    /// The account name.
    pub name: String,
    /// Why.
    pub because: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A person left, or that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DepartDone {
    /// The account name.
    pub name: String,
    /// The request that others decide on; none where the person has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What was done, line by line; of a denial, and of what is taken back, what part of a clearance was given before.
    pub done: Vec<String>,
    /// The receipt's id.
    pub receipt: String,
}

/// Somebody who stands for somebody else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActingRow {
    /// Who stands for the other.
    pub deputy: String,
    /// Who is stood for.
    pub principal: String,
    /// Since when.
    pub since: String,
    /// Until when.
    pub until: String,
}

/// Who stands for whom now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActingRows {
    /// As they began.
    pub acting: Vec<ActingRow>,
}

/// See [`Request::ActingEnd`](super::Request::ActingEnd).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActingEnd {
    /// Who stands for the other.
    pub deputy: String,
    /// Who is stood for.
    pub principal: String,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// It ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActingEnded {
    /// The receipt's id.
    pub receipt: String,
}
