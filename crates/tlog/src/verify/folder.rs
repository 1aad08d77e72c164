//! A ledger folder, rehashed from its entries.

use super::heads::told;
use super::{Check, Report};
use crate::checkpoint::{Checkpoint, LogPublicKeys, MAX_NOTE_BYTES, SignedCheckpoint};
use crate::digest::DIGEST_LEN;
use crate::tile::{
    CHECKPOINT_PATH, LedgerFiles, MAX_BUNDLE_BYTES, MAX_TILE_BYTES, TILE_HEIGHT, TILE_WIDTH,
    TileKind, TilePath, growth, read_bundle,
};
use crate::tree::{Frontier, LeafHash, TreeHead, TreeSize};

/// A hash of a tile.
type Hash = [u8; DIGEST_LEN];

/// What came of checking a folder.
#[derive(Debug)]
pub struct FolderVerified {
    /// Line by line.
    pub report: Report,
    /// The folder's checkpoint, if the log signed it. Whether the entries are as
    /// it says is for the report.
    pub checkpoint: Option<(SignedCheckpoint, Checkpoint)>,
}

/// Checks a ledger folder: both signatures of its checkpoint, every entry rehashed
/// to every tile and to the root, and each of `earlier`, which is a beginning of
/// it or the log forked or went back.
///
/// A partial file that is gone may be replaced by the full one of its place.
#[must_use]
pub fn folder(
    files: &impl LedgerFiles,
    keys: &LogPublicKeys,
    earlier: &[Checkpoint],
) -> FolderVerified {
    let mut report = Report::default();
    let checkpoint = match newest(files, keys) {
        Ok(checkpoint) => checkpoint,
        Err(why) => {
            report.fails_at(Check::Checkpoint, CHECKPOINT_PATH, why);
            report.unsure(
                Check::Entries,
                "entries and tiles are not checked, since there is no checkpoint to check them \
                 against",
            );
            return FolderVerified {
                report,
                checkpoint: None,
            };
        }
    };
    report.holds(Check::Checkpoint, told(&checkpoint.1));
    let head = *checkpoint.1.head();
    let mut walk = Walk::new(files, head.size(), earlier, &mut report);
    walk.run();
    let (grown, seen) = (walk.frontier, walk.seen);
    let all_read = walk.entries == head.size().get();
    let sound = conclude(&mut report, &head, grown.as_ref(), all_read);
    for before in earlier {
        let there = seen.iter().find(|seen| seen.size() == before.head().size());
        compare(&mut report, before, &checkpoint.1, there.filter(|_| sound));
    }
    report.open(
        Check::Entries,
        "what the events say: an entry commits to an event without showing it; receipts show it",
    );
    report.open(
        Check::Elsewhere,
        "whether others were shown another ledger: heads kept elsewhere and witnesses tell",
    );
    FolderVerified {
        report,
        checkpoint: Some(checkpoint),
    }
}

/// Reads the folder's checkpoint and believes it.
fn newest(
    files: &impl LedgerFiles,
    keys: &LogPublicKeys,
) -> Result<(SignedCheckpoint, Checkpoint), String> {
    let bytes = read(files, CHECKPOINT_PATH, MAX_NOTE_BYTES)?.ok_or("it is missing")?;
    let signed = SignedCheckpoint::from_bytes(&bytes).map_err(|fault| fault.to_string())?;
    let believed = signed.verify(keys).map_err(|fault| fault.to_string())?;
    Ok((signed, believed))
}

/// Reads a file, and does not rely on the reader to keep to its bound.
fn read(files: &impl LedgerFiles, path: &str, max: usize) -> Result<Option<Vec<u8>>, String> {
    match files.read(path, max)? {
        Some(bytes) if bytes.len() > max => Err(format!("it is longer than {max} bytes")),
        other => Ok(other),
    }
}

/// One pass over the folder.
struct Walk<'a, F> {
    files: &'a F,
    size: TreeSize,
    report: &'a mut Report,
    /// The tree of the entries so far; `None` once leaves are missing.
    frontier: Option<Frontier>,
    /// The hashes of the tile that is being filled, for each level of tiles.
    rows: Vec<Vec<Hash>>,
    /// The sizes at which a head is wanted, the largest first.
    wanted: Vec<TreeSize>,
    /// The heads at those sizes.
    seen: Vec<TreeHead>,
    entries: u64,
    tiles: u64,
}

