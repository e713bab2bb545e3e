//! Who is given what of the channel, over HTTP: each kind of word about a message, and each role.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeMap;

use common::*;
use deconflict_api::Content;
use deconflict_core::*;
use deconflict_record::{Hash, SigningKey};
use deconflict_vocabulary::{LanguageTag, Moment, ObjectRef, ParameterName, Value};

/// What is said or found, and which of north, south, aid and the host is given it: a letter each, or a dash. The host is
/// the watch desk.
const TABLE: &[(&str, &str)] = &[
    // North asks south; nobody else takes part.
    ("W4 north to south", "ns--"),
    ("DELIVERED", "ns--"),
    ("DISPLAYED", "ns--"),
    ("READ BACK", "ns--"),
    ("STANDBY", "ns--"),
    ("WILCO", "ns--"),
    ("D6 corrects it", "ns--"),
    ("WILCO to the corrected", "ns--"),
    ("W7 reports it", "ns--"),
    ("confirmed by north", "ns--"),
    // South speaks for a group.
    ("Y1 asks south to pass it on", "ns--"),
    ("Y2 relayed to", "ns--"),
    ("Y3 reply of group", "ns--"),
    ("D8 takes a promise back", "ns--"),
    ("D7 takes the request back", "ns--"),
    // To several: each has the message, and of the others' answers nothing.
    ("L1 to south and aid", "nsa-"),
    ("ROGER of aid", "n-a-"),
    ("ROGER of south", "ns--"),
    ("L2 duty, to aid", "n-a-"),
    ("an exercise, to south", "ns--"),
    // A place that only aid and north may see is being hit: who may not see it has the host's word of its cells.
    ("P6 aid to north and host", "n-ah"),
    ("its cells, told to south", "-sa-"),
    ("CEASED of north", "n-a-"),
    ("NOT OURS of south, to the cells", "-sa-"),
    ("P7 of aid", "n-ah"),
];

/// The same where something was left until it fell due.
const LATER: &[(&str, &str)] = &[
    // What nobody answers goes to the next level: the watch desk has it from then on, with what came before.
    ("W4 that nobody answers", "ns-h"),
    ("its lapse to the next level", "ns-h"),
    ("UNABLE after that", "ns-h"),
    // A change that nobody has received goes up with the message that it changes, and all that came of that.
    ("D6 corrects it", "ns-h"),
    ("W4 north to south", "ns-h"),
    ("WILCO to the corrected", "ns-h"),
    // And nothing else.
    ("L1 to south and aid", "nsa-"),
    ("ROGER of south", "ns--"),
    ("CEASED of north", "n-a-"),
    // What is entered by the watch desk is given to it as to its author.
    ("L4 entered for south, to north", "ns-h"),
];

fn moment(rig: &Rig, seconds: i64) -> Value {
    Value::Time(Moment::from_seconds(rig.now().seconds() + seconds).unwrap())
}

fn about(id: MessageId) -> Value {
    Value::Reference(ObjectRef(id.0.0))
}

/// The scene, and the names of what was said in it; what was found has none.
struct Scene {
    rig: Rig,
    zone: Hash,
    said: BTreeMap<&'static str, Hash>,
}

const READERS: [(&str, char); 4] = [("north", 'n'), ("south", 's'), ("aid", 'a'), ("host", 'h')];

impl Scene {
    fn say(&mut self, row: &'static str, name: &str, say: &Say) -> MessageId {
        let (version, _) = self.rig.accepted(name, say);
        assert_eq!(self.said.insert(row, version.0), None, "{row}");
        MessageId(version.0)
    }

    fn send(
        &mut self,
        row: &'static str,
        name: &str,
        (code, all): (&str, &[(&str, Value)]),
        to: &[&str],
    ) -> MessageId {
        self.say(row, name, &sent(code, all, to))
    }
}

