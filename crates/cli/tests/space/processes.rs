//! The command over real processes: founding a space, a host and desks, and what happens without a line.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::{Place, SPACE, Served, terminate};

#[test]
fn roots_sign_in_any_order_and_apart_and_a_host_begins_only_with_all_of_them() {
    let place = Place::new();
    place.charter();
    let sign = |key: &str, more: &[&str]| {
        let args = [&["space", "sign", "charter.json", "--key", key, "--yes"], more].concat();
        place.run(0, &args)
    };
    let first = sign("south/root.key", &["--to", "south.json"]);
    assert!(first.contains("Not signed yet by north"), "{first}");
    let init = ["host", "init", "host", "--founding", "south.json", "--log-key", "log.key"];
    let refused = place.run(2, &init);
    assert!(refused.contains("not signed yet by north"), "{refused}");
    sign("north/root.key", &["--to", "north.json"]);
    let both = sign("north/root.key", &["--to", "both.json", "--with", "south.json"]);
    assert!(
        both.contains("Not signed yet by witness north.example/desk, the record's key"),
        "{both}"
    );
    // Nobody founds a space with keys that others hold and did not sign with.
    let unproven = ["host", "init", "host", "--founding", "both.json", "--log-key", "log.key"];
    assert!(place.run(2, &unproven).contains("not signed yet by witness"));
    let keys = ["--key", "log.key", "--to", "both.json", "--with", "south.json"];
    let both = sign("witness.key", &keys);
    assert!(both.contains("All founding parties have signed"), "{both}");
    let hash =
        place.json(&["space", "sign", "both.json", "--with", "north.json"])["statement"].clone();
    // Whoever only has the charter reads out the same hash.
    let shown = place.run(0, &["space", "show", "charter.json"]);
    let digits: String = shown.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(hash, Value::from(digits));

    let changed =
        fs::read_to_string(place.path("charter.json")).unwrap().replace("Processes", "Others");
    fs::write(place.path("changed.json"), changed).unwrap();
    let other = place.run(
        2,
        &[
            "space",
            "sign",
            "changed.json",
            "--key",
            "north/root.key",
            "--yes",
            "--with",
            "south.json",
        ],
    );
    assert!(other.contains("signed over something else"), "{other}");

    let begin = ["host", "init", "host", "--founding", "both.json", "--log-key", "log.key"];
    let begun = place.json(&begin);
    assert_eq!(begun["founding"], hash);
    let again = place.run(2, &begin);
    assert!(again.contains("record.sqlite"), "{again}");
}

#[test]
fn a_desk_that_runs_prints_what_it_is_given_and_lets_other_commands_in() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    let south = place.desk("south", &host.url, &log, &founding);
    let run = ["desk", "run", "--desk", &north, "--every", "1"];
    let mut running = place.command(&run).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.next().unwrap().starts_with("reading deconflict.example/processes for north"));

    // The desk that runs and another one, at the same time.
    let speaks = |desk: &str, party: &str, group: &str| {
        let root = format!("{party}/root.key");
        place.run(0, &["party", "speak-for", group, "--root", &root, "--desk", desk])
    };
    assert!(speaks(&north, "north", "coast-guards").contains("Accepted"));
    assert!(speaks(&south, "south", "fishers").contains("Accepted"));
    let begun = Instant::now();
    let told = lines.by_ref().find(|line| line.contains("fishers"));
    assert!(told.is_some(), "in {:?}", begun.elapsed());
    let countersigned = lines.by_ref().find(|line| line.starts_with("countersigned the head of"));
    assert!(countersigned.is_some());
    terminate(&mut running);
    assert_eq!(lines.last().as_deref(), Some("stopped"));
    assert!(running.wait().unwrap().success());

    let digits = place.run(0, &["desk", "read-out", "--desk", &north]);
    place.run(0, &["desk", "sync", "--desk", &south]);
    let digits: Vec<&str> = digits.split_whitespace().collect();
    let compare = [&["desk", "compare", "--desk", &south], &digits[..]].concat();
    let compared = place.run(0, &compare);
    assert!(compared.contains("head"), "{compared}");
    assert!(host.stop().starts_with("stopped: "));
}

