//! Gathering shares of a key that is not in the room: before the room is open, or beside it.
//!
//! A [`Gathering`] is for one key that was [dealt](DealtKey) among key holders, and for one purpose. It makes a key
//! pair of its own and a [`RecoveryId`], asks each holder for the share that is kept, and takes what holders give
//! until as many are there as are needed. What was given to one gathering opens in no other. Nothing is
//! believed of a share but what its digest proves: a wrong one is refused by name, and the others still count.
//!
//! ```text
//! DealtKey ─ Gathering::new ─▶ waiting ─ take … take ─▶ complete ─ finish ─▶ Gathered { shares, answers }
//! ```
//!
//! No disk and no socket: `service` carries requests and answers, through the trait [`Gather`].

use data_encoding::BASE64;
use strongroom_record::recovery::Asked;
use strongroom_record::{RecoveryId, Stream, decode, encode};
use strongroom_seal::{
    AskedShares, BackupSecret, DealtKey, GivenShare, GivenShares, HolderId, HouseSecret,
    KemPrivate, OpenedShare, SealedShare, ShareAnswer, ShareRequest, Subject, SuiteFloor,
};

use crate::api::{HolderGave, HolderRequest, HolderRequests, ShareAsked, Status, Waiting};
use crate::guard::IssuedCopy;
use crate::refusal::{Code, Refusal};

/// A key whose shares are asked for in requests of [`Gathering`]s.
pub trait Gatherable: Subject + Send + 'static {
    /// A request for this share.
    fn asked(share: SealedShare<Self>) -> AskedShares;
    /// The shares in an answer, if they are of such a key.
    fn given(shares: &GivenShares) -> Option<&[GivenShare<Self>]>;
}

impl Gatherable for HouseSecret {
    fn asked(share: SealedShare<Self>) -> AskedShares {
        AskedShares::House(vec![share])
    }
    fn given(shares: &GivenShares) -> Option<&[GivenShare<Self>]> {
        match shares {
            GivenShares::House(given) => Some(given),
            _ => None,
        }
    }
}

impl Gatherable for BackupSecret {
    fn asked(share: SealedShare<Self>) -> AskedShares {
        AskedShares::Backup(vec![share])
    }
    fn given(shares: &GivenShares) -> Option<&[GivenShare<Self>]> {
        match shares {
            GivenShares::Backup(given) => Some(given),
            _ => None,
        }
    }
}

/// A gathering as a service sees it.
pub trait Gather: Send + 'static {
    /// What is waited for.
    fn waiting(&self) -> Waiting;
    /// What a key holder asks of it.
    ///
    /// # Errors
    /// The request is malformed, or is none that a gathering answers; a share is not the one that was asked for.
    fn ask(&mut self, request: &HolderRequest) -> Result<IssuedCopy, Refusal>;
    /// Whether as many shares are there as are needed.
    fn is_complete(&self) -> bool;

    /// The status while it is waited.
    fn status(&self) -> Status {
        let waiting = self.waiting();
        let words = waiting.words();
        Status::not_open(waiting.room, "waiting", words)
    }
}

/// Shares being gathered.
pub struct Gathering<S: Gatherable> {
    dealt: DealtKey<S>,
    asked: Asked,
    what: &'static str,
    recovery: RecoveryId,
    recipient: KemPrivate,
    floor: SuiteFloor,
    taken: Vec<(OpenedShare<S>, ShareAnswer)>,
}

/// What was gathered.
pub struct Gathered<S: Gatherable> {
    /// The shares, as many as are needed: [`DealtKey`] puts the key together again.
    pub shares: Vec<OpenedShare<S>>,
    /// Who gave: the name on the card, and the id.
    pub holders: Vec<(String, HolderId)>,
    /// The holders' answers, whose signatures [`Giving`](strongroom_seal::Giving) verifies wherever their cards are known.
    pub answers: Vec<ShareAnswer>,
}

