//! Taking in what the party was given: check, fold, keep.

use std::collections::BTreeSet;

use deconflict_core::{Ledger, PartyId, Time};
use deconflict_proof::notice::{continues, moved, resumed, stray_head, stray_move};
use deconflict_proof::{Chains, EntryFault, Notice, Row, SaltedContent, VerifiedEntry};
use deconflict_record::{Hash, UtcSecond};
use deconflict_store::{AppendBatch, NewEntry, Opening, Part, Snapshot};

use crate::desk::{Desk, Progress, folded};
use crate::erase::{Before, erases};
use crate::error::DeskError;
use crate::layout::{self, GIVEN, VIEW_FORMAT};
use crate::line::LineError;
use crate::outbox::Outbox;
use crate::sync::Synced;

/// How many entries one append takes.
const MAX_APPEND: usize = 4_096;
/// After at least so many given entries the view is kept anew.
const SNAPSHOT_EVERY: u64 = 512;

/// How far two clocks may be apart before people are told, seconds: far more than clocks that are set now
/// and then explain, and far less than the windows of what is declared.
pub const CLOCKS_AGREE_S: u64 = 60;

/// What follows from what was given, before it is durable.
pub(crate) struct Folded {
    pub(crate) ledger: Ledger,
    pub(crate) chains: Chains,
    outbox: Outbox,
    last: Option<(u64, Time)>,
    dated_ahead_s: u64,
}

/// Why rows are not kept.
enum Stopped {
    /// The one at this place is not what an honest host gives.
    False(usize, EntryFault),
    Failed(DeskError),
}

impl From<DeskError> for Stopped {
    fn from(error: DeskError) -> Stopped {
        Stopped::Failed(error)
    }
}

impl Desk {
    pub(crate) fn take_in(
        &mut self,
        rows: Vec<Row>,
        next: u64,
        now: UtcSecond,
        synced: &mut Synced,
    ) -> Result<(), DeskError> {
        if self.view_is_out {
            self.view_back()?;
        }
        // The view goes out and comes back once all is kept: to copy a long one costs more than to fold
        // a page into it.
        self.view_is_out = true;
        let folded = Folded { ledger: std::mem::take(&mut self.view), ..self.fold_on() };
        let stopped = match self.fold_in(folded, &rows, (next, now), synced) {
            Ok(()) => return Ok(()),
            Err(stopped) => stopped,
        };
        self.view_back()?;
        let (at, fault) = match stopped {
            Stopped::Failed(error) => return Err(error),
            Stopped::False(at, fault) => (at, fault),
        };
        // What came before it is sound: it is kept, and tells the keys.
        let row = &rows[at];
        let Some(opening) = &row.opening else { return Ok(()) };
        let start = rows[..at].partition_point(|r| r.cause < row.cause);
        self.take_in(rows[..start].to_vec(), row.cause, now, synced)?;
        Err(self.false_entry(&rows[start..at], row, opening, fault, now)?)
    }

    /// The view as it is kept.
    fn view_back(&mut self) -> Result<(), DeskError> {
        let whole = self.given - self.unfinished;
        let (view, _) = folded(&self.records()?, whole, &self.settings.party)?;
        self.view = view;
        self.view_is_out = false;
        Ok(())
    }

