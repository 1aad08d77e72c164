//! What the events name: every row that must be there, and what each must be.
//!
//! This is a fold of its own, beside the state's. The state keeps what decisions need and stops at the
//! first event that does not fit; a check needs every row that ever was named, and goes on as far as
//! it can. An act that is added must say here which rows it names.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use minicbor::bytes::ByteVec;
use strongroom_label::Label;
use strongroom_record::disclosure::{DisclosureAnswered, messages};
use strongroom_record::event::{
    Act, AtomBorn, Genesis, GroupFiled, GroupLowered, GroupRaised, Holds, SealedFor, StoredEvent,
    Withdrawn,
};
use strongroom_record::route::read_routes;
use strongroom_record::{
    AtomId, BoxId, CommandId, EventId, GroupId, PersonId, PortionId, RecordId, RouteName, ShareId,
    decode,
};
use strongroom_seal::{AtomPublic, Digest, HolderId, PersonPublic, Quorum};
use strongroom_vault::Key;

use super::recoveries::Recoveries;
use crate::founding::FIRST_LOG;
use crate::kinds;

/// A label of the table that a check keeps: one number instead of a label at every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelAt(u32);

/// What a row must be.
#[derive(Debug)]
pub(super) enum Want {
    /// An event, which is compared with its entry when the ledger is walked.
    Event,
    /// A signature, which is compared with its events there.
    Command,
    Room,
    LogKeys,
    Checkpoint,
    Bundle,
    Holding(Box<WantHolding>),
    Share(Box<WantShare>),
    Box(WantBox),
    RecordKey(Box<WantRecordKey>),
    LayerKey(BoxId),
    Value(WantValue),
    NoteBox,
    /// The key of a command's note for one reader.
    NoteFor(CommandId, NoteReader),
    Filing,
    /// The slot of a destroyed record that is still to be wiped.
    DueSlot,
    /// What a key holder gave, by its digest.
    Given(Box<Digest>),
    /// The recovery shares of the house key, by their digests.
    HouseShares(Vec<Digest>),
    /// A disclosed message.
    Disclosed(WantDisclosed),
    /// An answer to a disclosure, by its digest.
    DisclosureReply(Box<Digest>),
}

/// What a disclosed message must be.
#[derive(Debug)]
pub(super) struct WantDisclosed {
    pub(super) leaf: [u8; 32],
    /// By which route it came, where the ledger says.
    pub(super) route: Option<Option<RouteName>>,
    /// It was acknowledged, and so lies in the store.
    pub(super) in_store: bool,
}

/// For whom a note is.
#[derive(Debug, Clone, Copy)]
pub(super) enum NoteReader {
    Person(PersonId),
    Holders(AtomId),
}

#[derive(Debug)]
pub(super) struct WantHolding {
    pub(super) atom: AtomId,
    pub(super) epoch: u32,
    pub(super) person: PersonId,
}

#[derive(Debug)]
pub(super) struct WantShare {
    pub(super) atom: AtomId,
    pub(super) epoch: u32,
    pub(super) index: u8,
    pub(super) quorum: Quorum,
    pub(super) holder: HolderId,
    pub(super) digest: Digest,
}

#[derive(Debug)]
pub(super) struct WantBox {
    pub(super) label: LabelAt,
    /// Of a label's own key, which its event commits to.
    pub(super) digest: Option<Box<Digest>>,
    /// Of a layer over what was taken back: it opens for nobody but the quorum.
    pub(super) withdrawal: bool,
}

#[derive(Debug)]
pub(super) struct WantRecordKey {
    pub(super) key_box: BoxId,
    pub(super) label: LabelAt,
    pub(super) seals: Digest,
}

/// What a stored value must hold.
#[derive(Debug)]
pub(super) struct WantValue {
    /// The group in whose row its record key lies.
    pub(super) key_row: GroupId,
    pub(super) layers: u32,
    /// Portions in it.
    count: u32,
    pub(super) portions: Portions,
}

