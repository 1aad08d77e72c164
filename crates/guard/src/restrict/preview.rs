//! Who loses access by a restriction, as far as the asker may know.

use strongroom_label::{AtomName, Clearance, Label};
use strongroom_record::event::Role;

use super::{Raise, Target};
use crate::api::{Restrict, RestrictedRecord};
use crate::state::{Person, State};

/// Who could read what rises, of that which the asker sees, and cannot from then on: as far as the
/// asker may know who holds what. Of another's clearance that is what the asker holds too, but for
/// officers; else a preview of each codeword in turn would tell who holds it.
pub(super) fn preview(
    state: &State,
    asker: &Person,
    target: &Target,
    ask: &Restrict,
    given: &Label,
) -> RestrictedRecord {
    let knows_all = asker.may(Role::SecurityOfficer);
    #[cfg(feature = "planted-leaks")]
    let knows_all = knows_all || crate::planted::is(crate::planted::Leak::PreviewOfClearances);
    let known_of = |person: &Person| -> Clearance {
        let atoms = person.clearance.atoms();
        atoms
            .filter(|a| knows_all || asker.clearance.holds(a))
            .collect()
    };
    let loses = |person: &Person, raise: &Raise| {
        let known = known_of(person);
        known.permits(&raise.present) && !known.permits(&raise.label)
    };
    let seen: Vec<&Raise> = target
        .raises
        .iter()
        .filter(|r| target.visible && r.seen_by(asker))
        .collect();
    let lose_access = state
        .people
        .iter()
        .filter(|p| p.may(Role::Reader) && seen.iter().any(|r| loses(p, r)))
        .map(|p| p.name.clone())
        .collect();
    #[cfg(feature = "planted-leaks")]
    let lose_access = {
        let unseen = target.raises.iter().filter(|r| !r.seen_by(asker));
        let rises: Vec<_> = unseen.map(|r| (&r.present, &r.label)).collect();
        crate::planted::losers(state, lose_access, &rises)
    };
    let held = |atom: &AtomName| knows_all || asker.clearance.holds(atom);
    RestrictedRecord {
        record: target.asked.clone(),
        portions: ask.portions.clone(),
        unless_cleared: !given.lock().atoms().into_iter().all(held),
        lose_access,
    }
}
