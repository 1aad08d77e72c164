//! The guard: a room that is open, and the one way through it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::Serialize;
use strongroom_record::event::{Act, Requested, Role};
use strongroom_record::{PersonId, RequestId, RoomId, Stream, Timestamp, decode};
use strongroom_seal::{HouseKey, SigningKey, Suite, SuiteId};
use strongroom_tlog::checkpoint::{LogPublicKeys, SignedCheckpoint};
use strongroom_vault::Vault;
use zeroize::Zeroizing;

use crate::anew::{Behind, Task};
use crate::api::{JoinBegin, JoinFinish, LastCheck, Request, SignIn};
use crate::command::{Actor, Command, Order};
use crate::disclosures::Door;
use crate::docket::Questions;
use crate::env::Environment;
use crate::fault::{Fault, Stop};
use crate::in_flight::InFlight;
use crate::kinds;
use crate::ledger::Ledger;
use crate::limits::DISK_WAIT_MAX;
use crate::publish::{Outside, Patience, Publisher};
use crate::recovery::Desk;
use crate::refusal::Refusal;
use crate::session::{Peer, Session, Sessions, Token};
use crate::sign_in::SlowDown;
use crate::state::{Person, State, Trail};
use crate::store::Store;
use crate::taking_up::take_up;
use crate::under_way::UnderWay;
use crate::walk::Pace;
use crate::witnesses::Witnesses;

/// What leaves the guard: JSON that a decision let out, once its event was durable.
/// Only this crate makes one, and a service can send nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedCopy(Vec<u8>);

impl IssuedCopy {
    pub(crate) fn of<T: Serialize>(answer: &T) -> Self {
        Self(serde_json::to_vec(answer).expect("answers are JSON"))
    }
    /// The JSON.
    pub fn json(&self) -> &[u8] {
        &self.0
    }
    /// Takes the JSON out, for sending.
    pub fn into_json(self) -> Vec<u8> {
        self.0
    }
}

/// Does not print what it holds.
impl std::fmt::Debug for IssuedCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuedCopy({} bytes)", self.0.len())
    }
}

/// A room that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store holds no room, or another program's data.
    #[error("this store holds no room; `strongroom init` founds one")]
    NoRoom,
    /// The room uses a suite that is not accepted here.
    #[error("the room's cryptographic suite is not accepted by this program")]
    Suite,
    /// The house key belongs to another room.
    #[error("the house key does not open this room; is it another room's key file?")]
    HouseKey,
    /// The store cannot be read, or is not what the guard wrote.
    #[error("the room stays closed: {0}")]
    Fault(#[from] Fault),
}

/// Which room a store holds, and in which suite. This alone stands outside the house key's layer.
pub(crate) fn named(vault: &Vault) -> Result<(RoomId, SuiteId), OpenError> {
    let named = vault.get(kinds::room()).map_err(Fault::from)?;
    decode(&named.ok_or(OpenError::NoRoom)?).map_err(|_| OpenError::NoRoom)
}

/// Which room a store holds.
///
/// # Errors
/// It holds none, or cannot be read.
pub fn room_in(vault: &Vault) -> Result<RoomId, OpenError> {
    named(vault).map(|(room, _)| room)
}

/// A room under guard.
pub struct Guard {
    /// First, so that it has ended when the rest goes.
    behind: Behind,
    core: Arc<Core>,
}

