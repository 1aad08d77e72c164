//! Founding a room: its first events, its first keys, its recovery shares.
//!
//! Everything comes into being in one commit, signed once by the founder: the room, and every atom
//! of the marking policy with the inspectors' and the quorum's. Each atom's private half is sealed
//! to its first holders and split among the key holders, and then wiped. The quorum's is split only.

use strongroom_label::Policy;
use strongroom_record::event::{Act, Genesis};
use strongroom_record::limits::ACCOUNT_NAME_MAX_BYTES;
use strongroom_record::{AtomId, PersonId, RoomId, Stream, encode};
use strongroom_seal::{
    AtomRole, Bundle, BundleFacts, DealError, HouseKey, HousePurpose, HouseShares, KeyHolderCard,
    Passphrase, PersonKeys, RecoverySheet, Suite, atom,
};
use strongroom_tlog::checkpoint::{LogPublicKeys, LogSigner, Origin, SignedCheckpoint};
use strongroom_vault::{Commit, Lineage, Vault};

use crate::command::{Actor, Command, Order};
use crate::env::Environment;
use crate::fault::Fault;
use crate::kinds;
use crate::recovery::{dealing, house_digests};
use crate::rules::{DEFAULT, Rules, RulesError};
use crate::state::{FIRST_EPOCH, is_quorum};
use crate::store::Store;

/// What a founder decides.
pub struct Founding {
    /// The marking policy.
    pub policy: Policy,
    /// The suite of everything that the room seals.
    pub suite: Suite,
    /// The founder's account name.
    pub founder: String,
    /// The founder's passphrase.
    pub passphrase: Passphrase,
    /// Cards of the key holders; none for a recovery sheet instead.
    pub key_holders: Vec<KeyHolderCard>,
    /// How many key holders are needed to recover.
    pub quorum: u8,
    /// Cards of those who open the room together, and how many of them are needed; none where a key file does.
    /// They keep another secret than the key holders do.
    pub openers: Option<(Vec<KeyHolderCard>, u8)>,
    /// The founder is first holder of the atoms; otherwise they are only split among the key holders.
    pub founder_holds: bool,
    /// Approval rules of the room's own; none for those of this program.
    pub rules: Option<String>,
}

/// What came of it.
pub struct Founded {
    /// The room.
    pub room: RoomId,
    /// The key to the outer layer, for the key file.
    pub house: HouseKey,
    /// The house key split among the key holders, for recovering it: a file that lies in the room's folder.
    pub house_recovery: HouseShares,
    /// The house key split among the openers, where there are any.
    pub house_opening: Option<HouseShares>,
    /// The one key to recover with, where there are no key holders. Printed once, kept nowhere.
    pub recovery_sheet: Option<RecoverySheet>,
    /// Fingerprint of the founder's keys.
    pub fingerprint: String,
    /// Atoms made.
    pub atoms: usize,
    /// Digest of the first event.
    pub genesis: [u8; 32],
}

/// Why a room was not founded.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// The account name is of no use.
    #[error("{0}")]
    Name(&'static str),
    /// The quorum does not fit the key holders.
    #[error(
        "a quorum of {quorum} does not fit {holders} key holders; it is at least 1, at most their number, and with three or more of them at least 2"
    )]
    Quorum {
        /// Asked for.
        quorum: u8,
        /// Cards given.
        holders: usize,
    },
    /// A card is there twice, or of another suite.
    #[error("{0}")]
    Cards(#[from] DealError),
    /// Nobody could ever read or recover anything.
    #[error(
        "without the founder as first holder there must be key holders: otherwise nobody could ever be cleared. Make cards with `strongroom key-holder new` first"
    )]
    NobodyHolds,
    /// The approval rules are none.
    #[error("{0}")]
    Rules(#[from] RulesError),
    /// The store could not be written.
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// Checks an account name: it stands in lists, in file names and on terminals.
///
/// # Errors
/// The name is empty, too long, or has characters that are not letters, digits, `.`, `_` or `-`.
pub fn account_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("an account name is needed");
    }
    if name.len() > ACCOUNT_NAME_MAX_BYTES {
        return Err("the account name is too long; it has at most 64 bytes");
    }
    if !name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
        || name.starts_with(['.', '-'])
    {
        return Err(
            "an account name has letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
        );
    }
    Ok(())
}

