//! A backup's key, and its shares.

use minicbor::{Decode, Encode};
use strongroom_record::{BackupId, RoomId, Stream};

use crate::dealt::{Checked, DealtKey, KeyCheck};
use crate::domain::{self, Domain};
use crate::holder::KeyHolderCard;
use crate::secret::Secret;
use crate::share::{DealError, OpenedShare, RecoverError, ShareDomains, Subject};
use crate::suite::Suite;

/// The key of a backup that is yet to be written. It seals one stream, and is used up by it.
pub struct NewBackupKey(BackupKey);

impl NewBackupKey {
    pub(super) fn into_key(self) -> BackupKey {
        self.0
    }
}

/// The key of a backup that was written: it opens it, and seals nothing.
pub struct BackupKey {
    pub(super) suite: Suite,
    pub(super) key: Secret<32>,
}

impl BackupKey {
    /// The key for one more reader.
    pub(super) fn copy(&self) -> Secret<32> {
        Secret::fill_with(|out| out.copy_from_slice(self.key.expose()))
    }
}

/// The key of one backup, as what is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BackupSecret {
    /// The backup.
    #[n(0)]
    backup: BackupId,
    /// What the key is known again by.
    #[n(1)]
    check: KeyCheck,
}

impl BackupSecret {
    /// The backup.
    pub const fn backup(&self) -> BackupId {
        self.backup
    }
}

impl Subject for BackupSecret {
    fn domains(&self) -> ShareDomains {
        ShareDomains {
            digest: domain::BACKUP_SHARE_DIGEST,
            sealed: domain::BACKUP_SHARE,
            given: domain::BACKUP_SHARE_GIVEN,
        }
    }
}

impl Checked for BackupSecret {
    fn check(&self) -> &KeyCheck {
        &self.check
    }
    fn check_domain(&self) -> Domain {
        domain::BACKUP_CHECK
    }
}

/// The shares of a backup's key.
pub type BackupShares = DealtKey<BackupSecret>;

impl BackupShares {
    /// Draws the key of a backup and deals it among key holders; `needed` of them get it back.
    ///
    /// # Errors
    /// The quorum makes no sense, a key holder is there twice, or a card is of another suite.
    pub fn of_backup(
        suite: Suite,
        room: RoomId,
        backup: BackupId,
        needed: usize,
        cards: &[KeyHolderCard],
        stream: &mut Stream,
    ) -> Result<(Self, NewBackupKey), DealError> {
        let key = Secret::random(stream);
        let check = KeyCheck::of(suite, &key, domain::BACKUP_CHECK);
        let subject = BackupSecret { backup, check };
        let shares = Self::deal(suite, room, subject, &key, needed, cards, stream)?;
        Ok((shares, NewBackupKey(BackupKey { suite, key })))
    }

    /// The backup's key, from the shares of as many holders as are needed.
    ///
    /// # Errors
    /// Too few shares, shares that do not belong together, or not of these.
    pub fn recover(&self, shares: &[OpenedShare<BackupSecret>]) -> Result<BackupKey, RecoverError> {
        let (suite, key) = (self.suite(), self.combine(shares)?);
        Ok(BackupKey { suite, key })
    }

    /// Whether that is the key of these shares.
    #[must_use]
    pub fn are_of(&self, key: &BackupKey) -> bool {
        let check = &self.subject().check;
        self.suite() == key.suite && check.is_of(key.suite, &key.key, domain::BACKUP_CHECK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::assert_closed;

    assert_closed!(BackupKey, NewBackupKey);
}
