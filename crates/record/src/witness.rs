//! C2SP tlog-witness, the pure part: countersign a head only if it extends the last one.

use std::fmt;

use crate::checkpoint::{Head, SignedCheckpoint};
use crate::fork::Evidence;
use crate::hash::Hash;
use crate::key::SigningKey;
use crate::note::{KeyUse, MAX_NOTE_BYTES, NoteSignature, Vkey, is_key_name};
use crate::text::{Malformed, before_note, decimal};
use crate::tree::{ProofError, verify_consistency};
use crate::utc::UtcSecond;

/// The most hashes of a consistency proof in a request.
pub const MAX_CONSISTENCY_HASHES: usize = 63;

const FORMAT: &str = "add-checkpoint request";
/// 63 hashes in base64 and the first line, besides the note.
const MAX_BYTES: usize = MAX_NOTE_BYTES + 64 * 64;

/// A request to countersign a head: from which size on, the proof, and the head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    /// The size of the last head that this witness is thought to have countersigned; 0 for none.
    pub old_size: u64,
    /// The consistency proof from that size, at most [`MAX_CONSISTENCY_HASHES`].
    pub proof: Vec<Hash>,
    /// The head.
    pub checkpoint: SignedCheckpoint,
}

/// One witness's memory of one log: its last countersigned head, which never goes back.
///
/// ```
/// use deconflict_record::{
///     AddCheckpoint, Checkpoint, SigningKey, KeyUse, UtcSecond, Vkey, Cosigner, leaf_hash,
/// };
/// let (host, desk) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
/// let log = Vkey::new("host.example/straits", KeyUse::Log, host.verifying_key()).unwrap();
/// let mut witness = Cosigner::new("desk.example", log, None).unwrap();
/// let head = Checkpoint {
///     origin: "host.example/straits".into(),
///     size: 1,
///     root: leaf_hash(b"entry"),
///     extensions: vec![],
/// };
/// let checkpoint = head.sign(&host).unwrap();
/// let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
/// let pending = witness.judge(&request).unwrap();
/// let to_disk = pending.checkpoint().encode(); // written and synced here
/// let line = pending.persisted(&desk, UtcSecond::new(1_795_348_800).unwrap()).line();
/// assert!(line.starts_with("— desk.example "));
/// assert_eq!(witness.head().size, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Cosigner {
    name: String,
    log: Vkey,
    last: Option<SignedCheckpoint>,
}

/// A head found to extend the last one, and not countersigned yet.
///
/// It holds the witness to itself: nothing else can be judged until it is persisted or dropped, so
/// that no older head can overtake it. Dropped, it was never seen.
#[must_use = "a head that is not persisted is not countersigned"]
#[derive(Debug)]
pub struct Pending<'w> {
    witness: &'w mut Cosigner,
    checkpoint: SignedCheckpoint,
}

/// Why a witness does not countersign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CosignRefusal {
    /// Not this log.
    UnknownLog,
    /// The log's signature is missing or does not fit.
    BadSignature,
    /// The old size lies above the size of the head.
    OldLarger,
    /// The old size is not that of the last countersigned head.
    WrongOldSize {
        /// That size.
        known: u64,
    },
    /// The proof does not show that the head extends the last one. Not evidence by itself: ask for
    /// the tiles, and see whether they yield some ([`crate::prefix_proof`]).
    Inconsistent(ProofError),
    /// Two roots for one size, both signed by the log: evidence to keep and to show to all.
    Fork(Box<Evidence>),
}

impl AddCheckpoint {
    /// Reads the body of a request; nothing is verified.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`AddCheckpoint::encode`] writes.
    pub fn parse(bytes: &[u8]) -> Result<AddCheckpoint, Malformed> {
        let fail = |line, fault: &str| Malformed::line(FORMAT, line, fault);
        let (head, note) = before_note(FORMAT, bytes, MAX_BYTES)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old_size =
            old_size.ok_or_else(|| fail(1, "must be `old`, a space and a size in decimal"))?;
        let hash = |(line, text)| {
            Hash::from_base64(text).map_err(|error| fail(2 + line, &error.to_string()))
        };
        let proof: Vec<Hash> = lines.enumerate().map(hash).collect::<Result<_, _>>()?;
        if proof.len() > MAX_CONSISTENCY_HASHES {
            return Err(fail(2 + MAX_CONSISTENCY_HASHES, "more than 63 hashes"));
        }
        Ok(AddCheckpoint { old_size, proof, checkpoint: SignedCheckpoint::parse(note)? })
    }

    /// The body of the request.
    pub fn encode(&self) -> String {
        let proof = self.proof.iter().flat_map(|hash| [hash.to_base64(), "\n".to_owned()]);
        let proof: String = proof.collect();
        format!("old {}\n{proof}\n{}", self.old_size, self.checkpoint.encode())
    }
}

