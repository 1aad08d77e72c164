//! The state of a room that is being opened: its ledger is read, and nobody is let in yet.
//!
//! The store has been opened, so that no other guard has it; the socket answers `GET /v1/status` with the state
//! `opening`, and `POST /v1/close`. Every other address is answered as by a closed room. When the room is open, the
//! listener goes back to the caller and serves it.

use std::io;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::{Extension, State};
use axum::routing::{get, post};
use strongroom_guard::api::Status;
use strongroom_guard::{Code, Peer, Refusal};
use tokio::sync::{oneshot, watch};

use crate::answer::Answer;
use crate::keeping::closing;
use crate::lanes::end_on_panic;
use crate::serve::{runtime, serve_until, told};
use crate::socket::Listener;

/// Why a room was not opened, whatever came of the work itself.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// The operating system gave no threads, timers or sockets.
    #[error("the service cannot run: {0}")]
    System(#[from] io::Error),
    /// It was told to end before the room was open. The work goes on until the process ends.
    #[error("it was ended before the room was open; nothing was done")]
    Stopped,
}

struct Shared {
    status: Status,
    stop: watch::Sender<bool>,
}

/// Does the work of opening a room on a thread of its own, and tells on the socket meanwhile that it is being done.
///
/// # Errors
/// See [`OpeningError`].
pub fn while_opening<T: Send + 'static>(
    listener: &Listener,
    status: Status,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OpeningError> {
    let runtime = runtime()?;
    let (stop, stopping) = watch::channel(false);
    let shared = Arc::new(Shared { status, stop });
    let (done, doing) = oneshot::channel();
    thread::Builder::new()
        .name("opening".to_owned())
        .spawn(move || {
            let _ends = end_on_panic();
            // Nobody may be there any more.
            let _ = done.send(work());
        })?;
    let mut opened = None;
    let end = async {
        tokio::select! {
            done = doing => opened = done.ok(),
            () = told(stopping) => {}
        }
    };
    runtime.block_on(serve_until(listener, router(shared), end))?;
    opened.ok_or(OpeningError::Stopped)
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/close", post(close))
        .fallback(not_open)
        .method_not_allowed_fallback(not_open)
        .with_state(shared)
}

async fn status(State(shared): State<Arc<Shared>>) -> Answer {
    Answer::Status(Box::new(shared.status.clone()))
}

async fn close(State(shared): State<Arc<Shared>>, Extension(peer): Extension<Peer>) -> Answer {
    closing(peer, &shared.stop)
}

async fn not_open() -> Answer {
    Refusal::new(Code::Closed, "the room is being opened")
        .hint("nothing was done; `strongroom status` tells when it is open")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;

    fn asked(listener: &std::path::Path, line: &str) -> String {
        let mut stream = UnixStream::connect(listener).unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: room\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn status_of(room: &str) -> Status {
        Status::not_open(room.to_owned(), "opening", "its ledger is read".to_owned())
    }

    #[test]
    fn a_room_that_is_being_opened_says_so_and_lets_nobody_in() {
        let dir = tempfile::tempdir().unwrap();
        let listener = Listener::bind(&dir.path().join("guard.sock")).unwrap();
        let (go, gone) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let path = listener.path();
            scope.spawn(move || {
                assert!(asked(path, "GET /v1/status").contains("\"state\":\"opening\""));
                let refused = asked(path, "POST /v1/sign-in");
                assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
                go.send(()).unwrap();
            });
            let work = move || {
                gone.recv().unwrap();
                7
            };
            assert_eq!(while_opening(&listener, status_of("r"), work).unwrap(), 7);
        });
    }

    #[test]
    fn it_is_ended_by_who_runs_it() {
        let dir = tempfile::tempdir().unwrap();
        let listener = Listener::bind(&dir.path().join("guard.sock")).unwrap();
        let (_go, gone) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let path = listener.path();
            scope.spawn(move || assert!(asked(path, "POST /v1/close").contains(" 200 ")));
            let work = move || gone.recv();
            let ended = while_opening(&listener, status_of("r"), work);
            assert!(matches!(ended, Err(OpeningError::Stopped)));
        });
    }
}
