//! Files beside a record: attachments that came with it, and its recording.
//!
//! An attachment is one value, sealed in the filing of its record under the record's label. A recording comes piece by
//! piece right after the filing, from whoever filed the record, each piece a value under the label that the record's
//! original bears by then: so nobody's memory holds it, an interrupted one goes on, and a record that rose meanwhile
//! has no recording below it. What each is called, and its digest, are header fields.
//!
//! Both rise with any part of the record, as the original does. They are given out to whoever may see all of it,
//! and to nobody else are they there.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use strongroom_label::Label;
use strongroom_record::event::{Act, Holds, RecordingFiled, Role};
use strongroom_record::limits::{
    ATTACHMENT_NAME_MAX_BYTES, MEDIA_TYPE_MAX_BYTES, RECORDING_MAX_BYTES, RECORDING_PIECE_BYTES,
    RECORDING_PIECES_AT_ONCE_MAX, RECORDING_PIECES_MAX,
};
use strongroom_record::portion::Enclosed;
use strongroom_record::{DraftAttachment, RecordId};
use strongroom_seal::FileDigest;
use strongroom_seal::keybox::Purpose;

use crate::api::{EnclosedFile, PieceQuery, PieceShown, RecordingAsk, RecordingTaken};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core, Guard, IssuedCopy};
use crate::kinds;
use crate::label_keys::{WrapKeys, make_box};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};
use crate::sealing::{FIRST_VERSION, PieceKeys, seal_pieces};
use crate::session::{Peer, Token};
use crate::state::{Group, Person, RecordState, State};
use crate::versions::Edition;

impl Guard {
    /// Takes the next pieces of a recording, from whoever filed its record.
    ///
    /// # Errors
    /// The session is not valid, it is no record of the asker's filing, the pieces do not follow those that are in, or
    /// the room is closed.
    pub fn recording(
        &self,
        token: &Token,
        peer: Peer,
        ask: &RecordingAsk,
        bytes: &[u8],
    ) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| {
            let asking = core.asking(token, peer)?;
            let answer = core.recording(&asking, ask, bytes);
            core.refusals_recorded(&asking, "recording", answer)
        })
        .map(|taken| IssuedCopy::of(&taken))
    }
}

impl Core {
    fn recording(
        &self,
        asking: &Asking,
        ask: &RecordingAsk,
        bytes: &[u8],
    ) -> Result<RecordingTaken, Stop> {
        asking.may(&self.state(), Role::RecordsOfficer)?;
        let id: RecordId = ask.record.parse().map_err(|_| no_such_filing())?;
        let taken = |record: &RecordState, receipt| RecordingTaken {
            record: id.to_string(),
            pieces: record.recordings(),
            whole: record.recorded,
            receipt,
        };
        {
            let state = self.state();
            let record = Self::filed_by(asking, &state, id)?;
            if bytes.is_empty() {
                return Ok(taken(record, None));
            }
        }
        // Nobody raises the record between the look at its label and the pieces under it.
        let mut state = self.state_mut();
        let record = Self::filed_by(asking, &state, id)?;
        check_pieces(record, ask, bytes)?;
        let label = present(&state, record).ok_or(Fault::Missing("a record's original"))?;
        let slot = self.store.slot_of(record)?;
        let mut command = self.command(asking, None);
        let wrap = match record.withdrawn {
            None => {
                let labels = [label.clone()].into();
                self.wrap_keys_now(asking, &state, &labels, Purpose::Batch, &mut command.dice)?
            }
            // Whoever filed it blind is not told, and what comes in goes where the rest lies.
            Some(_) => {
                let (at, dice) = ((self.room, self.suite), &mut command.dice);
                let (key_box, key) = make_box(&state, at, &label, Purpose::Withdrawal, dice)?;
                WrapKeys {
                    keys: [(label.clone(), Arc::new(key))].into(),
                    new_boxes: vec![key_box],
                    blind: BTreeSet::new(),
                }
            }
        };
        wrap.new_boxes
            .iter()
            .for_each(|b| command.put_row(kinds::key_box(b.id()), b));
        let event = command.draw_event_id();
        let keys = PieceKeys {
            store: &self.store,
            room: self.room,
            suite: self.suite,
            record: id,
            version: FIRST_VERSION,
            event,
            slot,
        };
        let mut dice = command.dice.fork();
        let pieces = bytes.chunks(RECORDING_PIECE_BYTES);
        let (groups, rows) = seal_pieces(keys, &label, &wrap, pieces, &mut dice);
        rows.into_iter()
            .for_each(|(key, row)| command.put_covered(key, row));
        let act = Act::RecordingFiled(RecordingFiled {
            record: id,
            first: ask.first,
            groups,
            last: ask.last,
        });
        command.event_as(event, act, Vec::new());
        self.enact(&mut state, command, asking.signer())?;
        let record = state.records.get(id).expect("it was there");
        Ok(taken(record, Some(event.to_string())))
    }

