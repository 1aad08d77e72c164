//! The stage that seals a labelled record: from words to rows that only key holders of its label open.
//!
//! A record becomes a header value and a text value for each label that occurs in it, and its slice of the
//! original under the join of all. Each has a record key of its own, wrapped under its label's key. With them go
//! an event that commits to every portion, and sealed statements. What goes in is consumed; what comes out has no words.

use std::sync::Arc;

use strongroom_label::Label;
use strongroom_record::event::{
    Act, DocketFacts, FieldTag, Filed, GroupFiled, Holds, PortionTreeRoot, SealedCopy, SealedField,
    SealedFor, Statement,
};
use strongroom_record::portion::{
    AuthorityLine, Content, Correction, Enclosed, SourceRef, TextPortion,
};
use strongroom_record::{
    CommandId, Draft, DraftAttachment, EventId, GroupId, Portion, PortionId, PortionKind, RecordId,
    RoomId, Stream, encode,
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

use crate::enclosed::of_attachments;
use crate::kinds;
use crate::label_keys::WrapKeys;
use crate::labelling::LabelledRecord;
use crate::rows::{GroupKey, SealedPortions, digest_of_seals, seal_of};
use crate::slots::RecordSlot;
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
    /// What is said of the recording of the file's one record.
    pub(crate) recording: Option<&'a Enclosed>,
    pub(crate) statement: &'a Statement,
    pub(crate) inspectors: &'a NoteKey,
}

/// What a sealed record is in the room.
pub(crate) enum As {
    /// A record of its own, in its first version.
    New,
    /// A further version of a record.
    Version {
        /// The record.
        record: RecordId,
        /// The number of the version.
        number: u32,
        /// How it came about.
        correction: Correction,
    },
}

/// A record ready for the vault.
pub(crate) struct Sealed {
    pub(crate) event: EventId,
    pub(crate) record: RecordId,
    pub(crate) source: String,
    /// The join of the labels of its portions.
    pub(crate) label: Arc<Label>,
    pub(crate) act: Act,
    pub(crate) statements: Vec<SealedField>,
    /// Rows as they are stored.
    pub(crate) rows: Vec<(Key, Vec<u8>)>,
}

