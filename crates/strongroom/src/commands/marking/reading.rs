//! A marking that somebody wrote, read by a policy of either sort, and how it is shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use strongroom_label::{CategorySets, Form, Label, Marking, MarkingError, Policy};

use crate::screen::{FAINT, STRONG, Screen, harmless, pad};

/// Columns of what stands before a line of the answer.
const COLUMNS: usize = 13;

/// A marking, and the form in which it was written.
pub(crate) struct Written<'p> {
    policy: &'p Policy,
    form: Form,
    meant: Meant,
}

/// What a marking is, by the sort of its policy.
enum Meant {
    /// By a grammar: a banner line or portion mark.
    Marking(Marking),
    /// Without one: a level and parts after semicolons.
    Label(Label),
}

/// What is wrong with a marking.
pub(crate) struct Wrong {
    error: MarkingError,
    /// The character, counted from 1, of the text as it was given.
    position: usize,
    /// It was given in parentheses.
    in_parentheses: bool,
}

/// The form of a text, and what stands within its parentheses: portion marks stand in such.
fn form_of(text: &str) -> (Form, &str, usize) {
    let within = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    match within {
        Some(within) => (Form::Portion, within, 1),
        None => (Form::Banner, text, 0),
    }
}

/// Reads a marking: a portion mark where it stands in parentheses, else a banner line.
pub(crate) fn read<'p>(policy: &'p Policy, text: &str) -> Result<Written<'p>, Wrong> {
    let (form, within, skipped) = form_of(text);
    read_as(policy, within, form).map_err(|error| Wrong {
        position: error.position + skipped,
        in_parentheses: skipped > 0,
        error,
    })
}

/// Reads a portion mark, with its parentheses or without.
pub(crate) fn read_portion<'p>(policy: &'p Policy, text: &str) -> Result<Written<'p>, Wrong> {
    let (_, within, skipped) = form_of(text);
    read_as(policy, within, Form::Portion).map_err(|error| Wrong {
        position: error.position + skipped,
        in_parentheses: skipped > 0,
        error,
    })
}

fn read_as<'p>(policy: &'p Policy, text: &str, form: Form) -> Result<Written<'p>, MarkingError> {
    let meant = match (policy.reads_banners(), form) {
        (false, _) => Meant::Label(policy.parse_marking(text)?),
        (true, Form::Banner) => Meant::Marking(policy.parse_banner(text)?),
        (true, Form::Portion) => Meant::Marking(policy.parse_portion(text)?),
    };
    Ok(Written {
        policy,
        form,
        meant,
    })
}

impl<'p> Written<'p> {
    /// What was made of portions.
    pub(crate) fn banner_of(policy: &'p Policy, marking: Marking) -> Self {
        Self {
            policy,
            form: Form::Banner,
            meant: Meant::Marking(marking),
        }
    }

    /// The join of portions, of a policy without a grammar.
    pub(crate) fn joined(policy: &'p Policy, label: Label) -> Self {
        Self {
            policy,
            form: Form::Banner,
            meant: Meant::Label(label),
        }
    }

    /// The marking, if its policy has a grammar.
    pub(crate) fn marking(&self) -> Option<&Marking> {
        match &self.meant {
            Meant::Marking(marking) => Some(marking),
            Meant::Label(_) => None,
        }
    }

    /// What it asks of readers.
    pub(crate) fn label(&self) -> Label {
        match &self.meant {
            Meant::Marking(marking) => marking.label(self.policy),
            Meant::Label(label) => label.clone(),
        }
    }

    /// As it stands above and below a page.
    pub(crate) fn banner(&self) -> String {
        match &self.meant {
            Meant::Marking(marking) => marking.banner(self.policy),
            Meant::Label(label) => self.policy.banner(label),
        }
    }

    /// As it stands before a portion, with its parentheses.
    pub(crate) fn portion(&self) -> String {
        match &self.meant {
            Meant::Marking(marking) => format!("({})", marking.portion(self.policy)),
            Meant::Label(label) => self.policy.portion_mark(label),
        }
    }

