//! What waits for the writer: each party's statements in a queue of their own, one of each in turn, so that
//! nobody's wait hangs on how much another one files.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deconflict_api::Recovery;
use deconflict_core::{MAX_PARTIES, PartyId};
use deconflict_store::StoredCosignature;
use tokio::sync::oneshot;

use crate::check::VerifiedStatement;
use crate::problem::Failure;
use crate::shares::Place;
use crate::space::{Answer, Word};

/// Something to be done beside statements.
pub(crate) enum Job {
    Cosign(StoredCosignature, Waiting<Result<(), Failure>>),
    Hear(PartyId, Box<Word>, Waiting<Result<Recovery, Failure>>),
    /// The operator says that the clock is right.
    ClockIsRight,
}

/// Who waits for an answer. The place of whoever asked is held until the answer is there: who hangs up before does not
/// make room for more.
pub(crate) struct Waiting<T> {
    answer: oneshot::Sender<T>,
    place: Place,
}

impl<T> Waiting<T> {
    /// Who holds this place, and where the answer comes.
    pub(crate) fn with(place: Place) -> (Waiting<T>, oneshot::Receiver<T>) {
        let (answer, answered) = oneshot::channel();
        (Waiting { answer, place }, answered)
    }

    /// Answers. Whoever asked may be gone: then nobody hears. The place is free before: who asks one thing after
    /// another has it.
    pub(crate) fn answer(self, answer: T) {
        let Waiting { answer: asker, place } = self;
        drop(place);
        let _ = asker.send(answer);
    }
}

/// A statement to be filed, and who waits for its answer.
pub(crate) struct Filing {
    pub(crate) statement: Box<VerifiedStatement>,
    pub(crate) waiting: Waiting<Answer>,
}

/// What the writer takes at once.
#[derive(Default)]
pub(crate) struct WriterWork {
    pub(crate) jobs: Vec<Job>,
    pub(crate) filings: Vec<Filing>,
    /// Whether no more is to come.
    pub(crate) stopping: bool,
}

/// Where work is handed over to the writer.
pub(crate) struct Handover {
    queue: Mutex<Queue>,
    arrived: Condvar,
    most: usize,
}

#[derive(Default)]
struct Queue {
    filings: Turns<Filing>,
    jobs: VecDeque<Job>,
    stopping: bool,
    /// Nobody takes anything any more.
    closed: bool,
}

/// What waits of each party, one of each in turn.
struct Turns<T> {
    waiting: BTreeMap<PartyId, VecDeque<T>>,
    count: usize,
    /// The party that was served last.
    served: Option<PartyId>,
}

impl Handover {
    /// About so many statements, and as many other jobs, may wait.
    pub(crate) fn new(most: usize) -> Handover {
        Handover { queue: Mutex::default(), arrived: Condvar::new(), most }
    }

    /// Hands a statement over. Where too many wait, a party may still hand over its share.
    pub(crate) fn hand_statement(
        &self,
        statement: Box<VerifiedStatement>,
        waiting: Waiting<Answer>,
    ) -> Result<(), Failure> {
        let mut queue = self.open()?;
        let own = queue.filings.of(statement.party());
        if queue.filings.count >= self.most && own >= (self.most / MAX_PARTIES).max(1) {
            return Err(Failure::full());
        }
        let party = statement.party().clone();
        queue.filings.push(party, Filing { statement, waiting });
        drop(queue);
        self.arrived.notify_one();
        Ok(())
    }

    /// Hands something else over.
    pub(crate) fn hand(&self, job: Job) -> Result<(), Failure> {
        let mut queue = self.open()?;
        if queue.jobs.len() >= self.most {
            return Err(Failure::full());
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.arrived.notify_one();
        Ok(())
    }

    /// No more is to come.
    pub(crate) fn end(&self) {
        self.lock().stopping = true;
        self.arrived.notify_one();
    }

    /// Nothing is taken any more: whoever waits is told.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        (queue.filings, queue.jobs) = (Turns::default(), VecDeque::new());
    }