/// Seals one record for its filing event, each portion under its own label.
pub(crate) fn seal_record(
    keys: &FilingKeys<'_>,
    labelled: LabelledRecord,
    (filed_as, slot): (As, Option<RecordSlot>),
    wrap: &WrapKeys,
    event: EventId,
    dice: &mut Stream,
) -> Sealed {
    let (record, version, correction) = match filed_as {
        As::New => (RecordId::random(dice), FIRST_VERSION, None),
        As::Version {
            record,
            number,
            correction,
        } => (record, number, Some(correction)),
    };
    let act = if correction.is_some() {
        Act::Corrected
    } else {
        Act::Filed
    };
    let source = labelled.draft.id.clone();
    let slice = &keys.original[labelled.draft.slice.clone()];
    let mut statement = keys.statement.clone();
    if labelled.overridden.is_none() {
        statement.override_because = None;
    }
    let facts = docket_facts(&statement, &labelled.draft);
    let label = Arc::clone(&labelled.label);
    let overridden = labelled.overridden.clone();
    let keeping = labelled.keeping.clone().filter(|_| correction.is_none());
    let mut labelled = labelled;
    let attachments = std::mem::take(&mut labelled.draft.attachments);
    let contents = contents(keys, labelled, &attachments, correction);

    let unders = Unders::of(wrap, &label, contents.iter().map(|(_, label)| label));
    let mut job = Job {
        keys: keys.of(record, version, event, slot),
        rows: Vec::new(),
    };
    let (drawn, tree) = job.portions(&unders, contents, dice);
    let mut groups = Vec::new();
    for (holds, by_label) in [(Holds::Header, drawn.header), (Holds::Text, drawn.text)] {
        for (under, portions) in unders.0.iter().zip(by_label) {
            if !portions.is_empty() {
                groups.push(job.group(under, holds, portions, dice));
            }
        }
    }
    let whole = unders.whole();
    groups.push(job.piece(whole, Holds::Original, slice, dice));
    for attachment in &attachments {
        groups.push(job.piece(whole, Holds::Attachment, &attachment.bytes, dice));
    }
    let rows = job.rows;

    let readers = (
        SealedFor::Label(whole.key.id(), whole.label.clone()),
        SealedFor::Inspectors(keys.notes),
    );
    let note = NoteKey::of_box(whole.key);
    let statements = vec![
        seal_statement(
            keys.room,
            event,
            STATEMENT,
            &[(readers.0, &note)],
            &encode(&statement),
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
    let act = act(Filed {
        record,
        version,
        filing: keys.filing,
        groups,
        tree,
        overridden,
        keeping,
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

/// What the inspectors see of a record's header.
fn docket_facts(statement: &Statement, draft: &Draft) -> DocketFacts {
    DocketFacts {
        statement: statement.clone(),
        when: draft.when.clone(),
        place: draft.place.clone(),
        participants: draft
            .texts(PortionKind::Participant)
            .map(str::to_owned)
            .collect(),
    }
}

/// All portions of a record in their order, each with its label. Header fields bear that of the record.
fn contents(
    keys: &FilingKeys<'_>,
    labelled: LabelledRecord,
    attachments: &[DraftAttachment],
    correction: Option<Correction>,
) -> Vec<(Content, Arc<Label>)> {
    let LabelledRecord {
        draft,
        label,
        portions,
        note,
        grade,
        ..
    } = labelled;
    let mut fields = vec![Content::Source(SourceRef {
        file: keys.file.to_owned(),
        id: draft.id,
        number: draft.number,
    })];
    let some = |names: &Vec<String>| !names.is_empty();
    let block: Vec<AuthorityLine> = draft
        .marks
        .authority
        .into_iter()
        .map(|line| AuthorityLine {
            name: line.name,
            text: line.text,
        })
        .collect();
    fields.extend(draft.when.map(Content::Date));
    fields.extend(draft.place.map(Content::Place));
    fields.extend(Some(draft.from).filter(some).map(Content::From));
    fields.extend(Some(draft.to).filter(some).map(Content::To));
    fields.extend(Some(draft.drafted).filter(some).map(Content::Drafted));
    fields.extend(draft.produced.map(Content::Produced));
    fields.push(Content::Marking(note));
    fields.extend((!block.is_empty()).then_some(Content::Authority(block)));
    fields.extend(draft.caution.map(Content::Caution));
    let enclosed = of_attachments(attachments);
    fields.extend((!enclosed.is_empty()).then_some(Content::Attachments(enclosed)));
    fields.extend(keys.recording.cloned().map(Content::Recording));
    fields.extend(grade.map(Content::Grade));
    fields.extend(correction.map(Content::Correction));
    let texts = draft.portions.into_iter().map(|p| {
        Content::Text(TextPortion {
            kind: p.kind,
            text: p.text,
            speaker: p.speaker,
            gaps: p.gaps,
            mark: p.mark,
            cue: p.cue,
        })
    });
    let of_record = fields.into_iter().map(|field| (field, Arc::clone(&label)));
    of_record.chain(texts.zip(portions)).collect()
}

/// Seals what lies between the records of a file, under the join of all their labels.
pub(crate) fn seal_frame(
    keys: &FilingKeys<'_>,
    (frame, slot): (&[u8], Option<RecordSlot>),
    label: &Label,
    under: &Arc<BoxKey>,
    event: EventId,
    dice: &mut Stream,
) -> (Act, Vec<(Key, Vec<u8>)>) {
    let record = RecordId::random(dice);
    let mut job = Job {
        keys: keys.of(record, FIRST_VERSION, event, slot),
        rows: Vec::new(),
    };
    let group = job.piece(&Under::of(label, under), Holds::Original, frame, dice);
    (
        Act::FrameFiled {
            filing: keys.filing,
            group,
            record,
        },
        job.rows,
    )
}

/// A label that occurs in a record, and the key to wrap under.
struct Under<'a> {
    label: &'a Label,
    digest: LabelDigest,
    key: &'a Arc<BoxKey>,
}

impl<'a> Under<'a> {
    fn of(label: &'a Label, key: &'a Arc<BoxKey>) -> Self {
        Self {
            label,
            digest: LabelDigest::of(label),
            key,
        }
    }
}

/// The labels of a record, each once: that of the record first, then as they occur.
struct Unders<'a>(Vec<Under<'a>>);

impl<'a> Unders<'a> {
    fn of<'c>(
        wrap: &'a WrapKeys,
        whole: &'c Label,
        of_contents: impl Iterator<Item = &'c Arc<Label>>,
    ) -> Self {
        let mut unders = Self(Vec::new());
        for label in std::iter::once(whole).chain(of_contents.map(Arc::as_ref)) {
            if unders.0.iter().all(|known| known.label != label) {
                let (label, key) = wrap
                    .keys
                    .get_key_value(label)
                    .expect("a key for each label");
                unders.0.push(Under::of(label, key));
            }
        }
        unders
    }
    /// That of the record.
    fn whole(&self) -> &Under<'a> {
        &self.0[0]
    }
    fn place(&self, label: &Label) -> usize {
        let place = self.0.iter().position(|under| under.label == label);
        place.expect("a label of the record")
    }
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

/// What values of one record are bound to.
pub(crate) struct PieceKeys<'a> {
    pub(crate) store: &'a Store,
    pub(crate) room: RoomId,
    pub(crate) suite: Suite,
    pub(crate) record: RecordId,
    pub(crate) version: u32,
    /// The event that files them.
    pub(crate) event: EventId,
    /// The record's slot, under which all its keys lie.
    pub(crate) slot: Option<RecordSlot>,
}

impl FilingKeys<'_> {
    fn of(
        &self,
        record: RecordId,
        version: u32,
        event: EventId,
        slot: Option<RecordSlot>,
    ) -> PieceKeys<'_> {
        PieceKeys {
            slot,
            store: self.store,
            room: self.room,
            suite: self.suite,
            record,
            version,
            event,
        }
    }
}

