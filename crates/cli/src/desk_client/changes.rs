//! Waiting for what a desk's agent tells, for no longer than one likes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use deconflict_desk::{DeskAccess, DeskChange};

/// How often a desk that this process opens itself reads on.
const EVERY: Duration = Duration::from_secs(2);

/// What tells of changes at a desk: one thread that follows its agent, begun when it is first waited for.
#[derive(Default)]
pub(crate) struct Changes {
    told: Option<Receiver<()>>,
}

impl Changes {
    /// Waits until an agent tells of more entries, for no longer than `most`. A desk that this process has open is
    /// closed meanwhile, for a moment.
    pub(super) fn wait(&mut self, access: DeskAccess, most: Duration) {
        if self.told.is_none() {
            self.told = follow(&access);
        }
        drop(access);
        match &self.told {
            Some(told) => match told.recv_timeout(most) {
                // What came together is read together.
                Ok(()) => told.try_iter().for_each(drop),
                Err(RecvTimeoutError::Timeout) => {}
                // The agent has ended: the desk is opened from now on, or another one found.
                Err(RecvTimeoutError::Disconnected) => {
                    self.told = None;
                    thread::sleep(EVERY.min(most));
                }
            },
            None => thread::sleep(EVERY.min(most)),
        }
    }
}

#[cfg(unix)]
fn follow(access: &DeskAccess) -> Option<Receiver<()>> {
    let changes = access.follow().ok()??;
    let (tell, told) = channel();
    thread::spawn(move || {
        for change in changes.map_while(Result::ok) {
            let is_news = matches!(
                change,
                DeskChange::Begins(_) | DeskChange::Given { .. } | DeskChange::Caught(_)
            );
            // Whoever waited has ended.
            if is_news && tell.send(()).is_err() {
                break;
            }
        }
    });
    Some(told)
}

#[cfg(not(unix))]
fn follow(_access: &DeskAccess) -> Option<Receiver<()>> {
    None
}
