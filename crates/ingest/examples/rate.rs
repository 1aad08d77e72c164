//! How fast volumes are read: `cargo run --release -p strongroom-ingest --example rate -- VOLUME.xml.gz…`
//!
//! Prints megabytes of XML a second on one core for decompression, for cutting into events with `quick-xml` alone,
//! and for the full reading of the decompressed bytes, the best of several rounds.

use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use quick_xml::events::Event;
use strongroom_ingest::read;

const ROUNDS: usize = 5;

fn main() {
    let files: Vec<(String, Vec<u8>)> = std::env::args()
        .skip(1)
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a readable file");
            (path, bytes)
        })
        .collect();
    let mut volumes = Vec::new();
    let unpacking = best(|| {
        volumes = files
            .iter()
            .map(|(_, bytes)| {
                let mut volume = Vec::new();
                std::io::copy(&mut MultiGzDecoder::new(&bytes[..]), &mut volume)
                    .expect("a gzip file");
                volume
            })
            .collect();
    });
    let megabytes = volumes.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    let cutting = best(|| volumes.iter().map(|v| events(v)).sum::<usize>());
    let mut portions = 0;
    let mut text = 0;
    let reading = best(|| {
        (portions, text) = (0, 0);
        for volume in &volumes {
            let read = read("volume.xml", volume).unwrap_or_else(|why| panic!("{why}"));
            for draft in read.drafts.drafts() {
                portions += draft.portions.len();
                text += draft.portions.iter().map(|p| p.text.len()).sum::<usize>();
            }
        }
    });
    println!(
        "{} volumes, {megabytes:.1} MB of XML, {portions} portions, {:.1} MB of text",
        volumes.len(),
        text as f64 / 1e6
    );
    for (what, took) in [
        ("gzip", unpacking),
        ("quick-xml events alone", cutting),
        ("full reading", reading),
    ] {
        println!("{what:24} {:8.1} MB/s", megabytes / took.as_secs_f64());
    }
}

fn events(volume: &[u8]) -> usize {
    let text = std::str::from_utf8(volume).expect("UTF-8");
    let mut reader = quick_xml::Reader::from_str(text);
    let mut count = 0;
    while !matches!(reader.read_event().expect("well-formed XML"), Event::Eof) {
        count += 1;
    }
    count
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}
