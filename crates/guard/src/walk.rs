//! A walk over the entries of the ledger, each with its event and the command that signed it.
//!
//! Reading, opening, decoding and hashing take most of the time and depend on nothing, so several
//! threads do it, a page each, and signatures are verified by others; who walks gets the events one by
//! one, in the order of the ledger. What is wrong is told as if one thread had done all: the first
//! thing in the order of the ledger.
//!
//! The events of a command stand together and in the order in which they were signed. So each row is
//! read once, and a signature is checked when the last of its events has come.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use strongroom_record::event::{CommandRow, EVENT_VERSION, StoredEvent};
use strongroom_record::{CommandId, EventId, RoomId};
use strongroom_seal::{PersonPublic, Signature, SuiteFloor, domain};
use strongroom_tlog::commit::{BodyRoot, CommandTree, SignatureCommitment};
use strongroom_tlog::entry::EntryOpening;

use crate::command::{body_root, command_message, signature_commitment};
use crate::fault::Fault;
use crate::in_order::{in_order, threads};
use crate::kinds;
use crate::limits::{ANEW_REST, WALK_PAGE, WALK_PAGE_FAST, WALK_SIGNATURES_AHEAD};
use crate::store::{Rows, Store};

/// An event at its place, compared with its entry.
pub(crate) struct Visited {
    pub(crate) event: StoredEvent,
    pub(crate) index: u64,
    pub(crate) leaf: [u8; 33],
    /// The root over its fields.
    pub(crate) body: BodyRoot,
    command: Option<Arc<Signed>>,
}

/// What a person signed, and the commitment to it.
struct Signed {
    id: CommandId,
    row: CommandRow,
    commitment: SignatureCommitment,
}

/// How a walk uses the machine.
#[derive(Clone, Copy)]
pub(crate) enum Pace<'a> {
    /// All cores: somebody waits.
    Fast,
    /// One core, at most half of the time, until it is told to stop.
    Calm(&'a Bell),
}

/// A word to threads that work behind the others: stop.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ringing.notify_all();
    }
    /// Rests for a moment; whether to stop.
    fn rest(&self) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = self
            .ringing
            .wait_timeout_while(rung, ANEW_REST, |rung| !*rung);
        *rested.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// How a walk ended that found nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Walked {
    /// Every entry was visited.
    Whole,
    /// It was told to stop.
    Stopped,
}

/// Walks over entries from one place on to another.
///
/// Before a visit, the event's version, room, id and root have been compared with the entry, and the
/// event stands in its command's place. A signature that the visit asks for is verified before this
/// returns.
///
/// # Errors
/// What a visit finds, what is wrong with the rows, or a signature that does not fit.
pub(crate) fn walk(
    store: &Store,
    room: RoomId,
    floor: SuiteFloor,
    range: Range<u64>,
    pace: Pace<'_>,
    mut visit: impl FnMut(&mut Signing, &Visited) -> Result<(), Fault>,
) -> Result<Walked, Fault> {
    let reader = Reader { store, room };
    let each = match pace {
        Pace::Fast => WALK_PAGE_FAST,
        Pace::Calm(_) => WALK_PAGE,
    };
    let pages = Pages { range, each };
    if let Pace::Calm(bell) = pace {
        let mut signing = Signing::new(room, floor, None);
        for page in 0..pages.count() {
            signing.take(reader.page(pages.at(page)), &mut visit)?;
            if bell.rest() {
                return Ok(Walked::Stopped);
            }
        }
        return signing.end();
    }
    if pages.count() <= 1 || threads() == 1 {
        let mut signing = Signing::new(room, floor, None);
        (0..pages.count()).try_for_each(|n| signing.take(reader.page(pages.at(n)), &mut visit))?;
        return signing.end();
    }
    let verifier = Verifier::default();
    let (jobs, waiting) = sync_channel(WALK_SIGNATURES_AHEAD);
    let waiting = Mutex::new(waiting);
    let walked = thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| verifier.work(&waiting, floor));
        }
        let mut signing = Signing::new(room, floor, Some(jobs));
        in_order(
            pages.count(),
            |n| reader.page(pages.at(n)),
            |page| signing.take(page, &mut visit),
        )?;
        signing.end()
    });
    // A signature is about earlier entries than what stopped the walk.
    verifier.verdict()?;
    walked
}

/// The pages of a range.
struct Pages {
    range: Range<u64>,
    each: usize,
}

