//! A receipt in either of its forms: the proof alone, or with what is shown of its event.

use std::path::Path;

use data_encoding::HEXLOWER;
use strongroom_guard::api::ReceiptShown;
use strongroom_record::decode;
use strongroom_record::event::FieldTag as Tag;
use strongroom_record::id::{EventId, RecordId};
use strongroom_record::time::Timestamp;
use strongroom_tlog::commit::{Commitment, FieldTag, Salt, SignatureCommitment};
use strongroom_tlog::receipt::{Acceptance, MAX_RECEIPT_BYTES, Receipt};
use strongroom_tlog::verify::{self, Check, EventField, EventShown, Finding, Report, Standing};

use crate::files;
use crate::outcome::Failure;

use super::unfit;

/// The longest receipt with fields: of a filing of the most portions, whose tree is one field.
const MAX_SHOWN_BYTES: usize = 64 << 20;

/// A receipt that was read.
pub(super) struct Given {
    /// The proof from the ledger.
    pub(super) receipt: Receipt,
    shown: Option<Shown>,
}

/// What is shown of the event, and what the room said of it besides.
struct Shown {
    said: ReceiptShown,
    event: EventShown,
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
    let said: ReceiptShown = serde_json::from_slice(&bytes)
        .map_err(|e| unfit(file, format!("it is no receipt as JSON: {e}")))?;
    let event = event_of(&said).map_err(|why| unfit(file, why))?;
    Ok(Given {
        receipt: receipt(said.log.proof.as_bytes())?,
        shown: Some(Shown { said, event }),
    })
}

/// The fields as the ledger's formats have them.
fn event_of(said: &ReceiptShown) -> Result<EventShown, String> {
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
    /// Checks what is shown against the entry, and what the room said against what is shown.
    pub(super) fn check(&self, accepted: &Acceptance, report: &mut Report) {
        let Some(Shown { said, event }) = &self.shown else {
            report.push(line(
                Standing::Open,
                None,
                "nothing is shown of the event; `receipt ID --json` shows its fields",
            ));
            return;
        };
        report.extend(verify::event(accepted, event));
        let entry = HEXLOWER.encode(&accepted.entry.to_bytes());
        if said.log.entry != entry || said.log.index != accepted.index.get() {
            report.push(line(
                Standing::Fails,
                Some("log"),
                "the entry or place beside the proof is not the proof's",
            ));
        }
        for (name, tag, says) in [
            ("id", Tag::Id, Some(said.id.clone())),
            ("at", Tag::At, Some(said.at.clone())),
            ("what", Tag::Kind, Some(said.what.clone())),
            ("record", Tag::Record, said.record.clone()),
        ] {
            report.push(match opened(event, tag) {
                None => line(
                    Standing::Open,
                    Some(name),
                    "the field that would bear it out is closed",
                ),
                Some(value) => match worded(tag, value) {
                    Some(told) if told == says => line(
                        Standing::Holds,
                        Some(name),
                        &says.unwrap_or_else(|| "none".to_owned()),
                    ),
                    _ => line(
                        Standing::Fails,
                        Some(name),
                        "it is not what its field says: it was altered",
                    ),
                },
            });
        }
    }
}

/// The value of a field, if it is opened.
fn opened(event: &EventShown, tag: Tag) -> Option<&[u8]> {
    let field = event
        .fields
        .iter()
        .find(|field| field.tag.get() == tag as u16)?;
    field.opened.as_ref().map(|(_, value)| value.as_slice())
}

/// What a field says, as receipts word it; none if it is no value of such a field.
fn worded(tag: Tag, value: &[u8]) -> Option<Option<String>> {
    Some(match tag {
        Tag::Id => Some(decode::<EventId>(value).ok()?.to_string()),
        Tag::At => Some(decode::<Timestamp>(value).ok()?.to_string()),
        Tag::Kind => Some(decode::<String>(value).ok()?),
        Tag::Record => decode::<Option<RecordId>>(value)
            .ok()?
            .map(|record| record.to_string()),
        _ => return None,
    })
}

fn line(standing: Standing, place: Option<&str>, says: &str) -> Finding {
    Finding {
        check: Check::Fields,
        standing,
        place: place.map(str::to_owned),
        says: says.to_owned(),
    }
}
