//! A party's copy of the record: what was verified, what the party was given of it, and the view that follows.
//!
//! [`RecordCopy`] is the only one that writes to it. What belongs together is written in one transaction,
//! and stands in memory only once it is on the disk: no reader sees half of a change, and a desk that is killed
//! goes on from before it or from after it.
//!
//! | in the store | what it is |
//! |---|---|
//! | `Slot::Settings` | whose copy it is |
//! | commitments, tiles | of the whole record under the head (C2SP tlog-tiles) |
//! | `Slot::Head` | the last verified head, with the witnesses' cosignatures, this desk's own included |
//! | pending | commitments that were fetched, and lead to no signed head yet |
//! | given | what the party was given, in the order in which it is folded; of what the record forgot, when it goes |
//! | snapshot | the view after so many of these, in parts |
//! | `Slot::Progress` | from which cause on to ask, when the record was last read, when witnesses countersigned |
//! | `Slot::Chains` | the last statement of each of the party's own keys |
//! | `Slot::Backup` | that it is a copy of another |
//! | `Slot::Caught`, `Slot::Overruled`, evidence, notices | what people must be told |
//! | `Slot::VoiceTexts` | what was read out to this desk and typed in: see `voice.rs` |
//! | outbox | what was filed and is not in the record yet: see `outbox.rs` |

mod adopt;
mod erasing;
mod pending;
mod read;

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::path::Path;

use deconflict_api::{GivenCursor, SNAPSHOT_FORMAT, encode_ledger};
use deconflict_core::{Ledger, LedgerParts, Time};
use deconflict_proof::{Chains, Notice, Overruling, Row};
use deconflict_record::{Hash, Head, SignedCheckpoint, Tree, UtcSecond, root_of};
use deconflict_store::{
    CopiedEntry, CopyChange, CopyStore, CopyView, ErasuresDue, MAX_EVIDENCE_BYTES, MAX_NOTICES,
    MAX_PART_BYTES, Options, Part, Slot, Snapshot,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use adopt::NewHead;
pub(crate) use pending::PendingCommitments;
pub(crate) use read::{RecordUpTo, commitment, node, rows};

use crate::caught::CaughtHost;
use crate::erase::Forgotten;
use crate::error::DeskError;
use crate::outbox::{Outbox, OutboxChange};
use crate::settings::Settings;
use crate::voice::VoiceText;

/// How many commitments are in memory at a time: 512 KiB.
const STEP: u64 = 16_384;
/// After at least so many given entries the view is kept anew.
const SNAPSHOT_EVERY: u64 = 512;
/// A desk that is closed writes down when it last read, if what stands there is so much older, in seconds.
const READ_AT_WITHIN_S: u64 = 60;

/// The verified copy, as it is on the disk.
#[derive(Debug)]
pub(crate) struct RecordCopy {
    store: CopyStore,
    tree: Tree,
    head: Option<SignedCheckpoint>,
    view: Ledger,
    /// How many entries the party was given by whole causes.
    given: u64,
    /// How many of them the last kept view covers, or was too long for.
    covered: u64,
    /// The last one was too long to be kept.
    too_long: bool,
    /// What is kept of the view, and which parts of that changed since.
    parts: LedgerParts,
    progress: Progress,
    /// What of the progress is on the disk: the time alone may be ahead of it.
    written: Progress,
    chains: Chains,
    caught: Option<CaughtHost>,
    /// Charges that the party set aside, oldest first.
    overruled: Vec<Overruling>,
    /// That it is a backup of another copy, whose head was not compared with another witness's yet.
    uncompared: Option<BackupMark>,
    notices: Vec<Notice>,
    /// What was read out and typed in, the oldest first.
    voice_texts: Vec<VoiceText>,
    /// Whether the disk has other ones.
    unwritten: bool,
    /// What the record forgot and is still here: what others said, and what the party did.
    erasures: [Option<ErasuresDue>; 2],
    step: u64,
    longest_part: usize,
}

/// How far the record has been read.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// All causes below were read.
    pub(crate) next_cause: u64,
    /// How many entries of that cause were read and are kept: they are no part of the view before all of it was.
    #[serde(default)]
    pub(crate) within: u64,
    /// When everything under the last head had been read, by the desk's clock.
    pub(crate) read_at: Option<UtcSecond>,
    /// The last entry that was given as it came, and when it was taken in by the host's clock.
    pub(crate) last: Option<(u64, Time)>,
    /// When the newest entry of those that were given as they came was taken in, by the host's clock: that of
    /// `last`, but where that clock ran back.
    #[serde(default)]
    pub(crate) newest: Option<Time>,
    /// The most seconds by which an entry was dated later than it was read, as far as people were told.
    pub(crate) dated_ahead_s: u64,
    /// When each witness that counts countersigned the last head that it did, in seconds since
    /// 1970-01-01T00:00:00Z by its own clock: noted while something waits to be erased.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) countersigned: BTreeMap<String, u64>,
}

