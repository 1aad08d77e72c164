//! What happens in two worlds, slot by slot. A script names records by keys; ids come at run time.

use crate::cast::Who;
use crate::oversight::Oversee;

/// A record of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub(crate) u32);

/// A script for two worlds.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    /// What the reader comes to hold at most. Whatever else happens, nothing that differs between
    /// the worlds lies under a label that this admits to.
    pub(crate) bound: String,
    pub(crate) slots: Vec<Slot>,
}

/// What happens at one instant.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    /// The same in both worlds.
    Both(Act),
    /// In each world something else, or nothing; all of it above the reader.
    Apart([Vec<Act>; 2]),
    /// A record of which the reader sees the same part in both worlds, and of which the rest differs.
    Part(Part),
    /// A file of many records; those that the reader sees come first and are the same.
    Volume(Volume),
}

/// Something that someone does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Files a text.
    File(File),
    /// Files a text that denies, answers or succeeds another record.
    FileLinked(File, &'static str, LinkEnd),
    /// Files a further version of a record.
    Correct(Correct),
    /// Files a piece of a recording, behind so many.
    Record(Who, Ref, u32, bool),
    /// Asks something of the room.
    Ask(Who, Ask),
    /// Signs in under a name, with the right passphrase or a wrong one.
    SignIn(&'static str, bool),
    /// The room is closed and opened again.
    Reopen,
    /// Half a day passes; sessions end.
    Night,
    /// More time passes than an owner has to answer a challenge.
    Season,
    /// The service has a checkpoint stored.
    Tick,
}

/// A filing of plain text, or of a file that cannot be filed.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) who: Who,
    pub(crate) key: Key,
    pub(crate) name: &'static str,
    pub(crate) text: String,
    pub(crate) marking: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) request: Ticket,
    /// Raised in the same instant, by the same person: nobody saw it below.
    pub(crate) at_once_to: Option<String>,
    /// It is said to be the transcript of a recording.
    pub(crate) recorded: bool,
    /// As a file of a folder.
    pub(crate) within: bool,
}

/// What a filed file is linked to.
#[derive(Debug, Clone)]
pub(crate) enum LinkEnd {
    /// A record.
    Record(Ref),
    /// One's own filing, by the n-th receipt as listed last.
    Receipt(usize),
}

/// A further version of a record.
#[derive(Debug, Clone)]
pub(crate) struct Correct {
    pub(crate) who: Who,
    pub(crate) of: Ref,
    pub(crate) text: String,
    pub(crate) marking: String,
    pub(crate) listened: &'static str,
    pub(crate) request: Ticket,
}

/// What a client chose as the id of its request.
#[derive(Debug, Clone)]
pub(crate) enum Ticket {
    /// None.
    No,
    /// One that belongs to a number; the same number, the same id.
    Of(u64),
    /// This one.
    Text(String),
}

/// A record that is filed low and raised in part before anyone but its filer looks.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) key: Key,
    pub(crate) marking: String,
    /// The text in each world. What rises has the word [`RISES`] in it.
    pub(crate) texts: [String; 2],
    /// Header fields that rise in each world.
    pub(crate) fields: [Vec<&'static str>; 2],
    /// The markings to which it rises in each world: one restriction each, which takes its share.
    pub(crate) to: [Vec<String>; 2],
}

/// In the words of every portion that rises out of a [`Part`].
pub(crate) const RISES: &str = "aloft";

/// A TEI file of several records.
#[derive(Debug, Clone)]
pub(crate) struct Volume {
    /// The key of its first record; the others follow.
    pub(crate) key: Key,
    /// The records that the reader may see, by marking.
    pub(crate) low: Vec<String>,
    /// The records above, in each world.
    pub(crate) high: [Vec<String>; 2],
}