    /// Whether no statement waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().filings.count == 0
    }

    /// What waits, after no longer than this: at most so many statements, one of each party in turn.
    pub(crate) fn take(&self, patience: Duration, most: usize) -> WriterWork {
        let idle = |queue: &mut Queue| {
            queue.filings.count == 0 && queue.jobs.is_empty() && !queue.stopping
        };
        let waited = self.arrived.wait_timeout_while(self.lock(), patience, idle);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let jobs = queue.jobs.drain(..).collect();
        let mut filings = Vec::new();
        while filings.len() < most {
            let Some(filing) = queue.filings.next() else { break };
            filings.push(filing);
        }
        WriterWork { jobs, filings, stopping: queue.stopping }
    }

    /// Takes back what was taken and not filed: it comes before what arrived since.
    pub(crate) fn give_back(&self, filings: Vec<Filing>) {
        let mut queue = self.lock();
        if queue.closed {
            return;
        }
        let filings = filings.into_iter().map(|one| (one.statement.party().clone(), one)).collect();
        queue.filings.give_back(filings);
    }

    fn open(&self) -> Result<MutexGuard<'_, Queue>, Failure> {
        let queue = self.lock();
        if queue.closed { Err(Failure::stopping()) } else { Ok(queue) }
    }

    /// What a panic left is as good as what was there: nothing is half done in between.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Turns<T> {
        Turns { waiting: BTreeMap::new(), count: 0, served: None }
    }
}

impl<T> Turns<T> {
    /// How much of a party waits.
    fn of(&self, party: &PartyId) -> usize {
        self.waiting.get(party).map_or(0, VecDeque::len)
    }

    fn push(&mut self, party: PartyId, one: T) {
        self.waiting.entry(party).or_default().push_back(one);
        self.count += 1;
    }

    /// The first of the party whose turn it is.
    fn next(&mut self) -> Option<T> {
        let after = self.served.take().map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.waiting.range((after, Bound::Unbounded)).next();
        let party = later.or_else(|| self.waiting.iter().next()).map(|(party, _)| party.clone())?;
        let own = self.waiting.get_mut(&party)?;
        let one = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&party);
        }
        self.count = self.count.saturating_sub(1);
        self.served = Some(party);
        one
    }

    /// Takes back what was taken last, in the order in which it was taken: it comes next.
    fn give_back(&mut self, all: Vec<(PartyId, T)>) {
        let Some(next) = all.first().map(|(party, _)| party.clone()) else { return };
        for (party, one) in all.into_iter().rev() {
            self.waiting.entry(party).or_default().push_front(one);
            self.count += 1;
        }
        self.served = self.waiting.range(..&next).next_back().map(|(party, _)| party.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> PartyId {
        name.parse().unwrap()
    }

    fn busy() -> Turns<(&'static str, usize)> {
        let mut turns = Turns::default();
        for nth in 0..100 {
            turns.push(party("loud"), ("loud", nth));
        }
        for nth in 0..2 {
            turns.push(party("quiet"), ("quiet", nth));
            turns.push(party("calm"), ("calm", nth));
        }
        turns
    }

    #[test]
    fn whoever_files_little_waits_for_one_of_each_other_party_at_most() {
        let mut turns = busy();
        let first: Vec<_> = (0..6).map_while(|_| turns.next()).collect();
        let expected =
            [("calm", 0), ("loud", 0), ("quiet", 0), ("calm", 1), ("loud", 1), ("quiet", 1)];
        assert_eq!(first, expected);
        // Whoever comes in between has the next turn after the party that was served.
        turns.push(party("new"), ("new", 0));
        assert_eq!(turns.next(), Some(("loud", 2)));
        assert_eq!(turns.next(), Some(("new", 0)));
        let rest: Vec<_> = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!(rest, (3..100).map(|nth| ("loud", nth)).collect::<Vec<_>>());
        assert_eq!((turns.count, turns.waiting.len()), (0, 0));
    }

    #[test]
    fn what_is_given_back_comes_next_and_in_its_order() {
        let (mut turns, mut whole) = (busy(), busy());
        let taken: Vec<_> = (0..7).map_while(|_| turns.next()).collect();
        let back = taken[2..].iter().map(|one| (party(one.0), *one)).collect();
        turns.give_back(back);
        assert_eq!((turns.count, turns.of(&party("loud"))), (whole.count - 2, 99));
        let mut all = taken[..2].to_vec();
        all.extend(std::iter::from_fn(|| turns.next()));
        assert_eq!(all, std::iter::from_fn(|| whole.next()).collect::<Vec<_>>());
    }
}
