//! Changing the marking policy: what was marked reads as before, and what is new has keys.

use strongroom_record::approval::PolicyChanged;
use strongroom_record::event::Act;

use super::stored::Forged;
use super::*;

fn policy(text: &str) -> Request {
    let policy = text.to_owned();
    ask(RequestFor::Policy { policy }, None)
}

fn now() -> String {
    small::policy().source().to_owned()
}

/// The next version: a level, a caption, a value of a permissive category and a new category come, and a term is shorter.
fn next() -> String {
    let more = "[[level]]\nname = \"Inner\"\nrank = 7\n[[category]]\nname = \"Site\"\nkind = \"restrictive\"\nvalues = [{ name = \"North\" }]\n[[reason]]";
    now()
        .replace("challenge_days = 60", "challenge_days = 30")
        .replace(
            "{ name = \"Nodis\" }",
            "{ name = \"Nodis\" }, { name = \"Exdis\" }",
        )
        .replace(
            "{ name = \"Canada\" }",
            "{ name = \"Canada\" }, { name = \"Brazil\" }",
        )
        .replace("[[reason]]", more)
}

#[test]
fn the_policy_changes_by_two_and_what_is_new_has_keys() {
    let mut world = room(61);
    let before = filed(&world, 1);
    let to_canada = world.file_text("anna", NOTE, "Secret", 2).records[0]
        .record
        .clone();
    let _: Restricted = world.get("chief", common::restriction(&to_canada, "Nodis", &[]));
    assert_eq!(code(&world, "ben", policy(&next())), Code::NotAllowed);
    assert_eq!(code(&world, "ines", policy(&next())), Code::NotAllowed);
    assert_eq!(code(&world, "anna", policy("nonsense")), Code::Unfit);
    assert_eq!(code(&world, "anna", policy(&now())), Code::Conflict);
    let id = made(&world, "anna", policy(&next()));
    let other = made(&world, "anna", policy(&format!("{}# once more\n", now())));
    let lines = seen(&world, "olga", &id).unwrap().lines;
    for line in [
        "terms, challenge_days: 60 now, 30 then",
        "new level: Inner",
        "new value of Caption: Exdis",
        "new value of Releasable to: Brazil",
        "new value of Site: North",
        "anna would be the first to hold, and could have others cleared for: Inner; Caption:Exdis; Releasable to:Brazil; Site:North",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line}: {lines:#?}");
    }
    assert_eq!(seen(&world, "ben", &id).map(|row| row.id), None);
    assert_eq!(code(&world, "anna", approve(&id)), Code::NotAllowed);
    assert_eq!(code(&world, "ines", approve(&id)), Code::NotAllowed);
    assert!(!approved(&world, "otto", &id).carried_out);
    assert_eq!(code(&world, "otto", approve(&id)), Code::NotAllowed);
    assert_eq!(
        code(&world, "petra", approve(&id)),
        Code::NotAllowed,
        "a records officer agreed"
    );
    assert!(approved(&world, "olga", &id).carried_out);
    assert_eq!(
        stage(&world, "olga", &other),
        "void",
        "the policy is another now"
    );
    assert_eq!(code(&world, "anna", policy(&next())), Code::Conflict);

    for round in 0..2 {
        // What was marked reads as before, for the same persons.
        assert_eq!(world.read("ben", &before).banner, "SECRET");
        assert_eq!(world.read("chief", &to_canada).banner, "SECRET; NODIS");
        assert_eq!(
            code(
                &world,
                "ben",
                Request::History(RecordRef {
                    record: to_canada.clone()
                })
            ),
            Code::NotFound
        );
        // What is new is held by who asked, and by nobody else until the officers and she clear somebody.
        let filed = world.file_text(
            "anna",
            NOTE,
            "Inner; Exdis; North; Releasable to: Brazil",
            10 + round,
        );
        let new = filed.records[0].record.clone();
        assert!(filed.blind.is_empty(), "{:?}", filed.blind);
        assert_eq!(
            world.read("anna", &new).banner,
            "INNER; EXDIS; NORTH; RELEASABLE TO: BRAZIL"
        );
        assert!(world.list("chief").records.iter().all(|row| row.id != new));
        holds(&mut world);
    }
    let id = made(
        &world,
        "olga",
        clear("ben", "Inner; Exdis; North; Releasable to: Brazil"),
    );
    assert_eq!(
        code(&world, "chief", approve(&id)),
        Code::NotAllowed,
        "he holds none of it"
    );
    assert!(approved(&world, "anna", &id).carried_out);
    let listed = world.list("ben").records.len();
    assert_eq!(listed, 3, "the one from before, and the two that are new");
    holds(&mut world);
    assert_eq!(world.list("ben").records.len(), listed);
    let go_on = &mut |_| std::ops::ControlFlow::Continue(());
    let checked = world
        .guard()
        .check(common::PEER, common::PEER, &CheckAsk::default(), go_on);
    let checked: Checked = serde_json::from_slice(checked.unwrap().json()).unwrap();
    assert!(checked.is_sound(), "{checked:?}");
}

