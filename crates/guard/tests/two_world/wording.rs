//! Requests as clients write them: keys become ids, numbers become request ids.
//!
//! Who is compared asks in the same bytes in both worlds, also when only one of them has what is
//! named. The one exception is a portion that the reader sees under another id in each world.

use strongroom_guard::api::*;
use strongroom_record::{RecordId, RequestId, Stream};

use crate::book::{Asked, Book};
use crate::cast::Who;
use crate::common::PASSPHRASE;
use crate::script::{
    Ask, Correct, File, LinkEnd, PortionRef, Raise, ReceiptRef, Ref, Ticket, Volume,
};

/// Turns what a script says into a request in one of the worlds.
pub(crate) struct Wording<'b> {
    pub(crate) book: &'b Book,
    pub(crate) world: usize,
    pub(crate) who: Who,
    pub(crate) seed: u64,
}

impl Wording<'_> {
    pub(crate) fn request(&self, ask: &Ask) -> Request {
        match ask {
            Ask::SignOut => Request::SignOut,
            Ask::WhoAmI => Request::WhoAmI,
            Ask::Persons => Request::PersonList,
            Ask::Clearance(name) => Request::ClearanceShow(PersonName {
                name: name.map(str::to_owned),
            }),
            Ask::Atoms => Request::AtomList,
            Ask::Turn(atom) => Request::AtomTurn(AtomTurn {
                atom: atom.clone(),
                request: None,
            }),
            Ask::Recoveries => Request::RecoverList,
            Ask::Recover(atom, name) => Request::Recover(RecoverRequest {
                ask: RecoverAsk::Atom {
                    atom: atom.clone(),
                    name: (*name).to_owned(),
                },
                request: None,
            }),
            Ask::Grant(name, clearance, number) => Request::ClearanceGrant(ClearanceGrant {
                name: (*name).to_owned(),
                clearance: clearance.clone(),
                because: Some("for the work on the talks".to_owned()),
                request: ticket(number, self.seed),
            }),
            Ask::Seal(name, above) => Request::Approve(Approve {
                id: self.asked(&Asked::Of(name, *above)),
                request: None,
            }),
            Ask::Invite(name) => Request::PersonInvite(Invite {
                name: name.clone(),
                roles: vec!["reader".to_owned()],
                request: None,
            }),
            Ask::Confirm(name) => Request::PersonConfirm(Confirm {
                name: (*name).to_owned(),
                fingerprint: "no fingerprint".to_owned(),
                request: None,
            }),
            Ask::Passphrase => Request::Passphrase(PassphraseChange {
                old: PASSPHRASE.to_owned(),
                new: "weak".to_owned(),
                request: None,
            }),
            Ask::List(limit, after) => Request::List(ListQuery {
                limit: *limit,
                after: after.as_ref().map(|r| self.record(r)),
            }),
            Ask::Read(record, original) => Request::Read(ReadQuery {
                record: self.record(record),
                original: *original,
                ..ReadQuery::default()
            }),
            Ask::Version(record, version) => Request::Read(ReadQuery {
                record: self.record(record),
                version: Some(*version),
                ..ReadQuery::default()
            }),
            Ask::Piece(record, attachment, version, piece) => Request::Piece(PieceQuery {
                record: self.record(record),
                attachment: *attachment,
                version: *version,
                piece: *piece,
            }),
            Ask::Changes(record, version) => Request::Changes(ChangesQuery {
                record: self.record(record),
                version: *version,
            }),
            Ask::Link(from, to, portion, kind, number) => Request::Link(LinkQuery {
                record: self.record(from),
                to: self.record(to),
                portion: portion.as_ref().map(|p| self.portion(p)),
                kind: (*kind).to_owned(),
                request: ticket(number, self.seed),
            }),
            Ask::Withdraw(record, number) => Request::Withdraw(WithdrawAsk {
                record: self.record(record),
                reason: "privacy".to_owned(),
                authority: None,
                because: "it was meant for another room".to_owned(),
                request: ticket(number, self.seed),
            }),
            Ask::Destroy(record, number) => self.asking(
                RequestFor::Destroy {
                    record: self.record(record),
                },
                number,
            ),
            Ask::Undo(record, number) => self.asking(
                RequestFor::Undo {
                    record: self.record(record),
                },
                number,
            ),
            Ask::Approve(record, number) => Request::Approve(Approve {
                id: self.asked_about(record),
                request: ticket(number, self.seed),
            }),
            Ask::Deny(record, number) => Request::Deny(Deny {
                id: self.asked_about(record),
                because: "it is where it belongs".to_owned(),
                request: ticket(number, self.seed),
            }),
            Ask::TakeBack(record, number) => Request::RequestTakeBack(RequestTakeBack {
                id: self.asked_about(record),
                request: ticket(number, self.seed),
            }),
            Ask::Requests => Request::Requests(RequestsQuery::default()),
            Ask::RequestOf(record) => Request::Requests(RequestsQuery {
                id: Some(self.asked_about(record)),
            }),
            Ask::Rules => Request::RulesShow,
            Ask::HoldPlace(record, number) => Request::HoldPlace(HoldPlace {
                matter: "an inquiry".to_owned(),
                records: vec![self.record(record)],
                because: "its chairman asked for it".to_owned(),
                request: ticket(number, self.seed),
            }),
            Ask::Holds => Request::HoldList,
            Ask::Due => Request::Due,
            Ask::Lower(record, to, number) => self.asking(
                RequestFor::Lower {
                    record: self.record(record),
                    to: (*to).to_owned(),
                    portions: Vec::new(),
                },
                number,
            ),
            Ask::History(record) => Request::History(RecordRef {
                record: self.record(record),
            }),
            Ask::Restrict(raise) => Request::Restrict(self.restriction(raise)),
            Ask::Grade(judge) => Request::Grade(Grade {
                record: self.record(&judge.record),
                portions: judge.portions.iter().map(|p| self.portion(p)).collect(),
                judged: Judgement {
                    grade: Some(judge.grade.to_owned()),
                    ..Judgement::default()
                },
                request: ticket(&judge.request, self.seed),
            }),
            Ask::Receipts(limit) => Request::Receipt(ReceiptQuery {
                limit: *limit,
                ..ReceiptQuery::default()
            }),
            Ask::Receipt(which) => Request::Receipt(ReceiptQuery {
                id: Some(self.receipt(which)),
                ..ReceiptQuery::default()
            }),
            Ask::LedgerCheck => Request::LedgerCheck,
            Ask::LedgerProve(index) => Request::LedgerProve(EntryIndex { index: *index }),
            Ask::LedgerConsistency(from, to) => Request::LedgerConsistency(LogSizes {
                from: *from,
                to: *to,
            }),
            Ask::Close => Request::Close,
            Ask::Oversee(ask) => self.oversee(ask),
        }
    }

    /// The next pieces of a recording.
    pub(crate) fn recording(&self, record: &Ref, first: u32, last: bool) -> RecordingAsk {
        RecordingAsk {
            record: self.record(record),
            first,
            last,
        }
    }

    /// A filing that is linked.
    pub(crate) fn linked(&self, file: &File, kind: &str, end: &LinkEnd) -> Filing {
        let to = match end {
            LinkEnd::Record(record) => self.record(record),
            LinkEnd::Receipt(n) => self.receipt(&ReceiptRef::Own(*n)),
        };
        Filing {
            link: Some(FiledLink {
                kind: kind.to_owned(),
                to,
                portion: None,
            }),
            ..filing(file, self.seed)
        }
    }

    /// A filing that corrects.
    pub(crate) fn correction(&self, correct: &Correct) -> Filing {
        Filing {
            file: "again.txt".to_owned(),
            reason: "privacy".to_owned(),
            authority: "the Executive Secretary".to_owned(),
            because: "the listener heard another word".to_owned(),
            marking: Some(correct.marking.clone()),
            correction: Some(Correcting {
                record: self.record(&correct.of),
                listened: vec![correct.listened.to_owned()],
                changed: "a word".to_owned(),
                produced: "from the recording".to_owned(),
            }),
            request: ticket(&correct.request, self.seed),
            ..Filing::default()
        }
    }

    fn asking(&self, ask: RequestFor, number: &Ticket) -> Request {
        Request::Ask(RequestAsk {
            ask,
            reason: Some("privacy".to_owned()),
            authority: None,
            because: "it harms nobody any more".to_owned(),
            request: ticket(number, self.seed),
        })
    }

    fn restriction(&self, raise: &Raise) -> Restrict {
        Restrict {
            records: raise.records.iter().map(|r| self.record(r)).collect(),
            to: raise.to.clone(),
            portions: raise.portions.iter().map(|p| self.portion(p)).collect(),
            reason: raise.reason.to_owned(),
            authority: None,
            because: "names a channel that is still in use".to_owned(),
            practice: self.cited(&raise.request),
            leave_unchanged: false,
            dry_run: raise.dry_run,
            request: ticket(&raise.request, self.seed),
        }
    }

    pub(crate) fn record(&self, named: &Ref) -> String {
        let id = |key| {
            let ids = self.book.get(key).map(|e| &e.ids);
            let own = ids.and_then(|ids| {
                ids[if self.who.is_compared() {
                    0
                } else {
                    self.world
                }]
                .clone()
            });
            let any = ids.and_then(|ids| ids.iter().flatten().next().cloned());
            own.or(any).unwrap_or_else(|| never(200))
        };
        match named {
            Ref::Whole(key) => id(*key),
            Ref::Beginning(key, chars) => id(*key).chars().take(*chars).collect(),
            Ref::Shouted(key) => id(*key).to_uppercase().replace('0', "O").replace('1', "I"),
            Ref::Never(n) => never(*n),
            Ref::Malformed(text) => (*text).to_owned(),
        }
    }

    /// The request that was made last about a record, or about nothing.
    fn asked_about(&self, record: &Ref) -> String {
        match record {
            Ref::Malformed(text) => (*text).to_owned(),
            _ => record
                .key()
                .map_or_else(|| never(204), |key| self.asked(&Asked::About(key))),
        }
    }

    fn asked(&self, what: &Asked) -> String {
        let ids = self.book.asked.get(what);
        let world = if self.who.is_compared() {
            0
        } else {
            self.world
        };
        let own = ids.and_then(|ids| ids[world].clone());
        let any = ids.and_then(|ids| ids.iter().flatten().next().cloned());
        own.or(any).unwrap_or_else(|| never(205))
    }

    fn portion(&self, named: &PortionRef) -> String {
        let nth = |list: &[String], n: usize| match list.len() {
            0 => never(201),
            len => list[n % len].clone(),
        };
        match named {
            PortionRef::Word(word) => word.clone(),
            PortionRef::Seen(key, n) => {
                nth(self.book.get(*key).map_or(&[], |e| &e.seen[self.world]), *n)
            }
            PortionRef::Risen(key, n) if self.who.is_compared() => {
                nth(self.book.get(*key).map_or(&[], |e| &e.hidden), *n)
            }
            PortionRef::Risen(key, n) => nth(
                self.book.get(*key).map_or(&[], |e| &e.risen[self.world]),
                *n,
            ),
            PortionRef::Never => never(202),
        }
    }

    pub(crate) fn receipt(&self, which: &ReceiptRef) -> String {
        let nth = |list: &[String], n: usize| match list.len() {
            0 => never(203),
            len => list[n % len].clone(),
        };
        let own = self
            .book
            .receipts
            .get(&self.who)
            .map_or(&[][..], Vec::as_slice);
        match which {
            ReceiptRef::Own(n) => nth(own, *n),
            ReceiptRef::Last => nth(own, own.len().saturating_sub(1)),
            ReceiptRef::Beginning(n, chars) => nth(own, *n).chars().take(*chars).collect(),
            ReceiptRef::Foreign(n) => nth(&self.book.foreign, *n),
            ReceiptRef::Reading(n) => nth(&self.book.readings, *n),
            ReceiptRef::Malformed(text) => (*text).to_owned(),
        }
    }
}

