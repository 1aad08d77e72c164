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
//! The keys of the slots go into a slot file of the new store, which has an id of its own: the one that the room had
//! before does not go with it.
//!
//! A restore is approved by the key holders, who give the backup's key for it alone: what they sign says to
//! which head, and what is lost by it. Their signatures stand in the event [`Restored`], and are verified
//! whenever the ledger is read. The log goes on as another: the same keys under
//! another name, so that heads of the former log and of this one are never taken for a fork of one log. It does so after
//! every restore, since nothing proves that the room did not go on behind the backup.

mod chain;
mod writing;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use minicbor::{Decode, Encode};
use strongroom_record::event::Act;
use strongroom_record::keeping::{Approved, Head, Lost, Restored};
use strongroom_record::recovery::{Asked, HolderSigned};
use strongroom_record::{BackupId, EventId, RecordId, RoomId, Timestamp, decode, encode};
use strongroom_seal::{
    BackupError, BackupKey, Giving, HouseKey, KemPublic, KeyHolderCard, SealedBackup, ShareAnswer,
    ShareRequest, Signature, SuiteFloor,
};
use strongroom_tlog::checkpoint::LogPublicKeys;

use strongroom_vault::{Lineage, Vault, VaultError};

use crate::anchor::{AnchorError, RestrictionKept, claimed_head, read_anchor};
use crate::api::{CheckProgress, Checked};
use crate::check::walk_store;
use crate::command::{Command, Order};
use crate::destroy::destroy_again;
use crate::env::Environment;
use crate::fault::Fault;
use crate::founding::{log_origin, log_signer_of};
use crate::guard::{Guard, OpenError};
use crate::kinds;
use crate::replay::replay;
use crate::restrict_again::restrict_again;
use crate::state::State;
use crate::store::Store;
use writing::{Writing, Written};

pub use chain::{Chain, ChainError, restore_asked};

/// What an anchor says is lost by restoring a chain, as far as its clear part tells: the rest of it is read with
/// the room's own keys, and a restore that finds it to be another's fails.
///
/// # Errors
/// It is no anchor, or it was left behind: it has not even seen that the last backup came to its end, so that the
/// room went on without it, and what was done then is nothing that it could know.
pub fn lost_by(chain: &Chain, anchor: &[u8]) -> Result<Lost, AnchorError> {
    let seen = claimed_head(anchor)?;
    let seen = Head {
        size: seen.size().get(),
        root: *seen.root().as_bytes(),
    };
    let backup = chain.head().size;
    if seen.size > backup {
        Ok(Lost::Until(seen))
    } else {
        Err(AnchorError::LeftBehind {
            seen: seen.size,
            backup,
        })
    }
}

/// The key holders' approval of a restore: they gave the last backup's key for it.
#[derive(Debug, Clone)]
pub struct Approval {
    lost: Lost,
    anchor: Option<Vec<u8>>,
    request: ShareRequest,
    given: Vec<Approved>,
}

