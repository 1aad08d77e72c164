//! Marking policies: each fault named with its line, limits kept, hostile files refused.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{ODD_POLICY, name, odd_policy};
use proptest::prelude::*;
use strongroom_label::limits::{
    CATEGORIES_MAX, LEVELS_MAX, NAME_BYTES_MAX, POLICY_BYTES_MAX, REASONS_MAX, SCHEDULES_MAX,
    SPELLINGS_MAX, VALUES_MAX,
};
use strongroom_label::{
    AtomName, CategoryKind, Clearance, ClearanceBits, Keep, Label, LabelBits, Policy, PolicyRule,
    Then,
};

const HEAD: &str =
    "name = 'p'\npassphrase = { words = 6 }\nterms = { challenge_days = 60, appeal_days = 90 }\n";

/// Each vector begins with a comment that says which line is named and what is said of it.
#[test]
fn each_fault_of_a_policy_is_refused_with_its_line() {
    let mut counted = 0;
    for entry in
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/policy")).unwrap()
    {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let first = source
            .lines()
            .next()
            .unwrap()
            .strip_prefix("# line ")
            .expect("what is expected");
        let (line, said) = first.split_once(':').expect("line and what is said");
        let fault = Policy::from_toml(&source).expect_err(&path.display().to_string());
        assert_eq!(fault.line.to_string(), line, "{}: {fault}", path.display());
        assert!(
            fault.to_string().contains(said.trim()),
            "{}: {fault}",
            path.display()
        );
        counted += 1;
    }
    assert!(counted >= 40, "{counted}");
}

#[test]
fn a_policy_says_what_its_file_says() {
    let policy = odd_policy();
    assert_eq!(policy.name(), &name("odd"));
    assert_eq!(policy.source(), ODD_POLICY);
    assert_eq!(policy, policy.clone());
    assert_ne!(
        policy,
        Policy::from_toml(&format!("{ODD_POLICY}\n")).unwrap(),
        "another text is another policy"
    );
    let ranked: Vec<&str> = policy
        .levels()
        .iter()
        .map(|level| level.name().as_str())
        .collect();
    assert_eq!(ranked, ["Open (to all)", "Straße", "RED"]);
    assert_eq!(policy.at_most(&name("Straße")).unwrap().len(), 2);
    assert_eq!(policy.at_most(&name("Secret")), None);
    assert_eq!(policy.passphrase().words, 7);
    assert_eq!(policy.passphrase().own_chars, Some(32));
    assert_eq!(
        (policy.terms().challenge_days, policy.terms().appeal_days),
        (60, 90)
    );

    let atoms: Vec<String> = policy.atoms().iter().map(AtomName::to_string).collect();
    assert_eq!(
        atoms.len(),
        3 + 5 + 5,
        "levels, restrictive and permissive values"
    );
    assert!(
        atoms.contains(&"Shown to:Wir".to_owned()) && !atoms.contains(&"Mood:Grave".to_owned())
    );
    let kinds: Vec<CategoryKind> = policy
        .categories()
        .iter()
        .map(|category| category.kind())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == CategoryKind::Permissive)
            .count(),
        2
    );
}

/// Each says how long records are kept, what becomes of them, and which schedule is that of those of which nobody says one.
#[test]
fn every_built_in_policy_has_schedules_and_terms() {
    for name in Policy::builtin_names() {
        let policy = Policy::builtin(name).unwrap();
        assert!(policy.default_schedule().is_some(), "{name}");
        for schedule in policy.schedules() {
            assert_eq!(policy.schedule(schedule.name()), Some(schedule), "{name}");
            let cited_or_said =
                schedule.cites().is_some() || schedule.title().contains("choice") || name == "tlp";
            assert!(cited_or_said, "{name}: {}", schedule.name());
        }
        let terms = policy.terms();
        assert_eq!(terms.backup_days, 365, "{name}");
        assert_eq!(terms.disclosure_acknowledge_days, 7, "{name}");
        assert_eq!(terms.disclosure_answer_days, 90, "{name}");
    }
    let us = Policy::builtin("us").unwrap();
    assert_eq!(
        us.schedule("senior-officials").unwrap().keep(),
        Keep::Years(15)
    );
    assert_eq!(us.default_schedule().unwrap().keep(), Keep::Permanent);
    assert_eq!(us.default_schedule().unwrap().then(), Then::Review);
}

/// A policy that says nothing of keeping has no schedule, and the terms of the law that has some.
#[test]
fn what_a_policy_does_not_say_of_keeping() {
    let policy = odd_policy();
    assert!(policy.schedules().is_empty() && policy.default_schedule().is_none());
    assert_eq!(policy.terms().disclosure_acknowledge_days, 7);
    assert_eq!(policy.terms().backup_days, 365);
}

