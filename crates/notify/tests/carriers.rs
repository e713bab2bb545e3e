//! Each carrier with a real receiver: a mail server, a receiver of webhooks, a program.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's own set-up and its skipping"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use deconflict_core::Time;
use deconflict_notify::{AttemptOutcome, NotifyConfig, try_paths};
use serde_json::{Value, json};

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

/// What came of trying the one path.
fn tried(config: &NotifyConfig) -> Result<String, String> {
    match try_paths(config, now()).remove(0).outcome {
        AttemptOutcome::Taken { said } => Ok(said),
        AttemptOutcome::Failed { why } => Err(why),
    }
}

fn command(desk: &Desk, more: Value) -> NotifyConfig {
    let mut path =
        json!({"name": "sms", "precedences": all(), "command": {"run": ["./send", "+41 79"]}});
    for (name, value) in more.as_object().unwrap() {
        path[name] = value.clone();
    }
    desk.config(json!([path]), json!({})).unwrap()
}

#[test]
fn a_program_has_the_text_on_its_input_and_an_environment_that_is_closed() {
    let desk = Desk::new();
    let kept = desk.path("kept");
    desk.private("token", "tok-123456");
    desk.program(
        "send",
        &format!("(cat; echo \"$1\"; env) > {}; echo sent tok-123456", kept.display()),
    );
    let run = json!({"run": ["./send", "+41 79"], "environment": {"TOKEN": {"file": "token"}}});
    let told = tried(&command(&desk, json!({"command": run})));
    assert_eq!(told, Ok("exit status 0: sent ...".to_owned()), "no secret stands in what is kept");
    let kept = fs::read_to_string(kept).unwrap();
    assert!(
        kept.starts_with("TEST. Test of this notice path. No answer is asked.\n+41 79\n"),
        "{kept}"
    );
    let names: Vec<&str> = kept.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    let own = ["PWD", "OLDPWD", "SHLVL", "_", "PATH", "TOKEN"];
    assert!(
        names.iter().all(|name| name.starts_with("DECONFLICT_") || own.contains(name)),
        "{names:?}"
    );
    for line in ["TOKEN=tok-123456", "DECONFLICT_KIND=test", "DECONFLICT_CALL=+41 555 0300"] {
        assert!(kept.lines().any(|known| known == line), "{line}: {kept}");
    }
}

#[test]
fn a_program_that_fails_says_so_and_what_it_prints_is_bounded() {
    let desk = Desk::new();
    desk.program("send", "yes no gateway | head -c 1000000 >&2; exit 7");
    let why = tried(&command(&desk, json!({}))).unwrap_err();
    assert!(why.starts_with("exit status 7: no gateway no gateway"), "{why}");
    assert!(why.chars().count() < 400, "{why}");
}

#[test]
fn a_program_that_hangs_is_killed_with_its_children() {
    let desk = Desk::new();
    let pids = desk.path("pids");
    desk.program("send", &format!("sleep 600 & echo $! $$ > {}; wait", pids.display()));
    let begun = Instant::now();
    let why = tried(&command(&desk, json!({"timeout_s": 1}))).unwrap_err();
    assert!(why.contains("did not end within 1 s, and was killed"), "{why}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    for pid in fs::read_to_string(pids).unwrap().split_whitespace() {
        until("it is gone", || {
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            (state.is_empty() || state.contains(") Z ")).then_some(())
        });
    }
}

fn is_gone(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.is_empty() || state.contains(") Z ")
}

