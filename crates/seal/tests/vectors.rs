//! Known answers: what was sealed once opens for ever, and what follows from a seed never changes.
//!
//! Each file under `tests/vectors/seal` holds lines `name: value`, in hexadecimal digits unless it is
//! text. `STRONGROOM_WRITE_VECTORS=1 cargo test -p strongroom-seal --test vectors` writes them anew: a
//! vector that changes is a format that changed, and needs a new domain or suite.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use strongroom_label::{AtomName, Label, Name};
use strongroom_record::{
    AtomId, BackupId, BoxId, EventId, GroupId, HoldingId, PersonId, PortionId, RecordId,
    RecoveryId, RoomId, Stream, decode, encode,
};
use strongroom_seal::{
    AtomRole, BackupHeader, BackupShares, BackupWriter, Bundle, BundleFacts, GivenShare, Holding,
    HouseKey, HousePurpose, HouseShares, KemPrivate, KeyBox, KeyHolder, KeyHolderCard,
    KeyHolderFile, LabelDigest, LedgerHead, Passphrase, PersonKeys, PortionBinding, Purpose,
    RecordKey, RecoverySheet, SealedBackup, SealedShare, Secret, Signature, SigningKey, Suite,
    SuiteFloor, WrapBinding, aead, atom, deal, digest, domain, open_portion, recover, seal_portion,
    seal_to,
};

const SUITE: Suite = Suite::Cnsa;
const FLOOR: SuiteFloor = SuiteFloor::CNSA;

