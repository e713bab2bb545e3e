//! Who reads the whole record and trusts nobody: what must hold of it, whatever befell.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::{Content, FilingAnswer, FilingOutcome};
use deconflict_core::{Entry, Finding, Ledger, PartyId, State, Time, What};
use deconflict_host::Space;
use deconflict_record::{Hash, SignedCheckpoint, StatementId, Tree, leaf_hash, opens};
use deconflict_store::{GivenPlace, Store, StoreError, StoredEntry, View};

use crate::{SPACE, log};

/// How many rows are read at a time.
const ROWS: usize = 4_096;

/// Its own copy of the record, folded by nobody else.
pub(super) struct Auditor {
    entries: Vec<Entry>,
    commitments: Vec<Hash>,
    tree: Tree,
    state: State,
    /// The ledger below each size, as far back as somebody may still be.
    ledgers: BTreeMap<u64, Ledger>,
    /// What follows from the entries that each party may read: cause and entry.
    given: BTreeMap<PartyId, BTreeSet<(u64, u64)>>,
    /// Where each statement stands, and whether it was accepted.
    statements: BTreeMap<Hash, (u64, bool)>,
    /// What did not follow from statements at once: the entries of these.
    in_parts: BTreeSet<u64>,
    /// The same by what names an operator's intention, however often it was signed anew.
    intentions: BTreeMap<StatementId, u64>,
    /// What it found wrong.
    wrong: Option<String>,
    /// What time it is, whatever the host's clock says.
    pub(super) true_now: Option<Time>,
}

/// By how many seconds a host may be ahead in what it ends: its clock is to be doubted beyond an hour.
const MOST_AHEAD_S: i64 = 3_600;

impl Auditor {
    /// Has read nothing.
    pub(super) fn new() -> Auditor {
        Auditor {
            entries: Vec::new(),
            commitments: Vec::new(),
            tree: Tree::default(),
            state: State::default(),
            ledgers: [(0, Ledger::default())].into(),
            given: BTreeMap::new(),
            statements: BTreeMap::new(),
            in_parts: BTreeSet::new(),
            intentions: BTreeMap::new(),
            wrong: None,
            true_now: None,
        }
    }

    /// How many entries it has read.
    pub(super) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Reads on in the store, and judges what is new. What it read before must still be there. What it found wrong
    /// once stays: what it would find after that follows from it.
    pub(super) fn read_on(&mut self, store: &Store) -> Result<(), String> {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        self.read_new(store).inspect_err(|wrong| self.wrong = Some(wrong.clone()))
    }

    fn read_new(&mut self, store: &Store) -> Result<(), String> {
        let broken = |error: StoreError| format!("the record cannot be read: {error}");
        let view = match store.view(SPACE) {
            // Without power nothing can be read: what is left is judged when it is back.
            Err(StoreError::Io { .. }) => return Ok(()),
            view => view.map_err(broken)?,
        };
        let size = view.head().size;
        if size < self.size() {
            return Err(format!("the record lost entries: it had {}, and has {size}", self.size()));
        }
        let last = self.size().saturating_sub(8);
        self.same_as_before(&view, last)?;
        let from = self.size();
        while self.size() < size {
            for stored in view.entries(self.size()..size, 256).map_err(broken)? {
                self.read(&stored)?;
            }
        }
        self.rows_follow(&view, from)?;
        self.head_covers(&view)
    }

    /// That the entries from here on are those that were read before.
    pub(super) fn same_as_before(&self, view: &View<'_>, from: u64) -> Result<(), String> {
        let stored = view.commitments(from..self.size()).map_err(|error| error.to_string())?;
        let known = &self.commitments[from as usize..];
        let other = known.iter().zip(&stored).position(|(known, stored)| known.0 != *stored);
        match other {
            Some(at) => Err(format!("entry {} is another one than before", from + at as u64)),
            None => Ok(()),
        }
    }

    fn read(&mut self, stored: &StoredEntry) -> Result<(), String> {
        let index = self.size();
        let commitment = Hash(stored.commitment);
        let opening = stored.opening.as_ref().ok_or(format!("entry {index} came erased"))?;
        if !opens(&commitment, &opening.salt, &opening.content) {
            return Err(format!("entry {index} does not open its commitment"));
        }
        let content = Content::decode(&opening.content).map_err(|error| error.to_string())?;
        self.note_statement(index, &content)?;
        self.ends_in_time(index, &content.entry)?;
        self.fold(content.entry, commitment);
        Ok(())
    }

