//! What the room keeps outside its store: the ledger folder that anyone may read, and the anchor.
//!
//! ```text
//! entries durable ─▶ checkpoint signed ─▶ in the store ─▶ tiles, bundles, checkpoint in the folder ─▶ anchor
//! ```
//!
//! It is made at each [`Guard::tick`](crate::Guard::tick), and before a receipt is given. Readers never wait for it: what they
//! wait for is the commit. The writing is done on a thread of its own, so that a folder that hangs holds up
//! nothing but itself; after [`OUTSIDE_SILENT_AFTER`] the room closes and says so.
//!
//! The folder is not believed. At opening, and whenever its checkpoint is not the one that was published
//! last, it is looked at:
//!
//! | what is there | what happens |
//! | --- | --- |
//! | nothing: deleted, emptied | everything is written anew from the store, and told |
//! | no checkpoint, and files that are of no ledger; at opening, another room's checkpoint | nothing is written, and the room does not open |
//! | a checkpoint that this ledger did not sign | the folder is emptied and written anew, and told |
//! | a signed one that the ledger contains | the growth from there is written |
//! | a signed one that the ledger lacks | the room is an older copy, and closes ([`Behind`]) |
//!
//! Tiles and bundles are compared with the tree in rotation, all of them after an opening and a few at each
//! tick from then on; what differs is written anew.
//!
//! [`Behind`]: crate::Behind

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_record::event::StoredEvent;
use strongroom_record::{BackupId, EventId};
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_tlog::entry::Entry;
use strongroom_tlog::policy::Policy;
use strongroom_tlog::tile::{MAX_BUNDLE_BYTES, TilePath, growth};
use strongroom_tlog::tree::TreeSize;
use strongroom_vault::folder::{FolderError, HeadFile, LedgerFolder};
use strongroom_vault::{Commit, Spool};

use crate::anchor::{SinceBackup, anchor_text, read_anchor};
use crate::api::{OutsideShown, WrittenAnew};
use crate::fault::{Fault, Keeper};
use crate::guard::Core;
use crate::heads::check_contained;
use crate::kinds;
use crate::ledger::Ledger;
use crate::limits::{
    FOLDER_LOOKED_AT, FOLDER_LOOKED_AT_FIRST, OUTSIDE_SILENT_AFTER, OUTSIDE_WAIT, WALK_PAGE,
};

/// Where a room keeps what must lie outside its store. Nothing, by default.
#[derive(Debug, Default)]
pub struct Outside {
    /// The folder in which the ledger is published.
    pub folder: Option<LedgerFolder>,
    /// The file that keeps the newest head.
    pub anchor: Option<HeadFile>,
    /// The witnesses that are asked to vouch for the ledger.
    pub witnesses: Option<Policy>,
    /// Where disclosures are taken in; without it none are.
    pub disclosures: Option<Spool>,
}

/// How long to wait for what is written outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as is no trouble: it may go on behind.
    Little,
    /// Until it is there.
    Done,
}

/// Keeps what lies outside the store in step with it.
pub(crate) struct Publisher {
    pub(crate) outside: Arc<Outside>,
    desk: Arc<Desk>,
    plan: Mutex<Plan>,
    /// What anyone may be told of it, without waiting for what runs.
    told: Mutex<OutsideShown>,
}

/// What was published, as far as is known.
#[derive(Default)]
struct Plan {
    /// The checkpoint in the folder, and its size.
    base: Option<(Vec<u8>, TreeSize)>,
    /// The folder holds something that is to go first.
    clear: bool,
    /// When and why it was last written anew.
    anew: Option<WrittenAnew>,
    /// The place in the list of files at which to go on comparing; past the first round or not.
    cursor: usize,
    rounds: u64,
    since: SinceBackup,
    /// The restrictions as they lie in the anchor; none when they are to be sealed again.
    sealed: Option<Vec<u8>>,
    /// Size of the head in the anchor.
    anchored: Option<TreeSize>,
    took: Duration,
}

