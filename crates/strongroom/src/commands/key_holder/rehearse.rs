//! `key-holder rehearse`: every share is opened here, compared with what the ledger committed to, and wiped.

use data_encoding::BASE64;
use strongroom_guard::api::{HolderRehearsed, HolderRehearsedDone, HolderRequest, HolderShares};
use strongroom_guard::recovery::claims::Claim;
use strongroom_record::{RoomId, ShareId, decode};
use strongroom_seal::{AskedShares, Digest, SealedShare, Subject, SuiteFloor};

use crate::cli::Globals;
use crate::client::read;
use crate::holder::{self, Asking, HolderArgs, Mine};
use crate::outcome::{Exit, Failure, note};
use crate::screen::{Screen, harmless, print};

pub(super) fn run(globals: &Globals, args: &HolderArgs) -> Result<Exit, Failure> {
    let mine = Mine::of(globals, args)?;
    let asking = Asking::of(globals)?;
    let (_, room) = asking.challenge()?;
    let proof = asking.proof(&mine)?;
    let all: HolderShares = read(&asking.ask(&HolderRequest::Shares(proof))?)?;
    let challenge: [u8; 32] = BASE64
        .decode(all.challenge.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(holder::unreadable)?;

    let (mut sound, mut wrong, mut faults) = (0, Vec::new(), Vec::new());
    for ((share, digest), of) in all.shares.iter().zip(&all.digests).zip(&all.of) {
        let (id, opens) = try_out(share, digest, room, &mine)?;
        if opens {
            sound += 1;
        } else {
            wrong.push(id);
            faults.push(format!(
                "{}: the share does not open as the ledger says",
                harmless(of)
            ));
        }
    }
    for of in &all.missing {
        faults.push(format!("{}: the store lacks the share", harmless(of)));
    }
    let claim = Claim::Rehearsed {
        challenge,
        sound,
        wrong: wrong.clone(),
    };
    let json = asking.ask(&HolderRequest::Rehearsed(HolderRehearsed {
        holder: mine.id(),
        challenge: all.challenge.clone(),
        sound,
        wrong: wrong.iter().map(ToString::to_string).collect(),
        signature: holder::base64(&claim.sign(mine.holder(), room)),
    }))?;
    let done: HolderRehearsedDone = read(&json)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&format!(
            "{} of {} shares are sound; none was given\nevent {}\n",
            done.sound,
            done.kept,
            harmless(&done.receipt)
        ))?;
    }
    if faults.is_empty() {
        return Ok(Exit::Done);
    }
    for fault in &faults {
        note(&format!("strongroom: {fault}\n"));
    }
    Err(Failure::new(Exit::Unfit, "not every share is sound")
        .hint("others can give in your place as long as they are enough; have everything split anew with `recover key-holders`, while they are"))
}

/// Whether a share opens and is the one that the ledger committed to.
fn try_out(
    share: &str,
    digest: &str,
    room: RoomId,
    mine: &Mine,
) -> Result<(ShareId, bool), Failure> {
    let bytes = |text: &str| {
        BASE64
            .decode(text.as_bytes())
            .map_err(|_| holder::unreadable())
    };
    let committed: Digest = decode(&bytes(digest)?).map_err(|_| holder::unreadable())?;
    let share: AskedShares = decode(&bytes(share)?).map_err(|_| holder::unreadable())?;
    let opens = match &share {
        AskedShares::Atoms(shares) => shares.first().map(|s| open(s, committed, room, mine)),
        AskedShares::House(shares) => shares.first().map(|s| open(s, committed, room, mine)),
        AskedShares::Backup(_) => None,
    };
    opens.ok_or_else(holder::unreadable)
}

fn open<S: Subject>(
    share: &SealedShare<S>,
    committed: Digest,
    room: RoomId,
    mine: &Mine,
) -> (ShareId, bool) {
    let sound = share.facts.digest == committed
        && share
            .open(SuiteFloor::default(), room, mine.holder())
            .is_ok();
    (share.facts.id, sound)
}
