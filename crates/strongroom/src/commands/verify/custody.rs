//! `verify custody`: a statement of custody, with public keys alone.
//!
//! What is believed is the ledger's keys. From them follows that the ledger holds the event that commits to statement and
//! signature, and the event that binds the inspector's keys; from those keys, who signed the statement; and from a proof, that
//! the head that it names is one of this ledger's. What stands beside the statement for programs must be what the statement says.

use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use strongroom_guard::api::{CustodyShown, ReceiptShown};
use strongroom_record::event::{Act, FieldTag as Tag, Role};
use strongroom_record::{PersonId, RoomId, decode, encode};
use strongroom_seal::{PersonPublic, Signature, SuiteFloor, digest, domain};
use strongroom_tlog::checkpoint::{LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::tree::ConsistencyProof;
use strongroom_tlog::verify::{self, Report, Standing};

use super::shown::{self, Given, line, wrong};
use super::{beyond, unfit};
use crate::files;
use crate::outcome::Failure;

/// The longest file: a statement that names as many entries as one may, and two receipts.
const CUSTODY_MAX_BYTES: usize = 16 << 20;

/// The first line of a statement.
const TITLE: &str = "strongroom custody statement v1";

/// What a statement says of itself, in its first lines.
struct Head {
    room: RoomId,
    size: u64,
    root: String,
    inspector: PersonId,
}

/// A statement that was checked.
pub(super) struct Checked {
    pub(super) report: Report,
    /// What it says, whether or not that holds.
    pub(super) statement: String,
    /// The checkpoint that the receipt of the statement is under.
    pub(super) under: SignedCheckpoint,
}

/// Checks a statement.
pub(super) fn check(file: &Path, keys: &LogPublicKeys) -> Result<Checked, Failure> {
    let bytes = files::read_bounded(file, CUSTODY_MAX_BYTES)?;
    let custody: CustodyShown = serde_json::from_slice(&bytes).map_err(|e| {
        unfit(file, format!("it is no statement of custody: {e}"))
            .hint("it should be what `custody … -o FILE` wrote")
    })?;
    let malformed = |why: &str| unfit(file, why.to_owned());
    let head = head_of(&custody.statement)
        .ok_or_else(|| malformed("its first lines are not those of a statement"))?;
    let signature = BASE64.decode(custody.signature.as_bytes()).ok();
    let signature = signature.and_then(|bytes| Signature::from_bytes(&bytes).ok());
    let signature = signature.ok_or_else(|| malformed("its signature is malformed"))?;
    let checkpoint = SignedCheckpoint::from_bytes(custody.head.as_bytes())
        .map_err(|e| malformed(&e.to_string()))?;
    let grown =
        ConsistencyProof::from_text(&custody.grown).map_err(|e| malformed(&e.to_string()))?;

    let mut report = Report::default();
    beyond::report("statement of custody", &bytes, &custody, &mut report);
    let stated = receipt(file, "stated", &custody.stated, keys, &mut report)?;
    let bound = receipt(file, "bound", &custody.bound, keys, &mut report)?;
    let about = verify::checkpoints(&checkpoint, stated.receipt.checkpoint(), keys, Some(&grown));
    report.extend_about("the statement's head", about);

    let over = digest(
        domain::CUSTODY_DIGEST,
        &[custody.statement.as_bytes(), signature.as_bytes()],
    );
    let commits =
        matches!(act(&stated), Some(Act::CustodyStated { digest }) if *digest == encode(&over));
    say(
        &mut report,
        "statement",
        commits,
        "the ledger commits to just this statement and its signature",
        "the event of the receipt does not commit to this statement",
    );

    say(
        &mut report,
        "answer",
        answer_of(&custody.statement) == custody.lines(),
        "what stands beside the statement for programs is what the statement says",
        "what stands beside the statement for programs is not what the statement says",
    );

    let claimed = checkpoint.claimed_head();
    let same = claimed.size().get() == head.size
        && HEXLOWER.encode(claimed.root().as_bytes()) == head.root;
    say(
        &mut report,
        "head",
        same,
        &format!(
            "the statement is over the first {} entries of the ledger",
            head.size
        ),
        "the statement names another head than the one that stands with it",
    );

    let inspector = bound_inspector(&bound);
    let person = inspector
        .as_ref()
        .is_some_and(|(person, _)| *person == head.inspector);
    let actor = stated
        .opened(Tag::Actor)
        .and_then(|v| decode::<Option<PersonId>>(v).ok());
    say(
        &mut report,
        "inspector",
        person && actor.flatten() == Some(head.inspector),
        "the ledger binds the keys to the inspector who states it",
        "the keys are not shown to be those of the inspector who states it",
    );
    if let Some((_, keys)) = inspector {
        let message = [
            head.room.as_bytes().as_slice(),
            custody.statement.as_bytes(),
        ]
        .concat();
        let floor = SuiteFloor::at(keys.suite());
        let signed = keys
            .verifying()
            .verify(floor, domain::SIGN_CUSTODY, &message, &signature);
        say(
            &mut report,
            "signature",
            signed.is_ok(),
            "the inspector signed the statement",
            "the signature is not the inspector's over this statement",
        );
    }
    for (name, given) in [("stated", &stated), ("bound", &bound)] {
        let room = given
            .opened(Tag::Room)
            .and_then(|v| decode::<RoomId>(v).ok());
        say(
            &mut report,
            name,
            room == Some(head.room),
            "it is an event of the room that the statement names",
            "it is the event of another room than the statement names",
        );
    }
    Ok(Checked {
        report,
        under: stated.receipt.checkpoint().clone(),
        statement: custody.statement,
    })
}

fn receipt(
    file: &Path,
    which: &str,
    said: &ReceiptShown,
    keys: &LogPublicKeys,
    report: &mut Report,
) -> Result<Given, Failure> {
    let given = shown::of(said).map_err(|why| unfit(file, format!("{which}: {why}")))?;
    let (mut of, accepted) = verify::receipt(&given.receipt, keys);
    if let Some(accepted) = accepted {
        given.check(&accepted, &mut of);
    }
    report.extend_about(which, of);
    Ok(given)
}

fn act(given: &Given) -> Option<Act> {
    decode(given.opened(Tag::Act)?).ok()
}

/// The person and the keys that an event binds, and that the person is an inspector where it says so.
fn bound_inspector(given: &Given) -> Option<(PersonId, PersonPublic)> {
    let (person, keys) = match act(given)? {
        Act::Confirmed {
            person,
            keys,
            roles,
            ..
        } if roles.contains(&Role::Inspector) => (person, keys),
        Act::Rekeyed(rekeyed) => (rekeyed.person, rekeyed.keys),
        _ => return None,
    };
    Some((person, decode(&keys).ok()?))
}

/// The lines of a statement that say what was found.
fn answer_of(statement: &str) -> Vec<&str> {
    let lines = statement.lines();
    let lines = lines.skip_while(|line| !line.starts_with("opened "));
    lines
        .take_while(|line| !line.starts_with("meaning "))
        .collect()
}

/// The first lines of a statement; none if they are not as they should be.
fn head_of(statement: &str) -> Option<Head> {
    let mut lines = statement.lines();
    let mut next = |label: &str| {
        lines
            .next()?
            .strip_prefix(label)?
            .strip_prefix(' ')
            .map(str::to_owned)
    };
    (statement.lines().next()? == TITLE).then_some(())?;
    let _title = next("strongroom custody statement")?;
    let room = next("room")?.parse().ok()?;
    let head = next("head")?;
    let (size, root) = head.split_once(' ')?;
    let _at = next("at")?;
    let inspector = next("inspector")?;
    let (person, _name) = inspector.split_once(' ')?;
    Some(Head {
        room,
        size: size.parse().ok()?,
        root: root.to_owned(),
        inspector: person.parse().ok()?,
    })
}

fn say(report: &mut Report, place: &str, holds: bool, yes: &str, no: &str) {
    report.push(match holds {
        true => line(Standing::Holds, Some(place), yes),
        false => wrong(place, no),
    });
}
