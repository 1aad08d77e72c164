use super::*;

#[test]
fn the_rules_of_this_program_are_rules_for_every_act() {
    let rules = Rules::given(DEFAULT).unwrap();
    assert_eq!(rules.text(), DEFAULT);
    for act in Ruled::ALL {
        let rule = rules.of(act);
        assert!(!rule.asks.is_empty() && !rule.needs.is_empty(), "{act:?}");
    }
    assert!(ADOPTED.contains(&DEFAULT));
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_line() {
    let line_of = |text: &str| DEFAULT[..DEFAULT.find(text).unwrap()].matches('\n').count() + 1;
    let destroy = r#"{ from = ["inspector"], approvals = 1 },
]"#;
    for (from, to, line, rule) in [
        (
            "approvals = 1 }]\nnot = [\"requester\", \"subject\"]\nwithin = \"7",
            "approvals = 0 }]\nnot = [\"requester\", \"subject\"]\nwithin = \"7",
            line_of("approvals = 1 }]\nnot = [\"requester\", \"subject\"]\nwithin = \"7"),
            "alone",
        ),
        (
            "act = \"clear\"",
            "act = \"clean\"",
            line_of("act = \"clear\""),
            "no act",
        ),
        (
            "act = \"withdraw\"",
            "act = \"admit\"",
            line_of("act = \"withdraw\""),
            "already",
        ),
        (
            "within = \"7 days\"",
            "within = \"7 weeks\"",
            line_of("within = \"7 days\""),
            "how long",
        ),
        (
            "within = \"7 days\"",
            "within = \"0 days\"",
            line_of("within = \"7 days\""),
            "how long",
        ),
        (
            "within = \"7 days\"",
            "within = \"9999999999999999999 days\"",
            line_of("within = \"7 days\""),
            "how long",
        ),
        (
            "within = \"7 days\"",
            "within = \"7 days\"\nhurry = true",
            line_of("within = \"7 days\"") + 1,
            "hurry",
        ),
        (
            "{ from = [\"inspector\"], approvals = 1 },\n]",
            "{ from = [], approvals = 1 },\n]",
            line_of(destroy),
            "nobody",
        ),
        (
            "{ from = [\"inspector\"], approvals = 1 },\n]",
            "{ from = [\"holder\"], approvals = 1 },\n]",
            line_of(destroy),
            "no holder",
        ),
        (
            "{ from = [\"inspector\"], approvals = 1 },\n]",
            "{ from = [\"friend\"], approvals = 1 },\n]",
            line_of(destroy),
            "nobody is called",
        ),
        (
            "{ from = [\"inspector\"], approvals = 1 },\n]",
            "{ from = [\"inspector\", \"inspector\"], approvals = 1 },\n]",
            line_of(destroy),
            "twice",
        ),
        (
            "{ from = [\"inspector\"], approvals = 1 },\n]",
            "{ from = [\"inspector\"], approvals = 99 },\n]",
            line_of(destroy),
            "at most",
        ),
        (
            "needs = [{ from = [\"holder\"], approvals = 1 }]",
            "needs = [{ from = [\"reader\"], approvals = 1 }]",
            line_of("needs = [{ from = [\"holder\"]"),
            "holder",
        ),
        (
            "needs = [{ from = [\"holder\"], approvals = 1 }]",
            "needs = []",
            line_of("needs = [{ from = [\"holder\"]"),
            "one at least",
        ),
    ] {
        let at = DEFAULT.find(from).expect(from);
        let text = [&DEFAULT[..at], to, &DEFAULT[at + from.len()..]].concat();
        let error = Rules::given(&text).expect_err(to);
        assert_eq!(error.line, line, "{to}: {error}");
        assert!(error.rule.contains(rule), "{to}: {error}");
    }
}

#[test]
fn an_act_without_a_rule_is_refused_when_given_and_has_the_default_when_kept() {
    let at = DEFAULT.find("# A security officer, inspector").unwrap();
    let short = &DEFAULT[..at];
    let error = Rules::given(short).unwrap_err();
    assert!(error.rule.contains("the act depart has no rule"), "{error}");
    let kept = Rules::kept(short).unwrap();
    let whole = Rules::given(DEFAULT).unwrap();
    assert_eq!(kept.of(Ruled::Depart), whole.of(Ruled::Depart));
    assert_eq!(kept.text(), short);
}

#[test]
fn what_is_long_is_refused_before_it_is_read() {
    let long = format!("{DEFAULT}#{}", "x".repeat(crate::limits::RULES_MAX_BYTES));
    assert!(Rules::given(&long).unwrap_err().rule.contains("bytes"));
}

const ROUTE: &str = "
[[route]]
name = \"accounts\"
about = \"Money: what was paid to whom.\"
inspectors = [\"ines\", \"ivo\"]
outside = \"The Court of Audit, 12 High Street.\"

[[route]]
name = \"people\"
about = \"How somebody was treated.\"
";

#[test]
fn routes_stand_with_the_rules_and_a_change_of_them_is_told() {
    let plain = Rules::given(DEFAULT).unwrap();
    assert!(plain.routes().is_empty());
    let routed = Rules::given(&format!("{DEFAULT}{ROUTE}")).unwrap();
    let name = RouteName::new("accounts").unwrap();
    assert_eq!(routed.route(&name).unwrap().inspectors, ["ines", "ivo"]);
    assert_eq!(routed.routes().len(), 2);
    let lines = changed(&plain, &routed);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[0], "disclosures by accounts, now: there is none");
    assert!(lines[1].ends_with("outside: The Court of Audit, 12 High Street."));
    assert!(lines[3].contains("every inspector"));
    let fewer = Rules::given(&format!("{DEFAULT}{}", ROUTE.replace(", \"ivo\"", ""))).unwrap();
    assert_eq!(changed(&routed, &fewer).len(), 2);
}

#[test]
fn a_route_that_breaks_a_rule_is_refused_with_its_line() {
    let before = DEFAULT.matches('\n').count();
    for (from, to, line, rule) in [
        ("\"accounts\"", "\"Accounts\"", 3, "small letters"),
        ("\"people\"", "\"accounts\"", 9, "already"),
        ("\"ivo\"", "\"ines\"", 5, "twice"),
        ("\"ivo\"", "\"i/o\"", 5, "account name"),
        ("Money: what was paid to whom.", " ", 4, "bytes"),
        ("outside =", "beside =", 6, "beside"),
    ] {
        let text = format!("{DEFAULT}{}", ROUTE.replace(from, to));
        let refused = Rules::given(&text).unwrap_err();
        assert_eq!(refused.line, before + line, "{refused}");
        assert!(refused.rule.contains(rule), "{refused}");
    }
    // Rules that the ledger has are read as they were taken in; nobody gives such ones any more.
    let empty = format!("{DEFAULT}{}", ROUTE.replace("[\"ines\", \"ivo\"]", "[]"));
    assert!(Rules::kept(&empty).is_ok() && Rules::given(&empty).is_ok());
    let refused = Rules::asked(&empty).unwrap_err();
    assert_eq!(refused.line, before + 5);
    assert!(refused.rule.contains("names nobody"), "{refused}");
    let many: String = (0..=strongroom_record::route::ROUTES_MAX)
        .map(|n| format!("[[route]]\nname = \"r{n}\"\nabout = \"A way.\"\n"))
        .collect();
    assert!(Rules::given(&format!("{DEFAULT}{many}")).is_err());
}
