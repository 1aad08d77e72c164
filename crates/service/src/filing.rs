//! Filing a file over a connection.
//!
//! The body is one line of JSON and then the file's bytes. The answer comes line by line while records go
//! in. A client that goes away or asks to stop, or a room that shuts, stops the filing at its next commit:
//! whole records only. A client that asks, by the request id that it chose, still hears what is in.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use strongroom_guard::api::{Filing, RecordingAsk, Request};
use strongroom_guard::{Code, Peer, Refusal, Token};

use crate::answer::Answer;
use crate::body;
use crate::lanes::{Turn, work};
use crate::limits::{FILING_LINE_MAX_BYTES, SMALL_MAX_BYTES};
use crate::lines::{Said, channel, told};
use crate::routes::{Room, token};

/// Whose a filing is, and the request id that it was given.
type Key = (Peer, String);

/// The filings that run, each with the word to stop.
#[derive(Clone, Default)]
pub(crate) struct Filings(Arc<Mutex<HashMap<Key, Arc<AtomicBool>>>>);

impl Filings {
    fn table(&self) -> MutexGuard<'_, HashMap<Key, Arc<AtomicBool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Notes that a filing runs. One without a request id can be stopped only by going away.
    fn begin(&self, peer: Peer, request: Option<&str>) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let key = request.map(|id| (peer, id.to_owned()));
        if let Some(key) = &key {
            self.table().insert(key.clone(), Arc::clone(&stop));
        }
        Running {
            among: self.clone(),
            key,
            stop,
        }
    }
    /// Has a filing of a peer stop; says whether it runs.
    fn stop(&self, peer: Peer, request: String) -> bool {
        let running = self.table().get(&(peer, request)).cloned();
        running.is_some_and(|stop| {
            stop.store(true, Ordering::Release);
            true
        })
    }
}

/// A filing that runs, until it is dropped.
struct Running {
    among: Filings,
    key: Option<Key>,
    stop: Arc<AtomicBool>,
}

impl Running {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            let mut table = self.among.table();
            // Another filing may have come under the same id meanwhile.
            if table.get(key).is_some_and(|s| Arc::ptr_eq(s, &self.stop)) {
                table.remove(key);
            }
        }
    }
}

/// Names the filing that is to stop.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    request: String,
}

/// Stops a filing of the same account of the machine.
pub(crate) async fn stop(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<StatusCode, Answer> {
    let ask: Stop = body::json(body, SMALL_MAX_BYTES).await?;
    if room.filings.stop(peer, ask.request) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::new(
            Code::NotFound,
            "no filing of yours runs under this request id",
        )
        .into())
    }
}

pub(crate) async fn file(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Answer> {
    let (token, turn) = may_send(&room, peer, &headers).await?;
    let bytes = body::file(body).await?;
    let (filing, start) = first_line::<Filing>(&bytes)?;

    let (say, said) = channel();
    tokio::spawn(work(turn, move || {
        let stopping = room.stop.subscribe();
        let running = room.filings.begin(peer, filing.request.as_deref());
        let mut progress = |progress| {
            let heard = say.blocking_send(Said::Progress(progress)).is_ok();
            if heard && !running.is_stopped() && !*stopping.borrow() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let (intake, file) = (&*room.intake, &bytes[start..]);
        let end = room
            .guard
            .file_read_by(intake, &token, peer, &filing, file, &mut progress);
        drop(running);
        // Nobody may be there to hear it.
        let _ = say.blocking_send(Said::End(end));
    }));
    told(said).await
}

/// Takes the next pieces of a recording: a line of JSON, and then the bytes. A client that is interrupted asks how many
/// are in, and goes on behind them.
pub(crate) async fn recording(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    let (token, turn) = may_send(&room, peer, &headers).await?;
    let bytes = body::pieces(body).await?;
    let (ask, start) = first_line::<RecordingAsk>(&bytes)?;
    let guard = Arc::clone(&room.guard);
    let taken = work(turn, move || {
        guard.recording(&token, peer, &ask, &bytes[start..])
    });
    Ok(taken.await.into())
}

/// A turn to send what is long: who has no session gets none.
async fn may_send(room: &Room, peer: Peer, headers: &HeaderMap) -> Result<(Token, Turn), Answer> {
    let token = token(headers)?;
    let turn = room.lanes.calls.turn(&room.guard).await?;
    let guard = Arc::clone(&room.guard);
    let asked = token.clone();
    work(turn, move || guard.call(&asked, peer, &Request::WhoAmI)).await?;
    Ok((token, room.lanes.filings.turn(&room.guard).await?))
}

/// How what follows is to be filed, and where its bytes begin.
fn first_line<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), Refusal> {
    let end = bytes
        .iter()
        .take(FILING_LINE_MAX_BYTES)
        .position(|&b| b == b'\n')
        .ok_or_else(|| {
            Refusal::invalid(format!(
                "a filing begins with a line of JSON of at most {FILING_LINE_MAX_BYTES} bytes; the file follows it"
            ))
            .hint("docs/api.md describes it")
        })?;
    Ok((body::parse(&bytes[..end])?, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filing_is_stopped_by_its_own_account_alone() {
        let filings = Filings::default();
        let running = filings.begin(Peer(1), Some("id"));
        assert!(!filings.stop(Peer(2), "id".to_owned()));
        assert!(!filings.stop(Peer(1), "other".to_owned()));
        assert!(!running.is_stopped());
        assert!(filings.stop(Peer(1), "id".to_owned()));
        assert!(running.is_stopped());
        drop(running);
        assert!(!filings.stop(Peer(1), "id".to_owned()));
        assert!(filings.table().is_empty());
    }

    #[test]
    fn a_filing_begins_with_its_line() {
        let line = br#"{"file":"a.txt","reason":"r","authority":"a","because":"b"}"#;
        let body = [line.as_slice(), b"\nwords\n"].concat();
        let (filing, start) = first_line::<Filing>(&body).unwrap();
        assert_eq!(filing.file, "a.txt");
        assert_eq!(&body[start..], b"words\n");
        assert!(first_line::<Filing>(line).is_err(), "no line feed");
        assert!(first_line::<Filing>(b"\nwords").is_err(), "an empty line");
        let long = vec![b' '; FILING_LINE_MAX_BYTES + 1];
        assert!(first_line::<Filing>(&[&long, b"\n".as_slice()].concat()).is_err());
    }
}
