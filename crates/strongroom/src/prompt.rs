//! Asking for a secret on the terminal, without showing it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::outcome::{Exit, Failure};

/// Longest line that is taken.
const LINE_MAX_BYTES: usize = 4 << 10;

const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const KILL_LINE: u8 = 0x15;

/// A terminal that does not echo, until it is dropped.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn new(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        // Keys come one by one and interrupts as a key, so that this program can tidy up after itself.
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        let _ = self.terminal.write_all(b"\n");
    }
}

/// Asks for a line that is not shown. `otherwise` says how it is given where there is no terminal.
pub(crate) fn secret(
    question: &str,
    what: &str,
    otherwise: &str,
) -> Result<Zeroizing<String>, Failure> {
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|_| {
            Failure::usage(format!(
                "{what} is needed, and there is no terminal to ask on"
            ))
            .hint(otherwise)
        })?;
    let failed =
        |e: io::Error| Failure::new(Exit::Machine, format!("the terminal cannot be used: {e}"));
    let mut quiet = Quiet::new(terminal).map_err(failed)?;
    quiet
        .terminal
        .write_all(question.as_bytes())
        .map_err(failed)?;
    let mut line = Zeroizing::new(Vec::new());
    loop {
        let mut key = [0];
        if quiet.terminal.read(&mut key).map_err(failed)? == 0 {
            break;
        }
        match key[0] {
            b'\n' | b'\r' | END => break,
            INTERRUPT => return Err(Failure::quiet(Exit::Interrupted)),
            KILL_LINE => line.clear(),
            key if BACKSPACE.contains(&key) => {
                // A character of several bytes goes whole.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            key if line.len() < LINE_MAX_BYTES => line.push(key),
            _ => return Err(Failure::usage(format!("{what} is never as long as this"))),
        }
    }
    let text =
        std::str::from_utf8(&line).map_err(|_| Failure::usage("what was typed is not UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}
