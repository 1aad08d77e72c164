//! Key holders: M of them get an atom back, fewer get nothing.

use strongroom_label::AtomName;
use strongroom_record::{AtomId, RecoveryId, RoomId, decode, encode};
use strongroom_seal::{
    AtomRole, DealError, GivenShare, KeyHolder, KeyHolderCard, OpenError, OpenedShare, OtherSuite,
    Quorum, RecoverError, RecoverySheet, SealedShare, ShareFacts, Suite, VerifyError, atom, deal,
    domain, generate, recover, seal_to,
};

use crate::laws;
use crate::world::{World, atom_name};

laws![
    m_shares_recover_an_atom_and_fewer_do_not,
    a_share_opens_for_its_holder_in_its_place_only,
    shares_of_different_splittings_do_not_mix,
    a_holder_counts_once,
    a_recovery_sheet_alone_recovers,
    given_shares_recover_for_their_recipient,
    a_given_share_is_taken_in_its_place_only,
    a_holder_who_makes_a_share_up_is_found_out,
    what_is_sealed_under_a_true_shares_facts_must_be_that_share,
    a_share_is_given_to_a_key_of_its_suite_only,
    what_a_holder_signs_the_card_verifies,
    a_card_stands_for_both_its_keys,
];

pub(crate) fn holders(world: &mut World, count: usize) -> Vec<KeyHolder> {
    (0..count)
        .map(|n| {
            let name = format!("holder {n}");
            KeyHolder::random(world.suite, &name, &mut world.stream).unwrap()
        })
        .collect()
}

