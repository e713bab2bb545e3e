//! Entries as a host gives them to a party, and as a desk keeps them.

use deconflict_api::GivenEntry;
use deconflict_store::Opening;

use crate::line::LineError;

/// An entry that the party was given, and by which entry. Without an opening its content was erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) cause: u64,
    pub(crate) index: u64,
    pub(crate) opening: Option<Opening>,
}

impl Row {
    pub(crate) fn read(given: GivenEntry) -> Result<Row, LineError> {
        let index = given.index;
        let fault = |what: &str| LineError::Garbled(format!("entry {index}: {what}"));
        let opening = match (given.salt, given.content) {
            (Some(salt), Some(content)) => {
                let salt = salt_from_hex(&salt)
                    .ok_or_else(|| fault("its salt must be 64 hexadecimal digits"))?;
                Some(Opening { salt, content: content.into_bytes() })
            }
            (None, None) => None,
            _ => return Err(fault("it is half erased")),
        };
        if index > given.cause {
            return Err(fault("it was given before it was there"));
        }
        Ok(Row { cause: given.cause, index, opening })
    }

    pub(crate) fn wire(&self) -> GivenEntry {
        let (salt, content) = match &self.opening {
            Some(Opening { salt, content }) => {
                (Some(salt_hex(salt)), Some(String::from_utf8_lossy(content).into_owned()))
            }
            None => (None, None),
        };
        GivenEntry { cause: self.cause, index: self.index, salt, content }
    }
}

pub(crate) fn salt_hex(salt: &[u8; 32]) -> String {
    deconflict_record::Hash(*salt).to_string()
}

pub(crate) fn salt_from_hex(text: &str) -> Option<[u8; 32]> {
    deconflict_record::Hash::from_hex(text).ok().map(|hash| hash.0)
}
