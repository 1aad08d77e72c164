//! What an event may say at most, whoever signed it.
//!
//! Signatures say who meant an event; these rules say what nobody can mean by one. The fold refuses what breaks
//! them, and the room closes on it, so none of them can be broken by what the guard writes: it applies the same
//! function first, or makes the list in a way that cannot break it (from a set, from what the state holds,
//! under the limit that is named here).

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use strongroom_record::PortionId;
use strongroom_record::event::{
    Act, Filed, GroupFiled, GroupRaised, Holds, RecordingFiled, StoredEvent,
};
use strongroom_record::limits::{
    ATTACHMENTS_MAX, FILED_PORTIONS_MAX, RECORDING_PIECES_AT_ONCE_MAX, RECORDING_PIECES_MAX,
};
use strongroom_record::recovery::HOLDER_ID_BYTES;
use strongroom_seal::HOLDERS_MAX;

use crate::limits::{
    GRADE_PORTIONS_MAX, LIST_MAX, OVERRIDDEN_RULE_MAX_BYTES, OVERRIDDEN_RULES_MAX,
    REFUSED_WORD_MAX_BYTES, RULES_MAX_BYTES, SEALED_FIELDS_MAX,
};
use crate::sealing::FIRST_VERSION;

/// The rule that an event breaks.
pub(crate) type Rule = &'static str;

/// Whether nothing stands in a list twice.
pub(crate) fn each_once<T: Ord>(list: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    list.into_iter().all(|item| seen.insert(item))
}

fn holds(rule: bool, otherwise: Rule) -> Result<(), Rule> {
    if rule { Ok(()) } else { Err(otherwise) }
}

/// Whether so many of so many key holders make a quorum: of three or more no single one does.
pub(crate) const fn is_quorum(needed: usize, holders: usize) -> bool {
    needed > 0 && needed <= holders && holders <= HOLDERS_MAX && (holders <= 2 || needed >= 2)
}

