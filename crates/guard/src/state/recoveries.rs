//! Recoveries: what the key holders are asked for, who gave, and what follows once enough gave.
//!
//! A recovery lives from its asking until what it brings about has come about, until it is withdrawn, or until it
//! lapses. It names once and for all which epochs of which atoms are given, and to which keys. No atom turns
//! while a living recovery names it.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::recovery::{
    Asked, AskedFor, HolderNamed, KeyHoldersChanged, Recover, Recovered, RecoveryAsked, Rekeyed,
    ShareGiven,
};
use strongroom_record::{AtomId, InvitationId, PersonId, RecoveryId, Timestamp, decode};
use strongroom_seal::{
    AtomKey, AtomRole, Digest, HolderId, KemPublic, KeyHolderCard, PersonPublic,
};

use super::{KeyHolders, State, atom_word};
use crate::limits::{DECIDED_LAG_MAX, RECOVERIES_MAX, RECOVERY_LASTS};

/// What a key holder gave for a recovery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    /// Which row of the recovery it lies in.
    pub(crate) row: u64,
    /// Digest of the row.
    pub(crate) digest: Digest,
}

/// A recovery that lives.
#[derive(Debug, Clone)]
pub(crate) struct Recovery {
    pub(crate) id: RecoveryId,
    pub(crate) what: Recover,
    /// Who asked: an account name, or a key holder's.
    pub(crate) by: String,
    pub(crate) asked_at: Timestamp,
    pub(crate) until: Timestamp,
    /// Which epochs of which atoms are given.
    pub(crate) places: Vec<AtomKey>,
    /// How many key holders are needed.
    pub(crate) needed: usize,
    /// The keys that the person offered who joined with the code.
    pub(crate) offered: Option<PersonPublic>,
    /// Who gave what.
    pub(crate) given: BTreeMap<HolderId, Given>,
    /// The offered keys are bound.
    pub(crate) rekeyed: bool,
}

impl Recovery {
    /// Whether it still counts at an instant.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        now < self.until
    }
    /// Whether it counts for an event of an instant: what was decided while it lived gets its time a moment later.
    fn lived_for(&self, at: Timestamp) -> bool {
        at < self.until.plus(DECIDED_LAG_MAX)
    }
    /// Whether as many have given as are needed.
    pub(crate) fn is_complete(&self) -> bool {
        self.given.len() >= self.needed
    }
    /// Who gets what is recovered.
    pub(crate) fn person(&self) -> Option<PersonId> {
        match &self.what {
            Recover::Atom { person, .. } | Recover::Person { person, .. } => Some(*person),
            Recover::KeyHolders { .. } => None,
        }
    }
    /// The atoms, each once.
    pub(crate) fn atoms(&self) -> BTreeSet<AtomId> {
        self.places.iter().map(|place| place.atom).collect()
    }
}

/// The recoveries of a room.
#[derive(Debug, Default)]
pub(crate) struct Recoveries {
    pub(super) living: BTreeMap<RecoveryId, Recovery>,
    /// Every id that there was: what a key holder signed once is not done again.
    pub(super) known: BTreeSet<RecoveryId>,
}

