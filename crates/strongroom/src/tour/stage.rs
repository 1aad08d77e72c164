//! Where the tour takes place: its folder, its guard, and the commands it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use strongroom_record::{Clock as _, SystemClock};

use crate::outcome::{Exit, Failure};
use crate::screen::{
    COLUMNS_MAX, Screen, harmless_lines, print, quoted, typed, width_of, wrap, wrap_lines,
};

/// How long the guard may take to open a fresh room.
const OPENING_MAX: Duration = Duration::from_secs(20);

/// The folder of a tour, the room it is in, and the guard that runs there.
pub(super) struct Stage {
    folder: PathBuf,
    room: String,
    founder: String,
    program: PathBuf,
    /// With what the room was opened last.
    options: Vec<String>,
    guard: Option<Child>,
}

impl Stage {
    /// Makes the folder. The first room is named `room`, and founded by the registrar.
    pub(super) fn set(folder: Option<PathBuf>) -> Result<Self, Failure> {
        let folder = match folder {
            Some(folder) => fresh(folder)?,
            None => tempfile::Builder::new()
                .prefix("strongroom-tour-")
                .tempdir()
                .map_err(|e| broken(format!("a folder for the tour cannot be made: {e}")))?
                .keep(),
        };
        let folder = folder
            .canonicalize()
            .map_err(|e| broken(format!("the folder of the tour cannot be used: {e}")))?;
        for part in ["run", "people"] {
            fs::create_dir(folder.join(part))
                .map_err(|e| broken(format!("the folder of the tour cannot be used: {e}")))?;
        }
        let room = folder.join("room").to_string_lossy().into_owned();
        let program = std::env::current_exe()
            .map_err(|e| broken(format!("the program does not find itself: {e}")))?;
        print(&format!("The tour takes place in {}\n", folder.display()))?;
        Ok(Self {
            folder,
            room,
            founder: "registrar".to_owned(),
            program,
            options: Vec::new(),
            guard: None,
        })
    }

    /// Goes to another room, which that founder is to found. The room before must be closed.
    pub(super) fn go_to(&mut self, room: &str, founder: &str) {
        self.room = self.path(room);
        founder.clone_into(&mut self.founder);
    }

    /// The room's folder.
    pub(super) fn room(&self) -> &str {
        &self.room
    }
    /// The file that holds a person's passphrase: in a tour nobody types.
    pub(super) fn passphrase_file(&self, name: &str) -> String {
        self.folder
            .join("people")
            .join(name)
            .to_string_lossy()
            .into_owned()
    }

    pub(super) fn heading(&self, text: &str) -> Result<(), Failure> {
        print(&format!("\n━━ {text}\n\n"))
    }
    pub(super) fn say(&self, text: &str) -> Result<(), Failure> {
        lines(&wrap_lines(text, columns()), "")
    }
    /// Prints commands for the reader to run.
    pub(super) fn suggest(&self, commands: &[(&[&str], &str)]) -> Result<(), Failure> {
        let program = self.program.to_string_lossy();
        for (command, remark) in commands {
            let command: Vec<&str> = [&*program].iter().chain(*command).copied().collect();
            print(&format!("  {}\n", quoted(&command)))?;
            if !remark.is_empty() {
                print(&format!("      {remark}\n"))?;
            }
        }
        Ok(())
    }

    /// A file in the tour's folder.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }
    /// The recovery sheet of the room.
    pub(super) fn sheet(&self) -> String {
        format!("{}.recovery-sheet", self.room)
    }
    /// Writes a file into the tour's folder.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<String, Failure> {
        let path = self.path(name);
        fs::write(&path, bytes)
            .map_err(|e| broken(format!("a file of the tour cannot be written: {e}")))?;
        Ok(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("XDG_STATE_HOME", self.folder.join("state"))
            .env("STRONGROOM_ROOM", &self.room)
            .stdin(Stdio::null());
        command
    }
    fn output(&self, arguments: &[&str]) -> Result<Output, Failure> {
        self.command(arguments)
            .output()
            .map_err(|e| broken(format!("a command of the tour cannot be run: {e}")))
    }

