//! Reading a request's body, within its bounds, and what it says.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use serde::de::DeserializeOwned;
use strongroom_guard::{Code, Refusal};
use tokio::time::timeout;

use crate::limits::{
    BODY_WAIT, FILE_PAUSE_MAX, FILE_WAIT, FILING_MAX_BYTES, RECORDING_ASK_MAX_BYTES,
};

/// Longest name that an error quotes from a request.
const QUOTED_MAX_CHARS: usize = 200;

/// Reads a small body whole, and what it says.
pub(crate) async fn json<T: DeserializeOwned>(body: Body, max: usize) -> Result<T, Refusal> {
    let read = read(body, max, BODY_WAIT);
    let bytes = timeout(BODY_WAIT, read)
        .await
        .unwrap_or_else(|_| Err(too_slow()))?;
    parse(&bytes)
}

/// Reads a small body whole, whatever it says.
pub(crate) async fn whole(body: Body, max: usize) -> Result<Vec<u8>, Refusal> {
    timeout(BODY_WAIT, read(body, max, BODY_WAIT))
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

/// Reads the body of a filing whole.
pub(crate) async fn file(body: Body) -> Result<Vec<u8>, Refusal> {
    let read = read(body, FILING_MAX_BYTES, FILE_PAUSE_MAX);
    timeout(FILE_WAIT, read)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

/// Reads JSON. What it should have said is told by place and rule, not by the value that stood there:
/// that may be a passphrase.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|e| {
        let said = e.to_string();
        let names_only = ["unknown ", "missing ", "duplicate "]
            .iter()
            .any(|s| said.starts_with(s));
        let rule = match e.classify() {
            _ if names_only => said
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .chars()
                .take(QUOTED_MAX_CHARS)
                .collect(),
            serde_json::error::Category::Syntax => "it is no JSON".to_owned(),
            serde_json::error::Category::Eof => "it ends too early".to_owned(),
            _ => "a value is of the wrong kind".to_owned(),
        };
        // Of a value that was read before it was understood, the place is not known.
        let place = match e.line() {
            0 => String::new(),
            line => format!(" at line {line}, column {}", e.column()),
        };
        Refusal::invalid(format!("the request is malformed{place}: {rule}"))
            .hint("docs/api.md describes the requests")
    })
}

/// Reads the next pieces of a recording whole.
pub(crate) async fn pieces(body: Body) -> Result<Vec<u8>, Refusal> {
    let read = read(body, RECORDING_ASK_MAX_BYTES, FILE_PAUSE_MAX);
    timeout(FILE_WAIT, read)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

async fn read(mut body: Body, max: usize, pause_max: Duration) -> Result<Vec<u8>, Refusal> {
    // A length that is announced is believed only when it is too large; nothing is set aside for it.
    if body.size_hint().lower() > max as u64 {
        return Err(too_large(max));
    }
    let mut bytes = Vec::new();
    while let Some(data) = timeout(pause_max, next(&mut body))
        .await
        .unwrap_or_else(|_| Err(too_slow()))?
    {
        if data.len() > max - bytes.len() {
            return Err(too_large(max));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The next bytes of a body; none at its end.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx)).await;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => {
                return Err(Refusal::invalid("the request broke off before its end"));
            }
            Some(Ok(frame)) => {
                // What is no data is a trailer; there is none that we know.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

fn too_large(max: usize) -> Refusal {
    Refusal::new(
        Code::Limit,
        format!("the request is larger than the {max} bytes that are taken here"),
    )
}

fn too_slow() -> Refusal {
    Refusal::new(Code::Limit, "the request took too long to arrive")
        .hint("nothing was done; try again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::{Request, SignIn};

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused() {
        let refusal = json::<Request>(Body::from(vec![b' '; 101]), 100)
            .await
            .unwrap_err();
        assert_eq!(refusal.code, Code::Limit);
    }

    #[test]
    fn an_error_says_the_rule_and_not_the_value() {
        let refusal = |text: &str| {
            parse::<SignIn>(text.as_bytes())
                .err()
                .expect("malformed")
                .message
        };
        assert!(
            refusal(r#"{"name":"a","passphrase":"b","colour":"red"}"#)
                .contains("unknown field `colour`")
        );
        assert!(refusal(r#"{"name":"a"}"#).contains("missing field `passphrase`"));
        assert!(!refusal(r#"{"name":"a","passphrase":["hidden words"]}"#).contains("hidden"));
        assert!(!refusal(r#"{"name":{"hidden":1},"passphrase":"x"}"#).contains("hidden"));
        let nowhere = parse::<Request>(br#"{"op":"read"}"#).expect_err("malformed");
        assert_eq!(
            nowhere.message,
            "the request is malformed: missing field `record`"
        );
        assert!(refusal("{").contains("ends too early"));
        assert!(refusal("nonsense").contains("no JSON"));
    }
}
