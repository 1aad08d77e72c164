//! The ledger's folder and the head file on the real disk.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use strongroom_tlog::checkpoint::MAX_NOTE_BYTES;
use strongroom_vault::folder::{FolderError, HEAD_FILE_BYTES_MAX, HeadFile, LedgerFolder};

/// A checkpoint as far as the folder looks at one: its second line is the size.
fn checkpoint(size: u64) -> Vec<u8> {
    format!("strongroom/test\n{size}\nroot\n").into_bytes()
}

fn file(path: &str) -> (String, Vec<u8>) {
    (path.to_owned(), path.as_bytes().to_vec())
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("ledger");
    (folder, place)
}

/// All files below a folder, in order.
fn files(place: &Path) -> Vec<String> {
    fn walk(place: &Path, below: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(place, &path, found);
            } else {
                let path = path.strip_prefix(place).unwrap();
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(place, place, &mut found);
    found.sort();
    found
}

#[test]
fn what_was_published_is_there_for_everyone_to_read() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    assert_eq!(ledger.published().unwrap(), None);
    let paths = ["tile/0/000.p/3", "tile/entries/000.p/3"];
    ledger
        .publish(None, paths.map(file), &checkpoint(3))
        .unwrap();
    assert_eq!(ledger.published().unwrap(), Some(checkpoint(3)));
    for path in paths {
        assert_eq!(
            ledger.read(path, 100).unwrap(),
            Some(path.as_bytes().to_vec())
        );
    }
    assert_eq!(ledger.read("tile/0/001", 100).unwrap(), None);
    assert_eq!(ledger.read("tile/9/x001/001", 100).unwrap(), None);
    let mode = |path: &str| place.join(path).metadata().unwrap().permissions().mode() & 0o7777;
    for folder in ["", "tile", "tile/0", "tile/0/000.p"] {
        assert_eq!(mode(folder), 0o755, "{folder}");
    }
    for file in ["checkpoint", "tile/0/000.p/3"] {
        assert_eq!(mode(file), 0o644, "{file}");
    }
    assert_eq!(
        files(&place),
        ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"]
    );

    let again = LedgerFolder::open(&place).unwrap();
    assert_eq!(again.published().unwrap(), Some(checkpoint(3)));
}

#[test]
fn a_publication_goes_on_only_from_what_is_there() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    let one = checkpoint(1);
    ledger
        .publish(None, [file("tile/0/000.p/1")], &one)
        .unwrap();
    let refused = |base: Option<&[u8]>| {
        let refused = ledger.publish(base, [file("tile/0/000.p/2")], &checkpoint(2));
        assert!(
            matches!(refused, Err(FolderError::Changed { .. })),
            "{refused:?}"
        );
        assert!(!place.join("tile/0/000.p/2").exists());
    };
    refused(None);
    refused(Some(&checkpoint(7)));
    fs::remove_dir_all(place.join("tile")).unwrap();
    fs::remove_file(place.join("checkpoint")).unwrap();
    refused(Some(&one));
    // Emptied, it is filled again from nothing.
    let all = ["tile/0/000.p/1", "tile/0/000.p/2"].map(file);
    ledger.publish(None, all, &checkpoint(2)).unwrap();
    assert_eq!(ledger.published().unwrap(), Some(checkpoint(2)));
}

#[test]
fn a_folder_that_was_deleted_or_moved_away_is_noticed_and_made_anew() {
    let (folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    let one = checkpoint(1);
    for (n, away) in ["moved", "deleted"].into_iter().enumerate() {
        ledger
            .publish(None, [file("tile/0/000.p/1")], &one)
            .unwrap();
        let moved = folder.path().join(format!("away-{n}"));
        fs::rename(&place, &moved).unwrap();
        if away == "deleted" {
            fs::remove_dir_all(&moved).unwrap();
        }
        let refused = ledger.publish(Some(&one), [file("tile/0/000.p/2")], &checkpoint(2));
        assert!(
            matches!(refused, Err(FolderError::Changed { .. })),
            "{refused:?}"
        );
        assert!(files(&place).is_empty(), "{away}: made anew");
    }
}

#[test]
fn partial_tiles_stay_until_the_full_one_was_published_and_another_after_it() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    let partial = ["tile/0/000.p/7", "tile/0/000.p/9", "tile/entries/000.p/9"];
    ledger
        .publish(None, partial.map(file), &checkpoint(9))
        .unwrap();
    let full = ["tile/0/000", "tile/entries/000", "tile/1/000.p/1"];
    ledger
        .publish(Some(&checkpoint(9)), full.map(file), &checkpoint(256))
        .unwrap();
    assert!(place.join("tile/0/000.p/9").exists());
    let next = ["tile/0/001.p/1", "tile/entries/001.p/1"];
    ledger
        .publish(Some(&checkpoint(256)), next.map(file), &checkpoint(257))
        .unwrap();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
    ];
    assert_eq!(files(&place), expected);
    // The folder of the next tile has a name that was once another's.
    let again = [file("tile/0/000.p/5")];
    ledger
        .publish(Some(&checkpoint(257)), again, &checkpoint(257))
        .unwrap();
}

