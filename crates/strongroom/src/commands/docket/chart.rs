//! The chart of the docket: stacked columns a month, one picture for placements and one below for restrictions, a colour for
//! each reason; what was done under a practice is hatched. Plain SVG, without scripts or anything from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use strongroom_guard::api::{DocketChart, DocketCount};

/// Width of the picture.
const WIDTH: usize = 960;
/// Where the columns begin and end.
const LEFT: usize = 64;
const RIGHT: usize = WIDTH - 24;
/// Height of the columns of one panel.
const PANEL: usize = 200;
/// From the top of one panel's columns to that of the next.
const PANEL_STEP: usize = PANEL + 84;
/// Where the first panel's columns begin.
const TOP: usize = 76;
/// A line of the legend.
const LINE: usize = 20;
/// Lines of the grid beside the axis, at most.
const GRID: usize = 4;
/// Characters of a practice's words that the legend shows.
const WORDS: usize = 80;
/// The narrowest label of a month takes so much.
const LABEL: usize = 56;
/// The widest place of a month, and the widest column in it: of few months the picture stays empty to the right.
const MONTH_WIDE: usize = 88;
const COLUMN_WIDE: usize = 48;

/// Colours that differ also to those who see few colours (Okabe and Ito); of more reasons they come again.
const COLOURS: [&str; 8] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#595959",
];

/// What a part of a column stands for.
type Kind<'a> = (&'a str, Option<&'a str>);

/// Draws it.
pub(super) fn svg(figures: &DocketChart) -> String {
    let months = months(&figures.counts);
    let reasons: BTreeSet<&str> = figures.counts.iter().map(|c| c.reason.as_str()).collect();
    let reasons: Vec<&str> = reasons.into_iter().collect();
    let legend = TOP + PANEL_STEP + PANEL + 64;
    let height = legend + LINE * (reasons.len() + figures.practices.len() + 2);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<defs><pattern id=\"practice\" width=\"6\" height=\"6\" \
         patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"6\" fill=\"#ffffff\" \
         fill-opacity=\"0.75\"/></pattern></defs>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text(
        &mut out,
        (LEFT, 30),
        "font-size=\"16\" font-weight=\"bold\"",
        "Placements and restrictions",
    );
    for (n, (what, title)) in [("placed", "Placed"), ("restricted", "Restricted")]
        .into_iter()
        .enumerate()
    {
        let top = TOP + n * PANEL_STEP;
        panel(
            &mut out,
            (top, what, title),
            &months,
            &reasons,
            &figures.counts,
        );
    }
    let mut at = legend;
    for (n, reason) in reasons.iter().enumerate() {
        swatch(&mut out, at, COLOURS[n % COLOURS.len()], false);
        text(&mut out, (LEFT + 24, at), "", reason);
        at += LINE;
    }
    if !figures.practices.is_empty() {
        swatch(&mut out, at, "#999999", true);
        text(&mut out, (LEFT + 24, at), "", "hatched: under a practice");
        at += LINE;
    }
    for (id, words) in &figures.practices {
        let count: usize = cited(&figures.counts, id);
        let short: String = words.chars().take(WORDS).collect();
        let more = if short.len() < words.len() { "…" } else { "" };
        let short_id: String = id.chars().take(8).collect();
        text(
            &mut out,
            (LEFT + 24, at),
            "fill=\"#444444\"",
            &format!("{short_id}  {short}{more} ({count})"),
        );
        at += LINE;
    }
    out.push_str("</svg>\n");
    out
}

fn cited(counts: &[DocketCount], practice: &str) -> usize {
    let of = counts
        .iter()
        .filter(|c| c.practice.as_deref() == Some(practice));
    of.map(|c| c.count).sum()
}

/// Every month from the first with a figure to the last.
fn months(counts: &[DocketCount]) -> Vec<String> {
    let number = |month: &str| -> Option<usize> {
        let (year, month) = month.split_once('-')?;
        Some(year.parse::<usize>().ok()? * 12 + month.parse::<usize>().ok()?.checked_sub(1)?)
    };
    let all: Vec<usize> = counts.iter().filter_map(|c| number(&c.month)).collect();
    let (Some(first), Some(last)) = (all.iter().min(), all.iter().max()) else {
        return Vec::new();
    };
    (*first..=*last)
        .map(|n| format!("{:04}-{:02}", n / 12, n % 12 + 1))
        .collect()
}

