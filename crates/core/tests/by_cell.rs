//! That a place is being hit reaches also those who may not see it: as cells of the sharing grid.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

const LAT: f64 = 33.5;
const LON: f64 = 38.6;

fn hit(w: &World, code: &str, place: &Value, to: &[&str]) -> Say {
    let name = if code == "W9" { "cell" } else { "object" };
    sent(code, &[(name, place.clone()), ("since", later(w, 0))], to)
}

/// A place of `aid` that `north` alone may see.
fn hospital(w: &mut World, declared: DeclarationContent) -> Value {
    let sharing = Sharing::Named([party("north")].into());
    version_ref(w.accepted("aid", declare(declared, sharing)).0)
}

/// What parties were told by cells, by whom it was told to.
fn told(w: &World) -> BTreeMap<PartyId, (MessageId, Dialogue)> {
    let all = w.state.ledger().dialogues.iter();
    let told = all.filter(|(_, dialogue)| dialogue.by_cell.is_some());
    told.map(|(id, dialogue)| {
        assert_eq!(dialogue.exchanges.len(), 1, "each by itself");
        let party = dialogue.exchanges.keys().next().unwrap().clone();
        (party, (*id, Dialogue::clone(dialogue)))
    })
    .collect()
}

#[test]
fn whoever_may_not_see_a_place_that_is_hit_is_told_its_cells_and_answers() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w, site(LAT, LON));
    let said = hit(&w, "P6", &place, &["aid"]);
    let first = MessageId(w.accepted("north", said).0.0);
    let others = told(&w);
    let names: Vec<&str> = others.keys().map(PartyId::as_str).collect();
    assert_eq!(names, ["host", "south"], "neither who sent it nor whom it went to");
    let charter = w.state.ledger().charter.as_ref().unwrap();
    let grid = charter.rules.sharing_grid().unwrap();
    let cell = GridCell::from(grid.cell_at(deconflict_geometry::Position::new(LAT, LON).unwrap()));
    let (id, notice) = &others[&party("south")];
    let cells = &notice.by_cell.as_ref().unwrap().cells;
    // The place is no point: it lies in a few.
    assert!(cells.contains(&cell) && cells.len() < 5, "{cells:?}");
    let cell = cells[0];
    let of_place = Value::Cell(CellPlace { level: cell.level, row: cell.row, column: cell.column });
    assert_eq!(notice.message.parameters[&ParameterName::new("object").unwrap()], of_place);
    assert_eq!((notice.sender.as_str(), notice.precedence), ("north", Precedence::Flash));
    // The place itself is nobody's whom it was not shared with, and the sender sees to whom its cells were told.
    let south = w.view("south");
    assert!(!south.dialogues.contains_key(&first));
    let hidden = format!(
        "{}",
        ObjectRef(match place {
            Value::Reference(of) => of.0,
            _ => unreachable!(),
        })
    );
    assert!(!serde_json::to_string(south).unwrap().contains(&hidden));
    assert_eq!(*w.view("north").dialogues[id], *notice);
    assert!(!w.view("aid").dialogues.contains_key(id));
    // Said again while it is to answer, nobody is told anew.
    let again = hit(&w, "P6", &place, &["aid"]);
    assert_eq!(w.accepted("north", again).1, []);
    // It is a message as any other: whoever is told stops its fire, and the sender sees it.
    let from = later(&w, 0);
    w.accepted("south", answered("CEASED", *id, &[("stopped_from", from)]));
    let answer = |w: &World, name: &str| {
        w.view(name).dialogues[id].exchanges[&party("south")].answer().is_some()
    };
    assert!(answer(&w, "north") && answer(&w, "south"));
    assert!(w.view("south").dialogues[id].is_incident_open(), "no answer ends it");
    // What it answered was about what was then: said again, it is told anew; by somebody else, all are.
    let again = hit(&w, "P6", &place, &["aid"]);
    let anew = w.accepted("north", again).1;
    let [Finding::CellNotice { party: to, .. }] = &anew[..] else { panic!("{anew:?}") };
    assert_eq!(*to, party("south"));
    let of_owner = hit(&w, "P6", &place, &["north"]);
    let found = w.accepted("aid", of_owner).1;
    assert_eq!(found.len(), 2, "{found:?}");
    // The owner's word ends all that was told, of its own message and of others'.
    let over = hit(&w, "P7", &place, &["north"]);
    let over = w.accepted("aid", over);
    let ended = over.1.iter().filter(|f| matches!(f, Finding::CellNoticeEnded { .. })).count();
    assert_eq!(ended, 5);
    for name in ["south", "host", "north"] {
        let view = w.view(name);
        let open = view.dialogues.values().filter(|dialogue| dialogue.is_incident_open()).count();
        assert_eq!(open, 0, "{name}");
    }
    assert!(!w.transcript("south").join("").contains(&hidden), "nor by its end");
    // The next one is told anew.
    let next = hit(&w, "P6", &place, &["aid"]);
    assert_eq!(w.accepted("north", next).1.len(), 2);
}

