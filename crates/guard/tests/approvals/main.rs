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

mod clearances;
mod decisions;
mod deputies;
mod knowing;
mod leaving;
mod marking;
mod stored;

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
