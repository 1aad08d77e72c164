//! A receipt in either of its forms: the proof alone, or with what is shown of its event.
//!
//! Whatever such a file says is either proven to be of the event that the ledger took in, or named as
//! wrong: a name that no field has, a key that no receipt has, words beside the fields that no field
//! bears out. Nothing in it is passed over.

use std::collections::BTreeMap;
use std::path::Path;

use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use strongroom_guard::api::ReceiptShown;
use strongroom_record::decode;
use strongroom_record::event::{Act, FieldTag as Tag};
use strongroom_record::id::RecordId;
use strongroom_tlog::commit::{Commitment, FieldTag, Salt, SignatureCommitment};
use strongroom_tlog::receipt::{Acceptance, MAX_RECEIPT_BYTES, Receipt};
use strongroom_tlog::verify::{self, Check, EventField, EventShown, Finding, Report, Standing};

use crate::fields::worded;
use crate::files;
use crate::outcome::Failure;

use super::unfit;

/// The longest receipt with fields: of a filing of the most portions, whose tree is one field.
pub(crate) const MAX_SHOWN_BYTES: usize = 64 << 20;

/// A receipt that was read.
pub(crate) struct Given {
    /// The proof from the ledger.
    pub(crate) receipt: Receipt,
    shown: Option<Shown>,
}

/// What is shown of the event, and what is said of it besides.
struct Shown {
    said: Said,
    event: EventShown,
}

/// The keys of an object that it should not have; of their values nothing is read.
type Unknown = BTreeMap<String, IgnoredAny>;

/// The object of `receipt ID --json`, as docs/format/ledger.md has it.
#[derive(Deserialize)]
struct Said {
    #[serde(default, deserialize_with = "present")]
    id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    at: Option<String>,
    #[serde(default, deserialize_with = "present")]
    what: Option<String>,
    #[serde(default, deserialize_with = "present")]
    record: Option<String>,
    fields: Vec<SaidField>,
    sealed: Vec<String>,
    log: SaidLog,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Deserialize)]
struct SaidField {
    tag: u16,
    name: String,
    commitment: String,
    #[serde(default, deserialize_with = "present")]
    salt: Option<String>,
    #[serde(default, deserialize_with = "present")]
    value: Option<String>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Deserialize)]
struct SaidLog {
    entry: String,
    index: u64,
    signature: String,
    proof: String,
    #[serde(flatten)]
    unknown: Unknown,
}

/// What stands there: a null is not a key left out.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// Reads a receipt.
pub(super) fn read(file: &Path) -> Result<Given, Failure> {
    let bytes = files::read_bounded(file, MAX_SHOWN_BYTES)?;
    let receipt = |bytes: &[u8]| {
        Receipt::from_bytes(bytes).map_err(|e| {
            unfit(file, e.to_string())
                .hint("it should be what `receipt ID --proof` or `receipt ID --json` printed")
        })
    };
    if bytes.first() != Some(&b'{') {
        let bytes = &bytes[..bytes.len().min(MAX_RECEIPT_BYTES + 1)];
        return Ok(Given {
            receipt: receipt(bytes)?,
            shown: None,
        });
    }
    let said: Said = serde_json::from_slice(&bytes)
        .map_err(|e| unfit(file, format!("it is no receipt as JSON: {e}")))?;
    let event = event_of(&said).map_err(|why| unfit(file, why))?;
    Ok(Given {
        receipt: receipt(said.log.proof.as_bytes())?,
        shown: Some(Shown { said, event }),
    })
}

/// What a guard says of an event, with its proof.
///
/// # Errors
/// It is not well-formed.
pub(crate) fn of(said: &ReceiptShown) -> Result<Given, String> {
    let said = serde_json::to_value(said).and_then(serde_json::from_value::<Said>);
    let said = said.map_err(|e| e.to_string())?;
    let event = event_of(&said)?;
    let receipt = Receipt::from_bytes(said.log.proof.as_bytes()).map_err(|e| e.to_string())?;
    Ok(Given {
        receipt,
        shown: Some(Shown { said, event }),
    })
}

