//! Going on with a filing that was interrupted.
//!
//! A filing that stopped has some of its file's records in the room. The same request with the same
//! file goes on behind them; with another file, or other options, it is refused. What the file was is
//! kept as a digest that only its filer opens: to anyone else it would tell who filed a file they have.
//!
//! A file of a folder needs no request id of the filer's keeping: it follows from the file and its path under the filer's
//! own keys ([`Core::request_within`]), so that who files the folder again gets the receipts of what is in, and files
//! what is not.

use strongroom_label::Policy;
use strongroom_record::event::{Act, Requested};
use strongroom_record::limits::HEADER_VALUE_MAX_BYTES;
use strongroom_record::{CommandId, EventId, RecordId, RequestId, encode};
use strongroom_seal::{Digest, digest, domain};

use crate::api::{FiledRow, Filing, FilingDone};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::labelling::LabelledRecord;
use crate::reading::join;
use crate::refusal::{Code, Refusal};

/// What an earlier try of a filing left.
pub(crate) struct Earlier {
    pub(crate) filing: CommandId,
    /// The records that are in, in the order of the file, each with its event.
    pub(crate) filed: Vec<(RecordId, EventId)>,
    /// The frame is in too: nothing is missing.
    pub(crate) complete: bool,
}

impl Earlier {
    /// Rows for the records that are in, from what the file says of them.
    pub(crate) fn rows(
        &self,
        policy: &Policy,
        records: impl Iterator<Item = LabelledRecord>,
    ) -> Vec<FiledRow> {
        self.filed
            .iter()
            .zip(records)
            .map(|((record, event), labelled)| FiledRow {
                source: labelled.draft.id,
                record: record.to_string(),
                banner: policy.banner(&labelled.label),
                receipt: event.to_string(),
            })
            .collect()
    }
}

impl Core {
    /// The request id of a file by its path within a folder and its bytes. It is the same for the same person alone,
    /// and without that person's keys tells nothing of the file.
    ///
    /// # Errors
    /// The path is longer than any that is taken.
    pub(crate) fn request_within(
        &self,
        asking: &Asking,
        path: &str,
        bytes: &[u8],
    ) -> Result<RequestId, Refusal> {
        if path.len() > HEADER_VALUE_MAX_BYTES {
            return Err(Refusal::new(
                Code::Limit,
                format!("a path within a folder has at most {HEADER_VALUE_MAX_BYTES} bytes"),
            ));
        }
        let parts: [&[u8]; 3] = [b"within", path.as_bytes(), bytes];
        #[cfg(feature = "planted-leaks")]
        if let Some(id) = crate::planted::within(&parts) {
            return Ok(id);
        }
        let mark = asking.session.keyring.keys().mark(self.room, &parts);
        let id = mark.first_chunk().expect("a mark is longer than an id");
        Ok(RequestId::from_bytes(*id))
    }

    /// The receipts of a file that is in whole, as its events have them: it need not be read again, and what was said of it
    /// then stands.
    pub(crate) fn filed_before(
        &self,
        asking: &Asking,
        request: Option<RequestId>,
    ) -> Result<Option<FilingDone>, Stop> {
        let events: Vec<EventId> = {
            let state = self.state();
            let done = request.and_then(|id| state.requests.get(&(asking.session.person, id)));
            #[cfg(feature = "planted-leaks")]
            let done = done.or_else(|| crate::planted::done_by_others(&state, request));
            done.cloned().unwrap_or_default()
        };
        let mut records = Vec::with_capacity(events.len());
        let mut whole = None;
        for id in events {
            match self.stored_event(id)?.act {
                Act::Filed(filed) => {
                    let label = join(filed.groups.iter().map(|group| &group.label));
                    let label = label.ok_or(Fault::Missing("a record's groups"))?;
                    records.push(FiledRow {
                        source: String::new(),
                        record: filed.record.to_string(),
                        banner: self.state().policy.banner(&label),
                        receipt: id.to_string(),
                    });
                }
                Act::FrameFiled { filing, .. } => whole = Some(filing),
                _ => {}
            }
        }
        Ok(whole.map(|filing| FilingDone {
            filing: filing.to_string(),
            complete: true,
            resumed: records.len(),
            records,
            below_printed: Vec::new(),
            blind: Vec::new(),
            resembling: Vec::new(),
            findings: Vec::new(),
            left_out: Vec::new(),
            version: None,
            link: None,
        }))
    }

