//! What is passed in: the time and randomness.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use deconflict_core::Time;

/// What time it is, in whole milliseconds.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

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
