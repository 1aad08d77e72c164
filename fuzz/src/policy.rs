//! Marking policies.

use strongroom_label::{CategoryKind, Label, Policy};

/// A policy file.
///
/// Laws: a policy that is taken keeps its text; each of its levels, with each of its values, is a label that it
/// prints and reads back.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(policy) = Policy::from_toml(text) else {
        return;
    };
    assert_eq!(policy.source(), text);
    for level in policy.levels() {
        let label = Label::of_level(level.name().clone());
        holds(&policy, &label);
        let below = policy.at_most(level.name()).expect("it is a level");
        assert!(below.contains(level.name()));
    }
    let Some(level) = policy.levels().first() else {
        panic!("a policy without levels was taken");
    };
    for category in policy.categories() {
        let name = category.name();
        for value in policy.values_of(name) {
            let (name, value) = (name.clone(), value.clone());
            let label = Label::of_level(level.name().clone());
            let label = match category.kind() {
                CategoryKind::Restrictive => label.with_restrictive(name, value),
                CategoryKind::Permissive => label.with_permissive(name, [value].into()),
                CategoryKind::Informative => label.with_informative(name, value),
            };
            holds(&policy, &label);
        }
    }
    for reason in policy.reasons() {
        assert_eq!(
            policy.reason(reason.code()).map(|r| r.code()),
            Some(reason.code())
        );
    }
}

fn holds(policy: &Policy, label: &Label) {
    policy.validate(label).expect("it is made of the policy's");
    for written in [policy.marking(label), policy.banner(label)] {
        assert_eq!(
            policy.parse_marking(&written).as_ref(),
            Ok(label),
            "{written}"
        );
    }
    let _ = policy.portion_mark(label);
}
