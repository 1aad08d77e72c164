//! `restore`: from backups to a room that opens, in this process, with nobody else running.
//!
//! The room is built in a folder beside its place, and gets its name only when all of it is proved and on
//! the disk. What an interruption leaves has no house key, and so is no room that opens.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use strongroom_guard::{
    AnchorError, Approval, Chain, Environment, Gather, Gathering, RestoreError, RestoreProgress,
    RestoredRoom, lost_by, restore,
};
use strongroom_record::keeping::Lost;
use strongroom_record::recovery::Asked;
use strongroom_record::{BackupId, Entropy, OsEntropy};
use strongroom_seal::{
    BackupHeader, BackupKey, BackupSecret, KeyHolder, KeyHolderFile, RecoverySheet, SealedBackup,
    SuiteFloor,
};
use strongroom_service::{Listener, gather, termination};
use strongroom_vault::Vault;
use strongroom_vault::folder::HeadFile;

use crate::backup_file::{self, sync_folder};
use crate::cli::Globals;
use crate::commands::backup::headers;
use crate::commands::check::told_in_a_line;
use crate::files;
use crate::outcome::{Exit, Failure, note};
use crate::room::Room;
use crate::screen::{Screen, harmless, print, typed};
use crate::secrets;

/// Backups, and who opens them.
#[derive(clap::Args)]
pub(crate) struct Sources {
    /// A whole backup, and behind it the incremental ones that continue it, in their order
    #[arg(required = true, value_name = "BACKUP")]
    backups: Vec<PathBuf>,
    /// Private files of key holders who are all here, or the recovery sheet; without them this waits for
    /// `key-holder give`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    private: Vec<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// The folder of the restored room, which must not be there
    #[arg(long, value_name = "ROOM")]
    into: PathBuf,
    /// The anchor that the guard kept outside: what it knows to have been restricted since is restricted again
    #[arg(long, value_name = "FILE", conflicts_with = "accept_loss")]
    anchor: Option<PathBuf>,
    /// Restores although nobody knows what was done after the backup
    #[arg(long)]
    accept_loss: bool,
}

/// What a restore is for.
pub(crate) enum Purpose {
    /// To go on in the room: with what is lost by it, and the anchor that says so.
    Restore(Lost, Option<Vec<u8>>),
    /// To prove that it can be done.
    Rehearse,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let env = Environment::real();
    let parts = args.sources.open(env.floor)?;
    let chain = args.sources.chain(&headers(&parts))?;
    let purpose = match &args.anchor {
        Some(path) => {
            let anchor = anchor(path)?;
            let lost = lost_by(&chain, &anchor).map_err(|e| unfit_anchor(path, &e))?;
            Purpose::Restore(lost, Some(anchor))
        }
        None if args.accept_loss => Purpose::Restore(Lost::Unknown, None),
        None => return Err(loss_not_accepted(&chain)),
    };
    let building = Building::beside(&args.into)?;
    let restored = restore_from(globals, &args.sources, parts, &building, &purpose, &env)?;
    let key = Room::at(&building.folder).house_key();
    files::write_private_new(&key, restored.house.to_text().expose())?;
    building.finish(&args.into)?;
    proved(globals, "restored", &restored)?;
    if !globals.json {
        let into = args.into.display().to_string();
        let anchor = args.anchor.as_ref().map(|path| path.display().to_string());
        let mut open = vec!["open", &into];
        if let Some(anchor) = &anchor {
            open.extend(["--anchor", anchor]);
        }
        let log = format!(
            "Records restricted again, because the anchor knew of it: {}.\nIts ledger goes on as log {}: each account that saw the former one runs\n`strongroom ledger accept-restore`, and witnesses are given the new `ledger keys`.\n",
            restored.restricted, restored.generation
        );
        print(&format!(
            "\nThe room lies in {into}, with its house key. {log}Make a whole backup of it soon: earlier ones are not continued.\n\nNext:\n  {}\n",
            typed(&open),
        ))?;
    }
    Ok(Exit::Done)
}

