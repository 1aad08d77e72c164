//! The stage that gives every portion its label.
//!
//! Only [`label`] makes a [`Labelled`], and sealing takes nothing else. A file is labelled whole or
//! not at all: one record without a marking, or one caption that the policy does not know, refuses
//! the file with the list of what is wrong.
//!
//! A label is read from everything that is printed beside the level ([`Phrase`]s), not from captions cut by a narrower
//! rule: it holds whatever these would give, and more where a codeword follows a slash. A level that stands elsewhere
//! than where a marking begins is not taken for the record's level; it can only raise what the filer assigns.
//!
//! In a room whose policy reads banner lines, a document that bears marks gets a label for each portion (`marked`), as far
//! as the room has keys for it (`keyed`), and is checked against the policy's rules (`findings`).

mod findings;
mod keyed;
mod marked;

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_ingest::marked::Day;
use strongroom_label::{Label, Name, Policy, PrintedMarking, UnknownAs, UnknownCaption};
use strongroom_mask::Masked;
use strongroom_record::event::{FiledKeeping, Overridden};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::portion::MarkingNote;
use strongroom_record::{Draft, Grading, Phrase, PrintedMark, Timestamp};

use crate::api::{Filing, FindingShown};
use crate::due::Kept;
use crate::refusal::{Code, Refusal};
use findings::Checks;
use marked::{NoMarks, bears_marks, marks};

/// How many findings a refusal lists; a volume has hundreds of records.
const FINDINGS_LISTED_MAX: usize = 500;

/// How the records of a file get their labels.
pub(crate) struct Rule {
    /// The label of every record, whatever is printed.
    all: Option<Label>,
    /// The label of records that bear no marking.
    unmarked: Option<Label>,
    /// What unknown captions count as.
    unknown: Option<UnknownAs>,
    /// What the filer says of every record beside its label.
    said: Said,
}

/// What a filer says of the records themselves.
#[derive(Default)]
struct Said {
    caution: Option<String>,
    grade: Option<Grading>,
    /// Why what is wrong with marks is to stop nothing.
    override_because: Option<String>,
    /// How long it is to be kept.
    kept: Option<Kept>,
}

impl Said {
    fn read(policy: &Policy, filing: &Filing, now: Timestamp) -> Result<Self, Refusal> {
        let caution = filing.caution.as_deref().map(str::trim);
        if caution.is_some_and(|c| c.is_empty() || c.len() > STATEMENT_MAX_BYTES) {
            return Err(Refusal::invalid(format!(
                "--caution: a caution is words, at most {STATEMENT_MAX_BYTES} bytes of them"
            )));
        }
        Ok(Self {
            override_because: filing.override_because.clone(),
            caution: caution.map(str::to_owned),
            grade: filing.judged.read()?,
            kept: Some(Kept::filed(policy, filing, now)?),
        })
    }
    /// Beside what the document says itself.
    fn of(&self, policy: &Policy, record: &mut LabelledRecord) {
        record.grade = self.grade;
        let own = falls_due(policy, &record.draft);
        record.keeping = self.kept.as_ref().and_then(|kept| kept.of(own));
        if let Some(given) = &self.caution {
            let own = record.draft.caution.take();
            let both = own.map_or_else(|| given.clone(), |own| format!("{own}; {given}"));
            record.draft.caution = Some(both);
        }
    }
}

impl Rule {
    /// Reads the rule from a filing.
    pub(crate) fn read(policy: &Policy, filing: &Filing, now: Timestamp) -> Result<Self, Refusal> {
        let marking = |text: &Option<String>, option: &str| {
            text.as_deref()
                .map(|t| policy.parse_marking(t))
                .transpose()
                .map_err(|e| Refusal::no_marking(format!("{option}: {e}")))
        };
        let unknown = filing
            .unknown_as
            .as_deref()
            .map(|t| UnknownAs::parse(policy, t))
            .transpose()
            .map_err(|e| Refusal::no_marking(format!("--unknown-as: {e}")));
        let all = marking(&filing.marking, "--marking");
        let unmarked = marking(&filing.unmarked_as, "--unmarked-as");
        let ((all, unmarked), unknown) =
            Refusal::together(Refusal::together(all, unmarked), unknown)?;
        Ok(Self {
            all,
            unmarked,
            unknown,
            said: Said::read(policy, filing, now)?,
        })
    }

