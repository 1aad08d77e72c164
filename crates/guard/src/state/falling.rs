//! What falls: of which groups which words, to which label, and which files with them.
//!
//! One answer for all: what is shown to those who are to approve it, what is then done, and what the fold takes in. Of a
//! record that is lowered as a whole, portions stay that were restricted apart, unless they are named.

use strongroom_label::{Label, Policy};
use strongroom_record::approval::Asked;
use strongroom_record::event::GroupLowered;
use strongroom_record::{EventId, GroupId, PortionId, RecordId};

use super::keeping::DueLabel;
use super::people::Person;
use super::records::{Group, RecordState};
use super::{Labels, State};
use crate::laws::Law;

type Broken = &'static str;

/// Words that fall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fall {
    pub(crate) group: GroupId,
    /// In the order in which they stand there.
    pub(crate) portions: Vec<PortionId>,
    pub(crate) label: Label,
}

/// What falls of a record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Falling {
    words: Vec<Fall>,
    /// Files beside the words, and the label that they fall to.
    files: Vec<(GroupId, Label)>,
}

impl Falling {
    /// Whether nothing does.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
    /// The words.
    pub(crate) fn words(&self) -> &[Fall] {
        &self.words
    }
    /// How many portions.
    pub(crate) fn portions(&self) -> usize {
        self.words.iter().map(|fall| fall.portions.len()).sum()
    }
    /// The files, each with the label that it falls to.
    pub(crate) fn of_files(&self) -> &[(GroupId, Label)] {
        &self.files
    }
    /// Whether files fall with the words.
    pub(crate) fn files(&self) -> bool {
        !self.files.is_empty()
    }
    /// The labels that it leads to.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &Label> {
        let of_words = self.words.iter().map(|fall| &fall.label);
        of_words.chain(self.files.iter().map(|(_, label)| label))
    }
    /// Whether an event says just this.
    pub(super) fn is(&self, groups: &[GroupLowered]) -> bool {
        let word = |fall: &Fall| {
            groups.iter().any(|g| {
                g.from == fall.group && g.portions == fall.portions && g.label == fall.label
            })
        };
        let file = |(id, label): &(GroupId, Label)| {
            groups
                .iter()
                .any(|g| g.from == *id && g.portions.is_empty() && g.label == *label)
        };
        groups.len() == self.words.len() + self.files.len()
            && self.words.iter().all(word)
            && self.files.iter().all(file)
    }
}

/// A record with what its labels are.
struct View<'a> {
    record: &'a RecordState,
    labels: &'a Labels,
    policy: &'a Policy,
}

impl View<'_> {
    fn label(&self, group: &Group) -> &Label {
        self.labels.get(group.label)
    }
    fn below(&self, label: &Label, group: &Group) -> bool {
        self.policy.is_below(label, self.label(group))
    }
    fn within(&self, label: &Label, to: &Label) -> bool {
        label == to || self.policy.is_below(label, to)
    }

    /// The files that fall with words to a label: those that a person holds, once all words lie within it.
    fn files(&self, words: &[Fall], to: &Label, person: &Person) -> Vec<(GroupId, Label)> {
        let then = |group: &Group| {
            let fall = words.iter().find(|fall| fall.group == group.id);
            let all = fall.filter(|fall| fall.portions.len() == group.portions.len());
            all.map_or_else(|| self.label(group), |fall| &fall.label)
                .clone()
        };
        let mut of_words = self.record.groups.iter().filter(|g| g.holds.portions());
        if !of_words.all(|g| self.within(&then(g), to)) {
            return Vec::new();
        }
        let falls = |g: &&Group| {
            !g.holds.portions() && self.labels.admits(&person.bits, g.label) && self.below(to, g)
        };
        let files = self.record.groups.iter().filter(falls);
        files.map(|g| (g.id, to.clone())).collect()
    }

    /// Whether a group was restricted apart from others that somebody sees of its version: it lies under a restriction
    /// that those do not.
    fn apart(&self, group: &Group, seen: &[&Group]) -> bool {
        let place = |event: EventId| self.record.events.iter().position(|e| *e == event);
        // A portion that was parted later left the layers of before where it came from.
        let bears = |other: &Group, event: EventId| {
            let parted = other.key_row != other.id;
            let mut layers = other.layers.iter().chain(&other.past);
            layers.any(|l| l.event == event || (parted && place(l.event) > place(event)))
        };
        let others = seen.iter().filter(|g| g.version == group.version);
        let others: Vec<_> = others.filter(|g| g.id != group.id).collect();
        group
            .layers
            .iter()
            .any(|layer| others.iter().any(|other| !bears(other, layer.event)))
    }

    /// A record as a whole, of what somebody sees of it.
    fn whole(&self, seen: &[&Group], to: &Label) -> Result<Vec<Fall>, Broken> {
        let mut words = Vec::new();
        for group in seen {
            if self.within(self.label(group), to) || self.apart(group, seen) {
                continue;
            }
            Law::FallsBelow.ensure(self.below(to, group))?;
            words.push(Fall {
                group: group.id,
                portions: group.portions.clone(),
                label: to.clone(),
            });
        }
        Ok(words)
    }

    /// Portions that are named.
    fn some(
        &self,
        seen: &[&Group],
        portions: &[PortionId],
        to: &Label,
    ) -> Result<Vec<Fall>, Broken> {
        let known = |p: &PortionId| seen.iter().any(|g| g.portions.contains(p));
        if !portions.iter().all(known) {
            return Err("a portion is to be lowered that its asker cannot know of");
        }
        let mut words = Vec::new();
        for group in seen {
            let named = group.portions.iter().filter(|p| portions.contains(p));
            let named: Vec<PortionId> = named.copied().collect();
            if named.is_empty() {
                continue;
            }
            Law::FallsBelow.ensure(self.below(to, group))?;
            words.push(Fall {
                group: group.id,
                portions: named,
                label: to.clone(),
            });
        }
        Ok(words)
    }

    /// The label that a group had before the outermost of its layers.
    fn before(&self, group: &Group) -> Option<Label> {
        let under = match group.layers.len().checked_sub(2) {
            Some(at) => group.layers[at].label,
            None if group.key_row == group.id => group.key_label,
            // A portion that was parted had the label of what it was parted from.
            None => {
                let event = group.layers.last()?.event;
                let mut from = self.record.groups.iter().filter(|g| {
                    g.key_row == group.key_row && g.layers.iter().all(|l| l.event != event)
                });
                from.next()?.label
            }
        };
        Some(self.labels.get(under).as_ref().clone())
    }

    /// What a restriction raised, back to what it was.
    fn undone(&self, seen: &[&Group], restriction: EventId, person: &Person) -> Falling {
        let raised = |g: &Group| g.layers.last().is_some_and(|l| l.event == restriction);
        let back = |g: &Group| self.before(g).filter(|label| self.below(label, g));
        let words = seen.iter().filter(|g| raised(g)).filter_map(|g| {
            Some(Fall {
                group: g.id,
                portions: g.portions.clone(),
                label: back(g)?,
            })
        });
        let files = self.record.groups.iter().filter(|g| {
            !g.holds.portions() && raised(g) && self.labels.admits(&person.bits, g.label)
        });
        Falling {
            words: words.collect(),
            files: files.filter_map(|g| Some((g.id, back(g)?))).collect(),
        }
    }
}

