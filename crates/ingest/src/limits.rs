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

/// Lines of one document: twenty thousand pages. A line takes some hundred bytes beside its words.
pub(crate) const LINES_MAX: usize = 1 << 20;

/// Pages of one document that is told in pages.
pub(crate) const PAGES_MAX: usize = 20_000;

/// Parts of one package. A Word document has some twenty, and one for each picture.
pub(crate) const PACKAGE_ENTRIES_MAX: usize = 4_096;

/// Bytes up to which a part may be packed as tightly as it likes.
pub(crate) const PACKAGE_RATIO_FREE_BYTES: u64 = 1 << 20;

/// How many times its packed size a larger part may have. XML of long documents reaches some thirty.
pub(crate) const PACKAGE_RATIO_MAX: u64 = 200;

/// Namespaces declared at one place of an Office document: Word declares some forty at the root.
pub(crate) const OFFICE_NAMESPACES_MAX: usize = 128;

/// Elements of a part of an Office document that holds no text: styles, lists, relationships. Word's own styles have
/// some four thousand; one takes up to six hundred bytes.
pub(crate) const OFFICE_ELEMENTS_MAX: usize = 1 << 18;

const _: () = assert!(BLOCK_DEPTH_MAX < strongroom_record::limits::DEPTH_MAX);
