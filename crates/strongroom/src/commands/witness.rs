//! `witness`: vouches for the ledgers of rooms on other machines.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::BASE64;
use rustix::fs::{FlockOperation, flock};
use strongroom_record::{Entropy, OsEntropy, Stream, SystemClock};
use strongroom_service::{WitnessBooks, serve_witness, termination};
use strongroom_tlog::checkpoint::{Cosigner, Origin, SEED_LEN, SignedCheckpoint, TrustedLog};
use strongroom_tlog::witness::{Remembered, Witness, WitnessMemory, checkpoint_path};
use strongroom_vault::folder::{FolderError, HeadFile};
use zeroize::Zeroizing;

use crate::cli::Globals;
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::room::Room;
use crate::screen::{Screen, count, harmless, print};

const KEYS_NAME: &str = "witness.keys";
const LOGS_NAME: &str = "logs";
const FIRST_LINE: &str = "strongroom-witness v1";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with the witness' keys and what it remembers; made by the first run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where to listen: an address and a port
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Files with the public keys of the logs to vouch for, as `ledger keys` prints them
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    log: Vec<PathBuf>,
    /// The witness' name, chosen at the first run: a host of yours and a path
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let logs = args.log.iter().map(|file| {
        TrustedLog::from_text(&files::read_text(file)?).map_err(|e| {
            Failure::unfit(format!("{} holds no keys of a log: {e}", file.display())).hint(
                "`strongroom ledger keys > FILE` prints them; take them from the room's founder",
            )
        })
    });
    let logs = logs.collect::<Result<Vec<_>, Failure>>()?;
    let folder = Folder::take(&args.folder)?;
    let cosigner = folder.keys(args.name.as_deref())?;
    let name = cosigner.name().to_string();
    let keys = cosigner.keys().each_ref().map(ToString::to_string);
    let watched = logs.len();
    let witness = Witness::new(cosigner, logs).map_err(|e| Failure::usage(e.to_string()))?;
    let cannot = |e: std::io::Error| {
        Failure::new(
            Exit::Machine,
            format!("cannot listen on {}: {e}", args.listen),
        )
    };
    let listener = TcpListener::bind(args.listen).map_err(cannot)?;
    let address = format!("http://{}", listener.local_addr().map_err(cannot)?);
    if globals.json {
        let shown = serde_json::json!({ "name": name, "keys": keys, "address": address });
        Screen::stdout().json(shown.to_string().as_bytes())?;
    } else {
        let [ed25519, ml_dsa_44] = keys;
        let short = name.rsplit('/').next().unwrap_or(&name);
        print(&harmless_policy(&format!(
            "# {name} listens on {address}, for {}. For the policies of rooms, with a line `quorum NAME`:\n\
             witness {short}.1 {ed25519} {address}\nwitness {short}.2 {ml_dsa_44} {address}\n\
             group {short} all {short}.1 {short}.2\n",
            count(watched, "log")
        )))?;
    }
    serve_witness(
        witness,
        folder,
        Arc::new(SystemClock),
        listener,
        termination(),
    )
    .map_err(|e| Failure::new(Exit::Machine, format!("the witness cannot run: {e}")))?;
    Ok(Exit::Done)
}

fn harmless_policy(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| harmless(line.trim_end_matches('\n')) + "\n")
        .collect()
}

/// The witness' folder, taken by this process alone.
struct Folder {
    path: PathBuf,
    /// What is kept with the next head.
    proposed: Option<SignedCheckpoint>,
    _lock: fs::File,
}

impl Folder {
    fn take(path: &Path) -> Result<Self, Failure> {
        check_is_for_a_witness(path)?;
        let failed = |e: std::io::Error| Failure::file("made", path, &e);
        for folder in [path.to_owned(), path.join(LOGS_NAME)] {
            match files::make_private_folder(&folder) {
                Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(e)),
                _ => {}
            }
        }
        let lock = fs::File::open(path.join(LOGS_NAME)).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            Failure::new(
                Exit::Conflict,
                format!("a witness is already running in {}", path.display()),
            )
            .hint("two would vouch for two ledgers; end the other one first")
        })?;
        Ok(Self {
            path: path.to_owned(),
            proposed: None,
            _lock: lock,
        })
    }

    /// The witness' keys, which the first run makes.
    fn keys(&self, name: Option<&str>) -> Result<Cosigner, Failure> {
        let file = self.path.join(KEYS_NAME);
        if !file.exists() {
            if self.has_memories()? {
                return Err(Failure::new(
                    Exit::Machine,
                    format!(
                        "{} is missing, and what the witness remembers is there",
                        file.display()
                    ),
                )
                .hint("bring it back; or take another folder, and another name"));
            }
            let mut dice = OsEntropy.stream(b"witness");
            files::write_private_new(&file, &fresh_keys(name, &mut dice)?)?;
        } else if name.is_some() {
            return Err(Failure::usage(
                "the witness has its name since its first run",
            ));
        }
        let text = files::read_private(&file)?;
        read_keys(&text).ok_or_else(|| {
            Failure::new(
                Exit::Machine,
                format!(
                    "{} holds no keys of a witness: it was cut or altered",
                    file.display()
                ),
            )
        })
    }

    fn has_memories(&self) -> Result<bool, Failure> {
        let logs = self.path.join(LOGS_NAME);
        let mut entries = fs::read_dir(&logs).map_err(|e| Failure::file("read", &logs, &e))?;
        Ok(entries.next().is_some())
    }

    fn file(&self, origin: &Origin, what: &str) -> Result<HeadFile, FolderError> {
        let path = checkpoint_path(origin);
        let id = path.split('/').nth(2).expect("the path has the log's id");
        HeadFile::open(self.path.join(LOGS_NAME).join(format!("{id}.{what}")))
    }
}

