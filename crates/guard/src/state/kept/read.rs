//! From bytes to the state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::{ClearanceBits, Label, LabelBits, Policy};
use strongroom_record::{
    DisclosureId, EventId, GroupId, PersonId, PortionId, RequestId, Timestamp, decode,
};
use strongroom_seal::{Digest, LabelDigest};

use super::super::acting::ActingRows;
use super::super::challenges::{Challenge, Challenges};
use super::super::disclosures::{Answer, Disclosure, Disclosures, LastBatch, Message};
use super::super::keeping::{DueLabel, Keeping, LastRaised};
use super::super::key_holders::{KeyHolders, Share};
use super::super::label_keys::{LabelKey, LabelKeys};
use super::super::labels::Row;
use super::super::links::{Linked, Links};
use super::super::people::{Invitation, People, Person, Standing};
use super::super::practices::{Practice, Practices};
use super::super::records::{Destruction, Group, Layer, RecordState, Records, Withdrawal};
use super::super::recoveries::{Given, Recoveries, Recovery};
use super::super::requests::{Agreed, Request, Requests};
use super::super::{Atoms, LabelRef, Labels, State, Trail};
use super::{
    AskedRow, Broken, ChallengeRow, DestroyedRow, DisclosureRow, GroupRow, InvitationRow,
    KeepingRow, LastBatchRow, LayerRow, LinkRow, PersonRow, Piece, Positions, PracticeRow,
    RecordRow, RecoveryRow, Section,
};
use crate::restore::LogNow;
use crate::rules::Rules;

const NO_SUCH_PLACE: Broken = "it names a place behind the end of its ledger";
const NO_SUCH_LABEL: Broken = "it names a label that is not in it";

fn event_at(ids: &[EventId], at: u64) -> Result<EventId, Broken> {
    usize::try_from(at)
        .ok()
        .and_then(|at| ids.get(at))
        .copied()
        .ok_or(NO_SUCH_PLACE)
}

impl Positions {
    fn events(&self, ids: &[EventId]) -> Result<Vec<EventId>, Broken> {
        let mut at = 0_u64;
        let place = |step: &u64| {
            at = at.checked_add(*step).ok_or(NO_SUCH_PLACE)?;
            event_at(ids, at)
        };
        self.0.iter().map(place).collect()
    }
}

