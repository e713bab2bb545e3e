//! That nothing open is left out of what a party is shown, whatever was said: over random histories of the channel.

use std::collections::BTreeMap;

use deconflict_core::*;
use deconflict_testing::history::{channel_step, step};
use deconflict_testing::{Dice, PARTIES, World, charter, duty, hold, party};
use deconflict_words::inbox::{InboxPlace, MOST_FLASH, Section, ordered};
use deconflict_words::{is_open, is_promised, next_due};

/// How often each kind of obligation was met, so that none is judged in vain.
#[derive(Default, Debug)]
struct Judgements {
    to_answer: usize,
    promised: usize,
    sent: usize,
    incidents: usize,
    grouped: usize,
    shelved: usize,
}

fn judge(w: &World, name: &str, met: &mut Judgements) {
    let (me, view, now) = (party(name), w.view(name), w.now);
    let places = ordered(view, &me, now, false);
    let listed: BTreeMap<MessageId, &InboxPlace<'_>> =
        places.iter().map(|place| (place.id, place)).collect();
    assert_eq!(listed.len(), places.len(), "each stands once");
    for (id, dialogue) in &view.dialogues {
        let what = format!("{name}: {id:?} {}", dialogue.code().as_str());
        let place = listed.get(id);
        let state = dialogue.state_with(&me, now);
        if matches!(state, Some(ExchangeState::Open | ExchangeState::HeldOpen)) {
            let place = place.unwrap_or_else(|| panic!("{what} waits for an answer, unlisted"));
            assert_eq!(place.section, Section::Awaiting, "{what}");
            let due = next_due(dialogue, &me).map(|(at, _)| at.0.nanos());
            assert_eq!(Some(place.due_ns), due, "{what}: without its clock");
            met.to_answer += 1;
        }
        if is_promised(dialogue, &me, now) {
            assert!(place.is_some(), "{what} is promised, and unlisted");
            met.promised += 1;
        }
        if dialogue.sender == me && is_open(dialogue, now) {
            assert!(place.is_some(), "{what} was sent and is open, unlisted");
            met.sent += 1;
        }
        if dialogue.is_incident_open() && dialogue.concerns(&me) {
            let place = place.unwrap_or_else(|| panic!("{what} is being hit, unlisted"));
            assert!(matches!(place.section, Section::Awaiting | Section::Incident), "{what}");
            assert!(!place.grouped, "{what} is hidden among others");
            met.incidents += 1;
        }
        for operator in view.shelved(&me, *id, now).keys() {
            assert!(!view.is_of_incident(*id), "{what} is silent for {operator:?}");
            // What came later than the word that silences it sounds.
            let began = dialogue.entries.first().copied();
            let by = view.shelves.get(&me).into_iter().flatten();
            assert!(by.clone().any(|shelf| began < Some(shelf.entry)), "{what} is new and silent");
            met.shelved += 1;
        }
    }
    let mut of_sender: BTreeMap<_, usize> = BTreeMap::new();
    for place in places.iter().filter(|place| place.section == Section::Awaiting) {
        let of = of_sender.entry((&place.dialogue.sender, place.dialogue.traffic)).or_default();
        *of += usize::from(!place.grouped && place.dialogue.sender != me);
    }
    for place in places.iter().filter(|place| place.grouped) {
        let of = (&place.dialogue.sender, place.dialogue.traffic);
        assert!(of_sender[&of] >= MOST_FLASH, "{name}: the first of {of:?} are hidden");
        met.grouped += 1;
    }
}

/// An operator shelves the sound of something that is there.
fn shelve(w: &mut World, dice: &mut Dice) {
    let name = PARTIES[dice.below(4)];
    let all: Vec<MessageId> = w.view(name).dialogues.keys().copied().collect();
    let Some(message) = dice.pick(&all).copied() else { return };
    let until = w.now.after_seconds(60 + dice.below(800) as i64);
    let say = Say::Shelve { of: ShelfObject::Message(message), until };
    let statement = w.statement(name, &[&duty(name)], say);
    let _ = w.file(statement);
}

/// One party asks another one for much at once, all of it urgent.
fn flood(w: &mut World, dice: &mut Dice) {
    let (from, to) = (PARTIES[dice.below(4)], PARTIES[dice.below(4)]);
    for _ in 0..MOST_FLASH + 2 {
        let statement = w.statement(from, &[&duty(from)], hold(w.now, &[to]));
        let _ = w.file(statement);
    }
}

#[test]
fn whatever_is_open_is_listed_before_whose_it_is_with_its_clock_and_no_shelf_or_flood_hides_a_new_one()
 {
    let mut met = Judgements::default();
    for seed in 0..8 {
        let (mut dice, mut generations) = (Dice(400 + seed), [0; 4]);
        let mut w = World::new(charter(&PARTIES));
        for nth in 0..120 {
            match dice.below(8) {
                0 => step(&mut w, &mut dice, &mut generations),
                1 => shelve(&mut w, &mut dice),
                2 if nth % 5 == 0 => flood(&mut w, &mut dice),
                2 => drop(w.pass([5, 60, 600, 3_600][dice.below(4)])),
                _ => channel_step(&mut w, &mut dice),
            }
            if nth % 3 == 0 {
                PARTIES.iter().for_each(|name| judge(&w, name, &mut met));
            }
        }
    }
    let Judgements { to_answer, promised, sent, incidents, grouped, shelved } = met;
    let all = [to_answer, promised, sent, incidents, grouped, shelved];
    assert!(all.iter().all(|count| *count > 0), "{met:?}");
}
