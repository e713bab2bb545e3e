//! The record and the host: statements in, readers served, a restart, a verification.

mod hostile;
mod http;
mod memory;
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

/// What was measured.
pub(crate) struct SpaceFigures {
    statements: Vec<statements::FilingFigures>,
    over_http: http::OverHttp,
    read: readers::ReaderFigures,
    streamed: streams::StreamFigures,
    memory: Vec<memory::PerDeclaration>,
    opened: opening::OpeningFigures,
    besieged: hostile::HostileFigures,
    long: restart::Long,
}

pub(crate) fn measure(scale: &Scale) -> SpaceFigures {
    let statements = statements::compare(scale);
    let over_http = http::load(scale);
    let read = readers::measure(scale);
    let streamed = streams::measure(scale);
    let memory = memory::measure(scale);
    let opened = opening::measure(scale);
    let besieged = hostile::measure(scale);
    let long = restart::measure(scale);
    SpaceFigures { statements, over_http, read, streamed, memory, opened, besieged, long }
}

/// What can be measured alone.
pub(crate) const PARTS: [&str; 8] =
    ["statements", "http", "readers", "streams", "memory", "desk", "hostile", "record"];

/// Measures one of [`PARTS`] and reports it; `None` for another one.
pub(crate) fn part(name: &str, scale: &Scale) -> Option<String> {
    Some(match name {
        "statements" => filed(&statements::compare(scale)),
        "http" => http::load(scale).report(),
        "readers" => readers::measure(scale).report(),
        "streams" => streams::measure(scale).report(),
        "memory" => kept(&memory::measure(scale)),
        "desk" => opening::measure(scale).report(),
        "hostile" => hostile::measure(scale).report(),
        "record" => restart::measure(scale).report(),
        _ => return None,
    })
}

impl SpaceFigures {
    pub(crate) fn report(&self) -> String {
        let (statements, memory) = (filed(&self.statements), kept(&self.memory));
        let (over_http, read) = (self.over_http.report(), self.read.report());
        let streamed = self.streamed.report();
        let (opened, besieged) = (self.opened.report(), self.besieged.report());
        let long = self.long.report();
        [statements, over_http, read, streamed, memory, opened, besieged, long].join("\n")
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
