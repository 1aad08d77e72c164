//! What falls due: labels that are to fall on a day, and terms that ran out.
//!
//! A due date was decided at the filing, or by an approved request; so no further hand is needed when it comes, but a session
//! that holds the present label. What was restricted after the date was set stays: who restricted it
//! knew more. Nothing falls while a hold lies on the record.

use strongroom_label::{Keep, Label, Policy, Schedule};
use strongroom_record::event::{Act, Due, FiledKeeping, Lowered, LoweredBy, Role};
use strongroom_record::{Day, Timestamp};

use crate::api::{
    Downgrade, DueRow, DueRows, DueShown, Filing, KeepingShown, LowerDue, LoweredDone,
};
use crate::fault::Stop;
use crate::guard::{Asking, Core};
use crate::laws::Law;
use crate::limits::LIST_MAX;
use crate::reading::{join, marking_shown};
use crate::refusal::{Code, Refusal, echoed};
use crate::state::{DueLabel, Person, RecordState, State};

/// How long the records of a filing are kept, as its filer says.
pub(crate) struct Kept {
    schedule: Option<String>,
    downgrade: Option<Due>,
    declassify: Option<Timestamp>,
    lowest: Label,
}

impl Kept {
    /// Reads it from a filing. No day that is past: what is open since then is filed so.
    ///
    /// # Errors
    /// There is no such schedule, day or marking, or a day is past.
    pub(crate) fn filed(policy: &Policy, filing: &Filing, now: Timestamp) -> Result<Self, Refusal> {
        let kept = Self::read(policy, filing)?;
        let days = [
            ("--downgrade-on", kept.downgrade.as_ref().map(|due| due.on)),
            ("--declassify-on", kept.declassify),
        ];
        for (option, day) in days {
            if let Some(day) = day.filter(|day| *day < Day::of(now).begins()) {
                return Err(Refusal::invalid(format!(
                    "{option}: {} is past; nothing was filed",
                    day.day()
                ))
                .hint(
                    "give a day that is to come, or file it under the marking that it has by now",
                ));
            }
        }
        Ok(kept)
    }

    fn read(policy: &Policy, filing: &Filing) -> Result<Self, Refusal> {
        let schedule = match &filing.schedule {
            Some(name) => Some(named(policy, name)?),
            None => policy.default_schedule(),
        };
        let downgrade = match &filing.downgrade {
            Some(Downgrade { on, to }) => Some(Due {
                on: day("--downgrade-on", on)?,
                label: policy
                    .parse_marking(to)
                    .map_err(|e| Refusal::no_marking(format!("--downgrade-to: {e}")))?,
            }),
            None => None,
        };
        let declassify = filing.declassify_on.as_deref();
        let declassify = declassify
            .map(|text| day("--declassify-on", text))
            .transpose()?;
        if let (Some(downgrade), Some(declassify)) = (&downgrade, declassify)
            && downgrade.on >= declassify
        {
            return Err(Refusal::invalid(
                "what is downgraded (--downgrade-on) on the day on which it is declassified (--declassify-on), or after it, is declassified already",
            ));
        }
        let lowest = policy.levels().first().expect("a policy has levels");
        Ok(Self {
            schedule: schedule.map(|s| s.name().to_owned()),
            downgrade,
            declassify,
            lowest: Label::of_level(lowest.name().clone()),
        })
    }

    /// Whether there is a marking to fall to, and none of these labels is above it: then nothing ever would.
    pub(crate) fn falls_nowhere<'l>(
        &self,
        policy: &Policy,
        mut labels: impl Iterator<Item = &'l Label>,
    ) -> bool {
        self.downgrade
            .as_ref()
            .is_some_and(|to| !labels.any(|label| policy.is_below(&to.label, label)))
    }

    /// Of one document, whose own block may say when it is declassified. None where there is nothing to say.
    pub(crate) fn of(&self, own: Option<Timestamp>) -> Option<FiledKeeping> {
        let declassify = self.declassify.or(own).map(|on| Due {
            on,
            label: self.lowest.clone(),
        });
        let before = |due: &Due| declassify.as_ref().is_none_or(|last| due.on < last.on);
        let due: Vec<Due> = self
            .downgrade
            .clone()
            .filter(before)
            .into_iter()
            .chain(declassify.clone())
            .collect();
        (self.schedule.is_some() || !due.is_empty()).then(|| FiledKeeping {
            schedule: self.schedule.clone(),
            due,
        })
    }
}

