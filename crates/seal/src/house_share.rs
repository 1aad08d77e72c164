//! The house key among key holders: for opening the room, or for recovering the key.
//!
//! These are two secrets to the holders, though one key comes out: a share for opening is of no use in
//! a recovery, nor the other way round. Purpose and check are part of what a share is bound to, and the
//! domains differ.
//!
//! [`HouseShares`] lies beside the store as a file that anyone may read: without M holders' own keys it
//! opens nothing. Whoever exchanges it makes a room that does not open, and none that opens to them.

use minicbor::{Decode, Encode};
use strongroom_record::{RoomId, Stream, decode, encode};

use crate::armour::{self, ArmourError};
use crate::dealt::{Checked, DealtKey, KeyCheck};
use crate::domain::{self, Domain};
use crate::holder::KeyHolderCard;
use crate::house::HouseKey;
use crate::share::{DealError, OpenedShare, RecoverError, ShareDomains, Subject};

const SHARES: &str = "HOUSE KEY SHARES";

/// What shares of the house key are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum HousePurpose {
    /// Opening the room, each time it opens.
    #[n(0)]
    Opening,
    /// Recovering a key file that was lost.
    #[n(1)]
    Recovery,
}

/// The house key, for one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct HouseSecret {
    /// What its shares are for.
    #[n(0)]
    purpose: HousePurpose,
    /// What the key is known again by.
    #[n(1)]
    check: KeyCheck,
}

impl HouseSecret {
    /// What its shares are for.
    pub const fn purpose(&self) -> HousePurpose {
        self.purpose
    }
}

impl Subject for HouseSecret {
    fn domains(&self) -> ShareDomains {
        match self.purpose {
            HousePurpose::Opening => ShareDomains {
                digest: domain::OPENING_SHARE_DIGEST,
                sealed: domain::OPENING_SHARE,
                given: domain::OPENING_SHARE_GIVEN,
            },
            HousePurpose::Recovery => ShareDomains {
                digest: domain::HOUSE_SHARE_DIGEST,
                sealed: domain::HOUSE_SHARE,
                given: domain::HOUSE_SHARE_GIVEN,
            },
        }
    }
}

impl Checked for HouseSecret {
    fn check(&self) -> &KeyCheck {
        &self.check
    }
    fn check_domain(&self) -> Domain {
        check_domain(self.purpose)
    }
}

const fn check_domain(purpose: HousePurpose) -> Domain {
    match purpose {
        HousePurpose::Opening => domain::OPENING_CHECK,
        HousePurpose::Recovery => domain::HOUSE_CHECK,
    }
}

/// The shares of a room's house key for one purpose.
pub type HouseShares = DealtKey<HouseSecret>;

impl HouseShares {
    /// Deals the house key among key holders; `needed` of them get it back.
    ///
    /// # Errors
    /// The quorum makes no sense, a key holder is there twice, or a card is of another suite.
    pub fn of_house(
        room: RoomId,
        key: &HouseKey,
        purpose: HousePurpose,
        needed: usize,
        cards: &[KeyHolderCard],
        stream: &mut Stream,
    ) -> Result<Self, DealError> {
        let suite = key.suite();
        let check = KeyCheck::of(suite, key.key(), check_domain(purpose));
        let subject = HouseSecret { purpose, check };
        Self::deal(suite, room, subject, key.key(), needed, cards, stream)
    }

    /// Whether these are shares of that key: of the newest one, where there were several.
    #[must_use]
    pub fn are_of(&self, key: &HouseKey) -> bool {
        let domain = self.subject().check_domain();
        self.suite() == key.suite() && self.subject().check.is_of(key.suite(), key.key(), domain)
    }

    /// The house key, from the shares of as many holders as are needed.
    ///
    /// # Errors
    /// Too few shares, shares that do not belong together, or not of these.
    pub fn recover(&self, shares: &[OpenedShare<HouseSecret>]) -> Result<HouseKey, RecoverError> {
        let key = self.combine(shares)?;
        Ok(HouseKey::from_key(self.suite(), key))
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let quorum = self.quorum();
        let what = match self.subject().purpose {
            HousePurpose::Opening => "open the room",
            HousePurpose::Recovery => "recover the house key",
        };
        let mut remarks = vec![format!(
            "{} of these {} key holders together {what}:",
            quorum.needed(),
            quorum.of()
        )];
        remarks.extend(
            self.shares()
                .iter()
                .map(|n| format!("{} {}", n.share.facts.holder, n.name)),
        );
        armour::to_text(SHARES, &remarks, &encode(self))
    }

    /// Reads a file's text. The remarks for people are not believed.
    ///
    /// # Errors
    /// The text is no such file, or it is damaged.
    pub fn from_text(text: &str) -> Result<Self, ArmourError> {
        let bytes = armour::from_text(SHARES, text)?;
        decode(&bytes).map_err(|why| ArmourError::Content {
            what: SHARES,
            why: why.to_string(),
        })
    }
}