#[test]
fn tidying_removes_what_no_checkpoint_needs_and_nothing_else() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    // The full tile 001 lies there, as after a crash, but no checkpoint has it yet.
    let all = [
        "tile/0/000",
        "tile/0/000.p/9",
        "tile/0/001",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000.p/9",
    ];
    ledger
        .publish(None, all.map(file), &checkpoint(260))
        .unwrap();
    let ledger = LedgerFolder::open(&place).unwrap();
    ledger.tidy().unwrap();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        // No full bundle took its place: damage, for others to find and repair.
        "tile/entries/000.p/9",
    ];
    assert_eq!(files(&place), expected);
}

#[test]
fn clearing_takes_the_log_out_and_leaves_the_folder() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    let all = ["tile/0/000", "tile/entries/x001/000.p/9"];
    ledger.publish(None, all.map(file), &checkpoint(3)).unwrap();
    ledger.clear().unwrap();
    assert!(files(&place).is_empty());
    ledger.publish(None, all.map(file), &checkpoint(4)).unwrap();
    assert_eq!(files(&place).len(), 3);
}

#[test]
fn links_are_refused_wherever_they_stand() {
    let (folder, place) = place();
    let outside = folder.path().join("outside");
    fs::create_dir_all(outside.join("0")).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    let ledger = LedgerFolder::open(&place).unwrap();

    symlink(&outside, place.join("tile")).unwrap();
    let refused = ledger.publish(None, [file("tile/0/000")], &checkpoint(256));
    assert!(
        matches!(refused, Err(FolderError::Foreign { .. })),
        "{refused:?}"
    );
    assert!(ledger.read("tile/secret", 100).is_err());
    assert_eq!(fs::read_dir(outside.join("0")).unwrap().count(), 0);
    fs::remove_file(place.join("tile")).unwrap();

    symlink(outside.join("secret"), place.join("checkpoint")).unwrap();
    let refused = ledger.published();
    assert!(
        matches!(refused, Err(FolderError::Foreign { .. })),
        "{refused:?}"
    );
    fs::remove_file(place.join("checkpoint")).unwrap();

    // A link where the unfinished file lies is removed, not written through.
    symlink(outside.join("secret"), place.join(".unfinished")).unwrap();
    ledger
        .publish(None, [file("tile/0/000")], &checkpoint(256))
        .unwrap();
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");

    // Clearing removes a link, and nothing behind it.
    symlink(&outside, place.join("tile/link")).unwrap();
    ledger.clear().unwrap();
    assert!(outside.join("secret").exists() && !place.join("tile").exists());
}

#[test]
fn paths_that_lead_elsewhere_are_refused_before_anything_is_written() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    for path in [
        "../outside",
        "/etc/passwd",
        ".unfinished",
        "tile/../../x",
        "",
    ] {
        let refused = ledger.publish(None, [file(path)], &checkpoint(1));
        assert!(matches!(refused, Err(FolderError::Name { .. })), "{path}");
        assert!(ledger.read(path, 10).is_err());
    }
    assert_eq!(ledger.published().unwrap(), None);
}

