//! Views of one record, side by side.

use serde_json::Value;

use super::stage;
use crate::outcome::Failure;
use crate::screen::{clip, pad, print};

/// Between two columns.
const BAR: &str = " │ ";
/// Before the first.
const INDENT: &str = "  ";

/// Prints each portion as each reader was shown it, from the portion of that number of the first view
/// on; a reader who was not shown it has an empty place. The first view must be the fullest.
pub(super) fn side_by_side(shown: &[(&str, Value)], from: usize) -> Result<(), Failure> {
    let Some((_, fullest)) = shown.first() else {
        return Ok(());
    };
    let bars = INDENT.len() + (shown.len() - 1) * BAR.chars().count();
    let width = stage::columns().saturating_sub(bars) / shown.len();
    let portions = |view: &Value| view["portions"].as_array().cloned().unwrap_or_default();
    let mut text = "\n".to_owned();
    let mut line = |cells: Vec<String>| text += &columns(&cells, width);
    line(shown.iter().map(|(name, _)| (*name).to_owned()).collect());
    line(
        shown
            .iter()
            .map(|(_, view)| view["banner"].as_str().unwrap_or_default().to_owned())
            .collect(),
    );
    line(
        shown
            .iter()
            .map(|(_, view)| format!("{} portions", portions(view).len()))
            .collect(),
    );
    line(shown.iter().map(|_| "─".repeat(width)).collect());
    for portion in portions(fullest).iter().skip(from) {
        let place = |view: &Value| {
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
        };
        line(shown.iter().map(|(_, view)| place(view)).collect());
    }
    print(&text)
}

fn columns(cells: &[String], width: usize) -> String {
    let fit = |cell: &String| {
        let plain: String = cell.chars().filter(|c| !c.is_control()).collect();
        pad(&clip(&plain, width), width)
    };
    let cells: Vec<String> = cells.iter().map(fit).collect();
    format!("{INDENT}{}\n", cells.join(BAR).trim_end())
}
