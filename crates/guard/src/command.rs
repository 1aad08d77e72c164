//! Commands: the events of one act, their rows, the person's signature, and one commit for all.
//!
//! A command is built, then [submitted](Command::submit), then [waited for](Submitted::wait). Only
//! waiting makes a [`Durable`], and only a `Durable` lets text out or moves the state. So "log
//! before light" is not a rule that callers follow: there is no other way through.
//!
//! Time: the instant of a command is taken while its place in the ledger is, under one lock, so the
//! times of the ledger never run backwards.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use minicbor::Encode;
use strongroom_record::event::{
    Act, CommandRow, EVENT_VERSION, FieldTag, Requested, SealedField, StoredEvent,
};
use strongroom_record::{CommandId, EventId, PersonId, RoomId, SessionId, Stream, Timestamp};
use strongroom_seal::{SigningKey, domain};
use strongroom_tlog::commit::{
    BodyRoot, CommandTree, Commitment, Field, FieldTag as Tag, FieldTree, Salt, SaltSeed,
    SignatureCommitment, commit,
};
use strongroom_tlog::entry::{Entry, EntryOpening};
use strongroom_vault::{Commit, Key, Pending};

use crate::fault::Fault;
use crate::kinds;
use crate::state::{State, Trail};
use crate::store::Store;

/// The instant of the last event; the lock that gives events their place and time.
///
/// The lock is held while the vault's queue is full, so what only asks for the time goes past it.
pub(crate) struct Order {
    places: Mutex<()>,
    last: AtomicU64,
}

impl Order {
    /// Time begins not before the last event and the last checkpoint that are known.
    pub(crate) fn since(last: Timestamp) -> Self {
        Self {
            places: Mutex::new(()),
            last: AtomicU64::new(last.millis()),
        }
    }
    fn take(&self) -> MutexGuard<'_, ()> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The present instant: no later one, of an event or a checkpoint, is before it. Waits for nobody.
    pub(crate) fn now(&self, clock: Timestamp) -> Timestamp {
        let before = self.last.fetch_max(clock.millis(), Ordering::AcqRel);
        clock.max(Timestamp::from_millis(before))
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    pub(crate) person: PersonId,
    pub(crate) session: Option<SessionId>,
}

/// An act being put together.
pub(crate) struct Command<'a> {
    store: &'a Store,
    room: RoomId,
    id: CommandId,
    actor: Option<Actor>,
    request: Option<Requested>,
    ids: Stream,
    /// For everything else that the act draws.
    pub(crate) dice: Stream,
    events: Vec<StoredEvent>,
    commit: Commit,
}

impl<'a> Command<'a> {
    /// Begins an act. Event ids come from a stream of their own, so that they do not depend on how
    /// much else the act draws.
    pub(crate) fn begin(
        store: &'a Store,
        room: RoomId,
        actor: Option<Actor>,
        request: Option<Requested>,
        mut stream: Stream,
    ) -> Self {
        let mut ids = stream.fork();
        let id = CommandId::random(&mut ids);
        Self {
            store,
            room,
            id,
            actor,
            request,
            ids,
            dice: stream.fork(),
            events: Vec::new(),
            commit: Commit::new(),
        }
    }

    /// The command's id.
    pub(crate) fn id(&self) -> CommandId {
        self.id
    }
    /// The event that was added last.
    pub(crate) fn last_event(&self) -> Option<EventId> {
        self.events.last().map(|event| event.id)
    }
    /// The id that the next event will have, for what must be bound to it beforehand.
    pub(crate) fn draw_event_id(&mut self) -> EventId {
        EventId::random(&mut self.ids)
    }
    /// Adds an event.
    pub(crate) fn event(&mut self, act: Act) -> EventId {
        let id = self.draw_event_id();
        self.event_as(id, act, Vec::new());
        id
    }
    /// Adds an event under an id that was drawn for it, with sealed statements.
    pub(crate) fn event_as(&mut self, id: EventId, act: Act, sealed: Vec<SealedField>) {
        self.events.push(StoredEvent {
            version: EVENT_VERSION,
            room: self.room,
            id,
            at: Timestamp::from_millis(0),
            actor: self.actor.map(|a| a.person),
            session: self.actor.and_then(|a| a.session),
            request: self.request,
            act,
            seed: self.ids.bytes(),
            sealed,
            command: None,
        });
    }
    /// The root over the first event's fields, if its time is `at`: what a founder's bundle names.
    pub(crate) fn first_body_root(&mut self, at: Timestamp) -> [u8; 32] {
        let first = self.events.first_mut().expect("the command has an event");
        first.at = at;
        *body_root(first).as_bytes()
    }
    /// Adds a row.
    pub(crate) fn put(&mut self, key: Key, bytes: &[u8]) {
        self.store.put(&mut self.commit, key, bytes, &mut self.dice);
    }
    /// Has a row made anew from its bytes while the command is written.
    pub(crate) fn remake(
        &mut self,
        key: Key,
        make: impl Fn(&[u8], &mut Stream) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) {
        self.store
            .remake(&mut self.commit, key, &mut self.dice, make);
    }
    /// Bytes of rows that it holds in memory so far.
    pub(crate) fn bytes(&self) -> usize {
        self.commit.bytes()
    }
    /// Removes a row.
    pub(crate) fn delete(&mut self, key: Key) {
        self.commit.delete(key);
    }
    /// Adds a row that the store has wrapped already.
    pub(crate) fn put_covered(&mut self, key: Key, covered: Vec<u8>) {
        self.commit.put(key, covered);
    }
    /// Adds a row that is encoded here.
    pub(crate) fn put_row<T: Encode<()>>(&mut self, key: Key, row: &T) {
        self.store
            .put_row(&mut self.commit, key, row, &mut self.dice);
    }

