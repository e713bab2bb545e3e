//! What holds of every parser: no bytes make it panic, and what it takes is what its writer writes.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod support;

use std::sync::LazyLock;

use deconflict_record::{
    AddCheckpoint, Checkpoint, Cosigner, Envelope, Evidence, Hash, Head, Header, KeyId, Note,
    NoteSignature, Policy, Promise, PromisedBatch, SignedCheckpoint, SignedStatement, StatementId,
    Tile, TlogProof, UtcSecond, VerifyingKey, Vkey, bundle, entries_of_bundle, leaf_hash,
};
use proptest::prelude::*;
use support::{Log, ORIGIN, at, key, log_key, witness_key};

/// One parser: a name, and what it writes of what it read.
type Parser = (&'static str, fn(&[u8]) -> Option<Vec<u8>>);

fn text<T: ToString, E>(bytes: &[u8], parse: impl Fn(&str) -> Result<T, E>) -> Option<Vec<u8>> {
    let value = parse(str::from_utf8(bytes).ok()?).ok()?;
    Some(value.to_string().into_bytes())
}

const CANONICAL: [Parser; 18] = [
    ("hash", |bytes| text(bytes, Hash::from_hex)),
    ("hash in base64", |bytes| {
        Some(Hash::from_base64(str::from_utf8(bytes).ok()?).ok()?.to_base64().into())
    }),
    ("key id", |bytes| text(bytes, KeyId::from_hex)),
    ("public key", |bytes| text(bytes, VerifyingKey::from_base64)),
    ("statement id", |bytes| text(bytes, StatementId::from_hex)),
    ("time", |bytes| text(bytes, UtcSecond::parse)),
    ("tile path", |bytes| text(bytes, Tile::parse)),
    ("verifier key", |bytes| text(bytes, Vkey::parse)),
    ("entry bundle", |bytes| bundle(entries_of_bundle(bytes).ok()?).ok()),
    ("envelope", |bytes| Some(Envelope::parse(bytes).ok()?.encode())),
    ("statement", |bytes| Some(SignedStatement::parse(bytes).ok()?.envelope().encode())),
    ("promise", |bytes| Some(Promise::parse(bytes).ok()?.envelope().encode())),
    ("signed note", |bytes| Some(Note::parse(bytes).ok()?.encode().into())),
    ("signature line", |bytes| {
        Some(NoteSignature::parse(str::from_utf8(bytes).ok()?).ok()?.line().into())
    }),
    ("checkpoint", |bytes| {
        Some(Checkpoint::parse(str::from_utf8(bytes).ok()?).ok()?.text().into())
    }),
    ("signed checkpoint", |bytes| Some(SignedCheckpoint::parse(bytes).ok()?.encode().into())),
    ("add-checkpoint request", |bytes| Some(AddCheckpoint::parse(bytes).ok()?.encode().into())),
    ("tlog proof", |bytes| Some(TlogProof::parse(bytes).ok()?.encode().into())),
];

/// One valid example for each parser, by its name; several for some.
static EXAMPLES: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let log = Log::of(5, "entry");
    let header = Header {
        space: ORIGIN.into(),
        party: "coast guard".into(),
        key: key(1).verifying_key().id(),
        seq: 2,
        prev: Some(leaf_hash(b"before")),
        seen: Some(Head { size: 5, root: log.root_at(5) }),
        valid_until: Some(at(1_795_348_800)),
        clock_ahead_s: None,
        id: StatementId([5; 16]),
    };
    let behind = Header { clock_ahead_s: Some(-42), ..header.clone() };
    let behind = SignedStatement::sign(behind, "{}", &key(1)).unwrap();
    let statement = SignedStatement::sign(header, r#"{"text": "é"}"#, &key(1)).unwrap();
    let batch = PromisedBatch::new(&[9; 32], &[statement.hash()]).unwrap();
    let promise = Promise::sign(ORIGIN, batch.root(), at(1), at(2), &key(0)).unwrap();
    let mut witness = Cosigner::new("desk1.example", log_key(), Some(log.signed(2))).unwrap();
    let request =
        AddCheckpoint { old_size: 2, proof: log.consistency(2, 5), checkpoint: log.signed(5) };
    let cosigned = {
        let line = witness.judge(&request).unwrap().persisted(&key(1), at(9)).line();
        log.signed(5).collect(&line, &[&witness_key(1)]).unwrap()
    };
    let proof = TlogProof {
        extra: Some(b"extra".to_vec()),
        index: 3,
        path: log.inclusion(3, 5),
        checkpoint: cosigned.clone(),
    };
    let plain = TlogProof { extra: None, ..proof.clone() };
    let extended = Checkpoint { extensions: vec!["more".into(), "é".into()], ..log.head(5) };
    let line = cosigned.note().claimed_signatures()[1].line();
    vec![
        ("hash", leaf_hash(b"").to_string().into()),
        ("hash in base64", leaf_hash(b"").to_base64().into()),
        ("key id", key(1).verifying_key().id().to_string().into()),
        ("public key", key(1).verifying_key().to_string().into()),
        ("statement id", StatementId([7; 16]).to_string().into()),
        ("time", at(1_795_348_800).to_string().into()),
        ("tile path", "tile/0/x001/234.p/17".into()),
        ("tile path", "tile/entries/x001/x234/567".into()),
        ("verifier key", witness_key(1).to_string().into()),
        ("entry bundle", bundle([&b"one"[..], b"", b"three"]).unwrap()),
        ("envelope", statement.envelope().clone().and_signed(&key(2)).unwrap().encode()),
        ("statement", statement.envelope().encode()),
        ("statement", behind.envelope().encode()),
        ("promise", promise.envelope().encode()),
        ("signed note", cosigned.encode().into()),
        ("signature line", line.into()),
        ("checkpoint", extended.text().into()),
        ("signed checkpoint", cosigned.encode().into()),
        ("add-checkpoint request", request.encode().into()),
        ("tlog proof", proof.encode().into()),
        ("tlog proof", plain.encode().into()),
    ]
});

