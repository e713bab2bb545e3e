//! Ed25519 keys, so strict that every implementation in use agrees on what they signed.

use std::fmt;

use ed25519_dalek::Signer;

use crate::hash::{Hash, sha256};
use crate::text::{self, Malformed, serde_as_text};

const ID_DOMAIN: &[u8] = b"deconflict key v1\n";

/// A private key. It is wiped from memory when dropped, and never shown.
///
/// ```
/// use deconflict_record::SigningKey;
/// let key = SigningKey::from_seed(&[7; 32]); // of true randomness, in earnest
/// let signature = key.sign(b"hold position");
/// assert!(key.verifying_key().verify(b"hold position", &signature).is_ok());
/// assert!(key.verifying_key().verify(b"proceed", &signature).is_err());
/// ```
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public key in its one encoding. As text and in JSON it is padded standard base64.
///
/// It can only be one for which verification leaves no room for opinion: a canonical encoding of a
/// point of the prime-order group. A key with a part of small order is refused, because
/// implementations of Ed25519 differ on what such a key signed, and an entry must verify for all
/// readers or for none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

/// An Ed25519 signature: 64 bytes, not yet verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(
    /// Its bytes: R, then s.
    pub [u8; 64],
);

/// The name of a key: SHA-256 of `deconflict key v1`, a newline and the 32 bytes of the public key.
/// As text it is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(
    /// The hash.
    pub Hash,
);

/// Why bytes are no public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
    /// Not 32 bytes, or not base64 in its canonical form.
    Encoding,
    /// 32 bytes that stand for no point of the curve, or not in the point's canonical encoding.
    NoPoint,
    /// A point outside the prime-order group: a weak key, or one on which implementations differ.
    SmallOrder,
}

/// A signature that is not one of this key over these bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadSignature;

impl SigningKey {
    /// The key of an RFC 8032 seed: 32 bytes of true randomness, which the caller then wipes.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs exactly these bytes. What the bytes are for must be clear from the bytes: every use in
    /// this crate begins with its own prefix.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey of {}", self.verifying_key().id())
    }
}

impl VerifyingKey {
    /// From the 32 bytes of RFC 8032.
    ///
    /// # Errors
    /// When they are no key on which all implementations agree.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NoPoint)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::NoPoint);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(KeyError::SmallOrder);
        }
        Ok(VerifyingKey(key))
    }

    /// From padded standard base64.
    ///
    /// # Errors
    /// As [`VerifyingKey::from_bytes`].
    pub fn from_base64(text: &str) -> Result<VerifyingKey, KeyError> {
        let bytes = text::from_base64(text).and_then(|bytes| bytes.try_into().ok());
        VerifyingKey::from_bytes(&bytes.ok_or(KeyError::Encoding)?)
    }

    /// The 32 bytes of RFC 8032.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The name of the key.
    pub fn id(&self) -> KeyId {
        KeyId(sha256(&[ID_DOMAIN, self.0.as_bytes()]))
    }

    /// Whether the signature is one of this key over exactly these bytes. Strict: s and R in their
    /// canonical encodings, R not of small order. What is accepted here, every implementation accepts;
    /// the converse fails only for signatures that no signer makes but on purpose.
    ///
    /// # Errors
    /// When it is not.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).map_err(|_| BadSignature)
    }
}

impl KeyId {
    /// The first 16 of its 64 digits, for people.
    pub fn short(&self) -> String {
        text::hex(&self.0.0[..8])
    }

    /// From 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_hex(text: &str) -> Result<KeyId, Malformed> {
        text::from_hex(text)
            .map(|bytes| KeyId(Hash(bytes)))
            .ok_or_else(|| Malformed::whole("key id", "must be 64 lower-case hexadecimal digits"))
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::base64(self.0.as_bytes()))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::base64(&self.0))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(VerifyingKey, VerifyingKey::from_base64);
serde_as_text!(KeyId, KeyId::from_hex);

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::Encoding => "public key: must be 32 bytes in padded standard base64",
            KeyError::NoPoint => "public key: not the canonical encoding of a point of Ed25519",
            KeyError::SmallOrder => {
                "public key: has a part of small order, so that verifiers may differ on what it \
                 signed; make a new key"
            }
        })
    }
}

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature is not one of this key over these bytes")
    }
}

impl std::error::Error for KeyError {}
impl std::error::Error for BadSignature {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_private_key_does_not_show_the_seed() {
        let shown = format!("{:?}", SigningKey::from_seed(&[0xab; 32]));
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        let key = SigningKey::from_seed(&[1; 32]).verifying_key();
        assert_eq!(VerifyingKey::from_base64(&key.to_string()), Ok(key));
        assert_eq!(KeyId::from_hex(&key.id().to_string()), Ok(key.id()));
        assert_eq!(key.id().short(), key.id().to_string()[..16]);
    }
}