fn scene() -> Scene {
    let mut rig = Rig::new();
    let zone = DeclarationContent::Zone(zone(33.5, 38.6, 55_000.0, &["south"], &["south"]));
    let declared = rig.accepted("north", &declare(zone, Sharing::ConflictOnly)).0.0;
    let zone = Value::Reference(ObjectRef(declared.0));
    let named = Sharing::Named([party("north")].into());
    let site =
        Value::Reference(ObjectRef(rig.accepted("aid", &declare(site(36.5, 38.6), named)).0.0.0));
    let mut s = Scene { rig, zone: declared, said: BTreeMap::new() };
    let leave = |s: &Scene| {
        vec![
            ("zone", zone.clone()),
            ("by", moment(&s.rig, 7_200)),
            ("exit_sector", choice("west")),
            ("authority", choice("commander")),
        ]
    };
    let all = leave(&s);
    let asked = s.send("W4 north to south", "north", ("W4", &all), &["south"]);
    for (row, receipt) in [
        ("DELIVERED", Receipt::Delivered),
        ("DISPLAYED", Receipt::Displayed),
        ("READ BACK", Receipt::ReadBack),
    ] {
        s.say(row, "south", &Say::Receive { message: asked, receipt, shown_in: None });
    }
    let by = moment(&s.rig, 600);
    s.say("STANDBY", "south", &answered("STANDBY", asked, &[("answer_by", by.clone())]));
    s.say("WILCO", "south", &answered("WILCO", asked, &[("by", by.clone())]));
    let field = Value::Field(ParameterName::new("exit_sector").unwrap());
    let corrects = [("message", about(asked)), ("field", field), ("new_value", choice("east"))];
    s.send("D6 corrects it", "north", ("D6", &corrects), &["south"]);
    s.say("WILCO to the corrected", "south", &answered("WILCO", asked, &[("by", by.clone())]));
    let done = [("zone", zone.clone()), ("time", moment(&s.rig, 0))];
    s.send("W7 reports it", "south", ("W7", &done), &["north"]);
    s.say("confirmed by north", "north", &Say::Confirm { message: asked, party: party("south") });

    let group = || ("group", Value::name("militia"));
    let all = leave(&s);
    let other = s.rig.accepted("north", &sent("W4", &all, &["south"])).0;
    let other = MessageId(other.0);
    let pass_on = [("message", about(other)), group()];
    let relay = s.send("Y1 asks south to pass it on", "north", ("Y1", &pass_on), &["south"]);
    let mut passed = vec![("message", about(other)), group(), ("time", moment(&s.rig, 0))];
    passed.extend([("means", choice("telephone")), ("how", choice("verbatim"))]);
    s.send("Y2 relayed to", "south", ("Y2", &passed), &["north"]);
    let mut reply = vec![("message", about(other)), group(), ("time", moment(&s.rig, 0))];
    reply.extend([("reply", choice("will-comply")), ("by", moment(&s.rig, 0))]);
    s.send("Y3 reply of group", "south", ("Y3", &reply), &["north"]);
    s.rig.accepted("south", &answered("WILCO", other, &[("by", by)]));
    let back = [("message", about(other)), ("reason", choice("terms"))];
    s.send("D8 takes a promise back", "south", ("D8", &back), &["north"]);
    s.say("D7 takes the request back", "north", &taken_back(relay, &["south"]));
    s.rig.accepted("north", &taken_back(other, &["south"]));

    let n = [("n", Value::Number(1))];
    let test = s.send("L1 to south and aid", "north", ("L1", &n), &["south", "aid"]);
    s.say("ROGER of aid", "aid", &answered("ROGER", test, &[]));
    s.say("ROGER of south", "south", &answered("ROGER", test, &[]));
    let duty = [
        ("post", Value::name("duty")),
        ("name", Value::name("Major N.")),
        ("languages", Value::Languages(vec![LanguageTag::new("en").unwrap()])),
        ("from", moment(&s.rig, 0)),
    ];
    s.send("L2 duty, to aid", "north", ("L2", &duty), &["aid"]);
    s.say("an exercise, to south", "north", &exercise(sent("L1", &n, &["south"])));

    let hit = [("object", site.clone()), ("since", moment(&s.rig, 0))];
    let fire = s.send("P6 aid to north and host", "aid", ("P6", &hit), &["north", "host"]);
    let ceased = [("stopped_from", moment(&s.rig, 0))];
    s.say("CEASED of north", "north", &answered("CEASED", fire, &ceased));
    let told = s.rig.given(&s.rig.token(&deconflict_testing::duty("south")));
    let view = folded("south", &told);
    let by_cell = view.dialogues.iter().find(|(_, one)| one.by_cell.is_some()).map(|(id, _)| *id);
    s.say("NOT OURS of south, to the cells", "south", &answered("NOT OURS", by_cell.unwrap(), &[]));
    s.send("P7 of aid", "aid", ("P7", &hit), &["north", "host"]);

    s
}

