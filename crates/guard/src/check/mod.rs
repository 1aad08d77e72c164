//! Walking everything that is stored, and naming what is damaged, missing or orphaned.
//!
//! Three things are compared: the entries of the ledger with the events; what the events name with the
//! rows; the rows with themselves (each opens at its place, and decodes). Nothing is opened but the
//! outer layer: the house key is all that a check has. What lies under a restriction's layer is
//! therefore seen to open at its place and no more; how many such values there are is told.
//!
//! **While the room is in use** the disk is compared as well: what the store answers may lie in memory alone, so every page
//! is read from the disk first, past all caches, and its checksum verified. The store is walked in pieces, each from a view of its own, so that no
//! view grows old and keeps space that others free. Every view holds rows and ledger of one instant;
//! before a piece is judged, the events up to that instant are read. So a row that was written, moved
//! or deleted meanwhile is judged by what the ledger said when it was read, and never by what it said
//! before. Writers wait for nothing here.
//!
//! **On a room that is closed or does not open.** The same walk, without a guard ([`check_offline`]):
//! why the room does not open is told, and then everything that can be said. Where an event cannot be
//! read, what it named is not known: rows that nothing names are then told as such and not called orphans.

mod disk;
mod finding;
mod heads;
mod ledger;
mod named;
mod recoveries;
mod rows;

use std::ops::ControlFlow;
use std::sync::PoisonError;

