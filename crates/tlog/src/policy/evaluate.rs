//! How a checkpoint stands against a policy.

use super::{Policy, Rule};
use crate::checkpoint::{
    Cosignature, CosignatureFault, LogKey, SignedCheckpoint, TrustedLog, VerifyError, WitnessKey,
};

/// How a checkpoint stands against a [`Policy`], line by line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evaluation {
    /// The logs, as listed.
    pub logs: Vec<LogStanding>,
    /// The witnesses, as listed.
    pub witnesses: Vec<WitnessStanding>,
    /// The groups, as listed.
    pub groups: Vec<GroupStanding>,
    quorum: bool,
}

/// Whether a listed log signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogStanding {
    /// Its key.
    pub key: LogKey,
    /// What came of its signature.
    pub signed: Result<(), VerifyError>,
}

/// Whether a witness vouches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessStanding {
    /// What the policy calls it, made fit to be shown.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// What came of its cosignature.
    pub vouches: Result<Cosignature, CosignatureFault>,
}

/// Whether a group vouches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupStanding {
    /// What the policy calls it, made fit to be shown.
    pub name: String,
    /// How many of its members vouch.
    pub vouching: usize,
    /// How many must.
    pub threshold: usize,
    /// How many there are.
    pub members: usize,
}

impl Evaluation {
    /// Whether one of the logs signed. A policy that lists none leaves that to
    /// whoever knows the log from elsewhere.
    #[must_use]
    pub fn log_signed(&self) -> bool {
        self.logs.is_empty() || self.logs.iter().any(|log| log.signed.is_ok())
    }

    /// Whether the quorum vouches.
    #[must_use]
    pub const fn quorum_vouches(&self) -> bool {
        self.quorum
    }

    /// Whether the policy is met.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.log_signed() && self.quorum
    }
}

impl Policy {
    /// Checks every signature of a checkpoint that this policy knows a key for.
    #[must_use]
    pub fn evaluate(&self, checkpoint: &SignedCheckpoint) -> Evaluation {
        let logs = self
            .logs
            .iter()
            .map(|key| LogStanding {
                key: key.clone(),
                signed: TrustedLog::of_one(key).verify(checkpoint).map(|_| ()),
            })
            .collect();
        let (mut witnesses, mut groups) = (Vec::new(), Vec::new());
        let mut vouching: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let name = String::from_utf8_lossy(&node.name).into_owned();
            vouching.push(match &node.rule {
                Rule::Witness(key) => {
                    let vouches = checkpoint.cosignature(key);
                    let holds = vouches.is_ok();
                    witnesses.push(WitnessStanding {
                        name,
                        key: WitnessKey::clone(key),
                        vouches,
                    });
                    holds
                }
                Rule::Group { threshold, members } => {
                    let count = members.iter().filter(|member| vouching[**member]).count();
                    groups.push(GroupStanding {
                        name,
                        vouching: count,
                        threshold: *threshold,
                        members: members.len(),
                    });
                    count >= *threshold
                }
            });
        }
        Evaluation {
            logs,
            witnesses,
            groups,
            quorum: self.quorum.is_none_or(|place| vouching[place]),
        }
    }
}
