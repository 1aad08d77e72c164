//! Compares whole volumes with what another reader made of them, field by field.
//!
//! Set `STRONGROOM_FRUS_DIR` to a folder of `VOLUME.xml.gz` and `STRONGROOM_TRUTH_DIR` to one of
//! `VOLUME/records.jsonl` and `VOLUME/portions.jsonl`; without them the test says so and passes.
//! `cargo test -p strongroom-ingest --release --test volumes -- --nocapture` prints a line a volume.

mod truth;

use std::path::PathBuf;

use truth::{FIELDS, Score};

/// What every volume must reach in every field, where the other reader errs included.
const SHARE_MIN: f64 = 0.995;

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
        let score = truth::compare(
            &name,
            &bytes,
            &read("records.jsonl"),
            &read("portions.jsonl"),
        );
        println!("{volume:24} {score}");
        for difference in &score.differences {
            println!("    {volume} {difference}");
        }
        if score.lowest() < SHARE_MIN {
            short.push(volume.to_owned());
        }
        total.add(score);
    }
    println!("{:24} {total}", "all");
    assert!(short.is_empty(), "below {SHARE_MIN}: {short:?}");
}
