//! A person gets what the key holders gave: opened with the person's own keys, and sealed to the person for good.

use std::collections::BTreeMap;

use strongroom_record::event::Act;
use strongroom_record::recovery::{Recover, Recovered};
use strongroom_record::{RecoveryId, decode};
use strongroom_seal::{AtomKey, GivenShare, HolderId, OpenedShare, digest, domain, recover};

use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::people::seal_holding;
use crate::state::{Recovery, State};

impl Core {
    /// Collects everything that is ready for the person of a session. Gives what the person should be told: of an
    /// atom that is not held yet, nothing.
    pub(crate) fn collect_all(
        &self,
        asking: &Asking,
        state: &mut State,
    ) -> Result<Vec<String>, Stop> {
        let person = asking.session.person;
        let ready = |r: &&Recovery| {
            let bound = r.rekeyed || matches!(r.what, Recover::Atom { .. });
            r.person() == Some(person) && r.is_complete() && bound
        };
        let living = state.recoveries.living(self.now());
        let ready: Vec<(RecoveryId, bool)> = living
            .into_iter()
            .filter(ready)
            .map(|r| (r.id, r.rekeyed))
            .collect();
        let mut notices = Vec::new();
        for (id, of_own) in ready {
            match self.collect(asking, state, id)? {
                None => notices.push(
                    "the key holders gave you back what was asked for; `clearance show` tells what you hold"
                        .to_owned(),
                ),
                Some(words) if of_own => notices.push(words),
                Some(_) => {}
            }
        }
        Ok(notices)
    }

    /// Collects one recovery in the session of its person. If too few of the shares are good, nothing is done, and
    /// what to say of it is given.
    pub(crate) fn collect(
        &self,
        asking: &Asking,
        state: &mut State,
        id: RecoveryId,
    ) -> Result<Option<String>, Stop> {
        let recovery = state
            .recoveries
            .get(id, self.now())
            .ok_or(Fault::Missing("a recovery that was complete"))?
            .clone();
        let (mut good, wrong) = self.take_given(asking, &recovery)?;
        if good.len() < recovery.needed {
            let names: Vec<String> = wrong
                .iter()
                .filter_map(|id| state.key_holders.card(id.as_bytes()))
                .map(|card| card.name().to_owned())
                .collect();
            return Ok(Some(format!(
                "shares that were given do not open ({}): another key holder must give",
                names.join(", ")
            )));
        }
        let person = state
            .people
            .get(asking.session.person)
            .ok_or(Fault::Missing("a person"))?;
        let mut command = self.command(asking, None);
        let event = command.draw_event_id();
        let mut holdings = Vec::new();
        for place in &recovery.places {
            let shares: Vec<OpenedShare> = good
                .iter_mut()
                .filter_map(|of_one| of_one.remove(place))
                .collect();
            if person.holdings.contains_key(&place.atom) {
                continue;
            }
            let public = state
                .atoms
                .in_epoch(place.atom, place.epoch)
                .ok_or(Fault::Missing("an atom that a recovery names"))?;
            let private = recover(&shares, public)
                .map_err(|_| Fault::Damaged("shares of an atom do not give its key"))?;
            let to = (person.id, person.keys.kem());
            holdings.push(seal_holding(&mut command, self.room, &private, to, event)?);
        }
        for key in self.rows_of(state, id) {
            command.delete(key);
        }
        let recovered = Act::Recovered(Recovered {
            recovery: id,
            holdings,
        });
        command.event_as(event, recovered, Vec::new());
        self.enact(state, command, asking.signer())?;
        Ok(None)
    }

    /// Opens what was given, with the session's keys: all shares of those who gave good ones, and who did not.
    #[expect(
        clippy::type_complexity,
        reason = "by holder, then by what it is a share of"
    )]
    fn take_given(
        &self,
        asking: &Asking,
        recovery: &Recovery,
    ) -> Result<(Vec<BTreeMap<AtomKey, OpenedShare>>, Vec<HolderId>), Stop> {
        let keys = asking.session.keyring.keys();
        let (mut good, mut wrong) = (Vec::new(), Vec::new());
        for (holder, given) in &recovery.given {
            let row = self.given_row(recovery, given.row, given.digest)?;
            let taken: Option<BTreeMap<AtomKey, OpenedShare>> = row
                .iter()
                .map(|share| {
                    let opened = share.take(self.env.floor, self.room, recovery.id, &keys.kem);
                    opened.ok().map(|opened| (share.facts.subject, opened))
                })
                .collect();
            match taken {
                Some(shares) => good.push(shares),
                None => wrong.push(*holder),
            }
        }
        Ok((good, wrong))
    }

    /// What a key holder gave, as the ledger committed to it.
    pub(crate) fn given_row(
        &self,
        recovery: &Recovery,
        row: u64,
        committed: strongroom_seal::Digest,
    ) -> Result<Vec<GivenShare>, Fault> {
        let bytes = self
            .store
            .get(kinds::given(recovery.id, row), "what a key holder gave")?;
        if digest(domain::GIVEN_DIGEST, &[bytes.expose()]) != committed {
            return Err(Fault::Damaged(
                "what a key holder gave is not what the ledger committed to",
            ));
        }
        let shares: Vec<GivenShare> =
            decode(bytes.expose()).map_err(|_| Fault::Damaged("what a key holder gave"))?;
        let places = shares.iter().map(|share| share.facts.subject);
        if !places.eq(recovery.places.iter().copied()) {
            return Err(Fault::Damaged(
                "a key holder gave other shares than were asked for",
            ));
        }
        Ok(shares)
    }
}
