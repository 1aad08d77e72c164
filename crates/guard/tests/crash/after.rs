//! What must hold of a room that is opened after a crash.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use strongroom_guard::api::*;
use strongroom_guard::limits::LIST_MAX;
use strongroom_guard::{Guard, Token};
use strongroom_record::limits::RECORDING_PIECE_BYTES;
use strongroom_tlog::checkpoint::SignedCheckpoint;
use strongroom_vault::testing::Machine;

use crate::common::{PASSPHRASE, PEER};
use crate::day::{Batched, Day, Promise, open};
use crate::later;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// That the room opens with every acknowledged event, that its folder is mended, and that it goes on.
    Ledger,
    /// Also that it shows what was promised, and tells every time that it was shown.
    Shown,
    /// Also that what was interrupted goes on.
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
    if checked != Checked::Ledger
        && let Some(asker) = Asker::chief(&guard)
    {
        shows(&asker, promise)?;
        if checked == Checked::Whole {
            recordings_go_on(&asker, day, promise)?;
            batch_goes_on(&asker, day, promise, operation)?;
        }
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

/// Someone who asks in the room that was opened.
struct Asker<'g> {
    guard: &'g Guard,
    token: Token,
}

impl Asker<'_> {
    /// The person whose day it was; none between two changes of the passphrase, when the other one is right.
    fn chief(guard: &Guard) -> Option<Asker<'_>> {
        let ask = SignIn {
            name: "chief".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let copy = guard.sign_in(&ask, PEER).ok()?;
        let signed: SignedIn = serde_json::from_slice(copy.json()).unwrap();
        let token = Token::presented(&signed.token);
        Some(Asker { guard, token })
    }
    fn get<T: DeserializeOwned>(&self, request: Request) -> Result<T, String> {
        let copy = self
            .guard
            .call(&self.token, PEER, &request)
            .map_err(|e| format!("{} is refused: {e}", request.word()))?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }
    fn record(&self, ask: &RecordingAsk, bytes: &[u8]) -> Result<RecordingTaken, String> {
        let copy = self
            .guard
            .recording(&self.token, PEER, ask, bytes)
            .map_err(|e| format!("a recording is refused: {e}"))?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }
    fn file(&self, file: &Batched) -> Result<FilingDone, String> {
        let mut go_on = |_| ControlFlow::Continue(());
        let copy = self
            .guard
            .file(&self.token, PEER, &file.ask, &file.bytes, &mut go_on)
            .map_err(|e| format!("a file of a folder is refused: {e}"))?;
        Ok(serde_json::from_slice(copy.json()).unwrap())
    }
}

/// Each record that was acknowledged is there as it was left, with the event of each time it was shown.
fn shows(asker: &Asker<'_>, promise: &Promise) -> Result<(), String> {
    for (id, promised) in &promise.records {
        let record = id.clone();
        let history: History = asker.get(Request::History(RecordRef { record }))?;
        let told = history.events.iter();
        let told = told.filter(|e| e.what == "opened for").count();
        if told < promised.shown {
            let shown = promised.shown;
            return Err(format!(
                "{id} was shown {shown} times, the ledger tells of {told}"
            ));
        }
        let read = |version| {
            asker.get::<Shown>(Request::Read(ReadQuery {
                record: id.clone(),
                original: false,
                version,
            }))
        };
        let shown = read(None)?;
        if !format!("{shown:?}").contains(&promised.words) {
            return Err(format!("{id} lost its words"));
        }
        let restricted = |marking: &str| marking.to_lowercase().contains("nodis");
        if restricted(&promised.marking) && !restricted(&shown.banner) {
            return Err(format!("{id} lost its restriction: {}", shown.banner));
        }
        if promised.going {
            continue;
        }
        if shown.links.len() < promised.links {
            return Err(format!("{id} lost a link"));
        }
        if promised.graded && shown.grade.is_none() {
            return Err(format!("{id} lost its grading"));
        }
        for (version, words) in (1..).zip(&promised.versions) {
            if !format!("{:?}", read(Some(version))?.portions).contains(words) {
                return Err(format!("{id} lost its version {version}"));
            }
        }
    }
    Ok(())
}

/// A recording goes on behind the pieces that were acknowledged, and ends as what was said.
fn recordings_go_on(asker: &Asker<'_>, day: &Day, promise: &Promise) -> Result<(), String> {
    for id in &promise.recorded {
        let promised = &promise.records[id];
        if promised.going {
            continue;
        }
        let mut ask = RecordingAsk {
            record: id.clone(),
            first: 0,
            last: false,
        };
        let there = asker.record(&ask, &[])?;
        if there.pieces < promised.pieces {
            let (pieces, promised) = (there.pieces, promised.pieces);
            return Err(format!("{id} lost pieces: {pieces} of {promised}"));
        }
        let from = (there.pieces as usize * RECORDING_PIECE_BYTES).min(day.said.len());
        if there.whole != (from == day.said.len()) {
            return Err(format!("{id} has a recording that is {there:?}"));
        }
        if !there.whole {
            (ask.first, ask.last) = (there.pieces, true);
            asker.record(&ask, &day.said[from..])?;
        }
        for (n, said) in (0..).zip(day.said.chunks(RECORDING_PIECE_BYTES)) {
            let piece: PieceShown = asker.get(later::piece(id, None, None, n))?;
            if !piece.whole || BASE64.decode(piece.bytes.as_bytes()).unwrap() != said {
                return Err(format!("{id} has another recording, at piece {n}"));
            }
        }
    }
    Ok(())
}

/// Each file of a folder goes in once, whatever was in before: what was acknowledged is the answer.
fn batch_goes_on(
    asker: &Asker<'_>,
    day: &Day,
    promise: &Promise,
    operation: u64,
) -> Result<(), String> {
    let begun = || day.batch.iter().filter(|file| file.begun_at <= operation);
    for file in begun() {
        let path = file.ask.within.as_ref().expect("of a folder");
        let done = asker.file(file)?;
        let ids: Vec<String> = done.records.into_iter().map(|r| r.record).collect();
        if !done.complete || ids.len() != file.headings.len() {
            return Err(format!("{path} is not in whole"));
        }
        if promise.filed.get(path).is_some_and(|known| *known != ids) {
            return Err(format!("{path} was filed again"));
        }
    }
    let all = Request::List(ListQuery {
        limit: Some(LIST_MAX),
        after: None,
    });
    let listing: Listing = asker.get(all)?;
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &listing.records {
        *listed
            .entry(row.heading.as_deref().unwrap_or(""))
            .or_default() += 1;
    }
    for heading in begun().flat_map(|file| &file.headings) {
        let times = listed.get(heading.as_str()).copied().unwrap_or(0);
        if times != 1 {
            return Err(format!("{heading:?} is there {times} times"));
        }
    }
    Ok(())
}