/// An id that no world has.
pub(crate) fn never(n: u8) -> String {
    RecordId::random(&mut Stream::from_seed([n; 32])).to_string()
}

/// The request id that a client chose.
pub(crate) fn ticket(ticket: &Ticket, seed: u64) -> Option<String> {
    match ticket {
        Ticket::No => None,
        Ticket::Text(text) => Some(text.clone()),
        Ticket::Of(number) => {
            let mut named = [7; 32];
            named[..8].copy_from_slice(&seed.to_le_bytes());
            named[8..16].copy_from_slice(&number.to_le_bytes());
            Some(RequestId::random(&mut Stream::from_seed(named)).to_string())
        }
    }
}

/// A filing as a client writes it.
pub(crate) fn filing(file: &File, seed: u64) -> Filing {
    Filing {
        file: file.name.to_owned(),
        reason: file.reason.to_owned(),
        authority: "the Executive Secretary".to_owned(),
        because: "kept with the talks it belongs to".to_owned(),
        marking: file.marking.clone(),
        // Some of the reader's own as files of a folder: what was filed so before is told and not filed again. What
        // others file differs from world to world, and with it such a request id, from which ids are drawn here: so of theirs
        // only what lies above.
        within: (file.within
            || matches!((file.who, &file.request), (Who::Low, Ticket::Of(n)) if n % 2 == 0))
        .then(|| format!("in/{}", file.name)),
        recording: file.recorded.then(said),
        request: ticket(&file.request, seed),
        ..Filing::default()
    }
}

/// What every recording says.
pub(crate) const SAID: &[u8] = b"What was said, as it was recorded.";

fn said() -> EnclosedFile {
    EnclosedFile {
        name: "talk.ogg".to_owned(),
        media_type: "audio/ogg".to_owned(),
        bytes: SAID.len() as u64,
        sha256: data_encoding::HEXLOWER.encode(&strongroom_seal::FileDigest::of(SAID)),
    }
}

/// The TEI text of a volume in one of the worlds.
pub(crate) fn volume_text(volume: &Volume, world: usize, seed: u64) -> String {
    let documents = volume.low.iter().chain(&volume.high[world]).enumerate().map(|(n, marking)| {
        let above = n >= volume.low.len();
        let words = if above { format!("hidden {world} ").repeat(n + world + 1) } else { "plain ".to_owned() };
        format!(
            "<div type=\"document\" xml:id=\"d{n}\"><head>{n}. Memorandum {seed}<note n=\"1\" type=\"source\">\
             Source: Files. {marking}.</note></head><p>The {words}words of {n}.</p></div>\n"
        )
    });
    format!(
        "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">\n{}</TEI>\n",
        documents.collect::<String>()
    )
}
