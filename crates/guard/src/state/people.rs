//! Persons: who was invited, whose keys are bound, who may act, who holds what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use strongroom_label::{AtomName, Clearance, ClearanceBits, Policy};
use strongroom_record::event::{Act, Genesis, HoldingMade, Role, StoredEvent};
use strongroom_record::{AtomId, HoldingId, InvitationId, PersonId, Timestamp, decode};
use strongroom_seal::atom::AtomRole;
use strongroom_seal::digest::Digest;
use strongroom_seal::person::PersonPublic;

use super::Atoms;
use super::bounds::each_once;
use crate::founding::account_name;
use crate::limits::INVITATION_LASTS;

/// An invitation that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Invitation {
    pub(crate) id: InvitationId,
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) verifier: Digest,
    pub(crate) until: Timestamp,
    /// Who gave it out.
    pub(crate) by: Option<PersonId>,
}

/// How far a person has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Has made keys that no officer has confirmed.
    Joined,
    /// Confirmed: the keys are believed.
    Active,
    /// Has left.
    Departed,
}

/// A person of the room.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) standing: Standing,
    pub(crate) keys: PersonPublic,
    /// Keys of before, each with the index of the event from which on they were the person's no more.
    pub(super) former: Vec<(u64, PersonPublic)>,
    /// What the person holds: the atom's private half is sealed in these holdings, one an epoch. Who holds
    /// an atom holds all epochs of it.
    pub(crate) holdings: BTreeMap<AtomId, BTreeMap<u32, HoldingId>>,
    /// Authorised, and not yet sealed by a holder.
    pub(crate) pending: BTreeSet<AtomId>,
    pub(crate) clearance: Clearance,
    pub(crate) bits: ClearanceBits,
    /// Refused attempts since the last sign-in.
    pub(crate) refused_since: u32,
    /// Sign-ins so far.
    pub(crate) sign_ins: u64,
    /// Who invited the person; nobody the founder.
    pub(crate) invited_by: Option<PersonId>,
}

impl Person {
    /// The keys that were the person's when an event stood at an index of the ledger.
    pub(crate) fn keys_at(&self, index: u64) -> &PersonPublic {
        let then = self.former.iter().find(|(until, _)| index < *until);
        then.map_or(&self.keys, |(_, keys)| keys)
    }
    /// Whether a key of these is, or was, the person's.
    pub(crate) fn shares_a_key(&self, keys: &PersonPublic) -> bool {
        let same = |other: &PersonPublic| {
            other.kem() == keys.kem() || other.verifying() == keys.verifying()
        };
        same(&self.keys) || self.former.iter().any(|(_, former)| same(former))
    }
    /// The index of the event that bound the present keys, where others were bound before.
    pub(crate) fn rekeyed_at(&self) -> Option<u64> {
        self.former.last().map(|(until, _)| *until)
    }
    /// Confirmed, and with the role.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.standing == Standing::Active && self.roles.contains(&role)
    }
}

/// The persons of the room.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(super) by_id: HashMap<PersonId, Person>,
    pub(super) names: BTreeMap<String, PersonId>,
    pub(super) invitations: BTreeMap<InvitationId, Invitation>,
}

