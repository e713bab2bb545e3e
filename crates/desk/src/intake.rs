//! Taking in what the party was given: check, fold, keep.
//!
//! The view is what follows from whole causes: what one entry gives belongs together. A cause that takes several
//! pages is kept page by page, and its entries are folded one after another, but nobody sees a view of them before
//! the last has come ([`PartialCause`]).

use deconflict_api::{GivenCursor, GivenPage};
use deconflict_core::{Entry, Ledger, MessageId, PartyId, Time};
use deconflict_proof::notice::{continues, entered, moved, resumed, stray_head, stray_move};
use deconflict_proof::{Chains, EntryFault, Notice, Row, SaltedContent, VerifiedEntry};
use deconflict_record::{Hash, KeyId, SignedCheckpoint, SignedStatement, StatementId, UtcSecond};
use deconflict_store::{CopiedEntry, Opening};

use crate::copy::{GivenPart, PendingCommitments, Progress, RecordUpTo, rows};
use crate::desk::Desk;
use crate::erase::{Before, Forgotten, erases};
use crate::error::DeskError;
use crate::outbox::{Fate, Outbox, overdue_file};
use crate::signing::words_of;
use crate::sync::{SyncReport, rows_of};
use crate::witness::clock_skew_s;

/// How many rows of a cause that was kept in part are read at a time.
const ROWS: u64 = 256;

/// What follows from what was given, before it is durable.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) ledger: Ledger,
    pub(crate) chains: Chains,
    last: Option<(u64, Time)>,
    newest: Option<Time>,
    dated_ahead_s: u64,
}

/// What follows from rows that are not taken in yet, the last cause of which may be there in part.
#[derive(Clone, Debug)]
pub(crate) struct PartialCause {
    fold: Fold,
    /// The entries of the last cause, unless it is a long one.
    entries: Vec<Entry>,
    /// Whether the last cause takes more than one page.
    is_long: bool,
    forgotten: Forgotten,
    notices: Vec<Notice>,
    /// Statements that stand in the record now.
    stated: Vec<StatedEntry>,
}

/// A statement that stands in the record now.
#[derive(Clone, Copy, Debug)]
struct StatedEntry {
    statement: Hash,
    /// What names it however often it was signed: its key, and what its author named it.
    intention: (KeyId, StatementId),
    /// What names what it says, if something waits that may be it.
    said: Option<Hash>,
    index: u64,
    /// Whether it is the party's own.
    own: bool,
}

/// What stands in the record now and does not wait any more: [`SyncReport::logged`] and [`SyncReport::renamed`].
#[derive(Default)]
struct QueueNews {
    logged: Vec<(Hash, u64)>,
    renamed: Vec<(Hash, Hash)>,
}

/// How many new names are remembered.
const MOST_RENAMED: usize = 4_096;