    /// Runs a command as a person and shows it with its answer.
    pub(super) fn run(&mut self, name: &str, arguments: &[&str]) -> Result<(), Failure> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--as", name]).collect();
        self.alone(&arguments)
    }
    /// Runs a command that asks for nobody's session and shows it with its answer.
    pub(super) fn alone(&self, arguments: &[&str]) -> Result<(), Failure> {
        let output = self.output(arguments)?;
        show(arguments, &output)?;
        succeeded(arguments, &output)
    }
    /// Runs a command from an account at which nobody is signed in, and shows it with its answer.
    pub(super) fn outside(&self, arguments: &[&str]) -> Result<(), Failure> {
        let output = self
            .command(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.join("outside-run"))
            .env("XDG_STATE_HOME", self.folder.join("outside-state"))
            .output()
            .map_err(|e| broken(format!("a command of the tour cannot be run: {e}")))?;
        show(arguments, &output)?;
        succeeded(arguments, &output)
    }
    /// Asks as a person until the answer has what is looked for: what follows a change takes the guard a moment.
    pub(super) fn until<T>(
        &mut self,
        name: &str,
        arguments: &[&str],
        found: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        loop {
            if let Some(found) = found(&self.json(name, arguments)?) {
                return Ok(found);
            }
            if started.elapsed() > OPENING_MAX {
                return Err(broken("the tour waited for what did not come"));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
    /// The year that it is.
    pub(super) fn year(&self) -> String {
        SystemClock.now().to_string().chars().take(4).collect()
    }
    /// Runs a command and keeps what it prints in a file of the tour's folder.
    pub(super) fn keep(&self, name: &str, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.output(arguments)?;
        succeeded(arguments, &output)?;
        let path = self.write(name, &output.stdout)?;
        print(&format!("$ strongroom {} > {path}\n", quoted(arguments)))?;
        Ok(path)
    }
    /// Whether a command succeeds, which is not shown.
    pub(super) fn succeeds(&self, arguments: &[&str]) -> Result<bool, Failure> {
        Ok(self.output(arguments)?.status.success())
    }
    /// Runs a command as a person and reads its answer.
    pub(super) fn json(&mut self, name: &str, arguments: &[&str]) -> Result<Value, Failure> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--as", name]).collect();
        let output = self.output(&arguments)?;
        if !output.status.success() {
            show(&arguments, &output)?;
        }
        succeeded(&arguments, &output)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| broken("an answer of the tour is no JSON"))
    }
    /// Runs a command that must be refused.
    pub(super) fn refused(&mut self, name: &str, arguments: &[&str]) -> Result<(), Failure> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--as", name]).collect();
        self.refused_alone(&arguments)
    }
    /// Runs a command that asks for nobody's session, and must not succeed.
    pub(super) fn refused_alone(&self, arguments: &[&str]) -> Result<(), Failure> {
        let output = self.output(arguments)?;
        show(arguments, &output)?;
        if output.status.success() {
            return Err(broken("the tour expected a refusal, and there was none"));
        }
        Ok(())
    }

    /// Founds the room; the passphrase and the recovery sheet go to files.
    pub(super) fn run_founding(&self, arguments: &[&str]) -> Result<(), Failure> {
        let (sheet, passphrase) = (self.sheet(), self.passphrase_file(&self.founder));
        let rest = [
            "--founder",
            &self.founder,
            "--passphrase-file",
            &passphrase,
            "--recovery-sheet",
            &sheet,
        ];
        let arguments: Vec<&str> = arguments.iter().copied().chain(rest).collect();
        self.alone(&arguments)
    }

    /// Starts the guard and waits until it answers.
    pub(super) fn open_room(&mut self, options: &[&str]) -> Result<(), Failure> {
        let room = self.room.clone();
        self.options = options.iter().map(|&option| option.to_owned()).collect();
        let open = [&["open", &room], options].concat();
        print(&format!("$ {} &\n", typed(&open)))?;
        let log = fs::File::create(self.folder.join("guard.log"))
            .map_err(|e| broken(format!("the guard's log cannot be written: {e}")))?;
        let errors = log
            .try_clone()
            .map_err(|e| broken(format!("the guard's log cannot be written: {e}")))?;
        let child = self
            .command(&open)
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| broken(format!("the guard cannot be started: {e}")))?;
        self.guard = Some(child);
        let started = Instant::now();
        while !self.output(&["status"])?.status.success() {
            if started.elapsed() > OPENING_MAX {
                let log = fs::read_to_string(self.folder.join("guard.log")).unwrap_or_default();
                return Err(broken(format!("the guard does not open the room: {log}")));
            }
            thread::sleep(Duration::from_millis(50));
        }
        let output = self.output(&["status"])?;
        show(&["status"], &output)
    }

    /// Signs a person in.
    pub(super) fn sign_in(&mut self, name: &str) -> Result<(), Failure> {
        let file = self.passphrase_file(name);
        self.alone(&["sign-in", name, "--passphrase-file", &file])
    }

    /// Invites a person, joins on that person's side, and confirms the fingerprint.
    pub(super) fn person(&mut self, name: &str, roles: &[&str]) -> Result<(), Failure> {
        let mut invite = vec!["person", "invite", name];
        roles.iter().for_each(|r| invite.extend(["--role", r]));
        invite.push("--json");
        let founder = self.founder.clone();
        let invited = self.json(&founder, &invite)?;
        let code = invited["code"]
            .as_str()
            .ok_or_else(|| broken("an invitation has a code"))?
            .to_owned();
        let file = self.passphrase_file(name);
        let join = ["join", &code, "--passphrase-file", &file, "--json"];
        let output = self.output(&join)?;
        succeeded(&join, &output)?;
        let joined: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| broken("an answer of the tour is no JSON"))?;
        let fingerprint = joined["fingerprint"]
            .as_str()
            .ok_or_else(|| broken("joining gives a fingerprint"))?;
        let begin: String = code.chars().take(12).collect();
        let until = invited["until"].as_str().unwrap_or_default();
        invite.pop();
        invite.extend(["--as", &founder]);
        command(&invite)?;
        let told =
            format!("{name} is invited until {until}, and gets the code {begin}… in private");
        lines(&wrap(&told, columns() - 4), "    ")?;
        print(&format!(
            "$ strongroom join {begin}…\n    {name} reads out: {fingerprint}\n"
        ))?;
        self.run(&founder, &["person", "confirm", name, fingerprint])
    }

    /// Closes the room and waits for the guard to end.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        let founder = self.founder.clone();
        self.run(&founder, &["close"])?;
        if let Some(mut guard) = self.guard.take() {
            guard
                .wait()
                .map_err(|e| broken(format!("the guard does not end: {e}")))?;
        }
        Ok(())
    }

    /// Closes the room, opens it as it was opened before, and signs people in again.
    pub(super) fn reopen(&mut self, names: &[&str]) -> Result<(), Failure> {
        self.close()?;
        let options = std::mem::take(&mut self.options);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        self.open_room(&options)?;
        names.iter().try_for_each(|name| self.sign_in(name))
    }
}

