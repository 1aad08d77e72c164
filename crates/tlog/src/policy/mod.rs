//! Which logs, and how many of which witnesses, are believed: C2SP
//! [tlog-policy](https://c2sp.org/tlog-policy).
//!
//! This module owns [`Policy`], which reads such a file, and [`Evaluation`], which
//! says line by line how a checkpoint stands against one.
//!
//! ```text
//! # a comment
//! log example.org/room+0a1b2c3d+AfEdC…
//! witness ours witness.example/w1+…
//! witness theirs other.example/w2+…
//! group both all ours theirs
//! quorum both
//! ```
//!
//! A checkpoint passes if one of the logs signed it (any, when none is listed) and
//! the quorum vouches for it. A witness vouches by one cosignature that holds, a
//! group by so many of its members.
//!
//! What cannot happen: a line that is not understood is not passed over; a witness
//! cannot count twice, by two names of one key or as a member of two groups.
//! Names are compared byte for byte; what is not ASCII is allowed where the
//! specification allows it.

mod evaluate;
mod parse;

pub use evaluate::{Evaluation, GroupStanding, LogStanding, WitnessStanding};
pub use parse::{LineFault, PolicyError};

use crate::checkpoint::{LogKey, WitnessKey};

/// The most bytes of a policy: every line that its limits allow, with URLs and
/// comments to spare.
pub const MAX_POLICY_BYTES: usize = 512 * 1024;

/// The most logs, witnesses and groups of a policy, each. The specification asks
/// for 32 at least.
pub const MAX_POLICY_ITEMS: usize = 64;

/// A policy file, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<LogKey>,
    /// Witnesses and groups, each before those that name it.
    nodes: Vec<Node>,
    quorum: Option<usize>,
}

/// A name of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Node {
    name: Vec<u8>,
    url: Option<String>,
    rule: Rule,
}

/// When a name vouches.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Witness(Box<WitnessKey>),
    /// So many of these, which stand before it.
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

impl Policy {
    /// The keys of the logs, as listed.
    #[must_use]
    pub fn logs(&self) -> &[LogKey] {
        &self.logs
    }

    /// The keys of the witnesses, as listed, with their URLs.
    pub fn witnesses(&self) -> impl Iterator<Item = (&WitnessKey, Option<&str>)> {
        self.nodes.iter().filter_map(|node| match &node.rule {
            Rule::Witness(key) => Some((&**key, node.url.as_deref())),
            Rule::Group { .. } => None,
        })
    }
}
