//! Who is let in: by a link that counts once, from this machine's own browser, to this page alone.
//!
//! A web page of somebody else, open in the same browser, can send requests to any address of this machine, and can have a name
//! of its own point to it. So a request must name this very address as its host, say that it comes from here where it says
//! where it comes from, and bring a cookie that no other page's request brings.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method, header};
use deconflict_record::{Hash, leaf_hash};

/// How many pages may be open at once; one more takes the place of the one that came first.
const MOST_SESSIONS: usize = 16;
/// How long a link counts.
const LINK_COUNTS: Duration = Duration::from_secs(600);
/// How long a page that asks for nothing stays in.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// The cookie that a page brings. Its name has the port: all pages of one machine have their cookies in common.
const COOKIE: &str = "deconflict-page";

/// Why a request is turned away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DoorFault {
    /// It names another host than this page's: a name of somebody else points here.
    OtherHost,
    /// It comes from a page of somebody else.
    OtherOrigin,
    /// It is no JSON, which no form of another page could send.
    NoJson,
    /// Nobody has let it in.
    NoSession,
    /// The link was used before, is too old or was never one.
    NoLink,
}

/// The page's door.
pub(crate) struct Door {
    hosts: Vec<String>,
    cookie: String,
    state: Mutex<DoorState>,
    random: fn() -> Option<[u8; 32]>,
}

#[derive(Default)]
struct DoorState {
    /// What the link that counts says, hashed, and since when it does.
    link: Option<(Hash, Instant)>,
    /// Who is in, hashed, and since when each has asked for nothing: who came first stands first.
    sessions: VecDeque<(Hash, Instant)>,
}

impl Door {
    /// The door of a page at an address of this machine.
    pub(crate) fn new(address: SocketAddr, random: fn() -> Option<[u8; 32]>) -> Door {
        let port = address.port();
        let hosts = vec![address.to_string(), format!("localhost:{port}")];
        Door { hosts, cookie: format!("{COOKIE}-{port}"), state: Mutex::default(), random }
    }

    fn state(&self) -> MutexGuard<'_, DoorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A link that lets one page in, once, and takes the place of the one before. `None`: the system gives no randomness.
    pub(crate) fn link(&self) -> Option<String> {
        let word = hex((self.random)()?);
        self.state().link = Some((leaf_hash(word.as_bytes()), Instant::now()));
        let host = self.hosts.first()?;
        Some(format!("http://{host}/#/login/{word}"))
    }

    /// Whether there is a link that still counts.
    pub(crate) fn has_link(&self) -> bool {
        self.state().link.is_some_and(|(_, since)| since.elapsed() <= LINK_COUNTS)
    }

