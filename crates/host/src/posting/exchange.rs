//! One head posted to one witness, and what it answers (C2SP tlog-witness).
//!
//! Whatever answers is somebody else's: how long it takes and how much it says is bounded, no redirect is followed, and
//! nothing of it is believed but a cosignature and, for the next question, a size.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use deconflict_record::{AddCheckpoint, MAX_NAME_BYTES};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::Agent;
use ureq::http::Response;
use ureq::http::header::CONTENT_TYPE;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// The most bytes of an answer: one cosignature has a few hundred, and a witness may have several keys.
const MAX_ANSWER_BYTES: u64 = 16 * 1024;
/// The most characters of what a fault of the line says of itself.
const MAX_WHY_CHARS: usize = 300;
/// With what a witness says which size it knows (tlog-witness, `add-checkpoint`).
const SIZE_TYPE: &str = "text/x.tlog.size";

/// Why a witness's cosignature of a head is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PostFault {
    /// No answer came, or none to its end, for this reason.
    Down(String),
    /// The answer is longer than one can be.
    TooLong,
    /// It does not know the record.
    UnknownLog,
    /// It does not take the host's signature under the head.
    OtherKey,
    /// It does not find that the head leads on from what it countersigned.
    Inconsistent,
    /// It has countersigned a head over more entries than the host's last one covers.
    Ahead {
        /// Over how many.
        knows: u64,
        /// How many the host's covers.
        size: u64,
    },
    /// It says that it knows another size than it was asked from, and names none, or another one each time.
    NoSize,
    /// It answers with a status that stands for nothing of this.
    Status(u16),
    /// What it answers has no cosignature of this head by the key that the charter names.
    NotByItsKey,
    /// The host did not take its cosignature, for this reason.
    NotTaken(String),
}

impl PostFault {
    /// Whether it may mean that there are two histories of the record: that does not pass by itself.
    pub fn is_grave(&self) -> bool {
        matches!(self, PostFault::Inconsistent | PostFault::Ahead { .. })
    }
}

impl fmt::Display for PostFault {
    /// For the operator: what is wrong, and the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PostFault::Down(why) => write!(f, "no answer comes from there: {why}"),
            PostFault::TooLong => {
                write!(f, "its answer is longer than {MAX_ANSWER_BYTES} bytes: is it a witness?")
            }
            PostFault::UnknownLog => f.write_str(
                "it does not know this record: give whoever runs it the record's verifier key \
                 (`deconflict host status`)",
            ),
            PostFault::OtherKey => f.write_str(
                "it does not take the signature under the head: whoever runs it has another key for this record",
            ),
            PostFault::Inconsistent => f.write_str(
                "IT SAYS THAT THE HEAD DOES NOT LEAD ON FROM WHAT IT COUNTERSIGNED. Ask whoever runs it for the head that \
                 it has, and compare: if both are signed with this host's key, there are two histories",
            ),
            PostFault::Ahead { knows, size } => write!(
                f,
                "IT SAYS THAT IT HAS COUNTERSIGNED A RECORD OF {knows} ENTRIES, and this host's last head covers {size}. \
                 If so, this host is an old copy, or another one signs with its key: ask whoever runs it for that head"
            ),
            PostFault::NoSize => f.write_str(
                "it refuses the size that it was asked from, and names none that it knows: is it a witness?",
            ),
            PostFault::Status(status) => write!(
                f,
                "it answers with status {status}, and no redirect is followed: see that the charter has its address"
            ),
            PostFault::NotByItsKey => f.write_str(
                "its answer has no cosignature of the head by the key that the charter names: ask whoever runs it for its \
                 verifier key, and amend the charter",
            ),
            PostFault::NotTaken(why) => write!(f, "its cosignature is not taken: {why}"),
        }
    }
}

impl std::error::Error for PostFault {}

/// What a witness answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum WitnessAnswer {
    /// Lines that may be cosignatures.
    Lines(String),
    /// It asks to be shown from this size on.
    Knows(u64),
}

/// A witness's address.
#[derive(Debug)]
pub(super) struct WitnessLine {
    agent: Agent,
    url: String,
}

