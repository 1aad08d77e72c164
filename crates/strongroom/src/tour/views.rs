//! Views of one record, side by side.

use serde_json::Value;

const COLUMN_CHARS: usize = 30;

/// Prints each portion as each reader was shown it, from the portion of that number of the first view
/// on; a reader who was not shown it has an empty place. The first view must be the fullest.
pub(super) fn side_by_side(shown: &[(&str, Value)], from: usize) {
    let portions = |view: &Value| view["portions"].as_array().cloned().unwrap_or_default();
    println!();
    for line in [
        columns(shown.iter().map(|(name, _)| (*name).to_owned())),
        columns(
            shown
                .iter()
                .map(|(_, view)| view["banner"].as_str().unwrap_or_default().to_owned()),
        ),
        columns(
            shown
                .iter()
                .map(|(_, view)| format!("{} portions", portions(view).len())),
        ),
        columns(shown.iter().map(|_| "─".repeat(COLUMN_CHARS))),
    ] {
        println!("  {line}");
    }
    let Some((_, fullest)) = shown.first() else {
        return;
    };
    for portion in portions(fullest).iter().skip(from) {
        let places = shown.iter().map(|(_, view)| {
            let seen = portions(view)
                .into_iter()
                .find(|p| p["id"] == portion["id"]);
            seen.map_or_else(String::new, |p| {
                format!(
                    "{:>2} {} {}",
                    p["n"],
                    p["mark"].as_str().unwrap_or_default(),
                    p["text"].as_str().unwrap_or_default()
                )
            })
        });
        println!("  {}", columns(places));
    }
    println!();
}

fn columns(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|c| fit(&c)).collect();
    cells.join(" │ ").trim_end().to_owned()
}

fn fit(text: &str) -> String {
    let mut cut: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(COLUMN_CHARS)
        .collect();
    if text.chars().count() > COLUMN_CHARS {
        cut.pop();
        cut.push('…');
    }
    let missing = COLUMN_CHARS - cut.chars().count();
    cut + &" ".repeat(missing)
}
