//! Challenges: whoever reads a record, or once read it, may dispute that it is placed where it is; its owner must answer.
//!
//! The owner is who filed it, or a deputy who stands for him; a records officer who may read of it stands in, so that
//! nothing waits for an owner who has left. For who does neither read the record nor
//! has read it there is one refusal, as for every record that is not there. The words are sealed to the challenger, to
//! the filer and his deputies, to those who hold the label of the record's header, and to the inspectors.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_record::event::{
    Act, ChallengeAnswered as Answered, ChallengeWords, Challenged, Look, Outcome, Role,
};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::{ChallengeId, EventId, PersonId, RecordId, decode, encode, id};

use crate::api::{
    AnswerShown, ChallengeAnswer, ChallengeAnswered, ChallengeAsk, ChallengeMade, ChallengeRow,
    ChallengeRows,
};
use crate::docket::Overseer;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::{CHALLENGES_OPEN_MAX, LIST_MAX};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal, echoed};
use crate::requests::{DueReason, Readers};
use crate::state::{Answering, Challenge, Person, RecordState, State};

/// Other words for purposes that policies forbid, as people say them.
const ALLEGATIONS: [(&str, &str); 2] = [
    ("unlawfulness", "conceal-violation"),
    ("error", "conceal-violation"),
];

/// A challenge of the asker's view, with the keys to its words and to those of its answer.
struct Due {
    challenge: Challenge,
    yours: bool,
    words: DueReason,
    answer: Option<DueReason>,
}

