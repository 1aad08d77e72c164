//! The records of a bulk restriction: a list of ids, or what `list --json` prints.

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use crate::files::read_bounded;
use crate::outcome::{Exit, Failure};
use crate::session::check_id;

/// Bytes of such a list: half a million ids.
const LIST_MAX_BYTES: usize = 16 << 20;

/// What a list should be.
const WANTED: &str = "a list has one id a line, or is what `list --json` prints";

/// A line of JSON that names records: a listing, or one row of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Listing { records: Vec<Row> },
    Row(Row),
}

#[derive(Deserialize)]
struct Row {
    id: String,
}

/// A record of a list.
pub(super) struct Listed {
    pub(super) id: String,
    /// Its line, from 1.
    line: usize,
}

/// A refusal that names a record of a list, with the line where it stands.
pub(super) fn on_its_line(failure: Failure, listed: &[Listed]) -> Failure {
    let said = failure.said().map_or("", |said| &said.message);
    let mut words = said.split(|c: char| !c.is_ascii_alphanumeric());
    let named = words.find_map(|word| listed.iter().rfind(|listed| listed.id == word));
    match named.map(|listed| listed.line) {
        Some(line) => failure.of(&format!("line {line} of the list")),
        None => failure,
    }
}

/// Reads a list: one id a line, or JSON as `list --json` prints it; from standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<Listed>, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(LIST_MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::new(Exit::Machine, format!("standard input: {e}")))?;
        if bytes.len() > LIST_MAX_BYTES {
            return Err(
                Failure::unfit(format!("the list is longer than {LIST_MAX_BYTES} bytes"))
                    .hint("split it, and restrict each part by a command of its own"),
            );
        }
        bytes
    } else {
        read_bounded(path, LIST_MAX_BYTES)?
    };
    let text = String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        Failure::unfit(format!("line {line} of the list is no text in UTF-8")).hint(WANTED)
    })?;
    ids(&text)
}

fn ids(text: &str) -> Result<Vec<Listed>, Failure> {
    let mut ids: Vec<Listed> = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        let at = format!("line {} of the list", n + 1);
        if line.is_empty() {
            continue;
        }
        let before = ids.len();
        if line.starts_with('{') {
            let named: Named = serde_json::from_str(line).map_err(|_| {
                Failure::unfit(format!("{at} is no JSON with the id of a record in it"))
                    .hint(WANTED)
            })?;
            let rows = match named {
                Named::Listing { records } => records,
                Named::Row(row) => vec![row],
            };
            ids.extend(rows.into_iter().map(|row| Listed {
                id: row.id,
                line: n + 1,
            }));
        } else {
            ids.push(Listed {
                id: line.to_owned(),
                line: n + 1,
            });
        }
        for listed in &ids[before..] {
            check_id(&listed.id).map_err(|failure| failure.of(&at).hint(WANTED))?;
        }
    }
    if ids.is_empty() {
        return Err(Failure::unfit("the list names no record").hint(WANTED));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_one_a_line_or_in_listings() {
        let text = "abcd1234\n\n  efgh5678  \n{\"records\":[{\"id\":\"jkmn0001\",\"x\":1},{\"id\":\"jkmn0002\"}]}\n{\"id\":\"pqrs9999\"}\n";
        let read: Vec<String> = ids(text).unwrap().into_iter().map(|l| l.id).collect();
        assert_eq!(
            read,
            ["abcd1234", "efgh5678", "jkmn0001", "jkmn0002", "pqrs9999"]
        );
    }

    #[test]
    fn an_error_names_its_line() {
        for (text, line) in [
            ("abcd1234\n{\"x\":1}\n", "line 2"),
            ("\n\nab\n", "line 3"),
            ("{\"records\":[{\"id\":\"a\"}]}", "line 1"),
        ] {
            let failure = ids(text).err().unwrap();
            let said = failure.said().unwrap().message.clone();
            assert!(said.contains(line), "{said}");
        }
        assert!(ids("\n \n").is_err());
        // What the room refuses names the record; its line is where it stands last, as of one that is named twice.
        let listed = ids("abcd1234\n\nefgh5678\nabcd1234\n").unwrap();
        let on_line = |said: &str| {
            let failure = on_its_line(Failure::unfit(said), &listed);
            failure.said().unwrap().message.clone()
        };
        assert_eq!(
            on_line("efgh5678: no such record"),
            "line 3 of the list: efgh5678: no such record"
        );
        assert!(on_line("record abcd1234 is named twice").starts_with("line 4 "));
        assert_eq!(on_line("the reason is unknown"), "the reason is unknown");
    }
}
