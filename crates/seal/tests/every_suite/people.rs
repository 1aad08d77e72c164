//! Persons' keys, bundles, holdings and notes.

use strongroom_record::{
    AtomId, CommandId, EventId, HoldingId, InvitationId, PersonId, RoomId, Stream, decode, encode,
};
use strongroom_seal::{
    AtomRole, Bundle, BundleFacts, Holding, NoteBinding, NoteBox, NoteKey, OpenError, Passphrase,
    PersonKeys, PersonPublic, Purpose, Suite, SuiteFloor, UnlockError, VerifyError, atom,
    open_note, seal_note,
};

use crate::laws;
use crate::world::{World, atom_name, label};

laws![
    a_bundle_opens_with_its_passphrase_alone,
    a_changed_bundle_does_not_open,
    public_keys_read_back_and_their_fingerprints_differ,
    possession_is_claimed_for_one_invitation_and_name,
    a_holding_opens_for_its_person_only,
    a_note_to_the_inspectors_opens_to_them_alone,
    a_note_under_a_label_opens_with_its_key,
];

const WRONG: OpenError = OpenError::WrongKeyOrBinding;

fn stream() -> Stream {
    Stream::from_seed([11; 32])
}

fn facts(stream: &mut Stream) -> BundleFacts {
    BundleFacts {
        room: RoomId::random(stream),
        person: PersonId::random(stream),
        name: "ada".to_owned(),
        genesis: stream.bytes(),
    }
}

fn a_bundle_opens_with_its_passphrase_alone(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let keys = PersonKeys::random(suite, &mut stream);
    let facts = facts(&mut stream);
    let [first, second] = [6, 6].map(|n| Passphrase::generate(n, &mut stream));
    let bundle = Bundle::wrap(&keys, &facts, &first, &mut stream);
    let bytes = encode(&bundle);
    assert!(!bytes.windows(3).any(|w| w == b"ada"));
    let bundle: Bundle = decode(&bytes).unwrap();

    let (opened, read) = bundle.unwrap(floor, &first).unwrap();
    assert_eq!(read, facts);
    assert_eq!(opened.public(), keys.public());
    let wrong = Some(UnlockError::WrongPassphrase);
    assert_eq!(bundle.unwrap(floor, &second).err(), wrong);

    // Composed and decomposed letters are one passphrase, on whichever machine it is typed.
    let [composed, decomposed] = [
        "Übermaß \u{e0} la carte",
        "U\u{308}bermaß a\u{300} la carte",
    ]
    .map(|p| Passphrase::new(p).unwrap());
    let typed = Bundle::wrap(&keys, &facts, &composed, &mut stream);
    assert!(typed.unwrap(floor, &decomposed).is_ok());

    let changed = bundle.rewrap(floor, &first, &second, &mut stream).unwrap();
    assert_eq!(changed.unwrap(floor, &first).err(), wrong);
    let (opened, read) = changed.unwrap(floor, &second).unwrap();
    assert_eq!((opened.public(), read), (keys.public(), facts));
    if suite == Suite::Mock {
        let refused = bundle.unwrap(SuiteFloor::CNSA, &first).err();
        assert!(matches!(refused, Some(UnlockError::Suite(_))));
    }
}

fn a_changed_bundle_does_not_open(suite: Suite) {
    let mut stream = stream();
    let keys = PersonKeys::random(suite, &mut stream);
    let facts = facts(&mut stream);
    let passphrase = Passphrase::generate(6, &mut stream);
    let bytes = encode(&Bundle::wrap(&keys, &facts, &passphrase, &mut stream));
    // Argon2id makes each try slow: on the real suite a few places stand for all.
    let step = if suite == Suite::Mock {
        1
    } else {
        bytes.len() / 5
    };
    for at in (0..bytes.len()).step_by(step) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        if let Ok(bundle) = decode::<Bundle>(&changed) {
            let opened = bundle.unwrap(SuiteFloor::at(suite), &passphrase);
            assert!(opened.is_err(), "byte {at}");
        }
    }
}

fn public_keys_read_back_and_their_fingerprints_differ(suite: Suite) {
    let mut stream = stream();
    let [ada, bo] = [0; 2].map(|_| PersonKeys::random(suite, &mut stream).public());
    let again: PersonPublic = decode(&encode(&ada)).unwrap();
    assert_eq!(again, ada);
    assert_eq!(again.fingerprint(), ada.fingerprint());
    assert_ne!(ada.fingerprint(), bo.fingerprint());
}

#[test]
fn keys_of_two_suites_are_no_person() {
    let mut stream = stream();
    let [real, mock] =
        [Suite::Cnsa, Suite::Mock].map(|s| PersonKeys::random(s, &mut stream).public());
    let mixed = encode(&(mock.kem(), real.verifying()));
    assert!(decode::<PersonPublic>(&mixed).is_err());
    let whole = encode(&(real.kem(), real.verifying()));
    assert_eq!(decode::<PersonPublic>(&whole), Ok(real));
}

