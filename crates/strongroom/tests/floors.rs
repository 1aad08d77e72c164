//! The floors of the workspace: imports only go down, every crate stands on one, and no file grows
//! without end. The same table stands in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crate, floor, and what it may import of ours.
const FLOORS: &[(&str, u8, &[&str])] = &[
    ("label", 0, &[]),
    ("tlog", 0, &[]),
    ("record", 1, &["label"]),
    ("ingest", 2, &["record", "label"]),
    ("mask", 2, &["record"]),
    ("seal", 2, &["record", "label"]),
    ("vault", 2, &["tlog"]),
    (
        "guard",
        3,
        &["label", "tlog", "record", "ingest", "mask", "seal", "vault"],
    ),
    (
        "service",
        4,
        &["guard", "ingest", "record", "label", "tlog"],
    ),
    (
        "strongroom",
        5,
        &[
            "label", "tlog", "record", "ingest", "mask", "seal", "vault", "guard", "service",
        ],
    ),
];

/// Lines that a source file may have. One file, one subject: the longest today is the list of requests
/// and answers. The number may only fall.
const FILE_LINES_MAX: usize = 700;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The crates of ours that stand under `[dependencies]` of a manifest.
fn imports(manifest: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[dependencies]" || section.ends_with(".dependencies]") {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if let Some(ours) = name.strip_prefix("strongroom-") {
                found.insert(ours.to_owned());
            }
        }
    }
    found
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_only_go_down() {
    let floor: BTreeMap<&str, u8> = FLOORS
        .iter()
        .map(|(name, floor, _)| (*name, *floor))
        .collect();
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(crates()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let (_, own, may) = FLOORS
            .iter()
            .find(|(n, ..)| *n == name)
            .unwrap_or_else(|| panic!("crate {name} stands on no floor"));
        for import in imports(&manifest) {
            assert!(
                may.contains(&import.as_str()),
                "{name} may not import {import}"
            );
            assert!(
                floor[import.as_str()] < *own,
                "{name} imports {import} from its own floor or above"
            );
        }
        there.insert(name);
    }
    assert_eq!(
        there.len(),
        FLOORS.len(),
        "the table names a crate that is gone"
    );
}

#[test]
fn the_reading_of_manifests_sees_an_import() {
    let manifest = "[dependencies]\nstrongroom-guard.workspace = true\n[dev-dependencies]\nstrongroom-seal = {}\n";
    assert_eq!(imports(manifest), BTreeSet::from(["guard".to_owned()]));
}

#[test]
fn the_sources_keep_their_absences() {
    for (name, ..) in FLOORS {
        let mut files = Vec::new();
        sources(&crates().join(name).join("src"), &mut files);
        assert!(!files.is_empty(), "{name} has no sources");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let shown = file.display();
            let lines = text.lines().count();
            assert!(
                lines <= FILE_LINES_MAX,
                "{shown} has {lines} lines; part it by subject"
            );
            assert!(
                !text.contains("todo!(") && !text.contains("unimplemented!("),
                "{shown} is unfinished"
            );
            if !matches!(*name, "service" | "strongroom") {
                let asynchronous = text.contains("async fn") || text.contains("tokio::");
                assert!(!asynchronous, "{shown}: below service nothing is async");
            }
            if matches!(
                *name,
                "label" | "tlog" | "record" | "ingest" | "mask" | "seal" | "guard"
            ) {
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                assert!(
                    !code.contains("std::fs"),
                    "{shown}: only the vault and what stands above the guard touch files"
                );
                assert!(
                    !code.contains("std::net"),
                    "{shown}: nothing below the service speaks to anyone"
                );
            }
        }
    }
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let root = fs::read_to_string(crates().join("../Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"forbid\""));
    for (name, ..) in FLOORS {
        let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name} does not take the workspace's lints"
        );
    }
}