/// A policy that lacks something is refused in the same words whether or not a record bears it, and a marking is named
/// to officers alone.
#[test]
fn what_must_stay_is_decided_by_the_texts_and_named_to_officers() {
    let mut world = room(62);
    let without = now().replace("name = \"Nodis\"", "name = \"Exdis\"");
    let by = |world: &World, name: &str| {
        let refused = world.refused(name, policy(&without));
        serde_json::to_string(&refused).unwrap()
    };
    let (officer, records) = (by(&world, "olga"), by(&world, "anna"));
    assert!(
        officer.contains("`Nodis`") && !records.contains("Nodis"),
        "{records}"
    );
    let record = world
        .file_text("chief", NOTE, "Top Secret; Nodis", 1)
        .records[0]
        .record
        .clone();
    assert!(!record.is_empty());
    assert_eq!((by(&world, "olga"), by(&world, "anna")), (officer, records));
    for (from, to) in [
        ("name = \"small\"", "name = \"smaller\""),
        ("rank = 5", "rank = 10"),
        ("kind = \"permissive\"", "kind = \"informative\""),
        ("words = 6", "words = 6\nown_chars = 40"),
        ("Foreign relations.", "Whatever it takes."),
    ] {
        let text = now().replace(from, to);
        assert_eq!(code(&world, "olga", policy(&text)), Code::Unfit, "{to}");
    }
    let long = format!(
        "{}#{}\n",
        now(),
        "x".repeat(strongroom_guard::limits::POLICY_ASKED_MAX_BYTES)
    );
    assert_eq!(code(&world, "olga", policy(&long)), Code::Limit);
    holds(&mut world);
}

/// A new marking would be dealt to key holders who are on their way out.
#[test]
fn no_marking_comes_while_the_key_holders_are_replaced() {
    let present = holders::holders(Suite::Mock, 3);
    let mut world = peopled(holders::room(63, Suite::Mock, &present, 2));
    let id = made(&world, "anna", policy(&next()));
    let terms = made(
        &world,
        "anna",
        policy(&now().replace("appeal_days = 90", "appeal_days = 91")),
    );
    for request in [&id, &terms] {
        assert!(!approved(&world, "otto", request).carried_out);
    }
    let cards: Vec<String> = (60..63)
        .map(|seed| holders::another(Suite::Mock, "new", seed).card().to_text())
        .collect();
    let ask = RecoverAsk::KeyHolders { cards, quorum: 2 };
    let asked = holders::officer_asks(&world, "chief", ask).recovery;
    assert_eq!(code(&world, "olga", approve(&id)), Code::Conflict);
    // What needs no key goes on.
    assert!(approved(&world, "olga", &terms).carried_out);
    let id = made(&world, "anna", policy(&next()));
    assert!(!approved(&world, "otto", &id).carried_out);
    assert_eq!(code(&world, "olga", approve(&id)), Code::Conflict);
    let withdraw = RecoverWithdraw {
        recovery: asked,
        request: None,
    };
    let _: RecoverWithdrawn = world.get("chief", Request::RecoverWithdraw(withdraw));
    assert!(approved(&world, "olga", &id).carried_out);
    holds(&mut world);
}

#[test]
fn a_policy_that_was_added_in_the_store_is_refused() {
    let world = room(64);
    let id = made(&world, "anna", policy(&next()));
    assert!(!approved(&world, "otto", &id).carried_out);
    assert!(approved(&world, "olga", &id).carried_out);
    let waits = made(&world, "anna", policy(&format!("{}# more\n", next())));
    assert!(!approved(&world, "otto", &waits).carried_out);
    let mut forged = Forged::of(world);
    let at = forged.find(|act| matches!(act, Act::PolicyChanged(_)));
    let changed = |forged: &Forged, change: &dyn Fn(&mut PolicyChanged)| {
        forged.changing(at, "olga", |event| {
            if let Act::PolicyChanged(changed) = &mut event.act {
                change(changed);
            }
        })
    };
    let (anna, otto) = (forged.person("anna").0, forged.person("otto").0);
    type Change = Box<dyn Fn(&mut PolicyChanged)>;
    let cases: [(&str, &str, Change); 5] = [
        (
            "another text",
            "not what its request asked for",
            Box::new(|c| c.policy.push_str("# x\n")),
        ),
        (
            "a key too few",
            "something else than what is new",
            Box::new(|c| drop(c.made.pop())),
        ),
        (
            "a key for nothing new",
            "something else than what is new",
            Box::new(|c| {
                let again = c.made[0].clone();
                c.made.push(again);
            }),
        ),
        (
            "a key for another",
            "others than who asked",
            Box::new(move |c| c.made[0].holdings[0].0 = otto),
        ),
        (
            "a key for two",
            "others than who asked",
            Box::new(move |c| {
                let (_, holding) = c.made[0].holdings[0];
                c.made[0].holdings.push((otto, holding));
            }),
        ),
    ];
    for (what, words, change) in &cases {
        let changed = changed(&forged, change);
        forged.refuses(what, words, &changed);
    }
    assert_ne!(anna, otto);
    // One approval of two, and no text but the one that was asked for.
    let request = forged.requested(|asked| matches!(asked, strongroom_record::approval::Asked::Policy { policy } if policy.ends_with("# more\n")));
    let alone = PolicyChanged {
        policy: format!("{}# more\n", next()),
        made: Vec::new(),
        request,
    };
    let changed = forged.adding("otto", Act::PolicyChanged(Box::new(alone)));
    forged.refuses("by one hand", "without the approvals", &changed);
}
