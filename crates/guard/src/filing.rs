//! Filing a file: bytes in, receipts out.
//!
//! The stages are types, each of which only the one before can make: drafts, masked, labelled,
//! sealed. Nothing is written before the whole file has passed the first three; from then on it goes
//! in by commits of some dozens of records, each of them whole, so that an interruption leaves whole
//! records only. The next commit is sealed while the one before is on its way to the disk.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::thread;

use strongroom_ingest::Read;
use strongroom_label::Label;
use strongroom_record::event::{Act, Requested, Role, Statement};
use strongroom_record::limits::STATEMENT_MAX_BYTES;
use strongroom_record::portion::Enclosed;
use strongroom_record::{CommandId, Draft, EventId, Stream, encode};
use strongroom_seal::keybox::Purpose;
use strongroom_seal::{Digest, domain, seal_to};

use crate::api::{FiledRow, Filing, FilingDone, Progress};
use crate::command::{Command, Submitted};
use crate::correct::Version;
use crate::enclosed;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core, Guard, IssuedCopy, request_id};
use crate::intake::{InPlace, Intake, nothing_filed};
use crate::kinds;
use crate::label_keys::WrapKeys;
use crate::labelling::{Labelled, LabelledRecord, Rule, label};
use crate::limits::{FILING_CHUNK_BYTES, FILING_CHUNK_RECORDS};
use crate::reading::{join, marking_shown};
use crate::refusal::{Code, Refusal, echoed};
use crate::resuming::{Earlier, filing_digest};
use crate::rows::Frame;
use crate::sealing::{As, FilingKeys, Sealed, seal_frame, seal_record};
use crate::session::{Peer, Token};
use crate::slots::{RecordSlot, TakenSlots};

/// Told how far a filing has come; can stop it.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

impl Guard {
    /// Files a file. `progress` hears of each commit when it is durable, and can stop the filing there.
    ///
    /// # Errors
    /// The session is not valid, the file is unfit or the request malformed, or the room is closed.
    pub fn file(
        &self,
        token: &Token,
        peer: Peer,
        filing: &Filing,
        bytes: &[u8],
        progress: OnProgress<'_>,
    ) -> Result<IssuedCopy, Refusal> {
        self.file_read_by(&InPlace, token, peer, filing, bytes, progress)
    }

    /// The same of a file that `intake` reads.
    ///
    /// # Errors
    /// As [`Guard::file`].
    pub fn file_read_by(
        &self,
        intake: &dyn Intake,
        token: &Token,
        peer: Peer,
        filing: &Filing,
        bytes: &[u8],
        progress: OnProgress<'_>,
    ) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| {
            let asking = core.asking(token, peer)?;
            let answer = core.file(intake, &asking, filing, bytes, progress);
            core.refusals_recorded(&asking, filing.word(), answer)
        })
        .map(|done| IssuedCopy::of(&done))
    }
}

/// One filing, as it was asked for.
struct Job<'a> {
    asking: &'a Asking,
    request: Option<Requested>,
    statement: &'a Statement,
    original: &'a [u8],
    recording: Option<Enclosed>,
    digest: Digest,
    frame: Vec<Vec<u8>>,
}

