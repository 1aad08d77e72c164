//! Backups: all that a room stores, in one stream that only its key holders open together.
//!
//! A backup is taken from one view of the store, while the room is in use: rows and ledger of one
//! instant. A full one holds everything; an incremental one holds what was put or deleted since another
//! backup was begun, and continues only a backup of the same store, which the ledger knows: of the
//! other file nothing is believed but its name.
//!
//! Either holds the keys of all slots as they are at that instant: without them the rows open for nobody, and what is
//! wiped by then stays so, whatever an earlier backup of the chain had.
//!
//! What lies in it is sealed as it lies in the store, once more under a key of its own, which is dealt
//! among the key holders and kept nowhere. The house key is in it too: a backup and enough key
//! holders give the room back, and neither the one nor the other alone gives anything.
//!
//! That a backup was begun is durable in the ledger before its first byte leaves, and so is in the
//! backup itself. One that broke off is recorded like one that arrived: whether there is such a file, its owner knows.

pub(crate) mod content;

use std::io::{self, Write};

use minicbor::{Decode, Encode};
use strongroom_record::event::Act;
use strongroom_record::keeping::BackedUp;
use strongroom_record::{BackupId, encode};
use strongroom_seal::{BackupHeader, BackupShares, BackupWriter, LedgerHead, NewBackupKey};
use strongroom_tlog::tree::TreeSize;
use strongroom_vault::{Commit, Key, Lineage, Snapshot};
use zeroize::Zeroizing;

use crate::api::BackupAsk;
use crate::fault::{Fault, Stop};
use crate::guard::{Core, Guard};
use crate::publish::Patience;
use crate::refusal::{Code, Refusal};
use crate::session::Peer;
use content::{ENTRIES_IN_ITEM, ItemWriter};

/// Which part of which store a backup holds: in its clear header, bound by its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Range {
    /// The store.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) lineage: [u8; 16],
    /// It holds what was put or deleted after this group.
    #[n(1)]
    pub(crate) since: u64,
    /// And the entries of the ledger from this one on.
    #[n(2)]
    pub(crate) from: u64,
    /// The last group that it holds.
    #[n(3)]
    pub(crate) until: u64,
}

/// What a backup will hold.
struct Plan {
    view: Snapshot,
    /// The keys of the slots as they were at that instant.
    slots: Vec<Zeroizing<Vec<u8>>>,
    header: BackupHeader,
    key: NewBackupKey,
    range: Range,
    /// What lies beside the store and is in the ledger.
    spooled: Vec<Key>,
}

impl Guard {
    /// Backs the room up into `out`, for the machine's operator. What was written is a backup only if this
    /// ends without an error: a stream that broke off is one that every reader finds cut short.
    ///
    /// # Errors
    /// The peer is neither the account that the guard runs under nor root, the backup to be continued is
    /// none of this store, the output fails, or the room is closed.
    pub fn backup(
        &self,
        peer: Peer,
        own: Peer,
        ask: &BackupAsk,
        out: &mut dyn Write,
    ) -> Result<(), Refusal> {
        peer.must_operate(own)?;
        let core = self.core();
        core.guarded(|| {
            let plan = core.begin_backup(ask)?;
            let backup = plan.header.backup();
            core.write_backup(plan, out)?;
            core.backup_is_whole(backup);
            Ok(())
        })
    }
}

impl Core {
    /// Writes the messages that lie beside the store: as rows of it, which is where a restore puts them. One that was
    /// acknowledged meanwhile is taken from the store as it is now.
    fn write_spool<W: Write>(&self, keys: &[Key], items: &mut ItemWriter<W>) -> Result<(), Stop> {
        let Some(spool) = self.spool() else {
            return Ok(());
        };
        for key in keys {
            let lies_there = spool
                .get(*key)
                .map_err(|e| not_taken(io::Error::other(e)))?;
            let value = match lies_there {
                Some(value) => Some(value),
                None => self.store.vault.get(*key).map_err(Fault::from)?,
            };
            if let Some(value) = value {
                items.row(*key, &value).map_err(not_taken)?;
            }
        }
        Ok(())
    }

