//! What is wrong with a marking: where, which rule, where it stands, and what to write instead.

use std::fmt;
use std::sync::Arc;

/// A rule of a policy's grammar that a marking breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule's short name: `order`, `noforn-with-rel-to`.
    pub rule: Arc<str>,
    /// What is wrong, and what it means.
    pub message: String,
    /// Where the rule stands; empty where the policy does not say.
    pub cites: Arc<str>,
    /// The whole marking, written rightly; `None` where it cannot be told what is meant.
    pub instead: Option<String>,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(instead) = &self.instead {
            write!(f, ": write `{instead}`")?;
        }
        write!(f, " (rule {}", self.rule)?;
        if !self.cites.is_empty() {
            write!(f, ", {}", self.cites)?;
        }
        f.write_str(")")
    }
}

/// A fault found in reading, before it is said what to write instead.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The byte of the text at which it stands.
    pub(super) at: usize,
    pub(super) rule: Arc<str>,
    pub(super) message: String,
    pub(super) cites: Arc<str>,
    /// What was meant is lost: no marking can be written instead.
    pub(super) lost: bool,
}