impl<'a, F: LedgerFiles> Walk<'a, F> {
    fn new(files: &'a F, size: TreeSize, earlier: &[Checkpoint], report: &'a mut Report) -> Self {
        let mut wanted: Vec<_> = earlier
            .iter()
            .map(|before| before.head().size())
            .filter(|before| *before <= size)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.reverse();
        Self {
            files,
            size,
            report,
            frontier: Some(Frontier::new()),
            rows: Vec::new(),
            wanted,
            seen: Vec::new(),
            entries: 0,
            tiles: 0,
        }
    }

    fn run(&mut self) {
        self.see();
        // The bundles come first among the files of a log; the tiles are met on the way.
        let bundles = growth(TreeSize::ZERO, self.size);
        for path in bundles.take_while(|path| path.kind() == TileKind::Entries) {
            self.bundle(&path);
            if self.report.is_full() {
                self.frontier = None;
                self.report.unsure(
                    Check::Entries,
                    format!("what comes after {path} was not looked at: too much failed before"),
                );
                return;
            }
        }
        self.partial_tiles();
        if self.entries == self.size.get() {
            self.report.holds(
                Check::Entries,
                format!("{} entries are there and well-formed", self.entries),
            );
        }
        let expected = growth(TreeSize::ZERO, self.size)
            .filter(|path| path.kind() != TileKind::Entries)
            .count() as u64;
        if self.tiles == expected {
            self.report.holds(
                Check::Tiles,
                format!("{} tiles are what the entries give", self.tiles),
            );
        }
    }

    /// Checks a bundle and the tile of its leaves, and appends them to the tree.
    fn bundle(&mut self, path: &TilePath) {
        let leaves = self.leaves(path);
        let tile = TilePath::new(TileKind::Hashes { level: 0 }, path.index(), path.width())
            .expect("a bundle and its tile have one place");
        let leaves = match leaves {
            Ok(leaves) => {
                self.entries += leaves.len() as u64;
                self.compare(&tile, &leaves);
                Some(leaves)
            }
            // Without the entries, their hashes still lead on to the root.
            Err(why) => {
                self.report.fails_at(Check::Entries, path, why);
                match self.tile(&tile) {
                    Ok(leaves) => Some(leaves),
                    Err(why) => {
                        self.report.fails_at(Check::Tiles, tile, why);
                        None
                    }
                }
            }
        };
        match leaves {
            Some(leaves) => leaves.iter().for_each(|leaf| self.append(*leaf)),
            None => self.frontier = None,
        }
    }

    /// The leaf hashes of a bundle.
    fn leaves(&self, path: &TilePath) -> Result<Vec<Hash>, String> {
        let width = path.width();
        let (bytes, stored) = self.stored(path, MAX_BUNDLE_BYTES)?;
        let entries = read_bundle(&bytes, stored).map_err(|fault| fault.to_string())?;
        let entries = entries.iter().take(width.into());
        Ok(entries.map(|entry| *entry.leaf_hash().as_bytes()).collect())
    }

    /// The hashes of a tile as it is stored.
    fn tile(&self, path: &TilePath) -> Result<Vec<Hash>, String> {
        let (bytes, stored) = self.stored(path, MAX_TILE_BYTES)?;
        match bytes.as_chunks() {
            (hashes, []) if hashes.len() == usize::from(stored) => {
                Ok(hashes[..path.width().into()].to_vec())
            }
            _ => Err(format!(
                "it is {} bytes long instead of {}: it was cut or lengthened",
                bytes.len(),
                usize::from(stored) * DIGEST_LEN
            )),
        }
    }

    /// A file's bytes and width: of a partial one that is gone, the full one's.
    fn stored(&self, path: &TilePath, max: usize) -> Result<(Vec<u8>, u16), String> {
        if let Some(bytes) = read(self.files, &path.to_string(), max)? {
            return Ok((bytes, path.width()));
        }
        if !path.is_full()
            && let Some(bytes) = read(self.files, &path.full().to_string(), max)?
        {
            return Ok((bytes, TILE_WIDTH));
        }
        Err("it is missing".to_owned())
    }

    /// Compares a tile as it is stored with what the entries give.
    fn compare(&mut self, path: &TilePath, given: &[Hash]) {
        match self.tile(path) {
            Ok(stored) if stored == given => self.tiles += 1,
            Ok(stored) => {
                let place = stored.iter().zip(given).position(|(a, b)| a != b);
                let place = place.expect("two tiles of one width differ somewhere");
                self.report.fails_at(
                    Check::Tiles,
                    path,
                    format!(
                        "its hash {place} is not what the entries give: this tile or an entry \
                         under it was altered"
                    ),
                );
            }
            Err(why) => self.report.fails_at(Check::Tiles, path, why),
        }
    }