impl Core {
    pub(crate) fn challenge_record(
        &self,
        asking: &Asking,
        ask: &ChallengeAsk,
    ) -> Result<ChallengeMade, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "challenge", ask)?;
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::Reader)?;
        self.not_done_before(asking, &state, request)?;
        checked(&ask.because)?;
        let alleges = alleged(&state, ask.alleges.as_deref())?;
        let (record, reading) = self.challenged_record(&state, person, ask)?;
        if state.challenges.open_of(person.id) >= CHALLENGES_OPEN_MAX {
            return Err(Refusal::new(
                Code::Limit,
                format!("{CHALLENGES_OPEN_MAX} of your challenges wait for an answer"),
            )
            .hint("`challenges` lists them; each that is answered makes room for another")
            .into());
        }
        if let Some(open) = state.challenges.open_on(record, person.id) {
            return Err(Refusal::new(
                Code::Conflict,
                format!(
                    "you have challenged this record already: {} waits for an answer until {}",
                    open.id, open.until
                ),
            )
            .hint("`challenges` shows it; when it is answered, you may challenge the record again")
            .into());
        }
        let days = u64::from(state.policy.terms().challenge_days);
        let until = self
            .now()
            .plus(std::time::Duration::from_secs(days * 24 * 3600));
        let mut command = self.command(asking, request);
        let challenge = ChallengeId::random(&mut command.dice);
        let event = command.draw_event_id();
        let words = encode(&ChallengeWords {
            because: ask.because.clone(),
            alleges,
        });
        let readers = self.readers(&state, record, person);
        let sealed = self.seal_words(asking, &state, &mut command, event, &readers, &words)?;
        let act = Act::Challenged(Challenged {
            challenge,
            record,
            reading,
            until,
        });
        command.event_as(event, act, vec![sealed]);
        self.enact(&mut state, command, asking.signer())?;
        Ok(ChallengeMade {
            challenge: challenge.to_string(),
            until: until.to_string(),
            receipt: event.to_string(),
        })
    }

    /// The record that is meant: one of the asker's view, or one that the asker has read, with that reading.
    fn challenged_record(
        &self,
        state: &State,
        person: &Person,
        ask: &ChallengeAsk,
    ) -> Result<(RecordId, Option<EventId>), Stop> {
        let Some(named) = &ask.record else {
            return self.record_of_receipt(person, ask.receipt.as_deref());
        };
        let seen = self.resolve(state, person, named);
        if ask.receipt.is_none()
            && let Ok(record) = &seen
        {
            return Ok((record.id, None));
        }
        let record: RecordId = match seen {
            Ok(record) => record.id,
            Err(refusal) => named.parse().map_err(|_| refusal)?,
        };
        let prefix = ask.receipt.as_deref().map(id::normal_prefix).transpose();
        let prefix = prefix
            .map_err(|e| Refusal::invalid(format!("--receipt names no receipt: {e}")))?
            .unwrap_or_default();
        for opening in self.trail().of_record(record) {
            let named = opening.to_string().starts_with(&prefix);
            if named && self.stored_event(opening)?.actor == Some(person.id) {
                return Ok((record, Some(opening)));
            }
        }
        #[cfg(feature = "planted-leaks")]
        crate::planted::challenged(state, record)?;
        Err(Refusal::no_such_record().into())
    }

    /// The record that a receipt of the asker's own names, with what the asker did to it.
    fn record_of_receipt(
        &self,
        person: &Person,
        receipt: Option<&str>,
    ) -> Result<(RecordId, Option<EventId>), Stop> {
        let receipt = receipt.ok_or_else(|| {
            Refusal::invalid("no record is named")
                .hint("name it by its id, or give --receipt with the receipt of your reading of it")
        })?;
        let event = self.own_event(person.id, receipt)?;
        let record = self.stored_event(event)?.act.record();
        // Of what one did to a record a reading alone shows that one knows it: a filing may have been blind.
        let read = record.filter(|record| self.trail().of_record(*record).contains(&event));
        let record = read.ok_or_else(|| {
            Refusal::invalid("this is no receipt of a reading")
                .hint("`receipt` lists yours: take one of a record that was opened for you")
        })?;
        Ok((record, Some(event)))
    }

    pub(crate) fn answer_challenge(
        &self,
        asking: &Asking,
        ask: &ChallengeAnswer,
    ) -> Result<ChallengeAnswered, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "answer-challenge", ask)?;
        let mut state = self.state_mut();
        let person = asking.active(&state)?;
        self.not_done_before(asking, &state, request)?;
        checked(&ask.because)?;
        let outcome = Outcome::from_word(&ask.outcome).ok_or_else(|| {
            let known = Outcome::ALL.map(Outcome::word).join(", ");
            Refusal::invalid(format!(
                "{} is no outcome; it is one of {known}",
                echoed(&ask.outcome)
            ))
        })?;
        let (challenge, right) = self.answerable(&state, person, &ask.challenge)?;
        if challenge.answered.is_some() {
            return Err(Refusal::new(Code::Conflict, "this challenge was answered already").into());
        }
        let mut command = self.command(asking, request);
        let event = command.draw_event_id();
        let challenger = state.people.get(challenge.by);
        let challenger = challenger.ok_or(Fault::Missing("a person"))?;
        let mut readers = self.readers(&state, challenge.record, challenger);
        readers.persons.insert(person.id);
        let words = encode(&ask.because);
        let sealed = self.seal_words(asking, &state, &mut command, event, &readers, &words)?;
        let act = Act::ChallengeAnswered(Answered {
            challenge: challenge.id,
            record: challenge.record,
            outcome,
            acting_for: right.acting_for,
        });
        command.event_as(event, act, vec![sealed]);
        self.enact(&mut state, command, asking.signer())?;
        Ok(ChallengeAnswered {
            challenge: challenge.id.to_string(),
            receipt: event.to_string(),
        })
    }

    /// The challenges that the asker may know of: one's own, those of records that one answers for, and for inspectors all.
    pub(crate) fn challenges(&self, asking: &Asking) -> Result<ChallengeRows, Stop> {
        let (due, submitted) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let all = Overseer::of(&state, person).is_some();
            #[cfg(feature = "planted-leaks")]
            let all = all || crate::planted::is(crate::planted::Leak::ChallengesOfAll);
            let mut known: Vec<(Challenge, bool)> = state
                .challenges
                .iter()
                .filter_map(|c| {
                    let yours = state.answering(c, person, self.now()).is_some();
                    (all || yours || c.by == person.id).then_some((*c, yours))
                })
                .collect();
            known.sort_by_key(|(c, _)| (c.at, c.id));
            let known = &known[known.len().saturating_sub(LIST_MAX)..];
            let due = known
                .iter()
                .map(|(challenge, yours)| {
                    let due = |event| self.due_reason(asking, &state, person, event);
                    Ok(Due {
                        challenge: *challenge,
                        yours: *yours && challenge.answered.is_none(),
                        words: due(challenge.event)?,
                        answer: challenge
                            .answered
                            .map(|(event, _)| due(event))
                            .transpose()?,
                    })
                })
                .collect::<Result<Vec<_>, Fault>>()?;
            let mut command = self.command(asking, None);
            command.event(Act::DocketShown {
                look: Look::Challenges,
            });
            (due, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let state = self.state();
        let rows = due
            .iter()
            .map(|due| self.challenge_row(&permit, &state, due));
        Ok(ChallengeRows {
            challenges: rows.collect::<Result<_, Fault>>()?,
        })
    }

    fn challenge_row(
        &self,
        permit: &Permit,
        state: &State,
        due: &Due,
    ) -> Result<ChallengeRow, Fault> {
        let damaged = |_| Fault::Damaged("the words of a challenge have another form");
        let challenge = &due.challenge;
        let words = self.words_of_reason(permit, &due.words)?;
        let words = words.map(|w| decode::<ChallengeWords>(&w).map_err(damaged));
        let (because, alleges) = match words.transpose()? {
            Some(words) => (Some(words.because), words.alleges),
            None => (None, None),
        };
        let answer = match &due.answer {
            Some(answer) => {
                let words = self.words_of_reason(permit, answer)?;
                let words = words.map(|w| decode::<String>(&w).map_err(damaged));
                Some(AnswerShown {
                    by: state.people.name_of(answer.event().actor),
                    acting_for: acting_for(&answer.event().act)
                        .map(|principal| state.people.name_of(Some(principal))),
                    at: answer.event().at.to_string(),
                    because: words.transpose()?,
                })
            }
            None => None,
        };
        Ok(ChallengeRow {
            challenge: challenge.id.to_string(),
            record: challenge.record.to_string(),
            by: state.people.name_of(Some(challenge.by)),
            at: challenge.at.to_string(),
            until: challenge.until.to_string(),
            status: challenge.status(self.now()).to_owned(),
            yours_to_answer: due.yours,
            because,
            alleges,
            answer,
        })
    }

    /// What somebody who signs in is told of challenges: those that are the person's to answer as a filer, or for one; to
    /// those who stand in, what waits for somebody who has left; and to inspectors those that are overdue.
    pub(crate) fn challenge_notices(&self, state: &State, person: &Person) -> Vec<String> {
        let now = self.now();
        let open: Vec<&Challenge> = state
            .challenges
            .iter()
            .filter(|c| c.answered.is_none())
            .collect();
        let left = |c: &Challenge| {
            let filer = state.records.get(c.record).and_then(|r| r.filer);
            filer.is_none_or(|filer| state.people.active(filer).is_none())
        };
        let mut due: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for challenge in &open {
            let whose = match state.answering(challenge, person, now) {
                Some(Answering {
                    acting_for: None,
                    as_filer: true,
                }) => "of what you filed",
                Some(Answering { as_filer: true, .. }) => "of what those filed for whom you stand",
                Some(_) if left(challenge) => "of what those filed who have left",
                _ => continue,
            };
            let (all, overdue) = due.entry(whose).or_default();
            *all += 1;
            *overdue += usize::from(challenge.is_overdue(now));
        }
        let told = |(whose, (all, overdue)): (&&str, &(usize, usize))| {
            format!(
                "{} {whose} to be answered, {overdue} of them overdue: `challenges`",
                several(*all)
            )
        };
        let mut notices: Vec<String> = due.iter().map(told).collect();
        let overseer = Overseer::of(state, person).is_some();
        #[cfg(feature = "planted-leaks")]
        let overseer = overseer || crate::planted::is(crate::planted::Leak::OverdueOfAll);
        if overseer {
            let overdue = open.iter().filter(|c| c.is_overdue(now)).count();
            if overdue > 0 {
                notices.push(format!("{} overdue: `challenges`", several(overdue)));
            }
        }
        notices
    }

    /// To whom the words of a challenge and of its answer are readable, beside the inspectors.
    fn readers(&self, state: &State, record: RecordId, challenger: &Person) -> Readers {
        let record = state.records.get(record);
        let filer = record.and_then(|r| r.filer);
        let deputies = state.acting.now(self.now());
        let deputies = deputies.filter(|row| Some(row.principal) == filer);
        let reads = |deputy: &PersonId| {
            let deputy = state.people.active(*deputy);
            let bits = deputy.map(|deputy| &deputy.bits);
            let exists = |r: &RecordState| bits.is_some_and(|b| r.exists_for(&state.labels, b));
            record.is_some_and(exists)
        };
        let deputies = deputies.map(|row| row.deputy).filter(reads);
        let header = record.and_then(RecordState::header);
        let label = header.map(|g| state.labels.get(g.label).as_ref().clone());
        let persons = filer.into_iter().chain([challenger.id]).chain(deputies);
        Readers {
            labels: label.into_iter().collect(),
            persons: persons.collect(),
            atoms: BTreeSet::new(),
        }
    }

    /// The challenge that a reference names, of those that a person may answer, and in whose right.
    fn answerable(
        &self,
        state: &State,
        person: &Person,
        text: &str,
    ) -> Result<(Challenge, Answering), Refusal> {
        let prefix = id::normal_prefix(text)
            .map_err(|e| Refusal::invalid(format!("{} names no challenge: {e}", echoed(text))))?;
        let mut named = state.challenges.iter().filter_map(|c| {
            let right = c.id.to_string().starts_with(&prefix);
            let right = right.then(|| state.answering(c, person, self.now()))??;
            Some((*c, right))
        });
        let found = named.next().ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                "there is no such challenge for you to answer",
            )
            .hint("`challenges` shows which are yours")
        })?;
        if named.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!("{} is the beginning of several references", echoed(text)),
            ));
        }
        Ok(found)
    }
}

