//! `file`: files TEI volumes and plain texts, or shows what filing would read in them.

mod batch;
mod dry_run;
mod folder;
mod recording;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use strongroom_guard::Refusal;
use strongroom_guard::api::{Downgrade, FiledLink, Filing, FilingDone, FindingShown, Progress};
use strongroom_record::limits::FILE_MAX_BYTES;

use crate::cli::{Globals, RequestArg};
use crate::client::Heard;
use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure, note};
use crate::policies;
use crate::screen::{Screen, count, harmless, print};
use crate::session::{Session, request_id, request_of_part};

use self::batch::Batch;
use self::folder::{Target, find};
use self::recording::Recording;
use super::grade::JudgementArgs;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// TEI volumes, plain texts, Word documents, PDFs, e-mail, captions (WebVTT, SubRip), as they are or compressed by gzip; or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
    /// By whose authority it is filed
    #[arg(long, required_unless_present = "dry_run")]
    authority: Option<String>,
    /// The particular need, in your words
    #[arg(long, required_unless_present = "dry_run")]
    because: Option<String>,
    /// The marking of every record, whatever is printed
    #[arg(long)]
    marking: Option<String>,
    /// The marking of records that bear none
    #[arg(long, value_name = "MARKING")]
    unmarked_as: Option<String>,
    /// What captions count as that the policy does not know: a value of it, or `handling`
    #[arg(long, value_name = "VALUE")]
    unknown_as: Option<String>,
    /// The system that held it before
    #[arg(long, value_name = "SYSTEM")]
    from_system: Option<String>,
    /// Who already holds copies
    #[arg(long, value_name = "WHO", num_args = 1..)]
    already_held_by: Vec<String>,
    /// The placement practice under which it is filed, by id or the beginning of it
    #[arg(long, value_name = "ID")]
    practice: Option<String>,
    /// Files although rules of the marking policy are broken that would stop it: why
    #[arg(long = "override", value_name = "REASON")]
    overrides: Option<String>,
    /// The source's own caution, as in "may have been exaggerated or made up"
    #[arg(long, value_name = "WORDS")]
    caution: Option<String>,
    #[command(flatten)]
    judged: JudgementArgs,
    /// One's own filing that this file is filed instead of, by its id or its receipt's; readers of both see so
    #[arg(long, value_name = "ID", conflicts_with_all = ["denies", "responds_to"])]
    successor_of: Option<String>,
    /// The record that this file denies
    #[arg(long, value_name = "ID", conflicts_with = "responds_to")]
    denies: Option<String>,
    /// The record that this file answers
    #[arg(long, value_name = "ID")]
    responds_to: Option<String>,
    /// The portion that is denied or answered: a number as `read` last showed it, an id, or a header field's name
    #[arg(long, value_name = "N", conflicts_with = "successor_of")]
    portion: Option<String>,
    /// How long the records are kept: a schedule of the policy; a wrong one is answered with the list
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// The day on which the records fall to the lowest level, as 2030-12-31; else what a document's own block says
    #[arg(long, value_name = "DATE")]
    declassify_on: Option<String>,
    /// The day on which the records fall to --downgrade-to
    #[arg(long, value_name = "DATE", requires = "downgrade_to")]
    downgrade_on: Option<String>,
    /// The marking that the records fall to on --downgrade-on
    #[arg(long, value_name = "MARKING", requires = "downgrade_on")]
    downgrade_to: Option<String>,
    /// The recording that the file is the transcript of: audio or video, sealed beside it
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    recording: Option<PathBuf>,
    /// Files nothing: prints what is read, with --json a record a line; needs no room
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: says what is wrong with the marks, by a policy that is built in or a file with one
    #[arg(long, value_name = "NAME|FILE", requires = "dry_run")]
    policy: Option<String>,
    #[command(flatten)]
    request: RequestArg,
}

impl Args {
    /// What the file's record is to be linked to.
    fn link(&self) -> Option<FiledLink> {
        let ends = [
            ("successor", &self.successor_of),
            ("denial", &self.denies),
            ("response", &self.responds_to),
        ];
        let (kind, to) = ends
            .into_iter()
            .find_map(|(kind, to)| Some((kind, to.clone()?)))?;
        Some(FiledLink {
            kind: kind.to_owned(),
            to,
            portion: self.portion.clone(),
        })
    }
}

