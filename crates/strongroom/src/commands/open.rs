//! `open`: runs the guard of a room in the foreground.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use strongroom_guard::api::Status;
use strongroom_guard::{Environment, Fault, Gather, Gathering, Guard, OpenError, Outside, room_in};
use strongroom_record::recovery::{Asked, AskedFor, OpenedFor};
use strongroom_seal::{HolderId, HouseKey, HousePurpose, HouseShares};
use strongroom_service::{
    Listener, OpeningError, SocketError, Word, gather, serve_telling, termination, while_opening,
};
use strongroom_tlog::policy::Policy;
use strongroom_vault::folder::{FolderError, HeadFile, LedgerFolder};
use strongroom_vault::{Spool, Vault, VaultError};

use crate::cli::Globals;
use crate::files;
use crate::hook::Hook;
use crate::intake::confined;
use crate::outcome::{Exit, Failure, note};
use crate::room::Room;
use crate::screen::print;

#[derive(Clone, clap::Args)]
pub(crate) struct Args {
    /// The room's folder
    #[arg(value_name = "ROOM")]
    folder: Option<PathBuf>,
    /// The house key's file, if it is not in the room's folder
    #[arg(long, value_name = "FILE")]
    house_key: Option<PathBuf>,
    /// Keeps the ledger's newest head in this file too, which should lie on another machine's disk, and does
    /// not open a room that is behind it
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// Asks the witnesses of this policy (C2SP tlog-policy, with their addresses) to vouch for the ledger
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// The house key is lost: key holders give it back, and it is written anew; where openers open the room,
    /// too many of them are lost, and it is opened this once
    #[arg(long)]
    recover_house_key: bool,
    /// Has DOCX, PDF and mail read also where this kernel has no Landlock: by a process that a filter of system
    /// calls and limits alone confine
    #[arg(long)]
    without_landlock: bool,
    /// Runs this program when a request comes to wait for somebody, with the account name and nothing else: for sending mail
    #[arg(long, value_name = "PROGRAM")]
    hook: Option<PathBuf>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    // Other processes of the same account do not look into this one's memory. Where that cannot be had,
    // the account's own processes are trusted anyway.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let room = globals.room_or(args.folder.as_ref())?;
    let env = Environment::real();
    if !room.is_founded() {
        return Err(room.missing());
    }
    let key_file = args.house_key.clone().unwrap_or_else(|| room.house_key());
    if args.recover_house_key {
        return recover_and_open(&room, &key_file, args, env);
    }
    if !key_file.exists() && room.house_opening().exists() {
        let shares = house_shares(&room.house_opening())?;
        return open_by_several(&room, shares, None, args, env);
    }
    let house = house_key(&room, args.house_key.as_ref(), &env)?;
    let outside = outside(&room, args)?;
    // The store first: one process alone can have it, and so a stale socket is known for one.
    let vault = Vault::open(room.store()).map_err(|e| no_store(&room, &e))?;
    let listener = Listener::bind(&room.socket()).map_err(|e| no_socket(&e))?;
    let guard = read_and_open(&listener, vault, house, env, outside)?;
    keep_open(&room, guard, listener, args)
}

/// `recover room`: what `open --recover-house-key` does.
#[derive(clap::Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    open: Args,
}

pub(crate) fn recover(globals: &Globals, args: &RecoverArgs) -> Result<Exit, Failure> {
    let args = Args {
        recover_house_key: true,
        ..args.open.clone()
    };
    run(globals, &args)
}

/// Recovers the house key with its recovery shares, and writes it anew; but not where openers open the room: a key
/// file would open it without them from then on.
fn recover_and_open(
    room: &Room,
    key_file: &Path,
    args: &Args,
    env: Environment,
) -> Result<Exit, Failure> {
    if key_file.exists() {
        return Err(Failure::new(
            Exit::Conflict,
            format!(
                "the house key is in {}: nothing is to be recovered",
                key_file.display()
            ),
        )
        .hint("if it is not this room's, move it away first"));
    }
    let shares = house_shares(&room.house_recovery())?;
    let write_to = if room.house_opening().exists() {
        note(
            "strongroom: openers open this room, so that the key holders open it this once, and no key file is written\n",
        );
        None
    } else {
        Some(key_file)
    };
    open_by_several(room, shares, write_to, args, env)
}

