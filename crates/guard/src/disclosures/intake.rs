//! What anybody may ask without a session.

use data_encoding::{BASE64, HEXLOWER};
use strongroom_record::disclosure::{BATCH_PLACES, DISCLOSURE_MESSAGES_MAX};
use strongroom_record::{DisclosureId, Route, decode, encode};
use strongroom_seal::disclosure::{
    ACCESS_BYTES, Brought, SEALED_MESSAGE_MAX_BYTES, SealedMessage, id_of,
};
use strongroom_tlog::tree::{LeafIndex, TreeSize};
use strongroom_vault::Spool;

use crate::api::{
    DisclosedAnswer, DisclosedMessage, DisclosedQuery, DisclosedShown, DisclosureBrought,
    DisclosureKeyShown, DisclosureProof, ReceiptShown, RouteShown,
};
use crate::disclosures::batch::shows_what_holds;
use crate::disclosures::{DisclosedRow, ReplyRow, no_spool, spool_fails};
use crate::fault::{Fault, Stop};
use crate::guard::{Core, Guard, IssuedCopy};
use crate::kinds;
use crate::limits::{DISCLOSURE_SMALL_MAX_BYTES, DISCLOSURES_COME_BACK, DISCLOSURES_SMALL_PART};
use crate::refusal::{Code, Refusal};
use crate::rules::Rules;
use crate::state::{Disclosure, State, disclosure_tree, inspectors};

/// Longest message as it is brought: what is sealed, and the proof that its sender has the code.
pub const BROUGHT_MAX_BYTES: usize = SEALED_MESSAGE_MAX_BYTES + (4 << 10);

impl Guard {
    /// The key that disclosures are sealed to, with the proof that the ledger binds it. Needs no session.
    ///
    /// # Errors
    /// The room has bound none yet, or is closed.
    pub fn disclosure_key(&self) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| core.disclosure_key())
            .map(|a| IssuedCopy::of(&a))
    }
    /// Takes in a message, as its sender's side sealed it. Needs no session, and keeps nothing of who brought it.
    ///
    /// # Errors
    /// It is none, it does not follow what is here under its code, there is no room for it at present, or the room is
    /// closed.
    pub fn disclose(&self, bytes: &[u8]) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| core.disclose(bytes))
            .map(|a| IssuedCopy::of(&a))
    }
    /// What became of what was disclosed under a code. Needs no session.
    ///
    /// # Errors
    /// There is nothing under such a code, or the room is closed.
    pub fn disclosed(&self, ask: &DisclosedQuery) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| core.disclosed(ask))
            .map(|a| IssuedCopy::of(&a))
    }
}

/// The one refusal for every code under which nothing lies.
fn no_such_code() -> Refusal {
    Refusal::new(Code::NotFound, "nothing was disclosed to this room under such a code")
        .hint("check the seven words, and the room; what was brought just now and was refused is not here")
}

impl Core {
    fn disclosure_key(&self) -> Result<DisclosureKeyShown, Stop> {
        // After a change nobody is to wait for the next tick to have it proved.
        let changed = {
            let state = self.state();
            state.disclosures.last().is_some() && !shows_what_holds(&state)
        };
        if changed {
            self.take_disclosures()?;
        }
        let (event, key, routes) = {
            let state = self.state();
            let last = state.disclosures.last().ok_or_else(|| {
                Refusal::new(
                    Code::Conflict,
                    "this room has not bound the inspectors' key for disclosures yet",
                )
                .hint("it does so within seconds of being opened; try again")
            })?;
            let key = inspectors(&state.atoms).map_err(Fault::Missing)?;
            let routes = state.rules.as_ref().map_or(&[][..], Rules::routes);
            (
                last.event,
                encode(key),
                routes.iter().map(|r| route_shown(&state, r)).collect(),
            )
        };
        Ok(DisclosureKeyShown {
            room: self.room.to_string(),
            suite: self.suite.id().number(),
            key: BASE64.encode(&key),
            routes,
            proof: self.batch_shown(event)?,
        })
    }

    /// A batch's event with its proof: what it shows, and nothing of what is in it.
    fn batch_shown(&self, event: strongroom_record::EventId) -> Result<ReceiptShown, Stop> {
        let index = self
            .trail()
            .index_of(event)
            .ok_or(Fault::Missing("the place of an event in the ledger"))?;
        let checkpoint = self.checkpoint_for(index)?;
        Ok(self.shown_in_ledger(&self.stored_event(event)?, index, checkpoint)?)
    }