impl WantValue {
    /// Portions leave it.
    fn part(&mut self, leaving: &[PortionId]) {
        let count = u32::try_from(leaving.len()).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(count);
        match &mut self.portions {
            Portions::AllBut(gone) => gone.extend_from_slice(leaving),
            Portions::Only(left) => left.retain(|p| !leaving.contains(p)),
        }
    }
}

/// Which portions of those that were filed.
#[derive(Debug)]
pub(super) enum Portions {
    /// All but these.
    AllBut(Vec<PortionId>),
    /// These, in this order.
    Only(Vec<PortionId>),
}

/// Everything that the events read so far name.
#[derive(Default)]
pub(super) struct Named {
    pub(super) rows: BTreeMap<Key, Want>,
    pub(super) keys: HashMap<PersonId, Arc<PersonPublic>>,
    /// The log's generation and keys, as the events read so far name them.
    pub(super) log: Option<(u32, String)>,
    labels: Vec<Label>,
    known: BTreeMap<Label, LabelAt>,
    /// The boxes of each label's own keys, from the first on.
    label_boxes: HashMap<u32, Vec<BoxId>>,
    pub(super) holders: Vec<HolderId>,
    pub(super) quorum: Option<Quorum>,
    pub(super) recoveries: Recoveries,
    /// How many values open with the record key of a row.
    key_rows: HashMap<GroupId, u32>,
    /// Filings by how they ended: those that are not complete may have left boxes.
    filings: HashMap<CommandId, Filing>,
    /// The groups of each record: what goes when it is destroyed.
    groups: HashMap<RecordId, Vec<GroupId>>,
    /// The digests of kept states, by their events.
    pub(super) kept: HashMap<EventId, Vec<u8>>,
    /// What does not fit: an event, and the rule.
    pub(super) misfits: Vec<(EventId, &'static str)>,
}

/// How far a filing has come, as its events tell.
#[derive(Default)]
struct Filing {
    complete: bool,
    commands: HashSet<Option<CommandId>>,
}

impl Named {
    pub(super) fn new() -> Self {
        let mut named = Self::default();
        named.rows.insert(kinds::room(), Want::Room);
        named.rows.insert(kinds::log_keys(), Want::LogKeys);
        named
    }

    /// The label of a number.
    pub(super) fn label(&self, at: LabelAt) -> &Label {
        &self.labels[at.0 as usize]
    }
    /// Whether a box is that of a label's own key, now or before.
    pub(super) fn is_of_label(&self, at: LabelAt, key_box: BoxId) -> bool {
        self.label_boxes
            .get(&at.0)
            .is_some_and(|boxes| boxes.contains(&key_box))
    }
    /// Whether some filing was interrupted or went on in a second try: such a one may have left the
    /// boxes of labels that it did not come to.
    pub(super) fn boxes_may_be_left(&self) -> bool {
        self.filings
            .values()
            .any(|f| !f.complete || f.commands.len() > 1)
    }

    fn intern(&mut self, label: &Label) -> LabelAt {
        if let Some(known) = self.known.get(label) {
            return *known;
        }
        let at = LabelAt(u32::try_from(self.labels.len()).expect("labels are few"));
        self.labels.push(label.clone());
        self.known.insert(label.clone(), at);
        at
    }

    /// Takes in an event that agrees with its entry.
    pub(super) fn take(&mut self, event: &StoredEvent) {
        self.rows.insert(kinds::event(event.id), Want::Event);
        if let Some(id) = event.command {
            self.rows.insert(kinds::command(id), Want::Command);
        }
        for copy in event.sealed.iter().flat_map(|field| &field.copies) {
            match &copy.readable {
                SealedFor::Inspectors(command) => {
                    self.rows.insert(kinds::note_box(*command), Want::NoteBox);
                }
                SealedFor::Person(command, person) => {
                    let at = kinds::note_for(*command, person.as_bytes());
                    self.rows
                        .insert(at, Want::NoteFor(*command, NoteReader::Person(*person)));
                }
                SealedFor::Holders(command, atom) => {
                    let at = kinds::note_for(*command, atom.as_bytes());
                    self.rows
                        .insert(at, Want::NoteFor(*command, NoteReader::Holders(*atom)));
                }
                // Most are those of what the event files or raises; a statement may have one of its own.
                SealedFor::Label(id, label) => {
                    let label = self.intern(label);
                    self.named_box(*id, label);
                }
            }
        }
        if let Err(rule) = self.act(event) {
            self.misfits.push((event.id, rule));
        }
    }

