//! Backups: read whole and in order, or refused where the fault begins.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use strongroom_record::{BackupId, Stream};
use strongroom_seal::backup::{CHUNK_BYTES, HEADER_MAX_BYTES, RANGE_MAX_BYTES};
use strongroom_seal::{
    BackupError, BackupHeader, BackupKey, BackupShares, BackupWriter, KeyHolder, LedgerHead,
    SealedBackup, Suite, SuiteFloor,
};

use crate::laws;
use crate::recovery::holders;
use crate::world::World;

laws![
    what_was_written_is_read_whatever_its_length,
    holders_open_a_backup,
    a_cut_backup_shows_whole_chunks_only_and_says_where_it_ends,
    chunks_open_in_their_places_only,
    a_changed_header_is_refused,
    another_backups_key_is_refused,
    bytes_behind_the_end_are_refused,
    an_output_that_failed_is_not_written_to_again,
    a_suite_below_the_floor_is_refused,
];

/// Bytes before the header's own.
const CLEAR_BYTES: usize = 20 + 4;
/// A full chunk with its head and tag.
const WHOLE_CHUNK_BYTES: usize = 1 + 4 + CHUNK_BYTES + 16;

struct Made {
    bytes: Vec<u8>,
    key: BackupKey,
    /// Where the first chunk begins.
    body: usize,
}

fn header(world: &mut World, all: &[KeyHolder]) -> (BackupHeader, strongroom_seal::NewBackupKey) {
    let cards: Vec<_> = all.iter().map(KeyHolder::card).collect();
    let id = BackupId::random(&mut world.stream);
    let stream = &mut world.stream;
    let (shares, key) =
        BackupShares::of_backup(world.suite, world.room, id, 2, &cards, stream).unwrap();
    let header = BackupHeader {
        shares,
        base: None,
        head: LedgerHead {
            size: 7,
            root: [7; 32],
        },
        range: b"groups 1 to 9".to_vec().into(),
    };
    (header, key)
}

fn make(world: &mut World, content: &[u8]) -> Made {
    let all = holders(world, 2);
    let (header, key) = header(world, &all);
    let mut writer = BackupWriter::begin(Vec::new(), &header, key).unwrap();
    writer.write_all(content).unwrap();
    let (bytes, key) = writer.finish().unwrap();
    let mut len = [0; 4];
    len.copy_from_slice(&bytes[20..24]);
    let body = CLEAR_BYTES + u32::from_be_bytes(len) as usize;
    Made { bytes, key, body }
}

/// What the reader showed, and how it ended.
fn read(floor: SuiteFloor, key: &BackupKey, bytes: &[u8]) -> (Vec<u8>, Result<(), BackupError>) {
    let mut shown = Vec::new();
    let opened = SealedBackup::read_header(bytes, floor).and_then(|sealed| sealed.open(key));
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(e) => return (shown, Err(e)),
    };
    loop {
        match reader.next_chunk() {
            Ok(Some(content)) => shown.extend_from_slice(content),
            Ok(None) => return (shown, Ok(())),
            Err(e) => {
                assert!(matches!(reader.next_chunk(), Err(BackupError::Failed)));
                return (shown, Err(e));
            }
        }
    }
}

fn content(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Stream::from_seed([3; 32]).fill(&mut bytes);
    bytes
}

