//! Receipts: what each person did, for that person to keep and to prove.
//!
//! A receipt opens the fields of one's own event and leads from them to a signed checkpoint. Who may
//! no longer read a record keeps the receipts of his readings: they name the record's id and no word
//! of it. Two fields stay closed: the act of a restriction, a correction, a withdrawal, a destruction or a recording, which names
//! what rose or lies out of its actor's own sight, and what a restore raised again, for the same reason.

use data_encoding::HEXLOWER;
use strongroom_record::event::{Act, CommandRow, FieldTag, StoredEvent};
use strongroom_record::{EventId, PersonId, id};
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_tlog::commit::{FieldTag as Tag, SaltSeed, commit};
use strongroom_tlog::entry::EntryOpening;

use crate::api::{FieldShown, LogProof, ReceiptQuery, ReceiptRow, ReceiptShown, Receipts};
use crate::command::{body_root, entry_of, signature_commitment};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core, IssuedCopy};
use crate::kinds;
use crate::limits::RECEIPTS_MAX;
use crate::refusal::{Code, Refusal, echoed};

impl Core {
    pub(crate) fn receipt(&self, asking: &Asking, ask: &ReceiptQuery) -> Result<IssuedCopy, Stop> {
        match &ask.id {
            None => Ok(IssuedCopy::of(&self.receipts(asking, ask)?)),
            Some(text) => Ok(IssuedCopy::of(&self.one_receipt(asking, text)?)),
        }
    }

    fn receipts(&self, asking: &Asking, ask: &ReceiptQuery) -> Result<Receipts, Stop> {
        let own = self.trail().of_person(asking.session.person);
        let end = match &ask.before {
            Some(text) => own_place(&own, text)?,
            None => own.len(),
        };
        let limit = ask.limit.unwrap_or(RECEIPTS_MAX).min(RECEIPTS_MAX);
        let first = end.saturating_sub(limit);
        let receipts = own[first..end]
            .iter()
            .map(|id| {
                let event = self.stored_event(*id)?;
                Ok(ReceiptRow {
                    id: event.id.to_string(),
                    at: event.at.to_string(),
                    what: event.act.word().to_owned(),
                    record: event.act.record().map(|r| r.to_string()),
                })
            })
            .collect::<Result<_, Fault>>()?;
        Ok(Receipts {
            receipts,
            older: first,
        })
    }

    /// The event of a person that a text names.
    ///
    /// # Errors
    /// There is none, or several.
    pub(crate) fn own_event(&self, person: PersonId, text: &str) -> Result<EventId, Refusal> {
        let own = self.trail().of_person(person);
        Ok(own[own_place(&own, text)?])
    }

    fn one_receipt(&self, asking: &Asking, text: &str) -> Result<ReceiptShown, Stop> {
        let id = self.own_event(asking.session.person, text)?;
        let event = self.stored_event(id)?;
        let index = self
            .trail()
            .index_of(id)
            .ok_or(Fault::Missing("the place of an event in the ledger"))?;
        let checkpoint = self.checkpoint_for(index)?;
        Ok(self.shown_in_ledger(&event, index, checkpoint)?)
    }

    /// An event with the proof that it stands in the ledger, and its fields opened that are for others to see.
    pub(crate) fn shown_in_ledger(
        &self,
        event: &StoredEvent,
        index: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<ReceiptShown, Fault> {
        let command: Option<CommandRow> = event
            .command
            .map(|id| {
                self.store
                    .row(kinds::command(id), "the signature of a command")
            })
            .transpose()?;
        let entry = entry_of(event, command.as_ref());
        let signature = signature_commitment(event, command.as_ref());
        debug_assert_eq!(
            entry,
            EntryOpening {
                body: body_root(event),
                signature
            }
            .entry()
        );
        let proof = self.ledger().receipt(entry, index, checkpoint)?;
        Ok(ReceiptShown {
            id: event.id.to_string(),
            at: event.at.to_string(),
            what: event.act.word().to_owned(),
            record: event.act.record().map(|r| r.to_string()),
            fields: fields_shown(event),
            sealed: event
                .sealed
                .iter()
                .map(|f| HEXLOWER.encode(&f.commitment))
                .collect(),
            log: LogProof {
                entry: HEXLOWER.encode(&entry.to_bytes()),
                index,
                signature: HEXLOWER.encode(signature.as_bytes()),
                proof: proof.to_text(),
            },
        })
    }
}

/// The place in one's own events of the one that a text names: its id, or the beginning of it.
fn own_place(own: &[EventId], text: &str) -> Result<usize, Refusal> {
    let prefix = id::normal_prefix(text)
        .map_err(|e| Refusal::invalid(format!("{} names no receipt: {e}", echoed(text))))?;
    let mut named = own
        .iter()
        .enumerate()
        .filter(|(_, id)| id.to_string().starts_with(&prefix));
    let (place, _) = named.next().ok_or_else(|| {
        Refusal::new(Code::NotFound, "you have no such receipt").hint("`receipt` lists yours")
    })?;
    if named.next().is_some() {
        return Err(Refusal::new(
            Code::Conflict,
            format!("{} is the beginning of several receipts' ids", echoed(text)),
        ));
    }
    Ok(place)
}

fn fields_shown(event: &StoredEvent) -> Vec<FieldShown> {
    let seed = SaltSeed::new(event.seed);
    event
        .fields()
        .into_iter()
        .map(|(field, value)| {
            let tag = Tag::new(field as u16);
            let salt = seed.salt(tag);
            let closed = match (field, &event.act) {
                #[cfg(feature = "planted-leaks")]
                (FieldTag::Act, Act::Corrected(_))
                    if crate::planted::is(crate::planted::Leak::ReceiptOfVersion) =>
                {
                    false
                }
                // They tell of groups, of versions and of labels that their own actor may not know of.
                (
                    FieldTag::Act,
                    Act::Restricted { .. }
                    | Act::Corrected(_)
                    | Act::Withdrawn(_)
                    | Act::Destroyed(_)
                    | Act::RecordingFiled(_),
                ) => true,
                // How many came, and under which ids, is for the inspectors.
                (FieldTag::Act, Act::DisclosuresTaken(_)) => true,
                (FieldTag::Portions, Act::Restored(restored)) => !restored.restricted.is_empty(),
                _ => false,
            };
            FieldShown {
                tag: tag.get(),
                name: field.name().to_owned(),
                commitment: HEXLOWER.encode(commit(tag, &salt, &value).as_bytes()),
                salt: (!closed).then(|| HEXLOWER.encode(salt.as_bytes())),
                value: (!closed).then(|| HEXLOWER.encode(&value)),
            }
        })
        .collect()
}
