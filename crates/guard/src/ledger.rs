//! The ledger of a room: the tree over its entries, and who signs its heads.
//!
//! The tree follows the vault: it gets each leaf when the leaf is durable, and before anyone who
//! waits for it is answered. So whatever a caller may speak of is in the tree.

use std::sync::{Arc, Mutex, PoisonError};

use strongroom_record::Timestamp;
use strongroom_tlog::checkpoint::{
    AddError, LogPublicKeys, LogSigner, SignedCheckpoint, UnixSeconds, WitnessKey,
};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tile::{TilePath, cut_one};
use strongroom_tlog::tree::{
    ConsistencyProof, InclusionProof, LeafIndex, ProofError, Tree, TreeHead, TreeSize,
};
use strongroom_vault::Vault;

use crate::fault::Fault;
use crate::witnesses::Witnesses;

/// The room's part in its ledger.
pub(crate) struct Ledger {
    tree: Arc<Mutex<Tree>>,
    signing: Mutex<Signing>,
    public: LogPublicKeys,
}

struct Signing {
    signer: LogSigner,
    last: Option<SignedCheckpoint>,
    /// When that was. Of two who ask at once, the later may come first: the other signs as of then.
    signed_at: UnixSeconds,
    /// The newest one with any cosignature, to which further ones are added.
    cosigned: Option<SignedCheckpoint>,
    /// The newest one that as many witnesses vouch for as must.
    witnessed: Option<SignedCheckpoint>,
}

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Takes up the ledger of a vault: reads every leaf, and follows the new ones.
    pub(crate) fn follow(
        vault: &Vault,
        signer: LogSigner,
        last: Option<SignedCheckpoint>,
    ) -> Result<Self, Fault> {
        let tree = Arc::new(Mutex::new(Tree::new()));
        Self::attach(vault, &tree)?;
        let public = signer.public_keys().clone();
        let verified = last.as_ref().and_then(|last| last.verify(&public).ok());
        let signed_at = verified.map_or(UnixSeconds::EPOCH, |checkpoint| checkpoint.time());
        let ledger = Self {
            tree,
            signing: Mutex::new(Signing {
                signer,
                last,
                signed_at,
                cosigned: None,
                witnessed: None,
            }),
            public,
        };
        ledger.check_growth()?;
        Ok(ledger)
    }

    fn attach(vault: &Vault, tree: &Arc<Mutex<Tree>>) -> Result<(), Fault> {
        let follower = Arc::clone(tree);
        vault.follow(0, move |leaves, _first| {
            let mut tree = held(&follower);
            for leaf in leaves {
                // The version of a leaf is checked when its event is; a strange one still has a hash.
                tree.append(strongroom_tlog::tree::LeafHash::of(leaf));
            }
        })?;
        Ok(())
    }

    /// Whether the tree has grown from the head that was signed last.
    fn check_growth(&self) -> Result<(), Fault> {
        let signing = held(&self.signing);
        held(&self.tree)
            .prove_head(signing.signer.last_signed())
            .map(|_| ())
            .map_err(|fork| Fault::Checkpoint(fork.to_string()))
    }

    /// The public keys that check this ledger.
    pub(crate) fn public(&self) -> &LogPublicKeys {
        &self.public
    }
    /// Durable entries.
    pub(crate) fn size(&self) -> u64 {
        held(&self.tree).size().get()
    }

    /// A checkpoint of what is durable now: the last one, if nothing has come since.
    pub(crate) fn checkpoint(&self, now: Timestamp) -> Result<SignedCheckpoint, Fault> {
        let mut signing = held(&self.signing);
        let tree = held(&self.tree);
        if let Some(last) = &signing.last
            && last.claimed_size() == tree.size()
        {
            return Ok(last.clone());
        }
        let proven = tree
            .prove_head(signing.signer.last_signed())
            .map_err(|fork| Fault::Checkpoint(fork.to_string()))?;
        drop(tree);
        let seconds = UnixSeconds::new(now.millis() / 1000).unwrap_or(UnixSeconds::MAX);
        let seconds = seconds.max(signing.signed_at);
        let signed = signing
            .signer
            .sign(&proven, seconds)
            .map_err(|e| Fault::Checkpoint(e.to_string()))?;
        signing.last = Some(signed.clone());
        signing.signed_at = seconds;
        Ok(signed)
    }

    /// Adds what a witness answered to a checkpoint that it was asked to vouch for. Lines by other keys than
    /// `keys` are passed over.
    pub(crate) fn cosigned(
        &self,
        asked: &SignedCheckpoint,
        lines: &str,
        keys: &[WitnessKey],
        witnesses: &Witnesses,
    ) -> Result<(), AddError> {
        let size = asked.claimed_size();
        let mut signing = held(&self.signing);
        let signing = &mut *signing;
        let same = |c: &&SignedCheckpoint| c.claimed_size() == size;
        let before = signing.cosigned.as_ref().filter(same).unwrap_or(asked);
        let (with, _) = before.with_cosignatures(lines.as_bytes(), keys)?;
        if signing.last.as_ref().is_some_and(|last| same(&last)) {
            signing.last = Some(with.clone());
        }
        let newer = |than: &Option<SignedCheckpoint>| {
            than.as_ref().is_none_or(|c| c.claimed_size() <= size)
        };
        if witnesses.vouch(&with) && newer(&signing.witnessed) {
            signing.witnessed = Some(with.clone());
        }
        if newer(&signing.cosigned) {
            signing.cosigned = Some(with);
        }
        Ok(())
    }
    /// Whether the checkpoint that was taken up bears enough cosignatures: then it counts from the beginning.
    pub(crate) fn recall_vouches(&self, witnesses: &Witnesses) {
        let mut signing = held(&self.signing);
        if let Some(last) = signing.last.clone().filter(|last| witnesses.vouch(last)) {
            signing.cosigned = Some(last.clone());
            signing.witnessed = Some(last);
        }
    }
    /// The newest checkpoint that as many witnesses vouch for as must.
    pub(crate) fn witnessed(&self) -> Option<SignedCheckpoint> {
        held(&self.signing).witnessed.clone()
    }

    /// The receipt for the entry at an index, under a checkpoint that covers it.
    pub(crate) fn receipt(
        &self,
        entry: Entry,
        index: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<Receipt, Fault> {
        let inclusion: InclusionProof = held(&self.tree)
            .prove_inclusion(checkpoint.claimed_size(), LeafIndex::new(index))
            .map_err(|e| Fault::Checkpoint(e.to_string()))?;
        Receipt::new(entry, inclusion, checkpoint).map_err(|e| Fault::Checkpoint(e.to_string()))
    }

    /// The bytes of a tile or bundle, which the tree has. The entries are those of a bundle.
    pub(crate) fn tile(&self, path: &TilePath, entries: &[Entry]) -> Vec<u8> {
        cut_one(&held(&self.tree), path, entries)
    }

    /// The head that the tree had at a size; none if it has not come to it.
    pub(crate) fn head_at(&self, size: TreeSize) -> Option<TreeHead> {
        held(&self.tree).head_at(size)
    }

    /// Whether the tree of now begins with that of a head.
    pub(crate) fn contains(&self, head: &TreeHead) -> bool {
        held(&self.tree).head_at(head.size()) == Some(*head)
    }

    /// Proves that the tree of a size begins with that of an earlier one.
    pub(crate) fn consistency(
        &self,
        old: TreeSize,
        new: TreeSize,
    ) -> Result<ConsistencyProof, ProofError> {
        held(&self.tree).prove_consistency(old, new)
    }
}
