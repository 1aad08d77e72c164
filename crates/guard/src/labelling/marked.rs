//! The labels of a marked document, portion by portion, from its banners and portion marks.
//!
//! A portion gets the label of its mark. One without a mark, or whose mark cannot be read, gets that of the banner; one
//! whose mark has a fault gets the join of the banner and of what was meant. The record as a whole gets the join of all
//! banners and all portions. So nothing is ever filed lower than it is marked, whatever is wrong with the marks.

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_label::{Form, Label, Marking, Policy};
use strongroom_record::portion::MarkingNote;
use strongroom_record::{Draft, PrintedLine};

use super::keyed::keyed;
use crate::reading::join;

/// The labels of a document.
pub(super) struct Marks {
    /// The join of all.
    pub(super) label: Arc<Label>,
    /// Of the draft's portions, in their order.
    pub(super) portions: Vec<Arc<Label>>,
    /// The banners as printed.
    pub(super) note: MarkingNote,
    /// Permissive values that the room does not list, and that were left out.
    pub(super) left_out: BTreeSet<String>,
}

/// Why the labels of a document cannot be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoMarks {
    /// A banner cannot be read, and nobody knows what it was to say.
    Banner(String),
    /// Neither a banner nor a portion mark can be read.
    Nothing,
    /// The room has no keys for these values.
    NotKeyed(BTreeSet<String>),
}

/// A marking as it is printed.
#[derive(Clone)]
struct Meant {
    label: Label,
    /// It is not written as the policy asks, and this is a guess at what was meant.
    faulty: bool,
}

/// Whether a document bears marks that a policy reads.
pub(super) fn bears_marks(policy: &Policy, draft: &Draft) -> bool {
    let marks = |draft: &Draft| {
        banners(draft).next().is_some() || draft.portions.iter().any(|p| p.mark.is_some())
    };
    policy.reads_banners() && marks(draft)
}

/// All banner lines of a document, page by page.
fn banners(draft: &Draft) -> impl Iterator<Item = &PrintedLine> {
    let pages = draft.marks.pages.iter();
    pages.flat_map(|page| page.top.iter().chain(&page.between).chain(&page.bottom))
}

/// Reads the labels of a document that bears marks.
pub(super) fn marks(policy: &Policy, draft: &Draft) -> Result<Marks, NoMarks> {
    let mut printed: Vec<String> = Vec::new();
    for words in banners(draft).map(PrintedLine::words) {
        if !printed.contains(&words) {
            printed.push(words);
        }
    }
    let mut of_banners = Vec::new();
    let mut first = None;
    for words in &printed {
        let (marking, faulty) =
            read(policy, words, Form::Banner).ok_or_else(|| NoMarks::Banner(words.clone()))?;
        let label = marking.label(policy);
        first.get_or_insert(marking);
        of_banners.push(Meant { label, faulty });
    }
    let of_portion = |mark: &String| {
        let (marking, faulty) = read(policy, mark, Form::Portion)?;
        let marking = match &first {
            Some(banner) => policy.expand(&marking, banner),
            None => marking,
        };
        let label = marking.label(policy);
        Some(Meant { label, faulty })
    };
    let of_portions: Vec<Option<Meant>> = draft
        .portions
        .iter()
        .map(|portion| portion.mark.as_ref().and_then(of_portion))
        .collect();
    let (label, portions) = combine(&of_banners, of_portions).ok_or(NoMarks::Nothing)?;

    let mut known: Vec<(Label, Arc<Label>)> = Vec::new();
    let (mut missing, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    let mut in_room = |label: Label| {
        if let Some((_, room)) = known.iter().find(|(printed, _)| *printed == label) {
            return Arc::clone(room);
        }
        let mut read = keyed(policy, &label);
        missing.append(&mut read.missing);
        left_out.append(&mut read.left_out);
        let room = Arc::new(read.label);
        known.push((label, Arc::clone(&room)));
        room
    };
    let portions: Vec<Arc<Label>> = portions.into_iter().map(&mut in_room).collect();
    let label = in_room(label);
    if !missing.is_empty() {
        return Err(NoMarks::NotKeyed(missing));
    }
    let mut words = printed.into_iter();
    Ok(Marks {
        label,
        portions,
        note: MarkingNote {
            level: words.next(),
            captions: words.collect(),
            filer_assigned: false,
        },
        left_out,
    })
}

/// A marking as written, or as it was meant where that can be told; and whether the second.
fn read(policy: &Policy, text: &str, form: Form) -> Option<(Marking, bool)> {
    let strict = match form {
        Form::Banner => policy.parse_banner(text),
        Form::Portion => policy.parse_portion(text),
    };
    match strict {
        Ok(marking) => Some((marking, false)),
        Err(_) => Some((policy.read_marking_lenient(text, form)?, true)),
    }
}

/// The labels of the whole and of each portion, from what is printed on them; none if nothing is.
fn combine(banners: &[Meant], portions: Vec<Option<Meant>>) -> Option<(Label, Vec<Label>)> {
    let banner = join(banners.iter().map(|meant| &meant.label));
    let of_marks = join(portions.iter().flatten().map(|meant| &meant.label));
    // Without a banner, what bears no mark is as high as all that does.
    let base = banner.or_else(|| of_marks.clone())?;
    let whole = match of_marks {
        Some(of_marks) => base.join(&of_marks),
        None => base.clone(),
    };
    // A banner that is a guess does not hold a portion below what the others tell.
    let unmarked = match banners.iter().any(|meant| meant.faulty) {
        true => &whole,
        false => &base,
    };
    let portion = |meant: Option<Meant>| match meant {
        Some(meant) if meant.faulty => unmarked.join(&meant.label),
        Some(meant) => meant.label,
        None => unmarked.clone(),
    };
    let portions = portions.into_iter().map(portion).collect();
    Some((whole, portions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::builtin("us-state-historical").expect("it is built in")
    }

    fn meant(text: &str, faulty: bool) -> Meant {
        let label = policy().parse_marking(text).expect("a marking");
        Meant { label, faulty }
    }

    #[test]
    fn each_portion_gets_its_own_label_and_the_record_the_join() {
        let secret = meant("Secret", false);
        let (whole, portions) = combine(
            std::slice::from_ref(&secret),
            vec![
                Some(meant("Unclassified", false)),
                None,
                Some(meant("Top Secret; Nodis", false)),
                Some(meant("Confidential", true)),
            ],
        )
        .expect("labels");
        let policy = policy();
        let shown = |label: &Label| policy.marking(label);
        assert_eq!(
            shown(&whole),
            "Top Secret & Secret & Confidential & Unclassified; Nodis"
        );
        let portions: Vec<String> = portions.iter().map(shown).collect();
        assert_eq!(
            portions,
            [
                "Unclassified",
                "Secret",
                "Top Secret; Nodis",
                "Secret & Confidential"
            ]
        );
    }

    #[test]
    fn what_bears_no_mark_is_never_below_what_does() {
        let marked = vec![Some(meant("Secret; Nodis", false)), None];
        let (whole, portions) = combine(&[], marked.clone()).expect("labels");
        assert_eq!(portions[1], whole, "there is no banner");
        let (whole, portions) = combine(&[meant("Confidential", true)], marked).expect("labels");
        assert_eq!(portions[1], whole, "the banner is a guess");
        assert!(combine(&[], vec![None, None]).is_none());
    }
}