impl Piece {
    /// Reads a piece of a state that was kept of a ledger with these events.
    pub(crate) fn read(bytes: &[u8], ids: &[EventId]) -> Result<Self, Broken> {
        fn rows<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<Vec<T>, Broken> {
            decode::<(Section, Vec<T>)>(bytes)
                .map(|(_, rows)| rows)
                .map_err(|_| MALFORMED)
        }
        fn lists<K: Encode<()> + for<'b> Decode<'b, ()>>(
            bytes: &[u8],
            ids: &[EventId],
        ) -> Result<Vec<(K, Vec<EventId>)>, Broken> {
            let rows = rows::<(K, Positions)>(bytes)?.into_iter();
            rows.map(|(key, places)| Ok((key, places.events(ids)?)))
                .collect()
        }
        let mut head = minicbor::Decoder::new(bytes);
        let section = head.array().and_then(|_| head.decode());
        Ok(match section.map_err(|_| MALFORMED)? {
            Section::Time => Self::Time(rows(bytes)?),
            Section::Atoms => Self::Atoms(rows(bytes)?),
            Section::PresentAtoms => Self::PresentAtoms(rows(bytes)?),
            Section::People => Self::People(rows(bytes)?),
            Section::Invitations => Self::Invitations(rows(bytes)?),
            Section::Labels => Self::Labels(rows(bytes)?),
            Section::LabelKeys => Self::LabelKeys(rows(bytes)?),
            Section::Quorum => Self::Quorum(rows(bytes)?),
            Section::KeyHolders => Self::KeyHolders(rows(bytes)?),
            Section::Shares => Self::Shares(rows(bytes)?),
            Section::Records => {
                let rows = rows::<RecordRow>(bytes)?.into_iter();
                Self::Records(rows.map(|r| r.restore(ids)).collect::<Result<_, _>>()?)
            }
            Section::Requests => {
                let rows = rows::<(PersonId, RequestId, Positions)>(bytes)?.into_iter();
                let rows = rows.map(|(p, r, places)| Ok(((p, r), places.events(ids)?)));
                Self::Requests(rows.collect::<Result<_, Broken>>()?)
            }
            Section::Acted => Self::Acted(lists(bytes, ids)?),
            Section::Openings => Self::Openings(lists(bytes, ids)?),
            Section::Log => Self::Log(rows(bytes)?),
            Section::Backups => Self::Backups(rows(bytes)?),
            Section::FormerKeys => Self::FormerKeys(rows(bytes)?),
            Section::HouseShares => Self::HouseShares(rows(bytes)?),
            Section::Rehearsals => Self::Rehearsals(rows(bytes)?),
            Section::Recoveries => Self::Recoveries(rows(bytes)?),
            Section::KnownRecoveries => Self::KnownRecoveries(rows(bytes)?),
            Section::Rules => Self::Rules(rows(bytes)?),
            Section::Acting => Self::Acting(rows(bytes)?),
            Section::Policy => Self::Policy(rows(bytes)?),
            Section::Asked => {
                let rows = rows::<AskedRow>(bytes)?.into_iter();
                Self::Asked(rows.map(|r| r.restore(ids)).collect::<Result<_, _>>()?)
            }
            Section::Challenges => {
                let rows = rows::<ChallengeRow>(bytes)?.into_iter();
                Self::Challenges(rows.map(|r| r.restore(ids)).collect::<Result<_, _>>()?)
            }
            Section::Practices => {
                let rows = rows::<PracticeRow>(bytes)?.into_iter();
                Self::Practices(rows.map(|r| r.restore(ids)).collect::<Result<_, _>>()?)
            }
            Section::Links => {
                let linked = |row: LinkRow| {
                    Ok(Linked {
                        link: row.link,
                        event: event_at(ids, row.event)?,
                    })
                };
                let rows = rows::<LinkRow>(bytes)?.into_iter().map(linked);
                Self::Links(rows.collect::<Result<_, Broken>>()?)
            }
            Section::Disclosures => {
                let rows = rows::<DisclosureRow>(bytes)?.into_iter();
                Self::Disclosures(rows.map(|r| r.restore(ids)).collect::<Result<_, _>>()?)
            }
            Section::LastBatch => {
                let last = |row: LastBatchRow| {
                    Ok(LastBatch {
                        event: event_at(ids, row.event)?,
                        at: row.at,
                        inspectors: row.inspectors,
                        routes: row.routes,
                    })
                };
                let rows = rows::<LastBatchRow>(bytes)?.into_iter().map(last);
                Self::LastBatch(rows.collect::<Result<_, Broken>>()?)
            }
        })
    }
}

const MALFORMED: Broken = "a piece of it is malformed";

impl DisclosureRow {
    fn restore(self, ids: &[EventId]) -> Result<(DisclosureId, Disclosure), Broken> {
        let message = |(leaf, batch, place, at): (ByteVec, u64, u32, Timestamp)| {
            Ok(Message {
                leaf: leaf.as_slice().try_into().map_err(|_| MALFORMED)?,
                batch: event_at(ids, batch)?,
                place,
                at,
            })
        };
        let answer = |(event, by, at, reply): (u64, PersonId, Timestamp, Option<Digest>)| {
            Ok(Answer {
                event: event_at(ids, event)?,
                by,
                at,
                reply,
            })
        };
        let disclosure = Disclosure {
            messages: self
                .messages
                .into_iter()
                .map(message)
                .collect::<Result<_, Broken>>()?,
            answers: self
                .answers
                .into_iter()
                .map(answer)
                .collect::<Result<_, Broken>>()?,
            acknowledged: usize::try_from(self.acknowledged).map_err(|_| MALFORMED)?,
            route: self.route,
        };
        Ok((self.id, disclosure))
    }
}

