//! What a process for each file costs: `cargo run --release -p strongroom-service --example child -- FILE…`
//!
//! Prints for each file the time of reading it in this process, and of having a confined process read it: started, locked, asked,
//! answered and ended. Both are the best of several rounds in one run. A text of one line tells what the process costs by itself.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use strongroom_label::Policy;
use strongroom_record::DraftSet;
use strongroom_service::confined::{Bounds, Confined, parse_confined};

const READER: &str = "parse-confined";
const ROUNDS: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == READER) {
        return parse_confined(&Bounds::default(), &|asked| read(asked.file, asked.bytes));
    }
    let policy = Policy::builtin("us").expect("it is built in");
    let confined = Confined::new(Bounds::default(), vec![READER.into()]);
    let mut files = vec![("line.txt".to_owned(), b"A heading\n".to_vec())];
    for path in arguments {
        let bytes = std::fs::read(&path).expect("a readable file");
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        files.push((name, bytes));
    }
    for (name, bytes) in files {
        let here = best(|| read(&name, &bytes));
        let there = best(|| {
            confined
                .drafts(&policy, &name, &bytes)
                .map_err(|why| why.message)
        });
        println!(
            "{name:32} {:>9} bytes   here {:>8.2} ms   confined {:>8.2} ms",
            bytes.len(),
            here.as_secs_f64() * 1e3,
            there.as_secs_f64() * 1e3
        );
    }
    ExitCode::SUCCESS
}

fn read(file: &str, bytes: &[u8]) -> Result<DraftSet, String> {
    let read = strongroom_ingest::read(file, bytes).map_err(|why| why.to_string())?;
    Ok(read.drafts)
}

fn best(work: impl Fn() -> Result<DraftSet, String>) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        work().unwrap_or_else(|why| panic!("{why}"));
        start.elapsed()
    });
    rounds.min().expect("some rounds")
}
