//! Which version of a record a reader reads, and what is shown beside it: who corrected it, what it is linked to,
//! that it was withdrawn.
//!
//! Versions are numbered within the reader's view. A version of which the reader may read nothing is not counted, so
//! that neither a number nor a gap tells of it.

use std::collections::HashMap;
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{Act, LinkKind, StoredEvent};
use strongroom_record::{BoxId, PersonId, PortionId, RecordId};
use strongroom_seal::note::NoteKey;

use crate::api::{CorrectedShown, KeepingShown, LinkShown, WithdrawnShown};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::opening::Permit;
use crate::reading::join;
use crate::refusal::{Code, Refusal};
use crate::sealing::FIRST_VERSION;
use crate::state::{Person, RecordState, State, portion_admitted};

/// A version of a record in a reader's view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edition {
    /// The number that the room gives it, which is for nobody's eyes.
    pub(crate) number: u32,
    /// The number that it has for the reader.
    pub(crate) n: usize,
    /// How many there are for the reader.
    pub(crate) of: usize,
}

impl Edition {
    /// The version that a reader asks for by its number, or else the newest.
    ///
    /// # Errors
    /// The reader's view has no such version.
    pub(crate) fn of(
        state: &State,
        person: &Person,
        record: &RecordState,
        asked: Option<usize>,
    ) -> Result<Self, Refusal> {
        let versions = record.versions(&state.labels, &person.bits);
        let n = asked.unwrap_or(versions.len());
        let number = n.checked_sub(1).and_then(|at| versions.get(at));
        let number = *number.ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                format!("this record has no version {n} in your view"),
            )
            .hint("`read` without --version shows the newest, and says how many there are")
        })?;
        #[cfg(feature = "planted-leaks")]
        let versions = crate::planted::versions(record, versions);
        Ok(Self {
            number,
            n,
            of: versions.len(),
        })
    }
    /// The version before it in the reader's view.
    pub(crate) fn before(
        &self,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Option<Self> {
        let before = self.n.checked_sub(1).filter(|n| *n > 0)?;
        Self::of(state, person, record, Some(before)).ok()
    }
}

/// An event whose statement the asker may open with this key.
pub(crate) struct Stated {
    pub(crate) event: StoredEvent,
    pub(crate) note: Option<(BoxId, NoteKey)>,
}

/// What is shown beside a version's words.
pub(crate) struct Beside {
    pub(crate) edition: Edition,
    /// Of a withdrawn record, the labels of what a reader could read before: else none.
    pub(crate) labels: Vec<Arc<Label>>,
    corrected: Option<(StoredEvent, bool)>,
    withdrawn: Option<Gone>,
    links: Vec<End>,
    /// How long the record is kept.
    pub(crate) keeping: Option<KeepingShown>,
}

/// What the ledger says of a withdrawal.
struct Gone {
    filed: StoredEvent,
    event: StoredEvent,
    asked: Option<Stated>,
}

/// A link, from the end that is shown.
struct End {
    what: &'static str,
    record: String,
    portion: Option<PortionId>,
    /// The version that the portion stands in, as the reader counts.
    version: Option<usize>,
}

const fn what(kind: LinkKind, from: bool) -> &'static str {
    match (kind, from) {
        (LinkKind::Denial, true) => "denies",
        (LinkKind::Denial, false) => "denied-by",
        (LinkKind::Response, true) => "responds-to",
        (LinkKind::Response, false) => "answered-by",
        (LinkKind::Successor, true) => "succeeds",
        (LinkKind::Successor, false) => "succeeded-by",
    }
}

impl Core {
    /// Collects what is shown beside a version, as the decision finds it.
    pub(crate) fn beside(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        edition: &Edition,
    ) -> Result<Beside, Stop> {
        let corrected = match edition.number {
            FIRST_VERSION => None,
            version => {
                let event = self.stored_event(record.version_event(version))?;
                let partial = edition
                    .before(state, person, record)
                    .is_some_and(|before| is_partial(state, person, record, edition, &before));
                Some((event, partial))
            }
        };
        let (mut labels, mut withdrawn) = (Vec::new(), None);
        if let Some(gone) = record.withdrawn {
            let admitted = record.admitted(&state.labels, &person.bits);
            labels.extend(admitted.map(|g| Arc::clone(state.labels.get(g.label))));
            let asked = match record.asked {
                Some((_, asked)) => Some(self.stated(asking, state, person, asked)?),
                None => None,
            };
            withdrawn = Some(Gone {
                filed: self.stored_event(record.events[0])?,
                event: self.stored_event(gone.event)?,
                asked,
            });
        }
        Ok(Beside {
            edition: *edition,
            labels,
            corrected,
            withdrawn,
            links: ends(state, person, record, edition),
            keeping: Self::keeping_shown(state, person, record),
        })
    }