/// What a request says of keeping a record of which its asker sees these labels: its schedule, what falls due. A day may
/// be past: that of an event that has come.
///
/// # Errors
/// There is no such schedule, day or marking, nothing would fall to the marking, or nothing is said.
pub(crate) fn kept_so<'l>(
    policy: &Policy,
    (schedule, declassify_on): (Option<&str>, Option<&str>),
    downgrade: Option<&Downgrade>,
    seen: impl Iterator<Item = &'l Label>,
) -> Result<(Option<String>, Option<Vec<Due>>), Refusal> {
    let said = Filing {
        schedule: schedule.map(str::to_owned),
        declassify_on: declassify_on.map(str::to_owned),
        downgrade: downgrade.cloned(),
        ..Filing::default()
    };
    let kept = Kept::read(policy, &said)?;
    if kept.falls_nowhere(policy, seen) {
        return Err(
            Refusal::invalid(NOT_BELOW).hint("give a marking below the one that `read` shows")
        );
    }
    let due = kept.of(None).map(|keeping| keeping.due);
    let due = due.filter(|due| !due.is_empty());
    if schedule.is_none() && due.is_none() {
        return Err(Refusal::invalid(
            "a request about keeping says which schedule, or what falls due and when",
        ));
    }
    Ok((schedule.map(str::to_owned), due))
}

/// A marking to fall to that is none.
const NOT_BELOW: &str = "--downgrade-to: nothing of the record that you see would fall to that marking: it is below none of it";

/// The schedule of a name.
fn named<'p>(policy: &'p Policy, name: &str) -> Result<&'p Schedule, Refusal> {
    policy.schedule(name).ok_or_else(|| {
        let known = policy.schedules().iter();
        let known = known.map(|s| format!("{}: {}", s.name(), s.title()));
        Refusal::invalid(format!("the policy has no schedule {}", echoed(name)))
            .hint("give one of the policy's schedules, or none for its default")
            .details(known.collect())
    })
}

/// A day as people write it.
fn day(option: &str, text: &str) -> Result<Timestamp, Refusal> {
    Timestamp::parse_day(text).ok_or_else(|| {
        Refusal::invalid(format!(
            "{option}: {text:?} is no day; write it as 2030-12-31"
        ))
    })
}

/// The schedule that a record is under.
pub(crate) fn schedule<'s>(state: &'s State, record: &RecordState) -> Option<&'s Schedule> {
    let said = record.keeping.as_ref().and_then(|k| k.schedule.as_deref());
    let said = said.and_then(|name| state.policy.schedule(name));
    said.or_else(|| state.policy.default_schedule())
}

/// When the term of a record runs out; none where it is kept for good, or nothing says how long.
pub(crate) fn kept_until(state: &State, record: &RecordState) -> Option<Timestamp> {
    match schedule(state, record).map(Schedule::keep)? {
        Keep::Years(years) => Some(record.filed_at.plus_years(years)),
        Keep::Permanent => None,
    }
}

impl Core {
    /// How long a record is kept, for a reader of it: of what falls due only what falls in the reader's view.
    pub(crate) fn keeping_shown(
        state: &State,
        person: &Person,
        record: &RecordState,
    ) -> Option<KeepingShown> {
        let schedule = schedule(state, record);
        let due = due_in_view(state, person, record);
        let due: Vec<DueShown> = due
            .into_iter()
            .map(|due| DueShown {
                on: due.on.day(),
                to: marking_shown(&state.policy, state.labels.get(due.label)),
            })
            .collect();
        let until = kept_until(state, record);
        let holds = record.holds.len();
        let said = schedule.is_some() || !due.is_empty() || holds > 0;
        said.then(|| KeepingShown {
            schedule: schedule.map(|s| s.name().to_owned()),
            until: until.map(Timestamp::day),
            then: schedule.map(|s| s.then().word().to_owned()),
            due,
            holds,
        })
    }

    /// Lists what fell due in the asker's view.
    pub(crate) fn due(&self, asking: &Asking) -> Result<DueRows, Stop> {
        let now = self.now();
        let (rows, submitted) = {
            let state = self.state();
            let person = asking.may(&state, Role::Reader)?;
            let mut rows: Vec<(strongroom_record::RecordId, DueRow)> = Vec::new();
            for record in state.records.in_order() {
                if rows.len() >= LIST_MAX {
                    break;
                }
                let of_record = due_of(&state, person, record, now);
                rows.extend(of_record.into_iter().map(|row| (record.id, row)));
            }
            rows.truncate(LIST_MAX);
            let mut records: Vec<_> = rows.iter().map(|(record, _)| *record).collect();
            records.dedup();
            let mut command = self.command(asking, None);
            command.event(Act::Listed { records });
            (rows, self.submit(command, None))
        };
        let durable = submitted.wait()?;
        durable.note(&mut self.trail());
        let due = rows.into_iter().map(|(_, row)| row).collect();
        Ok(DueRows { due })
    }