    /// A record that the asker filed. Of any other nothing is told, nor that it was withdrawn to who cannot see it.
    fn filed_by<'s>(
        asking: &Asking,
        state: &'s State,
        id: RecordId,
    ) -> Result<&'s RecordState, Stop> {
        let record = state.records.get(id);
        let record = record.filter(|r| !r.frame && r.destroyed.is_none());
        let Some(record) = record else {
            return Err(no_such_filing().into());
        };
        if record.filer != Some(asking.session.person) {
            return Err(no_such_filing().into());
        }
        let person = asking.active(state)?;
        let sees = record.exists_for(&state.labels, &person.bits);
        #[cfg(feature = "planted-leaks")]
        let sees = sees || crate::planted::is(crate::planted::Leak::WithdrawnToFiler);
        if record.withdrawn.is_some() && sees {
            return Err(Refusal::withdrawn().into());
        }
        Ok(record)
    }

    /// Gives out a piece of a file beside a record.
    pub(crate) fn piece(&self, asking: &Asking, ask: &PieceQuery) -> Result<PieceShown, Stop> {
        let (record, fetched, pieces, whole, under_way, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let record = self.standing(&state, person, &ask.record)?;
            let (group, pieces, whole) = named(&state, person, record, ask)?;
            let fetched = self.fetch(asking, &state, record, group)?;
            let mut command = self.command(asking, None);
            command.event(Act::Opened {
                record: record.id,
                portions: group.portions.clone(),
                original: false,
            });
            let under_way = self.in_flight.begin(record.id);
            let submitted = self.submit(command, None);
            (record.id, fetched, pieces, whole, under_way, submitted)
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        drop(under_way);
        let permit = Permit::of(&durable);
        let opened = self.open(&permit, &fetched)?;
        let bytes = opened.first().ok_or(Fault::Damaged("a piece is empty"))?;
        let copy = *durable.events()[0].id.as_bytes();
        self.take_over(asking, &copy, std::iter::once(&fetched))?;
        let state = self.state();
        Ok(PieceShown {
            record: record.to_string(),
            copy: durable.events()[0].id.to_string(),
            reader: state.people.name_of(Some(asking.session.person)),
            at: durable.at().to_string(),
            banner: state.policy.banner(&fetched.label),
            pieces,
            whole,
            bytes: BASE64.encode(bytes.plain.expose()),
        })
    }
}

/// The label that the whole of a record bears now: that of its original.
fn present(state: &State, record: &RecordState) -> Option<Label> {
    let mut groups = record.groups.iter();
    let original = groups.find(|g| g.version == FIRST_VERSION && g.holds == Holds::Original)?;
    Some(state.labels.get(original.label).as_ref().clone())
}

/// The group that a query names, of how many, and whether none is missing.
fn named<'r>(
    state: &State,
    person: &Person,
    record: &'r RecordState,
    ask: &PieceQuery,
) -> Result<(&'r Group, u32, bool), Refusal> {
    let admitted = |g: &&Group| state.labels.admits(&person.bits, g.label);
    let holding = |holds| record.groups.iter().filter(move |g| g.holds == holds);
    match ask.attachment {
        Some(n) => {
            let edition = Edition::of(state, person, record, ask.version)?;
            let of_version = |g: &&Group| g.version == edition.number;
            let at = n.checked_sub(1).filter(|_| ask.piece == 0);
            let group = at.and_then(|at| holding(Holds::Attachment).filter(of_version).nth(at));
            #[cfg(feature = "planted-leaks")]
            crate::planted::attached(group.is_some_and(|g| !admitted(&g)))?;
            let group = group.filter(admitted).ok_or_else(|| {
                none(format!(
                    "there is no attachment {n} of this record in your view"
                ))
            })?;
            Ok((group, 1, true))
        }
        None => {
            let at = usize::try_from(ask.piece).unwrap_or(usize::MAX);
            #[cfg(feature = "planted-leaks")]
            crate::planted::recorded(
                holding(Holds::Recording)
                    .next()
                    .is_some_and(|g| !admitted(&g)),
            )?;
            let first = holding(Holds::Recording).next().filter(admitted);
            let group = holding(Holds::Recording).nth(at).filter(admitted);
            match (first, group) {
                (Some(_), Some(group)) => Ok((group, record.recordings(), record.recorded)),
                (Some(_), None) => Err(none(format!(
                    "the recording has no piece {} in your view",
                    ask.piece
                ))),
                (None, _) => Err(none(
                    "there is no recording of this record in your view".to_owned(),
                )),
            }
        }
    }
}

