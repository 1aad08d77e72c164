//! The laws of sealing, each tried on every suite.

mod backups;
mod boxes;
mod dealt;
mod envelopes;
mod giving;
mod people;
mod recovery;
mod world;

/// Makes of each law a test for each suite.
macro_rules! laws {
    ($($law:ident),* $(,)?) => {
        mod mock {
            $(#[test] fn $law() { super::$law(strongroom_seal::Suite::Mock); })*
        }
        mod cnsa {
            $(#[test] fn $law() { super::$law(strongroom_seal::Suite::Cnsa); })*
        }
    };
}
pub(crate) use laws;