/// Refuses a room's folder, and any other in which something else lies: a witness that stands or falls with
/// what it watches vouches for nothing, and a copy of the room that is brought back would take its memory back, too.
fn check_is_for_a_witness(path: &Path) -> Result<(), Failure> {
    let another = "take a folder of its own, on another machine than the room's";
    let inside = path.canonicalize().or_else(|_| std::path::absolute(path));
    let inside = inside.unwrap_or_else(|_| path.to_owned());
    if inside
        .ancestors()
        .any(|folder| Room::at(folder).is_founded())
    {
        return Err(Failure::new(
            Exit::Conflict,
            format!("{} is a room's folder, or lies in one", path.display()),
        )
        .hint(another));
    }
    let names = match fs::read_dir(path) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .map(|entry| entry.file_name()),
        // One that is not there is made; one that cannot be read is told when it is used.
        Err(_) => return Ok(()),
    };
    let names: Vec<_> = names.collect();
    let ours = |name: &std::ffi::OsString| name == KEYS_NAME || name == LOGS_NAME;
    if names.is_empty() || names.iter().any(ours) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Conflict,
        format!("{} holds something else than a witness", path.display()),
    )
    .hint(another))
}

fn fresh_keys(name: Option<&str>, dice: &mut Stream) -> Result<Zeroizing<String>, Failure> {
    let name = name.map_or_else(
        || {
            let drawn: [u8; 5] = dice.bytes();
            format!(
                "strongroom-witness/{}",
                data_encoding::HEXLOWER.encode(&drawn)
            )
        },
        str::to_owned,
    );
    Origin::new(&name).map_err(|e| Failure::usage(format!("{name:?} is no name: {e}")))?;
    let mut text = Zeroizing::new(format!("{FIRST_LINE}\n{name}\n"));
    for _ in 0..2 {
        let seed = Zeroizing::new(dice.bytes::<SEED_LEN>());
        text.push_str(&Zeroizing::new(BASE64.encode(&*seed)));
        text.push('\n');
    }
    Ok(text)
}

fn read_keys(text: &str) -> Option<Cosigner> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let mut line = || lines.next();
    if line()? != FIRST_LINE {
        return None;
    }
    let name = Origin::new(line()?).ok()?;
    let seed = |line: &str| -> Option<Zeroizing<[u8; SEED_LEN]>> {
        let bytes = Zeroizing::new(BASE64.decode(line.as_bytes()).ok()?);
        Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
    };
    let (ed25519, ml_dsa_44) = (seed(line()?)?, seed(line()?)?);
    if line().is_some() {
        return None;
    }
    Cosigner::from_seeds(name, &ed25519, &ml_dsa_44).ok()
}

const HEAD: &str = "head";
const CHECKPOINT: &str = "checkpoint";

/// What went wrong with the witness' memory.
type Trouble = String;

impl WitnessMemory for Folder {
    type Error = Trouble;

    fn recall(&self, origin: &Origin) -> Result<Option<Remembered>, Trouble> {
        let words = |e: &dyn std::fmt::Display| e.to_string();
        let head = self.file(origin, HEAD).and_then(|file| file.read());
        if let Some(bytes) = head.map_err(|e| words(&e))? {
            return Remembered::from_bytes(&bytes)
                .map(Some)
                .map_err(|e| words(&e));
        }
        // The checkpoint is kept first, and is never older: it stands for a head that is missing.
        self.kept(origin)?
            .map(|bytes| {
                let text = String::from_utf8_lossy(&bytes);
                let head: Vec<&str> = text.split('\n').take(3).collect();
                let text = format!("{}\n0\n", head.join("\n"));
                Remembered::from_bytes(text.as_bytes()).map_err(|e| words(&e))
            })
            .transpose()
    }

    fn persist(&mut self, new: &Remembered) -> Result<(), Trouble> {
        if let Some(checkpoint) = self.proposed.take() {
            self.keep(&checkpoint)?;
        }
        let file = self.file(new.origin(), HEAD);
        file.and_then(|file| file.replace(new.to_text().as_bytes()))
            .map_err(|e| e.to_string())
    }
}

impl WitnessBooks for Folder {
    fn propose(&mut self, checkpoint: &SignedCheckpoint) {
        self.proposed = Some(checkpoint.clone());
    }

    fn keep(&mut self, checkpoint: &SignedCheckpoint) -> Result<(), Trouble> {
        let file = self.file(&checkpoint.claimed_origin(), CHECKPOINT);
        file.and_then(|file| file.replace(checkpoint.as_str().as_bytes()))
            .map_err(|e| e.to_string())
    }

    fn kept(&self, origin: &Origin) -> Result<Option<Vec<u8>>, Trouble> {
        let file = self.file(origin, CHECKPOINT);
        file.and_then(|file| file.read()).map_err(|e| e.to_string())
    }
}
