//! The last of what one thread shows to others.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The last of what one thread shows to others: taken without waiting for it, and waited for.
#[derive(Debug)]
pub struct Latest<T> {
    /// Written by the one thread that shows it, whole each time; read by whoever has this.
    shown: Mutex<(u64, Arc<T>)>,
    changed: Condvar,
}

impl<T> Latest<T> {
    /// Shows this first, as number 1.
    pub fn new(first: T) -> Latest<T> {
        Latest { shown: Mutex::new((1, Arc::new(first))), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Arc<T>)> {
        // Nobody panics while it is held; what is in it is whole in any case.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last.
    pub fn get(&self) -> Arc<T> {
        self.lock().1.clone()
    }

    /// The last and its number, which grows by one with each.
    pub fn numbered(&self) -> (u64, Arc<T>) {
        self.lock().clone()
    }

    /// Shows another.
    pub fn show(&self, value: T) {
        let mut shown = self.lock();
        let number = shown.0 + 1;
        let before = std::mem::replace(&mut *shown, (number, Arc::new(value)));
        self.changed.notify_all();
        drop(shown);
        // The last holder of a view frees all of it, which may take long: not while others wait for the lock.
        drop(before);
    }

    /// The first that is seen after number `since`, and its number; `None` when there is none in this time.
    pub fn wait_for_change(&self, since: u64, timeout: Duration) -> Option<(u64, Arc<T>)> {
        let begun = Instant::now();
        let mut shown = self.lock();
        while shown.0 <= since {
            let left = timeout.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())?;
            let woken = self.changed.wait_timeout(shown, left);
            shown = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(shown.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_is_woken_by_the_next_one_and_not_by_those_before() {
        let latest = Arc::new(Latest::new('a'));
        assert_eq!(latest.wait_for_change(1, Duration::from_millis(20)), None);
        let shower = latest.clone();
        let shows = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            shower.show('b');
        });
        let (number, shown) = latest.wait_for_change(1, Duration::from_secs(20)).unwrap();
        assert_eq!((number, *shown, *latest.get()), (2, 'b', 'b'));
        shows.join().unwrap();
    }
}
