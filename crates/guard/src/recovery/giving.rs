//! What key holders ask of the room without a session, and what they give.

use data_encoding::BASE64;
use strongroom_record::encode;
use strongroom_record::event::Act;
use strongroom_record::recovery::{HolderSigned, Recover, Rekeyed, ShareGiven};
use strongroom_seal::{
    AskedShares, GivenShare, GivenShares, HolderId, KeyHolderCard, SealedShare, ShareAnswer,
    ShareRequest,
};

use crate::api::{
    HolderChallenge, HolderGave, HolderGive, HolderProof, HolderRequest, HolderRequests,
    ShareAsked, Waiting,
};
use crate::fault::{Fault, Stop};
use crate::gathering::{answer, unknown_holder};
use crate::guard::{Asking, Core, IssuedCopy};
use crate::kinds;
use crate::recovery::asking::signature;
use crate::recovery::claims::Claim;
use crate::refusal::{Code, Refusal};
use crate::state::{Recovery, State};

impl Core {
    /// Does what a key holder asks.
    pub(crate) fn key_holder(&self, ask: &HolderRequest) -> Result<IssuedCopy, Stop> {
        match ask {
            HolderRequest::Challenge => Ok(IssuedCopy::of(&self.challenge())),
            HolderRequest::Requests(proof) => {
                let state = self.state();
                let holder = self.proved(&state, proof)?.id();
                self.requests(&state, holder).map(|a| IssuedCopy::of(&a))
            }
            HolderRequest::Shares(proof) => {
                let state = self.state();
                let holder = self.proved(&state, proof)?.id();
                self.shares(&state, holder).map(|a| IssuedCopy::of(&a))
            }
            HolderRequest::Give(ask) => self.give(ask).map(|a| IssuedCopy::of(&a)),
            HolderRequest::Ask(ask) => self.holder_asks(ask).map(|a| IssuedCopy::of(&a)),
            HolderRequest::Rehearsed(ask) => self.rehearsed(ask).map(|a| IssuedCopy::of(&a)),
        }
    }

    /// A fresh challenge.
    pub(crate) fn challenge(&self) -> HolderChallenge {
        let challenge: [u8; 32] = self.env.entropy.stream(&self.desk.next_name()).bytes();
        self.desk.challenged(challenge, self.now());
        HolderChallenge {
            room: self.room.to_string(),
            challenge: BASE64.encode(&challenge),
        }
    }

