//! What an operator signed: who says it, after what, having seen what; and an opaque body.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::checkpoint::Head;
use crate::envelope::{Envelope, pae_head};
use crate::hash::{EMPTY_ROOT, Hash, sha256};
use crate::key::{KeyId, SigningKey, VerifyingKey};
use crate::note::is_key_name;
use crate::text::{self, MAX_JSON_INTEGER, Malformed, canonical_json, serde_as_text, to_json};
use crate::utc::UtcSecond;

/// The type of a statement's envelope.
pub const STATEMENT_TYPE: &str = "application/vnd.deconflict.statement.v1+json";
/// The most bytes in the name of a space or of a party.
pub const MAX_NAME_BYTES: usize = 255;
/// By how many seconds two clocks may differ before that is said, either way.
pub const CLOCKS_APART_S: i64 = 5;

const FORMAT: &str = "statement";
const HASH_DOMAIN: &[u8] = b"deconflict statement v1\n";

/// A statement as it was signed: its header, what it says, and its envelope.
///
/// The body is a JSON object of exactly the members of [`Header`], in their order and without white
/// space, and then `say`: an object whose exact bytes are kept and not looked into.
///
/// ```
/// use deconflict_record::{Header, SigningKey, SignedStatement, StatementId};
/// let key = SigningKey::from_seed(&[1; 32]);
/// let header = Header {
///     space: "host.example/straits".into(),
///     party: "coast guard".into(),
///     key: key.verifying_key().id(),
///     seq: 1,
///     prev: None,
///     seen: None,
///     valid_until: None,
///     clock_ahead_s: None,
///     id: StatementId([5; 16]),
/// };
/// let statement = SignedStatement::sign(header, r#"{"code":"R3"}"#, &key).unwrap();
/// let read = SignedStatement::parse(&statement.envelope().encode()).unwrap();
/// assert!(read.verify(&key.verifying_key()).is_ok());
/// assert_eq!(read.claimed_say(), r#"{"code":"R3"}"#);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedStatement {
    header: Header,
    say: String,
    envelope: Envelope,
}

/// The header of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The space it is for: the origin of its log, so that it cannot be replayed into another.
    pub space: String,
    /// The party that the operator acts for; 1 to 255 bytes without control characters.
    pub party: String,
    /// The operator's key, which must sign.
    pub key: KeyId,
    /// The number of the statement among those of this key in this space, from 1.
    pub seq: u64,
    /// The hash of that key's statement before ([`SignedStatement::hash`]); `None` for the first only.
    pub prev: Option<Hash>,
    /// The last head that its author had verified: where two halves of a fork meet. Its size is at
    /// most 2^53 - 1.
    pub seen: Option<Head>,
    /// After this second, the statement must not be admitted any more.
    pub valid_until: Option<UtcSecond>,
    /// By how many whole seconds the clock of whoever signed was ahead of the host's, below 0 behind it, where that is more
    /// than [`CLOCKS_APART_S`]; below the seconds that [`UtcSecond`] can hold, either way. `None`: it was not more, or was
    /// not compared. Of a statement without it the body has no such member.
    pub clock_ahead_s: Option<i64>,
    /// 128 random bits: sent twice, it is still one statement.
    pub id: StatementId,
}

/// 128 random bits; as text, 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId(
    /// Its bytes.
    pub [u8; 16],
);

/// Why a statement is not by the key that it names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatementError {
    /// The key at hand is not the one that the statement names.
    OtherKey(KeyId),
    /// The key's signature is missing or does not fit.
    NotSigned(KeyId),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    space: Cow<'a, str>,
    #[serde(borrow)]
    party: Cow<'a, str>,
    key: KeyId,
    seq: u64,
    prev: Option<Hash>,
    seen: Option<Head>,
    valid_until: Option<UtcSecond>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock_ahead_s: Option<i64>,
    id: StatementId,
    #[serde(borrow)]
    say: &'a RawValue,
}

impl SignedStatement {
    /// Signs what an operator says: a JSON object without white space around it.
    ///
    /// # Errors
    /// When the header names another key or has a member out of its range, or `say` is no object.
    pub fn sign(header: Header, say: &str, key: &SigningKey) -> Result<SignedStatement, Malformed> {
        if header.key != key.verifying_key().id() {
            return Err(Malformed::new(FORMAT, "key", "must be the id of the key that signs"));
        }
        let body = SignedStatement::body(&header, say)?;
        SignedStatement::of(Envelope::sign(STATEMENT_TYPE, body.as_bytes(), &[key])?)
    }

