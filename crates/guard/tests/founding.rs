//! Founding: who holds the first keys, who can get them back, and what is refused.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::sync::Arc;

use common::{PASSPHRASE, START, World};
use loot::{HOLDING, House, Loot, SHARE};
use small::on_both_suites;
use strongroom_guard::api::*;
use strongroom_guard::{Environment, Founded, Founding, FoundingError, Guard, account_name, found};
use strongroom_record::event::Act;
use strongroom_record::{ManualClock, RoomId, SeededEntropy, Stream, decode};
use strongroom_seal::{
    AtomPrivate, AtomPublic, AtomRole, DealError, Digest, HOLDERS_MAX, KeyHolder, OpenedShare,
    Passphrase, RecoverError, RecoverySheet, SealedShare, Suite, SuiteFloor, recover,
};
use strongroom_vault::Vault;
use strongroom_vault::testing::FaultDisk;
use thief::found as occurs;

const NAMES: [&str; 5] = ["ada", "bo", "cyd", "dan", "eve"];

fn holders(suite: Suite, count: usize) -> Vec<KeyHolder> {
    let mut dice = Stream::from_seed([40; 32]);
    let holder = |name: &&str| KeyHolder::random(suite, name, &mut dice).unwrap();
    NAMES[..count].iter().map(holder).collect()
}

fn environment(suite: Suite) -> Environment {
    Environment {
        clock: Arc::new(ManualClock::new(START)),
        entropy: Arc::new(SeededEntropy::new(17)),
        floor: SuiteFloor::at(suite),
    }
}

