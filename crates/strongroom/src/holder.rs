//! A key holder at the terminal: the private file or the recovery sheet, and what is said to a guard with it.
//!
//! The private half stays in this process: shares are opened here, and given to the keys that a request names.

use std::io::{BufRead, Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use strongroom_guard::api::{HolderChallenge, HolderProof, HolderRequest, HolderRequests};
use strongroom_guard::recovery::claims::Claim;
use strongroom_record::recovery::{Asked, AskedFor};
use strongroom_record::{Entropy, OsEntropy, RoomId, decode};
use strongroom_seal::{
    KeyHolder, KeyHolderFile, RecoverySheet, ShareAnswer, ShareRequest, Signature, SuiteFloor,
};
use zeroize::Zeroizing;

use crate::cli::Globals;
use crate::client::{Client, read};
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::screen::{harmless, print};
use crate::secrets;

/// Bytes of a recovery sheet that are read from a pipe or typed: it has six lines.
const SHEET_MAX_BYTES: u64 = 64 << 10;

/// Whose private half.
#[derive(clap::Args)]
#[group(required = false, multiple = false)]
pub(crate) struct HolderArgs {
    /// Your private file, as `key-holder new` made it
    #[arg(long, value_name = "FILE")]
    pub(crate) private: Option<PathBuf>,
    /// The recovery sheet, as a file, or `-` to type it
    #[arg(long, value_name = "FILE|-")]
    pub(crate) recovery_sheet: Option<PathBuf>,
}

/// What is asked or given with.
pub(crate) enum Mine {
    Holder(KeyHolder),
    Sheet(RecoverySheet),
}

impl Mine {
    /// The key holder.
    pub(crate) fn holder(&self) -> &KeyHolder {
        match self {
            Self::Holder(holder) => holder,
            Self::Sheet(sheet) => sheet.holder(),
        }
    }
    /// The id.
    pub(crate) fn id(&self) -> String {
        self.holder().card().id().to_string()
    }
    /// The private half that the arguments name; none if they name none.
    pub(crate) fn named(globals: &Globals, args: &HolderArgs) -> Result<Option<Self>, Failure> {
        let floor = SuiteFloor::default();
        if let Some(path) = &args.private {
            let file = KeyHolderFile::from_text(&files::read_private(path)?).map_err(|e| {
                Failure::unfit(format!(
                    "{} is no key holder's private file: {e}",
                    path.display()
                ))
                .hint("it is the file that `key-holder new` called the private one, not the card")
            })?;
            let question = format!("Passphrase of {}: ", path.display());
            let passphrase = secrets::present(globals.passphrase_file.as_deref(), &question)?;
            let holder = file
                .unlock(floor, &passphrase)
                .map_err(|e| Failure::new(Exit::NotSignedIn, format!("{}: {e}", path.display())))?;
            return Ok(Some(Self::Holder(holder)));
        }
        let Some(path) = &args.recovery_sheet else {
            return Ok(None);
        };
        let text = if path == Path::new("-") {
            typed_sheet()?
        } else {
            files::read_private(path)?
        };
        let sheet = RecoverySheet::from_text(floor, &text).map_err(|e| {
            Failure::unfit(format!("this is no recovery sheet: {e}"))
                .hint("type it as it was printed, each line whole")
        })?;
        Ok(Some(Self::Sheet(sheet)))
    }
    /// The same where there must be one.
    pub(crate) fn of(globals: &Globals, args: &HolderArgs) -> Result<Self, Failure> {
        Self::named(globals, args)?.ok_or_else(|| {
            Failure::usage("whose shares?")
                .hint("name your private file with --private FILE, or the sheet with --recovery-sheet FILE")
        })
    }
}

/// A recovery sheet from standard input.
fn typed_sheet() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    stdin()
        .lock()
        .take(SHEET_MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|e| Failure::new(Exit::Machine, format!("standard input cannot be read: {e}")))?;
    Ok(text)
}

/// A guard, as a key holder asks it.
pub(crate) struct Asking {
    pub(crate) client: Client,
    /// The room waits for shares: it needs no challenge, and has none.
    pub(crate) waiting: bool,
}

