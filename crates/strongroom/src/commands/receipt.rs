//! `receipt`: what this person did, to keep and to prove.

use std::fmt::Write as _;

use strongroom_guard::api::{ReceiptQuery, ReceiptShown, Receipts, Request};

use crate::cli::Globals;
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, Screen, count, harmless, print};
use crate::session::{Session, check_id};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// One receipt in full, by id or the beginning of it
    id: Option<String>,
    /// At most so many of the list, the newest
    #[arg(long, value_name = "N", conflicts_with = "id")]
    limit: Option<usize>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    args.id.as_deref().map_or(Ok(()), check_id)?;
    let ask = Request::Receipt(ReceiptQuery {
        id: args.id.clone(),
        limit: args.limit,
    });
    let json = Session::of(globals)?.ask(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else if args.id.is_some() {
        print(&one(&screen, &read(&json)?))?;
    } else {
        print(&list(&screen, &read(&json)?))?;
    }
    Ok(Exit::Done)
}

fn list(screen: &Screen, receipts: &Receipts) -> String {
    let mut text = String::new();
    for row in &receipts.receipts {
        let about = row
            .record
            .as_deref()
            .map_or_else(String::new, |r| format!("  {}", harmless(r)));
        writeln!(
            text,
            "{}  {}{about}",
            screen.paint(
                FAINT,
                &format!("{}  {}", harmless(&row.id), harmless(&row.at))
            ),
            harmless(&row.what)
        )
        .expect("strings take text");
    }
    text
}

fn one(screen: &Screen, receipt: &ReceiptShown) -> String {
    let mut text = format!(
        "receipt   {}\nat        {}\nact       {}\n",
        harmless(&receipt.id),
        harmless(&receipt.at),
        harmless(&receipt.what)
    );
    if let Some(record) = &receipt.record {
        writeln!(text, "record    {}", harmless(record)).expect("strings take text");
    }
    for field in &receipt.fields {
        let open = if field.value.is_some() {
            "open"
        } else {
            "closed"
        };
        writeln!(
            text,
            "field     {} ({open})  {}",
            harmless(&field.name),
            screen.paint(FAINT, &harmless(&field.commitment))
        )
        .expect("strings take text");
    }
    writeln!(
        text,
        "sealed    {}\nentry     {} of the ledger\n          {}\n\n{}",
        count(receipt.sealed.len(), "field"),
        receipt.log.index,
        screen.paint(FAINT, &harmless(&receipt.log.entry)),
        screen.glimpse(&receipt.log.proof)
    )
    .expect("strings take text");
    text.push_str("\n--json gives it whole, for checking elsewhere\n");
    text
}
