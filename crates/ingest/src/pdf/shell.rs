//! The file from outside, before any object of it is read: that it is whole, not encrypted, and how much its streams
//! unpack to.
//!
//! The library that reads PDF repairs what it can: it looks for objects where the table of them is missing, and takes
//! what it gets out of a damaged stream. Nothing is repaired here, so the file must end as a PDF ends and every stream must unpack
//! to its end. And it unpacks without a bound, so that bound is kept here: every stream of a PDF stands in the file by
//! itself (ISO 32000-2, 7.3.8), where it is found without following a reference.

use std::io::Read as _;

use flate2::bufread::ZlibDecoder;

use super::rule::PdfRule;
use crate::error::{Fault, Rule};

/// Objects of one file, those inside object streams included. A book of a thousand pages has some 30,000.
pub(super) const OBJECTS_MAX: usize = 200_000;
/// Bytes that all streams unpack to. Pictures count: they are never unpacked, but their share is not told apart.
const UNPACKED_MAX: u64 = 256 << 20;
/// How far before the word `stream` its dictionary begins at most. Those of the documents at hand have less than 1 KB;
/// a picture's with a long list of colours may have more.
const DICTIONARY_MAX_BYTES: usize = 64 << 10;
/// The end of a file in which `startxref` and `%%EOF` stand (ISO 32000-1, annex H, note 18 of Acrobat's practice).
const TAIL_BYTES: usize = 1_024;

/// Checks a file that begins with `%PDF`.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    ends_well(bytes)?;
    if names(bytes, b"/Encrypt").any(|at| {
        bytes[at..]
            .trim_ascii_start()
            .first()
            .is_some_and(|b| b.is_ascii_digit() || *b == b'<')
    }) {
        return Err(Fault::whole(PdfRule::Encrypted));
    }
    let objects = find_all(bytes, b" obj").count();
    if objects > OBJECTS_MAX {
        return Err(too_many_objects());
    }
    let mut budget = Budget {
        left: UNPACKED_MAX,
        objects,
    };
    for at in find_all(bytes, b"stream") {
        if !bytes[..at].ends_with(b"end") {
            stream(bytes, at, &mut budget)?;
        }
    }
    Ok(())
}

fn too_many_objects() -> Fault {
    Fault::whole(Rule::Limit {
        what: "objects in one PDF",
        max: OBJECTS_MAX,
    })
}

fn damaged(at: usize, why: &'static str) -> Fault {
    Fault::at(at, PdfRule::Damaged(why))
}

/// The last `startxref` leads to a table of objects, and nothing but white space follows `%%EOF`.
fn ends_well(bytes: &[u8]) -> Result<(), Fault> {
    let end = bytes.trim_ascii_end();
    let Some(rest) = end.strip_suffix(b"%%EOF") else {
        return Err(damaged(end.len(), "it does not end with %%EOF"));
    };
    let tail = rest.len().saturating_sub(TAIL_BYTES);
    let found = find_all(&rest[tail..], b"startxref").last();
    let offset = found.and_then(|at| {
        let number = rest[tail + at + b"startxref".len()..].trim_ascii();
        std::str::from_utf8(number).ok()?.parse::<usize>().ok()
    });
    let table = offset
        .and_then(|at| rest.get(at..))
        .map(<[u8]>::trim_ascii_start);
    let is_table = table.is_some_and(|table| table.starts_with(b"xref") || begins_object(table));
    if !is_table {
        return Err(damaged(
            end.len(),
            "`startxref` does not lead to its table of objects",
        ));
    }
    // A file made to be shown while it loads begins with its length.
    let head = &bytes[..bytes.len().min(TAIL_BYTES)];
    let length = names(head, b"/Linearized").next().and_then(|_| {
        let at = names(head, b"/L").next()?;
        number(head[at..].trim_ascii_start())
    });
    if length.is_some_and(|length| length > bytes.len()) {
        return Err(damaged(
            bytes.len(),
            "it is shorter than it says at its beginning",
        ));
    }
    Ok(())
}

