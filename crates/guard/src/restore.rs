//! Restoring: from a whole backup and the incremental ones that continue it to a room that opens.
//!
//! ```text
//! headers ─ Chain::of ─▶ gathering of each key ─▶ restore: rows and entries ─▶ head compared ─▶ everything checked
//!                                                                                  └─▶ Restored in the ledger ─▶ opened and shut
//! ```
//!
//! What is written is byte for byte what was stored, and the tree over the entries must have the head that each
//! backup says. Then everything is walked as [`check`](crate::check) does, and the room is opened once: only
//! what passes all of it is called restored.
//!
//! A restore is approved by the key holders, who give the backup's key for it alone: what they sign says to
//! which head, and what is lost by it. Their signatures stand in the event [`Restored`], and are verified
//! whenever the ledger is read. Where something may be lost the log goes on as another: the same keys under
//! another name, so that heads of the former log and of this one are never taken for a fork of one log.

use std::io::{self, Read};
use std::ops::ControlFlow;

use minicbor::{Decode, Encode};
use strongroom_record::event::Act;
use strongroom_record::keeping::{Head, Lost, Restored};
use strongroom_record::recovery::{Asked, AskedFor, HolderSigned};
use strongroom_record::{BackupId, RoomId, Timestamp, decode, encode};
use strongroom_seal::{
    BackupError, BackupHeader, BackupKey, Giving, HolderId, HouseKey, KemPublic, KeyHolderCard,
    SealedBackup, ShareAnswer, ShareRequest, Signature, SuiteFloor,
};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::tree::{Frontier, LeafHash};
use strongroom_vault::{Commit, Lineage, Pending, Vault, VaultError};

use crate::api::{CheckProgress, Checked};
use crate::backup::Range;
use crate::backup::content::{Item, ItemReader};
use crate::check::walk_store;
use crate::command::{Command, Order};
use crate::env::Environment;
use crate::fault::Fault;
use crate::founding::log_signer_of;
use crate::guard::{Guard, OpenError};
use crate::kinds;
use crate::limits::{RESTORE_COMMIT_BYTES, RESTORE_COMMIT_ITEMS, RESTORE_COMMITS_WAITING};
use crate::replay::replay;
use crate::state::State;
use crate::store::Store;

/// Why backups do not make a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// None was given.
    #[error("no backup was given")]
    Empty,
    /// The first one continues another.
    #[error(
        "backup {0} holds only what changed since backup {1}; the whole one that it goes back to comes first"
    )]
    NotWhole(BackupId, BackupId),
    /// One does not continue the one before it.
    #[error("backup {backup} does not continue backup {before}, which comes before it here{}", continues(.base))]
    Link {
        /// The backup.
        backup: BackupId,
        /// The one before it.
        before: BackupId,
        /// What it continues.
        base: Option<BackupId>,
    },
    /// They are not of one room.
    #[error("backup {0} is of another room than the one before it")]
    OtherRoom(BackupId),
    /// They are not of one store, or do not join.
    #[error(
        "backup {0} was taken from another store than the one before it, or does not join it: the room was restored in between"
    )]
    OtherStore(BackupId),
    /// Its header cannot be understood.
    #[error("backup {0} is of another version: which part of the store it holds cannot be read")]
    Range(BackupId),
}

fn continues(base: &Option<BackupId>) -> String {
    match base {
        Some(base) => format!("; it continues backup {base}"),
        None => "; it is a whole one, which stands first".to_owned(),
    }
}

/// Backups that follow each other: a whole one, and incremental ones in their order.
#[derive(Debug, Clone)]
pub struct Chain {
    headers: Vec<BackupHeader>,
    ranges: Vec<Range>,
}

