//! What a desk's agent is asked on its own machine, over a private socket.
//!
//! A connection begins with [`LocalRequest::Hello`]. Each request is one frame: its length as four bytes,
//! big-endian, and so many bytes of JSON. An answer comes in pieces, each of them such a frame of at most
//! [`MAX_PIECE_BYTES`] bytes, and ends with an empty one: so a view of any size goes through bounded memory.
//! What an answer says stands with the desk (`LocalAnswer`), since it holds what only desks keep.

use std::collections::BTreeSet;
use std::path::PathBuf;

use deconflict_core::{DeclarationId, PartyId};
use deconflict_record::{Hash, Head, KeyId, VerifyingKey};
use serde::{Deserialize, Serialize};

/// The version of these requests and their answers.
pub const LOCAL_VERSION: u32 = 1;
/// The most bytes of a request.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;
/// The most bytes of a piece of an answer.
pub const MAX_PIECE_BYTES: usize = 256 * 1024;
/// The most bytes of an answer, all pieces together.
pub const MAX_LOCAL_ANSWER_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// The longest that [`LocalRequest::Settled`] waits, milliseconds.
pub const MAX_WAIT_MS: u64 = 10_000;

/// What an agent is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LocalRequest {
    /// Which version whoever asks speaks: the first request of a connection.
    Hello {
        /// [`LOCAL_VERSION`].
        v: u32,
    },
    /// All that the agent shows: where it stands, and what its party may see.
    View,
    /// Where it stands, without what the party may see.
    Status,
    /// Entries that the party was given, from the `from`-th on, counted from 0.
    Entries {
        /// The first.
        from: u64,
        /// At most so many; the desk's own bound holds beside it.
        limit: u64,
    },
    /// Read on now, by the line.
    Sync,
    /// What the next statement of a key must say of those before it.
    Link {
        /// The key.
        key: KeyId,
    },
    /// Keep a statement that whoever asks has signed; it is durable before the answer, and sent then.
    File {
        /// Its envelope.
        envelope: String,
        /// The key that signed it.
        key: VerifyingKey,
        /// The statement that it takes the place of: one that waits and must be signed anew.
        instead_of: Option<Hash>,
    },
    /// Send what waits, now; what came of one statement, or of all that waited.
    Send {
        /// The statement.
        statement: Option<Hash>,
    },
    /// What became of a statement.
    WhatBecame {
        /// The statement.
        statement: Hash,
    },
    /// Wait until a statement does not wait any more and all of the record up to its entry was read.
    Settled {
        /// The statement.
        statement: Hash,
        /// Where it was promised.
        index: u64,
        /// At most so long, milliseconds; up to [`MAX_WAIT_MS`].
        wait_ms: u64,
    },
    /// Forget a statement that was not sent, or that the host will not have.
    Dismiss {
        /// The statement.
        statement: Hash,
    },
    /// Erase what the record forgot of what the party said, as far as its time is over.
    EraseOwn,
    /// Compare a signed head that was met anywhere.
    Meet {
        /// The signed note.
        note: String,
    },
    /// Compare a head that was read out.
    Compare {
        /// Its digits.
        digits: String,
    },
    /// Write signed statements into a new file.
    ExportStatements {
        /// The file, by its whole path.
        file: PathBuf,
        /// The statements.
        statements: Vec<Hash>,
    },
    /// Keep statements out of another desk's file.
    ImportStatements {
        /// The file, by its whole path.
        file: PathBuf,
    },
    /// Keep a text that was read out and typed in: nobody signed it.
    TypeIn {
        /// For whom it was read out.
        from: PartyId,
        /// The text, with what names its message.
        text: String,
    },
    /// Keep what is meant to be answered to such a text; nothing is signed.
    NoteAnswer {
        /// The text's number.
        number: u64,
        /// The answer, as JSON.
        answer: String,
    },
    /// Forget such a text.
    ForgetVoiceText {
        /// Its number.
        number: u64,
    },
    /// Write all that the desk has of the record into a new folder.
    ExportRecord {
        /// The folder, by its whole path.
        dir: PathBuf,
    },
    /// Write a new folder that proves entries.
    Prove {
        /// The folder, by its whole path.
        dir: PathBuf,
        /// The entries.
        entries: BTreeSet<u64>,
    },
    /// Write a new folder that proves all entries that tell of a declaration.
    ProveDeclaration {
        /// The folder, by its whole path.
        dir: PathBuf,
        /// The declaration.
        declaration: DeclarationId,
    },
    /// From here on tell of every change: answers follow one another until either side ends.
    Follow,
    /// End the agent.
    Stop,
}

/// What the next statement of a key must say of those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextLink {
    /// Its number in the key's chain, from 1.
    pub seq: u64,
    /// The key's last statement before it.
    pub prev: Option<Hash>,
    /// The last head that the desk has verified, if there is one.
    pub seen: Option<Head>,
    /// How far the desk's clock is from the host's ([`deconflict_record::Header::clock_ahead_s`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
}

impl LocalRequest {
    /// The request's word, for a log: none of what it holds.
    pub fn word(&self) -> &'static str {
        match self {
            LocalRequest::Hello { .. } => "hello",
            LocalRequest::View => "view",
            LocalRequest::Status => "status",
            LocalRequest::Entries { .. } => "entries",
            LocalRequest::Sync => "sync",
            LocalRequest::Link { .. } => "link",
            LocalRequest::File { .. } => "file",
            LocalRequest::Send { .. } => "send",
            LocalRequest::WhatBecame { .. } => "what-became",
            LocalRequest::Settled { .. } => "settled",
            LocalRequest::Dismiss { .. } => "dismiss",
            LocalRequest::EraseOwn => "erase-own",
            LocalRequest::Meet { .. } => "meet",
            LocalRequest::Compare { .. } => "compare",
            LocalRequest::ExportStatements { .. } => "export-statements",
            LocalRequest::ImportStatements { .. } => "import-statements",
            LocalRequest::TypeIn { .. } => "type-in",
            LocalRequest::NoteAnswer { .. } => "note-answer",
            LocalRequest::ForgetVoiceText { .. } => "forget-voice-text",
            LocalRequest::ExportRecord { .. } => "export-record",
            LocalRequest::Prove { .. } => "prove",
            LocalRequest::ProveDeclaration { .. } => "prove-declaration",
            LocalRequest::Follow => "follow",
            LocalRequest::Stop => "stop",
        }
    }
}
