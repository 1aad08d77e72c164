//! What `record` and `label` write in the strict codec.

use strongroom_label::{Clearance, Label};
use strongroom_record::event::{
    Act, AtomBorn, ChallengeWords, CommandRow, DocketFacts, Filed, Genesis, GroupFiled, LookWords,
    PracticeWords, SealedField, Statement, StoredEvent,
};
use strongroom_record::portion::{Content, MarkingNote, TextPortion};
use strongroom_record::{EventId, Portion, Timestamp, When};

use crate::codec::read;

/// Events, commands, portions, statements and labels.
///
/// Laws: those of the codec; each field of an event is committed to in an encoding that reads back; a label is
/// dominated by itself, and whoever holds its whole lock is admitted.
pub fn record(bytes: &[u8]) {
    if let Some(event) = read::<StoredEvent>(bytes) {
        event_holds(&event);
    }
    if let Some(act) = read::<Act>(bytes) {
        assert!(!act.word().is_empty());
    }
    read::<Filed>(bytes);
    read::<Genesis>(bytes);
    read::<AtomBorn>(bytes);
    read::<GroupFiled>(bytes);
    read::<CommandRow>(bytes);
    read::<SealedField>(bytes);
    read::<Statement>(bytes);
    read::<DocketFacts>(bytes);
    read::<PracticeWords>(bytes);
    read::<LookWords>(bytes);
    read::<ChallengeWords>(bytes);
    read::<Portion>(bytes);
    read::<Content>(bytes);
    read::<TextPortion>(bytes);
    read::<MarkingNote>(bytes);
    if let Some(when) = read::<When>(bytes) {
        assert!(when.to_string().starts_with(&when.start));
    }
    if let Some(at) = read::<Timestamp>(bytes) {
        assert!(!at.to_string().is_empty());
    }
    if let Some(id) = read::<EventId>(bytes) {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Some(label) = read::<Label>(bytes) {
        label_holds(&label);
    }
    if let Some(clearance) = read::<Clearance>(bytes) {
        let again: Clearance = clearance.atoms().collect();
        assert_eq!(again, clearance, "a clearance is its atoms");
    }
}

fn event_holds(event: &StoredEvent) {
    assert!(!event.at.to_string().is_empty());
    let fields = event.fields();
    assert!(fields.is_sorted_by_key(|(tag, _)| *tag));
    for (tag, value) in fields {
        let mut decoder = minicbor::Decoder::new(&value);
        let skipped = decoder.skip();
        assert!(
            skipped.is_ok() && decoder.position() == value.len(),
            "{tag:?} is committed to as something else than one value"
        );
    }
}

fn label_holds(label: &Label) {
    assert!(label.dominates(label));
    assert_eq!(&label.join(label), label);
    let lock = label.lock();
    assert_eq!(lock.admits_nobody(), label.admits_nobody());
    let whole = Clearance::from_atoms(lock.atoms().into_iter().cloned());
    assert_eq!(whole.permits(label), !label.admits_nobody());
    assert_eq!(whole.decide(label).is_admitted(), whole.permits(label));
}
