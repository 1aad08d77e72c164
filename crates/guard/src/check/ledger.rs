//! Walking the ledger: every entry against its event, every signature against its signer, and the tree
//! against the checkpoint. Goes on past what is damaged.

use std::collections::HashSet;
use std::sync::Arc;

use strongroom_record::event::{CommandRow, EVENT_VERSION, StoredEvent};
use strongroom_record::{CommandId, EventId, PersonId, Timestamp, decode};
use strongroom_seal::{PersonPublic, Signature, domain};
use strongroom_tlog::commit::{BodyRoot, CommandTree, SignatureCommitment};
use strongroom_tlog::entry::EntryOpening;
use strongroom_tlog::tree::{Frontier, LeafHash, TreeHead};
use strongroom_vault::{Entry, Snapshot, VaultError};

use super::Place;
use super::finding::Findings;
use super::heads::Heads;
use super::named::Named;
use crate::api::Wrong;
use crate::command::{body_root, command_message, signature_commitment};
use crate::filing::side_by_side;
use crate::kinds;
use crate::limits::WALK_PAGE;
use crate::replay::must_be_signed;

/// How far the ledger was walked.
pub(super) struct LedgerWalk {
    pub(super) next: u64,
    pub(super) tree: Frontier,
    /// The head to compare with when the tree has its size.
    expected: Option<TreeHead>,
    /// Whether the tree had that head.
    pub(super) agreed: Option<bool>,
    /// Heads that were seen outside the store.
    pub(super) heads: Heads,
    last: Timestamp,
    /// Events that could not be read: what else they name is not known.
    pub(super) unread: HashSet<EventId>,
    command: Option<Running>,
    commands: u64,
}

/// A command whose events are being walked.
struct Running {
    id: CommandId,
    row: Option<CommandRow>,
    commitment: Option<SignatureCommitment>,
    actor: Option<PersonId>,
    bodies: Vec<(EventId, BodyRoot)>,
}

/// A signature to be verified.
struct Signed {
    id: CommandId,
    message: Vec<u8>,
    row: CommandRow,
    keys: Arc<PersonPublic>,
}

/// An event as it was read for an entry.
enum Read {
    Event(Box<StoredEvent>, BodyRoot),
    Missing,
    Damaged(&'static str),
}

impl LedgerWalk {
    pub(super) fn new(expected: Option<TreeHead>, heads: Heads) -> Self {
        Self {
            next: 0,
            tree: Frontier::new(),
            expected,
            agreed: None,
            heads,
            last: Timestamp::from_millis(0),
            unread: HashSet::new(),
            command: None,
            commands: 0,
        }
    }

    /// Whether nothing has happened since the founding.
    pub(super) const fn is_of_one_command(&self) -> bool {
        self.commands <= 1
    }

    /// Whether every event so far could be read: only then is it known what all rows must be.
    pub(super) fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    /// Walks what a view of the store has of the ledger beyond what was walked before, a page at most.
    /// Says whether there is more.
    pub(super) fn page(
        &mut self,
        place: &Place<'_>,
        snapshot: &Snapshot,
        named: &mut Named,
        findings: &mut Findings,
    ) -> Result<bool, VaultError> {
        let page = snapshot.entries(self.next, WALK_PAGE)?;
        let read = side_by_side(page, |(leaf, id): Entry| {
            read_event(place, snapshot, EventId::from_bytes(id)).map(|read| (leaf, id, read))
        });
        let mut signed = Vec::new();
        for entry in read {
            let (leaf, id, read) = entry?;
            self.tree.append(LeafHash::of(&leaf));
            self.compare_head();
            self.heads.grown(&self.tree, findings);
            let id = EventId::from_bytes(id);
            match read {
                Read::Event(event, body) => {
                    self.event(
                        place,
                        snapshot,
                        &leaf,
                        &event,
                        body,
                        named,
                        findings,
                        &mut signed,
                    )?;
                }
                Read::Missing => {
                    self.unread.insert(id);
                    let rule = "the ledger has an entry for it";
                    findings.row(kinds::event(id), Wrong::Missing, rule);
                }
                Read::Damaged(rule) => {
                    self.unread.insert(id);
                    // It is there, so nobody is to look for it again.
                    named
                        .rows
                        .insert(kinds::event(id), super::named::Want::Event);
                    findings.row(kinds::event(id), Wrong::Damaged, rule);
                }
            }
            self.next += 1;
        }
        let more = self.next < snapshot.size();
        if !more {
            // A commit is in a view as a whole, so its last command has all its events.
            signed.extend(self.end_command(place, named, findings));
        }
        let verify = |signed: Signed| {
            let fits = Signature::from_bytes(&signed.row.signature).is_ok_and(|signature| {
                let keys = signed.keys.verifying();
                keys.verify(
                    place.floor,
                    domain::SIGN_COMMAND,
                    &signed.message,
                    &signature,
                )
                .is_ok()
            });
            (signed.id, fits)
        };
        for (id, fits) in side_by_side(signed, verify) {
            if !fits {
                let rule =
                    "it is the signature of the person who acted, over the events of the command";
                findings.row(kinds::command(id), Wrong::Damaged, rule);
            }
        }
        Ok(more)
    }

