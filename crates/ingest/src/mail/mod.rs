//! E-mail (RFC 5322 with MIME): one record a message, with its attachments.
//!
//! The parser ([`mail_parser`]) makes the best of every input. So what it made the best of is refused here: parts whose
//! end is missing, text that is not in the characters it says. What cannot happen: an attachment that is left out, a text
//! that is shown otherwise than it was sent without that being said.

pub(crate) mod rule;

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use strongroom_record::{Draft, DraftAttachment, Place, PortionKind, Precision, When};

use crate::attachment::attachment;
use crate::document::{DocFault, DocLine};
use crate::error::{Fault, Rule};
use crate::fold::{Folded, fold};
use crate::marked::{self, Lifted, Words};
use crate::parts::{Parts, TextBudget, header_value, header_values};
use crate::{plain, speaker};
use rule::MailRule;

/// The record's id: a message has no other record to tell it from.
const ID: &str = "mail";
/// Lines of the header. Messages that went through many hands have some hundred.
const HEADER_LINES_MAX: usize = 4_096;
/// Parts of one message, those of messages inside it included. Each says what it is in a header of its own, so this bounds how deep
/// they lie in one another.
const PARTS_MAX: usize = 1_024;
/// Attachments of one message.
const ATTACHMENTS_MAX: usize = 256;
/// Header fields that only programs which send mail write, in lower case: one of them and a sender make a message.
const OF_MAIL: [&str; 4] = ["mime-version", "message-id", "received", "return-path"];

/// Whether a file is a message: by its header, which text that begins with `From:` does not have, or by its name.
pub(crate) fn begins_as_mail(file: &str, bytes: &[u8]) -> Result<bool, Fault> {
    let named = file.to_ascii_lowercase().ends_with(".eml");
    let begins = header_lines(bytes).next().and_then(field_name).is_some();
    let (mut sender, mut sent) = (false, false);
    let lines = header_lines(bytes).take(HEADER_LINES_MAX);
    for name in lines.filter_map(field_name) {
        sender |= name == "from";
        sent |= OF_MAIL.contains(&name.as_str());
    }
    if named && !(begins && sender) {
        return Err(Fault::whole(MailRule::NotMail));
    }
    Ok(begins && sender && (named || sent))
}

/// The lines up to the first blank one.
fn header_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

fn field_name(line: &[u8]) -> Option<String> {
    let colon = line.iter().position(|&b| b == b':')?;
    let name = &line[..colon];
    let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    is_name.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

/// A message as a draft.
pub(crate) fn read(bytes: &[u8], words: &Words) -> Result<Draft, Fault> {
    bounded(bytes)?;
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or_else(|| Fault::whole(MailRule::NotMail))?;
    check(&message, bytes)?;
    let text = text(&message)?;
    let attachments = attachments(&message)?;
    if fold(&text).is_empty() && attachments.is_empty() {
        return Err(Fault::whole(MailRule::Nothing));
    }
    let mut draft = Draft {
        id: ID.to_owned(),
        from: people(&[message.from()])?,
        to: people(&[message.to(), message.cc()])?,
        when: when(&message)?,
        slice: 0..bytes.len(),
        attachments,
        ..Draft::default()
    };
    portions(&message, &text, words, &mut draft).map_err(Fault::from)?;
    Ok(draft)
}

fn limit(what: &'static str, max: usize) -> Fault {
    Fault::whole(Rule::Limit { what, max })
}

/// Bounds what the parser would follow.
fn bounded(bytes: &[u8]) -> Result<(), Fault> {
    if header_lines(bytes).count() > HEADER_LINES_MAX {
        return Err(limit("lines in the header of a message", HEADER_LINES_MAX));
    }
    let of_parts = bytes.split(|&b| b == b'\n').filter(|line| {
        let name = line.get(..b"content-type".len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"content-type"))
    });
    if of_parts.count() > PARTS_MAX {
        return Err(limit("parts in one message", PARTS_MAX));
    }
    Ok(())
}

