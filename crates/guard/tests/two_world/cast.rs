//! The people of the two worlds, and the room that both worlds begin as.
//!
//! Founding a room and letting people in costs more than a script does. So it is done once, and
//! every world begins from a copy of that disk.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use strongroom_guard::api::{
    Filing, RecordingAsk, Request, RequestAsk, RequestDecided, RequestFor, RequestMade, SignIn,
};
use strongroom_guard::{Environment, Guard, InPlace, Intake, IssuedCopy, Refusal, Token};
use strongroom_ingest::Read;
use strongroom_label::Policy;
use strongroom_record::{DraftAttachment, DraftSet, ManualClock, SeededEntropy, Timestamp};
use strongroom_seal::{Suite, SuiteFloor};
use strongroom_vault::Vault;
use strongroom_vault::testing::FaultDisk;

use crate::common::{PASSPHRASE, PEER, START, World, approve, house_key};

/// The one seed of all randomness in all worlds: what differs is what people do, and the names of
/// the streams that they thereby draw from.
const SEED: u64 = 20_260_501;

/// When scripts begin: after everyone has been let in.
pub(crate) const OPENING: Timestamp = Timestamp::from_millis(START.millis() + 3_600_000);

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// The founder, who holds every atom.
    Chief,
    /// A security officer who holds nothing: what she grants stays pending.
    Olga,
    /// Reads and files high.
    Nina,
    /// Reads; what he holds above the reader differs from world to world.
    Paul,
    /// The reader whose answers are compared; files and restricts too.
    Low,
    /// A records officer who reads next to nothing; compared.
    Clerk,
    /// An inspector; compared.
    Ward,
}

impl Who {
    pub(crate) const ALL: [Self; 7] = [
        Self::Chief,
        Self::Olga,
        Self::Nina,
        Self::Paul,
        Self::Low,
        Self::Clerk,
        Self::Ward,
    ];
    /// The account name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chief => "chief",
            Self::Olga => "olga",
            Self::Nina => "nina",
            Self::Paul => "paul",
            Self::Low => "low",
            Self::Clerk => "clerk",
            Self::Ward => "ward",
        }
    }
    /// Whether everything that this person is answered must be the same in both worlds.
    pub(crate) const fn is_compared(self) -> bool {
        matches!(self, Self::Low | Self::Clerk | Self::Ward)
    }
    const fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Chief => &[],
            Self::Olga => &["security-officer"],
            Self::Nina | Self::Low | Self::Clerk => &["reader", "records-officer"],
            Self::Paul => &["reader"],
            Self::Ward => &["inspector"],
        }
    }
}

/// The first word of a paragraph that came with an attachment of the same words.
pub(crate) const ENCLOSURE: &str = "Enclosure";

/// Reads files as ever, and finds an attachment for each paragraph that speaks of one.
struct Enclosing;

impl Intake for Enclosing {
    fn read<'a>(&self, policy: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let mut read = InPlace.read(policy, file, bytes)?;
        let drafts = read.drafts.drafts().to_vec().into_iter().map(|mut draft| {
            let spoken_of = draft.portions.iter().map(|p| &p.text);
            let enclosed = spoken_of.filter(|text| text.contains(ENCLOSURE));
            draft.attachments = enclosed
                .enumerate()
                .map(|(n, text)| DraftAttachment {
                    name: format!("{n}.txt"),
                    media_type: "text/plain".to_owned(),
                    bytes: text.clone().into_bytes(),
                })
                .collect();
            draft
        });
        read.drafts = DraftSet::new(file.to_owned(), bytes.len(), drafts.collect())
            .expect("the drafts of a file that was read");
        Ok(read)
    }
}

/// The policy of every room here.
pub(crate) fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| Policy::from_toml(include_str!("policy.toml")).expect("a policy"))
}

/// A room with everybody in it, at rest.
pub(crate) struct Founded {
    image: Vec<u8>,
    house: Vec<u8>,
    suite: Suite,
}

