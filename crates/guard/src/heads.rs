//! Heads of the ledger that others keep: what they are told, and what follows when one is not in the ledger.
//!
//! The log is public: its sizes, places and heads tell of no record and of nobody. So whoever reaches the
//! room may ask for its newest head, and any session for a proof of any entry; neither is an event.
//!
//! A head that is shown to the guard counts only if both keys of the log have signed it. One that did and
//! is not contained in the room's tree means that the room is not what it was: the room closes
//! ([`Behind`]), and does not reopen by itself.

use strongroom_record::EventId;
use strongroom_tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::tree::TreeSize;

use crate::api::{
    EntryIndex, HeadQuery, HeadShown, LedgerConsistent, LedgerProved, LogSizes, RestoresQuery,
    RestoresShown,
};
use crate::fault::{Behind, Fault, Keeper, Stop};
use crate::guard::{Asking, Core, Guard, IssuedCopy};
use crate::ledger::Ledger;
use crate::limits::RESTORES_SHOWN_MAX;
use crate::refusal::{Code, Refusal};

impl Guard {
    /// The restores by which the ledger became another log, for whoever kept a head of a former one.
    ///
    /// # Errors
    /// The room is closed, or closes: the store cannot be read.
    pub fn restores(&self, ask: RestoresQuery) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| core.restores(ask))
            .map(|shown| IssuedCopy::of(&shown))
    }

    /// The newest head of the ledger, and the proof that it goes on from the one that the asker knows.
    ///
    /// # Errors
    /// What is known is no checkpoint of this ledger; or it is, and the ledger lacks it: then the room
    /// closes. Or the room is closed already.
    pub fn head(&self, ask: &HeadQuery) -> Result<IssuedCopy, Refusal> {
        let core = self.core();
        core.guarded(|| core.head(ask))
            .map(|head| IssuedCopy::of(&head))
    }
}

impl Core {
    fn head(&self, ask: &HeadQuery) -> Result<HeadShown, Stop> {
        let ledger = self.ledger();
        let known = ask.known.as_deref().map(|text| own_head(&ledger, text));
        let known = known.transpose()?;
        if let Some(known) = &known {
            check_contained(&ledger, known, Keeper::Client)?;
        }
        let newest = ledger.checkpoint(self.now())?;
        let consistency = known.map(|known| {
            ledger
                .consistency(known.head().size(), newest.claimed_size())
                .map(|proof| proof.to_text())
                .map_err(|e| Fault::Checkpoint(e.to_string()))
        });
        Ok(HeadShown {
            checkpoint: newest.as_str().to_owned(),
            consistency: consistency.transpose()?,
        })
    }

    fn restores(&self, ask: RestoresQuery) -> Result<RestoresShown, Stop> {
        let ledger = self.ledger();
        let restores = self.state().log.restores.clone();
        let newest = ledger.checkpoint(self.now())?;
        let of_size = TreeSize::new(ask.seen).ok();
        // What the ledger never came to cannot be proved, and says enough.
        let consistency = of_size.and_then(|seen| {
            let proof = ledger.consistency(seen, newest.claimed_size());
            Some(proof.ok()?.to_text())
        });
        let last = restores.len().saturating_sub(RESTORES_SHOWN_MAX);
        let restores = restores[last..].iter().map(|ended| {
            let page = self.store.vault.entries(ended.at, 1)?;
            let (_, id) = page
                .first()
                .ok_or(Fault::Missing("the event of a restore"))?;
            let event = self.stored_event(EventId::from_bytes(*id))?;
            self.shown_in_ledger(&event, ended.at, newest.clone())
        });
        Ok(RestoresShown {
            restores: restores.collect::<Result<_, Fault>>()?,
            checkpoint: newest.as_str().to_owned(),
            consistency,
        })
    }

    pub(crate) fn ledger_prove(
        &self,
        asking: &Asking,
        ask: EntryIndex,
    ) -> Result<LedgerProved, Stop> {
        asking.active(&self.state())?;
        let ledger = self.ledger();
        let (leaf, _) = *self
            .store
            .vault
            .entries(ask.index, 1)?
            .first()
            .ok_or_else(no_such_size)?;
        let entry = Entry::from_bytes(&leaf)
            .map_err(|_| Fault::Damaged("an entry of the ledger is of no known version"))?;
        let checkpoint = self.checkpoint_for(ask.index)?;
        let proof = ledger.receipt(entry, ask.index, checkpoint)?;
        Ok(LedgerProved {
            index: ask.index,
            proof: proof.to_text(),
        })
    }

    pub(crate) fn ledger_consistency(
        &self,
        asking: &Asking,
        ask: LogSizes,
    ) -> Result<LedgerConsistent, Stop> {
        asking.active(&self.state())?;
        let ledger = self.ledger();
        let size = |size| TreeSize::new(size).map_err(|_| no_such_size());
        let proof = ledger
            .consistency(size(ask.from)?, size(ask.to)?)
            .map_err(|_| no_such_size())?;
        Ok(LedgerConsistent {
            from: ask.from,
            to: ask.to,
            proof: proof.to_text(),
        })
    }
}

fn no_such_size() -> Refusal {
    Refusal::new(
        Code::NotFound,
        "the ledger has no such entry, or was not of that size yet",
    )
    .hint("entries are numbered from 0; of two sizes the earlier comes first; `status` tells the present one")
}

/// A head that someone says is this ledger's, if both its signatures say so too.
fn own_head(ledger: &Ledger, text: &str) -> Result<Checkpoint, Refusal> {
    SignedCheckpoint::from_bytes(text.as_bytes())
        .and_then(|signed| signed.verify(ledger.public()))
        .map_err(|e| {
            Refusal::invalid(format!(
                "what is known is no checkpoint of this room's ledger: {e}"
            ))
        })
}

/// Whether the ledger goes on from a head that its keys have signed.
pub(crate) fn check_contained(
    ledger: &Ledger,
    known: &Checkpoint,
    keeper: Keeper,
) -> Result<(), Behind> {
    if ledger.contains(known.head()) {
        return Ok(());
    }
    Err(Behind {
        keeper,
        seen: known.head().size().get(),
        entries: ledger.size(),
    })
}
