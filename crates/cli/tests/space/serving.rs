//! A host as a service: TLS, metrics, what it waits for after a start, and whose key it is given.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use serde_json::Value;

use crate::place::{Place, SPACE, Served, terminate};

/// Writes a certificate for this machine that vouches for itself, and its key.
fn certificate(place: &Place, name: &str) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    fs::write(place.path(&format!("{name}.pem")), made.cert.pem()).unwrap();
    let key = made.signing_key.serialize_pem();
    fs::write(place.path(&format!("{name}-key.pem")), key).unwrap();
}

#[test]
fn desks_read_and_file_over_tls_from_a_host_whose_certificate_they_can_check() {
    let place = Place::new();
    let (plain, log, founding) = place.founded();
    plain.stop();
    certificate(&place, "host");
    certificate(&place, "other");
    let tls = ["host", "--alone", "--tls-cert", "host.pem", "--tls-key", "host-key.pem"];
    let host = Served::with(&place, &tls);
    assert!(host.url.starts_with("https://"), "{}", host.url);
    let known = [host.url.as_str(), &log, &founding];
    let north = place.desk_with("north", &known, &["--ca", "host.pem"]);
    let south = place.desk_with("south", &known, &["--ca", "host.pem"]);
    let claim = format!("party speak-for fishers --root north/root.key --desk {north}");
    assert!(place.line(0, &claim).contains("Accepted"));
    let seen = place.line(0, &format!("party show north --desk {south}"));
    assert!(seen.contains("speaks for fishers"), "{seen}");
    let status = format!("host status {}", host.url);
    let about = place.line(0, &format!("{status} --ca host.pem"));
    assert!(about.contains(SPACE) && about.contains(&log), "{about}");

    // Whoever trusts another authority, or that of the machine alone, is told what to do.
    for wrong in [format!("{status} --ca other.pem"), status] {
        let told = place.line(2, &wrong);
        assert!(
            told.contains("its certificate is not vouched for") && told.contains("--ca"),
            "{told}"
        );
    }
    let init = format!(
        "desk init wrong --party south --log {log} --founding {founding} --url {} --ca other.pem \
         --key south/duty.key",
        host.url
    );
    place.line(0, &init);
    let told = place.line(2, "desk sync --desk wrong");
    assert!(told.contains("its certificate is not vouched for") && told.contains("--ca"), "{told}");
    let key = "--key south/duty.key --party south";
    let checked = place.line(0, &format!("verify {} --ca host.pem {key}", host.url));
    assert!(checked.contains("The host signed this record"), "{checked}");
    let told = place.line(2, &format!("verify {} --ca other.pem {key}", host.url));
    assert!(told.contains("its certificate is not vouched for") && told.contains("--ca"), "{told}");
    assert!(host.stop().starts_with("stopped: "));
}

#[test]
fn metrics_are_served_apart_and_count_what_was_taken_in() {
    let place = Place::new();
    let (plain, log, founding) = place.founded();
    plain.stop();
    let mut host = Served::with(&place, &["host", "--alone", "--metrics", "127.0.0.1:0"]);
    let line = host.says();
    let address = line.trim().strip_prefix("metrics: http://").unwrap();
    let address = address.strip_suffix("/metrics").unwrap();
    place.desk("north", &host.url, &log, &founding);
    let ask = |address: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = ask(address);
    assert!(page.contains("deconflict_statements_accepted_total 1\n"), "{page}");
    assert!(page.contains("# TYPE deconflict_entries gauge"), "{page}");
    let public = ask(host.url.strip_prefix("http://").unwrap());
    assert!(public.starts_with("HTTP/1.1 404"), "{public}");
    host.stop();
}

