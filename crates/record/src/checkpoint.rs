//! C2SP tlog-checkpoint and cosignature/v1: the signed head of a log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::{EMPTY_ROOT, Hash};
use crate::key::SigningKey;
use crate::note::{KeyUse, MAX_NOTE_BYTES, Note, NoteError, NoteSignature, Vkey, is_key_name};
use crate::text::{Malformed, decimal};
use crate::tree::MAX_SIZE;

const FORMAT: &str = "checkpoint";

/// The size and the root of a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The head of a log, as the log signs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The name of the log; also the name under which its key signs: 1 to 255 bytes without spaces,
    /// control characters or +.
    pub origin: String,
    /// The number of leaves, at most [`MAX_SIZE`].
    pub size: u64,
    /// The root; of size 0, [`EMPTY_ROOT`].
    pub root: Hash,
    /// Further lines, not empty, of no meaning here. deconflict writes none.
    pub extensions: Vec<String>,
}

/// A checkpoint with signatures that are not yet verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// That a witness saw a checkpoint, consistent with all that it saw before, and when.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cosignature {
    /// The witness's name.
    pub witness: String,
    /// When, by the witness's clock, in seconds since 1970.
    pub time_s: u64,
}

impl Head {
    /// Of the tree without leaves.
    pub const EMPTY: Head = Head { size: 0, root: EMPTY_ROOT };
}

