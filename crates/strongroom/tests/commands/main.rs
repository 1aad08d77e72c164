//! The commands as their users run them: the real binary, a real guard, in folders of the test's own.

mod after_filing;
mod approvals;
mod bad_input;
mod batch;
mod closing;
mod confined;
mod disclosures;
mod docket;
mod examples;
mod heads;
mod house;
mod interrupts;
mod keeping;
mod malicious;
mod marked;
mod people;
mod places;
mod recording;
mod recovery;
mod restored;
mod secrets;
mod socket;
mod soon;
mod story;
mod verify;
mod witnesses;
