//! Sending several statements in one request.

use deconflict_api::{FilingAnswer, MAX_FILED_TOGETHER, MAX_TOGETHER_BYTES};
use deconflict_record::UtcSecond;

use super::{Fate, QueuedStatement, SendReport};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::{Line, LineError};

/// The room that a request has for envelopes: what JSON escapes in one is a small part of it.
const ROOM: usize = MAX_TOGETHER_BYTES / 2;

/// Statements that go together: this desk's own of one key, each of which follows the one before. That they may have
/// been sent is durable.
#[derive(Debug)]
pub(crate) struct StatementRun {
    items: Vec<(u64, QueuedStatement)>,
    /// When they were sent.
    sent: UtcSecond,
}

impl StatementRun {
    /// The texts of the envelopes.
    pub(crate) fn envelopes(&self) -> Vec<String> {
        self.items.iter().map(|(_, item)| item.envelope.clone()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

impl Desk {
    /// Sends what waits from this number on in one request, as far as it follows one upon the other and nothing is to be
    /// seen to before: the last number of these, if there were several. What became of the first ones is kept at once;
    /// whatever is left waits, to be sent by itself.
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
        let Some(run) = self.run_of(number, now, sent, 2)? else { return Ok(None) };
        let last = run.items.last().map(|(number, _)| *number);
        let envelopes: Vec<&str> =
            run.items.iter().map(|(_, item)| item.envelope.as_str()).collect();
        match line.file_together(&envelopes) {
            Ok(answers) => self.take_answers(&run, answers, sent)?,
            // Why not is found out by sending the first by itself.
            Err(LineError::Refused(_)) => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(last)
    }

    /// What waits first, where nothing is to be seen to before: for whoever carries it and brings the answers to
    /// [`Desk::take_answers`]. None where sending is more than that.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn next_run(&mut self, now: UtcSecond) -> Result<Option<StatementRun>, DeskError> {
        let size = self.head().size;
        let missing = |item: &QueuedStatement| matches!(item.fate, Fate::Promised { index, .. } if index < size);
        if self.caught().is_some() || self.outbox.items().any(missing) {
            return Ok(None);
        }
        let waits = |(_, item): &(u64, &QueuedStatement)| matches!(item.fate, Fate::Waiting { .. });
        let first = self.outbox.from(0).find(waits).map(|(number, _)| number);
        let Some(number) = first else { return Ok(None) };
        self.put_off.clear();
        self.run_of(number, now, &SendReport::default(), 1)
    }

    /// What became of a run, as far as its statements still wait: how many of its answers could be used.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn take_answers(
        &mut self,
        run: &StatementRun,
        answers: Vec<FilingAnswer>,
        sent: &mut SendReport,
    ) -> Result<usize, DeskError> {
        let (mut fates, mut used) = (Vec::new(), 0);
        for ((number, item), filed) in run.items.iter().zip(answers) {
            // With whom it conflicts is told in a session, which is begun by what is sent by itself.
            if filed.conflicts.is_none() {
                break;
            }
            let is_first = !matches!(item.fate, Fate::Waiting { tried: true });
            let Ok(fate) = self.promised(item, &filed, is_first.then_some((run.sent, false)))
            else {
                break;
            };
            used += 1;
            let still = self.outbox.get(*number).is_some_and(|now| {
                now.statement == item.statement && matches!(now.fate, Fate::Waiting { .. })
            });
            if still {
                fates.push((*number, fate));
                sent.filed.push(filed);
            }
        }
        self.change_outbox(|outbox| {
            for (number, fate) in fates {
                outbox.has_fate(number, fate);
            }
            Ok(())
        })?;
        Ok(used)
    }

    /// What can go together with this one, if these are at least so many.
    fn run_of(
        &mut self,
        number: u64,
        now: UtcSecond,
        sent: &SendReport,
        least: usize,
    ) -> Result<Option<StatementRun>, DeskError> {
        let numbers = self.run_from(number, now, sent);
        if numbers.len() < least {
            return Ok(None);
        }
        let item = |number: &u64| Some((*number, self.outbox.get(*number)?.clone()));
        let items = numbers.iter().filter_map(item).collect();
        self.change_outbox(|outbox| {
            for number in numbers {
                outbox.has_fate(number, Fate::Waiting { tried: true });
            }
            Ok(())
        })?;
        Ok(Some(StatementRun { items, sent: now }))
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
