//! What an agent answers, and what every desk answers to the same requests.
//!
//! [`answer`] serves whoever has a desk open: the agent's own thread, and a command that opened the desk
//! itself because no agent runs. So the answers are the same.

use std::path::PathBuf;

use deconflict_api::{Content, FilingOutcome, LocalRequest, NextLink, read_statement};
use deconflict_core::{Refusal, Statement, What};
use deconflict_record::{Hash, Head, SignedStatement, UtcSecond};
use serde::{Deserialize, Serialize};

use super::view::{DeskStatus, DeskView, LineState};
use crate::caught::CaughtHost;
use crate::desk::Desk;
use crate::entries::{MAX_READ, PartyEntry};
use crate::error::DeskError;
use crate::line::LineError;
use crate::outbox::SendReport;
use crate::outbox::{Fate, QueuedStatement};
use crate::read_out::HeadComparison;
use crate::signing::StaleLink;
use crate::sync::SyncReport;
use crate::voice::VoiceText;

/// What an agent answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LocalAnswer {
    /// Who answers.
    Hello {
        /// The version that it speaks.
        v: u32,
        /// The release that it runs.
        release: String,
        /// The process.
        pid: u32,
    },
    /// All that it shows.
    View(Box<DeskView>),
    /// Where it stands.
    Status(Box<DeskStatus>),
    /// Entries that the party was given.
    Entries(Vec<EntryForm>),
    /// What was new.
    Synced(SyncReport),
    /// What the next statement of the key must say.
    Link(NextLink),
    /// The statement is kept, durably.
    Kept(QueuedStatement),
    /// It was not kept: another of its key came before it. Sign it anew, to follow this.
    Race(NextLink),
    /// What came of sending.
    Sent {
        /// What came of it.
        sent: SendReport,
        /// What must be signed anew before it can be sent.
        stale: Vec<StaleLink>,
    },
    /// What became of the statement.
    Became(StatementFate),
    /// Whether the statement stands in the record, as far as was waited for.
    Settled(bool),
    /// The head that was met.
    Met(Head),
    /// How the head that was read out stands to this desk's.
    Compared(HeadComparison),
    /// The envelopes of the statements that were taken.
    Imported(Vec<String>),
    /// The text that was typed in, as it is kept.
    VoiceText(VoiceText),
    /// So many entries were erased.
    Erased(u64),
    /// It was done.
    Done,
    /// Something changed.
    Change(Box<DeskChange>),
    /// It was not done.
    Fault(LocalFault),
}

/// An entry as the party was given it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryForm {
    index: u64,
    cause: u64,
    commitment: Hash,
    /// Its exact bytes, which are UTF-8; `None`: erased.
    content: Option<String>,
}

/// What became of a statement, as far as a desk knows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StatementFate {
    /// It waits to be sent.
    Waiting {
        /// Whether it may have been sent before, without an answer.
        tried: bool,
    },
    /// The host promised it.
    Promised {
        /// Where.
        index: u64,
        /// Whether it takes effect.
        outcome: FilingOutcome,
        /// Why not.
        refusal: Option<Refusal>,
        /// By when it is to stand in the record.
        deadline: UtcSecond,
    },
    /// It stands in the record.
    InRecord {
        /// Where.
        index: u64,
        /// Why it takes no effect, if it does not.
        refusal: Option<Refusal>,
    },
    /// It was not sent: too late.
    TooLate,
    /// The host will not have it.
    Refused {
        /// Its words.
        detail: String,
    },
    /// This desk does not know it.
    Unknown,
}

/// Something that changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeskChange {
    /// Where the desk stands as the telling begins.
    Begins(Box<DeskStatus>),
    /// A new head was verified.
    Head {
        /// The head.
        head: Head,
        /// When everything under it had been read.
        read_at: Option<UtcSecond>,
    },
    /// The party was given entries: the `from`-th up to before the `to`-th, counted from 0.
    Given {
        /// The first.
        from: u64,
        /// After the last.
        to: u64,
    },
    /// People should look into something.
    Notice(deconflict_proof::Notice),
    /// The queue is another one.
    Queue(Vec<QueuedStatement>),
    /// Promises were not kept, or are kept now.
    Overdue(Vec<crate::outbox::Overdue>),
    /// The line is otherwise than it was.
    Line(LineState),
    /// A new head was countersigned.
    Countersigned {
        /// Its size.
        size: u64,
    },
    /// The host was caught.
    Caught(CaughtHost),
    /// Why nothing can be written; `None`: it can again.
    StoreFault(Option<String>),
    /// Nothing but that the agent is there.
    Alive,
    /// The agent ends.
    Ends,
}

