//! A room in a folder of its own, its guard as a process of its own, and commands against it.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The program.
pub(crate) const STRONGROOM: &str = env!("CARGO_BIN_EXE_strongroom");

/// What a filing must say.
pub(crate) const WHY: [&str; 6] = [
    "--reason",
    "practice",
    "--authority",
    "Head of the secretariat",
    "--because",
    "copies went astray",
];

/// What founding leaves.
const FOUNDED_FILES: [&str; 4] = [
    "room/room.redb",
    "room/house.key",
    "founder.passphrase",
    "sheet",
];

/// A folder with a room, and what its people keep.
pub(crate) struct House {
    pub(crate) dir: TempDir,
    guard: Option<Child>,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The command ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "\n--- out\n{}\n--- err\n{}",
            self.out, self.err
        );
        self
    }
    /// The command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }
    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}\n--- out\n{}\n--- err\n{}", self.out, self.err))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }
}

impl House {
    /// Folders, and no room yet.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::DirBuilder::new()
            .mode(0o700)
            .create(dir.path().join("run"))
            .unwrap();
        Self { dir, guard: None }
    }
    /// A room of its own, just founded, which nobody has opened.
    pub(crate) fn new() -> Self {
        let house = Self::empty();
        house.init(&[]).ok();
        house
    }
    /// A copy of the one room that is founded for all tests that do not care which: founding makes some
    /// ninety key pairs.
    pub(crate) fn founded() -> Self {
        static FOUNDED: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
        let files = FOUNDED.get_or_init(|| {
            let house = Self::new();
            let read = |name| (name, fs::read(house.path(name)).unwrap());
            FOUNDED_FILES.map(read).into()
        });
        let house = Self::empty();
        fs::DirBuilder::new()
            .mode(0o700)
            .create(house.room())
            .unwrap();
        for (name, content) in files {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(house.path(name))
                .unwrap();
            file.write_all(content).unwrap();
        }
        house
    }
    /// An open room with its founder signed in.
    pub(crate) fn open() -> Self {
        let mut house = Self::founded();
        house.open_guard();
        house.sign_in("founder").ok();
        house
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    pub(crate) fn room(&self) -> PathBuf {
        self.path("room")
    }
    pub(crate) fn socket(&self) -> PathBuf {
        self.room().join("guard.sock")
    }
    /// A file for commands.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
    /// The same with a secret in it.
    pub(crate) fn write_private(&self, name: &str, content: &str) -> String {
        let path = self.write(name, content);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
    /// Where a person keeps the passphrase.
    pub(crate) fn passphrase(&self, name: &str) -> String {
        self.path(&format!("{name}.passphrase"))
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A command, not yet run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(STRONGROOM);
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("STRONGROOM_ROOM", self.room())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        command
    }
    /// Runs a command.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        self.command(args).output().unwrap().into()
    }
    /// Runs a command in someone's name.
    pub(crate) fn as_(&self, name: &str, args: &[&str]) -> Done {
        self.run(&[args, &["--as", name]].concat())
    }

    pub(crate) fn init(&self, more: &[&str]) -> Done {
        self.init_by("us-state-historical", more)
    }
    /// A room of another policy.
    pub(crate) fn init_by(&self, policy: &str, more: &[&str]) -> Done {
        let (passphrase, sheet) = (self.passphrase("founder"), self.path("sheet"));
        let fixed = [
            "init",
            "--policy",
            policy,
            "--passphrase-file",
            &passphrase,
            "--recovery-sheet",
            sheet.to_str().unwrap(),
        ];
        self.run(&[&fixed, more].concat())
    }
    /// Runs the guard, and waits until it listens.
    pub(crate) fn open_guard(&mut self) {
        self.open_guard_with(&[]);
    }
    /// The same with more options.
    pub(crate) fn open_guard_with(&mut self, options: &[&str]) {
        let command = self.command(&[&["open"], options].concat());
        assert!(self.start(command), "the guard does not listen");
    }
    /// Runs a command that becomes the guard, and waits until it listens; whether it does.
    pub(crate) fn start(&mut self, mut command: Command) -> bool {
        let mut guard = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(guard.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        if !line.starts_with("open: the room ") {
            guard.wait().unwrap();
            return false;
        }
        self.guard = Some(guard);
        true
    }
    /// The guard's process.
    pub(crate) fn guard(&mut self) -> &mut Child {
        self.guard.as_mut().expect("the guard runs")
    }
    /// The guard's process, for a test that ends it itself.
    pub(crate) fn take_guard(&mut self) -> Child {
        self.guard.take().expect("the guard runs")
    }
    /// Waits for the guard to end.
    pub(crate) fn ended(&mut self) {
        let mut guard = self.take_guard();
        assert!(guard.wait().unwrap().success());
    }
    /// The room's id.
    pub(crate) fn room_id(&self) -> String {
        let status = self.run(&["status", "--json"]).ok().json();
        status["room"].as_str().unwrap().to_owned()
    }
    /// Kills the guard as a crash would.
    pub(crate) fn crash(&mut self) {
        let mut guard = self.take_guard();
        guard.kill().unwrap();
        guard.wait().unwrap();
    }
    pub(crate) fn sign_in(&self, name: &str) -> Done {
        self.run(&["sign-in", name, "--passphrase-file", &self.passphrase(name)])
    }

    /// Has a person join, be confirmed, cleared and signed in.
    pub(crate) fn person(&self, name: &str, roles: &[&str], clearance: Option<&str>) {
        let invite = [&["person", "invite", name, "--json", "--role"], roles].concat();
        let invited = self.as_("founder", &invite).ok().json();
        let code = invited["code"].as_str().unwrap();
        let passphrase = self.passphrase(name);
        let joined = self
            .run(&["join", code, "--json", "--passphrase-file", &passphrase])
            .ok()
            .json();
        let fingerprint = joined["fingerprint"].as_str().unwrap();
        self.as_("founder", &["person", "confirm", name, fingerprint])
            .ok();
        if let Some(clearance) = clearance {
            self.as_("founder", &["clearance", "grant", name, clearance])
                .ok();
        }
        self.sign_in(name).ok();
    }

    /// Files a file as the founder.
    pub(crate) fn file(&self, path: &str, more: &[&str]) -> Done {
        self.as_("founder", &[&["file", path], &WHY[..], more].concat())
    }
    /// The records that a person may read.
    pub(crate) fn listed(&self, name: &str) -> Vec<Value> {
        let listing = self.as_(name, &["list", "--json"]).ok().json();
        listing["records"].as_array().unwrap().clone()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}

/// Everything that lies in a folder, by name.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
