//! How soon what is filed at one desk is in the view that another desk shows, while many streams are open.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use deconflict_api::{FilingAnswer, LocalRequest};
use deconflict_core::{DeclarationId, Ledger, MessageId, Sharing};
use deconflict_desk::{Agent, AgentConfig, AgentKeys, Desk, HttpLine, Settings};
use deconflict_host::{Clock, Config, Server, Space, system_entropy};
use deconflict_record::{SignedStatement, UtcSecond};
use deconflict_testing::{PARTIES, SPACE, duty, log};
use rustix::event::{PollFd, PollFlags, poll};

use super::http::Line;
use super::rig::Rig;
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// Streams that another process holds open, of all parties in turn.
pub(super) const HELD: usize = 200;
/// Between one filing and the next, whatever became of the first.
pub(super) const PACE: Duration = Duration::from_millis(20);
/// Of so many statements that are timed altogether, one is filed here: they are paced.
const SHARE: usize = 10;
/// How long the streams and the desks have to read what was filed before, all at once.
const SETTLING: Duration = Duration::from_secs(4);
/// What is not shown by then never will be.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is filed at one desk and shown by another.
#[derive(Clone)]
pub(super) enum FiledItem {
    Declaration(SignedStatement),
    Message(SignedStatement),
}

impl FiledItem {
    fn statement(&self) -> &SignedStatement {
        match self {
            FiledItem::Declaration(statement) | FiledItem::Message(statement) => statement,
        }
    }

    fn is_in(&self, view: &Ledger) -> bool {
        match self {
            FiledItem::Declaration(of) => view.declarations.contains_key(&DeclarationId(of.hash())),
            FiledItem::Message(of) => view.dialogues.contains_key(&MessageId(of.hash())),
        }
    }
}

/// What was measured.
pub(super) struct StreamFigures {
    statements: usize,
    /// From before a statement is sent until it is answered, without streams and beside them.
    filed_ms: [Vec<f64>; 2],
    /// From before a statement is filed at a desk until that desk has it durably, and until another desk shows it.
    at_desk_ms: Vec<f64>,
    shown_ms: Vec<f64>,
}

/// Opens streams at a host and reads them until it is killed: one line of standard input has the host's
/// address, and each further one a session's token.
pub(crate) fn hold_streams() -> Option<Infallible> {
    let mut lines = std::io::stdin().lines().map_while(Result::ok);
    let address: Option<SocketAddr> = lines.next().and_then(|line| line.parse().ok());
    let address = address?;
    let mut streams: Vec<TcpStream> = lines
        .map(|token| {
            let stream = Line::to(address).streaming(&token).into_inner();
            // The head of the answer is here: the stream is open.
            let mut out = std::io::stdout();
            let _ = out.write_all(b"open\n").and_then(|()| out.flush());
            stream
        })
        .collect();
    let mut buffer = vec![0; 64 * 1024];
    // In one thread: two hundred would cost more than what they read.
    loop {
        let mut ready: Vec<_> =
            streams.iter().map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
        poll(&mut ready, None).expect("streams that can be waited for");
        let ready: Vec<bool> = ready.iter().map(|one| !one.revents().is_empty()).collect();
        for (stream, _) in streams.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
            let read = stream.read(&mut buffer).expect("a stream that goes on");
            assert_ne!(read, 0, "a stream that goes on");
        }
    }
}

pub(super) fn measure(scale: &Scale) -> StreamFigures {
    eprintln!("statements on streams");
    let (mut rig, mut space) = Rig::new();
    rig.enrol_lanes(&mut space, 1);
    let count = (scale.statements / SHARE).max(64);
    let mut lanes = rig.lanes(1, 2 * count * PARTIES.len(), &Sharing::Open);
    // Those of the first party, which alone speaks through a desk.
    let at_desk = rig.declare(count * PARTIES.len(), &Sharing::Open);
    let at_desk = at_desk.into_iter().step_by(PARTIES.len());
    let at_desk: Vec<_> = at_desk.map(FiledItem::Declaration).collect();
    let (host, clock) = serve(&rig, space);
    let address = host.address();
    let mut beside = lanes.swap_remove(0);
    let alone = beside.drain(..count).collect::<Vec<_>>();
    let alone_ms = paced(address, &alone);
    let (beside_ms, (at_desk_ms, shown_ms)) =
        beside_streams(&rig, &clock, address, |[filing, showing]| {
            (paced(address, &beside), through_desks(filing, showing, &at_desk))
        });
    host.stop();
    StreamFigures { statements: count, filed_ms: [alone_ms, beside_ms], at_desk_ms, shown_ms }
}

/// Milliseconds from before each of these is filed at the first party's desk until the second party's shows it, while
/// all streams are held.
pub(super) fn shown_beside_streams(rig: &Rig, space: Space, all: &[FiledItem]) -> Vec<f64> {
    let (host, clock) = serve(rig, space);
    let shown = beside_streams(rig, &clock, host.address(), |[filing, showing]| {
        through_desks(filing, showing, all)
    });
    host.stop();
    shown.1
}

fn serve(rig: &Rig, space: Space) -> (Server, Clock) {
    let mut config = Config::default();
    // Two more are the desks'.
    config.limits.streams = HELD + 2;
    let clock = rig.running_clock();
    let host = Server::start(space, &config, clock.clone(), system_entropy());
    (host.expect("a host"), clock)
}