impl Approval {
    /// The approval that lies in what was asked of any one holder, and in what holders answered.
    pub fn of(lost: Lost, request: ShareRequest, answers: &[ShareAnswer]) -> Self {
        let given = answers.iter().map(|a| Approved {
            given: encode(&a.giving.given).into(),
            by: HolderSigned {
                holder: *a.holder.as_bytes(),
                signature: a.signature.as_bytes().to_vec().into(),
            },
        });
        Self {
            lost,
            anchor: None,
            request,
            given: given.collect(),
        }
    }
    /// The same with the anchor that says what was lost: what it knows to have been restricted since is
    /// restricted again.
    #[must_use]
    pub fn with_anchor(mut self, anchor: Vec<u8>) -> Self {
        self.anchor = Some(anchor);
        self
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
    /// It has more slots than a room has.
    #[error("backup {0}: it holds more slots than any room has")]
    Slots(BackupId),
    /// The store cannot be written.
    #[error(transparent)]
    Store(#[from] VaultError),
    /// The room does not open.
    #[error("what was restored does not open: {0}")]
    Open(#[from] OpenError),
    /// The room is not whole.
    #[error("what was restored is not sound: {} damaged, {} missing, {} orphaned", .0.damaged, .0.missing, .0.orphaned)]
    Unsound(Box<Checked>),
    /// The anchor is not this room's, or not what the restore was approved for.
    #[error("the anchor: {0}")]
    Anchor(#[from] AnchorError),
    /// The anchor does not know all that was restricted since.
    #[error(
        "the anchor does not know of every restriction since this backup; it does from entry {from} of the ledger on, and the backup ends at {head}"
    )]
    AnchorNotWhole {
        /// Where its list begins.
        from: u64,
        /// Where the backup ends.
        head: u64,
    },
    /// The key holders approved something else.
    #[error("the key holders did not approve this restore, or too few of them did")]
    NotApproved,
    /// It was stopped.
    #[error("it was stopped before the end")]
    Stopped,
}

impl RestoreError {
    /// The backup that it is about, if it is about one of several.
    pub fn backup(&self) -> Option<BackupId> {
        match self {
            Self::Backup(backup, _)
            | Self::Content(backup, _)
            | Self::Head(backup)
            | Self::Entries(backup)
            | Self::Slots(backup) => Some(*backup),
            _ => None,
        }
    }
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
    /// Records that were restricted again.
    pub restricted: usize,
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
    let Written { house, slots } = writing.finish()?;
    let head = chain.head();
    let copy = |house: &HouseKey| {
        HouseKey::from_text(env.floor, house.to_text().expose()).expect("a key's own text")
    };
    let store = Store::new(vault, copy(&house), chain.room(), env.floor);
    // A room of which nothing was filed names a slot file too, from which no slot was drawn.
    if slots.is_some() || store.vault.get(kinds::slots())?.is_some() {
        let keys = slots.unwrap_or_default();
        store.restore_slots(chain.last().suite(), &keys, &*env.entropy)?;
    }
    let mut checking = |checked| progress(RestoreProgress::Checked(checked));
    let folded = replay(&store, chain.room(), env.floor).and_then(|fold| {
        let state = fold.state.ok_or(Fault::Missing("the first event"))?;
        Ok((state, fold.last))
    });
    let keys = folded
        .as_ref()
        .ok()
        .map(|(state, _)| state.log.keys.as_str());
    let checked = walk_store(&store, chain.room(), env.floor, keys, &[], &mut checking);
    if !checked.is_sound() {
        return Err(RestoreError::Unsound(Box::new(checked)));
    }
    let (state, last) = folded?;
    let (generation, restricted) = match approval {
        None => (state.log.generation, 0),
        Some(approval) => record(&store, chain, (&state, last), approval, env)?,
    };
    let (vault, house_again) = store.into_parts();
    Guard::open(vault, house_again, env.clone())?.shut()?;
    Ok(RestoredRoom {
        house,
        head,
        checked,
        generation,
        restricted,
    })
}

/// What an anchor adds to a backup, once it is believed.
struct Known {
    /// The room's last log, as far as is known: of the backup, or a later one that the anchor has seen.
    generation: u32,
    /// The restrictions that the backup does not hold.
    restrictions: Vec<RestrictionKept>,
    /// The records that were destroyed since, each with the event that did it.
    destroyed: Vec<(RecordId, EventId)>,
}

fn known_since(
    store: &Store,
    chain: &Chain,
    state: &State,
    approval: &Approval,
) -> Result<Known, RestoreError> {
    let nothing_more = Known {
        generation: state.log.generation,
        restrictions: Vec::new(),
        destroyed: Vec::new(),
    };
    let Some(bytes) = &approval.anchor else {
        return match approval.lost {
            // Nobody else says so.
            Lost::Until(_) => Err(RestoreError::NotApproved),
            Lost::Unknown => Ok(nothing_more),
        };
    };
    let keys = LogPublicKeys::from_text(&state.log.keys)
        .map_err(|_| Fault::Damaged("the ledger's public keys in its events"))?;
    let anchor = read_anchor(bytes, chain.room(), &keys, store)?;
    let head = anchor.head.head();
    let (size, root) = (head.size().get(), *head.root().as_bytes());
    if approval.lost != Lost::Until(Head { size, root }) {
        return Err(RestoreError::NotApproved);
    }
    let since = anchor.since;
    if since.from > chain.head().size {
        return Err(RestoreError::AnchorNotWhole {
            from: since.from,
            head: chain.head().size,
        });
    }
    let stands = |id: &RecordId| {
        state
            .records
            .get(*id)
            .is_some_and(|r| r.destroyed.is_none())
    };
    let destroyed = since.destroyed().iter().map(|kept| (kept.record, kept.by));
    let destroyed: BTreeMap<RecordId, EventId> = destroyed.filter(|(id, _)| stands(id)).collect();
    let mut restrictions = Vec::new();
    for restriction in since.into_restrictions() {
        // What the backup holds is in force already, and of what is destroyed nothing is left to rise.
        if !destroyed.contains_key(&restriction.record)
            && store.find(kinds::event(restriction.event))?.is_none()
        {
            restrictions.push(restriction);
        }
    }
    Ok(Known {
        generation: anchor.generation.max(state.log.generation),
        restrictions,
        destroyed: destroyed.into_iter().collect(),
    })
}

/// Records the restore in the ledger that was restored.
fn record(
    store: &Store,
    chain: &Chain,
    (state, last): (&State, Timestamp),
    approval: &Approval,
    env: &Environment,
) -> Result<(u32, usize), RestoreError> {
    let known = known_since(store, chain, state, approval)?;
    let generation = known.generation.saturating_add(1);
    let seeds = store.get(kinds::log_keys(), "the ledger's keys")?;
    let signer = log_signer_of(chain.room(), generation, seeds.expose(), None)?;
    let mut restored = Restored {
        backup: chain.backup(),
        head: chain.head(),
        lost: approval.lost,
        generation,
        log_keys: signer.public_keys().to_text(),
        recovery: approval.request.recovery,
        asked: approval.request.asked.clone(),
        recipient: encode(&approval.request.recipient).into(),
        approvals: Vec::new(),
        restricted: Vec::new(),
    };
    let floor = env.floor;
    let good = |by: &&Approved| {
        let card = state.key_holders.card(&by.by.holder);
        card.is_some_and(|card| approves(card, by, &restored, state, floor))
    };
    restored.approvals = approval.given.iter().filter(good).cloned().collect();
    if !is_approved(&restored, state, env.floor) {
        return Err(RestoreError::NotApproved);
    }
    let stream = env.entropy.stream(&encode(&(chain.backup(), b"restored")));
    let mut command = Command::begin(store, chain.room(), None, None, stream);
    let event = command.draw_event_id();
    let suite = chain.last().suite();
    let mut dice = command.dice.fork();
    let place = (chain.room(), suite);
    restored.restricted =
        restrict_again(store, state, place, event, &known.restrictions, &mut dice)?;
    let restricted = restored.restricted.len();
    let again = destroy_again(store, state, &known.destroyed)?;
    restored.restricted.extend(again);
    command.event_as(event, Act::Restored(Box::new(restored)), Vec::new());
    // It is of the log that ends here.
    command.delete(kinds::checkpoint());
    let order = Order::since(last);
    let _durable = command.submit(&order, env.clock.now(), None).wait()?;
    Ok((generation, restricted))
}

/// Whether as many of the room's key holders as are needed have signed for this restore, each once, and nobody else
/// has.
pub(crate) fn is_approved(restored: &Restored, state: &State, floor: SuiteFloor) -> bool {
    let mut left: Vec<&KeyHolderCard> = state.key_holders.cards().iter().collect();
    let mut of_card = |by: &Approved| {
        let at = left
            .iter()
            .position(|card| by.by.holder == *card.id().as_bytes());
        at.is_some_and(|at| approves(left.swap_remove(at), by, restored, state, floor))
    };
    restored.approvals.iter().all(&mut of_card)
        && restored.approvals.len() >= usize::from(state.key_holders.quorum())
}

/// Whether a key holder has signed for this restore, and for no other.
fn approves(
    card: &KeyHolderCard,
    approved: &Approved,
    restored: &Restored,
    state: &State,
    floor: SuiteFloor,
) -> bool {
    let expected = restore_asked(restored.backup, &restored.head, &restored.lost);
    let of_this = decode::<Asked>(&restored.asked).ok() == Some(expected);
    let (Ok(recipient), Ok(given), Ok(signature)) = (
        decode::<KemPublic>(&restored.recipient),
        decode(&approved.given),
        Signature::from_bytes(&approved.by.signature),
    ) else {
        return false;
    };
    let (room, recovery) = (state.genesis.room, restored.recovery);
    let giving = Giving::new(room, recovery, &restored.asked, &recipient, given);
    of_this && giving.verify(floor, card, &signature).is_ok()
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
    /// The restores by which it became another, in order.
    #[n(2)]
    pub(crate) restores: Vec<Ended>,
}

/// A log that ended by a restore.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Ended {
    /// The place of the restore in the ledger: how many entries of the former log are kept.
    #[n(0)]
    pub(crate) at: u64,
    /// The log that began.
    #[n(1)]
    pub(crate) generation: u32,
    /// Up to which head the former log is given up, if the key holders were told.
    #[n(2)]
    pub(crate) until: Option<Head>,
}

impl LogNow {
    /// What a restore makes of it.
    pub(crate) fn restored(
        &mut self,
        room: RoomId,
        restored: &Restored,
        entries: u64,
    ) -> Result<(), &'static str> {
        if restored.head.size != entries {
            return Err("a restore goes on right behind the head of its backup");
        }
        // Numbers are left out where a log is given up that the backup does not know of.
        let keys = LogPublicKeys::from_text(&self.keys)
            .map_err(|_| "the ledger's public keys cannot be read")?
            .renamed(&log_origin(room, restored.generation));
        if restored.generation <= self.generation || restored.log_keys != keys.to_text() {
            return Err("the log that it begins does not follow the one before");
        }
        let until = match restored.lost {
            Lost::Until(head) => Some(head),
            Lost::Unknown => None,
        };
        self.restores.push(Ended {
            at: entries,
            generation: restored.generation,
            until,
        });
        self.generation = restored.generation;
        self.keys.clone_from(&restored.log_keys);
        Ok(())
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
