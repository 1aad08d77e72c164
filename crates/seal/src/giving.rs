//! Asking a key holder for shares, and what the holder answers, over a socket or by files.
//!
//! A [`ShareRequest`] is for one holder and one recovery: what is asked, in the asker's own encoding,
//! to whom the shares are to be given, and that holder's sealed shares. The holder looks at what is asked and compares the
//! recipient's digest with whoever is to have it; [`ShareRequest::answer`] then opens each share,
//! checks it, gives it to the recipient and signs. Nothing secret is in a request or in an answer; a
//! request may name labels, and is shown to nobody but its holder.
//!
//! What is signed is a [`Giving`]: room, recovery, the digests of what is asked, of the recipient's
//! key, and of the shares as they are given. Whoever knows these can verify it for ever, without the
//! shares; and nobody puts other shares in the place of those that a holder gave.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_record::{RecoveryId, RoomId, ShareId, Stream, decode, encode};

use crate::armour::{self, ArmourError};
use crate::backup::BackupSecret;
use crate::digest::{Digest, digest};
use crate::domain;
use crate::error::OpenError;
use crate::holder::{HolderId, KeyHolder, KeyHolderCard};
use crate::house_share::HouseSecret;
use crate::kem::{KemPublic, OtherSuite};
use crate::share::{AtomKey, GivenShare, SealedShare, Subject};
use crate::sign::{Signature, VerifyError};
use crate::suite::SuiteFloor;

const REQUEST: &str = "SHARE REQUEST";
const ANSWER: &str = "SHARE ANSWER";

/// What a key holder signs when giving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Giving {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The recovery.
    #[n(1)]
    pub recovery: RecoveryId,
    /// The digest of what is asked.
    #[n(2)]
    pub asked: Digest,
    /// The digest of the recipient's key.
    #[n(3)]
    pub recipient: Digest,
    /// The digest of what is given: [`GivenShares::digest`].
    #[n(4)]
    pub given: Digest,
}

impl Giving {
    /// What is signed for a recovery: `asked` is what its asker wrote, byte for byte, and `given` the digest of
    /// the shares that are given.
    pub fn new(
        room: RoomId,
        recovery: RecoveryId,
        asked: &[u8],
        recipient: &KemPublic,
        given: Digest,
    ) -> Self {
        Self {
            room,
            recovery,
            asked: digest(domain::ASKED_DIGEST, &[asked]),
            recipient: recipient.digest(),
            given,
        }
    }
    /// Whether both are for the same recovery, what is asked for it, and its recipient.
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        let given = other.given;
        Self { given, ..*self } == *other
    }
    /// Signs as a key holder.
    pub fn sign(&self, holder: &KeyHolder) -> Signature {
        holder.sign(domain::SIGN_GIVING, &encode(self))
    }
    /// Verifies a holder's signature.
    ///
    /// # Errors
    /// It is not that holder's over this giving.
    pub fn verify(
        &self,
        floor: SuiteFloor,
        card: &KeyHolderCard,
        signature: &Signature,
    ) -> Result<(), VerifyError> {
        let key = card.verifying();
        key.verify(floor, domain::SIGN_GIVING, &encode(self), signature)
    }
}

