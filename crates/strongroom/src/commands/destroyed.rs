//! `destroyed`: what is left of a record that was destroyed, and what can still bring it back.

use std::fmt::Write as _;

use strongroom_guard::api::{Certificate, RecordRef, Request};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id};

use super::history::statement_lines;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let ask = Request::Destroyed(RecordRef {
        record: args.record.clone(),
    });
    let (certificate, json) = Session::of(globals)?.get::<Certificate>(&ask)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&certificate))?;
    }
    Ok(Exit::Done)
}

fn told(c: &Certificate) -> String {
    let mut text = String::new();
    let mut line = |what: &str, said: &str| {
        writeln!(text, "{what:<12} {}", harmless(said)).expect("strings take text");
    };
    line("destroyed", &format!("{} at {}", c.record, c.at));
    line("filed", &format!("{} by {}", c.filed_at, c.filed_by));
    if let (Some(by), Some(at)) = (&c.asked_by, &c.asked_at) {
        line("asked for", &format!("{at} by {by}"));
    }
    if !c.approved_by.is_empty() {
        line("approved by", &c.approved_by.join(", "));
    }
    for (label, said) in c.why.iter().flat_map(statement_lines) {
        line(label, &said);
    }
    if let (Some(values), Some(wraps)) = (c.values, c.wraps) {
        line(
            "deleted",
            &format!("{values} stored values and {wraps} wrapped keys, of all versions"),
        );
    }
    line("its slot", &slot(c));
    if c.backups.is_empty() {
        line("backups", "none was begun while the room had it");
    }
    for backup in &c.backups {
        line(
            "backup",
            &format!(
                "{} of {} has it; the policy keeps backups for {} days, until {}",
                backup.backup, backup.at, c.backup_days, backup.until
            ),
        );
    }
    if !c.backups.is_empty() {
        line(
            "",
            "that backups are deleted then nobody here can see; a restore with the room's anchor destroys it again",
        );
    }
    for remains in &c.remains {
        line("remains", remains);
    }
    line("receipt", &c.event);
    text
}

fn slot(c: &Certificate) -> String {
    match (c.slot.as_str(), &c.wiped_at) {
        ("wiped", Some(at)) => format!("overwritten at {at}: no copy of the store opens it any more"),
        ("due", _) => "will be overwritten when the room opens the next time".to_owned(),
        ("at-restore", _) => {
            "overwritten when the room was restored from a backup that still had it".to_owned()
        }
        _ => "none: it was filed before there were slots; what was deleted may lie in free pages of the store until they are used again"
            .to_owned(),
    }
}