impl Cosigner {
    /// The witness of a name for the log of a key, with the last head it countersigned: the one from
    /// its own store, which is believed. `None` only if there never was one; a witness whose store
    /// is lost must take a new name or key.
    ///
    /// # Errors
    /// When the name is none (1 to 255 bytes without spaces, control characters or +), the key is no
    /// log's, or the head is of another log.
    pub fn new(
        name: &str,
        log: Vkey,
        last: Option<SignedCheckpoint>,
    ) -> Result<Cosigner, Malformed> {
        let fail = |fault: &str| Err(Malformed::whole("witness", fault));
        if !is_key_name(name) {
            return fail("name must be 1 to 255 bytes without spaces, control characters or +");
        }
        if log.used() != KeyUse::Log {
            return fail("the log's key must be of type 0x01");
        }
        if last.as_ref().is_some_and(|last| last.claimed().origin != log.name()) {
            return fail("the last head is of another log");
        }
        Ok(Cosigner { name: name.to_owned(), log, last })
    }

    /// The last countersigned head; of none, that of the empty tree.
    pub fn head(&self) -> Head {
        self.last.as_ref().map_or(Head::EMPTY, |last| last.claimed().head())
    }

    /// Whether a head met anywhere (in a request, in a statement's `seen`, at a neighbour's) and the
    /// last countersigned one cannot both be honest; the evidence, if so. The signature must have
    /// been verified.
    pub fn fork_with(&self, other: &SignedCheckpoint) -> Option<Evidence> {
        let last = self.last.as_ref()?;
        let (known, claimed) = (last.claimed(), other.claimed());
        let forked = known.origin == claimed.origin
            && known.size == claimed.size
            && known.root != claimed.root;
        forked.then(|| Evidence::new(last.clone(), other.clone(), Vec::new()))
    }

    /// Judges a request.
    ///
    /// # Errors
    /// When the head is not one to countersign; see [`CosignRefusal::status`] for what to answer.
    pub fn judge(&mut self, request: &AddCheckpoint) -> Result<Pending<'_>, CosignRefusal> {
        let claimed = request.checkpoint.claimed();
        if claimed.origin != self.log.name() {
            return Err(CosignRefusal::UnknownLog);
        }
        let new = request.checkpoint.verify(&self.log).map_err(|_| CosignRefusal::BadSignature)?;
        if request.old_size > new.size {
            return Err(CosignRefusal::OldLarger);
        }
        let known = self.head();
        if request.old_size != known.size {
            return Err(CosignRefusal::WrongOldSize { known: known.size });
        }
        if let Some(evidence) = self.fork_with(&request.checkpoint) {
            return Err(CosignRefusal::Fork(Box::new(evidence)));
        }
        verify_consistency(known.size, &known.root, new.size, &new.root, &request.proof)
            .map_err(CosignRefusal::Inconsistent)?;
        Ok(Pending { checkpoint: request.checkpoint.clone(), witness: self })
    }
}

impl Pending<'_> {
    /// What must be on disk, synced, before [`Pending::persisted`]: the head with its signatures, as
    /// [`Cosigner::new`] takes it back.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The cosignature at a time by the witness's own clock; the caller says with this call that the
    /// head is durable. Released earlier, a power cut could make the witness vouch for two histories.
    pub fn persisted(self, key: &SigningKey, time: UtcSecond) -> NoteSignature {
        let text = self.checkpoint.note().claimed_text();
        let signature = NoteSignature::cosign(text, &self.witness.name, key, time.seconds());
        self.witness.last = Some(self.checkpoint);
        signature
    }
}

impl CosignRefusal {
    /// The HTTP status that the specification answers with.
    pub fn status(&self) -> u16 {
        match self {
            CosignRefusal::UnknownLog => 404,
            CosignRefusal::BadSignature => 403,
            CosignRefusal::OldLarger => 400,
            CosignRefusal::WrongOldSize { .. } => 409,
            CosignRefusal::Inconsistent(_) | CosignRefusal::Fork(_) => 422,
        }
    }
}

impl fmt::Display for CosignRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not countersigned: ")?;
        match self {
            CosignRefusal::UnknownLog => f.write_str("this witness does not know the log"),
            CosignRefusal::BadSignature => f.write_str("the head is not signed by the log"),
            CosignRefusal::OldLarger => f.write_str("the old size lies above the head's"),
            CosignRefusal::WrongOldSize { known } => {
                write!(f, "the last countersigned size is {known}; prove from there")
            }
            CosignRefusal::Inconsistent(error) => {
                write!(f, "the head is not shown to extend the last one: {error}")
            }
            CosignRefusal::Fork(_) => {
                f.write_str("the log signed another root for this size; the evidence is kept")
            }
        }
    }
}

impl std::error::Error for CosignRefusal {}
