//! Line tests at set times: what an agent says by itself so that a dead line is found before it is needed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use deconflict_core::{ParticipationState, PartyId, Say, Time};
use deconflict_record::{SigningKey, UtcSecond};
use deconflict_vocabulary::{CodeId, Message, ParameterName, Traffic, Value};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::MAX_WAITING;

const DAY_S: u64 = 86_400;
/// For so long after its time a test is still sent; later it would test another time's line.
const GRACE_S: u64 = 600;
/// How far the host's clock may stand behind the desk's, so that a test which was sent is known for that.
const BEHIND_S: i64 = 60;
/// How long after a failure, as of the disk, the next is tried.
const PAUSE: Duration = Duration::from_secs(60);

/// When an agent tests the line to each other party, and what it has sent.
pub(super) struct LineTests {
    /// Seconds after midnight, UTC.
    times: BTreeSet<u32>,
    /// What was seen to: to whom, and for which time.
    seen_to: BTreeSet<(PartyId, u64)>,
    not_before: Option<Instant>,
}

impl LineTests {
    pub(super) fn new(times: BTreeSet<u32>) -> LineTests {
        LineTests { times, seen_to: BTreeSet::new(), not_before: None }
    }

    /// The last of the set times that is not after `now`.
    fn last(&self, now: UtcSecond) -> Option<u64> {
        let (midnight, of_day) = split(now);
        let earlier = self.times.range(..=of_day).next_back().map(|of| midnight + u64::from(*of));
        let yesterday = || {
            let last = self.times.last()?;
            Some(midnight.checked_sub(DAY_S)? + u64::from(*last))
        };
        earlier.or_else(yesterday)
    }

    /// How long until the next of the set times.
    pub(super) fn until_next(&self, now: UtcSecond) -> Option<Duration> {
        let (_, of_day) = split(now);
        let today = self.times.range(of_day + 1..).next().map(|next| u64::from(*next));
        let next = today.or_else(|| Some(u64::from(*self.times.first()?) + DAY_S))?;
        Some(Duration::from_secs(next - u64::from(of_day)))
    }

    /// Signs the tests whose time has come, one for each other party, and keeps them to be sent; whether there was any.
    /// One that the desk sent since, or still keeps, stands for it.
    ///
    /// # Errors
    /// As [`Desk::file`]: then a while passes before the next is tried.
    pub(super) fn sign(
        &mut self,
        desk: &mut Desk,
        key: &SigningKey,
        now: UtcSecond,
    ) -> Result<bool, DeskError> {
        let due = self.last(now).filter(|at| now.seconds() - at < GRACE_S);
        let paused = self.not_before.is_some_and(|at| at > Instant::now());
        let Some(due) = due.filter(|_| !paused) else { return Ok(false) };
        let own = desk.settings().party.clone();
        let others: Vec<PartyId> = desk
            .view()
            .parties
            .iter()
            .filter(|(id, party)| {
                **id != own && party.participation_state() == ParticipationState::Joined
            })
            .map(|(id, _)| id.clone())
            .filter(|id| !self.seen_to.contains(&(id.clone(), due)))
            .collect();
        let mut any = false;
        for other in others {
            if !was_sent(desk, &own, &other, due) {
                if desk.queued().count() >= MAX_WAITING / 2 {
                    // What people say has room in the queue.
                    break;
                }
                let Some(say) = line_test(desk, &own, &other, now) else { continue };
                let until = UtcSecond::new(due + GRACE_S);
                if let Err(error) = desk.file(&say, key, until) {
                    self.not_before = Some(Instant::now() + PAUSE);
                    return Err(error);
                }
                any = true;
            }
            self.seen_to.insert((other, due));
        }
        self.seen_to.retain(|(_, at)| *at == due);
        self.not_before = None;
        Ok(any)
    }
}

/// Midnight before, and the seconds since.
fn split(now: UtcSecond) -> (u64, u32) {
    let of_day = now.seconds() % DAY_S;
    (now.seconds() - of_day, u32::try_from(of_day).unwrap_or_default())
}

/// Whether the party sent a test to another one since a time, or one waits to be sent.
fn was_sent(desk: &Desk, own: &PartyId, other: &PartyId, since: u64) -> bool {
    let due = Time::from_seconds(since.cast_signed());
    let line = desk.view().line_between(own, other, Traffic::Real, due);
    let from = due.after_seconds(-BEHIND_S);
    let tested = line.tests.iter().any(|test| test.sender == *own && test.at >= from);
    let waits = |say: Say| {
        matches!(say, Say::Send { message, to, traffic: Traffic::Real, .. }
            if message.code.row().id == TEST && to.contains(other))
    };
    tested || desk.queued().filter(|item| item.ours).filter_map(|item| item.said()).any(waits)
}

const TEST: &str = "L1";

fn line_test(desk: &Desk, own: &PartyId, other: &PartyId, now: UtcSecond) -> Option<Say> {
    let now = Time::from_seconds(now.seconds().cast_signed());
    let line = desk.view().line_between(own, other, Traffic::Real, now);
    let number = Value::Number(line.next_number(own));
    let parameters = [(ParameterName::new("n")?, number)].into();
    let message = Message::new(CodeId::new(TEST)?, parameters).ok()?;
    let to = [other.clone()].into();
    Some(Say::Send { message: Box::new(message), to, traffic: Traffic::Real, remark: None })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test's own set-up")]
mod tests {
    use super::*;

    fn at(of_day: u64) -> UtcSecond {
        UtcSecond::new(20_000 * DAY_S + of_day).unwrap()
    }

    #[test]
    fn a_set_time_is_found_across_midnight() {
        let tests = LineTests::new([6 * 3_600, 18 * 3_600].into());
        let midnight = 20_000 * DAY_S;
        for (now, last, next) in [
            (0, midnight - 6 * 3_600, 6 * 3_600),
            (6 * 3_600, midnight + 6 * 3_600, 12 * 3_600),
            (6 * 3_600 - 1, midnight - 6 * 3_600, 1),
            (20 * 3_600, midnight + 18 * 3_600, 10 * 3_600),
            (DAY_S - 1, midnight + 18 * 3_600, 6 * 3_600 + 1),
        ] {
            assert_eq!(tests.last(at(now)), Some(last), "{now}");
            assert_eq!(tests.until_next(at(now)), Some(Duration::from_secs(next)), "{now}");
        }
        let none = LineTests::new(BTreeSet::new());
        assert_eq!((none.last(at(5)), none.until_next(at(5))), (None, None));
        assert_eq!(LineTests::new([60].into()).last(UtcSecond::new(5).unwrap()), None);
    }
}
