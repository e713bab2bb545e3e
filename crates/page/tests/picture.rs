//! What a picture shows of a world, and that its changes lead from each picture to the next one.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;
use std::sync::Arc;

use deconflict_core::{DeclarationContent, Receipt, Say, Sharing, Version};
use deconflict_desk::{Desk, DeskView, Settings};
use deconflict_page::{PageSubjects, changes, compose};
use deconflict_testing::history::{channel_step, step};
use deconflict_testing::{
    Dice, PARTIES, SPACE, World, answered, charter, choice, declare, later, log, operation_at,
    party, send, sent, site, version_ref, zone,
};
use deconflict_vocabulary as vocabulary;
use deconflict_words::Reader;
use deconflict_words::inbox::{Section, ordered};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A desk of a party that shows what a world gave to it.
struct Shown {
    desk: DeskView,
    _folder: TempDir,
}

impl Shown {
    fn new(name: &str) -> Shown {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: None,
        };
        let desk = Desk::create(folder.path(), &settings).unwrap();
        Shown { desk: DeskView::of(&desk), _folder: folder }
    }

    fn picture(&mut self, world: &World, lang: &str) -> Value {
        let party = self.desk.status.settings.party.clone();
        self.desk.ledger = Arc::new(world.state.ledger().project(&party));
        let reader = Reader::new(&self.desk.ledger, &party, lang, world.now);
        let of = PageSubjects { post: "duty officer", locked: false };
        serde_json::to_value(compose(&self.desk, &reader, of, 7)).unwrap()
    }
}

/// What a page does with a change (`web/src/lib/changes.ts`): a path names a member, or an element of a list by its name.
fn apply(picture: &mut Value, change: &Value) {
    for (path, value) in change["set"].as_object().into_iter().flatten() {
        match path.split_once('/') {
            None => picture[path] = value.clone(),
            Some((member, id)) => {
                let list = picture[member].as_array_mut().unwrap();
                match list.iter_mut().find(|one| name_of(member, one) == id) {
                    Some(one) => *one = value.clone(),
                    None => list.push(value.clone()),
                }
            }
        }
    }
    for path in change["drop"].as_array().into_iter().flatten() {
        let (member, id) = path.as_str().unwrap().split_once('/').unwrap();
        picture[member].as_array_mut().unwrap().retain(|one| name_of(member, one) != id);
    }
}

fn name_of<'a>(member: &str, one: &'a Value) -> &'a str {
    let by = if member == "queue" { "statement" } else { "id" };
    one[by].as_str().unwrap_or_default()
}

/// The same whatever the order within its lists, and without what each picture says of itself.
fn unordered(picture: &Value) -> Value {
    let mut all = picture.clone();
    let members = all.as_object_mut().unwrap();
    members.remove("seq");
    members.remove("now");
    for value in members.values_mut() {
        if let Value::Array(list) = value {
            list.sort_by_key(Value::to_string);
        }
    }
    all
}

