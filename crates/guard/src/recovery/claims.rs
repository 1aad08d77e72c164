//! What key holders sign with the keys of their cards, beside what they give.
//!
//! Each claim has a domain of its own, and names the room. The one who signs and the one who verifies make the
//! bytes by the same code: the command line calls [`Claim::sign`], the guard [`Claim::check`].

use minicbor::Encode;
use strongroom_record::event::{Act, StoredEvent};
use strongroom_record::recovery::Recover;
use strongroom_record::{RecoveryId, RoomId, ShareId, encode};
use strongroom_seal::{Domain, Giving, KeyHolder, KeyHolderCard, Signature, SuiteFloor, domain};

use crate::api::RecoverAsk;
use crate::state::{State, atom_word};

/// Something that a key holder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is me who asks.
    Present {
        /// The guard's challenge.
        challenge: [u8; 32],
    },
    /// I ask the key holders for this.
    Asks {
        /// The recovery, which the key holder chose.
        recovery: RecoveryId,
        /// What for.
        what: Wanted,
    },
    /// So many shares opened, and these did not.
    Rehearsed {
        /// The guard's challenge.
        challenge: [u8; 32],
        /// How many opened and agree with the ledger.
        sound: u32,
        /// The others.
        wrong: Vec<ShareId>,
    },
}

/// What is asked for, in names: as it is typed, and as the ledger gives it back.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub enum Wanted {
    /// An atom, for a person.
    #[n(0)]
    Atom(#[n(0)] String, #[n(1)] String),
    /// Other keys for a person.
    #[n(1)]
    Person(#[n(0)] String),
    /// These key holders, by ids in ascending order, and how many of them are needed.
    #[n(2)]
    KeyHolders(#[n(0)] Vec<String>, #[n(1)] u8),
}

#[derive(Encode)]
struct Said<'a, T> {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    said: &'a T,
}

#[derive(Encode)]
struct Asking<'a> {
    #[n(0)]
    recovery: RecoveryId,
    #[n(1)]
    what: &'a Wanted,
}

#[derive(Encode)]
struct Opened<'a> {
    #[cbor(n(0), with = "minicbor::bytes")]
    challenge: [u8; 32],
    #[n(1)]
    sound: u32,
    #[n(2)]
    wrong: &'a [ShareId],
}

impl Claim {
    fn domain(&self) -> Domain {
        match self {
            Self::Present { .. } => domain::SIGN_CHALLENGE,
            Self::Asks { .. } => domain::SIGN_ASKING,
            Self::Rehearsed { .. } => domain::SIGN_REHEARSAL,
        }
    }
    fn message(&self, room: RoomId) -> Vec<u8> {
        match self {
            Self::Present { challenge } => {
                let said = &minicbor::bytes::ByteArray::from(*challenge);
                encode(&Said { room, said })
            }
            Self::Asks { recovery, what } => {
                let said = &Asking {
                    recovery: *recovery,
                    what,
                };
                encode(&Said { room, said })
            }
            Self::Rehearsed {
                challenge,
                sound,
                wrong,
            } => {
                let said = &Opened {
                    challenge: *challenge,
                    sound: *sound,
                    wrong,
                };
                encode(&Said { room, said })
            }
        }
    }
    /// Signs as a key holder of a room.
    pub fn sign(&self, holder: &KeyHolder, room: RoomId) -> Signature {
        holder.sign(self.domain(), &self.message(room))
    }
    /// Whether a signature is that of a card's holder over this.
    pub fn check(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        card: &KeyHolderCard,
        signature: &[u8],
    ) -> bool {
        Signature::from_bytes(signature).is_ok_and(|signature| {
            let key = card.verifying();
            let message = self.message(room);
            key.verify(floor, self.domain(), &message, &signature)
                .is_ok()
        })
    }
}

impl Wanted {
    /// What a key holder signs who asks for an atom or a person. Other key holders are named by
    /// [`Wanted::KeyHolders`], whose ids are those of the cards.
    pub fn of(ask: &RecoverAsk) -> Option<Self> {
        match ask {
            RecoverAsk::Atom { atom, name } => Some(Self::Atom(atom.clone(), name.clone())),
            RecoverAsk::Person { name } => Some(Self::Person(name.clone())),
            RecoverAsk::KeyHolder { .. } | RecoverAsk::KeyHolders { .. } => None,
        }
    }
    /// The same of a set of cards.
    pub fn key_holders<'c>(cards: impl IntoIterator<Item = &'c KeyHolderCard>, quorum: u8) -> Self {
        let mut ids: Vec<String> = cards.into_iter().map(|c| c.id().to_string()).collect();
        ids.sort_unstable();
        Self::KeyHolders(ids, quorum)
    }
    /// What the ledger says was asked for.
    pub(crate) fn of_event(state: &State, what: &Recover) -> Option<Self> {
        let name = |id| state.people.get(id).map(|p| p.name.clone());
        match what {
            Recover::Atom { atom, person } => {
                let atom = atom_word(&state.atoms.get(*atom)?.name);
                Some(Self::Atom(atom, name(*person)?))
            }
            Recover::Person { person, .. } => Some(Self::Person(name(*person)?)),
            Recover::KeyHolders { cards, quorum, .. } => {
                let cards: Vec<KeyHolderCard> = cards
                    .iter()
                    .map(|card| strongroom_record::decode(card))
                    .collect::<Result<_, _>>()
                    .ok()?;
                Some(Self::key_holders(&cards, *quorum))
            }
        }
    }
}

/// Whether an event of a key holder bears the signature of a card that the events before it bind.
pub(crate) fn signed(floor: SuiteFloor, state: &State, event: &StoredEvent) -> bool {
    let room = state.genesis.room;
    let (by, claim) = match &event.act {
        Act::RecoveryAsked(asked) => {
            let recovery = asked.recovery;
            let what = Wanted::of_event(state, &asked.what);
            let claim = what.map(|what| Claim::Asks { recovery, what });
            (asked.by.as_ref(), claim)
        }
        Act::Rehearsed(done) => {
            let claim = Claim::Rehearsed {
                challenge: done.challenge,
                sound: done.sound,
                wrong: done.wrong.clone(),
            };
            (Some(&done.by), Some(claim))
        }
        Act::ShareGiven(given) => {
            let recovery = state.recoveries.of_event(given.recovery, event.at);
            let asked = recovery.and_then(|r| state.asked_by(r));
            let card = state.key_holders.card(&given.by.holder);
            let digest = strongroom_record::decode(&given.given);
            let (Some((asked, recipient)), Some(card), Ok(digest)) = (asked, card, digest) else {
                return false;
            };
            let asked = encode(&asked);
            let giving = Giving::new(room, given.recovery, &asked, &recipient, digest);
            return Signature::from_bytes(&given.by.signature)
                .is_ok_and(|signature| giving.verify(floor, card, &signature).is_ok());
        }
        _ => return false,
    };
    let (Some(by), Some(claim)) = (by, claim) else {
        return false;
    };
    let card = state.key_holders.card(&by.holder);
    card.is_some_and(|card| claim.check(floor, room, card, &by.signature))
}