    /// What an earlier try of this request filed; none if there was none.
    ///
    /// # Errors
    /// The request id belongs to another act, to another file or to other options.
    pub(crate) fn earlier(
        &self,
        asking: &Asking,
        request: Option<Requested>,
        file: &Digest,
    ) -> Result<Option<Earlier>, Stop> {
        let events: Vec<EventId> = {
            let state = self.state();
            let done = request.and_then(|r| state.requests.get(&(asking.session.person, r.id)));
            done.cloned().unwrap_or_default()
        };
        let mut filing = None;
        let mut earlier = Vec::with_capacity(events.len());
        let mut complete = false;
        for id in &events {
            match self.stored_event(*id)?.act {
                Act::Filed(filed) => {
                    filing = Some(filed.filing);
                    earlier.push((filed.record, *id));
                }
                Act::FrameFiled { .. } => complete = true,
                _ => {}
            }
        }
        let Some(filing) = filing else {
            return if events.is_empty() {
                Ok(None)
            } else {
                Err(Refusal::other_request().into())
            };
        };
        let sealed = self
            .store
            .get(kinds::filing(filing), "the digest of a filed file")?;
        let binding = encode(&(self.room, filing));
        let keys = asking.session.keyring.keys();
        let known = keys
            .kem
            .open(self.env.floor, domain::FILING, &binding, sealed.expose())
            .map_err(|_| {
                Fault::Damaged("the digest of a filed file does not open for its filer")
            })?;
        if known.expose() != file.as_bytes() {
            return Err(Refusal::new(Code::Conflict, "this request id belongs to the filing of another file, or with other options; nothing was filed")
                .hint("a retry takes the same file and the same options; another file takes a request id of its own")
                .into());
        }
        Ok(Some(Earlier {
            filing,
            filed: earlier,
            complete,
        }))
    }
}

/// What a retry must have in common with the first try: the file, how its labels come about, and what was said of
/// the filing.
pub(crate) fn filing_digest(filing: &Filing, original: &[u8]) -> Digest {
    let options = encode(&(
        &filing.file,
        &filing.marking,
        &filing.unmarked_as,
        &filing.unknown_as,
        (&filing.reason, &filing.authority, &filing.because),
        (&filing.from_system, &filing.already_held_by),
    ));
    // Said of few files; of all others the digest is what it was before these could be said.
    let judged = &filing.judged;
    let mut said = match (&filing.caution, &filing.override_because) {
        (None, None) if judged.is_empty() => Vec::new(),
        (caution, overrides) => encode(&(
            caution,
            (&judged.grade, &judged.likelihood, &judged.confidence),
            overrides,
        )),
    };
    if let Some(practice) = &filing.practice {
        said.extend(encode(&("practice", practice)));
    }
    if let Some(c) = &filing.correction {
        said.extend(encode(&(&c.record, &c.listened, &c.changed, &c.produced)));
    }
    if let Some(link) = &filing.link {
        said.extend(encode(&(&link.kind, &link.to, &link.portion)));
    }
    if let Some(file) = &filing.recording {
        said.extend(encode(&(
            &file.name,
            &file.media_type,
            file.bytes,
            &file.sha256,
        )));
    }
    let (schedule, declassify) = (&filing.schedule, &filing.declassify_on);
    if schedule.is_some() || declassify.is_some() || filing.downgrade.is_some() {
        let downgrade = filing.downgrade.as_ref().map(|d| (&d.on, &d.to));
        said.extend(encode(&(schedule, declassify, downgrade)));
    }
    digest(
        domain::FILING_DIGEST,
        &[original, &[options, said].concat()],
    )
}
