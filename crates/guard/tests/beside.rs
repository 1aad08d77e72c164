//! What comes to a record after its filing and what lies beside it, altered in the store by somebody who has the house
//! key: it is named when the room is opened, when it is read, or by a check, and never shown.
//!
//! Attachments and recordings are exchanged, dropped and doubled; versions change their numbers, links their ends,
//! gradings their objects and their words; what was withdrawn is laid open again; the marks of a marked document are
//! lowered, and the rules that its filer overrode are others.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/later.rs"]
mod later;
#[path = "common/loot.rs"]
mod loot;
#[path = "common/marked.rs"]
mod marked;
#[path = "common/small.rs"]
mod small;
#[path = "common/thief.rs"]
mod thief;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use common::{World, approve, grading, house_key};
use later::{correction, letter, link, said_of, withdraw};
use loot::*;
use small::{all_shown, house, loot as take};
use strongroom_guard::api::*;
use strongroom_guard::check_offline;
use strongroom_label::{Label, Name};
use strongroom_record::approval::Asked;
use strongroom_record::event::{Act, GroupFiled, Holds, LinkKind, Overridden, StoredEvent};
use strongroom_record::limits::RECORDING_PIECE_BYTES;
use strongroom_record::{EventId, PortionId, RecordId, encode};
use strongroom_seal::Suite;
use strongroom_vault::{Key, Vault};

const FIRST: &str = "A letter\n\nThe first thing.\n\nThe second thing.";
const AGAIN: &str = "A letter\n\nThe first thing.\n\nThe second thing, as it was said.";
const OTHER: &str = "Another letter\n\nWhat stands in it.";
const DENIAL: &str = "A denial\n\nIt was not so.";
const ASTRAY: &str = "A letter for another room\n\nNothing of this was meant to be here.";
const SAID: &[u8] = b"What was said, as it was recorded.";

const EVERYBODY: [&str; 3] = ["chief", "alice", "otto"];

/// A room, and a store of it that can be changed.
struct Room {
    world: World,
    people: &'static [&'static str],
    /// The store before the withdrawals.
    before: Loot,
    store: Loot,
    house: House,
    events: Vec<StoredEvent>,
    /// What it shows.
    shown: Vec<String>,
}