impl Chain {
    /// The chain that these headers make, as far as headers tell: what lies under them is seen when it is read.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn of(headers: Vec<BackupHeader>) -> Result<Self, ChainError> {
        let first = headers.first().ok_or(ChainError::Empty)?;
        if let Some(base) = first.base {
            return Err(ChainError::NotWhole(first.backup(), base));
        }
        let ranges: Vec<Range> = headers
            .iter()
            .map(|h| decode(&h.range).map_err(|_| ChainError::Range(h.backup())))
            .collect::<Result<_, _>>()?;
        for (pair, range) in headers.windows(2).zip(ranges.windows(2)) {
            let ([before, next], [held, holds]) = (pair, range) else {
                unreachable!("windows of two");
            };
            if next.room() != before.room() {
                return Err(ChainError::OtherRoom(next.backup()));
            }
            if next.base != Some(before.backup()) {
                return Err(ChainError::Link {
                    backup: next.backup(),
                    before: before.backup(),
                    base: next.base,
                });
            }
            if holds.lineage != held.lineage
                || holds.since > held.until
                || holds.from > before.head.size
            {
                return Err(ChainError::OtherStore(next.backup()));
            }
        }
        Ok(Self { headers, ranges })
    }
    /// The room.
    pub fn room(&self) -> RoomId {
        self.last().room()
    }
    /// The head to which it restores.
    pub fn head(&self) -> Head {
        let head = self.last().head;
        Head {
            size: head.size,
            root: head.root,
        }
    }
    /// The last backup of it.
    pub fn backup(&self) -> BackupId {
        self.last().backup()
    }
    /// The headers, in order.
    pub fn headers(&self) -> &[BackupHeader] {
        &self.headers
    }
    fn last(&self) -> &BackupHeader {
        self.headers.last().expect("a chain has a backup")
    }
    /// What key holders are asked for one backup of the chain, when the room is to be restored.
    pub fn restoring(&self, backup: BackupId, lost: Lost) -> Asked {
        asked(backup, restoring_words(&self.head(), &lost))
    }
    /// What they are asked when it is only to be proved that it restores.
    pub fn rehearsing(&self, backup: BackupId) -> Asked {
        asked(
            backup,
            "rehearse: prove that it restores, and keep nothing".to_owned(),
        )
    }
}

fn asked(backup: BackupId, doing: String) -> Asked {
    Asked {
        what: AskedFor::Backup { backup, doing },
        by: None,
        until: None,
    }
}

/// What is shown to the key holders who approve a restore, and signed by them.
fn restoring_words(head: &Head, lost: &Lost) -> String {
    let named = |head: &Head| {
        let root = data_encoding::HEXLOWER.encode(&head.root);
        format!("{} entries, root {root}", head.size)
    };
    let to = named(head);
    match lost {
        Lost::Nothing => format!("restore to the head of {to}; nothing is lost"),
        Lost::Until(until) => format!(
            "restore to the head of {to}; what came after it is lost, up to the head of {}",
            named(until)
        ),
        Lost::Unknown => format!(
            "restore to the head of {to}; what came after it, restrictions included, is lost, and nobody knows how much"
        ),
    }
}

/// The key holders' approval of a restore: they gave the last backup's key for it.
#[derive(Debug, Clone)]
pub struct Approval {
    lost: Lost,
    request: ShareRequest,
    given: Vec<(HolderId, Signature)>,
}

impl Approval {
    /// The approval that lies in what was asked of any one holder, and in what holders answered.
    pub fn of(lost: Lost, request: ShareRequest, answers: &[ShareAnswer]) -> Self {
        let given = answers.iter().map(|a| (a.holder, a.signature.clone()));
        Self {
            lost,
            request,
            given: given.collect(),
        }
    }
}

