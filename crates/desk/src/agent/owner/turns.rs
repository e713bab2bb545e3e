//! What the agent says of itself, and when: after what people say, and not before what came is shown.

use std::time::Instant;

use super::super::view::LineState;
use super::Owner;
use crate::error::DeskError;

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

    /// Sends what waits: all that people said. Where nothing waits but that messages were delivered, one of these goes out,
    /// and others only while there is nothing to be read and shown.
    pub(super) fn send_in_turns(&mut self) {
        let speaks = self.deliveries.is_more_waiting(&self.desk);
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
}