/// The parts of an open room.
pub(crate) struct Core {
    pub(crate) env: Environment,
    pub(crate) room: RoomId,
    pub(crate) suite: Suite,
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
    pub(crate) slow_down: SlowDown,
    pub(crate) under_way: UnderWay,
    pub(crate) desk: Desk,
    pub(crate) door: Door,
    /// Whether what was disclosed has been taken in since the room was opened.
    pub(crate) took_in: AtomicBool,
    state: RwLock<State>,
    trail: Mutex<Trail>,
    pub(crate) in_flight: InFlight,
    ledger: Mutex<Arc<Ledger>>,
    pub(crate) policy_name: String,
    order: Order,
    closed: Mutex<Option<Fault>>,
    /// The checkpoint that is stored, once this process stored one.
    pub(crate) stored: Mutex<Option<SignedCheckpoint>>,
    /// Size of the ledger from which the state was kept last.
    pub(crate) kept: AtomicU64,
    /// One keeps at a time.
    pub(crate) keeping: Mutex<()>,
    /// Entries that were read anew since the room was opened from a kept state.
    pub(crate) read_anew: AtomicU64,
    /// Whether everything that the state follows from has been read by this process.
    pub(crate) proven: AtomicBool,
    pub(crate) publisher: Publisher,
    pub(crate) witnesses: Witnesses,
    /// What inspectors asked of the docket lately.
    pub(crate) questions: Questions,
    /// What the last check found that this process made.
    pub(crate) last_check: Mutex<Option<LastCheck>>,
    /// Account names for whom something came to wait that whoever runs the room was not told of.
    pub(crate) called: Mutex<BTreeSet<String>>,
}

/// A session asking for something.
pub(crate) struct Asking {
    pub(crate) session: Arc<Session>,
}

impl Asking {
    /// Who asks.
    pub(crate) fn person(&self) -> PersonId {
        self.session.person
    }
    /// The asker, if the session is still open when this is decided.
    pub(crate) fn active<'s>(&self, state: &'s State) -> Result<&'s Person, Refusal> {
        if self.session.is_over() {
            return Err(Refusal::not_signed_in());
        }
        state
            .people
            .active(self.session.person)
            .ok_or_else(Refusal::not_signed_in)
    }
    /// The asker, if the role is among the asker's.
    pub(crate) fn may<'s>(&self, state: &'s State, role: Role) -> Result<&'s Person, Refusal> {
        let person = self.active(state)?;
        if person.may(role) {
            Ok(person)
        } else {
            Err(Refusal::not_allowed(role.word()))
        }
    }
    /// The key that signs the asker's commands.
    pub(crate) fn signer(&self) -> Option<&SigningKey> {
        Some(&self.session.keyring.keys().signing)
    }
    /// The request id that the client chose, bound to all that is asked with it: the word for the request, and
    /// the request as the API writes it.
    pub(crate) fn request<T: Serialize>(
        &self,
        room: RoomId,
        text: Option<&str>,
        word: &str,
        ask: &T,
    ) -> Result<Option<Requested>, Refusal> {
        let ask = Zeroizing::new(serde_json::to_vec(ask).expect("requests are JSON"));
        let id = request_id(text)?;
        Ok(id.map(|id| self.requested(room, id, &[word.as_bytes(), &ask])))
    }
    /// A request id, bound to what is asked with it.
    pub(crate) fn requested(&self, room: RoomId, id: RequestId, asked: &[&[u8]]) -> Requested {
        let mark = self.session.keyring.keys().mark(room, asked);
        Requested { id, mark }
    }
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            person: self.session.person,
            session: Some(self.session.id),
        }
    }
}

/// The request id that a client chose.
pub(crate) fn request_id(text: Option<&str>) -> Result<Option<RequestId>, Refusal> {
    text.map(str::parse).transpose().map_err(|_| {
        Refusal::invalid(
            "the request id is malformed; it is 26 letters and digits chosen at random",
        )
    })
}

/// The state for as long as a decision takes.
pub(crate) struct StateRead<'a>(RwLockReadGuard<'a, State>);
/// The state while it is moved on.
pub(crate) struct StateWrite<'a>(RwLockWriteGuard<'a, State>);

