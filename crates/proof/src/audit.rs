//! The steps of checking a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;

use deconflict_core::{Entry, Finding, Ledger, Say, Time, What};
use deconflict_record::{
    Cosignature, Hash, Head, KeyId, NotAccepted, Policy, SignedCheckpoint, SignedStatement, Tile,
    TileRow, TlogProof, Tree, UtcSecond, Vkey, commit, differs_at, entries_of_bundle, leaf_hash,
    new_tiles, root_of, verify_inclusion,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::folder_form::{
    FolderHeader, FolderKind, PromisedStatement, ProofExtra, given_name, policy_of, proof_name,
    read_promise,
};
use crate::host_keys::{host_keys, host_keys_at, moves_in_words};
use crate::judge::{Chains, EntryFault, Judge, StatementHeader, statement_in};
use crate::notice::{Notice, continues, resumed, stray_head};
use crate::overruling::Overruling;
use crate::read_ahead::{FileRead, ReadAhead, ReadRow, UnjudgedEntry};
use crate::row::{Row, SaltedContent, salt_from_hex};
use crate::sealed_folder::SealedFolder;
use crate::verify::{Existence, ForkBound, Remark, Report, Trust};

/// The most entries of a record that is checked in one go.
const MAX_ENTRIES: u64 = 50_000_000;
const README: &str = "README.md";

/// A key's statements by number, with their place, name and predecessor.
type Chain = BTreeMap<u64, (u64, Hash, Option<Hash>)>;

pub(crate) struct Audit<'a> {
    folder: &'a SealedFolder,
    trust: &'a Trust,
    report: &'a mut Report,
    progress: &'a mut dyn FnMut(u64, u64),
    nodes: Nodes,
    /// Of the entries that govern the others alone: nothing else is asked of it.
    governing: Ledger,
    own: Chains,
    chains: BTreeMap<KeyId, Chain>,
    times: BTreeMap<u64, Time>,
    /// Entries whose content is not here, and those that entries say they erase.
    gone: BTreeSet<u64>,
    erasing: BTreeSet<u64>,
    /// The keys of the record's hosts, in their order, as the folder names them.
    logs: Vec<Vkey>,
}

/// The nodes of the tree, by level. Those of each level come in their order.
#[derive(Default)]
struct Nodes(Vec<Vec<Hash>>);

impl Nodes {
    fn add(&mut self, level: u8, hash: Hash) {
        let level = usize::from(level);
        if self.0.len() == level {
            self.0.push(Vec::new());
        }
        self.0[level].push(hash);
    }

    fn get(&self, level: u8, index: u64) -> Option<Hash> {
        self.0.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }
}

