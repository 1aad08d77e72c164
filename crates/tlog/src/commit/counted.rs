//! The counted tree: one Merkle tree for event fields, portion fields, portions
//! and commands, told apart by a [`TreeSubject`]. The formats are in the
//! [module's docs](super).

use std::marker::PhantomData;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Commitment;
use crate::digest::{DIGEST_LEN, digest_type};
use crate::tree::{Frontier, LeafHash, MAX_PROOF_HASHES, Nodes, path_len, root_from_path};

/// The most leaves a counted tree takes. A tree is built in memory at 64 bytes a
/// leaf, so the largest takes 64 MiB; no record has a million portions and no
/// command a million events.
pub const MAX_LEAVES: u32 = 1 << 20;

/// Which field of an event or portion a value is. This crate gives no tag a
/// meaning; whoever numbers the fields says whether a tag may repeat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FieldTag(u16);

impl FieldTag {
    /// The field with this number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// A leaf of a field tree: the tag, which is bound in the clear, and the
/// commitment to the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Which field.
    pub tag: FieldTag,
    /// The commitment to its value.
    pub commitment: Commitment,
}

digest_type! {
    /// The root over the fields of one event, without its signature.
    BodyRoot
}
digest_type! {
    /// The root over the fields of one portion.
    PortionRoot
}
digest_type! {
    /// The root over all portions of a record, their count included.
    PortionsRoot
}
digest_type! {
    /// The root over the events of one command: what a person signs.
    CommandRoot
}

/// What a counted tree is over. Sealed: the four subjects are all there are.
pub trait TreeSubject: sealed::Sealed {
    /// What a leaf holds.
    type Leaf;
    /// The type of the root.
    type Root: From<[u8; DIGEST_LEN]> + PartialEq;
}

mod sealed {
    /// The domains of a subject, and how its leaf is written.
    pub trait Sealed {
        const LEAF_DOMAIN: &'static [u8];
        const ROOT_DOMAIN: &'static [u8];
        fn write_leaf(leaf: &<Self as super::TreeSubject>::Leaf, out: &mut Vec<u8>)
        where
            Self: super::TreeSubject;
    }
}

/// The subjects of the four trees, named only through the aliases below.
pub mod subject {
    use super::{BodyRoot, CommandRoot, Field, PortionRoot, PortionsRoot, TreeSubject, sealed};

    /// Declares a subject: its leaf, its root, its two domains.
    macro_rules! subject {
        ($(#[$meta:meta])* $name:ident, $leaf:ty, $root:ty, $leaf_domain:literal, $root_domain:literal, |$value:ident, $out:ident| $write:block) => {
            $(#[$meta])*
            #[derive(Clone, Copy, PartialEq, Eq, Debug)]
            pub enum $name {}

            impl TreeSubject for $name {
                type Leaf = $leaf;
                type Root = $root;
            }

            impl sealed::Sealed for $name {
                const LEAF_DOMAIN: &'static [u8] = $leaf_domain;
                const ROOT_DOMAIN: &'static [u8] = $root_domain;
                fn write_leaf($value: &$leaf, $out: &mut Vec<u8>) $write
            }
        };
    }

    subject!(
        /// The fields of an event.
        Event, Field, BodyRoot,
        b"strongroom/event-field/v1\n", b"strongroom/event-body/v1\n",
        |field, out| { write_field(field, out) }
    );
    subject!(
        /// The fields of a portion.
        Portion, Field, PortionRoot,
        b"strongroom/portion-field/v1\n", b"strongroom/portion-body/v1\n",
        |field, out| { write_field(field, out) }
    );
    subject!(
        /// The portions of a record.
        Portions, PortionRoot, PortionsRoot,
        b"strongroom/portion/v1\n", b"strongroom/portions/v1\n",
        |root, out| { out.extend_from_slice(root.as_bytes()) }
    );
    subject!(
        /// The events of a command.
        Command, BodyRoot, CommandRoot,
        b"strongroom/command-event/v1\n", b"strongroom/command/v1\n",
        |root, out| { out.extend_from_slice(root.as_bytes()) }
    );

    fn write_field(field: &Field, out: &mut Vec<u8>) {
        out.extend_from_slice(&field.tag.get().to_be_bytes());
        out.extend_from_slice(field.commitment.as_bytes());
    }
}

/// The tree over the fields of an event.
pub type FieldTree = CountedTree<subject::Event>;
/// That a field is one of an event's.
pub type FieldProof = CountedProof<subject::Event>;
/// The tree over the fields of a portion: its masked text, its label, each name.
pub type PortionFieldTree = CountedTree<subject::Portion>;
/// That a field is one of a portion's.
pub type PortionFieldProof = CountedProof<subject::Portion>;
/// The tree over the portions of a record, from which a release is proved.
pub type PortionTree = CountedTree<subject::Portions>;
/// That a portion is one of a record's, at this place of so many.
pub type PortionProof = CountedProof<subject::Portions>;
/// The tree over the events of a command, whose root a person signs.
pub type CommandTree = CountedTree<subject::Command>;
/// That an event is one of those a person signed together.
pub type CommandProof = CountedProof<subject::Command>;

impl FieldTree {
    /// The root over the event's fields: [`CountedTree::root`] by its own name.
    #[must_use]
    pub fn body_root(&self) -> BodyRoot {
        self.root()
    }
}

/// Why a counted tree was not built, or a proof in it not given, read or
/// believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TreeError {
    /// A tree needs a leaf.
    #[error("a committed tree has no leaves; it needs at least one")]
    Empty,
    /// More leaves than [`MAX_LEAVES`].
    #[error("a committed tree has {0} leaves, more than the {MAX_LEAVES} allowed; split it")]
    TooManyLeaves(u64),
    /// The index is not below the count.
    #[error("leaf {index} was asked for, but the tree has only {count}")]
    NoSuchLeaf {
        /// The index asked for.
        index: u32,
        /// How many leaves there are.
        count: u32,
    },
    /// An encoded proof has a length that no proof with its index and count has.
    #[error(
        "an encoded proof is {actual} bytes long, where its index and count need {expected}; \
         it was cut or lengthened"
    )]
    BadProofLength {
        /// Bytes given.
        actual: usize,
        /// Bytes needed.
        expected: usize,
    },
    /// The proof does not lead from the leaf to the root.
    #[error(
        "the proof does not lead to the root: the value, its place, the count or the root is \
         not the one that was committed to"
    )]
    Mismatch,
}

