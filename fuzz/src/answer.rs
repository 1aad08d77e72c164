//! What the process that reads hostile formats answers. A file that took that process over can answer anything.

use strongroom_record::DraftSet;

use crate::ingest::draft_holds;
use crate::marked::{checks, policies};

/// The file that was asked about, and its length.
pub const ASKED: (&str, usize) = ("file.docx", 64);
/// Longest error: none has a word of the answer in it.
const ERROR_MAX_BYTES: usize = 400;

/// The drafts of an answer, given to all that looks at drafts before they are sealed.
///
/// Laws: there is one encoding; what is taken is of the file that was asked about, lies within it and keeps every bound; a dry
/// run of it is a line of JSON; every built-in policy checks it without a fault, and again as the same; a record's label
/// dominates that of each of its portions.
pub fn answer(bytes: &[u8]) {
    let (file, len) = ASKED;
    let drafts = match DraftSet::from_bytes(bytes, file, len) {
        Ok(drafts) => drafts,
        Err(why) => {
            assert!(why.to_string().len() <= ERROR_MAX_BYTES, "{why}");
            return;
        }
    };
    assert_eq!(drafts.to_bytes(), bytes, "another encoding was taken");
    assert_eq!(drafts.file(), file);
    let mut end = 0;
    for draft in drafts.drafts() {
        assert!(end <= draft.slice.start && draft.slice.end <= len);
        end = draft.slice.end;
        draft_holds(draft);
        for policy in policies() {
            checks(policy, draft);
        }
    }
    for policy in policies() {
        strongroom_guard::fuzzing::labelled(policy, drafts.clone());
    }
}
