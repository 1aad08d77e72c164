//! What a PDF has beside the words on its pages: parts that are drawn, forms, comments, layers, embedded files.
//!
//! Before a page is drawn, its content and every part that it draws are walked through here: the library leaves out what it
//! cannot find or unpack, and draws parts in parts as often as it is told to.

use hayro_interpret::hayro_syntax::content::TypedIter;
use hayro_interpret::hayro_syntax::content::ops::TypedInstruction;
use hayro_interpret::hayro_syntax::object::{
    Array, Dict, Name, Object, Stream, String as PdfString,
};
use hayro_interpret::hayro_syntax::page::{Page, Resources};
use strongroom_record::DraftAttachment;
use strongroom_record::limits::FILE_MAX_BYTES;

use super::limits::{
    DRAWN_MAX_BYTES, EMBEDDED_MAX, FORMS_DEPTH_MAX, FORMS_MAX, NAMES_DEPTH_MAX, NAMES_MAX,
};
use super::rule::PdfRule;
use crate::error::{Fault, Rule};
use crate::fold::fold;

const MISSING: PdfRule = PdfRule::Damaged("a part of a page is missing or cannot be unpacked");

/// What may still be drawn.
#[derive(Debug)]
pub(super) struct Walk {
    forms: usize,
    bytes: usize,
}

impl Walk {
    pub(super) const fn new() -> Self {
        Self {
            forms: FORMS_MAX,
            bytes: DRAWN_MAX_BYTES,
        }
    }