impl Args {
    /// What the records fall to, and when.
    fn downgrade(&self) -> Option<Downgrade> {
        let (on, to) = self.downgrade_on.clone().zip(self.downgrade_to.clone())?;
        Some(Downgrade { on, to })
    }
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let link = args.link();
    if link.is_some() && args.files.len() > 1 {
        return Err(
            Failure::usage("one file succeeds, denies or answers another record")
                .hint("file it by itself"),
        );
    }
    if link.is_none() && args.portion.is_some() {
        return Err(Failure::usage(
            "--portion goes with --denies or --responds-to",
        ));
    }
    let filing = if args.dry_run {
        None
    } else {
        let session = Session::of(globals)?;
        Some((Interrupts::of_ctrl_c()?, session))
    };
    let policy = args.policy.as_deref().map(policies::named).transpose()?;
    let mut found = find(&args.files)?;
    if link.is_some() && found.folders {
        return Err(Failure::usage(
            "one file succeeds, denies or answers another record, not a folder",
        )
        .hint("file it by itself"));
    }
    if args.recording.is_some() && (found.folders || found.targets.len() > 1) {
        return Err(Failure::usage(
            "a recording is filed with the one file that is its transcript",
        ));
    }
    if found.folders && args.request.request.is_some() {
        return Err(Failure::usage(
            "a request id is for files that are named one by one, and a folder needs none",
        )
        .hint("the same command again files what is missing of a folder, and nothing twice"));
    }
    // Each file has a request of its own that follows from that of all of them: what is repeated repeats each.
    let whole = request_id(args.request.request.as_deref());
    let mut batch = Batch::of(&mut found);
    let mut exit = Exit::Done;
    let targets = &found.targets;
    for (begun, target) in targets.iter().enumerate() {
        let ended = match &filing {
            None => dry_run::run(globals, policy.as_ref(), &target.path).map(|exit| (exit, false)),
            // Where a file was done before the word to stop came to it, the next one is not begun.
            Some((interrupts, _)) if begun > 0 && interrupts.have_come() => {
                exit = Exit::Interrupted;
                batch.not_begun(targets[begun..].iter().map(|t| t.path.as_path()));
                break;
            }
            Some((interrupts, session)) => {
                let ids = Ids::of(&whole, begun)?;
                file(globals, args, session, interrupts, (target, ids))
            }
        };
        // Each file stands for itself: what one ends with does not stop the next, except at the user's word.
        let now = match ended {
            Ok((Exit::Done, before)) => {
                batch.done(before);
                Exit::Done
            }
            Ok((other, _)) => other,
            Err(failure) => {
                let ends = failure.exit();
                if found.folders {
                    batch.failed(&target.path, failure);
                } else {
                    failure.tell();
                }
                ends
            }
        };
        exit = first_of(exit, now);
        if now == Exit::Interrupted || (found.folders && Batch::ends_all(now)) {
            batch.not_begun(targets[begun + 1..].iter().map(|t| t.path.as_path()));
            break;
        }
    }
    if found.folders {
        return batch.end(exit, globals.json);
    }
    if filing.is_some() && exit != Exit::Done && targets.len() > 1 {
        batch.not_whole(exit, targets.len(), &whole);
    }
    Ok(exit)
}

/// By which ids a file is asked for.
pub(super) struct Ids {
    /// That of the file.
    id: String,
    /// That of the command, by which the same command is given again.
    whole: String,
}

impl Ids {
    /// Those of one of the files of a command, counted from 0.
    pub(super) fn of(whole: &str, file: usize) -> Result<Self, Failure> {
        Ok(Self {
            id: request_of_part(whole, file)?,
            whole: whole.to_owned(),
        })
    }
}

/// The first thing that went wrong decides, except that an interrupt always shows.
pub(crate) fn first_of(before: Exit, now: Exit) -> Exit {
    if before == Exit::Done || now == Exit::Interrupted {
        now
    } else {
        before
    }
}