impl std::ops::Deref for StateRead<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}
impl std::ops::Deref for StateWrite<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}
impl std::ops::DerefMut for StateWrite<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl Core {
    pub(crate) fn state(&self) -> StateRead<'_> {
        StateRead(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
    pub(crate) fn state_mut(&self) -> StateWrite<'_> {
        StateWrite(self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        // Held for no longer than this takes, so that it can always be had.
        Arc::clone(&self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
    pub(crate) fn trail(&self) -> MutexGuard<'_, Trail> {
        self.trail.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The present instant, never before the last event.
    pub(crate) fn now(&self) -> Timestamp {
        self.order.now(self.env.clock.now())
    }

    /// A random stream for an act: named by the request id if there is one, else by session and count.
    pub(crate) fn stream(&self, asking: &Asking, request: Option<Requested>) -> Stream {
        #[cfg(feature = "planted-leaks")]
        if let Some(stream) = crate::planted::stream(self) {
            return stream;
        }
        match request {
            Some(Requested { id, .. }) => self
                .env
                .entropy
                .stream(&[asking.session.person.as_bytes().as_slice(), id.as_bytes()].concat()),
            None => self.env.entropy.stream(&asking.session.next_act()),
        }
    }
    /// Whether the request was carried out before: then its receipts are the answer.
    ///
    /// # Errors
    /// It was; or its id was used for another request.
    pub(crate) fn not_done_before(
        &self,
        asking: &Asking,
        state: &State,
        request: Option<Requested>,
    ) -> Result<(), Stop> {
        let Some(Requested { id, mark }) = request else {
            return Ok(());
        };
        let Some(events) = state.requests.get(&(asking.session.person, id)) else {
            return Ok(());
        };
        let first = *events.first().expect("a request is noted with its event");
        let before = self.stored_event(first)?.request;
        if before.is_some_and(|before| before.mark == mark) {
            return Err(Refusal::already_done(events).into());
        }
        Err(Refusal::other_request().into())
    }
    /// Begins an act of a session.
    pub(crate) fn command(&self, asking: &Asking, request: Option<Requested>) -> Command<'_> {
        let stream = self.stream(asking, request);
        Command::begin(
            &self.store,
            self.room,
            Some(asking.actor()),
            request,
            stream,
        )
    }
    /// Begins a part of an act that takes several commits.
    pub(crate) fn command_in_part(
        &self,
        asking: &Asking,
        request: Option<Requested>,
        dice: Stream,
    ) -> Command<'_> {
        Command::begin(&self.store, self.room, Some(asking.actor()), request, dice)
    }
    /// Begins an act of someone who has no session, under a name for its random stream.
    pub(crate) fn command_of_nobody(&self, name: &str) -> Command<'_> {
        Command::begin(
            &self.store,
            self.room,
            None,
            None,
            self.env.entropy.stream(name.as_bytes()),
        )
    }
    /// Begins an act of a person whose session is only coming into being.
    pub(crate) fn command_of(&self, actor: Actor, stream: Stream) -> Command<'_> {
        Command::begin(&self.store, self.room, Some(actor), None, stream)
    }

    /// Hands an act to the ledger without waiting. The caller holds the state that it was decided on.
    pub(crate) fn submit(
        &self,
        command: Command<'_>,
        signer: Option<&SigningKey>,
    ) -> crate::command::Submitted {
        command.submit(&self.order, self.env.clock.now(), signer)
    }
    /// Does an act that moves the state: into the ledger for good, and then into effect, while
    /// nobody else decides.
    pub(crate) fn enact(
        &self,
        state: &mut State,
        command: Command<'_>,
        signer: Option<&SigningKey>,
    ) -> Result<(), Fault> {
        let durable = self.submit(command, signer).wait()?;
        durable.apply(state)?;
        durable.note(&mut self.trail());
        Ok(())
    }
    /// Records that something was asked for and refused.
    fn record_refusal(&self, asking: &Asking, asked: &str) -> Result<(), Fault> {
        let submitted = {
            let _state = self.state();
            let mut command = self.command(asking, None);
            command.event(Act::Refused {
                asked: asked.to_owned(),
            });
            self.submit(command, None)
        };
        submitted.wait()?.note(&mut self.trail());
        Ok(())
    }

    fn closed(&self) -> MutexGuard<'_, Option<Fault>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Closes the room. Of several reasons the first is told; but one that may pass gives way to one that
    /// does not.
    pub(crate) fn close_on(&self, fault: Fault) -> Refusal {
        let mut closed = self.closed();
        match &*closed {
            Some(told) if !told.may_pass() || fault.may_pass() => told.clone().into(),
            _ => closed.insert(fault).clone().into(),
        }
    }
    /// What came of trying again: the reason from now on, unless one is told that does not pass.
    fn stays_closed(&self, latest: Fault) {
        let mut closed = self.closed();
        if closed.as_ref().is_none_or(Fault::may_pass) {
            *closed = Some(latest);
        }
    }
    /// Opens the room again after what may pass has passed, unless something else has come.
    pub(crate) fn open_again(&self) {
        let mut closed = self.closed();
        if closed.as_ref().is_some_and(Fault::may_pass) {
            *closed = None;
        }
    }
    /// Why the room is closed, if it is. Waits for nobody, nor for the disk.
    pub(crate) fn closed_on(&self) -> Option<Fault> {
        let hanging = || {
            let waited = self.store.vault.stalled();
            let hangs = waited.filter(|waited| *waited >= DISK_WAIT_MAX);
            hangs.map(|waited| Fault::Hanging(waited.as_secs()))
        };
        self.closed().clone().or_else(hanging)
    }
    pub(crate) fn check_open(&self) -> Result<(), Refusal> {
        self.closed_on().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Runs an act; a fault in it closes the room.
    pub(crate) fn guarded<T>(&self, act: impl FnOnce() -> Result<T, Stop>) -> Result<T, Refusal> {
        self.check_open()?;
        let act = || self.adopt_rules().map_err(Stop::from).and_then(|()| act());
        act().map_err(|stop| match stop {
            Stop::Refused(refusal) => refusal,
            Stop::Fault(fault) => self.close_on(fault),
        })
    }
}

