//! `disclosures`: what inspectors do with what was disclosed to them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use strongroom_guard::api::{
    DisclosureAcknowledge, DisclosureDone, DisclosureFile, DisclosureOpened, DisclosureReadQuery,
    DisclosureReply, DisclosureRow, DisclosureRows, Request,
};
use strongroom_guard::limits::DISCLOSURE_REPLY_MAX_BYTES;

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::files::{self, make_private_folders, write_private_new};
use crate::outcome::{Exit, Failure};
use crate::screen::{STRONG, Screen, count, harmless, harmless_lines, print};
use crate::session::{Session, check_id, request_id};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Opens a disclosure: its messages, and what was answered
    Read {
        /// The disclosure, by id or the beginning of it
        id: String,
        /// Puts its files into this folder
        #[arg(long, short, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Says to who disclosed that it was received, and keeps it in the room's own store
    Acknowledge {
        /// The disclosure, by id or the beginning of it
        id: String,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Writes back to who disclosed; acknowledges what is not acknowledged yet
    Reply {
        /// The disclosure, by id or the beginning of it
        id: String,
        /// What is written
        #[arg(long, required_unless_present = "file")]
        text: Option<String>,
        /// Files that go with it
        #[arg(long, value_name = "FILE")]
        file: Vec<PathBuf>,
        #[command(flatten)]
        request: RequestArg,
    },
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let screen = Screen::stdout();
    let session = match &args.command {
        Some(
            Command::Read { id, .. } | Command::Acknowledge { id, .. } | Command::Reply { id, .. },
        ) => {
            check_id(id)?;
            Session::of(globals)?
        }
        None => Session::of(globals)?,
    };
    match &args.command {
        None => {
            let (rows, json) = session.get::<DisclosureRows>(&Request::Disclosures)?;
            if globals.json {
                screen.json(&json)?;
            } else {
                print(&listed(&screen, &rows))?;
            }
        }
        Some(Command::Read { id, output }) => {
            return opened(globals, &session, id, output.as_deref());
        }
        Some(Command::Acknowledge { id, request }) => {
            let given = request_id(request.request.as_deref());
            let ask = Request::DisclosureAcknowledge(DisclosureAcknowledge {
                disclosure: id.clone(),
                request: Some(given.clone()),
            });
            done(globals, &session, (&ask, &given), "is acknowledged")?;
        }
        Some(Command::Reply {
            id,
            text,
            file,
            request,
        }) => {
            let given = request_id(request.request.as_deref());
            let ask = Request::DisclosureReply(DisclosureReply {
                disclosure: id.clone(),
                text: text.clone().unwrap_or_default(),
                files: file.iter().map(|f| attached(f)).collect::<Result<_, _>>()?,
                request: Some(given.clone()),
            });
            done(globals, &session, (&ask, &given), "is answered")?;
        }
    }
    Ok(Exit::Done)
}

fn done(
    globals: &Globals,
    session: &Session,
    (ask, id): (&Request, &str),
    what: &str,
) -> Result<(), Failure> {
    let json = session.change(ask, id)?;
    if globals.json {
        return Screen::stdout().json(&json);
    }
    let done: DisclosureDone = read(&json)?;
    print(&format!(
        "{} {what}\n  receipt {}\n",
        harmless(&done.id),
        harmless(&done.receipt)
    ))
}

fn attached(path: &Path) -> Result<DisclosureFile, Failure> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        Failure::unfit(format!("{} has no name that can be sent", path.display()))
    })?;
    Ok(DisclosureFile {
        name: name.to_owned(),
        bytes: BASE64.encode(&files::read_bounded(path, DISCLOSURE_REPLY_MAX_BYTES)?),
    })
}

fn listed(screen: &Screen, rows: &DisclosureRows) -> String {
    if rows.disclosures.is_empty() {
        return "nothing was disclosed\n".to_owned();
    }
    let mut text = String::new();
    if rows.older > 0 {
        writeln!(text, "{} not listed", count(rows.older, "older disclosure"))
            .expect("strings take text");
    }
    for row in &rows.disclosures {
        line(screen, row, &mut text);
    }
    text
}

