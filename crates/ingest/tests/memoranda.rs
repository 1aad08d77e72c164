//! Memoranda as offices write them, in plain text: what is told from them, and that no word of them is lost.

use proptest::prelude::*;
use strongroom_ingest::read;
use strongroom_record::{Draft, PortionKind};

fn draft(text: &str) -> Draft {
    let read = read("memo.txt", text.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
    read.drafts.drafts()[0].clone()
}

fn participants(draft: &Draft) -> Vec<&str> {
    draft.texts(PortionKind::Participant).collect()
}

#[test]
fn sides_in_two_columns() {
    let found = draft(
        "DEPARTMENT OF STATE\n\nMemorandum of Conversation\n\nDATE:     October 4, 1962\nTIME:     10 a.m.\nPLACE:    The White House\n\n\
         SUBJECT:  Berlin\n\nPARTICIPANTS:\n\n          United States            United Kingdom\n          The President            Prime Minister Cole\n          \
         Secretary Rusk           Sir David Orr,\n                                   Ambassador\n\nCOPIES TO: S/S, EUR\nDrafted by: EUR - M. Hale\n\n\
         The President opened the conversation.\n\n1. He asked about the convoys.\n",
    );
    assert_eq!(
        participants(&found),
        [
            "United States: The President",
            "United Kingdom: Prime Minister Cole",
            "United States: Secretary Rusk",
            "United Kingdom: Sir David Orr, Ambassador",
        ]
    );
    assert_eq!(found.drafted, ["EUR - M. Hale"]);
    assert_eq!(found.when.as_ref().unwrap().start, "1962-10-04T10:00:00");
    assert_eq!(found.place.as_deref(), Some("The White House"));
    let texts: Vec<&str> = found.texts(PortionKind::Paragraph).collect();
    assert_eq!(
        texts,
        [
            "COPIES TO: S/S, EUR",
            "DEPARTMENT OF STATE",
            "The President opened the conversation.",
            "1. He asked about the convoys.",
        ]
    );
}

#[test]
fn indented_paragraphs_are_the_conversation_and_no_values() {
    let header = "Memorandum of Conversation\n\nDATE:     October 4, 1962\nSUBJECT:  Berlin\n\n          The convoys\n";
    let lasts = [
        "\nPARTICIPANTS:  The Secretary\n               Minister Brandt\n",
        "\nPLACE:    The Department\n",
        "\nCOPIES TO:  S/S, EUR\n",
        "\nPARTICIPANTS:  The Secretary\n\nDRAFTED BY:  EUR - M. Hale\n",
        "",
    ];
    let said = [
        "The Foreign Minister opened by asking about the convoys that were held up, and how long they would be.",
        "The Secretary replied.",
    ];
    for (last, indent) in lasts
        .iter()
        .flat_map(|last| [(last, "     "), (last, "\t")])
    {
        let turns = said.map(|words| format!("\n{indent}{words}\n")).concat();
        let found = draft(&format!("{header}{last}{turns}"));
        let texts: Vec<&str> = found.texts(PortionKind::Paragraph).collect();
        // A short one that a tab sets off right behind the header may be a value.
        assert!(texts.ends_with(&said), "{last:?} {indent:?}: {found:#?}");
        let subject: Vec<&str> = found.texts(PortionKind::Subject).collect();
        assert_eq!(subject, ["Berlin The convoys"]);
    }
}

#[test]
fn speakers_in_capitals_are_no_labels() {
    let found = draft(
        "TELCON\n\nSUBJECT: The wheat\nPARTICIPANTS: The President; Mr. Butz\nDATE: 3 May 1973\n\n\
         THE PRESIDENT: What does it cost?\n\nMR. BUTZ: (inaudible) a bushel.\n\nTHE PRESIDENT: Sell it.\n",
    );
    assert_eq!(participants(&found), ["The President", "Mr. Butz"]);
    let texts: Vec<&str> = found.texts(PortionKind::Paragraph).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(texts[1], "MR. BUTZ: (inaudible) a bushel.");
}

#[test]
fn what_is_not_understood_stays() {
    let found = draft(
        "MEMCON\n\nSUBJECT: A\nDATE: the day after\nTIME: late\nPLACE: Bonn\nPLACE: Cologne\nROUTING: 7\nREFERENCES: none\n\nHe spoke.\n",
    );
    let texts: Vec<&str> = found.texts(PortionKind::Paragraph).collect();
    assert_eq!(found.place.as_deref(), Some("Bonn"));
    assert_eq!(
        texts,
        [
            "ROUTING: 7",
            "REFERENCES: none",
            "PLACE: Cologne",
            "DATE: the day after",
            "TIME: late",
            "He spoke.",
        ]
    );
}

#[test]
fn a_source_that_warns_of_itself() {
    let found = draft(
        "Report of 3 May\n\nSOURCE CAUTION: The source may have exaggerated or made up parts of this.\n\nThe harbour is empty.\n",
    );
    assert_eq!(
        found.caution.as_deref(),
        Some("SOURCE CAUTION: The source may have exaggerated or made up parts of this.")
    );
    assert_eq!(found.portions.len(), 2);
}

/// The words of a text, without the signs around them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Every word of a draft.
fn kept(draft: &Draft) -> String {
    let mut all: Vec<String> = draft.portions.iter().map(|p| p.text.clone()).collect();
    all.extend(draft.when.iter().map(|when| when.printed.clone()));
    all.extend(draft.place.clone());
    all.extend(draft.drafted.iter().cloned());
    all.extend(draft.from.iter().chain(&draft.to).cloned());
    all.extend(draft.caution.clone());
    all.extend(draft.mark.level.clone());
    all.extend(draft.mark.phrases.iter().map(|p| p.words().to_owned()));
    for page in &draft.marks.pages {
        let banners = page.top.iter().chain(&page.bottom);
        all.extend(banners.map(|line| line.text.clone()));
        all.extend(
            page.portions
                .iter()
                .filter_map(|p| p.mark.as_ref())
                .map(|m| m.text.clone()),
        );
    }
    for line in &draft.marks.authority {
        all.push(format!("{} {}", line.name, line.text));
    }
    format!(" {} ", words(&all.join(" ")).join(" "))
}

/// What labels are made of: they are read, and need not be kept.
const LABELS: [&str; 24] = [
    "subject",
    "subjects",
    "participants",
    "present",
    "attendees",
    "notetaker",
    "notetakers",
    "s",
    "note",
    "taker",
    "drafted",
    "by",
    "prepared",
    "date",
    "time",
    "and",
    "place",
    "location",
    "interpreter",
    "from",
    "to",
    "classification",
    "re",
    "marking",
];

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("MEMORANDUM OF CONVERSATION".to_owned()),
        Just("TELCON".to_owned()),
        Just("THE WHITE HOUSE".to_owned()),
        Just("SUBJECT:\tThe wheat of (autumn)".to_owned()),
        Just("PARTICIPANTS:\tThe President\tPremier Duval; Mr. Ames".to_owned()),
        Just("PARTICIPANTS:".to_owned()),
        Just("\tU.S.            U.K.".to_owned()),
        Just("\tNotetakers: Ruth Amsel, Peter Lund".to_owned()),
        Just("   Ambassador Reyes, Adviser for".to_owned()),
        Just("Ostmark".to_owned()),
        Just("Ostmark:".to_owned()),
        Just("DATE, TIME      July 25, 1997, 9:03 - 9:33 a.m. EDT".to_owned()),
        Just("AND PLACE:      Residence".to_owned()),
        Just("DATE: 3 May 1973, Bonn".to_owned()),
        Just("TIME: noon".to_owned()),
        Just("PLACE: Oval Office".to_owned()),
        Just("Copies to: S/S".to_owned()),
        Just("ROUTING | seven".to_owned()),
        Just("CAUTION: This is not a verbatim transcript.".to_owned()),
        Just("The President: Good morning (inaudible).".to_owned()),
        Just("K: Yes.".to_owned()),
        Just("-- End of Conversation --".to_owned()),
        Just(String::new()),
        "[a-zA-Z:;,.| \t()]{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_word_is_lost(lines in prop::collection::vec(line(), 1..24)) {
        let text = lines.join("\n");
        if let Ok(read) = read("memo.txt", text.as_bytes()) {
            let kept = kept(&read.drafts.drafts()[0]);
            for word in words(&text) {
                prop_assert!(
                    LABELS.contains(&word.as_str()) || kept.contains(&format!(" {word} ")),
                    "{word} of {text:?} is not in {kept:?}"
                );
            }
        }
    }
}
