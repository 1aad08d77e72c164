//! A witness that answers.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use strongroom_record::Clock;
use strongroom_tlog::checkpoint::{Origin, SignedCheckpoint, UnixSeconds};
use strongroom_tlog::witness::{
    ADD_CHECKPOINT_PATH, AddCheckpoint, Answer, Decision, MAX_REQUEST_BYTES, Witness,
    WitnessMemory, checkpoint_path,
};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::body;
use crate::lanes::end_on_panic;
use crate::limits::{
    ACCEPT_PAUSE, DRAIN_WAIT, HEAD_MAX_BYTES, HEAD_WAIT, HEADERS_MAX, WITNESS_CONNECTIONS_MAX,
    WITNESS_LIFE_MAX, WRITE_PAUSE_MAX,
};
use crate::patient::Patient;
use crate::serve::{runtime, told};

/// Where a witness keeps what it remembers, and the checkpoints that it shows.
pub trait WitnessBooks: WitnessMemory<Error: std::fmt::Display> + Send + 'static {
    /// Hands over the checkpoint whose head may be remembered next. [`WitnessMemory::persist`] keeps it before
    /// the head, so that whatever is remembered can be shown.
    fn propose(&mut self, checkpoint: &SignedCheckpoint);
    /// Keeps a checkpoint with more signatures, in place of the one of the same head.
    ///
    /// # Errors
    /// As for [`WitnessMemory::persist`].
    fn keep(&mut self, checkpoint: &SignedCheckpoint) -> Result<(), Self::Error>;
    /// The checkpoint that was kept last of a log.
    ///
    /// # Errors
    /// As for [`WitnessMemory::recall`].
    fn kept(&self, origin: &Origin) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// Serves a witness until `shutdown` ends.
///
/// Requests are decided one after the other: of two that go on from the same head one finds it changed.
///
/// # Errors
/// The operating system gives no threads, timers or sockets.
pub fn serve_witness<B: WitnessBooks>(
    witness: Witness,
    books: B,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let office = Office {
        desk: Arc::new(Mutex::new(Desk { witness, books })),
        clock,
    };
    let router = Router::new()
        .route(ADD_CHECKPOINT_PATH, post(add_checkpoint::<B>))
        .route("/logs/{id}/checkpoint", get(checkpoint::<B>))
        .with_state(office);
    let runtime = runtime()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (stop, stopping) = watch::channel(false);
        let mut running = JoinSet::new();
        tokio::select! {
            () = accept(&listener, router, &stopping, &mut running) => {}
            () = shutdown => {}
        }
        drop(listener);
        stop.send_replace(true);
        let ended = async { while running.join_next().await.is_some() {} };
        if timeout(DRAIN_WAIT, ended).await.is_err() {
            running.shutdown().await;
        }
        Ok(())
    })
}

struct Desk<B> {
    witness: Witness,
    books: B,
}

struct Office<B> {
    desk: Arc<Mutex<Desk<B>>>,
    clock: Arc<dyn Clock>,
}

impl<B> Clone for Office<B> {
    fn clone(&self) -> Self {
        Self {
            desk: Arc::clone(&self.desk),
            clock: Arc::clone(&self.clock),
        }
    }
}

async fn add_checkpoint<B: WitnessBooks>(State(office): State<Office<B>>, body: Body) -> Response {
    let body = match body::whole(body, MAX_REQUEST_BYTES).await {
        Ok(body) => body,
        Err(refusal) => return said(StatusCode::BAD_REQUEST, TEXT, refusal.message),
    };
    let decided = tokio::task::spawn_blocking(move || {
        let _ends = end_on_panic();
        let seconds = office.clock.now().millis() / 1000;
        let now = UnixSeconds::new(seconds).unwrap_or(UnixSeconds::MAX);
        let mut desk = office.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.answer(&body, now)
    });
    match decided.await {
        Ok(Ok(answer)) => {
            let status = StatusCode::from_u16(answer.status()).expect("a status of HTTP");
            let kind = HeaderValue::from_static(answer.content_type());
            said(status, kind, answer.body())
        }
        // Its own fault: what it is, is for whoever runs the witness.
        Ok(Err(fault)) => {
            log(&fault);
            let words = "the witness failed; it vouched for nothing\n".to_owned();
            said(StatusCode::INTERNAL_SERVER_ERROR, TEXT, words)
        }
        Err(_) => std::process::abort(),
    }
}

