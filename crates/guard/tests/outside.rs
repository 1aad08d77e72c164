//! The ledger folder and the anchor: published in step with the store, looked at before anybody is let in,
//! repaired where they were damaged, and a reason to close where they cannot be written or have seen more.

mod common;
#[path = "common/files.rs"]
mod files;

use std::time::{Duration, Instant};

use common::{World, house_key};
use files::FakeFiles;
use strongroom_guard::api::*;
use strongroom_guard::limits::OUTSIDE_SILENT_AFTER;
use strongroom_guard::{Behind, Code, Fault, Guard, Keeper, OpenError, Outside};
use strongroom_tlog::checkpoint::{Cosigner, LogPublicKeys, Origin, SignedCheckpoint, UnixSeconds};
use strongroom_tlog::entry::Entry;
use strongroom_tlog::policy::Policy;
use strongroom_tlog::tile::{TileKind, TilePath, cut_one, growth, read_bundle};
use strongroom_tlog::tree::{ConsistencyProof, ProvenHead, Tree, TreeHead, TreeSize};
use strongroom_tlog::witness::AddCheckpoint;
use strongroom_vault::Vault;
use strongroom_vault::folder::{HeadFile, LedgerFolder};
use strongroom_vault::testing::{FaultDisk, soon};

const ANCHOR: &str = "anchor";

/// A room with a folder and an anchor.
struct Stage {
    world: World,
    folder: FakeFiles,
    anchor: FakeFiles,
    policy: Option<Policy>,
}

impl Stage {
    fn new(seed: u64) -> Self {
        let mut stage = Self {
            world: World::mock(seed),
            folder: FakeFiles::default(),
            anchor: FakeFiles::default(),
            policy: None,
        };
        stage.reopen();
        stage
    }
    fn close(&mut self) {
        if let Some(guard) = self.world.guard.take() {
            guard.shut().unwrap();
        }
    }
    fn open(&mut self) -> Result<(), OpenError> {
        let world = &mut self.world;
        world.tokens.clear();
        let vault = Vault::with_backend(world.disk.clone()).unwrap();
        let house = house_key(&world.house, world.env.floor);
        let outside = Outside {
            folder: Some(LedgerFolder::over(self.folder.clone())),
            anchor: Some(HeadFile::over(self.anchor.clone(), ANCHOR)),
            witnesses: self.policy.clone(),
            disclosures: None,
        };
        world.guard = Some(Guard::open_with(vault, house, world.env.clone(), outside)?);
        Ok(())
    }
    fn reopen(&mut self) {
        self.close();
        self.open().unwrap();
        self.world.sign_in("chief");
        self.tick();
    }
    fn guard(&self) -> &Guard {
        self.world.guard()
    }
    fn tick(&self) {
        self.guard().tick();
    }
    fn because(&self) -> Option<String> {
        self.guard().status().because
    }
    /// Something that leaves an entry.
    fn act(&self) {
        let _ = self.world.list("chief");
    }
    /// The folder is whole: its checkpoint is signed by both keys, its bundles give the root, and each tile
    /// is there as the tree has it. Gives its size.
    fn check_folder(&self) -> u64 {
        check_folder(&self.folder, &self.guard().log_keys())
    }
    fn behind(&mut self, keeper: &Keeper) {
        let error = self.open().expect_err("an older copy is not opened");
        let OpenError::Fault(Fault::Behind(Behind {
            keeper: by,
            seen,
            entries,
        })) = &error
        else {
            panic!("{error}");
        };
        assert_eq!(by, keeper);
        assert!(entries < seen, "{error}");
    }
}

fn check_folder(folder: &FakeFiles, keys: &LogPublicKeys) -> u64 {
    let all = folder.all();
    let signed = SignedCheckpoint::from_bytes(&all["checkpoint"]).unwrap();
    let head = *signed.verify(keys).unwrap().head();
    let mut tree = Tree::new();
    let paths: Vec<TilePath> = growth(TreeSize::ZERO, head.size()).collect();
    let entries = |path: &TilePath| -> Vec<Entry> {
        read_bundle(&all[&path.to_string()], path.width()).unwrap()
    };
    for path in paths.iter().filter(|p| p.kind() == TileKind::Entries) {
        for entry in entries(path) {
            tree.append(entry.leaf_hash());
        }
    }
    assert_eq!(tree.head(), head);
    for path in paths.iter().filter(|p| p.kind() != TileKind::Entries) {
        assert_eq!(all[&path.to_string()], cut_one(&tree, path, &[]), "{path}");
    }
    head.size().get()
}

