//! What `seal` writes: objects, their texts, public keys and signatures.

use minicbor::{Decode, Encode};
use strongroom_record::encode;
use strongroom_seal::keybox::Purpose;
use strongroom_seal::{
    AtomPublic, AtomRole, BackupHeader, BackupShares, Bundle, BundleFacts, Digest, Fingerprint,
    GivenShare, Giving, HolderId, Holding, HouseSecret, HouseShares, KemPublic, KeyBox, KeyCheck,
    KeyHolderCard, KeyHolderFile, NoteBox, PersonPublic, Quorum, SealedShare, ShareAnswer,
    ShareRequest, Signature, SuiteId, VerifyingKey,
};

use crate::codec::read;

/// Every object of `seal` that is stored or sent.
///
/// Laws: those of the codec; raw keys and signatures come back as they were; texts made of objects read back.
pub fn seal(bytes: &[u8]) {
    read::<KeyBox>(bytes);
    read::<Purpose>(bytes);
    read::<Holding>(bytes);
    read::<SealedShare>(bytes);
    read::<SealedShare<HouseSecret>>(bytes);
    read::<GivenShare>(bytes);
    read::<Giving>(bytes);
    read::<KeyCheck>(bytes);
    read::<BackupShares>(bytes);
    read::<BackupHeader>(bytes);
    asked(bytes);
    if let Some(quorum) = read::<Quorum>(bytes) {
        let (needed, of) = (quorum.needed(), quorum.of());
        assert_eq!(
            Quorum::new(needed, of).ok(),
            Some(quorum),
            "{needed} of {of}"
        );
    }
    read::<NoteBox>(bytes);
    read::<Bundle>(bytes);
    read::<BundleFacts>(bytes);
    read::<AtomPublic>(bytes);
    read::<AtomRole>(bytes);
    read::<SuiteId>(bytes);
    read::<Digest>(bytes);
    read::<HolderId>(bytes);
    if let Some(public) = read::<PersonPublic>(bytes) {
        let print: Fingerprint = public.fingerprint();
        assert_eq!(print.to_string().parse(), Ok(print));
    }
    if let Some(card) = read::<KeyHolderCard>(bytes) {
        let again = KeyHolderCard::from_text(&card.to_text()).expect("a card's text is a card");
        assert_eq!(again, card);
    }
    if let Some(file) = read::<KeyHolderFile>(bytes) {
        let again = KeyHolderFile::from_text(&file.to_text()).expect("a file's text is a file");
        assert_eq!(again, file);
    }
    raw(bytes);
}

/// What key holders are asked for and give.
fn asked(bytes: &[u8]) {
    if let Some(request) = read::<ShareRequest>(bytes) {
        assert_eq!(ShareRequest::from_text(&request.to_text()), Ok(request));
    }
    if let Some(answer) = read::<ShareAnswer>(bytes) {
        assert_eq!(ShareAnswer::from_text(&answer.to_text()), Ok(answer));
    }
    if let Some(shares) = read::<HouseShares>(bytes) {
        let quorum = shares.quorum();
        assert_eq!(shares.shares().len(), quorum.of());
        assert_eq!(HouseShares::from_text(&shares.to_text()), Ok(shares));
    }
}

/// Keys and signatures as bytes, and as the codec writes them.
fn raw(bytes: &[u8]) {
    if let Ok(key) = KemPublic::from_bytes(bytes) {
        assert_eq!(key.as_bytes(), bytes);
        reads_back(&key);
    }
    if let Ok(key) = VerifyingKey::from_bytes(bytes) {
        assert_eq!(key.as_bytes(), bytes);
        reads_back(&key);
    }
    if let Ok(signature) = Signature::from_bytes(bytes) {
        assert_eq!(signature.as_bytes(), bytes);
        reads_back(&signature);
    }
}

fn reads_back<T: Encode<()> + for<'b> Decode<'b, ()>>(value: &T) {
    assert!(read::<T>(&encode(value)).is_some());
}
