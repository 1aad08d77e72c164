//! The anchor: a head of the ledger in a file outside the room, and with it what a restore must not undo.
//!
//! Whoever puts the whole store back as it was some time ago has a room that is consistent in itself. The
//! anchor lies elsewhere and has seen more: at opening, a head in it that both keys of the log have signed
//! must be contained in the room's tree. It is replaced at each checkpoint, after the store has it.
//!
//! ```text
//! strongroom-anchor v1
//! room 7m0c4…                   the room's id
//! restrictions kV1x…            sealed under the house key, base64
//!                               (an empty line)
//! strongroom/7m0c4…             the checkpoint, as it was signed
//! …
//! ```
//!
//! The restrictions are those since the last backup but one: a backup holds the text of records as they were, and
//! what was restricted after it must not come back readable to more persons. They name record ids and
//! labels and no word of a text.
//!
//! What cannot happen: a head is believed without both signatures; restrictions are believed that were not
//! sealed under this room's house key for this place, or that are not those of its ledger (`anchor/check.rs`); a
//! list that lost its beginning passes for a whole one ([`SinceBackup::from`]).

mod check;

use data_encoding::BASE64;
use minicbor::{Decode, Encode};
use strongroom_label::Label;
use strongroom_record::event::{Act, GroupRaised, StoredEvent, Withdrawn};
use strongroom_record::{BackupId, EventId, RecordId, RoomId, Stream, decode, encode};
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, SignedCheckpoint, VerifyError};
use strongroom_tlog::tree::TreeHead;

use crate::founding::log_generation;
use crate::kinds;
use crate::limits::{ANCHOR_BACKUPS_BEGUN_MAX, ANCHOR_RESTRICTIONS_MAX_BYTES};
use crate::store::Store;

const FIRST_LINE: &str = "strongroom-anchor v1";
const ROOM: &str = "room ";
const RESTRICTIONS: &str = "restrictions ";

/// A restriction that a restore must not undo.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RestrictionKept {
    /// The event that was the restriction.
    #[n(0)]
    pub(crate) event: EventId,
    /// The record.
    #[n(1)]
    pub(crate) record: RecordId,
    /// What rose, and to which label.
    #[n(2)]
    pub(crate) groups: Vec<GroupRaised>,
    /// The label that was given.
    #[n(3)]
    pub(crate) given: Label,
    /// It was a withdrawal, by this event.
    #[n(4)]
    pub(crate) withdrawn: Option<EventId>,
}

/// A destruction that a restore must not undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DestroyedKept {
    /// The entry of the ledger that it is.
    #[n(0)]
    at: u64,
    /// The event that destroyed the record.
    #[n(1)]
    pub(crate) by: EventId,
    /// The record.
    #[n(2)]
    pub(crate) record: RecordId,
}

/// A restriction, and the entry of the ledger that it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Placed {
    #[n(0)]
    at: u64,
    #[n(1)]
    kept: RestrictionKept,
}

/// A backup that was begun, and of which nothing is known yet but that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Begun {
    #[n(0)]
    backup: BackupId,
    /// The entry behind its event: it holds what came before.
    #[n(1)]
    holds: u64,
}

/// The restrictions of the room since the last backup but one that came to its end, or since the room's
/// beginning.
///
/// A backup that is whole takes away what the one *before* it holds, and no more: so whoever finds the
/// last one lost or spoilt restores from the one before, and undoes no restriction. One that broke off takes
/// nothing. That a backup came to its end is known to the process that made it; where that stops before the
/// anchor is written, the list stays longer than it need be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SinceBackup {
    /// Entries of the ledger that were looked at.
    #[n(0)]
    pub(crate) entries: u64,
    /// In the order of the ledger.
    #[n(1)]
    restrictions: Vec<Placed>,
    /// Bytes that the restrictions take, encoded.
    #[n(2)]
    bytes: usize,
    /// The entry of the ledger from which on the list has all of them.
    #[n(3)]
    pub(crate) from: u64,
    /// What the last whole backup holds: the entries before this one.
    #[n(4)]
    backed_up: u64,
    /// Backups that were begun after that, oldest first.
    #[n(5)]
    begun: Vec<Begun>,
    /// The records that were destroyed, in the order of the ledger; none if there are none. They go as the restrictions do.
    #[n(6)]
    destroyed: Option<Vec<DestroyedKept>>,
}

