//! What the last entries are committed to, in memory: a stream brings it with each head.

use std::fmt;
use std::sync::Arc;

use deconflict_api::{MAX_STREAM_COMMITMENTS, StreamCommitments};
use deconflict_record::Hash;

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

#[cfg(test)]
mod tests {
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
}
