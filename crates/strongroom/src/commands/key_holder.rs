//! `key-holder …`: a card to give away and a file to keep; and what a key holder does with them.

mod rehearse;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use data_encoding::BASE64;
use strongroom_guard::api::{HolderGave, HolderGive, HolderRequest, ShareAsked};
use strongroom_record::{Entropy, OsEntropy, decode, encode};
use strongroom_seal::passphrase::GENERATED_WORDS;
use strongroom_seal::{KeyHolder, ShareAnswer, ShareRequest, Suite};

use crate::cli::Globals;
use crate::client::read;
use crate::files;
use crate::holder::{self, Asking, HolderArgs, Mine};
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::secrets::{self, Floor};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a card, and a private file under a passphrase
    New {
        /// The key holder's name, as the card is to bear it
        name: String,
        /// Where to put the card [default: NAME.card]
        #[arg(long, value_name = "FILE")]
        card: Option<PathBuf>,
        /// Where to put the private file [default: NAME.key]
        #[arg(long, value_name = "FILE")]
        private: Option<PathBuf>,
    },
    /// Lists what waits for you
    Requests {
        #[command(flatten)]
        mine: HolderArgs,
    },
    /// Gives your shares for what is asked, after showing it
    Give(GiveArgs),
    /// Brings an answer that `give --answer` wrote in a file to the room
    Deliver {
        /// The file with the answer
        answer: PathBuf,
    },
    /// Opens every share that you keep, compares it with the ledger, and gives none
    Rehearse {
        #[command(flatten)]
        mine: HolderArgs,
    },
}

#[derive(clap::Args)]
pub(crate) struct GiveArgs {
    /// For which recovery, by the id that `key-holder requests` prints; needed if several wait
    recovery: Option<String>,
    #[command(flatten)]
    mine: HolderArgs,
    /// Gives without asking
    #[arg(long)]
    yes: bool,
    /// Answers a request in a file, which was brought from the room
    #[arg(
        long,
        value_name = "FILE",
        requires = "answer",
        conflicts_with = "recovery"
    )]
    request: Option<PathBuf>,
    /// Where to put the answer, to be brought to the room
    #[arg(long, value_name = "FILE", requires = "request")]
    answer: Option<PathBuf>,
}

/// Bytes of a request or an answer in a file: as much as a guard takes, in base 64 with its line ends.
const ANSWER_MAX_BYTES: usize = 16 << 20;

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::New {
            name,
            card,
            private,
        } => new(globals, name, card.as_deref(), private.as_deref()),
        Command::Requests { mine } => requests(globals, mine),
        Command::Give(args) => give(globals, args),
        Command::Deliver { answer } => deliver(globals, answer),
        Command::Rehearse { mine } => rehearse::run(globals, mine),
    }
}

/// Lists what waits for this key holder.
fn requests(globals: &Globals, mine: &HolderArgs) -> Result<Exit, Failure> {
    let mine = Mine::of(globals, mine)?;
    let (all, json) = Asking::of(globals)?.requests(&mine)?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    if all.requests.is_empty() {
        print("nothing waits for you\n")?;
    }
    for one in &all.requests {
        print(&told(one)?)?;
    }
    Ok(Exit::Done)
}

fn told(one: &ShareAsked) -> Result<String, Failure> {
    let given = if one.given { ", you have given" } else { "" };
    let what = match (&one.request, &one.asked) {
        (Some(request), _) => {
            let request = holder::request(request)?;
            let asked = decode(&request.asked).map_err(|_| holder::unreadable())?;
            holder::told(&asked)
        }
        (None, Some(asked)) => format!("  {}; nothing can be given yet\n", harmless(asked)),
        (None, None) => String::new(),
    };
    Ok(format!(
        "{}: {} of {} given{given}\n{what}",
        harmless(&one.recovery),
        one.waiting.given,
        one.waiting.needed
    ))
}

fn give(globals: &Globals, args: &GiveArgs) -> Result<Exit, Failure> {
    let mine = Mine::of(globals, &args.mine)?;
    if let (Some(from), Some(to)) = (&args.request, &args.answer) {
        let text = files::read_bounded(from, ANSWER_MAX_BYTES)?;
        let text = String::from_utf8_lossy(&text);
        let request = ShareRequest::from_text(&text)
            .map_err(|e| Failure::unfit(format!("{} is no request: {e}", from.display())))?;
        let answer = holder::answer(&request, &mine, args.yes)?;
        files::write_private_new(to, &answer.to_text())?;
        print(&format!(
            "{}: the answer. Bring it to the room: `strongroom key-holder deliver {}`.\n",
            to.display(),
            to.display()
        ))?;
        return Ok(Exit::Done);
    }
    let asking = Asking::of(globals)?;
    let (all, _) = asking.requests(&mine)?;
    let one = chosen(&all.requests, args.recovery.as_deref())?;
    let request = one.request.as_deref().ok_or_else(|| {
        Failure::new(Exit::Conflict, "nothing can be given for this yet")
            .hint("the person joins with the code first; or it is to be asked for again")
    })?;
    let answer = holder::answer(&holder::request(request)?, &mine, args.yes)?;
    bring(globals, &asking, &answer)
}