pub(crate) fn dealt(
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
    type Change = fn(&mut SealedShare, &SealedShare);
    let changes: [Change; 7] = [
        |share, _| share.facts.subject.atom = AtomId::from_bytes([1; 16]),
        |share, _| share.facts.subject.epoch = 2,
        |share, _| share.facts.index = 2,
        |share, other| share.facts.id = other.facts.id,
        |share, other| share.facts.holder = other.facts.holder,
        |share, other| share.facts.digest = other.facts.digest,
        |share, _| share.facts.quorum = Quorum::new(1, 2).unwrap(),
    ];
    for change in changes {
        let mut moved = shares[0].clone();
        change(&mut moved, &shares[1]);
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

fn given_shares_recover_for_their_recipient(suite: Suite) {
    let mut world = World::new(suite);
    let name = atom_name("Secret");
    let all = holders(&mut world, 3);
    let shares = dealt(&mut world, &name, 2, &all);
    let recovery = RecoveryId::random(&mut world.stream);
    let (private, public) = generate(suite, &mut world.stream);
    let given: Vec<GivenShare> = [0, 2]
        .iter()
        .map(|n| {
            let share = shares[*n].open(world.floor, world.room, &all[*n]).unwrap();
            assert_eq!(share.facts(), &shares[*n].facts);
            share
                .give(world.room, recovery, &public, &mut world.stream)
                .unwrap()
        })
        .collect();
    let given: Vec<GivenShare> = decode(&encode(&given)).unwrap();
    assert!(given[0].is_of(&shares[0]) && given[1].is_of(&shares[2]));
    let taken: Vec<OpenedShare> = given
        .iter()
        .map(|g| g.take(world.floor, world.room, recovery, &private).unwrap())
        .collect();
    let atom = &world.public[&name];
    assert!(recover(&taken, atom).is_ok_and(|a| a.belongs_to(atom)));
    let few = recover(&taken[..1], atom).err();
    assert_eq!(few, Some(RecoverError::TooFew { have: 1, needed: 2 }));
    // What was taken is a share like any other, and can be given on for another recovery.
    let next = RecoveryId::random(&mut world.stream);
    let on = taken[0].give(world.room, next, &public, &mut world.stream);
    let on = on.unwrap();
    assert!(on.take(world.floor, world.room, next, &private).is_ok());
}

fn a_given_share_is_taken_in_its_place_only(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let shares = dealt(&mut world, &atom_name("Secret"), 2, &all);
    let (floor, room) = (world.floor, world.room);
    let [recovery, another] = [(); 2].map(|()| RecoveryId::random(&mut world.stream));
    let (private, public) = generate(suite, &mut world.stream);
    let (stranger, _) = generate(suite, &mut world.stream);
    let give = |n: usize, stream: &mut _| {
        let share = shares[n].open(floor, room, &all[n]).unwrap();
        share.give(room, recovery, &public, stream).unwrap()
    };
    let [given, other] = [0, 1].map(|n| give(n, &mut world.stream));
    let wrong = Some(OpenError::WrongKeyOrBinding);
    assert!(given.take(floor, room, recovery, &private).is_ok());
    let elsewhere = RoomId::from_bytes([1; 16]);
    assert_eq!(
        given.take(floor, elsewhere, recovery, &private).err(),
        wrong
    );
    assert_eq!(given.take(floor, room, another, &private).err(), wrong);
    assert_eq!(given.take(floor, room, recovery, &stranger).err(), wrong);
    // The holder's own key does not open it, and what was sealed to the holder is not what is given.
    assert!(shares[0].facts == given.facts && shares[0].sealed != given.sealed);
    let as_sealed = SealedShare {
        facts: given.facts.clone(),
        sealed: given.sealed.clone(),
    };
    assert_eq!(as_sealed.open(floor, room, &all[0]).err(), wrong);
    type Change = fn(&mut GivenShare, &GivenShare);
    let changes: [Change; 7] = [
        |share, _| share.facts.subject.atom = AtomId::from_bytes([1; 16]),
        |share, _| share.facts.subject.epoch = 2,
        |share, _| share.facts.index = 2,
        |share, other| share.facts.id = other.facts.id,
        |share, other| share.facts.holder = other.facts.holder,
        |share, other| share.facts.digest = other.facts.digest,
        |share, _| share.facts.quorum = Quorum::new(1, 2).unwrap(),
    ];
    for change in changes {
        let mut moved = given.clone();
        change(&mut moved, &other);
        assert!(!moved.is_of(&shares[0]));
        assert_eq!(moved.take(floor, room, recovery, &private).err(), wrong);
    }
}

/// A holder deals the atom's place anew to himself alone and gives the share of that: what it says
/// of itself is not what the ledger's share says.
fn a_holder_who_makes_a_share_up_is_found_out(suite: Suite) {
    let mut world = World::new(suite);
    let name = atom_name("Secret");
    let all = holders(&mut world, 2);
    let shares = dealt(&mut world, &name, 2, &all);
    let old = &world.public[&name];
    let (_, false_atom) = atom::make(suite, old.id, old.name.clone(), 1, &mut world.stream);
    let cards: Vec<_> = all.iter().map(KeyHolder::card).collect();
    let made_up = deal(world.room, &false_atom, 2, &cards, &mut world.stream).unwrap();
    let recovery = RecoveryId::random(&mut world.stream);
    let (private, public) = generate(suite, &mut world.stream);
    let open = made_up[0].open(world.floor, world.room, &all[0]).unwrap();
    let given = open
        .give(world.room, recovery, &public, &mut world.stream)
        .unwrap();
    assert!(!given.is_of(&shares[0]));
    // With the true share's facts over it, it does not open.
    let dressed = GivenShare {
        facts: shares[0].facts.clone(),
        ..given.clone()
    };
    assert!(dressed.is_of(&shares[0]));
    assert!(
        dressed
            .take(world.floor, world.room, recovery, &private)
            .is_err()
    );
    // Taken as it is and put beside a true one, it gives no key.
    let taken = given.take(world.floor, world.room, recovery, &private);
    let true_one = shares[1].open(world.floor, world.room, &all[1]).unwrap();
    let both = [taken.unwrap(), true_one];
    assert_eq!(
        recover(&both, &world.public[&name]).err(),
        Some(RecoverError::Wrong)
    );
}

/// A holder who writes the format himself can seal other bytes for the true share's place. The digest
/// tells, though binding and facts are right.
fn what_is_sealed_under_a_true_shares_facts_must_be_that_share(suite: Suite) {
    #[derive(minicbor::Encode)]
    struct Binding<'a> {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        recovery: RecoveryId,
        #[n(2)]
        facts: &'a ShareFacts,
    }
    let mut world = World::new(suite);
    let all = holders(&mut world, 1);
    let shares = dealt(&mut world, &atom_name("Secret"), 1, &all);
    let recovery = RecoveryId::random(&mut world.stream);
    let (private, public) = generate(suite, &mut world.stream);
    let (room, floor) = (world.room, world.floor);
    let facts = &shares[0].facts;
    let binding = encode(&Binding {
        room,
        recovery,
        facts,
    });
    let domain = domain::SHARE_GIVEN;
    let mut take = |content: &[u8]| {
        let stream = &mut world.stream;
        let sealed = seal_to(suite, &public, domain, &binding, content, stream).unwrap();
        let facts = facts.clone();
        let given = GivenShare { facts, sealed };
        given.take(floor, room, recovery, &private).err()
    };
    let mut made_up = [7; 65];
    made_up[32] = facts.index;
    for content in [&made_up[..], &made_up[..64], &[0; 66], &[]] {
        assert_eq!(take(content), Some(OpenError::Damaged));
    }
}

fn a_share_is_given_to_a_key_of_its_suite_only(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 1);
    let shares = dealt(&mut world, &atom_name("Secret"), 1, &all);
    let share = shares[0].open(world.floor, world.room, &all[0]).unwrap();
    let other = match suite {
        Suite::Mock => Suite::Cnsa,
        Suite::Cnsa => Suite::Mock,
    };
    let (_, public) = generate(other, &mut world.stream);
    let recovery = RecoveryId::random(&mut world.stream);
    let refused = share.give(world.room, recovery, &public, &mut world.stream);
    assert_eq!(
        refused.err(),
        Some(OtherSuite {
            key: other.id(),
            wanted: suite.id()
        })
    );
}

