//! A session is proven to this host alone: whoever answers at a desk's address and passes on what it says gets
//! none.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_api::Problem;
use deconflict_record::SigningKey;

#[test]
fn a_proof_that_was_made_for_another_host_or_another_key_begins_no_session() {
    let rig = Rig::new();
    let key = duty("north");
    let log = log().key().id().to_string();
    let other = SigningKey::from_seed(&[9; 32]).verifying_key().id().to_string();
    // What the real host asked, passed on to a desk that thinks it is elsewhere, and back.
    for (log, name) in [
        (log.as_str(), "former.example"),
        (log.as_str(), "127.0.0.1.former.example"),
        (log.as_str(), ""),
        (other.as_str(), "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        let reply = rig.prove_for(&key, &rig.challenge(&key).nonce, log, name);
        assert!(reply.status == 401 || reply.status == 400, "{log} {name}: {}", reply.status);
        if reply.status == 401 {
            assert!(reply.json::<Problem>().kind.ends_with("/elsewhere"), "{log} {name}");
        }
    }
    // To change what was signed to what the host wants to hear makes the signature another's.
    let nonce = rig.challenge(&key).nonce;
    let signed = deconflict_api::session_message(SPACE, &log, "former.example", &nonce);
    let signature =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key.sign(&signed).0);
    let proof = serde_json::json!({
        "key": key.verifying_key().id(), "nonce": nonce, "log": log, "name": "127.0.0.1",
        "signature": signature,
    });
    let reply = rig.post("/v1/session/prove", None, proof.to_string().as_bytes());
    assert_eq!(reply.status, 401);
    assert!(reply.json::<Problem>().kind.ends_with("/key"));
    for name in ["127.0.0.1", "LOCALHOST", "localhost."] {
        let nonce = rig.challenge(&key).nonce;
        assert_eq!(rig.prove_for(&key, &nonce, &log, name).status, 200, "{name}");
    }
}
