//! The kept state: what the events so far amount to, stored so that a room opens without reading them all.
//!
//! Keeping folds the ledger anew, from the state kept before it on, and never looks at the running
//! room's: nobody waits for it, and what is kept follows from the ledger alone. The state is written in
//! pieces, and then, in one commit, the row that names them and an event with the digest over all.
//!
//! ```text
//! piece digest   over the bytes of a piece
//! ledger digest  over the entries that the state follows from, 1,024 at a time, each with the one before
//! kept digest    over version, number of entries, ledger digest, piece digests: what the event says
//! ```
//!
//! Opening believes a kept state that its event bears out, in a ledger that bears out the event; the
//! first event and all those behind the kept state are verified as ever. A row that disagrees closes
//! the room; without the row that names it there is no kept state, and the whole ledger is read.
//!
//! Who has the house key, the ledger's keys and the store can write a state and an event that agree
//! with each other and with no ledger. So whatever was opened from is proved behind the opening
//! ([`anew`](crate::anew)): the same entries are folded from the first on, signatures and all, and must
//! give the same digest.

use minicbor::{Decode, Encode};
use strongroom_record::event::{Act, CommandRow, StoredEvent};
use strongroom_record::{EventId, RoomId, Stream, decode, encode};
use strongroom_seal::digest::{Digest, digest};
use strongroom_seal::{SuiteFloor, domain};
use strongroom_vault::{Commit, Key};

use crate::command::Command;
use crate::fault::Fault;
use crate::in_order::in_order;
use crate::kinds::{self, Place};
use crate::limits::{KEPT_COMMIT_BYTES, KEPT_PIECES_MAX, WALK_PAGE};
use crate::replay::Fold;
use crate::state::State;
use crate::state::kept::{self, Piece, Restoring};
use crate::store::{Rows, Store};
use crate::walk::{Pace, Walked};

/// The version of the kept state's format. One of an older version is not taken up: the whole ledger is read, and the
/// state is kept anew.
const VERSION: u8 = 3;

/// What the kept state's event speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Kept {
    #[n(0)]
    version: u8,
    /// How many entries of the ledger it follows from.
    #[n(1)]
    pub(crate) entries: u64,
    #[n(2)]
    ledger: Digest,
    #[n(3)]
    pieces: Vec<Digest>,
}

impl Kept {
    fn digest(&self) -> Digest {
        digest(domain::KEPT_STATE, &[&encode(self)])
    }
}

/// The row that names a kept state.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct NamedState {
    #[n(0)]
    event: EventId,
    #[n(1)]
    place: Place,
    #[n(2)]
    kept: Kept,
}

impl NamedState {
    /// The row, if it can be read.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        decode(bytes).ok()
    }
    pub(crate) fn event(&self) -> EventId {
        self.event
    }
    /// The digest over the state, as its event has it.
    pub(crate) fn digest(&self) -> Vec<u8> {
        encode(&self.kept.digest())
    }
    /// Where its pieces lie.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Key> {
        (0..self.kept.pieces.len() as u64).map(|n| kinds::snapshot_piece(self.place, n))
    }
    /// Whether some bytes are the piece that lies at a key; none if no piece of this state lies there.
    pub(crate) fn has_piece(&self, key: Key, bytes: &[u8]) -> Option<bool> {
        let at = usize::try_from(key.counter).ok()?;
        let expected = self.kept.pieces.get(at)?;
        let here = key == kinds::snapshot_piece(self.place, key.counter);
        here.then(|| digest(domain::KEPT_PIECE, &[bytes]) == *expected)
    }
}

/// A state taken up from what was kept, and where that lies.
pub(crate) struct TakenUp {
    pub(crate) fold: Fold,
    pub(crate) kept: Kept,
    pub(crate) place: Place,
    /// Its event, which must stand among the entries behind it.
    event: EventId,
}

fn broken(rule: kept::Broken) -> Fault {
    Fault::Kept(rule)
}

/// Takes up the state kept last; none if there is none.
///
/// # Errors
/// What is there is not what its event says, or cannot be read.
pub(crate) fn take_up(
    store: &Store,
    room: RoomId,
    floor: SuiteFloor,
) -> Result<Option<TakenUp>, Fault> {
    let rows = store.now()?;
    if rows.find(kinds::snapshot())?.is_none() {
        return Ok(None);
    }
    let NamedState { event, place, kept } =
        rows.row(kinds::snapshot(), "the row of the kept state")?;
    let said: StoredEvent = rows.row(kinds::event(event), "the event of the kept state")?;
    let digest = encode(&kept.digest());
    let of_this = matches!(&said.act, Act::StateKept { entries, digest: said }
        if *entries == kept.entries && **said == digest);
    if !of_this || kept.version > VERSION || kept.pieces.len() > KEPT_PIECES_MAX {
        return Err(broken("its event speaks of another"));
    }
    if kept.version < VERSION {
        return Ok(None);
    }
    let (ids, ledger) = entries_before(&rows, kept.entries)?;
    if ledger != kept.ledger {
        return Err(broken("it follows from another ledger"));
    }
    let founded = founding(store, &rows, room, floor, &ids)?;
    let mut restoring = Restoring::on(founded, &ids);
    in_order(
        kept.pieces.len(),
        |n| read_piece(&rows, place, n, &kept.pieces[n], &ids),
        |piece| restoring.take(piece?).map_err(broken),
    )?;
    let (state, trail, last) = restoring.finish().map_err(broken)?;
    let fold = Fold {
        state: Some(state),
        trail,
        last,
        entries: kept.entries,
    };
    Ok(Some(TakenUp {
        fold,
        kept,
        event,
        place,
    }))
}

