//! Markings of every built-in policy, right and wrong, each with the rule that decides and where it stands: tables for
//! whoever has the standard at hand. `vectors/README.md` says how they are written.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use strongroom_label::{Decision, Label, Marking, MarkingError, Policy, PortionMark, RollUpFacts};

/// Fewest rows of a table.
const ROWS_MIN: usize = 60;

/// A row of a table.
struct Row<'t> {
    line: usize,
    kind: &'t str,
    marking: &'t str,
    result: &'t str,
    banner: &'t str,
    portion: &'t str,
}

/// The rows of the table of a policy.
fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
        .map(|(at, line)| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [kind, marking, result, banner, portion, cites] = columns[..] else {
                panic!("line {} has {} columns", at + 1, columns.len());
            };
            assert!(!cites.is_empty(), "line {} names no source", at + 1);
            Row {
                line: at + 1,
                kind,
                marking,
                result,
                banner,
                portion,
            }
        })
        .collect()
}

fn table(policy: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/markings");
    let path = folder.join(format!("{policy}.tsv"));
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn check(name: &str) {
    let policy = Policy::builtin(name).expect("it is built in");
    let text = table(name);
    let rows = rows(&text);
    assert!(rows.len() >= ROWS_MIN, "{name}: {} rows", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let got = got(&policy, row);
            let wanted = [row.result, row.banner, row.portion].map(str::to_owned);
            (got != wanted).then(|| {
                format!(
                    "{name}.tsv:{}: {} `{}`\n   table {wanted:?}\n   code  {got:?}",
                    row.line, row.kind, row.marking
                )
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}\n{} rows",
        wrong.join("\n"),
        wrong.len()
    );
}

/// What the policy says to a row, as its columns would have it.
fn got(policy: &Policy, row: &Row<'_>) -> [String; 3] {
    match row.kind {
        "banner" if !policy.reads_banners() => match policy.parse_marking(row.marking) {
            Ok(label) => [
                "ok".to_owned(),
                policy.banner(&label),
                policy.portion_mark(&label),
            ],
            Err(error) => [
                format!("{} {}", error.position, error.rule()),
                String::new(),
                String::new(),
            ],
        },
        "rollup" if !policy.reads_banners() => {
            let mut labels = row
                .marking
                .split(" & ")
                .map(|mark| policy.parse_marking(mark).expect(mark));
            let first = labels.next().expect("a portion");
            let joined = labels.fold(first, |all, one| all.join(&one));
            ["ok".to_owned(), policy.banner(&joined), String::new()]
        }
        "banner" => read(policy, policy.parse_banner(row.marking), true),
        "portion" => read(policy, policy.parse_portion(row.marking), false),
        "rollup" => rolled(policy, row),
        "decide" => {
            let decided = decided(policy, row.banner, row.marking);
            [decided, row.banner.to_owned(), String::new()]
        }
        other => panic!("line {}: no kind `{other}`", row.line),
    }
}

fn read(policy: &Policy, read: Result<Marking, MarkingError>, banner: bool) -> [String; 3] {
    match read {
        Ok(marking) => [
            "ok".to_owned(),
            marking.banner(policy),
            marking.portion(policy),
        ],
        Err(error) => {
            let result = format!("{} {}", error.position, error.rule());
            let instead = error.instead().unwrap_or_default().to_owned();
            match banner {
                true => [result, instead, String::new()],
                false => [result, String::new(), instead],
            }
        }
    }
}

/// Of the rules that had a say, those that the row names, if it names no other.
fn rolled(policy: &Policy, row: &Row<'_>) -> [String; 3] {
    let marks: Vec<PortionMark> = row
        .marking
        .split(" & ")
        .map(|mark| {
            policy
                .parse_portion(mark)
                .unwrap_or_else(|e| panic!("{mark}: {e}"))
                .into()
        })
        .collect();
    let rolled = policy
        .roll_up(&marks, &RollUpFacts::default())
        .expect("a portion is marked");
    let label = rolled.banner.label(policy);
    for mark in &marks {
        let of_portion = mark.marking.as_ref().expect("it is marked").label(policy);
        // A banner shows the highest level alone; a room joins the labels of portions and asks each.
        let level = mark.marking.as_ref().expect("it is marked").level(policy);
        assert!(rolled.banner.level(policy).rank() >= level.rank());
        let with_level = label.clone().with_level(level.name().clone());
        let line = row.line;
        assert!(
            with_level.asks_all_of(&of_portion),
            "line {line}: below a portion"
        );
    }
    if label.admits_nobody() {
        return ["refused".to_owned(), String::new(), String::new()];
    }
    let said = |rule: &str| rolled.rows.iter().any(|used| *used.rule == *rule);
    let rules: Vec<&str> = row.portion.split(' ').filter(|rule| said(rule)).collect();
    [
        "ok".to_owned(),
        rolled.banner.banner(policy),
        rules.join(" "),
    ]
}

fn decided(policy: &Policy, clearance: &str, marking: &str) -> String {
    let clearance = policy
        .parse_clearance(clearance)
        .unwrap_or_else(|e| panic!("{clearance}: {e}"));
    let label: Label = match policy.reads_banners() {
        true => {
            let banner = policy.parse_banner(marking);
            banner
                .unwrap_or_else(|e| panic!("{marking}: {e}"))
                .label(policy)
        }
        false => policy
            .parse_marking(marking)
            .unwrap_or_else(|e| panic!("{marking}: {e}")),
    };
    match clearance.decide(&label) {
        Decision::Admitted => "yes".to_owned(),
        Decision::LacksLevel(level) => format!("no {level}"),
        Decision::LacksValue { category, value } => format!("no {category}: {value}"),
        Decision::LacksAnyOf { category } | Decision::AdmitsNobody { category } => {
            format!("no {category}")
        }
    }
}

#[test]
fn nato() {
    check("nato");
}

#[test]
fn uk() {
    check("uk");
}

#[test]
fn tlp() {
    check("tlp");
}

#[test]
fn corporate() {
    check("corporate");
}

#[test]
fn us_state_historical() {
    check("us-state-historical");
}

#[test]
fn us() {
    check("us");
}

/// The markings of the table of a policy with a grammar, of both forms.
fn markings_of(name: &str) -> Vec<String> {
    let text = table(name);
    let rows = rows(&text);
    let read = rows
        .iter()
        .filter(|row| matches!(row.kind, "banner" | "portion"));
    read.map(|row| row.marking.to_owned()).collect()
}

/// How one of the two forms is read.
type Reading = fn(&Policy, &str) -> Result<Marking, MarkingError>;

/// Whatever is done to a marking: what is read is written in one way, and what is to be written instead is right.
fn one_writing(policy: &Policy, text: &str) -> Result<(), TestCaseError> {
    let both = || {
        let read: [Reading; 2] = [Policy::parse_banner, Policy::parse_portion];
        read.into_iter().zip([Marking::banner, Marking::portion])
    };
    for (read, written) in both() {
        match read(policy, text) {
            Ok(marking) => {
                if marking.is_abridged() {
                    continue;
                }
                let text = written(&marking, policy);
                prop_assert_eq!(read(policy, &text), Ok(marking.clone()), "{}", text);
                // In the other form some rules hold that do not in this one; what they let pass asks for the same.
                for (read, written) in both() {
                    let text = written(&marking, policy);
                    if let Ok(other) = read(policy, &text) {
                        prop_assert_eq!(other.label(policy), marking.label(policy), "{}", text);
                    }
                }
            }
            Err(error) => {
                prop_assert!(error.position <= text.chars().count() + 1);
                if let Some(instead) = error.instead() {
                    let right = read(policy, instead);
                    prop_assert!(
                        right.is_ok(),
                        "{:?}: instead {:?}: {}",
                        text,
                        instead,
                        right.unwrap_err()
                    );
                    prop_assert_eq!(written(&right.expect("it is right"), policy), instead);
                }
            }
        }
    }
    Ok(())
}

/// The policies with a grammar, with the markings of their tables.
static GRAMMARS: LazyLock<Vec<(Policy, Vec<String>)>> = LazyLock::new(|| {
    let names = ["us", "nato", "uk", "tlp", "corporate"];
    let all = names.into_iter().filter_map(Policy::builtin);
    all.filter(Policy::reads_banners)
        .map(|policy| {
            let markings = markings_of(policy.name().as_str());
            (policy, markings)
        })
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_changed_marking_is_refused_or_written_in_one_way(
        policy in any::<Index>(),
        of in any::<[Index; 2]>(),
        (from, to) in any::<(Index, Index)>(),
        sign in select(vec!["", " ", "/", "//", ", ", " - ", "-", ",", "(", "A"]),
    ) {
        let (policy, markings) = policy.get(&GRAMMARS);
        let [one, other] = of.map(|of| of.get(markings).chars().collect::<Vec<char>>());
        // The beginning of one, a sign, and the end of another.
        let beginning = &one[..from.index(one.len() + 1)];
        let end = &other[to.index(other.len() + 1)..];
        let text: String = beginning.iter().copied().chain(sign.chars()).chain(end.iter().copied()).collect();
        one_writing(policy, &text)?;
    }
}