fn policy_text() -> String {
    let (log, keys) = (log_key(), [1, 2, 3].map(witness_key));
    let [north, south, east] = keys;
    format!(
        "# who may vouch\nlog {log} https://host.example\n\nwitness north {north}\n\
         \twitness south  {south} https://south.example\nwitness ost-é {east}\n\
         group shore any north south\ngroup all 2 shore ost-é\nquorum all\n"
    )
}

/// Bytes like these, with some of them changed, cut out, doubled or put elsewhere.
fn mutated(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..7u8);
    proptest::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut bytes = bytes.clone();
        for (one, other, byte, kind) in changes {
            if bytes.is_empty() {
                break;
            }
            let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
            match kind {
                0 => bytes[one] = byte,
                1 => bytes[one] ^= 1 << (byte % 8),
                2 => bytes.insert(one, b" \n0A=+\"\\"[usize::from(byte % 8)]),
                3 => drop(bytes.remove(one)),
                4 => bytes.swap(one, other),
                5 => bytes.truncate(one),
                _ => {
                    let part = bytes[one.min(other)..one.max(other)].to_vec();
                    bytes.splice(one..one, part);
                }
            }
        }
        bytes
    })
}

fn check((name, parser): &Parser, bytes: &[u8]) {
    if let Some(written) = parser(bytes) {
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(bytes),
            "{name}: taken, but written otherwise"
        );
    }
}

fn check_policy(text: &str) {
    if let Ok(policy) = Policy::parse(text) {
        let written = policy.to_string();
        assert_eq!(Policy::parse(&written), Ok(policy), "{text:?}");
    }
}

fn check_evidence(bytes: &[u8]) {
    if let Ok(evidence) = Evidence::parse(bytes) {
        assert_eq!(evidence.encode(), bytes);
        let _ = evidence.check(&[&log_key()]);
    }
}

fn evidence() -> Vec<u8> {
    let (honest, forked) = (Log::of(5, "entry"), Log::of(7, "forked"));
    Evidence::new(honest.signed(5), forked.signed(7), forked.prefix(5, 7)).encode()
}

#[test]
fn the_examples_are_taken_and_written_as_they_were() {
    for (name, bytes) in EXAMPLES.iter() {
        let (_, parser) = CANONICAL.iter().find(|(other, _)| other == name).unwrap();
        assert_eq!(parser(bytes).as_deref(), Some(&bytes[..]), "{name}");
    }
    assert!(CANONICAL.iter().all(|(name, _)| EXAMPLES.iter().any(|(other, _)| other == name)));
    check_evidence(&evidence());
    assert!(Evidence::parse(&evidence()).is_ok());
    check_policy(&policy_text());
    assert!(Policy::parse(&policy_text()).is_ok());
}

#[test]
fn an_example_cut_short_anywhere_is_refused_or_another_valid_text() {
    for (name, bytes) in EXAMPLES.iter() {
        let parser = CANONICAL.iter().find(|(other, _)| other == name).unwrap();
        for end in 0..bytes.len() {
            check(parser, &bytes[..end]);
        }
    }
    for end in 0..evidence().len() {
        check_evidence(&evidence()[..end]);
    }
}

#[test]
fn deep_or_huge_json_is_refused_without_overflow() {
    for deep in ["[".repeat(60_000), "{\"a\":".repeat(12_000), "9".repeat(60_000)] {
        let signed = format!("{{\"space\":\"s\",\"say\":{deep}");
        let envelope = Envelope::sign(
            deconflict_record::STATEMENT_TYPE,
            &signed.as_bytes()[..40_000],
            &[&key(1)],
        )
        .unwrap();
        assert!(SignedStatement::parse(&envelope.encode()).is_err());
        assert!(Envelope::parse(deep.as_bytes()).is_err());
        assert!(Promise::parse(deep.as_bytes()).is_err());
        assert!(Evidence::parse(deep.as_bytes()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        CANONICAL.iter().for_each(|parser| check(parser, &bytes));
        check_evidence(&bytes);
        check_policy(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn what_a_parser_takes_is_what_its_writer_writes(
        (example, bytes) in (0..EXAMPLES.len())
            .prop_flat_map(|at| (Just(at), mutated(EXAMPLES[at].1.clone())))
    ) {
        let _ = example;
        CANONICAL.iter().for_each(|parser| check(parser, &bytes));
    }

    #[test]
    fn mutated_evidence_is_refused_or_written_as_it_was(bytes in mutated(evidence())) {
        check_evidence(&bytes);
    }

    #[test]
    fn a_policy_means_the_same_written_again(bytes in mutated(policy_text().into_bytes())) {
        check_policy(&String::from_utf8_lossy(&bytes));
    }
}
