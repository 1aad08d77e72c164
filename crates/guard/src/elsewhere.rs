//! What rises in the other versions of a record when portions of one rise.
//!
//! The same words may stand in another version, and so may words that stood in their place before. So there everything
//! rises with them but what stays, word for word, in the version whose portions were named, and header fields of other
//! kinds than were named. What the asker cannot read there rises as well: more is closed than need be, and never less.

use std::collections::BTreeSet;

use strongroom_record::portion::Content;
use strongroom_record::{GroupId, HeaderField, PortionId};

use crate::fault::Fault;
use crate::guard::{Asking, Core};
use crate::opening::{Fetched, Permit};
use crate::reading::Sight;
use crate::state::{Group, Person, RecordState, State};

/// What rises beside the portions that were named.
#[derive(Default)]
pub(crate) struct Elsewhere {
    /// Portions that the asker sees.
    pub(crate) portions: BTreeSet<PortionId>,
    /// Groups that the asker does not see, whole.
    pub(crate) unseen: BTreeSet<GroupId>,
}

impl Core {
    /// What rises in versions of which no portion was named.
    pub(crate) fn rising_elsewhere(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        named: &BTreeSet<PortionId>,
    ) -> Result<Elsewhere, Fault> {
        let names = |g: &Group| g.portions.iter().any(|p| named.contains(p));
        let in_named: BTreeSet<u32> = record
            .groups
            .iter()
            .filter(|g| names(g))
            .map(|g| g.version)
            .collect();
        let mut out = Elsewhere::default();
        if record.groups.iter().all(|g| in_named.contains(&g.version)) {
            return Ok(out);
        }
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for group in record.groups.iter().filter(|g| g.holds.portions()) {
            let of_named = in_named.contains(&group.version);
            if state.labels.admits(&person.bits, group.label) {
                let fetched = self.fetch(asking, state, record, group)?;
                if of_named { &mut here } else { &mut there }.push(fetched);
            } else if !of_named {
                out.unseen.insert(group.id);
            }
        }
        let permit = Permit::for_sealing_higher();
        let sight = |groups: &[Fetched]| Sight::of(self, &permit, groups);
        let (here, there) = (sight(&here)?, sight(&there)?);
        let stay: Vec<&Content> = here
            .texts()
            .filter(|seen| !named.contains(&seen.id))
            .map(|seen| &seen.portion.content)
            .collect();
        let stays = |content: &Content| stay.iter().any(|s| same_words(s, content));
        let texts = there.texts().filter(|seen| !stays(&seen.portion.content));
        out.portions.extend(texts.map(|seen| seen.id));
        let rises: BTreeSet<HeaderField> = here
            .fields()
            .filter(|(_, seen)| named.contains(&seen.id))
            .map(|(field, _)| field)
            .chain([HeaderField::Correction])
            .collect();
        let fields = there.fields().filter(|(field, _)| rises.contains(field));
        out.portions.extend(fields.map(|(_, seen)| seen.id));
        Ok(out)
    }
}

fn same_words(a: &Content, b: &Content) -> bool {
    matches!((a, b), (Content::Text(a), Content::Text(b)) if a.text == b.text)
}
