//! A room asks its witnesses to vouch for its newest checkpoint.

use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use strongroom_guard::Guard;
use strongroom_tlog::tree::TreeSize;
use strongroom_tlog::witness::{
    ADD_CHECKPOINT_PATH, AddCheckpoint, Answer, MAX_ANSWER_BYTES, checkpoint_path,
};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::limits::{WITNESS_EVERY, WITNESS_WAIT};
use crate::serve::told;

/// The port of an address that names none.
const HTTP_PORT: u16 = 80;

/// Asks each witness about every [`WITNESS_EVERY`], on its own, so that none waits for another.
pub(crate) async fn keep_witnesses(guard: Arc<Guard>, stopping: watch::Receiver<bool>) {
    let asking: Vec<_> = guard
        .witness_urls()
        .into_iter()
        .enumerate()
        .map(|(which, url)| {
            let (guard, stopping) = (Arc::clone(&guard), stopping.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = ask_on(guard, which, &url) => {}
                    () = told(stopping) => {}
                }
            })
        })
        .collect();
    for asked in asking {
        if asked.await.is_err_and(|e| e.is_panic()) {
            // A panic in the guard is a broken invariant.
            std::process::abort();
        }
    }
}

async fn ask_on(guard: Arc<Guard>, which: usize, url: &str) {
    let mut rhythm = interval(WITNESS_EVERY);
    rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rhythm.tick().await;
        if let Err(trouble) = ask(&guard, which, url).await {
            of(&guard, move |guard| guard.witness_trouble(which, trouble)).await;
        }
    }
}

/// Has a witness vouch for the newest checkpoint. What goes wrong is said for people.
async fn ask(guard: &Arc<Guard>, which: usize, url: &str) -> Result<(), String> {
    /// Once for what is known of it, once for what it says it saw, and once if it saw more meanwhile.
    const TRIES: usize = 3;
    let mut said: Option<TreeSize> = None;
    for _ in 0..TRIES {
        let Some(request) = of(guard, move |guard| guard.for_witness(which, said)).await else {
            return Ok(());
        };
        let size = request.checkpoint().claimed_size();
        match post(url, &request).await? {
            Answer::Cosigned(lines) => {
                let checkpoint = request.checkpoint().clone();
                return of(guard, move |guard| {
                    guard.witnessed(which, &checkpoint, &lines)
                })
                .await;
            }
            Answer::Conflict(seen) if seen <= size && request.old() != seen => said = Some(seen),
            // It has seen more than this room, or something else.
            Answer::Conflict(_) | Answer::BadProof(_) => {
                let path = checkpoint_path(&request.checkpoint().claimed_origin());
                let shown = get(url, &path).await?;
                return of(guard, move |guard| guard.witness_has_seen(which, &shown)).await;
            }
            Answer::BadRequest(why) | Answer::WrongSignature(why) | Answer::UnknownLog(why) => {
                return Err(format!("it refused: {why}"));
            }
        }
    }
    Err("somebody else asks it to vouch for the same ledger at the same time".to_owned())
}

/// Something that waits for the guard, on a thread that may.
async fn of<T: Send + 'static>(
    guard: &Arc<Guard>,
    what: impl FnOnce(&Guard) -> T + Send + 'static,
) -> T {
    let guard = Arc::clone(guard);
    let asked = tokio::task::spawn_blocking(move || what(&guard));
    asked.await.unwrap_or_else(|_| std::process::abort())
}

async fn post(url: &str, request: &AddCheckpoint) -> Result<Answer, String> {
    let body = request.to_text().into_bytes();
    let (status, body) = send("POST", url, ADD_CHECKPOINT_PATH, body).await?;
    Answer::read(status, &body).map_err(|e| e.to_string())
}

async fn get(url: &str, path: &str) -> Result<Vec<u8>, String> {
    match send("GET", url, path, Vec::new()).await? {
        (200, body) => Ok(body),
        (status, _) => Err(format!(
            "it has seen another head of this ledger, and does not show it (it answered {status})"
        )),
    }
}

/// Sends a request and takes the whole answer, within bounds of time and size.
async fn send(
    method: &str,
    url: &str,
    path: &str,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), String> {
    timeout(WITNESS_WAIT, exchange(method, url, path, body))
        .await
        .unwrap_or_else(|_| Err("it did not answer in time".to_owned()))
}

async fn exchange(
    method: &str,
    url: &str,
    path: &str,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), String> {
    let unreachable = |e: &dyn std::fmt::Display| format!("it cannot be reached: {e}");
    let place = Address::of(url)?;
    let stream = TcpStream::connect((place.host.as_str(), place.port))
        .await
        .map_err(|e| unreachable(&e))?;
    let (mut connection, driver) = handshake(TokioIo::new(stream))
        .await
        .map_err(|e| unreachable(&e))?;
    let driver = tokio::spawn(driver);
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", place.prefix))
        .header("host", place.authority)
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| unreachable(&e))?;
    let answered = connection.send_request(request).await;
    let answered = match answered {
        Ok(response) => whole(response).await,
        Err(e) => Err(unreachable(&e)),
    };
    driver.abort();
    answered
}

async fn whole(response: Response<Incoming>) -> Result<(u16, Vec<u8>), String> {
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await
        .map_err(|e| format!("its answer broke off or is too long: {e}"))?;
    Ok((status, body.to_bytes().to_vec()))
}

/// Where a witness is reached.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    port: u16,
    authority: String,
    prefix: String,
}

impl Address {
    fn of(url: &str) -> Result<Self, String> {
        let malformed = || format!("its address {url:?} is none that can be asked");
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        if uri.scheme_str() != Some("http") {
            return Err(format!(
                "its address {url:?} does not begin with http://; what it is asked and answers is signed and public, and goes over plain HTTP"
            ));
        }
        let authority = uri.authority().ok_or_else(malformed)?;
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(malformed());
        }
        Ok(Self {
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(HTTP_PORT),
            authority: authority.to_string(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_http_with_a_prefix() {
        let address = Address::of("http://witness.example/w1/").unwrap();
        assert_eq!(
            (address.host.as_str(), address.port),
            ("witness.example", 80)
        );
        assert_eq!(address.prefix, "/w1");
        let address = Address::of("http://[::1]:8080").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 8080));
        assert_eq!(address.prefix, "");
        for bad in [
            "",
            "witness.example",
            "https://witness.example",
            "http://",
            "http://a@b",
            "http://a?b",
            "unix:/x",
        ] {
            assert!(Address::of(bad).is_err(), "{bad}");
        }
    }
}
