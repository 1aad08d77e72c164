//! Inviting, joining, confirming, clearing.
//!
//! A person's keys are made on that person's side; the room gets public halves, and private ones
//! wrapped under a passphrase it does not know. They are believed when a security officer has
//! confirmed the fingerprint that the person read out. A clearance takes two signatures: an
//! officer's, and that of a holder of each atom, who seals it anew.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use strongroom_record::approval::Asked;
use strongroom_record::event::{Act, HoldingMade, Role};
use strongroom_record::{
    ApprovalRequestId, AtomId, EventId, HoldingId, InvitationId, PersonId, RoomId, Stream, decode,
    encode,
};
use strongroom_seal::{
    AtomPrivate, AtomRole, Bundle, Digest, Fingerprint, Holding, KemPublic, PersonPublic,
    Signature, digest, domain,
};

use crate::api::{
    ClearanceChanged, ClearanceGrant, ClearanceShown, Confirm, Invite, Invited, JoinBegin,
    JoinFacts, JoinFinish, Joined, PersonName, PersonRow, PersonRows,
};
use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::founding::account_name;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::laws::Law;
use crate::limits::INVITATION_LASTS;
use crate::look_alike::look_alike;
use crate::recovery::Invited as Joining;
use crate::refusal::{Code, Refusal};
use crate::requests::{by_rule, checked_words, may_let_in, statement};
use crate::rules::Ruled;
use crate::state::{INSPECTORS, Invitation, Person, Standing, State, label_names};

const SECRET_BYTES: usize = 16;
const GENESIS_BYTES: usize = 16;

/// A one-time code: which invitation, its secret, and the beginning of the digest of the room's first event,
/// so that the joining side knows that it talks to the room it was invited to.
pub(crate) struct InvitationCode {
    invitation: InvitationId,
    secret: [u8; SECRET_BYTES],
    genesis: [u8; GENESIS_BYTES],
}

impl InvitationCode {
    /// Draws a code for an invitation to this room.
    pub(crate) fn random(state: &State, dice: &mut Stream) -> Self {
        let secret: [u8; SECRET_BYTES] = dice.bytes();
        Self {
            invitation: InvitationId::random(dice),
            secret,
            genesis: state.genesis_root[..GENESIS_BYTES]
                .try_into()
                .expect("a digest is longer"),
        }
    }
    pub(crate) fn invitation(&self) -> InvitationId {
        self.invitation
    }
    pub(crate) fn secret(&self) -> &[u8; SECRET_BYTES] {
        &self.secret
    }
    pub(crate) fn text(&self) -> String {
        let bytes = [
            self.invitation.as_bytes().as_slice(),
            &self.secret,
            &self.genesis,
        ]
        .concat();
        data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase()
    }
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE32_NOPAD
            .decode(text.trim().to_ascii_uppercase().as_bytes())
            .ok()?;
        let bytes: [u8; 16 + SECRET_BYTES + GENESIS_BYTES] = bytes.try_into().ok()?;
        Some(Self {
            invitation: InvitationId::from_bytes(bytes[..16].try_into().ok()?),
            secret: bytes[16..32].try_into().ok()?,
            genesis: bytes[32..].try_into().ok()?,
        })
    }
}

/// The beginning of the genesis digest that an invitation code holds, for the joining side to compare.
pub fn genesis_in_code(code: &str) -> Option<[u8; GENESIS_BYTES]> {
    InvitationCode::parse(code).map(|c| c.genesis)
}

