//! What markings and decisions cost, each figure beside what bounds it, measured in the same run.

use std::hint::black_box;
use std::time::{Duration, Instant};

use strongroom_label::{Clearance, ClearanceBits, Label, LabelBits, Name, Policy};

/// The time of one run of `work`: the best of a hundred rounds of `times`, each shorter than what a busy machine leaves to
/// one process, so that the figure is of the work alone.
fn each(times: u32, mut work: impl FnMut(u32)) -> Duration {
    let rounds = (0..100).map(|_| {
        let start = Instant::now();
        for n in 0..times {
            work(n);
        }
        start.elapsed().as_secs_f64() / f64::from(times)
    });
    let best = rounds.fold(f64::INFINITY, f64::min);
    // A duration has whole nanoseconds, of which a decision has two: it is kept a thousandfold.
    Duration::from_secs_f64(best * THOUSANDFOLD)
}

/// By how much durations are kept too long.
const THOUSANDFOLD: f64 = 1e3;

fn report(what: &str, figure: Duration, bound: &str, limit: Duration) {
    let nanoseconds = |kept: Duration| kept.as_secs_f64() / THOUSANDFOLD * 1e9;
    let ratio = figure.as_secs_f64() / limit.as_secs_f64();
    println!(
        "{what:<52} {:>8.1} ns   {bound:<40} {:>8.1} ns   {ratio:>6.2}",
        nanoseconds(figure),
        nanoseconds(limit)
    );
}

fn main() {
    decisions();
    readings();
}

/// Reading markings of the built-in policies, beside finding the separators of the same text and nothing else.
fn readings() {
    for (name, text) in [
        ("us", "SECRET//NOFORN"),
        ("us", "TOP SECRET//SI-G/TK//ORCON/NOFORN"),
        ("us", "SECRET//REL TO USA, AUS, CAN, GBR, NZL"),
        ("nato", "NATO SECRET ATOMAL"),
        ("uk", "OFFICIAL-SENSITIVE - RECIPIENTS ONLY - COMMERCIAL"),
        ("tlp", "TLP:AMBER+STRICT"),
        ("corporate", "CONFIDENTIAL | PROJECT HERON | PERSONAL DATA"),
    ] {
        let policy = Policy::builtin(name).expect("it is built in");
        let read = each(500, |_| {
            let read = black_box(&policy).parse_banner(black_box(text));
            black_box(read.expect("it is right"));
        });
        let bare = each(500, |_| {
            let pieces = black_box(text).split(['/', '-', ',', ' ', '|']);
            black_box(pieces.map(str::to_owned).collect::<Vec<_>>());
        });
        report(
            &format!("{name}: {text}"),
            read,
            "its words found and copied",
            bare,
        );
    }
}

/// Deciding over as many values as a policy may have, spread over kinds of categories in several ways.
fn decisions() {
    let bare = bare_superset();
    for (restrictive, permissive) in [(256, 0), (128, 1), (0, 31), (1, 31)] {
        let policy = full_policy(restrictive, permissive);
        let label = LabelBits::new(&policy, &everything(&policy)).expect("it is the policy's");
        let held = Clearance::from_atoms(policy.atoms().iter().cloned());
        let held = ClearanceBits::new(&policy, &held).expect("it is the policy's");
        let decision = each(20_000, |_| {
            black_box(black_box(&held).permits(black_box(&label)));
        });
        let allocated = allocation_counter::measure(|| {
            black_box(black_box(&held).permits(black_box(&label)));
        });
        let values = policy
            .categories()
            .iter()
            .map(|c| policy.values_of(c.name()).count())
            .sum::<usize>();
        report(
            &format!("a decision over {values} values, {permissive} permissive categories"),
            decision,
            "a bare superset of 256 bits and a level",
            bare,
        );
        println!("    allocations: {}", allocated.count_total);
    }
}

/// What no decision can undercut: the words of one set within those of another, and a level.
fn bare_superset() -> Duration {
    let (held, needed) = (([u64::MAX; 4], u64::MAX), ([u64::MAX; 4], 1_u64));
    each(20_000, |_| {
        let ((held, levels), (needed, level)) = (black_box(&held), black_box(&needed));
        let lacking = (0..4).fold(level & !levels, |all, word| {
            all | needed[word] & !held[word]
        });
        black_box(lacking == 0);
    })
}

/// A policy of 256 values: so many of one restrictive category, and the others spread over permissive ones.
fn full_policy(restrictive: usize, permissive: usize) -> Policy {
    let mut source =
        "name = 'full'\n[passphrase]\nwords = 6\n[terms]\nchallenge_days = 1\nappeal_days = 1\n\
                      [[level]]\nname = 'Level'\nrank = 1\n"
            .to_owned();
    let mut category = |name: &str, kind: &str, values: std::ops::Range<usize>| {
        let values: Vec<_> = values
            .map(|n| format!("{{ name = 'Value {n}' }}"))
            .collect();
        if !values.is_empty() {
            source += &format!(
                "[[category]]\nname = '{name}'\nkind = '{kind}'\nvalues = [{}]\n",
                values.join(", ")
            );
        }
    };
    category("All", "restrictive", 0..restrictive);
    let others = 256 - restrictive;
    for n in 0..permissive {
        let at = |n: usize| restrictive + others * n / permissive;
        category(&format!("Any {n}"), "permissive", at(n)..at(n + 1));
    }
    Policy::from_toml(&source).expect("it keeps the rules")
}

/// The label with the policy's level and all its values.
fn everything(policy: &Policy) -> Label {
    let mut label = Label::of_level(policy.levels()[0].name().clone());
    for category in policy.categories() {
        let values = policy.values_of(category.name()).cloned();
        let name: &Name = category.name();
        label = match category.kind() {
            strongroom_label::CategoryKind::Permissive => {
                label.with_permissive(name.clone(), values.collect())
            }
            _ => values.fold(label, |l, v| l.with_restrictive(name.clone(), v)),
        };
    }
    label
}
