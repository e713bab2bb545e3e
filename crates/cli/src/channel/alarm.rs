//! When the bell of `deconflict inbox --follow` rings.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::{
    ConflictId, DeclarationId, Exchange, ExchangeState, Lapse, Ledger, MessageId, OperatorId,
    PartyId, Time, UndertakingState, Version,
};
use deconflict_record::KeyId;
use deconflict_vocabulary::Precedence;
use deconflict_words::inbox::{InboxPlace, Section, untold};
use deconflict_words::{OverlapCall, is_undelivered, next_overlap_rise, overlap_call, overlaps};

const MINUTE_S: i64 = 60;

/// A reason to ring, once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Alarm {
    /// An urgent answer of the party is waited for, since then; so is any that a correction asks for anew.
    Waiting(MessageId, Time),
    /// An overlap for which the party is called, for this reason and since then; it rings anew where it becomes more urgent,
    /// changes, or calls for another reason.
    Overlap(ConflictId, OverlapCall, Time),
    /// The last third of the time until this deadline has begun.
    LastThird(MessageId, Time),
    /// Nobody has read back in time what every desk of the party is to show.
    EveryDesk(MessageId),
    /// No desk of this party has what was sent to it: it is to be called.
    NotDelivered(MessageId, PartyId),
    /// A message went to the next level.
    NextLevel(MessageId),
    /// Somebody is being hit, and whoever listens has not read it back himself, which his party asks of each: once in each
    /// minute since then.
    ReadBack(MessageId, i64),
    /// A movement of the party is about to begin, and nobody has said that units were told of this version.
    UnitsNotTold(DeclarationId, Version),
    /// Something that came by file or was read out waits, under this name.
    Beside(String),
}

/// Who hears the bell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listener {
    /// For which party.
    pub(super) party: PartyId,
    /// With which key; `None`: it is not at hand.
    pub(super) key: Option<KeyId>,
    /// At which post; `None`: the key is no operator's, and nothing is silent for it.
    pub(super) post: Option<OperatorId>,
    /// Whether the party asks each person on duty to read back what says that somebody is being hit.
    pub(super) each_reads_back: bool,
}

impl Listener {
    /// The messages that this one is to read back himself, and has not: those that say that somebody is being hit, until
    /// their owner ends that.
    pub(super) fn to_read_back<'a>(
        &self,
        places: &'a [InboxPlace<'_>],
    ) -> impl Iterator<Item = &'a InboxPlace<'a>> {
        places.iter().filter(move |place| {
            let own = place.dialogue.exchanges.get(&self.party);
            self.each_reads_back
                && place.dialogue.is_incident_open()
                && own.is_some_and(|own| !self.has_read_back(own))
        })
    }

    /// Whether this one has read back what came to his party.
    pub(super) fn has_read_back(&self, own: &Exchange) -> bool {
        self.key.is_some_and(|key| own.was_read_back_by(key))
    }
}

/// What rings now of what the record shows; and when the next deadline comes near, or something is silent no longer.
pub(super) fn alarms(
    view: &Ledger,
    places: &[InboxPlace<'_>],
    listener: &Listener,
    now: Time,
) -> (BTreeSet<Alarm>, Option<Time>) {
    let own = &listener.party;
    let (mut all, mut next) = (BTreeSet::new(), None::<Time>);
    let sooner = |next: Option<Time>, at: Time| Some(next.map_or(at, |next| next.min(at)));
    for place in listener.to_read_back(places) {
        let since = place.dialogue.since;
        let minute = (now.seconds() - since.seconds()).max(0) / MINUTE_S;
        all.insert(Alarm::ReadBack(place.id, minute));
        next = sooner(next, since.after_seconds((minute + 1) * MINUTE_S));
    }
    let shelved = |silent: BTreeMap<OperatorId, Time>| {
        listener.post.as_ref().and_then(|post| silent.get(post).copied())
    };
    for place in overlaps(view, own) {
        let is_urgent = place.conflict.precedence(now) >= Precedence::Immediate;
        // What stands still then rings anew.
        if let Some(until) = shelved(view.shelved_overlap(own, place.id, now)) {
            next = sooner(next, until);
        } else if let Some((why, since)) = overlap_call(view, place.conflict, own, now)
            && (is_urgent || why == OverlapCall::ContactOverdue)
        {
            all.insert(Alarm::Overlap(place.id, why, since));
        }
    }
    next = next_overlap_rise(view, now).map_or(next, |at| sooner(next, at));
    let untold = untold(view, own, now).into_iter();
    all.extend(untold.map(|(id, movement)| Alarm::UnitsNotTold(id, movement.version)));
    // What is grouped is silent, and rings once it stands by itself.
    for place in places.iter().filter(|place| !place.grouped) {
        let InboxPlace { section, id, dialogue, .. } = place;
        if let Some(until) = shelved(view.shelved(own, *id, now)) {
            next = sooner(next, until);
            continue;
        }
        let is_urgent = dialogue.precedence >= Precedence::Immediate;
        if *section == Section::Awaiting && (is_urgent || dialogue.reopened.is_some()) {
            all.insert(Alarm::Waiting(*id, dialogue.since));
        }
        let unread = dialogue.exchanges.get(own).filter(|with| with.read_back.is_none());
        if *section == Section::Awaiting
            && unread.is_some_and(|with| with.has_lapsed(Lapse::EveryDesk))
        {
            all.insert(Alarm::EveryDesk(*id));
        }
        if dialogue.sender == *own {
            let to = dialogue.exchanges.keys();
            let undelivered = to.filter(|to| is_undelivered(dialogue, to, now));
            all.extend(undelivered.map(|to| Alarm::NotDelivered(*id, to.clone())));
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
                next = sooner(next, begins);
            }
        }
    }
    (all, next)
}

