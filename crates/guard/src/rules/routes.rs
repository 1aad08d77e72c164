//! Routes of disclosures, from the text of the approval rules.

use std::collections::BTreeSet;

use serde::Deserialize;
use strongroom_record::route::{ROUTE_INSPECTORS_MAX, ROUTE_TEXT_MAX_BYTES, ROUTES_MAX};
use strongroom_record::{Route, RouteName};
use toml::Spanned;

use super::load::{Loader, RulesError, shown};
use crate::founding::account_name;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteEntry {
    name: Spanned<String>,
    about: Spanned<String>,
    inspectors: Option<Spanned<Vec<Spanned<String>>>>,
    outside: Option<Spanned<String>>,
}

impl RouteEntry {
    fn named(&self) -> &[Spanned<String>] {
        self.inspectors
            .as_ref()
            .map_or(&[], |named| named.get_ref())
    }
}

impl Loader<'_> {
    /// That no route has an empty list of inspectors: that could be meant for nobody, and is every inspector.
    pub(super) fn every_list_names_somebody(
        &self,
        entries: &[RouteEntry],
    ) -> Result<(), RulesError> {
        let lists = entries.iter().filter_map(|entry| entry.inspectors.as_ref());
        match lists.into_iter().find(|list| list.get_ref().is_empty()) {
            Some(list) => self.refuse(
                list.span().start,
                "a route with an empty list names nobody: leave inspectors out for every inspector, or name one at least",
            ),
            None => Ok(()),
        }
    }

    pub(super) fn routes(&self, entries: &[RouteEntry]) -> Result<Vec<Route>, RulesError> {
        let mut routes: Vec<Route> = Vec::new();
        for entry in entries {
            let at = entry.name.span().start;
            if routes.len() == ROUTES_MAX {
                return self.refuse(at, format!("a room has at most {ROUTES_MAX} routes"));
            }
            let route = self.route(entry)?;
            if routes.iter().any(|other| other.name == route.name) {
                return self.refuse(
                    at,
                    format!("the route {} stands there already", route.name.as_str()),
                );
            }
            routes.push(route);
        }
        Ok(routes)
    }

    fn route(&self, entry: &RouteEntry) -> Result<Route, RulesError> {
        let name = match RouteName::new(entry.name.get_ref()) {
            Ok(name) => name,
            Err(why) => return self.refuse(entry.name.span().start, why.to_string()),
        };
        let outside = entry
            .outside
            .as_ref()
            .map(|text| self.text(text))
            .transpose()?;
        Ok(Route {
            name,
            about: self.text(&entry.about)?,
            inspectors: self.inspectors(entry.named())?,
            outside,
        })
    }

    /// A text that people outside read.
    fn text(&self, text: &Spanned<String>) -> Result<String, RulesError> {
        let (at, text) = (text.span().start, text.get_ref().trim());
        if text.is_empty() || text.len() > ROUTE_TEXT_MAX_BYTES {
            return self.refuse(
                at,
                format!("a text of a route has from 1 to {ROUTE_TEXT_MAX_BYTES} bytes"),
            );
        }
        Ok(text.to_owned())
    }

    /// Accounts, of which some may be nobody's yet: rules are there before most persons are.
    fn inspectors(&self, accounts: &[Spanned<String>]) -> Result<Vec<String>, RulesError> {
        let mut named = BTreeSet::new();
        for account in accounts {
            let (at, account) = (account.span().start, account.get_ref());
            if let Err(why) = account_name(account) {
                return self.refuse(at, format!("{:?}: {why}", shown(account)));
            }
            if named.len() == ROUTE_INSPECTORS_MAX {
                return self.refuse(
                    at,
                    format!("a route names at most {ROUTE_INSPECTORS_MAX} inspectors"),
                );
            }
            if !named.insert(account.clone()) {
                return self.refuse(at, format!("{} stands twice in one route", shown(account)));
            }
        }
        Ok(named.into_iter().collect())
    }
}

/// What is different in other routes, line by line.
pub(super) fn changed(present: &[Route], other: &[Route]) -> Vec<String> {
    let names: BTreeSet<&RouteName> = present.iter().chain(other).map(|r| &r.name).collect();
    let told = |routes: &[Route], name: &RouteName| {
        let found = routes.iter().find(|route| route.name == *name);
        found.map_or("there is none".to_owned(), told)
    };
    let pair = |name: &RouteName| {
        let (now, then) = (told(present, name), told(other, name));
        let name = name.as_str();
        (now != then).then(|| {
            [
                format!("disclosures by {name}, now: {now}"),
                format!("disclosures by {name}, then: {then}"),
            ]
        })
    };
    names.into_iter().filter_map(pair).flatten().collect()
}

/// A route in words.
fn told(route: &Route) -> String {
    let whom = match route.inspectors.as_slice() {
        [] => "every inspector".to_owned(),
        named => named.join(", "),
    };
    let outside = route.outside.as_ref();
    let outside = outside.map_or(String::new(), |text| format!("; outside: {text}"));
    format!("looked into by {whom}; {}{outside}", route.about)
}
