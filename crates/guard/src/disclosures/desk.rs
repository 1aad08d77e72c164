//! What inspectors ask. Each is an event before anything is shown or sent.

use data_encoding::BASE64;
use strongroom_record::disclosure::{
    AnswerKind, DISCLOSURE_ANSWERS_MAX, DisclosedContent, DisclosedFile, DisclosureAnswered,
};
use strongroom_record::event::{Act, Role};
use strongroom_record::{DisclosureId, Timestamp, encode, id};
use strongroom_seal::{AtomPrivate, SealedReply};
use strongroom_vault::Key;

use crate::api::{
    DisclosureAcknowledge, DisclosureDone, DisclosureFile, DisclosureOpened, DisclosureReadQuery,
    DisclosureReply, DisclosureRow, DisclosureRows,
};
use crate::command::Command;
use crate::disclosures::intake::numbers;
use crate::disclosures::overdue::Owed;
use crate::disclosures::{DisclosedRow, ReplyRow, spool_fails};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::limits::{DISCLOSURE_REPLY_MAX_BYTES, DISCLOSURES_SHOWN_MAX};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal, echoed};
use crate::state::{Disclosure, Person, State, inspectors, is_inspector};

/// The one answer for every disclosure that is not there.
fn no_such_disclosure() -> Refusal {
    Refusal::new(Code::NotFound, "there is no such disclosure").hint("`disclosures` lists them")
}

