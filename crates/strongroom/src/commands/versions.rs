//! What `read` shows of a record beside its words: which version it is, what changed, links, a withdrawal.

use std::fmt::Write as _;

use strongroom_guard::api::{Changes, LinkShown, PortionChanged, Shown, WithdrawnShown};

use crate::screen::{BANNER, FAINT, Screen, harmless, harmless_lines, width_of, wrap};

use super::history::statement_lines;

/// Columns that a text has at least, beside the longest mark.
const COLUMNS_MIN: usize = 20;

/// Which version is shown, and how it came about; nothing where there is only one, as it was filed.
pub(super) fn version_lines(screen: &Screen, shown: &Shown) -> String {
    let mut text = String::new();
    if shown.versions > 1 || shown.corrected.is_some() {
        write!(text, "version {} of {}", shown.version, shown.versions).expect("strings take text");
    }
    if let Some(corrected) = &shown.corrected {
        write!(
            text,
            ", corrected {} by {}",
            harmless(&corrected.at),
            harmless(&corrected.by)
        )
        .expect("strings take text");
        if corrected.partial {
            text += "; the version before has portions marked higher, which are not in this one";
        }
    }
    if text.is_empty() {
        return text;
    }
    faint(screen, &text)
}

/// The links that are of the whole record, or of what is not in the view.
pub(super) fn links_of_record(screen: &Screen, shown: &Shown) -> String {
    let of_record = shown.links.iter().filter(|l| !is_in_view(l));
    of_record
        .map(|link| {
            let mut text = told(link);
            if let Some(version) = link.version {
                write!(text, " (of version {version})").expect("strings take text");
            }
            faint(screen, &text)
        })
        .collect()
}

/// The links of a portion, or of a header field.
pub(super) fn links_of_portion(screen: &Screen, shown: &Shown, name: &str) -> String {
    let of = shown
        .links
        .iter()
        .filter(|l| is_in_view(l) && l.portion.as_deref() == Some(name));
    of.map(|link| format!("    {}\n", screen.paint(FAINT, &told(link))))
        .collect()
}

fn is_in_view(link: &LinkShown) -> bool {
    link.portion.is_some() && link.version.is_none()
}

fn told(link: &LinkShown) -> String {
    let what = match link.what.as_str() {
        "responds-to" => "responds to",
        "denied-by" => "denied by",
        "answered-by" => "answered by",
        "succeeds" => "successor of",
        "succeeded-by" => "superseded by",
        other => other,
    };
    format!("{} {}", harmless(what), harmless(&link.record))
}

/// What is left of a record that was withdrawn.
pub(super) fn withdrawn(shown: &WithdrawnShown) -> String {
    let mut text = format!(
        "\nwithdrawn {} by {}: nothing of it opens any more\n",
        harmless(&shown.at),
        harmless(&shown.by)
    );
    writeln!(
        text,
        "filed {} by {}",
        harmless(&shown.filed_at),
        harmless(&shown.filed_by)
    )
    .expect("strings take text");
    if let Some(asked) = &shown.asked_by {
        writeln!(text, "asked for by {}", harmless(asked)).expect("strings take text");
    }
    for (label, said) in shown.why.iter().flat_map(statement_lines) {
        writeln!(text, "    {label:<9} {}", harmless(&said)).expect("strings take text");
    }
    text
}

