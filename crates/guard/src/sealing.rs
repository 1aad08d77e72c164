//! The stage that seals a labelled record: from words to rows that only key holders of its label open.
//!
//! A record becomes up to three stored values under its label (header, text, its slice of the
//! original), each with a record key of its own wrapped under the label's key, an event that commits
//! to every portion, and sealed statements. What goes in is consumed; what comes out has no words.

use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{
    Act, DocketFacts, FieldTag, Filed, GroupFiled, Holds, PortionTreeRoot, SealedCopy, SealedField,
    SealedFor, Statement,
};
use strongroom_record::portion::{Content, SourceRef, TextPortion};
use strongroom_record::{
    CommandId, EventId, GroupId, Portion, PortionId, PortionKind, RecordId, RoomId, Stream, encode,
};
use strongroom_seal::digest::LabelDigest;
use strongroom_seal::keybox::BoxKey;
use strongroom_seal::note::{NoteBinding, NoteKey, seal_note};
use strongroom_seal::portion::{PortionBinding, seal_portion};
use strongroom_seal::record_key::{RecordKey, WrapBinding};
use strongroom_seal::suite::Suite;
use strongroom_tlog::commit::{
    Field, FieldTag as Tag, PortionFieldTree, PortionRoot, PortionTree, Salt, SaltSeed, commit,
};
use strongroom_vault::Key;

use crate::kinds;
use crate::labelling::LabelledRecord;
use crate::rows::{GroupKey, SealedPortions, digest_of_seals, seal_of};
use crate::store::Store;

/// Tag of a portion's words in its leaf of the record's tree.
pub(crate) const PORTION_WORDS: Tag = Tag::new(1);
/// Tag of a portion's label in its leaf.
pub(crate) const PORTION_LABEL: Tag = Tag::new(2);

/// Tag of the statement of why something was done.
pub(crate) const STATEMENT: u16 = FieldTag::FIRST_SEALED;
/// Tag of what the inspectors see of a record's header.
pub(crate) const DOCKET: u16 = FieldTag::FIRST_SEALED + 1;

/// The first version of a record.
pub(crate) const FIRST_VERSION: u32 = 1;

/// What all records of a filing share.
pub(crate) struct FilingKeys<'a> {
    pub(crate) store: &'a Store,
    pub(crate) room: RoomId,
    pub(crate) suite: Suite,
    pub(crate) filing: CommandId,
    /// The command under which the notes to the inspectors go.
    pub(crate) notes: CommandId,
    pub(crate) file: &'a str,
    pub(crate) original: &'a [u8],
    pub(crate) statement: &'a Statement,
    pub(crate) inspectors: &'a NoteKey,
}

/// A record ready for the vault.
pub(crate) struct Sealed {
    pub(crate) event: EventId,
    pub(crate) record: RecordId,
    pub(crate) source: String,
    pub(crate) label: Label,
    pub(crate) act: Act,
    pub(crate) statements: Vec<SealedField>,
    /// Rows as they are stored.
    pub(crate) rows: Vec<(Key, Vec<u8>)>,
}