fn what_was_written_is_read_whatever_its_length(suite: Suite) {
    let mut world = World::new(suite);
    let full = CHUNK_BYTES;
    for len in [0, 1, full - 1, full, full + 1, 2 * full, 2 * full + 9] {
        let content = content(len);
        let made = make(&mut world, &content);
        let chunks = len.div_ceil(full).max(1);
        assert_eq!(made.bytes.len() - made.body, len + chunks * (1 + 4 + 16));
        let (shown, end) = read(world.floor, &made.key, &made.bytes);
        assert!(end.is_ok() && shown == content, "{len}");
        // The same through `Read`, in odd pieces.
        let sealed = SealedBackup::read_header(&made.bytes[..], world.floor).unwrap();
        assert_eq!(
            (sealed.header().room(), sealed.header().head.size),
            (world.room, 7)
        );
        let mut reader = sealed.open(&made.key).unwrap();
        let mut pieces = Vec::new();
        let mut piece = vec![0; 65_521];
        loop {
            match reader.read(&mut piece).unwrap() {
                0 => break,
                n => pieces.extend_from_slice(&piece[..n]),
            }
        }
        assert!(pieces == content, "{len}");
    }
}

fn holders_open_a_backup(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 3);
    let (header, key) = header(&mut world, &all);
    let mut writer = BackupWriter::begin(Vec::new(), &header, key).unwrap();
    writer.write_all(b"all that the room is").unwrap();
    let (bytes, _) = writer.finish().unwrap();
    let sealed = SealedBackup::read_header(&bytes[..], world.floor).unwrap();
    assert_eq!(*sealed.header(), header);
    let open = |n: usize| {
        let share = header.shares.share_of(all[n].card().id()).unwrap();
        share.open(world.floor, world.room, &all[n]).unwrap()
    };
    let key = header.shares.recover(&[open(0), open(2)]).unwrap();
    let (shown, end) = read(world.floor, &key, &bytes);
    assert!(end.is_ok());
    assert_eq!(shown, b"all that the room is");
}

fn a_cut_backup_shows_whole_chunks_only_and_says_where_it_ends(suite: Suite) {
    let mut world = World::new(suite);
    let content = content(2 * CHUNK_BYTES + 100);
    let made = make(&mut world, &content);
    let whole = WHOLE_CHUNK_BYTES;
    for (len, chunk) in [
        (0, 0),
        (3, 0),
        (5, 0),
        (whole - 1, 0),
        (whole, 1),
        (whole + 5, 1),
        (2 * whole, 2),
        (2 * whole + 104, 2),
        (2 * whole + 120, 2),
    ] {
        let (shown, end) = read(world.floor, &made.key, &made.bytes[..made.body + len]);
        assert!(
            matches!(end, Err(BackupError::Cut { chunk: c }) if c == chunk),
            "{len}"
        );
        assert!(shown == content[..chunk as usize * CHUNK_BYTES], "{len}");
    }
    for len in [20, 23, CLEAR_BYTES, made.body - 1] {
        let (_, end) = read(world.floor, &made.key, &made.bytes[..len]);
        assert!(matches!(end, Err(BackupError::HeaderCut)), "{len}");
    }
    for len in [0, 1, 19] {
        let (_, end) = read(world.floor, &made.key, &made.bytes[..len]);
        assert!(matches!(end, Err(BackupError::NoBackup)), "{len}");
    }
}

