//! What is due without anybody filing something: what the passing of time leads to, what is left to be compared,
//! what is to be erased, and a head.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use deconflict_core::{Entry, Finding, Pace, Refusal, Statement, Time, What};
use deconflict_store::MAX_BATCH_ITEMS;

use super::durable::Footing;
use super::kept::PATIENCE;
use super::{Draft, Space};
use crate::problem::Failure;
use crate::published::count;

/// Findings that are appended at once.
const AT_ONCE: usize = 256;
/// Seconds after which it is looked again for what is to be erased: it means going over everything.
const ERASURE_S: i64 = 3_600;

/// Statements of which each takes longer than this are not gathered into one append at will: others wait for it.
const HEAVY: Duration = Duration::from_micros(500);

/// How a turn goes on with what is left to be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparing {
    /// As much as is compared at once.
    AtLength,
    /// Less, since somebody may soon wait for its end.
    Hurried,
    /// In another turn.
    Later,
}

impl Space {
    /// Puts what the passing of time leads to into the record, the earliest first: one append, so that
    /// nobody waits for how much fell due at once. What is left is due at once again. While the clock is in doubt, that
    /// is deadlines alone, and nothing that ends.
    ///
    /// # Errors
    /// When it cannot be written now.
    pub fn tick(&mut self, now: Time) -> Result<(), Failure> {
        // Else it has folded in what a failed append was to hold.
        if self.footing == Footing::Firm && self.next_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        self.ready(now)?;
        let due = match self.clock_doubt() {
            None => self.state.tick(now, AT_ONCE),
            Some(_) => self.state.tick_deadlines(now, AT_ONCE),
        };
        // An append of nothing would succeed on a disk that takes nothing, and say that it can be written.
        if due.is_empty() {
            return Ok(());
        }
        let mut draft = Draft::default();
        if let Err(untaken) = self.found_entries(&mut draft, &due) {
            return Err(self.distrust(now, untaken.cause()));
        }
        self.append(&mut draft, now)
    }

    /// How long until something is due; `None` while nothing is, or nothing may be written.
    pub(crate) fn until_due(&self, now: Time) -> Option<Duration> {
        if self.lost.is_some() || self.failed.is_some() || self.fenced.is_some() || !self.is_host()
        {
            return None;
        }
        if self.state.is_comparing() || self.kept.is_due() {
            return Some(Duration::ZERO);
        }
        let left_ms = self.next_due()?.millis_since(now);
        Some(Duration::from_millis(u64::try_from(left_ms).unwrap_or(0)))
    }

    /// When something falls due next by which this host goes now.
    fn next_due(&self) -> Option<Time> {
        match self.clock_doubt() {
            None => self.state.next_due(),
            Some(_) => self.state.next_deadline(),
        }
    }

    /// Forgets what the rules keep no longer, and erases what was said of it: nothing, while the clock is in doubt.
    ///
    /// # Errors
    /// When it cannot be written now.
    pub fn erase(&mut self, now: Time) -> Result<(), Failure> {
        self.ready(now)?;
        if self.clock_doubt().is_some() {
            return Ok(());
        }
        let mut due = self.state.erasable(now).into_iter().peekable();
        while due.peek().is_some() {
            let mut draft = Draft::default();
            // What is forgotten together goes into one append, however many entries tell of it.
            let fits = |draft: &Draft, next: &[Entry]| {
                let erasures = draft.batch.erasures.len() + erased_by(next);
                draft.batch.entries.is_empty()
                    || (erasures <= MAX_BATCH_ITEMS
                        && draft.batch.entries.len() + next.len() <= AT_ONCE)
            };
            while let Some(next) = due.next_if(|next| fits(&draft, next)) {
                if let Err(untaken) = self.found_entries(&mut draft, &next) {
                    return Err(self.distrust(now, untaken.cause()));
                }
            }
            self.append(&mut draft, now)?;
        }
        Ok(())
    }

    /// Does whatever is due: findings, some of what is left to be compared, and a head.
    pub fn turn(&mut self, now: Time) {
        // By no stopwatch: whoever calls this gives the time.
        self.take_kept(now, Duration::MAX);
        self.turn_with(now, Comparing::AtLength);
    }

