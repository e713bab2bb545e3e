//! A log that was written once is read by every later release, to the same ledger.
//!
//! `DECONFLICT_UPDATE=1` writes it anew, which is right only as long as no release has read it:
//! after that a new form gets a new file, beside this one.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use deconflict_core::*;
use deconflict_record::{SigningKey, leaf_hash};
use deconflict_testing::*;
use deconflict_vocabulary::{
    Answer, AnswerId, CellPlace, ChoiceId, CodeId, LanguageTag, Message, Moment, ObjectRef,
    ParameterName, Traffic, Value,
};
use kinds::words;

const NOON: &str = "2017-05-18T12:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/golden", name].iter().collect()
}

/// At-Tanf, told so that everything that can be said or found occurs.
fn story() -> World {
    let mut terms = charter(&["host", "north", "south", "aid"]);
    terms.rules.probing_a_day = 2;
    let key = SigningKey::from_seed(&[9; 32]).verifying_key();
    let url = Some("https://witness.example/w1".to_owned());
    terms.witnesses.push(Witness { party: None, name: "witness.example/w1".into(), key, url });
    terms.continues = Some(Continues { size: 0, root: leaf_hash(b"before"), lost: "".into() });
    let mut w = World::new(terms);
    let text = || "because".to_owned();
    let roots = ["host", "north", "south", "aid"].map(|name| root(name, 0));
    let all: Vec<_> = roots.iter().collect();
    let militia: GroupId = "militia".parse().unwrap();

    w.enrol("south", "gateway", Role::Gateway);
    w.enrol("north", "uss", Role::Machine);
    w.enrol("north", "lost", Role::Person);
    let lost = operator("north", "lost");
    w.expect_accepted("north", &[&lost], Say::Void { number: 1 });
    let operator_key = lost.verifying_key().id();
    let revoke = Say::Revoke { operator_key, reason: text() };
    w.expect_accepted("north", &all[1..2], revoke);
    let recipients = ["age1qqq".parse().unwrap()].into();
    w.expect_accepted("south", &all[2..3], Say::SetRecipients { recipients });
    let speak = Say::SpeakFor { group: militia.clone() };
    w.expect_accepted("south", &all[2..3], speak);
    let dispute =
        Say::DisputeSpeaking { party: party("south"), group: militia.clone(), text: text() };
    w.accepted("north", dispute);

    let (clinic, _) =
        w.accepted("aid", declare(site(33.5, 38.7), Sharing::Named([party("south")].into())));
    w.accepted("aid", Say::Reconfirm { site: DeclarationId(clinic.0), version: clinic });
    let mut terms = zone(33.5, 38.6, 55_000.0, &["south", "aid"], &["south"]);
    terms.binds_groups = [militia.clone()].into();
    terms.inner = Some(Shape::Polygon {
        rings: vec![
            [(33.4, 38.5), (33.4, 38.7), (33.6, 38.7), (33.6, 38.5)]
                .map(|(lat, lon)| Place { lat, lon })
                .to_vec(),
        ],
        edges: Edges::Geodesic,
    });
    let (v1, _) = w
        .accepted("north", declare(DeclarationContent::Zone(terms.clone()), Sharing::ConflictOnly));
    let zone = DeclarationId(v1.0);
    let (point, own_text) = ("radius".to_owned(), "30 km at the most".to_owned());
    w.accepted("south", Say::Dispute { zone, version: v1, point, own_text });
    terms.volumes[0].shape =
        Shape::Circle { center: Place { lat: 33.5, lon: 38.6 }, radius_m: 30_000.0 };
    let (v2, _) =
        w.accepted("north", amend(v1, v1, DeclarationContent::Zone(terms), Sharing::ConflictOnly));
    w.accepted("aid", Say::Agree { zone, version: v2 });
    w.accepted("aid", Say::WithdrawAgreement { zone, version: v2, reason: text() });

    let interest: InterestId = "around-tanf".parse().unwrap();
    let area = Box::new(circle(33.5, 38.6, 50_000.0, NOON, TWO));
    let kinds = [Kind::Operation].into();
    w.accepted("aid", Say::SetInterest { interest: interest.clone(), area, kinds });
    let convoy = movement((33.5, 38.0), (33.5, 38.9), NOON, TWO);
    let attest =
        Say::Attest { evidence: text(), said: Box::new(declare(convoy, Sharing::ConflictOnly)) };
    w.expect_accepted("south", &[&operator("south", "gateway")], attest);
    let plan = |lon| operation(circle(33.5, lon, 900.0, NOON, TWO));
    let (drone, _) = w.expect_accepted(
        "north",
        &[&operator("north", "uss")],
        declare(plan(38.2), Sharing::Open),
    );
    let operation = DeclarationId(drone.0);
    let state = OperationState::Activated;
    w.accepted("north", Say::SetState { operation, version: drone, state });
    let conflicts: Vec<ConflictId> = w.state.ledger().conflicts.keys().copied().collect();
    for conflict in conflicts {
        w.accepted("host", Say::Own { conflict });
        w.accepted("south", Say::Noticed { conflict });
        w.accepted("north", Say::Contact { conflict, means: text() });
        w.accepted("south", Say::AcceptRisk { conflict, reason: text() });
    }
    let to: BTreeSet<PartyId> = [party("south")].into();
    let test = |n| {
        let n = (ParameterName::new("n").unwrap(), Value::Number(n));
        Message::new(CodeId::new("L1").unwrap(), [n].into()).unwrap()
    };
    let sent = [1, 2].map(|n| {
        let (message, to, traffic) = (Box::new(test(n)), to.clone(), Traffic::Real);
        let remark = Value::text("as each morning", LanguageTag::new("en").unwrap());
        let Value::Text(remark) = remark else { unreachable!() };
        let say = Say::Send { message, to, traffic, remark: Some(MessageRemark::Open(remark)) };
        MessageId(w.accepted("north", say).0.0)
    });
    w.accepted(
        "south",
        Say::Receive {
            message: sent[0],
            receipt: Receipt::ReadBack,
            shown_in: LanguageTag::new("fr"),
        },
    );
    let roger = Answer { answer: AnswerId::new("ROGER").unwrap(), parameters: [].into() };
    w.accepted("south", Say::Answer { message: sent[0], answer: Box::new(roger) });
    hit(&mut w, Value::Reference(ObjectRef(clinic.0.0)));
    asked_to_leave(&mut w, Value::Reference(ObjectRef(v1.0.0)));
    let by = |hours: i64| {
        let second = w.now.seconds() + 3_600 * hours;
        Value::Time(deconflict_vocabulary::Moment::from_seconds(second).unwrap())
    };
    let leave = [
        ("zone", Value::Reference(deconflict_vocabulary::ObjectRef(zone.0.0))),
        ("by", by(4)),
        ("exit_sector", choice("east")),
        ("authority", choice("commander")),
    ];
    let (promises, leave) = (by(3), deconflict_testing::sent("W4", &leave, &["south"]));
    // By a clock that is behind the host's.
    let asked = w.statement("north", &[&operator("north", "duty")], leave);
    let message = MessageId(asked.hash);
    w.file(Statement { clock_ahead_s: Some(-42), ..asked }).unwrap();
    w.accepted("south", answered("WILCO", message, &[("by", promises)]));
    w.accepted("north", Say::Confirm { message, party: party("south") });
    let until = w.now.after_seconds(600);
    w.accepted("south", Say::Shelve { of: ShelfObject::Message(sent[1]), until });
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let since = Value::Time(Moment::from_seconds(w.now.seconds()).unwrap());
    let fire = |name, to: &[&str]| {
        let code = if name == "cell" { "W9" } else { "P7" };
        deconflict_testing::sent(code, &[(name, cell.clone()), ("since", since.clone())], to)
    };
    w.accepted("north", fire("cell", &["south"]));
    w.accepted("north", fire("object", &["host", "south", "aid"]));
    let (entered, _) = w.accepted(
        "host",
        Say::EnterFor {
            party: party("aid"),
            means: "voice, 07:10".into(),
            said: Box::new(declare(plan(38.3), Sharing::ConflictOnly)),
        },
    );
    w.accepted("aid", amend(entered, entered, plan(38.205), Sharing::ConflictOnly));
    let declaration = operation;
    w.accepted("north", Say::Share { declaration, sharing: Sharing::ConflictOnly });
    w.accepted("north", amend(drone, drone, plan(38.22), Sharing::ConflictOnly));
    w.refused("north", amend(drone, drone, plan(38.22), Sharing::ConflictOnly));
    let (gone, _) = w.accepted("aid", declare(plan(38.22), Sharing::ConflictOnly));
    let how = Ending::Cancelled;
    w.accepted("aid", Say::End { declaration: DeclarationId(gone.0), how });
    w.accepted("aid", Say::DropInterest { interest });
    adjusted(&mut w);
    let trucks = |east| movement((33.5, 38.5), (33.5, east), NOON, TWO);
    let (way, _) = w.accepted("aid", declare(trucks(38.7), Sharing::ConflictOnly));
    w.accepted("aid", amend(way, way, trucks(38.75), Sharing::ConflictOnly));
    let column = movement((34.5, 38.5), (34.5, 38.7), NOON, TWO);
    let (column, _) = w.accepted("aid", declare(column, Sharing::Named([party("north")].into())));
    let (store, _) = w.accepted("aid", declare(site(33.5, 38.6), Sharing::ConflictOnly));
    let how = Ending::Removed;
    w.accepted("aid", Say::End { declaration: DeclarationId(store.0), how });
    let sealed = Finding::Disclosures { root: leaf_hash(b"disclosures"), comparing: false };
    w.fold(&Entry { at: w.now, what: What::Found(sealed) });
    let heard = ["north.example/desk".to_owned()].into();
    let resumed = Finding::Resumed { heard, needed: 2, recovered: 3 };
    w.fold(&Entry { at: w.now, what: What::Found(resumed) });
    w.pass(6 * 3_600);
    w.pass(86_400);
    arrived(&mut w, column);
    w.pass(200 * 86_400);
    w.now = w.now.after_seconds(3_650 * 86_400);
    let erased = w.erase();
    let of_message =
        |one: &Finding| matches!(one, Finding::Erased { of: ErasureSubject::Message { .. }, .. });
    assert!(erased.iter().any(of_message) && !erased.iter().all(of_message));

    let late = member("late");
    let (newcomer, next) = (root("late", 0), root("north", 1));
    let signers: Vec<_> = all.iter().copied().chain([&newcomer]).collect();
    w.expect_accepted("host", &signers, Say::Join { member: late });
    let next_root = leaf_hash(&root("north", 2).verifying_key().id().0.0);
    let rotate = Say::RotateRoot { root: next.verifying_key(), next_root };
    w.expect_accepted("north", &[&root("north", 0), &next], rotate);
    let successor = Say::ReplaceSuccessor { next_root: leaf_hash(b"another successor") };
    let signers = [&roots[3], &roots[0], &roots[2], &next, &newcomer];
    w.expect_accepted("aid", &signers, successor);
    w.expect_accepted("aid", &all[3..], Say::Suspend { reason: text() });
    w.expect_accepted("aid", &all[3..], Say::Resume {});
    w.expect_accepted("south", &all[2..3], Say::StopSpeakingFor { group: militia });
    w.expect_accepted("south", &all[2..3], Say::Withdraw { reason: text() });
    let signers = [&roots[0], &next, &roots[3], &newcomer];
    let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
    terms.rules.separation = Apart { horizontal_m: 250.5, vertical_m: 30.0, time_s: 60 };
    terms.consents.witnesses = Consent::AtLeast(2);
    w.expect_accepted("host", &signers, Say::AmendCharter { charter: Box::new(terms) });
    let host = Host { party: party("late"), key: operator("late", "log").verifying_key() };
    let from = deconflict_record::Head { size: 7, root: leaf_hash(b"head") };
    w.expect_accepted("host", &signers, Say::MoveHost { host, from });
    w
}

