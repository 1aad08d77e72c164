//! Timing, and the limits that figures stand beside.

use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use strongroom_record::Stream;
use strongroom_seal::{KemPrivate, PersonKeys, Suite, SuiteFloor, domain, seal_to};

/// The lines of the report.
#[derive(Default)]
pub(crate) struct Figures(Vec<String>);

impl Figures {
    pub(crate) fn line(&mut self, text: &str) {
        println!("{text}");
        self.0.push(text.to_owned());
    }
    pub(crate) fn row(
        &mut self,
        what: &str,
        took: Duration,
        beside: &str,
        limit: Duration,
        aim: &str,
    ) {
        let ratio = took.as_secs_f64() / limit.as_secs_f64().max(1e-12);
        let aim = if aim.is_empty() {
            String::new()
        } else {
            format!(" ({aim})")
        };
        self.line(&format!(
            "{what}: {}{aim}; {beside}: {}; ratio {ratio:.2}",
            human(took),
            human(limit)
        ));
    }
    pub(crate) fn print(&self) {
        println!("\n{} figures", self.0.len());
    }
}

fn human(d: Duration) -> String {
    let ns = d.as_secs_f64() * 1e9;
    if ns < 1e3 {
        format!("{ns:.1} ns")
    } else if ns < 1e6 {
        format!("{:.2} µs", ns / 1e3)
    } else {
        format!("{:.2} ms", ns / 1e6)
    }
}

/// Time of one run, from many; half of the best of five rounds is noise, so the median round counts.
pub(crate) fn time(runs: u32, mut work: impl FnMut()) -> Duration {
    let rounds = 5;
    let each = (runs / rounds).max(1);
    let mut all: Vec<f64> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..each {
                work();
            }
            started.elapsed().as_secs_f64() / f64::from(each)
        })
        .collect();
    all.sort_by(f64::total_cmp);
    Duration::from_secs_f64(all[rounds as usize / 2])
}

/// Processor time that this process has used.
pub(crate) fn cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        used.tv_sec.unsigned_abs(),
        used.tv_nsec.unsigned_abs() as u32,
    )
}

/// Appending 4 KiB to a file and syncing it.
pub(crate) fn fsync() -> Duration {
    let mut file = tempfile::tempfile().expect("a temporary file");
    let block = [7u8; 4096];
    time(200, || {
        file.write_all(&block).expect("the disk takes it");
        file.sync_data().expect("the disk syncs");
    })
}

/// Writing so many bytes and syncing once; MB a second.
pub(crate) fn raw_write(bytes: usize) -> f64 {
    let mut file: File = tempfile::tempfile().expect("a temporary file");
    let block = vec![7u8; 1 << 20];
    let started = Instant::now();
    for _ in 0..bytes.div_ceil(block.len()) {
        file.write_all(&block).expect("the disk takes it");
    }
    file.sync_data().expect("the disk syncs");
    bytes as f64 / 1e6 / started.elapsed().as_secs_f64()
}

/// The library's AES-256-GCM over so many bytes, key at hand.
pub(crate) fn raw_aes(size: usize) -> Duration {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[3; 32]).expect("32 bytes"));
    let mut bytes = vec![7; size];
    time(20_000, || {
        let nonce = Nonce::assume_unique_for_key([5; 12]);
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut bytes)
            .expect("it seals");
        let _ = std::hint::black_box(tag);
    })
}

/// One HPKE seal of 32 bytes.
pub(crate) fn hpke_seal() -> Duration {
    let mut dice = Stream::from_seed([9; 32]);
    let public = KemPrivate::random(Suite::Cnsa, &mut dice).public();
    time(50, || {
        std::hint::black_box(
            seal_to(
                Suite::Cnsa,
                &public,
                domain::BOX_SHARE,
                b"",
                &[1; 32],
                &mut dice,
            )
            .expect("same suite"),
        );
    })
}

/// Walking the events of an XML file with the parser alone.
pub(crate) fn xml_events(bytes: &[u8]) -> Duration {
    let started = Instant::now();
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut n = 0u64;
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Eof => break,
            _ => n += 1,
        }
    }
    std::hint::black_box(n);
    started.elapsed()
}

/// The library's SHA-256 over so many bytes, in pieces of 4 KB.
pub(crate) fn sha256_of(bytes: usize) -> Duration {
    use aws_lc_rs::digest::{SHA256, digest};
    const PIECE: usize = 4 << 10;
    let piece = [7u8; PIECE];
    let started = Instant::now();
    for _ in 0..bytes.div_ceil(PIECE) {
        std::hint::black_box(digest(&SHA256, std::hint::black_box(&piece)));
    }
    started.elapsed()
}

/// One signature of a person verified, both of its halves.
pub(crate) fn signature_verified() -> Duration {
    let keys = PersonKeys::random(Suite::Cnsa, &mut Stream::from_seed([8; 32]));
    let public = keys.public();
    let message = [5u8; 64];
    let signature = keys.signing.sign(domain::SIGN_COMMAND, &message);
    time(200, || {
        let verified =
            public
                .verifying()
                .verify(SuiteFloor::CNSA, domain::SIGN_COMMAND, &message, &signature);
        verified.expect("it fits");
    })
}

/// So many signatures of persons verified and nothing else, on all cores.
pub(crate) fn signatures_verified(count: usize) -> Duration {
    let keys = PersonKeys::random(Suite::Cnsa, &mut Stream::from_seed([8; 32]));
    let public = keys.public();
    let message = [5u8; 64];
    let signature = keys.signing.sign(domain::SIGN_COMMAND, &message);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    thread::scope(|scope| {
        for thread in 0..threads {
            let (public, signature) = (&public, &signature);
            scope.spawn(move || {
                for _ in (thread..count).step_by(threads) {
                    let (floor, domain) = (SuiteFloor::CNSA, domain::SIGN_COMMAND);
                    let verifying = public.verifying();
                    let verified = verifying.verify(floor, domain, &message, signature);
                    verified.expect("it fits");
                }
            });
        }
    });
    started.elapsed()
}