    fn disclose(&self, bytes: &[u8]) -> Result<DisclosureBrought, Stop> {
        let brought = self.read_brought(bytes)?;
        let message = brought.message;
        let _door = self.door.take();
        let spool = self.spool().ok_or_else(no_spool)?;
        self.may_come(spool, &message)?;
        let key = kinds::disclosed(message.disclosure, message.number);
        let name = format!("disclosed {} {}", message.disclosure, message.number);
        let mut dice = self.env.entropy.stream(name.as_bytes());
        let row = DisclosedRow {
            salt: dice.bytes(),
            message,
        };
        let covered = self.store.cover(key, &encode(&row), &mut dice);
        let keep_free = if covered.len() <= DISCLOSURE_SMALL_MAX_BYTES {
            0
        } else {
            spool.bytes() / DISCLOSURES_SMALL_PART
        };
        spool.put(key, &covered, keep_free).map_err(spool_fails)?;
        Ok(DisclosureBrought {
            number: row.message.number,
            digest: row.message.digest().to_string(),
        })
    }

    fn read_brought(&self, bytes: &[u8]) -> Result<Brought, Refusal> {
        let malformed = || {
            Refusal::invalid("this is no sealed message to the inspectors")
                .hint("`strongroom disclose` makes one; docs/api.md says how")
        };
        if bytes.len() > BROUGHT_MAX_BYTES {
            return Err(malformed());
        }
        let brought: Brought = decode(bytes).map_err(|_| malformed())?;
        let message = &brought.message;
        let sealed_here = message.is_formed(self.env.floor)
            && message.disclosure == id_of(&brought.access)
            && (1..=DISCLOSURE_MESSAGES_MAX).contains(&message.number);
        if !sealed_here {
            return Err(malformed());
        }
        let state = self.state();
        let key = inspectors(&state.atoms).map_err(|_| malformed())?;
        if (message.atom, message.epoch) != (key.id, key.epoch) {
            return Err(Refusal::new(
                Code::Conflict,
                "the message is sealed to a key that the inspectors gave up meanwhile",
            )
            .hint("ask for the key again, and seal it anew"));
        }
        let routes = |name| {
            state
                .rules
                .as_ref()
                .is_some_and(|r| r.route(name).is_some())
        };
        if message.route.as_ref().is_some_and(|name| !routes(name)) {
            return Err(Refusal::new(
                Code::NotFound,
                "this room has no such route for disclosures",
            )
            .hint("`disclose --routes` lists them; nothing was taken"));
        }
        Ok(brought)
    }

    /// Whether a message follows what is here under its code, and this hour takes it.
    fn may_come(&self, spool: &Spool, message: &SealedMessage) -> Result<(), Refusal> {
        let state = self.state();
        let waiting = Waiting::of(&state, spool, message.disclosure);
        if waiting.next != message.number {
            return Err(Refusal::new(
                Code::Conflict,
                "under this code another message is to come next",
            )
            .hint(
                "it was brought already, or one before it was not; come back with the code to see",
            ));
        }
        let known = waiting.next > 1;
        let places = BATCH_PLACES - if known { 0 } else { DISCLOSURES_COME_BACK };
        if waiting.this_hour >= places {
            return Err(Refusal::new(
                Code::Limit,
                "as many messages came this hour as are taken in an hour; nothing was taken",
            )
            .hint("try again after the full hour, with the same text"));
        }
        Ok(())
    }

