//! Which connections are open, whose they are, and which one goes when there is one too many.
//!
//! Whoever connects is a stranger until a request of it proves otherwise. Strangers have a share for each address,
//! and together what is not kept for those who are known; each of these has a share as well. Where a share is full
//! the oldest of the same share goes for the newest, first of all one that nothing is asked over.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use tokio::sync::Notify;

use crate::listener::ConnectionBounds;

/// The header in which a proxy says who asked it.
const FORWARDED: &str = "x-forwarded-for";

/// Whose share a connection is counted in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Share {
    /// A stranger's, by its address.
    Address(IpAddr),
    /// That of somebody who proved who it is.
    Owner(Arc<str>),
}

/// The connections of a listener.
#[derive(Debug)]
pub(crate) struct Connections {
    bounds: ConnectionBounds,
    table: Mutex<Table>,
}

#[derive(Default, Debug)]
struct Table {
    /// What orders connections, and tells when one was last used.
    clock: u64,
    open: BTreeMap<u64, OpenConnection>,
    of: HashMap<Share, usize>,
    strangers: usize,
}

#[derive(Debug)]
struct OpenConnection {
    share: Share,
    /// Whether a proxy that was named to us passes others' requests on over it.
    from_proxy: bool,
    /// Requests that are being answered.
    busy: usize,
    /// When it was last used.
    used: u64,
    cut: Arc<Notify>,
}

/// A connection, as it stands in the extensions of each request that comes over it.
#[derive(Clone, Debug)]
pub struct CallerConnection {
    connections: Arc<Connections>,
    number: u64,
    client: IpAddr,
}

/// A connection that was let in; dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Arc<Connections>,
    number: u64,
    peer: IpAddr,
    cut: Arc<Notify>,
}

/// A request that is being answered, until its answer is sent.
#[derive(Debug)]
pub(crate) struct Asking {
    connections: Arc<Connections>,
    number: u64,
}

