//! SHA-256 of a file's bytes, as everyone computes it: for comparing a file with what was said of it.

use aws_lc_rs::digest::{Context, SHA256};

/// Bytes of a file's digest.
pub const FILE_DIGEST_BYTES: usize = 32;

/// The digest of bytes that come piece by piece.
#[derive(Clone)]
pub struct FileDigest(Context);

impl Default for FileDigest {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl FileDigest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// The digest of all that came.
    pub fn finish(self) -> [u8; FILE_DIGEST_BYTES] {
        let mut out = [0; FILE_DIGEST_BYTES];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
    /// The digest of bytes that are there.
    pub fn of(bytes: &[u8]) -> [u8; FILE_DIGEST_BYTES] {
        let mut digest = Self::default();
        digest.update(bytes);
        digest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's example: `abc`.
    #[test]
    fn it_is_sha_256() {
        let digest = FileDigest::of(b"abc");
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        let mut pieces = FileDigest::default();
        pieces.update(b"a");
        pieces.update(b"bc");
        assert_eq!(pieces.finish(), digest);
    }
}
