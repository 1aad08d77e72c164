//! Secrets: bytes that are wiped when dropped, never printed, cloned or serialised.
//!
//! [`Secret`] and [`SecretBytes`] lie on the heap, so that moving one leaves no copy behind on the
//! stack. They show themselves only through `expose`, which is easy to search for, and compare in
//! time that depends on their length alone.

use strongroom_record::Stream;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// `N` secret bytes.
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Takes secret bytes over and wipes the array they came in. The caller's own copies are the caller's.
    pub fn from_bytes(mut bytes: [u8; N]) -> Self {
        let secret = Self(Box::new(bytes));
        bytes.zeroize();
        secret
    }

    /// Copies a slice of exactly `N` bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != N {
            return None;
        }
        Some(Self::fill_with(|out| out.copy_from_slice(bytes)))
    }

    /// Draws a new secret.
    pub fn random(stream: &mut Stream) -> Self {
        Self::fill_with(|out| stream.fill(out))
    }

    /// A secret that is written where it will lie.
    pub fn fill_with(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    /// The secret bytes. What is copied out of them is not wiped by this type.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

/// Secret bytes of any length.
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes secret bytes over. The buffer must not have grown while it was filled: growing leaves copies.
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Copies secret bytes.
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The secret bytes. What is copied out of them is not wiped by this type.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// How many bytes there are; not secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the bytes up for something that is no secret, such as a value with another layer inside.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

/// Secret text, such as a passphrase or a key in the form in which it is printed.
pub struct SecretText(SecretBytes);

impl SecretText {
    /// Takes secret text over. The buffer must not have grown while it was filled: growing leaves copies.
    pub fn from_string(text: String) -> Self {
        Self(SecretBytes::from_vec(text.into_bytes()))
    }

    /// The secret text. What is copied out of it is not wiped by this type.
    ///
    /// # Panics
    /// Never: it was text when it came in.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.0.expose()).expect("it was text when it came in")
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for SecretText {}

/// Fails to compile if a type has a trait that would let a secret out.
#[cfg(test)]
macro_rules! assert_closed {
    ($($type:ty),* $(,)?) => {
        $(const _: fn() = || {
            trait Ambiguous<A> {
                fn witness() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Shown;
            impl<T: ?Sized + std::fmt::Debug> Ambiguous<Shown> for T {}
            struct Printed;
            impl<T: ?Sized + std::fmt::Display> Ambiguous<Printed> for T {}
            struct Cloned;
            impl<T: Clone> Ambiguous<Cloned> for T {}
            struct Written;
            impl<T: ?Sized + minicbor::Encode<()>> Ambiguous<Written> for T {}
            let _ = <$type as Ambiguous<_>>::witness;
        };)*
    };
}
#[cfg(test)]
pub(crate) use assert_closed;

#[cfg(test)]
mod tests {
    use super::*;

    assert_closed!(Secret<32>, SecretBytes, SecretText);

    #[test]
    fn equality_is_by_content_and_length() {
        assert!(Secret::from_bytes([1; 32]) == Secret::from_bytes([1; 32]));
        assert!(Secret::from_bytes([1; 32]) != Secret::from_bytes([2; 32]));
        assert!(SecretBytes::from_slice(b"ab") == SecretBytes::from_vec(b"ab".to_vec()));
        assert!(SecretBytes::from_slice(b"ab") != SecretBytes::from_slice(b"abc"));
    }

    #[test]
    fn a_slice_of_another_length_is_no_secret() {
        assert!(Secret::<32>::from_slice(&[0; 31]).is_none());
        assert!(Secret::<32>::from_slice(&[0; 33]).is_none());
        assert!(Secret::<32>::from_slice(&[7; 32]).is_some_and(|s| s.expose() == &[7; 32]));
    }

    #[test]
    fn drawn_secrets_follow_the_stream() {
        let mut a = Stream::from_seed([1; 32]);
        let mut b = Stream::from_seed([1; 32]);
        assert!(Secret::<32>::random(&mut a) == Secret::random(&mut b));
        assert!(Secret::<32>::random(&mut a) != Secret::from_bytes([0; 32]));
    }
}