impl Guard {
    /// Opens a room: takes up the state that was kept last, or else reads the whole ledger, believes what
    /// the chain of signatures from the first event on bears out, and lets people in. What was taken up
    /// is proved by reading the whole ledger behind that.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(vault: Vault, house: HouseKey, env: Environment) -> Result<Self, OpenError> {
        Self::open_with(vault, house, env, Outside::default())
    }

    /// Opens a room that publishes its ledger and keeps its head outside its store. What lies there is
    /// compared with the ledger first: a room that is behind it is not opened. One that cannot read it is
    /// opened closed, and lets people in when it can.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_with(
        vault: Vault,
        house: HouseKey,
        env: Environment,
        mut outside: Outside,
    ) -> Result<Self, OpenError> {
        let witnesses = Witnesses::of(outside.witnesses.take());
        let (room, suite) = named(&vault)?;
        let suite = env.floor.admit(suite).map_err(|_| OpenError::Suite)?;
        let store = Store::new(vault, house, room, env.floor);
        // The first thing read shows whether the house key is this room's.
        store.find(kinds::log_keys()).map_err(|fault| match fault {
            Fault::Damaged(_) => OpenError::HouseKey,
            other => OpenError::Fault(other),
        })?;
        store.open_slots(suite, &*env.entropy, true)?;
        let opened = take_up(&store, room, &env)?;
        let core = Arc::new(Core {
            room,
            suite,
            store,
            sessions: Sessions::default(),
            slow_down: SlowDown::default(),
            under_way: UnderWay::default(),
            desk: Desk::default(),
            door: Door::default(),
            took_in: AtomicBool::new(false),
            policy_name: opened.state.policy.name().to_string(),
            state: RwLock::new(opened.state),
            trail: Mutex::new(opened.trail),
            in_flight: InFlight::default(),
            ledger: Mutex::new(Arc::new(opened.ledger)),
            order: Order::since(opened.last),
            closed: Mutex::new(None),
            stored: Mutex::default(),
            kept: AtomicU64::new(opened.kept.as_ref().map_or(0, |k| k.entries)),
            keeping: Mutex::new(()),
            read_anew: AtomicU64::new(0),
            proven: AtomicBool::new(opened.kept.is_none()),
            publisher: Publisher::new(outside),
            witnesses,
            questions: Questions::default(),
            last_check: Mutex::default(),
            called: Mutex::default(),
            env,
        });
        match core.look_outside() {
            Err(fault) if fault.is_outside() => drop(core.close_on(fault)),
            looked => looked?,
        }
        core.wipe_due(&mut core.state_mut())?;
        let behind = Behind::default();
        if let Some(kept) = opened.kept {
            behind.begin(&core, Task::ReadAnew(kept));
        }
        Ok(Self { behind, core })
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// The room's id.
    pub fn room(&self) -> RoomId {
        self.core.room
    }
    /// The public keys of the ledger.
    pub fn log_keys(&self) -> LogPublicKeys {
        self.core.ledger().public().clone()
    }

    /// Opens a session.
    ///
    /// # Errors
    /// Name or passphrase are not right, the account is not confirmed, there were too many attempts,
    /// or the room is closed.
    pub fn sign_in(&self, ask: &SignIn, peer: Peer) -> Result<IssuedCopy, Refusal> {
        self.core
            .guarded(|| self.core.sign_in(ask, peer))
            .map(|a| IssuedCopy::of(&a))
    }

    /// What an invitation is for.
    ///
    /// # Errors
    /// The code is not valid, or the room is closed.
    pub fn join_begin(&self, ask: &JoinBegin) -> Result<IssuedCopy, Refusal> {
        self.core
            .guarded(|| self.core.join_begin(ask))
            .map(|a| IssuedCopy::of(&a))
    }

    /// Takes the public keys of an invited person.
    ///
    /// # Errors
    /// The code is not valid, the keys are not well-formed or not possessed, or the room is closed.
    pub fn join_finish(&self, ask: &JoinFinish) -> Result<IssuedCopy, Refusal> {
        self.core
            .guarded(|| self.core.join_finish(ask))
            .map(|a| IssuedCopy::of(&a))
    }

    /// Does what a session asks. A refusal is recorded before it is given.
    ///
    /// # Errors
    /// The session is not valid, the request is refused, or the room is closed.
    pub fn call(
        &self,
        token: &Token,
        peer: Peer,
        request: &Request,
    ) -> Result<IssuedCopy, Refusal> {
        let core = &self.core;
        core.guarded(|| {
            let asking = core.asking(token, peer)?;
            let answer = core.dispatch(&asking, request);
            core.refusals_recorded(&asking, request.word(), answer)
        })
    }

    /// Signs a checkpoint of what is durable, stores and publishes it; after a fault of a disk, tries to reopen.
    /// To be called about every [`CHECKPOINT_EVERY`](crate::limits::CHECKPOINT_EVERY).
    pub fn tick(&self) {
        let core = &self.core;
        let fault = core.closed().clone();
        let done = match &fault {
            None => core
                .in_place()
                .and_then(|()| core.settle(Patience::Little).map(|_| ())),
            Some(fault) if fault.is_outside() => core.reopen_outside(),
            Some(fault) if fault.may_pass() => self.reopen(),
            Some(_) => Ok(()),
        };
        match done {
            Err(latest) => core.stays_closed(latest),
            Ok(()) if fault.is_none() && core.keeping_is_due() => {
                self.behind.begin(core, Task::Keep);
            }
            Ok(()) => {}
        }
    }

    /// Keeps the state as the ledger gives it now, so that the next opening need not read what came
    /// before. [`Guard::tick`] and [`Guard::shut`] do so by themselves when it pays.
    ///
    /// # Errors
    /// The room is closed, or closes: the ledger is not what the guard wrote, or the disk fails.
    pub fn keep_state(&self) -> Result<(), Refusal> {
        self.core.guarded(|| {
            let _whole = self.core.keep_state(Pace::Fast)?;
            Ok(())
        })
    }

    /// Keeps the state if that pays, makes the last checkpoint durable, ends all sessions and closes
    /// the store. Of a room that is closed for good nothing is written any more.
    ///
    /// # Errors
    /// The disk fails.
    ///
    /// # Panics
    /// If something of the guard is still in use elsewhere, which nothing outside can bring about.
    pub fn shut(self) -> Result<(), Fault> {
        let Self { behind, core } = self;
        drop(behind);
        core.sessions.end_all();
        let fault = core.closed().clone();
        if fault.as_ref().is_some_and(|fault| !fault.may_pass()) {
            // What it lacks or has otherwise is not to be signed, and not to be published.
            let core = Arc::into_inner(core).expect("what worked behind the requests has ended");
            return core.store.close().map(|_| ());
        }
        let open = fault.is_none();
        if open && core.keeping_pays_at_shutting() {
            match core.keep_state(Pace::Fast) {
                // Without it the next opening takes longer, and no more.
                Err(fault) if !fault.may_pass() => return Err(fault),
                _ => {}
            }
        }
        let settled = core.settle(Patience::Done).map(|_| ());
        // Without it the next opening leaves some slots unused, and no more.
        if let Err(fault) = core.store.leave_slots(&*core.env.entropy)
            && open
            && !fault.may_pass()
        {
            return Err(fault);
        }
        let core = Arc::into_inner(core).expect("what worked behind the requests has ended");
        core.store.close().map(|_| ())?;
        settled
    }
}