/// For whom an answer was given, where a deputy gave it.
const fn acting_for(act: &Act) -> Option<PersonId> {
    match act {
        Act::ChallengeAnswered(answered) => answered.acting_for,
        _ => None,
    }
}

fn checked(because: &str) -> Result<(), Refusal> {
    if because.trim().is_empty() {
        return Err(Refusal::invalid("--because says why, in words"));
    }
    if because.len() > STATEMENT_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!(
                "--because has {} bytes, and may have {STATEMENT_MAX_BYTES}",
                because.len()
            ),
        )
        .hint("say the point here; what is longer can be filed, with --responds-to the record"));
    }
    Ok(())
}

/// The forbidden purpose that a word names.
fn alleged(state: &State, word: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(word) = word else { return Ok(None) };
    let meant = ALLEGATIONS.iter().find(|(said, _)| *said == word);
    let meant = meant.map_or(word, |(_, code)| code);
    let purposes = state.policy.prohibited();
    if let Some(purpose) = purposes.iter().find(|p| p.code() == meant) {
        return Ok(Some(purpose.code().to_owned()));
    }
    let known = purposes
        .iter()
        .map(|p| format!("{}: {}", p.code(), p.description()));
    Err(
        Refusal::invalid(format!("the policy forbids no purpose {}", echoed(word)))
            .hint("--alleges takes a purpose that the policy forbids")
            .details(known.collect()),
    )
}

/// So many challenges, in words.
fn several(n: usize) -> String {
    match n {
        1 => "1 challenge".to_owned(),
        n => format!("{n} challenges"),
    }
}
