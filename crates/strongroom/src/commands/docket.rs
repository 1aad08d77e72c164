//! `docket`: what inspectors see of the records.

mod chart;

use std::fmt::Write as _;
use std::path::PathBuf;

use strongroom_guard::api::{
    Docket, DocketChart, DocketChartQuery, DocketEntry, DocketQuery, Request,
};

use crate::cli::Globals;
use crate::files::write_private_new;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, Screen, harmless, print};
use crate::session::Session;

use super::history::statement_lines;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// What was done from this day on, as 2026-05-01
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// What was done until this day
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// About conversations that may have taken place from this day on
    #[arg(long, value_name = "DATE")]
    conversation_from: Option<String>,
    /// About conversations that may have taken place until this day
    #[arg(long, value_name = "DATE")]
    conversation_to: Option<String>,
    /// What this person did
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// What was done for this reason of the policy
    #[arg(long)]
    reason: Option<String>,
    /// What was done under this practice
    #[arg(long, value_name = "ID")]
    practice: Option<String>,
    /// About records whose marking asks, or asked when they were filed, for all of this
    #[arg(long)]
    marking: Option<String>,
    /// About this record, by id or the beginning of it
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// What is called so: `filed`, `restricted`, `corrected`, `withdrawn`; a wrong word is answered with the list
    #[arg(long, value_name = "WORD")]
    act: Option<String>,
    /// The newest first
    #[arg(long)]
    newest_first: bool,
    /// At most so many entries
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Those that follow this entry, which was the last of the page before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Draws placements and restrictions over time, by reason and practice
    Chart {
        /// The picture, which must not be there yet
        #[arg(short = 'o', long = "output", value_name = "FILE.svg")]
        output: PathBuf,
        /// What was done from this day on, as 2026-05-01
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// What was done until this day
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
    },
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    if let Some(Command::Chart { output, from, to }) = &args.command {
        return draw(globals, output, from.as_ref(), to.as_ref());
    }
    let ask = Request::Docket(DocketQuery {
        from: args.from.clone(),
        to: args.to.clone(),
        conversation_from: args.conversation_from.clone(),
        conversation_to: args.conversation_to.clone(),
        by: args.by.clone(),
        reason: args.reason.clone(),
        practice: args.practice.clone(),
        marking: args.marking.clone(),
        record: args.record.clone(),
        act: args.act.clone(),
        newest_first: args.newest_first,
        limit: args.limit,
        after: args.after.clone(),
    });
    let (docket, json) = Session::of(globals)?.get::<Docket>(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else {
        print(&told(&screen, &docket))?;
    }
    Ok(Exit::Done)
}

fn draw(
    globals: &Globals,
    output: &std::path::Path,
    from: Option<&String>,
    to: Option<&String>,
) -> Result<Exit, Failure> {
    let ask = Request::DocketChart(DocketChartQuery {
        from: from.cloned(),
        to: to.cloned(),
    });
    let (figures, json) = Session::of(globals)?.get::<DocketChart>(&ask)?;
    write_private_new(output, &chart::svg(&figures))?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        let shown = output.display().to_string();
        print(&format!("{}\n", harmless(&shown)))?;
    }
    Ok(Exit::Done)
}

fn told(screen: &Screen, docket: &Docket) -> String {
    let mut text: String = docket.entries.iter().map(entry).collect();
    let shown = docket.entries.len();
    let last = docket.entries.last().filter(|_| docket.more);
    text += &screen.paint(
        FAINT,
        &match last {
            Some(last) => format!(
                "{shown} shown; go on with --after {}",
                harmless(&last.entry)
            ),
            None => format!("{shown} shown; the docket has {} in all", docket.of),
        },
    );
    text.push('\n');
    text
}

fn entry(entry: &DocketEntry) -> String {
    let mut text = format!("{}  {} by {}\n", entry.at, entry.act, entry.by);
    let mut line = |label: &str, said: &str| {
        writeln!(text, "    {label:<12} {said}").expect("strings take text");
    };
    line("record", &entry.record);
    match (&entry.from, &entry.to) {
        (Some(from), Some(to)) => {
            let way = if entry.act == "lowered" {
                "lowered"
            } else {
                "raised"
            };
            line("marking", &format!("{from} {way} to {to}"));
            line(
                "",
                &format!("filed under {}, now {}", entry.original, entry.present),
            );
        }
        _ if entry.original == entry.present => line("marking", &entry.present),
        _ => line(
            "marking",
            &format!("{}, now {}", entry.original, entry.present),
        ),
    }
    let conversation = &entry.conversation;
    line(
        "conversation",
        conversation.date.as_deref().unwrap_or("without a date"),
    );
    if let Some(place) = &conversation.place {
        line("place", place);
    }
    if !conversation.participants.is_empty() {
        line("participants", &conversation.participants.join("; "));
    }
    line(
        "filed",
        &match entry.days_until_filed {
            Some(days) => format!("{}, {days} days after the conversation", entry.filed_at),
            None => entry.filed_at.clone(),
        },
    );
    for (label, said) in entry.statement.iter().flat_map(statement_lines) {
        line(label, &said);
    }
    let readings = entry.readings.by.iter();
    let readings: Vec<String> = readings
        .map(|of| format!("{} {}×, last {}", of.name, of.count, of.last))
        .collect();
    line(
        "opened for",
        &match readings.is_empty() {
            true => "nobody".to_owned(),
            false => readings.join("; "),
        },
    );
    if entry.withdrawn {
        line("withdrawn", "yes");
    }
    if entry.destroyed {
        line("destroyed", "yes");
    }
    for challenge in &entry.challenges {
        line(
            "challenged",
            &format!(
                "{}, {}: {}",
                challenge.at, challenge.challenge, challenge.status
            ),
        );
    }
    line("entry", &entry.entry);
    let lines = text
        .lines()
        .map(|line| format!("{}\n", harmless(line.trim_end())));
    lines.collect()
}
