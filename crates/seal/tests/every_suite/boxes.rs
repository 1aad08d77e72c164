//! Key boxes, and what hangs below them.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use proptest::prelude::*;
use strongroom_label::{AtomName, Label};
use strongroom_record::{
    AtomId, BoxId, EventId, GroupId, PortionId, RecordId, RoomId, decode, encode,
};
use strongroom_seal::{
    AtomPrivate, AtomRole, KeyBox, LabelDigest, LayerBinding, LayerKey, MakeBoxError, OpenBoxError,
    OpenError, PortionBinding, Purpose, RecordKey, Suite, WrapBinding, add_layer, atom,
    open_portion, remove_layer, seal_portion,
};

use crate::laws;
use crate::world::{ATOMS, World, atom_name, label, name, same};

laws![
    all_restrictive_atoms_are_needed,
    any_permissive_value_will_do_and_one_is_needed,
    what_admits_nobody_opens_to_the_quorum_alone,
    the_keys_of_two_boxes_of_one_label_have_nothing_in_common,
    who_files_upward_opens_neither_what_others_filed_nor_what_he_filed,
    a_box_opens_in_its_room_and_under_its_floor_only,
    shares_do_not_change_places,
    a_box_of_another_shape_is_none,
    a_share_that_is_not_for_the_epoch_held_is_named,
    a_box_of_an_older_epoch_opens_with_the_older_halves,
    a_key_given_for_an_atom_must_be_that_atoms,
    a_wrap_opens_in_its_place_only,
    a_portion_opens_in_its_place_only,
    a_key_kept_from_before_a_restriction_opens_nothing_stored_after,
];

/// A key box as whoever has the disk sees it.
#[derive(Clone, Encode, Decode)]
struct Forged {
    #[n(0)]
    id: BoxId,
    #[n(1)]
    label: Label,
    #[n(2)]
    purpose: Purpose,
    #[n(3)]
    shares: Vec<ForgedShare>,
}

