//! The laws of labels, clearances and locks: on random labels of two policies, and on every label of a small lattice.

mod common;

use common::{clearances, holds_one_that_both_name, labels, name, odd_policy};
use proptest::prelude::*;
use std::collections::BTreeSet;
use strongroom_label::{AtomName, Clearance, ClearanceBits, Decision, Label, LabelBits, Policy};

fn historical() -> Policy {
    Policy::builtin("us-state-historical").expect("it is built in")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn joining_is_associative_commutative_and_idempotent(
        (a, b, c) in { let p = odd_policy(); (labels(&p, 3), labels(&p, 3), labels(&p, 3)) },
    ) {
        prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
        prop_assert_eq!(a.join(&b), b.join(&a));
        prop_assert_eq!(a.join(&a), a);
    }

    #[test]
    fn the_join_is_the_least_upper_bound(
        (a, b, c) in { let p = odd_policy(); (labels(&p, 3), labels(&p, 3), labels(&p, 3)) },
    ) {
        let join = a.join(&b);
        prop_assert!(join.dominates(&a) && join.dominates(&b));
        prop_assert_eq!(a.dominates(&b), a.join(&b) == a);
        let above = join.join(&c);
        prop_assert!(above.dominates(&join));
        prop_assert_eq!(c.dominates(&a) && c.dominates(&b), c.dominates(&join));
    }

    #[test]
    fn dominance_is_a_partial_order_that_admission_follows(
        (a, b, clearance) in { let p = odd_policy(); (labels(&p, 3), labels(&p, 3), clearances(&p)) },
    ) {
        prop_assert!(a.dominates(&a));
        prop_assert!(!(a.dominates(&b) && b.dominates(&a)) || a == b);
        let higher = a.join(&b);
        prop_assert!(!clearance.permits(&higher) || clearance.permits(&a) && clearance.permits(&b));
    }

    #[test]
    fn being_below_is_a_strict_order_and_no_join_is_below_what_it_joins(
        (a, b, c) in { let p = odd_policy(); (labels(&p, 2), labels(&p, 2), labels(&p, 2)) },
    ) {
        let policy = odd_policy();
        let below = |a: &Label, b: &Label| policy.is_below(a, b);
        prop_assert!(!below(&a, &a));
        prop_assert!(!(below(&a, &b) && below(&b, &a)));
        prop_assert!(!(below(&a, &b) && below(&b, &c)) || below(&a, &c));
        prop_assert!(!below(&a.join(&b), &a));
        let asks_the_same = a.join(&b).asks_all_of(&a) && a.asks_all_of(&a.join(&b));
        prop_assert!(asks_the_same || below(&a, &a.join(&b)));
        // A level alone is below a higher one, which no inclusion of sets says.
        let levels = policy.levels();
        let alone = |n: usize| Label::of_level(levels[n].name().clone());
        prop_assert!(below(&alone(0), &alone(1)) && !below(&alone(1), &alone(0)));
    }

    #[test]
    fn a_join_is_admitted_when_both_sides_are_and_a_shared_permissive_value_is_held(
        (a, b, clearance) in { let p = odd_policy(); (labels(&p, 2), labels(&p, 2), clearances(&p)) },
    ) {
        let both = clearance.permits(&a) && clearance.permits(&b);
        prop_assert_eq!(clearance.permits(&a.join(&b)), both && holds_one_that_both_name(&clearance, &a, &b));
    }

    #[test]
    fn compiled_decision_lock_and_explained_decision_agree(
        (label, clearance) in { let p = historical(); (labels(&p, 3), clearances(&p)) },
    ) {
        agree(&historical(), &label, &clearance);
    }

    #[test]
    fn what_is_lacking_is_named(
        (label, clearance) in { let p = odd_policy(); (labels(&p, 3), clearances(&p)) },
    ) {
        match clearance.decide(&label) {
            Decision::Admitted => {}
            Decision::LacksLevel(level) => {
                prop_assert!(label.levels().contains(&level) && !clearance.levels().contains(&level));
            }
            Decision::LacksValue { category, value } => {
                prop_assert!(label.restrictive()[&category].contains(&value));
                prop_assert!(!clearance.holds(&AtomName::value(&category, &value)));
            }
            Decision::LacksAnyOf { category } => {
                let named = &label.permissive()[&category];
                prop_assert!(!named.is_empty());
                prop_assert!(named.iter().all(|value| !clearance.holds(&AtomName::value(&category, value))));
            }
            Decision::AdmitsNobody { category } => {
                prop_assert!(label.permissive()[&category].is_empty() && label.admits_nobody());
            }
        }
    }

    #[test]
    fn a_clearance_is_its_atoms(clearance in clearances(&odd_policy())) {
        prop_assert_eq!(&Clearance::from_atoms(clearance.atoms()), &clearance);
        let mut emptied = clearance.clone();
        for atom in clearance.atoms() {
            prop_assert!(emptied.holds(&atom));
            prop_assert!(emptied.remove(&atom));
            prop_assert!(!emptied.holds(&atom) && !emptied.remove(&atom));
        }
        prop_assert_eq!(emptied, Clearance::default());
    }
}

