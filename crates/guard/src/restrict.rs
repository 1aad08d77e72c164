//! Restricting: raising the label of records or portions, at once.
//!
//! The new label is the join of the present one and the one given. Stored bytes are not opened: a
//! group that rises as a whole gets one more layer around it, under a fresh key that only the new
//! label's holders unwrap. Portions that rise alone are taken out of their group, still sealed, by
//! someone who can read the group; the record's slice of the original rises with them.
//!
//! Someone who cannot read a record can restrict it whole by its id. The answer is the same whether
//! the room holds such a record or not, and so is the event.

mod preview;

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_label::{Label, Level, Name, Policy};
use strongroom_record::event::{Act, GroupRaised, Holds, Role, SealedField, SealedFor, Statement};
use strongroom_record::{
    CommandId, EventId, GroupId, HeaderField, PortionId, RecordId, Stream, encode,
};
use strongroom_seal::digest::LabelDigest;
use strongroom_seal::keybox::{BoxKey, Purpose};
use strongroom_seal::layer::{LayerBinding, LayerKey, add_layer};
use strongroom_seal::note::NoteKey;

use crate::api::{Restrict, Restricted};
use crate::command::Command;
use crate::fault::{Fault, Stop};
use crate::filing::checked_statement;
use crate::guard::{Asking, Core};
use crate::kinds;
use crate::label_keys::WrapKeys;
use crate::limits::{LAYERED_HELD_BYTES, RESTRICT_PORTIONS_MAX, RESTRICT_RECORDS_MAX};
use crate::opening::Permit;
use crate::refusal::{Code, Refusal};
use crate::rows::{SealedPortions, WrappedKey};
use crate::sealing::{STATEMENT, seal_statement};
use crate::slots::RecordSlot;
use crate::state::{Group, Person, RecordState, State};
use crate::versions::Edition;

use preview::preview;

/// What is to rise in one record.
struct Target {
    asked: String,
    record: RecordId,
    /// None where the room holds no such record, or holds it out of the asker's sight: then `blind`.
    raises: Vec<Raise>,
    visible: bool,
}

/// A group, or some portions of it, that rise.
struct Raise {
    group: Group,
    present: Label,
    label: Label,
    /// Only these; all of the group if empty.
    portions: Vec<PortionId>,
}

impl Raise {
    /// Whether the new label asks for more: a value, or a level above the highest one. A lower level
    /// joined to a higher asks for nothing that anyone would restrict for.
    fn rises(&self, policy: &Policy) -> bool {
        let lower = |level: &Name| {
            policy
                .at_most(policy.highest(&self.present).map_or(level, Level::name))
                .is_some_and(|levels| levels.contains(level))
        };
        let levels_only = self.label.restrictive() == self.present.restrictive()
            && self.label.permissive() == self.present.permissive()
            && self.label.informative() == self.present.informative();
        !levels_only || !self.label.levels().iter().all(lower)
    }
    /// Whether the asker sees what rises. What is told of a restriction depends on these alone.
    fn seen_by(&self, person: &Person) -> bool {
        self.group.holds.portions() && person.clearance.permits(&self.present)
    }
}

/// Where a layer goes.
pub(crate) struct Layered<'a> {
    pub(crate) group: GroupId,
    /// How many layers the group has already.
    pub(crate) index: usize,
    /// The label from then on.
    pub(crate) label: &'a Label,
    pub(crate) event: EventId,
    /// The slot of the record.
    pub(crate) slot: Option<&'a RecordSlot>,
}

/// A refusal of one of several records, which is named as the asker named it.
fn of_many(ask: &Restrict, asked: &str, mut refusal: Refusal) -> Refusal {
    if ask.records.len() > 1 {
        refusal.message = format!("{asked}: {}", refusal.message);
    }
    refusal
}

