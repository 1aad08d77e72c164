//! Requests and answers of the API, as JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use strongroom_guard::{Refusal, api};

/// Every body that the service reads of a client, and every answer that a client reads of the service.
///
/// Laws: what is read is written, and reads again as the same.
pub fn request(bytes: &[u8]) {
    if let Some(request) = same::<api::Request>(bytes) {
        assert!(!request.word().is_empty());
    }
    macro_rules! bodies {
        ($($body:ident),*) => {$( same::<api::$body>(bytes); )*};
    }
    bodies!(
        SignIn,
        JoinBegin,
        JoinFinish,
        Filing,
        HeadQuery,
        HolderRequest
    );
    bodies!(
        SignedIn,
        Status,
        JoinFacts,
        Joined,
        Invited,
        ClearanceChanged,
        PersonRows,
        ClearanceShown,
        WhoAmI,
        Listing,
        Shown,
        Restricted,
        History,
        Receipts,
        ReceiptShown,
        LedgerChecked,
        Progress,
        FilingDone,
        LedgerProved,
        LedgerConsistent,
        HeadShown,
        AtomTurned,
        AtomRows,
        Checked,
        CheckProgress,
        HolderChallenge,
        HolderRequests,
        HolderGave,
        HolderShares,
        HolderRehearsed
    );
    same::<Refusal>(bytes);
}

fn same<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&value).expect("it is JSON");
    let again: T = serde_json::from_slice(&written).expect("what is written can be read");
    let again = serde_json::to_vec(&again).expect("it is JSON");
    assert_eq!(
        String::from_utf8_lossy(&again),
        String::from_utf8_lossy(&written)
    );
    Some(value)
}