/// Why an agent did not do what it was asked to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LocalFault {
    /// The desk's store, in words.
    Store(String),
    /// The line.
    Line(LineError),
    /// The host was caught.
    Caught {
        /// At what.
        caught: CaughtHost,
        /// Why not all of this could be kept.
        not_kept: Vec<String>,
    },
    /// A head is by a host from which the record was moved.
    FormerHost(deconflict_proof::Notice),
    /// A file or folder.
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// It cannot be, as things stand.
    Refused(String),
    /// What the desk keeps does not fit together.
    Damaged(String),
    /// It is no request, or one that an agent of this release does not take now.
    Request(String),
    /// Too many ask at once: ask again.
    Busy,
}

impl From<DeskError> for LocalFault {
    fn from(error: DeskError) -> LocalFault {
        match error {
            DeskError::Store(error) => LocalFault::Store(error.to_string()),
            DeskError::Line(error) => LocalFault::Line(error),
            DeskError::Caught(caught) => {
                LocalFault::Caught { not_kept: caught.not_kept.clone(), caught: *caught }
            }
            DeskError::FormerHost(notice) => LocalFault::FormerHost(*notice),
            DeskError::File { path, fault } => LocalFault::File { path, fault },
            DeskError::Refused(fault) => LocalFault::Refused(fault),
            DeskError::Damaged(what) => LocalFault::Damaged(what),
            DeskError::Agent(words) => LocalFault::Request(words),
        }
    }
}

impl From<LocalFault> for DeskError {
    fn from(fault: LocalFault) -> DeskError {
        match fault {
            LocalFault::Store(words) | LocalFault::Request(words) => DeskError::Agent(words),
            LocalFault::Busy => DeskError::Agent(
                "too many programs ask the desk's agent at once: end some of them, or try again"
                    .into(),
            ),
            LocalFault::Line(error) => DeskError::Line(error),
            LocalFault::Caught { caught, not_kept } => {
                DeskError::Caught(Box::new(CaughtHost { not_kept, ..caught }))
            }
            LocalFault::FormerHost(notice) => DeskError::FormerHost(Box::new(notice)),
            LocalFault::File { path, fault } => DeskError::File { path, fault },
            LocalFault::Refused(fault) => DeskError::Refused(fault),
            LocalFault::Damaged(what) => DeskError::Damaged(what),
        }
    }
}

impl EntryForm {
    fn of(held: PartyEntry) -> Result<EntryForm, DeskError> {
        let PartyEntry { index, cause, commitment, content } = held;
        let content = content.map(|content| content.encode()).transpose();
        let content = content
            .map_err(|error| DeskError::damaged(format!("entry {index}: {error}")))?
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(EntryForm { index, cause, commitment, content })
    }

    pub(super) fn read(self) -> Result<PartyEntry, DeskError> {
        let EntryForm { index, cause, commitment, content } = self;
        let content = content.map(|text| Content::decode(text.as_bytes())).transpose();
        let content =
            content.map_err(|error| DeskError::Agent(format!("entry {index}: {error}")))?;
        Ok(PartyEntry { index, cause, commitment, content })
    }
}

