//! The line by HTTP.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{
    AboutSpace, Challenge, CosignatureLine, FileTogether, FiledTogether, FilingAnswer, GivenCursor,
    GivenPage, Problem, Prove, Recovery, Session, StartSession, session_message,
};
use deconflict_proof::read_bounded;
use deconflict_record::{KeyId, SigningKey, Tile};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Method, Request, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Body};

use super::stream::{EventFeed, ServerSentEvents, StreamSource};
use super::{Line, LineError, RecoveryMessage, host_name};
use crate::error::DeskError;

/// The most bytes of an answer but a page.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;
/// The most bytes of a page: a host makes them of 2 MiB of contents and one more, which JSON can double.
const MAX_PAGE_BYTES: u64 = 16 * 1024 * 1024;
/// After how long without a byte a line is dead: over a stream, a host sends something every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);

/// A host's address. TLS proves which machine answers, no more: what it says is checked by what the
/// record's key signed.
#[derive(Debug)]
pub struct HttpLine {
    agent: Agent,
    base: String,
    /// Of the session, which the line and its streams share.
    token: Arc<Mutex<Option<String>>>,
    /// The key of the host to which sessions are proven, as far as the desk has read.
    log: Arc<Mutex<Option<KeyId>>>,
}

impl HttpLine {
    /// The line to a host at an address such as `https://host.example`. Certificates are judged by the
    /// machine's own store, or by the authorities in a PEM file.
    ///
    /// # Errors
    /// When the address is not of that form, or the file holds no certificate. Plain `http` is for this
    /// very machine alone.
    pub fn new(base: &str, authorities: Option<&Path>) -> Result<HttpLine, DeskError> {
        let base = base.trim_end_matches('/');
        let local = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
        let is_local = local.iter().any(|start| {
            base.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        if !base.starts_with("https://") && !is_local {
            return Err(DeskError::Refused(format!(
                "the host's address `{}`: must begin with https://, or name this very machine",
                base.escape_debug()
            )));
        }
        let roots = match authorities {
            Some(path) => certificates(path)?,
            None if is_local => Vec::new(),
            None => machines_own()?,
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::from(roots))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(120)))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("deconflict-desk/", env!("CARGO_PKG_VERSION")))
            .build();
        let (token, log) = (Arc::default(), Arc::default());
        Ok(HttpLine { agent: config.into(), base: base.to_owned(), token, log })
    }

    /// Another line to the same host, in the sessions of this one, with a connection of its own.
    pub fn beside(&self) -> HttpLine {
        let agent = Agent::from(self.agent.config().clone());
        let (base, token, log) = (self.base.clone(), self.token.clone(), self.log.clone());
        HttpLine { agent, base, token, log }
    }

    /// Where streams are opened, in the sessions of this line. They have connections of their own.
    pub fn streams(&self) -> HttpStreams {
        let config = Agent::config_builder()
            .tls_config(self.agent.config().tls_config().clone())
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("deconflict-desk/", env!("CARGO_PKG_VERSION")))
            .build();
        let (base, token, log) = (self.base.clone(), self.token.clone(), self.log.clone());
        HttpStreams(HttpLine { agent: config.into(), base, token, log })
    }

    /// What ends, from another thread and for good, a question that waits for its answer.
    pub fn stopper(&self) -> Arc<dyn Fn() + Send + Sync> {
        let agent = self.agent.clone();
        Arc::new(move || agent.clone().shutdown())
    }

    fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_token(&self, token: Option<String>) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn ask(&self, method: Method, path: &str, body: &[u8]) -> Result<Response<Body>, LineError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json");
        if let Some(token) = self.token() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let garbled = |error: &dyn std::fmt::Display| LineError::Garbled(error.to_string());
        let answer = if body.is_empty() {
            self.agent.run(request.body(()).map_err(|e| garbled(&e))?)
        } else {
            self.agent.run(request.body(body).map_err(|e| garbled(&e))?)
        };
        let answer = answer.map_err(|error| LineError::Down(why_down(&error)))?;
        if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer)) }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, LineError> {
        read(self.ask(Method::GET, path, &[])?, MAX_ANSWER_BYTES)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LineError> {
        json(&read(self.ask(Method::GET, path, &[])?, MAX_PAGE_BYTES)?)
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, LineError> {
        let body =
            serde_json::to_vec(body).map_err(|error| LineError::Garbled(error.to_string()))?;
        json(&read(self.ask(Method::POST, path, &body)?, MAX_ANSWER_BYTES)?)
    }
}

impl Line for HttpLine {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.get("/v1/space")
    }

    fn prove_to(&mut self, log: &KeyId) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(*log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.set_token(None);
        let log = *self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(log) = log.map(|log| log.to_string()) else {
            return Err(LineError::Garbled("nobody has said which host it must be".into()));
        };
        let name = host_name(&self.base);
        let id = key.verifying_key().id().to_string();
        let Challenge { nonce } = self.post("/v1/session", &StartSession { key: id.clone() })?;
        let signature = STANDARD.encode(key.sign(&session_message(space, &log, &name, &nonce)).0);
        let proof = Prove { key: id, nonce, log, name, signature };
        let session: Session = self.post("/v1/session/prove", &proof)?;
        self.set_token(Some(session.token));
        Ok(())
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        json(&read(self.ask(Method::POST, "/v1/statements", envelope)?, MAX_ANSWER_BYTES)?)
    }

    fn file_together(&mut self, envelopes: &[&str]) -> Result<Vec<FilingAnswer>, LineError> {
        let statements = envelopes.iter().map(|envelope| (*envelope).to_owned()).collect();
        let together = FileTogether { statements };
        let answer: FiledTogether = self.post("/v1/statements/together", &together)?;
        Ok(answer.filed)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        let GivenCursor { cause, within } = from;
        self.get(&format!("/v1/given?from={cause}&within={within}&limit={limit}"))
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.bytes(&format!("/{tile}"))
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.bytes("/checkpoint")
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        let body =
            serde_json::to_vec(cosigned).map_err(|error| LineError::Garbled(error.to_string()))?;
        self.ask(Method::POST, "/v1/cosignatures", &body).map(|_| ())
    }

    fn recovery(&mut self) -> Result<Recovery, LineError> {
        self.get("/v1/recovery")
    }

    fn tell(&mut self, told: &RecoveryMessage) -> Result<Recovery, LineError> {
        match told {
            RecoveryMessage::Head(head) => self.post("/v1/recovery/head", head),
            RecoveryMessage::Commitments(lost) => self.post("/v1/recovery/commitments", lost),
            RecoveryMessage::Entries(lost) => self.post("/v1/recovery/entries", lost),
        }
    }
}

