//! An answer that comes line by line while the guard works: how far it has come, and how it ended.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::response::Response;
use hyper::body::Frame;
use serde::Serialize;
use strongroom_guard::{IssuedCopy, Refusal};
use tokio::sync::mpsc;

use crate::answer::{Answer, LINES, answer, refusal_json};

/// Lines that may wait for the client. The work waits with them: it does not run ahead of who listens.
const LINES_WAITING_MAX: usize = 4;

/// What the guard has to say while it works.
pub(crate) enum Said<P> {
    Progress(P),
    End(Result<IssuedCopy, Refusal>),
}

/// What is said and what is heard.
pub(crate) fn channel<P>() -> (mpsc::Sender<Said<P>>, mpsc::Receiver<Said<P>>) {
    mpsc::channel(LINES_WAITING_MAX)
}

/// The answer to work that has begun. What is refused before anything was done is refused like any other.
pub(crate) async fn told<P: Serialize + Send + Unpin + 'static>(
    mut said: mpsc::Receiver<Said<P>>,
) -> Result<Response, Answer> {
    match said.recv().await.expect("work ends with a word") {
        Said::End(Err(refusal)) => Err(refusal.into()),
        first => {
            let lines = Lines {
                first: Some(first),
                rest: said,
            };
            Ok(answer(StatusCode::OK, LINES, Body::new(lines)))
        }
    }
}

impl<P: Serialize> Said<P> {
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

/// The answer, as it is said.
struct Lines<P> {
    first: Option<Said<P>>,
    rest: mpsc::Receiver<Said<P>>,
}

impl<P: Serialize + Unpin> HttpBody for Lines<P> {
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
