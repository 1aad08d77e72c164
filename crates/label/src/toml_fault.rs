//! What is wrong with a file of TOML, for who wrote it: what stands there and what should.
//!
//! The reader's messages speak of this program's own types. What they say is kept, in other words; a message of another form, as
//! those on the writing of TOML itself are, stays as it is.

/// A message of the TOML reader in words for people.
pub fn toml_fault(message: &str) -> String {
    let message = message.trim_end();
    let told = if let Some(key) = message.strip_prefix("missing field ") {
        Some(format!("{} is missing here, and must be given", plain(key)))
    } else if let Some(said) = message.strip_prefix("unknown field ") {
        said.split_once(", expected ").map(|(key, keys)| {
            let keys = keys.strip_prefix("one of ").unwrap_or(keys);
            format!(
                "there is no key {} here; there are {}",
                plain(key),
                plain(keys)
            )
        })
    } else if let Some(said) = message.strip_prefix("invalid type: ") {
        expected(said)
    } else if let Some(said) = message.strip_prefix("invalid value: ") {
        expected(said)
    } else {
        message
            .strip_prefix("duplicate field ")
            .map(|key| format!("{} stands here twice", plain(key)))
    };
    told.unwrap_or_else(|| message.to_owned())
}

fn expected(said: &str) -> Option<String> {
    let (found, wanted) = said.rsplit_once(", expected ")?;
    Some(format!(
        "here stands {}, and {} is wanted",
        kind(found),
        wished(wanted)
    ))
}

fn plain(keys: &str) -> String {
    keys.replace('`', "")
}

/// What was found, as people call it.
fn kind(found: &str) -> String {
    for (theirs, ours) in [
        ("string ", "the text "),
        ("integer ", "the number "),
        ("floating point ", "the number "),
        ("boolean ", ""),
    ] {
        if let Some(rest) = found.strip_prefix(theirs) {
            return format!("{ours}{}", plain(rest));
        }
    }
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        other => plain(other),
    }
}

/// What is wanted, as people call it.
fn wished(wanted: &str) -> String {
    match wanted {
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" => "a whole number that is not negative".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list in [ ]".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a map" => "a table".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[allow(dead_code)]
        rank: u16,
        #[allow(dead_code)]
        word: String,
        #[allow(dead_code)]
        list: Option<Vec<String>>,
        #[allow(dead_code)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        on: bool,
    }

    /// The reader's own messages are taken, so that another version of it that words them otherwise is noticed.
    #[test]
    fn what_the_reader_says_is_said_for_people() {
        for (text, says) in [
            ("word = \"a\"", "rank is missing here, and must be given"),
            (
                "rank = \"x\"\nword = \"a\"",
                "here stands the text \"x\", and a whole number from 0 to 65535 is wanted",
            ),
            (
                "rank = 70000\nword = \"a\"",
                "here stands the number 70000, and a whole number from 0 to 65535 is wanted",
            ),
            (
                "rank = -1\nword = \"a\"",
                "here stands the number -1, and a whole number from 0 to 65535 is wanted",
            ),
            (
                "rank = 1\nword = 2",
                "here stands the number 2, and a text in quotes is wanted",
            ),
            (
                "rank = 1\nword = [\"a\"]",
                "here stands a list, and a text in quotes is wanted",
            ),
            (
                "rank = 1\nword = \"a\"\nlist = \"b\"",
                "here stands the text \"b\", and a list in [ ] is wanted",
            ),
            (
                "rank = 1\nword = \"a\"\ninner = 3",
                "here stands the number 3, and a table is wanted",
            ),
            (
                "rank = 1\nword = \"a\"\n[inner]\non = 1",
                "here stands the number 1, and true or false is wanted",
            ),
            (
                "rank = 1\nword = \"a\"\nwords = 2",
                "there is no key words here; there are rank, word, list, inner",
            ),
        ] {
            let fault = toml::from_str::<Shape>(text).unwrap_err();
            assert_eq!(toml_fault(fault.message()), says, "{text}");
        }
        let own = toml::from_str::<Shape>("rank = = 1").unwrap_err();
        assert_eq!(toml_fault(own.message()), own.message().trim_end());
    }
}
