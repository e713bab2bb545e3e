//! The record and the host: statements in, readers served, a restart, a verification.

mod http;
mod memory;
mod restart;
mod rig;
mod statements;

use crate::Scale;
use crate::report::{digits, table};

/// What was measured.
pub(crate) struct Served {
    statements: Vec<statements::Filed>,
    over_http: http::OverHttp,
    memory: Vec<memory::PerDeclaration>,
    long: restart::Long,
}

pub(crate) fn measure(scale: &Scale) -> Served {
    let statements = statements::compare(scale);
    let over_http = http::load(scale);
    let memory = memory::measure(scale);
    Served { statements, over_http, memory, long: restart::measure(scale) }
}

impl Served {
    pub(crate) fn report(&self) -> String {
        [self.filed(), self.over_http.report(), self.kept(), self.long.report()].join("\n")
    }

    fn filed(&self) -> String {
        let rows = self.statements.iter().map(|filed| {
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
        let head = [
            "sharing",
            "threads",
            "bare us",
            "whole us",
            "statements/s",
            "ratio",
            "entries/statement",
        ];
        format!(
            "## Durable signed statements, in process\n\n{}\n\n{}",
            statements::DESCRIPTION,
            table(&head, rows)
        )
    }

    fn kept(&self) -> String {
        let rows = self.memory.iter().map(|kept| {
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
}
