//! Grading: how far a source, what it says, and a judgement are to be relied on.
//!
//! Two schemes, apart from each other. The Admiralty system (as in FM 2-22.3, appendix B) judges a source's reliability by
//! a letter and the credibility of what it says by a digit: two separate judgements. Intelligence Community Directive 203
//! states how likely something is by one of seven terms, each for a range of percentages, and how confident the analyst
//! is, which is another question.
//!
//! What cannot happen here: **no order and no average.** `F` and `6` say that nothing is known, and are not the worst of
//! their rows; so none of these types can be compared by size, or counted with.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

/// How reliable a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Reliability {
    /// Completely reliable.
    #[n(1)]
    A,
    /// Usually reliable.
    #[n(2)]
    B,
    /// Fairly reliable.
    #[n(3)]
    C,
    /// Not usually reliable.
    #[n(4)]
    D,
    /// Unreliable.
    #[n(5)]
    E,
    /// There is no basis to judge it: unknown, not worst.
    #[n(6)]
    F,
}

impl Reliability {
    /// All of them, as their letters run.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// Its letter.
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::E => 'E',
            Self::F => 'F',
        }
    }
    /// What the letter says.
    pub const fn says(self) -> &'static str {
        match self {
            Self::A => "completely reliable",
            Self::B => "usually reliable",
            Self::C => "fairly reliable",
            Self::D => "not usually reliable",
            Self::E => "unreliable",
            Self::F => "unknown: no basis to judge its reliability",
        }
    }
    /// The one that a letter names, in either case.
    pub fn from_letter(letter: char) -> Option<Self> {
        let letter = letter.to_ascii_uppercase();
        Self::ALL.into_iter().find(|r| r.letter() == letter)
    }
}

/// How credible what a source says is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Credibility {
    /// Confirmed by independent sources.
    #[n(1)]
    Confirmed,
    /// Probably true.
    #[n(2)]
    Probable,
    /// Possibly true.
    #[n(3)]
    Possible,
    /// Doubtful.
    #[n(4)]
    Doubtful,
    /// Improbable.
    #[n(5)]
    Improbable,
    /// There is no basis to judge it: unknown, not worst.
    #[n(6)]
    Unknown,
}

impl Credibility {
    /// All of them, as their digits run.
    pub const ALL: [Self; 6] = [
        Self::Confirmed,
        Self::Probable,
        Self::Possible,
        Self::Doubtful,
        Self::Improbable,
        Self::Unknown,
    ];

    /// Its digit.
    pub const fn digit(self) -> char {
        match self {
            Self::Confirmed => '1',
            Self::Probable => '2',
            Self::Possible => '3',
            Self::Doubtful => '4',
            Self::Improbable => '5',
            Self::Unknown => '6',
        }
    }
    /// What the digit says.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed by independent sources",
            Self::Probable => "probably true",
            Self::Possible => "possibly true",
            Self::Doubtful => "doubtful",
            Self::Improbable => "improbable",
            Self::Unknown => "unknown: no basis to judge its truth",
        }
    }
    /// The one that a digit names.
    pub fn from_digit(digit: char) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.digit() == digit)
    }
}

/// A source's reliability and the credibility of what it says: `B2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct SourceGrade {
    /// Of the source.
    #[n(0)]
    pub reliability: Reliability,
    /// Of what it says.
    #[n(1)]
    pub credibility: Credibility,
}

impl fmt::Display for SourceGrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.reliability.letter(),
            self.credibility.digit()
        )
    }
}

/// A word that is no grade.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGrade {
    /// Not a letter and a digit.
    #[error(
        "a grade is a letter from A to F for the source and a digit from 1 to 6 for what it says, as in B2; F and 6 say that it cannot be judged"
    )]
    Source,
    /// No term of the directive.
    #[error("no such likelihood; the terms are {TERMS}", TERMS = Likelihood::ALL.map(Likelihood::term).join(", "))]
    Likelihood,
    /// No degree of confidence.
    #[error("confidence is low, moderate or high")]
    Confidence,
}

impl FromStr for SourceGrade {
    type Err = NoGrade;
    /// Reads `B2`, and `B-2` as reports write it.
    fn from_str(text: &str) -> Result<Self, NoGrade> {
        let signs: Vec<char> = text.trim().chars().filter(|c| *c != '-').take(3).collect();
        let [letter, digit] = signs[..] else {
            return Err(NoGrade::Source);
        };
        let reliability = Reliability::from_letter(letter).ok_or(NoGrade::Source)?;
        let credibility = Credibility::from_digit(digit).ok_or(NoGrade::Source)?;
        Ok(Self {
            reliability,
            credibility,
        })
    }
}

/// How likely something is, by the seven rows of Intelligence Community Directive 203, D.6.e(2)(a).
///
/// Each row has two terms. Either is read; one set of terms is shown, so that the two never stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Likelihood {
    /// Almost no chance; remote.
    #[n(1)]
    AlmostNoChance,
    /// Very unlikely; highly improbable.
    #[n(2)]
    VeryUnlikely,
    /// Unlikely; improbable.
    #[n(3)]
    Unlikely,
    /// Roughly even chance; roughly even odds.
    #[n(4)]
    RoughlyEven,
    /// Likely; probable.
    #[n(5)]
    Likely,
    /// Very likely; highly probable.
    #[n(6)]
    VeryLikely,
    /// Almost certain; nearly certain.
    #[n(7)]
    AlmostCertain,
}

impl Likelihood {
    /// All of them, as the directive's table runs.
    pub const ALL: [Self; 7] = [
        Self::AlmostNoChance,
        Self::VeryUnlikely,
        Self::Unlikely,
        Self::RoughlyEven,
        Self::Likely,
        Self::VeryLikely,
        Self::AlmostCertain,
    ];

