//! What a hostile party at its limits costs another one that files, and what its readings cost the host.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deconflict_core::{
    Charter, DeclarationContent, DeclaredVolume, Kind, Limits, Operation, Say, Sharing, Time,
};
use deconflict_host::{Clock, Config, Server, Space, Timing, system_entropy};
use deconflict_record::MAX_BATCH;
use deconflict_store::Store;
use deconflict_testing::{
    PARTIES, SPACE, START, at, charter, circle_in, declare, duty, log_key, texts, zone,
};

use super::http::Line;
use super::rig::Rig;
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// Who is hostile, and who files beside it.
const HOSTILE: &str = "south";
const HONEST: &str = "north";

/// Where all of it lies.
const HERE: (f64, f64) = (33.5, 38.6);

/// Turns of filing at each of both hosts.
const TURNS: usize = 4;

/// Answers that the hostile party asks for at once and does not read.
const UNREAD: usize = 20;

/// Volumes of a small and of a large filing.
const SIZES: [usize; 2] = [1, 20];

/// Between one filing and the next, whatever became of the first: as fast as it goes a turn would be over within the first
/// of the bursts that the hostile party repeats each second.
const PACE: Duration = Duration::from_millis(10);

/// For so long the host's memory is watched.
const WATCHED: Duration = Duration::from_secs(5);

/// What was measured.
pub(super) struct HostileFigures {
    held: Holdings,
    /// Milliseconds that each filing took, small and large: without the hostile party, and beside it.
    filed_ms: [[Vec<f64>; 2]; 2],
    /// Statements that it sent again, and answers that it did not read, meanwhile.
    replayed: u64,
    /// The host's memory in MB, at its most: an ordinary reading, and those that nobody reads.
    memory_mb: [f64; 2],
}

/// What the hostile party holds.
#[derive(Clone, Copy, Default)]
struct Holdings {
    plans: usize,
    volumes: usize,
    wide: usize,
    zones: usize,
    interests: usize,
}

/// Serves the space in a file until its input ends: the host in a process of its own.
pub(crate) fn serve_space(file: &Path) {
    let store = Store::open(file).expect("a store");
    let space = Space::open(store, SPACE, log_key(), system_entropy(), Timing::default());
    let mut space = space.expect("a space");
    let clock = clock();
    space.go_on_alone(clock()).unwrap_or_else(|failure| panic!("{}", failure.problem.detail));
    let config = Config::default();
    let host = Server::start(space, &config, clock, system_entropy()).expect("a host");
    let mut out = std::io::stdout();
    let told = writeln!(out, "{}", host.address()).and_then(|()| out.flush());
    told.expect("somebody who starts it");
    let _ = std::io::stdin().lines().count();
    host.stop();
}

/// From an hour after the story's start on, in whole milliseconds.
fn clock() -> Clock {
    let begun = Instant::now();
    Arc::new(move || {
        let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Time::from_millis(at(START).seconds() * 1_000 + 3_600_000 + ms)
    })
}

/// A host in a process of its own, which ends with it.
struct HostProcess {
    child: Child,
    address: SocketAddr,
}

impl HostProcess {
    fn start(file: &Path) -> HostProcess {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg("--serve-space")
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program again");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let address = line.trim().parse().expect("an address");
        HostProcess { child, address }
    }