#[derive(Clone, Encode, Decode)]
struct ForgedShare {
    #[n(0)]
    part: u16,
    #[n(1)]
    atom: AtomId,
    #[n(2)]
    epoch: u32,
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

fn take_apart(key_box: &KeyBox) -> Forged {
    decode(&encode(key_box)).unwrap()
}

fn put_together(forged: &Forged) -> Option<KeyBox> {
    decode(&encode(forged)).ok()
}

const WRONG: OpenError = OpenError::WrongKeyOrBinding;

fn all_restrictive_atoms_are_needed(suite: Suite) {
    let mut world = World::new(suite);
    let (key_box, key) = world.make(label("Secret", &["Nodis"], None), Purpose::LabelKey);
    assert_eq!(key_box.share_count(), 2);
    for held in [
        &[][..],
        &["Secret"],
        &["Caption:Nodis"],
        &["Top Secret", "Caption:Nodis"],
        &["Secret", "Caption:Exdis", "Releasable:GBR"],
    ] {
        let refused = world.open(&key_box, held).err();
        assert!(
            matches!(refused, Some(OpenBoxError::NotHeld(_))),
            "{held:?}"
        );
    }
    let both = world.open(&key_box, &["Secret", "Caption:Nodis"]).unwrap();
    assert!(same(&both, &key));
    let read_back: KeyBox = decode(&encode(&key_box)).unwrap();
    assert_eq!(read_back, key_box);
    assert_eq!(read_back.digest(), key_box.digest());
}

fn any_permissive_value_will_do_and_one_is_needed(suite: Suite) {
    let mut world = World::new(suite);
    let given = label("Secret", &[], Some(&["GBR", "CAN"]));
    let (key_box, key) = world.make(given, Purpose::LabelKey);
    assert_eq!(key_box.share_count(), 3);
    for held in [
        &["Secret", "Releasable:GBR"][..],
        &["Secret", "Releasable:CAN"],
        &["Secret", "Releasable:CAN", "Releasable:GBR"],
    ] {
        assert!(same(&world.open(&key_box, held).unwrap(), &key));
    }
    for held in [&["Secret"][..], &["Releasable:GBR", "Releasable:CAN"]] {
        assert!(world.open(&key_box, held).is_err());
    }
}

fn what_admits_nobody_opens_to_the_quorum_alone(suite: Suite) {
    let mut world = World::new(suite);
    let (key_box, key) = world.make(label("Secret", &[], Some(&[])), Purpose::LabelKey);
    assert_eq!(
        world.open(&key_box, &ATOMS).err(),
        Some(OpenBoxError::NotHeld(1))
    );
    assert_eq!(
        world.open_as_quorum(&key_box, &["Top Secret"]).err(),
        Some(OpenBoxError::NotHeld(0))
    );
    let opened = world.open_as_quorum(&key_box, &["Secret"]).unwrap();
    assert!(same(&opened, &key));
    // To the quorum, too, a part that others hold is closed.
    let (other, _) = world.make(label("Secret", &["Nodis"], None), Purpose::LabelKey);
    assert!(world.open_as_quorum(&other, &["Secret"]).is_err());
}

fn the_keys_of_two_boxes_of_one_label_have_nothing_in_common(suite: Suite) {
    let mut world = World::new(suite);
    let (_, first) = world.make(label("Secret", &[], None), Purpose::Batch);
    let (_, second) = world.make(label("Secret", &[], None), Purpose::Batch);
    assert!(first.index_key() != second.index_key());
}

fn who_files_upward_opens_neither_what_others_filed_nor_what_he_filed(suite: Suite) {
    let mut world = World::new(suite);
    let above = label("Top Secret", &["Nodis"], None);
    let (his, his_key) = world.make(above.clone(), Purpose::Batch);
    let (others, _) = world.make(above.clone(), Purpose::Batch);
    let binding = wrap_binding(&mut world, &his, &above);
    let record_key = RecordKey::random(suite, &mut world.stream);
    let wrapped = record_key.wrap(&his_key, &binding, &mut world.stream);
    drop((his_key, record_key));

    // What he keeps is every byte, and what he holds.
    let held = ["Secret", "Caption:Nodis"];
    let (mine, mine_key) = world.make(label("Secret", &["Nodis"], None), Purpose::LabelKey);
    assert!(world.open(&mine, &held).is_ok());
    for key_box in [&his, &others] {
        assert_eq!(
            world.open(key_box, &held).err(),
            Some(OpenBoxError::NotHeld(0))
        );
    }
    assert!(RecordKey::unwrap(world.floor, &mine_key, &binding, &wrapped).is_err());
    let as_his_own = WrapBinding {
        key_box: mine.id(),
        ..binding
    };
    assert_eq!(
        RecordKey::unwrap(world.floor, &mine_key, &as_his_own, &wrapped).err(),
        Some(WRONG)
    );
}

fn a_box_opens_in_its_room_and_under_its_floor_only(suite: Suite) {
    let mut world = World::new(suite);
    let (key_box, _) = world.make(label("Secret", &[], None), Purpose::LabelKey);
    let holder = |name: &_, _| world.private.get(name);
    let elsewhere = key_box.open(world.floor, RoomId::from_bytes([9; 16]), holder);
    assert_eq!(
        elsewhere.err(),
        Some(OpenBoxError::Share {
            part: 0,
            why: WRONG
        })
    );
    if suite == Suite::Mock {
        let real = strongroom_seal::SuiteFloor::CNSA;
        let refused = key_box.open(real, world.room, holder).err();
        assert!(matches!(
            refused,
            Some(OpenBoxError::Share {
                why: OpenError::Suite(_),
                ..
            })
        ));
    }
}

fn shares_do_not_change_places(suite: Suite) {
    let mut world = World::new(suite);
    let two = label("Secret", &["Nodis"], None);
    let held = ["Secret", "Caption:Nodis", "Caption:Exdis"];
    let (victim, key) = world.make(two.clone(), Purpose::LabelKey);
    let (twin, _) = world.make(two, Purpose::LabelKey);
    let (layer, _) = world.make(label("Secret", &["Nodis"], None), Purpose::Layer);
    let (other, _) = world.make(label("Secret", &["Exdis"], None), Purpose::LabelKey);
    let [whole, twin, layer, other] = [&victim, &twin, &layer, &other].map(take_apart);
    let share = |part, why| Some(OpenBoxError::Share { part, why });
    let try_open = |forged: &Forged| {
        let key_box = put_together(forged).expect("its shape is that of a box");
        world.open(&key_box, &held).map(|k| same(&k, &key))
    };
    assert_eq!(try_open(&whole), Ok(true));

    // The share of another box for the same part and atom, an older one of the same label included.
    for from in [&twin, &layer, &other] {
        let mut forged = whole.clone();
        forged.shares[0].sealed = from.shares[0].sealed.clone();
        assert_eq!(try_open(&forged).err(), share(0, WRONG));
    }
    // The two shares of one box exchanged.
    let mut forged = whole.clone();
    forged.shares[0].sealed = whole.shares[1].sealed.clone();
    forged.shares[1].sealed = whole.shares[0].sealed.clone();
    assert_eq!(try_open(&forged).err(), share(0, WRONG));
    // The box under another id, purpose, or label.
    let mut forged = whole.clone();
    forged.id = twin.id;
    assert_eq!(try_open(&forged).err(), share(0, WRONG));
    let mut forged = whole.clone();
    forged.purpose = Purpose::Batch;
    assert_eq!(try_open(&forged).err(), share(0, WRONG));
    let mut forged = whole.clone();
    forged.label = forged
        .label
        .with_informative(name("Handling"), name("Priority"));
    assert_eq!(try_open(&forged).err(), share(0, WRONG));
    let mut forged = whole.clone();
    forged.label = other.label;
    assert_eq!(try_open(&forged).err(), Some(OpenBoxError::NoShare(1)));
    // A share said to be for another atom or epoch than it is sealed to.
    let mut forged = whole.clone();
    forged.shares[1].atom = whole.shares[0].atom;
    assert_eq!(try_open(&forged).err(), Some(OpenBoxError::NoShare(1)));
    let mut forged = whole;
    forged.shares[1].epoch = 2;
    assert_eq!(try_open(&forged).err(), Some(OpenBoxError::NoShare(1)));
}

fn a_box_of_another_shape_is_none(suite: Suite) {
    let mut world = World::new(suite);
    let three = label("Secret", &["Nodis"], Some(&["GBR", "CAN"]));
    let (key_box, _) = world.make(three, Purpose::LabelKey);
    let whole = take_apart(&key_box);
    assert_eq!(put_together(&whole), Some(key_box));
    type Change = fn(&mut Forged);
    let changes: [(&str, Change); 8] = [
        ("no shares", |f| f.shares.clear()),
        ("a part without a share", |f| drop(f.shares.remove(1))),
        ("any-of with a value missing", |f| drop(f.shares.pop())),
        ("a share too many", |f| {
            let mut more = f.shares[0].clone();
            more.epoch += 1;
            f.shares.insert(1, more);
        }),
        ("the same share twice", |f| {
            f.shares[3] = f.shares[2].clone()
        }),
        ("shares out of order", |f| f.shares.swap(0, 1)),
        ("a share for a part that is none", |f| f.shares[3].part = 7),
        ("a label that asks for less", |f| {
            f.label = label("Secret", &[], None);
        }),
    ];
    for (fault, change) in changes {
        let mut forged = whole.clone();
        change(&mut forged);
        assert!(put_together(&forged).is_none(), "{fault}");
    }
}

fn a_share_that_is_not_for_the_epoch_held_is_named(suite: Suite) {
    let mut world = World::new(suite);
    let (key_box, _) = world.make(label("Secret", &[], None), Purpose::LabelKey);
    let old = &world.public[&atom_name("Secret")];
    let (_, newer) = atom::make(suite, old.id, old.name.clone(), 2, &mut world.stream);
    let opened = key_box.open(world.floor, world.room, |_, _| Some(&newer));
    assert_eq!(opened.err(), Some(OpenBoxError::NoShare(0)));
}

fn a_box_of_an_older_epoch_opens_with_the_older_halves(suite: Suite) {
    let mut world = World::new(suite);
    let given = label("Secret", &["Nodis"], Some(&["GBR", "CAN"]));
    let (older, older_key) = world.make(given.clone(), Purpose::LabelKey);
    let nobody = label("Secret", &[], Some(&[]));
    let (closed, closed_key) = world.make(nobody, Purpose::LabelKey);

    // The restrictive atom and one permissive value are turned; so is the quorum.
    let mut kept = BTreeMap::new();
    for text in ["Caption:Nodis", "Releasable:GBR"] {
        let name = atom_name(text);
        let old = &world.public[&name];
        let (public, private) = atom::make(suite, old.id, old.name.clone(), 2, &mut world.stream);
        world.public.insert(name.clone(), public);
        let old = world.private.insert(name.clone(), private).unwrap();
        kept.insert((name, 1), old);
    }
    let id = world.quorum.0.id;
    let turned = atom::make(suite, id, AtomRole::Quorum, 2, &mut world.stream);
    let quorum = std::mem::replace(&mut world.quorum, turned);
    let (newer, newer_key) = world.make(given, Purpose::LabelKey);

    let every = |name: &_, epoch| {
        let newest = world.private.get(name).filter(|a| a.epoch() == epoch);
        newest.or_else(|| kept.get(&(AtomName::clone(name), epoch)))
    };
    let newest = |name: &_, epoch| world.private.get(name).filter(|a| a.epoch() == epoch);
    let open = |key_box: &KeyBox| key_box.open(world.floor, world.room, every);
    assert!(same(&open(&older).unwrap(), &older_key));
    assert!(same(&open(&newer).unwrap(), &newer_key));
    // Who was given the newest epoch alone does not open what was made before it.
    let refused = older.open(world.floor, world.room, newest).err();
    assert!(matches!(refused, Some(OpenBoxError::NotHeld(_))));
    assert!(newer.open(world.floor, world.room, newest).is_ok());
    // Any one value does, whether it was turned or not.
    let can = |name: &AtomName, epoch| {
        every(name, epoch).filter(|_| *name != atom_name("Releasable:GBR"))
    };
    assert!(newer.open(world.floor, world.room, can).is_ok());

    let as_quorum = |private| {
        let of = |epoch| Some(private).filter(|q: &&AtomPrivate| q.epoch() == epoch);
        closed.open_as_quorum(world.floor, world.room, every, of)
    };
    assert!(same(&as_quorum(&quorum.1).unwrap(), &closed_key));
    assert_eq!(
        as_quorum(&world.quorum.1).err(),
        Some(OpenBoxError::NotHeld(1))
    );

    // Which boxes are of the newest epochs is told by their shares.
    let stale = |key_box: &KeyBox| {
        let newest = |id| world.public.values().find(|a| a.id == id).unwrap().epoch;
        key_box.atoms().any(|(id, epoch)| epoch < newest(id))
    };
    assert!(stale(&older) && !stale(&newer));
    assert_eq!(newer.atoms().count(), newer.share_count());
}

fn a_key_given_for_an_atom_must_be_that_atoms(suite: Suite) {
    let mut world = World::new(suite);
    let id = BoxId::random(&mut world.stream);
    let nodis = world.public[&atom_name("Caption:Nodis")].clone();
    let quorum = world.quorum.0.clone();
    let mut make = |label, given, quorum| {
        let purpose = Purpose::LabelKey;
        let (stream, room) = (&mut world.stream, world.room);
        KeyBox::make(suite, room, id, label, purpose, |_| given, quorum, stream).err()
    };
    let secret = AtomRole::Label(atom_name("Secret"));
    assert_eq!(
        make(label("Secret", &[], None), None, &quorum),
        Some(MakeBoxError::NoSuchAtom(secret.clone()))
    );
    assert_eq!(
        make(label("Secret", &[], None), Some(&nodis), &quorum),
        Some(MakeBoxError::OtherAtom {
            wanted: secret,
            given: nodis.name.clone()
        })
    );
    let mut as_secret = nodis.clone();
    as_secret.name = AtomRole::Label(atom_name("Secret"));
    assert_eq!(
        make(label("Secret", &[], Some(&[])), Some(&as_secret), &nodis),
        Some(MakeBoxError::OtherAtom {
            wanted: AtomRole::Quorum,
            given: nodis.name.clone()
        })
    );
}

fn wrap_binding(world: &mut World, key_box: &KeyBox, label: &Label) -> WrapBinding {
    let digest = LabelDigest::of(label);
    WrapBinding {
        room: world.room,
        record: RecordId::random(&mut world.stream),
        group: GroupId::random(&mut world.stream),
        filing: digest,
        present: digest,
        event: EventId::random(&mut world.stream),
        key_box: key_box.id(),
    }
}

fn a_wrap_opens_in_its_place_only(suite: Suite) {
    let mut world = World::new(suite);
    let low = label("Secret", &[], None);
    let other = LabelDigest::of(&label("Secret", &["Nodis"], None));
    let (key_box, key) = world.make(low.clone(), Purpose::LabelKey);
    let binding = wrap_binding(&mut world, &key_box, &low);
    let record_key = RecordKey::random(suite, &mut world.stream);
    let wrapped = record_key.wrap(&key, &binding, &mut world.stream);
    let unwrap = |b: &WrapBinding| RecordKey::unwrap(world.floor, &key, b, &wrapped).err();
    assert_eq!(unwrap(&binding), None);
    let places = [
        WrapBinding {
            room: RoomId::from_bytes([1; 16]),
            ..binding.clone()
        },
        WrapBinding {
            record: RecordId::from_bytes([1; 16]),
            ..binding.clone()
        },
        WrapBinding {
            group: GroupId::from_bytes([1; 16]),
            ..binding.clone()
        },
        WrapBinding {
            filing: other,
            ..binding.clone()
        },
        WrapBinding {
            present: other,
            ..binding.clone()
        },
        WrapBinding {
            event: EventId::from_bytes([1; 16]),
            ..binding.clone()
        },
        WrapBinding {
            key_box: BoxId::from_bytes([1; 16]),
            ..binding.clone()
        },
    ];
    for place in places {
        assert_eq!(unwrap(&place), Some(WRONG), "{place:?}");
    }
}

fn a_portion_opens_in_its_place_only(suite: Suite) {
    let mut world = World::new(suite);
    let stream = &mut world.stream;
    let key = RecordKey::random(suite, stream);
    let binding = PortionBinding {
        room: world.room,
        record: RecordId::random(stream),
        version: 1,
        portion: PortionId::random(stream),
        filing: LabelDigest::of(&label("Secret", &[], None)),
    };
    let text = b"K: I told him that we would not move before Tuesday.";
    let sealed = seal_portion(suite, &key, &binding, text, stream);
    let open = |key: &RecordKey, b: &PortionBinding| {
        open_portion(world.floor, key, b, &sealed).map(|text| text.expose().to_vec())
    };
    assert_eq!(open(&key, &binding), Ok(text.to_vec()));
    let places = [
        PortionBinding {
            room: RoomId::from_bytes([1; 16]),
            ..binding.clone()
        },
        PortionBinding {
            record: RecordId::from_bytes([1; 16]),
            ..binding.clone()
        },
        PortionBinding {
            version: 2,
            ..binding.clone()
        },
        PortionBinding {
            portion: PortionId::from_bytes([1; 16]),
            ..binding.clone()
        },
        PortionBinding {
            filing: LabelDigest::of(&label("Top Secret", &[], None)),
            ..binding.clone()
        },
    ];
    for place in places {
        assert_eq!(open(&key, &place), Err(WRONG), "{place:?}");
    }
    let other = RecordKey::random(suite, stream);
    assert_eq!(open(&other, &binding), Err(WRONG));
}

fn a_key_kept_from_before_a_restriction_opens_nothing_stored_after(suite: Suite) {
    let mut world = World::new(suite);
    let joined = label("Secret", &["Nodis"], None);
    let kept = RecordKey::random(suite, &mut world.stream);
    let portion = PortionBinding {
        room: world.room,
        record: RecordId::random(&mut world.stream),
        version: 1,
        portion: PortionId::random(&mut world.stream),
        filing: LabelDigest::of(&label("Secret", &[], None)),
    };
    let stored = seal_portion(suite, &kept, &portion, b"the words", &mut world.stream);

    // Restricting: public keys alone, and the stored bytes unopened.
    let (key_box, box_key) = world.make(joined.clone(), Purpose::Layer);
    let layer = LayerBinding {
        room: world.room,
        group: GroupId::random(&mut world.stream),
        index: 0,
        event: EventId::random(&mut world.stream),
        present: LabelDigest::of(&joined),
    };
    let layer_key = LayerKey::random(suite, &mut world.stream);
    let layered = add_layer(&layer_key, &layer, &stored, &mut world.stream);
    let wrapped = layer_key.wrap(&box_key, &layer, &mut world.stream);
    drop((layer_key, box_key));

    assert!(open_portion(world.floor, &kept, &portion, &layered).is_err());
    let overlap = layered
        .windows(16)
        .any(|w| stored.windows(16).any(|s| s == w));
    assert!(!overlap, "nothing of what was stored shows through");
    assert!(world.open(&key_box, &["Secret"]).is_err());

    // Who holds the join reads it.
    let box_key = world.open(&key_box, &["Secret", "Caption:Nodis"]).unwrap();
    let layer_key = LayerKey::unwrap(world.floor, &box_key, &layer, &wrapped).unwrap();
    let under = remove_layer(world.floor, &layer_key, &layer, &layered).unwrap();
    assert_eq!(under, stored);
    let text = open_portion(world.floor, &kept, &portion, &under).unwrap();
    assert_eq!(text.expose(), b"the words");

    for moved in [
        LayerBinding {
            index: 1,
            ..layer.clone()
        },
        LayerBinding {
            group: GroupId::from_bytes([1; 16]),
            ..layer.clone()
        },
        LayerBinding {
            event: EventId::from_bytes([1; 16]),
            ..layer.clone()
        },
    ] {
        assert!(LayerKey::unwrap(world.floor, &box_key, &moved, &wrapped).is_err());
        assert!(remove_layer(world.floor, &layer_key, &moved, &layered).is_err());
    }
}

fn any_label() -> impl Strategy<Value = Label> {
    let releasable = prop::option::of(prop::sample::subsequence(vec!["GBR", "CAN"], 0..=2));
    let captions = prop::sample::subsequence(vec!["Nodis", "Exdis"], 0..=2);
    (
        prop::sample::select(vec!["Secret", "Top Secret"]),
        captions,
        releasable,
    )
        .prop_map(|(level, captions, releasable)| label(level, &captions, releasable.as_deref()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The keys say exactly what the lock says.
    #[test]
    fn a_box_opens_for_exactly_those_for_whom_its_lock_does(
        label in any_label(),
        held in prop::sample::subsequence(ATOMS.to_vec(), 0..=ATOMS.len()),
    ) {
        let mut world = World::new(Suite::Mock);
        let lock = label.lock();
        let (key_box, key) = world.make(label, Purpose::LabelKey);
        let opened = world.open(&key_box, &held);
        let allowed = lock.opens(|name| held.iter().any(|h| atom_name(h) == *name));
        prop_assert_eq!(opened.is_ok(), allowed);
        if let Ok(opened) = opened {
            prop_assert!(same(&opened, &key));
        }
    }

    /// A box with any one byte changed is no box, or it does not open.
    #[test]
    fn a_changed_byte_of_a_box_closes_it(label in any_label(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut world = World::new(Suite::Mock);
        let (key_box, _) = world.make(label, Purpose::LabelKey);
        let mut bytes = encode(&key_box);
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        if let Ok(changed) = decode::<KeyBox>(&bytes) {
            // With permissive values the intact share of another value may be the one that is used.
            let intact = world.open_as_quorum(&key_box, &ATOMS).unwrap();
            if let Ok(opened) = world.open_as_quorum(&changed, &ATOMS) {
                prop_assert!(same(&opened, &intact));
                prop_assert!(key_box.label().permissive().values().any(|v| v.len() > 1));
            }
            prop_assert_ne!(changed.digest(), key_box.digest());
        }
    }
}
