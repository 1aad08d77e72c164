//! Key boxes: one key for one label, which only those open who hold all that the label asks for.
//!
//! A label's [`Lock`](strongroom_label::Lock) has parts, all of which are needed. For each part one random share is drawn. It is
//! sealed to the part's atom; where any one of several atoms will do, one and the same share is sealed
//! to each of them; where nobody will do, it is sealed to the key holders' quorum. (So is the only share of a box for what
//! was taken back, whatever its label.) The box's key is derived from *all* shares: lacking one, one knows nothing about it. So the conjunction lies in the
//! keys, not in a decision.
//!
//! Making a box takes public keys alone. Whoever makes one for a label that is above them and forgets
//! the [`BoxKey`] cannot open it any more, though they keep every byte.
//!
//! A share binds room, box, label, purpose, part, atom and epoch: moved to another box or another part
//! it does not open. What a box does *not* prove is who made it: anyone can make one. A box is believed
//! because an event signed by its maker carries its [`digest`](KeyBox::digest).

use std::collections::BTreeSet;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode};
use strongroom_label::{AtomName, Label, LockPart};
use strongroom_record::{AtomId, BoxId, RoomId, Stream, encode};

use crate::atom::{AtomPrivate, AtomPublic, AtomRole};
use crate::digest::{Digest, LabelDigest, digest};
use crate::domain::{self, Domain};
use crate::error::OpenError;
use crate::kem::{OtherSuite, seal_to};
use crate::secret::{Secret, SecretBytes};
use crate::suite::{Suite, SuiteFloor};

/// Bytes of one share.
const SHARE_BYTES: usize = 32;

/// Most shares in a box. A label names some ten atoms at most in any policy at hand; this leaves room
/// for a permissive category with a value for every country, and bounds a box to a few hundred KiB.
pub const BOX_SHARES_MAX: usize = 512;

/// What the key of a box is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// The key of a label, shared by all sessions that hold it.
    #[n(0)]
    LabelKey,
    /// The key of one blind filing, forgotten by its filer.
    #[n(1)]
    Batch,
    /// The key of a further layer over stored bytes.
    #[n(2)]
    Layer,
    /// The key of the layer over what was taken back: sealed to the quorum alone, whatever the label asks for.
    #[n(3)]
    Withdrawal,
}

/// The parts of a box, in the order of the label's lock. Any one of a part's atoms will do; where it has none, nobody
/// but the quorum will.
fn parts(label: &Label, purpose: Purpose) -> Vec<BTreeSet<AtomName>> {
    if purpose == Purpose::Withdrawal {
        return vec![BTreeSet::new()];
    }
    let part = |part| match part {
        LockPart::Atom(name) => BTreeSet::from([name]),
        LockPart::AnyOf { atoms, .. } => atoms,
    };
    label.lock().parts.into_iter().map(part).collect()
}

/// One share, sealed to one atom.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BoxShare {
    /// Which part of the lock it is for, from 0.
    #[n(0)]
    part: u16,
    /// The atom it is sealed to.
    #[n(1)]
    atom: AtomId,
    /// The epoch of the atom's key pair.
    #[n(2)]
    epoch: u32,
    /// The sealed share.
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

impl BoxShare {
    /// What shares are ordered by; no two in a box have the same.
    const fn place(&self) -> (u16, AtomId, u32) {
        (self.part, self.atom, self.epoch)
    }
}

/// The shares of a key, in ascending order of part, atom and epoch.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct KeyBox {
    #[n(0)]
    id: BoxId,
    #[n(1)]
    label: Label,
    #[n(2)]
    purpose: Purpose,
    #[n(3)]
    shares: Vec<BoxShare>,
}

/// The fields of a [`KeyBox`] before they are checked against each other.
#[derive(Decode)]
struct RawKeyBox {
    #[n(0)]
    id: BoxId,
    #[n(1)]
    label: Label,
    #[n(2)]
    purpose: Purpose,
    #[n(3)]
    shares: Vec<BoxShare>,
}

impl<'b, C> Decode<'b, C> for KeyBox {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let raw = RawKeyBox::decode(d, ctx)?;
        let key_box = Self {
            id: raw.id,
            label: raw.label,
            purpose: raw.purpose,
            shares: raw.shares,
        };
        match key_box.fault() {
            None => Ok(key_box),
            Some(fault) => Err(DecodeError::message(fault).at(at)),
        }
    }
}

