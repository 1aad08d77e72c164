//! Which key to seal to, and by which routes: believed only as the room's ledger shows them.
//!
//! The guard gives a key and routes, and the newest batch of its ledger with the proof that it stands there. Checked here: the
//! checkpoint's signatures, under log keys that this side knows; the entry's place under it; that the entry is a batch of
//! disclosures of this room, taken within the rhythm; and that the digests it shows are those of the key and the routes. A key that
//! somebody put in the place of the inspectors' is therefore refused, unless the log itself signed it: then its signature
//! is the evidence, and every later opening of the room refuses its ledger.

use std::path::Path;

use data_encoding::BASE64;
use strongroom_guard::api::{DisclosureKeyShown, RouteShown, Status};
use strongroom_record::disclosure::DisclosurePage;
use strongroom_record::event::FieldTag;
use strongroom_record::{Clock, RoomId, Route, RouteName, SystemClock, Timestamp, decode};
use strongroom_seal::disclosure::{page_digest, routes_digest};
use strongroom_seal::{AtomPublic, AtomRole, Suite, SuiteFloor, SuiteId};
use strongroom_tlog::checkpoint::LogPublicKeys;
use strongroom_tlog::verify::{self, Verdict};

use crate::client::{Client, read};
use crate::commands::verify::shown;
use crate::files;
use crate::heads::keys_seen;
use crate::outcome::{Exit, Failure, note};

/// The word of the act that a batch is.
pub(crate) const BATCH: &str = "disclosures-taken";

/// How old a batch may be whose key is believed: the rhythm is an hour, and a second one may be late.
const BATCH_AGE_MAX_MS: u64 = 2 * 3600 * 1000;

/// How far a clock may be ahead of this one's.
const CLOCK_AHEAD_MAX_MS: u64 = 10 * 60 * 1000;

/// The keys of the room's log: those given, those that this account saw first, or those of now.
pub(super) fn log_keys(status: &Status, given: Option<&Path>) -> Result<LogPublicKeys, Failure> {
    if let Some(file) = given {
        let bytes = files::read_bounded(file, LogPublicKeys::MAX_TEXT_BYTES)?;
        return LogPublicKeys::from_text(&String::from_utf8_lossy(&bytes)).map_err(|e| {
            Failure::unfit(format!("{}: {e}", file.display()))
                .hint("it should be what `strongroom ledger keys` prints")
        });
    }
    if let Some(keys) = keys_seen(&status.room)? {
        return Ok(keys);
    }
    note(
        "strongroom: this account has not seen this room before, so its ledger's keys are taken as it gives them now; with --keys FILE they are those that you had from elsewhere\n",
    );
    LogPublicKeys::from_text(&status.log_keys)
        .map_err(|e| Failure::new(Exit::Machine, format!("the room's ledger has no keys: {e}")))
}

/// What a message is sealed to.
pub(super) struct Bound {
    pub(super) suite: Suite,
    pub(super) inspectors: AtomPublic,
    pub(super) routes: Vec<Route>,
    /// Those that name nobody who is an inspector now, as the room says.
    pub(super) to_all: Vec<RouteName>,
}

/// What the room's ledger shows of whom a message goes to.
pub(super) fn bound(client: &Client, keys: &LogPublicKeys, room: RoomId) -> Result<Bound, Failure> {
    let given: DisclosureKeyShown = read(&client.fetch("/v1/disclosure-key")?)?;
    judged(&given, keys, room, SystemClock.now()).map_err(|why| {
        Failure::new(
            Exit::Unfit,
            format!("the inspectors' key or the routes are not those that the room's ledger shows: {why}"),
        )
        .hint("nothing was sent. Somebody may have put another key in its place: ask an inspector, or whoever gave you the room's log keys")
    })
}

fn judged(
    given: &DisclosureKeyShown,
    keys: &LogPublicKeys,
    room: RoomId,
    now: Timestamp,
) -> Result<Bound, String> {
    let suite = SuiteFloor::CNSA
        .admit(SuiteId::new(given.suite))
        .map_err(|e| e.to_string())?;
    let bytes = BASE64.decode(given.key.as_bytes()).ok();
    let key = bytes.and_then(|bytes| decode::<AtomPublic>(&bytes).ok());
    let key = key.ok_or("it cannot be read")?;
    let proof = shown::of(&given.proof)?;
    let (mut report, accepted) = verify::receipt(&proof.receipt, keys);
    if let Some(accepted) = &accepted {
        proof.check(accepted, &mut report);
    }
    if report.verdict() != Verdict::Verified {
        return Err("the proof from the ledger does not hold".to_owned());
    }
    if proof.value::<RoomId>(FieldTag::Room) != Some(room)
        || proof.value::<String>(FieldTag::Kind).as_deref() != Some(BATCH)
    {
        return Err("the proof is of another event".to_owned());
    }
    let at = proof
        .value::<Timestamp>(FieldTag::At)
        .ok_or("the proof has no time")?;
    let ms = now.millis();
    if at.millis() + BATCH_AGE_MAX_MS < ms || at.millis() > ms + CLOCK_AHEAD_MAX_MS {
        return Err(format!(
            "the proof is of {at}, and should be of this hour or the one before; is this machine's clock right?"
        ));
    }
    let page = proof.value::<DisclosurePage>(FieldTag::Portions);
    let page = page.ok_or("the proof shows no key")?;
    if key.name != AtomRole::Inspectors
        || page.inspectors.as_slice() != page_digest(&key).as_bytes()
    {
        return Err("the ledger shows another key".to_owned());
    }
    let routes: Vec<Route> = given.routes.iter().map(route).collect::<Result<_, _>>()?;
    let digest = (!routes.is_empty()).then(|| routes_digest(&routes));
    let bound = page.routes.as_ref().map(|shown| shown.as_slice());
    if bound != digest.as_ref().map(|digest| &digest.as_bytes()[..]) {
        return Err("the ledger shows other routes".to_owned());
    }
    let to_all = given.routes.iter().zip(&routes);
    let to_all = to_all.filter(|(shown, _)| shown.to_every_inspector);
    Ok(Bound {
        suite,
        inspectors: key,
        to_all: to_all.map(|(_, route)| route.name.clone()).collect(),
        routes,
    })
}

fn route(shown: &RouteShown) -> Result<Route, String> {
    Ok(Route {
        name: RouteName::new(&shown.name).map_err(|e| e.to_string())?,
        about: shown.about.clone(),
        inspectors: shown.inspectors.clone(),
        outside: shown.outside.clone(),
    })
}
