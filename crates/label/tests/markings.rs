//! Markings and clearances as people write and read them.

mod common;

use common::{clearances, labels, name, odd_policy};
use proptest::prelude::*;
use strongroom_label::{
    AtomName, Clearance, Label, MarkingError, MarkingFault, Policy, UnknownAs, UnknownCaption,
};

fn historical() -> Policy {
    Policy::builtin("us-state-historical").expect("it is built in")
}

fn caption(value: &str) -> AtomName {
    AtomName::value(&name("Caption"), &name(value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_marking_reads_back_to_its_label((policy, label) in {
        let (odd, historical) = (odd_policy(), historical());
        let (a, b) = (labels(&odd, 3), labels(&historical, 4));
        prop_oneof![(Just(odd), a), (Just(historical), b)]
    }) {
        prop_assert_eq!(policy.parse_marking(&policy.marking(&label)), Ok(label.clone()));
        prop_assert_eq!(policy.parse_marking(&policy.marking(&label).to_uppercase().replace("STRASSE", "Straße")), Ok(label));
    }

    #[test]
    fn a_banner_of_one_level_reads_back_to_its_label((policy, label) in {
        let (odd, historical) = (odd_policy(), historical());
        let (a, b) = (labels(&odd, 1), labels(&historical, 1));
        prop_oneof![(Just(odd), a), (Just(historical), b)]
    }) {
        prop_assert_eq!(policy.parse_marking(&policy.banner(&label)), Ok(label));
    }

    #[test]
    fn portion_marks_of_one_level_differ_where_labels_do(
        (a, b) in { let p = historical(); (labels(&p, 1), labels(&p, 1)) },
    ) {
        let policy = historical();
        prop_assert_eq!(policy.portion_mark(&a) == policy.portion_mark(&b), a == b);
    }

    #[test]
    fn a_clearance_reads_back((policy, clearance) in {
        let (odd, historical) = (odd_policy(), historical());
        let (a, b) = (clearances(&odd), clearances(&historical));
        prop_oneof![(Just(odd), a), (Just(historical), b)]
    }) {
        prop_assume!(!clearance.is_empty());
        prop_assert_eq!(policy.parse_clearance(&policy.clearance_text(&clearance)), Ok(clearance));
    }

    #[test]
    fn a_restriction_never_lowers((present, given) in { let p = odd_policy(); (labels(&p, 3), labels(&p, 3)) }) {
        let policy = odd_policy();
        let raised = policy.parse_restriction(&present, &policy.marking(&given)).unwrap();
        prop_assert_eq!(&raised, &present.join(&given));
        let text = policy.marking(&given);
        if let Some((_, parts)) = text.split_once("; ") {
            let raised = policy.parse_restriction(&present, parts).unwrap();
            prop_assert!(raised.dominates(&present));
            prop_assert_eq!(raised.levels(), present.levels());
            prop_assert_eq!(raised, present.join(&policy.parse_marking(&format!("{}; {parts}", present.levels().first().unwrap())).unwrap()));
        }
    }

    #[test]
    fn what_follows_a_caption_never_takes_from_it(
        (first, rest, sign) in (0..64usize, hostile_text(), prop::sample::select(vec!["/", ", ", ": ", "–", "—", " (", " ["])),
    ) {
        let policy = historical();
        let spellings = ["Nodis", "Harvan", "Ohio", "Paris Meetings", "Noforn Except GRC", "Eyes Only", "Wnintel", "RYBAT"];
        let tails = ["Plus", "Double Plus", "Nodis", "Noforn", "Limdis"];
        let caption = spellings[first % spellings.len()];
        let alone = policy.read_printed(Some("Secret"), &[caption], &[], None).unwrap().label().unwrap();
        for tail in tails.into_iter().chain([&rest[..]]) {
            let whole = format!("{caption}{sign}{tail}");
            for unknown_as in [None, Some(UnknownAs::Handling)] {
                if let Ok(read) = policy.read_printed(Some("Secret"), &[&whole], &[], unknown_as.as_ref()) {
                    prop_assert!(read.label().unwrap().dominates(&alone), "{}", whole);
                }
            }
            let told = policy.read_printed(Some("Secret"), &[], &[&whole], None).unwrap();
            prop_assert!(told.label().unwrap().dominates(&alone), "{}", whole);
        }
    }

    #[test]
    fn no_text_panics_and_what_is_read_is_valid(text in hostile_text()) {
        for policy in [odd_policy(), historical()] {
            if let Ok(label) = policy.parse_marking(&text) {
                prop_assert_eq!(policy.validate(&label), Ok(()));
                prop_assert_eq!(policy.parse_marking(&policy.marking(&label)), Ok(label));
            }
            if let Ok(clearance) = policy.parse_clearance(&text) {
                prop_assert!(clearance.atoms().all(|atom| policy.atoms().contains(&atom)));
            }
            let present = Label::of_level(policy.levels()[0].name().clone());
            if let Ok(label) = policy.parse_restriction(&present, &text) {
                prop_assert!(label.dominates(&present));
            }
            let captions: Vec<&str> = text.split(';').collect();
            if let Ok(printed) = policy.read_printed(Some(&text), &captions, &[], None) {
                prop_assert_eq!(policy.validate(&printed.label_or(&present)), Ok(()));
            }
            let _ = UnknownAs::parse(&policy, &text);
        }
    }

    #[test]
    fn no_error_names_a_value_that_was_not_written(text in hostile_text()) {
        let policy = historical();
        let codewords: Vec<&str> = ["RYBAT", "PBSUCCESS", "Cherokee", "Harvan", "Umbra", "Nodis", "Israel"]
            .into_iter()
            .filter(|word| !text.to_lowercase().contains(&word.to_lowercase()))
            .collect();
        for fault in [policy.parse_marking(&text).err(), policy.parse_clearance(&text).err(), UnknownAs::parse(&policy, &text).err()] {
            let said = fault.map_or(String::new(), |fault| fault.to_string());
            for word in &codewords {
                prop_assert!(!said.contains(word), "{}", said);
            }
        }
    }
}

/// Pieces of markings, signs and odd characters in any order.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "Secret", "top secret", "RED", "TLP:RED", "Nodis", "Noforn", "RYBAT", "Releasable to", "Israel", "Canada",
            "nobody", "at-most", "At Most", "handling", "Priority", "Specat Exclusive", "Zed", "Shown to", "Wir",
            "Caption", "Wnintel", "Noforn Except GRC",
        ]).prop_map(str::to_owned),
        4 => proptest::sample::select(vec![";", ",", ":", "&", " ", "/", "—", "\t", "\n"]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => proptest::sample::select(vec!["\u{202e}", "\0", "\u{1b}[31m", "ß", "İ", "\u{feff}", "\u{301}"]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn banners_and_portion_marks_look_as_printed() {
    let policy = historical();
    let shown = |text: &str| {
        let label = policy.parse_marking(text).expect(text);
        (
            policy.banner(&label),
            policy.portion_mark(&label),
            policy.marking(&label),
        )
    };
    let three = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        shown("top secret;  sensitive ; no distribution"),
        three(
            "TOP SECRET; NODIS; SENSITIVE",
            "(TS/ND/SENS)",
            "Top Secret; Nodis; Sensitive"
        ),
    );
    assert_eq!(
        shown("Secret & Confidential; Releasable to: Israel, US; Wnintel; Caption: Nodis, Exdis"),
        three(
            "SECRET; NODIS; EXDIS; RELEASABLE TO: UNITED STATES, ISRAEL; WNINTEL",
            "(S/ND/XD/REL USA,ISR/WN)",
            "Secret & Confidential; Nodis; Exdis; Releasable to: United States, Israel; Wnintel",
        ),
    );
    assert_eq!(
        shown("Confidential; Releasable to: Nobody"),
        three(
            "CONFIDENTIAL; RELEASABLE TO: NOBODY",
            "(C/REL NOBODY)",
            "Confidential; Releasable to: nobody"
        ),
    );
    assert_eq!(
        shown("unclassified"),
        three("UNCLASSIFIED", "(U)", "Unclassified")
    );
}

#[test]
fn a_label_of_another_policy_is_shown_whole_and_is_not_valid() {
    let policy = historical();
    let foreign = Label::of_level(name("Cosmic"))
        .with_restrictive(name("Bureau"), name("Atomal"))
        .with_permissive(name("Nations"), [name("Mars")].into());
    assert_eq!(policy.banner(&foreign), "COSMIC; ATOMAL; NATIONS: MARS");
    assert_eq!(
        policy.portion_mark(&foreign),
        "(COSMIC/ATOMAL/NATIONS MARS)"
    );
    assert!(policy.validate(&foreign).is_err());
    let wrong_kind =
        Label::of_level(name("Secret")).with_restrictive(name("Releasable to"), name("Israel"));
    let fault = policy.validate(&wrong_kind).unwrap_err().to_string();
    assert!(
        fault.contains("no restrictive category `Releasable to`"),
        "{fault}"
    );
}

#[test]
fn clearances_are_lists_of_what_is_held() {
    let policy = historical();
    let level = |text: &str| AtomName::level(&name(text));
    let read = |text: &str| policy.parse_clearance(text).expect(text);
    assert_eq!(read("Secret"), Clearance::from_atoms([level("Secret")]));
    let up_to_confidential = [
        "Unclassified",
        "Official Use Only",
        "Limited Official Use",
        "Restricted",
        "Confidential",
    ]
    .map(level);
    for text in [
        "at-most Confidential",
        "At Most  confidential",
        "AT–MOST CONFIDENTIAL",
    ] {
        assert_eq!(
            read(text),
            Clearance::from_atoms(up_to_confidential.clone())
        );
    }
    let nations =
        ["Israel", "Canada"].map(|nation| AtomName::value(&name("Releasable to"), &name(nation)));
    let expected = Clearance::from_atoms(
        [level("Secret"), caption("Nodis"), caption("Eyes Only")]
            .into_iter()
            .chain(nations),
    );
    assert_eq!(
        read("Secret, no dis; Caption:Eyes Only, Releasable to: Israel, Canada"),
        expected
    );
    assert!(read("Secret").permits(&policy.parse_marking("Secret").unwrap()));
    assert!(
        !read("Top Secret").permits(&policy.parse_marking("Secret").unwrap()),
        "levels are an explicit set"
    );
}

/// Each fault of a marking, at which character, and a piece of what is said.
#[test]
fn each_fault_of_a_marking_has_its_place_and_says_what_to_write() {
    let policy = historical();
    for (text, position, said) in [
        ("", 1, "nothing is written here"),
        ("   ", 4, "nothing is written here"),
        ("Secret;", 8, "nothing is written here"),
        ("Secret;;Nodis", 8, "nothing is written here"),
        (";Nodis", 1, "nothing is written here"),
        ("Secret &; Nodis", 9, "nothing is written here"),
        (
            "Nodis",
            1,
            "`Nodis` is no level, and a marking begins with one: write Unclassified, Official Use Only",
        ),
        ("Sekret; Nodis", 1, "`Sekret` is no level"),
        ("Secret Nodis", 1, "`Secret Nodis` is no level"),
        (
            "Secret; Nodis; Confidential",
            16,
            "`Confidential` is a second level",
        ),
        ("Secret;  Floop", 10, "does not know `Floop`"),
        ("Secret; Nоdis", 9, "does not know `Nоdis`"),
        ("Sécret", 1, "`Sécret` is no level"),
        (
            "Secret; Immediate",
            9,
            "`Immediate` says how to handle a paper",
        ),
        (
            "Secret; Operational Immediate Limit Distribution",
            9,
            "says how to handle a paper",
        ),
        ("Secret; Israel", 9, "write `Releasable to: Israel`"),
        (
            "Secret; Releasable to: Nodis",
            24,
            "`Nodis` is no value of `Releasable to`",
        ),
        (
            "Secret; Releasable to: Israel; Rel to: Canada",
            32,
            "`Releasable to` stands twice",
        ),
        (
            "Secret; Releasable to: Israel, nobody",
            32,
            "`nobody` stands alone",
        ),
        ("Secret; Caption: nobody", 18, "`nobody` stands alone"),
        ("Secret; Releasable to:", 23, "nothing is written here"),
        (
            "Secret; Releasable to: Israel,,Canada",
            31,
            "nothing is written here",
        ),
        ("Secret\u{202e}; Nodis", 7, "U+202E shows nothing"),
        ("Secret; \u{1b}[2J", 9, "U+001B shows nothing"),
    ] {
        let fault = policy.parse_marking(text).expect_err(text);
        assert_eq!(fault.position, position, "{text:?}: {fault}");
        assert!(fault.to_string().contains(said), "{text:?}: {fault}");
    }
    let long = format!("Secret; {}", "x".repeat(40_000));
    assert!(matches!(
        policy.parse_marking(&long),
        Err(MarkingError {
            fault: MarkingFault::TooLong { .. },
            ..
        })
    ));
    let wordy = policy
        .parse_marking(&format!("Secret; {}", "x".repeat(9_000)))
        .unwrap_err()
        .to_string();
    assert!(wordy.len() < 300, "an error repeats only the beginning");
}

#[test]
fn each_fault_of_a_clearance_has_its_place_and_says_what_to_write() {
    let policy = historical();
    for (text, position, said) in [
        ("", 1, "nothing is written here"),
        ("Secret,", 8, "nothing is written here"),
        ("Secret, Floop", 9, "does not know `Floop`"),
        ("at-most", 1, "after `at-most` write Unclassified"),
        ("Nodis, at most Nodis", 8, "`Nodis` is no level"),
        (
            "Secret; Priority",
            9,
            "`Priority` is nothing that a person holds",
        ),
        (
            "Secret; Wnintel",
            9,
            "`Wnintel` is nothing that a person holds",
        ),
        ("Specat Exclusive", 1, "is nothing that a person holds"),
        ("Releasable to: nobody", 1, "is nothing that a person holds"),
    ] {
        let fault = policy.parse_clearance(text).expect_err(text);
        assert_eq!(fault.position, position, "{text:?}: {fault}");
        assert!(fault.to_string().contains(said), "{text:?}: {fault}");
    }
}

#[test]
fn printed_markings_are_level_label_and_handling() {
    let policy = historical();
    let read = |level: Option<&str>, captions: &[&str]| {
        policy
            .read_printed(level, captions, &[], None)
            .expect("all is known")
    };
    let label = |text: &str| Some(policy.parse_marking(text).expect(text));

    let telegram = read(Some("Secret"), &["Priority", "Nodis", "Harvan Double Plus"]);
    assert_eq!(telegram.level, Some(name("Secret")));
    assert_eq!(telegram.label(), label("Secret; Nodis; Harvan Double Plus"));
    assert_eq!(telegram.handling, ["Priority"]);

    for level in [None, Some("No classification marking")] {
        let unmarked = read(level, &["Operational Immediate", "RYBAT"]);
        assert_eq!((unmarked.level.clone(), unmarked.label()), (None, None));
        assert!(
            unmarked.has_categories(),
            "a caption without a level still counts"
        );
        assert_eq!(
            Some(unmarked.label_or(&label("Confidential").unwrap())),
            label("Confidential; RYBAT")
        );
        assert_eq!(unmarked.handling, ["Operational Immediate"]);
    }

    let slashed = read(
        Some("Secret"),
        &[
            "Nodis/Harvan/Double Plus",
            "Controlled Dissem/Background Use Only",
        ],
    );
    assert_eq!(
        slashed.label(),
        label("Secret; Nodis; Harvan; Harvan Double Plus; Controlled Dissem; Background Use Only"),
        "the word before a slash counts besides"
    );
    let commas = read(
        Some("Secret"),
        &[
            "Priority, Limited Distribution",
            "Limited Distribution—Alpha",
        ],
    );
    assert_eq!(commas.label(), label("Secret; Limdis; Alpha"));
    assert_eq!(commas.handling, ["Priority"]);

    let excepted = read(Some("Top Secret"), &["Noforn Except GRC"]);
    assert_eq!(
        excepted.label(),
        label("Top Secret; Releasable to: United States, Republic of China")
    );
    let both = read(
        Some("Top Secret"),
        &["Noforn Except GRC", "Noforn Except Israeli"],
    );
    assert_eq!(
        both.label(),
        label("Top Secret; Releasable to: United States"),
        "two exceptions narrow each other"
    );
    let merged = read(
        Some("Secret"),
        &[
            "Operational Immediate Limit Distribution",
            "Official–Informal",
        ],
    );
    assert_eq!(merged.label(), label("Secret; Limdis"));
    assert_eq!(
        merged.handling,
        [
            "Operational Immediate Limit Distribution",
            "Official–Informal"
        ]
    );
}

#[test]
fn captions_joined_in_every_way_count_each() {
    let policy = historical();
    for (caption, due) in [
        ("Nodis/Harvan", "Nodis; Harvan"),
        ("Exdis—Handle as Nodis", "Exdis; Nodis"),
        (
            "Controlled Dissem (Background Use Only)",
            "Controlled Dissem; Background Use Only",
        ),
        ("No Foreign Dissem [text not declassified]", "Noforn"),
        ("Ruff/[codeword not declassified]", "Ruff; Codeword"),
        (
            "[handling restriction not declassified]",
            "Withheld Restriction",
        ),
        ("Priority: Exdis", "Exdis"),
        ("Exclusively Eyes Only via Swinger", "Eyes Only; Swinger"),
        ("U.S. Eyes Only", "Noforn"),
        (
            "Dissemination and Extraction of Information Controlled by Originator",
            "Orcon",
        ),
    ] {
        let read = policy
            .read_printed(Some("Secret"), &[caption], &[], None)
            .expect(caption);
        let due = policy.parse_marking(&format!("Secret; {due}")).expect(due);
        assert_eq!(read.label(), Some(due), "{caption}");
    }
    for caption in [
        "Nodis/Floop",
        "Not Releasable",
        "Nodis (Floop)",
        "Nodis Floop",
        "/",
    ] {
        policy
            .read_printed(Some("Secret"), &[caption], &[], None)
            .expect_err(caption);
    }
}

#[test]
fn accounts_count_for_what_they_mention() {
    let policy = historical();
    for (account, due) in [
        ("for the President's eyes only", "Secret; Eyes Only"),
        ("to be handled as Nodis", "Secret; Nodis"),
        ("with Nodis Attachment", "Secret; Nodis"),
        ("and Personal", "Secret; Personal"),
        (
            "Repeated to Bonn, limited distribution, and to Paris",
            "Secret; Limdis",
        ),
        (
            "noforn except Israeli officials",
            "Secret; Releasable to: United States, Israel",
        ),
        ("passed to Israel as Top Secret", "Secret"),
        ("Repeated priority to Bonn", "Secret"),
        ("in harvan/plus channels", "Secret; Harvan; Harvan Plus"),
        (
            "handling indicator not declassified",
            "Secret; Withheld Restriction",
        ),
        ("", "Secret"),
    ] {
        let read = policy
            .read_printed(Some("Secret"), &[], &[account], None)
            .expect("accounts are never unknown");
        let due = policy.parse_marking(due).expect(due);
        assert_eq!(read.label(), Some(due), "{account}");
    }
    let handling = Some(UnknownAs::Handling);
    let read = policy
        .read_printed(
            Some("Secret"),
            &["Nodis/Floop Plus"],
            &[],
            handling.as_ref(),
        )
        .expect("counts as handling");
    assert_eq!(
        read.label(),
        policy.parse_marking("Secret; Nodis").ok(),
        "what is known of an unknown caption still counts"
    );
}

#[test]
fn what_is_not_known_is_listed_or_counts_as_told() {
    let policy = historical();
    let captions = [
        "Nodis",
        "Received",
        "Floop/Nodis",
        "Received",
        "Israel",
        "Confidential",
        "",
        "Received\u{1b}[2J",
    ];
    let unknown = policy
        .read_printed(Some("Cosmic"), &captions, &[], None)
        .unwrap_err();
    let expected: Vec<UnknownCaption> = std::iter::once(UnknownCaption::Level("Cosmic".into()))
        .chain(
            [
                "Received",
                "Floop/Nodis",
                "Israel",
                "Confidential",
                "",
                "Received\u{1b}[2J",
            ]
            .map(|c| UnknownCaption::Caption(c.into())),
        )
        .collect();
    assert_eq!(unknown, expected);
    assert!(
        unknown
            .iter()
            .all(|caption| !caption.to_string().contains('\u{1b}')),
        "shown without its controls"
    );

    let as_value = UnknownAs::parse(&policy, "no distribution").unwrap();
    assert_eq!(
        as_value,
        UnknownAs::Value {
            category: name("Caption"),
            value: name("Nodis")
        }
    );
    let read = policy
        .read_printed(
            Some("Secret"),
            &["Received", "Priority"],
            &[],
            Some(&as_value),
        )
        .unwrap();
    assert_eq!(
        read.label(),
        Some(policy.parse_marking("Secret; Nodis").unwrap())
    );
    assert_eq!(read.handling, ["Priority"]);

    assert_eq!(
        UnknownAs::parse(&policy, " Handling "),
        Ok(UnknownAs::Handling)
    );
    let read = policy
        .read_printed(
            Some("Secret"),
            &["Received"],
            &[],
            Some(&UnknownAs::Handling),
        )
        .unwrap();
    assert_eq!(
        (read.label(), &read.handling[..]),
        (
            Some(policy.parse_marking("Secret").unwrap()),
            &["Received".to_owned()][..]
        )
    );

    assert!(
        policy
            .read_printed(Some("Cosmic"), &[], &[], Some(&UnknownAs::Handling))
            .is_err(),
        "a level is never guessed"
    );
    for text in [
        "Floop",
        "Secret",
        "Israel",
        "Releasable to: Israel",
        "Wnintel",
        "Priority",
        "Specat Exclusive",
        "",
    ] {
        assert!(UnknownAs::parse(&policy, text).is_err(), "{text}");
    }
}

#[test]
fn every_real_caption_of_the_bundled_volume_is_known() {
    let policy = historical();
    let captions = [
        "Nodis",
        "Sensitive",
        "Eyes Only",
        "Priority",
        "Immediate",
        "Noforn",
        "Controlled Dissem",
        "Exdis",
        "No Foreign Dissem",
        "Codeword",
        "Limdis",
        "Paris Meetings",
        "No Dissem Abroad",
        "Background Use Only",
        "Official",
        "Limited Distribution",
        "No Distribution Outside Department",
        "Personal",
        "Flash",
        "Outside System",
        "Contains Codeword",
    ];
    for level in [
        "Secret",
        "Top Secret",
        "No classification marking",
        "Confidential",
        "Limited Official Use",
    ] {
        policy
            .read_printed(Some(level), &captions, &[], None)
            .expect("all is known");
    }
}

#[test]
fn precedence_is_never_a_category() {
    let policy = historical();
    for word in [
        "Priority",
        "Immediate",
        "Niact",
        "Flash",
        "Routine",
        "Operational Immediate",
        "Niact Immediate",
        "Emergency",
    ] {
        let read = policy
            .read_printed(Some("Secret"), &[word], &[], None)
            .expect(word);
        assert!(!read.has_categories());
        assert_eq!(read.handling, [word]);
        assert!(
            policy
                .atoms()
                .iter()
                .all(|atom| !atom.to_string().contains(word))
        );
    }
}
