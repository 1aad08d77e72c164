//! What a key holder is asked, and answers.

use strongroom_record::{RecoveryId, Stream, encode};
use strongroom_seal::{
    AnswerError, ArmourError, AskedShares, GiveError, GivenShares, HouseKey, HousePurpose,
    HouseShares, KemPrivate, KeyHolder, OpenError, ShareAnswer, ShareRequest, Suite, VerifyError,
    generate, recover,
};

use crate::laws;
use crate::recovery::{dealt, holders};
use crate::world::{World, atom_name};

laws![
    holders_answer_by_files_and_the_recipient_recovers,
    a_request_is_answered_whole_by_its_holder_only,
    an_answer_counts_for_its_request_only,
    requests_for_the_house_key_are_answered_alike,
];

struct Asked {
    requests: Vec<ShareRequest>,
    recipient: KemPrivate,
}

/// Asks each holder for the shares of two atoms.
fn ask(world: &mut World, all: &[KeyHolder]) -> Asked {
    let names = ["Secret", "Caption:Nodis"].map(atom_name);
    let shares = names.map(|name| dealt(world, &name, 2, all));
    let (recipient, public) = generate(world.suite, &mut world.stream);
    let recovery = RecoveryId::random(&mut world.stream);
    let request = |n: usize, holder: &KeyHolder| ShareRequest {
        room: world.room,
        recovery,
        asked: b"two atoms, for Bo, who lost his keys".to_vec().into(),
        recipient: public.clone(),
        holder: holder.card().id(),
        shares: AskedShares::Atoms(shares.iter().map(|s| s[n].clone()).collect()),
    };
    Asked {
        requests: all.iter().enumerate().map(|(n, h)| request(n, h)).collect(),
        recipient,
    }
}

fn holders_answer_by_files_and_the_recipient_recovers(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let asked = ask(&mut world, &all);
    let mut taken = [vec![], vec![]];
    for (request, holder) in asked.requests.iter().zip(&all) {
        let read = ShareRequest::from_text(&request.to_text()).unwrap();
        assert_eq!(read, *request);
        let answer = read.answer(world.floor, holder, &mut world.stream).unwrap();
        let answer = ShareAnswer::from_text(&answer.to_text()).unwrap();
        assert_eq!(answer.check(world.floor, request, &holder.card()), Ok(()));
        let GivenShares::Atoms(given) = &answer.shares else {
            panic!("atoms were asked for");
        };
        for (given, taken) in given.iter().zip(&mut taken) {
            let (room, recovery) = (request.room, request.recovery);
            taken.push(
                given
                    .take(world.floor, room, recovery, &asked.recipient)
                    .unwrap(),
            );
        }
    }
    for (name, shares) in ["Secret", "Caption:Nodis"].into_iter().zip(&taken) {
        assert!(recover(shares, &world.public[&atom_name(name)]).is_ok());
    }
    // A file that is none, or of the other kind.
    let text = asked.requests[0].to_text();
    let other = ShareAnswer::from_text(&text).err();
    assert!(matches!(other, Some(ArmourError::NoBegin(_))));
    assert!(ShareRequest::from_text(&text[..text.len() / 2]).is_err());
}

fn a_request_is_answered_whole_by_its_holder_only(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let asked = ask(&mut world, &all);
    let floor = world.floor;
    let answer =
        |request: &ShareRequest, stream: &mut Stream| request.answer(floor, &all[0], stream).err();
    let refused = answer(&asked.requests[1], &mut world.stream);
    assert!(matches!(refused, Some(GiveError::OtherHolder { .. })));
    // One share that is another's: nothing is given, and the share is named.
    let mut mixed = asked.requests[0].clone();
    let (AskedShares::Atoms(mine), AskedShares::Atoms(others)) =
        (&mut mixed.shares, &asked.requests[1].shares)
    else {
        panic!("atoms were asked for");
    };
    mine[1] = others[1].clone();
    let share = mine[1].facts.id;
    let why = OpenError::WrongKeyOrBinding;
    let refused = answer(&mixed, &mut world.stream);
    assert_eq!(refused, Some(GiveError::Share { share, why }));
    let mut elsewhere = asked.requests[0].clone();
    elsewhere.room = strongroom_record::RoomId::from_bytes([1; 16]);
    assert!(answer(&elsewhere, &mut world.stream).is_some());
}

