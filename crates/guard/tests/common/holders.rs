//! Key holders of a room under test, on their own side: they ask, look at what is asked, give and rehearse.
#![allow(dead_code, reason = "each test file uses what it needs of key holders")]

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use strongroom_guard::Refusal;
use strongroom_guard::api::*;
use strongroom_guard::recovery::claims::{Claim, Wanted};
use strongroom_record::recovery::Asked;
use strongroom_record::{RecoveryId, RoomId, Stream, decode, encode};
use strongroom_seal::{GivenShares, KeyHolder, ShareAnswer, ShareRequest, Suite};

use super::common::World;

pub(crate) const NAMES: [&str; 5] = ["ada", "bo", "cyd", "dan", "eve"];

pub(crate) fn holders(suite: Suite, count: usize) -> Vec<KeyHolder> {
    let mut dice = Stream::from_seed([40; 32]);
    let holder = |name: &&str| KeyHolder::random(suite, name, &mut dice).unwrap();
    NAMES[..count].iter().map(holder).collect()
}

pub(crate) fn another(suite: Suite, name: &str, seed: u8) -> KeyHolder {
    KeyHolder::random(suite, name, &mut Stream::from_seed([seed; 32])).unwrap()
}

/// A room of the small policy with these key holders.
pub(crate) fn room(seed: u64, suite: Suite, holders: &[KeyHolder], quorum: u8) -> World {
    let mut founding = super::common::founding(suite, super::small::policy());
    founding.key_holders = holders.iter().map(KeyHolder::card).collect();
    founding.quorum = quorum;
    World::founded(seed, founding)
}

pub(crate) fn room_id(world: &World) -> RoomId {
    world.guard().room()
}

/// What a key holder asks of the guard.
pub(crate) fn say<T: DeserializeOwned>(world: &World, ask: &HolderRequest) -> Result<T, Refusal> {
    let copy = world.guard().key_holder(ask)?;
    Ok(serde_json::from_slice(copy.json()).unwrap())
}

pub(crate) fn challenge(world: &World) -> [u8; 32] {
    let given: HolderChallenge = say(world, &HolderRequest::Challenge).unwrap();
    let bytes = BASE64.decode(given.challenge.as_bytes()).unwrap();
    bytes.try_into().unwrap()
}

/// Shows who asks.
pub(crate) fn proof(world: &World, holder: &KeyHolder) -> HolderProof {
    let challenge = challenge(world);
    let signature = Claim::Present { challenge }.sign(holder, room_id(world));
    HolderProof {
        holder: holder.card().id().to_string(),
        challenge: BASE64.encode(&challenge),
        signature: BASE64.encode(signature.as_bytes()),
    }
}

pub(crate) fn requests(world: &World, holder: &KeyHolder) -> Vec<ShareAsked> {
    let ask = HolderRequest::Requests(proof(world, holder));
    say::<HolderRequests>(world, &ask).unwrap().requests
}

/// The request of a recovery to a key holder, and what it says is asked.
pub(crate) fn request(
    world: &World,
    holder: &KeyHolder,
    recovery: &str,
) -> Option<(ShareRequest, Asked)> {
    let mut all = requests(world, holder).into_iter();
    let base64 = all.find(|r| r.recovery == recovery)?.request?;
    let request: ShareRequest = decode(&BASE64.decode(base64.as_bytes()).unwrap()).unwrap();
    let asked = decode(&request.asked).unwrap();
    Some((request, asked))
}

pub(crate) fn answer(world: &World, holder: &KeyHolder, recovery: &str) -> ShareAnswer {
    let (request, _) = request(world, holder, recovery).expect("something is asked");
    let mut dice = Stream::from_seed([99; 32]);
    request.answer(world.env.floor, holder, &mut dice).unwrap()
}

/// An answer with a share that does not open, which its holder signed all the same.
pub(crate) fn spoiled(world: &World, holder: &KeyHolder, recovery: &str) -> ShareAnswer {
    let mut answer = answer(world, holder, recovery);
    let GivenShares::Atoms(shares) = &mut answer.shares else {
        panic!("shares of atoms");
    };
    *shares[0].sealed.last_mut().unwrap() ^= 1;
    let (request, _) = request(world, holder, recovery).unwrap();
    answer.giving = request.giving(&answer.shares);
    answer.signature = answer.giving.sign(holder);
    answer
}

pub(crate) fn bring(world: &World, answer: &ShareAnswer) -> Result<HolderGave, Refusal> {
    let answer = BASE64.encode(&encode(answer));
    say(world, &HolderRequest::Give(HolderGive { answer }))
}

/// A key holder gives for a recovery.
pub(crate) fn give(world: &World, holder: &KeyHolder, recovery: &str) -> HolderGave {
    bring(world, &answer(world, holder, recovery)).unwrap()
}

/// A security officer asks.
pub(crate) fn officer_asks(world: &World, by: &str, ask: RecoverAsk) -> RecoverAsked {
    world.get(by, Request::Recover(RecoverRequest { ask, request: None }))
}

/// A key holder asks.
pub(crate) fn holder_asks(
    world: &World,
    holder: &KeyHolder,
    ask: RecoverAsk,
    what: Wanted,
    seed: u8,
) -> Result<RecoverAsked, Refusal> {
    let recovery = RecoveryId::random(&mut Stream::from_seed([seed; 32]));
    let claim = Claim::Asks { recovery, what };
    let signature = claim.sign(holder, room_id(world));
    say(
        world,
        &HolderRequest::Ask(HolderAsk {
            holder: holder.card().id().to_string(),
            recovery: recovery.to_string(),
            ask,
            signature: BASE64.encode(signature.as_bytes()),
        }),
    )
}

pub(crate) fn atom_for(atom: &str, name: &str) -> RecoverAsk {
    RecoverAsk::Atom {
        atom: atom.to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn person(name: &str) -> RecoverAsk {
    RecoverAsk::Person {
        name: name.to_owned(),
    }
}
