//! Ctrl-C, heard for as long as a command runs: none falls between two acts.
//!
//! A thread of its own hears the signals, so that work which waits for nothing needs not be interrupted in the
//! middle: it looks between its steps whether one has come.

use std::future::pending;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch::{Receiver, Sender, channel};

use crate::outcome::{Exit, Failure};

/// What has been heard.
#[derive(Clone)]
pub(crate) struct Interrupts(Receiver<u64>);

impl Interrupts {
    /// From now on Ctrl-C is heard, and does not end the process any more.
    pub(crate) fn of_ctrl_c() -> Result<Self, Failure> {
        Self::of(&[SignalKind::interrupt()])
    }

    /// The same of being told to end, and of a terminal that is closed.
    pub(crate) fn of_any_end() -> Result<Self, Failure> {
        Self::of(&[
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ])
    }

    fn of(kinds: &[SignalKind]) -> Result<Self, Failure> {
        let failed = |e| Failure::new(Exit::Machine, format!("signals cannot be heard: {e}"));
        let (sender, receiver) = channel(0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(failed)?;
        for kind in kinds {
            let inside = runtime.enter();
            let signals = signal(*kind).map_err(failed)?;
            drop(inside);
            runtime.spawn(count(signals, sender.clone()));
        }
        thread::Builder::new()
            .name("interrupts".to_owned())
            .spawn(move || runtime.block_on(pending::<()>()))
            .map_err(failed)?;
        Ok(Self(receiver))
    }

    /// Whether one has come.
    pub(crate) fn have_come(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Ends the command if one has come.
    ///
    /// # Errors
    /// One has.
    pub(crate) fn check(&self, what: &str) -> Result<(), Failure> {
        if self.have_come() {
            return Err(Failure::new(Exit::Interrupted, what));
        }
        Ok(())
    }

    /// Ends when one comes that this was not told of yet.
    pub(crate) async fn next(&mut self) {
        // What counts lives as long as the process.
        let _ = self.0.changed().await;
    }
}

async fn count(mut signals: Signal, sender: Sender<u64>) {
    while signals.recv().await.is_some() {
        sender.send_modify(|heard| *heard += 1);
    }
}