fn assert_named_once(picture: &Value) {
    for member in ["alarms", "dialogues", "declarations", "conflicts", "queue"] {
        let all = picture[member].as_array().unwrap();
        let names: BTreeSet<&str> = all.iter().map(|one| name_of(member, one)).collect();
        assert_eq!(names.len(), all.len(), "each of `{member}` has a name of its own");
        assert!(names.iter().all(|name| !name.is_empty() && !name.contains('/')), "{member}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changes_lead_from_each_picture_to_the_next_one(seed in any::<u64>(), reader in 0_usize..4) {
        let mut dice = Dice(seed);
        let mut world = World::unchecked(charter(&PARTIES));
        let mut shown = Shown::new(PARTIES[reader]);
        let mut generations = [0; 4];
        let mut held = shown.picture(&world, "en");
        for _ in 0..8 {
            for _ in 0..4 {
                if dice.one_in(2) {
                    channel_step(&mut world, &mut dice);
                } else {
                    step(&mut world, &mut dice, &mut generations);
                }
            }
            let next = shown.picture(&world, "en");
            assert_named_once(&next);
            let before = held.clone();
            match changes(&before, &next, (8, "2017-05-18T06:00:00Z")) {
                None => prop_assert_eq!(unordered(&before), unordered(&next)),
                Some(change) => {
                    apply(&mut held, &serde_json::to_value(change).unwrap());
                    prop_assert_eq!(unordered(&held), unordered(&next));
                }
            }
            // Nothing is told of a picture that is the same.
            prop_assert_eq!(changes(&next, &next, (9, "2017-05-18T06:00:00Z")), None);
        }
    }

    #[test]
    fn a_picture_has_the_alarms_of_the_inbox_and_what_is_the_readers_own_first(
        seed in any::<u64>(), reader in 0_usize..4
    ) {
        let mut dice = Dice(seed);
        let mut world = World::unchecked(charter(&PARTIES));
        let mut shown = Shown::new(PARTIES[reader]);
        for _ in 0..24 {
            channel_step(&mut world, &mut dice);
        }
        let picture = shown.picture(&world, "fr");
        let own = party(PARTIES[reader]);
        let places = ordered(&shown.desk.ledger, &own, world.now, false);
        let alarms = picture["alarms"].as_array().unwrap();
        for place in &places {
            let id = place.id.to_string();
            let alarm = alarms.iter().find(|one| one["dialogue"] == json!(id));
            prop_assert!(alarm.is_some(), "{} is in the inbox and not in the picture", id);
            let waits = matches!(place.section, Section::Awaiting);
            prop_assert!(!waits || alarm.unwrap()["mine"] == json!(true));
        }
        let of_messages = alarms.iter().filter(|one| one["dialogue"].is_string()).count();
        prop_assert_eq!(of_messages, places.len());
        let mine: Vec<bool> = alarms.iter().map(|one| one["mine"].as_bool().unwrap()).collect();
        prop_assert!(mine.is_sorted_by_key(|mine| !mine), "{:?}", mine);
    }
}

/// North asks south to leave its zone.
fn asked(world: &mut World) -> (Version, String) {
    let keep_out = DeclarationContent::Zone(zone(33.5, 38.6, 3_000.0, &["south"], &["south"]));
    let (zone, _) = world.accepted("north", declare(keep_out, Sharing::Open));
    let all = [
        ("zone", version_ref(zone)),
        ("by", later(world, 7_200)),
        ("exit_sector", choice("west")),
        ("authority", choice("commander")),
    ];
    let id = send(world, "north", sent("W4", &all, &["south"]));
    (zone, id.to_string())
}

fn texts(picture: &Value) -> (String, String) {
    let text = |of: &Value| of["text"].as_str().unwrap().to_owned();
    (text(&picture["alarms"][0]), text(&picture["dialogues"][0]))
}

#[test]
fn a_request_is_shown_to_both_sides_in_the_readers_language_with_its_clocks() {
    let mut world = World::new(charter(&PARTIES));
    let (_, id) = asked(&mut world);
    let (mut south, mut north) = (Shown::new("south"), Shown::new("north"));
    let theirs = south.picture(&world, "en");
    let alarm = &theirs["alarms"][0];
    assert_eq!((&alarm["id"], &alarm["mine"]), (&json!(id), &json!(true)), "{theirs:#}");
    assert_eq!(alarm["clock"]["what"], "read_back");
    assert_eq!(alarm["also"][0]["what"], "answer");
    assert_eq!(alarm["deeds"], json!(["read_back", "answer", "call"]));
    let dialogue = &theirs["dialogues"][0];
    let fields = dialogue["read_back"]["fields"].as_array().unwrap();
    let fields: Vec<&str> = fields.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        BTreeSet::from_iter(fields),
        BTreeSet::from(["zone", "by", "exit_sector", "authority"])
    );
    assert!(dialogue["answers"].as_array().unwrap().contains(&json!("WILCO")), "{dialogue:#}");
    assert_eq!(dialogue["own_proof"], dialogue["answers"], "an answer to W4 takes the key's proof");
    // Who waits for the answer has the same before it, and no deed of the other side.
    let ours = north.picture(&world, "en");
    assert_eq!((&ours["alarms"][0]["id"], &ours["alarms"][0]["mine"]), (&json!(id), &json!(false)));
    assert_eq!(
        (&ours["dialogues"][0]["read_back"], &ours["dialogues"][0]["answers"]),
        (&Value::Null, &json!([]))
    );
    // The same facts in each language, in other words.
    let (en, ru, ar) =
        (texts(&theirs), texts(&south.picture(&world, "ru")), texts(&south.picture(&world, "ar")));
    assert!(en.0 != ru.0 && ru.0 != ar.0 && en.1 != ru.1, "{en:?} {ru:?} {ar:?}");
    // What was read back is asked for no more, and the answer ends it.
    let message = deconflict_core::MessageId(deconflict_record::Hash::from_hex(&id).unwrap());
    world.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let read = south.picture(&world, "en");
    assert_eq!(read["dialogues"][0]["read_back"], Value::Null);
    assert!(read["dialogues"][0]["receipts"]["read_back"].is_string());
    assert_eq!(read["alarms"][0]["clock"]["what"], "answer");
    let wilco = answered("WILCO", message, &[("by", later(&world, 3_600))]);
    world.accepted("south", wilco);
    let done = south.picture(&world, "en");
    assert!(done["dialogues"][0]["receipts"]["answered"].is_string(), "{done:#}");
    assert_eq!(done["dialogues"][0]["answers"], json!([]));
}

#[test]
fn a_picture_holds_nothing_that_its_party_may_not_see() {
    let mut world = World::new(charter(&PARTIES));
    let hidden =
        world.accepted("north", declare(operation_at(33.5, 38.6), Sharing::ConflictOnly)).0;
    world.accepted("aid", declare(site(33.5, 38.6), Sharing::Open));
    let mut south = Shown::new("south");
    let picture = south.picture(&world, "en").to_string();
    assert!(!picture.contains(&hidden.0.to_string()), "{picture}");
    let own = Shown::new("north").picture(&world, "en");
    assert!(own["declarations"].to_string().contains(&hidden.0.to_string()), "{own:#}");
}

#[test]
fn what_the_page_asks_the_keys_proof_for_is_what_signing_takes_it_for() {
    let mut world = World::new(charter(&PARTIES));
    let place = vocabulary::CellPlace { level: 0, row: 1, column: 1 };
    let cell = vocabulary::Value::Cell(place);
    let since = later(&world, 0);
    send(&mut world, "north", sent("W9", &[("cell", cell), ("since", since)], &["south"]));
    send(&mut world, "north", sent("L1", &[("n", vocabulary::Value::Number(3))], &["south"]));
    let picture = Shown::new("south").picture(&world, "en");
    let of = |code: &str| {
        let all = picture["dialogues"].as_array().unwrap();
        all.iter().find(|one| one["code"] == code).unwrap()
    };
    let hit = of("W9");
    assert_eq!(hit["own_proof"], hit["answers"]);
    assert!(!hit["answers"].as_array().unwrap().is_empty());
    let test = of("L1");
    assert_eq!((&test["answers"], &test["own_proof"]), (&json!(["ROGER"]), &json!([])));
}
