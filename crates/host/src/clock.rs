//! What is passed in: the time and randomness.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use deconflict_core::Time;
use deconflict_record::UtcSecond;

/// What time it is. Whole seconds will do: nothing in a record is ordered by them.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// 32 bytes of true randomness, or why there are none.
pub type Entropy = Arc<dyn Fn() -> Result<[u8; 32], String> + Send + Sync>;

/// The system's clock, to the second.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
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

/// Milliseconds from one time to another, rounded down.
pub(crate) fn ms_between(earlier: Time, later: Time) -> i64 {
    later.0.nanos().saturating_sub(earlier.0.nanos()).div_euclid(1_000_000)
}

/// A time as a record's formats have it; what lies outside them, at their edge.
pub(crate) fn utc(time: Time) -> UtcSecond {
    const LAST_S: u64 = 253_402_300_799;
    let seconds = u64::try_from(time.seconds()).unwrap_or(0).min(LAST_S);
    UtcSecond::new(seconds).expect("the last second of the year 9999 is one")
}
