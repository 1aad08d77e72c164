//! The docket: what an inspector sees of a record. That it exists, who placed it, under which marking, reason and
//! authority, what was done to it since; of its header date, place and participants; never a title, a subject or a text.
//!
//! What is shown comes from three sources: the state (markings, who read what), the clear part of events (when, who),
//! and what each act sealed to the inspectors when it was done. Nothing is opened that is sealed under a label, so that an
//! inspector needs no clearance and gets none.
//!
//! Looking takes the role *and* the inspectors' keys: the role alone is given by one officer, and the keys alone are what
//! a key holder or the founder may have. Each look is itself an event, durable before anything is opened for it.
//!
//! | module | subject |
//! | --- | --- |
//! | `sealed` | opening what is sealed to the inspectors |
//! | `entries` | what was done to records, in the order of the ledger |
//! | `filter` | which of it is asked for |
//! | `listing`, `chart`, `report` | a page of it; its figures over time; those of a year |
//! | `asked`, `custody`, `reconcile` | questions about meetings, and what they are answered |

mod asked;
mod chart;
mod custody;
mod entries;
mod filter;
mod listing;
mod reconcile;
mod report;
mod sealed;

use strongroom_record::event::{Act, Look, LookWords, Role, SealedFor};
use strongroom_record::{AtomId, encode};
use strongroom_seal::atom::AtomRole;

use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{Person, State};

pub(crate) use asked::Questions;

/// That somebody has both the inspector's role and the inspectors' keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overseer(());

impl Overseer {
    pub(crate) fn of(state: &State, person: &Person) -> Option<Self> {
        (person.may(Role::Inspector) && holds_keys(state, person)).then_some(Self(()))
    }
    /// The same of who asks.
    ///
    /// # Errors
    /// The role is missing, or the keys.
    pub(crate) fn required(state: &State, asking: &Asking) -> Result<Self, Refusal> {
        let person = asking.may(state, Role::Inspector)?;
        Self::of(state, person).ok_or_else(|| {
            Refusal::new(
                Code::NotAllowed,
                "this needs the inspectors' keys, which you do not hold: the docket is sealed to them",
            )
            .hint("a security officer gives them: `clearance grant NAME inspectors`")
        })
    }
}

fn holds_keys(state: &State, person: &Person) -> bool {
    let id: Option<AtomId> = state
        .atoms
        .standing_for(&AtomRole::Inspectors)
        .map(|atom| atom.id);
    id.is_some_and(|id| person.holdings.contains_key(&id))
}

impl Core {
    /// Records that the asker looks into the docket, and waits until that is durable. What is asked and why goes with
    /// it where the look is a question, sealed to the inspectors.
    fn look(&self, asking: &Asking, look: Look, words: Option<&LookWords>) -> Result<Permit, Stop> {
        let submitted = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            let mut command = self.command(asking, None);
            let event = command.draw_event_id();
            let mut sealed = Vec::new();
            if let Some(words) = words {
                let mut dice = command.dice.fork();
                let notes = command.id();
                let (note_box, inspectors) = self.note_box(&state, notes, &mut dice)?;
                command.put_row(kinds::note_box(notes), &note_box);
                let readers = [(SealedFor::Inspectors(notes), &inspectors)];
                let words = encode(words);
                sealed.push(seal_statement(
                    self.room, event, STATEMENT, &readers, &words, &mut dice,
                ));
            }
            command.event_as(event, Act::DocketShown { look }, sealed);
            self.submit(command, None)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        Ok(Permit::of(&durable))
    }
}
