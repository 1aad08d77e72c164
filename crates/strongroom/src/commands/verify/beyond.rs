//! What a file says beyond what is read of it.
//!
//! What such a file is read into passes over keys that it does not know. Written out again it has those that count; whatever else
//! the file has is named and refused: somebody who reads the file could take it for vouched for, and nothing vouches for it.

use serde::Serialize;
use serde_json::Value;
use strongroom_tlog::verify::{MAX_FAILURES, Report};

use super::shown::wrong;

/// Names the keys of a file that what was read of it does not have.
pub(super) fn report(kind: &str, file: &[u8], read: &impl Serialize, report: &mut Report) {
    let mut places = Vec::new();
    // It was read from these bytes as JSON before.
    if let (Ok(said), Ok(known)) = (serde_json::from_slice(file), serde_json::to_value(read)) {
        keys_beyond(&said, &known, String::new(), &mut places);
    }
    for place in places {
        report.push(wrong(
            &place,
            &format!("no {kind} has such a key, and nothing vouches for what it says"),
        ));
    }
}

fn keys_beyond(said: &Value, known: &Value, at: String, places: &mut Vec<String>) {
    match (said, known) {
        (Value::Object(said), Value::Object(known)) => {
            let dot = if at.is_empty() { "" } else { "." };
            for (key, value) in said {
                let at = format!("{at}{dot}{key}");
                match known.get(key) {
                    Some(known) => keys_beyond(value, known, at, places),
                    None if places.len() < MAX_FAILURES => places.push(at),
                    None => return,
                }
            }
        }
        (Value::Array(said), Value::Array(known)) => {
            for (n, (said, known)) in said.iter().zip(known).enumerate() {
                keys_beyond(said, known, format!("{at}[{n}]"), places);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_named_by_their_place_and_no_more_of_them_than_a_report_lists() {
        let known = json!({"a": 1, "b": [{"c": 2}, {"c": 3}]});
        let places = |said: &Value| {
            let mut places = Vec::new();
            keys_beyond(said, &known, String::new(), &mut places);
            places
        };
        assert!(places(&known).is_empty());
        let more = json!({"a": 1, "b": [{"c": 2}, {"c": 3, "d": null}], "e": {"f": 1}});
        assert_eq!(places(&more), ["b[1].d", "e"]);
        let many: serde_json::Map<String, Value> = (0..2 * MAX_FAILURES)
            .map(|n| (format!("x{n}"), Value::Null))
            .collect();
        assert_eq!(places(&Value::Object(many)).len(), MAX_FAILURES);
    }
}
