//! `verify ledger`, `receipt`, `disclosure`, `custody`, `checkpoints`: offline, with public keys alone.
//!
//! These ask no guard and need no room. What holds, what fails and what is left open is said line by line;
//! the checks themselves are `strongroom_tlog::verify`'s.

mod beyond;
mod custody;
mod disclosed;
mod folder;
pub(crate) mod shown;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, MAX_NOTE_BYTES, SignedCheckpoint};
use strongroom_tlog::policy::{MAX_POLICY_BYTES, Policy};
use strongroom_tlog::tree::ConsistencyProof;
use strongroom_tlog::verify::{self, Report, Standing, Verdict};

use crate::cli::Globals;
use crate::files;
use crate::outcome::{Exit, Failure};
use crate::screen::{FAINT, STRONG, Screen, harmless, print};

use folder::LedgerFolder;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Checks a ledger folder: every entry rehashed to every tile and to the signed root
    Ledger {
        /// The folder, with `checkpoint` and `tile/` in it; that of a room is ROOM/ledger
        folder: PathBuf,
        /// A checkpoint seen before, which the ledger must begin with; may be repeated
        #[arg(long, value_name = "FILE")]
        earlier: Vec<PathBuf>,
        #[command(flatten)]
        against: Against,
    },
    /// Checks a receipt: what `receipt ID --proof` or `receipt ID --json` printed
    Receipt {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        against: Against,
    },
    /// Checks a statement of custody: what `custody … -o FILE` wrote
    Custody {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        against: Against,
    },
    /// Checks the proof that a disclosed message was taken in: what `disclose --code -o DIR` put into DIR
    Disclosure {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        against: Against,
    },
    /// Checks that of two checkpoints the larger grew from the smaller
    Checkpoints {
        /// One checkpoint
        #[arg(value_name = "A")]
        one: PathBuf,
        /// The other; which was first does not matter
        #[arg(value_name = "B")]
        other: PathBuf,
        /// The proof that `ledger consistency` printed
        #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
        proof: Option<PathBuf>,
        /// A ledger folder to compare both with, in place of a proof
        #[arg(long, value_name = "DIR")]
        ledger: Option<PathBuf>,
        #[command(flatten)]
        against: Against,
    },
}

/// What is believed.
#[derive(clap::Args)]
pub(crate) struct Against {
    /// The ledger's public keys, as `ledger keys` printed them; take them from whom you trust, not from where the ledger is
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// Which witnesses must vouch, as a C2SP tlog-policy file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

pub(crate) fn run(globals: &Globals, command: &Command) -> Result<Exit, Failure> {
    let mut statement = None;
    let report = match command {
        Command::Ledger {
            folder,
            earlier,
            against,
        } => ledger(folder, earlier, against)?,
        Command::Receipt { file, against } => receipt(file, against)?,
        Command::Custody { file, against } => {
            let mut checked = custody::check(file, &against.keys()?)?;
            checked.report.extend(against.witnesses(&checked.under)?);
            statement = Some(checked.statement);
            checked.report
        }
        Command::Disclosure { file, against } => {
            let (mut report, given) = disclosed::check(file, &against.keys()?)?;
            report.extend(against.witnesses(given.receipt.checkpoint())?);
            report
        }
        Command::Checkpoints {
            one,
            other,
            proof,
            ledger,
            against,
        } => checkpoints([one, other], proof.as_deref(), ledger.as_deref(), against)?,
    };
    let screen = Screen::stdout();
    if globals.json {
        let mut said = as_json(&report);
        if let Some(statement) = statement {
            said["statement"] = statement.into();
        }
        screen.json(said.to_string().as_bytes())?;
    } else {
        let before = statement.map_or_else(String::new, |said| stated(&said));
        print(&(before + &told(&screen, &report)))?;
    }
    Ok(match report.verdict() {
        Verdict::Verified => Exit::Done,
        Verdict::Undecided | Verdict::Wrong => Exit::Unfit,
    })
}

fn ledger(folder: &Path, earlier: &[PathBuf], against: &Against) -> Result<Report, Failure> {
    let keys = against.keys()?;
    let earlier = earlier
        .iter()
        .map(|file| {
            checkpoint(file)?
                .verify(&keys)
                .map_err(|e| unfit(file, e.to_string()))
        })
        .collect::<Result<Vec<Checkpoint>, _>>()?;
    let verified = verify::folder(&LedgerFolder::at(folder)?, &keys, &earlier);
    let mut report = verified.report;
    if let Some((signed, _)) = &verified.checkpoint {
        report.extend(against.witnesses(signed)?);
    }
    Ok(report)
}

fn receipt(file: &Path, against: &Against) -> Result<Report, Failure> {
    let keys = against.keys()?;
    let given = shown::read(file)?;
    let (mut report, accepted) = verify::receipt(&given.receipt, &keys);
    if let Some(accepted) = accepted {
        given.check(&accepted, &mut report);
    }
    report.extend(against.witnesses(given.receipt.checkpoint())?);
    Ok(report)
}

fn checkpoints(
    files: [&PathBuf; 2],
    proof: Option<&Path>,
    ledger: Option<&Path>,
    against: &Against,
) -> Result<Report, Failure> {
    let keys = against.keys()?;
    let [one, other] = [checkpoint(files[0])?, checkpoint(files[1])?];
    let proof = proof.map(consistency).transpose()?;
    let mut report = match ledger {
        None => verify::checkpoints(&one, &other, &keys, proof.as_ref()),
        Some(folder) => {
            let folder = LedgerFolder::at(folder)?;
            verify::checkpoints_in(&one, &other, &keys, &folder)
        }
    };
    for (which, signed) in [("the first", &one), ("the second", &other)] {
        report.extend_about(which, against.witnesses(signed)?);
    }
    Ok(report)
}

impl Against {
    fn keys(&self) -> Result<LogPublicKeys, Failure> {
        let bytes = files::read_bounded(&self.keys, LogPublicKeys::MAX_TEXT_BYTES)?;
        LogPublicKeys::from_text(&String::from_utf8_lossy(&bytes)).map_err(|e| {
            unfit(&self.keys, e.to_string())
                .hint("it should be what `strongroom ledger keys` prints")
        })
    }

