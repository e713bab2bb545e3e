//! The one thread that writes: it gathers what arrives together into one append.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use deconflict_api::Recovery;
use deconflict_core::PartyId;
use deconflict_record::MAX_BATCH;
use deconflict_store::StoredCosignature;
use tokio::sync::oneshot;

use crate::check::VerifiedStatement;
use crate::clock::Clock;
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::PublishedState;
use crate::space::{Answer, Space, Word};

/// How often the clock is looked at when nothing arrives.
const TURN: Duration = Duration::from_millis(50);

enum Job {
    File(Box<VerifiedStatement>, oneshot::Sender<Answer>),
    Cosign(StoredCosignature, oneshot::Sender<Result<(), Failure>>),
    Hear(PartyId, Box<Word>, oneshot::Sender<Result<Recovery, Failure>>),
    Stop,
}

/// What hands work to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: SyncSender<Job>,
}

/// Starts the writer of a space; `queue` jobs may wait for it.
pub(crate) fn start(
    mut space: Space,
    queue: usize,
    clock: Clock,
) -> std::io::Result<(Writer, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(queue.max(1));
    let thread = std::thread::Builder::new()
        .name("deconflict-writer".into())
        .spawn(move || write(&mut space, &receiver, &clock))?;
    Ok((Writer { queue: sender }, thread))
}

impl Writer {
    /// Files a statement; the answer comes when it is durable.
    pub(crate) async fn file(&self, checked: VerifiedStatement) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.hand(Job::File(Box::new(checked), answer))?;
        answered.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }

    /// Keeps a cosignature.
    pub(crate) async fn cosign(&self, cosignature: StoredCosignature) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        self.hand(Job::Cosign(cosignature, answer))?;
        answered.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }

    /// Takes in what a desk knows of the record.
    pub(crate) async fn hear(&self, party: PartyId, word: Word) -> Result<Recovery, Failure> {
        let (answer, answered) = oneshot::channel();
        self.hand(Job::Hear(party, Box::new(word), answer))?;
        answered.await.unwrap_or_else(|_| Err(Failure::stopping()))
    }

    /// Lets the writer finish what waits, and end.
    pub(crate) fn stop(&self) {
        // Gone already, it has ended.
        let _ = self.queue.send(Job::Stop);
    }

    fn hand(&self, job: Job) -> Result<(), Failure> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Failure::full(),
            TrySendError::Disconnected(_) => Failure::stopping(),
        })
    }
}

/// Says that nothing can be written when the writer ends, however it ends.
struct Ends(Arc<PublishedState>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.set_writable(false);
    }
}

fn write(space: &mut Space, queue: &Receiver<Job>, clock: &Clock) {
    let _ends = Ends(space.published().clone());
    let mut stopping = false;
    loop {
        let mut jobs = Vec::new();
        let now = clock();
        let waits = [space.until_head(now), space.until_due(now)];
        let turn = waits.into_iter().flatten().fold(TURN, Duration::min);
        match queue.recv_timeout(if stopping { Duration::ZERO } else { turn }) {
            Ok(job) => jobs.push(job),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => stopping = true,
        }
        while let Some(job) = (jobs.len() < MAX_BATCH).then(|| queue.try_recv().ok()).flatten() {
            jobs.push(job);
        }
        let idle = jobs.is_empty();
        stopping |= work(space, jobs, clock);
        if stopping && idle {
            space.close(clock());
            return;
        }
        let now = clock();
        let _ = surviving(space, clock, |space| {
            space.turn(now);
            if idle {
                space.rest();
            }
        });
        space.published().set_turn(now);
    }
}

/// Does something, unless it panics. Then what is in memory is not to be relied on: it is
/// rebuilt from the store, and one statement that no test foresaw does not end the host.
fn surviving<T>(
    space: &mut Space,
    clock: &Clock,
    work: impl FnOnce(&mut Space) -> T,
) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(|| work(space)))
        .map_err(|payload| space.distrust_all(clock(), FailureCause::panic(&*payload)))
}

/// Does what was gathered; whether it was asked to stop.
fn work(space: &mut Space, jobs: Vec<Job>, clock: &Clock) -> bool {
    let mut stop = false;
    let (mut statements, mut answers) = (Vec::new(), Vec::new());
    for job in jobs {
        match job {
            Job::File(checked, answer) => {
                statements.push(*checked);
                answers.push(answer);
            }
            Job::Cosign(cosignature, answer) => {
                // Whoever asked may be gone: then nobody hears.
                let kept = surviving(space, clock, |space| space.cosign(cosignature, clock()));
                let _ = answer.send(kept.unwrap_or_else(Err));
            }
            Job::Hear(party, word, answer) => {
                let heard = surviving(space, clock, |space| space.hear(&party, &word, clock()));
                let _ = answer.send(heard.unwrap_or_else(Err));
            }
            Job::Stop => stop = true,
        }
    }
    if !statements.is_empty() {
        let filed = surviving(space, clock, |space| space.file(clock(), &statements));
        let filed = filed.unwrap_or_else(|failure| vec![Err(failure); statements.len()]);
        for (answer, filed) in answers.into_iter().zip(filed) {
            let _ = answer.send(filed);
        }
    }
    stop
}