fn stream() -> Stream {
    Stream::from_seed([0x5e; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(
        text.len().is_multiple_of(2),
        "hexadecimal digits come in pairs"
    );
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hexadecimal digits"))
        .collect()
}

/// Compares with the file of that name, or writes it; gives back what the file holds.
fn check(file: &str, values: &[(&str, String)]) -> BTreeMap<String, String> {
    static WRITING: Mutex<()> = Mutex::new(());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/seal")
        .join(file);
    if std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some() {
        let _one = WRITING.lock();
        let text: String = values.iter().map(|(k, v)| format!("{k}: {v}\n")).collect();
        std::fs::write(&path, text).expect("the vectors can be written");
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let known: BTreeMap<String, String> = text
        .lines()
        .map(|line| line.split_once(": ").expect("a line is `name: value`"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in values {
        assert_eq!(known.get(*name), Some(value), "{file}: {name}");
    }
    known
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn sample_label() -> Label {
    Label::of_level(name("Secret")).with_restrictive(name("Caption"), name("Nodis"))
}

#[test]
fn envelope_under_a_key() {
    let key = Secret::from_bytes(std::array::from_fn(|i| i as u8));
    let sealed = aead::seal(
        SUITE,
        &key,
        domain::PORTION,
        b"binding",
        b"plaintext",
        &mut stream(),
    );
    let known = check(
        "aead.txt",
        &[
            ("key", hex(key.expose())),
            (
                "domain",
                String::from_utf8(domain::PORTION.as_bytes().to_vec()).expect("ASCII"),
            ),
            ("binding", hex(b"binding")),
            ("plaintext", hex(b"plaintext")),
            ("sealed", hex(&sealed)),
        ],
    );
    let opened = aead::open(
        FLOOR,
        &key,
        domain::PORTION,
        b"binding",
        &unhex(&known["sealed"]),
    );
    assert!(opened.is_ok_and(|o| o.expose() == b"plaintext"));
}

#[test]
fn envelope_to_a_public_key() {
    let private =
        KemPrivate::from_seed(SUITE, Secret::from_bytes(std::array::from_fn(|i| i as u8)));
    let public = private.public();
    let sealed = seal_to(
        SUITE,
        &public,
        domain::HOLDING,
        b"binding",
        b"plaintext",
        &mut stream(),
    )
    .expect("one suite");
    let known = check(
        "kem.txt",
        &[
            ("seed", hex(private.seed().expose())),
            ("public", hex(public.as_bytes())),
            ("domain", "strongroom/v1/holding".to_owned()),
            ("binding", hex(b"binding")),
            ("plaintext", hex(b"plaintext")),
            ("sealed", hex(&sealed)),
        ],
    );
    let opened = private.open(FLOOR, domain::HOLDING, b"binding", &unhex(&known["sealed"]));
    assert!(opened.is_ok_and(|o| o.expose() == b"plaintext"));
}

#[test]
fn signature() {
    let seeds = [0x11, 0x22].map(|b| Secret::from_bytes([b; 32]));
    let [ed25519, ml_dsa] = seeds;
    let key = SigningKey::from_seeds(SUITE, ed25519, ml_dsa);
    let fresh = key.sign(domain::SIGN_COMMAND, b"message");
    // Ed25519 is deterministic; ML-DSA is hedged, so a signature of once is verified instead.
    let known = check(
        "sign.txt",
        &[
            ("ed25519-seed", hex(&[0x11; 32])),
            ("ml-dsa-seed", hex(&[0x22; 32])),
            ("verifying", hex(key.verifying().as_bytes())),
            ("domain", "strongroom/v1/sign/command".to_owned()),
            ("message", hex(b"message")),
            ("ed25519-signature", hex(&fresh.as_bytes()[2..66])),
        ],
    );
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/vectors/seal/sign-once.txt"
    );
    if std::env::var_os("STRONGROOM_WRITE_VECTORS").is_some() {
        std::fs::write(path, hex(fresh.as_bytes())).expect("the vector can be written");
    }
    let once = std::fs::read_to_string(path).expect("the vector is there");
    let once = Signature::from_bytes(&unhex(once.trim())).expect("a signature");
    assert_eq!(hex(&once.as_bytes()[2..66]), known["ed25519-signature"]);
    let verified = key
        .verifying()
        .verify(FLOOR, domain::SIGN_COMMAND, b"message", &once);
    assert_eq!(verified, Ok(()));
}

#[test]
fn digests() {
    let public = PersonKeys::random(SUITE, &mut stream()).public();
    check(
        "digest.txt",
        &[
            ("label", hex(&encode(&sample_label()))),
            (
                "label-digest",
                hex(LabelDigest::of(&sample_label()).as_bytes()),
            ),
            (
                "two-parts",
                hex(digest(domain::CHECKSUM, &[b"ab", b"c"]).as_bytes()),
            ),
            ("fingerprint", public.fingerprint().to_string()),
        ],
    );
}

#[test]
fn key_box_record_key_and_portion() {
    let mut stream = stream();
    let room = RoomId::random(&mut stream);
    let atoms = ["Secret", "Caption:Nodis"].map(|text| {
        let name: AtomName = text.parse().expect("a name");
        let id = AtomId::random(&mut stream);
        atom::make(SUITE, id, AtomRole::Label(name), 1, &mut stream)
    });
    let id = AtomId::random(&mut stream);
    let quorum = atom::make(SUITE, id, AtomRole::Quorum, 1, &mut stream);
    let is = |role: &AtomRole, name: &AtomName| *role == AtomRole::Label(name.clone());
    let id = BoxId::random(&mut stream);
    let (key_box, key) = KeyBox::make(
        SUITE,
        room,
        id,
        sample_label(),
        Purpose::LabelKey,
        |name| atoms.iter().map(|a| &a.0).find(|a| is(&a.name, name)),
        &quorum.0,
        &mut stream,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let binding = PortionBinding {
        room,
        record: RecordId::random(&mut stream),
        version: 1,
        portion: PortionId::random(&mut stream),
        filing: LabelDigest::of(&sample_label()),
    };
    let record_key = RecordKey::random(SUITE, &mut stream);
    let sealed = seal_portion(SUITE, &record_key, &binding, b"K: Yes.", &mut stream);
    let wrap = WrapBinding {
        room,
        record: binding.record,
        group: GroupId::random(&mut stream),
        filing: binding.filing,
        present: binding.filing,
        event: EventId::random(&mut stream),
        key_box: id,
    };
    let wrapped = record_key.wrap(&key, &wrap, &mut stream);
    let known = check(
        "key-box.txt",
        &[
            ("room", room.to_string()),
            ("seed-of-secret", hex(atoms[0].1.key().seed().expose())),
            ("seed-of-nodis", hex(atoms[1].1.key().seed().expose())),
            ("box", hex(&encode(&key_box))),
            ("box-digest", hex(key_box.digest().as_bytes())),
            ("index-key", hex(key.index_key().expose())),
            ("portion-binding", hex(&encode(&binding))),
            ("portion", hex(&sealed)),
            ("record-key-binding", hex(&encode(&wrap))),
            ("record-key", hex(&wrapped)),
        ],
    );
    let read: KeyBox = decode(&unhex(&known["box"])).expect("a key box");
    let holder = |name: &AtomName, _| atoms.iter().find(|a| is(&a.0.name, name)).map(|a| &a.1);
    let opened = read
        .open(FLOOR, room, holder)
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(opened.index_key() == key.index_key());
    let record_key = RecordKey::unwrap(FLOOR, &opened, &wrap, &unhex(&known["record-key"]))
        .unwrap_or_else(|e| panic!("{e}"));
    let text = open_portion(FLOOR, &record_key, &binding, &unhex(&known["portion"]));
    assert!(text.is_ok_and(|t| t.expose() == b"K: Yes."));
}

#[test]
fn bundle_and_holding() {
    let mut stream = stream();
    let keys = PersonKeys::random(SUITE, &mut stream);
    let facts = BundleFacts {
        room: RoomId::random(&mut stream),
        person: PersonId::random(&mut stream),
        name: "ada".to_owned(),
        genesis: stream.bytes(),
    };
    let passphrase = Passphrase::generate(6, &mut stream);
    let bundle = Bundle::wrap(&keys, &facts, &passphrase, &mut stream);
    let id = AtomId::random(&mut stream);
    let (public, private) = atom::make(SUITE, id, AtomRole::Inspectors, 1, &mut stream);
    let holding = Holding::seal(
        facts.room,
        &private,
        HoldingId::random(&mut stream),
        (facts.person, keys.public().kem()),
        EventId::random(&mut stream),
        &mut stream,
    )
    .expect("one suite");
    let known = check(
        "person.txt",
        &[
            ("passphrase", passphrase.expose().to_owned()),
            ("facts", hex(&encode(&facts))),
            ("bundle", hex(&encode(&bundle))),
            ("holding", hex(&encode(&holding))),
        ],
    );
    let read: Bundle = decode(&unhex(&known["bundle"])).expect("a bundle");
    let typed = Passphrase::new(&known["passphrase"]).expect("a passphrase");
    let (opened, read) = read.unwrap(FLOOR, &typed).expect("it opens");
    assert_eq!((opened.public(), &read), (keys.public(), &facts));
    let held: Holding = decode(&unhex(&known["holding"])).expect("a holding");
    let atom = held.open(FLOOR, facts.room, &opened).expect("it opens");
    assert!(atom.belongs_to(&public));
}

#[test]
fn printed_forms() {
    let mut stream = stream();
    let house = HouseKey::random(SUITE, &mut stream);
    let sheet = RecoverySheet::random(SUITE, &mut stream);
    let holder = KeyHolder::random(SUITE, "Ada", &mut stream).expect("a name");
    let one_line = |text: &str| text.lines().collect::<Vec<_>>().join("\\n");
    let known = check(
        "printed.txt",
        &[
            ("house-key", one_line(house.to_text().expose())),
            ("recovery-sheet", one_line(sheet.to_text().expose())),
            (
                "recovery-sheet-card",
                one_line(&sheet.holder().card().to_text()),
            ),
            ("card", one_line(&holder.card().to_text())),
        ],
    );
    let lines = |what: &str| known[what].replace("\\n", "\n");
    let read = HouseKey::from_text(FLOOR, &lines("house-key")).expect("a house key");
    assert!(read.to_text() == house.to_text());
    let read = RecoverySheet::from_text(FLOOR, &lines("recovery-sheet")).expect("a sheet");
    assert_eq!(read.holder().card(), sheet.holder().card());
    assert_eq!(KeyHolderCard::from_text(&lines("card")), Ok(holder.card()));
}

/// A key holder's file and what opens it, so that another reader has the seed.
fn locked(holder: &KeyHolder, stream: &mut Stream) -> (String, String) {
    let passphrase = Passphrase::generate(6, stream);
    let file = holder.lock(&passphrase, stream).to_text();
    let one_line = file.lines().collect::<Vec<_>>().join("\\n");
    (passphrase.expose().to_owned(), one_line)
}

#[test]
fn shares_dealt_and_given() {
    let mut stream = stream();
    let room = RoomId::random(&mut stream);
    let holder = KeyHolder::random(SUITE, "Ada", &mut stream).expect("a name");
    let id = AtomId::random(&mut stream);
    let (public, private) = atom::make(SUITE, id, AtomRole::Quorum, 1, &mut stream);
    let cards = [holder.card()];
    let sealed = deal(room, &private, 1, &cards, &mut stream).expect("a quorum of one");
    let opened = sealed[0].open(FLOOR, room, &holder).expect("it opens");
    let recovery = RecoveryId::random(&mut stream);
    let recipient = KemPrivate::random(SUITE, &mut stream);
    let given = opened
        .give(room, recovery, &recipient.public(), &mut stream)
        .expect("one suite");
    let house = HouseKey::random(SUITE, &mut stream);
    let purpose = HousePurpose::Opening;
    let shares = HouseShares::of_house(room, &house, purpose, 1, &cards, &mut stream)
        .expect("a quorum of one");
    let (passphrase, file) = locked(&holder, &mut stream);
    let known = check(
        "shares.txt",
        &[
            ("room", room.to_string()),
            ("recovery", recovery.to_string()),
            ("holder-passphrase", passphrase),
            ("holder-file", file),
            ("holder", hex(&encode(&cards[0]))),
            ("atom", hex(&encode(&public))),
            ("sealed", hex(&encode(&sealed[0]))),
            ("recipient-seed", hex(recipient.seed().expose())),
            ("given", hex(&encode(&given))),
            ("house-shares", hex(&encode(&shares))),
        ],
    );
    let typed = Passphrase::new(&known["holder-passphrase"]).expect("a passphrase");
    let file = KeyHolderFile::from_text(&known["holder-file"].replace("\\n", "\n"));
    let holder = file.expect("a file").unlock(FLOOR, &typed);
    let holder = holder.unwrap_or_else(|e| panic!("{e}"));
    let read: SealedShare = decode(&unhex(&known["sealed"])).expect("a share");
    assert!(read.open(FLOOR, room, &holder).is_ok());
    let read: GivenShare = decode(&unhex(&known["given"])).expect("a given share");
    let taken = read.take(FLOOR, room, recovery, &recipient);
    assert!(taken.is_ok_and(|share| recover(&[share], &public).is_ok()));
    let read: HouseShares = decode(&unhex(&known["house-shares"])).expect("shares");
    let share = read.shares()[0].share.open(FLOOR, room, &holder);
    let again = read.recover(&[share.expect("it opens")]);
    assert!(again.is_ok_and(|key| key.to_text() == house.to_text()));
}

#[test]
fn a_backup() {
    let mut stream = stream();
    let room = RoomId::random(&mut stream);
    let holder = KeyHolder::random(SUITE, "Ada", &mut stream).expect("a name");
    let id = BackupId::random(&mut stream);
    let cards = [holder.card()];
    let (shares, key) =
        BackupShares::of_backup(SUITE, room, id, 1, &cards, &mut stream).expect("a quorum of one");
    let header = BackupHeader {
        shares,
        base: None,
        head: LedgerHead {
            size: 3,
            root: [3; 32],
        },
        range: b"range".to_vec().into(),
    };
    let mut writer = BackupWriter::begin(Vec::new(), &header, key).expect("memory");
    writer.write_all(b"what the room is").expect("memory");
    let (backup, _) = writer.finish().expect("memory");
    let (passphrase, file) = locked(&holder, &mut stream);
    let known = check(
        "backup.txt",
        &[
            ("holder-passphrase", passphrase),
            ("holder-file", file),
            ("content", hex(b"what the room is")),
            ("header-digest", hex(header.digest().as_bytes())),
            ("backup", hex(&backup)),
        ],
    );
    let read = unhex(&known["backup"]);
    let sealed = SealedBackup::read_header(&read[..], FLOOR).expect("a header");
    let share = &sealed.header().shares.shares()[0].share;
    let opened = share.open(FLOOR, room, &holder).expect("it opens");
    let key = sealed.header().shares.recover(&[opened]).expect("the key");
    let mut reader = sealed.open(&key).expect("its key");
    let first = reader.next_chunk().expect("a chunk");
    assert_eq!(first, Some(&b"what the room is"[..]));
    assert!(reader.next_chunk().is_ok_and(|end| end.is_none()));
}