/// Why a box could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeBoxError {
    /// The room has no key for an atom of the label.
    #[error("the room has no key for {0}")]
    NoSuchAtom(AtomRole),
    /// What was given as the key of an atom is the key of another.
    #[error("the key given for {wanted} is that of {given}")]
    OtherAtom {
        /// The atom that the label asks for.
        wanted: AtomRole,
        /// The atom whose key was given.
        given: AtomRole,
    },
    /// The label names more atoms than a box has room for.
    #[error("the label asks for {0} shares; a key box has at most {BOX_SHARES_MAX}")]
    TooManyShares(usize),
    /// An atom's key is of another suite than the box.
    #[error(transparent)]
    OtherSuite(#[from] OtherSuite),
}

/// Why a box did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenBoxError {
    /// Nothing that is held opens this part of the label, in the epochs that the box is for.
    #[error("part {0} of the label is not held")]
    NotHeld(u16),
    /// What was given for the part's atom is not the key that the box has a share for.
    #[error("the key box has no share for part {0} that fits the keys held")]
    NoShare(u16),
    /// A share does not open, although its atom is held.
    #[error("the share for part {part} of the label: {why}")]
    Share {
        /// The part, from 0.
        part: u16,
        /// Why it does not open.
        why: OpenError,
    },
}

/// What a share is sealed for.
#[derive(Encode)]
struct ShareBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    key_box: BoxId,
    #[n(2)]
    label: LabelDigest,
    #[n(3)]
    purpose: Purpose,
    #[n(4)]
    part: u16,
    #[n(5)]
    atom: AtomId,
    #[n(6)]
    epoch: u32,
}

/// What the key of a box is derived for.
#[derive(Encode)]
struct KeyBinding {
    #[n(0)]
    room: RoomId,
    #[n(1)]
    key_box: BoxId,
    #[n(2)]
    label: LabelDigest,
    #[n(3)]
    purpose: Purpose,
    #[n(4)]
    parts: u16,
}

