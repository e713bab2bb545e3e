//! What shows that a host was caught.

use deconflict_api::Content;
use deconflict_core::{Ledger, PartyId};
use deconflict_record::{
    Evidence, Hash, Head, SignedCheckpoint, UtcSecond, Vkey, leaf_hash, opens, verify_inclusion,
};
use serde::{Deserialize, Serialize};

use crate::judge::{Chains, EntryFault, Judge};
use crate::row::{salt_from_hex, salt_hex};
use crate::showing::{ExhibitError, Showing};

/// What shows that a host was caught: a file that anybody can check offline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exhibit {
    /// The version of this form: 1.
    pub v: u32,
    /// The space.
    pub space: String,
    /// The verifier key of its heads.
    pub log: String,
    /// When the desk found it.
    pub at: UtcSecond,
    /// What the host is charged with, and what shows it.
    pub shows: Charge,
}

/// What an exhibit shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Charge {
    /// The host signed two histories. Stands on its own.
    Fork {
        /// The bytes of [`Evidence`].
        evidence: String,
    },
    /// An entry of the record, as the host signed it, is none that an honest host logs. It stands on its
    /// own where the entry is wrong whatever stands before it; which keys there were, and which
    /// statements, is the word of who shows it.
    Entry {
        /// The head under which all of these stand.
        head: String,
        /// The party whose desk says so.
        party: PartyId,
        /// Entries before it that tell which keys there were.
        history: Vec<ExhibitedEntry>,
        /// The entry.
        entry: ExhibitedEntry,
    },
    /// The content that the host gave is not what its record holds. That the host gave it is the desk's
    /// word; that the record holds something else is proven.
    Content {
        /// The head.
        head: String,
        /// What was given, and the commitment in its place.
        entry: ExhibitedEntry,
    },
    /// The commitments that the host gave do not lead to the head that it signed. Both are here; that
    /// it gave them is the desk's word.
    Commitments {
        /// The head.
        head: String,
        /// What the desk had verified before.
        before: Head,
        /// The root to which the commitments lead.
        found: Hash,
    },
    /// The host promised to log a statement, and the desk's party was not given it in time. It is for the
    /// host to show that it stands in the record.
    Promise {
        /// The statement's envelope.
        statement: String,
        /// The promise's envelope.
        promise: String,
        /// The place in its batch.
        place: deconflict_record::BatchPlace,
        /// The head after the deadline.
        head: String,
    },
}

/// An entry with its place in the tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExhibitedEntry {
    /// Its index.
    pub index: u64,
    /// The entry by which the party was given it.
    pub cause: u64,
    /// The commitment.
    pub commitment: Hash,
    /// From the commitment's leaf to the root.
    pub path: Vec<Hash>,
    /// The salt, hexadecimal.
    pub salt: String,
    /// The content.
    pub content: String,
}

impl ExhibitedEntry {
    /// An entry at its index, given by its cause.
    pub fn new(
        (index, cause): (u64, u64),
        commitment: Hash,
        path: Vec<Hash>,
        salt: &[u8; 32],
        content: &[u8],
    ) -> ExhibitedEntry {
        let content = String::from_utf8_lossy(content).into_owned();
        ExhibitedEntry { index, cause, commitment, path, salt: salt_hex(salt), content }
    }

    fn stands_in(&self, head: Head) -> Result<(), ExhibitError> {
        verify_inclusion(
            &leaf_hash(&self.commitment.0),
            self.index,
            head.size,
            &self.path,
            &head.root,
        )
        .map_err(|error| ExhibitError::NotIncluded { index: self.index, error })
    }

    fn salt(&self) -> Result<[u8; 32], ExhibitError> {
        salt_from_hex(&self.salt).ok_or(ExhibitError::Salt { index: self.index })
    }
}