impl<'a> Audit<'a> {
    pub(crate) fn new(
        folder: &'a SealedFolder,
        trust: &'a Trust,
        report: &'a mut Report,
        progress: &'a mut dyn FnMut(u64, u64),
    ) -> Audit<'a> {
        Audit {
            folder,
            trust,
            report,
            progress,
            nodes: Nodes::default(),
            governing: Ledger::default(),
            own: Chains::default(),
            chains: BTreeMap::new(),
            times: BTreeMap::new(),
            gone: BTreeSet::new(),
            erasing: BTreeSet::new(),
            logs: Vec::new(),
        }
    }

    pub(crate) fn run(&mut self) -> Result<(), String> {
        let about: FolderHeader = exact("about.json", &self.text("about.json")?)?;
        if about.v != 1 {
            return Err(format!("about.json: version {}: this release reads 1", about.v));
        }
        let log = Vkey::parse(&about.log).map_err(|error| format!("about.json: {error}"))?;
        if log.name() != about.space {
            return Err("about.json: the log's key is of another space".into());
        }
        let later = about.later.iter().map(|text| Vkey::parse(text));
        let later = later.collect::<Result<Vec<_>, _>>();
        self.logs = vec![log.clone()];
        self.logs.extend(later.map_err(|error| format!("about.json: {error}"))?);
        let known = |known: &String| self.logs.iter().any(|log| log.to_string() == *known);
        if self.trust.log.as_ref().is_some_and(|trusted| !known(trusted)) {
            return Err(format!("the folder is verified by the key {log}, and you know another"));
        }
        // Nothing follows from it; it must be as it was written all the same.
        if self.folder.has(README) {
            self.text(README)?;
        }
        self.report.space.clone_from(&about.space);
        self.report.log.clone_from(&about.log);
        self.report.party = Some(about.party.clone());
        self.report.overruled = about.overruled.clone();
        let text = self.text("policy")?;
        let policy = Policy::parse(&text).map_err(|error| error.to_string())?;
        match about.kind {
            FolderKind::Record => self.record(&about, &log, &policy)?,
            FolderKind::Proofs => self.proofs(&about, &log, &policy)?,
        }
        if self.trust.founding.is_some() && self.report.founding != self.trust.founding {
            return Err(
                "the statement that founded the space, whose hash you gave, is not here".into()
            );
        }
        let by_it = |said: &&Overruling| said.is_by(&about.space, &about.party, &self.governing);
        if !about.overruled.iter().all(|said| by_it(&said)) {
            return Err("about.json: what is overruled is not signed by a root of the party".into());
        }
        self.hosts(&log)?;
        self.dated(&policy)?;
        self.erased();
        self.chains()?;
        self.clock();
        let last = self.logs.last().unwrap_or(&log);
        let named =
            policy_of(self.governing.charter.as_deref(), last).map_err(|e| e.to_string())?;
        if named.to_string() != text {
            return Err("policy: it is not the one that the charter in the record names".into());
        }
        Ok(())
    }

    /// Since when witnesses vouch for the head, without those whose times cannot be.
    fn dated(&mut self, policy: &Policy) -> Result<(), String> {
        let charter = self.governing.charter.as_ref();
        let skew_s = charter.map_or(0, |charter| u64::from(charter.rules.clock_skew_s));
        // The newest one, and not the one that is dated latest: a host's clock that was set right again makes no
        // witness a liar.
        let newest = self.times.last_key_value().map(|(index, at)| (*index, *at));
        let too_early = |seen: &Cosignature| {
            let (_, at) = newest?;
            let at = u64::try_from(at.seconds()).ok()?;
            (seen.time_s.saturating_add(skew_s) < at).then_some(())
        };
        let early = |seen: &Cosignature| too_early(seen).is_some();
        let report = &mut *self.report;
        report.clock_skew_s = skew_s;
        if let Some((index, at)) = newest {
            let both = report.cosignatures.iter().chain(&report.vouched);
            let contradicting: BTreeMap<&str, &Cosignature> =
                both.filter(|seen| early(seen)).map(|seen| (seen.witness.as_str(), seen)).collect();
            report.contradicting =
                contradicting.into_values().map(|seen| (seen.clone(), index, at)).collect();
        }
        report.cosignatures.retain(|seen| !early(seen));
        report.vouched.retain(|seen| !early(seen));
        report.quorum = policy.is_reached(&report.cosignatures);
        let own = self.trust.policy.as_ref();
        if own.is_some_and(|own| !own.is_reached(&report.vouched)) {
            return Err("by the policy that you gave: the quorum is reached only by countersignatures whose \
                        times cannot be, since the newest entry under the head is dated later"
                .into());
        }
        let vouched = own.and_then(|own| own.reached_at(&report.vouched));
        let existed = vouched.or_else(|| policy.reached_at(&report.cosignatures));
        report.existed = existed.and_then(|(time_s, by)| {
            let by = by.into_iter().map(|seen| seen.witness.clone()).collect();
            Some(Existence { at: UtcSecond::new(time_s)?, by })
        });
        report.fork = charter.map(|charter| ForkBound::of(charter));
        Ok(())
    }

    /// What is gone is gone by entries that say so, or was withheld.
    fn erased(&mut self) {
        let withheld = self.gone.difference(&self.erasing).count();
        self.report.erased = (self.gone.len() - withheld) as u64;
        let charter = self.governing.charter.as_ref();
        self.report.retention_days = charter.map(|charter| charter.rules.retention_days);
        if withheld > 0 {
            self.report.notes.push(Remark::OfFolder(format!(
                "the contents of {withheld} entries are not here, and no entry among those here erased \
                 them: ask who gave you this why"
            )));
        }
    }

    /// The keys that the folder names are those to which the record moved, and the head is signed by the
    /// one that was to sign it.
    fn hosts(&mut self, log: &Vkey) -> Result<(), String> {
        if host_keys(&self.governing, log) != self.logs {
            return Err("about.json: other keys than those of the hosts in the record".into());
        }
        let size = self.report.head.map_or(0, |head| head.size);
        let in_time = host_keys_at(&self.governing, log, size);
        if !in_time.iter().any(|key| key.to_string() == self.report.log) {
            return Err("checkpoint: signed by a host from which the record was moved".into());
        }
        let moves = moves_in_words(&self.governing);
        self.report.notes.extend(moves.into_iter().map(Remark::OfFolder));
        Ok(())
    }

    fn record(&mut self, about: &FolderHeader, log: &Vkey, policy: &Policy) -> Result<(), String> {
        let bytes = self.folder.read("checkpoint").map_err(|error| error.to_string())?;
        let signed = SignedCheckpoint::parse(&bytes).map_err(|error| error.to_string())?;
        let head = self.head(&signed, policy)?;
        let mut names: BTreeSet<String> =
            ["about.json", "policy", "checkpoint", "promises.jsonl", README]
                .map(str::to_owned)
                .into();
        let files: Vec<String> = (0..).map(given_name).take_while(|n| self.folder.has(n)).collect();
        let readers = ReadAhead::new(self.folder, &about.space, &about.shows);
        std::thread::scope(|scope| {
            // They read while the tree is built; what is wrong with the tree is told first.
            let reading = readers.start(scope, &files);
            let commitments = self.tree(head, &mut names)?;
            names.extend(files.iter().cloned());
            if let Some(other) = self.folder.names().find(|name| !names.contains(*name)) {
                return Err(format!("{other}: does not belong to such a folder"));
            }
            self.files(about, log, head, (&files, &reading), &commitments)
        })?;
        self.promises(log)
    }

    /// Judges the entries of all files, each after those before it.
    fn files(
        &mut self,
        about: &FolderHeader,
        log: &Vkey,
        head: Head,
        (files, reading): (&[String], &[Receiver<FileRead>]),
        commitments: &[Hash],
    ) -> Result<(), String> {
        let mut last = 0;
        for (nth, (name, reader)) in files.iter().zip(reading.iter().cycle()).enumerate() {
            let read = reader.recv().map_err(|_| format!("{name}: its reader has stopped"))?;
            for placed in read? {
                let placed = placed?;
                let at = usize::try_from(placed.index).ok();
                let commitment = at.and_then(|at| commitments.get(at));
                self.row(about, log, placed, commitment, &mut last, head)?;
            }
            let part = head.size * (nth as u64 + 1) / files.len() as u64;
            (self.progress)(head.size + part, 2 * head.size);
        }
        Ok(())
    }

    fn proofs(&mut self, about: &FolderHeader, log: &Vkey, policy: &Policy) -> Result<(), String> {
        let (mut rows, mut commitments, mut head) = (BTreeMap::new(), BTreeMap::new(), None);
        for name in self.folder.names().map(str::to_owned).collect::<Vec<_>>() {
            if ["about.json", "policy", README].contains(&name.as_str()) {
                continue;
            }
            let bytes = self.folder.read(&name).map_err(|error| error.to_string())?;
            let proof = TlogProof::parse(&bytes).map_err(|error| format!("{name}: {error}"))?;
            if name != proof_name(proof.index) {
                return Err(format!("{name}: is the proof of entry {}", proof.index));
            }
            let (commitment, row) = opened(&name, &proof)?;
            let of = self.head(&proof.checkpoint, policy)?;
            if head.is_some_and(|head| head != of) {
                return Err(format!("{name}: the proofs are under different heads"));
            }
            head = Some(of);
            let leaf = leaf_hash(&commitment.0);
            verify_inclusion(&leaf, proof.index, of.size, &proof.path, &of.root)
                .map_err(|error| format!("{name}: {error}"))?;
            commitments.insert(proof.index, commitment);
            rows.insert(proof.index, row);
        }
        if let Some(missing) = about.shows.iter().find(|index| !rows.contains_key(index)) {
            return Err(format!("entry {missing}: its proof is missing"));
        }
        let head = head.ok_or("there is no proof in the folder")?;
        let mut last = 0;
        let readers = ReadAhead::new(self.folder, &about.space, &about.shows);
        for row in rows.values() {
            let commitment = commitments.get(&row.index);
            self.row(about, log, readers.row(row), commitment, &mut last, head)?;
        }
        Ok(())
    }

    fn head(&mut self, signed: &SignedCheckpoint, policy: &Policy) -> Result<Head, String> {
        // The latest host's first: at the very head with which the record moves, either may sign.
        let by = self.logs.iter().rev().find(|log| signed.verify(log).is_ok());
        let by = by.ok_or_else(|| "checkpoint: not signed by the host's key".to_owned())?;
        self.report.log = by.to_string();
        let head = signed.claimed().head();
        match policy.quorum(signed) {
            Ok(seen) => (self.report.quorum, self.report.cosignatures) = (true, seen),
            Err(NotAccepted::Quorum(seen)) => {
                (self.report.quorum, self.report.cosignatures) = (false, seen);
            }
            Err(error) => return Err(error.to_string()),
        }
        if let Some(policy) = &self.trust.policy {
            let accepted = policy.accept(signed);
            let accepted =
                accepted.map_err(|error| format!("by the policy that you gave: {error}"))?;
            self.report.vouched = accepted.cosignatures;
        }
        self.report.head = Some(head);
        Ok(head)
    }

    /// The whole tree from its leaves; every tile must be what follows.
    fn tree(&mut self, head: Head, names: &mut BTreeSet<String>) -> Result<Vec<Hash>, String> {
        if head.size > MAX_ENTRIES {
            return Err(format!("{} entries: at most {MAX_ENTRIES} are checked", head.size));
        }
        let (mut tree, mut commitments) = (Tree::default(), Vec::new());
        for index in 0..head.size.div_ceil(256) {
            let width = (head.size - index * 256).min(256);
            let tile = Tile { row: TileRow::Entries, index, width: width as u16 };
            let bytes = self.folder.read(&tile.to_string()).map_err(|error| error.to_string())?;
            let entries = entries_of_bundle(&bytes).map_err(|error| format!("{tile}: {error}"))?;
            if entries.len() as u64 != width {
                return Err(format!("{tile}: {} entries: must be {width}", entries.len()));
            }
            for entry in entries {
                let commitment: [u8; 32] =
                    entry.try_into().map_err(|_| format!("{tile}: commitments have 32 bytes"))?;
                let nodes = &mut self.nodes;
                tree.append_noting(leaf_hash(&commitment), |level, _, hash| nodes.add(level, hash));
                commitments.push(Hash(commitment));
            }
            names.insert(tile.to_string());
            (self.progress)(commitments.len() as u64, 2 * head.size);
        }
        if tree.root() != head.root {
            return Err(format!(
                "the commitments lead to root {}, and the host signed {}",
                tree.root(),
                head.root
            ));
        }
        let node = |level, index| self.nodes.get(level, index).ok_or(());
        let tiles = new_tiles(0, head.size, node).map_err(|()| "the tree has a hole".to_owned())?;
        for (tile, bytes) in tiles {
            let kept = self.folder.read(&tile.to_string()).map_err(|error| error.to_string())?;
            if kept != bytes {
                return Err(format!("{tile}: is not what follows from the commitments"));
            }
            names.insert(tile.to_string());
        }
        Ok(commitments)
    }

    fn row(
        &mut self,
        about: &FolderHeader,
        log: &Vkey,
        ReadRow { cause, index, opened }: ReadRow,
        commitment: Option<&Hash>,
        last: &mut u64,
        head: Head,
    ) -> Result<(), String> {
        let commitment =
            commitment.ok_or_else(|| format!("entry {index}: is beyond the record"))?;
        let opened = opened.map(|opened| match opened.commitment == *commitment {
            true => opened.read,
            false => Err(EntryFault::NotTheEntry),
        });
        let read = opened.transpose().map_err(|fault| format!("entry {index}: {fault}"))?;
        if cause < *last || cause >= head.size {
            return Err(format!("entry {index}: is not in its place"));
        }
        *last = cause;
        let Some(UnjudgedEntry { at, stated, unverified, entry }) = read else {
            self.gone.insert(index);
            self.own.erased = true;
            return Ok(());
        };
        let whole = about.kind == FolderKind::Record;
        if let Some(stated) = &stated {
            let judge = Judge {
                space: &about.space,
                // In a choice of entries the party's own chains have holes.
                own: whole.then_some((&about.party, &self.own)),
                ledger: &self.governing,
                founding: self.trust.founding,
                log: log.key(),
                overruled: &[],
            };
            let said = entry.as_deref().and_then(statement_in);
            judge
                .judge((index, cause), stated, said, unverified.as_deref())
                .map_err(|fault| format!("entry {index}: {fault}"))?;
            let node = |level, index| self.nodes.get(level, index).ok_or(());
            let root_at = |at: u64| if at <= head.size { root_of(at, node).ok() } else { None };
            if let Some(stray) = stray_head(index, stated, root_at).filter(|_| whole) {
                self.report.notes.push(Remark::Notice(stray));
            }
        }
        // An entry may be given again, by a later one.
        let again = self.times.insert(index, at).is_some();
        self.report.opened += u64::from(!again);
        if let Some(entry) = &entry {
            self.entry((index, cause), entry, about);
        }
        if let Some(stated) = &stated {
            if !again {
                self.count(index, stated)?;
            }
            if stated.party == about.party {
                self.own.note(stated);
            }
        }
        Ok(())
    }

    /// What follows from an entry that matters, or that is to be shown.
    fn entry(&mut self, (index, cause): (u64, u64), entry: &Entry, about: &FolderHeader) {
        let notice = resumed(index, entry).or_else(|| continues(entry));
        self.report.notes.extend(notice.map(Remark::Notice));
        if let What::Found(Finding::Erased { entries, .. }) = &entry.what {
            self.erasing.extend(entries);
        }
        if let Some(founding) =
            statement_in(entry).filter(|s| matches!(s.say, Say::FoundSpace { .. }))
        {
            self.report.founding = Some(founding.hash);
        }
        if about.shows.contains(&index) {
            self.report.shown.push((index, entry.clone()));
        }
        if entry.governs() {
            self.governing.apply(index, cause, entry);
        }
    }

    fn count(&mut self, index: u64, statement: &StatementHeader) -> Result<(), String> {
        let of = &mut self.report.statements;
        if !of.contains_key(&statement.party) {
            of.insert(statement.party.clone(), (0, 0));
        }
        if let Some((accepted, refused)) = of.get_mut(&statement.party) {
            *(if statement.accepted { accepted } else { refused }) += 1;
        }
        let link = (index, statement.hash, statement.prev);
        let chain = self.chains.entry(statement.key).or_default();
        match chain.insert(statement.seq, link) {
            Some((other, ..)) => Err(format!(
                "entries {other} and {index}: both hold statement {} of key {}",
                statement.seq,
                statement.key.short()
            )),
            None => Ok(()),
        }
    }

    /// Whether a statement stands among what is here.
    fn has(&self, statement: &SignedStatement) -> bool {
        let (header, hash) = (statement.claimed_header(), statement.hash());
        let link = self.chains.get(&header.key).and_then(|chain| chain.get(&header.seq));
        link.is_some_and(|(_, found, _)| *found == hash)
    }

    /// The statements of each key are in their order, and each names the one before it.
    fn chains(&mut self) -> Result<(), String> {
        for (key, chain) in &self.chains {
            let links: Vec<_> = chain.iter().collect();
            for pair in links.windows(2) {
                let (before, (index, hash, _)) = pair[0];
                let (seq, (next_index, _, prev)) = pair[1];
                let follows = before + 1 != *seq || *prev == Some(*hash);
                if next_index <= index || !follows {
                    return Err(format!(
                        "key {}: statement {seq} in entry {next_index} does not follow statement \
                         {before} in entry {index}",
                        key.short()
                    ));
                }
            }
            let hidden = links.last().map_or(0, |(seq, _)| **seq) - links.len() as u64;
            if hidden > 0 {
                self.report.notes.push(Remark::OfFolder(format!(
                    "{hidden} earlier statements of key {} are not in this folder",
                    key.short()
                )));
            }
        }
        Ok(())
    }

    /// Times are the host's word; that they run backwards is to be explained by it.
    fn clock(&mut self) {
        let times: Vec<_> = self.times.iter().collect();
        for pair in times.windows(2) {
            if pair[1].1 < pair[0].1 {
                let (index, before) = (*pair[1].0, *pair[0].0);
                self.report.notes.push(Remark::Notice(Notice::ClockRanBack { index, before }));
            }
        }
    }

    fn promises(&mut self, log: &Vkey) -> Result<(), String> {
        const NAME: &str = "promises.jsonl";
        for line in lines_of(NAME, &self.text(NAME)?)? {
            let promised: PromisedStatement = exact(NAME, line)?;
            let statement =
                SignedStatement::parse(promised.statement.as_bytes()).map_err(|e| e.to_string())?;
            let (promise, place) =
                read_promise(&promised.promise).map_err(|error| format!("{NAME}: {error}"))?;
            let by = |log: &Vkey| promise.verify(log.key(), &statement.hash(), &place).ok();
            let terms = self.logs.iter().find_map(by);
            let terms = terms.ok_or_else(|| format!("{NAME}: a promise that no host signed"))?;
            if terms.space != log.name() {
                return Err(format!("{NAME}: a promise about another space"));
            }
            if !self.has(&statement) {
                self.report.promised.push((statement.hash(), terms.deadline));
            }
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Result<String, String> {
        self.folder.text(name).map_err(|error| error.to_string())
    }
}

fn opened(name: &str, proof: &TlogProof) -> Result<(Hash, Row), String> {
    let extra = proof.extra.as_deref().ok_or_else(|| format!("{name}: has no extra data"))?;
    let text = str::from_utf8(extra).map_err(|error| format!("{name}: {error}"))?;
    let read: ProofExtra = exact(name, text)?;
    let salt = salt_from_hex(&read.salt).ok_or_else(|| format!("{name}: salt"))?;
    let content = read.content.into_bytes();
    let commitment = commit(&salt, &content);
    let opening = Some(SaltedContent { salt, content });
    Ok((commitment, Row { cause: proof.index, index: proof.index, opening }))
}

/// The lines of a file, each with its end, as they are written.
pub(crate) fn lines_of<'t>(name: &str, text: &'t str) -> Result<Vec<&'t str>, String> {
    match text.strip_suffix('\n') {
        Some(lines) => Ok(lines.split('\n').collect()),
        None if text.is_empty() => Ok(Vec::new()),
        None => Err(format!("{name}: its last line has no end")),
    }
}

/// JSON in the one spelling in which it is written.
pub(crate) fn exact<T: DeserializeOwned + Serialize>(name: &str, text: &str) -> Result<T, String> {
    let read: T = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    match differs_at(&read, text.as_bytes()) {
        None => Ok(read),
        Some(_) => Err(format!("{name}: is not as it was written")),
    }
}
