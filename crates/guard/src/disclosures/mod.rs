//! Disclosures: somebody outside, or a member who does not want to be known, writes to the inspectors.
//!
//! ```text
//! sender's side   text, files ─▶ padded ─▶ sealed to the inspectors ──┐
//! guard           page ◀───────────────────────────────────────────── │ ── who asks
//!                 intake ◀────────────────────────────────────────────┘
//!                    │ spool: a file with its own space
//!                    ▼
//!                 each hour, be there something or not: one leaf over 32 places, taken or drawn
//!                    ▼
//!                 inspectors: list, acknowledge (into the store), read, reply ─▶ rows, sealed to sender and inspectors
//! sender's side   comes back with seven words: proof of intake, answers, further messages
//! ```
//!
//! | module | subject |
//! | --- | --- |
//! | `intake` | what anybody may ask without a session: the page, bringing a message, coming back |
//! | `batch` | the leaf of the hour |
//! | `desk` | what inspectors ask |
//! | `overdue` | what should have been done by now |
//!
//! # Against whom
//!
//! * **Who runs the guard, and whoever takes the disk, every backup and the house key**, reads no word: what is stored is
//!   sealed to the inspectors' key, and what goes back to the sender's. They see ids, sizes by steps, and in which hour
//!   something came. Who runs the guard also sees each message come, from which account of the machine if he watches the
//!   socket, and can drop one before the leaf of the hour: then the sender, who comes back, gets no proof.
//! * **Whoever looks at the ledger** sees an entry of 33 bytes each hour. Its event has one size too; how many of its places
//!   are taken stands under the house key, and the proof that one sender gets shows a path through hashes, of which
//!   nothing tells taken places from others; the places are drawn, so that none tells of an order.
//! * **Who guesses codes** has to run Argon2id for each guess. What is shown to the guard is looked up under its digest:
//!   a wrong code and one that never was are the same name, under which nothing lies, and the same refusal.
//! * **Who swaps the inspectors' key** is found: each leaf shows the digest of the key that the next messages are to be
//!   sealed to. The sender's side takes a key only with the proof that such a leaf stands in the ledger, under the log keys
//!   it knows, and is no older than the rhythm allows; the fold of every later opening and check refuses a leaf that shows
//!   another key than the events bind. A guard that lies there has signed its lie.
//! * **An inspector who wants to know who it was** sees the id, the hour and the words. No account of the machine, no
//!   session and no address goes with a message or into a row, an event or a log. What the words and files tell of their
//!   writer they tell.
//! * **Who wants to bury one** cannot drop it unseen: its leaf names it, under the house key; `check` and every listing of the
//!   inspectors name what is taken in and not there. Nothing expires and nothing is wiped. A store and a ledger that are both
//!   put back are found by the heads that others keep.
//! * **Who floods** fills the spool and nothing else: [`BATCH_PLACES`] messages an hour, of which
//!   [`DISCLOSURES_COME_BACK`] places are for codes that are known, and space of which the last
//!   [quarter](crate::limits::DISCLOSURES_SMALL_PART) is for short messages. Nothing comes into the room's own store before an inspector has
//!   acknowledged it by hand. While a flood lasts, a new one may have to be brought again in the next hour: it is told so.
//!
//! [`BATCH_PLACES`]: strongroom_record::disclosure::BATCH_PLACES
//! [`DISCLOSURES_COME_BACK`]: crate::limits::DISCLOSURES_COME_BACK

mod batch;
mod desk;
mod intake;
mod overdue;

use std::sync::{Mutex, MutexGuard, PoisonError};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_record::{DisclosureId, decode};
use strongroom_seal::SealedMessage;
use strongroom_seal::digest::DIGEST_BYTES;
use strongroom_tlog::commit::{FieldTag, Salt, commit};
use strongroom_vault::{Key, Spool, SpoolError};

pub use intake::BROUGHT_MAX_BYTES;
pub(crate) use overdue::{disclosure_figures, overdue_notice};

use crate::fault::{Fault, Stop};
use crate::guard::Core;
use crate::kinds;
use crate::refusal::{Code, Refusal};
use crate::state::State;

/// The tag under which a leaf commits to a message: no event has a field of this number.
const LEAF_TAG: FieldTag = FieldTag::new(0xd15c);

