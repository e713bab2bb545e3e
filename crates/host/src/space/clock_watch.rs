//! Whether the host's clock is to be believed.
//!
//! A clock that is set wrong by years makes a host erase what the rules keep, and end what is going on: neither can be
//! undone. So a host whose clock jumped by more than an hour does neither, until its operator says that the clock is
//! right. While it runs, the clock is held against a stopwatch, which nobody sets. After a start it is held against the
//! times of the last entry and of the witnesses: if the host merely stood still for longer, witnesses whose clocks
//! agree say so with what they countersign next, and nobody has to. Deadlines pass by a clock that is in doubt, too: it
//! is better to warn too early than not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use deconflict_core::Time;
use deconflict_store::{AppendBatch, AppendOutcome, Mark, StoreError, StoredCosignature};
use tracing::{error, info, warn};

use super::Space;

/// By how many milliseconds a clock may be apart from what it is held against: an hour, and no more.
const MOST_MS: i64 = 3_600_000;
/// The last so many cosignatures that are looked at after a start.
const COSIGNATURES: usize = 1_024;
/// The mark under which it is kept what time it was to be when the clock came to be doubted, in milliseconds.
const MARK: &str = "clock in doubt since";

/// What a host's clock is held against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ClockReference {
    /// A stopwatch, since the clock was last believed.
    Stopwatch,
    /// When the last entry was taken in.
    LastEntry,
    /// When a quorum of the witnesses countersigned last.
    Witnesses,
    /// What time it was to be when the clock came to be doubted, before the host was started anew.
    BeforeStart,
}

/// That a host's clock is not to be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockDoubt {
    /// What it says otherwise than.
    pub against: ClockReference,
    /// By how many milliseconds it is ahead of that, or, where negative, behind it.
    pub ahead_ms: i64,
}

/// What is held against what.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    /// Times that the clock should show, by the stopwatch's reading `at`. None: nothing tells.
    times: Vec<(ClockReference, Time)>,
    /// `None`: it was not looked at yet.
    at: Option<Duration>,
    /// The stopwatch's last reading.
    read: Duration,
    doubt: Option<ClockDoubt>,
    /// The witnesses that agreed with the clock since the start.
    agreed: BTreeSet<String>,
    /// What the disk did not take of a doubt, or of its end: it goes with the next append.
    unkept: Option<Vec<u8>>,
}

impl ClockWatch {
    /// The clock is believed from here on.
    fn believe(&mut self, now: Time) {
        (self.times, self.at) = (vec![(ClockReference::Stopwatch, now)], Some(self.read));
        self.doubt = None;
        self.agreed.clear();
    }

    /// What the clock says otherwise than, by more than it may, most of all.
    fn compare(&self, now: Time) -> Option<ClockDoubt> {
        let passed_ms = self.read.saturating_sub(self.at.unwrap_or(self.read)).as_millis();
        let passed_ms = i64::try_from(passed_ms).unwrap_or(i64::MAX);
        let ahead = |(against, time): &(ClockReference, Time)| ClockDoubt {
            against: *against,
            ahead_ms: now.millis_since(*time).saturating_sub(passed_ms),
        };
        let all = self.times.iter().map(ahead);
        let most = all.max_by_key(|doubt| doubt.ahead_ms.unsigned_abs());
        most.filter(|doubt| doubt.ahead_ms.unsigned_abs() > MOST_MS.unsigned_abs())
    }
}

impl Space {
    /// Holds the clock against a stopwatch, and after a start against what stands in the record. To be called before
    /// each turn, with what both say. A host of which it never is believes its clock.
    pub fn keep_time(&mut self, now: Time, stopwatch: Duration) {
        self.clock.read = stopwatch;
        if self.clock.at.is_none() {
            self.clock.at = Some(stopwatch);
            if self.clock.times.is_empty() {
                self.clock.believe(now);
            }
        }
        let before = self.clock.doubt;
        let doubt = self.clock.compare(now);
        match (before, doubt) {
            (None, Some(doubt)) => self.doubt_clock(doubt, now),
            (Some(_), None) => {
                info!("the clock is as it was");
                self.believe_clock(now);
            }
            // From here on it is held against itself.
            (None, None) if !self.is_held_against_stopwatch() => self.clock.believe(now),
            // By how much is only told anew where that is something else.
            (Some(before), Some(doubt)) if differs(before, doubt) => {
                // Who agreed with it agreed with what it showed before.
                self.clock.agreed.clear();
                self.clock.doubt = Some(doubt);
                self.published.set_clock_doubt(Some(doubt));
            }
            _ => {}
        }
    }

