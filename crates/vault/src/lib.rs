//! Durable bytes: ordered keys, atomic commits, and the rows of the ledger.
//!
//! The vault is the one part of a room that touches its disk. It owns
//!
//! * **rows**: a [`Key`] (kind, random id, counter) to at most [`VALUE_BYTES_MAX`] opaque bytes;
//! * **entries**: the ledger's rows, a 33-byte leaf and a 16-byte event id each, numbered from 0
//!   without a gap, in the order in which they were submitted;
//! * **groups**: commits that were written in one transaction, numbered from 1. Each row bears the
//!   number of the group that wrote it, and each deleted key that of the one that deleted it, so that
//!   [`Snapshot::changes`] tells what has changed since an earlier view;
//! * **commits**: any number of puts, deletes and entries that become durable together or not at
//!   all.
//!
//! Besides the store there are the files that others read: the ledger's folder, and a head kept
//! outside the room ([`folder`]); and the slot file ([`slots`]), whose slots are overwritten in place when what
//! lies under them is to be destroyed.
//!
//! It holds no key that opens anything by itself: every value was sealed before it came here, and a slot's key
//! takes off one layer, under which all others still lie. It decides
//! nothing either: who may write what, and when, is the guard's business.
//!
//! # One commit, from submitting to durable
//!
//! ```text
//! submit ─► queue (bounded, in order) ─► writer thread ─► one redb transaction for the whole group
//!                                                              │ 2 fsyncs
//!            waiters ◄── their Position ◄── follower ◄── size ◄┘
//! ```
//!
//! [`Vault::submit`] puts a [`Commit`] in the queue and returns a [`Pending`]. One writer thread
//! takes everything that gathered while the previous group was on its way to the disk and writes it
//! as one transaction, so that many sessions share the price of one. Then [`Vault::size`] moves,
//! the follower set with [`Vault::follow`] sees the new leaves, and each waiter gets its
//! [`Position`]. The order of the queue is the order of the ledger.
//!
//! # What cannot happen
//!
//! * A waiter is told that its commit is stored before it would survive the loss of power.
//! * A commit is half there, whenever the machine stops.
//! * An entry of the ledger is changed, removed, or numbered twice: there is no call for it.
//! * Two processes hold one store: the file is locked, and the lock ends with the process.
//! * A reader sees what is not yet durable.
//! * A commit is refused and yet stored, without being named: where the disk failed so late that
//!   both are possible the error says [`VaultError::InDoubt`], and [`Vault::try_recover`] says
//!   which it was.
//!
//! # When the disk fails
//!
//! The group at hand, and all that is queued behind it, fail with one and the same cause; from then
//! on every submission is refused with it ([`Vault::health`]). [`Vault::try_recover`] opens the
//! store anew from what the disk holds, proves with a durable write that it can be written again,
//! and takes up where the store stands. It can be called as often as one likes.
//!
//! # Why two-phase commits, and no quick repair
//!
//! redb's default commit costs one fsync: it writes data and root together, and trusts checksums to
//! tell after a crash whether all arrived. After an fsync *that failed*, Linux drops the unwritten
//! pages but goes on showing them to readers; the checksums would then pass in this process, and
//! the data be missing after the next loss of power. So every commit here has two phases: data,
//! fsync, root, fsync. A failed first phase leaves the old root in force, and the second writes
//! only the page of the header, which recovery writes once more. (`tests/faults.rs` fails every
//! sync in turn on a disk that forgets like Linux; with one phase it does not pass.) redb's
//! quick repair would add the allocator's state to each commit, so that reopening after a crash needs no
//! second walk through the store. But that state grows with the file, and every commit of a large room would
//! pay for what only a crash needs. The benchmark `commits` shows all three settings.
//!
//! # What is on the disk is not believed
//!
//! [`Vault::open`] reads every page and verifies its checksum before anything is used: a changed bit
//! in anything that is stored gives [`VaultError::Damaged`]. That is so too for a store that was closed in
//! order: closing saves the walk that counts free pages, not the one that verifies used ones. (A recovery does not: the file has been
//! locked since it was verified.) [`Vault::verify_pages`] does the same while the store is in use: what its
//! cache still answers may be gone from the disk. The checksums are made against accident, not against an attacker who
//! makes new ones, and they do not show that a whole file was put back: the ledger's tree, the
//! seals and the heads kept elsewhere do, and checking those is the guard's part. Should redb panic
//! on such a forgery, the panic is caught at this crate's edge and becomes the same error; one panic
//! within another ends the process, and with it the room.
//!
//! # What it does not do
//!
//! Large objects lie in the same file as the rest, cut by the caller into rows that count up
//! ([`CHUNK_BYTES`]); a store of their own comes with the server's object store. Space that becomes free is
//! used again, but the file is not made smaller while the vault is open.

mod commit;
mod durable;
mod error;
pub mod folder;
mod key;
mod limits;
mod medium;
mod opening;
mod pages;
mod queue;
mod rows;
pub mod slots;
mod snapshot;
mod spool;
mod stall;
mod standing;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod vault;
mod writer;

pub use commit::{Commit, Entry, Position, Remake};
pub use error::{StoreName, VaultError};
pub use key::Key;
pub use limits::{
    CACHE_BYTES, CHUNK_BYTES, COMMIT_BYTES_MAX, COMMIT_ITEMS_MAX, ENTRIES_PAGE_MAX,
    GROUP_BYTES_MAX, GROUP_COMMITS_MAX, QUEUE_BYTES_MAX, QUEUE_COMMITS_MAX, VALUE_BYTES_MAX,
};
pub use pages::PagesRead;
/// What a store may lie on instead of a file.
pub use redb::StorageBackend;
pub use rows::{Changes, Rows};
pub use snapshot::Snapshot;
pub use spool::{SLOT_BYTES, SLOTS, SPOOL_BYTES, Spool, SpoolError};
pub use standing::{Lineage, Standing};
pub use vault::{Health, Pending, Vault};
pub use writer::{Recovery, Resolved};