impl Room {
    fn of(mut world: World, people: &'static [&'static str], before: Option<Loot>) -> Self {
        world.guard().tick();
        let store = take(&world);
        let house = house(&world, &store);
        let shown = all_shown(&mut world, store.disk(), people).expect("a sound room");
        let room = Self {
            before: before.unwrap_or_else(|| store.clone()),
            events: forge::events(&house, &store),
            world,
            people,
            store,
            house,
            shown,
        };
        assert_eq!(room.found(&room.store), BTreeSet::new());
        room
    }

    /// Records with all that can come to them.
    fn filled() -> Self {
        let mut world = small::room(5, Suite::Mock);
        world.add_person("alice", &["reader"], "at-most Secret");
        world.add_person("otto", &["records-officer", "reader"], "at-most Secret");
        let secret = |file: &str| Filing {
            recording: Some(said_of(SAID)),
            ..later::marked(file, "Secret")
        };
        let id = |done: FilingDone| done.records[0].record.clone();
        let file = |text, with| id(letter(&world, "chief", &secret("a.eml"), text, with));
        let one = file(
            FIRST,
            &[
                ("a.txt", b"The first enclosure."),
                ("b.txt", b"The second."),
            ],
        );
        let two = file(OTHER, &[("c.txt", b"Another enclosure.")]);
        let denial = file(DENIAL, &[]);
        let astray = file(ASTRAY, &[("d.txt", b"An enclosure for another room.")]);
        for record in [&one, &two, &astray] {
            world.record("chief", record, 0, true, SAID);
        }
        let again = correction(&one, "Secret");
        letter(
            &world,
            "chief",
            &again,
            AGAIN,
            &[("a.txt", b"The first enclosure, again.")],
        );
        let _ = world.read("chief", &two);
        let _: LinkDone = world.get("chief", link(&denial, "denial", &two, Some("1")));
        let _: LinkDone = world.get("chief", link(&one, "response", &two, None));
        for (record, grade, portions) in [
            (&one, "A1", &[][..]),
            (&two, "B2", &["1"]),
            (&two, "F6", &[]),
        ] {
            let _: Graded = world.get("chief", grading(record, grade, portions));
        }
        let _: RequestMade = world.get("chief", withdraw(&two));
        let asked: RequestMade = world.get("otto", withdraw(&astray));
        let before = take(&world);
        let _: RequestDecided = world.get("chief", approve(&asked.id));
        let room = Self::of(world, &EVERYBODY, Some(before));
        for words in [
            "as it was said",
            "It was not so",
            "denied-by",
            "code: \"A\"",
            "withdrawn",
            "Some(",
        ] {
            assert!(room.shown.iter().any(|w| w.contains(words)), "{words}");
        }
        assert!(room.shown.iter().all(|w| !w.contains("Nothing of this")));
        room
    }

    /// Why the room with a changed store shows nothing. If it shows all that it should, none.
    fn refusal(&mut self, what: &str, changed: &Loot) -> Option<String> {
        assert!(*changed != self.store, "nothing was changed: {what}");
        match all_shown(&mut self.world, changed.disk(), self.people) {
            Err(named) => Some(named),
            Ok(shown) => {
                assert_eq!(shown, self.shown, "wrong words were shown: {what}");
                None
            }
        }
    }
    #[track_caller]
    fn refuses(&mut self, what: &str, words: &str, changed: &Loot) {
        let named = self.refusal(what, changed);
        let named = named.unwrap_or_else(|| panic!("not noticed: {what}"));
        assert!(named.contains(words), "{what}: {named}");
    }

    /// Kinds and ids of all that a check names in a store.
    fn found(&self, store: &Loot) -> BTreeSet<(String, String)> {
        let house = house_key(&self.world.house, self.world.env.floor);
        let vault = Vault::with_backend(store.disk()).unwrap();
        let mut go_on = |_| ControlFlow::Continue(());
        let checked = check_offline(vault, house, &self.world.env, &[], None, &mut go_on).unwrap();
        let findings = checked.findings.into_iter();
        findings.map(|f| (f.kind, f.id)).collect()
    }
    #[track_caller]
    fn checks(&self, what: &str, changed: &Loot, kind: &str, id: [u8; 16]) {
        let found = self.found(changed);
        let named = (kind.to_owned(), EventId::from_bytes(id).to_string());
        assert!(
            found.contains(&named),
            "{what}: {named:?} is not among {found:?}"
        );
    }

    /// The groups of a kind that an act filed, in the order of the ledger, with their records.
    fn groups(&self, holds: Holds) -> Vec<(RecordId, GroupFiled)> {
        let filed = self.events.iter().filter_map(|e| match &e.act {
            Act::Filed(f) | Act::Corrected(f) => Some((f.record, &f.groups)),
            Act::RecordingFiled(f) => Some((f.record, &f.groups)),
            _ => None,
        });
        let all =
            filed.flat_map(|(record, groups)| groups.iter().map(move |g| (record, g.clone())));
        all.filter(|(_, g)| g.holds == holds).collect()
    }
    fn find(&self, fits: impl Fn(&Act) -> bool) -> usize {
        self.events
            .iter()
            .position(|e| fits(&e.act))
            .expect("such an act")
    }

    /// The same event saying something else: in its row alone, and with an entry that fits.
    fn says_otherwise(&mut self, what: &str, at: usize, change: impl FnOnce(&mut StoredEvent)) {
        let mut event = self.events[at].clone();
        change(&mut event);
        assert_ne!(event, self.events[at], "{what}");
        let mut changed = self.store.clone();
        self.house.put(
            &mut changed,
            forge::event_key(*event.id.as_bytes()),
            &encode(&event),
        );
        self.refuses(what, "committed to", &changed);
        self.checks(what, &changed, "event", *event.id.as_bytes());

        let mut changed = self.store.clone();
        forge::replace(&self.house, &mut changed, at, &event);
        // A rule that no signature helps against may be broken before the signature is looked at.
        let named = self.refusal(what, &changed);
        assert!(named.is_some(), "not noticed: {what}");
        let signed = *event.command.expect("it is signed").as_bytes();
        self.checks(what, &changed, "signature", signed);
    }
}

