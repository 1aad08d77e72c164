//! Writes the part of the corpus that is made: short valid inputs of every kind.
//!
//! `cargo run --example seed`, in this folder; the rest of the corpus are the vectors of the crates, copied by `./seed`,
//! and what fuzzing found.

use std::fs;
use std::path::Path;

use minicbor::bytes::ByteVec;
use strongroom_label::{AtomName, Clearance, Label, Name};
use strongroom_record::approval::{
    ActingBegan, Approval, ApprovalAsked, Asked, Departed, PolicyChanged, REQUEST_DIGEST_BYTES,
};
use strongroom_record::disclosure::{
    DisclosedContent, DisclosedFile, DisclosurePage, DisclosuresTaken, TakenMessage,
    place as batch_of,
};
use strongroom_record::event::{
    Act, AtomBorn, ChallengeAnswered, ChallengeWords, Challenged, CommandRow, Destroyed,
    DocketFacts, Due, Filed, FiledKeeping, Genesis, GroupFiled, GroupLowered, GroupRaised,
    HoldingMade, Holds, Link, LinkKind, Look, LookWords, Lowered, LoweredBy, Outcome, Overridden,
    PortionTreeRoot, PracticeAdded, PracticeWords, RecordingFiled, Requested, Role, SealedCopy,
    SealedField, SealedFor, Statement, StoredEvent, Withdrawn,
};
use strongroom_record::portion::{Content, TextPortion};
use strongroom_record::{
    ApprovalRequestId, AtomId, BoxId, ChallengeId, CommandId, Cue, DisclosureId, DraftSet, EventId,
    GroupId, HoldingId, InvitationId, PersonId, Portion, PortionId, PortionKind, PracticeId,
    Precision, RecordId, RecoveryId, RequestId, RoomId, SessionId, ShareId, Stream, Timestamp,
    When, encode,
};
use strongroom_seal::atom::make;
use strongroom_seal::disclosure::{Brought, pad};
use strongroom_seal::keybox::Purpose;
use strongroom_seal::{
    AskedShares, AtomPublic, AtomRole, Bundle, BundleFacts, DisclosureCode, DisclosureKeys,
    HouseKey, HousePurpose, HouseShares, KeyBox, KeyHolder, NoteBox, Passphrase, PersonKeys,
    Quorum, RecoverySheet, SealedMessage, SealedReply, SealedShare, ShareRequest, SigningKey,
    Suite, SuiteFloor, deal, domain,
};

fn keep(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("the corpus is writable");
    fs::write(folder.join(name), bytes).expect("the corpus is writable");
}