impl WitnessLine {
    /// The line to a witness. Its certificate is judged by the machine's own store, or by these authorities in PEM.
    ///
    /// # Errors
    /// When there are no authorities to judge by.
    pub(super) fn new(
        url: &str,
        authorities_pem: Option<&[u8]>,
        timeout: Duration,
    ) -> Result<WitnessLine, PostFault> {
        let roots = if url.starts_with("https://") { roots(authorities_pem)? } else { Vec::new() };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::from(roots))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // What the environment says of proxies would send heads somewhere else than the charter says.
            .proxy(None)
            .timeout_global(Some(timeout))
            .max_idle_connections(0)
            .user_agent(concat!("deconflict-host/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(WitnessLine { agent: config.into(), url: format!("{url}/add-checkpoint") })
    }

    /// Posts a head and waits for the answer, no longer than the line's time.
    pub(super) fn add_checkpoint(
        &self,
        request: &AddCheckpoint,
    ) -> Result<WitnessAnswer, PostFault> {
        let request = request.encode();
        let answer = self.agent.post(&self.url).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let answer = answer.send(request.as_bytes()).map_err(|error| down(&error))?;
        let status = answer.status().as_u16();
        let is_size = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == SIZE_TYPE);
        match status {
            200 => read(answer).map(WitnessAnswer::Lines),
            409 if is_size => {
                let size = read(answer).ok().and_then(|text| size(&text));
                size.map(WitnessAnswer::Knows).ok_or(PostFault::NoSize)
            }
            403 => Err(PostFault::OtherKey),
            404 => Err(PostFault::UnknownLog),
            409 => Err(PostFault::NoSize),
            422 => Err(PostFault::Inconsistent),
            status => Err(PostFault::Status(status)),
        }
    }
}

/// The lines of an answer that one cosignature can be, each with its end.
pub(super) fn lines(answer: &str) -> impl Iterator<Item = &str> {
    let most = 2 * MAX_NAME_BYTES + 256;
    answer.split_inclusive('\n').filter(move |line| line.ends_with('\n') && line.len() <= most)
}

fn down(error: &ureq::Error) -> PostFault {
    PostFault::Down(error.to_string().chars().take(MAX_WHY_CHARS).collect())
}

fn read(answer: Response<ureq::Body>) -> Result<String, PostFault> {
    let mut body = answer.into_body();
    match body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec() {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| PostFault::NotByItsKey),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(PostFault::TooLong),
        Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Err(PostFault::NotByItsKey)
        }
        Err(error) => Err(down(&error)),
    }
}

/// A size in decimal and the end of its line.
fn size(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('\n').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let plain = plain && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| digits.parse().ok()).flatten().filter(|size| i64::try_from(*size).is_ok())
}

fn roots(pem: Option<&[u8]>) -> Result<Vec<Certificate<'static>>, PostFault> {
    let none = |why: &str| Err(PostFault::Down(why.to_owned()));
    let found: Vec<CertificateDer<'static>> = match pem {
        None => rustls_native_certs::load_native_certs().certs,
        Some(pem) => match CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>() {
            Ok(found) => found,
            Err(error) => {
                return none(&format!("the authorities to judge it by are no PEM: {error}"));
            }
        },
    };
    if found.is_empty() {
        return none(
            "this machine's store of certificate authorities is empty or cannot be read: install it, or name a PEM file \
             (`deconflict host run --witness-ca FILE`)",
        );
    }
    Ok(found.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_decimal_digits_and_nothing_beside_them() {
        assert_eq!(size("613\n"), Some(613));
        assert_eq!(size("0\n"), Some(0));
        for wrong in ["", "\n", "613\n\n", " 613\n", "+613\n", "0613\n", "6.13", "９\n"] {
            assert_eq!(size(wrong), None, "{wrong:?}");
        }
        assert_eq!(size(&format!("{}\n", u64::MAX)), None, "no record is as long");
    }

    #[test]
    fn a_line_without_an_end_or_longer_than_a_cosignature_is_none() {
        let long = format!("{}\n", "a".repeat(1_000));
        let answer = format!("— w AAAA\n{long}— v BBBB\ncut");
        assert_eq!(lines(&answer).collect::<Vec<_>>(), ["— w AAAA\n", "— v BBBB\n"]);
    }
}
