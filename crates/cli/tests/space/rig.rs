//! A host in this process, and a desk with its key file for each of four parties.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deconflict_core::{Charter, Role, Say};
use deconflict_desk::{Cost, Desk, DeskError, HttpLine, KeyFile, Keys, Line, Settings};
use deconflict_host::{Clock, Config, Server, Space, Timing, system_clock, system_entropy};
use deconflict_record::{Hash, SignedStatement, UtcSecond};
use deconflict_store::{Store, StoreError};
pub(crate) use deconflict_testing::{SPACE, log};
use deconflict_testing::{
    duty, log_key, party, root, seed, sign, texts, witness, witness_name, witnessed,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const PARTIES: [&str; 4] = ["watch", "north", "south", "aid"];
pub(crate) const PASSPHRASE: &str = "correct horse";

pub(crate) struct Rig {
    folder: TempDir,
    host: Server,
    pub(crate) founding: String,
}

fn now() -> UtcSecond {
    let now = (system_clock())();
    UtcSecond::new(u64::try_from(now.seconds()).unwrap()).unwrap()
}

/// The four parties by their full names, and the desk of `north` as the one witness.
fn charter() -> Charter {
    let mut charter = witnessed(&PARTIES, &["north"], 1);
    for member in &mut charter.parties {
        member.name = texts(&format!("The {}", member.id));
    }
    charter
}

/// The founding statement, signed by the root of every party.
fn founding() -> SignedStatement {
    let roots = PARTIES.map(|name| root(name, 0));
    let say = deconflict_testing::founding(charter());
    sign(SPACE, PARTIES[0], &roots.each_ref(), (1, None), None, &say)
}

/// A new desk. While another test starts a process, that has for a moment what this one has open: also what
/// was just closed.
fn created(dir: &Path, settings: &Settings) -> Desk {
    let begun = Instant::now();
    let mut desk = Desk::create(dir, settings);
    while matches!(desk, Err(DeskError::Store(StoreError::Held { .. })))
        && begun.elapsed() < Duration::from_secs(10)
    {
        std::thread::sleep(Duration::from_millis(5));
        desk = Desk::open(dir);
    }
    desk.unwrap()
}

impl Rig {
    pub(crate) fn new() -> Rig {
        Rig::by_clock(system_clock())
    }

    /// The same with a host whose clock is so many seconds ahead of this machine's.
    pub(crate) fn ahead(seconds: i64) -> Rig {
        let clock = system_clock();
        Rig::by_clock(Arc::new(move || clock().after_seconds(seconds)))
    }

    fn by_clock(clock: Clock) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let founding = founding();
        let store = Store::create(&folder.path().join("record.sqlite")).unwrap();
        let config = Config::default();
        let (entropy, timing): (_, Timing) = (system_entropy(), config.timing);
        let envelope = founding.envelope().encode();
        let begun = clock();
        let space = Space::found(store, &envelope, log_key(), entropy, timing, begun).unwrap();
        let host = Server::start(space, &config, clock, system_entropy()).unwrap();
        let rig = Rig { folder, host, founding: founding.hash().to_string() };
        rig.file("passphrase", PASSPHRASE);
        let secret = fs::Permissions::from_mode(0o600);
        fs::set_permissions(rig.path("passphrase"), secret).unwrap();
        PARTIES.iter().for_each(|name| rig.set_up(name));
        rig
    }

    /// A desk, its key file, and its operator's enrolment.
    fn set_up(&self, name: &str) {
        let file = self.path(&format!("{name}.key"));
        let cheap = Cost { memory_kib: 8, passes: 1, lanes: 1 };
        KeyFile::create_with(&file, &seed(&format!("operator {name} duty")), PASSPHRASE, cheap)
            .unwrap();
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: (name == "north").then(|| witness_name(name)),
        };
        let mut desk = created(&self.path(name), &settings);
        let say = Say::Enrol {
            operator: "duty".parse().unwrap(),
            post: "duty officer".into(),
            operator_key: duty(name).verifying_key(),
            role: Role::Person,
        };
        let root = root(name, 0);
        let mut line = HttpLine::new(&self.url(), None).unwrap();
        let keys = Keys { session: &root, witness: None };
        let founded = (name == PARTIES[0]).then(|| Hash::from_hex(&self.founding).unwrap());
        let link = (1 + u64::from(founded.is_some()), founded);
        let enrolment = sign(SPACE, name, &[&root], link, None, &say);
        let filed = line.file(enrolment.envelope().as_bytes()).unwrap();
        assert_eq!(filed.refusal, None);
        desk.sync(&mut line, &keys, now()).unwrap();
        let kept = json!({"v": 1, "url": self.url(), "key": file});
        fs::write(self.path(name).join("desk.json"), kept.to_string()).unwrap();
    }

    /// North's desk countersigns the record's head.
    pub(crate) fn witness(&self) {
        let mut desk = Desk::open(&self.path("north")).unwrap();
        let mut line = HttpLine::new(&self.url(), None).unwrap();
        let (duty, witness) = (duty("north"), witness("north"));
        let keys = Keys { session: &duty, witness: Some(&witness) };
        assert!(desk.sync(&mut line, &keys, now()).unwrap().cosigned);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.host.address())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deconflict"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("COLUMNS", "120")
            .env("DECONFLICT_PASSPHRASE_FILE", self.path("passphrase"))
            .env("DECONFLICT_SEAL_PASSPHRASE_FILE", self.path("passphrase"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command at a party's desk.
    pub(crate) fn at(&self, party: &str, args: &[&str]) -> Output {
        let mut command = self.command(args);
        command.env("DECONFLICT_DESK", self.path(party)).output().unwrap()
    }

    /// The same; it must end with this status. What it prints.
    pub(crate) fn told(&self, party: &str, status: i32, args: &[&str]) -> String {
        let output = self.at(party, args);
        let said = String::from_utf8(output.stdout).unwrap();
        let also = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}\n{said}\n{also}");
        said
    }

    /// The same as JSON.
    pub(crate) fn json(&self, party: &str, status: i32, args: &[&str]) -> Value {
        let said = self.told(party, status, &[args, &["--output", "json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// The key file of a party's root.
    pub(crate) fn root_key(&self, party: &str) -> PathBuf {
        let file = self.path(&format!("{party}-root.key"));
        let cheap = Cost { memory_kib: 8, passes: 1, lanes: 1 };
        KeyFile::create_with(&file, &seed(&format!("root {party} 0")), PASSPHRASE, cheap).unwrap();
        file
    }

    /// A party's root says something.
    pub(crate) fn by_root(&self, party: &str, root: &deconflict_record::SigningKey, say: &Say) {
        let mut desk = Desk::open(&self.path(party)).unwrap();
        let mut line = HttpLine::new(&self.url(), None).unwrap();
        let keys = Keys { session: root, witness: None };
        desk.sync(&mut line, &keys, now()).unwrap();
        desk.file(say, root, None).unwrap();
        desk.send(&mut line, &keys, &[root], now()).unwrap();
    }

    /// Declares; the declaration's name.
    pub(crate) fn declared(&self, party: &str, status: i32, args: &[&str]) -> String {
        let done = self.json(party, status, &[&["declare"], args, &["--yes"]].concat());
        let of = &done["declared"][0];
        assert_eq!(of["outcome"], "accepted", "{done}");
        of["statement"].as_str().unwrap().to_owned()
    }
}
