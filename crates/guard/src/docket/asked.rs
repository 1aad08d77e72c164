//! Questions about a meeting: what is asked, and whether what a record declares fits it.
//!
//! A record *fits* where it declares all that is asked for and nothing of it differs. It is *silent* where nothing that it
//! declares differs, and something that is asked for it does not declare: whoever asks is told of those too.
//! Words are compared without capitals and diacritics, within the sealed place and participants alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use strongroom_record::event::DocketFacts;
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::{Day, PersonId, Timestamp};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::filter::Span;
use crate::limits::{
    CUSTODY_PARTICIPANTS_MAX, CUSTODY_WORDS_MAX_BYTES, DOCKET_QUESTIONS_MAX,
    DOCKET_QUESTIONS_WITHIN,
};
use crate::refusal::{Code, Refusal};

/// The words of a text, as they are compared.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether what a record declares fits what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Fits,
    Silent,
    Differs,
}

impl Fit {
    fn of(declared: bool, same: bool) -> Self {
        match (declared, same) {
            (false, _) => Self::Silent,
            (true, true) => Self::Fits,
            (true, false) => Self::Differs,
        }
    }
}

/// A meeting that is asked for.
pub(super) struct Meeting {
    pub(super) span: Span,
    pub(super) place: BTreeSet<String>,
    /// Of each participant asked for the words; all of them stand in one participant's name.
    pub(super) participants: Vec<BTreeSet<String>>,
}

impl Meeting {
    pub(super) fn read(
        (from, to): (Option<&str>, Option<&str>),
        place: Option<&str>,
        participants: &[String],
    ) -> Result<Self, Refusal> {
        if participants.len() > CUSTODY_PARTICIPANTS_MAX {
            return Err(Refusal::new(
                Code::Limit,
                format!("--participant may stand {CUSTODY_PARTICIPANTS_MAX} times at most"),
            )
            .hint("ask for those by whom the meeting is known"));
        }
        let named = |what: &str, text: &str| {
            if text.len() > CUSTODY_WORDS_MAX_BYTES {
                let bytes = text.len();
                return Err(Refusal::new(
                    Code::Limit,
                    format!("{what} has {bytes} bytes, and may have {CUSTODY_WORDS_MAX_BYTES}"),
                )
                .hint("name the words by which it is known: all of them must stand in what a record declares"));
            }
            let words = words(text);
            match words.is_empty() {
                true => Err(Refusal::invalid(format!("{what} has no word in it"))),
                false => Ok(words),
            }
        };
        let meeting = Self {
            span: Span::read(from, to)?,
            place: place.map_or(Ok(BTreeSet::new()), |text| named("--place", text))?,
            participants: participants
                .iter()
                .map(|text| named("--participant", text))
                .collect::<Result<_, _>>()?,
        };
        if meeting.span.is_open() && meeting.place.is_empty() && meeting.participants.is_empty() {
            return Err(Refusal::invalid("no meeting is named")
                .hint("give its date, or from when to when it was, its place or a participant"));
        }
        Ok(meeting)
    }

    /// How what a record declares fits: as badly as what fits worst.
    pub(super) fn fit(&self, facts: &DocketFacts) -> Fit {
        let mut fits = vec![Fit::Fits];
        if !self.span.is_open() {
            let days = facts.when.as_ref().and_then(Day::of_conversation);
            let within = days
                .as_ref()
                .is_some_and(|d| self.span.overlaps((*d.start(), *d.end())));
            fits.push(Fit::of(days.is_some(), within));
        }
        if !self.place.is_empty() {
            let place = facts.place.as_deref().map(words);
            let same = place.as_ref().is_some_and(|p| self.place.is_subset(p));
            fits.push(Fit::of(place.is_some(), same));
        }
        let there: Vec<BTreeSet<String>> = facts.participants.iter().map(|p| words(p)).collect();
        for asked in &self.participants {
            let same = there.iter().any(|p| asked.is_subset(p));
            fits.push(Fit::of(!there.is_empty(), same));
        }
        fits.into_iter().max().expect("the first is there")
    }
}

/// Words for people that go with a question: what for.
pub(super) fn checked_because(because: &str) -> Result<(), Refusal> {
    if because.trim().is_empty() {
        return Err(Refusal::invalid(
            "--because says what this is asked for, in words",
        ));
    }
    if because.len() > STATEMENT_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!(
                "--because has {} bytes, and may have {STATEMENT_MAX_BYTES}",
                because.len()
            ),
        )
        .hint("say in a sentence what it is asked for"));
    }
    Ok(())
}

/// When each inspector put questions lately. Kept in memory: whoever could end the process to ask more is no inspector.
#[derive(Default)]
pub(crate) struct Questions(Mutex<BTreeMap<PersonId, VecDeque<Timestamp>>>);

