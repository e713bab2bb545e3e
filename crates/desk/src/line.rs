//! The line to a host: what a desk asks of it, whatever carries the words.

mod http;
mod stream;

use std::fmt;

use deconflict_api::{
    AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage, LastHead, LostCommitments,
    LostEntries, Problem, Recovery,
};
use deconflict_record::{Hash, KeyId, SigningKey, Tile, TileRow, node_from_tiles};
use serde::{Deserialize, Serialize};

pub use http::{HttpLine, HttpStreams};
pub use stream::{
    CommitmentRun, EventFeed, ServerSentEvents, StreamBatch, StreamEvent, StreamSource,
};

use crate::sync::Keys;

/// A line to a host. All calls block.
///
/// What comes over it is believed in nothing: the desk checks each answer against what the host
/// signed. An error says that there is no answer, never that the host cheated.
pub trait Line {
    /// What the host says of its space; needs no session.
    ///
    /// # Errors
    /// When there is no answer, or none of this form.
    fn about(&mut self) -> Result<AboutSpace, LineError>;

    /// From now on sessions are proven to the host of this key alone.
    fn prove_to(&mut self, log: &KeyId);

    /// Begins a session in the name of this key; the calls below need one.
    ///
    /// # Errors
    /// When there is no answer, or the host does not know the key.
    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError>;

    /// Files a statement: the exact bytes of its envelope. Needs no session.
    ///
    /// # Errors
    /// When there is no answer, or the host neither accepts nor logs a refusal.
    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError>;

    /// Files several statements, each by itself, in this order: the answers to the first ones, up to the first that
    /// was not filed. A line that carries one at a time need not say how.
    ///
    /// # Errors
    /// When there is no answer to the very first.
    fn file_together(&mut self, envelopes: &[&str]) -> Result<Vec<FilingAnswer>, LineError> {
        let mut filed = Vec::new();
        for envelope in envelopes {
            match self.file(envelope.as_bytes()) {
                Ok(answer) => filed.push(answer),
                Err(error) if filed.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(filed)
    }

    /// What the session's party was given, from a place on: a page of at most `limit` entries, which may end
    /// within a cause.
    ///
    /// # Errors
    /// When there is no answer, or none of this form.
    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError>;

    /// What [`Line::given`] would answer, where that is here already: nobody is asked, and nobody waited for. A
    /// line that brings nothing by itself need not say.
    fn at_hand(&mut self, from: GivenCursor, limit: usize) -> Option<GivenPage> {
        let _ = (from, limit);
        None
    }

    /// A tile of the record, or a bundle of its commitments.
    ///
    /// # Errors
    /// When there is no answer.
    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError>;

    /// The latest head: the bytes of a signed note.
    ///
    /// # Errors
    /// When there is no answer.
    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError>;

    /// Hands over a cosignature.
    ///
    /// # Errors
    /// When there is no answer, or the host does not take it.
    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError>;

    /// What a host that was started anew asks of desks. A line to one that never asks need not say.
    ///
    /// # Errors
    /// When there is no answer.
    fn recovery(&mut self) -> Result<Recovery, LineError> {
        Ok(Recovery::default())
    }

    /// Tells the host something of its record; what it asks for after that.
    ///
    /// # Errors
    /// When there is no answer, or the host does not take it.
    fn tell(&mut self, told: &RecoveryMessage) -> Result<Recovery, LineError> {
        let _ = told;
        Ok(Recovery::default())
    }
}

/// What a desk tells a host of its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecoveryMessage {
    /// The last head that it has verified.
    Head(LastHead),
    /// Commitments that the host lost.
    Commitments(LostCommitments),
    /// Entries that the host lost.
    Entries(LostEntries),
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineError {
    /// The host cannot be reached.
    Down(String),
    /// The host says why not.
    Refused(Box<Problem>),
    /// What came is no answer to the question.
    Garbled(String),
}

impl LineError {
    /// The status of the host's refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            LineError::Refused(problem) => Some(problem.status),
            _ => None,
        }
    }

    /// Whether the host answered that it has too much to do, or cannot now: the line itself is up.
    pub fn is_busy(&self) -> bool {
        matches!(self.status(), Some(429 | 503))
    }

    /// Whether the same question may be answered later.
    pub fn may_pass(&self) -> bool {
        match self {
            LineError::Down(_) | LineError::Garbled(_) => true,
            LineError::Refused(problem) => matches!(problem.status, 401 | 408 | 429 | 500..),
        }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::Down(fault) => write!(
                f,
                "the host cannot be reached: {fault}: what was filed is kept here and sent when \
                 the line is back"
            ),
            LineError::Refused(problem) => {
                write!(f, "the host answers: {}: {}", problem.title, problem.detail)
            }
            LineError::Garbled(fault) => write!(f, "the host's answer cannot be used: {fault}"),
        }
    }
}

impl std::error::Error for LineError {}

/// The host's name in an address, in lower case and without the port.
pub(crate) fn host_name(base: &str) -> String {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = match host.find(']') {
        Some(end) => host.get(..=end),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Asks, and begins a session first if the host asks for one.
pub(crate) fn in_session<T>(
    line: &mut dyn Line,
    space: &str,
    key: &SigningKey,
    mut ask: impl FnMut(&mut dyn Line) -> Result<T, LineError>,
) -> Result<T, LineError> {
    match ask(line) {
        Err(error) if error.status() == Some(401) => {
            line.session(space, key)?;
            ask(line)
        }
        answer => answer,
    }
}

/// A node of the tree as the host's hash tiles have it, under its head of this size.
pub(crate) fn host_node(
    line: &mut dyn Line,
    space: &str,
    keys: &Keys<'_>,
    size: u64,
    level: u8,
    index: u64,
) -> Result<Hash, LineError> {
    let missing = |tile: Tile| LineError::Garbled(format!("{tile} is cut short"));
    node_from_tiles(
        level,
        index,
        |tile| {
            let TileRow::Level(row) = tile.row else { return Err(missing(tile)) };
            let has = size >> (8 * u32::from(row));
            let width = (has - tile.index * 256).min(256) as u16;
            in_session(line, space, keys.session, |line| line.tile(Tile { width, ..tile }))
        },
        missing,
    )
}
