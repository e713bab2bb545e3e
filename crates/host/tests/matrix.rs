//! Who gets what: every route, every role, every level of sharing; and two worlds that one party cannot
//! tell apart.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::post::Post;
use common::*;
use deconflict_api::{FilingOutcome, GivenPage};
use deconflict_core::*;
use deconflict_host::openapi_json;
use deconflict_proof::{Trust, verify};
use deconflict_record::Hash;

/// Who asks. North owns the declarations, south is named where somebody is; late has left, and kept its keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Asker {
    Stranger,
    Revoked,
    Left,
    Other,
    Named,
    Owner,
    Host,
}

use Asker::{Host, Left, Named, Other, Owner, Revoked, Stranger};

const ROLES: &[Asker] = &[Stranger, Revoked, Left, Other, Named, Owner, Host];
const LEVELS: [&str; 3] = ["open", "named", "conflict-only"];

/// Who may see a declaration of a level.
fn may_see(role: Asker, level: &str) -> bool {
    match role {
        Stranger | Revoked | Left => false,
        Owner => true,
        Named => level != "conflict-only",
        Other | Host => level == "open",
    }
}

fn party_of(role: Asker) -> Option<&'static str> {
    match role {
        Stranger | Revoked => None,
        Left => Some("late"),
        Other => Some("aid"),
        Named => Some("south"),
        Owner => Some("north"),
        Host => Some("host"),
    }
}

/// What a route gives to whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gives {
    /// To everybody the same, and nothing of any declaration.
    Everybody(u16),
    /// To every party the same, and nothing of any declaration; to others no session.
    Parties(u16),
    /// To each party what it may see, to others no session.
    WhatTheyMaySee,
    /// What the key's holder signed decides, not who asks: 200 to keys that are good, else no key.
    GoodKeys,
}

/// Every route of the OpenAPI document, and the document itself.
const TABLE: &[(&str, Gives)] = &[
    ("GET /openapi.json", Gives::Everybody(200)),
    ("GET /v1/space", Gives::Everybody(200)),
    ("GET /health", Gives::Everybody(200)),
    ("POST /v1/session", Gives::Everybody(200)),
    ("POST /v1/session/prove", Gives::GoodKeys),
    ("POST /v1/statements", Gives::GoodKeys),
    ("POST /v1/statements/together", Gives::GoodKeys),
    ("GET /v1/given", Gives::WhatTheyMaySee),
    ("GET /v1/stream", Gives::WhatTheyMaySee),
    ("POST /v1/cosignatures", Gives::Parties(404)),
    ("GET /v1/recovery", Gives::Parties(200)),
    ("POST /v1/recovery/head", Gives::Parties(400)),
    ("POST /v1/recovery/commitments", Gives::Parties(400)),
    ("POST /v1/recovery/entries", Gives::Parties(400)),
    ("GET /checkpoint", Gives::Parties(200)),
    ("GET /tile/{level}/{index}", Gives::Parties(200)),
];