impl Core {
    pub(crate) fn restrict(&self, asking: &Asking, ask: &Restrict) -> Result<Restricted, Stop> {
        let request = asking.request(self.room, ask.request.as_deref(), "restrict", ask)?;
        check_form(ask)?;
        let mut state = self.state_mut();
        asking.may(&state, Role::RecordsOfficer)?;
        self.not_done_before(asking, &state, request)?;
        let (statement, given) = Refusal::together(
            restriction_statement(&state, asking, ask),
            given_label(&state, ask),
        )?;
        let asker = asking.active(&state)?;
        let statement = self.citing(&state, asker, statement, ask.practice.as_deref())?;
        let (targets, unchanged) = self.targets(asking, &state, ask)?;
        let records = targets
            .iter()
            .map(|t| preview(&state, asker, t, ask, &given))
            .collect();
        let to = ask.to.clone();
        if ask.dry_run {
            return Ok(Restricted {
                to,
                records,
                receipts: Vec::new(),
                unchanged,
            });
        }
        let labels: BTreeSet<Label> = targets
            .iter()
            .flat_map(|t| &t.raises)
            .map(|r| r.label.clone())
            .collect();
        let mut command = self.command(asking, request);
        let mut dice = command.dice.fork();
        // Salts of statements stand in receipts: what else is drawn, and for how many labels, moves none.
        let mut statements = command.dice.fork();
        let wrap = self.wrap_keys_now(asking, &state, &labels, Purpose::Layer, &mut dice)?;
        wrap.new_boxes
            .iter()
            .for_each(|b| command.put_row(kinds::key_box(b.id()), b));
        let id = command.id();
        let (note_box, inspectors) = self.note_box(&state, id, &mut dice)?;
        command.put_row(kinds::note_box(id), &note_box);
        #[cfg(feature = "planted-leaks")]
        if crate::planted::is(crate::planted::Leak::SaltAfterHidden) {
            statements = dice.fork();
        }
        let mut receipts = Vec::with_capacity(targets.len());
        for target in &targets {
            let event = command.draw_event_id();
            let groups = self.raise(asking, &state, target, &wrap, event, &mut command)?;
            let sealed = self.statement(
                target,
                &wrap,
                event,
                &statement,
                (id, &inspectors),
                &mut statements.fork(),
            );
            command.event_as(
                event,
                Act::Restricted {
                    record: target.record,
                    groups,
                    given: given.clone(),
                },
                vec![sealed],
            );
            receipts.push(event.to_string());
        }
        self.enact(&mut state, command, asking.signer())?;
        Ok(Restricted {
            to,
            records,
            receipts,
            unchanged,
        })
    }

    /// What each named record's restriction would raise; and those that are left as they are, where that is asked for.
    fn targets(
        &self,
        asking: &Asking,
        state: &State,
        ask: &Restrict,
    ) -> Result<(Vec<Target>, Vec<String>), Stop> {
        let person = asking.active(state)?;
        let mut targets: Vec<Target> = Vec::with_capacity(ask.records.len());
        let mut unchanged = Vec::new();
        let mut named = BTreeSet::new();
        for asked in &ask.records {
            let target = match self.resolve(state, person, asked) {
                Ok(record) => {
                    match self.visible_target(asking, state, person, record, asked, ask) {
                        Err(Stop::Refused(refusal))
                            if ask.leave_unchanged
                                && ask.portions.is_empty()
                                && refusal.code == Code::Conflict =>
                        {
                            unchanged.push(asked.clone());
                            continue;
                        }
                        target => target?,
                    }
                }
                Err(refusal) if refusal.code == Code::NotFound && ask.portions.is_empty() => {
                    // A whole id, known from elsewhere: restricted if it is here, and nothing told.
                    let record: RecordId =
                        asked.parse().map_err(|_| of_many(ask, asked, refusal))?;
                    blind_target(state, record, asked, ask)?
                }
                Err(refusal) => return Err(of_many(ask, asked, refusal).into()),
            };
            if !named.insert(target.record) {
                return Err(Refusal::invalid(format!("record {asked} is named twice")).into());
            }
            targets.push(target);
        }
        if targets.is_empty() && !ask.dry_run {
            return Err(Refusal::new(
                Code::Conflict,
                "all of these bear this marking already, or a higher one; nothing would change",
            )
            .into());
        }
        Ok((targets, unchanged))
    }

