//! Heads of the ledger, from the command line: proofs for other programs, and what this side keeps.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use strongroom_tlog::checkpoint::{
    LogPublicKeys, LogSigner, Origin, SignedCheckpoint, UnixSeconds,
};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::{ConsistencyProof, LeafHash, Tree};

use crate::house::{Done, House, names_in};

#[test]
fn proofs_are_printed_as_other_programs_read_them() {
    let house = House::open();
    let keys = LogPublicKeys::from_text(&house.run(&["ledger", "keys"]).ok().out).unwrap();
    let believed = |text: &str| {
        let signed = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
        signed.verify(&keys).unwrap()
    };
    let first = believed(&house.run(&["ledger", "checkpoint"]).ok().out);
    house.run(&["list"]).ok();
    let second = believed(&house.run(&["ledger", "checkpoint"]).ok().out);
    let sizes = [first.head().size(), second.head().size()].map(|s| s.to_string());
    assert_ne!(sizes[0], sizes[1]);

    let proof = house.run(&["ledger", "consistency", &sizes[0], &sizes[1]]);
    let proof = ConsistencyProof::from_text(&proof.ok().out).unwrap();
    proof.verify(first.head(), second.head()).unwrap();

    let proved = house.run(&["ledger", "prove", "3"]).ok().out;
    let receipt = Receipt::from_bytes(proved.as_bytes()).unwrap();
    assert_eq!(receipt.verify(&keys).unwrap().index.get(), 3);

    let listed = house.run(&["receipt", "--json"]).ok().json();
    let id = listed["receipts"][0]["id"].as_str().unwrap();
    for args in [
        &["receipt", "show", id, "--proof"][..],
        &["receipt", id, "--proof"],
    ] {
        let proof = house.run(args).ok().out;
        Receipt::from_bytes(proof.as_bytes())
            .unwrap()
            .verify(&keys)
            .unwrap();
    }
    let shown = house.run(&["receipt", "show", id]).ok().out;
    assert_eq!(
        shown.lines().next(),
        Some(format!("receipt   {id}").as_str())
    );

    house.run(&["ledger", "prove", "123456"]).exits(5);
    house.run(&["ledger", "consistency", "2", "1"]).exits(5);
    house.run(&["receipt", "--proof"]).exits(2);
}

/// Copies a folder with all that is in it, but for the socket.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The room as it is now, closed, to be put back later.
fn keep(house: &mut House, name: &str) {
    house.crash();
    copy(&house.room(), &house.path(name));
}

/// Puts the room back as it was.
pub(crate) fn put_back(house: &House, name: &str) {
    fs::remove_dir_all(house.room()).unwrap();
    copy(&house.path(name), &house.room());
    fs::set_permissions(house.room(), fs::Permissions::from_mode(0o700)).unwrap();
}

/// A room with an act that a copy of it from before lacks; its guard is closed.
pub(crate) fn acted_after(copy: &str) -> House {
    let mut house = House::open();
    house.run(&["list"]).ok();
    keep(&mut house, copy);
    house.open_guard();
    house.sign_in("founder").ok();
    house.run(&["list"]).ok();
    house.run(&["list"]).ok();
    house.run(&["close"]).ok();
    house.ended();
    house
}

#[test]
fn an_older_copy_of_the_whole_room_is_refused_by_who_has_seen_more() {
    let mut house = acted_after("older");
    put_back(&house, "older");
    house.open_guard();
    // Store, folder and socket are as they were, and agree with each other.
    house.run(&["status"]).ok();
    let refused = house.sign_in("founder").exits(3);
    assert!(refused.err.contains("an older copy"), "{}", refused.err);
    assert!(refused.err.contains("a client has seen"), "{}", refused.err);
    // That closed it for everyone.
    let status = house.run(&["status"]).exits(3);
    assert!(status.out.contains("an older copy"), "{}", status.out);

    // A copy that went on by another way, with other entries in the places of those that were seen.
    house.crash();
    put_back(&house, "older");
    house.open_guard();
    let kept = house.path("state");
    fs::rename(&kept, house.path("elsewhere")).unwrap();
    for _ in 0..3 {
        house.sign_in("founder").ok();
        house.run(&["list"]).ok();
    }
    fs::remove_dir_all(&kept).unwrap();
    fs::rename(house.path("elsewhere"), &kept).unwrap();
    let refused = house.run(&["list"]).exits(3);
    assert!(
        refused.err.contains("not the one that a client has seen"),
        "{}",
        refused.err
    );
}

