//! What a person sees of a room, of what every version must go on to show.

use serde_json::{Value, json};

use crate::house::House;

/// Every record that a person may read, in the order of filing, with all that is shown of its words and marks.
pub(crate) fn shown(house: &House, name: &str) -> Value {
    house
        .listed(name)
        .iter()
        .map(|row| record(house, name, row["id"].as_str().unwrap()))
        .collect()
}

fn record(house: &House, name: &str, id: &str) -> Value {
    let read = house.as_(name, &["read", "--json", id]).ok().json();
    let original = house.as_(name, &["read", "--original", id]);
    let some = |of: &str, fields: &[&str]| -> Value {
        let all = read[of].as_array().unwrap();
        all.iter()
            .map(|one| fields.iter().map(|field| one[field].clone()).collect())
            .collect::<Vec<Value>>()
            .into()
    };
    json!({
        "id": id,
        "banner": read["banner"],
        "header": some("header", &["field", "id", "mark", "value"]),
        "portions": some("portions", &["n", "id", "mark", "kind", "text"]),
        // Who may not read all of it has no right to the slice that it came in.
        "original": (original.code == 0).then_some(original.out),
    })
}
