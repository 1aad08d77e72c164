//! From the text of a policy to a [`Policy`]: its levels, categories and readings.

use super::error::{PolicyError, PolicyRule};
use super::file::{CategoryEntry, LevelEntry, PolicyFile, ReadingEntry, Text};
use super::vocabulary::{Meaning, Vocabulary};
use super::{Category, CategoryId, CategoryKind, Level, LevelId, Policy, Value, ValueId, index};
use crate::atom::AtomName;
use crate::grammar;
use crate::limits::{CATEGORIES_MAX, LEVELS_MAX, POLICY_BYTES_MAX, VALUES_MAX};
use crate::name::{Name, escaped, escaped_up_to};
use crate::toml_fault::toml_fault;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use toml::Spanned;

/// Longest message of the TOML reader that is passed on, in characters: it may list every key that could stand there.
const TOML_FAULT_CHARS_MAX: usize = 400;

/// Reads and checks a policy. What follows uses what is read before: readings are written in the spellings of all else.
pub(super) fn load(source: &str) -> Result<Policy, PolicyError> {
    let mut loader = Loader {
        source,
        portions: HashMap::new(),
    };
    if source.len() > POLICY_BYTES_MAX {
        return Err(loader.refuse_at(
            0,
            PolicyRule::TooLarge {
                bytes: source.len(),
            },
        ));
    }
    let file: PolicyFile = toml::from_str(source).map_err(|fault| {
        let at = fault.span().map_or(0, |span| span.start);
        loader.refuse_at(
            at,
            PolicyRule::Toml(escaped_up_to(
                &toml_fault(fault.message()),
                TOML_FAULT_CHARS_MAX,
            )),
        )
    })?;
    let mut policy = Policy {
        name: loader.name(&file.name)?,
        title: loader.title(file.title)?,
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
        schedules: loader.schedules(file.schedule)?,
        tag: tag(source),
        grammar: None,
    };
    loader.levels(&mut policy, file.level)?;
    for entry in file.category {
        loader.category(&mut policy, entry)?;
    }
    for text in &file.handling {
        loader.spell(&mut policy.vocabulary, text, &Meaning::Handling)?;
    }
    loader.readings(&mut policy, file.reading)?;
    for text in &file.unmarked {
        loader.spell_unmarked(&mut policy.vocabulary, text)?;
    }
    loader.no_spelling_hides_a_category(&policy.vocabulary)?;
    policy.atoms = atoms(&policy);
    if let Some(entry) = file.grammar {
        policy.grammar = Some(Arc::new(grammar::load(&loader, &policy, entry)?));
    }
    Ok(policy)
}

/// A number that tells policies apart within one process.
fn tag(source: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    hasher.finish()
}

/// Every atom that needs a key.
fn atoms(policy: &Policy) -> BTreeSet<AtomName> {
    let levels = policy
        .levels
        .iter()
        .map(|level| AtomName::level(&level.name));
    let values = policy.values.iter().filter_map(|value| {
        let category = policy.category(value.category);
        let asked = category.kind != CategoryKind::Informative;
        asked.then(|| AtomName::value(&category.name, &value.name))
    });
    levels.chain(values).collect()
}

/// Checks the parts of a policy against its text, which it keeps to name lines.
pub(crate) struct Loader<'a> {
    source: &'a str,
    /// Whose each abbreviation of portion marks is.
    portions: HashMap<String, Name>,
}

/// How banner and portion mark show a name.
struct Shown {
    banner: Text,
    portion: Text,
}

