//! Who vouches for the certificate of a server.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The most bytes of a file of authorities.
const MOST_PEM_BYTES: u64 = 4 * 1024 * 1024;

/// The authorities in a PEM file; without one, those that this machine trusts.
///
/// # Errors
/// In words: what is wrong, and what to do.
pub(crate) fn authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(file) = file else {
        let found = rustls_native_certs::load_native_certs();
        let usable: Vec<_> = found.certs.into_iter().filter(is_usable).collect();
        if usable.is_empty() {
            return Err("this machine's store of certificate authorities is empty or cannot be read: install it, or \
                        name a PEM file as `ca`"
                .into());
        }
        return Ok(usable);
    };
    let name = file.display().to_string().escape_debug().to_string();
    let mut pem = Vec::new();
    let read =
        File::open(file).and_then(|opened| opened.take(MOST_PEM_BYTES + 1).read_to_end(&mut pem));
    read.map_err(|error| format!("ca: {name}: cannot be read: {error}"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|error| format!("ca: {name}: is no PEM: {error}"))?;
    if found.is_empty() || pem.len() as u64 > MOST_PEM_BYTES || !found.iter().all(is_usable) {
        return Err(format!("ca: {name}: holds no certificate of an authority: give it in PEM"));
    }
    Ok(found)
}

fn is_usable(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}
