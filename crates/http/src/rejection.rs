//! What is answered instead of what was asked, in words (RFC 9457).

use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What a request is turned away with before an application has anything to say about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rejection {
    /// A relative URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request, and what to do about it.
    pub detail: String,
}

impl Rejection {
    /// What was sent cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Rejection {
        Rejection {
            kind: "problems/malformed",
            title: "The request cannot be read",
            status: 400,
            detail: detail.into(),
        }
    }

    /// Nothing is served at this address; the same where something is hidden from whoever asks.
    pub fn unknown() -> Rejection {
        Rejection {
            kind: "problems/unknown",
            title: "Nothing is known of this",
            status: 404,
            detail: "there is nothing here that this session may read: check the address".into(),
        }
    }

    /// Something is served at this address, with another method.
    pub fn method() -> Rejection {
        Rejection {
            kind: "problems/method",
            title: "Not with this method",
            status: 405,
            detail: "the address takes another method: see the header Allow".into(),
        }
    }

    /// A body did not come in time.
    pub fn too_slow() -> Rejection {
        Rejection {
            kind: "problems/too-slow",
            title: "The request took too long",
            status: 408,
            detail: "the body did not arrive in time: send it again".into(),
        }
    }

    /// Too many requests come from one address at once.
    pub fn crowded() -> Rejection {
        Rejection {
            kind: "problems/too-many",
            title: "Too many at once",
            status: 429,
            detail: "too many requests of this address are under way: wait for their answers"
                .into(),
        }
    }

    /// Something is larger than is taken.
    pub fn too_long(detail: impl Into<String>) -> Rejection {
        Rejection {
            kind: "problems/too-long",
            title: "Too much at once",
            status: 413,
            detail: detail.into(),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        problem(self.status, &self, None, None)
    }
}

/// What lies behind a problem: it stands in the extensions of the answer, for the log, and goes over no wire.
#[derive(Clone, Debug)]
pub struct FailureBehind(pub Arc<dyn Error + Send + Sync>);

/// The answer with this problem as its body. `retry_after_s`: seconds after which the same may be tried
/// again. `behind`: what lies behind it, of which whoever asked learns nothing.
pub fn problem(
    status: u16,
    body: &impl Serialize,
    retry_after_s: Option<u32>,
    behind: Option<Arc<dyn Error + Send + Sync>>,
) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(after_s) = retry_after_s {
        headers.insert(header::RETRY_AFTER, after_s.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(behind) = behind {
        response.extensions_mut().insert(FailureBehind(behind));
    }
    response
}
