//! Remarks and files that only those can read whom they are for, and what proves later what they said.
//!
//! A remark is sealed as an age file (<https://age-encryption.org/v1>) to the recipients of those whom it is for. Beside it
//! stands a commitment in the open: a hash over its author, random bytes and the remark. The last two are within the seal,
//! so whoever opens it can show them to somebody else, who holds them to the commitment. How long the remark is shows in steps alone.
//!
//! *Architecture invariant*: nothing here reads a file, a clock or a socket; what is sealed is known to nobody but whoever
//! has one of the keys.

mod attachment;
mod key;
mod opening;
mod sealing;

use std::fmt;

pub use attachment::{
    AttachmentOpening, MOST_ATTACHMENT_BYTES, SealedAttachment, open_attachment, seal_attachment,
};
pub use key::{MOST_KEY_FILE_BYTES, SealKey};
pub use opening::{SealAuthor, SealOpening, open};
pub use sealing::{MOST_RECIPIENTS, MOST_SEALED_BYTES, STEP_BYTES, SealedText, can_seal_to, seal};

/// Why something cannot be sealed or opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SealError {
    /// This program cannot seal to a recipient of this kind, or it is none.
    Recipient(String),
    /// It is for nobody, or for more recipients than [`MOST_RECIPIENTS`].
    RecipientCount(usize),
    /// It is longer than what may be sealed.
    TooLong,
    /// The name of a file has a line end.
    FileName,
    /// It was not sealed to this key.
    OtherKey,
    /// It is no age file, or was changed since.
    Damaged,
    /// What is within the seal is not what was committed to.
    OtherCommitment,
    /// The passphrase is another one, or the file was changed since.
    Passphrase,
    /// It is no file of a key, locked by a passphrase.
    NoKey,
    /// The system gave no randomness.
    Randomness,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SealError::Recipient(recipient) => write!(
                f,
                "{}: this release seals to X25519 recipients of age alone (age1...)",
                recipient.escape_debug()
            ),
            SealError::RecipientCount(count) => {
                write!(f, "{count} recipients: must be 1 to {MOST_RECIPIENTS}")
            }
            SealError::FileName => f.write_str("its name has a line end: rename it"),
            SealError::TooLong => f.write_str("it is longer than what may be sealed"),
            SealError::OtherKey => {
                f.write_str("it was not sealed to this key: use another seal key of the party")
            }
            SealError::Damaged => {
                f.write_str("it is no age file, or was changed since it was sealed")
            }
            SealError::OtherCommitment => f.write_str(
                "what is sealed is not what the sender committed to in the record: take it for nothing, and ask",
            ),
            SealError::Passphrase => {
                f.write_str("the passphrase is another one, or the file was changed since")
            }
            SealError::NoKey => f.write_str("it is no seal key that is locked by a passphrase"),
            SealError::Randomness => f.write_str("the system gave no randomness"),
        }
    }
}

impl std::error::Error for SealError {}
