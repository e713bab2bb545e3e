//! How the line between two parties stands: as they say, and as it was measured.

use deconflict_vocabulary::{Effect, Traffic, Value};

use super::{Dialogue, ExchangeState, Lapse, OpenMessages, value};
use crate::ledger::Ledger;
use crate::names::{MessageId, PartyId};
use crate::time::Time;

/// The last number of a line test, after which they begin anew: the vocabulary's bound of L1.
const LAST_NUMBER: u32 = 9_999;

/// How the line between a party and another one stands, as far as the party's ledger tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineReport {
    /// Which of the two says that it is suspended.
    pub suspended_by: Option<PartyId>,
    /// The line tests between them, the last first.
    pub tests: Vec<LineTest>,
    /// When anything that the other one said, or a desk of it, was taken in last.
    pub heard: Option<Time>,
    /// What was sent to the other one, was not answered, and is to be spoken of in the next test.
    pub to_speak_of: Vec<MessageId>,
}

/// A line test, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineTest {
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub sender: PartyId,
    /// The number that it has.
    pub number: u32,
    /// When it was taken in.
    pub at: Time,
    /// What came of it.
    pub outcome: LineTestOutcome,
}

/// What came of a line test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineTestOutcome {
    /// Its answer is not due yet.
    Waits,
    /// It was answered in time, at this time.
    Answered(Time),
    /// It was answered after its time had passed.
    Late(Time),
    /// Its time passed without an answer.
    Missed,
    /// Its sender took it back.
    Cancelled,
}

impl LineReport {
    /// How many of the last tests were missed, one after another: those that wait or were taken back do not count.
    pub fn missed_in_a_row(&self) -> usize {
        let counts = |test: &&LineTest| {
            !matches!(test.outcome, LineTestOutcome::Waits | LineTestOutcome::Cancelled)
        };
        let missed = |test: &&LineTest| test.outcome == LineTestOutcome::Missed;
        self.tests.iter().filter(counts).take_while(missed).count()
    }

    /// How many were missed of all that had to be answered by now.
    pub fn missed(&self) -> usize {
        self.tests.iter().filter(|test| test.outcome == LineTestOutcome::Missed).count()
    }

    /// The number of a party's next test: the one after its last, and 1 again after 9,999.
    pub fn next_number(&self, sender: &PartyId) -> u32 {
        let last = self.tests.iter().find(|test| test.sender == *sender);
        last.map_or(1, |last| last.number % LAST_NUMBER + 1)
    }
}

impl Ledger {
    /// How the line between a party and another one stands at `now`. Each kind of traffic has a line of its own.
    pub fn line_between(
        &self,
        own: &PartyId,
        other: &PartyId,
        traffic: Traffic,
        now: Time,
    ) -> LineReport {
        let suspended_by =
            OpenMessages::new(self).suspended_by([own, other], traffic, now).cloned();
        let (mut tests, mut to_speak_of, mut heard) = (Vec::new(), Vec::new(), None);
        let of_both = self.dialogues.iter().filter(|(_, dialogue)| {
            let (to_other, to_own) =
                (dialogue.exchanges.contains_key(other), dialogue.exchanges.contains_key(own));
            (dialogue.sender == *own && to_other) || (dialogue.sender == *other && to_own)
        });
        for (id, dialogue) in of_both.filter(|(_, dialogue)| dialogue.traffic == traffic) {
            heard = heard.max(dialogue.last_word_of(other));
            let addressee = if dialogue.sender == *own { other } else { own };
            if dialogue.code().row().effect == Effect::TestsLine {
                tests.extend(line_test(*id, dialogue, addressee, now));
            } else if dialogue.is_to_be_spoken_of(addressee) {
                to_speak_of.push(*id);
            }
        }
        tests.sort_by(|a: &LineTest, b| b.at.cmp(&a.at).then_with(|| b.number.cmp(&a.number)));
        LineReport { suspended_by, tests, heard, to_speak_of }
    }
}

fn line_test(
    message: MessageId,
    dialogue: &Dialogue,
    addressee: &PartyId,
    now: Time,
) -> Option<LineTest> {
    let exchange = dialogue.exchanges.get(addressee)?;
    let number = match value(&dialogue.message.parameters, "n")? {
        Value::Number(number) => *number,
        _ => return None,
    };
    let outcome = match (exchange.answer(), dialogue.state_with(addressee, now)?) {
        (Some(answer), _) if answer.late => LineTestOutcome::Late(answer.at),
        (Some(answer), _) => LineTestOutcome::Answered(answer.at),
        _ if dialogue.is_taken_back() => LineTestOutcome::Cancelled,
        (None, ExchangeState::Open | ExchangeState::HeldOpen) => LineTestOutcome::Waits,
        _ => LineTestOutcome::Missed,
    };
    let (sender, at) = (dialogue.sender.clone(), dialogue.since);
    Some(LineTest { message, sender, number, at, outcome })
}

impl Dialogue {
    /// When a party said something of it last, itself or by its desk; `None`: never.
    fn last_word_of(&self, party: &PartyId) -> Option<Time> {
        // What the host found, nobody of its party said.
        let sent = (self.sender == *party && !self.is_of_host()).then_some(self.since);
        let exchange = self.exchanges.get(party);
        let said = exchange.into_iter().flat_map(|exchange| {
            let read_back = exchange.read_back.map(|(_, at)| at);
            let answers = exchange.answers.iter().filter(|answer| answer.passed_on.is_none());
            [exchange.delivered, exchange.displayed, read_back]
                .into_iter()
                .flatten()
                .chain(answers.map(|answer| answer.at))
        });
        said.chain(sent.filter(|_| self.passed_on.is_none())).max()
    }

    /// Whether it was not answered and is to be spoken of in the next line test.
    fn is_to_be_spoken_of(&self, addressee: &PartyId) -> bool {
        let waits = |exchange: &super::Exchange| {
            exchange.answer().is_none() && exchange.has_lapsed(Lapse::NextLineTest)
        };
        !self.is_over() && self.exchanges.get(addressee).is_some_and(waits)
    }
}