fn unfit_anchor(path: &Path, error: &AnchorError) -> Failure {
    let failure = Failure::new(Exit::Unfit, format!("{}: {error}", path.display()));
    match error {
        AnchorError::LeftBehind { .. } => failure.hint(
            "look for the anchor that the room was last opened with; if there is none, `--accept-loss` instead of `--anchor` goes on, and restrictions made after the backup are undone",
        ),
        _ => failure,
    }
}

/// Reads an anchor whole.
fn anchor(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |e: String| Failure::new(Exit::Machine, format!("{}: {e}", path.display()));
    let file = HeadFile::open(path).map_err(|e| failed(e.to_string()))?;
    let read = file.read().map_err(|e| failed(e.to_string()))?;
    read.ok_or_else(|| failed("there is no such file".to_owned()))
}

/// Says exactly what may be undone.
fn loss_not_accepted(chain: &Chain) -> Failure {
    let head = chain.head();
    Failure::new(
        Exit::Conflict,
        format!(
            "backup {} goes up to entry {} of the ledger, and nothing here tells what was done after it",
            chain.backup(),
            head.size
        ),
    )
    .hint(
        "a restore may undo: restrictions made after the backup, whose records would be readable again to those who could \
         read them before; filings, clearances and changes of passphrases; and the ledger's word of all that. \
         an anchor, --anchor FILE, says what was restricted since; --accept-loss restores without one, and the key holders are told so before they give",
    )
}

impl Sources {
    /// Opens the backups, as far as they lie open.
    pub(crate) fn open(
        &self,
        floor: SuiteFloor,
    ) -> Result<Vec<SealedBackup<impl Read + use<>>>, Failure> {
        let backups = self.backups.iter();
        backups.map(|path| backup_file::open(path, floor)).collect()
    }

    /// The chain that the backups make, as far as their headers tell.
    fn chain(&self, headers: &[BackupHeader]) -> Result<Chain, Failure> {
        Chain::of(headers.to_vec()).map_err(|e| {
            let file = self.file_of(headers, e.backup());
            in_file(Failure::new(Exit::Unfit, e.to_string()), file).hint(
                "name the whole backup first, and behind it each that continues the one before",
            )
        })
    }

    /// The file that a backup lies in: the last one, if it was given twice.
    fn file_of(&self, headers: &[BackupHeader], backup: Option<BackupId>) -> Option<String> {
        let at = headers.iter().rposition(|h| Some(h.backup()) == backup)?;
        Some(self.backups[at].display().to_string())
    }

    /// The key holders whose files were given.
    fn holders(&self, globals: &Globals, floor: SuiteFloor) -> Result<Vec<KeyHolder>, Failure> {
        self.private
            .iter()
            .map(|path| holder(globals, path, floor))
            .collect()
    }
}

fn holder(globals: &Globals, path: &Path, floor: SuiteFloor) -> Result<KeyHolder, Failure> {
    let text = files::read_private(path)?;
    if let Ok(sheet) = RecoverySheet::from_text(floor, &text) {
        return Ok(sheet.into_holder());
    }
    let file = KeyHolderFile::from_text(&text)
        .map_err(|e| Failure::unfit(format!("{} is no private file: {e}", path.display())))?;
    let question = format!("Passphrase of {}: ", path.display());
    let passphrase = secrets::present(globals.passphrase_file.as_deref(), &question)?;
    file.unlock(floor, &passphrase)
        .map_err(|e| Failure::new(Exit::NotSignedIn, format!("{}: {e}", path.display())))
}

