//! `status`: how the room is. Needs no session.

use crate::cli::Globals;
use crate::client::Client;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};

pub(crate) fn run(globals: &Globals) -> Result<Exit, Failure> {
    let (status, json) = Client::of(&globals.room()?)?.status()?;
    let exit = if status.because.is_none() {
        Exit::Done
    } else {
        Exit::Closed
    };
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(exit);
    }
    let because = status
        .because
        .as_deref()
        .map_or_else(String::new, |b| format!(": {}", harmless(b)));
    let outside = status.outside.map_or_else(String::new, |outside| {
        let line = |name: &str, entries: Option<u64>| {
            entries.map_or_else(String::new, |n| format!("{name} {n} entries\n"))
        };
        let mut text = match outside.folder {
            None => "folder   nothing in it yet\n".to_owned(),
            written => line("folder  ", written),
        };
        text += &line("anchor  ", outside.anchor);
        if let Some(anew) = &outside.written_anew {
            text += &format!(
                "  {}: the folder {}, and was written anew\n",
                harmless(&anew.at),
                harmless(&anew.why)
            );
        }
        if !outside.witnesses.is_empty() {
            let vouched = outside.witnessed.map_or_else(
                || "not yet vouched for as the policy asks".to_owned(),
                |n| format!("{n} entries vouched for as the policy asks"),
            );
            text += &format!("witness  {vouched}\n");
        }
        for witness in &outside.witnesses {
            let entries = witness.entries.map(|n| format!("{n} entries"));
            let says = [entries, witness.trouble.clone()].into_iter().flatten();
            let mut says = says.collect::<Vec<_>>().join("; ");
            if says.is_empty() {
                "not asked yet".clone_into(&mut says);
            }
            text += &format!(
                "         {}: {}\n",
                harmless(&witness.name),
                harmless(&says)
            );
        }
        text
    });
    let remedy = status.remedy.as_deref().map_or_else(String::new, |remedy| {
        format!("do       {}\n", harmless(remedy))
    });
    // Of a room that is not open yet nothing more is known.
    let of_ledger = if status.policy.is_empty() {
        String::new()
    } else {
        let read = match status.read_anew {
            None => "all of them read by this guard".to_owned(),
            Some(read) => format!(
                "{read} of them read anew so far; the room was opened from the state that was kept before"
            ),
        };
        format!(
            "policy   {}\nledger   {} entries, {read}\n",
            harmless(&status.policy),
            status.entries
        )
    };
    let check = status.last_check.map_or_else(String::new, |check| {
        let found = match (check.findings, check.whole) {
            (0, true) => "sound".to_owned(),
            (0, false) => "nothing found, but not everything was checked".to_owned(),
            (n, _) => format!("{n} found; `strongroom check` names them"),
        };
        format!("check    {}: {found}\n", harmless(&check.at))
    });
    print(&format!(
        "{}{because}\n{remedy}room     {}\n{of_ledger}{check}{outside}",
        harmless(&status.state),
        harmless(&status.room),
    ))?;
    Ok(exit)
}
