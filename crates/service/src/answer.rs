//! What is sent back: JSON that the guard issued, or why it refused.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use strongroom_guard::api::Status;
use strongroom_guard::{Code, IssuedCopy, Refusal};

/// The type of every answer in one piece.
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The type of a filing's answer: a value a line.
pub(crate) const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
/// What was shown once is not kept on the way.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer in one piece.
pub(crate) enum Answer {
    /// What the guard lets out.
    Issued(IssuedCopy),
    /// What anyone may know.
    Status(Box<Status>),
    /// It was done, and there is nothing to tell.
    Done,
    /// Why it was not done.
    Refused(Refusal),
    /// The request is not of this API: what its address or method should be.
    Elsewhere(StatusCode, Refusal),
}

impl From<Result<IssuedCopy, Refusal>> for Answer {
    fn from(result: Result<IssuedCopy, Refusal>) -> Self {
        result.map_or_else(Self::Refused, Self::Issued)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The status of HTTP for a refusal. Clients go by the code in the body, which says more.
pub(crate) fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Invalid => StatusCode::BAD_REQUEST,
        Code::NotSignedIn | Code::SignInFailed => StatusCode::UNAUTHORIZED,
        Code::SlowDown => StatusCode::TOO_MANY_REQUESTS,
        Code::NotAllowed => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict | Code::AlreadyDone => StatusCode::CONFLICT,
        Code::Unfit => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Closed => StatusCode::SERVICE_UNAVAILABLE,
        Code::Limit => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

/// A refusal as JSON.
pub(crate) fn refusal_json(refusal: &Refusal) -> Vec<u8> {
    serde_json::to_vec(refusal).expect("words are JSON")
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (status, json) = match self {
            Self::Issued(copy) => (StatusCode::OK, copy.into_json()),
            Self::Status(status) => (
                StatusCode::OK,
                serde_json::to_vec(&status).expect("words and numbers are JSON"),
            ),
            Self::Done => (StatusCode::OK, b"null".to_vec()),
            Self::Refused(refusal) => (http_status(refusal.code), refusal_json(&refusal)),
            Self::Elsewhere(status, refusal) => (status, refusal_json(&refusal)),
        };
        answer(status, JSON, Body::from(json))
    }
}

/// An answer with the headers that all have.
pub(crate) fn answer(status: StatusCode, kind: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    response
}