impl SinceBackup {
    /// The restrictions, in the order of the ledger.
    pub(crate) fn into_restrictions(self) -> impl Iterator<Item = RestrictionKept> {
        self.restrictions.into_iter().map(|placed| placed.kept)
    }

    /// The records that were destroyed, in the order of the ledger.
    pub(crate) fn destroyed(&self) -> &[DestroyedKept] {
        self.destroyed.as_deref().unwrap_or_default()
    }

    /// Takes in the next event of the ledger. Says whether the list is another now.
    pub(crate) fn note(&mut self, event: &StoredEvent) -> bool {
        let at = self.entries;
        self.entries += 1;
        match &event.act {
            Act::BackedUp(made) => {
                if self.begun.len() == ANCHOR_BACKUPS_BEGUN_MAX {
                    self.begun.remove(0);
                }
                self.begun.push(Begun {
                    backup: made.backup,
                    holds: self.entries,
                });
            }
            Act::Restricted {
                record,
                groups,
                given,
            } => self.keep(
                at,
                RestrictionKept {
                    event: event.id,
                    record: *record,
                    groups: groups.clone(),
                    given: given.clone(),
                    withdrawn: None,
                },
            ),
            Act::Withdrawn(Withdrawn { record, groups, .. }) => {
                let Some(raised) = groups.first() else {
                    return false;
                };
                self.keep(
                    at,
                    RestrictionKept {
                        event: event.id,
                        record: *record,
                        groups: groups.clone(),
                        given: raised.label.clone(),
                        withdrawn: Some(event.id),
                    },
                );
            }
            Act::Destroyed(destroyed) => self.keep_destroyed(DestroyedKept {
                at,
                by: event.id,
                record: destroyed.record,
            }),
            Act::Restored(restored) => {
                for again in &restored.restricted {
                    if let Some(by) = again.destroyed {
                        self.keep_destroyed(DestroyedKept {
                            at,
                            by,
                            record: again.record,
                        });
                    }
                    let Some(raised) = again.groups.first() else {
                        continue;
                    };
                    self.keep(
                        at,
                        RestrictionKept {
                            event: event.id,
                            record: again.record,
                            groups: again.groups.clone(),
                            given: raised.label.clone(),
                            withdrawn: again.withdrawn,
                        },
                    );
                }
            }
            _ => return false,
        }
        true
    }

    fn keep(&mut self, at: u64, kept: RestrictionKept) {
        let placed = Placed { at, kept };
        self.bytes += encode(&placed).len();
        self.restrictions.push(placed);
        self.bound();
    }

    fn keep_destroyed(&mut self, kept: DestroyedKept) {
        self.bytes += encode(&kept).len();
        self.destroyed.get_or_insert_default().push(kept);
        self.bound();
    }

    fn bound(&mut self) {
        while self.bytes > ANCHOR_RESTRICTIONS_MAX_BYTES {
            // The older half goes at once, so that this is not done again for each that comes.
            let mut places: Vec<u64> = self.restrictions.iter().map(|placed| placed.at).collect();
            places.extend(self.destroyed().iter().map(|kept| kept.at));
            places.sort_unstable();
            self.forget_before(places[places.len() / 2] + 1);
        }
    }

    /// A backup came to its end: what the one before it holds need not be known any more.
    pub(crate) fn backed_up(&mut self, backup: BackupId) {
        let Some(at) = self.begun.iter().position(|b| b.backup == backup) else {
            return;
        };
        let whole = self.begun[at].holds;
        self.begun.drain(..=at);
        self.forget_before(self.backed_up);
        self.backed_up = whole;
    }

    fn forget_before(&mut self, entry: u64) {
        if entry <= self.from {
            return;
        }
        self.from = entry;
        self.restrictions.retain(|placed| placed.at >= entry);
        if let Some(destroyed) = &mut self.destroyed {
            destroyed.retain(|kept| kept.at >= entry);
        }
        self.destroyed = self.destroyed.take().filter(|kept| !kept.is_empty());
        self.bytes = self.bytes_of_lists();
    }

    /// Bytes that the lists take, encoded.
    fn bytes_of_lists(&self) -> usize {
        let restrictions = self.restrictions.iter().map(|p| encode(p).len());
        let destroyed = self.destroyed().iter().map(|kept| encode(kept).len());
        restrictions.chain(destroyed).sum()
    }

    /// The list as it lies in the anchor: readable with the house key alone, at no other place.
    pub(crate) fn sealed(&self, store: &Store, dice: &mut Stream) -> Vec<u8> {
        store.cover(kinds::anchor(), &encode(self), dice)
    }
}