    /// Carries out a lowering that fell due.
    pub(crate) fn lower_due(&self, asking: &Asking, ask: &LowerDue) -> Result<LoweredDone, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "lower-due", ask)?;
        let now = self.now();
        let mut state = self.state_mut();
        let person = asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let record = self.standing(&state, person, &ask.record)?;
        let nothing_due = || {
            Refusal::new(Code::Conflict, "nothing of this record falls due in your view")
                .hint("`due` lists what does; `request lower` asks another officer to lower a record before its time")
        };
        let due = record.keeping.as_ref().and_then(|k| k.due_at(now));
        let due = due.ok_or_else(nothing_due)?;
        not_held(record)?;
        let falling = state.falls_due(record, due, person);
        if falling.is_empty() {
            return Err(nothing_due().into());
        }
        let mut command = self.command(asking, request);
        let event = command.draw_event_id();
        let groups = self.lower_now(asking, &state, record, &falling, event, &mut command)?;
        let lowered = Lowered {
            record: record.id,
            by: LoweredBy::Due(due.set_by),
            groups,
        };
        let (id, to) = (record.id, state.labels.get(due.label).clone());
        command.event_as(event, Act::Lowered(Box::new(lowered)), Vec::new());
        self.enact(&mut state, command, asking.signer())?;
        let person = asking.active(&state)?;
        let record = state.records.get(id).expect("it was lowered");
        let groups = record.newest_admitted(&state.labels, &person.bits);
        let label = join(groups.iter().map(|g| state.labels.get(g.label).as_ref()));
        Ok(LoweredDone {
            record: id.to_string(),
            to: marking_shown(&state.policy, &to),
            banner: label.map(|label| state.policy.banner(&label)),
            portions: falling.portions(),
            files: falling.files(),
            receipt: event.to_string(),
        })
    }
}

/// What fell due of one record, for somebody who may know of it.
fn due_of(state: &State, person: &Person, record: &RecordState, now: Timestamp) -> Vec<DueRow> {
    if record.frame || record.withdrawn.is_some() {
        return Vec::new();
    }
    let groups = record.newest_admitted(&state.labels, &person.bits);
    let label = join(groups.iter().map(|g| state.labels.get(g.label).as_ref()));
    let Some(label) = label else {
        return Vec::new();
    };
    let row = |what: &str, since: Timestamp, to: Option<String>| DueRow {
        record: record.id.to_string(),
        banner: state.policy.banner(&label),
        what: what.to_owned(),
        since: since.day(),
        to,
        held: !record.holds.is_empty(),
    };
    let mut rows = Vec::new();
    let fallen = record.keeping.as_ref().and_then(|k| k.due_at(now));
    let in_view = due_in_view(state, person, record);
    if let Some(due) = fallen.filter(|due| in_view.contains(due)) {
        let to = marking_shown(&state.policy, state.labels.get(due.label));
        rows.push(row("lower", due.on, Some(to)));
    }
    if let (Some(until), Some(schedule)) = (kept_until(state, record), schedule(state, record))
        && until <= now
    {
        rows.push(row(schedule.then().word(), until, None));
    }
    rows
}

/// Refuses what a hold stops.
pub(crate) fn not_held(record: &RecordState) -> Result<(), Refusal> {
    Law::HoldStopsLowering
        .ensure(record.holds.is_empty())
        .map_err(|_| {
            Refusal::new(
                Code::Conflict,
                "a hold lies on this record: it is neither lowered nor destroyed until the hold is released",
            )
            .hint("`hold list` shows for which matter")
        })
}

/// What falls due of what a reader sees. What does not fall there would tell of what is above.
fn due_in_view(state: &State, person: &Person, record: &RecordState) -> Vec<DueLabel> {
    let due = record.keeping.iter().flat_map(|keeping| &keeping.due);
    let falls = |due: &&DueLabel| {
        let mut admitted = record.admitted(&state.labels, &person.bits);
        admitted.any(|g| record.falls(g, **due, (&state.labels, &state.policy)))
    };
    due.filter(falls).copied().collect()
}
