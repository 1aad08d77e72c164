//! What oversight leaves in the ledger: placement practices, looks into the docket, challenges.

use minicbor::{Decode, Encode};
use strongroom_label::Label;

use crate::id::{ChallengeId, EventId, PersonId, PracticeId, RecordId};
use crate::time::Timestamp;

/// A standing rule by which records are placed came into use. Its words and its authority a sealed field says, to
/// those who hold its label and to the inspectors.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PracticeAdded {
    /// The practice.
    #[n(0)]
    pub practice: PracticeId,
    /// Who may know of it and cite it: records officers who hold this label.
    #[n(1)]
    pub label: Label,
    /// From when on it may be cited.
    #[n(2)]
    pub from: Timestamp,
    /// From when on it may be cited no more.
    #[n(3)]
    pub until: Option<Timestamp>,
}

/// What a practice says: never stored but sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct PracticeWords {
    /// The rule.
    #[n(0)]
    pub words: String,
    /// By whose authority.
    #[n(1)]
    pub authority: String,
}

/// Which part of the docket was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Look {
    /// Its entries.
    #[n(0)]
    Docket,
    /// Its figures over time.
    #[n(1)]
    Chart,
    /// Whether a record of a meeting was put in.
    #[n(2)]
    Custody,
    /// A list of calls, set against it.
    #[n(3)]
    Reconcile,
    /// The figures of a year.
    #[n(4)]
    Report,
    /// The practices.
    #[n(5)]
    Practices,
    /// The challenges.
    #[n(6)]
    Challenges,
}

impl Look {
    /// The word for it in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Docket => "docket",
            Self::Chart => "chart",
            Self::Custody => "custody",
            Self::Reconcile => "reconcile",
            Self::Report => "report",
            Self::Practices => "practices",
            Self::Challenges => "challenges",
        }
    }
}

/// What an inspector asked of the docket, and why: never stored but sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct LookWords {
    /// What was asked.
    #[n(0)]
    pub asked: String,
    /// What for.
    #[n(1)]
    pub because: String,
}

/// Somebody challenged the placing of a record. Why, a sealed field says, to the challenger, to the owner and to the
/// inspectors.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Challenged {
    /// The challenge.
    #[n(0)]
    pub challenge: ChallengeId,
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The challenger's own reading of it, for one who can no longer read it.
    #[n(2)]
    pub reading: Option<EventId>,
    /// By when the owner must answer.
    #[n(3)]
    pub until: Timestamp,
}

/// Why a record is challenged: never stored but sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChallengeWords {
    /// In words.
    #[n(0)]
    pub because: String,
    /// A purpose for which the marking policy forbids to place anything, where the challenger alleges it.
    #[n(1)]
    pub alleges: Option<String>,
}

/// What came of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Outcome {
    /// The challenger is right.
    #[n(0)]
    Upheld,
    /// The challenger is right in part.
    #[n(1)]
    Partly,
    /// The placing stands.
    #[n(2)]
    Rejected,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::Partly, Self::Rejected];

    /// The word for it on the command line and in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Partly => "partly",
            Self::Rejected => "rejected",
        }
    }
    /// The outcome that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.word() == word)
    }
}

/// The owner of a record answered a challenge. In which words, a sealed field says, to those who read the challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ChallengeAnswered {
    /// The challenge.
    #[n(0)]
    pub challenge: ChallengeId,
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// What came of it.
    #[n(2)]
    pub outcome: Outcome,
    /// For whom it was answered, where a deputy did.
    #[n(3)]
    pub acting_for: Option<PersonId>,
}