    /// A rule that takes what is printed, and overrides every finding.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn of_fuzzing() -> Self {
        Self {
            all: None,
            unmarked: None,
            unknown: None,
            said: Said {
                caution: None,
                grade: None,
                override_because: Some("a trial".to_owned()),
                kept: None,
            },
        }
    }
}

/// A record in which every portion has a label.
pub(crate) struct LabelledRecord {
    pub(crate) draft: Draft,
    /// What the header fields, the original and all that is said of the whole bear: the join of the banner and of
    /// all portions.
    pub(crate) label: Arc<Label>,
    /// The labels of the draft's portions, in their order.
    pub(crate) portions: Vec<Arc<Label>>,
    pub(crate) note: MarkingNote,
    /// Rules that its marks break, and that its filer overrides.
    pub(crate) overridden: Option<Overridden>,
    /// How its filer grades it.
    pub(crate) grade: Option<Grading>,
    /// How long it is to be kept.
    pub(crate) keeping: Option<FiledKeeping>,
}

impl LabelledRecord {
    /// A record whose portions all bear one label.
    fn of_one(draft: Draft, label: Label, note: MarkingNote) -> Self {
        let label = Arc::new(label);
        Self {
            portions: draft.portions.iter().map(|_| Arc::clone(&label)).collect(),
            draft,
            label,
            note,
            overridden: None,
            grade: None,
            keeping: None,
        }
    }
    /// Every label that occurs in it; some of them more than once.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &Label> {
        std::iter::once(&self.label)
            .chain(&self.portions)
            .map(Arc::as_ref)
    }
}

/// When a document falls to the lowest level, as its own block says.
fn falls_due(policy: &Policy, draft: &Draft) -> Option<Timestamp> {
    let rules = policy.authority()?;
    let mut lines = draft.marks.authority.iter();
    let (year, month, day) = lines.find_map(|line| rules.falls_due(&line.name, &line.text))?;
    Timestamp::of_day(year, month, day)
}

/// A file in which every portion has a label.
pub(crate) struct Labelled {
    /// Records whose printed marking is higher than the one that was given for all.
    pub(crate) below_printed: Vec<String>,
    /// What is wrong with the marks, and did not stop the filing.
    pub(crate) findings: Vec<FindingShown>,
    /// Values of the printed marks that the room does not list, and that were left out: fewer may read.
    pub(crate) left_out: BTreeSet<String>,
    pub(crate) file: String,
    pub(crate) records: Vec<LabelledRecord>,
}

/// Labels a masked file, at an instant.
///
/// # Errors
/// A record bears no marking and the rule gives none, captions are unknown, marks break rules, or the room has no keys for
/// what they say: with the whole list.
pub(crate) fn label(
    policy: &Policy,
    masked: Masked,
    rule: &Rule,
    at: Timestamp,
) -> Result<Labelled, Refusal> {
    let drafts = masked.into_drafts();
    let mut labelled = Labelled {
        below_printed: Vec::new(),
        findings: Vec::new(),
        left_out: BTreeSet::new(),
        file: drafts.file().to_owned(),
        records: Vec::new(),
    };
    let mut unfit = Unfit::default();
    let mut checks = Checks::new(policy, Day::of(at), rule.said.override_because.is_some());
    for draft in drafts.into_drafts() {
        let bears_marks = bears_marks(policy, &draft);
        let overridden = match bears_marks {
            true => checks.check(&draft),
            false => None,
        };
        let record = match &rule.all {
            Some(all) => {
                if higher(policy, &draft, bears_marks, all) {
                    labelled.below_printed.push(draft.id.clone());
                }
                let note = note(policy, &draft, true);
                Some(LabelledRecord::of_one(draft, all.clone(), note))
            }
            None if bears_marks => unfit.marked(policy, draft, &mut labelled.left_out),
            None => unfit.printed(policy, draft, rule),
        };
        if let Some(mut record) = record {
            record.overridden = overridden;
            rule.said.of(policy, &mut record);
            unfit.falls_nowhere(policy, &record, rule);
            labelled.records.push(record);
        }
    }
    unfit.refuse()?;
    labelled.findings = checks.done()?;
    Ok(labelled)
}

