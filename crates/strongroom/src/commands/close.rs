//! `close`: has the guard end, in whatever state the room is.

use std::thread::sleep;
use std::time::{Duration, Instant};

use strongroom_guard::api::Request;
use strongroom_service::limits::DRAIN_WAIT;

use crate::cli::Globals;
use crate::client::Client;
use crate::outcome::{Exit, Failure};
use crate::screen::print;
use crate::session::Session;

/// How long the last checkpoint may take after the last request.
const CHECKPOINT_WAIT: Duration = Duration::from_secs(10);

const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(crate) fn run(globals: &Globals) -> Result<Exit, Failure> {
    let room = globals.room()?;
    let socket = room.socket();
    let client = Client::of(&room)?;
    let (status, _) = client.status()?;
    if status.because.is_some() {
        // No session can be shown to a room that is not open: whoever runs the guard ends it.
        client.ask("/v1/close", None, &())?;
    } else {
        Session::of(globals)?.ask(&Request::Close)?;
    }
    // The guard takes its socket away when all is stored.
    let until = Instant::now() + DRAIN_WAIT + CHECKPOINT_WAIT;
    while socket.exists() {
        if Instant::now() > until {
            return Err(Failure::new(
                Exit::Machine,
                "the guard was told to close and is still busy",
            )
            .hint("`strongroom status` tells when it is gone"));
        }
        sleep(LOOK_EVERY);
    }
    print("closed\n")?;
    Ok(Exit::Done)
}
