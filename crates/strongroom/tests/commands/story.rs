//! The whole way of a record: filed, listed, read, restricted, gone, and accounted for.

use std::io::Write;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::house::{Done, House, WHY, names_in};

const TALK: &str = "Telephone conversation\n\nK: We should keep this between us.\n\nD: I \u{1b}[31magree\u{9b}0m.\n\nK: Good.\n";

const VOLUME: &str = include_str!("../../../ingest/tests/vectors/tei/read/everything.xml");

#[test]
fn a_record_is_filed_read_restricted_and_accounted_for() {
    let house = House::open();
    house.person("anna", &["reader"], Some("at-most Secret; Nodis"));
    house.person("bert", &["reader"], Some("at-most Confidential"));

    let talk = house.write("talk.txt", TALK);
    let filed = house
        .file(&talk, &["--unmarked-as", "Secret; Nodis", "--json"])
        .ok()
        .json();
    assert_eq!(filed["complete"], true);
    let id = filed["records"][0]["record"].as_str().unwrap().to_owned();

    // Who holds the label finds it; to who does not it never existed.
    assert_eq!(house.listed("anna").len(), 1);
    assert_eq!(house.listed("bert").len(), 0);
    let table = house.as_("anna", &["list"]).ok().out;
    assert!(table.contains(&id[..8]) && table.contains("Telephone conversation"));
    assert_eq!(
        house.as_("bert", &["list"]).ok().out,
        "there is nothing that you may read\n"
    );

    // A page, without anything that would run a terminal.
    let page = house.as_("anna", &["read", &id[..8]]).ok().out;
    assert!(page.starts_with(" SECRET; NODIS \n"));
    assert!(page.trim_end().ends_with(" SECRET; NODIS"));
    assert!(page.contains("(S/ND)  K: We should keep this between us."));
    assert!(page.contains("␛[31magree‹U+009B›0m"));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{9b}'));
    // The JSON has the characters as they were filed.
    let shown = house.as_("anna", &["read", &id, "--json"]).ok().json();
    assert_eq!(
        shown["portions"][2]["text"],
        "D: I \u{1b}[31magree\u{9b}0m."
    );
    // The original is what was filed, to the byte.
    assert_eq!(
        house.as_("anna", &["read", &id, "--original"]).ok().out,
        TALK
    );

    // Raising one portion takes it out of Anna's view, and leaves the rest.
    let why = ["--reason", "practice", "--because", "it names a source"];
    let raise = ["restrict", &id, "--to", "Top Secret", "--portion", "2"];
    house.as_("founder", &["read", &id]).ok();
    let would = [&raise[..], &why, &["--dry-run", "--json"]].concat();
    let would = house.as_("founder", &would).ok().json();
    assert_eq!(would["records"][0]["lose_access"][0], "anna");
    assert_eq!(
        house.as_("anna", &["read", &id, "--json"]).ok().json()["portions"]
            .as_array()
            .unwrap()
            .len(),
        4,
        "a dry run does nothing"
    );
    house.as_("founder", &[&raise[..], &why].concat()).ok();
    let page = house.as_("anna", &["read", &id]).ok().out;
    assert!(!page.contains("agree") && page.contains("K: Good."));

    // Raising all of it: gone, at once, and as if it had never been.
    let raise = ["restrict", &id, "--to", "Top Secret"];
    house.as_("founder", &[&raise[..], &why].concat()).ok();
    let gone = house.as_("anna", &["read", &id]).exits(5);
    let never = house.as_("bert", &["read", &id]).exits(5);
    let nothing = house
        .as_("bert", &["read", "00000000000000000000000000"])
        .exits(5);
    assert_eq!(gone.err, never.err);
    assert_eq!(never.err, nothing.err);
    assert!(gone.out.is_empty());
    assert_eq!(house.listed("anna").len(), 0);

    // She keeps the receipts of her readings; the founder sees who had read it.
    let receipts = house.as_("anna", &["receipt", "--json"]).ok().json();
    let receipts = receipts["receipts"].as_array().unwrap().clone();
    let reading = receipts
        .iter()
        .find(|r| r["what"] == "opened" && r["record"] == id.as_str())
        .expect("a receipt of the reading");
    let receipt = house
        .as_("anna", &["receipt", reading["id"].as_str().unwrap()])
        .ok()
        .out;
    assert!(receipt.contains("c2sp.org/tlog-proof@v1"));
    for line in [
        "who       anna\n".to_owned(),
        format!("act       opened: record {id}, "),
        "field     kind     opened\n".to_owned(),
    ] {
        assert!(receipt.contains(&line), "{line}: {receipt}");
    }

    // Why the founder raised it the room tells again, to who may see it, when it is asked to.
    let receipts = house.as_("founder", &["receipt", "--json"]).ok().json();
    let of = |what: &str| -> String {
        let rows = receipts["receipts"].as_array().unwrap().iter();
        let mut of = rows.filter(|r| r["what"] == what && r["record"] == id.as_str());
        of.next_back().unwrap()["id"].as_str().unwrap().to_owned()
    };
    let raised = of("restricted");
    let shown = house.as_("founder", &["receipt", &raised]).ok().out;
    assert!(!shown.contains("it names a source"), "{shown}");
    assert!(shown.contains("--why asks the room"), "{shown}");
    let shown = house.as_("founder", &["receipt", "show", &raised, "--why"]);
    let shown = shown.ok().out;
    for line in [
        "who       founder\n",
        "act       restricted\n",
        "to        Top Secret",
        "reason    practice\n",
        "because   it names a source\n",
        "field     act      closed\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let reading = house.as_("founder", &["receipt", &of("opened"), "--why"]);
    assert!(reading.ok().out.contains("no reason was given"));
    house
        .as_("founder", &["receipt", &raised, "--why", "--json"])
        .exits(2);

    // A list that is not the whole says so, and goes on; in pieces it is the whole.
    let all = receipts["receipts"].as_array().unwrap();
    assert_eq!(receipts["older"], 0);
    let oldest = all[0]["id"].as_str().unwrap();
    let two = house.as_("founder", &["receipt", "--limit", "2"]).ok().out;
    assert!(
        two.contains(" older ones before these; go on with --before "),
        "{two}"
    );
    let before = |id: &str| {
        let args = ["receipt", "--before", id, "--limit", "3", "--json"];
        house.as_("founder", &args).ok().json()
    };
    let mut paged = vec![all.last().unwrap().clone()];
    while paged[0]["id"] != oldest {
        let page = before(paged[0]["id"].as_str().unwrap());
        let mut page = page["receipts"].as_array().unwrap().clone();
        page.extend(paged);
        paged = page;
    }
    assert_eq!(&paged, all);
    house
        .as_("founder", &["receipt", "--before", "0000000000"])
        .exits(5);
    let history = house.as_("founder", &["history", &id]).ok().out;
    assert!(history.contains("opened for anna"), "{history}");
    assert!(history.contains("restricted by founder"));
    assert!(history.contains("it names a source"));

    let checked = house.as_("founder", &["ledger", "check"]).ok().out;
    assert!(checked.contains("entries: each event"));
    assert!(
        house
            .run(&["ledger", "keys"])
            .ok()
            .out
            .contains("strongroom/")
    );

    // A reader does not close the room; its security officer does.
    house.as_("anna", &["close"]).exits(6);
    house.run(&["status"]).ok();
    house.as_("founder", &["close"]).ok();
    assert!(!house.socket().exists());
    house.run(&["status"]).exits(3);
}

#[test]
fn a_volume_is_filed_and_what_is_unmarked_is_listed() {
    let house = House::open();
    let volume = house.write("volume.xml", VOLUME);
    // Without a word on those that bear no marking, or an unknown one, the file is refused whole, with the list.
    let refused = house.file(&volume, &[]).exits(1);
    assert!(refused.err.contains("d2"), "{}", refused.err);
    assert_eq!(house.listed("founder").len(), 0);
    let words = ["--unmarked-as", "Confidential", "--unknown-as", "handling"];
    let filed = house
        .file(&volume, &[&words[..], &["--json"]].concat())
        .ok()
        .json();
    assert_eq!(filed["records"].as_array().unwrap().len(), 3);
    assert_eq!(house.listed("founder").len(), 3);

    // A listing in two pages is the whole.
    let first = house.run(&["list", "--limit", "2", "--json"]).ok().json();
    assert_eq!(first["more"], true);
    let last = first["records"][1]["id"].as_str().unwrap();
    let rest = house.run(&["list", "--after", last, "--json"]).ok().json();
    assert_eq!(rest["more"], false);
    assert_eq!(rest["records"].as_array().unwrap().len(), 1);
}

#[test]
fn a_dry_run_needs_no_room_and_prints_a_record_a_line() {
    let house = House::empty();
    let volume = house.write("everything.xml", VOLUME);
    let mut command = house.command(&["file", &volume, "--dry-run", "--json"]);
    let lines = command.env_remove("STRONGROOM_ROOM").output().unwrap();
    let expected = include_str!("../../../ingest/tests/vectors/tei/read/everything.jsonl");
    assert_eq!(String::from_utf8(lines.stdout).unwrap(), expected);
    assert_eq!(lines.status.code(), Some(0));
    let table = house.run(&["file", &volume, "--dry-run"]).ok().out;
    assert!(table.contains("d1  1969-02  Top Secret; Sensitive; Eyes Only"));
}

#[test]
fn one_of_several_files_fails_by_itself() {
    let house = House::open();
    let (good, bad) = (
        house.write("good.txt", "A talk\n\nA: yes.\n"),
        house.write("bad.txt", b"\xff\xfe\xfa nonsense"),
    );
    let files = ["file", &bad, &good];
    let done = house
        .run(&[&files[..], &WHY, &["--marking", "Secret"]].concat())
        .exits(1);
    assert!(done.err.contains("bad.txt") && done.out.contains("good.txt: 1 record filed"));
    assert_eq!(house.listed("founder").len(), 1);
}

#[test]
fn a_repeated_request_is_done_once_and_is_no_failure() {
    let house = House::open();
    let talk = house.write("talk.txt", TALK);
    let id = "0123456789abcdefghjkmnpqrs";
    let once = ["--marking", "Secret", "--request", id];
    let first = house.file(&talk, &once).ok().out;
    let again = house.file(&talk, &once).ok().out;
    assert!(again.contains("had been filed before, 1 record"), "{again}");
    // Either names the record, to go on with.
    let id = house.listed("founder")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(first.contains(&id) && again.contains(&id));
    assert_eq!(house.listed("founder").len(), 1);
}

#[test]
fn whoever_stops_reading_the_output_is_not_an_error() {
    let house = House::open();
    let many: String = (0..3000)
        .map(|n| format!("P: paragraph {n}.\n\n"))
        .collect();
    let file = house.write("long.txt", format!("Long\n\n{many}"));
    let filed = house
        .file(&file, &["--marking", "Unclassified", "--json"])
        .ok()
        .json();
    let id = filed["records"][0]["record"].as_str().unwrap();
    for command in [&["read", id][..], &["tour", "tour"], &["list"]] {
        let mut unread = house
            .command(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(unread.stdout.take());
        let ended = Done::from(unread.wait_with_output().unwrap()).ok();
        assert_eq!(ended.err, "", "{command:?}");
    }
}

#[test]
fn an_interrupted_filing_says_what_is_in_and_can_go_on() {
    let house = House::open();
    // Many records: the bundled volume, several times over, under one root.
    let mut volume = Vec::new();
    let bundled = include_bytes!("../../../../examples/frus1969-76v12.xml.gz");
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(bundled.as_slice()),
        &mut volume,
    )
    .unwrap();
    let mut volume = String::from_utf8(volume).unwrap();
    let (start, end) = (
        volume.find("<body").unwrap(),
        volume.find("</body>").unwrap() + "</body>".len(),
    );
    let documents = volume[volume[start..].find('>').unwrap() + start + 1..end - 7].to_owned();
    let mut more = String::new();
    for copy in 0..3 {
        more += &documents.replace("xml:id=\"", &format!("xml:id=\"c{copy}-"));
    }
    volume.insert_str(end - "</body>".len(), &more);
    let path = house.path("many.xml");
    std::fs::File::create(&path)
        .unwrap()
        .write_all(volume.as_bytes())
        .unwrap();

    let file = |more: &[&str]| {
        let fixed = [
            "file",
            path.to_str().unwrap(),
            "--marking",
            "Secret",
            "--json",
        ];
        house
            .command(&[&fixed, &WHY[..], more].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let readable =
        || house.run(&["list", "--limit", "1", "--json"]).ok().json()["readable"].clone();
    // Interrupted before the guard has said anything: as soon as this side heeds it.
    let filing = file(&[]);
    let status = format!("/proc/{}/status", filing.id());
    let heeds = |line: &str| {
        let mask = line.strip_prefix("SigCgt:").map(str::trim);
        mask.is_some_and(|m| u64::from_str_radix(m, 16).unwrap() & 0b10 != 0)
    };
    while !std::fs::read_to_string(&status).unwrap().lines().any(heeds) {}
    kill_process(Pid::from_child(&filing), Signal::INT).unwrap();
    let ended = Done::from(filing.wait_with_output().unwrap()).exits(130);
    let said = ended.json();
    assert_eq!(said["complete"], false);
    // What it says is what there is, and each is whole.
    let records = said["records"].as_array().unwrap();
    assert!(!records.is_empty() && records.len() < 4 * 229);
    assert_eq!(readable(), records.len());
    let exact = format!(
        "interrupted: {} of {} whole records are in",
        records.len(),
        4 * 229
    );
    assert!(ended.err.contains(&exact), "{}", ended.err);
    let last = records.last().unwrap()["record"].as_str().unwrap();
    let original = house.run(&["read", last, "--original"]).ok().out;
    assert!(original.starts_with("<div") && original.ends_with("</div>"));
    // The rest goes in as it says: nothing is missing, and nothing is in twice.
    let id = &ended.err.split_once("--request ").expect("how to go on").1[..26];
    let rest = Done::from(file(&["--request", id]).wait_with_output().unwrap()).ok();
    assert_eq!(rest.json()["resumed"], records.len());
    assert_eq!(readable(), 4 * 229);
    // What was given a lower marking than is printed on it is said, in JSON's case too.
    assert!(rest.err.contains("higher printed marking"), "{}", rest.err);
}

#[test]
fn a_broken_up_room_leaves_nothing_but_itself() {
    let house = House::founded();
    assert_eq!(names_in(&house.room()), ["house.key", "room.redb"]);
}
