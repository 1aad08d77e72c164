//! The process that reads hostile formats, as the real program starts it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a process has to lock itself, on a busy machine.
const LOCKED_WITHIN: Duration = Duration::from_secs(20);

/// The process as the guard starts it.
fn reader() -> Child {
    Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(["parse-confined", "--bytes", "1073741824", "--seconds", "50"])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs")
}

/// A question without a policy of one's own.
fn question(file: &str, bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(file.len()).expect("short");
    let policy = 0_u32.to_be_bytes();
    [&len.to_be_bytes(), file.as_bytes(), &policy, bytes].concat()
}

fn answer(mut child: Child, question: &[u8]) -> Vec<u8> {
    let mut to = child.stdin.take().expect("piped");
    to.write_all(question).expect("it reads");
    drop(to);
    let mut said = Vec::new();
    let mut from = child.stdout.take().expect("piped");
    from.read_to_end(&mut said).expect("it answers");
    assert!(child.wait().expect("it ends").success());
    said
}

#[test]
fn it_is_locked_before_it_is_asked_and_answers() {
    let child = reader();
    let status = format!("/proc/{}/status", child.id());
    let until = Instant::now() + LOCKED_WITHIN;
    loop {
        let text = fs::read_to_string(&status).expect("it runs");
        let locks = ["Seccomp:\t2", "NoNewPrivs:\t1", "Threads:\t1"];
        if locks.iter().all(|lock| text.lines().any(|l| l == *lock)) {
            break;
        }
        assert!(Instant::now() < until, "{text}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let environment = fs::read(format!("/proc/{}/environ", child.id())).expect("it runs");
    assert!(environment.is_empty());
    let said = answer(child, &question("a.txt", b"A heading\n\nWords.\n"));
    let drafts = strongroom_record::DraftSet::from_bytes(&said[1..], "a.txt", 18);
    assert_eq!((said[0], drafts.expect("drafts").drafts().len()), (b'D', 1));
}

#[test]
fn it_says_what_is_wrong_with_a_file_and_with_a_question() {
    let said = answer(reader(), &question("a.xml", b"words"));
    assert!(said.starts_with(b"Ua.xml"), "{said:?}");
    let said = answer(reader(), b"\xff");
    assert!(said.starts_with(b"Uthe question"), "{said:?}");
}

/// It is for this program alone, and no command of its users.
#[test]
fn it_is_not_in_the_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .arg("--help")
        .output()
        .expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("text");
    assert!(help.contains("witness") && !help.contains("parse-confined"));
}
