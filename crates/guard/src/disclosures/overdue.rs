//! What should have been done by now, by the terms of the marking policy.

use std::time::Duration;

use strongroom_label::Terms;
use strongroom_record::Timestamp;

use crate::api::DisclosureFigures;
use crate::state::{Disclosure, Disclosures};

fn days(days: u16) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 3600)
}

/// What an inspector owes a disclosure next, and by when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owed {
    /// To say that it was received.
    Acknowledgement(Timestamp),
    /// To write back.
    Answer(Timestamp),
    /// Nothing: the last word is an inspector's.
    Nothing,
}

impl Owed {
    pub(super) fn of(disclosure: &Disclosure, terms: Terms) -> Self {
        if let Some(first) = disclosure.messages.get(disclosure.acknowledged) {
            return Self::Acknowledgement(first.at.plus(days(terms.disclosure_acknowledge_days)));
        }
        let mut replies = disclosure.answers.iter().filter(|a| a.reply.is_some());
        let replied = replies.next_back().map(|a| a.at);
        let mut acknowledged = disclosure.answers.iter().filter(|a| a.reply.is_none());
        // The first acknowledgement since the last reply began the time.
        match acknowledged.find(|a| replied.is_none_or(|replied| a.at > replied)) {
            Some(since) => Self::Answer(since.at.plus(days(terms.disclosure_answer_days))),
            None => Self::Nothing,
        }
    }
    pub(super) fn by(self) -> Option<Timestamp> {
        match self {
            Self::Acknowledgement(by) | Self::Answer(by) => Some(by),
            Self::Nothing => None,
        }
    }
    pub(super) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Acknowledgement(_) => Some("acknowledge"),
            Self::Answer(_) => Some("answer"),
            Self::Nothing => None,
        }
    }
}

/// What has become of those whose first message was taken in at a time that counts.
pub(crate) fn disclosure_figures(
    disclosures: &Disclosures,
    terms: Terms,
    now: Timestamp,
    counts: impl Fn(Timestamp) -> bool,
) -> DisclosureFigures {
    let mut figures = DisclosureFigures::default();
    for (_, disclosure) in disclosures.iter() {
        if !disclosure.messages.first().is_some_and(|m| counts(m.at)) {
            continue;
        }
        let all = disclosure.acknowledged == disclosure.messages.len();
        figures.received += 1;
        figures.acknowledged += usize::from(all);
        figures.answered += usize::from(disclosure.answers.iter().any(|a| a.reply.is_some()));
        figures.overdue += usize::from(is_late(disclosure, terms, now));
    }
    figures
}

fn is_late(disclosure: &Disclosure, terms: Terms, now: Timestamp) -> bool {
    Owed::of(disclosure, terms).by().is_some_and(|by| by < now)
}

/// What an inspector is told at sign-in; nothing where nothing is late.
pub(crate) fn overdue_notice(
    disclosures: &Disclosures,
    terms: Terms,
    now: Timestamp,
) -> Option<String> {
    let late = disclosures.iter().filter(|(_, d)| is_late(d, terms, now));
    match late.count() {
        0 => None,
        1 => Some("one disclosure is overdue: `disclosures`".to_owned()),
        several => Some(format!("{several} disclosures are overdue: `disclosures`")),
    }
}
