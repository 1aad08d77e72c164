//! Receipts: what each person did, for that person to keep and to prove.
//!
//! A receipt opens the fields of one's own event and leads from them to a signed checkpoint. Who may
//! no longer read a record keeps the receipts of his readings: they name the record's id and no word
//! of it. One field stays closed: the act of a restriction, which names what rose out of the
//! restrictor's own sight.

use data_encoding::HEXLOWER;
use strongroom_record::event::{Act, CommandRow, StoredEvent};
use strongroom_record::id;
use strongroom_tlog::commit::{FieldTag as Tag, SaltSeed, commit};
use strongroom_tlog::entry::EntryOpening;

use crate::api::{FieldShown, LogProof, ReceiptQuery, ReceiptRow, ReceiptShown, Receipts};
use crate::command::{body_root, entry_of, signature_commitment};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core, IssuedCopy};
use crate::kinds;
use crate::limits::RECEIPTS_MAX;
use crate::refusal::{Code, Refusal};

/// The names of the fields, by tag, as receipts print them.
const FIELD_NAMES: [(u16, &str); 10] = [
    (1, "room"),
    (2, "id"),
    (3, "at"),
    (4, "actor"),
    (5, "session"),
    (6, "request"),
    (7, "kind"),
    (8, "act"),
    (9, "record"),
    (10, "portions"),
];

impl Core {
    pub(crate) fn receipt(&self, asking: &Asking, ask: &ReceiptQuery) -> Result<IssuedCopy, Stop> {
        match &ask.id {
            None => Ok(IssuedCopy::of(
                &self.receipts(asking, ask.limit.unwrap_or(RECEIPTS_MAX))?,
            )),
            Some(text) => Ok(IssuedCopy::of(&self.one_receipt(asking, text)?)),
        }
    }

    fn receipts(&self, asking: &Asking, limit: usize) -> Result<Receipts, Stop> {
        let own = self.trail().of_person(asking.session.person);
        let newest = own.len().saturating_sub(limit.min(RECEIPTS_MAX));
        let receipts = own[newest..]
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
        Ok(Receipts { receipts })
    }

    fn one_receipt(&self, asking: &Asking, text: &str) -> Result<ReceiptShown, Stop> {
        let none = || {
            Refusal::new(Code::NotFound, "you have no such receipt").hint("`receipt` lists yours")
        };
        let prefix = id::normal_prefix(text)
            .map_err(|e| Refusal::invalid(format!("{text:?} names no receipt: {e}")))?;
        let own = self.trail().of_person(asking.session.person);
        let mut named = own.iter().filter(|e| e.to_string().starts_with(&prefix));
        let id = *named.next().ok_or_else(none)?;
        if named.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!("{text:?} is the beginning of several receipts' ids"),
            )
            .into());
        }
        let event = self.stored_event(id)?;
        let command: Option<CommandRow> = event
            .command
            .map(|id| {
                self.store
                    .row(kinds::command(id), "the signature of a command")
            })
            .transpose()?;
        let index = self
            .trail()
            .index_of(id)
            .ok_or(Fault::Missing("the place of an event in the ledger"))?;
        let entry = entry_of(&event, command.as_ref());
        let signature = signature_commitment(&event, command.as_ref());
        debug_assert_eq!(
            entry,
            EntryOpening {
                body: body_root(&event),
                signature
            }
            .entry()
        );
        let checkpoint = self.checkpoint_for(index)?;
        let proof = self.ledger().receipt(entry, index, checkpoint)?;
        Ok(ReceiptShown {
            id: event.id.to_string(),
            at: event.at.to_string(),
            what: event.act.word().to_owned(),
            record: event.act.record().map(|r| r.to_string()),
            fields: fields_shown(&event),
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

fn fields_shown(event: &StoredEvent) -> Vec<FieldShown> {
    let seed = SaltSeed::new(event.seed);
    event
        .fields()
        .into_iter()
        .zip(FIELD_NAMES)
        .map(|((tag, value), (number, name))| {
            assert_eq!(tag as u16, number, "fields have their order");
            let tag = Tag::new(number);
            let salt = seed.salt(tag);
            let closed = name == "act" && matches!(event.act, Act::Restricted { .. });
            FieldShown {
                tag: number,
                name: name.to_owned(),
                commitment: HEXLOWER.encode(commit(tag, &salt, &value).as_bytes()),
                salt: (!closed).then(|| HEXLOWER.encode(salt.as_bytes())),
                value: (!closed).then(|| HEXLOWER.encode(&value)),
            }
        })
        .collect()
}