fn panel(
    out: &mut String,
    (top, what, title): (usize, &str, &str),
    months: &[String],
    reasons: &[&str],
    counts: &[DocketCount],
) {
    let bottom = top + PANEL;
    let of_month = |month: &str| -> BTreeMap<Kind<'_>, usize> {
        let mut of: BTreeMap<Kind<'_>, usize> = BTreeMap::new();
        for c in counts.iter().filter(|c| c.what == what && c.month == month) {
            let practice = c.practice.as_deref().map(|_| "practice");
            *of.entry((&c.reason, practice)).or_default() += c.count;
        }
        of
    };
    let columns: Vec<BTreeMap<Kind<'_>, usize>> = months.iter().map(|m| of_month(m)).collect();
    let total = |column: &BTreeMap<Kind<'_>, usize>| column.values().sum::<usize>();
    let all: usize = columns.iter().map(&total).sum();
    let title = format!("{title}: {all} in all, by month");
    text(out, (LEFT, top - 14), "font-weight=\"bold\"", &title);
    let highest = columns.iter().map(&total).max().unwrap_or(0).max(1);
    let step = step(highest);
    let scale = highest.div_ceil(step) * step;
    let up = |n: usize| n * PANEL / scale;
    let mut n = 0;
    while n <= scale {
        let y = bottom - up(n);
        line(
            out,
            (LEFT, y),
            (RIGHT, y),
            if n == 0 { "#333333" } else { "#dddddd" },
        );
        text(
            out,
            (LEFT - 8, y + 4),
            "text-anchor=\"end\"",
            &n.to_string(),
        );
        n += step;
    }
    line(out, (LEFT, top), (LEFT, bottom), "#333333");
    if months.is_empty() || all == 0 {
        text(
            out,
            (LEFT + 16, bottom - PANEL / 2),
            "fill=\"#666666\"",
            "nothing in this time",
        );
    }
    let every = (months.len() * LABEL).div_ceil(wide(months.len())).max(1);
    for (m, column) in columns.iter().enumerate() {
        let (x, next) = (place(m, months.len()), place(m + 1, months.len()));
        let width = ((next - x) * 2 / 3).clamp(1, COLUMN_WIDE);
        let x = x + (next - x).saturating_sub(width) / 2;
        let mut under = 0;
        for ((reason, practice), count) in column {
            let colour = reasons.iter().position(|r| r == reason).unwrap_or(0);
            // Also one of a thousand is to be seen.
            let low = up(under);
            let high = up(under + count).max(low + 1);
            let at = (x, bottom - high, width, high - low);
            let told = format!("{}: {count} {what}, {reason}", months[m]);
            bar(
                out,
                at,
                COLOURS[colour % COLOURS.len()],
                practice.is_some(),
                &told,
            );
            under += count;
        }
        if m % every == 0 {
            let middle = x + width / 2;
            line(out, (middle, bottom), (middle, bottom + 5), "#333333");
            text(
                out,
                (middle, bottom + 20),
                "text-anchor=\"middle\"",
                &months[m],
            );
        }
    }
}

/// Where the column of a month begins.
fn place(month: usize, of: usize) -> usize {
    LEFT + month * wide(of) / of.max(1)
}

/// How much of the picture's width so many months take.
fn wide(months: usize) -> usize {
    (RIGHT - LEFT).min(months.max(1) * MONTH_WIDE)
}

/// A round step of the axis: 1, 2 or 5 with noughts.
fn step(highest: usize) -> usize {
    let mut ten = 1;
    loop {
        for step in [ten, 2 * ten, 5 * ten] {
            if highest <= step * GRID {
                return step;
            }
        }
        ten *= 10;
    }
}

fn bar(
    out: &mut String,
    (x, y, width, height): (usize, usize, usize, usize),
    colour: &str,
    hatched: bool,
    told: &str,
) {
    let place = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
    writeln!(
        out,
        "<g><title>{}</title><rect {place} fill=\"{colour}\"/>",
        escaped(told)
    )
    .expect("strings take text");
    if hatched {
        writeln!(out, "<rect {place} fill=\"url(#practice)\"/>").expect("strings take text");
    }
    out.push_str("</g>\n");
}

fn swatch(out: &mut String, base: usize, colour: &str, hatched: bool) {
    bar(out, (LEFT, base - 10, 14, 12), colour, hatched, "");
}

fn line(out: &mut String, (x1, y1): (usize, usize), (x2, y2): (usize, usize), colour: &str) {
    writeln!(
        out,
        "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\"/>"
    )
    .expect("strings take text");
}

fn text(out: &mut String, (x, y): (usize, usize), style: &str, said: &str) {
    writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" {style}>{}</text>",
        escaped(said)
    )
    .expect("strings take text");
}