impl Core {
    fn file(
        &self,
        intake: &dyn Intake,
        asking: &Asking,
        filing: &Filing,
        bytes: &[u8],
        progress: OnProgress<'_>,
    ) -> Result<FilingDone, Stop> {
        let request = match &filing.within {
            Some(path) => Some(self.request_within(asking, path, bytes)?),
            None => request_id(filing.request.as_deref())?,
        };
        let asked = request.map(|id| (asking.session.person, id));
        let _alone = asked.map(|asked| self.under_way.alone(asked));
        let (policy, (rule, statement)) = {
            let state = self.state();
            let person = asking.may(&state, Role::RecordsOfficer)?;
            let (rule, statement) = Refusal::together(
                Rule::read(&state.policy, filing, self.now()),
                statement(&state.policy, filing),
            )?;
            let practice = filing.practice.as_deref();
            let statement = self.citing(&state, person, statement, practice)?;
            (state.policy.clone(), (rule, statement))
        };
        if filing.within.is_some() && (filing.link.is_some() || filing.correction.is_some()) {
            return Err(Refusal::invalid(
                "a file of a folder is neither linked nor a further version of a record; nothing was filed",
            )
            .hint("file it by itself")
            .into());
        }
        if filing.within.is_some()
            && let Some(before) = self.filed_before(asking, request)?
        {
            return Ok(before);
        }
        let read = intake
            .read(&policy, &filing.file, bytes)
            .map_err(nothing_filed)?;
        let Read {
            original, drafts, ..
        } = read;
        let recording = filing.recording.as_ref().map(enclosed::said).transpose()?;
        if recording.is_some() && filing.correction.is_some() {
            return Err(Refusal::invalid(
                "a recording comes with the filing of its record, and stays with it when that is corrected",
            )
            .into());
        }
        if recording.is_some() && drafts.drafts().len() != 1 {
            return Err(Refusal::invalid(
                "a recording is filed with a file of one record, whose transcript it has; nothing was filed",
            )
            .into());
        }
        let frame = frame_pieces(&original, drafts.drafts());
        let count = drafts.drafts().len();
        let masked = strongroom_mask::mask(drafts);
        let labelled = label(&self.state().policy, masked, &rule, self.now())?;
        let digest = filing_digest(filing, &original);
        let asked: [&[u8]; 2] = [b"file", digest.as_bytes()];
        let request = request.map(|id| asking.requested(self.room, id, &asked));
        if let Some(correcting) = &filing.correction {
            let version = Version {
                correcting,
                labelled,
                statement: &statement,
                original: &original,
            };
            return self.correct(asking, request, version);
        }
        let link = match &filing.link {
            Some(link) if count == 1 => Some(self.filed_link(asking, link)?),
            Some(_) => return Err(one_record("a link is of one record", count).into()),
            None => None,
        };
        let earlier = self.earlier(asking, request, &digest)?;
        let job = Job {
            asking,
            request,
            statement: &statement,
            original: &original,
            recording,
            digest,
            frame,
        };
        let mut done = self.file_labelled(&job, labelled, earlier, progress)?;
        if let Some(to) = link
            && done.complete
        {
            done.link = Some(self.link_filed(asking, request, &done.records[0].record, to)?);
        }
        Ok(done)
    }

    fn file_labelled(
        &self,
        job: &Job<'_>,
        labelled: Labelled,
        earlier: Option<Earlier>,
        progress: OnProgress<'_>,
    ) -> Result<FilingDone, Stop> {
        let (asking, request) = (job.asking, job.request);
        let of_records = labelled.records.iter().map(|r| r.label.as_ref());
        let whole = join(of_records).expect("a file has records");
        let of = labelled.records.len();
        let mut records = labelled.records;
        let mut done: Vec<FiledRow> = Vec::with_capacity(of);
        if let Some(earlier) = &earlier {
            let state = self.state();
            done.extend(earlier.rows(&state.policy, records.drain(..earlier.filed.len().min(of))));
        }
        let resumed = done.len();
        let mut answer = FilingDone {
            filing: String::new(),
            complete: false,
            records: Vec::new(),
            resumed,
            below_printed: labelled.below_printed,
            blind: Vec::new(),
            resembling: Vec::new(),
            findings: labelled.findings,
            left_out: labelled.left_out.into_iter().collect(),
            version: None,
            link: None,
        };
        if let Some(earlier) = earlier.as_ref().filter(|e| e.complete) {
            answer.filing = earlier.filing.to_string();
            answer.complete = true;
            answer.records = done;
            return Ok(answer);
        }
        let drafts: Vec<&Draft> = records.iter().map(|record| &record.draft).collect();
        answer.resembling = self.resembling(asking, &drafts)?;
        let mut labels: BTreeSet<Label> = records
            .iter()
            .flat_map(LabelledRecord::labels)
            .cloned()
            .collect();
        labels.insert(whole.clone());
        let mut dice = self.filing_stream(asking, request, resumed);
        let notes = CommandId::random(&mut dice);
        let filing = earlier.map_or(notes, |e| e.filing);
        answer.filing = filing.to_string();
        let wrap = self.wrap_keys(asking, &labels, Purpose::Batch, &mut dice)?;
        let (note_box, inspectors) = self.note_box(&self.state(), notes, &mut dice)?;
        let keys = FilingKeys {
            store: &self.store,
            room: self.room,
            suite: self.suite,
            filing,
            notes,
            file: &labelled.file,
            original: job.original,
            recording: job.recording.as_ref(),
            statement: job.statement,
            inspectors: &inspectors,
        };

        let mut chunks = chunks(records).into_iter().peekable();
        let mut flight: Option<(Submitted, Vec<FiledRow>)> = None;
        let mut first = true;
        while let Some(chunk) = chunks.next() {
            let mut command = self.command_in_part(asking, request, dice.fork());
            if first {
                command.put_row(kinds::note_box(notes), &note_box);
                self.put_digest(job, filing, &mut command)?;
                wrap.new_boxes
                    .iter()
                    .for_each(|b| command.put_row(kinds::key_box(b.id()), b));
                first = false;
            }
            let last = chunks.peek().is_none();
            let mut slots = self.take_slots(chunk.len() + usize::from(last))?;
            let rows = self.seal_chunk(&keys, &wrap, (chunk, &mut slots), &mut command);
            if last {
                let records = done
                    .iter()
                    .chain(flight.iter().flat_map(|(_, r)| r))
                    .chain(&rows);
                let records = records
                    .map(|r| r.record.parse().expect("an id printed here"))
                    .collect();
                let frame = Frame {
                    records,
                    pieces: job.frame.iter().cloned().map(Into::into).collect(),
                };
                let slot = slots.next().flatten();
                put_frame(&keys, &wrap, &whole, (&frame, slot), &mut command);
            }
            let submitted = {
                let state = self.state();
                asking.may(&state, Role::RecordsOfficer)?;
                self.submit(command, asking.signer())
            };
            let before = flight.replace((submitted, rows));
            if let Some(before) = before
                && self.landed(before, &mut done, of, progress)?.is_break()
            {
                break;
            }
        }
        if let Some(last) = flight.take() {
            let _ = self.landed(last, &mut done, of, progress)?;
        }
        let state = self.state();
        answer.complete = done.len() == of;
        answer.records = done;
        let blind = wrap.blind.iter();
        answer.blind = blind.map(|l| marking_shown(&state.policy, l)).collect();
        Ok(answer)
    }

