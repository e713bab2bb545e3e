//! What is durable, and how what is being worked on comes back to it after a failure.

use std::sync::Arc;

use deconflict_core::Time;
use deconflict_record::Tree;
use tracing::info;

use super::Space;
use crate::failure::{FailureCause, HostFailure};
use crate::growth::Growth;
use crate::problem::Failure;
use crate::published::Roster;
use crate::rebuild::{recover, state as folded};

/// The tree as it was when an append last succeeded. The ledger is what readers have.
pub(super) struct DurableState {
    pub(super) growth: Growth,
}

/// How far what is being worked on is to be relied on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Footing {
    /// It is what is durable.
    Firm,
    /// It has folded in what came to nothing.
    Ahead,
    /// Nothing is known of it: something was broken off half way.
    Unknown,
}

impl DurableState {
    pub(super) fn of(growth: &Growth) -> DurableState {
        DurableState { growth: growth.clone() }
    }

    pub(super) fn tree(&self) -> &Tree {
        self.growth.tree()
    }
}

impl Space {
    /// What was folded in since the last append came to nothing. What whoever asked is told.
    pub(crate) fn distrust(&mut self, now: Time, cause: impl Into<FailureCause>) -> Failure {
        self.footing = self.footing.max(Footing::Ahead);
        self.fail(now, cause)
    }

    /// Something was broken off half way: nothing in memory is to be relied on. What whoever asked is told.
    pub(crate) fn distrust_all(&mut self, now: Time, cause: FailureCause) -> Failure {
        self.footing = Footing::Unknown;
        self.fail(now, cause)
    }

    /// Nothing could be written. What whoever asked is told.
    pub(super) fn fail(&mut self, now: Time, cause: impl Into<FailureCause>) -> Failure {
        let cause = Arc::new(cause.into());
        self.failed = Some(HostFailure { at: now, cause: cause.clone() });
        self.published.unwritable(now, cause)
    }

    /// Whether there can be an append now. After a failure the state first goes back to what the store
    /// holds: what failed may be there or not, and half of it was folded in.
    pub(super) fn sound_now(&mut self, now: Time) -> Result<(), Failure> {
        if self.footing != Footing::Firm {
            let just = |failure: &&HostFailure| (0..1).contains(&now.seconds_since(failure.at));
            if let Some(failure) = self.failed.as_ref().filter(just) {
                return Err(Failure::unwritable(failure.cause.clone()));
            }
            if let Err(error) = self.go_back() {
                return Err(self.fail(now, error));
            }
        }
        match self.fenced {
            Some(epoch) => Err(Failure::unwritable(Arc::new(FailureCause::Fenced { epoch }))),
            None => Ok(()),
        }
    }

    /// Back to what the store holds. How far that goes says the store: what was durable before the failure is
    /// in memory still, and only what is beyond it, or what a panic left, is read anew.
    fn go_back(&mut self) -> Result<(), FailureCause> {
        let view = self.store.view(&self.origin)?;
        let (kept, known) = (view.head().size, self.durable.tree().size());
        // To go on from fewer would be a fork of what was signed and answered.
        if kept < known {
            return Err(FailureCause::Conflict { expected: known, actual: kept });
        }
        let nothing_came = kept == known;
        match self.footing {
            Footing::Firm => return Ok(()),
            Footing::Ahead if nothing_came => {
                let (ahead, durable) = (self.state.ledger().clone(), self.published.ledger());
                self.state.go_to(&durable);
                // A draft of the parts may have left out what is there again.
                self.parts.note_difference(&ahead, &durable);
                self.growth = self.durable.growth.clone();
            }
            Footing::Unknown if nothing_came => {
                (self.state, self.parts) = folded(&view)?;
                self.growth = self.durable.growth.clone();
                self.durable = DurableState::of(&self.growth);
                // It says the same, and has nothing in common with the one before: two would be kept.
                self.published.set_ledger(self.state.ledger(), None);
            }
            Footing::Ahead | Footing::Unknown => {
                drop(view);
                let recovered = recover(&self.store, &self.origin)?;
                (self.state, self.growth) = (recovered.state, recovered.growth);
                self.durable = DurableState::of(&self.growth);
                self.parts = recovered.parts;
                self.published.set_roster(Roster::of(self.state.ledger()));
                self.published.set_ledger(self.state.ledger(), None);
                self.published.set_tip(recovered.tip);
            }
        }
        self.state.set_pace(self.timing.pace);
        self.state.doubt_time(self.clock_doubt().is_some());
        self.footing = Footing::Firm;
        info!(size = self.durable.tree().size(), "the state is that of the store again");
        Ok(())
    }
}