impl Core {
    pub(crate) fn person_invite(&self, asking: &Asking, ask: &Invite) -> Result<Invited, Stop> {
        account_name(&ask.name).map_err(Refusal::invalid)?;
        let roles = parse_roles(&ask.roles)?;
        let request = asking.request(self.room, ask.request.as_deref(), "person-invite", ask)?;
        let mut state = self.state_mut();
        asking.may(&state, Role::SecurityOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let taken = |p: &Person| p.standing != Standing::Joined;
        if state.people.named(&ask.name).is_some_and(taken) {
            return Err(Refusal::new(
                Code::Conflict,
                format!("there is, or was, a person named {} already", ask.name),
            )
            .hint("`person list` shows the persons of the room; names are not used twice")
            .into());
        }
        self.not_taken_for_another(&state, &ask.name)?;
        let replaces = state.people.named(&ask.name).is_some()
            || state.people.invitations().any(|i| i.name == ask.name);
        let mut command = self.command(asking, request);
        let code = InvitationCode::random(&state, &mut command.dice);
        let until = self.now().plus(INVITATION_LASTS);
        let id = command.event(Act::Invited {
            invitation: code.invitation,
            name: ask.name.clone(),
            roles: roles.into_iter().collect(),
            verifier: encode(&verifier(&code.secret)).into(),
            until,
        });
        self.enact(&mut state, command, asking.signer())?;
        Ok(Invited {
            name: ask.name.clone(),
            code: code.text(),
            until: until.to_string(),
            receipt: id.to_string(),
            replaces,
        })
    }

    /// Refuses a name that people would take for that of somebody who is, or was, in the room, or is invited.
    fn not_taken_for_another(&self, state: &State, name: &str) -> Result<(), Refusal> {
        let now = self.now();
        let invited = state.people.invitations().filter(|i| now < i.until);
        let mut names = state
            .people
            .iter()
            .map(|person| person.name.as_str())
            .chain(invited.map(|invitation| invitation.name.as_str()));
        match names.find(|other| *other != name && look_alike(other, name)) {
            None => Ok(()),
            Some(other) => Err(Refusal::new(
                Code::Conflict,
                format!(
                    "{name} would be taken for {other}, who is or was in this room, or is invited"
                ),
            )
            .hint("choose a name that differs by more than the case or the look of its letters")),
        }
    }

    /// The invitation that a code is for, if the code is right and has not lapsed.
    fn invitation(&self, state: &State, code: &str) -> Result<Joining, Refusal> {
        let refused = || {
            Refusal::new(Code::NotFound, "the invitation code is not valid: mistyped, used, lapsed or replaced by a newer one")
                .hint("ask the security officer for a new invitation")
        };
        let code = InvitationCode::parse(code).ok_or_else(refused)?;
        let joining = self.invited(state, code.invitation).ok_or_else(refused)?;
        let invitation = joining.invitation();
        let right = verifier(&code.secret) == invitation.verifier;
        if !right || self.now() >= invitation.until {
            return Err(refused());
        }
        Ok(joining)
    }

    pub(crate) fn join_begin(&self, ask: &JoinBegin) -> Result<JoinFacts, Stop> {
        let state = self.state();
        let joining = self.invitation(&state, &ask.code)?;
        let invitation = joining.invitation();
        let floor = state.policy.passphrase();
        Ok(JoinFacts {
            room: state.genesis.room.to_string(),
            invitation: invitation.id.to_string(),
            person: joining.person().to_string(),
            name: invitation.name.clone(),
            again: matches!(joining, Joining::Again(..)),
            suite: state.genesis.suite,
            genesis: data_encoding::HEXLOWER.encode(&state.genesis_root),
            passphrase_words: usize::from(floor.words),
            passphrase_own_min: floor.own_chars.map(usize::from),
        })
    }

    pub(crate) fn join_finish(&self, ask: &JoinFinish) -> Result<Joined, Stop> {
        let malformed = |what: &str| Refusal::invalid(format!("{what} cannot be read"));
        let mut state = self.state_mut();
        let joining = self.invitation(&state, &ask.code)?;
        let invitation = joining.invitation();
        let keys = BASE64
            .decode(ask.keys.as_bytes())
            .map_err(|_| malformed("the public keys"))?;
        let public = decode::<PersonPublic>(&keys).map_err(|_| malformed("the public keys"))?;
        let bundle = BASE64
            .decode(ask.bundle.as_bytes())
            .map_err(|_| malformed("the wrapped keys"))?;
        decode::<Bundle>(&bundle).map_err(|_| malformed("the wrapped keys"))?;
        let proof = BASE64
            .decode(ask.proof.as_bytes())
            .map_err(|_| malformed("the proof of possession"))?;
        Signature::from_bytes(&proof)
            .ok()
            .and_then(|proof| {
                public
                    .check_possession(
                        self.env.floor,
                        self.room,
                        invitation.id,
                        &invitation.name,
                        &proof,
                    )
                    .ok()
            })
            .ok_or_else(|| {
                Refusal::invalid("the proof of possession does not fit the public keys")
            })?;
        let person = joining.person();
        if state.people.has_keys_of_another(&public, person) {
            return Err(Refusal::new(
                Code::Conflict,
                "these keys belong to another person of the room, or did",
            )
            .hint("a key is one person's: have the joining side make new ones")
            .into());
        }
        let mut command = self.command_of_nobody(&ask.code);
        command.put(joining.bundle(), &bundle);
        command.event(Act::Joined {
            invitation: invitation.id,
            person,
            keys: keys.into(),
        });
        self.enact(&mut state, command, None)?;
        Ok(Joined {
            name: invitation.name.clone(),
            fingerprint: public.fingerprint().to_string(),
        })
    }

    pub(crate) fn person_confirm(
        &self,
        asking: &Asking,
        ask: &Confirm,
    ) -> Result<ClearanceChanged, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "person-confirm", ask)?;
        let mut state = self.state_mut();
        let actor = asking.active(&state)?;
        may_let_in(&state, actor)?;
        self.not_done_before(asking, &state, request)?;
        let person = named(&state, &ask.name)?;
        if person.standing != Standing::Joined {
            return Err(
                Refusal::new(Code::Conflict, format!("{} is confirmed already", ask.name)).into(),
            );
        }
        if person.id == asking.session.person {
            return Err(Refusal::new(Code::NotAllowed, "nobody confirms himself").into());
        }
        let read_out: Fingerprint = ask
            .fingerprint
            .parse()
            .map_err(|e| Refusal::invalid(format!("{e}")))?;
        if person.keys.fingerprint() != read_out {
            return Err(Refusal::new(Code::Conflict, format!("this is not the fingerprint of the keys that the room has for {}", ask.name))
                .hint("have the person read it out again; if it still differs, someone else may have joined in that name: invite anew")
                .into());
        }
        state.may_admit(actor, person, self.now()).map_err(|_| {
            Refusal::new(
                Code::NotAllowed,
                "you invited this person, or stand for who did; somebody else confirms",
            )
            .hint("another security officer, or an inspector: two hands let a person in")
        })?;
        let act = Act::Confirmed {
            person: person.id,
            keys: encode(&person.keys).into(),
            roles: person.roles.iter().copied().collect(),
            lone_founder: state.is_lone_founder(asking.session.person),
        };
        let mut command = self.command(asking, request);
        let id = command.event(act);
        self.enact(&mut state, command, asking.signer())?;
        Ok(ClearanceChanged {
            name: ask.name.clone(),
            sealed: Vec::new(),
            pending: Vec::new(),
            asked: None,
            receipt: id.to_string(),
        })
    }

    pub(crate) fn person_list(&self, asking: &Asking) -> Result<PersonRows, Stop> {
        let state = self.state();
        asking.active(&state)?;
        let mut persons: Vec<PersonRow> = state
            .people
            .iter()
            .map(|p| PersonRow {
                name: p.name.clone(),
                roles: role_words(&p.roles),
                status: match p.standing {
                    Standing::Joined => "joined",
                    Standing::Active => "active",
                    Standing::Departed => "departed",
                }
                .to_owned(),
            })
            .collect();
        let now = self.now();
        persons.extend(
            state
                .people
                .invitations()
                .filter(|i| now < i.until)
                .map(|i| PersonRow {
                    name: i.name.clone(),
                    roles: role_words(&i.roles),
                    status: "invited".to_owned(),
                }),
        );
        persons.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(PersonRows { persons })
    }

    /// Clears a person: at once where the founder is alone, and for the rest by a request.
    pub(crate) fn clearance_grant(
        &self,
        asking: &Asking,
        ask: &ClearanceGrant,
    ) -> Result<ClearanceChanged, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "clearance-grant", ask)?;
        let mut state = self.state_mut();
        let actor = asking.active(&state)?;
        by_rule(&state, actor, Ruled::Clear)?;
        self.not_done_before(asking, &state, request)?;
        // A lone founder need not say why; who says it, says something.
        ask.because.as_deref().map(checked_words).transpose()?;
        let person = confirmed_named(&state, &ask.name)?;
        let wanted = cleared_for(&state, person, &ask.clearance)?;
        let person_id = person.id;
        let lone_founder = state.is_lone_founder(actor.id);
        let (own, mut others): (Vec<AtomId>, Vec<AtomId>) = wanted
            .iter()
            .copied()
            .partition(|id| lone_founder && actor.holdings.contains_key(id));
        let mut command = self.command(asking, request);
        let mut receipt = None;
        if !own.is_empty() {
            receipt = Some(command.event(Act::ClearanceAuthorised {
                person: person_id,
                atoms: own.clone(),
                lone_founder,
            }));
            self.seal_atoms(asking, &state, &mut command, person_id, &own, None)?;
        }
        let mut made = None;
        let pending = clearance_words(&state, &others);
        if !others.is_empty() {
            others.sort_unstable();
            let asked = Asked::Clear {
                person: person_id,
                atoms: others,
            };
            let because = ask.because.as_deref().unwrap_or_default();
            let statement = statement(&state, actor, &asked, None, None, because)?;
            made = Some(self.put_request(asking, &state, &mut command, asked, &statement)?);
        }
        let receipt = receipt.map(|id| id.to_string());
        let changed = ClearanceChanged {
            name: ask.name.clone(),
            sealed: clearance_words(&state, &own),
            pending,
            asked: made.as_ref().map(|made| made.id.clone()),
            receipt: receipt
                .or(made.as_ref().map(|made| made.receipt.clone()))
                .expect("something was done"),
        };
        self.enact(&mut state, command, asking.signer())?;
        if let Some(made) = &made {
            self.call_for(&state, made);
        }
        Ok(changed)
    }

    /// Seals atoms that the session holds to a person.
    pub(crate) fn seal_atoms(
        &self,
        asking: &Asking,
        state: &State,
        command: &mut Command<'_>,
        to: PersonId,
        atoms: &[AtomId],
        request: Option<ApprovalRequestId>,
    ) -> Result<EventId, Stop> {
        let holder = state
            .people
            .get(asking.session.person)
            .expect("who asks is known");
        let person = state.people.get(to).expect("who is cleared is known");
        let event = command.draw_event_id();
        let mut holdings = Vec::new();
        let places = atoms
            .iter()
            .flat_map(|id| state.atoms.epochs(*id).map(|epoch| (*id, epoch)));
        for place in places {
            let private = asking
                .session
                .keyring
                .atom(&self.store, state, holder, place)?;
            let to = (to, person.keys.kem());
            holdings.push(seal_holding(command, self.room, &private, to, event)?);
        }
        command.event_as(
            event,
            Act::ClearanceSealed {
                person: to,
                holdings,
                request,
            },
            Vec::new(),
        );
        Ok(event)
    }

    pub(crate) fn clearance_show(
        &self,
        asking: &Asking,
        ask: &PersonName,
    ) -> Result<ClearanceShown, Stop> {
        let state = self.state();
        let actor = asking.active(&state)?;
        let me = state
            .people
            .get(asking.session.person)
            .expect("who asks is known");
        let person = match &ask.name {
            Some(name) => named(&state, name)?,
            None => me,
        };
        // An officer knows all clearances; others know their own, and of others' what they hold themselves.
        let officer = me.may(Role::SecurityOfficer);
        #[cfg(feature = "planted-leaks")]
        let officer = officer || crate::planted::is(crate::planted::Leak::CodewordHeld);
        let known = |id: &&AtomId| officer || actor.holdings.contains_key(id);
        let held = person.holdings.keys().filter(known);
        let asked = state.approvals.waiting(self.now()).into_iter();
        let asked: BTreeSet<AtomId> = asked
            .filter(|r| state.is_unchanged(r) && r.asked.subject() == Some(person.id))
            .flat_map(|r| state.due_atoms(r, None))
            .collect();
        let pending = person.pending.union(&asked).filter(known);
        #[cfg(feature = "planted-leaks")]
        let pending = pending.chain(crate::planted::pending(&asked));
        Ok(ClearanceShown {
            name: person.name.clone(),
            held: words(&state, held),
            pending: clearance_words(&state, pending),
        })
    }
}

