//! The commands, one file a subject.

pub(crate) mod atom;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod clearance;
pub(crate) mod close;
pub(crate) mod file;
pub(crate) mod grade;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod join;
pub(crate) mod key_holder;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod parse_confined;
pub(crate) mod person;
pub(crate) mod read;
pub(crate) mod receipt;
pub(crate) mod recover;
pub(crate) mod restore;
pub(crate) mod restrict;
pub(crate) mod sign_in;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod whoami;
pub(crate) mod witness;
