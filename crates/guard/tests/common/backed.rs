//! A room that is backed up and restored, with an anchor and three key holders.
#![allow(
    dead_code,
    reason = "each test file uses what it needs of the backed-up room"
)]

use std::cell::RefCell;
use std::ops::ControlFlow;

use strongroom_guard::api::*;
use strongroom_guard::{
    Approval, Chain, ChainError, Gather, Gathering, Guard, OpenError, Outside, Peer, Refusal,
    RestoreError, RestoredRoom, lost_by, restore,
};
use strongroom_record::keeping::Lost;
use strongroom_record::recovery::Asked;
use strongroom_record::{Entropy, SeededEntropy, encode};
use strongroom_seal::{
    BackupHeader, BackupKey, KeyHolder, SealedBackup, ShareAnswer, Suite, SuiteFloor,
};
use strongroom_vault::Vault;
use strongroom_vault::folder::HeadFile;
use strongroom_vault::testing::FaultDisk;

use super::common::{PEER, World, house_key};
use super::files::FakeFiles;
use super::small;

pub(crate) const ANCHOR: &str = "anchor";
pub(crate) const OWN: Peer = PEER;
pub(crate) const FLOOR: SuiteFloor = SuiteFloor::at(Suite::Mock);
pub(crate) const EVERYBODY: [&str; 3] = ["chief", "alice", "clerk"];

/// A room with three key holders, of whom two are needed, and an anchor elsewhere.
pub(crate) struct Room {
    pub(crate) world: World,
    pub(crate) anchor: FakeFiles,
    pub(crate) holders: Vec<KeyHolder>,
    pub(crate) records: Vec<String>,
    /// Where the slot file lies of what was restored last.
    pub(crate) restored_slots: RefCell<Option<FaultDisk>>,
}

pub(crate) fn room(seed: u64) -> Room {
    founded(seed, false)
}

/// The same with a slot file.
pub(crate) fn slotted(seed: u64) -> Room {
    founded(seed, true)
}

fn founded(seed: u64, slotted: bool) -> Room {
    let mut dice = SeededEntropy::new(seed).stream(b"holders");
    let names = ["ada", "bo", "cyd"];
    let holders = names.map(|n| KeyHolder::random(Suite::Mock, n, &mut dice).unwrap());
    let cards = holders.iter().map(KeyHolder::card).collect();
    let mut world = World::with_key_holders(seed, Suite::Mock, small::policy(), cards, 2);
    world.add_person("alice", &["reader"], "at-most Secret");
    world.add_person("clerk", &["records-officer", "reader"], "Open");
    let mut room = Room {
        world,
        anchor: FakeFiles::default(),
        holders: holders.into(),
        records: Vec::new(),
        restored_slots: RefCell::default(),
    };
    if slotted {
        room.world.slots = Some(FaultDisk::new());
    }
    room.reopen();
    for n in 0..4 {
        room.file(n, if n < 2 { "chief" } else { "clerk" });
    }
    let id = room.records[0].clone();
    room.world.restrict("chief", &id, "Top Secret", &[]);
    let id = room.records[1].clone();
    let _ = room.world.read("chief", &id);
    room.world.restrict("chief", &id, "Top Secret", &["1"]);
    room
}

impl Room {
    /// Opens the room with its anchor.
    pub(crate) fn reopen(&mut self) {
        self.try_reopen().unwrap();
    }
    pub(crate) fn try_reopen(&mut self) -> Result<(), OpenError> {
        if let Some(guard) = self.world.guard.take() {
            guard.shut().unwrap();
        }
        let vault = self.world.vault();
        let house = house_key(&self.world.house, self.world.env.floor);
        let outside = Outside {
            folder: None,
            anchor: Some(HeadFile::over(self.anchor.clone(), ANCHOR)),
            witnesses: None,
            disclosures: None,
        };
        let guard = Guard::open_with(vault, house, self.world.env.clone(), outside)?;
        self.world.guard = Some(guard);
        for name in EVERYBODY {
            self.world.sign_in(name);
        }
        Ok(())
    }
    /// What the anchor says when the room has shut.
    pub(crate) fn anchored(&mut self) -> Vec<u8> {
        self.reopen();
        self.world.guard.take().unwrap().shut().unwrap();
        let anchor = self.anchor.all()[ANCHOR].clone();
        self.reopen();
        anchor
    }

    pub(crate) fn restore_anchored(
        &self,
        backups: &[&[u8]],
        anchor: &[u8],
    ) -> Result<(FaultDisk, RestoredRoom), RestoreError> {
        let chain = chain(backups).unwrap();
        let lost = lost_by(&chain, anchor)?;
        let (keys, approval) = self.given(&chain, &[0, 2], lost).unwrap();
        let approval = approval.with_anchor(anchor.to_vec());
        self.restore_with(backups, keys, Some(&approval))
    }

