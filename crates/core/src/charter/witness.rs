//! Who countersigns the record's heads, and where the host asks for it.

use deconflict_record::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::names::PartyId;

/// The most bytes of a witness's address.
pub const MAX_WITNESS_URL_BYTES: usize = 255;

/// What countersigns heads: a party's desk, or somebody's service at an address.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Whose it is; a neutral witness need not be a party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    /// The name that its cosignatures carry.
    pub name: String,
    /// The key that they are made with.
    pub key: VerifyingKey,
    /// The prefix of its address, without a slash at its end: the host posts each head to `add-checkpoint` below it
    /// (C2SP tlog-witness). Without one it reads the record and brings its cosignatures by itself, as desks do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Witness {
    /// Whether its key signs the statement that names it. What is at an address and no party's signs heads and nothing
    /// else: those who consent to the charter answer for its key.
    pub fn signs_charter(&self) -> bool {
        self.party.is_some() || self.url.is_none()
    }

    /// Whether a host can post to its address, if it has one.
    pub(super) fn has_good_url(&self) -> bool {
        self.url.as_deref().is_none_or(is_witness_url)
    }
}

/// Whether an address is one that heads are posted to: `https://`, or `http://` at the host's own machine, a host with
/// or without a port, and a path without a slash at its end; no user, no query, no fragment. It is compared by its bytes.
fn is_witness_url(url: &str) -> bool {
    let (rest, is_plain) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (_, Some(rest)) => (rest, true),
        _ => return false,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_name = |host: &str| host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let is_v6 = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let plain_path = |c: char| c.is_ascii_alphanumeric() || "/.-_~%!$&'()*+,;=:@".contains(c);
    url.len() <= MAX_WITNESS_URL_BYTES
        && !host.is_empty()
        && (is_name(host) || is_v6(host))
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && path.chars().all(plain_path)
        && !path.ends_with('/')
        && (!is_plain || ["127.0.0.1", "[::1]", "localhost"].contains(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_posted_over_tls_or_to_this_very_machine_and_to_nothing_that_only_looks_like_it() {
        for good in [
            "https://witness.example",
            "https://witness.example:8443/w1/log",
            "https://[2001:db8::1]:443/x",
            "https://192.0.2.7",
            "http://127.0.0.1:7380",
            "http://[::1]/w",
            "http://localhost",
        ] {
            assert!(is_witness_url(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///w",
            "https://:443",
            "https://witness.example/",
            "https://witness.example:0",
            "https://witness.example:65536",
            "https://user@witness.example",
            "https://witness.example/w?x=1",
            "https://witness.example/w#x",
            "https://witness.example/a b",
            "https://witness.example\n/w",
            "https://[witness.example]",
            "https://wítness.example",
            "http://witness.example",
            "http://127.0.0.1.witness.example",
            "http://localhost@witness.example",
            "HTTPS://witness.example",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_witness_url(bad), "{bad}");
        }
        assert!(!is_witness_url(&format!("https://w.example/{}", "a".repeat(255))));
    }
}
