//! Keys without a public half: the house key for its two purposes, and a backup's key.

use strongroom_record::{BackupId, RecoveryId, RoomId, decode, encode};
use strongroom_seal::{
    BackupShares, DealError, HouseKey, HousePurpose, HouseSecret, HouseShares, KeyHolder,
    KeyHolderCard, OpenError, OpenedShare, RecoverError, SealedShare, Suite, generate,
};

use crate::laws;
use crate::recovery::holders;
use crate::world::World;

laws![
    m_holders_give_the_house_key_and_fewer_do_not,
    shares_for_opening_are_none_for_recovery,
    shares_of_two_splittings_give_no_house_key,
    a_dealt_key_of_another_shape_is_none,
    a_dealt_key_names_what_it_is_of,
    m_holders_give_a_backups_key,
];

fn cards(holders: &[KeyHolder]) -> Vec<KeyHolderCard> {
    holders.iter().map(KeyHolder::card).collect()
}

fn opened(world: &World, shares: &HouseShares, by: &[&KeyHolder]) -> Vec<OpenedShare<HouseSecret>> {
    by.iter()
        .map(|holder| {
            let share = shares.share_of(holder.card().id()).unwrap();
            share.open(world.floor, world.room, holder).unwrap()
        })
        .collect()
}

fn of_house(
    world: &mut World,
    key: &HouseKey,
    purpose: HousePurpose,
    all: &[KeyHolder],
) -> HouseShares {
    HouseShares::of_house(world.room, key, purpose, 2, &cards(all), &mut world.stream).unwrap()
}

fn m_holders_give_the_house_key_and_fewer_do_not(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 3);
    let key = HouseKey::random(suite, &mut world.stream);
    for purpose in [HousePurpose::Opening, HousePurpose::Recovery] {
        let made = of_house(&mut world, &key, purpose, &all);
        let shares = HouseShares::from_text(&made.to_text()).unwrap();
        assert_eq!(shares, made);
        assert_eq!(shares.subject().purpose(), purpose);
        assert!(shares.are_of(&key));

        let recovery = RecoveryId::random(&mut world.stream);
        let (private, public) = generate(suite, &mut world.stream);
        let mut taken = Vec::new();
        for share in opened(&world, &shares, &[&all[2], &all[0]]) {
            let given = share.give(world.room, recovery, &public, &mut world.stream);
            let given = given.unwrap();
            assert!(shares.has(&given));
            taken.push(
                given
                    .take(world.floor, world.room, recovery, &private)
                    .unwrap(),
            );
        }
        let again = shares.recover(&taken).unwrap();
        assert!(again.to_text() == key.to_text());
        let few = RecoverError::TooFew { have: 1, needed: 2 };
        assert_eq!(shares.recover(&taken[..1]).err(), Some(few));
        taken[1] = opened(&world, &shares, &[&all[2]]).remove(0);
        assert_eq!(shares.recover(&taken).err(), Some(RecoverError::Twice(3)));
    }
}

fn shares_for_opening_are_none_for_recovery(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let both = [&all[0], &all[1]];
    let key = HouseKey::random(suite, &mut world.stream);
    let opening = of_house(&mut world, &key, HousePurpose::Opening, &all);
    let recovery = of_house(&mut world, &key, HousePurpose::Recovery, &all);
    let mixed = Some(RecoverError::Mixed);
    let of_opening = opened(&world, &opening, &both);
    let of_recovery = opened(&world, &recovery, &both);
    assert!(opening.recover(&of_opening).is_ok());
    assert_eq!(recovery.recover(&of_opening).err(), mixed);
    assert_eq!(opening.recover(&of_recovery).err(), mixed);
    // Nor does the sealed share of one open with the facts of the other over it.
    let dressed = SealedShare {
        facts: recovery.shares()[0].share.facts.clone(),
        sealed: opening.shares()[0].share.sealed.clone(),
    };
    let opened = dressed.open(world.floor, world.room, &all[0]);
    assert_eq!(opened.err(), Some(OpenError::WrongKeyOrBinding));
}

fn shares_of_two_splittings_give_no_house_key(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let key = HouseKey::random(suite, &mut world.stream);
    let other_key = HouseKey::random(suite, &mut world.stream);
    let purpose = HousePurpose::Opening;
    let [first, second] = [(); 2].map(|()| of_house(&mut world, &key, purpose, &all));
    let other = of_house(&mut world, &other_key, purpose, &all);
    assert!(!other.are_of(&key) && second.are_of(&key));
    let one = |of: &HouseShares, n: usize| opened(&world, of, &[&all[n]]).remove(0);
    let pair = |a, b| first.recover(&[a, b]).err();
    assert_eq!(pair(one(&first, 0), one(&first, 1)), None);
    assert_eq!(
        pair(one(&first, 0), one(&second, 1)),
        Some(RecoverError::Wrong)
    );
    assert_eq!(
        pair(one(&first, 0), one(&other, 1)),
        Some(RecoverError::Mixed)
    );
}