/// The deadlines of the party in a dialogue that have not passed, each with since when it runs: to answer, and to do what
/// was promised.
fn deadlines(place: &InboxPlace<'_>, own: &PartyId, now: Time) -> Vec<(Time, Time)> {
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
    use deconflict_core::{Actor, Dialogue, Joint, Role, Sending, Shelf, ShelfObject};
    use deconflict_record::Hash;
    use deconflict_vocabulary::{
        Answer, CodeId, LimitTable, Message, Moment, ParameterName, Traffic, Value,
    };

    use super::*;
    use deconflict_words::inbox::ordered;

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
        told_to("south", dialogue, clock)
    }

    fn told_to(party: &str, dialogue: &Dialogue, clock: &str) -> (BTreeSet<Alarm>, Option<Time>) {
        let own: PartyId = party.parse().unwrap();
        let mut view = Ledger::default();
        view.dialogues.insert(ID, Joint::new(dialogue.clone()));
        let places = ordered(&view, &own, time(clock), false);
        alarms(&view, &places, &Listener { party: own, ..listener(false) }, time(clock))
    }

    fn listener(each_reads_back: bool) -> Listener {
        let (party, key) = ("south".parse().unwrap(), Some(KeyId(Hash([7; 32]))));
        Listener { party, key, post: "duty".parse().ok(), each_reads_back }
    }

    #[test]
    fn what_is_shelved_rings_for_others_and_again_when_that_ends() {
        let leave = r#"{"zone":{"reference":"ZONE"},"by":{"time":"2026-07-03T20:00:00Z"},"exit_sector":{"choice":"west"},"authority":{"choice":"duty"}}"#;
        let mut dialogue = asked("W4", &leave.replace("ZONE", &"a".repeat(64)));
        dialogue.entries = vec![4];
        let key = |seed: u8| deconflict_record::SigningKey::from_seed(&[seed; 32]).verifying_key();
        let enrolled = serde_json::json!({
            "party": "south", "key": key(1), "enrolled": 1, "revoked": null, "seq": 0, "last": null, "last_entry": null,
            "operator": {"id": "duty", "post": "Duty officer", "role": "person"},
        });
        let mut view = Ledger::default();
        view.keys.insert(key(1).id(), Joint::new(serde_json::from_value(enrolled).unwrap()));
        view.dialogues.insert(ID, Joint::new(dialogue));
        let shelf = Shelf {
            of: ShelfObject::Message(ID),
            key: key(1).id(),
            at: time("10:01:00"),
            until: time("10:09:00"),
            entry: 5,
        };
        view.shelves.insert("south".parse().unwrap(), [shelf].into_iter().collect());
        let south = "south".parse().unwrap();
        let heard = |post: &str, clock: &str| {
            let places = ordered(&view, &south, time(clock), false);
            let listener = Listener { post: post.parse().ok(), ..listener(false) };
            alarms(&view, &places, &listener, time(clock))
        };
        let waits = Alarm::Waiting(ID, time("10:00:00"));
        assert_eq!(heard("duty", "10:08:59"), (BTreeSet::new(), Some(time("10:09:00"))));
        assert_eq!(heard("duty", "10:09:00").0, [waits.clone()].into());
        assert_eq!(heard("night", "10:08:59").0, [waits].into());
    }

    #[test]
    fn what_says_that_somebody_is_hit_rings_each_minute_until_one_has_read_it_back_himself() {
        let fire = r#"{"cell":{"cell":{"level":0,"row":1,"column":1}},"since":{"time":"2026-07-03T09:59:00Z"}}"#;
        let mut dialogue = asked("W9", fire);
        let south: PartyId = "south".parse().unwrap();
        let heard = |dialogue: &Dialogue, each: bool, clock: &str| {
            let mut view = Ledger::default();
            view.dialogues.insert(ID, Joint::new(dialogue.clone()));
            let places = ordered(&view, &south, time(clock), false);
            let (all, _) = alarms(&view, &places, &listener(each), time(clock));
            all.into_iter().filter(|one| matches!(one, Alarm::ReadBack(..))).collect::<Vec<_>>()
        };
        let mut read_back = |key: u8, clock: &str| {
            let key = KeyId(Hash([key; 32]));
            let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
            dialogue.receive(deconflict_core::Receipt::ReadBack, &actor, time(clock)).unwrap();
            dialogue.clone()
        };
        let by_another = read_back(1, "10:01:00");
        assert_eq!(heard(&by_another, true, "10:02:59"), [Alarm::ReadBack(ID, 2)]);
        assert_eq!(heard(&by_another, true, "10:03:00"), [Alarm::ReadBack(ID, 3)]);
        assert!(heard(&by_another, false, "10:03:00").is_empty(), "the party does not ask for it");
        let himself = read_back(7, "10:03:30");
        assert!(heard(&himself, true, "10:04:00").is_empty());
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
        let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
        dialogue.answer(&answer, &actor, time("10:30:00")).unwrap();
        assert_eq!(told(&dialogue, "11:00:00").1, Some(time("11:30:00")));
        let (all, _) = told(&dialogue, "11:30:00");
        assert!(all.contains(&Alarm::LastThird(ID, time("12:00:00"))), "{all:?}");
    }

    #[test]
    fn what_nobody_reads_back_rings_once_more_at_every_desk_and_what_goes_up_at_the_watch_desk() {
        let fire = r#"{"cell":{"cell":{"level":0,"row":1,"column":1}},"since":{"time":"2026-07-03T09:59:00Z"}}"#;
        let mut dialogue = asked("W9", fire);
        let south: PartyId = "south".parse().unwrap();
        let of = |party: &str, dialogue: &Dialogue, clock: &str| told_to(party, dialogue, clock).0;
        dialogue.lapse(&south, Lapse::EveryDesk, time("10:02:00"));
        assert!(of("south", &dialogue, "10:02:00").contains(&Alarm::EveryDesk(ID)));
        assert!(!of("north", &dialogue, "10:02:00").contains(&Alarm::EveryDesk(ID)));
        assert!(of("watch", &dialogue, "10:02:00").is_empty());
        let mut read_back = dialogue.clone();
        let key = KeyId(Hash([1; 32]));
        let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
        let at = time("10:02:30");
        read_back.receive(deconflict_core::Receipt::ReadBack, &actor, at).unwrap();
        assert!(!of("south", &read_back, "10:02:30").contains(&Alarm::EveryDesk(ID)));
        dialogue.lapse(&south, Lapse::NextLevel, time("10:05:00"));
        assert_eq!(of("watch", &dialogue, "10:05:00"), [Alarm::NextLevel(ID)].into());
    }

    #[test]
    fn what_was_not_delivered_rings_at_its_sender_until_a_desk_has_it() {
        let mut dialogue = asked("L4", r#"{"from":{"time":"2026-07-03T10:00:00Z"}}"#);
        let south: PartyId = "south".parse().unwrap();
        assert!(told_to("north", &dialogue, "10:00:30").0.is_empty());
        dialogue.lapse(&south, Lapse::NotDelivered, time("10:01:00"));
        let call = Alarm::NotDelivered(ID, south.clone());
        assert_eq!(told_to("north", &dialogue, "10:01:00").0, [call].into());
        assert!(told(&dialogue, "10:01:00").0.is_empty(), "south is not called by its own desk");
        dialogue.exchanges.get_mut(&south).unwrap().delivered = Some(time("10:02:00"));
        assert!(told_to("north", &dialogue, "10:02:00").0.is_empty());
    }

    #[test]
    fn what_is_not_urgent_rings_when_its_time_runs_out() {
        let test = asked("L4", r#"{"from":{"time":"2026-07-03T10:00:00Z"}}"#);
        assert!(told(&test, "10:00:01").0.is_empty(), "PRIORITY");
        let (all, _) = told(&test, "12:00:00");
        assert_eq!(all, [Alarm::LastThird(ID, time("13:00:00"))].into());
    }

    #[test]
    fn what_is_grouped_is_silent_and_what_says_that_somebody_is_hit_sounds_beside_any_flood() {
        let hold = r#"{"who":{"name":"Ahrar"},"until":{"time":"2026-07-03T14:00:00Z"},"authority":{"choice":"duty"}}"#;
        let fire = r#"{"cell":{"cell":{"level":0,"row":1,"column":1}},"since":{"time":"2026-07-03T09:59:00Z"}}"#;
        let mut view = Ledger::default();
        for nth in 1..=6_u8 {
            let mut one = if nth == 6 { asked("W9", fire) } else { asked("W5", hold) };
            one.entries = vec![nth.into()];
            view.dialogues.insert(MessageId(Hash([nth; 32])), Joint::new(one));
        }
        // In the last third of their time.
        let now = time("10:08:00");
        let places = ordered(&view, &"south".parse().unwrap(), now, false);
        let (all, _) = alarms(&view, &places, &listener(false), now);
        let heard = |nth: u8| {
            let id = MessageId(Hash([nth; 32]));
            all.iter().any(|alarm| match alarm {
                Alarm::Waiting(of, _) | Alarm::LastThird(of, _) | Alarm::NextLevel(of) => *of == id,
                _ => false,
            })
        };
        assert_eq!([1, 2, 3, 4, 5, 6].map(heard), [true, true, true, false, false, true]);
    }

    #[test]
    fn an_overlap_rings_while_nobody_of_the_party_has_read_of_it_and_anew_where_it_becomes_urgent()
    {
        let side = |party: &str| serde_json::json!({"party": party, "kind": "operation", "handle": "d".repeat(64)});
        let conflict: deconflict_core::Conflict = serde_json::from_value(serde_json::json!({
            "sides": [side("north"), side("south")], "between": [null, null],
            "extent": {"cells": [], "from": "2026-07-03T12:00:00Z", "certainty": "overlap"},
            "opened": "2026-07-03T08:00:00Z", "owner": null, "noticed": {}, "contact": null, "accepted": [],
            "contact_overdue": false, "closed": null, "entries": [9],
        }))
        .unwrap();
        let id = ConflictId(Hash([5; 32]));
        let mut view = Ledger::default();
        view.conflicts.insert(id, Joint::new(conflict.clone()));
        let heard = |view: &Ledger, clock: &str| alarms(view, &[], &listener(false), time(clock)).0;
        assert!(heard(&view, "08:59:59").is_empty(), "PRIORITY: more than three hours");
        let rings = |why, clock| [Alarm::Overlap(id, why, time(clock))].into();
        assert_eq!(heard(&view, "09:00:00"), rings(OverlapCall::Unread, "09:00:00"));
        assert_eq!(heard(&view, "11:30:01"), rings(OverlapCall::Unread, "11:30:01"));
        let next = alarms(&view, &[], &listener(false), time("09:00:00")).1;
        assert_eq!(next, Some(time("11:30:01")), "it rings then without anybody's doing");
        let read = deconflict_core::Conflict {
            noticed: [("south".parse().unwrap(), time("09:01:00"))].into(),
            ..conflict
        };
        view.conflicts.insert(id, Joint::new(read.clone()));
        assert!(heard(&view, "11:30:00").is_empty());
        assert_eq!(heard(&view, "11:30:01"), rings(OverlapCall::Unowned, "11:30:01"));
        let overdue = deconflict_core::Conflict { contact_overdue: true, ..read };
        view.conflicts.insert(id, Joint::new(overdue));
        assert_eq!(heard(&view, "11:30:00"), rings(OverlapCall::ContactOverdue, "12:00:00"));
    }
}
