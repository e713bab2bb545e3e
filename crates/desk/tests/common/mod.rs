//! A host small enough to be read, which can be told to cheat.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test's own set-up")]

pub mod folder;
pub mod served;
pub mod witnessing;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use deconflict_api::{
    AboutSpace, Content, CosignatureLine, FilingAnswer, FilingOutcome as Became, GivenCursor,
    GivenEntry, GivenPage, Problem, PromiseOf, read_statement, say_json,
};
use deconflict_core::*;
use deconflict_desk::{Desk, Keys, Line, LineError, Settings};
use deconflict_record::{
    self as record, Checkpoint, Hash, Head, Header, KeyId, KeyUse, Promise, PromisedBatch,
    SigningKey, StatementId, Tile, TileRow, Tree, UtcSecond, Vkey, bundle, commit, leaf_hash,
    new_tiles, node_hash,
};

pub const SPACE: &str = "deconflict.example/test";
pub const START: u64 = 1_795_348_800;

pub fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub fn key(name: &str) -> SigningKey {
    deconflict_testing::key(name)
}

pub fn root(name: &str) -> SigningKey {
    key(&format!("root {name}"))
}

pub fn duty(name: &str) -> SigningKey {
    key(&format!("duty {name}"))
}

pub fn witness(name: &str) -> SigningKey {
    key(&format!("witness {name}"))
}

pub fn at(second: u64) -> UtcSecond {
    UtcSecond::new(START + second).unwrap()
}

pub fn log_vkey() -> Vkey {
    Vkey::new(SPACE, KeyUse::Log, key("log").verifying_key()).unwrap()
}

fn texts(text: &str) -> Texts {
    [("en".to_owned(), text.to_owned())].into()
}

pub fn member(name: &str) -> Member {
    let mut member: Member = serde_json::from_value(serde_json::json!({
        "id": name, "name": {"en": name}, "root": root(name).verifying_key(),
        "next_root": leaf_hash(b"next"), "contact": [],
    }))
    .unwrap();
    member.contact.push(format!("+000 {name}"));
    member
}

pub fn charter(parties: &[&str]) -> Charter {
    let witness = |name: &&str| Witness {
        party: Some(party(name)),
        name: format!("{name}.example"),
        key: witness(name).verifying_key(),
        url: None,
    };
    Charter {
        space: SPACE.into(),
        title: texts("Test"),
        host: Host { party: party(parties[0]), key: key("log").verifying_key() },
        parties: parties.iter().map(|name| member(name)).collect(),
        witnesses: parties[1..].iter().map(witness).collect(),
        quorum: 1,
        rules: RuleSet::default(),
        consents: Consents::default(),
        continues: None,
    }
}

pub fn operation(lat: f64, sharing: Sharing) -> Say {
    let volume = DeclaredVolume {
        shape: Shape::Circle { center: Place { lat, lon: 38.6 }, radius_m: 2_000.0 },
        lower: Level::SURFACE,
        upper: Level::At { m: 3_000.0, above: Datum::Agl },
        from: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        until: Some("2026-11-23T14:00:00Z".parse().unwrap()),
    };
    let plan = Operation { name: texts("op"), volumes: vec![volume], contact: None };
    Say::Declare {
        declared: Box::new(DeclarationContent::Operation(plan)),
        sharing,
        knows: [].into(),
    }
}

/// Any statement at all, signed well.
pub fn sign(
    space: &str,
    name: &str,
    signers: &[&SigningKey],
    (seq, prev): (u64, Option<Hash>),
    seen: Option<Head>,
    say: &Say,
) -> record::SignedStatement {
    let json = say_json(say).unwrap();
    let id: [u8; 16] = leaf_hash(format!("{seq} {json}").as_bytes()).0[..16].try_into().unwrap();
    let header = Header {
        space: space.into(),
        party: name.into(),
        key: signers[0].verifying_key().id(),
        seq,
        prev,
        seen,
        valid_until: None,
        clock_ahead_s: None,
        id: StatementId(id),
    };
    let statement = record::SignedStatement::sign(header, &json, signers[0]).unwrap();
    let sealed = |envelope: record::Envelope, key: &SigningKey| envelope.and_signed(key).unwrap();
    let others = signers[1..].iter().copied();
    let envelope = others.fold(statement.envelope().clone(), sealed);
    let envelope = deconflict_testing::provers(say).iter().fold(envelope, sealed);
    record::SignedStatement::of(envelope).unwrap()
}

