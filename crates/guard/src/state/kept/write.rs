//! From the state to bytes.

use std::collections::{BTreeMap, HashMap};

use minicbor::{Encode, Encoder};
use strongroom_record::{EventId, Timestamp, encode};

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
use super::super::{Atoms, Labels, State, Trail};
use super::{
    AskedRow, ChallengeRow, DestroyedRow, DisclosureRow, DueRow, FallenRow, GroupRow,
    InvitationRow, KeepingRow, LabelKeyRow, LastBatchRow, LayerRow, LinkRow, PersonRow, Positions,
    PracticeRow, RecordRow, RecoveryRow, Section, SharesRow,
};
use crate::fault::Fault;
use crate::limits::{KEPT_PIECE_BYTES, KEPT_POSITIONS_MAX};

/// Writes the rows of sections, cut into pieces.
struct Writer<'a> {
    out: &'a mut dyn FnMut(Vec<u8>) -> Result<(), Fault>,
    trail: &'a Trail,
}

impl Writer<'_> {
    fn section<T: Encode<()>>(
        &mut self,
        section: Section,
        rows: impl Iterator<Item = T>,
    ) -> Result<(), Fault> {
        let (mut body, mut count) = (Vec::new(), 0);
        for row in rows {
            let row = encode(&row);
            if count > 0 && body.len() + row.len() > KEPT_PIECE_BYTES {
                self.piece(section, count, &body)?;
                (body, count) = (Vec::new(), 0);
            }
            body.extend_from_slice(&row);
            count += 1;
        }
        if count > 0 {
            self.piece(section, count, &body)?;
        }
        Ok(())
    }
    /// The encoding of the pair of a section and its rows.
    fn piece(&mut self, section: Section, count: u64, rows: &[u8]) -> Result<(), Fault> {
        let mut bytes = Vec::with_capacity(rows.len() + 16);
        let mut encoder = Encoder::new(&mut bytes);
        let written = encoder.array(2).and_then(|e| e.encode(section));
        let written = written.and_then(|e| e.array(count));
        written.expect("encoding to memory does not fail");
        bytes.extend_from_slice(rows);
        (self.out)(bytes)
    }
    fn place_of(&self, event: EventId) -> u64 {
        let place = self.trail.index_of(event);
        place.expect("the state speaks of events that are in the ledger")
    }
    /// Lists of events, each in as many rows as it takes.
    fn lists<K: Copy + Ord + std::hash::Hash>(
        &self,
        lists: &HashMap<K, Vec<EventId>>,
    ) -> Vec<(K, Positions)> {
        let mut keys: Vec<K> = lists.keys().copied().collect();
        keys.sort_unstable();
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            let mut places: Vec<u64> = lists[&key].iter().map(|e| self.place_of(*e)).collect();
            places.sort_unstable();
            for part in places.chunks(KEPT_POSITIONS_MAX) {
                rows.push((key, Positions::of(part.to_vec())));
            }
        }
        rows
    }
}

