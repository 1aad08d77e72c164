//! The attributes of one tag.

use std::borrow::Cow;

use super::chars::{is_space, referred};
use super::names;
use crate::error::{Fault, XmlRule, shortened};
use crate::limits::ATTRIBUTES_MAX;

/// An attribute, its value with references resolved and line breaks and tabs as spaces.
#[derive(Debug, Clone)]
pub(crate) struct Attribute<'a> {
    /// The name as written, prefix included.
    pub(crate) name: &'a str,
    /// The prefix, if there is one.
    pub(super) prefix: Option<&'a str>,
    /// The value.
    pub(crate) value: Cow<'a, str>,
    /// Where the name begins.
    pub(super) at: usize,
}

/// Reads `text`, what stands in a tag after the element's name and begins at offset `at`, into `found`.
pub(super) fn scan<'a>(
    text: &'a str,
    at: usize,
    found: &mut Vec<Attribute<'a>>,
) -> Result<(), Fault> {
    found.clear();
    let bytes = text.as_bytes();
    let wrong = |here: usize, why| Fault::at(at + here, XmlRule::Attribute(why));
    let skip_space = |mut here: usize| {
        while bytes.get(here).copied().is_some_and(is_space) {
            here += 1;
        }
        here
    };
    let mut here = 0;
    loop {
        let name_start = skip_space(here);
        if name_start == bytes.len() {
            return Ok(());
        }
        if name_start == here {
            return Err(wrong(here, "there is no white space before it"));
        }
        if found.len() == ATTRIBUTES_MAX {
            return Err(Fault::limit(
                at + name_start,
                "attributes in one tag",
                ATTRIBUTES_MAX,
            ));
        }
        let name_end = bytes[name_start..]
            .iter()
            .position(|&b| b == b'=' || is_space(b))
            .map_or(bytes.len(), |len| name_start + len);
        let name = &text[name_start..name_end];
        let Some((prefix, _)) = names::split(name) else {
            return Err(Fault::at(at + name_start, XmlRule::Name(shortened(name))));
        };
        if found.iter().any(|a| a.name == name) {
            return Err(Fault::at(
                at + name_start,
                XmlRule::DuplicateAttribute(shortened(name)),
            ));
        }
        let equals = skip_space(name_end);
        if bytes.get(equals) != Some(&b'=') {
            return Err(wrong(name_start, "there is no value"));
        }
        let quote_at = skip_space(equals + 1);
        let quote = match bytes.get(quote_at) {
            Some(&quote @ (b'"' | b'\'')) => quote,
            _ => return Err(wrong(name_start, "its value is not in quotes")),
        };
        let value_start = quote_at + 1;
        let Some(value_len) = bytes[value_start..].iter().position(|&b| b == quote) else {
            return Err(wrong(name_start, "its value does not end"));
        };
        let value_end = value_start + value_len;
        found.push(Attribute {
            name,
            prefix,
            value: value(&text[value_start..value_end], at + value_start)?,
            at: at + name_start,
        });
        here = value_end + 1;
    }
}

/// A value with references resolved and white space as spaces (section 3.3.3, for attributes that are not declared).
fn value(raw: &str, at: usize) -> Result<Cow<'_, str>, Fault> {
    if let Some(here) = raw.bytes().position(|b| b == b'<') {
        return Err(Fault::at(
            at + here,
            XmlRule::Attribute("its value holds `<`"),
        ));
    }
    if !raw
        .bytes()
        .any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r'))
    {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(here) = rest.find(['&', '\t', '\n', '\r']) {
        value.push_str(&rest[..here]);
        let after = &rest[here + 1..];
        if rest.as_bytes()[here] == b'&' {
            let offset = at + (raw.len() - rest.len()) + here;
            let Some(len) = after.find(';') else {
                return Err(Fault::at(offset, XmlRule::Ampersand));
            };
            value.push(referred(&after[..len], offset)?);
            rest = &after[len + 1..];
        } else {
            value.push(' ');
            rest = after;
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Result<Vec<(String, String)>, Fault> {
        let mut found = Vec::new();
        scan(text, 0, &mut found)?;
        Ok(found
            .into_iter()
            .map(|a| (a.name.to_owned(), a.value.into_owned()))
            .collect())
    }

    #[test]
    fn values() {
        let found = scanned(" a='1\n2' xml:id = \"x&amp;&#65;\" ").unwrap();
        assert_eq!(
            found,
            [
                ("a".to_owned(), "1 2".to_owned()),
                ("xml:id".to_owned(), "x&A".to_owned())
            ]
        );
    }

    #[test]
    fn malformed() {
        for wrong in [
            " a",
            " a=",
            " a=1",
            " a='1",
            " a='1'b='2'",
            " a='1' a='2'",
            " a='<'",
            " a='&x;'",
            " a='&amp'",
            " /",
            " a='1' /",
            " ='1'",
            " a b='1'",
        ] {
            assert!(scanned(wrong).is_err(), "{wrong}");
        }
    }
}