    /// Walks through what a page draws; `number` is the page's.
    pub(super) fn page(&mut self, number: usize, page: &Page<'_>) -> Result<(), PdfRule> {
        let whole = match page.raw().get::<Object<'_>>("Contents") {
            None | Some(Object::Null(_)) => {
                !page.raw().contains_key("Contents") || page.page_stream().is_none()
            }
            Some(Object::Stream(stream)) => stream.decoded_data().is_ok(),
            Some(Object::Array(parts)) => {
                let due = parts.raw_iter().count();
                let found = parts
                    .iter::<Stream<'_>>()
                    .filter(|part| part.decoded_data().is_ok())
                    .count();
                due == found
            }
            Some(_) => false,
        };
        if !whole {
            return Err(MISSING);
        }
        self.content(number, page.typed_operations(), page.resources(), 0)?;
        for annotation in annotations(page) {
            for appearance in appearances(&annotation) {
                self.form(number, &appearance, page.resources(), 0)?;
            }
        }
        Ok(())
    }

    fn content(
        &mut self,
        number: usize,
        mut content: TypedIter<'_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), PdfRule> {
        while let Some(op) = content.next() {
            match op {
                TypedInstruction::TextFont(font) if resources.get_font(font.0).is_none() => {
                    return Err(PdfRule::Font(number));
                }
                TypedInstruction::XObject(name) => {
                    let part = resources.get_x_object(name.0).ok_or(MISSING)?;
                    if part.dict().get::<Name<'_>>("Subtype").as_deref() != Some(b"Image") {
                        self.form(number, &part, resources, depth)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn form(
        &mut self,
        number: usize,
        form: &Stream<'_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), PdfRule> {
        let content = form.decoded_data().map_err(|_| MISSING)?;
        let left = (
            self.forms.checked_sub(1),
            self.bytes.checked_sub(content.len()),
        );
        let (Some(forms), Some(bytes)) = left else {
            return Err(PdfRule::Recursion);
        };
        (self.forms, self.bytes) = (forms, bytes);
        if depth == FORMS_DEPTH_MAX {
            return Err(PdfRule::Recursion);
        }
        let own = form.dict().get::<Dict<'_>>("Resources").map(Resources::new);
        self.content(
            number,
            TypedIter::new(&content),
            own.as_ref().unwrap_or(resources),
            depth + 1,
        )
    }
}

fn annotations<'a>(page: &Page<'a>) -> Vec<Dict<'a>> {
    page.raw()
        .get::<Array<'a>>("Annots")
        .map(|list| list.iter::<Dict<'a>>().collect())
        .unwrap_or_default()
}

/// What an annotation draws: one stream, or one for each of its states.
fn appearances<'a>(annotation: &Dict<'a>) -> Vec<Stream<'a>> {
    let normal = annotation
        .get::<Dict<'a>>("AP")
        .and_then(|all| all.get::<Object<'a>>("N"));
    match normal {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Dict(states)) => states
            .keys()
            .filter_map(|state| states.get::<Stream<'a>>(state))
            .collect(),
        _ => Vec::new(),
    }
}

/// The comments on a page, and the files that hang on it.
pub(super) fn comments<'a>(
    number: usize,
    page: &Page<'a>,
    files: &mut Files,
) -> Result<Vec<String>, Fault> {
    let mut comments = Vec::new();
    for annotation in annotations(page) {
        let kind = annotation.get::<Name<'_>>("Subtype");
        let drawn = !appearances(&annotation).is_empty();
        match kind.as_deref() {
            Some(b"Link" | b"Popup") => {}
            Some(b"Redact") => {
                let how = "it is marked to be taken out, and still there";
                return Err(Fault::whole(PdfRule::Hidden { page: number, how }));
            }
            Some(b"Widget") => {
                let value = |field: &Dict<'a>| {
                    field
                        .get::<PdfString<'_>>("V")
                        .is_some_and(|v| !v.as_bytes().is_empty())
                };
                let parent = annotation.get::<Dict<'a>>("Parent");
                if !drawn && (value(&annotation) || parent.is_some_and(|field| value(&field))) {
                    return Err(Fault::whole(PdfRule::Form));
                }
            }
            Some(b"FreeText" | b"Stamp") if drawn => {}
            kind => {
                if kind == Some(b"FileAttachment")
                    && let Some(file) = annotation.get::<Dict<'_>>("FS")
                {
                    files.add(&file)?;
                }
                let words = annotation
                    .get::<PdfString<'_>>("Contents")
                    .map(|t| fold(&text(t.as_bytes())));
                if let Some(words) = words.filter(|words| !words.is_empty()) {
                    let by = annotation
                        .get::<PdfString<'_>>("T")
                        .map(|t| fold(&text(t.as_bytes())));
                    comments.push(match by.filter(|by| !by.is_empty()) {
                        Some(by) => format!("Comment, {by}: {words}"),
                        None => format!("Comment: {words}"),
                    });
                }
            }
        }
    }
    Ok(comments)
}

/// Refuses forms whose entries are not on the pages, and layers that are switched off.
pub(super) fn check_catalog(catalog: &Dict<'_>) -> Result<(), PdfRule> {
    let form = catalog.get::<Dict<'_>>("AcroForm");
    if form.is_some_and(|form| form.contains_key("XFA")) {
        return Err(PdfRule::Form);
    }
    let layers = catalog
        .get::<Dict<'_>>("OCProperties")
        .and_then(|all| all.get::<Dict<'_>>("D"));
    let off = layers.is_some_and(|shown| {
        shown.get::<Name<'_>>("BaseState").as_deref() == Some(b"OFF")
            || shown
                .get::<Array<'_>>("OFF")
                .is_some_and(|off| off.raw_iter().next().is_some())
    });
    if off { Err(PdfRule::Layers) } else { Ok(()) }
}

/// Embedded files, as they are found.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) found: Vec<DraftAttachment>,
    bytes: usize,
    nodes: usize,
}

impl Files {
    pub(super) const fn new() -> Self {
        Self {
            found: Vec::new(),
            bytes: 0,
            nodes: NAMES_MAX,
        }
    }

