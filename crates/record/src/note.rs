//! C2SP signed-note: a text, and lines that name who signed it.

use std::fmt;

use crate::hash::sha256;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::text::{self, Malformed};

/// The most bytes of a signed note.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;
/// The most signatures on a note: room for a log and as many witnesses as a space has parties.
pub const MAX_NOTE_SIGNATURES: usize = 128;

const FORMAT: &str = "signed note";
const VKEY: &str = "verifier key";

/// What a key signs on notes: the signature type of the specification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyUse {
    /// 0x01: the text of the note.
    Log = 0x01,
    /// 0x04: the text after a line with the time, as a witness (cosignature/v1).
    Witness = 0x04,
}

/// A public key, what it signs and in which name: a verifier key of the specification. As text it is
/// `name+id+base64`, the id in 8 hexadecimal digits.
///
/// ```
/// use deconflict_record::{SigningKey, KeyUse, Vkey};
/// let key = SigningKey::from_seed(&[3; 32]).verifying_key();
/// let vkey = Vkey::new("host.example/straits", KeyUse::Log, key).unwrap();
/// assert_eq!(Vkey::parse(&vkey.to_string()), Ok(vkey));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vkey {
    name: String,
    used: KeyUse,
    key: VerifyingKey,
}

/// A text and the signatures under it, not verified. The text ends in a newline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature line, not verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteSignature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// Why the signatures on a note do not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoteError {
    /// The signature in the name of this known key is not its own.
    Forged(String),
    /// None of the keys in question signed.
    NotSigned,
}

/// Whether a text can name a key: not empty, at most 255 bytes, no spaces, control characters or +.
pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    (1..=255).contains(&name.len()) && !name.contains(forbidden)
}

/// The id of a key: the first 4 bytes of SHA-256(name || newline || type || public key).
pub(crate) fn key_id(name: &str, used: KeyUse, key: &VerifyingKey) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), b"\n", &[used as u8], &key.to_bytes()]).0;
    [hash[0], hash[1], hash[2], hash[3]]
}

impl Vkey {
    /// A key under a name: 1 to 255 bytes without spaces, control characters or +.
    ///
    /// # Errors
    /// When the name is none.
    pub fn new(name: &str, used: KeyUse, key: VerifyingKey) -> Result<Vkey, Malformed> {
        if !is_key_name(name) {
            let fault = "name must be 1 to 255 bytes without spaces, control characters or +";
            return Err(Malformed::whole(VKEY, fault));
        }
        Ok(Vkey { name: name.to_owned(), used, key })
    }

    /// From its text.
    ///
    /// # Errors
    /// When the text has another form, the type is neither 0x01 nor 0x04, the key is none, or the id
    /// is not that of name, type and key.
    pub fn parse(text: &str) -> Result<Vkey, Malformed> {
        let fail = |fault: &str| Malformed::whole(VKEY, fault);
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(fail("must be name+id+base64"));
        };
        let bytes = text::from_base64(key).ok_or_else(|| fail("key must be padded base64"))?;
        let used = match bytes.first() {
            Some(0x01) => KeyUse::Log,
            Some(0x04) => KeyUse::Witness,
            _ => return Err(fail("type must be 0x01 (log) or 0x04 (cosignature/v1)")),
        };
        let key = bytes[1..].try_into().map_err(|_| fail("key must have 32 bytes"))?;
        let key = VerifyingKey::from_bytes(key).map_err(|error| fail(&error.to_string()))?;
        let vkey = Vkey::new(name, used, key)?;
        if text::from_hex(id) != Some(vkey.id()) {
            return Err(fail("id is not the one of this name, type and key"));
        }
        Ok(vkey)
    }

    /// In whose name the key signs: of a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn used(&self) -> KeyUse {
        self.used
    }

    /// The key itself.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The id on signature lines: too short to tell keys apart for sure, long enough to find one.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.used, &self.key)
    }

    /// Whether a signature is one of this key under this text, and the time that it names in seconds
    /// since 1970; of a log's signature, 0.
    fn check(&self, text: &str, signature: &NoteSignature) -> Option<u64> {
        let (time_s, message, bytes) = match self.used {
            KeyUse::Log => (0, text.to_owned(), &signature.bytes[..]),
            KeyUse::Witness => {
                let (time, bytes) = signature.bytes.split_first_chunk()?;
                let time_s = u64::from_be_bytes(*time);
                (time_s, cosigned_text(text, time_s), bytes)
            }
        };
        let signature = Signature(bytes.try_into().ok()?);
        self.key.verify(message.as_bytes(), &signature).ok()?;
        // The specification's bound.
        i64::try_from(time_s).is_ok().then_some(time_s)
    }
}

