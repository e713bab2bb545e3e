//! What holds of every answer, and what is counted of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;

/// What is counted since the start; whoever serves hands it in and shows it.
#[derive(Default, Debug)]
pub struct HttpCounts {
    /// Connections that are open now.
    pub connections: AtomicU64,
    /// Requests that came, whatever was answered.
    pub requests: AtomicU64,
    /// Those that were answered with a status of 500 or above.
    pub failures: AtomicU64,
}

/// The router with its requests counted, and with answers that no cache on the way keeps.
pub fn observed(router: Router, counts: Arc<HttpCounts>) -> Router {
    router.layer(middleware::from_fn(move |request, next| observe(counts.clone(), request, next)))
}

async fn observe(counts: Arc<HttpCounts>, request: Request, next: Next) -> Response {
    counts.requests.fetch_add(1, Ordering::Relaxed);
    let mut response = next.run(request).await;
    if response.status().is_server_error() {
        counts.failures.fetch_add(1, Ordering::Relaxed);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