pub struct FakeHost {
    pub state: State,
    pub contents: Vec<([u8; 32], Vec<u8>)>,
    pub commitments: Vec<Hash>,
    /// What each party was given: cause and index.
    pub given: BTreeMap<PartyId, Vec<(u64, u64)>>,
    pub filed: BTreeMap<Hash, FilingAnswer>,
    pub cosigned: Vec<CosignatureLine>,
    pub now: u64,
    chains: BTreeMap<KeyId, (u64, Option<Hash>)>,
    /// Promises without logging.
    pub forgets: bool,
    /// Takes statements, and its answers get lost.
    pub mumbles: bool,
    /// Takes no statement, and says so.
    pub declines: bool,
    /// The content that it gives for an entry instead of the entry's own.
    pub instead: Option<(u64, String)>,
    /// The head that it shows instead of its own.
    pub signs_instead: Option<String>,
}

impl FakeHost {
    pub fn new(parties: &[&str]) -> FakeHost {
        FakeHost::founded(parties, charter(parties))
    }

    /// With another charter for these parties.
    pub fn founded(parties: &[&str], charter: Charter) -> FakeHost {
        let mut host = FakeHost {
            state: State::default(),
            contents: Vec::new(),
            commitments: Vec::new(),
            given: BTreeMap::new(),
            filed: BTreeMap::new(),
            cosigned: Vec::new(),
            now: START,
            chains: BTreeMap::new(),
            forgets: false,
            mumbles: false,
            declines: false,
            instead: None,
            signs_instead: None,
        };
        let roots: Vec<SigningKey> = parties.iter().map(|name| root(name)).collect();
        let charter = Box::new(charter);
        host.say(parties[0], &roots.iter().collect::<Vec<_>>(), &Say::FoundSpace { charter });
        for name in parties {
            let say = Say::Enrol {
                operator: "duty".parse().unwrap(),
                post: "duty".into(),
                operator_key: duty(name).verifying_key(),
                role: Role::Person,
            };
            host.say(name, &[&root(name)], &say);
        }
        host
    }

    /// The same history so far, which goes on by itself.
    pub fn fork(&self) -> FakeHost {
        FakeHost {
            state: State::new(self.state.ledger().clone()),
            contents: self.contents.clone(),
            commitments: self.commitments.clone(),
            given: self.given.clone(),
            filed: self.filed.clone(),
            cosigned: self.cosigned.clone(),
            chains: self.chains.clone(),
            instead: self.instead.clone(),
            signs_instead: self.signs_instead.clone(),
            ..*self
        }
    }

    pub fn link(&self, key: &SigningKey) -> (u64, Option<Hash>) {
        let (seq, prev) = self.chains.get(&key.verifying_key().id()).copied().unwrap_or_default();
        (seq + 1, prev)
    }

    /// A party says something, past any desk.
    pub fn say(&mut self, name: &str, signers: &[&SigningKey], say: &Say) -> FilingAnswer {
        let statement = sign(SPACE, name, signers, self.link(signers[0]), None, say);
        self.file(&statement.envelope().encode()).unwrap()
    }

