//! Heads against each other and against witnesses.

use super::{Check, Report, folder};
use crate::checkpoint::{Checkpoint, CosignatureFault, LogPublicKeys, SignedCheckpoint};
use crate::policy::Policy;
use crate::tile::LedgerFiles;
use crate::tree::{ConsistencyProof, ProvenHead, TreeSize};

/// What a believed checkpoint says, for people.
pub(super) fn told(checkpoint: &Checkpoint) -> String {
    format!(
        "{} signed {} entries with both keys, at {} by its own clock",
        checkpoint.origin(),
        checkpoint.head().size(),
        checkpoint.time().to_utc()
    )
}

/// Checks two checkpoints of one log: the signatures of both, and that the larger
/// grew from the smaller. Without a proof the last is [unsure](super::Standing::Unsure),
/// but where the sizes tell: one head, two roots at one size, or an empty log, with
/// which every other begins.
///
/// A *fork* is two roots at one size, or a proof that does not lead from one to
/// the other; a *rewind* is a smaller head signed after a larger one.
#[must_use]
pub fn checkpoints(
    one: &SignedCheckpoint,
    other: &SignedCheckpoint,
    keys: &LogPublicKeys,
    proof: Option<&ConsistencyProof>,
) -> Report {
    let mut report = Report::default();
    let mut believed = Vec::new();
    for (name, signed) in [("the first", one), ("the second", other)] {
        match signed.verify(keys) {
            Ok(checkpoint) => {
                report.holds(Check::Checkpoint, format!("{name}: {}", told(&checkpoint)));
                believed.push(checkpoint);
            }
            Err(fault) => report.fails(Check::Checkpoint, format!("{name}: {fault}")),
        }
    }
    let [first, second] = believed.as_slice() else {
        report.unsure(
            Check::Consistency,
            "not checked, since one of the checkpoints is not believed",
        );
        return report;
    };
    let (earlier, later) = if first.head().size() <= second.head().size() {
        (first, second)
    } else {
        (second, first)
    };
    compare(&mut report, earlier, later, proof);
    report
}

/// Checks two checkpoints of one log as [`checkpoints`], with the entries in a ledger
/// folder in place of a proof: the folder is checked, too, and must begin with both.
#[must_use]
pub fn checkpoints_in(
    one: &SignedCheckpoint,
    other: &SignedCheckpoint,
    keys: &LogPublicKeys,
    files: &impl LedgerFiles,
) -> Report {
    let mut report = checkpoints(one, other, keys, None);
    let both = [one, other].map(|signed| signed.verify(keys));
    if let [Ok(one), Ok(other)] = both {
        report.settle(Check::Consistency);
        report.extend(folder(files, keys, &[one, other]).report);
    }
    report
}

/// Compares two believed heads, the smaller first.
fn compare(
    report: &mut Report,
    earlier: &Checkpoint,
    later: &Checkpoint,
    proof: Option<&ConsistencyProof>,
) {
    let (small, large) = (earlier.head(), later.head());
    if small.size() == large.size() {
        if small == large {
            report.holds(Check::Consistency, "both are of one head");
        } else {
            report.fails(
                Check::Consistency,
                format!(
                    "fork: the log signed two different trees of {} entries. Keep both \
                     checkpoints: they prove it",
                    small.size()
                ),
            );
        }
        return;
    }
    if earlier.time() > later.time() {
        report.fails(
            Check::Consistency,
            format!(
                "rewind: the log signed {} entries after it had signed {}. Keep both \
                 checkpoints: they prove it",
                small.size(),
                large.size()
            ),
        );
    }
    match proof {
        None if small.size() == TreeSize::ZERO => report.holds(
            Check::Consistency,
            format!(
                "the smaller log is empty, and every log of {} entries begins with it",
                large.size()
            ),
        ),
        None => report.unsure(
            Check::Consistency,
            "the signatures alone were checked; whether the larger log begins with the smaller \
             takes a proof (`ledger consistency`) or a ledger folder, and none is given",
        ),
        Some(proof) if proof.old() != small.size() || proof.new_size() != large.size() => report
            .fails(
                Check::Consistency,
                format!(
                    "the proof is from {} to {} entries, and the checkpoints are of {} and {}",
                    proof.old(),
                    proof.new_size(),
                    small.size(),
                    large.size()
                ),
            ),
        Some(proof) => match ProvenHead::from_proof(small, large, proof) {
            Ok(_) => report.holds(
                Check::Consistency,
                format!(
                    "the log of {} entries begins with that of {}",
                    large.size(),
                    small.size()
                ),
            ),
            Err(_) => report.fails(
                Check::Consistency,
                format!(
                    "the proof does not lead from the {} entries signed to the {} signed: it \
                     was altered, or this is a fork. Ask for it again",
                    small.size(),
                    large.size()
                ),
            ),
        },
    }
}

/// Checks the cosignatures of a checkpoint against a policy, witness by witness. One
/// that is there and wrong fails even where the quorum is met without it.
#[must_use]
pub fn witnesses(signed: &SignedCheckpoint, policy: &Policy) -> Report {
    let mut report = Report::default();
    let evaluation = policy.evaluate(signed);
    for witness in &evaluation.witnesses {
        let called = format!(
            "{} ({}, {})",
            witness.name,
            witness.key.name(),
            witness.key.kind()
        );
        match &witness.vouches {
            Ok(cosignature) => report.holds(
                Check::Witnesses,
                format!(
                    "{called} vouched at {} by its clock",
                    cosignature.time().to_utc()
                ),
            ),
            Err(fault @ CosignatureFault::Missing) => {
                report.open(Check::Witnesses, format!("{called}: {fault}"));
            }
            // Signed-note has the whole note rejected for it.
            Err(fault @ CosignatureFault::Wrong) => {
                report.fails(Check::Witnesses, format!("{called}: {fault}"));
            }
        }
    }
    for group in &evaluation.groups {
        let says = format!(
            "{}: {} of {} vouch, {} must",
            group.name, group.vouching, group.members, group.threshold
        );
        if group.vouching >= group.threshold {
            report.holds(Check::Witnesses, says);
        } else {
            report.open(Check::Witnesses, says);
        }
    }
    if !evaluation.log_signed() {
        report.fails(
            Check::Witnesses,
            "no log that the policy lists signed this checkpoint",
        );
    }
    if evaluation.quorum_vouches() {
        report.holds(Check::Witnesses, "the quorum of the policy is met");
    } else {
        report.fails(
            Check::Witnesses,
            "the quorum of the policy is not met: too few of its witnesses vouch for this \
             checkpoint",
        );
    }
    report
}
