//! Losing no key: atoms that turn, what key holders are asked for and give, and what comes of it.
//!
//! ```text
//! RecoveryAsked ─▶ ShareGiven … ShareGiven ─▶ enough ─┬▶ an atom for a person: Recovered, in that person's session
//!                                                     ├▶ a person: Rekeyed, then Recovered with the new keys
//!                                                     └▶ key holders: KeyHoldersChanged, everything split anew
//! ```
//!
//! Each key holder opens shares on a side of his own and gives them to the keys of one recovery; the guard never
//! sees a share, but those that it is given itself to split everything anew. What is given for one
//! recovery opens nothing else: neither for the room, nor for who was given it.
//!
//! | module | subject |
//! | --- | --- |
//! | `dealing` | an atom's private half, sealed to its holders and split among the key holders |
//! | `turning` | atoms turn to a next epoch; which atoms there are |
//! | [`claims`] | what key holders sign |
//! | `desk` | what is kept in memory alone: challenges, keys that the guard is given to |
//! | `doors` | how all this is got at from outside |
//! | `asking`, `listing` | a recovery is asked for, listed, withdrawn |
//! | `joining` | someone joins again with a recovery's code |
//! | `giving`, `collecting` | a key holder gives; the person gets it |
//! | `replacing` | everything is split anew among other key holders |
//! | `rehearsing` | a key holder opens every share, and gives none |

mod asking;
pub mod claims;
mod collecting;
pub(crate) mod dealing;
mod desk;
mod doors;
mod giving;
pub(crate) mod joining;
mod listing;
mod rehearsing;
mod replacing;
mod turning;

pub(crate) use desk::Desk;
pub(crate) use joining::Invited;
pub(crate) use replacing::house_digests;
