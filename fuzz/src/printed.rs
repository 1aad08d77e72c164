//! Texts that people type, print or mail.

use strongroom_label::Name;
use strongroom_record::id::normal_prefix;
use strongroom_record::{HeaderField, RecordId};
use strongroom_seal::{
    Fingerprint, HouseKey, HouseShares, KeyHolderCard, KeyHolderFile, Passphrase, RecoverySheet,
    ShareAnswer, ShareRequest, SuiteFloor,
};

/// Armoured texts, printed keys, fingerprints, ids, passphrases and names.
///
/// Laws: what is read prints, and what it prints reads as the same.
pub fn printed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    armoured(text);
    keys(text);
    if let Ok(print) = text.parse::<Fingerprint>() {
        assert_eq!(print.to_string().parse(), Ok(print));
    }
    if let Ok(id) = text.parse::<RecordId>() {
        let normal = id.to_string();
        assert_eq!(normal_prefix(text), Ok(normal.clone()));
        assert_eq!(normal.parse(), Ok(id));
    }
    if let Ok(prefix) = normal_prefix(text) {
        assert_eq!(normal_prefix(&prefix), Ok(prefix.clone()));
    }
    if let Ok(field) = text.parse::<HeaderField>() {
        assert_eq!(field.to_string().parse(), Ok(field));
    }
    if let Ok(name) = Name::new(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(passphrase) = Passphrase::new(text) {
        let again = Passphrase::new(passphrase.expose()).expect("its normal form is a passphrase");
        assert_eq!(again.expose(), passphrase.expose(), "no second normal form");
    }
}

fn armoured(text: &str) {
    if let Ok(card) = KeyHolderCard::from_text(text) {
        assert_eq!(KeyHolderCard::from_text(&card.to_text()), Ok(card));
    }
    if let Ok(file) = KeyHolderFile::from_text(text) {
        assert_eq!(KeyHolderFile::from_text(&file.to_text()), Ok(file));
    }
    if let Ok(shares) = HouseShares::from_text(text) {
        assert_eq!(HouseShares::from_text(&shares.to_text()), Ok(shares));
    }
    if let Ok(request) = ShareRequest::from_text(text) {
        assert_eq!(ShareRequest::from_text(&request.to_text()), Ok(request));
    }
    if let Ok(answer) = ShareAnswer::from_text(text) {
        assert_eq!(ShareAnswer::from_text(&answer.to_text()), Ok(answer));
    }
}

fn keys(text: &str) {
    if let Ok(key) = HouseKey::from_text(SuiteFloor::CNSA, text) {
        let printed = key.to_text();
        let again = HouseKey::from_text(SuiteFloor::CNSA, printed.expose());
        let again = again.unwrap_or_else(|e| panic!("{e}")).to_text();
        assert_eq!(again.expose(), printed.expose());
    }
    if let Ok(sheet) = RecoverySheet::from_text(SuiteFloor::CNSA, text) {
        let printed = sheet.to_text();
        let again = RecoverySheet::from_text(SuiteFloor::CNSA, printed.expose());
        let again = again.unwrap_or_else(|e| panic!("{e}")).to_text();
        assert_eq!(again.expose(), printed.expose());
    }
}