impl Asking {
    pub(crate) fn of(globals: &Globals) -> Result<Self, Failure> {
        let client = Client::of(&globals.room()?)?;
        let (status, _) = client.status()?;
        let waiting = status.state == "waiting";
        // What waits for shares can prove nothing of its ledger yet, and may be a rehearsal that goes again: it
        // must not be another room than was seen there, and is not noted.
        if waiting {
            drop(client.sight(&status)?);
        } else {
            client.recognise(&status)?;
        }
        Ok(Self { client, waiting })
    }
    /// Asks, and gives the line of JSON.
    pub(crate) fn ask(&self, what: &HolderRequest) -> Result<Vec<u8>, Failure> {
        self.client.ask("/v1/key-holder", None, what)
    }
    /// The challenge, and the room that it is for.
    pub(crate) fn challenge(&self) -> Result<([u8; 32], RoomId), Failure> {
        let given: HolderChallenge = read(&self.ask(&HolderRequest::Challenge)?)?;
        let challenge = BASE64.decode(given.challenge.as_bytes()).ok();
        let challenge = challenge.and_then(|bytes| bytes.try_into().ok());
        match (challenge, given.room.parse()) {
            (Some(challenge), Ok(room)) => Ok((challenge, room)),
            _ => Err(unreadable()),
        }
    }
    /// Shows who asks.
    pub(crate) fn proof(&self, mine: &Mine) -> Result<HolderProof, Failure> {
        let holder = mine.id();
        if self.waiting {
            return Ok(HolderProof {
                holder,
                challenge: String::new(),
                signature: String::new(),
            });
        }
        let (challenge, room) = self.challenge()?;
        let signature = Claim::Present { challenge }.sign(mine.holder(), room);
        Ok(HolderProof {
            holder,
            challenge: BASE64.encode(&challenge),
            signature: base64(&signature),
        })
    }
    /// What waits for a key holder.
    pub(crate) fn requests(&self, mine: &Mine) -> Result<(HolderRequests, Vec<u8>), Failure> {
        let json = self.ask(&HolderRequest::Requests(self.proof(mine)?))?;
        Ok((read(&json)?, json))
    }
}

/// A signature as it goes over the wire.
pub(crate) fn base64(signature: &Signature) -> String {
    BASE64.encode(signature.as_bytes())
}

/// A request as it comes over the wire.
pub(crate) fn request(base64: &str) -> Result<ShareRequest, Failure> {
    let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| unreadable())?;
    decode(&bytes).map_err(|_| unreadable())
}

/// Answers a request, after showing what it asks.
pub(crate) fn answer(
    request: &ShareRequest,
    mine: &Mine,
    yes: bool,
) -> Result<ShareAnswer, Failure> {
    let asked: Asked = decode(&request.asked).map_err(|_| unreadable())?;
    print(&format!(
        "The room {} asks you to give:\n\n{}\n",
        request.room,
        told(&asked)
    ))?;
    if !yes && !agreed("Give? [y/N] ")? {
        return Err(Failure::new(Exit::Conflict, "nothing was given"));
    }
    let mut dice = OsEntropy.stream(b"give");
    request
        .answer(SuiteFloor::default(), mine.holder(), &mut dice)
        .map_err(|e| {
            Failure::new(Exit::Unfit, e.to_string())
                .hint("`key-holder rehearse` tells which of your shares are sound; others can give in your place")
        })
}

/// Atoms as people look for one: levels, then values by their categories.
fn in_order(atoms: &[String]) -> Vec<&str> {
    let mut atoms: Vec<&str> = atoms.iter().map(String::as_str).collect();
    atoms.sort_by_key(|atom| (atom.contains(':'), *atom));
    atoms
}

/// What is asked, for people.
pub(crate) fn told(asked: &Asked) -> String {
    let mut text = match &asked.what {
        AskedFor::Atom {
            atom,
            person,
            fingerprint,
        } => format!(
            "  {} for {}, who will read everything that it opens\n  keys of {}: {}\n",
            harmless(atom),
            harmless(person),
            harmless(person),
            harmless(fingerprint)
        ),
        AskedFor::Person {
            person,
            fingerprint,
            atoms,
        } => format!(
            "  everything that {} held, for other keys: {}\n  new keys: {}\n  Have {} read this fingerprint out to you. If it differs, give nothing.\n",
            harmless(person),
            harmless(&in_order(atoms).join(", ")),
            harmless(fingerprint),
            harmless(person)
        ),
        AskedFor::KeyHolders { holders, quorum } => {
            let lines = holders
                .iter()
                .map(|h| format!("    {}  {}\n", harmless(&h.id), harmless(&h.name)));
            format!(
                "  every key of the room, to be split anew among these, of whom {quorum} will be needed:\n{}",
                lines.collect::<String>()
            )
        }
        AskedFor::OpenRoom => "  the house key, to open the room\n".to_owned(),
        AskedFor::HouseKey => "  the house key, because its file is lost\n".to_owned(),
        AskedFor::Backup { backup, doing } => {
            format!("  the key of the backup {backup}: {}\n", harmless(doing))
        }
    };
    if let Some(by) = &asked.by {
        text += &format!("  asked by {}\n", harmless(by));
    }
    text
}

/// Asks whether to go on.
pub(crate) fn agreed(question: &str) -> Result<bool, Failure> {
    print(question)?;
    let failed = |e| Failure::new(Exit::Machine, format!("the answer cannot be read: {e}"));
    stdout().flush().map_err(failed)?;
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

pub(crate) fn unreadable() -> Failure {
    Failure::new(Exit::Machine, "the guard's answer cannot be read")
        .hint("is the guard of another version than this command?")
}
