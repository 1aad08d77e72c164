//! Comparing drafts with what another reader made of the same volume.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;
use strongroom_ingest::{dry_run, read};

/// Fields that are compared; the last is the whole list of portions, kinds and texts.
pub(crate) const FIELDS: [&str; 13] = [
    "id",
    "number",
    "heading",
    "subject",
    "participants",
    "date",
    "date_end",
    "place",
    "level",
    "captions",
    "from",
    "to",
    "portions",
];

/// How many documents of a volume are equal in each field.
#[derive(Debug, Default)]
pub(crate) struct Score {
    pub(crate) documents: usize,
    equal: [usize; FIELDS.len()],
    pub(crate) differences: Vec<String>,
}

impl Score {
    pub(crate) fn lowest(&self) -> f64 {
        let lowest = self.equal.iter().copied().min().unwrap_or(0);
        lowest as f64 / self.documents as f64
    }
    pub(crate) fn add(&mut self, other: Self) {
        self.documents += other.documents;
        for (sum, n) in self.equal.iter_mut().zip(other.equal) {
            *sum += n;
        }
        self.differences.extend(other.differences);
    }
}

impl Score {
    /// Counts level and captions of a document as equal, if ours are read as `level`.
    pub(crate) fn excuse(&mut self, document: &str, level: Option<&str>) {
        let level = level.map_or(Value::Null, Value::from);
        for (nth, field) in FIELDS.iter().enumerate() {
            let of_level = format!("{document} level: {level} instead of");
            let of_captions = format!("{document} captions:");
            let excused = |d: &String| match *field {
                "level" => d.starts_with(&of_level),
                "captions" => d.starts_with(&of_captions),
                _ => false,
            };
            self.equal[nth] += self.differences.iter().filter(|d| excused(d)).count();
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}", self.documents)?;
        for (name, equal) in FIELDS.iter().zip(self.equal) {
            let share = 100.0 * equal as f64 / self.documents as f64;
            write!(f, "  {share:>width$.2}", width = name.len().max(6))?;
        }
        Ok(())
    }
}

/// Reads a volume and compares it with the truth: `records` and `portions` as lines of JSON.
pub(crate) fn compare(file: &str, bytes: &[u8], records: &str, portions: &str) -> Score {
    let parsed = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    };
    let mut due: HashMap<String, Vec<Value>> = HashMap::new();
    for portion in parsed(portions) {
        let record = portion["record"].as_str().unwrap_or_default().to_owned();
        due.entry(record).or_default().push(portion);
    }
    let read = read(file, bytes).unwrap_or_else(|why| panic!("{why}"));
    let drafts = read.drafts.drafts();
    let records = parsed(records);
    assert_eq!(drafts.len(), records.len(), "{file}: number of documents");
    let mut score = Score::default();
    for (draft, record) in drafts.iter().zip(&records) {
        let found: Value = serde_json::from_str(&dry_run::to_json(draft)).expect("JSON");
        let slice = &read.original[draft.slice.clone()];
        assert!(
            slice.starts_with(b"<div ") && slice.ends_with(b"</div>"),
            "{file} {}: slice",
            draft.id
        );
        score.documents += 1;
        for (nth, field) in FIELDS.iter().enumerate() {
            let difference = if *field == "portions" {
                portion_difference(&found["portions"], &due[&draft.id])
            } else {
                (found[field] != record[field])
                    .then(|| format!("{} instead of {}", found[field], record[field]))
            };
            match difference {
                None => score.equal[nth] += 1,
                Some(difference) => score
                    .differences
                    .push(format!("{} {field}: {difference}", draft.id)),
            }
        }
    }
    score
}

fn portion_difference(found: &Value, due: &[Value]) -> Option<String> {
    let found = found.as_array().expect("a list");
    if found.len() != due.len() {
        return Some(format!("{} portions instead of {}", found.len(), due.len()));
    }
    let empty = Value::Array(Vec::new());
    found.iter().zip(due).find_map(|(found, due)| {
        let gaps = found.get("gaps").unwrap_or(&empty);
        let equal = found["n"] == due["n"]
            && found["kind"] == due["kind"]
            && found["text"] == due["text"]
            && *gaps == due["gaps"];
        (!equal).then(|| format!("{found} instead of {due}"))
    })
}