impl KeyBox {
    /// Draws a key for a label and seals its shares. `lookup` gives the newest public key of an atom,
    /// as the ledger binds it; `quorum` is the key holders'.
    ///
    /// # Errors
    /// An atom's key is missing, is another's or of another suite, or the label asks for too many shares.
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
    pub fn make<'a>(
        suite: Suite,
        room: RoomId,
        id: BoxId,
        label: Label,
        purpose: Purpose,
        lookup: impl Fn(&AtomName) -> Option<&'a AtomPublic>,
        quorum: &'a AtomPublic,
        stream: &mut Stream,
    ) -> Result<(Self, BoxKey), MakeBoxError> {
        let find = |name: &AtomName| {
            let wanted = AtomRole::Label(name.clone());
            match lookup(name) {
                None => Err(MakeBoxError::NoSuchAtom(wanted)),
                Some(atom) => expect_role(atom, wanted),
            }
        };
        let mut sealed_to = Vec::new();
        for atoms in &parts(&label, purpose) {
            sealed_to.push(if atoms.is_empty() {
                vec![expect_role(quorum, AtomRole::Quorum)?]
            } else {
                atoms.iter().map(find).collect::<Result<_, _>>()?
            });
        }
        let count = sealed_to.iter().map(Vec::len).sum();
        if count > BOX_SHARES_MAX {
            return Err(MakeBoxError::TooManyShares(count));
        }

        let mut key_box = Self {
            id,
            label,
            purpose,
            shares: Vec::with_capacity(count),
        };
        let label = LabelDigest::of(&key_box.label);
        let parts = sealed_to.len();
        let mut secrets = Shares::of_parts(parts);
        for (part, atoms) in sealed_to.into_iter().enumerate() {
            let secret = secrets.part_mut(part);
            stream.fill(secret);
            for atom in atoms {
                let place = (part_number(part), atom.id, atom.epoch);
                let binding = key_box.share_binding(room, label, place);
                let sealed = seal_to(
                    suite,
                    &atom.key,
                    domain::BOX_SHARE,
                    &binding,
                    secret,
                    stream,
                )?;
                key_box.shares.push(BoxShare {
                    part: place.0,
                    atom: place.1,
                    epoch: place.2,
                    sealed,
                });
            }
        }
        key_box.shares.sort_by_key(BoxShare::place);
        let key = key_box.derive(suite, room, label, &secrets);
        Ok((key_box, key))
    }

    /// Opens the box with atoms that are held: one share for every part of the label. `holder` is asked
    /// for an atom in the epoch that a share is for, which may be older than the atom's newest.
    ///
    /// # Errors
    /// A part is not held, or a share does not open.
    pub fn open<'a>(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        holder: impl Fn(&AtomName, u32) -> Option<&'a AtomPrivate>,
    ) -> Result<BoxKey, OpenBoxError> {
        self.open_with(floor, room, holder, |_| None)
    }

    /// Opens the box as the key holders' quorum does, for a label that admits nobody: its private half,
    /// of the epoch asked for, opens the parts that nobody may, atoms the others.
    ///
    /// # Errors
    /// A part is not held, or a share does not open.
    pub fn open_as_quorum<'a>(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        holder: impl Fn(&AtomName, u32) -> Option<&'a AtomPrivate>,
        quorum: impl Fn(u32) -> Option<&'a AtomPrivate>,
    ) -> Result<BoxKey, OpenBoxError> {
        self.open_with(floor, room, holder, quorum)
    }

    fn open_with<'a>(
        &self,
        floor: SuiteFloor,
        room: RoomId,
        holder: impl Fn(&AtomName, u32) -> Option<&'a AtomPrivate>,
        quorum: impl Fn(u32) -> Option<&'a AtomPrivate>,
    ) -> Result<BoxKey, OpenBoxError> {
        let parts = parts(&self.label, self.purpose);
        let label = LabelDigest::of(&self.label);
        // First what is held, then the arithmetic: one who lacks a part is told so at once.
        let mut chosen = Vec::with_capacity(parts.len());
        for (index, atoms) in parts.iter().enumerate() {
            let part_index = part_number(index);
            let epochs = self.epochs_of(part_index);
            let (epochs, ask) = (&epochs, &holder);
            let in_epochs = |name| epochs.iter().filter_map(move |epoch| ask(name, *epoch));
            let held: Vec<&AtomPrivate> = if atoms.is_empty() {
                epochs.iter().filter_map(|epoch| quorum(*epoch)).collect()
            } else {
                atoms.iter().flat_map(in_epochs).collect()
            };
            if held.is_empty() {
                return Err(OpenBoxError::NotHeld(part_index));
            }
            let found = held.iter().find_map(|atom| {
                let place = (part_index, atom.id(), atom.epoch());
                self.share_at(place).map(|share| (*atom, share))
            });
            chosen.push(found.ok_or(OpenBoxError::NoShare(part_index))?);
        }

        let mut secrets = Shares::of_parts(chosen.len());
        let mut suite = None;
        for (index, (atom, share)) in chosen.into_iter().enumerate() {
            let part = part_number(index);
            let fail = |why| OpenBoxError::Share { part, why };
            let binding = self.share_binding(room, label, share.place());
            let opened = atom
                .key()
                .open(floor, domain::BOX_SHARE, &binding, &share.sealed)
                .map_err(fail)?;
            let secret = secrets.part_mut(index);
            if opened.len() != secret.len() {
                return Err(fail(OpenError::Damaged));
            }
            secret.copy_from_slice(opened.expose());
            // One suite for a whole box: a mixture is none that was made.
            if *suite.get_or_insert(atom.key().suite()) != atom.key().suite() {
                return Err(fail(OpenError::Damaged));
            }
        }
        let suite = suite.expect("a label has at least one part");
        Ok(self.derive(suite, room, label, &secrets))
    }

    /// Names the box.
    pub const fn id(&self) -> BoxId {
        self.id
    }
    /// The label whose holders open it.
    pub const fn label(&self) -> &Label {
        &self.label
    }
    /// What its key is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }
    /// The atoms that shares are sealed to, each with its epoch, one for every share. A box of which one
    /// epoch is no longer the atom's newest was made before the atom was turned.
    pub fn atoms(&self) -> impl Iterator<Item = (AtomId, u32)> + '_ {
        self.shares.iter().map(|s| (s.atom, s.epoch))
    }
    /// How many shares it has: as many HPKE seals as making it took.
    pub fn share_count(&self) -> usize {
        self.shares.len()
    }
    /// The digest for the event that makes the box believed.
    pub fn digest(&self) -> Digest {
        digest(domain::BOX_DIGEST, &[&encode(self)])
    }

    /// What makes this no box that was ever made, if anything.
    fn fault(&self) -> Option<&'static str> {
        if self.shares.len() > BOX_SHARES_MAX {
            return Some("a key box has fewer shares");
        }
        if !self.shares.is_sorted_by(|a, b| a.place() < b.place()) {
            return Some("the shares of a key box ascend by part, atom and epoch");
        }
        let parts = parts(&self.label, self.purpose);
        for (index, atoms) in parts.iter().enumerate() {
            let count = self
                .shares
                .iter()
                .filter(|s| usize::from(s.part) == index)
                .count();
            if count != atoms.len().max(1) {
                return Some("a key box has as many shares for each part as its label asks for");
            }
        }
        let beyond = self
            .shares
            .iter()
            .any(|s| usize::from(s.part) >= parts.len());
        beyond.then_some("the shares of a key box are for the parts of its label")
    }

    /// The epochs of the atoms that a part's shares are for.
    fn epochs_of(&self, part: u16) -> BTreeSet<u32> {
        let shares = self.shares.iter().filter(|s| s.part == part);
        shares.map(|s| s.epoch).collect()
    }

    fn share_at(&self, place: (u16, AtomId, u32)) -> Option<&BoxShare> {
        self.shares
            .binary_search_by_key(&place, BoxShare::place)
            .ok()
            .map(|i| &self.shares[i])
    }

    fn share_binding(
        &self,
        room: RoomId,
        label: LabelDigest,
        (part, atom, epoch): (u16, AtomId, u32),
    ) -> Vec<u8> {
        encode(&ShareBinding {
            room,
            key_box: self.id,
            label,
            purpose: self.purpose,
            part,
            atom,
            epoch,
        })
    }

    fn derive(&self, suite: Suite, room: RoomId, label: LabelDigest, shares: &Shares) -> BoxKey {
        let binding = encode(&KeyBinding {
            room,
            key_box: self.id,
            label,
            purpose: self.purpose,
            parts: part_number(shares.parts()),
        });
        let id = suite.id().to_bytes();
        let salt = suite.binding_digest(&binding);
        let info: [&[u8]; 2] = [&id, domain::BOX_KEY.as_bytes()];
        BoxKey {
            id: self.id,
            suite,
            key: Secret::fill_with(|out| suite.derive(shares.bytes(), &salt, &info, out)),
        }
    }
}

