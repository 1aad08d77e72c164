//! The table of who may do what, `golden/roles.txt`: a file that is read by a person, and compared here with what was found
//! by trying. It has a row for each command of the API, for each thing that takes more hands, and for each act of the ledger;
//! one that lacks a row fails, and so does a row of something that is none, or that was not tried.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_guard::DEFAULT_RULES;
use strongroom_guard::api::{Request, RequestFor};
use strongroom_record::event::{Act, Role, StoredEvent};
use strongroom_record::{CommandId, PersonId};

const FILE: &str = include_str!("../golden/roles.txt");

/// Rows of words, with a cell for each role.
type Table = BTreeMap<String, [&'static str; Role::ALL.len()]>;

const CELLS: [&str; 7] = ["-", "may", "asks", "approves", "both", "alone", "approving"];

fn column(role: Role) -> usize {
    Role::ALL
        .iter()
        .position(|r| *r == role)
        .expect("one of them")
}

/// What was found by trying.
#[derive(Default)]
pub(crate) struct Tried {
    commands: BTreeMap<String, BTreeSet<Role>>,
    asks: BTreeMap<String, BTreeSet<Role>>,
    approves: BTreeMap<String, BTreeSet<Role>>,
}

impl Tried {
    /// Somebody of a role tried a command, and was refused for the role or not.
    pub(crate) fn command(&mut self, word: &str, role: Role, may: bool) {
        enter(&mut self.commands, word, role, may);
    }
    /// Somebody of a role tried to ask for something.
    pub(crate) fn asking(&mut self, word: &str, role: Role, may: bool) {
        enter(&mut self.asks, word, role, may);
    }
    /// Somebody of a role tried to approve what another asked for.
    pub(crate) fn approving(&mut self, word: &str, role: Role, may: bool) {
        enter(&mut self.approves, word, role, may);
    }

    /// Compares what was found, and what stands in the ledger then, with the file.
    pub(crate) fn compare(&self, events: &[StoredEvent]) {
        let file = File::read();
        let commands: Table = (self.commands.iter())
            .map(|(word, may)| {
                (
                    word.clone(),
                    row(|role| if may.contains(&role) { "may" } else { "-" }),
                )
            })
            .collect();
        let words: BTreeSet<&String> = self.asks.keys().chain(self.approves.keys()).collect();
        let has = |of: &BTreeMap<String, BTreeSet<Role>>, word: &str, role| {
            of.get(word).is_some_and(|may| may.contains(&role))
        };
        let cell =
            |word: &str, role| match (has(&self.asks, word, role), has(&self.approves, word, role))
            {
                (true, true) => "both",
                (true, false) => "asks",
                (false, true) => "approves",
                (false, false) => "-",
            };
        let hands: Table = (words.into_iter())
            .map(|word| (word.clone(), row(|role| cell(word, role))))
            .collect();
        let acts = acts_of(events);
        let found = [("commands", &commands), ("hands", &hands), ("acts", &acts)];
        let mut wrong = String::new();
        for (section, found) in found {
            let kept = &file.tables[section];
            let differ: Vec<&String> = (kept.keys().chain(found.keys()))
                .filter(|word| kept.get(*word) != found.get(*word))
                .collect();
            let told: BTreeSet<String> = differ.iter().map(|w| told(w, found.get(*w))).collect();
            if !told.is_empty() {
                wrong += &format!("[{section}]\n{}", String::from_iter(told));
            }
        }
        assert!(
            wrong.is_empty(),
            "golden/roles.txt says otherwise; found by trying:\n{wrong}"
        );
        file.is_whole();
    }
}

fn enter(table: &mut BTreeMap<String, BTreeSet<Role>>, word: &str, role: Role, may: bool) {
    let row = table.entry(word.to_owned()).or_default();
    if may {
        row.insert(role);
    }
}

fn row(cell: impl Fn(Role) -> &'static str) -> [&'static str; Role::ALL.len()] {
    Role::ALL.map(cell)
}

fn told(word: &str, row: Option<&[&str; Role::ALL.len()]>) -> String {
    match row {
        Some(cells) => {
            let cells: String = cells.iter().map(|cell| format!(" {cell:<10}")).collect();
            format!("{word:<24}{}\n", cells.trim_end())
        }
        None => format!("{word:<24} (nobody tried it)\n"),
    }
}

/// Whose acts stand in a ledger: of those who are called as their role is.
fn acts_of(events: &[StoredEvent]) -> Table {
    let mut names = BTreeMap::new();
    let mut persons: BTreeMap<PersonId, Role> = BTreeMap::new();
    let mut approved: BTreeSet<CommandId> = BTreeSet::new();
    for event in events {
        match &event.act {
            Act::Invited {
                invitation, name, ..
            } => {
                names.insert(*invitation, Role::from_word(name));
            }
            Act::Joined {
                invitation, person, ..
            } => {
                let role = names.get(invitation).copied().flatten();
                persons.extend(role.map(|role| (*person, role)));
            }
            Act::Approved(_) => approved.extend(event.command),
            _ => {}
        }
    }
    let mut table = Table::new();
    for event in events {
        let Some(role) = event.actor.and_then(|actor| persons.get(&actor)) else {
            continue;
        };
        let cells = table
            .entry(event.act.word().to_owned())
            .or_insert(["-"; Role::ALL.len()]);
        let cell = &mut cells[column(*role)];
        // What somebody does alone at one time is done alone.
        let approving = event
            .command
            .is_some_and(|command| approved.contains(&command));
        if !approving {
            *cell = "alone";
        } else if *cell == "-" {
            *cell = "approving";
        }
    }
    table
}

/// The file.
struct File {
    tables: BTreeMap<&'static str, Table>,
    /// What no role does as such, and where it is tried, by section.
    elsewhere: BTreeMap<&'static str, BTreeSet<String>>,
}

impl File {
    fn read() -> Self {
        let sections = ["commands", "hands", "acts"];
        let mut file = Self {
            tables: sections.map(|s| (s, Table::new())).into(),
            elsewhere: sections.map(|s| (s, BTreeSet::new())).into(),
        };
        let mut section = "";
        for (n, line) in (1..).zip(FILE.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(named) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = sections
                    .into_iter()
                    .find(|s| *s == named)
                    .unwrap_or_else(|| panic!("line {n}: no such section"));
                continue;
            }
            if line.is_empty() || line.starts_with("act ") {
                continue;
            }
            if let Some((word, place)) = line.split_once(':') {
                assert!(!place.trim().is_empty(), "line {n}: say where it is tried");
                let new = file
                    .elsewhere
                    .get_mut(section)
                    .expect("a section")
                    .insert(word.trim().to_owned());
                assert!(new, "line {n}: {word} stands there twice");
                continue;
            }
            let mut words = line.split_whitespace();
            let word = words.next().expect("a word").to_owned();
            let cells: Vec<&'static str> = words
                .map(|said| {
                    let cell = CELLS.into_iter().find(|cell| *cell == said);
                    cell.unwrap_or_else(|| panic!("line {n}: {said} is no cell"))
                })
                .collect();
            let cells = cells
                .try_into()
                .unwrap_or_else(|_| panic!("line {n}: a cell for each role"));
            let before = file
                .tables
                .get_mut(section)
                .expect("a section")
                .insert(word, cells);
            assert!(before.is_none(), "line {n}: this row stands there twice");
        }
        file
    }

    /// Whether each word that there is has a row, and each row is of a word that there is.
    fn is_whole(&self) {
        for (section, words) in [
            ("commands", commands()),
            ("hands", hands()),
            ("acts", acts()),
        ] {
            let tried: BTreeSet<String> = self.tables[section].keys().cloned().collect();
            let elsewhere = &self.elsewhere[section];
            assert!(words.len() > 8, "{section}: {words:?}");
            assert!(
                tried.is_disjoint(elsewhere),
                "[{section}]: tried here, and said to be elsewhere"
            );
            let rows: BTreeSet<String> = tried.union(elsewhere).cloned().collect();
            let lacking: Vec<_> = words.difference(&rows).collect();
            let stale: Vec<_> = rows.difference(&words).collect();
            assert!(
                lacking.is_empty(),
                "[{section}] of golden/roles.txt lacks {lacking:?}"
            );
            assert!(
                stale.is_empty(),
                "[{section}] of golden/roles.txt has what there is not: {stale:?}"
            );
        }
    }
}

