//! Listing and reading.
//!
//! The walk is the same for both: decide under the state as it is, fetch what the decision admits
//! to, submit the event, let the state go, wait until the event is durable, open, and make a view of
//! what opened. What a view shows is a function of the portions that this reader may see.

use std::collections::HashMap;
use std::sync::Arc;

use data_encoding::BASE64;
use strongroom_label::{Label, Policy};
use strongroom_record::event::{Act, Role};
use strongroom_record::portion::Content;
use strongroom_record::{HeaderField, Portion, PortionId, RecordId, decode, id};

use crate::api::{
    CueShown, GradeShown, HeaderShown, KeepingShown, ListQuery, ListRow, Listing, PortionShown,
    ReadQuery, Shown,
};
use crate::enclosed;
use crate::fault::{Fault, Stop};
use crate::grading::DueGrading;
use crate::guard::{Asking, Core};
use crate::limits::{LIST_DEFAULT, LIST_MAX};
use crate::opening::{Fetched, Opened, Permit};
use crate::refusal::{Code, Refusal, echoed};
use crate::state::{Person, RecordState, State};
use crate::versions::{Edition, superseded_by};

/// The portions of one version of a record, opened, in their order, each with its present label.
pub(crate) struct Sight {
    portions: Vec<Seen>,
}

/// An opened portion.
pub(crate) struct Seen {
    pub(crate) id: PortionId,
    pub(crate) label: Arc<Label>,
    pub(crate) portion: Portion,
}

impl Sight {
    /// Opens groups under a permit.
    pub(crate) fn of(core: &Core, permit: &Permit, fetched: &[Fetched]) -> Result<Self, Fault> {
        let mut portions = Vec::new();
        for group in fetched {
            let label = Arc::clone(&group.label);
            for Opened { id, plain } in core.open(permit, group)? {
                let portion = decode(plain.expose())
                    .map_err(|_| Fault::Damaged("a portion has another form"))?;
                portions.push(Seen {
                    id,
                    label: Arc::clone(&label),
                    portion,
                });
            }
        }
        portions.sort_by_key(|s| s.portion.order);
        Ok(Self { portions })
    }
    /// What each portion is called in this view: its number, or the name of its field.
    pub(crate) fn names(&self) -> HashMap<PortionId, String> {
        let texts = self.texts().enumerate().map(|(n, s)| (s.id, n.to_string()));
        texts
            .chain(self.fields().map(|(f, s)| (s.id, f.word().to_owned())))
            .collect()
    }
    /// How the record as a whole was graded when it was filed.
    fn grade_as_filed(&self) -> Option<GradeShown> {
        self.portions
            .iter()
            .find_map(|seen| match &seen.portion.content {
                Content::Grade(grading) => Some(GradeShown::as_filed(grading)),
                _ => None,
            })
    }
    /// The portions that are numbered, in their order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Seen> {
        self.portions
            .iter()
            .filter(|s| matches!(s.portion.content, Content::Text(_)))
    }
    /// The portions that are known by name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (HeaderField, &Seen)> {
        self.portions
            .iter()
            .filter_map(|s| s.portion.content.field().map(|f| (f, s)))
    }
}

/// The gradings that count: of the record as a whole, and of portions.
struct Grades {
    of_record: Option<GradeShown>,
    of_portions: HashMap<PortionId, GradeShown>,
}

/// The join of labels; none of none.
pub(crate) fn join<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Option<Label> {
    labels.into_iter().fold(None, |all: Option<Label>, label| {
        Some(all.map_or_else(
            || label.clone(),
            |all| if all == *label { all } else { all.join(label) },
        ))
    })
}

