//! What `[grammar]` of a policy file may say, as TOML: shapes only. What it must not say is checked in `load.rs`.
//!
//! `docs/marking.md` explains every key for people who write a policy.

use super::document::DocumentEntry;
use crate::policy::Text;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[grammar]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrammarFile {
    /// What parts the level and the slots: `//`.
    pub(crate) between: Text,
    /// The same in portion marks, where it differs.
    pub(crate) portion_between: Option<Text>,
    /// Where the rules that the code knows by itself stand: rule id to citation; `default` for all others.
    #[serde(default)]
    pub(crate) cites: BTreeMap<String, Text>,
    pub(crate) head: Vec<HeadEntry>,
    #[serde(default)]
    pub(crate) codes: Vec<CodesEntry>,
    #[serde(default)]
    pub(crate) list: Vec<ListEntry>,
    #[serde(default)]
    pub(crate) slot: Vec<SlotEntry>,
    #[serde(default)]
    pub(crate) rule: Vec<RuleEntry>,
    pub(crate) rollup: Option<RollUpEntry>,
    pub(crate) authority: Option<AuthorityEntry>,
    pub(crate) document: Option<DocumentEntry>,
}

/// `[[grammar.head]]`: a way to begin a marking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadEntry {
    pub(crate) name: Text,
    /// Written before all else: `//JOINT `.
    pub(crate) begins: Option<String>,
    pub(crate) portion_begins: Option<String>,
    /// In which form it may stand: `banner`, `portion`; both where nothing is said.
    pub(crate) only: Option<OnlyIn>,
    /// Levels written as the policy writes them.
    #[serde(default)]
    pub(crate) levels: Vec<Text>,
    /// Words of its own in place of levels.
    #[serde(default)]
    pub(crate) marks: Vec<MarkEntry>,
    /// Whose the information is: codes written beside the level.
    pub(crate) owners: Option<OwnersEntry>,
    /// What the head means for readers: `Category: Value`.
    #[serde(default)]
    pub(crate) means: Vec<Text>,
    /// What it means besides for permissive categories that no word of the marking names: whom it is for without a release.
    #[serde(default)]
    pub(crate) alone: Vec<Text>,
}

/// One form of a marking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnlyIn {
    Banner,
    Portion,
}

/// A word that stands for a level in one head: `COSMIC TOP SECRET`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkEntry {
    pub(crate) banner: Text,
    pub(crate) portion: Option<Text>,
    pub(crate) level: Text,
    #[serde(default)]
    pub(crate) means: Vec<Text>,
}

/// Where owners stand beside a level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnersEntry {
    pub(crate) list: Text,
    pub(crate) at: Side,
    /// A portion may leave them out, and means those of the banner.
    #[serde(default)]
    pub(crate) portion_may_omit: bool,
}

/// Before or after the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Before,
    After,
}

/// `[[grammar.codes]]`: codes of nations and organisations, as of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodesEntry {
    pub(crate) name: Text,
    /// What one of them is, for people: `country code`.
    pub(crate) says: String,
    pub(crate) values: Vec<Text>,
    /// Codes that stand for several others, and may be replaced by them.
    #[serde(default)]
    pub(crate) expands: BTreeMap<String, Vec<String>>,
    /// What people write in place of a code.
    #[serde(default)]
    pub(crate) also: BTreeMap<String, String>,
}

/// `[[grammar.list]]`: how a list of codes is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListEntry {
    pub(crate) name: Text,
    /// Kinds of codes, in the order in which they are written; within one they ascend.
    pub(crate) codes: Vec<Text>,
    pub(crate) between: String,
    /// The code that leads the list.
    pub(crate) first: Option<Text>,
    /// A code that must be among them, wherever the order puts it, by itself or in one that stands for several.
    pub(crate) has: Option<Text>,
    /// Codes that never are.
    #[serde(default)]
    pub(crate) never: Vec<Text>,
    /// Fewest codes.
    pub(crate) least: Option<u16>,
    /// Most codes.
    pub(crate) most: Option<u16>,
    /// The category that the codes are values of.
    pub(crate) category: Option<Text>,
    /// Values of that category which are admitted besides, and not written.
    #[serde(default)]
    pub(crate) implies: Vec<Text>,
    pub(crate) cites: Option<Text>,
}

