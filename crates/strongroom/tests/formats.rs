//! The pages of `docs/format` against the code: every domain, act, kind of row and named bound of the source
//! stands in them, with its number. A page that falls behind fails here with the row that it lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use strongroom_seal::domain;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The cells of a page's tables, row by row.
fn rows(page: &str) -> Vec<Vec<String>> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").map(|c| c.trim().to_owned()).collect())
        .collect()
}

/// What stands between two lines of a source.
fn between<'a>(source: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = source.split_once(from).unwrap_or_else(|| panic!("{from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to}")).0
}

#[test]
fn every_domain_stands_on_the_page_and_no_other() {
    let page = text("docs/format/sealed.md");
    let page = between(&page, "\n## Domains\n", "\n## ");
    let told: BTreeSet<String> = rows(page)
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .filter(|cell| cell != "domain" && cell != "---")
        .collect();
    let known: BTreeSet<String> = domain::ALL
        .iter()
        .map(|d| {
            let whole = std::str::from_utf8(d.as_bytes()).unwrap();
            whole.strip_prefix("strongroom/v1/").unwrap().to_owned()
        })
        .collect();
    assert_eq!(known, told);
}

#[test]
fn every_kind_of_row_stands_on_the_page() {
    let source = text("crates/guard/src/kinds.rs");
    let page = rows(&text("docs/format/store.md"));
    let mut kinds = 0;
    for line in source.lines() {
        let Some((name, number)) = line
            .strip_prefix("pub(crate) const ")
            .and_then(|rest| rest.strip_suffix(';')?.split_once(": u8 = "))
        else {
            continue;
        };
        kinds += 1;
        let name = name.to_lowercase().replace('_', " ");
        let told = |row: &Vec<String>| row.len() == 5 && row[0] == number && row[1] == name;
        assert!(
            page.iter().any(told),
            "store.md lacks `| {number} | {name} | …`"
        );
    }
    assert!(kinds >= 14, "{kinds} kinds found");
}

/// Names of the fields of a struct or of an enum's case, in the order of the source.
fn fields(body: &str) -> Vec<String> {
    let mut fields = Vec::new();
    for line in body.lines() {
        let line = line.trim().strip_prefix("pub ").unwrap_or(line.trim());
        if let Some((name, _)) = line.split_once(": ")
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            && !name.is_empty()
        {
            fields.push(name.to_owned());
        }
    }
    fields
}

/// Whether words stand in a text in this order.
fn in_order(text: &str, words: &[String]) -> Result<(), String> {
    let mut rest = text;
    for word in words {
        let (_, behind) = rest.split_once(word).ok_or_else(|| word.clone())?;
        rest = behind;
    }
    Ok(())
}

#[test]
fn every_act_stands_on_the_page_with_its_fields_in_order() {
    let source = text("crates/record/src/event.rs");
    let mut files = Vec::new();
    sources(&workspace().join("crates/record/src"), &mut files);
    let structs: String = files
        .iter()
        .map(|f| fs::read_to_string(f).unwrap())
        .collect();
    let page = text("docs/format/events.md");
    let table = rows(between(&page, "\n## Acts\n", "\n## "));
    let words: BTreeMap<&str, &str> = between(&source, "pub const fn word(&self)", "\n    }\n")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => "))
        .map(|(case, word)| {
            let name = case.split([' ', '(']).next().unwrap_or(case);
            (name, word.trim_matches([',', '"']))
        })
        .collect();

    let cases = between(&source, "pub enum Act {", "\n}\n");
    let mut acts = 0;
    for case in cases.split("\n    #[n(").skip(1) {
        let (number, case) = case.split_once(")]").unwrap();
        let name = case.trim().split([' ', '(', ',', '{']).next().unwrap();
        let word = words
            .get(name)
            .unwrap_or_else(|| panic!("no word for {name}"));
        acts += 1;
        let row = table
            .iter()
            .find(|row| row[0] == number)
            .unwrap_or_else(|| panic!("events.md lacks `| {number} | `{word}` | …`"));
        assert_eq!(row[1], format!("`{word}`"), "act {number}");
        in_order(&row[2], &fields(case))
            .unwrap_or_else(|field| panic!("events.md, act {number}: no {field} in its place"));

        // A case around a struct: its fields stand with the struct's name.
        let Some(inner) = case.split_once("(#[n(0)] ").map(|(_, inner)| inner) else {
            continue;
        };
        let inner = inner.trim_start_matches("Box<");
        let inner = inner.split([')', '>']).next().unwrap();
        let body = between(&structs, &format!("pub struct {inner} {{"), "\n}\n");
        let told = page
            .split_once(&format!("**{inner}**: "))
            .unwrap_or_else(|| panic!("events.md lacks **{inner}**"))
            .1;
        let told = told.split("\n* ").next().unwrap();
        in_order(told, &fields(body))
            .unwrap_or_else(|field| panic!("events.md, {inner}: no {field} in its place"));
    }
    assert!(acts >= 22, "{acts} acts found");
}