/// Records that cannot be labelled, and why.
#[derive(Default)]
struct Unfit {
    unmarked: Vec<String>,
    unknown: Vec<String>,
    unreadable: Vec<String>,
    not_keyed: Vec<String>,
    not_below: Vec<String>,
}

impl Unfit {
    /// A record from its banners and portion marks.
    fn marked(
        &mut self,
        policy: &Policy,
        draft: Draft,
        left_out: &mut BTreeSet<String>,
    ) -> Option<LabelledRecord> {
        match marks(policy, &draft) {
            Ok(mut read) => {
                left_out.append(&mut read.left_out);
                Some(LabelledRecord {
                    draft,
                    label: read.label,
                    portions: read.portions,
                    note: read.note,
                    overridden: None,
                    grade: None,
                    keeping: None,
                })
            }
            Err(NoMarks::Banner(words)) => {
                let what = format!("has a banner that cannot be read: {words}");
                self.unreadable.push(finding(&draft, &what));
                None
            }
            Err(NoMarks::Nothing) => {
                self.unreadable
                    .push(finding(&draft, "has no mark that can be read"));
                None
            }
            Err(NoMarks::NotKeyed(values)) => {
                let values: Vec<String> = values.into_iter().collect();
                let what = format!(
                    "asks for what the room has no keys for: {}",
                    values.join(", ")
                );
                self.not_keyed.push(finding(&draft, &what));
                None
            }
        }
    }

    /// A record from the level and captions that are printed on it.
    fn printed(&mut self, policy: &Policy, draft: Draft, rule: &Rule) -> Option<LabelledRecord> {
        let (label, filer_assigned) = match read(policy, &draft.mark, rule.unknown.as_ref()) {
            Ok(read) => match (read.printed.label(), &rule.unmarked) {
                (Some(label), _) => (label, false),
                (None, Some(given)) => (read.raise(given), true),
                (None, None) => {
                    self.unmarked.push(finding(&draft, "bears no level"));
                    return None;
                }
            },
            Err(captions) => {
                let (levels, words): (Vec<&str>, Vec<&str>) = captions
                    .iter()
                    .map(UnknownCaption::text)
                    .partition(|word| draft.mark.level.as_deref() == Some(*word));
                let what = match (levels.first(), words.is_empty()) {
                    (None, _) => format!("has unknown captions: {}", words.join("; ")),
                    (Some(level), true) => format!("bears an unknown level: {level}"),
                    (Some(level), false) => format!(
                        "bears an unknown level: {level}, and unknown captions: {}",
                        words.join("; ")
                    ),
                };
                self.unknown.push(finding(&draft, &what));
                return None;
            }
        };
        let note = note(policy, &draft, filer_assigned);
        Some(LabelledRecord::of_one(draft, label, note))
    }

    /// A record of which nothing would fall to the marking that is to come.
    fn falls_nowhere(&mut self, policy: &Policy, record: &LabelledRecord, rule: &Rule) {
        let labels = record.portions.iter().chain([&record.label]);
        let kept = rule.said.kept.as_ref();
        if kept.is_some_and(|kept| kept.falls_nowhere(policy, labels.map(AsRef::as_ref))) {
            let what = format!("is marked {}", policy.banner(&record.label));
            self.not_below.push(finding(&record.draft, &what));
        }
    }

    /// # Errors
    /// One record cannot be labelled.
    fn refuse(self) -> Result<(), Refusal> {
        let unfit = |records: Vec<String>, [one, several]: [&str; 2], hint: &str| {
            let message = match records.len() {
                1 => format!("one of the file's records {one}; nothing was filed"),
                of => format!("{of} of the file's records {several}; nothing was filed"),
            };
            Refusal::new(Code::Unfit, message)
                .hint(hint)
                .details(shortened(records))
        };
        if !self.unknown.is_empty() {
            return Err(unfit(
                self.unknown,
                [
                    "bears what the policy does not know",
                    "bear what the policy does not know",
                ],
                "say with --unknown-as what unknown captions count as: a caption of the policy, or `handling`; for an unknown level give --marking",
            ));
        }
        if !self.unreadable.is_empty() {
            return Err(unfit(
                self.unreadable,
                [
                    "bears marks that cannot be read",
                    "bear marks that cannot be read",
                ],
                "correct the document, or say with --marking what all of it is to be filed under",
            ));
        }
        if !self.not_keyed.is_empty() {
            return Err(unfit(
                self.not_keyed,
                [
                    "is marked with what this room does not list",
                    "are marked with what this room does not list",
                ],
                "a room lists what it has keys for: it can be founded with a copy of its policy that lists these values too; or give --marking",
            ));
        }
        if !self.not_below.is_empty() {
            return Err(unfit(
                self.not_below,
                [
                    "has nothing that would fall to the marking of --downgrade-to",
                    "have nothing that would fall to the marking of --downgrade-to",
                ],
                "give a marking below theirs, or file them without --downgrade-on",
            ));
        }
        if !self.unmarked.is_empty() {
            return Err(unfit(
                self.unmarked,
                ["bears no classification", "bear no classification"],
                "say with --unmarked-as MARKING what they are to be filed under; it is kept as assigned by the filer",
            ));
        }
        Ok(())
    }
}

