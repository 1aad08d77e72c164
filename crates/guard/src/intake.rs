//! Who reads a file that is to be filed.
//!
//! The guard holds the keys of every session that is open, so that it does not itself run readers of formats
//! that unpack, nest and refer ([`Format::is_confined`](strongroom_ingest::Format::is_confined)). Whoever runs the
//! guard gives it an [`Intake`] that has them run elsewhere. What an intake answers are drafts like any others: they
//! are labelled and sealed by the same code, and a draft that lies about a file's words is no more than a false file.

use strongroom_ingest::marked::Words;
use strongroom_ingest::{IngestError, Read};
use strongroom_label::Policy;

use crate::refusal::{Code, Refusal};

/// Reads files.
pub trait Intake: Send + Sync {
    /// Reads a file as [`strongroom_ingest::read_by`] does by the words of a marking policy. Asked only for who may file.
    ///
    /// # Errors
    /// The file is unfit, or cannot be read here.
    fn read<'a>(&self, policy: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal>;
}

/// Reads what needs no process of its own, in the guard's; refuses the rest.
#[derive(Debug, Clone, Copy, Default)]
pub struct InPlace;

impl Intake for InPlace {
    fn read<'a>(&self, policy: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        let recognised = strongroom_ingest::recognise(file, bytes).map_err(unfit)?;
        if recognised.format.is_confined() {
            return Err(Refusal::new(
                Code::Unfit,
                format!(
                    "{}: this guard reads no files of this format",
                    recognised.file
                ),
            )
            .hint("`strongroom open` runs a guard that does"));
        }
        strongroom_ingest::read_by(&Words::with(policy), file, bytes).map_err(unfit)
    }
}

/// What is said of a file that cannot be read.
pub fn unfit(error: IngestError) -> Refusal {
    Refusal::new(Code::Unfit, error.to_string())
}

/// The same of a file that was to be filed.
pub(crate) fn nothing_filed(mut refusal: Refusal) -> Refusal {
    refusal.message += "; nothing was filed";
    refusal
}
