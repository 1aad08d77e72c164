//! Running a room: accepting connections, keeping the checkpoint's rhythm, and shutting.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use strongroom_guard::limits::CHECKPOINT_EVERY;
use strongroom_guard::{Code, Fault, Guard, Peer, Refusal};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::answer::refusal_json;
use crate::connections::Connections;
use crate::filing::Filings;
use crate::lanes::Lanes;
use crate::limits::{
    ACCEPT_PAUSE, DRAIN_WAIT, HEAD_MAX_BYTES, HEAD_WAIT, HEADERS_MAX, THREADS_MAX, WRITE_PAUSE_MAX,
};
use crate::patient::Patient;
use crate::routes::{Room, router};
use crate::socket::Listener;
use crate::witness::keep_witnesses;

/// Why serving ended other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system gave no threads, timers or sockets.
    #[error("the service cannot run: {0}")]
    System(#[from] io::Error),
    /// The last checkpoint could not be stored. What was acknowledged is safe.
    #[error("the room was shut, but its last checkpoint was not stored: {0}")]
    Shut(#[from] Fault),
}

/// Serves a room until `shutdown` ends or someone who may asks to close it. Requests that run are
/// finished, filings stop at their next commit, the last checkpoint is stored, and the socket goes.
///
/// # Errors
/// See [`ServeError`].
pub fn serve(
    guard: Guard,
    listener: Listener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_keeping(guard, listener, shutdown, |_| {})
}

/// The same, with what is to be done when the recovery shares of the house key are others than before, and
/// once at the beginning: the room's folder has them as a file, for when the house key is lost.
///
/// # Errors
/// See [`ServeError`].
pub fn serve_keeping(
    guard: Guard,
    listener: Listener,
    shutdown: impl Future<Output = ()>,
    keep: impl Fn(&str) + Send + Sync + 'static,
) -> Result<(), ServeError> {
    let runtime = runtime()?;
    let guard = Arc::new(guard);
    let served = runtime.block_on(run(Arc::clone(&guard), &listener, shutdown, Arc::new(keep)));
    // Waits for what still runs on its threads.
    drop(runtime);
    let guard = Arc::into_inner(guard).expect("whatever held the guard has ended");
    guard.shut()?;
    drop(listener);
    Ok(served?)
}

/// The threads that connections are served on.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(THREADS_MAX)
        .thread_name("strongroom")
        .build()
}

/// Ends when the process is asked to end: by an interrupt from the terminal, or by SIGTERM.
/// To be awaited where [`serve`] does.
///
/// # Panics
/// If the operating system lets no signals be heard.
pub async fn termination() {
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be heard");
    let mut interrupt = signal(SignalKind::interrupt()).expect("signals can be heard");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Keeps the house key's recovery shares where the room's folder has them.
type Keep = Arc<dyn Fn(&str) + Send + Sync>;

/// The rhythm of a room that is open.
fn tick(guard: &Guard, keep: &Keep) {
    guard.tick();
    // A store that cannot be read closes the room by itself; the shares are told at the next opening.
    if let Ok(Some(shares)) = guard.new_house_shares() {
        keep(&shares);
    }
}

async fn run(
    guard: Arc<Guard>,
    listener: &Listener,
    shutdown: impl Future<Output = ()>,
    keep: Keep,
) -> io::Result<()> {
    let listener = listener.to_tokio()?;
    let (stop, stopping) = watch::channel(false);
    let room = Room {
        guard: Arc::clone(&guard),
        lanes: Lanes::default(),
        filings: Filings::default(),
        stop: Arc::new(stop),
    };
    let stop = Arc::clone(&room.stop);
    let witnesses = tokio::spawn(keep_witnesses(Arc::clone(&guard), stopping.clone()));
    let rhythm = tokio::spawn(keep_checkpoints(guard, stopping.clone(), keep));
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(&listener, router(room), &stopping, &mut connections) => {}
        () = shutdown => {}
        () = told(stopping.clone()) => {}
    }
    drop(listener);
    stop.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN_WAIT, ended).await.is_err() {
        connections.shutdown().await;
    }
    witnesses.await.map_err(io::Error::other)?;
    rhythm.await.map_err(io::Error::other)
}

/// Ends when the room is to stop.
pub(crate) async fn told(mut stopping: watch::Receiver<bool>) {
    // Whoever could say it being gone is the same as its being said.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Has the guard sign what is durable, about once a second, on a thread that may wait for the disk.
async fn keep_checkpoints(guard: Arc<Guard>, stopping: watch::Receiver<bool>, keep: Keep) {
    let mut rhythm = interval(CHECKPOINT_EVERY);
    rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rhythm.tick() => {}
            () = told(stopping.clone()) => return,
        }
        let (guard, keep) = (Arc::clone(&guard), Arc::clone(&keep));
        let ticked = tokio::task::spawn_blocking(move || tick(&guard, &keep)).await;
        if ticked.is_err() {
            // A panic in the guard is a broken invariant.
            std::process::abort();
        }
    }
}

pub(crate) async fn accept(
    listener: &UnixListener,
    router: Router,
    stopping: &watch::Receiver<bool>,
    running: &mut JoinSet<()>,
) {
    let connections = Connections::default();
    loop {
        // Those that have ended are taken off the books.
        while running.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(peer) = stream
            .peer_cred()
            .map(|credentials| Peer(credentials.uid()))
        else {
            continue;
        };
        let Some(counted) = connections.add(peer) else {
            turn_away(&stream);
            continue;
        };
        let (router, stopping) = (router.clone(), stopping.clone());
        running.spawn(async move {
            converse(stream, peer, router, stopping).await;
            drop(counted);
        });
    }
}

/// Answers the requests of one connection.
async fn converse(stream: UnixStream, peer: Peer, router: Router, stopping: watch::Receiver<bool>) {
    let routes = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<_>| {
        request.extensions_mut().insert(peer);
        routes.call(request)
    });
    let stream = TokioIo::new(Patient::new(stream, WRITE_PAUSE_MAX));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX_BYTES)
        .serve_connection(stream, service);
    let mut connection = pin!(connection);
    // How a connection ends is its peer's affair: a fault of theirs, or of the wire.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told(stopping) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Tells a peer that there are too many connections, without waiting for it.
fn turn_away(stream: &UnixStream) {
    let json = refusal_json(
        &Refusal::new(Code::Limit, "too many connections are open")
            .hint("close some, and try again"),
    );
    let mut answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        json.len()
    )
    .into_bytes();
    answer.extend_from_slice(&json);
    // A fresh socket takes so few bytes at once; if not, the peer sees the connection close.
    let _ = stream.try_write(&answer);
}
