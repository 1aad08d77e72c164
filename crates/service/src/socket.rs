//! Binding the room's socket.
//!
//! The socket has mode 0666: readers have accounts of their own on the machine. It lies in the room's
//! folder, and the folder's mode says who reaches it. Reaching it gives nothing by itself: a session takes
//! a passphrase, and its token is good for the account that signed in.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The socket's name in the room's folder.
pub const SOCKET_NAME: &str = "guard.sock";

/// Longest path of a socket: what the kernel's address holds, without the zero at its end.
const PATH_MAX_BYTES: usize = 107;

const SOCKET_MODE: u32 = 0o666;

/// Why the socket was not bound.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Somebody answers on it.
    #[error("a guard is already running for this room: it answers on {0}")]
    InUse(PathBuf),
    /// There is something else in its place.
    #[error("{0} is no socket, and was left as it is; move it out of the way")]
    InTheWay(PathBuf),
    /// The path does not fit an address.
    #[error(
        "the path {0} has more than the {PATH_MAX_BYTES} bytes that a socket's address holds; put the room in a folder with a shorter path"
    )]
    TooLong(PathBuf),
    /// The operating system refuses.
    #[error("the socket {path} cannot be made: {cause}")]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
}

/// A socket on which connections are accepted. Its file goes when this is dropped.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Binds the socket. One that a crash left behind is replaced, once nobody answers on it; the caller
    /// holds the room's store, which one process alone can open, so that no other guard does the same.
    ///
    /// # Errors
    /// See [`SocketError`].
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        let failed = |cause| SocketError::Io {
            path: path.to_owned(),
            cause,
        };
        if path.as_os_str().len() > PATH_MAX_BYTES {
            return Err(SocketError::TooLong(path.to_owned()));
        }
        clear(path)?;
        let socket = UnixListener::bind(path).map_err(failed)?;
        let listener = Self {
            socket,
            path: path.to_owned(),
        };
        fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE)).map_err(failed)?;
        listener.socket.set_nonblocking(true).map_err(failed)?;
        Ok(listener)
    }

    /// Where the socket is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn to_tokio(&self) -> io::Result<tokio::net::UnixListener> {
        tokio::net::UnixListener::from_std(self.socket.try_clone()?)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // What is left of it, the next guard replaces.
        let _ = fs::remove_file(&self.path);
    }
}

/// Takes away what a crashed guard left.
fn clear(path: &Path) -> Result<(), SocketError> {
    let failed = |cause| SocketError::Io {
        path: path.to_owned(),
        cause,
    };
    let there = match fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    if !there.file_type().is_socket() {
        return Err(SocketError::InTheWay(path.to_owned()));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(SocketError::InUse(path.to_owned())),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(failed)
        }
        // A full backlog is somebody, too.
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Err(SocketError::InUse(path.to_owned())),
        Err(e) => Err(failed(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SOCKET_NAME);
        // A crash leaves the file and closes the socket.
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let listener = Listener::bind(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            SOCKET_MODE
        );
        assert!(matches!(Listener::bind(&path), Err(SocketError::InUse(_))));
        drop(listener);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SOCKET_NAME);
        fs::write(&path, "a letter").unwrap();
        assert!(matches!(
            Listener::bind(&path),
            Err(SocketError::InTheWay(_))
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
    }

    #[test]
    fn a_path_that_no_address_holds_is_named_as_such() {
        let path = PathBuf::from("/").join("x".repeat(PATH_MAX_BYTES));
        assert!(matches!(
            Listener::bind(&path),
            Err(SocketError::TooLong(_))
        ));
    }
}