/// `[[grammar.slot]]`: one category of a marking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotEntry {
    pub(crate) name: Text,
    /// What one entry of it is, for people: `SCI control system`.
    pub(crate) says: String,
    pub(crate) cites: Option<Text>,
    /// Written before it in place of `between`.
    pub(crate) before: Option<String>,
    pub(crate) portion_before: Option<String>,
    /// Between its entries.
    pub(crate) entries: Option<String>,
    pub(crate) portion_entries: Option<String>,
    /// Written once, before the first entry: `SAR-`.
    pub(crate) begins: Option<String>,
    /// The same spelled out; a banner may have either.
    pub(crate) begins_title: Option<String>,
    /// How entries follow each other; as listed where nothing is said.
    pub(crate) sort: Option<Sort>,
    /// The restrictive category whose values entries with parts are: `SI`, `SI-G`, `SI-G ABCD`.
    pub(crate) category: Option<Text>,
    #[serde(default)]
    pub(crate) words: Vec<WordEntry>,
    /// Entries that are not listed.
    pub(crate) open: Option<PatternEntry>,
    /// Whether they stand by themselves, as they do where nothing is said; otherwise only with a part, or beside a listed
    /// entry, which shows of which slot they are.
    pub(crate) open_alone: Option<bool>,
    /// Parts of entries that are not listed.
    pub(crate) open_parts: Option<PatternEntry>,
    /// Parts of parts.
    pub(crate) open_subs: Option<PatternEntry>,
    /// Between an entry and its parts; `-` where nothing is said.
    pub(crate) part_before: Option<String>,
    /// Between a part and its own parts; a space where nothing is said.
    pub(crate) sub_before: Option<String>,
    /// Most entries.
    pub(crate) most: Option<u16>,
}

/// The order of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sort {
    /// As listed in the policy.
    Listed,
    /// Beginning with a digit first, then by letters.
    NumbersFirst,
}

/// One word of a slot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordEntry {
    pub(crate) banner: Text,
    pub(crate) portion: Option<Text>,
    /// Spelled out; a banner may have either.
    pub(crate) title: Option<Text>,
    /// Spellings that are recognised and refused, with the right one.
    #[serde(default)]
    pub(crate) also: Vec<Text>,
    /// The list of codes that follows it.
    pub(crate) list: Option<Text>,
    /// The list stands before the word: `UK/US EYES ONLY`.
    #[serde(default)]
    pub(crate) list_before: bool,
    /// The list may be left out.
    #[serde(default)]
    pub(crate) list_optional: bool,
    /// In a portion, the word that stands for the banner's own list: `REL`.
    pub(crate) bare: Option<Text>,
    /// What it means for readers: `Category: Value`.
    #[serde(default)]
    pub(crate) means: Vec<Text>,
    /// What it means where no list of the marking says more: `Category: Value`.
    #[serde(default)]
    pub(crate) alone: Vec<Text>,
    /// The word that says the same where the list has too few codes.
    pub(crate) too_few: Option<Text>,
    #[serde(default)]
    pub(crate) parts: Vec<PartEntry>,
    /// Whether parts that are not listed may follow it; as the slot says where nothing is said.
    pub(crate) open_parts: Option<PatternEntry>,
    /// It has no parts but those listed, whatever the slot says.
    #[serde(default)]
    pub(crate) listed_only: bool,
    /// It stands with a part only.
    #[serde(default)]
    pub(crate) needs_part: bool,
}

/// A part of an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartEntry {
    pub(crate) banner: Text,
    pub(crate) portion: Option<Text>,
    pub(crate) title: Option<Text>,
    /// Parts of it that are not listed.
    pub(crate) subs: Option<PatternEntry>,
    #[serde(default)]
    pub(crate) no_subs: bool,
    #[serde(default)]
    pub(crate) needs_sub: bool,
    /// What it means for readers, in a slot without a category of its own: `Category: Value`.
    #[serde(default)]
    pub(crate) means: Vec<Text>,
    /// The restrictive category whose values it is with each of its parts: `SIGMA 14`.
    pub(crate) sub_category: Option<Text>,
}