/// Streams from a host's address.
#[derive(Debug)]
pub struct HttpStreams(HttpLine);

impl StreamSource for HttpStreams {
    fn open(
        &mut self,
        space: &str,
        key: &SigningKey,
        from: u64,
    ) -> Result<Box<dyn EventFeed>, LineError> {
        let path = format!("/v1/stream?from={from}");
        let answer = match self.0.ask(Method::GET, &path, &[]) {
            Err(error) if error.status() == Some(401) => {
                self.0.session(space, key)?;
                self.0.ask(Method::GET, &path, &[])?
            }
            answer => answer?,
        };
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(LineError::Garbled("it opens no stream of events".into()));
        }
        Ok(Box::new(ServerSentEvents::new(answer.into_body().into_reader())))
    }

    fn stopper(&self) -> Arc<dyn Fn() + Send + Sync> {
        self.0.stopper()
    }
}

/// The authorities that this machine trusts.
fn machines_own() -> Result<Vec<Certificate<'static>>, DeskError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(DeskError::Refused(format!(
            "this machine's store of certificate authorities is empty or cannot be read ({}): \
             install it, or give the authority of the host in a PEM file",
            why.join("; ")
        )));
    }
    Ok(found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}

/// The most bytes of a file of authorities: those of a whole machine have less than half a megabyte.
const MAX_PEM_BYTES: u64 = 4 * 1024 * 1024;

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, DeskError> {
    let pem = read_bounded(path, MAX_PEM_BYTES)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(DeskError::file(path, error)),
        }
    }
    if found.is_empty() {
        return Err(DeskError::file(path, "holds no certificate: give a file in PEM"));
    }
    Ok(found)
}

/// Why the host cannot be reached; of a certificate that nobody here vouches for, the remedy.
fn why_down(error: &ureq::Error) -> String {
    let fault = match error {
        ureq::Error::Rustls(fault) => Some(fault),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    match fault {
        Some(rustls::Error::InvalidCertificate(_)) => format!(
            "its certificate is not vouched for by an authority that is trusted here ({error}): give the \
             authority that issued it, in PEM, with --ca; a desk that is set up takes it by `deconflict desk \
             address URL --ca FILE`"
        ),
        _ => error.to_string(),
    }
}

fn read(answer: Response<Body>, most: u64) -> Result<Vec<u8>, LineError> {
    let mut body = answer.into_body();
    body.with_config().limit(most).read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(most) => {
            LineError::Garbled(format!("it has more than {most} bytes"))
        }
        error => LineError::Down(error.to_string()),
    })
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, LineError> {
    serde_json::from_slice(bytes).map_err(|error| LineError::Garbled(error.to_string()))
}

fn refusal(answer: Response<Body>) -> LineError {
    let status = answer.status().as_u16();
    let problem = read(answer, MAX_ANSWER_BYTES).and_then(|bytes| json::<Problem>(&bytes));
    let mut problem = problem.unwrap_or_else(|_| Problem {
        kind: "about:blank".into(),
        title: format!("HTTP status {status}"),
        status,
        detail: "the answer says no more".into(),
        next_seq: None,
        prev: None,
        waits: None,
    });
    problem.status = status;
    LineError::Refused(Box::new(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_very_machine_alone() {
        for good in ["https://host.example", "http://127.0.0.1:8080/", "http://[::1]:1"] {
            assert!(HttpLine::new(good, None).is_ok(), "{good}");
        }
        for bad in ["http://host.example", "http://127.0.0.1.example", "host.example", ""] {
            let error = HttpLine::new(bad, None).unwrap_err().to_string();
            assert!(error.contains("https://"), "{error}");
        }
    }

    #[test]
    fn the_hosts_name_is_that_of_its_address() {
        for (base, name) in [
            ("https://host.example", "host.example"),
            ("https://Host.Example.:8443/path?x#y", "host.example"),
            ("https://user@host.example:1", "host.example"),
            ("http://[::1]:8480", "[::1]"),
            ("http://127.0.0.1:8480", "127.0.0.1"),
        ] {
            assert_eq!(host_name(base), name, "{base}");
        }
    }

    #[test]
    fn a_host_that_cannot_be_reached_is_a_line_that_is_down() {
        // Nobody listens on the discard port.
        let mut line = HttpLine::new("http://127.0.0.1:9", None).unwrap();
        assert!(matches!(line.checkpoint(), Err(LineError::Down(_))));
    }
}
