//! A notice as a mail, handed to one server for one addressee: so what came of it is of that one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};
use serde::Deserialize;

use super::authorities::authorities;
use super::is_this_machine;
use crate::notice::NoticeText;
use crate::secret::{Secret, SecretPlace};

/// A mail's way, as the settings have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmtpForm {
    server: String,
    port: Option<u16>,
    #[serde(default)]
    security: Security,
    user: Option<String>,
    password: Option<SecretPlace>,
    from: String,
    to: String,
    ca: Option<PathBuf>,
}

/// How the line to a mail server is kept secret.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Security {
    /// TLS from the first byte: port 465.
    #[default]
    Tls,
    /// TLS before anything else is said: port 587. A server that has none gets nothing.
    Starttls,
    /// None: for a server on this very machine alone.
    None,
}

/// A mail server that takes notices for one addressee.
pub(crate) struct SmtpPath {
    transport: SmtpTransport,
    from: Mailbox,
    to: Mailbox,
    password: Option<Secret>,
}

impl SmtpPath {
    /// # Errors
    /// In words: what is wrong, and what to do.
    pub(crate) fn new(
        form: &SmtpForm,
        folder: &Path,
        timeout: Duration,
    ) -> Result<SmtpPath, String> {
        let mailbox = |name: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|error| {
                format!(
                    "{name}: `{}`: is no address such as duty@north.example: {error}",
                    text.escape_debug()
                )
            })
        };
        let (from, to) = (mailbox("from", &form.from)?, mailbox("to", &form.to)?);
        let server = form.server.trim();
        if server.is_empty() || server.contains(['/', ' ', '@']) {
            return Err(
                "server: must be a host's name or address, such as mail.north.example".into()
            );
        }
        let tls = |of: fn(TlsParameters) -> Tls| -> Result<Tls, String> {
            let roots = authorities(form.ca.as_ref().map(|file| folder.join(file)).as_deref())?;
            let mut builder = TlsParametersBuilder::new(server.to_owned())
                .certificate_store(CertificateStore::None);
            for root in roots {
                let root = Certificate::from_der(root.to_vec());
                builder = builder.add_root_certificate(root.map_err(|error| error.to_string())?);
            }
            Ok(of(builder.build_rustls().map_err(|error| format!("server: {error}"))?))
        };
        let (tls, usual_port) = match form.security {
            Security::Tls => (tls(Tls::Wrapper)?, 465),
            Security::Starttls => (tls(Tls::Required)?, 587),
            Security::None if is_this_machine(server) => (Tls::None, 25),
            Security::None => {
                return Err(
                    "security: `none` is for a server on this very machine alone: `tls` or `starttls`".into()
                );
            }
        };
        let password = match (&form.user, &form.password) {
            (Some(_), Some(place)) => {
                Some(place.read(folder).map_err(|why| format!("password: {why}"))?)
            }
            (None, None) => None,
            _ => return Err("user, password: give both or neither".into()),
        };
        let mut transport = SmtpTransport::builder_dangerous(server)
            .port(form.port.unwrap_or(usual_port))
            .tls(tls)
            // The machine's name is nobody's business: the literal of this machine is what may stand for it.
            .hello_name(ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST))
            // Of each step; the whole has a bound of its own.
            .timeout(Some(timeout));
        if let (Some(user), Some(password)) = (&form.user, &password) {
            transport =
                transport.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(SmtpPath { transport: transport.build(), from, to, password })
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.password.iter()
    }

    pub(crate) fn send(&self, notice: &NoticeText) -> Result<String, String> {
        let domain = self.from.email.domain();
        let body = match &notice.unchecked {
            Some(unchecked) => format!("{}\r\n\r\n{unchecked}\r\n", notice.text),
            None => format!("{}\r\n", notice.text),
        };
        let mail = Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(notice.text.clone())
            // The same with each try, so that a mailbox can show it once.
            .message_id(Some(format!("<{}@{domain}>", notice.notice)))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| format!("the mail cannot be made: {error}"))?;
        let to = vec![self.to.email.clone()];
        let envelope = Envelope::new(Some(self.from.email.clone()), to)
            .map_err(|error| format!("the mail cannot be addressed: {error}"))?;
        match self.transport.send_raw(&envelope, &mail.formatted()) {
            Ok(answer) => {
                let said: Vec<&str> = answer.message().collect();
                Ok(format!("SMTP {} {}", answer.code(), said.join(" ")))
            }
            Err(error) => Err(match error.status() {
                Some(code) => format!("SMTP {code}: {error}"),
                None if error.is_timeout() => format!("the server is silent: {error}"),
                None => error.to_string(),
            }),
        }
    }
}

impl std::fmt::Debug for SmtpPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpPath").finish_non_exhaustive()
    }
}
