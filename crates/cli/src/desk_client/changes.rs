//! Waiting for what a desk's agent tells, for no longer than one likes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use deconflict_desk::{DeskAccess, DeskChange};

/// How often a desk that this process opens itself reads on.
const EVERY: Duration = Duration::from_secs(2);

/// How often it is looked whether something else ended a wait.
const LOOK: Duration = Duration::from_millis(100);

/// What tells of changes at a desk: one thread that follows its agent, begun when it is first waited for.
#[derive(Default)]
pub(crate) struct Changes {
    told: Option<Receiver<()>>,
    woken: Option<Arc<AtomicBool>>,
}

impl Changes {
    /// Waits until an agent tells of more entries, for no longer than `most`. A desk that this process has open is
    /// closed meanwhile, for a moment.
    pub(super) fn wait(&mut self, access: DeskAccess, most: Duration) {
        if self.told.is_none() {
            self.told = follow(&access);
        }
        drop(access);
        let begun = Instant::now();
        while let Some(left) = most.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            if self.woken.as_ref().is_some_and(|woken| woken.swap(false, Ordering::AcqRel)) {
                return;
            }
            let left = if self.woken.is_some() { left.min(LOOK) } else { left };
            match &self.told {
                Some(told) => match told.recv_timeout(left) {
                    // What came together is read together.
                    Ok(()) => return told.try_iter().for_each(drop),
                    Err(RecvTimeoutError::Timeout) => {}
                    // The agent has ended: the desk is opened from now on, or another one found.
                    Err(RecvTimeoutError::Disconnected) => self.told = None,
                },
                None if begun.elapsed() >= EVERY => return,
                None => thread::sleep(left.min(EVERY)),
            }
        }
    }

    /// Whoever sets this ends a wait, for what is no change of the desk.
    pub(crate) fn woken_by(&mut self, woken: Arc<AtomicBool>) {
        self.woken = Some(woken);
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