#[test]
fn a_child_that_outlives_its_program_keeps_nothing_of_what_was_printed_and_no_thread() {
    let desk = Desk::new();
    let pids = desk.path("pids");
    let to = pids.display();
    // One in the program's group, which goes with it, and one in a group of its own.
    desk.program("send", &format!("echo sent; sleep 600 & echo $! > {to}; exit 0"));
    assert_eq!(tried(&command(&desk, json!({}))), Ok("exit status 0: sent".to_owned()));
    let pid = fs::read_to_string(&pids).unwrap();
    until("it is gone", || is_gone(pid.trim()).then_some(()));
    let away =
        format!("echo sent; setsid sh -c 'echo $$ > {to}; exec sleep 30' & sleep 0.5; exit 0");
    desk.program("send", &away);
    assert_eq!(tried(&command(&desk, json!({}))), Ok("exit status 0: sent".to_owned()));
    let pid = fs::read_to_string(&pids).unwrap();
    assert!(!is_gone(pid.trim()), "it is of no concern to a desk");
    let pipes = || {
        let own = fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
        own.filter_map(|one| fs::read_link(one.path()).ok()).collect::<Vec<_>>()
    };
    let held = fs::read_link(format!("/proc/{}/fd/1", pid.trim())).unwrap();
    until("nobody reads it any more", || (!pipes().contains(&held)).then_some(()));
    let _ = Command::new("kill").arg(pid.trim()).status();
}

fn webhook(desk: &Desk, url: &str) -> NotifyConfig {
    let hook = json!({"url": url, "secret": {"file": "webhook.secret"}});
    let path = json!({"name": "hook", "precedences": all(), "timeout_s": 2, "webhook": hook});
    desk.config(json!([path]), json!({"language": "fr"})).unwrap()
}

