//! By which names desks reach this host.

use std::collections::BTreeSet;
use std::net::IpAddr;

use deconflict_http::Tls;

use crate::config::Config;

/// The names by which desks reach this host: a proof that was made for another one was made for somebody else.
#[derive(Debug)]
pub(crate) struct HostNames {
    named: BTreeSet<String>,
    tls: Option<Tls>,
    /// Whether it listens on this machine alone.
    local: bool,
}

impl HostNames {
    pub(crate) fn of(config: &Config) -> HostNames {
        HostNames {
            named: config.names.iter().map(|name| plain(name)).collect(),
            tls: config.tls.clone(),
            local: config.listen.ip().is_loopback(),
        }
    }

    /// Whether a name is one of them: given by the operator, made out in the certificate, or this very machine's.
    pub(crate) fn has(&self, name: &str) -> bool {
        let name = plain(name);
        self.named.contains(&name)
            || (self.local && is_this_machine(&name))
            || self.tls.as_ref().is_some_and(|tls| tls.is_for(&name))
    }
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn is_this_machine(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_operators_or_this_machines_where_it_listens_there_alone() {
        let names = |listen: &str, named: &[&str]| {
            HostNames::of(&Config {
                listen: listen.parse().unwrap(),
                names: named.iter().map(|name| (*name).to_owned()).collect(),
                ..Config::default()
            })
        };
        let here = names("127.0.0.1:0", &["Host.Example"]);
        for good in ["host.example", "HOST.example.", "localhost", "127.0.0.1", "[::1]"] {
            assert!(here.has(good), "{good}");
        }
        let abroad = names("0.0.0.0:0", &["host.example"]);
        assert!(abroad.has("host.example"));
        for bad in ["localhost", "127.0.0.1", "evil.example", "host.example.evil.example", ""] {
            assert!(!abroad.has(bad), "{bad}");
        }
        assert!(!here.has("evil.example"));
    }
}
