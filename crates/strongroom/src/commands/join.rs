//! `join`: makes a person's keys on this side, and gives the room what it may have of them.

use data_encoding::{BASE64, HEXLOWER};
use strongroom_guard::api::{JoinBegin, JoinFacts, JoinFinish, Joined};
use strongroom_guard::genesis_in_code;
use strongroom_label::limits::{
    OWN_PASSPHRASE_CHARS_MIN, PASSPHRASE_WORDS_MAX, PASSPHRASE_WORDS_MIN,
};
use strongroom_record::{Entropy, OsEntropy, encode};
use strongroom_seal::{Bundle, BundleFacts, PersonKeys, SuiteFloor, SuiteId};

use crate::cli::Globals;
use crate::client::{Client, read};
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::secrets::{self, Floor};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The invitation code; without it, it is asked for
    code: Option<String>,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    if globals.json && globals.passphrase_file.is_none() {
        return Err(Failure::usage("with --json, secrets are not printed")
            .hint("name a file for the passphrase: --passphrase-file FILE"));
    }
    let code = match &args.code {
        Some(code) => code.clone(),
        None => crate::prompt::secret(
            "Invitation code: ",
            "an invitation code",
            "name it in the command: `strongroom join CODE`",
        )?
        .trim()
        .to_owned(),
    };
    let promised = genesis_in_code(&code).ok_or_else(|| {
        Failure::usage("this is no invitation code").hint(
            "copy it whole, as the security officer gave it to you; `person invite` makes another",
        )
    })?;
    let client = Client::of(&globals.room()?)?;
    client.recognise(&client.status()?.0)?;
    let begin = JoinBegin { code: code.clone() };
    let facts: JoinFacts = read(&client.ask("/v1/join-begin", None, &begin)?)?;
    let again = facts.again;
    let facts = Facts::check(facts, &promised)?;

    let mut fresh = secrets::fresh(globals.passphrase_file.as_deref(), facts.floor)?;
    let mut dice = OsEntropy.stream(b"join");
    let keys = PersonKeys::random(facts.suite, &mut dice);
    let public = keys.public();
    let proof = keys.prove_possession(facts.bundle.room, facts.invitation, &facts.bundle.name);
    let bundle = Bundle::wrap(&keys, &facts.bundle, &fresh.passphrase, &mut dice);
    let finish = JoinFinish {
        code,
        keys: BASE64.encode(&encode(&public)),
        bundle: BASE64.encode(&encode(&bundle)),
        proof: BASE64.encode(proof.as_bytes()),
    };
    let json = client.ask("/v1/join-finish", None, &finish);
    secrets::keep_unless_refused(&mut fresh, &json);
    let json = json?;
    let joined: Joined = read(&json)?;
    let fingerprint = public.fingerprint().to_string();
    if joined.fingerprint != fingerprint {
        return Err(Failure::new(
            Exit::Machine,
            "the room says that it has other keys than those just made; do not use it",
        )
        .hint("tell the security officer, in person"));
    }
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        let next = if again {
            "Read this fingerprint out to each key holder, who compares it before giving. When enough have given, sign in"
        } else {
            "Read this fingerprint out to the security officer, who confirms it"
        };
        print(&format!(
            "You have joined the room {} as {}.\n\n{next}:\n\n    {fingerprint}\n{}",
            facts.bundle.room,
            harmless(&facts.bundle.name),
            fresh.lines()
        ))?;
    }
    Ok(Exit::Done)
}

/// What the room said of the invitation, once it is believed.
struct Facts {
    bundle: BundleFacts,
    invitation: strongroom_record::InvitationId,
    suite: strongroom_seal::Suite,
    floor: Floor,
}

impl Facts {
    /// Believes the room if its first event is the one that the invitation code names.
    fn check(facts: JoinFacts, promised: &[u8]) -> Result<Self, Failure> {
        let malformed = || Failure::new(Exit::Machine, "the guard's answer cannot be read");
        let genesis: [u8; 32] = HEXLOWER
            .decode(facts.genesis.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(malformed)?;
        if !genesis.starts_with(promised) {
            return Err(Failure::new(
                Exit::Conflict,
                "this is not the room that the invitation is for: its first event is another",
            )
            .hint("check --room; if it is right, tell the security officer: someone may have put another room in its place"));
        }
        let suite = SuiteFloor::default()
            .admit(SuiteId::new(facts.suite))
            .map_err(|e| Failure::new(Exit::Machine, e.to_string()))?;
        strongroom_guard::account_name(&facts.name).map_err(|_| malformed())?;
        Ok(Self {
            bundle: BundleFacts {
                room: facts.room.parse().map_err(|_| malformed())?,
                person: facts.person.parse().map_err(|_| malformed())?,
                name: facts.name,
                genesis,
            },
            invitation: facts.invitation.parse().map_err(|_| malformed())?,
            suite,
            floor: Floor {
                words: facts.passphrase_words.clamp(
                    usize::from(PASSPHRASE_WORDS_MIN),
                    usize::from(PASSPHRASE_WORDS_MAX),
                ),
                own_chars: facts
                    .passphrase_own_min
                    .map_or(0, |chars| chars.max(usize::from(OWN_PASSPHRASE_CHARS_MIN))),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> JoinFacts {
        let id = "00000000000000000000000001".to_owned();
        JoinFacts {
            room: id.clone(),
            invitation: id.clone(),
            person: id,
            name: "anna".to_owned(),
            again: false,
            suite: strongroom_seal::Suite::Cnsa.id().number(),
            genesis: "ab".repeat(32),
            passphrase_words: 6,
            passphrase_own_min: None,
        }
    }
    fn refused(facts: JoinFacts, promised: &[u8]) -> Exit {
        Facts::check(facts, promised)
            .err()
            .expect("it is refused")
            .exit()
    }

    #[test]
    fn a_room_is_believed_if_it_begins_as_the_invitation_says() {
        assert!(Facts::check(facts(), &[0xab; 16]).is_ok());
        assert_eq!(refused(facts(), &[0xac; 16]), Exit::Conflict);
    }

    #[test]
    fn what_a_guard_says_is_checked_before_keys_are_made() {
        let promised = [0xab; 16];
        let mut weak = facts();
        weak.suite = 0;
        assert_eq!(refused(weak, &promised), Exit::Machine);
        let mut steering = facts();
        steering.name = "anna\u{1b}[2J".to_owned();
        assert_eq!(refused(steering, &promised), Exit::Machine);
        let mut short = facts();
        short.genesis = "ab".to_owned();
        assert_eq!(refused(short, &promised), Exit::Machine);
        // A guard cannot have one make do with less than any policy may ask for.
        let mut bare = facts();
        bare.passphrase_words = 0;
        bare.passphrase_own_min = Some(1);
        let floor = Facts::check(bare, &promised).expect("believed").floor;
        assert_eq!(floor.words, usize::from(PASSPHRASE_WORDS_MIN));
        assert_eq!(floor.own_chars, usize::from(OWN_PASSPHRASE_CHARS_MIN));
    }
}
