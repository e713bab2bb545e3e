//! What the last entries are committed to, and what the last append gave, in memory: streams bring it at once.

use std::fmt;
use std::sync::Arc;

use deconflict_api::{MAX_STREAM_COMMITMENTS, StreamCommitments};
use deconflict_core::PartyId;
use deconflict_record::Hash;
use deconflict_store::{Grant, NewEntry, PageBounds, StoredEntry};

/// The commitments of the last entries, at most [`MAX_STREAM_COMMITMENTS`].
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct RecentCommitments {
    /// How many entries there are.
    end: u64,
    hashes: Arc<[Hash]>,
}

impl RecentCommitments {
    /// These, and those of entries that come after the first `from`.
    pub(crate) fn with(&self, from: u64, new: impl ExactSizeIterator<Item = Hash>) -> Self {
        let end = from + new.len() as u64;
        let over = new.len().saturating_sub(MAX_STREAM_COMMITMENTS);
        let room = MAX_STREAM_COMMITMENTS - (new.len() - over);
        // After others than those that are known, they stand alone.
        let known = if self.end == from { &self.hashes[..] } else { &[] };
        let known = &known[known.len().saturating_sub(room)..];
        let hashes = known.iter().copied().chain(new.skip(over)).collect();
        RecentCommitments { end, hashes }
    }

    /// Those of the entries from `from` on and below `to`; `None` where there are none, or not all are here.
    pub(crate) fn between(&self, from: u64, to: u64) -> Option<StreamCommitments> {
        let first = self.end - self.hashes.len() as u64;
        let range = usize::try_from(from.checked_sub(first)?).ok()?
            ..usize::try_from(to.checked_sub(first)?).ok()?;
        let hashes = self.hashes.get(range).filter(|hashes| !hashes.is_empty())?;
        let commitments = hashes.iter().map(ToString::to_string).collect();
        Some(StreamCommitments { from, commitments })
    }
}

impl fmt::Debug for RecentCommitments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} up to {}", self.hashes.len(), self.end)
    }
}

/// The most bytes of contents of one append that stay in memory.
const MOST_BYTES: usize = 256 * 1024;

/// The entries of the last append and who was given what by them, so that nobody reads them from the store who
/// only goes on.
#[derive(Clone, Default)]
pub(crate) struct LastAppend(Option<Arc<AppendRows>>);

/// What one append held.
struct AppendRows {
    /// The index of the first entry.
    from: u64,
    entries: Vec<StoredEntry>,
    given: Vec<Grant>,
}

impl LastAppend {
    /// These entries, the first with the index `from`, and what they gave; nothing where that is long.
    pub(crate) fn new(from: u64, entries: Vec<NewEntry>, given: Vec<Grant>) -> LastAppend {
        let content = |entry: &NewEntry| entry.opening.as_ref().map_or(0, |o| o.content.len());
        if entries.iter().map(content).sum::<usize>() > MOST_BYTES {
            return LastAppend::default();
        }
        let stored = |(index, entry): (u64, NewEntry)| StoredEntry {
            index,
            commitment: entry.commitment,
            opening: entry.opening,
        };
        let entries = (from..).zip(entries).map(stored).collect();
        LastAppend(Some(Arc::new(AppendRows { from, entries, given })))
    }

    /// What a party was given by the entries from `from` on and below `to`, in the order in which it is to be taken;
    /// `None` where they are not all of the last append, where it was also given earlier ones, or where it is more
    /// than `most`.
    pub(crate) fn given_to(
        &self,
        party: &PartyId,
        (from, to): (u64, u64),
        most: PageBounds,
    ) -> Option<Vec<(Grant, StoredEntry)>> {
        let last = self.0.as_ref()?;
        if (last.from, last.from + last.entries.len() as u64) != (from, to) {
            return None;
        }
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for grant in last.given.iter().filter(|grant| grant.reader == party.as_str()) {
            let place = usize::try_from(grant.entry.checked_sub(from)?).ok()?;
            let entry = last.entries.get(place)?;
            bytes += entry.opening.as_ref().map_or(0, |opening| opening.content.len());
            if bytes > most.bytes || rows.len() == most.rows {
                return None;
            }
            rows.push((grant.clone(), entry.clone()));
        }
        Some(rows)
    }
}

impl PartialEq for LastAppend {
    /// What is at hand in memory is no part of how far the record has come.
    fn eq(&self, _: &LastAppend) -> bool {
        true
    }
}

impl Eq for LastAppend {}

