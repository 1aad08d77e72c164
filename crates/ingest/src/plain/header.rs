//! The header of a plain text: "Subject: …", "Participants: …", and the lines that belong to them.

use strongroom_record::{PrintedMark, When};

use super::Line;
use crate::date;
use crate::error::Fault;
use crate::fold::fold;
use crate::marking;
use crate::parts::{header_value, header_values, phrases};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Subject,
    Participants,
    Date,
    Place,
    From,
    To,
    Marking,
}

/// The words before the colon of each field, in lower case.
const FIELDS: [(&str, Field); 12] = [
    ("subject", Field::Subject),
    ("subj", Field::Subject),
    ("re", Field::Subject),
    ("participants", Field::Participants),
    ("present", Field::Participants),
    ("date", Field::Date),
    ("place", Field::Place),
    ("location", Field::Place),
    ("from", Field::From),
    ("to", Field::To),
    ("classification", Field::Marking),
    ("marking", Field::Marking),
];

/// Header lines that were taken so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    entries: Vec<Entry>,
    /// A blank line came last: only another field continues the header.
    after_blank: bool,
}

#[derive(Debug)]
struct Entry {
    field: Field,
    at: usize,
    /// The field's line as it is, for a value that is not understood.
    line: String,
    /// One value a line.
    values: Vec<String>,
}

/// What a header says.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) subject: Vec<String>,
    pub(super) participants: Vec<String>,
    pub(super) when: Option<When>,
    pub(super) place: Option<String>,
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) mark: PrintedMark,
    /// Lines whose value is not understood, or is given twice: they stay in the text.
    pub(super) unread: Vec<String>,
}

/// Whether a line begins a field.
pub(super) fn begins_field(line: &str) -> bool {
    field(line).is_some()
}

fn field(line: &str) -> Option<(Field, &str)> {
    let (word, value) = line.split_once(':')?;
    let word = word.trim().to_lowercase();
    FIELDS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, field)| (*field, value))
}

impl Header {
    /// Whether a line belongs to the header: a field, a blank line, or a line that continues a field, because it is
    /// indented or because the field's own line has no value.
    pub(super) fn goes_on(&self, line: &str) -> bool {
        if begins_field(line) || fold(line).is_empty() {
            return true;
        }
        let Some(last) = self.entries.last() else {
            return false;
        };
        let listed = matches!(last.field, Field::Participants | Field::Subject);
        !self.after_blank
            && (line.starts_with([' ', '\t']) || listed && fold(&last.line).ends_with(':'))
    }

    pub(super) fn take(&mut self, line: Line<'_>) -> Result<(), Fault> {
        self.after_blank = line.is_blank();
        if self.after_blank {
            return Ok(());
        }
        if let Some((field, value)) = field(line.text) {
            self.entries.push(Entry {
                field,
                at: line.at,
                line: header_value(line.at, fold(line.text))?,
                values: vec![fold(value)],
            });
        } else if let Some(last) = self.entries.last_mut() {
            last.values.push(header_value(line.at, fold(line.text))?);
        }
        Ok(())
    }

    /// What the header says.
    pub(super) fn finish(self) -> Result<Fields, Fault> {
        let mut fields = Fields::default();
        let mut last = 0;
        for Entry {
            field,
            at,
            line,
            mut values,
        } in self.entries
        {
            last = at;
            values.retain(|v| !v.is_empty());
            let one = || header_value(at, values.join(" "));
            let unread = |value: &str| format!("{} {value}", head(&line));
            match field {
                _ if values.is_empty() => {}
                Field::Subject => fields.subject.push(one()?),
                Field::Participants => fields.participants.extend(people(&values)),
                Field::From => fields.from.extend(people(&values)),
                Field::To => fields.to.extend(people(&values)),
                Field::Place if fields.place.is_none() => fields.place = Some(one()?),
                Field::Marking if fields.mark.level.is_none() => {
                    fields.mark = marking::stated(&one()?);
                }
                Field::Date if fields.when.is_none() => {
                    let printed = one()?;
                    fields.when = date::written(&printed);
                    if fields.when.is_none() {
                        fields.unread.push(unread(&printed));
                    }
                }
                Field::Place | Field::Marking | Field::Date => {
                    fields.unread.push(unread(&one()?));
                }
            }
        }
        fields.subject = header_values(last, fields.subject)?;
        fields.participants = header_values(last, fields.participants)?;
        fields.from = header_values(last, fields.from)?;
        fields.to = header_values(last, fields.to)?;
        fields.mark.captions = header_values(last, fields.mark.captions)?;
        fields.mark.phrases = phrases(last, fields.mark.phrases)?;
        Ok(fields)
    }
}

/// The field's word with its colon.
fn head(line: &str) -> &str {
    line.find(':').map_or(line, |colon| &line[..=colon])
}

/// Persons: one a line, or several with semicolons between them; marks of a list are left out.
fn people(lines: &[String]) -> impl Iterator<Item = String> {
    lines
        .iter()
        .flat_map(|line| line.split(';'))
        .map(|person| {
            person
                .trim_start_matches(['-', '–', '•', '*', ' '])
                .trim()
                .to_owned()
        })
        .filter(|person| !person.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participants_one_a_line() {
        let text = ["PARTICIPANTS:", "- Mr. A", "- Mr. B; Mr. C", "TO: X; Y"];
        let mut header = Header::default();
        for line in text {
            assert!(header.goes_on(line), "{line}");
            header.take(Line { at: 0, text: line }).unwrap();
        }
        assert!(!header.goes_on("The meeting began."));
        let fields = header.finish().unwrap();
        assert_eq!(fields.participants, ["Mr. A", "Mr. B", "Mr. C"]);
        assert_eq!(fields.to, ["X", "Y"]);
    }
}