#[test]
fn however_many_were_told_the_owners_word_is_taken_in_and_ends_it_all() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w, site(LAT, LON));
    for _ in 0..2 {
        let said = hit(&w, "P6", &place, &["aid"]);
        w.accepted("north", said);
        let all = w.state.ledger().dialogues.iter().filter(|(_, known)| known.by_cell.is_some());
        let all = all.flat_map(|(id, known)| known.exchanges.iter().map(move |with| (*id, with)));
        let silent = all.filter(|(_, (_, with))| with.answers.is_empty());
        let silent: Vec<_> = silent.map(|(id, (to, _))| (id, to.clone())).collect();
        assert_eq!(silent.len(), 2);
        for (id, to) in silent {
            let from = later(&w, 0);
            w.accepted(to.as_str(), answered("CEASED", id, &[("stopped_from", from)]));
        }
    }
    let open = |w: &World| w.state.ledger().incidents.len();
    assert_eq!(open(&w), 6, "two messages, and what the host and the south were told of each");
    w.state.set_pace(Pace { findings: 1, ..Pace::default() });
    let over = hit(&w, "P7", &place, &["north"]);
    let ended = w.accepted("aid", over).1;
    assert!(matches!(ended[..], [Finding::CellNoticeEnded { .. }]), "{ended:?}");
    assert_eq!(open(&w), 3);
    // Another process goes on with it, also where it does not know what time it is.
    w.state = State::new(w.state.ledger().clone());
    assert_eq!(w.state.next_deadline(), w.state.next_due());
    let rest = w.state.tick_deadlines(w.now, 10);
    assert_eq!(rest.len(), 3, "{rest:?}");
    rest.iter().for_each(|entry| w.fold(entry));
    assert_eq!((open(&w), w.state.tick(w.now, 10).len()), (0, 0));
    for name in ["south", "host", "north", "aid"] {
        assert!(w.view(name).incidents.is_empty(), "{name}");
    }
}