fn main() {
    let mut stream = Stream::from_seed([1; 32]);
    records(&mut stream);
    objects(&mut stream);
    disclosures(&mut Stream::from_seed([2; 32]));
    for (n, sealed) in strongroom_fuzz::sealed().into_iter().enumerate() {
        keep("opening", &format!("sealed-{n}"), sealed);
    }
    proofs();
    for (n, receipt) in strongroom_fuzz::signed::receipts().iter().enumerate() {
        keep("receipt", &format!("receipt-{n}"), receipt.to_text());
    }
    outside();
    labels();
    markings();
    guards(&mut stream);
    requests();
    answers();
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn some_label() -> Label {
    Label::of_level(name("Secret"))
        .with_restrictive(name("Caption"), name("Nodis"))
        .with_permissive(name("Releasable to"), [name("Israel")].into())
        .with_informative(name("Note"), name("Draft"))
}

fn group(s: &mut Stream) -> GroupFiled {
    GroupFiled {
        id: GroupId::random(s),
        label: some_label(),
        key_box: BoxId::random(s),
        portions: vec![PortionId::random(s), PortionId::random(s)],
        holds: Holds::Text,
        seals: vec![1, 2, 3].into(),
    }
}

fn acts(s: &mut Stream) -> Vec<Act> {
    let bytes = || ByteVec::from(vec![7; 8]);
    let person = PersonId::random(s);
    let record = RecordId::random(s);
    let filed = Filed {
        record,
        version: 1,
        filing: CommandId::random(s),
        groups: vec![group(s)],
        tree: PortionTreeRoot {
            root: [9; 32],
            count: 2,
        },
        overridden: Some(Overridden {
            rules: vec!["a-rule".into()],
        }),
        keeping: Some(FiledKeeping {
            schedule: Some("calls".into()),
            due: vec![due()],
        }),
    };
    vec![
        Act::Founded(Box::new(Genesis {
            room: RoomId::random(s),
            suite: 1,
            policy_name: "p".into(),
            policy: "name = \"p\"".into(),
            founder: person,
            founder_name: "anna".into(),
            founder_keys: bytes(),
            key_holders: vec![bytes()],
            quorum: 1,
            log_keys: "k".into(),
            founder_holds: true,
            house_shares: vec![bytes()],
            rules: Some("[[rule]]".into()),
        })),
        Act::AtomMade(AtomBorn {
            public: bytes(),
            holdings: vec![(person, HoldingId::random(s))],
            shares: vec![(ShareId::random(s), bytes())],
        }),
        Act::AtomTurned(AtomBorn {
            public: bytes(),
            holdings: vec![],
            shares: vec![(ShareId::random(s), bytes())],
        }),
        Act::Invited {
            invitation: InvitationId::random(s),
            name: "bo".into(),
            roles: Role::ALL.to_vec(),
            verifier: bytes(),
            until: Timestamp::from_millis(1_790_000_000_000),
        },
        Act::Joined {
            invitation: InvitationId::random(s),
            person,
            keys: bytes(),
        },
        Act::Confirmed {
            person,
            keys: bytes(),
            roles: vec![Role::Reader],
            lone_founder: true,
        },
        Act::ClearanceSealed {
            person,
            holdings: vec![HoldingMade {
                atom: AtomId::random(s),
                epoch: 1,
                holding: HoldingId::random(s),
            }],
            request: None,
        },
        Act::SignedIn,
        Act::SignInRefused { person: None },
        Act::LabelKeyMade {
            key_box: BoxId::random(s),
            label: some_label(),
            digest: bytes(),
        },
        Act::Filed(filed),
        Act::FrameFiled {
            filing: CommandId::random(s),
            group: group(s),
            record,
        },
        Act::Restricted {
            record,
            groups: vec![GroupRaised {
                from: GroupId::random(s),
                to: GroupId::random(s),
                portions: vec![PortionId::random(s)],
                label: some_label(),
                key_box: BoxId::random(s),
            }],
            given: some_label(),
        },
        Act::Opened {
            record,
            portions: vec![PortionId::random(s)],
            original: false,
        },
        Act::Refused {
            asked: "read".into(),
        },
        Act::Graded {
            record,
            portions: vec![PortionId::random(s)],
        },
    ]
}

/// What comes to a record after its filing, and beside it.
fn later_acts(s: &mut Stream) -> Vec<Act> {
    let record = RecordId::random(s);
    let beside = |s: &mut Stream, holds| GroupFiled { holds, ..group(s) };
    let recording = RecordingFiled {
        record,
        first: 1,
        groups: vec![beside(s, Holds::Recording), beside(s, Holds::Recording)],
        last: true,
    };
    let corrected = Filed {
        record,
        version: 2,
        filing: CommandId::random(s),
        groups: vec![group(s), beside(s, Holds::Attachment)],
        tree: PortionTreeRoot {
            root: [9; 32],
            count: 2,
        },
        overridden: None,
        keeping: None,
    };
    let id = GroupId::random(s);
    let withdrawn = Withdrawn {
        record,
        asked: EventId::random(s),
        groups: vec![GroupRaised {
            from: id,
            to: id,
            portions: Vec::new(),
            label: some_label(),
            key_box: BoxId::random(s),
        }],
        request: Some(ApprovalRequestId::from_bytes([4; 16])),
    };
    let link = Link {
        from: RecordId::random(s),
        to: record,
        to_portion: Some(PortionId::random(s)),
        kind: LinkKind::Denial,
    };
    vec![
        Act::RecordingFiled(recording),
        Act::Corrected(corrected),
        Act::WithdrawalAsked { record },
        Act::Withdrawn(withdrawn),
        Act::Linked(link),
    ]
}

fn due() -> Due {
    Due {
        on: Timestamp::from_millis(1_990_000_000_000),
        label: Label::of_level(name("Open")),
    }
}

/// What takes more hands: asked for in every way, agreed to, and what comes of it.
fn hands(s: &mut Stream) -> Vec<(String, Act)> {
    let bytes = || ByteVec::from(vec![7; 8]);
    let record = RecordId::random(s);
    let person = PersonId::random(s);
    let principal = PersonId::random(s);
    let request = ApprovalRequestId::random(s);
    let until = Timestamp::from_millis(1_790_000_000_000);
    let born = AtomBorn {
        public: bytes(),
        holdings: vec![(person, HoldingId::random(s))],
        shares: vec![(ShareId::random(s), bytes())],
    };
    let asked = [
        Asked::Clear {
            person,
            atoms: vec![AtomId::random(s)],
        },
        Asked::Withdraw { record },
        Asked::Lower {
            record,
            portions: vec![PortionId::random(s)],
            label: some_label(),
        },
        Asked::Destroy { record },
        Asked::UndoRestriction {
            record,
            restriction: EventId::random(s),
        },
        Asked::ReleaseHold {
            record,
            hold: EventId::random(s),
        },
        Asked::Schedule {
            record,
            schedule: Some("calls".into()),
            due: Some(vec![due()]),
        },
        Asked::Rules {
            rules: "[[rule]]".into(),
        },
        Asked::Policy {
            policy: "name = \"p\"".into(),
        },
        Asked::Acting {
            deputy: person,
            principal,
            until,
        },
        Asked::Depart { person },
    ];
    let asked = asked.into_iter().enumerate().map(|(n, asked)| {
        let asked = ApprovalAsked {
            request,
            asked,
            basis: [6; REQUEST_DIGEST_BYTES],
            until,
        };
        (n.to_string(), Act::ApprovalAsked(Box::new(asked)))
    });
    let done = [
        Act::Approved(Approval {
            request,
            digest: [5; REQUEST_DIGEST_BYTES],
            acting_for: Some(principal),
        }),
        Act::Denied { request },
        Act::RequestTakenBack { request },
        Act::RulesInForce {
            rules: "[[rule]]".into(),
            request: Some(request),
        },
        Act::PolicyChanged(Box::new(PolicyChanged {
            policy: "name = \"p\"".into(),
            made: vec![born.clone()],
            request,
        })),
        Act::ActingBegan(ActingBegan {
            deputy: person,
            principal,
            until,
            request,
        }),
        Act::ActingEnded {
            deputy: person,
            principal,
        },
        Act::Departed(Box::new(Departed {
            person,
            turned: vec![born],
            request: Some(request),
        })),
    ];
    asked
        .chain(done.into_iter().map(|act| (String::new(), act)))
        .collect()
}

/// How long records are kept.
fn keeping(s: &mut Stream) -> Vec<Act> {
    let record = RecordId::random(s);
    let request = ApprovalRequestId::random(s);
    let fell = GroupLowered {
        from: GroupId::random(s),
        to: GroupId::random(s),
        portions: vec![PortionId::random(s)],
        label: some_label(),
        key_box: BoxId::random(s),
        seals: vec![1, 2, 3].into(),
    };
    vec![
        Act::HoldPlaced { record },
        Act::HoldReleased {
            record,
            hold: EventId::random(s),
            request,
        },
        Act::Lowered(Box::new(Lowered {
            record,
            by: LoweredBy::Request(request),
            groups: vec![fell],
        })),
        Act::Destroyed(Destroyed {
            record,
            asked: EventId::random(s),
            values: 2,
            wraps: 3,
            slot: true,
            request: Some(request),
        }),
        Act::SlotsWiped {
            records: vec![record],
        },
        Act::ScheduleSet {
            record,
            schedule: Some("calls".into()),
            due: Some(vec![due()]),
            request,
        },
    ]
}

/// What oversight leaves in the ledger.
fn oversight(s: &mut Stream) -> Vec<Act> {
    let record = RecordId::random(s);
    let practice = PracticeId::random(s);
    let challenge = ChallengeId::random(s);
    let at = Timestamp::from_millis(1_790_000_000_000);
    let taken = DisclosuresTaken {
        page: DisclosurePage {
            root: [4; 32],
            inspectors: vec![7; 8].into(),
            routes: Some(vec![7; 48].into()),
        },
        places: batch_of(&[], s).into(),
        routes: Some(vec![0; 32].into()),
    };
    vec![
        Act::PracticeAdded(Box::new(PracticeAdded {
            practice,
            label: some_label(),
            from: at,
            until: Some(at),
        })),
        Act::PracticeEnded { practice },
        Act::DocketShown {
            look: Look::Reconcile,
        },
        Act::CustodyStated {
            digest: vec![7; 48].into(),
        },
        Act::Challenged(Challenged {
            challenge,
            record,
            reading: Some(EventId::random(s)),
            until: at,
        }),
        Act::ChallengeAnswered(ChallengeAnswered {
            challenge,
            record,
            outcome: Outcome::Partly,
            acting_for: None,
        }),
        Act::DisclosuresTaken(Box::new(taken)),
        Act::DisclosureShown {
            disclosures: vec![DisclosureId::random(s)],
            opened: true,
        },
    ]
}

/// Keeps an act, and an event of it, under its word and what tells it from others of that word.
fn keep_act(which: &str, act: Act, s: &mut Stream) {
    let word = format!("{}{which}", act.word());
    keep("record", &format!("act-{word}"), encode(&act));
    let event = StoredEvent {
        version: 1,
        room: RoomId::random(s),
        id: EventId::random(s),
        at: Timestamp::from_millis(1_790_000_000_000),
        actor: Some(PersonId::random(s)),
        session: Some(SessionId::random(s)),
        request: Some(Requested {
            id: RequestId::random(s),
            mark: s.bytes(),
        }),
        act,
        seed: [3; 32],
        sealed: vec![SealedField {
            commitment: [4; 32],
            copies: vec![
                SealedCopy {
                    readable: SealedFor::Inspectors(CommandId::random(s)),
                    sealed: vec![5; 5].into(),
                },
                SealedCopy {
                    readable: SealedFor::Label(BoxId::random(s), some_label()),
                    sealed: vec![5; 5].into(),
                },
            ],
        }],
        command: None,
    };
    keep("record", &format!("event-{word}"), encode(&event));
}

fn records(s: &mut Stream) {
    // A stream of its own, so that what was made before stays as it is.
    let mut later = Stream::from_seed([2; 32]);
    for act in later_acts(&mut later) {
        keep_act("", act, &mut later);
    }
    for act in acts(s) {
        keep_act("", act, s);
    }
    let mut latest = Stream::from_seed([4; 32]);
    for (which, act) in hands(&mut latest) {
        keep_act(&which, act, &mut latest);
    }
    let mut acts = keeping(&mut latest);
    acts.extend(oversight(&mut latest));
    for act in acts {
        keep_act("", act, &mut latest);
    }
    words();
    let command = CommandRow {
        person: PersonId::random(s),
        events: vec![EventId::random(s)],
        signature: vec![6; 12].into(),
        salt: [8; 32],
    };
    keep("record", "command", encode(&command));
    let when = When {
        start: "1969-02-14T17:35:00-05:00".into(),
        end: Some("1969-02-15".into()),
        precision: Precision::Minute,
        uncertain: true,
        zone_minutes: Some(-300),
        printed: "February 14".into(),
    };
    let statement = Statement {
        reason: "r".into(),
        authority: "a".into(),
        because: "b".into(),
        from_system: None,
        already_held_by: vec!["c".into()],
        override_because: Some("d".into()),
        practice: Some(PracticeId::from_bytes([3; 16])),
    };
    keep("record", "when", encode(&when));
    let docket = DocketFacts {
        statement,
        when: Some(when),
        place: Some("Washington".into()),
        participants: vec!["K".into()],
    };
    keep("record", "docket", encode(&docket));
    let text = TextPortion {
        kind: PortionKind::Paragraph,
        text: "K: Hello.".into(),
        speaker: Some("K".into()),
        gaps: vec!["1 line not declassified".into()],
        mark: Some("S//NF".into()),
        cue: Some(Cue {
            start_ms: 61_000,
            end_ms: 62_500,
        }),
    };
    let portion = Portion {
        order: 3,
        salt: [2; 32],
        content: Content::Text(text),
    };
    keep("record", "portion", encode(&portion));
    keep("record", "label", encode(&some_label()));
    let atoms = [
        AtomName::level(&name("Secret")),
        AtomName::value(&name("Caption"), &name("Nodis")),
    ];
    keep("record", "clearance", encode(&Clearance::from_atoms(atoms)));
}

/// What is sealed beside events of oversight.
fn words() {
    let practice = PracticeWords {
        words: "calls with heads of state".into(),
        authority: "a".into(),
    };
    keep("record", "practice-words", encode(&practice));
    let look = LookWords {
        asked: "place Bonn".into(),
        because: "b".into(),
    };
    keep("record", "look-words", encode(&look));
    let challenge = ChallengeWords {
        because: "b".into(),
        alleges: Some("embarrassment".into()),
    };
    keep("record", "challenge-words", encode(&challenge));
}

fn objects(s: &mut Stream) {
    let suite = Suite::Cnsa;
    let room = RoomId::random(s);
    let level = name("Secret");
    let role = AtomRole::Label(AtomName::level(&level));
    let (secret, private) = make(suite, AtomId::random(s), role, 0, s);
    let (quorum, _) = make(suite, AtomId::random(s), AtomRole::Quorum, 0, s);
    let (inspectors, _) = make(suite, AtomId::random(s), AtomRole::Inspectors, 0, s);
    let find = |_: &AtomName| -> Option<&AtomPublic> { Some(&secret) };
    let label = Label::of_level(level);
    let made = KeyBox::make(
        suite,
        room,
        BoxId::random(s),
        label,
        Purpose::LabelKey,
        find,
        &quorum,
        s,
    );
    let (key_box, _) = made.unwrap_or_else(|e| panic!("{e}"));
    keep("seal", "key-box", encode(&key_box));
    keep("seal", "atom", encode(&secret));
    let (note, _) = NoteBox::make(suite, room, CommandId::random(s), &inspectors, s)
        .unwrap_or_else(|e| panic!("{e}"));
    keep("seal", "note-box", encode(&note));

    let person = PersonKeys::random(suite, s);
    keep("seal", "person", encode(&person.public()));
    keep("seal", "kem-key", person.public().kem().as_bytes());
    keep(
        "seal",
        "verifying-key",
        person.public().verifying().as_bytes(),
    );
    let signing = SigningKey::random(suite, s);
    keep(
        "seal",
        "signature",
        signing.sign(domain::ALL[0], b"m").as_bytes(),
    );
    let passphrase = Passphrase::generate(6, s);
    keep("printed", "passphrase", passphrase.expose());
    keep(
        "printed",
        "fingerprint",
        person.public().fingerprint().to_string(),
    );
    let facts = BundleFacts {
        room,
        person: PersonId::random(s),
        name: "anna".into(),
        genesis: [1; 32],
    };
    keep("seal", "facts", encode(&facts));
    let bundle = Bundle::wrap(&person, &facts, &passphrase, s);
    keep("seal", "bundle", encode(&bundle));

    let holder = KeyHolder::random(suite, "Ada", s).expect("a name");
    keep("seal", "card", encode(&holder.card()));
    keep("printed", "card", holder.card().to_text());
    let file = holder.lock(&passphrase, s);
    keep("seal", "holder-file", encode(&file));
    keep("printed", "holder-file", file.to_text());
    keep(
        "printed",
        "house-key",
        HouseKey::random(suite, s).to_text().expose(),
    );
    keep(
        "printed",
        "sheet",
        RecoverySheet::random(suite, s).to_text().expose(),
    );
    keep("printed", "id", RecordId::random(s).to_string());
    keep("printed", "header-field", "place");

    keep(
        "seal",
        "quorum",
        encode(&Quorum::new(1, 1).expect("one of one")),
    );
    let shares = deal(room, &private, 1, &[holder.card()], s);
    let shares = shares.unwrap_or_else(|e| panic!("{e}"));
    keep("seal", "share", encode(&shares[0]));
    given(room, &holder, shares, s);
}

/// Shares asked for and given, and the house key's.
fn given(room: RoomId, holder: &KeyHolder, shares: Vec<SealedShare>, s: &mut Stream) {
    let request = ShareRequest {
        room,
        recovery: RecoveryId::random(s),
        asked: b"atom Secret for anna".to_vec().into(),
        recipient: PersonKeys::random(Suite::Cnsa, s).public().kem().clone(),
        holder: holder.card().id(),
        shares: AskedShares::Atoms(shares),
    };
    let answer = request.answer(SuiteFloor::CNSA, holder, s);
    let answer = answer.unwrap_or_else(|e| panic!("{e}"));
    keep("seal", "share-request", encode(&request));
    keep("seal", "share-answer", encode(&answer));
    keep("printed", "share-request", request.to_text());
    keep("printed", "share-answer", answer.to_text());
    let house = HouseKey::random(Suite::Cnsa, s);
    let cards = [holder.card()];
    let dealt = HouseShares::of_house(room, &house, HousePurpose::Opening, 1, &cards, s);
    let dealt = dealt.unwrap_or_else(|e| panic!("{e}"));
    keep("seal", "house-shares", encode(&dealt));
    keep("printed", "house-shares", dealt.to_text());
}

fn proofs() {
    use strongroom_tlog::commit::{Field, FieldTag, FieldTree, Salt, commit};
    use strongroom_tlog::tree::{LeafIndex, TreeSize};
    let tree = strongroom_fuzz::tree();
    let size = |n| TreeSize::new(n).expect("small");
    for (n, index) in [
        (1, 0),
        (2, 1),
        (7, 6),
        (64, 13),
        (65, 64),
        (100, 99),
        (100, 37),
    ] {
        let proof = tree.prove_inclusion(size(n), LeafIndex::new(index));
        let proof = proof.expect("it has that leaf");
        keep(
            "proof",
            &format!("inclusion-{index}-of-{n}"),
            proof.to_bytes(),
        );
    }
    for (old, new) in [
        (0, 0),
        (0, 7),
        (1, 1),
        (1, 2),
        (3, 7),
        (64, 100),
        (65, 99),
        (99, 100),
    ] {
        let proof = tree.prove_consistency(size(old), size(new));
        let proof = proof.expect("in order");
        keep(
            "proof",
            &format!("consistency-{old}-to-{new}"),
            proof.to_bytes(),
        );
        keep("proof", &format!("text-{old}-to-{new}"), proof.to_text());
    }
    let fields: Vec<_> = (1..=5)
        .map(|n| {
            let tag = FieldTag::new(n);
            let commitment = commit(tag, &Salt::new([1; 32]), b"v");
            Field { tag, commitment }
        })
        .collect();
    let fields = FieldTree::new(&fields).expect("five");
    for n in 0..5 {
        let proof = fields.prove(n).expect("it has that leaf");
        keep("proof", &format!("field-{n}"), proof.to_bytes());
    }
}

fn outside() {
    use strongroom_fuzz::signed::{self, HEAD, KEYS};
    use strongroom_tlog::tile::bundle;
    use strongroom_tlog::tree::TreeSize;
    use strongroom_tlog::witness::AddCheckpoint;
    let (tree, size) = (strongroom_fuzz::tree(), HEAD.head().size());
    for old in [0, size.get()] {
        let old = TreeSize::new(old).expect("small");
        let proof = tree.prove_consistency(old, size).expect("in order");
        let request = AddCheckpoint::new(&proof, signed::signed()).expect("of one size");
        keep("witness", &format!("add-from-{old}"), request.to_text());
    }
    let remembered =
        "example.org/room\n5\ncZ0DNpHNA2mtqqTr+/QqdOf6itux8rtXwUfLOovylEU=\n1790000000\n";
    keep("witness", "remembered", remembered);
    keep("witness", "conflict", "5\n");
    let [ed25519, ml_dsa] = strongroom_fuzz::witness_keys();
    keep("witness", "key-ed25519", &ed25519);
    keep("witness", "key-ml-dsa-44", &ml_dsa);
    keep("witness", "log-keys", KEYS);
    let log = KEYS.lines().next().expect("two lines");
    let policy = format!(
        "# ours\nlog {log}\nwitness a {ed25519} https://witness.example/\ngroup g any a\nquorum g\n"
    );
    keep("witness", "policy", policy);
    keep(
        "witness",
        "policy-without-quorum",
        format!("log {log}\nquorum none\n"),
    );

    for name in [
        "tile/0/000",
        "tile/entries/x001/x234/067",
        "tile/1/004.p/17",
        "tile/63/001",
    ] {
        keep("tile", &name.replace('/', "-"), name);
    }
    for width in [1, 2, 5] {
        let entries: Vec<_> = (0..width).map(signed::entry).collect();
        keep("tile", &format!("bundle-of-{width}"), bundle(&entries));
    }
}

fn labels() {
    for (n, text) in [
        "Secret; Nodis",
        "Top Secret & Secret; Nodis",
        "at-most Secret, Nodis",
        "Secret\nNodis\nat-most Top Secret, Nodis",
        "Secret; Sensitive\nNodis/Exdis\nRepeated to Bonn, Eyes Only\nPriority",
        "Confidential; Releasable to: nobody",
        "handling",
    ]
    .into_iter()
    .enumerate()
    {
        keep("label", &format!("made-{n}"), text);
    }
}

/// The golden tables, some markings at a time, behind the byte that chooses the policy.
fn markings() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/label/tests/vectors/markings");
    let with_grammar = strongroom_label::Policy::builtin_names()
        .filter(|name| strongroom_label::Policy::builtin(name).is_some_and(|p| p.reads_banners()));
    for (choice, name) in (0_u8..).zip(with_grammar) {
        let table = fs::read_to_string(folder.join(format!("{name}.tsv"))).expect("it has a table");
        let rows = table.lines().filter(|line| !line.starts_with('#'));
        let markings: Vec<_> = rows.filter_map(|row| row.split('\t').nth(1)).collect();
        for (n, some) in markings.chunks(8).enumerate() {
            let bytes = [&[choice][..], some.join("\n").as_bytes()].concat();
            keep("marking", &format!("{name}-{n}"), bytes);
        }
    }
}