/// An anchor that was read and believed.
#[derive(Debug)]
pub(crate) struct Anchor {
    /// The head that it has seen.
    pub(crate) head: Checkpoint,
    /// Of which of the room's logs that is.
    pub(crate) generation: u32,
    /// The restrictions that it knows of.
    pub(crate) since: SinceBackup,
}

/// The text of an anchor.
pub(crate) fn anchor_text(room: RoomId, sealed: &[u8], checkpoint: &SignedCheckpoint) -> String {
    let sealed = BASE64.encode(sealed);
    format!("{FIRST_LINE}\n{ROOM}{room}\n{RESTRICTIONS}{sealed}\n\n{checkpoint}")
}

/// Reads an anchor of this room: of any of its logs, which all have the same keys. Whether it is of the log
/// that the ledger is now, and whether the room contains its head, is for the caller to see.
pub(crate) fn read_anchor(
    bytes: &[u8],
    room: RoomId,
    keys: &LogPublicKeys,
    store: &Store,
) -> Result<Anchor, AnchorError> {
    let text = std::str::from_utf8(bytes).map_err(|_| AnchorError::Malformed(1))?;
    let (head, note) = text.split_once("\n\n").ok_or(AnchorError::Malformed(4))?;
    let mut lines = head.split('\n');
    let mut line = |at: usize, begins: &str| {
        let line = lines.next().and_then(|line| line.strip_prefix(begins));
        line.ok_or(AnchorError::Malformed(at))
    };
    if !line(1, FIRST_LINE)?.is_empty() {
        return Err(AnchorError::Malformed(1));
    }
    if line(2, ROOM)? != room.to_string() {
        return Err(AnchorError::OtherRoom);
    }
    let sealed = line(3, RESTRICTIONS)?;
    let sealed = BASE64
        .decode(sealed.as_bytes())
        .map_err(|_| AnchorError::Malformed(3))?;
    if lines.next().is_some() {
        return Err(AnchorError::Malformed(4));
    }
    let signed = SignedCheckpoint::from_bytes(note.as_bytes())?;
    let origin = signed.claimed_origin();
    let (head, generation) = match log_generation(room, &origin) {
        Some(generation) => (signed.verify(&keys.renamed(&origin))?, generation),
        None => return Err(AnchorError::OtherLog),
    };
    let since = store
        .uncover(kinds::anchor(), &sealed)
        .map_err(|_| AnchorError::NotSealedHere)?;
    let since = decode(since.expose()).map_err(|_| AnchorError::NotSealedHere)?;
    Ok(Anchor {
        head,
        generation,
        since,
    })
}

/// The checkpoint in an anchor's text, which may be anybody's: empty if there is none.
pub fn head_in_anchor(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let note = text.split_once("\n\n").map(|(_, note)| note);
    note.unwrap_or_default().to_owned()
}

/// The head that an anchor says it has seen. Whether it is this room's is seen when the whole of it is read.
pub(crate) fn claimed_head(bytes: &[u8]) -> Result<TreeHead, AnchorError> {
    let text = std::str::from_utf8(bytes).map_err(|_| AnchorError::Malformed(1))?;
    let (_, note) = text.split_once("\n\n").ok_or(AnchorError::Malformed(4))?;
    Ok(SignedCheckpoint::from_bytes(note.as_bytes())?.claimed_head())
}