    /// Lets it stand still, or go on: both hosts run on the same cores.
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// What of it is in memory, in MB.
    fn memory_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        kb.map_or(f64::NAN, |kb| kb / 1e3)
    }

    /// The most of it that is in memory within a while.
    fn most_mb(&self, watched: Duration) -> f64 {
        let begun = Instant::now();
        let mut most = 0.0_f64;
        while begun.elapsed() < watched {
            most = most.max(self.memory_mb());
            thread::sleep(Duration::from_millis(20));
        }
        most
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn measure(scale: &Scale) -> HostileFigures {
    eprintln!("a hostile party at its limits");
    let (mut quiet, space) = space();
    let at_rest = quiet.path();
    drop(space);
    let (mut besieged, mut space) = self::space();
    let (held, replays) = besiege(&mut besieged, &mut space, scale);
    let full = besieged.path();
    drop(space);
    let memory_mb = memory(&full);
    let hosts = [HostProcess::start(&at_rest), HostProcess::start(&full)];
    hosts[1].signal("-STOP");
    let mut filed_ms: [[Vec<f64>; 2]; 2] = Default::default();
    let siege = Arc::new(Siege::default());
    let replays = Arc::new(replays);
    for _ in 0..TURNS {
        for (size, volumes) in SIZES.into_iter().enumerate() {
            let count = scale.besieged / TURNS;
            let filed = file(&mut quiet, hosts[0].address, volumes, count);
            filed_ms[size][0].extend(filed);
            hosts[0].signal("-STOP");
            hosts[1].signal("-CONT");
            let threads = Siege::begin(&siege, hosts[1].address, &replays);
            let filed = file(&mut besieged, hosts[1].address, volumes, count);
            filed_ms[size][1].extend(filed);
            siege.end(threads);
            hosts[1].signal("-STOP");
            hosts[0].signal("-CONT");
        }
    }
    let replayed = siege.replayed.load(Ordering::Relaxed);
    HostileFigures { held, filed_ms, replayed, memory_mb }
}

/// A space at the default charter's limits; nobody is told that somebody files much.
fn space() -> (Rig, Space) {
    let mut terms: Charter = charter(&PARTIES);
    terms.rules.probing_a_day = u32::MAX;
    Rig::with(terms)
}

fn volume(radius_m: f64, north_m: f64) -> DeclaredVolume {
    circle_in(HERE.0 + north_m / 111_000.0, HERE.1, radius_m, (1, 12))
}

fn plan(volumes: Vec<DeclaredVolume>, sharing: Sharing) -> Say {
    let plan = Operation { name: texts("plan"), volumes, contact: None };
    declare(DeclarationContent::Operation(plan), sharing)
}

/// Files all that a party may hold over one place; and some of it, as it was sent.
fn besiege(rig: &mut Rig, space: &mut Space, scale: &Scale) -> (Holdings, Vec<Vec<u8>>) {
    let limits = Limits::default();
    let mut held = Holdings::default();
    let mut says: Vec<Say> = Vec::new();
    let share = scale.stacked as f64 / 10_000.0;
    let part = |of: usize| ((of as f64 * share) as usize).max(1);
    held.interests = part(limits.interests);
    let area = || Box::new(circle_in(HERE.0, HERE.1, 50_000.0, (0, 100)));
    let kinds = || [Kind::Zone, Kind::Operation, Kind::Site, Kind::Movement].into();
    let interest = |nth: usize| Say::SetInterest {
        interest: format!("interest-{nth}").parse().expect("a name"),
        area: area(),
        kinds: kinds(),
    };
    says.extend((0..held.interests).map(interest));
    held.zones = part(1_000);
    for _ in 0..held.zones {
        let zone = DeclarationContent::Zone(zone(HERE.0, HERE.1, 5_000.0, &[HONEST], &[HONEST]));
        says.push(declare(zone, Sharing::ConflictOnly));
    }
    held.plans = scale.stacked;
    for nth in 0..held.plans {
        let volumes = (0..limits.volumes).map(|nth| volume(300.0, nth as f64)).collect();
        let sharing = [Sharing::ConflictOnly, Sharing::Open][nth % 2].clone();
        says.push(plan(volumes, sharing));
    }
    // What is left of the ground that it may cover, in volumes of 60 km.
    held.wide = 6;
    for _ in 0..held.wide {
        let volumes = (0..limits.volumes / 2).map(|nth| volume(60_000.0, nth as f64)).collect();
        says.push(plan(volumes, Sharing::ConflictOnly));
    }
    held.volumes = (held.plans + held.wide / 2) * limits.volumes;
    let mut replays = Vec::new();
    for some in says.chunks(MAX_BATCH) {
        let envelopes: Vec<Vec<u8>> =
            some.iter().map(|say| rig.sign(HOSTILE, &[&duty(HOSTILE)], say)).collect();
        rig.take(space, &envelopes);
        replays = envelopes;
    }
    space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
    (held, replays)
}

/// Milliseconds that each of so many filings took, at a pace.
fn file(rig: &mut Rig, address: SocketAddr, volumes: usize, count: usize) -> Vec<f64> {
    let (mut line, start) = (Line::to(address), Instant::now());
    let filed = (0u32..).take(count).map(|nth| {
        thread::sleep((start + PACE * nth).saturating_duration_since(Instant::now()));
        let volumes = (0..volumes).map(|nth| volume(300.0, 100.0 * nth as f64)).collect();
        let envelope = rig.sign(HONEST, &[&duty(HONEST)], &plan(volumes, Sharing::Open));
        let begun = Instant::now();
        let body = line.ask("POST", "/v1/statements", None, &envelope);
        let took_ms = begun.elapsed().as_secs_f64() * 1e3;
        let accepted = String::from_utf8_lossy(&body).contains(r#""outcome":"accepted""#);
        assert!(accepted, "{}", String::from_utf8_lossy(&body));
        took_ms
    });
    filed.collect()
}

/// What the hostile party does meanwhile.
#[derive(Default)]
struct Siege {
    over: AtomicBool,
    replayed: AtomicU64,
}

impl Siege {
    fn begin(
        siege: &Arc<Siege>,
        address: SocketAddr,
        replays: &Arc<Vec<Vec<u8>>>,
    ) -> Vec<thread::JoinHandle<()>> {
        siege.over.store(false, Ordering::Relaxed);
        let (of, replays) = (siege.clone(), replays.clone());
        let replaying = thread::spawn(move || {
            elsewhere();
            let mut line = Line::to(address);
            for envelope in replays.iter().cycle() {
                if of.over.load(Ordering::Relaxed) {
                    return;
                }
                line.ask("POST", "/v1/statements", None, envelope);
                of.replayed.fetch_add(1, Ordering::Relaxed);
            }
        });
        let of = siege.clone();
        let unread = thread::spawn(move || {
            elsewhere();
            let token = Line::to(address).session(HOSTILE);
            while !of.over.load(Ordering::Relaxed) {
                let _held = unread(address, &token);
                thread::sleep(Duration::from_secs(1));
            }
        });
        vec![replaying, unread]
    }

    fn end(&self, threads: Vec<thread::JoinHandle<()>>) {
        self.over.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("a thread that ended well"));
    }
}

/// The hostile party's own program would run on a machine of its own: it takes from these cores what nobody else wants.
fn elsewhere() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::NormalThreadSchedulePolicy::Idle;
        use thread_priority::{
            ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        };
        let policy = ThreadSchedulePolicy::Normal(Idle);
        let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
    }
}