    /// The card of a key holder of the room, by the id.
    pub(crate) fn card<'s>(
        &self,
        state: &'s State,
        id: &str,
    ) -> Result<&'s KeyHolderCard, Refusal> {
        let mut cards = state.key_holders.cards().iter();
        cards
            .find(|card| card.id().to_string() == id)
            .ok_or_else(unproved)
    }

    /// Who asks, if the challenge was answered by the holder of a card.
    fn proved<'s>(
        &self,
        state: &'s State,
        proof: &HolderProof,
    ) -> Result<&'s KeyHolderCard, Refusal> {
        let challenge = challenge(&proof.challenge)?;
        let signature = signature(&proof.signature)?;
        let card = self.card(state, &proof.holder)?;
        // Its answer is one try: a wrong one needs another challenge.
        let asked = self.desk.answered(&challenge, self.now());
        let claim = Claim::Present { challenge };
        if asked && claim.check(self.env.floor, self.room, card, &signature) {
            Ok(card)
        } else {
            Err(unproved())
        }
    }

    fn requests(&self, state: &State, holder: HolderId) -> Result<HolderRequests, Stop> {
        let mut requests = Vec::new();
        for recovery in state.recoveries.living(self.now()) {
            let request = self.request_to(state, recovery, holder)?;
            requests.push(ShareAsked {
                recovery: recovery.id.to_string(),
                asked: request.is_none().then(|| self.line(state, recovery)),
                request: request.map(|r| BASE64.encode(&encode(&r))),
                given: recovery.given.contains_key(&holder),
                waiting: self.waiting(recovery),
            });
        }
        Ok(HolderRequests { requests })
    }

    fn waiting(&self, recovery: &Recovery) -> Waiting {
        Waiting {
            room: self.room.to_string(),
            what: "recovery shares".to_owned(),
            given: recovery.given.len(),
            needed: recovery.needed,
        }
    }

    /// What one key holder is asked for; none while somebody has yet to join, or if the recovery is one of
    /// key holders that the guard lost its own key for.
    pub(crate) fn request_to(
        &self,
        state: &State,
        recovery: &Recovery,
        holder: HolderId,
    ) -> Result<Option<ShareRequest>, Stop> {
        let lost = matches!(recovery.what, Recover::KeyHolders { .. })
            && self.desk.recipient(recovery.id).is_none();
        let Some((asked, recipient)) = state.asked_by(recovery).filter(|_| !lost) else {
            return Ok(None);
        };
        let rows = self.store.now()?;
        let mut shares: Vec<SealedShare> = Vec::with_capacity(recovery.places.len());
        for place in &recovery.places {
            let Some(share) = state.key_holders.share_of(*place, holder) else {
                return Ok(None);
            };
            let sealed: SealedShare = rows.row(kinds::share(share.id), "a recovery share")?;
            let facts = &sealed.facts;
            if facts.id != share.id
                || facts.digest != share.digest
                || facts.subject != *place
                || facts.holder != holder
            {
                return Err(Fault::Damaged(
                    "a recovery share is not the one that the ledger committed to",
                )
                .into());
            }
            shares.push(sealed);
        }
        Ok(Some(ShareRequest {
            room: self.room,
            recovery: recovery.id,
            asked: encode(&asked).into(),
            recipient,
            holder,
            shares: AskedShares::Atoms(shares),
        }))
    }

    fn give(&self, ask: &HolderGive) -> Result<HolderGave, Stop> {
        let answer = answer(&ask.answer)?;
        let mut state = self.state_mut();
        let card = state
            .key_holders
            .card(answer.holder.as_bytes())
            .ok_or_else(unknown_holder)?
            .clone();
        let id = answer.giving.recovery;
        let recovery = state
            .recoveries
            .get(id, self.now())
            .ok_or_else(no_such_recovery)?
            .clone();
        let request = self.request_to(&state, &recovery, card.id())?;
        let request = request.ok_or_else(not_yet)?;
        answer.check(self.env.floor, &request, &card).map_err(|e| {
            Refusal::new(Code::Conflict, e.to_string())
                .hint("ask for the request again, and answer that")
        })?;
        let given = atoms_of(&answer)?;
        if let Some(recipient) = self.desk.recipient(id) {
            // What the guard itself is given, it sees at once.
            for share in given {
                share
                    .take(self.env.floor, self.room, id, &recipient)
                    .map_err(|_| {
                        Refusal::new(
                            Code::Conflict,
                            "a share is not the one that this key holder keeps",
                        )
                    })?;
            }
        }
        let bytes = encode(&given.to_vec());
        let row = recovery
            .given
            .get(&card.id())
            .map_or(recovery.given.len() as u64, |given| given.row);
        let mut command =
            self.command_of_nobody(&format!("given {id} {} {}", card.id(), self.now()));
        command.put(kinds::given(id, row), &bytes);
        command.event(Act::ShareGiven(Box::new(ShareGiven {
            recovery: id,
            given: encode(&answer.giving.given).into(),
            by: HolderSigned {
                holder: *card.id().as_bytes(),
                signature: answer.signature.as_bytes().to_vec().into(),
            },
        })));
        let first = !recovery.given.contains_key(&card.id());
        let enough = recovery.given.len() + usize::from(first) >= recovery.needed;
        if enough
            && !recovery.rekeyed
            && let Recover::Person { person, .. } = recovery.what
        {
            self.rekey(&state, &mut command, &recovery, person)?;
        }
        self.enact(&mut state, command, None)?;
        let did = if enough {
            self.carry_out(&mut state, &recovery)?
        } else {
            None
        };
        let given = recovery.given.len() + usize::from(first);
        Ok(HolderGave {
            waiting: Waiting {
                given,
                ..self.waiting(&recovery)
            },
            did,
        })
    }

    /// Binds the offered keys: the wrapped private halves take the place of the former ones, and what was sealed
    /// to these goes.
    fn rekey(
        &self,
        state: &State,
        command: &mut crate::command::Command<'_>,
        recovery: &Recovery,
        person: strongroom_record::PersonId,
    ) -> Result<(), Stop> {
        let keys = recovery
            .offered
            .as_ref()
            .ok_or(Fault::Missing("the keys that a recovery is for"))?;
        let offered = kinds::offered_bundle(recovery.id);
        let bundle = self
            .store
            .get(offered, "the wrapped keys of who joined again")?;
        command.put(kinds::bundle(person), bundle.expose());
        command.delete(offered);
        let known = state.people.get(person).ok_or(Fault::Missing("a person"))?;
        for holding in known.holdings.values().flat_map(|epochs| epochs.values()) {
            command.delete(kinds::holding(*holding));
        }
        for other in state.recoveries.living(self.now()) {
            if other.person() == Some(person) && other.id != recovery.id {
                for key in self.rows_of(state, other.id) {
                    command.delete(key);
                }
            }
        }
        command.event(Act::Rekeyed(Rekeyed {
            recovery: recovery.id,
            person,
            keys: encode(keys).into(),
        }));
        Ok(())
    }

    /// What follows when enough have given.
    fn carry_out(&self, state: &mut State, recovery: &Recovery) -> Result<Option<String>, Stop> {
        match &recovery.what {
            Recover::KeyHolders { .. } => {
                self.replace(state, recovery.id)?;
                Ok(Some(
                    "every key is split among the new key holders".to_owned(),
                ))
            }
            Recover::Person { person, .. } => {
                if !recovery.rekeyed {
                    self.sessions.end_of(*person);
                }
                let name = state.people.name_of(Some(*person));
                Ok(Some(format!(
                    "{name} has the new keys, and gets what was held at the next sign-in"
                )))
            }
            Recover::Atom { person, .. } => {
                let name = state.people.name_of(Some(*person));
                let Some(session) = self.sessions.of(*person, self.now()) else {
                    return Ok(Some(format!("{name} gets it at the next sign-in")));
                };
                let wrong = self.collect(&Asking { session }, state, recovery.id)?;
                Ok(Some(match wrong {
                    None => format!("{name} holds it from now on"),
                    Some(words) => words,
                }))
            }
        }
    }
}

