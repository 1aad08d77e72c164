//! Reading the ledger, believing nothing that is not borne out.
//!
//! For every entry the event's fields must give the root that the entry has. Events that file, restrict, or bind keys
//! or rights must moreover bear the signature of someone whom the events before them entitle: the
//! founder for the first events, a security officer for confirmations and clearances, a holder for
//! what is sealed, a maker for a label's key. A key that was swapped in the store therefore either
//! breaks a root, or lacks a signature.

use strongroom_record::event::{Act, LoweredBy, Role, StoredEvent};
use strongroom_record::{EventId, RoomId, Timestamp};
use strongroom_seal::{PersonPublic, SuiteFloor};

use crate::fault::Fault;
use crate::recovery::claims;
use crate::restore::must_be_approved;
use crate::state::{Standing, State, Trail};
use crate::store::Store;
use crate::walk::{Pace, Signing, Visited, Walked, walk};

/// What the first entries of a ledger amount to.
#[derive(Default)]
pub(crate) struct Fold {
    /// None before the first event.
    pub(crate) state: Option<State>,
    pub(crate) trail: Trail,
    /// The instant of the last event.
    pub(crate) last: Timestamp,
    /// How many entries.
    pub(crate) entries: u64,
}

impl Fold {
    /// Goes on with the entries up to a size of the ledger. `on` is told of each event.
    pub(crate) fn go_on(
        &mut self,
        store: &Store,
        room: RoomId,
        floor: SuiteFloor,
        size: u64,
        pace: Pace<'_>,
        mut on: impl FnMut(EventId, &Act),
    ) -> Result<Walked, Fault> {
        let range = self.entries..size;
        walk(store, room, floor, range, pace, |signing, visited| {
            self.take(signing, visited)?;
            on(visited.event.id, &visited.event.act);
            Ok(())
        })
    }

    fn take(&mut self, signing: &mut Signing, visited: &Visited) -> Result<(), Fault> {
        let event = &visited.event;
        if event.at < self.last {
            return Err(Fault::Damaged("time runs backwards in the ledger"));
        }
        self.last = event.at;
        match &mut self.state {
            None => {
                let founded = State::found(event, *visited.body.as_bytes())?;
                signing.check_signature(visited, founder_keys(&founded)?)?;
                self.state = Some(founded);
            }
            Some(state) => {
                check_authority(signing, state, visited)?;
                state.apply(event, visited.index)?;
            }
        }
        self.trail.note(event, visited.index);
        self.entries = visited.index + 1;
        Ok(())
    }
}

/// Folds the whole ledger.
pub(crate) fn replay(store: &Store, room: RoomId, floor: SuiteFloor) -> Result<Fold, Fault> {
    let mut fold = Fold::default();
    let size = store.vault.size();
    let walked = fold.go_on(store, room, floor, size, Pace::Fast, |_, _| {})?;
    debug_assert_eq!(walked, Walked::Whole);
    if fold.state.is_none() {
        return Err(Fault::Missing("the first event"));
    }
    Ok(fold)
}

fn founder_keys(state: &State) -> Result<&PersonPublic, Fault> {
    state
        .people
        .get(state.genesis.founder)
        .map(|p| &p.keys)
        .ok_or(Fault::Damaged("the founder"))
}