fn founding(suite: Suite, holders: &[KeyHolder], quorum: u8) -> Founding {
    Founding {
        policy: small::policy(),
        suite,
        founder: "chief".to_owned(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        key_holders: holders.iter().map(KeyHolder::card).collect(),
        quorum,
        openers: None,
        founder_holds: true,
        rules: None,
    }
}

fn try_found(founding: Founding, suite: Suite) -> Result<(FaultDisk, Founded), FoundingError> {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    found(vault, founding, &environment(suite)).map(|founded| (disk, founded))
}

fn refusal(founding: Founding) -> FoundingError {
    match try_found(founding, Suite::Mock) {
        Ok(_) => panic!("was founded"),
        Err(error) => error,
    }
}

/// The atoms of a room and their shares, as the store has them.
struct Shared {
    atoms: Vec<(AtomPublic, Vec<SealedShare>)>,
    room: RoomId,
    floor: SuiteFloor,
}

impl Shared {
    fn of(disk: &FaultDisk, house: House) -> Self {
        let loot = Loot::of(disk);
        let mut shares: Vec<SealedShare> = loot
            .keys(SHARE)
            .into_iter()
            // Beside those of atoms lies what the key holders keep of the house key.
            .filter(|key| key.counter == 0)
            .map(|key| decode(&house.get(&loot, key)).unwrap())
            .collect();
        let mut atoms = Vec::new();
        for event in forge::events(&house, &loot) {
            let Act::AtomMade(born) = event.act else {
                continue;
            };
            let public: AtomPublic = decode(&born.public).unwrap();
            let mine: Vec<SealedShare> = shares
                .extract_if(.., |s| s.facts.subject.atom == public.id)
                .collect();
            // The event commits to each share by its salted digest.
            let mut digests: Vec<(_, Digest)> =
                mine.iter().map(|s| (s.facts.id, s.facts.digest)).collect();
            let committed = born.shares.iter().map(|(id, d)| (*id, decode(d).unwrap()));
            digests.sort_by_key(|(id, _)| *id);
            let mut committed: Vec<(_, Digest)> = committed.collect();
            committed.sort_by_key(|(id, _)| *id);
            assert_eq!(digests, committed);
            atoms.push((public, mine));
        }
        assert!(shares.is_empty(), "every share is of an atom");
        let (room, floor) = (house.room, house.floor);
        Self { atoms, room, floor }
    }

    fn opened(&self, shares: &[SealedShare], by: &[&KeyHolder]) -> Vec<OpenedShare> {
        let open = |holder: &&KeyHolder| {
            let mine = |s: &&SealedShare| s.facts.holder == holder.card().id();
            let share = shares.iter().find(mine).unwrap();
            share.open(self.floor, self.room, holder).unwrap()
        };
        by.iter().map(open).collect()
    }

    fn recover(&self, by: &[&KeyHolder]) -> Vec<Result<(AtomRole, AtomPrivate), RecoverError>> {
        let atoms = self.atoms.iter();
        atoms
            .map(|(public, shares)| {
                let private = recover(&self.opened(shares, by), public)?;
                Ok((public.name.clone(), private))
            })
            .collect()
    }
}

#[test]
fn m_of_n_key_holders_recover_every_atom_and_fewer_none() {
    for suite in [Suite::Mock, Suite::Cnsa] {
        let holders = holders(suite, 4);
        let (disk, founded) = try_found(founding(suite, &holders, 3), suite).unwrap();
        assert!(founded.recovery_sheet.is_none());
        let house = House::new(founded.house, SuiteFloor::at(suite), &Loot::of(&disk));
        let shared = Shared::of(&disk, house);
        assert_eq!(shared.atoms.len(), founded.atoms);
        // Three levels, one caption, three nations, the inspectors and the quorum.
        assert_eq!(founded.atoms, 9);
        assert!(shared.atoms.iter().all(|(_, shares)| shares.len() == 4));
        let some = |at: &[usize]| at.iter().map(|n| &holders[*n]).collect::<Vec<_>>();
        for three in [[0, 1, 2], [1, 2, 3], [3, 0, 2]] {
            assert!(shared.recover(&some(&three)).iter().all(Result::is_ok));
        }
        for two in [[0, 1], [2, 3]] {
            let few = |r: &Result<_, RecoverError>| {
                matches!(r, Err(RecoverError::TooFew { have: 2, needed: 3 }))
            };
            assert!(shared.recover(&some(&two)).iter().all(few));
        }
        // One of them twice does not count for two, and nobody opens another's share.
        let (public, shares) = &shared.atoms[0];
        let twice = shared.opened(shares, &some(&[0, 1, 0]));
        assert!(matches!(
            recover(&twice, public),
            Err(RecoverError::Twice(_))
        ));
        let others = shares
            .iter()
            .filter(|s| s.facts.holder != holders[0].card().id());
        for share in others {
            assert!(share.open(shared.floor, shared.room, &holders[0]).is_err());
        }
        // Shares of different atoms are not mixed.
        let mixed: Vec<OpenedShare> = (0..3)
            .flat_map(|n| shared.opened(&shared.atoms[n].1, &some(&[n])))
            .collect();
        assert!(matches!(recover(&mixed, public), Err(RecoverError::Mixed)));
    }
}

#[test]
fn a_recovery_sheet_alone_gives_every_atom_back() {
    for suite in [Suite::Mock, Suite::Cnsa] {
        let (disk, founded) = try_found(founding(suite, &[], 0), suite).unwrap();
        let floor = SuiteFloor::at(suite);
        let house = House::new(founded.house, floor, &Loot::of(&disk));
        let shared = Shared::of(&disk, house);
        let text = founded.recovery_sheet.unwrap().to_text();
        let sheet = RecoverySheet::from_text(floor, text.expose()).unwrap();
        let recovered = shared.recover(&[sheet.holder()]);
        assert_eq!(recovered.len(), founded.atoms);
        assert!(recovered.iter().all(Result::is_ok));
        let mut dice = Stream::from_seed([50; 32]);
        let another = RecoverySheet::random(suite, &mut dice);
        let (_, shares) = &shared.atoms[0];
        let opened = shares[0].open(floor, shared.room, another.holder());
        assert!(opened.is_err());
    }
}

#[test]
fn what_nobody_may_read_opens_to_the_quorum_and_to_no_person() {
    let holders = holders(Suite::Mock, 3);
    let mut world = small::room(9, Suite::Mock);
    let (disk, founded) = try_found(founding(Suite::Mock, &holders, 2), Suite::Mock).unwrap();
    world.house = founded.house.to_text().expose().as_bytes().to_vec();
    small::reopen_on(&mut world, disk).unwrap();
    world.sign_in("chief");
    let words = ["Words for nobody at all."];
    let text = format!("A heading\n\n{}\n", words[0]);
    let marking = "Secret; Releasable to: Israel";
    let id = world.file_text("chief", &text, marking, 3).records[0]
        .record
        .clone();
    world.restrict("chief", &id, "Releasable to: Canada", &[]);
    assert_eq!(world.list("chief").readable, 0);

    let store = small::loot(&world);
    let chief = small::thief(&world, &store, &["chief"]).open_all(&store);
    assert!(occurs(&chief, &words).is_empty());
    let shared = Shared::of(&world.disk, small::house(&world, &store));
    let mut quorum = small::thief(&world, &store, &[]);
    quorum.atoms = shared
        .recover(&[&holders[0], &holders[2]])
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(occurs(&quorum.open_all(&store), &words).len(), 1);
}

#[test]
fn a_founder_who_holds_nothing_clears_nobody_and_reads_nothing() {
    let holders = holders(Suite::Mock, 3);
    let mut asked = founding(Suite::Mock, &holders, 2);
    asked.founder_holds = false;
    let (disk, founded) = try_found(asked, Suite::Mock).unwrap();
    assert!(Loot::of(&disk).keys(HOLDING).is_empty());
    let mut world = small::room(9, Suite::Mock);
    world.house = founded.house.to_text().expose().as_bytes().to_vec();
    small::reopen_on(&mut world, disk).unwrap();
    world.sign_in("chief");
    let me: WhoAmI = world.get("chief", Request::WhoAmI);
    assert!(me.clearance.is_empty());
    // He can authorise, which waits for holders; and file, blind.
    world.add_person("alice", &["reader"], "");
    let granted: ClearanceChanged = world.get("chief", common::grant("alice", "Secret"));
    assert_eq!((granted.sealed.len(), granted.pending.len()), (0, 1));
    let filed = world.file_text("chief", "A heading\n\nWords.\n", "Secret", 3);
    assert_eq!(filed.blind, ["Secret"]);
    assert_eq!(world.list("chief").readable, 0);
}

#[test]
fn without_key_holders_the_founder_must_hold() {
    let mut asked = founding(Suite::Mock, &[], 1);
    asked.founder_holds = false;
    assert!(matches!(refusal(asked), FoundingError::NobodyHolds));
}

#[test]
fn quorums_that_do_not_fit_are_refused_and_others_are_not() {
    for count in 1..=5u8 {
        let holders = holders(Suite::Mock, usize::from(count));
        for quorum in 0..=count + 1 {
            // Of three or more, one alone must not do: the shares would each be the key.
            let fits = (1..=count).contains(&quorum) && (count <= 2 || quorum >= 2);
            let tried = try_found(founding(Suite::Mock, &holders, quorum), Suite::Mock);
            assert_eq!(tried.is_ok(), fits, "{quorum} of {count}");
            if let Err(error) = tried {
                assert!(matches!(error, FoundingError::Quorum { .. }), "{error}");
            }
        }
    }
    let many: Vec<KeyHolder> = (0..=HOLDERS_MAX as u8)
        .map(|n| {
            let mut dice = Stream::from_seed([n; 32]);
            KeyHolder::random(Suite::Mock, "one of many", &mut dice).unwrap()
        })
        .collect();
    let too_many = refusal(founding(Suite::Mock, &many, 3));
    assert!(matches!(
        too_many,
        FoundingError::Quorum { holders: 33, .. }
    ));
    let most = founding(Suite::Mock, &many[1..], 3);
    assert!(try_found(most, Suite::Mock).is_ok());
}

#[test]
fn a_card_that_is_there_twice_or_of_another_suite_is_refused() {
    let two = holders(Suite::Mock, 2);
    let mut twice = founding(Suite::Mock, &two, 2);
    // The same key under another name is the same holder: it would count for two.
    let mut dice = Stream::from_seed([40; 32]);
    let again = KeyHolder::random(Suite::Mock, "somebody else", &mut dice).unwrap();
    twice.key_holders.push(again.card());
    let error = refusal(twice);
    assert!(
        matches!(error, FoundingError::Cards(DealError::Twice { .. })),
        "{error}"
    );
    let foreign = founding(Suite::Mock, &holders(Suite::Cnsa, 2), 2);
    let error = refusal(foreign);
    assert!(
        matches!(error, FoundingError::Cards(DealError::OtherSuite { .. })),
        "{error}"
    );
}

#[test]
fn a_refused_founding_leaves_no_room() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let mut twice = founding(Suite::Mock, &holders(Suite::Mock, 2), 2);
    twice.key_holders[1] = twice.key_holders[0].clone();
    assert!(found(vault, twice, &environment(Suite::Mock)).is_err());
    let loot = Loot::of(&disk);
    assert!(loot.rows.is_empty() && loot.entries.is_empty());
}

