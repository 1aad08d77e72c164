//! Bringing an atom's key pair into being: its private half is sealed to those who hold it, and split among
//! the key holders. Whoever calls wipes it after, by dropping it.

use strongroom_record::event::AtomBorn;
use strongroom_record::{EventId, PersonId, RoomId, encode};
use strongroom_seal::{AtomPrivate, AtomPublic, DealError, KemPublic, KeyHolderCard, deal};

use crate::command::Command;
use crate::kinds;
use crate::people::seal_holding;

/// Puts the rows of a key pair: a holding for each holder, a share for each key holder. Gives what its event,
/// whose id was drawn before, is to say.
///
/// # Errors
/// The cards do not make a quorum.
///
/// # Panics
/// If a holder's keys are of another suite than the atom: the room admits no such person.
pub(crate) fn bring_forth(
    command: &mut Command<'_>,
    room: RoomId,
    (public, private): (&AtomPublic, &AtomPrivate),
    holders: &[(PersonId, &KemPublic)],
    event: EventId,
    (cards, quorum): (&[KeyHolderCard], u8),
) -> Result<AtomBorn, DealError> {
    let holdings = holders
        .iter()
        .map(|holder| {
            let made = seal_holding(command, room, private, *holder, event)
                .expect("persons and atoms are of one suite");
            (holder.0, made.holding)
        })
        .collect();
    let needed = usize::from(quorum);
    let shares = deal(room, private, needed, cards, &mut command.dice)?;
    for share in &shares {
        command.put_row(kinds::share(share.facts.id), share);
    }
    Ok(AtomBorn {
        public: encode(public).into(),
        holdings,
        shares: shares
            .iter()
            .map(|share| (share.facts.id, encode(&share.facts.digest).into()))
            .collect(),
    })
}
