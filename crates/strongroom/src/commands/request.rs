//! `request …`: asks for what takes more hands than one's own.

use std::path::PathBuf;

use clap::Subcommand;
use strongroom_guard::api::{
    Depart, DepartDone, Downgrade, Request, RequestAsk, RequestFor, RequestMade,
};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::list::SHORT_ID_CHARS;

/// Why, and the request id of a lost attempt.
#[derive(clap::Args)]
pub(crate) struct Why {
    /// Why, in words, for those who are to approve it
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Asks for a person to be cleared; who holds the levels and captions approves
    Clear {
        /// The account name
        name: String,
        /// Levels and captions: `at-most Secret; Nodis` is Secret and all below it, and Nodis
        clearance: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for a record to be taken back that was filed by mistake
    Withdraw {
        /// The record, by id or the beginning of it
        #[arg(value_name = "ID")]
        record: String,
        /// A reason of the policy; a wrong one is answered with the list
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for a record to be destroyed: every key and every value of it, in all its versions, for good
    Destroy {
        /// The record, by id or the beginning of it
        #[arg(value_name = "ID")]
        record: String,
        /// A reason of the policy; a wrong one is answered with the list
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for other approval rules, from a file; `rules show` prints those in force, to begin from
    Rules {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for the next version of the marking policy, from a file: what is in the policy stays; markings, reasons and schedules may come, terms and years may change
    Policy {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for somebody to stand for somebody else, with that person's roles: for requests the two are one hand
    Acting {
        /// Whom the deputy stands for
        #[arg(value_name = "FOR")]
        principal: String,
        /// The deputy's account name
        #[arg(long = "by", value_name = "NAME")]
        deputy: String,
        /// Until when: the beginning of a day in UTC, as `2026-12-01`
        #[arg(long, value_name = "DATE")]
        until: String,
        #[command(flatten)]
        why: Why,
    },
    /// Has a person leave, as security officer: sessions end, keys are deleted and turned; of officers, inspectors and masking authorities another approves it
    Depart {
        /// The account name
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Asks for a record, or portions of it, to be lowered; another records officer who may read it approves
    Lower {
        #[command(flatten)]
        of: OfRecord,
        /// The marking that it is to have
        #[arg(long, value_name = "MARKING")]
        to: String,
        /// Only these portions: numbers as `read` last showed them, ids, or names of header fields
        #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
        portion: Vec<String>,
    },
    /// Asks for your own restriction of a record to be undone, within a day and if nobody has read under it
    Undo {
        #[command(flatten)]
        of: OfRecord,
    },
    /// Asks for a hold to be released
    ReleaseHold {
        #[command(flatten)]
        of: OfRecord,
        /// The hold, as `hold list` names it, where several lie on the record
        #[arg(long, value_name = "ID")]
        hold: Option<String>,
    },
    /// Asks for a record to be kept under another schedule, or to fall on another day
    Schedule {
        #[command(flatten)]
        of: OfRecord,
        /// The schedule, by its name in the policy
        #[arg(long, value_name = "NAME")]
        schedule: Option<String>,
        /// The day on which it falls to the lowest level, as 2030-12-31; or the day on which an event came that it waited for
        #[arg(long, value_name = "DATE")]
        declassify_on: Option<String>,
        /// The day on which it falls to --downgrade-to
        #[arg(long, value_name = "DATE", requires = "downgrade_to")]
        downgrade_on: Option<String>,
        /// The marking that it falls to on --downgrade-on
        #[arg(long, value_name = "MARKING", requires = "downgrade_on")]
        downgrade_to: Option<String>,
    },
}

/// A record, and why.
#[derive(clap::Args)]
pub(crate) struct OfRecord {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    why: Why,
}

impl Command {
    fn parts(&self) -> Result<(RequestFor, Option<&String>, &Why), Failure> {
        Ok(match self {
            Self::Clear {
                name,
                clearance,
                why,
            } => {
                let ask = RequestFor::Clear {
                    name: name.clone(),
                    clearance: clearance.clone(),
                };
                (ask, None, why)
            }
            Self::Withdraw {
                record,
                reason,
                why,
            } => {
                check_id(record)?;
                let ask = RequestFor::Withdraw {
                    record: record.clone(),
                };
                (ask, Some(reason), why)
            }
            Self::Destroy {
                record,
                reason,
                why,
            } => {
                check_id(record)?;
                let ask = RequestFor::Destroy {
                    record: record.clone(),
                };
                (ask, Some(reason), why)
            }
            Self::Rules { file, why } => {
                let rules = files::read_text(file)?.to_string();
                (RequestFor::Rules { rules }, None, why)
            }
            Self::Policy { file, why } => {
                let policy = files::read_text(file)?.to_string();
                (RequestFor::Policy { policy }, None, why)
            }
            Self::Acting {
                principal,
                deputy,
                until,
                why,
            } => {
                let ask = RequestFor::Acting {
                    deputy: deputy.clone(),
                    principal: Some(principal.clone()),
                    until: until.clone(),
                };
                (ask, None, why)
            }
            Self::Depart { .. } => unreachable!("asked for in its own way"),
            Self::Lower { of, to, portion } => {
                let ask = RequestFor::Lower {
                    record: of.named()?,
                    to: to.clone(),
                    portions: portion.clone(),
                };
                (ask, Some(&of.reason), &of.why)
            }
            Self::Undo { of } => {
                let record = of.named()?;
                (RequestFor::Undo { record }, Some(&of.reason), &of.why)
            }
            Self::ReleaseHold { of, hold } => {
                let ask = RequestFor::ReleaseHold {
                    record: of.named()?,
                    hold: hold.clone(),
                };
                (ask, Some(&of.reason), &of.why)
            }
            Self::Schedule {
                of,
                schedule,
                declassify_on,
                downgrade_on,
                downgrade_to,
            } => {
                let downgrade = downgrade_on.clone().zip(downgrade_to.clone());
                let ask = RequestFor::Schedule {
                    record: of.named()?,
                    schedule: schedule.clone(),
                    declassify_on: declassify_on.clone(),
                    downgrade: downgrade.map(|(on, to)| Downgrade { on, to }),
                };
                (ask, Some(&of.reason), &of.why)
            }
        })
    }
}

impl OfRecord {
    /// The record, if that can be one.
    fn named(&self) -> Result<String, Failure> {
        check_id(&self.record)?;
        Ok(self.record.clone())
    }
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    if let Command::Depart { name, why } = command {
        return depart(globals, name, why);
    }
    let (ask, reason, why) = command.parts()?;
    let id = request_id(why.request.request.as_deref());
    let ask = Request::Ask(RequestAsk {
        ask,
        reason: reason.cloned(),
        authority: why.authority.clone(),
        because: why.because.clone(),
        request: Some(id.clone()),
    });
    made(globals, &ask, &id)
}

fn depart(globals: &Globals, name: &str, why: &Why) -> Result<Exit, Failure> {
    let id = request_id(why.request.request.as_deref());
    let ask = Request::Depart(Depart {
        name: name.to_owned(),
        because: why.because.clone(),
        request: Some(id.clone()),
    });
    let json = Session::of(globals)?.change(&ask, &id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let done: DepartDone = read(&json)?;
    let mut text: String = done
        .done
        .iter()
        .map(|line| format!("{}\n", harmless(line)))
        .collect();
    if let Some(asked) = &done.asked {
        let asked = harmless(asked);
        let short: String = asked.chars().take(SHORT_ID_CHARS).collect();
        text += &format!(
            "asked for: request {asked}\n  others decide with `approve {short}` or `deny {short}`\n"
        );
    }
    text += &format!("  receipt {}\n", harmless(&done.receipt));
    print(&text)?;
    Ok(Exit::Done)
}

/// Sends what asks for something, and says how it goes on.
pub(super) fn made(globals: &Globals, ask: &Request, id: &str) -> Result<Exit, Failure> {
    let json = Session::of(globals)?.change(ask, id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&read(&json)?))?;
    }
    Ok(Exit::Done)
}

fn told(made: &RequestMade) -> String {
    let id = harmless(&made.id);
    let short: String = id.chars().take(SHORT_ID_CHARS).collect();
    format!(
        "asked for: request {id}\n  others decide with `approve {short}` or `deny {short}`, until {}\n  receipt {}\n",
        harmless(&made.until),
        harmless(&made.receipt)
    )
}