impl Founded {
    fn new(suite: Suite) -> Self {
        let mut world = World::with_policy(SEED, suite, policy().clone());
        for who in Who::ALL.into_iter().skip(1) {
            world.add_person(who.name(), who.roles(), "");
        }
        // Whoever oversees stands for whoever reads high: with that person's roles, and with no key of hers.
        let acting = Request::Ask(RequestAsk {
            ask: RequestFor::Acting {
                deputy: Who::Ward.name().to_owned(),
                principal: Some(Who::Nina.name().to_owned()),
                until: "2026-07-01".to_owned(),
            },
            reason: None,
            authority: None,
            because: "she is away".to_owned(),
            request: None,
        });
        let asked: RequestMade = world.get(Who::Nina.name(), acting);
        let approved: RequestDecided = world.get(Who::Olga.name(), approve(&asked.id));
        assert!(approved.carried_out);
        world
            .guard
            .take()
            .expect("an open room")
            .shut()
            .expect("the disk holds");
        Self {
            image: world.disk.image(),
            house: world.house.clone(),
            suite,
        }
    }
    /// Whether two signatures of one message differ.
    pub(crate) fn signs_afresh(&self) -> bool {
        self.suite != Suite::Mock
    }
    /// The room on the mock suite.
    pub(crate) fn mock() -> &'static Self {
        static MOCK: OnceLock<Founded> = OnceLock::new();
        MOCK.get_or_init(|| Self::new(Suite::Mock))
    }
    /// The room on the real suite.
    pub(crate) fn real() -> &'static Self {
        static REAL: OnceLock<Founded> = OnceLock::new();
        REAL.get_or_init(|| Self::new(Suite::Cnsa))
    }
}

/// One of the two worlds.
pub(crate) struct Room {
    guard: Option<Guard>,
    clock: Arc<ManualClock>,
    disk: FaultDisk,
    env: Environment,
    house: Vec<u8>,
    tokens: BTreeMap<Who, Token>,
}

impl Room {
    /// A copy of a founded room.
    pub(crate) fn new(founded: &Founded) -> Self {
        let clock = Arc::new(ManualClock::new(OPENING));
        let env = Environment {
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(SEED)),
            floor: SuiteFloor::at(founded.suite),
        };
        let mut room = Self {
            guard: None,
            clock,
            disk: FaultDisk::from_image(founded.image.clone()),
            env,
            house: founded.house.clone(),
            tokens: BTreeMap::new(),
        };
        room.reopen();
        room
    }
    /// Closes the room, if it is open, and opens it again. All sessions end.
    pub(crate) fn reopen(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.shut().expect("the disk holds");
        }
        self.forget_unwatched();
        let vault = Vault::with_backend(self.disk.clone()).expect("a vault");
        let house = house_key(&self.house, self.env.floor);
        self.guard = Some(Guard::open(vault, house, self.env.clone()).expect("the room opens"));
    }
    /// Forgets the sessions of those who are not compared: they sign in again when they next act.
    pub(crate) fn forget_unwatched(&mut self) {
        self.tokens.retain(|who, _| who.is_compared());
    }
    pub(crate) fn guard(&self) -> &Guard {
        self.guard.as_ref().expect("an open room")
    }
    pub(crate) fn set_clock(&self, to: Timestamp) {
        self.clock.set(to);
    }

    /// Signs in under a name, and remembers the session if there is one.
    pub(crate) fn sign_in(&mut self, name: &str, right: bool) -> Result<IssuedCopy, Refusal> {
        let passphrase = if right {
            PASSPHRASE
        } else {
            "zone zoning zoologist zoology zoom zone"
        };
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: passphrase.to_owned(),
        };
        let copy = self.guard().sign_in(&ask, PEER)?;
        let signed: strongroom_guard::api::SignedIn =
            serde_json::from_slice(copy.json()).expect("an answer");
        if let Some(who) = Who::ALL.into_iter().find(|w| w.name() == name) {
            self.tokens.insert(who, Token::presented(&signed.token));
        }
        Ok(copy)
    }
    /// The session of a person. Those who are not compared are signed in when they first act;
    /// those who are compared keep the token of a session that has ended.
    fn token(&mut self, who: Who) -> Token {
        if !self.tokens.contains_key(&who) {
            if who.is_compared() {
                return Token::presented("no session");
            }
            self.sign_in(who.name(), true)
                .expect("the right passphrase");
        }
        self.tokens[&who].clone()
    }
    pub(crate) fn forget(&mut self, who: Who) {
        if !who.is_compared() {
            self.tokens.remove(&who);
        }
    }

    pub(crate) fn call(&mut self, who: Who, request: &Request) -> Result<IssuedCopy, Refusal> {
        let token = self.token(who);
        self.guard().call(&token, PEER, request)
    }
    pub(crate) fn file(
        &mut self,
        who: Who,
        filing: &Filing,
        bytes: &[u8],
    ) -> Result<IssuedCopy, Refusal> {
        let token = self.token(who);
        let mut on = |_| std::ops::ControlFlow::Continue(());
        self.guard()
            .file_read_by(&Enclosing, &token, PEER, filing, bytes, &mut on)
    }
    pub(crate) fn record(
        &mut self,
        who: Who,
        ask: &RecordingAsk,
        bytes: &[u8],
    ) -> Result<IssuedCopy, Refusal> {
        let token = self.token(who);
        self.guard().recording(&token, PEER, ask, bytes)
    }
}
