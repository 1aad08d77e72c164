//! `check`: walks everything that a room stores, and names what is not as it must be.
//!
//! Where a guard runs it does the walking, for the machine's operator alone. Where none runs, this process
//! opens the store itself, so that a room that refuses to open can be looked at too.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use strongroom_guard::api::{CheckAsk, CheckProgress, Checked, Finding, HeadSeen, SeenBy};
use strongroom_guard::{Environment, Refusal, check_offline, head_in_anchor, room_in};
use strongroom_vault::folder::{Audience, DiskFiles, FolderError, HeadFile, LedgerFolder};
use strongroom_vault::{Spool, Vault};

use crate::cli::Globals;
use crate::client::Client;
use crate::commands::open::{house_key, no_store, not_opened};
use crate::heads::Heads;
use crate::outcome::{Exit, Failure};
use crate::room::Room;
use crate::screen::{Screen, count, harmless, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The house key's file, if it is not in the room's folder; needed only where no guard runs
    #[arg(long, value_name = "FILE")]
    house_key: Option<PathBuf>,
    /// Compares the store with the head in this file too, as `open --anchor` does
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let room = globals.room()?;
    let client = Client::of(&room)?;
    let bar = Bar::new();
    let checked = if client.is_answered() {
        online(&client, args, &bar)?
    } else {
        offline(&room, args, &bar)?
    };
    bar.0.finish_and_clear();
    if globals.json {
        let json = serde_json::to_vec(&checked).expect("words and numbers are JSON");
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&checked))?;
    }
    Ok(if checked.is_sound() {
        Exit::Done
    } else {
        Exit::Unfit
    })
}

/// A line of the guard's answer.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Progress(CheckProgress),
    Done(Box<Checked>),
    Refused(Refusal),
}

fn online(client: &Client, args: &Args, bar: &Bar) -> Result<Checked, Failure> {
    let (status, _) = client.status()?;
    let ask = CheckAsk {
        heads: seen(&status.room, args)?,
    };
    let ask = serde_json::to_vec(&ask).expect("words are JSON");
    let mut end = None;
    client.lines("/v1/check", ask, |line| {
        match crate::client::read::<Line>(line)? {
            Line::Progress(progress) => bar.show(progress),
            Line::Done(checked) => end = Some(*checked),
            Line::Refused(refusal) => return Err(refusal.into()),
        }
        Ok(())
    })?;
    end.ok_or_else(|| {
        Failure::new(Exit::Closed, "the guard ended before the check did")
            .hint("run it again; `strongroom status` tells how the room is")
    })
}

fn offline(room: &Room, args: &Args, bar: &Bar) -> Result<Checked, Failure> {
    // Also where the folder may be entered, and a guard's socket was out of reach.
    if !room.is_founded() {
        return Err(room.missing());
    }
    let env = Environment::real();
    let house = house_key(room, args.house_key.as_ref(), &env)?;
    let vault = Vault::open(room.store()).map_err(|e| no_store(room, &e))?;
    let id = room_in(&vault).map_err(|e| not_opened(&e))?;
    let mut heads = seen(&id.to_string(), args)?;
    let folder = published(room)?;
    let none = folder.is_none();
    heads.extend(folder);
    let mut progress = |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    };
    // One that is not there is not made by a check.
    let path = room.disclosures();
    let spool = path.exists().then(|| Spool::open(&path).ok()).flatten();
    let mut checked = check_offline(vault, house, &env, &heads, spool.as_ref(), &mut progress)
        .map_err(|e| not_opened(&e))?;
    if none {
        checked.not_checked.push(format!(
            "the ledger folder: nothing is published in {}",
            room.ledger().display()
        ));
    }
    Ok(checked)
}

