//! Marked documents: each vector gives the object beside it, and whatever is read stays within its file.
//!
//! `tests/vectors/marked/POLICY/NAME.txt` is checked by the built-in policy on a fixed day; `NAME.json` is what `strongroom
//! marking check --json` says of it. `right-*` has no findings, `wrong-*` has. `STRONGROOM_WRITE_VECTORS=1` writes the
//! objects anew: read the difference before it is kept.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use proptest::prelude::*;
use strongroom_ingest::marked::{Checked, Day, Words, check};
use strongroom_label::Policy;
use strongroom_record::{Draft, MarkForm, Place, PrintedLine};

/// The day on which the vectors are checked.
const ON: Day = Day(20_260_501);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/marked")
}

fn read(text: &str) -> Option<Draft> {
    let read = strongroom_ingest::read("a.txt", text.as_bytes()).ok()?;
    read.drafts.into_drafts().into_iter().next()
}

/// The policies that are built in, each read once.
fn policies() -> &'static [Policy] {
    static POLICIES: OnceLock<Vec<Policy>> = OnceLock::new();
    POLICIES.get_or_init(|| {
        Policy::builtin_names()
            .filter_map(Policy::builtin)
            .collect()
    })
}

fn policy(name: &str) -> &'static Policy {
    let mut all = policies().iter();
    all.find(|policy| policy.name().as_str() == name)
        .unwrap_or_else(|| panic!("there is no policy {name}"))
}

#[test]
fn vectors() {
    let write = std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some();
    let (mut right, mut wrong) = (0, 0);
    let mut differ = Vec::new();
    for folder in fs::read_dir(folder()).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let policy = policy(folder.file_name().unwrap().to_str().unwrap());
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|e| e != "txt") {
                continue;
            }
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let draft = read(&text).unwrap_or_else(|| panic!("{name} is read"));
            let checked = check(policy, &draft, ON);
            assert!(
                within(&text, &draft, &checked),
                "{name}: a place outside of it"
            );
            if name.starts_with("right-") {
                right += 1;
                assert_eq!(checked.findings, [], "{name} is right");
            } else {
                wrong += 1;
                assert!(!checked.findings.is_empty(), "{name} is wrong");
                assert!(
                    checked.findings.iter().all(|f| !f.cites.is_empty()),
                    "{name} cites"
                );
            }
            let json = checked.to_json(&name) + "\n";
            let beside = file.with_extension("json");
            if write {
                fs::write(&beside, json).unwrap();
            } else if fs::read_to_string(&beside).unwrap_or_default() != json {
                differ.push(name);
            }
        }
    }
    assert_eq!(differ, [""; 0], "these say something else than before");
    assert!(right >= 55 && wrong >= 75, "{right} right, {wrong} wrong");
}

/// A policy of one's own has its own words: they are marks in its documents, and nothing in those of others.
#[test]
fn a_policy_of_ones_own_has_its_own_words() {
    let source = policy("corporate")
        .source()
        .replace("name = \"corporate\"", "name = \"ours\"")
        .replace("CONFIDENTIAL", "ZUGEKNOEPFT")
        .replace("Confidential", "Zugeknoepft");
    let own = Policy::from_toml(&source).unwrap();
    let text = "ZUGEKNOEPFT | FINANCE, LEGAL ONLY\n\nThe quarter closed below plan. The board hears of it on Monday.\n\n\
                ZUGEKNOEPFT | FINANCE, LEGAL ONLY\n";
    let read = |words: &Words| {
        let read = strongroom_ingest::read_by(words, "a.txt", text.as_bytes()).unwrap();
        read.drafts.into_drafts().remove(0)
    };
    let checked = check(&own, &read(&Words::with(&own)), ON);
    assert_eq!(checked.findings, []);
    assert_eq!(
        checked.pages[0].banner.as_deref(),
        Some("ZUGEKNOEPFT | FINANCE, LEGAL ONLY")
    );
    let unknown = read(Words::builtin());
    assert_ne!(
        check(&own, &unknown, ON).findings,
        [],
        "nobody knows the word"
    );
    assert!(matches!(Words::with(policy("us")), Cow::Borrowed(_)));
}

/// Whether every place that is given lies within the text.
fn within(text: &str, draft: &Draft, checked: &Checked) -> bool {
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    // One behind the last character: where something is missing.
    let inside = |place: Place| {
        place.line >= 1
            && place.column >= 1
            && lines
                .get(place.line as usize - 1)
                .is_some_and(|long| place.column as usize <= long + 1)
    };
    let pages = &draft.marks.pages;
    let banners = pages
        .iter()
        .flat_map(|page| page.top.iter().chain(&page.bottom).chain(&page.between));
    let portions = || pages.iter().flat_map(|page| &page.portions);
    banners.map(|line| line.place).all(inside)
        && portions().map(|portion| portion.place).all(inside)
        && portions()
            .filter_map(|p| p.mark.as_ref())
            .map(|mark| mark.place)
            .all(inside)
        && draft
            .marks
            .authority
            .iter()
            .map(|line| line.place)
            .all(inside)
        && checked
            .findings
            .iter()
            .map(|finding| finding.place)
            .all(inside)
}

