//! A head that somebody keeps, and the one that is shown later.

use thiserror::Error;

use crate::checkpoint::{Checkpoint, Origin, UnixSeconds};
use crate::tree::{ConsistencyProof, ForkError, ProvenHead};

/// Whether a head goes on from the one that was kept: of the same log, grown from it
/// by this proof, and not signed before it. Both were believed by the same keys.
///
/// It cannot tell whether others were shown another ledger since, nor whether there
/// is a newer head that is not shown.
///
/// # Errors
///
/// [`KeptFault`]: the new head is not to take the place of the one that is kept,
/// which is proof of what was there.
pub fn goes_on(
    kept: &Checkpoint,
    newest: &Checkpoint,
    proof: &ConsistencyProof,
) -> Result<ProvenHead, KeptFault> {
    if kept.origin() != newest.origin() {
        return Err(KeptFault::OtherLog {
            kept: kept.origin().clone(),
            newest: newest.origin().clone(),
        });
    }
    let proven = ProvenHead::from_proof(kept.head(), newest.head(), proof)?;
    if newest.time() < kept.time() {
        return Err(KeptFault::TimeRanBackwards {
            kept: kept.time(),
            newest: newest.time(),
        });
    }
    Ok(proven)
}

/// Why a head does not go on from the one that was kept.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum KeptFault {
    /// They are of two logs, or of two generations of one.
    #[error("the head that was kept is of the log {kept}, and the new one of {newest}")]
    OtherLog {
        /// The log of the head that was kept.
        kept: Origin,
        /// The log of the new one.
        newest: Origin,
    },
    /// The proof does not lead from one to the other.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// The later head says that it was signed earlier.
    #[error(
        "the new head was signed at {} by the log's own clock, and the one kept before at {}: \
         time ran backwards",
        newest.to_utc(),
        kept.to_utc()
    )]
    TimeRanBackwards {
        /// What the head that was kept says.
        kept: UnixSeconds,
        /// What the new one says.
        newest: UnixSeconds,
    },
}
