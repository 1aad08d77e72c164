//! Marked documents.

use std::sync::OnceLock;

use strongroom_ingest::marked::{Checked, Day, check};
use strongroom_label::Policy;
use strongroom_record::{Draft, Place};

/// A text, read as a document and checked by every policy that is built in.
///
/// Laws: every place of a mark, a portion, a line of the authority block and a finding lies within the text; a mark is
/// printed where it is said to stand; what is checked is one line of JSON; checking again says the same.
pub fn marked(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(read) = strongroom_ingest::read("document.txt", bytes) else {
        return;
    };
    let drafts = read.drafts.into_drafts();
    let [draft] = &drafts[..] else {
        return;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let within = |place: Place| {
        let line = lines.get((place.line as usize).wrapping_sub(1));
        let long = line.map(|line| line.chars().count());
        long.is_some_and(|long| place.column >= 1 && place.column as usize <= long + 1)
    };
    for page in &draft.marks.pages {
        for line in page.top.iter().chain(&page.bottom).chain(&page.between) {
            assert!(within(line.place), "a banner outside of the text");
        }
        for portion in &page.portions {
            assert!(within(portion.place), "a portion outside of the text");
            if let Some(mark) = &portion.mark {
                assert!(within(mark.place), "a mark outside of the text");
                let line = lines[mark.place.line as usize - 1];
                let printed = line.chars().nth(mark.place.column as usize - 1);
                assert_eq!(
                    printed,
                    mark.text.chars().next(),
                    "a mark that stands elsewhere"
                );
            }
        }
    }
    for line in &draft.marks.authority {
        assert!(
            within(line.place),
            "a line of the block outside of the text"
        );
    }
    for policy in policies() {
        for finding in checks(policy, draft).findings {
            assert!(within(finding.place), "a finding outside of the text");
        }
    }
}

/// Checks a draft twice, and writes down what came of it.
pub(crate) fn checks(policy: &Policy, draft: &Draft) -> Checked {
    let checked = check(policy, draft, ON);
    let json = checked.to_json("document.txt");
    assert!(!json.contains('\n'));
    serde_json::from_str::<serde_json::Value>(&json).expect("what was checked is JSON");
    assert_eq!(check(policy, draft, ON), checked);
    checked
}

/// The day on which everything is checked.
const ON: Day = Day(20_260_501);

pub(crate) fn policies() -> &'static [Policy] {
    static POLICIES: OnceLock<Vec<Policy>> = OnceLock::new();
    POLICIES.get_or_init(|| {
        Policy::builtin_names()
            .filter_map(Policy::builtin)
            .collect()
    })
}
