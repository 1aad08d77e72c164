//! What a check finds: each with the rule that is broken, what follows, and what to do.

use strongroom_record::EventId;
use strongroom_vault::Key;

use crate::api::{Finding, SeenBy, Wrong};
use crate::kinds;
use crate::limits::FINDINGS_MAX;

/// The findings of a check: all are counted, the first are kept.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    pub(super) damaged: u64,
    pub(super) missing: u64,
    pub(super) orphaned: u64,
}

impl Findings {
    /// Notes what is wrong with the row of a key.
    pub(super) fn row(&mut self, key: Key, wrong: Wrong, rule: &str) {
        let id = match key.kind {
            kinds::LOG if key.counter == 0 => "keys".to_owned(),
            kinds::LOG => "checkpoint".to_owned(),
            _ if key.counter == 0 => EventId::from_bytes(key.id).to_string(),
            _ => format!("{} {}", EventId::from_bytes(key.id), key.counter),
        };
        let (means, remedy) = consequence(key.kind, wrong);
        self.note(kinds::word(key.kind), id, wrong, rule, means, remedy);
    }

    /// Notes what is wrong with an entry of the ledger, or with all of it.
    pub(super) fn ledger(&mut self, id: String, wrong: Wrong, rule: &str) {
        let means =
            "the ledger does not tell the whole truth any more; the room does not open on it";
        self.note("ledger", id, wrong, rule, means, RESTORE);
    }

    /// Notes what is wrong between the store and a head that was seen outside it.
    pub(super) fn head(&mut self, by: SeenBy, entries: Option<u64>, wrong: Wrong, rule: &str) {
        let seen = entries.map_or_else(String::new, |n| format!("of {n} entries, "));
        let id = format!("{seen}seen by {}", by.words());
        let (means, remedy) = match (wrong, by) {
            (Wrong::Missing, SeenBy::Client) => (
                "this store is an older copy of the room: it opens, and closes when this account asks it for anything",
                FIND_THE_NEWEST,
            ),
            (Wrong::Missing, _) => (
                "this store is an older copy of the room, and does not open",
                FIND_THE_NEWEST,
            ),
            _ if entries.is_none() => (
                "what lies there is no head of a ledger: whether the store has all entries is not seen by it",
                "see who wrote there; `open` says what it makes of it",
            ),
            _ => (
                "what was seen is another ledger, or this store's entries were altered, or went on from an older copy",
                FIND_THE_NEWEST,
            ),
        };
        self.note("head", id, wrong, rule, means, remedy);
    }

    /// Notes that the disk does not hold, or does not give, what the store has in memory.
    pub(super) fn disk(&mut self, what: &str) {
        let rule = format!("every page on the disk is as it was written ({what})");
        let means = "the room goes on with what its guard has in memory: when the guard ends, the room does not open any more";
        let id = "file".to_owned();
        self.note("store", id, Wrong::Damaged, &rule, means, SAVE_NOW);
    }

    fn note(
        &mut self,
        kind: &str,
        id: String,
        wrong: Wrong,
        rule: &str,
        means: &str,
        remedy: &str,
    ) {
        *match wrong {
            Wrong::Damaged => &mut self.damaged,
            Wrong::Missing => &mut self.missing,
            Wrong::Orphaned => &mut self.orphaned,
        } += 1;
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding {
                kind: kind.to_owned(),
                id,
                wrong,
                rule: rule.to_owned(),
                means: means.to_owned(),
                remedy: remedy.to_owned(),
            });
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> u64 {
        self.damaged + self.missing + self.orphaned
    }
}

const RESTORE: &str =
    "restore the room from a backup, with `restore`; keep this store for whoever looks into it";

const SAVE_NOW: &str = "keep the guard running, and make a backup at once, with `backup make`, to another disk: it is whole as long as the memory is. Then end the guard and restore it, with `restore`; if no backup can be made any more, restore the newest there is. Keep this store for whoever looks into it";

const FIND_THE_NEWEST: &str = "bring back the store that has all entries; if it is lost, restore the newest backup with `restore`. Keep what has seen the head: it proves what there was";

/// What follows from a fault of a kind of row, and what to do about it.
const fn consequence(kind: u8, wrong: Wrong) -> (&'static str, &'static str) {
    if matches!(wrong, Wrong::Orphaned) {
        return (
            "nothing reads it, and no event says where it came from",
            "nothing is lost; ask who had access to the store, and keep a copy of it for them to explain",
        );
    }
    match kind {
        kinds::EVENT => (
            "what was done then cannot be read; the room does not open on it",
            RESTORE,
        ),
        kinds::COMMAND => (
            "what a person did cannot be shown to be that person's; the room does not open on it",
            RESTORE,
        ),
        kinds::BUNDLE => (
            "this person cannot sign in",
            "restore the room from a backup, or have the key holders recover the person",
        ),
        kinds::HOLDING => (
            "one person cannot open what one part of the clearance is for",
            "restore the room from a backup, or have the key holders recover it for the person",
        ),
        kinds::SHARE => (
            "one key holder cannot give this share; recovery goes on while enough others can",
            "restore the room from a backup, or have the key holders deal anew",
        ),
        kinds::GIVEN => (
            "what one key holder gave for a recovery does not count",
            "have the key holder give again, with `key-holder give`",
        ),
        kinds::KEY_BOX | kinds::RECORD_KEY | kinds::LAYER_KEY | kinds::VALUE => (
            "what it belongs to cannot be read: the room closes when someone asks for it",
            RESTORE,
        ),
        kinds::NOTE_BOX => (
            "the inspectors cannot read the reasons that one command gave",
            RESTORE,
        ),
        kinds::NOTE_FOR => (
            "one reader cannot read why something was asked for",
            RESTORE,
        ),
        kinds::FILING => (
            "a filing that was interrupted cannot go on under its request id; no record is touched by it",
            "restore the room from a backup; or leave it, if the filing is complete",
        ),
        kinds::LOG => (
            "the ledger's checkpoints cannot be signed or compared any more",
            RESTORE,
        ),
        _ => ("the room does not open on it", RESTORE),
    }
}