/// Reads a file whole, unless it is longer than any that is filed.
pub(crate) fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    if path.as_os_str() == "-" {
        return Err(Failure::unfit("standard input is not filed")
            .hint("save what comes out of it to a file first, and file that"));
    }
    let failed = |e| Failure::file("read", path, &e);
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Failure::unfit(format!("{} has no name that is text", path.display())))?;
    let there = fs::metadata(path).map_err(failed)?;
    if there.is_dir() {
        return Err(
            Failure::unfit(format!("{} is a folder", path.display())).hint("name the files in it")
        );
    }
    // A pipe or a device may have no end, and keep one waiting for its beginning.
    if !there.is_file() {
        return Err(
            Failure::unfit(format!("{} is not a regular file", path.display()))
                .hint("save what comes out of it to a file first, and file that"),
        );
    }
    let too_large = |e: strongroom_ingest::IngestError| Failure::new(Exit::Unfit, e.to_string());
    strongroom_ingest::check_size(name, there.len()).map_err(too_large)?;
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(FILE_MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    strongroom_ingest::check_size(name, bytes.len() as u64).map_err(too_large)?;
    Ok((name.to_owned(), bytes))
}

/// A line of the guard's answer to a filing.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress(Progress),
    Done(FilingDone),
    Refused(Refusal),
}

fn file(
    globals: &Globals,
    args: &Args,
    session: &Session,
    interrupts: &Interrupts,
    (target, ids): (&Target, Ids),
) -> Result<(Exit, bool), Failure> {
    let (file, bytes) = read(&target.path)?;
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut filing = Filing {
        file,
        reason: said(&args.reason),
        authority: said(&args.authority),
        because: said(&args.because),
        marking: args.marking.clone(),
        unmarked_as: args.unmarked_as.clone(),
        unknown_as: args.unknown_as.clone(),
        from_system: args.from_system.clone(),
        already_held_by: args.already_held_by.clone(),
        override_because: args.overrides.clone(),
        practice: args.practice.clone(),
        caution: args.caution.clone(),
        judged: args.judged.judgement(),
        correction: None,
        link: args.link(),
        schedule: args.schedule.clone(),
        declassify_on: args.declassify_on.clone(),
        downgrade: args.downgrade(),
        recording: None,
        within: target.within.clone(),
        request: None,
    };
    let mut recording = None;
    if let Some(path) = &args.recording {
        let opened = Recording::open(path, interrupts)?;
        filing.recording = Some(opened.said.clone());
        recording = Some(opened);
    }
    send(
        globals,
        session,
        interrupts,
        filing,
        (bytes, recording),
        ids,
    )
}

