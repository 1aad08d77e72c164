//! Drafts as the answer of a process that reads a hostile format, and is believed no more than the format.

use minicbor::{Decode, Encode};

use super::{
    Draft, DraftAttachment, DraftPortion, DraftSet, PrintedLine, PrintedMark, PrintedPage,
    SliceError,
};
use crate::codec::{CodecError, decode, encode};
use crate::limits::{
    ATTACHMENT_NAME_MAX_BYTES, ATTACHMENTS_MAX, HEADER_VALUE_MAX_BYTES, HEADER_VALUES_MAX,
    MEDIA_TYPE_MAX_BYTES, PORTION_MAX_BYTES, PORTIONS_MAX, RECORDS_MAX,
};
use crate::portion::PortionKind;
use crate::when::When;

/// The answer as it is written.
#[derive(Encode, Decode)]
struct Answered {
    #[n(0)]
    file: String,
    #[n(1)]
    drafts: Vec<Draft>,
}

/// Bytes that are no drafts of the file that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitDrafts {
    /// Not the one encoding of drafts.
    #[error("no drafts: {0}")]
    Codec(#[from] CodecError),
    /// A slice that cannot be cut from the file.
    #[error(transparent)]
    Slice(#[from] SliceError),
    /// Drafts of another file, or none.
    #[error("drafts of another file, or none at all")]
    File,
    /// A draft that is not what drafts are.
    #[error("draft {at}: {rule}")]
    Draft {
        /// Which, counted from 0.
        at: usize,
        /// What it breaks. No word of the draft stands in it.
        rule: &'static str,
    },
}

impl DraftSet {
    /// The one encoding of these drafts.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&Answered {
            file: self.file.clone(),
            drafts: self.drafts.clone(),
        })
    }

    /// Reads drafts of the file called `file`, of `len` bytes, from bytes that anyone may have written.
    ///
    /// # Errors
    /// They are not the one encoding of drafts of that file, or one of them is not what a [`Draft`] promises to be.
    pub fn from_bytes(bytes: &[u8], file: &str, len: usize) -> Result<Self, UnfitDrafts> {
        let answered: Answered = decode(bytes)?;
        let count = answered.drafts.len();
        if answered.file != file || count == 0 || count > RECORDS_MAX {
            return Err(UnfitDrafts::File);
        }
        for (at, draft) in answered.drafts.iter().enumerate() {
            check(draft).map_err(|rule| UnfitDrafts::Draft { at, rule })?;
        }
        Ok(Self::new(answered.file, len, answered.drafts)?)
    }
}

type Checked = Result<(), &'static str>;

fn check(draft: &Draft) -> Checked {
    let single = [&draft.number, &draft.place, &draft.caution, &draft.produced];
    let mut lists = [&draft.from, &draft.to, &draft.drafted].into_iter();
    when(!draft.id.is_empty(), "no id")?;
    value(&draft.id)?;
    single.into_iter().flatten().try_for_each(value)?;
    lists.try_for_each(|list| values(list))?;
    draft.when.iter().try_for_each(date)?;
    mark(&draft.mark)?;

    let portions = &draft.portions;
    when(
        !portions.is_empty() && portions.len() <= PORTIONS_MAX,
        "no portions, or too many",
    )?;
    when(
        portions[0].kind == PortionKind::Heading,
        "its first portion is no heading",
    )?;
    portions.iter().try_for_each(portion)?;

    let (pages, authority) = (&draft.marks.pages, &draft.marks.authority);
    when(
        pages.len() <= PORTIONS_MAX && authority.len() <= HEADER_VALUES_MAX,
        "too many pages, or lines of an authority block",
    )?;
    authority.iter().try_for_each(line)?;
    pages.iter().try_for_each(page)?;

    when(
        draft.attachments.len() <= ATTACHMENTS_MAX,
        "too many attachments",
    )?;
    draft.attachments.iter().try_for_each(attachment)
}

fn when(holds: bool, rule: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(rule) }
}

fn value(text: impl AsRef<str>) -> Checked {
    when(
        text.as_ref().len() <= HEADER_VALUE_MAX_BYTES,
        "a value is longer than any may be",
    )
}

fn values(list: &[String]) -> Checked {
    when(list.len() <= HEADER_VALUES_MAX, "too many values")?;
    list.iter().try_for_each(value)
}