fn chunks_open_in_their_places_only(suite: Suite) {
    let mut world = World::new(suite);
    let content = content(3 * CHUNK_BYTES);
    let made = make(&mut world, &content);
    let other = make(&mut world, &content);
    let whole = WHOLE_CHUNK_BYTES;
    let chunk = |of: &Made, n: usize| of.bytes[of.body + n * whole..][..whole].to_vec();
    let head = &made.bytes[..made.body];
    let refused = |chunks: &[Vec<u8>], at: u64| {
        let bytes = [head, &chunks.concat()].concat();
        let (shown, end) = read(world.floor, &made.key, &bytes);
        assert!(
            matches!(end, Err(BackupError::Chunk { chunk }) if chunk == at),
            "{end:?}"
        );
        assert!(shown == content[..at as usize * CHUNK_BYTES]);
    };
    let [a, b, c] = [0, 1, 2].map(|n| chunk(&made, n));
    // Exchanged, doubled, left out.
    refused(&[b.clone(), a.clone(), c.clone()], 0);
    refused(&[a.clone(), a.clone(), b.clone(), c.clone()], 1);
    refused(&[a.clone(), c.clone()], 1);
    refused(&[b.clone(), c.clone()], 0);
    // From another backup of the same content, under a key that the same holders share.
    refused(&[a.clone(), chunk(&other, 1), c.clone()], 1);
    refused(&[a.clone(), b.clone(), chunk(&other, 2)], 2);
    // Made the last, or no more the last.
    let mut early = b.clone();
    early[0] = 1;
    refused(&[a.clone(), early], 1);
    let mut late = c.clone();
    late[0] = 0;
    refused(&[a.clone(), b.clone(), late, c.clone()], 2);
    // A bit of the content or the tag; and a length that is not the one that was sealed.
    for at in [5, 5 + CHUNK_BYTES / 2, whole - 1] {
        let mut flipped = b.clone();
        flipped[at] ^= 1;
        refused(&[a.clone(), flipped, c.clone()], 1);
    }
    let mut shorter = c.clone();
    shorter[1..5].copy_from_slice(&(CHUNK_BYTES as u32 - 1).to_be_bytes());
    shorter.pop();
    refused(&[a.clone(), b.clone(), shorter], 2);
    // Heads that no chunk has.
    for head_bytes in [
        [2, 0, 0, 0, 1],
        [0, 0, 0, 0, 1],
        [1, 0xff, 0xff, 0xff, 0xff],
    ] {
        let mut strange = b.clone();
        strange[..5].copy_from_slice(&head_bytes);
        let bytes = [head, &a, &strange, &c].concat();
        let (shown, end) = read(world.floor, &made.key, &bytes);
        assert!(matches!(end, Err(BackupError::ChunkHead { chunk: 1 })));
        assert_eq!(shown.len(), CHUNK_BYTES);
    }
}

fn a_changed_header_is_refused(suite: Suite) {
    let mut world = World::new(suite);
    let made = make(&mut world, b"content");
    let sealed = SealedBackup::read_header(&made.bytes[..], world.floor).unwrap();
    let whole = sealed.header().clone();
    type Change = fn(&mut BackupHeader);
    let changes: [Change; 4] = [
        |h| h.base = Some(BackupId::from_bytes([1; 16])),
        |h| h.head.size = 6,
        |h| h.head.root = [6; 32],
        |h| h.range = b"groups 1 to 8".to_vec().into(),
    ];
    let with = |header: &BackupHeader| {
        let clear = strongroom_record::encode(header);
        let len = u32::try_from(clear.len()).unwrap().to_be_bytes();
        [&made.bytes[..20], &len, &clear, &made.bytes[made.body..]].concat()
    };
    assert!(with(&whole) == made.bytes);
    for change in changes {
        let mut header = whole.clone();
        change(&mut header);
        let (shown, end) = read(world.floor, &made.key, &with(&header));
        assert!(
            matches!(end, Err(BackupError::Chunk { chunk: 0 })),
            "{end:?}"
        );
        assert!(shown.is_empty());
    }
    // Headers that are none.
    let changes: [Change; 2] = [
        |h| h.base = Some(h.backup()),
        |h| h.range = vec![0; RANGE_MAX_BYTES + 1].into(),
    ];
    for change in changes {
        let mut header = whole.clone();
        change(&mut header);
        let (_, end) = read(world.floor, &made.key, &with(&header));
        assert!(matches!(end, Err(BackupError::Header(_))), "{end:?}");
    }
    let mut long = made.bytes.clone();
    let claimed = HEADER_MAX_BYTES as u32 + 1;
    long[20..24].copy_from_slice(&claimed.to_be_bytes());
    let (_, end) = read(world.floor, &made.key, &long);
    assert!(matches!(end, Err(BackupError::HeaderLength(n)) if n == claimed));
    let mut other = made.bytes.clone();
    other[18] = b'2';
    let (_, end) = read(world.floor, &made.key, &other);
    assert!(matches!(end, Err(BackupError::NoBackup)));
}

