//! Filing a file over a connection.
//!
//! The body is one line of JSON and then the file's bytes. The answer comes line by line while records go
//! in. A client that goes away, or a room that shuts, stops the filing at its next commit: whole records only.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use strongroom_guard::api::{Filing, Progress, Request};
use strongroom_guard::{IssuedCopy, Peer, Refusal};
use tokio::sync::mpsc;

use crate::answer::{Answer, LINES, answer, refusal_json};
use crate::body;
use crate::lanes::work;
use crate::limits::FILING_LINE_MAX_BYTES;
use crate::routes::{Room, token};

/// Lines that may wait for the client. The filing waits with them: it does not run ahead of who listens.
const LINES_WAITING_MAX: usize = 4;

/// What the guard has to say while it files.
enum Said {
    Progress(Progress),
    End(Result<IssuedCopy, Refusal>),
}

impl Said {
    fn line(self) -> Bytes {
        let (key, json) = match self {
            Self::Progress(progress) => (
                "progress",
                serde_json::to_vec(&progress).expect("numbers are JSON"),
            ),
            Self::End(Ok(done)) => ("done", done.into_json()),
            Self::End(Err(refusal)) => ("refused", refusal_json(&refusal)),
        };
        let mut line = format!("{{\"{key}\":").into_bytes();
        line.extend_from_slice(&json);
        line.extend_from_slice(b"}\n");
        line.into()
    }
}

pub(crate) async fn file(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Answer> {
    let token = token(&headers)?;
    // Who has no session does not get to send a file.
    let turn = room.lanes.calls.turn().await?;
    let guard = Arc::clone(&room.guard);
    let asked = token.clone();
    work(turn, move || guard.call(&asked, peer, &Request::WhoAmI)).await?;

    let turn = room.lanes.filings.turn().await?;
    let bytes = body::file(body).await?;
    let (filing, start) = first_line(&bytes)?;

    let (say, mut said) = mpsc::channel(LINES_WAITING_MAX);
    tokio::spawn(work(turn, move || {
        let stopping = room.stop.subscribe();
        let mut progress = |progress| {
            let heard = say.blocking_send(Said::Progress(progress)).is_ok();
            if heard && !*stopping.borrow() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let end = room
            .guard
            .file(&token, peer, &filing, &bytes[start..], &mut progress);
        // Nobody may be there to hear it.
        let _ = say.blocking_send(Said::End(end));
    }));
    let first = said.recv().await.expect("a filing ends with a word");
    match first {
        // Nothing is in yet: a refusal like any other.
        Said::End(Err(refusal)) => Err(refusal.into()),
        first => Ok(answer(
            StatusCode::OK,
            LINES,
            Body::new(Lines {
                first: Some(first),
                rest: said,
            }),
        )),
    }
}

/// How the file is to be filed, and where its bytes begin.
fn first_line(bytes: &[u8]) -> Result<(Filing, usize), Refusal> {
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

/// The answer to a filing, as it is said.
struct Lines {
    first: Option<Said>,
    rest: mpsc::Receiver<Said>,
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.rest.poll_recv(cx),
        };
        next.map(|said| said.map(|said| Ok(Frame::data(said.line()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filing_begins_with_its_line() {
        let line = br#"{"file":"a.txt","reason":"r","authority":"a","because":"b"}"#;
        let body = [line.as_slice(), b"\nwords\n"].concat();
        let (filing, start) = first_line(&body).unwrap();
        assert_eq!(filing.file, "a.txt");
        assert_eq!(&body[start..], b"words\n");
        assert!(first_line(line).is_err(), "no line feed");
        assert!(first_line(b"\nwords").is_err(), "an empty line");
        let long = vec![b' '; FILING_LINE_MAX_BYTES + 1];
        assert!(first_line(&[&long, b"\n".as_slice()].concat()).is_err());
    }
}
