//! What only the guard reads.

use strongroom_guard::{account_name, fuzzing};
use strongroom_record::EventId;

/// Rows of the store, pieces of the kept state, invitation codes, approval rules, account names.
///
/// Laws: a row that is read is written back as the same bytes; a code prints as what was typed, in lower case and
/// without the space around it; a name that is taken has its bounds.
pub fn guard(bytes: &[u8]) {
    for row in fuzzing::rows(bytes) {
        assert_eq!(row, bytes, "another encoding was taken");
    }
    let events = [1, 2, 3, 4].map(|n| EventId::from_bytes([n; 16]));
    if fuzzing::kept_piece(bytes, &events[..3]) {
        assert!(
            fuzzing::kept_piece(bytes, &events),
            "a longer ledger has every place"
        );
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(code) = fuzzing::invitation_code(text) {
        assert_eq!(code, text.trim().to_ascii_lowercase());
        assert!(strongroom_guard::genesis_in_code(&code).is_some());
    }
    if let Some(kept) = fuzzing::approval_rules(text) {
        assert_eq!(kept, text, "rules are bound as they were given");
    }
    if account_name(text).is_ok() {
        assert!(
            !text.is_empty() && text.len() <= strongroom_record::limits::ACCOUNT_NAME_MAX_BYTES
        );
        assert!(
            !text.contains(['/', '\0', '\n']),
            "it becomes a file's name"
        );
    }
}
