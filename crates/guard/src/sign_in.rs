//! Signing in and out, and changing the passphrase.
//!
//! An unknown person, a wrong passphrase and an account that is not confirmed are answered alike,
//! after the same work. Each refusal is recorded, slows the next attempt for that name down, and
//! shows at the next sign-in.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

use strongroom_label::PassphraseFloor;
use strongroom_record::event::Act;
use strongroom_record::{PersonId, SessionId, Timestamp, decode};
use strongroom_seal::{Bundle, Passphrase, PersonKeys};

use crate::api::{PassphraseChange, SignIn, SignedIn, WhoAmI};
use crate::command::Actor;
use crate::disclosures::overdue_notice;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::keyring::Keyring;
use crate::kinds;
use crate::limits::{
    SESSION_LASTS, SLOW_DOWN_FIRST, SLOW_DOWN_MAX, SLOW_DOWN_NAMES_MAX, STRETCHING_MAX,
};
use crate::people::{role_words, words};
use crate::refusal::{Code, Refusal};
use crate::requests::to_decide;
use crate::session::{Peer, Session, Token};
use crate::state::{Acting, Person, Standing, State, is_inspector};

/// How attempts at a name are slowed down, and how many passphrases are stretched at once.
#[derive(Default)]
pub(crate) struct SlowDown {
    names: Mutex<HashMap<String, Attempts>>,
    stretching: Mutex<usize>,
    done: Condvar,
}

#[derive(Clone, Copy)]
struct Attempts {
    refused: u32,
    not_before: Timestamp,
}

impl SlowDown {
    /// Refuses an attempt that comes too soon after a refused one; the same for every name.
    fn check(&self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        match names.get(name) {
            Some(a) if now < a.not_before => {
                let wait = (a.not_before.millis() - now.millis()).div_ceil(1000);
                Err(Refusal::new(
                    Code::SlowDown,
                    "too many attempts to sign in under this name",
                )
                .hint(format!("try again in {wait} s")))
            }
            _ => Ok(()),
        }
    }
    fn refused(&self, name: &str, now: Timestamp) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = names.get(name).map_or(0, |a| a.refused).saturating_add(1);
        let wait = SLOW_DOWN_FIRST
            .saturating_mul(1 << (refused - 1).min(16))
            .min(SLOW_DOWN_MAX);
        if names.len() >= SLOW_DOWN_NAMES_MAX
            && !names.contains_key(name)
            && let Some(oldest) = names
                .iter()
                .min_by_key(|(_, a)| a.not_before)
                .map(|(n, _)| n.clone())
        {
            names.remove(&oldest);
        }
        names.insert(
            name.to_owned(),
            Attempts {
                refused,
                not_before: now.plus(wait),
            },
        );
    }
    fn succeeded(&self, name: &str) {
        self.names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }
    /// Waits for a place among those who stretch a passphrase: each takes 64 MiB.
    fn stretch<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut busy = self
            .stretching
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while *busy >= STRETCHING_MAX {
            busy = self.done.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        *busy += 1;
        drop(busy);
        let made = work();
        *self
            .stretching
            .lock()
            .unwrap_or_else(PoisonError::into_inner) -= 1;
        self.done.notify_one();
        made
    }
}

impl Core {
    pub(crate) fn sign_in(&self, ask: &SignIn, peer: Peer) -> Result<SignedIn, Stop> {
        self.slow_down.check(&ask.name, self.now())?;
        let person = {
            let state = self.state();
            state.people.named(&ask.name).map(|p| p.id)
        };
        let passphrase =
            Passphrase::new(&ask.passphrase).map_err(|e| Refusal::invalid(e.to_string()))?;
        let keys = self.unlock(person, &passphrase)?;
        let mut state = self.state_mut();
        // Once more: of attempts side by side, only the first to come through is answered.
        self.slow_down.check(&ask.name, self.now())?;
        let person = person.filter(|id| state.people.get(*id).is_some());
        // Who left while the passphrase was stretched has no keys any more.
        let keys = keys.filter(|_| person.is_some_and(|id| state.people.active(id).is_some()));
        let (Some(person), Some(keys)) = (person, keys) else {
            self.slow_down.refused(&ask.name, self.now());
            let mut command =
                self.command_of_nobody(&format!("refused {} {}", ask.name, self.now()));
            command.event(Act::SignInRefused { person });
            self.enact(&mut state, command, None)?;
            return Err(Refusal::sign_in_failed().into());
        };
        self.slow_down.succeeded(&ask.name);
        self.open_session(&mut state, person, keys, peer)
    }

