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
//! The restrictions are those since the last backup: a backup holds the text of records as they were, and
//! what was restricted after it must not come back readable to more persons. They name record ids and
//! labels and no word of a text.
//!
//! What cannot happen: a head is believed without both signatures; restrictions are believed that were not
//! sealed under this room's house key for this place; a list that did not fit passes for a whole one
//! ([`SinceBackup::whole`]).

use data_encoding::BASE64;
use minicbor::{Decode, Encode};
use strongroom_label::Label;
use strongroom_record::event::{Act, GroupRaised, StoredEvent};
use strongroom_record::{EventId, RecordId, RoomId, Stream, decode, encode};
use strongroom_tlog::checkpoint::{Checkpoint, LogPublicKeys, SignedCheckpoint, VerifyError};
use strongroom_tlog::tree::TreeHead;

use crate::kinds;
use crate::limits::ANCHOR_RESTRICTIONS_MAX_BYTES;
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
}

/// The restrictions of the room since its last backup, or since its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SinceBackup {
    /// Entries of the ledger that were looked at.
    #[n(0)]
    pub(crate) entries: u64,
    /// In the order of the ledger.
    #[n(1)]
    pub(crate) restrictions: Vec<RestrictionKept>,
    /// Whether these are all. A list that grew too long is dropped, and only a new backup begins another.
    #[n(2)]
    pub(crate) whole: bool,
    /// Bytes that the restrictions take, encoded.
    #[n(3)]
    bytes: usize,
    /// The entry of the ledger from which on the list has all of them.
    #[n(4)]
    pub(crate) from: u64,
    /// The entry behind the event of the last backup.
    #[n(5)]
    begun: u64,
    /// How many of the list came before that event. They stay until one more backup is begun: one that
    /// broke off takes nothing from the one before it.
    #[n(6)]
    older: u32,
}

impl Default for SinceBackup {
    fn default() -> Self {
        Self {
            entries: 0,
            restrictions: Vec::new(),
            whole: true,
            bytes: 0,
            from: 0,
            begun: 0,
            older: 0,
        }
    }
}

impl SinceBackup {
    /// Takes in the next event of the ledger. Says whether the list is another now.
    pub(crate) fn note(&mut self, event: &StoredEvent) -> bool {
        self.entries += 1;
        match &event.act {
            Act::BackedUp(_) => self.backup_begun(),
            Act::Restricted {
                record,
                groups,
                given,
            } => {
                return self.keep(RestrictionKept {
                    event: event.id,
                    record: *record,
                    groups: groups.clone(),
                    given: given.clone(),
                });
            }
            Act::Restored(restored) => {
                let mut kept = false;
                for again in &restored.restricted {
                    let Some(raised) = again.groups.first() else {
                        continue;
                    };
                    kept |= self.keep(RestrictionKept {
                        event: event.id,
                        record: again.record,
                        groups: again.groups.clone(),
                        given: raised.label.clone(),
                    });
                }
                return kept;
            }
            _ => return false,
        }
        true
    }

    fn keep(&mut self, kept: RestrictionKept) -> bool {
        if !self.whole {
            return false;
        }
        self.bytes += encode(&kept).len();
        self.restrictions.push(kept);
        if self.bytes > ANCHOR_RESTRICTIONS_MAX_BYTES {
            self.restrictions.clear();
            self.whole = false;
        }
        true
    }

    /// A backup was begun: it holds the restrictions so far.
    fn backup_begun(&mut self) {
        if self.whole {
            self.restrictions.drain(..self.older as usize);
            self.from = self.begun;
        } else {
            self.whole = true;
            self.from = self.entries;
        }
        self.bytes = self.restrictions.iter().map(|r| encode(r).len()).sum();
        self.older = u32::try_from(self.restrictions.len()).unwrap_or(u32::MAX);
        self.begun = self.entries;
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
    /// The restrictions that it knows of.
    pub(crate) since: SinceBackup,
}

/// The text of an anchor.
pub(crate) fn anchor_text(room: RoomId, sealed: &[u8], checkpoint: &SignedCheckpoint) -> String {
    let sealed = BASE64.encode(sealed);
    format!("{FIRST_LINE}\n{ROOM}{room}\n{RESTRICTIONS}{sealed}\n\n{checkpoint}")
}

/// Reads an anchor of this room. Whether the room contains its head is for the caller to see.
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
    let head = SignedCheckpoint::from_bytes(note.as_bytes())?.verify(keys)?;
    let since = store
        .uncover(kinds::anchor(), &sealed)
        .map_err(|_| AnchorError::NotSealedHere)?;
    let since = decode(since.expose()).map_err(|_| AnchorError::NotSealedHere)?;
    Ok(Anchor { head, since })
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
    /// Its head is not signed by this room's log.
    #[error("the head in it is not this room's: {0}")]
    Head(#[from] VerifyError),
    /// The restrictions in it do not open.
    #[error("the restrictions in it were not sealed under this room's house key, or were altered")]
    NotSealedHere,
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

    fn signed(room: RoomId) -> (LogPublicKeys, SignedCheckpoint) {
        let mut signer = log_signer(room, &[7; 64], None).unwrap();
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
        let (keys, checkpoint) = signed(room);
        let text = anchor_text(room, &since.sealed(&own, &mut dice()), &checkpoint);
        let read = read_anchor(text.as_bytes(), room, &keys, &own).unwrap();
        assert_eq!(read.since, since);
        assert_eq!(
            (since.entries, since.restrictions.len(), since.whole),
            (2, 1, true)
        );
        assert_eq!(read.head.head().size().get(), 1);

        let refused = |text: &str, room, keys: &LogPublicKeys, store: &Store| {
            read_anchor(text.as_bytes(), room, keys, store).unwrap_err()
        };
        let other = RoomId::random(&mut Stream::from_seed([6; 32]));
        assert_eq!(refused(&text, other, &keys, &own), AnchorError::OtherRoom);
        let (foreign, _) = signed(other);
        assert!(matches!(
            refused(&text, room, &foreign, &own),
            AnchorError::Head(_)
        ));
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
    fn a_list_that_grew_too_long_says_that_it_is_not_whole() {
        let mut since = SinceBackup::default();
        let large = restricted(50_000);
        while since.whole {
            assert!(since.note(&large));
        }
        assert!(since.restrictions.is_empty());
        assert!(!since.note(&large), "it does not begin anew by itself");
    }
}