    /// Appends a leaf, and compares each tile above that this fills.
    fn append(&mut self, leaf: Hash) {
        let Some(frontier) = &mut self.frontier else {
            return;
        };
        let (rows, mut level) = (&mut self.rows, 0_u8);
        frontier.append_each(LeafHash::from_bytes(leaf), |node| {
            let row = usize::from(level / TILE_HEIGHT);
            if level.is_multiple_of(TILE_HEIGHT) {
                if rows.len() == row {
                    rows.push(Vec::with_capacity(TILE_WIDTH.into()));
                }
                rows[row].push(node.0);
            }
            level += 1;
        });
        let size = frontier.size().get();
        for row in 0..self.rows.len() {
            if self.rows[row].len() < usize::from(TILE_WIDTH) {
                break;
            }
            let full = std::mem::take(&mut self.rows[row]);
            // The tiles of the leaves were compared with their bundles.
            if row > 0 {
                self.compare(&tile_at(row, size, TILE_WIDTH), &full);
            }
        }
        self.see();
    }

    /// Compares the last tile of each level above the leaves, if it is not full.
    fn partial_tiles(&mut self) {
        if self.frontier.is_none() {
            self.report.unsure(
                Check::Tiles,
                "tiles above the leaves are not checked, since leaves are missing",
            );
            return;
        }
        for (row, hashes) in std::mem::take(&mut self.rows)
            .into_iter()
            .enumerate()
            .skip(1)
        {
            if let Ok(width) = u16::try_from(hashes.len())
                && width > 0
            {
                self.compare(&tile_at(row, self.size.get(), width), &hashes);
            }
        }
    }

    /// Keeps the head if one is wanted at this size.
    fn see(&mut self) {
        if let Some(frontier) = &self.frontier
            && self.wanted.last() == Some(&frontier.size())
        {
            self.wanted.pop();
            self.seen.push(frontier.head());
        }
    }
}

/// The last tile of a level when the log has so many entries.
fn tile_at(row: usize, size: u64, width: u16) -> TilePath {
    let level = u8::try_from(row).expect("a tree has few levels");
    let places = size >> (u32::from(level) * u32::from(TILE_HEIGHT));
    let index = (places - u64::from(width)) / u64::from(TILE_WIDTH);
    TilePath::new(TileKind::Hashes { level }, index, width).expect("a tile of a tree")
}

/// Compares what the entries give with what was signed, and says whether it is that. Where entries
/// were not read, the hashes of their tiles stood in for them, and the entries are not said to give it.
fn conclude(
    report: &mut Report,
    signed: &TreeHead,
    grown: Option<&Frontier>,
    all_read: bool,
) -> bool {
    let grown = grown.map(Frontier::head);
    match grown {
        None => report.unsure(
            Check::Root,
            "the root is not checked, since leaves are missing",
        ),
        Some(grown) if grown == *signed && all_read => {
            report.holds(Check::Root, "the entries give the root that the log signed");
        }
        Some(grown) if grown == *signed => report.unsure(
            Check::Root,
            "the tiles lead to the root that the log signed; whether the entries do is not known, \
             since not all of them could be read",
        ),
        Some(_) => report.fails(
            Check::Root,
            "the entries do not give the root that the log signed: an entry was altered, \
             dropped or moved",
        ),
    }
    grown == Some(*signed)
}

/// Compares a head seen before with the tree of the entries at its size.
fn compare(report: &mut Report, before: &Checkpoint, now: &Checkpoint, there: Option<&TreeHead>) {
    let (size, ends) = (before.head().size(), now.head().size());
    if size < ends && before.time() > now.time() {
        report.fails(
            Check::Consistency,
            format!(
                "rewind: the log signed {size} entries after it had signed {ends}. Keep both \
                 checkpoints: they prove it"
            ),
        );
    }
    if size > ends {
        report.fails(
            Check::Consistency,
            format!(
                "rewind: a head of {size} entries was seen before, and this ledger ends at {ends}: \
                 it is an older copy, or entries were taken away"
            ),
        );
        return;
    }
    match there {
        None => report.unsure(
            Check::Consistency,
            format!(
                "the head of {size} entries is not compared, since the entries do not give what \
                 the log signed"
            ),
        ),
        Some(there) if there == before.head() => report.holds(
            Check::Consistency,
            format!("the ledger begins with the head of {size} entries seen before"),
        ),
        Some(_) => report.fails(
            Check::Consistency,
            format!(
                "fork: the log signed another tree of {size} entries before than this ledger \
                 begins with. Keep that checkpoint and this folder: they prove it"
            ),
        ),
    }
}