fn row(kind: u8, group: &GroupFiled) -> Key {
    Key::new(kind, *group.id.as_bytes(), 0)
}

/// What lies beside a record is that record's, of that version, in that place.
#[test]
fn files_beside_records_do_not_change_places() {
    let mut room = Room::filled();
    let attachments = room.groups(Holds::Attachment);
    let recordings = room.groups(Holds::Recording);
    let originals = room.groups(Holds::Original);
    assert_eq!((attachments.len(), recordings.len()), (5, 3));
    let (first, second) = (&attachments[0].1, &attachments[1].1);
    let (others, again) = (&attachments[2].1, &attachments[4].1);
    let pairs = [
        ("two attachments of one version", first, second),
        ("attachments of two records", first, others),
        ("attachments of two versions", first, again),
        (
            "recordings of two records",
            &recordings[0].1,
            &recordings[1].1,
        ),
        ("an attachment and a recording", first, &recordings[0].1),
        ("an attachment and the original", first, &originals[0].1),
        (
            "originals of two versions",
            &originals[0].1,
            &originals[4].1,
        ),
    ];
    for (what, a, b) in pairs {
        for kinds in [&[VALUE][..], &[RECORD_KEY], &[VALUE, RECORD_KEY]] {
            let mut changed = room.store.clone();
            for kind in kinds {
                room.house.swap(&mut changed, row(*kind, a), row(*kind, b));
            }
            room.refuses(what, "", &changed);
            let kind = if kinds[0] == VALUE && kinds.len() == 1 {
                "value"
            } else {
                "record key"
            };
            for group in [a, b] {
                room.checks(what, &changed, kind, *group.id.as_bytes());
            }
        }
        // One of them in both places.
        let mut changed = room.store.clone();
        let bytes = room.house.get(&changed, row(VALUE, a));
        room.house.put(&mut changed, row(VALUE, b), &bytes);
        room.refuses(what, "other portions", &changed);
        room.checks(what, &changed, "value", *b.id.as_bytes());
        // One of them gone.
        let mut changed = room.store.clone();
        changed.rows.remove(&row(VALUE, a));
        room.refuses(what, "lacks a stored value", &changed);
        room.checks(what, &changed, "value", *a.id.as_bytes());
    }
    // The texts of one version in the place of the other's.
    let texts = room.groups(Holds::Text);
    let (old, new) = (&texts[0].1, &texts[4].1);
    let mut changed = room.store.clone();
    for kind in [VALUE, RECORD_KEY] {
        room.house
            .swap(&mut changed, row(kind, old), row(kind, new));
    }
    room.refuses("versions exchanged", "committed to", &changed);
    room.checks(
        "versions exchanged",
        &changed,
        "record key",
        *new.id.as_bytes(),
    );
}

/// A recording of several pieces is given out whole, in its order, or not at all.
#[test]
fn pieces_of_a_recording_stay_in_their_order() {
    let mut world = small::room(6, Suite::Mock);
    let said: Vec<u8> = (0..2 * RECORDING_PIECE_BYTES + 5)
        .map(|n| (n % 241) as u8)
        .collect();
    let ask = Filing {
        recording: Some(said_of(&said)),
        ..later::marked("talk.txt", "Secret")
    };
    let done = world.file("chief", &ask, FIRST.as_bytes()).unwrap();
    let record = &done.records[0].record;
    let (one, rest) = said.split_at(RECORDING_PIECE_BYTES);
    world.record("chief", record, 0, false, one);
    world.record("chief", record, 1, true, rest);
    world.sign_in("chief");
    let mut room = Room::of(world, &["chief"], None);
    let pieces = room.groups(Holds::Recording);
    let [a, b, c] = [0, 1, 2].map(|n| pieces[n].1.clone());

    let mut changed = room.store.clone();
    room.house
        .swap(&mut changed, row(VALUE, &a), row(VALUE, &b));
    room.refuses("exchanged", "other portions", &changed);
    room.checks("exchanged", &changed, "value", *b.id.as_bytes());
    for kind in [VALUE, RECORD_KEY] {
        let bytes = room.house.get(&changed, row(kind, &a));
        room.house.put(&mut changed, row(kind, &b), &bytes);
    }
    room.refuses("doubled", "", &changed);
    let mut changed = room.store.clone();
    changed.rows.remove(&row(VALUE, &c));
    changed.rows.remove(&row(RECORD_KEY, &c));
    room.refuses("dropped", "lacks a", &changed);
    room.checks("dropped", &changed, "value", *c.id.as_bytes());

    // And as their events describe them.
    let first = room.find(|a| matches!(a, Act::RecordingFiled(_)));
    let second = room.find(|a| matches!(a, Act::RecordingFiled(f) if f.first == 1));
    let filed =
        |event: &mut StoredEvent, change: &dyn Fn(&mut Vec<GroupFiled>)| match &mut event.act {
            Act::RecordingFiled(filed) => change(&mut filed.groups),
            other => unreachable!("{other:?}"),
        };
    room.says_otherwise("pieces exchanged", second, |e| filed(e, &|g| g.swap(0, 1)));
    room.says_otherwise("a piece dropped", second, |e| {
        filed(e, &|g| drop(g.remove(0)))
    });
    room.says_otherwise("a piece doubled", second, |e| {
        filed(e, &|g| g.push(g[0].clone()))
    });
    room.says_otherwise("a piece of others", second, |e| {
        filed(e, &|g| g[0] = a.clone())
    });
    room.says_otherwise("ended early", first, |e| match &mut e.act {
        Act::RecordingFiled(filed) => filed.last = true,
        other => unreachable!("{other:?}"),
    });
}