/// The four ways to ask one question give one answer.
fn agree(policy: &Policy, label: &Label, clearance: &Clearance) {
    let permits = clearance.permits(label);
    let label_bits = LabelBits::new(policy, label).expect("a label of the policy");
    let clearance_bits = ClearanceBits::new(policy, clearance).expect("a clearance of the policy");
    assert_eq!(
        clearance_bits.permits(&label_bits),
        permits,
        "{clearance:?} {label:?}"
    );
    assert_eq!(
        label.lock().opens(|atom| clearance.holds(atom)),
        permits,
        "{clearance:?} {label:?}"
    );
    assert_eq!(clearance.decide(label).is_admitted(), permits);
    assert_eq!(label.lock().admits_nobody(), label.admits_nobody());
    assert!(!(permits && label.admits_nobody()));
}

const SMALL_POLICY: &str = r#"
name = "small"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Low"
rank = 0
[[level]]
name = "High"
rank = 1
[[category]]
name = "Need"
kind = "restrictive"
values = [{ name = "A" }, { name = "B" }]
[[category]]
name = "For"
kind = "permissive"
values = [{ name = "X" }, { name = "Y" }]
[[category]]
name = "Note"
kind = "informative"
values = [{ name = "N" }]
"#;

/// Every subset of some texts.
fn subsets(texts: &[&'static str]) -> Vec<Vec<&'static str>> {
    let bits = 0..1usize << texts.len();
    let chosen = |set: usize| {
        (0..texts.len())
            .filter(|at| set >> at & 1 == 1)
            .map(|at| texts[at])
            .collect()
    };
    bits.map(chosen).collect()
}

/// Every label of the small policy.
fn all_labels() -> Vec<Label> {
    let mut labels = Vec::new();
    for levels in subsets(&["Low", "High"]) {
        let Some((first, others)) = levels.split_first() else {
            continue;
        };
        let with_levels = others
            .iter()
            .fold(Label::of_level(name(first)), |l, level| {
                l.with_level(name(level))
            });
        for needs in subsets(&["A", "B"]) {
            let with_needs = needs.iter().fold(with_levels.clone(), |l, value| {
                l.with_restrictive(name("Need"), name(value))
            });
            for audience in std::iter::once(None).chain(subsets(&["X", "Y"]).into_iter().map(Some))
            {
                let with_audience = match audience {
                    None => with_needs.clone(),
                    Some(values) => with_needs
                        .clone()
                        .with_permissive(name("For"), values.into_iter().map(name).collect()),
                };
                labels.push(with_audience.clone());
                labels.push(with_audience.with_informative(name("Note"), name("N")));
            }
        }
    }
    labels
}

/// Every clearance of the small policy.
fn all_clearances(policy: &Policy) -> Vec<Clearance> {
    let atoms: Vec<&AtomName> = policy.atoms().iter().collect();
    (0..1usize << atoms.len())
        .map(|set| {
            (0..atoms.len())
                .filter(|at| set >> at & 1 == 1)
                .map(|at| atoms[at].clone())
                .collect()
        })
        .collect()
}

#[test]
fn every_law_holds_on_every_label_and_clearance_of_a_small_lattice() {
    let policy = Policy::from_toml(SMALL_POLICY).expect("the small policy keeps the rules");
    let (labels, clearances) = (all_labels(), all_clearances(&policy));
    assert_eq!((labels.len(), clearances.len()), (3 * 4 * 5 * 2, 1 << 6));
    assert_eq!(
        labels.iter().collect::<BTreeSet<_>>().len(),
        labels.len(),
        "all differ"
    );

    let at = |label: &Label| {
        labels
            .iter()
            .position(|known| known == label)
            .expect("the labels are closed under joining")
    };
    let join: Vec<Vec<usize>> = labels
        .iter()
        .map(|a| labels.iter().map(|b| at(&a.join(b))).collect())
        .collect();
    let dominates: Vec<Vec<bool>> = labels
        .iter()
        .map(|a| labels.iter().map(|b| a.dominates(b)).collect())
        .collect();
    let permits: Vec<Vec<bool>> = clearances
        .iter()
        .map(|c| labels.iter().map(|label| c.permits(label)).collect())
        .collect();

    for a in 0..labels.len() {
        assert_eq!(join[a][a], a);
        for b in 0..labels.len() {
            assert_eq!(join[a][b], join[b][a]);
            assert_eq!(dominates[a][b], join[a][b] == a);
            assert!(a == b || !(dominates[a][b] && dominates[b][a]));
            for c in 0..labels.len() {
                assert_eq!(join[join[a][b]][c], join[a][join[b][c]]);
                assert!(!(dominates[a][b] && dominates[b][c]) || dominates[a][c]);
                assert_eq!(dominates[c][a] && dominates[c][b], dominates[c][join[a][b]]);
            }
            for (who, clearance) in clearances.iter().enumerate() {
                let shared = holds_one_that_both_name(clearance, &labels[a], &labels[b]);
                assert_eq!(
                    permits[who][join[a][b]],
                    permits[who][a] && permits[who][b] && shared
                );
                assert!(!(dominates[a][b] && permits[who][a]) || permits[who][b]);
            }
            // Dominance is no stricter than it must be: where the stricter label admits anyone, and informative values
            // aside, inclusion of admissions is dominance.
            let silent = labels[b].informative().is_empty() && !labels[a].admits_nobody();
            if silent && (0..clearances.len()).all(|who| !permits[who][a] || permits[who][b]) {
                let trivial = labels[b]
                    .permissive()
                    .values()
                    .any(|values| values.len() == 2);
                assert!(
                    dominates[a][b] || trivial,
                    "{:?} {:?}",
                    labels[a],
                    labels[b]
                );
            }
        }
        for clearance in &clearances {
            agree(&policy, &labels[a], clearance);
        }
        let text = policy.marking(&labels[a]);
        assert_eq!(
            policy.parse_marking(&text).as_ref(),
            Ok(&labels[a]),
            "{text}"
        );
    }
}

#[test]
#[should_panic(expected = "between two marking policies")]
fn bits_of_two_policies_are_never_compared() {
    let (small, odd) = (Policy::from_toml(SMALL_POLICY).unwrap(), odd_policy());
    let label = LabelBits::new(&small, &Label::of_level(name("Low"))).unwrap();
    ClearanceBits::new(&odd, &Clearance::default())
        .unwrap()
        .permits(&label);
}

#[test]
fn joining_two_lists_with_nothing_in_common_leaves_nobody() {
    let policy = historical();
    let ours = policy
        .parse_marking("Secret; Releasable to: Israel")
        .unwrap();
    let theirs = policy
        .parse_marking("Secret; Releasable to: Canada, United Kingdom")
        .unwrap();
    let both = ours.join(&theirs);
    assert!(both.admits_nobody() && both.dominates(&ours) && both.dominates(&theirs));
    assert_eq!(policy.marking(&both), "Secret; Releasable to: nobody");
    let everything = Clearance::from_atoms(policy.atoms().iter().cloned());
    assert_eq!(
        everything.decide(&both),
        Decision::AdmitsNobody {
            category: name("Releasable to")
        }
    );
    assert!(everything.permits(&ours.join(&policy.parse_marking("Secret").unwrap())));
}