/// Seals one record for its filing event.
pub(crate) fn seal_record(
    keys: &FilingKeys<'_>,
    labelled: LabelledRecord,
    under: &Arc<BoxKey>,
    event: EventId,
    dice: &mut Stream,
) -> Sealed {
    let LabelledRecord { draft, label, note } = labelled;
    let record = RecordId::random(dice);
    let source = draft.id.clone();
    let slice = &keys.original[draft.slice.clone()];
    let facts = DocketFacts {
        statement: keys.statement.clone(),
        when: draft.when.clone(),
        place: draft.place.clone(),
        participants: draft
            .texts(PortionKind::Participant)
            .map(str::to_owned)
            .collect(),
    };
    let mut contents = vec![Content::Source(SourceRef {
        file: keys.file.to_owned(),
        id: draft.id,
        number: draft.number,
    })];
    contents.extend(draft.when.map(Content::Date));
    contents.extend(draft.place.map(Content::Place));
    contents.extend((!draft.from.is_empty()).then_some(Content::From(draft.from)));
    contents.extend((!draft.to.is_empty()).then_some(Content::To(draft.to)));
    contents.push(Content::Marking(note));
    contents.extend(draft.portions.into_iter().map(|p| {
        Content::Text(TextPortion {
            kind: p.kind,
            text: p.text,
            speaker: p.speaker,
            gaps: p.gaps,
        })
    }));

    let mut job = Job {
        keys,
        record,
        label: &label,
        digest: LabelDigest::of(&label),
        under,
        event,
        rows: Vec::new(),
    };
    let (header, text, tree) = job.portions(contents, dice);
    let mut groups = vec![job.group(Holds::Header, header, dice)];
    if !text.is_empty() {
        groups.push(job.group(Holds::Text, text, dice));
    }
    groups.push(job.original(slice, dice));
    let rows = job.rows;

    let readers = (
        SealedFor::Label(under.id(), label.clone()),
        SealedFor::Inspectors(keys.notes),
    );
    let note = NoteKey::of_box(under);
    let statements = vec![
        seal_statement(
            keys.room,
            event,
            STATEMENT,
            &[(readers.0, &note)],
            &encode(keys.statement),
            dice,
        ),
        seal_statement(
            keys.room,
            event,
            DOCKET,
            &[(readers.1, keys.inspectors)],
            &encode(&facts),
            dice,
        ),
    ];
    let act = Act::Filed(Filed {
        record,
        version: FIRST_VERSION,
        filing: keys.filing,
        groups,
        tree,
    });
    Sealed {
        event,
        record,
        source,
        label,
        act,
        statements,
        rows,
    }
}

/// Seals what lies between the records of a file, under the join of all their labels.
pub(crate) fn seal_frame(
    keys: &FilingKeys<'_>,
    frame: &[u8],
    label: &Label,
    under: &Arc<BoxKey>,
    event: EventId,
    dice: &mut Stream,
) -> (Act, Vec<(Key, Vec<u8>)>) {
    let record = RecordId::random(dice);
    let mut job = Job {
        keys,
        record,
        label,
        digest: LabelDigest::of(label),
        under,
        event,
        rows: Vec::new(),
    };
    let group = job.original(frame, dice);
    (
        Act::FrameFiled {
            filing: keys.filing,
            group,
            record,
        },
        job.rows,
    )
}

/// Seals words into a field of an event, for each who may read them: salt and words together, so that
/// who opens the words can prove them against the ledger.
pub(crate) fn seal_statement(
    room: RoomId,
    event: EventId,
    field: u16,
    readers: &[(SealedFor, &NoteKey)],
    words: &[u8],
    dice: &mut Stream,
) -> SealedField {
    let salt: [u8; 32] = dice.bytes();
    let commitment = *commit(Tag::new(field), &Salt::new(salt), words).as_bytes();
    let plain = zeroize::Zeroizing::new([salt.as_slice(), words].concat());
    let binding = NoteBinding { room, event, field };
    let copy = |(readable, key): &(SealedFor, &NoteKey)| SealedCopy {
        readable: readable.clone(),
        sealed: seal_note(key, &binding, &plain, dice).into(),
    };
    let copies = readers.iter().map(copy).collect();
    SealedField { commitment, copies }
}

/// One record being sealed.
struct Job<'a> {
    keys: &'a FilingKeys<'a>,
    record: RecordId,
    label: &'a Label,
    digest: LabelDigest,
    under: &'a Arc<BoxKey>,
    event: EventId,
    rows: Vec<(Key, Vec<u8>)>,
}

type Drawn = Vec<(PortionId, Portion)>;

