//! Promise 2, tried: nothing shows from above.
//!
//! From one seed two worlds are made that differ only above what a reader is cleared for: other
//! records there, others' clearances, restrictions, readings, refusals, and around the words that
//! the reader may see of a record, other words. Whatever the reader asks, in whatever form, must get
//! the same bytes in both. `answer` says what may differ, and why.
//!
//! `STRONGROOM_TWO_WORLD_PAIRS=N` plays N pairs instead of the usual number.

#[path = "../common/mod.rs"]
mod common;

mod above;
mod answer;
mod book;
mod cast;
mod census;
mod dice;
mod generate;
mod pair;
mod part;
mod reader;
mod script;
mod seen;
mod twins;
mod wording;

use cast::Founded;
use census::Census;
use twins::Twins;

#[test]
fn mock() {
    let n = std::env::var("STRONGROOM_TWO_WORLD_PAIRS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(50);
    let t = std::time::Instant::now();
    let twins = Twins::of_mock();
    println!("twins {:?} in {:?}", twins, t.elapsed());
    let t = std::time::Instant::now();
    let mut census = Census::default();
    let from = std::env::var("FROM")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    for seed in from..from + n {
        let script = generate::script(seed, 30, Some(twins));
        if let Err(d) = pair::play(&script, Founded::mock(), &mut census) {
            println!("{census}");
            panic!("seed {seed} bound {} {d}", script.bound);
        }
    }
    println!("{census}\n{n} in {:?}", t.elapsed());
}