/// Founds a room in an empty vault.
///
/// # Errors
/// What was decided does not fit, or the store cannot be written. Nothing exists then.
pub fn found(
    vault: Vault,
    founding: Founding,
    env: &Environment,
) -> Result<Founded, FoundingError> {
    account_name(&founding.founder).map_err(FoundingError::Name)?;
    let mut dice = env.entropy.stream(b"found");
    let rules = founding.rules.clone().unwrap_or_else(|| DEFAULT.to_owned());
    Rules::asked(&rules)?;
    let (cards, needed, recovery_sheet) = key_holders(&founding, &mut dice)?;
    let suite = founding.suite;
    let room = RoomId::random(&mut dice);
    let founder = PersonId::random(&mut dice);
    let house = HouseKey::random(suite, &mut dice);
    let keys = PersonKeys::random(suite, &mut dice);
    let (log_seeds, log_public) = log_keys(room, &mut dice);

    vault
        .begin_lineage(Lineage(dice.bytes()))
        .map_err(Fault::from)?;
    let store = Store::new(vault, house, room, env.floor);
    let actor = Actor {
        person: founder,
        session: None,
    };
    let recovery = store.deal_house(
        HousePurpose::Recovery,
        usize::from(needed),
        &cards,
        &mut dice,
    )?;
    let opening = founding
        .openers
        .as_ref()
        .map(|(cards, needed)| {
            check_quorum(*needed, cards.len())?;
            let needed = usize::from(*needed);
            Ok::<_, FoundingError>(store.deal_house(
                HousePurpose::Opening,
                needed,
                cards,
                &mut dice,
            )?)
        })
        .transpose()?;
    let mut command = Command::begin(&store, room, Some(actor), None, dice.fork());
    command.event(Act::Founded(Box::new(Genesis {
        room,
        suite: suite.id().number(),
        policy_name: founding.policy.name().to_string(),
        policy: founding.policy.source().to_owned(),
        founder,
        founder_name: founding.founder.clone(),
        founder_keys: encode(&keys.public()).into(),
        key_holders: cards.iter().map(|card| encode(card).into()).collect(),
        quorum: needed,
        log_keys: log_public.to_text(),
        founder_holds: founding.founder_holds,
        house_shares: house_digests(&recovery),
        rules: Some(rules),
    })));
    let roles = atom_roles(&founding.policy);
    let holder = founding.founder_holds.then_some((founder, &keys));
    for role in &roles {
        make_atom(&mut command, role, suite, room, holder, &cards, needed)?;
    }
    let now = env.clock.now();
    let genesis = command.first_body_root(now);
    let facts = BundleFacts {
        room,
        person: founder,
        name: founding.founder,
        genesis,
    };
    let bundle = Bundle::wrap(&keys, &facts, &founding.passphrase, &mut command.dice);
    command.put_row(kinds::bundle(founder), &bundle);
    command.put(kinds::log_keys(), log_seeds.as_slice());
    command.put_row(kinds::house_shares(), &recovery);

    // The room's id stands outside the outer layer: whoever opens the room needs it first.
    let mut first = Commit::new();
    first.put(kinds::room(), encode(&(room, suite.id())));
    let named = store.vault.submit(first);
    let submitted = command.submit(&Order::since(now), now, Some(&keys.signing));
    named.wait().map_err(Fault::from)?;
    let _durable = submitted.wait()?;
    let fingerprint = keys.public().fingerprint().to_string();
    let house = store.close()?;
    Ok(Founded {
        room,
        house,
        house_recovery: recovery,
        house_opening: opening,
        recovery_sheet,
        fingerprint,
        atoms: roles.len(),
        genesis,
    })
}

/// Whether so many of so many key holders make a quorum.
pub(crate) fn check_quorum(quorum: u8, holders: usize) -> Result<(), FoundingError> {
    if is_quorum(usize::from(quorum), holders) {
        Ok(())
    } else {
        Err(FoundingError::Quorum { quorum, holders })
    }
}

/// The cards to split among: those given, or a recovery sheet's.
fn key_holders(
    founding: &Founding,
    dice: &mut Stream,
) -> Result<(Vec<KeyHolderCard>, u8, Option<RecoverySheet>), FoundingError> {
    let holders = founding.key_holders.len();
    if holders == 0 {
        if !founding.founder_holds {
            return Err(FoundingError::NobodyHolds);
        }
        let sheet = RecoverySheet::random(founding.suite, dice);
        return Ok((vec![sheet.holder().card()], 1, Some(sheet)));
    }
    check_quorum(founding.quorum, holders)?;
    Ok((founding.key_holders.clone(), founding.quorum, None))
}

/// What gets an atom: every level, every value that guards, the inspectors, the quorum.
fn atom_roles(policy: &Policy) -> Vec<AtomRole> {
    policy
        .atoms()
        .iter()
        .cloned()
        .map(AtomRole::Label)
        .chain([AtomRole::Inspectors, AtomRole::Quorum])
        .collect()
}

