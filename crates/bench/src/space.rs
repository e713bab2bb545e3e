//! The record and the host: statements in, readers served, a restart, a verification.

mod hostile;
mod http;
mod memory;
mod messages;
mod opening;
mod readers;
mod restart;
mod rig;
mod statements;
mod streams;

pub(crate) use hostile::serve_space;
pub(crate) use opening::desk_memory;
pub(crate) use streams::hold_streams;

use crate::Scale;
use crate::report::{digits, table};

/// Measures a part and reports it.
pub(crate) fn part(name: &str, scale: &Scale) -> String {
    if ["http", "readers", "streams", "messages", "hostile"].contains(&name) {
        no_huge_pages(true);
    }
    let figures = figures(name, scale);
    no_huge_pages(false);
    figures
}

/// As the command has it while it serves.
fn no_huge_pages(disabled: bool) {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(disabled);
    #[cfg(not(target_os = "linux"))]
    let _ = disabled;
}

fn figures(name: &str, scale: &Scale) -> String {
    match name {
        "statements" => filed(&statements::compare(scale)),
        "http" => http::load(scale).report(),
        "readers" => readers::measure(scale).report(),
        "streams" => streams::measure(scale).report(),
        "messages" => messages::measure(scale).report(),
        "memory" => kept(&memory::measure(scale)),
        "desk" => opening::measure(scale).report(),
        "hostile" => hostile::measure(scale).report(),
        "record" => restart::measure(scale).report(),
        _ => unreachable!("`{name}` is no part"),
    }
}

fn filed(statements: &[statements::FilingFigures]) -> String {
    let rows = statements.iter().map(|filed| {
        vec![
            filed.sharing.to_owned(),
            filed.threads.to_string(),
            digits(filed.bare_us),
            digits(filed.whole_us),
            format!("{:.0}", 1e6 / filed.whole_us),
            digits(filed.whole_us / filed.bare_us),
            format!("{:.2}", filed.entries),
        ]
    });
    let head =
        ["sharing", "threads", "bare us", "whole us", "statements/s", "ratio", "entries/statement"];
    format!(
        "## Durable signed statements, in process\n\n{}\n\n{}",
        statements::DESCRIPTION,
        table(&head, rows)
    )
}

fn kept(memory: &[memory::PerDeclaration]) -> String {
    let rows = memory.iter().map(|kept| {
        vec![
            kept.sharing.to_owned(),
            kept.declarations.to_string(),
            digits(kept.bytes),
            digits(kept.snapshot_bytes),
            digits(kept.ready_s),
        ]
    });
    let head = ["sharing", "in force", "bytes/declaration", "of a snapshot", "made ready, s"];
    format!("## Memory per declaration\n\n{}\n\n{}", memory::DESCRIPTION, table(&head, rows))
}
