//! Messages and answers from desk to desk while there is no host, with every desk killed between any two steps.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_core::{ExchangeState, MessageId, Say, Time};
use deconflict_desk::{BesideRecord, Fate, VoiceStanding, voice_states};
use deconflict_record::Hash;
use deconflict_vocabulary::{NamedTextForm, ObjectRef, TextForm};
use serde_json::json;

fn line_test(n: u32) -> Say {
    let message = json!({"code": "L1", "parameters": {"n": {"number": n}}});
    let say = json!({"send": {"message": message, "to": ["south"], "traffic": "real"}});
    serde_json::from_value(say).unwrap()
}

fn roger(message: Hash) -> Say {
    let answer = json!({"answer": "ROGER", "parameters": {}});
    serde_json::from_value(json!({"answer": {"message": message, "answer": answer}})).unwrap()
}

/// What a desk has beside the record.
fn beside(post: &Post, name: &str) -> BesideRecord {
    let queue: Vec<_> = post.desk.queued().cloned().collect();
    let now = Time::from_seconds(at(9).seconds().cast_signed());
    BesideRecord::of(post.desk.view(), &party(name), &queue, now)
}

#[test]
fn a_message_and_its_answer_stand_once_and_in_their_order_whoever_sends_first() {
    for north_first in [true, false] {
        let (host, folder) = (host(), tempfile::tempdir().unwrap());
        let dirs = ["north", "south"].map(|name| folder.path().join(name));
        let mut north = Post::new(&dirs[0], &host, "north");
        let mut south = Post::new(&dirs[1], &host, "south");
        north.sync(1).unwrap();
        south.sync(1).unwrap();
        let said = north.desk.file(&line_test(7), &duty("north"), None).unwrap().statement;
        north = north.restart(&dirs[0]);
        let (out, answered) = (folder.path().join("out"), folder.path().join("back"));
        north.desk.export_statements(&out, &[said], at(2)).unwrap();
        for second in [3, 4] {
            south.desk.import_statements(&out, at(second)).unwrap();
            south = south.restart(&dirs[1]);
        }
        let shown = beside(&south, "south");
        let dialogue = &shown.ledger.dialogues[&MessageId(said)];
        assert_eq!(dialogue.since.seconds(), at(3).seconds().cast_signed(), "by its own clock");
        assert!(south.desk.view().dialogues.is_empty(), "nothing of it is in the view");
        let answer = south.desk.file(&roger(said), &duty("south"), None).unwrap().statement;
        south = south.restart(&dirs[1]);
        south.desk.export_statements(&answered, &[said, answer], at(5)).unwrap();
        north.desk.import_statements(&answered, at(6)).unwrap();
        north = north.restart(&dirs[0]);
        let shown = beside(&north, "north");
        let state = shown.ledger.dialogues[&MessageId(said)]
            .state_with(&party("south"), Time::from_seconds(at(7).seconds().cast_signed()));
        assert_eq!(state, Some(ExchangeState::Answered));
        assert!(shown.messages[&MessageId(said)].came_by_file().any(|one| one.statement == answer));

        let order = if north_first { [&mut north, &mut south] } else { [&mut south, &mut north] };
        for (post, second) in order.into_iter().zip([8, 10]) {
            post.send(second).unwrap();
            post.sync(second + 1).unwrap();
        }
        for (post, name) in [(&mut north, "north"), (&mut south, "south")] {
            post.sync(12).unwrap();
            assert_eq!(post.desk.queued().count(), 0, "{name}, north first: {north_first}");
            let known = &post.desk.view().dialogues[&MessageId(said)];
            assert_eq!(known.exchanges[&party("south")].answers.len(), 1, "{name}");
            assert!(beside(post, name).messages.is_empty());
        }
    }
}

#[test]
fn an_answer_whose_message_is_nowhere_waits_and_is_sent_by_itself_once_it_stands() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let (one, other) = (folder.path().join("north"), folder.path().join("south"));
    let mut north = Post::new(&one, &host, "north");
    let mut south = Post::new(&other, &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    let said = north.desk.file(&line_test(7), &duty("north"), None).unwrap().statement;
    let answer = south.desk.file(&roger(said), &duty("south"), None).unwrap().statement;
    let sent = south.send(2).unwrap();
    assert_eq!(sent.awaiting, [(answer, MessageId(said))]);
    assert!(sent.filed.is_empty() && sent.held_up.is_empty());
    south = south.restart(&other);
    // What is said later goes before it, although it was signed to follow it.
    south
        .desk
        .file(&operation(10.0, deconflict_core::Sharing::Open), &duty("south"), None)
        .unwrap();
    let sent = south.send(3).unwrap();
    assert_eq!((sent.filed.len(), sent.awaiting.len()), (1, 1));
    north.send(4).unwrap();
    south = south.restart(&other);
    south.sync(5).unwrap();
    let sent = south.send(6).unwrap();
    assert_eq!((sent.filed.len(), sent.awaiting.len()), (1, 0));
    assert_eq!(sent.filed[0].refusal, None, "it counts");
    south.sync(7).unwrap();
    assert_eq!(south.desk.queued().count(), 0);
}