/// An operation is adjusted as its owner promised.
fn adjusted(w: &mut World) {
    let plan = |lat| operation(circle(lat, 39.9, 900.0, NOON, TWO));
    let (of, _) = w.accepted("north", declare(plan(34.9), Sharing::Open));
    let later_on = Value::Choices(vec![ChoiceId::new("later").unwrap()]);
    let ask = [("operation", version_ref(of)), ("shift", later_on)];
    let asked = MessageId(w.accepted("south", sent("O5", &ask, &["north"])).0.0);
    let by = later(w, 3_600);
    w.accepted("north", answered("WILCO", asked, &[("by", by)]));
    w.accepted("north", amend(of, of, plan(35.1), Sharing::Open));
}

/// A movement that was overdue says that it arrived.
fn arrived(w: &mut World, movement: Version) {
    let all =
        [("movement", version_ref(movement)), ("time", later(w, 0)), ("status", choice("arrived"))];
    w.accepted("aid", sent("P3", &all, &["north"]));
}

/// A place is being hit that not everybody may see, until its owner says that it is over.
fn hit(w: &mut World, place: Value) {
    let all = [("object", place), ("since", later(w, -60))];
    let (_, told) = w.accepted("aid", sent("P6", &all, &["south"]));
    let notice = told.iter().find_map(|finding| match finding {
        Finding::CellNotice { notice, party, .. } if party.as_str() == "north" => Some(*notice),
        _ => None,
    });
    let from = later(w, 0);
    w.accepted("north", answered("CEASED", notice.unwrap(), &[("stopped_from", from)]));
    w.accepted("aid", sent("P7", &all, &["south"]));
}

