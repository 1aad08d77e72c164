//! `init`: founds a room, in this process, with nobody else running.

mod making;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use strongroom_guard::{Environment, Founded, Founding, FoundingError, found};
use strongroom_seal::{KeyHolderCard, Suite};
use strongroom_vault::Vault;

use crate::cli::Globals;
use crate::files;
use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure};
use crate::places::Place;
use crate::policies;
use crate::room::Room;
use crate::screen::{Screen, harmless, pad, print, quoted, typed, width_of};
use crate::secrets::{self, Floor, Fresh};

use making::Making;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to make; --room names it too
    #[arg(value_name = "ROOM")]
    folder: Option<PathBuf>,
    /// A marking policy that is built in (`marking policy` lists them), or a file with one
    #[arg(long, value_name = "NAME|FILE")]
    policy: String,
    /// The founder's account name
    #[arg(long, value_name = "NAME", default_value = "founder")]
    founder: String,
    /// Cards of the key holders, made before with `key-holder new`: they recover lost keys. Without them a recovery
    /// sheet is printed, which does the same alone
    #[arg(long, value_name = "CARD", num_args = 1..)]
    key_holder: Vec<PathBuf>,
    /// How many key holders are needed to recover keys
    #[arg(long, value_name = "M", requires = "key_holder")]
    quorum: Option<u8>,
    /// Who holds the keys to what will be filed, before anyone is cleared
    #[arg(long, value_enum, default_value = "founder")]
    first_holder: FirstHolder,
    /// Where to put the house key, if not in the room's folder
    #[arg(long, value_name = "FILE", conflicts_with = "opener")]
    house_key: Option<PathBuf>,
    /// Cards of those who open the room together; without them a key file opens it
    #[arg(long, value_name = "CARD", num_args = 1.., requires = "opening_quorum")]
    opener: Vec<PathBuf>,
    /// How many of the openers are needed each time the room is opened
    #[arg(long, value_name = "K", requires = "opener")]
    opening_quorum: Option<u8>,
    /// Approval rules of the room's own; without them it has those of the program, as `rules show` prints them
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Where to put the recovery sheet, if it is not to be printed
    #[arg(long, value_name = "FILE", conflicts_with = "key_holder")]
    recovery_sheet: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FirstHolder {
    /// The founder holds every level and category, and can clear others
    Founder,
    /// Nobody: only the key holders' quorum can clear anyone
    None,
}