    fn act(&mut self, event: &StoredEvent) -> Result<(), &'static str> {
        match &event.act {
            Act::Founded(genesis) => self.founded(genesis),
            Act::AtomMade(born) | Act::AtomTurned(born) => self.atom_made(born),
            Act::Joined {
                invitation,
                person,
                keys,
            } => match self.recovery_of(*invitation) {
                None => self.person(*person, keys),
                Some(recovery) => {
                    let at = kinds::offered_bundle(recovery);
                    self.rows.insert(at, Want::Bundle);
                    Ok(())
                }
            },
            Act::RecoveryAsked(_)
            | Act::ShareGiven(_)
            | Act::Recovered(_)
            | Act::Rekeyed(_)
            | Act::KeyHoldersChanged(_)
            | Act::RecoveryWithdrawn { .. } => self.recovery(event),
            Act::ClearanceSealed {
                person, holdings, ..
            } => {
                for made in holdings {
                    let at = kinds::holding(made.holding);
                    self.holding(at, made.atom, made.epoch, *person);
                }
                Ok(())
            }
            Act::LabelKeyMade {
                key_box,
                label,
                digest,
            } => {
                let digest = decode(digest).map_err(|_| "a digest in it cannot be read")?;
                let label = self.intern(label);
                self.label_boxes.entry(label.0).or_default().push(*key_box);
                let want = WantBox {
                    label,
                    digest: Some(Box::new(digest)),
                    withdrawal: false,
                };
                self.rows.insert(kinds::key_box(*key_box), Want::Box(want));
                Ok(())
            }
            Act::Filed(filed) => {
                self.rows.insert(kinds::filing(filed.filing), Want::Filing);
                let filing = self.filings.entry(filed.filing).or_default();
                filing.commands.insert(filed_in(event));
                self.groups_filed(filed.record, &filed.groups)
            }
            Act::FrameFiled { filing, group, .. } => {
                self.rows.insert(kinds::filing(*filing), Want::Filing);
                self.filings.entry(*filing).or_default().complete = true;
                self.group_filed(group)
            }
            // A correction is a filing in one commit: nothing of it goes on later.
            Act::Corrected(filed) => self.groups_filed(filed.record, &filed.groups),
            Act::RecordingFiled(filed) => self.groups_filed(filed.record, &filed.groups),
            Act::Restricted { record, groups, .. } => {
                let parted = groups.iter().filter(|g| g.from != g.to).map(|g| g.to);
                self.groups.entry(*record).or_default().extend(parted);
                groups.iter().try_for_each(|g| self.raised(g))
            }
            Act::Lowered(lowered) => {
                let fallen = lowered
                    .groups
                    .iter()
                    .filter(|g| g.from != g.to)
                    .map(|g| g.to);
                self.groups
                    .entry(lowered.record)
                    .or_default()
                    .extend(fallen);
                lowered.groups.iter().try_for_each(|g| self.lowered(g))
            }
            Act::Destroyed(destroyed) => {
                if destroyed.slot {
                    let at = kinds::due_slot(destroyed.record);
                    self.rows.insert(at, Want::DueSlot);
                }
                self.destroyed(destroyed.record)
            }
            Act::SlotsWiped { records } => {
                for record in records {
                    self.rows.remove(&kinds::due_slot(*record));
                }
                Ok(())
            }
            Act::Withdrawn(Withdrawn { groups, .. }) => {
                self.closed_by(groups);
                groups.iter().try_for_each(|g| self.raised(g))
            }
            Act::Restored(restored) => {
                self.log = Some((restored.generation, restored.log_keys.clone()));
                let withdrawn = restored.restricted.iter().filter(|r| r.withdrawn.is_some());
                withdrawn.for_each(|again| self.closed_by(&again.groups));
                for again in &restored.restricted {
                    again.groups.iter().try_for_each(|g| self.raised(g))?;
                    if again.destroyed.is_some() {
                        self.destroyed(again.record)?;
                    }
                }
                Ok(())
            }
            Act::DisclosuresTaken(taken) => {
                let by_place = taken.routes.as_ref().map(|routes| read_routes(routes));
                let by_place = by_place.transpose()?;
                for (place, message) in messages(&taken.places)? {
                    let at = kinds::disclosed(message.disclosure, message.number);
                    let want = WantDisclosed {
                        leaf: message.leaf,
                        route: by_place.as_ref().map(|routes| routes[place].clone()),
                        in_store: false,
                    };
                    self.rows.insert(at, Want::Disclosed(want));
                }
                Ok(())
            }
            Act::DisclosureAnswered(answered) => self.answered(answered),
            Act::PolicyChanged(changed) => changed
                .made
                .iter()
                .try_for_each(|born| self.atom_made(born)),
            Act::Departed(departed) => {
                self.left(departed.person);
                departed
                    .turned
                    .iter()
                    .try_for_each(|born| self.atom_made(born))
            }
            // These name no row.
            Act::DisclosureShown { .. }
            | Act::Invited { .. }
            | Act::Confirmed { .. }
            | Act::ClearanceAuthorised { .. }
            | Act::SignedIn
            | Act::SignInRefused { .. }
            | Act::SignedOut
            | Act::PassphraseChanged
            | Act::Listed { .. }
            | Act::Opened { .. }
            | Act::HistoryShown { .. }
            | Act::Refused { .. }
            | Act::Graded { .. }
            | Act::Rehearsed(_)
            | Act::WithdrawalAsked { .. }
            | Act::WithdrawalTakenBack { .. }
            | Act::HoldPlaced { .. }
            | Act::HoldReleased { .. }
            | Act::ScheduleSet { .. }
            | Act::Linked(_)
            | Act::ApprovalAsked(_)
            | Act::Approved(_)
            | Act::Denied { .. }
            | Act::RequestTakenBack { .. }
            | Act::RulesInForce { .. }
            | Act::PracticeAdded(_)
            | Act::PracticeEnded { .. }
            | Act::DocketShown { .. }
            | Act::CustodyStated { .. }
            | Act::Challenged(_)
            | Act::ChallengeAnswered(_)
            | Act::ActingBegan(_)
            | Act::ActingEnded { .. }
            | Act::OpenedBy { .. }
            | Act::Checked { .. }
            | Act::BackedUp(_) => Ok(()),
            // Its rows lie in one of two places, until another is kept: the row that names it says which.
            Act::StateKept { digest, .. } => {
                self.kept.insert(event.id, digest.to_vec());
                Ok(())
            }
        }
    }

