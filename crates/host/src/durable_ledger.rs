//! The fold of what is durable, for whoever asks, at no cost to the writer while nobody does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use deconflict_core::{Entry, Ledger};

/// The most entries that a reader folds in: some dozens of milliseconds.
const MOST_SINCE: usize = 8_192;
/// The most bytes that their contents have in the record: they take about as many in memory.
const MOST_BYTES: usize = 32 << 20;
/// For how many appends after somebody asked each has its ledger shown.
const APPENDS_SHOWN: u32 = 32;

/// The ledger up to the last append.
///
/// Whatever a ledger that is shown has in common with the writer's is copied when the writer changes it, which
/// costs a sixth of what filing costs. So while nobody asks the entries are kept that came since the shown one, and
/// the first who does ask folds them in, without waiting for the writer or a disk.
pub(crate) struct DurableLedger {
    /// Replaced by the writer, and by a reader who has folded in what came.
    shown: RwLock<ReadersLedger>,
    /// How many more appends have their ledgers shown: set by readers, counted down by the writer.
    wanted: AtomicU32,
}

/// A ledger, and what each append since brought.
struct ReadersLedger {
    ledger: Arc<Ledger>,
    since: Vec<Arc<Vec<Entry>>>,
    /// How many entries that are, and bytes of content, since the writer showed one.
    count: usize,
    bytes: usize,
}

impl ReadersLedger {
    fn alone(ledger: Arc<Ledger>) -> ReadersLedger {
        ReadersLedger { ledger, since: Vec::new(), count: 0, bytes: 0 }
    }
}

impl DurableLedger {
    pub(crate) fn new(ledger: Ledger) -> DurableLedger {
        let shown = RwLock::new(ReadersLedger::alone(Arc::new(ledger)));
        DurableLedger { shown, wanted: AtomicU32::new(0) }
    }

    /// The fold of all entries of which the writer has said that they are durable.
    pub(crate) fn get(&self) -> Arc<Ledger> {
        self.wanted.store(APPENDS_SHOWN, Ordering::Relaxed);
        let (ledger, since) = {
            let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
            (shown.ledger.clone(), shown.since.clone())
        };
        if since.is_empty() {
            return ledger;
        }
        let mut folded = (*ledger).clone();
        for entry in since.iter().flat_map(|entries| entries.iter()) {
            let index = folded.size;
            folded.apply(index, index, entry);
        }
        let folded = Arc::new(folded);
        let mut shown = self.write();
        // Another reader, or the writer, may have gone on meanwhile.
        if Arc::ptr_eq(&shown.ledger, &ledger) {
            shown.ledger = folded.clone();
            shown.since.drain(..since.len());
        }
        folded
    }

    /// These entries, whose contents have so many bytes, are durable too, and the writer's ledger is the fold of
    /// all.
    pub(crate) fn take(&self, entries: Vec<Entry>, bytes: usize, ledger: &Ledger) {
        let wanted = self.wanted.load(Ordering::Relaxed);
        if wanted > 0 {
            self.wanted.store(wanted - 1, Ordering::Relaxed);
            self.show(ledger);
            return;
        }
        let mut shown = self.write();
        shown.count += entries.len();
        shown.bytes = shown.bytes.saturating_add(bytes);
        shown.since.push(Arc::new(entries));
        let over = shown.count > MOST_SINCE || shown.bytes > MOST_BYTES;
        drop(shown);
        if over {
            self.show(ledger);
        }
    }

    /// The fold of all durable entries is this.
    pub(crate) fn show(&self, ledger: &Ledger) {
        let shown = ReadersLedger::alone(Arc::new(ledger.clone()));
        let before = std::mem::replace(&mut *self.write(), shown);
        // Where nobody else holds it, to free what it does not have in common with the new one can take a
        // second: no reader waits for that.
        drop(before);
    }

    /// What a panic left is as good as what was there: nothing is changed but whole.
    fn write(&self) -> RwLockWriteGuard<'_, ReadersLedger> {
        self.shown.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_core::{Finding, Time, What};
    use deconflict_record::leaf_hash;

    fn entry(nth: u64) -> Entry {
        let root = leaf_hash(&nth.to_be_bytes());
        let finding = Finding::Disclosures { root, comparing: false };
        Entry { at: Time::from_seconds(nth as i64), what: What::Found(finding) }
    }

    /// Appends entries as a writer does.
    fn append(durable: &DurableLedger, writer: &mut Ledger, count: u64, bytes: usize) {
        let entries: Vec<Entry> = (writer.size..writer.size + count).map(entry).collect();
        for entry in &entries {
            let index = writer.size;
            writer.apply(index, index, entry);
        }
        durable.take(entries, bytes, writer);
    }

    fn since(durable: &DurableLedger) -> usize {
        durable.shown.read().unwrap().since.len()
    }

    #[test]
    fn what_came_is_folded_in_by_the_first_who_asks_and_shown_by_the_writer_from_then_on() {
        let (mut writer, durable) = (Ledger::default(), DurableLedger::new(Ledger::default()));
        append(&durable, &mut writer, 3, 9);
        append(&durable, &mut writer, 2, 9);
        assert_eq!(since(&durable), 2);
        let read = durable.get();
        assert_eq!(*read, writer);
        assert_eq!(since(&durable), 0);
        // Nobody folds it in a second time.
        assert!(Arc::ptr_eq(&read, &durable.get()));
        for _ in 0..APPENDS_SHOWN {
            append(&durable, &mut writer, 1, 9);
            assert_eq!(since(&durable), 0);
        }
        append(&durable, &mut writer, 1, 9);
        assert_eq!(since(&durable), 1);
        assert_eq!(*durable.get(), writer);
        assert_eq!(read.size, 5);
    }

    #[test]
    fn nobody_folds_in_more_than_a_bound() {
        let (mut writer, durable) = (Ledger::default(), DurableLedger::new(Ledger::default()));
        append(&durable, &mut writer, MOST_SINCE as u64, 9);
        assert_eq!(since(&durable), 1);
        append(&durable, &mut writer, 1, 9);
        assert_eq!(since(&durable), 0);
        assert_eq!(*durable.get(), writer);
        (0..APPENDS_SHOWN).for_each(|_| append(&durable, &mut writer, 1, MOST_BYTES));
        append(&durable, &mut writer, 1, MOST_BYTES);
        assert_eq!(since(&durable), 1);
        append(&durable, &mut writer, 1, 1);
        assert_eq!(since(&durable), 0);
        assert_eq!(*durable.get(), writer);
    }
}