/// Refuses what is encrypted, and what the parser made the best of.
fn check(message: &Message<'_>, bytes: &[u8]) -> Result<(), Fault> {
    if message.parts.len() > PARTS_MAX {
        return Err(limit("parts in one message", PARTS_MAX));
    }
    for part in &message.parts {
        let at = part.offset_header as usize;
        if let Some(kind) = part.content_type() {
            let subtype = kind.subtype().unwrap_or_default().to_ascii_lowercase();
            let encrypted = matches!(
                (&*kind.ctype().to_ascii_lowercase(), &*subtype),
                (
                    "application",
                    "pkcs7-mime" | "x-pkcs7-mime" | "pgp-encrypted"
                ) | ("multipart", "encrypted")
            );
            if encrypted {
                return Err(Fault::at(at, MailRule::Encrypted));
            }
            if kind.ctype().eq_ignore_ascii_case("multipart") {
                let end = kind
                    .attribute("boundary")
                    .map(|boundary| format!("--{boundary}--"));
                let ends =
                    end.is_some_and(|end| memchr::memmem::find(bytes, end.as_bytes()).is_some());
                if !ends || !matches!(part.body, PartType::Multipart(_)) {
                    return Err(Fault::at(at, MailRule::Parts));
                }
            }
        }
        if part.is_encoding_problem {
            return Err(Fault::at(at, MailRule::Encoding));
        }
    }
    Ok(())
}

/// The message's own text: plain where it is given, else what its HTML says.
fn text(message: &Message<'_>) -> Result<String, Fault> {
    let mut text = String::new();
    for part in message.text_bodies() {
        let words = match &part.body {
            PartType::Text(words) => words.to_string(),
            PartType::Html(html) => html_to_text(&parted(html)),
            _ => continue,
        };
        let at = part.offset_body as usize;
        if words.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Fault::at(at, MailRule::Encoding));
        }
        if words.contains("-----BEGIN PGP MESSAGE-----") {
            return Err(Fault::at(at, MailRule::Encrypted));
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&words.replace("\r\n", "\n"));
    }
    Ok(text)
}

/// Elements whose beginning and end part paragraphs, and cells, which are parted by a space.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "tr",
    "ul",
];
const CELLS: [&str; 2] = ["td", "th"];

/// HTML with line breaks written out where its elements part paragraphs: the parser knows `<br>` and few others, and would
/// join the words of two.
fn parted(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name = tag[1..].trim_start_matches('/');
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = name[..length].to_ascii_lowercase();
        if BLOCKS.contains(&name.as_str()) {
            out.push_str("<br><br>");
        } else if CELLS.contains(&name.as_str()) {
            out.push(' ');
        }
        out.push('<');
        rest = &tag[1..];
    }
    out + rest
}

fn attachments(message: &Message<'_>) -> Result<Vec<DraftAttachment>, Fault> {
    let mut found = Vec::new();
    for (nth, part) in (1..).zip(message.attachments()) {
        if found.len() == ATTACHMENTS_MAX {
            return Err(limit("attachments of one message", ATTACHMENTS_MAX));
        }
        let kind = part.content_type().map(|kind| {
            let subtype = kind.subtype().unwrap_or("octet-stream");
            format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase()
        });
        let is_message = matches!(part.body, PartType::Message(_));
        let name = match (part.attachment_name(), is_message) {
            (Some(name), _) => name.to_owned(),
            (None, true) => format!("message-{nth}.eml"),
            (None, false) => format!("part-{nth}"),
        };
        let kind = if is_message {
            Some("message/rfc822".to_owned())
        } else {
            kind
        };
        found.push(attachment(&name, kind.as_deref(), content(message, part)));
    }
    Ok(found)
}

/// The bytes of a part, decoded.
fn content(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.as_bytes().to_vec(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
        PartType::Multipart(_) => Vec::new(),
        PartType::Message(inner) => {
            let range = part.offset_body as usize..part.offset_end as usize;
            // One that was encoded has bytes of its own; any other lies in this message's.
            let encoded = part.encoding != mail_parser::Encoding::None;
            let within = message.raw_message.get(range).filter(|_| !encoded);
            within.unwrap_or(&inner.raw_message).to_vec()
        }
    }
}

