//! The one thread that writes: it gathers what arrives together into one append.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deconflict_api::Recovery;
use deconflict_core::{PartyId, Time};
use deconflict_record::MAX_BATCH;
use deconflict_store::StoredCosignature;
use tokio::sync::oneshot;

use crate::check::VerifiedStatement;
use crate::clock::{Clock, Stopwatch};
use crate::failure::FailureCause;
use crate::handover::{Filing, Handover, Job, Waiting, WriterWork};
use crate::problem::Failure;
use crate::published::PublishedState;
use crate::shares::Place;
use crate::space::{Answer, Comparing, Space, Word};

/// How often the clock is looked at when nothing arrives.
const TURN: Duration = Duration::from_millis(50);

/// After so long no more statements are gathered into one append, if they take long.
const PATIENCE: Duration = Duration::from_millis(5);

/// While others wait, after every so many appends something of what is left is compared.
const COMPARES_EVERY: u64 = 4;

/// For so long after a statement a next one is not made to wait for a long part of what is left to be compared.
const BUSY: Duration = Duration::from_secs(10);

/// Statements that come no farther apart keep a core for themselves from those that read at length.
const STEADY: Duration = Duration::from_millis(500);

/// What hands work to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Arc<Handover>,
    _open: Arc<HandedOver>,
}

/// Starts the writer of a space; about `queue` statements may wait for it.
pub(crate) fn start(
    mut space: Space,
    queue: usize,
    clock: Clock,
    stopwatch: Stopwatch,
) -> std::io::Result<(Writer, JoinHandle<()>)> {
    let queue = Arc::new(Handover::new(queue.max(1)));
    let taken = queue.clone();
    let thread = std::thread::Builder::new()
        .name("deconflict-writer".into())
        .spawn(move || write(&mut space, &taken, &clock, &stopwatch))?;
    let _open = Arc::new(HandedOver(queue.clone()));
    Ok((Writer { queue, _open }, thread))
}

impl Writer {
    /// Hands over a statement to be filed, after those of its party that were handed over before; the answer comes when
    /// it is durable. Until then the place is held.
    pub(crate) fn hand(
        &self,
        checked: VerifiedStatement,
        place: Place,
    ) -> Result<PendingAnswer, Failure> {
        let (waiting, answered) = Waiting::with(place);
        self.queue.hand_statement(Box::new(checked), waiting)?;
        Ok(PendingAnswer(answered))
    }

    /// Keeps a cosignature.
    pub(crate) async fn cosign(
        &self,
        cosignature: StoredCosignature,
        place: Place,
    ) -> Result<(), Failure> {
        let (waiting, answered) = Waiting::with(place);
        self.queue.hand(Job::Cosign(cosignature, waiting))?;
        answered.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }

    /// Takes in what a desk knows of the record.
    pub(crate) async fn hear(
        &self,
        party: PartyId,
        word: Word,
        place: Place,
    ) -> Result<Recovery, Failure> {
        let (waiting, answered) = Waiting::with(place);
        self.queue.hand(Job::Hear(party, Box::new(word), waiting))?;
        answered.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }

    /// The operator says that the clock is right.
    pub(crate) fn clock_is_right(&self) -> Result<(), Failure> {
        self.queue.hand(Job::ClockIsRight)
    }

    /// Lets the writer finish what waits, and end.
    pub(crate) fn stop(&self) {
        self.queue.end();
    }
}

/// The answer to a statement that was handed over.
pub(crate) struct PendingAnswer(oneshot::Receiver<Answer>);

impl PendingAnswer {
    pub(crate) async fn wait(self) -> Answer {
        self.0.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }
}

/// When the last of those who hand work over is gone, no more will come.
struct HandedOver(Arc<Handover>);

impl Drop for HandedOver {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Says that nothing can be written when the writer ends, however it ends, and answers those who wait.
struct Ends(Arc<PublishedState>, Arc<Handover>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.set_writable(false);
        self.1.close();
    }
}

