//! A record's portions while they are gathered, and their bounds.

use strongroom_record::limits::{
    HEADER_VALUE_MAX_BYTES, HEADER_VALUES_MAX, PORTION_MAX_BYTES, PORTIONS_MAX,
};
use strongroom_record::{DraftPortion, Phrase, Place, PortionKind};

use crate::error::Fault;
use crate::gaps;
use crate::limits::TEXT_PER_FILE_MAX;

/// What is left of the text that the portions of one file may have together.
#[derive(Debug)]
pub(crate) struct TextBudget {
    left: usize,
}

impl TextBudget {
    pub(crate) const fn for_file(len: usize) -> Self {
        Self {
            left: len.saturating_mul(TEXT_PER_FILE_MAX),
        }
    }
}

/// The portions of one record.
#[derive(Debug)]
pub(crate) struct Parts<'b> {
    portions: Vec<DraftPortion>,
    budget: &'b mut TextBudget,
    at: usize,
}

impl<'b> Parts<'b> {
    /// A record that begins at offset `at`: where an error will point.
    pub(crate) const fn new(at: usize, budget: &'b mut TextBudget) -> Self {
        Self {
            portions: Vec::new(),
            budget,
            at,
        }
    }

    /// Errors point to `at` from now on.
    pub(crate) const fn point_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Adds a portion, unless it is empty; a heading may be.
    pub(crate) fn push(&mut self, kind: PortionKind, text: String) -> Result<(), Fault> {
        if text.is_empty() && kind != PortionKind::Heading {
            return Ok(());
        }
        if text.len() > PORTION_MAX_BYTES {
            return Err(Fault::limit(
                self.at,
                "bytes in one portion",
                PORTION_MAX_BYTES,
            ));
        }
        if self.portions.len() == PORTIONS_MAX {
            return Err(Fault::limit(
                self.at,
                "portions in one record",
                PORTIONS_MAX,
            ));
        }
        self.budget.left = self.budget.left.checked_sub(text.len()).ok_or_else(|| {
            Fault::limit(
                self.at,
                "times the file's size in overlapping text",
                TEXT_PER_FILE_MAX,
            )
        })?;
        self.portions.push(DraftPortion {
            gaps: gaps::find(&text),
            ..DraftPortion::new(kind, text)
        });
        Ok(())
    }

    /// Adds a portion that begins at `place` and bears `mark`, unless it is empty; a heading may be.
    pub(crate) fn push_from(
        &mut self,
        kind: PortionKind,
        text: String,
        place: Place,
        mark: Option<String>,
    ) -> Result<(), Fault> {
        let before = self.portions.len();
        self.push(kind, text)?;
        if let Some(added) = self.portions.get_mut(before) {
            added.place = Some(place);
            added.mark = mark;
        }
        Ok(())
    }

    /// The portion that was added last.
    pub(crate) fn last_mut(&mut self) -> Option<&mut DraftPortion> {
        self.portions.last_mut()
    }

    pub(crate) fn into_portions(self) -> Vec<DraftPortion> {
        self.portions
    }
}

/// Checks a header value.
pub(crate) fn header_value(at: usize, value: String) -> Result<String, Fault> {
    if value.len() > HEADER_VALUE_MAX_BYTES {
        return Err(Fault::limit(
            at,
            "bytes in a header value",
            HEADER_VALUE_MAX_BYTES,
        ));
    }
    Ok(value)
}

/// The values of a repeated header field, checked one by one.
pub(crate) fn header_values(
    at: usize,
    values: impl IntoIterator<Item = String>,
) -> Result<Vec<String>, Fault> {
    let mut checked = Vec::new();
    for value in values {
        if checked.len() == HEADER_VALUES_MAX {
            return Err(Fault::limit(
                at,
                "values of one header field",
                HEADER_VALUES_MAX,
            ));
        }
        checked.push(header_value(at, value)?);
    }
    Ok(checked)
}

/// The phrases of a marking, bounded as the values of a header field are.
pub(crate) fn phrases(at: usize, phrases: Vec<Phrase>) -> Result<Vec<Phrase>, Fault> {
    header_values(at, phrases.iter().map(|phrase| phrase.words().to_owned()))?;
    Ok(phrases)
}
