//! A space with its parties, played entry by entry. After every entry each party's view, folded from
//! what it was given, must be what the state says that it may see.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test's own set-up")]

pub mod history;

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::*;
use deconflict_record::{Hash, KeyId, SigningKey, leaf_hash};

pub struct World {
    pub state: State,
    pub log: Vec<Entry>,
    /// What each party's desk has folded.
    pub views: BTreeMap<PartyId, Ledger>,
    /// Which entries each party may read.
    pub given: BTreeMap<PartyId, BTreeSet<u64>>,
    /// The same in the order in which it was given.
    pub read: BTreeMap<PartyId, Vec<u64>>,
    /// The same with the entry by which each was given.
    pub rows: BTreeMap<PartyId, Vec<(u64, u64)>>,
    /// What was done, to be done again in another world.
    pub script: Vec<Event>,
    /// Whether every party's view is compared with what it may see, after every entry.
    pub checked: bool,
    /// What entries said that they changed, since somebody looked.
    pub changed: Vec<ItemChange>,
    pub now: Time,
    chains: BTreeMap<KeyId, (u64, Option<Hash>)>,
    counter: u64,
}

/// Something that happened in a world.
#[derive(Clone)]
pub enum Event {
    Filed(Box<Statement>),
    Passed(i64),
}

pub const START: &str = "2017-05-18T06:00:00Z";

pub fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// The root of a party, the how many-th.
pub fn root(name: &str, generation: u8) -> SigningKey {
    key(&format!("root {name} {generation}"))
}

/// An operator's key of a party.
pub fn operator(name: &str, role: &str) -> SigningKey {
    key(&format!("operator {name} {role}"))
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&leaf_hash(name.as_bytes()).0)
}

pub fn texts(text: &str) -> Texts {
    [("en".to_owned(), text.to_owned())].into()
}

pub fn member(name: &str) -> Member {
    Member {
        id: party(name),
        name: texts(name),
        root: root(name, 0).verifying_key(),
        next_root: leaf_hash(&root(name, 1).verifying_key().id().0.0),
        contact: vec![format!("+000 {name}")],
        speaks_for: BTreeSet::new(),
    }
}

pub fn charter(parties: &[&str]) -> Charter {
    Charter {
        space: "deconflict.example/test".into(),
        title: texts("Test"),
        host: Host { party: party(parties[0]), key: key("host log").verifying_key() },
        parties: parties.iter().map(|name| member(name)).collect(),
        witnesses: Vec::new(),
        quorum: 0,
        rules: RuleSet::default(),
        consents: Consents::default(),
        continues: None,
    }
}

impl World {
    /// A space of these parties, the first of them the host, each with an operator `duty`.
    pub fn new(charter: Charter) -> World {
        World::empty().founded(charter)
    }

    /// A world in which nothing has been said.
    pub fn empty() -> World {
        World {
            state: State::default(),
            log: Vec::new(),
            views: BTreeMap::new(),
            given: BTreeMap::new(),
            read: BTreeMap::new(),
            rows: BTreeMap::new(),
            script: Vec::new(),
            checked: true,
            changed: Vec::new(),
            now: at(START),
            chains: BTreeMap::new(),
            counter: 0,
        }
    }

    /// A world for long runs: views are not compared.
    pub fn unchecked(charter: Charter) -> World {
        World { checked: false, ..World::empty() }.founded(charter)
    }

    fn founded(self, charter: Charter) -> World {
        let mut world = self;
        let names: Vec<String> = charter.parties.iter().map(|m| m.id.as_str().to_owned()).collect();
        let roots: Vec<SigningKey> = names.iter().map(|name| root(name, 0)).collect();
        let signers: Vec<&SigningKey> = roots.iter().collect();
        let found = Say::FoundSpace { charter: Box::new(charter) };
        world.expect_accepted(&names[0], &signers, found);
        for name in &names {
            world.enrol(name, "duty", Role::Person);
        }
        world
    }

    pub fn enrol(&mut self, name: &str, post: &str, role: Role) {
        let say = Say::Enrol {
            operator: post.parse().unwrap(),
            post: post.into(),
            operator_key: operator(name, post).verifying_key(),
            role,
        };
        self.expect_accepted(name, &[&root(name, 0)], say);
    }

    /// A statement of these signers, the first its author.
    pub fn statement(&mut self, name: &str, signers: &[&SigningKey], say: Say) -> Statement {
        self.counter += 1;
        let author = signers[0].verifying_key().id();
        let (seq, prev) = self.chains.get(&author).copied().unwrap_or_default();
        Statement {
            hash: leaf_hash(&self.counter.to_be_bytes()),
            party: party(name),
            key: author,
            signed_by: signers.iter().map(|key| key.verifying_key().id()).collect(),
            seq: seq + 1,
            prev,
            seen: None,
            valid_until: None,
            say,
        }
    }

