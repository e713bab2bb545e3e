//! What is passed in: the time, a stopwatch and randomness.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deconflict_core::Time;

/// What time it is, in whole milliseconds.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// How much time has passed since some instant: it goes on evenly, whatever happens to the clock. By it a host finds
/// out that its clock jumped.
#[derive(Clone)]
pub struct Stopwatch(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Stopwatch {
    /// One that is the caller's.
    pub fn of(read: impl Fn() -> Duration + Send + Sync + 'static) -> Stopwatch {
        Stopwatch(Arc::new(read))
    }

    /// How much has passed.
    pub fn read(&self) -> Duration {
        (self.0)()
    }
}

impl Default for Stopwatch {
    /// The system's. On Linux it goes on while the machine is suspended.
    fn default() -> Stopwatch {
        Stopwatch::of(system_stopwatch())
    }
}

#[cfg(target_os = "linux")]
fn system_stopwatch() -> impl Fn() -> Duration {
    || {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let whole = Duration::from_secs(u64::try_from(since.tv_sec).unwrap_or(0));
        whole + Duration::from_nanos(u64::try_from(since.tv_nsec).unwrap_or(0))
    }
}

#[cfg(not(target_os = "linux"))]
fn system_stopwatch() -> impl Fn() -> Duration {
    let begun = std::time::Instant::now();
    move || begun.elapsed()
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stopwatch").field(&self.read()).finish()
    }
}

/// 32 bytes of true randomness, or why there are none.
pub type Entropy = Arc<dyn Fn() -> Result<[u8; 32], String> + Send + Sync>;

/// The system's clock, to the millisecond.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// The system's randomness.
pub fn system_entropy() -> Entropy {
    Arc::new(|| {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    })
}