/// A copy that was made of another, as which others may have gone on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupMark {
    /// When its desk first came to countersign, by its clock.
    pub(crate) since: Option<UtcSecond>,
}

impl Progress {
    /// Where to read on.
    pub(crate) fn cursor(&self) -> GivenCursor {
        GivenCursor { cause: self.next_cause, within: self.within }
    }
}

/// What a page of given entries comes to.
pub(crate) struct GivenPart {
    /// The entries, those of a last cause that goes on too.
    pub(crate) entries: Vec<CopiedEntry>,
    /// Whose openings are to go, wherever they were given, and when.
    pub(crate) forgotten: Forgotten,
    /// How far the record has been read with them.
    pub(crate) progress: Progress,
    /// The view with them.
    pub(crate) ledger: Ledger,
    /// The party's own chains with them.
    pub(crate) chains: Chains,
    /// What people should know of them.
    pub(crate) notices: Vec<Notice>,
}

impl RecordCopy {
    /// Makes an empty copy in a file that does not exist.
    pub(crate) fn create(
        path: &Path,
        settings: &Settings,
        options: &Options,
    ) -> Result<(RecordCopy, Settings, Outbox), DeskError> {
        let store = CopyStore::create(path, &settings.space, &settings.encode()?, options)?;
        RecordCopy::of(&store)
    }

    /// The copy in a file, as it was when it was last durable, whose it is, and what waits to get into the
    /// record. Writes nothing.
    pub(crate) fn open(
        path: &Path,
        options: &Options,
    ) -> Result<(RecordCopy, Settings, Outbox), DeskError> {
        RecordCopy::of(&CopyStore::open(path, options)?)
    }

    fn of(store: &CopyStore) -> Result<(RecordCopy, Settings, Outbox), DeskError> {
        let records = store.view()?;
        let settings = records.slot(Slot::Settings)?;
        let settings = settings.ok_or_else(|| DeskError::damaged("it does not say whose it is"))?;
        let settings = Settings::decode(&settings)?;
        let note: Option<String> = value(&records, Slot::Head)?;
        let head = note.map(|note| SignedCheckpoint::parse(note.as_bytes())).transpose()?;
        let tree = read::tree(&records, head.as_ref())?;
        let progress: Progress = value(&records, Slot::Progress)?.unwrap_or_default();
        let whole = records.given_count().checked_sub(progress.within);
        let whole = whole.ok_or_else(|| DeskError::damaged("some of what was given is gone"))?;
        let read::FoldedView { view, covered, parts } =
            read::folded(&records, &settings.party, whole)?;
        let notices = records.notices()?;
        let notices = notices.iter().map(|bytes| decoded(bytes, "a notice"));
        let outbox = Outbox::read(&records)?;
        let overruled: Vec<Overruling> = value(&records, Slot::Overruled)?.unwrap_or_default();
        let caught: Option<CaughtHost> = value(&records, Slot::Caught)?;
        let copy = RecordCopy {
            tree,
            head,
            view,
            given: whole,
            covered,
            too_long: false,
            parts,
            written: progress.clone(),
            progress,
            chains: value(&records, Slot::Chains)?.unwrap_or_default(),
            caught: caught.filter(|caught| !overruled.iter().any(|said| caught.is_in(said))),
            overruled,
            uncompared: uncompared(&records)?,
            notices: notices.collect::<Result<_, _>>()?,
            voice_texts: value(&records, Slot::VoiceTexts)?.unwrap_or_default(),
            unwritten: false,
            erasures: [records.erasures(false)?, records.erasures(true)?],
            step: STEP,
            longest_part: MAX_PART_BYTES,
            store: store.clone(),
        };
        Ok((copy, settings, outbox))
    }

    pub(crate) fn set_step(&mut self, entries: u64) {
        self.step = entries.clamp(1, STEP);
    }

