//! What a policy says beside markings: reasons, passphrases, terms.

use super::error::{PolicyError, PolicyRule};
use super::file::{PassphraseEntry, ReasonEntry, TermsEntry, Text};
use super::load::Loader;
use crate::limits::{
    BACKUP_DAYS, DESCRIPTION_BYTES_MAX, DISCLOSURE_ACKNOWLEDGE_DAYS, DISCLOSURE_ANSWER_DAYS,
    OWN_PASSPHRASE_CHARS_MAX, OWN_PASSPHRASE_CHARS_MIN, PASSPHRASE_WORDS_MAX, PASSPHRASE_WORDS_MIN,
    REASONS_MAX, TERM_DAYS_MAX,
};
use crate::name::{Name, is_hidden};
use std::collections::HashMap;
use toml::Spanned;

/// A reason that may be given for restricting, or a purpose for which nothing may be restricted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    code: Name,
    description: String,
    cites: Option<String>,
}

/// The least that the policy asks of a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseFloor {
    /// How many words are generated.
    pub words: u8,
    /// How many characters a passphrase of the person's own must have; `None` where only generated ones are allowed.
    pub own_chars: Option<u16>,
}

/// How long things may take, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Within how many days a challenge must be answered.
    pub challenge_days: u16,
    /// Within how many days an appeal against that answer must be.
    pub appeal_days: u16,
    /// For how many days backups are kept; [`BACKUP_DAYS`] where the policy does not say.
    pub backup_days: u16,
    /// Within how many days a disclosure must be acknowledged; [`DISCLOSURE_ACKNOWLEDGE_DAYS`] where the policy does not say.
    pub disclosure_acknowledge_days: u16,
    /// Within how many days it must be answered, from then on; [`DISCLOSURE_ANSWER_DAYS`] where the policy does not say.
    pub disclosure_answer_days: u16,
}

impl Reason {
    /// The code by which it is given.
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// What it means, for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The rule it rests on, where the policy cites one.
    pub fn cites(&self) -> Option<&str> {
        self.cites.as_deref()
    }
}

impl Loader<'_> {
    pub(super) fn reasons(&self, entries: Vec<ReasonEntry>) -> Result<Vec<Reason>, PolicyError> {
        let mut reasons = Vec::new();
        let mut earlier = HashMap::new();
        for entry in entries {
            if reasons.len() == REASONS_MAX {
                return Err(self.refuse(&entry.code, PolicyRule::TooManyReasons));
            }
            let code = self.name(&entry.code)?;
            if !is_code(code.as_str()) {
                return Err(self.refuse(
                    &entry.code,
                    PolicyRule::Code {
                        code: code.to_string(),
                    },
                ));
            }
            if let Some(at) = earlier.insert(code.clone(), entry.code.span().start) {
                let (text, first) = (code.to_string(), self.line(at));
                return Err(self.refuse(&entry.code, PolicyRule::SaidTwice { text, first }));
            }
            let description = self.sentence(entry.description)?;
            let cites = entry.cites.map(|cites| self.sentence(cites)).transpose()?;
            reasons.push(Reason {
                code,
                description,
                cites,
            });
        }
        Ok(reasons)
    }

    pub(super) fn title(&self, title: Option<Text>) -> Result<String, PolicyError> {
        title.map_or(Ok(String::new()), |title| self.sentence(title))
    }

    /// A text for people: a paragraph without characters that do not show.
    pub(super) fn sentence(&self, text: Text) -> Result<String, PolicyError> {
        let fits = (1..=DESCRIPTION_BYTES_MAX).contains(&text.get_ref().len());
        if !fits || text.get_ref().chars().any(is_hidden) {
            return Err(self.refuse(&text, PolicyRule::Description));
        }
        Ok(text.into_inner())
    }

    pub(super) fn passphrase(
        &self,
        entry: &PassphraseEntry,
    ) -> Result<PassphraseFloor, PolicyError> {
        let words = within(&entry.words, PASSPHRASE_WORDS_MIN, PASSPHRASE_WORDS_MAX)
            .map_err(|at| self.refuse_at(at, PolicyRule::PassphraseWords))?;
        let own_chars = entry
            .own_chars
            .as_ref()
            .map(|chars| within(chars, OWN_PASSPHRASE_CHARS_MIN, OWN_PASSPHRASE_CHARS_MAX))
            .transpose()
            .map_err(|at| self.refuse_at(at, PolicyRule::PassphraseChars))?;
        Ok(PassphraseFloor { words, own_chars })
    }

    pub(super) fn terms(&self, entry: &TermsEntry) -> Result<Terms, PolicyError> {
        let days = |days: &Spanned<u16>| {
            within(days, 1, TERM_DAYS_MAX).map_err(|at| self.refuse_at(at, PolicyRule::Term))
        };
        let or = |said: &Option<Spanned<u16>>, unsaid| said.as_ref().map_or(Ok(unsaid), days);
        Ok(Terms {
            challenge_days: days(&entry.challenge_days)?,
            appeal_days: days(&entry.appeal_days)?,
            backup_days: or(&entry.backup_days, BACKUP_DAYS)?,
            disclosure_acknowledge_days: or(
                &entry.disclosure_acknowledge_days,
                DISCLOSURE_ACKNOWLEDGE_DAYS,
            )?,
            disclosure_answer_days: or(&entry.disclosure_answer_days, DISCLOSURE_ANSWER_DAYS)?,
        })
    }
}

/// The number, if it lies between the two; where it stands, if not.
fn within<N: Copy + PartialOrd>(number: &Spanned<N>, min: N, max: N) -> Result<N, usize> {
    let is_within = (min..=max).contains(number.get_ref());
    is_within
        .then_some(*number.get_ref())
        .ok_or(number.span().start)
}

/// Whether a text is lower-case words with hyphens between them.
pub(super) fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9'))
        })
}
