//! Many pairs side by side, and what is said when one of them is told apart.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::cast::Founded;
use crate::census::Census;
use crate::generate::script;
use crate::pair::{Difference, play};
use crate::script::Script;
use crate::twins::Twins;

/// What pairs are made of.
#[derive(Clone, Copy)]
pub(crate) struct Make {
    pub(crate) founded: &'static Founded,
    pub(crate) twins: Option<&'static Twins>,
    /// Slots of a script, beside opening and sweep.
    pub(crate) slots: usize,
}

impl Make {
    pub(crate) fn script(&self, seed: u64) -> Script {
        script(seed, self.slots, self.twins)
    }

    /// Plays a pair for each seed.
    ///
    /// # Panics
    /// If two worlds are told apart: with the seed, the shortest script found that does it, and both
    /// answers.
    pub(crate) fn play_all(&self, seeds: Range<u64>) -> Census {
        let next = AtomicU64::new(seeds.start);
        let all = Mutex::new(Census::default());
        on_every_core(|| {
            let mut census = Census::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    break;
                }
                let script = self.script(seed);
                if let Err(difference) = play(&script, self.founded, &mut census) {
                    panic!("{}", self.report(script, difference));
                }
            }
            all.lock().expect("no other panic").add(census);
        });
        all.into_inner().expect("no panic")
    }

    fn report(&self, script: Script, difference: Difference) -> String {
        let (seed, bound) = (script.seed, script.bound.clone());
        let (short, difference) = self.shortened(script, difference);
        let slots: Vec<String> = short.slots.iter().map(|s| format!("  {s:?}")).collect();
        format!(
            "seed {seed}: a reader bounded by {bound:?} tells two worlds apart\n{}\n{difference}",
            slots.join("\n"),
        )
    }

    /// The same difference, or another, of a script without what it does not need.
    fn shortened(&self, mut script: Script, mut difference: Difference) -> (Script, Difference) {
        script.slots.truncate(difference.slot + 1);
        for n in (0..script.slots.len().saturating_sub(1)).rev() {
            let mut shorter = script.clone();
            shorter.slots.remove(n);
            if let Err(still) = play(&shorter, self.founded, &mut Census::default()) {
                shorter.slots.truncate(still.slot + 1);
                (script, difference) = (shorter, still);
            }
        }
        (script, difference)
    }
}

/// Runs the same work once on every core.
pub(crate) fn on_every_core(work: impl Fn() + Sync) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(&work);
        }
    });
}
