//! A host's promise, under one signature, to log a batch of statements by a deadline.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;
use crate::hash::{Hash, leaf_hash, node_hash, sha256};
use crate::key::{SigningKey, VerifyingKey};
use crate::note::is_key_name;
use crate::text::{Malformed, canonical_json, to_json};
use crate::utc::UtcSecond;

/// The type of a promise's envelope.
pub const PROMISE_TYPE: &str = "application/vnd.deconflict.promise.v1+json";
/// The most statements of a batch.
pub const MAX_BATCH: usize = 128;
/// The number of hashes that lead from a statement to its batch.
pub const PATH_HASHES: usize = 8;

const FORMAT: &str = "promise";
const LEAVES: usize = 1 << PATH_HASHES;
const FILL_DOMAIN: &[u8] = b"deconflict batch fill v1\n";
const SLOT_DOMAIN: &[u8] = b"deconflict batch slot v1\n";

/// The tree of a batch of statements: eight levels of RFC 6962 nodes whatever their number.
///
/// A statement stands in one of 128 slots, in an order that the seed gives. A slot is two leaves:
/// the hash of the statement's hash, and one of the seed, which hides the former from the
/// neighbours; empty slots are filled from the seed too. So a statement's path tells its holder
/// neither how many others there are nor anything of them, not even to confirm a guess.
///
/// ```
/// use deconflict_record::{Promise, PromisedBatch, SigningKey, UtcSecond, leaf_hash};
/// let host = SigningKey::from_seed(&[1; 32]);
/// let statement = leaf_hash(b"in earnest, SignedStatement::hash");
/// let batch = PromisedBatch::new(&[9; 32], &[statement]).unwrap(); // in earnest, a fresh random seed
/// let (now, by) = (UtcSecond::new(100).unwrap(), UtcSecond::new(160).unwrap());
/// let promise = Promise::sign("host.example/straits", batch.root(), now, by, &host).unwrap();
/// let place = batch.place(0).unwrap();
/// let terms = promise.verify(&host.verifying_key(), &statement, &place).unwrap();
/// assert_eq!(terms.deadline, by);
/// ```
#[derive(Clone, Debug)]
pub struct PromisedBatch {
    /// From the leaves to the root.
    levels: Vec<Vec<Hash>>,
    /// The slot of each statement.
    slots: Vec<u8>,
}

/// Where a statement stands in its batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchPlace {
    /// Its slot, 0 to 127.
    pub slot: u8,
    /// The siblings from its leaf up.
    pub path: [Hash; PATH_HASHES],
}

/// Why statements are no batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchError {
    /// None, or more than [`MAX_BATCH`].
    Count(usize),
    /// One stands there twice.
    Twice(Hash),
}

/// A host's promise that each statement of a batch stands in the log of a space before a deadline
/// has passed. The body is a JSON object of exactly the members of [`Terms`], in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    terms: Terms,
    envelope: Envelope,
}

/// What a host promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The space: the origin of its log.
    pub space: String,
    /// The root of the batch.
    pub batch: Hash,
    /// When it was given, by the host's clock.
    pub time: UtcSecond,
    /// By when the statements stand in a signed head; not before `time`.
    pub deadline: UtcSecond,
}

/// Why a statement is not promised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotPromised {
    /// The host did not sign it.
    NotSigned,
    /// The statement does not stand at that place of the batch.
    NotInBatch,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    space: Cow<'a, str>,
    batch: Hash,
    time: UtcSecond,
    deadline: UtcSecond,
}