    /// The operator says that the clock is right.
    pub fn clock_is_right(&mut self, now: Time) {
        warn!(%now, "the operator says that the clock is right");
        self.believe_clock(now);
    }

    /// Why the clock is not believed, if it is not.
    pub(super) fn clock_doubt(&self) -> Option<ClockDoubt> {
        self.clock.doubt
    }

    /// A witness countersigned: where the clock is in doubt since a start, a quorum that agrees with it settles that.
    pub(super) fn witness_agrees(&mut self, cosignature: &StoredCosignature, now: Time) {
        if self.clock.doubt.is_none() || self.is_held_against_stopwatch() {
            return;
        }
        let ahead_ms = now.millis_since(Time::from_seconds(cosignature.time_s));
        let Some(charter) = &self.state.ledger().charter else { return };
        let counts = charter.counting_witnesses().any(|known| known.name == cosignature.witness);
        let quorum = charter.quorum;
        if !counts || ahead_ms.unsigned_abs() > MOST_MS.unsigned_abs() {
            return;
        }
        self.clock.agreed.insert(cosignature.witness.clone());
        if quorum > 0 && self.clock.agreed.len() >= quorum {
            info!("a quorum of witnesses agrees with the clock");
            self.believe_clock(now);
        }
    }

    fn is_held_against_stopwatch(&self) -> bool {
        matches!(self.clock.times[..], [(ClockReference::Stopwatch, _)])
    }

    fn doubt_clock(&mut self, doubt: ClockDoubt, now: Time) {
        error!(%doubt, "the clock is in doubt: nothing is erased or ended");
        self.clock.doubt = Some(doubt);
        self.state.doubt_time(true);
        self.published.set_clock_doubt(Some(doubt));
        // Started anew, it must not take what it dated itself since for the true time.
        let before = now.after_millis(doubt.ahead_ms.saturating_neg());
        let since = before.millis_since(Time::from_seconds(0)).to_string();
        self.keep_mark(since.into_bytes());
    }

    fn believe_clock(&mut self, now: Time) {
        let was_in_doubt = self.clock.doubt.is_some();
        self.clock.believe(now);
        self.state.doubt_time(false);
        self.published.set_clock_doubt(None);
        // What waited is due now.
        self.last_erasure = None;
        if was_in_doubt {
            self.keep_mark(Vec::new());
        }
    }

    /// Keeps a mark of a doubt beside the record, or none. What the disk does not take now goes with the next append: by
    /// a clock that is in doubt no entry stands there without the mark.
    fn keep_mark(&mut self, bytes: Vec<u8>) {
        self.clock.unkept = Some(bytes);
        let batch = AppendBatch {
            marks: self.unkept_mark().into_iter().collect(),
            ..AppendBatch::default()
        };
        let size = self.published.tip().size;
        match self.store.append(&self.origin, self.epoch, size, &batch) {
            Ok(AppendOutcome::Durable { .. }) => self.clock.unkept = None,
            other => warn!(?other, "whether the clock is in doubt could not be kept yet"),
        }
    }

    /// What goes with the next append.
    pub(super) fn unkept_mark(&self) -> Option<Mark> {
        let bytes = self.clock.unkept.clone()?;
        Some(Mark { name: MARK.to_owned(), bytes })
    }

    /// It went.
    pub(super) fn mark_went(&mut self) {
        self.clock.unkept = None;
    }

    /// What the clock should be near after a start, as far as the record tells: to be looked at before anything is
    /// appended by that clock.
    ///
    /// # Errors
    /// Where what tells it is damaged: a wrong clock would be believed for it.
    pub(super) fn note_times_of_record(&mut self) -> Result<(), StoreError> {
        self.clock.times = self.times_of_record()?;
        Ok(())
    }