/// Sends a file to the guard, and its recording after it, and hears what becomes of them.
pub(super) fn send(
    globals: &Globals,
    session: &Session,
    interrupts: &Interrupts,
    mut filing: Filing,
    (bytes, mut recording): (Vec<u8>, Option<Recording>),
    ids: Ids,
) -> Result<(Exit, bool), Failure> {
    let Ids { id, whole } = ids;
    filing.request = Some(id.clone());
    let name = filing.within.as_ref().unwrap_or(&filing.file).clone();
    let go_on = || match (&filing.within, &filing.correction) {
        (Some(_), _) => "the same command again files the rest, and nothing twice".to_owned(),
        (None, Some(_)) => {
            format!("the same command with `--request {whole}` corrects it if that was not done")
        }
        (None, None) => {
            format!("the same command with `--request {whole}` files the rest, and nothing twice")
        }
    };
    let mut body = serde_json::to_vec(&filing).expect("words are JSON");
    body.push(b'\n');
    body.extend_from_slice(&bytes);
    drop(bytes);

    let bar = progress_bar(&name);
    let mut filed = Progress { filed: 0, of: 0 };
    let mut end = None;
    let hear = |line: &[u8]| match serde_json::from_slice(line) {
        Ok(Line::Progress(progress)) => {
            filed = progress;
            bar.set_length(progress.of as u64);
            bar.set_position(progress.filed as u64);
        }
        Ok(last) => end = Some((last, line.to_vec())),
        // A line of a later version says nothing that this one could use.
        Err(_) => {}
    };
    let client = &session.client;
    let heard = client.file(session.token(), body, &id, interrupts, hear);
    bar.finish_and_clear();
    let heard = heard.map_err(|failure| match failure.exit() {
        Exit::Closed => failure.hint(go_on()),
        _ => failure,
    })?;
    match (end, heard) {
        (Some((Line::Done(done), line)), heard) => {
            tell_done(globals, &name, &done, &line)?;
            if let (true, Some(recording), [record]) =
                (done.complete, &mut recording, done.records.as_slice())
            {
                recording
                    .give(session, &record.record, interrupts)
                    .map_err(|failure| failure.hint(go_on()))?;
            }
            if done.complete {
                return Ok((Exit::Done, done.resumed == done.records.len()));
            }
            let (why, exit) = match heard {
                Heard::All { interrupted: false } => ("the room is being closed", Exit::Closed),
                _ => ("interrupted", Exit::Interrupted),
            };
            let of = match filed.of {
                0 => String::new(),
                of => format!(" of {of}"),
            };
            note(&format!(
                "{}: {why}: {}{of} whole records are in\n  {}\n",
                harmless(&name),
                done.records.len(),
                go_on()
            ));
            Ok((exit, false))
        }
        (Some((Line::Refused(refusal), _)), _) => {
            if filed.filed > 0 {
                note(&format!(
                    "{}: {} whole records of {} are in\n  {}\n",
                    harmless(&name),
                    filed.filed,
                    filed.of,
                    go_on()
                ));
            }
            Err(refusal.into())
        }
        (_, Heard::NotAll) => {
            note(&format!(
                "{}: interrupted, without hearing what is in: whole records only, at least {}\n  {}\n",
                harmless(&name),
                filed.filed,
                go_on()
            ));
            Ok((Exit::Interrupted, false))
        }
        (_, Heard::All { .. }) => Err(Failure::new(
            Exit::Closed,
            format!(
                "the guard went away while it filed {name}: whole records only are in, at least {}",
                filed.filed
            ),
        )
        .hint(go_on())),
    }
}

/// Of a list in a warning, so many are named.
const NAMED_MAX: usize = 5;

fn tell_done(globals: &Globals, name: &str, done: &FilingDone, line: &[u8]) -> Result<(), Failure> {
    if globals.json {
        // The guard's own JSON lies within the line: `{"done":` before, `}` after.
        let inner = line
            .strip_prefix(b"{\"done\":")
            .and_then(|rest| rest.strip_suffix(b"}"))
            .unwrap_or(line);
        Screen::stdout().json(inner)?;
    } else {
        print(&told(name, done))?;
    }
    if let Some(warning) = lowered(name, done) {
        note(&warning);
    }
    for finding in &done.findings {
        note(&finding_told(name, finding));
    }
    if !done.left_out.is_empty() {
        note(&format!(
            "strongroom: {}: left out, because this room does not list it: {}\n",
            harmless(name),
            harmless(&done.left_out.join(", "))
        ));
    }
    Ok(())
}

fn told(name: &str, done: &FilingDone) -> String {
    let name = harmless(name);
    if let Some(version) = done.version
        && let [one] = done.records.as_slice()
    {
        return format!(
            "{name}: version {version} of record {}, {}; receipt {}\n",
            harmless(&one.record),
            harmless(&one.banner),
            harmless(&one.receipt)
        );
    }
    let all = done.records.len();
    let now = count(all.saturating_sub(done.resumed), "record");
    let mut text = match done.resumed {
        0 => format!("{name}: {now} filed"),
        before if before == all && done.complete => {
            format!("{name}: had been filed before, {}", count(all, "record"))
        }
        before => format!("{name}: {now} filed, {all} with the {before} of before"),
    };
    writeln!(text, "; filing {}", harmless(&done.filing)).expect("strings take text");
    match done.records.as_slice() {
        [] => {}
        [one] => writeln!(text, "record {}", harmless(&one.record)).expect("strings take text"),
        _ => text.push_str("`list` shows them\n"),
    }
    if let Some(link) = &done.link {
        writeln!(text, "linked; receipt {}", harmless(link)).expect("strings take text");
    }
    for like in done.resembling.iter().take(NAMED_MAX) {
        writeln!(
            text,
            "much like a record that you may read: {} ({} %)",
            harmless(&like.record),
            like.like_percent
        )
        .expect("strings take text");
    }
    if done.resembling.len() > NAMED_MAX {
        let more = done.resembling.len() - NAMED_MAX;
        writeln!(text, "and {more} more; --json names them").expect("strings take text");
    }
    for label in &done.blind {
        writeln!(
            text,
            "filed blind, because you do not hold it: {}",
            harmless(label)
        )
        .expect("strings take text");
    }
    text
}