impl Pages {
    fn count(&self) -> usize {
        let entries = self.range.end.saturating_sub(self.range.start);
        entries.div_ceil(self.each as u64) as usize
    }
    fn at(&self, page: usize) -> Range<u64> {
        let from = self.range.start + (page * self.each) as u64;
        from..self.range.end.min(from + self.each as u64)
    }
}

/// Events of a page, up to what is wrong with it.
struct Page {
    events: Vec<Visited>,
    fault: Option<Fault>,
}

struct Reader<'a> {
    store: &'a Store,
    room: RoomId,
}

impl Reader<'_> {
    fn page(&self, range: Range<u64>) -> Page {
        let mut events = Vec::with_capacity((range.end - range.start) as usize);
        let fault = self.read(range, &mut events).err();
        Page { events, fault }
    }

    fn read(&self, range: Range<u64>, events: &mut Vec<Visited>) -> Result<(), Fault> {
        let rows = self.store.now()?;
        let mut index = range.start;
        let mut last = None;
        while index < range.end {
            let page = rows.entries(index, (range.end - index) as usize)?;
            if page.is_empty() {
                return Err(Fault::Missing("entries of the ledger"));
            }
            for (leaf, id) in page {
                events.push(self.event(&rows, index, leaf, id, &mut last)?);
                index += 1;
            }
        }
        Ok(())
    }

    fn event(
        &self,
        rows: &Rows<'_>,
        index: u64,
        leaf: [u8; 33],
        id: [u8; 16],
        last: &mut Option<Arc<Signed>>,
    ) -> Result<Visited, Fault> {
        let event: StoredEvent = rows.row(
            kinds::event(EventId::from_bytes(id)),
            "an event of the ledger",
        )?;
        if event.version != EVENT_VERSION || event.room != self.room || *event.id.as_bytes() != id {
            return Err(Fault::Damaged("an event stands where another should"));
        }
        let command = command_of(rows, &event, last)?;
        let body = body_root(&event);
        let signature = match &command {
            Some(signed) => signed.commitment,
            None => signature_commitment(&event, None),
        };
        if (EntryOpening { body, signature }).entry().to_bytes() != leaf {
            return Err(Fault::Damaged(
                "an event is not the one that the ledger committed to",
            ));
        }
        Ok(Visited {
            event,
            index,
            leaf,
            body,
            command,
        })
    }
}

/// The command of an event; `last` is that of the event before, which most often is the same.
fn command_of(
    rows: &Rows<'_>,
    event: &StoredEvent,
    last: &mut Option<Arc<Signed>>,
) -> Result<Option<Arc<Signed>>, Fault> {
    let Some(id) = event.command else {
        return Ok(None);
    };
    if let Some(known) = last.as_ref().filter(|known| known.id == id) {
        return Ok(Some(Arc::clone(known)));
    }
    let row: CommandRow = rows.row(kinds::command(id), "the signature of a command")?;
    let signed = Arc::new(Signed {
        id,
        commitment: signature_commitment(event, Some(&row)),
        row,
    });
    *last = Some(Arc::clone(&signed));
    Ok(Some(signed))
}

/// The command whose events are coming, and who is to have signed it.
pub(crate) struct Signing {
    room: RoomId,
    floor: SuiteFloor,
    /// Where signatures are verified; none: here and now.
    jobs: Option<SyncSender<Job>>,
    open: Option<Open>,
}

struct Open {
    first: u64,
    command: Arc<Signed>,
    bodies: Vec<BodyRoot>,
    keys: Option<PersonPublic>,
}

impl Signing {
    /// The lowest suite that is accepted.
    pub(crate) const fn floor(&self) -> SuiteFloor {
        self.floor
    }
    fn new(room: RoomId, floor: SuiteFloor, jobs: Option<SyncSender<Job>>) -> Self {
        Self {
            room,
            floor,
            jobs,
            open: None,
        }
    }

    fn take(
        &mut self,
        page: Page,
        visit: &mut impl FnMut(&mut Self, &Visited) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for (n, visited) in page.events.iter().enumerate() {
            self.come(visited)?;
            visit(self, visited).map_err(|fault| self.or_unsigned(fault, &page.events[n + 1..]))?;
            self.gone()?;
        }
        page.fault.map_or(Ok(()), Err)
    }

