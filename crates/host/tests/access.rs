//! Who gets what: sessions, the same words for hidden and absent, and bad input on every route.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_api::{FilingAnswer, GivenPage};
use deconflict_core::*;
use deconflict_record::{AddCheckpoint, KeyUse, SignedCheckpoint, UtcSecond, Vkey};

/// Every route that needs a session, as a request.
fn guarded() -> Vec<(&'static str, String)> {
    let cosigned = "/v1/cosignatures".to_owned();
    vec![
        ("GET", "/v1/given".into()),
        ("GET", "/v1/stream".into()),
        ("GET", "/checkpoint".into()),
        ("GET", "/tile/0/000.p/1".into()),
        ("GET", "/tile/entries/000.p/1".into()),
        ("POST", cosigned),
        ("GET", "/v1/recovery".into()),
        ("POST", "/v1/recovery/head".into()),
        ("POST", "/v1/recovery/commitments".into()),
        ("POST", "/v1/recovery/entries".into()),
    ]
}

fn ask(rig: &Rig, method: &str, path: &str, token: Option<&str>) -> Reply {
    match method {
        "GET" => rig.get(path, token),
        _ => rig.post(path, token, br#"{"size":1,"line":"x"}"#),
    }
}

#[test]
fn without_a_session_of_an_enrolled_key_every_guarded_route_answers_the_same() {
    let mut rig = Rig::new();
    rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    rig.enrol("south", "night", Role::Person);
    let night = operator("south", "night");
    let revoked = rig.token(&night);
    assert_eq!(rig.get("/v1/given", Some(&revoked)).status, 200);
    let mut events = rig.stream(&revoked, None);
    assert!(events.next().is_some());
    let say = Say::Revoke { operator_key: night.verifying_key().id(), reason: "lost".into() };
    rig.filed("south", &[&root("south", 0)], &say);
    let session = rig.get("/v1/given", None);
    assert_eq!(session.problem().kind, "problems/session");
    assert_eq!(session.header("www-authenticate"), Some("Bearer"));
    for (method, path) in guarded() {
        for token in [None, Some(revoked.as_str()), Some("x"), Some(&"0".repeat(64))] {
            let reply = ask(&rig, method, &path, token);
            assert_eq!((reply.status, &reply.body), (401, &session.body), "{method} {path}");
        }
    }
    // A stream that was open ends, and tells nothing of what comes after.
    rig.accepted("south", &declare(operation_at(35.5, 38.6), Sharing::ConflictOnly));
    rig.seconds.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let last = rig.host.as_ref().unwrap().published().tip().size;
    let rest: Vec<_> = events.collect();
    assert!(rest.iter().all(|event| event.id.is_none_or(|id| id < last - 1)), "{rest:?}");
    // Nor does the key get another session, or file.
    let refused = rig.prove(&night, &rig.challenge(&night).nonce);
    let stranger = rig.prove(&key("stranger"), &rig.challenge(&key("stranger")).nonce);
    assert_eq!((refused.status, &refused.body), (401, &stranger.body));
    let late = rig.statement("south", &[&night], &declare(operation_at(1.0, 1.0), Sharing::Open));
    assert_eq!(rig.send(&late).body, stranger.body);
}

#[test]
fn a_challenge_is_good_once_for_its_key_and_for_a_minute() {
    let rig = Rig::new();
    let (north, south) = (duty("north"), duty("south"));
    let nonce = rig.challenge(&north).nonce;
    assert_eq!(rig.prove(&south, &nonce).status, 401, "another key's");
    assert_eq!(rig.prove(&north, &nonce).status, 200);
    assert_eq!(rig.prove(&north, &nonce).status, 401, "used");
    assert_eq!(rig.prove(&north, &"0".repeat(64)).status, 401, "never given");
    let old = rig.challenge(&north).nonce;
    rig.pass(61);
    assert_eq!(rig.prove(&north, &old).status, 401, "too old");
    let token = rig.token(&north);
    rig.pass(3_599);
    assert_eq!(rig.get("/checkpoint", Some(&token)).status, 200);
    rig.pass(2);
    assert_eq!(rig.get("/checkpoint", Some(&token)).status, 401, "the session is over");
}

#[test]
fn a_key_has_so_many_sessions_and_one_more_ends_the_oldest() {
    let mut config = deconflict_host::Config::default();
    config.limits.sessions_of_key = 2;
    let rig = Rig::with(config, Default::default());
    let tokens: Vec<String> = (0..3).map(|_| rig.token(&duty("north"))).collect();
    let status = |token: &String| rig.get("/checkpoint", Some(token)).status;
    assert_eq!(tokens.iter().map(status).collect::<Vec<_>>(), [401, 200, 200]);
    assert_eq!(status(&rig.token(&duty("south"))), 200);
}

#[test]
fn whoever_files_what_another_signed_again_learns_nothing_of_its_conflicts() {
    let mut rig = Rig::new();
    rig.accepted("aid", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let statement = rig.statement("north", &[&duty("north")], &say);
    let first: FilingAnswer = rig.send(&statement).json();
    rig.chained(&statement);
    let told: Vec<FilingAnswer> =
        PARTIES.iter().map(|name| rig.told(&statement, &rig.token(&duty(name)))).collect();
    for (name, filed) in PARTIES.iter().zip(&told) {
        let conflicts = filed.conflicts.as_ref().map(Vec::len);
        assert_eq!(conflicts, (*name == "north").then_some(1), "{name}");
        assert_eq!(filed.comparing, (*name == "north").then_some(false), "{name}");
        let bare =
            FilingAnswer { conflicts: None, overlays: None, comparing: None, ..filed.clone() };
        assert_eq!(bare, first, "{name}");
    }
    let revoked = Some("0".repeat(64));
    let body = statement.envelope().encode();
    assert_eq!(rig.post("/v1/statements", revoked.as_deref(), &body).json::<FilingAnswer>(), first);
}

#[test]
fn hidden_and_absent_are_the_same_to_the_byte_for_whoever_asks() {
    let mut rig = Rig::new();
    let named = Sharing::Named([party("south")].into());
    let (version, filed) = rig.accepted("north", &declare(operation_at(34.5, 38.6), named));
    rig.pass(2);
    let (real, absent) = (version.to_string(), "ab".repeat(32));
    for name in PARTIES {
        let token = rig.token(&duty(name));
        let given = rig.given(&token);
        let may = matches!(name, "north" | "south");
        assert_eq!(given.iter().any(|one| one.index == filed.index), may, "{name}");
        // What a party may not have is nowhere in its answers.
        let from = format!("/v1/given?from={}", filed.index);
        let page = rig.get(&from, Some(&token));
        let holds = String::from_utf8_lossy(&page.body).contains(&real);
        assert!(may || !holds, "{name}");
        // Nor does the end of a page tell how many entries there are beyond the last head.
        let tip = rig.host.as_ref().unwrap().published().tip();
        assert_eq!(page.json::<GivenPage>().next, tip.checkpoint_size);
    }
    // What is asked about a hidden declaration is refused in the words for one that is not there.
    let mut refusal = |name: &str, hash: &str| {
        let hash = deconflict_record::Hash::from_hex(hash).unwrap();
        let say = Say::Share { declaration: DeclarationId(hash), sharing: Sharing::Open };
        let code = serde_json::to_string(&rig.refused(name, &say)).unwrap();
        code.replace(&hash.to_string(), "")
    };
    assert_eq!(refusal("aid", &real), refusal("aid", &absent));
    assert_ne!(refusal("south", &real), refusal("south", &absent));
}

#[test]
fn bad_input_on_any_route_is_a_problem_in_words_and_never_a_fault_of_the_host() {
    let rig = Rig::new();
    let token = rig.token(&duty("north"));
    let deep = "[".repeat(60_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{\"key\":1}",
        b"\xff\xfe\x00",
        deep.as_bytes(),
        b"{\"key\":\"00\"}",
        b"{\"size\":18446744073709551615,\"line\":\"\\u2014 a AAAA\"}",
    ];
    for path in [
        "/v1/session",
        "/v1/session/prove",
        "/v1/statements",
        "/v1/cosignatures",
        "/v1/recovery/head",
    ] {
        for body in bodies {
            let reply = rig.post(path, Some(&token), body);
            assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
            let problem = reply.problem();
            assert!(!problem.detail.is_empty() && problem.next_seq.is_none());
        }
        let long = rig.post(path, Some(&token), &vec![b' '; 65 * 1_024]);
        assert_eq!((long.status, long.problem().kind.as_str()), (413, "problems/too-long"));
        let wrong = rig.get(path, Some(&token));
        assert_eq!((wrong.status, wrong.problem().kind.as_str()), (405, "problems/method"));
        assert_eq!(wrong.header("allow"), Some("POST"));
    }
    let huge = u64::MAX;
    for path in [
        "/v1/given?from=x".to_owned(),
        "/v1/given?from=-1".to_owned(),
        "/v1/given?limit=0".to_owned(),
        "/v1/given?limit=1025".to_owned(),
        "/v1/given?what=1".to_owned(),
        "/v1/stream?from=x".to_owned(),
        "/v1/statements".to_owned(),
        "/tile/0/x".to_owned(),
        "/tile/9/000".to_owned(),
        format!("/tile/0/{huge}"),
        "/tile/0/999.p/255".to_owned(),
        "/nowhere".to_owned(),
        "/v1".to_owned(),
        "/v1/given/".to_owned(),
        "/metrics".to_owned(),
    ] {
        let reply = rig.get(&path, Some(&token));
        assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
        reply.problem();
    }
    assert_eq!(rig.get(&format!("/v1/given?from={huge}"), Some(&token)).status, 200);
    assert_eq!(rig.get(&format!("/v1/given?from={}", i64::MAX), Some(&token)).status, 200);
    let other = rig.post("/v1/space", None, b"{}");
    assert_eq!((other.status, other.header("allow")), (405, Some("GET,HEAD")));
    assert_eq!(rig.get("/health", None).body, br#"{"up":true,"writable":true}"#);
    assert_eq!(rig.get("/health", None).header("cache-control"), Some("no-store"));
}

#[test]
fn a_statement_for_another_space_or_of_another_form_is_not_taken() {
    let mut rig = Rig::new();
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let good = rig.statement("north", &[&duty("north")], &say);
    let mut header = good.claimed_header().clone();
    header.space = "deconflict.example/other".into();
    let json = deconflict_api::say_json(&say).unwrap();
    let other = deconflict_record::SignedStatement::sign(header, &json, &duty("north")).unwrap();
    let problem = rig.send(&other).problem();
    assert!(problem.detail.contains("is for the space deconflict.example/other"), "{problem:?}");
    let header = good.claimed_header().clone();
    let odd =
        deconflict_record::SignedStatement::sign(header, r#"{"fire":{}}"#, &duty("north")).unwrap();
    let problem = rig.send(&odd).problem();
    assert_eq!(problem.status, 400);
    assert!(problem.detail.contains("unknown variant `fire`"), "{problem:?}");
    assert_eq!(rig.send(&good).status, 200);
}

#[test]
fn a_witness_s_cosignature_is_kept_and_shown_and_no_other_is() {
    let rig = Rig::new();
    rig.pass(2);
    let token = rig.token(&duty("north"));
    let note = rig.get("/checkpoint", Some(&token)).body;
    let head = SignedCheckpoint::parse(&note).unwrap();
    let log = Vkey::new(SPACE, KeyUse::Log, log_key().verifying_key()).unwrap();
    let now = rig.now().seconds() as u64;
    let send = |name: &str, by: &str, time_s: u64, size: u64| {
        let mut witness = deconflict_record::Cosigner::new(name, log.clone(), None).unwrap();
        let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: head.clone() };
        let time = UtcSecond::new(time_s).unwrap();
        let line = witness.judge(&request).unwrap().persisted(&key(by), time).line();
        let body = serde_json::json!({ "size": size, "line": line }).to_string();
        rig.post("/v1/cosignatures", Some(&token), body.as_bytes()).status
    };
    let size = head.claimed().size;
    assert_eq!(send("north.example/desk", "stranger", now, size), 400);
    assert_eq!(send("south.example/desk", "witness north", now, size), 400);
    assert_eq!(send("north.example/desk", "witness north", now + 3_600, size), 400);
    assert_eq!(send("north.example/desk", "witness north", now, size + 1), 404);
    assert_eq!(rig.get("/checkpoint", Some(&token)).body, note);
    assert_eq!(send("north.example/desk", "witness north", now, size), 204);
    let cosigned = rig.get("/checkpoint", Some(&token)).body;
    let cosigned = SignedCheckpoint::parse(&cosigned).unwrap();
    assert_eq!(cosigned.note().claimed_signatures().len(), 2);
    assert_eq!(cosigned.claimed(), head.claimed());
}
