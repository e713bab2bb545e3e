//! When the bell of `deconflict inbox --follow` rings.

use std::collections::BTreeSet;

use deconflict_core::{ExchangeState, Ledger, MessageId, PartyId, Time, UndertakingState};
use deconflict_vocabulary::Precedence;

use super::order::{Place, Section};

/// A reason to ring, once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Alarm {
    /// An urgent answer of the party is waited for, since then; so is any that a correction asks for anew.
    Waiting(MessageId, Time),
    /// The last third of the time until this deadline has begun.
    LastThird(MessageId, Time),
    /// A message went to the next level.
    NextLevel(MessageId),
    /// Something that came by file or was read out waits, under this name.
    Beside(String),
}

/// What rings now of what the record shows; and when the next deadline comes near.
pub(super) fn alarms(
    view: &Ledger,
    places: &[Place<'_>],
    own: &PartyId,
    now: Time,
) -> (BTreeSet<Alarm>, Option<Time>) {
    let (mut all, mut next) = (BTreeSet::new(), None::<Time>);
    for place in places {
        let Place { section, id, dialogue } = place;
        let is_urgent = dialogue.precedence >= Precedence::Immediate;
        if *section == Section::Awaiting && (is_urgent || dialogue.reopened.is_some()) {
            all.insert(Alarm::Waiting(*id, dialogue.since));
        }
        if dialogue.exchanges.values().any(|with| with.escalated) || view.escalated.contains(id) {
            all.insert(Alarm::NextLevel(*id));
        }
        for (from, until) in deadlines(place, own, now) {
            let third_s = (until.seconds() - from.seconds()) / 3;
            let begins = until.after_seconds(-third_s);
            if begins <= now {
                all.insert(Alarm::LastThird(*id, until));
            } else {
                next = Some(next.map_or(begins, |next| next.min(begins)));
            }
        }
    }
    (all, next)
}

/// The deadlines of the party in a dialogue that have not passed, each with since when it runs: to answer, and to do what
/// was promised.
fn deadlines(place: &Place<'_>, own: &PartyId, now: Time) -> Vec<(Time, Time)> {
    let dialogue = place.dialogue;
    let Some(exchange) = dialogue.exchanges.get(own) else { return Vec::new() };
    let state = dialogue.state_with(own, now);
    let is_open = matches!(state, Some(ExchangeState::Open | ExchangeState::HeldOpen));
    let answer_by = dialogue.since.after_seconds(dialogue.limits.answered_s.into());
    let answer_by = exchange.held_until.map_or(answer_by, |held| held.max(answer_by));
    let asked =
        (is_open && place.section == Section::Awaiting).then_some((dialogue.since, answer_by));
    let promised = exchange.undertaking.filter(|u| u.state == UndertakingState::Open);
    let promised = promised.filter(|_| place.section == Section::Promised);
    let promised = promised.and_then(|u| Some((exchange.answer()?.at, u.by)));
    asked.into_iter().chain(promised).filter(|(_, until)| *until > now).collect()
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Actor, Dialogue, Joint, Lapse, Role, Sending};
    use deconflict_record::{Hash, KeyId};
    use deconflict_vocabulary::{
        Answer, CodeId, LimitTable, Message, Moment, ParameterName, Traffic, Value,
    };

    use super::*;
    use crate::channel::order::ordered;

    const ID: MessageId = MessageId(Hash([1; 32]));

    fn time(clock: &str) -> Time {
        format!("2026-07-03T{clock}Z").parse().unwrap()
    }

    /// North asks south for something at ten.
    fn asked(code: &str, parameters: &str) -> Dialogue {
        let sending = Sending {
            message: Message {
                code: CodeId::new(code).unwrap(),
                parameters: serde_json::from_str(parameters).unwrap(),
            },
            traffic: Traffic::Real,
            sender: "north".parse().unwrap(),
            to: vec!["south".parse().unwrap()],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        Dialogue::begin(sending, &LimitTable::default(), time("10:00:00")).unwrap()
    }

    fn told(dialogue: &Dialogue, clock: &str) -> (BTreeSet<Alarm>, Option<Time>) {
        let south = "south".parse().unwrap();
        let mut view = Ledger::default();
        view.dialogues.insert(ID, Joint::new(dialogue.clone()));
        alarms(&view, &ordered(&view, &south, time(clock), false), &south, time(clock))
    }

    #[test]
    fn it_rings_for_what_comes_anew_comes_near_or_goes_up_and_for_each_once() {
        let leave = r#"{"zone":{"reference":"ZONE"},"by":{"time":"2026-07-03T20:00:00Z"},"exit_sector":{"choice":"west"},"authority":{"choice":"duty"}}"#;
        let mut dialogue = asked("W4", &leave.replace("ZONE", &"a".repeat(64)));
        let first = Alarm::Waiting(ID, time("10:00:00"));
        // IMMEDIATE: half an hour to answer, the last third from 10:20 on.
        let (all, next) = told(&dialogue, "10:19:59");
        assert_eq!((all, next), ([first.clone()].into(), Some(time("10:20:00"))));
        let near = Alarm::LastThird(ID, time("10:30:00"));
        assert_eq!(told(&dialogue, "10:20:00"), ([first.clone(), near.clone()].into(), None));
        let south: PartyId = "south".parse().unwrap();
        dialogue.lapse(&south, Lapse::NextLevel, time("10:20:00"));
        let (all, _) = told(&dialogue, "10:20:01");
        assert_eq!(all, [first.clone(), near, Alarm::NextLevel(ID)].into());
        // A correction that opens it anew rings anew.
        let by = ParameterName::new("by").unwrap();
        let later = Value::Time(Moment::from_rfc3339("2026-07-03T22:00:00Z").unwrap());
        let north = "north".parse().unwrap();
        dialogue.correct(&north, (by, later), &LimitTable::default(), time("10:25:00")).unwrap();
        let (all, next) = told(&dialogue, "10:25:00");
        assert!(all.contains(&Alarm::Waiting(ID, time("10:25:00"))) && !all.contains(&first));
        assert_eq!(next, Some(time("10:45:00")));
        // What was promised for noon comes near.
        let wilco = r#"{"answer":"WILCO","parameters":{"by":{"time":"2026-07-03T12:00:00Z"}}}"#;
        let answer: Answer = serde_json::from_str(wilco).unwrap();
        let key = KeyId(Hash([1; 32]));
        let actor = Actor { party: &south, key, role: Role::Person, signed: true };
        dialogue.answer(&answer, &actor, time("10:30:00")).unwrap();
        assert_eq!(told(&dialogue, "11:00:00").1, Some(time("11:30:00")));
        let (all, _) = told(&dialogue, "11:30:00");
        assert!(all.contains(&Alarm::LastThird(ID, time("12:00:00"))), "{all:?}");
    }

    #[test]
    fn what_is_not_urgent_rings_when_its_time_runs_out() {
        let test = asked("L4", r#"{"from":{"time":"2026-07-03T10:00:00Z"}}"#);
        assert!(told(&test, "10:00:01").0.is_empty(), "PRIORITY");
        let (all, _) = told(&test, "12:00:00");
        assert_eq!(all, [Alarm::LastThird(ID, time("13:00:00"))].into());
    }
}
