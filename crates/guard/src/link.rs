//! Linking records: what denies, answers or succeeds what.
//!
//! A denial or a response is made by someone who sees both ends, and is shown to whoever sees both. A successor is filed
//! by who filed what it succeeds, and need see neither: one's own filing is known by its id or its receipt. An id that
//! is not one's own filing is refused as one that is nowhere.

use strongroom_record::event::{Act, Link, LinkKind, Requested, Role};
use strongroom_record::{EventId, PortionId, RecordId};

use crate::api::{FiledLink, LinkDone, LinkQuery};
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::refusal::{Code, Refusal, echoed};
use crate::state::{Person, State, link_allowed};

/// The far end of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkTo {
    kind: LinkKind,
    to: RecordId,
    portion: Option<PortionId>,
}

impl Core {
    pub(crate) fn link(&self, asking: &Asking, ask: &LinkQuery) -> Result<LinkDone, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "link", ask)?;
        let kind = match kind(&ask.kind)? {
            LinkKind::Successor => {
                return Err(Refusal::invalid("a successor is linked when it is filed")
                    .hint("`file FILE --successor-of ID` files it")
                    .into());
            }
            kind => kind,
        };
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let from = self.resolve(&state, person, &ask.record)?.id;
        let to = self.seen_end(
            asking,
            &state,
            person,
            (kind, &ask.to, ask.portion.as_deref()),
        )?;
        let receipt = self.enact_link(asking, &mut state, request, from, to)?;
        Ok(LinkDone { receipt })
    }

    /// What a file's record is to be linked to, before the file is filed.
    pub(crate) fn filed_link(&self, asking: &Asking, ask: &FiledLink) -> Result<LinkTo, Stop> {
        let kind = kind(&ask.kind)?;
        let state = self.state();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        if kind != LinkKind::Successor {
            return self.seen_end(
                asking,
                &state,
                person,
                (kind, &ask.to, ask.portion.as_deref()),
            );
        }
        if ask.portion.is_some() {
            return Err(Refusal::invalid("what succeeds a record succeeds all of it").into());
        }
        let to = self.own_filing(&state, person, &ask.to)?;
        Ok(LinkTo {
            kind,
            to,
            portion: None,
        })
    }

    /// Links what was just filed. A retry that finds the link made gives its receipt.
    pub(crate) fn link_filed(
        &self,
        asking: &Asking,
        request: Option<Requested>,
        from: &str,
        to: LinkTo,
    ) -> Result<String, Stop> {
        let from: RecordId = from.parse().expect("an id printed here");
        let mut state = self.state_mut();
        asking.may(&state, Role::RecordsOfficer)?;
        let link = to.from(from);
        let made = state.links.of(from).find(|linked| linked.link == link);
        if let Some(made) = made {
            return Ok(made.event.to_string());
        }
        self.enact_link(asking, &mut state, request, from, to)
    }

    fn enact_link(
        &self,
        asking: &Asking,
        state: &mut State,
        request: Option<Requested>,
        from: RecordId,
        to: LinkTo,
    ) -> Result<String, Stop> {
        let link = to.from(from);
        let person = asking.active(state)?;
        link_allowed(
            &link,
            &state.links,
            &state.records,
            &state.labels,
            (person.id, &person.bits),
        )
        .map_err(|rule| Refusal::new(Code::Conflict, format!("no link was made: {rule}")))?;
        // Its stream has a name of its own: a filing with the same request id has drawn from the other.
        let stream = [
            self.room.as_bytes().as_slice(),
            b"link",
            from.as_bytes(),
            to.to.as_bytes(),
        ];
        let name = [stream.concat(), asking.session.next_act()].concat();
        let dice = self.env.entropy.stream(&name);
        let mut command = self.command_in_part(asking, request, dice);
        let event = command.event(Act::Linked(link));
        self.enact(state, command, asking.signer())?;
        Ok(event.to_string())
    }

    /// The end that a denial or a response is about, in the asker's view.
    fn seen_end(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        (kind, to, portion): (LinkKind, &str, Option<&str>),
    ) -> Result<LinkTo, Stop> {
        let record = self.resolve(state, person, to)?;
        let portion = match portion {
            None => None,
            Some(_) if record.withdrawn.is_some() => return Err(Refusal::withdrawn().into()),
            Some(word) => {
                let words = [word.to_owned()];
                let named = self.named_portions(asking, state, person, record, &words)?;
                named.first().copied()
            }
        };
        Ok(LinkTo {
            kind,
            to: record.id,
            portion,
        })
    }

    /// The record of one's own filing that a whole id names: the record's, or its receipt's.
    fn own_filing(&self, state: &State, person: &Person, text: &str) -> Result<RecordId, Stop> {
        let own = |id: RecordId| {
            let record = state.records.get(id).filter(|r| !r.frame);
            record.is_some_and(|r| r.filer == Some(person.id))
        };
        if let Some(id) = text.parse().ok().filter(|id| own(*id)) {
            return Ok(id);
        }
        let event = text.parse::<EventId>().ok();
        let event = event.filter(|event| self.trail().index_of(*event).is_some());
        let record = match event {
            None => None,
            Some(event) => match self.stored_event(event)?.act {
                Act::Filed(filed) => Some(filed.record),
                _ => None,
            },
        };
        record
            .filter(|id| own(*id))
            .ok_or_else(|| Refusal::no_such_record().into())
    }
}

impl LinkTo {
    const fn from(&self, from: RecordId) -> Link {
        Link {
            from,
            to: self.to,
            to_portion: self.portion,
            kind: self.kind,
        }
    }
}

fn kind(word: &str) -> Result<LinkKind, Refusal> {
    [LinkKind::Denial, LinkKind::Response, LinkKind::Successor]
        .into_iter()
        .find(|kind| kind.word() == word)
        .ok_or_else(|| {
            Refusal::invalid(format!("{} is no kind of link", echoed(word)))
                .hint("a link is a denial, a response or a successor")
        })
}
