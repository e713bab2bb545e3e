//! The bytes of an entry, to which its leaf commits.

use std::collections::BTreeSet;
use std::fmt;

use deconflict_core::{Entry, Finding, NameError, Refusal, Say, Statement, Time, What};
use deconflict_record::{self as record, Envelope, Header, Malformed};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The most bytes of a statement's envelope: an entry holds it and what was made of it.
pub const MAX_STATEMENT_BYTES: usize = 60_000;

/// The form in which entries are written, and the only one that is read.
const VERSION: u64 = 3;

/// An entry with the envelope of its statement.
///
/// As bytes it is one line of JSON: `{"v":3,"at":..,"accepted":{envelope}}`,
/// `{"v":3,"at":..,"refused":{envelope},"why":..}` or `{"v":3,"at":..,"found":..}`.
#[derive(Clone, PartialEq, Debug)]
pub struct Content {
    /// What it says.
    pub entry: Entry,
    /// The statement as it was signed; `None` for a finding.
    pub envelope: Option<Envelope>,
}

/// Why bytes are not an entry, or a statement none that this release understands.
#[derive(Debug)]
pub enum ContentError {
    /// A statement has not exactly the form of one.
    Statement(Malformed),
    /// A name in it is none.
    Name(NameError),
    /// What is said is nothing that can be said.
    Say(serde_json::Error),
    /// The bytes are no entry.
    Entry(serde_json::Error),
    /// The entry is of another version than this release reads.
    Version(u64),
    /// The envelope is longer than [`MAX_STATEMENT_BYTES`].
    TooLong(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    v: u64,
    at: Time,
    #[serde(borrow, default)]
    accepted: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refused: Option<&'a RawValue>,
    #[serde(default)]
    why: Option<Refusal>,
    #[serde(default)]
    found: Option<Finding>,
}

/// Of a line that cannot be read, the version that it has.
#[derive(Deserialize)]
struct VersionOnly {
    v: u64,
}

impl Content {
    /// The bytes.
    ///
    /// # Errors
    /// When the entry holds a number that JSON has not.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        Content::bytes(&self.entry, self.envelope.as_ref())
    }