/// `12 0 obj`
fn begins_object(text: &[u8]) -> bool {
    let mut words = text.splitn(4, u8::is_ascii_whitespace);
    let mut is_number = || {
        words
            .next()
            .is_some_and(|w| !w.is_empty() && w.iter().all(u8::is_ascii_digit))
    };
    is_number() && is_number() && words.next().is_some_and(|word| word.starts_with(b"obj"))
}

fn number(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

/// Where a byte string stands.
fn find_all<'b>(bytes: &'b [u8], word: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    memchr::memmem::find_iter(bytes, word)
}

/// The offsets right behind each occurrence of a name, longer names left out.
fn names<'b>(text: &'b [u8], name: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    find_all(text, name)
        .map(move |at| at + name.len())
        .filter(|&end| text.get(end).is_none_or(|b| !b.is_ascii_alphanumeric()))
}

/// What may still be unpacked, and objects counted so far.
struct Budget {
    left: u64,
    objects: usize,
}

/// Checks the stream whose word stands at `at`, if it is one.
fn stream(bytes: &[u8], at: usize, budget: &mut Budget) -> Result<(), Fault> {
    let Some(dictionary) = dictionary(&bytes[..at]) else {
        return Ok(());
    };
    let dictionary = unescaped(dictionary);
    if names(&dictionary, b"/ObjStm").next().is_some() {
        budget.count_objects(&dictionary)?;
    }
    let refused = |why| Err(Fault::at(at, PdfRule::Packed(why)));
    let filters = match filters(&dictionary) {
        Ok(filters) => filters,
        Err(why) => return refused(why),
    };
    let data = &bytes[at + b"stream".len()..];
    let data = data
        .strip_prefix(b"\r\n")
        .or(data.strip_prefix(b"\n"))
        .unwrap_or(data);
    let mut owned;
    let mut packed = data;
    for (nth, filter) in filters.iter().enumerate() {
        match filter.as_slice() {
            b"FlateDecode" | b"Fl" => {
                let after: &[Vec<u8>] = &filters[nth + 1..];
                if after.iter().any(|filter| !is_picture(filter)) {
                    return refused("one packing inside another");
                }
                return unpack(packed, at, budget);
            }
            b"ASCII85Decode" | b"A85" => owned = ascii85(packed, at, budget)?,
            b"ASCIIHexDecode" | b"AHx" => owned = ascii_hex(packed, at, budget)?,
            filter if is_picture(filter) => return Ok(()),
            b"LZWDecode" | b"LZW" => return refused("LZW"),
            _ => return refused("a filter that is not common"),
        }
        packed = &owned;
    }
    Ok(())
}

fn is_picture(filter: &[u8]) -> bool {
    matches!(
        filter,
        b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode"
    )
}

impl Budget {
    fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            Fault::whole(Rule::Limit {
                what: "bytes in a PDF, unpacked",
                max: UNPACKED_MAX as usize,
            })
        })?;
        Ok(())
    }

    fn count_objects(&mut self, dictionary: &[u8]) -> Result<(), Fault> {
        let inside =
            names(dictionary, b"/N").filter_map(|at| number(dictionary[at..].trim_ascii_start()));
        self.objects = self.objects.saturating_add(inside.max().unwrap_or(0));
        if self.objects > OBJECTS_MAX {
            Err(too_many_objects())
        } else {
            Ok(())
        }
    }
}

/// The dictionary that ends where `before` ends, comments between it and there left out.
fn dictionary(before: &[u8]) -> Option<&[u8]> {
    let mut before = before.trim_ascii_end();
    while !before.ends_with(b">>") {
        let line = before
            .iter()
            .rposition(|b| matches!(b, b'\r' | b'\n'))
            .map_or(0, |at| at + 1);
        let comment = before[line..].iter().position(|&b| b == b'%')?;
        before = before[..line + comment].trim_ascii_end();
    }
    let start = before.len().saturating_sub(DICTIONARY_MAX_BYTES);
    let window = &before[start..];
    let object = memchr::memmem::rfind(window, b"obj").map_or(0, |at| at + 3);
    Some(&window[object..])
}

