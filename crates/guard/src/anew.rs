//! What the guard does behind its requests, on one thread that yields to all others.
//!
//! * **Reading anew.** A room that was opened from a kept state serves at once, and meanwhile its ledger is
//!   folded from the first entry on, signatures and all, up to where the state was kept. What that
//!   comes to must have the digest that the kept state's event has; if not, the room closes.
//! * **Keeping.** When enough of the ledger is new, the state is kept for the next opening.
//!
//! Neither looks at the running room's state or takes its locks: both read the store.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::fault::Fault;
use crate::guard::Core;
use crate::limits::{KEEP_EVERY_ENTRIES, KEEP_RUNNING_FRACTION, KEEP_SHUTTING_FRACTION};
use crate::replay::Fold;
use crate::snapshot::{self, Kept};
use crate::walk::{Bell, Pace, Walked};

/// The thread, if there is something for it to do. Dropped, it is told to stop and waited for.
#[derive(Default)]
pub(crate) struct Behind {
    bell: Arc<Bell>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What there is to do behind the requests.
pub(crate) enum Task {
    /// Fold anew what a kept state stands for.
    ReadAnew(Kept),
    /// Keep the state.
    Keep,
}

impl Behind {
    /// Has something done, unless the thread is busy; it is then for another time.
    pub(crate) fn begin(&self, core: &Arc<Core>, task: Task) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.as_ref().is_some_and(|t| !t.is_finished()) {
            return;
        }
        let (core, bell) = (Arc::clone(core), Arc::clone(&self.bell));
        let begun = thread::Builder::new()
            .name("guard-behind".into())
            .spawn(move || {
                let _closes = ClosesOnPanic(&core);
                if let Err(fault) = task.run(&core, Pace::Calm(&bell)) {
                    core.close_on(fault);
                }
            });
        // A machine without a thread to spare: it is tried again.
        *thread = begun.ok();
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.bell.ring();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // How it ended was told where it ended.
        let _ = thread.take().map(JoinHandle::join);
    }
}

/// A broken invariant closes the room.
struct ClosesOnPanic<'a>(&'a Core);

impl Drop for ClosesOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close_on(Fault::Broken);
        }
    }
}

impl Task {
    fn run(&self, core: &Core, pace: Pace<'_>) -> Result<(), Fault> {
        match self {
            Self::ReadAnew(kept) => core.read_anew(kept, pace),
            Self::Keep => core.keep_state(pace).map(|_| ()),
        }
    }
}

impl Core {
    /// Folds the ledger anew, up to where a state was kept, and compares.
    fn read_anew(&self, kept: &Kept, pace: Pace<'_>) -> Result<(), Fault> {
        let mut fold = Fold::default();
        let (store, floor) = (&self.store, self.env.floor);
        let on = |_, _: &_| {
            self.read_anew.fetch_add(1, Ordering::Release);
        };
        let walked = fold.go_on(store, self.room, floor, kept.entries, pace, on)?;
        if walked == Walked::Stopped {
            return Ok(());
        }
        if snapshot::describe(store, &fold, |_| Ok(()))? != *kept {
            return Err(Fault::Kept(
                "the ledger, read from its first entry on, gives another",
            ));
        }
        self.proven.store(true, Ordering::Release);
        Ok(())
    }

    /// Keeps the state that the ledger gives now, for the next opening.
    pub(crate) fn keep_state(&self, pace: Pace<'_>) -> Result<Walked, Fault> {
        let (store, floor) = (&self.store, self.env.floor);
        let _one_at_a_time = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let size = store.vault.size();
        let (fold, before, walked) = match snapshot::take_up(store, self.room, floor)? {
            Some(mut before) => {
                let walked = before.go_on(store, self.room, floor, size, pace)?;
                (before.fold, Some(before.place), walked)
            }
            None => {
                let mut fold = Fold::default();
                let walked = fold.go_on(store, self.room, floor, size, pace, |_, _| {})?;
                (fold, None, walked)
            }
        };
        if walked == Walked::Stopped {
            return Ok(walked);
        }
        let name = format!("keeping the state of {size} entries");
        let mut command = self.command_of_nobody(&name);
        let mut dice = command.dice.fork();
        snapshot::store_state(store, &fold, before, &mut command, &mut dice)?;
        let submitted = {
            let _state = self.state();
            self.submit(command, None)
        };
        submitted.wait()?.note(&mut self.trail());
        self.kept.store(size, Ordering::Release);
        Ok(walked)
    }

    /// Whether enough is new for a running room to keep its state.
    pub(crate) fn keeping_is_due(&self) -> bool {
        let (size, new) = self.new_since_kept();
        new >= KEEP_EVERY_ENTRIES.max(size / KEEP_RUNNING_FRACTION)
    }
    /// The same for a room that is shut, and has the time.
    pub(crate) fn keeping_pays_at_shutting(&self) -> bool {
        let (size, new) = self.new_since_kept();
        // The event of keeping itself is one.
        new > 1 + size / KEEP_SHUTTING_FRACTION
    }
    fn new_since_kept(&self) -> (u64, u64) {
        let size = self.store.vault.size();
        (size, size.saturating_sub(self.kept.load(Ordering::Acquire)))
    }
}
