//! The 32-byte digests of this crate, each kind a type of its own.
//!
//! A root of one kind cannot be passed where another is meant. All of them are
//! public values: printing one gives away nothing, since what lies under it is
//! salted.

/// Length of every digest here: SHA-256, which C2SP fixes.
pub const DIGEST_LEN: usize = 32;

/// Declares a newtype over a SHA-256 digest.
macro_rules! digest_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $crate::digest::DIGEST_LEN]);

        impl $name {
            /// Takes 32 bytes as this kind of digest. Nothing is checked: any
            /// 32 bytes may be one.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $crate::digest::DIGEST_LEN]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $crate::digest::DIGEST_LEN] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(
                    f,
                    concat!(stringify!($name), "({})"),
                    data_encoding::HEXLOWER.encode(&self.0)
                )
            }
        }

        impl From<[u8; $crate::digest::DIGEST_LEN]> for $name {
            fn from(bytes: [u8; $crate::digest::DIGEST_LEN]) -> Self {
                Self(bytes)
            }
        }
    };
}

pub(crate) use digest_type;
