//! One party's part in a dialogue: receipts, answers, and what it promised.

use std::collections::BTreeMap;

use deconflict_record::{CLOCKS_APART_S, KeyId};
use deconflict_vocabulary::{Answer, AnswerId, CodeId, Hold, LanguageTag, ParameterName};
use serde::{Deserialize, Serialize};

use super::{Actor, ChannelFault, Dialogue, Lapse, PassedOn, Receipt, RelayReport, time};
use crate::names::{MessageId, PartyId};
use crate::say::Role;
use crate::time::Time;

/// What came of a message with one addressee.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// When a desk of the party had it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Time>,
    /// When it was on a screen first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displayed: Option<Time>,
    /// Which person read it back first, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<(KeyId, Time)>,
    /// Who else read it back, and when: kept where somebody is being hit, since a party may ask that of each who is on duty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_back_too: Vec<(KeyId, Time)>,
    /// In which language the message was shown to those who read it back, as far as they said so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shown_in: BTreeMap<KeyId, LanguageTag>,
    /// All answers, the last one last. A correction that opens the dialogue anew ends none of them and makes all before
    /// it lapse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerEntry>,
    /// Until when an answer holds the dialogue open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// Whether the one STANDBY is used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stood_by: bool,
    /// What fell due, and when it was found: each step once, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapses: Vec<LapseEntry>,
    /// What the party promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undertaking: Option<Undertaking>,
    /// What the party said of passing it on, the last one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relayed: Vec<RelayReport>,
    /// By which messages the sender asked the party to pass it on to a group, and whether that is still to be done: it
    /// has not said that it was, and was not let off.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relays: BTreeMap<MessageId, bool>,
    /// Whether it went to the next level. That stands, whatever is corrected later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// The last entry by which something fell due, or a relay went to the next level: what was shelved before it sounds
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<u64>,
    /// The entries that tell of it, to the sender and to this party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<u64>,
}

/// An answer that was given.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerEntry {
    /// What was answered.
    pub answer: Answer,
    /// By whom.
    pub key: KeyId,
    /// When it was taken in.
    pub at: Time,
    /// Whether it came after NO ANSWER or NOT RECEIVED had been found, which stands beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// How it was said for the party, where the party did not sign it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// Whether a correction made it lapse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
    /// Whether the party said that it cannot keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
}

/// A step of a message that fell due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LapseEntry {
    /// Which.
    pub lapse: Lapse,
    /// When it was due.
    pub due: Time,
    /// When the host found it: long after that where it stood still meanwhile.
    pub found: Time,
}

impl LapseEntry {
    /// Whether it was found later than a running host finds what falls due.
    pub fn is_late(&self) -> bool {
        is_late(self.due, self.found)
    }
}

/// Whether what was due then was found later than a running host finds it.
pub(super) fn is_late(due: Time, found: Time) -> bool {
    found > due.after_seconds(FOUND_WITHIN_S)
}

/// What a WILCO promised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undertaking {
    /// By when.
    pub by: Time,
    /// What became of it.
    pub state: UndertakingState,
    /// Which person of whoever asked confirmed that it is done, and when. Else what is [`UndertakingState::Met`] rests on the
    /// word of whoever promised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<(KeyId, Time)>,
}

impl Undertaking {
    /// Whether it is still to be done, late or not.
    pub fn is_due(&self) -> bool {
        matches!(self.state, UndertakingState::Open | UndertakingState::Overdue)
    }
}

/// What became of a promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UndertakingState {
    /// It is to be done.
    Open,
    /// It was not reported done by its time.
    Overdue,
    /// It was reported done, or whoever asked confirmed it.
    Met,
    /// The party cannot keep it.
    Broken,
}

