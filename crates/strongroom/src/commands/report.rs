//! `report`: the figures of a year, as an oversight body publishes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use strongroom_guard::api::{Report, ReportQuery, Request};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The year, in UTC
    #[arg(long, value_name = "YEAR")]
    year: u16,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let ask = Request::Report(ReportQuery { year: args.year });
    let (report, json) = Session::of(globals)?.get::<Report>(&ask)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&report))?;
    }
    Ok(Exit::Done)
}

fn told(report: &Report) -> String {
    let mut text = format!("{}\n", report.year);
    let mut line = |indent: &str, what: &str, count: usize| {
        writeln!(text, "{count:>8}  {indent}{}", harmless(what)).expect("strings take text");
    };
    let mut by = |what: &str, count: usize, lists: [(&str, &BTreeMap<String, usize>); 2]| {
        line("", what, count);
        for (kind, list) in lists {
            for (name, count) in list {
                line("  ", &format!("{kind} {name}"), *count);
            }
        }
    };
    by(
        "records filed",
        report.placements,
        [
            ("for", &report.placements_by_reason),
            ("under practice", &report.placements_by_practice),
        ],
    );
    by(
        "restrictions",
        report.restrictions,
        [
            ("for", &report.restrictions_by_reason),
            ("under practice", &report.restrictions_by_practice),
        ],
    );
    line("", "corrections", report.corrections);
    line("", "withdrawals", report.withdrawals);
    let challenges = &report.challenges;
    line("", "challenges", challenges.received);
    for (what, count) in [
        ("answered", challenges.answered),
        ("upheld", challenges.upheld),
        ("upheld in part", challenges.partly),
        ("rejected", challenges.rejected),
        ("overdue", challenges.overdue),
    ] {
        line("  ", what, count);
    }
    for (purpose, count) in &challenges.alleged {
        line("  ", &format!("alleging {purpose}"), *count);
    }
    line("", "requests for more hands", report.requests.asked);
    line(
        "  ",
        "approved and carried out",
        report.requests.carried_out,
    );
    line("  ", "denied", report.requests.denied);
    line("", "looks into the docket", report.looks);
    text
}