/// Writes a state and its trail, piece by piece, with the instant of the last event.
///
/// # Errors
/// The first that `out` returns.
pub(crate) fn write(
    state: &State,
    trail: &Trail,
    last: Timestamp,
    out: &mut dyn FnMut(Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let State {
        genesis,
        genesis_root: _,
        policy,
        people,
        atoms,
        key_holders,
        recoveries,
        labels,
        label_keys: LabelKeys(label_keys),
        records,
        links,
        rules,
        approvals,
        practices,
        challenges,
        disclosures,
        acting: ActingRows(acting),
        requests,
        log,
        backups,
    } = state;
    let Trail {
        index: _,
        by_person,
        openings,
    } = trail;
    let mut to = Writer { out, trail };
    to.section(Section::Time, std::iter::once(last))?;
    let changed = Some(policy.source()).filter(|text| *text != genesis.policy);
    to.section(Section::Policy, changed.into_iter())?;
    to.section(Section::Log, std::iter::once(log))?;
    to.section(Section::Backups, backups.values())?;
    write_atoms(&mut to, atoms)?;
    write_key_holders(&mut to, key_holders)?;
    write_recoveries(&mut to, recoveries)?;
    write_people(&mut to, people)?;
    let Labels { known: _, rows } = labels;
    to.section(
        Section::Labels,
        rows.iter().map(|row| {
            let Row {
                label,
                bits: _,
                digest: _,
            } = row;
            label.as_ref()
        }),
    )?;
    to.section(
        Section::LabelKeys,
        of_each(label_keys).map(|(label, key)| {
            let LabelKey {
                id,
                digest,
                sealed_to,
            } = key;
            LabelKeyRow {
                label: label.clone(),
                id: *id,
                digest: *digest,
                sealed_to: sealed_to.clone(),
            }
        }),
    )?;
    write_records(&mut to, records)?;
    let Links { rows, of: _ } = links;
    let rows: Vec<LinkRow> = rows
        .iter()
        .map(|Linked { link, event }| LinkRow {
            link: *link,
            event: to.place_of(*event),
        })
        .collect();
    to.section(Section::Links, rows.iter())?;
    to.section(Section::Rules, rules.iter().map(|rules| rules.text()))?;
    write_asked(&mut to, approvals)?;
    write_practices(&mut to, practices)?;
    write_challenges(&mut to, challenges)?;
    write_disclosures(&mut to, disclosures)?;
    to.section(Section::Acting, acting.iter())?;
    let rows = to.lists(requests);
    let rows = rows
        .iter()
        .map(|((person, request), places)| (person, request, places));
    to.section(Section::Requests, rows)?;
    let rows = to.lists(by_person);
    to.section(Section::Acted, rows.iter())?;
    let rows = to.lists(openings);
    to.section(Section::Openings, rows.iter())
}

fn write_practices(to: &mut Writer<'_>, practices: &Practices) -> Result<(), Fault> {
    let Practices(practices) = practices;
    let row = |practice: &Practice| {
        let Practice {
            id,
            event,
            by,
            label,
            from,
            until,
            ended,
        } = practice;
        PracticeRow {
            id: *id,
            event: to.place_of(*event),
            by: *by,
            label: label.0,
            from: *from,
            until: *until,
            ended: ended.map(|event| to.place_of(event)),
        }
    };
    let rows: Vec<PracticeRow> = practices.values().map(row).collect();
    to.section(Section::Practices, rows.iter())
}

fn write_challenges(to: &mut Writer<'_>, challenges: &Challenges) -> Result<(), Fault> {
    let Challenges(challenges) = challenges;
    let row = |challenge: &Challenge| {
        let Challenge {
            id,
            event,
            record,
            by,
            at,
            until,
            answered,
        } = challenge;
        ChallengeRow {
            id: *id,
            event: to.place_of(*event),
            record: *record,
            by: *by,
            at: *at,
            until: *until,
            answered: answered.map(|(event, outcome)| (to.place_of(event), outcome)),
        }
    };
    let rows: Vec<ChallengeRow> = challenges.values().map(row).collect();
    to.section(Section::Challenges, rows.iter())
}

fn write_atoms(to: &mut Writer<'_>, atoms: &Atoms) -> Result<(), Fault> {
    let Atoms { by_id, by_role } = atoms;
    to.section(Section::Atoms, by_id.values().flatten())?;
    to.section(Section::PresentAtoms, by_role.values())
}

fn write_disclosures(to: &mut Writer<'_>, disclosures: &Disclosures) -> Result<(), Fault> {
    let Disclosures { last, all } = disclosures;
    let rows: Vec<LastBatchRow> = last
        .iter()
        .map(|batch| {
            let LastBatch {
                event,
                at,
                inspectors,
                routes,
            } = batch;
            LastBatchRow {
                event: to.place_of(*event),
                at: *at,
                inspectors: *inspectors,
                routes: *routes,
            }
        })
        .collect();
    to.section(Section::LastBatch, rows.iter())?;
    let rows: Vec<DisclosureRow> = all
        .iter()
        .map(|(id, disclosure)| {
            let Disclosure {
                messages,
                answers,
                acknowledged,
                route,
            } = disclosure;
            let message = |message: &Message| {
                let Message {
                    leaf,
                    batch,
                    place,
                    at,
                } = message;
                (leaf.to_vec().into(), to.place_of(*batch), *place, *at)
            };
            let answer = |answer: &Answer| {
                let Answer {
                    event,
                    by,
                    at,
                    reply,
                } = answer;
                (to.place_of(*event), *by, *at, *reply)
            };
            DisclosureRow {
                id: *id,
                messages: messages.iter().map(message).collect(),
                answers: answers.iter().map(answer).collect(),
                acknowledged: *acknowledged as u64,
                route: route.clone(),
            }
        })
        .collect();
    to.section(Section::Disclosures, rows.iter())
}

fn write_key_holders(to: &mut Writer<'_>, holders: &KeyHolders) -> Result<(), Fault> {
    let KeyHolders {
        cards,
        quorum,
        shares,
        house,
        rehearsals,
    } = holders;
    to.section(Section::Quorum, std::iter::once(quorum))?;
    to.section(Section::KeyHolders, cards.iter())?;
    let rows = shares.iter().map(|((atom, epoch), shares)| SharesRow {
        atom: *atom,
        epoch: *epoch,
        shares: shares
            .iter()
            .map(|Share { id, digest }| (*id, *digest))
            .collect(),
    });
    to.section(Section::Shares, rows)?;
    to.section(Section::HouseShares, house.iter())?;
    let rows = rehearsals
        .iter()
        .map(|(holder, (at, wrong))| (*holder, *at, *wrong as u64));
    to.section(Section::Rehearsals, rows)
}

fn write_recoveries(to: &mut Writer<'_>, recoveries: &Recoveries) -> Result<(), Fault> {
    let Recoveries { living, known } = recoveries;
    let rows = living.values().map(|recovery| {
        let Recovery {
            id,
            what,
            by,
            asked_at,
            until,
            places,
            needed,
            offered,
            given,
            rekeyed,
        } = recovery;
        RecoveryRow {
            id: *id,
            what: what.clone(),
            by: by.clone(),
            asked_at: *asked_at,
            until: *until,
            places: places.clone(),
            needed: *needed as u64,
            offered: offered.clone(),
            given: given
                .iter()
                .map(|(holder, Given { row, digest })| (*holder, *row, *digest))
                .collect(),
            rekeyed: *rekeyed,
        }
    });
    to.section(Section::Recoveries, rows)?;
    to.section(Section::KnownRecoveries, known.iter())
}

/// The values of each key, one by one.
fn of_each<K, V>(lists: &BTreeMap<K, Vec<V>>) -> impl Iterator<Item = (&K, &V)> {
    lists
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| (key, value)))
}