#[test]
fn a_webhook_is_signed_so_that_a_receivers_library_takes_it_and_nothing_that_was_changed() {
    let (desk, receiver) = (Desk::new(), Receiver::new(&["204 No Content"]));
    assert_eq!(tried(&webhook(&desk, &receiver.url)), Ok("HTTP 204".to_owned()));
    let request = receiver.requests().remove(0);
    let body = request.json();
    let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let closed = [
        "attempt",
        "call",
        "kind",
        "language",
        "language_checked",
        "notice",
        "precedence",
        "sent_at",
        "stage",
        "text",
        "traffic",
        "v",
        "waiting",
    ];
    assert_eq!(names, closed.into());
    assert_eq!((&body["kind"], &body["language"]), (&json!("test"), &json!("fr")));
    assert_eq!(body["text"], "ESSAI. Essai de cette voie d'avis. Aucune réponse n'est demandée.");
    let Some(python) = python() else { return println!("{SKIPPED}") };
    let verifies = |body: &str, shift_s: i64, secret: &str| {
        let stamp: i64 = request.header("webhook-timestamp").parse().unwrap();
        let given = json!({
            "secret": secret, "body": body,
            "headers": {
                "webhook-id": request.header("webhook-id"),
                "webhook-timestamp": (stamp + shift_s).to_string(),
                "webhook-signature": request.header("webhook-signature"),
            },
        });
        let mut judge = Command::new(&python)
            .arg(judge("webhook.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        judge.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        judge.wait().unwrap().success()
    };
    assert!(verifies(&request.body, 0, SECRET));
    assert!(!verifies(&request.body.replace("test", "best"), 0, SECRET));
    assert!(!verifies(&request.body, 1, SECRET), "the time is signed too");
    assert!(!verifies(&request.body, 0, &SECRET.replace("MDEy", "MDEx")));
}

#[test]
fn a_webhook_follows_nobody_elsewhere_and_waits_for_nobody_who_is_silent() {
    let desk = Desk::new();
    let elsewhere = Receiver::new(&["200 OK"]);
    let moved = format!("302 Found\r\nLocation: {}", elsewhere.url);
    let receiver = Receiver::new(&[&moved]);
    let why = tried(&webhook(&desk, &receiver.url)).unwrap_err();
    assert!(why.contains("HTTP 302") && why.contains("not followed"), "{why}");
    assert!(elsewhere.requests().is_empty());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let why = tried(&webhook(&desk, &format!("http://{}/", silent.local_addr().unwrap())));
    assert!(why.unwrap_err().contains("timeout"));
    assert!(begun.elapsed() < Duration::from_secs(8));
}

/// A certificate for this machine that vouches for itself.
fn certificate(desk: &Desk) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    desk.private("mail.pem", &made.cert.pem());
    desk.private("mail-key.pem", &made.signing_key.serialize_pem());
    ["mail.pem", "mail-key.pem"].map(|name| desk.path(name).to_str().unwrap().to_owned())
}

fn smtp(desk: &Desk, port: u16, more: Value) -> NotifyConfig {
    let mut smtp = json!({
        "server": "127.0.0.1", "port": port, "ca": "mail.pem",
        "from": "desk@south.example", "to": "Duty officer <duty@south.example>",
    });
    for (name, value) in more.as_object().unwrap() {
        smtp[name] = value.clone();
    }
    let path = json!({"name": "mail", "precedences": all(), "timeout_s": 5, "smtp": smtp});
    desk.config(json!([path]), json!({"language": "ru"})).unwrap()
}

#[test]
fn a_mail_goes_over_tls_with_a_password_to_a_real_server() {
    let Some(python) = python() else { return println!("{SKIPPED}") };
    let desk = Desk::new();
    desk.private("password", "pass-97531\n");
    let [pem, key] = certificate(&desk);
    for mode in ["tls", "starttls"] {
        let mut server = MailServer::start(&python, &[mode, &pem, &key, "duty", "pass-97531"]);
        let with = |more: Value| {
            let mut all =
                json!({"security": mode, "user": "duty", "password": {"file": "password"}});
            for (name, value) in more.as_object().unwrap() {
                all[name] = value.clone();
            }
            tried(&smtp(&desk, server.port, all))
        };
        let said = with(json!({})).unwrap();
        assert!(said.starts_with("SMTP 250"), "{said}");
        let refused = with(json!({"to": "refused@south.example"})).unwrap_err();
        assert!(refused.contains("550"), "{refused}");
        // Another password, of which nothing is told.
        desk.private("wrong", "not-that-one");
        let wrong = with(json!({"password": {"file": "wrong"}})).unwrap_err();
        assert!(wrong.contains("535") && !wrong.contains("not-that-one"), "{wrong}");
        let mail = server.mail();
        assert_eq!(mail["to"], json!(["duty@south.example"]));
        assert_eq!((&mail["tls"], &mail["user"]), (&json!(true), &json!("duty")));
        let text = "ПРОВЕРКА СВЯЗИ. Проверка этого пути оповещения. Ответа не требуется.";
        assert_eq!(mail["subject"], text);
        assert!(mail["body"].as_str().unwrap().starts_with(text), "{mail}");
        assert!(mail["message_id"].as_str().unwrap().ends_with("@south.example>"));
        assert!(!mail.to_string().contains("user-agent"), "{mail}");
    }
}

#[test]
fn a_mail_goes_to_no_server_that_is_not_vouched_for_or_has_no_tls() {
    let Some(python) = python() else { return println!("{SKIPPED}") };
    let desk = Desk::new();
    let [pem, key] = certificate(&desk);
    let known = Desk::new();
    certificate(&known);
    let server = MailServer::start(&python, &["tls", &pem, &key]);
    // The settings trust another authority.
    let why = tried(&smtp(&known, server.port, json!({}))).unwrap_err();
    assert!(why.contains("certificate"), "{why}");
    let mut plain = MailServer::start(&python, &["plain"]);
    let why = tried(&smtp(&desk, plain.port, json!({"security": "starttls"}))).unwrap_err();
    assert!(why.contains("STARTTLS"), "{why}");
    // For this very machine it may be said plainly that there is none.
    let mut open = json!({"security": "none"});
    open["ca"] = Value::Null;
    assert!(tried(&smtp(&desk, plain.port, open)).unwrap().starts_with("SMTP 250"));
    assert_eq!(plain.mail()["tls"], json!(false));
}

#[test]
fn a_mail_server_that_says_nothing_holds_up_nobody_for_long() {
    let desk = Desk::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let smtp = json!({"server": "localhost", "port": port, "security": "none",
                      "from": "desk@south.example", "to": "duty@south.example"});
    let path = json!({"name": "mail", "precedences": all(), "timeout_s": 1, "smtp": smtp});
    let begun = Instant::now();
    assert!(tried(&desk.config(json!([path]), json!({})).unwrap()).is_err());
    assert!(begun.elapsed() < Duration::from_secs(8));
}
