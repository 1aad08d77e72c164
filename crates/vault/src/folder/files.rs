//! What a ledger folder and a head file need of a file system.

use std::io;

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without the folder's.
    pub name: String,
    /// It is a folder itself.
    pub is_folder: bool,
}

/// A folder and what lies below it. Paths are relative, with `/` between names; the folder itself is "".
///
/// No method follows a link. What a method did is visible at once; what of it survives a loss of power is
/// said with each.
pub trait Files: Send + Sync {
    /// How errors call the folder.
    fn name(&self) -> String;

    /// Makes sure that the calls after this one are about what lies at the folder's path now.
    ///
    /// # Errors
    ///
    /// When there is no such folder and none can be made.
    fn attach(&self) -> io::Result<()>;

    /// Makes a folder in one that is there, or leaves the one that is there already. Durable with the next
    /// [`Files::sync_folder`] of the folder that it lies in.
    ///
    /// # Errors
    ///
    /// When there is something else of that name, or the disk refuses.
    fn create_folder(&self, path: &str) -> io::Result<()>;

    /// Writes a new file in place of whatever is at `path`, and syncs it: its bytes are durable when
    /// this returns. Its name is not.
    ///
    /// # Errors
    ///
    /// When the disk refuses. There may be part of a file then.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, replacing the file of that name, in one step. Durable with the next
    /// [`Files::sync_folder`] of the folder of `to`.
    ///
    /// # Errors
    ///
    /// When the disk refuses. The old name then stands.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    ///
    /// When the disk refuses. What is durable is then unknown until a later call succeeds.
    fn sync_folder(&self, path: &str) -> io::Result<()>;

    /// The first `max` bytes of a file, or all of it if it is shorter; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When it is no plain file, or cannot be read.
    fn read(&self, path: &str, max: usize) -> io::Result<Option<Vec<u8>>>;

    /// Removes a file, or a folder that is empty; nothing if there is neither.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// The names in a folder, in no order; `None` if there is no such folder.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn list(&self, path: &str) -> io::Result<Option<Vec<Listed>>>;
}
