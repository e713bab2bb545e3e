//! The same over real HTTP, to a host that is a few lines on a loopback socket.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use common::*;
use deconflict_api::{
    Challenge, CosignatureLine, Problem, Prove, Session, StartSession, session_message,
};
use deconflict_core::Sharing;
use deconflict_desk::{DeskError, HttpLine, Keys, Line};
use deconflict_record::{KeyId, Signature, Tile};

const NONCE: &str = "00";
const TOKEN: &str = "token-of-north";

/// Answers one request of a connection; `false` at its end.
fn answer(host: &mut FakeHost, stream: &mut BufReader<TcpStream>) -> bool {
    let mut request = String::new();
    if stream.read_line(&mut request).unwrap_or(0) == 0 {
        return false;
    }
    let (mut length, mut token) = (0, false);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).unwrap();
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ").unwrap();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => token = value == format!("Bearer {TOKEN}"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let target = request.split(' ').nth(1).unwrap();
    let (status, bytes) = route(host, target, &body, token);
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: keep-alive\r\n\r\n",
        bytes.len()
    );
    let stream = stream.get_mut();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&bytes).unwrap();
    true
}

fn json(value: &impl serde::Serialize) -> (u16, Vec<u8>) {
    (200, serde_json::to_vec(value).unwrap())
}

fn problem(status: u16) -> (u16, Vec<u8>) {
    let problem = Problem {
        kind: "problems/test".into(),
        title: "refused".into(),
        status,
        detail: "in a test".into(),
        next_seq: None,
        prev: None,
    };
    (status, serde_json::to_vec(&problem).unwrap())
}

fn route(host: &mut FakeHost, target: &str, body: &[u8], token: bool) -> (u16, Vec<u8>) {
    match target {
        "/v1/session" => {
            let _: StartSession = serde_json::from_slice(body).unwrap();
            return json(&Challenge { nonce: NONCE.into() });
        }
        "/v1/session/prove" => {
            use base64::Engine;
            let prove: Prove = serde_json::from_slice(body).unwrap();
            let id = KeyId::from_hex(&prove.key).unwrap();
            let key = &host.state.ledger().keys[&id].key;
            let signature = base64::engine::general_purpose::STANDARD.decode(prove.signature);
            let signature = Signature(signature.unwrap().try_into().unwrap());
            key.verify(&session_message(SPACE, NONCE), &signature).unwrap();
            return json(&Session { token: TOKEN.into(), until: "2026-11-22T13:00:00Z".into() });
        }
        "/v1/statements" => {
            return match host.file(body) {
                Ok(filed) => json(&filed),
                Err(problem) => (problem.status, serde_json::to_vec(&problem).unwrap()),
            };
        }
        _ if !token => return problem(401),
        _ => {}
    }
    match target {
        "/checkpoint" => (200, host.checkpoint().into_bytes()),
        "/v1/cosignatures" => {
            let cosigned: CosignatureLine = serde_json::from_slice(body).unwrap();
            host.cosigned.push(cosigned);
            (204, Vec::new())
        }
        _ if target.starts_with("/tile/") => {
            (200, host.tile(Tile::parse(&target[1..]).unwrap()).unwrap())
        }
        _ => match target.strip_prefix("/v1/given?from=") {
            Some(query) => {
                let (from, limit) = query.split_once("&limit=").unwrap();
                let (from, limit) = (from.parse().unwrap(), limit.parse().unwrap());
                json(&host.page(&party("north"), from, limit))
            }
            None => problem(404),
        },
    }
}

#[test]
fn a_desk_reads_files_and_countersigns_over_http() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Ends with the test's process.
    std::thread::spawn(move || {
        let mut host = FakeHost::new(&["host", "north", "south", "aid"]);
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while answer(&mut host, &mut stream) {}
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut line = HttpLine::new(&format!("http://{address}"), None).unwrap();
    let mut desk = deconflict_desk::Desk::create(folder.path(), &settings("north")).unwrap();
    let (duty, witness) = (duty("north"), witness("north"));
    let keys = Keys { session: &duty, witness: Some(&witness) };
    let synced = desk.sync(&mut line, &keys, at(1)).unwrap();
    assert_eq!((synced.size, synced.given, synced.cosigned), (5, 5, true));
    desk.file(&operation(10.0, Sharing::Open), &duty, None).unwrap();
    let sent = desk.send(&mut line, &keys, &[&duty], at(2)).unwrap();
    assert_eq!(sent.filed[0].index, 5);
    assert_eq!(desk.sync(&mut line, &keys, at(3)).unwrap().logged.len(), 1);
    // The key's statement elsewhere: the host answers 409, and the desk catches up.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = deconflict_desk::Desk::create(elsewhere.path(), &settings("north")).unwrap();
    other.sync(&mut line, &Keys { witness: None, ..keys }, at(4)).unwrap();
    other.file(&operation(20.0, Sharing::Open), &duty, None).unwrap();
    desk.file(&operation(30.0, Sharing::Open), &duty, None).unwrap();
    other.send(&mut line, &keys, &[&duty], at(5)).unwrap();
    let sent = desk.send(&mut line, &keys, &[&duty], at(6)).unwrap();
    assert_eq!((sent.filed.len(), sent.resigned.len()), (1, 1));
    let error = line.about().unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert!(DeskError::from(error).to_string().contains("in a test"));
}