fn date(date: &When) -> Checked {
    value(&date.start)?;
    date.end.iter().try_for_each(value)?;
    value(&date.printed)
}

fn mark(mark: &PrintedMark) -> Checked {
    mark.level
        .iter()
        .chain(&mark.stray_level)
        .try_for_each(value)?;
    values(&mark.captions)?;
    when(mark.phrases.len() <= HEADER_VALUES_MAX, "too many captions")?;
    let mut words = mark.phrases.iter().map(super::Phrase::words);
    words.try_for_each(|words| {
        when(
            words.len() <= PORTION_MAX_BYTES,
            "a caption is longer than any text",
        )
    })
}

fn portion(portion: &DraftPortion) -> Checked {
    when(
        portion.text.len() <= PORTION_MAX_BYTES,
        "a portion is longer than any may be",
    )?;
    when(
        !portion.text.is_empty() || portion.kind == PortionKind::Heading,
        "a portion without words",
    )?;
    portion
        .speaker
        .iter()
        .chain(&portion.mark)
        .try_for_each(value)?;
    when(
        portion.gaps.iter().map(String::len).sum::<usize>() <= PORTION_MAX_BYTES,
        "gaps longer than any text",
    )?;
    when(
        portion.cue.is_none_or(|cue| cue.start_ms <= cue.end_ms),
        "a cue that ends before it begins",
    )?;
    portion.place.iter().try_for_each(place)
}

fn place(place: &super::Place) -> Checked {
    when(
        place.line > 0 && place.column > 0,
        "a line or column before the first",
    )
}

fn line(line: &PrintedLine) -> Checked {
    value(&line.name)?;
    value(&line.text)?;
    place(&line.place)
}

fn page(page: &PrintedPage) -> Checked {
    place(&page.place)?;
    let lines = page.top.iter().chain(&page.bottom).chain(&page.between);
    when(page.between.len() <= HEADER_VALUES_MAX, "too many banners")?;
    lines.into_iter().try_for_each(line)?;
    when(
        page.portions.len() <= PORTIONS_MAX,
        "a page of too many portions",
    )?;
    page.portions.iter().try_for_each(|portion| {
        portion.mark.iter().try_for_each(line)?;
        place(&portion.place)?;
        when(
            portion.text.len() <= PORTION_MAX_BYTES,
            "a portion is longer than any may be",
        )
    })
}

