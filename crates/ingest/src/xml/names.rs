//! Names of elements, attributes and targets.

/// Whether a text is a name without a colon (`NCName` of Namespaces in XML 1.0).
pub(super) fn is_ncname(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(begins_name) && chars.all(continues_name)
}

/// A name as prefix and local part (`QName`), or nothing if it is none.
pub(super) fn split(name: &str) -> Option<(Option<&str>, &str)> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    };
    (prefix.is_none_or(is_ncname) && is_ncname(local)).then_some((prefix, local))
}

/// Production 4 of XML 1.0, `NameStartChar`, without the colon.
const fn begins_name(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Production 4a of XML 1.0, `NameChar`, without the colon.
const fn continues_name(c: char) -> bool {
    begins_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(split("persName"), Some((None, "persName")));
        assert_eq!(split("xml:id"), Some((Some("xml"), "id")));
        for wrong in [
            "", "1a", "a:", ":a", "a:b:c", "a b", "a/b", "a<", "-a", "a:1",
        ] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