impl Connections {
    pub(crate) fn new(bounds: ConnectionBounds) -> Arc<Connections> {
        Arc::new(Connections { bounds, table: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in, for which another one may have to go; `None` where none may.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Admission> {
        let from_proxy = self.bounds.proxies.contains(&peer);
        let share = Share::Address(network(peer));
        let mut table = self.lock();
        // Those that a proxy opens are counted by whose requests it passes on.
        if !from_proxy && table.count(&share) >= self.bounds.of_address.max(1) {
            let idle = table.oldest(|one| one.share == share && one.busy == 0)?;
            table.remove(idle);
        }
        let for_strangers = self.bounds.connections.saturating_sub(self.bounds.of_known).max(1);
        if table.strangers >= for_strangers || table.open.len() >= self.bounds.connections.max(1) {
            let goes = table.oldest_stranger().or_else(|| table.oldest_of_most())?;
            table.remove(goes);
        }
        table.clock += 1;
        let (number, cut) = (table.clock, Arc::<Notify>::default());
        let one = OpenConnection {
            share: share.clone(),
            from_proxy,
            busy: 0,
            used: number,
            cut: cut.clone(),
        };
        table.open.insert(number, one);
        table.counted(&share, true);
        drop(table);
        Some(Admission { connections: self.clone(), number, peer, cut })
    }
}

impl Admission {
    /// Comes when the connection is to be cut off.
    pub(crate) async fn cut(&self) {
        self.cut.notified().await;
    }

    /// A request comes: the connection as the request is to carry it, and what says that it is being answered;
    /// `None` where whoever is behind a proxy has too many under way.
    pub(crate) fn ask(&self, headers: &HeaderMap) -> Option<(CallerConnection, Asking)> {
        let Connections { bounds, .. } = &*self.connections;
        let mut table = self.connections.lock();
        table.clock += 1;
        let clock = table.clock;
        let from_proxy = table.open.get(&self.number).is_some_and(|one| one.from_proxy);
        let client =
            if from_proxy { forwarded(headers, bounds).unwrap_or(self.peer) } else { self.peer };
        if from_proxy {
            // Who asks now need not be who asked before.
            let share = Share::Address(network(client));
            table.give(self.number, share.clone());
            if table.count(&share) > bounds.of_address.max(1) {
                let own = self.number;
                let idle = table.oldest_but(own, |one| one.share == share && one.busy == 0)?;
                table.remove(idle);
            }
        }
        if let Some(one) = table.open.get_mut(&self.number) {
            one.busy += 1;
            one.used = clock;
        }
        drop(table);
        let (connections, number) = (self.connections.clone(), self.number);
        let caller = CallerConnection { connections: connections.clone(), number, client };
        Some((caller, Asking { connections, number }))
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.connections.lock().remove(self.number);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut table = self.connections.lock();
        table.clock += 1;
        let clock = table.clock;
        if let Some(one) = table.open.get_mut(&self.number) {
            one.busy = one.busy.saturating_sub(1);
            one.used = clock;
        }
    }
}

impl CallerConnection {
    /// The address of whoever asks: behind a proxy that was named, the one that it says. Of IPv6 it is the
    /// network of 64 bits, which is what one client has.
    pub fn client(&self) -> IpAddr {
        network(self.client)
    }

    /// Whoever asks over it has proven who it is: from now on the connection is counted in the share of this
    /// owner, whose oldest one goes if that makes one too many.
    pub fn belongs_to(&self, owner: &str) {
        let mut table = self.connections.lock();
        let Some(one) = table.open.get(&self.number) else { return };
        if matches!(&one.share, Share::Owner(of) if &**of == owner) {
            return;
        }
        let share = Share::Owner(owner.into());
        table.give(self.number, share.clone());
        if table.count(&share) > self.connections.bounds.of_owner.max(1) {
            let own = self.number;
            let idle = table.oldest_but(own, |one| one.share == share && one.busy == 0);
            let goes = idle.or_else(|| table.oldest_but(own, |one| one.share == share));
            goes.into_iter().for_each(|goes| table.remove(goes));
        }
    }
}

impl Table {
    fn count(&self, share: &Share) -> usize {
        self.of.get(share).copied().unwrap_or(0)
    }

    fn counted(&mut self, share: &Share, more: bool) {
        let stranger = usize::from(matches!(share, Share::Address(_)));
        if more {
            *self.of.entry(share.clone()).or_default() += 1;
            self.strangers += stranger;
            return;
        }
        self.strangers = self.strangers.saturating_sub(stranger);
        if let Some(count) = self.of.get_mut(share) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of.remove(share);
            }
        }
    }

    /// Counts a connection in another share.
    fn give(&mut self, number: u64, share: Share) {
        let Some(one) = self.open.get_mut(&number) else { return };
        let before = std::mem::replace(&mut one.share, share.clone());
        self.counted(&before, false);
        self.counted(&share, true);
    }

    /// Cuts one off, and counts it no more.
    fn remove(&mut self, number: u64) {
        if let Some(one) = self.open.remove(&number) {
            self.counted(&one.share, false);
            one.cut.notify_one();
        }
    }

    /// The one of these that was not used for longest.
    fn oldest(&self, of: impl Fn(&OpenConnection) -> bool) -> Option<u64> {
        let those = self.open.iter().filter(|(_, one)| of(one));
        those.min_by_key(|(_, one)| one.used).map(|(number, _)| *number)
    }

    fn oldest_but(&self, own: u64, of: impl Fn(&OpenConnection) -> bool) -> Option<u64> {
        let those = self.open.iter().filter(|(number, one)| **number != own && of(one));
        those.min_by_key(|(_, one)| one.used).map(|(number, _)| *number)
    }

    /// The stranger that goes for another one: an idle one, or whoever takes longest.
    fn oldest_stranger(&self) -> Option<u64> {
        let stranger = |one: &OpenConnection| matches!(one.share, Share::Address(_));
        self.oldest(|one| stranger(one) && one.busy == 0).or_else(|| self.oldest(stranger))
    }

    /// The oldest of whoever has most.
    fn oldest_of_most(&self) -> Option<u64> {
        let most =
            self.of.iter().max_by_key(|(_, count)| **count).map(|(share, _)| share.clone())?;
        let idle = self.oldest(|one| one.share == most && one.busy == 0);
        idle.or_else(|| self.oldest(|one| one.share == most))
    }
}

/// What one client has: its address, or of IPv6 the network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Whom a proxy says it asks for: the last address that is not a proxy's own. What stands before it anybody can
/// have written.
fn forwarded(headers: &HeaderMap, bounds: &ConnectionBounds) -> Option<IpAddr> {
    let mut said = headers.get_all(FORWARDED).iter().rev().flat_map(|value| {
        let text = value.to_str().unwrap_or_default();
        text.rsplit(',').map(|one| one.trim().parse::<IpAddr>().ok())
    });
    said.find(|one| one.is_none_or(|one| !bounds.proxies.contains(&one))).flatten()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;

    use super::*;

    fn bounds() -> ConnectionBounds {
        ConnectionBounds {
            connections: 6,
            of_known: 2,
            of_owner: 3,
            of_address: 2,
            proxies: Vec::new(),
            header: Duration::from_secs(1),
            write: Duration::from_secs(1),
            stop: Duration::from_secs(1),
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn is_open(one: &Admission) -> bool {
        one.connections.lock().open.contains_key(&one.number)
    }

    #[test]
    fn one_address_has_its_share_and_its_own_oldest_idle_one_goes() {
        let connections = Connections::new(bounds());
        let other = connections.admit(address(9)).unwrap();
        let [a, b, c] = [(); 3].map(|()| connections.admit(address(1)).unwrap());
        assert_eq!([&other, &a, &b, &c].map(is_open), [true, false, true, true]);
        // One over which something is asked does not go: then there is no place.
        let asking = [&b, &c].map(|one| one.ask(&HeaderMap::new()).unwrap());
        assert!(connections.admit(address(1)).is_none());
        drop(asking);
        let d = connections.admit(address(1)).unwrap();
        assert_eq!([&other, &b, &c, &d].map(is_open), [true, false, true, true]);
    }

    #[test]
    fn what_is_kept_for_the_known_no_stranger_takes() {
        let connections = Connections::new(bounds());
        let known: Vec<Admission> =
            (1..=2).map(|n| connections.admit(address(n)).unwrap()).collect();
        for one in &known {
            one.ask(&HeaderMap::new()).unwrap().0.belongs_to("north");
        }
        let strangers: Vec<Admission> =
            (10..90).map(|last| connections.admit(address(last)).unwrap()).collect();
        assert!(known.iter().all(is_open));
        assert_eq!(strangers.iter().filter(|one| is_open(one)).count(), 4);
        // Whoever proves itself now is let in, and is a stranger no more.
        let new = connections.admit(address(3)).unwrap();
        new.ask(&HeaderMap::new()).unwrap().0.belongs_to("south");
        let more: Vec<Admission> =
            (100..190).map(|last| connections.admit(address(last)).unwrap()).collect();
        assert!(is_open(&new) && known.iter().all(is_open));
        assert_eq!(more.iter().filter(|one| is_open(one)).count(), 3);
    }

    #[test]
    fn an_owner_has_its_share_too_and_no_other_owner_loses_one_for_it() {
        let connections = Connections::new(bounds());
        let owned = |owner: &str, last| {
            let one = connections.admit(address(last)).unwrap();
            one.ask(&HeaderMap::new()).unwrap().0.belongs_to(owner);
            one
        };
        let south = owned("south", 1);
        let north: Vec<Admission> = (2..9).map(|last| owned("north", last)).collect();
        assert!(is_open(&south));
        assert_eq!(north.iter().filter(|one| is_open(one)).count(), 3);
        assert!(north.last().is_some_and(is_open), "the oldest go");
    }

    #[test]
    fn behind_a_named_proxy_the_client_counts_and_elsewhere_nobody_believes_what_is_forwarded() {
        let proxy = address(200);
        let connections = Connections::new(ConnectionBounds { proxies: vec![proxy], ..bounds() });
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, HeaderValue::from_static("192.0.2.77, 192.0.2.5, 192.0.2.200"));
        let [a, b, c] = [(); 3].map(|()| connections.admit(proxy).unwrap());
        let (caller, held) = a.ask(&headers).unwrap();
        assert_eq!(caller.client(), address(5));
        drop((held, b.ask(&headers).unwrap()));
        let third = c.ask(&headers).unwrap();
        assert_eq!([&a, &b, &c].map(is_open), [false, true, true], "one client's share");
        assert_eq!(third.0.client(), address(5));
        let direct = connections.admit(address(8)).unwrap();
        assert_eq!(direct.ask(&headers).unwrap().0.client(), address(8));
    }

    #[test]
    fn of_ipv6_a_client_has_a_network() {
        let parsed = |text: &str| network(text.parse().unwrap());
        assert_eq!(parsed("2001:db8:1:2:3:4:5:6"), parsed("2001:db8:1:2::9"));
        assert_ne!(parsed("2001:db8:1:2::9"), parsed("2001:db8:1:3::9"));
        assert_eq!(parsed("::ffff:192.0.2.1"), address(1));
    }
}
