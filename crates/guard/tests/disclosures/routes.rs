//! Routes: by which somebody outside says which inspectors are to look into something.

use strongroom_guard::{DEFAULT_RULES, Founding};
use strongroom_seal::disclosure::routes_digest;

use super::common::{approve, founding};
use super::*;

const ROUTES: &str = r#"
[[route]]
name = "ines-alone"
about = "What concerns another inspector."
inspectors = ["ines"]
outside = "The Ombudsman, Old Square 1."

[[route]]
name = "everybody"
about = "All else."

[[route]]
name = "nobody-here"
about = "What somebody who left looked into."
inspectors = ["gone"]
"#;

fn routed() -> World {
    let founding = Founding {
        rules: Some(format!("{DEFAULT_RULES}{ROUTES}")),
        ..founding(Suite::Mock, small::policy())
    };
    peopled(World::founded(78, founding), 64)
}

fn ids(world: &World, name: &str) -> Vec<String> {
    let mut ids: Vec<String> = rows(world, name)
        .disclosures
        .into_iter()
        .map(|row| row.id)
        .collect();
    ids.sort();
    ids
}

#[test]
fn what_comes_by_a_route_is_there_for_the_inspectors_it_names_alone() {
    let mut world = routed();
    let mut narrow = Sender::new(&world, 1);
    let mut wide = Sender::new(&world, 2);
    let mut left = Sender::new(&world, 3);
    let by = |name| (1, Some(name));
    narrow
        .brings_by(&world, by("ines-alone"), &says(WORDS))
        .unwrap();
    wide.brings_by(&world, by("everybody"), &says(WORDS))
        .unwrap();
    left.brings_by(&world, by("nobody-here"), &says(WORDS))
        .unwrap();
    next_hour(&world);
    let mut all = [narrow.id(), wide.id(), left.id()];
    all.sort();
    let mut others = [wide.id(), left.id()];
    others.sort();
    assert_eq!(ids(&world, "ines"), all);
    assert_eq!(
        ids(&world, "igor"),
        others,
        "whom a route does not name is shown nothing of it"
    );
    let listed = rows(&world, "ines");
    let row = listed
        .disclosures
        .iter()
        .find(|r| r.id == narrow.id())
        .unwrap();
    assert_eq!(row.route.as_deref(), Some("ines-alone"));
    // For igor it is as if it never came.
    let nothing = DisclosureId::from_bytes([3; 16]).to_string();
    for (there, not) in [
        (read(&narrow.id(), 1, false), read(&nothing, 1, false)),
        (acknowledge(&narrow.id()), acknowledge(&nothing)),
        (reply(&narrow.id(), "Words."), reply(&nothing, "Words.")),
    ] {
        let (there, not) = (world.refused("igor", there), world.refused("igor", not));
        assert_eq!((there.code, there.message), (not.code, not.message));
    }
    // What is written later goes the way of the first message.
    narrow.brings(&world, 2, &says("More of it.")).unwrap();
    next_hour(&world);
    assert_eq!(ids(&world, "igor"), others);
    let opened: DisclosureOpened = world.get("ines", read(&narrow.id(), 2, false));
    assert_eq!(opened.text, "More of it.");
    let found = checked(&world);
    assert_eq!((found.missing, found.damaged), (0, 0));
    // The room that is opened again knows the same.
    world.reopen();
    sign_in_all(&mut world);
    assert_eq!(ids(&world, "igor"), others);
    // Overdue is shown to every inspector; no word of it is.
    world.clock.advance(8 * DAY);
    sign_in_all(&mut world);
    let listed = rows(&world, "igor");
    let row = listed
        .disclosures
        .iter()
        .find(|r| r.id == narrow.id())
        .unwrap();
    assert!(row.elsewhere && row.overdue);
    for request in [
        read(&narrow.id(), 1, false),
        acknowledge(&narrow.id()),
        reply(&narrow.id(), "x"),
    ] {
        assert_eq!(world.refused("igor", request).code, Code::NotAllowed);
    }
    let _: DisclosureDone = world.get("ines", acknowledge(&narrow.id()));
    assert_eq!(ids(&world, "igor"), others);
}

#[test]
fn a_route_that_names_nobody_who_is_an_inspector_is_told_and_not_asked_for() {
    let world = routed();
    let to_all: Vec<bool> = key_of(&world)
        .0
        .routes
        .iter()
        .map(|r| r.to_every_inspector)
        .collect();
    assert_eq!(to_all, [false, false, true]);
    let ask = |routes: &str| {
        Request::Ask(RequestAsk {
            ask: RequestFor::Rules {
                rules: format!("{DEFAULT_RULES}{routes}"),
            },
            reason: None,
            authority: None,
            because: "another way".to_owned(),
            request: None,
        })
    };
    for (routes, says) in [
        (ROUTES.replace("[\"ines\"]", "[]"), "names nobody"),
        (
            ROUTES.replace("[\"ines\"]", "[\"inez\"]"),
            "the route ines-alone names inez, and none of them",
        ),
        // Who has the role and not the key, or neither, looks into nothing.
        (
            ROUTES.replace("[\"ines\"]", "[\"chief\"]"),
            "the route ines-alone names chief",
        ),
    ] {
        let refused = world.refused("ines", ask(&routes));
        assert!(refused.message.contains(says), "{refused:?}");
    }
    // One who is none beside one who is: that is told to who decides. A route that stands as it did keeps nobody from asking.
    let asked = ask(&ROUTES.replace("[\"ines\"]", "[\"ines\", \"inez\"]"));
    let _: RequestMade = world.get("ines", asked);
    let listed: RequestRows = world.get("chief", Request::Requests(RequestsQuery::default()));
    let listed = serde_json::to_string(&listed).unwrap();
    assert!(
        listed.contains("nobody called inez is an inspector"),
        "{listed}"
    );
}