/// Waits for key holders to give, and opens the room with the house key that comes of it.
fn open_by_several(
    room: &Room,
    shares: HouseShares,
    write_to: Option<&Path>,
    args: &Args,
    env: Environment,
) -> Result<Exit, Failure> {
    let outside = outside(room, args)?;
    let vault = Vault::open(room.store()).map_err(|e| no_store(room, &e))?;
    let listener = Listener::bind(&room.socket()).map_err(|e| no_socket(&e))?;
    let (what, asked, purpose) = match shares.subject().purpose() {
        HousePurpose::Opening => ("opening shares", AskedFor::OpenRoom, OpenedFor::Opening),
        HousePurpose::Recovery => ("recovery shares", AskedFor::HouseKey, OpenedFor::HouseKey),
    };
    let asked = Asked {
        what: asked,
        by: None,
        until: None,
    };
    let mut dice = env.entropy.stream(b"gather");
    let gathering = Gathering::new(shares.clone(), asked, what, env.floor, &mut dice);
    print(&format!(
        "{}: key holders give with `strongroom --room {} key-holder give`\n",
        gathering.waiting().words(),
        room.folder().display()
    ))?;
    let gathering = gather(&listener, gathering, termination())
        .map_err(|e| Failure::new(Exit::Closed, e.to_string()))?;
    let gathered = gathering.finish().expect("it is complete");
    let house = shares.recover(&gathered.shares).map_err(|e| {
        Failure::new(
            Exit::Machine,
            format!("the shares do not give the house key: {e}"),
        )
        .hint("the file of shares in the room's folder was changed, or is another room's")
    })?;
    let text = house.to_text();
    let holders: Vec<HolderId> = gathered.holders.iter().map(|(_, id)| *id).collect();
    let guard = read_and_open(&listener, vault, house, env, outside)?;
    guard.opened_by(purpose, &holders)?;
    // Not before: a key that opens the room is this room's.
    if let Some(path) = write_to {
        files::write_private_new(path, text.expose())?;
    }
    keep_open(room, guard, listener, args)
}

/// Opens the room, while the socket tells that it is being opened.
fn read_and_open(
    listener: &Listener,
    vault: Vault,
    house: HouseKey,
    env: Environment,
    outside: Outside,
) -> Result<Guard, Failure> {
    let id = room_in(&vault).map_err(|e| not_opened(&e))?;
    let because = "it is being opened; its ledger is read first".to_owned();
    let status = Status::not_open(id.to_string(), "opening", because);
    let open = move || Guard::open_with(vault, house, env, outside);
    match while_opening(listener, status, open) {
        Ok(opened) => opened.map_err(|e| not_opened(&e)),
        Err(e @ OpeningError::Stopped) => Err(Failure::new(Exit::Closed, e.to_string())),
        Err(e) => Err(Failure::new(Exit::Machine, e.to_string())),
    }
}

/// Says on standard error what happens to a room that is open.
fn tell(word: Word, house_recovery: &Path, hook: Option<&Hook>) {
    match word {
        Word::Waits(account) => {
            if let Some(hook) = hook {
                hook.run(&account);
            }
        }
        Word::HouseShares(text) => {
            if let Err(failure) = files::replace_private(house_recovery, &text) {
                failure.tell();
            }
        }
        Word::Closed(refusal) => Failure::from(refusal).tell(),
        Word::Opened => note("strongroom: the room is open again\n"),
        Word::FolderWrittenAnew(anew) => note(&format!(
            "strongroom: the ledger folder {}, and is written anew, as after a restore; if nobody here did that, find out who did\n",
            anew.why
        )),
    }
}

/// Runs the guard until it is told to end.
fn keep_open(room: &Room, guard: Guard, listener: Listener, args: &Args) -> Result<Exit, Failure> {
    let intake = Arc::new(confined(args.without_landlock));
    print(&format!(
        "open: the room {} listens on {}\n",
        guard.room(),
        listener.path().display()
    ))?;
    let path = room.house_recovery();
    let hook = args.hook.as_deref().map(Hook::new);
    serve_telling(guard, listener, intake, termination(), move |word| {
        tell(word, &path, hook.as_ref());
    })
    .map_err(|e| Failure::new(Exit::Machine, e.to_string()))?;
    print("closed\n")?;
    Ok(Exit::Done)
}

/// Reads a file of shares of the house key.
fn house_shares(path: &Path) -> Result<HouseShares, Failure> {
    HouseShares::from_text(&files::read_text(path)?).map_err(|e| {
        Failure::new(
            Exit::Machine,
            format!("{} holds no shares: {e}", path.display()),
        )
        .hint("the file lies in the room's folder, and every copy of the room should have it: take it from one")
    })
}

/// Reads the house key, from the room's folder or from where it is kept.
pub(crate) fn house_key(
    room: &Room,
    given: Option<&PathBuf>,
    env: &Environment,
) -> Result<HouseKey, Failure> {
    let key_file = given.cloned().unwrap_or_else(|| room.house_key());
    if !key_file.exists() {
        return Err(Failure::new(
            Exit::Machine,
            format!("the house key is not in {}", key_file.display()),
        )
        .hint(if room.house_opening().exists() {
            "no key file opens this room, its openers do: `strongroom open`, and each of them `strongroom key-holder give`; then its guard does what is asked here"
        } else {
            "if it is kept elsewhere, say where: --house-key FILE; if it is lost, key holders give it back: `strongroom recover room`"
        }));
    }
    HouseKey::from_text(env.floor, &files::read_private(&key_file)?).map_err(|e| {
        Failure::new(
            Exit::Machine,
            format!("{} is no house key: {e}", key_file.display()),
        )
        .hint(if room.house_opening().exists() {
            "move it away: no key file opens this room, its openers do: `strongroom open`"
        } else {
            "a copy of the file opens the room; if there is none, move this one away: `strongroom recover room`"
        })
    })
}

