//! What comes with a document as a file of its own.

use strongroom_record::DraftAttachment;
use strongroom_record::limits::HEADER_VALUE_MAX_BYTES;

use crate::fold::fold;

/// What is unknown is bytes.
const UNKNOWN: &str = "application/octet-stream";
/// The longest media type (RFC 6838, 4.2: two names of 127 characters).
const MEDIA_TYPE_MAX_BYTES: usize = 255;

/// An attachment under the last part of its name, white space folded and controls left out, cut to what a name may have.
/// A media type that is none is that of bytes.
pub(crate) fn attachment(name: &str, media_type: Option<&str>, bytes: Vec<u8>) -> DraftAttachment {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = fold(last).chars().filter(|c| !c.is_control()).collect();
    while name.len() > HEADER_VALUE_MAX_BYTES {
        name.pop();
    }
    let is_type = |text: &str| {
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        text.len() <= MEDIA_TYPE_MAX_BYTES
            && text
                .split_once('/')
                .is_some_and(|(a, b)| token(a) && token(b))
    };
    DraftAttachment {
        name,
        media_type: media_type
            .filter(|t| is_type(t))
            .unwrap_or(UNKNOWN)
            .to_ascii_lowercase(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types() {
        let found = attachment(
            "C:\\folder\\a\t b\u{1b}.pdf",
            Some("Application/PDF"),
            vec![1],
        );
        assert_eq!(
            (found.name.as_str(), found.media_type.as_str()),
            ("a b.pdf", "application/pdf")
        );
        assert_eq!(
            attachment("", Some("a b/c"), Vec::new()).media_type,
            UNKNOWN
        );
        assert_eq!(
            attachment(&"é".repeat(10_000), None, Vec::new()).name.len(),
            HEADER_VALUE_MAX_BYTES
        );
    }
}