/// How things stand with one addressee, the last that is told first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExchangeState {
    /// Nothing is asked, or not any more: it was taken back, or what it told of is over.
    Closed,
    /// An answer is waited for.
    Open,
    /// An answer holds it open for a while.
    HeldOpen,
    /// The deadline passed without an answer. That is no consent.
    NoAnswer,
    /// The deadline passed, and nobody has read it back: it was not received.
    NotReceived,
    /// It was answered.
    Answered,
}

const BY: &str = "by";
const ANSWER_BY: &str = "answer_by";
const STOPPED_FROM: &str = "stopped_from";

/// How far ahead of the host's clock a person's may be who says that something has happened.
pub(super) const MOST_AHEAD_S: i64 = 120;
/// Within how many seconds a running host finds what falls due, at the most.
const FOUND_WITHIN_S: i64 = 5;
/// The longest promise to what names no time itself.
const LONGEST_PROMISE_S: i64 = 30 * 86_400;

impl Exchange {
    /// Whether the sender asked the party to pass it on to a group, and that is still to be done.
    pub(crate) fn is_unrelayed(&self) -> bool {
        self.relays.values().any(|open| *open)
    }

    /// The answer that closed it.
    pub fn answer(&self) -> Option<&AnswerEntry> {
        let closes = |given: &&AnswerEntry| given.answer.answer.row().closes && !given.lapsed;
        self.answers.iter().rev().find(closes)
    }

    /// Whether whoever has this key has read it back.
    pub fn was_read_back_by(&self, key: KeyId) -> bool {
        self.read_back.iter().chain(&self.read_back_too).any(|(by, _)| *by == key)
    }

    /// Whether a step was found.
    pub fn has_lapsed(&self, lapse: Lapse) -> bool {
        self.lapses.iter().any(|found| found.lapse == lapse)
    }

    /// Whether the deadline passed in silence, whatever was answered since: nothing more falls due but what was promised
    /// late.
    pub(crate) fn is_silent(&self) -> bool {
        self.lapses.iter().any(|found| found.lapse.is_final())
    }

    /// Read-back and answers lapse, and what was promised with them; what was delivered is to be read anew.
    pub(super) fn reopen(&mut self) {
        self.answers.iter_mut().for_each(|given| given.lapsed = true);
        (self.read_back, self.displayed, self.held_until) = (None, None, None);
        self.read_back_too.clear();
        self.shown_in.clear();
        (self.stood_by, self.undertaking) = (false, None);
        self.relayed.clear();
        // Each step may fall due again; that it did before stands in the record.
        self.lapses.clear();
        self.delivered = None;
    }
}

impl Dialogue {
    /// How things stand with one addressee at `now`. `None`: it did not go to this party.
    pub fn state_with(&self, party: &PartyId, now: Time) -> Option<ExchangeState> {
        let exchange = self.exchanges.get(party)?;
        Some(if exchange.answer().is_some() {
            ExchangeState::Answered
        } else if exchange.has_lapsed(Lapse::NotReceived) {
            ExchangeState::NotReceived
        } else if exchange.has_lapsed(Lapse::NoAnswer) {
            ExchangeState::NoAnswer
        } else if self.is_over() || !self.asks() {
            ExchangeState::Closed
        } else if exchange.held_until.is_some_and(|until| until > now) {
            ExchangeState::HeldOpen
        } else {
            ExchangeState::Open
        })
    }

    /// Whether nothing is asked any more: it was taken back, or what it tells of is over.
    pub(super) fn is_over(&self) -> bool {
        self.is_taken_back() || self.ended.is_some()
    }

    /// Whether its sender took back what it asks. An incident is open all the same, and is answered and called for.
    pub fn is_taken_back(&self) -> bool {
        self.cancelled.is_some() && !self.opens_incident()
    }

    /// What silence at the deadline counts as, where the code says so: never more than that one asked keeps clear.
    pub fn silence_counts_as(&self) -> Option<AnswerId> {
        self.code().row().silence_counts_as.and_then(AnswerId::new)
    }

