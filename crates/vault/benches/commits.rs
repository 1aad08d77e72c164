//! What commits cost, each figure beside the disk's own limit, measured in the same run.
//!
//! `cargo bench -p strongroom-vault`. Files lie in the target folder, so that they are on a disk
//! and not in memory; `VAULT_BENCH_DIR` names another folder (one in memory shows what the disk
//! does not account for).

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::{CHUNK_BYTES, Commit, Key, Vault};

/// How long each rate is measured.
const MEASURED: Duration = Duration::from_secs(3);
const THREADS: u8 = 32;
const BULK_BYTES: usize = 64 << 20;
/// How much is restored, walked and opened.
const LARGE_BYTES: usize = 512 << 20;
/// The rows of the store that stands for a room in use.
const ROWS_IN_USE: u64 = 300_000;

fn main() {
    let parent = std::env::var("VAULT_BENCH_DIR");
    let parent = parent.as_deref().unwrap_or(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::tempdir_in(parent).expect("a folder to measure in");
    let folder = folder.path();
    println!(
        "{:<78} {:>10} {:>10} {:>10}",
        "", "a second", "p50 ms", "p99 ms"
    );
    append_and_sync(folder);
    redb_settings(folder);
    one_by_one(folder);
    many_sessions(folder);
    bulk(folder);
    in_use(folder);
    large(folder);
    outside(folder);
}

/// Calls `act` over and over, and prints how often it went and how long each call took.
fn rate(what: &str, mut act: impl FnMut(u64)) {
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < MEASURED {
        let before = Instant::now();
        act(times.len() as u64);
        times.push(before.elapsed());
    }
    print_rate(what, begun.elapsed(), times);
}

fn print_rate(what: &str, whole: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    let rate = times.len() as f64 / whole.as_secs_f64();
    println!("{what:<78} {rate:>10.0} {:>10.3} {:>10.3}", at(50), at(99));
}

fn append_and_sync(folder: &Path) {
    let mut file = File::create(folder.join("raw")).unwrap();
    rate("limit: append 4 KiB, fdatasync", |_| {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    });
}

fn redb_settings(folder: &Path) {
    const TABLE: TableDefinition<&[u8; 25], &[u8]> = TableDefinition::new("rows");
    type Setting = fn(&mut redb::WriteTransaction);
    let settings: [(&str, Setting); 3] = [
        ("one phase", |_| {}),
        ("two phases (ours)", |t| t.set_two_phase_commit(true)),
        ("two phases and quick repair", |t| t.set_quick_repair(true)),
    ];
    for rows in [0, ROWS_IN_USE] {
        for (n, (name, set)) in settings.into_iter().enumerate() {
            let database = Database::create(folder.join(format!("redb-{rows}-{n}"))).unwrap();
            let filling = database.begin_write().unwrap();
            let mut table = filling.open_table(TABLE).unwrap();
            for n in 0..rows {
                table
                    .insert(&key(n).to_bytes(), [1; 300].as_slice())
                    .unwrap();
            }
            drop(table);
            filling.commit().unwrap();
            rate(
                &format!("limit: redb, {rows} rows, one row a commit, {name}"),
                |n| {
                    let mut transaction = database.begin_write().unwrap();
                    set(&mut transaction);
                    let mut table = transaction.open_table(TABLE).unwrap();
                    table
                        .insert(&key(rows + n).to_bytes(), [1; 300].as_slice())
                        .unwrap();
                    drop(table);
                    transaction.commit().unwrap();
                },
            );
        }
    }
}

/// Keys whose ids are spread as random ones are.
fn key(n: u64) -> Key {
    let spread = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Key::new(1, spread.to_be_bytes(), n)
}

fn one(n: u64) -> Commit {
    let mut commit = Commit::new();
    commit.put(key(n), vec![1; 300]).entry([1; 33], [2; 16]);
    commit
}

fn one_by_one(folder: &Path) {
    let vault = Vault::create(folder.join("one")).unwrap();
    rate(
        "vault: one session, one row of 300 bytes and one entry a commit",
        |n| {
            vault.submit(one(n)).wait().unwrap();
        },
    );
}

fn many_sessions(folder: &Path) {
    let vault = Vault::create(folder.join("many")).unwrap();
    let begun = Instant::now();
    let times: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..u64::from(THREADS))
            .map(|thread| {
                let vault = &vault;
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while begun.elapsed() < MEASURED {
                        let before = Instant::now();
                        let n = times.len() as u64 * u64::from(THREADS) + thread;
                        vault.submit(one(n)).wait().unwrap();
                        times.push(before.elapsed());
                    }
                    times
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    let what = format!("vault: {THREADS} sessions at once, the same each");
    print_rate(&what, begun.elapsed(), times);
}

fn bulk(folder: &Path) {
    let seconds = |act: &mut dyn FnMut()| {
        let begun = Instant::now();
        act();
        begun.elapsed().as_secs_f64()
    };
    let megabytes = BULK_BYTES as f64 / 1e6;

    let value = vec![7; CHUNK_BYTES];
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(folder.join("raw-bulk"))
        .unwrap();
    let raw = seconds(&mut || {
        for _ in 0..BULK_BYTES / CHUNK_BYTES {
            file.write_all(&value).unwrap();
        }
        file.sync_data().unwrap();
    });
    println!(
        "limit: 64 MiB written and synced: {:.0} MB/s",
        megabytes / raw
    );

    for (name, length) in [("CHUNK_BYTES", CHUNK_BYTES), ("64 KiB", 64 << 10)] {
        let path = folder.join(name);
        let vault = Vault::create(&path).unwrap();
        let commits: Vec<Commit> = (0..4u64)
            .map(|commit| {
                let mut chunks = Commit::new();
                for n in 0..(BULK_BYTES / 4 / length) as u64 {
                    chunks.put(Key::new(2, [1; 16], commit << 32 | n), vec![7; length]);
                }
                chunks
            })
            .collect();
        let ours = seconds(&mut || {
            let pending: Vec<_> = commits.iter().map(|c| vault.submit(c.clone())).collect();
            for pending in pending {
                pending.wait().unwrap();
            }
        });
        println!(
            "vault: 64 MiB in values of {name}, four commits: {:.0} MB/s, {:.0} MB of file",
            megabytes / ours,
            path.metadata().unwrap().len() as f64 / 1e6
        );
    }
}

fn in_use(folder: &Path) {
    let path = folder.join("in-use");
    let vault = Vault::create(&path).unwrap();
    let filling: Vec<_> = (0..30)
        .map(|part| {
            let mut commit = Commit::new();
            for n in part * (ROWS_IN_USE / 30)..(part + 1) * (ROWS_IN_USE / 30) {
                commit.put(key(n), vec![1; 300]).entry([1; 33], [2; 16]);
            }
            vault.submit(commit)
        })
        .collect();
    let begun = Instant::now();
    for pending in filling {
        pending.wait().unwrap();
    }
    let spent = begun.elapsed().as_secs_f64();
    println!(
        "vault: {ROWS_IN_USE} rows and entries by 10,000: {:.0}/s",
        ROWS_IN_USE as f64 / spent
    );
    rate(
        &format!("vault: one session, {ROWS_IN_USE} rows and entries there"),
        |n| {
            vault.submit(one(ROWS_IN_USE + n)).wait().unwrap();
        },
    );
    rate("vault: reading one of them", |n| {
        vault
            .get(key(n.wrapping_mul(7919) % ROWS_IN_USE))
            .unwrap()
            .unwrap();
    });
    drop(vault);
    let begun = Instant::now();
    let vault = Vault::open(&path).unwrap();
    println!(
        "vault: opening them, every page verified: {:.0} ms for {:.0} MB of file",
        begun.elapsed().as_secs_f64() * 1e3,
        path.metadata().unwrap().len() as f64 / 1e6
    );
    drop(vault);
}

/// A store as a restored room has it: loaded in commits of a mebibyte, walked for what changed, opened.
fn large(folder: &Path) {
    const MEBIBYTE: usize = 1 << 20;
    let path = folder.join("large");
    let vault = Vault::create(&path).unwrap();
    let megabytes = LARGE_BYTES as f64 / 1e6;
    let per_second = |what: &str, begun: Instant| {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{what}: {:.0} MB/s", megabytes / seconds);
    };

    let begun = Instant::now();
    let mut pending = Vec::new();
    for commit in 0..(LARGE_BYTES / MEBIBYTE) as u64 {
        let mut chunks = Commit::new();
        for n in 0..(MEBIBYTE / CHUNK_BYTES) as u64 {
            chunks.put(key(commit << 8 | n), vec![7; CHUNK_BYTES]);
        }
        pending.push(vault.submit(chunks));
    }
    for pending in pending {
        pending.wait().unwrap();
    }
    per_second("vault: 512 MiB in commits of 1 MiB", begun);

    let snapshot = vault.snapshot().unwrap();
    let standing = snapshot.standing().unwrap();
    let begun = Instant::now();
    let all = snapshot.changes(0).unwrap().map(Result::unwrap);
    let bytes: usize = all.filter_map(|(_, value)| Some(value?.len())).sum();
    assert!(bytes > LARGE_BYTES * 9 / 10);
    per_second("vault: all of it as changes since nothing", begun);
    let begun = Instant::now();
    assert_eq!(snapshot.changes(standing.groups).unwrap().count(), 0);
    per_second("vault: walked for changes, of which there are none", begun);
    drop(snapshot);

    drop(vault);
    let begun = Instant::now();
    drop(Vault::open(&path).unwrap());
    per_second("vault: opened, every page verified", begun);
}

/// The files outside the store, as they are written at each checkpoint.
fn outside(folder: &Path) {
    let ledger = LedgerFolder::open(folder.join("ledger")).unwrap();
    let checkpoint = |n: u64| {
        let mut bytes = format!("strongroom/bench\n{n}\n").into_bytes();
        bytes.resize(5000, b'x');
        bytes
    };
    let mut base: Option<Vec<u8>> = None;
    rate(
        "folder: a growth of four partial tiles, and its checkpoint",
        |n| {
            let tile = n / 255;
            let width = n % 255 + 1;
            let files = ["entries", "0", "1", "2"].map(|level| {
                let path = format!("tile/{level}/{tile:03}.p/{width}");
                (path, vec![7; 32 * width as usize])
            });
            let next = checkpoint(n);
            ledger.publish(base.as_deref(), files, &next).unwrap();
            base = Some(next);
        },
    );
    let begun = Instant::now();
    let files = (0..1000).map(|n| (format!("tile/0/x001/{n:03}"), vec![7; 8192]));
    ledger
        .publish(base.as_deref(), files, &checkpoint(0))
        .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    println!("folder: 1000 full tiles: {:.0} tiles/s", 1000.0 / seconds);
    let head = HeadFile::open(folder.join("head")).unwrap();
    rate("head: a checkpoint of 5,000 bytes replaced", |n| {
        head.replace(&checkpoint(n)).unwrap();
    });
}
