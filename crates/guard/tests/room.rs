//! A room from its founding to its reopening, through the API.

mod common;

use common::{World, restriction};
use strongroom_guard::Code;
use strongroom_guard::api::*;

const NOTE: &str =
    "Memorandum for the files\n\nThe first paragraph.\n\nMr. Kissinger: The second one.\n";

fn texts(shown: &Shown) -> Vec<&str> {
    shown.portions.iter().map(|p| p.text.as_str()).collect()
}

#[test]
fn what_is_filed_is_read_by_the_cleared_and_is_not_there_for_others() {
    let mut room = World::mock(1);
    room.add_person("alice", &["reader"], "at-most Secret");
    room.add_person("bob", &["reader"], "at-most Confidential");
    let filed = room.file_text("chief", NOTE, "Secret", 7);
    assert_eq!(filed.records.len(), 1);
    let id = &filed.records[0].record;

    let shown = room.read("alice", id);
    assert_eq!(texts(&shown)[0], "Memorandum for the files");
    assert_eq!(texts(&shown)[1], "The first paragraph.");
    assert_eq!(shown.banner, "SECRET");
    assert_eq!(room.list("alice").records.len(), 1);
    assert_eq!(room.list("bob").records.len(), 0);
    let refused = room.refused(
        "bob",
        Request::Read(ReadQuery {
            record: id.clone(),
            original: false,
            ..ReadQuery::default()
        }),
    );
    assert_eq!(refused.code, Code::NotFound);
}

#[test]
fn a_raised_portion_leaves_the_rest_and_takes_the_original_with_it() {
    let mut room = World::mock(2);
    room.add_person("alice", &["reader"], "at-most Secret");
    let filed = room.file_text("chief", NOTE, "Secret", 7);
    let id = &filed.records[0].record;
    let before = room.read("alice", id);
    let _: Shown = room.get(
        "alice",
        Request::Read(ReadQuery {
            record: id.clone(),
            original: true,
            ..ReadQuery::default()
        }),
    );
    let _ = room.read("chief", id);
    room.restrict("chief", id, "Top Secret; Nodis", &["1"]);

    let after = room.read("alice", id);
    assert_eq!(after.portions.len(), before.portions.len() - 1);
    assert!(!texts(&after).contains(&"The first paragraph."));
    assert_eq!(
        after.portions.iter().map(|p| p.n).collect::<Vec<_>>(),
        (0..after.portions.len()).collect::<Vec<_>>()
    );
    let refused = room.refused(
        "alice",
        Request::Read(ReadQuery {
            record: id.clone(),
            original: true,
            ..ReadQuery::default()
        }),
    );
    assert_eq!(refused.code, Code::NotFound);

    let whole = room.read("chief", id);
    assert_eq!(texts(&whole), texts(&before));
    assert_eq!(whole.banner, "TOP SECRET; NODIS");
    let history: History = room.get("chief", Request::History(RecordRef { record: id.clone() }));
    let what: Vec<&str> = history.events.iter().map(|e| e.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "filed",
            "opened for",
            "opened for",
            "opened for",
            "restricted",
            "opened for",
            "opened for"
        ]
    );
    let restricted = &history.events[4];
    assert_eq!(
        restricted.statement.as_ref().unwrap().because,
        "names a channel that is still in use"
    );
    // Alice sees nothing of the restriction: it touched what is no longer hers.
    let hers: History = room.get("alice", Request::History(RecordRef { record: id.clone() }));
    assert!(hers.events.iter().all(|e| e.what != "restricted"));
}

#[test]
fn a_record_restricted_whole_vanishes_at_once_and_leaves_its_receipts() {
    let mut room = World::mock(3);
    room.add_person("alice", &["reader"], "at-most Secret");
    room.add_person("bob", &["reader"], "at-most Top Secret; Nodis");
    let id = room.file_text("chief", NOTE, "Secret", 7).records[0]
        .record
        .clone();
    let read = room.read("alice", &id);
    let done = room.restrict("chief", &id, "Top Secret; Nodis", &[]);
    assert_eq!(done.records[0].lose_access, ["alice"]);

    let refused = room.refused(
        "alice",
        Request::Read(ReadQuery {
            record: id.clone(),
            original: false,
            ..ReadQuery::default()
        }),
    );
    assert_eq!(refused.code, Code::NotFound);
    assert_eq!(room.list("alice").records.len(), 0);
    let receipts: Receipts = room.get("alice", Request::Receipt(ReceiptQuery::default()));
    assert!(
        receipts
            .receipts
            .iter()
            .any(|r| r.id == read.copy && r.record.as_ref() == Some(&id))
    );
    let one: ReceiptShown = room.get(
        "alice",
        Request::Receipt(ReceiptQuery {
            id: Some(read.copy.clone()),
            ..ReceiptQuery::default()
        }),
    );
    assert_eq!(one.what, "opened");

    assert_eq!(room.read("bob", &id).portions.len(), 3);
    let history: History = room.get("bob", Request::History(RecordRef { record: id.clone() }));
    assert!(history.events.iter().any(|e| e.who == "alice"
        && e.what == "opened for"
        && e.portions.contains(&"1".to_owned())));
    assert!(
        history.events.iter().any(
            |e| e.what == "restricted" && e.to.as_deref() == Some("Top Secret & Secret; Nodis")
        )
    );
}