impl People {
    pub(crate) fn get(&self, id: PersonId) -> Option<&Person> {
        self.by_id.get(&id)
    }
    pub(crate) fn named(&self, name: &str) -> Option<&Person> {
        self.names.get(name).map(|id| &self.by_id[id])
    }
    /// In the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.names.values().map(|id| &self.by_id[id])
    }
    pub(crate) fn invitations(&self) -> impl Iterator<Item = &Invitation> {
        self.invitations.values()
    }
    pub(crate) fn invitation(&self, id: InvitationId) -> Option<&Invitation> {
        self.invitations.get(&id)
    }
    /// The account name, for listings. A person who acted is known.
    pub(crate) fn name_of(&self, id: Option<PersonId>) -> String {
        id.and_then(|id| self.get(id))
            .map_or_else(|| "unknown".to_owned(), |p| p.name.clone())
    }
    /// Whether nobody but this person was ever a confirmed security officer: one who left was a second hand.
    pub(crate) fn lone_officer(&self, person: PersonId) -> bool {
        let was =
            |p: &Person| p.standing != Standing::Joined && p.roles.contains(&Role::SecurityOfficer);
        !self.by_id.values().any(|p| p.id != person && was(p))
    }
    /// Whether a sealing or a signing key is, or was, that of a person other than this one.
    pub(crate) fn has_keys_of_another(&self, keys: &PersonPublic, of: PersonId) -> bool {
        let mut others = self.by_id.values().filter(|p| p.id != of);
        others.any(|p| p.shares_a_key(keys))
    }

    pub(super) fn found(&mut self, genesis: &Genesis, policy: &Policy) -> Result<(), &'static str> {
        let roles = [Role::SecurityOfficer, Role::RecordsOfficer, Role::Reader];
        account_name(&genesis.founder_name)?;
        self.add(
            genesis.founder,
            &genesis.founder_name,
            roles.into(),
            Standing::Active,
            &genesis.founder_keys,
            policy,
        )
    }

    fn add(
        &mut self,
        id: PersonId,
        name: &str,
        roles: BTreeSet<Role>,
        standing: Standing,
        keys: &[u8],
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let keys =
            decode::<PersonPublic>(keys).map_err(|_| "the person's public keys cannot be read")?;
        if self.names.contains_key(name) || self.by_id.contains_key(&id) {
            return Err("the person exists already");
        }
        self.names.insert(name.to_owned(), id);
        self.by_id.insert(
            id,
            Person {
                id,
                name: name.to_owned(),
                roles,
                standing,
                keys,
                former: Vec::new(),
                holdings: BTreeMap::new(),
                pending: BTreeSet::new(),
                clearance: Clearance::default(),
                bits: ClearanceBits::new(policy, &Clearance::default())
                    .map_err(|_| "an empty clearance")?,
                refused_since: 0,
                sign_ins: 0,
                invited_by: None,
            },
        );
        Ok(())
    }

    fn person(&mut self, id: PersonId) -> Result<&mut Person, &'static str> {
        self.by_id.get_mut(&id).ok_or("it names an unknown person")
    }

    /// A holding was sealed to a person.
    pub(super) fn hold(
        &mut self,
        person: PersonId,
        atom: AtomId,
        epoch: u32,
        holding: HoldingId,
        atoms: &Atoms,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let role = &atoms
            .in_epoch(atom, epoch)
            .ok_or("it names an unknown atom")?
            .name;
        let person = self.person(person)?;
        let held = person.holdings.entry(atom).or_default();
        if held.insert(epoch, holding).is_some() {
            return Err("the atom is sealed to the person twice");
        }
        person.pending.remove(&atom);
        if let AtomRole::Label(name) = role {
            person.clearance.insert(name.clone());
            person.bits = ClearanceBits::new(policy, &person.clearance)
                .map_err(|_| "the policy does not know the atom")?;
        }
        Ok(())
    }

    /// Atoms were sealed to a person: every epoch of each.
    pub(super) fn hold_all(
        &mut self,
        person: PersonId,
        holdings: &[HoldingMade],
        atoms: &Atoms,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        for made in holdings {
            self.hold(person, made.atom, made.epoch, made.holding, atoms, policy)?;
        }
        let held = &self.person(person)?.holdings;
        let whole =
            |made: &HoldingMade| held[&made.atom].keys().copied().eq(atoms.epochs(made.atom));
        if !holdings.iter().all(whole) {
            return Err("an atom was sealed without all of its epochs");
        }
        Ok(())
    }

    /// A person is to get atoms, for which a request was approved.
    pub(super) fn authorise(
        &mut self,
        person: PersonId,
        atoms: BTreeSet<AtomId>,
    ) -> Result<(), &'static str> {
        self.person(person)?.pending.extend(atoms);
        Ok(())
    }

    /// A confirmed person.
    pub(crate) fn active(&self, id: PersonId) -> Option<&Person> {
        self.get(id).filter(|p| p.standing == Standing::Active)
    }

    /// Other keys were bound to a person: what was sealed to the former ones waits to be sealed anew.
    pub(super) fn rekey(
        &mut self,
        id: PersonId,
        keys: PersonPublic,
        index: u64,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let person = self.person(id)?;
        let former = std::mem::replace(&mut person.keys, keys);
        person.former.push((index, former));
        let held = std::mem::take(&mut person.holdings);
        person.pending.extend(held.into_keys());
        person.clearance = Clearance::default();
        person.bits =
            ClearanceBits::new(policy, &person.clearance).map_err(|_| "an empty clearance")?;
        Ok(())
    }

    /// A person leaves: what was the person's is nobody's any more. Gives what was held.
    pub(super) fn depart(
        &mut self,
        id: PersonId,
        policy: &Policy,
    ) -> Result<BTreeSet<AtomId>, &'static str> {
        let person = self.person(id)?;
        if person.standing != Standing::Active {
            return Err("somebody left who was not there");
        }
        person.standing = Standing::Departed;
        let held = std::mem::take(&mut person.holdings);
        person.pending.clear();
        person.clearance = Clearance::default();
        person.bits =
            ClearanceBits::new(policy, &person.clearance).map_err(|_| "an empty clearance")?;
        Ok(held.into_keys().collect())
    }

    /// Compiles every clearance anew, against the next version of the policy.
    pub(super) fn compile(&mut self, policy: &Policy) -> Result<(), &'static str> {
        for person in self.by_id.values_mut() {
            person.bits = ClearanceBits::new(policy, &person.clearance)
                .map_err(|_| "the policy does not know an atom that somebody holds")?;
        }
        Ok(())
    }

    /// Who holds an atom.
    pub(crate) fn holders_of(&self, atom: AtomId) -> BTreeSet<PersonId> {
        self.by_id
            .values()
            .filter(|p| p.holdings.contains_key(&atom))
            .map(|p| p.id)
            .collect()
    }

    /// Takes in an event about persons.
    pub(super) fn apply(
        &mut self,
        event: &StoredEvent,
        atoms: &Atoms,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        match &event.act {
            Act::Invited {
                invitation,
                name,
                roles,
                verifier,
                until,
            } => {
                account_name(name)?;
                if *until > event.at.plus(INVITATION_LASTS) {
                    return Err("an invitation is good for longer than any");
                }
                let roles = roles_once(roles)?;
                if self
                    .named(name)
                    .is_some_and(|p| p.standing != Standing::Joined)
                {
                    return Err("a person of this name exists already, or did");
                }
                self.invitations.retain(|_, i| i.name != *name);
                let verifier =
                    decode(verifier).map_err(|_| "the invitation's digest cannot be read")?;
                self.invitations.insert(
                    *invitation,
                    Invitation {
                        id: *invitation,
                        name: name.clone(),
                        roles,
                        verifier,
                        until: *until,
                        by: event.actor,
                    },
                );
            }
            Act::Joined {
                invitation,
                person,
                keys,
            } => {
                let used = self
                    .invitations
                    .remove(invitation)
                    .ok_or("it names an unknown invitation")?;
                // Keys that nobody confirmed give way: someone else may have joined in that name.
                if let Some(before) = self.names.get(&used.name).copied()
                    && self
                        .by_id
                        .get(&before)
                        .is_some_and(|p| p.standing == Standing::Joined)
                {
                    self.names.remove(&used.name);
                    self.by_id.remove(&before);
                }
                self.add(
                    *person,
                    &used.name,
                    used.roles,
                    Standing::Joined,
                    keys,
                    policy,
                )?;
                self.person(*person)?.invited_by = used.by;
            }
            Act::Confirmed {
                person,
                keys,
                roles,
                ..
            } => {
                let keys = decode::<PersonPublic>(keys)
                    .map_err(|_| "the confirmed keys cannot be read")?;
                let roles = roles_once(roles)?;
                let person = self.person(*person)?;
                if person.standing == Standing::Departed {
                    return Err("it confirms somebody who has left");
                }
                if person.keys != keys {
                    return Err("the confirmed keys are not those that were offered");
                }
                person.standing = Standing::Active;
                person.roles = roles;
            }
            Act::ClearanceAuthorised {
                person,
                atoms: wanted,
                ..
            } => {
                if !each_once(wanted) || wanted.iter().any(|id| atoms.get(*id).is_none()) {
                    return Err("a clearance names an unknown atom, or one twice");
                }
                let person = self.person(*person)?;
                for atom in wanted {
                    if !person.holdings.contains_key(atom) {
                        person.pending.insert(*atom);
                    }
                }
            }
            Act::ClearanceSealed {
                person, holdings, ..
            } => {
                let pending = &self.person(*person)?.pending;
                if !holdings.iter().all(|made| pending.contains(&made.atom)) {
                    return Err("a clearance was sealed that nobody authorised");
                }
                self.hold_all(*person, holdings, atoms, policy)?;
            }
            Act::SignedIn => {
                let person = self.person(event.actor.ok_or("nobody signed in")?)?;
                person.refused_since = 0;
                person.sign_ins += 1;
            }
            Act::SignInRefused {
                person: Some(person),
            } => {
                let person = self.person(*person)?;
                person.refused_since = person.refused_since.saturating_add(1);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A person's roles, each of them once.
fn roles_once(roles: &[Role]) -> Result<BTreeSet<Role>, &'static str> {
    if roles.is_empty() || !each_once(roles) {
        return Err("a person has no role, or one twice");
    }
    Ok(roles.iter().copied().collect())
}

/// The atom names that a set of atoms stands for; atoms of office have none.
pub(crate) fn label_names<'s, 'i>(
    atoms: &'s Atoms,
    ids: impl IntoIterator<Item = &'i AtomId>,
) -> BTreeSet<&'s AtomName> {
    let names = ids
        .into_iter()
        .filter_map(|id| match &atoms.get(*id)?.name {
            AtomRole::Label(name) => Some(name),
            AtomRole::Inspectors | AtomRole::Quorum => None,
        });
    names.collect()
}