struct Scene {
    rig: Rig,
    /// Of each level, the declaration and the name that nobody else says.
    secrets: Vec<(&'static str, Version, String)>,
    tokens: Vec<(Asker, Option<String>)>,
}

fn named_operation(name: &str, lat: f64) -> DeclarationContent {
    let volumes = vec![circle_in(lat, 38.6, 2_000.0, (6, 8))];
    DeclarationContent::Operation(Operation { name: texts(name), volumes, contact: None })
}

/// A party that joined and left: it takes no part in what comes after.
fn comes_and_goes(rig: &mut Rig, name: &str) {
    let mut signers: Vec<_> = PARTIES.iter().map(|party| root(party, 0)).collect();
    signers.push(root(name, 0));
    let signers: Vec<_> = signers.iter().collect();
    let joined = rig.filed("host", &signers, &Say::Join { member: member(name) });
    assert_eq!(joined.outcome, FilingOutcome::Accepted, "{joined:?}");
    rig.enrol(name, "duty", deconflict_core::Role::Person);
    let leaves = Say::Withdraw { reason: "the work is done".into() };
    let left = rig.filed(name, &[&root(name, 0)], &leaves);
    assert_eq!(left.outcome, FilingOutcome::Accepted, "{left:?}");
}

fn scene() -> Scene {
    let mut rig = Rig::new();
    rig.enrol("south", "night", deconflict_core::Role::Person);
    let night = operator("south", "night");
    let revoked = rig.token(&night);
    comes_and_goes(&mut rig, "late");
    let secrets = LEVELS.iter().zip([34.5, 36.5, 38.5]).map(|(level, lat)| {
        let sharing = match *level {
            "open" => Sharing::Open,
            "named" => Sharing::Named([party("south")].into()),
            _ => Sharing::ConflictOnly,
        };
        let name = format!("secret of the level {level}");
        let (version, _) = rig.accepted("north", &declare(named_operation(&name, lat), sharing));
        (*level, version, name)
    });
    let secrets: Vec<_> = secrets.collect();
    let say = Say::Revoke { operator_key: night.verifying_key().id(), reason: "lost".into() };
    rig.filed("south", &[&root("south", 0)], &say);
    rig.pass(2);
    let token = |role: Asker| match role {
        Stranger => None,
        Revoked => Some(revoked.clone()),
        _ => party_of(role).map(|name| rig.token(&duty(name))),
    };
    let tokens = ROLES.iter().map(|role| (*role, token(*role))).collect();
    Scene { rig, secrets, tokens }
}

impl Scene {
    /// What one role is answered at one route, about one declaration.
    fn ask(&mut self, route: &str, role: Asker, version: Version) -> Reply {
        let token = self.tokens.iter().find(|(of, _)| *of == role).and_then(|(_, t)| t.clone());
        let token = token.as_deref();
        let key = match role {
            Stranger => key("stranger"),
            Revoked => operator("south", "night"),
            _ => duty(party_of(role).unwrap()),
        };
        let rig = &mut self.rig;
        match route {
            "POST /v1/session" => {
                let start = format!(r#"{{"key":"{}"}}"#, key.verifying_key().id());
                rig.post("/v1/session", None, start.as_bytes())
            }
            "POST /v1/session/prove" => rig.prove(&key, &rig.challenge(&key).nonce),
            "POST /v1/statements" | "POST /v1/statements/together" => {
                // The owner's would be taken, and change who may see it.
                let id = if role == Owner { Hash([0xab; 32]) } else { version.0 };
                let declaration = DeclarationId(id);
                let say = Say::Share { declaration, sharing: Sharing::ConflictOnly };
                let name = party_of(role).unwrap_or("south");
                let statement = rig.statement(name, &[&key], &say);
                let reply = match route {
                    "POST /v1/statements" => rig.send(&statement),
                    _ => rig.send_together(&[&statement], None),
                };
                if reply.status == 200 {
                    rig.chained(&statement);
                }
                reply
            }
            "GET /tile/{level}/{index}" => rig.get("/tile/entries/000.p/9", token),
            "GET /v1/stream" => match token.filter(|_| role != Revoked) {
                // What is there: up to the head that comes after it.
                Some(token) => {
                    let events = rig.stream(token, None).take_while(|event| event.kind == "given");
                    let body: Vec<String> = events.map(|event| event.data).collect();
                    let (kind, body) = ("text/event-stream".into(), body.join("\n").into_bytes());
                    Reply { status: 200, kind, headers: Vec::new(), body }
                }
                None => rig.get("/v1/stream", token),
            },
            other => match other.split_once(' ').unwrap() {
                ("GET", path) => rig.get(path, token),
                (_, path) => rig.post(path, token, br#"{"size":1,"line":"x"}"#),
            },
        }
    }

    /// The levels of which an answer tells something: what nobody else says. The hash of a statement is
    /// in the next one of its key, whoever may read that, and tells nothing by itself.
    fn told(&self, bytes: &[u8]) -> BTreeSet<&'static str> {
        let text = plain(bytes);
        let tells = |(_, _, name): &&(&'static str, Version, String)| text.contains(name.as_str());
        self.secrets.iter().filter(tells).map(|(level, ..)| *level).collect()
    }
}

/// An answer with whatever is base64 in it opened, and what is in that: proofs hold envelopes.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let once = opened(&text);
    let twice = opened(&once);
    [text, once, twice].join("\n")
}

fn opened(text: &str) -> String {
    use base64::Engine;
    let other = |c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c));
    let parts = text.split(other).filter(|part| part.len() > 40);
    let opened = parts
        .filter_map(|part| base64::engine::general_purpose::STANDARD.decode(part).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    opened.collect::<Vec<_>>().join("\n")
}

fn routes() -> BTreeSet<String> {
    let api: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut routes: BTreeSet<String> = ["GET /openapi.json".to_owned()].into();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    routes
}

#[test]
fn every_route_has_its_row_in_the_table() {
    let rows: BTreeSet<String> = TABLE.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(rows, routes(), "a route without a row has nobody who says who may have what");
}

#[test]
fn every_role_gets_at_every_route_what_the_table_says_of_every_level_and_no_more() {
    let mut scene = scene();
    let session = scene.rig.get("/checkpoint", None);
    let mut cells = 0;
    for &(route, gives) in TABLE {
        for (level, version, _) in scene.secrets.clone() {
            let mut bodies = Vec::new();
            for &role in ROLES {
                let cell = format!("{route}, {role:?}, {level}");
                let outside = party_of(role).is_none();
                let reply = scene.ask(route, role, version);
                let told = scene.told(&reply.body);
                cells += 1;
                if outside && !matches!(gives, Gives::Everybody(_) | Gives::GoodKeys) {
                    assert_eq!((reply.status, &reply.body), (401, &session.body), "{cell}");
                    continue;
                }
                match gives {
                    Gives::Everybody(status) | Gives::Parties(status) => {
                        assert_eq!(reply.status, status, "{cell}");
                        assert!(told.is_empty(), "{cell} tells of {told:?}");
                        if route != "POST /v1/session" {
                            bodies.push(reply.body);
                        }
                    }
                    Gives::WhatTheyMaySee => {
                        let may = LEVELS.iter().copied().filter(|level| may_see(role, level));
                        assert_eq!(told, may.collect(), "{cell}");
                    }
                    Gives::GoodKeys => {
                        assert_eq!(reply.status, if outside { 401 } else { 200 }, "{cell}");
                        if outside {
                            bodies.push(reply.body.clone());
                        }
                        if route == "POST /v1/statements" && !outside {
                            judged(&mut scene, role, level, &reply);
                        }
                    }
                }
            }
            assert!(bodies.windows(2).all(|two| two[0] == two[1]), "{route}: not the same to all");
        }
    }
    assert_eq!(cells, TABLE.len() * LEVELS.len() * ROLES.len());
}

/// What is not the author's is refused; what it may not see, in the words for what is not there.
fn judged(scene: &mut Scene, role: Asker, level: &str, reply: &Reply) {
    let filed: deconflict_api::FilingAnswer = reply.json();
    if role == Owner {
        return;
    }
    assert_eq!(filed.outcome, FilingOutcome::Refused, "{role:?} {level}");
    let code = |answer: deconflict_api::FilingAnswer| {
        serde_json::to_string(&answer.refusal.unwrap()).unwrap()
    };
    let refusal = code(filed);
    let absent = Version(Hash([0xab; 32]));
    let missing: deconflict_api::FilingAnswer =
        scene.ask("POST /v1/statements", role, absent).json();
    let of = scene.secrets.iter().find(|(of, ..)| *of == level).unwrap().1.to_string();
    let same = refusal.replace(&of, "") == code(missing).replace(&absent.to_string(), "");
    assert_eq!(same, !may_see(role, level), "{role:?} {level}: {refusal}");
}

#[test]
fn what_an_operator_shelves_is_given_to_its_party_and_the_watch_desk_and_at_no_route_to_others() {
    let mut scene = scene();
    let (_, open, _) = scene.secrets[0].clone();
    let of = ShelfObject::Declaration(DeclarationId(open.0));
    let until = scene.rig.now().after_seconds(600);
    scene.rig.accepted("south", &Say::Shelve { of, until });
    scene.rig.pass(2);
    for &(route, gives) in TABLE {
        for &role in ROLES {
            let reply = scene.ask(route, role, open);
            let tells = plain(&reply.body).contains("shelve");
            let may = gives == Gives::WhatTheyMaySee && matches!(role, Named | Host);
            assert_eq!(tells, may, "{route}, {role:?}");
        }
    }
}

#[test]
fn the_fourth_level_is_refused_whoever_asks_for_it() {
    let mut rig = Rig::new();
    for name in PARTIES {
        let refusal = rig.refused(name, &declare(operation_at(34.5, 38.6), Sharing::Sealed));
        assert_eq!(refusal, Refusal::SealedReserved {});
    }
}

#[test]
fn the_document_of_the_routes_holds_no_example_out_of_any_space() {
    let empty = openapi_json();
    let mut scene = scene();
    let served = scene.ask("GET /openapi.json", Stranger, Version(Hash([0; 32])));
    let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&served.body), value(empty.as_bytes()));
    assert!(!empty.contains("\"example"), "an example would have to be of nobody");
}