/// A dictionary's text with the characters of its names that are written by number.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |nth: usize| after.get(nth).and_then(|&b| (b as char).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'#', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// The filters that a stream's dictionary names.
fn filters(dictionary: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut found = Vec::new();
    let mut keys = 0;
    for (key, at) in [b"/Filter".as_slice(), b"/F"]
        .iter()
        .flat_map(|key| names(dictionary, key).map(move |at| (*key, at)))
    {
        let value = dictionary[at..].trim_ascii_start();
        let list = match value.first() {
            Some(b'/') => &value[..name_length(&value[1..]) + 1],
            Some(b'[') => value[1..].split(|&b| b == b']').next().unwrap_or_default(),
            // `/F` names a file outside, which is never opened.
            _ if key == b"/F" => return Err("a stream that stands in another file"),
            _ => return Err("by a filter that is named elsewhere"),
        };
        keys += 1;
        for name in list
            .split(u8::is_ascii_whitespace)
            .flat_map(|part| part.split(|&b| b == b'/'))
        {
            if !name.is_empty() {
                found.push(name.to_vec());
            }
        }
    }
    if keys > 1 {
        Err("two filters that exclude one another")
    } else {
        Ok(found)
    }
}

fn name_length(text: &[u8]) -> usize {
    text.iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count()
}

/// Unpacks to nothing, to the end, counting.
fn unpack(packed: &[u8], at: usize, budget: &mut Budget) -> Result<(), Fault> {
    let mut unpacked = ZlibDecoder::new(packed);
    let mut buffer = [0_u8; 16 << 10];
    loop {
        match unpacked.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => budget.take(count as u64)?,
            Err(_) => return Err(damaged(at, "a stream cannot be unpacked")),
        }
    }
}

/// The bytes of a text in base 85, up to its end.
fn ascii85(text: &[u8], at: usize, budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    let end = text
        .iter()
        .position(|&b| b == b'~')
        .ok_or_else(|| damaged(at, "a stream has no end"))?;
    budget.take(end as u64)?;
    let mut out = Vec::with_capacity(end / 5 * 4);
    let mut group = [0_u8; 5];
    let mut filled = 0;
    for &byte in text[..end]
        .iter()
        .filter(|b| !b.is_ascii_whitespace() && **b != 0)
    {
        match byte {
            b'z' if filled == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group[filled] = byte - b'!';
                filled += 1;
                if filled == 5 {
                    out.extend(base85(group).to_be_bytes());
                    filled = 0;
                }
            }
            _ => return Err(damaged(at, "a stream in base 85 is malformed")),
        }
    }
    if filled > 0 {
        group[filled..].fill(84);
        out.extend(&base85(group).to_be_bytes()[..filled - 1]);
    }
    Ok(out)
}

fn base85(group: [u8; 5]) -> u32 {
    group.iter().fold(0_u32, |sum, &digit| {
        sum.wrapping_mul(85).wrapping_add(u32::from(digit))
    })
}

/// The bytes of a text in base 16, up to its end.
fn ascii_hex(text: &[u8], at: usize, budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    let end = text
        .iter()
        .position(|&b| b == b'>')
        .ok_or_else(|| damaged(at, "a stream has no end"))?;
    budget.take(end as u64)?;
    let digits: Option<Vec<u8>> = text[..end]
        .iter()
        .filter(|b| !b.is_ascii_whitespace() && **b != 0)
        .map(|&b| {
            (b as char)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.ok_or_else(|| damaged(at, "a stream in base 16 is malformed"))?;
    Ok(digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect())
}