/// Names and addresses, as one writes them: `Ann Lee <ann@example.org>`.
fn people(fields: &[Option<&Address<'_>>]) -> Result<Vec<String>, Fault> {
    let written = fields
        .iter()
        .flatten()
        .flat_map(|field| field.iter())
        .map(|person| match (person.name(), person.address()) {
            (Some(name), Some(address)) => format!("{} <{address}>", fold(name)),
            (Some(one), None) | (None, Some(one)) => fold(one),
            (None, None) => String::new(),
        });
    header_values(0, written.filter(|person| !person.is_empty()))
}

/// The date of the header, if it is one.
fn when(message: &Message<'_>) -> Result<Option<When>, Fault> {
    let printed = fold(message.header_raw("Date").unwrap_or_default());
    let Some(date) = message.date().filter(|date| date.is_valid()) else {
        return Ok(None);
    };
    let zone = i16::from(date.tz_hour) * 60 + i16::from(date.tz_minute);
    Ok(Some(When {
        start: date.to_rfc3339().replace('Z', "+00:00"),
        end: None,
        precision: Precision::Minute,
        uncertain: false,
        zone_minutes: Some(if date.tz_before_gmt { -zone } else { zone }),
        printed: header_value(0, printed)?,
    }))
}

/// Heading and paragraphs. Quoted lines keep the sign that they are quoted at the beginning of each paragraph.
fn portions(
    message: &Message<'_>,
    text: &str,
    words: &Words,
    draft: &mut Draft,
) -> Result<(), DocFault> {
    let start = Place { line: 1, column: 1 };
    let at = |place: Place| {
        move |fault: Fault| DocFault {
            place,
            rule: fault.rule,
        }
    };
    let subject = DocLine::new(1, 1, fold(message.subject().unwrap_or_default()));
    let mut budget = TextBudget::for_file(text.len() + subject.text.len() + DATE_MAX_BYTES);
    let (subject, Lifted { document, marks }) =
        marked::lift_titled(Some(subject), plain::document(text), words)?;
    draft.marks = marks;
    let (subject, mark) = subject
        .map(|line| (line.text, line.mark))
        .unwrap_or_default();
    let mut parts = Parts::new(0, &mut budget);
    parts
        .push_from(PortionKind::Heading, subject, start, mark)
        .map_err(at(start))?;
    if draft.when.is_none()
        && let Some(date) = message.header_raw("Date")
    {
        // What is not understood stays in the text.
        let date: String = fold(date).chars().take(DATE_MAX_BYTES / 4).collect();
        parts
            .push_from(PortionKind::Paragraph, format!("Date: {date}"), start, None)
            .map_err(at(start))?;
    }
    for block in document.pages.iter().flat_map(|page| &page.blocks) {
        let same =
            |a: &DocLine, b: &DocLine| b.mark.is_none() && quoted(&a.text).0 == quoted(&b.text).0;
        for lines in block.lines.chunk_by(same) {
            let [first, ..] = lines else { continue };
            let mut words = Folded::default();
            let depth = quoted(&first.text).0;
            if depth > 0 {
                words.push_str(&">".repeat(depth));
                words.space();
            }
            for line in lines {
                words.push_str(quoted(&line.text).1);
                words.space();
            }
            let place = first.place();
            let mark = first.mark.clone();
            parts
                .push_from(PortionKind::Paragraph, words.finish(), place, mark)
                .map_err(at(place))?;
        }
    }
    let mut portions = parts.into_portions();
    speaker::mark(&mut portions, std::iter::empty());
    draft.portions = portions;
    Ok(())
}

/// The longest date that is kept as it stands.
const DATE_MAX_BYTES: usize = 400;
/// The deepest quotation that is told from deeper ones.
const QUOTED_MAX: usize = 64;

/// How deep a line is quoted, and its words.
fn quoted(line: &str) -> (usize, &str) {
    let mut rest = line.trim_start();
    let mut depth = 0;
    while let Some(inner) = rest.strip_prefix('>').filter(|_| depth < QUOTED_MAX) {
        depth += 1;
        rest = inner.strip_prefix(' ').unwrap_or(inner);
    }
    (depth, rest)
}