    /// The bytes of an entry with the envelope of its statement.
    ///
    /// # Errors
    /// As [`Content::encode`].
    pub fn bytes(entry: &Entry, envelope: Option<&Envelope>) -> Result<Vec<u8>, ContentError> {
        // Without an envelope, null: the reader refuses a statement without one.
        let envelope = envelope.map_or(&b"null"[..], Envelope::as_bytes);
        let mut line = Line::begun(entry.at, envelope.len())?;
        match &entry.what {
            What::Accepted(_) => line.extend([br#""accepted":"#, envelope].concat()),
            What::Refused(_, refusal) => {
                line.extend([br#""refused":"#, envelope, br#","why":"#].concat());
                serde_json::to_writer(&mut line, refusal).map_err(ContentError::Entry)?;
            }
            What::Found(finding) => {
                line.extend(br#""found":"#);
                serde_json::to_writer(&mut line, finding).map_err(ContentError::Entry)?;
            }
        }
        line.push(b'}');
        Ok(line)
    }

    /// Reads the bytes back. No signature is verified: who relies on one asks [`Envelope::verify`].
    ///
    /// # Errors
    /// When the bytes are no entry that this release understands.
    pub fn decode(bytes: &[u8]) -> Result<Content, ContentError> {
        Content::with_header(bytes).map(|(content, _)| content)
    }

    /// The same, with the header of the signed statement that it holds, if it does; not verified either.
    ///
    /// # Errors
    /// As [`Content::decode`].
    pub fn with_header(bytes: &[u8]) -> Result<(Content, Option<Header>), ContentError> {
        let line = match serde_json::from_slice::<Line<'_>>(bytes) {
            Ok(line) if line.v == VERSION => line,
            Ok(line) => return Err(ContentError::Version(line.v)),
            // What another version means by an entry cannot be read here; which one it is, can.
            Err(error) => {
                let read = serde_json::from_slice(bytes).ok();
                let other = read.map(|VersionOnly { v }| v).filter(|v| *v != VERSION);
                return Err(other.map_or(ContentError::Entry(error), ContentError::Version));
            }
        };
        let statement = |raw: &RawValue| {
            let signed = record::SignedStatement::parse(raw.get().as_bytes())
                .map_err(ContentError::Statement)?;
            Ok::<_, ContentError>((Box::new(read_statement(&signed)?), signed))
        };
        let (what, signed) = match (line.accepted, line.refused, line.why, line.found) {
            (Some(raw), None, None, None) => {
                let (statement, signed) = statement(raw)?;
                (What::Accepted(statement), Some(signed))
            }
            (None, Some(raw), Some(why), None) => {
                let (statement, signed) = statement(raw)?;
                (What::Refused(statement, why), Some(signed))
            }
            (None, None, None, Some(finding)) => (What::Found(finding), None),
            _ => {
                let fault = "an entry is accepted, refused with why, or found";
                return Err(ContentError::Entry(serde::de::Error::custom(fault)));
            }
        };
        let (header, envelope) = signed.map(record::SignedStatement::into_parts).unzip();
        Ok((Content { entry: Entry { at: line.at, what }, envelope }, header))
    }
}

impl Line<'_> {
    /// The beginning of a line, with room for so many bytes and some more.
    fn begun(at: Time, room: usize) -> Result<Vec<u8>, ContentError> {
        let mut line = Vec::with_capacity(room + 64);
        line.extend(format!(r#"{{"v":{VERSION},"at":"#).into_bytes());
        serde_json::to_writer(&mut line, &at).map_err(ContentError::Entry)?;
        line.push(b',');
        Ok(line)
    }
}

/// What a signed statement says, read. Its signers are those that the envelope claims: verify them
/// before relying on them.
///
/// # Errors
/// When it is nothing that can be said, or too long to be logged.
pub fn read_statement(signed: &record::SignedStatement) -> Result<Statement, ContentError> {
    let length = signed.envelope().as_bytes().len();
    if length > MAX_STATEMENT_BYTES {
        return Err(ContentError::TooLong(length));
    }
    let header = signed.claimed_header();
    let say: Say = serde_json::from_str(signed.claimed_say()).map_err(ContentError::Say)?;
    let signed_by: BTreeSet<record::KeyId> = signed.envelope().claimed_signers().collect();
    Ok(Statement {
        hash: signed.hash(),
        party: header.party.parse().map_err(ContentError::Name)?,
        key: header.key,
        signed_by,
        seq: header.seq,
        prev: header.prev,
        seen: header.seen,
        valid_until: header.valid_until.map(Time::from),
        clock_ahead_s: header.clock_ahead_s,
        say,
    })
}

/// What is said, as the JSON that a statement holds.
///
/// # Errors
/// When it holds a number that JSON has not.
pub fn say_json(say: &Say) -> Result<String, ContentError> {
    serde_json::to_string(say).map_err(ContentError::Say)
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContentError::Statement(error) => error.fmt(f),
            ContentError::Name(error) => error.fmt(f),
            ContentError::Say(error) => write!(f, "what is said cannot be read: {error}"),
            ContentError::Entry(error) => write!(f, "the entry cannot be read: {error}"),
            ContentError::Version(v) if *v < VERSION => write!(
                f,
                "the entry is of version {v}, which no release wrote, and this one reads version \
                 {VERSION}: begin the space anew"
            ),
            ContentError::Version(v) => write!(
                f,
                "the entry is of version {v}, this release reads version {VERSION}: update it"
            ),
            ContentError::TooLong(length) => write!(
                f,
                "the statement has {length} bytes, at most {MAX_STATEMENT_BYTES} can be logged: \
                 declare it in parts"
            ),
        }
    }
}

impl std::error::Error for ContentError {}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_record::{SigningKey, StatementId};

    fn signed(say: &str) -> record::SignedStatement {
        let key = SigningKey::from_seed(&[1; 32]);
        let header = Header {
            space: "host.example/x".into(),
            party: "north".into(),
            key: key.verifying_key().id(),
            seq: 1,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            id: StatementId([7; 16]),
        };
        record::SignedStatement::sign(header, say, &key).unwrap()
    }

    #[test]
    fn an_entry_reads_back_with_every_byte_that_was_signed() {
        let say = r#"{"noticed": {"conflict":"00000000000000000000000000000000000000000000000000000000000000aa"}}"#;
        let statement = signed(say);
        let read = read_statement(&statement).unwrap();
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        for what in [
            What::Accepted(Box::new(read.clone())),
            What::Refused(Box::new(read), Refusal::NoPart {}),
        ] {
            let envelope = Some(statement.envelope().clone());
            let content = Content { entry: Entry { at, what }, envelope };
            let bytes = content.encode().unwrap();
            assert_eq!(Content::decode(&bytes).unwrap(), content);
        }
    }

    #[test]
    fn what_is_no_entry_is_refused_in_words() {
        for (bytes, fault) in [
            (r#"{"v":4,"at":"2026-11-22T12:00:00Z"}"#, "version 4, this release reads version 3"),
            (r#"{"v":4,"since":"2027"}"#, "version 4, this release reads version 3"),
            (
                r#"{"v":2,"at":"2026-11-22T12:00:00Z","found":{"disclosures":{"root":"00"}}}"#,
                "version 2, which no release wrote",
            ),
            (
                r#"{"v":1,"at":"2026-11-22T12:00:00Z","refused":{},"why":{"invalid":{"fault":"no volume"}}}"#,
                "version 1, which no release wrote",
            ),
            (r#"{"v":3,"at":"2026-11-22T12:00:00Z"}"#, "accepted, refused with why, or found"),
            (r#"{"v":3,"at":"noon","found":null}"#, "RFC 3339"),
            (r#"{"v":3,"at":"2026-11-22T12:00:00Z","accepted":null}"#, "accepted"),
            ("[]", "cannot be read"),
        ] {
            let error = Content::decode(bytes.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(fault), "{bytes}: {error}");
        }
        let error = read_statement(&signed(r#"{"fire": {}}"#)).unwrap_err().to_string();
        assert!(error.contains("unknown variant `fire`"), "{error}");
    }
}
