//! Losing no key: atoms that turn, shares of the key holders, and what they give back.
//!
//! | module | subject |
//! | --- | --- |
//! | `dealing` | an atom's private half, sealed to its holders and split among the key holders |
//! | `turning` | atoms turn to a next epoch; which atoms there are |

pub(crate) mod dealing;
mod turning;
