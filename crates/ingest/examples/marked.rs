//! How fast marked documents are checked: `cargo run --release -p strongroom-ingest --example marked -- [POLICY] [PAGES]`
//!
//! Makes a document of so many pages (1,000 where nothing is said) with banners and a dozen marked paragraphs each, in
//! the first two levels of the policy, and prints what reading it takes, what checking takes, and, beside them, what
//! one pass over its characters takes. The best of several rounds.

use std::time::{Duration, Instant};

use strongroom_ingest::marked::{Day, check};
use strongroom_label::Policy;

const ROUNDS: usize = 5;

fn main() {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "us".to_owned());
    let pages: usize = args
        .next()
        .map_or(1_000, |pages| pages.parse().expect("a number of pages"));
    let policy = Policy::builtin(&name).expect("a policy that is built in");
    let text = document(&policy, pages);
    let read = || strongroom_ingest::read("document.txt", text.as_bytes()).expect("a text");
    let characters = best(|| text.chars().filter(|c| c.is_whitespace()).count());
    let reading = best(read);
    let draft = read().drafts.into_drafts().remove(0);
    let mut found = 0;
    let checking = best(|| {
        let checked = check(&policy, &draft, Day(20_260_501));
        assert_eq!(checked.pages.len(), pages, "every page is found");
        found = checked.findings.len();
    });
    println!(
        "{pages} pages of {name}, {:.1} MB, {found} findings",
        text.len() as f64 / 1e6
    );
    for (what, took) in [
        ("one pass over its characters", characters),
        ("reading it, marks taken out", reading),
        ("checking them", checking),
        ("both", reading + checking),
    ] {
        let second = pages as f64 / took.as_secs_f64();
        println!(
            "{what:30} {:8.2} ms {second:10.0} pages/s",
            took.as_secs_f64() * 1e3
        );
    }
}

/// Pages with banners at both ends; every other paragraph is a level lower.
fn document(policy: &Policy, pages: usize) -> String {
    let portions = policy.portion_levels();
    let [high, low] = [portions[0], portions.get(1).copied().unwrap_or(portions[0])];
    let mark = policy
        .parse_portion(high)
        .expect("a level is a portion mark");
    let banner = mark.banner(policy);
    let words = "He said that his government would wait until the autumn, and that it had told nobody else so\nfar; the \
                 minister would raise it in the talks of June, where the experts of both sides meet again.";
    let pair = format!("({high}) {words}\n\n({low}) {words}\n\n");
    let page = format!("{banner}\n\n{}{banner}\n", pair.repeat(6));
    vec![page; pages].join("\u{c}")
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}