    fn disclosed(&self, ask: &DisclosedQuery) -> Result<DisclosedShown, Stop> {
        let access: [u8; ACCESS_BYTES] = BASE64
            .decode(ask.access.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| Refusal::invalid("the proof of access is 32 bytes in base 64"))?;
        let id = id_of(&access);
        let (taken, answers, waiting) = {
            let state = self.state();
            let found = state.disclosures.get(id);
            let taken = found.map_or(Vec::new(), |d| d.messages.clone());
            let answers = found.map_or(Vec::new(), |d| d.answers.clone());
            let acknowledged = found.map_or(0, |d| d.acknowledged);
            let waiting = self
                .spool()
                .map_or(0, |spool| waiting_of(&state, spool, id));
            (taken, answers, (waiting, acknowledged))
        };
        let (waiting, acknowledged) = waiting;
        if taken.is_empty() && waiting == 0 {
            return Err(no_such_code().into());
        }
        let mut messages = Vec::with_capacity(taken.len() + waiting);
        for (number, message) in (1..).zip(&taken) {
            let proof = self.disclosure_proof(id, number, message)?;
            messages.push(DisclosedMessage {
                number,
                at: Some(message.at.to_string()),
                acknowledged: (number as usize) <= acknowledged,
                lost: proof.is_none(),
                proof,
            });
        }
        for number in (1..).skip(taken.len()).take(waiting) {
            messages.push(DisclosedMessage {
                number,
                at: None,
                acknowledged: false,
                lost: false,
                proof: None,
            });
        }
        let mut shown = Vec::with_capacity(answers.len());
        for (number, answer) in (1..).zip(&answers) {
            let sealed = match answer.reply {
                None => None,
                Some(_) => {
                    let key = kinds::disclosure_reply(id, number);
                    let row: ReplyRow = self.store.row(key, "an answer to a disclosure")?;
                    Some(BASE64.encode(&row.0))
                }
            };
            shown.push(DisclosedAnswer {
                number,
                at: answer.at.to_string(),
                sealed,
            });
        }
        Ok(DisclosedShown {
            room: self.room.to_string(),
            disclosure: id.to_string(),
            messages,
            answers: shown,
        })
    }

    /// The proof that a message was taken in; none where it is not there any more.
    fn disclosure_proof(
        &self,
        id: DisclosureId,
        number: u32,
        message: &crate::state::DisclosedMessage,
    ) -> Result<Option<DisclosureProof>, Stop> {
        let row = self.disclosed_row(id, number)?;
        let Some(row) = row.filter(|row| row.leaf() == message.leaf) else {
            return Ok(None);
        };
        let event = self.stored_event(message.batch)?;
        let strongroom_record::event::Act::DisclosuresTaken(taken) = &event.act else {
            return Err(Fault::Damaged("a batch of disclosures").into());
        };
        let tree = disclosure_tree(&taken.places).map_err(Fault::Damaged)?;
        let size = TreeSize::new(BATCH_PLACES as u64).map_err(|_| Fault::Damaged("a batch"))?;
        let path = tree
            .prove_inclusion(size, LeafIndex::new(message.place.into()))
            .map_err(|_| Fault::Damaged("a place of a batch of disclosures"))?;
        Ok(Some(DisclosureProof {
            room: self.room.to_string(),
            disclosure: id.to_string(),
            number,
            digest: HEXLOWER.encode(row.message.digest().as_bytes()),
            salt: HEXLOWER.encode(&row.salt),
            path: BASE64.encode(&path.to_bytes()),
            batch: self.batch_shown(message.batch)?,
        }))
    }
}

fn route_shown(state: &State, route: &Route) -> RouteShown {
    RouteShown {
        name: route.name.as_str().to_owned(),
        about: route.about.clone(),
        inspectors: route.inspectors.clone(),
        outside: route.outside.clone(),
        to_every_inspector: state.names_no_inspector(route),
    }
}

/// What has come and is in no batch yet.
struct Waiting {
    /// The number that the next message under the code has.
    next: u32,
    /// How many wait under all codes.
    this_hour: usize,
}

impl Waiting {
    fn of(state: &State, spool: &Spool, id: DisclosureId) -> Self {
        let here = state.disclosures.taken(id) + waiting_of(state, spool, id);
        Self {
            next: u32::try_from(here + 1).unwrap_or(u32::MAX),
            this_hour: pending(state, spool).count(),
        }
    }
}

/// The messages in a spool that are in no batch yet, with their keys' parts.
pub(super) fn pending<'a>(
    state: &'a State,
    spool: &Spool,
) -> impl Iterator<Item = (DisclosureId, u32)> + 'a {
    let keys = spool.keys().into_iter();
    keys.filter(|key| key.kind == kinds::DISCLOSED)
        .filter_map(|key| {
            Some((
                DisclosureId::from_bytes(key.id),
                key.counter.try_into().ok()?,
            ))
        })
        .filter(|(id, number): &(DisclosureId, u32)| {
            *number as usize > state.disclosures.taken(*id)
        })
}

fn waiting_of(state: &State, spool: &Spool, id: DisclosureId) -> usize {
    pending(state, spool).filter(|(of, _)| *of == id).count()
}

/// Whether a disclosure has come as far as the ledger says.
pub(super) fn numbers(disclosure: &Disclosure) -> impl Iterator<Item = u32> {
    (1..).take(disclosure.messages.len())
}