impl RecordRow {
    fn restore(self, ids: &[EventId]) -> Result<RecordState, Broken> {
        let events = self.events.events(ids)?;
        if events.is_empty() {
            return Err("a record in it was never filed");
        }
        let groups = self.groups.into_iter().map(|g| g.restore(ids));
        let some = |positions: Option<Positions>| {
            positions.map_or_else(|| Ok(Vec::new()), |places| places.events(ids))
        };
        Ok(RecordState {
            id: self.id,
            filer: self.filer,
            frame: self.frame,
            groups: groups.collect::<Result<_, _>>()?,
            events,
            graded: self.graded.events(ids)?,
            corrections: self.corrections.events(ids)?,
            asked: match self.asked {
                Some((by, event)) => Some((by, event_at(ids, event)?)),
                None => None,
            },
            withdrawn: match self.withdrawn {
                Some((by, event)) => Some(Withdrawal {
                    by,
                    event: event_at(ids, event)?,
                }),
                None => None,
            },
            recorded: self.recorded,
            taken_back: some(self.taken_back)?,
            keeping: match self.keeping {
                Some(keeping) => Some(keeping.restore(ids)?),
                None => None,
            },
            holds: some(self.holds)?,
            kept_by: some(self.kept_by)?,
            filed_at: self.filed_at,
            restricted: match self.restricted {
                Some((place, by, at)) => Some(LastRaised {
                    event: event_at(ids, place)?,
                    by,
                    at,
                }),
                None => None,
            },
            destroyed: match self.destroyed {
                Some(destroyed) => Some(destroyed.restore(ids)?),
                None => None,
            },
        })
    }
}

impl KeepingRow {
    fn restore(self, ids: &[EventId]) -> Result<Keeping, Broken> {
        let due = self.due.into_iter().map(|due| {
            Ok(DueLabel {
                set_by: event_at(ids, due.set_by)?,
                on: due.on,
                label: LabelRef(due.label),
                raised: due.raised,
            })
        });
        Ok(Keeping {
            schedule: self.schedule,
            due: due.collect::<Result<_, Broken>>()?,
        })
    }
}

impl LayerRow {
    fn restore(self, ids: &[EventId]) -> Result<Layer, Broken> {
        Ok(Layer {
            event: event_at(ids, self.event)?,
            label: LabelRef(self.label),
            key_box: self.key_box,
        })
    }
}

impl DestroyedRow {
    fn restore(self, ids: &[EventId]) -> Result<Destruction, Broken> {
        let (groups, rest) = self.groups.as_chunks();
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        let wiped = self.wiped.map(|at| event_at(ids, at)).transpose()?;
        Ok(Destruction {
            by: self.by,
            event: event_at(ids, self.event)?,
            slot: self.slot,
            wiped,
            groups: groups.iter().map(|g| GroupId::from_bytes(*g)).collect(),
        })
    }
}

impl AskedRow {
    fn restore(self, ids: &[EventId]) -> Result<Request, Broken> {
        let agreed = |(person, acting_for, event)| {
            Ok(Agreed {
                person,
                acting_for,
                event: event_at(ids, event)?,
            })
        };
        Ok(Request {
            id: self.id,
            event: event_at(ids, self.event)?,
            by: self.by,
            at: self.at,
            asked: self.asked,
            basis: self.basis,
            until: self.until,
            seen: self.seen,
            agreed: self
                .agreed
                .into_iter()
                .map(agreed)
                .collect::<Result<_, Broken>>()?,
            ended: match self.ended {
                Some((outcome, event)) => Some((outcome, event_at(ids, event)?)),
                None => None,
            },
        })
    }
}

impl ChallengeRow {
    fn restore(self, ids: &[EventId]) -> Result<Challenge, Broken> {
        Ok(Challenge {
            id: self.id,
            event: event_at(ids, self.event)?,
            record: self.record,
            by: self.by,
            at: self.at,
            until: self.until,
            answered: match self.answered {
                Some((event, outcome)) => Some((event_at(ids, event)?, outcome)),
                None => None,
            },
        })
    }
}

