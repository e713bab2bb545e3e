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
use crate::space::{Answer, Word};

/// Something to be done beside statements.
pub(crate) enum Job {
    Cosign(StoredCosignature, oneshot::Sender<Result<(), Failure>>),
    Hear(PartyId, Box<Word>, oneshot::Sender<Result<Recovery, Failure>>),
}

/// A statement to be filed, and who waits for its answer.
pub(crate) struct Filing {
    pub(crate) statement: Box<VerifiedStatement>,
    pub(crate) answer: oneshot::Sender<Answer>,
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
    filings: BTreeMap<PartyId, VecDeque<Filing>>,
    /// How many of them there are.
    count: usize,
    /// The party that was served last.
    served: Option<PartyId>,
    jobs: VecDeque<Job>,
    stopping: bool,
    /// Nobody takes anything any more.
    closed: bool,
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
        answer: oneshot::Sender<Answer>,
    ) -> Result<(), Failure> {
        let mut queue = self.open()?;
        let own = queue.filings.get(statement.party()).map_or(0, VecDeque::len);
        if queue.count >= self.most && own >= (self.most / MAX_PARTIES).max(1) {
            return Err(Failure::full());
        }
        let party = statement.party().clone();
        queue.filings.entry(party).or_default().push_back(Filing { statement, answer });
        queue.count += 1;
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
        (queue.filings, queue.jobs, queue.count) = (BTreeMap::new(), VecDeque::new(), 0);
    }

    /// Whether no statement waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().count == 0
    }

    /// What waits, after no longer than this: at most so many statements, one of each party in turn.
    pub(crate) fn take(&self, patience: Duration, most: usize) -> WriterWork {
        let idle = |queue: &mut Queue| queue.count == 0 && queue.jobs.is_empty() && !queue.stopping;
        let waited = self.arrived.wait_timeout_while(self.lock(), patience, idle);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let jobs = queue.jobs.drain(..).collect();
        let mut filings = Vec::new();
        while filings.len() < most {
            let Some(filing) = queue.next() else { break };
            filings.push(filing);
        }
        WriterWork { jobs, filings, stopping: queue.stopping }
    }

    /// Takes back what was taken and not filed: it comes before what arrived since.
    pub(crate) fn give_back(&self, filings: Vec<Filing>) {
        let Some(first) = filings.first() else { return };
        let next = first.statement.party().clone();
        let mut queue = self.lock();
        if queue.closed {
            return;
        }
        for filing in filings.into_iter().rev() {
            let party = filing.statement.party().clone();
            queue.filings.entry(party).or_default().push_front(filing);
            queue.count += 1;
        }
        // The turn was that party's.
        let before = queue.filings.range(..&next).next_back().map(|(party, _)| party.clone());
        queue.served = before;
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

impl Queue {
    /// The first statement of the party whose turn it is.
    fn next(&mut self) -> Option<Filing> {
        let after = self.served.take().map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.filings.range((after, Bound::Unbounded)).next();
        let party = later.or_else(|| self.filings.iter().next()).map(|(party, _)| party.clone())?;
        let own = self.filings.get_mut(&party)?;
        let filing = own.pop_front();
        if own.is_empty() {
            self.filings.remove(&party);
        }
        self.count = self.count.saturating_sub(1);
        self.served = Some(party);
        filing
    }
}
