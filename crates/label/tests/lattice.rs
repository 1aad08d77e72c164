//! The laws of labels over every label of a small vocabulary, and that the code knows no word of any policy.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use strongroom_label::{Label, Name};

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// Every set of some names.
fn sets(names: &[&str]) -> Vec<BTreeSet<Name>> {
    (0..1usize << names.len())
        .map(|bits| {
            let chosen = names
                .iter()
                .enumerate()
                .filter(|(at, _)| bits & (1 << at) != 0);
            chosen.map(|(_, text)| name(text)).collect()
        })
        .collect()
}

/// Every label of two levels, two restrictive values, and a permissive category that is absent, empty, or has some of two.
fn labels() -> Vec<Label> {
    let mut labels = Vec::new();
    for levels in sets(&["Low", "High"])
        .into_iter()
        .filter(|set| !set.is_empty())
    {
        for restrictive in sets(&["One", "Two"]) {
            let permissive = sets(&["Here", "There"]).into_iter().map(Some);
            for permissive in permissive.chain([None]) {
                let mut levels = levels.iter().cloned();
                let mut label = Label::of_level(levels.next().expect("not empty"));
                label = levels.fold(label, Label::with_level);
                for value in &restrictive {
                    label = label.with_restrictive(name("Kept"), value.clone());
                }
                if let Some(values) = permissive {
                    label = label.with_permissive(name("For"), values);
                }
                labels.push(label);
            }
        }
    }
    labels
}

#[test]
fn every_label_of_a_small_vocabulary_keeps_the_laws() {
    let labels = labels();
    assert_eq!(labels.len(), 3 * 4 * 5);
    for a in &labels {
        assert_eq!(a.join(a), *a, "joining is idempotent");
        assert!(a.dominates(a), "dominating is reflexive");
        for b in &labels {
            let joined = a.join(b);
            assert_eq!(joined, b.join(a), "joining is commutative");
            assert!(
                joined.dominates(a) && joined.dominates(b),
                "a join is an upper bound"
            );
            assert_eq!(a.dominates(b), joined == *a, "the order is that of joining");
            assert!(
                !(a.dominates(b) && b.dominates(a)) || a == b,
                "dominating is antisymmetric"
            );
            for c in &labels {
                assert_eq!(joined.join(c), a.join(&b.join(c)), "joining is associative");
                assert!(
                    !(a.dominates(b) && b.dominates(c)) || a.dominates(c),
                    "dominating is transitive"
                );
                assert!(
                    !(c.dominates(a) && c.dominates(b)) || c.dominates(&joined),
                    "a join is the least"
                );
            }
        }
    }
}

/// Every source file of the crate.
fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Words of markings that no line of code may have; comments and unit tests may, as examples.
const WORDS: [&str; 24] = [
    "SECRET",
    "CONFIDENTIAL",
    "RESTRICTED",
    "OFFICIAL",
    "COSMIC",
    "NOFORN",
    "ORCON",
    "RELIDO",
    "REL TO",
    "DISPLAY ONLY",
    "FOUO",
    "PROPIN",
    "EXDIS",
    "NODIS",
    "LIMDIS",
    "ATOMAL",
    "BOHEMIA",
    "SAR-",
    "USA",
    "FVEY",
    "NATO",
    "TLP:",
    "JOINT",
    "FGI",
];

#[test]
fn the_code_knows_no_level_and_no_codeword() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 30);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, line) in code.lines().enumerate() {
            let is_code = !line.trim_start().starts_with("//");
            let named = WORDS.iter().find(|word| is_code && line.contains(**word));
            assert_eq!(named, None, "{}:{}", file.display(), at + 1);
        }
    }
}