    fn form(&self) -> &'static str {
        match self.form {
            Form::Banner => "banner",
            Form::Portion => "portion",
        }
    }

    /// For programs.
    pub(crate) fn json(&self, text: &str) -> Value {
        json!({
            "marking": text,
            "valid": true,
            "form": self.form(),
            "banner": self.banner(),
            "portion": self.portion(),
            "label": label_json(&self.label()),
        })
    }

    /// For people: the two forms and the label's parts.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        line(&mut text, "banner", &self.banner());
        line(&mut text, "portion", &self.portion());
        text += &parts(&self.label());
        text
    }
}

/// A label's parts, a line each.
pub(crate) fn parts(label: &Label) -> String {
    let mut text = String::new();
    let levels: Vec<&str> = label.levels().iter().map(|level| level.as_str()).collect();
    line(&mut text, "levels", &levels.join(", "));
    for (kind, sets) in [
        ("all of", label.restrictive()),
        ("any of", label.permissive()),
        ("informs", label.informative()),
    ] {
        for (category, values) in sets {
            let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            let values = match values.is_empty() {
                true => "nobody".to_owned(),
                false => values.join(", "),
            };
            line(&mut text, kind, &format!("{category}: {values}"));
        }
    }
    text
}

/// A line with a word before it.
pub(crate) fn line(text: &mut String, word: &str, says: &str) {
    writeln!(text, "  {}{}", pad(word, COLUMNS), harmless(says)).expect("strings take text");
}

/// A label for programs: levels, and each kind of category with its values.
pub(crate) fn label_json(label: &Label) -> Value {
    let sets = |sets: &CategorySets| -> Value {
        let sets: BTreeMap<&str, Vec<&str>> = sets
            .iter()
            .map(|(category, values)| {
                let values = values.iter().map(|value| value.as_str()).collect();
                (category.as_str(), values)
            })
            .collect();
        json!(sets)
    };
    json!({
        "levels": label.levels().iter().map(|level| level.as_str()).collect::<Vec<_>>(),
        "restrictive": sets(label.restrictive()),
        "permissive": sets(label.permissive()),
        "informative": sets(label.informative()),
    })
}

impl Wrong {
    /// For programs.
    pub(crate) fn json(&self, text: &str) -> Value {
        let error = &self.error;
        json!({
            "marking": text,
            "valid": false,
            "error": {
                "position": self.position,
                "rule": error.rule(),
                "message": error.message(),
                "instead": self.instead(),
                "cites": error.cites(),
            },
        })
    }

    /// For people: the marking, the character, the rule, where it stands, what to write.
    pub(crate) fn told(&self, screen: &Screen, text: &str) -> String {
        let mut out = self.pointed(screen, text);
        let error = &self.error;
        line(
            &mut out,
            "error",
            &format!("character {}: {}", self.position, error.message()),
        );
        let cites = error.cites();
        let rule = match cites.is_empty() {
            true => error.rule().to_owned(),
            false => format!("{} ({cites})", error.rule()),
        };
        line(&mut out, "rule", &rule);
        if let Some(instead) = self.instead() {
            line(&mut out, "write", &instead);
        }
        out
    }

    /// What to write, as it was written: in parentheses, or without.
    fn instead(&self) -> Option<String> {
        let instead = self.error.instead()?;
        Some(match self.in_parentheses {
            true => format!("({instead})"),
            false => instead.to_owned(),
        })
    }

    /// The marking with a caret below the character at which it is wrong.
    fn pointed(&self, screen: &Screen, text: &str) -> String {
        let before: String = text.chars().take(self.position.saturating_sub(1)).collect();
        let blank = " ".repeat(crate::screen::width_of(&harmless(&before)));
        let caret = screen.paint(STRONG, "^");
        format!("{}\n{blank}{caret}\n", harmless(text))
    }
}

/// A marking as the heading of what is said of it.
pub(crate) fn heading(screen: &Screen, text: &str, remark: &str) -> String {
    let remark = screen.paint(FAINT, remark);
    format!("{}  {remark}\n", screen.paint(STRONG, &harmless(text)))
}
