//! What may be printed, and how: a terminal in colour, a file in plain text.

mod harmless;
mod layout;
mod typed;

use std::io::{self, IsTerminal, Write};

use anstyle::{Effects, Style};

use crate::outcome::{Exit, Failure};

use harmless::json_for_terminal;
pub(crate) use harmless::{harmless, harmless_lines};
pub(crate) use layout::{clip, count, pad, width_of, wrap, wrap_items, wrap_lines};
pub(crate) use typed::{quoted, typed};

/// Columns where the terminal does not say.
const COLUMNS_DEFAULT: usize = 80;
/// Narrower than this, text is not laid out.
const COLUMNS_MIN: usize = 40;
/// Wider lines are hard to read.
pub(crate) const COLUMNS_MAX: usize = 100;

/// Of banners.
pub(crate) const BANNER: Style = Style::new().effects(Effects::BOLD.insert(Effects::INVERT));
/// Of headings and of who speaks.
pub(crate) const STRONG: Style = Style::new().bold();
/// Of what is beside the text: marks, numbers, labels of fields.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Of acknowledged gaps.
pub(crate) const GAP: Style = Style::new().effects(Effects::ITALIC.insert(Effects::UNDERLINE));

/// Standard output as it is: a terminal of some width, or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    terminal: bool,
    colour: bool,
    columns: usize,
}

impl Screen {
    /// Looks at standard output and the environment.
    pub(crate) fn stdout() -> Self {
        let terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let columns = rustix::termios::tcgetwinsize(io::stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
            .filter(|&columns| columns > 0)
            .unwrap_or(COLUMNS_DEFAULT);
        Self {
            terminal,
            colour: terminal && !plain,
            columns: columns.clamp(COLUMNS_MIN, COLUMNS_MAX),
        }
    }
    /// A screen for tests.
    #[cfg(test)]
    pub(crate) const fn of(terminal: bool, colour: bool, columns: usize) -> Self {
        Self {
            terminal,
            colour,
            columns,
        }
    }
    /// The columns to lay text out in; none where it is not a terminal.
    pub(crate) fn columns(&self) -> Option<usize> {
        self.terminal.then_some(self.columns)
    }
    /// A text in a style, which it loses where there is no colour.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
    /// A label and a list beside it; on a terminal over as many lines as it takes.
    pub(crate) fn listed(&self, label: &str, items: &[String]) -> String {
        const LABEL_COLUMNS: usize = 9;
        let items: Vec<String> = items.iter().map(|i| harmless(i).into_owned()).collect();
        let lines = match self.columns() {
            Some(columns) => wrap_items(&items, columns - LABEL_COLUMNS),
            None => vec![items.join(", ")],
        };
        let indent = format!("\n{}", " ".repeat(LABEL_COLUMNS));
        format!("{}{}\n", pad(label, LABEL_COLUMNS), lines.join(&indent))
    }
    /// Lines of a form made for programs, for people to look at: what is too long to look at is cut off.
    pub(crate) fn glimpse(&self, text: &str) -> String {
        let columns = self.columns().unwrap_or(COLUMNS_DEFAULT);
        let lines = text.trim_end().lines();
        let lines = lines.map(|line| clip(&harmless(line), columns));
        lines.collect::<Vec<_>>().join("\n")
    }
    /// A line of JSON as the guard gave it. On a terminal, what could run it is written as JSON's escapes.
    pub(crate) fn json(&self, line: &[u8]) -> Result<(), Failure> {
        if self.terminal {
            print(&format!(
                "{}\n",
                json_for_terminal(&String::from_utf8_lossy(line))
            ))
        } else {
            print_bytes(&[line, b"\n"].concat())
        }
    }
}

/// Prints text. A reader who has seen enough ends the command quietly.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|e| match e.kind() {
            io::ErrorKind::BrokenPipe => Failure::quiet(Exit::Done),
            _ => Failure::new(
                Exit::Machine,
                format!("standard output cannot be written: {e}"),
            ),
        })
}
