//! DSSE envelopes (v1.0.2): signatures over the exact bytes of a body and over its type.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::key::{KeyId, Signature, SigningKey, VerifyingKey};
use crate::text::{self, Malformed, canonical_json, to_json};

/// The most bytes that an envelope may have: what an entry of a tlog-tiles bundle can hold.
pub const MAX_ENVELOPE_BYTES: usize = 65_535;
/// The most signatures that an envelope may carry.
pub const MAX_SIGNATURES: usize = 16;

const FORMAT: &str = "envelope";

/// A body, its type and who signed both. The body is kept as it was signed, byte for byte.
///
/// As bytes it is `{"payloadType":..,"payload":..,"signatures":[{"keyid":..,"sig":..}]}`, these
/// members in this order without white space, payload and signatures in padded standard base64, key
/// ids in full. It has at least one signature, and at most one by each key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<(KeyId, Signature)>,
    /// Its one spelling, which follows from the rest.
    bytes: Vec<u8>,
}

/// Why the signatures of an envelope do not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnvelopeError {
    /// The signature that claims to be by this key is not.
    Forged(KeyId),
    /// None of the keys in question signed.
    NotSigned,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(rename = "payloadType")]
    payload_type: &'a str,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<WireSignature<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature<'a> {
    keyid: KeyId,
    #[serde(borrow)]
    sig: Cow<'a, str>,
}

/// DSSE's pre-authentication encoding: what is signed. Lengths are of bytes, in decimal.
///
/// ```
/// use deconflict_record::pae;
/// assert_eq!(pae("text", b"body"), b"DSSEv1 4 text 4 body");
/// ```
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    [pae_head(payload_type, payload.len()).as_bytes(), payload].concat()
}

/// What stands before a payload of so many bytes in [`pae`].
pub(crate) fn pae_head(payload_type: &str, payload_bytes: usize) -> String {
    format!("DSSEv1 {} {payload_type} {payload_bytes} ", payload_type.len())
}

impl Envelope {
    /// Signs a body as being of a type: a media type of 1 to 255 letters, digits and `!#$&-^_.+/`.
    ///
    /// # Errors
    /// When the type has another form, no key signs, more than [`MAX_SIGNATURES`] do or one twice,
    /// or the envelope would be longer than [`MAX_ENVELOPE_BYTES`].
    pub fn sign(
        payload_type: &str,
        payload: &[u8],
        keys: &[&SigningKey],
    ) -> Result<Envelope, Malformed> {
        let message = pae(payload_type, payload);
        let signed = |key: &&SigningKey| (key.verifying_key().id(), key.sign(&message));
        Envelope {
            payload_type: payload_type.to_owned(),
            payload: payload.to_owned(),
            signatures: keys.iter().map(signed).collect(),
            bytes: Vec::new(),
        }
        .spelt()
        .checked()
    }

    /// The same, with one more signature over the same bytes: a party's seal beside its operator's.
    ///
    /// # Errors
    /// As [`Envelope::sign`].
    pub fn and_signed(mut self, key: &SigningKey) -> Result<Envelope, Malformed> {
        self.signatures.push((key.verifying_key().id(), key.sign(&self.signed_bytes())));
        self.spelt().checked()
    }

    /// Reads an envelope; no signature is verified.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`Envelope::encode`] writes of some envelope.
    pub fn parse(bytes: &[u8]) -> Result<Envelope, Malformed> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(too_long(bytes.len()));
        }
        let wire: Wire<'_> = canonical_json(FORMAT, bytes)?;
        let payload = text::from_base64(&wire.payload)
            .ok_or_else(|| Malformed::new(FORMAT, "payload", "must be padded standard base64"))?;
        let signature = |wire: &WireSignature<'_>| {
            let bytes = text::from_base64(&wire.sig)?.try_into().ok()?;
            Some((wire.keyid, Signature(bytes)))
        };
        let signatures = wire.signatures.iter().map(signature).collect::<Option<_>>();
        let signatures = signatures.ok_or_else(|| {
            Malformed::new(FORMAT, "sig", "must be 64 bytes in padded standard base64")
        })?;
        // In their one spelling: anything else was refused above.
        let bytes = bytes.to_owned();
        Envelope { payload_type: wire.payload_type.to_owned(), payload, signatures, bytes }
            .checked()
    }

    fn checked(self) -> Result<Envelope, Malformed> {
        let in_type = |c: u8| c.is_ascii_alphanumeric() || b"!#$&-^_.+/".contains(&c);
        let ids = || self.signatures.iter().map(|(id, _)| id);
        let len = self.bytes.len();
        if !(1..=255).contains(&self.payload_type.len()) || !self.payload_type.bytes().all(in_type)
        {
            Err(Malformed::new(
                FORMAT,
                "payloadType",
                "must be a media type of 1 to 255 characters",
            ))
        } else if !(1..=MAX_SIGNATURES).contains(&self.signatures.len()) {
            let fault = format!("must be 1 to {MAX_SIGNATURES}, not {}", self.signatures.len());
            Err(Malformed::new(FORMAT, "signatures", fault))
        } else if let Some(twice) = ids().find(|id| ids().filter(|other| other == id).count() > 1) {
            Err(Malformed::new(FORMAT, "signatures", format!("two by key {}", twice.short())))
        } else if len > MAX_ENVELOPE_BYTES {
            Err(too_long(len))
        } else {
            Ok(self)
        }
    }

    /// The one spelling of the envelope.
    pub fn encode(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The bytes that [`Envelope::encode`] gives.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn spelt(mut self) -> Envelope {
        let signature = |(id, signature): &(KeyId, Signature)| WireSignature {
            keyid: *id,
            sig: text::base64(&signature.0).into(),
        };
        let wire = Wire {
            payload_type: &self.payload_type,
            payload: text::base64(&self.payload).into(),
            signatures: self.signatures.iter().map(signature).collect(),
        };
        self.bytes = to_json(&wire).into_bytes();
        self
    }

    /// The media type that was signed with the body.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The body, byte for byte as signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whose signatures the envelope claims to carry.
    pub fn claimed_signers(&self) -> impl Iterator<Item = KeyId> {
        self.signatures.iter().map(|(id, _)| *id)
    }

    /// What every signature is over.
    pub fn signed_bytes(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// Which of the keys signed, in their order. Signatures by other keys are left aside.
    ///
    /// # Errors
    /// When none of the keys signed, or a signature that claims to be by one of them is not.
    pub fn verify(&self, keys: &[VerifyingKey]) -> Result<Vec<KeyId>, EnvelopeError> {
        let message = self.signed_bytes();
        let mut signers = Vec::new();
        for key in keys {
            let id = key.id();
            let Some((_, signature)) = self.signatures.iter().find(|(claimed, _)| *claimed == id)
            else {
                continue;
            };
            key.verify(&message, signature).map_err(|_| EnvelopeError::Forged(id))?;
            signers.push(id);
        }
        if signers.is_empty() { Err(EnvelopeError::NotSigned) } else { Ok(signers) }
    }
}

fn too_long(len: usize) -> Malformed {
    let fault = format!(
        "{len} bytes: must be at most {MAX_ENVELOPE_BYTES}; refer to what is larger by its hash"
    );
    Malformed::whole(FORMAT, fault)
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::Forged(id) => {
                write!(
                    f,
                    "envelope: the signature in the name of key {} is not its own",
                    id.short()
                )
            }
            EnvelopeError::NotSigned => {
                f.write_str("envelope: none of the keys in question signed it")
            }
        }
    }
}