/// Does something with the desks of the first two parties while all streams are held.
fn beside_streams<T>(
    rig: &Rig,
    clock: &Clock,
    address: SocketAddr,
    work: impl FnOnce([&Agent; 2]) -> T,
) -> T {
    let mut holding = hold(address);
    let clock = clock.clone();
    let now = move || UtcSecond::new(clock().seconds().unsigned_abs()).expect("a time");
    let [filing, showing] = [0, 1].map(|nth| agent(rig, address, PARTIES[nth], now.clone()));
    // The streams and the desks first get what was there before.
    thread::sleep(SETTLING);
    let done = work([&filing, &showing]);
    for agent in [filing, showing] {
        agent.stop().unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(
        holding.try_wait().is_ok_and(|ended| ended.is_none()),
        "the streams were held to the end"
    );
    let _ = holding.kill();
    let _ = holding.wait();
    done
}

/// A party's desk that reads on by its stream.
fn agent(
    rig: &Rig,
    address: SocketAddr,
    party: &str,
    now: impl Fn() -> UtcSecond + Send + Sync + 'static,
) -> Agent {
    let settings = Settings {
        space: SPACE.into(),
        party: party.parse().expect("a party's name"),
        log: log(),
        founding: None,
        witness: None,
    };
    let desk = Desk::create(&rig.folder.path().join(party), &settings).expect("a desk");
    let line = HttpLine::new(&format!("http://{address}"), None).expect("a line");
    let keys = AgentKeys { operator: Arc::new(duty(party)), witness: None };
    Agent::start(desk, Box::new(line), keys, AgentConfig::new(now)).expect("an agent")
}

/// Files at a pace at one desk. For each statement, milliseconds until that desk has it durably, and until the
/// other one shows it.
fn through_desks(
    filing: &Agent,
    showing: &Agent,
    statements: &[FiledItem],
) -> (Vec<f64>, Vec<f64>) {
    let key = duty(PARTIES[0]).verifying_key();
    thread::scope(|scope| {
        let watching = scope.spawn(|| watch(showing, statements));
        let begun = Instant::now();
        let filed: Vec<_> = (0u32..)
            .zip(statements)
            .map(|(nth, statement)| {
                thread::sleep((begun + PACE * nth).saturating_duration_since(Instant::now()));
                let envelope =
                    String::from_utf8(statement.statement().envelope().encode()).expect("text");
                let start = Instant::now();
                let kept = filing.ask(LocalRequest::File { envelope, key, instead_of: None });
                kept.unwrap_or_else(|error| panic!("{error}"));
                (start, start.elapsed().as_secs_f64() * 1e3)
            })
            .collect();
        let shown = watching.join().expect("a desk that shows all");
        let shown_ms = filed.iter().zip(shown);
        let shown_ms =
            shown_ms.map(|((start, _), at)| at.duration_since(*start).as_secs_f64() * 1e3);
        (filed.iter().map(|(_, kept_ms)| *kept_ms).collect(), shown_ms.collect())
    })
}

/// When each of these was first in the view that a desk shows. They are of one key: each comes after those
/// before it.
fn watch(showing: &Agent, all: &[FiledItem]) -> Vec<Instant> {
    let (mut number, mut shown) = (0, Vec::new());
    while shown.len() < all.len() {
        let next = showing.latest().wait_for_change(number, PATIENCE);
        let (latest, view) = next.unwrap_or_else(|| panic!("{} are shown", shown.len()));
        let now = Instant::now();
        number = latest;
        let there = all[shown.len()..].iter().take_while(|one| one.is_in(&view.ledger)).count();
        shown.extend(std::iter::repeat_n(now, there));
    }
    shown
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

/// Files at a pace over HTTP. For each statement, milliseconds until it was answered.
fn paced(address: SocketAddr, envelopes: &[Vec<u8>]) -> Vec<f64> {
    let (mut line, begun) = (Line::to(address), Instant::now());
    let one = |(nth, envelope): (u32, &Vec<u8>)| {
        thread::sleep((begun + PACE * nth).saturating_duration_since(Instant::now()));
        let start = Instant::now();
        let answer = line.ask("POST", "/v1/statements", None, envelope);
        let filed_ms = start.elapsed().as_secs_f64() * 1e3;
        let filed: FilingAnswer = serde_json::from_slice(&answer).expect("an answer");
        assert_eq!(filed.refusal, None);
        filed_ms
    };
    (0u32..).zip(envelopes).map(one).collect()
}

impl StreamFigures {
    pub(super) fn report(&self) -> String {
        let at = |ms: &[f64], share| digits(percentile(ms.iter().copied(), share));
        let row = |name: &str, ms: &[f64]| vec![name.to_owned(), at(ms, 0.50), at(ms, 0.99)];
        let rows = [
            row("filed over HTTP and answered, no stream open", &self.filed_ms[0]),
            row("filed over HTTP and answered beside the streams", &self.filed_ms[1]),
            row("filed at a desk and durable there", &self.at_desk_ms),
            row("filed at a desk and in the view that another one shows", &self.shown_ms),
        ];
        let p99 = |ms: &[f64]| percentile(ms.iter().copied(), 0.99);
        format!(
            "## From a filing at one desk to the view of another\n\n{} statements of one key, one every {} ms, \
             open to all, while another process holds {HELD} streams open, of {} parties in turn, and reads \
             them; they and the desks have read what was there before. Over HTTP each is timed from before it is sent until it is answered, being durable at the \
             host. At a desk it is timed from before the desk's agent is asked, which makes it durable, sends \
             it, and has it made durable by the host, until it stands in the view that another party's agent \
             shows, which that one has from its stream, verified, and made durable too: at the 99th percentile \
             **{}** times as long as a filing over HTTP beside the streams.\n\n{}",
            self.statements,
            PACE.as_millis(),
            PARTIES.len(),
            digits(p99(&self.shown_ms) / p99(&self.filed_ms[1])),
            table(&["", "p50 ms", "p99 ms"], rows.into_iter())
        )
    }
}
