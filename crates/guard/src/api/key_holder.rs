//! Key holders: what they ask of a room without a session, with the keys of their cards.

use serde::{Deserialize, Serialize};

/// Something that a key holder asks. Only in the first form is there no signature: it gives what is to be signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum HolderRequest {
    /// A challenge to sign.
    Challenge,
    /// What waits for this key holder.
    Requests(HolderProof),
    /// All shares that this key holder keeps, for a rehearsal.
    Shares(HolderProof),
    /// Gives shares.
    Give(HolderGive),
    /// Asks the key holders for something.
    Ask(HolderAsk),
    /// Says which shares opened.
    Rehearsed(HolderRehearsed),
}

/// A challenge: good once, for a minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderChallenge {
    /// The room.
    pub room: String,
    /// What is to be signed, base64.
    pub challenge: String,
}

/// Shows who asks: the challenge, and the signature of the card's key over room and challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderProof {
    /// The key holder's id.
    pub holder: String,
    /// The challenge, base64; not needed while the room is not open.
    #[serde(default)]
    pub challenge: String,
    /// The signature, base64.
    #[serde(default)]
    pub signature: String,
}

/// How far a recovery, or a room that waits, has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The room.
    pub room: String,
    /// What is waited for: `opening shares`.
    pub what: String,
    /// How many have been given.
    pub given: usize,
    /// How many are needed.
    pub needed: usize,
}

impl Waiting {
    /// One line: `waiting for opening shares: 1 of 3 given`.
    pub fn words(&self) -> String {
        let Self {
            what,
            given,
            needed,
            ..
        } = self;
        format!("waiting for {what}: {given} of {needed} given")
    }
}

/// One thing that a key holder is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShareAsked {
    /// The recovery.
    pub recovery: String,
    /// The request to this key holder, base64 of its CBOR; none while someone has yet to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What is asked, in one line, where there is no request yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// This key holder has given for it.
    pub given: bool,
    /// How far it has come.
    pub waiting: Waiting,
}

/// What waits for a key holder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderRequests {
    /// The oldest first.
    pub requests: Vec<ShareAsked>,
}

/// See [`HolderRequest::Give`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderGive {
    /// The answer, base64 of its CBOR. Its signature says whose it is.
    pub answer: String,
}

/// A share was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderGave {
    /// How far it has come.
    pub waiting: Waiting,
    /// What came of it, once enough were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
}

/// See [`HolderRequest::Ask`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderAsk {
    /// The key holder's id.
    pub holder: String,
    /// The recovery's id, which the key holder chose.
    pub recovery: String,
    /// What is asked for.
    pub ask: RecoverAsk,
    /// The signature over room, recovery and what is asked, base64.
    pub signature: String,
}

/// What can be asked of the key holders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RecoverAsk {
    /// An atom for a person.
    Atom {
        /// The atom.
        atom: String,
        /// The account name.
        name: String,
    },
    /// Other keys for a person, with all that the person held.
    Person {
        /// The account name.
        name: String,
    },
    /// Another card in the place of a key holder's.
    KeyHolder {
        /// The name or the id of the present key holder.
        old: String,
        /// The new card, as its file has it.
        card: String,
    },
    /// Other key holders altogether.
    KeyHolders {
        /// The cards, as their files have them.
        cards: Vec<String>,
        /// How many of them are needed from then on.
        quorum: u8,
    },
}

/// The shares of a key holder, for a rehearsal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderShares {
    /// The shares, base64 of their CBOR: those of atoms, and that of the house key.
    pub shares: Vec<String>,
    /// For each, base64 of the digest that the ledger committed to.
    pub digests: Vec<String>,
    /// For each, what it is a share of.
    pub of: Vec<String>,
    /// Shares that the ledger names and that the store lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The challenge that the answer is signed over, base64.
    pub challenge: String,
}

/// See [`HolderRequest::Rehearsed`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderRehearsed {
    /// The key holder's id.
    pub holder: String,
    /// The challenge, base64.
    pub challenge: String,
    /// How many shares opened and agree with the ledger.
    pub sound: u32,
    /// Ids of the others.
    #[serde(default)]
    pub wrong: Vec<String>,
    /// The signature over room, challenge and both, base64.
    pub signature: String,
}
