//! `receipt`, `receipt show`: what this person did, to keep and to prove.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use strongroom_guard::api::{
    FieldShown, History, HistoryRow, ReceiptQuery, ReceiptShown, Receipts, RecordRef, Request,
};
use strongroom_record::event::FieldTag;

use crate::cli::Globals;
use crate::client::read;
use crate::commands::history::statement_lines;
use crate::fields::worded;
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
    /// Of the list, those before this one, which was the oldest of the list before
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    before: Option<String>,
}

#[derive(clap::Args)]
struct One {
    /// One receipt in full, by id or the beginning of it
    id: Option<String>,
    /// Prints only its proof: entry, place and checkpoint, as `verify` and other programs read it
    #[arg(long, requires = "id")]
    proof: bool,
    /// Asks the room why it was done, too: the record's history is shown for it, which becomes an event
    #[arg(long, requires = "id", conflicts_with = "proof")]
    why: bool,
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
    /// Asks the room why it was done, too
    #[arg(long, conflicts_with = "proof")]
    why: bool,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let (id, proof, why) = match &args.command {
        Some(Command::Show(show)) => (Some(&show.id), show.proof, show.why),
        None => (args.one.id.as_ref(), args.one.proof, args.one.why),
    };
    id.map_or(Ok(()), |id| check_id(id))?;
    args.before.as_ref().map_or(Ok(()), |id| check_id(id))?;
    if why && globals.json {
        return Err(
            Failure::usage("--why is for people, and --json for checking elsewhere")
                .hint("`history RECORD --json` has the reasons"),
        );
    }
    let ask = Request::Receipt(ReceiptQuery {
        id: id.cloned(),
        limit: args.limit,
        before: args.before.clone(),
    });
    let session = Session::of(globals)?;
    let json = session.ask(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else if proof {
        let shown: ReceiptShown = read(&json)?;
        print(&harmless_lines(&shown.log.proof))?;
    } else if id.is_some() {
        let shown: ReceiptShown = read(&json)?;
        let reasons = if why {
            reasons(&session, &shown)?
        } else {
            String::new()
        };
        print(&one(&screen, session.name(), &shown, &reasons))?;
    } else {
        print(&list(&screen, &read(&json)?))?;
    }
    Ok(Exit::Done)
}

/// What the record's history says of the receipt's act, to whom may see it: to what, and why.
fn reasons(session: &Session, receipt: &ReceiptShown) -> Result<String, Failure> {
    let nothing = |why: &str| Ok(format!("why       {why}\n"));
    let Some(record) = receipt
        .record
        .as_ref()
        .filter(|_| !receipt.sealed.is_empty())
    else {
        return nothing("no reason was given for it");
    };
    let ask = Request::History(RecordRef {
        record: record.clone(),
    });
    let history = match session.get::<History>(&ask) {
        Ok((history, _)) => history,
        Err(refused) if matches!(refused.exit(), Exit::NotFound | Exit::NotAllowed) => {
            return nothing("the reason is sealed, and not for you to see now");
        }
        Err(failed) => return Err(failed),
    };
    let of_this = |row: &&HistoryRow| {
        row.at == receipt.at && receipt.what == row.what && row.who == session.name()
    };
    let rows: Vec<&HistoryRow> = history.events.iter().filter(of_this).collect();
    if rows.is_empty() {
        return nothing("the reason is sealed, and not for you to see now");
    }
    Ok(rows.into_iter().map(why_of).collect())
}

fn why_of(row: &HistoryRow) -> String {
    let mut text = String::new();
    let to = row.to.as_ref().map(|to| ("to", to.clone()));
    let said = row.statement.iter().flat_map(statement_lines);
    for (label, said) in to.into_iter().chain(said) {
        writeln!(text, "{label:<9} {}", harmless(&said)).expect("strings take text");
    }
    text
}

fn list(screen: &Screen, receipts: &Receipts) -> String {
    let mut text = String::new();
    if let Some(oldest) = receipts.receipts.first().filter(|_| receipts.older > 0) {
        let note = format!(
            "{} before these; go on with --before {}",
            count(receipts.older, "older one"),
            harmless(&oldest.id)
        );
        writeln!(text, "{}", screen.paint(FAINT, &note)).expect("strings take text");
    }
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

fn one(screen: &Screen, who: &str, receipt: &ReceiptShown, reasons: &str) -> String {
    let mut text = format!(
        "receipt   {}\nat        {}\nwho       {}\nact       {}\n",
        harmless(&receipt.id),
        harmless(&receipt.at),
        harmless(who),
        harmless(&act_of(receipt)),
    );
    if let Some(record) = &receipt.record {
        writeln!(text, "record    {}", harmless(record)).expect("strings take text");
    }
    text.push_str(reasons);
    for field in &receipt.fields {
        let says = match said_by(field) {
            Some(says) => harmless(&says).into_owned(),
            None => "closed".to_owned(),
        };
        writeln!(
            text,
            "field     {:<8} {says}\n          {}",
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
    if !receipt.sealed.is_empty() && reasons.is_empty() {
        text.push_str("--why asks the room for the reason, which is sealed\n");
    }
    text
}

/// What was done, with what the act says that people can read.
fn act_of(receipt: &ReceiptShown) -> String {
    let act = receipt
        .fields
        .iter()
        .find(|field| field.tag == FieldTag::Act as u16);
    act.and_then(said_by)
        .unwrap_or_else(|| receipt.what.clone())
}

/// What an open field says, in words; its encoding, where it cannot be put in words.
fn said_by(field: &FieldShown) -> Option<String> {
    let hex = field.value.as_ref()?;
    let tag = FieldTag::ALL
        .into_iter()
        .find(|tag| *tag as u16 == field.tag);
    let value = HEXLOWER.decode(hex.as_bytes()).ok();
    let said = tag.zip(value).and_then(|(tag, value)| worded(tag, &value));
    Some(said.unwrap_or_else(|| hex.clone()))
}
