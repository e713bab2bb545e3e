//! C2SP tlog-proof: that an entry stands in a log, in one file that is checked offline.

use std::fmt;

use crate::checkpoint::SignedCheckpoint;
use crate::hash::{Hash, leaf_hash};
use crate::note::MAX_NOTE_BYTES;
use crate::policy::{AcceptedCheckpoint, NotAccepted, Policy};
use crate::text::{self, Malformed, decimal};
use crate::tree::{ProofError, verify_inclusion};

/// The most bytes of extra data in a proof.
pub const MAX_EXTRA_BYTES: usize = 128 * 1024;

const FORMAT: &str = "tlog proof";
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
const MAX_HASHES: usize = 63;
const MAX_BYTES: usize = MAX_NOTE_BYTES + MAX_EXTRA_BYTES / 3 * 4 + 64 * 64;

/// That an entry stands at an index in the tree of a checkpoint; not verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    /// What else the reader needs: of deconflict, the entry's salt and content. Not authenticated by
    /// the proof; at most [`MAX_EXTRA_BYTES`]. Absent and empty are two things.
    pub extra: Option<Vec<u8>>,
    /// Where the entry stands, from 0.
    pub index: u64,
    /// The siblings from the leaf up, at most 63.
    pub path: Vec<Hash>,
    /// The head, with its signatures.
    pub checkpoint: SignedCheckpoint,
}

/// Why a proof is not believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProofRefused {
    /// The checkpoint does not satisfy the policy.
    Checkpoint(NotAccepted),
    /// The entry is not shown to stand in its tree.
    Inclusion(ProofError),
}

impl TlogProof {
    /// Reads a proof; nothing is verified.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`TlogProof::encode`] writes.
    pub fn parse(bytes: &[u8]) -> Result<TlogProof, Malformed> {
        let fail = |line, fault: &str| Malformed::line(FORMAT, line, fault);
        let (head, note) = text::before_note(FORMAT, bytes, MAX_BYTES)?;
        let mut lines = head.split('\n').enumerate().map(|(at, line)| (at + 1, line)).peekable();
        if lines.next() != Some((1, FIRST_LINE)) {
            return Err(fail(1, &format!("must be {FIRST_LINE}")));
        }
        let mut extra = None;
        if let Some((at, base64)) =
            lines.peek().and_then(|(at, line)| Some((*at, line.strip_prefix("extra ")?)))
        {
            let bytes = text::from_base64(base64).filter(|bytes| bytes.len() <= MAX_EXTRA_BYTES);
            extra = Some(bytes.ok_or_else(|| fail(at, "extra must be base64 of at most 128 KiB"))?);
            lines.next();
        }
        let index = lines.next().and_then(|(_, line)| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or_else(|| {
            fail(2 + usize::from(extra.is_some()), "must be `index`, a space and a decimal number")
        })?;
        let hash = |(at, line): (usize, &str)| {
            Hash::from_base64(line).map_err(|error| fail(at, &error.to_string()))
        };
        let path: Vec<Hash> = lines.map(hash).collect::<Result<_, _>>()?;
        if path.len() > MAX_HASHES {
            return Err(Malformed::whole(FORMAT, "more than 63 hashes"));
        }
        let checkpoint = SignedCheckpoint::parse(note)?;
        Ok(TlogProof { extra, index, path, checkpoint })
    }

    /// The file.
    pub fn encode(&self) -> String {
        let extra = self.extra.as_ref().map(|bytes| format!("extra {}\n", text::base64(bytes)));
        let path = self.path.iter().flat_map(|hash| [hash.to_base64(), "\n".to_owned()]);
        format!(
            "{FIRST_LINE}\n{}index {}\n{}\n{}",
            extra.unwrap_or_default(),
            self.index,
            path.collect::<String>(),
            self.checkpoint.encode()
        )
    }

    /// The head, once it satisfies the policy and the leaf's data is shown to stand in its tree.
    /// The data of a deconflict entry are the 32 bytes of its commitment ([`crate::commit`]).
    ///
    /// # Errors
    /// When the proof does not show it.
    pub fn verify(
        &self,
        policy: &Policy,
        leaf_data: &[u8],
    ) -> Result<AcceptedCheckpoint<'_>, ProofRefused> {
        let accepted = policy.accept(&self.checkpoint).map_err(ProofRefused::Checkpoint)?;
        let head = accepted.checkpoint;
        verify_inclusion(&leaf_hash(leaf_data), self.index, head.size, &self.path, &head.root)
            .map_err(ProofRefused::Inclusion)?;
        Ok(accepted)
    }
}

impl fmt::Display for ProofRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofRefused::Checkpoint(error) => fmt::Display::fmt(error, f),
            ProofRefused::Inclusion(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for ProofRefused {}
