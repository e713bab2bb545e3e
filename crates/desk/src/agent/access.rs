//! A desk, whoever has it open: this process itself, or an agent that is asked. The answers are the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deconflict_api::{LocalRequest, MAX_WAIT_MS, NextLink};
use deconflict_core::{DeclarationId, Say, Statement};
use deconflict_record::{Hash, Head, SignedStatement, SigningKey, StatementId, UtcSecond};
use deconflict_store::StoreError;

use super::answer::{LocalAnswer, StatementFate, answer, statements_of, what_became};
#[cfg(unix)]
use super::client::{AgentClient, Follower, NoAnswer};
use super::view::{DeskStatus, DeskView};
use crate::desk::{Desk, Settings};
use crate::entries::{Held, MAX_READ};
use crate::error::DeskError;
use crate::filing::Sent;
use crate::line::Line;
use crate::outbox::Queued;
use crate::read_out::Compared;
use crate::signing::{sign_anew, sign_statement};
use crate::sync::{Keys, Synced};

/// How often a statement is signed anew for one that came before it, before something must be wrong.
const MOST_RACES: usize = 16;
/// How often a desk that another process has open is tried.
const TRY: Duration = Duration::from_millis(50);
/// How often the record is read on while a statement is looked for in it.
const LOOK: Duration = Duration::from_millis(100);

/// The line and the keys of whoever opens a desk itself. An agent has its own, and this is not asked.
pub trait Reach {
    /// The line, and the keys to read and to file with.
    ///
    /// # Errors
    /// When a key cannot be unlocked or the host's address is none.
    fn reach(&mut self) -> Result<(&mut dyn Line, Keys<'_>), DeskError>;
}

/// A desk, opened by this process or by an agent.
#[derive(Debug)]
pub enum DeskAccess {
    /// This process has it open: no other can.
    Opened(Box<Desk>),
    /// An agent has it open, and is asked.
    #[cfg(unix)]
    Agent(AgentClient),
}

/// Something that the agent answers and was not asked for.
fn other_answer() -> DeskError {
    DeskError::Agent("the desk's agent answers something else than it was asked".into())
}

impl DeskAccess {
    /// The desk in a folder: of the agent that runs there, else opened here. One that another process has
    /// open without being asked is waited for, so long.
    ///
    /// # Errors
    /// As [`Desk::open`], and when the agent is another user's or of another release.
    pub fn open(dir: &Path, patience: Duration) -> Result<DeskAccess, DeskError> {
        let begun = Instant::now();
        loop {
            #[cfg(unix)]
            if let Some(agent) = AgentClient::find(dir)? {
                return Ok(DeskAccess::Agent(agent));
            }
            match Desk::open(dir) {
                // An agent that begins has opened the desk before it lets others in.
                Err(DeskError::Store(StoreError::Held { .. })) if begun.elapsed() < patience => {
                    std::thread::sleep(TRY);
                }
                opened => return Ok(DeskAccess::Opened(Box::new(opened?))),
            }
        }
    }

    /// Whether an agent is asked.
    pub fn is_agent(&self) -> bool {
        !matches!(self, DeskAccess::Opened(_))
    }

    fn ask(&mut self, request: LocalRequest, now: UtcSecond) -> Result<LocalAnswer, DeskError> {
        match self {
            DeskAccess::Opened(desk) => answer(desk, request, now),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => agent.ask(&request),
        }
    }

    fn done(&mut self, request: LocalRequest, now: UtcSecond) -> Result<(), DeskError> {
        match self.ask(request, now)? {
            LocalAnswer::Done => Ok(()),
            _ => Err(other_answer()),
        }
    }

    /// Where it stands and what its party may see.
    ///
    /// # Errors
    /// As [`DeskView::of`]; when the agent does not answer.
    pub fn view(&mut self) -> Result<DeskView, DeskError> {
        match self {
            DeskAccess::Opened(desk) => DeskView::of(desk),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::View)? {
                LocalAnswer::View(view) => Ok(*view),
                _ => Err(other_answer()),
            },
        }
    }

