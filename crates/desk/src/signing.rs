//! Statements that somebody else signs for this desk's queue: whoever holds the key signs, and hands in the
//! envelope. A key never comes here.

use std::borrow::Cow;

use deconflict_api::{NextLink, read_statement, say_json};
use deconflict_core::Say;
use deconflict_record::{
    Hash, Head, Header, KeyId, SignedStatement, SigningKey, StatementId, UtcSecond, VerifyingKey,
    leaf_hash,
};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::{Fate, QueuedStatement};
use crate::settings::Settings;

/// A statement that waits and no longer follows the one before it: whoever holds its key must sign it anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaleLink {
    /// The statement.
    pub statement: Hash,
    /// Its key.
    pub key: KeyId,
    /// What it must say of those before it.
    pub link: NextLink,
}

/// Signs what an operator says, to follow a link.
///
/// # Errors
/// When it is too long, or nothing that can be said.
pub fn sign_statement(
    settings: &Settings,
    say: &Say,
    key: &SigningKey,
    link: NextLink,
    id: StatementId,
    valid_until: Option<UtcSecond>,
) -> Result<SignedStatement, DeskError> {
    let json = say_json(say).map_err(|error| DeskError::Refused(error.to_string()))?;
    sign_json(settings, &json, key, link, (id, valid_until))
}

/// The same statement, signed to follow another link.
///
/// # Errors
/// When the envelope is none, or not of this key.
pub fn sign_anew(
    settings: &Settings,
    envelope: &str,
    key: &SigningKey,
    link: NextLink,
) -> Result<SignedStatement, DeskError> {
    let before = SignedStatement::parse(envelope.as_bytes())?;
    let header = before.claimed_header();
    sign_json(settings, before.claimed_say(), key, link, (header.id, header.valid_until))
}

fn sign_json(
    settings: &Settings,
    say: &str,
    key: &SigningKey,
    NextLink { seq, prev, seen, clock_ahead_s }: NextLink,
    (id, valid_until): (StatementId, Option<UtcSecond>),
) -> Result<SignedStatement, DeskError> {
    let say = of_number(say, seq)?;
    let header = Header {
        space: settings.space.clone(),
        party: settings.party.to_string(),
        key: key.verifying_key().id(),
        seq,
        prev,
        seen,
        valid_until,
        clock_ahead_s,
        id,
    };
    let statement = SignedStatement::sign(header, &say, key)?;
    read_statement(&statement).map_err(|error| DeskError::Refused(error.to_string()))?;
    Ok(statement)
}

/// Whether what is said is that a number is void.
pub(crate) fn is_void(say: &str) -> bool {
    say.starts_with(r#"{"void":"#)
}

/// What names what a statement says and until when it is to be applied, however often it is signed: a void one says the
/// same under each number.
pub(crate) fn words_of(statement: &SignedStatement) -> Hash {
    let say = statement.claimed_say();
    let say = if is_void(say) { "void" } else { say };
    let until = statement.claimed_header().valid_until.map(|until| until.to_string());
    leaf_hash(format!("{}\n{say}", until.unwrap_or_default()).as_bytes())
}

/// What is said by a key's statement of this number: of a void one, the number is its own.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn of_number(say: &str, number: u64) -> Result<Cow<'_, str>, DeskError> {
    if !is_void(say) {
        return Ok(Cow::Borrowed(say));
    }
    let own = say_json(&Say::Void { number });
    Ok(Cow::Owned(own.map_err(|error| DeskError::Refused(error.to_string()))?))
}

impl Desk {
    /// What the next statement of a key must say of those before it, as this desk knows them.
    pub fn next_link(&self, key: &KeyId) -> NextLink {
        self.link_until(key, None)
    }

    /// What was seen of the record by whoever reads what this desk shows: under a verified head, as far as the entries
    /// that the party was given were read.
    pub(crate) fn seen(&self) -> Option<Head> {
        let (head, size) = (self.signed_head()?.claimed().head(), self.copy.progress().next_cause);
        if size >= head.size {
            return Some(head);
        }
        let root = self.copy.root_at(size).ok().flatten().filter(|_| size > 0)?;
        Some(Head { size, root })
    }

    fn link_until(&self, key: &KeyId, until: Option<u64>) -> NextLink {
        let (seq, prev) = self.outbox.link(self.copy.chains(), key, until, &self.put_off);
        NextLink { seq, prev, seen: self.seen(), clock_ahead_s: self.clock_ahead_s }
    }

    /// Keeps a statement that this key has signed, to be sent ([`Desk::send`]): durable when this returns.
    /// `Err` within `Ok`: another of its key came before it, and it must follow this link. One that stands in
    /// the queue already is kept once.
    ///
    /// `instead_of` names one of those that [`Desk::stale_links`] tells, whose place it takes.
    ///
    /// # Errors
    /// When it is of another space or party, not signed by this key, or the key is known as another's; when
    /// too much waits already, or the disk fails; [`DeskError::Caught`].
    pub fn file_signed(
        &mut self,
        envelope: &str,
        key: &VerifyingKey,
        instead_of: Option<&Hash>,
    ) -> Result<Result<QueuedStatement, NextLink>, DeskError> {
        self.keep_signed(envelope, key, instead_of, None)
    }

