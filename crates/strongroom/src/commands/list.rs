//! `list`: the records that this person may read, as a table.

use strongroom_guard::api::{ListQuery, ListRow, Listing, Request};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{BANNER, FAINT, Screen, clip, harmless, pad, print, width_of};
use crate::session::Session;

use super::grade;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// At most so many records
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Those filed after this one, which was the last of the listing before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Characters of a record's id that are shown: enough to tell those of one room apart.
pub(crate) const SHORT_ID_CHARS: usize = 8;

/// Stands for a heading that is not in the reader's view.
const NO_HEADING: &str = "(no heading in your view)";

/// Stands for the heading of a record that has none: captions mostly.
const UNTITLED: &str = "(untitled)";

/// Columns of a date without its time.
const DATE_COLUMNS: usize = 10;

/// Most columns that are kept free for markings. A longer one is not cut: captions come last in it, and they
/// matter most. The heading beside it gives way.
const MARKING_COLUMNS_MAX: usize = 32;

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let ask = Request::List(ListQuery {
        limit: args.limit,
        after: args.after.clone(),
    });
    let (listing, json) = Session::of(globals)?.get::<Listing>(&ask)?;
    let screen = Screen::stdout();
    if globals.json {
        screen.json(&json)?;
    } else {
        print(&table(&screen, &listing))?;
    }
    Ok(Exit::Done)
}

fn table(screen: &Screen, listing: &Listing) -> String {
    let Some(banner) = &listing.banner else {
        return "there is nothing that you may read\n".to_owned();
    };
    let markings = listing
        .records
        .iter()
        .map(|r| width_of(&harmless(&r.marking)));
    let marking_columns = markings.max().unwrap_or(0).min(MARKING_COLUMNS_MAX);
    let banner = screen.paint(BANNER, &format!(" {} ", harmless(banner)));
    let mut text = format!("{banner}\n");
    for row in &listing.records {
        text += &line(screen, row, marking_columns);
    }
    text += &format!("{banner}\n");
    let last = listing.records.last().filter(|_| listing.more);
    text += &screen.paint(
        FAINT,
        &match last {
            Some(last) => format!(
                "{} of {} that you may read; go on with --after {}",
                listing.records.len(),
                listing.readable,
                harmless(&last.id)
            ),
            None => format!("{} that you may read", listing.readable),
        },
    );
    text.push('\n');
    text
}

fn line(screen: &Screen, row: &ListRow, marking_columns: usize) -> String {
    let short: String = row.id.chars().take(SHORT_ID_CHARS).collect();
    let date: String = row
        .date
        .as_deref()
        .unwrap_or("")
        .chars()
        .take(DATE_COLUMNS)
        .collect();
    let before = format!(
        "{}  {}  {}  ",
        harmless(&short),
        pad(&harmless(&date), DATE_COLUMNS),
        pad(&harmless(&row.marking), marking_columns),
    );
    let named = row.heading.as_deref().map(|heading| match heading {
        "" => UNTITLED,
        heading => heading,
    });
    let grade = row.grade.as_ref().map(grade::code).unwrap_or_default();
    let heading = match (named, grade.as_str()) {
        (heading, "") => heading.unwrap_or(NO_HEADING).to_owned(),
        (heading, code) => format!("[{code}] {}", heading.unwrap_or(NO_HEADING)),
    };
    let mut heading = harmless(&heading).into_owned();
    if row.withdrawn {
        heading = "(withdrawn)".to_owned();
    } else if row.versions > 1 {
        heading = format!("{heading} (version {} of {})", row.version, row.versions);
    }
    if !row.superseded_by.is_empty() {
        let by = row.superseded_by.iter();
        let by: Vec<String> = by
            .map(|id| harmless(id).chars().take(SHORT_ID_CHARS).collect())
            .collect();
        heading = format!("{heading} (superseded by {})", by.join(", "));
    }
    let heading = match screen.columns() {
        Some(columns) => clip(&heading, columns.saturating_sub(width_of(&before)).max(1)),
        None => heading,
    };
    format!("{}{heading}\n", screen.paint(FAINT, &before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(marking: &str) -> Listing {
        Listing {
            banner: Some("SECRET".to_owned()),
            records: vec![ListRow {
                id: "0123456789abcdefghjkmnpqrs".to_owned(),
                banner: "SECRET".to_owned(),
                marking: marking.to_owned(),
                date: Some("1973-10-20T10:00".to_owned()),
                place: None,
                heading: Some(format!("A talk \u{1b}[2J{}", "long ".repeat(40))),
                source: None,
                grade: None,
                version: 1,
                versions: 1,
                superseded_by: Vec::new(),
                withdrawn: false,
                keeping: None,
            }],
            more: true,
            readable: 7,
        }
    }

    #[test]
    fn a_marking_is_never_cut() {
        let marking = "Top Secret & Secret; Nodis; Exdis; Sensitive; Eyes Only";
        for screen in [Screen::of(true, false, 60), Screen::of(false, false, 80)] {
            let text = table(&screen, &listing(marking));
            assert!(text.contains(marking), "{text}");
        }
        let piped = table(&Screen::of(false, false, 80), &listing(marking));
        assert!(!piped.contains('…'), "{piped}");
    }

    #[test]
    fn a_row_fits_the_terminal_and_runs_nothing() {
        let listing = listing("Secret; Nodis");
        let text = table(&Screen::of(true, false, 60), &listing);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], " SECRET ");
        assert!(lines[1].starts_with("01234567  1973-10-20  Secret; Nodis  A talk ␛[2J"));
        assert_eq!(width_of(lines[1]), 60);
        assert!(lines[1].ends_with('…'));
        assert!(lines[3].starts_with("1 of 7 "));
        assert!(!text.contains('\u{1b}'));
    }
}