fn write(space: &mut Space, queue: &Arc<Handover>, clock: &Clock, stopwatch: &Stopwatch) {
    let _ends = Ends(space.published().clone(), queue.clone());
    let mut rounds: u64 = 0;
    let mut busy: Option<Instant> = None;
    loop {
        let now = clock();
        let waits = [space.until_head(now), space.until_due(now)];
        let turn = waits.into_iter().flatten().fold(TURN, Duration::min);
        let WriterWork { jobs, filings, stopping } = queue.take(turn, MAX_BATCH);
        let idle = jobs.is_empty() && filings.is_empty();
        work(space, jobs, clock, stopwatch);
        if !filings.is_empty() {
            busy = Some(Instant::now());
        }
        let left = file(space, filings, clock, stopwatch);
        queue.give_back(left);
        space.published().tell();
        if stopping && idle {
            space.close(clock());
            return;
        }
        rounds += 1;
        let came_within = |lately| busy.is_some_and(|since| since.elapsed() < lately);
        space.published().set_busy(came_within(STEADY));
        // While others wait, what is left to be compared takes its turns too, fewer and shorter ones.
        let comparing = if !rounds.is_multiple_of(COMPARES_EVERY) && !queue.is_empty() {
            Comparing::Later
        } else if came_within(BUSY) {
            Comparing::Hurried
        } else {
            Comparing::AtLength
        };
        let turned = surviving(space, clock, stopwatch, |space, now| {
            space.turn_with(now, comparing);
            if idle {
                space.rest();
            }
            now
        });
        space.published().tell();
        space.published().set_turn(turned.unwrap_or_else(|_| clock()));
    }
}

/// Does something, unless it panics. Then what is in memory is not to be relied on: it is
/// rebuilt from the store, and one statement that no test foresaw does not end the host.
///
/// It is done by a time that was held against the stopwatch before.
fn surviving<T>(
    space: &mut Space,
    clock: &Clock,
    stopwatch: &Stopwatch,
    work: impl FnOnce(&mut Space, Time) -> T,
) -> Result<T, Failure> {
    let work = || {
        let now = clock();
        space.keep_time(now, stopwatch.read());
        work(space, now)
    };
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| space.distrust_all(clock(), FailureCause::panic(&*payload)))
}

/// Does what was asked for beside statements.
fn work(space: &mut Space, jobs: Vec<Job>, clock: &Clock, stopwatch: &Stopwatch) {
    for job in jobs {
        match job {
            Job::Cosign(cosignature, waiting) => {
                let kept =
                    surviving(space, clock, stopwatch, |space, now| space.cosign(cosignature, now));
                waiting.answer(kept.unwrap_or_else(Err));
            }
            Job::Hear(party, word, waiting) => {
                let heard =
                    surviving(space, clock, stopwatch, |space, now| space.hear(&party, &word, now));
                waiting.answer(heard.unwrap_or_else(Err));
            }
            Job::ClockIsRight => {
                let _ = surviving(space, clock, stopwatch, |space, now| {
                    space.clock_is_right(now);
                });
            }
        }
    }
}

/// Files what was gathered, as much as does not keep others waiting for long; what is left of it.
fn file(
    space: &mut Space,
    mut filings: Vec<Filing>,
    clock: &Clock,
    stopwatch: &Stopwatch,
) -> Vec<Filing> {
    if filings.is_empty() {
        return filings;
    }
    let (statements, waiting): (Vec<VerifiedStatement>, Vec<_>) =
        filings.drain(..).map(|filing| (*filing.statement, filing.waiting)).unzip();
    let filed = surviving(space, clock, stopwatch, |space, now| {
        space.file_within(now, &statements, PATIENCE)
    });
    let filed = filed.unwrap_or_else(|failure| vec![Err(failure); statements.len()]);
    let taken = filed.len();
    let mut waiting = waiting.into_iter();
    for (filed, waiting) in filed.into_iter().zip(waiting.by_ref()) {
        waiting.answer(filed);
    }
    let left = statements.into_iter().skip(taken).zip(waiting);
    left.map(|(statement, waiting)| Filing { statement: Box::new(statement), waiting }).collect()
}