    fn fold_in(
        &mut self,
        mut folded: Folded,
        rows: &[Row],
        (next, now): (u64, UtcSecond),
        synced: &mut Synced,
    ) -> Result<(), Stopped> {
        let (mut entries, mut places, mut notices) = (Vec::new(), Vec::new(), Vec::new());
        let (mut of_one_cause, mut erased) = (Vec::new(), BTreeSet::new());
        for (at, row) in rows.iter().enumerate() {
            let commitment = layout::commitment(&self.records()?, row.index)?;
            if let Some(opening) = &row.opening {
                let checked = self
                    .check(&folded, row, &commitment, opening)
                    .map_err(|fault| Stopped::False(at, fault))?;
                notices.extend(self.worth_a_notice(&checked));
                notices.extend(folded.ran_back(row, &checked));
                notices.extend(folded.is_ahead(&checked, now));
                folded.note_own(&checked, &self.settings.party, synced);
                let (view, given) = (&self.records()?, self.given);
                let before = Before { view, given, rows: &rows[..at] };
                match erases(&folded.ledger, (row.index, &checked.content.entry), &before)? {
                    Ok(entries) => {
                        erased.extend(entries);
                        folded.ledger.apply(row.index, row.cause, &checked.content.entry);
                        of_one_cause.push(checked.content.entry);
                    }
                    Err(wrong) => notices.push(wrong),
                }
            } else {
                folded.chains.erased = true;
            }
            places.extend(row.cause.to_be_bytes());
            places.extend(row.index.to_be_bytes());
            let opening = row
                .opening
                .clone()
                .map(|SaltedContent { salt, content }| Opening { salt, content });
            entries.push(NewEntry { commitment: commitment.0, opening, name: None });
            if rows.get(at + 1).is_none_or(|later| later.cause != row.cause) {
                folded.ledger.project_after(&self.settings.party, &of_one_cause);
                of_one_cause.clear();
            }
        }
        for (row, entry) in rows.iter().zip(&mut entries) {
            entry.opening.take_if(|_| erased.contains(&row.index));
        }
        self.erase(&erased)?;
        Ok(self.keep_given(entries, &places, next, folded, notices)?)
    }

    fn keep_given(
        &mut self,
        entries: Vec<NewEntry>,
        places: &[u8],
        next: u64,
        folded: Folded,
        notices: Vec<Notice>,
    ) -> Result<(), DeskError> {
        notices.into_iter().for_each(|notice| self.notice(notice));
        let Folded { last, dated_ahead_s, .. } = folded;
        let progress = Progress { next_cause: next, last, dated_ahead_s, ..self.progress.clone() };
        let mut marks = folded.outbox.changes_since(&self.outbox)?;
        marks.push(layout::mark("chains", &folded.chains)?);
        marks.push(layout::mark("progress", &progress)?);
        // What a killed desk had kept of these already stands there.
        let kept = usize::try_from(self.unfinished).unwrap_or(usize::MAX).min(entries.len());
        for (nth, place) in (self.given - self.unfinished..).zip(places.chunks(16).take(kept)) {
            let (cause, index) = layout::given(&self.records()?, nth)?;
            if place != [cause.to_be_bytes(), index.to_be_bytes()].concat() {
                let fault = format!("by entry {cause} it gave other entries before");
                return Err(LineError::Garbled(fault).into());
            }
        }
        let (entries, places) = (&entries[kept..], &places[16 * kept..]);
        let mut parts: Vec<_> =
            entries.chunks(MAX_APPEND).zip(places.chunks(16 * MAX_APPEND)).collect();
        let (last, last_places) = parts.pop().unwrap_or((&[], &[]));
        for (entries, places) in parts {
            let tiles = layout::grown(&self.records()?, GIVEN, 16, self.given, places)?;
            self.append(&AppendBatch {
                entries: entries.to_vec(),
                tiles,
                ..AppendBatch::default()
            })?;
            self.unfinished += entries.len() as u64;
        }
        let count = self.given + last.len() as u64;
        let tiles = layout::grown(&self.records()?, GIVEN, 16, self.given, last_places)?;
        let due = self.snapshot_due(count, next);
        let snapshot = if due { self.snapshot(count, &folded)? } else { None };
        marks.push(layout::mark("notices", &self.notices)?);
        let entries = last.to_vec();
        self.append(&AppendBatch { entries, tiles, marks, snapshot, ..AppendBatch::default() })?;
        if due {
            (self.snapshot, self.erased) = (count, false);
        }
        (self.unfinished, self.progress) = (0, progress);
        let Folded { ledger, chains, outbox, .. } = folded;
        (self.view, self.chains, self.outbox) = (ledger, chains, outbox);
        self.view_is_out = false;
        Ok(())
    }

