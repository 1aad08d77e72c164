//! From the text of a policy to a [`Policy`], rule by rule.

use super::error::{PolicyError, PolicyRule};
use super::file::{
    CategoryEntry, LevelEntry, PassphraseEntry, PolicyFile, ReadingEntry, ReasonEntry, TermsEntry,
    Text,
};
use super::vocabulary::{Entry, Meaning, Vocabulary, fold};
use super::{
    Category, CategoryId, CategoryKind, Level, LevelId, PassphraseFloor, Policy, Reason, Terms,
    Value, ValueId, index,
};
use crate::atom::AtomName;
use crate::limits::{
    CATEGORIES_MAX, DESCRIPTION_BYTES_MAX, LEVELS_MAX, OWN_PASSPHRASE_CHARS_MAX,
    OWN_PASSPHRASE_CHARS_MIN, PASSPHRASE_WORDS_MAX, PASSPHRASE_WORDS_MIN, POLICY_BYTES_MAX,
    REASONS_MAX, SPELLINGS_MAX, TERM_DAYS_MAX, VALUES_MAX,
};
use crate::marking::{self, NOBODY};
use crate::name::{Name, NameError, check_line};
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use toml::Spanned;

/// Words that a marking or a list of clearances reads for itself, folded.
const RESERVED: [&str; 3] = [NOBODY, marking::AT_MOST, marking::HANDLING];

/// Reads and checks a policy.
pub(super) fn load(source: &str) -> Result<Policy, PolicyError> {
    let loader = Loader { source };
    if source.len() > POLICY_BYTES_MAX {
        return Err(PolicyError {
            line: 1,
            rule: PolicyRule::TooLarge {
                bytes: source.len(),
            },
        });
    }
    let file: PolicyFile = toml::from_str(source).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        loader.error(at, PolicyRule::Toml(e.message().trim_end().to_owned()))
    })?;

    let mut policy = Policy {
        name: loader.name(&file.name)?,
        title: file.title,
        source: source.into(),
        levels: Vec::new(),
        categories: Vec::new(),
        values: Vec::new(),
        vocabulary: Vocabulary::default(),
        atoms: BTreeSet::new(),
        reasons: loader.reasons(file.reason)?,
        prohibited: loader.reasons(file.prohibited)?,
        passphrase: loader.passphrase(&file.passphrase)?,
        terms: loader.terms(&file.terms)?,
        tag: {
            let mut hasher = DefaultHasher::new();
            source.hash(&mut hasher);
            hasher.finish()
        },
    };
    let mut portions = HashMap::new();
    loader.levels(&mut policy, file.level, &mut portions)?;
    for entry in file.category {
        loader.category(&mut policy, entry, &mut portions)?;
    }
    for text in &file.handling {
        loader.spell(&mut policy.vocabulary, text, &Meaning::Handling)?;
    }
    for text in &file.unmarked {
        loader.unmarked(&mut policy.vocabulary, text)?;
    }
    loader.readings(&mut policy, file.reading)?;
    loader.no_spelling_hides_a_category(&policy.vocabulary)?;
    policy.atoms = atoms(&policy);
    Ok(policy)
}

/// Every atom that needs a key.
fn atoms(policy: &Policy) -> BTreeSet<AtomName> {
    let levels = policy
        .levels
        .iter()
        .map(|level| AtomName::level(&level.name));
    let values = policy.values.iter().filter_map(|value| {
        let category = policy.category(value.category);
        (category.kind != CategoryKind::Informative)
            .then(|| AtomName::value(&category.name, &value.name))
    });
    levels.chain(values).collect()
}

/// Checks the parts of a policy against its text, which it keeps to name lines.
struct Loader<'a> {
    source: &'a str,
}

