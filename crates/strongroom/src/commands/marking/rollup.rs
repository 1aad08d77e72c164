//! `marking rollup`: the banner that portion marks make.

use serde_json::{Value, json};
use strongroom_label::{Label, Policy, PortionMark, RollUpFacts, RowUsed};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, Screen, harmless, print};

use super::PolicyArg;
use super::lines::each;
use super::reading::{Written, heading, read_portion};

/// Written in place of a portion's mark where it bears none.
const UNMARKED: &str = "unmarked";

/// Before the day that a portion's information is of.
const DAY_SIGN: char = '@';

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Portion marks, with or without parentheses; `unmarked` for a portion that bears none; `-` reads one from each line
    /// of standard input. Behind a mark, ` @YYYYMMDD` says of which day it is
    #[arg(required = true)]
    mark: Vec<String>,
    /// The day of the document
    #[arg(long, value_name = "YYYYMMDD", value_parser = day)]
    date: Option<u32>,
    /// The document is an analytic product: each classified portion counts as marked for release
    #[arg(long)]
    analytic: bool,
    #[command(flatten)]
    policy: PolicyArg,
}

/// One portion, as it was given and as it was read.
struct Portion<'p> {
    text: String,
    written: Option<Written<'p>>,
    date: Option<u32>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let policy = args.policy.read()?;
    let screen = Screen::stdout();
    let (mut portions, mut wrong) = (Vec::new(), Vec::new());
    each(&args.mark, |text| {
        let (mark, date) = mark_and_day(text)?;
        let written = match mark {
            UNMARKED => Ok(None),
            mark => read_portion(&policy, mark).map(Some),
        };
        match written {
            Ok(written) => portions.push(Portion {
                text: mark.to_owned(),
                written,
                date,
            }),
            Err(fault) if globals.json => wrong.push(fault.json(mark).to_string()),
            Err(fault) => wrong.push(fault.told(&screen, mark)),
        }
        Ok(())
    })?;
    if !wrong.is_empty() {
        for fault in wrong {
            match globals.json {
                true => screen.json(fault.as_bytes())?,
                false => print(&fault)?,
            }
        }
        return Ok(Exit::Unfit);
    }
    let facts = RollUpFacts {
        date: args.date,
        analytic: args.analytic,
        compilation: None,
    };
    let (banner, rows) = roll_up(&policy, &portions, &facts)?;
    if globals.json {
        let json = json(&portions, &banner, &rows).to_string();
        screen.json(json.as_bytes())?;
    } else {
        print(&told(&screen, &banner, &rows))?;
    }
    Ok(Exit::Done)
}

/// The banner, and what decided it.
fn roll_up<'p>(
    policy: &'p Policy,
    portions: &[Portion<'p>],
    facts: &RollUpFacts,
) -> Result<(Written<'p>, Vec<RowUsed>), Failure> {
    let nothing = || {
        Failure::unfit("no portion bears a mark, so nothing says what the banner is")
            .hint("give at least one portion mark, such as (U)")
    };
    let (banner, rows) = if policy.reads_banners() {
        let marks: Vec<PortionMark> = portions.iter().map(Portion::mark).collect();
        let rolled = policy.roll_up(&marks, facts).ok_or_else(nothing)?;
        (Written::banner_of(policy, rolled.banner), rolled.rows)
    } else {
        let mut labels = portions
            .iter()
            .filter_map(|p| Some(p.written.as_ref()?.label()));
        let first = labels.next().ok_or_else(nothing)?;
        let joined = labels.fold(first, |all: Label, one| all.join(&one));
        (Written::joined(policy, joined), Vec::new())
    };
    let label = banner.label();
    if label.admits_nobody() {
        let empty = label
            .permissive()
            .iter()
            .find(|(_, values)| values.is_empty());
        let (category, _) = empty.expect("a label that admits nobody has an empty category");
        return Err(Failure::unfit(format!(
            "these portions cannot stand under one banner: no value of `{category}` is named by all of them, so nobody could \
             read the whole"
        ))
        .hint("part the document, or ask the originators whom all of it may go to"));
    }
    Ok((banner, rows))
}

impl Portion<'_> {
    fn mark(&self) -> PortionMark {
        let marking = self.written.as_ref().and_then(|written| written.marking());
        let mark = marking.map_or_else(PortionMark::unmarked, |m| m.clone().into());
        self.date
            .map_or_else(|| mark.clone(), |date| mark.clone().of_day(date))
    }
}

/// A mark, and the day behind it.
fn mark_and_day(text: &str) -> Result<(&str, Option<u32>), Failure> {
    let Some((mark, date)) = text.rsplit_once(DAY_SIGN) else {
        return Ok((text, None));
    };
    let date = day(date)
        .map_err(|why| Failure::usage(format!("behind `{DAY_SIGN}` in `{text}`: {why}")))?;
    Ok((mark.trim_end(), Some(date)))
}

/// A day as eight digits.
fn day(text: &str) -> Result<u32, String> {
    let digits = text.len() == 8 && text.bytes().all(|c| c.is_ascii_digit());
    let day = text.parse().ok().filter(|_| digits);
    let real = |day: &u32| (1..=12).contains(&(day / 100 % 100)) && (1..=31).contains(&(day % 100));
    day.filter(real)
        .ok_or_else(|| "a day is eight digits, year, month, day, as in 20261231".to_owned())
}

fn told(screen: &Screen, banner: &Written<'_>, rows: &[RowUsed]) -> String {
    let mut out = heading(screen, &banner.banner(), "the banner");
    out += &banner.told();
    if rows.is_empty() {
        out += "  every level and every value rises to the banner; of a list of which any is enough, what is common\n";
    }
    for row in rows {
        let cites = match row.cites.is_empty() {
            true => String::new(),
            false => screen.paint(FAINT, &format!(" ({})", harmless(&row.cites))),
        };
        out += &format!(
            "  row {}: {}{cites}\n",
            harmless(&row.rule),
            harmless(&row.says)
        );
    }
    out
}

fn json(portions: &[Portion<'_>], banner: &Written<'_>, rows: &[RowUsed]) -> Value {
    let mut json = banner.json(&banner.banner());
    json["portions"] = portions.iter().map(|p| p.text.as_str()).collect();
    json["rows"] = rows
        .iter()
        .map(|row| json!({ "rule": &*row.rule, "says": &*row.says, "cites": &*row.cites }))
        .collect();
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_behind_a_mark() {
        assert_eq!(mark_and_day("(S//NF)").expect("a mark"), ("(S//NF)", None));
        assert_eq!(
            mark_and_day("(S) @20100628").expect("a day"),
            ("(S)", Some(20_100_628))
        );
        assert!(mark_and_day("(S) @2010").is_err());
        assert!(mark_and_day("(S) @20101301").is_err());
    }
}