    /// The random stream of a filing. What goes on after an interruption draws anew.
    fn filing_stream(&self, asking: &Asking, request: Option<Requested>, resumed: usize) -> Stream {
        match request {
            Some(Requested { id, .. }) if resumed > 0 => {
                let name = [id.as_bytes().as_slice(), b"resumed", &resumed.to_be_bytes()].concat();
                self.env.entropy.stream(&name)
            }
            _ => self.stream(asking, request),
        }
    }

    /// Keeps what the file was, sealed to its filer alone.
    fn put_digest(
        &self,
        job: &Job<'_>,
        filing: CommandId,
        command: &mut Command<'_>,
    ) -> Result<(), Fault> {
        let state = self.state();
        let filer = state
            .people
            .get(job.asking.session.person)
            .ok_or(Fault::Missing("a person"))?;
        let binding = encode(&(self.room, filing));
        let content = job.digest.as_bytes();
        let sealed = seal_to(
            self.suite,
            filer.keys.kem(),
            domain::FILING,
            &binding,
            content,
            &mut command.dice,
        )
        .map_err(|_| Fault::Damaged("a person's keys are of another suite than the room"))?;
        command.put(kinds::filing(filing), &sealed);
        Ok(())
    }

    /// A chunk is durable: its records exist from now on.
    fn landed(
        &self,
        (submitted, rows): (Submitted, Vec<FiledRow>),
        done: &mut Vec<FiledRow>,
        of: usize,
        progress: OnProgress<'_>,
    ) -> Result<ControlFlow<()>, Fault> {
        let durable = submitted.wait()?;
        durable.apply(&mut self.state_mut())?;
        durable.note(&mut self.trail());
        done.extend(rows);
        Ok(progress(Progress {
            filed: done.len(),
            of,
        }))
    }

    /// Seals a chunk's records side by side and adds them to the command in the order of the file.
    fn seal_chunk(
        &self,
        keys: &FilingKeys<'_>,
        wrap: &WrapKeys,
        (chunk, slots): (Vec<LabelledRecord>, &mut TakenSlots),
        command: &mut Command<'_>,
    ) -> Vec<FiledRow> {
        let state = self.state();
        let banner = |label: &Label| state.policy.banner(label);
        let job = |(record, slot)| (record, slot, command.draw_event_id(), command.dice.fork());
        let jobs: Vec<_> = chunk.into_iter().zip(slots).map(job).collect();
        let seal = |(record, slot, event, mut dice): (_, _, EventId, Stream)| {
            seal_record(keys, record, (As::New, slot), wrap, event, &mut dice)
        };
        side_by_side(jobs, seal)
            .into_iter()
            .map(|sealed: Sealed| {
                sealed
                    .rows
                    .into_iter()
                    .for_each(|(key, row)| command.put_covered(key, row));
                command.event_as(sealed.event, sealed.act, sealed.statements);
                FiledRow {
                    source: sealed.source,
                    record: sealed.record.to_string(),
                    banner: banner(&sealed.label),
                    receipt: sealed.event.to_string(),
                }
            })
            .collect()
    }
}

