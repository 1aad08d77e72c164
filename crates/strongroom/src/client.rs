//! Asking the guard: HTTP over the room's socket.

use std::cell::Cell;
use std::fs;
use std::future::pending;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::AUTHORIZATION;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use strongroom_guard::Refusal;
use strongroom_guard::api::Status;
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::interrupts::Interrupts;
use crate::outcome::{Exit, Failure};
use crate::room::Room;
use crate::screen::typed;

/// How long a guard may take to say how it is. It answers this while all else is busy.
const STATUS_WAIT: Duration = Duration::from_secs(1);

/// How long a guard may take for anything else: a ledger's check walks all of it.
const CALL_WAIT: Duration = Duration::from_secs(600);

/// How long an interrupted filing may take to say what is in: that is after the commit that runs, or, where
/// others file, when its turn comes or fails to come.
const STOP_WAIT: Duration = Duration::from_secs(60);

/// A filing that has not begun yet is asked to stop again after this.
const STOP_EVERY: Duration = Duration::from_millis(50);

/// Names the session in a request.
pub(crate) type Token<'a> = Option<&'a str>;

/// The guard of a room, as one asks it.
pub(crate) struct Client {
    runtime: Runtime,
    room: Room,
    socket: PathBuf,
}

impl Client {
    /// The guard of a room, which may or may not be running.
    pub(crate) fn of(room: &Room) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::new(Exit::Machine, format!("no timers or sockets: {e}")))?;
        Ok(Self {
            runtime,
            room: room.clone(),
            socket: room.socket(),
        })
    }

    /// The room.
    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// How the room is.
    pub(crate) fn status(&self) -> Result<(Status, Vec<u8>), Failure> {
        self.runtime.block_on(async {
            let asked = async {
                let request = build("GET", "/v1/status", None, Vec::new());
                whole(self.send(request).await?).await
            };
            let json = timeout(STATUS_WAIT, asked).await.map_err(|_| {
                Failure::new(Exit::Closed, "the guard does not answer").hint(
                    "its process runs, but is stopped or overloaded; look at it on the machine",
                )
            })??;
            Ok((read(&json)?, json))
        })
    }

    /// Asks, and gives the guard's line of JSON.
    pub(crate) fn ask<T: Serialize>(
        &self,
        address: &str,
        token: Token<'_>,
        what: &T,
    ) -> Result<Vec<u8>, Failure> {
        let body = serde_json::to_vec(what).expect("requests are JSON");
        self.runtime.block_on(async {
            let asked =
                async { whole(self.send(build("POST", address, token, body)).await?).await };
            timeout(CALL_WAIT, asked)
                .await
                .unwrap_or_else(|_| Err(lost("it took too long")))
        })
    }

    /// Asks for what anybody may have.
    pub(crate) fn fetch(&self, address: &str) -> Result<Vec<u8>, Failure> {
        self.whole_of(build("GET", address, None, Vec::new()))
    }

    /// Sends bytes without a session, and takes an answer in one piece.
    pub(crate) fn bring(&self, address: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        self.whole_of(build("POST", address, None, body))
    }

    fn whole_of(&self, request: Request<Full<Bytes>>) -> Result<Vec<u8>, Failure> {
        self.runtime.block_on(async {
            let asked = async { whole(self.send(request).await?).await };
            timeout(CALL_WAIT, asked)
                .await
                .unwrap_or_else(|_| Err(lost("it took too long")))
        })
    }

    /// Sends bytes within a session, and takes an answer in one piece.
    pub(crate) fn send_bytes(
        &self,
        address: &str,
        token: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        self.runtime.block_on(async {
            let request = build("POST", address, Some(token), body);
            let asked = async { whole(self.send(request).await?).await };
            timeout(CALL_WAIT, asked)
                .await
                .unwrap_or_else(|_| Err(lost("it took too long")))
        })
    }

    /// Whether somebody answers on the room's socket.
    pub(crate) fn is_answered(&self) -> bool {
        std::os::unix::net::UnixStream::connect(&self.socket).is_ok()
    }

    /// Asks for work that takes long, without a session, and hears of it line by line.
    pub(crate) fn lines(
        &self,
        address: &str,
        body: Vec<u8>,
        mut hear: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.runtime.block_on(async {
            let mut response = self.send(build("POST", address, None, body)).await?;
            if response.status() != StatusCode::OK {
                return Err(refused(&collect(response.body_mut()).await?));
            }
            let mut line = Vec::new();
            while let Some(frame) = response.body_mut().frame().await {
                let frame = frame.map_err(|e| lost(&e.to_string()))?;
                for byte in frame.into_data().unwrap_or_default() {
                    if byte == b'\n' {
                        hear(&line)?;
                        line.clear();
                    } else {
                        line.push(byte);
                    }
                }
            }
            if line.is_empty() {
                Ok(())
            } else {
                Err(lost("it broke off in the middle of a line"))
            }
        })
    }

    /// Asks for bytes, without a session, and takes them as they come. That they came to an end does not say
    /// that they are whole: whoever takes them knows their form.
    pub(crate) fn download<T: Serialize>(
        &self,
        address: &str,
        what: &T,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(what).expect("requests are JSON");
        self.runtime.block_on(async {
            let mut response = self.send(build("POST", address, None, body)).await?;
            if response.status() != StatusCode::OK {
                return Err(refused(&collect(response.body_mut()).await?));
            }
            while let Some(frame) = response.body_mut().frame().await {
                let frame = frame.map_err(|e| lost(&e.to_string()))?;
                take(&frame.into_data().unwrap_or_default())?;
            }
            Ok(())
        })
    }

    /// Sends a file and hears what is said of it, line by line. Ctrl-C has the filing of this request id stop;
    /// what is in is still heard, unless that takes too long or Ctrl-C comes again.
    pub(crate) fn file(
        &self,
        token: &str,
        body: Vec<u8>,
        request_id: &str,
        interrupts: &Interrupts,
        mut hear: impl FnMut(&[u8]),
    ) -> Result<Heard, Failure> {
        self.runtime.block_on(async {
            let interrupted = Cell::new(false);
            let mut given_up = pin!(self.given_up(request_id, interrupts.clone(), &interrupted));
            let request = build("POST", "/v1/file", Some(token), body);
            let mut response = tokio::select! {
                response = self.send(request) => response?,
                () = &mut given_up => return Ok(Heard::NotAll),
            };
            if response.status() != StatusCode::OK {
                return Err(refused(&collect(response.body_mut()).await?));
            }
            let mut line = Vec::new();
            loop {
                let frame = tokio::select! {
                    frame = response.body_mut().frame() => frame,
                    () = &mut given_up => return Ok(Heard::NotAll),
                };
                let Some(frame) = frame else {
                    return if line.is_empty() {
                        Ok(Heard::All {
                            interrupted: interrupted.get(),
                        })
                    } else {
                        Err(lost("it broke off in the middle of a line"))
                    };
                };
                let frame = frame.map_err(|e| lost(&e.to_string()))?;
                for byte in frame.into_data().unwrap_or_default() {
                    if byte == b'\n' {
                        hear(&line);
                        line.clear();
                    } else {
                        line.push(byte);
                    }
                }
            }
        })
    }

    /// Ends when nobody waits any longer to hear what is in: some time after the first Ctrl-C, which has the
    /// filing stop, or at the second.
    async fn given_up(
        &self,
        request_id: &str,
        mut interrupts: Interrupts,
        interrupted: &Cell<bool>,
    ) {
        interrupts.next().await;
        interrupted.set(true);
        let stop = async {
            // One that is still on its way is not known yet, and one that has ended is not known any more.
            while self.stop_filing(request_id).await.is_err() {
                sleep(STOP_EVERY).await;
            }
            pending().await
        };
        tokio::select! {
            () = stop => {}
            () = interrupts.next() => {}
            () = sleep(STOP_WAIT) => {}
        }
    }

    async fn stop_filing(&self, request_id: &str) -> Result<(), Failure> {
        let body = serde_json::json!({ "request": request_id }).to_string();
        let request = build("POST", "/v1/file-stop", None, body.into_bytes());
        whole(self.send(request).await?).await.map(|_| ())
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        let mut connection = self.connect().await?;
        connection
            .send_request(request)
            .await
            .map_err(|e| lost(&e.to_string()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|e| self.unreachable(&e))?;
        self.check_owner(&stream)?;
        let (connection, driver) = handshake(TokioIo::new(stream))
            .await
            .map_err(|e| lost(&e.to_string()))?;
        tokio::spawn(driver);
        Ok(connection)
    }

    /// Whoever answers gets passphrases and tokens: it must be the account whose folder the room is, or root.
    fn check_owner(&self, stream: &UnixStream) -> Result<(), Failure> {
        let guard = stream.peer_cred().map(|c| c.uid());
        let owner = fs::metadata(self.room.folder()).map(|m| m.uid());
        match (guard, owner) {
            (Ok(guard), Ok(owner)) if guard == owner || guard == 0 => Ok(()),
            _ => Err(Failure::new(
                Exit::Machine,
                format!(
                    "another account than the owner of {} answers on its socket; nothing was sent to it",
                    self.room.folder().display()
                ),
            )),
        }
    }

    fn unreachable(&self, cause: &io::Error) -> Failure {
        let folder = self.room.folder().display();
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !self.room.is_founded() => {
                self.room.missing()
            }
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Failure::new(
                Exit::Closed,
                format!("no guard is running for the room {folder}"),
            )
            .hint(format!(
                "`{}` runs it",
                typed(&["open", &folder.to_string()])
            )),
            io::ErrorKind::PermissionDenied => self.room.not_this_accounts(),
            io::ErrorKind::InvalidInput => Failure::usage(format!(
                "the path of the room {folder} is too long for a socket's address"
            ))
            .hint("go to a folder nearer to it and give a shorter path"),
            _ => Failure::new(
                Exit::Closed,
                format!("the guard of the room {folder} cannot be reached: {cause}"),
            ),
        }
    }
}