fn all_text(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { all_text(&path) } else { std::fs::read(&path).unwrap() });
        all.push(b'\n');
    }
    all
}

#[test]
fn evidence_packages_hold_what_their_party_may_see_and_no_more() {
    let scene = scene();
    for role in [Other, Named, Owner, Host] {
        let (name, folder) = (party_of(role).unwrap(), tempfile::tempdir().unwrap());
        let mut post = Post::new(&scene.rig, folder.path(), name);
        post.sync(&scene.rig).unwrap();
        let dossier = folder.path().join("dossier");
        post.desk.export(&dossier).unwrap();
        let may: BTreeSet<_> =
            LEVELS.iter().copied().filter(|level| may_see(role, level)).collect();
        assert_eq!(scene.told(&all_text(&dossier)), may, "{role:?}");
        assert!(verify(&dossier, &Trust::default(), &mut |_, _| {}).is_sound());
        let prove = |version: Version, dir: &str| {
            let dir = folder.path().join(dir);
            let proven = post.desk.prove_declaration(&dir, DeclarationId(version.0));
            proven.map(|()| scene.told(&all_text(&dir))).map_err(|error| error.to_string())
        };
        let absent = Version(Hash([0xab; 32]));
        let missing = prove(absent, "absent").unwrap_err().replace(&absent.to_string(), "");
        for (level, version, _) in &scene.secrets {
            match prove(*version, level) {
                Ok(told) => assert_eq!(told, [*level].into(), "{role:?}: no other is in it"),
                Err(error) => assert_eq!(error.replace(&version.to_string(), ""), missing),
            }
            assert_eq!(may_see(role, level), folder.path().join(level).exists());
        }
    }
}

