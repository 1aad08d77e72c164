//! `whoami`: who asks, and what that person holds.

use strongroom_guard::api::{Request, WhoAmI};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::Session;

pub(crate) fn run(globals: &Globals) -> Result<Exit, Failure> {
    let (me, json) = Session::of(globals)?.get::<WhoAmI>(&Request::WhoAmI)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let nothing = ["nothing".to_owned()];
    let clearance = if me.clearance.is_empty() {
        &nothing
    } else {
        me.clearance.as_slice()
    };
    let screen = Screen::stdout();
    print(&format!(
        "{}\n{}{}until    {}\n",
        harmless(&me.name),
        screen.listed("roles", &me.roles),
        screen.listed("holds", clearance),
        harmless(&me.until)
    ))?;
    Ok(Exit::Done)
}