impl fmt::Debug for LastAppend {
    /// How much, and nothing of what is hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(last) => write!(f, "{} entries from {}", last.entries.len(), last.from),
            None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use deconflict_store::Opening;

    use super::*;

    fn hashes(range: std::ops::Range<u8>) -> impl ExactSizeIterator<Item = Hash> {
        range.map(|nth| Hash([nth; 32]))
    }

    fn between(recent: &RecentCommitments, from: u64, to: u64) -> Option<(u64, Vec<String>)> {
        recent.between(from, to).map(|found| (found.from, found.commitments))
    }

    #[test]
    fn the_last_ones_are_told_whole_or_not_at_all() {
        let text = |range| Some((range, hashes(range as u8..5).map(|h| h.to_string()).collect()));
        let recent = RecentCommitments::default().with(0, hashes(0..3)).with(3, hashes(3..5));
        assert_eq!(between(&recent, 0, 5), text(0));
        assert_eq!(between(&recent, 2, 5), text(2));
        assert_eq!(between(&recent, 2, 4).unwrap().1.len(), 2);
        for (from, to) in [(5, 5), (3, 2), (4, 6), (6, 7), (u64::MAX, 0)] {
            assert_eq!(between(&recent, from, to), None, "{from}..{to}");
        }
        // What does not follow on what is known stands alone.
        let after = recent.with(9, hashes(9..10));
        assert_eq!((between(&after, 8, 10), between(&after, 9, 10).is_some()), (None, true));
    }

    #[test]
    fn no_more_are_kept_than_come_over_a_stream() {
        let most = MAX_STREAM_COMMITMENTS as u64;
        let mut recent = RecentCommitments::default();
        for from in (0..2 * most).step_by(100) {
            recent = recent.with(from, hashes(0..100));
        }
        assert_eq!(recent.hashes.len() as u64, most);
        let end = recent.end;
        assert_eq!(recent.between(end - most, end).unwrap().commitments.len() as u64, most);
        assert_eq!(recent.between(end - most - 1, end), None);
        let many = vec![Hash([7; 32]); MAX_STREAM_COMMITMENTS + 9];
        let recent = recent.with(end, many.into_iter());
        assert_eq!((recent.hashes.len() as u64, recent.end), (most, end + most + 9));
        assert!(recent.hashes.iter().all(|hash| hash.0 == [7; 32]));
    }

    fn appended(from: u64, contents: &[&str], given: &[(&str, u64, u64)]) -> LastAppend {
        let entry = |content: &&str| NewEntry {
            commitment: [1; 32],
            opening: Some(Opening { salt: [2; 32], content: content.as_bytes().to_vec() }),
            name: None,
        };
        let grant = |(reader, cause, entry): &(&str, u64, u64)| Grant {
            reader: (*reader).to_owned(),
            cause: *cause,
            entry: *entry,
        };
        LastAppend::new(
            from,
            contents.iter().map(entry).collect(),
            given.iter().map(grant).collect(),
        )
    }

    #[test]
    fn the_last_append_gives_each_party_its_own_and_what_is_not_all_there_is_read() {
        let given = [("north", 7, 7), ("south", 7, 7), ("north", 8, 7), ("north", 8, 8)];
        let with_earlier = [&given[..], &[("aid", 8, 3)]].concat();
        let last = appended(7, &["a", "bb"], &with_earlier);
        let most = |rows, bytes| PageBounds { rows, bytes };
        let to = |name: &str, range, most| {
            let rows = last.given_to(&name.parse().unwrap(), range, most)?;
            Some(rows.into_iter().map(|(of, entry)| (of.cause, entry.index)).collect::<Vec<_>>())
        };
        assert_eq!(to("north", (7, 9), most(9, 9)), Some(vec![(7, 7), (8, 7), (8, 8)]));
        assert_eq!(to("south", (7, 9), most(9, 9)), Some(vec![(7, 7)]));
        assert_eq!(to("host", (7, 9), most(9, 9)), Some(vec![]));
        assert_eq!(to("aid", (7, 9), most(9, 9)), None, "an earlier entry is not here");
        assert_eq!(to("north", (7, 9), most(2, 9)), None);
        assert_eq!(to("north", (7, 9), most(3, 3)), None);
        for other in [(7, 8), (8, 9), (6, 9), (7, 10)] {
            assert_eq!(to("south", other, most(9, 9)), None, "{other:?}");
        }
        assert!(!format!("{last:?}").contains("bb"));
        let long = "x".repeat(MOST_BYTES);
        let long = appended(0, &[&long, "y"], &[("north", 0, 0)]);
        assert!(long.0.is_none());
    }
}
