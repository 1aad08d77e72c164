//! The header of a memorandum: everything from its title to the conversation.

use strongroom_record::Place;

use super::header::{Fields, Found, bounded, value};
use super::labels::{self, Label, Labelled};
use super::participants::{self, Listed};
use super::{Line, START};
use crate::date;
use crate::document::{BlockKind, DocFault};
use crate::fold::fold;
use crate::speaker;

/// Lines of a list of participants within which its end must show.
const LISTED_MAX: usize = 120;

/// Words of a line that is set off by a tab: more are a paragraph of the conversation, and no value of a label.
const SET_OFF_WORDS_MAX: usize = 16;

/// What stands after a label.
#[derive(Debug)]
struct Entry<'d> {
    label: Label,
    /// As printed.
    printed: String,
    place: Place,
    mark: Option<&'d str>,
    lines: Vec<Listed<'d>>,
}

impl Entry<'_> {
    fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| fold(line.text).is_empty())
    }

    /// The lines one by one, white space folded, without those that are empty.
    fn values(&self) -> Vec<String> {
        let values = self.lines.iter().map(|line| fold(line.text));
        values.filter(|line| !line.is_empty()).collect()
    }

    /// The whole of it, label included.
    fn whole(&self) -> String {
        let colon = if self.printed.is_empty() { "" } else { ": " };
        fold(&format!(
            "{}{colon}{}",
            self.printed,
            self.values().join(" ")
        ))
    }
}

/// Reads the header that begins with the first of `lines`; tells what it says, and how many lines it has.
pub(super) fn read<'d>(lines: &[Line<'d>]) -> Result<(Fields<'d>, usize), DocFault> {
    let mut entries: Vec<Entry<'d>> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let begun = begins(&lines[at..]);
        if let Some(last) = entries.last_mut()
            && begun
                .as_ref()
                .is_some_and(|(entry, _)| belongs(entry, last))
        {
            last.lines.push(listed(line, line.text));
            at += 1;
        } else if let Some((entry, taken)) = begun {
            entries.push(entry);
            at += taken;
        } else if let Some(last) = entries.last_mut()
            && goes_on(last, line, &lines[at..])
        {
            last.lines.push(listed(line, line.text));
            at += 1;
        } else {
            break;
        }
    }
    Ok((fields(entries)?, at))
}

/// Whether a labelled line is one of the list of participants above it.
fn belongs(entry: &Entry<'_>, above: &Entry<'_>) -> bool {
    above.label == Label::Participants && matches!(entry.label, Label::Drafted | Label::Interpreter)
}

/// The entry that begins with the first line, and how many lines its label takes.
fn begins<'d>(lines: &[Line<'d>]) -> Option<(Entry<'d>, usize)> {
    let line = lines.first()?;
    let entry = |label, printed: String, lines| Entry {
        label,
        printed,
        place: line.place,
        mark: line.mark,
        lines,
    };
    if let Some(Labelled {
        label,
        printed,
        value,
    }) = labels::of(line.text)
    {
        // It may be a speaker: a label is followed by others.
        let doubted = label == Label::Capitals && !label_follows(&lines[1..]);
        let begun = entry(label, fold(printed), vec![listed(line, value)]);
        return (!doubted).then_some((begun, 1));
    }
    // A label of two lines, in a column of its own: "DATE, TIME" and below it "AND PLACE:".
    let (first, value) = labels::columns(line.text).unwrap_or((line.text.trim(), ""));
    labels::when(first)?;
    let next = lines.get(1)?;
    let second = labels::of(next.text)?;
    let printed = format!("{first} {}", second.printed);
    let label = labels::when(&printed)?;
    let listed = vec![listed(line, value), listed(next, second.value)];
    Some((entry(label, fold(&printed), listed), 2))
}

