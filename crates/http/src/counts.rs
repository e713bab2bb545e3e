//! What holds of every answer, and what is counted and logged of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use tracing::{debug, warn};

use crate::rejection::FailureBehind;

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
    let (method, begun) = (request.method().clone(), Instant::now());
    // As the route is written: what stands in a path or a query is whoever asked's.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let mut response = next.run(request).await;
    let (status, took_us) = (response.status().as_u16(), begun.elapsed().as_micros());
    match response.extensions().get::<FailureBehind>() {
        Some(FailureBehind(cause)) => {
            warn!(%method, route, status, took_us, %cause, "not answered")
        }
        None => debug!(%method, route, status, took_us, "answered"),
    }
    if response.status().is_server_error() {
        counts.failures.fetch_add(1, Ordering::Relaxed);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
