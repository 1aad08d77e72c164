//! Oversight by commands: a practice, a list restricted under it, the docket and its chart, a statement of custody checked outside,
//! a list of calls, a challenge.

use std::os::unix::fs::PermissionsExt as _;

use crate::house::House;

/// A house with an inspector, and the ids of two records that were filed in it.
fn house() -> (House, [String; 2]) {
    let house = House::open();
    house.person("ines", &["inspector"], Some("inspectors"));
    house.person("rita", &["reader"], Some("at-most Secret"));
    let files = ["Call with the Chancellor", "Talk with the Shah"].map(|title| {
        let name = format!("{}.txt", &title[..4]);
        let path = house.write(&name, format!("{title}\n\nHe said the unsayable thing.\n"));
        let filed = house
            .file(&path, &["--marking", "Secret", "--json"])
            .ok()
            .json();
        filed["records"][0]["record"].as_str().unwrap().to_owned()
    });
    (house, files)
}

#[test]
fn a_list_is_restricted_under_a_practice_and_the_inspector_sees_it() {
    let (house, [first, second]) = house();
    let added = house
        .as_(
            "founder",
            &[
                "practice",
                "add",
                "Calls go to Nodis",
                "--authority",
                "the Secretary",
                "--json",
            ],
        )
        .ok()
        .json();
    let practice = added["practice"].as_str().unwrap();
    let listed = house.as_("founder", &["practice", "list"]).ok().out;
    assert!(
        listed.contains("Calls go to Nodis") && listed.contains(practice),
        "{listed}"
    );
    let list = house.write("list.txt", format!("{first}\n{second}\n"));
    let bulk = [
        "restrict",
        "--from",
        &list,
        "--to",
        "Nodis",
        "--practice",
        practice,
        "--reason",
        "foreign-relations",
        "--because",
        "under the practice",
    ];
    let would = house
        .as_("founder", &[&bulk[..], &["--dry-run"]].concat())
        .ok()
        .out;
    assert!(would.contains("rita would no longer see it"), "{would}");
    let done = house.as_("founder", &bulk).ok();
    assert!(done.err.contains("2 records restricted"), "{}", done.err);
    house.as_("founder", &bulk).exits(7);

    let told = house.as_("ines", &["docket"]).ok().out;
    assert!(
        !told.contains("Chancellor") && !told.contains("unsayable"),
        "{told}"
    );
    assert!(told.contains("Secret raised to Secret; Nodis"), "{told}");
    let narrowed = house
        .as_("ines", &["docket", "--practice", practice, "--json"])
        .ok()
        .json();
    assert_eq!(narrowed["entries"].as_array().unwrap().len(), 2);
    house.as_("founder", &["docket"]).exits(6);
    let chart = house.path("chart.svg").to_str().unwrap().to_owned();
    house.as_("ines", &["docket", "chart", "-o", &chart]).ok();
    let svg = std::fs::read_to_string(&chart).unwrap();
    let mode = std::fs::metadata(&chart).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(svg.starts_with("<svg") && svg.contains("Calls go to Nodis"));
    house
        .as_("ines", &["docket", "chart", "-o", &chart])
        .exits(7);
    let figures = house.as_("ines", &["report", "--year", "2020"]).ok().out;
    assert!(figures.contains("0  records filed"), "{figures}");
}

#[test]
fn a_statement_of_custody_is_checked_without_the_room() {
    let (house, _) = house();
    let keys = house.write(
        "log.keys",
        &house.as_("founder", &["ledger", "keys"]).ok().out,
    );
    let file = house.path("custody.json").to_str().unwrap().to_owned();
    let ask = [
        "custody",
        "--date",
        "1969-02-14",
        "--because",
        "an inquiry asks",
    ];
    let told = house
        .as_("ines", &[&ask[..], &["-o", &file]].concat())
        .ok()
        .out;
    assert!(told.contains("none declares such a meeting"), "{told}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it names meetings and who was there");
    let verify = |file: &str| house.run(&["verify", "custody", file, "--keys", &keys]);
    let held = verify(&file).ok().out;
    assert!(
        held.contains("the inspector signed the statement"),
        "{held}"
    );
    assert!(held.contains("verified"), "{held}");

    // Whatever is changed in what is vouched for is found.
    let text = std::fs::read_to_string(&file).unwrap();
    let statement: serde_json::Value = serde_json::from_str(&text).unwrap();
    let changes: [(&str, &str, &str); 4] = [
        ("statement", "found 0", "found 1"),
        ("statement", "an inquiry asks", "nobody asks"),
        ("statement", "opened 2", "opened 3"),
        ("statement", "1969-02-14", "1969-02-15"),
    ];
    for (n, (key, from, to)) in changes.into_iter().enumerate() {
        let mut other = statement.clone();
        let was = other[key].as_str().unwrap().to_owned();
        assert!(was.contains(from), "{was}");
        other[key] = was.replacen(from, to, 1).into();
        let path = house.write(&format!("other{n}.json"), other.to_string());
        let told = verify(&path).exits(1).out;
        assert!(told.contains("NOT verified"), "{told}");
    }
    let broken = house.write("broken.json", "{}");
    verify(&broken).exits(1);
}