/// What an unlisted word looks like: capital letters, digits, or both, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternEntry {
    pub(crate) of: Signs,
    pub(crate) least: u8,
    pub(crate) most: u8,
    /// Most words, parted by a space; one where nothing is said.
    pub(crate) words: Option<u8>,
    /// Only these, if any are named.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// Which signs an unlisted word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Signs {
    Letters,
    Digits,
    LettersAndDigits,
}

/// `[[grammar.rule]]`: what goes with what.
///
/// Facts are named as they are written in a banner (`NOFORN`, `SI-G`), with ` *` behind a part that has parts of its own
/// (`SI-G *`), as `SI-*` where it has a part that is not listed, with ` alone` behind a word without its optional list,
/// by the name of a slot that has any entry, and by the name of the head.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleEntry {
    pub(crate) rule: Text,
    pub(crate) says: String,
    pub(crate) cites: Text,
    /// It speaks of markings with any of these.
    pub(crate) when: Vec<Text>,
    /// And not of those with any of these.
    #[serde(default)]
    pub(crate) unless: Vec<Text>,
    /// None of these may stand beside.
    #[serde(default)]
    pub(crate) never: Vec<Text>,
    /// One of these must.
    #[serde(default)]
    pub(crate) needs: Vec<Text>,
    /// The level must be one of these.
    #[serde(default)]
    pub(crate) levels: Vec<Text>,
    /// The codes of the first of `when` must all be in the list of this.
    pub(crate) within: Option<Text>,
    /// In which form it holds.
    pub(crate) only: Option<OnlyIn>,
    /// It retires a word: portions of older papers that break it are still rolled up.
    #[serde(default)]
    pub(crate) retired: bool,
    /// What to leave out to keep it.
    #[serde(default)]
    pub(crate) drop: Vec<Text>,
    /// What to write besides to keep it; a list takes over the codes of what is left out.
    #[serde(default)]
    pub(crate) add: Vec<Text>,
}

/// `[grammar.rollup]`: what the marks of portions make of a banner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollUpEntry {
    /// The head of every banner that portions make.
    pub(crate) head: Text,
    /// Heads that stay where every portion has the same one with the same owners.
    #[serde(default)]
    pub(crate) keep_heads: Vec<Text>,
    /// Levels that count as unclassified: a banner of another level is a classified one.
    #[serde(default)]
    pub(crate) unclassified: Vec<Text>,
    /// For levels that the banner's head does not have, the one that stands in.
    #[serde(default)]
    pub(crate) raise: BTreeMap<String, Text>,
    #[serde(default)]
    pub(crate) step: Vec<StepEntry>,
    pub(crate) release: Option<ReleaseEntry>,
}

/// `[[grammar.rollup.step]]`: what becomes of one word or slot on its way to the banner. All are taken in their order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepEntry {
    pub(crate) rule: Text,
    pub(crate) says: String,
    pub(crate) cites: Text,
    /// Facts of a portion, or of the banner as it stands.
    pub(crate) when: Vec<Text>,
    /// And the banner, as it stands, has one of these, where any are named.
    #[serde(default)]
    pub(crate) with: Vec<Text>,
    /// The banner is classified (true) or not (false); either where nothing is said.
    pub(crate) classified: Option<bool>,
    /// Does not hold where the banner has one of these.
    #[serde(default)]
    pub(crate) unless: Vec<Text>,
    /// Left out of the banner.
    #[serde(default)]
    pub(crate) drop: Vec<Text>,
    /// Added to the banner, with `codes` if it has a list.
    #[serde(default)]
    pub(crate) add: Vec<Text>,
    #[serde(default)]
    pub(crate) codes: Vec<Text>,
    /// The owners of portions whose head is one of `when` are added as codes of this word, but for those in `codes`.
    pub(crate) owners_to: Option<Text>,
    /// This word loses its codes.
    pub(crate) conceal: Option<Text>,
    /// The parts of the words dropped become parts of this one.
    pub(crate) parts_to: Option<Text>,
}

