//! A folder in memory that remembers what was not yet synced.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Fault;
use super::folder_state::{FolderOp, FolderState};
use super::machine::{Device, Hanging, Sync, sync_failed};
use super::recording::Op;
use crate::folder::{Files, Listed};

/// A folder on a disk in memory, for what goes through [`Files`]. Clones are the same folder.
#[derive(Clone)]
pub struct FaultFolder {
    device: Arc<Device>,
    name: Arc<str>,
    state: Arc<Mutex<FolderState>>,
    limit: Arc<Mutex<Option<usize>>>,
}

impl FaultFolder {
    pub(super) fn of(device: Arc<Device>, name: &str, state: FolderState) -> Self {
        Self {
            device,
            name: name.into(),
            state: Arc::new(Mutex::new(state)),
            limit: Arc::default(),
        }
    }

    /// All files that readers see at present, by path.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().files()
    }

    /// Puts a file there behind everyone's back, durably, and folders that it needs; no operation.
    pub fn plant(&self, path: &str, bytes: &[u8]) {
        let mut state = self.lock();
        let folders = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
        let folders: Vec<String> = folders.collect();
        for folder in &folders {
            state.apply(&FolderOp::CreateFolder(folder.clone()));
        }
        let path = path.to_owned();
        state.apply(&FolderOp::Write(path.clone(), bytes.into()));
        state.apply(&FolderOp::SyncFile { path, number: 0 });
        for path in folders.into_iter().chain([String::new()]) {
            state.apply(&FolderOp::SyncFolder { path, number: 0 });
        }
    }

    /// Takes everything out behind everyone's back, durably; no operation.
    pub fn empty(&self) {
        *self.lock() = FolderState::default();
    }

    /// Lets the folder take at most this many bytes of files; `None` for as many as one likes.
    pub fn limit(&self, bytes: Option<usize>) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }

    /// From operation number `operation` of the machine on this folder fails with `fault`.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.device.fail_at(operation, fault);
    }

    /// This folder fails with `fault` from now on.
    pub fn fail_now(&self, fault: Fault) {
        self.device.fail_now(fault);
    }

    /// Ends the folder's faults and the machine's, and forgets those that were planned.
    pub fn heal(&self) {
        self.device.heal();
    }

    /// From now on every call waits, until what is returned is dropped. It is to be held in a variable made
    /// after whatever uses the device, which cannot end before.
    pub fn hang(&self) -> Hanging {
        self.device.hang()
    }

    /// From now on each sync takes so long.
    pub fn slow(&self, each_sync: Duration) {
        self.device.slow(each_sync);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, FolderState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, op: FolderOp) -> io::Result<()> {
        self.device.pass();
        let mut state = self.lock();
        self.device.change()?;
        state.check(&op)?;
        state.apply(&op);
        self.device.record(|| Op::Folder(op));
        Ok(())
    }

    fn sync(&self, done: impl FnOnce(u64) -> FolderOp, fails: Option<FolderOp>) -> io::Result<()> {
        self.device.pass_sync();
        let mut state = self.lock();
        let (op, result) = match self.device.sync()? {
            Sync::DoesNothing => return Ok(()),
            Sync::Done { number } => (Some(done(number)), Ok(())),
            Sync::Fails => (fails, Err(sync_failed())),
        };
        if let Some(op) = op {
            state.check(&op)?;
            state.apply(&op);
            self.device.record(|| Op::Folder(op));
        }
        result
    }

    /// Refuses a file for which there is no room.
    fn check_room(&self, bytes: usize) -> io::Result<()> {
        let limit = *self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(limit) = limit else { return Ok(()) };
        let used: usize = self.lock().files().values().map(Vec::len).sum();
        if used + bytes > limit {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl Files for FaultFolder {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn attach(&self) -> io::Result<()> {
        self.device.pass();
        self.device.look()
    }

    fn create_folder(&self, path: &str) -> io::Result<()> {
        self.change(FolderOp::CreateFolder(path.to_owned()))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.device.pass();
        self.check_room(bytes.len())?;
        self.change(FolderOp::Write(path.to_owned(), bytes.into()))?;
        let path = path.to_owned();
        let forgotten = FolderOp::ForgetFile(path.clone());
        self.sync(
            |number| FolderOp::SyncFile { path, number },
            Some(forgotten),
        )
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(FolderOp::Rename(from.to_owned(), to.to_owned()))
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        let path = path.to_owned();
        self.sync(|number| FolderOp::SyncFolder { path, number }, None)
    }

    fn read(&self, path: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        self.device.pass();
        let state = self.lock();
        self.device.look()?;
        match state.file(path) {
            Ok(bytes) => Ok(Some(bytes[..bytes.len().min(max)].to_vec())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.change(FolderOp::Remove(path.to_owned()))
    }

    fn list(&self, path: &str) -> io::Result<Option<Vec<Listed>>> {
        self.device.pass();
        let state = self.lock();
        self.device.look()?;
        match state.names(path) {
            Ok(names) => Ok(Some(
                names
                    .into_iter()
                    .map(|(name, is_folder)| Listed { name, is_folder })
                    .collect(),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl std::fmt::Debug for FaultFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultFolder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Loss, Machine};
    use std::collections::BTreeSet;

    fn after(machine: &Machine, loss: Loss) -> BTreeMap<String, Vec<u8>> {
        machine.after_crash(loss).folder("folder").files()
    }

    #[test]
    fn names_and_bytes_are_durable_apart() {
        let machine = Machine::new();
        let folder = machine.folder("folder");
        folder.write("a", b"bytes").unwrap();
        assert!(after(&machine, Loss::All).is_empty(), "its name is not");
        assert_eq!(after(&machine, Loss::Nothing)["a"], b"bytes");
        folder.rename("a", "b").unwrap();
        folder.sync_folder("").unwrap();
        assert_eq!(after(&machine, Loss::All)["b"], b"bytes");
        folder.create_folder("f").unwrap();
        folder.write("f/c", b"more").unwrap();
        folder.sync_folder("f").unwrap();
        assert_eq!(after(&machine, Loss::All).len(), 1, "its folder is not");
        folder.remove("b").unwrap();
        folder.sync_folder("").unwrap();
        let left = after(&machine, Loss::All);
        assert_eq!(left.into_keys().collect::<Vec<_>>(), ["f/c"]);
    }

    #[test]
    fn an_unsynced_rename_keeps_either_name_both_or_none() {
        let machine = Machine::new();
        let folder = machine.folder("folder");
        folder.create_folder("f").unwrap();
        folder.write("a", b"bytes").unwrap();
        folder.sync_folder("").unwrap();
        folder.rename("a", "f/b").unwrap();
        let seen: BTreeSet<Vec<String>> = (0..200)
            .map(|seed| after(&machine, Loss::Drawn(seed)).into_keys().collect())
            .collect();
        assert_eq!(seen.len(), 4, "{seen:?}");
    }

    #[test]
    fn a_lost_sync_of_a_file_tears_it() {
        let machine = Machine::new();
        let folder = machine.folder("folder");
        machine.lose_sync(0);
        folder.write("a", &[1; 2000]).unwrap();
        folder.sync_folder("").unwrap();
        assert!(after(&machine, Loss::All)["a"].is_empty());
        let torn: BTreeSet<Vec<u8>> = (0..200)
            .map(|seed| after(&machine, Loss::Drawn(seed))["a"].clone())
            .collect();
        assert!(torn.len() > 10 && torn.contains([1; 2000].as_slice()));
    }

    #[test]
    fn it_refuses_what_a_file_system_refuses() {
        let machine = Machine::new();
        let folder = machine.folder("folder");
        folder.write("file", b"1").unwrap();
        folder.create_folder("folder").unwrap();
        folder.write("folder/file", b"2").unwrap();
        assert!(folder.write("folder", b"3").is_err());
        assert!(folder.write("no/file", b"3").is_err());
        assert!(folder.create_folder("file").is_err());
        assert!(folder.create_folder("file/inner").is_err());
        assert!(folder.rename("no", "file").is_err());
        assert!(folder.rename("file", "folder").is_err());
        assert!(folder.remove("folder").is_err(), "it is not empty");
        assert!(folder.sync_folder("no").is_err());
        assert!(folder.read("folder", 9).is_err());
        assert_eq!(folder.read("no", 9).unwrap(), None);
        assert_eq!(folder.list("no").unwrap(), None);
        folder.remove("no").unwrap();
        assert_eq!(folder.files().len(), 2);
    }

    #[test]
    fn a_replay_leaves_what_the_run_left() {
        let machine = Machine::recording();
        let folder = machine.folder("folder");
        let mut images = Vec::new();
        let mut note = || images.push((machine.operations(), after(&machine, Loss::Drawn(5))));
        for n in 0..4 {
            note();
            folder.write("new", &[n; 700]).unwrap();
            note();
            folder.rename("new", "file").unwrap();
            note();
            folder.sync_folder("").unwrap();
        }
        let recording = machine.recorded();
        assert_eq!((recording.operations(), recording.syncs()), (16, 8));
        let mut replay = recording.replay();
        for (operation, left) in images {
            replay.to(operation);
            assert_eq!(after_replay(&replay), left);
        }
        fn after_replay(replay: &crate::testing::Replay<'_>) -> BTreeMap<String, Vec<u8>> {
            replay.crash(Loss::Drawn(5)).folder("folder").files()
        }
    }
}
