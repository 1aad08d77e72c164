//! From a request to its answer.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use strongroom_guard::api::{
    DisclosedQuery, HeadQuery, HolderRequest, JoinBegin, JoinFinish, Request, RestoresQuery, SignIn,
};
use strongroom_guard::{Guard, Intake, Peer, Refusal, Token};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::body;
use crate::filing::{self, Filings};
use crate::keeping;
use crate::lanes::{Lanes, work};
use crate::limits::{
    CALL_MAX_BYTES, DISCLOSURE_MAX_BYTES, GIVE_MAX_BYTES, HEAD_QUERY_MAX_BYTES, JOIN_MAX_BYTES,
    SMALL_MAX_BYTES,
};

/// What every request finds: the guard, its turn, and the word to stop.
#[derive(Clone)]
pub(crate) struct Room {
    pub(crate) guard: Arc<Guard>,
    pub(crate) lanes: Lanes,
    pub(crate) filings: Filings,
    pub(crate) intake: Arc<dyn Intake>,
    pub(crate) stop: Arc<watch::Sender<bool>>,
}

/// The addresses of the API.
pub(crate) fn router(room: Room) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/head", post(head))
        .route("/v1/restores", post(restores))
        .route("/v1/sign-in", post(sign_in))
        .route("/v1/join-begin", post(join_begin))
        .route("/v1/join-finish", post(join_finish))
        .route("/v1/key-holder", post(key_holder))
        .route("/v1/disclosure-key", get(disclosure_key))
        .route("/v1/disclose", post(disclose))
        .route("/v1/disclosed", post(disclosed))
        .route("/v1/call", post(call))
        .route("/v1/file", post(filing::file))
        .route("/v1/file-stop", post(filing::stop))
        .route("/v1/recording", post(filing::recording))
        .route("/v1/check", post(keeping::check))
        .route("/v1/backup", post(keeping::backup))
        .route("/v1/close", post(keeping::close))
        .method_not_allowed_fallback(wrong_method)
        .fallback(wrong_address)
        .with_state(room)
}

/// Takes no turn and no thread: it must answer while everything else waits for a disk that hangs.
async fn status(State(room): State<Room>) -> Answer {
    Answer::Status(Box::new(room.guard.status()))
}

async fn head(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: HeadQuery = body::json(body, HEAD_QUERY_MAX_BYTES).await?;
    let turn = room.lanes.heads.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.head(&ask)).await.into())
}

async fn restores(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: RestoresQuery = body::json(body, SMALL_MAX_BYTES).await?;
    let turn = room.lanes.heads.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.restores(ask)).await.into())
}

async fn sign_in(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Answer, Answer> {
    let ask: SignIn = body::json(body, SMALL_MAX_BYTES).await?;
    let turn = room.lanes.sign_ins.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.sign_in(&ask, peer))
        .await
        .into())
}

async fn join_begin(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: JoinBegin = body::json(body, SMALL_MAX_BYTES).await?;
    let turn = room.lanes.sign_ins.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.join_begin(&ask)).await.into())
}

async fn join_finish(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: JoinFinish = body::json(body, JOIN_MAX_BYTES).await?;
    let turn = room.lanes.sign_ins.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.join_finish(&ask))
        .await
        .into())
}

async fn key_holder(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: HolderRequest = body::json(body, GIVE_MAX_BYTES).await?;
    let turn = room.lanes.sign_ins.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.key_holder(&ask)).await.into())
}

/// Without a session, as the next two: who asks is not looked at, and nothing of it is kept.
async fn disclosure_key(State(room): State<Room>) -> Result<Answer, Answer> {
    let turn = room.lanes.disclosures.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.disclosure_key()).await.into())
}

async fn disclose(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    // The turn first: only so many are in memory, and none of them for long.
    let turn = room.lanes.disclosures.turn(&room.guard).await?;
    let bytes = body::whole(body, DISCLOSURE_MAX_BYTES).await?;
    Ok(work(turn, move || room.guard.disclose(&bytes)).await.into())
}

async fn disclosed(State(room): State<Room>, body: Body) -> Result<Answer, Answer> {
    let ask: DisclosedQuery = body::json(body, SMALL_MAX_BYTES).await?;
    let turn = room.lanes.disclosures.turn(&room.guard).await?;
    Ok(work(turn, move || room.guard.disclosed(&ask)).await.into())
}

async fn call(
    State(room): State<Room>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    let token = token(&headers)?;
    let ask: Request = body::json(body, CALL_MAX_BYTES).await?;
    let turn = room.lanes.calls.turn(&room.guard).await?;
    let closes = matches!(ask, Request::Close);
    let guard = Arc::clone(&room.guard);
    let done = work(turn, move || guard.call(&token, peer, &ask)).await;
    if closes && done.is_ok() {
        room.stop.send_replace(true);
    }
    Ok(done.into())
}

async fn wrong_address() -> impl IntoResponse {
    let refusal =
        Refusal::invalid("there is no such address in this API").hint("docs/api.md lists them");
    Answer::Elsewhere(StatusCode::NOT_FOUND, refusal)
}

async fn wrong_method() -> impl IntoResponse {
    let refusal = Refusal::invalid("this address takes another method")
        .hint("GET for /v1/status and /v1/disclosure-key, POST for everything else; docs/api.md lists them");
    Answer::Elsewhere(StatusCode::METHOD_NOT_ALLOWED, refusal)
}

/// The session's token from the `Authorization` header.
pub(crate) fn token(headers: &HeaderMap) -> Result<Token, Refusal> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|text| Token::presented(text.trim()))
        .ok_or_else(Refusal::not_signed_in)
}