    fn visible_target(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        asked: &str,
        ask: &Restrict,
    ) -> Result<Target, Stop> {
        if record.withdrawn.is_some() && !ask.portions.is_empty() {
            return Err(Refusal::withdrawn().into());
        }
        let raises = if ask.portions.is_empty() {
            raise_all(state, record, ask)?
        } else {
            let mut portions = self.named_portions(asking, state, person, record, &ask.portions)?;
            let more = self.rising_elsewhere(asking, state, person, record, &portions)?;
            portions.extend(more.portions);
            raise_some(state, record, (&portions, &more.unseen), ask)?
        };
        if raises
            .iter()
            .filter(|r| r.seen_by(person))
            .all(|r| !r.rises(&state.policy))
        {
            let what = match ask.portions.len() {
                0 => format!("record {asked} bears"),
                1 => format!("portion {} of {asked} bears", ask.portions[0]),
                _ => format!("portions {} of {asked} bear", ask.portions.join(", ")),
            };
            return Err(Refusal::new(
                Code::Conflict,
                format!("{what} this marking already, or a higher one; nothing would change"),
            )
            .hint("`read` shows the marks as you see them")
            .into());
        }
        Ok(Target {
            asked: asked.to_owned(),
            record: record.id,
            raises,
            visible: true,
        })
    }

    /// The portions that words name: numbers of the last view, names of header fields, or ids.
    pub(crate) fn named_portions(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        words: &[String],
    ) -> Result<BTreeSet<PortionId>, Stop> {
        let visible: BTreeSet<PortionId> = record
            .visible(&state.labels, &person.bits)
            .flat_map(|g| g.portions.iter().copied())
            .collect();
        let none = |word: &str| {
            Refusal::new(
                Code::NotFound,
                format!("there is no portion {word} in your view of this record"),
            )
            .hint(format!(
                "`read` shows the numbers; header fields are named {}",
                HeaderField::ALL.map(HeaderField::word).join(", ")
            ))
        };
        let mut named = BTreeSet::new();
        for word in words {
            let portion = if let Ok(n) = word.parse::<usize>() {
                *self
                    .numbered(asking, state, person, record)?
                    .get(n)
                    .ok_or_else(|| none(word))?
            } else if let Ok(field) = word.parse::<HeaderField>() {
                self.field(asking, state, person, record, field)?
                    .ok_or_else(|| none(word))?
            } else {
                let id: PortionId = word.parse().map_err(|_| none(word))?;
                visible
                    .contains(&id)
                    .then_some(id)
                    .ok_or_else(|| none(word))?
            };
            named.insert(portion);
        }
        Ok(named)
    }

    /// A header field's portion. What opens here stays here: only the id is used, to seal it higher.
    fn field(
        &self,
        asking: &Asking,
        state: &State,
        person: &Person,
        record: &RecordState,
        field: HeaderField,
    ) -> Result<Option<PortionId>, Stop> {
        let edition = Edition::of(state, person, record, None)?;
        let header = record.visible_header(&state.labels, &person.bits);
        for group in header.filter(|g| g.version == edition.number) {
            let fetched = self.fetch(asking, state, record, group)?;
            let fields = self.fields_of(&Permit::for_sealing_higher(), &[fetched])?;
            if let Some((_, id)) = fields.into_iter().find(|(f, _)| *f == field) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Puts the layers on.
    fn raise(
        &self,
        asking: &Asking,
        state: &State,
        target: &Target,
        wrap: &WrapKeys,
        event: EventId,
        command: &mut Command<'_>,
    ) -> Result<Vec<GroupRaised>, Stop> {
        let mut out = Vec::with_capacity(target.raises.len());
        let record = state.records.get(target.record);
        let slot = record.map(|r| self.store.slot_of(r)).transpose()?.flatten();
        for raise in &target.raises {
            let under = &wrap.keys[&raise.label];
            let group = &raise.group;
            let to = if raise.portions.is_empty() {
                let layered = Layered {
                    group: group.id,
                    index: group.layers.len(),
                    label: &raise.label,
                    event,
                    slot: slot.as_ref(),
                };
                self.layer_stored(&layered, group.holds, under, command)?;
                group.id
            } else {
                let of = (target.record, slot.as_ref());
                self.part(asking, state, of, raise, under, event, command)?
            };
            out.push(GroupRaised {
                from: group.id,
                to,
                portions: raise.portions.clone(),
                label: raise.label.clone(),
                key_box: under.id(),
            });
        }
        Ok(out)
    }

    /// Takes portions out of their group, still sealed, into one of their own under the new label.
    #[expect(
        clippy::too_many_arguments,
        reason = "what is parted, for whom, and under what"
    )]
    fn part(
        &self,
        asking: &Asking,
        state: &State,
        (record, slot): (RecordId, Option<&RecordSlot>),
        raise: &Raise,
        under: &Arc<BoxKey>,
        event: EventId,
        command: &mut Command<'_>,
    ) -> Result<GroupId, Stop> {
        let record = state.records.get(record).expect("a visible record exists");
        let fetched = self.fetch(asking, state, record, &raise.group)?;
        let (rising, staying): (Vec<_>, Vec<_>) = self
            .sealed_portions(&fetched)?
            .0
            .into_iter()
            .partition(|(id, _)| raise.portions.contains(id));
        let parted = GroupId::random(&mut command.dice);
        let layered = Layered {
            group: parted,
            index: 0,
            label: &raise.label,
            event,
            slot,
        };
        let rising = encode(&SealedPortions(rising));
        self.put_layer(&layered, &rising, under, command);
        // Some stay: where all of a group rises, it rises as itself.
        let staying = encode(&SealedPortions(staying));
        let stored = self.layered_again(&fetched, &staying, &mut command.dice)?;
        command.put(kinds::value(raise.group.id), &stored);
        Ok(parted)
    }

