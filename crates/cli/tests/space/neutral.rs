//! A neutral witness by the command alone: it is drafted with its address, signs nothing, and who operates the host is told
//! what it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::thread;

use crate::place::{Place, SPACE};

/// What is at an address and answers each request with this status; it ends with the test.
fn answering(status: u16) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/w1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    });
    url
}

#[test]
fn a_neutral_witness_is_drafted_with_its_address_signs_nothing_and_its_operator_is_told_what_it_says()
 {
    let place = Place::new();
    ["north", "south"].iter().for_each(|party| place.party(party));
    let vkey = |file: &str, name: &str, more: &[&str]| {
        let args = [&["key", "new", file, "--name", name], more].concat();
        place.json(&args)["vkey"].as_str().unwrap().to_owned()
    };
    let log = vkey("log.key", SPACE, &[]);
    let neutral = vkey("neutral.key", "public.example/w1", &["--use", "witness"]);
    let draft = |status: i32, address: &str| {
        let begun =
            ["space", "draft", "--name", SPACE, "--title", "en=Two", "--host-party", "south"];
        let keys = ["--host-key", &log, "--witness", &neutral, "--witness-url", address];
        let members = ["north/member.json", "south/member.json"];
        place.run(status, &[&begun[..], &keys, &members].concat())
    };
    let told = draft(2, "public.example/w1=http://public.example/w1");
    assert!(told.contains("the address of 0 (from 0) must begin with https://"), "{told}");
    let told = draft(2, "public.example/w2=https://public.example/w1");
    assert!(told.contains("no --witness is named `public.example/w2`"), "{told}");
    let url = answering(422);
    let told = draft(0, &format!("public.example/w1={url}/"));
    let line = format!("witness    public.example/w1, heads are posted to {url}\n");
    assert!(told.contains(&line) && told.contains("1 of 1 witnesses"), "{told}");

    for keys in ["north/root.key", "south/root.key", "log.key"] {
        place.run(0, &["space", "sign", "charter.json", "--key", keys, "--yes"]);
    }
    let shown = place.run(0, &["space", "show", "founding.json"]);
    assert!(shown.contains(&line) && !shown.contains("Not signed yet"), "{shown}");
    place.line(0, "host init host --founding founding.json --log-key log.key");
    let run = ["host", "run", "host", "--listen", "127.0.0.1:0"];
    let mut host =
        place.command(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let warned = BufReader::new(host.stderr.take().unwrap()).lines().map_while(Result::ok);
    let warned = warned.take(20).find(|line| line.contains("THE WITNESS"));
    let url_of_host = {
        let mut line = String::new();
        BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    };
    let status = place.run(0, &["host", "status", &url_of_host]);
    host.kill().unwrap();
    host.wait().unwrap();
    let warned = warned.unwrap();
    let told =
        format!("THE WITNESS public.example/w1 DOES NOT COUNTERSIGN, at {url}: IT SAYS THAT");
    assert!(warned.contains(&told), "{warned}");
    assert!(status.contains("TROUBLE  1 witness to which it posts"), "{status}");
}