/// The fields of the shares of a house key, as whoever has the file can write them.
#[derive(Clone, minicbor::Encode, minicbor::Decode)]
struct Forged {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    suite: Suite,
    #[n(2)]
    subject: HouseSecret,
    #[n(3)]
    quorum: strongroom_seal::Quorum,
    #[n(4)]
    shares: Vec<strongroom_seal::NamedShare<HouseSecret>>,
}

fn a_dealt_key_of_another_shape_is_none(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 3);
    let key = HouseKey::random(suite, &mut world.stream);
    let good = of_house(&mut world, &key, HousePurpose::Opening, &all);
    let other = of_house(&mut world, &key, HousePurpose::Recovery, &all);
    let whole: Forged = decode(&encode(&good)).unwrap();
    let other: Forged = decode(&encode(&other)).unwrap();
    assert_eq!(decode::<HouseShares>(&encode(&whole)), Ok(good));
    type Change = fn(&mut Forged, &Forged);
    let changes: [(&str, Change); 8] = [
        ("a share missing", |f, _| drop(f.shares.pop())),
        ("a share too many", |f, _| {
            f.shares.push(f.shares[0].clone())
        }),
        ("another order", |f, _| f.shares.swap(0, 1)),
        ("one holder twice", |f, _| {
            f.shares[1].share.facts.holder = f.shares[0].share.facts.holder
        }),
        ("another purpose", |f, o| f.subject = o.subject),
        ("a share of another purpose", |f, o| {
            f.shares[1] = o.shares[1].clone()
        }),
        ("another quorum", |f, _| {
            f.quorum = strongroom_seal::Quorum::new(1, 3).unwrap()
        }),
        ("a name that breaks a line", |f, _| {
            f.shares[0].name = "Ada\nBo".to_owned()
        }),
    ];
    for (what, change) in changes {
        let mut forged = whole.clone();
        change(&mut forged, &other);
        assert!(decode::<HouseShares>(&encode(&forged)).is_err(), "{what}");
    }
}

fn a_dealt_key_names_what_it_is_of(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let key = HouseKey::random(suite, &mut world.stream);
    let shares = of_house(&mut world, &key, HousePurpose::Recovery, &all);
    let names: Vec<_> = shares.shares().iter().map(|n| n.name.as_str()).collect();
    assert_eq!(
        (names, shares.room()),
        (vec!["holder 0", "holder 1"], world.room)
    );
    assert_eq!((shares.suite(), shares.quorum().needed()), (suite, 2));
    let stranger = holders(&mut world, 3).remove(2);
    assert!(shares.share_of(stranger.card().id()).is_none());
    let mut twice = cards(&all);
    twice.push(twice[0].clone());
    let purpose = HousePurpose::Recovery;
    let refused =
        HouseShares::of_house(world.room, &key, purpose, 2, &twice, &mut world.stream).err();
    assert!(matches!(refused, Some(DealError::Twice { .. })));
}

fn m_holders_give_a_backups_key(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 3);
    let [id, other_id] = [(); 2].map(|()| BackupId::random(&mut world.stream));
    let mut deal = |id| {
        let stream = &mut world.stream;
        BackupShares::of_backup(suite, world.room, id, 2, &cards(&all), stream).unwrap()
    };
    let (shares, _) = deal(id);
    let (others, _) = deal(other_id);
    let shares: BackupShares = decode(&encode(&shares)).unwrap();
    assert_eq!(shares.subject().backup(), id);
    let open = |of: &BackupShares, n: usize| {
        let share = of.share_of(all[n].card().id()).unwrap();
        share.open(world.floor, world.room, &all[n]).unwrap()
    };
    let recovered = shares.recover(&[open(&shares, 1), open(&shares, 2)]);
    let recovered = recovered.unwrap();
    assert!(shares.are_of(&recovered) && !others.are_of(&recovered));
    // The shares of another backup of the same room are of no use.
    let mixed = shares.recover(&[open(&others, 1), open(&others, 2)]);
    assert_eq!(mixed.err(), Some(RecoverError::Mixed));
}