/// One holder's shares of what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum AskedShares {
    /// Of atoms.
    #[n(0)]
    Atoms(#[n(0)] Vec<SealedShare<AtomKey>>),
    /// Of the house key.
    #[n(1)]
    House(#[n(0)] Vec<SealedShare<HouseSecret>>),
    /// Of backups' keys.
    #[n(2)]
    Backup(#[n(0)] Vec<SealedShare<BackupSecret>>),
}

/// The same shares, given.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum GivenShares {
    /// Of atoms.
    #[n(0)]
    Atoms(#[n(0)] Vec<GivenShare<AtomKey>>),
    /// Of the house key.
    #[n(1)]
    House(#[n(0)] Vec<GivenShare<HouseSecret>>),
    /// Of backups' keys.
    #[n(2)]
    Backup(#[n(0)] Vec<GivenShare<BackupSecret>>),
}

impl GivenShares {
    /// The digest of the shares, as the encoded list of them gives it.
    pub fn digest(&self) -> Digest {
        let list = match self {
            Self::Atoms(given) => encode(given),
            Self::House(given) => encode(given),
            Self::Backup(given) => encode(given),
        };
        digest(domain::GIVEN_DIGEST, &[&list])
    }
    /// Whether these say of themselves that they are those shares, in their order.
    fn are_of(&self, asked: &AskedShares) -> bool {
        fn each<S: Subject>(given: &[GivenShare<S>], asked: &[SealedShare<S>]) -> bool {
            given.len() == asked.len() && given.iter().zip(asked).all(|(g, a)| g.is_of(a))
        }
        match (self, asked) {
            (Self::Atoms(given), AskedShares::Atoms(asked)) => each(given, asked),
            (Self::House(given), AskedShares::House(asked)) => each(given, asked),
            (Self::Backup(given), AskedShares::Backup(asked)) => each(given, asked),
            _ => false,
        }
    }
}

/// What a key holder is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ShareRequest {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The recovery.
    #[n(1)]
    pub recovery: RecoveryId,
    /// What is asked, for whom, by whom and why, in the asker's encoding.
    #[n(2)]
    pub asked: ByteVec,
    /// To whom the shares are to be given.
    #[n(3)]
    pub recipient: KemPublic,
    /// The key holder.
    #[n(4)]
    pub holder: HolderId,
    /// The holder's shares.
    #[n(5)]
    pub shares: AskedShares,
}

/// What a key holder gives.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ShareAnswer {
    /// What was signed.
    #[n(0)]
    pub giving: Giving,
    /// The key holder.
    #[n(1)]
    pub holder: HolderId,
    /// The shares.
    #[n(2)]
    pub shares: GivenShares,
    /// The holder's signature over the giving.
    #[n(3)]
    pub signature: Signature,
}

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveError {
    /// It is for another holder.
    #[error("the request is for the key holder with the id {asked}, and this is {given}")]
    OtherHolder {
        /// Who is asked.
        asked: HolderId,
        /// Whose keys were given.
        given: HolderId,
    },
    /// A share does not open for its holder.
    #[error("share {share}: {why}; nothing was given")]
    Share {
        /// The share.
        share: ShareId,
        /// Why it does not open.
        why: OpenError,
    },
    /// The recipient's key is of another suite.
    #[error("the recipient: {0}")]
    Recipient(#[from] OtherSuite),
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is another holder's.
    #[error("the answer is that of the key holder with the id {0}, who was not asked here")]
    OtherHolder(HolderId),
    /// It is for another recovery, other things asked, or another recipient.
    #[error("the answer was given for another request")]
    OtherRequest,
    /// The shares are not those asked for.
    #[error("the answer does not hold the shares that were asked for")]
    OtherShares,
    /// The shares are not those that the holder signed.
    #[error("the shares in the answer are not those that its holder signed for")]
    Exchanged,
    /// The signature is not the holder's.
    #[error("the answer's signature: {0}")]
    Signature(#[from] VerifyError),
}

impl ShareRequest {
    /// What the holder signs who gives these shares.
    pub fn giving(&self, given: &GivenShares) -> Giving {
        let given = given.digest();
        Giving::new(
            self.room,
            self.recovery,
            &self.asked,
            &self.recipient,
            given,
        )
    }

    /// Gives what is asked, as its holder: all of it, or nothing.
    ///
    /// # Errors
    /// The request is for another holder, a share does not open, or the recipient is of another suite.
    pub fn answer(
        &self,
        floor: SuiteFloor,
        holder: &KeyHolder,
        stream: &mut Stream,
    ) -> Result<ShareAnswer, GiveError> {
        let id = holder.card().id();
        if id != self.holder {
            return Err(GiveError::OtherHolder {
                asked: self.holder,
                given: id,
            });
        }
        let shares = match &self.shares {
            AskedShares::Atoms(shares) => {
                GivenShares::Atoms(self.give_each(floor, holder, shares, stream)?)
            }
            AskedShares::House(shares) => {
                GivenShares::House(self.give_each(floor, holder, shares, stream)?)
            }
            AskedShares::Backup(shares) => {
                GivenShares::Backup(self.give_each(floor, holder, shares, stream)?)
            }
        };
        let giving = self.giving(&shares);
        Ok(ShareAnswer {
            signature: giving.sign(holder),
            giving,
            holder: id,
            shares,
        })
    }

    fn give_each<S: Subject>(
        &self,
        floor: SuiteFloor,
        holder: &KeyHolder,
        shares: &[SealedShare<S>],
        stream: &mut Stream,
    ) -> Result<Vec<GivenShare<S>>, GiveError> {
        let mut given = Vec::with_capacity(shares.len());
        for share in shares {
            let opened = share
                .open(floor, self.room, holder)
                .map_err(|why| GiveError::Share {
                    share: share.facts.id,
                    why,
                })?;
            given.push(opened.give(self.room, self.recovery, &self.recipient, stream)?);
        }
        Ok(given)
    }

    /// The request as a text file.
    pub fn to_text(&self) -> String {
        let remarks = [format!("for the key holder {}", self.holder)];
        armour::to_text(REQUEST, &remarks, &encode(self))
    }
    /// Reads a request's text. The remarks for people are not believed.
    ///
    /// # Errors
    /// The text is no request, or it is damaged.
    pub fn from_text(text: &str) -> Result<Self, ArmourError> {
        let bytes = armour::from_long_text(REQUEST, text)?;
        decode(&bytes).map_err(|why| ArmourError::Content {
            what: REQUEST,
            why: why.to_string(),
        })
    }
}

impl ShareAnswer {
    /// Checks that this is the answer of that holder to that request. Whether each share opens, only its
    /// recipient sees.
    ///
    /// # Errors
    /// It is another holder's, for another request, does not hold the shares, holds others than were signed
    /// for, or is not signed by the holder.
    pub fn check(
        &self,
        floor: SuiteFloor,
        request: &ShareRequest,
        card: &KeyHolderCard,
    ) -> Result<(), AnswerError> {
        if self.holder != request.holder || self.holder != card.id() {
            return Err(AnswerError::OtherHolder(self.holder));
        }
        let expected = request.giving(&self.shares);
        if !self.giving.is_for_the_same(&expected) {
            return Err(AnswerError::OtherRequest);
        }
        if !self.shares.are_of(&request.shares) {
            return Err(AnswerError::OtherShares);
        }
        if self.giving != expected {
            return Err(AnswerError::Exchanged);
        }
        Ok(self.giving.verify(floor, card, &self.signature)?)
    }

    /// The answer as a text file.
    pub fn to_text(&self) -> String {
        let remarks = [format!("from the key holder {}", self.holder)];
        armour::to_text(ANSWER, &remarks, &encode(self))
    }
    /// Reads an answer's text. The remarks for people are not believed.
    ///
    /// # Errors
    /// The text is no answer, or it is damaged.
    pub fn from_text(text: &str) -> Result<Self, ArmourError> {
        let bytes = armour::from_long_text(ANSWER, text)?;
        decode(&bytes).map_err(|why| ArmourError::Content {
            what: ANSWER,
            why: why.to_string(),
        })
    }
}