impl Core {
    pub(crate) fn asking(&self, token: &Token, peer: Peer) -> Result<Asking, Refusal> {
        self.sessions
            .find(token, peer, self.now())
            .map(|session| Asking { session })
    }

    /// A refusal within a session is itself an event, durable before the refusal is given.
    pub(crate) fn refusals_recorded<T>(
        &self,
        asking: &Asking,
        asked: &str,
        answer: Result<T, Stop>,
    ) -> Result<T, Stop> {
        if let Err(Stop::Refused(_)) = &answer {
            self.record_refusal(asking, asked)?;
        }
        answer
    }

    /// Whether the asker may close the room. Closing itself is the service's.
    pub(crate) fn may_close(&self, asking: &Asking) -> Result<(), Stop> {
        let state = self.state();
        asking.may(&state, Role::SecurityOfficer)?;
        Ok(())
    }

    /// Whether the store's file is still the one that was opened.
    fn in_place(&self) -> Result<(), Fault> {
        self.store.vault.in_place()?;
        let slots = self.store.slots.get();
        Ok(slots.map_or(Ok(()), |slots| slots.file().in_place())?)
    }
}

impl Guard {
    /// After a fault of the disk: takes the store up from what it holds, as if the room were opened.
    fn reopen(&self) -> Result<(), Fault> {
        let core = &self.core;
        core.in_place()?;
        core.store.vault.try_recover()?;
        let mut state = core.state_mut();
        let opened = take_up(&core.store, core.room, &core.env)?;
        let entries = opened.kept.as_ref().map_or(0, |kept| kept.entries);
        let _ = core.order.now(opened.last);
        *state = opened.state;
        *core.trail() = opened.trail;
        *core.ledger.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened.ledger);
        core.kept.store(entries, Ordering::Release);
        core.read_anew.store(0, Ordering::Release);
        core.proven.store(opened.kept.is_none(), Ordering::Release);
        core.wipe_due(&mut state)?;
        drop(state);
        core.look_outside()?;
        core.open_again();
        if let Some(kept) = opened.kept {
            self.behind.begin(core, Task::ReadAnew(kept));
        }
        Ok(())
    }
}
