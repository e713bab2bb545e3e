//! Waiting for the answers to a message.

use std::time::{Duration, Instant};

use deconflict_core::{Dialogue, ExchangeState, MessageId, Time};
use deconflict_words::{dialogue_row, is_past_unsaid, refuses};

use crate::desk_client::{Changes, DeskSession};
use crate::options::Answer;
use crate::outcome::{CONFLICTS, Failure, NO_ANSWER, NONE, print, remark};

/// How long nothing need change before it is looked whether a time was over.
const LOOK: Duration = Duration::from_secs(5);

/// How a message ended with all addressees; `None`: somebody may still answer in time.
pub(super) fn ended(dialogue: &Dialogue, now: Time) -> Option<u8> {
    let mut status = NONE;
    for (party, exchange) in &dialogue.exchanges {
        let of_one = match dialogue.state_with(party, now)? {
            ExchangeState::Open if is_past_unsaid(dialogue, party, now) => NO_ANSWER,
            ExchangeState::Open | ExchangeState::HeldOpen => return None,
            ExchangeState::NoAnswer | ExchangeState::NotReceived => NO_ANSWER,
            // Taken back or over before anybody answered: nobody said yes.
            ExchangeState::Closed if dialogue.asks() => NO_ANSWER,
            ExchangeState::Closed => NONE,
            ExchangeState::Answered => {
                let refuses = exchange.answer().is_some_and(|given| refuses(&given.answer));
                let late = exchange.answer().is_some_and(|given| given.late);
                match (refuses, late) {
                    (true, _) => CONFLICTS,
                    (false, true) => NO_ANSWER,
                    (false, false) => NONE,
                }
            }
        };
        // That somebody refused weighs more than that somebody else is silent.
        status = match (status, of_one) {
            (CONFLICTS, _) | (_, CONFLICTS) => CONFLICTS,
            (one, other) => one.max(other),
        };
    }
    Some(status)
}

/// Waits until everybody has answered, or has not in time, or for so long; the status, and the desk as it is then.
pub(super) fn until_answered(
    mut at: DeskSession,
    id: MessageId,
    most: Option<Duration>,
    (lang, output): (&str, Answer),
) -> Result<(u8, DeskSession), Failure> {
    let begun = Instant::now();
    let (mut changes, mut told) = (Changes::default(), String::new());
    loop {
        if let Some(dialogue) = at.view().dialogues.get(&id) {
            let reader = at.reader(lang);
            let state = dialogue_row(&reader, id, dialogue)[4].clone();
            if output == Answer::Text && state != told {
                print(|out| state.lines().try_for_each(|line| writeln!(out, "  {line}")))?;
                told = state;
            }
            if let Some(status) = ended(dialogue, reader.now) {
                return Ok((status, at));
            }
        }
        let left = most.map_or(LOOK, |most| most.saturating_sub(begun.elapsed()).min(LOOK));
        if left.is_zero() {
            remark("not everybody has answered yet. That permits nothing");
            return Ok((NO_ANSWER, at));
        }
        at = at.after_a_change(&mut changes, left)?;
    }
}

#[cfg(test)]
mod tests {
    use deconflict_core::Sending;
    use deconflict_vocabulary::{CodeId, LimitTable, Message, Traffic};

    use super::*;

    #[test]
    fn nobody_said_yes_to_what_was_taken_back_or_passed_its_time_unsaid() {
        let at: Time = "2026-07-03T10:00:00Z".parse().unwrap();
        let parameters = serde_json::from_str(r#"{"n":{"number":1}}"#).unwrap();
        let sending = Sending {
            message: Message { code: CodeId::new("L1").unwrap(), parameters },
            traffic: Traffic::Real,
            sender: "north".parse().unwrap(),
            to: vec!["south".parse().unwrap()],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        let mut dialogue = Dialogue::begin(sending, &LimitTable::default(), at).unwrap();
        assert_eq!(ended(&dialogue, at), None);
        // Its two minutes are over, and the host that would say so is gone.
        assert_eq!(ended(&dialogue, at.after_seconds(600)), Some(NO_ANSWER));
        dialogue.cancel(&"north".parse().unwrap(), at).unwrap();
        assert_eq!(ended(&dialogue, at), Some(NO_ANSWER));
    }
}