    /// The same, where it is said how to go on comparing.
    pub(crate) fn turn_with(&mut self, now: Time, comparing: Comparing) {
        if self.lost.is_some()
            || self
                .failed
                .as_ref()
                .is_some_and(|failed| (0..1).contains(&now.seconds_since(failed.at)))
        {
            return;
        }
        self.take_kept(now, PATIENCE);
        // Failures are kept in mind and tried again. What is found may be due at once.
        let pace = self.timing.pace;
        let _ = match comparing {
            Comparing::AtLength => self.find_some(now, pace),
            Comparing::Hurried => self.find_some(now, pace.hurried()),
            Comparing::Later => Ok(()),
        };
        let _ = self.tick(now);
        let looked = |last: Time| (0..ERASURE_S).contains(&now.seconds_since(last));
        if !self.last_erasure.is_some_and(looked) {
            // One that the disk has no room for is tried again as seldom: after each failed append statements
            // wait, and it would fail in every turn.
            self.last_erasure = Some(now);
            let _ = self.erase(now);
        }
        // A clock that went back makes it due too.
        let over = |since: Time, seconds: i64| !(0..seconds).contains(&now.seconds_since(since));
        let due = (self.has_unsigned() && self.may_sign_again(now))
            || self.last_head.is_none_or(|last| over(last, self.timing.heartbeat_s))
            || self.failed.is_some();
        if due {
            let _ = self.checkpoint(now);
        }
        self.write_cosignatures(now);
    }

    /// Puts the next part of what is still to be compared into the record, with a head over it once all is
    /// compared, or it is time for one.
    ///
    /// # Errors
    /// When it cannot be written now.
    pub fn find_rest(&mut self, now: Time) -> Result<(), Failure> {
        self.find_some(now, self.timing.pace)
    }

    fn find_some(&mut self, now: Time, pace: Pace) -> Result<(), Failure> {
        if !self.state.is_comparing() {
            return Ok(());
        }
        self.ready(now)?;
        let begun = Instant::now();
        let part = self.state.compare_some(now, pace);
        let mut draft = Draft::default();
        let untaken = self.found_entries(&mut draft, &part).err();
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let counts = &self.published.counts;
        count(&counts.parts_compared);
        counts.compare_us.fetch_add(took_us, Ordering::Relaxed);
        if let Some(untaken) = untaken {
            return Err(self.distrust(now, untaken.cause()));
        }
        if part.is_empty() {
            return Ok(());
        }
        let all_compared = !self.state.is_comparing();
        if (all_compared || self.may_sign_again(now))
            && let Err(cause) = self.seal_and_sign(&mut draft, now)
        {
            return Err(self.distrust(now, cause));
        }
        self.append(&mut draft, now)
    }
}

/// What stands for a statement in the record where what it leads to is too long for it: what is decided and
/// then not kept would be decided again for nothing, as often as it is sent.
pub(super) fn too_long(statement: &Statement, now: Time) -> Entry {
    let refusal = Refusal::TooLong {};
    Entry { at: now, what: What::Refused(Box::new(statement.clone()), refusal) }
}

/// How many entries are erased by these.
fn erased_by(entries: &[Entry]) -> usize {
    let of_each = entries.iter().map(|entry| match &entry.what {
        What::Found(Finding::Erased { entries, .. }) => entries.len(),
        _ => 0,
    });
    of_each.sum()
}

/// Whether an entry says that more follows from its statement.
pub(super) fn is_mark(entry: &Entry) -> bool {
    matches!(entry.what, What::Found(Finding::Comparing { .. }))
}

/// Whether what was taken in so far is enough for one append.
pub(super) fn is_enough(took: Duration, statements: usize, patience: Duration) -> bool {
    let heavy = HEAVY.saturating_mul(u32::try_from(statements).unwrap_or(u32::MAX));
    took >= patience && took >= heavy
}

#[cfg(test)]
mod tests {
    use deconflict_api::{Content, MAX_STATEMENT_BYTES};
    use deconflict_core::{Say, Statement};
    use deconflict_record::{Hash, KeyId};
    use deconflict_store::MAX_CONTENT_BYTES;

    use super::*;

    #[test]
    fn what_stands_for_a_statement_that_leads_to_too_much_fits_beside_the_longest_one() {
        let key = KeyId(Hash([1; 32]));
        let statement = Statement {
            hash: Hash([2; 32]),
            party: "north".parse().unwrap(),
            key,
            signed_by: [key].into(),
            seq: 1,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            say: Say::Resume {},
        };
        let entry = too_long(&statement, Time::from_millis(i64::MAX / 2));
        assert!(matches!(entry.what, What::Refused(_, Refusal::TooLong {})));
        let bare = Content::bytes(&entry, None).unwrap().len();
        assert!(bare + MAX_STATEMENT_BYTES <= MAX_CONTENT_BYTES, "{bare}");
    }

    #[test]
    fn no_more_is_gathered_once_it_took_long_and_each_statement_took_long() {
        let (patience, ms) = (Duration::from_millis(5), Duration::from_millis);
        assert!(is_enough(ms(6), 3, patience), "three heavy ones");
        assert!(!is_enough(ms(6), 100, patience), "many light ones");
        assert!(!is_enough(ms(4), 1, patience), "not long yet");
        assert!(!is_enough(ms(60_000), 1, Duration::MAX), "whoever waits for all");
    }
}
