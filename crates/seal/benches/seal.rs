//! What sealing costs, each figure beside the library's raw cost in the same run.
//!
//! `cargo bench -p strongroom-seal`

use std::hint::black_box;
use std::io::{Write, sink};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use strongroom_label::{AtomName, Label, Name};
use strongroom_record::{AtomId, BackupId, BoxId, PersonId, PortionId, RecordId, RoomId, Stream};
use strongroom_seal::{
    AtomRole, BackupHeader, BackupKey, BackupShares, BackupWriter, Bundle, BundleFacts, HouseKey,
    KeyBox, KeyHolder, LabelDigest, LedgerHead, Passphrase, PersonKeys, PortionBinding, Purpose,
    RecordKey, SealedBackup, SigningKey, Suite, SuiteFloor, VaultKey, atom, cover, domain,
    generate, open_portion, seal_portion, seal_to, uncover,
};

/// Median time of one call, over batches that take about 20 ms together a sample.
fn median(mut act: impl FnMut()) -> Duration {
    let start = Instant::now();
    act();
    let once = start.elapsed().max(Duration::from_nanos(100));
    let batch = (Duration::from_millis(20).as_nanos() / once.as_nanos()).clamp(1, 20_000) as u32;
    let mut samples: Vec<Duration> = (0..11)
        .map(|_| {
            let start = Instant::now();
            (0..batch).for_each(|_| act());
            start.elapsed() / batch
        })
        .collect();
    samples.sort();
    samples[samples.len() / 2]
}

fn show(what: &str, took: Duration) {
    println!("{what:<52} {:>10.2} µs", took.as_nanos() as f64 / 1_000.0);
}

fn main() {
    for suite in [Suite::Cnsa, Suite::Mock] {
        println!("{suite:?}");
        run(suite);
        backups(suite);
        println!();
    }
}

fn run(suite: Suite) {
    let floor = SuiteFloor::at(suite);
    let mut stream = Stream::from_seed([1; 32]);
    let stream = &mut stream;
    let room = RoomId::random(stream);
    let raw = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes"));

    let level = Name::new("Secret").expect("a name");
    let caption = (
        Name::new("Caption").expect("a name"),
        Name::new("Nodis").expect("a name"),
    );
    let label = Label::of_level(level).with_restrictive(caption.0, caption.1);

    let key = RecordKey::random(suite, stream);
    let binding = PortionBinding {
        room,
        record: RecordId::random(stream),
        version: 1,
        portion: PortionId::random(stream),
        filing: LabelDigest::of(&label),
    };
    let text = [b'x'; 382];
    let sealed = seal_portion(suite, &key, &binding, &text, stream);
    show(
        "seal_portion, 382 bytes",
        median(|| {
            black_box(seal_portion(suite, &key, &binding, &text, stream));
        }),
    );
    show(
        "open_portion, 382 bytes",
        median(|| {
            black_box(open_portion(floor, &key, &binding, &sealed).is_ok());
        }),
    );

    let house = HouseKey::random(suite, stream);
    let at = VaultKey {
        kind: 1,
        id: [1; 16],
        counter: 1,
    };
    for (len, what) in [
        (1 << 10, "1 KiB"),
        (64 << 10, "64 KiB"),
        (1 << 20, "1 MiB"),
        (16 << 20, "16 MiB"),
    ] {
        let value = vec![7; len];
        let covered = cover(&house, room, at, &value, stream);
        show(
            &format!("cover, {what}"),
            median(|| {
                black_box(cover(&house, room, at, &value, stream));
            }),
        );
        show(
            &format!("uncover, {what}"),
            median(|| {
                black_box(uncover(floor, &house, room, at, &covered).is_ok());
            }),
        );
        let mut buffer = value.clone();
        show(
            &format!("  raw AES-256-GCM in place, {what}"),
            median(|| {
                let nonce = Nonce::assume_unique_for_key([0; 12]);
                black_box(
                    raw.seal_in_place_separate_tag(nonce, Aad::empty(), &mut buffer)
                        .is_ok(),
                );
            }),
        );
        show(
            &format!("  raw AES-256-GCM of a fresh copy, {what}"),
            median(|| {
                let nonce = Nonce::assume_unique_for_key([0; 12]);
                let mut copy = value.clone();
                black_box(
                    raw.seal_in_place_separate_tag(nonce, Aad::empty(), &mut copy)
                        .is_ok(),
                );
                black_box(copy);
            }),
        );
    }

    let (private, public) = generate(suite, stream);
    let sealed =
        seal_to(suite, &public, domain::HOLDING, b"", &[0; 32], stream).expect("one suite");
    show(
        "kem: make a pair",
        median(|| {
            black_box(generate(suite, stream));
        }),
    );
    show(
        "kem: seal 32 bytes",
        median(|| {
            black_box(seal_to(suite, &public, domain::HOLDING, b"", &[0; 32], stream).is_ok());
        }),
    );
    show(
        "kem: open 32 bytes",
        median(|| {
            black_box(private.open(floor, domain::HOLDING, b"", &sealed).is_ok());
        }),
    );

    let signing = SigningKey::random(suite, stream);
    let signature = signing.sign(domain::SIGN_COMMAND, &[0; 48]);
    show(
        "sign (Ed25519 and ML-DSA-87)",
        median(|| {
            black_box(signing.sign(domain::SIGN_COMMAND, &[0; 48]));
        }),
    );
    show(
        "verify (both)",
        median(|| {
            let outcome =
                signing
                    .verifying()
                    .verify(floor, domain::SIGN_COMMAND, &[0; 48], &signature);
            black_box(outcome.is_ok());
        }),
    );

    let mut make = |name: AtomName| {
        atom::make(
            suite,
            AtomId::random(stream),
            AtomRole::Label(name),
            1,
            stream,
        )
    };
    let atoms = [
        make("Secret".parse().expect("a name")),
        make("Caption:Nodis".parse().expect("a name")),
    ];
    let quorum = atom::make(suite, AtomId::random(stream), AtomRole::Quorum, 1, stream);
    let is = |public: &AtomRole, name: &AtomName| *public == AtomRole::Label(name.clone());
    let lookup = |name: &AtomName| atoms.iter().map(|a| &a.0).find(|a| is(&a.name, name));
    let holder = |name: &AtomName, _| atoms.iter().find(|a| is(&a.0.name, name)).map(|a| &a.1);
    let make_box = |stream: &mut Stream| {
        let id = BoxId::random(stream);
        KeyBox::make(
            suite,
            room,
            id,
            label.clone(),
            Purpose::Batch,
            lookup,
            &quorum.0,
            stream,
        )
        .unwrap_or_else(|e| panic!("{e}"))
    };
    let (key_box, box_key) = make_box(stream);
    show(
        "key box of two parts: make",
        median(|| {
            black_box(make_box(stream));
        }),
    );
    show(
        "key box of two parts: open",
        median(|| {
            black_box(key_box.open(floor, room, holder).is_ok());
        }),
    );
    let digest = LabelDigest::of(&label);
    let wrap = strongroom_seal::WrapBinding {
        room,
        record: RecordId::random(stream),
        group: strongroom_record::GroupId::random(stream),
        filing: digest,
        present: digest,
        event: strongroom_record::EventId::random(stream),
        key_box: key_box.id(),
    };
    show(
        "record key: wrap",
        median(|| {
            black_box(key.wrap(&box_key, &wrap, stream));
        }),
    );

    let keys = PersonKeys::random(suite, stream);
    let facts = BundleFacts {
        room,
        person: PersonId::random(stream),
        name: "ada".to_owned(),
        genesis: [0; 32],
    };
    let passphrase = Passphrase::generate(6, stream);
    let bundle = Bundle::wrap(&keys, &facts, &passphrase, stream);
    show(
        "bundle: unwrap (Argon2id 64 MiB, 3, 1)",
        median(|| {
            black_box(bundle.unwrap(floor, &passphrase).is_ok());
        }),
    );
    show(
        "bundle: decoy work",
        median(|| Bundle::decoy_work(suite, &passphrase)),
    );
}