    /// Gives the events their time and their place in the ledger, and hands them to the vault.
    ///
    /// With a signing key the person signs once, over the roots of all the events.
    pub(crate) fn submit(
        mut self,
        order: &Order,
        clock: Timestamp,
        signing: Option<&SigningKey>,
    ) -> Submitted {
        let _places = order.take();
        let now = order.now(clock);
        for event in &mut self.events {
            event.at = now;
            event.command = signing.map(|_| self.id);
        }
        let bodies: Vec<BodyRoot> = self.events.iter().map(body_root).collect();
        let signature = signing.map(|key| self.sign(&bodies, key));
        for (event, body) in self.events.iter().zip(&bodies) {
            let signature = signature.unwrap_or_else(|| unsigned(event));
            let entry = EntryOpening {
                body: *body,
                signature,
            }
            .entry();
            self.commit.entry(entry.to_bytes(), *event.id.as_bytes());
            self.store.put_row(
                &mut self.commit,
                kinds::event(event.id),
                event,
                &mut self.dice,
            );
        }
        let pending = self.store.vault.submit(self.commit);
        Submitted {
            events: self.events,
            pending,
        }
    }

    fn sign(&mut self, bodies: &[BodyRoot], key: &SigningKey) -> SignatureCommitment {
        let tree = CommandTree::new(bodies).expect("a signed command has events, and not too many");
        let message = command_message(self.room, self.id, tree.root().as_bytes());
        let signature = key.sign(domain::SIGN_COMMAND, &message);
        let salt: [u8; 32] = self.dice.bytes();
        let row = CommandRow {
            person: self.actor.expect("who signs acts").person,
            events: self.events.iter().map(|e| e.id).collect(),
            signature: signature.as_bytes().to_vec().into(),
            salt,
        };
        self.store.put_row(
            &mut self.commit,
            kinds::command(self.id),
            &row,
            &mut self.dice,
        );
        SignatureCommitment::present(&Salt::new(salt), &row.signature)
    }
}

/// What a person signs for a command: room, command, and the root over its events.
pub(crate) fn command_message(room: RoomId, command: CommandId, root: &[u8; 32]) -> Vec<u8> {
    [room.as_bytes().as_slice(), command.as_bytes(), root].concat()
}

/// The root over an event's fields.
pub(crate) fn body_root(event: &StoredEvent) -> BodyRoot {
    FieldTree::root_of(&event_fields(event)).expect("an event has fields, and few")
}

/// The commitment that stands for the signature of an event without one.
fn unsigned(event: &StoredEvent) -> SignatureCommitment {
    SignatureCommitment::absent(&SaltSeed::new(event.seed).salt(Tag::new(0)))
}

/// The committed fields of an event: the clear ones under salts that follow from its seed, then the
/// sealed ones, whose salts are sealed with them.
pub(crate) fn event_fields(event: &StoredEvent) -> Vec<Field> {
    let seed = SaltSeed::new(event.seed);
    let mut fields = Vec::with_capacity(FieldTag::ALL.len() + event.sealed.len());
    event.each_field(|tag, value| {
        let tag = Tag::new(tag as u16);
        fields.push(Field {
            tag,
            commitment: commit(tag, &seed.salt(tag), value),
        });
    });
    let sealed = event
        .sealed
        .iter()
        .zip(FieldTag::FIRST_SEALED..)
        .map(|(field, tag)| Field {
            tag: Tag::new(tag),
            commitment: Commitment::from_bytes(field.commitment),
        });
    fields.extend(sealed);
    fields
}

/// The commitment to the signature that covers an event, or to its absence.
pub(crate) fn signature_commitment(
    event: &StoredEvent,
    command: Option<&CommandRow>,
) -> SignatureCommitment {
    command.map_or_else(
        || unsigned(event),
        |row| SignatureCommitment::present(&Salt::new(row.salt), &row.signature),
    )
}

/// The entry that the ledger must hold for an event.
pub(crate) fn entry_of(event: &StoredEvent, command: Option<&CommandRow>) -> Entry {
    EntryOpening {
        body: body_root(event),
        signature: signature_commitment(event, command),
    }
    .entry()
}

/// A command in the queue of the vault.
#[must_use = "nothing has happened until the command is durable"]
pub(crate) struct Submitted {
    events: Vec<StoredEvent>,
    pending: Pending,
}

impl Submitted {
    /// Waits until the command is in the ledger for good.
    pub(crate) fn wait(self) -> Result<Durable, Fault> {
        let position = self.pending.wait()?;
        Ok(Durable {
            events: self.events,
            first: position.first,
        })
    }
}

/// Events that are durable: the proof that lets text out and moves the state.
#[must_use = "what is durable moves the state"]
pub(crate) struct Durable {
    events: Vec<StoredEvent>,
    first: u64,
}

impl Durable {
    fn indexed(&self) -> impl Iterator<Item = (&StoredEvent, u64)> {
        self.events.iter().zip(self.first..)
    }
    /// Moves the state on.
    pub(crate) fn apply(&self, state: &mut State) -> Result<(), Fault> {
        for (event, index) in self.indexed() {
            state.apply(event, index)?;
        }
        Ok(())
    }
    /// Notes the events in the index of the ledger.
    pub(crate) fn note(&self, trail: &mut Trail) {
        for (event, index) in self.indexed() {
            trail.note(event, index);
        }
    }
    /// The events, in order.
    pub(crate) fn events(&self) -> &[StoredEvent] {
        &self.events
    }
    /// When they happened.
    pub(crate) fn at(&self) -> Timestamp {
        self.events.last().expect("a command has events").at
    }
}
