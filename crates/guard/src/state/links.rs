//! Links between records: what denies, answers or succeeds what.
//!
//! What cannot happen: a link that its maker could not see both ends of, but for a successor, whose ends are both of its
//! maker's own filing.

use std::collections::HashMap;

use strongroom_label::ClearanceBits;
use strongroom_record::event::{Link, LinkKind};
use strongroom_record::{EventId, PersonId, PortionId, RecordId};

use super::labels::Labels;
use super::records::{RecordState, Records};

/// Links that one record has at most, to others and from them: what is shown with it stays readable.
pub(crate) const LINKS_MAX: usize = 4_096;

/// A link, and the event that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) link: Link,
    pub(crate) event: EventId,
}

/// The links of the room.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// In the order of the ledger.
    pub(super) rows: Vec<Linked>,
    /// Those of each record, at either end.
    pub(super) of: HashMap<RecordId, Vec<usize>>,
}

impl Links {
    /// The links of a record, in the order of the ledger.
    pub(crate) fn of(&self, record: RecordId) -> impl Iterator<Item = &Linked> {
        let places = self.of.get(&record).map_or(&[][..], Vec::as_slice);
        places.iter().map(|at| &self.rows[*at])
    }

    /// Takes in a link that [`allowed`] lets pass.
    pub(super) fn add(&mut self, linked: Linked) {
        let at = self.rows.len();
        self.rows.push(linked);
        for end in [linked.link.from, linked.link.to] {
            self.of.entry(end).or_default().push(at);
        }
    }
}

/// Whether a person may make a link: the rule that it breaks, if not.
pub(crate) fn allowed(
    link: &Link,
    links: &Links,
    records: &Records,
    labels: &Labels,
    (person, clearance): (PersonId, &ClearanceBits),
) -> Result<(), &'static str> {
    let record = |id| records.get(id).filter(|r| !r.frame);
    let (from, to) = record(link.from)
        .zip(record(link.to))
        .ok_or("it links a record that is not there")?;
    if link.from == link.to {
        return Err("it links a record to itself");
    }
    if links.of(link.from).any(|known| known.link == *link) {
        return Err("the link exists already");
    }
    if [link.from, link.to]
        .iter()
        .any(|end| links.of(*end).count() >= LINKS_MAX)
    {
        return Err("a record has as many links as one can have");
    }
    let own = |r: &RecordState| r.filer == Some(person);
    let sees = |r: &RecordState| r.exists_for(labels, clearance);
    let may = match link.kind {
        LinkKind::Successor => own(from) && own(to) && link.to_portion.is_none(),
        LinkKind::Denial | LinkKind::Response => {
            let portion = |p| portion_admitted(to, p, labels, clearance);
            (own(from) || sees(from)) && sees(to) && link.to_portion.is_none_or(portion)
        }
    };
    if may {
        Ok(())
    } else {
        Err("its maker had no right to both ends of it")
    }
}

/// Whether a clearance admits to a portion of a record.
pub(crate) fn portion_admitted(
    record: &RecordState,
    portion: PortionId,
    labels: &Labels,
    clearance: &ClearanceBits,
) -> bool {
    record
        .admitted(labels, clearance)
        .any(|g| g.portions.contains(&portion))
}
