//! A receipt, and what is shown of its event.

use super::{Check, Report};
use crate::checkpoint::LogPublicKeys;
use crate::commit::{
    Commitment, Field, FieldTag, FieldTree, Salt, SignatureCommitment, TreeError, commit,
};
use crate::entry::{Entry, EntryOpening};
use crate::receipt::{Acceptance, Receipt};

/// The most fields that are taken of one event: no event has near as many.
pub const MAX_SHOWN_FIELDS: usize = 4096;

/// All fields of an event in order, some opened and the others as commitments.
#[derive(Clone, Debug)]
pub struct EventShown {
    /// The fields.
    pub fields: Vec<EventField>,
    /// The commitment to the personal signature, or to its absence.
    pub signature: SignatureCommitment,
}

/// A field of an event. It prints without its value.
#[derive(Clone)]
pub struct EventField {
    /// Which field.
    pub tag: FieldTag,
    /// What the entry commits to.
    pub commitment: Commitment,
    /// Salt and value, if the field is opened.
    pub opened: Option<(Salt, Vec<u8>)>,
}

impl EventField {
    /// Whether it is opened, and by what it was committed to.
    fn opens(&self) -> bool {
        let opened = self.opened.as_ref();
        opened.is_some_and(|(salt, value)| commit(self.tag, salt, value) == self.commitment)
    }
}

impl EventShown {
    /// The entry that these fields and the signature make.
    fn entry(&self) -> Result<Entry, TreeError> {
        let leaf = |field: &EventField| Field {
            tag: field.tag,
            commitment: field.commitment,
        };
        let leaves: Vec<Field> = self.fields.iter().map(leaf).collect();
        let body = FieldTree::new(&leaves)?.body_root();
        let signature = self.signature;
        Ok(EntryOpening { body, signature }.entry())
    }
}

impl std::fmt::Debug for EventField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventField")
            .field("tag", &self.tag)
            .field("opened", &self.opened.is_some())
            .finish_non_exhaustive()
    }
}

/// Checks a receipt: both signatures of its checkpoint, and that its entry stands
/// in that tree. What it vouches for comes back if all of that holds.
#[must_use]
pub fn receipt(receipt: &Receipt, keys: &LogPublicKeys) -> (Report, Option<Acceptance>) {
    let mut report = Report::default();
    let checkpoint = match receipt.checkpoint().verify(keys) {
        Ok(checkpoint) => checkpoint,
        Err(fault) => {
            report.fails(Check::Checkpoint, fault);
            report.unsure(
                Check::Inclusion,
                "not checked, since there is no checkpoint to check it against",
            );
            return (report, None);
        }
    };
    report.holds(Check::Checkpoint, super::heads::told(&checkpoint));
    match receipt.verify(keys) {
        Ok(acceptance) => {
            report.holds(
                Check::Inclusion,
                format!(
                    "the log of {} entries holds this one at place {}",
                    checkpoint.head().size(),
                    acceptance.index
                ),
            );
            (report, Some(acceptance))
        }
        Err(fault) => {
            report.fails(Check::Inclusion, fault);
            (report, None)
        }
    }
}

/// Checks what is shown of an event against the entry that was taken in: each
/// opened field against its commitment, and all commitments against the entry.
#[must_use]
pub fn event(accepted: &Acceptance, shown: &EventShown) -> Report {
    let mut report = Report::default();
    if shown.fields.len() > MAX_SHOWN_FIELDS {
        report.fails(
            Check::Fields,
            format!(
                "{} fields are shown; at most {MAX_SHOWN_FIELDS} are read",
                shown.fields.len()
            ),
        );
        return report;
    }
    let (mut opened, mut closed) = (0, 0);
    for (place, field) in shown.fields.iter().enumerate() {
        match &field.opened {
            None => closed += 1,
            Some(_) if field.opens() => opened += 1,
            Some(_) => report.fails_at(
                Check::Fields,
                format!("field {}, tag {}", place + 1, field.tag.get()),
                "its salt and value do not give its commitment: one of them was altered",
            ),
        }
        if report.is_full() {
            return report;
        }
    }
    match shown.entry() {
        Ok(entry) if entry == accepted.entry => {
            report.holds(
                Check::Fields,
                format!(
                    "the entry is made of these {} fields, and {opened} opened ones are what \
                     was taken in",
                    shown.fields.len()
                ),
            );
            if closed > 0 {
                report.open(
                    Check::Fields,
                    format!("{closed} fields are closed: what they say is not shown"),
                );
            }
            report.open(
                Check::Fields,
                "whose signature it bears, or whether any: it is committed to, not shown",
            );
        }
        Ok(_) => report.fails(
            Check::Fields,
            "the fields and the signature commitment do not make the entry: they are of \
             another event, or one was altered, dropped or moved",
        ),
        Err(fault) => report.fails(Check::Fields, fault),
    }
    report
}

/// The opened fields of the event that was taken in: none but where all fields and the
/// signature make its entry, and of them those that are what was committed to.
#[must_use]
pub fn proven<'s>(accepted: &Acceptance, shown: &'s EventShown) -> Vec<&'s EventField> {
    if shown.fields.len() > MAX_SHOWN_FIELDS || shown.entry() != Ok(accepted.entry) {
        return Vec::new();
    }
    let fields = shown.fields.iter();
    fields.filter(|field| field.opens()).collect()
}
