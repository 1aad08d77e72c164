//! The writer: one thread through which every change reaches the disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::durable::{Trust, WriteFailure};
use crate::pages;
use crate::queue::{Reply, Request, Ticket, Work, answer};
use crate::snapshot::Snapshot;
use crate::vault::{Follower, Shared};
use crate::{Commit, ENTRIES_PAGE_MAX, Lineage, Position, Standing, VaultError};

/// What [`Vault::try_recover`](crate::Vault::try_recover) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// The number of durable ledger entries.
    pub size: u64,
    /// What became of the commits that were answered [`VaultError::InDoubt`], if there were any.
    pub in_doubt: Option<Resolved>,
}

/// What became of the commits of one group whose transaction failed while it was made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// All of them are stored.
    Stored(Position),
    /// None of them is.
    NotStored,
}

/// The writer's own state; `Shared` is what it has in common with everyone else.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    standing: Standing,
    follower: Option<Following>,
    /// Where a group in doubt would have left the store.
    doubt: Option<Standing>,
}

/// A follower, and the index of the next leaf to show it.
struct Following {
    next: u64,
    follower: Follower,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, standing: Standing) -> Self {
        Self {
            shared,
            standing,
            follower: None,
            doubt: None,
        }
    }

    /// Works until the queue ends. If it ends any other way, everyone who waits is told.
    pub(crate) fn run(mut self) {
        let _stopped = OnPanic(self.shared.clone());
        let shared = self.shared.clone();
        loop {
            let work = shared.queue.take();
            let _at_work = shared.stall.begin();
            match work {
                Work::Group(group) => self.commit(group),
                Work::Request(Request::Recover(reply)) => {
                    let recovered = self.recover();
                    answer(&reply, recovered);
                }
                Work::Request(Request::Follow(from, follower, reply)) => {
                    self.follow(from, follower, &reply);
                }
                Work::Request(Request::BeginLineage(lineage, reply)) => {
                    let begun = self.begin_lineage(lineage);
                    answer(&reply, begun);
                }
                Work::Request(Request::VerifyPages(far, reply)) => {
                    let seen = pages::walk(&shared.durable.medium, &far, Some(&shared));
                    answer(&reply, seen);
                }
                Work::End => return,
            }
        }
    }

    fn commit(&mut self, group: Vec<Ticket>) {
        let (commits, replies): (Vec<Commit>, Vec<Reply<Position>>) =
            group.into_iter().map(|t| (t.commit, t.reply)).unzip();
        let before = self.standing;
        let go_on = || self.shared.stall.go_on();
        match self.shared.durable.write_group(&commits, before, &go_on) {
            Ok(after) => {
                self.publish(after);
                self.show(&commits, before.entries);
                let mut first = before.entries;
                for (commit, reply) in commits.iter().zip(&replies) {
                    let count = commit.entries().len() as u64;
                    answer(reply, Ok(Position { first, count }));
                    first += count;
                }
                assert_eq!(first, after.entries, "every entry was given to one commit");
            }
            Err(failure) => {
                let entries: usize = commits.iter().map(|c| c.entries().len()).sum();
                let (cause, told) = match failure {
                    WriteFailure::Before(cause) => (cause.clone(), cause.not_stored()),
                    WriteFailure::During(cause) => {
                        self.doubt = Some(Standing {
                            entries: before.entries + entries as u64,
                            groups: before.groups + 1,
                            ..before
                        });
                        (cause.clone(), cause.in_doubt())
                    }
                };
                // First the queue, so that no one who hears of the failure can still submit.
                self.shared.queue.refuse(cause);
                replies.iter().for_each(|r| answer(r, Err(told.clone())));
            }
        }
    }

    fn publish(&mut self, standing: Standing) {
        self.standing = standing;
        self.shared.size.store(standing.entries, Ordering::Release);
    }

    /// Shows a group's leaves to the follower.
    fn show(&mut self, commits: &[Commit], first: u64) {
        let Some(following) = &mut self.follower else {
            return;
        };
        assert_eq!(following.next, first, "the follower is in step");
        let leaves: Vec<_> = commits
            .iter()
            .flat_map(|commit| commit.entries().iter().map(|(leaf, _)| *leaf))
            .collect();
        following.show(&leaves);
    }

    fn follow(&mut self, from: u64, follower: Follower, reply: &Reply<()>) {
        let mut following = Following {
            next: from,
            follower,
        };
        let caught_up = if from > self.standing.entries {
            Err(VaultError::Beyond {
                from,
                size: self.standing.entries,
            })
        } else {
            following.catch_up(&self.shared, self.standing.entries)
        };
        if caught_up.is_ok() {
            self.follower = Some(following);
        }
        answer(reply, caught_up);
    }

    fn begin_lineage(&mut self, lineage: Lineage) -> Result<Lineage, VaultError> {
        if let Some(cause) = self.shared.queue.refusal() {
            return Err(cause);
        }
        let begun = self.shared.durable.begin_lineage(lineage);
        match &begun {
            Ok(stands) => self.standing.lineage = Some(*stands),
            Err(cause) => self.shared.queue.refuse(cause.clone()),
        }
        begun
    }

    fn recover(&mut self) -> Result<Recovery, VaultError> {
        if self.shared.queue.refusal().is_none() {
            return Ok(self.recovery(None));
        }
        let found = self.shared.durable.load(Trust::OwnWriting)?;
        let in_doubt = self.resolve(found)?;
        self.shared.durable.prove()?;
        if let Some(following) = &mut self.follower {
            following.catch_up(&self.shared, found.entries)?;
        }
        // Only now is it settled: had anything failed before, the next attempt would resolve it anew.
        self.doubt = None;
        self.publish(found);
        self.shared.queue.admit();
        Ok(self.recovery(in_doubt))
    }

    fn recovery(&self, in_doubt: Option<Resolved>) -> Recovery {
        Recovery {
            size: self.standing.entries,
            in_doubt,
        }
    }

    /// Tells which of the states that the failure could have left is the one found.
    fn resolve(&self, found: Standing) -> Result<Option<Resolved>, VaultError> {
        let before = self.standing;
        match self.doubt {
            Some(after) if found.same_groups(&after) => Ok(Some(Resolved::Stored(Position {
                first: before.entries,
                count: after.entries - before.entries,
            }))),
            Some(_) if found.same_groups(&before) => Ok(Some(Resolved::NotStored)),
            None if found.same_groups(&before) => Ok(None),
            _ => Err(VaultError::damaged(
                &self.shared.durable.medium.name,
                format!("it was left at {before:?} and is now at {found:?}"),
            )),
        }
    }
}

impl Following {
    fn show(&mut self, leaves: &[[u8; Commit::LEAF_BYTES]]) {
        if !leaves.is_empty() {
            (self.follower)(leaves, self.next);
            self.next += leaves.len() as u64;
        }
    }

    /// Shows what lies between the follower and `size`, from the disk.
    fn catch_up(&mut self, shared: &Arc<Shared>, size: u64) -> Result<(), VaultError> {
        if self.next == size {
            return Ok(());
        }
        let snapshot = Snapshot::of(shared)?;
        while self.next < size {
            let page = snapshot.entries(self.next, ENTRIES_PAGE_MAX)?;
            assert!(!page.is_empty(), "a snapshot holds what is durable");
            let leaves: Vec<_> = page.into_iter().map(|(leaf, _)| leaf).collect();
            self.show(&leaves);
        }
        Ok(())
    }
}

/// Tells everyone who waits when the writer ends by a panic.
struct OnPanic(Arc<Shared>);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.queue.abandon(VaultError::Stopped {
                store: self.0.durable.medium.name.clone(),
            });
        }
    }
}