#[test]
fn what_is_too_large_is_not_read() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    ledger
        .publish(None, [file("tile/0/000")], &checkpoint(256))
        .unwrap();
    assert!(ledger.read("tile/0/000", 10).unwrap().is_some());
    let refused = ledger.read("tile/0/000", 9).unwrap_err();
    assert!(
        matches!(refused, FolderError::TooLarge { limit: 9, .. }),
        "{refused}"
    );
    // A checkpoint may be as long as a signed note, here as everywhere, and no longer.
    let mut longest = checkpoint(256);
    longest.resize(MAX_NOTE_BYTES, b'x');
    ledger
        .publish(Some(&checkpoint(256)), [], &longest)
        .unwrap();
    assert_eq!(ledger.published().unwrap().as_ref(), Some(&longest));
    let longer = [longest.as_slice(), b"x"].concat();
    for (written, base) in [(false, longest.as_slice()), (true, &longer)] {
        if written {
            fs::write(place.join("checkpoint"), &longer).unwrap();
            assert!(matches!(
                ledger.published(),
                Err(FolderError::TooLarge { .. })
            ));
        }
        let refused = ledger.publish(Some(base), [file("tile/0/001")], &longer);
        assert!(matches!(refused, Err(FolderError::TooLarge { .. })));
        assert_eq!(ledger.read("tile/0/001", 100).unwrap(), None);
    }
}

#[test]
fn a_head_file_is_replaced_as_a_whole_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.head");
    let head = HeadFile::open(&path).unwrap();
    assert_eq!(head.read().unwrap(), None);
    for bytes in [b"one".as_slice(), b"", b"three"] {
        head.replace(bytes).unwrap();
        assert_eq!(head.read().unwrap().as_deref(), Some(bytes));
        assert_eq!(
            HeadFile::open(&path).unwrap().read().unwrap().as_deref(),
            Some(bytes)
        );
    }
    assert_eq!(
        path.metadata().unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert_eq!(files(folder.path()), ["room.head"]);

    let large = vec![0; HEAD_FILE_BYTES_MAX + 1];
    assert!(matches!(
        head.replace(&large),
        Err(FolderError::TooLarge { .. })
    ));
    head.replace(&large[1..]).unwrap();
    fs::write(&path, &large).unwrap();
    assert!(matches!(head.read(), Err(FolderError::TooLarge { .. })));
}

#[test]
fn a_head_file_where_there_is_no_folder_or_no_plain_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = HeadFile::open(folder.path().join("no/head")).unwrap_err();
    assert!(matches!(missing, FolderError::Missing { .. }), "{missing}");
    assert!(HeadFile::open("/").is_err() && HeadFile::open("..").is_err());
    fs::create_dir(folder.path().join("taken")).unwrap();
    let taken = HeadFile::open(folder.path().join("taken")).unwrap();
    assert!(matches!(taken.read(), Err(FolderError::Foreign { .. })));
    assert!(matches!(
        taken.replace(b"head"),
        Err(FolderError::Foreign { .. })
    ));

    // The disk that it lay on is taken away, and comes back.
    let place = folder.path().join("stick");
    fs::create_dir(&place).unwrap();
    let head = HeadFile::open(place.join("head")).unwrap();
    head.replace(b"one").unwrap();
    fs::rename(&place, folder.path().join("away")).unwrap();
    assert!(matches!(
        head.replace(b"two"),
        Err(FolderError::Missing { .. })
    ));
    assert!(matches!(head.read(), Err(FolderError::Missing { .. })));
    fs::rename(folder.path().join("away"), &place).unwrap();
    assert_eq!(head.read().unwrap().as_deref(), Some(b"one".as_slice()));
}

/// What is remembered from one publication to the next does not outlive what it was remembered of.
#[test]
fn a_folder_that_somebody_emptied_is_filled_again() {
    let (_folder, place) = place();
    let ledger = LedgerFolder::open(&place).unwrap();
    let first = ["tile/0/000.p/3", "tile/entries/000.p/3"];
    let publish = |base: Option<Vec<u8>>| {
        let base = base.as_deref();
        ledger.publish(base, first.map(file), &checkpoint(3))
    };
    publish(None).unwrap();
    // All of it: there is no checkpoint to go on from.
    fs::remove_file(place.join("checkpoint")).unwrap();
    fs::remove_dir_all(place.join("tile")).unwrap();
    publish(None).unwrap();
    // The tiles alone: that shows when they are written, and then it goes on.
    fs::remove_dir_all(place.join("tile")).unwrap();
    publish(Some(checkpoint(3))).unwrap_err();
    publish(Some(checkpoint(3))).unwrap();
    assert_eq!(
        files(&place),
        ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"]
    );
}
