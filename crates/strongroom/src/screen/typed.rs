//! Commands as one would type them.

/// Arguments as a shell takes them.
pub(crate) fn quoted(arguments: &[&str]) -> String {
    let quote = |argument: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            (*argument).to_owned()
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A command of this program.
pub(crate) fn typed(arguments: &[&str]) -> String {
    format!("strongroom {}", quoted(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(
            typed(&["open", "a b", "it's", "", "x/y.z"]),
            r"strongroom open 'a b' 'it'\''s' '' x/y.z"
        );
    }
}