#[test]
fn account_names_are_short_and_plain() {
    let longest = "x".repeat(64);
    for good in ["a", "chief", "j.doe-2", "Ünal_7", longest.as_str()] {
        assert_eq!(account_name(good), Ok(()), "{good}");
    }
    let long = "x".repeat(65);
    let wide = "é".repeat(33);
    for bad in [
        "",
        " ",
        "a b",
        ".hidden",
        "-x",
        "a/b",
        "a\nb",
        "a\u{1b}[2J",
        "a\0",
        "a:b",
        "\u{202e}a",
        &long,
        &wide,
    ] {
        assert!(account_name(bad).is_err(), "{bad:?}");
        let mut asked = founding(Suite::Mock, &[], 1);
        asked.founder = bad.to_owned();
        assert!(matches!(refusal(asked), FoundingError::Name(_)), "{bad:?}");
    }
}

#[test]
fn another_rooms_house_key_opens_nothing() {
    let one = small::room(1, Suite::Mock);
    let other = small::room(2, Suite::Mock);
    let vault = Vault::with_backend(one.disk.after_crash(strongroom_vault::testing::Loss::All));
    let house = common::house_key(&other.house, other.env.floor);
    let refused = Guard::open(vault.unwrap(), house, one.env.clone()).err();
    assert!(matches!(
        refused,
        Some(strongroom_guard::OpenError::HouseKey)
    ));
}

#[test]
fn a_real_guard_does_not_open_a_room_of_the_mock_suite() {
    let mock = small::room(1, Suite::Mock);
    let disk = mock.disk.after_crash(strongroom_vault::testing::Loss::All);
    let vault = Vault::with_backend(disk).unwrap();
    let real = Environment {
        floor: SuiteFloor::default(),
        ..mock.env.clone()
    };
    let house = common::house_key(&mock.house, mock.env.floor);
    let refused = Guard::open(vault, house, real).err();
    assert!(matches!(refused, Some(strongroom_guard::OpenError::Suite)));
}

#[test]
fn a_founder_who_holds_reads_what_he_files() {
    on_both_suites(|world: World| {
        let filed = world.file_text("chief", "A heading\n\nWords.\n", "Top Secret; Nodis", 3);
        assert!(filed.blind.is_empty());
        let shown = world.read("chief", &filed.records[0].record);
        assert_eq!(shown.portions[1].text, "Words.");
    });
}
