//! The records of a bulk restriction: a list of ids, or what `list --json` prints.

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use strongroom_record::{RequestId, Stream};

use crate::files::read_bounded;
use crate::outcome::{Exit, Failure};
use crate::session::check_id;

/// Bytes of such a list: half a million ids.
const LIST_MAX_BYTES: usize = 16 << 20;

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

/// Reads a list: one id a line, or JSON as `list --json` prints it; from standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(LIST_MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::new(Exit::Machine, format!("standard input: {e}")))?;
        if bytes.len() > LIST_MAX_BYTES {
            return Err(Failure::unfit(format!(
                "the list is longer than {LIST_MAX_BYTES} bytes"
            )));
        }
        bytes
    } else {
        read_bounded(path, LIST_MAX_BYTES)?
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::unfit("the list is no text"))?;
    ids(&text)
}

fn ids(text: &str) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
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
                    .hint("one id a line, or what `list --json` prints")
            })?;
            match named {
                Named::Listing { records } => ids.extend(records.into_iter().map(|r| r.id)),
                Named::Row(row) => ids.push(row.id),
            }
        } else {
            ids.push(line.to_owned());
        }
        for id in &ids[before..] {
            check_id(id).map_err(|failure| failure.of(&at))?;
        }
    }
    if ids.is_empty() {
        return Err(Failure::unfit("the list names no record"));
    }
    Ok(ids)
}

/// The request id of a part of a bulk restriction: that of the whole for the first, and for each that follows one that
/// follows from it, so that a repetition of the whole repeats each part.
pub(super) fn request_of_part(whole: &str, part: usize) -> Result<String, Failure> {
    let id: RequestId = whole.parse().map_err(|_| {
        Failure::usage("the request id is malformed")
            .hint("it is the one that the interrupted command printed")
    })?;
    if part == 0 {
        return Ok(id.to_string());
    }
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(id.as_bytes());
    seed[16..24].copy_from_slice(&(part as u64).to_be_bytes());
    Ok(RequestId::random(&mut Stream::from_seed(seed)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_one_a_line_or_in_listings() {
        let text = "abcd1234\n\n  efgh5678  \n{\"records\":[{\"id\":\"jkmn0001\",\"x\":1},{\"id\":\"jkmn0002\"}]}\n{\"id\":\"pqrs9999\"}\n";
        let read = ids(text).unwrap();
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
            let failure = ids(text).unwrap_err();
            let said = failure.said().unwrap().message.clone();
            assert!(said.contains(line), "{said}");
        }
        assert!(ids("\n \n").is_err());
    }

    #[test]
    fn parts_have_ids_of_their_own_that_come_again() {
        let whole = RequestId::from_bytes([7; 16]).to_string();
        let of = |n| request_of_part(&whole, n).unwrap();
        assert_eq!(of(0), whole);
        assert_eq!(of(1), of(1));
        assert!(of(1) != of(2) && of(1) != whole);
        assert!(request_of_part("x", 0).is_err());
    }
}