/// Approval rules in a file.
fn rules_of(path: &Path) -> Result<String, Failure> {
    let text = files::read_text(path)?;
    strongroom_guard::check_rules(&text).map_err(|e| {
        Failure::unfit(format!("{} has no approval rules: {e}", path.display()))
            .hint("`rules show` prints those of a room, to begin from")
    })?;
    Ok(text.to_string())
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let policy = policies::named(&args.policy)?;
    let rules = args.rules.as_deref().map(rules_of).transpose()?;
    let cards = args
        .key_holder
        .iter()
        .map(|path| card(path))
        .collect::<Result<Vec<_>, _>>()?;
    let openers = args
        .opener
        .iter()
        .map(|path| card(path))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(both) = openers
        .iter()
        .find(|o| cards.iter().any(|c| c.id() == o.id()))
    {
        return Err(Failure::usage(format!(
            "{} is opener and key holder with one card",
            harmless(both.name())
        ))
        .hint("these are two secrets: make another card for opening, with `key-holder new`"));
    }
    if !cards.is_empty() && args.quorum.is_none() {
        return Err(
            Failure::usage("how many of the key holders are needed to recover keys?")
                .hint("say so with --quorum M"),
        );
    }
    if globals.json
        && (globals.passphrase_file.is_none()
            || (cards.is_empty() && args.recovery_sheet.is_none()))
    {
        return Err(Failure::usage("with --json, secrets are not printed").hint(
            "name files for them: --passphrase-file, and --recovery-sheet unless there are key holders",
        ));
    }
    let room = globals.room_or(args.folder.as_ref())?;
    // From here on an interruption is heard between the steps, and leaves nothing.
    let interrupts = Interrupts::of_any_end()?;
    let go_on = || interrupts.check("interrupted: no room was founded, and nothing of it is left");
    let mut making = Making::begin(&room)?;
    let floor = policy.passphrase();
    let mut fresh = secrets::fresh(
        globals.passphrase_file.as_deref(),
        Floor {
            words: usize::from(floor.words),
            own_chars: floor.own_chars.map_or(0, usize::from),
        },
    )?;

    let vault = Vault::create(making.room().store())
        .map_err(|e| Failure::new(Exit::Machine, e.to_string()))?;
    let founding = Founding {
        policy,
        suite: Suite::Cnsa,
        founder: args.founder.clone(),
        passphrase: strongroom_seal::Passphrase::new(fresh.passphrase.expose())
            .expect("it was one before"),
        quorum: args.quorum.unwrap_or(1),
        key_holders: cards.clone(),
        openers: args.opening_quorum.map(|quorum| (openers.clone(), quorum)),
        founder_holds: args.first_holder == FirstHolder::Founder,
        rules,
    };
    go_on()?;
    let founded = found(vault, founding, &Environment::real()).map_err(not_founded)?;
    go_on()?;
    let house_key = args.house_key.clone().unwrap_or_else(|| room.house_key());
    match &founded.house_opening {
        Some(shares) => making.write(&room.house_opening(), &shares.to_text())?,
        None => making.write(&house_key, founded.house.to_text().expose())?,
    }
    making.write(&room.house_recovery(), &founded.house_recovery.to_text())?;
    if let (Some(path), Some(sheet)) = (&args.recovery_sheet, &founded.recovery_sheet) {
        making.write(path, sheet.to_text().expose())?;
    }
    go_on()?;
    making.finish()?;
    fresh.keep();
    // Whoever made it has seen it.
    if let Some(place) = Place::of(&room) {
        place.founded(founded.room);
    }

    if globals.json {
        let facts = serde_json::json!({
            "room": founded.room.to_string(),
            "founder": args.founder,
            "fingerprint": founded.fingerprint,
            "atoms": founded.atoms,
            "genesis": data_encoding::HEXLOWER.encode(&founded.genesis),
            "key_holders": cards
                .iter()
                .map(|card| serde_json::json!({ "name": card.name(), "id": card.id().to_string() }))
                .collect::<Vec<_>>(),
        });
        Screen::stdout().json(facts.to_string().as_bytes())?;
    } else {
        print(&explanation(
            args, &room, &house_key, &founded, &cards, &fresh,
        ))?;
    }
    Ok(Exit::Done)
}

/// Reads a key holder's card. What it says of itself for people must be what follows from its key.
pub(crate) fn card(path: &Path) -> Result<KeyHolderCard, Failure> {
    let text = files::read_text(path)?;
    let card = KeyHolderCard::from_text(&text).map_err(|e| {
        Failure::unfit(format!("{} is no key holder's card: {e}", path.display()))
            .hint("it is the file that `key-holder new` called the card, not the private one")
    })?;
    match lying_remark(&text, &card) {
        None => Ok(card),
        Some(remark) => Err(Failure::new(
            Exit::Unfit,
            format!(
                "{} was changed: it says `{remark}`, and holds the key {} of {}",
                path.display(),
                card.id(),
                card.name()
            ),
        )
        .hint("ask the key holder for the card again, and compare the id")),
    }
}

/// The first remark on a card about a name or an id that the card itself would not make.
fn lying_remark<'t>(text: &'t str, card: &KeyHolderCard) -> Option<&'t str> {
    let remark = |line: &'t str| line.trim().strip_prefix('#').map(str::trim);
    let own = card.to_text();
    let true_ones: Vec<&str> = own
        .lines()
        .filter_map(|line| line.strip_prefix('#').map(str::trim))
        .collect();
    text.lines()
        .filter_map(remark)
        .filter(|said| said.starts_with("name:") || said.starts_with("id:"))
        .find(|said| !true_ones.contains(said))
}

fn not_founded(error: FoundingError) -> Failure {
    let exit = match &error {
        FoundingError::Fault(_) => Exit::Machine,
        _ => Exit::Usage,
    };
    Failure::new(exit, error.to_string()).hint("nothing was made")
}

