//! The stage at which the names of protected persons leave a text.
//!
//! Everything that is filed passes this stage: only [`mask`] makes a [`Masked`], and labelling takes
//! nothing else. There is no register of protected persons yet, so nobody is protected and the text
//! passes through unchanged; [`Masked::names`] says so with a count that is 0.
//!
//! What cannot happen: a draft that did not pass this stage cannot be labelled, sealed or stored.

use strongroom_record::DraftSet;

/// Drafts from which every protected name has been taken.
#[derive(Debug)]
pub struct Masked(DraftSet);

/// Masks the names of protected persons in a file's drafts.
pub fn mask(drafts: DraftSet) -> Masked {
    Masked(drafts)
}

impl Masked {
    /// How many mentions were masked.
    pub fn names(&self) -> usize {
        0
    }
    /// The drafts.
    pub fn drafts(&self) -> &DraftSet {
        &self.0
    }
    /// Takes the drafts out for labelling.
    pub fn into_drafts(self) -> DraftSet {
        self.0
    }
}
