//! What must hold of an entry before it is folded.

use std::collections::BTreeMap;
use std::fmt;

use deconflict_api::Content;
use deconflict_core::{Entry, Finding, Ledger, PartyId, Say, Statement, What};
use deconflict_record::{Envelope, Hash, Head, KeyId, VerifyingKey, opens};
use serde::{Deserialize, Serialize};

/// An entry whose bytes open its commitment and whose signatures hold.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) index: u64,
    pub(crate) content: Content,
    /// What of its statement was judged, if it is one.
    pub(crate) stated: Option<Stated>,
}

/// Why an entry cannot stand in an honest record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The content does not open the commitment: it is not what the record holds.
    NotTheEntry,
    /// The record holds it, and it is not what an honest host logs.
    NotHonest(String),
}

/// How far the chains of a party's own keys have come: of these it is given every statement.
///
/// Not taken from the ledger, in which a key begins anew when its enrolment is given once more to a
/// party that comes back.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chains {
    last: BTreeMap<KeyId, (u64, Hash)>,
    /// What was erased leaves holes that prove nothing.
    pub(crate) erased: bool,
}

impl Chains {
    /// The number and name of a key's last statement.
    pub(crate) fn last(&self, key: &KeyId) -> (u64, Option<Hash>) {
        self.last.get(key).map_or((0, None), |(seq, hash)| (*seq, Some(*hash)))
    }

    pub(crate) fn note(&mut self, statement: &Stated) {
        if statement.seq > self.last(&statement.key).0 {
            self.last.insert(statement.key, (statement.seq, statement.hash));
        }
    }
}

/// What is known of the record so far.
pub(crate) struct Known<'a> {
    pub(crate) space: &'a str,
    /// Whose desk this is, and how far its chains have come; `None` where they are not whole.
    pub(crate) own: Option<(&'a PartyId, &'a Chains)>,
    pub(crate) ledger: &'a Ledger,
    /// The statement that began the space, where it is pinned.
    pub(crate) founding: Option<Hash>,
    /// The key of the record's heads.
    pub(crate) log: &'a VerifyingKey,
}

/// What of a statement is judged by what stands before it, whatever it says.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) party: PartyId,
    pub(crate) key: KeyId,
    pub(crate) hash: Hash,
    pub(crate) seq: u64,
    pub(crate) prev: Option<Hash>,
    seen: Option<Head>,
    pub(crate) accepted: bool,
    signers: Vec<KeyId>,
    /// The space that it was made in, where that is another one.
    elsewhere: Option<String>,
}

