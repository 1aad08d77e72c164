//! The witnesses of the ledger: somebody elsewhere who remembers its newest head and vouches for what grew
//! from it.
//!
//! The service carries bytes between the guard and the witnesses, since nothing here speaks to anyone. Here
//! is decided what they are shown, and what follows from what they say:
//!
//! | a witness | what follows |
//! | --- | --- |
//! | vouches | its cosignatures, verified, stand on the checkpoint in the store, the folder and receipts |
//! | shows a head that both keys of the log signed and the ledger lacks | the room closes ([`Behind`](crate::Behind)) |
//! | is unreachable, refuses, or says what it cannot show | `status` tells; the room stays open |
//!
//! What cannot happen: a cosignature that does not hold is kept; a witness closes the room by its word
//! alone; a witness that does not answer holds up anything.

use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_tlog::checkpoint::{SignedCheckpoint, WitnessKey};
use strongroom_tlog::policy::Policy;
use strongroom_tlog::tree::TreeSize;
use strongroom_tlog::witness::AddCheckpoint;

use crate::api::WitnessShown;
use crate::fault::{Fault, Keeper};
use crate::guard::{Core, Guard};
use crate::heads::check_contained;

/// The witnesses that a room is told to ask, and how many of them must vouch.
#[derive(Debug)]
pub(crate) struct Witnesses {
    policy: Option<Policy>,
    places: Vec<Place>,
}

/// One witness: all keys of the policy that are reached at one address.
#[derive(Debug)]
struct Place {
    url: String,
    name: String,
    keys: Vec<WitnessKey>,
    standing: Mutex<Standing>,
}

#[derive(Debug, Default, Clone)]
struct Standing {
    cosigned: Option<TreeSize>,
    trouble: Option<String>,
}

impl Place {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witnesses {
    /// The witnesses of a policy that it gives an address for.
    pub(crate) fn of(policy: Option<Policy>) -> Self {
        let mut places: Vec<Place> = Vec::new();
        for (key, url) in policy.iter().flat_map(Policy::witnesses) {
            let Some(url) = url else { continue };
            match places.iter_mut().find(|place| place.url == url) {
                Some(place) => place.keys.push(key.clone()),
                None => places.push(Place {
                    url: url.to_owned(),
                    name: key.name().to_string(),
                    keys: vec![key.clone()],
                    standing: Mutex::default(),
                }),
            }
        }
        Self { policy, places }
    }

    /// Whether as many vouch for a checkpoint as the policy asks for; false where there is no policy.
    pub(crate) fn vouch(&self, checkpoint: &SignedCheckpoint) -> bool {
        self.policy
            .as_ref()
            .is_some_and(|policy| policy.evaluate(checkpoint).quorum_vouches())
    }

    /// How each stands.
    pub(crate) fn shown(&self) -> Vec<WitnessShown> {
        let shown = self.places.iter().map(|place| {
            let standing = place.standing().clone();
            WitnessShown {
                name: place.name.clone(),
                entries: standing.cosigned.map(TreeSize::get),
                trouble: standing.trouble,
            }
        });
        shown.collect()
    }
}

impl Guard {
    /// The addresses of the witnesses that are to be asked; each is called by its place here.
    pub fn witness_urls(&self) -> Vec<String> {
        let places = &self.core().witnesses.places;
        places.iter().map(|place| place.url.clone()).collect()
    }

    /// What a witness is to be asked to vouch for: the newest stored checkpoint, with the proof from the size
    /// that it vouched for last, or said it did. Nothing while the room is closed, or when it vouched already.
    pub fn for_witness(&self, which: usize, said: Option<TreeSize>) -> Option<AddCheckpoint> {
        let core = self.core();
        if core.check_open().is_err() {
            return None;
        }
        let newest = core.stored()?;
        let cosigned = core.witnesses.places.get(which)?.standing().cosigned;
        if cosigned == Some(newest.claimed_size()) && said.is_none() {
            return None;
        }
        let old = said.or(cosigned).unwrap_or(TreeSize::ZERO);
        let proof = core.ledger().consistency(old, newest.claimed_size()).ok()?;
        AddCheckpoint::new(&proof, newest).ok()
    }

    /// A witness answered with cosignatures of a checkpoint.
    ///
    /// # Errors
    /// They do not hold; nothing was taken. The words are for [`Guard::witness_trouble`].
    pub fn witnessed(
        &self,
        which: usize,
        checkpoint: &SignedCheckpoint,
        lines: &str,
    ) -> Result<(), String> {
        let core = self.core();
        let place = &core.witnesses.places[which];
        core.ledger()
            .cosigned(checkpoint, lines, &place.keys, &core.witnesses)
            .map_err(|e| e.to_string())?;
        *place.standing() = Standing {
            cosigned: Some(checkpoint.claimed_size()),
            trouble: None,
        };
        Ok(())
    }

    /// A witness that would not vouch shows the checkpoint that it vouched for last. If both keys of the log
    /// signed it and the ledger lacks it, the room closes.
    ///
    /// # Errors
    /// It shows nothing that would mean so. The words are for [`Guard::witness_trouble`].
    pub fn witness_has_seen(&self, which: usize, shown: &[u8]) -> Result<(), String> {
        let core = self.core();
        let ledger = core.ledger();
        let head = SignedCheckpoint::from_bytes(shown)
            .and_then(|signed| signed.verify(ledger.public()))
            .map_err(|e| format!("what it shows as seen is not this ledger's: {e}"))?;
        let keeper = Keeper::Witness(core.witnesses.places[which].name.clone());
        match check_contained(&ledger, &head, keeper) {
            Ok(()) => {
                Err("it would not vouch, and the head that it shows is this ledger's".to_owned())
            }
            Err(behind) => {
                let _refusal = core.close_on(Fault::Behind(behind));
                Ok(())
            }
        }
    }

    /// Notes why a witness did not vouch, for the status.
    pub fn witness_trouble(&self, which: usize, trouble: String) {
        self.core().witnesses.places[which].standing().trouble = Some(trouble);
    }
}

impl Core {
    /// The checkpoint to give a receipt under: one that witnesses vouch for, if it covers the entry.
    pub(crate) fn checkpoint_for(&self, index: u64) -> Result<SignedCheckpoint, Fault> {
        let witnessed = self.ledger().witnessed();
        match witnessed.filter(|witnessed| witnessed.claimed_size().get() > index) {
            Some(witnessed) => Ok(witnessed),
            None => self.settled_checkpoint(),
        }
    }
}
