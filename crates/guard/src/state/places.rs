//! How many of the approvals that a rule asks for some persons make up, each counting for one of them.

use std::collections::BTreeSet;

use crate::rules::{Need, Who};

/// How many of the approvals that are needed can be had from these persons, each counting for one of them.
pub(super) fn taken(needs: &[Need], persons: &[BTreeSet<Who>]) -> usize {
    let places: Vec<&Need> = needs
        .iter()
        .flat_map(|need| std::iter::repeat_n(need, need.approvals))
        .collect();
    let mut held: Vec<Option<usize>> = vec![None; places.len()];
    (0..persons.len())
        .filter(|person| {
            let mut seen = vec![false; places.len()];
            seat(*person, persons, &places, &mut held, &mut seen)
        })
        .count()
}

/// Finds a place for a person, moving others to other places where that helps.
fn seat(
    person: usize,
    persons: &[BTreeSet<Who>],
    places: &[&Need],
    held: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for place in 0..places.len() {
        if seen[place] || places[place].from.is_disjoint(&persons[person]) {
            continue;
        }
        seen[place] = true;
        let moved = match held[place] {
            None => true,
            Some(other) => seat(other, persons, places, held, seen),
        };
        if moved {
            held[place] = Some(person);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strongroom_record::event::Role;

    use super::*;

    const ROLES: [Role; 3] = [Role::SecurityOfficer, Role::RecordsOfficer, Role::Inspector];

    fn whom(bits: u8) -> BTreeSet<Who> {
        let named = ROLES.iter().zip(0..).filter(|(_, n)| bits >> n & 1 == 1);
        named.map(|(role, _)| Who::Role(*role)).collect()
    }

    /// Tries every way of giving places to persons.
    fn by_trying(places: &[BTreeSet<Who>], persons: &[BTreeSet<Who>]) -> usize {
        let Some((place, rest)) = places.split_first() else {
            return 0;
        };
        let mut best = by_trying(rest, persons);
        for at in 0..persons.len() {
            if !place.is_disjoint(&persons[at]) {
                let mut others = persons.to_vec();
                others.remove(at);
                best = best.max(1 + by_trying(rest, &others));
            }
        }
        best
    }

    proptest! {
        #[test]
        fn each_person_counts_for_one_approval_and_as_many_count_as_can(
            needs in prop::collection::vec((1_u8..8, 1_usize..3), 1..3),
            persons in prop::collection::vec(0_u8..8, 0..5),
        ) {
            let needs: Vec<Need> = needs
                .into_iter()
                .map(|(from, approvals)| Need { from: whom(from), approvals })
                .collect();
            let persons: Vec<_> = persons.into_iter().map(whom).collect();
            let places: Vec<_> = needs
                .iter()
                .flat_map(|n| std::iter::repeat_n(n.from.clone(), n.approvals))
                .collect();
            prop_assert_eq!(taken(&needs, &persons), by_trying(&places, &persons));
        }
    }
}
