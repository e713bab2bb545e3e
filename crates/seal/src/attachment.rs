//! Sealing a file that goes beside a message, whose commitment the message names.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::SealError;
use crate::key::SealKey;
use crate::opening::{SealAuthor, unsealed};
use crate::sealing::{SealRecipients, random};

/// The longest file that is sealed, bytes: it is held in memory.
pub const MOST_ATTACHMENT_BYTES: usize = 64 << 20;
/// What is within a seal is filled up to a multiple of so many bytes.
const STEP_BYTES: usize = 4_096;
/// How much longer a sealed file is than the file, at the most: the recipients, the name, and what age adds.
const AROUND_BYTES: usize = 1 << 20;
/// What the hash of a commitment begins with.
const TAG: &[u8] = b"deconflict sealed attachment v1\n";
/// Where the name begins within a seal: after the random bytes, the name's length and the file's.
const BEGINS: usize = 44;

/// A file that is sealed, and what its author committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedAttachment {
    /// The age file.
    pub bytes: Vec<u8>,
    /// [`AttachmentOpening::commitment`] of what is within.
    pub commitment: [u8; 32],
}

/// What was within the seal beside the file itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttachmentOpening {
    /// Random bytes, without which nobody could try whether some file was the one.
    pub random: [u8; 32],
    /// What the file was called: to be shown, and never a path to write to.
    pub name: String,
}

impl AttachmentOpening {
    /// What stands in the record for a file: SHA-256 over `deconflict sealed attachment v1`, a line end, the space, a line
    /// end, the author's party, a line end, the 32 random bytes, the file's name, a line end and the SHA-256 hash of the file.
    pub fn commitment(&self, author: SealAuthor<'_>, file: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(TAG);
        author.add_to(&mut hash);
        hash.update(self.random);
        hash.update(&self.name);
        hash.update("\n");
        hash.update(Sha256::digest(file));
        hash.finalize().into()
    }
}

/// Seals an author's file to these recipients (`age1...`): whoever has the key of one of them opens it.
///
/// # Errors
/// As [`crate::seal`]; when the file is longer than [`MOST_ATTACHMENT_BYTES`], and [`SealError::FileName`] when its name has a line end.
///
/// ```
/// use deconflict_seal::{SealAuthor, SealKey, open_attachment, seal_attachment};
/// let (key, north) = (SealKey::generate(), SealAuthor { space: "host.example/straits", party: "north" });
/// let sealed = seal_attachment(north, "crater.jpg", b"\xff\xd8", [key.recipient().as_str()])?;
/// let (opening, file) = open_attachment(&sealed.bytes, north, &sealed.commitment, &key)?;
/// assert_eq!((opening.name.as_str(), &file[..]), ("crater.jpg", &b"\xff\xd8"[..]));
/// # Ok::<(), deconflict_seal::SealError>(())
/// ```
pub fn seal_attachment<'a>(
    author: SealAuthor<'_>,
    name: &str,
    file: &[u8],
    recipients: impl IntoIterator<Item = &'a str>,
) -> Result<SealedAttachment, SealError> {
    let to = SealRecipients::of(recipients)?;
    if name.contains('\n') {
        return Err(SealError::FileName);
    }
    if file.len() > MOST_ATTACHMENT_BYTES {
        return Err(SealError::TooLong);
    }
    let opening = AttachmentOpening { random: random()?, name: name.to_owned() };
    let lengths = (u32::try_from(name.len()).ok(), u64::try_from(file.len()).ok());
    let (Some(of_name), Some(of_file)) = lengths else { return Err(SealError::TooLong) };
    let mut within =
        Zeroizing::new(Vec::with_capacity(BEGINS + name.len() + file.len() + STEP_BYTES));
    within.extend(opening.random);
    within.extend(of_name.to_be_bytes());
    within.extend(of_file.to_be_bytes());
    within.extend(name.as_bytes());
    within.extend(file);
    let filled = within.len().next_multiple_of(STEP_BYTES);
    within.resize(filled, 0);
    let bytes = to.seal(&within)?;
    Ok(SealedAttachment { bytes, commitment: opening.commitment(author, file) })
}

/// Opens a sealed file and holds it to the commitment of its author that stands in the record.
///
/// # Errors
/// When it was not sealed to this key, was changed since, or holds something else than this author committed to.
pub fn open_attachment(
    bytes: &[u8],
    author: SealAuthor<'_>,
    commitment: &[u8; 32],
    key: &SealKey,
) -> Result<(AttachmentOpening, Vec<u8>), SealError> {
    let within = unsealed(bytes, key, MOST_ATTACHMENT_BYTES + AROUND_BYTES)?;
    let (opening, file) = read(&within).ok_or(SealError::OtherCommitment)?;
    if opening.commitment(author, file) != *commitment {
        return Err(SealError::OtherCommitment);
    }
    Ok((opening, file.to_vec()))
}

