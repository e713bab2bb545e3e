//! Sending several statements in one request.

use deconflict_api::{MAX_FILED_TOGETHER, MAX_TOGETHER_BYTES};
use deconflict_record::UtcSecond;

use super::{Fate, QueuedStatement, SendReport};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::{Line, LineError};

/// The room that a request has for envelopes: what JSON escapes in one is a small part of it.
const ROOM: usize = MAX_TOGETHER_BYTES / 2;

impl Desk {
    /// Sends what waits from this number on in one request, as far as it follows one upon the other and nothing is to be
    /// seen to before: the last number of these, if there were several. What became of the first ones is kept at once; whatever
    /// is left waits, to be sent by itself.
    ///
    /// # Errors
    /// As [`Desk::send`].
    pub(super) fn send_together(
        &mut self,
        line: &mut dyn Line,
        number: u64,
        now: UtcSecond,
        sent: &mut SendReport,
    ) -> Result<Option<u64>, DeskError> {
        let run = self.run_from(number, now, sent);
        let (Some(last), 2..) = (run.last().copied(), run.len()) else { return Ok(None) };
        let items: Vec<QueuedStatement> =
            run.iter().filter_map(|number| self.outbox.get(*number).cloned()).collect();
        self.change_outbox(|outbox| {
            for number in &run {
                outbox.has_fate(*number, Fate::Waiting { tried: true });
            }
            Ok(())
        })?;
        let envelopes: Vec<&str> = items.iter().map(|item| item.envelope.as_str()).collect();
        let answers = match line.file_together(&envelopes) {
            Ok(answers) => answers,
            // Why not is found out by sending the first by itself.
            Err(LineError::Refused(_)) => return Ok(Some(last)),
            Err(error) => return Err(error.into()),
        };
        let mut fates = Vec::new();
        for ((number, item), filed) in run.iter().zip(&items).zip(answers) {
            // With whom it conflicts is told in a session, which is begun by what is sent by itself.
            if filed.conflicts.is_none() {
                break;
            }
            let is_first = !matches!(item.fate, Fate::Waiting { tried: true });
            let Ok(fate) = self.promised(item, &filed, is_first.then_some((now, false))) else {
                break;
            };
            fates.push((*number, fate));
            sent.filed.push(filed);
        }
        self.change_outbox(|outbox| {
            for (number, fate) in fates {
                outbox.has_fate(number, fate);
            }
            Ok(())
        })?;
        Ok(Some(last))
    }

    /// The numbers of what can go together with this one, itself first: this desk's own statements of one key, each of
    /// which follows the one before.
    fn run_from(&self, number: u64, now: UtcSecond, sent: &SendReport) -> Vec<u64> {
        let (mut run, mut bytes, mut next) = (Vec::new(), 0, None);
        for (at, item) in self.outbox.from(number) {
            if !matches!(item.fate, Fate::Waiting { .. }) {
                continue;
            }
            let Some(statement) = item.read() else { break };
            let header = statement.claimed_header();
            let link = next.unwrap_or_else(|| {
                let (chains, put_off) = (self.copy.chains(), &self.put_off);
                (header.key, self.outbox.link(chains, &header.key, Some(number), put_off))
            });
            let host_now = self.host_time_of(header, now);
            bytes += item.envelope.len();
            if !item.ours
                || item.kept.is_some()
                || (header.key, (header.seq, header.prev)) != link
                || header.valid_until.is_some_and(|until| until < host_now)
                || self.waits_for_its_message(item, sent)
                || run.len() == MAX_FILED_TOGETHER
                || bytes > ROOM
            {
                break;
            }
            next = Some((header.key, (header.seq + 1, Some(item.statement))));
            run.push(at);
        }
        run
    }
}