impl PracticeRow {
    fn restore(self, ids: &[EventId]) -> Result<Practice, Broken> {
        Ok(Practice {
            id: self.id,
            event: event_at(ids, self.event)?,
            by: self.by,
            label: LabelRef(self.label),
            from: self.from,
            until: self.until,
            ended: self.ended.map(|at| event_at(ids, at)).transpose()?,
        })
    }
}

impl GroupRow {
    fn restore(self, ids: &[EventId]) -> Result<Group, Broken> {
        let layers = |rows: Vec<LayerRow>| -> Result<Vec<Layer>, Broken> {
            rows.into_iter().map(|layer| layer.restore(ids)).collect()
        };
        let filed_by = event_at(ids, self.filed_by)?;
        let (key_label, sealed_by, past) = match self.fallen {
            Some(fallen) => {
                let sealed_by = event_at(ids, fallen.sealed_by)?;
                (fallen.key_label, sealed_by, layers(fallen.past)?)
            }
            None => (self.filed_under, filed_by, Vec::new()),
        };
        let (portions, rest) = self.portions.as_chunks();
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Group {
            id: self.id,
            version: self.version,
            holds: self.holds,
            filed_under: LabelRef(self.filed_under),
            label: LabelRef(self.label),
            key_row: self.key_row,
            key_box: self.key_box,
            key_label: LabelRef(key_label),
            sealed_by,
            past,
            filed_by,
            seals: self.seals,
            layers: layers(self.layers)?,
            portions: portions
                .iter()
                .map(|id| PortionId::from_bytes(*id))
                .collect(),
        })
    }
}

/// A state being put together from its pieces, on what the first event says.
pub(crate) struct Restoring {
    state: State,
    trail: Trail,
    last: Option<Timestamp>,
}

impl Restoring {
    /// Begins with what the first event says, for a ledger with these events.
    pub(crate) fn on(founded: State, ids: &[EventId]) -> Self {
        let state = State {
            genesis: founded.genesis,
            genesis_root: founded.genesis_root,
            policy: founded.policy,
            people: People::default(),
            atoms: Atoms::default(),
            labels: Labels::default(),
            key_holders: KeyHolders {
                cards: Vec::new(),
                quorum: 0,
                shares: BTreeMap::new(),
                house: Vec::new(),
                rehearsals: BTreeMap::new(),
            },
            recoveries: Recoveries::default(),
            label_keys: LabelKeys::default(),
            records: Records::default(),
            links: Links::default(),
            rules: None,
            approvals: Requests::default(),
            practices: Practices::default(),
            challenges: Challenges::default(),
            disclosures: Disclosures::default(),
            acting: ActingRows::default(),
            requests: HashMap::new(),
            log: founded.log,
            backups: BTreeMap::new(),
        };
        let trail = Trail {
            index: ids.iter().copied().zip(0..).collect(),
            ..Trail::default()
        };
        Self {
            state,
            trail,
            last: None,
        }
    }

