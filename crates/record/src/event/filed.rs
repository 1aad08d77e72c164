//! Records as the events that file and raise them describe them: their groups, and the tree over their portions.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use strongroom_label::Label;

use super::FiledKeeping;
use crate::id::{BoxId, CommandId, GroupId, PortionId, RecordId};

/// Portions of one record under one present label, stored as one value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GroupFiled {
    /// The value's id.
    #[n(0)]
    pub id: GroupId,
    /// The label under which it is filed, which its portions stay bound to.
    #[n(1)]
    pub label: Label,
    /// The key box under which the record key of this label is wrapped.
    #[n(2)]
    pub key_box: BoxId,
    /// The portions in it, in their order. A slice of the original is one piece, and has one id here.
    #[n(3)]
    pub portions: Vec<PortionId>,
    /// What the value holds.
    #[n(4)]
    pub holds: Holds,
    /// Digest over the sealed bytes of the portions, as `seal` encodes it. They stay as they were filed
    /// under whatever layers, so that nobody puts others in their place: neither who has the house key
    /// nor who holds the label.
    #[n(5)]
    pub seals: ByteVec,
}

/// What a stored value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Holds {
    /// The heading and the header fields: what a list shows.
    #[n(0)]
    Header,
    /// The other portions of the text.
    #[n(1)]
    Text,
    /// The record's slice of the original file, or what lies between the slices.
    #[n(2)]
    Original,
    /// A file that came with the record.
    #[n(3)]
    Attachment,
    /// A piece of the recording that the record is the transcript of.
    #[n(4)]
    Recording,
}

impl Holds {
    /// Whether the value is made of portions, which a reader may see one by one.
    pub const fn portions(self) -> bool {
        matches!(self, Self::Header | Self::Text)
    }
}

/// A group whose label rises: its stored bytes get one more layer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GroupRaised {
    /// The group that holds the bytes now.
    #[n(0)]
    pub from: GroupId,
    /// The group that holds the raised portions from now on; `from` itself when all of it rises.
    #[n(1)]
    pub to: GroupId,
    /// The portions that rise, when only some do.
    #[n(2)]
    pub portions: Vec<PortionId>,
    /// The label from now on: the join of the present one and the one given.
    #[n(3)]
    pub label: Label,
    /// The key box under which the new layer's key is wrapped.
    #[n(4)]
    pub key_box: BoxId,
}

/// A record as its filing event describes it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Filed {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The first version is 1; a correction has the number behind the last.
    #[n(1)]
    pub version: u32,
    /// The filing it came in with.
    #[n(2)]
    pub filing: CommandId,
    /// Its stored values.
    #[n(3)]
    pub groups: Vec<GroupFiled>,
    /// Root of the tree over its portions, and their count.
    #[n(4)]
    pub tree: PortionTreeRoot,
    /// What was wrong with its marks, where it was filed nevertheless. Why, the sealed statement says.
    #[n(5)]
    pub overridden: Option<Overridden>,
    /// How long it is to be kept; none in a correction, which is kept as its record is.
    #[n(6)]
    pub keeping: Option<FiledKeeping>,
}

/// Rules of the marking policy that a filed document breaks, overridden by its filer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Overridden {
    /// The rules' ids, ascending, each once.
    #[n(0)]
    pub rules: Vec<String>,
}

/// Pieces of a recording that went in beside its record, as one event describes them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecordingFiled {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// How many pieces came before these.
    #[n(1)]
    pub first: u32,
    /// Their stored values, in their order.
    #[n(2)]
    pub groups: Vec<GroupFiled>,
    /// None comes behind them.
    #[n(3)]
    pub last: bool,
}

/// What a filing commits to: every portion, in order, each salted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PortionTreeRoot {
    /// The Merkle root.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// How many portions.
    #[n(1)]
    pub count: u32,
}
