//! No lone hand: attacks on requests and approvals, each a test.
//!
//! | file | subject |
//! | --- | --- |
//! | `decisions` | who approves, how often, for how long, of what |
//! | `clearances` | clearing by steps, and letting people in |
//! | `deputies` | deputies and those whom they stand for are one hand |
//! | `leaving` | people who leave: sessions, keys, requests and approvals; and a race with it |
//! | `marking` | changing the marking policy |
//! | `stored` | whoever edits the store to add an approval or a role |
//! | `knowing` | for whom a request is not, there is none |
//! | `reasons` | why something was asked for: who opens it, and what becomes of a changed row of it |
//! | `unseen` | what is done between two inspections |
//!
//! Each attack and its tests; those of other files stand with the file. That each is there, a test sees to.
//!
//! | attack | tests |
//! | --- | --- |
//! | zero approvals | `rules_that_ask_for_nobody_found_no_room`, `a_request_that_was_altered_voids_its_approvals` |
//! | own approval | `nobody_approves_what_he_asked_for_and_nobody_who_is_not_asked` |
//! | one person twice | `one_person_twice_is_one_hand`, `one_person_counts_for_one_of_several_needs`, `a_deputy_of_two_is_one_hand_with_both` |
//! | two persons with one key | `people.rs`: `only_who_holds_the_private_keys_joins_with_them`; `a_role_a_key_or_rules_that_were_added_in_the_store_are_refused` |
//! | a deputy with his principal | `the_two_are_one_hand_whichever_of_them_asked_or_approved`, `a_deputy_decides_with_the_roles_of_the_other_and_his_own_keys` |
//! | expired, withdrawn, replayed | `what_lapsed_was_denied_taken_back_or_done_is_over`, `an_approval_that_was_added_in_the_store_is_refused_at_opening` |
//! | altered | `a_request_that_was_altered_voids_its_approvals`, `a_target_that_changed_voids_what_was_asked`, `what_was_half_approved_is_void_once_its_target_changed` |
//! | an approver cleared for less than what it opens | `who_is_cleared_for_less_than_the_asker_saw_does_not_approve` |
//! | a person of the same name in another room | `what_was_asked_in_another_room_is_nothing_here` |
//! | approval racing with departure | `an_approval_that_races_with_a_departure_comes_before_it_or_not_at_all` |
//! | a security officer who clears himself in steps | `a_security_officer_does_not_clear_himself_in_steps` |
//! | whoever edits the store to add an approval or a role | `an_approval_that_was_added_in_the_store_is_refused_at_opening`, `a_role_a_key_or_rules_that_were_added_in_the_store_are_refused`, `a_policy_that_was_added_in_the_store_is_refused` |
//! | an inspector who fishes for words | `docket.rs`: `a_question_says_what_for_is_recorded_first_and_asked_so_often_and_no_more` |
//! | a records officer between two inspections | `what_is_filed_restricted_and_destroyed_between_two_inspections_stands_in_the_docket` |
//! | a disclosure dropped from the store | `disclosures/main.rs`: `what_is_dropped_after_it_was_taken_in_is_named_to_everyone_who_may_know` |
//! | a flood of disclosures on a full disk | `disclosures/main.rs`: `a_flood_fills_the_spool_and_the_hour_and_nothing_else`, `a_spool_whose_disk_fails_refuses_and_the_room_stays_open` |
//!
//! And of who leaves, sentence by sentence:
//!
//! | promise | tests |
//! | --- | --- |
//! | access ends at once in open sessions | `access_ends_at_once_and_what_had_been_read_stays_listed` |
//! | and in approvals | `what_they_asked_for_is_void_and_what_they_approved_counts_no_more`, `an_approval_that_races_with_a_departure_comes_before_it_or_not_at_all` |
//! | wraps are deleted, epochs and index keys turned | `wraps_are_deleted_and_epochs_turned_so_that_old_keys_open_nothing_new` |
//! | what that person had read stays listed | `access_ends_at_once_and_what_had_been_read_stays_listed` |
//! | nothing waits for that person alone | `nothing_waits_for_who_left_alone` |

mod clearances;
mod decisions;
mod deputies;
mod knowing;
mod leaving;
mod marking;
mod reasons;
mod stored;
mod unseen;

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/forge.rs"]
mod forge;
#[path = "../common/holders.rs"]
mod holders;
#[path = "../common/loot.rs"]
mod loot;
#[path = "../common/small.rs"]
mod small;
#[path = "../common/thief.rs"]
mod thief;

use common::{World, approve, founding};
use strongroom_guard::api::*;
use strongroom_guard::{Code, DEFAULT_RULES, Founding};
use strongroom_seal::Suite;

