//! What the writer lets readers know at once, in memory: whose a key is, the ledger, and the last head.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use deconflict_api::{HostTrouble, HostWait, Recovery};
use deconflict_core::{Entry, Ledger, PartyId, Time, Witness};
use deconflict_http::HttpCounts;
use deconflict_record::{Head, KeyId, KeyUse, VerifyingKey, Vkey};
use deconflict_store::StoredCosignature;
use tokio::sync::watch;
use tracing::error;

use crate::durable_ledger::DurableLedger;
use crate::failure::{FailureCause, HostFailure};
use crate::posting::WitnessReport;
use crate::problem::Failure;
use crate::recent::{LastAppend, RecentCommitments};
use crate::space::ClockDoubt;

/// The keys that are or were enrolled, and the witnesses.
#[derive(Clone, Default, Debug)]
pub struct Roster {
    keys: HashMap<KeyId, RosterKey>,
    witnesses: Vec<Vkey>,
    /// The witnesses that heads are posted to.
    posted: Vec<Witness>,
    host: Option<PartyId>,
}

#[derive(Clone, Debug)]
struct RosterKey {
    party: PartyId,
    key: VerifyingKey,
    revoked: bool,
}

impl Roster {
    pub(crate) fn of(ledger: &Ledger) -> Roster {
        let known = |key: &deconflict_core::Key| RosterKey {
            party: key.party.clone(),
            key: key.key,
            revoked: key.revoked.is_some(),
        };
        let keys = ledger.keys.iter().map(|(id, key)| (*id, known(key))).collect();
        let witnesses = || ledger.charter.iter().flat_map(|charter| &charter.witnesses);
        let vkey = |witness: &Witness| Vkey::new(&witness.name, KeyUse::Witness, witness.key).ok();
        Roster {
            keys,
            witnesses: witnesses().filter_map(vkey).collect(),
            posted: witnesses().filter(|witness| witness.url.is_some()).cloned().collect(),
            host: ledger.host().cloned(),
        }
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

    /// The witnesses that heads are posted to.
    pub(crate) fn posted(&self) -> &[Witness] {
        &self.posted
    }

    /// The party that keeps the record.
    pub(crate) fn host(&self) -> Option<&PartyId> {
        self.host.as_ref()
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
    /// What the last durable entries are committed to, for the streams.
    pub(crate) recent: RecentCommitments,
    /// What the last append gave, for the streams.
    pub(crate) last: LastAppend,
}

/// Why a host signs nothing and takes nothing in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closure {
    /// What desks are asked for.
    pub recovery: Recovery,
    /// For whom it waits.
    pub waits: HostWait,
    /// How to reach the parties for which it waits.
    pub contacts: BTreeMap<String, Vec<String>>,
    /// The witnesses whose last heads were compared.
    pub heard: BTreeSet<String>,
    /// How many must be.
    pub needed: usize,
    /// The indexes of lost entries that no desk has given back, the first 1,000.
    pub missing: Vec<u64>,
    /// The largest head over lost entries.
    pub last_head: Option<Head>,
    /// Why it can never go on, if it cannot.
    pub split: Option<String>,
}

/// What the writer publishes after each append. But for what readers count and fail at, the writer alone
/// changes it. Whoever reads takes a lock for as long as it takes to count one more reader: the writer never
/// waits for what they do with it.
pub struct PublishedState {
    /// Set before the ledger of which it is.
    roster: RwLock<Arc<Roster>>,
    /// Set before the tip: whoever was told of one finds a ledger as long.
    ledger: DurableLedger,
    tip: watch::Sender<Tip>,
    /// Whether the tip is another one than those were told of who follow it: the writer's alone.
    untold: AtomicBool,
    /// Whether the last append succeeded: set by the writer, also where it ends.
    writable: AtomicBool,
    /// When the writer last did what was due, in seconds by its clock.
    turn_s: AtomicI64,
    /// Whether statements come: set by the writer in each of its turns.
    busy: AtomicBool,
    closed: RwLock<Option<Arc<Closure>>>,
    clock_doubt: RwLock<Option<ClockDoubt>>,
    /// Cosignatures that wait for the next append.
    cosigned: RwLock<Arc<Vec<StoredCosignature>>>,
    /// How the witnesses stand that heads are posted to, by their names.
    witness_reports: RwLock<BTreeMap<String, WitnessReport>>,
    /// Why the record could not be written, or read, the last time that it could not.
    unwritable: RwLock<Option<HostFailure>>,
    /// Set by whoever could not read.
    unreadable: RwLock<Option<HostFailure>>,
    /// What was counted, for the metrics, by whoever did it.
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
    pub(crate) parts_compared: AtomicU64,
    pub(crate) compare_us: AtomicU64,
    pub(crate) failed_reads: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    /// Statements that are kept until the host signs on.
    pub(crate) kept: AtomicU64,
    pub(crate) http: Arc<HttpCounts>,
    pub(crate) streams: AtomicU64,
}

/// One more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl PublishedState {
    pub(crate) fn new(roster: Roster, ledger: Ledger, tip: Tip) -> PublishedState {
        PublishedState {
            roster: RwLock::new(Arc::new(roster)),
            ledger: DurableLedger::new(ledger),
            tip: watch::Sender::new(tip),
            untold: AtomicBool::new(false),
            writable: AtomicBool::new(true),
            turn_s: AtomicI64::new(i64::MIN),
            busy: AtomicBool::new(false),
            closed: RwLock::default(),
            clock_doubt: RwLock::default(),
            cosigned: RwLock::default(),
            witness_reports: RwLock::default(),
            unwritable: RwLock::default(),
            unreadable: RwLock::default(),
            counts: Counts::default(),
        }
    }

