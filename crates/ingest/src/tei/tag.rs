//! The elements and attributes that matter; all others are passed through.

/// An element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Cell,
    Date,
    Dateline,
    Head,
    Item,
    Label,
    LineBreak,
    List,
    Note,
    Paragraph,
    PersName,
    PlaceName,
    Row,
    Salute,
    Signed,
    Time,
    Other,
}

impl Tag {
    /// The tag of an element in the TEI namespace.
    pub(super) fn of(local: &str) -> Self {
        match local {
            "cell" => Self::Cell,
            "date" => Self::Date,
            "dateline" => Self::Dateline,
            "head" => Self::Head,
            "item" => Self::Item,
            "label" => Self::Label,
            "lb" => Self::LineBreak,
            "list" => Self::List,
            "note" => Self::Note,
            "p" => Self::Paragraph,
            "persName" => Self::PersName,
            "placeName" => Self::PlaceName,
            "row" => Self::Row,
            "salute" => Self::Salute,
            "signed" => Self::Signed,
            "time" => Self::Time,
            _ => Self::Other,
        }
    }

    /// Whether its text is read apart, so that nesting it repeats text and work.
    pub(super) const fn is_block(self) -> bool {
        matches!(
            self,
            Self::Cell
                | Self::Head
                | Self::Item
                | Self::List
                | Self::Paragraph
                | Self::Row
                | Self::Salute
                | Self::Signed
        )
    }

    /// Whether any of its attributes is of use.
    pub(super) const fn has_attributes(self) -> bool {
        matches!(self, Self::Date | Self::List | Self::Note | Self::PersName)
    }
}

/// An attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Cert,
    Corresp,
    From,
    NotAfter,
    NotBefore,
    To,
    Type,
    When,
}

impl Name {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "cert" => Self::Cert,
            "corresp" => Self::Corresp,
            "from" => Self::From,
            "notAfter" => Self::NotAfter,
            "notBefore" => Self::NotBefore,
            "to" => Self::To,
            "type" => Self::Type,
            "when" => Self::When,
            _ => return None,
        })
    }
}