/// The words for atoms of the policy, as clearances are written, in the policy's order.
pub(crate) fn words<'a>(state: &State, atoms: impl IntoIterator<Item = &'a AtomId>) -> Vec<String> {
    let names = label_names(&state.atoms, atoms);
    let all = state.policy.atoms().iter();
    all.filter(|a| names.contains(a))
        .map(|a| a.to_string())
        .collect()
}

/// The same, and behind them the inspectors' own.
pub(crate) fn clearance_words<'a>(
    state: &State,
    atoms: impl IntoIterator<Item = &'a AtomId>,
) -> Vec<String> {
    let atoms: Vec<&AtomId> = atoms.into_iter().collect();
    let inspectors = state.atoms.standing_for(&AtomRole::Inspectors);
    let mut words = words(state, atoms.iter().copied());
    if inspectors.is_some_and(|own| atoms.contains(&&own.id)) {
        words.push(INSPECTORS.to_owned());
    }
    words
}

/// A person whose keys are believed: what is sealed goes to keys.
pub(crate) fn confirmed_named<'a>(state: &'a State, name: &str) -> Result<&'a Person, Refusal> {
    let person = named(state, name)?;
    if person.standing == Standing::Active {
        return Ok(person);
    }
    if person.has_left() {
        return Err(Refusal::new(Code::Conflict, format!("{name} has left")));
    }
    Err(Refusal::new(Code::Conflict, format!("{name} is not confirmed yet"))
        .hint("`person confirm` comes first: a clearance is sealed to keys, and these are not believed yet"))
}

