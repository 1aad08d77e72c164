//! Whether to vouch.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{AddCheckpoint, Answer, Remembered, WitnessMemory};
use crate::checkpoint::{
    CosignError, Cosigner, Origin, SignedCheckpoint, TrustedLog, UnixSeconds, VerifyError,
};
use crate::tree::{ProvenHead, TreeHead};

/// A witness: its keys, and the logs that it watches.
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, TrustedLog>,
}

impl Witness {
    /// The witness of these keys, for these logs.
    ///
    /// # Errors
    ///
    /// [`WitnessConfigError`] when two logs have one name.
    pub fn new(
        cosigner: Cosigner,
        logs: impl IntoIterator<Item = TrustedLog>,
    ) -> Result<Self, WitnessConfigError> {
        let mut named = BTreeMap::new();
        for log in logs {
            let name = log.origin().clone();
            if named.insert(name.as_str().to_owned(), log).is_some() {
                return Err(WitnessConfigError(name));
            }
        }
        Ok(Self {
            cosigner,
            logs: named,
        })
    }

    /// The keys that believe what this signs.
    #[must_use]
    pub const fn cosigner(&self) -> &Cosigner {
        &self.cosigner
    }

    /// The logs that are watched.
    pub fn logs(&self) -> impl Iterator<Item = &TrustedLog> {
        self.logs.values()
    }

    /// From the body of a request to its answer: decides, persists, signs.
    ///
    /// # Errors
    ///
    /// [`WitnessFault`], on which the asker is told nothing but that the witness
    /// failed (500).
    pub fn answer<M: WitnessMemory>(
        &self,
        memory: &mut M,
        body: &[u8],
        now: UnixSeconds,
    ) -> Result<Answer, WitnessFault<M::Error>> {
        let request = match AddCheckpoint::from_bytes(body) {
            Ok(request) => request,
            Err(fault) => return Ok(Answer::BadRequest(fault.to_string())),
        };
        match self.decide(memory, &request, now)? {
            Decision::Refused(answer) => Ok(answer),
            Decision::Vouch(pending) => pending.persist(),
        }
    }

    /// Decides about a request as of `now`. Nothing is written or signed yet.
    ///
    /// # Errors
    ///
    /// [`WitnessFault::Memory`] or [`WitnessFault::TimeRanBackwards`].
    pub fn decide<'w, M: WitnessMemory>(
        &'w self,
        memory: &'w mut M,
        request: &AddCheckpoint,
        now: UnixSeconds,
    ) -> Result<Decision<'w, M>, WitnessFault<M::Error>> {
        let refused = |answer| Ok(Decision::Refused(answer));
        let (origin, head) = match self.believe(request.checkpoint()) {
            Ok(believed) => believed,
            Err(answer) => return refused(answer),
        };
        if request.old() > head.size() {
            return refused(Answer::BadRequest(format!(
                "the old size {} is larger than the checkpoint's {}",
                request.old(),
                head.size()
            )));
        }
        let last = memory.recall(&origin).map_err(WitnessFault::Memory)?;
        let (seen, at) = last.map_or((TreeHead::EMPTY, UnixSeconds::EPOCH), |last| {
            (*last.head(), last.time())
        });
        if request.old() != seen.size() || (head.size() == seen.size() && head != seen) {
            return refused(Answer::Conflict(seen.size()));
        }
        let proven = request
            .proof()
            .map_err(|fault| fault.to_string())
            .and_then(|proof| {
                ProvenHead::from_proof(&seen, &head, &proof).map_err(|fault| fault.to_string())
            });
        let proven = match proven {
            Ok(proven) => proven,
            Err(why) => return refused(Answer::BadProof(why)),
        };
        if now < at {
            return Err(WitnessFault::TimeRanBackwards { now, last: at });
        }
        Ok(Decision::Vouch(Pending {
            cosigner: &self.cosigner,
            memory,
            new: Remembered::new(origin, head, now),
            proven,
        }))
    }

    /// The log and head of a checkpoint that its log signed.
    fn believe(&self, checkpoint: &SignedCheckpoint) -> Result<(Origin, TreeHead), Answer> {
        let origin = checkpoint.claimed_origin();
        let log = self
            .logs
            .get(origin.as_str())
            .ok_or_else(|| Answer::UnknownLog(format!("the log {origin} is not watched here")))?;
        let (head, _) = log
            .verify(checkpoint)
            .map_err(|fault: VerifyError| Answer::WrongSignature(fault.to_string()))?;
        Ok((origin, head))
    }
}

/// What a witness decided.
pub enum Decision<'w, M: WitnessMemory> {
    /// It does not vouch, and nothing changed.
    Refused(Answer),
    /// It vouches once the new head is remembered.
    Vouch(Pending<'w, M>),
}

/// A decision to vouch that has not been kept yet: no signature exists.
///
/// It holds the memory, so that nothing else is decided before this is settled. To
/// drop it is to have decided nothing.
#[must_use = "nothing is remembered or signed until it is persisted"]
pub struct Pending<'w, M: WitnessMemory> {
    cosigner: &'w Cosigner,
    memory: &'w mut M,
    new: Remembered,
    proven: ProvenHead,
}

impl<M: WitnessMemory> Pending<'_, M> {
    /// What will be remembered.
    #[must_use]
    pub const fn new_state(&self) -> &Remembered {
        &self.new
    }

    /// Remembers the new head, and only then signs it.
    ///
    /// # Errors
    ///
    /// [`WitnessFault::Memory`] when it may not be durable: there is no signature
    /// then. [`WitnessFault::Signing`]: the head is remembered, and the same
    /// request with that size as its old one asks again.
    pub fn persist(self) -> Result<Answer, WitnessFault<M::Error>> {
        self.memory
            .persist(&self.new)
            .map_err(WitnessFault::Memory)?;
        let lines = self
            .cosigner
            .cosign(self.new.origin(), &self.proven, self.new.time())?;
        Ok(Answer::Cosigned(lines))
    }
}

/// Why a witness could not decide: its own fault, and not the asker's.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WitnessFault<E> {
    /// Its memory cannot be read or written.
    #[error("the witness cannot read or write what it remembers: {0}")]
    Memory(E),
    /// Its clock shows less than when it cosigned last.
    #[error(
        "the witness does not vouch: its clock shows {now} seconds after 1970 and showed {last} \
         before; set the clock right"
    )]
    TimeRanBackwards {
        /// What it shows.
        now: UnixSeconds,
        /// What it showed at the last cosignature.
        last: UnixSeconds,
    },
    /// The library refused to sign.
    #[error(transparent)]
    Signing(#[from] CosignError),
}

/// Two logs of a witness have one name.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("the log {0} is given twice; give each log once, with all its keys")]
pub struct WitnessConfigError(pub Origin);
