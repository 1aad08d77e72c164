//! What of a printed label a room has keys for.
//!
//! A marking may name compartments, programmes and nations that the room's policy does not list: then there is no key
//! pair for them. One that every reader must hold cannot be left out, so the document is refused with the list. A nation to
//! which a portion may be released can: fewer may read it then, never more.

use std::collections::BTreeSet;

use strongroom_label::{CategoryKind, Label, Name, Policy};

/// A label in the room's own names, and what of it the room does not have.
pub(super) struct Keyed {
    /// Without permissive and informative values that the room does not list.
    pub(super) label: Label,
    /// Restrictive values, and whole categories, that the room does not list: it cannot be filed.
    pub(super) missing: BTreeSet<String>,
    /// Permissive values that were left out.
    pub(super) left_out: BTreeSet<String>,
}

/// Reads a label by what the room's policy lists.
pub(super) fn keyed(policy: &Policy, label: &Label) -> Keyed {
    let levels = label.levels().iter();
    let mut made = levels.cloned().fold(None, |made: Option<Label>, level| {
        Some(match made {
            None => Label::of_level(level),
            Some(made) => made.with_level(level),
        })
    });
    let mut made = made.take().expect("a label has a level");
    let mut missing = BTreeSet::new();
    let mut left_out = BTreeSet::new();
    let has = |kind: CategoryKind, category: &Name| {
        let known = policy.categories().iter();
        known
            .into_iter()
            .any(|c| c.name() == category && c.kind() == kind)
    };
    let lists = |category: &Name, value: &Name| policy.values_of(category).any(|v| v == value);
    for (category, values) in label.restrictive() {
        for value in values {
            if has(CategoryKind::Restrictive, category) && lists(category, value) {
                made = made.with_restrictive(category.clone(), value.clone());
            } else {
                missing.insert(format!("{category}: {value}"));
            }
        }
    }
    for (category, values) in label.permissive() {
        if !has(CategoryKind::Permissive, category) {
            missing.insert(category.to_string());
            continue;
        }
        let (listed, other): (Vec<&Name>, Vec<&Name>) =
            values.iter().partition(|v| lists(category, v));
        left_out.extend(other.iter().map(|v| format!("{category}: {v}")));
        made = made.with_permissive(category.clone(), listed.into_iter().cloned().collect());
    }
    for (category, values) in label.informative() {
        for value in values.iter().filter(|v| lists(category, v)) {
            if has(CategoryKind::Informative, category) {
                made = made.with_informative(category.clone(), value.clone());
            }
        }
    }
    Keyed {
        label: made,
        missing,
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
name = "small"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Secret"
rank = 5
[[category]]
name = "Compartment"
kind = "restrictive"
values = [{ name = "Heron" }]
[[category]]
name = "Releasable to"
kind = "permissive"
values = [{ name = "GBR" }, { name = "NLD" }]
[[reason]]
code = "practice"
description = "Practice."
"#;

    fn name(text: &str) -> Name {
        Name::new(text).expect("a name")
    }

    #[test]
    fn what_every_reader_must_hold_is_never_left_out_and_who_may_read_only_narrows() {
        let policy = Policy::from_toml(POLICY).expect("a policy");
        let label = Label::of_level(name("Secret"))
            .with_restrictive(name("Compartment"), name("Heron"))
            .with_permissive(
                name("Releasable to"),
                [name("GBR"), name("FRA")].into_iter().collect(),
            )
            .with_informative(name("Handling"), name("Desk"));
        let read = keyed(&policy, &label);
        assert!(read.missing.is_empty());
        assert_eq!(
            read.left_out.iter().collect::<Vec<_>>(),
            ["Releasable to: FRA"]
        );
        assert!(policy.validate(&read.label).is_ok());
        assert_eq!(
            policy.marking(&read.label),
            "Secret; Heron; Releasable to: GBR"
        );
        let other = label.with_restrictive(name("Compartment"), name("Egret"));
        let missing = keyed(&policy, &other).missing;
        assert_eq!(missing.iter().collect::<Vec<_>>(), ["Compartment: Egret"]);
        let nobody = Label::of_level(name("Secret"))
            .with_permissive(name("Releasable to"), [name("FRA")].into_iter().collect());
        assert!(keyed(&policy, &nobody).label.admits_nobody());
    }
}