/// The atoms of a clearance that a person does not hold yet: one at least.
pub(crate) fn cleared_for(
    state: &State,
    person: &Person,
    clearance: &str,
) -> Result<Vec<AtomId>, Refusal> {
    let mut wanted = atoms_named(state, person, clearance)?;
    wanted.retain(|id| !person.holdings.contains_key(id));
    if wanted.is_empty() {
        let name = &person.name;
        return Err(Refusal::new(
            Code::Conflict,
            format!("{name} holds all of this already"),
        ));
    }
    Ok(wanted)
}

/// The atoms that the text of a clearance names: those of the policy, or the inspectors' own, which is for inspectors.
fn atoms_named(state: &State, person: &Person, text: &str) -> Result<Vec<AtomId>, Refusal> {
    if text.trim() == INSPECTORS {
        Law::OfficeForOffice
            .ensure(person.may(Role::Inspector))
            .map_err(|_| {
                Refusal::new(
                    Code::Conflict,
                    format!(
                        "{} is no inspector, and what is sealed to the inspectors is for them alone",
                        person.name
                    ),
                )
                .hint("`person list` shows everyone's roles")
            })?;
        let atom = state.atoms.standing_for(&AtomRole::Inspectors);
        return Ok(atom.map(|atom| atom.id).into_iter().collect());
    }
    let clearance = state
        .policy
        .parse_clearance(text)
        .map_err(|e| Refusal::no_marking(format!("this is not a clearance of the policy: {e}")))?;
    let atoms = clearance.atoms();
    Ok(atoms
        .filter_map(|name| state.atoms.named(&name).map(|a| a.id))
        .collect())
}

