//! seal
pub mod aead;
pub mod atom;
mod cnsa;
pub mod digest;
pub mod domain;
mod error;
pub mod house;
pub mod kem;
pub mod keybox;
pub mod layer;
mod locked;
#[cfg(feature = "mock")]
mod mock;
pub mod note;
pub mod passphrase;
pub mod person;
pub mod portion;
mod printed;
mod provider;
pub mod record_key;
pub mod secret;
pub mod sign;
pub mod suite;
pub use error::OpenError;