/// Why a room was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A backup cannot be read to its end.
    #[error("backup {0}: {1}")]
    Backup(BackupId, BackupError),
    /// What lies under its seal is not what backups hold.
    #[error("backup {0}: {1}")]
    Content(BackupId, io::Error),
    /// What it holds does not give the head that it says.
    #[error("backup {0}: what it holds does not give the head of the ledger that it says it has")]
    Head(BackupId),
    /// It does not go on from the one before it.
    #[error("backup {0}: its entries of the ledger are not those of the backup before it")]
    Entries(BackupId),
    /// The store cannot be written.
    #[error(transparent)]
    Store(#[from] VaultError),
    /// The room does not open.
    #[error("what was restored does not open: {0}")]
    Open(#[from] OpenError),
    /// The room is not whole.
    #[error("what was restored is not sound: {} damaged, {} missing, {} orphaned", .0.damaged, .0.missing, .0.orphaned)]
    Unsound(Box<Checked>),
    /// The key holders approved something else.
    #[error("the key holders did not approve this restore, or too few of them did")]
    NotApproved,
    /// It was stopped.
    #[error("it was stopped before the end")]
    Stopped,
}

impl From<Fault> for RestoreError {
    fn from(fault: Fault) -> Self {
        Self::Open(OpenError::Fault(fault))
    }
}

/// How far a restore has come.
#[derive(Debug, Clone, Copy)]
pub enum RestoreProgress {
    /// Bytes of rows that were written.
    Written(u64),
    /// The check of what was written.
    Checked(CheckProgress),
}

/// Told how far a restore has come; can stop it.
pub type OnRestore<'a> = &'a mut dyn FnMut(RestoreProgress) -> ControlFlow<()>;

/// What was restored.
pub struct RestoredRoom {
    /// The house key, for its file.
    pub house: HouseKey,
    /// The head of the backup, which the room's ledger goes on from.
    pub head: Head,
    /// What the check saw.
    pub checked: Checked,
    /// Counts the logs of the room.
    pub generation: u32,
}

/// Writes a room into an empty store. With an approval the restore is recorded in its ledger; without
/// one it is a rehearsal, whose store is to be thrown away.
///
/// # Errors
/// See [`RestoreError`]. The store is then of no use.
pub fn restore<R: Read>(
    vault: Vault,
    chain: &Chain,
    parts: Vec<(SealedBackup<R>, BackupKey)>,
    approval: Option<&Approval>,
    env: &Environment,
    progress: OnRestore<'_>,
) -> Result<RestoredRoom, RestoreError> {
    let mut dice = env.entropy.stream(b"restore");
    vault.begin_lineage(Lineage(dice.bytes()))?;
    let mut writing = Writing::new(&vault);
    for ((sealed, key), range) in parts.into_iter().zip(&chain.ranges) {
        writing.part(sealed, &key, range, env.floor, progress)?;
    }
    let house = writing.finish()?;
    let head = chain.head();
    let copy = |house: &HouseKey| {
        HouseKey::from_text(env.floor, house.to_text().expose()).expect("a key's own text")
    };
    let store = Store::new(vault, copy(&house), chain.room(), env.floor);
    let mut checking = |checked| progress(RestoreProgress::Checked(checked));
    let folded = replay(&store, chain.room(), env.floor).and_then(|fold| {
        let state = fold.state.ok_or(Fault::Missing("the first event"))?;
        Ok((state, fold.last))
    });
    let keys = folded
        .as_ref()
        .ok()
        .map(|(state, _)| state.log.keys.as_str());
    let checked = walk_store(&store, chain.room(), env.floor, keys, &mut checking);
    if !checked.is_sound() {
        return Err(RestoreError::Unsound(Box::new(checked)));
    }
    let (state, last) = folded?;
    let generation = match approval {
        None => state.log.generation,
        Some(approval) => record(&store, chain, (&state, last), approval, env)?,
    };
    let (vault, house_again) = store.into_parts();
    Guard::open(vault, house_again, env.clone())?.shut()?;
    Ok(RestoredRoom {
        house,
        head,
        checked,
        generation,
    })
}

/// Records the restore in the ledger that was restored.
fn record(
    store: &Store,
    chain: &Chain,
    (state, last): (&State, Timestamp),
    approval: &Approval,
    env: &Environment,
) -> Result<u32, RestoreError> {
    let before = state.log.generation;
    let generation = match approval.lost {
        Lost::Nothing => before,
        Lost::Until(_) | Lost::Unknown => before + 1,
    };
    let seeds = store.get(kinds::log_keys(), "the ledger's keys")?;
    let signer = log_signer_of(chain.room(), generation, seeds.expose(), None)?;
    let restored = Restored {
        backup: chain.backup(),
        head: chain.head(),
        lost: approval.lost,
        generation,
        log_keys: signer.public_keys().to_text(),
        recovery: approval.request.recovery,
        asked: approval.request.asked.clone(),
        recipient: encode(&approval.request.recipient).into(),
        approvals: approval
            .given
            .iter()
            .map(|(holder, signature)| HolderSigned {
                holder: *holder.as_bytes(),
                signature: signature.as_bytes().to_vec().into(),
            })
            .collect(),
    };
    if !is_approved(&restored, state, env.floor) {
        return Err(RestoreError::NotApproved);
    }
    let stream = env.entropy.stream(&encode(&(chain.backup(), b"restored")));
    let mut command = Command::begin(store, chain.room(), None, None, stream);
    command.event(Act::Restored(Box::new(restored)));
    if generation != before {
        // It is of the log that ends here.
        command.delete(kinds::checkpoint());
    }
    let order = Order::since(last);
    let _durable = command.submit(&order, env.clock.now(), None).wait()?;
    Ok(generation)
}

/// Whether as many of the room's key holders as are needed have signed for this restore.
pub(crate) fn is_approved(restored: &Restored, state: &State, floor: SuiteFloor) -> bool {
    let expected = asked(
        restored.backup,
        restoring_words(&restored.head, &restored.lost),
    );
    let Ok(recipient) = decode::<KemPublic>(&restored.recipient) else {
        return false;
    };
    if decode::<Asked>(&restored.asked).ok() != Some(expected) {
        return false;
    }
    let giving = Giving::new(
        state.genesis.room,
        restored.recovery,
        &restored.asked,
        &recipient,
    );
    let signed = |card: &&KeyHolderCard| {
        restored.approvals.iter().any(|by| {
            by.holder == *card.id().as_bytes()
                && Signature::from_bytes(&by.signature)
                    .is_ok_and(|signature| giving.verify(floor, card, &signature).is_ok())
        })
    };
    let count = state.key_holders.cards().iter().filter(signed).count();
    count >= usize::from(state.key_holders.quorum())
}

/// Which log a room's ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LogNow {
    /// Counts from 1.
    #[n(0)]
    pub(crate) generation: u32,
    /// The verifier keys, in the text form of signed notes.
    #[n(1)]
    pub(crate) keys: String,
}