/// Seals an atom's private half of one epoch to a person, because of an event.
pub(crate) fn seal_holding(
    command: &mut Command<'_>,
    room: RoomId,
    private: &AtomPrivate,
    to: (PersonId, &KemPublic),
    event: EventId,
) -> Result<HoldingMade, Fault> {
    let holding = HoldingId::random(&mut command.dice);
    let sealed =
        Holding::seal(room, private, holding, to, event, &mut command.dice).map_err(|_| {
            Fault::Damaged("a person's keys are of another suite than the room's atoms")
        })?;
    command.put_row(kinds::holding(holding), &sealed);
    Ok(HoldingMade {
        atom: private.id(),
        epoch: private.epoch(),
        holding,
    })
}

/// A person's id follows from the invitation: the joining side must bind it before the room knows the keys.
pub(crate) fn person_of(invitation: &Invitation) -> PersonId {
    let digest = digest(domain::INVITED_PERSON, &[invitation.id.as_bytes()]);
    PersonId::from_bytes(
        digest.as_bytes()[..16]
            .try_into()
            .expect("a digest is longer"),
    )
}

/// A confirmed person of the room.
pub(crate) fn active_named<'a>(state: &'a State, name: &str) -> Result<&'a Person, Refusal> {
    let person = named(state, name)?;
    if person.standing == Standing::Active {
        return Ok(person);
    }
    Err(
        Refusal::new(Code::Conflict, format!("{name} is not confirmed yet"))
            .hint("`person confirm` comes first; a person who has not been confirmed holds nothing to recover"),
    )
}

