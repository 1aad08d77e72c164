//! Sessions: who is signed in, from which account of the machine, with which keys, until when.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use strongroom_record::{PersonId, PortionId, RecordId, SessionId, Stream, Timestamp};
use strongroom_seal::{Digest, digest, domain};

use crate::keyring::Keyring;
use crate::limits::{SESSIONS_MAX, SESSIONS_PER_PERSON_MAX};
use crate::refusal::{Code, Refusal};
use crate::resembling::Sketches;

/// Who is at the other end of a connection, as the operating system tells: a user id.
/// A session's token is good for the user who signed in, and for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer(pub u32);

impl Peer {
    /// Lets pass the machine's operator alone: the account that the guard itself runs under, or root.
    ///
    /// # Errors
    /// It is somebody else.
    pub fn must_operate(self, own: Self) -> Result<(), Refusal> {
        if self == own || self == Self(0) {
            return Ok(());
        }
        Err(Refusal::new(
            Code::NotAllowed,
            "this is for the machine's operator: the account that runs the guard, or root",
        )
        .hint("ask whoever keeps the machine"))
    }
}

/// A session's token: shown once, then known to its owner's file alone.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub(crate) fn random(dice: &mut Stream) -> Self {
        let bytes: [u8; 32] = dice.bytes();
        Self(bytes.iter().map(|b| format!("{b:02x}")).collect())
    }
    /// A token as a client presents it.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }
    /// The text, for the owner's file.
    pub fn text(&self) -> &str {
        &self.0
    }
    fn digest(&self) -> Digest {
        digest(domain::TOKEN_DIGEST, &[self.0.as_bytes()])
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A session.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) person: PersonId,
    pub(crate) peer: Peer,
    pub(crate) until: Timestamp,
    pub(crate) keyring: Keyring,
    token: Digest,
    over: AtomicBool,
    acts: AtomicU64,
    /// What each record's numbers last meant: the portions of the last view, in its order.
    views: Mutex<HashMap<RecordId, Vec<PortionId>>>,
    /// What records that it may read are compared by, when others are filed.
    pub(crate) sketches: Sketches,
}

impl Session {
    pub(crate) fn new(
        id: SessionId,
        person: PersonId,
        token: &Token,
        peer: Peer,
        until: Timestamp,
        keyring: Keyring,
    ) -> Self {
        Self {
            id,
            person,
            peer,
            until,
            keyring,
            token: token.digest(),
            over: AtomicBool::new(false),
            acts: AtomicU64::new(0),
            views: Mutex::default(),
            sketches: Sketches::default(),
        }
    }
    /// Whether the session was ended: an act that began in it may have been overtaken by its end.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
    /// A name for the next act of this session, for its random stream.
    pub(crate) fn next_act(&self) -> Vec<u8> {
        let n = self.acts.fetch_add(1, Ordering::Relaxed);
        [self.id.as_bytes().as_slice(), &n.to_be_bytes()].concat()
    }
    /// Remembers what the numbers of a view mean.
    pub(crate) fn saw(&self, record: RecordId, portions: Vec<PortionId>) {
        self.views
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(record, portions);
    }
    /// What the numbers of the last view of a record mean.
    pub(crate) fn last_view(&self, record: RecordId) -> Option<Vec<PortionId>> {
        self.views
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&record)
            .cloned()
    }
}

/// The open sessions. Tokens are kept as digests: reading this table opens no session.
#[derive(Default)]
pub(crate) struct Sessions(RwLock<HashMap<Digest, Arc<Session>>>);

impl Sessions {
    fn table(&self) -> std::sync::RwLockReadGuard<'_, HashMap<Digest, Arc<Session>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn table_mut(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<Digest, Arc<Session>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of a token, for the peer it belongs to. An expired one is ended.
    pub(crate) fn find(
        &self,
        token: &Token,
        peer: Peer,
        now: Timestamp,
    ) -> Result<Arc<Session>, Refusal> {
        let digest = token.digest();
        let found = self.table().get(&digest).cloned();
        match found {
            Some(s) if s.peer == peer && now < s.until => Ok(s),
            Some(s) if now >= s.until => {
                self.table_mut().remove(&digest);
                Err(Refusal::not_signed_in())
            }
            _ => Err(Refusal::not_signed_in()),
        }
    }
    /// Opens a session.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn add(&self, session: Session, now: Timestamp) -> Result<Arc<Session>, Refusal> {
        let mut table = self.table_mut();
        table.retain(|_, s| now < s.until);
        let own = table
            .values()
            .filter(|s| s.person == session.person)
            .count();
        if own >= SESSIONS_PER_PERSON_MAX || table.len() >= SESSIONS_MAX {
            return Err(Refusal::new(Code::Limit, "too many sessions are open")
                .hint("sign out of those that are not needed; sessions also end by themselves after twelve hours"));
        }
        let session = Arc::new(session);
        table.insert(session.token, Arc::clone(&session));
        Ok(session)
    }
    /// Ends a session; its keys are wiped when its last act is over.
    pub(crate) fn end(&self, session: &Session) {
        session.over.store(true, Ordering::Release);
        self.table_mut().remove(&session.token);
    }
    /// The newest open session of a person, as far as that shows: the one that ends last.
    pub(crate) fn of(&self, person: PersonId, now: Timestamp) -> Option<Arc<Session>> {
        let table = self.table();
        let open = table
            .values()
            .filter(|s| s.person == person && now < s.until);
        open.max_by_key(|s| s.until).cloned()
    }
    /// Ends the sessions of a person.
    pub(crate) fn end_of(&self, person: PersonId) {
        self.table_mut().retain(|_, session| {
            let ends = session.person == person;
            if ends {
                session.over.store(true, Ordering::Release);
            }
            !ends
        });
    }
    /// Ends all sessions.
    pub(crate) fn end_all(&self) {
        for (_, session) in self.table_mut().drain() {
            session.over.store(true, Ordering::Release);
        }
    }
}