/// Seals pieces of a recording, each into a value of its own: how the event describes them, and their rows.
pub(crate) fn seal_pieces<'b>(
    keys: PieceKeys<'_>,
    label: &Label,
    wrap: &WrapKeys,
    pieces: impl Iterator<Item = &'b [u8]>,
    dice: &mut Stream,
) -> (Vec<GroupFiled>, Vec<(Key, Vec<u8>)>) {
    let under = Under::of(label, &wrap.keys[label]);
    let mut job = Job {
        keys,
        rows: Vec::new(),
    };
    let groups = pieces
        .map(|bytes| job.piece(&under, Holds::Recording, bytes, dice))
        .collect();
    (groups, job.rows)
}

/// One record being sealed.
struct Job<'a> {
    keys: PieceKeys<'a>,
    rows: Vec<(Key, Vec<u8>)>,
}

/// Portions with their ids and salts, by label.
struct Drawn {
    header: Vec<Vec<(PortionId, Portion)>>,
    text: Vec<Vec<(PortionId, Portion)>>,
}

impl Job<'_> {
    /// Gives every content its id, order and salt, and commits to all of them.
    fn portions(
        &self,
        unders: &Unders<'_>,
        contents: Vec<(Content, Arc<Label>)>,
        dice: &mut Stream,
    ) -> (Drawn, PortionTreeRoot) {
        let labels: Vec<Vec<u8>> = unders.0.iter().map(|under| encode(under.label)).collect();
        let mut roots = Vec::with_capacity(contents.len());
        let empty = || labels.iter().map(|_| Vec::new()).collect();
        let (mut header, mut text): (Vec<Vec<_>>, Vec<Vec<_>>) = (empty(), empty());
        for (order, (content, label)) in (0u32..).zip(contents) {
            let portion = Portion {
                order,
                salt: dice.bytes(),
                content,
            };
            let place = unders.place(&label);
            roots.push(portion_root(&portion, &labels[place]));
            let id = PortionId::random(dice);
            let holds = if in_header(&portion.content) {
                &mut header
            } else {
                &mut text
            };
            holds[place].push((id, portion));
        }
        let tree = PortionTree::new(&roots).expect("a record has portions, and not too many");
        let root = PortionTreeRoot {
            root: *tree.root().as_bytes(),
            count: tree.count(),
        };
        (Drawn { header, text }, root)
    }

    fn group(
        &mut self,
        under: &Under<'_>,
        holds: Holds,
        portions: Vec<(PortionId, Portion)>,
        dice: &mut Stream,
    ) -> GroupFiled {
        let (group, key, wrapped) = self.wrapped_key(under, dice);
        let seal = |(id, portion): (PortionId, Portion)| {
            let sealed = self.seal(under, &key, id, &encode(&portion), dice);
            (id, sealed.into())
        };
        let sealed = SealedPortions(portions.into_iter().map(seal).collect());
        self.filed(under, group, wrapped, holds, sealed, dice)
    }

    /// A value that is one piece: a slice of the original, a file beside the record.
    fn piece(
        &mut self,
        under: &Under<'_>,
        holds: Holds,
        bytes: &[u8],
        dice: &mut Stream,
    ) -> GroupFiled {
        let (group, key, wrapped) = self.wrapped_key(under, dice);
        let id = PortionId::random(dice);
        let sealed = self.seal(under, &key, id, bytes, dice).into();
        let sealed = SealedPortions(vec![(id, sealed)]);
        self.filed(under, group, wrapped, holds, sealed, dice)
    }

    /// Adds the rows of a group, and says what the event is to say of it.
    fn filed(
        &mut self,
        under: &Under<'_>,
        id: GroupId,
        wrapped: Vec<u8>,
        holds: Holds,
        sealed: SealedPortions,
        dice: &mut Stream,
    ) -> GroupFiled {
        let portions = sealed.0.iter();
        let key = GroupKey {
            key_box: under.key.id(),
            wrapped: wrapped.into(),
            seals: portions.map(|(id, bytes)| (*id, seal_of(bytes))).collect(),
            slot: self.keys.slot.as_ref().map(RecordSlot::number),
        };
        self.put(kinds::record_key(id), &encode(&key), dice);
        self.put(kinds::value(id), &encode(&sealed), dice);
        GroupFiled {
            id,
            label: under.label.clone(),
            key_box: under.key.id(),
            portions: sealed.0.into_iter().map(|(id, _)| id).collect(),
            holds,
            seals: encode(&digest_of_seals(&key.seals)).into(),
        }
    }

    /// Draws a record key for a group, and wraps it under its label's key, and that under the record's slot.
    fn wrapped_key(&self, under: &Under<'_>, dice: &mut Stream) -> (GroupId, RecordKey, Vec<u8>) {
        let group = GroupId::random(dice);
        let key = RecordKey::random(self.keys.suite, dice);
        let binding = WrapBinding {
            room: self.keys.room,
            record: self.keys.record,
            group,
            filing: under.digest,
            present: under.digest,
            event: self.keys.event,
            key_box: under.key.id(),
        };
        let wrapped = key.wrap(under.key, &binding, dice);
        let slot = self.keys.slot.as_ref();
        let wrapped = (self.keys.store).under_slot(slot, (group, None), wrapped, dice);
        (group, key, wrapped)
    }

    fn seal(
        &self,
        under: &Under<'_>,
        key: &RecordKey,
        portion: PortionId,
        plain: &[u8],
        dice: &mut Stream,
    ) -> Vec<u8> {
        let binding = PortionBinding {
            room: self.keys.room,
            record: self.keys.record,
            version: self.keys.version,
            portion,
            filing: under.digest,
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