/// A Merkle tree whose leaves and root carry a domain and whose root binds the
/// count. It holds the hashes of all its nodes, 64 bytes a leaf.
#[derive(Clone, Debug)]
pub struct CountedTree<S> {
    nodes: Nodes,
    count: u32,
    subject: PhantomData<S>,
}

impl<S: TreeSubject> CountedTree<S> {
    /// Builds the tree over `leaves`, in this order, which is part of what is
    /// committed to.
    ///
    /// # Errors
    ///
    /// [`TreeError::Empty`], or [`TreeError::TooManyLeaves`] above [`MAX_LEAVES`].
    pub fn new(leaves: &[S::Leaf]) -> Result<Self, TreeError> {
        let count = check_count(leaves.len() as u64)?;
        let mut nodes = Nodes::with_capacity(leaves.len());
        let mut data = Vec::new();
        for leaf in leaves {
            nodes.append(leaf_hash::<S>(leaf, &mut data));
        }
        Ok(Self {
            nodes,
            count,
            subject: PhantomData,
        })
    }

    /// The root of the tree over `leaves`: that of [`CountedTree::new`], without the memory for its
    /// nodes.
    ///
    /// # Errors
    ///
    /// As for [`CountedTree::new`].
    pub fn root_of(leaves: &[S::Leaf]) -> Result<S::Root, TreeError> {
        let count = check_count(leaves.len() as u64)?;
        let mut frontier = Frontier::new();
        let mut data = Vec::new();
        for leaf in leaves {
            frontier.append(leaf_hash::<S>(leaf, &mut data));
        }
        Ok(wrap_root::<S>(count, frontier.root()))
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The root, which binds every leaf, their order and their count.
    #[must_use]
    pub fn root(&self) -> S::Root {
        wrap_root::<S>(self.count, self.nodes.root())
    }

    /// Proves the leaf at `index`.
    ///
    /// # Errors
    ///
    /// [`TreeError::NoSuchLeaf`] when `index` is not below the count.
    pub fn prove(&self, index: u32) -> Result<CountedProof<S>, TreeError> {
        if index >= self.count {
            return Err(TreeError::NoSuchLeaf {
                index,
                count: self.count,
            });
        }
        Ok(CountedProof {
            index,
            count: self.count,
            path: self.nodes.path(u64::from(self.count), u64::from(index)),
            subject: PhantomData,
        })
    }
}

/// That a leaf stands at an index of a counted tree. What came from outside is
/// well-formed but believed only through [`CountedProof::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedProof<S> {
    index: u32,
    count: u32,
    path: Vec<[u8; DIGEST_LEN]>,
    subject: PhantomData<S>,
}