fn note(policy: &Policy, draft: &Draft, filer_assigned: bool) -> MarkingNote {
    MarkingNote {
        level: draft.mark.level.clone(),
        captions: shown(policy, &draft.mark),
        filer_assigned,
    }
}

/// Whether a document is marked higher than a label, as far as that can be told.
fn higher(policy: &Policy, draft: &Draft, bears_marks: bool, label: &Label) -> bool {
    match bears_marks.then(|| marks(policy, draft)) {
        Some(Ok(read)) => asks_more(policy, &read.label, label),
        // What the room has no keys for is more than any label of it.
        Some(Err(why)) => matches!(why, NoMarks::NotKeyed(_)),
        None => prints_higher(policy, &draft.mark, label),
    }
}

/// Whether what is printed asks for more than a label, as far as the policy knows it: a higher level,
/// or a value that the label does not ask for.
fn prints_higher(policy: &Policy, mark: &PrintedMark, label: &Label) -> bool {
    let read = read(policy, mark, Some(&UnknownAs::Handling)).ok();
    let Some(printed) = read.and_then(|r| r.printed.label()) else {
        return false;
    };
    asks_more(policy, &printed, label)
}

/// Whether what is printed asks for a higher level than a label, or for a value that the label does not ask for.
fn asks_more(policy: &Policy, printed: &Label, label: &Label) -> bool {
    let rank = |l: &Label| policy.highest(l).map(strongroom_label::Level::rank);
    let lacks = |(category, values): (&Name, &BTreeSet<Name>)| {
        label
            .restrictive()
            .get(category)
            .is_none_or(|held| !values.is_subset(held))
    };
    rank(printed) > rank(label) || printed.restrictive().iter().any(lacks)
}

/// What a record's printed marking means.
struct Read {
    printed: PrintedMarking,
    /// The level that stands elsewhere than where a marking begins, as a label.
    stray: Option<Label>,
}

impl Read {
    /// What the filer assigns, raised by everything printed.
    fn raise(&self, given: &Label) -> Label {
        let label = self.printed.label_or(given);
        match &self.stray {
            Some(stray) => label.join(stray),
            None => label,
        }
    }
}

/// Reads a printed marking by the policy.
fn read(
    policy: &Policy,
    mark: &PrintedMark,
    unknown_as: Option<&UnknownAs>,
) -> Result<Read, Vec<UnknownCaption>> {
    let (mut captions, mut accounts) = (Vec::new(), Vec::new());
    for phrase in &mark.phrases {
        match phrase {
            Phrase::Caption(words) => captions.push(words.as_str()),
            Phrase::Account(words) => accounts.push(words.as_str()),
        }
    }
    let printed = policy.read_printed(mark.level.as_deref(), &captions, &accounts, unknown_as)?;
    let stray = policy.read_printed(mark.stray_level.as_deref(), &[], &[], unknown_as)?;
    Ok(Read {
        printed,
        stray: stray.label(),
    })
}

/// What is shown as printed beside the level: a stray level, the captions, and those accounts that mention a caption.
/// Others tell who drafted a telegram and where it went.
fn shown(policy: &Policy, mark: &PrintedMark) -> Vec<String> {
    let counts = |account: &str| {
        policy
            .read_printed(None, &[], &[account], None)
            .is_ok_and(|read| read.has_categories())
    };
    let phrases = mark.phrases.iter().filter_map(|phrase| match phrase {
        Phrase::Caption(words) => Some(words),
        Phrase::Account(words) => counts(words).then_some(words),
    });
    mark.stray_level.iter().chain(phrases).cloned().collect()
}

