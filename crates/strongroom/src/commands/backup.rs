//! `backup make`, `backup rehearse`: all that a room stores, in a file that its key holders open.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use strongroom_guard::Environment;
use strongroom_guard::api::BackupAsk;
use strongroom_seal::{BackupHeader, SealedBackup};

use crate::backup_file::{self, Arriving, Frames};
use crate::cli::Globals;
use crate::client::Client;
use crate::commands::restore::{Building, Purpose, Sources, proved, restore_from};
use crate::outcome::{Exit, Failure, note};
use crate::screen::{Screen, print, print_bytes, typed};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Backs the room up while it is in use, for the machine's operator
    Make {
        /// The file to make; `-` writes to standard output
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
        /// Only what has changed since this backup was begun
        #[arg(long, value_name = "BACKUP")]
        since: Option<PathBuf>,
    },
    /// Proves that a backup restores, and leaves nothing of it
    Rehearse {
        #[command(flatten)]
        sources: Sources,
        /// Where there is space for the whole room while it is tried; nothing stays there [default: the folder for
        /// temporary files]
        #[arg(long, value_name = "DIR")]
        scratch: Option<PathBuf>,
    },
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Make { file, since } => make(globals, file, since.as_deref()),
        Command::Rehearse { sources, scratch } => rehearse(globals, sources, scratch.as_deref()),
    }
}

fn make(globals: &Globals, file: &Path, since: Option<&Path>) -> Result<Exit, Failure> {
    let to_stdout = file == Path::new("-");
    let floor = Environment::real().floor;
    let base = since
        .map(|path| backup_file::open(path, floor))
        .transpose()?;
    let ask = BackupAsk {
        base: base.map(|base| base.header().backup().to_string()),
    };
    let client = Client::of(&globals.room()?)?;
    let mut arriving = match to_stdout {
        true => None,
        false => Some(Arriving::begin(file)?),
    };
    let mut frames = Frames::new();
    let mut size = 0u64;
    client.download("/v1/backup", &ask, |bytes| {
        frames.pass(bytes);
        size += bytes.len() as u64;
        match &mut arriving {
            Some(arriving) => arriving.write(bytes),
            None => print_bytes(bytes),
        }
    })?;
    if !frames.is_whole() {
        return Err(Failure::new(
            Exit::Closed,
            "the backup broke off before its end; what arrived of it is no backup",
        )
        .hint("make another; `strongroom status` tells how the room is"));
    }
    let Some(arriving) = arriving else {
        return Ok(Exit::Done);
    };
    arriving.finish()?;
    let made = backup_file::open(file, floor)?;
    told(globals, made.header(), file, size)?;
    Ok(Exit::Done)
}

fn told(globals: &Globals, header: &BackupHeader, file: &Path, size: u64) -> Result<(), Failure> {
    let quorum = header.shares.quorum();
    let (needed, of) = (quorum.needed(), quorum.of());
    if globals.json {
        let facts = serde_json::json!({
            "backup": header.backup().to_string(),
            "base": header.base.map(|base| base.to_string()),
            "room": header.room().to_string(),
            "entries": header.head.size,
            "root": data_encoding::HEXLOWER.encode(&header.head.root),
            "bytes": size,
        });
        return Screen::stdout().json(facts.to_string().as_bytes());
    }
    let whole = match header.base {
        None => "It stands alone.".to_owned(),
        Some(base) => format!("It holds what changed since backup {base}, and needs that one too."),
    };
    let path = file.display().to_string();
    let proves = match header.base {
        None => format!(
            "Whether it restores, `{}` proves.",
            typed(&["backup", "rehearse", &path])
        ),
        Some(_) => format!(
            "Whether it restores, `strongroom backup rehearse` proves: name the whole one first, then each that continues it, {path} last."
        ),
    };
    print(&format!(
        "backup {} in {path}: {size} bytes, to the head of {} entries.\n{whole}\n{needed} of {of} key holders open it. {proves}\n",
        header.backup(),
        header.head.size,
    ))
}

fn rehearse(globals: &Globals, sources: &Sources, scratch: Option<&Path>) -> Result<Exit, Failure> {
    let env = Environment::real();
    let parts = sources.open(env.floor)?;
    let within = scratch.map_or_else(std::env::temp_dir, Path::to_owned);
    let building = Building::nameless(&within)?;
    note("strongroom: a rehearsal writes all of the room once, to where nobody finds it again\n");
    let purpose = Purpose::Rehearse;
    let restored = restore_from(globals, sources, parts, &building, &purpose, &env)?;
    drop(building);
    proved(globals, "rehearsed", &restored)?;
    Ok(Exit::Done)
}

/// The headers of opened backups.
pub(crate) fn headers<R: std::io::Read>(parts: &[SealedBackup<R>]) -> Vec<BackupHeader> {
    parts.iter().map(|part| part.header().clone()).collect()
}