/// A constant of the source.
struct Const {
    krate: String,
    /// The file's name without its ending, or its folder's.
    stem: String,
    name: String,
    kind: String,
    value: String,
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "testing") {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn constants() -> Vec<Const> {
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace().join("crates")).unwrap() {
        let krate = entry.unwrap().path();
        let mut files = Vec::new();
        sources(&krate.join("src"), &mut files);
        for file in files {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let folder = file.parent().unwrap().file_name().unwrap();
            let stem = match stem.as_str() {
                // Neither is in any build of the program.
                "mock" | "planted" => continue,
                "mod" => folder.to_string_lossy().into_owned(),
                _ => stem,
            };
            let source = fs::read_to_string(&file).unwrap();
            let source = source.split("\n#[cfg(test)]\nmod ").next().unwrap();
            for (at, _) in source.match_indices("const ") {
                let before = source[..at].rsplit('\n').next().unwrap_or("").trim();
                let in_test = source[..at].trim_end().ends_with("#[cfg(test)]");
                if !(before.is_empty() || before.starts_with("pub")) || in_test {
                    continue;
                }
                let Some((name, rest)) = source[at + 6..].split_once(": ") else {
                    continue;
                };
                let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                if name.len() < 2 || !name.chars().all(upper) {
                    continue;
                }
                let (kind, rest) = rest.split_once(" =").unwrap();
                found.push(Const {
                    krate: krate.file_name().unwrap().to_string_lossy().into_owned(),
                    stem: stem.clone(),
                    name: name.to_owned(),
                    kind: kind.to_owned(),
                    value: rest.split(';').next().unwrap().trim().to_owned(),
                });
            }
        }
    }
    found
}

impl Const {
    /// All of a file of limits, and whatever says that it is one.
    fn is_bound(&self) -> bool {
        let part = |part| self.name.split('_').any(|p| p == part);
        let counts = ["usize", "u64", "u32", "u16", "u8", "Duration"].contains(&self.kind.as_str());
        counts && (self.stem == "limits" || part("MAX") || part("MIN"))
    }

    fn label(&self) -> String {
        match self.stem.as_str() {
            "limits" => format!("`{}`", self.name),
            stem => format!("`{stem}/{}`", self.name),
        }
    }

    /// As a page shows it.
    fn shown(&self, all: &[Const]) -> String {
        let of = |function: &str| {
            let inner = self.value.strip_prefix(function)?.strip_suffix(')')?;
            Some(grouped(Reading::of(inner, self, all).sum()))
        };
        if let Some(seconds) = of("Duration::from_secs(") {
            return format!("{seconds} s");
        }
        match of("Duration::from_millis(") {
            Some(millis) => format!("{millis} ms"),
            None => grouped(Reading::of(&self.value, self, all).sum()),
        }
    }
}

fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Reads the arithmetic that bounds are written in: numbers, other constants, `+ - * / <<`, `as`, `ilog2`.
struct Reading<'a> {
    rest: &'a str,
    of: &'a Const,
    all: &'a [Const],
}

impl<'a> Reading<'a> {
    fn of(expression: &'a str, of: &'a Const, all: &'a [Const]) -> Self {
        let rest = expression.trim();
        Self { rest, of, all }
    }

    fn takes(&mut self, token: &str) -> bool {
        let taken = self.rest.strip_prefix(token);
        self.rest = taken.unwrap_or(self.rest).trim_start();
        taken.is_some()
    }

    /// Down to the end, or to a closing bracket.
    fn sum(&mut self) -> u128 {
        let mut value = self.added();
        while self.takes("<<") {
            value <<= self.added();
        }
        assert!(
            self.rest.is_empty() || self.rest.starts_with(')'),
            "{}: {} cannot be read here: write the bound more plainly",
            self.of.label(),
            self.rest
        );
        value
    }

    fn added(&mut self) -> u128 {
        let mut value = self.multiplied();
        loop {
            if self.takes("+") {
                value += self.multiplied();
            } else if self.takes("-") {
                value -= self.multiplied();
            } else {
                return value;
            }
        }
    }