/// `[grammar.rollup.release]`: who may see the whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseEntry {
    /// The words that decide on release, in the order in which classes name them.
    pub(crate) words: Vec<Text>,
    /// Those of them that stand in a banner beside what the table gives.
    #[serde(default)]
    pub(crate) keep: Vec<Text>,
    /// Whose list counts besides a word's own: what may be released may be shown.
    #[serde(default)]
    pub(crate) implies: BTreeMap<String, Vec<Text>>,
    /// Facts that make a portion without a word of release one with caveats.
    #[serde(default)]
    pub(crate) caveats: Vec<Text>,
    /// Heads whose portions are foreign information.
    #[serde(default)]
    pub(crate) foreign: Vec<Text>,
    /// The day, as YYYYMMDD, from which a portion without a word of release and without caveats is late.
    pub(crate) since: u32,
    pub(crate) unmarked: UnmarkedEntry,
    #[serde(default)]
    pub(crate) row: Vec<RowEntry>,
}

/// What a portion without a word of release is treated as: the word, or nothing where it does not count.
///
/// Its class in the table is `unmarked WORD`; in an analytic product, `WORD` itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnmarkedEntry {
    pub(crate) foreign: Option<Text>,
    pub(crate) caveated: Option<Text>,
    pub(crate) late: Option<Text>,
    pub(crate) early: Option<Text>,
    pub(crate) undated: Option<Text>,
    pub(crate) unclassified: Option<Text>,
    pub(crate) unclassified_caveated: Option<Text>,
}

/// `[[grammar.rollup.release.row]]`: one row of the table. The first that fits decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowEntry {
    pub(crate) rule: Text,
    pub(crate) says: String,
    pub(crate) cites: Text,
    /// Some portion is of one of these classes: all its words of release, as `REL TO/RELIDO`.
    pub(crate) one: Vec<Text>,
    /// And another portion of one of these; the same one will do where the class stands in both. `any` is every class.
    /// Where nothing is said, all portions that count are of `one`.
    #[serde(default)]
    pub(crate) other: Vec<Text>,
    /// All portions that count are of `one` or `other`.
    #[serde(default)]
    pub(crate) only: bool,
    /// Of classified banners (true) or others (false) only.
    pub(crate) classified: Option<bool>,
    /// The words whose lists are compared.
    #[serde(default)]
    pub(crate) lists: Vec<Text>,
    /// Whether these lists have codes in common: all of them (true), or not (false).
    pub(crate) common: Option<bool>,
    /// A code in one of these lists is to be taken apart to compare them.
    #[serde(default)]
    pub(crate) expands: bool,
    /// What the banner says; words with lists have the codes in common.
    pub(crate) gives: Vec<Text>,
}

/// `[grammar.authority]`: who classified, why, and until when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityEntry {
    /// Levels whose documents bear the block.
    pub(crate) levels: Vec<Text>,
    #[serde(default)]
    pub(crate) line: Vec<AuthorityLineEntry>,
    #[serde(default)]
    pub(crate) block: Vec<AuthorityBlockEntry>,
    #[serde(default)]
    pub(crate) value: Vec<AuthorityValueEntry>,
}

/// `[[grammar.authority.line]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityLineEntry {
    pub(crate) name: Text,
    #[serde(default)]
    pub(crate) also: Vec<Text>,
    /// It says when the document falls to the lowest level.
    #[serde(default)]
    pub(crate) falls_due: bool,
}

/// `[[grammar.authority.block]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityBlockEntry {
    pub(crate) name: Text,
    /// It is this kind of block where this line stands.
    pub(crate) told_by: Text,
    pub(crate) needs: Vec<Text>,
    #[serde(default)]
    pub(crate) never: Vec<Text>,
    pub(crate) cites: Text,
}

/// `[[grammar.authority.value]]`: what a line may say, or may say no more. The first that fits decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityValueEntry {
    pub(crate) rule: Text,
    pub(crate) line: Text,
    /// Templates: `{date}` a day as YYYYMMDD, `{1-9}` one such digit, `{a-h}` one such letter, `{words}` anything; the rest as it stands, in any case.
    pub(crate) is: Vec<Text>,
    /// The kinds of block in which it may stand; all where nothing is said.
    #[serde(default)]
    pub(crate) blocks: Vec<Text>,
    /// Whether it is refused.
    #[serde(default)]
    pub(crate) obsolete: bool,
    /// Most years that a date may lie after the date of the document.
    pub(crate) years_most: Option<u16>,
    /// In place of an obsolete value: so many years after the date of the source.
    pub(crate) years_after_source: Option<u16>,
    /// In place of it, this.
    pub(crate) instead: Option<Text>,
    pub(crate) says: String,
    pub(crate) cites: Text,
}