use strongroom_record::event::Act;
use strongroom_record::{RoomId, decode};
use strongroom_seal::{HouseKey, SuiteFloor};
use strongroom_tlog::checkpoint::{LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::tree::TreeHead;
use strongroom_vault::{Key, Snapshot, Spool, Vault, VaultError};

use crate::api::{CheckAsk, CheckProgress, Checked, HeadSeen, LastCheck, Wrong};
use crate::env::Environment;
use crate::fault::Fault;
use crate::filing::side_by_side;
use crate::guard::{Core, Guard, IssuedCopy, OpenError, named};
use crate::kinds;
use crate::limits::{CHECK_PIECE_BYTES, CHECK_PIECE_ROWS};
use crate::refusal::Refusal;
use crate::session::Peer;
use crate::store::Store;
use crate::taking_up::take_up;

use finding::Findings;
use heads::Heads;
use ledger::LedgerWalk;
use named::{Named, Want};
use rows::{InSpool, Seen, judge, judge_in_spool};

/// The first rule of every row.
const OPENS: &str = "it opens with the house key at its place";
/// The second.
const DECODES: &str = "it has the form that this version writes";

/// Told how far a check has come; can stop it.
pub type OnCheck<'a> = &'a mut dyn FnMut(CheckProgress) -> ControlFlow<()>;

impl Guard {
    /// Walks everything stored, for the machine's operator; also when the room is closed. The check is
    /// recorded as an event before its result is given, where the room can record anything.
    ///
    /// # Errors
    /// The peer is neither the account that the guard runs under nor root.
    pub fn check(
        &self,
        peer: Peer,
        own: Peer,
        ask: &CheckAsk,
        progress: OnCheck<'_>,
    ) -> Result<IssuedCopy, Refusal> {
        peer.must_operate(own)?;
        let core = self.core();
        let mut checked = core.walk_all(ask, progress);
        checked.receipt = core.record_check(&checked);
        *core
            .last_check
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(LastCheck {
            at: core.now().to_string(),
            whole: checked.whole,
            findings: checked.damaged + checked.missing + checked.orphaned,
        });
        Ok(IssuedCopy::of(&checked))
    }
}

impl Core {
    fn walk_all(&self, ask: &CheckAsk, progress: OnCheck<'_>) -> Checked {
        let place = Place {
            store: &self.store,
            room: self.room,
            floor: self.env.floor,
            spool: self.spool(),
        };
        let believed = LogPublicKeys::from_text(&self.state().log.keys).ok();
        let signed = self.ledger().checkpoint(self.now()).ok();
        let seen = [self.heads_outside(), ask.heads.clone()].concat();
        Walk::new(place, signed, believed.as_ref(), &seen).run_open(progress)
    }

    /// Records the check; none where the room is closed.
    fn record_check(&self, checked: &Checked) -> Option<String> {
        let recorded = self.guarded(|| {
            let name = format!("checked {}", self.ledger().size());
            let submitted = {
                let _state = self.state();
                let mut command = self.command_of_nobody(&name);
                let id = command.event(Act::Checked {
                    whole: checked.whole,
                    entries: checked.entries,
                    rows: checked.rows,
                    damaged: checked.damaged,
                    missing: checked.missing,
                    orphaned: checked.orphaned,
                });
                (id, self.submit(command, None))
            };
            submitted.1.wait()?.note(&mut self.trail());
            Ok(submitted.0.to_string())
        });
        recorded.ok()
    }
}

/// Walks the store of a room that no guard has open, or that does not open, and compares its ledger with heads
/// that were seen elsewhere.
///
/// # Errors
/// There is no room, its suite is refused, or the house key is another room's: then nothing can be said.
pub fn check_offline(
    vault: Vault,
    house: HouseKey,
    env: &Environment,
    seen: &[HeadSeen],
    spool: Option<&Spool>,
    progress: OnCheck<'_>,
) -> Result<Checked, OpenError> {
    let (room, suite) = named(&vault)?;
    let suite = env.floor.admit(suite).map_err(|_| OpenError::Suite)?;
    let store = Store::new(vault, house, room, env.floor);
    if !opens_anything(&store)? {
        return Err(OpenError::HouseKey);
    }
    // What would keep the room from opening is told in the same words.
    let slots = store.open_slots(suite, &*env.entropy, false);
    let opening = slots.and_then(|()| take_up(&store, room, env));
    let opening = opening.map(|opened| opened.state.log.keys);
    let mut refuses = Vec::new();
    if let Err(fault) = &opening {
        refuses.push(format!("the room does not open: {fault}"));
    }
    let believed = opening.ok();
    let place = Place {
        store: &store,
        room,
        floor: env.floor,
        spool,
    };
    let mut checked = walk_place(place, believed.as_deref(), seen, progress);
    refuses.append(&mut checked.not_checked);
    checked.not_checked = refuses;
    store.close()?;
    Ok(checked)
}

/// Walks a store that nobody else has. The keys of its log are those given, if the events that name them
/// were read and believed.
pub(crate) fn walk_store(
    store: &Store,
    room: RoomId,
    floor: SuiteFloor,
    log_keys: Option<&str>,
    seen: &[HeadSeen],
    progress: OnCheck<'_>,
) -> Checked {
    let place = Place {
        store,
        room,
        floor,
        spool: None,
    };
    walk_place(place, log_keys, seen, progress)
}

fn walk_place(
    place: Place<'_>,
    log_keys: Option<&str>,
    seen: &[HeadSeen],
    progress: OnCheck<'_>,
) -> Checked {
    let store = place.store;
    let stored = store.find(kinds::checkpoint()).ok().flatten();
    let signed = stored.and_then(|text| SignedCheckpoint::from_bytes(text.expose()).ok());
    let believed = log_keys.and_then(|keys| LogPublicKeys::from_text(keys).ok());
    Walk::new(place, signed, believed.as_ref(), seen).run(progress)
}

/// Whether the house key opens some row: one that is damaged does not make it another room's.
fn opens_anything(store: &Store) -> Result<bool, Fault> {
    const TRIED: usize = 16;
    let snapshot = store.vault.snapshot()?;
    let first = snapshot.range(kinds::log_keys()..=kinds::checkpoint())?;
    let events = snapshot.scan(kinds::EVENT)?;
    for row in first.chain(events).take(TRIED) {
        let (key, covered) = row?;
        if store.open_row(key, &covered).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where a check is made.
#[derive(Clone, Copy)]
struct Place<'a> {
    store: &'a Store,
    room: RoomId,
    floor: SuiteFloor,
    /// Where disclosures lie that no inspector has acknowledged.
    spool: Option<&'a Spool>,
}

/// One check.
struct Walk<'a> {
    place: Place<'a>,
    signed: Option<SignedCheckpoint>,
    named: Named,
    ledger: LedgerWalk,
    findings: Findings,
    /// Rows that nothing names, while it is not known whether something did.
    unplaced: u64,
    rows: u64,
    bytes: u64,
    to_the_portion: u64,
    under_layers: u64,
    batch_boxes: Vec<Key>,
    /// Pages of the store's file that count as walked.
    pages: u64,
    /// Disclosed messages that lie in a spool which was not looked into.
    not_looked: u64,
}

/// Why a walk ended before its end.
enum Ended {
    Stopped,
    Unreadable(VaultError),
}

impl From<VaultError> for Ended {
    fn from(error: VaultError) -> Self {
        Self::Unreadable(error)
    }
}

impl<'a> Walk<'a> {
    /// A walk that compares with this checkpoint, whose keys are these: or, where nobody knows better,
    /// those that the first event names.
    fn new(
        place: Place<'a>,
        signed: Option<SignedCheckpoint>,
        believed: Option<&LogPublicKeys>,
        seen: &[HeadSeen],
    ) -> Self {
        let mut findings = Findings::default();
        // Where a restore made it another log, nobody knows yet that these are not its keys any more.
        let first = believed
            .is_none()
            .then(|| first_events_keys(&place))
            .flatten();
        let head = match (&signed, believed) {
            (None, _) => None,
            (Some(signed), Some(keys)) => head_of(signed, keys, &mut findings),
            (Some(signed), None) => first
                .as_ref()
                .and_then(|keys| signed.verify(keys).ok())
                .map(|checkpoint| *checkpoint.head()),
        };
        let keys = believed.or(first.as_ref());
        let heads = Heads::of(seen, &place, keys, &mut findings);
        Self {
            place,
            signed,
            named: Named::new(),
            ledger: LedgerWalk::new(head, heads),
            findings,
            unplaced: 0,
            rows: 0,
            bytes: 0,
            to_the_portion: 0,
            under_layers: 0,
            batch_boxes: Vec::new(),
            pages: 0,
            not_looked: 0,
        }
    }

    /// The same of a store that is open for longer than the check: what it answers may lie in memory alone.
    fn run_open(mut self, progress: OnCheck<'_>) -> Checked {
        let ended = self.disk(progress).and_then(|()| self.walk(progress)).err();
        self.conclude(ended)
    }

    fn run(mut self, progress: OnCheck<'_>) -> Checked {
        let ended = self.walk(progress).err();
        self.conclude(ended)
    }

    fn walk(&mut self, progress: OnCheck<'_>) -> Result<(), Ended> {
        let mut from = Some(Key::new(0, [0; 16], 0));
        self.catch_up(&self.place.store.vault.snapshot()?, progress)?;
        while let Some(key) = from {
            let snapshot = self.place.store.vault.snapshot()?;
            self.catch_up(&snapshot, progress)?;
            from = self.piece(&snapshot, key)?;
            self.tell(progress)?;
        }
        Ok(())
    }

    /// Reads the ledger as far as a view of the store has it.
    fn catch_up(&mut self, snapshot: &Snapshot, progress: OnCheck<'_>) -> Result<(), Ended> {
        while self.ledger.next < snapshot.size()
            && self
                .ledger
                .page(&self.place, snapshot, &mut self.named, &mut self.findings)?
        {
            self.tell(progress)?;
        }
        Ok(())
    }

    fn tell(&self, progress: OnCheck<'_>) -> Result<(), Ended> {
        let told = CheckProgress {
            done: self.pages + self.ledger.next + self.rows,
            of: self.pages + self.ledger.next + (self.named.rows.len() as u64).max(self.rows),
            bytes: self.bytes,
            findings: self.findings.count(),
        };
        match progress(told) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Ended::Stopped),
        }
    }

    /// Judges one piece of the rows, from a key on; gives the key at which the next begins.
    fn piece(&mut self, snapshot: &Snapshot, from: Key) -> Result<Option<Key>, Ended> {
        let last = Key::new(u8::MAX, [u8::MAX; 16], u64::MAX);
        let mut piece = Vec::new();
        let mut bytes = 0;
        let mut until = last;
        for row in snapshot.range(from..=last)? {
            let row = row?;
            bytes += row.1.len();
            until = row.0;
            piece.push(row);
            if bytes >= CHECK_PIECE_BYTES || piece.len() >= CHECK_PIECE_ROWS {
                break;
            }
            until = last;
        }
        self.rows += piece.len() as u64;
        self.bytes += bytes as u64;
        let (place, named) = (self.place, &self.named);
        let judged = side_by_side(piece, |(key, covered)| {
            judge(&place, snapshot, named, key, &covered).map(|seen| (key, seen))
        });
        let judged: Vec<(Key, Seen)> = judged.into_iter().collect::<Result<_, _>>()?;
        self.miss(from, until, &judged);
        for (key, seen) in judged {
            self.note(key, seen);
        }
        Ok(after(until))
    }

    /// Names what the events name in a range and the store does not have there.
    fn miss(&mut self, from: Key, until: Key, there: &[(Key, Seen)]) {
        let mut there = there.iter().map(|(key, _)| *key).peekable();
        for (key, want) in self.named.rows.range(from..=until) {
            while there.next_if(|t| t < key).is_some() {}
            if there.peek() == Some(key) || matches!(want, Want::Event | Want::Command) {
                continue;
            }
            if let Want::Disclosed(want) = want {
                match judge_in_spool(&self.place, want, *key) {
                    InSpool::Sound => continue,
                    InSpool::NotLooked => {
                        self.not_looked += 1;
                        continue;
                    }
                    InSpool::Damaged(rule) => {
                        self.findings.row(*key, Wrong::Damaged, rule);
                        continue;
                    }
                    InSpool::Missing => {}
                }
            }
            let rule = "an event of the ledger names it";
            self.findings.row(*key, Wrong::Missing, rule);
        }
    }

    fn note(&mut self, key: Key, seen: Seen) {
        match seen {
            Seen::Sound => {}
            Seen::ToThePortion => self.to_the_portion += 1,
            Seen::UnderLayers => self.under_layers += 1,
            Seen::Damaged(rule) => self.findings.row(key, Wrong::Damaged, rule),
            Seen::UnnamedBatchBox => self.batch_boxes.push(key),
            Seen::Unnamed if self.ledger.is_whole() => {
                self.findings.row(key, Wrong::Orphaned, UNNAMED);
            }
            Seen::Unnamed => self.unplaced += 1,
        }
    }

    fn conclude(mut self, ended: Option<Ended>) -> Checked {
        let mut not_checked = Vec::new();
        match &ended {
            None => {}
            Some(Ended::Stopped) => not_checked.push("it was stopped before the end".to_owned()),
            Some(Ended::Unreadable(error)) => {
                not_checked.push(format!("the store cannot be read any further: {error}"));
            }
        }
        if self.not_looked > 0 {
            not_checked.push(format!(
                "{} disclosed messages that no inspector has acknowledged: they lie beside the store, where nothing could be read",
                self.not_looked
            ));
        }
        let heads = std::mem::take(&mut self.ledger.heads);
        not_checked.append(&mut heads.end(ended.is_none(), &mut self.findings));
        let mut left_over = 0;
        for key in std::mem::take(&mut self.batch_boxes) {
            if self.named.boxes_may_be_left() || !self.ledger.is_whole() {
                left_over += 1;
            } else {
                self.findings.row(key, Wrong::Orphaned, UNNAMED);
            }
        }
        let mut agreed = false;
        match (self.ledger.agreed, &self.signed) {
            (Some(true), _) => agreed = true,
            (Some(false), _) => self.findings.ledger(
                "checkpoint".to_owned(),
                Wrong::Damaged,
                "the entries give the root that the signed checkpoint has",
            ),
            (None, Some(signed)) if ended.is_none() && self.ledger.next < signed.claimed_size().get() => {
                let rule = "the ledger has all entries that the signed checkpoint is over";
                self.findings.ledger(self.ledger.next.to_string(), Wrong::Missing, rule);
            }
            // A room that nobody has opened since it was founded has none yet.
            (None, None) if self.ledger.is_of_one_command() => {}
            (None, _) => not_checked.push(
                "no checkpoint could be compared with the ledger: it is missing, or bears no signature that counts".to_owned(),
            ),
        }
        let compared = self.ledger.agreed.is_some() || self.ledger.is_of_one_command();
        if !self.ledger.is_whole() {
            not_checked.push(format!(
                "{} events cannot be read, so what they named is not known: what is said of other rows is as far as the rest of the ledger tells, and {} rows that nothing names are not judged",
                self.ledger.unread.len(),
                self.unplaced
            ));
        }
        Checked {
            whole: ended.is_none() && self.ledger.is_whole() && compared,
            not_checked,
            entries: self.ledger.next,
            rows: self.rows,
            bytes: self.bytes,
            values_to_the_portion: self.to_the_portion,
            values_under_layers: self.under_layers,
            left_over,
            damaged: self.findings.damaged,
            missing: self.findings.missing,
            orphaned: self.findings.orphaned,
            findings: self.findings.kept,
            checkpoint: self
                .signed
                .filter(|_| agreed)
                .map(|signed| signed.as_str().to_owned()),
            receipt: None,
        }
    }
}