#[test]
fn the_ledger_is_published_in_step_and_nothing_is_written_for_nothing() {
    let mut stage = Stage::new(41);
    assert_eq!(stage.check_folder(), stage.guard().status().entries);
    // Over the edge of a bundle and of a tile.
    while stage.guard().status().entries < 600 {
        stage.act();
        if stage.guard().status().entries.is_multiple_of(37) {
            stage.tick();
            assert_eq!(stage.check_folder(), stage.guard().status().entries);
        }
    }
    stage.tick();
    let outside = stage.guard().status().outside.unwrap();
    assert_eq!(outside.folder, Some(stage.check_folder()));
    assert_eq!(outside.anchor, outside.folder);
    let (folder, anchor) = (stage.folder.writes(), stage.anchor.writes());
    for _ in 0..5 {
        stage.tick();
    }
    assert_eq!(
        (stage.folder.writes(), stage.anchor.writes()),
        (folder, anchor)
    );
    // Partial tiles that full ones replaced are gone.
    stage.reopen();
    stage.tick();
    let names = stage.folder.all();
    assert!(names.contains_key("tile/entries/000") && names.contains_key("tile/0/001"));
    assert!(
        !names
            .keys()
            .any(|name| name.starts_with("tile/entries/000.p/"))
    );
}

#[test]
fn a_receipt_is_given_under_a_head_that_is_outside() {
    let stage = Stage::new(42);
    stage.act();
    let receipts: Receipts = stage
        .world
        .get("chief", Request::Receipt(ReceiptQuery::default()));
    let id = receipts.receipts.last().unwrap().id.clone();
    let before = stage.check_folder();
    let ask = ReceiptQuery {
        id: Some(id),
        ..ReceiptQuery::default()
    };
    let shown: ReceiptShown = stage.world.get("chief", Request::Receipt(ask));
    assert!(before <= shown.log.index);
    let checkpoint = String::from_utf8(stage.folder.all()["checkpoint"].clone()).unwrap();
    assert!(shown.log.proof.ends_with(&checkpoint));
    assert!(stage.check_folder() > shown.log.index);
    let anchored = String::from_utf8(stage.anchor.all()[ANCHOR].clone()).unwrap();
    assert!(anchored.ends_with(&checkpoint));
}

#[test]
fn what_was_deleted_emptied_or_damaged_is_written_anew() {
    let mut stage = Stage::new(43);
    let whole = stage.folder.all();
    let spoils: [fn(&FakeFiles); 6] = [
        |folder| folder.forget(|_| false),
        |folder| folder.forget(|name| name != "checkpoint"),
        |folder| folder.forget(|name| !name.starts_with("tile/0")),
        |folder| folder.put("checkpoint", b"nonsense"),
        |folder| folder.put("checkpoint", &vec![b'x'; 1 << 20]),
        |folder| {
            for (name, mut bytes) in folder.all() {
                bytes[0] ^= 1;
                folder.put(&name, &bytes);
            }
        },
    ];
    for (n, spoil) in spoils.iter().enumerate() {
        spoil(&stage.folder);
        assert_ne!(stage.folder.all(), whole, "{n}");
        // While the room is open, in a few rounds of looking.
        for _ in 0..4 {
            stage.tick();
        }
        assert_eq!(stage.because(), None, "{n}");
        assert_eq!(stage.folder.all(), whole, "{n}");
    }
    // And with the room closed.
    for (n, spoil) in spoils.iter().enumerate() {
        stage.close();
        spoil(&stage.folder);
        stage.open().unwrap();
        stage.tick();
        assert_eq!(stage.because(), None, "{n}");
        stage.check_folder();
    }
    // That is told.
    let told = |stage: &Stage| stage.guard().status().outside.unwrap().written_anew;
    assert!(told(&stage).is_some());
    stage.reopen();
    assert_eq!(told(&stage), None, "nothing was found");
    // Somebody else's log is no reason to close: this room never said it.
    let other = Stage::new(44);
    for (name, bytes) in other.folder.all() {
        stage.folder.put(&name, &bytes);
    }
    stage.tick();
    assert_eq!(stage.because(), None);
    stage.check_folder();
}

