//! What portions make of a banner: the table of the policy `us` row by row, and that no banner asks less than a portion.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use strongroom_label::{Label, Marking, Policy, PortionMark, RollUp, RollUpFacts};

fn us() -> Policy {
    Policy::builtin("us").expect("it is built in")
}

fn portion(policy: &Policy, text: &str) -> Marking {
    let read = policy.parse_source_portion(text);
    read.unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn roll(policy: &Policy, portions: &[Marking], facts: &RollUpFacts) -> RollUp {
    let marks: Vec<PortionMark> = portions.iter().cloned().map(Into::into).collect();
    let rolled = policy.roll_up(&marks, facts).expect("portions bear marks");
    assert_covers(policy, &rolled.banner, portions);
    rolled
}

/// A banner has the highest level, and asks all else that each portion asks.
fn assert_covers(policy: &Policy, banner: &Marking, portions: &[Marking]) {
    let without_level = |marking: &Marking| -> Label {
        let label = marking.label(policy);
        let level = policy.levels()[0].name().clone();
        let mut bare = Label::of_level(level);
        for (category, values) in label.restrictive() {
            for value in values {
                bare = bare.with_restrictive(category.clone(), value.clone());
            }
        }
        for (category, values) in label.permissive() {
            bare = bare.with_permissive(category.clone(), values.clone());
        }
        for (category, values) in label.informative() {
            for value in values {
                bare = bare.with_informative(category.clone(), value.clone());
            }
        }
        bare
    };
    for portion in portions {
        let shown = || {
            format!(
                "{} under {}",
                portion.portion(policy),
                banner.banner(policy)
            )
        };
        assert!(
            banner.level(policy).rank() >= portion.level(policy).rank(),
            "{}",
            shown()
        );
        assert!(
            without_level(banner).dominates(&without_level(portion)),
            "{}",
            shown()
        );
    }
}

#[test]
fn the_table_of_the_register() {
    let policy = us();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/markings/us-rollup.tsv");
    let text = fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    let mut said = std::collections::BTreeMap::<String, usize>::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let [portions, facts, banner, rules, cites] = columns[..] else {
            panic!("line {} has {} columns", at + 1, columns.len());
        };
        assert!(!cites.is_empty(), "line {} names no source", at + 1);
        let mut given = RollUpFacts::default();
        for fact in facts.split_whitespace() {
            match fact.strip_prefix("date=") {
                Some(date) => given.date = Some(date.parse().unwrap()),
                None if fact == "analytic" => given.analytic = true,
                None => panic!("line {}: no fact `{fact}`", at + 1),
            }
        }
        let portions: Vec<Marking> = portions
            .split(" & ")
            .map(|text| portion(&policy, text))
            .collect();
        let rolled = roll(&policy, &portions, &given);
        let used: Vec<&str> = rolled.rows.iter().map(|row| &*row.rule).collect();
        for rule in &used {
            *said.entry((*rule).to_owned()).or_default() += 1;
        }
        let lacking = rules.split_whitespace().any(|rule| !used.contains(&rule));
        let got = rolled.banner.banner(&policy);
        if got != banner || lacking {
            wrong.push(format!("{}: {line}\n   got {got} by {used:?}", at + 1));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} rows",
        wrong.join("\n"),
        wrong.len()
    );
    for number in 1..=27 {
        let rule = format!("release-{number:02}");
        let times = said.get(&rule).copied().unwrap_or_default();
        assert!(
            times >= 2,
            "rule {number} decides {times} rows of the table"
        );
    }
}

/// Portions of a small vocabulary, with every kind of word that has a say.
const SMALL: [&str; 26] = [
    "U",
    "U//FOUO",
    "U//SBU-NF",
    "U//LES-NF",
    "U//DCNI",
    "U//DS",
    "U//NF//XD",
    "C",
    "S",
    "S//NF",
    "S//RELIDO",
    "S//REL TO USA, GBR",
    "S//REL TO USA, FVEY",
    "S//REL TO USA, JPN",
    "S//REL TO USA, GBR/RELIDO",
    "S//DISPLAY ONLY IRQ",
    "S//REL TO USA, IRQ/DISPLAY ONLY AFG",
    "S//OC",
    "S//OC-USGOV/NF",
    "S//RD-SG 14//NF",
    "S//FRD-SG 18//NF",
    "TS//SI-G//OC/NF",
    "//DEU S//REL TO USA, DEU",
    "//FGI S//NF",
    "//JOINT S GBR USA//REL TO USA, GBR",
    "S//NF//ND",
];

#[test]
fn every_pair_and_three_of_a_small_vocabulary_is_covered_by_its_banner() {
    let policy = us();
    let marks: Vec<Marking> = SMALL.iter().map(|text| portion(&policy, text)).collect();
    let facts = [None, Some(20_050_101), Some(20_200_101)].map(|date| RollUpFacts {
        date,
        analytic: date.is_some(),
        compilation: None,
    });
    for facts in &facts {
        for (at, one) in marks.iter().enumerate() {
            for (nth, other) in marks.iter().enumerate().skip(at) {
                let two = roll(&policy, &[one.clone(), other.clone()], facts).banner;
                let turned = roll(&policy, &[other.clone(), one.clone()], facts).banner;
                assert_eq!(two, turned, "the order of portions decides nothing");
                let again = policy.parse_banner(&two.banner(&policy));
                assert_eq!(again, Ok(two.clone()), "{} & {}", SMALL[at], SMALL[nth]);
                for third in &marks[nth..] {
                    roll(&policy, &[one.clone(), other.clone(), third.clone()], facts);
                }
            }
        }
    }
}