/// Whether an act is never done without a person's signature: all that others rely on.
/// What the rest brings about (readings, sessions, refusals) the checkpoint alone covers.
pub(crate) const fn must_be_signed(act: &Act) -> bool {
    match act {
        Act::Founded(_)
        | Act::AtomMade(_)
        | Act::AtomTurned(_)
        | Act::Invited { .. }
        | Act::Confirmed { .. }
        | Act::ClearanceAuthorised { .. }
        | Act::ClearanceSealed { .. }
        | Act::PassphraseChanged
        | Act::LabelKeyMade { .. }
        | Act::Filed(_)
        | Act::FrameFiled { .. }
        | Act::Restricted { .. }
        | Act::Graded { .. }
        | Act::Corrected(_)
        | Act::WithdrawalAsked { .. }
        | Act::WithdrawalTakenBack { .. }
        | Act::Withdrawn(_)
        | Act::Linked(_)
        | Act::PracticeAdded(_)
        | Act::PracticeEnded { .. }
        | Act::CustodyStated { .. }
        | Act::Challenged(_)
        | Act::ChallengeAnswered(_)
        | Act::RecordingFiled(_)
        | Act::ApprovalAsked(_)
        | Act::Approved(_)
        | Act::Denied { .. }
        | Act::RequestTakenBack { .. }
        | Act::HoldPlaced { .. }
        | Act::HoldReleased { .. }
        | Act::ScheduleSet { .. }
        | Act::Lowered(_)
        | Act::DisclosureAnswered(_)
        | Act::Destroyed(_)
        | Act::PolicyChanged(_)
        | Act::ActingBegan(_)
        | Act::ActingEnded { .. }
        | Act::Departed(_)
        | Act::Recovered(_)
        | Act::RecoveryWithdrawn { .. } => true,
        // The guard's own, where there were none: the state takes in those that it came with, and no others.
        Act::RulesInForce { request, .. } => request.is_some(),
        // Where a key holder asks, the signature is the key holder's.
        Act::RecoveryAsked(asked) => asked.by.is_none(),
        Act::Joined { .. }
        | Act::SignedIn
        | Act::SignInRefused { .. }
        | Act::SignedOut
        | Act::Listed { .. }
        | Act::Opened { .. }
        | Act::HistoryShown { .. }
        | Act::DocketShown { .. }
        | Act::Refused { .. }
        | Act::Checked { .. }
        | Act::StateKept { .. }
        | Act::SlotsWiped { .. }
        | Act::BackedUp(_)
        | Act::Restored(_)
        | Act::DisclosuresTaken(_)
        | Act::DisclosureShown { .. }
        // These are signed by key holders, or follow from what they signed.
        | Act::ShareGiven(_)
        | Act::Rekeyed(_)
        | Act::KeyHoldersChanged(_)
        | Act::Rehearsed(_)
        | Act::OpenedBy { .. } => false,
    }
}

