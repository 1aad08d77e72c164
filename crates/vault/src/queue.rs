//! The queue between those who submit and the one writer: ordered, bounded, and closed on failure.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::pages::Far;
use crate::vault::Follower;
use crate::writer::Recovery;
use crate::{
    Commit, GROUP_BYTES_MAX, GROUP_COMMITS_MAX, Lineage, Position, QUEUE_BYTES_MAX,
    QUEUE_COMMITS_MAX, VaultError,
};

/// Where an answer goes: a channel of one place, so that answering never waits.
pub(crate) type Reply<T> = SyncSender<Result<T, VaultError>>;

/// A commit and who waits for it.
pub(crate) struct Ticket {
    pub(crate) commit: Commit,
    pub(crate) reply: Reply<Position>,
}

/// What is asked of the writer besides commits, in its turn among them.
pub(crate) enum Request {
    /// From this index on, show each leaf to the follower.
    Follow(u64, Follower, Reply<()>),
    /// Say which store this is.
    BeginLineage(Lineage, Reply<Lineage>),
    /// Read what the disk holds.
    VerifyPages(Arc<Far>, Reply<()>),
    /// Open the store anew.
    Recover(Reply<Recovery>),
}

enum Item {
    Commit(Ticket),
    Request(Request),
}

/// What the writer does next.
pub(crate) enum Work {
    Group(Vec<Ticket>),
    Request(Request),
    /// Everything that was queued is done, and nothing more comes.
    End,
}

struct State {
    items: VecDeque<Item>,
    commits: usize,
    bytes: usize,
    /// Why commits are refused at present.
    refusal: Option<VaultError>,
    /// Why nothing at all is taken any more.
    ended: Option<VaultError>,
}

pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    space: Condvar,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                commits: 0,
                bytes: 0,
                refusal: None,
                ended: None,
            }),
            work: Condvar::new(),
            space: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a commit, waiting while the queue is full; a refusal is answered like a failure.
    pub(crate) fn submit(&self, ticket: Ticket) {
        let mut state = self.lock();
        loop {
            if let Some(cause) = state.ended.as_ref().or(state.refusal.as_ref()) {
                let refused = cause.clone().not_stored();
                drop(state);
                answer(&ticket.reply, Err(refused));
                return;
            }
            let fits = state.commits < QUEUE_COMMITS_MAX
                && state.bytes.saturating_add(ticket.commit.bytes()) <= QUEUE_BYTES_MAX;
            if fits || state.commits == 0 {
                break;
            }
            state = self
                .space
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.commits += 1;
        state.bytes += ticket.commit.bytes();
        state.items.push_back(Item::Commit(ticket));
        drop(state);
        self.work.notify_one();
    }

    /// Adds a request, which is taken even while commits are refused.
    pub(crate) fn request(&self, request: Request) -> Result<(), VaultError> {
        let mut state = self.lock();
        if let Some(ended) = &state.ended {
            return Err(ended.clone());
        }
        state.items.push_back(Item::Request(request));
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// The next request, or as many of the next commits as make a group; waits for either.
    pub(crate) fn take(&self) -> Work {
        let mut state = self.lock();
        loop {
            match state.items.pop_front() {
                Some(Item::Request(request)) => return Work::Request(request),
                Some(Item::Commit(first)) => {
                    let group = state.group_from(first);
                    drop(state);
                    self.space.notify_all();
                    return Work::Group(group);
                }
                None if state.ended.is_some() => return Work::End,
                None => {
                    state = self
                        .work
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }

    /// From now on refuses commits, those that wait included, until [`Queue::admit`].
    pub(crate) fn refuse(&self, cause: VaultError) {
        let mut state = self.lock();
        if state.refusal.is_none() {
            state.refusal = Some(cause.clone());
        }
        let waiting = std::mem::take(&mut state.items);
        let (commits, requests) = waiting
            .into_iter()
            .partition(|item| matches!(item, Item::Commit(_)));
        state.items = requests;
        (state.commits, state.bytes) = (0, 0);
        drop(state);
        self.space.notify_all();
        fail(commits, &cause);
    }

    /// Takes commits again.
    pub(crate) fn admit(&self) {
        self.lock().refusal = None;
    }

    /// Takes nothing more; what is queued is still worked off.
    pub(crate) fn end(&self, cause: VaultError) {
        let mut state = self.lock();
        state.ended.get_or_insert(cause);
        drop(state);
        self.work.notify_all();
        self.space.notify_all();
    }

    /// Takes nothing more and fails what is queued: there is no writer any more.
    pub(crate) fn abandon(&self, cause: VaultError) {
        self.end(cause.clone());
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.items);
        (state.commits, state.bytes) = (0, 0);
        drop(state);
        fail(waiting, &cause);
    }

    /// Why commits are refused, if they are.
    pub(crate) fn refusal(&self) -> Option<VaultError> {
        let state = self.lock();
        state.ended.clone().or_else(|| state.refusal.clone())
    }
}

impl State {
    fn group_from(&mut self, first: Ticket) -> Vec<Ticket> {
        let mut bytes = first.commit.bytes();
        let mut group = vec![first];
        while group.len() < GROUP_COMMITS_MAX {
            let Some(Item::Commit(next)) = self.items.front() else {
                break;
            };
            if bytes.saturating_add(next.commit.bytes()) > GROUP_BYTES_MAX {
                break;
            }
            bytes += next.commit.bytes();
            if let Some(Item::Commit(next)) = self.items.pop_front() {
                group.push(next);
            }
        }
        self.commits -= group.len();
        self.bytes -= bytes;
        group
    }
}

fn fail(items: VecDeque<Item>, cause: &VaultError) {
    for item in items {
        match item {
            Item::Commit(ticket) => answer(&ticket.reply, Err(cause.clone().not_stored())),
            Item::Request(Request::Follow(_, _, reply)) => answer(&reply, Err(cause.clone())),
            Item::Request(Request::BeginLineage(_, reply)) => answer(&reply, Err(cause.clone())),
            Item::Request(Request::VerifyPages(_, reply)) => answer(&reply, Err(cause.clone())),
            Item::Request(Request::Recover(reply)) => answer(&reply, Err(cause.clone())),
        }
    }
}

/// Answers one who may have gone away by now.
pub(crate) fn answer<T>(reply: &Reply<T>, result: Result<T, VaultError>) {
    let _ = reply.send(result);
}