/// The words of an enum of the API, as the reader of an unknown one lists them.
fn variants<T: serde::de::DeserializeOwned>(tag: &str) -> BTreeSet<String> {
    let unknown = serde_json::json!({ tag: "none of them" });
    let error = serde_json::from_value::<T>(unknown)
        .err()
        .expect("no such word")
        .to_string();
    let (_, words) = error
        .split_once("expected one of ")
        .expect("the words that there are");
    words
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The commands of the API, and those of filing, which are not of it.
fn commands() -> BTreeSet<String> {
    let filing = ["file", "file-correction", "sign-in"].map(str::to_owned);
    variants::<Request>("op")
        .into_iter()
        .chain(filing)
        .collect()
}

/// What takes more hands: whatever has a rule, and whatever can be asked for.
fn hands() -> BTreeSet<String> {
    let rules = DEFAULT_RULES
        .lines()
        .filter_map(|line| line.strip_prefix("act = "));
    let rules = rules.map(|word| word.trim_matches('"').to_owned());
    let asked = variants::<RequestFor>("what").into_iter();
    // By another word than the act of its rule.
    let asked = asked.map(|word| {
        if word == "undo" {
            "undo-restriction".to_owned()
        } else {
            word
        }
    });
    rules.chain(asked).collect()
}

/// The words of all acts, from where they are defined.
fn acts() -> BTreeSet<String> {
    let source = include_str!("../../../record/src/event.rs");
    let (_, words) = source
        .split_once("pub const fn word(&self)")
        .expect("the words of acts");
    let (words, _) = words.split_once("\n    }\n").expect("an end of them");
    words
        .lines()
        .filter_map(|line| {
            Some(
                line.split_once("=> \"")?
                    .1
                    .trim_end_matches("\",")
                    .to_owned(),
            )
        })
        .collect()
}
