//! What a dialogue waits for, in codes.

use deconflict_core::{
    Dialogue, ExchangeState, Lapse, Ledger, MessageId, PartyId, Time, UndertakingState,
};
use deconflict_vocabulary::{Answer, Effect};

/// What falls due next with one addressee, and when.
pub fn next_due(dialogue: &Dialogue, party: &PartyId) -> Option<(Time, Lapse)> {
    let mut with_one = dialogue.clone();
    with_one.exchanges.retain(|other, _| other == party);
    with_one.due().map(|(at, _, lapse)| (at, lapse))
}

/// Whether an answer of this party is waited for. That its deadline has passed ends nothing: an answer that comes late
/// stands beside NO ANSWER.
pub fn waits_for(dialogue: &Dialogue, party: &PartyId, now: Time) -> bool {
    let state = dialogue.state_with(party, now);
    !dialogue.is_taken_back()
        && dialogue.ended.is_none()
        && matches!(
            state,
            Some(
                ExchangeState::Open
                    | ExchangeState::HeldOpen
                    | ExchangeState::NoAnswer
                    | ExchangeState::NotReceived
            )
        )
}

/// How long after its time a host has to say that nobody answered, seconds.
const HOST_LATE_S: i64 = 60;

/// Whether the time to answer is over, and no host has said so: one that cannot be reached says nothing.
pub fn is_past_unsaid(dialogue: &Dialogue, party: &PartyId, now: Time) -> bool {
    let held = dialogue.exchanges.get(party).and_then(|exchange| exchange.held_until);
    let due = dialogue.since.after_seconds(dialogue.limits.answered_s.into());
    let due = held.map_or(due, |held| held.max(due));
    dialogue.state_with(party, now) == Some(ExchangeState::Open)
        && due.after_seconds(HOST_LATE_S) < now
}

/// Whether this party promised something that is still to be done, or to be kept to.
pub fn is_promised(dialogue: &Dialogue, party: &PartyId, now: Time) -> bool {
    let promised = dialogue.exchanges.get(party).and_then(|exchange| exchange.undertaking);
    !dialogue.is_taken_back()
        && promised.is_some_and(|undertaking| undertaking.is_due())
        && dialogue.promise_ends().is_none_or(|ends| ends >= now)
}

/// Whether an answer is a refusal: what must say its reason is no yes.
pub fn refuses(answer: &Answer) -> bool {
    answer.answer.row().parameters.iter().any(|parameter| parameter.name == "reason")
}

/// How long a no stands before the sender: for a watch to come on duty and act.
const NO_STANDS_S: i64 = 86_400;

/// Whether an addressee said no within the last day, or nothing in time: it refused, cannot keep what it promised, or
/// nothing came of a relay. Taking the message back, or correcting it so that it opens anew, ends that.
pub fn is_refused(
    view: &Ledger,
    (id, dialogue): (MessageId, &Dialogue),
    party: &PartyId,
    now: Time,
) -> bool {
    let Some(exchange) = dialogue.exchanges.get(party) else { return false };
    if dialogue.cancelled.is_some() || dialogue.ended.is_some() {
        return false;
    }
    let refusal = exchange.answer().filter(|given| refuses(&given.answer)).map(|given| given.at);
    let silence = exchange.lapses.iter().filter(|_| exchange.answer().is_none());
    let silence = silence.filter(|found| found.lapse.is_final()).map(|found| found.due).next_back();
    let relay = exchange.relayed.last().filter(|report| report.escalates()).map(|report| report.at);
    let is_broken = exchange.answer().is_some_and(|given| given.broken)
        || exchange.undertaking.is_some_and(|u| u.state == UndertakingState::Broken);
    let broken = is_broken.then(|| {
        let said = view.dialogues.values().filter(|other| {
            other.code().row().effect == Effect::BreaksPromise
                && other.spoken_of() == Some(id)
                && other.sender == *party
        });
        said.map(|other| other.since).max()
    });
    let all = [refusal, silence, relay, broken.flatten()];
    all.into_iter().flatten().max().is_some_and(|at| at.after_seconds(NO_STANDS_S) > now)
}

/// Whether something of it is still open with some addressee, or a place is being hit and nobody has ended that.
pub fn is_open(dialogue: &Dialogue, now: Time) -> bool {
    dialogue.is_incident_open()
        || dialogue.exchanges.keys().any(|party| {
            waits_for(dialogue, party, now)
                || is_promised(dialogue, party, now)
                || dialogue.missing_hop(party).is_some()
        })
}

/// Whether nobody of this party has a message in time that asks for its answer: its sender calls, and reads it out.
pub fn is_undelivered(dialogue: &Dialogue, party: &PartyId, now: Time) -> bool {
    let exchange = dialogue.exchanges.get(party);
    let missed = exchange.filter(|with| with.has_lapsed(Lapse::NotDelivered));
    missed.is_some_and(|with| with.delivered.is_none()) && waits_for(dialogue, party, now)
}

/// Whether the reader is told what became of a message with an addressee: its sender is, and the addressee itself; and
/// the watch desk, once it reads a message that went neither from nor to it.
pub fn is_told(dialogue: &Dialogue, reader: &PartyId, party: &PartyId) -> bool {
    reader == party || dialogue.sender == *reader || !dialogue.concerns(reader)
}