    /// Whether a request is one that this page itself can have sent.
    pub(crate) fn may_ask(&self, method: &Method, headers: &HeaderMap) -> Result<(), DoorFault> {
        let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().ok());
        let is_ours = |host: &str| self.hosts.iter().any(|known| known == host);
        match text(header::HOST).flatten() {
            Some(host) if is_ours(host) => {}
            _ => return Err(DoorFault::OtherHost),
        }
        let changes = method != Method::GET && method != Method::HEAD;
        match text(header::ORIGIN) {
            Some(Some(origin)) if origin.strip_prefix("http://").is_some_and(is_ours) => {}
            // A browser leaves it out where a page asks its own host for something; never where it sends something.
            None if !changes => {}
            _ => return Err(DoorFault::OtherOrigin),
        }
        match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
            None | Some(b"same-origin") => {}
            // Whoever types the address, or opens the link.
            Some(b"none") if !changes => {}
            Some(_) => return Err(DoorFault::OtherOrigin),
        }
        let kind = text(header::CONTENT_TYPE).flatten().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if changes && kind != "application/json" {
            return Err(DoorFault::NoJson);
        }
        Ok(())
    }

    /// Lets whoever brings the link's word in: the cookie that it brings from then on, as a header. The word counts no more.
    pub(crate) fn enter(&self, word: &str) -> Result<String, DoorFault> {
        let given = leaf_hash(word.as_bytes());
        let mut state = self.state();
        let counts =
            |(link, since): (Hash, Instant)| link == given && since.elapsed() <= LINK_COUNTS;
        if !state.link.is_some_and(counts) {
            return Err(DoorFault::NoLink);
        }
        let session = hex((self.random)().ok_or(DoorFault::NoLink)?);
        state.link = None;
        while state.sessions.len() >= MOST_SESSIONS {
            state.sessions.pop_front();
        }
        state.sessions.push_back((leaf_hash(session.as_bytes()), Instant::now()));
        let cookie = &self.cookie;
        Ok(format!("{cookie}={session}; Path=/; HttpOnly; SameSite=Strict"))
    }

    /// Whether a request comes from a page that was let in.
    pub(crate) fn is_in(&self, headers: &HeaderMap) -> Result<(), DoorFault> {
        let all = headers.get_all(header::COOKIE).into_iter();
        let all = all.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
        let own = |pair: &str| {
            pair.trim().strip_prefix(&self.cookie)?.strip_prefix('=').map(str::to_owned)
        };
        let given: Vec<Hash> = all.filter_map(own).map(|word| leaf_hash(word.as_bytes())).collect();
        let mut state = self.state();
        state.sessions.retain(|(_, since)| since.elapsed() <= IDLE);
        let found = state.sessions.iter_mut().find(|(session, _)| given.contains(session));
        let (_, since) = found.ok_or(DoorFault::NoSession)?;
        *since = Instant::now();
        Ok(())
    }
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn door() -> Door {
        fn counted() -> Option<[u8; 32]> {
            use std::sync::atomic::{AtomicU8, Ordering};
            static NEXT: AtomicU8 = AtomicU8::new(1);
            Some([NEXT.fetch_add(1, Ordering::Relaxed); 32])
        }
        Door::new("127.0.0.1:4080".parse().unwrap(), counted)
    }

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_request_that_another_page_can_have_sent_is_turned_away() {
        let door = door();
        let json = ("content-type", "application/json");
        let (host, origin) = (("host", "127.0.0.1:4080"), ("origin", "http://127.0.0.1:4080"));
        let post =
            |all: &[(&'static str, &'static str)]| door.may_ask(&Method::POST, &headers(all));
        let get = |all: &[(&'static str, &'static str)]| door.may_ask(&Method::GET, &headers(all));
        assert_eq!(post(&[host, origin, json]), Ok(()));
        assert_eq!(get(&[host]), Ok(()));
        assert_eq!(get(&[("host", "localhost:4080"), ("sec-fetch-site", "none")]), Ok(()));
        // A name of somebody else that points here.
        for other in ["evil.example:4080", "127.0.0.1", "127.0.0.1:80", "localhost", ""] {
            assert_eq!(get(&[("host", other)]), Err(DoorFault::OtherHost), "{other}");
        }
        assert_eq!(get(&[]), Err(DoorFault::OtherHost));
        // A page of somebody else that sends here.
        for other in
            ["http://evil.example", "null", "https://127.0.0.1:4080", "http://127.0.0.1:81"]
        {
            assert_eq!(
                post(&[host, ("origin", other), json]),
                Err(DoorFault::OtherOrigin),
                "{other}"
            );
            assert_eq!(get(&[host, ("origin", other)]), Err(DoorFault::OtherOrigin), "{other}");
        }
        assert_eq!(
            post(&[host, json]),
            Err(DoorFault::OtherOrigin),
            "it says nowhere where it comes from"
        );
        for site in ["cross-site", "same-site"] {
            assert_eq!(
                get(&[host, ("sec-fetch-site", site)]),
                Err(DoorFault::OtherOrigin),
                "{site}"
            );
        }
        assert_eq!(
            post(&[host, origin, json, ("sec-fetch-site", "none")]),
            Err(DoorFault::OtherOrigin)
        );
        // What a form can send.
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            assert_eq!(
                post(&[host, origin, ("content-type", kind)]),
                Err(DoorFault::NoJson),
                "{kind}"
            );
        }
        assert_eq!(post(&[host, origin]), Err(DoorFault::NoJson));
    }

    #[test]
    fn a_link_lets_one_page_in_once() {
        let door = door();
        let word = |link: String| link.rsplit('/').next().unwrap().to_owned();
        assert!(!door.has_link());
        let first = word(door.link().unwrap());
        let second = word(door.link().unwrap());
        assert_eq!(door.enter(&first), Err(DoorFault::NoLink), "another link took its place");
        let cookie = door.enter(&second).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert_eq!(door.enter(&second), Err(DoorFault::NoLink), "it counted once");
        assert!(!door.has_link());
        let pair = cookie.split(';').next().unwrap().to_owned();
        let with = |cookie: String| {
            let value = HeaderValue::from_str(&cookie).unwrap();
            door.is_in(&[(header::COOKIE, value)].into_iter().collect())
        };
        assert_eq!(with(pair.clone()), Ok(()));
        assert_eq!(with(format!("other=1; {pair}")), Ok(()));
        assert_eq!(with(pair.replace("4080", "4081")), Err(DoorFault::NoSession), "another desk's");
        assert_eq!(with(format!("{pair}0")), Err(DoorFault::NoSession));
        assert_eq!(door.is_in(&HeaderMap::new()), Err(DoorFault::NoSession));
        for _ in 0..MOST_SESSIONS {
            let next = word(door.link().unwrap());
            door.enter(&next).unwrap();
        }
        assert_eq!(with(pair), Err(DoorFault::NoSession), "the first of too many has gone");
    }
}