    /// An acknowledgement brings into the store what was taken in before it; a reply lies there.
    fn answered(&mut self, answered: &DisclosureAnswered) -> Result<(), &'static str> {
        let id = answered.disclosure;
        if let Some(digest) = &answered.digest {
            let digest = decode(digest).map_err(|_| "the digest of a reply cannot be read")?;
            let at = kinds::disclosure_reply(id, answered.number);
            self.rows
                .insert(at, Want::DisclosureReply(Box::new(digest)));
            return Ok(());
        }
        let all = kinds::disclosed(id, 0)..=kinds::disclosed(id, u32::MAX);
        for (_, want) in self.rows.range_mut(all) {
            if let Want::Disclosed(message) = want {
                message.in_store = true;
            }
        }
        Ok(())
    }

    /// What was a person's who left is not there any more.
    fn left(&mut self, person: PersonId) {
        self.rows.remove(&kinds::bundle(person));
        let held = |want: &Want| matches!(want, Want::Holding(held) if held.person == person);
        self.rows.retain(|_, want| !held(want));
    }

    fn founded(&mut self, genesis: &Genesis) -> Result<(), &'static str> {
        self.key_holders(&genesis.key_holders, genesis.quorum, &genesis.house_shares)?;
        self.log = Some((FIRST_LOG, genesis.log_keys.clone()));
        self.person(genesis.founder, &genesis.founder_keys)
    }

    pub(super) fn person(&mut self, person: PersonId, keys: &[u8]) -> Result<(), &'static str> {
        self.rows.insert(kinds::bundle(person), Want::Bundle);
        let keys = decode(keys).map_err(|_| "a person's public keys in it cannot be read")?;
        self.keys.insert(person, Arc::new(keys));
        Ok(())
    }

    pub(super) fn holding(&mut self, at: Key, atom: AtomId, epoch: u32, person: PersonId) {
        let want = WantHolding {
            atom,
            epoch,
            person,
        };
        self.rows.insert(at, Want::Holding(Box::new(want)));
    }

    fn atom_made(&mut self, born: &AtomBorn) -> Result<(), &'static str> {
        let public: AtomPublic =
            decode(&born.public).map_err(|_| "an atom's public key in it cannot be read")?;
        for (person, holding) in &born.holdings {
            self.holding(kinds::holding(*holding), public.id, public.epoch, *person);
        }
        self.shares((public.id, public.epoch), &born.shares)
    }

    /// The shares of one epoch of an atom, one for each key holder.
    pub(super) fn shares(
        &mut self,
        (atom, epoch): (AtomId, u32),
        shares: &[(ShareId, ByteVec)],
    ) -> Result<(), &'static str> {
        let quorum = self.quorum.ok_or("no event before it names key holders")?;
        if shares.len() != self.holders.len() {
            return Err("it deals another number of shares than there are key holders");
        }
        for ((index, holder), (id, digest)) in (1..).zip(&self.holders).zip(shares) {
            let want = WantShare {
                atom,
                epoch,
                index,
                quorum,
                holder: *holder,
                digest: decode(digest).map_err(|_| "a share's digest in it cannot be read")?,
            };
            self.rows
                .insert(kinds::share(*id), Want::Share(Box::new(want)));
        }
        Ok(())
    }

    /// A box that a filing or a restriction names. That of a label's own key is known by its event.
    fn named_box(&mut self, id: BoxId, label: LabelAt) {
        let want = WantBox {
            label,
            digest: None,
            withdrawal: false,
        };
        self.rows
            .entry(kinds::key_box(id))
            .or_insert(Want::Box(want));
    }

    /// The boxes of layers over what was taken back.
    fn closed_by(&mut self, groups: &[GroupRaised]) {
        for group in groups {
            let want = WantBox {
                label: self.intern(&group.label),
                digest: None,
                withdrawal: true,
            };
            let at = kinds::key_box(group.key_box);
            self.rows.insert(at, Want::Box(want));
        }
    }

    fn groups_filed(
        &mut self,
        record: RecordId,
        groups: &[GroupFiled],
    ) -> Result<(), &'static str> {
        let known = self.groups.entry(record).or_default();
        known.extend(groups.iter().map(|g| g.id));
        groups.iter().try_for_each(|g| self.group_filed(g))
    }

    /// None of the rows of a destroyed record is there any more, but for boxes, which others may lie under.
    fn destroyed(&mut self, record: RecordId) -> Result<(), &'static str> {
        let groups = self.groups.remove(&record);
        let groups = groups.ok_or("it destroys a record that no event before it files")?;
        for group in groups {
            let Some(Want::Value(value)) = self.rows.remove(&kinds::value(group)) else {
                continue;
            };
            self.rows.remove(&kinds::record_key(value.key_row));
            for layer in 0..value.layers as usize {
                self.rows.remove(&kinds::layer_key(group, layer));
            }
        }
        Ok(())
    }

    fn group_filed(&mut self, group: &GroupFiled) -> Result<(), &'static str> {
        let label = self.intern(&group.label);
        self.named_box(group.key_box, label);
        let seals = decode(&group.seals).map_err(|_| "the digest of its seals cannot be read")?;
        let key = WantRecordKey {
            key_box: group.key_box,
            label,
            seals,
        };
        self.rows
            .insert(kinds::record_key(group.id), Want::RecordKey(Box::new(key)));
        let value = WantValue {
            key_row: group.id,
            layers: 0,
            count: u32::try_from(group.portions.len()).unwrap_or(u32::MAX),
            portions: Portions::AllBut(Vec::new()),
        };
        self.rows.insert(kinds::value(group.id), Want::Value(value));
        self.key_rows.insert(group.id, 1);
        Ok(())
    }

    /// Words that fall stand in a value of their own, sealed anew; a file loses its layers, and its key is wrapped anew.
    fn lowered(&mut self, lowered: &GroupLowered) -> Result<(), &'static str> {
        let from = kinds::value(lowered.from);
        let Some(Want::Value(value)) = self.rows.get_mut(&from) else {
            return Err("it lowers a group that no event before it names");
        };
        let (key_row, layers) = (value.key_row, value.layers);
        let file = lowered.from == lowered.to;
        if file {
            value.layers = 0;
        } else {
            value.part(&lowered.portions);
        }
        let emptied = value.count == 0;
        if file || emptied {
            for layer in 0..layers {
                let at = kinds::layer_key(lowered.from, layer as usize);
                self.rows.remove(&at);
            }
        }
        let label = self.intern(&lowered.label);
        self.named_box(lowered.key_box, label);
        if file {
            let at = kinds::record_key(key_row);
            if let Some(Want::RecordKey(key)) = self.rows.get_mut(&at) {
                (key.key_box, key.label) = (lowered.key_box, label);
            }
            return Ok(());
        }
        if emptied {
            self.rows.remove(&from);
            let users = self.key_rows.entry(key_row).or_insert(1);
            *users = users.saturating_sub(1);
            if *users == 0 {
                self.rows.remove(&kinds::record_key(key_row));
            }
        }
        let as_filed = GroupFiled {
            id: lowered.to,
            label: lowered.label.clone(),
            key_box: lowered.key_box,
            portions: lowered.portions.clone(),
            holds: Holds::Text,
            seals: lowered.seals.clone(),
        };
        self.group_filed(&as_filed)
    }

    fn raised(&mut self, raise: &GroupRaised) -> Result<(), &'static str> {
        let label = self.intern(&raise.label);
        self.named_box(raise.key_box, label);
        let from = kinds::value(raise.from);
        let Some(Want::Value(value)) = self.rows.get_mut(&from) else {
            return Err("it raises a group that no event before it names");
        };
        if raise.from == raise.to {
            let at = kinds::layer_key(raise.from, value.layers as usize);
            value.layers += 1;
            self.rows.insert(at, Want::LayerKey(raise.key_box));
            return Ok(());
        }
        let key_row = value.key_row;
        value.part(&raise.portions);
        *self.key_rows.entry(key_row).or_insert(1) += 1;
        if value.count == 0 {
            self.rows.remove(&from);
        }
        let parted = WantValue {
            key_row,
            layers: 1,
            count: u32::try_from(raise.portions.len()).unwrap_or(u32::MAX),
            portions: Portions::Only(raise.portions.clone()),
        };
        self.rows
            .insert(kinds::value(raise.to), Want::Value(parted));
        self.rows
            .insert(kinds::layer_key(raise.to, 0), Want::LayerKey(raise.key_box));
        Ok(())
    }
}

/// What tells the tries of a filing apart: the command under which its notes to the inspectors go.
fn filed_in(event: &StoredEvent) -> Option<CommandId> {
    let copies = event.sealed.iter().flat_map(|field| &field.copies);
    copies
        .filter_map(|copy| match &copy.readable {
            SealedFor::Inspectors(command) => Some(*command),
            SealedFor::Label(..) | SealedFor::Person(..) | SealedFor::Holders(..) => None,
        })
        .next()
}
