//! A reader that does what it must not, in the process that readers run in: each deed is stopped with a clear error,
//! nothing of its file is filed, the guard goes on, and the next file is filed.
//!
//! The processes are this program's own image, as in a room: so it has no test harness, and a main of its own.

mod room;

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getppid, kill_process};
use strongroom_guard::{Code, Intake, Refusal};
use strongroom_ingest::{Format, Read};
use strongroom_label::Policy;
use strongroom_record::DraftSet;
use strongroom_service::confined::{Bounds, Confined, parse_confined};

/// The argument by which this program is a reader.
const READER: &str = "parse-confined";

/// Enough for the largest honest file here, and soon eaten.
const BYTES: u64 = 512 << 20;

/// A deed, as the file names it that makes the reader do it, and what is said of it.
struct Deed {
    file: &'static str,
    said: &'static str,
    does: fn(&str, &[u8]) -> Result<DraftSet, String>,
}

const NEVER: &str = "what reading a file never needs";

const DEEDS: &[Deed] = &[
    deed("opens a file", NEVER, |_, _| {
        went(File::open("/etc/passwd"))
    }),
    deed("opens what it is", NEVER, |_, _| {
        went(File::open("/proc/self/mem"))
    }),
    deed("makes a file", NEVER, |_, _| {
        went(File::create("/tmp/strongroom-made"))
    }),
    deed("removes a file", NEVER, |_, _| {
        went(std::fs::remove_file("/tmp/x"))
    }),
    deed("looks into a folder", NEVER, |_, _| {
        went(std::fs::read_dir("/"))
    }),
    deed("asks for a file's size", NEVER, |_, _| {
        went(std::fs::metadata("/etc/passwd"))
    }),
    deed("connects by TCP", NEVER, |_, _| {
        went(TcpStream::connect(("127.0.0.1", 9)))
    }),
    deed("listens on TCP", NEVER, |_, _| {
        went(TcpListener::bind(("127.0.0.1", 0)))
    }),
    deed("opens UDP", NEVER, |_, _| {
        went(UdpSocket::bind(("127.0.0.1", 0)))
    }),
    deed("connects to a socket", NEVER, |_, _| {
        went(UnixStream::connect("/run/x"))
    }),
    deed("listens on a socket", NEVER, |_, _| {
        went(UnixListener::bind("/tmp/strongroom-x"))
    }),
    deed(
        "makes two sockets",
        NEVER,
        |_, _| went(UnixDatagram::pair()),
    ),
    deed("makes a pipe", NEVER, |_, _| went(std::io::pipe())),
    deed("runs a program", NEVER, |_, _| {
        went(Command::new("/bin/true").status())
    }),
    deed("begins a thread", NEVER, |_, _| {
        went(std::thread::Builder::new().spawn(|| ()))
    }),
    deed("kills its guard", NEVER, |_, _| {
        went(kill_process(getppid().ok_or("none")?, Signal::TERM))
    }),
    deed("eats memory", "MiB of memory", |_, _| {
        let mut all = Vec::new();
        loop {
            all.push(black_box(vec![1_u8; 1 << 20]));
        }
    }),
    deed("recurs", "MiB of memory", |_, _| Err(deep(1).to_string())),
    deed("spins", "seconds of the processor", |_, _| {
        loop {
            black_box(0);
        }
    }),
    deed("sleeps", "it took longer than", |_, _| {
        loop {
            std::thread::park();
        }
    }),
    deed("floods", "without end", |_, _| {
        loop {
            let _ = std::io::stdout().write_all(&[b'D'; 1 << 16]);
        }
    }),
    deed("panics", "it failed", |_, _| panic!("as it was told to")),
    deed("looks for variables", "finds 0 variables", |_, _| {
        Err(format!("finds {} variables", std::env::vars_os().count()))
    }),
    deed("ends", "gave no answer", |_, _| std::process::exit(0)),
    deed(
        "answers for another file",
        "drafts of another file",
        |_, bytes| honest("other.txt", bytes),
    ),
];

const fn deed(
    file: &'static str,
    said: &'static str,
    does: fn(&str, &[u8]) -> Result<DraftSet, String>,
) -> Deed {
    Deed { file, said, does }
}

/// Says that something came of a deed, which must not be.
fn went<T, E: std::fmt::Display>(done: Result<T, E>) -> Result<DraftSet, String> {
    Err(match done {
        Ok(_) => "it went".to_owned(),
        Err(e) => format!("it went as far as an error: {e}"),
    })
}

fn deep(n: u64) -> u64 {
    let here = black_box([n; 512]);
    if n == 0 {
        0
    } else {
        deep(black_box(n + 1)) + here[3]
    }
}

fn honest(file: &str, bytes: &[u8]) -> Result<DraftSet, String> {
    let read = strongroom_ingest::read(file, bytes).map_err(|e| e.to_string())?;
    Ok(read.drafts)
}

/// What the reader does with a file: a deed that it names, or its work.
fn read(file: &str, bytes: &[u8]) -> Result<DraftSet, String> {
    if bytes.starts_with(b"GARBAGE") {
        let mut out = std::io::stdout();
        let wrote = out.write_all(bytes.strip_prefix(b"GARBAGE").unwrap_or_default());
        let flushed = wrote.and_then(|()| out.flush());
        std::process::exit(i32::from(flushed.is_err()));
    }
    match DEEDS.iter().find(|d| d.file.as_bytes() == bytes) {
        Some(deed) => (deed.does)(file, bytes),
        None => honest(file, bytes),
    }
}

