//! How many connections there are, and of whom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_guard::Peer;

use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_USER_MAX};

/// The open connections by account of the machine.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<HashMap<Peer, usize>>>);

/// One connection, counted until it is dropped.
pub(crate) struct Counted {
    among: Connections,
    peer: Peer,
}

impl Connections {
    fn table(&self) -> MutexGuard<'_, HashMap<Peer, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more connection of a peer, unless there are too many.
    pub(crate) fn add(&self, peer: Peer) -> Option<Counted> {
        let mut table = self.table();
        let all: usize = table.values().sum();
        let own = table.get(&peer).copied().unwrap_or_default();
        if all >= CONNECTIONS_MAX || own >= CONNECTIONS_PER_USER_MAX {
            return None;
        }
        table.insert(peer, own + 1);
        Some(Counted {
            among: self.clone(),
            peer,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut table = self.among.table();
        if let Some(own) = table.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                table.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_does_not_take_all_places() {
        let connections = Connections::default();
        let mut open: Vec<_> = (0..CONNECTIONS_PER_USER_MAX)
            .map(|_| connections.add(Peer(1)).unwrap())
            .collect();
        assert!(connections.add(Peer(1)).is_none());
        assert!(connections.add(Peer(2)).is_some());
        open.pop();
        assert!(connections.add(Peer(1)).is_some());
    }

    #[test]
    fn all_together_have_a_limit_too() {
        let connections = Connections::default();
        let open: Vec<_> = (0..CONNECTIONS_MAX as u32)
            .map(|uid| connections.add(Peer(uid)).unwrap())
            .collect();
        assert!(connections.add(Peer(u32::MAX)).is_none());
        drop(open);
        assert!(connections.table().is_empty());
    }
}
