//! How soon what is filed at one desk is on another one's stream, while many streams are open.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use deconflict_api::{FilingAnswer, GivenEntry};
use deconflict_core::Sharing;
use deconflict_host::{Config, Server, system_entropy};
use deconflict_testing::PARTIES;

use super::http::Line;
use super::rig::Rig;
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// Streams that another process holds open, of all parties in turn.
pub(super) const HELD: usize = 200;
/// Between one filing and the next, whatever became of the first.
const PACE: Duration = Duration::from_millis(20);
/// Of so many statements that are timed altogether, one is filed here: they are paced.
const SHARE: usize = 10;

/// What was measured.
pub(super) struct StreamFigures {
    statements: usize,
    /// From before a statement is sent until it is answered, without streams and beside them.
    filed_ms: [Vec<f64>; 2],
    /// From before it is sent until another party's stream has it, and has the head that covers it.
    shown_ms: Vec<f64>,
}

/// Opens streams at a host and reads them until it is killed: one line of standard input has the host's
/// address, and each further one a session's token.
pub(crate) fn hold_streams() {
    let mut lines = std::io::stdin().lines().map_while(Result::ok);
    let address: Option<SocketAddr> = lines.next().and_then(|line| line.parse().ok());
    let Some(address) = address else { return };
    let readers: Vec<_> = lines
        .map(|token| {
            let mut stream = Line::to(address).streaming(&token);
            // The head of the answer is here: the stream is open.
            let mut out = std::io::stdout();
            let _ = out.write_all(b"open\n").and_then(|()| out.flush());
            let read = move || {
                let mut line = String::new();
                while stream.read_line(&mut line).is_ok_and(|read| read > 0) {
                    line.clear();
                }
            };
            thread::Builder::new().stack_size(256 * 1024).spawn(read).expect("a thread")
        })
        .collect();
    readers.into_iter().for_each(|reader| drop(reader.join()));
}

pub(super) fn measure(scale: &Scale) -> StreamFigures {
    eprintln!("statements on streams");
    let (mut rig, mut space) = Rig::new();
    rig.enrol_lanes(&mut space, 1);
    let count = (scale.statements / SHARE).max(64);
    let mut lanes = rig.lanes(1, 2 * count * PARTIES.len(), &Sharing::Open);
    let mut config = Config::default();
    config.limits.streams = HELD;
    let clock = rig.running_clock();
    let host = Server::start(space, &config, clock, system_entropy()).expect("a host");
    let address = host.address();
    let mut beside = lanes.swap_remove(0);
    let alone = beside.drain(..count).collect::<Vec<_>>();
    let alone_ms = paced(address, &alone, None);
    let mut holding = hold(address);
    let (shown, seen) = channel();
    let token = Line::to(address).session(PARTIES[1]);
    let from = host.published().tip().size;
    let watched = Line::to(address).streaming_from(&token, from);
    let watching = thread::spawn(move || watch(watched, &shown, count));
    let beside_ms = paced(address, &beside, Some(&seen));
    let _ = watching.join();
    let shown_ms: Vec<f64> = beside_ms.iter().map(|(_, shown)| *shown).collect();
    let _ = holding.kill();
    let _ = holding.wait();
    host.stop();
    let filed = |ms: &[(f64, f64)]| ms.iter().map(|(filed, _)| *filed).collect();
    StreamFigures { statements: count, filed_ms: [filed(&alone_ms), filed(&beside_ms)], shown_ms }
}

/// Another process that holds all streams open.
fn hold(address: SocketAddr) -> Child {
    let own = std::env::current_exe().expect("the path of this program");
    let (stdin, stdout) = (Stdio::piped(), Stdio::piped());
    let child = Command::new(own).arg("--hold-streams").stdin(stdin).stdout(stdout).spawn();
    let mut child = child.expect("this program, once more");
    let tokens = PARTIES.map(|party| Line::to(address).session(party));
    let tokens =
        tokens.iter().cycle().take(HELD).map(String::as_str).collect::<Vec<_>>().join("\n");
    let mut input = child.stdin.take().expect("it was asked for");
    input.write_all(format!("{address}\n{tokens}\n").as_bytes()).expect("a process that reads");
    drop(input);
    let open = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
    assert_eq!(open.take(HELD).map_while(Result::ok).count(), HELD, "all streams are open");
    child
}

