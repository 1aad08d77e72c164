//! Files beside a record in its history: which of them an opening gave out.
//!
//! Each is told to those who may see that file, and to nobody else: its original, an attachment, the recording. The
//! pieces of a recording that one person got one after the other are one row.

use strongroom_record::PortionId;
use strongroom_record::event::{Act, Holds, StoredEvent};

use crate::state::{Group, Person, RecordState, State};

/// What was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The slice of the original.
    Original,
    /// The n-th attachment of its version, counted from 1.
    Attachment(usize),
    /// These pieces of the recording, counted from 0.
    Recording {
        /// The first.
        first: usize,
        /// The last.
        last: usize,
    },
}

impl Given {
    /// The file that an opening gave out, with the version that it belongs to, if the asker may see it.
    pub(crate) fn by(
        state: &State,
        person: &Person,
        record: &RecordState,
        event: &StoredEvent,
    ) -> Option<(Self, Option<u32>)> {
        let Act::Opened {
            portions, original, ..
        } = &event.act
        else {
            return None;
        };
        let group = group_of(record, *portions.first()?)?;
        let sees = |g: &&Group| state.labels.admits(&person.bits, g.label);
        #[cfg(feature = "planted-leaks")]
        let sees = |g: &&Group| sees(g) || crate::planted::is(crate::planted::Leak::FilesInHistory);
        let of_version = |g: &&Group| g.version == group.version;
        let place = |holds, version: Option<u32>| {
            let all = record.groups.iter().filter(|g| g.holds == holds);
            let mut all = all.filter(|g| version.is_none_or(|v| g.version == v));
            all.position(|g| g.id == group.id)
        };
        match group.holds {
            Holds::Header | Holds::Text | Holds::Original if *original => {
                let mut slices = record.groups.iter().filter(of_version);
                let slice = slices.find(|g| g.holds == Holds::Original).filter(sees);
                slice.map(|_| (Self::Original, Some(group.version)))
            }
            Holds::Attachment if sees(&group) => {
                let n = place(Holds::Attachment, Some(group.version))? + 1;
                Some((Self::Attachment(n), Some(group.version)))
            }
            Holds::Recording if sees(&group) => {
                let first = place(Holds::Recording, None)?;
                Some((Self::Recording { first, last: first }, None))
            }
            _ => None,
        }
    }

    /// Takes in the piece of a recording that was given out next, if it follows those that were.
    pub(crate) fn follow(&mut self, next: Self) -> bool {
        match (self, next) {
            (Self::Recording { last, .. }, Self::Recording { first, .. }) if first == *last + 1 => {
                *last = first;
                true
            }
            _ => false,
        }
    }

    /// How it is called.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Original => "original".to_owned(),
            Self::Attachment(n) => format!("attachment {n}"),
            Self::Recording { .. } => "recording".to_owned(),
        }
    }

    /// Of a recording, the first piece and the last.
    pub(crate) const fn pieces(self) -> Option<(usize, usize)> {
        match self {
            Self::Recording { first, last } => Some((first, last)),
            Self::Original | Self::Attachment(_) => None,
        }
    }
}

fn group_of(record: &RecordState, portion: PortionId) -> Option<&Group> {
    let mut groups = record.groups.iter();
    groups.find(|g| g.portions.contains(&portion))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_follow_one_another_are_one_row() {
        let piece = |n| Given::Recording { first: n, last: n };
        let mut given = piece(0);
        assert!(given.follow(piece(1)) && given.follow(piece(2)));
        assert!(
            !given.follow(piece(2)) && !given.follow(piece(4)) && !given.follow(Given::Original)
        );
        assert_eq!(
            (given.word().as_str(), given.pieces()),
            ("recording", Some((0, 2)))
        );
        assert!(!Given::Attachment(1).follow(piece(0)));
    }
}
