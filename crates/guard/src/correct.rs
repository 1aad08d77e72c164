//! Correcting: a further version of a record, signed by whoever corrects.
//!
//! The versions before stay as they are. The new one never lies below what its corrector could read of the newest version
//! in view: everything in it bears the join of its own marking and the banner of that, but for text portions that stand
//! there word for word, which need bear no more than they do there. Lowering is another act.
//!
//! A corrector who does not see all of a record corrects what is in view. To be told that there is more would be to
//! learn of it; whoever sees more is told instead that the version before holds what this one does not.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::PortionKind;
use strongroom_record::event::{Requested, Role, Statement};
use strongroom_record::limits::{HEADER_VALUE_MAX_BYTES, STATEMENT_MAX_BYTES};
use strongroom_record::portion::{Content, Correction};
use strongroom_seal::keybox::Purpose;

use crate::api::{Correcting, FiledRow, FilingDone};
use crate::fault::{Fault, Stop};
use crate::filing::one_record;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::labelling::Labelled;
use crate::limits::{LISTENED_MAX, VERSIONS_MAX_BYTES};
use crate::opening::Permit;
use crate::reading::{Sight, join};
use crate::refusal::{Code, Refusal};
use crate::sealing::{As, FilingKeys, seal_record};
use crate::state::{Person, RecordState, State};
use crate::versions::Edition;

/// A file that is to be a further version of a record.
pub(crate) struct Version<'a> {
    pub(crate) correcting: &'a Correcting,
    pub(crate) labelled: Labelled,
    pub(crate) statement: &'a Statement,
    pub(crate) original: &'a [u8],
}

impl Core {
    /// Files a further version of a record.
    pub(crate) fn correct(
        &self,
        asking: &Asking,
        request: Option<Requested>,
        version: Version<'_>,
    ) -> Result<FilingDone, Stop> {
        let Version {
            correcting,
            labelled,
            statement,
            original,
        } = version;
        let correction = correction(correcting)?;
        let count = labelled.records.len();
        let [mut new] = <[_; 1]>::try_from(labelled.records)
            .map_err(|_| one_record("a version is one record", count))?;
        // All of the file is kept with it: nothing lies around its one record.
        new.draft.slice = 0..original.len();
        let own = Arc::clone(&new.label);

        // The label's key is made first, for that takes a command of its own; what the label is, is decided below.
        let labels = BTreeSet::from([{
            let state = self.state();
            let person = asking.may(&state, Role::RecordsOfficer)?;
            let record = self.standing(&state, person, &correcting.record)?;
            own.join(&present(&state, person, record))
        }]);
        self.make_label_keys(asking, &labels)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let record = self.standing(&state, person, &correcting.record)?;
        let read = present(&state, person, record);
        let label = Arc::new(own.join(&read));
        new.label = Arc::clone(&label);
        let sight = self.newest_sight(asking, &state, person, record)?;
        let mut known: HashMap<Words<'_>, Label> = HashMap::new();
        for seen in sight.texts() {
            let there = known
                .entry(words_of(&seen.portion.content))
                .or_insert_with(|| seen.label.as_ref().clone());
            *there = there.join(&seen.label);
        }
        for (draft, portion) in new.draft.portions.iter().zip(&mut new.portions) {
            let words = (draft.text.as_str(), draft.speaker.as_deref(), draft.kind);
            let floor = known.get(&words).unwrap_or(&read);
            *portion = Arc::new(portion.join(floor));
        }

        // The recording is the record's, whatever its version.
        let recording = sight
            .fields()
            .find_map(|(_, seen)| match &seen.portion.content {
                Content::Recording(file) => Some(file.clone()),
                _ => None,
            });

        let mut command = self.command(asking, request);
        let mut dice = command.dice.fork();
        let labels: BTreeSet<Label> = new.labels().cloned().collect();
        let wrap = self.wrap_keys_now(asking, &state, &labels, Purpose::Batch, &mut dice)?;
        wrap.new_boxes
            .iter()
            .for_each(|b| command.put_row(kinds::key_box(b.id()), b));
        let id = command.id();
        let (note_box, inspectors) = self.note_box(&state, id, &mut dice)?;
        command.put_row(kinds::note_box(id), &note_box);
        let keys = FilingKeys {
            store: &self.store,
            room: self.room,
            suite: self.suite,
            filing: id,
            notes: id,
            file: &labelled.file,
            original,
            statement,
            inspectors: &inspectors,
            recording: recording.as_ref(),
        };
        let filed_as = As::Version {
            record: record.id,
            number: record.newest() + 1,
            correction,
        };
        let slot = self.store.slot_of(record)?;
        let (record, before) = (record.id, self.stored_bytes(&state, person, record)?);
        let event = command.draw_event_id();
        let sealed = seal_record(&keys, new, (filed_as, slot), &wrap, event, &mut dice);
        let new: usize = sealed.rows.iter().map(|(_, row)| row.len()).sum();
        if before + new > VERSIONS_MAX_BYTES {
            return Err(Refusal::new(
                Code::Limit,
                format!("the versions of a record that you see take at most {VERSIONS_MAX_BYTES} bytes together, and with this one they would take more"),
            )
            .hint("file it as a record of its own, and link the two")
            .into());
        }
        for (key, row) in sealed.rows {
            command.put_covered(key, row);
        }
        command.event_as(event, sealed.act, sealed.statements);
        self.enact(&mut state, command, asking.signer())?;

        let person = asking.active(&state)?;
        let known = state.records.get(record).expect("it was corrected");
        let admitted = known.admitted(&state.labels, &person.bits);
        let seen = admitted.into_iter().any(|g| g.version == known.newest());
        let in_view = known.versions(&state.labels, &person.bits).len();
        Ok(FilingDone {
            filing: id.to_string(),
            complete: true,
            records: vec![FiledRow {
                source: sealed.source,
                record: record.to_string(),
                banner: state.policy.banner(&label),
                receipt: event.to_string(),
            }],
            resumed: 0,
            below_printed: labelled.below_printed,
            blind: wrap.blind.iter().map(|l| state.policy.marking(l)).collect(),
            findings: labelled.findings,
            left_out: labelled.left_out.into_iter().collect(),
            // A version is like the one before it, which nobody need be told.
            resembling: Vec::new(),
            version: seen.then_some(in_view),
            link: None,
        })
    }