    /// Puts a layer around all that is stored of a group, and keeps its key.
    ///
    /// Originals, attachments and recordings are large together. Each is read, sealed and written while the command
    /// becomes durable, one after the other, and so is the text beyond what is held at once.
    pub(crate) fn layer_stored(
        &self,
        layered: &Layered<'_>,
        holds: Holds,
        under: &BoxKey,
        command: &mut Command<'_>,
    ) -> Result<(), Fault> {
        let at = kinds::value(layered.group);
        if holds.portions() && command.bytes() < LAYERED_HELD_BYTES {
            let stored = self.store.get(at, "a stored value")?;
            self.put_layer(layered, stored.expose(), under, command);
            return Ok(());
        }
        let (key, binding) = self.new_layer(layered, under, command);
        command.remake(at, move |stored, dice| {
            Some(add_layer(&key, &binding, stored, dice))
        });
        Ok(())
    }

    /// Puts a layer around stored bytes, and keeps both it and its key.
    fn put_layer(
        &self,
        layered: &Layered<'_>,
        stored: &[u8],
        under: &BoxKey,
        command: &mut Command<'_>,
    ) {
        let (key, binding) = self.new_layer(layered, under, command);
        let bytes = add_layer(&key, &binding, stored, &mut command.dice);
        command.put(kinds::value(layered.group), &bytes);
    }

    /// The key of a new layer, which is kept, and where the layer belongs.
    fn new_layer(
        &self,
        layered: &Layered<'_>,
        under: &BoxKey,
        command: &mut Command<'_>,
    ) -> (LayerKey, LayerBinding) {
        let Layered {
            group,
            index,
            label,
            event,
            slot,
        } = *layered;
        let layer = u32::try_from(index).expect("layers are few");
        let binding = LayerBinding {
            room: self.room,
            group,
            index: layer,
            event,
            present: LabelDigest::of(label),
        };
        let key = LayerKey::random(self.suite, &mut command.dice);
        let wrapped = key.wrap(under, &binding, &mut command.dice);
        let at = (group, Some(layer));
        let wrapped = self.store.under_slot(slot, at, wrapped, &mut command.dice);
        command.put_row(
            kinds::layer_key(group, index),
            &WrappedKey {
                key_box: under.id(),
                wrapped: wrapped.into(),
                slot: slot.map(RecordSlot::number),
            },
        );
        (key, binding)
    }

    /// The reason, sealed under each label that the restriction leads to, for those who see what rose,
    /// and for the inspectors.
    fn statement(
        &self,
        target: &Target,
        wrap: &WrapKeys,
        event: EventId,
        statement: &Statement,
        inspectors: (CommandId, &NoteKey),
        dice: &mut Stream,
    ) -> SealedField {
        let labels: BTreeSet<&Label> = target.raises.iter().map(|r| &r.label).collect();
        let notes: Vec<(SealedFor, NoteKey)> = labels
            .into_iter()
            .map(|label| {
                (
                    SealedFor::Label(wrap.keys[label].id(), label.clone()),
                    NoteKey::of_box(&wrap.keys[label]),
                )
            })
            .collect();
        let mut readers: Vec<(SealedFor, &NoteKey)> =
            notes.iter().map(|(r, k)| (r.clone(), k)).collect();
        readers.push((SealedFor::Inspectors(inspectors.0), inspectors.1));
        seal_statement(
            self.room,
            event,
            STATEMENT,
            &readers,
            &encode(statement),
            dice,
        )
    }
}