    /// Where it stands.
    ///
    /// # Errors
    /// As [`DeskAccess::view`].
    pub fn status(&mut self) -> Result<DeskStatus, DeskError> {
        match self {
            DeskAccess::Opened(desk) => DeskStatus::of(desk),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::Status)? {
                LocalAnswer::Status(status) => Ok(*status),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::entries`].
    ///
    /// # Errors
    /// As [`Desk::entries`]; when the agent does not answer.
    pub fn entries(&mut self, from: u64) -> Result<Vec<Held>, DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.entries(from),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                match agent.ask(&LocalRequest::Entries { from, limit: MAX_READ })? {
                    LocalAnswer::Entries(entries) => {
                        entries.into_iter().map(super::EntryForm::read).collect()
                    }
                    _ => Err(other_answer()),
                }
            }
        }
    }

    /// Reads on now, as [`Desk::sync_telling`]. An agent reads on with its own keys, tells nothing meanwhile,
    /// and may have read before what is new to whoever asks.
    ///
    /// # Errors
    /// As [`Desk::sync`]; when the agent does not answer.
    pub fn sync(
        &mut self,
        reach: &mut dyn Reach,
        now: UtcSecond,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Synced, DeskError> {
        match self {
            DeskAccess::Opened(desk) => {
                let (line, keys) = reach.reach()?;
                desk.sync_telling(line, &keys, now, progress)
            }
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::Sync)? {
                LocalAnswer::Synced(synced) => Ok(synced),
                _ => Err(other_answer()),
            },
        }
    }

    /// Signs what an operator says and keeps it to be sent, as [`Desk::file`]. The key stays here: an agent
    /// gets the envelope.
    ///
    /// # Errors
    /// As [`Desk::file`]. Where the agent ends before it answers, the error says whether the statement is kept.
    pub fn file(
        &mut self,
        settings: &Settings,
        say: &Say,
        key: &SigningKey,
        valid_until: Option<UtcSecond>,
    ) -> Result<Queued, DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.file(say, key, valid_until),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                let link = LocalRequest::Link { key: key.verifying_key().id() };
                let LocalAnswer::Link(mut link) = agent.ask(&link)? else {
                    return Err(other_answer());
                };
                let mut drawn = [0; 16];
                getrandom::fill(&mut drawn)
                    .map_err(|error| DeskError::Refused(error.to_string()))?;
                for _ in 0..MOST_RACES {
                    let id = StatementId(drawn);
                    let signed = sign_statement(settings, say, key, link, id, valid_until)?;
                    match hand_in(agent, &signed, key, None)? {
                        Ok(queued) => return Ok(queued),
                        Err(next) => link = next,
                    }
                }
                Err(too_many_races())
            }
        }
    }

    /// Sends what waits, as [`Desk::send`]: with what came of one statement, or of all that waited. An agent
    /// sends in its own session; what must be signed anew is signed here, if the key is among these.
    ///
    /// # Errors
    /// As [`Desk::send`]; when the agent does not answer.
    pub fn send(
        &mut self,
        statement: Option<Hash>,
        reach: &mut dyn Reach,
        operators: &[&SigningKey],
        now: UtcSecond,
    ) -> Result<Sent, DeskError> {
        match self {
            DeskAccess::Opened(desk) => {
                let (line, keys) = reach.reach()?;
                desk.send(line, &keys, operators, now)
            }
            #[cfg(unix)]
            DeskAccess::Agent(agent) => send_by(agent, statement, operators),
        }
    }

    /// Reads on until the record shows a statement that was promised at an index, for a while; whether it
    /// does. A line that goes down leaves the promise.
    ///
    /// # Errors
    /// As [`Desk::sync`], but for the line; when the agent does not answer.
    pub fn look_for(
        &mut self,
        (statement, index): (Hash, u64),
        reach: &mut dyn Reach,
        clock: impl Fn() -> UtcSecond,
        patience: Duration,
    ) -> Result<bool, DeskError> {
        let begun = Instant::now();
        loop {
            if let DeskAccess::Opened(desk) = self {
                let (line, keys) = reach.reach()?;
                match desk.sync(line, &keys, clock()) {
                    Err(DeskError::Line(_)) => return Ok(false),
                    synced => synced.map(drop)?,
                }
            }
            let left = patience.saturating_sub(begun.elapsed());
            let wait_ms = u64::try_from(left.as_millis()).unwrap_or(MAX_WAIT_MS).min(MAX_WAIT_MS);
            let settled = LocalRequest::Settled { statement, index, wait_ms };
            match self.ask(settled, clock())? {
                LocalAnswer::Settled(true) => return Ok(true),
                LocalAnswer::Settled(false) => {}
                _ => return Err(other_answer()),
            }
            if begun.elapsed() >= patience {
                return Ok(false);
            }
            if !self.is_agent() {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// What became of a statement, as far as the desk knows.
    ///
    /// # Errors
    /// When the store is damaged; when the agent does not answer.
    pub fn what_became(&mut self, statement: Hash) -> Result<StatementFate, DeskError> {
        match self {
            DeskAccess::Opened(desk) => what_became(desk, &statement),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::WhatBecame { statement })? {
                LocalAnswer::Became(fate) => Ok(fate),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::dismiss`].
    ///
    /// # Errors
    /// As [`Desk::dismiss`]; when the agent does not answer.
    pub fn dismiss(&mut self, statement: Hash, now: UtcSecond) -> Result<(), DeskError> {
        self.done(LocalRequest::Dismiss { statement }, now)
    }

    /// As [`Desk::meet`].
    ///
    /// # Errors
    /// As [`Desk::meet`]; when the agent does not answer.
    pub fn meet(&mut self, note: &[u8], now: UtcSecond) -> Result<Head, DeskError> {
        if let DeskAccess::Opened(desk) = self {
            return desk.meet(note, now);
        }
        // A note is text: what is none is refused in the words of one.
        let note = String::from_utf8_lossy(note).into_owned();
        match self.ask(LocalRequest::Meet { note }, now)? {
            LocalAnswer::Met(head) => Ok(head),
            _ => Err(other_answer()),
        }
    }

    /// As [`Desk::compare_spoken`].
    ///
    /// # Errors
    /// As [`Desk::compare_spoken`]; when the agent does not answer.
    pub fn compare_spoken(&mut self, text: &str, now: UtcSecond) -> Result<Compared, DeskError> {
        match self.ask(LocalRequest::Compare { digits: text.to_owned() }, now)? {
            LocalAnswer::Compared(compared) => Ok(compared),
            _ => Err(other_answer()),
        }
    }

    /// As [`Desk::export_statements`].
    ///
    /// # Errors
    /// As [`Desk::export_statements`]; when the agent does not answer.
    pub fn export_statements(
        &mut self,
        file: &Path,
        which: &[Hash],
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        let file = self.path(file)?;
        self.done(LocalRequest::ExportStatements { file, statements: which.to_vec() }, now)
    }

    /// As [`Desk::import_statements`].
    ///
    /// # Errors
    /// As [`Desk::import_statements`]; when the agent does not answer.
    pub fn import_statements(
        &mut self,
        file: &Path,
        now: UtcSecond,
    ) -> Result<Vec<Statement>, DeskError> {
        let file = self.path(file)?;
        match self.ask(LocalRequest::ImportStatements { file }, now)? {
            LocalAnswer::Imported(envelopes) => statements_of(&envelopes),
            _ => Err(other_answer()),
        }
    }

    /// As [`Desk::export`].
    ///
    /// # Errors
    /// As [`Desk::export`]; when the agent does not answer.
    pub fn export(&mut self, dir: &Path, now: UtcSecond) -> Result<(), DeskError> {
        let dir = self.path(dir)?;
        self.done(LocalRequest::ExportRecord { dir }, now)
    }

    /// As [`Desk::prove`].
    ///
    /// # Errors
    /// As [`Desk::prove`]; when the agent does not answer.
    pub fn prove(
        &mut self,
        dir: &Path,
        entries: &BTreeSet<u64>,
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        let dir = self.path(dir)?;
        self.done(LocalRequest::Prove { dir, entries: entries.clone() }, now)
    }

    /// As [`Desk::prove_declaration`].
    ///
    /// # Errors
    /// As [`Desk::prove_declaration`]; when the agent does not answer.
    pub fn prove_declaration(
        &mut self,
        dir: &Path,
        declaration: DeclarationId,
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        let dir = self.path(dir)?;
        self.done(LocalRequest::ProveDeclaration { dir, declaration }, now)
    }

    /// A path as whoever writes there takes it: an agent works in another folder.
    fn path(&self, path: &Path) -> Result<PathBuf, DeskError> {
        if !self.is_agent() {
            return Ok(path.to_path_buf());
        }
        let whole = std::path::absolute(path).map_err(|error| DeskError::file(path, error))?;
        match whole.to_str() {
            Some(_) => Ok(whole),
            None => Err(DeskError::file(
                path,
                "its name is no UTF-8, which the desk's agent is asked in: give another name",
            )),
        }
    }

    /// The changes from now on, where an agent tells of them; `None`: this process has the desk open, and
    /// reads on itself.
    ///
    /// # Errors
    /// When the agent does not answer.
    #[cfg(unix)]
    pub fn follow(&self) -> Result<Option<Follower>, DeskError> {
        match self {
            DeskAccess::Opened(_) => Ok(None),
            DeskAccess::Agent(agent) => agent.follow().map(Some),
        }
    }
}

fn too_many_races() -> DeskError {
    DeskError::Refused(
        "others go on saying things with this key before this one could be kept: nothing was kept; find \
         out who else uses the key"
            .into(),
    )
}

/// Hands a signed statement in; `Err` within `Ok`: it must follow this link.
#[cfg(unix)]
fn hand_in(
    agent: &AgentClient,
    signed: &SignedStatement,
    key: &SigningKey,
    instead_of: Option<Hash>,
) -> Result<Result<Queued, NextLink>, DeskError> {
    let envelope = String::from_utf8_lossy(&signed.envelope().encode()).into_owned();
    let request = LocalRequest::File { envelope, key: key.verifying_key(), instead_of };
    match agent.try_to_ask(&request) {
        Ok(LocalAnswer::Kept(queued)) => Ok(Ok(queued)),
        Ok(LocalAnswer::Race(link)) => Ok(Err(link)),
        Ok(_) => Err(other_answer()),
        Err(NoAnswer::Gone(why)) => Err(DeskError::Agent(after_a_lost_answer(agent, signed, &why))),
        Err(error) => Err(error.into()),
    }
}

/// Whether a statement is kept although the agent ended before it said so.
#[cfg(unix)]
fn after_a_lost_answer(agent: &AgentClient, signed: &SignedStatement, why: &str) -> String {
    /// How long an agent that is being ended may take to close the desk.
    const PATIENCE: Duration = Duration::from_secs(10);
    let statement = signed.hash();
    let fate =
        DeskAccess::open(agent.dir(), PATIENCE).and_then(|mut desk| desk.what_became(statement));
    let ended = format!("the desk's agent ended before it answered ({why})");
    match fate {
        Ok(StatementFate::Unknown) => {
            format!("{ended}: statement {statement} was not kept, and nobody has it: say it again")
        }
        Ok(_) => format!(
            "{ended}: statement {statement} is kept durably in the desk's queue, and is sent by `deconflict desk \
             send` or `desk run`: do not say it again"
        ),
        Err(error) => format!(
            "{ended}, and whether statement {statement} is kept cannot be seen now ({error}): look with \
             `deconflict desk queue` before it is said again"
        ),
    }
}

/// Sends through an agent, and signs anew what must be.
#[cfg(unix)]
fn send_by(
    agent: &AgentClient,
    statement: Option<Hash>,
    operators: &[&SigningKey],
) -> Result<Sent, DeskError> {
    for _ in 0..MOST_RACES {
        let LocalAnswer::Sent { sent, stale } = agent.ask(&LocalRequest::Send { statement })?
        else {
            return Err(other_answer());
        };
        let ours = |one: &crate::signing::StaleLink| {
            operators.iter().find(|key| key.verifying_key().id() == one.key)
        };
        let Some((one, key)) = stale.iter().find_map(|one| Some((one, *ours(one)?))) else {
            return Ok(sent);
        };
        let LocalAnswer::Status(status) = agent.ask(&LocalRequest::Status)? else {
            return Err(other_answer());
        };
        let item = status.queue.iter().find(|item| item.statement == one.statement);
        // It went meanwhile: ask again.
        let Some(item) = item else { continue };
        let anew = sign_anew(&status.settings, &item.envelope, key, one.link)?;
        // Another one that came before it shows with the next answer.
        hand_in(agent, &anew, key, Some(one.statement))?.ok();
    }
    Err(too_many_races())
}
