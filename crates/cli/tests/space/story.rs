//! The story that `make demo` plays, without its pauses.

use std::path::Path;
use std::process::Command;

#[test]
fn the_story_is_played_twice_and_ends_with_three_desks_that_hold_the_proof() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 to play the story with");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/story.py");
    for round in 1..=2 {
        let played = Command::new("python3")
            .arg(&script)
            .args(["--fast", "--deconflict", env!("CARGO_BIN_EXE_deconflict"), "--folder"])
            .arg(folder.path().join("demo"))
            .output()
            .unwrap();
        let (said, log) =
            (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
        assert!(played.status.success(), "round {round}: {log}\n{said}");
        for party in ["power-1", "power-2", "aid"] {
            let evidence = folder.path().join("demo").join(party).join("desk/caught.json");
            assert!(evidence.is_file(), "{party} has no evidence: {said}");
        }
        let caught = said.matches("the host cannot be relied on since").count();
        assert!(caught >= 3, "{caught} desks said so: {said}");
        assert!(!said.to_lowercase().contains(" safe"), "{said}");
        let host = std::fs::read_to_string(folder.path().join("demo/un/host.log")).unwrap();
        assert!(host.lines().last().is_some_and(|line| line.starts_with("stopped: ")), "{host}");
    }
}
