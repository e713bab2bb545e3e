//! Whether the times of witnesses' cosignatures can be.

use deconflict_api::Content;
use deconflict_core::Time;
use deconflict_store::StoredCosignature;

use super::Space;
use crate::failure::FailureCause;
use crate::problem::Failure;

impl Space {
    /// Whether the time of a cosignature can be, as far as the charter lets clocks be apart.
    ///
    /// # Errors
    /// When it is later than now, or earlier than the newest entry under its head, by more than that.
    pub(super) fn dated_in_time(
        &self,
        cosignature: &StoredCosignature,
        now: Time,
    ) -> Result<(), Failure> {
        let ledger = self.state.ledger();
        let skew_s = ledger.charter.as_ref().map_or(0, |charter| charter.rules.clock_skew_s);
        let skew_s = i64::from(skew_s);
        let ahead_s = cosignature.time_s.saturating_sub(now.seconds());
        if ahead_s > skew_s {
            return Err(Failure::clock(format!(
                "the witness's clock is {ahead_s} s ahead of the host's, and the charter allows {skew_s} s: \
                 compare both with a third"
            )));
        }
        // The newest one, and not the one that is dated latest: once a clock was set right again, witnesses sign on.
        let newest = self.taken_in_at(cosignature.size.saturating_sub(1), now)?;
        let behind_s = newest.map_or(0, |newest| newest.seconds() - cosignature.time_s);
        if behind_s > skew_s {
            return Err(Failure::clock(format!(
                "it is dated {behind_s} s earlier than the newest entry under its head, and the charter allows \
                 {skew_s} s: it says that the entry was seen before it was there. Compare the witness's clock and \
                 the host's with a third"
            )));
        }
        Ok(())
    }

    /// When an entry was taken in, unless its content was erased.
    fn taken_in_at(&self, index: u64, now: Time) -> Result<Option<Time>, Failure> {
        let read = || -> Result<Option<Time>, FailureCause> {
            let kept = self.store.view(&self.origin)?.entries(index..index + 1, 1)?;
            let Some(opening) = kept.into_iter().next().and_then(|kept| kept.opening) else {
                return Ok(None);
            };
            let content = Content::decode(&opening.content);
            let content = content.map_err(|error| FailureCause::Damaged {
                fault: format!("entry {index}: {error}"),
            })?;
            Ok(Some(content.entry.at))
        };
        read().map_err(|cause| self.published.unreadable(now, cause))
    }
}