/// A stream of 64 MiB, from and to memory: what sealing and opening cost, without a disk.
fn backups(suite: Suite) {
    const BYTES: usize = 64 << 20;
    const SAMPLES: usize = 11;
    let content = vec![7; BYTES];
    let mut stream = Stream::from_seed([2; 32]);
    let room = RoomId::random(&mut stream);
    let holder = KeyHolder::random(suite, "Ada", &mut stream).expect("a name");
    let cards = [holder.card()];
    let mut seal_into = |out: &mut dyn Write| -> (Duration, BackupKey) {
        let id = BackupId::random(&mut stream);
        let (shares, key) = BackupShares::of_backup(suite, room, id, 1, &cards, &mut stream)
            .expect("a quorum of one");
        let head = LedgerHead {
            size: 1,
            root: [1; 32],
        };
        let header = BackupHeader {
            shares,
            base: None,
            head,
            range: Vec::new().into(),
        };
        let start = Instant::now();
        let mut writer = BackupWriter::begin(out, &header, key).expect("memory");
        writer.write_all(&content).expect("memory");
        let (_, key) = writer.finish().expect("memory");
        (start.elapsed(), key)
    };
    let mut sealing: Vec<Duration> = (0..SAMPLES).map(|_| seal_into(&mut sink()).0).collect();
    let mut sealed = Vec::with_capacity(BYTES + (1 << 20));
    let (_, key) = seal_into(&mut sealed);
    let mut opening: Vec<Duration> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            let read = SealedBackup::read_header(&sealed[..], SuiteFloor::at(suite));
            let mut reader = read.and_then(|r| r.open(&key)).expect("its own key");
            while let Some(chunk) = reader.next_chunk().expect("it is whole") {
                black_box(chunk);
            }
            start.elapsed()
        })
        .collect();
    for (what, samples) in [("seal", &mut sealing), ("open", &mut opening)] {
        samples.sort();
        let took = samples[SAMPLES / 2];
        let rate = BYTES as f64 / took.as_secs_f64() / 1e9;
        println!("backup: {what} 64 MiB {rate:>34.2} GB/s");
    }
}