impl Exhibit {
    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("its members are text, numbers and lists")
    }

    /// Reads the file; nothing is verified.
    ///
    /// # Errors
    /// When it is not exactly what [`Exhibit::encode`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Exhibit, ExhibitError> {
        let read: Exhibit = serde_json::from_slice(bytes).map_err(ExhibitError::Json)?;
        if read.v != 1 {
            return Err(ExhibitError::Version(read.v));
        }
        if read.encode() != bytes {
            return Err(ExhibitError::Respelled);
        }
        Ok(read)
    }

    /// What it shows.
    ///
    /// # Errors
    /// What is wrong with it, when it proves nothing.
    pub fn verify(&self, log: &Vkey) -> Result<Showing, ExhibitError> {
        self.verify_by(&[log])
    }

    /// The same for a record that was moved: by the keys of all its hosts, the first one first.
    ///
    /// # Errors
    /// As [`Exhibit::verify`].
    pub fn verify_by(&self, logs: &[&Vkey]) -> Result<Showing, ExhibitError> {
        let Some(log) = logs.first().copied() else {
            return Err(ExhibitError::NoKey);
        };
        if self.log != log.to_string() || self.space != log.name() {
            return Err(ExhibitError::OtherRecord);
        }
        match &self.shows {
            Charge::Fork { evidence } => {
                let evidence = Evidence::parse(evidence.as_bytes())?;
                evidence.check(logs).map(Showing::Fork).map_err(ExhibitError::NoFork)
            }
            Charge::Entry { head, party, history, entry } => {
                let head = signed(head, logs)?;
                self.entry(log, head, party, history, entry)
            }
            Charge::Content { head, entry } => {
                entry.stands_in(signed(head, logs)?)?;
                if opens(&entry.commitment, &entry.salt()?, entry.content.as_bytes()) {
                    return Err(ExhibitError::SameContent);
                }
                Ok(Showing::OtherContent { index: entry.index })
            }
            Charge::Commitments { head, before, found } => {
                let head = signed(head, logs)?;
                if head.root == *found || head.size < before.size {
                    return Err(ExhibitError::LeadsToHead);
                }
                let Head { size, root } = head;
                Ok(Showing::OtherCommitments { size, signed: root, found: *found })
            }
            Charge::Promise { statement, promise, place, head } => {
                self.promise(logs, statement, promise, place, head)
            }
        }
    }

    /// Whether what it shows is proven by itself. Else a part of it is the word of who shows it, and
    /// for the host to answer.
    pub fn stands_alone(&self) -> bool {
        match &self.shows {
            Charge::Fork { .. } => true,
            Charge::Entry { entry, .. } => self.wrong_by_itself(entry),
            Charge::Content { .. } | Charge::Commitments { .. } | Charge::Promise { .. } => false,
        }
    }

    /// Whether an entry is none, or of another space, whatever stands before it.
    fn wrong_by_itself(&self, entry: &ExhibitedEntry) -> bool {
        let read = Content::with_header(entry.content.as_bytes());
        read.map_or(true, |(_, header)| header.is_some_and(|header| header.space != self.space))
    }

    fn entry(
        &self,
        log: &Vkey,
        head: Head,
        party: &PartyId,
        history: &[ExhibitedEntry],
        entry: &ExhibitedEntry,
    ) -> Result<Showing, ExhibitError> {
        let mut ledger = Ledger::default();
        let mut chains = Chains::default();
        let check = |ledger: &Ledger, entry: &ExhibitedEntry, own: Option<(&PartyId, &Chains)>| {
            entry.stands_in(head)?;
            let judge = Judge {
                space: &self.space,
                own,
                ledger,
                founding: None,
                log: log.key(),
                overruled: &[],
            };
            let (salt, content) = (entry.salt()?, entry.content.as_bytes());
            let place = (entry.index, entry.cause);
            Ok::<_, ExhibitError>(judge.check(place, &entry.commitment, &salt, content))
        };
        // Else an entry that breaks a chain could be shown to by its own repetition.
        if let Some(itself) = history.iter().find(|before| before.index == entry.index) {
            return Err(ExhibitError::HistoryOfItself { index: itself.index });
        }
        for before in history {
            // The chain of the party's own keys is not whole in a history: it is of use for its last link.
            let verified = check(&ledger, before, None)?
                .map_err(|fault| ExhibitError::History { index: before.index, fault })?;
            if let Some(own) = verified.statement.as_ref().filter(|header| header.party == *party) {
                chains.note(own);
            }
            ledger.apply(before.index, before.cause, &verified.content.entry);
        }
        match check(&ledger, entry, Some((party, &chains)))? {
            Err(EntryFault::NotHonest(why)) => {
                let by_itself = self.wrong_by_itself(entry);
                Ok(Showing::FalseEntry { index: entry.index, why, by_itself })
            }
            Err(EntryFault::NotTheEntry) => Err(ExhibitError::NotTheEntry { index: entry.index }),
            Ok(_) => Err(ExhibitError::NothingWrong { index: entry.index }),
        }
    }

    fn promise(
        &self,
        logs: &[&Vkey],
        statement: &str,
        promise: &str,
        place: &deconflict_record::BatchPlace,
        head: &str,
    ) -> Result<Showing, ExhibitError> {
        let statement = deconflict_record::SignedStatement::parse(statement.as_bytes())?;
        let promise = deconflict_record::Promise::parse(promise.as_bytes())?;
        let terms = logs
            .iter()
            .find_map(|log| promise.verify(log.key(), &statement.hash(), place).ok())
            .ok_or(ExhibitError::NotPromised)?;
        if terms.space != self.space {
            return Err(ExhibitError::OtherRecord);
        }
        let Head { size, .. } = signed(head, logs)?;
        let (statement, deadline) = (statement.hash(), terms.deadline);
        Ok(Showing::NotLogged { statement, deadline, size })
    }
}

fn signed(note: &str, logs: &[&Vkey]) -> Result<Head, ExhibitError> {
    let signed = SignedCheckpoint::parse(note.as_bytes())?;
    let by = logs.iter().find_map(|log| signed.verify(log).ok());
    by.map(|c| c.head()).ok_or(ExhibitError::NotSigned)
}
