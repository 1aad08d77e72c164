//! Requests and approvals at the command line.

use super::house::House;

#[test]
fn the_policy_is_shown_changed_by_three_hands_and_what_is_new_can_be_given() {
    let house = House::open();
    house.person("otto", &["records-officer"], None);
    house.person("rhea", &["reader"], None);
    house.person("olga", &["security-officer"], None);
    // It names every value there is: that is for those who clear for them.
    for name in ["otto", "rhea"] {
        house.as_(name, &["policy", "show"]).exits(6);
    }
    let policy = house.as_("olga", &["policy", "show"]).ok().out;
    assert!(policy.contains("[[level]]"), "{policy}");
    let because = ["--because", "the harbour talks begin"];
    let request = |name: &str, file: &str| {
        house.as_(
            name,
            &[&["request", "policy", file, "--json"][..], &because].concat(),
        )
    };
    let same = house.write("same.toml", &policy);
    request("founder", &same).exits(7);
    let fewer = house.write("fewer.toml", policy.replacen("[[reason]]", "[[raison]]", 1));
    request("founder", &fewer).exits(1);
    let more = format!(
        "{policy}\n[[category]]\nname = \"Talks\"\nkind = \"restrictive\"\nvalues = [{{ name = \"Harbour\" }}]\n"
    );
    let more = house.write("more.toml", more);
    let asked = request("founder", &more).ok().json();
    let asked = asked["id"].as_str().unwrap().to_owned();
    let shown = house.as_("olga", &["requests", &asked]).ok().out;
    assert!(shown.contains("Harbour"), "{shown}");
    let clear = || {
        let ask = ["request", "clear", "rhea", "Secret; Harbour", "--json"];
        house.as_("olga", &[&ask[..], &because].concat())
    };
    assert_ne!(clear().code, 0, "there is no such value yet");
    house.as_("olga", &["approve", &asked]).ok();
    house.as_("otto", &["approve", &asked]).ok();
    assert!(
        house
            .as_("olga", &["policy", "show"])
            .ok()
            .out
            .contains("Harbour")
    );
    // Who asked for it is the first to hold it, and gives it to who is cleared for it.
    let asked = clear().ok().json();
    let asked = asked["id"].as_str().unwrap().to_owned();
    house.as_("founder", &["approve", &asked]).ok();
    let listed = house.as_("rhea", &["clearance", "show", "rhea"]).ok().out;
    assert!(listed.contains("Harbour"), "{listed}");
}