/// What a check says of a room that does not contain a head.
#[track_caller]
fn lacks(done: Done, by: &str) {
    let done = done.exits(1);
    assert!(!done.out.contains("Sound"), "{}", done.out);
    for words in ["missing head of ", by, "an older copy of the room"] {
        assert!(done.out.contains(words), "{words:?}: {}", done.out);
    }
}

#[test]
fn a_check_names_the_head_that_an_older_copy_lacks() {
    let mut house = House::founded();
    let anchor = house.path("anchor");
    let anchored = ["--anchor", anchor.to_str().unwrap()];
    house.open_guard_with(&anchored);
    house.sign_in("founder").ok();
    keep(&mut house, "older");
    house.open_guard_with(&anchored);
    house.sign_in("founder").ok();
    house.run(&["list"]).ok();
    house.run(&["close"]).ok();
    house.ended();
    let sound = house.run(&["check", anchored[0], anchored[1]]).ok();
    assert!(sound.out.contains("Sound"), "{}", sound.out);
    copy(&house.room().join("ledger"), &house.path("newest"));

    // Store and folder agree with each other: this account knows better, and so does the anchor.
    put_back(&house, "older");
    lacks(house.run(&["check"]), "seen by this account");
    let kept = house.path("state");
    fs::rename(&kept, house.path("elsewhere")).unwrap();
    house.run(&["check"]).ok();
    lacks(
        house.run(&["check", anchored[0], anchored[1]]),
        "seen by the anchor",
    );
    // The store alone is older than its folder.
    fs::remove_dir_all(house.room().join("ledger")).unwrap();
    copy(&house.path("newest"), &house.room().join("ledger"));
    lacks(house.run(&["check"]), "seen by the ledger folder");
    // A folder that is not there is told of, and not made.
    fs::remove_dir_all(house.room().join("ledger")).unwrap();
    let said = house.run(&["check"]).ok();
    assert!(said.out.contains("nothing is published"), "{}", said.out);
    assert!(!house.room().join("ledger").exists());

    // While a guard runs it is the same: it does not know yet what this account has seen.
    house.open_guard();
    fs::rename(house.path("elsewhere"), &kept).unwrap();
    lacks(house.run(&["check"]), "seen by this account");
}

#[test]
fn an_older_copy_of_store_and_folder_is_refused_by_the_anchor() {
    let mut house = House::founded();
    let anchor = house.path("anchor");
    let anchored = ["open", "--anchor", anchor.to_str().unwrap()];
    house.open_guard_with(&anchored[1..]);
    house.sign_in("founder").ok();
    house.run(&["close"]).ok();
    house.ended();
    copy(&house.room(), &house.path("older"));
    house.open_guard_with(&anchored[1..]);
    house.sign_in("founder").ok();
    house.run(&["list"]).ok();
    house.run(&["close"]).ok();
    house.ended();
    let newest = house.path("newest");
    copy(&house.room().join("ledger"), &newest);

    put_back(&house, "older");
    let refused = house.run(&anchored).exits(3);
    assert!(refused.err.contains("an older copy"), "{}", refused.err);
    assert!(
        refused.err.contains("the anchor has seen"),
        "{}",
        refused.err
    );
    // Without the anchor, an older store under the newest folder is refused by that.
    fs::remove_file(&anchor).unwrap();
    fs::remove_dir_all(house.room().join("ledger")).unwrap();
    copy(&newest, &house.room().join("ledger"));
    let refused = house.run(&["open"]).exits(3);
    assert!(
        refused.err.contains("the ledger folder has seen"),
        "{}",
        refused.err
    );
}

