//! Reconciling: a list of calls from outside (a switchboard's log, a diary) set against the docket.
//!
//! A call and a record belong together where the record's date may be the call's day and nothing else that both declare
//! differs. Where that is so of one of each and of no other, they match; where several could be meant, or the record is
//! dated to less than a day, or does not say who took part, it is doubtful and said to be.

use std::collections::BTreeSet;

use strongroom_record::event::{Look, LookWords};
use strongroom_record::limits::HEADER_VALUES_MAX;
use strongroom_record::{Day, RecordId};

use super::Overseer;
use super::asked::{checked_because, words};
use super::entries::{Known, KnownRecords};
use crate::api::{CallListed, CustodyEntry, DoubtfulCall, ReconcileQuery, Reconciled};
use crate::fault::{Fault, Stop};
use crate::guard::{Asking, Core};
use crate::limits::RECONCILE_CALLS_MAX;
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};

/// A call of the list.
struct Call<'a> {
    listed: &'a CallListed,
    day: Day,
    place: BTreeSet<String>,
    participants: Vec<BTreeSet<String>>,
}

/// What a record declares.
struct Declared {
    entry: CustodyEntry,
    days: Option<(Day, Day)>,
    place: BTreeSet<String>,
    participants: Vec<BTreeSet<String>>,
}

/// How a record fits a call that it may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    Surely,
    Perhaps(&'static str),
}

impl Declared {
    fn fits(&self, call: &Call<'_>) -> Option<Fits> {
        let (first, last) = self.days?;
        if call.day < first || last < call.day {
            return None;
        }
        if !self.place.is_empty() && !call.place.is_empty() && self.place.is_disjoint(&call.place) {
            return None;
        }
        let either = !call.participants.is_empty() && !self.participants.is_empty();
        let of_record =
            |asked: &BTreeSet<String>| self.participants.iter().any(|p| !p.is_disjoint(asked));
        let named = call
            .participants
            .iter()
            .filter(|asked| of_record(asked))
            .count();
        if either && named == 0 {
            return None;
        }
        if first != last {
            return Some(Fits::Perhaps("the record is not dated to the day"));
        }
        if either && named < call.participants.len() {
            return Some(Fits::Perhaps("not all who are listed are declared"));
        }
        if !either && !call.participants.is_empty() {
            return Some(Fits::Perhaps("the record does not declare who took part"));
        }
        Some(Fits::Surely)
    }
}

impl Core {
    /// Sets a list of calls against the docket.
    pub(crate) fn reconcile(
        &self,
        asking: &Asking,
        ask: &ReconcileQuery,
    ) -> Result<Reconciled, Stop> {
        checked_because(&ask.because)?;
        let calls = read(&ask.calls)?;
        let records: Vec<RecordId> = {
            let state = self.state();
            Overseer::required(&state, asking)?;
            let records = state.records.in_order().filter(|r| !r.frame);
            records.map(|r| r.id).collect()
        };
        self.questions.put(asking.session.person, self.now())?;
        let words = LookWords {
            asked: format!("{} calls", calls.len()),
            because: ask.because.clone(),
        };
        let permit = self.look(asking, Look::Reconcile, Some(&words))?;
        let declared = self.declared(&permit, asking, &records)?;
        Ok(reconciled(&calls, &declared))
    }

    fn declared(
        &self,
        permit: &Permit,
        asking: &Asking,
        records: &[RecordId],
    ) -> Result<Vec<Declared>, Fault> {
        let mut known = KnownRecords::new();
        let mut out = Vec::with_capacity(records.len());
        for record in records {
            let of = self.known(permit, asking, *record, &mut known)?;
            let (filing, by) = {
                let state = self.state();
                let record = state.records.get(*record);
                let record = record.ok_or(Fault::Missing("a record that the docket lists"))?;
                (record.events[0], state.people.name_of(record.filer))
            };
            let Known {
                filed_at,
                conversation,
                days,
                ..
            } = of.as_ref();
            out.push(Declared {
                days: *days,
                place: conversation.place.as_deref().map(words).unwrap_or_default(),
                participants: conversation.participants.iter().map(|p| words(p)).collect(),
                entry: CustodyEntry {
                    entry: filing.to_string(),
                    act: FILED.to_owned(),
                    record: record.to_string(),
                    at: filed_at.to_string(),
                    by,
                    conversation: conversation.clone(),
                },
            });
        }
        Ok(out)
    }
}

/// The word for a filing, as its act has it.
const FILED: &str = "filed";

fn read(calls: &[CallListed]) -> Result<Vec<Call<'_>>, Refusal> {
    if calls.is_empty() || calls.len() > RECONCILE_CALLS_MAX {
        return Err(Refusal::new(
            Code::Limit,
            format!("a list has between 1 and {RECONCILE_CALLS_MAX} calls"),
        ));
    }
    calls.iter().map(read_one).collect()
}

fn read_one(listed: &CallListed) -> Result<Call<'_>, Refusal> {
    let CallListed {
        line,
        date,
        participants,
        place,
        ..
    } = listed;
    let day = date
        .parse()
        .map_err(|e| Refusal::invalid(format!("line {line} of the list: {e}")))?;
    if participants.len() > HEADER_VALUES_MAX {
        return Err(Refusal::invalid(format!(
            "line {line} of the list: a call has at most {HEADER_VALUES_MAX} participants"
        )));
    }
    let participants = participants.iter().map(|p| words(p));
    Ok(Call {
        listed,
        day,
        place: place.as_deref().map(words).unwrap_or_default(),
        participants: participants.filter(|p| !p.is_empty()).collect(),
    })
}