    /// Puts an event in its command's place.
    fn come(&mut self, visited: &Visited) -> Result<(), Fault> {
        let Some(command) = &visited.command else {
            return self.none_open();
        };
        if self
            .open
            .as_ref()
            .is_none_or(|o| o.command.id != command.id)
        {
            self.none_open()?;
            self.open = Some(Open {
                first: visited.index,
                command: Arc::clone(command),
                bodies: Vec::with_capacity(command.row.events.len()),
                keys: None,
            });
        }
        let open = self.open.as_mut().expect("it was opened");
        if command.row.events.get(open.bodies.len()) != Some(&visited.event.id) {
            return Err(Fault::Damaged("an event is not in its command's place"));
        }
        open.bodies.push(visited.body);
        Ok(())
    }
    fn none_open(&self) -> Result<(), Fault> {
        match self.open {
            None => Ok(()),
            Some(_) => Err(Fault::Damaged("events of a signed command are missing")),
        }
    }

    /// Whether the event is one of those that its command's signature is over, and the signature is
    /// that of `keys`. What it comes to is known when the walk ends.
    pub(crate) fn check_signature(
        &mut self,
        visited: &Visited,
        keys: &PersonPublic,
    ) -> Result<(), Fault> {
        match &mut self.open {
            Some(open) if Some(open.command.row.person) == visited.event.actor => {
                open.keys.get_or_insert_with(|| keys.clone());
                Ok(())
            }
            _ => Err(Fault::Damaged("an event that must be signed is not")),
        }
    }

    /// What to say of an event that does not fit: that nobody signed it so, where that is the case as far
    /// as the events behind it tell.
    fn or_unsigned(&mut self, fault: Fault, behind: &[Visited]) -> Fault {
        self.jobs = None;
        let signed = behind.iter().try_for_each(|visited| {
            let done = |o: &Open| o.bodies.len() == o.command.row.events.len();
            if self.open.as_ref().is_none_or(done) {
                return Ok(());
            }
            self.come(visited)
        });
        let of_whom = |o: &Open| o.keys.is_none();
        if self.open.as_ref().is_some_and(of_whom) {
            // Nobody asked yet whose signature it is.
            return signed.err().unwrap_or(fault);
        }
        signed.and_then(|()| self.gone()).err().unwrap_or(fault)
    }

    /// The signature is checked with the command's last event.
    fn gone(&mut self) -> Result<(), Fault> {
        let whole = |o: &mut Open| o.bodies.len() == o.command.row.events.len();
        let Some(open) = self.open.take_if(whole) else {
            return Ok(());
        };
        let keys = open.keys.ok_or(Fault::Damaged(
            "a command is signed, and no event of it is one that is signed",
        ))?;
        let tree = CommandTree::new(&open.bodies)
            .map_err(|_| Fault::Damaged("a signed command without events"))?;
        let job = Job {
            first: open.first,
            message: command_message(self.room, open.command.id, tree.root().as_bytes()),
            command: open.command,
            keys,
        };
        match &self.jobs {
            None => job.verify(self.floor),
            Some(jobs) => {
                jobs.send(job).expect("verifiers work until the walk ends");
                Ok(())
            }
        }
    }

    fn end(self) -> Result<Walked, Fault> {
        self.none_open()?;
        Ok(Walked::Whole)
    }
}

/// A signature to be verified.
struct Job {
    first: u64,
    message: Vec<u8>,
    command: Arc<Signed>,
    keys: PersonPublic,
}

impl Job {
    fn verify(&self, floor: SuiteFloor) -> Result<(), Fault> {
        let wrong = || Fault::Damaged("a person's signature does not fit the events it is for");
        let signature = Signature::from_bytes(&self.command.row.signature).map_err(|_| wrong())?;
        self.keys
            .verifying()
            .verify(floor, domain::SIGN_COMMAND, &self.message, &signature)
            .map_err(|_| wrong())
    }
}

/// What the threads that verify signatures have found: the first in the order of the ledger.
#[derive(Default)]
struct Verifier(Mutex<Option<(u64, Fault)>>);

impl Verifier {
    /// Verifies what comes until nothing more does.
    fn work(&self, jobs: &Mutex<Receiver<Job>>, floor: SuiteFloor) {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else {
                return;
            };
            if let Err(fault) = job.verify(floor) {
                let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if found.as_ref().is_none_or(|(first, _)| job.first < *first) {
                    *found = Some((job.first, fault));
                }
            }
        }
    }
    fn verdict(self) -> Result<(), Fault> {
        let found = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.map_or(Ok(()), |(_, fault)| Err(fault))
    }
}
