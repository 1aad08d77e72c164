//! Bounds of reading that are no business of other crates; the rest are in [`strongroom_record::limits`].

/// Attributes of one element. Real volumes have three; finding a name given twice compares all pairs.
pub(crate) const ATTRIBUTES_MAX: usize = 64;

/// Namespaces declared by the elements that enclose one place. Real volumes declare two; a prefix is
/// looked up one by one.
pub(crate) const NAMESPACES_MAX: usize = 32;

/// Elements and pieces of text in one document: two hundred times the longest at hand. A tree of that
/// many nodes takes some 50 MB.
pub(crate) const NODES_MAX: usize = 1 << 20;

/// Blocks (paragraphs, items, rows, cells, lists, headings) around one place. A block's text includes
/// that of blocks inside it, so that work grows with this depth. Real volumes reach seven.
pub(crate) const BLOCK_DEPTH_MAX: usize = 32;

/// How many times the size of its file the text of all portions may have. Overlapping blocks repeat
/// text; in real volumes the text is always less than the file.
pub(crate) const TEXT_PER_FILE_MAX: usize = 2;

const _: () = assert!(BLOCK_DEPTH_MAX < strongroom_record::limits::DEPTH_MAX);
