//! Asking the guard: HTTP over the room's socket.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
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
use tokio::time::timeout;

use crate::outcome::{Exit, Failure};
use crate::room::Room;

/// How long a guard may take to say how it is. It answers this while all else is busy.
const STATUS_WAIT: Duration = Duration::from_secs(1);

/// How long a guard may take for anything else: a ledger's check walks all of it.
const CALL_WAIT: Duration = Duration::from_secs(600);

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

    /// Sends a file and hears what is said of it, line by line; `interrupted` hears of Ctrl-C and says
    /// under which request the filing is to stop.
    pub(crate) fn file(
        &self,
        token: &str,
        body: Vec<u8>,
        request_id: &str,
        mut hear: impl FnMut(&[u8]),
    ) -> Result<Heard, Failure> {
        self.runtime.block_on(async {
            let mut stop = Box::pin(tokio::signal::ctrl_c());
            let request = build("POST", "/v1/file", Some(token), body);
            let mut response = tokio::select! {
                response = self.send(request) => response?,
                _ = &mut stop => match self.interrupted_early(request_id).await {
                    Early::NotBegun => return Ok(Heard::NothingFiled),
                    Early::Stopping => return Ok(Heard::Unknown),
                },
            };
            if response.status() != StatusCode::OK {
                return Err(refused(&collect(response.body_mut()).await?));
            }
            let mut line = Vec::new();
            let mut asked_to_stop = false;
            loop {
                let frame = tokio::select! {
                    frame = response.body_mut().frame() => frame,
                    _ = &mut stop => {
                        if asked_to_stop {
                            return Ok(Heard::Unknown);
                        }
                        asked_to_stop = true;
                        // If it runs no longer, its last line is on its way.
                        let _ = self.stop_filing(request_id).await;
                        stop = Box::pin(tokio::signal::ctrl_c());
                        continue;
                    }
                };
                let Some(frame) = frame else {
                    return if line.is_empty() {
                        Ok(Heard::All { asked_to_stop })
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

    /// Ctrl-C before the guard has said anything: has it stop if it has begun.
    async fn interrupted_early(&self, request_id: &str) -> Early {
        match self.stop_filing(request_id).await {
            Ok(()) => Early::Stopping,
            Err(_) => Early::NotBegun,
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
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                let failure =
                    Failure::new(Exit::Closed, format!("no guard is running for the room {folder}"));
                if self.room.folder().is_dir() {
                    failure.hint(format!("`strongroom open {folder}` runs it"))
                } else {
                    failure.hint("there is no such folder; check --room or STRONGROOM_ROOM")
                }
            }
            io::ErrorKind::PermissionDenied => Failure::new(
                Exit::NotAllowed,
                format!("this account of the machine may not reach the room {folder}"),
            )
            .hint("its owner can let others reach the socket, and nothing else, with `chmod 711` on the folder"),
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

/// Whether a filing had begun when it was interrupted.
enum Early {
    NotBegun,
    Stopping,
}

/// How a filing's answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// All lines were heard; the filing may have been asked to stop.
    All {
        /// By Ctrl-C.
        asked_to_stop: bool,
    },
    /// It was interrupted before the guard began.
    NothingFiled,
    /// It was interrupted, and what is in was not heard.
    Unknown,
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
