//! Deputies: who stands for whom, as lists show it, and ending it.

use strongroom_record::event::{Act, Role};

use crate::api::{ActingEnd, ActingEnded, ActingRow, ActingRows};
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::people::confirmed_named;
use crate::refusal::{Code, Refusal};

impl Core {
    /// Who stands for whom: for everyone to know, as the list of persons is.
    pub(crate) fn acting_list(&self, asking: &Asking) -> Result<ActingRows, Stop> {
        let state = self.state();
        asking.active(&state)?;
        let name = |id| state.people.name_of(Some(id));
        let rows = state.acting.now(self.now()).map(|row| ActingRow {
            deputy: name(row.deputy),
            principal: name(row.principal),
            since: row.since.to_string(),
            until: row.until.to_string(),
        });
        Ok(ActingRows {
            acting: rows.collect(),
        })
    }

    /// Ends that somebody stands for somebody: by one of the two, or a security officer.
    pub(crate) fn acting_end(&self, asking: &Asking, ask: &ActingEnd) -> Result<ActingEnded, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "acting-end", ask)?;
        let mut state = self.state_mut();
        let actor = asking.active(&state)?;
        self.not_done_before(asking, &state, request)?;
        let deputy = confirmed_named(&state, &ask.deputy)?.id;
        let principal = confirmed_named(&state, &ask.principal)?.id;
        state
            .may_end_acting(actor, deputy, principal)
            .map_err(|_| {
                Refusal::not_allowed(Role::SecurityOfficer.word())
                    .hint("either of the two ends it, or a security officer")
            })?;
        let is = |row: &crate::state::Acting| (row.deputy, row.principal) == (deputy, principal);
        if !state.acting.now(self.now()).any(is) {
            let (deputy, principal) = (&ask.deputy, &ask.principal);
            return Err(Refusal::new(
                Code::Conflict,
                format!("{deputy} does not stand for {principal}"),
            )
            .into());
        }
        let mut command = self.command(asking, request);
        let event = command.event(Act::ActingEnded { deputy, principal });
        self.enact(&mut state, command, asking.signer())?;
        Ok(ActingEnded {
            receipt: event.to_string(),
        })
    }
}
