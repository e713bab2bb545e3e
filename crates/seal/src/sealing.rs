//! Sealing a remark.

use std::collections::BTreeSet;
use std::io::Write;

use zeroize::Zeroizing;

use crate::SealError;
use crate::opening::{SealAuthor, SealOpening};

/// To how many recipients one remark is sealed at the most: each adds about a hundred bytes.
pub const MOST_RECIPIENTS: usize = 64;
/// The longest sealed remark, bytes.
pub const MOST_SEALED_BYTES: usize = 16_384;
/// What is within a seal is filled up to a multiple of so many bytes, so that its length tells no more than that.
pub const STEP_BYTES: usize = 256;

/// A remark that is sealed, and what its author committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedText {
    /// The age file.
    pub bytes: Vec<u8>,
    /// [`SealOpening::commitment`] of what is within.
    pub commitment: [u8; 32],
}

/// Whether this program can seal to a recipient, as a party declared it.
pub fn can_seal_to(recipient: &str) -> bool {
    usable(recipient).is_some()
}

/// A recipient that shares a secret with whoever seals to it. Points of small order, which anybody can write down, share
/// the same one with all (RFC 7748, section 6.1), and age ends the whole program over it.
fn usable(recipient: &str) -> Option<age::x25519::Recipient> {
    let parsed = recipient.parse().ok()?;
    let (_, point) = bech32::decode(recipient).ok()?;
    let shared = x25519_dalek::x25519([9; 32], point.try_into().ok()?);
    (shared != [0; 32]).then_some(parsed)
}

/// Seals an author's remark in a language to these recipients (`age1...`): whoever has the key of one of them opens it.
///
/// # Errors
/// When there is none of them or too many, one of them is none that this program can seal to, the remark is too long, or the
/// system gives no randomness.
///
/// ```
/// let key = deconflict_seal::SealKey::generate();
/// let north = deconflict_seal::SealAuthor { space: "host.example/straits", party: "north" };
/// let sealed = deconflict_seal::seal(north, "fr", "Pont fermé.", [key.recipient().as_str()])?;
/// let opening = deconflict_seal::open(&sealed.bytes, north, &sealed.commitment, &key)?;
/// assert_eq!((opening.language.as_str(), opening.text.as_str()), ("fr", "Pont fermé."));
/// # Ok::<(), deconflict_seal::SealError>(())
/// ```
pub fn seal<'a>(
    author: SealAuthor<'_>,
    language: &str,
    text: &str,
    recipients: impl IntoIterator<Item = &'a str>,
) -> Result<SealedText, SealError> {
    let to = SealRecipients::of(recipients)?;
    let (language, text) = (language.to_owned(), text.to_owned());
    let opening = SealOpening { random: random()?, language, text };
    let within = Zeroizing::new(opening.to_bytes().ok_or(SealError::TooLong)?);
    let bytes = to.seal(&within)?;
    if bytes.len() > MOST_SEALED_BYTES {
        return Err(SealError::TooLong);
    }
    Ok(SealedText { bytes, commitment: opening.commitment(author) })
}

/// What nobody guesses.
pub(crate) fn random() -> Result<[u8; 32], SealError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| SealError::Randomness)?;
    Ok(random)
}

/// To whom something is sealed.
pub(crate) struct SealRecipients(Vec<age::x25519::Recipient>);

impl SealRecipients {
    /// # Errors
    /// When there is none or too many, or one of them is none that this program can seal to.
    pub(crate) fn of<'a>(
        recipients: impl IntoIterator<Item = &'a str>,
    ) -> Result<SealRecipients, SealError> {
        // Who is both sender and addressee needs one stanza.
        let recipients: BTreeSet<&str> = recipients.into_iter().collect();
        let usable = |of: &&str| usable(of).ok_or_else(|| SealError::Recipient((*of).to_owned()));
        let all = recipients.iter().map(usable).collect::<Result<Vec<_>, _>>()?;
        if !(1..=MOST_RECIPIENTS).contains(&all.len()) {
            return Err(SealError::RecipientCount(all.len()));
        }
        Ok(SealRecipients(all))
    }

    /// An age file.
    pub(crate) fn seal(&self, within: &[u8]) -> Result<Vec<u8>, SealError> {
        let all = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let seal = age::Encryptor::with_recipients(all).map_err(|_| SealError::Damaged)?;
        let mut bytes = Vec::new();
        let mut writer = seal.wrap_output(&mut bytes).map_err(|_| SealError::TooLong)?;
        writer.write_all(within).map_err(|_| SealError::TooLong)?;
        writer.finish().map_err(|_| SealError::TooLong)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_small_order_is_no_recipient() {
        for point in [0_u8, 1] {
            let mut bytes = [0; 32];
            bytes[0] = point;
            let hrp = bech32::Hrp::parse("age").expect("a prefix");
            let recipient = bech32::encode::<bech32::Bech32>(hrp, &bytes).expect("a recipient");
            assert!(!can_seal_to(&recipient), "{recipient}");
            let north = SealAuthor { space: "host.example/straits", party: "north" };
            let refused = seal(north, "en", "x", [recipient.as_str()]);
            assert!(matches!(refused, Err(SealError::Recipient(_))), "{refused:?}");
        }
        assert!(can_seal_to(&crate::SealKey::generate().recipient()));
    }
}
