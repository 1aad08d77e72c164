//! Deputies: who stands for whom, and until when.
//!
//! A deputy decides on requests with the roles of the person whom he stands for, and with his own keys. The two are one
//! hand: for every request that lived while the one stood for the other, whichever of them asked or approved.

use minicbor::{Decode, Encode};
use strongroom_record::approval::{ActingBegan, Asked};
use strongroom_record::event::{Act, Role, StoredEvent};
use strongroom_record::{PersonId, Timestamp};

use super::{Person, Request, State};
use crate::laws::Law;
use crate::limits::DECIDED_LAG_MAX;

type Broken = &'static str;

/// Somebody who stands, or stood, for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Acting {
    #[n(0)]
    pub(crate) deputy: PersonId,
    #[n(1)]
    pub(crate) principal: PersonId,
    #[n(2)]
    pub(crate) since: Timestamp,
    #[n(3)]
    pub(crate) until: Timestamp,
    /// When it ended before that.
    #[n(4)]
    pub(crate) ended: Option<Timestamp>,
}

impl Acting {
    /// Whether it holds at an instant.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.ended.is_none() && Law::DeputyStands.met(now < self.until)
    }
    /// Whether it held at some time after an instant.
    fn held_after(&self, at: Timestamp) -> bool {
        self.until > at && self.ended.is_none_or(|ended| ended > at)
    }
    fn is_of(&self, one: PersonId, other: PersonId) -> bool {
        [(one, other), (other, one)].contains(&(self.deputy, self.principal))
    }
}

/// All who stand or stood for somebody, in the order of the ledger.
#[derive(Debug, Default)]
pub(crate) struct ActingRows(pub(super) Vec<Acting>);

impl ActingRows {
    /// Those that hold at an instant.
    pub(crate) fn now(&self, now: Timestamp) -> impl Iterator<Item = &Acting> {
        self.0.iter().filter(move |row| row.holds(now))
    }
}

impl State {
    /// Whether two persons are one hand for what was asked for at an instant: one of them stood for the other since, or
    /// they have a key in common.
    pub(super) fn is_one_hand(&self, one: PersonId, other: PersonId, asked: Timestamp) -> bool {
        let stood = |row: &Acting| row.is_of(one, other) && row.held_after(asked);
        let keys = |id: PersonId| self.people.get(id).map(|p| &p.keys);
        let shared = keys(one).is_some_and(|keys| {
            self.people
                .get(other)
                .is_some_and(|p| p.id != one && p.shares_a_key(keys))
        });
        one == other || shared || !Law::DeputyIsOneHand.met(!self.acting.0.iter().any(stood))
    }

    /// Whether somebody stands for somebody else, for an event of an instant: what was decided in time gets its time a
    /// moment later.
    pub(super) fn stands_for(&self, deputy: PersonId, principal: PersonId, at: Timestamp) -> bool {
        let stands = |row: &Acting| {
            row.deputy == deputy
                && row.principal == principal
                && row.ended.is_none()
                && Law::DeputyStands.met(at < row.until.plus(DECIDED_LAG_MAX))
        };
        self.acting.0.iter().any(stands) && self.people.active(principal).is_some()
    }

    /// Whom somebody stands for, now or a moment ago.
    pub(crate) fn principals_of(&self, deputy: PersonId) -> impl Iterator<Item = PersonId> {
        let rows = self.acting.0.iter();
        rows.filter(move |row| row.deputy == deputy && row.ended.is_none())
            .map(|row| row.principal)
    }

    pub(super) fn acting(&mut self, event: &StoredEvent) -> Result<(), Broken> {
        match &event.act {
            Act::ActingBegan(began) => self.acting_began(event, began),
            Act::ActingEnded { deputy, principal } => {
                self.may_end_acting(self.actor(event)?, *deputy, *principal)?;
                let mut ended = false;
                for row in &mut self.acting.0 {
                    if (row.deputy, row.principal) == (*deputy, *principal) && row.ended.is_none() {
                        row.ended = Some(event.at);
                        ended = true;
                    }
                }
                ended.then_some(()).ok_or("it ends what was not")
            }
            _ => unreachable!("the others are applied elsewhere"),
        }
    }

    /// Whether somebody ends that one person stands for another: one of the two, or a security officer.
    ///
    /// # Errors
    /// The law that forbids it.
    pub(crate) fn may_end_acting(
        &self,
        actor: &Person,
        deputy: PersonId,
        principal: PersonId,
    ) -> Result<(), Law> {
        let his = [deputy, principal].contains(&actor.id);
        Law::DeputyEndedByHis.ensure(his || actor.may(Role::SecurityOfficer))
    }

    fn acting_began(&mut self, event: &StoredEvent, began: &ActingBegan) -> Result<(), Broken> {
        let wanted = Asked::Acting {
            deputy: began.deputy,
            principal: began.principal,
            until: began.until,
        };
        let _: Request = self.carried_out(Some(began.request), event, |asked| *asked == wanted)?;
        self.acting.0.push(Acting {
            deputy: began.deputy,
            principal: began.principal,
            since: event.at,
            until: began.until,
            ended: None,
        });
        Ok(())
    }

    /// Whoever leaves stands for nobody, and nobody for him.
    pub(super) fn acting_departed(&mut self, person: PersonId, at: Timestamp) {
        for row in &mut self.acting.0 {
            if [row.deputy, row.principal].contains(&person) && row.ended.is_none() {
                row.ended = Some(at);
            }
        }
    }
}