/// What a cosignature/v1 is over.
pub(crate) fn cosigned_text(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

impl Note {
    /// A note without signatures yet.
    ///
    /// # Errors
    /// When the text does not end in a newline, or holds other control characters.
    pub fn unsigned(text: &str) -> Result<Note, Malformed> {
        if !text.ends_with('\n') {
            return Err(Malformed::whole(FORMAT, "text must end in a newline"));
        }
        check_characters(text)?;
        Ok(Note { text: text.to_owned(), signatures: Vec::new() })
    }

    /// Reads a signed note; no signature is verified.
    ///
    /// # Errors
    /// When the bytes are not a text, an empty line and 1 to [`MAX_NOTE_SIGNATURES`] signature lines,
    /// or are more than [`MAX_NOTE_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Note, Malformed> {
        let fail = |fault: &str| Malformed::whole(FORMAT, fault);
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(fail(&format!("{} bytes: must be at most {MAX_NOTE_BYTES}", bytes.len())));
        }
        let note = str::from_utf8(bytes).map_err(|_| fail("must be UTF-8"))?;
        check_characters(note)?;
        let Some(end) = note.rfind("\n\n") else {
            return Err(fail("must be a text, an empty line and signature lines"));
        };
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        let Some(lines) = lines.strip_suffix('\n') else {
            return Err(fail("must end in a signature line with its newline"));
        };
        let first = text.matches('\n').count() + 2;
        let signatures: Vec<_> = lines
            .split('\n')
            .enumerate()
            .map(|(line, text)| NoteSignature::parse_line(text, first + line))
            .collect::<Result<_, _>>()?;
        if signatures.len() > MAX_NOTE_SIGNATURES {
            return Err(fail(&format!("more than {MAX_NOTE_SIGNATURES} signatures")));
        }
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// The note as text; of a note without signatures, something that does not parse.
    pub fn encode(&self) -> String {
        let lines = self.signatures.iter().map(|signature| signature.line());
        format!("{}\n{}", self.text, lines.collect::<String>())
    }

    /// The text, whoever may have signed it.
    pub fn claimed_text(&self) -> &str {
        &self.text
    }

    /// The signatures that the note claims to carry.
    pub fn claimed_signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The same note, signed in a name by a key of type 0x01.
    ///
    /// # Errors
    /// When the name is none, or there are too many signatures.
    pub fn signed(self, name: &str, key: &SigningKey) -> Result<Note, Malformed> {
        let vkey = Vkey::new(name, KeyUse::Log, key.verifying_key())?;
        let signature = key.sign(self.text.as_bytes());
        let bytes = signature.0.to_vec();
        self.and(NoteSignature { name: name.to_owned(), id: vkey.id(), bytes })
    }

    /// The same note with one more signature line, unless it stands there already.
    ///
    /// # Errors
    /// When there are then more than [`MAX_NOTE_SIGNATURES`], or more than [`MAX_NOTE_BYTES`].
    pub fn and(mut self, signature: NoteSignature) -> Result<Note, Malformed> {
        if !self.signatures.contains(&signature) {
            if self.signatures.len() == MAX_NOTE_SIGNATURES {
                let fault = format!("must have at most {MAX_NOTE_SIGNATURES} signatures");
                return Err(Malformed::whole(FORMAT, fault));
            }
            self.signatures.push(signature);
        }
        let len = self.encode().len();
        if len > MAX_NOTE_BYTES {
            let fault = format!("{len} bytes: must be at most {MAX_NOTE_BYTES}");
            return Err(Malformed::whole(FORMAT, fault));
        }
        Ok(self)
    }

    /// Whether there is a line in the same name and by the same key id already.
    pub fn has_line_of(&self, other: &NoteSignature) -> bool {
        self.signatures.iter().any(|line| line.name == other.name && line.id == other.id)
    }

    /// For each of the keys, in their order, the latest time at which it signed, in seconds since
    /// 1970 (of a log's key, 0), or `None`. Signatures by other keys are left aside.
    ///
    /// # Errors
    /// When none of the keys signed, or a signature in the name of one is not its own.
    pub fn verify(&self, keys: &[&Vkey]) -> Result<Vec<Option<u64>>, NoteError> {
        let latest = |vkey: &&Vkey| {
            let id = vkey.id();
            let by_it =
                |signature: &&NoteSignature| signature.name == vkey.name && signature.id == id;
            let times = self.signatures.iter().filter(by_it).map(|signature| {
                let time = vkey.check(&self.text, signature);
                time.ok_or_else(|| NoteError::Forged(vkey.name.clone()))
            });
            times.collect::<Result<Vec<u64>, _>>().map(|times| times.into_iter().max())
        };
        let times = keys.iter().map(latest).collect::<Result<Vec<_>, _>>()?;
        if times.iter().all(Option::is_none) { Err(NoteError::NotSigned) } else { Ok(times) }
    }
}

