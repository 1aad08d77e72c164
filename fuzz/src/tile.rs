//! Files of a ledger's folder.

use strongroom_tlog::tile::{TILE_WIDTH, TilePath, bundle, read_bundle};

/// Names of tiles, and bundles of entries.
///
/// Laws: a name has one form; a bundle that is read is written back as the same bytes, and is read at no other width.
pub fn tile(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(path) = TilePath::parse(text)
    {
        assert_eq!(path.to_string(), text);
        assert!((1..=TILE_WIDTH).contains(&path.width()));
        let full = path.full();
        assert_eq!(TilePath::parse(&full.to_string()), Ok(full));
    }
    let mut read = 0;
    for width in 1..=TILE_WIDTH {
        if let Ok(entries) = read_bundle(bytes, width) {
            assert_eq!(bundle(&entries), bytes);
            assert_eq!(entries.len(), usize::from(width));
            read += 1;
        }
    }
    assert!(read <= 1, "one file is bundles of two widths");
}
