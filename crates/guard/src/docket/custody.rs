//! Custody: whether a record of a meeting was put in, and when; as a statement that outsiders can check.
//!
//! The statement is a text over a head of the ledger, signed by the inspector. The ledger commits to it in an event of its
//! own, and the receipt of that goes with it, and the receipt of the event that binds the inspector's keys: so that
//! whoever has the ledger's public keys alone can check who stated it, when, and over what. "None" means what it says:
//! every filing and correction under that head was opened, and none declares such a meeting.

use std::fmt::Write as _;

use data_encoding::{BASE64, HEXLOWER};
use strongroom_record::event::{Act, DocketFacts, Look, LookWords, Role, StoredEvent};
use strongroom_record::{EventId, RecordId, encode};
use strongroom_seal::{digest, domain};
use strongroom_tlog::checkpoint::SignedCheckpoint;

use super::Overseer;
use super::asked::{Fit, Meeting, checked_because};
use super::entries::Place;
use crate::api::{
    Conversation, CustodyEntry, CustodyQuery, CustodyShown, ReceiptShown, custody_lines, quoted,
};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::CUSTODY_TRIES;
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};

/// The first line of a statement.
const TITLE: &str = "strongroom custody statement v1";

/// What was found under one head.
#[derive(Default)]
struct Found {
    opened: usize,
    fit: Vec<CustodyEntry>,
    silent: Vec<CustodyEntry>,
}

impl Core {
    /// Answers whether a record of a meeting was put in.
    pub(crate) fn custody(
        &self,
        asking: &Asking,
        ask: &CustodyQuery,
    ) -> Result<CustodyShown, Stop> {
        let meeting = Meeting::read(
            (ask.from.as_deref(), ask.to.as_deref()),
            ask.place.as_deref(),
            &ask.participants,
        )?;
        checked_because(&ask.because)?;
        {
            let state = self.state();
            Overseer::required(&state, asking)?;
        }
        let bound = self.event_that_binds(asking)?;
        self.questions.put(asking.session.person, self.now())?;
        let words = LookWords {
            asked: question(ask),
            because: ask.because.clone(),
        };
        let permit = self.look(asking, Look::Custody, Some(&words))?;
        let (head, places) = self.placed_under_a_head(asking)?;
        let found = self.found(&permit, asking, &meeting, &places)?;
        let statement = self.statement_of_custody(asking, ask, &head, &found);
        let signed = [self.room.as_bytes().as_slice(), statement.as_bytes()].concat();
        let key = &asking.session.keyring.keys().signing;
        let signature = key.sign(domain::SIGN_CUSTODY, &signed);
        let over = digest(
            domain::CUSTODY_DIGEST,
            &[statement.as_bytes(), signature.as_bytes()],
        );
        let event = {
            let mut state = self.state_mut();
            Overseer::required(&state, asking)?;
            let mut command = self.command(asking, None);
            let event = command.event(Act::CustodyStated {
                digest: encode(&over).into(),
            });
            self.enact(&mut state, command, asking.signer())?;
            event
        };
        let stated = self.receipt_of(event)?;
        let grown = self.grown(&head, &stated)?;
        Ok(CustodyShown {
            found: found.fit,
            silent: found.silent,
            opened: found.opened,
            statement,
            signature: BASE64.encode(signature.as_bytes()),
            head: head.as_str().to_owned(),
            grown,
            stated,
            bound: self.receipt_of(bound)?,
        })
    }

    /// A signed head, and every filing and correction under it, in the order of the ledger.
    fn placed_under_a_head(&self, asking: &Asking) -> Result<(SignedCheckpoint, Vec<Place>), Stop> {
        let head = self.settled_checkpoint()?;
        let size = head.claimed_size().get();
        // What is durable is in effect a moment later: until all under the head is, the answer would lack some.
        for _ in 0..CUSTODY_TRIES {
            let state = self.state();
            Overseer::required(&state, asking)?;
            if self.trail().has_all_below(size) {
                let mut places = self.places(&state);
                places.retain(|place| place.index < size);
                return Ok((head, places));
            }
            drop(state);
            self.env.clock.sleep(std::time::Duration::from_millis(20));
        }
        Err(Refusal::new(
            Code::Conflict,
            "so much is being filed that no head stands still",
        )
        .hint("ask again in a moment")
        .into())
    }

    fn found(
        &self,
        permit: &Permit,
        asking: &Asking,
        meeting: &Meeting,
        places: &[Place],
    ) -> Result<Found, Fault> {
        let mut found = Found::default();
        for place in places {
            let event = self.stored_event(place.event)?;
            if !matches!(event.act, Act::Filed(_) | Act::Corrected(_)) {
                continue;
            }
            let facts = self.said(permit, asking, &event)?.facts;
            let facts = facts.ok_or(Fault::Missing("what a filing says to the inspectors"))?;
            found.opened += 1;
            let fit = meeting.fit(&facts);
            let list = match fit {
                Fit::Fits => &mut found.fit,
                Fit::Silent => &mut found.silent,
                Fit::Differs => continue,
            };
            list.push(self.custody_entry(&event, place.record, facts));
        }
        Ok(found)
    }