#[test]
fn what_is_said_while_a_host_waits_for_its_witness_is_kept_and_its_people_are_told_whom_to_call() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    let south = place.desk("south", &host.url, &log, &founding);
    place.line(0, &format!("desk sync --desk {north}"));
    host.stop();
    let host = Served::start(&place);
    for desk in [&north, &south] {
        place.line(0, &format!("desk address {} --desk {desk}", host.url));
    }
    let about = place.line(0, &format!("host status {}", host.url));
    assert!(about.contains("TROUBLE  it was started anew"), "{about}");
    let claim = format!("party speak-for fishers --root south/root.key --desk {south}");
    let told = place.line(0, &claim);
    for part in ["KEPT BY THE HOST, NOT IN THE RECORD YET", "it waits for north (call +000 north)"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let queue = place.line(0, &format!("desk queue --desk {south}"));
    assert!(queue.contains("kept by the host, not in the record yet"), "{queue}");
    let status = place.line(0, &format!("desk status --desk {south}"));
    assert!(status.contains("HOST       was started anew"), "{status}");
    place.line(0, &format!("desk sync --desk {north}"));
    let seen = place.line(0, &format!("party show south --desk {north}"));
    assert!(seen.contains("speaks for fishers"), "{seen}");
    place.line(0, &format!("desk sync --desk {south}"));
    let queue = place.line(0, &format!("desk queue --desk {south}"));
    assert!(queue.contains("Nothing waits"), "{queue}");
    let status = place.line(0, &format!("desk status --desk {south}"));
    assert!(!status.contains("was started anew"), "{status}");
    let about = place.line(0, &format!("host status {}", host.url));
    assert!(!about.contains("TROUBLE"), "{about}");
    host.stop();
}

