//! The formats that are deconflict's own, pinned: what is expected was computed by other code, from
//! the words of the documentation. A record that was written once must verify for ever.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_record::{
    Hash, Header, PromisedBatch, SignedStatement, SigningKey, StatementId, UtcSecond, commit,
    leaf_hash,
};
use sha2::{Digest, Sha256};

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

#[test]
fn the_name_of_a_key() {
    assert_eq!(
        key().verifying_key().id().to_string(),
        "97ce01008062a45e84de07c747f89fcd9ef18e8369fa02cfd21fd2ed685c54f8"
    );
}

#[test]
fn the_commitment_to_an_entry() {
    let commitment = commit(&[7; 32], b"content");
    assert_eq!(
        commitment.to_string(),
        "8dba2a1931bd36c65a1d1dfd069036682bf1f865e0103bb3ce27ce5273aebe71"
    );
    assert_ne!(commit(&[8; 32], b"content"), commitment);
    assert_ne!(commit(&[7; 32], b"contents"), commitment);
}

#[test]
fn the_bytes_of_a_statement_and_its_name() {
    let header = Header {
        space: "host.example/straits".into(),
        party: "coast guard".into(),
        key: key().verifying_key().id(),
        seq: 1,
        prev: None,
        seen: None,
        valid_until: Some(UtcSecond::parse("2026-11-22T12:00:00Z").unwrap()),
        clock_ahead_s: None,
        id: StatementId([5; 16]),
    };
    let statement = SignedStatement::sign(header, r#"{"code":"R3"}"#, &key()).unwrap();
    let envelope = Hash(Sha256::digest(statement.envelope().encode()).into());
    assert_eq!(
        envelope.to_string(),
        "6c863cfacf171140feb403fc35e15e7aabbedd14065d0789bc0e461d48217e0f"
    );
    assert_eq!(
        statement.hash().to_string(),
        "07324f561a212de6ee8ddd7018892129bd5a63daa11300254898dc4311e34434"
    );
}

#[test]
fn the_root_of_a_batch_and_the_slots_in_it() {
    let statements = [0, 1, 2].map(|i| leaf_hash(&[i]));
    let batch = PromisedBatch::new(&[9; 32], &statements).unwrap();
    assert_eq!(
        batch.root().to_string(),
        "2ee3b039cd0db207e95dfbbf2fbcd7029c9025e669a6b22538d5b728170957f4"
    );
    let slots = [0, 1, 2].map(|i| batch.place(i).unwrap().slot);
    assert_eq!(slots, [103, 4, 65]);
}