    /// Records the backup, and takes the view that it is made of.
    fn begin_backup(&self, ask: &BackupAsk) -> Result<Plan, Stop> {
        // Backups follow each other no faster than the ledger grows by their events.
        let name = [b"backup".as_slice(), &self.ledger().size().to_be_bytes()].concat();
        let mut dice = self.env.entropy.stream(&name);
        let lineage = self
            .store
            .vault
            .begin_lineage(Lineage(dice.bytes()))
            .map_err(Fault::from)?;
        let backup = BackupId::random(&mut dice);
        let (base, among, spooled) = {
            // While nobody else decides: so what the event says of the store is what it has without it.
            let mut state = self.state_mut();
            let base = ask.base.as_deref().map(|id| base_of(&state, id, lineage));
            let base = base.transpose()?;
            let standing = self.store.vault.snapshot().and_then(|view| view.standing());
            let standing = standing.map_err(Fault::from)?;
            let mut command = self.command_of_nobody(&format!("backup {backup}"));
            command.event(Act::BackedUp(BackedUp {
                backup,
                base: base.as_ref().map(|b| b.backup),
                entries: standing.entries,
                lineage: lineage.0,
                groups: standing.groups,
            }));
            self.enact(&mut state, command, None)?;
            let cards = state.key_holders.cards().to_vec();
            let quorum = usize::from(state.key_holders.quorum());
            (base, (cards, quorum), self.taken_in_spool(&state))
        };
        let (cards, needed) = among;
        let dealt =
            BackupShares::of_backup(self.suite, self.room, backup, needed, &cards, &mut dice);
        let (shares, key) = dealt.map_err(|_| Fault::Damaged("the key holders' cards"))?;
        // So that what is restored has a signed head to be compared with.
        let _checkpoint = self.settle(Patience::Done)?;
        let (view, slots) = {
            // While nobody destroys anything: so what the view has is not without its slot.
            let _state = self.state();
            let view = self.store.vault.snapshot().map_err(Fault::from)?;
            (view, self.store.slots_now()?)
        };
        // The tree has what is in the view when all that was submitted before now has been answered.
        self.store.vault.submit(Commit::new()).wait()?;
        let standing = view.standing().map_err(Fault::from)?;
        let range = Range {
            lineage: lineage.0,
            since: base.as_ref().map_or(0, |b| b.groups),
            from: base.as_ref().map_or(0, |b| b.entries),
            until: standing.groups,
        };
        let size = TreeSize::new(view.size()).map_err(|_| Fault::Damaged("the ledger's size"))?;
        let head = self.ledger().head_at(size).ok_or(Fault::Damaged(
            "the ledger is shorter in memory than in the store",
        ))?;
        let header = BackupHeader {
            shares,
            base: base.map(|b| b.backup),
            head: LedgerHead {
                size: size.get(),
                root: *head.root().as_bytes(),
            },
            range: encode(&range).into(),
        };
        Ok(Plan {
            view,
            slots,
            header,
            key,
            range,
            spooled,
        })
    }

    fn write_backup(&self, plan: Plan, out: &mut dyn Write) -> Result<(), Stop> {
        let sealed = BackupWriter::begin(out, &plan.header, plan.key).map_err(not_taken)?;
        let mut items = ItemWriter::new(sealed);
        items
            .house(self.store.house().to_text().expose())
            .map_err(not_taken)?;
        for keys in &plan.slots {
            items.slots(keys).map_err(not_taken)?;
        }
        self.write_spool(&plan.spooled, &mut items)?;
        let changes = plan.view.changes(plan.range.since).map_err(Fault::from)?;
        for change in changes {
            let (key, row) = change.map_err(Fault::from)?;
            match row {
                Some(row) => items.row(key, &row),
                // Of what a whole backup does not hold, nothing is there to be deleted.
                None if plan.range.since == 0 => Ok(()),
                None => items.deleted(key),
            }
            .map_err(not_taken)?;
        }
        let mut from = plan.range.from;
        while from < plan.view.size() {
            let page = plan
                .view
                .entries(from, ENTRIES_IN_ITEM)
                .map_err(Fault::from)?;
            items.entries(from, &page).map_err(not_taken)?;
            from += page.len() as u64;
        }
        let sealed = items.end().map_err(not_taken)?;
        let (out, _key) = sealed.finish().map_err(not_taken)?;
        out.flush().map_err(not_taken)?;
        Ok(())
    }
}

/// The backup that an incremental one continues, as the ledger tells of it.
fn base_of(state: &crate::state::State, id: &str, lineage: Lineage) -> Result<BackedUp, Refusal> {
    let unknown = || {
        Refusal::new(
            Code::NotFound,
            "the ledger of this room knows no such backup: it is another room's, or was changed",
        )
        .hint("make a whole backup, without --since")
    };
    let id: BackupId = id.parse().map_err(|_| unknown())?;
    let base = state.backups.get(&id).ok_or_else(unknown)?;
    if base.lineage != lineage.0 {
        return Err(Refusal::new(
            Code::Conflict,
            "that backup was taken from the store as it was before the room was restored; what has changed since cannot be told",
        )
        .hint("make a whole backup, without --since"));
    }
    Ok(base.clone())
}

fn not_taken(error: io::Error) -> Stop {
    Stop::Refused(
        Refusal::new(
            Code::Limit,
            format!("the backup was not taken to its end: {error}"),
        )
        .hint("what arrived of it is no backup; make another"),
    )
}