/// What falls due, and what is said after that.
fn goes_on(s: &mut Scene) {
    let all = [
        ("zone", Value::Reference(ObjectRef(s.zone.0))),
        ("by", moment(&s.rig, 7_200)),
        ("exit_sector", choice("west")),
        ("authority", choice("commander")),
    ];
    let unanswered = s.send("W4 that nobody answers", "north", ("W4", &all), &["south"]);
    s.rig.pass(1_900);
    let no = [("reason", choice("terms"))];
    s.say("UNABLE after that", "south", &answered("UNABLE", unanswered, &no));
    let resumes = sent("L4", &[("from", moment(&s.rig, 0))], &["north"]);
    let means = "by telephone".to_owned();
    let entered = Say::EnterFor { party: party("south"), said: Box::new(resumes), means };
    s.say("L4 entered for south, to north", "host", &entered);
    s.rig.pass(2);
}

/// Whether what a party was given has this row.
fn has(contents: &[Content], scene: &Scene, row: &str) -> bool {
    let lapse = |finding: &Finding| {
        matches!(finding, Finding::MessageLapse { message, lapse: Lapse::NextLevel, .. }
            if message.0 == scene.said["W4 that nobody answers"])
    };
    contents.iter().any(|content| match (&content.entry.what, row) {
        (What::Found(found), "its lapse to the next level") => lapse(found),
        (What::Found(found), "its cells, told to south") => {
            matches!(found, Finding::CellNotice { party: to, .. } if *to == party("south"))
        }
        (What::Accepted(statement), row) => scene.said.get(row) == Some(&statement.hash),
        _ => false,
    })
}

/// Who is given each of these rows now.
fn judge(scene: &Scene, table: &[(&str, &str)]) {
    let contents = |key: &SigningKey| -> Vec<Content> {
        let given = scene.rig.given(&scene.rig.token(key));
        let content = |one: &deconflict_api::GivenEntry| one.content.clone();
        let all = given.iter().filter_map(content);
        all.map(|content| Content::decode(content.as_bytes()).unwrap()).collect()
    };
    let given = READERS.map(|(name, _)| contents(&duty(name)));
    let who = |row: &str| -> String {
        let letters = READERS.iter().zip(&given);
        letters.map(|((_, letter), of)| if has(of, scene, row) { *letter } else { '-' }).collect()
    };
    let found: Vec<(&str, String)> = table.iter().map(|(row, _)| (*row, who(row))).collect();
    let wanted: Vec<(&str, String)> =
        table.iter().map(|(row, who)| (*row, (*who).to_owned())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn each_word_of_the_channel_is_given_to_whom_the_table_says_and_to_nobody_else() {
    let mut scene = scene();
    scene.rig.pass(0);
    judge(&scene, TABLE);
    goes_on(&mut scene);
    judge(&scene, LATER);
    // Every word that was said stands in the table.
    let named = |row: &&str| TABLE.iter().chain(LATER).any(|(of, _)| of == row);
    assert!(scene.said.keys().all(named), "{:?}", scene.said.keys());
    // Who has no session is given nothing of it.
    assert_eq!(scene.rig.get("/v1/given?from=0&within=0&limit=7", None).status, 401);
    assert_eq!(scene.rig.get("/v1/stream?from=0", None).status, 401);
}
