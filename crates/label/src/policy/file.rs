//! What a policy file may say, as TOML: shapes only. What it must not say is checked in `load.rs`.

use super::{CategoryKind, Then};
use crate::grammar::file::GrammarFile;
use serde::Deserialize;
use toml::Spanned;

/// A text and where it stands, so that an error can name its line.
pub(crate) type Text = Spanned<String>;

/// A whole policy file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    pub(super) name: Text,
    pub(super) title: Option<Text>,
    /// What a printed source says of a record that bears no level.
    #[serde(default)]
    pub(super) unmarked: Vec<Text>,
    /// Words printed beside a level that say how to treat a paper, and nothing of who may read it.
    #[serde(default)]
    pub(super) handling: Vec<Text>,
    pub(super) passphrase: PassphraseEntry,
    pub(super) terms: TermsEntry,
    #[serde(default)]
    pub(super) level: Vec<LevelEntry>,
    #[serde(default)]
    pub(super) category: Vec<CategoryEntry>,
    #[serde(default)]
    pub(super) reading: Vec<ReadingEntry>,
    #[serde(default)]
    pub(super) reason: Vec<ReasonEntry>,
    #[serde(default)]
    pub(super) prohibited: Vec<ReasonEntry>,
    /// How long records are kept, and what then becomes of them.
    #[serde(default)]
    pub(super) schedule: Vec<ScheduleEntry>,
    /// How banners and portion marks are written; without it, markings are parts after semicolons.
    pub(super) grammar: Option<GrammarFile>,
}

/// `[[level]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelEntry {
    pub(super) name: Text,
    /// Higher is stricter.
    pub(super) rank: Spanned<u16>,
    /// How a banner shows it; the name in upper case where nothing is said.
    pub(super) banner: Option<Text>,
    /// How a portion mark shows it; as the banner where nothing is said.
    pub(super) portion: Option<Text>,
    /// Other spellings.
    #[serde(default)]
    pub(super) also: Vec<Text>,
}

/// `[[category]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryEntry {
    pub(super) name: Text,
    pub(super) kind: CategoryKind,
    pub(super) banner: Option<Text>,
    pub(super) portion: Option<Text>,
    #[serde(default)]
    pub(super) also: Vec<Text>,
    pub(super) values: Vec<ValueEntry>,
}

/// One of a category's `values`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueEntry {
    pub(super) name: Text,
    pub(super) banner: Option<Text>,
    pub(super) portion: Option<Text>,
    #[serde(default)]
    pub(super) also: Vec<Text>,
}

/// `[[reading]]`: printed forms that stand for several parts of a marking at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingEntry {
    pub(super) printed: Spanned<Vec<Text>>,
    /// Parts as they would be written in a marking.
    pub(super) means: Spanned<Vec<Text>>,
}

/// `[[reason]]` and `[[prohibited]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonEntry {
    pub(super) code: Text,
    pub(super) description: Text,
    pub(super) cites: Option<Text>,
}

/// `[[schedule]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleEntry {
    pub(super) name: Text,
    pub(super) title: Text,
    pub(super) keep_years: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) permanent: bool,
    pub(super) then: Then,
    pub(super) cites: Option<Text>,
    #[serde(default)]
    pub(super) default: bool,
}

/// `[passphrase]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PassphraseEntry {
    pub(super) words: Spanned<u8>,
    pub(super) own_chars: Option<Spanned<u16>>,
}

/// `[terms]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsEntry {
    pub(super) challenge_days: Spanned<u16>,
    pub(super) appeal_days: Spanned<u16>,
    pub(super) backup_days: Option<Spanned<u16>>,
    pub(super) disclosure_acknowledge_days: Option<Spanned<u16>>,
    pub(super) disclosure_answer_days: Option<Spanned<u16>>,
}
