//! What a command is given: arguments, or the lines of standard input for `-`.

use std::io::{self, BufRead, Read};

use crate::outcome::{Exit, Failure};

/// Stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Longest line of standard input, in bytes: markings beyond this are refused by their reader anyhow.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Calls `work` with each argument; in place of `-` with each line of standard input as it comes, empty ones left out.
pub(crate) fn each(
    given: &[String],
    mut work: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for one in given {
        if one == STANDARD_INPUT {
            lines_of(&mut io::stdin().lock(), &mut work)?;
        } else {
            work(one)?;
        }
    }
    Ok(())
}

fn lines_of(
    input: &mut impl BufRead,
    work: &mut impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for number in 1_usize.. {
        let mut line = Vec::new();
        let most = LINE_BYTES_MAX as u64 + 1;
        let read = input.by_ref().take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|e| {
            Failure::new(Exit::Machine, format!("standard input cannot be read: {e}"))
        })?;
        if read == 0 {
            break;
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(Failure::unfit(format!(
                "line {number} of standard input is longer than {LINE_BYTES_MAX} bytes"
            ))
            .hint("write one marking a line"));
        }
        let line = std::str::from_utf8(&line).map_err(|e| {
            let at = e.valid_up_to() + 1;
            Failure::unfit(format!(
                "line {number} of standard input is no UTF-8: its byte {at} is none"
            ))
        })?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if !line.is_empty() {
            work(line)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        let mut input = input;
        lines_of(&mut input, &mut |line| {
            lines.push(line.to_owned());
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn lines_are_taken_as_they_are_and_empty_ones_left_out() {
        assert_eq!(
            lines(b"a\r\n\n b \nc").expect("lines"),
            ["a", " b ", "c"].map(str::to_owned)
        );
    }

    #[test]
    fn what_is_no_line_of_text_is_refused() {
        assert_eq!(lines(b"a\n\xff").expect_err("no UTF-8").exit(), Exit::Unfit);
        let long = [b'x'; LINE_BYTES_MAX + 1];
        assert_eq!(lines(&long).expect_err("too long").exit(), Exit::Unfit);
        assert!(lines(&long[1..]).is_ok());
    }
}