    fn compare_head(&mut self) {
        if let Some(expected) = &self.expected
            && self.tree.size() == expected.size()
        {
            self.agreed = Some(self.tree.head() == *expected);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an event, what it is compared with, and what follows"
    )]
    fn event(
        &mut self,
        place: &Place<'_>,
        snapshot: &Snapshot,
        leaf: &[u8; 33],
        event: &StoredEvent,
        body: BodyRoot,
        named: &mut Named,
        findings: &mut Findings,
        signed: &mut Vec<Signed>,
    ) -> Result<(), VaultError> {
        if self.command.as_ref().map(|c| c.id) != event.command {
            signed.extend(self.end_command(place, named, findings));
            self.commands += 1;
            self.command = match event.command {
                Some(id) => Some(begin_command(place, snapshot, id, event, findings)?),
                None => None,
            };
        }
        let at = kinds::event(event.id);
        let commitment = match &mut self.command {
            None => Some(signature_commitment(event, None)),
            Some(running) => {
                running.bodies.push((event.id, body));
                if running.actor != event.actor {
                    findings.row(at, Wrong::Damaged, "all events of a command have one actor");
                }
                running.commitment
            }
        };
        if must_be_signed(&event.act) && event.command.is_none() {
            findings.row(
                at,
                Wrong::Damaged,
                "what others rely on bears a person's signature",
            );
        }
        if event.at < self.last {
            findings.row(
                at,
                Wrong::Damaged,
                "time never runs backwards in the ledger",
            );
        }
        self.last = self.last.max(event.at);
        if (self.next == 0) != matches!(event.act, strongroom_record::event::Act::Founded(_)) {
            findings.row(
                at,
                Wrong::Damaged,
                "the first event, and no other, founds the room",
            );
        }
        // Without its command's row nothing can be said of an entry: that row is missed already.
        let entry = commitment.map(|signature| EntryOpening { body, signature }.entry().to_bytes());
        if entry.is_some_and(|entry| entry != *leaf) {
            self.unread.insert(event.id);
            let rule = "it gives the root that the ledger's entry has";
            findings.row(at, Wrong::Damaged, rule);
            named.rows.insert(at, super::named::Want::Event);
            return Ok(());
        }
        if named.rows.contains_key(&at) {
            let index = self.next.to_string();
            findings.ledger(
                index,
                Wrong::Damaged,
                "every entry is for an event of its own",
            );
        }
        named.take(event);
        for (event, rule) in named.misfits.drain(..) {
            findings.row(kinds::event(event), Wrong::Damaged, rule);
        }
        Ok(())
    }

    /// Ends the command whose events were walked: what is to be verified of it.
    fn end_command(
        &mut self,
        place: &Place<'_>,
        named: &Named,
        findings: &mut Findings,
    ) -> Option<Signed> {
        let running = self.command.take()?;
        let row = running.row?;
        // An event that could not be read is named already, and without it nothing is said of the signature.
        if row.events.iter().any(|e| self.unread.contains(e)) {
            return None;
        }
        let at = kinds::command(running.id);
        if !row
            .events
            .iter()
            .eq(running.bodies.iter().map(|(id, _)| id))
        {
            findings.row(
                at,
                Wrong::Damaged,
                "it is over the events that the ledger has for it",
            );
            return None;
        }
        if Some(row.person) != running.actor {
            findings.row(at, Wrong::Damaged, "it is of the person who acted");
            return None;
        }
        let Some(keys) = named.keys.get(&row.person) else {
            if self.is_whole() {
                findings.row(at, Wrong::Damaged, "it is of a person of the room");
            }
            return None;
        };
        let bodies: Vec<BodyRoot> = running.bodies.iter().map(|(_, body)| *body).collect();
        let tree = CommandTree::new(&bodies).ok()?;
        Some(Signed {
            id: running.id,
            message: command_message(place.room, running.id, tree.root().as_bytes()),
            row,
            keys: Arc::clone(keys),
        })
    }
}

fn read_event(place: &Place<'_>, snapshot: &Snapshot, id: EventId) -> Result<Read, VaultError> {
    let key = kinds::event(id);
    let Some(covered) = snapshot.get(key)? else {
        return Ok(Read::Missing);
    };
    let Some(bytes) = place.store.open_row(key, &covered) else {
        return Ok(Read::Damaged(super::OPENS));
    };
    let Ok(event) = decode::<StoredEvent>(&bytes) else {
        return Ok(Read::Damaged(super::DECODES));
    };
    if event.version != EVENT_VERSION || event.room != place.room || event.id != id {
        return Ok(Read::Damaged("it is the event of this id, of this room"));
    }
    let body = body_root(&event);
    Ok(Read::Event(Box::new(event), body))
}

fn begin_command(
    place: &Place<'_>,
    snapshot: &Snapshot,
    id: CommandId,
    event: &StoredEvent,
    findings: &mut Findings,
) -> Result<Running, VaultError> {
    let key = kinds::command(id);
    let mut running = Running {
        id,
        row: None,
        commitment: None,
        actor: event.actor,
        bodies: Vec::new(),
    };
    let Some(covered) = snapshot.get(key)? else {
        findings.row(
            key,
            Wrong::Missing,
            "an event says that it was signed with it",
        );
        return Ok(running);
    };
    let opened = place.store.open_row(key, &covered);
    let row = opened.as_deref().map(decode::<CommandRow>);
    match row {
        Some(Ok(row)) if !row.events.contains(&event.id) || Some(row.person) != event.actor => {
            findings.row(
                key,
                Wrong::Damaged,
                "it is over the events of its command, by who acted",
            );
        }
        Some(Ok(row)) => {
            running.commitment = Some(signature_commitment(event, Some(&row)));
            running.row = Some(row);
        }
        Some(Err(_)) => findings.row(key, Wrong::Damaged, super::DECODES),
        None => findings.row(key, Wrong::Damaged, super::OPENS),
    }
    Ok(running)
}