/// Has the key holders open the backups, and writes the room that lies in them.
pub(crate) fn restore_from<R: Read>(
    globals: &Globals,
    sources: &Sources,
    parts: Vec<SealedBackup<R>>,
    building: &Building,
    purpose: &Purpose,
    env: &Environment,
) -> Result<RestoredRoom, Failure> {
    let chain = sources.chain(&headers(&parts))?;
    let holders = sources.holders(globals, env.floor)?;
    let mut opened = Vec::with_capacity(parts.len());
    let mut approval = None;
    for part in parts {
        let header = part.header();
        let (asked, lost) = match purpose {
            Purpose::Restore(lost, _) => (chain.restoring(header.backup(), *lost), *lost),
            Purpose::Rehearse => (chain.rehearsing(header.backup()), Lost::Unknown),
        };
        let (key, given) = key_of(header, asked, lost, &holders, building, env)?;
        opened.push((part, key));
        approval = Some(given);
    }
    let approval = match (approval, purpose) {
        (Some(approval), Purpose::Restore(_, Some(anchor))) => {
            Some(approval.with_anchor(anchor.clone()))
        }
        (approval, Purpose::Restore(_, None)) => approval,
        _ => None,
    };
    let store = Room::at(&building.folder).store();
    let vault = match building.nameless {
        true => Vault::create_scratch(store),
        false => Vault::create(store),
    };
    let vault = vault.map_err(|e| Failure::new(Exit::Machine, e.to_string()))?;
    building.forget_name()?;
    let bar = Bar::new();
    let mut progress = |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    };
    let restored = restore(vault, &chain, opened, approval.as_ref(), env, &mut progress);
    bar.0.finish_and_clear();
    restored.map_err(|e| not_restored(&e, sources.file_of(chain.headers(), e.backup())))
}

/// The same of a file, where it is known which.
fn in_file(failure: Failure, file: Option<String>) -> Failure {
    match file {
        Some(file) => failure.of(&file),
        None => failure,
    }
}

/// Of what is wrong with a restored room, so much is told: what it takes to know where to look.
const FINDINGS_TOLD: usize = 10;

fn not_restored(error: &RestoreError, file: Option<String>) -> Failure {
    let exit = match error {
        RestoreError::Store(_) => Exit::Machine,
        _ => Exit::Unfit,
    };
    let failure =
        in_file(Failure::new(exit, error.to_string()), file).hint("nothing of it was left");
    match error {
        RestoreError::Unsound(checked) => {
            let first = checked.findings.iter().take(FINDINGS_TOLD);
            failure.details(first.map(told_in_a_line))
        }
        _ => failure,
    }
}

/// The key of a backup, from the holders who are here, or from those who come.
fn key_of(
    header: &BackupHeader,
    asked: Asked,
    lost: Lost,
    holders: &[KeyHolder],
    building: &Building,
    env: &Environment,
) -> Result<(BackupKey, Approval), Failure> {
    let mut dice = OsEntropy.stream(b"gathering");
    let dealt = header.shares.clone();
    let mut gathering = Gathering::new(
        dealt,
        asked,
        "shares of a backup's key",
        env.floor,
        &mut dice,
    );
    for holder in holders {
        let id = holder.card().id();
        let request = gathering.request_for(id).ok_or_else(|| {
            Failure::new(
                Exit::NotAllowed,
                format!(
                    "{} keeps no share of backup {}",
                    harmless(holder.name()),
                    header.backup()
                ),
            )
        })?;
        let answer = request
            .answer(env.floor, holder, &mut dice)
            .map_err(|e| Failure::new(Exit::Unfit, e.to_string()))?;
        gathering.take(answer)?;
    }
    if !gathering.is_complete() {
        if !holders.is_empty() {
            let waiting = gathering.waiting();
            return Err(Failure::new(
                Exit::NotAllowed,
                format!(
                    "{} of the {} key holders who are needed gave; nothing was done",
                    waiting.given, waiting.needed
                ),
            ));
        }
        gathering = wait_for_holders(gathering, building)?;
    }
    let first = header.shares.shares().first();
    let request = first.and_then(|named| gathering.request_for(named.share.facts.holder));
    let request = request.expect("a key is dealt to somebody");
    let gathered = gathering.finish().expect("it is complete");
    let key = header
        .shares
        .recover(&gathered.shares)
        .map_err(|e| Failure::new(Exit::Unfit, e.to_string()))?;
    Ok((key, Approval::of(lost, request, &gathered.answers)))
}

