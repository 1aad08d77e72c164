//! Has a file read by a process of its own, and judges what it answers.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use strongroom_guard::{Code, InPlace, Intake, Refusal, unfit};
use strongroom_ingest::{Read, Recognised, recognise};
use strongroom_label::Policy;
use strongroom_record::DraftSet;

use super::Bounds;
use super::message::{ANSWER_MAX_BYTES, Answer, heading};
use crate::limits::PARSE_LOOK;

/// This process's own image, also when the file of it was replaced since.
const IMAGE: &str = "/proc/self/exe";

/// An intake that has every confined format read by a process of its own: this program's image, started with
/// arguments that lead to [`parse_confined`](super::parse_confined).
#[derive(Debug, Clone)]
pub struct Confined {
    bounds: Bounds,
    arguments: Vec<OsString>,
}

impl Confined {
    /// Starts processes with these arguments, and gives them `bounds`. The arguments say the same bounds.
    pub fn new(bounds: Bounds, arguments: Vec<OsString>) -> Self {
        Self { bounds, arguments }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(IMAGE);
        command
            .arg0("strongroom")
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    /// Has a process read a file, whatever it is in, by the words of a marking policy. `file` is its name, without a folder.
    ///
    /// # Errors
    /// The file is unfit, the process did not end well, or there is none that is confined.
    ///
    /// # Panics
    /// If the operating system gives no thread.
    pub fn drafts(&self, policy: &Policy, file: &str, bytes: &[u8]) -> Result<DraftSet, Refusal> {
        // The process has those that are built in.
        let own = (!policy.is_builtin()).then(|| policy.source());
        let heading = heading(file, own).ok_or_else(|| stopped(file, "its name is too long"))?;
        let running = self.command().spawn();
        let mut running =
            Running(running.map_err(|e| not_run(&format!("it cannot be started: {e}")))?);
        let until = Instant::now() + self.bounds.wait;
        let (stdin, stdout) = (running.0.stdin.take(), running.0.stdout.take());
        let (stdin, stdout) = (
            stdin.expect("it was made with it"),
            stdout.expect("it was made with it"),
        );
        let (answer, status) = thread::scope(|scope| {
            let (say, said) = mpsc::channel();
            scope.spawn(move || give(stdin, &heading, bytes));
            scope.spawn(move || say.send(take(stdout)));
            let left = until.saturating_duration_since(Instant::now());
            let said = said.recv_timeout(left).map_err(|_| self.too_long(file));
            let ended = said.and_then(|answer| {
                let answer = answer.ok_or_else(|| stopped(file, "it answered without end"))?;
                let status = running.ended(until).ok_or_else(|| self.too_long(file))?;
                Ok((answer, status))
            });
            // Both threads end when the process has: its ends of the pipes are gone.
            running.end();
            ended
        })?;
        if !status.success() {
            return Err(stopped(file, &self.because(status)));
        }
        match Answer::from_bytes(answer) {
            Some(Answer::Drafts(drafts)) => DraftSet::from_bytes(&drafts, file, bytes.len())
                .map_err(|e| stopped(file, &format!("what it answered are {e}"))),
            Some(Answer::Unfit(why)) => Err(Refusal::new(Code::Unfit, why)),
            Some(Answer::Open(why)) => Err(not_run(&why)),
            None => Err(stopped(file, "it gave no answer that can be read")),
        }
    }

    fn too_long(&self, file: &str) -> Refusal {
        let seconds = self.bounds.wait.as_secs_f32();
        stopped(file, &format!("it took longer than {seconds} seconds"))
    }

    /// Why a process ended that gave no answer.
    fn because(&self, status: ExitStatus) -> String {
        let signal = status.signal().and_then(Signal::from_named_raw);
        match signal {
            Some(Signal::SYS) => {
                "it tried what reading a file never needs: a file, a socket, another process"
                    .to_owned()
            }
            Some(Signal::XCPU) => format!(
                "it needed more than {} seconds of the processor",
                self.bounds.seconds
            ),
            Some(Signal::ABORT | Signal::SEGV) => format!(
                "it needed more than {} MiB of memory",
                self.bounds.bytes >> 20
            ),
            _ => format!("it failed ({status})"),
        }
    }
}

impl Intake for Confined {
    fn read<'a>(&self, policy: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let recognised: Recognised<'a> = recognise(file, bytes).map_err(unfit)?;
        let Recognised {
            file: name,
            original,
            format,
        } = recognised;
        if !format.is_confined() {
            return InPlace.read(policy, file, bytes);
        }
        let drafts = self.drafts(policy, &name, &original)?;
        Ok(Read {
            original,
            drafts,
            format,
        })
    }
}

/// The process was stopped, or failed: nothing that it said counts.
fn stopped(file: &str, why: &str) -> Refusal {
    Refusal::new(
        Code::Unfit,
        format!("{file}: the process that was to read it was stopped: {why}"),
    )
    .hint("a file as its program saves it is read; have it saved anew, or file its text as plain text")
}

/// There is no process that could read it.
fn not_run(why: &str) -> Refusal {
    Refusal::new(
        Code::Unfit,
        format!("files of this format are read by a confined process alone, and there is none: {why}"),
    )
    .hint("Linux has Landlock since 5.13; `strongroom open --without-landlock` lets a filter of system calls and limits do; plain text is read anyway")
}

/// Gives the question. A process that ended does not take it; how it ended tells more than that.
fn give(mut to: ChildStdin, heading: &[u8], bytes: &[u8]) {
    let _ = to.write_all(heading).and_then(|()| to.write_all(bytes));
}

/// Takes the answer, if it is no longer than any may be.
fn take(from: ChildStdout) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    let read = from
        .take(ANSWER_MAX_BYTES as u64 + 1)
        .read_to_end(&mut answer);
    (read.is_ok() && answer.len() <= ANSWER_MAX_BYTES).then_some(answer)
}

/// A process that runs until this is dropped at the latest.
struct Running(Child);

impl Running {
    /// How it ended, if it does in time. It has said what it had to say.
    fn ended(&mut self, until: Instant) -> Option<ExitStatus> {
        let mut pause = Duration::from_micros(100);
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => thread::sleep(pause),
                _ => return None,
            }
            pause = (pause * 2).min(PARSE_LOOK);
        }
    }
    fn end(&mut self) {
        // One that has ended, and was waited for, is not there to be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