#[test]
fn the_historical_policy_has_what_its_users_need() {
    let policy = Policy::builtin("us-state-historical").unwrap();
    let ranked: Vec<&str> = policy
        .levels()
        .iter()
        .map(|level| level.name().as_str())
        .collect();
    assert_eq!(
        ranked,
        [
            "Unclassified",
            "Official Use Only",
            "Limited Official Use",
            "Restricted",
            "Confidential",
            "Secret",
            "Top Secret"
        ]
    );
    for kind in [
        CategoryKind::Restrictive,
        CategoryKind::Permissive,
        CategoryKind::Informative,
    ] {
        assert!(
            policy
                .categories()
                .iter()
                .any(|category| category.kind() == kind)
        );
    }
    assert_eq!(policy.passphrase().words, 6);
    assert_eq!(policy.terms().challenge_days, 60);
    assert!(
        policy
            .reason("foreign-relations")
            .is_some_and(|reason| reason.cites() == Some("E.O. 13526 s. 1.4(d)"))
    );
    assert!(policy.reason("embarrassment").is_none());
    assert!(
        policy
            .prohibited()
            .iter()
            .any(|reason| reason.code() == "embarrassment")
    );
    assert!(
        policy.atoms().len() < 120,
        "each costs a key pair and its shares: {}",
        policy.atoms().len()
    );
}

