//! Opening a sealed remark, and holding what was in it to the commitment.

use std::io::Read;
use std::iter;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::SealError;
use crate::key::SealKey;
use crate::sealing::{MOST_SEALED_BYTES, STEP_BYTES};

/// What the hash of a commitment begins with.
const TAG: &[u8] = b"deconflict sealed remark v1\n";
/// Where the text begins within a seal: after the random bytes and its length.
const BEGINS: usize = 36;

/// Whose remark it is: a seal that somebody else puts beside a message of its own fits no commitment there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealAuthor<'a> {
    /// The space, by the origin of its record, without a line end.
    pub space: &'a str,
    /// The name of the party that sends it, without a line end.
    pub party: &'a str,
}

impl SealAuthor<'_> {
    pub(crate) fn add_to(self, hash: &mut Sha256) {
        for name in [self.space, self.party] {
            hash.update(name);
            hash.update("\n");
        }
    }
}

/// What was within a seal: what its author committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealOpening {
    /// Random bytes, without which nobody could try whether some remark was the one.
    pub random: [u8; 32],
    /// The tag of the language that the remark is in.
    pub language: String,
    /// The remark.
    pub text: String,
}

impl SealOpening {
    /// What stands in the record for it: SHA-256 over `deconflict sealed remark v1`, a line end, the
    /// space, a line end, the author's party, a line end, the 32 random bytes, the language's tag, a line end and the remark.
    pub fn commitment(&self, author: SealAuthor<'_>) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(TAG);
        author.add_to(&mut hash);
        hash.update(self.random);
        hash.update(self.body());
        hash.finalize().into()
    }

    fn body(&self) -> String {
        format!("{}\n{}", self.language, self.text)
    }

    /// The random bytes, the length of what follows (four bytes, the largest first), the language's tag, a line end and the
    /// remark, filled up with zeros. `None`: it is too long.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.language.contains('\n') {
            return None;
        }
        let body = self.body();
        let length = u32::try_from(body.len()).ok()?;
        let mut bytes = self.random.to_vec();
        bytes.extend(length.to_be_bytes());
        bytes.extend(body.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(STEP_BYTES), 0);
        (bytes.len() <= MOST_SEALED_BYTES).then_some(bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Option<SealOpening> {
        let random = bytes.get(..32)?.try_into().ok()?;
        let length = u32::from_be_bytes(bytes.get(32..BEGINS)?.try_into().ok()?);
        let ends = BEGINS.checked_add(usize::try_from(length).ok()?)?;
        let body = std::str::from_utf8(bytes.get(BEGINS..ends)?).ok()?;
        let is_filled_up = bytes[ends..].iter().all(|byte| *byte == 0)
            && bytes.len() == ends.next_multiple_of(STEP_BYTES);
        let (language, text) = body.split_once('\n').filter(|_| is_filled_up)?;
        Some(SealOpening { random, language: language.to_owned(), text: text.to_owned() })
    }
}

/// Opens a sealed remark and holds what is within to the commitment of its author that stands in the record.
///
/// # Errors
/// When it was not sealed to this key, was changed since, or holds something else than this author committed to.
pub fn open(
    bytes: &[u8],
    author: SealAuthor<'_>,
    commitment: &[u8; 32],
    key: &SealKey,
) -> Result<SealOpening, SealError> {
    let within = unsealed(bytes, key, MOST_SEALED_BYTES)?;
    let opening = SealOpening::of_bytes(&within).ok_or(SealError::OtherCommitment)?;
    if opening.commitment(author) != *commitment {
        return Err(SealError::OtherCommitment);
    }
    Ok(opening)
}