#[test]
fn an_owner_forbids_it_and_a_place_that_nobody_declared_is_told_to_whoever_was_left_out() {
    let mut w = World::new(charter(&PARTIES));
    let DeclarationContent::Site(mut clinic) = site(LAT, LON) else { unreachable!() };
    clinic.hit_only_to_holders = true;
    let place = hospital(&mut w, DeclarationContent::Site(clinic));
    let said = hit(&w, "P6", &place, &["aid"]);
    assert_eq!(w.accepted("north", said).1, []);
    // That is about those who may not see it: a holder whom its sender left out is told all the same.
    let both = Sharing::Named([party("north"), party("south")].into());
    let DeclarationContent::Site(mut other) = site(LAT + 0.1, LON) else { unreachable!() };
    other.hit_only_to_holders = true;
    let held = version_ref(w.accepted("aid", declare(DeclarationContent::Site(other), both)).0);
    let said = hit(&w, "P6", &held, &["aid"]);
    w.accepted("north", said);
    let of_place = told(&w);
    assert_eq!(of_place.keys().map(PartyId::as_str).collect::<Vec<_>>(), ["south"]);
    // It is told of the place that it may see, and not of cells alone.
    let south = &of_place[&party("south")].1;
    assert_eq!(south.message.parameters[&ParameterName::new("object").unwrap()], held);
    let over = hit(&w, "P7", &held, &["north", "south"]);
    w.accepted("aid", over);
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = hit(&w, "W9", &cell, &["south"]);
    w.accepted("north", fire);
    let mut of_cell = told(&w);
    of_cell.retain(|_, (_, dialogue)| dialogue.is_incident_open());
    assert_eq!(of_cell.keys().map(PartyId::as_str).collect::<Vec<_>>(), ["aid", "host"]);
    let said = &of_cell[&party("aid")].1.message;
    assert_eq!(said.parameters[&ParameterName::new("cell").unwrap()], cell);
    // Whoever said it ends it, and those who were told by cells with it.
    let over = hit(&w, "P7", &cell, &["south", "aid", "host"]);
    w.accepted("north", over);
    assert!(told(&w).values().all(|(_, dialogue)| !dialogue.is_incident_open()));
}

#[test]
fn of_what_is_on_its_way_the_cells_are_told_where_it_is_to_be_now() {
    let mut w = World::new(charter(&PARTIES));
    let (departs, arrives) = ("2026-07-03T12:00:00Z", "2026-07-03T14:00:00Z");
    let DeclarationContent::Movement(mut convoy) =
        movement((LAT, LON), (LAT, LON + 0.5), departs, arrives)
    else {
        unreachable!()
    };
    // And from there on to the north, in the afternoon.
    let third = Waypoint {
        place: Place { lat: LAT + 0.5, lon: LON + 0.5 },
        from: at("2026-07-03T18:00:00Z"),
        until: at("2026-07-03T19:00:00Z"),
    };
    convoy.waypoints.push(third);
    let place = hospital(&mut w, DeclarationContent::Movement(convoy));
    let rows = |w: &World| {
        let (_, dialogue) = &told(w)[&party("south")];
        let cells = &dialogue.by_cell.as_ref().unwrap().cells;
        cells.iter().map(|cell| cell.row).collect::<std::collections::BTreeSet<i32>>()
    };
    // Before it sets out nobody has its whole way: where it will be next.
    let said = exercise(hit(&w, "P6", &place, &["aid"]));
    w.accepted("north", said);
    assert!(rows(&w).len() <= 2, "the first leg alone: {:?}", rows(&w));
    let begun = w.now;
    w.pass(at("2026-07-03T17:00:00Z").seconds() - begun.seconds());
    let said = hit(&w, "P6", &place, &["aid"]);
    w.accepted("north", said);
    assert!(rows(&w).len() > 3, "the way to the north alone: {:?}", rows(&w));
}

#[test]
fn an_owner_who_was_left_out_is_told_of_the_place_and_ends_it() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w, site(LAT, LON));
    let said = hit(&w, "P6", &place, &["host"]);
    w.accepted("north", said);
    let (_, of_owner) = &told(&w)[&party("aid")];
    assert_eq!(of_owner.message.parameters[&ParameterName::new("object").unwrap()], place);
    let over = hit(&w, "P7", &place, &["north"]);
    w.accepted("aid", over);
    assert!(told(&w).values().all(|(_, dialogue)| !dialogue.is_incident_open()));
}

#[test]
fn what_its_owner_ended_is_hit_all_the_same() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w, site(LAT, LON));
    let Value::Reference(of) = &place else { unreachable!() };
    let declaration = DeclarationId(deconflict_record::Hash(of.0));
    w.accepted("aid", Say::End { declaration, how: Ending::Removed });
    let said = hit(&w, "P6", &place, &["aid"]);
    w.accepted("north", said);
    let others = told(&w);
    assert_eq!(others.keys().map(PartyId::as_str).collect::<Vec<_>>(), ["host", "south"]);
    assert!(!others[&party("south")].1.by_cell.as_ref().unwrap().cells.is_empty());
}
