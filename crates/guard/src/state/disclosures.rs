//! Disclosures, as the ledger tells of them: what was taken in, and what the inspectors did about it.
//!
//! What cannot happen: a batch whose root is not over its places, or that shows another key than the inspectors'; a
//! message that is taken twice, or before the one before it; an answer by someone who is no inspector.

use std::collections::BTreeMap;

use strongroom_record::disclosure::{
    AnswerKind, DISCLOSURE_ANSWERS_MAX, DisclosureAnswered, DisclosurePage, DisclosuresTaken,
    LEAF_BYTES, leaves, messages,
};
use strongroom_record::event::{Act, Role, StoredEvent};
use strongroom_record::route::read_routes;
use strongroom_record::{DisclosureId, EventId, PersonId, Route, RouteName, Timestamp, decode};
use strongroom_seal::disclosure::{FIRST_MESSAGE, page_digest, routes_digest};
use strongroom_seal::{AtomPublic, AtomRole, Digest};
use strongroom_tlog::tree::{LeafHash, Tree};

use super::bounds::each_once;
use super::{Atoms, Person, State};
use crate::limits::DISCLOSURES_SHOWN_MAX;
use crate::rules::Rules;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Disclosures {
    pub(super) last: Option<LastBatch>,
    pub(super) all: BTreeMap<DisclosureId, Disclosure>,
}

/// The batch that was taken last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastBatch {
    pub(crate) event: EventId,
    pub(crate) at: Timestamp,
    /// Digest of the key that it shows.
    pub(crate) inspectors: Digest,
    /// Digest of the routes that it shows, in a room that has any.
    pub(crate) routes: Option<Digest>,
}

/// One of them.
#[derive(Debug, Default)]
pub(crate) struct Disclosure {
    /// The first has number 1.
    pub(crate) messages: Vec<Message>,
    /// The first has number 1.
    pub(crate) answers: Vec<Answer>,
    /// How many messages were acknowledged: those lie in the store.
    pub(crate) acknowledged: usize,
    /// By which route the first message came.
    pub(crate) route: Option<RouteName>,
}

/// A message that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) leaf: [u8; LEAF_BYTES],
    /// The event of its batch.
    pub(crate) batch: EventId,
    /// Its place there.
    pub(crate) place: u32,
    pub(crate) at: Timestamp,
}

/// What an inspector did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) event: EventId,
    pub(crate) by: PersonId,
    pub(crate) at: Timestamp,
    /// Of a reply, the digest of its sealed bytes.
    pub(crate) reply: Option<Digest>,
}

impl Disclosures {
    pub(crate) fn last(&self) -> Option<&LastBatch> {
        self.last.as_ref()
    }
    pub(crate) fn get(&self, id: DisclosureId) -> Option<&Disclosure> {
        self.all.get(&id)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (DisclosureId, &Disclosure)> {
        self.all.iter().map(|(id, disclosure)| (*id, disclosure))
    }
    /// How many messages of a disclosure were taken in.
    pub(crate) fn taken(&self, id: DisclosureId) -> usize {
        self.get(id).map_or(0, |d| d.messages.len())
    }

    fn took(
        &mut self,
        event: &StoredEvent,
        taken: &DisclosuresTaken,
        atoms: &Atoms,
        routes: &[Route],
    ) -> Result<(), &'static str> {
        if event.actor.is_some() || !event.sealed.is_empty() {
            return Err("the guard takes disclosures in, and nobody else");
        }
        let expected = page(inspectors(atoms)?, routes, &taken.places)?;
        if taken.page != expected {
            return Err(
                "a batch of disclosures shows another root, another key or other routes than it has",
            );
        }
        let by_place = match &taken.routes {
            Some(by_place) if !routes.is_empty() => read_routes(by_place)?,
            None if routes.is_empty() => Vec::new(),
            _ => return Err("a batch has routes where the room has some, and nowhere else"),
        };
        // Their places are drawn: in which order those of one disclosure follow, their numbers say.
        let mut taken = messages(&taken.places)?;
        taken.sort_unstable_by_key(|(_, message)| (message.disclosure, message.number));
        for (place, message) in taken {
            let disclosure = self.all.entry(message.disclosure).or_default();
            if usize::try_from(message.number) != Ok(disclosure.messages.len() + 1) {
                return Err("a disclosed message is taken twice, or before the one before it");
            }
            if message.number == FIRST_MESSAGE {
                disclosure.route = by_place.get(place).cloned().flatten();
            }
            disclosure.messages.push(Message {
                leaf: message.leaf,
                batch: event.id,
                place: u32::try_from(place).map_err(|_| "a batch has few places")?,
                at: event.at,
            });
        }
        self.last = Some(LastBatch {
            event: event.id,
            at: event.at,
            inspectors: page_digest(inspectors(atoms)?),
            routes: digest_of_routes(routes),
        });
        Ok(())
    }

