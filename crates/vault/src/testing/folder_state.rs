//! What a folder in memory holds, and which of it is durable.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::Loss;
use super::draw::{Draw, SECTOR};

/// Something done in a folder.
#[derive(Clone)]
pub(super) enum FolderOp {
    CreateFolder(String),
    Write(String, Arc<[u8]>),
    SyncFile { path: String, number: u64 },
    ForgetFile(String),
    Rename(String, String),
    SyncFolder { path: String, number: u64 },
    Remove(String),
}

/// A folder and all below it. Node 0 is the folder itself.
#[derive(Clone)]
pub(super) struct FolderState {
    nodes: Vec<Node>,
}

#[derive(Clone)]
enum Node {
    File {
        bytes: Arc<[u8]>,
        synced: Synced,
    },
    Folder {
        seen: BTreeMap<String, usize>,
        durable: BTreeMap<String, usize>,
        /// What was done to the names since the last sync, in order.
        changes: Vec<(String, Option<usize>)>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Synced {
    Yes,
    NotYet,
    /// A sync has failed: a later one does not write it.
    Forgotten,
}

impl Node {
    fn empty_folder() -> Self {
        Self::Folder {
            seen: BTreeMap::new(),
            durable: BTreeMap::new(),
            changes: Vec::new(),
        }
    }
}

impl Default for FolderState {
    fn default() -> Self {
        Self {
            nodes: vec![Node::empty_folder()],
        }
    }
}

impl FolderState {
    /// Refuses what a file system would.
    pub(super) fn check(&self, op: &FolderOp) -> io::Result<()> {
        match op {
            FolderOp::CreateFolder(path) => match self.find(path).map(|at| &self.nodes[at]) {
                Some(Node::File { .. }) => Err(io::ErrorKind::AlreadyExists.into()),
                _ => self.folder_of(path).map(drop),
            },
            FolderOp::Write(path, _) => match self.find(path).map(|at| &self.nodes[at]) {
                Some(Node::Folder { .. }) => Err(io::ErrorKind::IsADirectory.into()),
                _ => self.folder_of(path).map(drop),
            },
            FolderOp::SyncFile { path, .. } | FolderOp::ForgetFile(path) => {
                self.file(path)?;
                Ok(())
            }
            FolderOp::Rename(from, to) => {
                self.file(from)?;
                match self.find(to).map(|at| &self.nodes[at]) {
                    Some(Node::Folder { .. }) => Err(io::ErrorKind::IsADirectory.into()),
                    _ => self.folder_of(to).map(drop),
                }
            }
            FolderOp::SyncFolder { path, .. } => match self.find(path).map(|at| &self.nodes[at]) {
                Some(Node::Folder { .. }) => Ok(()),
                Some(Node::File { .. }) => Err(io::ErrorKind::NotADirectory.into()),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            FolderOp::Remove(path) => match self.find(path).map(|at| &self.nodes[at]) {
                Some(Node::Folder { seen, .. }) if !seen.is_empty() => {
                    Err(io::ErrorKind::DirectoryNotEmpty.into())
                }
                _ => Ok(()),
            },
        }
    }

    /// Does what [`FolderState::check`] has passed.
    pub(super) fn apply(&mut self, op: &FolderOp) {
        match op {
            FolderOp::CreateFolder(path) => {
                if self.find(path).is_none() {
                    self.add(path, Node::empty_folder());
                }
            }
            FolderOp::Write(path, bytes) => {
                let node = Node::File {
                    bytes: bytes.clone(),
                    synced: Synced::NotYet,
                };
                self.add(path, node);
            }
            FolderOp::SyncFile { path, .. } => self.set_synced(path, Synced::Yes),
            FolderOp::ForgetFile(path) => self.set_synced(path, Synced::Forgotten),
            FolderOp::Rename(from, to) => {
                let node = self.find(from);
                self.set_name(from, None);
                self.set_name(to, node);
            }
            FolderOp::SyncFolder { path, .. } => {
                if let Some(Node::Folder {
                    seen,
                    durable,
                    changes,
                }) = self.find(path).map(|at| &mut self.nodes[at])
                {
                    durable.clone_from(seen);
                    changes.clear();
                }
            }
            FolderOp::Remove(path) => {
                if self.find(path).is_some() {
                    self.set_name(path, None);
                }
            }
        }
    }

    /// The bytes of a file.
    pub(super) fn file(&self, path: &str) -> io::Result<&[u8]> {
        match self.find(path).map(|at| &self.nodes[at]) {
            Some(Node::File { bytes, .. }) => Ok(bytes),
            Some(Node::Folder { .. }) => Err(io::ErrorKind::InvalidData.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The names in a folder, and whether each is a folder.
    pub(super) fn names(&self, path: &str) -> io::Result<Vec<(String, bool)>> {
        let seen = match self.find(path).map(|at| &self.nodes[at]) {
            Some(Node::Folder { seen, .. }) => seen,
            Some(Node::File { .. }) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        let is_folder = |at: &usize| matches!(self.nodes[*at], Node::Folder { .. });
        let names = seen.iter();
        Ok(names
            .map(|(name, at)| (name.clone(), is_folder(at)))
            .collect())
    }

    /// All files that are seen, by path.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![(String::new(), 0)];
        while let Some((path, at)) = folders.pop() {
            let Node::Folder { seen, .. } = &self.nodes[at] else {
                continue;
            };
            for (name, at) in seen {
                let path = match path.as_str() {
                    "" => name.clone(),
                    folder => format!("{folder}/{name}"),
                };
                match &self.nodes[*at] {
                    Node::File { bytes, .. } => drop(found.insert(path, bytes.to_vec())),
                    Node::Folder { .. } => folders.push((path, *at)),
                }
            }
        }
        found
    }

    /// What a crash would leave; all of it is durable then.
    pub(super) fn after_crash(&self, loss: Loss, device: usize) -> FolderState {
        let mut draw = Draw::of(loss, device);
        let mut after = FolderState::default();
        self.survive(0, 0, &mut after, &mut draw);
        after
    }

    fn survive(&self, from: usize, to: usize, after: &mut FolderState, draw: &mut Draw) {
        let Node::Folder {
            durable, changes, ..
        } = &self.nodes[from]
        else {
            return;
        };
        let mut names = durable.clone();
        for (name, node) in changes {
            if draw.keeps() {
                match node {
                    Some(node) => drop(names.insert(name.clone(), *node)),
                    None => drop(names.remove(name)),
                }
            }
        }
        let mut kept = BTreeMap::new();
        for (name, node) in names {
            let at = after.nodes.len();
            kept.insert(name, at);
            match &self.nodes[node] {
                Node::File { bytes, synced } => after.nodes.push(Node::File {
                    bytes: match synced {
                        Synced::Yes => bytes.clone(),
                        Synced::NotYet | Synced::Forgotten => torn(bytes, draw).into(),
                    },
                    synced: Synced::Yes,
                }),
                Node::Folder { .. } => {
                    after.nodes.push(Node::empty_folder());
                    self.survive(node, at, after, draw);
                }
            }
        }
        after.nodes[to] = Node::Folder {
            seen: kept.clone(),
            durable: kept,
            changes: Vec::new(),
        };
    }

    fn find(&self, path: &str) -> Option<usize> {
        let names = path.split('/').filter(|name| !name.is_empty());
        names
            .into_iter()
            .try_fold(0, |at, name| match &self.nodes[at] {
                Node::Folder { seen, .. } => seen.get(name).copied(),
                Node::File { .. } => None,
            })
    }

    fn folder_of(&self, path: &str) -> io::Result<usize> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match self.find(folder) {
            Some(at) if matches!(self.nodes[at], Node::Folder { .. }) => Ok(at),
            Some(_) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn add(&mut self, path: &str, node: Node) {
        self.nodes.push(node);
        self.set_name(path, Some(self.nodes.len() - 1));
    }

    fn set_name(&mut self, path: &str, node: Option<usize>) {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let Ok(folder) = self.folder_of(path) else {
            return;
        };
        if let Node::Folder { seen, changes, .. } = &mut self.nodes[folder] {
            match node {
                Some(node) => drop(seen.insert(name.clone(), node)),
                None => drop(seen.remove(&name)),
            }
            changes.push((name, node));
        }
    }

    fn set_synced(&mut self, path: &str, to: Synced) {
        if let Some(Node::File { synced, .. }) = self.find(path).map(|at| &mut self.nodes[at])
            && *synced == Synced::NotYet
        {
            *synced = to;
        }
    }
}

/// What is left of a file that was never synced: its length or none, and any of its sectors.
fn torn(bytes: &[u8], draw: &mut Draw) -> Vec<u8> {
    if !draw.keeps() {
        return Vec::new();
    }
    let mut left = vec![0; bytes.len()];
    for (left, sector) in left.chunks_mut(SECTOR).zip(bytes.chunks(SECTOR)) {
        if draw.keeps() {
            left.copy_from_slice(sector);
        }
    }
    left
}