/// Asks for long answers, and reads none of them.
fn unread(address: SocketAddr, token: &str) -> Vec<TcpStream> {
    let ask = format!(
        "GET /v1/given?from=0&limit=1024 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let one = |_| {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(ask.as_bytes()).ok()?;
        Some(stream)
    };
    (0..UNREAD).filter_map(one).collect()
}

/// The host's memory at its most, in MB: while one reader reads all pages, and beside answers that nobody reads.
fn memory(file: &Path) -> [f64; 2] {
    let host = HostProcess::start(file);
    let address = host.address;
    let reading = thread::spawn(move || {
        let mut line = Line::to(address);
        let token = line.session(HOSTILE);
        for from in 0..64 {
            let path = format!("/v1/given?from={}&limit=1024", from * 64);
            line.ask("GET", &path, Some(&token), b"");
        }
    });
    let without = host.most_mb(WATCHED);
    reading.join().expect("a reader that ended well");
    let token = Line::to(address).session(HOSTILE);
    let held = unread(address, &token);
    let with = host.most_mb(WATCHED);
    drop(held);
    [without, with]
}

impl HostileFigures {
    pub(super) fn report(&self) -> String {
        let of = |ms: &[f64], share: f64| percentile(ms.iter().copied(), share);
        let rows = SIZES.iter().zip(&self.filed_ms).map(|(volumes, [without, beside])| {
            vec![
                format!("{volumes} volume{}", if *volumes == 1 { "" } else { "s" }),
                digits(of(without, 0.50)),
                digits(of(without, 0.99)),
                digits(of(beside, 0.50)),
                digits(of(beside, 0.99)),
                digits(of(beside, 0.99) / of(without, 0.99)),
            ]
        });
        let head = ["a filing of", "p50 ms", "p99 ms", "beside it: p50 ms", "p99 ms", "p99, times"];
        let Holdings { plans, volumes, wide, zones, interests } = self.held;
        let [without, with] = self.memory_mb;
        format!(
            "## Beside a hostile party\n\nOver one place a party holds {plans} plans of a hundred volumes and {wide} of fifty \
             volumes of 60 km, {volumes} volumes in all, {zones} zones that bind the party that files, and {interests} \
             interests; half of the plans are hidden. The other party files {} plans of each size there, one every {} ms, \
             each open to all and in conflict with all of that, over HTTP, to a host in a process of its own; {TURNS} turns each \
             in a space without all that and in this one, the other host standing still. Meanwhile the hostile party sends its \
             old statements again without a pause ({} in all) and keeps {UNREAD} long answers unread; its own program steps back \
             behind all others, as if it ran elsewhere. The host's memory was \
             at most {} MB while a reader read page by page, and {} MB beside {UNREAD} unread answers of 1,024 causes: \
             **{}** times as much.\n\n{}",
            self.filed_ms[0][0].len(),
            PACE.as_millis(),
            self.replayed,
            digits(without),
            digits(with),
            digits(with / without),
            table(&head, rows)
        )
    }
}
