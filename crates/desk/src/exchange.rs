//! Signed statements from desk to desk, as a file, while there is no host.
//!
//! What is imported is verified against the keys that this desk knows, and kept to be logged when the
//! host is back: a statement is its author's, whoever carries it. Nothing of it enters the view before
//! it stands in the record.

use std::collections::BTreeSet;
use std::path::Path;

use deconflict_api::{Content, MAX_STATEMENT_BYTES, read_statement};
use deconflict_core::{MessageId, Say, Statement};
use deconflict_proof::{read_bounded, statement_of, write_durable};
use deconflict_record::{self as record, Hash, UtcSecond};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::{Fate, MAX_WAITING, QueuedStatement};

const MAX_STATEMENTS: usize = MAX_WAITING;
/// The most statements of other parties that wait at a time.
const MAX_CARRIED: usize = MAX_WAITING / 2;
/// The most of one other party.
const MAX_OF_PARTY: usize = 64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementsFile {
    v: u32,
    space: String,
    statements: Vec<String>,
}

impl Desk {
    /// Writes signed statements into a new file: any that this desk filed or was given. Who gets the
    /// file reads what they say. Of what waits here it is kept that it first went out in a file `now`.
    ///
    /// # Errors
    /// When this desk does not have one of them, there are too many, a file stands there, or the disk fails.
    pub fn export_statements(
        &mut self,
        file: &Path,
        which: &[Hash],
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        if which.len() > MAX_STATEMENTS {
            return Err(DeskError::Refused(format!(
                "{} statements: a file holds at most {MAX_STATEMENTS}",
                which.len()
            )));
        }
        let rows = self.copy.rows()?;
        let given = |hash: &Hash| {
            rows.iter().find_map(|row| {
                let content = Content::decode(&row.opening.as_ref()?.content).ok()?;
                let found = statement_of(&content).is_some_and(|s| s.hash == *hash);
                let envelope = content.envelope.filter(|_| found)?.encode();
                String::from_utf8(envelope).ok()
            })
        };
        let waiting = |hash: &Hash| {
            self.outbox.items().find(|i| i.statement == *hash).map(|item| item.envelope.clone())
        };
        let statements: Result<Vec<String>, DeskError> = which
            .iter()
            .map(|hash| {
                waiting(hash).or_else(|| given(hash)).ok_or_else(|| {
                    DeskError::Refused(format!("statement {hash}: this desk does not have it"))
                })
            })
            .collect();
        let space = self.settings.space.clone();
        let carried = StatementsFile { v: 1, space, statements: statements? };
        let bytes = serde_json::to_vec(&carried).map_err(|error| DeskError::file(file, error))?;
        write_durable(file, &bytes)?;
        self.change_outbox(|outbox| {
            outbox.went_by_file(which, now);
            Ok(())
        })
    }

    /// Reads statements from a file of another desk and keeps them to be logged, as having come `now`. All must be
    /// signed by keys that this desk knows as valid, or none is taken. What is kept or stands as a message in the record
    /// is not kept again.
    ///
    /// # Errors
    /// When one is not; when too much waits.
    pub fn import_statements(
        &mut self,
        file: &Path,
        now: UtcSecond,
    ) -> Result<Vec<Statement>, DeskError> {
        Ok(self.take_file(file, now)?.into_iter().map(|(statement, _)| statement).collect())
    }