    /// The term that is shown: that of the table's first row of terms.
    pub const fn term(self) -> &'static str {
        match self {
            Self::AlmostNoChance => "almost no chance",
            Self::VeryUnlikely => "very unlikely",
            Self::Unlikely => "unlikely",
            Self::RoughlyEven => "roughly even chance",
            Self::Likely => "likely",
            Self::VeryLikely => "very likely",
            Self::AlmostCertain => "almost certain",
        }
    }
    /// The term of the table's second row, which says the same.
    pub const fn other_term(self) -> &'static str {
        match self {
            Self::AlmostNoChance => "remote",
            Self::VeryUnlikely => "highly improbable",
            Self::Unlikely => "improbable",
            Self::RoughlyEven => "roughly even odds",
            Self::Likely => "probable",
            Self::VeryLikely => "highly probable",
            Self::AlmostCertain => "nearly certain",
        }
    }
    /// The range that the term stands for: percentages from and to. Neighbouring ranges share their bounds.
    pub const fn percent(self) -> (u8, u8) {
        match self {
            Self::AlmostNoChance => (1, 5),
            Self::VeryUnlikely => (5, 20),
            Self::Unlikely => (20, 45),
            Self::RoughlyEven => (45, 55),
            Self::Likely => (55, 80),
            Self::VeryLikely => (80, 95),
            Self::AlmostCertain => (95, 99),
        }
    }
}

impl FromStr for Likelihood {
    type Err = NoGrade;
    /// Reads a term of either set, in either case, with spaces or hyphens between its words.
    fn from_str(text: &str) -> Result<Self, NoGrade> {
        let words: Vec<String> = text
            .split([' ', '-'])
            .filter(|w| !w.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let term = words.join(" ");
        let known = |l: &Self| {
            l.term() == term
                || l.other_term() == term
                || (*l == Self::RoughlyEven && term == "roughly even")
        };
        Self::ALL.into_iter().find(known).ok_or(NoGrade::Likelihood)
    }
}

/// How confident a judgement is: the quality of what it rests on, not how likely its object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Confidence {
    /// Low.
    #[n(1)]
    Low,
    /// Moderate.
    #[n(2)]
    Moderate,
    /// High.
    #[n(3)]
    High,
}

impl Confidence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Low, Self::Moderate, Self::High];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

impl FromStr for Confidence {
    type Err = NoGrade;
    fn from_str(text: &str) -> Result<Self, NoGrade> {
        let word = text.trim().to_ascii_lowercase();
        let known = |c: &Self| c.word() == word;
        Self::ALL.into_iter().find(known).ok_or(NoGrade::Confidence)
    }
}

/// A grading: what was judged of a record or a portion. At least one of the three is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Grading {
    /// Of the source, and of what it says.
    #[n(0)]
    pub source: Option<SourceGrade>,
    /// How likely it is.
    #[n(1)]
    pub likelihood: Option<Likelihood>,
    /// How confident the judgement is.
    #[n(2)]
    pub confidence: Option<Confidence>,
}

impl Grading {
    /// A grading of what is given; none if nothing is.
    pub fn of(
        source: Option<SourceGrade>,
        likelihood: Option<Likelihood>,
        confidence: Option<Confidence>,
    ) -> Option<Self> {
        let some = source.is_some() || likelihood.is_some() || confidence.is_some();
        some.then_some(Self {
            source,
            likelihood,
            confidence,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grade_is_read_as_it_is_written() {
        for reliability in Reliability::ALL {
            for credibility in Credibility::ALL {
                let grade = SourceGrade {
                    reliability,
                    credibility,
                };
                assert_eq!(grade.to_string().parse(), Ok(grade));
                let (letter, digit) = (reliability.letter(), credibility.digit());
                assert_eq!(
                    format!("{}-{digit}", letter.to_ascii_lowercase()).parse(),
                    Ok(grade)
                );
            }
        }
        for wrong in ["", "B", "2", "2B", "G1", "A0", "A7", "A12", "AB2"] {
            assert_eq!(
                wrong.parse::<SourceGrade>(),
                Err(NoGrade::Source),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_cannot_be_judged_is_unknown() {
        assert!(Reliability::F.says().starts_with("unknown"));
        assert!(Credibility::Unknown.says().starts_with("unknown"));
        let known = Reliability::ALL.iter().filter(|r| **r != Reliability::F);
        assert!(known.into_iter().all(|r| !r.says().contains("unknown")));
    }

    #[test]
    fn both_sets_of_terms_are_read_and_cover_the_directives_range() {
        let mut at = 1;
        for likelihood in Likelihood::ALL {
            for term in [likelihood.term(), likelihood.other_term()] {
                assert_eq!(term.parse(), Ok(likelihood));
                assert_eq!(
                    term.to_uppercase().replace(' ', "-").parse(),
                    Ok(likelihood)
                );
            }
            let (from, to) = likelihood.percent();
            assert_eq!(from, at, "{likelihood:?}");
            at = to;
        }
        assert_eq!(at, 99);
        assert_eq!("perhaps".parse::<Likelihood>(), Err(NoGrade::Likelihood));
        assert!(NoGrade::Likelihood.to_string().contains("almost no chance"));
        assert_eq!("Moderate".parse(), Ok(Confidence::Moderate));
        assert_eq!("medium".parse::<Confidence>(), Err(NoGrade::Confidence));
    }

    #[test]
    fn a_grading_says_something() {
        assert_eq!(Grading::of(None, None, None), None);
        let grading = Grading::of(None, Some(Likelihood::Likely), None).expect("something");
        let bytes = crate::encode(&grading);
        assert_eq!(crate::decode(&bytes), Ok(grading));
    }
}