fn put_frame(
    keys: &FilingKeys<'_>,
    wrap: &WrapKeys,
    whole: &Label,
    (frame, slot): (&Frame, Option<RecordSlot>),
    command: &mut Command<'_>,
) {
    let event = command.draw_event_id();
    let mut dice = command.dice.fork();
    let (act, rows): (Act, _) = seal_frame(
        keys,
        (&encode(frame), slot),
        whole,
        &wrap.keys[whole],
        event,
        &mut dice,
    );
    rows.into_iter()
        .for_each(|(key, row)| command.put_covered(key, row));
    command.event_as(event, act, Vec::new());
}

/// Runs the same work on all items on every core, and keeps their order.
pub(crate) fn side_by_side<T: Send, U: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> U + Sync,
) -> Vec<U> {
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(items.len().max(1));
    let size = items.len().div_ceil(threads).max(1);
    let mut parts: Vec<Vec<T>> = Vec::with_capacity(threads);
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        parts.push(items.by_ref().take(size).collect());
    }
    let work = &work;
    thread::scope(|scope| {
        let rest: Vec<_> = parts
            .drain(1.min(parts.len())..)
            .map(|part| scope.spawn(move || part.into_iter().map(work).collect::<Vec<U>>()))
            .collect();
        let mut out: Vec<U> = parts.into_iter().flatten().map(work).collect();
        for part in rest {
            out.extend(part.join().expect("sealing does not panic"));
        }
        out
    })
}

/// Parts of a file that are committed together.
fn chunks(records: Vec<LabelledRecord>) -> Vec<Vec<LabelledRecord>> {
    let mut out: Vec<Vec<LabelledRecord>> = Vec::new();
    let mut bytes = usize::MAX;
    for record in records {
        let size = record.draft.slice.len();
        if bytes.saturating_add(size) > FILING_CHUNK_BYTES
            || out.last().is_none_or(|c| c.len() >= FILING_CHUNK_RECORDS)
        {
            out.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        out.last_mut().expect("just made").push(record);
    }
    out
}

/// The bytes before, between and behind the records.
fn frame_pieces(original: &[u8], drafts: &[strongroom_record::Draft]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::with_capacity(drafts.len() + 1);
    let mut from = 0;
    for draft in drafts {
        pieces.push(original[from..draft.slice.start].to_vec());
        from = draft.slice.end;
    }
    pieces.push(original[from..].to_vec());
    pieces
}

/// Something is asked of a file that holds another number of records than one.
pub(crate) fn one_record(what: &str, count: usize) -> Refusal {
    Refusal::new(
        Code::Unfit,
        format!("{what}, and this file holds {count}; nothing was filed"),
    )
    .hint("file it by itself, in a file of its own")
}

/// The statement that goes with an act, checked against the policy and the limits.
fn statement(policy: &strongroom_label::Policy, filing: &Filing) -> Result<Statement, Refusal> {
    checked_statement(
        policy,
        Statement {
            reason: filing.reason.clone(),
            authority: filing.authority.clone(),
            because: filing.because.clone(),
            from_system: filing.from_system.clone(),
            already_held_by: filing.already_held_by.clone(),
            override_because: filing.override_because.clone(),
            practice: None,
        },
    )
}

/// Checks a statement: a reason that the policy lists, and words for authority and need.
pub(crate) fn checked_statement(
    policy: &strongroom_label::Policy,
    statement: Statement,
) -> Result<Statement, Refusal> {
    if policy.reason(&statement.reason).is_none() {
        let known: Vec<String> = policy
            .reasons()
            .iter()
            .map(|r| format!("{}: {}", r.code(), r.description()))
            .collect();
        return Err(Refusal::invalid(format!(
            "the policy has no reason {}",
            echoed(&statement.reason)
        ))
        .hint("give one of the policy's reasons")
        .details(known));
    }
    let overrides = &statement.override_because;
    if overrides.as_ref().is_some_and(|t| t.trim().is_empty()) {
        return Err(Refusal::invalid(
            "the reason for overriding (--override) is words, not blanks",
        ));
    }
    let texts = [&statement.authority, &statement.because];
    if texts.iter().any(|t| t.trim().is_empty()) {
        return Err(Refusal::invalid(
            "authority and need (--authority, --because) are words, not blanks",
        ));
    }
    let longest = statement
        .already_held_by
        .iter()
        .chain(&statement.from_system)
        .chain(&statement.override_because)
        .chain(texts)
        .map(String::len)
        .max();
    if longest.is_some_and(|l| l > STATEMENT_MAX_BYTES) {
        return Err(Refusal::new(
            Code::Limit,
            format!("a statement has at most {STATEMENT_MAX_BYTES} bytes"),
        ));
    }
    Ok(statement)
}
