//! Time and randomness that are the test's.

use std::sync::{Arc, Mutex, PoisonError};

use deconflict_core::Time;
use deconflict_host::{Clock, Entropy};
use deconflict_record::UtcSecond;

use crate::Dice;

/// A clock that stands still until the test moves it. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Time>>);

impl TestClock {
    /// It is this late.
    pub fn new(now: Time) -> TestClock {
        TestClock(Arc::new(Mutex::new(now)))
    }

    /// How late it is.
    pub fn now(&self) -> Time {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same as a record's formats have it.
    pub fn utc(&self) -> UtcSecond {
        utc(self.now())
    }

    /// Moves it on, or back.
    pub fn pass(&self, seconds: i64) {
        self.set(self.now().after_seconds(seconds));
    }

    /// Sets it.
    pub fn set(&self, now: Time) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// For a host to look at.
    pub fn reading(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// A time after 1970 as a record's formats have it, in whole seconds.
pub fn utc(time: Time) -> UtcSecond {
    UtcSecond::new(u64::try_from(time.seconds()).unwrap()).unwrap()
}

/// Randomness that follows from a seed: the same host makes the same record of the same statements.
pub fn seeded(seed: u64) -> Entropy {
    let dice = Mutex::new(Dice(seed));
    Arc::new(move || {
        let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&dice.number().to_be_bytes());
        }
        Ok(bytes)
    })
}
