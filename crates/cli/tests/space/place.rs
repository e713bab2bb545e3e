//! A folder in which parties work by the command alone, and the processes that serve it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SPACE: &str = "deconflict.example/processes";

/// A folder in which parties work.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.path("passphrase"), "correct horse\n").unwrap();
        let secret = fs::Permissions::from_mode(0o600);
        fs::set_permissions(place.path("passphrase"), secret).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deconflict"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env("DECONFLICT_PASSPHRASE_FILE", self.path("passphrase"))
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "100")
            .env_remove("DECONFLICT_DESK")
            .env_remove("DECONFLICT_KEY")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that must end with this status; what it printed, standard error last.
    pub(crate) fn run(&self, status: i32, args: &[&str]) -> String {
        let Output { status: ended, stdout, stderr } = self.command(args).output().unwrap();
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert_eq!(ended.code(), Some(status), "{args:?}: {said}");
        said
    }

    /// The same with the arguments as one line, which is cut at its spaces.
    pub(crate) fn line(&self, status: i32, args: &str) -> String {
        self.run(status, &args.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let args = [args, &["--output", "json"]].concat();
        let output = self.command(&args).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{args:?}: {error}: {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    pub(crate) fn party(&self, name: &str) {
        let (called, contact) = (format!("en=The {name}"), format!("+000 {name}"));
        self.run(
            0,
            &["party", "new", name, "--id", name, "--name", &called, "--contact", &contact],
        );
    }

    /// The charter of two parties, unsigned.
    pub(crate) fn charter(&self) -> String {
        self.party("north");
        self.party("south");
        let log = self.json(&["key", "new", "log.key", "--name", SPACE])["vkey"].clone();
        let witness = self.json(&[
            "key",
            "new",
            "witness.key",
            "--name",
            "north.example/desk",
            "--use",
            "witness",
        ])["vkey"]
            .clone();
        let (log, witness) =
            (log.as_str().unwrap(), format!("{}:north", witness.as_str().unwrap()));
        let drafted = self.run(
            0,
            &[
                "space",
                "draft",
                "--name",
                SPACE,
                "--title",
                "en=Processes",
                "--host-party",
                "south",
                "--host-key",
                log,
                "--witness",
                &witness,
                "--quorum",
                "1",
                "north/member.json",
                "south/member.json",
            ],
        );
        assert!(drafted.contains("1 of 1 witnesses"), "{drafted}");
        log.to_owned()
    }

    /// A host that serves the space, and what desks are set up with.
    pub(crate) fn founded(&self) -> (Served, String, String) {
        let log = self.charter();
        for party in ["south", "north"] {
            let root = format!("{party}/root.key");
            self.run(0, &["space", "sign", "charter.json", "--key", &root, "--yes"]);
        }
        self.brought_keys_sign();
        let init = ["host", "init", "host", "--founding", "founding.json", "--log-key", "log.key"];
        let begun = self.json(&init);
        let founding = begun["founding"].as_str().unwrap().to_owned();
        (Served::start(self), log, founding)
    }

    /// The witness's key and the record's sign the charter that brings them.
    pub(crate) fn brought_keys_sign(&self) {
        self.line(0, "space sign charter.json --key witness.key --key log.key --yes");
    }

    /// A desk of a party whose duty officer is enrolled.
    pub(crate) fn desk(&self, party: &str, url: &str, log: &str, founding: &str) -> String {
        self.desk_with(party, &[url, log, founding], &[])
    }

    /// The same with more of what `desk init` takes.
    pub(crate) fn desk_with(
        &self,
        party: &str,
        [url, log, founding]: &[&str; 3],
        more: &[&str],
    ) -> String {
        let (dir, key) = (format!("desk-{party}"), format!("{party}/duty.key"));
        let mut init = vec![
            "desk",
            "init",
            &dir,
            "--party",
            party,
            "--log",
            log,
            "--founding",
            founding,
            "--url",
            url,
            "--key",
            &key,
        ];
        if party == "north" {
            init.extend(["--witness", "north.example/desk", "--witness-key", "witness.key"]);
        }
        init.extend(more);
        self.run(0, &init);
        let root = format!("{party}/root.key");
        let enrolled = self.run(0, &["party", "enrol", &key, "--root", &root, "--desk", &dir]);
        assert!(enrolled.contains("of the record"), "{enrolled}");
        dir
    }
}

/// A process that is ended with the test.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
    /// Its first line.
    pub(crate) ready: String,
    lines: BufReader<ChildStdout>,
}

impl Served {
    pub(crate) fn start(place: &Place) -> Served {
        Served::start_in(place, "host")
    }

    pub(crate) fn start_in(place: &Place, dir: &str) -> Served {
        Served::with(place, &[dir])
    }

    /// With what `host run` takes; where it serves, it says in its first line.
    pub(crate) fn with(place: &Place, args: &[&str]) -> Served {
        Served::listening(place, "127.0.0.1:0", args)
    }

    /// The same at the address of one that was killed.
    pub(crate) fn again(place: &Place, url: &str, args: &[&str]) -> Served {
        Served::listening(place, url.rsplit('/').next().unwrap(), args)
    }

    fn listening(place: &Place, at: &str, args: &[&str]) -> Served {
        let run = [&["host", "run", "--listen", at], args].concat();
        let mut child = place.command(&run).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        lines.read_line(&mut ready).unwrap();
        let url = ready.split(['"', ' ']).find(|part| part.contains("://127.0.0.1:"));
        let url = url.unwrap_or_else(|| panic!("{ready}")).to_owned();
        Served { child, url, ready, lines }
    }

    /// The next line that it says.
    pub(crate) fn says(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// Kills it; where it was.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.url.clone()
    }

    /// Asks it to end, and returns the last line that it said.
    pub(crate) fn stop(self) -> String {
        self.stop_saying().pop().unwrap_or_default()
    }

    /// Asks it to end, and returns all lines that nobody has read yet.
    pub(crate) fn stop_saying(mut self) -> Vec<String> {
        terminate(&mut self.child);
        let lines = self.lines.by_ref().lines().map_while(Result::ok).collect();
        assert!(self.child.wait().unwrap().success());
        lines
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// SIGTERM, which the standard library cannot send.
pub(crate) fn terminate(child: &mut Child) {
    let sent = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}