/// What is within a seal of at most so many bytes.
pub(crate) fn unsealed(
    bytes: &[u8],
    key: &SealKey,
    most: usize,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if bytes.len() > most {
        return Err(SealError::TooLong);
    }
    let seal = age::Decryptor::new(bytes).map_err(|_| SealError::Damaged)?;
    // A seal that a passphrase opens would have its reader do work that its author chose.
    if seal.is_scrypt() {
        return Err(SealError::Damaged);
    }
    let reader = seal.decrypt(iter::once(key.identity())).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => SealError::OtherKey,
        _ => SealError::Damaged,
    })?;
    let mut within = Zeroizing::new(Vec::new());
    reader.take(most as u64).read_to_end(&mut within).map_err(|_| SealError::Damaged)?;
    Ok(within)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test's own set-up")]

    use std::io::Write;

    use super::*;
    use crate::{MOST_RECIPIENTS, seal};

    const NORTH: SealAuthor<'static> = SealAuthor { space: "host.example/straits", party: "north" };

    fn keys() -> [SealKey; 3] {
        [0; 3].map(|_| SealKey::generate())
    }

    /// Whatever somebody puts within a seal to a key.
    fn around(within: &[u8], key: &SealKey) -> Vec<u8> {
        let recipient: age::x25519::Recipient = key.recipient().parse().unwrap();
        let to = iter::once(&recipient as &dyn age::Recipient);
        let mut bytes = Vec::new();
        let mut writer =
            age::Encryptor::with_recipients(to).unwrap().wrap_output(&mut bytes).unwrap();
        writer.write_all(within).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn whom_it_is_for_opens_it_and_nobody_else() {
        let [north, south, aid] = keys();
        let to = [north.recipient(), south.recipient()];
        let sealed = seal(NORTH, "ru", "Мост закрыт.", to.iter().map(String::as_str)).unwrap();
        let opened = |key| open(&sealed.bytes, NORTH, &sealed.commitment, key);
        let by_south = opened(&south).unwrap();
        assert_eq!((by_south.language.as_str(), by_south.text.as_str()), ("ru", "Мост закрыт."));
        assert_eq!(opened(&north).unwrap(), by_south);
        assert_eq!(opened(&aid), Err(SealError::OtherKey));
        // The same words again are other bytes and another commitment.
        let again = seal(NORTH, "ru", "Мост закрыт.", [to[0].as_str()]).unwrap();
        assert_ne!(again.commitment, sealed.commitment);
        assert!(!String::from_utf8_lossy(&sealed.bytes).contains("Мост"));
    }

    #[test]
    fn the_commitment_refuses_every_other_remark() {
        let [north, ..] = keys();
        let sealed = seal(NORTH, "en", "Bridge closed.", [north.recipient().as_str()]).unwrap();
        let opening = open(&sealed.bytes, NORTH, &sealed.commitment, &north).unwrap();
        assert_eq!(opening.commitment(NORTH), sealed.commitment);
        let others = [
            SealOpening { text: "Bridge closed!".into(), ..opening.clone() },
            SealOpening { language: "fr".into(), ..opening.clone() },
            SealOpening { random: [0; 32], ..opening.clone() },
            SealOpening {
                language: "e".into(),
                text: "n\nBridge closed.".into(),
                ..opening.clone()
            },
        ];
        for other in others {
            assert_ne!(other.commitment(NORTH), sealed.commitment, "{other:?}");
        }
        // Nobody else's message carries it, nor the same party's in another space.
        for other in [
            SealAuthor { party: "south", ..NORTH },
            SealAuthor { space: "host.example/other", ..NORTH },
        ] {
            let fault = open(&sealed.bytes, other, &sealed.commitment, &north);
            assert_eq!(fault, Err(SealError::OtherCommitment), "{other:?}");
        }
        // Who seals other words than he committed to is found out by whoever opens them.
        let other = SealOpening { text: "Bridge open.".into(), ..opening };
        let lie = around(&other.to_bytes().unwrap(), &north);
        assert_eq!(open(&lie, NORTH, &sealed.commitment, &north), Err(SealError::OtherCommitment));
        for within in [&b""[..], &[0; 35], &[0xff; 256], &[0; 512]] {
            let fault = open(&around(within, &north), NORTH, &sealed.commitment, &north);
            assert_eq!(fault, Err(SealError::OtherCommitment), "{within:?}");
        }
    }

    #[test]
    fn its_length_shows_in_steps_alone() {
        // Around it stands what tells of the recipients alone, and some bytes by chance.
        let length = |text: &str| {
            let (language, text) = ("en".to_owned(), text.to_owned());
            SealOpening { random: [0; 32], language, text }.to_bytes().unwrap().len()
        };
        let short = length("a");
        assert_eq!(length(&"a".repeat(256 - 36 - 3)), short);
        assert_eq!(length(&"a".repeat(256 - 36 - 2)), short + STEP_BYTES);
        // The longest remark that the vocabulary knows, to as many as there may be.
        let many: Vec<String> =
            (0..MOST_RECIPIENTS).map(|_| SealKey::generate().recipient()).collect();
        let longest = "字".repeat(1_600);
        let sealed = seal(NORTH, "zh", &longest, many.iter().map(String::as_str)).unwrap();
        assert!(sealed.bytes.len() <= MOST_SEALED_BYTES, "{}", sealed.bytes.len());
        let one_more = SealKey::generate().recipient();
        let more = many.iter().chain([&one_more]).map(String::as_str);
        assert_eq!(seal(NORTH, "zh", "a", more), Err(SealError::RecipientCount(65)));
        assert_eq!(seal(NORTH, "zh", "a", []), Err(SealError::RecipientCount(0)));
        let too_long = "a".repeat(20_000);
        assert_eq!(seal(NORTH, "en", &too_long, [many[0].as_str()]), Err(SealError::TooLong));
        let other = seal(NORTH, "en", "a", ["age1nobody"]);
        assert_eq!(other, Err(SealError::Recipient("age1nobody".into())));
    }

    #[test]
    fn what_was_changed_or_is_no_seal_is_not_opened() {
        let [north, ..] = keys();
        let sealed = seal(NORTH, "en", "Bridge closed.", [north.recipient().as_str()]).unwrap();
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            let fault = open(&changed, NORTH, &sealed.commitment, &north).unwrap_err();
            assert!(matches!(fault, SealError::Damaged | SealError::OtherKey), "{at}: {fault:?}");
        }
        for cut in [0, 10, sealed.bytes.len() - 1] {
            assert!(
                open(&sealed.bytes[..cut], NORTH, &sealed.commitment, &north).is_err(),
                "{cut}"
            );
        }
        let long = vec![b'a'; MOST_SEALED_BYTES + 1];
        assert_eq!(open(&long, NORTH, &sealed.commitment, &north), Err(SealError::TooLong));
        let locked = north.lock("correct horse").unwrap();
        assert_eq!(open(&locked, NORTH, &sealed.commitment, &north), Err(SealError::Damaged));
    }
}