fn attachment(attachment: &DraftAttachment) -> Checked {
    let name = &attachment.name;
    when(
        !name.is_empty()
            && name.len() <= ATTACHMENT_NAME_MAX_BYTES
            && !name.contains(['/', '\\'])
            && !name.chars().any(char::is_control),
        "an attachment whose name is none",
    )?;
    let media_type = &attachment.media_type;
    when(
        media_type.len() <= MEDIA_TYPE_MAX_BYTES
            && media_type.is_ascii()
            && !media_type
                .bytes()
                .any(|b| b.is_ascii_control() || b.is_ascii_uppercase()),
        "an attachment whose media type is none",
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Cue, MarkForm, Phrase, Place, PrintedMarks, PrintedPage, PrintedPortion};
    use super::*;
    use crate::when::Precision;

    const LEN: usize = 20;
    const FIRST: Place = Place { line: 1, column: 1 };

    fn line(text: &str) -> PrintedLine {
        PrintedLine {
            name: String::new(),
            text: text.to_owned(),
            place: FIRST,
        }
    }

    fn full() -> Draft {
        let place = Some(Place { line: 2, column: 1 });
        Draft {
            id: "d1".to_owned(),
            number: Some("1.".to_owned()),
            when: Some(When {
                start: "1969-02-14".to_owned(),
                end: None,
                precision: Precision::Day,
                uncertain: false,
                zone_minutes: Some(-300),
                printed: "February 14, 1969".to_owned(),
            }),
            place: Some("Washington".to_owned()),
            from: vec!["a".to_owned()],
            to: vec!["b".to_owned()],
            mark: PrintedMark {
                level: Some("Secret".to_owned()),
                captions: vec!["Nodis".to_owned()],
                stray_level: None,
                phrases: vec![
                    Phrase::Caption("Nodis".to_owned()),
                    Phrase::Account("and others".to_owned()),
                ],
            },
            portions: vec![
                DraftPortion::new(PortionKind::Heading, String::new()),
                DraftPortion {
                    speaker: Some("K".to_owned()),
                    gaps: vec!["1 line".to_owned()],
                    mark: Some("S//NF".to_owned()),
                    cue: Some(Cue {
                        start_ms: 1,
                        end_ms: 2,
                    }),
                    place,
                    ..DraftPortion::new(PortionKind::Paragraph, "Words.".to_owned())
                },
            ],
            slice: 0..LEN,
            marks: PrintedMarks {
                pages: vec![PrintedPage {
                    place: FIRST,
                    top: Some(line("SECRET")),
                    bottom: Some(line("SECRET")),
                    between: vec![line("SECRET//NOFORN")],
                    portions: vec![PrintedPortion {
                        mark: Some(line("S")),
                        form: MarkForm::Before,
                        text: "Words.".to_owned(),
                        place: FIRST,
                        due: true,
                    }],
                }],
                authority: vec![line("Derived From")],
            },
            drafted: vec!["n".to_owned()],
            caution: Some("not verbatim".to_owned()),
            produced: Some("from notes".to_owned()),
            attachments: vec![DraftAttachment {
                name: "a.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: vec![0, 1, 2],
            }],
        }
    }

    fn bytes(draft: Draft) -> Vec<u8> {
        encode(&Answered {
            file: "f".to_owned(),
            drafts: vec![draft],
        })
    }

    #[test]
    fn drafts_come_back_as_they_were() {
        let set = DraftSet::new("f".to_owned(), LEN, vec![full()]).expect("it fits");
        assert_eq!(DraftSet::from_bytes(&set.to_bytes(), "f", LEN), Ok(set));
    }

    #[test]
    fn what_a_draft_does_not_promise_is_refused() {
        let refused = |change: &dyn Fn(&mut Draft)| {
            let mut draft = full();
            change(&mut draft);
            DraftSet::from_bytes(&bytes(draft), "f", LEN).is_err()
        };
        assert!(!refused(&|_| ()));
        let long = "x".repeat(HEADER_VALUE_MAX_BYTES + 1);
        let cases: [&dyn Fn(&mut Draft); 19] = [
            &|d| d.id.clear(),
            &|d| d.number = Some(long.clone()),
            &|d| d.place = Some(long.clone()),
            &|d| d.from = vec![String::new(); HEADER_VALUES_MAX + 1],
            &|d| d.drafted = vec![long.clone()],
            &|d| d.mark.level = Some(long.clone()),
            &|d| d.when.as_mut().expect("there").printed = long.clone(),
            &|d| d.portions.clear(),
            &|d| drop(d.portions.remove(0)),
            &|d| d.portions[1].text.clear(),
            &|d| d.portions[1].text = "x".repeat(PORTION_MAX_BYTES + 1),
            &|d| d.portions[1].cue.as_mut().expect("there").start_ms = 3,
            &|d| d.portions[1].place = Some(Place { line: 0, column: 1 }),
            &|d| d.marks.pages[0].place.line = 0,
            &|d| d.slice = 0..LEN + 1,
            &|d| d.attachments[0].name = "../a".to_owned(),
            &|d| d.attachments[0].name = "a\n".to_owned(),
            &|d| d.attachments[0].media_type = "Text/Plain".to_owned(),
            &|d| d.attachments = vec![d.attachments[0].clone(); ATTACHMENTS_MAX + 1],
        ];
        for (at, case) in cases.iter().enumerate() {
            assert!(refused(case), "case {at}");
        }
        let good = bytes(full());
        assert_eq!(
            DraftSet::from_bytes(&good, "g", LEN),
            Err(UnfitDrafts::File)
        );
        let none = encode(&Answered {
            file: "f".to_owned(),
            drafts: Vec::new(),
        });
        assert!(DraftSet::from_bytes(&none, "f", LEN).is_err());
    }

    #[test]
    fn every_prefix_and_every_changed_byte_is_refused_or_is_a_draft() {
        let good = bytes(full());
        for end in 0..good.len() {
            assert!(DraftSet::from_bytes(&good[..end], "f", LEN).is_err());
        }
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut other = good.clone();
                other[at] ^= 1 << bit;
                if let Ok(set) = DraftSet::from_bytes(&other, "f", LEN) {
                    assert_eq!(set.to_bytes(), other, "one encoding");
                }
            }
        }
    }
}