    /// [`Desk::file_signed`] for whoever sends it as soon as this returns: it is kept as one that may have been
    /// sent, in one write instead of two, unless its time is over `now` and it will not be.
    pub(crate) fn file_to_send(
        &mut self,
        envelope: &str,
        key: &VerifyingKey,
        now: UtcSecond,
    ) -> Result<Result<QueuedStatement, NextLink>, DeskError> {
        self.keep_signed(envelope, key, None, Some(now))
    }

    fn keep_signed(
        &mut self,
        envelope: &str,
        key: &VerifyingKey,
        instead_of: Option<&Hash>,
        sent_at: Option<UtcSecond>,
    ) -> Result<Result<QueuedStatement, NextLink>, DeskError> {
        self.not_caught()?;
        let refused = |fault: String| DeskError::Refused(format!("it was not kept: {fault}"));
        let statement = SignedStatement::parse(envelope.as_bytes())?;
        let (header, _) =
            statement.verify(key).map_err(|error| refused(format!("its signature: {error}")))?;
        let header = header.clone();
        if header.space != self.settings().space || header.party != self.settings().party.as_str() {
            return Err(refused(format!(
                "it is said by `{}` in `{}`, and this desk speaks for `{}` in `{}`",
                header.party.escape_debug(),
                header.space.escape_debug(),
                self.settings().party,
                self.settings().space
            )));
        }
        self.may_speak(&header.key)?;
        read_statement(&statement).map_err(|error| refused(error.to_string()))?;
        if let Some(kept) = self.queued().find(|item| item.statement == statement.hash()) {
            return Ok(Ok(kept.clone()));
        }
        let sent_at = sent_at.map(|now| self.host_time_of(&header, now));
        let tried = sent_at.is_some_and(|now| header.valid_until.is_none_or(|until| now <= until));
        let fate = Fate::Waiting { tried };
        let queued = QueuedStatement { fate, ..QueuedStatement::new(&statement, true) };
        let slot = match instead_of {
            Some(old) => Some(self.stale_slot(old, &statement)?),
            None => None,
        };
        let link = self.link_until(&header.key, slot);
        if (header.seq, header.prev) != (link.seq, link.prev) {
            return Ok(Err(link));
        }
        self.change_outbox(|outbox| match slot.and_then(|slot| outbox.get_mut(slot)) {
            Some(item) => {
                *item = queued.clone();
                Ok(())
            }
            None => outbox.push(queued.clone()),
        })?;
        Ok(Ok(queued))
    }

    /// Where a stale statement waits that says the same as this one.
    fn stale_slot(&self, old: &Hash, anew: &SignedStatement) -> Result<u64, DeskError> {
        let stale = self.stale_slots().find(|(_, item, _)| item.statement == *old);
        let same = |before: &SignedStatement| {
            let (before, header) = (before.claimed_header(), anew.claimed_header());
            (before.key, before.id, before.valid_until)
                == (header.key, header.id, header.valid_until)
        };
        match stale {
            Some((slot, _, before))
                if same(&before)
                    && (before.claimed_say() == anew.claimed_say()
                        || (is_void(before.claimed_say()) && is_void(anew.claimed_say()))) =>
            {
                Ok(slot)
            }
            _ => Err(DeskError::Refused(format!(
                "statement {old} is not one that must be signed anew, or says something else: it was \
                 left as it is"
            ))),
        }
    }

    fn stale_slots(&self) -> impl Iterator<Item = (u64, &QueuedStatement, SignedStatement)> {
        self.outbox.numbers().into_iter().filter_map(|slot| {
            let item = self.outbox.get(slot)?;
            let waits = item.ours
                && matches!(item.fate, Fate::Waiting { .. })
                && !self.put_off.contains(&item.statement);
            let statement = item.read().filter(|_| waits)?;
            let header = statement.claimed_header();
            let link = self.outbox.link(self.copy.chains(), &header.key, Some(slot), &self.put_off);
            // The number that it was to make void is used: it goes when what waits is sent.
            let is_spent = is_void(statement.claimed_say()) && header.seq < link.0;
            ((header.seq, header.prev) != link && !is_spent).then_some((slot, item, statement))
        })
    }

    /// Statements of the queue that must be signed anew before they can be sent, in its order.
    pub fn stale_links(&self) -> Vec<StaleLink> {
        let stale = self.stale_slots().map(|(slot, item, statement)| {
            let header = statement.claimed_header();
            let key = header.key;
            // Signed anew, it is still said by who had read no further.
            let link = NextLink { seen: header.seen, ..self.link_until(&key, Some(slot)) };
            StaleLink { statement: item.statement, key, link }
        });
        stale.collect()
    }
}
