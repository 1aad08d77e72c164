//! Key holders: the public card that shares are sealed to, and the private file or sheet behind it.
//!
//! A key holder makes keys before the room is made and gives away only the card: a key to seal to, and
//! one that verifies what the holder signs. Both pairs follow from one seed of 32 bytes, each part under a
//! domain of its own, so that a sheet of paper holds all of it. A room without key holders prints a
//! [`RecoverySheet`] instead, which is a key holder whose private half is paper.

use std::fmt;
use std::sync::OnceLock;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_record::limits::ACCOUNT_NAME_MAX_BYTES;
use strongroom_record::{Stream, decode, encode};

use crate::armour;
pub use crate::armour::ArmourError;
use crate::digest::digest;
use crate::domain::{self, Domain};
use crate::kem::{KemPrivate, KemPublic};
use crate::locked::{Locked, UnlockError};
use crate::passphrase::Passphrase;
use crate::printed::{self, PrintedKeyError};
use crate::secret::{Secret, SecretBytes, SecretText};
use crate::sign::{Signature, SigningKey, VerifyingKey};
use crate::suite::{Suite, SuiteFloor};

const CARD: &str = "KEY HOLDER CARD";
const FILE: &str = "KEY HOLDER FILE";
const SHEET_HEADER: &str = "strongroom recovery sheet 1";

/// Bytes of a key holder's id, 128 bits of the digest of the public keys.
const HOLDER_ID_BYTES: usize = 16;

/// Names a key holder. It follows from both public keys, so that a card cannot claim another's, nor
/// bring one's own key to sign with beside another's key to seal to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct HolderId(#[cbor(n(0), with = "minicbor::bytes")] [u8; HOLDER_ID_BYTES]);

impl HolderId {
    fn of(key: &KemPublic, verifying: &VerifyingKey) -> Self {
        let full = digest(
            domain::HOLDER_DIGEST,
            &[key.as_bytes(), verifying.as_bytes()],
        );
        let mut id = [0; HOLDER_ID_BYTES];
        id.copy_from_slice(&full.as_bytes()[..HOLDER_ID_BYTES]);
        Self(id)
    }
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; HOLDER_ID_BYTES] {
        &self.0
    }
}

/// 26 characters of Crockford's base 32.
impl fmt::Display for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 16 bytes are 25 groups of five bits and three bits more, filled up with zeros.
        let mut padded = [0; HOLDER_ID_BYTES + 1];
        padded[..HOLDER_ID_BYTES].copy_from_slice(&self.0);
        printed::base32(&padded, 26).try_for_each(|c| write!(f, "{c}"))
    }
}

impl fmt::Debug for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HolderId({self})")
    }
}

/// What a key holder gives away: a name, the public key that shares are sealed to, and the one that
/// verifies what the holder signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct KeyHolderCard {
    #[n(0)]
    name: String,
    #[n(1)]
    key: KemPublic,
    #[n(2)]
    verifying: VerifyingKey,
}

#[derive(Decode)]
struct RawCard {
    #[n(0)]
    name: String,
    #[n(1)]
    key: KemPublic,
    #[n(2)]
    verifying: VerifyingKey,
}

impl<'b, C> Decode<'b, C> for KeyHolderCard {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawCard::decode(d, ctx)?;
        check_name(&raw.name).map_err(|e| DecodeError::message(e.to_string()).at(at))?;
        if raw.key.suite() != raw.verifying.suite() {
            return Err(DecodeError::message("both keys of a card are of one suite").at(at));
        }
        Ok(Self {
            name: raw.name,
            key: raw.key,
            verifying: raw.verifying,
        })
    }
}

impl KeyHolderCard {
    /// The name the holder chose. It proves nothing: compare [`id`](Self::id) with the holder.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The id that follows from both keys.
    pub fn id(&self) -> HolderId {
        HolderId::of(&self.key, &self.verifying)
    }
    /// The suite of both keys.
    pub const fn suite(&self) -> Suite {
        self.key.suite()
    }
    /// The key that shares are sealed to.
    pub const fn key(&self) -> &KemPublic {
        &self.key
    }
    /// The key that verifies what the holder signs.
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
    /// The card as a text file.
    pub fn to_text(&self) -> String {
        let remarks = [format!("name: {}", self.name), format!("id: {}", self.id())];
        armour::to_text(CARD, &remarks, &encode(self))
    }
    /// Reads a card's text. The remarks for people are not believed.
    ///
    /// # Errors
    /// The text is no card, or it is damaged.
    pub fn from_text(text: &str) -> Result<Self, ArmourError> {
        let bytes = armour::from_text(CARD, text)?;
        decode(&bytes).map_err(|why| ArmourError::Content {
            what: CARD,
            why: why.to_string(),
        })
    }
}