    /// The person's keys, if passphrase, bundle and ledger agree. For nobody the same work is done.
    fn unlock(
        &self,
        person: Option<PersonId>,
        passphrase: &Passphrase,
    ) -> Result<Option<PersonKeys>, Stop> {
        let Some(person) = person else {
            self.slow_down
                .stretch(|| Bundle::decoy_work(self.suite, passphrase));
            return Ok(None);
        };
        let Some(bundle) = self.bundle_of(person)? else {
            self.slow_down
                .stretch(|| Bundle::decoy_work(self.suite, passphrase));
            return Ok(None);
        };
        let opened = self
            .slow_down
            .stretch(|| bundle.unwrap(self.env.floor, passphrase));
        let Ok((keys, facts)) = opened else {
            return Ok(None);
        };
        let state = self.state();
        // Keys that nobody confirmed can have given way to a new invitation meanwhile.
        let Some(known) = state.people.get(person) else {
            return Ok(None);
        };
        let believed = facts.room == self.room
            && facts.person == person
            && facts.genesis == state.genesis_root
            && keys.public() == known.keys;
        Ok((believed && known.standing == Standing::Active).then_some(keys))
    }

    /// A person's wrapped keys; none of who has left.
    fn bundle_of(&self, person: PersonId) -> Result<Option<Bundle>, Fault> {
        const WHAT: &str = "a person's wrapped keys";
        match self.store.find(kinds::bundle(person))? {
            Some(bytes) => decode(bytes.expose())
                .map(Some)
                .map_err(|_| Fault::Damaged(WHAT)),
            // That it was deleted is durable a moment before the person has left.
            None if self.state().people.get(person).is_none_or(Person::has_left) => Ok(None),
            None => Err(Fault::Missing(WHAT)),
        }
    }

    fn open_session(
        &self,
        state: &mut State,
        person: PersonId,
        keys: PersonKeys,
        peer: Peer,
    ) -> Result<SignedIn, Stop> {
        let known = state
            .people
            .get(person)
            .expect("a confirmed person is never removed");
        let name = known.name.clone();
        let roles = role_words(&known.roles);
        let refused = known.refused_since;
        #[cfg(feature = "planted-leaks")]
        let refused = crate::planted::refused(state, refused);
        let mut stream = self.env.entropy.stream(
            &[
                b"sign-in".as_slice(),
                person.as_bytes(),
                &known.sign_ins.to_be_bytes(),
            ]
            .concat(),
        );
        let id = SessionId::random(&mut stream);
        let token = Token::random(&mut stream);
        let until = self.now().plus(SESSION_LASTS);
        let session = Session::new(
            id,
            person,
            &token,
            peer,
            until,
            Keyring::new(keys, self.env.floor),
        );
        let session = self.sessions.add(session, self.now())?;
        let mut command = self.command_of(
            Actor {
                person,
                session: Some(id),
            },
            stream,
        );
        command.event(Act::SignedIn);
        let mut notices = Vec::new();
        if refused > 0 {
            let times = if refused == 1 {
                "once".to_owned()
            } else {
                format!("{refused} times")
            };
            notices.push(format!("since your last sign-in, someone tried {times} to sign in under your name and was refused"));
        }
        let inspects = state
            .people
            .get(person)
            .filter(|p| is_inspector(p, &state.atoms));
        if inspects.is_some() {
            notices.extend(overdue_notice(
                &state.disclosures,
                state.policy.terms(),
                self.now(),
            ));
        }
        self.enact(state, command, None)?;
        if let Some(person) = state.people.get(session.person) {
            let now = self.now();
            let own = to_decide(state, person, now);
            #[cfg(feature = "planted-leaks")]
            let own = crate::planted::noticed(state, own, now);
            match own {
                0 => {}
                1 => notices.push("1 request waits for you: `requests`".to_owned()),
                n => notices.push(format!("{n} requests wait for you: `requests`")),
            }
        }
        notices.extend(self.collect_all(&Asking { session }, state)?);
        if let Some(person) = state.people.get(person) {
            notices.extend(self.challenge_notices(state, person));
            notices.extend(acting_notices(state, person.id, self.now()));
        }
        Ok(SignedIn {
            token: token.text().to_owned(),
            name,
            roles,
            until: until.to_string(),
            notices,
        })
    }

