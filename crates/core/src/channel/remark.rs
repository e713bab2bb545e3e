//! What the author of a message adds in words of their own: in the open, or sealed.

use deconflict_record::Hash;
use deconflict_vocabulary::{Prose, is_of_bounded_length, stripped};
use serde::{Deserialize, Serialize};

use super::ChannelFault;

/// The longest sealed remark, characters of base64: of 16,384 bytes.
pub const MOST_SEALED_CHARS: usize = 21_848;

/// What the author of a message adds. It changes nothing, and is never both.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageRemark {
    /// In words that everybody reads to whom the message goes, and the host.
    Open(Prose),
    /// In words that only those read to whose keys it was sealed.
    Sealed(SealedRemark),
}

/// A remark that the host cannot read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedRemark {
    /// An age file in base64: at most [`MOST_SEALED_CHARS`] characters.
    pub age: String,
    /// A hash over random bytes and the remark, which are sealed together: whoever opened it can show both to somebody else.
    pub commitment: Hash,
}

impl MessageRemark {
    /// The words, where everybody reads them.
    pub fn open(&self) -> Option<&Prose> {
        match self {
            MessageRemark::Open(prose) => Some(prose),
            MessageRemark::Sealed(_) => None,
        }
    }

    /// What is sealed.
    pub fn sealed(&self) -> Option<&SealedRemark> {
        match self {
            MessageRemark::Open(_) => None,
            MessageRemark::Sealed(sealed) => Some(sealed),
        }
    }

    /// Whether it may stand beside a message.
    ///
    /// # Errors
    /// When it is empty, too long, or is not of the characters that it may have.
    pub fn check(&self) -> Result<(), ChannelFault> {
        match self {
            MessageRemark::Open(Prose { text, .. }) => {
                let is_fit = is_of_bounded_length(text) && stripped(text) == *text;
                if is_fit { Ok(()) } else { Err(ChannelFault::Remark {}) }
            }
            MessageRemark::Sealed(SealedRemark { age, .. }) => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
                let is_fit = (1..=MOST_SEALED_CHARS).contains(&age.len()) && age.bytes().all(plain);
                if is_fit { Ok(()) } else { Err(ChannelFault::SealedRemark {}) }
            }
        }
    }
}