    /// The bytes that are signed: for signers who sign one after another, in any order. Without its
    /// author's signature an envelope over them is no statement yet.
    ///
    /// # Errors
    /// When the header has a member out of its range, or `say` is no object without white space around it.
    pub fn body(header: &Header, say: &str) -> Result<String, Malformed> {
        header.check()?;
        let raw: &RawValue = serde_json::from_str(say)
            .map_err(|error| Malformed::new(FORMAT, "say", error.to_string()))?;
        if !raw.get().starts_with('{') {
            return Err(Malformed::new(FORMAT, "say", "must be an object"));
        }
        Ok(to_json(&Body {
            space: header.space.as_str().into(),
            party: header.party.as_str().into(),
            key: header.key,
            seq: header.seq,
            prev: header.prev,
            seen: header.seen,
            valid_until: header.valid_until,
            clock_ahead_s: header.clock_ahead_s,
            id: header.id,
            say: raw,
        }))
    }

    /// Reads the bytes of a statement's envelope; no signature is verified.
    ///
    /// # Errors
    /// When the envelope or the body has not exactly the form of a statement.
    pub fn parse(envelope: &[u8]) -> Result<SignedStatement, Malformed> {
        SignedStatement::of(Envelope::parse(envelope)?)
    }

    /// Reads an envelope, for instance one to which a seal was added.
    ///
    /// # Errors
    /// As [`SignedStatement::parse`].
    pub fn of(envelope: Envelope) -> Result<SignedStatement, Malformed> {
        if envelope.payload_type() != STATEMENT_TYPE {
            let fault = format!("must be {STATEMENT_TYPE}, not {}", envelope.payload_type());
            return Err(Malformed::new(FORMAT, "payloadType", fault));
        }
        let body: Body<'_> = canonical_json(FORMAT, envelope.payload())?;
        let say = body.say.get().to_owned();
        let header = Header {
            space: body.space.into_owned(),
            party: body.party.into_owned(),
            key: body.key,
            seq: body.seq,
            prev: body.prev,
            seen: body.seen,
            valid_until: body.valid_until,
            clock_ahead_s: body.clock_ahead_s,
            id: body.id,
        };
        header.check()?;
        if !say.starts_with('{') {
            return Err(Malformed::new(FORMAT, "say", "must be an object"));
        }
        if !envelope.claimed_signers().any(|id| id == header.key) {
            let fault = format!("none is by key {}, which the header names", header.key.short());
            return Err(Malformed::new(FORMAT, "signatures", fault));
        }
        Ok(SignedStatement { header, say, envelope })
    }

    /// The header and what is said, once the key that the header names is seen to have signed them.
    ///
    /// Whether that key may speak for that party, in that space, at that time, is for the caller.
    ///
    /// # Errors
    /// When this is another key, or it did not sign.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(&Header, &str), StatementError> {
        if key.id() != self.header.key {
            return Err(StatementError::OtherKey(self.header.key));
        }
        let signed = self.envelope.verify(&[*key]);
        signed.map_err(|_| StatementError::NotSigned(self.header.key))?;
        Ok((&self.header, &self.say))
    }

    /// The header, not verified.
    pub fn claimed_header(&self) -> &Header {
        &self.header
    }

    /// What is said, byte for byte; not verified.
    pub fn claimed_say(&self) -> &str {
        &self.say
    }

    /// The envelope: what is stored and passed on.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The header, not verified, and the envelope.
    pub fn into_parts(self) -> (Header, Envelope) {
        (self.header, self.envelope)
    }

    /// The name of the statement: SHA-256 of `deconflict statement v1`, a newline and the bytes that
    /// were signed ([`Envelope::signed_bytes`]).
    ///
    /// It names what was said and by which key, since the header stands in those bytes, and it leaves
    /// the signatures out on purpose. Ed25519 lets the holder of a key make any number of signatures
    /// over the same bytes, anybody can put a valid envelope's signatures in another order, and a
    /// party may add its seal later. Were the signatures hashed, one statement could have many names:
    /// a host could promise one name and log another, and a chain of `prev` could be broken by
    /// somebody who signed nothing. Which signatures came with it is committed to by the log, whose
    /// entry holds the whole envelope.
    pub fn hash(&self) -> Hash {
        named(self.envelope.payload())
    }

    /// The name that a statement with this body ([`SignedStatement::body`]) has, whoever signs it.
    pub fn hash_of(body: &str) -> Hash {
        named(body.as_bytes())
    }
}

