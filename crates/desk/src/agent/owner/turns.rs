//! What the agent says of itself, and when: after what people say, and not before what came is shown.

use std::time::Instant;

use deconflict_api::FilingAnswer;

use super::super::courier::Courier;
use super::super::view::LineState;
use super::{Owner, SOON};
use crate::error::DeskError;
use crate::line::LineError;
use crate::outbox::SendReport;

impl Owner {
    /// What was delivered is told as soon as it was read. Where it cannot be kept, reading goes on.
    pub(super) fn sign_deliveries(&mut self) {
        if !self.config.signs_deliveries || self.is_caught() {
            return;
        }
        let sent = self.sends_next();
        let signed = self.deliveries.sign(&mut self.desk, &self.keys.operator, sent);
        self.note_signed(signed, "that messages were delivered");
    }

    /// The lines are tested whose time has come.
    pub(super) fn test_lines(&mut self) {
        if self.is_caught() {
            return;
        }
        let now = self.now();
        let signed = self.line_tests.sign(&mut self.desk, &self.keys.operator, now);
        self.note_signed(signed, "a line test");
    }

    /// What was signed goes out at once, where the line does not wait for others.
    fn note_signed(&mut self, signed: Result<bool, DeskError>, what: &str) {
        match signed {
            Ok(false) => {}
            Ok(true) if self.line_waits() => {}
            Ok(true) => self.next_send = Some(Instant::now()),
            Err(error) => {
                tracing::warn!("{what} is not signed for now");
                self.note_store(Some(&error));
            }
        }
    }

    /// A line that is down is found to be back by the stream's thread, and a busy host is asked again after a pause: not
    /// by whoever has something to send.
    pub(super) fn line_waits(&self) -> bool {
        matches!(self.line, LineState::Down { .. } | LineState::Busy { .. })
    }

    /// Sends what waits: all that people said. Where nothing waits but that messages were delivered, that is carried
    /// while this thread goes on; where nobody can, one part of it goes out, and others only while there is nothing to be read
    /// and shown.
    pub(super) fn send_in_turns(&mut self) {
        let speaks = self.deliveries.is_more_waiting(&self.desk);
        if !speaks && self.is_carried() {
            return;
        }
        let (mailbox, mut sent) = (self.mailbox.clone(), 0);
        // What came of it is shown; who asks for one statement gets its answer.
        let _ = self.send(&mut |_| {
            sent += 1;
            speaks || sent == 1 || mailbox.is_empty()
        });
        if !mailbox.is_empty() && self.waits() {
            self.next_send = Some(Instant::now());
        }
    }

    /// Has what waits carried to the host, where nothing is to be seen to before: whether it is, or waits for its turn.
    fn is_carried(&mut self) -> bool {
        let now = self.now();
        let Some(courier) = &mut self.courier else { return false };
        if courier.is_out() {
            return true;
        }
        if std::mem::take(&mut self.by_line) || !matches!(self.line, LineState::Up { .. }) {
            return false;
        }
        match self.desk.next_run(now) {
            Ok(run) => run.is_some_and(|run| courier.carry(run)),
            // The line's attempt meets it too, and tells it.
            Err(_) => false,
        }
    }

    /// What was carried was answered.
    pub(super) fn take_carried(&mut self, answers: Result<Vec<FilingAnswer>, LineError>) {
        let Some(run) = self.courier.as_mut().and_then(Courier::back) else { return };
        let mut sent = SendReport::default();
        let taken = match answers {
            Ok(answers) => self.desk.take_answers(&run, answers, &mut sent),
            Err(LineError::Refused(_)) => Ok(0),
            Err(error) => Err(error.into()),
        };
        match &taken {
            Ok(taken) => {
                self.by_line = *taken < run.len();
                self.note_sent(&sent);
                self.next_send = self.waits().then(Instant::now);
            }
            Err(error) => {
                self.note_outcome(Some(error));
                self.next_send = Some(Instant::now() + self.after_failure());
            }
        }
    }

    /// What came of sending.
    pub(super) fn note_sent(&mut self, done: &SendReport) {
        // Where nothing was filed, nothing may have been asked of the line, or written.
        if !done.filed.is_empty() || !done.kept.is_empty() {
            self.store_fault = None;
            self.note_outcome(None);
        }
        self.recent.note(done);
        let streamed = matches!(self.line, LineState::Up { streamed: true, .. });
        if !done.filed.is_empty() && !streamed {
            self.next_look = self.next_look.min(Instant::now() + SOON);
        }
    }
}