fn write_people(to: &mut Writer<'_>, people: &People) -> Result<(), Fault> {
    let People {
        by_id,
        names,
        invitations,
    } = people;
    let rows = names.values().map(|id| {
        let Person {
            id,
            name,
            roles,
            standing,
            keys,
            former: _,
            holdings,
            pending,
            clearance,
            bits: _,
            refused_since,
            sign_ins,
            invited_by,
        } = &by_id[id];
        PersonRow {
            id: *id,
            name: name.clone(),
            roles: roles.iter().copied().collect(),
            active: *standing == Standing::Active,
            keys: keys.clone(),
            holdings: holdings
                .iter()
                .flat_map(|(atom, held)| held.iter().map(move |(e, h)| (*atom, *e, *h)))
                .collect(),
            pending: pending.iter().copied().collect(),
            clearance: clearance.clone(),
            refused_since: *refused_since,
            sign_ins: *sign_ins,
            invited_by: *invited_by,
            departed: (*standing == Standing::Departed).then_some(true),
        }
    });
    to.section(Section::People, rows)?;
    let former = names.values().flat_map(|id| {
        let keys = by_id[id].former.iter();
        keys.map(move |(until, keys)| (*id, *until, keys))
    });
    to.section(Section::FormerKeys, former)?;
    let rows = invitations.values().map(|invitation| {
        let Invitation {
            id,
            name,
            roles,
            verifier,
            until,
            by,
        } = invitation;
        InvitationRow {
            id: *id,
            name: name.clone(),
            roles: roles.iter().copied().collect(),
            verifier: *verifier,
            until: *until,
            by: *by,
        }
    });
    to.section(Section::Invitations, rows)
}

fn write_asked(to: &mut Writer<'_>, requests: &Requests) -> Result<(), Fault> {
    let Requests {
        rows,
        of_record: _,
        open: _,
    } = requests;
    let row = |request: &Request| {
        let Request {
            id,
            event,
            by,
            at,
            asked,
            basis,
            until,
            seen,
            agreed,
            ended,
        } = request;
        let agreed = agreed.iter().map(|agreed| {
            let Agreed {
                person,
                acting_for,
                event,
            } = agreed;
            (*person, *acting_for, to.place_of(*event))
        });
        AskedRow {
            id: *id,
            event: to.place_of(*event),
            by: *by,
            at: *at,
            asked: asked.clone(),
            basis: *basis,
            until: *until,
            seen: seen.clone(),
            agreed: agreed.collect(),
            ended: ended.map(|(outcome, event)| (outcome, to.place_of(event))),
        }
    };
    // In the order in which they were asked for, which is that of the requests about one record.
    let mut rows: Vec<AskedRow> = rows.values().map(row).collect();
    rows.sort_by_key(|row| row.event);
    to.section(Section::Asked, rows.iter())
}

