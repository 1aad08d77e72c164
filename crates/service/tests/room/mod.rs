//! A room in memory, and files handed to its guard.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_guard::api::{Filing, ListQuery, Request, SignIn};
use strongroom_guard::{Environment, Founding, Guard, Intake, Peer, Refusal, Token, found};
use strongroom_label::Policy;
use strongroom_record::{ManualClock, SeededEntropy, Timestamp};
use strongroom_seal::{HouseKey, Passphrase, Suite, SuiteFloor};
use strongroom_vault::Vault;
use strongroom_vault::testing::FaultDisk;

const POLICY: &str = r#"
name = "one level"
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[reason]]
code = "practice"
description = "Standing practice."
"#;
const PASSPHRASE: &str = "abacus abdomen abdominal abide abiding ability";

/// A room of one level, whose founder is signed in.
pub(crate) struct Room {
    guard: Guard,
    token: Token,
}

impl Room {
    pub(crate) fn new() -> Self {
        let env = Environment {
            clock: Arc::new(ManualClock::new(Timestamp::from_millis(1_777_626_000_000))),
            entropy: Arc::new(SeededEntropy::new(7)),
            floor: SuiteFloor::at(Suite::Mock),
        };
        let disk = FaultDisk::new();
        let vault = || Vault::with_backend(disk.clone()).unwrap();
        let founding = Founding {
            policy: Policy::from_toml(POLICY).unwrap(),
            suite: Suite::Mock,
            founder: "kim".to_owned(),
            passphrase: Passphrase::new(PASSPHRASE).unwrap(),
            key_holders: Vec::new(),
            quorum: 1,
            founder_holds: true,
            rules: None,
            openers: None,
        };
        let founded = found(vault(), founding, &env).unwrap();
        let house = founded.house.to_text();
        let house = HouseKey::from_text(env.floor, house.expose()).unwrap();
        let guard = Guard::open(vault(), house, env).unwrap();
        let signed = guard.sign_in(
            &SignIn {
                name: "kim".to_owned(),
                passphrase: PASSPHRASE.to_owned(),
            },
            Peer(1),
        );
        let signed: Value = serde_json::from_slice(signed.unwrap().json()).unwrap();
        let token = Token::presented(signed["token"].as_str().unwrap());
        Self { guard, token }
    }

    /// Files what an intake reads.
    pub(crate) fn file(
        &self,
        intake: &dyn Intake,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        let filing: Filing = serde_json::from_value(json!({
            "file": name,
            "reason": "practice",
            "authority": "the office",
            "because": "it is kept",
            "marking": "Open",
        }))
        .unwrap();
        let mut on = |_| ControlFlow::Continue(());
        let (guard, token) = (&self.guard, &self.token);
        guard.file_read_by(intake, token, Peer(1), &filing, bytes, &mut on)?;
        Ok(())
    }

    /// How many records its founder may read. The guard is open.
    pub(crate) fn readable(&self) -> usize {
        self.guard.is_open().unwrap();
        let list = Request::List(ListQuery::default());
        let listed = self.guard.call(&self.token, Peer(1), &list).unwrap();
        let listed: Value = serde_json::from_slice(listed.json()).unwrap();
        usize::try_from(listed["readable"].as_u64().unwrap()).unwrap()
    }
}
