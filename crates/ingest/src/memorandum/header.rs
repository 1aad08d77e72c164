//! The header of a document: "Subject: …", "Participants: …", and the lines that belong to them.

use strongroom_record::{Place, PrintedMark, When};

use super::{Line, START, at, participants};
use crate::date;
use crate::document::DocFault;
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
pub(super) struct Header<'d> {
    entries: Vec<Entry<'d>>,
}

#[derive(Debug)]
struct Entry<'d> {
    field: Field,
    place: Place,
    mark: Option<&'d str>,
    /// The field's line as it is, for a value that is not understood.
    line: String,
    /// One value a line.
    values: Vec<String>,
}

/// Words of the header that become a portion.
#[derive(Debug)]
pub(super) struct Found<'d> {
    pub(super) text: String,
    pub(super) place: Place,
    pub(super) mark: Option<&'d str>,
}

/// What a header says.
#[derive(Debug, Default)]
pub(super) struct Fields<'d> {
    pub(super) subject: Vec<Found<'d>>,
    pub(super) participants: Vec<Found<'d>>,
    pub(super) when: Option<When>,
    pub(super) place: Option<String>,
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) mark: PrintedMark,
    /// Who wrote it down.
    pub(super) drafted: Vec<String>,
    /// Lines whose value is not understood, or is given twice: they stay in the text.
    pub(super) unread: Vec<Found<'d>>,
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

impl<'d> Header<'d> {
    /// Whether a line belongs to the header: a field, or a line that continues one within its block, because it is
    /// indented or because the field's own line has no value.
    pub(super) fn goes_on(&self, line: &Line<'_>) -> bool {
        if begins_field(line.text) {
            return true;
        }
        let Some(last) = self.entries.last() else {
            return false;
        };
        let listed = matches!(last.field, Field::Participants | Field::Subject);
        !line.begins
            && (line.text.starts_with([' ', '\t']) || listed && fold(&last.line).ends_with(':'))
    }

    pub(super) fn take(&mut self, line: &Line<'d>) -> Result<(), DocFault> {
        let printed = value(line.place, fold(line.text))?;
        if let Some((field, value)) = field(line.text) {
            self.entries.push(Entry {
                field,
                place: line.place,
                mark: line.mark,
                line: printed,
                values: vec![fold(value)],
            });
        } else if let Some(last) = self.entries.last_mut() {
            last.values.push(printed);
        }
        Ok(())
    }

    /// What the header says.
    pub(super) fn finish(self) -> Result<Fields<'d>, DocFault> {
        let mut fields = Fields::default();
        let mut last = START;
        for Entry {
            field,
            place,
            mark,
            line,
            mut values,
        } in self.entries
        {
            last = place;
            values.retain(|v| !v.is_empty());
            let found = |text| Found { text, place, mark };
            let one = || value(place, values.join(" "));
            let unread = |value: &str| found(format!("{} {value}", head(&line)));
            match field {
                _ if values.is_empty() => {}
                Field::Subject => fields.subject.push(found(one()?)),
                Field::Participants => fields.participants.extend(people(&values).map(found)),
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
        for listed in [&fields.subject, &fields.participants] {
            bounded(last, listed.iter().map(|found| found.text.clone()))?;
        }
        fields.from = bounded(last, fields.from)?;
        fields.to = bounded(last, fields.to)?;
        fields.mark.captions = bounded(last, fields.mark.captions)?;
        fields.mark.phrases = phrases(0, fields.mark.phrases).map_err(at(last))?;
        Ok(fields)
    }
}

pub(super) fn value(place: Place, value: String) -> Result<String, DocFault> {
    header_value(0, value).map_err(at(place))
}

pub(super) fn bounded(
    place: Place,
    values: impl IntoIterator<Item = String>,
) -> Result<Vec<String>, DocFault> {
    header_values(0, values).map_err(at(place))
}

/// The field's word with its colon.
fn head(line: &str) -> &str {
    line.find(':').map_or(line, |colon| &line[..=colon])
}

/// Persons: one a line, or several with semicolons between them.
fn people(lines: &[String]) -> impl Iterator<Item = String> {
    lines.iter().flat_map(|line| participants::people(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;

    #[test]
    fn participants_one_a_line() {
        let text = ["PARTICIPANTS:", "- Mr. A", "- Mr. B; Mr. C", "TO: X; Y"];
        let line = |text| Line {
            text,
            place: START,
            mark: None,
            kind: BlockKind::Paragraph,
            begins: false,
        };
        let mut header = Header::default();
        for line in text.map(line) {
            assert!(header.goes_on(&line), "{line:?}");
            header.take(&line).unwrap();
        }
        assert!(!header.goes_on(&line("The meeting began.")));
        let fields = header.finish().unwrap();
        let texts: Vec<_> = fields.participants.iter().map(|p| &p.text).collect();
        assert_eq!(texts, ["Mr. A", "Mr. B", "Mr. C"]);
        assert_eq!(fields.to, ["X", "Y"]);
    }
}