    fn multiplied(&mut self) -> u128 {
        let mut value = self.one();
        loop {
            if self.takes("*") {
                value *= self.one();
            } else if self.takes("/") {
                value /= self.one();
            } else {
                return value;
            }
        }
    }

    fn one(&mut self) -> u128 {
        let mut value = if self.takes("(") {
            let inner = self.sum();
            assert!(self.takes(")"), "{}", self.of.label());
            inner
        } else if self.takes("size_of::<u16>()") {
            2
        } else if self.takes("u8::MAX") {
            u128::from(u8::MAX)
        } else {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
            let end = self.rest.find(|c| !word(c)).unwrap_or(self.rest.len());
            let (token, rest) = self.rest.split_at(end);
            self.rest = rest.trim_start();
            match token.replace('_', "").parse() {
                Ok(number) => number,
                Err(_) => self.named(token),
            }
        };
        loop {
            if self.takes(".ilog2()") {
                value = u128::from(value.ilog2());
            } else if self.takes("as usize") || self.takes("as u64") {
            } else {
                return value;
            }
        }
    }

    /// Another constant: of the same file, of the file of its type, or the one of that name.
    fn named(&self, path: &str) -> u128 {
        let (owner, name) = path.rsplit_once("::").unwrap_or(("", path));
        let owner = owner.rsplit("::").next().unwrap_or("").to_lowercase();
        let of = |c: &&Const| c.name == name;
        let here = |c: &&Const| of(c) && c.krate == self.of.krate && c.stem == self.of.stem;
        let beside = |c: &&Const| of(c) && c.krate == self.of.krate && c.stem == owner;
        let mut elsewhere = self.all.iter().filter(of);
        let found = self.all.iter().find(here);
        let found = found.or_else(|| self.all.iter().find(beside));
        let found = found.or_else(|| elsewhere.next());
        let found = found.unwrap_or_else(|| panic!("{}: what is {path}?", self.of.label()));
        Reading::of(&found.value, found, self.all).sum()
    }
}

#[test]
fn every_bound_stands_on_the_page_with_its_value() {
    let page = text("docs/format/limits.md");
    let all = constants();
    let mut told = BTreeMap::new();
    for section in page.split("\n## ").skip(1) {
        let krate = section.split(':').next().unwrap();
        for row in rows(section)
            .into_iter()
            .filter(|row| row[0].starts_with('`'))
        {
            assert!(
                told.insert((krate, row[0].clone()), row[1].clone())
                    .is_none()
            );
        }
    }
    let mut wrong = Vec::new();
    let mut known = BTreeSet::new();
    for bound in all.iter().filter(|c| c.is_bound()) {
        let (krate, label, value) = (&bound.krate, bound.label(), bound.shown(&all));
        let place = (krate.as_str(), label.clone());
        let fits = |cell: &String| *cell == value || cell.starts_with(&format!("{value} "));
        if !told.get(&place).is_some_and(fits) {
            wrong.push(format!("{krate}: | {label} | {value} | … |"));
        }
        known.insert(place);
    }
    let gone = told.keys().filter(|place| !known.contains(*place));
    wrong.extend(gone.map(|(krate, label)| format!("{krate}: {label} is no bound any more")));
    assert!(
        wrong.is_empty(),
        "limits.md should have\n{}",
        wrong.join("\n")
    );
    assert!(known.len() > 150, "{} bounds found", known.len());
}

#[test]
fn every_page_is_linked_and_every_link_leads_somewhere() {
    let folder = workspace().join("docs/format");
    let contents = text("docs/format/README.md");
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let page = text(&format!("docs/format/{name}"));
        assert!(
            name == "README.md" || contents.contains(&format!("]({name})")),
            "{name}"
        );
        for link in page.split("](").skip(1).filter_map(|l| l.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { &name } else { file };
            let target = folder.join(file);
            assert!(target.exists(), "{name} leads to {link}");
            if heading.is_empty() {
                continue;
            }
            let there = fs::read_to_string(&target).unwrap();
            let there = there.lines().filter(|line| line.starts_with('#'));
            let mut anchors = there.map(|line| {
                let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
                let line = line.trim_start_matches('#').trim().to_lowercase();
                line.chars()
                    .filter(kept)
                    .collect::<String>()
                    .replace(' ', "-")
            });
            assert!(anchors.any(|a| a == heading), "{name} leads to {link}");
        }
    }
}