    /// That what ends by time, or is erased, does so by no clock that jumped.
    fn ends_in_time(&self, index: u64, entry: &Entry) -> Result<(), String> {
        let ends = matches!(
            entry.what,
            What::Found(Finding::ConflictExpired { .. } | Finding::Erased { .. })
        );
        let latest = self.true_now.map(|now| now.after_seconds(MOST_AHEAD_S));
        match latest {
            Some(latest) if ends && entry.at > latest => {
                Err(format!("entry {index} ends something at {}, by a clock that jumped", entry.at))
            }
            _ => Ok(()),
        }
    }

    fn note_statement(&mut self, index: u64, content: &Content) -> Result<(), String> {
        let (said, accepted) = match &content.entry.what {
            What::Accepted(said) => (said, true),
            What::Refused(said, _) => (said, false),
            What::Found(_) => return Ok(()),
        };
        let envelope = content.envelope.clone().ok_or(format!("entry {index} has no envelope"))?;
        let signed = deconflict_record::SignedStatement::of(envelope).map_err(|e| e.to_string())?;
        if let Some((before, _)) = self.statements.insert(said.hash, (index, accepted)) {
            return Err(format!("statement {} stands at {before} and {index}", said.hash));
        }
        let id = signed.claimed_header().id;
        if let Some(before) = self.intentions.insert(id, index) {
            return Err(format!("what was said once stands twice, at {before} and {index}"));
        }
        Ok(())
    }

    fn fold(&mut self, entry: Entry, commitment: Hash) {
        let index = self.size();
        if let What::Found(Finding::Comparing { statement, .. }) = &entry.what {
            self.in_parts.insert(*statement);
        }
        let effects = self.state.apply(&entry);
        for (reader, earlier) in &effects.grants {
            let rows = self.given.entry(reader.clone()).or_default();
            rows.extend(earlier.iter().map(|earlier| (index, *earlier)));
        }
        for reader in &effects.readers {
            self.given.entry(reader.clone()).or_default().insert((index, index));
        }
        self.tree.append(leaf_hash(&commitment.0));
        self.entries.push(entry);
        self.commitments.push(commitment);
        self.ledgers.insert(self.size(), self.state.ledger().clone());
    }

    /// That the store has for each party the rows that follow from the entries, no more and no fewer.
    fn rows_follow(&self, view: &View<'_>, from: u64) -> Result<(), String> {
        let parties: BTreeSet<&PartyId> = self.state.ledger().parties.keys().collect();
        for party in parties {
            let (mut stored, mut place) = (BTreeSet::new(), Some(GivenPlace::from(from)));
            while let Some(from) = place {
                let page = view.given(party.as_str(), from, ROWS).map_err(|e| e.to_string())?;
                stored.extend(page.rows.iter().map(|(row, _)| (row.cause, row.entry)));
                place = page.next;
            }
            let nothing = BTreeSet::new();
            let follows = self.given.get(party).unwrap_or(&nothing).range((from, 0)..);
            if !follows.eq(stored.iter()) {
                return Err(format!("from entry {from} on, {party} was given other rows than due"));
            }
        }
        Ok(())
    }

    fn head_covers(&self, view: &View<'_>) -> Result<(), String> {
        let head = view.latest_checkpoint().map_err(|error| error.to_string())?;
        let Some(head) = head else { return Ok(()) };
        let signed = SignedCheckpoint::parse(head.note.as_bytes()).map_err(|e| e.to_string())?;
        let signed = signed.verify(&log()).map_err(|error| error.to_string())?.head();
        match self.root_at(signed.size) {
            Some(root) if root == signed.root => Ok(()),
            _ => Err(format!("the head of size {} is not one of this record", signed.size)),
        }
    }