    /// The same, with the envelopes.
    pub(crate) fn take_file(
        &mut self,
        file: &Path,
        now: UtcSecond,
    ) -> Result<Vec<(Statement, String)>, DeskError> {
        self.not_caught()?;
        let most = (MAX_STATEMENTS * MAX_STATEMENT_BYTES * 2) as u64;
        let bytes = read_bounded(file, most)?;
        let fault = |fault: String| DeskError::file(file, fault);
        let carried: StatementsFile =
            serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
        if carried.v != 1 || carried.space != self.settings.space {
            return Err(fault(format!(
                "is of the space `{}`, version {}: this desk is in `{}` and reads version 1",
                carried.space.escape_debug(),
                carried.v,
                self.settings.space
            )));
        }
        if carried.statements.len() > MAX_STATEMENTS {
            return Err(fault(format!("has more than {MAX_STATEMENTS} statements")));
        }
        let (mut read, mut queued) = (Vec::new(), Vec::new());
        for (nth, envelope) in carried.statements.iter().enumerate() {
            let (statement, item) = self
                .carry(envelope)
                .map_err(|error| fault(format!("statement {}: {error}", nth + 1)))?;
            if !self.view().dialogues.contains_key(&MessageId(statement.hash)) {
                queued.push(QueuedStatement { by_file: Some(now), ..item });
            }
            read.push((statement, envelope.clone()));
        }
        // What is kept already is kept once.
        let kept: BTreeSet<Hash> = self.queued().map(|item| item.statement).collect();
        let mut seen = BTreeSet::new();
        queued.retain(|item| !kept.contains(&item.statement) && seen.insert(item.statement));
        let over = self.make_room(&queued)?;
        self.change_outbox(|outbox| {
            over.iter().for_each(|statement| {
                outbox.logged(statement);
            });
            queued.into_iter().try_for_each(|item| outbox.push(item))
        })?;
        Ok(read)
    }

    /// What goes, so that there is room for these of other parties: those that the host did not take or whose time was
    /// over. No party takes the room of another, and what this desk itself says always has room.
    fn make_room(&self, new: &[QueuedStatement]) -> Result<BTreeSet<Hash>, DeskError> {
        let is_over = |item: &QueuedStatement| {
            matches!(item.fate, Fate::Refused { .. } | Fate::TooLate { .. })
        };
        let mut gone = BTreeSet::new();
        let authors: BTreeSet<String> = new.iter().filter_map(QueuedStatement::author).collect();
        for name in &authors {
            let of = |item: &&QueuedStatement| item.author().as_ref() == Some(name);
            let kept: Vec<_> = self.queued().filter(|item| !item.ours).filter(of).collect();
            let wanted = kept.len() + new.iter().filter(of).count();
            let over = kept.iter().filter(|item| is_over(item)).map(|item| item.statement);
            gone.extend(over.take(wanted.saturating_sub(MAX_OF_PARTY)));
            let waiting = kept.iter().filter(|item| !gone.contains(&item.statement)).count();
            if waiting + wanted - kept.len() > MAX_OF_PARTY {
                return Err(DeskError::Refused(format!(
                    "{waiting} statements of `{name}` wait here already, and this file has {} more: at most \
                     {MAX_OF_PARTY} of one party wait at a time; none of the file was taken (`deconflict desk queue` \
                     shows them)",
                    wanted - kept.len()
                )));
            }
        }
        let carried: Vec<_> =
            self.queued().filter(|item| !item.ours && !gone.contains(&item.statement)).collect();
        let too_many = (carried.len() + new.len()).saturating_sub(MAX_CARRIED);
        let over: Vec<_> = carried.iter().filter(|item| is_over(item)).collect();
        if over.len() < too_many {
            return Err(DeskError::Refused(format!(
                "{} statements of other parties wait here already, and this file has {} more: at most {MAX_CARRIED} \
                 wait at a time; none of it was taken",
                carried.len(),
                new.len()
            )));
        }
        gone.extend(over.iter().take(too_many).map(|item| item.statement));
        Ok(gone)
    }

    fn carry(&self, envelope: &str) -> Result<(Statement, QueuedStatement), String> {
        let signed = record::SignedStatement::parse(envelope.as_bytes())
            .map_err(|error| error.to_string())?;
        let statement = read_statement(&signed).map_err(|error| error.to_string())?;
        if signed.claimed_header().space != self.settings.space {
            return Err("it was made in another space".into());
        }
        if matches!(statement.say, Say::FoundSpace { .. }) {
            return Err("a space is not founded by post".into());
        }
        let mut keys = Vec::new();
        for id in signed.envelope().claimed_signers() {
            match self.copy.view().keys.get(&id).filter(|key| key.revoked.is_none()) {
                Some(key) if id != statement.key || key.party == statement.party => {
                    keys.push(key.key);
                }
                _ => return Err(format!("key {} is not a valid one of its party", id.short())),
            }
        }
        signed.envelope().verify(&keys).map_err(|error| error.to_string())?;
        Ok((statement, QueuedStatement::new(&signed, false)))
    }
}