/// Text as XML takes it; what no XML may hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(
        month: &str,
        what: &str,
        reason: &str,
        practice: Option<&str>,
        count: usize,
    ) -> DocketCount {
        DocketCount {
            month: month.to_owned(),
            what: what.to_owned(),
            reason: reason.to_owned(),
            practice: practice.map(str::to_owned),
            count,
        }
    }

    /// The picture as an XML reader sees it: the texts, and how many bars it has.
    fn read(svg: &str) -> (Vec<String>, usize) {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(svg);
        let (mut texts, mut bars, mut inside) = (Vec::new(), 0, false);
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => return (texts, bars),
                Event::Start(e) if e.name().as_ref() == "text" => {
                    inside = true;
                    texts.push(String::new());
                }
                Event::Start(e) if e.name().as_ref() == "g" => bars += 1,
                Event::End(e) if e.name().as_ref() == "text" => inside = false,
                Event::Text(t) if inside => {
                    texts.last_mut().unwrap().push_str(&t);
                }
                Event::GeneralRef(_) if inside => texts.last_mut().unwrap().push('&'),
                _ => {}
            }
        }
    }

    #[test]
    fn a_chart_has_a_bar_for_each_figure_and_names_what_they_are() {
        let figures = DocketChart {
            counts: vec![
                count("2025-11", "placed", "foreign-relations", None, 3),
                count(
                    "2026-02",
                    "placed",
                    "foreign-relations",
                    Some("abcdefghjk"),
                    40,
                ),
                count("2026-02", "restricted", "privacy", None, 7),
            ],
            practices: vec![(
                "abcdefghjk".to_owned(),
                "calls <with> heads & others".to_owned(),
            )],
        };
        let (texts, bars) = read(&svg(&figures));
        // Three figures, two reasons and the hatching in the legend.
        assert_eq!(bars, 3 + 2 + 1);
        for said in [
            "Placed: 43 in all, by month",
            "Restricted: 7 in all, by month",
            "2025-11",
            "2025-12",
            "2026-02",
            "privacy",
        ] {
            assert!(texts.iter().any(|t| t == said), "{said}: {texts:?}");
        }
        assert!(
            texts
                .iter()
                .any(|t| t.starts_with("abcdefgh  calls") && t.ends_with("(40)"))
        );
    }

    #[test]
    fn a_chart_of_nothing_and_one_of_centuries_are_charts() {
        let none = DocketChart {
            counts: Vec::new(),
            practices: Vec::new(),
        };
        let (texts, bars) = read(&svg(&none));
        assert_eq!(
            (
                bars,
                texts
                    .iter()
                    .filter(|t| *t == "nothing in this time")
                    .count()
            ),
            (0, 2)
        );
        let long = DocketChart {
            counts: vec![
                count("1900-01", "placed", "a", None, 1),
                count("2099-12", "placed", "b", None, 1_000_000),
            ],
            practices: Vec::new(),
        };
        let (texts, _) = read(&svg(&long));
        assert!(texts.len() < 100, "labels do not overlap: {}", texts.len());
    }

    #[test]
    fn of_one_month_and_of_many_a_column_is_a_column() {
        for months in [1, 2, 10, 11, 40, 876, 2_400] {
            let last = format!(
                "{:04}-{:02}",
                1900 + (months - 1) / 12,
                (months - 1) % 12 + 1
            );
            let figures = DocketChart {
                counts: vec![
                    count("1900-01", "placed", "a", None, 1_000),
                    count("1900-01", "placed", "b", None, 1),
                    count(&last, "placed", "a", None, 1_000),
                ],
                practices: Vec::new(),
            };
            let svg = svg(&figures);
            let bars = svg
                .lines()
                .filter(|line| line.starts_with("<g><title>1900"));
            for bar in bars {
                let number = |name: &str| -> usize {
                    let (_, rest) = bar.split_once(&format!(" {name}=\"")).unwrap();
                    rest.split_once('"').unwrap().0.parse().unwrap()
                };
                let (x, width) = (number("x"), number("width"));
                assert!((1..=COLUMN_WIDE).contains(&width), "{months}: {bar}");
                assert!(LEFT <= x && x + width <= RIGHT, "{months}: {bar}");
                assert!(number("height") > 0, "{months}: {bar}");
            }
        }
    }

    #[test]
    fn steps_are_round_and_few() {
        for highest in 1..5_000 {
            let step = step(highest);
            assert!(highest.div_ceil(step) <= GRID);
            let leading = step.to_string().trim_end_matches('0').to_owned();
            assert!(["1", "2", "5"].contains(&leading.as_str()));
        }
    }
}