    pub fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, Box<Problem>> {
        let problem = |status: u16, detail: &str| {
            Box::new(Problem {
                kind: "problems/test".into(),
                title: "not logged".into(),
                status,
                detail: detail.into(),
                next_seq: None,
                prev: None,
                waits: None,
            })
        };
        if self.declines {
            return Err(problem(413, "too much waits"));
        }
        let signed =
            record::SignedStatement::parse(envelope).map_err(|e| problem(400, &e.to_string()))?;
        let statement = read_statement(&signed).map_err(|e| problem(400, &e.to_string()))?;
        if let Some(filed) = self.filed.get(&statement.hash) {
            return Ok(filed.clone());
        }
        let now = Time::from_seconds(self.now as i64);
        let entries = match self.state.decide(&statement, now).outcome {
            Outcome::Unfit(Unfit::Sequence { next, prev }) => {
                let prev = prev.map(|hash| hash.to_string());
                let other = *problem(409, "sequence");
                return Err(Box::new(Problem { next_seq: Some(next), prev, ..other }));
            }
            Outcome::Unfit(unfit) => return Err(problem(401, &unfit.to_string())),
            Outcome::Entries(entries) => entries,
        };
        let refusal = match &entries[0].what {
            What::Refused(_, refusal) => Some(refusal.clone()),
            _ => None,
        };
        let filed = FilingAnswer {
            statement: statement.hash.to_string(),
            index: self.commitments.len() as u64,
            outcome: if refusal.is_some() { Became::Refused } else { Became::Accepted },
            refusal,
            conflicts: Some(Vec::new()),
            overlays: Some(Vec::new()),
            comparing: Some(false),
            promise: self.promise(statement.hash),
        };
        self.filed.insert(statement.hash, filed.clone());
        if self.forgets {
            return Ok(filed);
        }
        self.chains.insert(statement.key, (statement.seq, Some(statement.hash)));
        for entry in entries {
            let said = !matches!(entry.what, What::Found(_));
            let envelope = said.then(|| signed.envelope().clone());
            self.log(&Content { entry, envelope });
        }
        Ok(filed)
    }

    fn promise(&self, statement: Hash) -> PromiseOf {
        let batch = PromisedBatch::new(&[9; 32], &[statement]).unwrap();
        let (time, deadline) = (UtcSecond::new(self.now), UtcSecond::new(self.now + 60));
        let promise =
            Promise::sign(SPACE, batch.root(), time.unwrap(), deadline.unwrap(), &key("log"));
        let place = batch.place(0).unwrap();
        PromiseOf {
            envelope: String::from_utf8(promise.unwrap().envelope().encode()).unwrap(),
            slot: place.slot.into(),
            path: place.path.iter().map(Hash::to_string).collect(),
        }
    }

    pub fn log(&mut self, content: &Content) {
        let effects = self.state.apply(&content.entry);
        let index = self.push(&content.encode().unwrap());
        for (reader, entries) in &effects.grants {
            let given = self.given.entry(reader.clone()).or_default();
            given.extend(entries.iter().map(|earlier| (index, *earlier)));
        }
        for reader in &effects.readers {
            self.given.entry(reader.clone()).or_default().push((index, index));
        }
    }

    fn push(&mut self, bytes: &[u8]) -> u64 {
        let index = self.commitments.len() as u64;
        let salt = leaf_hash(&index.to_be_bytes()).0;
        self.commitments.push(commit(&salt, bytes));
        self.contents.push((salt, bytes.to_vec()));
        index
    }

    /// Puts an entry into the record that no honest host would log, and gives it to a party.
    pub fn slip_in(&mut self, reader: &str, statement: &record::SignedStatement) {
        let entry = Entry {
            at: Time::from_seconds(self.now as i64),
            what: What::Accepted(Box::new(read_statement(statement).unwrap())),
        };
        let envelope = Some(statement.envelope().clone());
        let index = self.push(&Content { entry, envelope }.encode().unwrap());
        self.given.entry(party(reader)).or_default().push((index, index));
    }

    /// Rewrites an entry, as if it had always been so.
    pub fn rewrite(&mut self, index: usize, bytes: &[u8]) {
        let salt = self.contents[index].0;
        self.commitments[index] = commit(&salt, bytes);
        self.contents[index].1 = bytes.to_vec();
    }

    /// Drops an entry, as if it had never been there.
    pub fn drop_entry(&mut self, index: usize) {
        self.commitments.remove(index);
        self.contents.remove(index);
        for given in self.given.values_mut() {
            given.retain(|(_, i)| *i != index as u64);
            for place in given.iter_mut() {
                place.0 -= u64::from(place.0 > index as u64);
                place.1 -= u64::from(place.1 > index as u64);
            }
        }
    }