/// What the writing thread and those who wait for it have in common.
#[derive(Default)]
struct Desk {
    at: Mutex<At>,
    done: Condvar,
}

#[derive(Default)]
enum At {
    #[default]
    Idle,
    Busy(Instant),
    Done(Outcome),
}

/// What became of a job.
enum Outcome {
    /// All of it is durable.
    Written {
        published: Option<Published>,
        anchored: Option<TreeSize>,
        looked_at: usize,
        took: Duration,
    },
    /// The folder does not hold what was published last, but this.
    Found(Option<Vec<u8>>),
    /// It cannot be written.
    Failed(Fault),
}

/// A checkpoint in the folder.
type Published = (Vec<u8>, TreeSize);

/// A file of the folder and what it must hold.
type File = (String, Vec<u8>);

/// Something to be written outside.
struct Job {
    base: Option<Vec<u8>>,
    clear: bool,
    tidy: bool,
    /// Files that should be there already.
    compared: Vec<File>,
    growth: Option<Growth>,
    anchor: Option<(String, TreeSize)>,
}

/// What the folder lacks of a newer checkpoint.
struct Growth {
    ledger: Arc<Ledger>,
    from: TreeSize,
    checkpoint: SignedCheckpoint,
    /// The entries of every bundle that is new.
    entries: Entries,
}

/// Entries from the first place of a bundle on.
struct Entries {
    first: u64,
    all: Vec<Entry>,
}