#[test]
fn the_operators_word_on_the_clock_reaches_the_host_that_runs() {
    let place = Place::new();
    let (host, ..) = place.founded();
    let said = place.line(0, "host clock-is-right host --yes");
    assert!(said.contains("is told within a second"), "{said}");
    let word = place.path("host").join("clock-is-right.json");
    let begun = std::time::Instant::now();
    while word.exists() {
        assert!(begun.elapsed().as_secs() < 20, "the host takes the word away");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    host.stop();
    let told = place.line(2, "host clock-is-right nowhere --yes");
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn a_host_started_again_says_who_has_spoken_who_is_missing_and_what_can_be_done() {
    let place = Place::new();
    let (plain, log, founding) = place.founded();
    plain.stop();
    let run = ["host", "run", "host", "--listen", "127.0.0.1:0"];
    let mut child =
        place.command(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut told).unwrap();
    terminate(&mut child);
    child.wait().unwrap();
    for part in [
        "Heard: 0 of 1 ",
        "Not heard: `north.example/desk` of north (call +000 north)",
        "--alone",
        "desk sync",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }

    let mut host = Served::with(&place, &["host", "--output", "json"]);
    let waiting: Value = serde_json::from_str(&host.says()).unwrap();
    assert_eq!(waiting["event"], "waiting");
    assert_eq!((&waiting["needed"], &waiting["heard"]), (&1.into(), &Value::Array(Vec::new())));
    assert_eq!(waiting["silent"][0]["witness"], "north.example/desk");
    assert_eq!(waiting["silent"][0]["party"], "north");
    assert_eq!(waiting["silent"][0]["contact"][0], "+000 north");
    assert_eq!(waiting["alone"], true);
    // A witness whose operator is not enrolled yet can be heard too: by its root.
    place.desk("north", &host.url, &log, &founding);
    let open: Value = serde_json::from_str(&host.says()).unwrap();
    assert_eq!(open["event"], "open");
    let stopped: Value = serde_json::from_str(&host.stop()).unwrap();
    assert_eq!(stopped["event"], "stopped");
    assert!(stopped["entries"].as_u64().unwrap() > waiting["entries"].as_u64().unwrap());
}

#[test]
fn a_host_logs_what_it_is_asked_to_on_standard_error_and_nothing_else_by_default() {
    let place = Place::new();
    let (plain, ..) = place.founded();
    plain.stop();
    let logged = |args: &[&str], variables: &[(&str, &str)]| {
        let run = ["host", "run", "host", "--alone", "--listen", "127.0.0.1:0"];
        let mut command = place.command(&[&run[..], args].concat());
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("ready: "), "{ready}");
        terminate(&mut child);
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    };
    assert_eq!(logged(&[], &[]), "");
    let text = logged(&["--log", "info"], &[]);
    assert!(text.contains("INFO deconflict_host::serve: serving "), "{text}");
    assert!(!text.contains("DEBUG"), "{text}");
    let variables = [("DECONFLICT_LOG", "debug"), ("DECONFLICT_LOG_FORMAT", "json")];
    let lines = logged(&[], &variables);
    let events: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of =
        |message: &str| events.iter().find(|event| event["message"] == message).expect(message);
    assert_eq!((&of("serving")["level"], &of("serving")["tls"]), (&"INFO".into(), &false.into()));
    assert_eq!(of("appended")["level"], "DEBUG");
    assert!(of("stopped")["size"].as_u64().unwrap() >= 2, "{lines}");
}

#[test]
fn a_first_start_that_served_nobody_leaves_the_next_one_the_first() {
    let place = Place::new();
    place.charter();
    for party in ["south", "north"] {
        place.line(0, &format!("space sign charter.json --key {party}/root.key --yes"));
    }
    place.brought_keys_sign();
    place.line(0, "host init host --founding founding.json --log-key log.key");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let busy = place.line(2, &format!("host run host --listen {address}"));
    assert!(busy.contains(&address.to_string()), "{busy}");
    let mut host = Served::with(&place, &["host", "--output", "json", "--metrics", "127.0.0.1:0"]);
    assert!(host.says().contains("metrics"));
    // It does not wait for anybody: the next thing that it says is that it stops.
    let stopping = host.stop_saying();
    assert!(stopping[0].contains("stopping"), "{stopping:?}");
}

#[test]
fn a_key_that_is_not_the_records_is_refused_before_anything_is_written() {
    let place = Place::new();
    let log = place.charter();
    for party in ["south", "north"] {
        place.line(0, &format!("space sign charter.json --key {party}/root.key --yes"));
    }
    place.brought_keys_sign();
    let other = place.json(&["key", "new", "other.key", "--name", SPACE])["vkey"].clone();
    let other = other.as_str().unwrap();
    let names_both = |told: &str| {
        let given = told.contains(&format!("other.key: holds the key {other}"));
        assert!(given && told.contains(&log) && told.contains("--log-key"), "{told}");
    };
    names_both(&place.line(2, "host init host --founding founding.json --log-key other.key"));
    assert!(!place.path("host").exists());
    place.line(0, "host init host --founding founding.json --log-key log.key");
    place.line(0, "backup host copy.sqlite");
    names_both(&place.line(2, "host restore later copy.sqlite --log-key other.key"));
    assert!(!place.path("later").exists());
    place.line(0, "host restore later copy.sqlite --log-key log.key");
    // Somebody puts another key into the place of the right one.
    fs::rename(place.path("other.key"), place.path("log.key")).unwrap();
    let told = place.line(2, "host run later --listen 127.0.0.1:0");
    assert!(told.contains(&format!("log.key: holds the key {other}")), "{told}");
    assert!(told.contains(&log), "{told}");
}

#[test]
fn no_crash_of_a_process_that_holds_keys_writes_a_core() {
    let place = Place::new();
    let (plain, ..) = place.founded();
    plain.stop();
    // Whatever its caller would allow.
    let allowed = r#"ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@""#;
    let mut host = std::process::Command::new("sh")
        .args(["-c", allowed, env!("CARGO_BIN_EXE_deconflict")])
        .args(["host", "run", "host", "--alone", "--listen", "127.0.0.1:0"])
        .current_dir(place.path(""))
        .env("DECONFLICT_PASSPHRASE_FILE", place.path("passphrase"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    assert!(ready.starts_with("ready: "), "{ready}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", host.id()));
    terminate(&mut host);
    host.wait().unwrap();
    let Ok(limits) = limits else {
        eprintln!("skipped: no /proc to read a process's limits from");
        return;
    };
    let of_core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    let of_core: Vec<&str> = of_core.split_whitespace().take(2).collect();
    assert!(of_core.iter().all(|limit| ["0", "1"].contains(limit)), "{of_core:?}");
}
