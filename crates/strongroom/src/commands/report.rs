//! `report`: the figures of a year, as an oversight body publishes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use strongroom_guard::api::{Report, ReportQuery, Request, RequestFigures};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The year, in UTC
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1970..=9999))]
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
    if let Some(remark) = &report.remark {
        writeln!(text, "{}", harmless(remark)).expect("strings take text");
    }
    let mut line = |indent: &str, what: &str, count: usize| {
        writeln!(text, "{count:>8}  {indent}{}", harmless(what)).expect("strings take text");
    };
    let mut by = |what: &str, count: usize, lists: [(&str, &BTreeMap<String, usize>); 3]| {
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
            ("under", &report.placements_by_level),
            ("for", &report.placements_by_reason),
            ("under practice", &report.placements_by_practice),
        ],
    );
    by(
        "restrictions",
        report.restrictions,
        [
            ("", &BTreeMap::new()),
            ("for", &report.restrictions_by_reason),
            ("under practice", &report.restrictions_by_practice),
        ],
    );
    line("", "corrections", report.corrections);
    for (what, count) in [
        ("withdrawals", report.withdrawals),
        ("destructions", report.destructions),
        ("lowerings", report.lowerings),
        ("holds placed", report.holds_placed),
        ("holds released", report.holds_released),
        ("records held now", report.held_now),
    ] {
        line("", what, count);
    }
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
    for (act, figures) in &report.requests_by_act {
        line("  ", act, figures.asked);
        for (what, count) in became(figures) {
            line("    ", what, count);
        }
    }
    let disclosures = &report.disclosures;
    line("", "disclosures", disclosures.received);
    for (what, count) in [
        ("acknowledged", disclosures.acknowledged),
        ("answered", disclosures.answered),
        ("overdue", disclosures.overdue),
    ] {
        line("  ", what, count);
    }
    line("", "looks into the docket", report.looks);
    for (name, count) in &report.looks_by {
        line("  ", &format!("by {name}"), *count);
    }
    line("", "questions about meetings", report.questions.len());
    text
}

/// What became of requests, as far as there are such.
fn became(figures: &RequestFigures) -> impl Iterator<Item = (&'static str, usize)> {
    [
        ("approved and carried out", figures.carried_out),
        ("denied", figures.denied),
        ("taken back", figures.taken_back),
        ("void", figures.void),
        ("expired", figures.expired),
        ("waiting", figures.waiting),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
}