    /// Takes in the next piece.
    pub(crate) fn take(&mut self, piece: Piece) -> Result<(), Broken> {
        let state = &mut self.state;
        match piece {
            Piece::Disclosures(rows) => state.disclosures.all.extend(rows),
            Piece::LastBatch(rows) => state.disclosures.last = rows.into_iter().next_back(),
            Piece::Time(times) => {
                let [at] = times[..] else {
                    return Err(MALFORMED);
                };
                self.last = Some(at);
            }
            Piece::Atoms(atoms) => {
                for atom in atoms {
                    state.atoms.by_id.entry(atom.id).or_default().push(atom);
                }
            }
            Piece::PresentAtoms(ids) => {
                for id in ids {
                    let atom = state.atoms.get(id).ok_or("it lacks an atom")?;
                    state.atoms.by_role.insert(atom.name.clone(), id);
                }
            }
            Piece::People(rows) => {
                for row in rows {
                    state.people.restore(row, &state.policy)?;
                }
            }
            Piece::Invitations(rows) => {
                let rows = rows.into_iter().map(|row| (row.id, row.restore()));
                state.people.invitations.extend(rows);
            }
            Piece::Labels(labels) => state.labels.restore(labels, &state.policy)?,
            Piece::Quorum(numbers) => {
                let [quorum] = numbers[..] else {
                    return Err(MALFORMED);
                };
                state.key_holders.quorum = quorum;
            }
            Piece::KeyHolders(cards) => state.key_holders.cards.extend(cards),
            Piece::Shares(rows) => {
                for row in rows {
                    let shares = row.shares.into_iter();
                    let shares = shares.map(|(id, digest)| Share { id, digest }).collect();
                    let place = (row.atom, row.epoch);
                    state.key_holders.shares.insert(place, shares);
                }
            }
            Piece::LabelKeys(rows) => {
                for row in rows {
                    let key = LabelKey {
                        id: row.id,
                        digest: row.digest,
                        sealed_to: row.sealed_to,
                    };
                    state.label_keys.0.entry(row.label).or_default().push(key);
                }
            }
            Piece::Records(records) => {
                state.records.restore(records, &self.trail, &state.labels)?
            }
            Piece::Requests(rows) => extend(&mut state.requests, rows),
            Piece::Acted(rows) => extend(&mut self.trail.by_person, rows),
            Piece::Openings(rows) => extend(&mut self.trail.openings, rows),
            Piece::Log(logs) => {
                let [log] = <[LogNow; 1]>::try_from(logs).map_err(|_| MALFORMED)?;
                state.log = log;
            }
            Piece::Backups(made) => {
                let made = made.into_iter().map(|made| (made.backup, made));
                state.backups.extend(made);
            }
            Piece::FormerKeys(rows) => {
                for (id, until, keys) in rows {
                    let person = state.people.by_id.get_mut(&id).ok_or("it lacks a person")?;
                    person.former.push((until, keys));
                }
            }
            Piece::HouseShares(digests) => state.key_holders.house.extend(digests),
            Piece::Rehearsals(rows) => {
                for (holder, at, wrong) in rows {
                    let wrong = usize::try_from(wrong).map_err(|_| MALFORMED)?;
                    state.key_holders.rehearsals.insert(holder, (at, wrong));
                }
            }
            Piece::Recoveries(rows) => {
                for row in rows {
                    let recovery = row.restore()?;
                    state.recoveries.living.insert(recovery.id, recovery);
                }
            }
            Piece::Rules(texts) => {
                let [text] = &texts[..] else {
                    return Err(MALFORMED);
                };
                state.rules = Some(Rules::kept(text).map_err(|_| MALFORMED)?);
            }
            Piece::Policy(texts) => {
                let [text] = &texts[..] else {
                    return Err(MALFORMED);
                };
                state.policy = Policy::from_toml(text).map_err(|_| MALFORMED)?;
            }
            Piece::Acting(rows) => state.acting.0.extend(rows),
            Piece::Asked(requests) => requests.into_iter().for_each(|r| state.approvals.add(r)),
            Piece::Challenges(challenges) => {
                let rows = challenges.into_iter().map(|c| (c.id, c));
                state.challenges.0.extend(rows);
            }
            Piece::Practices(practices) => {
                for practice in practices {
                    if !state.labels.has(practice.label) {
                        return Err(NO_SUCH_LABEL);
                    }
                    state.practices.0.insert(practice.id, practice);
                }
            }
            Piece::Links(links) => links.into_iter().for_each(|l| state.links.add(l)),
            Piece::KnownRecoveries(ids) => state.recoveries.known.extend(ids),
        }
        Ok(())
    }

    /// The state, its trail, and the instant of the last event.
    pub(crate) fn finish(self) -> Result<(State, Trail, Timestamp), Broken> {
        let last = self.last.ok_or("it lacks the time of its last event")?;
        Ok((self.state, self.trail, last))
    }
}

