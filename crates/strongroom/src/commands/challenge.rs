//! `challenge`, `challenges`, `answer-challenge`: disputing the placing of a record, and answering that.

use std::fmt::Write as _;
use std::path::Path;

use strongroom_guard::api::{
    ChallengeAnswer, ChallengeAnswered, ChallengeAsk, ChallengeMade, ChallengeRow, ChallengeRows,
    Request,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::commands::verify::shown::MAX_SHOWN_BYTES;
use crate::files::read_bounded;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it; one that you can no longer read, by its whole id
    #[arg(value_name = "ID", required_unless_present = "receipt")]
    record: Option<String>,
    /// Why it should not be placed where it is, in your words
    #[arg(long)]
    because: String,
    /// The receipt of your own reading, for a record that you can no longer read: its id, or a file with what `receipt ID --json`
    /// printed. It names the record, so the record's id may be left out
    #[arg(long, value_name = "ID|FILE")]
    receipt: Option<String>,
    /// A purpose that the policy forbids: `unlawfulness`, `error`, `embarrassment`, `competition`, or as the policy calls it
    #[arg(long, value_name = "PURPOSE")]
    alleges: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

#[derive(clap::Args)]
pub(crate) struct AnswerArgs {
    /// The challenge, by its reference or the beginning of it
    #[arg(value_name = "REF")]
    challenge: String,
    /// What comes of it: `upheld`, `partly` or `rejected`
    #[arg(long, value_name = "WORD")]
    outcome: String,
    /// Why, in your words
    #[arg(long)]
    because: String,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    args.record.iter().try_for_each(|id| check_id(id))?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Challenge(ChallengeAsk {
        record: args.record.clone(),
        because: args.because.clone(),
        receipt: args.receipt.as_deref().map(receipt_id).transpose()?,
        alleges: args.alleges.clone(),
        request: Some(id.clone()),
    });
    let json = Session::of(globals)?.change(&ask, &id)?;
    let made: ChallengeMade = read(&json)?;
    let text = format!(
        "challenge {}\n  to be answered by {}\n  receipt {}\n",
        harmless(&made.challenge),
        harmless(&made.until),
        harmless(&made.receipt)
    );
    tell(globals, &json, &text)
}

/// The id of a receipt, as it is given or in a file with the receipt.
fn receipt_id(given: &str) -> Result<String, Failure> {
    let path = Path::new(given);
    if !path.is_file() {
        check_id(given)?;
        return Ok(given.to_owned());
    }
    let bytes = read_bounded(path, MAX_SHOWN_BYTES)?;
    let said: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let id = said.as_ref().and_then(|said| said["id"].as_str());
    id.map(str::to_owned).ok_or_else(|| {
        Failure::unfit(format!(
            "{given} is no receipt with the id of what it is of"
        ))
        .hint("it should be what `receipt ID --json` printed; or give the receipt's id itself")
    })
}

pub(crate) fn list(globals: &Globals) -> Result<Exit, Failure> {
    let (rows, json) = Session::of(globals)?.get::<ChallengeRows>(&Request::Challenges)?;
    let text = match rows.challenges.is_empty() {
        true => "there is no challenge that you may know of\n".to_owned(),
        false => rows.challenges.iter().map(row).collect(),
    };
    tell(globals, &json, &text)
}

pub(crate) fn answer(globals: &Globals, args: &AnswerArgs) -> Result<Exit, Failure> {
    check_id(&args.challenge)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::AnswerChallenge(ChallengeAnswer {
        challenge: args.challenge.clone(),
        outcome: args.outcome.clone(),
        because: args.because.clone(),
        request: Some(id.clone()),
    });
    let json = Session::of(globals)?.change(&ask, &id)?;
    let answered: ChallengeAnswered = read(&json)?;
    let text = format!(
        "challenge {} is answered\n  receipt {}\n",
        harmless(&answered.challenge),
        harmless(&answered.receipt)
    );
    tell(globals, &json, &text)
}

fn tell(globals: &Globals, json: &[u8], text: &str) -> Result<Exit, Failure> {
    if globals.json {
        Screen::stdout().json(json)?;
    } else {
        print(text)?;
    }
    Ok(Exit::Done)
}

fn row(row: &ChallengeRow) -> String {
    let yours = if row.yours_to_answer {
        ", yours to answer"
    } else {
        ""
    };
    let mut text = format!(
        "{}  {}{yours}\n",
        harmless(&row.challenge),
        harmless(&row.status)
    );
    let mut line = |label: &str, said: &str| {
        writeln!(text, "    {label:<12} {}", harmless(said)).expect("strings take text");
    };
    line("record", &row.record);
    line("challenged", &format!("{} by {}", row.at, row.by));
    if let Some(because) = &row.because {
        line("because", because);
    }
    if let Some(alleges) = &row.alleges {
        line("alleges", alleges);
    }
    match &row.answer {
        None => line("answer due", &row.until),
        Some(answer) => {
            let by = match &answer.acting_for {
                Some(owner) => format!("{} for {owner}", answer.by),
                None => answer.by.clone(),
            };
            line("answered", &format!("{} by {by}", answer.at));
            if let Some(because) = &answer.because {
                line("because", because);
            }
        }
    }
    text
}