    /// Whether something of it has a time that is still to come: an answer, or what was promised. Nobody else's silence
    /// keeps it open beyond that.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.is_over() && self.exchanges.values().any(|exchange| self.awaits(exchange))
    }

    /// The same of one addressee's part, where nothing ended it for all.
    pub(super) fn awaits(&self, exchange: &Exchange) -> bool {
        let open = |promised: Undertaking| promised.state == UndertakingState::Open;
        let awaited = exchange.answer().is_none() && !exchange.is_silent();
        (self.asks() && awaited) || (exchange.undertaking.is_some_and(open) && self.is_reported())
    }

    /// Whether an answer is asked for at all.
    pub fn asks(&self) -> bool {
        !self.code().row().attribute.answers().is_empty()
    }

    /// A receipt of one addressee: the first of its kind counts, any later one changes nothing.
    ///
    /// # Errors
    /// When the message did not go to the party, or a machine says what a person did.
    pub fn receive(
        &mut self,
        receipt: Receipt,
        actor: &Actor<'_>,
        now: Time,
    ) -> Result<(), ChannelFault> {
        let opens_incident = self.opens_incident();
        let exchange = self.exchanges.get_mut(actor.party).ok_or(ChannelFault::NotAddressed {})?;
        if !actor.signs() || (receipt == Receipt::ReadBack && actor.role != Role::Person) {
            return Err(ChannelFault::PersonOnly {});
        }
        // Who has read it back has seen it, and whoever's screen showed it has it.
        exchange.delivered.get_or_insert(now);
        if receipt >= Receipt::Displayed {
            exchange.displayed.get_or_insert(now);
        }
        if receipt == Receipt::ReadBack {
            let first = *exchange.read_back.get_or_insert((actor.key, now));
            let is_new = opens_incident && !exchange.was_read_back_by(actor.key);
            // Bounded: of each key that the party has one.
            if is_new && first.0 != actor.key {
                exchange.read_back_too.push((actor.key, now));
            }
        }
        Ok(())
    }

    /// The same, with the language in which the message was shown to the person who reads it back.
    ///
    /// # Errors
    /// Those of [`Dialogue::receive`], and where a language is said of another receipt.
    pub fn receive_in(
        &mut self,
        receipt: Receipt,
        shown_in: Option<&LanguageTag>,
        actor: &Actor<'_>,
        now: Time,
    ) -> Result<(), ChannelFault> {
        if receipt != Receipt::ReadBack && shown_in.is_some() {
            return Err(ChannelFault::LanguageOfReadBack {});
        }
        let read = |dialogue: &Dialogue| {
            let exchange = dialogue.exchanges.get(actor.party);
            exchange.is_some_and(|exchange| exchange.was_read_back_by(actor.key))
        };
        let before = read(self);
        self.receive(receipt, actor, now)?;
        // Who had read it back already says nothing more.
        if let Some(language) = shown_in.filter(|_| !before && read(self))
            && let Some(exchange) = self.exchanges.get_mut(actor.party)
        {
            exchange.shown_in.insert(actor.key, language.clone());
        }
        Ok(())
    }

    /// An answer of one addressee.
    ///
    /// # Errors
    /// When the code does not allow it, its author may not give it, it was answered already or taken back, it would
    /// comply with what can only be read any more, or its time is none that can be.
    pub fn answer(
        &mut self,
        answer: &Answer,
        actor: &Actor<'_>,
        now: Time,
    ) -> Result<(), ChannelFault> {
        let code = self.code();
        answer.check_to(code).map_err(ChannelFault::Answer)?;
        let exchange = self.exchanges.get(actor.party).ok_or(ChannelFault::NotAddressed {})?;
        let row = answer.answer.row();
        if !may_answer(code, answer, actor) {
            return Err(ChannelFault::PersonOnly {});
        }
        if self.is_taken_back() {
            return Err(ChannelFault::Closed {});
        }
        // What was passed on for a party never stands in the way of what it signs itself.
        let settled = exchange.answer();
        if settled.is_some_and(|given| given.passed_on.is_none() || !actor.signs()) {
            return Err(ChannelFault::AlreadyAnswered {});
        }
        let supersedes = settled.is_some();
        let complies = row.opens_undertaking || answer.answer.as_str() == "AFFIRM";
        let over = self.valid_until.into_iter().chain(self.lasts_until()).min();
        if let Some(valid_until) = over.filter(|until| complies && *until < now) {
            return Err(ChannelFault::TooLateToComply { valid_until });
        }
        // What is to stop later has not stopped.
        let stopped = time(&answer.parameters, STOPPED_FROM);
        if stopped.is_some_and(|stopped| stopped > now.after_seconds(MOST_AHEAD_S)) {
            let field = ParameterName::new(STOPPED_FROM).ok_or(ChannelFault::AnswerTime {})?;
            return Err(ChannelFault::NotYet { field });
        }
        let held_until = self.held_until(answer, exchange, now)?;
        let promised = match row.opens_undertaking {
            true => Some(self.promised(answer, now)?),
            false => None,
        };
        let Some(exchange) = self.exchanges.get_mut(actor.party) else {
            return Err(ChannelFault::NotAddressed {});
        };
        let late = exchange.is_silent();
        let answer = answer.clone();
        let passed_on = actor.passed_on;
        let given = AnswerEntry {
            answer,
            key: actor.key,
            at: now,
            late,
            passed_on,
            lapsed: false,
            broken: false,
        };
        exchange.answers.push(given);
        if actor.signs() {
            exchange.delivered.get_or_insert(now);
        }
        exchange.stood_by |= matches!(row.hold, Some(Hold::OnceUntilItsTime));
        exchange.held_until = held_until;
        if promised.is_some() {
            // It has a time of its own, whatever became of what was promised for the party before.
            exchange.lapses.retain(|found| found.lapse != Lapse::UndertakingOverdue);
        }
        exchange.undertaking = promised.or(exchange.undertaking.filter(|_| !supersedes));
        Ok(())
    }

    /// Until when an answer holds the dialogue open: no longer than the limit to answer is, counted anew, and never
    /// beyond what is asked.
    fn held_until(
        &self,
        answer: &Answer,
        exchange: &Exchange,
        now: Time,
    ) -> Result<Option<Time>, ChannelFault> {
        let until = match answer.answer.row().hold {
            None => return Ok(None),
            Some(Hold::OnceUntilItsTime) if exchange.stood_by => {
                return Err(ChannelFault::StoodByOnce {});
            }
            Some(Hold::OnceUntilItsTime) => {
                time(&answer.parameters, ANSWER_BY).ok_or(ChannelFault::AnswerTime {})?
            }
            // No sooner again than half of it is over: each is an entry of the record.
            Some(Hold::EachTimeFor { seconds })
                if exchange
                    .held_until
                    .is_some_and(|until| until > now.after_seconds(i64::from(seconds) / 2)) =>
            {
                return Err(ChannelFault::SaidAlready {});
            }
            Some(Hold::EachTimeFor { seconds }) => now.after_seconds(seconds.into()),
        };
        // Whoever counts from a clock that is a little ahead means the same.
        let longest = now.after_seconds(i64::from(self.limits.answered_s) + CLOCKS_APART_S);
        let most = self.to_be_settled_by(now).map_or(longest, |due| due.min(longest));
        let bounded = matches!(answer.answer.row().hold, Some(Hold::OnceUntilItsTime));
        if until <= now || (bounded && until > most) {
            return Err(ChannelFault::AnswerTime {});
        }
        Ok(Some(until))
    }

    /// What an answer promises: by no later than what is asked.
    fn promised(&self, answer: &Answer, now: Time) -> Result<Undertaking, ChannelFault> {
        let by = time(&answer.parameters, BY).ok_or(ChannelFault::AnswerTime {})?;
        let latest = self.asked_by().or(self.lasts_until());
        let latest = latest.unwrap_or_else(|| now.after_seconds(LONGEST_PROMISE_S));
        if by < now || by > latest {
            return Err(ChannelFault::AnswerTime {});
        }
        Ok(Undertaking { by, state: UndertakingState::Open, confirmed: None })
    }

    /// What one addressee promised was reported done; `false` where it had promised nothing that is still to be done.
    pub fn meet(&mut self, party: &PartyId) -> bool {
        self.settle(party, UndertakingState::Met)
    }

    /// A person of the sender confirms that what one addressee promised is done: late or not, and whether that reported it
    /// or not. It is not asked for any more from then on.
    ///
    /// # Errors
    /// When somebody else says so, or no person's own signature does; when it did not go to that party, was taken back, or
    /// nothing was promised that can be done; when it was confirmed already.
    pub fn confirm(
        &mut self,
        party: &PartyId,
        actor: &Actor<'_>,
        now: Time,
    ) -> Result<(), ChannelFault> {
        if *actor.party != self.sender {
            return Err(ChannelFault::NotSender {});
        }
        if !actor.signs() || actor.role != Role::Person {
            return Err(ChannelFault::PersonOnly {});
        }
        let is_taken_back = self.is_taken_back();
        let exchange = self.exchanges.get_mut(party).ok_or(ChannelFault::Addressees {})?;
        if is_taken_back {
            return Err(ChannelFault::Closed {});
        }
        let promised = exchange.undertaking.as_mut();
        let promised = promised.filter(|promised| promised.state != UndertakingState::Broken);
        let promised = promised.ok_or(ChannelFault::NothingPromised {})?;
        if promised.confirmed.is_some() {
            return Err(ChannelFault::SaidAlready {});
        }
        (promised.state, promised.confirmed) = (UndertakingState::Met, Some((actor.key, now)));
        Ok(())
    }

    /// One addressee cannot keep what it answered; `false` where it answered nothing that others rely on still. That
    /// something was received is no such answer.
    pub fn break_promise(&mut self, party: &PartyId) -> bool {
        let Some(exchange) = self.exchanges.get_mut(party) else { return false };
        let relies = |given: &AnswerEntry| {
            given.answer.answer.row().closes
                && given.answer.answer.as_str() != "ROGER"
                && !given.lapsed
                && !given.broken
        };
        // What was done is done.
        let is_done = exchange.undertaking.is_some_and(|promised| !promised.is_due());
        let mut answers = exchange.answers.iter_mut().rev();
        let Some(given) = answers.find(|given| relies(given)).filter(|_| !is_done) else {
            return false;
        };
        given.broken = true;
        self.settle(party, UndertakingState::Broken);
        true
    }

    fn settle(&mut self, party: &PartyId, state: UndertakingState) -> bool {
        let undertaking = self.exchanges.get_mut(party).and_then(|e| e.undertaking.as_mut());
        match undertaking.filter(|undertaking| undertaking.is_due()) {
            Some(undertaking) => {
                undertaking.state = state;
                true
            }
            None => false,
        }
    }
}

/// Whether an author may give an answer: a person what the code allows; a machine what is about operations; and what is
/// passed on for a party, what is about operations or the line, and that something was received. Codes about protected
/// places and warnings are answered by a person's own signature alone.
fn may_answer(code: CodeId, answer: &Answer, actor: &Actor<'_>) -> bool {
    let row = code.row();
    if !actor.signs() {
        let saves_lives = matches!(row.family(), 'P' | 'W');
        let acknowledges = answer.answer.as_str() == "ROGER";
        return matches!(row.family(), 'O' | 'L') || (acknowledges && !saves_lives);
    }
    actor.role == Role::Person || row.machine_may_answer()
}
