//! Who looks, and what each sees: nothing wrong, or what is wrong in its own words.

use strongroom_tlog::policy::Policy;
use strongroom_tlog::verify::{
    Report, Standing, checkpoints_in, event, folder, goes_on, receipt, witnesses,
};
use strongroom_tlog::witness::Answer;

use super::ledger::{NOW, QUORUM, World, ask};

/// Somebody who looks at what a ledger shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Observer {
    /// Has public keys, a folder, a receipt and what is shown of its event; remembers
    /// nothing and asks nobody.
    Verifier,
    /// Has public keys and the head it saw last; reads no folder.
    Client,
    /// The witness that is asked, with what it remembers.
    Witness,
    /// Has a policy that asks for two of three witnesses; reads no folder.
    Quorum,
    /// Two readers who put side by side what each was given, folder included.
    Readers,
}

pub(crate) const OBSERVERS: [Observer; 5] = [
    Observer::Verifier,
    Observer::Client,
    Observer::Witness,
    Observer::Quorum,
    Observer::Readers,
];

impl Observer {
    /// What is wrong, if this one sees it.
    pub(crate) fn sees(self, world: &World) -> Option<String> {
        match self {
            Self::Verifier => verifier(world),
            Self::Client => client(world),
            Self::Witness => witness(world),
            Self::Quorum => {
                first_failure(&witnesses(&world.served.checkpoint, &policy(world, QUORUM)))
            }
            Self::Readers => readers(world),
        }
    }
}

/// The first failure of a report; a report that does not pass has one.
fn first_failure(report: &Report) -> Option<String> {
    let failed = report
        .findings()
        .iter()
        .find(|finding| finding.standing == Standing::Fails);
    assert_eq!(failed.is_none(), report.passes());
    failed.map(|finding| {
        let place = finding.place.as_deref();
        let place = place.map_or_else(String::new, |place| format!(" {place}"));
        format!("{}{place}: {}", finding.check, finding.says)
    })
}

/// So many of the three witnesses, and the log.
pub(crate) fn policy(world: &World, quorum: usize) -> Policy {
    Policy::from_bytes(world.policy_text(quorum).as_bytes()).unwrap()
}

fn verifier(world: &World) -> Option<String> {
    let keys = world.keys();
    let (report, accepted) = receipt(&world.receipt, &keys);
    first_failure(&folder(&world.served.folder, &keys, &[]).report)
        .or_else(|| first_failure(&report))
        .or_else(|| first_failure(&event(&accepted.unwrap(), &world.shown)))
}

fn client(world: &World) -> Option<String> {
    let keys = world.keys();
    let kept = world.kept.verify(&keys).unwrap();
    let newest = match world.served.checkpoint.verify(&keys) {
        Ok(newest) => newest,
        Err(fault) => return Some(fault.to_string()),
    };
    goes_on(&kept, &newest, &world.served.proof)
        .err()
        .map(|fault| fault.to_string())
}

fn witness(world: &World) -> Option<String> {
    match ask(0, &mut world.memories[0].clone(), &world.asked, NOW) {
        Answer::Cosigned(_) => None,
        refused => Some(format!(
            "{} {}",
            refused.status(),
            refused.body().trim_end()
        )),
    }
}

fn readers(world: &World) -> Option<String> {
    let (mine, theirs) = (&world.served, &world.other);
    let larger = if mine.checkpoint.claimed_size() > theirs.checkpoint.claimed_size() {
        mine
    } else {
        theirs
    };
    first_failure(&checkpoints_in(
        &theirs.checkpoint,
        &mine.checkpoint,
        &world.keys(),
        &larger.folder,
    ))
}
