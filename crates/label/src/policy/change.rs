//! From one policy to the next while labels are in use: what must stay, and what is different.
//!
//! Whatever was marked must read as before: so every level, category, value, spelling and reading stays, with its rank, its
//! kind and the way in which it is shown, and so does the grammar. It is the two texts alone that decide, and never what is
//! in use: a refusal tells nobody which markings records bear. Reasons stay, because dockets cite them, and schedules keep
//! their names, because records are under them. What may come is anything new; what may change is how long things take and
//! how long records are kept.

use super::{PassphraseFloor, Policy};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Why a text is no next version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyLoss {
    /// A policy keeps its name.
    #[error("the policy in force is called `{0}`, and its next version is too")]
    Name(String),
    /// What may be marked stays, and reads as before.
    #[error("`{0}` is in the policy in force, and must stay as it is there: labels may bear it")]
    Marking(String),
    /// The order of categories, and of the values of one, is their order in banners.
    #[error(
        "`{0}` stands in another order than in the policy in force: banners would read otherwise"
    )]
    Order(String),
    /// How markings are written stays.
    #[error("how markings are written, the grammar, must stay as it is in the policy in force")]
    Grammar,
    /// What was given as a reason stays, in the words in which it was given.
    #[error(
        "the reason `{0}` is in the policy in force, and must stay as it is there: dockets cite it"
    )]
    Reason(String),
    /// A schedule keeps its name.
    #[error(
        "the schedule `{0}` is in the policy in force, and must stay: records are under it; its years may change"
    )]
    Schedule(String),
    /// Records for which nobody said another schedule are under the default one.
    #[error(
        "the schedule `{0}` is the default of the policy in force, and must stay it: records are under it unsaid"
    )]
    Default(String),
    /// What is asked of passphrases does not fall.
    #[error("less would be asked of passphrases than the policy in force asks")]
    Passphrase,
}

impl PolicyLoss {
    /// Whether the message names a marking: not everybody may know of each.
    pub fn names_a_marking(&self) -> bool {
        matches!(self, Self::Marking(_) | Self::Order(_))
    }
}

impl Policy {
    /// What is different in the policy's next version, line by line; none where only comments are.
    ///
    /// # Errors
    ///
    /// The first thing that must stay and does not.
    ///
    /// # Panics
    ///
    /// Never: the sources of policies are TOML.
    pub fn change_to(&self, next: &Self) -> Result<Vec<String>, PolicyLoss> {
        if self.name() != next.name() {
            return Err(PolicyLoss::Name(self.name().to_string()));
        }
        if falls(self.passphrase(), next.passphrase()) {
            return Err(PolicyLoss::Passphrase);
        }
        let table = |policy: &Self| -> Table {
            toml::from_str(policy.source()).expect("a policy was read from it")
        };
        let (now, then) = (table(self), table(next));
        if now.get("grammar") != then.get("grammar") {
            return Err(PolicyLoss::Grammar);
        }
        let mut told = Told(Vec::new());
        told.changes("title", &beside(&now, "title"), &beside(&then, "title"));
        told.changes(
            "passphrase",
            &inner(&now, "passphrase"),
            &inner(&then, "passphrase"),
        );
        told.changes("terms", &inner(&now, "terms"), &inner(&then, "terms"));
        markings(
            &mut told,
            "level",
            list(&now, "level"),
            list(&then, "level"),
        )?;
        categories(&mut told, list(&now, "category"), list(&then, "category"))?;
        for key in ["handling", "unmarked"] {
            spellings(&mut told, key, list(&now, key), list(&then, key))?;
        }
        readings(&mut told, list(&now, "reading"), list(&then, "reading"))?;
        for key in ["reason", "prohibited"] {
            reasons(&mut told, key, list(&now, key), list(&then, key))?;
        }
        schedules(&mut told, list(&now, "schedule"), list(&then, "schedule"))?;
        Ok(told.0)
    }
}

/// Whether less is asked of passphrases: fewer words, or fewer characters of one's own, or these where none would do.
fn falls(now: PassphraseFloor, then: PassphraseFloor) -> bool {
    let own = match (now.own_chars, then.own_chars) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(now), Some(then)) => then < now,
    };
    then.words < now.words || own
}

/// The differences, as they are told.
struct Told(Vec<String>);

