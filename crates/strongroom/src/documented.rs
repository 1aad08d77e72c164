//! What the documentation says can be typed can be typed: each command line of its examples is read by the same
//! parser, and each command and option that is named in its text is looked up there.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory, Parser};

use crate::cli::Cli;

/// Pages with commands in them, from the workspace's folder.
const PAGES: [&str; 12] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/api.md",
    "docs/cli.md",
    "docs/exit-codes.md",
    "docs/ingest.md",
    "docs/marked-documents.md",
    "docs/marking.md",
    "docs/operations.md",
    "examples/README.md",
];

const PROGRAM: &str = "strongroom";

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines of a page's shell examples, without remarks, and the rest of it.
fn shell_and_prose(page: &str) -> (Vec<String>, String) {
    let (mut shell, mut prose) = (Vec::<String>::new(), String::new());
    let mut block: Option<bool> = None;
    for line in page.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            block = block.is_none().then(|| kind == "sh");
            continue;
        }
        match block {
            Some(true) => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                match shell.last_mut() {
                    Some(last) if last.ends_with('\\') => {
                        last.pop();
                        last.push_str(line);
                    }
                    _ => shell.push(line.to_owned()),
                }
            }
            Some(false) => {}
            None => {
                prose.push_str(line);
                prose.push(' ');
            }
        }
    }
    (shell, prose)
}

/// Words as a shell splits them, up to a redirection. Examples quote with single quotes alone.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
            continue;
        }
        for word in part.split_whitespace() {
            if word == ">" {
                return words;
            }
            words.push(word.to_owned());
        }
    }
    words
}

#[test]
fn every_example_can_be_typed() {
    let mut seen = 0;
    for name in PAGES {
        for line in shell_and_prose(&page(name)).0 {
            let words = words(&line);
            if words.first().is_some_and(|first| first == PROGRAM) {
                seen += 1;
                if let Err(e) = Cli::try_parse_from(&words) {
                    panic!("{name}: {line}\n{e}");
                }
            }
        }
    }
    assert!(seen > 50, "{seen} examples were found");
}

#[test]
fn every_command_and_option_that_is_named_is_there() {
    let root = Cli::command();
    let globals = ["--room", "--as", "--passphrase-file", "--json", "--help"].map(str::to_owned);
    let (mut seen, mut wrong) = (0, Vec::new());
    for name in PAGES {
        let prose = shell_and_prose(&page(name)).1;
        for span in prose.split('`').skip(1).step_by(2) {
            let typed = span.strip_prefix("strongroom ");
            let mut words = typed.unwrap_or(span).split_whitespace().peekable();
            let mut command = &root;
            // Of what stands for an option alone, the text around it says to which command it belongs.
            while let Some(next) = words.peek().and_then(|w| command.find_subcommand(w)) {
                words.next();
                command = next;
            }
            if std::ptr::eq(command, &root) {
                let stands_for_any = words
                    .peek()
                    .is_some_and(|w| w.starts_with("--") || *w == "COMMAND");
                if typed.is_some() && !stands_for_any {
                    wrong.push(format!("{name}: no command in `{span}`"));
                }
                continue;
            }
            seen += 1;
            let known = options(command);
            for word in words {
                let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
                let word = word.split(['=', '|', ']']).next().unwrap_or_default();
                let is_there = |known: &[String]| known.iter().any(|option| option == word);
                if word.starts_with("--") && !is_there(&known) && !is_there(&globals) {
                    wrong.push(format!("{name}: `{span}`: there is no {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 150, "{seen} commands were found");
}

/// The options of a command, and of those below it: `verify … --keys` stands for any of them.
fn options(command: &Command) -> Vec<String> {
    let longs = command.get_arguments().filter_map(|arg| arg.get_long());
    let below = command.get_subcommands().flat_map(options);
    longs.map(|long| format!("--{long}")).chain(below).collect()
}