/// All that aid is answered, with salts, hashes that hang on them, and signatures taken out.
fn transcript(rig: &Rig) -> Vec<String> {
    let token = rig.token(&duty("aid"));
    let mut all = Vec::new();
    let mut given = Vec::new();
    for from in [0, 3, 9] {
        let reply = rig.get(&format!("/v1/given?from={from}&limit=1000"), Some(&token));
        let page: GivenPage = reply.json();
        all.push(format!("{from} {} {}", reply.status, page.next));
        given.extend(page.given);
    }
    for event in rig.stream(&token, None).take_while(|event| event.kind == "given") {
        all.push(format!("{:?}", event.id));
        given.push(serde_json::from_str(&event.data).unwrap());
    }
    for one in given {
        let content = one.content.unwrap();
        let mut content: serde_json::Value = serde_json::from_str(&content).unwrap();
        if let Some(root) = content.pointer_mut("/found/disclosures/root") {
            *root = "salted".into();
        }
        assert_eq!(one.salt.map(|salt| salt.len()), Some(64));
        all.push(format!("{} {} {content}", one.cause, one.index));
    }
    let note = String::from_utf8(rig.get("/checkpoint", Some(&token)).body).unwrap();
    let lines: Vec<&str> = note.lines().collect();
    all.push(format!("{} {} {}", lines[0], lines[1], lines.len()));
    let tip = rig.host.as_ref().unwrap().published().tip();
    for path in ["/tile/0/000.p/", "/tile/entries/000.p/"] {
        for width in [1, 9, tip.checkpoint_size, tip.checkpoint_size + 1] {
            let reply = rig.get(&format!("{path}{width}"), Some(&token));
            all.push(format!("{path}{width} {} {}", reply.status, reply.body.len()));
        }
    }
    for path in ["/v1/space", "/health", "/openapi.json"] {
        all.push(String::from_utf8(rig.get(path, Some(&token)).body).unwrap());
    }
    all
}

/// A world in which north and south file what this says, and aid what it always files.
fn world(hidden: &[(&str, f64)], sharing: &Sharing) -> Vec<String> {
    let mut rig = Rig::new();
    rig.accepted("aid", &declare(operation_at(45.0, 38.6), Sharing::Open));
    for (name, lat) in hidden {
        rig.accepted("north", &declare(named_operation(name, *lat), sharing.clone()));
        rig.pass(2);
    }
    rig.accepted("aid", &declare(operation_at(46.0, 38.6), Sharing::ConflictOnly));
    rig.refused(
        "aid",
        &Say::Share { declaration: DeclarationId(Hash([0xab; 32])), sharing: Sharing::Open },
    );
    rig.pass(2);
    transcript(&rig)
}

#[test]
fn two_worlds_that_differ_in_what_a_party_may_not_see_are_one_to_it_over_http() {
    let first = [("a plan", 34.5), ("another", 35.5)];
    let second = [("quite another plan, at length", 20.25), ("and elsewhere", -35.5)];
    let named = Sharing::Named([party("south")].into());
    for sharing in [&Sharing::ConflictOnly, &named] {
        let (one, two) = (world(&first, sharing), world(&second, sharing));
        for (a, b) in one.iter().zip(&two) {
            assert_eq!(a, b);
        }
        assert_eq!(one.len(), two.len());
    }
    // The comparison can fail: by what is shown, by what meets aid's own, and by how many entries there are.
    let one = world(&first, &Sharing::ConflictOnly);
    let shown = Sharing::Named([party("aid")].into());
    assert_ne!(world(&first, &shown), world(&second, &shown));
    assert_ne!(world(&[("a plan", 45.0), ("another", 35.5)], &Sharing::ConflictOnly), one);
    assert_ne!(world(&first[..1], &Sharing::ConflictOnly), one);
}