    /// Checks the cosignatures of a checkpoint, if there is a policy that asks for some.
    fn witnesses(&self, signed: &SignedCheckpoint) -> Result<Report, Failure> {
        let Some(path) = &self.policy else {
            return Ok(Report::default());
        };
        let bytes = files::read_bounded(path, MAX_POLICY_BYTES)?;
        let policy = Policy::from_bytes(&bytes).map_err(|e| unfit(path, e.to_string()))?;
        Ok(verify::witnesses(signed, &policy))
    }
}

fn checkpoint(file: &Path) -> Result<SignedCheckpoint, Failure> {
    let bytes = files::read_bounded(file, MAX_NOTE_BYTES)?;
    SignedCheckpoint::from_bytes(&bytes).map_err(|e| unfit(file, e.to_string()))
}

fn consistency(file: &Path) -> Result<ConsistencyProof, Failure> {
    let bytes = files::read_bounded(file, ConsistencyProof::MAX_TEXT_BYTES)?;
    ConsistencyProof::from_text(&String::from_utf8_lossy(&bytes))
        .map_err(|e| unfit(file, e.to_string()))
}

/// A file that is not what it should be.
fn unfit(file: &Path, why: String) -> Failure {
    Failure::new(Exit::Unfit, format!("{}: {why}", file.display()))
}

/// What a statement says, before what of it holds.
fn stated(statement: &str) -> String {
    let lines = statement
        .lines()
        .map(|line| format!("  {}\n", harmless(line)));
    let lines: String = lines.collect();
    format!("the statement, as the file has it; whether it holds stands below:\n{lines}\n")
}

fn told(screen: &Screen, report: &Report) -> String {
    let mut text = String::new();
    for finding in report.findings() {
        let mark = format!("{:<6}", finding.standing.to_string());
        let mark = match finding.standing {
            Standing::Holds => mark,
            Standing::Fails | Standing::Unsure => screen.paint(STRONG, &mark),
            Standing::Open => screen.paint(FAINT, &mark),
        };
        let place = finding
            .place
            .as_deref()
            .map_or_else(String::new, |place| format!("{}: ", harmless(place)));
        let check = finding.check.to_string();
        writeln!(
            text,
            "{mark} {check:<12} {place}{}",
            harmless(&finding.says)
        )
        .expect("strings take text");
    }
    let verdict = match report.verdict() {
        Verdict::Verified => "verified",
        Verdict::Undecided => "NOT decided",
        Verdict::Wrong => "NOT verified",
    };
    let [holds, fails, unsure, open] = [
        Standing::Holds,
        Standing::Fails,
        Standing::Unsure,
        Standing::Open,
    ]
    .map(|standing| report.count(standing));
    let unsure = match unsure {
        0 => String::new(),
        some => format!("{some} could not be checked, "),
    };
    writeln!(
        text,
        "\n{verdict}: {holds} hold, {fails} fail, {unsure}{open} left open"
    )
    .expect("strings take text");
    text
}

fn as_json(report: &Report) -> Value {
    let findings: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| {
            let mut line = json!({
                "check": finding.check.to_string(),
                "standing": finding.standing.to_string(),
                "says": finding.says,
            });
            if let Some(place) = &finding.place {
                line["place"] = json!(place);
            }
            line
        })
        .collect();
    json!({
        "verified": report.passes(),
        "verdict": report.verdict().to_string(),
        "findings": findings,
    })
}
