//! Compares whole volumes with what another reader made of them, field by field: the one in `examples/`, and others
//! where they are at hand.
//!
//! Set `STRONGROOM_FRUS_DIR` to a folder of `VOLUME.xml.gz` and `STRONGROOM_TRUTH_DIR` to one of
//! `VOLUME/records.jsonl` and `VOLUME/portions.jsonl`; without them that test says so and passes.
//! `cargo test -p strongroom-ingest --release --test volumes -- --nocapture` prints a line a volume.

mod truth;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use truth::{FIELDS, Score};

/// What every volume must reach in every field.
const SHARE_MIN: f64 = 0.995;

/// Where the other reader errs: it takes the beginning of "Secretary" in a source note for the level "Secret". Volume,
/// document, and the marking that is right.
const ERRS: [(&str, &str, Option<&str>); 8] = [
    ("frus1951v07p2", "d91", None),
    ("frus1951v07p2", "d228", None),
    ("frus1951v07p2", "d229", None),
    ("frus1955-57v14", "d169", Some("Top Secret")),
    ("frus1961-63v03", "d173", None),
    ("frus1969-76v01", "d51", None),
    ("frus1969-76v01", "d100", None),
    ("frus1969-76v01", "d122", None),
];

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read(path).expect("a file of the repository")
}

fn unpacked(name: &str) -> String {
    let mut text = String::new();
    GzDecoder::new(&file(name)[..])
        .read_to_string(&mut text)
        .expect("compressed text");
    text
}

#[test]
fn the_bundled_volume_equals_the_truth() {
    let score = truth::compare(
        "frus1969-76v12.xml.gz",
        &file("../../examples/frus1969-76v12.xml.gz"),
        &unpacked("tests/vectors/tei/frus1969-76v12.records.jsonl.gz"),
        &unpacked("tests/vectors/tei/frus1969-76v12.portions.jsonl.gz"),
    );
    assert_eq!(score.documents, 229);
    assert!(score.differences.is_empty(), "{:#?}", score.differences);
}

#[test]
fn volumes_equal_the_truth() {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(volumes), Some(truths)) = (
        folder("STRONGROOM_FRUS_DIR"),
        folder("STRONGROOM_TRUTH_DIR"),
    ) else {
        println!("skipped: STRONGROOM_FRUS_DIR and STRONGROOM_TRUTH_DIR are not both set");
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(volumes)
        .expect("the folder of volumes")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.to_string_lossy().ends_with(".xml.gz"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no volume in the folder");
    println!("{:24} {:>5}  {}", "volume", "docs", FIELDS.join("  "));
    let mut total = Score::default();
    let mut short = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let volume = name.trim_end_matches(".xml.gz");
        let bytes = std::fs::read(&file).expect("the volume");
        let read = |name: &str| {
            std::fs::read_to_string(truths.join(volume).join(name)).expect("its truth")
        };
        let mut score = truth::compare(
            &name,
            &bytes,
            &read("records.jsonl"),
            &read("portions.jsonl"),
        );
        println!("{volume:24} {score}");
        for difference in &score.differences {
            println!("    {volume} {difference}");
        }
        for (_, document, level) in ERRS.iter().filter(|(v, ..)| *v == volume) {
            score.excuse(document, *level);
        }
        if score.lowest() < SHARE_MIN {
            short.push(volume.to_owned());
        }
        total.add(score);
    }
    println!("{:24} {total}", "all");
    assert!(short.is_empty(), "below {SHARE_MIN}: {short:?}");
}