#[test]
fn without_a_line_what_is_said_is_kept_and_said_so_and_sent_later() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let desk = place.desk("south", &host.url, &log, &founding);
    place.desk("north", &host.url, &log, &founding);
    place.run(0, &["desk", "sync", "--desk", &desk]);
    let claim =
        ["party", "speak-for", "coast-guards", "--root", "north/root.key", "--desk", "desk-north"];
    place.run(0, &claim);
    let dispute = |text: &str, more: &[&str]| {
        let args = ["party", "dispute", "north", "coast-guards", "--desk", &desk, "--text", text];
        place.run(0, &[&args, more].concat())
    };
    let kept = dispute("they asked us", &["--offline"]);
    assert!(kept.contains("NOT SENT YET"), "{kept}");
    let queue = place.json(&["desk", "queue", "--desk", &desk]);
    assert_eq!(queue["queue"][0]["fate"], "waiting");
    let name = queue["queue"][0]["statement"].as_str().unwrap().to_owned();
    let file = ["desk", "export", "carried.json", &name[..12], "--desk", &desk];
    assert!(place.run(0, &file).contains("1 statements"));
    // Whoever has the file may still have it taken in.
    let forget = ["desk", "queue", "dismiss", &name[..12], "--desk", &desk];
    let refused = place.run(2, &forget);
    assert!(refused.contains("it went out in a file"), "{refused}");
    let dismissed = place.run(0, &[&forget[..], &["--only-here"]].concat());
    assert!(dismissed.contains("forgotten"), "{dismissed}");
    let empty = place.run(0, &["desk", "queue", "--desk", &desk]);
    assert!(empty.contains("Nothing waits"), "{empty}");

    // The host is away: the same words, and nothing is lost.
    let url = host.url.clone();
    assert!(host.stop().starts_with("stopped: "));
    let kept = dispute("they asked us again", &[]);
    assert!(kept.contains("NOT SENT YET") && kept.contains("cannot be reached"), "{kept}");
    let down = place.run(2, &["desk", "send", "--desk", &desk]);
    assert!(down.contains("1 wait still"), "{down}");
    let address = url.trim_start_matches("http://").to_owned();
    let mut back = place
        .command(&["host", "run", "host", "--listen", &address])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(back.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    // Started again, it signs nothing before its witness has read on.
    place.run(0, &["desk", "sync", "--desk", "desk-north"]);
    let sent = place.command(&["desk", "send", "--desk", &desk]).output().unwrap();
    let status = place.json(&["desk", "status", "--desk", &desk]);
    terminate(&mut back);
    assert!(back.wait().unwrap().success());
    assert!(ready.starts_with("ready: "), "{ready}");
    assert!(String::from_utf8_lossy(&sent.stdout).contains("accepted"), "{sent:?}");
    assert_eq!(status["waiting"], 0);
}

#[test]
fn a_backup_is_made_while_the_host_serves_and_says_how_far_it_goes() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let desk = place.desk("north", &host.url, &log, &founding);
    let told = place.json(&["backup", "host", "copy.sqlite"]);
    let entries = told["spaces"][0]["entries"].as_u64().unwrap();
    assert!(entries >= 2, "{told}");
    assert!(told["signed"][0].as_u64().unwrap() <= entries, "{told}");
    let again = place.run(2, &["backup", "host", "copy.sqlite"]);
    assert!(again.contains("copy.sqlite"), "{again}");
    let of_desk = place.run(0, &["backup", &desk, "desk-copy.sqlite"]);
    assert!(of_desk.contains("entries that the party was given"), "{of_desk}");
    assert!(place.run(2, &["backup", "north", "x"]).contains("neither a host's nor a desk's"));
    let list = place.run(0, &["party", "list", "--desk", &desk]);
    assert!(list.contains("north") && list.contains("keeps the record"), "{list}");
    assert!(host.stop().starts_with("stopped: "));
    let told = place.json(&["backup", "host", "later.sqlite"]);
    assert!(told["spaces"][0]["entries"].as_u64().unwrap() >= entries, "{told}");
}

#[test]
fn a_restored_backup_signs_nothing_before_the_witness_gave_back_what_it_lost() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    let first = place.run(0, &["desk", "sync", "--desk", &north]);
    assert!(!first.contains("NOTICE"), "a first start is no finding: {first}");
    place.run(0, &["backup", "host", "copy.sqlite"]);
    let claim = ["party", "speak-for", "fishers", "--root", "north/root.key", "--desk", &north];
    place.run(0, &claim);
    place.run(0, &["desk", "sync", "--desk", &north]);
    let url = host.url.clone();
    assert!(host.stop().starts_with("stopped: "));
    fs::rename(place.path("host"), place.path("lost")).unwrap();
    place.run(0, &["backup", &north, "of-desk.sqlite"]);
    let of_desk = ["host", "restore", "host", "of-desk.sqlite", "--log-key", "log.key"];
    assert!(place.run(2, &of_desk).contains("the backup of a desk"));
    let restored = ["host", "restore", "host", "copy.sqlite", "--log-key", "log.key"];
    assert!(place.run(0, &restored).contains(SPACE));
    let address = url.trim_start_matches("http://");
    let run = ["host", "run", "host", "--listen", address];
    let mut child =
        place.command(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let (mut ready, mut closed) = (String::new(), String::new());
    out.read_line(&mut ready).unwrap();
    log.read_line(&mut closed).unwrap();
    // The desk tells what it saw, gives it back, and then has the very record that it had.
    let synced = place.command(&["desk", "sync", "--desk", &north]).output().unwrap();
    let again = place.command(&["desk", "sync", "--desk", &north]).output().unwrap();
    let status = place.json(&["desk", "status", "--desk", &north]);
    let shown = place.run(0, &["party", "show", "--desk", &north]);
    terminate(&mut child);
    assert!(child.wait().unwrap().success());
    assert!(ready.starts_with("ready: "), "{ready}");
    assert!(closed.contains("Heard: 0 of 1 "), "{closed}");
    assert_eq!(again.status.code(), Some(0), "{synced:?} {again:?}");
    assert_eq!(status["caught"], Value::Null);
    assert!(shown.contains("fishers"), "{shown}");
}