impl std::error::Error for EnvelopeError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn envelope() -> Envelope {
        Envelope::sign("text/plain", b"hold", &[&key(1), &key(2)]).unwrap()
    }

    #[test]
    fn the_pre_authentication_encoding_is_that_of_the_specification() {
        // The example of DSSE's protocol.md.
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("é", b""), "DSSEv1 2 é 0 ".as_bytes());
    }

    #[test]
    fn an_envelope_names_which_of_the_keys_signed() {
        let (one, two, three) =
            (key(1).verifying_key(), key(2).verifying_key(), key(3).verifying_key());
        let envelope = envelope();
        assert_eq!(envelope.verify(&[two, three, one]), Ok(vec![two.id(), one.id()]));
        assert_eq!(envelope.verify(&[three]), Err(EnvelopeError::NotSigned));
        assert_eq!(envelope.verify(&[]), Err(EnvelopeError::NotSigned));
        let sealed = envelope.and_signed(&key(3)).unwrap();
        assert_eq!(sealed.verify(&[three]), Ok(vec![three.id()]));
    }

    #[test]
    fn one_forged_signature_of_a_known_key_condemns_the_envelope() {
        let mut envelope = envelope();
        envelope.signatures[1].1.0[0] ^= 1;
        let keys = [key(1).verifying_key(), key(2).verifying_key()];
        assert_eq!(envelope.verify(&keys), Err(EnvelopeError::Forged(keys[1].id())));
        let retyped = Envelope { payload_type: "text/html".into(), ..self::envelope() }.spelt();
        assert_eq!(retyped.verify(&keys), Err(EnvelopeError::Forged(keys[0].id())));
    }

    #[test]
    fn every_other_spelling_of_an_envelope_is_refused() {
        let text = String::from_utf8(envelope().encode()).unwrap();
        assert_eq!(Envelope::parse(text.as_bytes()), Ok(envelope()));
        for (from, to) in [
            ("{\"payloadType\"", "{ \"payloadType\""),
            ("\"payloadType\"", "\"payload\\u0054ype\""),
            ("text/plain", "text\\/plain"),
            ("text/plain", ""),
            ("text/plain", "text plain"),
            ("\"payload\"", "\"unknown\":1,\"payload\""),
            ("\"payload\":", "\"payload\":\"\",\"payload\":"),
            ("aG9sZA==", "aG9sZA"),
            ("aG9sZA==", "aG9sZB=="),
            ("\"sig\":\"", "\"sig\":\"AAAA"),
            ("}]}", "}]} "),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            assert!(Envelope::parse(other.as_bytes()).is_err(), "{other}");
        }
        let swapped = "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}";
        assert!(Envelope::parse(swapped.as_bytes()).is_err());
    }

    #[test]
    fn what_is_over_a_bound_is_refused_in_words() {
        let none = Envelope::sign("t", b"", &[]).unwrap_err();
        assert_eq!(none.to_string(), "envelope: signatures: must be 1 to 16, not 0");
        let twice = Envelope::sign("t", b"", &[&key(1), &key(1)]).unwrap_err();
        assert!(twice.to_string().starts_with("envelope: signatures: two by key "));
        let many: Vec<_> = (0..17).map(key).collect();
        assert!(Envelope::sign("t", b"", &many.iter().collect::<Vec<_>>()).is_err());
        let long = Envelope::sign("t", &[0; 49_152], &[&key(1)]).unwrap_err();
        assert!(long.to_string().contains("must be at most 65535"), "{long}");
        assert!(Envelope::parse(&[b' '; 65_536]).is_err());
    }
}