fn line(screen: &Screen, row: &DisclosureRow, text: &mut String) {
    let owed = match (&row.owed, &row.by, row.overdue) {
        (Some(owed), Some(by), true) => screen.paint(
            STRONG,
            &format!("OVERDUE: {} by {}", harmless(owed), harmless(by)),
        ),
        (Some(owed), Some(by), false) => format!("{} by {}", harmless(owed), harmless(by)),
        _ => "answered".to_owned(),
    };
    let route = match (&row.route, row.elsewhere) {
        (None, _) => String::new(),
        (Some(route), false) => format!("  by {}", harmless(route)),
        (Some(route), true) => format!("  by {}, to other inspectors", harmless(route)),
    };
    let last = row.last.as_deref().unwrap_or_default();
    writeln!(
        text,
        "{}  {}  {}, {}  {owed}{route}",
        harmless(&row.id),
        harmless(last),
        count(row.messages, "message"),
        match row.replies {
            1 => "1 reply".to_owned(),
            several => format!("{several} replies"),
        },
    )
    .expect("strings take text");
    for number in &row.lost {
        let lost = format!("    LOST: message {number} was taken in, and is not there any more");
        writeln!(text, "{}", screen.paint(STRONG, &lost)).expect("strings take text");
    }
}

/// Opens message after message, and then the answers; one that does not open is told, and the others are shown.
fn opened(
    globals: &Globals,
    session: &Session,
    id: &str,
    output: Option<&Path>,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut told = String::new();
    let mut all = Vec::new();
    let (mut answer, mut number) = (false, 1);
    let mut last = (1, 0);
    while !(answer && number as usize > last.1) {
        let ask = Request::DisclosureRead(DisclosureReadQuery {
            disclosure: id.to_owned(),
            number,
            answer,
        });
        match session.get::<DisclosureOpened>(&ask) {
            Ok((part, _)) => {
                last = (part.messages, part.answers);
                if let Some(folder) = output {
                    put(folder, &part)?;
                }
                told.push_str(&part_told(&part));
                all.push(part);
            }
            // An acknowledgement has no words.
            Err(refused) if answer && refused.exit() == Exit::NotFound => {}
            Err(refused) if number == 1 && !answer => return Err(refused),
            Err(refused) => {
                refused.tell();
                exit = Exit::Unfit;
            }
        }
        number += 1;
        if !answer && number as usize > last.0 {
            (answer, number) = (true, 1);
        }
    }
    if globals.json {
        Screen::stdout().json(&serde_json::to_vec(&all).expect("answers are JSON"))?;
    } else {
        print(&told)?;
    }
    Ok(exit)
}

fn part_told(part: &DisclosureOpened) -> String {
    let what = match part.answer {
        true => "answer",
        false => "message",
    };
    let mut text = format!(
        "{what} {}  {}\n{}",
        part.number,
        harmless(&part.at),
        harmless_lines(&part.text)
    );
    if !text.ends_with('\n') {
        text.push('\n');
    }
    for file in &part.files {
        writeln!(text, "  file {}", harmless(&file.name)).expect("strings take text");
    }
    text.push('\n');
    text
}

fn put(folder: &Path, part: &DisclosureOpened) -> Result<(), Failure> {
    make_private_folders(folder)?;
    let what = match part.answer {
        true => "answer",
        false => "message",
    };
    for file in &part.files {
        let bytes = BASE64.decode(file.bytes.as_bytes()).map_err(|_| {
            Failure::new(
                Exit::Machine,
                "the guard's answer cannot be read: a file is not in base 64",
            )
        })?;
        // The name is the sender's: it names no folder, as the guard saw to.
        let name = format!(
            "{what}-{}-{}",
            part.number,
            file.name.replace(['/', '\0'], "_")
        );
        write_private_new(&folder.join(name), &bytes)?;
    }
    Ok(())
}
