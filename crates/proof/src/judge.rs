//! What must hold of an entry before it is folded.

use std::collections::BTreeMap;
use std::fmt;

use deconflict_api::Content;
use deconflict_core::{Entry, Ledger, PartyId, Say, Statement, What};
use deconflict_record::{Envelope, Hash, Head, KeyId, StatementId, VerifyingKey, opens};
use serde::{Deserialize, Serialize};

use crate::offence::Dishonesty;
use crate::overruling::Overruling;
use crate::signers::signing_keys;

/// An entry whose bytes open its commitment and whose signatures hold.
#[derive(Clone, Debug)]
pub struct VerifiedEntry {
    /// Its place in the record.
    pub index: u64,
    /// What it says.
    pub content: Content,
    /// What of its statement was judged, if it is one.
    pub statement: Option<StatementHeader>,
}

/// Why an entry cannot stand in an honest record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EntryFault {
    /// The content does not open the commitment: it is not what the record holds.
    NotTheEntry,
    /// The record holds it, and it is not what an honest host logs.
    NotHonest(Dishonesty),
}

/// How far the chains of a party's own keys have come: of these it is given every statement.
///
/// Not taken from the ledger, in which a key begins anew when its enrolment is given once more to a
/// party that comes back.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chains {
    last: BTreeMap<KeyId, (u64, Hash)>,
    /// What was erased leaves holes that prove nothing.
    pub erased: bool,
}

impl Chains {
    /// The number and name of a key's last statement.
    pub fn last(&self, key: &KeyId) -> (u64, Option<Hash>) {
        self.last.get(key).map_or((0, None), |(seq, hash)| (*seq, Some(*hash)))
    }

    /// Takes in that a statement is the last of its key, if it is.
    pub fn note(&mut self, statement: &StatementHeader) {
        if statement.seq > self.last(&statement.key).0 {
            self.last.insert(statement.key, (statement.seq, statement.hash));
        }
    }
}

/// Who judges entries by what stands before them in the record.
///
/// It knows of no file, no store and no line, so that whoever takes entries in can ask it: a desk, the
/// verifier of a folder, and a host of what it is to log.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// The space.
    pub space: &'a str,
    /// Whose desk this is, and how far its chains have come; `None` where they are not whole.
    pub own: Option<(&'a PartyId, &'a Chains)>,
    /// What follows from the entries before, as far as they govern others.
    pub ledger: &'a Ledger,
    /// The statement that began the space, where it is pinned.
    pub founding: Option<Hash>,
    /// The key of the record's heads.
    pub log: &'a VerifyingKey,
    /// What the party whose desk asks set aside: an entry is taken as it stands where one of these says so.
    pub overruled: &'a [Overruling],
}

/// What of a statement is judged by what stands before it, whatever it says.
#[derive(Clone, Debug)]
pub struct StatementHeader {
    /// Whose it is.
    pub party: PartyId,
    /// The author's key.
    pub key: KeyId,
    /// What names it.
    pub hash: Hash,
    /// Its number among those of its key, from 1.
    pub seq: u64,
    /// The statement of that key before it.
    pub prev: Option<Hash>,
    /// What names what its author meant to say, however often that was signed.
    pub id: StatementId,
    /// The head that its author had verified.
    pub seen: Option<Head>,
    /// Whether it takes effect.
    pub accepted: bool,
    signers: Vec<KeyId>,
    /// The space that it was made in, where that is another one.
    elsewhere: Option<String>,
}

impl StatementHeader {
    /// Reads an entry that is to be of this space, and what of it is judged, if it is a statement.
    ///
    /// # Errors
    /// When the bytes are no entry.
    pub fn read(
        space: &str,
        bytes: &[u8],
    ) -> Result<(Content, Option<StatementHeader>), EntryFault> {
        let read = Content::with_header(bytes);
        let (content, header) =
            read.map_err(|error| EntryFault::NotHonest(Dishonesty::Unreadable((&error).into())))?;
        let stated = match (statement_of(&content), &content.envelope, header) {
            (Some(statement), Some(envelope), Some(header)) => Some(StatementHeader {
                party: statement.party.clone(),
                key: statement.key,
                hash: statement.hash,
                seq: statement.seq,
                prev: statement.prev,
                id: header.id,
                seen: statement.seen,
                accepted: matches!(content.entry.what, What::Accepted(_)),
                signers: envelope.claimed_signers().collect(),
                elsewhere: (header.space != space).then_some(header.space),
            }),
            _ => None,
        };
        Ok((content, stated))
    }
}

/// Whether later entries are judged by it, or more is told of it than that it stands there: of any other,
/// nothing but what [`StatementHeader`] holds needs to be kept.
pub(crate) fn matters(entry: &Entry) -> bool {
    !matches!(entry.what, What::Accepted(_)) || entry.governs()
}

