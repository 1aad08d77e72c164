//! A service before a room is open, or beside it: it takes shares from key holders, and knows nothing else.
//!
//! ```text
//! Gathering::new(dealt, …) ─▶ gather(&listener, gathering, shutdown) ─▶ the gathering, complete ─ finish ─▶ shares
//! ```
//!
//! It answers `GET /v1/status`, with the state `waiting` and how many shares are given, and `POST /v1/key-holder`.
//! Every other address is answered as by a closed room. When enough have been given it ends and gives the
//! gathering back; the listener is the caller's, and serves the room after.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::routing::{get, post};
use strongroom_guard::api::HolderRequest;
use strongroom_guard::{Code, Gather, Peer, Refusal};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::body;
use crate::keeping::closing;
use crate::limits::GIVE_MAX_BYTES;
use crate::serve::{runtime, serve_until, told};
use crate::socket::Listener;

/// Why nothing was gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The operating system gave no threads, timers or sockets.
    #[error("the service cannot run: {0}")]
    System(#[from] io::Error),
    /// It was told to end before enough shares were given.
    #[error("it was ended before enough shares were given; nothing was done")]
    Stopped,
}

struct Shared<G> {
    gathering: Mutex<G>,
    complete: watch::Sender<bool>,
    stop: watch::Sender<bool>,
}

impl<G> Shared<G> {
    fn gathering(&self) -> MutexGuard<'_, G> {
        self.gathering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes shares until as many are given as are needed, or until `shutdown` ends.
///
/// # Errors
/// See [`GatherError`].
pub fn gather<G: Gather>(
    listener: &Listener,
    gathering: G,
    shutdown: impl Future<Output = ()>,
) -> Result<G, GatherError> {
    let runtime = runtime()?;
    let (complete, completed) = watch::channel(gathering.is_complete());
    let (stop, stopping) = watch::channel(false);
    let shared = Arc::new(Shared {
        gathering: Mutex::new(gathering),
        complete,
        stop,
    });
    let end = async {
        tokio::select! {
            () = shutdown => {}
            () = told(completed) => {}
            () = told(stopping) => {}
        }
    };
    let ended = runtime.block_on(serve_until(listener, router(Arc::clone(&shared)), end));
    drop(runtime);
    ended?;
    let shared = Arc::into_inner(shared).expect("whatever held the gathering has ended");
    let gathering = shared
        .gathering
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if gathering.is_complete() {
        Ok(gathering)
    } else {
        Err(GatherError::Stopped)
    }
}

fn router<G: Gather>(shared: Arc<Shared<G>>) -> Router {
    Router::new()
        .route("/v1/status", get(status::<G>))
        .route("/v1/key-holder", post(key_holder::<G>))
        .route("/v1/close", post(close::<G>))
        .fallback(not_open::<G>)
        .method_not_allowed_fallback(not_open::<G>)
        .with_state(shared)
}

async fn status<G: Gather>(State(shared): State<Arc<Shared<G>>>) -> Answer {
    Answer::Status(Box::new(shared.gathering().status()))
}

async fn close<G: Gather>(
    State(shared): State<Arc<Shared<G>>>,
    Extension(peer): Extension<Peer>,
) -> Answer {
    closing(peer, &shared.stop)
}

async fn key_holder<G: Gather>(
    State(shared): State<Arc<Shared<G>>>,
    body: Body,
) -> Result<Answer, Answer> {
    let ask: HolderRequest = body::json(body, GIVE_MAX_BYTES).await?;
    // Opening a share takes a millisecond: there is no need of other threads.
    let mut gathering = shared.gathering();
    let answered = gathering.ask(&ask);
    shared.complete.send_replace(gathering.is_complete());
    Ok(answered.into())
}

async fn not_open<G: Gather>(State(shared): State<Arc<Shared<G>>>) -> Answer {
    let words = shared.gathering().waiting().words();
    Refusal::new(Code::Closed, format!("the room is not open: {words}"))
        .hint("key holders give with `strongroom key-holder give`")
        .into()
}
