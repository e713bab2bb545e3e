//! How the witnesses at addresses stand with the host, for whoever operates it.

use deconflict_core::Time;

use super::exchange::PostFault;

/// After so many tries in a row without a cosignature a witness is said to be silent: one answer that was lost is none's
/// business.
const SILENT_AFTER: u32 = 3;

/// How a witness at an address stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessReport {
    /// Its address, as the charter has it.
    pub url: String,
    /// Entries under the last head that it countersigned since the host's start; 0: none.
    pub cosigned: u64,
    /// Why it does not countersign, if it does not.
    pub failing: Option<PostFailure>,
}

/// Since when a witness does not countersign, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostFailure {
    /// When that began, by the host's clock.
    pub since: Time,
    /// How often it was asked in vain since.
    pub tries: u32,
    /// What was wrong the last time.
    pub fault: PostFault,
}

impl WitnessReport {
    pub(super) fn new(url: String) -> WitnessReport {
        WitnessReport { url, cosigned: 0, failing: None }
    }

    /// Why it does not countersign, once that is more than an answer that was lost.
    pub fn silent(&self) -> Option<&PostFailure> {
        let failing = self.failing.as_ref();
        failing.filter(|failing| failing.tries >= SILENT_AFTER || failing.fault.is_grave())
    }

    pub(super) fn failed(&mut self, fault: PostFault, now: Time) {
        let (since, tries) = match &self.failing {
            Some(failing) => (failing.since, failing.tries),
            None => (now, 0),
        };
        self.failing = Some(PostFailure { since, tries: tries.saturating_add(1), fault });
    }

    pub(super) fn cosigned(&mut self, size: u64) {
        self.cosigned = size;
        self.failing = None;
    }
}