    fn custody_entry(
        &self,
        event: &StoredEvent,
        record: RecordId,
        facts: DocketFacts,
    ) -> CustodyEntry {
        CustodyEntry {
            entry: event.id.to_string(),
            act: event.act.word().to_owned(),
            record: record.to_string(),
            at: event.at.to_string(),
            by: self.state().people.name_of(event.actor),
            conversation: Conversation {
                date: facts.when.map(|when| when.to_string()),
                place: facts.place,
                participants: facts.participants,
            },
        }
    }

    /// The statement, line by line. docs/format/custody.md has it.
    fn statement_of_custody(
        &self,
        asking: &Asking,
        ask: &CustodyQuery,
        head: &SignedCheckpoint,
        found: &Found,
    ) -> String {
        let name = self.state().people.name_of(Some(asking.session.person));
        let mut text = format!("{TITLE}\nroom {}\n", self.room);
        let root = HEXLOWER.encode(head.claimed_head().root().as_bytes());
        let mut line = |label: &str, said: String| {
            writeln!(text, "{label} {said}").expect("strings take text");
        };
        line("head", format!("{} {root}", head.claimed_size().get()));
        line("at", self.now().to_string());
        line(
            "inspector",
            format!("{} {}", asking.session.person, quoted(&name)),
        );
        line("asked", question(ask));
        line("because", quoted(&ask.because));
        for said in custody_lines(found.opened, &found.fit, &found.silent) {
            writeln!(text, "{said}").expect("strings take text");
        }
        let meaning = match (found.fit.is_empty(), found.silent.is_empty()) {
            (false, _) => "these entries declare such a meeting",
            (true, true) => {
                "all filings and corrections under this head were opened, and none declares such a meeting"
            }
            (true, false) => {
                "all filings and corrections under this head were opened, and none declares such a meeting; those called \
                 silent do not declare all that was asked for, and may be of it"
            }
        };
        writeln!(text, "meaning {meaning}").expect("strings take text");
        text
    }

    /// The event that binds the asker's present keys: a confirmation, or what key holders gave for a recovery.
    fn event_that_binds(&self, asking: &Asking) -> Result<EventId, Stop> {
        let state = self.state();
        let person = asking.active(&state)?;
        let keys = encode(&person.keys);
        let trail = self.trail();
        let candidates = match person.rekeyed_at() {
            Some(index) => trail.at(index).into_iter().collect(),
            None => {
                let officers = state.people.iter();
                let officers = officers.filter(|p| p.roles.contains(&Role::SecurityOfficer));
                officers
                    .flat_map(|p| trail.of_person(p.id))
                    .collect::<Vec<_>>()
            }
        };
        drop(trail);
        for candidate in candidates {
            let event = self.stored_event(candidate)?;
            let binds = match &event.act {
                Act::Confirmed {
                    person: of,
                    keys: bound,
                    ..
                } => *of == person.id && **bound == keys,
                Act::Rekeyed(rekeyed) => rekeyed.person == person.id && *rekeyed.keys == keys,
                _ => false,
            };
            if binds {
                return Ok(candidate);
            }
        }
        Err(Refusal::new(
            Code::Conflict,
            "no event of the ledger that can be shown binds your keys, so nobody could check what you state",
        )
        .into())
    }

    fn receipt_of(&self, event: EventId) -> Result<ReceiptShown, Fault> {
        let index = self.trail().index_of(event);
        let index = index.ok_or(Fault::Missing("the place of an event in the ledger"))?;
        let stored = self.stored_event(event)?;
        let checkpoint = self.checkpoint_for(index)?;
        self.shown_in_ledger(&stored, index, checkpoint)
    }

    /// The proof that the ledger grew from the head of a statement to that of its receipt.
    fn grown(&self, head: &SignedCheckpoint, stated: &ReceiptShown) -> Result<String, Fault> {
        let receipt = strongroom_tlog::receipt::Receipt::from_bytes(stated.log.proof.as_bytes())
            .map_err(|e| Fault::Checkpoint(e.to_string()))?;
        let to = receipt.checkpoint().claimed_size();
        let proof = self.ledger().consistency(head.claimed_size(), to);
        let proof = proof.map_err(|e| Fault::Checkpoint(e.to_string()))?;
        Ok(proof.to_text())
    }
}

/// What was asked, on one line.
fn question(ask: &CustodyQuery) -> String {
    let mut parts = Vec::new();
    let mut part = |label: &str, said: &str| parts.push(format!("{label} {}", quoted(said)));
    if let Some(from) = &ask.from {
        part("from", from);
    }
    if let Some(to) = &ask.to {
        part("to", to);
    }
    if let Some(place) = &ask.place {
        part("place", place);
    }
    for participant in &ask.participants {
        part("participant", participant);
    }
    parts.join(" ")
}