fn another_backups_key_is_refused(suite: Suite) {
    let mut world = World::new(suite);
    let [made, other] = [(); 2].map(|()| make(&mut world, b"content"));
    let (shown, end) = read(world.floor, &other.key, &made.bytes);
    assert!(matches!(end, Err(BackupError::OtherKey)) && shown.is_empty());
}

fn bytes_behind_the_end_are_refused(suite: Suite) {
    let mut world = World::new(suite);
    for len in [0, 10, CHUNK_BYTES] {
        let made = make(&mut world, &content(len));
        for more in [
            vec![0],
            made.bytes[made.body..].to_vec(),
            made.bytes.clone(),
        ] {
            let bytes = [&made.bytes[..], &more].concat();
            let (_, end) = read(world.floor, &made.key, &bytes);
            assert!(
                matches!(end, Err(BackupError::Beyond { chunk: 0 })),
                "{end:?}"
            );
        }
    }
}

/// Takes so many bytes, fails once, and would take more.
struct Failing {
    left: usize,
    failed: bool,
    taken: Vec<u8>,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 && !self.failed {
            self.failed = true;
            return Err(io::Error::other("the disk is full"));
        }
        let count = match self.failed {
            true => bytes.len(),
            false => bytes.len().min(self.left),
        };
        self.left = self.left.saturating_sub(count);
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A chunk that could not be written whole is sealed already: sealed again, its ciphertext would go out
/// encrypted a second time under the same key and nonce, which takes the encryption off.
fn an_output_that_failed_is_not_written_to_again(suite: Suite) {
    let mut world = World::new(suite);
    let all = holders(&mut world, 2);
    let (header, key) = header(&mut world, &all);
    let out = Failing {
        left: 20 + 4 + HEADER_MAX_BYTES,
        failed: false,
        taken: Vec::new(),
    };
    let mut writer = BackupWriter::begin(out, &header, key).unwrap();
    let words = b"words that must not be seen ".repeat(CHUNK_BYTES / 28 + 2);
    let failed = writer.write_all(&words).unwrap_err();
    assert_eq!(failed.to_string(), "the disk is full");
    assert!(writer.write(&words).is_err());
    assert!(writer.write_all(&words).is_err());
    assert!(writer.finish().is_err());
}

fn a_suite_below_the_floor_is_refused(suite: Suite) {
    let mut world = World::new(suite);
    let made = make(&mut world, b"content");
    let refused = SealedBackup::read_header(&made.bytes[..], SuiteFloor::CNSA).err();
    match suite {
        Suite::Mock => assert!(matches!(refused, Some(BackupError::Suite(_)))),
        Suite::Cnsa => assert!(refused.is_none()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever one byte is changed to, wherever: what is shown is a whole number of true chunks.
    #[test]
    fn no_changed_byte_passes(at in any::<prop::sample::Index>(), change in 1..=255u8) {
        let mut world = World::new(Suite::Mock);
        let content = content(CHUNK_BYTES + 300);
        let mut made = make(&mut world, &content);
        let at = at.index(made.bytes.len());
        made.bytes[at] ^= change;
        let (shown, end) = read(world.floor, &made.key, &made.bytes);
        prop_assert!(end.is_err());
        prop_assert!(shown.is_empty() || shown == content[..CHUNK_BYTES]);
    }

    /// The small end of the stream, where head, content and tag meet, byte by byte.
    #[test]
    fn no_changed_byte_of_a_small_backup_passes(at in any::<prop::sample::Index>(), change in 1..=255u8) {
        let mut world = World::new(Suite::Mock);
        let mut made = make(&mut world, b"few words");
        let at = at.index(made.bytes.len());
        made.bytes[at] ^= change;
        let (shown, end) = read(world.floor, &made.key, &made.bytes);
        prop_assert!(end.is_err() && shown.is_empty());
    }
}