/// The heads that this account and the anchor have seen.
fn seen(room: &str, args: &Args) -> Result<Vec<HeadSeen>, Failure> {
    let mut heads = Vec::new();
    heads.extend(Heads::seen_of(room)?);
    if let Some(file) = &args.anchor {
        let failed = |e: FolderError| Failure::new(Exit::Machine, e.to_string());
        let bytes = HeadFile::open(file).and_then(|anchor| anchor.read());
        let bytes = bytes.map_err(failed)?.ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                format!("there is no anchor in {}", file.display()),
            )
        })?;
        heads.push(HeadSeen {
            by: SeenBy::Anchor,
            checkpoint: head_in_anchor(&bytes),
        });
    }
    Ok(heads)
}

/// The head in the ledger folder, which is left as it is.
fn published(room: &Room) -> Result<Option<HeadSeen>, Failure> {
    let folder = match DiskFiles::open(&room.ledger(), Audience::Everyone) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Failure::file("open", &room.ledger(), &e)),
        Ok(files) => LedgerFolder::over(files),
    };
    // What is too long to be a checkpoint is none.
    let bytes = match folder.published() {
        Err(FolderError::TooLarge { .. }) => Some(Vec::new()),
        Err(e) => return Err(Failure::new(Exit::Machine, e.to_string())),
        Ok(bytes) => bytes,
    };
    Ok(bytes.map(|bytes| HeadSeen {
        by: SeenBy::Folder,
        checkpoint: String::from_utf8_lossy(&bytes).into_owned(),
    }))
}

/// How far it has come, for people.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
                .expect("the template is well-formed")
                .progress_chars("=> "),
        );
        bar.set_prefix("check");
        Self(bar)
    }
    fn show(&self, progress: CheckProgress) {
        self.0.set_length(progress.of);
        self.0.set_position(progress.done);
        if progress.findings > 0 {
            self.0.set_message(format!("{} found", progress.findings));
        }
    }
}

/// What people are told.
fn told(checked: &Checked) -> String {
    let mut text = format!(
        "{} entries of the ledger and {} rows, {} bytes, were walked.\n",
        checked.entries, checked.rows, checked.bytes
    );
    writeln!(
        text,
        "{} compared portion by portion with what was filed; {} under restrictions, of which is seen only\nthat they open at their place with the house key.",
        count(saturated(checked.values_to_the_portion), "stored value"),
        checked.values_under_layers,
    )
    .expect("strings take text");
    if checked.left_over > 0 {
        writeln!(
            text,
            "Key boxes that interrupted filings left unused: {}; nothing is lost by that.",
            checked.left_over
        )
        .expect("strings take text");
    }
    for finding in &checked.findings {
        text += &told_of(finding);
    }
    let kept = checked.findings.len() as u64;
    let all = checked.damaged + checked.missing + checked.orphaned;
    if all > kept {
        writeln!(text, "\n… and {} more", all - kept).expect("strings take text");
    }
    for what in &checked.not_checked {
        writeln!(text, "\nnot checked: {}", harmless(what)).expect("strings take text");
    }
    text += &if checked.is_sound() {
        "\nSound: nothing is damaged, missing or orphaned.\n".to_owned()
    } else if all == 0 {
        "\nNothing was found, but not everything was checked.\n".to_owned()
    } else {
        format!(
            "\n{} damaged, {} missing, {} orphaned.\n",
            checked.damaged, checked.missing, checked.orphaned
        )
    };
    text
}

/// A finding in a line.
pub(crate) fn told_in_a_line(finding: &Finding) -> String {
    format!(
        "{} {} {}: {}",
        finding.wrong.word(),
        harmless(&finding.kind),
        harmless(&finding.id),
        harmless(&finding.rule)
    )
}

fn told_of(finding: &Finding) -> String {
    format!(
        "\n{} {} {}\n  broken rule  {}\n  means        {}\n  do           {}\n",
        finding.wrong.word(),
        harmless(&finding.kind),
        harmless(&finding.id),
        harmless(&finding.rule),
        harmless(&finding.means),
        harmless(&finding.remedy)
    )
}

fn saturated(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