impl Questions {
    /// Counts a question.
    ///
    /// # Errors
    /// There were too many within the last hour.
    pub(super) fn put(&self, person: PersonId, now: Timestamp) -> Result<(), Refusal> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = all.entry(person).or_default();
        while lately
            .front()
            .is_some_and(|at| at.plus(DOCKET_QUESTIONS_WITHIN) <= now)
        {
            lately.pop_front();
        }
        if lately.len() >= DOCKET_QUESTIONS_MAX {
            let again = lately[0].plus(DOCKET_QUESTIONS_WITHIN);
            return Err(Refusal::new(
                Code::SlowDown,
                format!("you put {DOCKET_QUESTIONS_MAX} questions to the docket within an hour"),
            )
            .hint(format!(
                "you may ask again at {again}; a span of days asks for many meetings at once"
            )));
        }
        lately.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_record::event::Statement;
    use strongroom_record::when::{Precision, When};

    fn facts(date: Option<&str>, place: Option<&str>, participants: &[&str]) -> DocketFacts {
        DocketFacts {
            statement: Statement {
                reason: String::new(),
                authority: String::new(),
                because: String::new(),
                from_system: None,
                already_held_by: Vec::new(),
                override_because: None,
                practice: None,
            },
            when: date.map(|date| When {
                start: date.to_owned(),
                end: None,
                precision: Precision::Day,
                uncertain: false,
                zone_minutes: None,
                printed: String::new(),
            }),
            place: place.map(str::to_owned),
            participants: participants.iter().map(|p| (*p).to_owned()).collect(),
        }
    }

    fn fit(date: Option<&str>, place: Option<&str>, who: &[&str], facts: &DocketFacts) -> Fit {
        let who: Vec<String> = who.iter().map(|w| (*w).to_owned()).collect();
        Meeting::read((date, date), place, &who).unwrap().fit(facts)
    }

    #[test]
    fn words_are_compared_without_capitals_and_diacritics() {
        assert_eq!(
            words("Président Žižek-Müller"),
            words("president ZIZEK muller")
        );
        assert!(words(" -- ").is_empty());
    }

    #[test]
    fn a_meeting_fits_what_is_declared_and_is_not_made_up_from_what_is_not() {
        let call = facts(
            Some("1969-02-14"),
            Some("The White House"),
            &["Henry A. Kissinger", "Anatoly Dobrynin"],
        );
        let day = Some("1969-02-14");
        assert_eq!(fit(day, None, &[], &call), Fit::Fits);
        assert_eq!(
            fit(
                day,
                Some("white house"),
                &["kissinger", "DOBRYNIN anatoly"],
                &call
            ),
            Fit::Fits
        );
        assert_eq!(fit(Some("1969-02-15"), None, &[], &call), Fit::Differs);
        // Two persons' names do not make one.
        assert_eq!(fit(day, None, &["Henry Dobrynin"], &call), Fit::Differs);
        // Part of a word is none.
        assert_eq!(fit(day, None, &["Kiss"], &call), Fit::Differs);
        let undated = facts(None, Some("Moscow"), &[]);
        assert_eq!(fit(day, None, &[], &undated), Fit::Silent);
        assert_eq!(fit(day, Some("Paris"), &[], &undated), Fit::Differs);
        assert_eq!(fit(day, None, &["Nixon"], &undated), Fit::Silent);
        let year = facts(Some("1969"), None, &[]);
        assert_eq!(fit(day, None, &[], &year), Fit::Fits);
        assert_eq!(fit(Some("1970-01-01"), None, &[], &year), Fit::Differs);
    }

    #[test]
    fn a_question_without_anything_asked_is_refused() {
        for (place, who) in [
            (None, &[][..]),
            (Some("--"), &[]),
            (None, &[" ".to_owned()]),
        ] {
            assert!(Meeting::read((None, None), place, who).is_err());
        }
    }

    #[test]
    fn a_question_that_is_too_long_is_refused_with_what_is_too_long() {
        let long = "word ".repeat(CUSTODY_WORDS_MAX_BYTES / 5 + 1);
        let ask = |place: Option<&str>, who: &[String]| Meeting::read((None, None), place, who);
        for (refused, says) in [
            (ask(Some(&long), &[]), "--place has"),
            (ask(None, std::slice::from_ref(&long)), "--participant has"),
            (
                ask(None, &vec!["a".to_owned(); CUSTODY_PARTICIPANTS_MAX + 1]),
                "--participant may stand",
            ),
        ] {
            let refused = refused.err().expect("too long");
            assert_eq!(refused.code, Code::Limit);
            assert!(
                refused.message.contains(says) && refused.hint.is_some(),
                "{refused:?}"
            );
        }
        let most = &long.trim_end()[..CUSTODY_WORDS_MAX_BYTES];
        assert!(ask(Some(most), &vec!["a".to_owned(); CUSTODY_PARTICIPANTS_MAX]).is_ok());
    }

    #[test]
    fn questions_are_so_many_an_hour_for_each() {
        let questions = Questions::default();
        let (one, other) = (PersonId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        let now = Timestamp::from_millis(1_000);
        for _ in 0..DOCKET_QUESTIONS_MAX {
            questions.put(one, now).unwrap();
        }
        assert_eq!(questions.put(one, now).unwrap_err().code, Code::SlowDown);
        assert!(questions.put(other, now).is_ok());
        assert!(
            questions
                .put(one, now.plus(DOCKET_QUESTIONS_WITHIN))
                .is_ok()
        );
    }
}
