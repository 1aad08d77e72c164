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
    let clearance = if me.clearance.is_empty() {
        "nothing".to_owned()
    } else {
        me.clearance.join(", ")
    };
    print(&format!(
        "{}\nroles    {}\nholds    {}\nuntil    {}\n",
        harmless(&me.name),
        harmless(&me.roles.join(", ")),
        harmless(&clearance),
        harmless(&me.until)
    ))?;
    Ok(Exit::Done)
}
