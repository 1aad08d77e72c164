//! What the machine's operator asks for: a check of everything stored, and backups.
//!
//! No session goes with it. Who may is the account that the guard itself runs under, or root, as the kernel
//! says of the socket. The answer comes line by line; a client that goes away stops the work.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use strongroom_guard::api::{BackupAsk, CheckAsk, CheckProgress};
use strongroom_guard::{Peer, Refusal};
use tokio::sync::{mpsc, watch};

use crate::answer::{Answer, answer};
use crate::body;
use crate::lanes::work;
use crate::limits::{CHECK_ASK_MAX_BYTES, SMALL_MAX_BYTES};
use crate::lines::{Said, channel, told};
use crate::routes::Room;

/// How often a check tells how far it has come: as often as people look.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// The account that this process runs under.
pub(crate) fn own() -> Peer {
    Peer(rustix::process::geteuid().as_raw())
}

/// Has a room end, in whatever state it is, for the machine's operator: who could end the process as well.
pub(crate) fn closing(peer: Peer, stop: &watch::Sender<bool>) -> Answer {
    match peer.must_operate(own()) {
        Ok(()) => {
            stop.send_replace(true);
            Answer::Done
        }
        Err(refusal) => refusal.into(),
    }
}

/// Ends the room that is served.
pub(crate) async fn close(State(room): State<Room>, Extension(peer): Extension<Peer>) -> Answer {
    closing(peer, &room.stop)
}

/// Walks everything stored.
pub(crate) async fn check(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Answer> {
    let ask: CheckAsk = body::json(body, CHECK_ASK_MAX_BYTES).await?;
    let turn = room.lanes.checks.turn_also_when_closed().await?;
    let (say, said) = channel();
    tokio::spawn(work(turn, move || {
        let stopping = room.stop.subscribe();
        let mut next = Instant::now();
        let mut progress = |progress: CheckProgress| {
            if *stopping.borrow() || say.is_closed() {
                return ControlFlow::Break(());
            }
            if Instant::now() >= next {
                next = Instant::now() + TELL_EVERY;
                // Whoever does not read is waited for no longer than for anyone else; then it is closed.
                let _ = say.blocking_send(Said::Progress(progress));
            }
            ControlFlow::Continue(())
        };
        let end = room.guard.check(peer, own(), &ask, &mut progress);
        // Nobody may be there to hear it.
        let _ = say.blocking_send(Said::End(end));
    }));
    told(said).await
}

/// The type of a backup.
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Pieces of a backup that may wait for the client: the guard waits with them.
const PIECES_WAITING_MAX: usize = 4;

/// What comes of a backup.
enum Piece {
    Bytes(Bytes),
    /// It ended; what came before is whole only if nothing went wrong.
    End(Result<(), Refusal>),
}

/// Backs the room up, to whoever listens.
pub(crate) async fn backup(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Answer> {
    let ask: BackupAsk = body::json(body, SMALL_MAX_BYTES).await?;
    let turn = room.lanes.backups.turn(&room.guard).await?;
    let (say, mut said) = mpsc::channel(PIECES_WAITING_MAX);
    tokio::spawn(work(turn, move || {
        let mut out = Pieces(say.clone());
        let end = room.guard.backup(peer, own(), &ask, &mut out);
        // Nobody may be there to hear it.
        let _ = say.blocking_send(Piece::End(end));
    }));
    match said.recv().await.expect("a backup ends with a word") {
        Piece::End(Err(refusal)) => Err(refusal.into()),
        first => {
            let stream = Stream {
                first: Some(first),
                rest: said,
            };
            Ok(answer(StatusCode::OK, BYTES, Body::new(stream)))
        }
    }
}

/// Takes what the guard writes. It fails when nobody listens any more.
struct Pieces(mpsc::Sender<Piece>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Piece::Bytes(Bytes::copy_from_slice(bytes));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes it any more");
        self.0.blocking_send(piece).map_err(gone)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The body of a backup. What broke off ends in an error, so that the client sees no end of the body.
struct Stream {
    first: Option<Piece>,
    rest: mpsc::Receiver<Piece>,
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let next = match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.rest.poll_recv(cx),
        };
        next.map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End(Ok(()))) => None,
            Some(Piece::End(Err(refusal))) => Some(Err(refusal)),
            None => Some(Err(Refusal::invalid("the backup broke off"))),
        })
    }
}
