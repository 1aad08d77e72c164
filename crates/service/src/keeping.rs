//! What the machine's operator asks for: a check of everything stored.
//!
//! No session goes with it. Who may is the account that the guard itself runs under, or root, as the kernel
//! says of the socket. The answer comes line by line; a client that goes away stops the work.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use axum::extract::{Extension, State};
use axum::response::Response;
use strongroom_guard::Peer;
use strongroom_guard::api::CheckProgress;

use crate::answer::Answer;
use crate::lanes::work;
use crate::lines::{Said, channel, told};
use crate::routes::Room;

/// How often a check tells how far it has come: as often as people look.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// The account that this process runs under.
pub(crate) fn own() -> Peer {
    Peer(rustix::process::geteuid().as_raw())
}

/// Walks everything stored.
pub(crate) async fn check(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
) -> Result<Response, Answer> {
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
        let end = room.guard.check(peer, own(), &mut progress);
        // Nobody may be there to hear it.
        let _ = say.blocking_send(Said::End(end));
    }));
    told(said).await
}