fn what_a_holder_signs_the_card_verifies(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let signed = all[0].sign(domain::SIGN_GIVING, b"this, to her");
    let verify = |holder: &KeyHolder, domain, message: &[u8]| {
        let card: KeyHolderCard = decode(&encode(&holder.card())).unwrap();
        card.verifying()
            .verify(world.floor, domain, message, &signed)
    };
    let giving = domain::SIGN_GIVING;
    assert_eq!(verify(&all[0], giving, b"this, to her"), Ok(()));
    let wrong = Err(VerifyError::Wrong);
    assert_eq!(verify(&all[1], giving, b"this, to her"), wrong);
    assert_eq!(verify(&all[0], giving, b"that, to her"), wrong);
    // A signature for one purpose is none for another.
    for other in [
        domain::SIGN_ASKING,
        domain::SIGN_CHALLENGE,
        domain::SIGN_REHEARSAL,
        domain::SIGN_COMMAND,
    ] {
        assert_eq!(verify(&all[0], other, b"this, to her"), wrong);
    }
}

fn a_card_stands_for_both_its_keys(suite: Suite) {
    let mut world = World::new(suite);
    let [ada, bo] = [0, 1].map(|n| holders(&mut world, n + 1).remove(n).card());
    // The fields of a card, as anyone can write them down.
    #[derive(minicbor::Encode)]
    struct Forged<'a> {
        #[n(0)]
        name: &'a str,
        #[n(1)]
        key: &'a strongroom_seal::KemPublic,
        #[n(2)]
        verifying: &'a strongroom_seal::VerifyingKey,
    }
    let forge = |name, key: &KeyHolderCard, verifying: &KeyHolderCard| {
        let forged = Forged {
            name,
            key: key.key(),
            verifying: verifying.verifying(),
        };
        decode::<KeyHolderCard>(&encode(&forged))
    };
    assert_eq!(forge(ada.name(), &ada, &ada).as_ref(), Ok(&ada));
    // One's own key to sign with, beside another's key to seal to, is neither's card.
    let mixed = forge(ada.name(), &ada, &bo).unwrap();
    assert!(mixed.id() != ada.id() && mixed.id() != bo.id());
    assert!(forge("", &ada, &ada).is_err());
    // Nor are there cards of two suites.
    let other = match suite {
        Suite::Mock => Suite::Cnsa,
        Suite::Cnsa => Suite::Mock,
    };
    let other = KeyHolder::random(other, "other", &mut world.stream).unwrap();
    assert!(forge(ada.name(), &ada, &other.card()).is_err());
    assert!(forge(ada.name(), &other.card(), &ada).is_err());
}
