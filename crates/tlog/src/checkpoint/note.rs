//! The signed-note format, strictly: a text, an empty line, signature lines.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::verifier::VerifierKey;
use super::{Origin, OriginError};
use crate::digest::DIGEST_LEN;

/// The most bytes of a signed note, and of a checkpoint wherever one is read, kept or
/// sent: [`MAX_SIGNATURES`] of 5 kB each in base64 (signed-note has signatures of other
/// kinds nearly as long; our longest line has 3,505 bytes), their names, and the text.
/// Nobody else has a bound of his own, so that what one part takes no other refuses.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

/// The most signatures on a note. Signed-note has verifiers take at least 16;
/// twice that leaves the log's two and 30 witnesses.
pub const MAX_SIGNATURES: usize = 32;

/// What a signature line begins with.
const LINE_START: &str = "\u{2014} ";

/// The first four bytes of the hash of a key's name, type and public half.
pub(super) type KeyId = [u8; 4];

/// A signed note, taken apart. Nothing in it is verified.
pub(super) struct Note<'a> {
    /// The text that is signed, its last newline included.
    pub(super) text: &'a str,
    /// The signature lines, in order.
    pub(super) lines: Vec<SignatureLine<'a>>,
}

/// One signature line.
pub(super) struct SignatureLine<'a> {
    pub(super) name: &'a str,
    pub(super) key_id: KeyId,
    pub(super) signature: Vec<u8>,
}

impl<'a> Note<'a> {
    /// Takes a note apart.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note =
            std::str::from_utf8(bytes).map_err(|error| NoteError::NotUtf8(error.valid_up_to()))?;
        if let Some(at) = note.bytes().position(|b| b < b' ' && b != b'\n') {
            return Err(NoteError::ControlCharacter(at));
        }
        let split = note.rfind("\n\n").ok_or(NoteError::NoEmptyLine)?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoLastNewline)?;
        let count = lines.bytes().filter(|b| *b == b'\n').count() + 1;
        if count > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures(count));
        }
        let lines = lines
            .split('\n')
            .enumerate()
            .map(|(n, line)| SignatureLine::parse_at(line, n + 1))
            .collect::<Result<_, _>>()?;
        Ok(Self { text, lines })
    }
}

impl<'a> SignatureLine<'a> {
    pub(super) fn parse_at(line: &'a str, number: usize) -> Result<Self, NoteError> {
        Self::parse(line).map_err(|fault| fault.at(number))
    }

    fn parse(line: &'a str) -> Result<Self, LineFault> {
        let rest = line.strip_prefix(LINE_START).ok_or(LineFault::NoDash)?;
        let (name, signature) = rest.split_once(' ').ok_or(LineFault::NoName)?;
        Origin::new(name).map_err(LineFault::Name)?;
        let signature = STANDARD.decode(signature).map_err(|_| LineFault::Base64)?;
        let (key_id, signature) = signature
            .split_first_chunk()
            .filter(|(_, signature)| !signature.is_empty())
            .ok_or(LineFault::TooShort)?;
        Ok(Self {
            name,
            key_id: *key_id,
            signature: signature.to_vec(),
        })
    }

    /// Whether this line names `key`. Whether the signature holds is another matter.
    pub(super) fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name().as_str() && self.key_id == key.id
    }

    /// Writes a signature line, its newline included.
    pub(super) fn write(name: &Origin, key_id: KeyId, signature: &[u8], out: &mut String) {
        write_line(name.as_str(), key_id, signature, out);
    }

    /// Writes this line as it was read.
    pub(super) fn write_to(&self, out: &mut String) {
        write_line(self.name, self.key_id, &self.signature, out);
    }
}

fn write_line(name: &str, key_id: KeyId, signature: &[u8], out: &mut String) {
    let bytes = [key_id.as_slice(), signature].concat();
    out.push_str(LINE_START);
    out.push_str(name);
    out.push(' ');
    STANDARD.encode_string(bytes, out);
    out.push('\n');
}

/// What is wrong with a signature line.
enum LineFault {
    NoDash,
    NoName,
    Name(OriginError),
    Base64,
    TooShort,
}

impl LineFault {
    fn at(self, line: usize) -> NoteError {
        match self {
            Self::NoDash => NoteError::NotASignatureLine(line),
            Self::NoName => NoteError::NoKeyName(line),
            Self::Name(fault) => NoteError::BadKeyName { line, fault },
            Self::Base64 => NoteError::BadBase64(line),
            Self::TooShort => NoteError::NoSignature(line),
        }
    }
}

/// Why bytes are not a signed note. Lines count the signature lines from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE_BYTES`].
    #[error("the note is {0} bytes long; at most {MAX_NOTE_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8 from this byte on.
    #[error("the note is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A control character other than newline at this byte.
    #[error("the note holds a control character at byte {0}; only newlines may occur")]
    ControlCharacter(usize),
    /// No empty line between text and signatures.
    #[error("the note has no empty line before its signatures; it was cut, or is something else")]
    NoEmptyLine,
    /// The last line is not ended.
    #[error("the note does not end with a newline; it was cut")]
    NoLastNewline,
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has {0} signatures; at most {MAX_SIGNATURES} are read")]
    TooManySignatures(usize),
    /// A line where a signature is due does not begin with an em dash and a space.
    #[error("signature line {0} of the note does not begin with an em dash and a space")]
    NotASignatureLine(usize),
    /// A signature line holds no space after its name.
    #[error("signature line {0} of the note has no key name and signature")]
    NoKeyName(usize),
    /// The key name is not one.
    #[error("signature line {line} of the note: {fault}")]
    BadKeyName {
        /// Which signature line.
        line: usize,
        /// The rule broken.
        fault: OriginError,
    },
    /// The signature is not canonical base64.
    #[error("signature line {0} of the note is not canonical base64")]
    BadBase64(usize),
    /// There is no signature after the key id.
    #[error("signature line {0} of the note is too short to hold a key id and a signature")]
    NoSignature(usize),
}

/// Reads a decimal number in its one form: ASCII digits without leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    (canonical && digits).then(|| text.parse().ok())?
}

/// Reads a hash in its one base64 form.
pub(crate) fn decode_hash(text: &str) -> Option<[u8; DIGEST_LEN]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("10"), Some(10));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "0x1",
            "18446744073709551616",
            "١",
        ] {
            assert_eq!(decimal(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_hash_has_one_form() {
        let text = STANDARD.encode([0; 32]);
        assert_eq!(decode_hash(&text), Some([0; 32]));
        let loose_bits = text.replace("A=", "B=");
        assert_eq!(decode_hash(&loose_bits), None);
        assert_eq!(decode_hash(text.trim_end_matches('=')), None);
        assert_eq!(decode_hash(&STANDARD.encode([0; 31])), None);
        assert_eq!(decode_hash(&STANDARD.encode([0; 33])), None);
    }
}