impl LogNow {
    /// What a restore makes of it.
    pub(crate) fn restored(
        &mut self,
        restored: &Restored,
        entries: u64,
    ) -> Result<(), &'static str> {
        if restored.head.size != entries {
            return Err("a restore goes on right behind the head of its backup");
        }
        let follows = match restored.lost {
            Lost::Nothing => {
                restored.generation == self.generation && restored.log_keys == self.keys
            }
            Lost::Until(_) | Lost::Unknown => {
                self.generation.checked_add(1) == Some(restored.generation)
            }
        };
        if !follows {
            return Err("the log that it begins does not follow the one before");
        }
        self.generation = restored.generation;
        self.keys.clone_from(&restored.log_keys);
        Ok(())
    }
}

/// A store being filled.
struct Writing<'a> {
    vault: &'a Vault,
    commit: Commit,
    items: usize,
    pending: Vec<Pending>,
    tree: Frontier,
    house: Option<HouseKey>,
    bytes: u64,
}

impl<'a> Writing<'a> {
    fn new(vault: &'a Vault) -> Self {
        Self {
            vault,
            commit: Commit::new(),
            items: 0,
            pending: Vec::new(),
            tree: Frontier::new(),
            house: None,
            bytes: 0,
        }
    }

    fn part<R: Read>(
        &mut self,
        sealed: SealedBackup<R>,
        key: &BackupKey,
        range: &Range,
        floor: SuiteFloor,
        progress: OnRestore<'_>,
    ) -> Result<(), RestoreError> {
        let header = sealed.header().clone();
        let id = header.backup();
        let opened = sealed.open(key).map_err(|e| RestoreError::Backup(id, e))?;
        let mut items = ItemReader::new(opened);
        let mut next = range.from;
        loop {
            match items.next().map_err(|e| of_content(id, e))? {
                Item::House(text) => self.house(id, text.expose(), floor)?,
                Item::Row(key, bytes) => {
                    self.bytes += bytes.len() as u64;
                    self.commit.put(key, bytes);
                }
                Item::Deleted(key) => {
                    self.commit.delete(key);
                }
                Item::Entries(first, entries) => {
                    if first != next {
                        return Err(RestoreError::Entries(id));
                    }
                    next += entries.len() as u64;
                    self.entries(id, first, &entries)?;
                }
                Item::End => break,
            }
            self.items += 1;
            if self.items >= RESTORE_COMMIT_ITEMS || self.commit.bytes() >= RESTORE_COMMIT_BYTES {
                self.send()?;
                if progress(RestoreProgress::Written(self.bytes)).is_break() {
                    return Err(RestoreError::Stopped);
                }
            }
        }
        self.settle()?;
        let head = self.tree.head();
        if next != header.head.size
            || head.size().get() != header.head.size
            || *head.root().as_bytes() != header.head.root
        {
            return Err(RestoreError::Head(id));
        }
        Ok(())
    }

