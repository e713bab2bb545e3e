//! Settings in a folder, real receivers of notices, and the judges in `tests/judges`.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deconflict_notify::{NotifyConfig, NotifyConfigError};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A folder with settings and what they name.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        desk.private("webhook.secret", SECRET);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn private(&self, name: &str, text: &str) {
        self.file(name, text, 0o600);
    }

    /// A program in sh.
    pub(crate) fn program(&self, name: &str, text: &str) {
        self.file(name, &format!("#!/bin/sh\n{text}\n"), 0o700);
    }

    fn file(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Settings with these paths, and with these members beside or instead.
    pub(crate) fn config(
        &self,
        paths: Value,
        more: Value,
    ) -> Result<NotifyConfig, NotifyConfigError> {
        let mut settings = json!({"v": 1, "call": "+41 555 0300", "paths": paths});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        self.private("notify.json", &settings.to_string());
        NotifyConfig::read(&self.path("notify.json"))
    }
}

pub(crate) fn all() -> Value {
    json!(["flash", "immediate", "priority", "routine"])
}

/// Waits until something is so.
pub(crate) fn until<T>(what: &str, mut is: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A request that a webhook was sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// A small receiver of webhooks: it answers with these in their order, and with the last one ever after.
pub(crate) struct Receiver {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub(crate) fn new(answers: &[&str]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/notices", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (kept, answers) =
            (requests.clone(), answers.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = read(&stream) else { continue };
                let nth = kept.lock().unwrap().len().min(answers.len() - 1);
                kept.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    answers[nth]
                );
                let _ = (&stream).write_all(head.as_bytes());
            }
        });
        Receiver { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut from = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(Request { headers, body: String::from_utf8(body).ok()?, at: Instant::now() })
}

/// The Python of the judges, where it was made.
pub(crate) fn python() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let has = Command::new(&path).args(["-c", "import aiosmtpd, standardwebhooks"]).output();
    has.is_ok_and(|has| has.status.success()).then_some(path)
}

pub(crate) const SKIPPED: &str =
    "skipped: the receivers of notices are not in .venv: run tools/prerequisites.sh";

pub(crate) fn judge(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(name)
}

/// A real mail server, ended with the test.
pub(crate) struct MailServer {
    child: Child,
    lines: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl MailServer {
    pub(crate) fn start(python: &Path, args: &[&str]) -> MailServer {
        let mut command = Command::new(python);
        command.arg(judge("smtp.py")).args(args).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        MailServer { child, lines, port: port.trim().parse().unwrap() }
    }

    /// The next mail that it took.
    pub(crate) fn mail(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