#[test]
fn what_was_read_out_is_kept_over_a_kill_and_compared_with_what_was_signed() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("south");
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&dir, &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    let say = line_test(7);
    let said = north.desk.file(&say, &duty("north"), None).unwrap().statement;
    let Say::Send { message, traffic, .. } = say else { unreachable!("a message") };
    let form = TextForm::of_message(traffic, &message).unwrap();
    let named = NamedTextForm { form, name: Some(ObjectRef(said.0).short()) };
    let from = party("north");
    let kept = south.desk.type_in(&from, &named.to_string(), at(2)).unwrap();
    south = south.restart(&dir);
    let again = south.desk.type_in(&from, &named.to_string().to_lowercase(), at(3)).unwrap();
    assert_eq!(again, kept, "typed in twice, it is kept once");
    let Say::Answer { answer, .. } = roger(said) else { unreachable!("an answer") };
    south.desk.note_answer(kept.number, &answer, at(4)).unwrap();
    south = south.restart(&dir);
    assert_eq!(south.desk.voice_texts()[0].noted.as_ref().map(|note| &note.answer), Some(&*answer));
    assert_eq!(south.desk.queued().count(), 0, "nothing was signed");
    assert!(south.desk.view().dialogues.is_empty());
    let standing = |south: &Post| {
        let beside = beside(south, "south");
        let texts = south.desk.voice_texts();
        voice_states(texts, &beside, south.desk.view(), &party("south"), |_| None)[0].standing
    };
    assert_eq!(standing(&south), VoiceStanding::Unsigned);
    north.send(5).unwrap();
    south.sync(6).unwrap();
    let stands =
        VoiceStanding::AsSigned { message: MessageId(said), in_record: true, corrected: false };
    assert_eq!(standing(&south), stands);
    south.desk.forget_voice_text(kept.number).unwrap();
    south = south.restart(&dir);
    assert!(south.desk.voice_texts().is_empty());
    for wrong in ["L1 R 7 0000", "hello", ""] {
        assert!(south.desk.type_in(&from, wrong, at(7)).is_err(), "{wrong}");
    }
}

#[test]
fn what_the_host_did_not_take_or_a_revoked_key_signed_answers_nothing() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&folder.path().join("south"), &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    let said = north.desk.file(&line_test(7), &duty("north"), None).unwrap().statement;
    south.desk.file(&roger(said), &duty("south"), None).unwrap();
    let (out, back) = (folder.path().join("out"), folder.path().join("back"));
    north.desk.export_statements(&out, &[said], at(2)).unwrap();
    south.desk.import_statements(&out, at(2)).unwrap();
    let answer = south.desk.queued().find(|item| item.ours).map(|item| item.statement).unwrap();
    south.desk.export_statements(&back, &[answer], at(3)).unwrap();
    north.desk.import_statements(&back, at(4)).unwrap();
    let queue: Vec<_> = north.desk.queued().cloned().collect();
    let now = Time::from_seconds(at(9).seconds().cast_signed());
    let state = |fate: Option<Fate>| {
        let mut queue = queue.clone();
        for item in queue.iter_mut().filter(|item| !item.ours) {
            item.fate = fate.clone().unwrap_or(item.fate.clone());
        }
        let shown = BesideRecord::of(north.desk.view(), &party("north"), &queue, now);
        assert_eq!(shown.messages[&MessageId(said)].said.len(), 1, "it is told all the same");
        shown.ledger.dialogues[&MessageId(said)].state_with(&party("south"), now)
    };
    assert_eq!(state(None), Some(ExchangeState::Answered));
    for fate in [Fate::Refused { detail: "no".into() }, Fate::TooLate { tried: false }] {
        assert_eq!(state(Some(fate)), Some(ExchangeState::Open));
    }
    let mut view = north.desk.view().clone();
    let key = duty("south").verifying_key().id();
    let mut known = (*view.keys[&key]).clone();
    known.revoked = Some(1);
    view.keys.insert(key, known.into());
    let shown = BesideRecord::of(&view, &party("north"), &queue, now);
    let state = shown.ledger.dialogues[&MessageId(said)].state_with(&party("south"), now);
    assert_eq!(state, Some(ExchangeState::Open), "its key was revoked");
}

#[test]
fn one_party_fills_its_own_share_and_what_is_kept_already_is_not_counted() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&folder.path().join("south"), &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    let said: Vec<Hash> = (0..65)
        .map(|n| north.desk.file(&line_test(n), &duty("north"), None).unwrap().statement)
        .collect();
    let [most, last] = ["most", "last"].map(|name| folder.path().join(name));
    north.desk.export_statements(&most, &said[..64], at(2)).unwrap();
    north.desk.export_statements(&last, &said[64..], at(2)).unwrap();
    for second in [3, 4] {
        south.desk.import_statements(&most, at(second)).unwrap();
        assert_eq!(south.desk.queued().count(), 64, "twice changes nothing");
    }
    let refused = south.desk.import_statements(&last, at(5)).unwrap_err().to_string();
    assert!(refused.contains("64 statements of `north` wait here already"), "{refused}");
    assert_eq!(south.desk.queued().count(), 64);
}

#[test]
fn an_answer_to_a_message_that_takes_no_effect_does_not_wait_for_ever() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&folder.path().join("south"), &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    // Nobody sends to itself.
    let message = json!({"code": "L1", "parameters": {"n": {"number": 7}}});
    let say = json!({"send": {"message": message, "to": ["north", "south"], "traffic": "real"}});
    let say = serde_json::from_value(say).unwrap();
    let said = north.desk.file(&say, &duty("north"), None).unwrap().statement;
    let out = folder.path().join("out");
    north.desk.export_statements(&out, &[said], at(2)).unwrap();
    south.desk.import_statements(&out, at(2)).unwrap();
    let answer = south.desk.file(&roger(said), &duty("south"), None).unwrap().statement;
    let sent = south.send(3).unwrap();
    assert_eq!((sent.filed.len(), sent.awaiting.len()), (1, 0), "{sent:?}");
    let fate = south.desk.queued().find(|item| item.statement == answer).map(|item| &item.fate);
    let Some(Fate::Refused { detail }) = fate else { unreachable!("{fate:?}") };
    assert!(detail.contains("without effect"), "{detail}");
}