/// Whether an event that binds keys or rights is signed by someone entitled to it.
fn check_authority(signing: &mut Signing, state: &State, visited: &Visited) -> Result<(), Fault> {
    let event: &StoredEvent = &visited.event;
    let actor = event.actor.and_then(|id| state.people.get(id));
    let unentitled = Fault::Damaged("an event is signed by someone who had no right to it");
    let entitled = match &event.act {
        Act::Founded(_) => return Ok(()),
        Act::Restored(restored) => return must_be_approved(restored, state, signing.floor()),
        Act::AtomMade(_) => event.actor == Some(state.genesis.founder),
        Act::Confirmed { .. } if state.rules.is_some() => {
            actor.is_some_and(|p| p.standing == Standing::Active)
        }
        Act::Invited { .. }
        | Act::Confirmed { .. }
        | Act::ClearanceAuthorised { .. }
        | Act::AtomTurned(_) => actor.is_some_and(|p| p.may(Role::SecurityOfficer)),
        Act::ClearanceSealed { holdings, .. } => actor.is_some_and(|p| {
            holdings
                .iter()
                .all(|made| p.holdings.contains_key(&made.atom))
        }),
        Act::RulesInForce {
            request: Some(_), ..
        } => actor.is_some_and(|p| p.standing == Standing::Active),
        // Who may, the state finds by the rules in force.
        Act::ApprovalAsked(_)
        | Act::Approved(_)
        | Act::Denied { .. }
        | Act::RequestTakenBack { .. }
        | Act::PolicyChanged(_)
        | Act::ActingBegan(_)
        | Act::ActingEnded { .. }
        | Act::Departed(_) => actor.is_some_and(|p| p.standing == Standing::Active),
        Act::LabelKeyMade { label, .. } => actor.is_some_and(|p| p.clearance.permits(label)),
        // What more it takes to correct, withdraw, link or add a recording, the state asks for.
        Act::Filed(_)
        | Act::FrameFiled { .. }
        | Act::Restricted { .. }
        | Act::Graded { .. }
        | Act::Corrected(_)
        | Act::WithdrawalAsked { .. }
        | Act::WithdrawalTakenBack { .. }
        | Act::Linked(_)
        | Act::PracticeAdded(_)
        | Act::PracticeEnded { .. }
        | Act::RecordingFiled(_) => actor.is_some_and(|p| p.may(Role::RecordsOfficer)),
        // With approval rules in force they say whose hands it takes.
        Act::Destroyed(_) => actor.is_some_and(|p| p.standing == Standing::Active),
        Act::Withdrawn(_) => actor.is_some_and(|p| {
            p.standing == Standing::Active && (state.rules.is_some() || p.may(Role::RecordsOfficer))
        }),
        Act::CustodyStated { .. } => actor.is_some_and(|p| p.may(Role::Inspector)),
        // Who may challenge what, and who answers, the state knows.
        Act::Challenged(_) | Act::ChallengeAnswered(_) => {
            actor.is_some_and(|p| p.standing == Standing::Active)
        }
        // Of what fell due, a records officer; with a request, who approved it.
        Act::Lowered(lowered) => actor.is_some_and(|p| match lowered.by {
            LoweredBy::Due(_) => p.may(Role::RecordsOfficer),
            LoweredBy::Request(_) => p.standing == Standing::Active,
        }),
        Act::HoldReleased { .. } | Act::ScheduleSet { .. } => {
            actor.is_some_and(|p| p.standing == Standing::Active)
        }
        // Of which records, the state asks.
        Act::HoldPlaced { .. } => {
            let roles = [Role::RecordsOfficer, Role::SecurityOfficer, Role::Inspector];
            actor.is_some_and(|p| roles.into_iter().any(|role| p.may(role)))
        }
        // That the inspectors' key is held too, the state asks for.
        Act::DisclosureAnswered(_) => actor.is_some_and(|p| p.may(Role::Inspector)),
        Act::RecoveryAsked(asked) if asked.by.is_none() => {
            actor.is_some_and(|p| p.may(Role::SecurityOfficer))
        }
        Act::RecoveryWithdrawn { .. } => actor.is_some_and(|p| p.may(Role::SecurityOfficer)),
        Act::PassphraseChanged => actor.is_some_and(|p| p.standing == Standing::Active),
        Act::Recovered(recovered) => {
            let recovery = state.recoveries.of_event(recovered.recovery, event.at);
            recovery.is_some_and(|r| r.person().is_some() && r.person() == event.actor)
        }
        Act::RecoveryAsked(_) | Act::ShareGiven(_) | Act::Rehearsed(_) => {
            return if claims::signed(signing.floor(), state, event) {
                Ok(())
            } else {
                Err(unentitled)
            };
        }
        // What follows from these, the state lets follow only from what key holders signed, and from keys
        // that somebody offered and an officer or the key holders then bind.
        Act::Joined { .. } | Act::Rekeyed(_) | Act::KeyHoldersChanged(_) => return Ok(()),
        // Nothing that others rely on follows from these; the checkpoint alone covers them.
        Act::SignedIn
        | Act::SignInRefused { .. }
        | Act::SignedOut
        | Act::Listed { .. }
        | Act::Opened { .. }
        | Act::HistoryShown { .. }
        | Act::DocketShown { .. }
        | Act::Refused { .. }
        | Act::Checked { .. }
        | Act::StateKept { .. }
        | Act::SlotsWiped { .. }
        | Act::BackedUp(_)
        | Act::DisclosuresTaken(_)
        | Act::DisclosureShown { .. }
        | Act::RulesInForce { request: None, .. }
        | Act::OpenedBy { .. } => return Ok(()),
    };
    match actor {
        Some(actor) if entitled => signing.check_signature(visited, &actor.keys),
        _ => Err(unentitled),
    }
}
