//! What those who operate the host may ask it at an address of their own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::App;
use crate::failure::HostFailure;
use crate::posting::WitnessReport;

/// What is counted, and what failed last, in words.
pub(crate) fn for_operators(app: App) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/health", get(health)).with_state(app)
}

/// How the host is.
#[derive(Serialize)]
struct OperatorHealth {
    /// It answers.
    up: bool,
    /// It can write its record.
    writable: bool,
    /// Why it signs nothing and takes nothing in, if it waits for its witnesses or is closed for good.
    closed: Option<String>,
    /// How many statements it keeps until it signs.
    kept: u64,
    /// Why it does not believe its clock, if it does not.
    clock_doubt: Option<String>,
    /// How the witnesses stand that it posts its heads to.
    witnesses: Vec<WitnessWords>,
    /// How it last failed to write its record; it may have succeeded since.
    last_unwritable: Option<FailureWords>,
    /// How it last failed to read it.
    last_unreadable: Option<FailureWords>,
}

/// A witness that heads are posted to.
#[derive(Serialize)]
struct WitnessWords {
    name: String,
    url: String,
    cosigned: u64,
    failing_since: Option<String>,
    why: Option<String>,
}

impl WitnessWords {
    fn of((name, report): (String, WitnessReport)) -> WitnessWords {
        let WitnessReport { url, cosigned, failing } = report;
        WitnessWords {
            name,
            url,
            cosigned,
            failing_since: failing.as_ref().map(|failing| failing.since.to_string()),
            why: failing.map(|failing| failing.fault.to_string()),
        }
    }
}

#[derive(Serialize)]
struct FailureWords {
    at: String,
    cause: &'static str,
    text: String,
}

impl FailureWords {
    fn of(failure: HostFailure) -> FailureWords {
        let HostFailure { at, cause } = failure;
        FailureWords { at: at.to_string(), cause: cause.word(), text: cause.to_string() }
    }
}

async fn health(State(app): State<App>) -> Json<OperatorHealth> {
    let published = &app.published;
    Json(OperatorHealth {
        up: true,
        writable: published.writable(),
        closed: published.closed().map(|closed| closed.to_string()),
        kept: published.kept(),
        clock_doubt: published.clock_doubt().map(|doubt| doubt.to_string()),
        witnesses: published.witness_reports().into_iter().map(WitnessWords::of).collect(),
        last_unwritable: published.last_unwritable().map(FailureWords::of),
        last_unreadable: published.last_unreadable().map(FailureWords::of),
    })
}

/// Everything that is counted, in Prometheus' text form.
async fn metrics(State(app): State<App>) -> Response {
    let counts = &app.published.counts;
    let tip = app.published.tip();
    let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
    let size = |size: u64| size as f64;
    let closed = app.published.closed();
    let missing = closed.as_ref().map_or(0, |closed| closed.waits.more as u64);
    let doubt = app.published.clock_doubt();
    let ahead_s = doubt.map_or(0.0, |doubt| doubt.ahead_ms as f64 / 1e3);
    let yes = |is: bool| f64::from(u8::from(is));
    let rows: [(&str, &str, f64, &str); 26] = [
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
        (
            "parts_compared_total",
            "counter",
            number(&counts.parts_compared),
            "Parts of what was left to be compared.",
        ),
        (
            "compare_seconds_total",
            "counter",
            number(&counts.compare_us) / 1e6,
            "Spent on finding them.",
        ),
        (
            "comparisons",
            "gauge",
            size(app.published.ledger().comparisons.len() as u64),
            "Statements with something left to be compared.",
        ),
        (
            "reads_failed_total",
            "counter",
            number(&counts.failed_reads),
            "Failures to read the record.",
        ),
        ("checkpoints_total", "counter", number(&counts.checkpoints), "Heads signed."),
        ("requests_total", "counter", number(&counts.http.requests), "Requests answered."),
        ("requests_failed_total", "counter", number(&counts.http.failures), "Answered with 5xx."),
        ("connections", "gauge", number(&counts.http.connections), "Connections now."),
        ("streams", "gauge", number(&counts.streams), "Streams now."),
        ("sessions", "gauge", size(app.sessions.count() as u64), "Sessions held."),
        ("entries", "gauge", size(tip.size), "Entries of the record."),
        ("entries_signed", "gauge", size(tip.checkpoint_size), "Entries under the last head."),
        ("writable", "gauge", f64::from(u8::from(app.published.writable())), "1: it can write."),
        ("recovering", "gauge", yes(closed.is_some()), "1: it signs nothing since its start."),
        ("witnesses_missing", "gauge", size(missing), "From how many more it must hear to sign."),
        ("statements_kept", "gauge", number(&counts.kept), "Statements kept until it signs."),
        ("clock_in_doubt", "gauge", yes(doubt.is_some()), "1: nothing is erased or ended."),
        ("clock_ahead_seconds", "gauge", ahead_s, "Of what it is held against, while in doubt."),
        (
            "writer_turn_seconds",
            "gauge",
            app.published.last_turn_s() as f64,
            "The last by the clock.",
        ),
    ];
    let mut text = String::new();
    for (name, kind, value, help) in rows {
        let name = format!("deconflict_{name}");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    for (name, help, failure) in [
        (
            "unwritable",
            "When the record could last not be written.",
            app.published.last_unwritable(),
        ),
        ("unreadable", "When the record could last not be read.", app.published.last_unreadable()),
    ] {
        let name = format!("deconflict_last_{name}_seconds");
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        if let Some(HostFailure { at, cause }) = failure {
            let _ = writeln!(text, "{name}{{cause=\"{}\"}} {}", cause.word(), at.seconds());
        }
    }
    write_witnesses(&mut text, &app.published.witness_reports());
    let form = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, form)], text).into_response()
}

/// How the witnesses stand that heads are posted to.
fn write_witnesses(text: &mut String, reports: &BTreeMap<String, WitnessReport>) {
    type Read = fn(&WitnessReport) -> u64;
    let rows: [(&str, &str, Read); 2] = [
        ("witness_cosigned_entries", "Under the last head that it countersigned.", |report| {
            report.cosigned
        }),
        ("witness_tries_in_vain", "Since it last countersigned.", |report| {
            report.failing.as_ref().map_or(0, |failing| u64::from(failing.tries))
        }),
    ];
    for (name, help, value) in rows {
        let _ = writeln!(text, "# HELP deconflict_{name} {help}\n# TYPE deconflict_{name} gauge");
        for (witness, report) in reports {
            // Its name has no control characters, but may have these two.
            let witness = witness.replace('\\', r"\\").replace('"', "\\\"");
            let _ = writeln!(text, "deconflict_{name}{{witness=\"{witness}\"}} {}", value(report));
        }
    }
}
