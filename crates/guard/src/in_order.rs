//! Making things on several threads and taking them on one, in order.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::fault::Fault;
use crate::limits::{WALK_AHEAD, WALK_THREADS_MAX};

/// Threads for work of this crate that takes all cores for a moment.
pub(crate) fn threads() -> usize {
    thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WALK_THREADS_MAX)
}

/// Makes things numbered from 0, and takes them in that order; each thread is a few things ahead at most.
///
/// # Errors
/// The first that `take` returns; nothing more is made then.
pub(crate) fn in_order<T: Send>(
    count: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let threads = threads();
    if threads == 1 || count <= 1 {
        return (0..count).try_for_each(|n| take(make(n)));
    }
    thread::scope(|scope| {
        let makers = threads.min(count);
        let made: Vec<Receiver<T>> = (0..makers)
            .map(|first| {
                let (sender, receiver) = sync_channel(WALK_AHEAD);
                let make = &make;
                scope.spawn(move || {
                    let all = (first..count).step_by(makers);
                    // When nobody takes any more, nothing more is made.
                    let _ = all.map(make).try_for_each(|thing| sender.send(thing));
                });
                receiver
            })
            .collect();
        (0..count).try_for_each(|n| take(made[n % makers].recv().expect("each is made")))
    })
}
