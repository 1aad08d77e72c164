//! Destroying a record: every wrapped key and every stored value of it, in all its versions, and then its slot.
//!
//! ```text
//! one command   every row of its values and keys is deleted, the slot is named as due, the event says so ─▶ durable
//! the slot      overwritten in place, synced, read again
//! one command   the due slot's row goes, the event says that it was wiped
//! ```
//!
//! All of it happens while nobody else decides, and the first command is durable before a byte of the slot is
//! touched: a crash leaves a record that is whole, or one whose slot is still to be wiped, which the next opening does
//! before it lets anybody in. What the deleted rows held may lie in pages of the store that are free; it lay under
//! the slot.
//!
//! What is left of the record is a skeleton: that it was filed, by whom and when, what was done to it since and why,
//! sealed as it ever was, and what the inspectors have of its header. To readers it shows as a record that they may not
//! read any more.

use std::collections::BTreeSet;

use strongroom_record::event::{Act, Destroyed};
use strongroom_record::keeping::RestrictedAgain;
use strongroom_record::{EventId, GroupId, RecordId, decode};
use strongroom_vault::slots::SlotNumber;
use strongroom_vault::{Commit, Key};

use crate::command::Command;
use crate::due::kept_until;
use crate::fault::{Fault, Stop};
use crate::guard::Core;
use crate::kinds;
use crate::refusal::{Code, Refusal};
use crate::rows::{DueSlot, GroupKey, WrappedKey};
use crate::state::{RecordState, Request, State, destroyed_counts, may_be_destroyed};
use crate::store::Store;

/// The rows of a record's values and wrapped keys, and the slot under which all of its keys lie.
struct Rows {
    all: Vec<Key>,
    slot: Option<u64>,
}

impl Store {
    fn rows_of(&self, record: &RecordState) -> Result<Rows, Fault> {
        let slot = self.slot_number_of(record)?;
        let same = |of: Option<u64>| match of == slot {
            true => Ok(()),
            false => Err(Fault::Damaged("keys of one record lie under several slots")),
        };
        let mut all = Vec::new();
        let mut keys: BTreeSet<GroupId> = BTreeSet::new();
        for group in &record.groups {
            all.push(kinds::value(group.id));
            if keys.insert(group.key_row) {
                let at = kinds::record_key(group.key_row);
                same(self.row::<GroupKey>(at, "a record key")?.slot)?;
                all.push(at);
            }
            for layer in 0..group.layers.len() {
                let at = kinds::layer_key(group.id, layer);
                same(self.row::<WrappedKey>(at, "the key of a layer")?.slot)?;
                all.push(at);
            }
        }
        Ok(Rows { all, slot })
    }
}

impl Core {
    /// Whether a record may be destroyed as things are.
    ///
    /// # Errors
    /// The rule that keeps it, and until when where that is a term.
    pub(crate) fn may_destroy(&self, state: &State, record: &RecordState) -> Result<(), Refusal> {
        let now = self.now();
        may_be_destroyed(state, record, now).map_err(|why| {
            let refusal = Refusal::new(Code::Conflict, why);
            match kept_until(state, record).filter(|until| now < *until) {
                Some(until) => refusal.hint(format!("it is kept until {until}")),
                None => refusal,
            }
        })
    }

    /// Adds to a command that a record is destroyed. Once that is durable, and before anybody else decides, the caller
    /// has the slot wiped: [`Core::wipe_due`].
    pub(crate) fn destroy_now(
        &self,
        state: &State,
        command: &mut Command<'_>,
        record: RecordId,
        request: &Request,
    ) -> Result<(), Stop> {
        let record = state.records.get(record);
        let record = record.ok_or_else(Refusal::no_such_record)?;
        self.may_destroy(state, record)?;
        let (values, wraps) = destroyed_counts(record);
        let rows = self.store.rows_of(record)?;
        rows.all.into_iter().for_each(|key| command.delete(key));
        if let Some(slot) = rows.slot {
            command.put_row(kinds::due_slot(record.id), &DueSlot { slot });
        }
        command.event(Act::Destroyed(Destroyed {
            record: record.id,
            asked: request.event,
            values,
            wraps,
            slot: rows.slot.is_some(),
            request: Some(request.id),
        }));
        Ok(())
    }

    /// Wipes the slots of destroyed records, if any are due, and records it. Whoever destroys calls it in the same hold of
    /// the state, and every opening does.
    pub(crate) fn wipe_due(&self, state: &mut State) -> Result<(), Fault> {
        let mut due = Vec::new();
        for row in self.store.vault.scan(kinds::SLOTS)? {
            let (key, covered) = row?;
            if key == kinds::slots() {
                continue;
            }
            let bytes = self.store.uncover(key, &covered)?;
            let row: DueSlot =
                decode(bytes.expose()).map_err(|_| Fault::Damaged("the row of a due slot"))?;
            due.push((RecordId::from_bytes(key.id), row.slot));
        }
        if due.is_empty() {
            return Ok(());
        }
        let slots = self.store.slots.get().ok_or(Fault::Damaged(
            "a slot is due to be wiped, and the store names no slot file",
        ))?;
        let mut command = self.command_of_nobody(&format!("slots wiped {}", self.ledger().size()));
        for (record, slot) in &due {
            let destroyed = state
                .records
                .get(*record)
                .and_then(|r| r.destroyed.as_ref());
            if !destroyed.is_some_and(|d| d.slot && d.wiped.is_none()) {
                return Err(Fault::Damaged(
                    "a slot is due to be wiped whose record was not destroyed",
                ));
            }
            slots.file().wipe(SlotNumber(*slot))?;
            command.delete(kinds::due_slot(*record));
        }
        command.event(Act::SlotsWiped {
            records: due.into_iter().map(|(record, _)| record).collect(),
        });
        self.enact(state, command, None)
    }
}

/// Destroys again, at a restore, what was destroyed after the backup, as far as an anchor knows it; gives what the event
/// of the restore is to say of it. The store is no room before the restore ends, so that slots are wiped at once.
pub(crate) fn destroy_again(
    store: &Store,
    state: &State,
    destroyed: &[(RecordId, EventId)],
) -> Result<Vec<RestrictedAgain>, Fault> {
    let mut commit = Commit::new();
    let mut again = Vec::new();
    for (id, by) in destroyed {
        let record = state.records.get(*id).ok_or(Fault::Missing("a record"))?;
        let rows = store.rows_of(record)?;
        rows.all.into_iter().for_each(|key| {
            commit.delete(key);
        });
        if let (Some(slot), Some(slots)) = (rows.slot, store.slots.get()) {
            slots.file().wipe(SlotNumber(slot))?;
        }
        again.push(RestrictedAgain {
            record: *id,
            groups: Vec::new(),
            withdrawn: None,
            destroyed: Some(*by),
        });
    }
    store.vault.submit(commit).wait()?;
    Ok(again)
}