#[test]
fn a_revoked_key_says_nothing_more_and_a_new_root_takes_the_old_ones_place() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let desk = place.desk("south", &host.url, &log, &founding);
    let keys = place.json(&["party", "show", "--desk", &desk])["keys"].clone();
    let duty = keys.as_array().unwrap().iter().find(|key| !key["operator"].is_null()).unwrap();
    let duty = duty["key"].as_str().unwrap().to_owned();
    place.run(0, &["key", "new", "third.key"]);
    let by_root = ["--root", "south/root.key", "--desk", &desk];
    let rotate = [
        &["party", "rotate-root", "--new", "south/next-root.key", "--then", "third.key"],
        &by_root[..],
    ]
    .concat();
    assert!(place.run(0, &rotate).contains("Accepted"));
    // The old root has no say any more.
    let speak = [&["party", "speak-for", "fishers"], &by_root[..]].concat();
    let refused = place.command(&speak).output().unwrap();
    assert_ne!(refused.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("Accepted"), "{refused:?}");
    // Nor does it consent to anything, which whoever signs with it is told.
    let mut charter = place.json(&["space", "show", "--desk", &desk]);
    charter["title"]["en"] = Value::from("Anew");
    fs::write(place.path("anew.json"), charter.to_string()).unwrap();
    let by_new = ["--root", "south/next-root.key", "--desk", &desk, "--to", "amend.json", "--yes"];
    place.run(0, &[&["space", "amend", "anew.json"], &by_new[..]].concat());
    let sign = |status, key| {
        let sign = ["space", "sign", "amend.json", "--key", key, "--desk", &desk, "--yes"];
        place.run(status, &sign)
    };
    let replaced = sign(2, "south/root.key");
    assert!(replaced.contains("this key was replaced at entry "), "{replaced}");
    let post = sign(2, "south/duty.key");
    assert!(post.contains("is an operator's key"), "{post}");
    assert!(sign(0, "north/root.key").contains("signed by"));
    let revoke = [
        "party",
        "revoke",
        &duty[..12],
        "--reason",
        "lost",
        "--root",
        "south/next-root.key",
        "--desk",
        &desk,
    ];
    let revoked = place.run(0, &revoke);
    assert!(revoked.contains("is revoked"), "{revoked}");
    let read = place.run(2, &["desk", "sync", "--desk", &desk]);
    assert!(read.contains("deconflict: "), "{read}");
    std::thread::sleep(Duration::from_millis(10));
    assert!(host.stop().starts_with("stopped: "));
}

#[test]
fn a_key_file_is_locked_anew_and_shows_its_key_in_every_form() {
    let place = Place::new();
    let made = place.json(&["key", "new", "a.key"]);
    fs::write(place.path("other"), "another horse\n").unwrap();
    fs::set_permissions(place.path("other"), fs::Permissions::from_mode(0o644)).unwrap();
    let change = ["key", "change", "a.key", "--new-passphrase-file", "other"];
    let open = place.run(2, &change);
    assert!(open.contains("0600"), "{open}");
    fs::set_permissions(place.path("other"), fs::Permissions::from_mode(0o600)).unwrap();
    place.run(0, &change);
    assert!(place.run(2, &change).contains("does not open it"), "the old passphrase is gone");
    let shown = place.json(&["key", "show", "a.key", "--name", SPACE]);
    assert_eq!(shown["public"], made["public"]);
    assert!(shown["vkey"].as_str().unwrap().starts_with(SPACE), "{shown}");
    let there = place.run(2, &["key", "new", "a.key"]);
    assert!(there.contains("never overwritten"), "{there}");
}

