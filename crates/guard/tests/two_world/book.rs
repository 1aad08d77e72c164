//! What the runner knows of the records of both worlds, beside what anyone in them is told.

use std::collections::BTreeMap;

use strongroom_label::Clearance;

use crate::cast::{Who, policy};
use crate::oversight::Made;
use crate::script::Key;

/// How much of a record lies within the bound of the compared persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Possibly all of it.
    Whole,
    /// Some of it; the rest differs between the worlds.
    Part,
    /// Nothing.
    None,
}

/// A record, in the worlds that have it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) ids: [Option<String>; 2],
    pub(crate) sight: Sight,
    /// Portions that the reader saw last, in each world's names.
    pub(crate) seen: [Vec<String>; 2],
    /// Portions that rose out of the reader's sight.
    pub(crate) risen: [Vec<String>; 2],
    /// Ids that name such a portion in one world, and in neither one that the reader sees.
    pub(crate) hidden: Vec<String>,
    /// It has a further version, which the reader may see.
    pub(crate) corrected: bool,
}

/// Records, receipts, and the bound.
pub(crate) struct Book {
    bound: Clearance,
    records: BTreeMap<Key, Entry>,
    /// What each compared person's list of receipts said last.
    pub(crate) receipts: BTreeMap<Who, Vec<String>>,
    /// Receipts of others.
    pub(crate) foreign: Vec<String>,
    /// Receipts of the reader's readings.
    pub(crate) readings: Vec<String>,
    pub(crate) practices: Vec<Made>,
    pub(crate) challenges: Vec<Made>,
    /// The request that was made last, in each world.
    pub(crate) asked: BTreeMap<Asked, [Option<String>; 2]>,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// Withdrawing a record.
    About(Key),
    /// Clearing a person: above the bound, or not.
    Of(&'static str, bool),
}

impl Book {
    pub(crate) fn new(bound: &str) -> Self {
        Self {
            bound: policy().parse_clearance(bound).expect("a clearance"),
            records: BTreeMap::new(),
            receipts: BTreeMap::new(),
            foreign: Vec::new(),
            readings: Vec::new(),
            practices: Vec::new(),
            challenges: Vec::new(),
            asked: BTreeMap::new(),
        }
    }
    pub(crate) fn get(&self, key: Key) -> Option<&Entry> {
        self.records.get(&key)
    }
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.records.get_mut(&key)
    }
    /// A record was filed in a world.
    pub(crate) fn filed(&mut self, key: Key, world: usize, id: &str, sight: Sight) {
        let entry = self.records.entry(key).or_insert_with(|| Entry {
            ids: [None, None],
            sight,
            seen: [Vec::new(), Vec::new()],
            risen: [Vec::new(), Vec::new()],
            hidden: Vec::new(),
            corrected: false,
        });
        entry.ids[world] = Some(id.to_owned());
        assert_eq!(
            entry.sight, sight,
            "a record is within the bound in both worlds or in none"
        );
    }
    /// Whether a marking lies above the bound. A malformed one does not: nothing comes of it.
    pub(crate) fn is_above(&self, marking: &str) -> bool {
        is_above(&self.bound, marking)
    }
    /// In words for the census.
    pub(crate) fn situation(&self, key: Option<Key>) -> &'static str {
        match key.map(|k| self.records.get(&k)) {
            None => "nothing",
            Some(None) => "one that was not filed",
            Some(Some(e)) => match (e.sight, &e.ids) {
                (Sight::Whole, _) => "one below",
                (Sight::Part, _) => "one seen in part",
                (Sight::None, [Some(_), Some(_)]) => "one above in both worlds",
                (Sight::None, _) => "one above in one world",
            },
        }
    }
}

/// Whether a marking, or what raising to it adds, lies above a bound.
pub(crate) fn is_above(bound: &Clearance, marking: &str) -> bool {
    let lowest = policy().parse_marking("Unclassified").expect("a marking");
    policy()
        .parse_restriction(&lowest, marking)
        .is_ok_and(|label| !bound.permits(&label))
}