impl Recoveries {
    pub(crate) fn get(&self, id: RecoveryId, now: Timestamp) -> Option<&Recovery> {
        self.living.get(&id).filter(|r| r.lives(now))
    }
    /// The one that an event of an instant is about.
    pub(crate) fn of_event(&self, id: RecoveryId, at: Timestamp) -> Option<&Recovery> {
        self.living.get(&id).filter(|r| r.lived_for(at))
    }
    /// Those that live, the oldest first.
    pub(crate) fn living(&self, now: Timestamp) -> Vec<&Recovery> {
        let mut living: Vec<_> = self.living.values().filter(|r| r.lives(now)).collect();
        living.sort_by_key(|r| (r.asked_at, r.id));
        living
    }
    /// The rows of what was given for one.
    pub(crate) fn rows(&self, id: RecoveryId) -> impl Iterator<Item = u64> {
        let of = self.living.get(&id).into_iter();
        of.flat_map(|r| r.given.values().map(|given| given.row))
    }
    /// Those that lapsed, whose rows nobody needs.
    pub(crate) fn lapsed(&self, now: Timestamp) -> Vec<RecoveryId> {
        let lapsed = self.living.values().filter(|r| !r.lives(now));
        lapsed.map(|r| r.id).collect()
    }
    pub(crate) fn is_known(&self, id: RecoveryId) -> bool {
        self.known.contains(&id)
    }
    /// The recovery whose code is for this invitation, until somebody joined with it.
    pub(crate) fn invited(&self, invitation: InvitationId, now: Timestamp) -> Option<&Recovery> {
        self.joined(invitation, now).filter(|r| r.lives(now))
    }
    /// The same for the event of who joined.
    pub(super) fn joined(&self, invitation: InvitationId, at: Timestamp) -> Option<&Recovery> {
        self.living.values().find(|r| {
            let is = matches!(&r.what, Recover::Person { invitation: i, .. } if *i == invitation);
            is && r.offered.is_none() && r.lived_for(at)
        })
    }
    /// Whether a living recovery names an atom.
    pub(crate) fn names(&self, atom: AtomId, now: Timestamp) -> bool {
        let names = |r: &Recovery| r.places.iter().any(|place| place.atom == atom);
        self.living(now).into_iter().any(names)
    }
    /// Whether a recovery names an atom that lived for an event of an instant.
    pub(super) fn named_for(&self, atom: AtomId, at: Timestamp) -> bool {
        let names = |r: &Recovery| r.places.iter().any(|place| place.atom == atom);
        self.living.values().any(|r| r.lived_for(at) && names(r))
    }
    /// Nothing is recovered for who has left.
    pub(super) fn departed(&mut self, person: PersonId) {
        self.living.retain(|_, r| r.person() != Some(person));
    }
    fn of(&mut self, id: RecoveryId, now: Timestamp) -> Result<&mut Recovery, &'static str> {
        self.living
            .get_mut(&id)
            .filter(|r| r.lived_for(now))
            .ok_or("it is for a recovery that does not live")
    }
}

impl State {
    /// What key holders are asked for by a recovery, in words, and to which key they give; none while somebody
    /// has yet to join.
    pub(crate) fn asked_by(&self, recovery: &Recovery) -> Option<(Asked, KemPublic)> {
        let name = |id: PersonId| self.people.get(id).map(|p| p.name.clone());
        let (what, recipient) = match &recovery.what {
            Recover::Atom { atom, person } => {
                let person = self.people.get(*person)?;
                let atom = atom_word(&self.atoms.get(*atom)?.name);
                let fingerprint = person.keys.fingerprint().to_string();
                let what = AskedFor::Atom {
                    atom,
                    person: person.name.clone(),
                    fingerprint,
                };
                (what, person.keys.kem().clone())
            }
            Recover::Person { person, .. } => {
                let keys = recovery.offered.as_ref()?;
                let word = |id: &AtomId| self.atoms.get(*id).map(|a| atom_word(&a.name));
                let what = AskedFor::Person {
                    person: name(*person)?,
                    fingerprint: keys.fingerprint().to_string(),
                    atoms: recovery.atoms().iter().filter_map(word).collect(),
                };
                (what, keys.kem().clone())
            }
            Recover::KeyHolders {
                cards,
                quorum,
                recipient,
            } => {
                let cards = cards.iter().map(|card| decode::<KeyHolderCard>(card));
                let named = cards.map(|card| {
                    card.map(|card| HolderNamed {
                        name: card.name().to_owned(),
                        id: card.id().to_string(),
                    })
                });
                let what = AskedFor::KeyHolders {
                    holders: named.collect::<Result<_, _>>().ok()?,
                    quorum: *quorum,
                };
                (what, decode(recipient).ok()?)
            }
        };
        let asked = Asked {
            what,
            by: Some(recovery.by.clone()),
            until: Some(recovery.until),
        };
        Some((asked, recipient))
    }

