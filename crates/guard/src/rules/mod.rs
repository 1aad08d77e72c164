//! Approval rules: which acts take more hands, and whose. Data, not code.
//!
//! A room has the rules of its founding, and later those of the last approved change. They are TOML, read strictly: an
//! unknown key or word, an act that has no rule or two, or a need of no approval is refused with its line.
//!
//! With them stand the [routes](strongroom_record::route) of disclosures: who looks into what comes from outside is
//! nothing that one person changes.
//!
//! What no rule can say: that the one who asks approves, that one person counts twice, or that a deputy and the
//! person whom the deputy stands for are two. That is in `state::requests`, for every act alike.

mod load;
mod routes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strongroom_record::event::Role;
use strongroom_record::{Route, RouteName};

pub use load::RulesError;

/// The rules of a room that was given none of its own.
pub const DEFAULT: &str = include_str!("../../rules/default.toml");

/// Every text that a guard ever put into force by itself, in a room that was founded before there were rules. One that
/// was shipped is not edited: ledgers hold it.
pub(crate) const ADOPTED: &[&str] = &[DEFAULT];

/// An act that takes more hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ruled {
    Admit,
    Clear,
    Withdraw,
    Lower,
    UndoRestriction,
    Destroy,
    ReleaseHold,
    Schedule,
    Rules,
    Policy,
    Acting,
    Depart,
}

impl Ruled {
    pub(crate) const ALL: [Self; 12] = [
        Self::Admit,
        Self::Clear,
        Self::Withdraw,
        Self::Lower,
        Self::UndoRestriction,
        Self::Destroy,
        Self::ReleaseHold,
        Self::Schedule,
        Self::Rules,
        Self::Policy,
        Self::Acting,
        Self::Depart,
    ];
    /// The word for it in rules, and in requests.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Clear => "clear",
            Self::Withdraw => "withdraw",
            Self::Lower => "lower",
            Self::UndoRestriction => "undo-restriction",
            Self::Destroy => "destroy",
            Self::ReleaseHold => "release-hold",
            Self::Schedule => "schedule",
            Self::Rules => "rules",
            Self::Policy => "policy",
            Self::Acting => "acting",
            Self::Depart => "depart",
        }
    }
    /// What stands for persons in its rule, beside the roles.
    const fn special(self) -> Option<Who> {
        match self {
            Self::Clear => Some(Who::Holder),
            Self::UndoRestriction => Some(Who::Author),
            Self::Acting => Some(Who::Principal),
            _ => None,
        }
    }
}

/// Whom a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Role(Role),
    /// Who holds what would be given.
    Holder,
    /// Who made what is to be undone.
    Author,
    /// Who is to be stood for.
    Principal,
}

impl Who {
    const SPECIAL: [Self; 3] = [Self::Holder, Self::Author, Self::Principal];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Role(role) => role.word(),
            Self::Holder => "holder",
            Self::Author => "author",
            Self::Principal => "principal",
        }
    }
}

/// Approvals that a rule asks for of one kind of persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) from: BTreeSet<Who>,
    pub(crate) approvals: usize,
}

/// The rule for one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) asks: BTreeSet<Who>,
    pub(crate) needs: Vec<Need>,
    /// Whom the request is about does not approve it.
    pub(crate) not_subject: bool,
    pub(crate) within: Duration,
}

/// The approval rules of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    text: String,
    by_act: BTreeMap<Ruled, Rule>,
    routes: Vec<Route>,
}

impl Rules {
    /// Rules as somebody gives them: one for every act.
    pub(crate) fn given(text: &str) -> Result<Self, RulesError> {
        load::load(text, &BTreeMap::new())
    }
    /// The same, and what only rules that somebody gives now must keep.
    pub(crate) fn asked(text: &str) -> Result<Self, RulesError> {
        let rules = Self::given(text)?;
        load::says_whom(text)?;
        Ok(rules)
    }
    /// Rules as the ledger has them: what they do not name, because a later program knows more acts than the one that
    /// took them in, is as in the rules that every room has.
    pub(crate) fn kept(text: &str) -> Result<Self, RulesError> {
        let default = Self::given(DEFAULT).expect("the rules of this program are rules");
        load::load(text, &default.by_act)
    }
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
    /// By which ways disclosures come, in the order of the text.
    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }
    /// The route of a name.
    pub(crate) fn route(&self, name: &RouteName) -> Option<&Route> {
        self.routes.iter().find(|route| route.name == *name)
    }
    /// The rule for an act.
    pub(crate) fn of(&self, act: Ruled) -> &Rule {
        &self.by_act[&act]
    }
}

impl Rule {
    /// The rule in words.
    pub(crate) fn told(&self) -> String {
        let whom = |whom: &BTreeSet<Who>| {
            let words: Vec<&str> = whom.iter().map(|who| who.word()).collect();
            words.join(" or ")
        };
        let needs: Vec<String> = self
            .needs
            .iter()
            .map(|need| format!("{} from {}", need.approvals, whom(&need.from)))
            .collect();
        let subject = if self.not_subject {
            ", not the subject"
        } else {
            ""
        };
        let hours = self.within.as_secs() / 3600;
        format!(
            "asked for by {}; takes {}{subject}; within {hours} hours",
            whom(&self.asks),
            needs.join(" and ")
        )
    }
}

/// What is different in other rules, line by line. Where only the words around them are, that.
pub(crate) fn changed(present: &Rules, other: &Rules) -> Vec<String> {
    let changed = Ruled::ALL
        .into_iter()
        .filter(|act| present.of(*act) != other.of(*act));
    let mut lines: Vec<String> = changed
        .flat_map(|act| {
            let word = act.word();
            [
                format!("{word}, now: {}", present.of(act).told()),
                format!("{word}, then: {}", other.of(act).told()),
            ]
        })
        .collect();
    lines.extend(routes::changed(&present.routes, &other.routes));
    if lines.is_empty() {
        lines.push("the rules stay as they are; only their comments change".to_owned());
    }
    lines
}

/// Whether a text is approval rules, for whoever gives some.
///
/// # Errors
/// The line and the rule that it breaks.
pub fn check_rules(text: &str) -> Result<(), RulesError> {
    Rules::asked(text).map(drop)
}

#[cfg(test)]
mod tests;