#[test]
fn limits_are_kept_at_their_edge() {
    let levels = |count: usize| {
        (0..count).fold(HEAD.to_owned(), |text, n| {
            text + &format!("[[level]]\nname = 'L{n}'\nrank = {n}\n")
        })
    };
    assert!(Policy::from_toml(&levels(LEVELS_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&levels(LEVELS_MAX + 1)).unwrap_err().rule,
        PolicyRule::TooManyLevels
    );

    let categories = |count: usize| {
        (0..count).fold(levels(1), |text, n| {
            text + &format!("[[category]]\nname = 'C{n}'\nkind = 'restrictive'\nvalues = [{{ name = 'V{n}' }}]\n")
        })
    };
    assert!(Policy::from_toml(&categories(CATEGORIES_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&categories(CATEGORIES_MAX + 1))
            .unwrap_err()
            .rule,
        PolicyRule::TooManyCategories
    );

    let values = |count: usize| {
        let listed: Vec<String> = (0..count).map(|n| format!("{{ name = 'V{n}' }}")).collect();
        levels(1)
            + &format!(
                "[[category]]\nname = 'C'\nkind = 'restrictive'\nvalues = [{}]\n",
                listed.join(", ")
            )
    };
    assert!(Policy::from_toml(&values(VALUES_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&values(VALUES_MAX + 1)).unwrap_err().rule,
        PolicyRule::TooManyValues
    );

    let spellings = |count: usize| {
        let listed: Vec<String> = (1..count).map(|n| format!("'H{n}'")).collect();
        format!("handling = [{}]\n", listed.join(", ")) + &levels(1)
    };
    assert!(Policy::from_toml(&spellings(SPELLINGS_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&spellings(SPELLINGS_MAX + 1))
            .unwrap_err()
            .rule,
        PolicyRule::TooManySpellings
    );

    let reasons = |count: usize| {
        (0..count).fold(levels(1), |text, n| {
            text + &format!("[[reason]]\ncode = 'r{n}'\ndescription = 'x'\n")
        })
    };
    assert!(Policy::from_toml(&reasons(REASONS_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&reasons(REASONS_MAX + 1))
            .unwrap_err()
            .rule,
        PolicyRule::TooManyReasons
    );

    let schedules = |count: usize| {
        (0..count).fold(levels(1), |text, n| {
            let default = n == 0;
            text + &format!(
                "[[schedule]]\nname = 's{n}'\ntitle = 'x'\nkeep_years = 0\nthen = 'review'\ndefault = {default}\n"
            )
        })
    };
    assert!(Policy::from_toml(&schedules(SCHEDULES_MAX)).is_ok());
    assert_eq!(
        Policy::from_toml(&schedules(SCHEDULES_MAX + 1))
            .unwrap_err()
            .rule,
        PolicyRule::TooManySchedules
    );

    let padded = |bytes: usize| {
        let text = levels(1) + "#";
        let pad = bytes - text.len();
        text + &"x".repeat(pad)
    };
    assert!(Policy::from_toml(&padded(POLICY_BYTES_MAX)).is_ok());
    let rule = Policy::from_toml(&padded(POLICY_BYTES_MAX + 1))
        .unwrap_err()
        .rule;
    assert_eq!(
        rule,
        PolicyRule::TooLarge {
            bytes: POLICY_BYTES_MAX + 1
        }
    );
}

/// Every bit of each kind decides, and the label with everything can be written, read and decided.
#[test]
fn a_policy_full_to_its_limits_decides_right() {
    for restrictive in [0, VALUES_MAX / 2, VALUES_MAX] {
        let policy = full_policy(restrictive);
        let mut full = Label::of_level(policy.levels()[0].name().clone());
        for level in policy.levels() {
            full = full.with_level(level.name().clone());
        }
        for value in policy.values_of(&name("all")) {
            full = full.with_restrictive(name("all"), value.clone());
        }
        if restrictive < VALUES_MAX {
            full = full.with_permissive(
                name("any"),
                policy.values_of(&name("any")).cloned().collect(),
            );
        }
        assert_eq!(
            policy.parse_marking(&policy.marking(&full)),
            Ok(full.clone())
        );

        let bits = LabelBits::new(&policy, &full).unwrap();
        let everything = Clearance::from_atoms(policy.atoms().iter().cloned());
        assert!(
            ClearanceBits::new(&policy, &everything)
                .unwrap()
                .permits(&bits)
        );
        for atom in policy.atoms() {
            let mut less = everything.clone();
            assert!(less.remove(atom));
            let permits = ClearanceBits::new(&policy, &less).unwrap().permits(&bits);
            assert_eq!(permits, less.permits(&full));
            let is_one_of_many =
                matches!(atom, AtomName::Value { category, .. } if category.as_str() == "any");
            assert_eq!(permits, is_one_of_many, "{atom}");
        }
    }
}

/// A policy with as many levels and values, and as long names, as the limits allow; so many values are restrictive.
fn full_policy(restrictive: usize) -> Policy {
    let mut source = (0..LEVELS_MAX).fold(HEAD.to_owned(), |text, n| {
        text + &format!(
            "[[level]]\nname = 'L{n} {}'\nrank = {n}\n",
            "l".repeat(NAME_BYTES_MAX - 4)
        )
    });
    for (category, kind, values) in [
        ("all", "restrictive", 0..restrictive),
        ("any", "permissive", restrictive..VALUES_MAX),
    ] {
        let long = "v".repeat(NAME_BYTES_MAX - 5);
        let listed: Vec<String> = values
            .map(|n| format!("{{ name = 'V{n:03} {long}' }}"))
            .collect();
        if !listed.is_empty() {
            let values = listed.join(", ");
            source += &format!(
                "[[category]]\nname = '{category}'\nkind = '{kind}'\nvalues = [{values}]\n"
            );
        }
    }
    Policy::from_toml(&source).unwrap()
}

#[test]
fn hostile_files_are_refused_in_bounded_time() {
    for source in [
        "[".repeat(100_000),
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{ a = ".repeat(100_000),
        "a.".repeat(100_000) + "a = 1",
        "\u{0}".repeat(1000),
        "\"".repeat(100_000),
        "name = \"\\u{110000}\"".to_owned(),
        "[[level]]\n".repeat(50_000),
    ] {
        let fault = Policy::from_toml(&source).unwrap_err();
        assert!(fault.to_string().len() < 2_000, "an error stays short");
        assert!(
            fault.to_string().chars().all(|c| !c.is_control()),
            "{fault}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Policy::from_toml(&text);
    }

    #[test]
    fn no_change_of_a_policy_panics(
        at in any::<prop::sample::Index>(),
        len in 0..40usize,
        put in prop_oneof![any::<String>(), Just("\"".to_owned()), Just("]\n".to_owned()), Just("-1".to_owned())],
    ) {
        let chars: Vec<char> = ODD_POLICY.chars().collect();
        let at = at.index(chars.len());
        let changed: String = chars[..at].iter().copied().chain(put.chars()).chain(chars.iter().copied().skip(at + len)).collect();
        if let Ok(policy) = Policy::from_toml(&changed) {
            for level in policy.levels() {
                let label = Label::of_level(level.name().clone());
                prop_assert_eq!(policy.parse_marking(&policy.banner(&label)), Ok(label));
            }
        }
    }
}

/// Every key that a grammar may have stands on the page about markings, or on that about marked documents.
#[test]
fn every_key_of_a_grammar_is_documented() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).expect(path);
    let pages = read("../../docs/marking.md") + &read("../../docs/marked-documents.md");
    let named: BTreeSet<&str> = pages
        .split('`')
        .skip(1)
        .step_by(2)
        .chain(
            pages
                .lines()
                .filter_map(|line| line.split_once(" = ").map(|(key, _)| key)),
        )
        .flat_map(|code| code.split(|c: char| !(c.is_ascii_lowercase() || c == '_')))
        .collect();
    let source = read("src/grammar/file.rs");
    let keys = source.lines().filter_map(|line| {
        let field = line.trim().strip_prefix("pub(crate) ")?;
        let (key, _) = field.split_once(": ")?;
        Some(key)
    });
    let keys: BTreeSet<&str> = keys.collect();
    assert!(keys.len() > 60, "{}", keys.len());
    let missing: Vec<_> = keys.difference(&named).collect();
    assert!(missing.is_empty(), "{missing:?} stand on no page");
}