/// The leaf that commits to a sealed message, by its digest, under a salt.
pub fn disclosed_leaf(salt: [u8; Salt::LEN], digest: [u8; DIGEST_BYTES]) -> [u8; 32] {
    *commit(LEAF_TAG, &Salt::new(salt), &digest).as_bytes()
}

/// A disclosed message as it lies in the spool and in the store.
#[derive(Encode, Decode)]
pub(crate) struct DisclosedRow {
    /// The salt of its leaf.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) salt: [u8; Salt::LEN],
    /// The sealed message.
    #[n(1)]
    pub(crate) message: SealedMessage,
}

impl DisclosedRow {
    /// The leaf that commits to it.
    pub(crate) fn leaf(&self) -> [u8; 32] {
        disclosed_leaf(self.salt, *self.message.digest().as_bytes())
    }
    /// Whether it is what it is stored as.
    pub(crate) fn is_at(&self, key: Key) -> bool {
        kinds::disclosed(self.message.disclosure, self.message.number) == key
    }
}

/// An answer as it lies in the store: the sealed bytes.
#[derive(Encode, Decode)]
pub(crate) struct ReplyRow(#[n(0)] pub(crate) ByteVec);

/// One comes in at a time, and none while a batch is taken.
#[derive(Default)]
pub(crate) struct Door(Mutex<()>);

impl Door {
    pub(crate) fn take(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    pub(crate) fn spool(&self) -> Option<&Spool> {
        self.publisher.outside.disclosures.as_ref()
    }

    /// A message that was taken in, from wherever it lies; none if it is in neither place.
    pub(crate) fn disclosed_row(
        &self,
        id: DisclosureId,
        number: u32,
    ) -> Result<Option<DisclosedRow>, Stop> {
        let key = kinds::disclosed(id, number);
        if let Some(spool) = self.spool()
            && let Some(covered) = spool.get(key).map_err(spool_fails)?
        {
            return Ok(self
                .store
                .open_row(key, &covered)
                .and_then(|bytes| decode::<DisclosedRow>(&bytes).ok())
                .filter(|row| row.is_at(key)));
        }
        let Some(bytes) = self.store.find(key)? else {
            return Ok(None);
        };
        let row: DisclosedRow =
            decode(bytes.expose()).map_err(|_| Fault::Damaged("a disclosed message"))?;
        Ok(Some(row).filter(|row| row.is_at(key)))
    }

    /// What lies in the spool and is in a batch.
    pub(crate) fn taken_in_spool(&self, state: &State) -> Vec<Key> {
        let taken = |key: &Key| {
            let id = DisclosureId::from_bytes(key.id);
            key.kind == kinds::DISCLOSED && key.counter <= state.disclosures.taken(id) as u64
        };
        let keys = self.spool().map_or(Vec::new(), Spool::keys);
        keys.into_iter().filter(taken).collect()
    }

    /// Whether a message lies in one of the two places.
    fn disclosed_is_there(&self, key: Key) -> Result<bool, Stop> {
        if self.spool().is_some_and(|spool| spool.holds(key)) {
            return Ok(true);
        }
        Ok(self.store.vault.get(key).map_err(Fault::from)?.is_some())
    }
}

/// What a spool that fails means: nothing for the room.
fn spool_fails(error: SpoolError) -> Stop {
    let refusal = match error {
        SpoolError::Full => Refusal::new(
            Code::Limit,
            "the space set aside for disclosures is full; nothing was taken",
        )
        .hint("try again later: space comes back as the inspectors acknowledge; a short message may still fit"),
        SpoolError::There => Refusal::new(Code::Conflict, "this message is here already"),
        SpoolError::Disk(cause) => Refusal::new(
            Code::Limit,
            format!("the disk on which disclosures lie does not work: {cause}"),
        )
        .hint("nothing is known to have been taken; those who keep the room look at the disk and open the room again"),
    };
    refusal.into()
}

/// A spool is there, or not: then nothing is taken.
fn no_spool() -> Refusal {
    Refusal::new(Code::Limit, "this room takes no disclosures in at present")
        .hint("those who keep the room see at its opening why no space is set aside for them")
}