#[test]
fn what_is_somebody_elses_when_the_room_opens_is_not_written_over() {
    let mut stage = Stage::new(54);
    let other = Stage::new(55);
    stage.close();
    let own = stage.folder.all();
    stage.folder.forget(|_| false);
    for (name, bytes) in other.folder.all() {
        stage.folder.put(&name, &bytes);
    }
    let left = stage.folder.all();
    let refused = stage.open().expect_err("another room's");
    let OpenError::Fault(fault @ Fault::NotTheFolder(_)) = &refused else {
        panic!("{refused}");
    };
    assert!(!fault.may_pass() && fault.remedy().is_some());
    assert_eq!(stage.folder.all(), left);
    stage.folder.forget(|_| false);
    stage.folder.put("letters.txt", b"dear");
    let refused = stage.open().expect_err("no ledger's");
    assert!(refused.to_string().contains("letters.txt"), "{refused}");
    stage.folder.forget(|_| false);
    stage.open().unwrap();
    stage.tick();
    let told = stage.guard().status().outside.unwrap().written_anew;
    assert!(told.unwrap().why.contains("missing or empty"));
    assert!(stage.folder.all().len() >= own.len());
}

#[test]
fn a_folder_or_anchor_that_cannot_be_written_closes_the_room_until_it_can() {
    let stage = Stage::new(45);
    for place in [&stage.folder, &stage.anchor] {
        stage.act();
        place.refuse(true);
        stage.tick();
        let because = stage.because().expect("it is closed");
        assert!(because.contains("fake: "), "{because}");
        let refused = stage.world.refused("chief", Request::WhoAmI);
        assert_eq!(refused.code, Code::Closed);
        assert!(refused.hint.unwrap().contains("by itself"));
        stage.tick();
        assert!(stage.because().is_some());
        place.refuse(false);
        stage.tick();
        assert_eq!(stage.because(), None);
        // Sessions outlast it.
        stage.act();
        stage.tick();
        assert_eq!(stage.check_folder(), stage.guard().status().entries);
    }
}

#[test]
fn a_room_that_opens_to_a_folder_it_cannot_write_lets_nobody_in_until_it_can() {
    let mut stage = Stage::new(46);
    stage.close();
    stage.folder.forget(|_| false);
    stage.folder.refuse(true);
    stage.open().unwrap();
    stage.tick();
    assert!(stage.because().is_some());
    stage.folder.refuse(false);
    stage.tick();
    assert_eq!(stage.because(), None);
    stage.check_folder();
}

#[test]
fn an_interruption_between_tiles_and_checkpoint_is_mended() {
    let mut stage = Stage::new(47);
    stage.act();
    stage.folder.refuse_name(Some("checkpoint"));
    stage.tick();
    assert!(stage.because().unwrap().contains("full"));
    // The machine stops here, and the disk is there again at the next start.
    let keys = stage.guard().log_keys();
    stage.world.guard = None;
    stage.folder.refuse_name(None);
    stage.folder.refuse(false);
    check_folder(&stage.folder, &keys);
    stage.reopen();
    assert_eq!(stage.check_folder(), stage.guard().status().entries);
}

