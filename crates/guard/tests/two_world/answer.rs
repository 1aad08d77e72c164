//! What the reader gets, and when two answers are the same.
//!
//! The same means the same bytes, but for what promise 2 lets differ, and no more than that:
//!
//! * **The public log.** Its size, the place of an entry, checkpoints and proofs; and how many of its entries
//!   have been read anew behind an opening, which is a matter of the moment.
//! * **Commitments to what stays closed.** In the receipt of a restriction, a correction, a withdrawal or a recording the field `act`
//!   shows only a salted commitment, since it may name what is out of its actor's sight. The entry
//!   and the personal signature are commitments over it. That the entry follows from the
//!   commitments shown is checked in each world.
//! * **Signatures that draw on their own.** The real suite's signatures take no randomness of ours, so
//!   that two of one message differ; so do the commitment to one and the entry over it. On the mock
//!   suite they must be the same.
//! * **Names drawn by a filing that differs.** A portion of a record filed with other words in each
//!   world has an id from another place of the filer's random stream. Such ids are
//!   [renamed](Renaming) before answers are compared; commitments over them are checked instead, and the mark of
//!   a request that may name one is left out.

use serde_json::Value;
use strongroom_guard::api::ReceiptShown;
use strongroom_guard::{IssuedCopy, Refusal};
use strongroom_record::PortionId;
use strongroom_tlog::commit::{
    Commitment, Field, FieldTag, FieldTree, Salt, SignatureCommitment, commit,
};
use strongroom_tlog::entry::EntryOpening;

use data_encoding::HEXLOWER;

/// An answer, as the bytes of what was issued or of the refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Issued(String),
    Refused(String),
    /// Nothing is answered.
    Silent,
}

impl Answer {
    pub(crate) fn of(result: Result<IssuedCopy, Refusal>) -> Self {
        match result {
            Ok(copy) => Self::Issued(String::from_utf8(copy.into_json()).expect("JSON is UTF-8")),
            Err(refusal) => Self::Refused(serde_json::to_string(&refusal).expect("JSON")),
        }
    }
    pub(crate) fn issued(&self) -> Option<&str> {
        match self {
            Self::Issued(json) => Some(json),
            Self::Refused(_) | Self::Silent => None,
        }
    }
    /// What was answered, read as a type; nothing for a refusal.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        self.issued()
            .map(|json| serde_json::from_str(json).expect("an answer of its type"))
    }
    /// The code of a refusal, or that there was none.
    pub(crate) fn outcome(&self) -> String {
        match self {
            Self::Issued(_) | Self::Silent => "done".to_owned(),
            Self::Refused(json) => {
                let refusal: Value = serde_json::from_str(json).expect("JSON");
                refusal["code"].as_str().expect("a code").to_owned()
            }
        }
    }
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Issued(text) | Self::Refused(text) => text,
            Self::Silent => "",
        }
    }
}

/// Ids of the second world, and what stands for them in the first.
#[derive(Debug, Default)]
pub(crate) struct Renaming(Vec<(String, String)>);

impl Renaming {
    /// The second world's name for what the first calls otherwise.
    pub(crate) fn add(&mut self, first: &str, second: &str) {
        if first != second {
            self.0.push((first.to_owned(), second.to_owned()));
            self.0.push((bytes_of(first), bytes_of(second)));
        }
    }
    /// An answer of the second world in the words of the first.
    ///
    /// One world's name for a portion may be the other's for another one: all change at once.
    fn apply(&self, text: &str) -> String {
        let slot = |n: usize| format!("\u{1}{n}\u{2}");
        let parted = self
            .0
            .iter()
            .enumerate()
            .fold(text.to_owned(), |text, (n, (_, second))| {
                text.replace(second, &slot(n))
            });
        self.0
            .iter()
            .enumerate()
            .fold(parted, |text, (n, (first, _))| {
                text.replace(&slot(n), first)
            })
    }
}

/// An id as it stands in the hexadecimal of a receipt.
fn bytes_of(id: &str) -> String {
    HEXLOWER.encode(id.parse::<PortionId>().expect("an id").as_bytes())
}

/// Which rule holds for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Byte for byte.
    Plain,
    /// A receipt in full.
    Receipt,
    /// Size, checkpoint and proofs of the public log, and nothing else that could differ.
    Log,
}

