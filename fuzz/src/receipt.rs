//! Checkpoints and receipts.

use strongroom_tlog::checkpoint::{LogPublicKeys, Origin, SignedCheckpoint};
use strongroom_tlog::receipt::Receipt;

use crate::signed::{HEAD, LOG, entry};

/// A signed checkpoint, the keys of a log, the name of a log.
///
/// Laws: what is read is written back as the same text, and no head verifies but the one that was signed.
pub fn checkpoint(bytes: &[u8]) {
    if let Ok(signed) = SignedCheckpoint::from_bytes(bytes) {
        assert_eq!(signed.as_str().as_bytes(), bytes);
        if let Ok(checkpoint) = signed.verify(&LOG) {
            assert_eq!(checkpoint, *HEAD, "a head verifies that nobody signed");
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(keys) = LogPublicKeys::from_text(text) {
        assert_eq!(keys.to_text(), text);
    }
    if let Ok(origin) = Origin::new(text) {
        assert_eq!(origin.as_str(), text);
    }
}

/// A receipt.
///
/// Laws: it is written back as the same text; one that is believed is by the one head that was signed, and its entry
/// stands in that tree.
pub fn receipt(bytes: &[u8]) {
    let Ok(receipt) = Receipt::from_bytes(bytes) else {
        return;
    };
    assert_eq!(receipt.to_text().as_bytes(), bytes);
    assert_eq!(
        receipt.inclusion().size(),
        receipt.checkpoint().claimed_size()
    );
    assert!(receipt.inclusion().index().get() < receipt.inclusion().size().get());
    if let Ok(accepted) = receipt.verify(&LOG) {
        assert_eq!(accepted.checkpoint, *HEAD);
        assert_eq!(accepted.entry, *receipt.entry());
        assert_eq!(
            accepted.entry,
            entry(accepted.index.get()),
            "it was never taken in"
        );
    }
}