/// The shares of atoms in an answer.
fn atoms_of(answer: &ShareAnswer) -> Result<&[GivenShare], Refusal> {
    match &answer.shares {
        GivenShares::Atoms(given) => Ok(given),
        _ => Err(Refusal::invalid("these are no shares of atoms")),
    }
}

/// A challenge as it comes back.
pub(crate) fn challenge(base64: &str) -> Result<[u8; 32], Refusal> {
    BASE64
        .decode(base64.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Refusal::invalid("the challenge cannot be read"))
}

/// The one answer for a card that the room does not know, a signature that is wrong and a challenge that lapsed.
pub(crate) fn unproved() -> Refusal {
    Refusal::new(
        Code::SignInFailed,
        "this is not signed by a key holder of this room, or the challenge has lapsed",
    )
    .hint("check which private file or sheet it is, and try again")
}

/// No such recovery lives.
pub(crate) fn no_such_recovery() -> Refusal {
    Refusal::new(
        Code::NotFound,
        "there is no such recovery: it was never asked for, is done, was withdrawn, or has lapsed",
    )
    .hint("`recover list`, and for key holders `key-holder requests`, show those that wait")
}

/// A recovery for which nothing can be given now.
pub(crate) fn not_yet() -> Refusal {
    Refusal::new(Code::Conflict, "nothing can be given for this recovery now").hint(
        "if somebody has yet to join with its code, that comes first; otherwise it is to be asked for again",
    )
}