    pub fn head(&self) -> Head {
        let mut tree = Tree::default();
        self.commitments.iter().for_each(|commitment| {
            tree.append(leaf_hash(&commitment.0));
        });
        Head { size: tree.size(), root: tree.root() }
    }

    pub fn checkpoint(&self) -> String {
        if let Some(note) = &self.signs_instead {
            return note.clone();
        }
        let Head { size, root } = self.head();
        let checkpoint = Checkpoint { origin: SPACE.into(), size, root, extensions: vec![] };
        let lines: String =
            self.cosigned.iter().filter(|c| c.size == size).map(|c| c.line.clone()).collect();
        let witnesses: Vec<Vkey> = ["north", "south", "aid"]
            .iter()
            .map(|name| {
                let name_of = format!("{name}.example");
                Vkey::new(&name_of, KeyUse::Witness, witness(name).verifying_key()).unwrap()
            })
            .collect();
        let signed = checkpoint.sign(&key("log")).unwrap();
        signed.collect(&lines, &witnesses.iter().collect::<Vec<_>>()).unwrap().encode()
    }

    fn node(&self, level: u8, index: u64) -> Hash {
        if level == 0 {
            return leaf_hash(&self.commitments[index as usize].0);
        }
        node_hash(&self.node(level - 1, 2 * index), &self.node(level - 1, 2 * index + 1))
    }

    pub fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let (first, width) = (tile.index * 256, u64::from(tile.width));
        if tile.row == TileRow::Entries {
            let range = first as usize..(first + width) as usize;
            return bundle(self.commitments.get(range)?.iter().map(|c| &c.0[..])).ok();
        }
        let tiles =
            new_tiles(0, self.commitments.len() as u64, |l, i| Ok::<_, ()>(self.node(l, i)));
        let found = tiles.unwrap().into_iter();
        let mut found = found.filter(|(t, _)| t.row == tile.row && t.index == tile.index);
        found.find(|(t, _)| t.width >= tile.width).map(|(_, b)| b[..32 * width as usize].to_vec())
    }

    pub fn page(&self, reader: &PartyId, from: GivenCursor, limit: usize) -> GivenPage {
        let all = self.given.get(reader).cloned().unwrap_or_default();
        let mut given: Vec<GivenEntry> = Vec::new();
        let mut next = GivenCursor::from(self.commitments.len() as u64);
        let mut place = GivenCursor::default();
        for (cause, index) in all {
            if place.cause != cause {
                place = cause.into();
            }
            let here = place;
            place.within += 1;
            if here < from {
                continue;
            }
            if given.len() >= limit {
                next = here;
                break;
            }
            let (salt, content) = self.contents[index as usize].clone();
            let mut content = String::from_utf8(content).unwrap();
            if let Some((at, other)) = self.instead.as_ref().filter(|(at, _)| *at == index) {
                assert_eq!(*at, index);
                content.clone_from(other);
            }
            let salt = Some(Hash(salt).to_string());
            given.push(GivenEntry { cause, index, salt, content: Some(content) });
        }
        GivenPage { given, next: next.cause, within: next.within }
    }
}

/// A party's line to the host.
pub struct Wire {
    pub host: Rc<RefCell<FakeHost>>,
    pub party: PartyId,
    pub up: Rc<Cell<bool>>,
    /// The most entries of a page: few, so that there are several, and causes take more than one.
    pub page: usize,
    in_session: bool,
}

impl Wire {
    pub fn new(host: &Rc<RefCell<FakeHost>>, name: &str) -> Wire {
        let up = Rc::new(Cell::new(true));
        Wire { host: host.clone(), party: party(name), up, page: 4, in_session: false }
    }

    fn up(&self, needs_session: bool) -> Result<(), LineError> {
        if !self.up.get() {
            return Err(LineError::Down("connection refused".into()));
        }
        if needs_session && !self.in_session {
            return Err(LineError::Refused(Box::new(Problem {
                kind: "problems/session".into(),
                title: "no session".into(),
                status: 401,
                detail: "begin one".into(),
                next_seq: None,
                prev: None,
                waits: None,
            })));
        }
        Ok(())
    }
}