impl Stated {
    /// Reads an entry that is to be of this space, and what of it is judged, if it is a statement.
    pub(crate) fn read(space: &str, bytes: &[u8]) -> Result<(Content, Option<Stated>), Fault> {
        let read = Content::with_header(bytes);
        let (content, header) = read.map_err(|error| Fault::NotHonest(error.to_string()))?;
        let stated = match (statement_of(&content), &content.envelope, header) {
            (Some(statement), Some(envelope), Some(header)) => Some(Stated {
                party: statement.party.clone(),
                key: statement.key,
                hash: statement.hash,
                seq: statement.seq,
                prev: statement.prev,
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
/// nothing but what [`Stated`] holds needs to be kept.
pub(crate) fn matters(entry: &Entry) -> bool {
    !matches!(entry.what, What::Accepted(_)) || entry.governs()
}

impl Known<'_> {
    /// Checks one entry, given by `cause`.
    pub(crate) fn check(
        &self,
        (index, cause): (u64, u64),
        commitment: &Hash,
        salt: &[u8; 32],
        bytes: &[u8],
    ) -> Result<Checked, Fault> {
        if !opens(commitment, salt, bytes) {
            return Err(Fault::NotTheEntry);
        }
        let (content, stated) = Stated::read(self.space, bytes)?;
        if let Some(stated) = &stated {
            let said = statement_of(&content);
            self.judge((index, cause), stated, said, content.envelope.as_ref())
                .map_err(Fault::NotHonest)?;
        }
        Ok(Checked { index, content, stated })
    }

    /// Checks a statement, given by `cause`. What it says is `None` only where it does not matter
    /// ([`matters`]); the envelope is `None` once all signatures in it have been verified by the keys of their
    /// ids, each of which is the hash of its key.
    ///
    /// # Errors
    /// In words, when it cannot stand in an honest record.
    pub(crate) fn judge(
        &self,
        (index, cause): (u64, u64),
        stated: &Stated,
        said: Option<&Statement>,
        unverified: Option<&Envelope>,
    ) -> Result<(), String> {
        if let Some(space) = &stated.elsewhere {
            return Err(format!(
                "the statement was made in the space `{}` and replayed into this one",
                space.escape_debug()
            ));
        }
        let taken = said.filter(|_| stated.accepted);
        if let Some(statement) = taken
            && let Say::FoundSpace { charter } = &statement.say
        {
            self.founds(index, statement, charter)?;
        }
        let keys = self.signers(index, stated, said)?;
        if let Some(envelope) = unverified {
            envelope.verify(&keys).map_err(|error| error.to_string())?;
        }
        if let Some(statement) = taken.filter(|s| matches!(s.say, Say::MoveHost { .. })) {
            self.consented(statement)?;
        }
        self.chain(stated, index < cause)
    }

    fn founds(
        &self,
        index: u64,
        statement: &Statement,
        charter: &deconflict_core::Charter,
    ) -> Result<(), String> {
        if index != 0 || self.ledger.charter.is_some() {
            return Err("the space is founded a second time".into());
        }
        if let Some(known) = self.founding.filter(|known| *known != statement.hash) {
            return Err(format!(
                "the space was founded by another statement, {}, than the one that is known here, {known}",
                statement.hash
            ));
        }
        if charter.space != self.space || charter.host.key != *self.log {
            return Err(
                "the charter is of another space, or names another key for its heads".into()
            );
        }
        let unsigned = charter.parties.iter().find(|m| !statement.signed_by.contains(&m.root.id()));
        match unsigned {
            Some(member) => Err(format!("the root of `{}` did not sign the charter", member.id)),
            None => Ok(()),
        }
    }

    /// The record moves only by as many roots as its charter asks for.
    fn consented(&self, statement: &Statement) -> Result<(), String> {
        let joined = self.ledger.joined();
        let signed = self.ledger.roots_among(&statement.signed_by);
        let consents = self.ledger.charter.as_ref().map(|charter| charter.consents.host);
        if consents.is_some_and(|consent| consent.given(&joined, &signed)) {
            return Ok(());
        }
        Err("the record moves to another host, and too few parties' roots signed that".into())
    }

    /// The keys of those who sign: each stands in the record before the entry, or the statement itself
    /// brings it; the author's is a key of its party.
    fn signers(
        &self,
        index: u64,
        stated: &Stated,
        said: Option<&Statement>,
    ) -> Result<Vec<VerifyingKey>, String> {
        let brought = said.map(Statement::own_signers).unwrap_or_default();
        let mut keys = Vec::with_capacity(stated.signers.len());
        for id in &stated.signers {
            let own = || brought.iter().find(|(_, key)| key.id() == *id).copied();
            let known = self.enrolled(id, index).or_else(own);
            let (party, key) = known
                .ok_or_else(|| format!("key {} was not enrolled then, and signs", id.short()))?;
            if *id == stated.key && *party != stated.party {
                return Err(format!(
                    "key {} is of `{party}` and speaks for `{}`",
                    id.short(),
                    stated.party
                ));
            }
            keys.push(*key);
        }
        Ok(keys)
    }

    fn enrolled(&self, id: &KeyId, index: u64) -> Option<(&PartyId, &VerifyingKey)> {
        let key = self.ledger.keys.get(id)?;
        let held = key.enrolled < index && key.revoked.is_none_or(|revoked| revoked >= index);
        held.then_some((&key.party, &key.key))
    }

    /// Of its own party a desk is given every statement: none may be missing.
    fn chain(&self, statement: &Stated, given_later: bool) -> Result<(), String> {
        let Some((_, chains)) = self.own.filter(|(party, _)| **party == statement.party) else {
            return Ok(());
        };
        let (seq, last) = chains.last(&statement.key);
        let follows = statement.seq == seq + 1 && statement.prev == last;
        let again = given_later && statement.seq <= seq;
        if follows || again || (chains.erased && statement.seq > seq) {
            return Ok(());
        }
        Err(format!(
            "statement {} of key {} follows number {seq}: one between was dropped, or one stands \
             there twice",
            statement.seq,
            statement.key.short()
        ))
    }
}

/// What a statement's `seen` tells against the record: its author had verified a head that this record
/// does not lead to.
///
/// By itself it proves nothing, since anybody can sign any number; with the signed head, which the
/// author's desk has, it is evidence ([`crate::Desk::meet`]). A statement that stands before the head
/// that its author had seen is always of this kind: the root of a tree that holds the statement cannot
/// stand in it.
pub(crate) fn stray_head(
    index: u64,
    statement: &Stated,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<String> {
    let seen = statement.seen?;
    let what = if seen.size > index {
        format!(
            "stands at {index}, before the head of size {} that it names: back-dated",
            seen.size
        )
    } else if root_at(seen.size) == Some(seen.root) {
        return None;
    } else {
        format!("names a head of size {}, where this record has another root: forked", seen.size)
    };
    Some(format!(
        "statement {} of `{party}` {what}, unless `{party}` errs: get the signed head from `{party}` \
         and let this desk compare it",
        statement.hash,
        party = statement.party
    ))
}

/// That the record moves, and where this desk is to read from now on.
pub(crate) fn moved(checked: &Checked) -> Option<String> {
    let What::Accepted(statement) = &checked.content.entry.what else { return None };
    let Say::MoveHost { host, from } = &statement.say else { return None };
    Some(format!(
        "entry {} moved the record to a host of `{}`, key {}, from the head of size {}: point this desk \
         to that host's address",
        checked.index,
        host.party,
        host.key.id().short(),
        from.size
    ))
}

/// That the head from which the record moves is not one of this record, which its parties signed.
pub(crate) fn stray_move(
    index: u64,
    content: &Content,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<String> {
    let What::Accepted(statement) = &content.entry.what else { return None };
    let Say::MoveHost { from, .. } = &statement.say else { return None };
    let fits = from.size <= index && root_at(from.size) == Some(from.root);
    (!fits).then(|| {
        format!(
            "entry {index} moves the record from a head of size {} that it does not lead to: ask the \
             parties who signed that",
            from.size
        )
    })
}

/// That the space goes on from an earlier record, and what is lost of it by the founders' word.
pub(crate) fn continues(entry: &Entry) -> Option<String> {
    let What::Accepted(statement) = &entry.what else { return None };
    let Say::FoundSpace { charter } = &statement.say else { return None };
    let earlier = charter.continues.as_ref()?;
    let lost = match earlier.lost.trim() {
        "" => "nothing is known to be lost after it".to_owned(),
        lost => format!("after it is lost: {lost}"),
    };
    Some(format!(
        "by its charter the space continues an earlier record from the head of size {}, root {}; {lost}; \
         a desk of the earlier space can compare this with what it saw",
        earlier.size, earlier.root
    ))
}

/// That the host was started anew in a way that people should know of.
pub(crate) fn resumed(index: u64, entry: &Entry) -> Option<String> {
    let What::Found(Finding::Resumed { heard, needed, recovered }) = &entry.what else {
        return None;
    };
    let at = entry.at;
    let lost = match recovered {
        0 => "",
        _ => ", had lost entries and got them back from desks",
    };
    let heard = if heard.len() < *needed {
        format!(
            ", and went on by its operator's decision when {} of {needed} witnesses had said what \
             they saw",
            heard.len()
        )
    } else {
        String::new()
    };
    Some(format!("the host was started anew at {at}{lost}{heard} (entry {index})"))
}

/// That an entry was taken in, by the host's clock, before one that stands before it. Times are the
/// host's word: for this one it has to give the reason.
pub(crate) fn clock_ran_back(index: u64, before: u64) -> String {
    format!(
        "by the host's clock entry {index} was taken in before entry {before}, which stands before it"
    )
}

/// That an entry was taken in, by the host's clock, later than a desk read it.
pub(crate) fn clock_is_ahead(index: u64, seconds: u64) -> String {
    format!(
        "by the host's clock entry {index} was taken in {seconds} s later than this desk read it by its own: one \
         of the two is wrong, and what ends by itself ends by the host's: compare both with a third"
    )
}

/// The statement, if the entry is one.
pub(crate) fn statement_of(content: &Content) -> Option<&Statement> {
    statement_in(&content.entry)
}

/// The same of the entry alone.
pub(crate) fn statement_in(entry: &Entry) -> Option<&Statement> {
    match &entry.what {
        What::Accepted(statement) | What::Refused(statement, _) => Some(statement),
        What::Found(_) => None,
    }
}

/// What an entry is, in a few words.
pub(crate) fn describe(entry: &Entry) -> String {
    match &entry.what {
        What::Accepted(s) => {
            format!("`{}` says `{}`, statement {}, accepted", s.party, s.say.rules().word, s.seq)
        }
        What::Refused(s, why) => {
            let said = s.say.rules().word;
            format!("`{}` says `{said}`, statement {}, refused: {why}", s.party, s.seq)
        }
        What::Found(Finding::Resumed { .. }) => "that the host was started anew".into(),
        What::Found(Finding::Disclosures { .. }) => "the host's root over disclosures".into(),
        What::Found(finding) => format!("the host found `{}`", finding.word()),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotTheEntry => {
                f.write_str("the content that the host gave is not what the record holds")
            }
            Fault::NotHonest(fault) => f.write_str(fault),
        }
    }
}