impl<S: Gatherable> Gathering<S> {
    /// Begins to gather shares of a dealt key, which `what` names for the status: `opening shares`.
    pub fn new(
        dealt: DealtKey<S>,
        asked: Asked,
        what: &'static str,
        floor: SuiteFloor,
        dice: &mut Stream,
    ) -> Self {
        Self {
            recipient: KemPrivate::random(dealt.suite(), dice),
            recovery: RecoveryId::random(dice),
            dealt,
            asked,
            what,
            floor,
            taken: Vec::new(),
        }
    }
    /// The key whose shares are gathered.
    pub const fn dealt(&self) -> &DealtKey<S> {
        &self.dealt
    }
    /// The request to one key holder.
    pub fn request_for(&self, holder: HolderId) -> Option<ShareRequest> {
        Some(ShareRequest {
            room: self.dealt.room(),
            recovery: self.recovery,
            asked: encode(&self.asked).into(),
            recipient: self.recipient.public(),
            holder,
            shares: S::asked(self.dealt.share_of(holder)?.clone()),
        })
    }
    /// Takes what a key holder gives. Who gives twice counts once.
    ///
    /// # Errors
    /// It was given for something else, or is not the share that this holder keeps. What was taken before stays.
    pub fn take(&mut self, answer: ShareAnswer) -> Result<(), Refusal> {
        let request = self.request_for(answer.holder).ok_or_else(unknown_holder)?;
        let expected = request.giving(&answer.shares);
        if !answer.giving.is_for_the_same(&expected) {
            return Err(Refusal::new(
                Code::Conflict,
                "this was given for another room, another purpose or an earlier request",
            )
            .hint("ask what is waited for now with `key-holder requests`, and give for that"));
        }
        let not_it = || {
            Refusal::new(
                Code::Conflict,
                "this is not the share that the key holder keeps of this key",
            )
            .hint("the others count all the same; without it another key holder must give")
        };
        let [given] = S::given(&answer.shares).ok_or_else(not_it)? else {
            return Err(not_it());
        };
        let exchanged = answer.giving != expected;
        if exchanged || given.facts.holder != answer.holder || !self.dealt.has(given) {
            return Err(not_it());
        }
        let opened = given
            .take(
                self.floor,
                self.dealt.room(),
                self.recovery,
                &self.recipient,
            )
            .map_err(|_| not_it())?;
        let again = |(_, before): &(_, ShareAnswer)| before.holder == answer.holder;
        if !self.taken.iter().any(again) {
            self.taken.push((opened, answer));
        }
        Ok(())
    }
    /// What was gathered, once it is [complete](Gather::is_complete).
    pub fn finish(self) -> Option<Gathered<S>> {
        if !self.is_complete() {
            return None;
        }
        let name = |id: HolderId| {
            let of = |n: &&strongroom_seal::NamedShare<S>| n.share.facts.holder == id;
            let named = self.dealt.shares().iter().find(of);
            named.map_or_else(String::new, |n| n.name.clone())
        };
        let holders = self
            .taken
            .iter()
            .map(|(_, answer)| (name(answer.holder), answer.holder))
            .collect();
        let (shares, answers) = self.taken.into_iter().unzip();
        Some(Gathered {
            shares,
            holders,
            answers,
        })
    }
    fn holders(&self) -> impl Iterator<Item = HolderId> {
        self.dealt.shares().iter().map(|n| n.share.facts.holder)
    }
}