fn reconciled(calls: &[Call<'_>], declared: &[Declared]) -> Reconciled {
    let fits = |call: &Call<'_>| -> Vec<(usize, Fits)> {
        let records = declared.iter().enumerate();
        records
            .filter_map(|(n, d)| Some((n, d.fits(call)?)))
            .collect()
    };
    let fitting: Vec<Vec<(usize, Fits)>> = calls.iter().map(fits).collect();
    let mut named = vec![0_usize; declared.len()];
    for (n, _) in fitting.iter().flatten() {
        named[*n] += 1;
    }
    let mut out = Reconciled {
        without_record: Vec::new(),
        without_call: Vec::new(),
        doubtful: Vec::new(),
        matched: 0,
        opened: declared.len(),
        undated: declared.iter().filter(|d| d.days.is_none()).count(),
    };
    for (call, fits) in calls.iter().zip(&fitting) {
        let because = match fits.as_slice() {
            [] => {
                out.without_record.push(call.listed.clone());
                continue;
            }
            [(n, Fits::Surely)] if named[*n] == 1 => {
                out.matched += 1;
                continue;
            }
            [(_, Fits::Surely)] => "the record fits several calls",
            [(_, Fits::Perhaps(why))] => why,
            _ => "several records fit",
        };
        let records = fits.iter().map(|(n, _)| declared[*n].entry.clone());
        out.doubtful.push(DoubtfulCall {
            call: call.listed.clone(),
            because: because.to_owned(),
            records: records.collect(),
        });
    }
    let days = calls.iter().map(|call| call.day);
    let (first, last) = (days.clone().min(), days.max());
    let in_time = |d: &Declared| {
        d.days
            .zip(first.zip(last))
            .is_some_and(|((from, to), (first, last))| from <= last && first <= to)
    };
    let unnamed = declared
        .iter()
        .zip(&named)
        .filter(|(_, named)| **named == 0);
    let unnamed = unnamed.filter(|(d, _)| in_time(d));
    out.without_call = unnamed.map(|(d, _)| d.entry.clone()).collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Conversation;

    fn call(line: usize, date: &str, participants: &[&str]) -> CallListed {
        CallListed {
            line,
            date: date.to_owned(),
            time: None,
            participants: participants.iter().map(|p| (*p).to_owned()).collect(),
            place: None,
        }
    }

    fn record(name: &str, days: Option<(&str, &str)>, participants: &[&str]) -> Declared {
        Declared {
            entry: CustodyEntry {
                entry: name.to_owned(),
                act: FILED.to_owned(),
                record: name.to_owned(),
                at: String::new(),
                by: String::new(),
                conversation: Conversation::default(),
            },
            days: days.map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())),
            place: BTreeSet::new(),
            participants: participants.iter().map(|p| words(p)).collect(),
        }
    }

    #[test]
    fn calls_and_records_are_matched_missed_or_in_doubt() {
        let day = |d: &'static str| Some((d, d));
        let calls = [
            call(2, "1969-02-14", &["Dobrynin"]),
            call(3, "1969-02-15", &["Brandt"]),
            call(4, "1969-02-16", &["Nixon"]),
            call(5, "1969-02-17", &["Wilson", "Heath"]),
            call(6, "1969-02-20", &[]),
        ];
        let records = [
            record(
                "a",
                day("1969-02-14"),
                &["Anatoly DOBRYNIN", "Henry Kissinger"],
            ),
            record("b", day("1969-02-15"), &["Kiesinger"]),
            record("c", Some(("1969-02-16", "1969-02-18")), &["Richard Nixon"]),
            record("d", day("1969-02-17"), &["Wilson"]),
            record("e", day("1969-02-20"), &["Meir"]),
            record("f", day("1969-02-20"), &["Eban"]),
            record("g", day("1970-01-01"), &["Meir"]),
            record("h", None, &["Meir"]),
        ];
        let read = read(&calls).unwrap();
        let told = reconciled(&read, &records);
        assert_eq!((told.matched, told.opened, told.undated), (1, 8, 1));
        let lines: Vec<usize> = told.without_record.iter().map(|c| c.line).collect();
        assert_eq!(lines, [3]);
        let doubtful: Vec<(usize, &str, usize)> = told
            .doubtful
            .iter()
            .map(|d| (d.call.line, d.because.as_str(), d.records.len()))
            .collect();
        assert_eq!(
            doubtful,
            [
                (4, "the record is not dated to the day", 1),
                (5, "not all who are listed are declared", 1),
                (6, "several records fit", 2),
            ]
        );
        let without: Vec<&str> = told
            .without_call
            .iter()
            .map(|e| e.record.as_str())
            .collect();
        assert_eq!(
            without,
            ["b"],
            "one of another year is of no call in this time"
        );
    }

    #[test]
    fn a_line_that_is_no_call_is_named() {
        let bad = [call(7, "14.2.1969", &[])];
        assert!(read(&bad).is_err_and(|r| r.message.contains("line 7")));
        assert!(read(&[]).is_err());
    }
}