/// Whether two answers are the same, and by which rule.
pub(crate) fn same(
    kind: Kind,
    a: &Answer,
    b: &Answer,
    names: &Renaming,
    fresh_signatures: bool,
) -> Option<&'static str> {
    let (a, b) = match (a, b) {
        (Answer::Issued(a), Answer::Issued(b)) => (a, b),
        (Answer::Refused(a), Answer::Refused(b)) => {
            return (*a == names.apply(b)).then_some("refusals");
        }
        (Answer::Silent, Answer::Silent) => return Some("silence"),
        _ => return None,
    };
    if a == b {
        return Some("bytes");
    }
    let (first, second): (Value, Value) = (json(a), json(&names.apply(b)));
    match kind {
        Kind::Plain => (*a == names.apply(b)).then_some("bytes, renamed"),
        Kind::Log => {
            const OF_THE_LOG: [&str; 4] = ["entries", "checkpoint", "proof", "read_anew"];
            (without(first, &OF_THE_LOG) == without(second, &OF_THE_LOG))
                .then_some("all but the log")
        }
        Kind::Receipt => {
            check_receipt(a);
            check_receipt(b);
            same_receipts(first, second, names.apply(b) != *b, fresh_signatures)
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("an answer is JSON")
}

fn without(mut value: Value, keys: &[&str]) -> Value {
    let map = value.as_object_mut().expect("an answer is an object");
    keys.iter().for_each(|key| {
        map.remove(*key);
    });
    value
}

/// How much of a shown request is its id: the heads of the array and of the id, and the id's 16 bytes.
const REQUEST_ID_HEX: usize = 2 * (1 + 1 + 16);

fn same_receipts(
    mut a: Value,
    mut b: Value,
    renamed: bool,
    fresh_signatures: bool,
) -> Option<&'static str> {
    let places = |v: &mut Value| v["log"] = without(v["log"].take(), &["index", "proof"]);
    places(&mut a);
    places(&mut b);
    if a == b {
        return Some("receipts");
    }
    let closed = ["restricted", "corrected", "withdrawn", "recording-filed"]
        .contains(&a["what"].as_str().unwrap_or(""));
    if fresh_signatures || closed {
        let signed = |v: &mut Value| v["log"] = without(v["log"].take(), &["entry", "signature"]);
        signed(&mut a);
        signed(&mut b);
    }
    if a == b {
        return Some("receipts, but for the signature");
    }
    if !closed && !renamed {
        return None;
    }
    // What was renamed, or is closed, stands in the act; the entry is over it, and so is a signature, where there is one.
    let signed = ["linked", "graded"].contains(&a["what"].as_str().unwrap_or(""));
    let over_it: &[&str] = if signed {
        &["entry", "signature"]
    } else {
        &["entry"]
    };
    let over_the_act = |v: &mut Value| {
        v["log"] = without(v["log"].take(), over_it);
        for field in v["fields"].as_array_mut().expect("fields") {
            // The asker's own mark is over the words of the request, in which a renamed portion may stand.
            let shown = field["value"].as_str().unwrap_or("");
            // Where no id was given there is none.
            if field["name"] == "request"
                && let Some(id) = shown.get(..REQUEST_ID_HEX)
            {
                field["value"] = Value::String(id.to_owned());
                field["commitment"] = Value::Null;
            }
            if field["name"] == "act" {
                let shut = field["salt"].is_null();
                assert_eq!(
                    shut, closed,
                    "the acts that reach above stay closed, and no others"
                );
                field["commitment"] = Value::Null;
            }
        }
    };
    over_the_act(&mut a);
    over_the_act(&mut b);
    (a == b).then_some(if closed {
        "receipts, closed act"
    } else {
        "receipts, renamed"
    })
}

/// Where two answers differ, as paths and values.
pub(crate) fn differences(a: &str, b: &str) -> Vec<String> {
    let mut found = Vec::new();
    match (serde_json::from_str(a), serde_json::from_str(b)) {
        (Ok(a), Ok(b)) => walk(String::new(), &a, &b, &mut found),
        _ => found.push("one of them is no JSON".to_owned()),
    }
    found
}

fn walk(path: String, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys().filter(|k| !x.contains_key(*k))) {
                walk(format!("{path}/{key}"), &a[key], &b[key], found);
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            for n in 0..x.len().max(y.len()) {
                let at = |v: &[Value]| v.get(n).cloned().unwrap_or(Value::Null);
                walk(format!("{path}/{n}"), &at(x), &at(y), found);
            }
        }
        _ if a != b => found.push(format!("{path}: {a} and {b}")),
        _ => {}
    }
}

/// Every shown value has the commitment that stands beside it, and the commitments lead to the entry.
fn check_receipt(text: &str) {
    let receipt: ReceiptShown = serde_json::from_str(text).expect("a receipt");
    let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal");
    let digest = |hex: &str| -> [u8; 32] { bytes(hex).try_into().expect("32 bytes") };
    let mut fields = Vec::new();
    for shown in &receipt.fields {
        let tag = FieldTag::new(shown.tag);
        if let (Some(salt), Some(value)) = (&shown.salt, &shown.value) {
            let made = commit(tag, &Salt::new(digest(salt)), &bytes(value));
            assert_eq!(
                HEXLOWER.encode(made.as_bytes()),
                shown.commitment,
                "{}",
                shown.name
            );
        }
        fields.push(Field {
            tag,
            commitment: Commitment::from_bytes(digest(&shown.commitment)),
        });
    }
    let first_sealed = strongroom_record::event::FieldTag::FIRST_SEALED;
    for (sealed, tag) in receipt.sealed.iter().zip(first_sealed..) {
        fields.push(Field {
            tag: FieldTag::new(tag),
            commitment: Commitment::from_bytes(digest(sealed)),
        });
    }
    let entry = EntryOpening {
        body: FieldTree::new(&fields).expect("a tree of fields").root(),
        signature: SignatureCommitment::from_bytes(digest(&receipt.log.signature)),
    };
    assert_eq!(
        HEXLOWER.encode(&entry.entry().to_bytes()),
        receipt.log.entry,
        "the entry of {}",
        receipt.id
    );
}
