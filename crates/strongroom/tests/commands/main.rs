//! The commands as their users run them: the real binary, a real guard, in folders of the test's own.

mod bad_input;
mod closing;
mod heads;
mod house;
mod interrupts;
mod keeping;
mod malicious;
mod people;
mod places;
mod recovery;
mod restored;
mod secrets;
mod socket;
mod story;
mod verify;
mod witnesses;

/// Whatever does not wait for what hangs, or for a limit of time, has ended by then, on a busy machine too.
const AT_ONCE: std::time::Duration = std::time::Duration::from_secs(6);