#[test]
fn routes_are_shown_without_a_session_and_bound_by_the_ledger() {
    let world = routed();
    let (shown, _) = key_of(&world);
    let names: Vec<&str> = shown.routes.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["ines-alone", "everybody", "nobody-here"]);
    assert_eq!(
        shown.routes[0].outside.as_deref(),
        Some("The Ombudsman, Old Square 1.")
    );
    let store = take(&world);
    let house = house(&world, &store);
    let mut events = forge::events(&house, &store);
    let mut last = events.pop().unwrap();
    let page = &batch(&mut last).page;
    let routes: Vec<strongroom_record::Route> = shown
        .routes
        .iter()
        .map(|route| strongroom_record::Route {
            name: RouteName::new(&route.name).unwrap(),
            about: route.about.clone(),
            inspectors: route.inspectors.clone(),
            outside: route.outside.clone(),
        })
        .collect();
    let digest = page.routes.as_ref().unwrap().as_slice();
    assert_eq!(digest, &routes_digest(&routes).as_bytes()[..]);
    // A room without routes shows none.
    assert!(key_of(&room()).0.routes.is_empty());
}

#[test]
fn a_route_that_is_not_there_and_one_in_a_later_message_are_refused() {
    let world = routed();
    let mut sender = Sender::new(&world, 1);
    let refused = sender.brings_by(&world, (1, Some("other")), &says(WORDS));
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
    sender
        .brings_by(&world, (1, Some("everybody")), &says(WORDS))
        .unwrap();
    let mut later = sender.sealed(&world, 2, &says(WORDS));
    later.message.route = RouteName::new("ines-alone").ok();
    let refused = world.guard().disclose(&encode(&later)).map(drop);
    assert_eq!(refused.unwrap_err().code, Code::Invalid);
    // Nor does the guard send a message another way: the seal says by which it goes.
    let mut turned = Sender::new(&world, 2);
    let mut brought = turned.sealed_by(&world, (1, Some("ines-alone")), &says(WORDS));
    brought.message.route = RouteName::new("everybody").ok();
    world.guard().disclose(&encode(&brought)).map(drop).unwrap();
    next_hour(&world);
    assert_eq!(
        world.refused("igor", read(&turned.id(), 1, false)).code,
        Code::Unfit
    );
}

#[test]
fn a_change_of_the_rules_brings_another_batch_at_once_and_nothing_waits_for_who_left() {
    let world = routed();
    let mut sender = Sender::new(&world, 1);
    sender
        .brings_by(&world, (1, Some("ines-alone")), &says(WORDS))
        .unwrap();
    next_hour(&world);
    let mut waiting = Sender::new(&world, 2);
    waiting.brings(&world, 1, &says(WORDS)).unwrap();
    let asked: RequestMade = world.get(
        "ines",
        Request::Ask(RequestAsk {
            ask: RequestFor::Rules {
                rules: DEFAULT_RULES.to_owned(),
            },
            reason: None,
            authority: None,
            because: "One way is enough.".to_owned(),
            request: None,
        }),
    );
    let before = key_of(&world).0.proof.log.index;
    world.guard().take_disclosures().unwrap();
    assert_eq!(
        key_of(&world).0.proof.log.index,
        before,
        "nothing changed yet"
    );
    for name in ["chief", "igor"] {
        let _: RequestDecided = world.get(name, approve(&asked.id));
    }
    // Who asks for the key has it proved, without a tick of the clock.
    assert!(key_of(&world).0.routes.is_empty());
    assert_ne!(key_of(&world).0.proof.log.index, before);
    // Nothing is taken in for that. The route that the first came by is no more: it waits for all of them.
    assert_eq!(ids(&world, "igor"), [sender.id()]);
    let _: DisclosureOpened = world.get("igor", read(&sender.id(), 1, false));
    assert_eq!(checked(&world).damaged, 0);
}

#[test]
fn a_batch_whose_routes_were_changed_closes_the_room() {
    let mut room = forged_in(routed(), Some("everybody"));
    room.refuses("other routes than the rules'", is_batch, |e| {
        batch(e).page.routes = Some(vec![1; 48].into());
    });
    room.refuses("no routes where the room has some", is_batch, |e| {
        batch(e).routes = None;
    });
    room.refuses("a route that has no name", is_batch, |e| {
        let taken = batch(e);
        let mut routes = taken.routes.clone().unwrap().to_vec();
        routes[0] = b'A';
        taken.routes = Some(routes.into());
    });
    // A message that is sent to other inspectors than its sender said opens for nobody, and `check` names it.
    let events = forge::events(&room.house, &room.store);
    let at = events
        .iter()
        .rposition(|e| is_batch(&e.act) && has_first(&e.act))
        .unwrap();
    let mut event = events[at].clone();
    let taken = batch(&mut event);
    let (place, _) = messages(&taken.places).unwrap()[0];
    let mut routes = taken.routes.clone().unwrap().to_vec();
    routes[place * 24..][..24].fill(0);
    routes[place * 24..][..11].copy_from_slice(b"nobody-here");
    taken.routes = Some(routes.into());
    let mut changed = room.store.clone();
    forge::replace(&room.house, &mut changed, at, &event);
    reopen_on(&mut room.world, changed.disk()).unwrap();
    assert_eq!(checked(&room.world).damaged, 1);
}

fn has_first(act: &Act) -> bool {
    let Act::DisclosuresTaken(taken) = act else {
        return false;
    };
    messages(&taken.places)
        .unwrap()
        .iter()
        .any(|(_, m)| m.number == 1)
}
