//! A certificate, and what accepts connections under it.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use tokio_rustls::TlsAcceptor;

/// A certificate and its key.
#[derive(Clone)]
pub struct Tls {
    /// The chain in PEM, the server's own certificate first.
    pub certificates_pem: Vec<u8>,
    /// The key in PEM.
    pub key_pem: Vec<u8>,
}

impl Tls {
    /// Whether the certificate is made out to a host name, or to an IP address in digits.
    pub fn is_for(&self, name: &str) -> bool {
        let own = CertificateDer::pem_slice_iter(&self.certificates_pem).next();
        let Some(Ok(own)) = own else { return false };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        match (ParsedCertificate::try_from(&own), ServerName::try_from(name)) {
            (Ok(own), Ok(name)) => verify_server_name(&own, &name).is_ok(),
            _ => false,
        }
    }

    /// What accepts connections; else what is wrong with the two.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let fail = |what: &str, error: &dyn fmt::Display| format!("{what}: {error}");
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(&self.certificates_pem).collect();
        let chain = chain.map_err(|error| fail("the certificate", &error))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key_pem);
        let key = key.map_err(|error| fail("its key", &error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| fail("the certificate and its key", &error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for Tls {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}