/// A long list comes in several rows.
fn extend<K: Eq + std::hash::Hash>(
    lists: &mut HashMap<K, Vec<EventId>>,
    rows: Vec<(K, Vec<EventId>)>,
) {
    for (key, events) in rows {
        lists.entry(key).or_default().extend(events);
    }
}

impl RecoveryRow {
    fn restore(self) -> Result<Recovery, Broken> {
        Ok(Recovery {
            id: self.id,
            what: self.what,
            by: self.by,
            asked_at: self.asked_at,
            until: self.until,
            places: self.places,
            needed: usize::try_from(self.needed).map_err(|_| MALFORMED)?,
            offered: self.offered,
            given: self
                .given
                .into_iter()
                .map(|(holder, row, digest)| (holder, Given { row, digest }))
                .collect(),
            rekeyed: self.rekeyed,
        })
    }
}

impl InvitationRow {
    fn restore(self) -> Invitation {
        Invitation {
            id: self.id,
            name: self.name,
            roles: self.roles.into_iter().collect(),
            verifier: self.verifier,
            until: self.until,
            by: self.by,
        }
    }
}

impl People {
    fn restore(&mut self, row: PersonRow, policy: &Policy) -> Result<(), Broken> {
        let bits = ClearanceBits::new(policy, &row.clearance)
            .map_err(|_| "a clearance in it is not of the policy")?;
        let mut holdings = BTreeMap::<_, BTreeMap<_, _>>::new();
        for (atom, epoch, holding) in row.holdings {
            holdings.entry(atom).or_default().insert(epoch, holding);
        }
        let person = Person {
            id: row.id,
            name: row.name,
            roles: row.roles.into_iter().collect(),
            standing: match (row.active, row.departed) {
                (_, Some(true)) => Standing::Departed,
                (true, _) => Standing::Active,
                (false, _) => Standing::Joined,
            },
            keys: row.keys,
            former: Vec::new(),
            holdings,
            pending: row.pending.into_iter().collect(),
            clearance: row.clearance,
            bits,
            refused_since: row.refused_since,
            sign_ins: row.sign_ins,
            invited_by: row.invited_by,
        };
        self.names.insert(person.name.clone(), person.id);
        self.by_id.insert(person.id, person);
        Ok(())
    }
}

impl Labels {
    fn restore(&mut self, labels: Vec<Label>, policy: &Policy) -> Result<(), Broken> {
        for label in labels {
            let bits =
                LabelBits::new(policy, &label).map_err(|_| "a label in it is not of the policy")?;
            let new = LabelRef(u32::try_from(self.rows.len()).map_err(|_| "too many labels")?);
            self.rows.push(Row {
                label: Arc::new(label.clone()),
                bits,
                digest: LabelDigest::of(&label),
            });
            self.known.insert(label, new);
        }
        Ok(())
    }
    fn has(&self, label: LabelRef) -> bool {
        (label.0 as usize) < self.rows.len()
    }
}

impl Records {
    fn restore(
        &mut self,
        records: Vec<RecordState>,
        trail: &Trail,
        labels: &Labels,
    ) -> Result<(), Broken> {
        for record in records {
            let groups = record.groups.iter();
            let known = |g: &Group| {
                labels.has(g.label)
                    && labels.has(g.filed_under)
                    && labels.has(g.key_label)
                    && g.layers.iter().chain(&g.past).all(|l| labels.has(l.label))
            };
            let mut due = record.keeping.iter().flat_map(|keeping| &keeping.due);
            if !groups.into_iter().all(known) || !due.all(|due| labels.has(due.label)) {
                return Err(NO_SUCH_LABEL);
            }
            let filed = trail.index_of(record.events[0]).ok_or(NO_SUCH_PLACE)?;
            let at = self.rows.len();
            self.order.insert(filed, at);
            self.by_id.insert(record.id, at);
            self.groups.extend(record.groups.iter().map(|g| g.id));
            self.rows.push(record);
        }
        Ok(())
    }
}