/// A name that a card cannot bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key holder's name has 1 to {ACCOUNT_NAME_MAX_BYTES} bytes and no control characters")]
pub struct HolderNameError;

pub(crate) fn check_name(name: &str) -> Result<(), HolderNameError> {
    let fits = (1..=ACCOUNT_NAME_MAX_BYTES).contains(&name.len());
    if fits && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(HolderNameError)
    }
}

/// A key holder's private half: a seed, and the key pairs that follow from it once they were needed.
pub struct KeyHolder {
    name: String,
    suite: Suite,
    seed: Secret<32>,
    key: KemPrivate,
    signing: OnceLock<SigningKey>,
}

impl KeyHolder {
    /// Draws a key holder's keys.
    ///
    /// # Errors
    /// The name is empty, too long, or has control characters.
    pub fn random(suite: Suite, name: &str, stream: &mut Stream) -> Result<Self, HolderNameError> {
        Self::from_seed(suite, name.to_owned(), Secret::random(stream))
    }

    fn from_seed(suite: Suite, name: String, seed: Secret<32>) -> Result<Self, HolderNameError> {
        check_name(&name)?;
        let key = KemPrivate::from_seed(suite, follows(suite, &seed, domain::HOLDER_KEM_SEED));
        Ok(Self {
            name,
            suite,
            seed,
            key,
            signing: OnceLock::new(),
        })
    }

    /// The card to give away; the first time it takes as long as making both pairs.
    pub fn card(&self) -> KeyHolderCard {
        KeyHolderCard {
            name: self.name.clone(),
            key: self.key.public(),
            verifying: self.signing().verifying().clone(),
        }
    }
    /// Signs a message for a domain; [`KeyHolderCard::verifying`] verifies it.
    pub fn sign(&self, domain: Domain, message: &[u8]) -> Signature {
        self.signing().sign(domain, message)
    }
    /// The file to keep.
    pub fn lock(&self, passphrase: &Passphrase, stream: &mut Stream) -> KeyHolderFile {
        let name = encode(&self.name);
        let mut content = Vec::with_capacity(32 + name.len());
        content.extend_from_slice(self.seed.expose());
        content.extend_from_slice(&name);
        let content = SecretBytes::from_vec(content);
        KeyHolderFile(Locked::new(
            self.suite,
            domain::HOLDER_FILE,
            passphrase,
            &content,
            stream,
        ))
    }
    /// The name on the card.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The suite of both pairs.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    pub(crate) const fn key(&self) -> &KemPrivate {
        &self.key
    }
    fn signing(&self) -> &SigningKey {
        self.signing.get_or_init(|| {
            let of = |domain| follows(self.suite, &self.seed, domain);
            let ed25519 = of(domain::HOLDER_ED25519_SEED);
            SigningKey::from_seeds(self.suite, ed25519, of(domain::HOLDER_ML_DSA_SEED))
        })
    }
}

/// The seed of one of a holder's pairs. It tells nothing of the holder's seed, nor of the others.
fn follows(suite: Suite, seed: &Secret<32>, domain: Domain) -> Secret<32> {
    let id = suite.id().to_bytes();
    let info: [&[u8]; 2] = [&id, domain.as_bytes()];
    Secret::fill_with(|out| suite.derive(seed.expose(), domain.as_bytes(), &info, out))
}

/// A key holder's private half under a passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyHolderFile(#[n(0)] Locked);

impl KeyHolderFile {
    /// Opens the file.
    ///
    /// # Errors
    /// The passphrase is wrong, the suite or the work is refused, or the file is damaged.
    pub fn unlock(
        &self,
        floor: SuiteFloor,
        passphrase: &Passphrase,
    ) -> Result<KeyHolder, UnlockError> {
        let (suite, content) = self.0.unlock(floor, domain::HOLDER_FILE, passphrase)?;
        let (seed, name) = content
            .expose()
            .split_at_checked(32)
            .ok_or(UnlockError::Damaged)?;
        let name: String = decode(name).map_err(|_| UnlockError::Damaged)?;
        let seed = Secret::from_slice(seed).expect("32 bytes");
        KeyHolder::from_seed(suite, name, seed).map_err(|_| UnlockError::Damaged)
    }
    /// The file's text.
    pub fn to_text(&self) -> String {
        let remarks = ["Opens with its passphrase alone. Keep it apart from the room.".to_owned()];
        armour::to_text(FILE, &remarks, &encode(self))
    }
    /// Reads a file's text.
    ///
    /// # Errors
    /// The text is no key holder's file, or it is damaged.
    pub fn from_text(text: &str) -> Result<Self, ArmourError> {
        let bytes = armour::from_text(FILE, text)?;
        decode(&bytes).map_err(|why| ArmourError::Content {
            what: FILE,
            why: why.to_string(),
        })
    }
}