/// Whether a line that bears no label belongs to the entry above it.
fn goes_on(entry: &Entry<'_>, line: &Line<'_>, rest: &[Line<'_>]) -> bool {
    let indented = line.text.starts_with(['\t', ' '])
        && line.kind != BlockKind::Heading
        && (!line.begins || entry.is_empty() || stands_below(entry, line));
    let turn = speaker::begins_turn(&fold(line.text));
    let within = !line.begins;
    let below = entry
        .lines
        .first()
        .is_some_and(|line| fold(line.text).is_empty());
    match entry.label {
        Label::Participants => {
            !turn && (indented || entry.is_empty() || within && below) || label_follows(rest)
        }
        Label::Subject => !turn && (indented || within || entry.is_empty()),
        _ => !turn && (entry.is_empty() || indented || within && line.kind == BlockKind::Row),
    }
}

/// Whether an indented line that begins a paragraph stands below what follows the label, and not further to the left as
/// the first line of a paragraph of the conversation does. Where tabs lead to is not known: there its length tells.
fn stands_below(entry: &Entry<'_>, line: &Line<'_>) -> bool {
    if line.text.starts_with('\t') {
        return line.text.split_whitespace().count() <= SET_OFF_WORDS_MAX;
    }
    let mut values = entry
        .lines
        .iter()
        .filter(|line| !fold(line.text).is_empty());
    values
        .next()
        .is_none_or(|value| words_at(&listed(line, line.text)) >= words_at(value))
}

/// The column at which the words of a line begin.
fn words_at(listed: &Listed<'_>) -> usize {
    let blank = listed.text.chars().take_while(|c| c.is_whitespace());
    blank.fold(listed.indent, |column, c| {
        column + if c == '\t' { 8 - column % 8 } else { 1 }
    })
}

/// Whether another label follows a list before anything else does that is no line of one.
fn label_follows(lines: &[Line<'_>]) -> bool {
    for line in lines.iter().take(LISTED_MAX) {
        let label = labels::of(line.text).map(|found| found.label);
        let (first, _) = labels::columns(line.text).unwrap_or((line.text.trim(), ""));
        match label {
            Some(Label::Drafted | Label::Interpreter) => {}
            None | Some(Label::Capitals) => {
                if labels::when(first).is_some() {
                    return true;
                }
                if speaker::begins_turn(&fold(line.text)) {
                    return false;
                }
            }
            Some(_) => return true,
        }
    }
    false
}

/// A line's `text`, which is the end of it, in its column.
fn listed<'d>(line: &Line<'d>, text: &'d str) -> Listed<'d> {
    let before = line.text.len() - text.len();
    let mut indent = 0;
    for c in line.text[..before].chars() {
        indent += if c == '\t' { 8 - indent % 8 } else { 1 };
    }
    Listed {
        text,
        indent,
        place: line.place,
    }
}

/// What the entries say.
fn fields(entries: Vec<Entry<'_>>) -> Result<Fields<'_>, DocFault> {
    let mut fields = Fields::default();
    let mut whens = Vec::new();
    for entry in entries {
        let Entry { place, mark, .. } = entry;
        if entry.label != Label::Participants {
            value(place, entry.whole())?;
        }
        let found = |text| Found { text, place, mark };
        match entry.label {
            _ if entry.is_empty() && !matches!(entry.label, Label::Other | Label::Capitals) => {}
            Label::Subject => fields.subject.push(found(entry.values().join(" "))),
            Label::Participants => {
                let listed = participants::read(&entry.lines);
                fields.drafted.extend(listed.drafted);
                let people = listed.people.into_iter();
                fields
                    .participants
                    .extend(people.map(|(place, text)| Found { text, place, mark }));
            }
            Label::Drafted => {
                let value = entry.values().join(" ");
                fields
                    .drafted
                    .extend(participants::names(&entry.printed, &value));
            }
            Label::Interpreter => fields.participants.push(found(entry.whole())),
            Label::When { .. } => whens.push(entry),
            Label::Other | Label::Capitals => fields.unread.push(found(entry.whole())),
        }
    }
    when_and_where(whens, &mut fields)?;
    for listed in [&fields.subject, &fields.participants, &fields.unread] {
        for found in listed {
            value(found.place, found.text.clone())?;
        }
        bounded(START, listed.iter().map(|found| found.text.clone()))?;
    }
    fields.drafted = bounded(START, fields.drafted)?;
    Ok(fields)
}

/// Date, time and place, which stand after one label or after several.
fn when_and_where<'d>(entries: Vec<Entry<'d>>, fields: &mut Fields<'d>) -> Result<(), DocFault> {
    let (mut dates, mut times) = (Vec::new(), Vec::new());
    for entry in entries {
        let unread = Found {
            text: entry.whole(),
            place: entry.place,
            mark: entry.mark,
        };
        match entry.label {
            Label::When {
                date: false,
                time: false,
                ..
            } if fields.place.is_none() => fields.place = Some(entry.values().join(" ")),
            Label::When {
                date: false,
                time: true,
                place: false,
            } if times.is_empty() => times.push((entry.values().join(" "), unread)),
            Label::When {
                date: true, place, ..
            } if dates.is_empty() => {
                let (when, rest) = if place && fields.place.is_none() {
                    parted(&entry.values())
                } else {
                    (entry.values().join(" "), String::new())
                };
                if !rest.is_empty() {
                    fields.place = Some(rest);
                }
                dates.push((when, unread));
            }
            _ => fields.unread.push(unread),
        }
    }
    let date = dates.pop();
    let time = times.pop();
    let printed = |time: Option<&str>| {
        let date = date.as_ref().map_or("", |(words, _)| words.as_str());
        [Some(date), time]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let both = time.as_ref().map(|(words, _)| printed(Some(words)));
    fields.when = both.as_deref().and_then(date::written);
    let timed = fields.when.is_some();
    if !timed {
        fields.when = date::written(&printed(None));
    }
    if fields.when.is_none()
        && let Some((_, unread)) = date
    {
        // What was cut off it as the place is in it as well.
        fields.unread.push(unread);
    }
    if !timed && let Some((_, unread)) = time {
        fields.unread.push(unread);
    }
    if let Some(place) = &fields.place {
        value(START, place.clone())?;
    }
    Ok(())
}

/// Parts a date from the place after it: the date is as much of the beginning as can be read as one.
fn parted(values: &[String]) -> (String, String) {
    let whole = values.join(", ");
    let ends = whole
        .char_indices()
        .filter(|(_, c)| matches!(c, ',' | ';'))
        .map(|(at, _)| at)
        .chain([whole.len()]);
    let mut best = None;
    for end in ends {
        if date::written(&whole[..end]).is_some() {
            best = Some(end);
        }
    }
    let Some(end) = best else {
        return (values.join(" "), String::new());
    };
    let rest = whole[end..].trim_start_matches([',', ';', ' ']);
    (whole[..end].to_owned(), rest.to_owned())
}
