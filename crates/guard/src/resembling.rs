//! Pointing out, at filing, that a record is much like one that the filer may read already.
//!
//! A record's words are compared by a sketch of them: the least hash of each of [`BUCKETS`] shares of its runs of words
//! (one-permutation minhash; Li, Owen and Zhang 2012). Sketches are made from what the session may see, are kept in its
//! memory while it lasts, and are stored nowhere: they tell whether a text holds given words. What is pointed out is
//! a function of the filer's own view: the newest records in it, of which only visible portions count, of the newest
//! version there. That it was
//! pointed out is an event, as a listing is. A filer who may read nothing is told nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use strongroom_record::event::{Act, Role};
use strongroom_record::portion::Content;
use strongroom_record::{Draft, GroupId, Portion, RecordId, decode};

use crate::api::Resembling;
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::{RESEMBLING_RECORDS_MAX, RESEMBLING_TOLD_MAX};
use crate::opening::{Fetched, Opened, Permit};
use crate::state::{Group, Person, RecordState, State};

/// Shares of the runs of words: an estimate from so many is off by some six per cent.
const BUCKETS: usize = 64;

/// Words of a run: fewer are shared by texts that have nothing else in common.
const RUN: usize = 4;

/// Runs of words that a text has to be compared at all: formulas and headings are alike everywhere.
const RUNS_MIN: usize = 24;

/// What is pointed out: this share of runs, in per cent, is the same in both.
const LIKE_MIN_PERCENT: usize = 60;

/// What a text is compared by.
#[derive(Clone)]
struct Sketch(Box<[u64; BUCKETS]>);

/// No run fell into the share.
const EMPTY: u64 = u64::MAX;

impl Sketch {
    /// The sketch of a text's portions; none of one that is too short. Runs go over the ends of portions.
    fn of<'t>(portions: impl Iterator<Item = &'t str>) -> Option<Self> {
        let mut least = Box::new([EMPTY; BUCKETS]);
        let mut last = [0; RUN];
        let mut words = 0;
        for word in portions.flat_map(|text| text.split(|c: char| !c.is_alphanumeric())) {
            if word.is_empty() {
                continue;
            }
            last.rotate_left(1);
            last[RUN - 1] = hash(&word.to_lowercase());
            words += 1;
            if words >= RUN {
                let run = hash(&last);
                let share = &mut least[(run % BUCKETS as u64) as usize];
                *share = (*share).min(run);
            }
        }
        (words >= RUNS_MIN + RUN).then_some(Self(least))
    }

    /// How much of two texts is the same, in per cent.
    fn like(&self, other: &Self) -> usize {
        let shares = self.0.iter().zip(other.0.iter());
        let shares = shares.filter(|(a, b)| (**a, **b) != (EMPTY, EMPTY));
        let (same, all) = shares.fold((0, 0), |(same, all), (a, b)| {
            (same + usize::from(a == b), all + 1)
        });
        100 * same / all.max(1)
    }
}

fn hash<T: Hash>(what: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Of which groups, and how many of their portions, a sketch was made.
type Seen = Vec<(GroupId, usize)>;

/// The sketches of a session.
#[derive(Default)]
pub(crate) struct Sketches(Mutex<HashMap<RecordId, (Seen, Option<Sketch>)>>);

impl Sketches {
    fn find(&self, record: RecordId, seen: &Seen) -> Option<Option<Sketch>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, sketch) = known.get(&record)?;
        (of == seen).then(|| sketch.clone())
    }
    fn keep(&self, record: RecordId, seen: Seen, sketch: Option<Sketch>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= 2 * RESEMBLING_RECORDS_MAX {
            known.clear();
        }
        known.insert(record, (seen, sketch));
    }
}

