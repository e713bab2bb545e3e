//! A host in this process, and a desk with its key file for each of four parties.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use deconflict_api::say_json;
use deconflict_core::{Charter, Consents, Member, PartyId, Role, RuleSet, Say, Witness};
use deconflict_desk::{Cost, Desk, HttpLine, KeyFile, Keys, Settings};
use deconflict_host::{Config, Server, Space, Timing, system_clock, system_entropy};
use deconflict_record::{
    Header, KeyUse, SignedStatement, SigningKey, StatementId, UtcSecond, Vkey, leaf_hash,
};
use deconflict_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const SPACE: &str = "deconflict.example/test";
const PARTIES: [&str; 4] = ["watch", "north", "south", "aid"];
const PASSPHRASE: &str = "correct horse";

pub(crate) struct Rig {
    folder: TempDir,
    host: Server,
    pub(crate) founding: String,
}

fn seed(name: &str) -> [u8; 32] {
    leaf_hash(name.as_bytes()).0
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&seed(name))
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub(crate) fn log() -> Vkey {
    Vkey::new(SPACE, KeyUse::Log, key("log").verifying_key()).unwrap()
}

fn now() -> UtcSecond {
    let now = (system_clock())();
    UtcSecond::new(u64::try_from(now.seconds()).unwrap()).unwrap()
}

fn charter() -> Charter {
    let member = |name: &str| Member {
        id: party(name),
        name: [("en".to_owned(), format!("The {name}"))].into(),
        root: key(&format!("root {name}")).verifying_key(),
        next_root: leaf_hash(&key(&format!("next {name}")).verifying_key().id().0.0),
        contact: vec![format!("+000 {name}")],
        speaks_for: BTreeSet::new(),
    };
    Charter {
        space: SPACE.into(),
        title: [("en".to_owned(), "Test".to_owned())].into(),
        host: deconflict_core::Host { party: party("watch"), key: key("log").verifying_key() },
        parties: PARTIES.iter().map(|name| member(name)).collect(),
        witnesses: vec![Witness {
            party: Some(party("north")),
            name: "north.example/desk".into(),
            key: key("witness").verifying_key(),
        }],
        quorum: 1,
        rules: RuleSet::default(),
        consents: Consents::default(),
        continues: None,
    }
}

/// The founding statement, signed by the root of every party.
fn founding() -> SignedStatement {
    let roots: Vec<SigningKey> = PARTIES.iter().map(|name| key(&format!("root {name}"))).collect();
    let header = Header {
        space: SPACE.into(),
        party: "watch".into(),
        key: roots[0].verifying_key().id(),
        seq: 1,
        prev: None,
        seen: None,
        valid_until: None,
        id: StatementId([7; 16]),
    };
    let say = say_json(&Say::FoundSpace { charter: Box::new(charter()) }).unwrap();
    let signed = SignedStatement::sign(header, &say, &roots[0]).unwrap();
    let envelope = roots[1..]
        .iter()
        .fold(signed.envelope().clone(), |envelope, key| envelope.and_signed(key).unwrap());
    SignedStatement::of(envelope).unwrap()
}

impl Rig {
    pub(crate) fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let founding = founding();
        let store = Store::create(&folder.path().join("record.sqlite")).unwrap();
        let config = Config::default();
        let (entropy, timing): (_, Timing) = (system_entropy(), config.timing);
        let envelope = founding.envelope().encode();
        let begun = (system_clock())();
        let space = Space::found(store, &envelope, key("log"), entropy, timing, begun).unwrap();
        let host = Server::start(space, &config, system_clock(), system_entropy()).unwrap();
        let rig = Rig { folder, host, founding: founding.hash().to_string() };
        rig.file("passphrase", PASSPHRASE);
        let secret = fs::Permissions::from_mode(0o600);
        fs::set_permissions(rig.path("passphrase"), secret).unwrap();
        PARTIES.iter().for_each(|name| rig.set_up(name));
        rig
    }

    /// A desk, its key file, and its operator's enrolment.
    fn set_up(&self, name: &str) {
        let duty = format!("duty {name}");
        let file = self.path(&format!("{name}.key"));
        let cheap = Cost { memory_kib: 8, passes: 1, lanes: 1 };
        KeyFile::create_with(&file, &seed(&duty), PASSPHRASE, cheap).unwrap();
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: (name == "north").then(|| "north.example/desk".to_owned()),
        };
        let mut desk = Desk::create(&self.path(name), &settings).unwrap();
        let say = Say::Enrol {
            operator: "duty".parse().unwrap(),
            post: "duty officer".into(),
            operator_key: key(&duty).verifying_key(),
            role: Role::Person,
        };
        let root = key(&format!("root {name}"));
        let mut line = HttpLine::new(&self.url(), None).unwrap();
        let keys = Keys { session: &root, witness: None };
        desk.sync(&mut line, &keys, now()).unwrap();
        desk.file(&say, &root, None).unwrap();
        let sent = desk.send(&mut line, &keys, &[&root], now()).unwrap();
        assert_eq!(sent.filed.len(), 1, "{sent:?}");
        let kept = json!({"v": 1, "url": self.url(), "key": file});
        fs::write(self.path(name).join("desk.json"), kept.to_string()).unwrap();
    }

    /// North's desk countersigns the record's head.
    pub(crate) fn witness(&self) {
        let mut desk = Desk::open(&self.path("north")).unwrap();
        let mut line = HttpLine::new(&self.url(), None).unwrap();
        let (duty, witness) = (key("duty north"), key("witness"));
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

    /// Declares; the declaration's name.
    pub(crate) fn declared(&self, party: &str, status: i32, args: &[&str]) -> String {
        let done = self.json(party, status, &[&["declare"], args, &["--yes"]].concat());
        let of = &done["declared"][0];
        assert_eq!(of["outcome"], "accepted", "{done}");
        of["statement"].as_str().unwrap().to_owned()
    }
}