    /// Takes in an event about a recovery.
    pub(super) fn recovery(&mut self, event: &StoredEvent, index: u64) -> Result<(), &'static str> {
        let now = event.at;
        match &event.act {
            Act::RecoveryAsked(asked) => self.recovery_asked(event, asked),
            Act::ShareGiven(given) => self.share_given(given, now),
            Act::Rekeyed(rekeyed) => self.rekeyed(rekeyed, now, index),
            Act::Recovered(recovered) => self.recovered(recovered, now),
            Act::KeyHoldersChanged(changed) => self.key_holders_changed(changed, now),
            Act::RecoveryWithdrawn { recovery } => {
                if self.recoveries.of(*recovery, now)?.rekeyed {
                    return Err("a recovery was withdrawn after it bound keys");
                }
                self.recoveries.living.remove(recovery);
                Ok(())
            }
            Act::Rehearsed(done) => {
                self.key_holders
                    .rehearsed(&done.by.holder, now, done.sound, &done.wrong)
            }
            _ => Err("it is about no recovery"),
        }
    }

    fn recovery_asked(
        &mut self,
        event: &StoredEvent,
        ask: &RecoveryAsked,
    ) -> Result<(), &'static str> {
        let now = event.at;
        self.recoveries.living.retain(|_, r| r.lives(now));
        if ask.until > now.plus(RECOVERY_LASTS) || !self.recoveries.known.insert(ask.recovery) {
            return Err("the recovery was asked for before, or waits for longer than any");
        }
        if self.recoveries.living.len() >= RECOVERIES_MAX {
            return Err("more recoveries wait than may at the same time");
        }
        let by = match (&ask.by, event.actor) {
            (None, Some(actor)) => self.people.name_of(Some(actor)),
            (Some(signed), None) => {
                let card = self.key_holders.card(&signed.holder);
                card.ok_or("no key holder of the room asks")?
                    .name()
                    .to_owned()
            }
            _ => return Err("a recovery is asked for by one person or one key holder"),
        };
        let places = match &ask.what {
            Recover::Atom { atom, person } => {
                let person = self
                    .people
                    .active(*person)
                    .ok_or("it is for nobody of the room")?;
                if person.holdings.contains_key(atom) {
                    return Err("the person holds the atom already");
                }
                if self
                    .atoms
                    .get(*atom)
                    .is_none_or(|a| a.name == AtomRole::Quorum)
                {
                    return Err("nobody holds the atom that is asked for");
                }
                self.epochs_of([*atom])
            }
            Recover::Person {
                person, verifier, ..
            } => {
                let person = self
                    .people
                    .active(*person)
                    .ok_or("it is for nobody of the room")?;
                decode::<Digest>(verifier).map_err(|_| "the code's digest cannot be read")?;
                self.epochs_of(person.holdings.keys().copied())
            }
            Recover::KeyHolders { cards, quorum, .. } => {
                KeyHolders::quorum_of(cards, *quorum)?;
                self.epochs_of(self.atoms.iter().map(|a| a.id))
            }
        };
        let recovery = Recovery {
            id: ask.recovery,
            what: ask.what.clone(),
            by,
            asked_at: now,
            until: ask.until,
            places,
            needed: usize::from(self.key_holders.quorum()),
            offered: None,
            given: BTreeMap::new(),
            rekeyed: false,
        };
        self.recoveries.living.insert(recovery.id, recovery);
        Ok(())
    }

    fn epochs_of(&self, atoms: impl IntoIterator<Item = AtomId>) -> Vec<AtomKey> {
        let mut atoms: Vec<AtomId> = atoms.into_iter().collect();
        atoms.sort_unstable();
        atoms
            .into_iter()
            .flat_map(|atom| {
                self.atoms
                    .epochs(atom)
                    .map(move |epoch| AtomKey { atom, epoch })
            })
            .collect()
    }

    /// Somebody joined with a recovery's code, and offers keys.
    pub(super) fn offered(
        &mut self,
        (invitation, person): (InvitationId, PersonId),
        keys: &[u8],
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let keys = decode::<PersonPublic>(keys).map_err(|_| "the offered keys cannot be read")?;
        let id = self.recoveries.joined(invitation, now).map(|r| r.id);
        let recovery = self
            .recoveries
            .of(id.ok_or("it names an unknown invitation")?, now)?;
        if recovery.person() != Some(person) {
            return Err("somebody joined as another person than the code is for");
        }
        recovery.offered = Some(keys);
        Ok(())
    }

    fn share_given(&mut self, given: &ShareGiven, now: Timestamp) -> Result<(), &'static str> {
        let card = self.key_holders.card(&given.by.holder);
        let holder = card.ok_or("no key holder of the room gave")?.id();
        let digest = decode(&given.given).map_err(|_| "a digest cannot be read")?;
        let recovery = self.recoveries.of(given.recovery, now)?;
        let next = recovery.given.len() as u64;
        let given = recovery.given.entry(holder);
        given.or_insert(Given { row: next, digest }).digest = digest;
        Ok(())
    }

    fn rekeyed(
        &mut self,
        rekeyed: &Rekeyed,
        now: Timestamp,
        index: u64,
    ) -> Result<(), &'static str> {
        let keys =
            decode::<PersonPublic>(&rekeyed.keys).map_err(|_| "the bound keys cannot be read")?;
        let recovery = self.recoveries.of(rekeyed.recovery, now)?;
        let right = recovery.is_complete()
            && !recovery.rekeyed
            && recovery.person() == Some(rekeyed.person)
            && recovery.offered.as_ref() == Some(&keys);
        if !right {
            return Err("keys were bound that the key holders did not agree to");
        }
        recovery.rekeyed = true;
        let (id, person) = (recovery.id, rekeyed.person);
        // What else was asked for the person was to be given to the former keys.
        let other = |r: &Recovery| r.person() == Some(person) && r.id != id;
        self.recoveries.living.retain(|_, r| !other(r));
        self.people.rekey(person, keys, index, &self.policy)
    }

    fn recovered(&mut self, recovered: &Recovered, now: Timestamp) -> Result<(), &'static str> {
        let recovery = self.recoveries.of(recovered.recovery, now)?;
        let person = recovery.person().ok_or("it recovers for nobody")?;
        let bound = recovery.rekeyed || matches!(recovery.what, Recover::Atom { .. });
        if !recovery.is_complete() || !bound {
            return Err("it recovers what the key holders did not give");
        }
        let recovery = self.recoveries.living.remove(&recovered.recovery);
        let places = recovery.expect("it was there").places;
        let held = &self
            .people
            .get(person)
            .ok_or("it recovers for nobody")?
            .holdings;
        let due: BTreeSet<AtomKey> = places
            .into_iter()
            .filter(|place| !held.contains_key(&place.atom))
            .collect();
        let got: BTreeSet<AtomKey> = recovered
            .holdings
            .iter()
            .map(|made| AtomKey {
                atom: made.atom,
                epoch: made.epoch,
            })
            .collect();
        if due != got || got.len() != recovered.holdings.len() {
            return Err("it recovers other atoms than were asked for");
        }
        self.people
            .hold_all(person, &recovered.holdings, &self.atoms, &self.policy)
    }

    fn key_holders_changed(
        &mut self,
        changed: &KeyHoldersChanged,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let recovery = self.recoveries.of(changed.recovery, now)?;
        let Recover::KeyHolders { cards, quorum, .. } = &recovery.what else {
            return Err("the key holders were changed by another recovery");
        };
        if !recovery.is_complete() {
            return Err("the key holders were changed without enough of them");
        }
        let dealt = changed.atoms.iter().map(|a| AtomKey {
            atom: a.atom,
            epoch: a.epoch,
        });
        if !dealt.eq(recovery.places.iter().copied()) {
            return Err("not every atom was split anew");
        }
        self.key_holders.change(cards, *quorum, changed)?;
        // What the former ones gave for something else does not fit what the new ones would give.
        self.recoveries
            .living
            .retain(|id, r| *id != changed.recovery && r.is_complete());
        Ok(())
    }
}
