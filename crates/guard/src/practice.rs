//! Placement practices: who makes them, who may know of them, and how a filing or a restriction cites one.
//!
//! The words of a practice may name codewords. So it has a label: they are sealed under that and to the inspectors, and
//! for anybody else it does not exist. Its maker holds the label; nobody makes a rule that he could not read.
//! What is filed under it says so in its sealed statement: to those who read that, and to the inspectors.

use std::collections::BTreeSet;

use strongroom_label::{AtomName, Label};
use strongroom_record::event::{
    Act, PracticeAdded as Added, PracticeWords, Role, SealedFor, Statement,
};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::{Day, PersonId, PracticeId, decode, encode, id};
use strongroom_seal::keybox::Purpose;
use strongroom_seal::note::NoteKey;

use crate::api::{
    PracticeAdd, PracticeAdded, PracticeEnd, PracticeEnded, PracticeRows, PracticeShown,
};
use crate::docket::Overseer;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::limits::LIST_MAX;
use crate::opening::Permit;
use crate::refusal::{Code, Refusal, echoed};
use crate::sealing::{STATEMENT, seal_statement};
use crate::state::{Person, Practice, State};
use crate::versions::Stated;

impl Core {
    pub(crate) fn practice_add(
        &self,
        asking: &Asking,
        ask: &PracticeAdd,
    ) -> Result<PracticeAdded, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "practice-add", ask)?;
        checked_words(ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let label = label_of(&state, person, ask)?;
        let (from, until) = self.term(ask)?;
        let mut command = self.command(asking, request);
        let practice = PracticeId::random(&mut command.dice);
        let mut dice = command.dice.fork();
        // Salts of sealed fields stand in receipts: what else is drawn moves none.
        let mut words_dice = command.dice.fork();
        let labels = BTreeSet::from([label.clone()]);
        let wrap = self.wrap_keys_now(asking, &state, &labels, Purpose::Layer, &mut dice)?;
        for key_box in &wrap.new_boxes {
            let at = kinds::key_box(key_box.id());
            let covered = self.store.cover(at, &encode(key_box), &mut dice);
            command.put_covered(at, covered);
        }
        let notes = command.id();
        let (note_box, inspectors) = self.note_box(&state, notes, &mut dice)?;
        command.put_row(kinds::note_box(notes), &note_box);
        let key = &wrap.keys[&label];
        let of_label = NoteKey::of_box(key);
        let readers = [
            (SealedFor::Label(key.id(), label.clone()), &of_label),
            (SealedFor::Inspectors(notes), &inspectors),
        ];
        let event = command.draw_event_id();
        let words = encode(&PracticeWords {
            words: ask.words.clone(),
            authority: ask.authority.clone(),
        });
        let sealed = seal_statement(
            self.room,
            event,
            STATEMENT,
            &readers,
            &words,
            &mut words_dice,
        );
        let marking = state.policy.marking(&label);
        let act = Act::PracticeAdded(Box::new(Added {
            practice,
            label,
            from,
            until,
        }));
        command.event_as(event, act, vec![sealed]);
        self.enact(&mut state, command, asking.signer())?;
        Ok(PracticeAdded {
            practice: practice.to_string(),
            marking,
            receipt: event.to_string(),
        })
    }

    /// From when until when a practice may be cited. Its last day belongs to it.
    fn term(
        &self,
        ask: &PracticeAdd,
    ) -> Result<
        (
            strongroom_record::Timestamp,
            Option<strongroom_record::Timestamp>,
        ),
        Refusal,
    > {
        let day = |what: &str, text: &Option<String>| {
            let day = text.as_deref().map(str::parse::<Day>).transpose();
            day.map_err(|e| Refusal::invalid(format!("{what}: {e}")))
        };
        let now = self.now();
        let from = day("--from", &ask.from)?.map_or_else(|| Day::of(now).begins(), Day::begins);
        let until = day("--until", &ask.until)?.map(Day::ends);
        if until.is_some_and(|until| until <= from || until <= now) {
            return Err(Refusal::invalid(
                "the practice would have ended before it begins, or before today",
            ));
        }
        Ok((from, until))
    }

    pub(crate) fn practice_end(
        &self,
        asking: &Asking,
        ask: &PracticeEnd,
    ) -> Result<PracticeEnded, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "practice-end", ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let practice = named_practice(&state, person, &ask.practice)?;
        if practice.ended.is_some() {
            return Err(Refusal::new(Code::Conflict, "this practice was ended already").into());
        }
        let id = practice.id;
        let mut command = self.command(asking, request);
        let event = command.event(Act::PracticeEnded { practice: id });
        self.enact(&mut state, command, asking.signer())?;
        Ok(PracticeEnded {
            practice: id.to_string(),
            receipt: event.to_string(),
        })
    }

    /// The practices that the asker may know of: as a records officer those whose label the asker holds, as an
    /// inspector all.
    pub(crate) fn practice_list(&self, asking: &Asking) -> Result<PracticeRows, Stop> {
        let (due, overseer, submitted) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let overseer = Overseer::of(&state, person);
            if overseer.is_none() {
                asking.may(&state, Role::RecordsOfficer)?;
            }
            let mut known: Vec<&Practice> = state
                .practices
                .iter()
                .filter(|p| overseer.is_some() || p.exists_for(&state.labels, person))
                .collect();
            let trail = self.trail();
            known.sort_by_key(|p| trail.index_of(p.event));
            drop(trail);
            // The newest, where there are more than a list shows.
            let known = &known[known.len().saturating_sub(LIST_MAX)..];
            let due = known
                .iter()
                .map(|p| {
                    let event = self.stored_event(p.event)?;
                    let note = match overseer {
                        Some(_) => None,
                        None => self.key_to_first_field(asking, &state, person, &event)?,
                    };
                    let ended = p.ended.map(|e| self.stored_event(e)).transpose()?;
                    Ok(((*p).clone(), Stated { event, note }, ended.map(|e| e.at)))
                })
                .collect::<Result<Vec<_>, Fault>>()?;
            let mut command = self.command(asking, None);
            command.event(Act::DocketShown {
                look: strongroom_record::event::Look::Practices,
            });
            (due, overseer, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let now = self.now();
        let mut practices = Vec::with_capacity(due.len());
        for (practice, stated, ended) in due {
            let words = match overseer {
                Some(_) => self.field_for_inspectors(&permit, asking, &stated.event, STATEMENT)?,
                None => match &stated.note {
                    Some((key_box, key)) => {
                        self.first_field(&permit, &stated.event, *key_box, key)?
                    }
                    None => None,
                },
            };
            let words = words.ok_or(Fault::Missing("the words of a practice"))?;
            let words: PracticeWords = decode(&words)
                .map_err(|_| Fault::Damaged("the words of a practice have another form"))?;
            let state = self.state();
            practices.push(PracticeShown {
                practice: practice.id.to_string(),
                words: words.words,
                authority: words.authority,
                by: state.people.name_of(Some(practice.by)),
                at: stated.event.at.to_string(),
                marking: state.policy.marking(state.labels.get(practice.label)),
                from: Day::of(practice.from).to_string(),
                until: practice.until.map(|at| Day::of(at).before().to_string()),
                ended: ended.map(|at| at.to_string()),
                in_use: practice.holds_at(now),
            });
        }
        Ok(PracticeRows { practices })
    }

    /// Has a statement cite a practice, if one is named: one that its author may know of, and that holds now.
    pub(crate) fn citing(
        &self,
        state: &State,
        person: &Person,
        mut statement: Statement,
        practice: Option<&str>,
    ) -> Result<Statement, Refusal> {
        if let Some(text) = practice {
            let practice = named_practice(state, person, text)?;
            if !practice.holds_at(self.now()) {
                return Err(Refusal::new(
                    Code::Conflict,
                    "this practice is not in use: it has ended, or has not begun",
                )
                .hint("`practice list` shows from when and until when each may be cited"));
            }
            statement.practice = Some(practice.id);
        }
        Ok(statement)
    }
}

