//! Account names that people would take for one another: other letter case, or other letters that look the same.
//!
//! Who approves, reads or is cleared is known to others by name. What letters look like is the table of Unicode Technical
//! Standard 39 (confusable detection).

use unicode_security::skeleton;

/// Whether one name may be taken for the other. A name may be taken for itself.
pub(crate) fn look_alike(one: &str, other: &str) -> bool {
    shape(one) == shape(other) || shape(&one.to_lowercase()) == shape(&other.to_lowercase())
}

/// What a name looks like, whatever letters it is made of.
fn shape(name: &str) -> String {
    skeleton(name).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_by_what_is_seen_of_them() {
        for (one, other) in [
            ("anna", "Anna"),
            ("anna", "\u{430}nna"),
            ("Ivan", "lvan"),
            ("p0tr", "potr"),
            ("moritz", "rnoritz"),
            ("jos\u{e9}", "jose\u{301}"),
        ] {
            assert!(look_alike(one, other), "{one} {other}");
            assert!(look_alike(other, one), "{other} {one}");
        }
        for (one, other) in [
            ("anna", "anne"),
            ("jose", "jos\u{e9}"),
            ("ben", "b.en"),
            ("clerk1", "clerk2"),
        ] {
            assert!(!look_alike(one, other), "{one} {other}");
        }
    }
}
