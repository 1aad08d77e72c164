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
use strongroom_guard::api::WrittenAnew;
use strongroom_guard::limits::CHECKPOINT_EVERY;
use strongroom_guard::{Code, Fault, Guard, InPlace, Intake, Peer, Refusal};
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
    ACCEPT_PAUSE, DRAIN_WAIT, ENDING_LOOK, HEAD_MAX_BYTES, HEAD_WAIT, HEADERS_MAX, THREADS_MAX,
    WRITE_PAUSE_MAX,
};
use crate::patient::Patient;
use crate::routes::{Room, router};
use crate::socket::Listener;
use crate::watch::watch_over;
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
    /// Nothing more can be stored, nor waited for.
    #[error(
        "the room was ended while its disk did not answer; what was acknowledged is safe, the next opening reads what is there"
    )]
    Hanging,
}

/// Serves a room until `shutdown` ends or someone who may asks to close it. Requests that run are
/// finished, filings stop at their next commit, the last checkpoint is stored, and the socket goes. Formats that are read
/// by a confined process alone are refused.
///
/// # Errors
/// See [`ServeError`].
pub fn serve(
    guard: Guard,
    listener: Listener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_telling(guard, listener, Arc::new(InPlace), shutdown, |_| {})
}

/// What whoever runs the room is told while it is served.
#[derive(Debug)]
pub enum Word {
    /// Something waits for this account to decide on it.
    Waits(String),
    /// The house key's recovery shares, at the beginning and when they are others than before: the room's folder has
    /// them as a file, for when the house key is lost.
    HouseShares(String),
    /// The room closed by itself: why, and what to do.
    Closed(Refusal),
    /// It opened again by itself.
    Opened,
    /// The ledger folder did not hold what was published there, and is written anew.
    FolderWrittenAnew(WrittenAnew),
}

/// The same of a guard whose files `intake` reads, and tells what happens to the room.
///
/// # Errors
/// See [`ServeError`].
pub fn serve_telling(
    guard: Guard,
    listener: Listener,
    intake: Arc<dyn Intake>,
    shutdown: impl Future<Output = ()>,
    tell: impl Fn(Word) + Send + Sync + 'static,
) -> Result<(), ServeError> {
    let runtime = runtime()?;
    let guard = Arc::new(guard);
    let tell: Tell = Arc::new(tell);
    let served = runtime.block_on(run(
        Arc::clone(&guard),
        &listener,
        intake,
        shutdown,
        Arc::clone(&tell),
    ));
    // Waits for what still runs on its threads; but for none that waits for a disk that hangs.
    let ended = runtime.block_on(while_it_answers(&guard, async {
        while Arc::strong_count(&guard) > 1 {
            sleep(ENDING_LOOK).await;
        }
    }));
    if ended.is_none() {
        runtime.shutdown_background();
        // To drop it would be to wait as well.
        std::mem::forget(guard);
        return Err(ServeError::Hanging);
    }
    drop(runtime);
    let guard = Arc::into_inner(guard).expect("whatever held the guard has ended");
    // What came about since the last tick.
    tell_new_shares(&guard, &tell);
    guard.shut()?;
    drop(listener);
    Ok(served?)
}

/// Waits for something, unless the room's disk hangs.
async fn while_it_answers<T>(guard: &Guard, what: impl Future<Output = T>) -> Option<T> {
    let hangs = async {
        while !guard.hangs() {
            sleep(ENDING_LOOK).await;
        }
    };
    // What has ended has ended, even if the disk hangs by now.
    tokio::select! {
        biased;
        done = what => (!guard.hangs()).then_some(done),
        () = hangs => None,
    }
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

/// Tells whoever runs the room.
pub(crate) type Tell = Arc<dyn Fn(Word) + Send + Sync>;

/// The rhythm of a room that is open.
fn tick(guard: &Guard, tell: &Tell) {
    // Before the checkpoint, which then covers it. Why it fails is why the room is closed.
    let _ = guard.take_disclosures();
    guard.tick();
    guard
        .called()
        .into_iter()
        .for_each(|name| tell(Word::Waits(name)));
    tell_new_shares(guard, tell);
}

fn tell_new_shares(guard: &Guard, tell: &Tell) {
    // A store that cannot be read closes the room by itself; the shares are told at the next opening.
    if let Ok(Some(shares)) = guard.new_house_shares() {
        tell(Word::HouseShares(shares));
    }
}

async fn run(
    guard: Arc<Guard>,
    listener: &Listener,
    intake: Arc<dyn Intake>,
    shutdown: impl Future<Output = ()>,
    tell: Tell,
) -> io::Result<()> {
    let listener = listener.to_tokio()?;
    let (stop, stopping) = watch::channel(false);
    let room = Room {
        guard: Arc::clone(&guard),
        lanes: Lanes::default(),
        filings: Filings::default(),
        intake,
        stop: Arc::new(stop),
    };
    let stop = Arc::clone(&room.stop);
    let witnesses = tokio::spawn(keep_witnesses(Arc::clone(&guard), stopping.clone()));
    let watching = tokio::spawn(watch_over(
        Arc::clone(&guard),
        stopping.clone(),
        Arc::clone(&tell),
    ));
    let rhythm = tokio::spawn(keep_checkpoints(Arc::clone(&guard), stopping.clone(), tell));
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
    let ended = async {
        watching.await.map_err(io::Error::other)?;
        witnesses.await.map_err(io::Error::other)?;
        rhythm.await.map_err(io::Error::other)
    };
    while_it_answers(&guard, ended).await.unwrap_or(Ok(()))
}

/// Serves before a room is open, until something has come about.
pub(crate) async fn serve_until(
    listener: &Listener,
    router: Router,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = listener.to_tokio()?;
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(&listener, router, &stopping, &mut connections) => {}
        () = end => {}
    }
    stop.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN_WAIT, ended).await.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

/// Ends when the room is to stop.
pub(crate) async fn told(mut stopping: watch::Receiver<bool>) {
    // Whoever could say it being gone is the same as its being said.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Has the guard sign what is durable, about once a second, on a thread that may wait for the disk.
async fn keep_checkpoints(guard: Arc<Guard>, stopping: watch::Receiver<bool>, tell: Tell) {
    let mut rhythm = interval(CHECKPOINT_EVERY);
    rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rhythm.tick() => {}
            () = told(stopping.clone()) => return,
        }
        let (guard, tell) = (Arc::clone(&guard), Arc::clone(&tell));
        let ticked = tokio::task::spawn_blocking(move || tick(&guard, &tell)).await;
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