/// A request to leave that is passed on, corrected, promised and kept; and another one that cannot be.
fn asked_to_leave(w: &mut World, zone: Value) {
    let message = |id: MessageId| ("message", Value::Reference(ObjectRef(id.0.0)));
    let group = || ("group", Value::name("militia"));
    let leave = |w: &mut World| {
        let all = [
            ("zone", zone.clone()),
            ("by", later(w, 7_200)),
            ("exit_sector", choice("east")),
            ("authority", choice("commander")),
        ];
        MessageId(w.accepted("north", sent("W4", &all, &["south"])).0.0)
    };
    let asked = leave(w);
    w.accepted("north", sent("Y1", &[message(asked), group()], &["south"]));
    let field = Value::Field(ParameterName::new("exit_sector").unwrap());
    let corrected = [message(asked), ("field", field), ("new_value", choice("west"))];
    w.accepted("north", sent("D6", &corrected, &["south"]));
    let hold = later(w, 300);
    w.accepted("south", answered("STANDBY", asked, &[("answer_by", hold)]));
    let passed = [
        message(asked),
        group(),
        ("time", later(w, 0)),
        ("means", choice("telephone")),
        ("how", choice("verbatim")),
    ];
    w.accepted("south", sent("Y2", &passed, &["north"]));
    let by = later(w, 3_600);
    w.accepted("south", answered("WILCO", asked, &[("by", by.clone())]));
    let replied = [
        message(asked),
        group(),
        ("reply", choice("will-comply")),
        ("by", by.clone()),
        ("time", later(w, 0)),
    ];
    w.accepted("south", sent("Y3", &replied, &["north"]));
    let left = [("zone", zone.clone()), ("time", later(w, 0))];
    w.accepted("south", sent("W7", &left, &["north", "aid"]));
    let again = leave(w);
    w.accepted("south", answered("WILCO", again, &[("by", by)]));
    let back = [message(again), ("reason", choice("terms"))];
    w.accepted("south", sent("D8", &back, &["north"]));
    w.accepted("north", sent("D7", &[message(again)], &["south"]));
}