impl Job<'_> {
    /// Gives every content its id, order and salt, and commits to all of them.
    fn portions(
        &self,
        contents: Vec<Content>,
        dice: &mut Stream,
    ) -> (Drawn, Drawn, PortionTreeRoot) {
        let label = encode(self.label);
        let mut roots = Vec::with_capacity(contents.len());
        let (mut header, mut text) = (Vec::new(), Vec::new());
        for (order, content) in (0u32..).zip(contents) {
            let portion = Portion {
                order,
                salt: dice.bytes(),
                content,
            };
            roots.push(portion_root(&portion, &label));
            let id = PortionId::random(dice);
            if in_header(&portion.content) {
                &mut header
            } else {
                &mut text
            }
            .push((id, portion));
        }
        let tree = PortionTree::new(&roots).expect("a record has portions, and not too many");
        let root = PortionTreeRoot {
            root: *tree.root().as_bytes(),
            count: tree.count(),
        };
        (header, text, root)
    }

    fn group(&mut self, holds: Holds, portions: Drawn, dice: &mut Stream) -> GroupFiled {
        let (group, key, wrapped) = self.wrapped_key(dice);
        let sealed = portions
            .iter()
            .map(|(id, portion)| (*id, self.seal(&key, *id, &encode(portion), dice).into()))
            .collect();
        self.filed(group, wrapped, holds, SealedPortions(sealed), dice)
    }

    fn original(&mut self, bytes: &[u8], dice: &mut Stream) -> GroupFiled {
        let (group, key, wrapped) = self.wrapped_key(dice);
        let id = PortionId::random(dice);
        let sealed = self.seal(&key, id, bytes, dice).into();
        let sealed = SealedPortions(vec![(id, sealed)]);
        self.filed(group, wrapped, Holds::Original, sealed, dice)
    }

    /// Adds the rows of a group, and says what the event is to say of it.
    fn filed(
        &mut self,
        id: GroupId,
        wrapped: Vec<u8>,
        holds: Holds,
        sealed: SealedPortions,
        dice: &mut Stream,
    ) -> GroupFiled {
        let portions = sealed.0.iter();
        let key = GroupKey {
            key_box: self.under.id(),
            wrapped: wrapped.into(),
            seals: portions.map(|(id, bytes)| (*id, seal_of(bytes))).collect(),
        };
        self.put(kinds::record_key(id), &encode(&key), dice);
        self.put(kinds::value(id), &encode(&sealed), dice);
        GroupFiled {
            id,
            label: self.label.clone(),
            key_box: self.under.id(),
            portions: sealed.0.into_iter().map(|(id, _)| id).collect(),
            holds,
            seals: encode(&digest_of_seals(&key.seals)).into(),
        }
    }

    /// Draws a record key for a group, and wraps it under the label's key.
    fn wrapped_key(&self, dice: &mut Stream) -> (GroupId, RecordKey, Vec<u8>) {
        let group = GroupId::random(dice);
        let key = RecordKey::random(self.keys.suite, dice);
        let binding = WrapBinding {
            room: self.keys.room,
            record: self.record,
            group,
            filing: self.digest,
            present: self.digest,
            event: self.event,
            key_box: self.under.id(),
        };
        let wrapped = key.wrap(self.under, &binding, dice);
        (group, key, wrapped)
    }

    fn seal(
        &self,
        key: &RecordKey,
        portion: PortionId,
        plain: &[u8],
        dice: &mut Stream,
    ) -> Vec<u8> {
        let binding = PortionBinding {
            room: self.keys.room,
            record: self.record,
            version: FIRST_VERSION,
            portion,
            filing: self.digest,
        };
        seal_portion(self.keys.suite, key, &binding, plain, dice)
    }

    fn put(&mut self, key: Key, bytes: &[u8], dice: &mut Stream) {
        self.rows
            .push((key, self.keys.store.cover(key, bytes, dice)));
    }
}

/// The heading goes with the header, so that a list opens one small value a record.
fn in_header(content: &Content) -> bool {
    match content {
        Content::Text(text) => text.kind == PortionKind::Heading,
        _ => true,
    }
}

/// The root over a portion's words and label: its leaf in the record's tree.
pub(crate) fn portion_root(portion: &Portion, label: &[u8]) -> PortionRoot {
    let seed = SaltSeed::new(portion.salt);
    let field = |tag, value: &[u8]| Field {
        tag,
        commitment: commit(tag, &seed.salt(tag), value),
    };
    let fields = [
        field(PORTION_WORDS, &encode(&portion.content)),
        field(PORTION_LABEL, label),
    ];
    PortionFieldTree::new(&fields)
        .expect("a portion has two fields")
        .root()
}