#[test]
fn readers_do_not_wait_for_a_folder_that_hangs_and_the_room_says_that_it_does() {
    let stage = Stage::new(48);
    stage.act();
    stage.folder.hang(true);
    let began = Instant::now();
    soon(Duration::from_secs(2), || {
        stage.tick();
        stage.act();
    });
    assert_eq!(stage.because(), None, "it may only be slow");
    while stage.because().is_none() {
        assert!(began.elapsed() < OUTSIDE_SILENT_AFTER * 3);
        stage.tick();
    }
    assert!(stage.because().unwrap().contains("hangs"));
    stage.folder.hang(false);
    let began = Instant::now();
    while stage.because().is_some() {
        assert!(began.elapsed() < OUTSIDE_SILENT_AFTER);
        stage.tick();
    }
    stage.tick();
    assert_eq!(stage.check_folder(), stage.guard().status().entries);
}

#[test]
fn an_older_copy_of_the_store_is_found_by_the_folder_and_by_the_anchor() {
    let mut stage = Stage::new(49);
    stage.close();
    let (store, folder, anchor) = (
        stage.world.disk.image(),
        stage.folder.copy(),
        stage.anchor.copy(),
    );
    stage.reopen();
    stage.act();
    stage.close();
    let newest = stage.folder.copy();

    stage.world.disk = FaultDisk::from_image(store.clone());
    stage.behind(&Keeper::Anchor);
    stage.anchor.forget(|_| false);
    stage.behind(&Keeper::Folder);
    // Everything put back at once, the anchor too: nothing that this machine has can tell.
    stage.anchor = anchor.copy();
    stage.folder = folder.copy();
    stage.open().unwrap();
    stage.close();

    // While the room is open: the folder as it was before, put in the place of the copy's own.
    stage.world.disk = FaultDisk::from_image(store);
    stage.anchor = anchor;
    stage.folder = folder;
    stage.open().unwrap();
    stage.tick();
    for (name, bytes) in newest.all() {
        stage.folder.put(&name, &bytes);
    }
    stage.tick();
    assert!(
        stage.because().unwrap().contains("older copy"),
        "{:?}",
        stage.because()
    );
    stage.tick();
    assert!(stage.because().is_some(), "it does not reopen by itself");
}

#[test]
fn an_older_folder_or_anchor_is_brought_up_to_the_room() {
    let mut stage = Stage::new(50);
    let (folder, anchor) = (stage.folder.copy(), stage.anchor.copy());
    stage.act();
    stage.close();
    stage.folder = folder;
    stage.anchor = anchor;
    stage.reopen();
    assert_eq!(stage.check_folder(), stage.guard().status().entries);
    assert_eq!(
        stage.guard().status().outside.unwrap().anchor,
        Some(stage.check_folder())
    );
}

#[test]
fn what_is_not_this_rooms_anchor_is_not_written_over() {
    let mut stage = Stage::new(51);
    stage.close();
    let other = Stage::new(52);
    for bytes in [
        b"a letter to my aunt".to_vec(),
        Vec::new(),
        other.anchor.all()[ANCHOR].clone(),
    ] {
        stage.anchor.put(ANCHOR, &bytes);
        let error = stage.open().expect_err("it is not opened");
        assert!(
            matches!(error, OpenError::Fault(Fault::NotTheAnchor(_))),
            "{error}"
        );
        assert_eq!(stage.anchor.all()[ANCHOR], bytes);
    }
}

/// What a witness would answer to a request, if it had seen nothing yet.
fn cosigned(witness: &Cosigner, keys: &LogPublicKeys, request: &AddCheckpoint) -> String {
    let head = request.checkpoint().verify(keys).unwrap();
    // From the empty log nothing need be proved.
    let size = head.head().size();
    let proof = ConsistencyProof::from_parts(TreeSize::ZERO, size, Vec::new()).unwrap();
    let grown = ProvenHead::from_proof(&TreeHead::EMPTY, head.head(), &proof).unwrap();
    let at = UnixSeconds::new(1_800_000_000).unwrap();
    witness.cosign(head.origin(), &grown, at).unwrap()
}

