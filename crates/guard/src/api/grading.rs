//! Gradings: what a client says of a record or a portion, and is shown of it.
//!
//! Reliability and credibility are two judgements, and so are likelihood and confidence: each stands in a field of its
//! own. Nothing here is a number to count with but the percentages that a likelihood stands for.

use serde::{Deserialize, Serialize};
use strongroom_record::{Grading, NoGrade};

use crate::refusal::Refusal;

/// What is judged, as people write it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Reliability of the source and credibility of what it says: `B2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// How likely it is: `likely`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<String>,
    /// How confident the judgement is: `low`, `moderate` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
}

impl Judgement {
    /// Whether nothing is judged.
    pub fn is_empty(&self) -> bool {
        self.grade.is_none() && self.likelihood.is_none() && self.confidence.is_none()
    }

    /// The grading; none if nothing is judged.
    ///
    /// # Errors
    /// A word that is none of its scheme's.
    pub(crate) fn read(&self) -> Result<Option<Grading>, Refusal> {
        fn part<T: std::str::FromStr<Err = NoGrade>>(
            text: &Option<String>,
            option: &str,
        ) -> Result<Option<T>, Refusal> {
            let read = text.as_deref().map(str::parse).transpose();
            read.map_err(|e| Refusal::invalid(format!("{option}: {e}")))
        }
        Ok(Grading::of(
            part(&self.grade, "--grade")?,
            part(&self.likelihood, "--likelihood")?,
            part(&self.confidence, "--confidence")?,
        ))
    }
}

/// See [`Request::Grade`](super::Request::Grade).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// The record's id, or the beginning of it.
    pub record: String,
    /// Only these portions: numbers of the last view, portion ids, or header field names. The record as a whole if none.
    #[serde(default)]
    pub portions: Vec<String>,
    /// What is judged.
    pub judged: Judgement,
    /// Request id.
    #[serde(default)]
    pub request: Option<String>,
}

/// A record or portions were graded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Graded {
    /// The record.
    pub record: String,
    /// The portions that were asked for; none where it is the record as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub portions: Vec<String>,
    /// The grading, as it is shown from now on.
    pub grade: GradeShown,
    /// The receipt's id.
    pub receipt: String,
}

/// A letter or digit of the Admiralty system, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedShown {
    /// `A` to `F`, or `1` to `6`. `F` and `6` say that it is unknown.
    pub code: String,
    /// In words.
    pub says: String,
}

/// How likely something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikelihoodShown {
    /// The term, always of the same set of terms.
    pub term: String,
    /// The range that it stands for: from and to.
    pub percent: [u8; 2],
}

/// A grading as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeShown {
    /// Of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<JudgedShown>,
    /// Of what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credibility: Option<JudgedShown>,
    /// How likely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<LikelihoodShown>,
    /// `low`, `moderate` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Who graded it, where that was after the filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The version that stood when it was made, as the reader counts, where another one is read; of a grading of the record as a
    /// whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_version: Option<usize>,
}

impl GradeShown {
    /// A grading as its filer gave it.
    pub(crate) fn as_filed(grading: &Grading) -> Self {
        let judged = |code: char, says: &str| JudgedShown {
            code: code.to_string(),
            says: says.to_owned(),
        };
        let source = grading.source.as_ref();
        Self {
            reliability: source.map(|s| judged(s.reliability.letter(), s.reliability.says())),
            credibility: source.map(|s| judged(s.credibility.digit(), s.credibility.says())),
            likelihood: grading.likelihood.map(|l| LikelihoodShown {
                term: l.term().to_owned(),
                percent: l.percent().into(),
            }),
            confidence: grading.confidence.map(|c| c.word().to_owned()),
            by: None,
            at: None,
            of_version: None,
        }
    }
}