impl PromisedBatch {
    /// The tree over the hashes of 1 to [`MAX_BATCH`] statements. The seed is 32 bytes of fresh
    /// randomness for each batch, and stays with the host.
    ///
    /// # Errors
    /// When there are none or too many, or one stands there twice.
    pub fn new(seed: &[u8; 32], statements: &[Hash]) -> Result<PromisedBatch, BatchError> {
        if !(1..=MAX_BATCH).contains(&statements.len()) {
            return Err(BatchError::Count(statements.len()));
        }
        let twice = |(at, hash): &(usize, &Hash)| statements[..*at].contains(hash);
        if let Some((_, hash)) = statements.iter().enumerate().find(twice) {
            return Err(BatchError::Twice(*hash));
        }
        let mut slots: Vec<u8> = (0..MAX_BATCH as u8).collect();
        slots.sort_by_cached_key(|slot| sha256(&[SLOT_DOMAIN, seed, &[*slot]]));
        slots.truncate(statements.len());
        let mut leaves: Vec<Hash> =
            (0..LEAVES).map(|leaf| sha256(&[FILL_DOMAIN, seed, &[leaf as u8]])).collect();
        for (slot, statement) in slots.iter().zip(statements) {
            leaves[2 * usize::from(*slot)] = leaf_hash(&statement.0);
        }
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let level = below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
            levels.push(level);
        }
        Ok(PromisedBatch { levels, slots })
    }

    /// What a promise is signed over.
    pub fn root(&self) -> Hash {
        self.levels[PATH_HASHES][0]
    }

    /// The place of the statement that was given at this position; `None` past the last.
    pub fn place(&self, position: usize) -> Option<BatchPlace> {
        let slot = *self.slots.get(position)?;
        let leaf = 2 * usize::from(slot);
        let path = std::array::from_fn(|level| self.levels[level][leaf >> level ^ 1]);
        Some(BatchPlace { slot, path })
    }
}

impl BatchPlace {
    /// The root that follows for a statement; `None` when there is no such slot.
    fn root(&self, statement: &Hash) -> Option<Hash> {
        if usize::from(self.slot) >= MAX_BATCH {
            return None;
        }
        let leaf = 2 * usize::from(self.slot);
        let up = |node, (level, sibling): (usize, &Hash)| {
            if leaf >> level & 1 == 0 {
                node_hash(&node, sibling)
            } else {
                node_hash(sibling, &node)
            }
        };
        Some(self.path.iter().enumerate().fold(leaf_hash(&statement.0), up))
    }
}

impl Promise {
    /// Promises a batch.
    ///
    /// # Errors
    /// When the space's name is none, or the deadline lies before the time.
    pub fn sign(
        space: &str,
        batch: Hash,
        time: UtcSecond,
        deadline: UtcSecond,
        host: &SigningKey,
    ) -> Result<Promise, Malformed> {
        let body = to_json(&Body { space: space.into(), batch, time, deadline });
        Promise::of(Envelope::sign(PROMISE_TYPE, body.as_bytes(), &[host])?)
    }

    /// Reads the bytes of a promise's envelope; no signature is verified.
    ///
    /// # Errors
    /// When the envelope or the body has not exactly the form of a promise.
    pub fn parse(envelope: &[u8]) -> Result<Promise, Malformed> {
        Promise::of(Envelope::parse(envelope)?)
    }

    fn of(envelope: Envelope) -> Result<Promise, Malformed> {
        if envelope.payload_type() != PROMISE_TYPE {
            let fault = format!("must be {PROMISE_TYPE}, not {}", envelope.payload_type());
            return Err(Malformed::new(FORMAT, "payloadType", fault));
        }
        let body: Body<'_> = canonical_json(FORMAT, envelope.payload())?;
        if !is_key_name(&body.space) {
            return Err(Malformed::new(FORMAT, "space", "must be the origin of a log"));
        }
        if body.deadline < body.time {
            return Err(Malformed::new(FORMAT, "deadline", "must not lie before the time"));
        }
        let Body { batch, time, deadline, .. } = body;
        let terms = Terms { space: body.space.into_owned(), batch, time, deadline };
        Ok(Promise { terms, envelope })
    }

    /// The envelope: what is sent and kept.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The terms, not verified.
    pub fn claimed_terms(&self) -> &Terms {
        &self.terms
    }

    /// The terms, once the host is seen to have promised this statement
    /// ([`crate::SignedStatement::hash`]) under them.
    ///
    /// # Errors
    /// When the host did not sign, or not for this statement.
    pub fn verify(
        &self,
        host: &VerifyingKey,
        statement: &Hash,
        place: &BatchPlace,
    ) -> Result<&Terms, NotPromised> {
        self.envelope.verify(&[*host]).map_err(|_| NotPromised::NotSigned)?;
        if place.root(statement) == Some(self.terms.batch) {
            Ok(&self.terms)
        } else {
            Err(NotPromised::NotInBatch)
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchError::Count(n) => write!(f, "batch: {n} statements: must be 1 to {MAX_BATCH}"),
            BatchError::Twice(hash) => write!(f, "batch: statement {hash} stands there twice"),
        }
    }
}

