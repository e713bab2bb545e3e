//! BENCHMARKS.md.

use std::fs;
use std::process::Command;

use crate::Scale;
use crate::index::{Comparison, EngineFigures, mean, percentile};
use crate::millions::GrowthFigures;
use crate::postgis::output;
use crate::workload::DESCRIPTION;

/// All parts.
pub(crate) fn write(parts: &[String]) -> String {
    let head = "# Benchmarks\n\nWritten by `make bench`; every figure is of one run. Other programs may have \
                shared the machine: trust ratios, not digits.\n";
    let workload = format!("## The workload\n\n{DESCRIPTION}\n");
    let head = [head.to_owned(), machine(), workload];
    [&head[..], parts].concat().join("\n")
}

fn machine() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kilobytes: u64 =
        field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    let rustc = output(Command::new("rustc").arg("--version")).unwrap_or_default();
    table(
        &["", ""],
        [
            ["date", &jiff::Zoned::now().date().to_string()],
            ["processor", &format!("{}, {cores} cores", field("/proc/cpuinfo", "model name"))],
            ["memory", &format!("{} GiB", kilobytes / 1024 / 1024)],
            ["compiler", rustc.trim()],
            ["rstar", &locked_version("rstar")],
            [
                "SQLite",
                &format!("{} (rusqlite {})", rusqlite::version(), locked_version("rusqlite")),
            ],
        ]
        .map(|row| row.map(str::to_owned).to_vec()),
    )
}

/// The version of a crate in Cargo.lock.
fn locked_version(name: &str) -> String {
    let lock = include_str!("../../../Cargo.lock");
    let package = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&package).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("unknown", |(version, _)| version).to_owned()
}

pub(crate) fn index(scale: &Scale, comparison: &Comparison) -> String {
    let figures: Vec<_> = comparison.engines.iter().map(|m| (m, figures(comparison, m))).collect();
    let head = [
        "",
        "build s",
        "bytes/volume",
        "p50 us",
        "p99 us",
        "flights p50",
        "flights p99",
        "zones p50",
        "zones p99",
        "insert us",
        "remove us",
        "hits/query",
    ];
    let absolute = figures.iter().map(|(measured, figures)| {
        let hits = mean(measured.hits.iter().map(|&hits| f64::from(hits)));
        let figures = figures.iter().map(|&figure| digits(figure));
        std::iter::once(measured.name.to_owned())
            .chain(figures)
            .chain([format!("{hits:.2}")])
            .collect()
    });
    let ours = figures[0].1;
    let ratios = figures.iter().map(|(measured, figures)| {
        let ratios = figures.iter().zip(ours).map(|(&figure, ours)| digits(figure / ours));
        std::iter::once(measured.name.to_owned()).chain(ratios).collect()
    });
    let zones = comparison.queries.iter().filter(|query| query.is_zone).count();
    let not_run: String =
        comparison.not_run.iter().map(|reason| format!("\nNot run: {reason}\n")).collect();
    format!(
        "## The index: {} volumes of `mixed`\n\n\
         {} queries, {zones} of them zones, each asked three times; its fastest answer counts. Bytes are \
         those allocated by the engine beyond the volumes themselves (SQLite: its pages; PostGIS: its \
         index alone). Build is the whole growth where an engine is grown. Three times, 10,000 new volumes are inserted one by one into the full set and removed again; \
         the median batch of 100 counts (PostGIS: the best round's mean). One thread, no `target-cpu`; SQLite in one \
         transaction; PostGIS's times are taken inside the server, its table is unlogged.\n\n{}\n\
         As ratios to the first line:\n\n{}\n{}{not_run}",
        scale.volumes,
        scale.queries,
        table(&head, absolute),
        table(&head[..head.len() - 1], ratios),
        same_answers(comparison),
    )
}

fn figures(comparison: &Comparison, measured: &EngineFigures) -> [f64; 10] {
    let of = |zones: bool| {
        let pairs = comparison.queries.iter().zip(&measured.query_us);
        pairs.filter(move |(query, _)| query.is_zone == zones).map(|(_, &us)| us)
    };
    let all = || measured.query_us.iter().copied();
    [
        measured.build_s,
        measured.bytes_per_volume,
        percentile(all(), 0.50),
        percentile(all(), 0.99),
        percentile(of(false), 0.50),
        percentile(of(false), 0.99),
        percentile(of(true), 0.50),
        percentile(of(true), 0.99),
        measured.insert_us,
        measured.remove_us,
    ]
}

/// Who found what the index found, query by query.
fn same_answers(comparison: &Comparison) -> String {
    let ours = &comparison.engines[0];
    let mut lines = String::new();
    for other in &comparison.engines[1..] {
        let differing = ours.hits.iter().zip(&other.hits).filter(|(a, b)| a != b).count();
        let total = |hits: &[u32]| hits.iter().map(|&hits| u64::from(hits)).sum::<u64>();
        lines += &format!(
            "- {}: {} hits, {differing} queries with another count than the first line's {} hits\n",
            other.name,
            total(&other.hits),
            total(&ours.hits),
        );
    }
    format!(
        "Answers. Boxes in longitude and latitude ask another question: they fit a circle more closely \
         or less so than boxes in x, y and z, so those engines find other candidates. All others \
         are asked the same.\n\n{lines}"
    )
}

pub(crate) fn millions(scale: &Scale, grown: &[GrowthFigures]) -> String {
    let rows = grown.iter().map(|grown| {
        vec![
            grown.workload.to_owned(),
            digits(grown.insert_us),
            digits(grown.p50_us),
            digits(grown.p99_us),
            format!("{:.2}", grown.hits),
            digits(grown.bytes as f64 / f64::from(scale.many_volumes)),
            format!("{:.2}", grown.bytes as f64 / 1e9),
            format!("{:.2}", grown.peak_bytes as f64 / 1e9),
        ]
    });
    format!(
        "## The index: {} volumes\n\nGrown one by one, the volumes themselves not counted. An insertion is that of the median batch of \
         1,000 in the second half.\n\n{}",
        scale.many_volumes,
        table(
            &[
                "workload",
                "insert us",
                "p50 us",
                "p99 us",
                "hits/query",
                "bytes/volume",
                "GB",
                "GB at the peak",
            ],
            rows
        )
    )
}

/// Three significant digits.
pub(crate) fn digits(figure: f64) -> String {
    let decimals = match figure.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{figure:.decimals$}")
}

pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<_> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule: Vec<_> =
        (0..head.len()).map(|at| if at == 0 { "---" } else { "---:" }.to_owned()).collect();
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    line(&head) + &line(&rule) + &rows
}