const UNNAMED: &str = "every row is named by an event of the ledger";

/// The key that follows, if there is one.
fn after(key: Key) -> Option<Key> {
    let number = key.to_bytes();
    let mut next = number;
    for byte in next.iter_mut().rev() {
        let (sum, over) = byte.overflowing_add(1);
        *byte = sum;
        if !over {
            return Some(Key::from_bytes(&next));
        }
    }
    None
}

/// The head that a checkpoint signs with these keys.
fn head_of(
    signed: &SignedCheckpoint,
    keys: &LogPublicKeys,
    findings: &mut Findings,
) -> Option<TreeHead> {
    match signed.verify(keys) {
        Ok(checkpoint) => Some(*checkpoint.head()),
        Err(_) => {
            let rule = "the checkpoint bears both signatures of the ledger's keys";
            findings.ledger("checkpoint".to_owned(), Wrong::Damaged, rule);
            None
        }
    }
}

/// The ledger's keys as the first event names them, if it can be read.
fn first_events_keys(place: &Place<'_>) -> Option<LogPublicKeys> {
    let snapshot = place.store.vault.snapshot().ok()?;
    let (_, id) = *snapshot.entries(0, 1).ok()?.first()?;
    let key = Key::new(kinds::EVENT, id, 0);
    let covered = snapshot.get(key).ok()??;
    let bytes = place.store.open_row(key, &covered)?;
    let event: strongroom_record::event::StoredEvent = decode(&bytes).ok()?;
    match event.act {
        Act::Founded(genesis) => LogPublicKeys::from_text(&genesis.log_keys).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_each_other_without_a_gap() {
        let key = Key::new(3, [0xff; 16], u64::MAX);
        assert_eq!(after(key), Some(Key::new(4, [0; 16], 0)));
        let key = Key::new(3, [1; 16], 7);
        assert_eq!(after(key), Some(Key::new(3, [1; 16], 8)));
        assert_eq!(after(Key::new(0xff, [0xff; 16], u64::MAX)), None);
    }
}
