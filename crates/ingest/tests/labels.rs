//! What is printed in whole volumes, read against the bundled policy.
//!
//! Two laws: the label of everything printed is at least as strict as that of the captions which another reader cuts
//! from it; and the volume in `examples/` prints nothing that the policy does not know. With `STRONGROOM_FRUS_DIR` set
//! to a folder of `VOLUME.xml.gz` the first is tried on all of them, and `--nocapture` prints what was found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use strongroom_ingest::read;
use strongroom_label::{Label, Policy, PrintedMarking, UnknownAs};
use strongroom_record::{Phrase, PrintedMark};

/// What was found in a volume.
#[derive(Default)]
struct Found {
    records: usize,
    /// Records whose label is stricter than the captions alone give, by the phrases that make it so.
    raised: BTreeMap<String, usize>,
    /// Levels that stand elsewhere than where a marking begins.
    stray: usize,
    /// Captions that the policy does not know, with the records that bear them.
    unknown: Vec<String>,
}

fn policy() -> Policy {
    Policy::builtin("us-state-historical").expect("it is built in")
}

fn whole(
    policy: &Policy,
    mark: &PrintedMark,
    unknown: Option<&UnknownAs>,
) -> Result<PrintedMarking, String> {
    let (mut captions, mut accounts) = (Vec::new(), Vec::new());
    for phrase in &mark.phrases {
        match phrase {
            Phrase::Caption(words) => captions.push(&words[..]),
            Phrase::Account(words) => accounts.push(&words[..]),
        }
    }
    policy
        .read_printed(mark.level.as_deref(), &captions, &accounts, unknown)
        .map_err(|unknown| {
            let words: Vec<&str> = unknown.iter().map(|c| c.text()).collect();
            words.join("; ")
        })
}

/// The label of the captions alone, as far as the policy knows them.
fn cut(policy: &Policy, mark: &PrintedMark, unmarked: &Label) -> Label {
    let captions: Vec<&str> = mark.captions.iter().map(String::as_str).collect();
    policy
        .read_printed(
            mark.level.as_deref(),
            &captions,
            &[],
            Some(&UnknownAs::Handling),
        )
        .expect("levels are known")
        .label_or(unmarked)
}

fn examine(file: &Path) -> Found {
    let policy = policy();
    let unmarked = policy.parse_marking("Confidential").expect("a level");
    let bytes = std::fs::read(file).expect("the volume");
    let volume =
        read(&file.file_name().expect("a file").to_string_lossy(), &bytes).expect("a volume");
    let mut found = Found::default();
    for draft in volume.drafts.drafts() {
        let mark = &draft.mark;
        found.records += 1;
        found.stray += usize::from(mark.stray_level.is_some());
        assert!(
            mark.level.is_none() || mark.stray_level.is_none(),
            "{}",
            draft.id
        );
        let before = cut(&policy, mark, &unmarked);
        let unknown = whole(&policy, mark, None).err();
        let told = whole(&policy, mark, Some(&UnknownAs::Handling)).expect("levels are known");
        let label = told.label_or(&unmarked);
        assert!(
            label.dominates(&before),
            "{}: {label:?} is less than {before:?}",
            draft.id
        );
        if label != before {
            let words: Vec<&str> = mark.phrases.iter().map(Phrase::words).collect();
            *found.raised.entry(words.join("; ")).or_default() += 1;
        }
        if let Some(words) = unknown {
            found.unknown.push(format!("{}: {words}", draft.id));
        }
    }
    found
}

#[test]
fn the_bundled_volume_prints_only_what_the_policy_knows() {
    let found = examine(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/frus1969-76v12.xml.gz"),
    );
    assert_eq!(found.records, 229);
    assert_eq!(found.unknown, Vec::<String>::new());
    assert!(
        found.raised.contains_key("Nodis; Paris Meetings/Plus"),
        "{:?}",
        found.raised
    );
}

#[test]
fn no_volume_loses_by_being_read_whole() {
    let Some(folder) = std::env::var_os("STRONGROOM_FRUS_DIR").map(PathBuf::from) else {
        println!("skipped: STRONGROOM_FRUS_DIR is not set");
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of volumes")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.to_string_lossy().ends_with(".xml.gz"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no volume in the folder");
    for file in files {
        let found = examine(&file);
        let raised: usize = found.raised.values().sum();
        println!(
            "{}: {} records, {raised} raised, {} stray levels, {} unknown",
            file.display(),
            found.records,
            found.stray,
            found.unknown.len()
        );
        for (phrases, records) in &found.raised {
            println!("    {records} raised by {phrases}");
        }
        for unknown in &found.unknown {
            println!("    unknown: {unknown}");
        }
    }
}