/// What a page comes to.
struct Page {
    part: GivenPart,
    outbox: Outbox,
    logged: QueueNews,
    /// What its last cause has come to so far, if it goes on.
    partial: Option<PartialCause>,
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
    /// Takes in what was given up to the place `next`, whole and durably, or nothing of it.
    pub(crate) fn take_in(
        &mut self,
        rows: &[Row],
        next: GivenCursor,
        now: UtcSecond,
        synced: &mut SyncReport,
    ) -> Result<(), DeskError> {
        let folded = self.fold_in(rows, (next, now), &self.copy.up_to(Vec::new())?);
        let (at, fault) = match folded {
            Ok(Page { part, outbox, logged, partial }) => {
                self.partial = None;
                self.copy.take_given(part, &outbox.changes_since(&self.outbox)?)?;
                self.partial = partial;
                self.outbox_is(outbox);
                self.queue_changed(logged, synced);
                return Ok(());
            }
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::False(at, fault)) => (at, fault),
        };
        // What came before it is sound: it is kept, and tells the keys.
        let row = &rows[at];
        let Some(opening) = &row.opening else { return Ok(()) };
        let start = rows[..at].partition_point(|r| r.cause < row.cause);
        if start > 0 {
            self.take_in(&rows[..start], row.cause.into(), now, synced)?;
        }
        Err(self.false_entry(&rows[start..at], row, opening, fault, now)?)
    }

    /// Takes in a verified head and what the party was given under it, all that is new, in one transaction; `false`
    /// where it does not fit together: then nothing is done, and the head is taken in before what was given is
    /// judged under it, for whatever is shown of it stands under a head that is kept.
    pub(crate) fn take_in_with_head(
        &mut self,
        head: &SignedCheckpoint,
        pending: &PendingCommitments,
        page: GivenPage,
        now: UtcSecond,
        synced: &mut SyncReport,
    ) -> Result<bool, DeskError> {
        let (size, from) = (head.claimed().size, self.copy.progress().cursor());
        let Some(fresh) = pending.in_memory(self.copy.size()).filter(|_| page.next >= size) else {
            return Ok(false);
        };
        let Ok(rows) = rows_of(page, from, size) else { return Ok(false) };
        let given = rows.len() as u64;
        let record = self.copy.up_to(fresh)?;
        match self.fold_in(&rows, (size.into(), now), &record) {
            Ok(Page { part, outbox, logged, partial }) => {
                drop(record);
                let changes = outbox.changes_since(&self.outbox)?;
                self.partial = None;
                self.copy.adopt_with(head.clone(), pending, part, &changes)?;
                self.partial = partial;
                synced.given += given;
                self.queue_changed(logged, synced);
                self.outbox_is(outbox);
                Ok(true)
            }
            Err(Stop::False(..)) => Ok(false),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Tells what left the queue; what it is called now is remembered, also where reading on fails then.
    fn queue_changed(&mut self, news: QueueNews, synced: &mut SyncReport) {
        self.renamed.extend(news.renamed.iter().copied());
        let surplus = self.renamed.len().saturating_sub(MOST_RENAMED);
        self.renamed.drain(..surplus);
        synced.logged.extend(news.logged);
        synced.renamed.extend(news.renamed);
    }

    /// The queue is this one, as it is on the disk. What shows that a promise was overdue goes with what was promised.
    fn outbox_is(&mut self, outbox: Outbox) {
        let before = std::mem::replace(&mut self.outbox, outbox);
        for item in before.items().filter(|item| matches!(item.fate, Fate::Promised { .. })) {
            if !self.outbox.items().any(|left| left.statement == item.statement) {
                // Mostly there is none; one that cannot be taken away tells of a promise that was kept late.
                let _ = std::fs::remove_file(self.dir.join(overdue_file(&item.statement)));
            }
        }
    }

    /// What follows from what is kept and from these rows. The view itself is left as it is: somebody may look
    /// at it, and nothing of this is durable yet.
    fn fold_in(
        &self,
        rows: &[Row],
        (next, now): (GivenCursor, UtcSecond),
        record: &RecordUpTo<'_>,
    ) -> Result<Page, Stop> {
        let mut on = self.fold_on_from_part(record, now)?;
        let goes_on = next.within > 0;
        let of_last = rows.partition_point(|row| row.cause < next.cause);
        let whole = if goes_on { of_last } else { rows.len() };
        for at in 0..whole {
            self.fold_row(&mut on, (record, rows, at), now)?;
            if rows.get(at + 1).is_none_or(|later| later.cause != rows[at].cause) {
                on.end_cause(&self.settings.party);
            }
        }
        let before = (whole > 0).then(|| on.clone());
        let partial = if goes_on {
            for at in whole..rows.len() {
                self.fold_row(&mut on, (record, rows, at), now)?;
            }
            (on.is_long, on.entries) = (true, Vec::new());
            Some(on.clone())
        } else {
            None
        };
        // Without a cause that has ended nothing follows yet.
        let nothing = || PartialCause::on(self.fold_on());
        let done = before.unwrap_or_else(nothing);
        let partial = partial.map(|partial| partial.since(&done));
        let mut outbox = self.outbox.clone();
        let logged = leave_queue(&mut outbox, &done.stated);
        let entry = |row: &Row| CopiedEntry {
            cause: row.cause,
            index: row.index,
            opening: row
                .opening
                .clone()
                .map(|SaltedContent { salt, content }| Opening { salt, content }),
            goes: row.opening.as_ref().and_then(|_| done.forgotten.get(&row.index).copied()),
        };
        let entries: Vec<CopiedEntry> = rows.iter().map(entry).collect();
        let PartialCause { fold, forgotten, notices, .. } = done;
        let Fold { ledger, chains, last, newest, dated_ahead_s } = fold;
        let read_all = next == record.size().into();
        let read_at = if read_all { Some(now) } else { self.read_at() };
        let GivenCursor { cause: next_cause, within } = next;
        let countersigned = self.copy.progress().countersigned.clone();
        let progress =
            Progress { next_cause, within, read_at, last, newest, dated_ahead_s, countersigned };
        let part = GivenPart { entries, forgotten, progress, ledger, chains, notices };
        Ok(Page { part, outbox, logged, partial })
    }

    /// Folds one row in, once it is seen to be what an honest host gives.
    fn fold_row(
        &self,
        on: &mut PartialCause,
        (record, rows, at): (&RecordUpTo<'_>, &[Row], usize),
        now: UtcSecond,
    ) -> Result<(), Stop> {
        let row = &rows[at];
        let commitment = record.commitment(row.index)?;
        let Some(opening) = &row.opening else {
            on.fold.chains.erased = true;
            return Ok(());
        };
        let checked = self
            .check(&on.fold, row, &commitment, opening)
            .map_err(|fault| Stop::False(at, fault))?;
        on.notices.extend(worth_a_notice(&checked, record));
        let party = &self.settings.party;
        on.notices.extend(entered(checked.index, &checked.content.entry, party));
        on.notices.extend(on.fold.ran_back(row, &checked));
        on.notices.extend(on.fold.is_ahead(&checked, now));
        let waits = self.outbox.items().next().is_some();
        on.note_own(&checked, &self.settings.party, waits);
        let given = self.copy.given() + self.copy.progress().within;
        let before = Before { records: &record.records, given, rows: &rows[..at] };
        let ledger = (&on.fold.ledger, party);
        match erases(ledger, (row.index, &checked.content.entry), &before)? {
            Ok(forgotten) => {
                on.forgotten.extend(forgotten);
                on.fold.ledger.apply(row.index, row.cause, &checked.content.entry);
                if !on.is_long {
                    on.entries.push(checked.content.entry);
                }
            }
            Err(wrong) => on.notices.push(wrong),
        }
        Ok(())
    }

    /// What is kept, with what is there of a cause that has not come whole: as it was folded, or folded anew.
    fn fold_on_from_part(
        &self,
        record: &RecordUpTo<'_>,
        now: UtcSecond,
    ) -> Result<PartialCause, Stop> {
        let within = self.copy.progress().within;
        if within == 0 {
            return Ok(PartialCause::on(self.fold_on()));
        }
        if let Some(partial) = &self.partial {
            return Ok(partial.clone());
        }
        let mut on = PartialCause::on(self.fold_on());
        on.is_long = true;
        let (mut nth, all) = (self.copy.given(), self.copy.given() + within);
        while nth < all {
            let some = rows(&record.records, nth, all.min(nth + ROWS))?;
            for at in 0..some.len() {
                self.fold_row(&mut on, (record, &some, at), now).map_err(|stop| match stop {
                    Stop::False(at, _) => DeskError::damaged(format!(
                        "entry {} is not what was taken in",
                        some[at].index
                    )),
                    Stop::Failed(error) => error,
                })?;
            }
            nth += some.len() as u64;
        }
        Ok(on)
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
            last: self.copy.progress().last,
            newest: self.copy.progress().newest,
            dated_ahead_s: self.copy.progress().dated_ahead_s,
        }
    }
}

/// Takes what stands in the record off the queue: what was logged of the party's own or waited, and where; and what
/// stands there as it was signed before it waited under its last name. One that was given up as lost may have been
/// on its way, in a file or a request: what it says is said, and not once more. What was said here about the message of
/// another party that stands under another name is marked with that: it is another statement, which a person signs.
fn leave_queue(outbox: &mut Outbox, stated: &[StatedEntry]) -> QueueNews {
    let mut gone = QueueNews::default();
    let mut intentions = None;
    for StatedEntry { statement, intention, said, index, own } in stated {
        let waited = outbox.logged(statement);
        if waited || *own {
            gone.logged.push((*statement, *index));
        }
        let intentions = intentions.get_or_insert_with(|| outbox.intentions());
        for number in intentions.remove(intention).unwrap_or_default() {
            if let Some(item) = outbox.get(number).filter(|item| item.is_unanswered_as(*said)) {
                let before = item.statement;
                gone.renamed.push((before, *statement));
                outbox.remove(number);
                if !own {
                    outbox.stands_anew(MessageId(before), *statement);
                }
            }
        }
    }
    gone
}

/// What people should know of an entry, or look into.
fn worth_a_notice(checked: &VerifiedEntry, record: &RecordUpTo<'_>) -> Vec<Notice> {
    let root_at = |size| record.root_at(size).ok().flatten();
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

impl PartialCause {
    fn on(fold: Fold) -> PartialCause {
        PartialCause {
            fold,
            entries: Vec::new(),
            is_long: false,
            forgotten: Forgotten::new(),
            notices: Vec::new(),
            stated: Vec::new(),
        }
    }

    /// All of the last cause has come.
    fn end_cause(&mut self, party: &PartyId) {
        if std::mem::take(&mut self.is_long) {
            // The same, and nobody has to keep all of its entries for it.
            self.fold.ledger.project_to(party);
        } else {
            self.fold.ledger.project_after(party, &self.entries);
        }
        self.entries.clear();
    }

    /// What it has beyond what is taken in with the causes before it.
    fn since(mut self, done: &PartialCause) -> PartialCause {
        self.forgotten.retain(|index, _| !done.forgotten.contains_key(index));
        self.notices.drain(..done.notices.len());
        self.stated.drain(..done.stated.len());
        self
    }

    /// `waits`: whether something waits that may be this.
    fn note_own(&mut self, checked: &VerifiedEntry, party: &PartyId, waits: bool) {
        let Some(statement) = &checked.statement else { return };
        self.fold.note(checked, party);
        let own = statement.party == *party;
        let envelope = checked.content.envelope.as_ref().filter(|_| waits).cloned();
        let signed = envelope.and_then(|envelope| SignedStatement::of(envelope).ok());
        self.stated.push(StatedEntry {
            statement: statement.hash,
            intention: (statement.key, statement.id),
            said: signed.map(|signed| words_of(&signed)),
            index: checked.index,
            own,
        });
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
}
