//! A disk in memory that many tests share the bytes of: each changes some, and what it writes is its own.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use strongroom_vault::StorageBackend;

/// What is kept of what was written, at once.
const PAGE: usize = 4096;

/// Clones are the same disk.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    below: Arc<[u8]>,
    above: Arc<Mutex<Above>>,
}

#[derive(Debug)]
struct Above {
    pages: HashMap<u64, Box<[u8; PAGE]>>,
    len: u64,
}

impl Overlay {
    /// A disk that holds these bytes.
    pub(crate) fn over(below: &Arc<[u8]>) -> Self {
        Self {
            below: Arc::clone(below),
            above: Arc::new(Mutex::new(Above {
                pages: HashMap::new(),
                len: below.len() as u64,
            })),
        }
    }
    /// The same with some bits of one byte turned over.
    pub(crate) fn flipped(below: &Arc<[u8]>, at: usize, mask: u8) -> Self {
        let disk = Self::over(below);
        disk.write(at as u64, &[below[at] ^ mask]).unwrap();
        disk
    }
    /// The first bytes alone.
    pub(crate) fn cut(below: &Arc<[u8]>, len: usize) -> Self {
        let disk = Self::over(below);
        disk.set_len(len as u64).unwrap();
        disk
    }

    /// Calls back with each part of a range that lies in one page: page, where in it, where in the range.
    fn parts(offset: u64, len: usize, mut each: impl FnMut(u64, usize, std::ops::Range<usize>)) {
        let mut done = 0;
        while done < len {
            let at = offset + done as u64;
            let within = (at % PAGE as u64) as usize;
            let take = (PAGE - within).min(len - done);
            each(at / PAGE as u64, within, done..done + take);
            done += take;
        }
    }

    /// A page as it lies below; zeros behind the end.
    fn page_below(&self, page: u64) -> Box<[u8; PAGE]> {
        let mut bytes = Box::new([0; PAGE]);
        let from = (page as usize * PAGE).min(self.below.len());
        let held = &self.below[from..(from + PAGE).min(self.below.len())];
        bytes[..held.len()].copy_from_slice(held);
        bytes
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.above.lock().unwrap().len)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let above = self.above.lock().unwrap();
        if offset + out.len() as u64 > above.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Self::parts(offset, out.len(), |page, within, part| {
            let take = part.len();
            let out = &mut out[part];
            match above.pages.get(&page) {
                Some(written) => out.copy_from_slice(&written[within..within + take]),
                None => {
                    let from = page as usize * PAGE + within;
                    let held = self.below.len().saturating_sub(from).min(take);
                    out.fill(0);
                    if held > 0 {
                        out[..held].copy_from_slice(&self.below[from..from + held]);
                    }
                }
            }
        });
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut above = self.above.lock().unwrap();
        if len < above.len {
            // What lay behind the new end reads as zeros, should the file grow again.
            for page in len / PAGE as u64..above.len.div_ceil(PAGE as u64) {
                let mut bytes = match above.pages.remove(&page) {
                    Some(written) => written,
                    None => self.page_below(page),
                };
                let keep = len.saturating_sub(page * PAGE as u64).min(PAGE as u64) as usize;
                bytes[keep..].fill(0);
                above.pages.insert(page, bytes);
            }
        }
        above.len = len;
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut above = self.above.lock().unwrap();
        if offset + data.len() as u64 > above.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Self::parts(offset, data.len(), |page, within, part| {
            let take = part.len();
            let bytes = above
                .pages
                .entry(page)
                .or_insert_with(|| self.page_below(page));
            bytes[within..within + take].copy_from_slice(&data[part]);
        });
        Ok(())
    }
}