impl Checkpoint {
    /// Its size and root.
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root }
    }

    /// The text that is signed.
    ///
    /// ```
    /// use deconflict_record::{Checkpoint, EMPTY_ROOT};
    /// let origin = "host.example/straits".to_owned();
    /// let checkpoint = Checkpoint { origin, size: 0, root: EMPTY_ROOT, extensions: vec![] };
    /// let text = "host.example/straits\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    /// assert_eq!(checkpoint.text(), text);
    /// ```
    pub fn text(&self) -> String {
        let root = self.root.to_base64();
        let extensions = self.extensions.iter().flat_map(|line| [line.as_str(), "\n"]);
        format!("{}\n{}\n{root}\n{}", self.origin, self.size, extensions.collect::<String>())
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// When the text has another form, or the root does not fit a size of 0.
    pub fn parse(text: &str) -> Result<Checkpoint, Malformed> {
        let fail = |line, fault: &str| Malformed::line(FORMAT, line, fault);
        let mut lines = text
            .strip_suffix('\n')
            .ok_or_else(|| Malformed::whole(FORMAT, "must end in a newline"))?
            .split('\n');
        let origin = lines.next().filter(|line| is_key_name(line)).ok_or_else(|| {
            fail(1, "origin must be 1 to 255 bytes without spaces, control characters or +")
        })?;
        let size = lines.next().and_then(decimal).filter(|size| *size <= MAX_SIZE);
        let size = size.ok_or_else(|| {
            fail(2, "size must be a decimal number without leading zeros, at most 2^62")
        })?;
        let root = lines.next().and_then(|line| Hash::from_base64(line).ok());
        let root =
            root.ok_or_else(|| fail(3, "root must be 32 bytes in padded standard base64"))?;
        if size == 0 && root != EMPTY_ROOT {
            return Err(fail(3, "root of size 0 must be the hash of nothing"));
        }
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if let Some(at) = extensions.iter().position(String::is_empty) {
            return Err(fail(4 + at, "extension lines must not be empty"));
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs the head as the log, in the name of its origin.
    ///
    /// A log signs only what is durable, and never a head that does not extend the last one that it
    /// signed: its caller sees to that.
    ///
    /// # Errors
    /// When a part is out of its range, so that the text would not parse.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, Malformed> {
        let text = self.text();
        if Checkpoint::parse(&text)? != *self {
            return Err(Malformed::whole(FORMAT, "extensions must be lines, one each"));
        }
        SignedCheckpoint::of(Note::unsigned(&text)?.signed(&self.origin, key)?)
    }
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint; no signature is verified.
    ///
    /// # Errors
    /// When the bytes are no signed note, or its text is no checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<SignedCheckpoint, Malformed> {
        SignedCheckpoint::of(Note::parse(bytes)?)
    }

    fn of(note: Note) -> Result<SignedCheckpoint, Malformed> {
        Ok(SignedCheckpoint { checkpoint: Checkpoint::parse(note.claimed_text())?, note })
    }

    /// The whole note, as it is stored and passed on.
    pub fn encode(&self) -> String {
        self.note.encode()
    }

    /// What it says, whoever may have signed it: to find the log's key by its origin.
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The head, once the log's signature is seen to be its own.
    ///
    /// # Errors
    /// When the key is no log's key in the name of this origin, or did not sign.
    pub fn verify(&self, log: &Vkey) -> Result<&Checkpoint, NoteError> {
        if log.used() != KeyUse::Log || log.name() != self.checkpoint.origin {
            return Err(NoteError::NotSigned);
        }
        self.note.verify(&[log])?;
        Ok(&self.checkpoint)
    }

    /// Which of the witnesses cosigned, and when. Signatures by others are left aside.
    ///
    /// # Errors
    /// When a signature in the name of one of them is not its own.
    pub fn cosignatures(&self, witnesses: &[&Vkey]) -> Result<Vec<Cosignature>, NoteError> {
        let witnesses: Vec<_> =
            witnesses.iter().filter(|vkey| vkey.used() == KeyUse::Witness).copied().collect();
        let times = match self.note.verify(&witnesses) {
            Err(NoteError::NotSigned) => return Ok(Vec::new()),
            times => times?,
        };
        let cosignature = |(vkey, time_s): (&&Vkey, Option<u64>)| {
            Some(Cosignature { witness: vkey.name().to_owned(), time_s: time_s? })
        };
        Ok(witnesses.iter().zip(times).filter_map(cosignature).collect())
    }

    /// The same, with those of the signature lines in a witness's answer that are cosignatures by
    /// these witnesses; all else in the answer is left out. Of each witness the first is kept, since
    /// it shows by when the head was there; some verifiers refuse a note with two.
    ///
    /// # Errors
    /// When the answer has a line of another form, or the note would be too long.
    pub fn collect(self, answer: &str, witnesses: &[&Vkey]) -> Result<SignedCheckpoint, Malformed> {
        let mut note = self.note;
        if answer.len() > MAX_NOTE_BYTES {
            let fault = format!("{} bytes: must be at most {MAX_NOTE_BYTES}", answer.len());
            return Err(Malformed::whole("a witness's answer", fault));
        }
        for line in answer.split_inclusive('\n') {
            let signature = NoteSignature::parse(line)?;
            let alone = Note::unsigned(note.claimed_text())?.and(signature.clone())?;
            let by_a_witness =
                |vkey: &&Vkey| vkey.used() == KeyUse::Witness && alone.verify(&[vkey]).is_ok();
            if !note.has_line_of(&signature) && witnesses.iter().any(by_a_witness) {
                note = note.and(signature)?;
            }
        }
        Ok(SignedCheckpoint { checkpoint: self.checkpoint, note })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at size {}, root {}", self.origin, self.size, self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn head(size: u64) -> Checkpoint {
        let root = crate::leaf_hash(&size.to_be_bytes());
        Checkpoint { origin: "host.example/straits".into(), size, root, extensions: vec![] }
    }

    fn vkey(name: &str, used: KeyUse, seed: u8) -> Vkey {
        Vkey::new(name, used, key(seed).verifying_key()).unwrap()
    }

    #[test]
    fn only_the_log_in_its_own_name_vouches_for_a_head() {
        let signed = head(9).sign(&key(1)).unwrap();
        let read = SignedCheckpoint::parse(signed.encode().as_bytes()).unwrap();
        assert_eq!(read.verify(&vkey("host.example/straits", KeyUse::Log, 1)), Ok(&head(9)));
        for other in [
            vkey("host.example/straits", KeyUse::Log, 2),
            vkey("host.example/strait", KeyUse::Log, 1),
            vkey("host.example/straits", KeyUse::Witness, 1),
        ] {
            assert_eq!(read.verify(&other), Err(NoteError::NotSigned));
        }
        // Another log's key that signs in its own name is not this log.
        let note = Note::unsigned(&head(9).text()).unwrap().signed("other", &key(2)).unwrap();
        let other = SignedCheckpoint::of(note).unwrap();
        assert_eq!(other.verify(&vkey("other", KeyUse::Log, 2)), Err(NoteError::NotSigned));
    }

    #[test]
    fn cosignatures_are_collected_from_answers_and_only_by_known_witnesses() {
        let signed = head(9).sign(&key(1)).unwrap();
        let (north, south) = (vkey("north", KeyUse::Witness, 2), vkey("south", KeyUse::Witness, 3));
        let line = |name: &str, seed, time_s| {
            NoteSignature::cosign(&head(9).text(), name, &key(seed), time_s).line()
        };
        let answer = line("north", 2, 100) + &line("stranger", 4, 100) + &line("south", 4, 100);
        let collected = signed.clone().collect(&answer, &[&north, &south]).unwrap();
        let collected = collected.collect(&line("north", 2, 200), &[&north]).unwrap();
        assert_eq!(collected.note().claimed_signatures().len(), 2);
        let seen = Cosignature { witness: "north".into(), time_s: 100 };
        assert_eq!(collected.cosignatures(&[&south, &north]), Ok(vec![seen]));
        assert_eq!(signed.cosignatures(&[&north]), Ok(vec![]));
        assert!(signed.clone().collect("nonsense\n", &[&north]).is_err());
        // A log's signature is no cosignature, whoever is taken for a witness.
        let log = Note::unsigned(&head(9).text()).unwrap().signed("log", &key(5)).unwrap();
        let line = log.claimed_signatures()[0].line();
        let same = signed.clone().collect(&line, &[&vkey("log", KeyUse::Log, 5)]).unwrap();
        assert_eq!(same, signed);
        assert!(signed.collect("", &[&north]).is_ok());
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let good = head(9).text();
        for (from, to) in [
            ("host.example/straits", ""),
            ("host.example/straits", "host example"),
            ("\n9\n", "\n09\n"),
            ("\n9\n", "\n-9\n"),
            ("\n9\n", "\n\n"),
            ("\n9\n", "\n4611686018427387905\n"),
            ("\n9\n", "\n0\n"),
            ("=\n", "\n"),
            ("=\n", "=AA\n"),
            ("=\n", "="),
            ("=\n", "=\n\n"),
            ("=\n", "=\n\nmore\n"),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert!(Checkpoint::parse(&wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(
            Checkpoint::parse(&good.replacen("=\n", "=\nmore\n", 1)).unwrap().extensions,
            ["more"]
        );
        let broken = Checkpoint { extensions: vec!["two\nlines".into()], ..head(9) };
        assert!(broken.sign(&key(1)).is_err());
    }
}
