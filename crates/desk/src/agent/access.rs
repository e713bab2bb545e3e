//! A desk, whoever has it open: this process itself, or an agent that is asked. The answers are the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deconflict_api::{LocalRequest, MAX_WAIT_MS, NextLink};
use deconflict_core::{DeclarationId, Say};
use deconflict_record::{Hash, Head, SignedStatement, SigningKey, StatementId, UtcSecond};
use deconflict_store::StoreError;

use super::answer::{LocalAnswer, StatementFate, is_settled, what_became};
#[cfg(unix)]
use super::client::{AgentClient, Follower, NoAnswer};
use super::view::{DeskStatus, DeskView};
use crate::desk::Desk;
use crate::entries::{MAX_READ, PartyEntry};
use crate::error::DeskError;
use crate::line::Line;
use crate::outbox::SendReport;
use crate::outbox::{Fate, QueuedStatement};
use crate::read_out::HeadComparison;
use crate::settings::Settings;
use crate::signing::{sign_anew, sign_statement};
use crate::sync::{Keys, SyncReport};

/// How often a statement is signed anew for one that came before it, before something must be wrong.
const MOST_RACES: usize = 16;
/// How often a desk that another process has open is tried.
const TRY: Duration = Duration::from_millis(50);
/// How often the record is read on while a statement is looked for in it.
const LOOK: Duration = Duration::from_millis(100);

/// The line and the keys of whoever opens a desk itself. An agent has its own, and this is not asked.
pub trait Reach {
    /// Why it cannot be had; also what a desk's errors become.
    type Error: From<DeskError>;

