//! What the writer lets readers know at once, in memory: whose a key is, and the last head.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use deconflict_core::{Ledger, PartyId};
use deconflict_record::{KeyId, KeyUse, VerifyingKey, Vkey};
use tokio::sync::watch;

/// The keys that are or were enrolled, and the witnesses.
#[derive(Clone, Default, Debug)]
pub struct Roster {
    keys: HashMap<KeyId, Known>,
    witnesses: Vec<Vkey>,
}

#[derive(Clone, Debug)]
struct Known {
    party: PartyId,
    key: VerifyingKey,
    revoked: bool,
}

impl Roster {
    pub(crate) fn of(ledger: &Ledger) -> Roster {
        let known = |key: &deconflict_core::Key| Known {
            party: key.party.clone(),
            key: key.key,
            revoked: key.revoked.is_some(),
        };
        let keys = ledger.keys.iter().map(|(id, key)| (*id, known(key))).collect();
        let witnesses = ledger.charter.iter().flat_map(|charter| &charter.witnesses);
        let vkey = |witness: &deconflict_core::Witness| {
            Vkey::new(&witness.name, KeyUse::Witness, witness.key).ok()
        };
        Roster { keys, witnesses: witnesses.filter_map(vkey).collect() }
    }

    /// A key, whether it is still good or not: what it signed before stands.
    pub(crate) fn key(&self, id: &KeyId) -> Option<&VerifyingKey> {
        self.keys.get(id).map(|known| &known.key)
    }

    /// Whose a key is or was.
    pub(crate) fn party(&self, id: &KeyId) -> Option<&PartyId> {
        self.keys.get(id).map(|known| &known.party)
    }

    /// The key and its party, unless it was revoked.
    pub(crate) fn good(&self, id: &KeyId) -> Option<(&VerifyingKey, &PartyId)> {
        let known = self.keys.get(id).filter(|known| !known.revoked)?;
        Some((&known.key, &known.party))
    }

    pub(crate) fn witnesses(&self) -> &[Vkey] {
        &self.witnesses
    }
}

/// How far the record has come.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tip {
    /// Durable entries.
    pub size: u64,
    /// Entries under the last head.
    pub checkpoint_size: u64,
    /// The last head, signed; empty before the first.
    pub note: Arc<str>,
}

/// What the writer publishes after each append.
#[derive(Debug)]
pub struct Published {
    roster: RwLock<Arc<Roster>>,
    tip: watch::Sender<Tip>,
    writable: AtomicBool,
    /// What was counted, for the metrics.
    pub(crate) counts: Counts,
}

/// What was counted since the start.
#[derive(Default, Debug)]
pub(crate) struct Counts {
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) unfit: AtomicU64,
    pub(crate) appends: AtomicU64,
    pub(crate) append_us: AtomicU64,
    pub(crate) failed_appends: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) streams: AtomicU64,
}

/// One more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Published {
    pub(crate) fn new(roster: Roster, tip: Tip) -> Published {
        Published {
            roster: RwLock::new(Arc::new(roster)),
            tip: watch::Sender::new(tip),
            writable: AtomicBool::new(true),
            counts: Counts::default(),
        }
    }

    /// Whose a key is now.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_roster(&self, roster: Roster) {
        *self.roster.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(roster);
    }

    /// How far the record has come.
    pub fn tip(&self) -> Tip {
        self.tip.borrow().clone()
    }

    pub(crate) fn follow(&self) -> watch::Receiver<Tip> {
        self.tip.subscribe()
    }

    pub(crate) fn set_tip(&self, tip: Tip) {
        self.tip.send_replace(tip);
    }

    /// Whether the last append succeeded.
    pub fn writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }

    pub(crate) fn set_writable(&self, writable: bool) {
        self.writable.store(writable, Ordering::Relaxed);
    }
}