impl NoteSignature {
    /// A witness's cosignature/v1 under a text, at a time in seconds since 1970. The name must be one.
    pub(crate) fn cosign(text: &str, name: &str, key: &SigningKey, time_s: u64) -> NoteSignature {
        let signature = key.sign(cosigned_text(text, time_s).as_bytes());
        NoteSignature {
            name: name.to_owned(),
            id: key_id(name, KeyUse::Witness, &key.verifying_key()),
            bytes: [&time_s.to_be_bytes()[..], &signature.0].concat(),
        }
    }

    /// From a signature line with its newline.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(line: &str) -> Result<NoteSignature, Malformed> {
        let line = line.strip_suffix('\n');
        let line = line.ok_or_else(|| Malformed::line(FORMAT, 1, "must end in a newline"))?;
        check_characters(line)?;
        NoteSignature::parse_line(line, 1)
    }

    fn parse_line(text: &str, line: usize) -> Result<NoteSignature, Malformed> {
        let read = || {
            let (name, base64) = text.strip_prefix("— ")?.rsplit_once(' ')?;
            let bytes = text::from_base64(base64)?;
            let (id, signature) = bytes.split_first_chunk()?;
            let named = is_key_name(name) && !signature.is_empty();
            named.then(|| NoteSignature {
                name: name.to_owned(),
                id: *id,
                bytes: signature.to_owned(),
            })
        };
        read().ok_or_else(|| {
            let fault = "must be an em dash, the key's name and base64, a space between them";
            Malformed::line(FORMAT, line, fault)
        })
    }

    /// The line, with its newline.
    pub fn line(&self) -> String {
        let bytes = [&self.id[..], &self.bytes].concat();
        format!("— {} {}\n", self.name, text::base64(&bytes))
    }

    /// In whose name it claims to be.
    pub fn claimed_name(&self) -> &str {
        &self.name
    }
}

fn check_characters(text: &str) -> Result<(), Malformed> {
    match text.bytes().position(|c| c < b' ' && c != b'\n') {
        Some(at) => Err(Malformed::new(
            FORMAT,
            format!("byte {at}"),
            "must have no control character but the newline",
        )),
        None => Ok(()),
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.used as u8][..], &self.key.to_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, text::hex(&self.id()), text::base64(&key))
    }
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteError::Forged(name) => {
                write!(f, "signed note: the signature in the name of {name} is not its own")
            }
            NoteError::NotSigned => {
                f.write_str("signed note: none of the keys in question signed it")
            }
        }
    }
}