impl<S: TreeSubject> CountedProof<S> {
    /// The most bytes an encoded proof has: index, count, and a path as deep as
    /// [`MAX_LEAVES`] needs.
    pub const MAX_BYTES: usize = Self::HEAD + MAX_LEAVES.ilog2() as usize * DIGEST_LEN;

    const HEAD: usize = 8;

    /// The place of the leaf, from 0.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Checks that `leaf` is the one at this proof's index in the tree of `root`.
    ///
    /// # Errors
    ///
    /// [`TreeError::Mismatch`] when it is not.
    pub fn verify(&self, leaf: &S::Leaf, root: &S::Root) -> Result<(), TreeError> {
        if self.implied_root(leaf) == *root {
            Ok(())
        } else {
            Err(TreeError::Mismatch)
        }
    }

    /// The root that this proof leads to from `leaf`. Someone must vouch for it.
    #[must_use]
    pub fn implied_root(&self, leaf: &S::Leaf) -> S::Root {
        let leaf = leaf_hash::<S>(leaf, &mut Vec::new());
        let tree = root_from_path(
            &self.path,
            u64::from(self.count),
            u64::from(self.index),
            leaf,
        );
        wrap_root::<S>(self.count, tree)
    }

    /// The encoding: index, count, path.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEAD + self.path.len() * DIGEST_LEN);
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(self.path.as_flattened());
        out
    }

    /// Reads [`CountedProof::to_bytes`] back. Only the one encoding of a proof is
    /// taken: the length must be what index and count call for.
    ///
    /// # Errors
    ///
    /// Any [`TreeError`] but [`TreeError::Mismatch`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let bad_length = |expected| TreeError::BadProofLength {
            actual: bytes.len(),
            expected,
        };
        let (index, rest) = bytes.split_first_chunk().ok_or(bad_length(Self::HEAD))?;
        let (count, path) = rest.split_first_chunk().ok_or(bad_length(Self::HEAD))?;
        let index = u32::from_be_bytes(*index);
        let count = check_count(u64::from(u32::from_be_bytes(*count)))?;
        if index >= count {
            return Err(TreeError::NoSuchLeaf { index, count });
        }
        let hashes = path_len(u64::from(count), u64::from(index));
        if path.len() != hashes * DIGEST_LEN {
            return Err(bad_length(Self::HEAD + hashes * DIGEST_LEN));
        }
        let (path, _) = path.as_chunks();
        Ok(Self {
            index,
            count,
            path: path.to_vec(),
            subject: PhantomData,
        })
    }
}

const _: () = assert!(MAX_LEAVES.ilog2() as usize <= MAX_PROOF_HASHES);

fn check_count(count: u64) -> Result<u32, TreeError> {
    match u32::try_from(count) {
        Ok(0) => Err(TreeError::Empty),
        Ok(small) if small <= MAX_LEAVES => Ok(small),
        _ => Err(TreeError::TooManyLeaves(count)),
    }
}

/// Hashes one leaf; `data` is scratch space.
fn leaf_hash<S: TreeSubject>(leaf: &S::Leaf, data: &mut Vec<u8>) -> LeafHash {
    data.clear();
    data.extend_from_slice(S::LEAF_DOMAIN);
    S::write_leaf(leaf, data);
    LeafHash::of(data)
}

fn wrap_root<S: TreeSubject>(count: u32, tree: [u8; DIGEST_LEN]) -> S::Root {
    let mut hash = Sha256::new();
    hash.update(S::ROOT_DOMAIN);
    hash.update(count.to_be_bytes());
    hash.update(tree);
    let digest: [u8; DIGEST_LEN] = hash.finalize().into();
    digest.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_alone_is_the_root_of_the_tree() {
        let leaves: Vec<Field> = (0..70)
            .map(|n| Field {
                tag: FieldTag::new(n),
                commitment: Commitment::from_bytes([n as u8; DIGEST_LEN]),
            })
            .collect();
        for count in 0..leaves.len() {
            let leaves = &leaves[..count];
            let whole = FieldTree::new(leaves).map(|tree| tree.root());
            assert_eq!(FieldTree::root_of(leaves), whole);
        }
    }
}
