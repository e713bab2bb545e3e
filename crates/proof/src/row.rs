//! Entries as a host gives them to a party, and as a desk keeps and shows them.

use std::fmt;

use deconflict_api::GivenEntry;

/// An entry that the party was given, and by which entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The entry by which the party was given it: the same, unless it was given later.
    pub cause: u64,
    /// Its place in the record.
    pub index: u64,
    /// What opens its commitment; `None`: its content was erased.
    pub opening: Option<SaltedContent>,
}

/// What opens a commitment of the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SaltedContent {
    /// The salt of the entry's leaf.
    pub salt: [u8; 32],
    /// The entry's exact bytes.
    pub content: Vec<u8>,
}

/// Why what was given is no row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowError {
    /// The entry that it names.
    pub index: u64,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// What is wrong with a row, whatever the record holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowFault {
    /// The salt is not 64 hexadecimal digits.
    Salt,
    /// It has a salt or a content, and not both.
    HalfErased,
    /// Its cause stands before it.
    BeforeItself,
}

impl Row {
    /// Reads what was given; nothing is verified.
    ///
    /// # Errors
    /// When it has not the form of a row.
    pub fn read(given: GivenEntry) -> Result<Row, RowError> {
        let index = given.index;
        let error = |fault: RowFault| RowError { index, fault };
        let opening = match (given.salt, given.content) {
            (Some(salt), Some(content)) => {
                let salt = salt_from_hex(&salt).ok_or_else(|| error(RowFault::Salt))?;
                Some(SaltedContent { salt, content: content.into_bytes() })
            }
            (None, None) => None,
            _ => return Err(error(RowFault::HalfErased)),
        };
        if index > given.cause {
            return Err(error(RowFault::BeforeItself));
        }
        Ok(Row { cause: given.cause, index, opening })
    }

    /// As it goes over the wire, and stands in a folder.
    pub fn wire(&self) -> GivenEntry {
        let (salt, content) = match &self.opening {
            Some(SaltedContent { salt, content }) => {
                (Some(salt_hex(salt)), Some(String::from_utf8_lossy(content).into_owned()))
            }
            None => (None, None),
        };
        GivenEntry { cause: self.cause, index: self.index, salt, content }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            RowFault::Salt => "its salt must be 64 hexadecimal digits",
            RowFault::HalfErased => "it is half erased",
            RowFault::BeforeItself => "it was given before it was there",
        };
        write!(f, "entry {}: {fault}", self.index)
    }
}

impl std::error::Error for RowError {}

/// A salt as 64 hexadecimal digits.
pub fn salt_hex(salt: &[u8; 32]) -> String {
    deconflict_record::Hash(*salt).to_string()
}

/// A salt of 64 hexadecimal digits; `None`: they are none.
pub fn salt_from_hex(text: &str) -> Option<[u8; 32]> {
    deconflict_record::Hash::from_hex(text).ok().map(|hash| hash.0)
}
