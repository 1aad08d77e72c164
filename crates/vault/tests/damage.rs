//! Bytes changed on the disk: an error or an unharmed store, never a panic, never an endless wait.

use std::sync::LazyLock;

use proptest::prelude::*;
use strongroom_vault::testing::FaultDisk;
use strongroom_vault::{Commit, Entry, Key, Vault, VaultError};

/// A store with rows of all sizes, closed in order or not.
fn image(closed: bool) -> Vec<u8> {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    for n in 0..40u8 {
        let mut commit = Commit::new();
        let size = [3, 300, 4000, 20_000][usize::from(n % 4)];
        commit.put(Key::new(n % 3, [n; 16], 0), vec![n; size]);
        commit.delete(Key::new((n + 1) % 3, [n / 2; 16], 0));
        commit.entry([n; 33], [n; 16]);
        vault.submit(commit).wait().unwrap();
    }
    if closed {
        vault.close().unwrap();
    }
    disk.image()
}

/// What a store held when it was opened.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    rows: Vec<(Key, Vec<u8>)>,
    entries: Vec<Entry>,
}

/// Opens the image, reads everything, writes, closes: whatever is wrong must come as an error.
fn use_everything(image: Vec<u8>) -> Result<Held, VaultError> {
    let vault = Vault::with_backend(FaultDisk::from_image(image))?;
    let snapshot = vault.snapshot()?;
    let mut rows = Vec::new();
    for kind in 0..3 {
        for row in snapshot.scan(kind)? {
            rows.push(row?);
        }
    }
    let entries = snapshot.entries(0, usize::MAX)?;
    drop(snapshot);
    let mut commit = Commit::new();
    commit.put(Key::new(0, [9; 16], 0), vec![1; 5000]);
    for n in 0..40 {
        commit.delete(Key::new(n % 3, [n; 16], 0));
    }
    commit.entry([0; 33], [0; 16]);
    let position = vault.submit(commit).wait()?;
    assert_eq!(position.first, entries.len() as u64);
    vault.close()?;
    Ok(Held { rows, entries })
}

/// Checks that nothing wrong is passed off as right: what opens holds exactly what was stored, and
/// what does not says why.
///
/// One change of the header cannot be seen from inside: the bit that says which of the two roots is
/// in force. The store is then as it was one commit earlier, whole, and only heads kept elsewhere
/// show it.
fn check(closed: bool, in_header: bool, result: &Result<Held, VaultError>) {
    static SOUND: LazyLock<[Held; 2]> =
        LazyLock::new(|| [false, true].map(|closed| use_everything(image(closed)).unwrap()));
    let sound = &SOUND[usize::from(closed)];
    match result {
        Ok(held) if held == sound => {}
        Ok(held) => {
            assert!(in_header, "a change was not noticed");
            assert_eq!(held.entries.len() + 1, sound.entries.len());
            assert_eq!(held.entries, sound.entries[..held.entries.len()]);
        }
        Err(error) => {
            assert!(matches!(
                error.cause(),
                VaultError::Damaged { .. }
                    | VaultError::Foreign { .. }
                    | VaultError::Newer { .. }
                    | VaultError::Io { .. }
            ));
            // A panic of redb was caught: then the file was not verified before it was believed.
            assert!(!error.to_string().contains("gave up"), "{error}");
        }
    }
}

#[test]
fn a_sound_image_is_sound() {
    for closed in [true, false] {
        let held = use_everything(image(closed)).unwrap();
        assert_eq!(held.entries.len(), 40);
        check(closed, false, &Ok(held));
    }
}

/// Cut at the bound of a page, a file whose last pages are free still holds everything; that it holds
/// exactly that is checked.
#[test]
fn every_truncation_that_loses_anything_is_an_error() {
    for closed in [true, false] {
        let image = image(closed);
        let bounds = (0..image.len()).step_by(4096);
        let lengths = bounds.flat_map(|at| [at, at + 1, at + 511]);
        for length in (1..400).chain(lengths.filter(|l| *l > 0 && *l < image.len())) {
            let cut = image[..length].to_vec();
            let result = use_everything(cut);
            let free = length % 4096 == 0 && image.len() - length <= 2 * 4096;
            assert!(
                result.is_err() || free,
                "cut to {length} of {} bytes",
                image.len()
            );
            check(closed, false, &result);
        }
    }
}

#[test]
fn every_changed_byte_of_the_header_is_survived() {
    for closed in [true, false] {
        let image = image(closed);
        for at in 0..512 {
            for mask in [0x01, 0x80, 0xff] {
                let mut damaged = image.clone();
                damaged[at] ^= mask;
                check(closed, true, &use_everything(damaged));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_anywhere_are_survived(
        closed in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..5),
        structural in any::<bool>(),
    ) {
        let mut damaged = image(closed);
        let mut in_header = false;
        // Half of the changes go where pages begin, with their types, counts and offsets.
        for (at, mask) in changes {
            let mut at = at.index(damaged.len());
            if structural {
                at = at / 4096 * 4096 + at % 64;
            }
            damaged[at] ^= mask;
            in_header |= at < 512;
        }
        check(closed, in_header, &use_everything(damaged));
    }

    #[test]
    fn what_was_never_a_store_is_refused(bytes in proptest::collection::vec(any::<u8>(), 1..5000), magic in any::<bool>()) {
        let mut bytes = bytes;
        if magic {
            bytes.splice(0..0, *b"redb\x1a\x0a\xa9\x0d\x0a");
        }
        let result = use_everything(bytes);
        prop_assert!(result.is_err());
        check(true, false, &result);
    }
}