/// A key holder whose private half is printed on paper.
pub struct RecoverySheet(KeyHolder);

impl RecoverySheet {
    /// The name that a sheet's card bears.
    pub const NAME: &'static str = "recovery sheet";

    /// Draws a sheet.
    pub fn random(suite: Suite, stream: &mut Stream) -> Self {
        Self::from_seed(suite, Secret::random(stream))
    }
    fn from_seed(suite: Suite, seed: Secret<32>) -> Self {
        let holder = KeyHolder::from_seed(suite, Self::NAME.to_owned(), seed);
        Self(holder.expect("the name of a sheet is one that cards bear"))
    }
    /// The key holder that the sheet is.
    pub const fn holder(&self) -> &KeyHolder {
        &self.0
    }
    /// The key holder that the sheet is, alone.
    pub fn into_holder(self) -> KeyHolder {
        self.0
    }
    /// What is printed: 64 characters in four lines, with a checksum among them.
    pub fn to_text(&self) -> SecretText {
        let remarks = [
            "Whoever has this sheet and the room's disk and house key can open every record.",
            "Lock it away. It is needed when a key is lost and nobody is left who holds it.",
        ];
        printed::print(SHEET_HEADER, &remarks, self.0.suite, &self.0.seed)
    }
    /// Reads what was typed from a sheet.
    ///
    /// # Errors
    /// It is no sheet, it is mistyped, or its suite is refused.
    pub fn from_text(floor: SuiteFloor, text: &str) -> Result<Self, PrintedKeyError> {
        let (suite, seed) = printed::parse(SHEET_HEADER, floor, text)?;
        Ok(Self::from_seed(suite, seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(KeyHolder, RecoverySheet);

    fn holder(seed: u8, name: &str) -> Result<KeyHolder, HolderNameError> {
        KeyHolder::random(Suite::Mock, name, &mut Stream::from_seed([seed; 32]))
    }

    #[test]
    fn card_and_file_read_back() {
        let mut stream = Stream::from_seed([9; 32]);
        let floor = SuiteFloor::at(Suite::Mock);
        let ada = holder(1, "Ada").unwrap_or_else(|e| panic!("{e}"));
        let card = KeyHolderCard::from_text(&ada.card().to_text()).unwrap();
        assert_eq!(card, ada.card());
        assert_eq!((card.name(), card.id().to_string().len()), ("Ada", 26));

        let passphrase = Passphrase::generate(6, &mut stream);
        let file = ada.lock(&passphrase, &mut stream);
        let file = KeyHolderFile::from_text(&file.to_text()).unwrap();
        let again = file.unlock(floor, &passphrase).unwrap();
        assert_eq!(again.card(), card);
        let other = Passphrase::generate(6, &mut stream);
        assert_eq!(
            file.unlock(floor, &other).err(),
            Some(UnlockError::WrongPassphrase)
        );
        assert!(file.unlock(SuiteFloor::CNSA, &passphrase).is_err());
    }

    #[test]
    fn the_id_follows_the_key_and_not_the_name() {
        let [ada, bo] = [holder(1, "Ada"), holder(1, "Bo")].map(|h| h.unwrap().card().id());
        assert_eq!(ada, bo);
        assert_ne!(ada, holder(2, "Ada").unwrap().card().id());
    }

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        for bad in ["", "a\nb", "\u{1b}[2J", &"x".repeat(65)] {
            assert_eq!(holder(1, bad).err(), Some(HolderNameError));
        }
    }

    #[test]
    fn a_sheet_is_typed_in_again() {
        let sheet = RecoverySheet::random(Suite::Cnsa, &mut Stream::from_seed([1; 32]));
        let text = sheet.to_text();
        let again = RecoverySheet::from_text(SuiteFloor::CNSA, text.expose()).unwrap();
        assert_eq!(again.holder().card(), sheet.holder().card());
        let as_house_key = crate::house::HouseKey::from_text(SuiteFloor::CNSA, text.expose());
        assert!(as_house_key.is_err());
    }
}
