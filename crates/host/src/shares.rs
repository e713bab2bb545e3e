//! What is held at once of something that all need: everybody has a share, whatever others take.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deconflict_core::PartyId;
use tokio::sync::Notify;

/// Who holds something, and bears it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Holder {
    /// A party, in a session.
    Party(PartyId),
    /// Whoever asks from an address without one.
    Stranger(IpAddr),
}

/// How much of something may be held at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShareBounds {
    /// Places of one holder.
    pub(crate) each: usize,
    /// Places of all together. The first place of a party is never refused for it, so that what others hold decides
    /// for no party whether it gets on; strangers have at most a quarter.
    pub(crate) all: usize,
    /// After how long the oldest place of a holder goes when that holder asks for one too many; `None`: never.
    pub(crate) patience: Option<Duration>,
}

/// The places of something.
#[derive(Clone)]
pub(crate) struct Shares(Arc<Inner>);

struct Inner {
    bounds: ShareBounds,
    held: Mutex<HeldPlaces>,
    freed: Notify,
}

#[derive(Default)]
struct HeldPlaces {
    order: u64,
    all: usize,
    strangers: usize,
    of: HashMap<Holder, BTreeMap<u64, Since>>,
}

/// Since when a place is held, and how its holder learns that it has gone.
struct Since {
    when: Instant,
    gone: Arc<Notify>,
}

/// A place, given back when dropped.
pub(crate) struct Place {
    shares: Shares,
    holder: Holder,
    order: u64,
    gone: Arc<Notify>,
}

impl Shares {
    pub(crate) fn new(bounds: ShareBounds) -> Shares {
        let (held, freed) = (Mutex::default(), Notify::new());
        Shares(Arc::new(Inner { bounds, held, freed }))
    }

    fn lock(&self) -> MutexGuard<'_, HeldPlaces> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more place, if there is one at once.
    pub(crate) fn take(&self, holder: &Holder) -> Option<Place> {
        let ShareBounds { each, all, patience } = self.0.bounds;
        let mut held = self.lock();
        let own = held.of.get(holder).map_or(0, BTreeMap::len);
        let is_stranger = matches!(holder, Holder::Stranger(_));
        let full = if is_stranger {
            held.all >= all || held.strangers >= (all / 4).max(1)
        } else {
            own > 0 && held.all >= all
        };
        if own >= each || full {
            let oldest = held.of.get(holder).and_then(BTreeMap::first_key_value);
            let oldest =
                oldest.filter(|(_, since)| patience.is_some_and(|p| since.when.elapsed() >= p));
            let order = oldest.map(|(order, _)| *order)?;
            held.let_go(holder, order);
        }
        held.order += 1;
        let (order, gone) = (held.order, Arc::<Notify>::default());
        held.all += 1;
        held.strangers += usize::from(is_stranger);
        let since = Since { when: Instant::now(), gone: gone.clone() };
        held.of.entry(holder.clone()).or_default().insert(order, since);
        Some(Place { shares: self.clone(), holder: holder.clone(), order, gone })
    }

    /// One more place, as soon as there is one; `None` when there was none for so long.
    pub(crate) async fn wait(&self, holder: &Holder, most: Duration) -> Option<Place> {
        let begun = Instant::now();
        loop {
            let freed = self.0.freed.notified();
            let mut freed = std::pin::pin!(freed);
            // Listened for before it is looked: what is given back in between is not missed.
            freed.as_mut().enable();
            if let Some(place) = self.take(holder) {
                return Some(place);
            }
            let left = most.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())?;
            // A place that has been held for long enough is nowhere given back.
            let _ = tokio::time::timeout(left.min(LOOK), freed).await;
        }
    }
}

/// How often somebody who waits looks whether a place has been held for too long.
const LOOK: Duration = Duration::from_millis(250);

impl HeldPlaces {
    /// Takes a place back; whether it was still held.
    fn let_go(&mut self, holder: &Holder, order: u64) {
        let Some(of_one) = self.of.get_mut(holder) else { return };
        let Some(since) = of_one.remove(&order) else { return };
        if of_one.is_empty() {
            self.of.remove(holder);
        }
        self.all -= 1;
        self.strangers -= usize::from(matches!(holder, Holder::Stranger(_)));
        since.gone.notify_one();
    }
}

impl Place {
    /// Comes when the place has gone to a later one of the same holder.
    pub(crate) async fn gone(&self) {
        self.gone.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shares.lock().let_go(&self.holder, self.order);
        self.shares.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Holder {
        Holder::Party(name.parse().unwrap())
    }

    fn shares(each: usize, all: usize, patience: Option<Duration>) -> Shares {
        Shares::new(ShareBounds { each, all, patience })
    }

    #[test]
    fn a_party_gets_its_first_place_whatever_others_hold() {
        let shares = shares(3, 4, None);
        let take = |name| shares.take(&of(name));
        let north: Vec<Place> = (0..3).map(|_| take("north").unwrap()).collect();
        assert!(take("north").is_none(), "its own bound");
        let south = take("south").unwrap();
        assert!(take("south").is_none(), "the bound of all");
        let first: Vec<Place> = ["aid", "host"].map(|name| take(name).unwrap()).into();
        assert!(take("aid").is_none());
        drop((north, south));
        assert!(take("aid").is_some());
        drop(first);
        let held = shares.lock();
        assert!(held.of.is_empty() && held.all == 0);
    }

    #[test]
    fn strangers_have_a_part_and_no_more() {
        let shares = shares(2, 8, None);
        let stranger = |last| Holder::Stranger(IpAddr::from([192, 0, 2, last]));
        let held: Vec<Option<Place>> = (0..9).map(|last| shares.take(&stranger(last))).collect();
        assert_eq!(held.iter().flatten().count(), 2);
        assert!(shares.take(&of("north")).is_some());
    }

    #[test]
    fn the_oldest_of_the_same_holder_goes_and_is_told() {
        let shares = shares(2, 9, Some(Duration::ZERO));
        let [first, second] = [(); 2].map(|()| shares.take(&of("north")).unwrap());
        let south = shares.take(&of("south")).unwrap();
        let third = shares.take(&of("north")).unwrap();
        let gone = |place: &Place| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let gone =
                async { tokio::time::timeout(Duration::from_millis(10), place.gone()).await };
            runtime.unwrap().block_on(gone).is_ok()
        };
        assert_eq!([&first, &second, &third, &south].map(gone), [true, false, false, false]);
        drop(first);
        assert_eq!(shares.lock().all, 3, "it was counted once");
    }
}