impl Told {
    fn added(&mut self, what: &str, name: &str) {
        self.0.push(format!("new {what}: {name}"));
    }
    /// Whatever is different in two tables, key by key.
    fn changes(&mut self, of: &str, now: &Table, then: &Table) {
        let keys: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
        for key in keys {
            let (now, then) = (now.get(key), then.get(key));
            if now != then {
                let shown = |v: Option<&Value>| v.map_or("unsaid".to_owned(), Value::to_string);
                let (now, then) = (shown(now), shown(then));
                self.0.push(format!("{of}, {key}: {now} now, {then} then"));
            }
        }
    }
}

/// A list of the file; none where it says nothing.
fn list<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn inner(table: &Table, key: &str) -> Table {
    table
        .get(key)
        .and_then(Value::as_table)
        .cloned()
        .unwrap_or_default()
}

/// A table of one key.
fn beside(table: &Table, key: &str) -> Table {
    let entry = table.get(key).map(|v| (key.to_owned(), v.clone()));
    entry.into_iter().collect()
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An entry but for some of its keys.
fn without(entry: &Value, keys: &[&str]) -> Table {
    let mut table = entry.as_table().cloned().unwrap_or_default();
    table.retain(|key, _| !keys.contains(&key));
    table
}

/// The entry of the same name in the next version.
fn same<'v>(entry: &Value, key: &str, then: &'v [Value]) -> Option<&'v Value> {
    then.iter()
        .find(|other| text(other, key) == text(entry, key))
}

/// Those of the next version that are new.
fn new<'v>(now: &'v [Value], then: &'v [Value], key: &'v str) -> impl Iterator<Item = &'v Value> {
    then.iter()
        .filter(move |entry| same(entry, key, now).is_none())
}

/// Levels, or values of a category: each stays as it is, and may get more spellings.
fn markings(told: &mut Told, what: &str, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    for entry in now {
        let name = text(entry, "name");
        let lost = || PolicyLoss::Marking(name.to_owned());
        let next = same(entry, "name", then).ok_or_else(lost)?;
        if without(entry, &["also", "values"]) != without(next, &["also", "values"]) {
            return Err(lost());
        }
        let also = |entry| entry_list(entry, "also");
        spellings(
            told,
            &format!("spelling of {name}"),
            also(entry),
            also(next),
        )?;
    }
    for entry in new(now, then, "name") {
        told.added(what, text(entry, "name"));
    }
    Ok(())
}

fn entry_list<'v>(entry: &'v Value, key: &str) -> &'v [Value] {
    entry.as_table().map_or(&[], |table| list(table, key))
}

/// Categories stay with their values, and both in their order.
fn categories(told: &mut Told, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    markings(told, "category", now, then)?;
    in_order(now, then)?;
    for entry in now {
        let next = same(entry, "name", then).expect("each of them was found");
        let values = |entry| entry_list(entry, "values");
        let what = format!("value of {}", text(entry, "name"));
        markings(told, &what, values(entry), values(next))?;
        in_order(values(entry), values(next))?;
    }
    for entry in new(now, then, "name") {
        let what = format!("value of {}", text(entry, "name"));
        for value in entry_list(entry, "values") {
            told.added(&what, text(value, "name"));
        }
    }
    Ok(())
}

/// What was there before stands in the order in which it stood.
fn in_order(now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    let kept = then.iter().filter(|e| same(e, "name", now).is_some());
    let mut pairs = now.iter().zip(kept);
    match pairs.find(|(now, then)| text(now, "name") != text(then, "name")) {
        Some((now, _)) => Err(PolicyLoss::Order(text(now, "name").to_owned())),
        None => Ok(()),
    }
}

/// A list of spellings may grow.
fn spellings(told: &mut Told, what: &str, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    if let Some(lost) = now.iter().find(|spelling| !then.contains(spelling)) {
        return Err(PolicyLoss::Marking(
            lost.as_str().unwrap_or_default().to_owned(),
        ));
    }
    for spelling in then.iter().filter(|spelling| !now.contains(spelling)) {
        told.added(what, spelling.as_str().unwrap_or_default());
    }
    Ok(())
}

/// Each printed form that stands for several parts stands for the same ones.
fn readings(told: &mut Told, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    fn each(entries: &[Value]) -> Vec<(&Value, Option<&Value>)> {
        let of = |entry| entry_list(entry, "printed").iter();
        let readings = entries
            .iter()
            .flat_map(|e| of(e).map(|p| (p, e.get("means"))));
        readings.collect()
    }
    let (now, then) = (each(now), each(then));
    let printed =
        |reading: &(&Value, Option<&Value>)| reading.0.as_str().unwrap_or_default().to_owned();
    if let Some(lost) = now.iter().find(|reading| !then.contains(reading)) {
        return Err(PolicyLoss::Marking(printed(lost)));
    }
    for reading in then.iter().filter(|reading| !now.contains(reading)) {
        told.added("reading", &printed(reading));
    }
    Ok(())
}