/// A tour that breaks off, or that nobody reads to its end, leaves no guard behind.
impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            // It ends in good order when it is told; if it cannot be told, it is ended.
            let told = kill_process(Pid::from_child(&guard), Signal::TERM);
            if told.is_err() {
                let _ = guard.kill();
            }
            let _ = guard.wait();
        }
    }
}

/// The tour cannot go on.
pub(super) fn broken(why: impl Into<String>) -> Failure {
    Failure::new(Exit::Machine, why)
}

fn fresh(folder: PathBuf) -> Result<PathBuf, Failure> {
    let taken = |p: &Path| fs::read_dir(p).is_ok_and(|mut d| d.next().is_some());
    if taken(&folder) || folder.is_file() {
        return Err(Failure::usage(format!(
            "{} is not empty; the tour wants a folder of its own",
            folder.display()
        )));
    }
    fs::create_dir_all(&folder)
        .map_err(|e| broken(format!("the folder of the tour cannot be made: {e}")))?;
    Ok(folder)
}

/// Columns of what the tour prints.
pub(super) fn columns() -> usize {
    Screen::stdout().columns().unwrap_or(COLUMNS_MAX)
}

fn lines(lines: &[String], indent: &str) -> Result<(), Failure> {
    let lines = lines.iter().map(|line| format!("{indent}{line}\n"));
    print(&lines.collect::<String>())
}

/// Prints a command as one would type it, over several lines if it is long.
fn command(arguments: &[&str]) -> Result<(), Failure> {
    const INDENT: &str = "      ";
    // An option stands beside its value.
    let groups = arguments.chunk_by(|a, b| a.starts_with("--") && !b.starts_with("--"));
    let mut lines = vec!["$ strongroom".to_owned()];
    for word in groups.map(quoted) {
        let line = lines.last_mut().expect("there is the first");
        // Room is kept for the sign that the line goes on.
        if width_of(line) + 1 + width_of(&word) + 2 > columns() {
            line.push_str(" \\");
            lines.push(format!("{INDENT}{word}"));
        } else {
            line.push(' ');
            line.push_str(&word);
        }
    }
    print(&format!("{}\n", lines.join("\n")))
}

/// Prints a command as one would type it, and what it answered.
fn show(arguments: &[&str], output: &Output) -> Result<(), Failure> {
    command(arguments)?;
    for stream in [&output.stdout, &output.stderr] {
        let text = harmless_lines(&String::from_utf8_lossy(stream));
        lines(&wrap_lines(&text, columns() - 4), "    ")?;
    }
    Ok(())
}

fn succeeded(arguments: &[&str], output: &Output) -> Result<(), Failure> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(broken(format!(
        "the tour stops: `strongroom {}` failed: {said}",
        quoted(arguments)
    )))
}