#[test]
fn a_second_layer_goes_around_the_first() {
    let room = World::mock(4);
    let id = room.file_text("chief", NOTE, "Secret", 7).records[0]
        .record
        .clone();
    room.restrict("chief", &id, "Top Secret", &[]);
    let _ = room.read("chief", &id);
    room.restrict("chief", &id, "Nodis", &["1"]);
    room.restrict("chief", &id, "Exdis", &[]);
    let shown = room.read("chief", &id);
    assert_eq!(shown.portions.len(), 3);
    let again = room.refused("chief", restriction(&id, "Exdis", &[]));
    assert_eq!(again.code, Code::Conflict);
}

#[test]
fn a_room_reopens_as_it_was() {
    let mut room = World::mock(5);
    room.add_person("alice", &["reader"], "at-most Secret");
    let id = room.file_text("chief", NOTE, "Secret", 7).records[0]
        .record
        .clone();
    let _ = room.read("chief", &id);
    room.restrict("chief", &id, "Top Secret", &["1"]);
    let before = (
        texts(&room.read("alice", &id)).join("|"),
        room.guard().status().entries,
    );
    room.reopen();
    room.sign_in("chief");
    room.sign_in("alice");
    assert_eq!(texts(&room.read("alice", &id)).join("|"), before.0);
    assert_eq!(room.read("chief", &id).portions.len(), 3);
    let checked: LedgerChecked = room.get("chief", Request::LedgerCheck);
    assert!(checked.entries > before.1);
}

#[test]
fn a_blind_filer_reads_nothing_of_what_he_filed() {
    let mut room = World::mock(6);
    room.add_person("clerk", &["records-officer", "reader"], "Unclassified");
    let filed = room.file_text("clerk", NOTE, "Top Secret; Nodis", 9);
    assert_eq!(filed.blind, ["Top Secret; Nodis"]);
    let id = filed.records[0].record.clone();
    let refused = room.refused(
        "clerk",
        Request::Read(ReadQuery {
            record: id.clone(),
            original: false,
            ..ReadQuery::default()
        }),
    );
    assert_eq!(refused.code, Code::NotFound);
    assert_eq!(room.read("chief", &id).portions.len(), 3);
    // He can restrict it further, and learns nothing from it.
    let done = room.restrict("clerk", &id, "Exdis", &[]);
    assert!(done.records[0].lose_access.is_empty());
    let never = room.restrict("clerk", "0123456789abcdefghjkmnpqrs", "Exdis", &[]);
    assert!(never.records[0].lose_access.is_empty());
    assert_eq!(room.read("chief", &id).banner, "TOP SECRET; NODIS; EXDIS");
}

#[test]
fn a_clearance_waits_for_a_holder() {
    let mut room = World::mock(7);
    room.add_person("officer", &["security-officer"], "");
    room.add_person("alice", &["reader"], "");
    let changed: ClearanceChanged = room.get("officer", common::grant("alice", "Secret"));
    assert!(changed.sealed.is_empty());
    assert_eq!(changed.pending, ["Secret"]);
    let id = room.file_text("chief", NOTE, "Secret", 7).records[0]
        .record
        .clone();
    assert_eq!(room.list("alice").readable, 0);
    let asked = changed.asked.unwrap();
    let approve = || common::approve(&asked);
    assert_eq!(room.refused("alice", approve()).code, Code::NotFound);
    assert_eq!(room.refused("officer", approve()).code, Code::NotAllowed);
    let decided: RequestDecided = room.get("chief", approve());
    assert_eq!(decided.done, ["alice holds from now on: Secret"]);
    assert_eq!(room.read("alice", &id).portions.len(), 3);
}

#[test]
fn a_blind_filing_is_taken_over_by_the_first_who_reads_it() {
    let mut room = World::mock(8);
    room.add_person("clerk", &["records-officer"], "");
    room.add_person("alice", &["reader"], "Secret");
    let filed = room.file_text("clerk", NOTE, "Secret", 9);
    let id = filed.records[0].record.clone();
    let rows = |room: &World| room.raw_rows(7);
    let before = rows(&room);
    let first = room.read("alice", &id);
    let taken_over = rows(&room);
    assert_eq!(before.len(), taken_over.len());
    assert_eq!(
        before
            .iter()
            .zip(&taken_over)
            .filter(|(a, b)| a != b)
            .count(),
        2,
        "header and text"
    );
    assert_eq!(texts(&room.read("alice", &id)), texts(&first));
    assert_eq!(rows(&room), taken_over, "once is enough");
    room.reopen();
    room.sign_in("chief");
    assert_eq!(texts(&room.read("chief", &id)), texts(&first));
}

