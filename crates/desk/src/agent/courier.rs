//! The thread that carries to the host what the agent says of itself, over a connection of its own: whoever reads does not
//! wait for the answer.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::owner::Job;
use super::{HostReach, thread};
use crate::error::DeskError;
use crate::outbox::StatementRun;

/// How long what is under way may take to end.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// Carries one run of statements at a time.
pub(super) struct Courier {
    tasks: Sender<Vec<String>>,
    stopper: Arc<dyn Fn() + Send + Sync>,
    thread: JoinHandle<()>,
    under_way: Option<StatementRun>,
}

impl Courier {
    /// Begins to wait for statements.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        mut host: Box<dyn HostReach>,
        jobs: Sender<Job>,
    ) -> Result<Courier, DeskError> {
        let (tasks, given) = channel::<Vec<String>>();
        let stopper = host.stopper();
        let thread = thread("courier", move || {
            for envelopes in given {
                let texts: Vec<&str> = envelopes.iter().map(String::as_str).collect();
                let answers = host.line().file_together(&texts);
                if jobs.send(Job::Carried(answers)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Courier { tasks, stopper, thread, under_way: None })
    }

    /// Whether statements are under way.
    pub(super) fn is_out(&self) -> bool {
        self.under_way.is_some() && !self.thread.is_finished()
    }

    /// Sends it off; whether it goes.
    pub(super) fn carry(&mut self, run: StatementRun) -> bool {
        let goes = self.tasks.send(run.envelopes()).is_ok();
        self.under_way = goes.then_some(run);
        goes
    }

    /// It is back: what it carried.
    pub(super) fn back(&mut self) -> Option<StatementRun> {
        self.under_way.take()
    }

    /// Ends it. What is under way then without an answer is sent again another time.
    pub(super) fn end(self) {
        let begun = Instant::now();
        drop(self.tasks);
        while !self.thread.is_finished() && begun.elapsed() < LAST_ANSWER {
            std::thread::sleep(Duration::from_millis(5));
        }
        (self.stopper)();
    }
}
