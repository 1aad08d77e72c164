//! A folder in memory whose disk can be made to refuse or to hang.
#![allow(dead_code, reason = "each test file uses what it needs of the folder")]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex};

use strongroom_vault::folder::{Files, Listed};

/// Clones are the same folder.
#[derive(Clone, Default)]
pub(crate) struct FakeFiles(Arc<(Mutex<Disk>, Condvar)>);

#[derive(Default)]
struct Disk {
    /// Nothing for a folder.
    there: BTreeMap<String, Option<Vec<u8>>>,
    refuses: bool,
    hangs: bool,
    /// Names after which nothing is written any more.
    refuses_name: Option<String>,
    writes: usize,
}

impl FakeFiles {
    fn disk<T>(&self, what: impl FnOnce(&mut Disk) -> T) -> T {
        what(&mut self.0.0.lock().unwrap())
    }
    /// What a folder is asked for waits here while it hangs.
    fn reach<T>(&self, what: impl FnOnce(&mut Disk) -> io::Result<T>) -> io::Result<T> {
        let mut disk = self.0.0.lock().unwrap();
        while disk.hangs {
            disk = self.0.1.wait(disk).unwrap();
        }
        what(&mut disk)
    }
    fn change(&self, what: impl FnOnce(&mut Disk)) -> io::Result<()> {
        self.reach(|disk| {
            if disk.refuses {
                return Err(io::ErrorKind::ReadOnlyFilesystem.into());
            }
            disk.writes += 1;
            what(disk);
            Ok(())
        })
    }

    pub(crate) fn refuse(&self, refuses: bool) {
        self.disk(|disk| disk.refuses = refuses);
    }
    /// From the moment on that a file would get this name nothing is written.
    pub(crate) fn refuse_name(&self, name: Option<&str>) {
        self.disk(|disk| disk.refuses_name = name.map(str::to_owned));
    }
    pub(crate) fn hang(&self, hangs: bool) {
        self.disk(|disk| disk.hangs = hangs);
        self.0.1.notify_all();
    }
    pub(crate) fn writes(&self) -> usize {
        self.disk(|disk| disk.writes)
    }
    pub(crate) fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.disk(|disk| {
            let files = disk.there.iter();
            files
                .filter_map(|(name, file)| Some((name.clone(), file.clone()?)))
                .collect()
        })
    }
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.disk(|disk| disk.there.insert(path.to_owned(), Some(bytes.to_vec())));
    }
    pub(crate) fn forget(&self, keep: impl Fn(&str) -> bool) {
        self.disk(|disk| disk.there.retain(|name, _| keep(name)));
    }
    /// Another folder that holds the same.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::default();
        let there = self.disk(|disk| disk.there.clone());
        copy.disk(|disk| disk.there = there);
        copy
    }
}

impl Files for FakeFiles {
    fn name(&self) -> String {
        "fake".to_owned()
    }
    fn attach(&self) -> io::Result<()> {
        self.reach(|_| Ok(()))
    }
    fn create_folder(&self, path: &str) -> io::Result<()> {
        self.change(|disk| {
            disk.there.entry(path.to_owned()).or_default();
        })
    }
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.change(|disk| {
            disk.there.insert(path.to_owned(), Some(bytes.to_vec()));
        })
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let refused = self.disk(|disk| {
            disk.refuses |= disk.refuses_name.as_deref() == Some(to);
            disk.refuses
        });
        if refused {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.change(|disk| {
            let file = disk.there.remove(from).expect("what is renamed is there");
            disk.there.insert(to.to_owned(), file);
        })
    }
    fn sync_folder(&self, _path: &str) -> io::Result<()> {
        self.change(|_| ())
    }
    fn read(&self, path: &str, max: usize) -> io::Result<Option<Vec<u8>>> {
        self.reach(|disk| {
            let file = disk.there.get(path).cloned().flatten();
            Ok(file.map(|bytes| bytes[..bytes.len().min(max)].to_vec()))
        })
    }
    fn remove(&self, path: &str) -> io::Result<()> {
        self.change(|disk| {
            disk.there.remove(path);
        })
    }
    fn list(&self, path: &str) -> io::Result<Option<Vec<Listed>>> {
        self.reach(|disk| {
            let below = match path {
                "" => String::new(),
                path => format!("{path}/"),
            };
            let mut found: BTreeMap<String, bool> = BTreeMap::new();
            for (name, file) in &disk.there {
                if let Some(rest) = name.strip_prefix(&below) {
                    let (own, deeper) = rest.split_once('/').map_or((rest, false), |p| (p.0, true));
                    let is_folder = deeper || file.is_none();
                    *found.entry(own.to_owned()).or_default() |= is_folder;
                }
            }
            let there = !found.is_empty() || disk.there.contains_key(path);
            let listed = found.into_iter();
            Ok(there.then(|| {
                listed
                    .map(|(name, is_folder)| Listed { name, is_folder })
                    .collect()
            }))
        })
    }
}
