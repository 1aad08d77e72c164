//! The routes of a room, for who thinks of disclosing something.

use std::fmt::Write as _;

use strongroom_record::{Route, RouteName};

use crate::screen::{harmless, harmless_lines};

pub(super) fn told(routes: &[Route], to_all: &[RouteName]) -> String {
    if routes.is_empty() {
        return "this room has no routes: what is disclosed goes to every inspector\n".to_owned();
    }
    let mut text = String::new();
    for route in routes {
        let whom = match route.inspectors.as_slice() {
            [] => "every inspector".to_owned(),
            named => named
                .iter()
                .map(|name| harmless(name).to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        write!(
            text,
            "{}\n  {}\n  looked into by {whom}\n",
            harmless(route.name.as_str()),
            indented(&route.about)
        )
        .expect("strings take text");
        if to_all.contains(&route.name) {
            text.push_str(
                "  of whom none is an inspector now: what comes by it goes to EVERY inspector\n",
            );
        }
        if let Some(outside) = &route.outside {
            writeln!(text, "  outside of this room: {}", indented(outside))
                .expect("strings take text");
        }
        text.push('\n');
    }
    text.push_str("disclose --route NAME takes one of them; without it, what is disclosed goes to every inspector\n");
    text
}

/// The lines of a text, those after the first under it.
fn indented(text: &str) -> String {
    let text = harmless_lines(text).to_string();
    text.trim_end().replace('\n', "\n  ")
}

pub(super) fn json(routes: &[Route], to_all: &[RouteName]) -> Vec<u8> {
    let one = |route: &Route| {
        serde_json::json!({
            "name": route.name.as_str(),
            "about": route.about,
            "inspectors": route.inspectors,
            "outside": route.outside,
            "to_every_inspector": route.inspectors.is_empty() || to_all.contains(&route.name),
        })
    };
    let all: Vec<_> = routes.iter().map(one).collect();
    serde_json::json!({ "routes": all })
        .to_string()
        .into_bytes()
}
