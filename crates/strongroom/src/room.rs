//! Finding a room: its folder and what lies there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use strongroom_service::SOCKET_NAME;

use crate::outcome::{Exit, Failure};

/// The store's name in the room's folder.
const STORE_NAME: &str = "room.redb";
/// The house key's name in the room's folder, unless it is kept elsewhere.
const HOUSE_KEY_NAME: &str = "house.key";

/// The name of the folder in which the ledger is published.
const LEDGER_NAME: &str = "ledger";

/// Where disclosures lie that no inspector has acknowledged, with space of its own.
const DISCLOSURES_NAME: &str = "disclosures.spool";

/// The shares of the house key with which it is recovered.
const HOUSE_RECOVERY_NAME: &str = "house.recovery";
/// The shares of the house key with which the room is opened.
const HOUSE_OPENING_NAME: &str = "house.opening";

/// A room's folder.
#[derive(Debug, Clone)]
pub(crate) struct Room(PathBuf);

impl Room {
    /// The room in a folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
    /// The store, for the guard alone.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join(STORE_NAME)
    }
    /// The folder in which the ledger is published, for everyone.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join(LEDGER_NAME)
    }
    /// Where disclosures are taken in.
    pub(crate) fn disclosures(&self) -> PathBuf {
        self.0.join(DISCLOSURES_NAME)
    }
    /// Whether a room lies in the folder, as far as this account may look.
    pub(crate) fn is_founded(&self) -> bool {
        self.store().exists()
    }
    /// None is found there: because there is none, or because this account may not look.
    pub(crate) fn missing(&self) -> Failure {
        const CHECK: &str = "check the path, --room or STRONGROOM_ROOM";
        let folder = self.0.display();
        match fs::metadata(&self.0) {
            Ok(there) if !there.is_dir() => Failure::new(
                Exit::NotFound,
                format!("{folder} is no room: a room is a folder, and this is a file"),
            )
            .hint(CHECK),
            _ if self.is_closed_to_this_account() => self.not_this_accounts(),
            _ => Failure::new(Exit::NotFound, format!("there is no room in {folder}"))
                .hint(format!("{CHECK}; `strongroom init` founds a room")),
        }
    }
    fn is_closed_to_this_account(&self) -> bool {
        matches!(fs::metadata(self.store()), Err(e) if e.kind() == io::ErrorKind::PermissionDenied)
    }
    /// Whether there is a room is not told to this account of the machine.
    pub(crate) fn not_this_accounts(&self) -> Failure {
        Failure::new(
            Exit::NotAllowed,
            format!(
                "this account of the machine may not look into {}",
                self.0.display()
            ),
        )
        .hint(
            "if a room is there, `open`, `check` and `backup` are for the account that owns it; it lets others reach \
             its guard, and read its ledger, with `chmod 711` on the folder",
        )
    }
    /// The house key, for the guard alone.
    pub(crate) fn house_key(&self) -> PathBuf {
        self.0.join(HOUSE_KEY_NAME)
    }
    /// The shares with which the house key is recovered, which open nothing without key holders.
    pub(crate) fn house_recovery(&self) -> PathBuf {
        self.0.join(HOUSE_RECOVERY_NAME)
    }
    /// The shares with which the room is opened by several, if it is.
    pub(crate) fn house_opening(&self) -> PathBuf {
        self.0.join(HOUSE_OPENING_NAME)
    }
    /// Where the guard listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join(SOCKET_NAME)
    }
}