/// Both roots sign that the record moves to a host with the key `later.key`.
fn move_signed(place: &Place, north: &str) {
    let later = place.json(&["key", "new", "later.key", "--name", SPACE])["vkey"].clone();
    let begin = [
        "space",
        "move",
        "--host-party",
        "south",
        "--host-key",
        later.as_str().unwrap(),
        "--root",
        "north/root.key",
        "--desk",
        north,
        "--yes",
    ];
    let unwitnessed = place.run(2, &begin);
    assert!(unwitnessed.contains("not countersigned"), "{unwitnessed}");
    place.run(0, &["desk", "sync", "--desk", north]);
    let begun = place.run(0, &begin);
    assert!(begun.contains("move.json: signed by"), "{begun}");
    place.line(0, "space sign move.json --key south/root.key --key later.key --yes");
}

/// A desk that read from the old host goes on with the new one.
fn goes_on(place: &Place, desk: &str, url: &str) {
    place.run(0, &["desk", "address", url, "--desk", desk]);
    // The first time it tells the new host what it saw of the record.
    place.command(&["desk", "sync", "--desk", desk]).output().unwrap();
    place.run(0, &["desk", "sync", "--desk", desk]);
    let claim = ["party", "speak-for", "fishers", "--root", "north/root.key", "--desk", desk];
    let said = place.run(0, &claim);
    assert!(said.contains("of the record"), "{said}");
    assert_eq!(place.json(&["desk", "status", "--desk", desk])["caught"], Value::Null);
    let charter = place.run(0, &["space", "show", "--desk", desk]);
    assert!(charter.contains("host       south"), "{charter}");
    // Who knows no key yet reads the record from its first host on.
    let checked = place.line(0, &format!("verify {url} --key north/duty.key --party north"));
    assert!(checked.contains("Note: "), "{checked}");
}

#[test]
fn a_record_is_handed_over_to_another_host_and_a_desk_goes_on_with_it() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    move_signed(&place, &north);
    let filed = place.run(0, &["space", "file", "move.json", "--desk", &north]);
    assert!(filed.contains("Accepted"), "{filed}");
    place.run(0, &["backup", "host", "copy.sqlite"]);
    assert!(host.stop().starts_with("stopped: "));
    place.run(0, &["host", "restore", "later", "copy.sqlite", "--log-key", "later.key"]);
    let later = Served::start_in(&place, "later");
    goes_on(&place, &north, &later.url);
    assert!(later.stop().starts_with("stopped: "));
}

#[test]
fn a_record_is_taken_over_from_a_host_that_is_gone() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    move_signed(&place, &north);
    place.run(0, &["backup", "host", "copy.sqlite"]);
    assert!(host.stop().starts_with("stopped: "));
    let take = |log_key: &str| {
        [
            "host",
            "take-over",
            "later",
            "copy.sqlite",
            "--statement",
            "move.json",
            "--head",
            "move.head",
            "--log-key",
            log_key,
        ]
        .map(str::to_owned)
    };
    let wrong = take("log.key");
    let refused = place.run(2, &wrong.each_ref().map(String::as_str));
    assert!(refused.contains("deconflict: "), "{refused}");
    let right = take("later.key");
    assert!(place.run(0, &right.each_ref().map(String::as_str)).contains(SPACE));
    let later = Served::start_in(&place, "later");
    goes_on(&place, &north, &later.url);
    assert!(later.stop().starts_with("stopped: "));
}

#[test]
fn a_host_whose_making_was_not_finished_says_what_to_do() {
    let place = Place::new();
    let (host, ..) = place.founded();
    host.stop();
    fs::remove_file(place.path("host/host.json")).unwrap();
    let init = ["host", "init", "host", "--founding", "founding.json", "--log-key", "log.key"];
    for args in [&init[..], &["host", "run", "host", "--listen", "127.0.0.1:0"]] {
        let told = place.run(2, args);
        assert!(told.contains("was not finished") && told.contains("host restore"), "{told}");
    }
    let restore = ["host", "restore", "anew", "host/record.sqlite", "--log-key", "log.key"];
    assert!(place.run(0, &restore).contains(SPACE), "the remedy that it names");
}

#[test]
fn what_has_no_end_is_not_read_to_its_end() {
    let place = Place::new();
    place.run(0, &["key", "new", "log.key"]);
    let init = ["host", "init", "host", "--founding", "/dev/zero", "--log-key", "log.key"];
    let sign = ["space", "sign", "/dev/zero", "--key", "log.key", "--yes"];
    let ask = ["host", "status", "https://localhost:1", "--ca", "/dev/zero"];
    assert!(place.run(2, &init).contains("is larger than 4 MB"));
    assert!(place.run(2, &sign).contains("is larger than 4 MB"));
    assert!(place.run(2, &ask).contains("has more than"));
}
