//! Where a store stands: which store it is, how long its ledger, how many groups it has had.

use std::fmt;

/// Which store this is: drawn at random when the store was made, and never changed.
///
/// Numbers of groups can be compared only within one lineage. A store that was restored row by row
/// from a backup has the same rows and another lineage; a copy of the file has the same lineage.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lineage(pub [u8; Lineage::BYTES]);

impl Lineage {
    /// The length of a lineage, in bytes.
    pub const BYTES: usize = 16;
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lineage({self})")
    }
}

/// Where a store stands: all of it as of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which store it is, once [`Vault::begin_lineage`](crate::Vault::begin_lineage) has said so.
    pub lineage: Option<Lineage>,
    /// Entries in the ledger.
    pub entries: u64,
    /// Groups of commits so far, which is the number of the last one: what tells a group that holds
    /// no entry from none at all, and what [`Snapshot::changes`](crate::Snapshot::changes) counts
    /// from.
    pub groups: u64,
}

impl Standing {
    /// Whether the two have had the same groups. A lineage is given by no group.
    pub(crate) fn same_groups(&self, other: &Standing) -> bool {
        (self.entries, self.groups) == (other.entries, other.groups)
    }
}
