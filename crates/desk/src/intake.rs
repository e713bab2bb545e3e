//! Taking in what the party was given: check, fold, keep.

use std::collections::BTreeSet;

use deconflict_core::{Ledger, PartyId, Time};
use deconflict_proof::notice::{continues, moved, resumed, stray_head, stray_move};
use deconflict_proof::{Chains, EntryFault, Notice, Row, SaltedContent, VerifiedEntry};
use deconflict_record::{Hash, UtcSecond};
use deconflict_store::{CopiedEntry, Opening};

use crate::copy::{GivenPart, Progress, commitment};
use crate::desk::Desk;
use crate::erase::{Before, erases};
use crate::error::DeskError;
use crate::outbox::Outbox;
use crate::sync::SyncReport;
use crate::witness::clock_skew_s;

/// What follows from what was given, before it is durable.
pub(crate) struct Fold {
    pub(crate) ledger: Ledger,
    pub(crate) chains: Chains,
    outbox: Outbox,
    last: Option<(u64, Time)>,
    newest: Option<Time>,
    dated_ahead_s: u64,
}

/// Why rows are not kept.
enum Stop {
    /// The one at this place is not what an honest host gives.
    False(usize, EntryFault),
    Failed(DeskError),
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Stop {
        Stop::Failed(error)
    }
}

impl Desk {
    /// Takes in what causes up to `next` gave, whole and durably, or nothing of it.
    pub(crate) fn take_in(
        &mut self,
        rows: &[Row],
        next: u64,
        now: UtcSecond,
        synced: &mut SyncReport,
    ) -> Result<(), DeskError> {
        let (at, fault) = match self.fold_in(rows, (next, now), synced) {
            Ok((part, outbox)) => {
                self.copy.take_given(part, &outbox.changes_since(&self.outbox)?)?;
                self.outbox = outbox;
                return Ok(());
            }
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::False(at, fault)) => (at, fault),
        };
        // What came before it is sound: it is kept, and tells the keys.
        let row = &rows[at];
        let Some(opening) = &row.opening else { return Ok(()) };
        let start = rows[..at].partition_point(|r| r.cause < row.cause);
        self.take_in(&rows[..start], row.cause, now, synced)?;
        Err(self.false_entry(&rows[start..at], row, opening, fault, now)?)
    }

    /// What follows from what is kept and from these rows. The view itself is left as it is: somebody may look
    /// at it, and nothing of this is durable yet.
    fn fold_in(
        &self,
        rows: &[Row],
        (next, now): (u64, UtcSecond),
        synced: &mut SyncReport,
    ) -> Result<(GivenPart, Outbox), Stop> {
        let (mut fold, records) = (self.fold_on(), self.copy.records()?);
        let (mut entries, mut notices) = (Vec::new(), Vec::new());
        let (mut of_one_cause, mut erased) = (Vec::new(), BTreeSet::new());
        for (at, row) in rows.iter().enumerate() {
            let commitment = commitment(&records, row.index)?;
            if let Some(opening) = &row.opening {
                let checked = self
                    .check(&fold, row, &commitment, opening)
                    .map_err(|fault| Stop::False(at, fault))?;
                notices.extend(self.worth_a_notice(&checked));
                notices.extend(fold.ran_back(row, &checked));
                notices.extend(fold.is_ahead(&checked, now));
                fold.note_own(&checked, &self.settings.party, synced);
                let given = self.copy.given();
                let before = Before { records: &records, given, rows: &rows[..at] };
                match erases(&fold.ledger, (row.index, &checked.content.entry), &before)? {
                    Ok(entries) => {
                        erased.extend(entries);
                        fold.ledger.apply(row.index, row.cause, &checked.content.entry);
                        of_one_cause.push(checked.content.entry);
                    }
                    Err(wrong) => notices.push(wrong),
                }
            } else {
                fold.chains.erased = true;
            }
            let opening = row
                .opening
                .clone()
                .map(|SaltedContent { salt, content }| Opening { salt, content });
            entries.push(CopiedEntry { cause: row.cause, index: row.index, opening });
            if rows.get(at + 1).is_none_or(|later| later.cause != row.cause) {
                fold.ledger.project_after(&self.settings.party, &of_one_cause);
                of_one_cause.clear();
            }
        }
        for entry in &mut entries {
            entry.opening.take_if(|_| erased.contains(&entry.index));
        }
        let Fold { ledger, chains, outbox, last, newest, dated_ahead_s } = fold;
        let read_all = next == self.copy.size();
        let read_at = if read_all { Some(now) } else { self.read_at() };
        let progress = Progress { next_cause: next, read_at, last, newest, dated_ahead_s };
        Ok((GivenPart { entries, erased, progress, ledger, chains, notices }, outbox))
    }

    fn check(
        &self,
        fold: &Fold,
        row: &Row,
        commitment: &Hash,
        opening: &SaltedContent,
    ) -> Result<VerifiedEntry, EntryFault> {
        self.judge(fold).check((row.index, row.cause), commitment, &opening.salt, &opening.content)
    }

    /// What has been fold, to fold on from.
    pub(crate) fn fold_on(&self) -> Fold {
        Fold {
            ledger: self.view().clone(),
            chains: self.copy.chains().clone(),
            outbox: self.outbox.clone(),
            last: self.copy.progress().last,
            newest: self.copy.progress().newest,
            dated_ahead_s: self.copy.progress().dated_ahead_s,
        }
    }

    /// What people should know of an entry, or look into.
    fn worth_a_notice(&self, checked: &VerifiedEntry) -> Vec<Notice> {
        let root_at = |size| self.copy.root_at(size).ok().flatten();
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

impl Fold {
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
        self.newest = Some(at);
        let (before, then) = self.last.replace((row.index, at)).filter(|(_, then)| at < *then)?;
        self.last = Some((before, then));
        Some(Notice::ClockRanBack { index: row.index, before })
    }

    /// Of an entry that the host dated later than it was read, that it did, unless as much was told before.
    fn is_ahead(&mut self, checked: &VerifiedEntry, now: UtcSecond) -> Option<Notice> {
        let at = u64::try_from(checked.content.entry.at.seconds()).ok()?;
        let ahead = at.checked_sub(now.seconds())?;
        // A lead that grows is told of again, but not each second of it.
        if ahead <= clock_skew_s(&self.ledger).max(self.dated_ahead_s.saturating_mul(2)) {
            return None;
        }
        self.dated_ahead_s = ahead;
        Some(Notice::ClockIsAhead { index: checked.index, seconds: ahead })
    }

    fn note_own(&mut self, checked: &VerifiedEntry, party: &PartyId, synced: &mut SyncReport) {
        let Some(statement) = &checked.statement else { return };
        let own = statement.party == *party;
        self.note(checked, party);
        if self.outbox.logged(&statement.hash) || own {
            synced.logged.push((statement.hash, checked.index));
        }
    }
}