/// Whether a person may know of a practice: who may cite it, and the inspectors.
pub(crate) fn knows_practice(state: &State, person: PersonId, practice: PracticeId) -> bool {
    #[cfg(feature = "planted-leaks")]
    if crate::planted::is(crate::planted::Leak::PracticeInHistory) {
        return true;
    }
    let practice = state.practices.get(practice);
    let known = state.people.active(person).zip(practice);
    known.is_some_and(|(person, practice)| {
        Overseer::of(state, person).is_some() || practice.exists_for(&state.labels, person)
    })
}

/// The practice that a text names, of those that a person may know of.
fn named_practice<'s>(
    state: &'s State,
    person: &Person,
    text: &str,
) -> Result<&'s Practice, Refusal> {
    let prefix = id::normal_prefix(text)
        .map_err(|e| Refusal::invalid(format!("{} does not name a practice: {e}", echoed(text))))?;
    let exists = |p: &Practice| p.exists_for(&state.labels, person);
    #[cfg(feature = "planted-leaks")]
    let exists =
        |p: &Practice| exists(p) || crate::planted::is(crate::planted::Leak::PracticeOfAll);
    let known = state.practices.iter().filter(|p| exists(p));
    let mut named = known.filter(|p| p.id.to_string().starts_with(&prefix));
    let practice = named.next().ok_or_else(|| {
        Refusal::new(Code::NotFound, "there is no such practice in your view")
            .hint("`practice list` shows those that you may cite")
    })?;
    if named.next().is_some() {
        return Err(Refusal::new(
            Code::Conflict,
            format!(
                "{} is the beginning of several practices' ids",
                echoed(text)
            ),
        )
        .hint("give more of the id"));
    }
    Ok(practice)
}