    /// Files a statement; its entries.
    pub fn file(&mut self, statement: Statement) -> Result<Vec<Entry>, Unfit> {
        self.script.push(Event::Filed(Box::new(statement.clone())));
        match self.state.decide(&statement, self.now) {
            Outcome::Unfit(unfit) => Err(unfit),
            Outcome::Entries(entries) => {
                self.chains.insert(statement.key, (statement.seq, Some(statement.hash)));
                entries.iter().for_each(|entry| self.fold(entry));
                Ok(entries)
            }
        }
    }

    pub fn say(&mut self, name: &str, say: Say) -> Vec<Entry> {
        let key = operator(name, "duty");
        let statement = self.statement(name, &[&key], say);
        self.file(statement).unwrap()
    }

    /// What an operator of a party says must be accepted; the findings, and the statement's hash.
    pub fn accepted(&mut self, name: &str, say: Say) -> (Version, Vec<Finding>) {
        self.expect_accepted(name, &[&operator(name, "duty")], say)
    }

    pub fn expect_accepted(
        &mut self,
        name: &str,
        signers: &[&SigningKey],
        say: Say,
    ) -> (Version, Vec<Finding>) {
        let statement = self.statement(name, signers, say);
        let hash = statement.hash;
        let entries = self.file(statement).unwrap();
        if let What::Refused(_, refusal) = &entries[0].what {
            panic!("{name}: refused: {refusal}");
        }
        (Version(hash), findings(&entries))
    }

    /// What an operator of a party says must be refused.
    pub fn refused(&mut self, name: &str, say: Say) -> Refusal {
        self.expect_refused(name, &[&operator(name, "duty")], say)
    }

    pub fn expect_refused(&mut self, name: &str, signers: &[&SigningKey], say: Say) -> Refusal {
        let statement = self.statement(name, signers, say);
        let entries = self.file(statement).unwrap();
        match &entries[..] {
            [Entry { what: What::Refused(_, refusal), .. }] => refusal.clone(),
            other => panic!("{name}: not refused: {other:?}"),
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: i64) -> Vec<Finding> {
        self.script.push(Event::Passed(seconds));
        self.now = self.now.after_seconds(seconds);
        let entries = self.state.tick(self.now, usize::MAX);
        entries.iter().for_each(|entry| self.fold(entry));
        assert_eq!(self.state.tick(self.now, usize::MAX), [], "what was due has been dealt with");
        findings(&entries)
    }

    pub fn fold(&mut self, entry: &Entry) {
        let index = self.log.len() as u64;
        let json = serde_json::to_string(entry).unwrap();
        let read: Entry = serde_json::from_str(&json).unwrap();
        assert_eq!(read, *entry, "an entry survives being written: {json}");
        self.log.push(entry.clone());
        let effects = self.state.apply(entry);
        self.changed.extend(&effects.changed);
        for (reader, entries) in &effects.grants {
            self.read.entry(reader.clone()).or_default().extend(entries);
            let rows = self.rows.entry(reader.clone()).or_default();
            rows.extend(entries.iter().map(|earlier| (index, *earlier)));
        }
        for reader in &effects.readers {
            self.read.entry(reader.clone()).or_default().push(index);
            self.rows.entry(reader.clone()).or_default().push((index, index));
        }
        if !self.checked {
            return;
        }
        let mut given: BTreeMap<PartyId, Vec<Entry>> = BTreeMap::new();
        for (reader, entries) in &effects.grants {
            let earlier = entries.iter().map(|&earlier| self.log[earlier as usize].clone());
            given.entry(reader.clone()).or_default().extend(earlier);
            let view = self.views.entry(reader.clone()).or_default();
            for &earlier in entries {
                let given = self.given.entry(reader.clone()).or_default();
                given.insert(earlier);
                view.apply(earlier, index, &self.log[earlier as usize]);
            }
        }
        for reader in &effects.readers {
            self.given.entry(reader.clone()).or_default().insert(index);
            let view = self.views.entry(reader.clone()).or_default();
            view.apply(index, index, entry);
            given.entry(reader.clone()).or_default().push(entry.clone());
        }
        for (reader, entries) in &given {
            if let Some(view) = self.views.get_mut(reader) {
                view.project_after(reader, entries);
            }
        }
        self.check_views(entry);
    }

    fn check_views(&self, entry: &Entry) {
        let ledger = self.state.ledger();
        for (id, known) in &ledger.parties {
            if known.participation_state() == ParticipationState::Withdrew {
                continue;
            }
            let entitled = ledger.project(id);
            let nothing = Ledger::default();
            let folded = self.views.get(id).unwrap_or(&nothing);
            if entitled != *folded {
                let differs = difference(&entitled, folded);
                panic!("after {entry:?}\n{id} folded otherwise than it is entitled to:\n{differs}");
            }
        }
    }

    /// All that a party was given, as it was written, with the place of each entry in the record.
    pub fn transcript(&self, name: &str) -> Vec<String> {
        let read = self.read.get(&party(name)).into_iter().flatten();
        let written = |entry| serde_json::to_string(entry).unwrap();
        read.map(|&index| format!("{index} {}", written(&self.log[index as usize]))).collect()
    }

    pub fn view(&self, name: &str) -> &Ledger {
        &self.views[&party(name)]
    }

    pub fn declaration(&self, version: Version) -> &Declaration {
        &self.state.ledger().declarations[&DeclarationId(version.0)]
    }

    /// The only conflict that is not over.
    pub fn conflict(&self) -> (ConflictId, &Conflict) {
        let open: Vec<_> =
            self.state.ledger().conflicts.iter().filter(|(_, c)| c.closed.is_none()).collect();
        assert_eq!(open.len(), 1, "{open:?}");
        (*open[0].0, open[0].1)
    }
}

pub fn findings(entries: &[Entry]) -> Vec<Finding> {
    entries
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Found(finding) => Some(finding.clone()),
            _ => None,
        })
        .collect()
}