/// Files at a pace. For each statement, milliseconds until it was answered, and until it was shown.
fn paced(
    address: SocketAddr,
    envelopes: &[Vec<u8>],
    shown: Option<&Receiver<(u64, Instant)>>,
) -> Vec<(f64, f64)> {
    let mut line = Line::to(address);
    let (begun, mut sent) = (Instant::now(), Vec::new());
    for (nth, envelope) in (0u32..).zip(envelopes) {
        thread::sleep((begun + PACE * nth).saturating_duration_since(Instant::now()));
        let start = Instant::now();
        let answer = line.ask("POST", "/v1/statements", None, envelope);
        let filed_ms = start.elapsed().as_secs_f64() * 1e3;
        let filed: FilingAnswer = serde_json::from_slice(&answer).expect("an answer");
        assert_eq!(filed.refusal, None);
        sent.push((filed.index, start, filed_ms));
    }
    let Some(shown) = shown else {
        return sent.iter().map(|(_, _, filed_ms)| (*filed_ms, 0.0)).collect();
    };
    let mut seen: Vec<(u64, Instant)> = shown.iter().take(envelopes.len()).collect();
    seen.sort_unstable();
    let both = sent.iter().zip(&seen).map(|((index, start, filed_ms), (shown, at))| {
        assert_eq!(index, shown, "what was filed is what was shown");
        (*filed_ms, at.duration_since(*start).as_secs_f64() * 1e3)
    });
    both.collect()
}

/// Reads a stream, and tells when each statement was there and under a head.
fn watch(mut stream: BufReader<std::net::TcpStream>, shown: &Sender<(u64, Instant)>, most: usize) {
    let (mut waiting, mut told) = (Vec::new(), 0);
    let mut line = String::new();
    let mut heads = false;
    while told < most {
        line.clear();
        if stream.read_line(&mut line).map_or(true, |read| read == 0) {
            return;
        }
        let text = line.trim_end();
        if text.starts_with("event: ") {
            heads = text == "event: checkpoint";
        } else if let Some(data) = text.strip_prefix("data: ") {
            if !heads {
                let given: GivenEntry = serde_json::from_str(data).expect("an entry");
                if given.content.is_some_and(|content| content.contains("\"accepted\"")) {
                    waiting.push(given.index);
                }
            } else if let Ok(size) = data.parse::<u64>() {
                let now = Instant::now();
                let (under, later) =
                    waiting.iter().partition::<Vec<u64>, _>(|index| **index < size);
                told += under.len();
                for index in under {
                    // Whoever waited is gone: then nobody is told.
                    let _ = shown.send((index, now));
                }
                waiting = later;
            }
        }
    }
}

impl StreamFigures {
    pub(super) fn report(&self) -> String {
        let at = |ms: &[f64], share| digits(percentile(ms.iter().copied(), share));
        let row = |name: &str, ms: &[f64]| vec![name.to_owned(), at(ms, 0.50), at(ms, 0.99)];
        let rows = [
            row("filed and answered, no stream open", &self.filed_ms[0]),
            row("filed and answered beside the streams", &self.filed_ms[1]),
            row("on another party's stream, under a signed head", &self.shown_ms),
        ];
        let p99 = |ms: &[f64]| percentile(ms.iter().copied(), 0.99);
        format!(
            "## From a filing to another party's stream\n\n{} statements of one key over one connection, one \
             every {} ms, open to all, while another process holds {HELD} streams open, of {} parties in turn, \
             and reads them. Each is timed from before it is sent until it is answered, being durable, and \
             until another party's stream has it and the signed head that covers it: at the 99th percentile \
             **{}** times as long.\n\n{}",
            self.statements,
            PACE.as_millis(),
            PARTIES.len(),
            digits(p99(&self.shown_ms) / p99(&self.filed_ms[1])),
            table(&["", "p50 ms", "p99 ms"], rows.into_iter())
        )
    }
}
