//! The entries that a party was given, to be read one by one.

use deconflict_api::Content;
use deconflict_record::Hash;

use crate::copy::{commitment, rows};
use crate::desk::Desk;
use crate::error::DeskError;

/// The most entries that are read at once.
pub const MAX_READ: u64 = 4_096;

/// An entry as the party was given it.
#[derive(Clone, PartialEq, Debug)]
pub struct PartyEntry {
    /// Its place in the record.
    pub index: u64,
    /// The entry by which the party was given it: the same, unless it was given later.
    pub cause: u64,
    /// What the record's leaf holds in its place.
    pub commitment: Hash,
    /// What it says; `None`: it was erased.
    pub content: Option<Content>,
}

impl Desk {
    /// How many entries the party was given, those included that it was given twice.
    pub fn held(&self) -> u64 {
        self.copy.given()
    }

    /// The entries that the party was given, in the order in which they were, from the `from`-th on,
    /// counted from 0: at most [`MAX_READ`] of them, none past [`Desk::held`].
    ///
    /// # Errors
    /// When the desk's store is damaged.
    pub fn entries(&self, from: u64) -> Result<Vec<PartyEntry>, DeskError> {
        let until = from.saturating_add(MAX_READ).min(self.held());
        let records = self.copy.records()?;
        let rows = rows(&records, from.min(until), until)?;
        rows.into_iter()
            .map(|row| {
                let content = row.opening.map(|opening| Content::decode(&opening.content));
                let content = content
                    .transpose()
                    .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
                let commitment = commitment(&records, row.index)?;
                Ok(PartyEntry { index: row.index, cause: row.cause, commitment, content })
            })
            .collect()
    }
}
