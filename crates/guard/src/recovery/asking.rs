//! Asking the key holders: by a security officer in session, or by a key holder who signs.

use strongroom_record::event::{Act, Role};
use strongroom_record::recovery::{HolderSigned, Recover, RecoveryAsked};
use strongroom_record::{RecoveryId, encode};
use strongroom_seal::{AtomRole, HolderId, KemPrivate, KeyHolderCard};

use crate::api::{HolderAsk, RecoverAsk, RecoverAsked, RecoverRequest};
use crate::command::Command;
use crate::fault::Stop;
use crate::founding::check_quorum;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::limits::{RECOVERIES_MAX, RECOVERY_LASTS};
use crate::people::{InvitationCode, active_named, verifier};
use crate::recovery::claims::{Claim, Wanted};
use crate::recovery::giving::unproved;
use crate::recovery::turning::atom_role;
use crate::refusal::{Code, Refusal};
use crate::state::State;

/// What was decided, before it is asked for.
struct Decided {
    what: Recover,
    code: Option<InvitationCode>,
    recipient: Option<KemPrivate>,
}

impl Core {
    /// A security officer asks.
    pub(crate) fn recover(
        &self,
        asking: &Asking,
        ask: &RecoverRequest,
    ) -> Result<RecoverAsked, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "recover", ask)?;
        let mut state = self.state_mut();
        asking.may(&state, Role::SecurityOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let mut command = self.command(asking, request);
        let recovery = RecoveryId::random(&mut command.dice);
        let decided = self.decide(&state, &mut command, &ask.ask)?;
        self.ask_for(&mut state, command, recovery, decided, None, Some(asking))
    }

    /// A key holder asks.
    pub(crate) fn holder_asks(&self, ask: &HolderAsk) -> Result<RecoverAsked, Stop> {
        let recovery: RecoveryId = ask
            .recovery
            .parse()
            .map_err(|_| Refusal::invalid("the recovery's id is malformed"))?;
        let mut state = self.state_mut();
        let card = self.card(&state, &ask.holder)?.clone();
        let mut command = self.command_of_nobody(&format!("asked {recovery}"));
        let decided = self.decide(&state, &mut command, &ask.ask)?;
        let what = Wanted::of_event(&state, &decided.what).ok_or_else(unproved)?;
        let signature = signature(&ask.signature)?;
        let claim = Claim::Asks { recovery, what };
        if !claim.check(self.env.floor, self.room, &card, &signature) {
            return Err(unproved().into());
        }
        if state.recoveries.is_known(recovery) {
            return Err(Refusal::new(Code::AlreadyDone, "this was asked for before").into());
        }
        let by = HolderSigned {
            holder: *card.id().as_bytes(),
            signature: signature.into(),
        };
        self.ask_for(&mut state, command, recovery, decided, Some(by), None)
    }

    fn ask_for(
        &self,
        state: &mut State,
        mut command: Command<'_>,
        recovery: RecoveryId,
        decided: Decided,
        by: Option<HolderSigned>,
        asking: Option<&Asking>,
    ) -> Result<RecoverAsked, Stop> {
        let now = self.now();
        if state.recoveries.living(now).len() >= RECOVERIES_MAX {
            return Err(Refusal::new(Code::Limit, "too many recoveries are waiting")
                .hint("`recover list` shows them; `recover withdraw` ends one")
                .into());
        }
        let lapsed = state.recoveries.lapsed(now);
        let rows = lapsed
            .iter()
            .flat_map(|id| self.rows_of(state, *id))
            .collect::<Vec<_>>();
        for key in rows {
            command.delete(key);
        }
        let until = now.plus(RECOVERY_LASTS);
        let code = decided.code.map(|code| code.text());
        let receipt = command.event(Act::RecoveryAsked(Box::new(RecoveryAsked {
            recovery,
            what: decided.what,
            until,
            by,
        })));
        if let Some(key) = decided.recipient {
            self.desk.keep(recovery, key);
        }
        self.enact(state, command, asking.and_then(Asking::signer))?;
        Ok(RecoverAsked {
            recovery: recovery.to_string(),
            code,
            needed: usize::from(state.key_holders.quorum()),
            of: state.key_holders.cards().len(),
            until: until.to_string(),
            receipt: receipt.to_string(),
        })
    }

    fn decide(
        &self,
        state: &State,
        command: &mut Command<'_>,
        ask: &RecoverAsk,
    ) -> Result<Decided, Stop> {
        let decided = match ask {
            RecoverAsk::Atom { atom, name } => {
                let role = atom_role(state, atom)?;
                if role == AtomRole::Quorum {
                    return Err(Refusal::new(
                        Code::NotAllowed,
                        "nobody may hold the quorum's key: what is sealed to it is for nobody",
                    )
                    .into());
                }
                let person = active_named(state, name)?;
                let atom = state
                    .atoms
                    .standing_for(&role)
                    .ok_or_else(|| Refusal::invalid("there is no such atom"))?
                    .id;
                if person.holdings.contains_key(&atom) {
                    return Err(
                        Refusal::new(Code::Conflict, format!("{name} holds this already")).into(),
                    );
                }
                Decided {
                    what: Recover::Atom {
                        atom,
                        person: person.id,
                    },
                    code: None,
                    recipient: None,
                }
            }
            RecoverAsk::Person { name } => {
                let person = active_named(state, name)?.id;
                let code = InvitationCode::random(state, &mut command.dice);
                Decided {
                    what: Recover::Person {
                        person,
                        invitation: code.invitation(),
                        verifier: encode(&verifier(code.secret())).into(),
                    },
                    code: Some(code),
                    recipient: None,
                }
            }
            RecoverAsk::KeyHolder { old, card } => {
                let old = one_holder(state, old)?;
                let new = read_card(card)?;
                let cards = state.key_holders.cards().iter();
                let cards = cards.map(|c| if c.id() == old { &new } else { c });
                self.other_holders(
                    state,
                    command,
                    cards.cloned().collect(),
                    state.key_holders.quorum(),
                )?
            }
            RecoverAsk::KeyHolders { cards, quorum } => {
                let cards = cards
                    .iter()
                    .map(|c| read_card(c))
                    .collect::<Result<Vec<_>, _>>()?;
                self.other_holders(state, command, cards, *quorum)?
            }
        };
        Ok(decided)
    }

    fn other_holders(
        &self,
        state: &State,
        command: &mut Command<'_>,
        cards: Vec<KeyHolderCard>,
        quorum: u8,
    ) -> Result<Decided, Refusal> {
        check_quorum(quorum, cards.len()).map_err(|e| Refusal::invalid(e.to_string()))?;
        let mut ids: Vec<_> = cards.iter().map(KeyHolderCard::id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != cards.len() {
            return Err(Refusal::invalid("a key holder is there twice"));
        }
        if cards.iter().any(|card| card.suite() != self.suite) {
            return Err(Refusal::invalid("a card is of another suite than the room"));
        }
        if cards == state.key_holders.cards() && quorum == state.key_holders.quorum() {
            return Err(Refusal::new(
                Code::Conflict,
                "these are the key holders already",
            ));
        }
        let recipient = KemPrivate::random(self.suite, &mut command.dice);
        Ok(Decided {
            what: Recover::KeyHolders {
                cards: cards.iter().map(|card| encode(card).into()).collect(),
                quorum,
                recipient: encode(&recipient.public()).into(),
            },
            code: None,
            recipient: Some(recipient),
        })
    }

    /// The rows of a recovery, which go when it ends.
    pub(crate) fn rows_of(&self, state: &State, id: RecoveryId) -> Vec<strongroom_vault::Key> {
        let rows = state.recoveries.rows(id).map(|row| kinds::given(id, row));
        rows.chain([kinds::offered_bundle(id)]).collect()
    }
}

/// The one key holder that a name or an id means.
pub(crate) fn one_holder(state: &State, word: &str) -> Result<HolderId, Refusal> {
    match state.key_holders.named(word)[..] {
        [one] => Ok(one.id()),
        [] => Err(Refusal::new(
            Code::NotFound,
            format!("the room has no key holder {word:?}"),
        )
        .hint("`recover status` lists them")),
        _ => Err(Refusal::new(
            Code::Conflict,
            format!("several key holders are called {word:?}"),
        )
        .hint("name the one by the id")),
    }
}

fn read_card(text: &str) -> Result<KeyHolderCard, Refusal> {
    KeyHolderCard::from_text(text)
        .map_err(|e| Refusal::invalid(format!("this is no key holder's card: {e}")))
}

/// A signature as it comes over the wire.
pub(crate) fn signature(base64: &str) -> Result<Vec<u8>, Refusal> {
    data_encoding::BASE64
        .decode(base64.as_bytes())
        .map_err(|_| Refusal::invalid("the signature cannot be read"))
}