fn explanation(
    args: &Args,
    room: &Room,
    house_key: &Path,
    founded: &Founded,
    cards: &[KeyHolderCard],
    fresh: &Fresh,
) -> String {
    let path = room.folder().display().to_string();
    let folder = &path;
    let founder = &args.founder;
    let mut text = format!(
        "The room {} is founded in {folder}, with {} keys to what will be filed.\n\n",
        founded.room, founded.atoms
    );
    text += &format!(
        "{founder} is its only security officer, and records officer and reader. Until a second security\n\
         officer is confirmed, each clearance is marked in the ledger as a lone founder's.\n"
    );
    text += if args.first_holder == FirstHolder::Founder {
        "The founder is first holder of every level and category: reads everything that is filed, and can clear others.\n"
    } else {
        "WARNING: nobody holds a level or category: nobody can be cleared and nobody can read what is filed until the\n\
         key holders' quorum clears someone, with `strongroom recover atom ATOM --for NAME`.\n"
    };
    text += &format!("Fingerprint of {founder}'s keys: {}\n", founded.fingerprint);
    text += &fresh.lines();
    text += &match args.opening_quorum {
        None => format!(
            "\nThe house key lies in {}. It opens the room, and by itself no record.\nKeep a copy of it elsewhere, apart from copies of the room.\n",
            house_key.display()
        ),
        Some(quorum) => format!(
            "\nNo key file opens the room: {quorum} of its {} openers do, each time, with `strongroom key-holder give`.\n",
            args.opener.len()
        ),
    };
    text += match args.opening_quorum {
        None => {
            "If the house key is lost, the key holders or the recovery sheet give it back: `strongroom recover room`.\n"
        }
        Some(_) => {
            "If too few openers are left, the key holders or the recovery sheet open it: `strongroom recover room`, which writes no key file.\n"
        }
    };
    match (&founded.recovery_sheet, &args.recovery_sheet) {
        (Some(sheet), None) => {
            text += &format!(
                "\nThe recovery sheet, shown this once. Print it and lock it away: it recovers every key of the room.\n\n{}\n",
                sheet.to_text().expose().trim_end()
            );
        }
        (Some(_), Some(path)) => {
            text += &format!(
                "\nThe recovery sheet lies in {}. Print it, lock it away and remove the file: it recovers every key of the room.\n",
                path.display()
            );
        }
        (None, _) => {
            text += &format!(
                "\nRecovery takes {} of the {} key holders. Compare each id with what its holder reads out to you;\n\
                 if one differs, someone put another card in its place, and this room is not to be used:\n",
                args.quorum.unwrap_or(1),
                cards.len()
            );
            let names = cards.iter().map(|c| width_of(&harmless(c.name())));
            let columns = names.max().unwrap_or(0);
            for card in cards {
                text += &format!(
                    "  {}  {}\n",
                    pad(&harmless(card.name()), columns),
                    card.id()
                );
            }
        }
    }
    let elsewhere = house_key.display().to_string();
    let mut open = vec!["open", folder];
    if args.house_key.is_some() {
        open.extend(["--house-key", &elsewhere]);
    }
    text += &format!(
        "\nNext:\n  {}\n  {}\n  {} NAME --role reader\n\
         Other accounts of this machine reach the room's guard after `{}`, and can read its\n\
         ledger, {}, which is public and tells of no record; every other file stays closed to them.\n",
        typed(&open),
        typed(&["--room", folder, "sign-in", founder]),
        typed(&["--room", folder, "person", "invite"]),
        quoted(&["chmod", "711", folder]),
        room.ledger().display(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_record::{Entropy, SeededEntropy};

    #[test]
    fn a_card_says_of_itself_what_follows_from_its_key() {
        let mut dice = SeededEntropy::new(7).stream(b"cards");
        let mut card = |name| {
            strongroom_seal::KeyHolder::random(Suite::Cnsa, name, &mut dice)
                .expect("a name")
                .card()
        };
        let (ada, eve) = (card("Ada"), card("Eve"));
        let honest = ada.to_text();
        assert_eq!(lying_remark(&honest, &ada), None);
        let mailed = format!("> Dear all\r\n{}", honest.replace('\n', "\r\n"));
        assert_eq!(lying_remark(&mailed, &ada), None);
        // Eve's key under what Ada's card says.
        let forged = |what: &str, from: String, to: String| {
            let text = eve.to_text().replace(&from, &to);
            assert!(text.contains(&to));
            assert_eq!(lying_remark(&text, &eve), Some(&*to), "{what}");
        };
        forged("a name", "name: Eve".into(), "name: Ada".into());
        forged(
            "an id",
            format!("id: {}", eve.id()),
            format!("id: {}", ada.id()),
        );
    }
}