fn make_atom(
    command: &mut Command<'_>,
    role: &AtomRole,
    suite: Suite,
    room: RoomId,
    holder: Option<(PersonId, &PersonKeys)>,
    cards: &[KeyHolderCard],
    quorum: u8,
) -> Result<(), FoundingError> {
    let event = command.draw_event_id();
    let id = AtomId::random(&mut command.dice);
    let (public, private) = atom::make(suite, id, role.clone(), FIRST_EPOCH, &mut command.dice);
    // Nobody holds the quorum's key: what nobody may read is sealed to it.
    let first = holder
        .filter(|_| *role != AtomRole::Quorum)
        .map(|(person, keys)| (person, keys.public()));
    let holders: Vec<_> = first.iter().map(|(id, keys)| (*id, keys.kem())).collect();
    let pair = (&public, &private);
    let born = dealing::bring_forth(command, room, pair, &holders, event, (cards, quorum))?;
    command.event_as(event, Act::AtomMade(born), Vec::new());
    Ok(())
}

/// Bytes of the two seeds of the ledger's keys, one behind the other.
pub(crate) const LOG_SEEDS_BYTES: usize = 64;

/// The first of a room's logs.
pub(crate) const FIRST_LOG: u32 = 1;

/// The name under which a room's ledger signs. After a restore that may have lost something it goes on as
/// another log.
pub(crate) fn log_origin(room: RoomId, generation: u32) -> Origin {
    let name = match generation {
        FIRST_LOG => format!("strongroom/{room}"),
        later => format!("strongroom/{room}/{later}"),
    };
    Origin::new(&name).expect("an id and a number make an origin")
}

/// Which of a room's logs has this name, counted from 1; none if it is no log of the room's.
pub fn log_generation(room: RoomId, origin: &Origin) -> Option<u32> {
    let generation = match origin.as_str().rsplit_once('/')? {
        ("strongroom", _) => FIRST_LOG,
        (_, number) => number.parse().ok()?,
    };
    (generation >= FIRST_LOG && log_origin(room, generation) == *origin).then_some(generation)
}

/// The signer of a room's first log from its stored seeds.
pub(crate) fn log_signer(
    room: RoomId,
    seeds: &[u8],
    last: Option<&SignedCheckpoint>,
) -> Result<LogSigner, Fault> {
    log_signer_of(room, FIRST_LOG, seeds, last)
}

/// The signer of one of a room's logs: all have the same seeds.
pub(crate) fn log_signer_of(
    room: RoomId,
    generation: u32,
    seeds: &[u8],
    last: Option<&SignedCheckpoint>,
) -> Result<LogSigner, Fault> {
    let seeds: &[u8; LOG_SEEDS_BYTES] = seeds
        .try_into()
        .map_err(|_| Fault::Damaged("the ledger's keys"))?;
    let (ed25519, ml_dsa) = seeds.split_at(32);
    LogSigner::from_seeds(
        log_origin(room, generation),
        ed25519.try_into().expect("half of the seeds"),
        ml_dsa.try_into().expect("half of the seeds"),
        last,
    )
    .map_err(|e| Fault::Checkpoint(e.to_string()))
}

/// The public keys of one of a room's logs.
pub(crate) fn log_keys_of(
    room: RoomId,
    generation: u32,
    seeds: &[u8],
) -> Result<LogPublicKeys, Fault> {
    let signer = log_signer_of(room, generation, seeds, None)?;
    Ok(signer.public_keys().clone())
}

fn log_keys(
    room: RoomId,
    dice: &mut Stream,
) -> (zeroize::Zeroizing<[u8; LOG_SEEDS_BYTES]>, LogPublicKeys) {
    let seeds = zeroize::Zeroizing::new(dice.bytes::<LOG_SEEDS_BYTES>());
    let signer = log_signer(room, &*seeds, None).expect("fresh seeds make keys");
    let public = signer.public_keys().clone();
    (seeds, public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_log_says_which_of_the_rooms_logs_it_is() {
        let room = RoomId::random(&mut Stream::from_seed([1; 32]));
        let other = RoomId::random(&mut Stream::from_seed([2; 32]));
        let of = |name: &str| log_generation(room, &Origin::new(name).unwrap());
        for generation in [1, 2, 3, 10, u32::MAX] {
            assert_eq!(of(log_origin(room, generation).as_str()), Some(generation));
        }
        for name in [
            "strongroom".to_owned(),
            "example.org/log".to_owned(),
            log_origin(other, 2).as_str().to_owned(),
            format!("strongroom/{room}/0"),
            format!("strongroom/{room}/1"),
            format!("strongroom/{room}/02"),
            format!("strongroom/{room}/2/2"),
            format!("strongroom/{room}/x"),
            format!("strongroom/{room}/4294967296"),
        ] {
            assert_eq!(of(&name), None, "{name}");
        }
    }

    #[test]
    fn all_logs_of_a_room_have_the_same_keys() {
        let room = RoomId::random(&mut Stream::from_seed([1; 32]));
        let keys = |generation| {
            let signer = log_signer_of(room, generation, &[7; LOG_SEEDS_BYTES], None).unwrap();
            signer.public_keys().clone()
        };
        assert_eq!(keys(1).renamed(&log_origin(room, 2)), keys(2));
        assert_ne!(keys(1), keys(2));
    }
}