    fn house(&mut self, id: BackupId, text: &[u8], floor: SuiteFloor) -> Result<(), RestoreError> {
        let wrong = || {
            of_content(
                id,
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the house key in it cannot be read",
                ),
            )
        };
        let text = std::str::from_utf8(text).map_err(|_| wrong())?;
        self.house = Some(HouseKey::from_text(floor, text).map_err(|_| wrong())?);
        Ok(())
    }

    /// Appends entries; those that the backup before this one has too must be the same.
    fn entries(
        &mut self,
        id: BackupId,
        first: u64,
        entries: &[([u8; Entry::LEN], [u8; 16])],
    ) -> Result<(), RestoreError> {
        let size = self.tree.size().get();
        let known = usize::try_from(size.saturating_sub(first)).unwrap_or(usize::MAX);
        let (again, new) = entries.split_at(known.min(entries.len()));
        if !again.is_empty() {
            self.settle()?;
            if self.vault.entries(first, again.len())? != again {
                return Err(RestoreError::Entries(id));
            }
        }
        for (leaf, event) in new {
            self.commit.entry(*leaf, *event);
            self.tree.append(LeafHash::of(leaf));
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), RestoreError> {
        self.items = 0;
        self.pending
            .push(self.vault.submit(std::mem::take(&mut self.commit)));
        if self.pending.len() >= RESTORE_COMMITS_WAITING {
            self.pending.remove(0).wait()?;
        }
        Ok(())
    }

    /// Waits until all that was sent is on the disk.
    fn settle(&mut self) -> Result<(), RestoreError> {
        self.send()?;
        for pending in self.pending.drain(..) {
            pending.wait()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<HouseKey, RestoreError> {
        self.settle()?;
        Ok(self.house.expect("every backup begins with the house key"))
    }
}

/// A [`BackupError`] comes through reading inside an error of its own.
fn of_content(id: BackupId, error: io::Error) -> RestoreError {
    match error.downcast::<BackupError>() {
        Ok(error) => RestoreError::Backup(id, error),
        Err(error) => RestoreError::Content(id, error),
    }
}

/// A restore that the key holders did not approve stops the fold.
pub(crate) fn must_be_approved(
    restored: &Restored,
    state: &State,
    floor: SuiteFloor,
) -> Result<(), Fault> {
    if is_approved(restored, state, floor) {
        return Ok(());
    }
    Err(Fault::Damaged(
        "a restore is recorded that the key holders did not approve",
    ))
}
