//! A small policy with every kind of category, and generators of its labels and clearances.
#![allow(dead_code, reason = "each test file uses a part of it")]

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeSet;
use strongroom_label::{AtomName, CategoryKind, Clearance, Label, Name, Policy};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect(text)
}

/// Three levels and two categories of each kind; odd spellings where they could confuse reading and printing.
pub(crate) const ODD_POLICY: &str = r#"
name = "odd"
handling = ["Fast", "Slow: by sea"]
[passphrase]
words = 7
own_chars = 32
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Straße"
rank = 5
portion = "ST"
[[level]]
name = "RED"
banner = "TLP:RED"
rank = 9
[[level]]
name = "Open (to all)"
rank = 1
[[category]]
name = "Zeta"
kind = "restrictive"
values = [{ name = "Zed" }, { name = "Alef", also = ["Alif"] }, { name = "Heft/Weft" }]
[[category]]
name = "Team"
kind = "restrictive"
values = [{ name = "Zeta" }, { name = "North-West" }]
[[category]]
name = "Shown to"
kind = "permissive"
values = [{ name = "Wir" }, { name = "Ihr", banner = "IHR:ALLE" }, { name = "Sie" }]
[[category]]
name = "Project"
kind = "permissive"
values = [{ name = "Uno" }, { name = "Due" }]
[[category]]
name = "Mood"
kind = "informative"
values = [{ name = "Grave" }, { name = "Gay", also = ["Light – hearted"] }]
[[category]]
name = "Ink"
kind = "informative"
values = [{ name = "Blue" }]
"#;

pub(crate) fn odd_policy() -> Policy {
    Policy::from_toml(ODD_POLICY).expect("the odd policy keeps the rules")
}

/// The names of a policy's levels.
fn levels(policy: &Policy) -> Vec<Name> {
    policy
        .levels()
        .iter()
        .map(|level| level.name().clone())
        .collect()
}

/// The categories of one kind with their values.
fn categories(policy: &Policy, kind: CategoryKind) -> Vec<(Name, Vec<Name>)> {
    let of_kind = policy
        .categories()
        .iter()
        .filter(|category| category.kind() == kind);
    of_kind
        .map(|category| {
            (
                category.name().clone(),
                policy.values_of(category.name()).cloned().collect(),
            )
        })
        .collect()
}

/// Labels of a policy with one level or several; each permissive category absent, empty, or with some values.
pub(crate) fn labels(policy: &Policy, levels_max: usize) -> impl Strategy<Value = Label> + use<> {
    let names = levels(policy);
    let levels = subsequence(names.clone(), 1..=levels_max.min(names.len()));
    let some_of = |kind: CategoryKind| {
        let values: Vec<(Name, Name)> = categories(policy, kind)
            .into_iter()
            .flat_map(|(category, values)| {
                values
                    .into_iter()
                    .map(move |value| (category.clone(), value))
            })
            .collect();
        let most = values.len().min(4);
        subsequence(values, 0..=most)
    };
    let permissive: Vec<_> = categories(policy, CategoryKind::Permissive)
        .into_iter()
        .map(|(category, values)| {
            let most = values.len();
            (
                Just(category),
                prop_oneof![1 => Just(None), 2 => subsequence(values, 0..=most).prop_map(Some)],
            )
        })
        .collect();
    (
        levels,
        some_of(CategoryKind::Restrictive),
        permissive,
        some_of(CategoryKind::Informative),
    )
        .prop_map(|(levels, restrictive, permissive, informative)| {
            let mut levels = levels.into_iter();
            let mut label = Label::of_level(levels.next().expect("at least one level is drawn"));
            label = levels.fold(label, Label::with_level);
            for (category, value) in restrictive {
                label = label.with_restrictive(category, value);
            }
            for (category, values) in permissive {
                if let Some(values) = values {
                    label = label.with_permissive(category, values.into_iter().collect());
                }
            }
            for (category, value) in informative {
                label = label.with_informative(category, value);
            }
            label
        })
}

/// Clearances that hold each atom of a policy with one of several probabilities, so that both decisions occur often.
pub(crate) fn clearances(policy: &Policy) -> impl Strategy<Value = Clearance> + use<> {
    let atoms: Vec<AtomName> = policy.atoms().iter().cloned().collect();
    select(vec![0.3, 0.7, 0.9, 1.0]).prop_flat_map(move |chance| {
        let drawn: Vec<_> = atoms
            .iter()
            .map(|atom| (Just(atom.clone()), proptest::bool::weighted(chance)))
            .collect();
        drawn.prop_map(|drawn| {
            drawn
                .into_iter()
                .filter(|(_, held)| *held)
                .map(|(atom, _)| atom)
                .collect()
        })
    })
}

/// Whether, in each permissive category that both labels name, the clearance holds a value that both name.
pub(crate) fn holds_one_that_both_name(clearance: &Clearance, a: &Label, b: &Label) -> bool {
    a.permissive().iter().all(|(category, values)| {
        let Some(others) = b.permissive().get(category) else {
            return true;
        };
        let both: BTreeSet<&Name> = values.intersection(others).collect();
        both.into_iter()
            .any(|value| clearance.holds(&AtomName::value(category, value)))
    })
}
