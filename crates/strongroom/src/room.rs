//! Finding a room: its folder and what lies there.

use std::path::{Path, PathBuf};

use strongroom_service::SOCKET_NAME;

use crate::outcome::{Exit, Failure};

/// The store's name in the room's folder.
const STORE_NAME: &str = "room.redb";
/// The house key's name in the room's folder, unless it is kept elsewhere.
const HOUSE_KEY_NAME: &str = "house.key";

/// The name of the folder in which the ledger is published.
const LEDGER_NAME: &str = "ledger";

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
    /// Whether a room lies in the folder, as far as this account may look.
    pub(crate) fn is_founded(&self) -> bool {
        self.store().exists()
    }
    /// There is none.
    pub(crate) fn missing(&self) -> Failure {
        Failure::new(
            Exit::NotFound,
            format!("there is no room in {}", self.0.display()),
        )
        .hint("check the path, --room or STRONGROOM_ROOM; `strongroom init` founds a room")
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