impl State {
    fn view<'a>(&'a self, record: &'a RecordState) -> View<'a> {
        View {
            record,
            labels: &self.labels,
            policy: &self.policy,
        }
    }

    /// What falls because it is due, of what a person holds.
    pub(crate) fn falls_due(
        &self,
        record: &RecordState,
        due: DueLabel,
        person: &Person,
    ) -> Falling {
        let falls = |g: &&Group| {
            self.labels.admits(&person.bits, g.label)
                && record.falls(g, due, (&self.labels, &self.policy))
        };
        let to = self.labels.get(due.label).as_ref();
        let words = record.groups.iter().filter(falls).map(|g| Fall {
            group: g.id,
            portions: g.portions.clone(),
            label: to.clone(),
        });
        let words: Vec<Fall> = words.collect();
        let files = self.view(record).files(&words, to, person);
        Falling { words, files }
    }

    /// What falls by a request, of what its asker saw; of the files, those that a person holds.
    ///
    /// # Errors
    /// Nothing does, or not all of it can.
    pub(crate) fn falls_by(
        &self,
        asked: &Asked,
        seen: &[Label],
        person: &Person,
    ) -> Result<Falling, Broken> {
        let of = |id: &RecordId| {
            let record = self.records.get(*id).filter(|r| !r.frame);
            record.ok_or("it lowers an unknown record")
        };
        let within = |record: &RecordState| -> Vec<GroupId> {
            let dominated = |g: &&Group| {
                let label = self.labels.get(g.label);
                g.holds.portions() && seen.iter().any(|seen| seen.dominates(label))
            };
            record
                .groups
                .iter()
                .filter(dominated)
                .map(|g| g.id)
                .collect()
        };
        let falling = match asked {
            Asked::Lower {
                record,
                portions,
                label,
            } => {
                let record = of(record)?;
                let (view, ids) = (self.view(record), within(record));
                let seen: Vec<&Group> = record
                    .groups
                    .iter()
                    .filter(|g| ids.contains(&g.id))
                    .collect();
                if portions.is_empty() {
                    let words = view.whole(&seen, label)?;
                    let files = view.files(&words, label, person);
                    Falling { words, files }
                } else {
                    let words = view.some(&seen, portions, label)?;
                    Falling {
                        words,
                        files: Vec::new(),
                    }
                }
            }
            Asked::UndoRestriction {
                record,
                restriction,
            } => {
                let record = of(record)?;
                let ids = within(record);
                let seen: Vec<&Group> = record
                    .groups
                    .iter()
                    .filter(|g| ids.contains(&g.id))
                    .collect();
                self.view(record).undone(&seen, *restriction, person)
            }
            _ => return Err("it lowers what no request asked to be lowered"),
        };
        if falling.is_empty() {
            return Err("nothing of the record would fall");
        }
        Ok(falling)
    }
}