async fn checkpoint<B: WitnessBooks>(
    State(office): State<Office<B>>,
    Path(id): Path<String>,
) -> Response {
    let none = || {
        said(
            StatusCode::NOT_FOUND,
            TEXT,
            "nothing was vouched for\n".to_owned(),
        )
    };
    let found = tokio::task::spawn_blocking(move || {
        let desk = office.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let path = format!("/logs/{id}/checkpoint");
        let mut logs = desk.witness.logs();
        let log = logs.find(|log| checkpoint_path(log.origin()) == path)?;
        desk.books.kept(log.origin()).ok().flatten()
    });
    match found.await {
        Ok(Some(bytes)) => (StatusCode::OK, [(header::CONTENT_TYPE, TEXT)], bytes).into_response(),
        Ok(None) => none(),
        Err(_) => std::process::abort(),
    }
}

impl<B: WitnessBooks> Desk<B> {
    /// Decides, remembers, and only then vouches.
    fn answer(&mut self, body: &[u8], now: UnixSeconds) -> Result<Answer, String> {
        let request = match AddCheckpoint::from_bytes(body) {
            Ok(request) => request,
            Err(fault) => return Ok(Answer::BadRequest(fault.to_string())),
        };
        let asked = request.checkpoint();
        self.books.propose(asked);
        let answer = match self.witness.decide(&mut self.books, &request, now) {
            Ok(Decision::Refused(answer)) => {
                // What anyone can send is not written down; this the log itself signed.
                if let Answer::BadProof(why) = &answer {
                    log(&format!("did not vouch for {}: {why}", called(asked)));
                }
                return Ok(answer);
            }
            Ok(Decision::Vouch(pending)) => pending.persist(),
            Err(fault) => Err(fault),
        };
        let answer = answer.map_err(|fault| fault.to_string())?;
        if let Answer::Cosigned(lines) = &answer {
            let keys = self.witness.cosigner().keys();
            let with = asked.with_cosignatures(lines.as_bytes(), keys);
            // Without its own cosignatures it shows as much: the log's signatures count.
            if let Ok((with, _)) = with {
                self.books.keep(&with).map_err(|e| e.to_string())?;
            }
            log(&format!(
                "vouched for {} at {}",
                called(asked),
                now.to_utc()
            ));
        }
        Ok(answer)
    }
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

fn said(status: StatusCode, kind: HeaderValue, words: String) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], words).into_response()
}

/// What a checkpoint says that it is of.
fn called(checkpoint: &SignedCheckpoint) -> String {
    format!(
        "{}, {} entries",
        checkpoint.claimed_origin(),
        checkpoint.claimed_size()
    )
}

/// Says on standard error, for whoever runs the witness, what it did and what went wrong.
fn log(what: &str) {
    // There is nowhere to complain if standard error is gone.
    let _ = io::Write::write_all(
        &mut io::stderr(),
        format!("strongroom: {what}\n").as_bytes(),
    );
}

async fn accept(
    listener: &tokio::net::TcpListener,
    router: Router,
    stopping: &watch::Receiver<bool>,
    running: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(WITNESS_CONNECTIONS_MAX));
    loop {
        while running.try_join_next().is_some() {}
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("places are never closed");
        let Ok((stream, _)) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (router, stopping) = (router.clone(), stopping.clone());
        running.spawn(async move {
            converse(stream, router, stopping, WITNESS_LIFE_MAX).await;
            drop(place);
        });
    }
}

/// Answers the requests of one connection, which lives so long at most: nobody keeps the others out.
async fn converse(
    stream: TcpStream,
    router: Router,
    stopping: watch::Receiver<bool>,
    life: Duration,
) {
    let stream = TokioIo::new(Patient::new(stream, WRITE_PAUSE_MAX));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX_BYTES)
        .serve_connection(stream, TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = sleep(life) => {}
        () = told(stopping) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