/// What an opened desk answers to a request that needs no line and changes nothing of the agent itself.
///
/// # Errors
/// As the desk's methods.
pub(super) fn answer(
    desk: &mut Desk,
    request: LocalRequest,
    now: UtcSecond,
) -> Result<LocalAnswer, DeskError> {
    match request {
        LocalRequest::View => Ok(LocalAnswer::View(Box::new(DeskView::of(desk)))),
        LocalRequest::Status => Ok(LocalAnswer::Status(Box::new(DeskStatus::of(desk)?))),
        LocalRequest::Entries { from, limit } => {
            let mut held = desk.entries(from)?;
            held.truncate(usize::try_from(limit.min(MAX_READ)).unwrap_or(usize::MAX));
            let forms = held.into_iter().map(EntryForm::of).collect::<Result<_, _>>()?;
            Ok(LocalAnswer::Entries(forms))
        }
        LocalRequest::Link { key } => Ok(LocalAnswer::Link(desk.next_link(&key))),
        LocalRequest::File { envelope, key, instead_of } => {
            let kept = desk.file_signed(&envelope, &key, instead_of.as_ref())?;
            Ok(kept.map_or_else(LocalAnswer::Race, LocalAnswer::Kept))
        }
        LocalRequest::WhatBecame { statement } => {
            Ok(LocalAnswer::Became(what_became(desk, &statement)?))
        }
        LocalRequest::Settled { statement, index, .. } => {
            Ok(LocalAnswer::Settled(is_settled(desk, &statement, index)))
        }
        LocalRequest::Dismiss { statement } => desk.dismiss(&statement).map(|()| LocalAnswer::Done),
        LocalRequest::EraseOwn => desk.erase_own(now).map(LocalAnswer::Erased),
        LocalRequest::Meet { note } => Ok(LocalAnswer::Met(desk.meet(note.as_bytes(), now)?)),
        LocalRequest::Compare { digits } => {
            let compared = desk.compare_spoken(&digits)?;
            desk.note_comparison(compared)?;
            Ok(LocalAnswer::Compared(compared))
        }
        LocalRequest::ExportStatements { file, statements } => {
            desk.export_statements(&file, &statements, now).map(|()| LocalAnswer::Done)
        }
        LocalRequest::ImportStatements { file } => imported(desk, &file, now),
        LocalRequest::TypeIn { from, text } => {
            desk.type_in(&from, &text, now).map(LocalAnswer::VoiceText)
        }
        LocalRequest::NoteAnswer { number, answer } => {
            let answer = serde_json::from_str(&answer)
                .map_err(|error| DeskError::Refused(format!("it was not noted: {error}")))?;
            desk.note_answer(number, &answer, now).map(LocalAnswer::VoiceText)
        }
        LocalRequest::ForgetVoiceText { number } => {
            desk.forget_voice_text(number).map(|()| LocalAnswer::Done)
        }
        LocalRequest::ExportRecord { dir } => desk.export(&dir).map(|()| LocalAnswer::Done),
        LocalRequest::Prove { dir, entries } => {
            desk.prove(&dir, &entries).map(|()| LocalAnswer::Done)
        }
        LocalRequest::ProveDeclaration { dir, declaration } => {
            desk.prove_declaration(&dir, declaration).map(|()| LocalAnswer::Done)
        }
        LocalRequest::Hello { .. }
        | LocalRequest::Sync
        | LocalRequest::Send { .. }
        | LocalRequest::Follow
        | LocalRequest::Stop => {
            Err(DeskError::Agent(format!("{}: no opened desk answers that", request.word())))
        }
    }
}

fn imported(
    desk: &mut Desk,
    file: &std::path::Path,
    now: UtcSecond,
) -> Result<LocalAnswer, DeskError> {
    // What is read to its end without one would hold up everything else that the desk has to do.
    let there = std::fs::metadata(file).map_err(|error| DeskError::file(file, error))?;
    if !there.is_file() {
        return Err(DeskError::file(
            file,
            "is no file: a desk that runs takes statements out of a file alone",
        ));
    }
    let taken = desk.take_file(file, now)?;
    Ok(LocalAnswer::Imported(taken.into_iter().map(|(_, envelope)| envelope).collect()))
}

/// The statements of these envelopes.
pub(super) fn statements_of(envelopes: &[String]) -> Result<Vec<Statement>, DeskError> {
    let read = |envelope: &String| {
        let signed = SignedStatement::parse(envelope.as_bytes())?;
        read_statement(&signed).map_err(|error| DeskError::Refused(error.to_string()))
    };
    envelopes.iter().map(read).collect()
}

/// Whether a statement that was promised at an index stands in the record, as far as it was read.
pub(super) fn is_settled(desk: &Desk, statement: &Hash, index: u64) -> bool {
    !desk.queued().any(|item| item.statement == *statement) && desk.head().size > index
}

/// What became of a statement.
pub(super) fn what_became(desk: &Desk, statement: &Hash) -> Result<StatementFate, DeskError> {
    let stands = desk.renamed.iter().rev().find(|(name, _)| name == statement);
    let statement = stands.map_or(statement, |(_, stands)| stands);
    if let Some(item) = desk.queued().find(|item| item.statement == *statement) {
        return Ok(match item.fate.clone() {
            Fate::Waiting { tried } => StatementFate::Waiting { tried },
            Fate::Promised { index, outcome, refusal, deadline, .. } => {
                StatementFate::Promised { index, outcome, refusal, deadline }
            }
            Fate::TooLate { .. } => StatementFate::TooLate,
            Fate::Refused { detail } => StatementFate::Refused { detail },
        });
    }
    // The latest first: mostly what was just said is asked for.
    let mut until = desk.held();
    while until > 0 {
        let from = until.saturating_sub(MAX_READ);
        for held in desk.entries(from)?.into_iter().take((until - from) as usize).rev() {
            match held.content.map(|content| content.entry.what) {
                Some(What::Accepted(said)) if said.hash == *statement => {
                    return Ok(StatementFate::InRecord { index: held.index, refusal: None });
                }
                Some(What::Refused(said, why)) if said.hash == *statement => {
                    return Ok(StatementFate::InRecord { index: held.index, refusal: Some(why) });
                }
                _ => {}
            }
        }
        until = from;
    }
    Ok(StatementFate::Unknown)
}
