//! SHA-256 and the two hashes of an RFC 6962 tree.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::text::{self, Malformed};

/// A SHA-256 hash. As text and in JSON it is 64 lower-case hexadecimal digits; the C2SP formats
/// write it in base64 ([`Hash::to_base64`]).
///
/// ```
/// use deconflict_record::{Hash, leaf_hash};
/// let hash = leaf_hash(b"entry");
/// assert_eq!(Hash::from_hex(&hash.to_string()), Ok(hash));
/// assert!(Hash::from_hex("00").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(
    /// Its bytes.
    pub [u8; 32],
);

/// The root of the tree without leaves: the hash of nothing (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// The hash of a leaf's data: SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256(&[&[0], data])
}

/// The hash of the node over two others: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], &left.0, &right.0])
}

/// The hash of parts one after another. Callers see to it that the parts cannot be divided
/// otherwise: fixed lengths, or one open-ended part and that last.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

impl Hash {
    /// From 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_hex(text: &str) -> Result<Hash, Malformed> {
        text::from_hex(text)
            .map(Hash)
            .ok_or_else(|| Malformed::whole("hash", "must be 64 lower-case hexadecimal digits"))
    }

    /// From the 44 characters of padded standard base64.
    ///
    /// # Errors
    /// When the text is not base64 in its canonical form, or not of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Hash, Malformed> {
        text::from_base64(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Hash)
            .ok_or_else(|| Malformed::whole("hash", "must be 32 bytes in padded standard base64"))
    }

    /// Its padded standard base64, 44 characters.
    pub fn to_base64(&self) -> String {
        text::base64(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_hex(f, &self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Hash {
    /// As text, or as its bytes where nobody is to read it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        /// Reads either, as what is written as bytes may come by way of a buffer that does not say so.
        struct Reading;
        impl serde::de::Visitor<'_> for Reading {
            type Value = Hash;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
                Hash::from_hex(text).map_err(E::custom)
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Hash, E> {
                bytes.try_into().map(Hash).map_err(|_| E::invalid_length(bytes.len(), &"32 bytes"))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Reading)
        } else {
            deserializer.deserialize_bytes(Reading)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, sha256(&[]));
    }

    #[test]
    fn a_leaf_and_a_node_of_the_same_bytes_differ() {
        let (left, right) = (leaf_hash(b"l"), leaf_hash(b"r"));
        let both = [left.0, right.0].concat();
        assert_ne!(leaf_hash(&both), node_hash(&left, &right));
        // RFC 6962's own example of a leaf without data.
        assert_eq!(
            leaf_hash(b"").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }
}
