//! Giving spellings their meaning, each once.

use super::CategoryId;
use super::error::{PolicyError, PolicyRule};
use super::file::Text;
use super::load::Loader;
use super::vocabulary::{Meaning, Said, Vocabulary, fold};
use crate::limits::{SPELLING_BYTES_MAX, SPELLINGS_MAX};
use crate::marking;
use crate::name::{Name, NameError, check_line, escaped};

impl Loader<'_> {
    /// A name: of the policy itself, of a level, a category or a value.
    pub(crate) fn name(&self, text: &Text) -> Result<Name, PolicyError> {
        Name::new(text.get_ref()).map_err(|fault| self.bad_text(text, fault))
    }

    /// Checks a spelling: a line of visible words as a name is, which may have a colon besides.
    pub(super) fn check_spelling(&self, text: &Text) -> Result<(), PolicyError> {
        check_line(text.get_ref(), SPELLING_BYTES_MAX)
            .map_err(|fault| self.bad_text(text, fault))?;
        let sign = text
            .get_ref()
            .chars()
            .enumerate()
            .find(|(_, c)| matches!(c, ';' | ',' | '&'));
        match sign {
            None => Ok(()),
            Some((at, character)) => Err(self.bad_text(
                text,
                NameError::Character {
                    position: at + 1,
                    character,
                },
            )),
        }
    }

    fn bad_text(&self, text: &Text, fault: NameError) -> PolicyError {
        self.refuse(
            text,
            PolicyRule::Text {
                text: escaped(text.get_ref()),
                fault,
            },
        )
    }

    /// Gives a meaning to a name, to its other spellings, and to what a banner shows of it.
    pub(super) fn spell_all(
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
    pub(super) fn spell(
        &self,
        vocabulary: &mut Vocabulary,
        text: &Text,
        meaning: &Meaning,
    ) -> Result<(), PolicyError> {
        let folded = self.foldable(vocabulary, text)?;
        if let Some(earlier) = vocabulary.entries.get(&folded) {
            return Err(self.said_twice(text, earlier.at));
        }
        let said = Said {
            meaning: meaning.clone(),
            at: text.span().start,
        };
        vocabulary.entries.insert(folded, said);
        Ok(())
    }

    /// Gives a category to what may stand before a colon: its name, its other spellings, and what a banner shows of it.
    pub(super) fn spell_category(
        &self,
        vocabulary: &mut Vocabulary,
        name: &Text,
        banner: &Text,
        also: &[Text],
        category: CategoryId,
    ) -> Result<(), PolicyError> {
        let is_said = |vocabulary: &Vocabulary, text: &Text| {
            vocabulary.category(text.get_ref()) == Some(category)
        };
        for (text, may_repeat) in std::iter::once(name)
            .chain(also)
            .map(|text| (text, false))
            .chain([(banner, true)])
        {
            let folded = self.foldable(vocabulary, text)?;
            if folded.contains(':') {
                return Err(self.refuse(
                    text,
                    PolicyRule::LooksLikeCategory {
                        text: text.get_ref().clone(),
                    },
                ));
            }
            if may_repeat && is_said(vocabulary, text) {
                continue;
            }
            if let Some(earlier) = vocabulary.categories.get(&folded) {
                return Err(self.said_twice(text, earlier.at));
            }
            vocabulary.categories.insert(
                folded,
                Said {
                    meaning: category,
                    at: text.span().start,
                },
            );
        }
        Ok(())
    }

    /// Takes a spelling for "no level is printed".
    pub(super) fn spell_unmarked(
        &self,
        vocabulary: &mut Vocabulary,
        text: &Text,
    ) -> Result<(), PolicyError> {
        let folded = self.foldable(vocabulary, text)?;
        let meant = vocabulary.entries.get(&folded).map(|earlier| earlier.at);
        if let Some(earlier) =
            meant.or_else(|| vocabulary.unmarked.get(&folded).map(|earlier| earlier.at))
        {
            return Err(self.said_twice(text, earlier));
        }
        vocabulary.unmarked.insert(
            folded,
            Said {
                meaning: (),
                at: text.span().start,
            },
        );
        Ok(())
    }

    /// A spelling, folded; refuses words that every marking reads for itself, and one spelling too many.
    fn foldable(&self, vocabulary: &Vocabulary, text: &Text) -> Result<String, PolicyError> {
        self.check_spelling(text)?;
        if marking::is_reserved(text.get_ref()) {
            return Err(self.refuse(
                text,
                PolicyRule::Reserved {
                    text: text.get_ref().clone(),
                },
            ));
        }
        if vocabulary.len() == SPELLINGS_MAX {
            return Err(self.refuse(text, PolicyRule::TooManySpellings));
        }
        Ok(fold(text.get_ref()))
    }

    fn said_twice(&self, text: &Text, earlier: usize) -> PolicyError {
        let first = self.line(earlier);
        self.refuse(
            text,
            PolicyRule::SaidTwice {
                text: text.get_ref().clone(),
                first,
            },
        )
    }

    /// A spelling with a colon must not read as a category and its values.
    pub(super) fn no_spelling_hides_a_category(
        &self,
        vocabulary: &Vocabulary,
    ) -> Result<(), PolicyError> {
        let hiding = vocabulary.entries.iter().filter(|(text, _)| {
            text.split_once(':')
                .is_some_and(|(before, _)| vocabulary.category(before).is_some())
        });
        match hiding.min_by_key(|(_, said)| said.at) {
            None => Ok(()),
            Some((text, said)) => Err(self.refuse_at(
                said.at,
                PolicyRule::LooksLikeCategory { text: text.clone() },
            )),
        }
    }
}
