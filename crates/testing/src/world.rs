//! A space with its parties, played entry by entry. After every entry each party's view, folded from
//! what it was given, must be what the state says that it may see.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::*;
use deconflict_record::{Hash, KeyId, SigningKey, leaf_hash};

use crate::charter::{START, at, party};
use crate::founding;
use crate::keys::provers;
use crate::keys::{operator, root};
use crate::signing::enrolment;

/// A space without bytes, and what every party was given of it.
#[derive(Debug)]
pub struct World {
    /// The fold of all entries.
    pub state: State,
    /// The entries.
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
    /// Whether what follows from a statement is left to be found until somebody asks for it.
    pub lets_wait: bool,
    /// What entries said that they changed, since somebody looked.
    pub changed: Vec<ItemChange>,
    /// How late it is.
    pub now: Time,
    chains: BTreeMap<KeyId, (u64, Option<Hash>)>,
    counter: u64,
}

/// Something that happened in a world.
#[derive(Clone, Debug)]
pub enum Event {
    /// A statement came, whatever became of it.
    Filed(Box<Statement>),
    /// So many seconds went by.
    Passed(i64),
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
            lets_wait: false,
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
        world.expect_accepted(&names[0], &signers, founding(charter));
        for name in &names {
            world.enrol(name, "duty", Role::Person);
        }
        world
    }

    /// Enrols a key of this post.
    pub fn enrol(&mut self, name: &str, post: &str, role: Role) {
        let say = enrolment(name, post, role);
        self.expect_accepted(name, &[&root(name, 0)], say);
    }

    /// A statement of these signers, the first its author.
    pub fn statement(&mut self, name: &str, signers: &[&SigningKey], say: Say) -> Statement {
        self.counter += 1;
        let author = signers[0].verifying_key().id();
        let (seq, prev) = self.chains.get(&author).copied().unwrap_or_default();
        let proven = provers(&say);
        Statement {
            hash: leaf_hash(&self.counter.to_be_bytes()),
            party: party(name),
            key: author,
            signed_by: signers
                .iter()
                .copied()
                .chain(&proven)
                .map(|key| key.verifying_key().id())
                .collect(),
            seq: seq + 1,
            prev,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            say,
        }
    }

    /// A statement was taken in past this world: the next one of its key follows it.
    pub fn chained(&mut self, statement: &Statement) {
        self.chains.insert(statement.key, (statement.seq, Some(statement.hash)));
    }

    /// Files a statement; its entries.
    ///
    /// # Errors
    /// When it is not to be logged at all.
    pub fn file(&mut self, statement: Statement) -> Result<Vec<Entry>, Unfit> {
        self.script.push(Event::Filed(Box::new(statement.clone())));
        let Decision { outcome, mut placement } = self.state.decide(&statement, self.now);
        match outcome {
            Outcome::Unfit(unfit) => Err(unfit),
            Outcome::Entries(entries) => {
                self.chains.insert(statement.key, (statement.seq, Some(statement.hash)));
                entries.iter().for_each(|entry| self.fold_decided(entry, placement.take()));
                let rest = if self.lets_wait { Vec::new() } else { self.compare_all() };
                Ok(entries.into_iter().chain(rest).collect())
            }
        }
    }

    /// Folds the next part of what is left to be compared in; its entries.
    pub fn compare(&mut self) -> Vec<Entry> {
        let entries = self.state.compare(self.now);
        entries.iter().for_each(|entry| self.fold(entry));
        entries
    }

    /// The same until nothing is left.
    pub fn compare_all(&mut self) -> Vec<Entry> {
        let mut all = Vec::new();
        while self.state.is_comparing() {
            all.extend(self.compare());
        }
        all
    }

    /// What the operator `duty` of a party says is logged; its entries.
    pub fn say(&mut self, name: &str, say: Say) -> Vec<Entry> {
        let key = operator(name, "duty");
        let statement = self.statement(name, &[&key], say);
        self.file(statement).unwrap()
    }

    /// What an operator of a party says must be accepted; the findings, and the statement's hash.
    pub fn accepted(&mut self, name: &str, say: Say) -> (Version, Vec<Finding>) {
        self.expect_accepted(name, &[&operator(name, "duty")], say)
    }

    /// What these signers say must be accepted; the statement's hash, and the findings.
    ///
    /// # Panics
    /// When it is not.
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
            panic!("{name}: refused: {refusal:?}");
        }
        (Version(hash), findings(&entries))
    }

    /// What an operator of a party says must be refused.
    pub fn refused(&mut self, name: &str, say: Say) -> Refusal {
        self.expect_refused(name, &[&operator(name, "duty")], say)
    }

    /// What these signers say must be refused.
    ///
    /// # Panics
    /// When it is not.
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

    /// Erases what the rules keep no longer; what was found.
    ///
    /// # Panics
    /// When a party sees by what it was given that it is too early.
    pub fn erase(&mut self) -> Vec<Finding> {
        let entries = self.state.erasable(self.now).concat();
        for entry in &entries {
            if let What::Found(Finding::Erased { of, .. }) = &entry.what {
                let early = |(name, view): &(&PartyId, &Ledger)| view.keeps_yet(name, of, self.now);
                let early = self.views.iter().find(early);
                assert!(early.is_none(), "{of:?} is kept yet by {early:?}");
            }
            self.fold(entry);
        }
        findings(&entries)
    }

    /// The entries that were erased.
    ///
    /// # Panics
    /// When the fold of what is left, from the first entry on, is not what the state and the parties' views came to.
    pub fn forgotten(&self) -> BTreeSet<u64> {
        let mut erased = BTreeSet::new();
        for entry in &self.log {
            if let What::Found(Finding::Erased { entries, .. }) = &entry.what {
                erased.extend(entries.iter().copied());
            }
        }
        let mut left = State::default();
        for (index, entry) in self.log.iter().enumerate() {
            if erased.contains(&(index as u64)) {
                left.skip();
            } else {
                left.apply(entry);
            }
        }
        let bytes = |ledger: &Ledger| serde_json::to_string(ledger).unwrap();
        assert_eq!(bytes(left.ledger()), bytes(self.state.ledger()));
        for (name, rows) in &self.rows {
            let mut view = Ledger::default();
            for of_one_cause in rows.chunk_by(|a, b| a.0 == b.0) {
                let left = of_one_cause.iter().filter(|(_, index)| !erased.contains(index));
                for &(cause, index) in left {
                    view.apply(index, cause, &self.log[index as usize]);
                }
                view.project_to(name);
            }
            assert!(self.views.get(name).is_none_or(|kept| *kept == view), "{name}");
        }
        erased
    }

    /// Folds an entry into the state and into the view of whoever is given it.
    ///
    /// # Panics
    /// When a party's view is then another than what it may see.
    pub fn fold(&mut self, entry: &Entry) {
        self.fold_decided(entry, None);
    }

    fn fold_decided(&mut self, entry: &Entry, placement: Option<Placement>) {
        let index = self.log.len() as u64;
        let json = serde_json::to_string(entry).unwrap();
        let read: Entry = serde_json::from_str(&json).unwrap();
        assert_eq!(read, *entry, "an entry survives being written: {json}");
        self.log.push(entry.clone());
        let effects = self.state.apply_decided(entry, placement);
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

    /// What a party's desk has.
    pub fn view(&self, name: &str) -> &Ledger {
        &self.views[&party(name)]
    }

    /// The declaration that this version began.
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

/// What these entries found, but for marks of how far comparing has come.
pub fn findings(entries: &[Entry]) -> Vec<Finding> {
    entries
        .iter()
        .filter_map(|entry| match &entry.what {
            // How far it has come is no finding of its own.
            What::Found(Finding::Comparing { .. } | Finding::Compared { .. }) => None,
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
