//! What a host logs at its most talkative: nothing that is not for everybody who reads logs.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::*;
use deconflict_core::*;
use deconflict_testing::LogBuffer;

#[test]
fn at_its_most_talkative_a_host_logs_no_secret_no_content_and_no_place() {
    let log = LogBuffer::begin();
    let mut rig = Rig::new();
    let volumes = vec![circle_in(34.567_891, 38.612_345, 2_000.0, (6, 8))];
    let hidden = DeclarationContent::Operation(Operation {
        name: texts("a name that nobody else says"),
        volumes,
        contact: Some("+000 nobody else".into()),
    });
    rig.accepted("north", &declare(hidden, Sharing::ConflictOnly));
    let meets = declare(operation_at(34.567, 38.612), Sharing::ConflictOnly);
    assert_eq!(rig.conflicts("south", &meets).1.len(), 1);
    rig.refused(
        "aid",
        &Say::Share {
            declaration: DeclarationId(deconflict_record::Hash([0xab; 32])),
            sharing: Sharing::Open,
        },
    );
    rig.pass(2);
    let nonce = rig.challenge(&duty("aid")).nonce;
    let token = rig.token(&duty("south"));
    let given = rig.given(&token);
    assert!(rig.stream(&token, None).take(3).count() == 3);
    assert_eq!(rig.get("/checkpoint", Some(&token)).status, 200);
    assert_eq!(rig.post("/v1/statements", None, b"{\"payload\":\"told to nobody\"}").status, 400);
    assert_eq!(rig.get("/v1/given?what=asked-of-nobody", Some(&token)).status, 400);
    assert_eq!(rig.get("/asked-of-nobody", Some(&token)).status, 404);
    let file = rusqlite::Connection::open(rig.path()).unwrap();
    let kept: Vec<(Vec<u8>, Vec<u8>)> = {
        let mut rows = file.prepare("SELECT salt, content FROM entry").unwrap();
        let rows = rows.query_map([], |row| row.try_into()).unwrap();
        rows.map(Result::unwrap).collect()
    };
    // A failure, whose cause is logged.
    rig.store.as_ref().unwrap().take(SPACE).unwrap();
    let late = rig.statement("north", &[&duty("north")], &meets);
    assert_eq!(rig.send(&late).status, 503);
    rig.stop();
    let logged = log.text();
    for said in ["serving", "/v1/given", "appended", "another host has taken", "stopped"] {
        assert!(logged.contains(said), "{said} is not in:\n{logged}");
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut secrets = vec![nonce, token];
    secrets.extend(["a name that nobody", "nobody else", "34.567", "38.612"].map(String::from));
    secrets.extend(["told to nobody", "asked-of-nobody"].map(String::from));
    for (salt, content) in &kept {
        secrets.extend([hex(salt), STANDARD.encode(salt), format!("{salt:?}")]);
        let text = String::from_utf8(content.clone()).unwrap();
        secrets.extend([text.chars().take(40).collect(), STANDARD.encode(&content[..30])]);
    }
    for name in ["host log", "root north 0", "operator north duty", "operator south duty"] {
        let seed = deconflict_record::leaf_hash(name.as_bytes()).0;
        assert!([log_key(), root("north", 0), duty("north"), duty("south")].iter().any(|key| {
            key.verifying_key() == deconflict_record::SigningKey::from_seed(&seed).verifying_key()
        }));
        secrets.extend([hex(&seed[..]), STANDARD.encode(&seed[..])]);
    }
    assert!(given.len() > 5 && kept.len() > 8);
    for secret in secrets {
        assert!(!logged.contains(&secret), "{secret} is in the log:\n{logged}");
    }
}
