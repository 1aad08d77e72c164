//! What is left of a destroyed record.

use serde::{Deserialize, Serialize};

use super::StatementShown;

/// That a record was destroyed: who asked, who agreed, what was deleted, what can still bring it back, and what remains.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Certificate {
    /// The record.
    pub record: String,
    /// The event that says so: whoever carried it out has its receipt, which is proved against the ledger's head.
    pub event: String,
    /// When it was filed.
    pub filed_at: String,
    /// Who filed it.
    pub filed_by: String,
    /// When it was destroyed.
    pub at: String,
    /// Who asked for that; none where only the anchor of a restore tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<String>,
    /// Why, if whoever looks may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<StatementShown>,
    /// Who approved it; the last of them carried it out.
    pub approved_by: Vec<String>,
    /// Stored values that were deleted, of all versions; none where a restore did it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<u32>,
    /// Wrapped keys that were deleted; none where a restore did it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wraps: Option<u32>,
    /// `wiped`: its keys lay under a slot, which was overwritten. `due`: it will be when the room opens the next time. `none`:
    /// it was filed before there were slots, and what was deleted may lie in free pages of the store until they
    /// are used again. `at-restore`: it was destroyed again when the room was restored.
    pub slot: String,
    /// When the slot was overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiped_at: Option<String>,
    /// Backups from which it can still be restored by the key holders.
    pub backups: Vec<BackupHolds>,
    /// For how many days the policy has backups kept.
    pub backup_days: u16,
    /// What remains of the record, line by line.
    pub remains: Vec<String>,
}

/// A backup that holds a record which was destroyed since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupHolds {
    /// The backup.
    pub backup: String,
    /// When it was begun.
    pub at: String,
    /// Until when the policy has it kept. That it is deleted then, nobody here can see.
    pub until: String,
}
