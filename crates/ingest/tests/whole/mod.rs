//! What a record has beside its dry run: marks, banners, authority block, attachments.

use serde_json::{Map, Value, json};
use strongroom_record::{Draft, PrintedLine};

/// All of it that is there. Marks are those of the portions, in their order.
pub(crate) fn beside(draft: &Draft) -> Map<String, Value> {
    let mut found = Map::new();
    let marks: Vec<_> = draft.portions.iter().map(|p| &p.mark).collect();
    if marks.iter().any(|mark| mark.is_some()) {
        let words = |line: &Option<PrintedLine>| line.as_ref().map(|line| line.text.clone());
        let pages = draft.marks.pages.iter();
        let banners: Vec<_> = pages.map(|p| [words(&p.top), words(&p.bottom)]).collect();
        let authority = draft.marks.authority.iter();
        let authority: Vec<_> = authority.map(|line| (&line.name, &line.text)).collect();
        found.insert("marks".to_owned(), json!(marks));
        found.insert("banners".to_owned(), json!(banners));
        found.insert("authority".to_owned(), json!(authority));
    }
    let attachments = draft.attachments.iter();
    let attachments: Vec<_> = attachments
        .map(|file| (&file.name, &file.media_type, file.bytes.len()))
        .collect();
    if !attachments.is_empty() {
        found.insert("attachments".to_owned(), json!(attachments));
    }
    found
}