    /// Bytes that what a person sees of a record's portions takes in the store. What lies above would tell of itself.
    fn stored_bytes(
        &self,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<usize, Fault> {
        let visible = record.visible(&state.labels, &person.bits);
        let sizes = visible.map(|group| {
            let stored = self.store.get(kinds::value(group.id), "a stored value")?;
            Ok(stored.expose().len())
        });
        sizes.sum()
    }

    /// The newest version in a person's view. What opens here stays here: only its labels are used, so that the same
    /// words get no lower one.
    fn newest_sight(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Result<Sight, Stop> {
        let edition = Edition::of(state, person, record, None)?;
        let visible = record.visible(&state.labels, &person.bits);
        let newest = visible.filter(|g| g.version == edition.number);
        let fetched = newest
            .map(|g| self.fetch(asking, state, record, g))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Sight::of(self, &Permit::for_sealing_higher(), &fetched)?)
    }
}

/// What makes a text portion the same as another: its words, who speaks, and what it is.
pub(crate) type Words<'a> = (&'a str, Option<&'a str>, PortionKind);

pub(crate) fn words_of(content: &Content) -> Words<'_> {
    let Content::Text(text) = content else {
        unreachable!("only texts are numbered")
    };
    (&text.text, text.speaker.as_deref(), text.kind)
}

/// The banner of the newest version in a person's view.
fn present(state: &State, person: &Person, record: &RecordState) -> Label {
    let groups = record.newest_admitted(&state.labels, &person.bits);
    join(groups.iter().map(|g| state.labels.get(g.label).as_ref()))
        .expect("a record in view has a portion in view")
}

/// What is said of a correction, checked.
fn correction(asked: &Correcting) -> Result<Correction, Refusal> {
    let listened: Vec<String> = asked.listened.iter().map(|w| w.trim().to_owned()).collect();
    if listened.is_empty() || listened.iter().any(String::is_empty) {
        return Err(Refusal::invalid(
            "a correction says who listened, or who was there: --listened WHO",
        ));
    }
    if [&asked.changed, &asked.produced]
        .iter()
        .any(|t| t.trim().is_empty())
    {
        return Err(Refusal::invalid(
            "what changed and how the text was produced (--changed, --produced) are words, not blanks",
        ));
    }
    if listened.len() > LISTENED_MAX || listened.iter().any(|w| w.len() > HEADER_VALUE_MAX_BYTES) {
        return Err(Refusal::new(
            Code::Limit,
            format!(
                "a correction names at most {LISTENED_MAX} who listened, each in at most {HEADER_VALUE_MAX_BYTES} bytes"
            ),
        ));
    }
    if [&asked.changed, &asked.produced]
        .iter()
        .any(|t| t.len() > STATEMENT_MAX_BYTES)
    {
        return Err(Refusal::new(
            Code::Limit,
            format!("what changed, and how, is said in at most {STATEMENT_MAX_BYTES} bytes each"),
        ));
    }
    Ok(Correction {
        listened,
        changed: asked.changed.clone(),
        produced: asked.produced.clone(),
    })
}