impl Judge<'_> {
    /// Checks one entry, given by `cause`.
    ///
    /// # Errors
    /// When it is not what the record holds, or cannot stand in an honest record.
    pub fn check(
        &self,
        (index, cause): (u64, u64),
        commitment: &Hash,
        salt: &[u8; 32],
        bytes: &[u8],
    ) -> Result<VerifiedEntry, EntryFault> {
        if !opens(commitment, salt, bytes) {
            return Err(EntryFault::NotTheEntry);
        }
        let (content, stated) = StatementHeader::read(self.space, bytes)?;
        if let Some(stated) = &stated {
            let said = statement_of(&content);
            let judged = self.judge((index, cause), stated, said, content.envelope.as_ref());
            let set_aside = |why: &Dishonesty| self.overruled.iter().any(|o| o.is_of(index, why));
            if let Some(why) = judged.err().filter(|why| !set_aside(why)) {
                return Err(EntryFault::NotHonest(why));
            }
        }
        Ok(VerifiedEntry { index, content, statement: stated })
    }

    /// Checks a statement, given by `cause`. What it says is `None` only where it does not matter
    /// (`matters`); the envelope is `None` once all signatures in it have been verified by the keys of their
    /// ids, each of which is the hash of its key.
    ///
    /// # Errors
    /// When it cannot stand in an honest record.
    pub fn judge(
        &self,
        (index, cause): (u64, u64),
        stated: &StatementHeader,
        said: Option<&Statement>,
        unverified: Option<&Envelope>,
    ) -> Result<(), Dishonesty> {
        if let Some(space) = &stated.elsewhere {
            return Err(Dishonesty::OtherSpace { space: space.clone() });
        }
        let taken = said.filter(|_| stated.accepted);
        if let Some(statement) = taken
            && let Say::FoundSpace { charter } = &statement.say
        {
            self.founds(index, statement, charter)?;
        }
        let keys = self.signers(index, stated, said)?;
        if let Some(envelope) = unverified {
            envelope.verify(&keys)?;
        }
        if let Some(statement) = taken {
            self.consented(statement)?;
        }
        if let Some(key) = taken.and_then(|statement| statement.unproven(self.ledger)) {
            return Err(Dishonesty::KeyUnproven { key });
        }
        self.chain(stated, index < cause)
    }

    fn founds(
        &self,
        index: u64,
        statement: &Statement,
        charter: &deconflict_core::Charter,
    ) -> Result<(), Dishonesty> {
        if index != 0 || self.ledger.charter.is_some() {
            return Err(Dishonesty::FoundedAgain);
        }
        if let Some(known) = self.founding.filter(|known| *known != statement.hash) {
            return Err(Dishonesty::OtherFounding { found: statement.hash, known });
        }
        if charter.space != self.space || charter.host.key != *self.log {
            return Err(Dishonesty::OtherCharter);
        }
        let unsigned = charter.parties.iter().find(|m| !statement.signed_by.contains(&m.root.id()));
        match unsigned {
            Some(member) => Err(Dishonesty::CharterUnsigned { party: member.id.clone() }),
            None => Ok(()),
        }
    }

    /// The record moves, a party joins and the charter changes only by as many roots as the charter asks for.
    fn consented(&self, statement: &Statement) -> Result<(), Dishonesty> {
        let Some(charter) = &self.ledger.charter else { return Ok(()) };
        let (needed, without) = match &statement.say {
            Say::MoveHost { .. } => (vec![charter.consents.host], Dishonesty::MovedWithoutConsent),
            Say::Join { .. } => (vec![charter.consents.parties], Dishonesty::ChangedWithoutConsent),
            Say::AmendCharter { charter: next } => {
                (charter.consents_to(next), Dishonesty::ChangedWithoutConsent)
            }
            _ => return Ok(()),
        };
        let joined = self.ledger.joined();
        let signed = self.ledger.roots_among(&statement.signed_by);
        match needed.into_iter().all(|consent| consent.given(&joined, &signed)) {
            true => Ok(()),
            false => Err(without),
        }
    }

    /// The keys of those who sign, by the one rule that hosts take in by.
    fn signers(
        &self,
        index: u64,
        stated: &StatementHeader,
        said: Option<&Statement>,
    ) -> Result<Vec<VerifyingKey>, Dishonesty> {
        let brought = said.map(Statement::own_signers).unwrap_or_default();
        let author = (&stated.party, &stated.key);
        signing_keys(self.ledger, index, author, stated.signers.iter().copied(), &brought)
    }

    /// Of its own party a desk is given every statement: none may be missing.
    fn chain(&self, statement: &StatementHeader, given_later: bool) -> Result<(), Dishonesty> {
        let Some((_, chains)) = self.own.filter(|(party, _)| **party == statement.party) else {
            return Ok(());
        };
        let (seq, last) = chains.last(&statement.key);
        let follows = statement.seq == seq + 1 && statement.prev == last;
        let again = given_later && statement.seq <= seq;
        if follows || again || (chains.erased && statement.seq > seq) {
            return Ok(());
        }
        Err(Dishonesty::BrokenChain { key: statement.key, seq: statement.seq, last: seq })
    }
}

/// The statement, if the entry is one.
pub fn statement_of(content: &Content) -> Option<&Statement> {
    statement_in(&content.entry)
}

/// The same of the entry alone.
pub fn statement_in(entry: &Entry) -> Option<&Statement> {
    match &entry.what {
        What::Accepted(statement) | What::Refused(statement, _) => Some(statement),
        What::Found(_) => None,
    }
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryFault::NotTheEntry => {
                f.write_str("the content that the host gave is not what the record holds")
            }
            EntryFault::NotHonest(why) => why.fmt(f),
        }
    }
}
