//! Settings: what is read, and every mistake with its place and what to do.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::os::unix::fs::PermissionsExt;

use common::*;
use deconflict_core::{MessageId, Time};
use deconflict_notify::{NoticeHistory, NotifyConfig, WaitingMessage, plan};
use deconflict_record::Hash;
use deconflict_vocabulary::{CodeId, Precedence, Traffic};
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

#[test]
fn a_secret_that_was_written_where_none_may_stand_is_not_repeated() {
    let desk = Desk::new();
    desk.program("send-sms", "true");
    let told = |paths: Value, more: Value| desk.config(paths, more).unwrap_err().to_string();
    let smtp = |password: Value| {
        json!([{"name": "mail", "precedences": ["flash"], "smtp": {
            "server": "mail.south.example", "from": "a@south.example", "to": "b@south.example",
            "user": "desk", "password": password}}])
    };
    let command = |run: Value, environment: Value| json!([{"name": "sms", "precedences": ["flash"], "command": {"run": run, "environment": environment}}]);
    let run = || json!(["./send-sms"]);
    let none = || json!({});
    for password in [
        json!("hunter2"),
        json!({"hunter2": null}),
        json!({"file": ["hunter2"]}),
        json!({"file": "x", "env": "hunter2"}),
    ] {
        for paths in [smtp(password.clone()), command(run(), json!({"TOKEN": password}))] {
            let told = told(paths, none());
            assert!(!told.contains("hunter2"), "{told}");
            assert!(
                told.contains("a secret itself never stands here") && told.contains("line 1"),
                "{told}"
            );
        }
    }
    for told in [
        told(smtp(json!({"env": "hunter2"})), none()),
        told(smtp(json!({"file": "hunter2"})), none()),
        told(command(json!("send --token hunter2, expected"), json!({})), none()),
        told(command(json!(["send --token hunter2"]), json!({})), none()),
        told(command(run(), json!("TOKEN=hunter2")), none()),
        told(command(run(), json!({"TOKEN=hunter2": {"env": "HOME"}})), none()),
        told(json!([with("/webhook", json!("hunter2"))]), none()),
        told(json!([with("/webhook", json!({"hunter2": 1}))]), none()),
        told(json!([with("/webhook/url", json!("http://a:hunter2@c.example"))]), none()),
        told(json!([with("/precedences", json!(["hunter2"]))]), none()),
        told(json!([hook()]), json!({"call": ["hunter2"]})),
        told(json!([hook()]), json!({"v": "hunter2"})),
        told(json!([hook()]), json!({"detail": "hunter2"})),
    ] {
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn settings_that_others_may_change_are_none() {
    let desk = Desk::new();
    desk.config(json!([hook()]), json!({})).unwrap();
    let file = desk.path("notify.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o620)).unwrap();
    let told = NotifyConfig::read(&file).unwrap_err().to_string();
    assert!(told.contains("notify.json: others") && told.contains("chmod go-w"), "{told}");
}

#[test]
fn a_mark_before_the_text_is_no_part_of_the_settings() {
    let desk = Desk::new();
    desk.config(json!([hook()]), json!({})).unwrap();
    let file = desk.path("notify.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("\u{feff}{text}")).unwrap();
    NotifyConfig::read(&file).unwrap();
}

#[test]
fn a_program_that_others_may_change_is_not_run_and_nothing_that_belongs_to_another_user_counts() {
    let desk = Desk::new();
    desk.program("send", "true");
    let path = json!([{"name": "sms", "precedences": ["flash"], "command": {"run": ["./send"]}}]);
    let read = || desk.config(path.clone(), json!({}));
    read().unwrap();
    let mode = |bits: u32| {
        let permissions = std::fs::Permissions::from_mode(bits);
        std::fs::set_permissions(desk.path("send"), permissions).unwrap();
    };
    for bits in [0o720, 0o702] {
        mode(bits);
        let told = read().unwrap_err().to_string();
        assert!(told.contains("command: run: ") && told.contains("chmod go-w"), "{told}");
    }
    mode(0o700);
    for name in ["send", "notify.json"] {
        read().unwrap();
        let file = desk.path(name);
        if std::os::unix::fs::chown(&file, Some(65_534), None).is_err() {
            return; // Only root gives files away.
        }
        let told = NotifyConfig::read(&desk.path("notify.json")).unwrap_err().to_string();
        assert!(told.contains(name) && told.contains("belongs to another user"), "{told}");
        std::os::unix::fs::chown(&file, Some(0), None).unwrap();
    }
}

#[test]
fn the_example_of_the_page_is_right() {
    let desk = Desk::new();
    desk.program("send-sms", "true");
    desk.private("gateway.token", "token");
    desk.private("mail.password", "password");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/notify.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
    let own = r#"{ "env": "DESK_SMTP_PASSWORD" }"#;
    assert!(example.contains(own), "{example}");
    desk.private("notify.json", &example.replace(own, r#"{ "file": "mail.password" }"#));
    let config = NotifyConfig::read(&desk.path("notify.json")).unwrap();
    let names: Vec<&str> = config.rules.paths.iter().map(|path| path.name.as_str()).collect();
    assert_eq!(names, ["sms-duty", "mail-duty", "superior"]);
    let reaches: Vec<_> = config.rules.paths.iter().map(|path| path.operator.clone()).collect();
    assert_eq!(reaches, ["duty".parse().ok(), None, None]);
}

#[test]
fn whom_a_path_reaches_is_a_post_by_its_name() {
    let desk = Desk::new();
    let mut path = hook();
    path["operator"] = json!("the duty officer");
    let told = desk.config(json!([path]), json!({})).unwrap_err().to_string();
    assert!(told.contains("operator: `the duty officer`: "), "{told}");
}

#[test]
fn what_is_not_urgent_waits_for_the_morning_and_what_is_being_hit_does_not() {
    let desk = Desk::new();
    let night = json!({"time_zone": "Europe/Zurich", "from": "22:00", "until": "07:00", "precedences": ["routine"]});
    let mut path = hook();
    path["precedences"] = all();
    let rules = desk.config(json!([path]), json!({"night": night})).unwrap().rules;
    let time = |text: &str| -> Time { text.parse().unwrap() };
    let late = time("2026-07-03T21:00:00Z");
    let message = |nth: u8, precedence: Precedence, is_incident: bool| WaitingMessage {
        message: MessageId(Hash([nth; 32])),
        sender: "north".parse().unwrap(),
        code: CodeId::new("L1").unwrap(),
        traffic: Traffic::Real,
        precedence,
        since: late,
        unread_s: None,
        answered_s: 600,
        held_until: None,
        shelved: [].into(),
        is_incident,
    };
    let waiting = [
        message(1, Precedence::Routine, false),
        message(2, Precedence::Routine, true),
        message(3, Precedence::Priority, false),
    ];
    let told = |at: Time| -> Vec<u8> {
        let due = plan(&rules, &waiting, &NoticeHistory::default(), at).due;
        due.iter().flat_map(|one| &one.occasions).map(|one| one.message.0.0[0]).collect()
    };
    assert_eq!(told(late), [2, 3]);
    assert_eq!(told(time("2026-07-04T04:59:59Z")), [2, 3]);
    assert_eq!(told(time("2026-07-04T05:00:00Z")), [2, 3, 1]);
    let alone =
        plan(&rules, &waiting[..1], &NoticeHistory::default(), time("2026-07-04T00:00:00Z"));
    assert_eq!((alone.due.len(), alone.next), (0, Some(time("2026-07-04T05:00:00Z"))));
}