/// The fields as the ledger's formats have them.
fn event_of(said: &Said) -> Result<EventShown, String> {
    let clear = said.fields.iter().map(|field| {
        let named = |what: &str| format!("the {what} of field {}", field.tag);
        let opened = match (&field.salt, &field.value) {
            (None, None) => None,
            (Some(salt), Some(value)) => {
                let salt = Salt::new(digest(salt, &named("salt"))?);
                Some((salt, bytes(value, &named("value"))?))
            }
            _ => {
                return Err(format!(
                    "field {} has a salt or a value and not both",
                    field.tag
                ));
            }
        };
        Ok(EventField {
            tag: FieldTag::new(field.tag),
            commitment: Commitment::from_bytes(digest(&field.commitment, &named("commitment"))?),
            opened,
        })
    });
    let sealed = said
        .sealed
        .iter()
        .zip(Tag::FIRST_SEALED..)
        .map(|(text, tag)| {
            let commitment = digest(text, &format!("the commitment of field {tag}"))?;
            Ok(EventField {
                tag: FieldTag::new(tag),
                commitment: Commitment::from_bytes(commitment),
                opened: None,
            })
        });
    let signature = digest(&said.log.signature, "the signature commitment")?;
    Ok(EventShown {
        fields: clear.chain(sealed).collect::<Result<_, String>>()?,
        signature: SignatureCommitment::from_bytes(signature),
    })
}

fn bytes(hex: &str, what: &str) -> Result<Vec<u8>, String> {
    HEXLOWER
        .decode(hex.as_bytes())
        .map_err(|_| format!("{what} is not in lower-case hexadecimal"))
}

fn digest(hex: &str, what: &str) -> Result<[u8; 32], String> {
    let bytes = bytes(hex, what)?;
    bytes
        .try_into()
        .map_err(|_| format!("{what} is not 32 bytes"))
}

impl Given {
    /// The value of a field, if it is opened.
    pub(crate) fn opened(&self, tag: Tag) -> Option<&[u8]> {
        let mut fields = self.shown.as_ref()?.event.fields.iter();
        let field = fields.find(|field| field.tag.get() == tag as u16)?;
        field.opened.as_ref().map(|(_, value)| value.as_slice())
    }

    /// What an opened field says, in its own type. It counts for what [`Given::check`] says of it.
    pub(crate) fn value<T: Encode<()> + for<'b> Decode<'b, ()>>(&self, tag: Tag) -> Option<T> {
        decode(self.opened(tag)?).ok()
    }

    /// Checks what is shown against the entry, and what is said besides against what is shown.
    pub(crate) fn check(&self, accepted: &Acceptance, report: &mut Report) {
        let Some(Shown { said, event }) = &self.shown else {
            report.push(line(
                Standing::Open,
                None,
                "that an entry stands in the ledger is all that this shows: not whose it is, nor what it \
                 says, so it may be anyone's. `receipt ID --json` shows the fields of its event",
            ));
            return;
        };
        report.extend(verify::event(accepted, event));
        said.check_form(report);
        let proven = verify::proven(accepted, event);
        let value_of = |tag: Tag| {
            let of = proven.iter().find(|field| field.tag.get() == tag as u16)?;
            of.opened.as_ref().map(|(_, value)| value.as_slice())
        };
        for tag in Tag::ALL {
            if is_opened(event, tag) {
                report.push(field_line(tag, value_of(tag), accepted));
            }
        }
        for contradiction in contradictions(value_of) {
            report.push(contradiction);
        }
        for (name, tag, says) in [
            ("id", Tag::Id, &said.id),
            ("at", Tag::At, &said.at),
            ("what", Tag::Kind, &said.what),
            ("record", Tag::Record, &said.record),
        ] {
            let Some(says) = says else { continue };
            let told = value_of(tag).and_then(|value| worded(tag, value));
            if told.as_ref() != Some(says) {
                report.push(wrong(
                    name,
                    "no field of the event says so: it was altered, or its field is not shown",
                ));
            }
        }
        let entry = HEXLOWER.encode(&accepted.entry.to_bytes());
        if said.log.entry != entry || said.log.index != accepted.index.get() {
            report.push(wrong(
                "log",
                "the entry or place beside the proof is not the proof's",
            ));
        }
    }
}