impl Loader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.source.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    }

    fn error(&self, at: usize, rule: PolicyRule) -> PolicyError {
        PolicyError {
            line: self.line(at),
            rule,
        }
    }

    fn name(&self, text: &Text) -> Result<Name, PolicyError> {
        Name::new(text.get_ref()).map_err(|fault| self.bad_text(text, fault))
    }

    /// A spelling: a line of visible words, which other than a name may have a colon.
    fn spelling(&self, text: &Text) -> Result<String, PolicyError> {
        check_line(text.get_ref()).map_err(|fault| self.bad_text(text, fault))?;
        if let Some((at, character)) = text
            .get_ref()
            .chars()
            .enumerate()
            .find(|(_, c)| matches!(c, ';' | ',' | '&'))
        {
            return Err(self.bad_text(
                text,
                NameError::Character {
                    position: at + 1,
                    character,
                },
            ));
        }
        Ok(text.get_ref().clone())
    }

    fn bad_text(&self, text: &Text, fault: NameError) -> PolicyError {
        let shown: String = text
            .get_ref()
            .chars()
            .take(80)
            .flat_map(char::escape_debug)
            .collect();
        self.error(text.span().start, PolicyRule::Text { text: shown, fault })
    }

    fn levels(
        &self,
        policy: &mut Policy,
        mut entries: Vec<LevelEntry>,
        portions: &mut HashMap<String, String>,
    ) -> Result<(), PolicyError> {
        if entries.is_empty() {
            return Err(self.error(0, PolicyRule::NoLevel));
        }
        if let Some(beyond) = entries.get(LEVELS_MAX) {
            return Err(self.error(beyond.name.span().start, PolicyRule::TooManyLevels));
        }
        entries.sort_by_key(|entry| *entry.rank.get_ref());
        for pair in entries.windows(2) {
            let [lower, upper] = pair else { continue };
            if lower.rank.get_ref() == upper.rank.get_ref() {
                let other = lower.name.get_ref().clone();
                let rule = PolicyRule::RankTwice {
                    rank: *upper.rank.get_ref(),
                    other,
                };
                return Err(self.error(upper.rank.span().start, rule));
            }
        }
        for (at, entry) in entries.into_iter().enumerate() {
            let name = self.name(&entry.name)?;
            let shown = self.shown(&name, &entry.name, entry.banner, entry.portion)?;
            let meaning = Meaning::Level(LevelId(index(at)));
            self.spell_all(
                &mut policy.vocabulary,
                &entry.name,
                &shown.banner,
                &entry.also,
                &meaning,
            )?;
            self.portion(portions, &shown.portion, &name)?;
            let (banner, portion) = (shown.banner.into_inner(), shown.portion.into_inner());
            policy.levels.push(Level {
                name,
                rank: entry.rank.into_inner(),
                banner,
                portion,
            });
        }
        Ok(())
    }

    fn category(
        &self,
        policy: &mut Policy,
        entry: CategoryEntry,
        portions: &mut HashMap<String, String>,
    ) -> Result<(), PolicyError> {
        let at = entry.name.span().start;
        if policy.categories.len() == CATEGORIES_MAX {
            return Err(self.error(at, PolicyRule::TooManyCategories));
        }
        let name = self.name(&entry.name)?;
        if entry.values.is_empty() {
            return Err(self.error(
                at,
                PolicyRule::NoValue {
                    category: name.to_string(),
                },
            ));
        }
        let id = CategoryId(index(policy.categories.len()));
        let shown = self.shown(&name, &entry.name, entry.banner, entry.portion)?;
        for (text, is_given) in std::iter::once((&entry.name, true))
            .chain(entry.also.iter().map(|t| (t, true)))
            .chain([(&shown.banner, false)])
        {
            self.category_spelling(&mut policy.vocabulary, text, id, is_given)?;
        }
        let mut ids = Vec::with_capacity(entry.values.len());
        for value in entry.values {
            if policy.values.len() == VALUES_MAX {
                return Err(self.error(value.name.span().start, PolicyRule::TooManyValues));
            }
            let value_id = ValueId(index(policy.values.len()));
            let name = self.name(&value.name)?;
            let shown = self.shown(&name, &value.name, value.banner, value.portion)?;
            let meaning = Meaning::Value(value_id);
            self.spell_all(
                &mut policy.vocabulary,
                &value.name,
                &shown.banner,
                &value.also,
                &meaning,
            )?;
            self.portion(portions, &shown.portion, &name)?;
            let (banner, portion) = (shown.banner.into_inner(), shown.portion.into_inner());
            policy.values.push(Value {
                category: id,
                name,
                banner,
                portion,
            });
            ids.push(value_id);
        }
        let (banner, portion) = (shown.banner.into_inner(), shown.portion.into_inner());
        policy.categories.push(Category {
            name,
            kind: entry.kind,
            banner,
            portion,
            values: ids,
        });
        Ok(())
    }

    /// How a banner and a portion mark show a name; in upper case where the policy does not say.
    fn shown(
        &self,
        name: &Name,
        at: &Text,
        banner: Option<Text>,
        portion: Option<Text>,
    ) -> Result<Shown, PolicyError> {
        let banner = match banner {
            Some(text) => Spanned::new(text.span(), self.spelling(&text)?),
            None => Spanned::new(at.span(), name.as_str().to_uppercase()),
        };
        let portion = match portion {
            Some(text) => Spanned::new(text.span(), self.spelling(&text)?),
            None => banner.clone(),
        };
        Ok(Shown { banner, portion })
    }

    /// Keeps a portion mark's abbreviation to one name.
    fn portion(
        &self,
        taken: &mut HashMap<String, String>,
        text: &Text,
        name: &Name,
    ) -> Result<(), PolicyError> {
        match taken.insert(text.get_ref().clone(), name.to_string()) {
            None => Ok(()),
            Some(other) => {
                let rule = PolicyRule::PortionTwice {
                    text: text.get_ref().clone(),
                    other,
                };
                Err(self.error(text.span().start, rule))
            }
        }
    }

    /// Gives a meaning to a name, to its other spellings, and to what a banner shows of it.
    fn spell_all(
        &self,
        vocabulary: &mut Vocabulary,
        name: &Text,
        banner: &Text,
        also: &[Text],
        meaning: &Meaning,
    ) -> Result<(), PolicyError> {
        for text in std::iter::once(name).chain(also) {
            self.spell(vocabulary, text, meaning)?;
        }
        // A banner mostly folds to the name itself; where it does not, it must still read back.
        if vocabulary.meaning(banner.get_ref()) != Some(meaning) {
            self.spell(vocabulary, banner, meaning)?;
        }
        Ok(())
    }

    /// Gives a meaning to one spelling that has none.
    fn spell(
        &self,
        vocabulary: &mut Vocabulary,
        text: &Text,
        meaning: &Meaning,
    ) -> Result<(), PolicyError> {
        let at = text.span().start;
        let folded = self.free(vocabulary, text)?;
        let line = self.line(at);
        if let Some(earlier) = vocabulary.entries.get(&folded) {
            let rule = PolicyRule::SaidTwice {
                text: text.get_ref().clone(),
                first: earlier.line,
            };
            return Err(PolicyError { line, rule });
        }
        vocabulary.entries.insert(
            folded,
            Entry {
                meaning: meaning.clone(),
                line,
            },
        );
        Ok(())
    }

    /// Names a category before a colon; its name and other spellings are said once, its banner may repeat one of them.
    fn category_spelling(
        &self,
        vocabulary: &mut Vocabulary,
        text: &Text,
        id: CategoryId,
        is_given: bool,
    ) -> Result<(), PolicyError> {
        let at = text.span().start;
        let folded = self.free(vocabulary, text)?;
        if folded.contains(':') {
            return Err(self.error(
                at,
                PolicyRule::LooksLikeCategory {
                    text: text.get_ref().clone(),
                },
            ));
        }
        match vocabulary.categories.get(&folded) {
            Some(known) if is_given || *known != id => {
                let first = self.line(at);
                Err(self.error(
                    at,
                    PolicyRule::SaidTwice {
                        text: text.get_ref().clone(),
                        first,
                    },
                ))
            }
            Some(_) => Ok(()),
            None => {
                vocabulary.categories.insert(folded, id);
                Ok(())
            }
        }
    }

    fn unmarked(&self, vocabulary: &mut Vocabulary, text: &Text) -> Result<(), PolicyError> {
        let folded = self.free(vocabulary, text)?;
        let line = self.line(text.span().start);
        let earlier = vocabulary.entries.get(&folded).map(|entry| entry.line);
        match earlier.or_else(|| vocabulary.unmarked.insert(folded, line)) {
            None => Ok(()),
            Some(first) => Err(PolicyError {
                line,
                rule: PolicyRule::SaidTwice {
                    text: text.get_ref().clone(),
                    first,
                },
            }),
        }
    }

    /// A spelling, folded, that no rule of the language itself takes; refuses one spelling too many.
    fn free(&self, vocabulary: &Vocabulary, text: &Text) -> Result<String, PolicyError> {
        let at = text.span().start;
        let folded = fold(&self.spelling(text)?);
        if RESERVED.contains(&folded.as_str()) || folded.starts_with(marking::AT_MOST_PREFIX) {
            return Err(self.error(
                at,
                PolicyRule::Reserved {
                    text: text.get_ref().clone(),
                },
            ));
        }
        if vocabulary.len() == SPELLINGS_MAX {
            return Err(self.error(at, PolicyRule::TooManySpellings));
        }
        Ok(folded)
    }

    /// Readings come last: what they mean is written in the spellings of everything else.
    fn readings(&self, policy: &mut Policy, entries: Vec<ReadingEntry>) -> Result<(), PolicyError> {
        let mut readings = Vec::new();
        for entry in entries {
            let (Some(printed), Some(_)) = (entry.printed.first(), entry.means.first()) else {
                let at = entry
                    .printed
                    .first()
                    .or(entry.means.first())
                    .map_or(0, |text| text.span().start);
                return Err(self.error(at, PolicyRule::EmptyReading));
            };
            let mut meanings = Vec::new();
            for text in &entry.means {
                let at = text.span().start;
                let parts = policy
                    .read_part(text.get_ref(), 1)
                    .map_err(|fault| self.error(at, PolicyRule::Reading(fault)))?;
                if parts.iter().any(|part| matches!(part, Meaning::Level(_))) {
                    return Err(self.error(printed.span().start, PolicyRule::ReadingOfLevel));
                }
                meanings.extend(parts);
            }
            readings.push((entry.printed, Meaning::Reading(meanings)));
        }
        for (printed, meaning) in readings {
            for text in &printed {
                self.spell(&mut policy.vocabulary, text, &meaning)?;
            }
        }
        Ok(())
    }

    /// A spelling with a colon must not read as a category and its values.
    fn no_spelling_hides_a_category(&self, vocabulary: &Vocabulary) -> Result<(), PolicyError> {
        let hiding = vocabulary.entries.iter().filter(|(text, _)| {
            text.split_once(':')
                .is_some_and(|(before, _)| vocabulary.category(before).is_some())
        });
        match hiding.min_by_key(|(_, entry)| entry.line) {
            None => Ok(()),
            Some((text, entry)) => Err(PolicyError {
                line: entry.line,
                rule: PolicyRule::LooksLikeCategory { text: text.clone() },
            }),
        }
    }

    fn reasons(&self, entries: Vec<ReasonEntry>) -> Result<Vec<Reason>, PolicyError> {
        let mut reasons = Vec::<Reason>::new();
        let mut lines = HashMap::new();
        for entry in entries {
            let at = entry.code.span().start;
            if reasons.len() == REASONS_MAX {
                return Err(self.error(at, PolicyRule::TooManyReasons));
            }
            let code = self.name(&entry.code)?;
            if !is_code(code.as_str()) {
                return Err(self.error(
                    at,
                    PolicyRule::Code {
                        code: code.to_string(),
                    },
                ));
            }
            if let Some(first) = lines.insert(code.clone(), self.line(at)) {
                return Err(self.error(
                    at,
                    PolicyRule::SaidTwice {
                        text: code.to_string(),
                        first,
                    },
                ));
            }
            for text in std::iter::once(&entry.description).chain(&entry.cites) {
                let sentence = text.get_ref();
                let fits = (1..=DESCRIPTION_BYTES_MAX).contains(&sentence.len());
                if !fits || sentence.chars().any(char::is_control) {
                    return Err(self.error(text.span().start, PolicyRule::Description));
                }
            }
            let (description, cites) = (
                entry.description.into_inner(),
                entry.cites.map(Spanned::into_inner),
            );
            reasons.push(Reason {
                code,
                description,
                cites,
            });
        }
        Ok(reasons)
    }

    fn passphrase(&self, entry: &PassphraseEntry) -> Result<PassphraseFloor, PolicyError> {
        let words = *entry.words.get_ref();
        if !(PASSPHRASE_WORDS_MIN..=PASSPHRASE_WORDS_MAX).contains(&words) {
            return Err(self.error(entry.words.span().start, PolicyRule::PassphraseWords));
        }
        if let Some(chars) = &entry.own_chars
            && !(OWN_PASSPHRASE_CHARS_MIN..=OWN_PASSPHRASE_CHARS_MAX).contains(chars.get_ref())
        {
            return Err(self.error(chars.span().start, PolicyRule::PassphraseChars));
        }
        Ok(PassphraseFloor {
            words,
            own_chars: entry.own_chars.as_ref().map(|chars| *chars.get_ref()),
        })
    }

    fn terms(&self, entry: &TermsEntry) -> Result<Terms, PolicyError> {
        for days in [&entry.challenge_days, &entry.appeal_days] {
            if !(1..=TERM_DAYS_MAX).contains(days.get_ref()) {
                return Err(self.error(days.span().start, PolicyRule::Term));
            }
        }
        Ok(Terms {
            challenge_days: *entry.challenge_days.get_ref(),
            appeal_days: *entry.appeal_days.get_ref(),
        })
    }
}

/// How banner and portion mark show a name.
struct Shown {
    banner: Text,
    portion: Text,
}

/// Whether a text is lower-case words with hyphens between them.
fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9'))
        })
}