    fn answered(
        &mut self,
        event: &StoredEvent,
        answered: &DisclosureAnswered,
        by: PersonId,
    ) -> Result<(), &'static str> {
        let disclosure = self
            .all
            .get_mut(&answered.disclosure)
            .ok_or("it answers a disclosure that was not taken in")?;
        let follows = usize::try_from(answered.number) == Ok(disclosure.answers.len() + 1);
        if !follows || answered.number > DISCLOSURE_ANSWERS_MAX {
            return Err("the number of an answer does not follow");
        }
        let reply = match (answered.kind, &answered.digest) {
            (AnswerKind::Acknowledged, None) => {
                if disclosure.acknowledged == disclosure.messages.len() {
                    return Err("it acknowledges what is acknowledged");
                }
                disclosure.acknowledged = disclosure.messages.len();
                None
            }
            (AnswerKind::Replied, Some(digest)) => {
                Some(decode(digest).map_err(|_| "the digest of a reply cannot be read")?)
            }
            _ => return Err("a reply has a digest, and an acknowledgement none"),
        };
        disclosure.answers.push(Answer {
            event: event.id,
            by,
            at: event.at,
            reply,
        });
        Ok(())
    }
}

impl State {
    pub(super) fn disclosed(&mut self, event: &StoredEvent) -> Result<(), &'static str> {
        match &event.act {
            Act::DisclosuresTaken(taken) => {
                let routes = self.rules.as_ref().map_or(&[][..], Rules::routes);
                self.disclosures.took(event, taken, &self.atoms, routes)
            }
            Act::DisclosureShown {
                disclosures,
                opened,
            } => {
                let by = self.inspector(event)?;
                let known = disclosures.iter().all(|id| {
                    self.disclosures
                        .get(*id)
                        .is_some_and(|d| !opened || self.comes_to(d, by))
                });
                let few = disclosures.len() <= DISCLOSURES_SHOWN_MAX && each_once(disclosures);
                if known && few && (!opened || disclosures.len() == 1) {
                    return Ok(());
                }
                Err("it shows disclosures that are not there, too many, or one twice")
            }
            Act::DisclosureAnswered(answered) => {
                let by = self.inspector(event)?;
                let answers = self.disclosures.get(answered.disclosure);
                if !answers.is_some_and(|d| self.comes_to(d, by)) {
                    return Err(
                        "it answers a disclosure that came to other inspectors, or is not there",
                    );
                }
                self.disclosures.answered(event, answered, by.id)
            }
            _ => unreachable!("the others are applied elsewhere"),
        }
    }

    fn inspector(&self, event: &StoredEvent) -> Result<&Person, &'static str> {
        let actor = event.actor.and_then(|id| self.people.get(id));
        actor
            .filter(|person| is_inspector(person, &self.atoms))
            .ok_or("disclosures are for inspectors alone, who hold the inspectors' key")
    }

    /// Whether a disclosure is for an inspector: by its route, or for all of them, where it came by none, or by one that
    /// names nobody who is an inspector now. So nothing waits for somebody who left.
    pub(crate) fn comes_to(&self, disclosure: &Disclosure, inspector: &Person) -> bool {
        let rules = self.rules.as_ref();
        let route = disclosure.route.as_ref();
        let Some(route) = route.and_then(|name| rules?.route(name)) else {
            return true;
        };
        route.inspectors.is_empty()
            || route.inspectors.contains(&inspector.name)
            || self.names_no_inspector(route)
    }

    /// Whether of the inspectors whom a route names none is one now: then what comes by it is for all of them.
    pub(crate) fn names_no_inspector(&self, route: &Route) -> bool {
        let mut named = route.inspectors.iter();
        !route.inspectors.is_empty() && !named.any(|name| self.is_inspector_called(name))
    }

    /// Whether somebody of this name is an inspector who holds the inspectors' key.
    pub(crate) fn is_inspector_called(&self, name: &str) -> bool {
        let mut people = self.people.iter();
        people.any(|person| person.name == name && is_inspector(person, &self.atoms))
    }
}

/// The inspectors' newest key.
pub(crate) fn inspectors(atoms: &Atoms) -> Result<&AtomPublic, &'static str> {
    atoms
        .standing_for(&AtomRole::Inspectors)
        .ok_or("the inspectors have no key")
}

/// Whether somebody may be shown disclosures: by role, and by the key.
pub(crate) fn is_inspector(person: &Person, atoms: &Atoms) -> bool {
    let holds = |atom: &AtomPublic| person.holdings.contains_key(&atom.id);
    person.may(Role::Inspector) && inspectors(atoms).is_ok_and(holds)
}

/// What a batch shows of a room's routes: nothing where there are none.
pub(crate) fn digest_of_routes(routes: &[Route]) -> Option<Digest> {
    (!routes.is_empty()).then(|| routes_digest(routes))
}

/// The tree over the leaves of a batch.
pub(crate) fn tree(places: &[u8]) -> Result<Tree, &'static str> {
    let mut tree = Tree::new();
    for leaf in leaves(places)? {
        tree.append(LeafHash::of(&leaf));
    }
    Ok(tree)
}

/// What a batch with these places shows.
pub(crate) fn page(
    inspectors: &AtomPublic,
    routes: &[Route],
    places: &[u8],
) -> Result<DisclosurePage, &'static str> {
    Ok(DisclosurePage {
        root: *tree(places)?.head().root().as_bytes(),
        inspectors: page_digest(inspectors).as_bytes().to_vec().into(),
        routes: digest_of_routes(routes).map(|digest| digest.as_bytes().to_vec().into()),
    })
}
