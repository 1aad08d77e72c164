//! A room of the policy `us`, and a marked document on its way through it.

use serde_json::Value;

use crate::house::House;

const TALK: &str = "SECRET//NOFORN\n\n(U) A talk\n\n(U) What all may read.\n\n(S//NF) What our own may read.\n\n\
                    Classified By: J. Smith, Director\nDerived From: SCG 12-3 dated 20240105\n\
                    Declassify On: 20490105\n\nSECRET//NOFORN\n";

#[test]
fn a_marked_document_files_itself_and_is_graded() {
    let mut house = House::empty();
    house.init_by("us", &[]).ok();
    house.open_guard();
    house.sign_in("founder").ok();
    house.person("anna", &["reader"], Some("UNCLASSIFIED"));
    // What is wrong stops it, with the place, and with what to write; before a room sees it, too.
    let wrong = TALK.replacen("(S//NF)", "(TS//NF)", 1);
    let path = house.write("wrong.txt", &wrong);
    let dry = ["file", &path, "--dry-run", "--policy", "us"];
    let dry = house.run(&dry).ok();
    assert!(
        dry.err.contains("wrong.txt:7:2: portion-above-banner: "),
        "{}",
        dry.err
    );
    assert!(dry.out.contains("SECRET//NOFORN"), "{}", dry.out);
    let file = |path: &str, more: &[&str]| house.file(path, more);
    let refused = file(&path, &[]).exits(1);
    assert!(
        refused.err.contains("portion-above-banner"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("--override"), "{}", refused.err);
    let over = file(&path, &["--override", "a misprint", "--json"]).ok();
    assert!(over.err.contains("portion-above-banner"), "{}", over.err);
    let id = over.json()["records"][0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let history = house.as_("founder", &["history", &id]).ok().out;
    assert!(
        history.contains("overrode") && history.contains("a misprint"),
        "{history}"
    );

    let path = house.write("talk.txt", TALK);
    let more = [
        "--grade",
        "F6",
        "--caution",
        "may have been exaggerated or made up",
        "--json",
    ];
    let filed = file(&path, &more).ok();
    assert!(filed.err.is_empty(), "{}", filed.err);
    let id = filed.json()["records"][0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = house.as_("anna", &["read", &id]).ok().out;
    assert!(page.starts_with(" UNCLASSIFIED \n"), "{page}");
    assert!(
        page.contains("What all may read.") && !page.contains("our own"),
        "{page}"
    );
    assert!(
        !page.contains("exaggerated") && !page.contains("source F"),
        "{page}"
    );
    let page = house.as_("founder", &["read", &id]).ok().out;
    assert!(page.starts_with(" SECRET//NOFORN \n"), "{page}");
    for words in [
        "(S//NF)",
        "may have been exaggerated",
        "source F: unknown",
        "Derived From: SCG 12-3",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let list = house.as_("founder", &["list"]).ok().out;
    assert!(
        list.contains("[F6]") && list.contains("SECRET//NOFORN"),
        "{list}"
    );

    let grade = [
        "grade",
        &id,
        "--portion",
        "1",
        "--likelihood",
        "probable",
        "--confidence",
        "low",
    ];
    let told = house.as_("founder", &grade).ok().out;
    assert!(
        told.contains("likelihood: likely (55 to 80 percent)\n"),
        "{told}"
    );
    let shown = house.as_("anna", &["read", &id, "--json"]).ok().json();
    let of_portion = |n: usize| &shown["portions"][n]["grade"]["likelihood"]["term"];
    let likely: Vec<&Value> = (0..2).map(of_portion).filter(|t| !t.is_null()).collect();
    assert_eq!(likely, ["likely"]);
    house
        .as_("founder", &["grade", &id, "--grade", "Q9"])
        .exits(2);
}