fn ledger_hash(ledger: &Ledger) -> String {
    leaf_hash(&serde_json::to_vec(ledger).unwrap()).to_string()
}

#[test]
fn a_log_that_was_written_once_is_read_to_the_same_ledger() {
    let (log, hash) = (file("v1.jsonl"), file("v1.ledger-hash"));
    if std::env::var("DECONFLICT_UPDATE").is_ok_and(|set| set == "1") {
        let w = story();
        let lines = w.log.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        fs::create_dir_all(file("")).unwrap();
        fs::write(&log, lines.collect::<String>()).unwrap();
        fs::write(&hash, ledger_hash(w.state.ledger()) + "\n").unwrap();
    }
    let hint = "the log of a release must be read as it was written. While no release has read \
                this form, DECONFLICT_UPDATE=1 writes it anew; after that mend the reader";
    let written = fs::read_to_string(&log).expect(hint);
    let mut state = State::default();
    let (mut says, mut findings) = (BTreeSet::new(), BTreeSet::new());
    for (i, line) in written.lines().enumerate() {
        let entry: Entry =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("entry {i}: {error}: {hint}"));
        assert_eq!(serde_json::to_string(&entry).unwrap(), line, "entry {i}: {hint}");
        match &entry.what {
            What::Accepted(statement) => {
                says.insert(statement.say.rules().word.to_owned());
            }
            What::Refused(..) => {}
            What::Found(finding) => {
                findings.insert(finding.word().to_owned());
            }
        }
        state.apply(&entry);
    }
    assert_eq!(ledger_hash(state.ledger()), fs::read_to_string(&hash).unwrap().trim(), "{hint}");
    assert_eq!(says, words::<Say>(), "the story says everything that can be said");
    assert_eq!(findings, words::<Finding>(), "everything that can be found is found in it");
}

#[test]
fn the_entries_that_govern_lead_alone_to_the_same_charter_parties_keys_and_hosts() {
    let written = fs::read_to_string(file("v1.jsonl")).unwrap();
    let (mut whole, mut governing, mut others) = (Ledger::default(), Ledger::default(), 0);
    // How far a key has come is told by every statement.
    let keys = |ledger: &Ledger| {
        let of = |(id, key): (&_, &Joint<Key>)| {
            (*id, key.party.clone(), key.key, key.operator.clone(), key.enrolled, key.revoked)
        };
        ledger.keys.iter().map(of).collect::<Vec<_>>()
    };
    for (index, line) in (0..).zip(written.lines()) {
        let entry: Entry = serde_json::from_str(line).unwrap();
        whole.apply(index, index, &entry);
        if entry.governs() {
            governing.apply(index, index, &entry);
        } else {
            others += 1;
        }
        assert_eq!(governing.charter, whole.charter, "entry {index}");
        assert_eq!(governing.parties, whole.parties, "entry {index}");
        assert_eq!(keys(&governing), keys(&whole), "entry {index}");
        assert_eq!(governing.former, whole.former, "entry {index}");
        assert_eq!(governing.public, whole.public, "entry {index}");
    }
    assert!(others > whole.public.len(), "most of the story governs nothing");
}