impl Core {
    /// The record that a reader names by its id or the beginning of it, within that reader's view.
    pub(crate) fn resolve<'s>(
        &self,
        state: &'s State,
        person: &Person,
        text: &str,
    ) -> Result<&'s RecordState, Refusal> {
        let prefix = id::normal_prefix(text).map_err(|e| {
            Refusal::invalid(format!("{} does not name a record: {e}", echoed(text)))
        })?;
        let (low, high) = id_range(&prefix).ok_or_else(Refusal::no_such_record)?;
        #[cfg(feature = "planted-leaks")]
        crate::planted::resolving(state, person, (low, high))?;
        let mut found = state
            .records
            .between(low, high)
            .filter(|r| !r.frame && r.exists_for(&state.labels, &person.bits));
        let record = found.next().ok_or_else(Refusal::no_such_record)?;
        if found.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!("{} is the beginning of several records' ids", echoed(text)),
            )
            .hint("give more of the id"));
        }
        Ok(record)
    }

    /// The same, of a record that was not withdrawn.
    pub(crate) fn standing<'s>(
        &self,
        state: &'s State,
        person: &Person,
        text: &str,
    ) -> Result<&'s RecordState, Refusal> {
        let record = self.resolve(state, person, text)?;
        if record.withdrawn.is_some() {
            return Err(Refusal::withdrawn());
        }
        Ok(record)
    }

    pub(crate) fn read(&self, asking: &Asking, ask: &ReadQuery) -> Result<Shown, Stop> {
        let (record, fetched, gradings, beside, under_way, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let record = self.resolve(&state, person, &ask.record)?;
            let edition = Edition::of(&state, person, record, ask.version)?;
            let gradings = self.due_gradings(asking, &state, person, record)?;
            let gradings = self.gradings_of(&state, person, record, &edition, gradings)?;
            let fetched =
                self.fetch_visible(asking, &state, person, record, &edition, ask.original)?;
            let beside = self.beside(asking, &state, person, record, &edition)?;
            let portions = fetched
                .iter()
                .filter(|f| !f.is_original())
                .flat_map(|f| f.portions())
                .copied()
                .collect();
            let mut command = self.command(asking, None);
            command.event(Act::Opened {
                record: record.id,
                portions,
                original: ask.original,
            });
            let under_way = self.in_flight.begin(record.id);
            let submitted = self.submit(command, None);
            (record.id, fetched, gradings, beside, under_way, submitted)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        drop(under_way);
        let permit = Permit::of(&durable);
        let (slices, groups): (Vec<Fetched>, Vec<Fetched>) =
            fetched.into_iter().partition(Fetched::is_original);
        let mut original = None;
        for slice in &slices {
            original = self
                .open(&permit, slice)?
                .first()
                .map(|o| BASE64.encode(o.plain.expose()));
        }
        let sight = Sight::of(self, &permit, &groups)?;
        let copy = *durable.events()[0].id.as_bytes();
        self.take_over(asking, &copy, slices.iter().chain(&groups))?;
        asking
            .session
            .saw(record, sight.texts().map(|s| s.id).collect());
        let shown = slices.iter().chain(&groups).map(|f| f.label.as_ref());
        let banner = join(shown.chain(beside.labels.iter().map(Arc::as_ref)))
            .expect("a record that is shown has a portion");
        let event = durable.events()[0].id;
        let state = self.state();
        let grades = self.grades(&permit, &state, &gradings, &sight)?;
        let mut marks = Marks::of(&state.policy);
        let shown = Shown {
            record: record.to_string(),
            copy: event.to_string(),
            reader: state.people.name_of(Some(asking.session.person)),
            at: durable.at().to_string(),
            banner: state.policy.banner(&banner),
            header: sight
                .fields()
                .map(|(field, seen)| header_shown(&mut marks, field, seen, &grades))
                .collect(),
            portions: sight
                .texts()
                .enumerate()
                .map(|(n, seen)| portion_shown(&mut marks, n, seen, &grades))
                .collect(),
            grade: grades.of_record,
            original,
            version: beside.edition.n,
            versions: beside.edition.of,
            corrected: beside.corrected(&state),
            withdrawn: self.withdrawn_shown(&permit, &state, asking.person(), &beside)?,
            links: beside.links(&sight.names()),
            keeping: beside.keeping.clone(),
        };
        // One hold on the state at a time: a second waits for whoever waits to change it.
        drop(state);
        #[cfg(feature = "planted-leaks")]
        let shown = crate::planted::shown(self, record, shown)?;
        Ok(shown)
    }

    /// Opens gradings, which are in the order of the ledger: the newest counts.
    fn grades(
        &self,
        permit: &Permit,
        state: &State,
        due: &[(DueGrading, Option<usize>)],
        sight: &Sight,
    ) -> Result<Grades, Fault> {
        let mut grades = Grades {
            of_record: sight.grade_as_filed(),
            of_portions: HashMap::new(),
        };
        for (due, of_version) in due {
            let mut shown = self.open_grading(permit, state, due)?;
            shown.of_version = *of_version;
            if due.is_of_record() {
                grades.of_record = Some(shown);
            } else {
                let portions = due.portions.iter();
                grades
                    .of_portions
                    .extend(portions.map(|p| (*p, shown.clone())));
            }
        }
        Ok(grades)
    }

    /// Fetches the groups of a record that a person may see; of the original, all or nothing.
    fn fetch_visible(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        edition: &Edition,
        original: bool,
    ) -> Result<Vec<Fetched>, Stop> {
        let visible = record.visible(&state.labels, &person.bits);
        let mut groups: Vec<_> = visible.filter(|g| g.version == edition.number).collect();
        if original {
            let slice = record
                .originals(edition.number)
                .filter(|g| state.labels.admits(&person.bits, g.label));
            let before = groups.len();
            groups.extend(slice);
            if groups.len() == before {
                return Err(Refusal::new(Code::NotFound, "the original of this record is not in your view")
                    .hint("the original bears the highest label that any part of it ever got; read the record without --original")
                    .into());
            }
        }
        groups
            .into_iter()
            .map(|g| self.fetch(asking, state, record, g).map_err(Stop::Fault))
            .collect()
    }

    pub(crate) fn list(&self, asking: &Asking, ask: &ListQuery) -> Result<Listing, Stop> {
        let limit = ask.limit.unwrap_or(LIST_DEFAULT);
        if limit == 0 || limit > LIST_MAX {
            return Err(Refusal::invalid(format!(
                "a listing has between 1 and {LIST_MAX} records"
            ))
            .into());
        }
        let (page, more, readable, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let after = ask
                .after
                .as_deref()
                .map(|text| self.resolve(&state, person, text))
                .transpose()?
                .map(|r| r.id);
            let admitted = state.labels.admitted(&person.bits);
            let readable: Vec<&RecordState> = state
                .records
                .in_order()
                .filter(|r| !r.frame && r.exists_among(&admitted))
                .collect();
            #[cfg(feature = "planted-leaks")]
            let readable = crate::planted::order(readable);
            let start = after.map_or(0, |id| {
                readable
                    .iter()
                    .position(|r| r.id == id)
                    .map_or(0, |at| at + 1)
            });
            let shown: Vec<&RecordState> =
                readable.iter().skip(start).take(limit).copied().collect();
            let more = readable.len() > start + shown.len();
            let page = shown
                .iter()
                .map(|r| self.fetch_row(asking, &state, person, r))
                .collect::<Result<Vec<_>, Stop>>()?;
            let mut command = self.command(asking, None);
            command.event(Act::Listed {
                records: shown.iter().map(|r| r.id).collect(),
            });
            (page, more, readable.len(), self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        #[cfg(feature = "planted-leaks")]
        let (more, readable) = crate::planted::counts(self, more, readable);
        let mut rows = Vec::with_capacity(page.len());
        for row in &page {
            rows.push(Sight::of(self, &permit, &row.header)?);
        }
        let state = self.state();
        let labels = page.iter().map(|row| &row.label);
        let banner = join(labels).map(|l| state.policy.banner(&l));
        let records = page
            .iter()
            .zip(&rows)
            .map(|(row, sight)| {
                let grade = row.grade.as_ref();
                let grade = grade
                    .map(|due| self.open_grading(&permit, &state, due))
                    .transpose()?;
                Ok(list_row(&state, row, sight, grade))
            })
            .collect::<Result<_, Fault>>()?;
        Ok(Listing {
            banner,
            records,
            more,
            readable,
        })
    }

    fn fetch_row(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<Row, Stop> {
        let edition = Edition::of(state, person, record, None)?;
        let mut header = Vec::new();
        let visible = record.visible_header(&state.labels, &person.bits);
        for group in visible.filter(|g| g.version == edition.number) {
            header.push(self.fetch(asking, state, record, group)?);
        }
        let groups = record.newest_admitted(&state.labels, &person.bits);
        let labels = groups.iter().map(|g| state.labels.get(g.label).as_ref());
        let label = join(labels).expect("a record that is listed has a portion");
        Ok(Row {
            id: record.id,
            header,
            label,
            superseded_by: superseded_by(state, person, record),
            grade: self.newest_of_record(asking, state, person, record)?,
            edition,
            withdrawn: record.withdrawn.is_some(),
            keeping: Self::keeping_shown(state, person, record),
        })
    }

    /// What the numbers of a record mean to a session: those of its last view, if that still is its view.
    pub(crate) fn numbered(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<Vec<PortionId>, Refusal> {
        let stale = || {
            Refusal::new(Code::Conflict, "numbers of portions mean those of the view that you read last, and you have none of this record as it is now")
                .hint("`read` the record again, or name portions by their ids, which `read --json` shows")
        };
        let seen = asking.session.last_view(record.id).ok_or_else(stale)?;
        let visible: Vec<PortionId> = record
            .visible(&state.labels, &person.bits)
            .flat_map(|g| g.portions.iter().copied())
            .collect();
        if seen.iter().all(|p| visible.contains(p)) {
            Ok(seen)
        } else {
            Err(stale())
        }
    }

    /// The header fields of a record by name, opened under a permit.
    pub(crate) fn fields_of(
        &self,
        permit: &Permit,
        fetched: &[Fetched],
    ) -> Result<Vec<(HeaderField, PortionId)>, Fault> {
        let sight = Sight::of(self, permit, fetched)?;
        Ok(sight
            .fields()
            .map(|(field, seen)| (field, seen.id))
            .collect())
    }
}

/// A record to be listed.
struct Row {
    id: RecordId,
    header: Vec<Fetched>,
    label: Label,
    grade: Option<DueGrading>,
    edition: Edition,
    superseded_by: Vec<String>,
    withdrawn: bool,
    keeping: Option<KeepingShown>,
}

fn id_range(prefix: &str) -> Option<(RecordId, RecordId)> {
    let filled = |with: &str| format!("{prefix}{}", with.repeat(id::ID_CHARS - prefix.len()));
    Some((filled("0").parse().ok()?, filled("z").parse().ok()?))
}

fn list_row(state: &State, row: &Row, sight: &Sight, grade: Option<GradeShown>) -> ListRow {
    let field = |wanted: HeaderField| {
        sight
            .fields()
            .find(|(f, _)| *f == wanted)
            .map(|(_, s)| plain(&s.portion.content))
    };
    ListRow {
        id: row.id.to_string(),
        banner: state.policy.banner(&row.label),
        marking: marking_shown(&state.policy, &row.label),
        date: field(HeaderField::Date),
        place: field(HeaderField::Place),
        heading: sight.texts().next().map(|s| plain(&s.portion.content)),
        source: field(HeaderField::Source),
        grade: grade.or_else(|| sight.grade_as_filed()),
        version: row.edition.n,
        versions: row.edition.of,
        superseded_by: row.superseded_by.clone(),
        withdrawn: row.withdrawn,
        keeping: row.keeping.clone(),
    }
}

/// A label as a marking that can be given to commands. Where markings are banner lines, levels below the highest do not
/// stand in one.
pub(crate) fn marking_shown(policy: &Policy, label: &Label) -> String {
    match policy.reads_banners() {
        true => policy.banner(label),
        false => policy.marking(label),
    }
}

/// Portion marks of a view, each written once a group.
pub(crate) struct Marks<'a> {
    policy: &'a Policy,
    written: Vec<(Arc<Label>, String)>,
}

impl<'a> Marks<'a> {
    pub(crate) fn of(policy: &'a Policy) -> Self {
        Self {
            policy,
            written: Vec::new(),
        }
    }
    pub(crate) fn of_label(&mut self, label: &Arc<Label>) -> String {
        let known = self.written.iter().find(|(l, _)| Arc::ptr_eq(l, label));
        if let Some((_, mark)) = known {
            return mark.clone();
        }
        let mark = self.policy.portion_mark(label);
        self.written.push((Arc::clone(label), mark.clone()));
        mark
    }
}

/// A content as one line of text.
pub(crate) fn plain(content: &Content) -> String {
    match content {
        Content::Text(text) => text.text.clone(),
        Content::Source(source) => source.id.clone(),
        Content::Date(when) => when.to_string(),
        Content::Place(place) => place.clone(),
        Content::From(names) | Content::To(names) | Content::Drafted(names) => names.join(", "),
        Content::Marking(note) => note.level.clone().unwrap_or_default(),
        Content::Caution(words) | Content::Produced(words) => words.clone(),
        Content::Authority(lines) => lines
            .iter()
            .map(|line| format!("{}: {}", line.name, line.text))
            .collect::<Vec<_>>()
            .join("; "),
        Content::Attachments(files) => files
            .iter()
            .map(|file| file.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        Content::Recording(file) => file.name.clone(),
        Content::Grade(_) => String::new(),
        Content::Correction(correction) => correction.changed.clone(),
    }
}

fn header_shown(
    marks: &mut Marks<'_>,
    field: HeaderField,
    seen: &Seen,
    grades: &Grades,
) -> HeaderShown {
    let value = match &seen.portion.content {
        Content::Source(s) => serde_json::json!({ "file": s.file, "id": s.id, "number": s.number }),
        Content::Date(w) => serde_json::json!({
            "start": w.start, "end": w.end, "uncertain": w.uncertain, "zone_minutes": w.zone_minutes, "printed": w.printed,
        }),
        Content::Marking(m) => {
            serde_json::json!({ "level": m.level, "captions": m.captions, "filer_assigned": m.filer_assigned })
        }
        Content::From(names) | Content::To(names) | Content::Drafted(names) => {
            serde_json::json!(names)
        }
        Content::Place(words) | Content::Caution(words) | Content::Produced(words) => {
            serde_json::json!(words)
        }
        Content::Authority(lines) => lines
            .iter()
            .map(|line| serde_json::json!({ "name": line.name, "text": line.text }))
            .collect(),
        Content::Attachments(files) => files
            .iter()
            .map(|file| serde_json::json!(enclosed::shown(file)))
            .collect(),
        Content::Recording(file) => serde_json::json!(enclosed::shown(file)),
        Content::Grade(grading) => serde_json::json!(GradeShown::as_filed(grading)),
        Content::Correction(c) => {
            serde_json::json!({ "listened": c.listened, "changed": c.changed, "produced": c.produced })
        }
        Content::Text(_) => unreachable!("text is no header field"),
    };
    HeaderShown {
        field: field.word().to_owned(),
        id: seen.id.to_string(),
        mark: marks.of_label(&seen.label),
        value,
        grade: grades.of_portions.get(&seen.id).cloned(),
    }
}

fn portion_shown(marks: &mut Marks<'_>, n: usize, seen: &Seen, grades: &Grades) -> PortionShown {
    let Content::Text(text) = &seen.portion.content else {
        unreachable!("only texts are numbered")
    };
    #[cfg(feature = "planted-leaks")]
    let n = crate::planted::ordinal(n, seen.portion.order);
    PortionShown {
        n,
        id: seen.id.to_string(),
        mark: marks.of_label(&seen.label),
        kind: text.kind.word().to_owned(),
        text: text.text.clone(),
        speaker: text.speaker.clone(),
        gaps: text.gaps.clone(),
        printed_mark: text.mark.clone(),
        cue: text.cue.map(|cue| CueShown {
            start_ms: cue.start_ms,
            end_ms: cue.end_ms,
        }),
        grade: grades.of_portions.get(&seen.id).cloned(),
    }
}