fn named<'a>(state: &'a State, name: &str) -> Result<&'a Person, Refusal> {
    state.people.named(name).ok_or_else(|| {
        if state.people.invitations().any(|i| i.name == name) {
            return Refusal::new(
                Code::Conflict,
                format!("{name:?} is invited and has not joined yet"),
            )
            .hint("`strongroom join CODE`, on that person's side, comes first");
        }
        Refusal::new(
            Code::NotFound,
            format!("there is no person named {name:?} in the room"),
        )
        .hint("`person list` shows the persons of the room")
    })
}

fn parse_roles(words: &[String]) -> Result<BTreeSet<Role>, Refusal> {
    if words.is_empty() {
        return Err(Refusal::invalid("a person needs at least one role"));
    }
    words
        .iter()
        .map(|w| {
            Role::from_word(w).ok_or_else(|| {
                let known: Vec<&str> = Role::ALL.iter().map(|r| r.word()).collect();
                Refusal::invalid(format!(
                    "there is no role {w:?}; the roles are {}",
                    known.join(", ")
                ))
            })
        })
        .collect()
}

/// The words for roles.
pub(crate) fn role_words(roles: &BTreeSet<Role>) -> Vec<String> {
    roles.iter().map(|r| r.word().to_owned()).collect()
}

/// What the room keeps of an invitation's secret.
pub(crate) fn verifier(secret: &[u8; SECRET_BYTES]) -> Digest {
    digest(domain::INVITATION_DIGEST, &[secret])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_spelling_but_for_capitals_and_space_around_it() {
        let code = InvitationCode {
            invitation: InvitationId::from_bytes([0x42; 16]),
            secret: [0x42; SECRET_BYTES],
            genesis: [0x42; GENESIS_BYTES],
        };
        let text = code.text();
        for typed in [text.clone(), text.to_uppercase(), format!(" {text}\n")] {
            let read = InvitationCode::parse(&typed).map(|c| c.text());
            assert_eq!(read.as_ref(), Some(&text), "{typed}");
        }
        // Outside ASCII there are letters whose capital is one of the code's: `ı`, `ſ`.
        assert!(text.contains('i'), "{text}");
        let other = text.replacen('i', "\u{131}", 1);
        assert!(InvitationCode::parse(&other).is_none());
    }
}