impl<S: Gatherable> Gather for Gathering<S> {
    fn waiting(&self) -> Waiting {
        Waiting {
            room: self.dealt.room().to_string(),
            what: self.what.to_owned(),
            given: self.taken.len(),
            needed: self.dealt.quorum().needed(),
        }
    }
    fn is_complete(&self) -> bool {
        self.taken.len() >= self.dealt.quorum().needed()
    }
    fn ask(&mut self, request: &HolderRequest) -> Result<IssuedCopy, Refusal> {
        match request {
            // Nothing here is kept from anyone who asks: whose shares are sealed shows on the file of shares.
            HolderRequest::Requests(ask) => {
                let is = |id: &HolderId| id.to_string() == ask.holder;
                let holder = self.holders().find(is).ok_or_else(unknown_holder)?;
                let request = self.request_for(holder).ok_or_else(unknown_holder)?;
                let given = |(_, answer): &(_, ShareAnswer)| answer.holder == holder;
                let asked = ShareAsked {
                    request: Some(BASE64.encode(&encode(&request))),
                    asked: None,
                    recovery: self.recovery.to_string(),
                    given: self.taken.iter().any(given),
                    waiting: self.waiting(),
                };
                Ok(IssuedCopy::of(&HolderRequests {
                    requests: vec![asked],
                }))
            }
            HolderRequest::Give(ask) => {
                self.take(answer(&ask.answer)?)?;
                Ok(IssuedCopy::of(&HolderGave {
                    waiting: self.waiting(),
                    did: None,
                }))
            }
            HolderRequest::Challenge => Err(Refusal::new(
                Code::Closed,
                "the room is not open: it waits for shares",
            )
            .hint("`key-holder requests` needs no challenge now")),
            _ => Err(Refusal::new(
                Code::Closed,
                format!("the room is not open: {}", self.waiting().words()),
            )
            .hint("key holders give with `strongroom key-holder give`")),
        }
    }
}

/// An answer as it comes over the wire.
pub(crate) fn answer(base64: &str) -> Result<ShareAnswer, Refusal> {
    BASE64
        .decode(base64.as_bytes())
        .ok()
        .and_then(|bytes| decode(&bytes).ok())
        .ok_or_else(|| Refusal::invalid("what is given cannot be read"))
}

