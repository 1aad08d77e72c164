//! What comes with a document as a file of its own.

use strongroom_record::DraftAttachment;
use strongroom_record::limits::{ATTACHMENT_NAME_MAX_BYTES, MEDIA_TYPE_MAX_BYTES};

use crate::fold::fold;

/// What is unknown is bytes, and a file without a name is called what it is.
const UNKNOWN: &str = "application/octet-stream";
const NAMELESS: &str = "attachment";
/// The longest ending that a name which is cut keeps, with its full stop.
const ENDING_MAX_BYTES: usize = 16;

/// An attachment under the last part of its name, white space folded and controls left out, cut to what a name may have.
/// A media type that is none is that of bytes.
pub(crate) fn attachment(name: &str, media_type: Option<&str>, bytes: Vec<u8>) -> DraftAttachment {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = fold(last).chars().filter(|c| !c.is_control()).collect();
    let name = if name.chars().all(|c| c == '.' || c == ' ') {
        NAMELESS.to_owned()
    } else {
        cut(name)
    };
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

/// A name no longer than a name may be, with its ending.
fn cut(mut name: String) -> String {
    if name.len() <= ATTACHMENT_NAME_MAX_BYTES {
        return name;
    }
    let ending = name.rfind('.').map(|at| name.split_off(at));
    let ending = ending.filter(|ending| ending.len() <= ENDING_MAX_BYTES);
    let ending = ending.unwrap_or_default();
    while name.len() + ending.len() > ATTACHMENT_NAME_MAX_BYTES {
        name.pop();
    }
    name + &ending
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
        let named = |name: &str| attachment(name, None, Vec::new()).name;
        let longest = "é".repeat(ATTACHMENT_NAME_MAX_BYTES / 2);
        assert_eq!(named(&"é".repeat(10_000)), longest);
        let cut = named(&format!("{}.pdf", "x".repeat(10_000)));
        assert!(cut.ends_with("x.pdf") && cut.len() == ATTACHMENT_NAME_MAX_BYTES);
        for nameless in ["", "/", "a/..", ". .", "\u{7f}"] {
            assert_eq!(named(nameless), NAMELESS);
        }
    }
}