/// A request, with keys for ids.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    SignOut,
    WhoAmI,
    Persons,
    Clearance(Option<&'static str>),
    Grant(&'static str, String, Ticket),
    /// Approving the clearance of somebody: one that lies above the bound, or the other.
    Seal(&'static str, bool),
    Invite(String),
    Confirm(&'static str),
    Atoms,
    Turn(String),
    Recoveries,
    /// An atom for a person, from the key holders.
    Recover(String, &'static str),
    Passphrase,
    List(Option<usize>, Option<Ref>),
    Read(Ref, bool),
    /// A version of a record.
    Version(Ref, usize),
    /// An attachment of a version, or else a piece of the recording.
    Piece(Ref, Option<usize>, Option<usize>, u32),
    Changes(Ref, Option<usize>),
    /// The record that denies or answers, and what it denies or answers.
    Link(Ref, Ref, Option<PortionRef>, &'static str, Ticket),
    Withdraw(Ref, Ticket),
    /// Asking for a record to be destroyed.
    Destroy(Ref, Ticket),
    /// Asking for a restriction to be undone.
    Undo(Ref, Ticket),
    Approve(Ref, Ticket),
    Deny(Ref, Ticket),
    TakeBack(Ref, Ticket),
    Requests,
    /// The request about a record.
    RequestOf(Ref),
    Rules,
    HoldPlace(Ref, Ticket),
    Holds,
    Due,
    /// A record, and the marking that it is to fall to.
    Lower(Ref, &'static str, Ticket),
    History(Ref),
    Restrict(Raise),
    Grade(Judge),
    Receipts(Option<usize>),
    Receipt(ReceiptRef),
    LedgerCheck,
    LedgerProve(u64),
    LedgerConsistency(u64, u64),
    Close,
    /// Practices, challenges, the docket.
    Oversee(Oversee),
}

/// A restriction.
#[derive(Debug, Clone)]
pub(crate) struct Raise {
    pub(crate) records: Vec<Ref>,
    pub(crate) to: String,
    pub(crate) portions: Vec<PortionRef>,
    pub(crate) reason: &'static str,
    pub(crate) dry_run: bool,
    pub(crate) request: Ticket,
}

/// A grading.
#[derive(Debug, Clone)]
pub(crate) struct Judge {
    pub(crate) record: Ref,
    /// None for the record as a whole.
    pub(crate) portions: Vec<PortionRef>,
    pub(crate) grade: &'static str,
    pub(crate) request: Ticket,
}

/// Grades that are given, and one that is none.
pub(crate) const GRADES: [&str; 5] = ["A1", "B2", "C3", "F6", "Z9"];

/// How someone names a record.
#[derive(Debug, Clone)]
pub(crate) enum Ref {
    /// By its id, which is the same in both worlds, or which only one of them has.
    Whole(Key),
    /// By the beginning of it.
    Beginning(Key, usize),
    /// By its id as someone might read it over a telephone.
    Shouted(Key),
    /// By an id that no world has.
    Never(u8),
    /// By something that is no id.
    Malformed(&'static str),
}

impl Ref {
    /// The record that it names, if it names one.
    pub(crate) const fn key(&self) -> Option<Key> {
        match self {
            Self::Whole(key) | Self::Beginning(key, _) | Self::Shouted(key) => Some(*key),
            Self::Never(_) | Self::Malformed(_) => None,
        }
    }
}

/// How someone names a portion.
#[derive(Debug, Clone)]
pub(crate) enum PortionRef {
    /// By its number or the name of its field.
    Word(String),
    /// By its id: the n-th that the reader may see of the record.
    Seen(Key, usize),
    /// By the id of one that rose out of the reader's sight in the first world.
    Risen(Key, usize),
    /// By an id that no world has.
    Never,
}

/// How someone names a receipt.
#[derive(Debug, Clone)]
pub(crate) enum ReceiptRef {
    /// The n-th of one's own, as listed last.
    Own(usize),
    /// The beginning of it.
    Beginning(usize, usize),
    /// The newest of one's own, as listed last.
    Last,
    /// Somebody else's.
    Foreign(usize),
    /// The n-th of the reader's readings.
    Reading(usize),
    Malformed(&'static str),
}
