//! `receipt`, `receipt show`: what this person did, to keep and to prove.

use std::fmt::Write as _;

use strongroom_guard::api::{ReceiptQuery, ReceiptShown, Receipts, Request};

use crate::cli::Globals;
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, Screen, count, harmless, harmless_lines, print};
use crate::session::{Session, check_id};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    one: One,
    /// At most so many of the list, the newest
    #[arg(long, value_name = "N", conflicts_with = "id")]
    limit: Option<usize>,
}

#[derive(clap::Args)]
struct One {
    /// One receipt in full, by id or the beginning of it
    id: Option<String>,
    /// Prints only its proof: entry, place and checkpoint, as `verify` and other programs read it
    #[arg(long, requires = "id")]
    proof: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The same as `receipt ID`
    Show(Show),
}

#[derive(clap::Args)]
struct Show {
    /// The receipt, by id or the beginning of it
    id: String,
    /// Prints only its proof
    #[arg(long)]
    proof: bool,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let (id, proof) = match &args.command {
        Some(Command::Show(show)) => (Some(&show.id), show.proof),
        None => (args.one.id.as_ref(), args.one.proof),
    };
    id.map_or(Ok(()), |id| check_id(id))?;
    let ask = Request::Receipt(ReceiptQuery {
        id: id.cloned(),
        limit: args.limit,
    });
    let json = Session::of(globals)?.ask(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else if proof {
        let shown: ReceiptShown = read(&json)?;
        print(&harmless_lines(&shown.log.proof))?;
    } else if id.is_some() {
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
    text.push_str(
        "\n--json gives it whole, --proof the part in the ledger, for checking elsewhere\n",
    );
    text
}
