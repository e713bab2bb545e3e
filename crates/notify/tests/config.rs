//! Settings: what is read, and every mistake with its place and what to do.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_vocabulary::Precedence;
use serde_json::{Value, json};

fn hook() -> Value {
    let webhook =
        json!({"url": "https://hooks.south.example/1", "secret": {"file": "webhook.secret"}});
    json!({"name": "hook", "precedences": ["flash"], "webhook": webhook})
}

fn with(path: &str, value: Value) -> Value {
    let mut hook = hook();
    *hook.pointer_mut(path).unwrap() = value;
    hook
}

#[test]
fn settings_that_are_right_are_read_with_their_night() {
    let desk = Desk::new();
    let night = json!({"time_zone": "Europe/Zurich", "from": "22:00", "until": "07:00", "precedences": ["routine"]});
    let config = desk.config(json!([hook()]), json!({"night": night, "language": "ar"})).unwrap();
    assert_eq!(config.rules.paths[0].precedences, [Precedence::Flash].into());
    assert!(config.rules.night.is_some());
    assert!(!format!("{config:?}").contains("MDEyMzQ1"), "no secret is shown");
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_to_do() {
    let desk = Desk::new();
    desk.private("short.secret", "whsec_AAAA");
    desk.private("not-run", "#!/bin/sh\n");
    let one = |paths: Value, more: Value| -> String {
        let error = desk.config(paths, more).unwrap_err();
        assert!(error.faults.iter().all(|fault| fault.contains("notify.json: ")), "{error}");
        error.to_string()
    };
    let night = |member: &str, value: Value| {
        let mut night = json!({"time_zone": "Europe/Zurich", "from": "22:00", "until": "07:00", "precedences": ["routine"]});
        night[member] = value;
        json!({"night": night})
    };
    let smtp = |member: &str, value: Value| {
        let mut smtp = json!({"server": "mail.south.example", "from": "a@south.example", "to": "b@south.example"});
        smtp[member] = value;
        json!([{"name": "mail", "precedences": ["flash"], "smtp": smtp}])
    };
    let program =
        |run: Value| json!([{"name": "sms", "precedences": ["flash"], "command": {"run": run}}]);
    let none = json!({});
    for (told, parts) in [
        (one(json!([]), none.clone()), ["paths: ", "1 to 16"]),
        (one(json!([hook()]), json!({"v": 2})), ["v: 2", "version 1"]),
        (one(json!([hook()]), json!({"call": "\n"})), ["call: ", "such as +41"]),
        (one(json!([hook()]), json!({"language": "de"})), ["language: `de`", "en, ru, ar"]),
        (one(json!([hook()]), json!({"detial": "code"})), ["detial", "line 1 column"]),
        (one(json!([hook()]), json!({"traffic": []})), ["traffic: ", "leave it out"]),
        (
            one(json!([hook()]), night("time_zone", json!("Zurich"))),
            ["night.time_zone: `Zurich`", "Europe/"],
        ),
        (one(json!([hook()]), night("from", json!("24:00"))), ["night.from: `24:00`", "22:00"]),
        (one(json!([hook()]), night("from", json!("07:00"))), ["night: ", "begins when it ends"]),
        (
            one(json!([hook()]), night("precedences", json!(["flash"]))),
            ["night.precedences", "told at once"],
        ),
        (one(json!([hook(), hook()]), none.clone()), ["paths[1] `hook`: name", "another path"]),
        (
            one(json!([with("/name", json!("Hook 1"))]), none.clone()),
            ["paths[0] `Hook 1`: name", "small letters"],
        ),
        (
            one(json!([with("/precedences", json!([]))]), none.clone()),
            ["precedences: is empty", "[\"flash\"]"],
        ),
        (
            one(json!([{"name": "a", "precedences": ["flash"]}]), none.clone()),
            ["paths[0] `a`", "one of `webhook`"],
        ),
        (
            one(json!([with("/webhook/url", json!("http://hooks.south.example"))]), none.clone()),
            ["webhook: url", "must begin with https://"],
        ),
        (
            one(json!([with("/webhook/url", json!("https://a:b@c.example"))]), none.clone()),
            ["webhook: url", "a password"],
        ),
        (
            one(json!([with("/webhook/secret", json!({"file": "short.secret"}))]), none.clone()),
            ["webhook: secret", "openssl rand"],
        ),
        (
            one(json!([with("/webhook/secret", json!({"file": "none"}))]), none.clone()),
            ["webhook: secret", "mode 600"],
        ),
        (
            one(smtp("security", json!("none")), none.clone()),
            ["smtp: security", "this very machine alone"],
        ),
        (one(smtp("to", json!("duty")), none.clone()), ["smtp: to: `duty`", "duty@north.example"]),
        (
            one(smtp("user", json!("duty")), none.clone()),
            ["smtp: user, password", "both or neither"],
        ),
        (one(smtp("ca", json!("none.pem")), none.clone()), ["smtp: ca: ", "none.pem"]),
        (one(program(json!(["./none"])), none.clone()), ["command: run", "its folders"]),
        (one(program(json!(["./not-run"])), none.clone()), ["command: run", "chmod +x"]),
        (one(program(json!([])), none.clone()), ["command: run: is empty", "arguments"]),
    ] {
        for part in parts {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("AAAA"), "no secret is told: {told}");
    }
    // All at once, not one after the other.
    let both = desk.config(json!([hook(), hook()]), json!({"language": "xx"})).unwrap_err();
    assert_eq!(both.faults.len(), 2, "{both}");
}