fn check_form(ask: &Restrict) -> Result<(), Refusal> {
    if ask.records.is_empty() || ask.records.len() > RESTRICT_RECORDS_MAX {
        return Err(Refusal::invalid(format!(
            "a restriction names between 1 and {RESTRICT_RECORDS_MAX} records"
        )));
    }
    if !ask.portions.is_empty() && ask.records.len() != 1 {
        return Err(Refusal::invalid(
            "--portion goes with one record, not with several",
        ));
    }
    if ask.portions.len() > RESTRICT_PORTIONS_MAX {
        return Err(Refusal::invalid(format!(
            "a restriction names at most {RESTRICT_PORTIONS_MAX} portions"
        )));
    }
    Ok(())
}

fn restriction_statement(
    state: &State,
    asking: &Asking,
    ask: &Restrict,
) -> Result<Statement, Refusal> {
    let own = || {
        format!(
            "records officer {}",
            state.people.name_of(Some(asking.session.person))
        )
    };
    checked_statement(
        &state.policy,
        Statement {
            reason: ask.reason.clone(),
            authority: ask.authority.clone().unwrap_or_else(own),
            because: ask.because.clone(),
            from_system: None,
            already_held_by: Vec::new(),
            override_because: None,
            practice: None,
        },
    )
}

/// The label as given, which the event keeps. A marking without a level adds to whatever level is there.
fn given_label(state: &State, ask: &Restrict) -> Result<Label, Refusal> {
    let lowest = state
        .policy
        .levels()
        .first()
        .expect("a policy has levels")
        .name()
        .clone();
    risen(state, &Label::of_level(lowest), ask)
}

/// A label joined with the one that is given.
fn risen(state: &State, present: &Label, ask: &Restrict) -> Result<Label, Refusal> {
    let given = state
        .policy
        .parse_restriction(present, &ask.to)
        .map_err(|e| Refusal::no_marking(format!("--to: {e}")))?;
    Ok(present.join(&given))
}

fn raise_all(state: &State, record: &RecordState, ask: &Restrict) -> Result<Vec<Raise>, Refusal> {
    let mut raises = Vec::with_capacity(record.groups.len());
    for group in &record.groups {
        raises.push(raise_group(state, group, Vec::new(), ask)?);
    }
    Ok(raises)
}

/// Only those of the portions that rise, whole groups of other versions, and the record's slices of the originals, which
/// hold their words too; and what came with it.
fn raise_some(
    state: &State,
    record: &RecordState,
    (portions, whole): (&BTreeSet<PortionId>, &BTreeSet<GroupId>),
    ask: &Restrict,
) -> Result<Vec<Raise>, Refusal> {
    let mut raises = Vec::new();
    for group in &record.groups {
        if !group.holds.portions() || whole.contains(&group.id) {
            raises.push(raise_group(state, group, Vec::new(), ask)?);
            continue;
        }
        let rising: Vec<PortionId> = group
            .portions
            .iter()
            .copied()
            .filter(|p| portions.contains(p))
            .collect();
        if !rising.is_empty() {
            let whole = rising.len() == group.portions.len();
            raises.push(raise_group(
                state,
                group,
                if whole { Vec::new() } else { rising },
                ask,
            )?);
        }
    }
    Ok(raises)
}

fn raise_group(
    state: &State,
    group: &Group,
    portions: Vec<PortionId>,
    ask: &Restrict,
) -> Result<Raise, Refusal> {
    let present = state.labels.get(group.label).as_ref().clone();
    let label = risen(state, &present, ask)?;
    Ok(Raise {
        group: group.clone(),
        present,
        label,
        portions,
    })
}

fn blind_target(
    state: &State,
    record: RecordId,
    asked: &str,
    ask: &Restrict,
) -> Result<Target, Stop> {
    // The marking is checked either way, so that a malformed one is refused alike.
    given_label(state, ask)?;
    #[cfg(feature = "planted-leaks")]
    crate::planted::restricting(state, record)?;
    let raises = match state.records.get(record) {
        Some(record) if !record.frame => raise_all(state, record, ask)?,
        _ => Vec::new(),
    };
    Ok(Target {
        asked: asked.to_owned(),
        record,
        raises,
        visible: false,
    })
}
