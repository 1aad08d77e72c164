//! Merkle proofs as [transparency-dev/merkle](https://github.com/transparency-dev/merkle)
//! tests them: sound ones in the tree of eight leaves that implementations of RFC 6962
//! share, and of each the same ways of spoiling it, as JSON of the same shape.
//!
//! The vectors here are made by this test, so that nothing is copied. To run theirs, have
//! `STRONGROOM_MERKLE_VECTORS` name their folder `testdata` (or any above or below it):
//!
//! ```text
//! STRONGROOM_MERKLE_VECTORS=…/merkle/testdata cargo test -p strongroom-tlog --test transparency_dev
//! ```
//!
//! A leaf hash or a hash of a proof that is not 32 bytes long is refused: the types here
//! cannot hold one. A root that is not, which they use as a word for "whatever root", stands
//! for a root that no tree has.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use strongroom_tlog::tree::{
    ConsistencyProof, InclusionProof, LeafHash, LeafIndex, MAX_TREE_SIZE, Tree, TreeHead, TreeRoot,
    TreeSize,
};

/// What names the folder of their vectors.
const FOLDER: &str = "STRONGROOM_MERKLE_VECTORS";

/// The leaves that RFC 6962's implementations test with.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

type Hash = [u8; 32];

/// A hash that no tree has.
const NO_HASH: Hash = [0xab; 32];

fn field<'v>(vector: &'v Value, names: &[&str]) -> &'v Value {
    let found = names.iter().find_map(|name| vector.get(name));
    found.unwrap_or_else(|| panic!("no field {names:?} in {vector}"))
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    STANDARD.decode(text).expect("hashes are in base64")
}

fn hash(value: &Value) -> Option<Hash> {
    bytes(value).try_into().ok()
}

fn head(size: TreeSize, root: &Value) -> TreeHead {
    let root = hash(root).unwrap_or_else(|| whatever_root(&bytes(root)));
    TreeHead::new(size, TreeRoot::from_bytes(root))
}

/// The root that stands for a text which is none: one for each text, and no tree's.
fn whatever_root(text: &[u8]) -> Hash {
    let mut root = *LeafHash::of(text).as_bytes();
    root.reverse();
    root
}

/// The hashes of a proof, if they are some.
fn path(vector: &Value) -> Option<Vec<Hash>> {
    match field(vector, &["proof"]) {
        Value::Null => Some(Vec::new()),
        Value::Array(hashes) => hashes.iter().map(hash).collect(),
        other => panic!("a proof is a list, not {other}"),
    }
}

fn number(vector: &Value, names: &[&str]) -> u64 {
    let number = field(vector, names).as_u64();
    number.unwrap_or_else(|| panic!("{names:?} is a number in {vector}"))
}

fn inclusion_holds(vector: &Value) -> Option<()> {
    let size = TreeSize::new(number(vector, &["treeSize"])).ok()?;
    let index = LeafIndex::new(number(vector, &["leafIdx", "leafIndex"]));
    let leaf = LeafHash::from_bytes(hash(field(vector, &["leafHash"]))?);
    let proof = InclusionProof::from_parts(size, index, path(vector)?).ok()?;
    let head = head(size, field(vector, &["root"]));
    proof.verify(&leaf, &head).ok()
}

fn consistency_holds(vector: &Value) -> Option<()> {
    let size = |name| TreeSize::new(number(vector, &[name])).ok();
    let (old, new) = (size("size1")?, size("size2")?);
    let proof = ConsistencyProof::from_parts(old, new, path(vector)?).ok()?;
    let earlier = head(old, field(vector, &["root1"]));
    let later = head(new, field(vector, &["root2"]));
    proof.verify(&earlier, &later).ok()
}

/// Whether a vector came out as it says it must; what is wrong if not.
fn run(vector: &Value) -> Result<(), String> {
    let holds = if vector.get("treeSize").is_some() {
        inclusion_holds(vector)
    } else {
        consistency_holds(vector)
    };
    let unsound = field(vector, &["wantErr"]).as_bool();
    if unsound == Some(holds.is_none()) {
        Ok(())
    } else {
        Err(format!("came out as {holds:?}: {vector}"))
    }
}