/// The state after the founder's first command, which is verified whole: its first event says what no
/// kept state does.
fn founding(
    store: &Store,
    rows: &Rows<'_>,
    room: RoomId,
    floor: SuiteFloor,
    ids: &[EventId],
) -> Result<State, Fault> {
    let first = ids.first().ok_or(Fault::Missing("the first event"))?;
    let first: StoredEvent = rows.row(kinds::event(*first), "the first event")?;
    let command = first
        .command
        .ok_or(broken("nobody signed its first event"))?;
    let command: CommandRow = rows.row(kinds::command(command), "the signature of a command")?;
    let mut fold = Fold::default();
    let size = command.events.len().min(ids.len()) as u64;
    let _whole = fold.go_on(store, room, floor, size, Pace::Fast, |_, _| {})?;
    fold.state.ok_or(Fault::Missing("the first event"))
}

fn read_piece(
    rows: &Rows<'_>,
    place: Place,
    n: usize,
    expected: &Digest,
    ids: &[EventId],
) -> Result<Piece, Fault> {
    let key = kinds::snapshot_piece(place, n as u64);
    let bytes = rows.get(key, "a piece of the kept state")?;
    if digest(domain::KEPT_PIECE, &[bytes.expose()]) != *expected {
        return Err(broken("a piece of it is another"));
    }
    Piece::read(bytes.expose(), ids).map_err(broken)
}

/// The events of the first entries of the ledger, and the digest over those entries.
fn entries_before(rows: &Rows<'_>, size: u64) -> Result<(Vec<EventId>, Digest), Fault> {
    let mut ids = Vec::new();
    let mut chain = digest(domain::KEPT_LEDGER, &[]);
    while (ids.len() as u64) < size {
        let at = ids.len() as u64;
        let want = (size - at).min(WALK_PAGE as u64);
        let page = rows.entries(at, want as usize)?;
        if page.len() as u64 != want {
            return Err(broken("its ledger was longer"));
        }
        let bytes: Vec<u8> = page
            .iter()
            .flat_map(|(leaf, id)| leaf.iter().chain(id))
            .copied()
            .collect();
        chain = digest(domain::KEPT_LEDGER, &[chain.as_bytes(), &bytes]);
        ids.extend(page.iter().map(|(_, id)| EventId::from_bytes(*id)));
    }
    Ok((ids, chain))
}

/// What keeping a fold's state comes to; `out` gets each piece.
pub(crate) fn describe(
    store: &Store,
    fold: &Fold,
    mut out: impl FnMut(Vec<u8>) -> Result<(), Fault>,
) -> Result<Kept, Fault> {
    let state = fold
        .state
        .as_ref()
        .ok_or(Fault::Missing("the first event"))?;
    let (_, ledger) = entries_before(&store.now()?, fold.entries)?;
    let mut pieces = Vec::new();
    kept::write(state, &fold.trail, fold.last, &mut |piece| {
        pieces.push(digest(domain::KEPT_PIECE, &[&piece]));
        out(piece)
    })?;
    Ok(Kept {
        version: VERSION,
        entries: fold.entries,
        ledger,
        pieces,
    })
}

/// Stores a fold's state and puts what names it into a command, which becomes its event.
///
/// The pieces are durable when this returns; they count for nothing until the command is.
/// `before` is where the state kept before lies.
///
/// # Panics
/// If the state takes more pieces than are read: memory has long ended before.
pub(crate) fn store_state(
    store: &Store,
    fold: &Fold,
    before: Option<Place>,
    command: &mut Command<'_>,
    dice: &mut Stream,
) -> Result<(), Fault> {
    let place = before.map_or(Place::First, Place::other);
    let (mut commit, mut n) = (Commit::new(), 0);
    let kept = describe(store, fold, |piece| {
        store.put(&mut commit, kinds::snapshot_piece(place, n), &piece, dice);
        n += 1;
        if commit.bytes() >= KEPT_COMMIT_BYTES {
            store.vault.submit(std::mem::take(&mut commit)).wait()?;
        }
        Ok(())
    })?;
    store.vault.submit(commit).wait()?;
    assert!(kept.pieces.len() <= KEPT_PIECES_MAX, "a state fits memory");
    // What is left of others: a longer one that lay here, and the one before.
    let rows = store.now()?;
    for (place, from) in [(place, n), (place.other(), 0)] {
        for key in rows.keys_from(kinds::snapshot_piece(place, from))? {
            command.delete(key);
        }
    }
    let event = command.draw_event_id();
    let act = Act::StateKept {
        entries: kept.entries,
        digest: encode(&kept.digest()).into(),
    };
    command.event_as(event, act, Vec::new());
    command.put_row(kinds::snapshot(), &NamedState { event, place, kept });
    Ok(())
}

impl TakenUp {
    /// Goes on to a size of the ledger, on the way to which the kept state's event must be met.
    pub(crate) fn go_on(
        &mut self,
        store: &Store,
        room: RoomId,
        floor: SuiteFloor,
        size: u64,
        pace: Pace<'_>,
    ) -> Result<Walked, Fault> {
        let (mut met, event) = (false, self.event);
        let on = |id, _: &Act| met |= id == event;
        let walked = self.fold.go_on(store, room, floor, size, pace, on)?;
        if walked == Walked::Whole && !met {
            return Err(broken("its event is not in the ledger"));
        }
        Ok(walked)
    }
}