/// How a filing's answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// All lines were heard.
    All {
        /// Ctrl-C had the filing stop.
        interrupted: bool,
    },
    /// It was interrupted, and what is in was not heard.
    NotAll,
}

fn build(method: &str, address: &str, token: Token<'_>, body: Vec<u8>) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header("host", "room");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    request
        .body(Full::new(Bytes::from(body)))
        .expect("addresses and tokens are plain text")
}

async fn collect(body: &mut Incoming) -> Result<Vec<u8>, Failure> {
    let collected = body.collect().await.map_err(|e| lost(&e.to_string()))?;
    Ok(collected.to_bytes().to_vec())
}

/// An answer in one piece: what was issued, or why not.
async fn whole(mut response: Response<Incoming>) -> Result<Vec<u8>, Failure> {
    let status = response.status();
    let body = collect(response.body_mut()).await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(refused(&body))
    }
}

fn refused(body: &[u8]) -> Failure {
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.into(),
        Err(_) => lost("its answer cannot be read"),
    }
}

/// Reads the guard's JSON.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(json).map_err(|e| {
        Failure::new(
            Exit::Machine,
            format!("the guard's answer cannot be read: {e}"),
        )
        .hint("is the guard of another version than this command?")
    })
}

fn lost(cause: &str) -> Failure {
    Failure::new(
        Exit::Closed,
        format!("the connection to the guard was lost: {cause}"),
    )
}
