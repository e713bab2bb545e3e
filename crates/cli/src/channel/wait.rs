//! Waiting for the answers to a message.

use std::time::{Duration, Instant};

use deconflict_core::{Dialogue, ExchangeState, MessageId, Time};
use deconflict_words::dialogue_row;

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
            ExchangeState::Open | ExchangeState::HeldOpen => return None,
            ExchangeState::NoAnswer | ExchangeState::NotReceived => NO_ANSWER,
            ExchangeState::Closed => NONE,
            ExchangeState::Answered => {
                // What must say its reason is no yes.
                let refuses = exchange.answer().is_some_and(|given| {
                    given.answer.answer.row().parameters.iter().any(|p| p.name == "reason")
                });
                if refuses { CONFLICTS } else { NONE }
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