#[test]
fn labels_are_only_raised_and_a_lower_level_raises_nothing() {
    let room = World::mock(9);
    let id = room.file_text("chief", NOTE, "Secret; Nodis", 7).records[0]
        .record
        .clone();
    for lower in ["Confidential", "Secret", "Nodis", "Confidential; Nodis"] {
        let refused = room.refused("chief", restriction(&id, lower, &[]));
        assert_eq!(refused.code, Code::Conflict, "{lower}");
    }
    assert_eq!(room.read("chief", &id).banner, "SECRET; NODIS");
    room.restrict("chief", &id, "Confidential; Exdis", &[]);
    assert_eq!(room.read("chief", &id).banner, "SECRET; NODIS; EXDIS");
}

#[test]
fn what_a_restriction_touched_is_told_by_portion() {
    let mut room = World::mock(10);
    room.add_person("emil", &["records-officer", "reader"], "at-most Secret");
    room.add_person("ben", &["reader"], "at-most Top Secret; Nodis");
    let id = room.file_text("chief", NOTE, "Secret", 7).records[0]
        .record
        .clone();
    let _ = room.read("emil", &id);
    let done = room.restrict("emil", &id, "Top Secret; Nodis", &["1", "source"]);
    assert_eq!(done.records[0].portions, ["1", "source"]);
    // Emil does not hold Nodis, so he is not told who does.
    assert!(done.records[0].unless_cleared);
    assert_eq!(done.records[0].lose_access, ["ben", "chief", "emil"]);
    let _ = room.read("chief", &id);
    let sure = room.restrict("chief", &id, "Nodis", &["2"]);
    assert!(!sure.records[0].unless_cleared);
    assert_eq!(sure.records[0].lose_access, ["emil"]);
    let history: History = room.get("ben", Request::History(RecordRef { record: id.clone() }));
    let raised: Vec<_> = history
        .events
        .iter()
        .filter(|e| e.what == "restricted")
        .map(|e| e.portions.clone())
        .collect();
    assert_eq!(
        raised,
        [
            vec!["1".to_owned(), "source".to_owned()],
            vec!["2".to_owned()]
        ]
    );

    // A restriction of the whole record leads different portions to different labels.
    room.restrict("chief", &id, "Exdis", &[]);
    let history: History = room.get("chief", Request::History(RecordRef { record: id.clone() }));
    let leads = |e: &&HistoryRow| e.to.as_deref().is_some_and(|t| t.contains("Exdis"));
    let last: Vec<_> = history.events.iter().filter(leads).collect();
    let to = |portion: &str| {
        let row = last
            .iter()
            .find(|e| e.portions.iter().any(|p| p == portion));
        row.and_then(|e| e.to.as_deref())
    };
    assert_eq!(to("1"), Some("Top Secret & Secret; Nodis; Exdis"));
    assert_eq!(to("2"), Some("Secret; Nodis; Exdis"));
    assert_eq!(to("0"), Some("Secret; Exdis"));
    assert_eq!(last.len(), 3);
}

#[test]
fn keys_that_nobody_confirmed_give_way_to_a_new_invitation() {
    let mut room = World::mock(11);
    let invite = |room: &World| -> Invited {
        let ask = Invite {
            name: "ben".to_owned(),
            roles: vec!["reader".to_owned()],
            request: None,
        };
        room.get("chief", Request::PersonInvite(ask))
    };
    let first = invite(&room);
    let early = room.refused("chief", common::grant("ben", "Secret"));
    assert!(
        early.message.contains("has not joined yet"),
        "{}",
        early.message
    );
    let of_another = room.join(&first.code);
    let second = invite(&room);
    let bens = room.join(&second.code);
    let confirm = |fingerprint: &str| {
        Request::PersonConfirm(Confirm {
            name: "ben".to_owned(),
            fingerprint: fingerprint.to_owned(),
            request: None,
        })
    };
    assert_eq!(
        room.refused("chief", confirm(&of_another)).code,
        Code::Conflict
    );
    let _: ClearanceChanged = room.get("chief", confirm(&bens));
    let ask = Invite {
        name: "ben".to_owned(),
        roles: vec!["reader".to_owned()],
        request: None,
    };
    assert_eq!(
        room.refused("chief", Request::PersonInvite(ask)).code,
        Code::Conflict
    );
    room.sign_in("ben");
    room.reopen();
    room.sign_in("ben");
}
