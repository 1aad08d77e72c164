//! Keys that are lost and come back: with key holders, with a recovery sheet, with opening shares.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdout, Stdio};

use crate::house::{Done, House, WHY};

/// A policy with few atoms: their keys are soon made.
pub(crate) const POLICY: &str = r#"
name = "small"
handling = []
[passphrase]
words = 6
[terms]
challenge_days = 60
appeal_days = 90
[[level]]
name = "Open"
rank = 1
portion = "O"
[[level]]
name = "Secret"
rank = 5
portion = "S"
[[category]]
name = "Caption"
kind = "restrictive"
values = [{ name = "Nodis" }]
[[reason]]
code = "practice"
description = "Standing practice."
"#;

const WORDS: &str = "The harbour is dredged in May.";

impl House {
    fn holder(&self, name: &str) {
        let passphrase = self.passphrase(name);
        self.run(&["key-holder", "new", name, "--passphrase-file", &passphrase])
            .ok();
    }
    /// A room with three key holders of whom two are needed, and a record in it.
    fn with_holders(more: &[&str]) -> Self {
        let house = Self::empty();
        let policy = house.write("policy.toml", POLICY);
        for name in ["ada", "bo", "cyd"] {
            house.holder(name);
        }
        let passphrase = house.passphrase("founder");
        let fixed = [
            "init",
            "--policy",
            &policy,
            "--passphrase-file",
            &passphrase,
        ];
        let cards = [
            "--key-holder",
            "ada.card",
            "bo.card",
            "cyd.card",
            "--quorum",
            "2",
        ];
        house.run(&[&fixed, &cards[..], more].concat()).ok();
        house
    }
    fn file_a_note(&self) {
        let note = self.write("note.txt", format!("Harbour works\n\n{WORDS}\n"));
        let file = ["file", &note, "--marking", "Secret"];
        self.as_("founder", &[&file, &WHY[..]].concat()).ok();
    }
    fn reads(&self, name: &str) -> bool {
        let listed = self.listed(name);
        listed.iter().any(|row| {
            let id = row["id"].as_str().unwrap();
            self.as_(name, &["read", id]).ok().out.contains(WORDS)
        })
    }
    /// A key holder's command.
    fn by(&self, holder: &str, args: &[&str]) -> Done {
        let private = format!("{holder}.key");
        let passphrase = self.passphrase(holder);
        let mine = ["--private", &private, "--passphrase-file", &passphrase];
        self.run(&[args, &mine].concat())
    }
    fn gives(&self, holder: &str) -> Done {
        self.by(holder, &["key-holder", "give", "--yes"])
    }
    /// Begins to open the room, with the first line that it prints.
    fn opening(&self, options: &[&str]) -> (Child, BufReader<ChildStdout>, String) {
        let mut guard = self
            .command(&[&["open"], options].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(guard.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (guard, out, line)
    }
}

fn next(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    line
}

/// Ends a guard that a test opened by itself.
fn end(house: &House, mut guard: Child) {
    house.as_("founder", &["close"]).ok();
    assert!(guard.wait().unwrap().success());
}

#[test]
fn a_founder_who_lost_the_passphrase_reads_again_and_any_two_of_three_suffice() {
    let mut house = House::with_holders(&[]);
    house.open_guard();
    house.sign_in("founder").ok();
    house.file_a_note();
    // The passphrase is lost, and so is bo's file.
    fs::remove_file(house.passphrase("founder")).unwrap();
    fs::remove_file(house.path("bo.key")).unwrap();
    house.run(&["sign-out"]).ok();

    let asked = house
        .by("ada", &["recover", "person", "founder", "--json"])
        .ok()
        .json();
    let code = asked["code"].as_str().unwrap().to_owned();
    let waits = house.by("cyd", &["key-holder", "requests"]).ok().out;
    assert!(waits.contains("nothing can be given yet"), "{waits}");
    house.gives("cyd").exits(7);
    let passphrase = house.passphrase("founder");
    let joined = house
        .run(&["join", &code, "--passphrase-file", &passphrase])
        .ok();
    assert!(joined.out.contains("each key holder"), "{}", joined.out);
    let fingerprint = joined
        .out
        .lines()
        .find(|l| l.trim().len() == 29 && l.contains('-'))
        .unwrap()
        .trim()
        .to_owned();
    let asked = house.by("cyd", &["key-holder", "requests"]).ok().out;
    assert!(
        asked.contains(&fingerprint) && asked.contains("asked by ada"),
        "{asked}"
    );
    // Without a yes nothing is given.
    house.by("cyd", &["key-holder", "give"]).exits(7);
    house.sign_in("founder").exits(4);
    assert!(house.gives("cyd").ok().out.contains("1 of 2"));
    assert!(
        house
            .gives("ada")
            .ok()
            .out
            .contains("founder has the new keys")
    );
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let signed = house.sign_in("founder").ok().out;
    assert!(signed.contains("gave you back"), "{signed}");
    assert!(house.reads("founder"));
    house.as_("founder", &["ledger", "check"]).ok();
}

#[test]
fn a_recovery_sheet_gives_back_what_a_lost_passphrase_held() {
    let mut house = House::empty();
    let policy = house.write("policy.toml", POLICY);
    let passphrase = house.passphrase("founder");
    let sheet = house.path("sheet").to_str().unwrap().to_owned();
    let init = [
        "init",
        "--policy",
        &policy,
        "--passphrase-file",
        &passphrase,
    ];
    house
        .run(&[&init[..], &["--recovery-sheet", &sheet]].concat())
        .ok();
    house.open_guard();
    house.sign_in("founder").ok();
    house.file_a_note();
    house.run(&["sign-out"]).ok();
    fs::remove_file(&passphrase).unwrap();
    let with_sheet = |args: &[&str]| house.run(&[args, &["--recovery-sheet", &sheet]].concat());
    let asked = with_sheet(&["recover", "person", "founder", "--json"])
        .ok()
        .json();
    let code = asked["code"].as_str().unwrap().to_owned();
    house
        .run(&["join", &code, "--passphrase-file", &passphrase])
        .ok();
    with_sheet(&["key-holder", "give", "--yes"]).ok();
    house.sign_in("founder").ok();
    assert!(house.reads("founder"));
    // A sheet with a letter wrong is told from one of another room.
    let text = fs::read_to_string(&sheet).unwrap();
    let at = text.rfind(|c: char| c.is_ascii_alphanumeric()).unwrap();
    let mut mistyped = text.clone();
    mistyped.replace_range(at..=at, if &text[at..=at] == "a" { "b" } else { "a" });
    let mistyped = house.write_private("mistyped", &mistyped);
    let rehearse = ["key-holder", "rehearse", "--recovery-sheet"];
    assert!(
        house
            .run(&[&rehearse[..], &[&mistyped]].concat())
            .exits(1)
            .err
            .contains("sheet")
    );
    with_sheet(&["key-holder", "rehearse"]).ok();
}

#[test]
fn an_atom_is_given_to_someone_by_key_holders_here_and_by_files() {
    let mut house = House::with_holders(&["--first-holder", "none"]);
    house.open_guard();
    house.sign_in("founder").ok();
    house.file_a_note();
    assert!(house.listed("founder").is_empty());
    let asked = house
        .as_(
            "founder",
            &["recover", "atom", "Secret", "--for", "founder", "--json"],
        )
        .ok()
        .json();
    let recovery = asked["recovery"].as_str().unwrap().to_owned();
    house.as_("founder", &["atom", "turn", "Secret"]).exits(7);
    assert!(house.gives("ada").ok().out.contains("1 of 2"));
    let listed = house.as_("founder", &["recover", "list"]).ok().out;
    assert!(
        listed.contains("Secret for founder") && listed.contains("1 of 2"),
        "{listed}"
    );
    // Bo is elsewhere.
    let ask = ["recover", "request", &recovery, "bo", "--to", "bo.request"];
    house.as_("founder", &ask).ok();
    let files = ["--request", "bo.request", "--answer", "bo.answer"];
    house
        .by(
            "bo",
            &[&["key-holder", "give", "--yes"], &files[..]].concat(),
        )
        .ok();
    // Nobody else's.
    let others = [
        "key-holder",
        "give",
        "--yes",
        "--request",
        "bo.request",
        "--answer",
        "x",
    ];
    house.by("cyd", &others).exits(1);
    let brought = house.run(&["key-holder", "deliver", "bo.answer"]).ok().out;
    assert!(brought.contains("founder holds it"), "{brought}");
    assert!(house.reads("founder"));
    house.run(&["key-holder", "deliver", "bo.answer"]).exits(5);
    house.as_("founder", &["atom", "turn", "Secret"]).ok();
    assert!(house.reads("founder"));
}

#[test]
fn a_rehearsal_shows_in_the_status_and_a_key_holder_is_replaced() {
    let mut house = House::with_holders(&[]);
    house.open_guard();
    house.sign_in("founder").ok();
    house.file_a_note();
    let said = house.by("ada", &["key-holder", "rehearse"]).ok().out;
    // Three atoms, the inspectors', the quorum's, and the house key.
    assert!(said.contains("6 of 6"), "{said}");
    let status = house.as_("founder", &["recover", "status"]).ok().out;
    assert_eq!(status.matches("never rehearsed").count(), 2, "{status}");
    house.holder("eve");
    house.by("eve", &["key-holder", "requests"]).exits(4);
    let before = fs::read_to_string(house.room().join("house.recovery")).unwrap();
    let replace = ["recover", "key-holder", "bo", "--new", "eve.card"];
    house.as_("founder", &replace).ok();
    house.gives("ada").ok();
    let done = house.gives("cyd").ok().out;
    assert!(done.contains("split among the new key holders"), "{done}");
    house.by("bo", &["key-holder", "rehearse"]).exits(4);
    assert!(
        house
            .by("eve", &["key-holder", "rehearse"])
            .ok()
            .out
            .contains("6 of 6")
    );
    let status = house.as_("founder", &["recover", "status"]).ok().out;
    assert!(
        status.contains("eve") && !status.contains("bo "),
        "{status}"
    );
    house.as_("founder", &["close"]).ok();
    house.ended();
    let after = fs::read_to_string(house.room().join("house.recovery")).unwrap();
    assert!(before != after && after.contains("eve") && !after.contains(" bo"));
}

#[test]
fn a_house_key_that_is_lost_comes_back_from_the_key_holders() {
    let mut house = House::with_holders(&[]);
    house.open_guard();
    house.sign_in("founder").ok();
    house.file_a_note();
    house.as_("founder", &["close"]).ok();
    house.ended();
    let key = house.room().join("house.key");
    let kept = fs::read_to_string(&key).unwrap();
    let refused = house.run(&["recover", "room"]).exits(7);
    assert!(
        refused.err.contains("nothing is to be recovered"),
        "{}",
        refused.err
    );
    fs::remove_file(&key).unwrap();
    assert!(house.run(&["open"]).exits(9).err.contains("recover room"));

    let (guard, mut out, line) = house.opening(&["--recover-house-key"]);
    assert!(
        line.starts_with("waiting for recovery shares: 0 of 2 given"),
        "{line}"
    );
    let status = house.run(&["status"]).exits(3);
    assert!(
        status
            .out
            .starts_with("waiting: waiting for recovery shares"),
        "{}",
        status.out
    );
    let passphrase = house.passphrase("founder");
    let early = ["sign-in", "founder", "--passphrase-file", &passphrase];
    let early = house.run(&early).exits(3).err;
    assert!(early.contains("waiting for recovery shares"), "{early}");
    house.holder("mallory");
    house.gives("mallory").exits(5);
    assert!(house.gives("ada").ok().out.contains("1 of 2"));
    assert!(house.run(&["status"]).exits(3).out.contains("1 of 2 given"));
    house.gives("ada").exits(5);
    // Cyd is elsewhere.
    let id = house
        .by("cyd", &["key-holder", "requests", "--json"])
        .ok()
        .json();
    assert_eq!(id["requests"][0]["given"], false);
    let card = fs::read_to_string(house.path("cyd.card")).unwrap();
    let id = card.lines().find_map(|l| l.strip_prefix("# id: ")).unwrap();
    house
        .run(&["recover", "request", "open", id, "--to", "cyd.request"])
        .ok();
    let files = ["--request", "cyd.request", "--answer", "cyd.answer"];
    house
        .by(
            "cyd",
            &[&["key-holder", "give", "--yes"], &files[..]].concat(),
        )
        .ok();
    house.run(&["key-holder", "deliver", "cyd.answer"]).ok();
    assert!(next(&mut out).starts_with("open: the room "));
    assert_eq!(fs::read_to_string(&key).unwrap(), kept);
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    house.sign_in("founder").ok();
    assert!(house.reads("founder"));
    end(&house, guard);
    // What was given opens nothing the next time.
    fs::remove_file(&key).unwrap();
    let (mut guard, _out, _) = house.opening(&["--recover-house-key"]);
    let stale = house.run(&["key-holder", "deliver", "cyd.answer"]).exits(7);
    assert!(
        stale
            .err
            .contains("another room, another purpose or an earlier request"),
        "{}",
        stale.err
    );
    guard.kill().unwrap();
    guard.wait().unwrap();
    assert!(!key.exists());
}

#[test]
fn a_room_without_a_key_file_is_opened_by_several_each_time() {
    let house = House::empty();
    for name in ["olga", "oleg", "otto"] {
        house.holder(name);
    }
    let policy = house.write("policy.toml", POLICY);
    house.holder("ada");
    let passphrase = house.passphrase("founder");
    let init = [
        "init",
        "--policy",
        &policy,
        "--passphrase-file",
        &passphrase,
    ];
    let holders = ["--key-holder", "ada.card", "--quorum", "1"];
    let openers = [
        "--opener",
        "olga.card",
        "oleg.card",
        "otto.card",
        "--opening-quorum",
        "2",
    ];
    let twice = ["--opener", "ada.card", "--opening-quorum", "1"];
    house.run(&[&init[..], &holders, &twice].concat()).exits(2);
    let said = house
        .run(&[&init[..], &holders, &openers].concat())
        .ok()
        .out;
    assert!(
        said.contains("No key file opens the room: 2 of its 3 openers do"),
        "{said}"
    );
    assert!(!house.room().join("house.key").exists());
    for pair in [["olga", "otto"], ["oleg", "olga"]] {
        let (guard, mut out, line) = house.opening(&[]);
        assert!(
            line.starts_with("waiting for opening shares: 0 of 2 given"),
            "{line}"
        );
        // A key holder's shares are another secret.
        house.gives("ada").exits(5);
        for name in pair {
            house.gives(name).ok();
        }
        assert!(next(&mut out).starts_with("open: the room "));
        assert!(!house.room().join("house.key").exists());
        house.sign_in("founder").ok();
        end(&house, guard);
    }
    // No way leads around the openers: neither does what is said, nor what key holders do.
    let done = house.run(&["check"]).exits(9);
    let sent = done.err.contains("its openers do") && !done.err.contains("recover room");
    assert!(sent, "{}", done.err);
    let mut guard = house
        .command(&["recover", "room"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(guard.stderr.take().unwrap());
    let mut said = String::new();
    err.read_line(&mut said).unwrap();
    assert!(said.contains("no key file is written"), "{said}");
    let mut out = BufReader::new(guard.stdout.take().unwrap());
    assert!(next(&mut out).starts_with("waiting for recovery shares: 0 of 1 given"));
    house.gives("ada").ok();
    assert!(next(&mut out).starts_with("open: the room "));
    assert!(!house.room().join("house.key").exists());
    house.sign_in("founder").ok();
    end(&house, guard);
    // The process can be told to end while it waits.
    let (mut guard, _out, line) = house.opening(&[]);
    assert!(line.starts_with("waiting for opening shares: 0 of 2 given"));
    house.gives("olga").ok();
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&guard),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    assert_eq!(guard.wait().unwrap().code(), Some(3));
}