#[test]
fn compilation_raises_and_never_lowers() {
    let policy = us();
    let portions = [
        portion(&policy, "C//REL TO USA, GBR"),
        portion(&policy, "U"),
    ];
    let facts = |text: &str| RollUpFacts {
        compilation: Some(policy.parse_banner(text).unwrap()),
        ..RollUpFacts::default()
    };
    let raised = roll(&policy, &portions, &facts("SECRET//NOFORN"));
    assert_eq!(raised.banner.level(&policy).name().as_str(), "Secret");
    assert!(raised.rows.iter().any(|row| &*row.rule == "compilation"));
    let same = roll(&policy, &portions, &facts("UNCLASSIFIED"));
    assert_eq!(same.banner.banner(&policy), "CONFIDENTIAL//REL TO USA, GBR");
}

#[test]
fn an_abridged_list_is_the_banner_s() {
    let policy = us();
    let banner = policy.parse_banner("SECRET//REL TO USA, GBR").unwrap();
    let mark = policy.parse_portion("C//REL").unwrap();
    assert!(mark.is_abridged());
    let whole = policy.expand(&mark, &banner);
    assert_eq!(whole.portion(&policy), "C//REL TO USA, GBR");
    let joint = policy
        .parse_banner("//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR")
        .unwrap();
    let mark = policy.parse_portion("//JOINT S//REL").unwrap();
    let whole = policy.expand(&mark, &joint);
    assert_eq!(
        whole.portion(&policy),
        "//JOINT S CAN GBR USA//REL TO USA, CAN, GBR"
    );
}

/// Marks of any kind, right ones only.
fn any_portion() -> impl Strategy<Value = String> {
    let level = select(vec!["U", "C", "S", "TS"]);
    let sci = select(vec![
        "",
        "",
        "SI",
        "SI-G ABCD",
        "TK",
        "HCS-P",
        "SI/TK",
        "SI-ABC",
    ]);
    let sap = select(vec!["", "", "", "SAR-BP", "SAR-AB-12/CD"]);
    let aea = select(vec![
        "",
        "",
        "",
        "RD",
        "RD-SG 14 20",
        "FRD",
        "TFNI",
        "DCNI",
        "RD-CNWDI",
    ]);
    let fgi = select(vec!["", "", "", "FGI", "FGI GBR", "FGI DEU NATO"]);
    let ic = subsequence(
        vec!["RS", "FOUO", "OC", "OC-USGOV", "IMC", "NF", "PR"],
        0..4,
    );
    let release = select(vec![
        "",
        "",
        "REL TO USA, GBR",
        "REL TO USA, FVEY",
        "REL TO USA, CAN, JPN",
        "RELIDO",
        "REL TO USA, AUS/RELIDO",
        "DISPLAY ONLY IRQ",
        "REL TO USA, IRQ/DISPLAY ONLY AFG",
    ]);
    let tail = subsequence(vec!["DSEN", "FISA"], 0..2);
    let other = subsequence(
        vec!["DS", "XD", "ND", "SBU", "SBU-NF", "LES", "LES-NF", "SSI"],
        0..3,
    );
    let parts = (level, sci, sap, aea, fgi, ic, release, tail, other);
    parts.prop_map(|(level, sci, sap, aea, fgi, ic, release, tail, other)| {
        let mut controls: Vec<&str> = ic;
        controls.extend(Some(release).filter(|text| !text.is_empty()));
        // FISA and DSEN stand before DISPLAY ONLY in the register: where both are drawn the mark is put right below.
        controls.extend(tail);
        let (controls, other) = (controls.join("/"), other.join("/"));
        let slots = [level, sci, sap, aea, fgi, &controls, &other];
        let there: Vec<&str> = slots.into_iter().filter(|slot| !slot.is_empty()).collect();
        there.join("//")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_banner_is_below_a_portion(texts in prop::collection::vec(any_portion(), 1..6), date in prop::option::of(20_000_101u32..20_251_231), analytic: bool) {
        let policy = policy();
        let marks: Vec<Marking> = texts
            .iter()
            .filter_map(|text| {
                let read = policy.parse_portion(text);
                read.ok().or_else(|| policy.read_marking_lenient(text, strongroom_label::Form::Portion))
            })
            .collect();
        prop_assume!(!marks.is_empty());
        roll(policy, &marks, &RollUpFacts { date, analytic, compilation: None });
    }

    #[test]
    fn what_is_read_is_written_the_same(text in any_portion()) {
        let policy = policy();
        match policy.parse_portion(&text) {
            Ok(marking) => {
                prop_assert_eq!(marking.portion(policy), text.clone());
                let banner = marking.banner(policy);
                // Some marks are of portions only.
                if let Ok(again) = policy.parse_banner(&banner) {
                    prop_assert_eq!(again, marking);
                }
            }
            Err(error) => if let Some(instead) = error.instead() {
                let right = policy.parse_portion(instead);
                prop_assert!(right.is_ok(), "{} for {}: {:?}", instead, text, right);
            }
        }
    }

    #[test]
    fn hostile_text_is_refused_at_a_place_within_it(text in "[A-Z/ ,\\-]{0,60}|\\PC{0,40}|(TOP SECRET|SECRET|//|/|REL TO USA|, |GBR|SI-G|-| |NOFORN|SAR-|//JOINT |FGI|DEU|EYES ONLY){0,12}") {
        let policy = policy();
        for read in [policy.parse_banner(&text), policy.parse_portion(&text)] {
            match read {
                Ok(marking) => prop_assert!(!marking.banner(policy).is_empty()),
                Err(error) => prop_assert!(error.position >= 1 && error.position <= text.chars().count() + 1),
            }
        }
    }
}

fn policy() -> &'static Policy {
    static POLICY: std::sync::OnceLock<Policy> = std::sync::OnceLock::new();
    POLICY.get_or_init(us)
}
