//! Real desks before the host, over HTTP.

use std::path::Path;

use deconflict_core::Say;
use deconflict_desk::{Desk, DeskError, HttpLine, Keys, Sent, Settings, Synced};
use deconflict_record::{KeyUse, SigningKey, UtcSecond, Vkey};

use super::{Rig, SPACE, duty, key, party};

/// A desk and its line to the host. The desk of `north` is the charter's witness.
pub struct Post {
    pub desk: Desk,
    pub line: HttpLine,
    pub duty: SigningKey,
    pub witness: Option<SigningKey>,
}

impl Post {
    pub fn new(rig: &Rig, folder: &Path, name: &str) -> Post {
        let witnesses = name == "north";
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: witnesses.then(|| "north.example/desk".to_owned()),
        };
        Post {
            desk: Desk::create(&folder.join(name), &settings).unwrap(),
            line: HttpLine::new(&rig.url(""), None).unwrap(),
            duty: duty(name),
            witness: witnesses.then(|| key("witness")),
        }
    }

    /// The host is at another address now.
    pub fn follow(&mut self, rig: &Rig) {
        self.line = HttpLine::new(&rig.url(""), None).unwrap();
    }

    pub fn sync(&mut self, rig: &Rig) -> Result<Synced, DeskError> {
        let keys = Keys { session: &self.duty, witness: self.witness.as_ref() };
        self.desk.sync(&mut self.line, &keys, now(rig))
    }

    pub fn send(&mut self, rig: &Rig) -> Result<Sent, DeskError> {
        let keys = Keys { session: &self.duty, witness: self.witness.as_ref() };
        self.desk.send(&mut self.line, &keys, &[&self.duty], now(rig))
    }

    pub fn say(&mut self, rig: &Rig, say: &Say) {
        self.desk.file(say, &self.duty, None).unwrap();
        let sent = self.send(rig).unwrap();
        assert_eq!(sent.filed.len(), 1, "{sent:?}");
    }
}

pub fn log() -> Vkey {
    Vkey::new(SPACE, KeyUse::Log, key("log").verifying_key()).unwrap()
}

pub fn now(rig: &Rig) -> UtcSecond {
    UtcSecond::new(u64::try_from(rig.now().seconds()).unwrap()).unwrap()
}
