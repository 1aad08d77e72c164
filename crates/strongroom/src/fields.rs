//! What the clear fields of an event say, in words.
//!
//! A receipt has them as the ledger commits to them, encoded. Whoever shows one to people, or compares it
//! with what somebody said of it, reads it here, and takes nothing that is not a value of such a field.

use data_encoding::HEXLOWER;
use strongroom_record::disclosure::DisclosurePage;
use strongroom_record::event::{Act, FieldTag, PortionTreeRoot, Requested, Role};
use strongroom_record::keeping::RestrictedAgain;
use strongroom_record::{EventId, PersonId, RecordId, RoomId, SessionId, Timestamp, decode};

use crate::screen::count;

/// What a field says that does not apply to its event.
const NONE: &str = "none";

/// What the encoded value of a field says; none if it is no value of such a field.
pub(crate) fn worded(field: FieldTag, value: &[u8]) -> Option<String> {
    Some(match field {
        FieldTag::Room => decode::<RoomId>(value).ok()?.to_string(),
        FieldTag::Id => decode::<EventId>(value).ok()?.to_string(),
        FieldTag::At => decode::<Timestamp>(value).ok()?.to_string(),
        FieldTag::Actor => or_none(decode::<Option<PersonId>>(value).ok()?),
        FieldTag::Session => or_none(decode::<Option<SessionId>>(value).ok()?),
        FieldTag::Request => {
            let requested = decode::<Option<Requested>>(value).ok()?;
            or_none(requested.map(|requested| requested.id))
        }
        FieldTag::Kind => decode::<String>(value).ok()?,
        FieldTag::Act => told(&decode::<Act>(value).ok()?),
        FieldTag::Record => or_none(decode::<Option<RecordId>>(value).ok()?),
        FieldTag::Portions => {
            if let Ok(again) = decode::<Vec<RestrictedAgain>>(value) {
                return Some(format!("{} restricted again", count(again.len(), "record")));
            }
            if let Ok(page) = decode::<DisclosurePage>(value) {
                return Some(format!(
                    "disclosures, root {}, to be sealed to the key {}",
                    HEXLOWER.encode(&page.root),
                    HEXLOWER.encode(&page.inspectors)
                ));
            }
            let tree = decode::<Option<PortionTreeRoot>>(value).ok()?;
            or_none(
                tree.map(|tree| format!("{}, root {}", tree.count, HEXLOWER.encode(&tree.root))),
            )
        }
    })
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// An act: its word, and what else it says that people can read.
fn told(act: &Act) -> String {
    let more = match act {
        Act::Invited {
            name, roles, until, ..
        } => format!("{name} as {}, until {until}", listed(roles)),
        Act::Joined { person, .. } => format!("person {person}"),
        Act::Confirmed { person, roles, .. } => format!("person {person} as {}", listed(roles)),
        Act::ClearanceAuthorised { person, atoms, .. } => {
            format!("person {person}, {}", count(atoms.len(), "atom"))
        }
        Act::ClearanceSealed {
            person, holdings, ..
        } => {
            format!("person {person}, {}", count(holdings.len(), "key"))
        }
        Act::Filed(filed) | Act::Corrected(filed) => {
            format!("record {}, version {}", filed.record, filed.version)
        }
        Act::Listed { records } => count(records.len(), "record"),
        Act::Opened {
            record,
            portions,
            original,
        } => {
            let with = if *original { ", with the original" } else { "" };
            format!(
                "record {record}, {}{with}",
                count(portions.len(), "portion")
            )
        }
        Act::Refused { asked } => format!("{asked:?} was asked for"),
        Act::Linked(link) => format!("record {}, {} to {}", link.from, link.kind.word(), link.to),
        Act::RecoveryWithdrawn { recovery } => format!("recovery {recovery}"),
        Act::ApprovalAsked(asked) => format!("request {}, until {}", asked.request, asked.until),
        Act::Approved(approval) => format!("request {}", approval.request),
        Act::Denied { request } | Act::RequestTakenBack { request } => format!("request {request}"),
        other => match other.record() {
            Some(record) => format!("record {record}"),
            None => return other.word().to_owned(),
        },
    };
    format!("{}: {more}", act.word())
}

fn listed(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_record::encode;

    #[test]
    fn every_field_has_its_tag_and_its_own_kind_of_value() {
        for (place, field) in FieldTag::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(field as u16), place + 1);
            assert_eq!(worded(field, b"\xff"), None);
        }
        assert_eq!(
            worded(FieldTag::Actor, &encode(&None::<PersonId>)).unwrap(),
            NONE
        );
        let id = EventId::from_bytes([7; 16]);
        assert_eq!(worded(FieldTag::Id, &encode(&id)), Some(id.to_string()));
        assert_eq!(worded(FieldTag::Kind, &encode(&id)), None);
    }

    #[test]
    fn an_act_is_told_with_what_people_can_read_of_it() {
        let told = |act: Act| worded(FieldTag::Act, &encode(&act)).unwrap();
        assert_eq!(told(Act::SignedIn), "signed-in");
        let record = RecordId::from_bytes([1; 16]);
        assert_eq!(
            told(Act::HistoryShown { record }),
            format!("history-shown: record {record}")
        );
        let opened = Act::Opened {
            record,
            portions: Vec::new(),
            original: true,
        };
        assert_eq!(
            told(opened),
            format!("opened: record {record}, 0 portions, with the original")
        );
        let asked = "list".to_owned();
        assert_eq!(
            told(Act::Refused { asked }),
            "refused: \"list\" was asked for"
        );
    }
}
