//! What the host itself writes into a record: codes with parameters, and no prose.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;
use kinds::words;
use serde_json::Value;

/// Whether every text in it is a code, a name, a time or a hash: none of these has a space.
fn is_code(value: &Value) -> bool {
    let plain = |text: &str| {
        let one = |c: char| c.is_ascii_alphanumeric() || "-_.:/+".contains(c);
        !text.is_empty() && text.len() <= 255 && text.chars().all(one)
    };
    match value {
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().all(is_code),
        Value::Object(members) => members.iter().all(|(name, item)| plain(name) && is_code(item)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[test]
fn what_the_host_writes_into_a_record_is_codes_with_parameters_and_no_prose() {
    for refusal in refusals() {
        let written = serde_json::to_value(&refusal).unwrap();
        assert!(is_code(&written), "{written}");
        assert_eq!(serde_json::from_value::<Refusal>(written).unwrap(), refusal);
    }
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.jsonl");
    for line in std::fs::read_to_string(log).unwrap().lines() {
        match serde_json::from_str::<Entry>(line).unwrap().what {
            What::Found(finding) => assert!(is_code(&serde_json::to_value(finding).unwrap())),
            What::Refused(_, why) => assert!(is_code(&serde_json::to_value(why).unwrap())),
            What::Accepted(_) => {}
        }
    }
    assert!(!is_code(&Value::from("no volume: say where and when")));
}

#[test]
fn of_every_reason_to_refuse_one_is_looked_at() {
    let word = |refusal: &Refusal| {
        let written = serde_json::to_value(refusal).unwrap();
        written.as_object().unwrap().keys().next().unwrap().clone()
    };
    let looked_at: BTreeSet<String> = refusals().iter().map(word).collect();
    assert_eq!(looked_at, words::<Refusal>());
}

#[test]
fn no_code_has_room_for_a_text_of_ours() {
    let source = include_str!("../src/refusal.rs");
    assert!(!source.contains("String") && !source.contains("&str,"), "a text in a refusal");
    // What parties wrote is in their statements; of a finding's parameters, witnesses' names alone.
    let entry = include_str!("../src/entry.rs");
    assert_eq!(entry.matches("String").count(), 1);
    assert!(entry.contains("heard: BTreeSet<String>"));
}

#[test]
fn a_refusal_with_prose_is_read_no_more() {
    for old in [
        r#"{"invalid":{"fault":"no volume: say where and when"}}"#,
        r#"{"unknown":{"what":"party `north`"}}"#,
        r#"{"limit":{"of":"volumes of a party","most":3}}"#,
        r#"{"charter":{"fault":"charter, `space`: it is empty"}}"#,
    ] {
        assert!(serde_json::from_str::<Refusal>(old).is_err(), "{old}");
    }
}

#[test]
fn the_written_form_of_a_refusal_stands() {
    let written: Vec<String> =
        refusals().iter().map(|refusal| serde_json::to_string(refusal).unwrap()).collect();
    let id = "ab".repeat(32);
    let key = "cd".repeat(32);
    for expected in [
        r#"{"late":{"valid_until":"2017-05-18T06:00:00Z"}}"#.to_owned(),
        r#"{"already-founded":{}}"#.to_owned(),
        format!(r#"{{"charter":{{"fault":{{"key-twice":{{"key":"{key}"}}}}}}}}"#),
        r#"{"charter":{"fault":{"grid":{"fault":{"cell":1}}}}}"#.to_owned(),
        format!(r#"{{"unknown":{{"what":{{"declaration":"{id}"}}}}}}"#),
        r#"{"unknown":{"what":{"speaker-for":["north","militia"]}}}"#.to_owned(),
        r#"{"invalid":{"fault":{"volume":{"volume":2,"fault":{"place":{"latitude":91.5}}}}}}"#
            .to_owned(),
        r#"{"invalid":{"fault":{"volume":{"volume":2,"fault":{"shape":{"crossing":{"first":[0,1],"second":[0,3],"near":[33.5,38.6]}}}}}}}"#
            .to_owned(),
        r#"{"limit":{"of":"tag-characters","most":35}}"#.to_owned(),
        r#"{"head-beyond":{"size":9,"entries":7}}"#.to_owned(),
    ] {
        assert!(written.contains(&expected), "{expected}\n{written:#?}");
    }
}

#[test]
fn a_charter_without_sense_is_none() {
    let fault = |change: &dyn Fn(&mut Charter)| {
        let mut terms = charter(&["host", "north"]);
        change(&mut terms);
        terms.check()
    };
    let twice = |key: SigningKey| Err(CharterError::KeyTwice { key: key.verifying_key().id() });
    assert_eq!(fault(&|_| ()), Ok(()));
    assert_eq!(fault(&|c| c.parties[1].root = c.parties[0].root), twice(root("host", 0)));
    assert_eq!(fault(&|c| c.host.key = c.parties[0].root), twice(root("host", 0)));
    let witness = |name: &str, key| Witness { party: None, name: name.into(), key, url: None };
    let host = charter(&["host"]).host.key;
    assert_eq!(
        fault(&|c| c.witnesses = vec![witness("w", host)]),
        Err(CharterError::KeyTwice { key: host.id() })
    );
    let desk = root("desk", 0).verifying_key();
    let two = |a: &str, b: &str| vec![witness(a, desk), witness(b, desk)];
    assert_eq!(
        fault(&|c| c.witnesses = two("w", "w")),
        Err(CharterError::WitnessTwice { witness: 1 })
    );
    assert_eq!(
        fault(&|c| c.witnesses = two("w", "a b")),
        Err(CharterError::WitnessName { witness: 1 })
    );
    assert_eq!(
        fault(&|c| {
            c.witnesses = vec![witness("w", desk)];
            c.witnesses[0].url = Some("http://witness.example".into());
        }),
        Err(CharterError::WitnessUrl { witness: 0 })
    );
    assert_eq!(fault(&|c| c.quorum = 1), Err(CharterError::Quorum { quorum: 1, witnesses: 0 }));
    assert_eq!(
        fault(&|c| {
            c.witnesses = vec![witness("w", desk)];
            c.witnesses[0].party = Some(c.host.party.clone());
            c.quorum = 1;
        }),
        Err(CharterError::Quorum { quorum: 1, witnesses: 0 }),
        "the host's own word for its record counts for nothing"
    );
    assert_eq!(fault(&|c| c.rules.clock_skew_s = 0), Err(CharterError::ClockSkew { seconds: 0 }));
    assert_eq!(fault(&|c| c.consents.host = Consent::AtLeast(0)), Err(CharterError::NoConsent {}));
    assert_eq!(fault(&|c| c.rules.limits.text = 0), Err(CharterError::LimitRange { limit: 0 }));
    assert_eq!(
        fault(&|c| c.rules.limits.keys = usize::MAX),
        Err(CharterError::LimitRange { limit: usize::MAX })
    );
    let apart = fault(&|c| c.rules.separation.vertical_m = f64::NAN);
    assert!(matches!(apart, Err(CharterError::Separation { .. })), "{apart:?}");
    let heights = fault(&|c| c.rules.heights.terrain_m = Some((9.0, 1.0)));
    assert!(matches!(heights, Err(CharterError::Heights { .. })), "{heights:?}");
    let grid = fault(&|c| c.rules.grid.cell_m = 0);
    assert!(matches!(grid, Err(CharterError::Grid { .. })), "{grid:?}");
}