fn expect_role(atom: &AtomPublic, wanted: AtomRole) -> Result<&AtomPublic, MakeBoxError> {
    if atom.name == wanted {
        Ok(atom)
    } else {
        Err(MakeBoxError::OtherAtom {
            wanted,
            given: atom.name.clone(),
        })
    }
}

fn part_number(index: usize) -> u16 {
    u16::try_from(index).expect("a label has fewer parts than 2^16")
}

/// The shares of all parts, one behind the other in the order of the lock.
struct Shares(SecretBytes);

impl Shares {
    fn of_parts(parts: usize) -> Self {
        Self(SecretBytes::from_vec(vec![0; parts * SHARE_BYTES]))
    }
    fn parts(&self) -> usize {
        self.0.len() / SHARE_BYTES
    }
    fn part_mut(&mut self, part: usize) -> &mut [u8] {
        &mut self.0.expose_mut()[part * SHARE_BYTES..][..SHARE_BYTES]
    }
    fn bytes(&self) -> &[u8] {
        self.0.expose()
    }
}

/// The key of a box.
pub struct BoxKey {
    id: BoxId,
    suite: Suite,
    key: Secret<32>,
}

impl BoxKey {
    /// The box it is the key of.
    pub const fn id(&self) -> BoxId {
        self.id
    }
    /// The suite of the box.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
    /// The key of the label's index.
    pub fn index_key(&self) -> Secret<32> {
        self.derive(domain::BOX_INDEX_KEY)
    }
    /// The bare key, for wrapping other keys under it.
    pub(crate) const fn key(&self) -> &Secret<32> {
        &self.key
    }
    /// A key for another purpose that follows from this one and tells nothing about it.
    pub(crate) fn derive(&self, domain: Domain) -> Secret<32> {
        let id = self.suite.id().to_bytes();
        let info: [&[u8]; 3] = [&id, domain.as_bytes(), self.id.as_bytes()];
        Secret::fill_with(|out| {
            self.suite
                .derive(self.key.expose(), domain.as_bytes(), &info, out);
        })
    }
}