fn named(body: &[u8]) -> Hash {
    sha256(&[HASH_DOMAIN, pae_head(STATEMENT_TYPE, body.len()).as_bytes(), body])
}

impl Header {
    fn check(&self) -> Result<(), Malformed> {
        let fail = |member, fault: &str| Err(Malformed::new(FORMAT, member, fault));
        let name = |text: &str| {
            (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        if !name(&self.space) || !is_key_name(&self.space) {
            return fail("space", "must be the origin of a log: 1 to 255 bytes, no spaces, no +");
        }
        if !name(&self.party) {
            return fail("party", "must be 1 to 255 bytes without control characters");
        }
        if !(1..=MAX_JSON_INTEGER).contains(&self.seq) {
            return fail("seq", "must be from 1 to 2^53 - 1");
        }
        if self.prev.is_some() != (self.seq > 1) {
            return fail("prev", "must be null for seq 1, and only then");
        }
        let apart_s = self.clock_ahead_s.map(i64::unsigned_abs);
        let least_s = CLOCKS_APART_S.unsigned_abs();
        if apart_s.is_some_and(|s| s <= least_s || UtcSecond::new(s).is_none()) {
            return fail(
                "clock_ahead_s",
                "must be more than 5 seconds, and less than the calendar holds, either way; else it is left out",
            );
        }
        match self.seen {
            Some(seen) if seen.size > MAX_JSON_INTEGER => {
                fail("seen", "size must be at most 2^53 - 1")
            }
            Some(seen) if (seen.size == 0) != (seen.root == EMPTY_ROOT) => {
                fail("seen", "the root of size 0, and no other, is the hash of nothing")
            }
            _ => Ok(()),
        }
    }
}

impl StatementId {
    /// From 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_hex(text: &str) -> Result<StatementId, Malformed> {
        text::from_hex(text)
            .map(StatementId)
            .ok_or_else(|| Malformed::new(FORMAT, "id", "must be 32 lower-case hexadecimal digits"))
    }
}

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::hex(&self.0))
    }
}

impl fmt::Debug for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(StatementId, StatementId::from_hex);

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatementError::OtherKey(id) => {
                write!(f, "statement: names key {}; verify it with that key", id.short())
            }
            StatementError::NotSigned(id) => {
                write!(f, "statement: key {}, which it names, did not sign it", id.short())
            }
        }
    }
}

