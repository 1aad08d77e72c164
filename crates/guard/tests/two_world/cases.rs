//! What the census calls the cases that occur.

use strongroom_guard::api::ReceiptShown;

use crate::answer::Answer;
use crate::book::Book;
use crate::census::Census;
use crate::oversight;
use crate::script::{Act, Ask, LinkEnd, ReceiptRef, Ref};

/// What is done to what, before it is done.
pub(crate) fn situation(book: &Book, act: &Act) -> String {
    let of = |r: &Ref| match r {
        Ref::Malformed(_) => "malformed".to_owned(),
        Ref::Beginning(key, _) => format!("beginning of {}", book.situation(Some(*key))),
        other => book.situation(other.key()).to_owned(),
    };
    match act {
        Act::File(file) => match &file.marking {
            Some(m) if book.is_above(m) => "file above".to_owned(),
            Some(_) => "file below".to_owned(),
            None => "file without marking".to_owned(),
        },
        Act::FileLinked(_, kind, LinkEnd::Record(to)) => format!("file a {kind} of {}", of(to)),
        Act::FileLinked(_, kind, LinkEnd::Receipt(_)) => format!("file a {kind} by receipt"),
        Act::Correct(correct) => {
            let high = book.is_above(&correct.marking);
            let how = if high { "correct above" } else { "correct" };
            format!("{how} {}", of(&correct.of))
        }
        Act::Record(_, record, ..) => format!("record beside {}", of(record)),
        Act::SignIn(name, right) => {
            format!(
                "sign in as {name} {}",
                if *right { "rightly" } else { "wrongly" }
            )
        }
        Act::Reopen => "the room reopens".to_owned(),
        Act::Night => "a night passes".to_owned(),
        Act::Season => "a season passes".to_owned(),
        Act::Tick => "tick".to_owned(),
        Act::Ask(_, ask) => match ask {
            Ask::List(limit, after) => {
                let limit = if limit.is_some() {
                    "limited"
                } else {
                    "unlimited"
                };
                match after {
                    Some(after) => format!("list {limit} after {}", of(after)),
                    None => format!("list {limit}"),
                }
            }
            Ask::Read(record, true) => format!("read original of {}", of(record)),
            Ask::Read(record, false) => format!("read {}", of(record)),
            Ask::Version(record, _) => format!("version of {}", of(record)),
            Ask::Piece(record, attachment, ..) => {
                let what = attachment.map_or("piece", |_| "attachment");
                format!("{what} of {}", of(record))
            }
            Ask::Changes(record, _) => format!("changes of {}", of(record)),
            Ask::Link(from, to, ..) => format!("link {} to {}", of(from), of(to)),
            Ask::Withdraw(record, _) => format!("withdraw {}", of(record)),
            Ask::Destroy(record, _) => format!("ask to destroy {}", of(record)),
            Ask::Undo(record, _) => format!("ask to undo a restriction of {}", of(record)),
            Ask::Approve(record, _) => format!("approve withdrawing {}", of(record)),
            Ask::TakeBack(record, _) => format!("take back withdrawing {}", of(record)),
            Ask::Deny(record, _) => format!("deny withdrawing {}", of(record)),
            Ask::Requests => "requests".to_owned(),
            Ask::RequestOf(record) => format!("the request about {}", of(record)),
            Ask::Rules => "rules".to_owned(),
            Ask::HoldPlace(record, _) => format!("hold {}", of(record)),
            Ask::Holds => "holds".to_owned(),
            Ask::Due => "what is due".to_owned(),
            Ask::Lower(record, ..) => format!("ask to lower {}", of(record)),
            Ask::History(record) => format!("history of {}", of(record)),
            Ask::Restrict(raise) => {
                let how = if raise.dry_run {
                    "restrict, dry"
                } else {
                    "restrict"
                };
                let what = if raise.portions.is_empty() {
                    ""
                } else {
                    " portions of"
                };
                match &raise.records[..] {
                    [one] => format!("{how}{what} {}", of(one)),
                    _ => format!("{how} several"),
                }
            }
            Ask::Grade(judge) => {
                let what = if judge.portions.is_empty() {
                    ""
                } else {
                    " portions of"
                };
                format!("grade{what} {}", of(&judge.record))
            }
            Ask::Receipt(which) => match which {
                ReceiptRef::Foreign(_) => "receipt of another".to_owned(),
                _ => "receipt".to_owned(),
            },
            Ask::Receipts(_) => "receipts".to_owned(),
            Ask::Clearance(Some(_)) => "clearance of another".to_owned(),
            Ask::Clearance(None) => "clearance".to_owned(),
            Ask::Grant(..) => "grant".to_owned(),
            Ask::Seal(..) => "seal".to_owned(),
            Ask::Invite(_) => "invite".to_owned(),
            Ask::Confirm(_) => "confirm".to_owned(),
            Ask::Atoms => "atoms".to_owned(),
            Ask::Turn(_) => "turn".to_owned(),
            Ask::Recoveries => "recoveries".to_owned(),
            Ask::Recover(..) => "recover".to_owned(),
            Ask::SignOut => "sign out".to_owned(),
            Ask::WhoAmI => "who am I".to_owned(),
            Ask::Persons => "persons".to_owned(),
            Ask::Passphrase => "passphrase".to_owned(),
            Ask::LedgerCheck => "ledger check".to_owned(),
            Ask::LedgerProve(_) => "ledger proof".to_owned(),
            Ask::LedgerConsistency(..) => "ledger consistency".to_owned(),
            Ask::Close => "close".to_owned(),
            Ask::Oversee(ask) => oversight::situation(book, ask),
        },
    }
}

