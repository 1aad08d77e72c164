//! Who sees which requests, and how far one has come for whom.

use strongroom_record::approval::Asked;
use strongroom_record::event::Role;
use strongroom_record::id;
use strongroom_record::{PersonId, Timestamp};
use strongroom_seal::AtomRole;

use super::kinds::ruled;
use super::no_such_request;
use crate::laws::Law;
use crate::refusal::{Code, Refusal, echoed};
use crate::rules::Need;
use crate::state::{Outcome, Person, Request, State};

/// How far a request has come, in somebody's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// It still might, but what it is about is not what it was.
    Void,
    Lapsed,
    Ended(Outcome),
}

impl Stage {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Void => "void",
            Self::Lapsed => "lapsed",
            Self::Ended(Outcome::Done) => "done",
            Self::Ended(Outcome::Denied) => "denied",
            Self::Ended(Outcome::TakenBack) => "taken-back",
            Self::Ended(Outcome::Void) => "void",
        }
    }
    /// What that means, to who would decide on it.
    pub(super) fn refusal(self) -> Refusal {
        let what = match self {
            Self::Waiting => "this request waits",
            Self::Void => {
                "what this request is about changed since it was asked for; nothing comes of it"
            }
            Self::Lapsed => "this request has lapsed: its approvals did not come in time",
            Self::Ended(Outcome::Done) => "this request was carried out already",
            Self::Ended(Outcome::Denied) => "this request was denied",
            Self::Ended(Outcome::TakenBack) => "this request was taken back",
            Self::Ended(Outcome::Void) => {
                "who asked for this, or whom it is about, has left; nothing comes of it"
            }
        };
        Refusal::new(Code::Conflict, what).hint("whoever still needs it asks anew, with `request`")
    }
}

impl State {
    /// For whom somebody would decide on a request: for himself, or else for somebody whom he stands for.
    ///
    /// # Errors
    /// The law that keeps him from deciding for himself.
    pub(crate) fn decides_as(
        &self,
        request: &Request,
        person: &Person,
        now: Timestamp,
    ) -> Result<Option<PersonId>, Law> {
        let Err(law) = self.may_decide(request, person, None, now) else {
            return Ok(None);
        };
        let principals = self.acting.now(now).filter(|row| row.deputy == person.id);
        let mut principals = principals.map(|row| row.principal);
        let may = |id: &PersonId| self.may_decide(request, person, Some(*id), now).is_ok();
        principals.find(may).map(Some).ok_or(law)
    }

    /// Whether somebody sees that, who and why of everything: an inspector who holds the inspectors' key.
    pub(crate) fn oversees(&self, person: &Person) -> bool {
        let key = self.atoms.standing_for(&AtomRole::Inspectors);
        person.may(Role::Inspector) && key.is_some_and(|k| person.holdings.contains_key(&k.id))
    }

    /// Whether there is such a request for somebody.
    pub(crate) fn shows(&self, request: &Request, person: &Person, now: Timestamp) -> bool {
        if self.oversees(person) {
            return true;
        }
        // Whoever the rules might ask, whether or not that person agreed already; or who stands for one of these.
        let named = |person: &Person| {
            let rule = self.rules().map(|rules| rules.of(ruled(&request.asked)));
            let is = |need: &Need| self.is_called(request, person, &need.from);
            rule.is_ok_and(|rule| rule.needs.iter().any(is))
        };
        let decides = || {
            let principals = self.acting.now(now).filter(|row| row.deputy == person.id);
            let mut principals = principals.filter_map(|row| self.people.active(row.principal));
            named(person) || principals.any(named)
        };
        let own = request.by == person.id;
        let for_them = || Law::KnownToTheNamed.met(decides());
        match &request.asked {
            // The officers know all clearances; others, as far as they hold the atoms.
            Asked::Clear {
                person: subject, ..
            } => {
                own || person.may(Role::SecurityOfficer)
                    || (*subject != person.id && for_them() && self.may_know(request, person))
            }
            _ => {
                let knows = self.may_know(request, person);
                #[cfg(feature = "planted-leaks")]
                let knows = knows || crate::planted::knows_as_deputy(self, request, person, now);
                (own || for_them()) && knows
            }
        }
    }

    /// How far it has come for somebody: of a clearance, as far as that person knows the atoms.
    pub(super) fn stage(&self, request: &Request, person: &Person, now: Timestamp) -> Stage {
        if let Asked::Clear {
            person: subject,
            atoms,
        } = &request.asked
            && !knows_all(self, request, person)
        {
            let subject = self.people.get(*subject);
            let mut known = atoms
                .iter()
                .filter(|atom| person.holdings.contains_key(atom));
            let given = |atom: &strongroom_record::AtomId| {
                subject.is_some_and(|s| s.holdings.contains_key(atom))
            };
            if known.all(given) {
                return Stage::Ended(Outcome::Done);
            }
        }
        match request.ended {
            Some((outcome, _)) => Stage::Ended(outcome),
            None if now >= request.until => Stage::Lapsed,
            None if !self.is_unchanged(request) => Stage::Void,
            None => Stage::Waiting,
        }
    }

    /// Whether something may still come of it, for somebody.
    ///
    /// # Errors
    /// What came of it instead.
    pub(super) fn ensure_open(
        &self,
        request: &Request,
        person: &Person,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let stage = self.stage(request, person, now);
        let open = !matches!(stage, Stage::Ended(_));
        Law::Waits
            .ensure(open)
            .and_then(|()| Law::InTime.ensure(now < request.until))
            .map_err(|_| stage.refusal())
    }

    /// The request that somebody names by its id or the beginning of it, within that person's view.
    pub(super) fn request_named<'s>(
        &'s self,
        person: &Person,
        text: &str,
        now: Timestamp,
    ) -> Result<&'s Request, Refusal> {
        let prefix = id::normal_prefix(text).map_err(|e| {
            Refusal::invalid(format!("{} does not name a request: {e}", echoed(text)))
        })?;
        let mut found = self
            .approvals
            .iter()
            .filter(|r| r.id.to_string().starts_with(&prefix) && self.shows(r, person, now));
        let request = found.next().ok_or_else(no_such_request)?;
        if found.next().is_some() {
            return Err(Refusal::new(
                Code::Conflict,
                format!("{} is the beginning of several requests' ids", echoed(text)),
            )
            .hint("give more of the id"));
        }
        Ok(request)
    }
}

/// Whether somebody knows of every atom that a clearance is asked for: officers do, who asked, and inspectors.
pub(super) fn knows_all(state: &State, request: &Request, person: &Person) -> bool {
    request.by == person.id || person.may(Role::SecurityOfficer) || state.oversees(person)
}