/// Lists that nothing else of the state holds to anything.
pub(super) fn event(event: &StoredEvent) -> Result<(), Rule> {
    holds(
        event.sealed.len() <= SEALED_FIELDS_MAX,
        "it has more sealed fields than any event",
    )?;
    match &event.act {
        Act::Listed { records } => holds(
            records.len() <= LIST_MAX && each_once(records.iter().copied()),
            "a listing shows more records than one can, or one of them twice",
        ),
        Act::Opened { portions, .. } => holds(
            portions.len() <= FILED_PORTIONS_MAX && each_once(portions.iter().copied()),
            "it shows more portions than a record has, or one of them twice",
        ),
        Act::Graded { portions, .. } => {
            holds(
                portions.len() <= GRADE_PORTIONS_MAX && each_once(portions.iter().copied()),
                "it grades more portions than one grading may, or one of them twice",
            )?;
            holds(
                event.sealed.len() == 1,
                "what a grading says stands in one sealed field",
            )
        }
        Act::Refused { asked } => holds(
            asked.len() <= REFUSED_WORD_MAX_BYTES,
            "the word for what was refused is too long",
        ),
        Act::ApprovalAsked(_) | Act::Denied { .. } => holds(
            event.sealed.len() == 1,
            "why something was asked for or denied stands in one sealed field",
        ),
        Act::RulesInForce { rules, .. } => holds(
            rules.len() <= RULES_MAX_BYTES,
            "approval rules are longer than any may be",
        ),
        Act::OpenedBy { holders, .. } => openers(holders),
        Act::Filed(filed) => {
            holds(
                filed.version == FIRST_VERSION,
                "a record is filed in its first version",
            )?;
            self::filed(filed)
        }
        Act::Corrected(filed) => {
            holds(
                filed.keeping.is_none(),
                "a correction is kept as its record is",
            )?;
            self::filed(filed)
        }
        Act::Withdrawn(withdrawn) => {
            raised(&withdrawn.groups)?;
            whole(&withdrawn.groups)
        }
        Act::Lowered(lowered) => holds(
            !lowered.groups.is_empty() && each_once(lowered.groups.iter().map(|g| g.from)),
            "nothing of a record falls, or a group of it twice",
        ),
        Act::FrameFiled { group, .. } => original(group),
        Act::RecordingFiled(filed) => recording(filed),
        Act::Restricted { groups, .. } => raised(groups),
        Act::Restored(restored) => {
            holds(
                each_once(restored.restricted.iter().map(|again| again.record)),
                "a restore restricts a record again twice",
            )?;
            for again in &restored.restricted {
                raised(&again.groups)?;
                whole(&again.groups)?;
                holds(
                    again.destroyed.is_none()
                        || (again.groups.is_empty() && again.withdrawn.is_none()),
                    "of a record that is destroyed again nothing rises",
                )?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Key holders who opened a room together.
pub(crate) fn openers(holders: &[ByteVec]) -> Result<(), Rule> {
    let several = !holders.is_empty() && holders.len() <= HOLDERS_MAX;
    holds(
        several && each_once(holders.iter().map(|id| id.as_slice())),
        "a room is opened by one key holder at least, by as many as there may be at most, and by each once",
    )?;
    holds(
        holders.iter().all(|id| id.len() == HOLDER_ID_BYTES),
        "the id of a key holder has another length",
    )
}

/// What is done without reading, which cannot take a group apart.
fn whole(groups: &[GroupRaised]) -> Result<(), Rule> {
    holds(
        groups.iter().all(|g| g.from == g.to),
        "a restore or a withdrawal raises what is not a whole group",
    )
}

fn filed(filed: &Filed) -> Result<(), Rule> {
    if let Some(overridden) = &filed.overridden {
        let rules = &overridden.rules;
        holds(
            !rules.is_empty()
                && rules.len() <= OVERRIDDEN_RULES_MAX
                && rules.is_sorted_by(|a, b| a < b)
                && rules.iter().all(|r| r.len() <= OVERRIDDEN_RULE_MAX_BYTES),
            "the rules that a filing overrides are none, too many, too long or out of order",
        )?;
    }
    let mut portions: Vec<PortionId> = Vec::new();
    let mut originals = 0;
    let mut attachments = 0;
    for group in &filed.groups {
        match group.holds {
            Holds::Header | Holds::Text => {
                holds(!group.portions.is_empty(), "a group of it is empty")?;
                portions.extend(&group.portions);
            }
            Holds::Original => {
                original(group)?;
                originals += 1;
            }
            Holds::Attachment => {
                piece(group)?;
                attachments += 1;
            }
            Holds::Recording => return Err("a recording is filed after its record"),
        }
    }
    holds(
        attachments <= ATTACHMENTS_MAX,
        "a record has more attachments than any may have",
    )?;
    holds(originals <= 1, "a record has several originals")?;
    holds(
        !portions.is_empty() && portions.len() <= FILED_PORTIONS_MAX,
        "a record has no portion, or more than a record may have",
    )?;
    holds(
        usize::try_from(filed.tree.count).is_ok_and(|count| count == portions.len()),
        "the tree over its portions has another number of them than its groups",
    )?;
    let slices = filed.groups.iter().filter(|g| !g.holds.portions());
    holds(
        each_once(portions.iter().chain(slices.flat_map(|g| &g.portions))),
        "a portion of it stands in two places",
    )
}

/// A file beside a record, or a piece of one.
fn piece(group: &GroupFiled) -> Result<(), Rule> {
    holds(
        group.portions.len() == 1,
        "a file beside a record, or a piece of it, is one value",
    )
}

/// Pieces of a recording.
fn recording(filed: &RecordingFiled) -> Result<(), Rule> {
    holds(
        !filed.groups.is_empty() && filed.groups.len() <= RECORDING_PIECES_AT_ONCE_MAX,
        "no piece of a recording, or more than are taken at once",
    )?;
    let count = u32::try_from(filed.groups.len()).unwrap_or(u32::MAX);
    holds(
        filed
            .first
            .checked_add(count)
            .is_some_and(|all| all <= RECORDING_PIECES_MAX),
        "more pieces of a recording than any may have",
    )?;
    for group in &filed.groups {
        holds(
            group.holds == Holds::Recording,
            "a recording of what is no recording",
        )?;
        piece(group)?;
    }
    holds(
        each_once(filed.groups.iter().flat_map(|g| g.portions.iter().copied())),
        "a piece of it stands in two places",
    )
}

/// A slice of an original, or what lies between the slices.
fn original(group: &GroupFiled) -> Result<(), Rule> {
    holds(
        group.holds == Holds::Original && group.portions.len() == 1,
        "an original is one piece, and nothing else is",
    )
}

fn raised(groups: &[GroupRaised]) -> Result<(), Rule> {
    holds(
        each_once(groups.iter().map(|raise| raise.from)),
        "a group rises twice at once",
    )?;
    for raise in groups {
        let whole = raise.from == raise.to;
        holds(
            whole == raise.portions.is_empty(),
            "a whole group rises as itself, and portions of one into another",
        )?;
        holds(
            each_once(raise.portions.iter().copied()),
            "a portion rises twice at once",
        )?;
    }
    Ok(())
}
