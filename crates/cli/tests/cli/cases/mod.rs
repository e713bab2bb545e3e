//! Files after public bug reports, beside the repository (`../shared/data/cases`): each has an `expected.md`
//! that says what is right and why. A row is a command and what it must answer.

mod airspace;
mod documents;
mod outlines;

use std::path::PathBuf;

use crate::common::{run, status, stderr, stdout};

/// A command on the files of a case, and its answer.
struct Row {
    /// The beginning of the case's folder: its number.
    case: &'static str,
    /// The command's arguments; what names a file of the case is one.
    command: &'static str,
    /// The exit status.
    status: i32,
    /// What standard output holds.
    said: &'static [&'static str],
    /// What standard error holds; where the list is empty, nothing stands there.
    remarks: &'static [&'static str],
}

/// The folder of all cases; `None` where it is missing.
fn cases() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cases");
    if !folder.is_dir() {
        println!("skipped: {} not found", folder.display());
        return None;
    }
    Some(folder)
}

/// Runs every row, and says all that is not as it should be at once.
fn judge(rows: &[Row]) {
    let Some(folder) = cases() else { return };
    let names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut faults = Vec::new();
    for row in rows {
        let case = names.iter().find(|name| name.starts_with(&format!("{}-", row.case)));
        let case = folder.join(case.unwrap_or_else(|| panic!("case {} is missing", row.case)));
        let args: Vec<String> = row
            .command
            .split(' ')
            .map(|arg| match case.join(arg) {
                file if file.is_file() => file.to_str().unwrap().to_owned(),
                _ => arg.to_owned(),
            })
            .collect();
        let output = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let (out, err) = (stdout(&output), stderr(&output));
        let missing = |text: &str, words: &[&str]| -> Vec<String> {
            words.iter().filter(|w| !text.contains(**w)).map(|w| format!("lacks `{w}`")).collect()
        };
        let mut wrong = missing(&out, row.said);
        wrong.extend(missing(&err, row.remarks));
        if status(&output) != row.status {
            wrong.push(format!("status {} and not {}", status(&output), row.status));
        }
        if row.remarks.is_empty() && !err.is_empty() {
            wrong.push("says something on standard error".to_owned());
        }
        if !wrong.is_empty() {
            let wrong = wrong.join(", ");
            faults.push(format!("{}: {}: {wrong}\n{out}{err}", row.case, row.command));
        }
    }
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), rows.len(), faults.join("\n"));
}

/// Whole files as they are published, beside the repository. All are read where it may be said what
/// points are and mistakes may be left out; most are read as they are.
#[test]
fn whole_files_as_they_are_published_are_read() {
    let Some(cases) = cases() else { return };
    let real = cases.with_file_name("real");
    let mut files: Vec<PathBuf> = ["openair", "zones", "kml"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(real.join(folder)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    if files.is_empty() {
        println!("skipped: {} not found", real.display());
        return;
    }
    let mut refused = Vec::new();
    for file in &files {
        let file = file.to_str().unwrap();
        let plain = run(&["show", file, "--output", "json"]);
        if status(&plain) != 0 {
            refused.push(format!("{file}: {}", stderr(&plain).lines().next().unwrap_or_default()));
        }
        let helped =
            run(&["show", file, "--output", "json", "--points", "200m", "--leave-out-mistaken"]);
        assert!([0, 4].contains(&status(&helped)), "{file}: {}", stderr(&helped));
        let features = crate::common::json(&helped)["features"].as_array().unwrap().len();
        assert!(features > 0, "{file}");
    }
    // Points without an extent are refused for good reason.
    let extents = refused.iter().all(|why| why.contains("a point has no radius"));
    assert!(extents && refused.len() * 12 <= files.len(), "{}", refused.join("\n"));
}