    /// Whether the view is kept anew. It grows with what was given: to keep it after each so many entries
    /// would take most of the time of a long reading. So within one it is kept when twice as much was
    /// given, and at the end, so that the next start folds at most a sixteenth anew.
    fn snapshot_due(&self, count: u64, next: u64) -> bool {
        let since = count.saturating_sub(self.snapshot);
        let doubled = since >= self.snapshot.max(SNAPSHOT_EVERY);
        let read_all = next == self.tree.size() && since >= (count / 16).max(SNAPSHOT_EVERY);
        self.erased || doubled || read_all
    }

    /// The view after so many given entries; `None` where it is longer than the store can keep: then all
    /// is folded at each start, which people are told.
    fn snapshot(&mut self, count: u64, folded: &Folded) -> Result<Option<Snapshot>, DeskError> {
        let state = serde_json::to_vec(&folded.ledger)
            .map_err(|error| DeskError::damaged(format!("the view: {error}")))?;
        if state.len() <= self.longest_view {
            let parts = vec![Part { number: 0, bytes: state }];
            return Ok(Some(Snapshot { size: count, format: VIEW_FORMAT, onto: None, parts }));
        }
        self.notice(Notice::ViewTooLong { most: self.longest_view as u64 });
        Ok(None)
    }

    fn check(
        &self,
        folded: &Folded,
        row: &Row,
        commitment: &Hash,
        opening: &SaltedContent,
    ) -> Result<VerifiedEntry, EntryFault> {
        self.judge(folded).check(
            (row.index, row.cause),
            commitment,
            &opening.salt,
            &opening.content,
        )
    }

    /// What has been folded, to fold on from.
    pub(crate) fn fold_on(&self) -> Folded {
        Folded {
            ledger: self.view.clone(),
            chains: self.chains.clone(),
            outbox: self.outbox.clone(),
            last: self.progress.last,
            dated_ahead_s: self.progress.dated_ahead_s,
        }
    }

    /// What people should know of an entry, or look into.
    fn worth_a_notice(&self, checked: &VerifiedEntry) -> Vec<Notice> {
        let root_at = |size| self.root_at(size).ok().flatten();
        let (stated, entry) = (checked.statement.as_ref(), &checked.content.entry);
        [
            stated.and_then(|stated| stray_head(checked.index, stated, root_at)),
            stray_move(checked.index, &checked.content, root_at),
            moved(checked),
            resumed(checked.index, entry),
            continues(entry),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Folded {
    /// A statement of the party's own is the last of its key.
    pub(crate) fn note(&mut self, checked: &VerifiedEntry, party: &PartyId) {
        if let Some(own) = checked.statement.as_ref().filter(|stated| stated.party == *party) {
            self.chains.note(own);
        }
    }

    /// Of what is given as it comes, in its order, whether the host's clock ran back since the last.
    fn ran_back(&mut self, row: &Row, checked: &VerifiedEntry) -> Option<Notice> {
        if row.index < row.cause {
            return None;
        }
        let at = checked.content.entry.at;
        let (before, then) = self.last.replace((row.index, at)).filter(|(_, then)| at < *then)?;
        self.last = Some((before, then));
        Some(Notice::ClockRanBack { index: row.index, before })
    }

    /// Of an entry that the host dated later than it was read, that it did, unless as much was told before.
    fn is_ahead(&mut self, checked: &VerifiedEntry, now: UtcSecond) -> Option<Notice> {
        let at = u64::try_from(checked.content.entry.at.seconds()).ok()?;
        let ahead = at.checked_sub(now.seconds())?;
        // A lead that grows is told of again, but not each second of it.
        if ahead <= CLOCKS_AGREE_S.max(self.dated_ahead_s.saturating_mul(2)) {
            return None;
        }
        self.dated_ahead_s = ahead;
        Some(Notice::ClockIsAhead { index: checked.index, seconds: ahead })
    }

    fn note_own(&mut self, checked: &VerifiedEntry, party: &PartyId, synced: &mut Synced) {
        let Some(statement) = &checked.statement else { return };
        let own = statement.party == *party;
        self.note(checked, party);
        if self.outbox.logged(&statement.hash) || own {
            synced.logged.push((statement.hash, checked.index));
        }
    }
}