#[test]
fn what_a_witness_says_counts_by_its_signatures_and_closes_by_the_logs_alone() {
    let mut stage = Stage::new(53);
    let witness = |n: u8| {
        let name = Origin::new(&format!("example.org/w{n}")).unwrap();
        Cosigner::from_seeds(name, &[n; 32], &[n + 100; 32]).unwrap()
    };
    let (one, two, stranger) = (witness(1), witness(2), witness(3));
    let line = |name: &str, key: &Cosigner| {
        let key = &key.keys()[1];
        format!("witness {name} {key} http://{name}.example\n")
    };
    let text = format!(
        "{}{}group both all one two\nquorum both\n",
        line("one", &one),
        line("two", &two)
    );
    stage.policy = Some(Policy::from_bytes(text.as_bytes()).unwrap());
    stage.reopen();
    let keys = stage.guard().log_keys();
    let urls = stage.guard().witness_urls();
    assert_eq!(urls, ["http://one.example", "http://two.example"]);
    let request = stage.guard().for_witness(0, None).unwrap();
    let asked = request.checkpoint();

    // Another's signatures, or of another checkpoint, are not taken.
    let foreign = cosigned(&stranger, &keys, &request);
    assert!(stage.guard().witnessed(0, asked, &foreign).is_err());
    stage.act();
    stage.tick();
    let newer = stage.guard().for_witness(0, None).unwrap();
    let of_newer = cosigned(&one, &keys, &newer);
    assert!(stage.guard().witnessed(0, asked, &of_newer).is_err());
    assert!(stage.guard().witnessed(0, asked, "nonsense").is_err());
    let shown = || stage.guard().status().outside.unwrap();
    assert_eq!(
        (shown().witnessed, shown().witnesses[0].entries),
        (None, None)
    );

    // The one is not enough; both are, and stand in folder and store.
    let entries = newer.checkpoint().claimed_size().get();
    stage
        .guard()
        .witnessed(0, newer.checkpoint(), &of_newer)
        .unwrap();
    assert_eq!(
        (shown().witnessed, shown().witnesses[0].entries),
        (None, Some(entries))
    );
    assert!(
        stage.guard().for_witness(0, None).is_none(),
        "it has vouched"
    );
    let lines = cosigned(&two, &keys, &newer);
    stage
        .guard()
        .witnessed(1, newer.checkpoint(), &lines)
        .unwrap();
    assert_eq!(shown().witnessed, Some(entries));
    stage.tick();
    let policy = stage.policy.clone().unwrap();
    let vouched = |bytes: &[u8]| {
        let signed = SignedCheckpoint::from_bytes(bytes).unwrap();
        policy.evaluate(&signed).quorum_vouches()
    };
    assert!(vouched(&stage.folder.all()["checkpoint"]));
    let status = stage.guard().status();
    assert!(vouched(status.checkpoint.as_bytes()));

    // Words close nothing: another log's head, one with a signature less, one that the ledger has.
    let other = Stage::new(54).guard().status().checkpoint;
    let stripped: Vec<&str> = status.checkpoint.lines().collect();
    let stripped = stripped[..5].join("\n") + "\n";
    for said in [other.as_str(), &stripped, "", status.checkpoint.as_str()] {
        assert!(stage.guard().witness_has_seen(0, said.as_bytes()).is_err());
    }
    stage
        .guard()
        .witness_trouble(0, "it cannot be reached".to_owned());
    assert_eq!(stage.because(), None);
    assert!(
        stage.guard().status().outside.unwrap().witnesses[0]
            .trouble
            .is_some()
    );

    // A head that this log signed and this copy lacks does.
    stage.close();
    let older = stage.world.disk.image();
    stage.reopen();
    stage.act();
    let seen = stage.guard().status().checkpoint;
    stage.close();
    stage.world.disk = FaultDisk::from_image(older);
    stage.folder.forget(|_| false);
    stage.anchor.forget(|_| false);
    stage.reopen();
    let folder = SignedCheckpoint::from_bytes(&stage.folder.all()["checkpoint"]).unwrap();
    assert!(folder.claimed_size().get() > 0);
    stage.guard().witness_has_seen(1, seen.as_bytes()).unwrap();
    let because = stage.because().unwrap();
    assert!(
        because.contains("the witness example.org/w2 has seen"),
        "{because}"
    );
    assert!(
        stage.guard().for_witness(0, None).is_none(),
        "a closed room asks nobody"
    );
}
