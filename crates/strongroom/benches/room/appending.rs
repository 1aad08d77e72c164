//! Appending events as the guard does, without deciding anything: their fields committed to, each event sealed
//! under the house key into its row, its entry in the ledger, groups made durable, the tree grown.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_record::event::{Act, EVENT_VERSION, StoredEvent};
use strongroom_record::{
    EventId, PersonId, PortionId, RecordId, RoomId, SessionId, Stream, Timestamp, encode,
};
use strongroom_seal::{HouseKey, Suite, VaultKey, cover};
use strongroom_tlog::commit::{Field, FieldTag, FieldTree, SaltSeed, SignatureCommitment, commit};
use strongroom_tlog::entry::EntryOpening;
use strongroom_tlog::tree::{LeafHash, Tree};
use strongroom_vault::{Commit, Key, Pending, Vault};

use crate::figures;

/// Events of one commit: what some sessions do in the time of a sync.
const EACH: usize = 64;
/// Commits that a thread has on their way.
const AHEAD: usize = 4;
/// The kind of the rows of events.
const EVENT: u8 = 1;

/// What appending took.
pub(crate) struct Appended {
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    /// Durable transactions, of two syncs each.
    pub(crate) groups: u64,
}

/// Appends so many events, in commits of [`EACH`] from as many threads as there are cores.
pub(crate) fn append(events: usize) -> Appended {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = Vault::create(folder.path().join("room.redb")).expect("a new store");
    let tree = Arc::new(Mutex::new(Tree::new()));
    let growing = Arc::clone(&tree);
    let follow = move |leaves: &[[u8; Commit::LEAF_BYTES]], _| {
        let mut tree = growing.lock().expect("nobody panics");
        for leaf in leaves {
            tree.append(LeafHash::of(leaf));
        }
    };
    vault.follow(0, follow).expect("it is followed");
    let mut dice = Stream::from_seed([7; 32]);
    let house = HouseKey::random(Suite::Cnsa, &mut dice);
    let room = RoomId::random(&mut dice);
    let groups = |vault: &Vault| {
        let standing = vault.snapshot().and_then(|now| now.standing());
        standing.expect("the store").groups
    };
    let before = groups(&vault);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let commits = events.div_ceil(EACH * threads);
    let (started, cpu) = (Instant::now(), figures::cpu());
    thread::scope(|scope| {
        for _ in 0..threads {
            let (mut dice, vault, house) = (dice.fork(), &vault, &house);
            scope.spawn(move || {
                let mut ahead: VecDeque<Pending> = VecDeque::new();
                for _ in 0..commits {
                    if ahead.len() == AHEAD {
                        durable(ahead.pop_front());
                    }
                    ahead.push_back(vault.submit(one_commit(room, house, &mut dice)));
                }
                ahead.into_iter().for_each(|pending| durable(Some(pending)));
            });
        }
    });
    let appended = Appended {
        took: started.elapsed(),
        cpu: figures::cpu() - cpu,
        groups: groups(&vault) - before,
    };
    let size = tree.lock().expect("nobody panics").size().get();
    assert_eq!(size, (threads * commits * EACH) as u64);
    appended
}

fn durable(pending: Option<Pending>) {
    pending.map(|p| p.wait().expect("it is stored"));
}

fn one_commit(room: RoomId, house: &HouseKey, dice: &mut Stream) -> Commit {
    let mut commit = Commit::new();
    for _ in 0..EACH {
        let event = opened(room, dice);
        let id = *event.id.as_bytes();
        let at = VaultKey {
            kind: EVENT,
            id,
            counter: 0,
        };
        commit.put(
            Key::new(EVENT, id, 0),
            cover(house, room, at, &encode(&event), dice),
        );
        commit.entry(entry(&event), id);
    }
    commit
}

/// That a record of three portions was shown.
fn opened(room: RoomId, dice: &mut Stream) -> StoredEvent {
    StoredEvent {
        version: EVENT_VERSION,
        room,
        id: EventId::random(dice),
        at: Timestamp::from_millis(1_700_000_000_000),
        actor: Some(PersonId::random(dice)),
        session: Some(SessionId::random(dice)),
        request: None,
        act: Act::Opened {
            record: RecordId::random(dice),
            portions: (0..3).map(|_| PortionId::random(dice)).collect(),
            original: false,
        },
        seed: dice.bytes(),
        sealed: Vec::new(),
        command: None,
    }
}

fn entry(event: &StoredEvent) -> [u8; Commit::LEAF_BYTES] {
    let seed = SaltSeed::new(event.seed);
    let mut fields = Vec::new();
    event.each_field(|tag, value| {
        let tag = FieldTag::new(tag as u16);
        fields.push(Field {
            tag,
            commitment: commit(tag, &seed.salt(tag), value),
        });
    });
    EntryOpening {
        body: FieldTree::root_of(&fields).expect("an event has fields"),
        signature: SignatureCommitment::absent(&seed.salt(FieldTag::new(0))),
    }
    .entry()
    .to_bytes()
}
