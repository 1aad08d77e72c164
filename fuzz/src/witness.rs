//! What passes between a log and its witnesses, and the policies that name them.

use std::convert::Infallible;
use std::sync::LazyLock;

use strongroom_tlog::checkpoint::{Cosigner, LogKey, Origin, TrustedLog, UnixSeconds, WitnessKey};
use strongroom_tlog::policy::Policy;
use strongroom_tlog::witness::{AddCheckpoint, Answer, Remembered, Witness, WitnessMemory};

use crate::signed::{self, HEAD, KEYS, LOG};

/// Statuses of answers, and one that the protocol does not have.
const STATUSES: [u16; 7] = [200, 400, 403, 404, 409, 422, 500];

/// A witness that watches the one log.
static WITNESS: LazyLock<Witness> = LazyLock::new(|| {
    let name = Origin::new("witness.example/w").expect("a name");
    let cosigner = Cosigner::from_seeds(name, &[1; 32], &[2; 32]).expect("any seeds");
    let log = TrustedLog::from_text(KEYS).expect("the vector's keys");
    Witness::new(cosigner, [log]).expect("one log")
});

/// A memory that has seen nothing yet.
struct Blank;

impl WitnessMemory for Blank {
    type Error = Infallible;
    fn recall(&self, _: &Origin) -> Result<Option<Remembered>, Infallible> {
        Ok(None)
    }
    fn persist(&mut self, new: &Remembered) -> Result<(), Infallible> {
        assert_eq!(
            new.head(),
            HEAD.head(),
            "a head is remembered that nobody signed"
        );
        Ok(())
    }
}

/// The keys of the one witness, as text.
pub fn witness_keys() -> [String; 2] {
    WITNESS
        .cosigner()
        .keys()
        .each_ref()
        .map(ToString::to_string)
}

/// Requests to a witness, its answers and its memory; verifier keys; policies.
///
/// Laws: what is read is written back as the same text; a witness vouches for no head but the one that was signed; a
/// policy believes a log only by its keys, and witnesses only if it asks for none.
pub fn witness(bytes: &[u8]) {
    if let Ok(request) = AddCheckpoint::from_bytes(bytes) {
        assert_eq!(request.to_text().as_bytes(), bytes);
        let answer = WITNESS.answer(&mut Blank, bytes, UnixSeconds::MAX);
        if let Ok(Answer::Cosigned(lines)) = answer {
            assert_eq!(request.checkpoint().verify(&LOG).as_ref(), Ok(&*HEAD));
            let keys = WITNESS.cosigner().keys();
            let vouched = request
                .checkpoint()
                .with_cosignatures(lines.as_bytes(), keys);
            vouched.expect("a witness' own lines hold");
        }
    }
    if let Ok(remembered) = Remembered::from_bytes(bytes) {
        assert_eq!(remembered.to_text().as_bytes(), bytes);
    }
    for status in STATUSES {
        if let Ok(answer) = Answer::read(status, bytes) {
            assert_eq!(answer.status(), status);
            let again = Answer::read(status, answer.body().as_bytes());
            assert_eq!(again, Ok(answer));
        }
    }
    if let Ok(policy) = Policy::from_bytes(bytes) {
        policy_holds(&policy);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        keys(text);
    }
}

fn keys(text: &str) {
    if let Ok(key) = WitnessKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = LogKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(log) = TrustedLog::from_text(text) {
        let again = TrustedLog::from_text(&log.to_text()).expect("what is written can be read");
        assert_eq!(again.to_text(), log.to_text());
    }
}

fn policy_holds(policy: &Policy) {
    let evaluation = policy.evaluate(&signed::signed());
    let ours = |key: &LogKey| KEYS.lines().any(|line| line == key.to_string());
    let named = policy.logs().is_empty() || policy.logs().iter().any(ours);
    assert!(
        named || !evaluation.log_signed(),
        "a log is believed that did not sign"
    );
    assert_eq!(
        evaluation.passes(),
        evaluation.log_signed() && evaluation.quorum_vouches()
    );
}