    /// An event with the key to its statement, if that is sealed under a label that the asker holds.
    pub(crate) fn stated(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        event: strongroom_record::EventId,
    ) -> Result<Stated, Fault> {
        let event = self.stored_event(event)?;
        let note = self.key_to_first_field(asking, state, person, &event)?;
        Ok(Stated { event, note })
    }

    /// What is left of a withdrawn record.
    pub(crate) fn withdrawn_shown(
        &self,
        permit: &Permit,
        state: &State,
        asker: PersonId,
        beside: &Beside,
    ) -> Result<Option<WithdrawnShown>, Fault> {
        let Some(gone) = &beside.withdrawn else {
            return Ok(None);
        };
        let name = |event: &StoredEvent| state.people.name_of(event.actor);
        let why = match &gone.asked {
            Some(asked) => {
                self.statement_of(permit, state, asker, &asked.event, asked.note.as_slice())?
            }
            None => None,
        };
        Ok(Some(WithdrawnShown {
            filed_at: gone.filed.at.to_string(),
            filed_by: name(&gone.filed),
            at: gone.event.at.to_string(),
            by: match &gone.event.act {
                Act::Restored(_) => "the key holders, at a restore".to_owned(),
                _ => name(&gone.event),
            },
            asked_by: gone.asked.as_ref().map(|asked| name(&asked.event)),
            why,
        }))
    }
}

impl Beside {
    /// Who corrected it, and when.
    pub(crate) fn corrected(&self, state: &State) -> Option<CorrectedShown> {
        let (event, partial) = self.corrected.as_ref()?;
        Some(CorrectedShown {
            at: event.at.to_string(),
            by: state.people.name_of(event.actor),
            partial: *partial,
        })
    }
    /// The links, with what their portions are called in the view.
    pub(crate) fn links(&self, names: &HashMap<PortionId, String>) -> Vec<LinkShown> {
        let shown = |end: &End| LinkShown {
            what: end.what.to_owned(),
            record: end.record.clone(),
            portion: end.portion.and_then(|p| names.get(&p).cloned()),
            version: end.version,
        };
        self.links.iter().map(shown).collect()
    }
}

/// Whether what a reader sees of the version before bears more than what the reader sees of this one.
fn is_partial(
    state: &State,
    person: &Person,
    record: &RecordState,
    edition: &Edition,
    before: &Edition,
) -> bool {
    let banner = |version: u32| {
        let admitted = record.admitted(&state.labels, &person.bits);
        let of = admitted.filter(|g| g.version == version);
        join(of.map(|g| state.labels.get(g.label).as_ref()))
    };
    match (banner(edition.number), banner(before.number)) {
        (Some(present), Some(before)) => !present.dominates(&before),
        _ => false,
    }
}

/// The records that are to be read instead of one, of those that a reader may read.
pub(crate) fn superseded_by(state: &State, person: &Person, record: &RecordState) -> Vec<String> {
    let instead = state.links.of(record.id).map(|linked| &linked.link);
    let instead = instead.filter(|l| l.kind == LinkKind::Successor && l.to == record.id);
    let seen = |id: &RecordId| {
        let other = state.records.get(*id).expect("links are between records");
        let seen = other.exists_for(&state.labels, &person.bits);
        #[cfg(feature = "planted-leaks")]
        let seen = seen || crate::planted::is(crate::planted::Leak::SupersededFromAbove);
        seen
    };
    let instead = instead.map(|link| link.from).filter(seen);
    instead.map(|id| id.to_string()).collect()
}

/// The links of a record of which a reader may see both ends, and the portion that they are about.
fn ends(state: &State, person: &Person, record: &RecordState, edition: &Edition) -> Vec<End> {
    let mut out = Vec::new();
    for linked in state.links.of(record.id) {
        let link = &linked.link;
        let (from, other) = match link.from == record.id {
            true => (true, link.to),
            false => (false, link.from),
        };
        let other = state.records.get(other).expect("links are between records");
        let to = if from { other } else { record };
        let portion = |p| portion_admitted(to, p, &state.labels, &person.bits);
        #[cfg(feature = "planted-leaks")]
        let portion = |p| portion(p) || crate::planted::is(crate::planted::Leak::LinkOfPortion);
        let seen =
            other.exists_for(&state.labels, &person.bits) && link.to_portion.is_none_or(portion);
        #[cfg(feature = "planted-leaks")]
        let seen = seen || crate::planted::is(crate::planted::Leak::LinkFromAbove);
        if !seen {
            continue;
        }
        let here = link.to_portion.filter(|_| !from);
        let version = here.and_then(|portion| {
            let group = record
                .groups
                .iter()
                .find(|g| g.portions.contains(&portion))?;
            let versions = record.versions(&state.labels, &person.bits);
            let n = versions.iter().position(|v| *v == group.version)? + 1;
            (n != edition.n).then_some(n)
        });
        out.push(End {
            what: what(link.kind, from),
            record: other.id.to_string(),
            portion: here,
            version,
        });
    }
    out
}