impl Line for Wire {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.up(false)?;
        let vkey = log_vkey().to_string();
        Ok(AboutSpace {
            space: SPACE.into(),
            vkey,
            began: None,
            release: "test".into(),
            troubles: vec![],
        })
    }

    fn prove_to(&mut self, _log: &KeyId) {}

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.up(false)?;
        assert_eq!(space, SPACE);
        let host = self.host.borrow();
        assert_eq!(host.state.ledger().keys[&key.verifying_key().id()].party, self.party);
        self.in_session = true;
        Ok(())
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        self.up(false)?;
        let mut host = self.host.borrow_mut();
        let filed = host.file(envelope).map_err(LineError::Refused);
        if host.mumbles { Err(LineError::Down("reset".into())) } else { filed }
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        self.up(true)?;
        Ok(self.host.borrow().page(&self.party, from, limit.min(self.page)))
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.up(true)?;
        self.host.borrow().tile(tile).ok_or_else(|| LineError::Garbled(format!("no {tile}")))
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.up(true)?;
        Ok(self.host.borrow().checkpoint().into_bytes())
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        self.up(true)?;
        self.host.borrow_mut().cosigned.push(cosigned.clone());
        Ok(())
    }
}

/// A space of a host, two powers and an aid agency.
pub fn host() -> Rc<RefCell<FakeHost>> {
    Rc::new(RefCell::new(FakeHost::new(&["host", "north", "south", "aid"])))
}

/// The party `late` joins, with an operator.
pub fn late_joins(host: &Rc<RefCell<FakeHost>>) {
    let late = root("late");
    let roots = ["host", "north", "south", "aid"].map(root);
    let signers: Vec<_> = roots.iter().chain([&late]).collect();
    host.borrow_mut().say("host", &signers, &Say::Join { member: member("late") });
    let enrol = Say::Enrol {
        operator: "duty".parse().unwrap(),
        post: "duty".into(),
        operator_key: duty("late").verifying_key(),
        role: Role::Person,
    };
    host.borrow_mut().say("late", &[&late], &enrol);
}

pub fn settings(name: &str) -> Settings {
    Settings {
        space: SPACE.into(),
        party: party(name),
        log: log_vkey(),
        founding: None,
        witness: Some(format!("{name}.example")),
    }
}

/// A party's desk, its line and its keys.
pub struct Post {
    pub desk: Desk,
    pub wire: Wire,
    pub duty: SigningKey,
    pub witness: SigningKey,
}

impl Post {
    pub fn new(dir: &Path, host: &Rc<RefCell<FakeHost>>, name: &str) -> Post {
        let desk = Desk::create(dir, &settings(name)).unwrap();
        Post { desk, wire: Wire::new(host, name), duty: duty(name), witness: witness(name) }
    }

    pub fn sync(
        &mut self,
        second: u64,
    ) -> Result<deconflict_desk::SyncReport, deconflict_desk::DeskError> {
        let keys = Keys { session: &self.duty, witness: Some(&self.witness) };
        self.desk.sync(&mut self.wire, &keys, at(second))
    }

    pub fn send(
        &mut self,
        second: u64,
    ) -> Result<deconflict_desk::SendReport, deconflict_desk::DeskError> {
        let keys = Keys { session: &self.duty, witness: Some(&self.witness) };
        self.desk.send(&mut self.wire, &keys, &[&self.duty], at(second))
    }

    /// Files and sends.
    pub fn say(&mut self, say: &Say, second: u64) -> FilingAnswer {
        self.desk.file(say, &self.duty, None).unwrap();
        self.send(second).unwrap().filed.pop().unwrap()
    }

    /// Closes and opens the desk again.
    pub fn restart(mut self, dir: &Path) -> Post {
        let Post { desk, .. } = self;
        drop(desk);
        self.desk = Desk::open(dir).unwrap();
        self
    }
}

/// Notices as people read them, a line each.
pub fn words(notices: &[deconflict_proof::Notice]) -> String {
    let english = deconflict_words::Language::default();
    notices.iter().map(|notice| english.notice(notice) + "\n").collect()
}