    fn times_of_record(&self) -> Result<Vec<(ClockReference, Time)>, StoreError> {
        let mut times = Vec::new();
        let ledger = self.state.ledger();
        times.extend(ledger.now.map(|now| (ClockReference::LastEntry, now)));
        let view = self.store.view(&self.origin)?;
        let last: BTreeMap<String, i64> = view.last_cosigned(COSIGNATURES)?;
        if let Some(charter) = &ledger.charter {
            let counting = charter.counting_witnesses();
            let mut seen: Vec<i64> =
                counting.filter_map(|witness| last.get(&witness.name).copied()).collect();
            seen.sort_unstable_by(|a, b| b.cmp(a));
            let of_quorum = charter.quorum.checked_sub(1).and_then(|nth| seen.get(nth));
            let time = of_quorum.map(|time_s| Time::from_seconds(*time_s));
            times.extend(time.map(|time| (ClockReference::Witnesses, time)));
        }
        let mark = view.mark(MARK)?;
        let since = mark.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
        times.extend(since.map(|ms| (ClockReference::BeforeStart, Time::from_millis(ms))));
        Ok(times)
    }
}

/// Whether a doubt is worth telling anew: another reference, or a minute more or less.
fn differs(before: ClockDoubt, now: ClockDoubt) -> bool {
    before.against != now.against || before.ahead_ms.abs_diff(now.ahead_ms) >= 60_000
}

impl fmt::Display for ClockDoubt {
    /// For the operator: what is wrong, what follows, and the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.ahead_ms < 0 { "behind" } else { "ahead of" };
        let reference = match self.against {
            ClockReference::Stopwatch => {
                "what it should show by the time that has passed: it jumped"
            }
            ClockReference::LastEntry => "the last entry of the record",
            ClockReference::Witnesses => "what a quorum of the witnesses countersigned last",
            ClockReference::BeforeStart => "the time at which it jumped, before this start",
        };
        write!(
            f,
            "this host's clock is {} {way} {reference}. Nothing is erased and nothing ends by it until ",
            Span(self.ahead_ms)
        )?;
        if self.against != ClockReference::Stopwatch {
            f.write_str(
                "a quorum of witnesses has countersigned a head at about the same time, or ",
            )?;
        }
        f.write_str(
            "its operator says that the clock is right: look at it, set it if it is wrong, else say so with \
             `deconflict host clock-is-right FOLDER`. Deadlines pass by it meanwhile",
        )
    }
}

/// A span in the largest unit of which there are two or more.
struct Span(i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.unsigned_abs() / 60_000;
        match minutes {
            0..120 => write!(f, "{minutes} minutes"),
            120..2_880 => write!(f, "{} hours", minutes / 60),
            2_880..1_051_200 => write!(f, "{} days", minutes / 1_440),
            _ => write!(f, "{} years", minutes / 525_600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(seconds: i64) -> ClockWatch {
        let mut watch = ClockWatch::default();
        watch.believe(Time::from_seconds(seconds));
        watch
    }

    #[test]
    fn an_hour_is_not_yet_too_much_and_a_millisecond_more_is_in_both_directions() {
        let mut watch = watch(100_000);
        watch.read = Duration::from_secs(50);
        let right = Time::from_seconds(100_050);
        for (ahead_ms, found) in [
            (0, false),
            (MOST_MS, false),
            (MOST_MS + 1, true),
            (-MOST_MS, false),
            (-MOST_MS - 1, true),
        ] {
            let doubt = watch.compare(right.after_millis(ahead_ms));
            let expected = ClockDoubt { against: ClockReference::Stopwatch, ahead_ms };
            assert_eq!(doubt, found.then_some(expected));
        }
    }

    #[test]
    fn many_small_steps_are_found_as_one_large_one() {
        let mut watch = watch(0);
        // Each by less than an hour: the clock is not believed anew in between.
        let found = (1..4).map(|step| {
            watch.read += Duration::from_secs(1);
            watch.compare(Time::from_seconds(step * 2_000)).is_some()
        });
        assert_eq!(found.collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn of_several_references_the_one_that_is_furthest_away_is_told() {
        let mut watch = watch(0);
        watch.times = vec![
            (ClockReference::LastEntry, Time::from_seconds(10_000_000)),
            (ClockReference::Witnesses, Time::from_seconds(0)),
        ];
        let doubt = watch.compare(Time::from_seconds(10_000_100)).unwrap();
        assert_eq!(doubt.against, ClockReference::Witnesses);
        let told = doubt.to_string();
        assert!(told.contains("115 days ahead of what a quorum of the witnesses"), "{told}");
        let behind = ClockDoubt { against: ClockReference::Stopwatch, ahead_ms: -MOST_MS * 3 };
        assert!(behind.to_string().contains("3 hours behind what it should show"), "{behind}");
    }
}
