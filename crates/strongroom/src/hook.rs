//! A program of the site's own that is told when something waits for somebody: to send mail, for instance.
//!
//! It is run with the account name as its only argument, and nothing of what waits. Nobody waits for it, and it
//! inherits nothing to read or write. While [`HOOKS_MAX`] of them run no further one is begun: who is not told so is
//! told at the next sign-in.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::outcome::note;

/// Hooks that run at the same time: one that hangs is not begun over and over.
const HOOKS_MAX: usize = 8;

/// The program, and those of its processes that may still run.
pub(crate) struct Hook {
    program: PathBuf,
    running: Mutex<Vec<Child>>,
}

impl Hook {
    pub(crate) fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            running: Mutex::default(),
        }
    }

    /// Runs it for an account, and goes on.
    pub(crate) fn run(&self, account: &str) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        if running.len() >= HOOKS_MAX {
            note("strongroom: the hook was not run: too many of its processes have not ended\n");
            return;
        }
        let begun = Command::new(&self.program)
            .arg(account)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match begun {
            Ok(child) => running.push(child),
            Err(e) => note(&format!("strongroom: the hook cannot be run: {e}\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_hook_that_hangs_is_not_begun_over_and_over_and_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        let program = folder.path().join("hook.sh");
        let script = format!("#!/bin/sh\necho \"$#$1\" >> {}\nsleep 30\n", told.display());
        crate::files::write_private_new(&program, &script).unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let hook = Hook::new(&program);
        let before = Instant::now();
        for _ in 0..HOOKS_MAX + 3 {
            hook.run("otto");
        }
        assert!(before.elapsed() < Duration::from_secs(20));
        let mut running = hook.running.lock().unwrap();
        assert_eq!(running.len(), HOOKS_MAX);
        for child in running.iter_mut() {
            let waits = Instant::now() + Duration::from_secs(20);
            let lines = || {
                std::fs::read_to_string(&told)
                    .unwrap_or_default()
                    .lines()
                    .count()
            };
            while lines() < HOOKS_MAX && Instant::now() < waits {
                std::thread::sleep(Duration::from_millis(20));
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let told = std::fs::read_to_string(&told).unwrap();
        assert!(told.lines().all(|line| line == "1otto"), "{told}");
        Hook::new(&folder.path().join("none")).run("otto");
    }
}