/// The members in which two ledgers differ, in words.
fn difference(entitled: &Ledger, folded: &Ledger) -> String {
    let json = |ledger| serde_json::to_value(ledger).unwrap();
    let mut out = String::new();
    differing("", &json(entitled), &json(folded), &mut out);
    out
}

fn differing(path: &str, a: &serde_json::Value, b: &serde_json::Value, out: &mut String) {
    match (a, b) {
        (serde_json::Value::Object(one), serde_json::Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let null = serde_json::Value::Null;
            for key in keys {
                let (one, other) = (one.get(key).unwrap_or(&null), other.get(key).unwrap_or(&null));
                differing(&format!("{path}/{key}"), one, other, out);
            }
        }
        _ if a != b => *out += &format!("{path}:\n  entitled {a}\n  folded   {b}\n"),
        _ => {}
    }
}

pub fn circle(lat: f64, lon: f64, radius_m: f64, from: &str, until: &str) -> DeclaredVolume {
    DeclaredVolume {
        shape: Shape::Circle { center: Place { lat, lon }, radius_m },
        lower: Level::SURFACE,
        upper: Level::At { m: 3_000.0, above: Datum::Agl },
        from: Some(at(from)),
        until: Some(at(until)),
    }
}

pub fn operation(volume: DeclaredVolume) -> DeclarationContent {
    DeclarationContent::Operation(Operation {
        name: texts("op"),
        volumes: vec![volume],
        contact: None,
    })
}

pub fn declare(declared: DeclarationContent, sharing: Sharing) -> Say {
    Say::Declare { declared: Box::new(declared), sharing, knows: BTreeSet::new() }
}

pub fn amend(
    declaration: Version,
    from: Version,
    declared: DeclarationContent,
    sharing: Sharing,
) -> Say {
    Say::Amend {
        declaration: DeclarationId(declaration.0),
        from,
        declared: Box::new(declared),
        sharing,
        knows: BTreeSet::new(),
    }
}

pub fn zone(lat: f64, lon: f64, radius_m: f64, concerns: &[&str], binds: &[&str]) -> Zone {
    Zone {
        name: texts("zone"),
        restriction: Restriction::Restricted,
        text: Texts::new(),
        concerns: concerns.iter().map(|name| party(name)).collect(),
        binds: binds.iter().map(|name| party(name)).collect(),
        binds_groups: BTreeSet::new(),
        volumes: vec![DeclaredVolume {
            shape: Shape::Circle { center: Place { lat, lon }, radius_m },
            lower: Level::SURFACE,
            upper: Level::Unlimited,
            from: None,
            until: None,
        }],
        inner: None,
        ring_m: 10_000.0,
    }
}

pub fn site(lat: f64, lon: f64) -> DeclarationContent {
    let place = Place { lat, lon };
    DeclarationContent::Site(Site {
        name: texts("hospital"),
        category: Category::Medical,
        place,
        check: CoordinateCheck::Unverified {},
        shape: Shape::Circle { center: place, radius_m: 200.0 },
        upper: Level::At { m: 300.0, above: Datum::Agl },
    })
}

pub fn movement(
    from: (f64, f64),
    to: (f64, f64),
    departs: &str,
    arrives: &str,
) -> DeclarationContent {
    let waypoint = |(lat, lon): (f64, f64), time: &str| Waypoint {
        place: Place { lat, lon },
        from: at(time),
        until: at(time).after_seconds(1_800),
    };
    DeclarationContent::Movement(Movement {
        name: texts("convoy"),
        waypoints: vec![waypoint(from, departs), waypoint(to, arrives)],
        half_width_m: 500.0,
        upper: Level::At { m: 300.0, above: Datum::Agl },
        vehicles: vec![Vehicle {
            kind: "truck".into(),
            plate: "T-1".into(),
            markings: "red crystal on the roof".into(),
        }],
        armed_escort: ArmedPresence::No,
        emergency: false,
        contact: "+000 convoy".into(),
    })
}