    pub(crate) fn file(&mut self, n: u64, filer: &str) {
        let text = format!("Note {n}\n\nThe first thing of {n}.\n\nThe second thing of {n}.\n");
        let filed = self.world.file_text(filer, &text, "Secret", n);
        self.records.push(filed.records[0].record.clone());
    }

    pub(crate) fn try_backup(&self, base: Option<&[u8]>) -> Result<Vec<u8>, Refusal> {
        let base = base.map(|bytes| header(bytes).backup().to_string());
        let mut out = Vec::new();
        self.world
            .guard()
            .backup(PEER, OWN, &BackupAsk { base }, &mut out)
            .map(|()| out)
    }
    pub(crate) fn backup(&self, base: Option<&[u8]>) -> Vec<u8> {
        self.try_backup(base).unwrap()
    }

    /// The keys of a chain, given by these holders for a restore; and their approval.
    pub(crate) fn given(
        &self,
        chain: &Chain,
        by: &[usize],
        lost: Lost,
    ) -> Option<(Vec<BackupKey>, Approval)> {
        let mut keys = Vec::new();
        let mut approval = None;
        for header in chain.headers() {
            let asked = chain.restoring(header.backup(), lost);
            let (key, of) = self.give(header, asked, by, lost)?;
            keys.push(key);
            approval = Some(of);
        }
        Some((keys, approval?))
    }

    pub(crate) fn give(
        &self,
        header: &BackupHeader,
        asked: Asked,
        by: &[usize],
        lost: Lost,
    ) -> Option<(BackupKey, Approval)> {
        let mut dice = SeededEntropy::new(3).stream(&encode(&header.backup()));
        let dealt = header.shares.clone();
        let mut gathering = Gathering::new(dealt, asked, "a backup", FLOOR, &mut dice);
        for at in by {
            let holder = &self.holders[*at];
            let request = gathering.request_for(holder.card().id()).unwrap();
            let answer: ShareAnswer = request.answer(FLOOR, holder, &mut dice).unwrap();
            gathering.take(answer).unwrap();
        }
        let request = gathering.request_for(self.holders[0].card().id()).unwrap();
        if !gathering.is_complete() {
            return None;
        }
        let gathered = gathering.finish().unwrap();
        let key = header.shares.recover(&gathered.shares).unwrap();
        Some((key, Approval::of(lost, request, &gathered.answers)))
    }

    pub(crate) fn restore(
        &self,
        backups: &[&[u8]],
        lost: Lost,
    ) -> Result<(FaultDisk, RestoredRoom), RestoreError> {
        let chain = chain(backups).unwrap();
        let (keys, approval) = self.given(&chain, &[0, 2], lost).unwrap();
        self.restore_with(backups, keys, Some(&approval))
    }

    pub(crate) fn restore_with(
        &self,
        backups: &[&[u8]],
        keys: Vec<BackupKey>,
        approval: Option<&Approval>,
    ) -> Result<(FaultDisk, RestoredRoom), RestoreError> {
        let chain = chain(backups).unwrap();
        let parts = backups
            .iter()
            .zip(keys)
            .map(|(bytes, key)| (sealed(bytes), key));
        let disk = FaultDisk::new();
        let vault = match &self.world.slots {
            None => Vault::with_backend(disk.clone()).unwrap(),
            Some(_) => {
                let slots = FaultDisk::new();
                self.restored_slots.replace(Some(slots.clone()));
                Vault::with_backends(disk.clone(), slots).unwrap()
            }
        };
        let mut go_on = |_| ControlFlow::Continue(());
        let env = &self.world.env;
        let restored = restore(vault, &chain, parts.collect(), approval, env, &mut go_on)?;
        Ok((disk, restored))
    }

    /// Goes on in a restored room.
    pub(crate) fn move_to(&mut self, disk: FaultDisk) {
        if let Some(slots) = self.restored_slots.take() {
            self.world.slots = Some(slots);
        }
        small::reopen_on(&mut self.world, disk).unwrap();
        for name in EVERYBODY {
            self.world.sign_in(name);
        }
    }
}

pub(crate) fn sealed(bytes: &[u8]) -> SealedBackup<&[u8]> {
    SealedBackup::read_header(bytes, FLOOR).unwrap()
}
pub(crate) fn header(bytes: &[u8]) -> BackupHeader {
    sealed(bytes).header().clone()
}
pub(crate) fn chain(backups: &[&[u8]]) -> Result<Chain, ChainError> {
    Chain::of(backups.iter().map(|bytes| header(bytes)).collect())
}