fn checked_words(ask: &PracticeAdd) -> Result<(), Refusal> {
    let texts = [&ask.words, &ask.authority];
    if texts.iter().any(|t| t.trim().is_empty()) {
        return Err(Refusal::invalid(
            "a practice and its authority are words, not blanks",
        ));
    }
    if texts.iter().any(|t| t.len() > STATEMENT_MAX_BYTES) {
        return Err(Refusal::new(
            Code::Limit,
            format!("a practice has at most {STATEMENT_MAX_BYTES} bytes, and so has its authority"),
        ));
    }
    Ok(())
}

/// The label of a practice: as it is given, or the highest level that its maker holds, with every restrictive value
/// that its words name.
fn label_of(state: &State, person: &Person, ask: &PracticeAdd) -> Result<Label, Refusal> {
    let policy = &state.policy;
    let label = match &ask.marking {
        Some(marking) => policy
            .parse_marking(marking)
            .map_err(|e| Refusal::no_marking(format!("--marking: {e}")))?,
        None => {
            let held = policy.levels().iter().rev();
            let mut held = held.filter(|l| person.clearance.levels().contains(l.name()));
            let level = held.next().ok_or_else(|| {
                Refusal::new(
                    Code::NotAllowed,
                    "you hold no level under which its words could be sealed",
                )
            })?;
            let mut label = Label::of_level(level.name().clone());
            for atom in policy.atoms() {
                if let AtomName::Value { category, value } = atom
                    && policy.categories().iter().any(|c| {
                        c.name() == category
                            && c.kind() == strongroom_label::CategoryKind::Restrictive
                    })
                    && names(&ask.words, value.as_str())
                {
                    label = label.with_restrictive(category.clone(), value.clone());
                }
            }
            label
        }
    };
    if !person.clearance.permits(&label) {
        let what = if ask.marking.is_some() {
            "--marking asks for what you do not hold"
        } else {
            "its words name what you do not hold"
        };
        return Err(Refusal::new(
            Code::NotAllowed,
            format!("{what}: nobody makes a practice that he could not read"),
        )
        .hint("have someone make it who holds all of that"));
    }
    Ok(label)
}

/// Whether a text has a word, or several in a row, whatever their capitals.
fn names(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(&word).any(|(at, found)| {
        !letter(text[..at].chars().next_back()) && !letter(text[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_value_is_named_by_its_word_and_not_by_a_part_of_one() {
        assert!(names("calls go to TOP SECRET//NODIS, always", "Nodis"));
        assert!(names("Eyes only", "Eyes Only"));
        assert!(!names("nodisturbance", "Nodis"));
        assert!(!names("", "Nodis"));
    }
}