fn read(within: &[u8]) -> Option<(AttachmentOpening, &[u8])> {
    let random = within.get(..32)?.try_into().ok()?;
    let of_name = u32::from_be_bytes(within.get(32..36)?.try_into().ok()?);
    let of_file = u64::from_be_bytes(within.get(36..BEGINS)?.try_into().ok()?);
    let named = BEGINS.checked_add(usize::try_from(of_name).ok()?)?;
    let ends = named.checked_add(usize::try_from(of_file).ok()?)?;
    let name = std::str::from_utf8(within.get(BEGINS..named)?).ok()?.to_owned();
    let file = within.get(named..ends)?;
    let is_filled_up = within[ends..].iter().all(|byte| *byte == 0)
        && within.len() == ends.next_multiple_of(STEP_BYTES);
    is_filled_up.then_some((AttachmentOpening { random, name }, file))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test's own set-up")]

    use super::*;

    const NORTH: SealAuthor<'static> = SealAuthor { space: "host.example/straits", party: "north" };

    #[test]
    fn a_file_is_opened_by_whom_it_is_for_and_is_the_one_that_was_committed_to() {
        let [south, aid] = [0; 2].map(|_| SealKey::generate());
        let to = south.recipient();
        let file: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
        let sealed = seal_attachment(NORTH, "crater.jpg", &file, [to.as_str()]).unwrap();
        let open =
            |bytes: &[u8], author, key| open_attachment(bytes, author, &sealed.commitment, key);
        let (opening, opened) = open(&sealed.bytes, NORTH, &south).unwrap();
        assert!(opened == file && opening.name == "crater.jpg");
        assert_eq!(open(&sealed.bytes, NORTH, &aid), Err(SealError::OtherKey));
        let of_south = SealAuthor { party: "south", ..NORTH };
        assert_eq!(open(&sealed.bytes, of_south, &south), Err(SealError::OtherCommitment));
        for at in [0, 200, sealed.bytes.len() - 1] {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            assert!(open(&changed, NORTH, &south).is_err(), "{at}");
        }
        assert!(open(&sealed.bytes[..sealed.bytes.len() - 1], NORTH, &south).is_err());
        // Neither another file, nor another name, nor other bytes by chance are what was committed to.
        assert_eq!(opening.commitment(NORTH, &file), sealed.commitment);
        assert_ne!(opening.commitment(NORTH, &file[1..]), sealed.commitment);
        let renamed = AttachmentOpening { name: "other.jpg".into(), ..opening.clone() };
        assert_ne!(renamed.commitment(NORTH, &file), sealed.commitment);
        // The same file again is another one to everybody else.
        let again = seal_attachment(NORTH, "crater.jpg", &file, [to.as_str()]).unwrap();
        assert_ne!(again.commitment, sealed.commitment);
    }

    #[test]
    fn what_is_too_long_or_named_by_lines_is_not_sealed_and_an_empty_file_is() {
        let key = SealKey::generate();
        let to = key.recipient();
        let too_long = vec![0; MOST_ATTACHMENT_BYTES + 1];
        let wrong = [("a", &too_long[..], SealError::TooLong), ("a\nb", &[], SealError::FileName)];
        for (name, file, why) in wrong {
            assert_eq!(seal_attachment(NORTH, name, file, [to.as_str()]), Err(why));
        }
        assert_eq!(seal_attachment(NORTH, "a", &[], []), Err(SealError::RecipientCount(0)));
        let sealed = seal_attachment(NORTH, "", &[], [to.as_str()]).unwrap();
        let (opening, file) =
            open_attachment(&sealed.bytes, NORTH, &sealed.commitment, &key).unwrap();
        assert!(opening.name.is_empty() && file.is_empty());
    }

    #[test]
    fn what_is_within_is_read_whole_or_not_at_all() {
        let well = |of_name: u32, of_file: u64, filled: usize| {
            let mut within = vec![7; 32];
            within.extend(of_name.to_be_bytes());
            within.extend(of_file.to_be_bytes());
            within.extend(b"ab");
            within.resize(filled, 0);
            within
        };
        assert!(read(&well(1, 1, STEP_BYTES)).is_some());
        for (of_name, of_file, filled) in [
            (1, 0, STEP_BYTES),
            (1, 1, STEP_BYTES - 1),
            (1, 1, 2 * STEP_BYTES),
            (u32::MAX, 1, STEP_BYTES),
            (1, u64::MAX, STEP_BYTES),
            (1, 1, 45),
            (0, 0, 43),
        ] {
            assert!(
                read(&well(of_name, of_file, filled)).is_none(),
                "{of_name} {of_file} {filled}"
            );
        }
    }
}