/// A key that somebody puts in where no statement has one would be read as if it were vouched for.
#[test]
fn a_key_that_no_statement_of_custody_has_is_named_and_refused_and_what_is_verified_is_said() {
    let vector = |folder: &str, name: &str| {
        let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
        let path = std::path::Path::new(vectors).join(folder).join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let house = House::empty();
    let kinds: [(&str, &[&str]); 2] = [
        (
            "custody",
            &[
                "",
                "/found/0",
                "/silent/1",
                "/found/0/conversation",
                "/stated",
                "/bound/log",
                "/stated/fields/3",
            ],
        ),
        ("disclosure", &["", "/batch", "/batch/log"]),
    ];
    for (kind, places) in kinds {
        let keys = house.write(&format!("{kind}.keys"), vector(kind, "keys"));
        let sound: serde_json::Value = serde_json::from_str(&vector(kind, "sound")).unwrap();
        let verify = |said: &serde_json::Value| {
            let file = house.write(&format!("{kind}.json"), said.to_string());
            house.run(&["verify", kind, &file, "--keys", &keys])
        };
        for place in places {
            for value in [serde_json::json!("true"), serde_json::Value::Null] {
                let mut said = sound.clone();
                said.pointer_mut(place).unwrap()["checked_by"] = value;
                let told = verify(&said).exits(1).out;
                assert!(told.contains("checked_by: no "), "{kind}{place}: {told}");
                assert!(told.contains("NOT verified"), "{kind}{place}: {told}");
            }
        }
        let told = verify(&sound).ok().out;
        let said = sound["statement"].as_str().unwrap_or_default();
        for line in said.lines() {
            assert!(told.contains(&format!("\n  {line}\n")), "{line}: {told}");
        }
    }
    let file = house.write("custody.json", vector("custody", "sound"));
    let keys = house.write("custody.keys", vector("custody", "keys"));
    let json = house.run(&["verify", "custody", &file, "--keys", &keys, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.ok().out).unwrap();
    assert!(
        json["statement"]
            .as_str()
            .unwrap()
            .starts_with("strongroom custody")
    );
}

/// The vector that `tools/verify.py` is held against too: each kind of thing that vouches is changed in it, by itself.
#[test]
fn an_altered_statement_of_custody_is_refused_whatever_was_altered() {
    let vector = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/custody");
        std::fs::read_to_string(std::path::Path::new(folder).join(name)).unwrap()
    };
    let house = House::empty();
    let keys = house.write("log.keys", vector("keys"));
    let sound: serde_json::Value = serde_json::from_str(&vector("sound")).unwrap();
    let verify = |n: usize, said: &serde_json::Value| {
        let file = house.write(&format!("custody{n}.json"), said.to_string());
        house.run(&["verify", "custody", &file, "--keys", &keys])
    };
    verify(0, &sound).ok();
    let bumped = |text: &str| {
        let last = text.chars().next_back().unwrap();
        let other = if last == '0' { '1' } else { '0' };
        format!("{}{other}", &text[..text.len() - 1])
    };
    let flipped = |text: &str, at: usize| {
        let other = if &text[at..=at] == "A" { 'B' } else { 'A' };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    let in_text = |place: &str, from: &str, to: &str| {
        let mut said = sound.clone();
        let value = said.pointer_mut(place).unwrap();
        let was = value.as_str().unwrap();
        assert!(was.contains(from), "{place}: {from}");
        *value = was.replacen(from, to, 1).into();
        (format!("{place}: {from}"), said)
    };
    let with = |place: &str, to: serde_json::Value| {
        let mut said = sound.clone();
        *said.pointer_mut(place).unwrap() = to;
        (place.to_owned(), said)
    };
    let text = |place: &str| sound.pointer(place).unwrap().as_str().unwrap().to_owned();
    let mut altered = vec![
        in_text("/statement", "head 113", "head 112"),
        in_text("/statement", "found 1", "found 2"),
        in_text("/statement", "opened 3", "opened 4"),
        in_text("/statement", "White House", "Black House"),
        in_text("/statement", "an inquiry", "no inquiry"),
        in_text("/statement", "declare such", "declare no such"),
        in_text("/statement", "\"ines\"", "\"else\""),
        in_text("/head", "\n113\n", "\n112\n"),
        in_text("/grown", "old 113", "old 112"),
        with("/signature", flipped(&text("/signature"), 40).into()),
        with("/opened", 4.into()),
        with("/found", serde_json::json!([])),
        with("/silent", serde_json::json!([])),
        with("/found/0/conversation/place", "Elsewhere".into()),
        with("/found/0/by", "nobody".into()),
        with(
            "/silent/0/conversation",
            serde_json::json!({"date": "1969-02-14"}),
        ),
        with("/silent/1/record", text("/silent/0/record").into()),
        with("/bound", sound["stated"].clone()),
        with("/stated", sound["bound"].clone()),
    ];
    for receipt in ["/stated", "/bound"] {
        for field in 0..10 {
            for part in ["commitment", "salt", "value"] {
                let place = format!("{receipt}/fields/{field}/{part}");
                altered.push(with(&place, bumped(&text(&place)).into()));
            }
        }
        for part in ["entry", "signature"] {
            let place = format!("{receipt}/log/{part}");
            altered.push(with(&place, bumped(&text(&place)).into()));
        }
    }
    for (n, (what, said)) in altered.iter().enumerate() {
        let told = verify(n + 1, said).exits(1);
        assert!(!told.out.contains("\nverified"), "{what}: {}", told.out);
    }
    // Of another ledger it says nothing.
    let other = House::open();
    let foreign = other.as_("founder", &["ledger", "keys"]).ok().out;
    let foreign = house.write("other.keys", foreign);
    let file = house.write("again.json", sound.to_string());
    house
        .run(&["verify", "custody", &file, "--keys", &foreign])
        .exits(1);
}

#[test]
fn calls_are_reconciled_and_a_placing_is_challenged() {
    let (house, [first, _]) = house();
    let calls = house.write("calls.csv", "date,with\n1969-02-14,Dobrynin\n");
    let told = house
        .as_(
            "ines",
            &["reconcile", &calls, "--because", "an inquiry asks"],
        )
        .ok()
        .out;
    assert!(told.contains("line 2: 1969-02-14 Dobrynin"), "{told}");
    let bad = house.write("bad.csv", "date\n14 February\n");
    let refused = house
        .as_("ines", &["reconcile", &bad, "--because", "an inquiry asks"])
        .exits(1);
    assert!(
        refused.err.contains("line 2, column date") && refused.err.contains("write it as"),
        "{}",
        refused.err
    );
    let log = house.write("log.csv", "seconds,date,with\n60,1969-02-14,Dobrynin\n");
    let told = house
        .as_("ines", &["reconcile", &log, "--because", "an inquiry asks"])
        .ok();
    assert!(
        told.err
            .contains("date, with are used, and not \"seconds\""),
        "{}",
        told.err
    );

    house.as_("rita", &["read", &first]).ok();
    house
        .as_(
            "founder",
            &[&["restrict", &first, "--to", "Nodis"], &WHY_RESTRICT[..]].concat(),
        )
        .ok();
    house.as_("rita", &["read", &first]).exits(5);
    let made = house
        .as_(
            "rita",
            &[
                "challenge",
                &first,
                "--because",
                "it is in the newspapers",
                "--json",
            ],
        )
        .ok()
        .json();
    let reference = made["challenge"].as_str().unwrap();
    let mine = house.as_("founder", &["challenges"]).ok().out;
    assert!(
        mine.contains("yours to answer") && mine.contains("newspapers"),
        "{mine}"
    );
    house
        .as_(
            "founder",
            &[
                "answer-challenge",
                reference,
                "--outcome",
                "upheld",
                "--because",
                "so it is",
            ],
        )
        .ok();
    let told = house.as_("rita", &["challenges"]).ok().out;
    assert!(
        told.contains("upheld") && told.contains("so it is"),
        "{told}"
    );
    let never = "0".repeat(26);
    house
        .as_("rita", &["challenge", &never, "--because", "x"])
        .exits(5);
}

const WHY_RESTRICT: [&str; 4] = [
    "--reason",
    "foreign-relations",
    "--because",
    "a channel in use",
];