#[test]
fn the_ledger_lies_in_a_folder_for_everyone_to_read() {
    let mut house = House::open();
    house.run(&["list"]).ok();
    let status = house.run(&["status"]).ok().out;
    assert!(status.contains("\nfolder   "), "{status}");
    for line in status.lines().skip(1) {
        let (label, said) = line.split_at(9);
        assert!(label.ends_with(' ') && !said.starts_with(' '), "{status}");
    }
    house.run(&["close"]).ok();
    house.ended();
    let ledger = house.room().join("ledger");
    assert_eq!(names_in(&ledger), ["checkpoint", "tile"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(
        (mode(&ledger), mode(&ledger.join("checkpoint"))),
        (0o755, 0o644)
    );
    let checkpoint = fs::read(ledger.join("checkpoint")).unwrap();
    SignedCheckpoint::from_bytes(&checkpoint).unwrap();
}

#[test]
fn a_head_is_kept_for_its_account_alone_and_a_changed_one_is_no_head() {
    let house = House::open();
    let heads = house.path("state").join("strongroom/heads");
    let kept: Vec<String> = names_in(&heads)
        .into_iter()
        .filter(|name| !name.contains('.'))
        .collect();
    let file = heads.join(&kept[0]);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((kept.len(), mode(&heads), mode(&file)), (1, 0o700, 0o600));
    let before = fs::read_to_string(&file).unwrap();
    house.run(&["list"]).ok();
    let after = fs::read_to_string(&file).unwrap();
    assert_ne!(before, after, "it follows the ledger");

    fs::write(&file, after.replacen("strongroom/", "strongroom/x", 1)).unwrap();
    let refused = house.run(&["list"]).exits(9);
    assert!(
        refused.err.contains("damaged or was altered"),
        "{}",
        refused.err
    );
    // Other keys, well-formed, and a head that they signed: this room's ledger is not that one.
    let room = house.room_id();
    fs::write(&file, strange_head(&format!("strongroom/{room}"))).unwrap();
    let refused = house.run(&["list"]).exits(10);
    let said = "not the room that this account saw";
    assert!(refused.err.contains(said), "{}", refused.err);
    fs::remove_file(&file).unwrap();
    house.run(&["list"]).ok();
}

/// A head of a log with keys of its own, as it would be kept.
fn strange_head(origin: &str) -> String {
    let origin = Origin::new(origin).unwrap();
    let mut signer = LogSigner::from_seeds(origin, &[1; 32], &[2; 32], None).unwrap();
    let mut tree = Tree::new();
    tree.append(LeafHash::of(b"an entry"));
    let head = tree.prove_head(signer.last_signed()).unwrap();
    let signed = signer.sign(&head, UnixSeconds::EPOCH).unwrap();
    format!("{}\n{signed}", signer.public_keys().to_text())
}

#[test]
fn a_head_that_is_gone_is_told_once() {
    let mut house = House::founded();
    house.open_guard();
    house.sign_in("founder").ok();
    assert_eq!(house.run(&["list"]).ok().err, "");
    let head = house.path("state/strongroom/heads").join(house.room_id());
    fs::remove_file(&head).unwrap();
    let said = house.run(&["list"]).ok().err;
    let path = head.display().to_string();
    assert_eq!(said.lines().count(), 1, "{said}");
    for words in ["has been here before", "older copy", &path] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(house.run(&["list"]).ok().err, "");
    assert!(head.exists());
    // Who forgot the room altogether sees it for the first time.
    fs::remove_dir_all(house.path("state/strongroom")).unwrap();
    let said = house.sign_in("founder").ok().err;
    assert!(!said.contains("has been here before"), "{said}");
}

#[test]
fn many_commands_at_once_keep_the_newest_head() {
    let house = House::open();
    let several: Vec<_> = (0..8)
        .map(|_| {
            let mut command: Command = house.command(&["list"]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in several {
        assert!(child.wait().unwrap().success());
    }
    house.run(&["list"]).ok();
}
