//! Programs by others verify what this crate wrote, and refuse what was tampered with.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use deconflict_record::{AddCheckpoint, Cosigner, Hash, SignedCheckpoint, Vkey, bundle, new_tiles};
use support::{Log, at, key, log_key, witness_key};

/// A log of 1,000 entries in the files of tlog-tiles, its heads at 613 and 1,000, the latter cosigned
/// by four witnesses; proofs; and another log that was rewritten from entry 500 on.
fn written(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let lines = |hashes: Vec<Hash>| -> String {
        hashes.iter().map(|hash| hash.to_base64() + "\n").collect()
    };

    let log = Log::of(1000, "entry");
    let mut forked = Log::of(500, "entry");
    (500..1000).for_each(|i| forked.push(format!("rewritten {i}").as_bytes()));

    let witnesses = [1, 2, 3, 4].map(witness_key);
    let log_key = log_key();
    let keys = [&log_key].into_iter().chain(&witnesses).map(|key| format!("{key}\n"));
    write("keys", keys.collect::<String>().as_bytes());

    let old = log.signed(613);
    let request = |old_size, proof, checkpoint: SignedCheckpoint| AddCheckpoint {
        old_size,
        proof,
        checkpoint,
    };
    let second = request(613, log.consistency(613, 1000), log.signed(1000));
    let mut cosigned = log.signed(1000);
    for number in 1..=4 {
        let name = format!("desk{number}.example");
        let mut witness = Cosigner::new(&name, log_key.clone(), Some(old.clone())).unwrap();
        let pending = witness.judge(&second).unwrap();
        let line = pending.persisted(&key(number), at(1_795_348_800)).line();
        cosigned = cosigned.collect(&line, &[&witnesses[usize::from(number) - 1]]).unwrap();
    }
    write("checkpoint.613", old.encode().as_bytes());
    write("checkpoint.1000", cosigned.encode().as_bytes());
    write("checkpoint.fork", forked.signed(1000).encode().as_bytes());
    write("inclusion.417", lines(log.inclusion(417, 1000)).as_bytes());
    write("consistency.613.1000", lines(log.consistency(613, 1000)).as_bytes());
    write("consistency.fork", lines(forked.consistency(613, 1000)).as_bytes());
    write("request.0.613", request(0, vec![], old).encode().as_bytes());
    write("request.613.1000", second.encode().as_bytes());
    let fork = forked.signed(1000);
    let rewritten = request(613, forked.consistency(613, 1000), fork.clone());
    write("request.613.fork", rewritten.encode().as_bytes());
    write("request.1000.fork", request(1000, vec![], fork).encode().as_bytes());

    let (mut tiles, mut bundles) = (String::new(), String::new());
    for (tile, bytes) in new_tiles(0, 1000, |level, index| log.node(level, index)).unwrap() {
        write(&tile.to_string(), &bytes);
        tiles += &format!("{tile}\n");
    }
    for (index, entries) in log.entries.chunks(256).enumerate() {
        let partial = if entries.len() < 256 { format!(".p/{}", entries.len()) } else { "".into() };
        let name = format!("tile/entries/{index:03}{partial}");
        write(&name, &bundle(entries.iter().map(|entry| &entry[..])).unwrap());
        bundles += &(name + "\n");
    }
    write("tiles", tiles.as_bytes());
    write("bundles", bundles.as_bytes());
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

/// Debian's packages golang-go and golang-golang-x-mod-dev.
fn go() -> Command {
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
    go.env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-cache"));
    go
}

fn works(command: &mut Command) -> bool {
    let run = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    run.status().is_ok_and(|status| status.success())
}

fn verify(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success() && output.stdout == b"verified\n",
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_reference_code_of_go_verifies_the_log_and_refuses_a_fork() {
    if !works(go().args(["list", "golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"])) {
        println!("\nskipped: Go's verifier: needs golang-go and golang-golang-x-mod-dev");
        return;
    }
    let folder = written("go");
    verify(go().arg("run").arg(script("verify.go")).arg(&folder));
}

#[test]
fn python_code_verifies_the_log_and_its_witness_and_ours_understand_one_another() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/tlog/bin/python");
    let python = [own.as_path(), Path::new("python3.13"), Path::new("python3")];
    let python = python
        .into_iter()
        .find(|python| works(Command::new(python).args(["-c", "import aics_tlog, aics_witness"])));
    let Some(python) = python else {
        println!("\nskipped: Python's verifier: needs Python 3.12, aics-tlog and aics-witness");
        return;
    };
    let folder = written("python");
    verify(Command::new(python).arg(script("verify.py")).arg(&folder));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let theirs = Vkey::parse(read("answer.key").trim_end()).unwrap();
    let head = SignedCheckpoint::parse(read("checkpoint.1000").as_bytes()).unwrap();
    let head = head.collect(&read("answer"), &[&theirs]).unwrap();
    let seen = head.cosignatures(&[&theirs]).unwrap();
    assert_eq!((seen.len(), seen[0].time_s), (1, 1_795_348_900));
}