fn guards(s: &mut Stream) {
    let portion = PortionId::random(s);
    let bytes = || ByteVec::from(vec![7; 8]);
    let digest = strongroom_seal::Digest::from_bytes([7; 48]);
    keep(
        "guard",
        "sealed-portions",
        encode(&[vec![(portion, bytes())]]),
    );
    keep("guard", "wrapped-key", encode(&(BoxId::random(s), bytes())));
    keep(
        "guard",
        "group-key",
        encode(&(BoxId::random(s), bytes(), vec![(portion, digest)])),
    );
    let frame = (vec![RecordId::random(s)], vec![bytes(), bytes()]);
    keep("guard", "frame", encode(&frame));
    // Lying under a slot; with the slot file that the store goes with, and a slot that is to be wiped.
    keep(
        "guard",
        "wrapped-key-under-slot",
        encode(&(BoxId::from_bytes([1; 16]), bytes(), Some(3_u64))),
    );
    keep("guard", "due-slot", encode(&[3_u64]));
    keep(
        "guard",
        "rules",
        include_str!("../../crates/guard/rules/default.toml"),
    );
    // A piece is a section's number and its rows, which are empty here, or places in the ledger.
    for section in 0..32_u8 {
        keep("guard", &format!("piece-{section}"), [0x82, section, 0x80]);
    }
    let acted = (9_u8, vec![(PersonId::random(s), vec![1_u64, 1])]);
    keep("guard", "piece-acted", encode(&acted));
    let code = data_encoding::BASE32_NOPAD.encode(&s.bytes::<48>());
    let code = code.to_lowercase();
    keep("guard", "code", &code);
    keep(
        "guard",
        "code-with-dotless-i",
        code.replacen('i', "\u{131}", 1),
    );
    keep("guard", "name", "anna.b-c_1");
}

