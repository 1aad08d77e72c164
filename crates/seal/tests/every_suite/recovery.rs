//! Key holders: M of them get an atom back, fewer get nothing.

use strongroom_label::AtomName;
use strongroom_record::{AtomId, RoomId, decode, encode};
use strongroom_seal::{
    AtomRole, DealError, KeyHolder, KeyHolderCard, OpenError, OpenedShare, RecoverError,
    RecoverySheet, SealedShare, Suite, atom, deal, recover,
};

use crate::laws;
use crate::world::{World, atom_name};

laws![
    m_shares_recover_an_atom_and_fewer_do_not,
    a_share_opens_for_its_holder_in_its_place_only,
    shares_of_different_splittings_do_not_mix,
    a_holder_counts_once,
    a_recovery_sheet_alone_recovers,
];

fn holders(world: &mut World, count: usize) -> Vec<KeyHolder> {
    (0..count)
        .map(|n| {
            let name = format!("holder {n}");
            KeyHolder::random(world.suite, &name, &mut world.stream).unwrap()
        })
        .collect()
}

fn dealt(
    world: &mut World,
    name: &AtomName,
    needed: usize,
    holders: &[KeyHolder],
) -> Vec<SealedShare> {
    let cards: Vec<KeyHolderCard> = holders.iter().map(KeyHolder::card).collect();
    let atom = &world.private[name];
    deal(world.room, atom, needed, &cards, &mut world.stream).unwrap()
}

fn opened(world: &World, shares: &[&SealedShare], holders: &[&KeyHolder]) -> Vec<OpenedShare> {
    shares
        .iter()
        .zip(holders)
        .map(|(share, holder)| share.open(world.floor, world.room, holder).unwrap())
        .collect()
}

fn m_shares_recover_an_atom_and_fewer_do_not(suite: Suite) {
    let mut world = World::new(suite);
    let name = atom_name("Secret");
    let all = holders(&mut world, 4);
    let shares = dealt(&mut world, &name, 3, &all);
    let shares: Vec<SealedShare> = decode(&encode(&shares)).unwrap();
    let public = &world.public[&name];
    let pick = |at: &[usize]| {
        let some: Vec<_> = at.iter().map(|i| &shares[*i]).collect();
        let whose: Vec<_> = at.iter().map(|i| &all[*i]).collect();
        recover(&opened(&world, &some, &whose), public)
    };
    for three in [[0, 1, 2], [3, 1, 0], [1, 2, 3]] {
        assert!(pick(&three).is_ok_and(|atom| atom.belongs_to(public)));
    }
    assert!(pick(&[0, 1, 2, 3]).is_ok());
    for (at, have) in [(&[0, 1][..], 2), (&[3], 1), (&[], 0)] {
        let needed = if have == 0 { 1 } else { 3 };
        let refused = pick(at).err();
        assert_eq!(refused, Some(RecoverError::TooFew { have, needed }));
    }
    assert_eq!(pick(&[0, 1, 1]).err(), Some(RecoverError::Twice(2)));
}

fn a_share_opens_for_its_holder_in_its_place_only(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let shares = dealt(&mut world, &atom_name("Secret"), 2, &all);
    let (floor, room) = (world.floor, world.room);
    let wrong = Some(OpenError::WrongKeyOrBinding);
    assert!(shares[0].open(floor, room, &all[0]).is_ok());
    assert_eq!(shares[0].open(floor, room, &all[1]).err(), wrong);
    let elsewhere = RoomId::from_bytes([1; 16]);
    assert_eq!(shares[0].open(floor, elsewhere, &all[0]).err(), wrong);
    let moved = [
        SealedShare {
            atom: AtomId::from_bytes([1; 16]),
            ..shares[0].clone()
        },
        SealedShare {
            epoch: 2,
            ..shares[0].clone()
        },
        SealedShare {
            index: 2,
            ..shares[0].clone()
        },
        SealedShare {
            id: shares[1].id,
            ..shares[0].clone()
        },
        SealedShare {
            holder: shares[1].holder,
            ..shares[0].clone()
        },
        SealedShare {
            digest: shares[1].digest,
            ..shares[0].clone()
        },
        SealedShare {
            quorum: strongroom_seal::Quorum::new(1, 2).unwrap(),
            ..shares[0].clone()
        },
    ];
    for moved in moved {
        assert_eq!(moved.open(floor, room, &all[0]).err(), wrong);
    }
}

fn shares_of_different_splittings_do_not_mix(suite: Suite) {
    let mut world = World::new(suite);
    let name = atom_name("Secret");
    let all = holders(&mut world, 2);
    let first = dealt(&mut world, &name, 2, &all);
    let second = dealt(&mut world, &name, 2, &all);
    let other = dealt(&mut world, &atom_name("Top Secret"), 2, &all);
    let public = &world.public[&name];
    let pair = |a, b| recover(&opened(&world, &[a, b], &[&all[0], &all[1]]), public).err();
    assert_eq!(pair(&first[0], &first[1]), None);
    assert_eq!(pair(&first[0], &second[1]), Some(RecoverError::Wrong));
    assert_eq!(pair(&first[0], &other[1]), Some(RecoverError::Mixed));
    assert_eq!(pair(&other[0], &other[1]), Some(RecoverError::Mixed));
}

fn a_holder_counts_once(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let mut cards: Vec<_> = all.iter().map(KeyHolder::card).collect();
    cards.push(cards[0].clone());
    let id = AtomId::random(&mut world.stream);
    let (_, atom) = atom::make(suite, id, AtomRole::Quorum, 1, &mut world.stream);
    let room = world.room;
    let mut deal =
        |needed, cards: &[KeyHolderCard]| deal(room, &atom, needed, cards, &mut world.stream).err();
    assert_eq!(
        deal(2, &cards),
        Some(DealError::Twice {
            name: "holder 0".to_owned(),
            id: cards[0].id()
        })
    );
    assert!(matches!(deal(0, &cards[..2]), Some(DealError::Quorum(_))));
    assert!(matches!(deal(3, &cards[..2]), Some(DealError::Quorum(_))));
    assert!(matches!(deal(0, &[]), Some(DealError::Quorum(_))));
    assert_eq!(deal(2, &cards[..2]), None);
}

fn a_recovery_sheet_alone_recovers(suite: Suite) {
    let mut world = World::new(suite);
    let name = atom_name("Caption:Nodis");
    let sheet = RecoverySheet::random(suite, &mut world.stream);
    let cards = [sheet.holder().card()];
    let atom = &world.private[&name];
    let shares = deal(world.room, atom, 1, &cards, &mut world.stream).unwrap();
    let printed = sheet.to_text();
    drop(sheet);
    let sheet = RecoverySheet::from_text(world.floor, printed.expose()).unwrap();
    let share = shares[0]
        .open(world.floor, world.room, sheet.holder())
        .unwrap();
    assert!(recover(&[share], &world.public[&name]).is_ok());
}