fn possession_is_claimed_for_one_invitation_and_name(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let [ada, bo] = [0; 2].map(|_| PersonKeys::random(suite, &mut stream));
    let room = RoomId::random(&mut stream);
    let invitation = InvitationId::random(&mut stream);
    let proof = ada.prove_possession(room, invitation, "ada");
    let check = |keys: &PersonKeys, room, invitation, name| {
        keys.public()
            .check_possession(floor, room, invitation, name, &proof)
    };
    assert_eq!(check(&ada, room, invitation, "ada"), Ok(()));
    let wrong = Err(VerifyError::Wrong);
    assert_eq!(check(&bo, room, invitation, "ada"), wrong);
    assert_eq!(check(&ada, room, invitation, "bo"), wrong);
    assert_eq!(
        check(&ada, RoomId::from_bytes([1; 16]), invitation, "ada"),
        wrong
    );
    assert_eq!(
        check(&ada, room, InvitationId::from_bytes([1; 16]), "ada"),
        wrong
    );
}

fn a_holding_opens_for_its_person_only(suite: Suite) {
    let mut world = World::new(suite);
    let (room, floor) = (world.room, world.floor);
    let [ada, bo] = [0; 2].map(|_| PersonKeys::random(suite, &mut world.stream));
    let name = atom_name("Secret");
    let (public, private) = (&world.public[&name], &world.private[&name]);
    let stream = &mut world.stream;
    let holding = Holding::seal(
        room,
        private,
        HoldingId::random(stream),
        (PersonId::random(stream), ada.public().kem()),
        EventId::random(stream),
        stream,
    )
    .unwrap();
    let read: Holding = decode(&encode(&holding)).unwrap();
    assert_eq!(read, holding);
    let opened = read.open(floor, room, &ada).unwrap();
    assert!(opened.belongs_to(public));
    assert!(!opened.belongs_to(&world.public[&atom_name("Top Secret")]));

    assert_eq!(holding.open(floor, room, &bo).err(), Some(WRONG));
    let elsewhere = RoomId::from_bytes([1; 16]);
    assert_eq!(holding.open(floor, elsewhere, &ada).err(), Some(WRONG));
    let moved = [
        Holding {
            id: HoldingId::from_bytes([1; 16]),
            ..holding.clone()
        },
        Holding {
            atom: AtomId::from_bytes([1; 16]),
            ..holding.clone()
        },
        Holding {
            epoch: 2,
            ..holding.clone()
        },
        Holding {
            person: PersonId::from_bytes([1; 16]),
            ..holding.clone()
        },
        Holding {
            event: EventId::from_bytes([1; 16]),
            ..holding.clone()
        },
    ];
    for moved in moved {
        assert_eq!(moved.open(floor, room, &ada).err(), Some(WRONG));
    }
}

fn a_note_to_the_inspectors_opens_to_them_alone(suite: Suite) {
    let mut stream = stream();
    let floor = SuiteFloor::at(suite);
    let room = RoomId::random(&mut stream);
    let [ours, theirs] = [AtomRole::Inspectors, AtomRole::Quorum].map(|role| {
        let id = AtomId::random(&mut stream);
        atom::make(suite, id, role, 1, &mut stream)
    });
    let command = CommandId::random(&mut stream);
    let (note_box, key) = NoteBox::make(suite, room, command, &ours.0, &mut stream).unwrap();
    let binding = NoteBinding {
        room,
        event: EventId::random(&mut stream),
        field: 0,
    };
    let note = seal_note(&key, &binding, b"because of the leaks", &mut stream);

    let read: NoteBox = decode(&encode(&note_box)).unwrap();
    assert_eq!((read.command(), &read), (command, &note_box));
    let key = read.open(floor, room, &ours.1).unwrap();
    let open = |b: &NoteBinding| open_note(floor, &key, b, &note).map(|n| n.expose().to_vec());
    assert_eq!(open(&binding), Ok(b"because of the leaks".to_vec()));
    let other_field = NoteBinding {
        field: 1,
        ..binding.clone()
    };
    let other_event = NoteBinding {
        event: EventId::from_bytes([1; 16]),
        ..binding
    };
    assert_eq!(open(&other_field), Err(WRONG));
    assert_eq!(open(&other_event), Err(WRONG));
    assert_eq!(read.open(floor, room, &theirs.1).err(), Some(WRONG));
    let elsewhere = RoomId::from_bytes([1; 16]);
    assert_eq!(read.open(floor, elsewhere, &ours.1).err(), Some(WRONG));
}

fn a_note_under_a_label_opens_with_its_key(suite: Suite) {
    let mut world = World::new(suite);
    let (_, first) = world.make(label("Secret", &[], None), Purpose::LabelKey);
    let (_, second) = world.make(label("Secret", &[], None), Purpose::LabelKey);
    let binding = NoteBinding {
        room: world.room,
        event: EventId::random(&mut world.stream),
        field: 2,
    };
    let note = seal_note(
        &NoteKey::of_box(&first),
        &binding,
        b"reason",
        &mut world.stream,
    );
    let open = |key| open_note(world.floor, &NoteKey::of_box(key), &binding, &note);
    assert!(open(&first).is_ok_and(|n| n.expose() == b"reason"));
    assert_eq!(open(&second).err(), Some(WRONG));
}