fn requests() {
    for (name, text) in [
        ("who-am-i", r#"{"op":"who-am-i"}"#),
        ("passphrase", r#"{"op":"passphrase","old":"a","new":"b"}"#),
        (
            "invite",
            r#"{"op":"person-invite","name":"bo","roles":["reader"]}"#,
        ),
        (
            "confirm",
            r#"{"op":"person-confirm","name":"bo","fingerprint":"f"}"#,
        ),
        (
            "grant",
            r#"{"op":"clearance-grant","name":"bo","clearance":"at-most Secret"}"#,
        ),
        ("list", r#"{"op":"list","limit":10,"after":"x"}"#),
        (
            "read",
            r#"{"op":"read","record":"64v9jw0v","original":true}"#,
        ),
        (
            "restrict",
            r#"{"op":"restrict","records":["a"],"to":"Nodis","reason":"r","because":"b","portions":["1"],"dry_run":true}"#,
        ),
        ("history", r#"{"op":"history","record":"a"}"#),
        ("receipt", r#"{"op":"receipt","id":"a"}"#),
        ("sign-in", r#"{"name":"anna","passphrase":"p"}"#),
        (
            "filing",
            r#"{"file":"a.txt","reason":"r","authority":"a","because":"b"}"#,
        ),
        ("atom-turn", r#"{"op":"atom-turn","atom":"Secret"}"#),
        (
            "ask-lower",
            r#"{"op":"ask","ask":{"what":"lower","record":"a","to":"Open","portions":["1"]},"reason":"r","because":"b"}"#,
        ),
        (
            "ask-schedule",
            r#"{"op":"ask","ask":{"what":"schedule","record":"a","schedule":"calls","declassify_on":"2030-12-31","downgrade":{"on":"2029-12-31","to":"Secret"}},"reason":"r","because":"b"}"#,
        ),
        (
            "ask-release-hold",
            r#"{"op":"ask","ask":{"what":"release-hold","record":"a","hold":"b"},"reason":"r","because":"b"}"#,
        ),
        (
            "ask-acting",
            r#"{"op":"ask","ask":{"what":"acting","deputy":"bo","until":"2030-12-31"},"because":"b"}"#,
        ),
        ("approve", r#"{"op":"approve","id":"64v9jw0v"}"#),
        ("deny", r#"{"op":"deny","id":"64v9jw0v","because":"b"}"#),
        (
            "hold-place",
            r#"{"op":"hold-place","matter":"m","records":["a"],"because":"b"}"#,
        ),
        (
            "docket",
            r#"{"op":"docket","from":"1974-01-01","acts":["filed"]}"#,
        ),
        ("progress", r#"{"filed":1,"of":2}"#),
        ("deep", &"[".repeat(200)),
        ("surrogate", r#"{"op":"read","record":"\ud800"}"#),
    ] {
        keep("request", name, text);
    }
}

/// Drafts of files of several formats, as if they were those of the file that is asked about.
fn answers() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/ingest/tests/vectors");
    for path in [
        "documents/memcon-table.docx",
        "documents/marked-pages.docx",
        "captions/read/everything.vtt",
        "mail/read/python-attachments.eml",
    ] {
        let bytes = fs::read(vectors.join(path)).expect("a vector");
        let read = strongroom_ingest::read(path, &bytes).unwrap_or_else(|e| panic!("{e}"));
        let (file, len) = strongroom_fuzz::ASKED;
        let mut drafts = read.drafts.into_drafts();
        for draft in &mut drafts {
            draft.slice = 0..len;
        }
        let set = DraftSet::new(file.to_owned(), len, drafts).expect("one record");
        let name = path.rsplit('/').next().expect("a name");
        keep("answer", name, set.to_bytes());
    }
}

/// A message, an answer, what they say, and a batch.
fn disclosures(s: &mut Stream) {
    let (suite, room) = (Suite::Cnsa, RoomId::random(s));
    let (inspectors, _) = make(suite, AtomId::random(s), AtomRole::Inspectors, 1, s);
    let inspectors = &inspectors;
    let code = DisclosureCode::generate(s);
    keep("disclosure", "code", code.expose());
    let keys = DisclosureKeys::of(suite, room, &code);
    let content = DisclosedContent {
        text: "A line.".into(),
        files: vec![DisclosedFile {
            name: "a.txt".into(),
            bytes: vec![1, 2, 3],
        }],
    };
    keep("disclosure", "content", encode(&content));
    let padded = pad(&encode(&content)).unwrap_or_else(|e| panic!("{e}"));
    keep("disclosure", "padded", &padded[..]);
    let sealed = SealedMessage::seal(suite, room, (&keys, 1), (inspectors, None), &content, s);
    let message = sealed.unwrap_or_else(|e| panic!("{e}"));
    keep("disclosure", "message", encode(&message));
    let access = *keys.access().expose();
    keep(
        "disclosure",
        "brought",
        encode(&Brought { access, message }),
    );
    let place = (keys.id(), 1);
    let to = (&keys.reply_key(), inspectors);
    let reply = SealedReply::seal(suite, room, place, to, &content, s);
    let reply = reply.unwrap_or_else(|e| panic!("{e}"));
    keep("disclosure", "reply", encode(&reply));
    let taken = TakenMessage {
        disclosure: keys.id(),
        number: 1,
        leaf: [4; 32],
    };
    keep("disclosure", "batch", batch_of(&[taken], s));
}