/// Cases that only the answer shows.
pub(crate) fn note_shown(census: &mut Census, act: &Act, answer: &Answer) {
    let Some(json) = answer.issued() else { return };
    let mut note = |found: bool, case: &str| {
        if found {
            census.tally(format!("shown: {case}"));
        }
    };
    if let Act::File(file) = act
        && file.who.is_compared()
    {
        note(
            json.contains("\"like_percent\""),
            "a filing that is like a record",
        );
        note(
            !json.contains("\"resumed\":0"),
            "a filing that was in before",
        );
    }
    if matches!(act, Act::SignIn("low" | "clerk", true)) {
        note(
            json.contains("of what you filed to be answered"),
            "a notice of a challenge",
        );
    }
    let Act::Ask(who, ask) = act else { return };
    if !who.is_compared() {
        return;
    }
    match ask {
        Ask::List(..) => {
            note(json.contains("\"more\":true"), "a listing with more");
            note(!json.contains("\"records\":[]"), "a listing with records");
            note(
                json.contains("\"superseded_by\""),
                "a listing with a successor",
            );
        }
        Ask::Read(..) | Ask::Version(..) => {
            note(json.contains("\"versions\":2"), "a record in two versions");
            note(json.contains("\"links\":[{"), "a record with a link");
            note(json.contains("\"withdrawn\":{"), "what is left of a record");
            note(json.contains("\"reliability\""), "a reading with a grading");
            note(json.contains("\"field\":\"attachments\""), "attachments");
            note(json.contains("\"field\":\"recording\""), "a recording");
        }
        Ask::Piece(_, Some(_), ..) => note(true, "the words of an attachment"),
        Ask::Piece(..) => note(true, "a piece of a recording"),
        Ask::Changes(..) => note(true, "changes"),
        Ask::Requests => note(
            json.contains("\"what\":\"withdraw\""),
            "a withdrawal that waits",
        ),
        Ask::Holds => note(json.contains("\"hold\":"), "a hold"),
        Ask::RequestOf(_) => note(json.contains("\"stage\""), "a request"),
        Ask::History(_) => {
            note(
                json.contains("\"restricted\""),
                "a history with a restriction",
            );
            note(json.contains("opened for"), "a history with openings");
            note(json.contains("\"graded\""), "a history with a grading");
            note(json.contains("\"file\""), "a history with a file given out");
            note(
                json.contains("taken back"),
                "a history with what was taken back",
            );
        }
        Ask::Restrict(raise) => {
            let losers = json.contains("\"lose_access\":[\"");
            note(losers && raise.dry_run, "a preview that names someone");
            note(losers && !raise.dry_run, "a restriction that names someone");
        }
        Ask::Receipt(_) => {
            let event: ReceiptShown = serde_json::from_str(json).expect("a receipt");
            note(true, &format!("a receipt of what was {}", event.what));
        }
        Ask::Oversee(ask) => oversight::shown(ask, json, &mut note),
        _ => {}
    }
}
