//! Asking a desk's agent from another program.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deconflict_api::{LOCAL_VERSION, LocalRequest};

use super::answer::{DeskChange, LocalAnswer, LocalFault};
use super::frame::{read_answer, request_frame};
use super::place;
use crate::error::DeskError;

/// How long an agent may take to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// How long an answer may take: a folder that proves a long record takes minutes to write.
const ANSWER: Duration = Duration::from_secs(900);
/// How long an agent that is asked by too many is asked again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an agent that tells of changes may say nothing.
const FOLLOWING: Duration = Duration::from_secs(60);

/// A desk's agent, as another program sees it. Each question is a connection of its own, so that an agent
/// that was ended and begun again is simply asked.
#[derive(Clone, Debug)]
pub struct AgentClient {
    dir: PathBuf,
}

/// The changes that an agent tells of, until it ends.
#[derive(Debug)]
pub struct Follower(UnixStream);

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// No agent runs.
    NoAgent,
    /// Too many ask it.
    Busy,
    /// It ended, or was cut off, after it was asked and before it answered: what it was asked may be done.
    Gone(String),
    /// It answers that it does not do it.
    Fault(DeskError),
}

impl From<NoAnswer> for DeskError {
    fn from(no: NoAnswer) -> DeskError {
        match no {
            NoAnswer::NoAgent => DeskError::Agent("the desk's agent has ended: try again".into()),
            NoAnswer::Busy => LocalFault::Busy.into(),
            NoAnswer::Gone(why) => super::gone(&why),
            NoAnswer::Fault(error) => error,
        }
    }
}

impl AgentClient {
    /// The agent of the desk in a folder; `None` when none runs.
    ///
    /// # Errors
    /// When another user's lies there, or one of another release.
    pub fn find(dir: &Path) -> Result<Option<AgentClient>, DeskError> {
        let client = AgentClient { dir: dir.to_path_buf() };
        match client.connect() {
            Ok(_) => Ok(Some(client)),
            Err(NoAnswer::NoAgent) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder of the desk.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks.
    ///
    /// # Errors
    /// As the desk's methods; [`DeskError::Agent`] when there is no answer.
    pub fn ask(&self, request: &LocalRequest) -> Result<LocalAnswer, DeskError> {
        Ok(self.try_to_ask(request)?)
    }

    pub(super) fn try_to_ask(&self, request: &LocalRequest) -> Result<LocalAnswer, NoAnswer> {
        let mut stream = self.connect()?;
        asked(&mut stream, request, ANSWER)
    }

    /// Follows every change from now on. The first tells where the desk stands.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn follow(&self) -> Result<Follower, DeskError> {
        let mut stream = self.connect()?;
        let gone = |error: io::Error| DeskError::from(NoAnswer::Gone(error.to_string()));
        let frame = request_frame(&LocalRequest::Follow).map_err(gone)?;
        stream.write_all(&frame).map_err(gone)?;
        stream.set_read_timeout(Some(FOLLOWING)).map_err(gone)?;
        Ok(Follower(stream))
    }

    /// A connection that was greeted.
    fn connect(&self) -> Result<UnixStream, NoAnswer> {
        let begun = Instant::now();
        loop {
            let socket = place::find(&self.dir).map_err(NoAnswer::Fault)?;
            let socket = socket.ok_or(NoAnswer::NoAgent)?;
            // Nobody listens there: it was killed.
            let mut stream = UnixStream::connect(&socket).map_err(|_| NoAnswer::NoAgent)?;
            if !place::is_own_user(&stream) {
                return Err(NoAnswer::Fault(DeskError::Refused(format!(
                    "{}: another user answers there: nothing was asked",
                    socket.display()
                ))));
            }
            match asked(&mut stream, &LocalRequest::Hello { v: LOCAL_VERSION }, HELLO) {
                Ok(LocalAnswer::Hello { .. }) => return Ok(stream),
                Ok(_) => return Err(NoAnswer::Gone("it answers something else".into())),
                // It was ending as it was greeted.
                Err(NoAnswer::Gone(_)) => return Err(NoAnswer::NoAgent),
                Err(NoAnswer::Busy) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Asks over a connection.
fn asked(
    stream: &mut UnixStream,
    request: &LocalRequest,
    patience: Duration,
) -> Result<LocalAnswer, NoAnswer> {
    let gone = |error: io::Error| NoAnswer::Gone(error.to_string());
    let too_long = |error: io::Error| NoAnswer::Fault(DeskError::Refused(error.to_string()));
    let frame = request_frame(request).map_err(too_long)?;
    stream.set_write_timeout(Some(HELLO)).map_err(gone)?;
    stream.set_read_timeout(Some(patience)).map_err(gone)?;
    // One that turns a caller away says so and closes at once: what it said is read although nothing could be
    // written.
    let written = stream.write_all(&frame);
    match read_answer(stream) {
        Ok(LocalAnswer::Fault(LocalFault::Busy)) => Err(NoAnswer::Busy),
        Ok(LocalAnswer::Fault(fault)) => Err(NoAnswer::Fault(fault.into())),
        Ok(answer) => written.map_err(gone).map(|()| answer),
        Err(error) => Err(gone(error)),
    }
}

impl Iterator for Follower {
    type Item = Result<DeskChange, DeskError>;

    /// The next change; `None` once the agent has ended.
    fn next(&mut self) -> Option<Result<DeskChange, DeskError>> {
        match read_answer(&mut self.0) {
            Ok(LocalAnswer::Change(change)) if *change == DeskChange::Ends => None,
            Ok(LocalAnswer::Change(change)) => Some(Ok(*change)),
            Ok(LocalAnswer::Fault(fault)) => Some(Err(fault.into())),
            Ok(_) => Some(Err(NoAnswer::Gone("it answers something else".into()).into())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(NoAnswer::Gone(error.to_string()).into())),
        }
    }
}
