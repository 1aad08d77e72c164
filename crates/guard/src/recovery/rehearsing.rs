//! A rehearsal: a key holder opens every share that is kept, compares it with the ledger, and gives none.

use data_encoding::BASE64;
use strongroom_record::event::Act;
use strongroom_record::recovery::{HolderSigned, Rehearsed};
use strongroom_record::{ShareId, encode};
use strongroom_seal::{AskedShares, HolderId, HouseShares, SealedShare};

use crate::api::{HolderRehearsed, HolderRehearsedDone, HolderShares};
use crate::fault::{Fault, Stop};
use crate::guard::Core;
use crate::kinds;
use crate::recovery::asking::signature;
use crate::recovery::claims::Claim;
use crate::recovery::giving::{challenge, unproved};
use crate::refusal::Refusal;
use crate::state::{State, atom_word};

impl Core {
    /// Every share of a key holder, as it lies there.
    pub(crate) fn shares(&self, state: &State, holder: HolderId) -> Result<HolderShares, Stop> {
        let rows = self.store.now()?;
        let mut all = HolderShares {
            shares: Vec::new(),
            digests: Vec::new(),
            of: Vec::new(),
            missing: Vec::new(),
            challenge: self.challenge().challenge,
        };
        for (place, share) in state.key_holders.shares_of(holder) {
            let name = state.atoms.get(place.atom).map(|a| atom_word(&a.name));
            let of = format!("{}, epoch {}", name.unwrap_or_default(), place.epoch);
            let found = rows.find(kinds::share(share.id))?;
            let sealed = found
                .and_then(|bytes| strongroom_record::decode::<SealedShare>(bytes.expose()).ok());
            let Some(sealed) = sealed else {
                all.missing.push(of);
                continue;
            };
            let sealed = AskedShares::Atoms(vec![sealed]);
            all.shares.push(BASE64.encode(&encode(&sealed)));
            all.digests.push(BASE64.encode(&encode(&share.digest)));
            all.of.push(of);
        }
        let house: HouseShares =
            rows.row(kinds::house_shares(), "the house key's recovery shares")?;
        let at = state
            .key_holders
            .cards()
            .iter()
            .position(|c| c.id() == holder);
        if let Some(sealed) = house.share_of(holder)
            && let Some(digest) = at.and_then(|at| state.key_holders.house().get(at))
        {
            let sealed = AskedShares::House(vec![sealed.clone()]);
            all.shares.push(BASE64.encode(&encode(&sealed)));
            all.digests.push(BASE64.encode(&encode(digest)));
            all.of.push("the house key".to_owned());
        } else {
            all.missing.push("the house key".to_owned());
        }
        Ok(all)
    }

    /// A key holder says what opened.
    pub(crate) fn rehearsed(&self, ask: &HolderRehearsed) -> Result<HolderRehearsedDone, Stop> {
        let challenge = challenge(&ask.challenge)?;
        let signature = signature(&ask.signature)?;
        let wrong: Vec<ShareId> = ask
            .wrong
            .iter()
            .map(|id| id.parse())
            .collect::<Result<_, _>>()
            .map_err(|_| Refusal::invalid("the id of a share is malformed"))?;
        let mut state = self.state_mut();
        let card = self.card(&state, &ask.holder)?.clone();
        let claim = Claim::Rehearsed {
            challenge,
            sound: ask.sound,
            wrong: wrong.clone(),
        };
        let asked = self.desk.answered(&challenge, self.now());
        if !asked || !claim.check(self.env.floor, self.room, &card, &signature) {
            return Err(unproved().into());
        }
        let kept = state.key_holders.kept_by(card.id());
        if !state.key_holders.may_rehearse(card.id(), ask.sound, &wrong) {
            return Err(Refusal::invalid("a key holder keeps fewer shares").into());
        }
        let missing = kept - ask.sound as usize - wrong.len();
        let mut command = self.command_of_nobody(&format!("rehearsed {}", ask.challenge));
        let event = command.event(Act::Rehearsed(Box::new(Rehearsed {
            sound: ask.sound,
            wrong,
            challenge,
            by: HolderSigned {
                holder: *card.id().as_bytes(),
                signature: signature.into(),
            },
        })));
        self.enact(&mut state, command, None)?;
        Ok(HolderRehearsedDone {
            sound: ask.sound,
            kept,
            missing,
            receipt: event.to_string(),
        })
    }

    /// The recovery shares of the house key as a file has them, for the folder of the room.
    pub(crate) fn house_file(&self) -> Result<String, Fault> {
        let shares: HouseShares = self
            .store
            .row(kinds::house_shares(), "the house key's recovery shares")?;
        Ok(shares.to_text())
    }
}