/// The characters of a text from a place on, white space folded.
fn from(text: &str, place: Place) -> String {
    let rest: Vec<&str> = text
        .split('\n')
        .skip(place.line as usize - 1)
        .take(4)
        .collect();
    let rest: String = rest
        .join("\n")
        .chars()
        .skip(place.column as usize - 1)
        .collect();
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a line is printed where it is said to be.
fn stands(text: &str, line: &PrintedLine) -> bool {
    let printed: String = from(text, line.place).split_whitespace().collect();
    let said: String = line.text.split_whitespace().collect();
    printed.starts_with(&said)
}

/// Pieces of marked documents, and of what only looks like them.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "SECRET//NOFORN",
        "TOP SECRET//SI//NOFORN",
        "UNCLASSIFIED",
        "SECRET//REL TO USA,\nGBR",
        "Secret",
        "S//NF",
        "RESTRICTED",
        "TLP:RED",
        "NATO SECRET",
        "CONFIDENTIAL | FINANCE ONLY",
        "(S//NF) ",
        "(U) ",
        "(c) ",
        "(C) ",
        "( TS//SI ) ",
        "(S//REL TO USA,\n GBR) ",
        "[S//NF] ",
        "(REL) ",
        "(NF)",
        "(a) ",
        "(b) ",
        "1. ",
        "a. ",
        "- ",
        "\u{2022} ",
        "o ",
        "| ",
        "SUBJECT: ",
        "DATE: 5 May 2025",
        "Figure 3. ",
        "Words of a paragraph.",
        "He said that they would wait.",
        "\u{e9}\u{1f980} ",
        "Classified By: A",
        "Derived From: Multiple Sources",
        "Declassify On: ",
        "20450101",
        "OADR",
        "Reason: 1.4(c)",
        "Sources:",
        "Page 2 of 3",
        "compilation",
        "\n",
        "\n\n",
        "\n---\n",
        "\u{c}",
        "\r\n",
        " ",
        "\t",
        "(",
        ")",
        "//",
    ];
    prop_oneof![
        8 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
        1 => "\\PC{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever is read: nothing panics, every place lies in the file, and what was found is printed there.
    #[test]
    fn places_are_true(pieces in proptest::collection::vec(piece(), 1..60)) {
        let text = pieces.concat();
        if let Some(draft) = read(&text) {
            for policy in policies() {
                prop_assert!(within(&text, &draft, &check(policy, &draft, ON)));
            }
            for page in &draft.marks.pages {
                for line in page.top.iter().chain(&page.bottom).chain(&page.between) {
                    prop_assert!(stands(&text, line), "banner {:?}", line);
                }
                for portion in &page.portions {
                    if let Some(mark) = &portion.mark {
                        prop_assert!(stands(&text, mark), "mark {:?}", mark);
                    }
                    // What stands before a mark that stands behind begins elsewhere; all others begin with their words.
                    let first: String = portion.text.chars().take(12).collect();
                    if portion.form != MarkForm::After && !portion.text.is_empty() && !first.contains('(') {
                        let printed = from(&text, portion.place);
                        prop_assert!(printed.starts_with(first.trim_end()), "{first:?} at {printed:?}");
                    }
                }
            }
            for line in &draft.marks.authority {
                prop_assert!(line.text.is_empty() || from(&text, line.place).chars().next() == line.text.chars().next());
            }
        }
    }

    /// A text without a word of a marking comes out as its paragraphs.
    #[test]
    fn unmarked_texts_are_left_alone(words in proptest::collection::vec("[a-z]{2,9}", 1..40)) {
        let text = words.join(" ");
        let draft = read(&text).unwrap();
        prop_assert!(draft.marks.pages.is_empty() && draft.marks.authority.is_empty());
        prop_assert!(draft.portions.iter().all(|portion| portion.mark.is_none()));
    }
}

/// A document of so many pages, each with banners and a dozen marked paragraphs.
fn long(pages: usize) -> String {
    let paragraph = "(NS) He said that his government would wait until the autumn, and that it had told nobody else so \
                     far; the\nminister would raise it in the talks of June, where the experts of both sides meet again.\n\n";
    let page = format!("NATO SECRET\n\n{}NATO SECRET\n", paragraph.repeat(12));
    vec![page; pages].join("\u{c}")
}

#[test]
fn work_grows_with_the_pages_alone() {
    let policy = policy("nato");
    let took = |pages: usize| {
        let text = long(pages);
        let begun = Instant::now();
        let draft = read(&text).unwrap();
        let checked = check(policy, &draft, ON);
        assert_eq!(checked.pages.len(), pages);
        assert!(
            checked
                .findings
                .iter()
                .all(|finding| finding.rule == "authority-missing")
        );
        begun.elapsed()
    };
    took(8);
    let (few, many) = (took(32), took(256));
    // Eight times the pages; a square would be sixty-four.
    assert!(many < few * 30, "{few:?} for 32 pages, {many:?} for 256");
}
