//! Salted commitments: what stands in the tree instead of an entry's content.

use crate::hash::{Hash, sha256};

const DOMAIN: &[u8] = b"deconflict leaf v1\n";

/// The leaf data of an entry, 32 bytes: SHA-256 of `deconflict leaf v1`, a newline, the salt and
/// the content. It goes into the entry bundle, and [`crate::leaf_hash`] of it into the tree.
///
/// The salt is 32 bytes of fresh randomness for each entry: without it, whoever guesses the content
/// could confirm the guess. With salt and content erased, the tree and every proof stand as before,
/// and nothing can be learned from them.
///
/// ```
/// use deconflict_record::{commit, opens};
/// let salt = [9; 32];
/// let commitment = commit(&salt, b"entry");
/// assert!(opens(&commitment, &salt, b"entry"));
/// assert!(!opens(&commitment, &salt, b"another"));
/// ```
pub fn commit(salt: &[u8; 32], content: &[u8]) -> Hash {
    sha256(&[DOMAIN, salt, content])
}

/// Whether the commitment is to this content with this salt.
pub fn opens(commitment: &Hash, salt: &[u8; 32], content: &[u8]) -> bool {
    commit(salt, content) == *commitment
}