fn policy(file: &Path) -> Result<Policy, Failure> {
    let policy = Policy::from_bytes(files::read_text(file)?.as_bytes()).map_err(|e| {
        Failure::unfit(format!(
            "{} is no policy of witnesses: {e}",
            file.display()
        ))
        .hint("`strongroom witness` prints the lines for it; a line `quorum NAME` says who must vouch")
    })?;
    if policy.witnesses().all(|(_, url)| url.is_none()) {
        return Err(Failure::unfit(format!(
            "{} gives no address of a witness, so that none can be asked",
            file.display()
        ))
        .hint("a line `witness NAME KEY URL` gives one, as `strongroom witness` prints it"));
    }
    Ok(policy)
}

/// The ledger folder beside the store, and the anchor where it was said to be.
fn outside(room: &Room, args: &Args) -> Result<Outside, Failure> {
    let failed = |e: FolderError| Failure::new(Exit::Machine, e.to_string());
    if let Some(path) = &args.anchor
        && (path.is_dir() || path.file_name().is_none())
    {
        return Err(Failure::unfit(format!(
            "{} is a folder, and the anchor is a file",
            path.display()
        ))
        .hint("name a file in it, which need not be there yet, such as room.anchor"));
    }
    let anchor = args
        .anchor
        .as_deref()
        .map(HeadFile::open)
        .transpose()
        .map_err(failed)?;
    if let Some(file) = &anchor
        && file.read().map_err(failed)?.is_none()
    {
        note(
            "strongroom: there is no anchor yet; one begins with the ledger as it is now. If there was one, close the room and look for it\n",
        );
    }
    let witnesses = args.witnesses.as_deref().map(policy).transpose()?;
    Ok(Outside {
        witnesses,
        folder: Some(LedgerFolder::open(room.ledger()).map_err(failed)?),
        anchor,
        disclosures: spool(room),
    })
}

/// The space set aside for disclosures. A room without it is a room all the same, and takes none.
fn spool(room: &Room) -> Option<Spool> {
    let path = room.disclosures();
    match Spool::open(&path) {
        Ok(spool) => {
            if spool.damaged() > 0 {
                note(&format!(
                    "strongroom: {} entries of {} are damaged; `strongroom check` names what they held\n",
                    spool.damaged(),
                    path.display()
                ));
            }
            Some(spool)
        }
        Err(error) => {
            note(&format!(
                "strongroom: no space is set aside for disclosures in {}, and none is taken in: {error}\n",
                path.display()
            ));
            None
        }
    }
}

pub(crate) fn no_store(room: &Room, error: &VaultError) -> Failure {
    match error.cause() {
        VaultError::InUse { .. } => Failure::new(
            Exit::Conflict,
            format!(
                "a guard is already running for the room {}",
                room.folder().display()
            ),
        )
        .hint("`strongroom status` asks it; `strongroom close` ends it"),
        _ => Failure::new(Exit::Machine, error.to_string()),
    }
}

pub(crate) fn not_opened(error: &OpenError) -> Failure {
    let (exit, hint) = match error {
        OpenError::NoRoom => (
            Exit::NotFound,
            "if a founding or a restore was interrupted here, nothing in the folder is needed",
        ),
        OpenError::Suite => (
            Exit::Machine,
            "is the room of another version than this program?",
        ),
        OpenError::HouseKey => (
            Exit::Machine,
            "say where this room's is with --house-key FILE; if it is lost, move this one away: `strongroom open` then \
             waits for the room's openers, or says how key holders give its key back",
        ),
        OpenError::Fault(Fault::Behind(_)) => (
            Exit::Closed,
            "entries were taken back: do not use this copy. Bring back the one that has them all, or restore a backup, and \
             find out who put this one here; docs/operations.md, \"Somebody gave me an older copy\", goes through it",
        ),
        OpenError::Fault(Fault::NotTheAnchor(_)) => (
            Exit::Closed,
            "name this room's own anchor. Without one (another file name, which need not be there yet) the room opens, and \
             what only the anchor had seen is noticed no more",
        ),
        OpenError::Fault(fault @ Fault::NotTheFolder(_)) => (
            Exit::Closed,
            fault.remedy().expect("it does not pass by itself"),
        ),
        // These say what to do themselves.
        OpenError::Fault(Fault::Folder(_) | Fault::Anchor(_)) => {
            return Failure::new(Exit::Closed, error.to_string());
        }
        OpenError::Fault(_) => (
            Exit::Closed,
            "`strongroom check` names what is damaged or missing, without a guard too; a backup brings the room back: `strongroom restore`",
        ),
    };
    Failure::new(exit, error.to_string()).hint(hint)
}

fn no_socket(error: &SocketError) -> Failure {
    let exit = match error {
        SocketError::InUse(_) | SocketError::InTheWay(_) => Exit::Conflict,
        SocketError::TooLong(_) => Exit::Usage,
        SocketError::Io { .. } => Exit::Machine,
    };
    Failure::new(exit, error.to_string())
}