impl Core {
    /// The asker, who is an inspector and holds the inspectors' key.
    fn inspecting<'s>(&self, asking: &Asking, state: &'s State) -> Result<&'s Person, Refusal> {
        let person = asking.may(state, Role::Inspector)?;
        if is_inspector(person, &state.atoms) {
            return Ok(person);
        }
        Err(Refusal::new(
            Code::NotAllowed,
            "you are an inspector, and do not hold the inspectors' key yet",
        )
        .hint("a security officer who holds it grants it: `clearance grant NAME inspectors`"))
    }

    /// Lists disclosures, the newest last, with what is owed to each, and names what is taken in and not there.
    pub(crate) fn disclosures(&self, asking: &Asking) -> Result<DisclosureRows, Stop> {
        let (ids, older, durable) = {
            let state = self.state();
            let person = self.inspecting(asking, &state)?;
            let (ids, older) = newest(&state, person, self.now());
            let mut command = self.command(asking, None);
            command.event(Act::DisclosureShown {
                disclosures: ids.clone(),
                opened: false,
            });
            (ids, older, self.submit(command, None))
        };
        let durable = durable.wait()?;
        durable.note(&mut self.trail());
        let now = self.now();
        let state = self.state();
        let person = self.inspecting(asking, &state)?;
        let mut disclosures = Vec::with_capacity(ids.len());
        for id in ids {
            disclosures.push(self.disclosure_row(&state, person, id, now)?);
        }
        Ok(DisclosureRows { disclosures, older })
    }

    fn disclosure_row(
        &self,
        state: &State,
        person: &Person,
        id: DisclosureId,
        now: Timestamp,
    ) -> Result<DisclosureRow, Stop> {
        let disclosure = state.disclosures.get(id).ok_or_else(no_such_disclosure)?;
        let owed = Owed::of(disclosure, state.policy.terms());
        let mut lost = Vec::new();
        for number in numbers(disclosure) {
            if !self.disclosed_is_there(kinds::disclosed(id, number))? {
                lost.push(number);
            }
        }
        let replies = disclosure.answers.iter().filter(|a| a.reply.is_some());
        Ok(DisclosureRow {
            id: id.to_string(),
            route: disclosure.route.as_ref().map(|r| r.as_str().to_owned()),
            elsewhere: !state.comes_to(disclosure, person),
            first: disclosure.messages.first().map(|m| m.at.to_string()),
            last: disclosure.messages.last().map(|m| m.at.to_string()),
            messages: disclosure.messages.len(),
            acknowledged: disclosure.acknowledged,
            answers: disclosure.answers.len(),
            replies: replies.count(),
            owed: owed.word().map(str::to_owned),
            by: owed.by().map(|by| by.to_string()),
            overdue: owed.by().is_some_and(|by| by < now),
            lost,
        })
    }

    /// Opens a message or an answer.
    pub(crate) fn disclosure_read(
        &self,
        asking: &Asking,
        ask: &DisclosureReadQuery,
    ) -> Result<DisclosureOpened, Stop> {
        let (id, submitted, private, at, count) = {
            let state = self.state();
            let person = self.inspecting(asking, &state)?;
            let (id, disclosure) = self.named(&state, person, &ask.disclosure)?;
            let (at, epoch) = match ask.answer {
                false => self.message_place(id, disclosure, ask.number)?,
                true => self.answer_place(id, disclosure, ask.number)?,
            };
            let atom = inspectors(&state.atoms).map_err(Fault::Missing)?.id;
            let ring = &asking.session.keyring;
            let private = ring.atom(&self.store, &state, person, (atom, epoch))?;
            let mut command = self.command(asking, None);
            command.event(Act::DisclosureShown {
                disclosures: vec![id],
                opened: true,
            });
            let count = (disclosure.messages.len(), disclosure.answers.len());
            (id, self.submit(command, None), private, at, count)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let permit = Permit::of(&durable);
        let content = match ask.answer {
            false => self.open_message(&permit, (id, ask.number), &private)?,
            true => self.open_answer(&permit, (id, ask.number), &private)?,
        };
        Ok(DisclosureOpened {
            id: id.to_string(),
            number: ask.number,
            answer: ask.answer,
            at,
            messages: count.0,
            answers: count.1,
            text: content.text.clone(),
            files: content.files.iter().map(file_shown).collect(),
        })
    }

    /// When a message was taken in, and the epoch that it is sealed to.
    fn message_place(
        &self,
        id: DisclosureId,
        disclosure: &Disclosure,
        number: u32,
    ) -> Result<(String, u32), Stop> {
        let place = (number as usize).checked_sub(1);
        let message = place.and_then(|place| disclosure.messages.get(place));
        let message = message.ok_or_else(no_such_disclosure)?;
        let row = self.taken_row(id, number, message.leaf)?;
        Ok((message.at.to_string(), row.message.epoch))
    }

    /// A message as it was taken in.
    fn taken_row(
        &self,
        id: DisclosureId,
        number: u32,
        leaf: [u8; 32],
    ) -> Result<DisclosedRow, Stop> {
        let row = self.disclosed_row(id, number)?;
        let row = row.filter(|row| row.leaf() == leaf).ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                "this message was taken in, and is not there any more, or is not the one that was taken in",
            )
            .hint("somebody dropped or changed it: the ledger has its leaf; `check` names it, and a backup may have it")
        })?;
        Ok(row)
    }

    fn answer_place(
        &self,
        id: DisclosureId,
        disclosure: &Disclosure,
        number: u32,
    ) -> Result<(String, u32), Stop> {
        let place = (number as usize).checked_sub(1);
        let answer = place.and_then(|place| disclosure.answers.get(place));
        let reply = answer.filter(|a| a.reply.is_some());
        let reply = reply.ok_or_else(no_such_disclosure)?;
        let sealed = self.sealed_reply(id, number)?;
        if Some(sealed.digest()) != reply.reply {
            return Err(Fault::Damaged("an answer to a disclosure").into());
        }
        Ok((reply.at.to_string(), sealed.epoch))
    }

    fn sealed_reply(&self, id: DisclosureId, number: u32) -> Result<SealedReply, Fault> {
        let key = kinds::disclosure_reply(id, number);
        let row: ReplyRow = self.store.row(key, "an answer to a disclosure")?;
        strongroom_record::decode(&row.0).map_err(|_| Fault::Damaged("an answer to a disclosure"))
    }

    fn open_message(
        &self,
        _permit: &Permit,
        (id, number): (DisclosureId, u32),
        private: &AtomPrivate,
    ) -> Result<DisclosedContent, Stop> {
        let row = self
            .disclosed_row(id, number)?
            .ok_or_else(no_such_disclosure)?;
        let opened = row.message.open(self.env.floor, self.room, private);
        Ok(opened.map_err(|_| {
            Refusal::new(
                Code::Unfit,
                "this message does not open with the inspectors' key: its sender did not seal it as `disclose` does",
            )
            .hint("it is as it was taken in; acknowledge it, and answer that it cannot be read")
        })?)
    }

    fn open_answer(
        &self,
        _permit: &Permit,
        (id, number): (DisclosureId, u32),
        private: &AtomPrivate,
    ) -> Result<DisclosedContent, Stop> {
        let sealed = self.sealed_reply(id, number)?;
        let opened = sealed.open_copy(self.env.floor, self.room, private);
        Ok(opened.map_err(|_| Fault::Damaged("an answer to a disclosure"))?)
    }

    /// Says to who disclosed that it was received, and brings its messages into the room's own store.
    pub(crate) fn disclosure_acknowledge(
        &self,
        asking: &Asking,
        ask: &DisclosureAcknowledge,
    ) -> Result<DisclosureDone, Stop> {
        let text = ask.request.as_deref();
        let request = asking.request(self.room, text, "disclosure-acknowledge", ask)?;
        let _door = self.door.take();
        let mut state = self.state_mut();
        let person = self.inspecting(asking, &state)?;
        self.not_done_before(asking, &state, request)?;
        let (id, disclosure) = self.named(&state, person, &ask.disclosure)?;
        if disclosure.acknowledged == disclosure.messages.len() {
            return Err(Refusal::new(Code::Conflict, "all of it is acknowledged already").into());
        }
        let mut command = self.command(asking, request);
        let answers = disclosure.answers.len();
        let moved = self.acknowledge(&mut command, id, disclosure, answers)?;
        self.enact_and_free(&mut state, command, asking, &moved)
            .map(|receipt| done(id, receipt))
    }

    /// Writes back to who disclosed. What is not acknowledged yet is, with it.
    pub(crate) fn disclosure_reply(
        &self,
        asking: &Asking,
        ask: &DisclosureReply,
    ) -> Result<DisclosureDone, Stop> {
        let text = ask.request.as_deref();
        let request = asking.request(self.room, text, "disclosure-reply", ask)?;
        let content = reply_content(ask)?;
        let _door = self.door.take();
        let mut state = self.state_mut();
        let person = self.inspecting(asking, &state)?;
        self.not_done_before(asking, &state, request)?;
        let (id, disclosure) = self.named(&state, person, &ask.disclosure)?;
        let first = disclosure.messages.first().ok_or_else(no_such_disclosure)?;
        let row = self.taken_row(id, 1, first.leaf)?;
        let sender = row.message.reply.ok_or_else(no_such_disclosure)?;
        let mut command = self.command(asking, request);
        let mut answers = disclosure.answers.len();
        let mut moved = Vec::new();
        if disclosure.acknowledged < disclosure.messages.len() {
            moved = self.acknowledge(&mut command, id, disclosure, answers)?;
            answers += 1;
        }
        let number = next_answer(answers)?;
        let key = inspectors(&state.atoms).map_err(Fault::Missing)?;
        let mut dice = command.dice.fork();
        let place = (id, number);
        let parties = (&sender, key);
        let sealed = SealedReply::seal(self.suite, self.room, place, parties, &content, &mut dice);
        let sealed = sealed.map_err(|e| Refusal::new(Code::Limit, e.to_string()))?;
        command.event(Act::DisclosureAnswered(DisclosureAnswered {
            disclosure: id,
            number,
            kind: AnswerKind::Replied,
            digest: Some(encode(&sealed.digest()).into()),
        }));
        let row = ReplyRow(encode(&sealed).into());
        command.put_row(kinds::disclosure_reply(id, number), &row);
        self.enact_and_free(&mut state, command, asking, &moved)
            .map(|receipt| done(id, receipt))
    }

    /// The disclosure that an inspector names, by its id or the beginning of it, and which is for him.
    fn named<'s>(
        &self,
        state: &'s State,
        person: &Person,
        text: &str,
    ) -> Result<(DisclosureId, &'s Disclosure), Refusal> {
        let prefix = id::normal_prefix(text)
            .map_err(|e| Refusal::invalid(format!("{} names no disclosure: {e}", echoed(text))))?;
        let now = self.now();
        let mut named = state.disclosures.iter().filter(|(id, disclosure)| {
            id.to_string().starts_with(&prefix) && is_listed(state, disclosure, person, now)
        });
        let found = named.next().ok_or_else(no_such_disclosure)?;
        if named.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!(
                    "{} is the beginning of several disclosures' ids",
                    echoed(text)
                ),
            ));
        }
        if !state.comes_to(found.1, person) {
            return Err(Refusal::new(
                Code::NotAllowed,
                "this disclosure came by a route to other inspectors; you see that it is overdue, and no word of it",
            )
            .hint("ask them; who they are `rules show` says"));
        }
        Ok(found)
    }

    /// Adds an acknowledgement to a command, with the rows of what it acknowledges; gives their keys.
    fn acknowledge(
        &self,
        command: &mut Command<'_>,
        id: DisclosureId,
        disclosure: &Disclosure,
        answers: usize,
    ) -> Result<Vec<Key>, Stop> {
        command.event(Act::DisclosureAnswered(DisclosureAnswered {
            disclosure: id,
            number: next_answer(answers)?,
            kind: AnswerKind::Acknowledged,
            digest: None,
        }));
        let mut moved = Vec::new();
        let Some(spool) = self.spool() else {
            return Ok(moved);
        };
        for number in numbers(disclosure).skip(disclosure.acknowledged) {
            let key = kinds::disclosed(id, number);
            if let Some(covered) = spool.get(key).map_err(spool_fails)? {
                command.put_covered(key, covered);
                moved.push(key);
            }
        }
        Ok(moved)
    }

    /// Does it, and frees the space of what lies in the store now. Should that fail, the next batch does it.
    fn enact_and_free(
        &self,
        state: &mut State,
        command: Command<'_>,
        asking: &Asking,
        moved: &[Key],
    ) -> Result<String, Stop> {
        let receipt = command.last_event().map(|id| id.to_string());
        self.enact(state, command, asking.signer())?;
        if let Some(spool) = self.spool() {
            let _freed_later = moved.iter().try_for_each(|key| spool.remove(*key));
        }
        Ok(receipt.unwrap_or_default())
    }
}

