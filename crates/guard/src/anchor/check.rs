//! What an anchor says of its room's ledger, against the ledger.
//!
//! The list is sealed under the house key, so whoever has that key could write another: one that lacks a
//! restriction, which a restore would then undo. So everything in it that the ledger tells as well is compared when
//! the room opens. What only the process knew that wrote it cannot be: that a backup came to its end
//! (`backed_up`), and that older restrictions had no place any more (`from`). Of these it is seen that they are places
//! at which that can have been.

use strongroom_record::EventId;
use strongroom_record::event::{Act, StoredEvent};

use super::{AnchorError, Placed, SinceBackup};
use crate::fault::Fault;
use crate::kinds;
use crate::limits::{ANCHOR_BACKUPS_BEGUN_MAX, ANCHOR_RESTRICTIONS_MAX_BYTES};
use crate::state::{State, Trail};
use crate::store::{Rows, Store};

/// What keeps an anchor from being compared, or from being believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CheckError> for Fault {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Anchor(error) => Self::NotTheAnchor(error),
            CheckError::Fault(fault) => fault,
        }
    }
}

fn holds(rule: bool, otherwise: &'static str) -> Result<(), CheckError> {
    if rule {
        Ok(())
    } else {
        Err(AnchorError::OtherRestrictions(otherwise).into())
    }
}

impl SinceBackup {
    /// Compares the list of an anchor with the ledger, which contains the head of that size beside it.
    ///
    /// # Errors
    /// It is not what the ledger gives, or the store cannot be read.
    pub(crate) fn check(
        &self,
        seen: u64,
        store: &Store,
        state: &State,
        trail: &Trail,
    ) -> Result<(), CheckError> {
        let rows = store.now()?;
        holds(
            self.entries <= seen,
            "it looked at more entries than its head has",
        )?;
        self.check_places()?;
        self.check_events(&rows)?;
        self.check_nothing_lacks(state, trail)?;
        self.check_backups(&rows)
    }

    fn check_places(&self) -> Result<(), CheckError> {
        let bytes = self.bytes_of_lists();
        holds(
            self.bytes == bytes && bytes <= ANCHOR_RESTRICTIONS_MAX_BYTES,
            "its list takes other bytes than it says, or too many",
        )?;
        let range = self.from..self.entries;
        holds(
            self.restrictions.iter().all(|p| range.contains(&p.at))
                && self.restrictions.is_sorted_by_key(|p| p.at),
            "a restriction in it stands where none of its list does",
        )?;
        let destroyed = self.destroyed();
        holds(
            destroyed.iter().all(|d| range.contains(&d.at))
                && destroyed.is_sorted_by_key(|d| d.at)
                && self.destroyed.as_ref().is_none_or(|list| !list.is_empty()),
            "a destruction in it stands where none of its list does",
        )
    }

    /// Each restriction is the one at its place of the ledger.
    fn check_events(&self, rows: &Rows<'_>) -> Result<(), CheckError> {
        for of_one in self.restrictions.chunk_by(|a, b| a.at == b.at) {
            let at = of_one[0].at;
            let mut expected = Self {
                entries: at,
                ..Self::default()
            };
            let restricts = expected.note(&event_at(rows, at)?);
            holds(
                restricts && expected.restrictions == of_one,
                "a restriction in it is not the ledger's",
            )?;
        }
        for of_one in self.destroyed().chunk_by(|a, b| a.at == b.at) {
            let at = of_one[0].at;
            let mut expected = Self {
                entries: at,
                ..Self::default()
            };
            expected.note(&event_at(rows, at)?);
            holds(
                expected.destroyed() == of_one,
                "a destruction in it is not the ledger's",
            )?;
        }
        Ok(())
    }

    /// No restriction of a record that the room holds is left out.
    fn check_nothing_lacks(&self, state: &State, trail: &Trail) -> Result<(), CheckError> {
        let range = self.from..self.entries;
        let known = |at: u64| {
            let place = |p: &Placed| p.at.cmp(&at);
            self.restrictions.binary_search_by(place).is_ok()
                || self.destroyed().binary_search_by_key(&at, |d| d.at).is_ok()
        };
        let restricted = state.records.in_order();
        // The first event of a record is its filing, and the others raise it.
        let mut places = restricted
            .flat_map(|record| record.events.iter().skip(1))
            .filter_map(|event| trail.index_of(*event));
        holds(
            places.all(|at| !range.contains(&at) || known(at)),
            "it lacks a restriction that is in the ledger",
        )
    }

    fn check_backups(&self, rows: &Rows<'_>) -> Result<(), CheckError> {
        const OTHER: &str = "it names a backup that the ledger has not at that place";
        let before = |place: u64| -> Result<Option<Act>, CheckError> {
            match place.checked_sub(1) {
                None => Ok(None),
                Some(at) if at < self.entries => Ok(Some(event_at(rows, at)?.act)),
                Some(_) => Err(AnchorError::OtherRestrictions(OTHER).into()),
            }
        };
        let whole = before(self.backed_up)?;
        holds(matches!(whole, None | Some(Act::BackedUp(_))), OTHER)?;
        let from = match before(self.from)? {
            None
            | Some(
                Act::Restricted { .. } | Act::Withdrawn(_) | Act::Destroyed(_) | Act::Restored(_),
            ) => true,
            Some(Act::BackedUp(_)) => self.from < self.backed_up,
            Some(_) => false,
        };
        holds(from, "its list begins where none does")?;
        holds(
            self.begun.len() <= ANCHOR_BACKUPS_BEGUN_MAX
                && self.begun.is_sorted_by(|a, b| a.holds < b.holds),
            "it remembers more backups than it can, or one twice",
        )?;
        for begun in &self.begun {
            let made = before(begun.holds)?;
            holds(
                matches!(made, Some(Act::BackedUp(made)) if made.backup == begun.backup)
                    && begun.holds > self.backed_up,
                OTHER,
            )?;
        }
        Ok(())
    }
}

/// The event at a place of the ledger.
fn event_at(rows: &Rows<'_>, at: u64) -> Result<StoredEvent, Fault> {
    let (_, id) = *rows
        .entries(at, 1)?
        .first()
        .ok_or(Fault::Missing("entries of the ledger"))?;
    rows.row(
        kinds::event(EventId::from_bytes(id)),
        "an event of the ledger",
    )
}