fn bounds() -> Bounds {
    Bounds {
        bytes: BYTES,
        seconds: 2,
        wait: Duration::from_secs(20),
        without_landlock: false,
    }
}

fn confined(bounds: Bounds) -> Confined {
    Confined::new(
        bounds,
        vec![READER.into(), bounds.without_landlock.to_string().into()],
    )
}

fn policy() -> Policy {
    Policy::builtin("us-state-historical").expect("it is built in")
}

/// Has every file read by a process, whatever it is in.
struct Everything(Confined);

impl Intake for Everything {
    fn read<'a>(&self, policy: &Policy, file: &str, bytes: &'a [u8]) -> Result<Read<'a>, Refusal> {
        Ok(Read {
            original: bytes.into(),
            drafts: self.0.drafts(policy, file, bytes)?,
            format: Format::Text,
        })
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(READER) {
        let without_landlock = arguments.next().as_deref() == Some("true");
        let bounds = Bounds {
            without_landlock,
            ..bounds()
        };
        return parse_confined(&bounds, &|asked| read(asked.file, asked.bytes));
    }
    let tests: [(&str, fn()); 6] = [
        ("what it reads is what the guard would read", as_in_place),
        ("every deed is stopped and said", deeds_are_stopped),
        (
            "the filter holds by itself",
            deeds_are_stopped_without_landlock,
        ),
        ("answers are checked like any bytes", answers_are_checked),
        ("it is locked before it is asked", locked_first),
        ("a guard goes on, and files nothing of it", guard_goes_on),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

const WORDS: &str = "MEMORANDUM OF CONVERSATION\n\nSECRET\n\nThe President: We go on.\n";

fn as_in_place() {
    let began = Instant::now();
    let drafts = confined(bounds())
        .drafts(&policy(), "a.txt", WORDS.as_bytes())
        .unwrap();
    println!("one process: {:?}", began.elapsed());
    assert_eq!(drafts, honest("a.txt", WORDS.as_bytes()).unwrap());
    let refused = confined(bounds())
        .drafts(&policy(), "a.xml", b"words")
        .unwrap_err();
    assert_eq!(refused.message, honest("a.xml", b"words").unwrap_err());
    // Larger than what pipes hold, both ways.
    let long = WORDS.repeat(20_000);
    let drafts = confined(bounds())
        .drafts(&policy(), "a.txt", long.as_bytes())
        .unwrap();
    assert_eq!(drafts, honest("a.txt", long.as_bytes()).unwrap());
}

fn deeds_are_stopped() {
    for deed in DEEDS {
        let wait = match deed.file {
            "sleeps" => Duration::from_millis(500),
            _ => bounds().wait,
        };
        let bounds = Bounds { wait, ..bounds() };
        is_stopped(deed, bounds);
    }
}

fn deeds_are_stopped_without_landlock() {
    for deed in DEEDS.iter().filter(|d| d.said == NEVER) {
        let bounds = Bounds {
            without_landlock: true,
            ..bounds()
        };
        is_stopped(deed, bounds);
    }
}

fn is_stopped(deed: &Deed, bounds: Bounds) {
    let refused = confined(bounds).drafts(&policy(), "a.txt", deed.file.as_bytes());
    let refused = refused.expect_err(deed.file);
    assert_eq!(refused.code, Code::Unfit, "{}", deed.file);
    let said = &refused.message;
    assert!(said.contains(deed.said), "{}: {said}", deed.file);
}

fn answers_are_checked() {
    for answer in ["", "D", "Dwords", "D\u{1}", "U", "U\u{7}", "O\n", "X"] {
        let bytes = format!("GARBAGE{answer}");
        let refused = confined(bounds()).drafts(&policy(), "a.txt", bytes.as_bytes());
        let said = refused.expect_err(answer).message;
        assert!(said.contains("was stopped"), "{answer}: {said}");
    }
}

fn locked_first() {
    // Seen from outside, of a process that waits for its question.
    let mut child = Command::new("/proc/self/exe")
        .args([READER, "false"])
        .env_clear()
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let locked = |line: &str| line == "Seccomp:\t2" || line == "NoNewPrivs:\t1";
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let text = std::fs::read_to_string(&status).unwrap();
        if text.lines().filter(|line| locked(line)).count() == 2 {
            break;
        }
        assert!(Instant::now() < until, "it does not lock itself: {text}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    for (name, value) in [
        ("Max cpu time", "2 "),
        ("Max file size", "0 "),
        ("Max core file size", "0 "),
        ("Max processes", "0 "),
        ("Max open files", "0 "),
        ("Max address space", "536870912 "),
    ] {
        let line = limits.lines().find(|l| l.starts_with(name)).unwrap();
        assert!(line[name.len()..].trim_start().starts_with(value), "{line}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn guard_goes_on() {
    let room = room::Room::new();
    let intake = Everything(confined(bounds()));
    let mut filed = 0;
    for deed in DEEDS.iter().filter(|d| d.file != "sleeps") {
        let refused = room.file(&intake, "bad.txt", deed.file.as_bytes());
        let refused = refused.unwrap_err();
        assert!(
            refused.message.ends_with("; nothing was filed"),
            "{refused}"
        );
        room.file(&intake, "good.txt", WORDS.as_bytes()).unwrap();
        filed += 1;
        assert_eq!(room.readable(), filed);
    }
}
