//! The socket, as someone uses it who does not use the command line.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::{House, names_in};
use crate::soon::soon;

/// Sends bytes, and gives what comes back until the other side closes.
fn send(house: &House, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(house.socket()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // The guard may refuse, and close, before it has taken all.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Posts a body, and gives the status and the refusal's code.
fn post(house: &House, address: &str, token: Option<&str>, body: &str) -> (u16, String) {
    let authorization =
        token.map_or_else(String::new, |t| format!("authorization: Bearer {t}\r\n"));
    let answer = send(
        house,
        format!(
            "POST {address} HTTP/1.1\r\nhost: room\r\nconnection: close\r\n{authorization}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let json = answer.split("\r\n\r\n").nth(1).unwrap();
    let code = serde_json::from_str::<Value>(json)
        .ok()
        .and_then(|v| v["code"].as_str().map(str::to_owned))
        .unwrap_or_default();
    (status, code)
}

/// The founder's token, out of its file.
fn token(house: &House) -> String {
    let folder = house.path("run").join("strongroom");
    let room = &names_in(&folder)[0];
    std::fs::read_to_string(folder.join(room).join("founder.token")).unwrap()
}

#[test]
fn malformed_requests_are_refused_and_the_guard_goes_on() {
    let house = House::open();
    let token = token(&house);
    let token = Some(token.as_str());
    let said = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(
        post(&house, "/v1/call", None, "{}"),
        said(401, "not-signed-in")
    );
    assert_eq!(
        post(&house, "/v1/call", Some("0000"), r#"{"op":"list"}"#),
        said(401, "not-signed-in")
    );
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"op":"no-such-op"}"#,
        r#"{"op":"read"}"#,
        r#"{"op":"read","record":7}"#,
        r#"{"op":"list","colour":"red"}"#,
        "\u{0}\u{1}",
    ] {
        assert_eq!(
            post(&house, "/v1/call", token, body),
            said(400, "invalid"),
            "{body}"
        );
    }
    assert_eq!(
        post(&house, "/v1/sign-in", None, "{}"),
        said(400, "invalid")
    );
    assert_eq!(
        post(&house, "/v1/join-begin", None, r#"{"code":"x"}"#),
        said(404, "not-found")
    );
    assert_eq!(post(&house, "/v1/no-such", None, ""), said(404, "invalid"));
    assert_eq!(post(&house, "/v1/status", None, ""), said(405, "invalid"));
    assert_eq!(
        post(&house, "/v1/file", None, "{}\nx"),
        said(401, "not-signed-in")
    );
    assert_eq!(
        post(&house, "/v1/file", token, "no line"),
        said(400, "invalid")
    );
    assert_eq!(
        post(&house, "/v1/file-stop", None, r#"{"request":"x"}"#),
        said(404, "not-found")
    );
    assert!(send(&house, b"\x16\x03\x01 no HTTP at all\r\n\r\n").starts_with("HTTP/1.1 400"));
    // A path that would be another one, and an empty connection.
    assert_eq!(
        post(&house, "/v1/../v1/call", token, ""),
        said(404, "invalid")
    );
    drop(UnixStream::connect(house.socket()).unwrap());
    house.run(&["whoami"]).ok();
}

#[test]
fn what_is_too_large_is_refused_before_it_is_taken() {
    let house = House::open();
    let token = token(&house);
    let large = |address: &str, bytes: u64| {
        let head = format!(
            "POST {address} HTTP/1.1\r\nhost: room\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {bytes}\r\n\r\n"
        );
        send(&house, head.as_bytes())
    };
    for (address, bytes) in [
        ("/v1/sign-in", 9 << 10),
        ("/v1/join-finish", 65 << 10),
        ("/v1/call", 2 << 20),
        ("/v1/file", 1 << 30),
    ] {
        let answer = soon(Duration::from_secs(2), || large(address, bytes));
        assert!(answer.starts_with("HTTP/1.1 413"), "{address}: {answer}");
    }
    // A length that is not announced is counted.
    let mut chunked = b"POST /v1/sign-in HTTP/1.1\r\nhost: room\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    chunked.extend_from_slice(b"4000\r\n");
    chunked.extend(std::iter::repeat_n(b' ', 0x4000));
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    assert!(send(&house, &chunked).starts_with("HTTP/1.1 413"));
    // So are headers.
    let many: String = (0..100).map(|n| format!("x-{n}: y\r\n")).collect();
    let answer = send(
        &house,
        format!("GET /v1/status HTTP/1.1\r\nhost: room\r\n{many}\r\n").as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long = format!(
        "GET /v1/status HTTP/1.1\r\nhost: room\r\nx: {}\r\n\r\n",
        "y".repeat(64 << 10)
    );
    assert!(send(&house, long.as_bytes()).starts_with("HTTP/1.1 431"));
    house.run(&["whoami"]).ok();
}

#[test]
fn who_is_slow_is_given_up_and_holds_nobody_up() {
    let house = House::open();
    let half = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(house.socket()).unwrap();
        stream.write_all(bytes).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    };
    let mut silent = half(b"");
    let mut slow_head = half(b"GET /v1/status HTTP/1.1\r\nhost: ");
    let mut slow_body =
        half(b"POST /v1/sign-in HTTP/1.1\r\nhost: room\r\ncontent-length: 100\r\n\r\n{");
    let mut resting = half(b"GET /v1/status HTTP/1.1\r\nhost: room\r\n\r\n");
    let before = Instant::now();
    soon(Duration::from_secs(2), || house.run(&["whoami"]).ok());
    for stream in [&mut silent, &mut slow_head, &mut slow_body, &mut resting] {
        let mut answer = Vec::new();
        stream
            .read_to_end(&mut answer)
            .expect("the guard closes it");
    }
    assert!(before.elapsed() < Duration::from_secs(25));
}

#[test]
fn one_account_cannot_take_all_connections() {
    let house = House::open();
    let mut open: Vec<UnixStream> = Vec::new();
    let mut turned_away = false;
    // Beyond the limit the guard answers by itself, and closes.
    for _ in 0..300 {
        let mut stream = UnixStream::connect(house.socket()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(5)))
            .unwrap();
        let mut answer = [0; 12];
        if open.len() >= 250 && stream.read_exact(&mut answer).is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 503");
            turned_away = true;
            break;
        }
        open.push(stream);
    }
    assert!(turned_away);
    drop(open);
    std::thread::sleep(Duration::from_millis(200));
    house.run(&["whoami"]).ok();
}

#[test]
fn a_client_that_goes_away_leaves_whole_records() {
    let house = House::open();
    let token = token(&house);
    let volume = include_bytes!("../../../../examples/frus1969-76v12.xml.gz");
    let filing = r#"{"file":"v12.xml.gz","reason":"practice","authority":"a","because":"b","marking":"Secret"}"#;
    let head = format!(
        "POST /v1/file HTTP/1.1\r\nhost: room\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{filing}\n",
        filing.len() + 1 + volume.len()
    );
    let mut stream = UnixStream::connect(house.socket()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(volume).unwrap();
    // The first word of progress, and away.
    let mut first = [0; 64];
    stream.read_exact(&mut first).unwrap();
    drop(stream);
    // What is in becomes no more, and each record is whole.
    let readable = || {
        house.run(&["list", "--limit", "1", "--json"]).ok().json()["readable"]
            .as_u64()
            .unwrap()
    };
    let mut before = readable();
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = readable();
        if now == before {
            break;
        }
        before = now;
    }
    assert!(before > 0);
    let listing = house
        .run(&["list", "--limit", "1000", "--json"])
        .ok()
        .json();
    let last = listing["records"].as_array().unwrap().last().unwrap()["id"].clone();
    house
        .run(&["read", last.as_str().unwrap(), "--original"])
        .ok();
    house.run(&["ledger", "check"]).ok();
}