/// Why a file is not the anchor of this room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// It has another form.
    #[error(
        "line {0} is not what stands there in an anchor; the file is damaged, or is something else"
    )]
    Malformed(usize),
    /// It is another room's.
    #[error("it is the anchor of another room")]
    OtherRoom,
    /// Its head is no log's of this room.
    #[error("the head in it is of a log that is none of this room's")]
    OtherLog,
    /// Its head is not signed by this room's log.
    #[error("the head in it is not this room's: {0}")]
    Head(#[from] VerifyError),
    /// The restrictions in it do not open.
    #[error("the restrictions in it were not sealed under this room's house key, or were altered")]
    NotSealedHere,
    /// The restrictions in it are not those of the ledger.
    #[error("the restrictions in it are not those of the room's ledger: {0}")]
    OtherRestrictions(&'static str),
    /// The room went on without it.
    #[error(
        "it has seen {seen} entries of the ledger, and the backup holds {backup}: the room went on without this anchor, \
         which so cannot tell what was restricted since"
    )]
    LeftBehind {
        /// Entries that it has seen.
        seen: u64,
        /// Entries that the backup holds.
        backup: u64,
    },
    /// It has seen what a restore gave up, and nobody who approved the restore was told of that.
    #[error(
        "it has seen {seen} entries of the ledger as it was before the room was restored, and the restore did not \
         know of the last of them: nobody approved losing those"
    )]
    Unlost {
        /// Entries that it has seen.
        seen: u64,
    },
    /// It is of a log that comes after this one: the room is an older copy.
    #[error(
        "it is of log {generation} of this room, which began when the room was restored; this is an older copy, from before that"
    )]
    Later {
        /// Counts the logs of the room from 1.
        generation: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::founding::log_signer;
    use strongroom_record::event::EVENT_VERSION;
    use strongroom_record::{PersonId, Timestamp};
    use strongroom_seal::{HouseKey, Suite, SuiteFloor};
    use strongroom_tlog::checkpoint::UnixSeconds;
    use strongroom_tlog::tree::{LeafHash, Tree};
    use strongroom_vault::Vault;

    fn dice() -> Stream {
        Stream::from_seed([5; 32])
    }

    fn store(room: RoomId, seed: u8) -> Store {
        let house = HouseKey::random(Suite::Mock, &mut Stream::from_seed([seed; 32]));
        Store::new(
            Vault::memory().unwrap(),
            house,
            room,
            SuiteFloor::at(Suite::Mock),
        )
    }

    fn event(act: Act) -> StoredEvent {
        StoredEvent {
            version: EVENT_VERSION,
            room: RoomId::random(&mut dice()),
            id: EventId::random(&mut dice()),
            at: Timestamp::from_millis(0),
            actor: Some(PersonId::random(&mut dice())),
            session: None,
            request: None,
            act,
            seed: [0; 32],
            sealed: Vec::new(),
            command: None,
        }
    }

    fn secret() -> Label {
        Label::of_level(strongroom_label::Name::new("Secret").unwrap())
    }

    fn restricted(groups: usize) -> StoredEvent {
        let raised = GroupRaised {
            from: strongroom_record::GroupId::random(&mut dice()),
            to: strongroom_record::GroupId::random(&mut dice()),
            portions: Vec::new(),
            label: secret(),
            key_box: strongroom_record::BoxId::random(&mut dice()),
        };
        event(Act::Restricted {
            record: RecordId::random(&mut dice()),
            groups: vec![raised; groups],
            given: secret(),
        })
    }

    fn signed(room: RoomId, seed: u8) -> (LogPublicKeys, SignedCheckpoint) {
        let mut signer = log_signer(room, &[seed; 64], None).unwrap();
        let mut tree = Tree::new();
        tree.append(LeafHash::of(b"an entry"));
        let head = tree.prove_head(signer.last_signed()).unwrap();
        let signed = signer.sign(&head, UnixSeconds::new(9).unwrap()).unwrap();
        (signer.public_keys().clone(), signed)
    }

    #[test]
    fn what_was_anchored_is_read_back_by_its_own_room_alone() {
        let room = RoomId::random(&mut dice());
        let own = store(room, 1);
        let mut since = SinceBackup::default();
        assert!(since.note(&restricted(2)));
        assert!(!since.note(&event(Act::SignedIn)));
        let (keys, checkpoint) = signed(room, 7);
        let text = anchor_text(room, &since.sealed(&own, &mut dice()), &checkpoint);
        let read = read_anchor(text.as_bytes(), room, &keys, &own).unwrap();
        assert_eq!(read.since, since);
        assert_eq!((since.entries, since.restrictions.len()), (2, 1));
        assert_eq!((read.head.head().size().get(), read.generation), (1, 1));

        let refused = |text: &str, room, keys: &LogPublicKeys, store: &Store| {
            read_anchor(text.as_bytes(), room, keys, store).unwrap_err()
        };
        let other = RoomId::random(&mut Stream::from_seed([6; 32]));
        assert_eq!(refused(&text, other, &keys, &own), AnchorError::OtherRoom);
        let (foreign, _) = signed(room, 8);
        assert!(matches!(
            refused(&text, room, &foreign, &own),
            AnchorError::Head(_)
        ));
        let (_, elsewhere) = signed(other, 7);
        let sealed = since.sealed(&own, &mut dice());
        assert_eq!(
            refused(&anchor_text(room, &sealed, &elsewhere), room, &keys, &own),
            AnchorError::OtherLog
        );
        let burgled = store(room, 2);
        assert_eq!(
            refused(&text, room, &keys, &burgled),
            AnchorError::NotSealedHere
        );

        let lines: Vec<&str> = text.lines().collect();
        let without = |n: usize| {
            let kept = lines.iter().enumerate().filter(|(at, _)| *at != n);
            kept.map(|(_, line)| format!("{line}\n"))
                .collect::<String>()
        };
        for (n, at) in [(0, 1), (1, 2), (2, 3)] {
            assert_eq!(
                refused(&without(n), room, &keys, &own),
                AnchorError::Malformed(at)
            );
        }
        // Without the empty line the note's own stands for it.
        assert_eq!(
            refused(&without(3), room, &keys, &own),
            AnchorError::Malformed(4)
        );
        // Either signature stripped, a letter of the head changed, cut anywhere.
        for n in [8, 9] {
            assert!(matches!(
                refused(&without(n), room, &keys, &own),
                AnchorError::Head(_)
            ));
        }
        let altered = text.replacen("\n1\n", "\n2\n", 1);
        assert!(matches!(
            refused(&altered, room, &keys, &own),
            AnchorError::Head(_)
        ));
        for cut in 0..text.len() - 1 {
            assert!(
                read_anchor(&text.as_bytes()[..cut], room, &keys, &own).is_err(),
                "{cut}"
            );
        }
    }

    #[test]
    fn a_list_that_grew_too_long_loses_its_older_half_and_says_from_where_on_it_is_whole() {
        let mut since = SinceBackup::default();
        let some = restricted(4_000);
        while since.from == 0 {
            assert!(since.note(&some));
            assert!(since.bytes <= ANCHOR_RESTRICTIONS_MAX_BYTES);
        }
        assert!(since.restrictions.len() > 1);
        assert!(since.restrictions.iter().all(|p| p.at >= since.from));
        assert_eq!(since.restrictions[0].at, since.from);
        // One that does not fit by itself is not kept, and not said to be.
        let (entries, huge) = (since.entries, restricted(200_000));
        assert!(since.note(&huge));
        assert!(since.restrictions.is_empty() && since.from == entries + 1);
    }

    fn begun(n: u8) -> (BackupId, StoredEvent) {
        let backup = BackupId::from_bytes([n; 16]);
        let made = strongroom_record::keeping::BackedUp {
            backup,
            base: None,
            entries: 0,
            lineage: [0; 16],
            groups: 0,
        };
        (backup, event(Act::BackedUp(made)))
    }

    fn places(since: &SinceBackup) -> Vec<u64> {
        since.restrictions.iter().map(|p| p.at).collect()
    }

    #[test]
    fn a_whole_backup_takes_away_what_the_one_before_it_holds_and_no_more() {
        let mut since = SinceBackup::default();
        let raised = restricted(1);
        let [(one, first), (two, second), (three, third)] = [1, 2, 3].map(begun);
        since.note(&raised);
        since.note(&first);
        since.note(&raised);
        // It was begun before this restriction, and comes to its end after it.
        since.backed_up(one);
        assert_eq!((places(&since), since.from), (vec![0, 2], 0));
        // Two that break off, one behind the other, take nothing.
        let (_, broken) = begun(9);
        since.note(&broken);
        since.note(&raised);
        since.note(&broken);
        assert_eq!((places(&since), since.from), (vec![0, 2, 4], 0));
        since.note(&second);
        since.note(&raised);
        since.backed_up(two);
        assert_eq!((places(&since), since.from), (vec![2, 4, 7], 2));
        // Again, or one that nobody began: nothing. Nor one that is overtaken by a later one.
        let before = since.clone();
        since.backed_up(two);
        since.backed_up(one);
        since.backed_up(BackupId::from_bytes([77; 16]));
        assert_eq!(since, before);
        let (late, slow) = begun(5);
        since.note(&slow);
        since.note(&third);
        since.backed_up(three);
        assert_eq!((places(&since), since.from), (vec![7], 7));
        let before = since.clone();
        since.backed_up(late);
        assert_eq!(since, before);
        // A guard that only begins backups does not remember all of them.
        for n in 0..=u8::MAX {
            since.note(&begun(n).1);
        }
        assert_eq!(since.begun.len(), ANCHOR_BACKUPS_BEGUN_MAX);
    }
}
