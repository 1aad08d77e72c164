//! Opening what a disk gives, with keys that are known here.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use strongroom_label::{Label, Name};
use strongroom_record::{
    AtomId, BackupId, EventId, GroupId, HoldingId, PersonId, RoomId, Stream, decode, encode,
};
use strongroom_seal::atom::make;
use strongroom_seal::{
    AtomRole, BackupHeader, BackupKey, BackupShares, BackupWriter, Holding, HouseKey, KeyHolder,
    LabelDigest, LayerBinding, LayerKey, LedgerHead, PersonKeys, SealedBackup, Suite, SuiteFloor,
    VaultKey, add_layer, cover, remove_layer, uncover,
};

const PLAIN: &[u8] = b"what was sealed";
const AT: VaultKey = VaultKey {
    kind: 1,
    id: [2; 16],
    counter: 3,
};

/// A room with its keys, which follow from a seed, and what was sealed in it.
struct Room {
    room: RoomId,
    house: HouseKey,
    layer: LayerKey,
    binding: LayerBinding,
    person: PersonKeys,
    covered: Vec<u8>,
    layered: Vec<u8>,
    holding: Vec<u8>,
    backup: Vec<u8>,
    backup_key: BackupKey,
}

static ROOM: LazyLock<Room> = LazyLock::new(|| {
    let mut stream = Stream::from_seed([7; 32]);
    let room = RoomId::random(&mut stream);
    let house = HouseKey::random(Suite::Cnsa, &mut stream);
    let layer = LayerKey::random(Suite::Cnsa, &mut stream);
    let event = EventId::random(&mut stream);
    let label = Label::of_level(Name::new("Secret").expect("a name"));
    let binding = LayerBinding {
        room,
        group: GroupId::random(&mut stream),
        index: 0,
        event,
        present: LabelDigest::of(&label),
    };
    let person = PersonKeys::random(Suite::Cnsa, &mut stream);
    let public = person.public();
    let atom = AtomId::random(&mut stream);
    let (_, atom) = make(Suite::Cnsa, atom, AtomRole::Quorum, 0, &mut stream);
    let to = (PersonId::random(&mut stream), public.kem());
    let id = HoldingId::random(&mut stream);
    let holding = Holding::seal(room, &atom, id, to, event, &mut stream).expect("one suite");
    let (backup, backup_key) = backup(room, &mut stream);
    Room {
        covered: cover(&house, room, AT, PLAIN, &mut stream),
        layered: add_layer(&layer, &binding, PLAIN, &mut stream),
        holding: encode(&holding),
        backup,
        backup_key,
        room,
        house,
        layer,
        binding,
        person,
    }
});

fn backup(room: RoomId, stream: &mut Stream) -> (Vec<u8>, BackupKey) {
    let holder = KeyHolder::random(Suite::Cnsa, "Ada", stream).expect("a name");
    let id = BackupId::random(stream);
    let dealt = BackupShares::of_backup(Suite::Cnsa, room, id, 1, &[holder.card()], stream);
    let (shares, key) = dealt.expect("one of one");
    let header = BackupHeader {
        shares,
        base: None,
        head: LedgerHead {
            size: 1,
            root: [1; 32],
        },
        range: b"all".to_vec().into(),
    };
    let mut writer = BackupWriter::begin(Vec::new(), &header, key).expect("memory takes bytes");
    writer.write_all(PLAIN).expect("memory takes bytes");
    writer.finish().expect("memory takes bytes")
}

/// What was sealed: a corpus to begin with.
pub fn sealed() -> [&'static [u8]; 4] {
    [&ROOM.covered, &ROOM.layered, &ROOM.holding, &ROOM.backup]
}

/// A covered value, a layer, a holding and a backup.
///
/// Law: nothing opens but the very bytes that were sealed, to what was sealed.
pub fn opening(bytes: &[u8]) {
    let (room, floor) = (&*ROOM, SuiteFloor::CNSA);
    if let Ok(plain) = uncover(floor, &room.house, room.room, AT, bytes) {
        assert_eq!((bytes, &plain[..]), (&room.covered[..], PLAIN));
    }
    if let Ok(plain) = remove_layer(floor, &room.layer, &room.binding, bytes) {
        assert_eq!((bytes, &plain[..]), (&room.layered[..], PLAIN));
    }
    if let Ok(holding) = decode::<Holding>(bytes)
        && holding.open(floor, room.room, &room.person).is_ok()
    {
        assert_eq!(bytes, room.holding);
    }
    if let Ok(backup) = SealedBackup::read_header(bytes, floor)
        && let Ok(mut backup) = backup.open(&room.backup_key)
    {
        let mut plain = Vec::new();
        let whole = backup.read_to_end(&mut plain).is_ok();
        assert_eq!(
            whole,
            bytes == room.backup,
            "a backup opens that nobody made"
        );
        assert!(plain.is_empty() || plain == PLAIN);
    }
}
