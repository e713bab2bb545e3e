//! A notice as a signed request, as <https://www.standardwebhooks.com> has it: receivers verify it with a library.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_vocabulary::{Precedence, Traffic};
use ring::hmac;
use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::authorities::authorities;
use super::is_this_machine;
use crate::notice::{NamedMessage, NoticeText};
use crate::secret::{Secret, SecretPlace};
use crate::waiting::NoticeStage;

/// What a shared secret begins with.
const MARK: &str = "whsec_";
/// The shortest and the longest shared secret, bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A webhook, as the settings have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookForm {
    url: String,
    secret: SecretPlace,
    ca: Option<PathBuf>,
}

/// An address that takes notices.
pub(crate) struct Webhook {
    url: String,
    agent: Agent,
    secret: Secret,
    key: hmac::Key,
}

/// The whole body: nothing else is ever in it.
#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    /// `waiting` or `test`.
    kind: &'static str,
    /// The notice's name, the same with each try of it.
    notice: &'a str,
    attempt: u32,
    sent_at: String,
    traffic: Traffic,
    precedence: Option<Precedence>,
    stage: Option<NoticeStage>,
    waiting: usize,
    call: &'a str,
    text: &'a str,
    language: &'a str,
    /// Whether a named speaker has checked the language's wording.
    language_checked: bool,
    /// Only where the settings ask for it.
    #[serde(skip_serializing_if = "<[NamedMessage]>::is_empty")]
    messages: &'a [NamedMessage],
}

impl Webhook {
    /// # Errors
    /// In words: what is wrong, and what to do.
    pub(crate) fn new(
        form: &WebhookForm,
        folder: &Path,
        timeout: Duration,
    ) -> Result<Webhook, String> {
        // It is not repeated: many addresses of receivers have a token in them.
        let uri: Uri = form.url.parse().map_err(|error| format!("url: is no address: {error}"))?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or("url: names no host: https://HOST/...")?;
        let is_local = is_this_machine(host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_local => {}
            _ => {
                return Err(
                    "url: must begin with https://; http:// is for this very machine alone".into(),
                );
            }
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(
                "url: names a user or a password: the request is signed with `secret`".into()
            );
        }
        let secret = form.secret.read(folder).map_err(|why| format!("secret: {why}"))?;
        let key = key(&secret).map_err(|why| format!("secret: {why}"))?;
        let roots = match (uri.scheme_str(), &form.ca) {
            (Some("https"), ca) => {
                authorities(ca.as_ref().map(|file| folder.join(file)).as_deref())?
            }
            _ => Vec::new(),
        };
        let roots: Vec<_> = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
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
            // What the environment says of proxies would send a notice somewhere else than the settings say.
            .proxy(None)
            .timeout_global(Some(timeout))
            .max_idle_connections(0)
            .user_agent(concat!("deconflict-notify/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Webhook { url: form.url.clone(), agent: config.into(), secret, key })
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret)
    }

    pub(crate) fn send(&self, notice: &NoticeText) -> Result<String, String> {
        let body = Body {
            v: 1,
            kind: if notice.of.is_some() { "waiting" } else { "test" },
            notice: &notice.notice,
            attempt: notice.nth,
            sent_at: notice.at.to_string(),
            traffic: notice.traffic,
            precedence: notice.of.map(|of| of.precedence),
            stage: notice.of.map(|of| of.stage),
            waiting: notice.of.map_or(0, |of| of.waiting),
            call: &notice.call,
            text: &notice.text,
            language: notice.language,
            language_checked: notice.unchecked.is_none(),
            messages: &notice.messages,
        };
        let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
        let (name, at_s) = (&notice.notice, notice.at.seconds());
        let signature = hmac::sign(&self.key, format!("{name}.{at_s}.{body}").as_bytes());
        let sent = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", name)
            .header("webhook-timestamp", at_s.to_string())
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(signature)))
            .send(body.as_bytes());
        let status = match sent {
            Ok(answer) => answer.status(),
            Err(error) => return Err(error.to_string()),
        };
        if status.is_success() {
            return Ok(format!("HTTP {}", status.as_u16()));
        }
        let remedy = match status.as_u16() {
            300..=399 => {
                ": it sends elsewhere, which is not followed: name that address in the settings"
            }
            401 | 403 => ": it does not take the signature: compare the secret",
            _ => "",
        };
        Err(format!("HTTP {}{remedy}", status.as_u16()))
    }
}

/// The key that a shared secret is: base64 after its mark.
fn key(secret: &Secret) -> Result<hmac::Key, String> {
    let bytes = secret.reveal().strip_prefix(MARK).and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.map(zeroize::Zeroizing::new);
    match bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len())) {
        Some(bytes) => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        None => Err(format!(
            "must be `{MARK}` and then {} to {} random bytes in base64: echo {MARK}$(openssl rand -base64 32)",
            SECRET_BYTES.start(),
            SECRET_BYTES.end()
        )),
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}
