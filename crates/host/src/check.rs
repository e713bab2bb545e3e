//! From the bytes of an envelope to a statement whose every signature was verified.

use deconflict_api::{ContentError, read_statement};
use deconflict_core::{PartyId, Statement};
use deconflict_proof::keys_of_signers;
use deconflict_record::{self as record, Envelope, Hash};

use crate::problem::Failure;
use crate::published::Roster;

/// A statement for a space, read, with all its signatures verified.
#[derive(Clone, Debug)]
pub struct VerifiedStatement {
    statement: Statement,
    envelope: Envelope,
}

impl VerifiedStatement {
    /// Reads an envelope and verifies all its signatures: by keys that the roster knows and, where
    /// a statement brings keys itself, by those. Its author's key must be one of the party for which
    /// it speaks: a stranger's statement comes no further than this. Whether the author's key is still in
    /// force is asked when the statement's turn comes, by [`deconflict_proof::may_stand_at`]: what was taken in
    /// before is answered as it was.
    ///
    /// # Errors
    /// When the bytes are no statement for this space, or a signature is not one of such a key.
    pub fn new(bytes: &[u8], space: &str, roster: &Roster) -> Result<VerifiedStatement, Failure> {
        let checked = VerifiedStatement::signed(bytes, space, roster)?;
        let author = roster.party(&checked.statement.key);
        if author != Some(&checked.statement.party) {
            return Err(Failure::key());
        }
        Ok(checked)
    }

    /// The same for the statement with which a space begins, when there are no keys but its own.
    pub(crate) fn founding(bytes: &[u8], space: &str) -> Result<VerifiedStatement, Failure> {
        VerifiedStatement::signed(bytes, space, &Roster::default())
    }

    fn signed(bytes: &[u8], space: &str, roster: &Roster) -> Result<VerifiedStatement, Failure> {
        let signed = record::SignedStatement::parse(bytes)
            .map_err(|error| Failure::malformed(error.to_string()))?;
        let named = &signed.claimed_header().space;
        if named != space {
            return Err(Failure::malformed(format!(
                "the statement is for the space {named}, this is {space}: send it there"
            )));
        }
        let statement = read_statement(&signed).map_err(|error| match error {
            ContentError::TooLong(_) => Failure::too_long(error.to_string()),
            _ => Failure::malformed(error.to_string()),
        })?;
        let signers = statement.signed_by.iter().copied();
        let keys = keys_of_signers(signers, &statement.own_signers(), |id| roster.key(id));
        let keys = keys.map_err(|_| Failure::key())?;
        let envelope = signed.envelope().clone();
        let signers = envelope.verify(&keys).map_err(|_| Failure::key())?;
        if signers.len() != statement.signed_by.len() {
            return Err(Failure::key());
        }
        Ok(VerifiedStatement { statement, envelope })
    }

    /// What names it.
    pub fn hash(&self) -> Hash {
        self.statement.hash
    }

    /// For whom its author acts.
    pub fn party(&self) -> &PartyId {
        &self.statement.party
    }

    pub(crate) fn statement(&self) -> &Statement {
        &self.statement
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        &self.envelope
    }
}