/// A finding in the marks of a document.
fn finding_told(name: &str, finding: &FindingShown) -> String {
    let weight = if finding.stops { "" } else { "note: " };
    let mut text = format!(
        "{}:{}:{}: {weight}{}: {}\n",
        harmless(name),
        finding.line,
        finding.column,
        harmless(&finding.rule),
        harmless(&finding.message)
    );
    if let Some(instead) = &finding.instead {
        writeln!(text, "  instead: {}", harmless(instead)).expect("strings take text");
    }
    text
}

/// A warning of records that were given a lower marking than is printed on them.
fn lowered(name: &str, done: &FilingDone) -> Option<String> {
    let below = &done.below_printed;
    if below.is_empty() {
        return None;
    }
    let mut named = below[..below.len().min(NAMED_MAX)].join(", ");
    if below.len() > NAMED_MAX {
        write!(named, " and {} more", below.len() - NAMED_MAX).expect("strings take text");
    }
    let bear = if below.len() == 1 { "bears" } else { "bear" };
    Some(format!(
        "strongroom: warning: {} of {} {bear} a higher printed marking than --marking gave: {}\n  \
         `restrict` raises what should be higher\n",
        count(below.len(), "record"),
        harmless(name),
        harmless(&named),
    ))
}

/// A bar on standard error, where that is a terminal.
fn progress_bar(name: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {eta}")
            .expect("the template is well-formed")
            .progress_chars("=> "),
    );
    bar.set_prefix(harmless(name).into_owned());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::FiledRow;

    fn done(records: usize, resumed: usize, below: usize) -> FilingDone {
        let row = |n| FiledRow {
            source: format!("d{n}"),
            record: format!("r{n}"),
            banner: String::new(),
            receipt: String::new(),
        };
        FilingDone {
            filing: "f".to_owned(),
            complete: true,
            records: (0..records).map(row).collect(),
            resumed,
            below_printed: (0..below).map(|n| format!("d{n}")).collect(),
            blind: Vec::new(),
            resembling: Vec::new(),
            findings: Vec::new(),
            left_out: Vec::new(),
            version: None,
            link: None,
        }
    }

    #[test]
    fn one_record_is_named_and_several_are_counted() {
        assert_eq!(
            told("a", &done(1, 0, 0)),
            "a: 1 record filed; filing f\nrecord r0\n"
        );
        assert_eq!(
            told("a", &done(2, 0, 0)),
            "a: 2 records filed; filing f\n`list` shows them\n"
        );
        assert_eq!(
            told("a", &done(1, 1, 0)),
            "a: had been filed before, 1 record; filing f\nrecord r0\n"
        );
        assert!(
            told("a", &done(9, 8, 0)).starts_with("a: 1 record filed, 9 with the 8 of before;")
        );
    }

    #[test]
    fn what_was_given_a_lower_marking_is_said() {
        assert_eq!(lowered("a", &done(9, 0, 0)), None);
        let one = lowered("a", &done(9, 0, 1)).expect("a warning");
        assert!(
            one.contains("1 record of a bears") && one.contains(": d0\n"),
            "{one}"
        );
        let many = lowered("a", &done(9, 0, 7)).expect("a warning");
        assert!(
            many.contains("7 records of a bear") && many.contains("d4 and 2 more"),
            "{many}"
        );
    }
}