    pub(crate) fn set_longest_part(&mut self, bytes: usize) {
        self.longest_part = bytes.min(MAX_PART_BYTES);
    }

    /// What is on the disk at this instant.
    pub(crate) fn records(&self) -> Result<CopyView<'_>, DeskError> {
        Ok(self.store.view()?)
    }

    /// How many entries the record has, as far as it was verified.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn head(&self) -> Head {
        Head { size: self.tree.size(), root: self.tree.root() }
    }

    pub(crate) fn signed_head(&self) -> Option<&SignedCheckpoint> {
        self.head.as_ref()
    }

    pub(crate) fn view(&self) -> &Ledger {
        &self.view
    }

    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(crate) fn chains(&self) -> &Chains {
        &self.chains
    }

    pub(crate) fn caught(&self) -> Option<&CaughtHost> {
        self.caught.as_ref()
    }

    pub(crate) fn overruled(&self) -> &[Overruling] {
        &self.overruled
    }

    pub(crate) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(crate) fn voice_texts(&self) -> &[VoiceText] {
        &self.voice_texts
    }

    /// Keeps these texts instead of those that were there.
    pub(crate) fn keep_voice_texts(&mut self, all: Vec<VoiceText>) -> Result<(), DeskError> {
        let bytes = encoded(&all)?;
        self.write(self.progress.clone(), Vec::new(), |change| {
            Ok(change.put(Slot::VoiceTexts, &bytes)?)
        })?;
        self.voice_texts = all;
        Ok(())
    }

    /// The root of the record at a size up to the verified one.
    pub(crate) fn root_at(&self, size: u64) -> Result<Option<Hash>, DeskError> {
        if size > self.size() {
            return Ok(None);
        }
        let records = self.records()?;
        root_of(size, |level, index| node(&records, level, index)).map(Some)
    }

    /// The entries that the party was given by whole causes, in the order in which they are folded.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, DeskError> {
        rows(&self.records()?, 0, self.given)
    }

    /// Takes in what the party was given, with what follows from it.
    pub(crate) fn take_given(
        &mut self,
        part: GivenPart,
        outbox: &[OutboxChange],
    ) -> Result<(), DeskError> {
        self.take(None, part, outbox)
    }

    /// Takes in what the party was given, after a head that it stands under, if that is a new one: then the tree
    /// beside it is grown to it.
    fn take(
        &mut self,
        new: Option<(NewHead<'_>, &mut Tree)>,
        mut part: GivenPart,
        outbox: &[OutboxChange],
    ) -> Result<(), DeskError> {
        let (size, step) = (new.as_ref().map_or(self.size(), |(new, _)| new.size()), self.step);
        let kept = self.given + self.progress.within + part.entries.len() as u64;
        let count = kept.saturating_sub(part.progress.within);
        let before = self.view.clone();
        self.parts.note_difference(&before, &part.ledger);
        let due = self.snapshot_is_due(count, part.progress.cursor() == size.into());
        let GivenPart { ledger, notices, .. } = &mut part;
        let snapshot = if due { self.snapshot(count, ledger, notices)? } else { None };
        let is_kept = snapshot.is_some();
        let after = part.ledger.clone();
        let GivenPart { entries, forgotten, progress, ledger, chains, notices } = part;
        let chains_before = self.chains.clone();
        let done = self.write(progress, notices, |change| {
            if let Some((new, tree)) = new {
                new.write(change, tree, step)?;
            }
            for (index, due) in &forgotten {
                change.let_go(*index, *due)?;
            }
            change.give(&entries)?;
            if chains != chains_before {
                change.put(Slot::Chains, &encoded(&chains)?)?;
            }
            outbox.iter().try_for_each(|one| one.write(change))?;
            if let Some(snapshot) = &snapshot {
                change.put_snapshot(snapshot)?;
            }
            Ok(())
        });
        if let Err(error) = done {
            // What is kept is what it was: all that differs from there is to be written yet.
            self.parts.note_difference(&after, &before);
            return Err(error);
        }
        if is_kept {
            self.parts.keep(Some(count));
        }
        if due {
            (self.covered, self.too_long) = (count, !is_kept);
        }
        (self.given, self.view, self.chains) = (count, ledger, chains);
        if !forgotten.is_empty() {
            self.count_erasures()?;
        }
        Ok(())
    }

    /// Whether the parts that changed are kept anew: always when all was read, so that a start folds no more than a
    /// few hundred entries. What was too long is tried again when twice as much was given.
    fn snapshot_is_due(&self, count: u64, read_all: bool) -> bool {
        let patience = if self.too_long { self.covered } else { 0 };
        let since = count.saturating_sub(self.covered);
        since >= patience.max(SNAPSHOT_EVERY)
            && (read_all || self.parts.is_due(count, SNAPSHOT_EVERY))
    }

    /// What is to be kept of the view after so many given entries: the parts that changed. `None` where one is
    /// longer than the store can keep: then all is folded at each start, which people are told.
    fn snapshot(
        &mut self,
        size: u64,
        ledger: &Ledger,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Snapshot>, DeskError> {
        let draft = self.parts.draft(ledger);
        let bytes = encode_ledger(&draft).map_err(DeskError::damaged)?;
        if bytes.iter().any(|(_, bytes)| bytes.len() > self.longest_part) {
            notices.push(Notice::ViewTooLong { most: self.longest_part as u64 });
            return Ok(None);
        }
        let parts = bytes.into_iter().map(|(number, bytes)| Part { number, bytes }).collect();
        Ok(Some(Snapshot { size, format: SNAPSHOT_FORMAT, onto: draft.onto, parts }))
    }

    /// Keeps the same head with a further cosignature.
    pub(crate) fn keep_cosigned(&mut self, head: SignedCheckpoint) -> Result<(), DeskError> {
        self.write(self.progress.clone(), Vec::new(), |change| {
            Ok(change.put(Slot::Head, &encoded(&head.encode())?)?)
        })?;
        self.head = Some(head);
        Ok(())
    }

    /// Writes what became of what waits.
    pub(crate) fn write_outbox(&mut self, outbox: &[OutboxChange]) -> Result<(), DeskError> {
        if outbox.is_empty() {
            return Ok(());
        }
        self.write(self.progress.clone(), Vec::new(), |change| {
            outbox.iter().try_for_each(|one| one.write(change))
        })
    }

    /// Keeps that the host was caught. It is in memory also where the disk does not take it.
    pub(crate) fn keep_caught(
        &mut self,
        caught: CaughtHost,
        exhibit: &[u8],
    ) -> Result<(), DeskError> {
        let bytes = encoded(&caught)?;
        let name = caught.evidence.clone();
        self.caught = Some(caught);
        self.write(self.progress.clone(), Vec::new(), |change| {
            // Beside the file, so that it can be written again where the disk failed on it.
            if exhibit.len() <= MAX_EVIDENCE_BYTES {
                change.put_evidence(&name, exhibit)?;
            }
            Ok(change.put(Slot::Caught, &bytes)?)
        })
    }

    /// Keeps that the party set aside what the host was caught at.
    pub(crate) fn keep_overruled(&mut self, said: Overruling) -> Result<(), DeskError> {
        let mut overruled = self.overruled.clone();
        overruled.push(said);
        let bytes = encoded(&overruled)?;
        self.write(self.progress.clone(), Vec::new(), |change| {
            Ok(change.put(Slot::Overruled, &bytes)?)
        })?;
        (self.caught, self.overruled) = (None, overruled);
        Ok(())
    }

    /// That it is a backup whose head was not compared with another witness's yet.
    pub(crate) fn uncompared(&self) -> Option<&BackupMark> {
        self.uncompared.as_ref()
    }

    /// Keeps since when that is known, or that its head was compared.
    pub(crate) fn keep_uncompared(&mut self, is: Option<BackupMark>) -> Result<(), DeskError> {
        let bytes = encoded(&is)?;
        self.write(self.progress.clone(), Vec::new(), |change| {
            Ok(change.put(Slot::Backup, &bytes)?)
        })?;
        self.uncompared = is;
        Ok(())
    }

    /// What people should know, once.
    pub(crate) fn notify(&mut self, notice: Notice) {
        if self.notices.contains(&notice) {
            return;
        }
        (self.notices, _) = with_notices(&self.notices, vec![notice]);
        self.unwritten = true;
        // Where the disk does not take it now, it goes with the next change.
        let _ = self.write(self.progress.clone(), Vec::new(), |_| Ok(()));
    }

    /// All under the head was read. A desk that reads all day and finds nothing new writes nothing: the time
    /// goes to the disk with the next change, at once where something `hangs_on_it`, or when the desk is
    /// closed, if what stands there is more than a minute old.
    pub(crate) fn was_read(
        &mut self,
        now: UtcSecond,
        hangs_on_it: impl Fn(Option<UtcSecond>) -> bool,
    ) -> Result<(), DeskError> {
        self.progress.read_at = Some(now);
        if hangs_on_it(self.written.read_at) {
            return self.write(self.progress.clone(), Vec::new(), |_| Ok(()));
        }
        Ok(())
    }

    /// Makes a change durable, and with it how far the record has been read, and what people should know.
    fn write(
        &mut self,
        progress: Progress,
        notices: Vec<Notice>,
        work: impl FnOnce(&CopyChange<'_>) -> Result<(), DeskError>,
    ) -> Result<(), DeskError> {
        let further = (!notices.is_empty()).then(|| with_notices(&self.notices, notices));
        self.store.change(|change| {
            work(change)?;
            let (all, added) = match &further {
                Some((all, added)) => (all, *added),
                None => (&self.notices, Some(0)),
            };
            match added.filter(|_| !self.unwritten) {
                Some(added) => {
                    for notice in &all[all.len() - added..] {
                        change.notice(&encoded(notice)?)?;
                    }
                }
                None => {
                    let all: Result<Vec<_>, _> = all.iter().map(encoded).collect();
                    change.set_notices(&all?)?;
                }
            }
            if progress != self.written {
                change.put(Slot::Progress, &encoded(&progress)?)?;
            }
            Ok::<(), DeskError>(())
        })?;
        if let Some((all, _)) = further {
            self.notices = all;
        }
        self.unwritten = false;
        (self.written, self.progress) = (progress.clone(), progress);
        Ok(())
    }
}

/// Notices with further ones, and how many of these were only added at the end; `None` where others changed.
///
/// What is said already is not said again, and of one party and kind there is one line. Where there are too many,
/// the oldest of the kind goes of which there are most.
fn with_notices(before: &[Notice], further: Vec<Notice>) -> (Vec<Notice>, Option<usize>) {
    let (mut all, mut changed) = (before.to_vec(), false);
    for notice in further {
        if all.contains(&notice) {
            continue;
        }
        match all.iter_mut().find(|known| known.is_in_line_with(&notice)) {
            Some(known) => {
                known.count_one_more();
                changed = true;
            }
            None => all.push(notice),
        }
    }
    while all.len() > MAX_NOTICES as usize {
        let of_kind = |one: &Notice| {
            all.iter().filter(|other| discriminant(*other) == discriminant(one)).count()
        };
        let most = (0..all.len()).max_by_key(|nth| (of_kind(&all[*nth]), usize::MAX - nth));
        all.remove(most.unwrap_or(0));
        changed = true;
    }
    let added = (!changed).then(|| all.len() - before.len());
    (all, added)
}

impl Drop for RecordCopy {
    fn drop(&mut self) {
        let seconds = |time: Option<UtcSecond>| time.map_or(0, UtcSecond::seconds);
        let ahead = seconds(self.progress.read_at).saturating_sub(seconds(self.written.read_at));
        if ahead > READ_AT_WITHIN_S {
            // Where the disk does not take it, the desk says that it read when it last wrote so.
            let _ = self.write(self.progress.clone(), Vec::new(), |_| Ok(()));
        }
    }
}

fn encoded(value: &impl Serialize) -> Result<Vec<u8>, DeskError> {
    serde_json::to_vec(value).map_err(|error| DeskError::damaged(error.to_string()))
}

fn decoded<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, DeskError> {
    serde_json::from_slice(bytes).map_err(|error| DeskError::damaged(format!("{what}: {error}")))
}

/// What the store's mark of a backup says; one that nothing was made of yet is empty.
fn uncompared(records: &CopyView<'_>) -> Result<Option<BackupMark>, DeskError> {
    match records.slot(Slot::Backup)? {
        Some(bytes) if bytes.is_empty() => Ok(Some(BackupMark::default())),
        Some(bytes) => decoded(&bytes, "the mark of a backup"),
        None => Ok(None),
    }
}

fn value<T: DeserializeOwned>(records: &CopyView<'_>, slot: Slot) -> Result<Option<T>, DeskError> {
    let bytes = records.slot(slot)?;
    bytes.map(|bytes| decoded(&bytes, &format!("{slot:?}"))).transpose()
}
