//! `ledger accept-restore`: takes the log with which a restored room goes on in place of the one that this account
//! saw, once it has been shown what was lost.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;
use strongroom_guard::api::{RestoresQuery, RestoresShown};
use strongroom_record::keeping::{Head, Lost};

use super::judged::{Judged, Told};
use crate::cli::Globals;
use crate::client::{Client, read};
use crate::commands::init::card;
use crate::heads::Former;
use crate::holder::agreed;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Cards of key holders, as you have them from elsewhere: their signatures for the restore are verified
    #[arg(long, value_name = "FILE")]
    card: Vec<PathBuf>,
    /// Accepts without asking
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let cards = args.card.iter().map(|path| card(path));
    let cards = cards.collect::<Result<Vec<_>, _>>()?;
    let client = Client::of(&globals.room()?)?;
    let (status, _) = client.status()?;
    let Some(former) = client.former(&status)? else {
        // It is another room, an older copy, or all is well.
        client.recognise(&status)?;
        if globals.json {
            Screen::stdout().json(json!({ "accepted": false }).to_string().as_bytes())?;
        } else {
            print(
                "There is nothing to accept: the room's ledger goes on from what this account saw.\n",
            )?;
        }
        return Ok(Exit::Done);
    };
    let ask = RestoresQuery {
        seen: former.head().head().size().get(),
    };
    let shown: RestoresShown = read(&client.ask("/v1/restores", None, &ask)?)?;
    let judged = Judged::of(&former, shown, &cards)?;
    if !globals.json {
        print(&told(&former, &judged))?;
    }
    if judged.fails() {
        return Err(Failure::new(
            Exit::Behind,
            "what the room says of its restore does not hold; nothing was accepted",
        )
        .details(
            judged
                .lines
                .iter()
                .map(|l| format!("{} {}", l.standing, l.says)),
        )
        .hint(format!(
            "tell those who keep the room, and keep {}: it proves what was there",
            former.path().display()
        )));
    }
    if !args.yes && (globals.json || !agreed("Accept it? [y/N] ")?) {
        return Err(Failure::new(
            Exit::Conflict,
            "nothing was accepted; this account still keeps the head of the former log",
        )
        .hint(
            "ask those who keep the room whether it was restored, then answer y, or give --yes",
        ));
    }
    let before = former.accept(&judged.newest)?;
    if globals.json {
        return Screen::stdout()
            .json(as_json(&former, &judged).as_bytes())
            .map(|()| Exit::Done);
    }
    print(&format!(
        "\nAccepted: this account keeps the head of log {}, {} entries. The one before lies in {}.\n",
        former.now,
        judged.entries,
        before.display()
    ))?;
    Ok(Exit::Done)
}

fn told(former: &Former, judged: &Judged) -> String {
    let mut text = format!(
        "The room {} was restored from a backup, and its ledger goes on as log {}. This account saw log {}, {} entries.\n",
        former.room,
        former.now,
        former.was,
        former.head().head().size()
    );
    for one in &judged.restores {
        let restored = &one.restored;
        writeln!(
            text,
            "\nlog {}  {}\n  backup    {}\n  kept      {}\n  lost      {}\n  approved  {}",
            restored.generation,
            harmless(&one.at),
            restored.backup,
            named(&restored.head),
            lost(&restored.lost),
            harmless(&one.approved.join(", ")),
        )
        .expect("strings take text");
    }
    text.push('\n');
    for line in &judged.lines {
        let standing = line.standing.to_string();
        writeln!(text, "{standing:<6} {}", harmless(&line.says)).expect("strings take text");
    }
    text
}

fn named(head: &Head) -> String {
    let root = data_encoding::HEXLOWER.encode(&head.root);
    format!("{} entries, root {root}", head.size)
}

fn lost(lost: &Lost) -> String {
    match lost {
        Lost::Until(head) => format!("what came after, up to {}", named(head)),
        Lost::Unknown => {
            "what came after; nobody knows how much, or what was restricted".to_owned()
        }
    }
}

fn as_json(former: &Former, judged: &Judged) -> String {
    let restore = |told: &Told| {
        let restored = &told.restored;
        let head = |h: &Head| json!({ "entries": h.size, "root": data_encoding::HEXLOWER.encode(&h.root) });
        json!({
            "log": restored.generation,
            "at": told.at,
            "backup": restored.backup.to_string(),
            "kept": head(&restored.head),
            "lost_until": match &restored.lost {
                Lost::Until(until) => head(until),
                Lost::Unknown => json!(null),
            },
            "approved": told.approved,
        })
    };
    let lines = judged.lines.iter();
    json!({
        "accepted": true,
        "room": former.room.to_string(),
        "was": { "log": former.was, "entries": former.head().head().size().get() },
        "now": { "log": former.now, "entries": judged.entries },
        "restores": judged.restores.iter().map(restore).collect::<Vec<_>>(),
        "findings": lines
            .map(|l| json!({ "standing": l.standing.to_string(), "says": l.says }))
            .collect::<Vec<_>>(),
    })
    .to_string()
}