    /// Adds every file that the catalog's tree of names holds.
    pub(super) fn add_named(&mut self, catalog: &Dict<'_>) -> Result<(), Fault> {
        let tree = catalog
            .get::<Dict<'_>>("Names")
            .and_then(|names| names.get::<Dict<'_>>("EmbeddedFiles"));
        tree.map_or(Ok(()), |tree| self.add_tree(&tree, 0))
    }

    fn add_tree(&mut self, node: &Dict<'_>, depth: usize) -> Result<(), Fault> {
        if depth == NAMES_DEPTH_MAX {
            return Err(Fault::whole(PdfRule::Recursion));
        }
        let lost = || Fault::whole(PdfRule::Damaged("an embedded file is missing"));
        if let Some(names) = node.get::<Array<'_>>("Names") {
            let files = || names.iter::<Object<'_>>().filter_map(Object::into_dict);
            // Each stands behind its name.
            if files().count() * 2 != names.raw_iter().count() {
                return Err(lost());
            }
            files().try_for_each(|file| self.add(&file))?;
        }
        if let Some(kids) = node.get::<Array<'_>>("Kids") {
            let due = kids.raw_iter().count();
            let kids: Vec<_> = kids.iter::<Dict<'_>>().collect();
            if kids.len() != due {
                return Err(lost());
            }
            for kid in kids {
                self.nodes = self
                    .nodes
                    .checked_sub(1)
                    .ok_or_else(|| Fault::whole(PdfRule::Recursion))?;
                self.add_tree(&kid, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Adds the file that a file specification embeds, if it does.
    fn add(&mut self, file: &Dict<'_>) -> Result<(), Fault> {
        let limit = |what, max| Err(Fault::whole(Rule::Limit { what, max }));
        let Some(embedded) = file.get::<Dict<'_>>("EF") else {
            return Ok(());
        };
        let stream = embedded
            .get::<Stream<'_>>("F")
            .or_else(|| embedded.get::<Stream<'_>>("UF"));
        let bytes = stream
            .as_ref()
            .and_then(|stream| stream.decoded_data().ok());
        let (Some(stream), Some(bytes)) = (stream, bytes) else {
            let why = "an embedded file is missing or cannot be unpacked";
            return Err(Fault::whole(PdfRule::Damaged(why)));
        };
        if self.found.len() == EMBEDDED_MAX {
            return limit("files embedded in a PDF", EMBEDDED_MAX);
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > FILE_MAX_BYTES {
            return limit("bytes of files embedded in a PDF", FILE_MAX_BYTES);
        }
        let name = file
            .get::<PdfString<'_>>("UF")
            .or_else(|| file.get::<PdfString<'_>>("F"));
        let name = name
            .map(|name| fold(&text(name.as_bytes())))
            .unwrap_or_default();
        let media_type = stream.dict().get::<Name<'_>>("Subtype");
        let media_type = media_type.map(|name| String::from_utf8_lossy(&name).to_ascii_lowercase());
        self.found.push(crate::attachment::attachment(
            &name,
            media_type.as_deref(),
            bytes.into_owned(),
        ));
        Ok(())
    }
}

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 with a mark, or PDF's own encoding.
fn text(bytes: &[u8]) -> String {
    if let Some(units) = bytes.strip_prefix(b"\xfe\xff") {
        let units = units
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    if let Some(utf8) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(utf8).into_owned();
    }
    let own = |byte: &u8| match byte {
        0x80..=0xa0 => OWN_ENCODING
            .chars()
            .nth(usize::from(byte - 0x80))
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        byte => char::from(*byte),
    };
    bytes.iter().map(own).collect()
}

/// PDF's own encoding from 0x80 on, as far as it is not Latin-1.
const OWN_ENCODING: &str = "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\u{fffd}€";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings() {
        assert_eq!(text(b"\xfe\xff\x00a\x20\xac"), "a€");
        assert_eq!(text(b"\xef\xbb\xbf\xc3\xa9"), "é");
        assert_eq!(text(b"\x8da\x8e \xe9 \xa0"), "“a” é €");
    }
}
