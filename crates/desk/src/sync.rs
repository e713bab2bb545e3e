//! Reading on: the head, the record under it, and what the party was given.

use std::time::{Duration, Instant};

use deconflict_api::{GivenCursor, GivenPage};
use deconflict_core::What;
use deconflict_proof::{
    Charge, EntryFault, ExhibitedEntry, Offence, Row, SaltedContent, host_keys, statement_of,
};
use deconflict_record::{
    Evidence, Hash, Head, SignedCheckpoint, SigningKey, Tile, TileRow, Tree, UtcSecond, Vkey,
    entries_of_bundle, inclusion_proof, prefix_proof,
};
use serde::{Deserialize, Serialize};

use crate::copy::{PendingCommitments, commitment, node, rows};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::hosts::Signer;
use crate::line::{Line, LineError, host_node, in_session};
use crate::witness::{CosigningResult, bare};

pub(crate) const PAGE: usize = 1_024;
/// The most rows of one answer: a page, and all of its last cause.
const MAX_ROWS: usize = 100_000;

/// The keys that a desk reads and witnesses with.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Begins sessions: an operator's key of the party.
    pub session: &'a SigningKey,
    /// Countersigns heads; `None`: it does not.
    pub witness: Option<&'a SigningKey>,
}

/// What was new.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncReport {
    /// How many entries the record has.
    pub size: u64,
    /// How many of them are new.
    pub entries: u64,
    /// How many were given to the party.
    pub given: u64,
    /// The party's own statements that stand in the record now, and where.
    pub logged: Vec<(Hash, u64)>,
    /// Statements that stand there as they were signed before: by what name each waited last, and by which it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<(Hash, Hash)>,
    /// Whether the head was countersigned and the host has the cosignature.
    pub cosigned: bool,
    /// Why it was not, where people should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_cosigned: Option<String>,
}

impl SyncReport {
    /// Says what became of the countersignature.
    pub(crate) fn countersigned(&mut self, became: CosigningResult) {
        (self.cosigned, self.not_cosigned) = match became {
            CosigningResult::Taken => (true, None),
            CosigningResult::No => (false, None),
            CosigningResult::NotTaken(why) => (false, Some(why)),
        };
    }
}

/// A head, and the commitments that were fetched for it.
pub(crate) struct Fresh {
    head: SignedCheckpoint,
    /// The key that signed it.
    log: Vkey,
    pub(crate) tree: Tree,
    pub(crate) pending: PendingCommitments,
}

impl Desk {
    /// Reads on to the host's latest head: checks that it extends the last one, that what the party
    /// was given stands under it and is honest, and countersigns it.
    ///
    /// The record may have grown by any number of entries: memory is needed for 16,384 commitments at
    /// a time, and in the store, for as long as it takes, for 32 bytes more of each new entry. Nothing is
    /// believed before all of them lead to what the host signed; then all of them are kept at once. What the party
    /// was given under them is taken in page by page. Where nothing is new, nothing is written.
    ///
    /// # Errors
    /// [`DeskError::Line`] when there is no answer: try again; [`DeskError::Caught`] when the host was
    /// caught, now or before; [`DeskError::Store`] when the disk fails: what was kept before is kept,
    /// and the next call goes on from there.
    pub fn sync(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        now: UtcSecond,
    ) -> Result<SyncReport, DeskError> {
        self.sync_telling(line, keys, now, &mut |_, _| {})
    }

