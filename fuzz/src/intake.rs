//! Source files in formats of their own: PDF, e-mail, captions.

use strongroom_ingest::read;

use crate::ingest::holds;

/// Reads a file; whatever it is, an error names it.
fn answered(name: &str, bytes: &[u8]) {
    match read(name, bytes) {
        Ok(file) => holds(&file),
        Err(why) => assert!(why.to_string().starts_with(name), "{why} names no file"),
    }
}

/// A PDF, and the content of a page of a sound one.
///
/// Laws: as for [`ingest`](crate::ingest()), but that a packed file may hold more text than bytes.
pub fn pdf(bytes: &[u8]) {
    answered("file.pdf", bytes);
    answered("file.pdf", &page(bytes));
}

/// A PDF of one page with this content.
fn page(content: &[u8]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> \
         /XObject << /X 5 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    .map(|object| object.as_bytes().to_vec())
    .to_vec();
    let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    stream.extend(content);
    stream.extend(b"\nendstream");
    objects.push(stream);
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (nth, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{nth} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let at = out.len();
    out.extend(table.bytes());
    out.extend(format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n").bytes());
    out
}

/// A message.
///
/// Laws: as for [`ingest`](crate::ingest()), but that other character sets may take fewer bytes.
pub fn mail(bytes: &[u8]) {
    answered("file.eml", bytes);
}

/// WebVTT and SubRip, as they are and behind a sound beginning.
///
/// Laws: as for [`ingest`](crate::ingest()); cues are in order, and none ends before it begins.
pub fn captions(bytes: &[u8]) {
    let behind = |beginning: &str| [beginning.as_bytes(), bytes].concat();
    for (name, bytes) in [
        ("file.vtt", bytes.to_vec()),
        ("file.srt", bytes.to_vec()),
        ("file.vtt", behind("WEBVTT\n\n")),
        ("file.srt", behind("1\n00:00:00,000 --> 00:00:01,000\n")),
    ] {
        answered(name, &bytes);
        if let Ok(file) = read(name, &bytes) {
            let cues = file.drafts.drafts()[0]
                .portions
                .iter()
                .filter_map(|p| p.cue);
            let cues: Vec<_> = cues.collect();
            assert!(cues.is_sorted_by_key(|cue| cue.start_ms));
            assert!(cues.iter().all(|cue| cue.start_ms <= cue.end_ms));
        }
    }
}