impl Entries {
    fn of(&self, places: &Range<u64>) -> Vec<Entry> {
        let at = |place: u64| usize::try_from(place - self.first).expect("they are in memory");
        self.all[at(places.start)..at(places.end)].to_vec()
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Publisher {
    pub(crate) fn new(outside: Outside) -> Self {
        Self {
            outside: Arc::new(outside),
            desk: Arc::default(),
            plan: Mutex::default(),
            told: Mutex::default(),
        }
    }

    fn tell(&self, plan: &Plan) {
        *held(&self.told) = OutsideShown {
            folder: plan.base.as_ref().map(|(_, size)| size.get()),
            anchor: plan.anchored.map(TreeSize::get),
            written_anew: plan.anew.clone(),
            took_us: u64::try_from(plan.took.as_micros()).unwrap_or(u64::MAX),
            ..OutsideShown::default()
        };
    }

    /// When and why the folder was last written anew.
    pub(crate) fn written_anew(&self) -> Option<WrittenAnew> {
        held(&self.told).written_anew.clone()
    }

    /// Whether anything is kept outside.
    pub(crate) fn is_idle(&self) -> bool {
        self.outside.folder.is_none() && self.outside.anchor.is_none()
    }
}

impl Core {
    /// Makes the checkpoint of now durable, unless it already is, and brings it outside.
    pub(crate) fn settle(&self, patience: Patience) -> Result<SignedCheckpoint, Fault> {
        let now = self.now();
        let checkpoint: SignedCheckpoint = self.ledger().checkpoint(now)?;
        self.store_checkpoint(&checkpoint)?;
        self.publish(&checkpoint, patience)?;
        Ok(checkpoint)
    }

    /// A checkpoint that covers all that is durable, for a receipt: whoever gets it finds it outside too.
    pub(crate) fn settled_checkpoint(&self) -> Result<SignedCheckpoint, Fault> {
        if self.publisher.is_idle() {
            return self.ledger().checkpoint(self.now());
        }
        self.settle(Patience::Done)
    }

    fn store_checkpoint(&self, checkpoint: &SignedCheckpoint) -> Result<(), Fault> {
        let mut stored = held(&self.stored);
        // Of two with the same head the one with more signatures is the newer.
        let rank = |c: &SignedCheckpoint| (c.claimed_size(), c.as_str().len());
        if stored.as_ref().is_some_and(|s| rank(s) >= rank(checkpoint)) {
            return Ok(());
        }
        let mut dice = self.env.entropy.stream(b"checkpoint");
        let mut commit = Commit::new();
        self.store.put(
            &mut commit,
            kinds::checkpoint(),
            checkpoint.as_str().as_bytes(),
            &mut dice,
        );
        self.store.vault.submit(commit).wait()?;
        *stored = Some(checkpoint.clone());
        Ok(())
    }

    /// The checkpoint that this process stored last.
    pub(crate) fn stored(&self) -> Option<SignedCheckpoint> {
        held(&self.stored).clone()
    }

    /// How far what is kept outside is; none if nothing is. Answers at once.
    pub(crate) fn outside_shown(&self, ledger: &Ledger) -> Option<OutsideShown> {
        let witnesses = self.witnesses.shown();
        if self.publisher.is_idle() && witnesses.is_empty() {
            return None;
        }
        let mut shown = held(&self.publisher.told).clone();
        shown.witnessed = ledger.witnessed().map(|c| c.claimed_size().get());
        shown.witnesses = witnesses;
        Some(shown)
    }

    /// Compares what lies outside with the ledger. To be done before anybody is let in.
    pub(crate) fn look_outside(&self) -> Result<(), Fault> {
        let ledger = self.ledger();
        ledger.recall_vouches(&self.witnesses);
        let outside = &self.publisher.outside;
        let mut plan = Plan {
            anew: self.publisher.written_anew(),
            ..Plan::default()
        };
        if let Some(anchor) = &outside.anchor
            && let Some(bytes) = anchor.read().map_err(Fault::Anchor)?
        {
            let read = read_anchor(&bytes, self.room, ledger.public(), &self.store)
                .map_err(Fault::NotTheAnchor)?;
            if read.head.origin() == ledger.public().origin() {
                check_contained(&ledger, &read.head, Keeper::Anchor)?;
                let seen = read.head.head().size();
                let (state, trail) = (self.state(), self.trail());
                read.since.check(seen.get(), &self.store, &state, &trail)?;
                plan.anchored = Some(seen);
                plan.since = read.since;
            } else {
                // It is begun anew: what it knew that the backup did not was restricted again by the restore.
                self.must_be_given_up(&ledger, &read)
                    .map_err(Fault::NotTheAnchor)?;
            }
        }
        if let Some(folder) = &outside.folder {
            let found = published(folder).map_err(Fault::Folder)?;
            self.check_whose(&ledger, folder, found.as_deref())?;
            let before = self.store.find(kinds::checkpoint())?.is_some();
            plan.take_up(self, &ledger, found, before)?;
        }
        self.publisher.tell(&plan);
        *held(&self.publisher.plan) = plan;
        Ok(())
    }

    /// Has the anchor know that a backup came to its end. It is written with the next head.
    pub(crate) fn backup_is_whole(&self, backup: BackupId) {
        let mut plan = held(&self.publisher.plan);
        plan.since.backed_up(backup);
        plan.sealed = None;
    }

    /// Brings what lies outside to a checkpoint that the store has.
    ///
    /// # Errors
    /// What lies outside cannot be written, does not answer, or has seen more than this room.
    pub(crate) fn publish(
        &self,
        checkpoint: &SignedCheckpoint,
        patience: Patience,
    ) -> Result<(), Fault> {
        /// A job, and one more for what it found changed; and one if that was changed meanwhile.
        const TRIES: usize = 3;
        if self.publisher.is_idle() {
            return Ok(());
        }
        let mut plan = held(&self.publisher.plan);
        let ledger = self.ledger();
        // One that was given up waiting for.
        if !self
            .publisher
            .desk
            .take_in(&mut plan, self, &ledger, patience)?
        {
            return Ok(());
        }
        for _ in 0..TRIES {
            let job = self.job(&mut plan, &ledger, checkpoint)?;
            self.publisher.desk.begin(&self.publisher.outside, job)?;
            if !self
                .publisher
                .desk
                .take_in(&mut plan, self, &ledger, patience)?
            {
                return Ok(());
            }
            self.publisher.tell(&plan);
            if plan.holds(&self.publisher.outside, checkpoint) {
                return Ok(());
            }
        }
        Err(Fault::Unsteady)
    }

    /// What is to be written for a checkpoint, or looked at.
    fn job(
        &self,
        plan: &mut Plan,
        ledger: &Arc<Ledger>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Job, Fault> {
        let size = checkpoint.claimed_size();
        let mut job = Job {
            base: plan.base.as_ref().map(|(bytes, _)| bytes.clone()),
            clear: plan.clear,
            tidy: plan.rounds == 0 && plan.cursor == 0,
            compared: Vec::new(),
            growth: None,
            anchor: None,
        };
        if self.publisher.outside.folder.is_some() {
            let from = plan.base.as_ref().map_or(TreeSize::ZERO, |(_, size)| *size);
            job.compared = self.compared(plan, ledger, from)?;
            if from < size {
                let width = u64::from(strongroom_tlog::tile::TILE_WIDTH);
                let first = from.get() / width * width;
                let entries = self.entries(first..size.get())?;
                let checkpoint = checkpoint.clone();
                job.growth = Some(Growth {
                    ledger: Arc::clone(ledger),
                    from,
                    checkpoint,
                    entries,
                });
            } else if plan
                .base
                .as_ref()
                .is_some_and(|(bytes, of)| *of == size && bytes != checkpoint.as_str().as_bytes())
            {
                // The same head with more signatures.
                job.growth = Some(Growth {
                    ledger: Arc::clone(ledger),
                    from,
                    checkpoint: checkpoint.clone(),
                    entries: Entries {
                        first: 0,
                        all: Vec::new(),
                    },
                });
            }
        }
        if self.publisher.outside.anchor.is_some() && plan.anchored < Some(size) {
            job.anchor = Some((self.anchor_text(plan, checkpoint)?, size));
        }
        Ok(job)
    }

    /// The next files in the rotation, as they should be.
    fn compared(&self, plan: &Plan, ledger: &Ledger, size: TreeSize) -> Result<Vec<File>, Fault> {
        let several = match plan.rounds {
            0 => FOLDER_LOOKED_AT_FIRST,
            _ => FOLDER_LOOKED_AT,
        };
        let paths: Vec<TilePath> = growth(TreeSize::ZERO, size)
            .skip(plan.cursor)
            .take(several)
            .collect();
        paths
            .into_iter()
            .map(|path| {
                let entries = match path.entries() {
                    Some(places) => self.entries(places)?.all,
                    None => Vec::new(),
                };
                Ok((path.to_string(), ledger.tile(&path, &entries)))
            })
            .collect()
    }

    /// Entries of the ledger as they stand in the store.
    fn entries(&self, places: Range<u64>) -> Result<Entries, Fault> {
        let mut all = Vec::new();
        let mut at = places.start;
        while at < places.end {
            let wanted = usize::try_from(places.end - at).unwrap_or(WALK_PAGE);
            let page = self.store.vault.entries(at, wanted.min(WALK_PAGE))?;
            if page.is_empty() {
                return Err(Fault::Missing("entries of the ledger"));
            }
            at += page.len() as u64;
            for (leaf, _) in page {
                all.push(Entry::from_bytes(&leaf).map_err(|_| {
                    Fault::Damaged("an entry of the ledger is of no known version")
                })?);
            }
        }
        Ok(Entries {
            first: places.start,
            all,
        })
    }

    /// The anchor for a checkpoint: its head, and the restrictions up to it.
    fn anchor_text(&self, plan: &mut Plan, checkpoint: &SignedCheckpoint) -> Result<String, Fault> {
        let rows = self.store.now()?;
        while plan.since.entries < checkpoint.claimed_size().get() {
            let left = checkpoint.claimed_size().get() - plan.since.entries;
            let several = usize::try_from(left).unwrap_or(WALK_PAGE).min(WALK_PAGE);
            let page = self.store.vault.entries(plan.since.entries, several)?;
            if page.is_empty() {
                return Err(Fault::Missing("entries of the ledger"));
            }
            for (_, id) in page {
                let event: StoredEvent = rows.row(
                    kinds::event(EventId::from_bytes(id)),
                    "an event of the ledger",
                )?;
                if plan.since.note(&event) {
                    plan.sealed = None;
                }
            }
        }
        let sealed = plan.sealed.get_or_insert_with(|| {
            let mut dice = self.env.entropy.stream(b"anchor");
            plan.since.sealed(&self.store, &mut dice)
        });
        Ok(anchor_text(self.room, sealed, checkpoint))
    }
}

impl Plan {
    /// Takes up the folder as it was found, which held something before or not.
    fn take_up(
        &mut self,
        core: &Core,
        ledger: &Ledger,
        found: Option<Vec<u8>>,
        before: bool,
    ) -> Result<(), Fault> {
        self.base = None;
        self.clear = false;
        self.cursor = 0;
        self.rounds = 0;
        let Some(bytes) = found else {
            if before {
                self.note_anew(core, "was missing or empty");
            }
            return Ok(());
        };
        let signed =
            SignedCheckpoint::from_bytes(&bytes).and_then(|signed| signed.verify(ledger.public()));
        match signed {
            Ok(head) => {
                check_contained(ledger, &head, Keeper::Folder)?;
                self.base = Some((bytes, head.head().size()));
            }
            // Damaged, or somebody else's: nothing that this room has said.
            Err(_) => {
                self.clear = true;
                self.note_anew(
                    core,
                    "held a checkpoint that is not of this ledger as it is now",
                );
            }
        }
        Ok(())
    }

    fn note_anew(&mut self, core: &Core, why: &str) {
        self.anew = Some(WrittenAnew {
            at: core.now().to_string(),
            why: why.to_owned(),
        });
    }

    /// Whether all that is kept outside is as new as a checkpoint.
    fn holds(&self, outside: &Outside, checkpoint: &SignedCheckpoint) -> bool {
        let size = checkpoint.claimed_size();
        let folder =
            outside.folder.is_none() || self.base.as_ref().is_some_and(|(_, of)| *of >= size);
        let anchor = outside.anchor.is_none() || self.anchored >= Some(size);
        folder && anchor
    }
}

impl Desk {
    /// Has a job done on a thread of its own. There is none at work.
    fn begin(self: &Arc<Self>, outside: &Arc<Outside>, job: Job) -> Result<(), Fault> {
        *held(&self.at) = At::Busy(Instant::now());
        let (desk, outside) = (Arc::clone(self), Arc::clone(outside));
        let began = thread::Builder::new()
            .name("outside".to_owned())
            .spawn(move || {
                let outcome = job.run(&outside);
                *held(&desk.at) = At::Done(outcome);
                desk.done.notify_all();
            });
        began.map(|_| ()).map_err(|e| {
            *held(&self.at) = At::Idle;
            Fault::NoThread(Arc::new(e))
        })
    }

    /// Waits for the job at hand, if there is one, and notes what it did. False if it still runs.
    fn take_in(
        &self,
        plan: &mut Plan,
        core: &Core,
        ledger: &Ledger,
        patience: Patience,
    ) -> Result<bool, Fault> {
        let began = Instant::now();
        let mut at = held(&self.at);
        let outcome = loop {
            match std::mem::take(&mut *at) {
                At::Idle => return Ok(true),
                At::Done(outcome) => break outcome,
                At::Busy(since) => {
                    *at = At::Busy(since);
                    let silent = since.elapsed();
                    if silent >= OUTSIDE_SILENT_AFTER {
                        return Err(Fault::Silent(silent));
                    }
                    let left = match patience {
                        Patience::Little => OUTSIDE_WAIT.saturating_sub(began.elapsed()),
                        Patience::Done => OUTSIDE_SILENT_AFTER.saturating_sub(silent),
                    };
                    if left.is_zero() {
                        return Ok(false);
                    }
                    let waited = self.done.wait_timeout(at, left);
                    at = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        };
        drop(at);
        match outcome {
            Outcome::Written {
                published,
                anchored,
                looked_at,
                took,
            } => {
                if published.is_some() {
                    plan.base = published;
                    plan.clear = false;
                }
                plan.anchored = plan.anchored.max(anchored);
                plan.cursor += looked_at;
                if looked_at == 0 {
                    plan.cursor = 0;
                    plan.rounds += 1;
                }
                plan.took = took;
                Ok(true)
            }
            Outcome::Found(found) => {
                let before = plan.base.is_some();
                plan.take_up(core, ledger, found, before).map(|()| true)
            }
            Outcome::Failed(fault) => Err(fault),
        }
    }
}

impl Job {
    fn run(self, outside: &Outside) -> Outcome {
        let began = Instant::now();
        let mut published = None;
        let looked_at = self.compared.len();
        if let Some(folder) = &outside.folder {
            match self.publish(folder) {
                Ok(Ok(now)) => published = now,
                Ok(Err(found)) => return Outcome::Found(found),
                Err(error) => return Outcome::Failed(Fault::Folder(error)),
            }
        }
        let mut anchored = None;
        if let (Some(file), Some((text, size))) = (&outside.anchor, &self.anchor) {
            if let Err(error) = file.replace(text.as_bytes()) {
                return Outcome::Failed(Fault::Anchor(error));
            }
            anchored = Some(*size);
        }
        Outcome::Written {
            published,
            anchored,
            looked_at,
            took: began.elapsed(),
        }
    }

    /// Publishes what is new and what is damaged. The inner error is what the folder holds instead of what
    /// was published last.
    fn publish(
        &self,
        folder: &LedgerFolder,
    ) -> Result<Result<Option<Published>, Option<Vec<u8>>>, FolderError> {
        if self.clear {
            folder.clear()?;
        } else {
            let found = published(folder)?;
            if found != self.base {
                return Ok(Err(found));
            }
        }
        let mut damaged = Vec::new();
        for (path, bytes) in &self.compared {
            let there = folder.read(path, MAX_BUNDLE_BYTES);
            if !matches!(there, Ok(Some(there)) if there == *bytes) {
                damaged.push((path.clone(), bytes.clone()));
            }
        }
        let base = self.base.as_deref();
        let now = match (&self.growth, base) {
            (Some(growth), _) => {
                let checkpoint = growth.checkpoint.as_str().as_bytes();
                folder.publish(base, damaged.into_iter().chain(growth.files()), checkpoint)?;
                Some((checkpoint.to_vec(), growth.checkpoint.claimed_size()))
            }
            (None, Some(base)) if !damaged.is_empty() => {
                folder.publish(Some(base), damaged, base)?;
                None
            }
            _ => None,
        };
        if self.tidy {
            folder.tidy()?;
        }
        Ok(Ok(now))
    }
}

impl Growth {
    /// The files, made as they are asked for: a large ledger published for the first time is never in memory
    /// whole, and the tree is held for a moment only.
    fn files(&self) -> impl Iterator<Item = File> + '_ {
        growth(self.from, self.checkpoint.claimed_size()).map(|path| {
            let entries = path.entries().map(|places| self.entries.of(&places));
            let bytes = self.ledger.tile(&path, &entries.unwrap_or_default());
            (path.to_string(), bytes)
        })
    }
}

/// What the folder says was published. What is too long to be a checkpoint is none.
pub(crate) fn published(folder: &LedgerFolder) -> Result<Option<Vec<u8>>, FolderError> {
    match folder.published() {
        Err(FolderError::TooLarge { .. }) => Ok(Some(Vec::new())),
        found => found,
    }
}