/// What may be given as a reason, or may never be one.
fn reasons(told: &mut Told, what: &str, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    if let Some(lost) = now.iter().find(|reason| !then.contains(reason)) {
        return Err(PolicyLoss::Reason(text(lost, "code").to_owned()));
    }
    for reason in new(now, then, "code") {
        let (code, says) = (text(reason, "code"), text(reason, "description"));
        told.added(what, &format!("{code}: {says}"));
    }
    Ok(())
}

/// A schedule stays; its term and what then becomes of a record may change.
fn schedules(told: &mut Told, now: &[Value], then: &[Value]) -> Result<(), PolicyLoss> {
    for entry in now {
        let name = text(entry, "name");
        let next = same(entry, "name", then);
        let next = next.ok_or_else(|| PolicyLoss::Schedule(name.to_owned()))?;
        if entry.get("default") != next.get("default") {
            return Err(PolicyLoss::Default(name.to_owned()));
        }
        let (now, then) = (without(entry, &["name"]), without(next, &["name"]));
        told.changes(&format!("schedule {name}"), &now, &then);
    }
    for entry in new(now, then, "name") {
        let all = without(entry, &["name", "title"]);
        told.added(
            "schedule",
            &format!("{}, {all}", text(entry, "name")).replace('\n', "; "),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(from: &str, to: &str) -> Result<Vec<String>, PolicyLoss> {
        let now = Policy::builtin("corporate").expect("it is built in");
        let text = now.source();
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let then = Policy::from_toml(&text.replace(from, to)).expect("a policy");
        now.change_to(&then)
    }

    #[test]
    fn what_is_new_and_what_takes_otherwise_long_is_told() {
        for (from, to, told) in [
            (
                "challenge_days = 60",
                "challenge_days = 30",
                "terms, challenge_days: 60 now, 30 then",
            ),
            ("words = 6", "words = 7", "passphrase, words: 6 now, 7 then"),
            (
                "backup_days = 365\n",
                "",
                "terms, backup_days: 365 now, unsaid then",
            ),
            (
                r#"{ name = "HERON" }"#,
                r#"{ name = "HERON" }, { name = "IBIS" }"#,
                "new value of Project: IBIS",
            ),
            (
                r#"{ name = "HERON" }"#,
                r#"{ name = "HERON", also = ["The bird"] }"#,
                "new spelling of HERON: The bird",
            ),
            (
                r#"{ name = "LEGAL" }"#,
                r#"{ name = "LAB" }, { name = "LEGAL" }"#,
                "new value of Department: LAB",
            ),
            (
                "[[reason]]\ncode = \"privacy\"",
                "[[reason]]\ncode = \"new\"\ndescription = \"x\"\n\n[[reason]]\ncode = \"privacy\"",
                "new reason: new: x",
            ),
            (
                "[[level]]\nname = \"Internal\"",
                "[[level]]\nname = \"Partners\"\nrank = 5\n\n[[level]]\nname = \"Internal\"",
                "new level: Partners",
            ),
            (
                "keep_years = 10",
                "keep_years = 12",
                "schedule board-minutes, keep_years: 10 now, 12 then",
            ),
            ("# Members of one", "# One", ""),
        ] {
            let lines = changed(from, to).unwrap_or_else(|loss| panic!("{to}: {loss}"));
            let told: Vec<&str> = (!told.is_empty()).then_some(told).into_iter().collect();
            assert_eq!(lines, told);
        }
    }

    #[test]
    fn a_new_category_and_a_new_schedule_are_told_with_what_they_hold() {
        let category = "[[category]]\nname = \"Notice\"";
        let more = "[[category]]\nname = \"Site\"\nkind = \"restrictive\"\nvalues = [{ name = \"North\" }]\n\n";
        let lines = changed(category, &format!("{more}{category}"));
        assert_eq!(
            lines,
            Ok(vec![
                "new category: Site".to_owned(),
                "new value of Site: North".to_owned()
            ])
        );
        let schedule = "[[schedule]]\nname = \"insider-list\"";
        let more =
            "[[schedule]]\nname = \"lab\"\ntitle = \"t\"\nkeep_years = 1\nthen = \"destroy\"\n\n";
        let lines = changed(schedule, &format!("{more}{schedule}")).expect("it may come");
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with("new schedule: lab, ") && lines[0].contains("keep_years = 1"),
            "{lines:?}"
        );
    }

    #[test]
    fn whatever_was_marked_reads_as_before_or_the_change_is_refused() {
        let marking = |name: &str| PolicyLoss::Marking(name.to_owned());
        for (from, to, loss) in [
            (
                "name = \"corporate\"",
                "name = \"other\"",
                PolicyLoss::Name("corporate".to_owned()),
            ),
            (
                "words = 6",
                "words = 6\nown_chars = 32",
                PolicyLoss::Passphrase,
            ),
            (
                "name = \"Internal\"\nrank = 10",
                "name = \"Internal\"\nrank = 25",
                marking("Internal"),
            ),
            (
                "{ name = \"Draft\" }",
                "{ name = \"Sketch\" }",
                marking("Draft"),
            ),
            ("portion = \"I\"", "portion = \"IN\"", marking("Internal")),
            (
                "{ name = \"HERON\" }",
                "{ name = \"IBIS\" }",
                marking("HERON"),
            ),
            (
                "{ name = \"HERON\" }",
                "{ name = \"HERON\", banner = \"H\" }",
                marking("HERON"),
            ),
            (
                "kind = \"permissive\"",
                "kind = \"restrictive\"",
                marking("Department"),
            ),
            (
                "{ name = \"Insider\" }, { name = \"Board\" }",
                "{ name = \"Board\" }, { name = \"Insider\" }",
                PolicyLoss::Order("Insider".to_owned()),
            ),
            (
                "A matter of one employee.",
                "A matter of somebody.",
                PolicyLoss::Reason("employment".to_owned()),
            ),
            (
                "name = \"board-minutes\"",
                "name = \"minutes\"",
                PolicyLoss::Schedule("board-minutes".to_owned()),
            ),
        ] {
            assert_eq!(changed(from, to), Err(loss), "{to}");
        }
        // Records for which nobody said a schedule are under the default.
        let now = Policy::builtin("corporate").expect("it is built in");
        let other = now.source().replace("default = true\n", "").replace(
            "name = \"insider-list\"",
            "name = \"insider-list\"\ndefault = true",
        );
        let then = Policy::from_toml(&other).expect("a policy");
        assert_eq!(
            now.change_to(&then),
            Err(PolicyLoss::Default("general".to_owned()))
        );
    }

    #[test]
    fn what_is_asked_of_passphrases_does_not_fall() {
        let floor = |words, own_chars| PassphraseFloor { words, own_chars };
        for (now, then, less) in [
            (floor(7, None), floor(6, None), true),
            (floor(6, None), floor(7, None), false),
            (floor(6, None), floor(7, Some(40)), true),
            (floor(6, Some(30)), floor(6, None), false),
            (floor(6, Some(30)), floor(6, Some(29)), true),
            (floor(6, Some(30)), floor(6, Some(30)), false),
        ] {
            assert_eq!(falls(now, then), less, "{now:?} {then:?}");
        }
    }

    #[test]
    fn spellings_readings_and_the_grammar_stay() {
        let now = Policy::builtin("us-state-historical").expect("it is built in");
        let without = |text: &str, to: &str| {
            assert!(now.source().contains(text), "{text}");
            let then = Policy::from_toml(&now.source().replacen(text, to, 1)).expect("a policy");
            now.change_to(&then)
        };
        let lost = without("printed = [\"Specat Exclusive\", ", "printed = [");
        assert_eq!(
            lost,
            Err(PolicyLoss::Marking("Specat Exclusive".to_owned()))
        );
        let other = without(
            "means = [\"Specat\", \"Exclusive\"]",
            "means = [\"Specat\"]",
        );
        assert_eq!(
            other,
            Err(PolicyLoss::Marking("Specat Exclusive".to_owned()))
        );
        let more = without(
            "printed = [\"Specat Exclusive\", ",
            "printed = [\"Specat Excl\", \"Specat Exclusive\", ",
        );
        assert_eq!(more, Ok(vec!["new reading: Specat Excl".to_owned()]));
        for name in Policy::builtin_names() {
            let policy = Policy::builtin(name).expect("it is built in");
            assert_eq!(policy.change_to(&policy), Ok(Vec::new()));
            if policy.grammar().is_some() {
                let mut table: Table = toml::from_str(policy.source()).expect("TOML");
                table.remove("grammar");
                let bare = Policy::from_toml(&table.to_string()).expect("a policy");
                assert_eq!(policy.change_to(&bare), Err(PolicyLoss::Grammar), "{name}");
            }
        }
    }
}
