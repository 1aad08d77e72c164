//! Filing with slots, beside the same room on the same disk without a slot file, one after the other in turn.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use strongroom_vault::{StorageBackend, Vault};

use crate::figures::Figures;
use crate::world::Room;

/// Rounds of each: the medians are compared.
const ROUNDS: usize = 9;
/// Records that are filed one by one in a round.
const ONE_BY_ONE: usize = 40;
/// Records of the one file of a round.
const OF_A_FILE: usize = 500;

const TEXT: &str = "The Ambassador said that he had no instructions.\n\nThe Secretary replied that he would wait for them.";

/// A file, as the vault would use it, beside which it finds no place for slots.
#[derive(Debug)]
struct Alone(File);

impl StorageBackend for Alone {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// A vault on a file without a slot file.
fn without(path: &Path) -> Vault {
    let mut open = OpenOptions::new();
    let file = open.read(true).write(true).create(true).truncate(false);
    let file = file.open(path).expect("a file");
    Vault::with_backend(Alone(file)).expect("a store")
}

pub(crate) fn slots(out: &mut Figures) {
    let with = Room::found();
    let without = Room::found_in(without);
    type Filing = fn(&Room);
    let ways: [(&str, Filing, usize); 2] = [
        (
            "filing a record, each its own commit",
            |room| (0..ONE_BY_ONE).for_each(|_| room.file_text(TEXT)),
            ONE_BY_ONE,
        ),
        (
            "filing a file of 500 records, each",
            |room| room.fill(OF_A_FILE, TEXT),
            OF_A_FILE,
        ),
    ];
    for (what, file, records) in ways {
        let mut took: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (room, took) in [&with, &without].into_iter().zip(&mut took) {
                let started = std::time::Instant::now();
                file(room);
                took.push(started.elapsed() / u32::try_from(records).expect("few"));
            }
        }
        let [with, without] = took.map(median);
        out.row(
            what,
            with,
            "the same without slots",
            without,
            "aim: no more",
        );
    }
}