impl fmt::Display for NotPromised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotPromised::NotSigned => "promise: the host did not sign it",
            NotPromised::NotInBatch => "promise: the statement is not at this place of its batch",
        })
    }
}

impl std::error::Error for BatchError {}
impl std::error::Error for NotPromised {}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(n: usize) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&[i as u8])).collect()
    }

    fn at(seconds: u64) -> UtcSecond {
        UtcSecond::new(seconds).unwrap()
    }

    #[test]
    fn every_statement_of_a_batch_is_promised_and_no_other() {
        let host = SigningKey::from_seed(&[1; 32]);
        for n in [1, 2, 3, 127, 128] {
            let batch = PromisedBatch::new(&[7; 32], &statements(n)).unwrap();
            let promise = Promise::sign("space", batch.root(), at(5), at(9), &host).unwrap();
            let promise = Promise::parse(&promise.envelope().encode()).unwrap();
            let key = host.verifying_key();
            for (i, statement) in statements(n).iter().enumerate() {
                let place = batch.place(i).unwrap();
                assert_eq!(promise.verify(&key, statement, &place), Ok(promise.claimed_terms()));
                let other = leaf_hash(b"other");
                assert_eq!(promise.verify(&key, &other, &place), Err(NotPromised::NotInBatch));
                let moved = BatchPlace { slot: place.slot ^ 1, ..place.clone() };
                assert_eq!(promise.verify(&key, statement, &moved), Err(NotPromised::NotInBatch));
                let outside = BatchPlace { slot: place.slot | 128, ..place };
                assert!(promise.verify(&key, statement, &outside).is_err());
            }
            assert_eq!(batch.place(n), None);
            let stranger = SigningKey::from_seed(&[2; 32]).verifying_key();
            let place = batch.place(0).unwrap();
            let refused = promise.verify(&stranger, &statements(1)[0], &place);
            assert_eq!(refused, Err(NotPromised::NotSigned));
        }
    }

    #[test]
    fn a_path_shows_nothing_of_the_neighbours_but_through_hashes_of_the_seed() {
        let batch = PromisedBatch::new(&[7; 32], &statements(128)).unwrap();
        let known: Vec<Hash> = statements(128).iter().map(|hash| leaf_hash(&hash.0)).collect();
        for i in 0..128 {
            let path = batch.place(i).unwrap().path;
            assert!(path.iter().all(|hash| !known.contains(hash)));
            // The nearest sibling is of the seed alone, whatever the neighbours are.
            let alone = PromisedBatch::new(&[7; 32], &statements(128)[..=i]).unwrap();
            assert_eq!(alone.place(i).unwrap().path[0], path[0]);
        }
        let fills: std::collections::BTreeSet<Hash> =
            (0..128).map(|i| batch.place(i).unwrap().path[0]).collect();
        assert_eq!(fills.len(), 128);
        let slots = |seed: u8| PromisedBatch::new(&[seed; 32], &statements(5)).unwrap().slots;
        assert_ne!(slots(7), slots(8));
    }

    #[test]
    fn what_is_no_batch_or_no_promise_is_refused() {
        assert_eq!(PromisedBatch::new(&[7; 32], &[]).unwrap_err(), BatchError::Count(0));
        assert!(PromisedBatch::new(&[7; 32], &statements(129)).is_err());
        let twice = [statements(1), statements(1)].concat();
        assert_eq!(PromisedBatch::new(&[7; 32], &twice).unwrap_err(), BatchError::Twice(twice[0]));
        let host = SigningKey::from_seed(&[1; 32]);
        let root = statements(1)[0];
        assert!(Promise::sign("space", root, at(9), at(9), &host).is_ok());
        assert!(Promise::sign("space", root, at(9), at(8), &host).is_err());
        assert!(Promise::sign("a space", root, at(5), at(8), &host).is_err());
    }
}
