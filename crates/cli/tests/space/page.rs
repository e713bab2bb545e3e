//! The page that a desk serves: what it shows, who is let in, and what is signed from it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::place::terminate;
use crate::rig::{PASSPHRASE, Rig};

/// A desk that runs with its page.
struct Page {
    desk: Child,
    links: Receiver<String>,
    /// `127.0.0.1:PORT`.
    host: String,
    word: String,
    cookie: String,
}

impl Drop for Page {
    fn drop(&mut self) {
        terminate(&mut self.desk);
        let _ = self.desk.wait();
    }
}

/// What was answered.
struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

/// Sends a request with these headers alone.
fn raw(host: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut line = TcpStream::connect(host).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    line.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Reply { status, headers, body: body.to_owned() }
}

impl Page {
    fn of(rig: &Rig, party: &str) -> Page {
        let mut command = rig.command(&["desk", "run", "--page"]);
        command.env("DECONFLICT_DESK", rig.path(party)).stdout(Stdio::piped());
        let mut desk = command.spawn().unwrap();
        let lines = BufReader::new(desk.stdout.take().unwrap()).lines();
        let (to, links) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(link) = line.strip_prefix("page: ") {
                    let _ = to.send(link.to_owned());
                }
            }
        });
        let link: String = links.recv_timeout(Duration::from_secs(30)).unwrap();
        let (host, word) = link.strip_prefix("http://").unwrap().split_once("/#/login/").unwrap();
        let (host, word) = (host.to_owned(), word.to_owned());
        Page { desk, links, host, word, cookie: String::new() }
    }

    fn login(&self, word: &str) -> Reply {
        let origin = format!("http://{}", self.host);
        let headers = [
            ("host", self.host.as_str()),
            ("origin", &origin),
            ("content-type", "application/json"),
        ];
        raw(&self.host, "POST", "/v1/login", &headers, &json!({ "token": word }).to_string())
    }

    /// The same, let in.
    fn opened(rig: &Rig, party: &str) -> Page {
        let mut page = Page::of(rig, party);
        let entered = page.login(&page.word);
        assert_eq!(entered.status, 200, "{}", entered.body);
        let cookie = entered.headers["set-cookie"].split(';').next().unwrap();
        page.cookie = cookie.to_owned();
        page
    }

    fn get(&self, path: &str) -> Reply {
        raw(&self.host, "GET", path, &[("host", &self.host), ("cookie", &self.cookie)], "")
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        let origin = format!("http://{}", self.host);
        let headers = [
            ("host", self.host.as_str()),
            ("origin", &origin),
            ("content-type", "application/json"),
            ("cookie", &self.cookie),
        ];
        raw(&self.host, "POST", path, &headers, &body.to_string())
    }

    /// The picture once it holds what is asked for.
    fn view(&self, lang: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let view = self.get(&format!("/v1/view?lang={lang}")).json();
            if holds(&view) || begun.elapsed() > Duration::from_secs(20) {
                assert!(holds(&view), "{view:#}");
                return view;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A request of the north to leave a zone, and its name.
fn asked(rig: &Rig) -> String {
    let zone = r#"{"type":"Feature","properties":{"name":[{"text":"Zone <b>A</b>","lang":"en"}],"radius_m":3000,"lower":"SFC","upper":"UNL","from":"2026-01-01T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#;
    rig.file("zone.geojson", zone);
    let declared = [
        "declare",
        "zone",
        "zone.geojson",
        "--restriction",
        "prohibited",
        "--text",
        "en=Keep out.",
    ];
    let shared = ["--concerns", "south", "--share", "south,aid", "--yes"];
    rig.json("north", 0, &[&declared[..], &shared].concat());
    let args = ["say", "W4", "--to", "south", "zone=Zone <b>A</b>", "by=2040-06-06T12:00:00Z"];
    let more = ["exit_sector=west", "authority=commander", "--yes"];
    let said = rig.json("north", 0, &[&args[..], &more].concat());
    said["statement"].as_str().unwrap().to_owned()
}

fn has_dialogue(id: &str) -> impl Fn(&Value) -> bool + use<'_> {
    move |view| view["dialogues"].as_array().unwrap().iter().any(|one| one["id"] == id)
}

fn read_back(id: &str, by: &str) -> Value {
    let fields =
        json!({"zone": "zone <B>a</B>", "by": by, "exit_sector": "west", "authority": "commander"});
    json!({"kind": "read_back", "dialogue": id, "fields": fields})
}

#[test]
fn a_page_reads_back_and_answers_what_the_record_then_says() {
    let rig = Rig::new();
    let id = asked(&rig);
    let page = Page::opened(&rig, "south");
    let view = page.view("ru", has_dialogue(&id));
    // What it shows is what the inbox shows.
    let listed = rig.json("south", 1, &["inbox"]);
    assert_eq!(listed["awaiting"][0]["message"], id, "{listed:#}");
    let alarm = &view["alarms"][0];
    assert_eq!(
        (&alarm["id"], &alarm["mine"], &alarm["code"]),
        (&json!(id), &json!(true), &json!("W4"))
    );
    assert_eq!(alarm["clock"]["what"], "read_back");
    assert!(alarm["text"].as_str().unwrap().contains("Просим"), "{alarm:#}");
    let zone = &view["declarations"][0];
    assert_eq!((&zone["kind"], &zone["name"]), (&json!("zone"), &json!("Zone <b>A</b>")));
    assert_eq!(zone["shape"]["radius_m"], 3000.0);
    assert_eq!(page.view("ar", |_| true)["me"]["lang"], "ar");

    let seq = &view["seq"];
    let sign = |draft: Value, proof: Option<&str>, seq: &Value| {
        page.post("/v1/sign?lang=ru", &json!({"draft": draft, "seq": seq, "proof": proof}))
    };
    let before = rig.told("north", 0, &["log", "--all"]).lines().count();
    let wilco = json!({"kind": "answer", "dialogue": id, "answer": "WILCO",
        "params": {"by": "2040-06-06 11:00"}});
    // What was typed otherwise than it was signed, a passphrase that is none, what was shown to nobody.
    let looked = page.post("/v1/preview?lang=ru", &read_back(&id, "2040-06-06 12:30")).json();
    assert_eq!(
        (&looked["fields"]["by"], &looked["fields"]["zone"]),
        (&json!("differs"), &json!("agrees"))
    );
    let wrong = sign(read_back(&id, "2040-06-06 12:30"), None, seq);
    assert_eq!((wrong.status, wrong.detail().contains("`by`")), (422, true));
    for (proof, status) in [(None, 403), (Some("wrong"), 403)] {
        assert_eq!(sign(wilco.clone(), proof, seq).status, status);
    }
    assert_eq!(sign(wilco.clone(), Some(PASSPHRASE), &json!(9_999)).status, 409);
    let other = json!({"kind": "answer", "dialogue": id, "answer": "AFFIRM", "params": {}});
    assert_eq!(sign(other, Some(PASSPHRASE), seq).status, 422);
    assert_eq!(
        rig.told("north", 0, &["log", "--all"]).lines().count(),
        before,
        "nothing was signed"
    );

    let done = sign(read_back(&id, "2040-06-06 12:00"), None, seq).json();
    assert_eq!(done["state"], "signed", "{done}");
    let done = sign(wilco, Some(PASSPHRASE), seq).json();
    assert_eq!(done["state"], "signed", "{done}");
    assert!(done["text"].as_str().unwrap().contains("WILCO"), "{done}");
    let came = rig.json("north", 0, &["inbox", "show", &id])["addressees"]["south"].clone();
    assert!(
        came["read_back"].is_array() && came["shown_in"].to_string().contains("ru"),
        "{came:#}"
    );
    assert_eq!(came["answers"][0]["answer"]["answer"], "WILCO", "{came:#}");
    page.view("en", |view| view["dialogues"][0]["receipts"]["answered"].is_string());
    let shown = page.post("/v1/displayed", &json!({ "dialogue": id }));
    assert_eq!(shown.status, 200, "{}", shown.body);
}

#[test]
fn what_changes_is_told_to_a_page_that_listens_and_a_gap_to_one_that_is_too_far_behind() {
    let rig = Rig::new();
    let page = Page::opened(&rig, "south");
    let before = page.view("en", |_| true);
    let listen = |after: &Value| {
        let mut line = TcpStream::connect(&page.host).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let (host, cookie) = (&page.host, &page.cookie);
        let path = format!("/v1/changes?after={after}&lang=en");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\n\r\n");
        line.write_all(request.as_bytes()).unwrap();
        BufReader::new(line).lines().map_while(Result::ok)
    };
    let mut lines = listen(&before["seq"]);
    let id = asked(&rig);
    let path = format!("dialogues/{id}");
    let told = lines.find(|line| line.contains(&path)).unwrap();
    let change: Value = serde_json::from_str(told.strip_prefix("data: ").unwrap()).unwrap();
    assert!(change["seq"].as_u64() > before["seq"].as_u64(), "{change:#}");
    assert_eq!(change["set"][&path]["code"], "W4");
    assert!(change["set"][&format!("alarms/{id}")].is_object(), "{change:#}");
    assert!(listen(&json!(9_999)).any(|line| line == "event: gap"));
}

#[test]
fn a_web_page_of_somebody_else_and_whoever_was_not_let_in_get_nothing() {
    let rig = Rig::new();
    let page = Page::of(&rig, "south");
    let host = page.host.clone();
    let origin = format!("http://{host}");
    // The page itself is no secret, and nobody may frame it or run anything else in it.
    let shown = raw(&host, "GET", "/", &[("host", &host)], "");
    assert_eq!(shown.status, 200);
    let policy = &shown.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(shown.headers["x-frame-options"], "DENY");
    for path in ["/v1/view", "/v1/changes?after=1"] {
        let without = raw(&host, "GET", path, &[("host", &host)], "");
        assert_eq!(without.status, 401, "{path}");
    }
    // A name of somebody else that points here, and pages of somebody else that send here.
    assert_eq!(raw(&host, "GET", "/", &[("host", "evil.example")], "").status, 421);
    let json = ("content-type", "application/json");
    let login = |headers: &[(&str, &str)]| {
        raw(&host, "POST", "/v1/login", headers, &json!({ "token": page.word }).to_string()).status
    };
    assert_eq!(login(&[("host", &host), ("origin", "http://evil.example"), json]), 403);
    assert_eq!(login(&[("host", &host), json]), 403);
    assert_eq!(login(&[("host", &host), ("origin", &origin), ("content-type", "text/plain")]), 415);
    assert_eq!(login(&[("host", "evil.example"), ("origin", &origin), json]), 421);
    // None of that used the link up.
    let entered = page.login(&page.word);
    assert_eq!(entered.status, 200, "{}", entered.body);
    assert_eq!(page.login(&page.word).status, 403, "it counts once");
    let next = page.links.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_ne!(next.rsplit('/').next().unwrap(), page.word, "another page has a link of its own");
    let too_long = json!({ "token": "a".repeat(100_000) }).to_string();
    let headers = [("host", host.as_str()), ("origin", &origin), json];
    assert_eq!(raw(&host, "POST", "/v1/login", &headers, &too_long).status, 413);
    assert_eq!(raw(&host, "GET", "/../../etc/passwd", &[("host", &host)], "").status, 404);
}

#[test]
fn wrong_passphrases_are_heard_a_few_times_and_a_page_that_is_locked_signs_nothing() {
    let rig = Rig::new();
    let id = asked(&rig);
    let page = Page::opened(&rig, "south");
    let seq = page.view("en", has_dialogue(&id))["seq"].clone();
    assert_eq!(page.post("/v1/lock", &json!({})).status, 200);
    assert_eq!(page.view("en", |_| true)["me"]["locked"], true);
    let draft = read_back(&id, "2040-06-06 12:00");
    let sign =
        || page.post("/v1/sign?lang=en", &json!({"draft": draft, "seq": seq, "proof": null}));
    assert_eq!(sign().status, 423);
    assert_eq!(page.post("/v1/unlock", &json!({ "proof": PASSPHRASE })).status, 200);
    assert_eq!(sign().status, 200);
    let tries: Vec<u16> =
        (0..7).map(|_| page.post("/v1/unlock", &json!({"proof": "wrong"})).status).collect();
    assert_eq!(tries, [403, 403, 403, 403, 403, 429, 429]);
    assert_eq!(page.post("/v1/unlock", &json!({ "proof": PASSPHRASE })).status, 429);
}

#[test]
fn a_page_reads_the_record_as_the_command_line_does_and_counts_what_was_not_given() {
    let rig = Rig::new();
    let hidden = r#"{"type":"Feature","properties":{"name":[{"text":"Hidden","lang":"en"}],"radius_m":100,"lower":"SFC","upper":"UNL","from":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"},"geometry":{"type":"Point","coordinates":[10,10]}}"#;
    rig.file("hidden.geojson", hidden);
    let own = ["declare", "operation", "hidden.geojson", "--yes"];
    rig.json("aid", 0, &own);
    let id = asked(&rig);
    let page = Page::opened(&rig, "south");
    page.view("en", has_dialogue(&id));
    page.view("en", |view| view["dialogues"][0]["receipts"]["delivered"].is_string());
    let read = |query: &str| {
        let some = page.get(&format!("/v1/entries?lang=en&{query}")).json();
        some.as_array().unwrap().clone()
    };
    let index = |one: &Value| one["index"].as_u64().unwrap();
    let size = || page.view("en", |_| true)["host"]["size"].as_u64().unwrap();
    let begun = Instant::now();
    // The host may say something meanwhile; what is compared is of one head.
    let (all, paged, listed, head) = loop {
        let head = size();
        let all = read("n=200");
        let (mut paged, mut before) = (Vec::new(), u64::MAX);
        while let Some(last) = paged.last().map(index).or(Some(before)) {
            before = last;
            let some = read(&format!("n=2&before={before}"));
            if some.is_empty() {
                break;
            }
            paged.extend(some);
        }
        let listed = rig.json("south", 0, &["log"])["entries"].clone();
        if head == size() || begun.elapsed() > Duration::from_secs(20) {
            break (all, paged, listed, head);
        }
    };
    assert_eq!(paged, all, "in pages it is the same");
    let given: Vec<u64> = all.iter().filter(|one| one["withheld"] == 0).map(index).collect();
    assert!(given.is_sorted_by(|a, b| a > b), "the newest first: {given:?}");
    let mut listed: Vec<u64> = listed.as_array().unwrap().iter().map(index).collect();
    listed.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(given, listed);
    // What was given and what was not make up the whole record.
    let withheld: u64 = all.iter().map(|one| one["withheld"].as_u64().unwrap()).sum();
    let with_roots = rig.json("south", 0, &["log", "--all"])["entries"].clone();
    let with_roots = with_roots.as_array().unwrap().iter().filter(|one| index(one) < head).count();
    assert!(withheld > 0 && with_roots as u64 + withheld == head, "{withheld} of {head}");
    assert!(!all.iter().any(|one| one.to_string().contains("Hidden")), "{all:#?}");
    let said = |one: &&Value| one["text"].as_str().is_some_and(|text| text.contains("W4"));
    let first = all.iter().rev().find(said).unwrap();
    assert_eq!((&first["by"], &first["authority"]), (&json!("north"), &json!("signed")));
    let without = raw(&page.host, "GET", "/v1/entries", &[("host", &page.host)], "");
    assert_eq!(without.status, 401);
}

#[test]
fn the_sound_of_a_message_is_shelved_from_a_page_and_not_from_one_that_is_locked() {
    let rig = Rig::new();
    let id = asked(&rig);
    let page = Page::opened(&rig, "south");
    page.view("en", has_dialogue(&id));
    let shelve = |alarm: &str| page.post("/v1/shelve", &json!({ "alarm": alarm }));
    assert_eq!(shelve(&"0".repeat(64)).status, 404);
    assert_eq!(shelve("<b>").status, 404);
    page.post("/v1/lock", &json!({}));
    assert_eq!(shelve(&id).status, 423);
    page.post("/v1/unlock", &json!({ "proof": PASSPHRASE }));
    let done = shelve(&id);
    assert_eq!(done.status, 200, "{}", done.body);
    let view = page.view("en", |view| view["alarms"][0]["shelved_until"].is_string());
    assert!(view["alarms"][0]["clock"].is_object(), "its clock goes on: {view:#}");
    let listed = rig.json("south", 0, &["shelve", "--list"]);
    assert_eq!(listed["shelved"].as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn a_page_is_served_on_this_machine_alone() {
    let rig = Rig::new();
    let told = rig.at("south", &["desk", "run", "--page=0.0.0.0:0"]);
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.contains("on this machine alone: give an address such as 127.0.0.1:4080"),
        "{told}"
    );
}