    /// The root over the first entries.
    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        if size == self.size() {
            return Some(self.tree.root());
        }
        let mut tree = Tree::default();
        for commitment in self.commitments.get(..usize::try_from(size).ok()?)? {
            tree.append(leaf_hash(&commitment.0));
        }
        Some(tree.root())
    }

    /// That an answer which somebody was given is what stands in the record.
    pub(super) fn stands(&self, statement: &Hash, answer: &FilingAnswer) -> Result<(), String> {
        let told = (answer.index, answer.outcome == FilingOutcome::Accepted);
        match self.statements.get(statement) {
            Some(there) if *there == told => {
                let all = answer.comparing == Some(false);
                if all && self.in_parts.contains(&answer.index) {
                    return Err(format!(
                        "statement {statement} was said to be compared and was not"
                    ));
                }
                Ok(())
            }
            Some((index, accepted)) => Err(format!(
                "statement {statement} was acknowledged as {told:?} and stands as {:?}",
                (index, accepted)
            )),
            None => Err(format!("statement {statement} was acknowledged and does not stand")),
        }
    }

    /// Whether what an operator said stands in the record.
    pub(super) fn has(&self, intention: &StatementId) -> bool {
        self.intentions.contains_key(intention)
    }

    /// Whether a party may read an entry because of another one.
    pub(super) fn may_read(&self, party: &PartyId, row: (u64, u64)) -> bool {
        self.given.get(party).is_some_and(|rows| rows.contains(&row))
    }

    /// What a party may see below a size; `None` where nobody is any more.
    pub(super) fn projection(&self, party: &PartyId, size: u64) -> Option<Ledger> {
        Some(self.ledgers.get(&size)?.project(party))
    }

    /// The whole ledger below a size.
    pub(super) fn ledger(&self, size: u64) -> Option<&Ledger> {
        self.ledgers.get(&size)
    }

    /// Whether something is still to be compared, at a size.
    pub(super) fn is_comparing(&self, size: u64) -> bool {
        self.ledgers.get(&size).is_some_and(|ledger| !ledger.comparisons.is_empty())
    }

    /// How many statements were answered before all was found that follows from them.
    pub(super) fn in_parts(&self) -> usize {
        self.in_parts.len()
    }

    /// That nothing is due any more; where the host's clock is in doubt, no deadline.
    pub(super) fn nothing_due(&self, now: Time, in_doubt: bool) -> Result<(), String> {
        let due = match in_doubt {
            false => self.state.tick(now, 1),
            true => self.state.tick_deadlines(now, 1),
        };
        match &due[..] {
            [] => Ok(()),
            [first, ..] => Err(format!("{:?} is due at {now} and was not found", first.what)),
        }
    }

    /// That a host which has come as far shows its readers the ledger of just these entries, and waits for the
    /// same time.
    pub(super) fn is_shown(&self, space: &Space) -> Result<(), String> {
        let (tip, shown) = (space.published().tip(), space.published().ledger());
        if tip.size != self.size() || *shown != *self.state.ledger() {
            return Err(format!(
                "of {} entries the host says {}, and shows its readers another ledger of {}",
                self.size(),
                tip.size,
                shown.size
            ));
        }
        let (waits, due) = (space.state().next_due(), self.state.next_due());
        if waits == due {
            Ok(())
        } else {
            Err(format!("the host waits for {waits:?}, due is {due:?}"))
        }
    }

    /// Nobody is below this size any more.
    pub(super) fn forget_below(&mut self, size: u64) {
        self.ledgers = self.ledgers.split_off(&size);
    }

    /// The host was set back, and nobody has seen a head over more than this: what lies beyond may be
    /// another thing from here on.
    pub(super) fn set_back_to(&mut self, size: u64) {
        let kept = usize::try_from(size).unwrap_or(usize::MAX);
        let (mut entries, commitments) =
            (std::mem::take(&mut self.entries), std::mem::take(&mut self.commitments));
        entries.truncate(kept);
        let below = |index: &u64| *index < size;
        let statements = self.statements.iter().filter(|(_, (index, _))| below(index));
        let statements = statements.map(|(hash, at)| (*hash, *at)).collect();
        let intentions = self.intentions.iter().filter(|(_, index)| below(index));
        let intentions = intentions.map(|(id, index)| (*id, *index)).collect();
        let true_now = self.true_now;
        *self = Auditor { statements, intentions, true_now, ..Auditor::new() };
        for (entry, commitment) in entries.into_iter().zip(commitments) {
            self.fold(entry, commitment);
        }
    }
}
