//! Lets other programs of the same user in, on a socket in the desk's folder.
//!
//! Each connection has a thread of its own, and at most so many are let in at once. Whoever asks slowly, asks
//! what is no request, or does not take its answer is sent away; the thread that owns the desk never waits
//! for anybody here.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deconflict_api::{LOCAL_VERSION, LocalRequest, MAX_REQUEST_BYTES, MAX_WAIT_MS};

use super::answer::{DeskChange, LocalAnswer, LocalFault};
use super::frame::write_answer;
use super::place::{self, SocketPlace};
use super::view::{DeskStatus, DeskView};
use super::watch::Ending;
use super::{Asker, thread};
use crate::error::DeskError;

/// How many are let in at once.
const MAX_CONNECTIONS: usize = 64;
/// How long a connection may take to say hello.
const HELLO: Duration = Duration::from_secs(2);
/// How long it may be silent between two requests.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a request may take to come, once it begins.
const REQUEST: Duration = Duration::from_secs(10);
/// How long nothing of an answer may be taken.
const WRITE: Duration = Duration::from_secs(10);
/// How long a whole answer may take.
const ANSWER: Duration = Duration::from_secs(300);
/// How often a connection that waits looks whether the agent ends.
const LOOK: Duration = Duration::from_millis(200);
/// How often one that follows is told something.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Lets others in as long as this is there.
pub(super) struct LocalServer {
    closing: Arc<Ending>,
    listening: Option<JoinHandle<()>>,
    place: SocketPlace,
}

