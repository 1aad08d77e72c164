//! Telling whoever runs the room when it closes by itself, and when it opens again.
//!
//! This looks at what the guard tells without waiting for anybody, so that a disk that hangs is told of while it
//! hangs.

use std::mem::discriminant;
use std::sync::Arc;

use strongroom_guard::Guard;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::limits::WATCH_EVERY;
use crate::serve::{Tell, Word, told};

/// Tells of each change until the room is to stop.
pub(crate) async fn watch_over(guard: Arc<Guard>, stopping: watch::Receiver<bool>, tell: Tell) {
    let mut rhythm = interval(WATCH_EVERY);
    rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = None;
    let mut anew = None;
    loop {
        tokio::select! {
            _ = rhythm.tick() => {}
            () = told(stopping.clone()) => return,
        }
        let written = guard.folder_written_anew();
        if written != anew
            && let Some(written) = &written
        {
            tell(Word::FolderWrittenAnew(written.clone()));
        }
        anew = written;
        // Of a fault that lasts, the words may tell how long: that is no news.
        let fault = guard.fault();
        let kind = fault.as_ref().map(discriminant);
        if kind != before {
            tell(fault.map_or(Word::Opened, |fault| Word::Closed(fault.into())));
        }
        before = kind;
    }
}
