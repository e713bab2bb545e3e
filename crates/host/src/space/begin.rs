//! How a space is begun and opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use deconflict_core::{LedgerParts, Say, State, Time};
use deconflict_record::{self as record, Hash, KeyUse, SigningKey, Vkey};
use deconflict_store::{Epoch, Store, StoreError};

use super::{ClockWatch, DurableState, Footing, PendingCosignatures, Space, WaitingStatements};
use crate::check::VerifiedStatement;
use crate::clock::Entropy;
use crate::config::Timing;
use crate::failure::FailureCause;
use crate::growth::Growth;
use crate::problem::Failure;
use crate::published::{PublishedState, Roster, Tip};
use crate::rebuild::{RebuiltSpace, SpaceError, recover};
use crate::witness_recovery::{WitnessRecovery, needed};

impl Space {
    /// Begins a space in a store, from the statement that its founders signed, and signs its first
    /// head.
    ///
    /// # Errors
    /// When the statement founds no space, names another key than this one for the record, or the
    /// store has the space already.
    pub fn found(
        store: Store,
        envelope: &[u8],
        key: SigningKey,
        entropy: Entropy,
        timing: Timing,
        now: Time,
    ) -> Result<Space, SpaceError> {
        let read = record::SignedStatement::parse(envelope)
            .map_err(|error| SpaceError::NotFounding(error.to_string()))?;
        let origin = read.claimed_header().space.clone();
        let checked = VerifiedStatement::founding(envelope, &origin)
            .map_err(|failure| SpaceError::NotFounding(failure.problem.detail.clone()))?;
        let Say::FoundSpace { charter } = &checked.statement().say else {
            return Err(SpaceError::NotFounding("it says something else".into()));
        };
        if charter.space != origin {
            let fault = format!("its charter is for {}, its header for {origin}", charter.space);
            return Err(SpaceError::NotFounding(fault));
        }
        if charter.host.key != key.verifying_key() {
            return Err(SpaceError::OtherKey);
        }
        // What a first attempt left behind is empty, and is taken over.
        let empty = |store: &Store| {
            store.spaces().is_ok_and(|all| all.iter().any(|h| h.origin == origin && h.size == 0))
        };
        let epoch = match store.create_space(&origin) {
            Err(StoreError::SpaceExists { .. }) if empty(&store) => store.take(&origin)?,
            epoch => epoch?,
        };
        let recovered = RebuiltSpace {
            state: State::default(),
            growth: Growth::default(),
            tip: Tip::default(),
            parts: LedgerParts::default(),
        };
        let mut space = Space::of(store, origin, epoch, key, entropy, timing, recovered);
        let answers = space.file(now, &[checked]);
        for answer in answers {
            answer.map_err(|failure| match failure.problem.status {
                401 => SpaceError::NotFounding(
                    "the charter is none, or a founding party's root or a key that it brings (a \
                         witness's, the record's) did not sign it"
                        .into(),
                ),
                _ => SpaceError::Failed(failure),
            })?;
        }
        Ok(space)
    }

    /// Takes over a space that is in the store, rebuilds its state and checks what is kept against
    /// the last signed head. Whoever wrote it before is fenced.
    ///
    /// If the charter asks for a quorum, nothing is signed or taken in before so many witnesses that
    /// every quorum has one of them have said their last heads ([`deconflict_api::Recovery`]), and desks
    /// have given back what this store lacks of what they saw; reads are served meanwhile. Without
    /// them, [`Space::go_on_alone`].
    ///
    /// # Errors
    /// When the store has no such space, or its entries are not those that were signed with this key.
    pub fn open(
        store: Store,
        origin: &str,
        key: SigningKey,
        entropy: Entropy,
        timing: Timing,
    ) -> Result<Space, SpaceError> {
        let epoch = store.take(origin)?;
        // Most of the file is asked for, page by page.
        let done = AtomicBool::new(false);
        let recovered = thread::scope(|scope| {
            scope.spawn(|| store.read_through(|| !done.load(Ordering::Relaxed)));
            let recovered = recover(&store, origin);
            done.store(true, Ordering::Relaxed);
            recovered
        })?;
        let own = |host: &deconflict_core::Host| host.key == key.verifying_key();
        if !recovered.state.ledger().hosts().any(own) {
            return Err(SpaceError::OtherKey);
        }
        let mut space = Space::of(store, origin.to_owned(), epoch, key, entropy, timing, recovered);
        space.kept = WaitingStatements::of(&space.store.view(origin)?.kept()?);
        space.count_kept();
        space.note_times_of_record()?;
        space.ask_first()?;
        Ok(space)
    }

    /// Nothing is signed before witnesses have spoken.
    fn ask_first(&mut self) -> Result<(), SpaceError> {
        // A record that moved away did so at the latest when its last entry came.
        let now = self.state.ledger().now.unwrap_or(Time::from_seconds(0));
        self.publish_writable(now);
        if self.is_host() && needed(self.state.ledger()) > 0 {
            let nonce = (self.entropy)().map_err(|fault| {
                let cause = Arc::new(FailureCause::Entropy(fault));
                SpaceError::Failed(Failure::unwritable(cause))
            })?;
            self.lost =
                Some(Box::new(WitnessRecovery::new(Hash(nonce), self.durable.tree().clone())));
            self.publish_closed();
        }
        Ok(())
    }

    pub(super) fn of(
        store: Store,
        origin: String,
        epoch: Epoch,
        key: SigningKey,
        entropy: Entropy,
        timing: Timing,
        recovered: RebuiltSpace,
    ) -> Space {
        let RebuiltSpace { mut state, growth, tip, parts } = recovered;
        state.set_pace(timing.pace);
        let durable = DurableState::of(&growth);
        let roster = Roster::of(state.ledger());
        let published = Arc::new(PublishedState::new(roster, state.ledger().clone(), tip));
        Space {
            store,
            origin,
            epoch,
            key,
            entropy,
            timing,
            state,
            durable,
            growth,
            footing: Footing::Firm,
            fenced: None,
            lost: None,
            kept: WaitingStatements::default(),
            failed: None,
            cosigned: PendingCosignatures::default(),
            last_head: None,
            last_erasure: None,
            clock: ClockWatch::default(),
            parts,
            snapshot_from: None,
            published,
        }
    }

    /// Lets readers know whether this host takes statements in, and its operator why it does not.
    pub(super) fn publish_writable(&self, now: Time) {
        let charter = self.state.ledger().charter.as_ref().filter(|_| !self.is_host());
        match charter {
            Some(charter) => {
                let to = charter.host.party.to_string();
                // Whoever files here is told where the record went.
                let _ = self.published.unwritable(now, Arc::new(FailureCause::Moved { to }));
            }
            None => self.published.set_writable(self.lost.is_none()),
        }
    }

    /// Whether something can be signed or taken in now.
    pub(super) fn ready(&mut self, now: Time) -> Result<(), Failure> {
        if let Some(lost) = &self.lost {
            return Err(Failure::recovering(lost.split.is_some()));
        }
        self.sound_now(now)?;
        match self.state.ledger().charter.as_ref() {
            Some(charter) if !self.is_host() => {
                let vkey = Vkey::new(&self.origin, KeyUse::Log, charter.host.key);
                let vkey = vkey.map(|vkey| vkey.to_string()).unwrap_or_default();
                Err(Failure::moved(charter.host.party.as_str(), &vkey))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn log_key(origin: &str, key: &SigningKey) -> Result<Vkey, SpaceError> {
    Vkey::new(origin, KeyUse::Log, key.verifying_key())
        .map_err(|error| SpaceError::Record { space: origin.to_owned(), fault: error.to_string() })
}