/// What changed from one version to the next, as one page.
pub(super) fn changes(screen: &Screen, changes: &Changes) -> String {
    let banner = screen.paint(BANNER, &format!(" {} ", harmless(&changes.banner)));
    let mut text = format!("{banner}\n");
    let mut head = format!(
        "version {} of {}, compared with version {}",
        changes.version, changes.versions, changes.before
    );
    if let Some(corrected) = &changes.corrected {
        write!(
            head,
            "; corrected {} by {}",
            harmless(&corrected.at),
            harmless(&corrected.by)
        )
        .expect("strings take text");
    }
    text += &faint(screen, &head);
    for field in &changes.header {
        for (sign, said) in [("-", &field.before), ("+", &field.after)] {
            if let Some(said) = said {
                let said = format!("{}: {}", harmless(&field.field), harmless(said));
                text += &laid_out(screen, &format!("{sign} "), &said);
            }
        }
    }
    let mut same = 0;
    for portion in &changes.portions {
        if portion.what == "same" {
            same += 1;
            continue;
        }
        text += &unchanged(screen, &mut same);
        text += &changed(screen, portion);
    }
    text += &unchanged(screen, &mut same);
    let copy = format!(
        "copy {} for {} at {}",
        harmless(&changes.copy),
        harmless(&changes.reader),
        harmless(&changes.at)
    );
    writeln!(text, "\n{}\n{banner}", screen.paint(FAINT, &copy)).expect("strings take text");
    text
}

/// So many portions are as they were.
fn unchanged(screen: &Screen, same: &mut usize) -> String {
    match std::mem::take(same) {
        0 => String::new(),
        1 => format!("{}\n", screen.paint(FAINT, "  (1 portion as it was)")),
        n => format!(
            "{}\n",
            screen.paint(FAINT, &format!("  ({n} portions as they were)"))
        ),
    }
}

/// A portion with its words: what was taken out in `[-…-]`, what was put in in `{+…+}`.
fn changed(screen: &Screen, portion: &PortionChanged) -> String {
    let number = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mut words = String::new();
    for run in &portion.words {
        let said = harmless_lines(&run.text);
        match (portion.what.as_str(), run.what.as_str()) {
            ("changed", "removed") => write!(words, "[-{said}-]"),
            ("changed", "added") => write!(words, "{{+{said}+}}"),
            _ => write!(words, "{said}"),
        }
        .expect("strings take text");
    }
    let sign = match portion.what.as_str() {
        "added" => "+",
        "removed" => "-",
        _ => "~",
    };
    let margin = format!(
        "{sign} {}>{} {}  ",
        number(portion.before),
        number(portion.after),
        harmless(&portion.mark)
    );
    laid_out(screen, &margin, &words)
}

/// A text to the right of what stands before its first line; on a terminal over as many lines as it takes.
fn laid_out(screen: &Screen, margin: &str, text: &str) -> String {
    let indent = width_of(margin);
    let lines = text.split('\n');
    let lines: Vec<String> = match screen.columns() {
        Some(columns) => lines
            .flat_map(|line| wrap(line, columns.saturating_sub(indent).max(COLUMNS_MIN)))
            .collect(),
        None => lines.map(str::to_owned).collect(),
    };
    format!(
        "{margin}{}\n",
        lines.join(&format!("\n{}", " ".repeat(indent)))
    )
}

/// A line beside the text; on a terminal over as many as it takes.
pub(super) fn faint(screen: &Screen, text: &str) -> String {
    let lines = match screen.columns() {
        Some(columns) => wrap(text, columns),
        None => vec![text.to_owned()],
    };
    let lines = lines.iter().map(|line| screen.paint(FAINT, line) + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::WordsChanged;

    #[test]
    fn changed_words_stand_in_brackets_that_tell_them_apart() {
        let run = |what: &str, text: &str| WordsChanged {
            what: what.to_owned(),
            text: text.to_owned(),
        };
        let portion = PortionChanged {
            what: "changed".to_owned(),
            before: Some(3),
            after: Some(4),
            mark: "(S)".to_owned(),
            words: vec![
                run("same", "I "),
                run("removed", "said "),
                run("added", "\u{1b}never "),
                run("same", "it."),
            ],
        };
        assert_eq!(
            changed(&Screen::of(false, false, 40), &portion),
            "~ 3>4 (S)  I [-said -]{+␛never +}it.\n"
        );
        assert_eq!(
            changed(&Screen::of(true, false, 32), &portion),
            "~ 3>4 (S)  I [-said -]{+␛never\n           +}it.\n"
        );
    }
}
