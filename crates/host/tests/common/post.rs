//! Desks before a host, over HTTP, and a space in which much has happened.

use std::path::{Path, PathBuf};

use deconflict_core::*;
use deconflict_desk::{
    CaughtHost, Desk, DeskError, HttpLine, Keys, SendReport, Settings, SyncReport,
};
use deconflict_proof::Exhibit;
use deconflict_record::{KeyUse, SigningKey, UtcSecond, Vkey};

use super::*;

/// A desk and its line to the host.
pub struct Post {
    pub desk: Desk,
    pub line: HttpLine,
    pub dir: PathBuf,
    pub duty: SigningKey,
    pub witness: Option<SigningKey>,
}

impl Post {
    /// A new desk of a party, which has read nothing; that of `north` is a witness.
    pub fn new(rig: &Rig, folder: &Path, name: &str) -> Post {
        Post::at(&rig.url(""), folder, name)
    }

    /// The same before the host at this address.
    pub fn at(url: &str, folder: &Path, name: &str) -> Post {
        let witnesses = name == "north";
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: witnesses.then(|| witness_name(name)),
        };
        let dir = folder.join(name);
        Post {
            desk: Desk::create(&dir, &settings).unwrap(),
            line: HttpLine::new(url, None).unwrap(),
            dir,
            duty: duty(name),
            witness: witnesses.then(|| witness(name)),
        }
    }

    /// The host is at another address now.
    pub fn follow(&mut self, rig: &Rig) {
        self.line = HttpLine::new(&rig.url(""), None).unwrap();
    }

    pub fn sync(&mut self, rig: &Rig) -> Result<SyncReport, DeskError> {
        self.sync_at(now(rig))
    }

    pub fn sync_at(&mut self, now: UtcSecond) -> Result<SyncReport, DeskError> {
        let keys = Keys { session: &self.duty, witness: self.witness.as_ref() };
        self.desk.sync(&mut self.line, &keys, now)
    }

    pub fn send(&mut self, rig: &Rig) -> Result<SendReport, DeskError> {
        let keys = Keys { session: &self.duty, witness: self.witness.as_ref() };
        self.desk.send(&mut self.line, &keys, &[&self.duty], now(rig))
    }

    /// Files by way of the desk; it names the head that the desk has seen.
    pub fn say(&mut self, rig: &Rig, say: &Say) {
        self.desk.file(say, &self.duty, None).unwrap();
        let sent = self.send(rig).unwrap();
        assert_eq!(sent.filed.len(), 1, "{sent:?}");
    }

    /// The next step catches the host, and what it leaves convinces whoever knows the log's key.
    pub fn must_catch(&mut self, rig: &Rig, fault: &str, proves: &str) -> Exhibit {
        let Err(DeskError::Caught(caught)) = self.sync(rig) else { panic!("not caught") };
        assert!(caught.offence.to_string().contains(fault), "{caught}");
        self.exhibit(&caught, proves)
    }

    /// Reads what shows it, with the log's key and nothing else.
    pub fn exhibit(&self, caught: &CaughtHost, proves: &str) -> Exhibit {
        let bytes = std::fs::read(self.dir.join(&caught.evidence)).unwrap();
        let exhibit = Exhibit::parse(&bytes).unwrap();
        let proven = exhibit.verify(&log()).unwrap().to_string();
        assert!(proven.contains(proves), "{proven}");
        let other = key("another").verifying_key();
        assert!(exhibit.verify(&Vkey::new(SPACE, KeyUse::Log, other).unwrap()).is_err());
        exhibit
    }
}

pub fn now(rig: &Rig) -> UtcSecond {
    UtcSecond::new(u64::try_from(rig.now().seconds()).unwrap()).unwrap()
}

/// About sixty entries of every kind: a zone disputed, amended and agreed, conflicts, a site, a
/// movement, statements that were refused, heads that were countersigned.
pub fn story(rig: &mut Rig, north: &mut Post) {
    let zone_of =
        |radius| DeclarationContent::Zone(zone(33.5, 38.6, radius, &["south", "aid"], &["south"]));
    let (v1, _) = rig.accepted("north", &declare(zone_of(55_000.0), Sharing::ConflictOnly));
    let id = DeclarationId(v1.0);
    let (point, own_text) = ("radius".to_owned(), "30 km at the most".to_owned());
    rig.accepted("south", &Say::Dispute { zone: id, version: v1, point, own_text });
    let (v2, _) = rig.accepted("north", &amend(v1, v1, zone_of(30_000.0), Sharing::ConflictOnly));
    rig.refused("south", &Say::Agree { zone: id, version: v1 });
    rig.accepted("south", &Say::Agree { zone: id, version: v2 });
    rig.pass(2);
    north.sync(rig).unwrap();
    let named = || Sharing::Named([party("aid")].into());
    rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    let (mine, _) =
        rig.accepted("south", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    let conflict = *replayed(&rig.all_entries()).conflicts.keys().next().unwrap();
    rig.accepted("host", &Say::Own { conflict });
    rig.accepted("north", &Say::Contact { conflict, means: "line".into() });
    rig.pass(2);
    let moved = amend(mine, mine, operation_at(36.5, 38.6), Sharing::ConflictOnly);
    rig.accepted("south", &moved);
    rig.accepted("south", &Say::Share { declaration: DeclarationId(mine.0), sharing: named() });
    rig.accepted("aid", &declare(site(36.5, 38.61), Sharing::Open));
    rig.accepted("aid", &declare(convoy(), Sharing::Open));
    rig.pass(2);
    north.sync(rig).unwrap();
    for i in 0..24 {
        let name = ["north", "south", "aid"][i % 3];
        let sharing = [Sharing::Open, named(), Sharing::ConflictOnly][i % 3].clone();
        let (own, _) =
            rig.accepted(name, &declare(operation_at(35.0 + 0.3 * i as f64, 40.0), sharing));
        if i % 4 == 3 {
            let declaration = DeclarationId(own.0);
            rig.accepted(name, &Say::End { declaration, how: Ending::Cancelled });
            rig.pass(2);
        }
    }
    north.sync(rig).unwrap();
}

pub fn convoy() -> DeclarationContent {
    movement((36.4, 38.6), (36.6, 38.6), "2017-05-18T12:00:00Z", "2017-05-18T14:00:00Z")
}