    /// The line, and the keys to read and to file with.
    ///
    /// # Errors
    /// When a key cannot be unlocked or the host's address is none.
    fn reach(&mut self) -> Result<(&mut dyn Line, Keys<'_>), Self::Error>;
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
pub(super) fn other_answer() -> DeskError {
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

    /// Where it stands and what its party may see.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub fn view(&self) -> Result<DeskView, DeskError> {
        match self {
            DeskAccess::Opened(desk) => Ok(DeskView::of(desk)),
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
    /// As [`DeskStatus::of`]; when the agent does not answer.
    pub fn status(&self) -> Result<DeskStatus, DeskError> {
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
    pub fn entries(&self, from: u64) -> Result<Vec<PartyEntry>, DeskError> {
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
    pub fn sync<R: Reach>(
        &mut self,
        reach: &mut R,
        now: UtcSecond,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<SyncReport, R::Error> {
        match self {
            DeskAccess::Opened(desk) => {
                let (line, keys) = reach.reach()?;
                Ok(desk.sync_telling(line, &keys, now, progress)?)
            }
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::Sync)? {
                LocalAnswer::Synced(synced) => Ok(synced),
                _ => Err(other_answer().into()),
            },
        }
    }

    /// Signs what an operator says and keeps it to be sent, as [`Desk::file`]. The key stays here: an agent
    /// gets the envelope. `seen`: the head of what the operator was shown; what an agent has read since, he has not.
    ///
    /// # Errors
    /// As [`Desk::file`]. Where the agent ends before it answers, the error says whether the statement is kept.
    pub fn file(
        &mut self,
        (settings, seen): (&Settings, Option<Head>),
        say: &Say,
        key: &SigningKey,
        valid_until: Option<UtcSecond>,
    ) -> Result<QueuedStatement, DeskError> {
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
                    let of_shown = NextLink { seen, ..link };
                    let signed = sign_statement(settings, say, key, of_shown, id, valid_until)?;
                    match hand_in(agent, &signed, key, None)? {
                        Ok(queued) => return Ok(queued),
                        Err(next) => link = next,
                    }
                }
                Err(too_many_races())
            }
        }
    }

    /// Sends what waits, as [`Desk::send`]; what came of all that waited, or, of an agent, of one statement
    /// alone, also where it was sent before this was asked. What must be signed anew for the one statement to
    /// go is signed with the key that `reach` tells.
    ///
    /// # Errors
    /// As [`Desk::send`]; when the agent does not answer.
    pub fn send<R: Reach>(
        &mut self,
        statement: Option<Hash>,
        reach: &mut R,
        now: UtcSecond,
    ) -> Result<SendReport, R::Error> {
        match self {
            DeskAccess::Opened(desk) => {
                let (line, keys) = reach.reach()?;
                Ok(desk.send(line, &keys, &[keys.session], now)?)
            }
            #[cfg(unix)]
            DeskAccess::Agent(agent) => send_by(agent, statement, reach),
        }
    }

    /// Reads on until the record shows a statement that was promised at an index, for a while; whether it
    /// does. A line that goes down leaves the promise.
    ///
    /// # Errors
    /// As [`Desk::sync`], but for the line; when the agent does not answer.
    pub fn look_for<R: Reach>(
        &mut self,
        (statement, index): (Hash, u64),
        reach: &mut R,
        clock: impl Fn() -> UtcSecond,
        patience: Duration,
    ) -> Result<bool, R::Error> {
        let begun = Instant::now();
        loop {
            let left = patience.saturating_sub(begun.elapsed());
            let is_there = match self {
                DeskAccess::Opened(desk) => {
                    let (line, keys) = reach.reach()?;
                    match desk.sync(line, &keys, clock()) {
                        Err(DeskError::Line(_)) => return Ok(false),
                        synced => synced.map(drop)?,
                    }
                    is_settled(desk, &statement, index)
                }
                #[cfg(unix)]
                DeskAccess::Agent(agent) => {
                    let wait_ms = left.as_millis().try_into().unwrap_or(MAX_WAIT_MS);
                    let wait_ms = wait_ms.min(MAX_WAIT_MS);
                    match agent.ask(&LocalRequest::Settled { statement, index, wait_ms })? {
                        LocalAnswer::Settled(settled) => settled,
                        _ => return Err(other_answer().into()),
                    }
                }
            };
            if is_there || left.is_zero() {
                return Ok(is_there);
            }
            std::thread::sleep(LOOK.min(left));
        }
    }

    /// What became of a statement, as far as the desk knows.
    ///
    /// # Errors
    /// When the store is damaged; when the agent does not answer.
    pub fn what_became(&self, statement: Hash) -> Result<StatementFate, DeskError> {
        match self {
            DeskAccess::Opened(desk) => what_became(desk, &statement),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::WhatBecame { statement })? {
                LocalAnswer::Became(fate) => Ok(fate),
                _ => Err(other_answer()),
            },
        }
    }

    /// The number that is to be void, so that a statement of the queue whose time is over, or that the host did
    /// not take, can never be taken in by whoever has it: its own, or an earlier one that no statement of its key has
    /// yet. `None` where none is to be: it waits or was promised, is another party's, its number is used, or its key
    /// signs nothing any more.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub fn number_to_void(&self, item: &QueuedStatement) -> Result<Option<u64>, DeskError> {
        let over = matches!(item.fate, Fate::TooLate { .. } | Fate::Refused { .. });
        let (Some(key), Some(number)) = (item.key(), item.number()) else { return Ok(None) };
        let view = self.view()?;
        let is_revoked = view.ledger.keys.get(&key).is_some_and(|known| known.revoked.is_some());
        if !over || !item.ours || is_revoked {
            return Ok(None);
        }
        let next = match self {
            DeskAccess::Opened(desk) => desk.next_link(&key),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::Link { key })? {
                LocalAnswer::Link(next) => next,
                _ => return Err(other_answer()),
            },
        };
        Ok((number >= next.seq).then_some(next.seq))
    }

    /// As [`Desk::dismiss`].
    ///
    /// # Errors
    /// As [`Desk::dismiss`]; when the agent does not answer.
    pub fn dismiss(&mut self, statement: Hash) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.dismiss(&statement),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::Dismiss { statement })? {
                LocalAnswer::Done => Ok(()),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::erase_own`].
    ///
    /// # Errors
    /// As [`Desk::erase_own`]; when the agent does not answer.
    pub fn erase_own(&mut self, now: UtcSecond) -> Result<u64, DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.erase_own(now),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::EraseOwn)? {
                LocalAnswer::Erased(entries) => Ok(entries),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::meet`].
    ///
    /// # Errors
    /// As [`Desk::meet`]; when the agent does not answer.
    pub fn meet(&mut self, note: &[u8], now: UtcSecond) -> Result<Head, DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.meet(note, now),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent
                .ask(&LocalRequest::Meet { note: String::from_utf8_lossy(note).into_owned() })?
            {
                LocalAnswer::Met(head) => Ok(head),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::compare_spoken`], and [`Desk::note_comparison`] of what it finds.
    ///
    /// # Errors
    /// As [`Desk::compare_spoken`]; when the agent does not answer.
    pub fn compare_spoken(&mut self, text: &str) -> Result<HeadComparison, DeskError> {
        match self {
            DeskAccess::Opened(desk) => {
                let compared = desk.compare_spoken(text)?;
                desk.note_comparison(compared)?;
                Ok(compared)
            }
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                match agent.ask(&LocalRequest::Compare { digits: text.to_owned() })? {
                    LocalAnswer::Compared(compared) => Ok(compared),
                    _ => Err(other_answer()),
                }
            }
        }
    }

    /// As [`Desk::export`].
    ///
    /// # Errors
    /// As [`Desk::export`]; when the agent does not answer.
    pub fn export(&self, dir: &Path) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.export(dir),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                match agent.ask(&LocalRequest::ExportRecord { dir: whole(dir)? })? {
                    LocalAnswer::Done => Ok(()),
                    _ => Err(other_answer()),
                }
            }
        }
    }

    /// As [`Desk::prove`].
    ///
    /// # Errors
    /// As [`Desk::prove`]; when the agent does not answer.
    pub fn prove(&self, dir: &Path, entries: &BTreeSet<u64>) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.prove(dir, entries),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent
                .ask(&LocalRequest::Prove { dir: whole(dir)?, entries: entries.clone() })?
            {
                LocalAnswer::Done => Ok(()),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`Desk::prove_declaration`].
    ///
    /// # Errors
    /// As [`Desk::prove_declaration`]; when the agent does not answer.
    pub fn prove_declaration(&self, dir: &Path, id: DeclarationId) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.prove_declaration(dir, id),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent
                .ask(&LocalRequest::ProveDeclaration { dir: whole(dir)?, declaration: id })?
            {
                LocalAnswer::Done => Ok(()),
                _ => Err(other_answer()),
            },
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

/// A path as an agent takes it, which works in another folder.
#[cfg(unix)]
pub(super) fn whole(path: &Path) -> Result<PathBuf, DeskError> {
    let whole = std::path::absolute(path).map_err(|error| DeskError::file(path, error))?;
    match whole.to_str() {
        Some(_) => Ok(whole),
        None => Err(DeskError::file(
            path,
            "its name is no UTF-8, which the desk's agent is asked in: give another name",
        )),
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
) -> Result<Result<QueuedStatement, NextLink>, DeskError> {
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
    let fate = DeskAccess::open(agent.dir(), PATIENCE).and_then(|desk| desk.what_became(statement));
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

/// Sends through an agent, and signs anew what must be for one statement to go.
#[cfg(unix)]
fn send_by<R: Reach>(
    agent: &AgentClient,
    statement: Option<Hash>,
    reach: &mut R,
) -> Result<SendReport, R::Error> {
    for _ in 0..MOST_RACES {
        let LocalAnswer::Sent { sent, stale } = agent.ask(&LocalRequest::Send { statement })?
        else {
            return Err(other_answer().into());
        };
        if statement.is_none() || stale.is_empty() {
            return Ok(sent);
        }
        let (_, Keys { session, .. }) = reach.reach()?;
        let Some(one) = stale.iter().find(|one| one.key == session.verifying_key().id()) else {
            return Ok(sent);
        };
        let LocalAnswer::Status(status) = agent.ask(&LocalRequest::Status)? else {
            return Err(other_answer().into());
        };
        let item = status.queue.iter().find(|item| item.statement == one.statement);
        // It went meanwhile: ask again.
        let Some(item) = item else { continue };
        let anew = sign_anew(&status.settings, &item.envelope, session, one.link)?;
        // Another one that came before it shows with the next answer.
        let _ = hand_in(agent, &anew, session, Some(one.statement))?;
    }
    Err(DeskError::Refused(
        "others go on saying things with this key, so that what waits must be signed anew again and again: it \
         is kept in the desk's queue, do not say it again; find out who else uses the key"
            .into(),
    )
    .into())
}
