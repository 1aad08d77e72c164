//! `restrict`: raises the label of records or of portions.

use std::fmt::Write as _;

use strongroom_guard::api::{Request, Restrict, Restricted, RestrictedRecord};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::history::ranges;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Records, by id or the beginning of it
    #[arg(required = true, value_name = "ID")]
    records: Vec<String>,
    /// The marking to raise to; what is there already stays, so that nothing is lowered
    #[arg(long, value_name = "MARKING")]
    to: String,
    /// Only these portions of one record: numbers as `read` last showed them, ids, or names of header fields
    #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
    portion: Vec<String>,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long)]
    reason: String,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    /// The particular need
    #[arg(long)]
    because: String,
    /// Restricts nothing: lists who would lose access
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    if !args.portion.is_empty() && args.records.len() > 1 {
        return Err(Failure::usage("portions are those of one record")
            .hint("restrict the portions of each record by a command of its own"));
    }
    args.records.iter().try_for_each(|r| check_id(r))?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Restrict(Restrict {
        records: args.records.clone(),
        to: args.to.clone(),
        portions: args.portion.clone(),
        reason: args.reason.clone(),
        authority: args.authority.clone(),
        because: args.because.clone(),
        dry_run: args.dry_run,
        request: (!args.dry_run).then(|| id.clone()),
    });
    let json = if args.dry_run {
        session.ask(&ask)?
    } else {
        session.change(&ask, &id)?
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&read(&json)?, args.dry_run))?;
    }
    Ok(Exit::Done)
}

fn told(restricted: &Restricted, dry_run: bool) -> String {
    let mut text = String::new();
    for (n, record) in restricted.records.iter().enumerate() {
        text += &harmless(&raised(record, &restricted.to, dry_run));
        text += "\n  ";
        text += &harmless(&losers(record, dry_run));
        text.push('\n');
        if let Some(receipt) = restricted.receipts.get(n) {
            writeln!(text, "  receipt {}", harmless(receipt)).expect("strings take text");
        }
    }
    text
}

/// What is raised, and to what.
fn raised(record: &RestrictedRecord, to: &str, dry_run: bool) -> String {
    let (one, several) = if dry_run {
        ("would be", "would be")
    } else {
        ("is", "are")
    };
    let id = &record.record;
    match record.portions.as_slice() {
        [] => format!("{id} {one} raised to {to}"),
        [portion] => format!("portion {portion} of {id} {one} raised to {to}"),
        portions => format!(
            "portions {} of {id} {several} raised to {to}",
            ranges(portions)
        ),
    }
}

/// Who loses access, as far as the asker can see.
fn losers(record: &RestrictedRecord, dry_run: bool) -> String {
    let who = record.lose_access.join(", ");
    let what = match record.portions.len() {
        1 | 0 => "it",
        _ => "them",
    };
    match (who.is_empty(), record.unless_cleared, dry_run) {
        (true, _, false) => "nobody that you can see loses access".to_owned(),
        (true, _, true) => "nobody that you can see would lose access".to_owned(),
        (false, true, false) => format!("lose access unless cleared for it: {who}"),
        (false, true, true) => format!("would lose access unless cleared for it: {who}"),
        (false, false, false) => format!("{who} can no longer see {what}"),
        (false, false, true) => format!("{who} would no longer see {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(portions: &[&str], lose: &[&str], unless_cleared: bool, dry_run: bool) -> String {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        let record = RestrictedRecord {
            record: "r".to_owned(),
            lose_access: words(lose),
            portions: words(portions),
            unless_cleared,
        };
        let restricted = Restricted {
            to: "Nodis".to_owned(),
            records: vec![record],
            receipts: Vec::new(),
        };
        told(&restricted, dry_run)
    }

    #[test]
    fn what_is_raised_is_what_was_asked_for() {
        assert_eq!(
            lines(&["20", "21"], &["david", "emil"], false, false),
            "portions 20-21 of r are raised to Nodis\n  david, emil can no longer see them\n"
        );
        assert_eq!(
            lines(&["3"], &[], false, true),
            "portion 3 of r would be raised to Nodis\n  nobody that you can see would lose access\n"
        );
        assert_eq!(
            lines(&[], &["ben"], true, false),
            "r is raised to Nodis\n  lose access unless cleared for it: ben\n"
        );
    }
}