fn wait_for_holders(
    gathering: Gathering<BackupSecret>,
    building: &Building,
) -> Result<Gathering<BackupSecret>, Failure> {
    let room = Room::at(&building.folder);
    let listener =
        Listener::bind(&room.socket()).map_err(|e| Failure::new(Exit::Machine, e.to_string()))?;
    let folder = building.folder.display().to_string();
    note(&format!(
        "strongroom: {}; each key holder runs `{}`\n",
        gathering.waiting().words(),
        typed(&["--room", &folder, "key-holder", "give"]),
    ));
    gather(&listener, gathering, termination())
        .map_err(|e| Failure::new(Exit::Interrupted, e.to_string()))
}

/// A room in the making: goes again, unless it is finished.
pub(crate) struct Building {
    folder: PathBuf,
    /// The store's name goes as soon as it is open, so that nothing is left whatever happens.
    nameless: bool,
    done: bool,
}

impl Building {
    /// In a folder beside the place where the room will be.
    fn beside(into: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(into).is_ok() {
            return Err(Failure::new(
                Exit::Conflict,
                format!("{} is there already, and was left as it is", into.display()),
            )
            .hint("name a folder that is not there yet; a room is never restored over another"));
        }
        let mut name = OsString::from(into);
        name.push(".restoring");
        Self::make(PathBuf::from(name), false)
    }

    /// In a folder of no account, for a rehearsal.
    pub(crate) fn nameless(within: &Path) -> Result<Self, Failure> {
        let unlikely: [u8; 8] = OsEntropy.stream(b"scratch").bytes();
        let name = format!("strongroom-{}", data_encoding::HEXLOWER.encode(&unlikely));
        Self::make(within.join(name), true)
    }

    fn make(folder: PathBuf, nameless: bool) -> Result<Self, Failure> {
        files::make_private_folder(&folder).map_err(|e| {
            Failure::file("made", &folder, &e).hint(
                "if a restore was interrupted there, nothing in it is needed: remove it, and begin again",
            )
        })?;
        Ok(Self {
            folder,
            nameless,
            done: false,
        })
    }

    /// Takes the name of a rehearsal's store away, now that it is open: the file lives as long as this process.
    fn forget_name(&self) -> Result<(), Failure> {
        if self.nameless {
            fs::remove_dir_all(&self.folder)
                .map_err(|e| Failure::file("removed", &self.folder, &e))?;
        }
        Ok(())
    }

    /// Gives the room its name.
    fn finish(mut self, into: &Path) -> Result<(), Failure> {
        let named = sync_folder(&self.folder.join("room"))
            .and_then(|()| fs::rename(&self.folder, into))
            .and_then(|()| sync_folder(into));
        named.map_err(|e| Failure::file("put in its place", into, &e))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be taken away is told of by the error that led here.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// What was proved.
pub(crate) fn proved(
    globals: &Globals,
    what: &str,
    restored: &RestoredRoom,
) -> Result<(), Failure> {
    let checked = &restored.checked;
    let root = data_encoding::HEXLOWER.encode(&restored.head.root);
    if globals.json {
        let facts = serde_json::json!({
            "did": what,
            "entries": restored.head.size,
            "root": root,
            "rows": checked.rows,
            "bytes": checked.bytes,
            "values_to_the_portion": checked.values_to_the_portion,
            "values_under_layers": checked.values_under_layers,
            "generation": restored.generation,
        });
        return Screen::stdout().json(facts.to_string().as_bytes());
    }
    print(&format!(
        "{what} to the head of {} entries, root {root}.\nThe tree over the entries has that root; {} rows, {} bytes, were checked and are sound: {} values compared\nportion by portion with what was filed, {} under restrictions; the ledger was read from its first event, and the room opened.\n",
        restored.head.size,
        checked.rows,
        checked.bytes,
        checked.values_to_the_portion,
        checked.values_under_layers,
    ))
}

/// How far it has come, for people.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{prefix} {bytes} {msg}")
                .expect("the template is well-formed"),
        );
        bar.set_prefix("restoring");
        Self(bar)
    }
    fn show(&self, progress: RestoreProgress) {
        match progress {
            RestoreProgress::Written(bytes) => self.0.set_position(bytes),
            RestoreProgress::Checked(checked) => {
                self.0
                    .set_message(format!("checked {}/{}", checked.done, checked.of));
            }
        }
    }
}
