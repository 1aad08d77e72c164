//! `recover …`: what the key holders are asked for.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use strongroom_guard::api::{
    HolderAsk, HolderProof, HolderRequest, HolderRequests, RecoverAsk, RecoverAsked, RecoverList,
    RecoverRequest, RecoverStatus, RecoverWithdraw, RecoverWithdrawn, Request, ShareFile,
    ShareRequestQuery,
};
use strongroom_guard::recovery::claims::{Claim, Wanted};
use strongroom_record::{Entropy, OsEntropy, RecoveryId};
use strongroom_seal::KeyHolderCard;

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::commands::{init, open};
use crate::files;
use crate::holder::{self, Asking, HolderArgs, Mine};
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, pad, print, width_of};
use crate::session::{Session, request_id};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Asks the key holders to give one level or caption to one person
    Atom {
        /// A level, a value of a category, or `inspectors`, as `atom list` writes it
        atom: String,
        /// Who will hold it
        #[arg(long = "for", value_name = "NAME")]
        person: String,
        #[command(flatten)]
        by: By,
    },
    /// For someone who lost the passphrase: other keys, with all that the person held
    Person {
        /// The account name
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// Replaces one key holder: everything is split anew, with another card in that one's place
    KeyHolder {
        /// The name or the id of the present key holder
        old: String,
        /// The new card
        #[arg(long, value_name = "CARD")]
        new: PathBuf,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Replaces all key holders, or changes how many are needed: everything is split anew
    KeyHolders {
        /// The cards of all key holders from then on
        #[arg(long, value_name = "CARD", num_args = 1.., required = true)]
        card: Vec<PathBuf>,
        /// How many of them are needed from then on
        #[arg(long, value_name = "M")]
        quorum: u8,
        #[command(flatten)]
        by: By,
    },
    /// Lists what the key holders are asked for
    List,
    /// Says who the key holders are and when each last rehearsed
    Status,
    /// Takes back what the key holders were asked for
    Withdraw {
        /// The recovery, as `recover list` prints it
        recovery: String,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Writes the request to one key holder into a file, for a key holder who cannot reach the room
    Request {
        /// The recovery, as `recover list` prints it; `open` for a room that waits to be opened
        recovery: String,
        /// The id of the key holder
        holder: String,
        /// Where to put it
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Opens a room whose house key's file is lost, with the key holders, and writes the file anew; where openers open the
    /// room, no file is written
    Room(open::RecoverArgs),
}

/// Who asks: a security officer who is signed in, or a key holder.
#[derive(clap::Args)]
pub(crate) struct By {
    #[command(flatten)]
    holder: HolderArgs,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let (json, text) = match command {
        Command::Room(args) => return open::recover(globals, args),
        Command::Atom { atom, person, by } => ask(
            globals,
            by,
            RecoverAsk::Atom {
                atom: atom.clone(),
                name: person.clone(),
            },
            None,
        )?,
        Command::Person { name, by } => {
            ask(globals, by, RecoverAsk::Person { name: name.clone() }, None)?
        }
        Command::KeyHolder { old, new, request } => {
            let card = init::card(new)?;
            let what = RecoverAsk::KeyHolder {
                old: old.clone(),
                card: card.to_text(),
            };
            officer(globals, request, what)?
        }
        Command::KeyHolders { card, quorum, by } => {
            let cards = card
                .iter()
                .map(|path| init::card(path))
                .collect::<Result<Vec<_>, _>>()?;
            let what = RecoverAsk::KeyHolders {
                cards: cards.iter().map(KeyHolderCard::to_text).collect(),
                quorum: *quorum,
            };
            ask(
                globals,
                by,
                what,
                Some(Wanted::key_holders(&cards, *quorum)),
            )?
        }
        Command::List => {
            let (list, json) = Session::of(globals)?.get::<RecoverList>(&Request::RecoverList)?;
            (json, listed(&list))
        }
        Command::Status => {
            let (status, json) =
                Session::of(globals)?.get::<RecoverStatus>(&Request::RecoverStatus)?;
            (json, holders(&status))
        }
        Command::Withdraw { recovery, request } => {
            let id = request_id(request.request.as_deref());
            let ask = Request::RecoverWithdraw(RecoverWithdraw {
                recovery: recovery.clone(),
                request: Some(id.clone()),
            });
            let json = Session::of(globals)?.change(&ask, &id)?;
            let done: RecoverWithdrawn = read(&json)?;
            let text = format!(
                "{} is withdrawn; what was given for it is gone\nreceipt {}\n",
                harmless(&done.recovery),
                harmless(&done.receipt)
            );
            (json, text)
        }
        Command::Request {
            recovery,
            holder,
            to,
        } => return request_file(globals, recovery, holder, to),
    };
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn ask(
    globals: &Globals,
    by: &By,
    what: RecoverAsk,
    wanted: Option<Wanted>,
) -> Result<(Vec<u8>, String), Failure> {
    let Some(mine) = Mine::named(globals, &by.holder)? else {
        return officer(globals, &by.request, what);
    };
    let asking = Asking::of(globals)?;
    let wanted = wanted
        .or_else(|| Wanted::of(&what))
        .expect("what has no name of its own was given one");
    let recovery = match &by.request.request {
        Some(id) => id
            .parse()
            .map_err(|_| Failure::usage("the id of --request is malformed"))?,
        None => RecoveryId::random(&mut OsEntropy.stream(b"recovery")),
    };
    let (_, room) = asking.challenge()?;
    let claim = Claim::Asks {
        recovery,
        what: wanted,
    };
    let json = asking.ask(&HolderRequest::Ask(HolderAsk {
        holder: mine.id(),
        recovery: recovery.to_string(),
        ask: what,
        signature: holder::base64(&claim.sign(mine.holder(), room)),
    }))?;
    asked(json)
}

fn officer(
    globals: &Globals,
    request: &RequestArg,
    ask: RecoverAsk,
) -> Result<(Vec<u8>, String), Failure> {
    let id = request_id(request.request.as_deref());
    let request = Request::Recover(RecoverRequest {
        ask,
        request: Some(id.clone()),
    });
    asked(Session::of(globals)?.change(&request, &id)?)
}

fn asked(json: Vec<u8>) -> Result<(Vec<u8>, String), Failure> {
    let asked: RecoverAsked = read(&json)?;
    let mut text = format!(
        "{} of the {} key holders are asked, until {}: each runs `strongroom key-holder give`.\nrecovery {}\nreceipt  {}\n",
        asked.needed,
        asked.of,
        harmless(&asked.until),
        harmless(&asked.recovery),
        harmless(&asked.receipt)
    );
    if let Some(code) = &asked.code {
        text += &format!(
            "\nGive this code to the person in private; it is good once:\n\n    {}\n\nThe person runs: strongroom join CODE\nand reads the fingerprint out to each key holder.\n",
            harmless(code)
        );
    }
    Ok((json, text))
}

fn listed(list: &RecoverList) -> String {
    if list.recoveries.is_empty() {
        return "nothing waits for the key holders\n".to_owned();
    }
    let row = |row: &strongroom_guard::api::RecoverRow| {
        format!(
            "{}  {}\n    asked by {}, {} of {} given, waits for {}, until {}\n",
            harmless(&row.recovery),
            harmless(&row.what),
            harmless(&row.by),
            row.given,
            row.needed,
            harmless(&row.waits_for),
            harmless(&row.until)
        )
    };
    list.recoveries.iter().map(row).collect()
}

fn holders(status: &RecoverStatus) -> String {
    let names = status
        .key_holders
        .iter()
        .map(|h| width_of(&harmless(&h.name)));
    let columns = names.max().unwrap_or(0);
    let mut text = format!(
        "{} of {} key holders are needed\n",
        status.needed,
        status.key_holders.len()
    );
    for row in &status.key_holders {
        let rehearsed = match (&row.rehearsed, row.wrong) {
            (None, _) => "never rehearsed".to_owned(),
            (Some(at), 0) => format!("rehearsed {}", harmless(at)),
            (Some(at), wrong) => format!("rehearsed {}, {wrong} shares were wrong", harmless(at)),
        };
        text += &format!(
            "{}  {}  {rehearsed}\n",
            pad(&harmless(&row.name), columns),
            harmless(&row.id)
        );
    }
    text
}

/// Writes a request into a file.
fn request_file(
    globals: &Globals,
    recovery: &str,
    holder: &str,
    to: &Path,
) -> Result<Exit, Failure> {
    let asking = Asking::of(globals)?;
    let text = if asking.waiting {
        let proof = HolderProof {
            holder: holder.to_owned(),
            challenge: String::new(),
            signature: String::new(),
        };
        let json = asking.ask(&HolderRequest::Requests(proof))?;
        let all: HolderRequests = read(&json)?;
        let waiting = all.requests.into_iter().find_map(|r| r.request);
        holder::request(&waiting.ok_or_else(holder::unreadable)?)?.to_text()
    } else {
        let query = Request::RecoverShareRequest(ShareRequestQuery {
            recovery: recovery.to_owned(),
            holder: holder.to_owned(),
        });
        let (file, _) = Session::of(globals)?.get::<ShareFile>(&query)?;
        file.text
    };
    files::write_private_new(to, &text)?;
    print(&format!(
        "{}: the request. Its key holder answers it with `strongroom key-holder give --request {} --answer FILE`.\n",
        to.display(),
        to.display()
    ))?;
    Ok(Exit::Done)
}