    pub(crate) fn sign_out(&self, asking: &Asking) -> Result<(), Stop> {
        let mut state = self.state_mut();
        let mut command = self.command(asking, None);
        command.event(Act::SignedOut);
        self.enact(&mut state, command, None)?;
        self.sessions.end(&asking.session);
        Ok(())
    }

    pub(crate) fn who_am_i(&self, asking: &Asking) -> Result<WhoAmI, Stop> {
        let state = self.state();
        let person = asking.active(&state)?;
        Ok(WhoAmI {
            name: person.name.clone(),
            roles: role_words(&person.roles),
            clearance: words(&state, person.holdings.keys()),
            until: asking.session.until.to_string(),
        })
    }

    pub(crate) fn passphrase(&self, asking: &Asking, ask: &PassphraseChange) -> Result<(), Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "passphrase", ask)?;
        let new = Passphrase::new(&ask.new).map_err(|e| Refusal::invalid(e.to_string()))?;
        {
            let state = self.state();
            let name = &asking.active(&state)?.name;
            self.not_done_before(asking, &state, request)?;
            self.slow_down.check(name, self.now())?;
            let floor = state.policy.passphrase();
            if !new.meets_floor(
                usize::from(floor.words),
                floor.own_chars.map_or(0, usize::from),
            ) {
                return Err(weak(floor).into());
            }
        }
        let bundle = self.bundle_of(asking.session.person)?;
        let bundle = bundle.ok_or_else(Refusal::not_signed_in)?;
        let old = Passphrase::new(&ask.old).map_err(|e| Refusal::invalid(e.to_string()))?;
        let mut command = self.command(asking, request);
        let rewrapped = self
            .slow_down
            .stretch(|| bundle.rewrap(self.env.floor, &old, &new, &mut command.dice));
        let mut state = self.state_mut();
        let name = asking.active(&state)?.name.clone();
        self.slow_down.check(&name, self.now())?;
        let Ok(rewrapped) = rewrapped else {
            self.slow_down.refused(&name, self.now());
            return Err(Refusal::new(
                Code::SignInFailed,
                "the present passphrase is not right; nothing was changed",
            )
            .into());
        };
        command.put_row(kinds::bundle(asking.session.person), &rewrapped);
        command.event(Act::PassphraseChanged);
        self.enact(&mut state, command, asking.signer())?;
        Ok(())
    }
}

/// Why a passphrase of one's own is refused.
fn weak(floor: PassphraseFloor) -> Refusal {
    let own = floor.own_chars.map_or_else(String::new, |n| {
        format!(", or one of your own with at least {n} characters")
    });
    Refusal::invalid("the new passphrase is too weak for this room's policy").hint(format!(
        "take a generated one of {} words{own}",
        floor.words
    ))
}

/// For whom somebody stands, and who stands for him: everybody may know of it, and these two are to.
fn acting_notices(state: &State, person: PersonId, now: Timestamp) -> Vec<String> {
    let name = |id| state.people.name_of(Some(id));
    let told = |row: &Acting| {
        let until = row.until.day();
        match person {
            id if id == row.deputy => Some(format!(
                "you stand for {} until {until}: `acting list`",
                name(row.principal)
            )),
            id if id == row.principal => Some(format!(
                "{} stands for you until {until}: `acting list`",
                name(row.deputy)
            )),
            _ => None,
        }
    };
    state.acting.now(now).filter_map(told).collect()
}
