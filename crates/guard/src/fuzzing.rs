//! The decoders that no other crate sees, for the fuzz targets alone.

use minicbor::{Decode, Encode};
use strongroom_label::Policy;
use strongroom_mask::mask;
use strongroom_record::{DraftSet, EventId, Timestamp, decode, encode};

use crate::labelling::{Rule, label};
use crate::people::InvitationCode;
use crate::rows::{DueSlot, Frame, GroupKey, SealedPortions, SlotsRow, WrappedKey};
use crate::rules::Rules;
use crate::snapshot::{Kept, NamedState};
use crate::state::kept::Piece;

/// The bytes read as each row that the guard alone writes, and written again.
pub fn rows(bytes: &[u8]) -> Vec<Vec<u8>> {
    let read = [
        again::<SealedPortions>,
        again::<GroupKey>,
        again::<WrappedKey>,
        again::<Frame>,
        again::<SlotsRow>,
        again::<DueSlot>,
        again::<Kept>,
        again::<NamedState>,
    ];
    read.iter().filter_map(|row| row(bytes)).collect()
}

fn again<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<Vec<u8>> {
    decode::<T>(bytes).ok().map(|row| encode(&row))
}

/// Whether the bytes are a piece of a kept state, of a ledger with these events.
pub fn kept_piece(bytes: &[u8], events: &[EventId]) -> bool {
    Piece::read(bytes, events).is_ok()
}

/// Approval rules, if they are any: the text as they keep it.
pub fn approval_rules(text: &str) -> Option<String> {
    Rules::given(text).ok().map(|rules| rules.text().to_owned())
}

/// An invitation code as typed, and printed again.
pub fn invitation_code(text: &str) -> Option<String> {
    InvitationCode::parse(text).map(|code| code.text())
}

/// Labels drafts by a policy, as if their filer overrode whatever is wrong with their marks: how many records got labels,
/// if the file did.
///
/// # Panics
/// If a portion has no label, or one that its record's does not dominate.
pub fn labelled(policy: &Policy, drafts: DraftSet) -> Option<usize> {
    let labelled = label(
        policy,
        mask(drafts),
        &Rule::of_fuzzing(),
        Timestamp::from_millis(0),
    );
    let records = labelled.ok()?.records;
    for record in &records {
        assert_eq!(record.portions.len(), record.draft.portions.len());
        let below = |label| record.label.dominates(label);
        assert!(record.labels().all(below), "a portion above its record");
    }
    Some(records.len())
}