impl Said {
    /// Names what no receipt has: other keys, and fields of other names than events have.
    fn check_form(&self, report: &mut Report) {
        let in_fields = self.fields.iter().enumerate().flat_map(|(place, field)| {
            let keys = field.unknown.keys();
            keys.map(move |key| format!("fields[{place}].{key}"))
        });
        let unknown = self
            .unknown
            .keys()
            .cloned()
            .chain(in_fields)
            .chain(self.log.unknown.keys().map(|key| format!("log.{key}")));
        for place in unknown.take(verify::MAX_FAILURES) {
            report.push(wrong(
                &place,
                "no receipt has such a key, and nothing vouches for what it says",
            ));
        }
        if self.fields.len() != Tag::ALL.len() {
            report.push(wrong(
                "fields",
                &format!(
                    "an event has {} fields that are not sealed, and here are {}",
                    Tag::ALL.len(),
                    self.fields.len()
                ),
            ));
        }
        for (place, (field, tag)) in self.fields.iter().zip(Tag::ALL).enumerate() {
            if field.tag != tag as u16 || field.name != tag.name() {
                report.push(wrong(
                    &format!("fields[{place}]"),
                    &format!(
                        "here is the field {} of tag {}, and this one calls itself {:?} of tag {}",
                        tag.name(),
                        tag as u16,
                        field.name,
                        field.tag
                    ),
                ));
            }
        }
    }
}

fn is_opened(event: &EventShown, tag: Tag) -> bool {
    let mut fields = event.fields.iter();
    fields.any(|field| field.tag.get() == tag as u16 && field.opened.is_some())
}

/// What one opened field says, if it is the event's; `None` if it is not shown to be.
fn field_line(tag: Tag, value: Option<&[u8]>, accepted: &Acceptance) -> Finding {
    let Some(value) = value else {
        return wrong(tag.name(), "it is not shown to be of this event");
    };
    match worded(tag, value) {
        None => wrong(tag.name(), "its value is not one that such a field has"),
        Some(room) if tag == Tag::Room && !is_of_room(accepted, &room) => wrong(
            tag.name(),
            "it is the event of another room than this ledger's",
        ),
        Some(says) => line(Standing::Holds, Some(tag.name()), &says),
    }
}

/// Whether the log is the one of a room, in whatever generation.
fn is_of_room(accepted: &Acceptance, room: &str) -> bool {
    let mut parts = accepted.checkpoint.origin().as_str().split('/').skip(1);
    parts.next() == Some(room)
}

/// Where the fields of one event say two things: its word and its record both follow from its act.
fn contradictions<'v>(value_of: impl Fn(Tag) -> Option<&'v [u8]>) -> Vec<Finding> {
    let Some(act) = value_of(Tag::Act).and_then(|value| decode::<Act>(value).ok()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some(kind) = value_of(Tag::Kind)
        && decode::<String>(kind).as_deref() != Ok(act.word())
    {
        found.push(wrong(Tag::Kind.name(), "it is not the word of the act"));
    }
    if let Some(record) = value_of(Tag::Record)
        && decode::<Option<RecordId>>(record) != Ok(act.record())
    {
        found.push(wrong(Tag::Record.name(), "it is not the record of the act"));
    }
    found
}

pub(super) fn wrong(place: &str, says: &str) -> Finding {
    line(Standing::Fails, Some(place), says)
}

pub(super) fn line(standing: Standing, place: Option<&str>, says: &str) -> Finding {
    Finding {
        check: Check::Fields,
        standing,
        place: place.map(str::to_owned),
        says: says.to_owned(),
    }
}
