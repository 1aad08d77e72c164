//! What must hold of a room that is opened after a crash.

use strongroom_guard::api::*;
use strongroom_guard::{Guard, Token};
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_vault::testing::Machine;

use crate::common::{PASSPHRASE, PEER};
use crate::day::{Day, Promise, open};

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// That the room opens with every acknowledged event, that its folder is mended, and that it goes on.
    Ledger,
    /// Also that it shows what was promised, and tells every time that it was shown.
    Whole,
}

/// Opens the room on what a crash left, and compares it with what was promised before.
pub(crate) fn holds(
    day: &Day,
    operation: u64,
    left: &Machine,
    checked: Checked,
) -> Result<(), String> {
    let promise = day.promised(operation);
    let guard = open(left, &day.house, &day.env).map_err(|e| format!("it does not open: {e}"))?;
    contains(&guard, &promise.checkpoint)?;
    if checked == Checked::Whole {
        shows(&guard, promise)?;
    }
    guard.tick();
    if let Some(because) = guard.status().because {
        return Err(format!("it closes: {because}"));
    }
    guard.shut().map_err(|e| format!("it does not shut: {e}"))
}

/// The ledger begins with everything that was acknowledged.
fn contains(guard: &Guard, checkpoint: &str) -> Result<(), String> {
    if checkpoint.is_empty() {
        return Ok(());
    }
    let known = Some(checkpoint.to_owned());
    let shown = guard
        .head(&HeadQuery { known })
        .map_err(|e| format!("acknowledged events are missing: {e}"))?;
    let shown: HeadShown = serde_json::from_slice(shown.json()).unwrap();
    let signed = SignedCheckpoint::from_bytes(shown.checkpoint.as_bytes())
        .map_err(|e| format!("its head cannot be read: {e}"))?;
    signed
        .verify(&guard.log_keys())
        .map(|_| ())
        .map_err(|e| format!("its head is not signed: {e}"))
}

/// Each record that was acknowledged is there as it was left, with the event of each time it was shown.
fn shows(guard: &Guard, promise: &Promise) -> Result<(), String> {
    let ask = SignIn {
        name: "chief".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    // Between two changes of the passphrase the other one is right.
    let Ok(copy) = guard.sign_in(&ask, PEER) else {
        return Ok(());
    };
    let signed: SignedIn = serde_json::from_slice(copy.json()).unwrap();
    let token = Token::presented(&signed.token);
    let call = |request: Request| {
        guard
            .call(&token, PEER, &request)
            .map(|copy| copy.json().to_vec())
            .map_err(|e| format!("{} is refused: {e}", request.word()))
    };
    for (id, promised) in &promise.records {
        let record = id.clone();
        let history = call(Request::History(RecordRef { record }))?;
        let history: History = serde_json::from_slice(&history).unwrap();
        let told = history
            .events
            .iter()
            .filter(|e| e.what == "opened for")
            .count();
        if told < promised.shown {
            let shown = promised.shown;
            return Err(format!(
                "{id} was shown {shown} times, the ledger tells of {told}"
            ));
        }
        let record = id.clone();
        let shown = call(Request::Read(ReadQuery {
            record,
            original: false,
            ..Default::default()
        }))?;
        let shown: Shown = serde_json::from_slice(&shown).unwrap();
        if !format!("{shown:?}").contains(&promised.words) {
            return Err(format!("{id} lost its words"));
        }
        let restricted = |marking: &str| marking.to_lowercase().contains("nodis");
        if restricted(&promised.marking) && !restricted(&shown.banner) {
            return Err(format!("{id} lost its restriction: {}", shown.banner));
        }
    }
    Ok(())
}
