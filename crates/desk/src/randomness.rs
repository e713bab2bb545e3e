//! Where a desk's randomness comes from: what names a statement, and what a host is challenged with.

use std::fmt;

use crate::error::DeskError;

type Source = Box<dyn Fn() -> Result<[u8; 32], String> + Send + Sync>;

/// 32 bytes at a time.
pub(crate) struct Randomness(Source);

impl Randomness {
    pub(crate) fn of(
        source: impl Fn() -> Result<[u8; 32], String> + Send + Sync + 'static,
    ) -> Self {
        Randomness(Box::new(source))
    }

    /// The system's.
    pub(crate) fn system() -> Randomness {
        Randomness::of(|| {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
            Ok(bytes)
        })
    }

    pub(crate) fn draw(&self) -> Result<[u8; 32], DeskError> {
        (self.0)().map_err(DeskError::Refused)
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}
