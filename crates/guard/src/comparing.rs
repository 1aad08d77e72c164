//! What changed from one version of a record to the next, of what a reader may see of both.

use std::collections::BTreeMap;

use strongroom_record::event::{Act, Role};
use strongroom_record::portion::Content;
use strongroom_record::{HeaderField, PortionId, RecordId};

use crate::api::{Changes, ChangesQuery, FieldChanged, PortionChanged, WordsChanged};
use crate::changes::{Change, changes};
use crate::correct::{Words, words_of};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::opening::{Fetched, Permit};
use crate::reading::{Marks, Seen, Sight, join, plain};
use crate::refusal::{Code, Refusal};
use crate::versions::Edition;

impl Core {
    pub(crate) fn changes(&self, asking: &Asking, ask: &ChangesQuery) -> Result<Changes, Stop> {
        let (record, (old, new), beside, before, under_way, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let record = self.standing(&state, person, &ask.record)?;
            let edition = Edition::of(&state, person, record, ask.version)?;
            let before = edition.before(&state, person, record).ok_or_else(|| {
                Refusal::new(
                    Code::Conflict,
                    "this is the first version of the record in your view; there is none to compare it with",
                )
                .hint("`read` shows how many versions there are")
            })?;
            let fetch = |version: u32| -> Result<Vec<Fetched>, Fault> {
                let visible = record.visible(&state.labels, &person.bits);
                let of = visible.filter(|g| g.version == version);
                of.map(|g| self.fetch(asking, &state, record, g)).collect()
            };
            let (old, new) = (fetch(before.number)?, fetch(edition.number)?);
            let beside = self.beside(asking, &state, person, record, &edition)?;
            let mut command = self.command(asking, None);
            for fetched in [&new, &old] {
                command.event(opened(record.id, fetched));
            }
            let under_way = self.in_flight.begin(record.id);
            let submitted = self.submit(command, None);
            let texts = (old, new);
            (record.id, texts, beside, before.n, under_way, submitted)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        drop(under_way);
        let permit = Permit::of(&durable);
        let copy = durable.events()[0].id;
        let was = Sight::of(self, &permit, &old)?;
        let is = Sight::of(self, &permit, &new)?;
        self.take_over(asking, copy.as_bytes(), old.iter().chain(&new))?;
        asking
            .session
            .saw(record, is.texts().map(|s| s.id).collect());
        let labels = old.iter().chain(&new).map(|f| f.label.as_ref());
        let banner = join(labels).expect("a version in view has a portion");
        let state = self.state();
        let mut marks = Marks::of(&state.policy);
        Ok(Changes {
            record: record.to_string(),
            copy: copy.to_string(),
            reader: state.people.name_of(Some(asking.session.person)),
            at: durable.at().to_string(),
            banner: state.policy.banner(&banner),
            version: beside.edition.n,
            before,
            versions: beside.edition.of,
            corrected: beside.corrected(&state),
            header: header_changed(&was, &is),
            portions: portions_changed(&mut marks, &was, &is),
        })
    }
}

fn opened(record: RecordId, fetched: &[Fetched]) -> Act {
    let portions: Vec<PortionId> = fetched.iter().flat_map(|f| f.portions()).copied().collect();
    Act::Opened {
        record,
        portions,
        original: false,
    }
}

/// The header fields that differ, in the order in which fields are shown.
fn header_changed(was: &Sight, is: &Sight) -> Vec<FieldChanged> {
    let mut fields: BTreeMap<HeaderField, [Option<&Content>; 2]> = BTreeMap::new();
    for (place, sight) in [was, is].into_iter().enumerate() {
        for (field, seen) in sight.fields() {
            fields.entry(field).or_default()[place] = Some(&seen.portion.content);
        }
    }
    // Of a source the file is told too: it is what differs, where a format has one name for each record's place.
    let line = |content: Option<&Content>| {
        content.map(|content| match content {
            Content::Source(source) => format!("{} in {}", source.id, source.file),
            other => plain(other),
        })
    };
    HeaderField::ALL
        .into_iter()
        .filter_map(|field| fields.get(&field).map(|sides| (field, sides)))
        .filter(|(_, [before, after])| before != after)
        .map(|(field, [before, after])| FieldChanged {
            field: field.word().to_owned(),
            before: line(*before),
            after: line(*after),
        })
        .collect()
}

fn portions_changed(marks: &mut Marks<'_>, was: &Sight, is: &Sight) -> Vec<PortionChanged> {
    let (old, new): (Vec<&Seen>, Vec<&Seen>) = (was.texts().collect(), is.texts().collect());
    let (before, after): (Vec<Words<'_>>, Vec<Words<'_>>) = (
        old.iter().map(|s| words_of(&s.portion.content)).collect(),
        new.iter().map(|s| words_of(&s.portion.content)).collect(),
    );
    let whole = |what: &str, text: &str| {
        vec![WordsChanged {
            what: what.to_owned(),
            text: text.to_owned(),
        }]
    };
    let mut row = |what: &str, b: Option<usize>, a: Option<usize>, words| {
        let seen = a.map(|a| new[a]).or(b.map(|b| old[b]));
        let label = &seen.expect("a change is of one of the two").label;
        PortionChanged {
            what: what.to_owned(),
            before: b,
            after: a,
            mark: marks.of_label(label),
            words,
        }
    };
    changes(&before, &after, |(text, _, _)| text)
        .into_iter()
        .map(|change| match change {
            Change::Same(b, a) => row("same", Some(b), Some(a), whole("same", after[a].0)),
            Change::Changed(b, a, words) => row("changed", Some(b), Some(a), words),
            Change::Removed(b) => row("removed", Some(b), None, whole("removed", before[b].0)),
            Change::Added(a) => row("added", None, Some(a), whole("added", after[a].0)),
        })
        .collect()
}