fn eight() -> Tree {
    let mut tree = Tree::new();
    for leaf in LEAVES {
        tree.append(LeafHash::of(leaf));
    }
    tree
}

fn size(entries: u64) -> TreeSize {
    TreeSize::new(entries).unwrap()
}

fn root(tree: &Tree, entries: u64) -> Hash {
    *tree.head_at(size(entries)).unwrap().root().as_bytes()
}

fn base64(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

/// The same value with some fields set.
fn with(sound: &Value, desc: &str, set: &[(&str, Value)]) -> Value {
    let mut changed = sound.clone();
    for (name, value) in set {
        changed[*name] = value.clone();
    }
    changed["desc"] = desc.into();
    changed["wantErr"] = true.into();
    changed
}

/// A proof with hashes before or after it, with one hash altered, and cut.
fn other_proofs(sound: &Value, path: &[Hash], roots: &[Hash]) -> Vec<Value> {
    let altered = |desc: &str, hashes: Vec<String>| with(sound, desc, &[("proof", json!(hashes))]);
    let whole = base64(path);
    let mut all = Vec::new();
    let mut more: Vec<String> = base64(roots);
    more.push(String::new());
    more.extend(whole.first().cloned());
    for hash in more {
        all.push(altered(
            "trailing",
            [whole.clone(), vec![hash.clone()]].concat(),
        ));
        all.push(altered("preceding", [vec![hash], whole.clone()].concat()));
    }
    for place in 0..path.len() {
        for bit in [3, 4] {
            let mut modified = path.to_vec();
            modified[place][0] ^= 1 << bit;
            all.push(altered("modified", base64(&modified)));
        }
        all.push(altered("truncated", base64(&path[..place])));
        let mut inserted = path.to_vec();
        inserted.insert(place, NO_HASH);
        all.push(altered("inserted", base64(&inserted)));
    }
    all
}

/// Every inclusion proof in the tree of eight leaves, and each way of spoiling it.
fn inclusions() -> Vec<Value> {
    let tree = eight();
    let mut all = Vec::new();
    for entries in 1..=8 {
        for index in 0..entries {
            let at = LeafIndex::new(index);
            let proof = tree.prove_inclusion(size(entries), at).unwrap();
            let root = root(&tree, entries);
            let sound = json!({
                "leafIdx": index,
                "treeSize": entries,
                "root": STANDARD.encode(root),
                "leafHash": STANDARD.encode(tree.leaf(at).unwrap().as_bytes()),
                "proof": base64(proof.path()),
                "desc": "happy path",
                "wantErr": false,
            });
            for other in [index.wrapping_sub(1), index + 1, index ^ 2, u64::MAX] {
                all.push(with(&sound, "leafIdx", &[("leafIdx", other.into())]));
            }
            for other in [entries * 2, entries / 2, 0, u64::MAX, MAX_TREE_SIZE] {
                all.push(with(&sound, "treeSize", &[("treeSize", other.into())]));
            }
            for other in ["", "V3JvbmdMZWFm", &STANDARD.encode(NO_HASH)] {
                all.push(with(&sound, "leaf", &[("leafHash", other.into())]));
                all.push(with(&sound, "root", &[("root", other.into())]));
            }
            let empty = STANDARD.encode(TreeHead::EMPTY.root().as_bytes());
            all.push(with(&sound, "empty root", &[("root", empty.into())]));
            all.extend(other_proofs(&sound, proof.path(), &[root]));
            all.push(sound);
        }
    }
    all
}

/// Every consistency proof in the tree of eight leaves, and each way of spoiling it.
fn consistencies() -> Vec<Value> {
    let tree = eight();
    let mut all = Vec::new();
    for new in 1..=8 {
        for old in 1..=new {
            let proof = tree.prove_consistency(size(old), size(new)).unwrap();
            let (first, second) = (root(&tree, old), root(&tree, new));
            let sound = json!({
                "size1": old,
                "size2": new,
                "root1": STANDARD.encode(first),
                "root2": STANDARD.encode(second),
                "proof": base64(proof.path()),
                "desc": "happy path",
                "wantErr": false,
            });
            for other in [old - 1, old + 1, old ^ 2, new + 1, u64::MAX] {
                all.push(with(&sound, "size1", &[("size1", other.into())]));
            }
            for other in [new * 2, new / 2, 0, u64::MAX] {
                all.push(with(&sound, "size2", &[("size2", other.into())]));
            }
            for other in ["", "V3JvbmdSb290", &STANDARD.encode(NO_HASH)] {
                all.push(with(&sound, "wrong root1", &[("root1", other.into())]));
                all.push(with(&sound, "wrong root2", &[("root2", other.into())]));
            }
            if old < new {
                let swapped = [
                    ("root1", sound["root2"].clone()),
                    ("root2", sound["root1"].clone()),
                ];
                all.push(with(&sound, "swapped roots", &swapped));
                all.push(with(&sound, "empty proof", &[("proof", json!([]))]));
            }
            all.extend(other_proofs(&sound, proof.path(), &[first, second]));
            all.push(sound);
        }
    }
    all
}

/// Trees of no and of one entry, where the proof is empty.
fn trivial() -> Vec<Value> {
    let [one, other] = ["any root", "another root"].map(|text| STANDARD.encode(text));
    let empty = STANDARD.encode(TreeHead::EMPTY.root().as_bytes());
    let vector = |size1: u64, size2: u64, root1: &str, root2: &str, proof: &[&str], error: bool| {
        json!({
            "size1": size1, "size2": size2, "root1": root1, "root2": root2,
            "proof": proof, "desc": "trivial", "wantErr": error,
        })
    };
    vec![
        vector(0, 0, &one, &one, &[], false),
        vector(1, 1, &one, &one, &[], false),
        vector(0, 0, &empty, &empty, &[], false),
        vector(0, 0, &one, &other, &[], true),
        vector(1, 1, &one, &other, &[], true),
        vector(0, 0, &empty, &other, &[], true),
        vector(0, 0, &empty, &empty, &[&empty], true),
        vector(1, 1, &empty, &empty, &[&empty], true),
        vector(0, 1, &empty, &empty, &[&empty], true),
        // From nothing nothing can be proved.
        vector(0, 1, &one, &other, &[], true),
        vector(0, 1, &empty, &other, &[], true),
        vector(0, 1, &empty, &empty, &[], true),
        vector(1, 0, &one, &other, &[], true),
        vector(2, 1, &one, &other, &[], true),
        vector(1, 2, &one, &other, &[], true),
        json!({
            "leafIndex": 0, "treeSize": 0, "root": empty, "leafHash": "", "proof": null,
            "desc": "no leaf of an empty tree", "wantErr": true,
        }),
    ]
}

/// All vectors made here, through their text.
fn made() -> Vec<Value> {
    let all = [inclusions(), consistencies(), trivial()].concat();
    all.iter()
        .map(|vector| serde_json::from_str(&vector.to_string()).unwrap())
        .collect()
}

#[test]
fn proofs_hold_as_theirs_do() {
    let vectors = made();
    let sound = vectors.iter().filter(|v| v["wantErr"] == false).count();
    assert_eq!(sound, 36 + 36 + 3);
    assert!(vectors.len() > 20 * sound, "{}", vectors.len());
    let wrong: Vec<_> = vectors.iter().filter_map(|v| run(v).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The roots of the tree, as they are published with it.
#[test]
fn the_tree_is_the_known_one() {
    let tree = eight();
    let known = [
        (1, "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="),
        (8, "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="),
    ];
    for (entries, known) in known {
        assert_eq!(STANDARD.encode(root(&tree, entries)), known);
    }
}

/// A vector that says the opposite of what is so is noticed.
#[test]
fn a_wrong_vector_is_noticed() {
    for vector in made() {
        let mut wrong = vector.clone();
        wrong["wantErr"] = (vector["wantErr"] == false).into();
        assert!(run(&wrong).is_err(), "{wrong}");
    }
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "json") {
            found.push(path);
        }
    }
}

/// Their vectors, where the environment names a folder of them.
#[test]
fn a_folder_of_vectors_comes_out_as_it_says() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let mut files = Vec::new();
    json_files(Path::new(&folder), &mut files);
    assert!(!files.is_empty(), "{FOLDER} names a folder without vectors");
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let vector = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let why = run(&vector).err()?;
            Some(format!("{}: {why}", file.display()))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        files.len(),
        wrong.join("\n")
    );
    println!("{} vectors of {FOLDER} came out as they say", files.len());
}