impl std::error::Error for StatementError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn header() -> Header {
        Header {
            space: "host.example/straits".into(),
            party: "coast guard \"north\" é".into(),
            key: key(1).verifying_key().id(),
            seq: 2,
            prev: Some(sha256(&[b"before"])),
            seen: Some(Head { size: 7, root: sha256(&[b"root"]) }),
            valid_until: Some(UtcSecond::parse("2026-11-22T12:00:00Z").unwrap()),
            clock_ahead_s: None,
            id: StatementId([5; 16]),
        }
    }

    fn statement() -> SignedStatement {
        SignedStatement::sign(header(), r#"{"a": [1.50, 1e9]}"#, &key(1)).unwrap()
    }

    fn resigned(body: &str) -> Result<SignedStatement, Malformed> {
        SignedStatement::of(Envelope::sign(STATEMENT_TYPE, body.as_bytes(), &[&key(1)]).unwrap())
    }

    #[test]
    fn a_statement_reads_back_with_every_byte_of_what_it_says() {
        let read = SignedStatement::parse(&statement().envelope().encode()).unwrap();
        let (read_header, say) = read.verify(&key(1).verifying_key()).unwrap();
        assert_eq!((read_header, say), (&header(), r#"{"a": [1.50, 1e9]}"#));
        assert_eq!(
            read.verify(&key(2).verifying_key()),
            Err(StatementError::OtherKey(header().key))
        );
    }

    #[test]
    fn its_hash_names_what_was_signed_and_not_the_signatures() {
        let sealed =
            SignedStatement::of(statement().envelope().clone().and_signed(&key(2)).unwrap())
                .unwrap();
        assert_ne!(sealed.envelope().encode(), statement().envelope().encode());
        assert_eq!(sealed.hash(), statement().hash());
        let other = SignedStatement::sign(Header { seq: 3, ..header() }, "{}", &key(1)).unwrap();
        assert_ne!(other.hash(), statement().hash());
    }

    #[test]
    fn roots_sign_the_same_bytes_in_any_order_and_the_name_is_known_before() {
        let say = r#"{"a": [1.50, 1e9]}"#;
        let body = SignedStatement::body(&header(), say).unwrap();
        assert_eq!(SignedStatement::hash_of(&body), statement().hash());
        let other_first =
            Envelope::sign(STATEMENT_TYPE, body.as_bytes(), &[&key(2), &key(1)]).unwrap();
        assert_eq!(SignedStatement::of(other_first).unwrap().hash(), statement().hash());
        let other_alone = Envelope::sign(STATEMENT_TYPE, body.as_bytes(), &[&key(2)]).unwrap();
        assert!(SignedStatement::of(other_alone).is_err(), "its author has not signed yet");
        assert!(SignedStatement::body(&header(), "[]").is_err());
        assert!(SignedStatement::body(&Header { seq: 0, ..header() }, say).is_err());
    }

    #[test]
    fn how_far_a_clock_was_off_stands_in_the_body_where_it_was_more_than_five_seconds() {
        let of = |clock_ahead_s| {
            SignedStatement::sign(Header { clock_ahead_s, ..header() }, "{}", &key(1))
        };
        let body = |clock_ahead_s| {
            let signed = of(clock_ahead_s).unwrap();
            String::from_utf8(signed.envelope().payload().to_owned()).unwrap()
        };
        assert!(!body(None).contains("clock"), "{}", body(None));
        let most = 253_402_300_799;
        for ahead_s in [6, -6, 42, most, -most] {
            let written = format!("Z\",\"clock_ahead_s\":{ahead_s},\"id\"");
            assert!(body(Some(ahead_s)).contains(&written), "{}", body(Some(ahead_s)));
            let read = resigned(&body(Some(ahead_s))).unwrap();
            assert_eq!(read.claimed_header().clock_ahead_s, Some(ahead_s));
        }
        for ahead_s in [0, 1, 5, -5, most + 1, -most - 1, i64::MAX, i64::MIN] {
            let refused = of(Some(ahead_s)).unwrap_err().to_string();
            assert!(refused.contains("clock_ahead_s"), "{ahead_s}: {refused}");
        }
    }

    #[test]
    fn the_key_that_the_header_names_must_be_the_one_that_signs() {
        assert!(SignedStatement::sign(header(), "{}", &key(2)).is_err());
        let body = String::from_utf8(statement().envelope().payload().to_owned()).unwrap();
        let by_another = Envelope::sign(STATEMENT_TYPE, body.as_bytes(), &[&key(2)]).unwrap();
        let refused = SignedStatement::of(by_another).unwrap_err();
        assert!(refused.to_string().contains("signatures: none is by key"), "{refused}");
    }

    #[test]
    fn what_is_not_the_form_of_a_statement_is_refused() {
        let body = String::from_utf8(statement().envelope().payload().to_owned()).unwrap();
        assert!(resigned(&body).is_ok());
        let hash = header().prev.unwrap().to_string();
        for (from, to) in [
            ("\"seq\":2", "\"seq\":0"),
            ("\"seq\":2", "\"seq\":1"),
            ("\"seq\":2", "\"seq\":2.0"),
            ("\"seq\":2", "\"seq\":9007199254740992"),
            ("\"seq\":2", "\"seq\":2,\"seq\":2"),
            ("\"seq\":2", "\"seq\":2,\"sec\":2"),
            ("\"size\":7", "\"size\":0"),
            (&format!("\"{hash}\""), "null"),
            (&hash, &hash.to_uppercase()),
            ("\"valid_until\":\"2026-11-22T12:00:00Z\",", ""),
            ("2026-11-22T12", "2026-11-22T25"),
            ("Z\",\"id\"", "Z\",\"clock_ahead_s\":null,\"id\""),
            ("Z\",\"id\"", "Z\",\"clock_ahead_s\":5,\"id\""),
            ("Z\",\"id\"", "Z\",\"clock_ahead_s\":42.0,\"id\""),
            ("host.example/straits", "host.example/the straits"),
            ("host.example/straits", ""),
            ("coast guard", "coast\\u0000guard"),
            ("coast guard", "coast\\u0020guard"),
            ("{\"a\": [1.50, 1e9]}", "[]"),
            ("{\"a\": [1.50, 1e9]}", " {}"),
            ("{\"space\"", "{ \"space\""),
        ] {
            let other = body.replacen(from, to, 1);
            assert_ne!(other, body, "{from}");
            assert!(resigned(&other).is_err(), "{other}");
        }
        let typed = Envelope::sign("application/json", body.as_bytes(), &[&key(1)]).unwrap();
        assert!(SignedStatement::of(typed).is_err());
    }
}
