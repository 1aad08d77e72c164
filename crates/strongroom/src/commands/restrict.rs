//! `restrict`: raises the label of records or of portions.

mod list;

use std::fmt::Write as _;
use std::path::PathBuf;

use strongroom_guard::Code;
use strongroom_guard::api::{Request, Restrict, Restricted, RestrictedRecord};
use strongroom_guard::limits::RESTRICT_RECORDS_MAX;
use strongroom_record::id::ID_CHARS;

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure, note};
use crate::screen::{Screen, count, harmless, print};
use crate::session::{Session, check_id, request_id, request_of_part};

use self::list::Listed;
use super::history::ranges;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Records, by id or the beginning of it
    #[arg(required_unless_present = "from", value_name = "ID")]
    records: Vec<String>,
    /// Records of a list instead: one id a line, or what `list --json` prints; `-` for standard input. Those that bear the marking already are left out
    #[arg(long, value_name = "FILE", conflicts_with_all = ["records", "portion"])]
    from: Option<PathBuf>,
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
    /// The placement practice under which it is done, by id or the beginning of it
    #[arg(long, value_name = "ID")]
    practice: Option<String>,
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
    if let Some(from) = &args.from {
        return in_bulk(globals, args, &list::read(from)?);
    }
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = asked(args, args.records.clone(), &id);
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

/// What is asked of the guard, for some of the records.
fn asked(args: &Args, records: Vec<String>, id: &str) -> Request {
    Request::Restrict(Restrict {
        records,
        to: args.to.clone(),
        portions: args.portion.clone(),
        reason: args.reason.clone(),
        authority: args.authority.clone(),
        because: args.because.clone(),
        practice: args.practice.clone(),
        leave_unchanged: args.from.is_some(),
        dry_run: args.dry_run,
        request: (!args.dry_run).then(|| id.to_owned()),
    })
}

/// Restricts the records of a list, as many at once as a command takes. Each part is done whole or not at all; the same
/// command with the same request id goes on where it was interrupted.
fn in_bulk(globals: &Globals, args: &Args, listed: &[Listed]) -> Result<Exit, Failure> {
    let records: Vec<String> = listed.iter().map(|listed| listed.id.clone()).collect();
    let session = Session::of(globals)?;
    let interrupts = Interrupts::of_ctrl_c()?;
    let whole = request_id(args.request.request.as_deref());
    let screen = Screen::stdout();
    let (mut done, mut before, mut unchanged) = (0, 0, 0);
    for (n, part) in records.chunks(RESTRICT_RECORDS_MAX).enumerate() {
        let again = format!("the same command with `--request {whole}` goes on with the rest");
        interrupts
            .check(&format!(
                "interrupted: {done} of {} are restricted",
                count(records.len(), "record")
            ))
            .map_err(|failure| failure.hint(again.clone()))?;
        let id = request_of_part(&whole, n)?;
        let answer = session.ask(&asked(args, part.to_vec(), &id));
        let answer = answer.map_err(|failure| list::on_its_line(failure, listed));
        let json = match answer {
            Err(failure) if already_done(&failure) => {
                before += part.len();
                continue;
            }
            Err(failure) if n > 0 || failure.exit() == Exit::Closed => {
                return Err(failure.hint(again));
            }
            answer => answer?,
        };
        let restricted: Restricted = read(&json)?;
        done += restricted.records.len();
        unchanged += restricted.unchanged.len();
        if globals.json {
            screen.json(&json)?;
        } else {
            print(&told(&restricted, args.dry_run))?;
        }
    }
    let would = if args.dry_run {
        "would be restricted"
    } else {
        "restricted"
    };
    let mut said = format!("{} {would}", count(done, "record"));
    if unchanged > 0 {
        write!(said, ", {unchanged} left as they are").expect("strings take text");
    }
    if before > 0 {
        write!(said, ", {before} were done before").expect("strings take text");
    }
    note(&format!("{said}\n"));
    Ok(Exit::Done)
}

fn already_done(failure: &Failure) -> bool {
    failure
        .said()
        .is_some_and(|said| said.code == Code::AlreadyDone)
}

fn told(restricted: &Restricted, dry_run: bool) -> String {
    let mut text = String::new();
    for (n, record) in restricted.records.iter().enumerate() {
        text += &harmless(&raised(record, &restricted.to, dry_run));
        text += "\n  ";
        text += &harmless(&losers(record, dry_run));
        text.push('\n');
        if may_be_unknown(record) {
            text += "  that is so if the room has a record of this id, which is not said to who may not know\n";
        }
        if let Some(receipt) = restricted.receipts.get(n) {
            writeln!(text, "  receipt {}", harmless(receipt)).expect("strings take text");
        }
    }
    for record in &restricted.unchanged {
        let to = &restricted.to;
        let line = format!("{record} bears {to} already, or a higher marking");
        writeln!(text, "{}", harmless(&line)).expect("strings take text");
    }
    text
}

/// Whether this may be the answer for a record that the asker cannot know of, or that is not there: it is the same then.
fn may_be_unknown(record: &RestrictedRecord) -> bool {
    record.record.len() == ID_CHARS && record.portions.is_empty() && record.lose_access.is_empty()
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
            unchanged: Vec::new(),
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

    #[test]
    fn who_may_not_know_whether_there_is_a_record_is_told_so() {
        let id = "0123456789abcdefghjkmnpqrs";
        let unseen = RestrictedRecord {
            record: id.to_owned(),
            lose_access: Vec::new(),
            portions: Vec::new(),
            unless_cleared: false,
        };
        assert!(may_be_unknown(&unseen));
        let seen = |record: &str, lose: &[&str], portions: &[&str]| RestrictedRecord {
            record: record.to_owned(),
            lose_access: lose.iter().map(|w| (*w).to_owned()).collect(),
            portions: portions.iter().map(|w| (*w).to_owned()).collect(),
            unless_cleared: false,
        };
        assert!(!may_be_unknown(&seen("0123456", &[], &[])));
        assert!(!may_be_unknown(&seen(id, &["ben"], &[])));
        assert!(!may_be_unknown(&seen(id, &[], &["3"])));
        let restricted = Restricted {
            to: "Nodis".to_owned(),
            records: vec![unseen],
            receipts: vec!["e".to_owned()],
            unchanged: Vec::new(),
        };
        assert_eq!(
            told(&restricted, false),
            format!(
                "{id} is raised to Nodis\n  nobody that you can see loses access\n  that is so if the room has a record of this id, which is not said to who may not know\n  receipt e\n"
            )
        );
    }
}