fn finding(draft: &Draft, what: &str) -> String {
    const HEADING_CHARS: usize = 60;
    let whole = draft.portions.first().map_or("", |p| p.text.as_str());
    let mut heading: String = whole.chars().take(HEADING_CHARS).collect();
    if heading.len() < whole.len() {
        heading.push('…');
    }
    format!("{}: {what} ({heading})", draft.id)
}

fn shortened(mut list: Vec<String>) -> Vec<String> {
    let more = list.len().saturating_sub(FINDINGS_LISTED_MAX);
    list.truncate(FINDINGS_LISTED_MAX);
    if more > 0 {
        list.push(format!("… and {more} more"));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_777_626_000_000);

    fn policy() -> Policy {
        Policy::builtin("us-state-historical").expect("it is built in")
    }

    fn mark(level: Option<&str>, stray: Option<&str>, phrases: Vec<Phrase>) -> PrintedMark {
        PrintedMark {
            level: level.map(str::to_owned),
            captions: Vec::new(),
            stray_level: stray.map(str::to_owned),
            phrases,
        }
    }

    fn caption(words: &str) -> Phrase {
        Phrase::Caption(words.to_owned())
    }

    fn account(words: &str) -> Phrase {
        Phrase::Account(words.to_owned())
    }

    #[test]
    fn labels_hold_everything_printed_and_not_only_its_beginning() {
        let policy = policy();
        let mark = mark(
            Some("Secret"),
            None,
            vec![
                caption("Nodis/Harvan Double Plus"),
                account("Repeated to Paris"),
                account("and Personal"),
            ],
        );
        let read = read(&policy, &mark, None).expect("all is known");
        assert_eq!(
            read.printed.label(),
            policy
                .parse_marking("Secret; Nodis; Harvan Double Plus; Personal")
                .ok()
        );
        assert_eq!(
            shown(&policy, &mark),
            ["Nodis/Harvan Double Plus", "and Personal"]
        );
    }

    #[test]
    fn a_stray_level_raises_what_the_filer_assigns_and_never_lowers_it() {
        let policy = policy();
        let mark = mark(None, Some("Secret"), vec![caption("Limdis")]);
        let read = read(&policy, &mark, None).expect("all is known");
        assert_eq!(read.printed.label(), None, "it is no marking by itself");
        let secret = policy.parse_marking("Secret; Limdis").expect("a marking");
        for given in ["Unclassified", "Secret", "Top Secret; Nodis"] {
            let given = policy.parse_marking(given).expect("a marking");
            let label = read.raise(&given);
            assert!(label.dominates(&given) && label.dominates(&secret));
        }
        assert_eq!(shown(&policy, &mark), ["Secret", "Limdis"]);
    }

    #[test]
    fn the_bundled_volume_needs_no_more_than_a_label_for_what_is_unmarked() {
        let policy = policy();
        let file = "frus1969-76v12.xml.gz";
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let bytes = std::fs::read(folder.join(file)).expect("the bundled volume");
        let drafts = || {
            let read = strongroom_ingest::read(file, &bytes).expect("a volume");
            strongroom_mask::mask(read.drafts)
        };
        let rule = |unmarked: Option<&str>| Rule {
            all: None,
            unmarked: unmarked.map(|text| policy.parse_marking(text).expect("a marking")),
            unknown: None,
            said: Said::default(),
        };
        let labelled =
            label(&policy, drafts(), &rule(Some("Secret")), START).expect("all is known");
        assert_eq!(labelled.records.len(), 229);
        let assigned = labelled.records.iter().filter(|r| r.note.filer_assigned);
        assert_eq!(
            assigned.count(),
            40,
            "19 without a level, 21 marked as having none"
        );
        assert!(label(&policy, drafts(), &rule(None), START).is_err());
    }

    #[test]
    fn unknown_captions_are_named_whole() {
        let mark = mark(Some("Secret"), None, vec![caption("Nodis/Floop")]);
        let unknown = read(&policy(), &mark, None).err().expect("one is unknown");
        assert_eq!(unknown[0].text(), "Nodis/Floop");
    }
}
