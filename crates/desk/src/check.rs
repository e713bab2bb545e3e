//! What must hold of an entry before it is folded.

use std::collections::BTreeMap;
use std::fmt;

use deconflict_api::Content;
use deconflict_core::{Finding, Key, Ledger, PartyId, Say, Statement, What};
use deconflict_record::{self as record, Hash, KeyId, VerifyingKey, opens};
use serde::{Deserialize, Serialize};

/// An entry whose bytes open its commitment and whose signatures hold.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) index: u64,
    pub(crate) content: Content,
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

    pub(crate) fn note(&mut self, statement: &Statement) {
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

/// An entry whose bytes open its commitment, read: what can be found of it without what stands before it.
#[derive(Debug)]
pub(crate) struct Unjudged {
    content: Content,
    signed: Option<record::Statement>,
    /// The keys by which all its signatures have been verified, in the order of its signers; whether
    /// they are the right ones is another question.
    verified: Option<Vec<VerifyingKey>>,
}

impl Unjudged {
    pub(crate) fn read(
        commitment: &Hash,
        salt: &[u8; 32],
        bytes: &[u8],
    ) -> Result<Unjudged, Fault> {
        if !opens(commitment, salt, bytes) {
            return Err(Fault::NotTheEntry);
        }
        let (content, signed) =
            Content::with_statement(bytes).map_err(|error| Fault::NotHonest(error.to_string()))?;
        Ok(Unjudged { content, signed, verified: None })
    }

    /// Verifies the signatures ahead, by the keys of that name which are known already.
    pub(crate) fn verified_ahead(mut self, keys: &BTreeMap<KeyId, Key>) -> Unjudged {
        if let Some(signed) = &self.signed {
            let envelope = signed.envelope();
            let known = envelope.claimed_signers().map(|id| Some(keys.get(&id)?.key));
            let keys: Option<Vec<VerifyingKey>> = known.collect();
            self.verified = keys.filter(|keys| envelope.verify(keys).is_ok());
        }
        self
    }
}

impl Known<'_> {
    /// Checks one entry, given by `cause`.
    pub(crate) fn check(
        &self,
        place: (u64, u64),
        commitment: &Hash,
        salt: &[u8; 32],
        bytes: &[u8],
    ) -> Result<Checked, Fault> {
        self.check_opened(place, Unjudged::read(commitment, salt, bytes)?)
    }

    /// Checks an entry that was opened, given by `cause`.
    pub(crate) fn check_opened(
        &self,
        (index, cause): (u64, u64),
        opened: Unjudged,
    ) -> Result<Checked, Fault> {
        if let (Some(signed), Some(statement)) = (&opened.signed, statement_of(&opened.content)) {
            let accepted = matches!(opened.content.entry.what, What::Accepted(_));
            let verified = opened.verified.as_deref();
            self.statement((index, cause), (signed, verified), statement, accepted)
                .map_err(Fault::NotHonest)?;
        }
        Ok(Checked { index, content: opened.content })
    }

    fn statement(
        &self,
        (index, cause): (u64, u64),
        (signed, verified): (&record::Statement, Option<&[VerifyingKey]>),
        statement: &Statement,
        accepted: bool,
    ) -> Result<(), String> {
        if signed.claimed_header().space != self.space {
            return Err(format!(
                "the statement was made in the space `{}` and replayed into this one",
                signed.claimed_header().space.escape_debug()
            ));
        }
        if let Say::Found { charter } = &statement.say
            && accepted
        {
            self.founds(index, statement, charter)?;
        }
        self.signatures(index, (signed.envelope(), verified), statement)?;
        if matches!(statement.say, Say::MoveHost { .. }) && accepted {
            self.consented(statement)?;
        }
        self.chain(statement, index < cause)
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

    /// Every signature is by a key that stands in the record before the entry, or that the statement
    /// itself brings; the author's is a key of its party.
    fn signatures(
        &self,
        index: u64,
        (envelope, verified): (&record::Envelope, Option<&[VerifyingKey]>),
        statement: &Statement,
    ) -> Result<(), String> {
        let brought = brought(statement);
        let mut keys = Vec::new();
        for id in envelope.claimed_signers() {
            let (party, key) = match (self.enrolled(&id, index), brought.get(&id)) {
                (Some((party, key)), _) => (party, key),
                (None, Some((party, key))) => (party.clone(), *key),
                (None, None) => {
                    return Err(format!("key {} was not enrolled then, and signs", id.short()));
                }
            };
            if id == statement.key && party != statement.party {
                return Err(format!(
                    "key {} is of `{party}` and speaks for `{}`",
                    id.short(),
                    statement.party
                ));
            }
            keys.push(key);
        }
        if verified == Some(&keys) {
            return Ok(());
        }
        envelope.verify(&keys).map(|_| ()).map_err(|error| error.to_string())
    }

    fn enrolled(&self, id: &KeyId, index: u64) -> Option<(PartyId, VerifyingKey)> {
        let key = self.ledger.keys.get(id)?;
        let held = key.enrolled < index && key.revoked.is_none_or(|revoked| revoked >= index);
        held.then(|| (key.party.clone(), key.key))
    }

    /// Of its own party a desk is given every statement: none may be missing.
    fn chain(&self, statement: &Statement, given_later: bool) -> Result<(), String> {
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
    content: &Content,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<String> {
    let statement = statement_of(content)?;
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
pub(crate) fn continues(checked: &Checked) -> Option<String> {
    let What::Accepted(statement) = &checked.content.entry.what else { return None };
    let Say::Found { charter } = &statement.say else { return None };
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
pub(crate) fn resumed(checked: &Checked) -> Option<String> {
    let What::Found(Finding::Resumed { heard, needed, recovered }) = &checked.content.entry.what
    else {
        return None;
    };
    let at = checked.content.entry.at;
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
    Some(format!("the host was started anew at {at}{lost}{heard} (entry {})", checked.index))
}

/// That an entry was taken in, by the host's clock, before one that stands before it. Times are the
/// host's word: for this one it has to give the reason.
pub(crate) fn clock_ran_back(index: u64, before: u64) -> String {
    format!(
        "by the host's clock entry {index} was taken in before entry {before}, which stands before it"
    )
}

/// The keys that a statement itself brings, and whose they are.
fn brought(statement: &Statement) -> BTreeMap<KeyId, (PartyId, VerifyingKey)> {
    let of = |party: &PartyId, key: &VerifyingKey| (key.id(), (party.clone(), *key));
    match &statement.say {
        Say::Found { charter } => charter.parties.iter().map(|m| of(&m.id, &m.root)).collect(),
        Say::Join { member } => [of(&member.id, &member.root)].into(),
        Say::RotateRoot { root, .. } => [of(&statement.party, root)].into(),
        _ => BTreeMap::new(),
    }
}

/// The statement's hash, if the entry is one.
pub(crate) fn statement_of(content: &Content) -> Option<&Statement> {
    match &content.entry.what {
        What::Accepted(statement) | What::Refused(statement, _) => Some(statement),
        What::Found(_) => None,
    }
}

/// What an entry is, in a few words.
pub(crate) fn describe(content: &Content) -> String {
    match &content.entry.what {
        What::Accepted(s) => {
            format!("`{}` says `{}`, statement {}, accepted", s.party, word(&s.say), s.seq)
        }
        What::Refused(s, why) => {
            let said = word(&s.say);
            format!("`{}` says `{said}`, statement {}, refused: {why}", s.party, s.seq)
        }
        What::Found(Finding::Resumed { .. }) => "that the host was started anew".into(),
        What::Found(Finding::Disclosures { .. }) => "the host's root over disclosures".into(),
        What::Found(finding) => format!("the host found `{}`", word(finding)),
    }
}

/// The word by which JSON tells what is said or found.
fn word(said: &impl serde::Serialize) -> String {
    match serde_json::to_value(said) {
        Ok(serde_json::Value::Object(members)) => {
            members.into_iter().next().map(|(word, _)| word).unwrap_or_default()
        }
        _ => String::new(),
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