fn write_records(to: &mut Writer<'_>, records: &Records) -> Result<(), Fault> {
    let Records {
        rows,
        by_id: _,
        order,
        groups: _,
    } = records;
    let rows: Vec<RecordRow> = order
        .values()
        .map(|at| record_row(to, &rows[*at]))
        .collect();
    to.section(Section::Records, rows.iter())
}

fn record_row(to: &Writer<'_>, record: &RecordState) -> RecordRow {
    let RecordState {
        id,
        filer,
        frame,
        groups,
        events,
        graded,
        corrections,
        asked,
        taken_back,
        withdrawn,
        filed_at,
        restricted,
        keeping,
        holds,
        kept_by,
        recorded,
        destroyed,
    } = record;
    let positions =
        |events: &[EventId]| Positions::of(events.iter().map(|e| to.place_of(*e)).collect());
    let groups = groups.iter().map(|group| {
        let Group {
            id,
            version,
            holds,
            filed_under,
            label,
            key_row,
            key_box,
            filed_by,
            seals,
            layers,
            portions,
            key_label,
            sealed_by,
            past,
        } = group;
        let layer_row = |layer: &Layer| {
            let Layer {
                event,
                label,
                key_box,
            } = layer;
            LayerRow {
                event: to.place_of(*event),
                label: label.0,
                key_box: *key_box,
            }
        };
        // Without a past it is sealed as it was filed.
        let fallen = (!past.is_empty()).then(|| FallenRow {
            key_label: key_label.0,
            sealed_by: to.place_of(*sealed_by),
            past: past.iter().map(layer_row).collect(),
        });
        let portions: Vec<u8> = portions.iter().flat_map(|p| *p.as_bytes()).collect();
        GroupRow {
            id: *id,
            holds: *holds,
            filed_under: filed_under.0,
            label: label.0,
            key_row: *key_row,
            key_box: *key_box,
            filed_by: to.place_of(*filed_by),
            seals: *seals,
            layers: layers.iter().map(layer_row).collect(),
            portions: portions.into(),
            version: *version,
            fallen,
        }
    });
    let some = |events: &[EventId]| (!events.is_empty()).then(|| positions(events));
    RecordRow {
        id: *id,
        filer: *filer,
        frame: *frame,
        groups: groups.collect(),
        events: positions(events),
        corrections: positions(corrections),
        asked: asked.map(|(by, event)| (by, to.place_of(event))),
        withdrawn: withdrawn.map(|Withdrawal { by, event }| (by, to.place_of(event))),
        graded: positions(graded),
        recorded: *recorded,
        taken_back: some(taken_back),
        keeping: keeping.as_ref().map(|keeping| keeping_row(to, keeping)),
        holds: some(holds),
        kept_by: some(kept_by),
        destroyed: destroyed.as_ref().map(|destroyed| {
            let Destruction {
                by,
                event,
                slot,
                wiped,
                groups,
            } = destroyed;
            let groups: Vec<u8> = groups.iter().flat_map(|g| *g.as_bytes()).collect();
            DestroyedRow {
                by: *by,
                event: to.place_of(*event),
                slot: *slot,
                wiped: wiped.map(|event| to.place_of(event)),
                groups: groups.into(),
            }
        }),
        filed_at: *filed_at,
        restricted: restricted.map(|LastRaised { event, by, at }| (to.place_of(event), by, at)),
    }
}

fn keeping_row(to: &Writer<'_>, keeping: &Keeping) -> KeepingRow {
    let Keeping { schedule, due } = keeping;
    let due = due.iter().map(|due| {
        let DueLabel {
            set_by,
            on,
            label,
            raised,
        } = due;
        DueRow {
            set_by: to.place_of(*set_by),
            on: *on,
            label: label.0,
            raised: *raised,
        }
    });
    KeepingRow {
        schedule: schedule.clone(),
        due: due.collect(),
    }
}