const NOTE: &str = "A note\n\nThe first thing.\n\nThe second thing.\n";
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// A room of a founder who holds everything, another security officer, an inspector with the inspectors' keys, three
/// records officers (one of them below the others), and a reader.
fn room(seed: u64) -> World {
    peopled(small::room(seed, Suite::Mock))
}

/// The same under rules of its own: those of the program, with one text for another.
fn room_with(seed: u64, from: &str, to: &str) -> World {
    assert_eq!(DEFAULT_RULES.matches(from).count(), 1, "{from}");
    let founding = Founding {
        rules: Some(DEFAULT_RULES.replace(from, to)),
        ..founding(Suite::Mock, small::policy())
    };
    peopled(World::founded(seed, founding))
}

fn peopled(mut world: World) -> World {
    world.add_person("ines", &["inspector", "reader"], "inspectors");
    for name in ["anna", "otto", "petra"] {
        world.add_person(name, &["records-officer", "reader"], "Open; Secret");
    }
    world.add_person("carl", &["records-officer", "reader"], "Open");
    world.add_person("ben", &["reader"], "Open; Secret");
    world.add_person("olga", &["security-officer"], "");
    world
}

/// A record that all but carl may read.
fn filed(world: &World, seed: u64) -> String {
    let done = world.file_text("anna", NOTE, "Secret", seed);
    done.records[0].record.clone()
}

fn withdraw(record: &str) -> Request {
    ask(
        RequestFor::Withdraw {
            record: record.to_owned(),
        },
        Some("foreign-relations"),
    )
}

fn clear(name: &str, clearance: &str) -> Request {
    let (name, clearance) = (name.to_owned(), clearance.to_owned());
    ask(RequestFor::Clear { name, clearance }, None)
}

fn ask(ask: RequestFor, reason: Option<&str>) -> Request {
    Request::Ask(RequestAsk {
        ask,
        reason: reason.map(str::to_owned),
        authority: None,
        because: "the work asks for it".to_owned(),
        request: None,
    })
}

fn made(world: &World, name: &str, request: Request) -> String {
    world.get::<RequestMade>(name, request).id
}

fn code(world: &World, name: &str, request: Request) -> Code {
    world.refused(name, request).code
}

fn approved(world: &World, name: &str, id: &str) -> RequestDecided {
    world.get(name, approve(id))
}

/// A request as somebody sees it.
fn seen(world: &World, name: &str, id: &str) -> Option<RequestRow> {
    let query = RequestsQuery {
        id: Some(id.to_owned()),
    };
    let json = world.ask(name, &Request::Requests(query)).ok()?;
    let rows: RequestRows = serde_json::from_slice(&json).unwrap();
    rows.requests.into_iter().next()
}

fn stage(world: &World, name: &str, id: &str) -> String {
    seen(world, name, id).map_or_else(|| "none".to_owned(), |row| row.stage)
}

fn waiting(world: &World, name: &str) -> usize {
    let rows: RequestRows = world.get(name, Request::Requests(RequestsQuery::default()));
    rows.requests.len()
}

/// The room opens again from what it wrote itself.
fn holds(world: &mut World) {
    world.guard().keep_state().unwrap();
    world.reopen();
    world.reopen();
    for name in [
        "chief", "olga", "ines", "anna", "otto", "petra", "carl", "ben",
    ] {
        let ask = SignIn {
            name: name.to_owned(),
            passphrase: common::PASSPHRASE.to_owned(),
        };
        if world.guard().sign_in(&ask, common::PEER).is_ok() {
            world.sign_in(name);
        }
    }
}

/// The table at the head names tests that are there, and for each attack one at least.
#[test]
fn every_attack_has_its_tests() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut there = std::collections::BTreeSet::new();
    for folder in [
        folder.clone(),
        folder.join("approvals"),
        folder.join("disclosures"),
    ] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let tests = text.split("#[test]\nfn ").skip(1);
                there.extend(
                    tests.filter_map(|t| t.split_once('(').map(|(name, _)| name.to_owned())),
                );
            }
        }
    }
    let mut rows = 0;
    for line in include_str!("main.rs")
        .lines()
        .take_while(|l| l.starts_with("//!"))
    {
        let Some((_, tests)) = line.trim_end_matches(" |").rsplit_once(" | ") else {
            continue;
        };
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let named: Vec<&str> = named
            .into_iter()
            .filter(|name| !name.ends_with(".rs"))
            .collect();
        if named.is_empty() {
            continue;
        }
        rows += 1;
        for name in named {
            assert!(there.contains(name), "{name} is no test");
        }
    }
    assert_eq!(rows, 21);
}