impl std::error::Error for NoteError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note with which Go's golang.org/x/mod/sumdb/note documents itself.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NEUMANN: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_note_of_the_reference_implementation_verifies() {
        let note = Note::parse(NEUMANN.as_bytes()).unwrap();
        let peter = Vkey::parse(PETER).unwrap();
        assert_eq!(peter.to_string(), PETER);
        assert_eq!(note.verify(&[&peter]), Ok(vec![Some(0)]));
        assert_eq!(note.encode(), NEUMANN);
        let other = Note::parse(NEUMANN.replacen("problem", "Problem", 1).as_bytes()).unwrap();
        assert_eq!(other.verify(&[&peter]), Err(NoteError::Forged("PeterNeumann".into())));
    }

    #[test]
    fn signatures_by_unknown_keys_are_left_aside_even_under_a_known_name() {
        let key = SigningKey::from_seed(&[1; 32]);
        let (known, other) = (key.verifying_key(), SigningKey::from_seed(&[2; 32]));
        let known = Vkey::new("log", KeyUse::Log, known).unwrap();
        let note = Note::unsigned("text\n").unwrap().signed("log", &other).unwrap();
        assert_eq!(note.verify(&[&known]), Err(NoteError::NotSigned));
        let note = note.signed("log", &key).unwrap();
        assert_eq!(note.verify(&[&known]), Ok(vec![Some(0)]));
    }

    #[test]
    fn the_latest_of_a_witness_cosignatures_counts_and_each_must_be_its_own() {
        let key = SigningKey::from_seed(&[1; 32]);
        let witness = Vkey::new("desk", KeyUse::Witness, key.verifying_key()).unwrap();
        let cosigned = |time_s| NoteSignature::cosign("text\n", "desk", &key, time_s);
        let note = Note::unsigned("text\n").unwrap().and(cosigned(7)).unwrap();
        let note = note.and(cosigned(9)).unwrap().and(cosigned(8)).unwrap();
        assert_eq!(note.verify(&[&witness]), Ok(vec![Some(9)]));
        let mut later = cosigned(9);
        later.bytes[7] = 10;
        let forged = note.and(later).unwrap();
        assert_eq!(forged.verify(&[&witness]), Err(NoteError::Forged("desk".into())));
        let beyond = Note::unsigned("text\n").unwrap().and(cosigned(1 << 63)).unwrap();
        assert_eq!(beyond.verify(&[&witness]), Err(NoteError::Forged("desk".into())));
        // A key of one use does not verify signatures of the other.
        let log = Vkey::new("desk", KeyUse::Log, key.verifying_key()).unwrap();
        let note = Note::unsigned("text\n").unwrap().and(cosigned(7)).unwrap();
        assert_eq!(note.verify(&[&log]), Err(NoteError::NotSigned));
    }

    #[test]
    fn what_is_no_signed_note_is_refused() {
        let good = "text\n\n— name AAAAAAA=\n";
        assert_eq!(Note::parse(good.as_bytes()).unwrap().encode(), good);
        for (from, to) in [
            ("text\n\n", "text\n"),
            ("text\n\n", ""),
            ("text", "te\txt"),
            ("text", "te\rxt"),
            ("—", "-"),
            ("— name", "—  name"),
            ("name", "na me"),
            ("name", "na\u{a0}me"),
            ("name", "na+me"),
            ("name ", ""),
            ("AAAAAAA=", "AAAAAA=="),
            ("AAAAAAA=", "AAAAAAB="),
            ("AAAAAAA=", ""),
            ("=\n", "="),
            ("=\n", "=\n\n"),
            ("=\n", "=\nmore\n"),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert!(Note::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(Note::parse(b"text\n\n\xe2\x80\x94 name\xff AAAAAAA=\n").is_err());
        let many = format!("text\n\n{}", "— name AAAAAAA=\n".repeat(MAX_NOTE_SIGNATURES + 1));
        assert!(Note::parse(many.as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_verifier_key_is_refused() {
        for (from, to) in [
            ("PeterNeumann", "Peter Neumann"),
            ("PeterNeumann", ""),
            ("PeterNeumann", "PeterNewmann"),
            ("c74f20a3", "C74F20A3"),
            ("c74f20a3", "c74f20a4"),
            ("c74f20a3", "c74f20a"),
            ("ARpc", "BBpc"),
            ("ARpc", "Ahpc"),
            ("TW", "T"),
            ("TW", "TWAA"),
            ("+AR", "AR"),
        ] {
            let wrong = PETER.replacen(from, to, 1);
            assert!(Vkey::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