fn an_answer_counts_for_its_request_only(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let floor = world.floor;
    let asked = ask(&mut world, &all);
    let request = &asked.requests[0];
    let card = all[0].card();
    let answer = request.answer(floor, &all[0], &mut world.stream).unwrap();
    let check = |answer: &ShareAnswer, request: &ShareRequest| answer.check(floor, request, &card);
    assert_eq!(check(&answer, request), Ok(()));

    type Change = fn(&mut ShareRequest, &KemPrivate);
    let changes: [Change; 3] = [
        |r, _| r.asked = b"all atoms, for Eve".to_vec().into(),
        |r, _| r.recovery = RecoveryId::from_bytes([1; 16]),
        |r, other| r.recipient = other.public(),
    ];
    let (other, _) = generate(suite, &mut world.stream);
    for change in changes {
        let mut changed = request.clone();
        change(&mut changed, &other);
        assert_eq!(check(&answer, &changed), Err(AnswerError::OtherRequest));
        // The answer made to say the same was not signed so.
        let mut dressed = answer.clone();
        dressed.giving = changed.giving(&dressed.shares);
        let wrong = Err(AnswerError::Signature(VerifyError::Wrong));
        assert_eq!(check(&dressed, &changed), wrong);
    }
    let others = asked.requests[1].answer(floor, &all[1], &mut world.stream);
    let others = others.unwrap();
    let id = all[1].card().id();
    assert_eq!(check(&others, request), Err(AnswerError::OtherHolder(id)));
    let mut fewer = answer.clone();
    let GivenShares::Atoms(shares) = &mut fewer.shares else {
        panic!("atoms were asked for");
    };
    shares.pop();
    assert_eq!(check(&fewer, request), Err(AnswerError::OtherShares));
    let mut swapped = answer.clone();
    swapped.shares = others.shares;
    assert_eq!(check(&swapped, request), Err(AnswerError::OtherShares));
    // The same shares, given once more by whoever gets between: what was signed is these bytes alone.
    let mut exchanged = answer.clone();
    let again = request.answer(floor, &all[0], &mut world.stream).unwrap();
    exchanged.shares = again.shares;
    assert_eq!(check(&exchanged, request), Err(AnswerError::Exchanged));
    exchanged.giving = again.giving;
    let wrong = Err(AnswerError::Signature(VerifyError::Wrong));
    assert_eq!(check(&exchanged, request), wrong);
    let mut unsigned = answer;
    unsigned.signature = others.signature;
    assert!(matches!(
        check(&unsigned, request),
        Err(AnswerError::Signature(_))
    ));
}

fn requests_for_the_house_key_are_answered_alike(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let cards: Vec<_> = all.iter().map(KeyHolder::card).collect();
    let key = HouseKey::random(suite, &mut world.stream);
    let purpose = HousePurpose::Opening;
    let (room, floor) = (world.room, world.floor);
    let shares = HouseShares::of_house(room, &key, purpose, 2, &cards, &mut world.stream).unwrap();
    let recovery = RecoveryId::random(&mut world.stream);
    let (recipient, public) = generate(suite, &mut world.stream);
    let mut taken = Vec::new();
    for holder in &all {
        let id = holder.card().id();
        let request = ShareRequest {
            room,
            recovery,
            asked: encode(&"open the room").into(),
            recipient: public.clone(),
            holder: id,
            shares: AskedShares::House(vec![shares.share_of(id).unwrap().clone()]),
        };
        let answer = request.answer(floor, holder, &mut world.stream).unwrap();
        assert_eq!(answer.check(floor, &request, &holder.card()), Ok(()));
        let GivenShares::House(given) = &answer.shares else {
            panic!("shares of the house key were asked for");
        };
        assert!(given.len() == 1 && shares.has(&given[0]));
        taken.push(given[0].take(floor, room, recovery, &recipient).unwrap());
    }
    assert!(
        shares
            .recover(&taken)
            .is_ok_and(|k| k.to_text() == key.to_text())
    );
}