impl Core {
    /// Which records, of those that the filer may read, the drafts are much like.
    pub(crate) fn resembling(
        &self,
        asking: &Asking,
        drafts: &[&Draft],
    ) -> Result<Vec<Resembling>, Stop> {
        let new: Vec<(&str, Sketch)> = drafts
            .iter()
            .filter_map(|draft| {
                let texts = draft.portions.iter().map(|p| p.text.as_str());
                Some((draft.id.as_str(), Sketch::of(texts)?))
            })
            .collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for record in self.newest_readable(asking)? {
            let Some(sketch) = self.sketch_of(asking, record)? else {
                continue;
            };
            for (source, new) in &new {
                let like = new.like(&sketch);
                if like >= LIKE_MIN_PERCENT && found.len() < RESEMBLING_TOLD_MAX {
                    found.push((record, (*source).to_owned(), like));
                }
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let submitted = {
            let _state = self.state();
            let mut records: Vec<RecordId> = found.iter().map(|(record, ..)| *record).collect();
            records.dedup();
            let mut command = self.command(asking, None);
            command.event(Act::Listed { records });
            self.submit(command, None)
        };
        submitted.wait()?.note(&mut self.trail());
        #[cfg(feature = "planted-leaks")]
        let found: Vec<_> = {
            let state = self.state();
            let alike = |(record, source, like)| {
                (record, source, crate::planted::alike(&state, record, like))
            };
            found.into_iter().map(alike).collect()
        };
        let told = found.into_iter().map(|(record, source, like)| Resembling {
            source,
            record: record.to_string(),
            like_percent: like,
        });
        Ok(told.collect())
    }

    /// The newest records that a session may read; none if it may read nothing.
    fn newest_readable(&self, asking: &Asking) -> Result<Vec<RecordId>, Stop> {
        let state = self.state();
        let person = asking.active(&state)?;
        if !person.may(Role::Reader) {
            return Ok(Vec::new());
        }
        let admitted = state.labels.admitted(&person.bits);
        let readable = state.records.in_order().rev();
        let readable = readable.filter(|r| !r.frame && r.exists_among(&admitted));
        Ok(readable
            .take(RESEMBLING_RECORDS_MAX)
            .map(|r| r.id)
            .collect())
    }

    /// The sketch of what a session may see of a record now.
    fn sketch_of(&self, asking: &Asking, id: RecordId) -> Result<Option<Sketch>, Stop> {
        let (seen, fetched) = {
            let state = self.state();
            let person = asking.active(&state)?;
            let Some(record) = state.records.get(id) else {
                return Ok(None);
            };
            let groups = newest(&state, person, record);
            let seen = groups.iter().map(|g| (g.id, g.portions.len())).collect();
            if let Some(known) = asking.session.sketches.find(id, &seen) {
                return Ok(known);
            }
            let fetched = groups
                .into_iter()
                .map(|g| self.fetch(asking, &state, record, g))
                .collect::<Result<Vec<Fetched>, Fault>>()?;
            (seen, fetched)
        };
        let mut texts = Vec::new();
        for group in &fetched {
            for Opened { plain, .. } in self.open(&Permit::for_comparing(), group)? {
                let portion: Portion = decode(plain.expose())
                    .map_err(|_| Fault::Damaged("a portion has another form"))?;
                if let Content::Text(text) = portion.content {
                    texts.push((portion.order, zeroize::Zeroizing::new(text.text)));
                }
            }
        }
        texts.sort_by_key(|(order, _)| *order);
        let sketch = Sketch::of(texts.iter().map(|(_, text)| text.as_str()));
        asking.session.sketches.keep(id, seen, sketch.clone());
        Ok(sketch)
    }
}

/// What a person may open of the newest version in view. Portions of several versions have no order among each other
/// that would not tell how many stand between them above.
fn newest<'r>(state: &'r State, person: &'r Person, record: &'r RecordState) -> Vec<&'r Group> {
    let mut groups = record.newest_admitted(&state.labels, &person.bits);
    groups.retain(|_| record.withdrawn.is_none());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(from: usize, to: usize) -> String {
        (from..to).map(|n| format!("word{n} ")).collect()
    }

    #[test]
    fn a_sketch_tells_how_much_is_the_same() {
        let of = |text: &str| Sketch::of([text].into_iter()).expect("long enough");
        let whole = of(&words(0, 1_000));
        assert_eq!(whole.like(&of(&words(0, 1_000).to_uppercase())), 100);
        let near = whole.like(&of(&words(50, 1_000)));
        assert!((80..=100).contains(&near), "{near}");
        let half = whole.like(&of(&words(500, 1_500)));
        assert!((15..=55).contains(&half), "{half}");
        assert!(whole.like(&of(&words(2_000, 3_000))) < 10);
        // Where portions end does not matter.
        let text = words(0, 1_000);
        let (one, two) = text.split_at(text.find("word500").expect("there"));
        let parted = Sketch::of([one, two].into_iter()).expect("long enough");
        assert_eq!(whole.like(&parted), 100);
        assert!(Sketch::of(["A heading", "Words."].into_iter()).is_none());
    }
}