    /// Whose a key is now.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_roster(&self, roster: Roster) {
        let roster = Arc::new(roster);
        *self.roster.write().unwrap_or_else(PoisonError::into_inner) = roster;
    }

    /// The fold of all durable entries, up to [`Ledger::size`]: at least as many as the tip had that was read
    /// before, and perhaps more than the last head covers. It stays as it is for as long as it is held, while the
    /// writer goes on; what it does not have in common with the present one stays in memory as long. All that
    /// is hidden is in it: whoever shows of it projects it first.
    pub fn ledger(&self) -> Arc<Ledger> {
        self.ledger.get()
    }

    /// The ledger is the one before with these entries folded in, whose contents have so many bytes; `None`: it is
    /// another one.
    pub(crate) fn set_ledger(&self, ledger: &Ledger, came: Option<(Vec<Entry>, usize)>) {
        match came {
            Some((entries, bytes)) => self.ledger.take(entries, bytes, ledger),
            None => self.ledger.show(ledger),
        }
    }

    /// How far the record has come.
    pub fn tip(&self) -> Tip {
        self.tip.borrow().clone()
    }

    pub(crate) fn follow(&self) -> watch::Receiver<Tip> {
        self.tip.subscribe()
    }

    /// Whoever asks sees it from now on; whoever follows hears of it by [`PublishedState::tell`].
    pub(crate) fn set_tip(&self, tip: Tip) {
        self.tip.send_if_modified(|shown| {
            *shown = tip;
            false
        });
        self.untold.store(true, Ordering::Relaxed);
    }

    /// Tells those who follow the record how far it has come: after whoever waited for an answer has it, since what
    /// goes out to all of them keeps the cores busy.
    pub(crate) fn tell(&self) {
        if self.untold.swap(false, Ordering::Relaxed) {
            self.tip.send_modify(|_| {});
        }
    }

    /// When the writer last did what was due, in whole seconds by its clock: one that hangs falls behind it.
    pub fn last_turn_s(&self) -> i64 {
        self.turn_s.load(Ordering::Acquire)
    }

    pub(crate) fn set_turn(&self, now: Time) {
        self.turn_s.store(now.seconds(), Ordering::Release);
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// Whether a statement came lately, so that the next one is expected.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Whether the last append succeeded.
    pub fn writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }

    /// Why the host's clock is not believed, if it is not: nothing is erased and nothing ends by it.
    pub fn clock_doubt(&self) -> Option<ClockDoubt> {
        *self.clock_doubt.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_clock_doubt(&self, doubt: Option<ClockDoubt>) {
        *self.clock_doubt.write().unwrap_or_else(PoisonError::into_inner) = doubt;
    }

    /// Why nothing is signed or taken in, if the host is closed: for those who operate it.
    pub fn closed(&self) -> Option<Arc<Closure>> {
        self.closed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_closed(&self, closed: Option<Closure>) {
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = closed.map(Arc::new);
    }

    /// What keeps the host from doing all that it should, as far as anybody may know.
    pub fn troubles(&self) -> Vec<HostTrouble> {
        let closed = self.closed().map(|closed| match &closed.split {
            Some(_) => HostTrouble::ClosedForGood {},
            None if closed.waits.more > 0 => {
                HostTrouble::WaitsForWitnesses { more: closed.waits.more }
            }
            None => HostTrouble::LacksEntries {},
        });
        let clock = self
            .clock_doubt()
            .map(|doubt| HostTrouble::ClockInDoubt { ahead_s: doubt.ahead_ms / 1_000 });
        let silent = self.witness_reports();
        let silent = silent.values().filter(|report| report.silent().is_some()).count();
        let silent = (silent > 0).then_some(HostTrouble::WitnessesSilent { witnesses: silent });
        closed.into_iter().chain(clock).chain(silent).collect()
    }

    /// How the witnesses stand that heads are posted to, by their names: for those who operate the host.
    pub fn witness_reports(&self) -> BTreeMap<String, WitnessReport> {
        self.witness_reports.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Heads are posted to this witness from now on.
    pub(crate) fn begin_witness_report(&self, name: &str, report: WitnessReport) {
        let mut reports = self.witness_reports.write().unwrap_or_else(PoisonError::into_inner);
        reports.insert(name.to_owned(), report);
    }

    /// How a witness stands now, unless heads are posted to it no more.
    pub(crate) fn set_witness_report(&self, name: &str, report: &WitnessReport) {
        let mut reports = self.witness_reports.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = reports.get_mut(name) {
            known.clone_from(report);
        }
    }

    /// Heads are posted to these witnesses and to no others.
    pub(crate) fn keep_witness_reports(&self, names: &[&str]) {
        let mut reports = self.witness_reports.write().unwrap_or_else(PoisonError::into_inner);
        reports.retain(|name, _| names.contains(&name.as_str()));
    }

    /// How many statements the host keeps until it signs on.
    pub fn kept(&self) -> u64 {
        self.counts.kept.load(Ordering::Relaxed)
    }

    /// The cosignatures that the disk does not have yet.
    pub fn cosigned(&self) -> Arc<Vec<StoredCosignature>> {
        self.cosigned.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_cosigned(&self, waiting: Vec<StoredCosignature>) {
        *self.cosigned.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(waiting);
    }

    pub(crate) fn set_writable(&self, writable: bool) {
        self.writable.store(writable, Ordering::Relaxed);
    }

    /// Why the record could not be written the last time that it could not: for those who operate the host.
    pub fn last_unwritable(&self) -> Option<HostFailure> {
        self.unwritable.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the record could not be read the last time that it could not: for those who operate the host.
    pub fn last_unreadable(&self) -> Option<HostFailure> {
        self.unreadable.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The record cannot be written: what is kept of that for operators, and what a reader is told.
    pub(crate) fn unwritable(&self, at: Time, cause: Arc<FailureCause>) -> Failure {
        error!(word = cause.word(), %cause, "the record cannot be written");
        let failure = HostFailure { at, cause: cause.clone() };
        *self.unwritable.write().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        self.set_writable(false);
        Failure::unwritable(cause)
    }

    /// Something of the record cannot be read: what is kept of that for operators, and what a reader is told.
    pub(crate) fn unreadable(&self, at: Time, cause: impl Into<FailureCause>) -> Failure {
        count(&self.counts.failed_reads);
        let cause = Arc::new(cause.into());
        let failure = HostFailure { at, cause: cause.clone() };
        *self.unreadable.write().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        Failure::unreadable(cause)
    }
}

impl fmt::Debug for PublishedState {
    /// How far the record has come, and nothing of what is in it: a ledger has all that is hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of = f.debug_struct("PublishedState");
        of.field("tip", &*self.tip.borrow()).field("writable", &self.writable());
        of.finish_non_exhaustive()
    }
}

impl fmt::Display for Closure {
    /// For the operator: what is waited for, what is missing, and the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.split {
            return write!(
                f,
                "closed for good: {why}: keep this store as evidence, and let the parties begin a new \
                 space whose charter continues the last head that they hold"
            );
        }
        let heard: Vec<&str> = self.heard.iter().map(String::as_str).collect();
        write!(
            f,
            "closed: {} of {} witnesses have said their last heads ({})",
            heard.len(),
            self.needed,
            if heard.is_empty() { "none yet".to_owned() } else { heard.join(", ") }
        )?;
        if self.waits.more > 0 {
            write!(f, "; it waits for {}", self.silent_parties())?;
        }
        let Some(head) = self.last_head.filter(|head| head.size > self.recovery.size) else {
            return f
                .write_str(": let their desks read on, or go on alone, which the record will say");
        };
        write!(
            f,
            ": this store has {} entries, and its key has signed {}; missing are {}: let the desks \
             that were given them read on. What no desk has is lost: then the parties begin a new \
             space whose charter continues size {}, root {}, and says what is lost",
            self.recovery.size,
            head.size,
            ranges(&self.missing),
            head.size,
            head.root
        )
    }
}

impl Closure {
    /// Who has not been heard, and how to reach them.
    pub fn silent_parties(&self) -> String {
        let one = |silent: &deconflict_api::SilentWitness| {
            if silent.party.is_empty() {
                return format!("`{}`, which the host asks by itself", silent.witness);
            }
            let contact = self.contacts.get(&silent.party).filter(|contact| !contact.is_empty());
            let contact = contact.map_or("no contact is on record".to_owned(), |contact| {
                format!("call {}", contact.join("; "))
            });
            format!("`{}` of {} ({contact})", silent.witness, silent.party)
        };
        self.waits.silent.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Indexes in words: `3, 5-9`.
fn ranges(indexes: &[u64]) -> String {
    let of_one = |run: &[u64]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    indexes.chunk_by(|a, b| a + 1 == *b).map(of_one).collect::<Vec<_>>().join(", ")
}