fn none(message: String) -> Refusal {
    Refusal::new(Code::NotFound, message).hint(
        "`read` shows what came with it; attachments and recording bear the highest label that any part of the record ever got",
    )
}

fn no_such_filing() -> Refusal {
    Refusal::new(Code::NotFound, "you filed no such record")
        .hint("a recording is filed by who filed its record; `receipt` lists what you filed")
}

/// Whether pieces follow those that are in.
fn check_pieces(record: &RecordState, ask: &RecordingAsk, bytes: &[u8]) -> Result<(), Refusal> {
    let there = record.recordings();
    if record.recorded || ask.first != there {
        let whole = if record.recorded { ", all of it" } else { "" };
        return Err(Refusal::new(
            Code::Conflict,
            format!(
                "the room has {there} pieces of this recording{whole}, and these would follow {}",
                ask.first
            ),
        )
        .hint("ask how many there are, and go on behind them"));
    }
    let full = bytes.len().is_multiple_of(RECORDING_PIECE_BYTES);
    if !full && !ask.last {
        return Err(Refusal::invalid(format!(
            "each piece of a recording but the last has {RECORDING_PIECE_BYTES} bytes"
        )));
    }
    let pieces = bytes.len().div_ceil(RECORDING_PIECE_BYTES);
    let all = u32::try_from(pieces).map_or(u32::MAX, |pieces| there.saturating_add(pieces));
    if pieces > RECORDING_PIECES_AT_ONCE_MAX || all > RECORDING_PIECES_MAX {
        return Err(Refusal::new(
            Code::Limit,
            format!(
                "at most {RECORDING_PIECES_AT_ONCE_MAX} pieces are taken at once, and {RECORDING_MAX_BYTES} bytes in all"
            ),
        ));
    }
    Ok(())
}

/// What is said of a recording, if it can be said of one.
pub(crate) fn said(file: &EnclosedFile) -> Result<Enclosed, Refusal> {
    let (name, media_type) = (&file.name, &file.media_type);
    let named = !name.is_empty()
        && name.len() <= ATTACHMENT_NAME_MAX_BYTES
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    let typed = media_type.len() <= MEDIA_TYPE_MAX_BYTES
        && media_type
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase());
    let digest = HEXLOWER.decode(file.sha256.as_bytes()).ok();
    let digest = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok());
    let (Some(digest), true, true) = (digest, named, typed) else {
        return Err(Refusal::invalid(
            "a recording has a name without a folder, a media type in lower case, and a SHA-256 of 64 digits",
        ));
    };
    if file.bytes == 0 || file.bytes > RECORDING_MAX_BYTES {
        return Err(Refusal::new(
            Code::Limit,
            format!("a recording has between 1 and {RECORDING_MAX_BYTES} bytes"),
        ));
    }
    Ok(Enclosed {
        name: name.clone(),
        media_type: media_type.clone(),
        bytes: file.bytes,
        digest,
    })
}

/// What is said of attachments.
pub(crate) fn of_attachments(attachments: &[DraftAttachment]) -> Vec<Enclosed> {
    let said = |file: &DraftAttachment| Enclosed {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
        digest: FileDigest::of(&file.bytes),
    };
    attachments.iter().map(said).collect()
}

/// The same as a view shows it.
pub(crate) fn shown(file: &Enclosed) -> EnclosedFile {
    EnclosedFile {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
        sha256: HEXLOWER.encode(&file.digest),
    }
}