/// Who rewrites events has nobody's signature for it.
#[test]
fn acts_after_the_filing_say_what_they_said() {
    let mut room = Room::filled();
    let records: Vec<RecordId> = room
        .events
        .iter()
        .filter_map(|e| match &e.act {
            Act::Filed(filed) => Some(filed.record),
            _ => None,
        })
        .collect();
    let [one, two, denial, astray] = [0, 1, 2, 3].map(|n| records[n]);

    let at = room.find(|a| matches!(a, Act::Corrected(_)));
    type Change<'a> = &'a dyn Fn(&mut Act);
    let all: [(&str, Change<'_>); 4] = [
        ("another number", &|act| {
            if let Act::Corrected(f) = act {
                f.version = 3
            }
        }),
        ("of another record", &|act| {
            if let Act::Corrected(f) = act {
                f.record = two
            }
        }),
        ("an attachment less", &|act| {
            if let Act::Corrected(f) = act {
                drop(f.groups.pop())
            }
        }),
        ("a filing of its own", &|act| {
            if let Act::Corrected(f) = act.clone() {
                *act = Act::Filed(f)
            }
        }),
    ];
    for (what, change) in all {
        room.says_otherwise(what, at, |e| change(&mut e.act));
    }
    let at = room.find(|a| matches!(a, Act::RecordingFiled(_)));
    room.says_otherwise("of another record", at, |e| match &mut e.act {
        Act::RecordingFiled(filed) => filed.record = denial,
        other => unreachable!("{other:?}"),
    });

    let at = room.find(|a| matches!(a, Act::Linked(l) if l.kind == LinkKind::Denial));
    let all: [(&str, Change<'_>); 4] = [
        ("from another", &|act| {
            if let Act::Linked(l) = act {
                l.from = one
            }
        }),
        ("to another", &|act| {
            if let Act::Linked(l) = act {
                (l.to, l.to_portion) = (one, None)
            }
        }),
        ("of the whole", &|act| {
            if let Act::Linked(l) = act {
                l.to_portion = None
            }
        }),
        ("an answer", &|act| {
            if let Act::Linked(l) = act {
                l.kind = LinkKind::Response
            }
        }),
    ];
    for (what, change) in all {
        room.says_otherwise(what, at, |e| change(&mut e.act));
    }

    let at = room.find(|a| matches!(a, Act::Graded { portions, .. } if !portions.is_empty()));
    let all: [(&str, Change<'_>); 2] = [
        ("of another record", &|act| {
            if let Act::Graded { record, portions } = act {
                (*record, *portions) = (one, Vec::new());
            }
        }),
        ("of the whole", &|act| {
            if let Act::Graded { portions, .. } = act {
                portions.clear()
            }
        }),
    ];
    for (what, change) in all {
        room.says_otherwise(what, at, |e| change(&mut e.act));
    }
    let asked = room.find(|a| matches!(a, Act::ApprovalAsked(a) if a.asked.record() == Some(two)));
    room.says_otherwise("asked of another", asked, |e| {
        if let Act::ApprovalAsked(asked) = &mut e.act {
            asked.asked = Asked::Withdraw { record: one };
        }
    });
    let at = room.find(|a| matches!(a, Act::Withdrawn(_)));
    let all: [(&str, Change<'_>); 3] = [
        ("of another", &|act| {
            if let Act::Withdrawn(w) = act {
                w.record = two
            }
        }),
        ("of a part", &|act| {
            if let Act::Withdrawn(w) = act {
                drop(w.groups.pop())
            }
        }),
        ("a restriction", &|act| {
            if let Act::Withdrawn(w) = act.clone() {
                let given = w.groups[0].label.clone();
                *act = Act::Restricted {
                    record: astray,
                    groups: w.groups,
                    given,
                };
            }
        }),
    ];
    for (what, change) in all {
        room.says_otherwise(what, at, |e| change(&mut e.act));
    }
}

/// How something was graded is sealed: the words of one grading are not those of another.
#[test]
fn the_words_of_gradings_and_withdrawals_are_their_own() {
    let mut room = Room::filled();
    let of = |fits: fn(&Act) -> bool| -> Vec<usize> {
        let all = room.events.iter().enumerate();
        all.filter(|(_, e)| fits(&e.act))
            .map(|(at, _)| at)
            .collect()
    };
    let graded = of(|a| matches!(a, Act::Graded { .. }));
    let asked = of(|a| matches!(a, Act::ApprovalAsked(_)));
    for [a, b] in [
        [graded[1], graded[2]],
        [graded[0], graded[2]],
        [asked[0], asked[1]],
    ] {
        let [mut one, mut other] = [a, b].map(|at| room.events[at].clone());
        // Copies are not committed to, so that how many there are tells nothing: entries and signatures still fit.
        std::mem::swap(&mut one.sealed[0].copies, &mut other.sealed[0].copies);
        let mut changed = room.store.clone();
        for event in [&one, &other] {
            let at = forge::event_key(*event.id.as_bytes());
            room.house.put(&mut changed, at, &encode(event));
        }
        room.refuses("words exchanged", "does not open", &changed);
        std::mem::swap(
            &mut one.sealed[0].commitment,
            &mut other.sealed[0].commitment,
        );
        room.says_otherwise("fields exchanged", a, |e| *e = one.clone());
    }
}

/// What was withdrawn is not laid open by who has the store as it was before.
#[test]
fn what_was_withdrawn_stays_away() {
    let mut room = Room::filled();
    let at = room.find(|a| matches!(a, Act::Withdrawn(_)));
    let Act::Withdrawn(withdrawn) = room.events[at].act.clone() else {
        unreachable!()
    };
    assert_eq!(
        withdrawn.groups.len(),
        5,
        "header, text, original, enclosure, recording"
    );
    let before = room.before.clone();
    let mut open = room.store.clone();
    for group in &withdrawn.groups {
        let id = *group.from.as_bytes();
        let (value, layer) = (Key::new(VALUE, id, 0), Key::new(LAYER_KEY, id, 0));
        // The skeleton is all that is shown, whatever lies there; a check names what lies there.
        let mut changed = room.store.clone();
        room.house.replay(&mut changed, &before, value);
        assert_eq!(room.refusal("a layer taken off", &changed), None);
        room.checks("a layer taken off", &changed, "value", id);
        let mut changed = room.store.clone();
        room.house.replay(&mut changed, &before, layer);
        assert_eq!(room.refusal("its key taken away", &changed), None);
        room.checks("its key taken away", &changed, "layer key", id);
        for key in [value, layer] {
            room.house.replay(&mut open, &before, key);
        }
    }
    assert_eq!(room.refusal("every layer taken off", &open), None);
    // A box that readers open, in the place of the quorum's.
    let at = Key::new(KEY_BOX, *withdrawn.groups[0].key_box.as_bytes(), 0);
    let filed = room.groups(Holds::Header)[3].1.key_box;
    let mut changed = room.store.clone();
    let readers = room
        .house
        .get(&changed, Key::new(KEY_BOX, *filed.as_bytes(), 0));
    room.house.put(&mut changed, at, &readers);
    assert_eq!(room.refusal("another box", &changed), None);
    room.checks("another box", &changed, "key box", at.id);
    // The ledger cut before it, with the rows as they were: heads that others keep tell of that, and here the checkpoint.
    let cut = room.find(|a| matches!(a, Act::Withdrawn(_)));
    let mut shorter = room.store.clone();
    shorter.entries.truncate(cut);
    room.refuses("cut before the withdrawal", "", &shorter);
    forge::strip_checkpoint(&mut shorter);
    room.refuses("cut, and no checkpoint", "", &shorter);
}

/// A portion of a marked document keeps the label that its mark gave it, and its filing the rules that were overridden.
#[test]
fn a_marked_document_keeps_its_labels_and_what_was_overridden() {
    const TEXT: &str = "SECRET//NOFORN\n\n(U) A talk\n\n(U) What all may read.\n\n\
        (S//NF) What only our own may read.\n\n(TS//NF) What stands above the banner.\n\nSECRET//NOFORN\n";
    const PEOPLE: [&str; 3] = ["chief", "low", "own"];
    let mut world = marked::checking_room(7, Suite::Mock);
    world.add_person("low", &["reader"], "Unclassified");
    world.add_person("own", &["reader"], "at-most Secret; Releasable to: USA");
    let ask = Filing {
        override_because: Some("the draughtsman is on leave".to_owned()),
        ..common::filing("marked.txt")
    };
    world.file("chief", &ask, TEXT.as_bytes()).unwrap();
    let mut room = Room::of(world, &PEOPLE, None);
    assert!(room.shown.iter().any(|w| w.contains("above the banner")));

    let at = room.find(|a| matches!(a, Act::Filed(_)));
    let rules = match &room.events[at].act {
        Act::Filed(filed) => filed.overridden.clone().expect("overridden").rules,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(rules, ["portion-above-banner"]);
    let filed = |e: &mut StoredEvent,
                 change: &dyn Fn(&mut Vec<GroupFiled>, &mut Option<Overridden>)| {
        match &mut e.act {
            Act::Filed(filed) => change(&mut filed.groups, &mut filed.overridden),
            other => unreachable!("{other:?}"),
        }
    };
    room.says_otherwise("nothing was overridden", at, |e| {
        filed(e, &|_, o| *o = None)
    });
    room.says_otherwise("another rule", at, |e| {
        filed(e, &|_, o| {
            o.as_mut().unwrap().rules[0] = "banner-missing".to_owned()
        });
    });
    room.says_otherwise("a rule more", at, |e| {
        filed(e, &|_, o| o.as_mut().unwrap().rules.push("z".to_owned()));
    });
    let texts = room.groups(Holds::Text);
    let lowest = Label::of_level(Name::new("Unclassified").unwrap());
    let above: Vec<usize> = (0..texts.len())
        .filter(|n| texts[*n].1.label != lowest)
        .collect();
    assert_eq!(above.len(), 2, "{texts:?}");
    for n in &above {
        let id = texts[*n].1.id;
        room.says_otherwise("a portion's label lowered", at, |e| {
            filed(e, &|groups, _| {
                let group = groups.iter_mut().find(|g| g.id == id).unwrap();
                group.label = lowest.clone();
            });
        });
    }
    // A portion moved from the group of one label to that of another, and the groups exchanged.
    let (high, low) = (
        &texts[above[1]].1,
        texts
            .iter()
            .map(|(_, g)| g)
            .find(|g| g.label == lowest)
            .unwrap(),
    );
    room.says_otherwise("a portion in another group", at, |e| {
        filed(e, &|groups, _| {
            let of = |id| groups.iter().position(|g: &GroupFiled| g.id == id).unwrap();
            let (from, to) = (of(high.id), of(low.id));
            let portion: PortionId = groups[from].portions[0];
            groups[to].portions.push(portion);
        });
    });
    for kinds in [&[VALUE][..], &[RECORD_KEY], &[VALUE, RECORD_KEY]] {
        let mut changed = room.store.clone();
        for kind in kinds {
            room.house
                .swap(&mut changed, row(*kind, high), row(*kind, low));
        }
        room.refuses("groups of two labels exchanged", "", &changed);
    }
}
