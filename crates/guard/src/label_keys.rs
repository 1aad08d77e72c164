//! Keys to file under: a label's own key where the session holds the label, a batch key where not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::Act;
use strongroom_record::{BoxId, CommandId, RoomId, Stream, encode};
use strongroom_seal::Suite;
use strongroom_seal::atom::AtomRole;
use strongroom_seal::keybox::{BoxKey, KeyBox, Purpose};
use strongroom_seal::note::{NoteBox, NoteKey};

use crate::fault::{Fault, Stop};
use crate::filing::side_by_side;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::refusal::Refusal;
use crate::state::State;

/// Keys to wrap under, by label, and the boxes that are new and must be stored with what uses them.
#[derive(Default)]
pub(crate) struct WrapKeys {
    pub(crate) keys: BTreeMap<Label, Arc<BoxKey>>,
    pub(crate) new_boxes: Vec<KeyBox>,
    /// Labels that the session does not hold.
    pub(crate) blind: BTreeSet<Label>,
}

impl Core {
    /// Keys for filing under labels. Where the session holds a label that has no key yet, one is made,
    /// in a command of its own; what it does not hold gets a batch key, which is forgotten after.
    pub(crate) fn wrap_keys(
        &self,
        asking: &Asking,
        labels: &BTreeSet<Label>,
        blind_for: Purpose,
        dice: &mut Stream,
    ) -> Result<WrapKeys, Stop> {
        self.make_label_keys(asking, labels)?;
        let state = self.state();
        self.wrap_keys_now(asking, &state, labels, blind_for, dice)
    }

    /// The same, making no label key.
    pub(crate) fn wrap_keys_now(
        &self,
        asking: &Asking,
        state: &State,
        labels: &BTreeSet<Label>,
        blind_for: Purpose,
        dice: &mut Stream,
    ) -> Result<WrapKeys, Stop> {
        let person = asking.active(state)?;
        let mut out = WrapKeys::default();
        let mut lacking = Vec::new();
        for label in labels {
            let held = person.clearance.permits(label);
            match state.label_keys.present(label, &state.atoms) {
                Some(known) if held => {
                    let ring = &asking.session.keyring;
                    let key = ring.box_key(&self.store, state, person, known.id, label)?;
                    out.keys.insert(label.clone(), key);
                }
                _ => lacking.push((label.clone(), dice.fork())),
            }
            if !held {
                out.blind.insert(label.clone());
            }
        }
        let boxes = side_by_side(lacking, |(label, mut dice)| {
            make_box(state, (self.room, self.suite), &label, blind_for, &mut dice)
                .map(|made| (label, made))
        });
        for made in boxes {
            let (label, (key_box, key)) = made?;
            out.new_boxes.push(key_box);
            out.keys.insert(label, Arc::new(key));
        }
        Ok(out)
    }

    /// Makes the keys of those labels that the session holds and that have none of the newest epochs.
    ///
    /// Each is drawn from a stream named by its label and how many keys it had, not from that of the act it is
    /// made for: who files under a label finds its key's id in the receipt, and not who made it, nor when.
    pub(crate) fn make_label_keys(
        &self,
        asking: &Asking,
        labels: &BTreeSet<Label>,
    ) -> Result<(), Stop> {
        let missing = |state: &State, asking: &Asking| -> Result<Vec<Label>, Refusal> {
            let person = asking.active(state)?;
            let keyed = |l: &Label| state.label_keys.present(l, &state.atoms).is_some();
            let lacks = |l: &&Label| person.clearance.permits(l) && !keyed(l);
            Ok(labels.iter().filter(lacks).cloned().collect())
        };
        if missing(&self.state(), asking)?.is_empty() {
            return Ok(());
        }
        let mut state = self.state_mut();
        let labels = missing(&state, asking)?;
        if labels.is_empty() {
            return Ok(());
        }
        let count: BTreeMap<Label, usize> = labels
            .iter()
            .map(|label| (label.clone(), state.label_keys.count(label)))
            .collect();
        let named = |what: &[u8], label: &Label| {
            let before = (count[label] as u64).to_be_bytes();
            let name = [what, encode(label).as_slice(), &before].concat();
            self.env.entropy.stream(&name)
        };
        let mut command = self.command_in_part(asking, None, named(b"label keys ", &labels[0]));
        let jobs: Vec<(Label, Stream)> = labels
            .into_iter()
            .map(|label| (label.clone(), named(b"label key ", &label)))
            .collect();
        let at: &State = &state;
        let boxes = side_by_side(jobs, |(label, mut dice)| {
            make_box(
                at,
                (self.room, self.suite),
                &label,
                Purpose::LabelKey,
                &mut dice,
            )
            .map(|made| (label, made))
        });
        let mut made = Vec::new();
        for made_box in boxes {
            let (label, (key_box, key)) = made_box?;
            command.put_row(kinds::key_box(key_box.id()), &key_box);
            let digest = encode(&key_box.digest()).into();
            command.event(Act::LabelKeyMade {
                key_box: key_box.id(),
                label,
                digest,
            });
            made.push((key_box.id(), Arc::new(key)));
        }
        self.enact(&mut state, command, asking.signer())?;
        for (id, key) in made {
            asking.session.keyring.remember(id, &key);
        }
        Ok(())
    }

    /// Draws a key for the notes of a command to the inspectors.
    pub(crate) fn note_box(
        &self,
        state: &State,
        command: CommandId,
        dice: &mut Stream,
    ) -> Result<(NoteBox, NoteKey), Fault> {
        let inspectors = state
            .atoms
            .standing_for(&AtomRole::Inspectors)
            .ok_or(Fault::Missing("the inspectors' key"))?;
        NoteBox::make(self.suite, self.room, command, inspectors, dice)
            .map_err(|_| Fault::Damaged("the inspectors' key is of another suite"))
    }
}

/// A key box for a label, whose key is drawn, with the quorum's share in it.
///
/// # Errors
/// The state lacks the quorum's key, or an atom that the label needs.
pub(crate) fn make_box(
    state: &State,
    (room, suite): (RoomId, Suite),
    label: &Label,
    purpose: Purpose,
    dice: &mut Stream,
) -> Result<(KeyBox, BoxKey), Fault> {
    let quorum = state
        .atoms
        .standing_for(&AtomRole::Quorum)
        .ok_or(Fault::Missing("the quorum's key"))?;
    let id = BoxId::random(dice);
    KeyBox::make(
        suite,
        room,
        id,
        label.clone(),
        purpose,
        |name| state.atoms.named(name),
        quorum,
        dice,
    )
    .map_err(|_| Fault::Damaged("the atoms of a label do not make a key box"))
}
