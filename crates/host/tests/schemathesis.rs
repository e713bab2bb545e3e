//! The host's routes before a judge of its own: requests made up from the OpenAPI document, good ones and
//! bad ones, must be answered as the document says, and never with a fault of the host.
//!
//! It is schemathesis, out of the environment that `tools/prerequisites.sh` makes; without it, skipped.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's own set-up and its skipping"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::post::{Post, story};
use common::*;
use deconflict_host::openapi_json;

/// A program of the environment, where it was made.
fn tool(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin").join(name);
    path.exists().then_some(path)
}

const SKIPPED: &str = "skipped: the routes' judges are not in .venv: run tools/prerequisites.sh";

#[test]
fn the_document_of_the_routes_is_openapi_3_1() {
    let Some(validator) = tool("openapi-spec-validator") else { return println!("{SKIPPED}") };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, openapi_json()).unwrap();
    let judged = Command::new(validator).args(["--schema", "3.1"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(judged.status.success(), "{said}{}", String::from_utf8_lossy(&judged.stderr));
}

#[test]
fn whatever_is_asked_is_answered_as_the_document_says() {
    let Some(schemathesis) = tool("schemathesis") else { return println!("{SKIPPED}") };
    let mut config = deconflict_host::Config::default();
    (config.limits.sessions_of_key, config.limits.sessions_of_party) = (10_000, 10_000);
    let (mut rig, folder) = (Rig::with(config, Default::default()), tempfile::tempdir().unwrap());
    let mut north = Post::new(&rig, folder.path(), "north");
    story(&mut rig, &mut north);
    let token = rig.token(&duty("north"));
    let judged = Command::new(schemathesis)
        .current_dir(folder.path())
        .args(["run", &rig.url("/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "all", "--mode", "all"])
        // What fits the document may still be signed by nobody: then it is refused.
        .args(["--exclude-checks", "positive_data_acceptance"])
        // A stream has no end to wait for.
        .args(["--exclude-path", "/v1/stream"])
        .args(["--seed", "1", "--max-examples", "150", "--request-timeout", "20"])
        .args(["--generation-database", "none", "--no-color", "--workers", "1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&judged.stdout).into_owned();
    println!("{said}");
    assert!(judged.status.success(), "{said}{}", String::from_utf8_lossy(&judged.stderr));
    let cases = said.lines().find_map(|line| line.trim().split_once(" generated")?.0.parse().ok());
    assert!(cases.is_some_and(|cases: u32| cases > 500), "it asked too little: {cases:?}");
    // It has seen no way to break the host: it goes on.
    rig.accepted("aid", &declare(operation_at(47.0, 38.6), deconflict_core::Sharing::Open));
}
