//! `practice`: standing rules by which records are placed.

use std::fmt::Write as _;

use strongroom_guard::api::{
    PracticeAdd, PracticeAdded, PracticeEnd, PracticeEnded, PracticeRows, PracticeShown, Request,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Makes a practice; records officers who hold its marking may cite it, and inspectors see it
    Add {
        /// The rule, in words
        #[arg(value_name = "WORDS")]
        words: String,
        /// By whose authority
        #[arg(long)]
        authority: String,
        /// Who may know of it: those who hold this [default: your highest level, and what the words name]
        #[arg(long)]
        marking: Option<String>,
        /// The first day on which it may be cited, as 2026-05-01 [default: today]
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// The last day on which it may be cited
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Lists the practices that you may know of
    List,
    /// Ends a practice before its time
    End {
        /// The practice, by id or the beginning of it
        #[arg(value_name = "ID")]
        practice: String,
        #[command(flatten)]
        request: RequestArg,
    },
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let session = Session::of(globals)?;
    let (json, text) = match command {
        Command::Add {
            words,
            authority,
            marking,
            from,
            until,
            request,
        } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::PracticeAdd(PracticeAdd {
                words: words.clone(),
                authority: authority.clone(),
                marking: marking.clone(),
                from: from.clone(),
                until: until.clone(),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let added: PracticeAdded = read(&json)?;
            let text = format!(
                "practice {}\n  for records officers who hold {}, and for inspectors\n  receipt {}\n",
                harmless(&added.practice),
                harmless(&added.marking),
                harmless(&added.receipt)
            );
            (json, text)
        }
        Command::List => {
            let (rows, json) = session.get::<PracticeRows>(&Request::PracticeList)?;
            (json, listed(&rows))
        }
        Command::End { practice, request } => {
            check_id(practice)?;
            let id = request_id(request.request.as_deref());
            let ask = Request::PracticeEnd(PracticeEnd {
                practice: practice.clone(),
                request: Some(id.clone()),
            });
            let json = session.change(&ask, &id)?;
            let ended: PracticeEnded = read(&json)?;
            let text = format!(
                "practice {} has ended\n  receipt {}\n",
                harmless(&ended.practice),
                harmless(&ended.receipt)
            );
            (json, text)
        }
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn listed(rows: &PracticeRows) -> String {
    if rows.practices.is_empty() {
        return "there is no practice that you may know of\n".to_owned();
    }
    rows.practices.iter().map(told).collect()
}

fn told(practice: &PracticeShown) -> String {
    let mut text = format!("{}  ", harmless(&practice.practice));
    text += &harmless(&match (&practice.ended, &practice.until) {
        (Some(ended), _) => format!("from {}, ended {ended}", practice.from),
        (None, Some(until)) => format!("from {} until {until}", practice.from),
        (None, None) => format!("from {}", practice.from),
    });
    if !practice.in_use {
        text += ", not in use";
    }
    text.push('\n');
    for (label, said) in [
        ("rule", &practice.words),
        ("authority", &practice.authority),
        ("for", &practice.marking),
        ("made by", &format!("{}, {}", practice.by, practice.at)),
    ] {
        writeln!(text, "    {label:<9} {}", harmless(said)).expect("strings take text");
    }
    text
}
