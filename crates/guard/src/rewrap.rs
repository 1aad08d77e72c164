//! Taking over what was filed blind, or before an atom turned.
//!
//! A blind filing's record keys are wrapped under a batch key, which costs an HPKE opening for every
//! part of the label, once a session and filing. The first session that opens such a record wraps
//! its keys anew under the label's own key, which every session opens once. The same is done with what lies
//! under a key that the label had before one of its atoms turned. Nothing else changes: neither the record key nor its binding to record, label and event.

use std::collections::BTreeSet;

use strongroom_label::Label;
use strongroom_record::encode;
use strongroom_seal::RecordKey;
use strongroom_vault::Commit;

use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::opening::Fetched;
use crate::rows::GroupKey;

impl Core {
    /// Wraps the record keys of groups that were opened from a batch, or with an older key, under their label's key.
    /// Not an event: who holds what, and what a label means, stay as the ledger says.
    pub(crate) fn take_over<'f>(
        &self,
        asking: &Asking,
        copy: &[u8],
        opened: impl Iterator<Item = &'f Fetched>,
    ) -> Result<(), Stop> {
        let older: Vec<&Fetched> = opened.filter(|f| f.under_older(&self.state())).collect();
        if older.is_empty() {
            return Ok(());
        }
        let labels: BTreeSet<Label> = older.iter().map(|f| f.key_label().clone()).collect();
        let mut dice = self
            .env
            .entropy
            .stream(&[b"take over".as_slice(), copy].concat());
        self.make_label_keys(asking, &labels)?;
        let mut commit = Commit::new();
        let state = self.state();
        let person = asking.active(&state)?;
        for group in older {
            // What was destroyed since it was opened does not come back.
            if !group.stands(&state) {
                continue;
            }
            let label = group.key_label();
            let Some(known) = state.label_keys.present(label, &state.atoms) else {
                continue;
            };
            let under =
                asking
                    .session
                    .keyring
                    .box_key(&self.store, &state, person, known.id, label)?;
            let key: RecordKey = self.record_key(group)?;
            let binding = group.wrap_binding(self.room, known.id);
            let wrapped = key.wrap(&under, &binding, &mut dice);
            let slot = self.store.slot(group.slot())?;
            let at = (group.key_row(), None);
            let wrapped = self.store.under_slot(slot.as_ref(), at, wrapped, &mut dice);
            let row = GroupKey {
                key_box: known.id,
                wrapped: wrapped.into(),
                seals: group.seals().to_vec(),
                slot: group.slot(),
            };
            let at = kinds::record_key(group.key_row());
            commit.put(at, self.store.cover(at, &encode(&row), &mut dice));
        }
        let pending = self.store.vault.submit(commit);
        drop(state);
        pending.wait()?;
        Ok(())
    }
}