impl Loader<'_> {
    /// The line of a byte of the source, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self
            .source
            .bytes()
            .take(at)
            .filter(|byte| *byte == b'\n')
            .count()
    }

    /// The refusal of what stands at a byte of the source.
    pub(crate) fn refuse_at(&self, at: usize, rule: PolicyRule) -> PolicyError {
        PolicyError {
            line: self.line(at),
            rule,
        }
    }

    /// The refusal of a text.
    pub(crate) fn refuse(&self, text: &Text, rule: PolicyRule) -> PolicyError {
        self.refuse_at(text.span().start, rule)
    }

    fn levels(
        &mut self,
        policy: &mut Policy,
        mut entries: Vec<LevelEntry>,
    ) -> Result<(), PolicyError> {
        if entries.is_empty() {
            return Err(self.refuse_at(0, PolicyRule::NoLevel));
        }
        if let Some(beyond) = entries.get(LEVELS_MAX) {
            return Err(self.refuse(&beyond.name, PolicyRule::TooManyLevels));
        }
        entries.sort_by_key(|entry| *entry.rank.get_ref());
        for pair in entries.windows(2) {
            let rank = *pair[1].rank.get_ref();
            if *pair[0].rank.get_ref() == rank {
                let other = escaped(pair[0].name.get_ref());
                return Err(self.refuse_at(
                    pair[1].rank.span().start,
                    PolicyRule::RankTwice { rank, other },
                ));
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
            self.claim_portion(&shown.portion, &name)?;
            policy.levels.push(Level {
                name,
                rank: entry.rank.into_inner(),
                banner: shown.banner.into_inner(),
                portion: shown.portion.into_inner(),
            });
        }
        Ok(())
    }

    fn category(&mut self, policy: &mut Policy, entry: CategoryEntry) -> Result<(), PolicyError> {
        if policy.categories.len() == CATEGORIES_MAX {
            return Err(self.refuse(&entry.name, PolicyRule::TooManyCategories));
        }
        let name = self.name(&entry.name)?;
        if entry.values.is_empty() {
            return Err(self.refuse(
                &entry.name,
                PolicyRule::NoValue {
                    category: name.to_string(),
                },
            ));
        }
        let category = CategoryId(index(policy.categories.len()));
        let shown = self.shown(&name, &entry.name, entry.banner, entry.portion)?;
        self.spell_category(
            &mut policy.vocabulary,
            &entry.name,
            &shown.banner,
            &entry.also,
            category,
        )?;
        let mut values = Vec::with_capacity(entry.values.len());
        for entry in entry.values {
            if policy.values.len() == VALUES_MAX {
                return Err(self.refuse(&entry.name, PolicyRule::TooManyValues));
            }
            let id = ValueId(index(policy.values.len()));
            let name = self.name(&entry.name)?;
            let shown = self.shown(&name, &entry.name, entry.banner, entry.portion)?;
            let meaning = Meaning::Value(id);
            self.spell_all(
                &mut policy.vocabulary,
                &entry.name,
                &shown.banner,
                &entry.also,
                &meaning,
            )?;
            self.claim_portion(&shown.portion, &name)?;
            let (banner, portion) = (shown.banner.into_inner(), shown.portion.into_inner());
            policy.values.push(Value {
                category,
                name,
                banner,
                portion,
            });
            values.push(id);
        }
        let (banner, portion) = (shown.banner.into_inner(), shown.portion.into_inner());
        policy.categories.push(Category {
            name,
            kind: entry.kind,
            banner,
            portion,
            values,
        });
        Ok(())
    }

    /// How a banner and a portion mark show a name: in upper case where the policy does not say.
    fn shown(
        &self,
        name: &Name,
        at: &Text,
        banner: Option<Text>,
        portion: Option<Text>,
    ) -> Result<Shown, PolicyError> {
        let banner =
            banner.unwrap_or_else(|| Spanned::new(at.span(), name.as_str().to_uppercase()));
        let portion = portion.unwrap_or_else(|| banner.clone());
        self.check_spelling(&banner)?;
        self.check_spelling(&portion)?;
        Ok(Shown { banner, portion })
    }

    /// Keeps a portion mark's abbreviation to one name.
    fn claim_portion(&mut self, portion: &Text, name: &Name) -> Result<(), PolicyError> {
        match self
            .portions
            .insert(portion.get_ref().clone(), name.clone())
        {
            None => Ok(()),
            Some(other) => {
                let (text, other) = (portion.get_ref().clone(), other.to_string());
                Err(self.refuse(portion, PolicyRule::PortionTwice { text, other }))
            }
        }
    }

    /// Reads each reading's meaning before any is spelled, so that none can mean another.
    fn readings(&self, policy: &mut Policy, entries: Vec<ReadingEntry>) -> Result<(), PolicyError> {
        let mut readings = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.printed.get_ref().is_empty() || entry.means.get_ref().is_empty() {
                return Err(self.refuse_at(entry.printed.span().start, PolicyRule::EmptyReading));
            }
            let mut meanings = Vec::new();
            for text in entry.means.get_ref() {
                let parts = policy.read_part(text.get_ref(), 1);
                meanings
                    .extend(parts.map_err(|fault| self.refuse(text, PolicyRule::Reading(fault)))?);
                match meanings.last() {
                    Some(Meaning::Level(_)) => {
                        return Err(self.refuse(text, PolicyRule::ReadingOfLevel));
                    }
                    Some(Meaning::Value(id)) if policy.kind_of(*id) == CategoryKind::Permissive => {
                        return Err(self.refuse(text, PolicyRule::ReadingOfBareValue));
                    }
                    _ => {}
                }
            }
            readings.push((entry.printed.into_inner(), Meaning::Reading(meanings)));
        }
        for (printed, meaning) in readings {
            for text in &printed {
                self.spell(&mut policy.vocabulary, text, &meaning)?;
            }
        }
        Ok(())
    }
}
