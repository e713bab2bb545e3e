//! What is counted, in Prometheus' text form.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::App;

/// Everything that is counted.
pub(crate) fn metrics(app: &App) -> Response {
    let counts = &app.published.counts;
    let tip = app.published.tip();
    let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
    let size = |size: u64| size as f64;
    let rows: [(&str, &str, f64, &str); 16] = [
        ("statements_accepted_total", "counter", number(&counts.accepted), "Statements accepted."),
        ("statements_refused_total", "counter", number(&counts.refused), "Statements refused."),
        (
            "statements_repeated_total",
            "counter",
            number(&counts.repeated),
            "Statements sent again.",
        ),
        ("statements_unfit_total", "counter", number(&counts.unfit), "Statements not logged."),
        ("appends_total", "counter", number(&counts.appends), "Appends to the store."),
        ("appends_failed_total", "counter", number(&counts.failed_appends), "Appends that failed."),
        ("append_seconds_total", "counter", number(&counts.append_us) / 1e6, "Spent on appends."),
        ("checkpoints_total", "counter", number(&counts.checkpoints), "Heads signed."),
        ("requests_total", "counter", number(&counts.requests), "Requests answered."),
        ("requests_failed_total", "counter", number(&counts.failures), "Answered with 5xx."),
        ("connections", "gauge", number(&counts.connections), "Connections now."),
        ("streams", "gauge", number(&counts.streams), "Streams now."),
        ("sessions", "gauge", size(app.sessions.count() as u64), "Sessions held."),
        ("entries", "gauge", size(tip.size), "Entries of the record."),
        ("entries_signed", "gauge", size(tip.checkpoint_size), "Entries under the last head."),
        ("writable", "gauge", f64::from(u8::from(app.published.writable())), "1: it can write."),
    ];
    let mut text = String::new();
    for (name, kind, value, help) in rows {
        let name = format!("deconflict_{name}");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    let form = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, form)], text).into_response()
}