/// The one that is meant.
fn chosen<'r>(all: &'r [ShareAsked], named: Option<&str>) -> Result<&'r ShareAsked, Failure> {
    let fits = |r: &&ShareAsked| match named {
        Some(id) => r.recovery.starts_with(id),
        None => !r.given,
    };
    let mut fitting: Vec<&ShareAsked> = all.iter().filter(fits).collect();
    if named.is_none() {
        // Of several, those for which something can be given, and is needed still.
        let wanted = |r: &&ShareAsked| r.request.is_some() && r.waiting.given < r.waiting.needed;
        let wanted: Vec<&ShareAsked> = fitting.iter().copied().filter(wanted).collect();
        if !wanted.is_empty() {
            fitting = wanted;
        }
    }
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(
            Failure::new(Exit::NotFound, "nothing waits for you to give")
                .hint("`strongroom key-holder requests` lists what does"),
        ),
        _ => Err(Failure::usage("several things wait for you; which one?")
            .hint("name it by the id that `strongroom key-holder requests` prints")),
    }
}

fn deliver(globals: &Globals, path: &Path) -> Result<Exit, Failure> {
    let text = files::read_bounded(path, ANSWER_MAX_BYTES)?;
    let answer = ShareAnswer::from_text(&String::from_utf8_lossy(&text))
        .map_err(|e| Failure::unfit(format!("{} is no answer: {e}", path.display())))?;
    bring(globals, &Asking::of(globals)?, &answer)
}

fn bring(globals: &Globals, asking: &Asking, answer: &ShareAnswer) -> Result<Exit, Failure> {
    let answer = BASE64.encode(&encode(answer));
    let json = asking.ask(&HolderRequest::Give(HolderGive { answer }))?;
    if globals.json {
        Screen::stdout().json(&json)?;
        return Ok(Exit::Done);
    }
    let gave: HolderGave = read(&json)?;
    let did = gave
        .did
        .map_or_else(String::new, |did| format!("{}\n", harmless(&did)));
    print(&format!(
        "given: {} of {}\n{did}",
        gave.waiting.given, gave.waiting.needed
    ))?;
    Ok(Exit::Done)
}

fn new(
    globals: &Globals,
    name: &str,
    card: Option<&Path>,
    private: Option<&Path>,
) -> Result<Exit, Failure> {
    if globals.json && globals.passphrase_file.is_none() {
        return Err(Failure::usage("with --json, secrets are not printed")
            .hint("name a file for the passphrase: --passphrase-file FILE"));
    }
    check_name(name)?;
    let mut dice = OsEntropy.stream(b"key-holder");
    let holder = KeyHolder::random(Suite::Cnsa, name, &mut dice)
        .map_err(|e| Failure::usage(e.to_string()))?;
    // The name may hold what a file name may not.
    let stem: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let card_path = card.map_or_else(|| format!("{stem}.card").into(), PathBuf::from);
    let private_path = private.map_or_else(|| format!("{stem}.key").into(), PathBuf::from);
    let mut fresh = secrets::fresh(
        globals.passphrase_file.as_deref(),
        Floor {
            words: GENERATED_WORDS,
            own_chars: 0,
        },
    )?;
    let file = holder.lock(&fresh.passphrase, &mut dice);
    files::write_private_new(&private_path, &file.to_text())?;
    let made = holder.card();
    if let Err(failure) = files::write_public_new(&card_path, &made.to_text()) {
        // A private file without its card is of no use; nothing else was made.
        let _ = std::fs::remove_file(&private_path);
        return Err(failure);
    }
    fresh.keep();
    if globals.json {
        let facts = serde_json::json!({
            "name": made.name(),
            "id": made.id().to_string(),
            "card": card_path,
            "private": private_path,
        });
        Screen::stdout().json(facts.to_string().as_bytes())?;
    } else {
        print(&format!(
            "Key holder {} has the id {}.\n\n{}: the card. Give it to whoever founds the room, and read the id out to them.\n{}: the private file. Keep it, where no room is.\n{}",
            made.name(),
            made.id(),
            card_path.display(),
            private_path.display(),
            fresh.lines()
        ))?;
    }
    Ok(Exit::Done)
}

/// A name that people compare, and that becomes part of file names, shows whole and is no path.
fn check_name(name: &str) -> Result<(), Failure> {
    let shows = name.trim() == name && harmless(name) == name;
    if shows && !name.starts_with('.') && !name.contains(['/', '\\']) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} cannot be a key holder's name"))
        .hint("a name does not begin with a dot, has no slashes, no space around it, and nothing that does not show"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::Waiting;

    fn asked(recovery: &str, request: bool, given: usize) -> ShareAsked {
        ShareAsked {
            recovery: recovery.to_owned(),
            request: request.then(String::new),
            asked: None,
            given: false,
            waiting: Waiting {
                room: String::new(),
                what: String::new(),
                given,
                needed: 2,
            },
        }
    }

    #[test]
    fn of_several_things_that_wait_the_one_is_meant_for_which_something_can_be_given() {
        let all = [
            asked("a", true, 2),
            asked("b", true, 1),
            asked("c", false, 0),
        ];
        let named = |all: &[ShareAsked], id| chosen(all, id).map(|one| one.recovery.clone());
        assert_eq!(named(&all, None).ok().as_deref(), Some("b"));
        assert_eq!(named(&all, Some("c")).ok().as_deref(), Some("c"));
        assert_eq!(named(&all[2..], None).ok().as_deref(), Some("c"));
        let two = [asked("a", true, 0), asked("b", true, 0)];
        assert_eq!(named(&two, None).err().map(|e| e.exit()), Some(Exit::Usage));
        assert_eq!(
            named(&[], None).err().map(|e| e.exit()),
            Some(Exit::NotFound)
        );
    }

    #[test]
    fn a_name_is_one_that_people_have() {
        for name in ["Ada", "Ada Lovelace", "J. O'Neill", "Zoë"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "../evil",
            "a/b",
            "a\\b",
            ".x",
            " Ada",
            "Ada ",
            "A\u{202e}da",
            "A\u{1b}[2J",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