/// The one answer for a key holder who has no part in it.
pub(crate) fn unknown_holder() -> Refusal {
    Refusal::new(
        Code::NotFound,
        "this key holder keeps no share of what is asked for",
    )
    .hint("is it the private file of another room, or of a key holder who was replaced?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{HolderGive, HolderProof};
    use strongroom_record::recovery::AskedFor;
    use strongroom_record::{Entropy, RoomId, SeededEntropy};
    use strongroom_seal::{HouseKey, HousePurpose, HouseShares, KeyHolder, Suite};

    const FLOOR: SuiteFloor = SuiteFloor::at(Suite::Mock);

    struct Room {
        house: HouseKey,
        shares: HouseShares,
        holders: Vec<KeyHolder>,
        dice: Stream,
    }

    fn room(purpose: HousePurpose) -> Room {
        let mut dice = SeededEntropy::new(5).stream(b"gathering");
        let names = ["ada", "bo", "cyd"];
        let holders = names.map(|n| KeyHolder::random(Suite::Mock, n, &mut dice).unwrap());
        let cards: Vec<_> = holders.iter().map(KeyHolder::card).collect();
        let house = HouseKey::random(Suite::Mock, &mut dice);
        let id = RoomId::random(&mut dice);
        let shares = HouseShares::of_house(id, &house, purpose, 2, &cards, &mut dice).unwrap();
        Room {
            house,
            shares,
            holders: holders.into(),
            dice,
        }
    }

    impl Room {
        fn gathering(&mut self, what: AskedFor) -> Gathering<HouseSecret> {
            let asked = Asked {
                what,
                by: None,
                until: None,
            };
            Gathering::new(
                self.shares.clone(),
                asked,
                "opening shares",
                FLOOR,
                &mut self.dice,
            )
        }
        fn answer(&mut self, gathering: &Gathering<HouseSecret>, by: usize) -> ShareAnswer {
            let holder = &self.holders[by];
            let request = gathering.request_for(holder.card().id()).unwrap();
            request.answer(FLOOR, holder, &mut self.dice).unwrap()
        }
    }

    fn give(answer: &ShareAnswer) -> HolderRequest {
        HolderRequest::Give(HolderGive {
            answer: BASE64.encode(&encode(answer)),
        })
    }

    #[test]
    fn as_many_as_are_needed_give_the_key_back_and_fewer_do_not() {
        let mut room = room(HousePurpose::Opening);
        let mut gathering = room.gathering(AskedFor::OpenRoom);
        let first = room.answer(&gathering, 0);
        for _ in 0..2 {
            gathering.ask(&give(&first)).unwrap();
            assert_eq!(gathering.waiting().given, 1, "who gives twice counts once");
            assert!(!gathering.is_complete());
        }
        assert_eq!(
            gathering.status().because.as_deref(),
            Some("waiting for opening shares: 1 of 2 given")
        );
        let second = room.answer(&gathering, 2);
        gathering.ask(&give(&second)).unwrap();
        assert!(gathering.is_complete());
        let gathered = gathering.finish().unwrap();
        let names: Vec<&str> = gathered.holders.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["ada", "cyd"]);
        let house = room.shares.recover(&gathered.shares).ok().unwrap();
        assert_eq!(house.to_text().expose(), room.house.to_text().expose());
    }

    #[test]
    fn what_was_given_for_something_else_is_refused_and_the_rest_counts() {
        let mut room = room(HousePurpose::Opening);
        let earlier = room.gathering(AskedFor::OpenRoom);
        let other_purpose = room.gathering(AskedFor::HouseKey);
        let mut gathering = room.gathering(AskedFor::OpenRoom);
        let good = room.answer(&gathering, 0);
        for stale in [room.answer(&earlier, 1), room.answer(&other_purpose, 1)] {
            let refused = gathering.ask(&give(&stale)).unwrap_err();
            assert_eq!(refused.code, Code::Conflict);
            // The same shares with what is signed for this gathering.
            let mut dressed = stale;
            dressed.giving = good.giving;
            assert!(gathering.ask(&give(&dressed)).is_err());
        }
        // Another holder's share in this one's name; a share of another room; bytes that are none.
        let mut borrowed = room.answer(&gathering, 1);
        borrowed.holder = room.holders[0].card().id();
        assert!(gathering.ask(&give(&borrowed)).is_err());
        let mut emptied = room.answer(&gathering, 1);
        emptied.shares = GivenShares::House(Vec::new());
        assert!(gathering.ask(&give(&emptied)).is_err());
        emptied.shares = GivenShares::Atoms(Vec::new());
        assert!(gathering.ask(&give(&emptied)).is_err());
        for junk in ["", "!", "AAAA", "oQ=="] {
            let junk = HolderRequest::Give(HolderGive {
                answer: junk.to_owned(),
            });
            assert_eq!(gathering.ask(&junk).unwrap_err().code, Code::Invalid);
        }
        assert_eq!(gathering.waiting().given, 0);
        gathering.ask(&give(&good)).unwrap();
        let other = room.answer(&gathering, 1);
        gathering.ask(&give(&other)).unwrap();
        assert!(
            room.shares
                .recover(&gathering.finish().unwrap().shares)
                .is_ok()
        );
    }

    #[test]
    fn a_request_is_told_to_holders_by_id_and_nothing_else_is_answered() {
        let mut room = room(HousePurpose::Recovery);
        let mut gathering = room.gathering(AskedFor::HouseKey);
        let ask = |holder: String| {
            HolderRequest::Requests(HolderProof {
                holder,
                challenge: String::new(),
                signature: String::new(),
            })
        };
        let id = room.holders[1].card().id().to_string();
        assert!(gathering.ask(&ask(id)).is_ok());
        let unknown = gathering.ask(&ask("nobody".to_owned())).unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
        let closed = gathering.ask(&HolderRequest::Challenge).unwrap_err();
        assert_eq!(closed.code, Code::Closed);
        assert!(gathering.finish().is_none());
    }
}