impl LocalServer {
    pub(super) fn start(dir: &Path, asker: Asker) -> Result<LocalServer, DeskError> {
        let (listener, place) = place::listen(dir)?;
        let closing = Arc::new(Ending::default());
        let ends = closing.clone();
        let listening = Some(thread("local", move || listen(&listener, &asker, &ends))?);
        Ok(LocalServer { closing, listening, place })
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.closing.raise();
        // Whoever listens sees it with the next that comes. Where somebody took the socket away, none can come
        // any more, and the thread ends with the process.
        let woken = UnixStream::connect(&self.place.socket).is_ok();
        if let Some(thread) = self.listening.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// One of the places that there are.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>) -> Option<Place> {
        let free = |taken: usize| (taken < MAX_CONNECTIONS).then_some(taken + 1);
        taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).ok()?;
        Some(Place(taken.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn listen(listener: &UnixListener, asker: &Asker, closing: &Ending) {
    let taken = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if closing.is_raised() {
            return;
        }
        let Ok(stream) = stream else {
            // Too many files are open: this passes.
            closing.wait(LOOK);
            continue;
        };
        if !place::is_own_user(&stream) {
            tracing::warn!("a local connection of another user was refused");
            continue;
        }
        let Some(place) = Place::take(&taken) else {
            tracing::warn!("a local connection was refused: there are too many");
            turn_away(stream);
            continue;
        };
        let asker = asker.clone();
        let begun = thread("caller", move || {
            let mut caller = Caller { stream, asker };
            if let Err(error) = caller.serve() {
                tracing::debug!(%error, "a local connection was ended");
            }
            drop(place);
        });
        if begun.is_err() {
            tracing::warn!("a local connection was refused: the system gives no thread");
        }
    }
}

/// Says that it is too much, if that takes no time.
fn turn_away(mut stream: UnixStream) {
    let _ = stream.set_write_timeout(Some(Duration::from_millis(50)));
    let _ = write_answer(&mut stream, &LocalAnswer::Fault(LocalFault::Busy));
}

struct Caller {
    stream: UnixStream,
    asker: Asker,
}

impl Caller {
    fn serve(&mut self) -> io::Result<()> {
        self.stream.set_write_timeout(Some(WRITE))?;
        let Some(hello) = self.request(HELLO)? else { return Ok(()) };
        match hello {
            Ok(LocalRequest::Hello { v: LOCAL_VERSION }) => self.tell(&LocalAnswer::Hello {
                v: LOCAL_VERSION,
                release: env!("CARGO_PKG_VERSION").into(),
                pid: std::process::id(),
            })?,
            Ok(LocalRequest::Hello { v }) => {
                return self.refuse(&format!(
                    "version {v} of the agent's requests: the agent that runs speaks version \
                     {LOCAL_VERSION}: end it, and run that of the same release"
                ));
            }
            Ok(_) => return self.refuse("a connection begins with hello"),
            Err(fault) => return self.refuse(&fault),
        }
        loop {
            match self.request(SILENCE)? {
                None => return Ok(()),
                Some(Err(fault)) => return self.refuse(&fault),
                Some(Ok(LocalRequest::Follow)) => return self.follow(),
                Some(Ok(request)) => self.answer(request)?,
            }
        }
    }

    fn tell(&mut self, answer: &LocalAnswer) -> io::Result<()> {
        let until = Instant::now() + ANSWER;
        write_answer(&mut InTime { stream: &mut self.stream, until }, answer)
    }

    fn refuse(&mut self, fault: &str) -> io::Result<()> {
        tracing::warn!("a local request was refused: it is none");
        self.tell(&LocalAnswer::Fault(LocalFault::Request(fault.into())))
    }

    fn answer(&mut self, request: LocalRequest) -> io::Result<()> {
        let latest = &self.asker.latest;
        let answer = match request {
            // What is only shown waits for nobody.
            LocalRequest::View => LocalAnswer::View(Box::new((*latest.get()).clone())),
            LocalRequest::Status => LocalAnswer::Status(Box::new(latest.get().status.clone())),
            LocalRequest::Settled { statement, index, wait_ms } => {
                let settled = |view: &DeskView| {
                    let mut queue = view.status.queue.iter();
                    !queue.any(|item| item.statement == statement) && view.status.head.size > index
                };
                LocalAnswer::Settled(self.wait_until(settled, wait_ms.min(MAX_WAIT_MS)))
            }
            LocalRequest::Stop => {
                self.asker.ending.raise();
                LocalAnswer::Done
            }
            request => match self.asker.ask(request) {
                Ok(answer) => answer,
                Err(error) => LocalAnswer::Fault(error.into()),
            },
        };
        self.tell(&answer)
    }

    /// Waits until what is shown is so, or so long; whether it is.
    fn wait_until(&self, is_so: impl Fn(&DeskView) -> bool, wait_ms: u64) -> bool {
        let until = Instant::now() + Duration::from_millis(wait_ms);
        let (mut number, mut view) = self.asker.latest.numbered();
        loop {
            if is_so(&view) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.asker.ending.is_raised() {
                return false;
            }
            if let Some(next) = self.asker.latest.wait_for_change(number, left.min(LOOK)) {
                (number, view) = next;
            }
        }
    }

    /// Tells of every change. Whoever is slow is told of several as one: nothing waits here.
    fn follow(&mut self) -> io::Result<()> {
        let (mut number, mut view) = self.asker.latest.numbered();
        self.change(DeskChange::Begins(Box::new(view.status.clone())))?;
        let mut told = Instant::now();
        loop {
            if self.asker.ending.is_raised() {
                return self.change(DeskChange::Ends);
            }
            let Some((next_number, next)) = self.asker.latest.wait_for_change(number, LOOK) else {
                if told.elapsed() >= KEEP_ALIVE {
                    self.change(DeskChange::Alive)?;
                    told = Instant::now();
                }
                continue;
            };
            for change in changes(&view.status, &next.status) {
                self.change(change)?;
                told = Instant::now();
            }
            (number, view) = (next_number, next);
        }
    }

    fn change(&mut self, change: DeskChange) -> io::Result<()> {
        self.tell(&LocalAnswer::Change(Box::new(change)))
    }

    /// The next request; `None`: whoever asked has gone. `Ok(Err)`: it is none.
    fn request(&mut self, patience: Duration) -> io::Result<Option<Result<LocalRequest, String>>> {
        let mut length = [0; 4];
        if !self.fill(&mut length[..1], Instant::now() + patience)? {
            return Ok(None);
        }
        let until = Instant::now() + REQUEST;
        let cut_short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        if !self.fill(&mut length[1..], until)? {
            return Err(cut_short());
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_REQUEST_BYTES {
            return Ok(Some(Err(format!(
                "a request of {length} bytes: at most {MAX_REQUEST_BYTES}"
            ))));
        }
        // Memory is taken as bytes come, not as they are announced.
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let start = bytes.len();
            bytes.resize(length.min(start + 16 * 1024), 0);
            if !self.fill(&mut bytes[start..], until)? {
                return Err(cut_short());
            }
        }
        let read = serde_json::from_slice(&bytes);
        Ok(Some(read.map_err(|error| format!("it is no request: {error}"))))
    }

    /// Fills these bytes by then; `false`: the other end has closed before the first of them.
    fn fill(&mut self, bytes: &mut [u8], until: Instant) -> io::Result<bool> {
        let mut filled = 0;
        while filled < bytes.len() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.asker.ending.is_raised() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left.min(LOOK)))?;
            match self.stream.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled += read,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(true)
    }
}

/// What is written in time, or not at all.
struct InTime<'a> {
    stream: &'a mut UnixStream,
    until: Instant,
}

impl Write for InTime<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What is otherwise now.
fn changes(before: &DeskStatus, now: &DeskStatus) -> Vec<DeskChange> {
    let mut changes = Vec::new();
    if now.given > before.given {
        changes.push(DeskChange::Given { from: before.given, to: now.given });
    }
    if now.head != before.head || now.read_at != before.read_at {
        changes.push(DeskChange::Head { head: now.head, read_at: now.read_at });
    }
    let new = now.notices.iter().filter(|notice| !before.notices.contains(notice));
    changes.extend(new.cloned().map(DeskChange::Notice));
    if now.queue != before.queue {
        changes.push(DeskChange::Queue((*now.queue).clone()));
    }
    if now.overdue != before.overdue {
        changes.push(DeskChange::Overdue(now.overdue.clone()));
    }
    if now.line != before.line {
        changes.push(DeskChange::Line(now.line.clone()));
    }
    if now.countersigned != before.countersigned {
        changes.extend(now.countersigned.map(|size| DeskChange::Countersigned { size }));
    }
    if now.caught != before.caught {
        changes.extend(now.caught.clone().map(DeskChange::Caught));
    }
    if now.store_fault != before.store_fault {
        changes.push(DeskChange::StoreFault(now.store_fault.clone()));
    }
    changes
}