fn done(id: DisclosureId, receipt: String) -> DisclosureDone {
    DisclosureDone {
        id: id.to_string(),
        receipt,
    }
}

fn next_answer(answers: usize) -> Result<u32, Refusal> {
    let number = u32::try_from(answers + 1).unwrap_or(u32::MAX);
    if number > DISCLOSURE_ANSWERS_MAX {
        return Err(Refusal::new(
            Code::Limit,
            "as many answers were given to this disclosure as there can be",
        ));
    }
    Ok(number)
}

/// The disclosures that a listing shows somebody, of which those to which something came last; and how many it leaves
/// out. What is overdue is shown to every inspector, by whichever route it came.
fn newest(state: &State, person: &Person, now: Timestamp) -> (Vec<DisclosureId>, usize) {
    let mut all: Vec<_> = state
        .disclosures
        .iter()
        .filter(|(_, d)| is_listed(state, d, person, now))
        .map(|(id, d)| (d.messages.last().map(|m| m.at), id))
        .collect();
    all.sort_unstable();
    let from = all.len().saturating_sub(DISCLOSURES_SHOWN_MAX);
    (all[from..].iter().map(|(_, id)| *id).collect(), from)
}

fn is_listed(state: &State, disclosure: &Disclosure, person: &Person, now: Timestamp) -> bool {
    let by = || Owed::of(disclosure, state.policy.terms()).by();
    state.comes_to(disclosure, person) || by().is_some_and(|by| by < now)
}

fn reply_content(ask: &DisclosureReply) -> Result<DisclosedContent, Refusal> {
    let mut files = Vec::with_capacity(ask.files.len());
    let mut bytes = ask.text.len();
    for file in &ask.files {
        let content = BASE64
            .decode(file.bytes.as_bytes())
            .map_err(|_| Refusal::invalid("a file of the reply is not in base 64"))?;
        bytes += content.len();
        files.push(DisclosedFile {
            name: file.name.clone(),
            bytes: content,
        });
    }
    if bytes > DISCLOSURE_REPLY_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!("a reply has at most {DISCLOSURE_REPLY_MAX_BYTES} bytes, files included"),
        ));
    }
    let content = DisclosedContent {
        text: ask.text.clone(),
        files,
    };
    content.check().map_err(Refusal::invalid)?;
    Ok(content)
}

fn file_shown(file: &DisclosedFile) -> DisclosureFile {
    DisclosureFile {
        name: file.name.clone(),
        bytes: BASE64.encode(&file.bytes),
    }
}