    /// [`Desk::sync`], which tells how many of how many parts are done: a first reading can be a long one.
    ///
    /// # Errors
    /// As [`Desk::sync`].
    pub fn sync_telling(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        now: UtcSecond,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<SyncReport, DeskError> {
        self.not_caught()?;
        line.prove_to(&self.log_now().key().id());
        let begun = Instant::now();
        let space = self.settings.space.clone();
        let asked = self.answer_host(line, keys, now)?;
        let bytes = in_session(line, &space, keys.session, |line| line.checkpoint())?;
        // What came before the head may have taken long, and the host's clock went on meanwhile.
        let now = later(now, begun.elapsed());
        let before = self.copy.signed_head().cloned();
        let was = self.copy.size();
        let served = self.judge_head(line, keys, &bytes, now);
        if served.is_err() && !asked {
            // An honest host that was restored must stop before it signs more; a cheat knows anyway.
            let _ = self.show_head(line, keys);
        }
        let (served, log) = served?;
        let size = served.claimed().size;
        let (grown, asked_from) = (size - was, self.copy.progress().next_cause);
        let parts = grown + size.saturating_sub(asked_from);
        let head = (served.clone(), log);
        let mut synced = SyncReport { size, entries: grown, ..SyncReport::default() };
        self.read_on(line, keys, head, (now, &mut synced), &mut |fetched| {
            progress(fetched, parts);
        })?;
        self.read_given(line, keys, now, &mut synced, &mut |next| {
            progress(grown + (next - asked_from), parts);
        })?;
        synced.countersigned(self.countersign(line, keys, (&served, before), now)?);
        self.erase_due(now)?;
        self.copy.was_read(now, |written| self.outbox.is_overdue_since(written, now))?;
        Ok(synced)
    }

    /// A head met anywhere (by mail, from a neighbour, in a code that was scanned): signed by the host
    /// and not to be reconciled with what this desk has verified, it is evidence.
    ///
    /// # Errors
    /// When the host did not sign it; [`DeskError::Caught`] when it shows a fork.
    pub fn meet(&mut self, note: &[u8], now: UtcSecond) -> Result<Head, DeskError> {
        self.not_caught()?;
        let met = SignedCheckpoint::parse(note)?;
        let head = met.claimed().head();
        match self.signer(&met) {
            Signer::InTime(log) => self.no_fork(&met, head, &log, now)?,
            Signer::Former => return Err(self.by_former(&met, head, now)?),
            Signer::Unknown => {
                return Err(DeskError::Refused(format!(
                    "the head is not signed by a host of `{}` that this desk knows: it proves nothing",
                    self.settings.space
                )));
            }
        }
        Ok(head)
    }

    /// A head that the line gave, and the key that signed it.
    fn judge_head(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        bytes: &[u8],
        now: UtcSecond,
    ) -> Result<(SignedCheckpoint, Vkey), DeskError> {
        let garbled = |fault: String| DeskError::Line(LineError::Garbled(fault));
        let served = SignedCheckpoint::parse(bytes).map_err(|e| garbled(e.to_string()))?;
        let head = served.claimed().head();
        let log = match self.signer(&served) {
            Signer::InTime(log) => *log,
            Signer::Former => return Err(self.by_former(&served, head, now)?),
            Signer::Unknown => self.moved_to(line, keys, &served)?,
        };
        self.no_fork(&served, head, &log, now)?;
        if head.size < self.copy.size() {
            return Err(garbled(format!(
                "it shows the head of size {}, and this desk has seen {}: it may be an old copy",
                head.size,
                self.copy.size()
            )));
        }
        Ok((served, log))
    }

    fn no_fork(
        &mut self,
        met: &SignedCheckpoint,
        head: Head,
        log: &Vkey,
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        let (Some(own), Some(root)) =
            (self.copy.signed_head().cloned(), self.copy.root_at(head.size)?)
        else {
            return Ok(());
        };
        if root == head.root {
            return Ok(());
        }
        let now_host = self.log_now();
        if *log != now_host && !self.view().former.is_empty() {
            return Err(self.by_former(met, head, now)?);
        }
        let evidence = self.evidence(met, head, &own)?;
        Err(self.forked(&evidence, now))
    }

    fn forked(&mut self, evidence: &Evidence, now: UtcSecond) -> DeskError {
        let keys = host_keys(self.view(), &self.settings.log);
        let offence = match evidence.check(&keys.iter().collect::<Vec<_>>()) {
            Ok(proven) => Offence::from(&proven),
            Err(_) => Offence::HeadsDisagree,
        };
        let evidence = String::from_utf8_lossy(&evidence.encode()).into_owned();
        self.catch(Charge::Fork { evidence }, offence, now)
    }

    /// Takes in the commitments up to the head, and keeps both; with what was given under it, where that is at
    /// hand.
    fn read_on(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        (served, log): (SignedCheckpoint, Vkey),
        (now, synced): (UtcSecond, &mut SyncReport),
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), DeskError> {
        let fresh = self.fetch(line, keys, served, log, progress)?;
        if fresh.tree.root() != fresh.head.claimed().root {
            return Err(self.rewritten(line, keys, &fresh, now)?);
        }
        let head = self.head_of(&fresh)?;
        if head.claimed().size > self.copy.size()
            && let Some(page) = line.at_hand(self.copy.progress().cursor(), PAGE)
            && self.take_in_with_head(&head, &fresh.pending, page, now, synced)?
        {
            return Ok(());
        }
        self.copy.adopt(head, &fresh.pending)
    }

    /// Fetches the commitments between what this desk has and a head. What they lead to is for the caller
    /// to compare with the head: until then they are nobody's word.
    pub(crate) fn fetch(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        head: SignedCheckpoint,
        log: Vkey,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Fresh, DeskError> {
        let Head { size, root } = head.claimed().head();
        let (mut pending, mut tree) = self.copy.pending_to(size)?;
        let begun = pending.is_begun();
        self.fetch_to(line, keys, size, (&mut pending, &mut tree), progress)?;
        if begun && tree.root() != root {
            // What was put by is of another history, or spoilt: only what is served now counts.
            (pending, tree) = self.copy.none_pending();
            self.fetch_to(line, keys, size, (&mut pending, &mut tree), progress)?;
        }
        Ok(Fresh { head, log, tree, pending })
    }

    fn fetch_to(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        size: u64,
        (pending, tree): (&mut PendingCommitments, &mut Tree),
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), DeskError> {
        while tree.size() < size {
            let index = tree.size() / 256;
            let known = (tree.size() - index * 256) as usize;
            let width = (size - index * 256).min(256) as u16;
            let tile = Tile { row: TileRow::Entries, index, width };
            let commitments = self.bundle(line, keys, tile)?;
            let new = commitments.get(known..).unwrap_or_default();
            self.copy.add_pending((&mut *pending, &mut *tree), new, size)?;
            progress(tree.size() - self.copy.size());
        }
        Ok(())
    }

    /// The commitments of a tile's entries, as many as it names.
    fn bundle(
        &self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        tile: Tile,
    ) -> Result<Vec<Hash>, LineError> {
        let bytes = in_session(line, &self.settings.space, keys.session, |line| line.tile(tile))?;
        let garbled = |fault: String| LineError::Garbled(format!("{tile}: {fault}"));
        let entries = entries_of_bundle(&bytes).map_err(|error| garbled(error.to_string()))?;
        if entries.len() != usize::from(tile.width) {
            return Err(garbled(format!("{} entries: must be {}", entries.len(), tile.width)));
        }
        let commitment = |entry: &[u8]| entry.try_into().map(Hash);
        let commitments = entries.into_iter().map(commitment).collect::<Result<_, _>>();
        commitments.map_err(|_| garbled("a commitment must have 32 bytes".into()))
    }

    /// The head with the log's signature, and what known witnesses have added so far.
    fn head_of(&mut self, fresh: &Fresh) -> Result<SignedCheckpoint, DeskError> {
        let same = |kept: &&SignedCheckpoint| kept.claimed() == fresh.head.claimed();
        let kept = match self.copy.signed_head().filter(same) {
            Some(kept) => kept.clone(),
            None => bare(&fresh.head, std::slice::from_ref(&fresh.log))?,
        };
        self.cosigned_in_time(kept, &fresh.head)
    }

    /// The commitments do not lead to the head. If the host's own hash tiles do, they show what it
    /// made of the history that this desk knows.
    fn rewritten(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        fresh: &Fresh,
        now: UtcSecond,
    ) -> Result<DeskError, DeskError> {
        let (old, claimed) = (self.copy.size(), fresh.head.claimed().head());
        if let Some(own) = self.copy.signed_head().cloned().filter(|_| old > 0) {
            let nodes = prefix_proof(old, claimed.size, |level, index| {
                host_node(line, &self.settings.space, keys, claimed.size, level, index)
            });
            if let Ok(nodes) = nodes {
                let mut hosts = host_keys(self.view(), &self.settings.log);
                hosts.push(fresh.log.clone());
                let evidence =
                    Evidence::new(bare(&own, &hosts)?, bare(&fresh.head, &hosts)?, nodes);
                if evidence.check(&hosts.iter().collect::<Vec<_>>()).is_ok() {
                    return Ok(self.forked(&evidence, now));
                }
            }
        }
        let (head, found) = (fresh.head.encode(), fresh.tree.root());
        let offence = Offence::OtherCommitments { size: claimed.size, signed: claimed.root, found };
        Ok(self.catch(Charge::Commitments { head, before: self.head(), found }, offence, now))
    }

    /// Takes in what the party was given under the verified head.
    fn read_given(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        now: UtcSecond,
        synced: &mut SyncReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), DeskError> {
        let (space, size) = (self.settings.space.clone(), self.copy.size());
        while self.copy.progress().next_cause < size {
            let from = self.copy.progress().cursor();
            let page = in_session(line, &space, keys.session, |line| line.given(from, PAGE))?;
            if page.cursor() <= from {
                let fault = format!("it stops at {}, before the head of size {size}", page.next);
                return Err(LineError::Garbled(fault).into());
            }
            let next = page.cursor().min(size.into());
            let rows = rows_of(page, from, size)?;
            synced.given += rows.len() as u64;
            self.take_in(&rows, next, now, synced)?;
            progress(next.cause);
        }
        Ok(())
    }

    /// The exhibit of an entry that an honest host would not have given.
    pub(crate) fn false_entry(
        &mut self,
        with_it: &[Row],
        row: &Row,
        opening: &SaltedContent,
        fault: EntryFault,
        now: UtcSecond,
    ) -> Result<DeskError, DeskError> {
        let head = self.copy.signed_head().map(SignedCheckpoint::encode).unwrap_or_default();
        let entry = self.exhibited(row, opening)?;
        let index = row.index;
        let (shows, offence) = match fault {
            EntryFault::NotTheEntry => {
                (Charge::Content { head, entry }, Offence::OtherContent { index })
            }
            EntryFault::NotHonest(why) => {
                let party = self.settings.party.clone();
                let history = self.history(with_it, opening)?;
                let shows = Charge::Entry { head, party, history, entry };
                (shows, Offence::FalseEntry { index, why })
            }
        };
        Ok(self.catch(shows, offence, now))
    }

    pub(crate) fn exhibited(
        &self,
        row: &Row,
        opening: &SaltedContent,
    ) -> Result<ExhibitedEntry, DeskError> {
        let records = self.copy.records()?;
        let commitment = commitment(&records, row.index)?;
        let size = self.copy.size();
        let path = inclusion_proof(row.index, size, |level, index| node(&records, level, index))?;
        let place = (row.index, row.cause);
        Ok(ExhibitedEntry::new(place, commitment, path, &opening.salt, &opening.content))
    }

    /// What is public before an entry, and the statement before it of the same key.
    fn history(
        &self,
        with_it: &[Row],
        opening: &SaltedContent,
    ) -> Result<Vec<ExhibitedEntry>, DeskError> {
        let author = deconflict_api::Content::decode(&opening.content).ok();
        let author = author.as_ref().and_then(statement_of).map(|s| s.key);
        let last = author.and_then(|key| self.copy.chains().last(&key).1);
        let mut history = Vec::new();
        // Also what was kept of the same cause with earlier pages.
        let (whole, part) = (self.copy.given(), self.copy.progress().within);
        let kept = rows(&self.copy.records()?, 0, whole + part)?;
        let of_cause = kept.iter().skip(whole as usize).chain(with_it);
        let before: Vec<u64> = of_cause.map(|row| row.index).collect();
        for row in kept.iter().chain(with_it) {
            let Some(kept) = &row.opening else { continue };
            let content = deconflict_api::Content::decode(&kept.content)
                .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
            let is_last = statement_of(&content).is_some_and(|s| Some(s.hash) == last);
            let public =
                self.view().public.binary_search(&row.index).is_ok() || before.contains(&row.index);
            let public = public && matches!(content.entry.what, What::Accepted(_));
            if public || is_last {
                history.push(self.exhibited(row, kept)?);
            }
        }
        Ok(history)
    }
}

/// The rows of a page that was asked for from a place on, in order, as far as they lie under the verified head.
pub(crate) fn rows_of(
    page: GivenPage,
    from: GivenCursor,
    size: u64,
) -> Result<Vec<Row>, DeskError> {
    let next = page.cursor();
    if page.given.len() > MAX_ROWS {
        let fault = format!("{} rows in one answer: at most {MAX_ROWS}", page.given.len());
        return Err(LineError::Garbled(fault).into());
    }
    let (mut rows, mut least, mut of_next) = (Vec::new(), from.cause, 0);
    if from.cause == next.cause {
        of_next = from.within;
    }
    for given in page.given {
        let row = Row::read(given).map_err(|error| LineError::Garbled(error.to_string()))?;
        of_next += u64::from(row.cause == next.cause);
        let beyond = row.cause > next.cause || (row.cause == next.cause && of_next > next.within);
        if row.cause < least || beyond {
            let fault = format!("entry {} is not in its place among those given", row.index);
            return Err(LineError::Garbled(fault).into());
        }
        least = row.cause;
        if row.cause < size {
            rows.push(row);
        }
    }
    if of_next != next.within {
        let fault = format!(
            "of what entry {} gave it counts {}, and gave {of_next}",
            next.cause, next.within
        );
        return Err(LineError::Garbled(fault).into());
    }
    Ok(rows)
}

/// A time, and the whole seconds that passed since.
fn later(time: UtcSecond, passed: Duration) -> UtcSecond {
    UtcSecond::new(time.seconds().saturating_add(passed.as_secs())).unwrap_or(time)
}
