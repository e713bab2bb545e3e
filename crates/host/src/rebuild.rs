//! From the store back to the state, whatever happened before.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

use deconflict_api::{Content, MAX_STREAM_COMMITMENTS};
use deconflict_core::{Entry, Finding, Ledger, LedgerParts, Refusal, State, What};
use deconflict_record::{Checkpoint, Hash, Head, KeyUse, SignedCheckpoint, Vkey, opens};
use deconflict_store::{Store, StoreError, StoredCheckpoint as Signed, StoredEntry as Kept, View};

use crate::growth::Growth;
use crate::problem::Failure;
use crate::published::Tip;
use crate::recent::RecentCommitments;
use crate::snapshot;

/// Entries that are read at once.
const PAGE: usize = 4_096;

/// Why a space cannot be founded or opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum SpaceError {
    /// The store.
    Store(StoreError),
    /// The statement founds no space.
    NotFounding(String),
    /// The statement was not taken in.
    Failed(Failure),
    /// The charter names another key for the record than the one at hand.
    OtherKey,
    /// Why this host may not go on with another one's record.
    NotMoved(String),
    /// The statement that moves the record here takes no effect.
    MoveRefused(Refusal),
    /// The space has no entries.
    Empty(String),
    /// What is kept is not what was signed, or cannot be read.
    Record {
        /// Which space.
        space: String,
        /// What is wrong.
        fault: String,
    },
}

/// A state, the tree beside it, and how far both have come.
pub(crate) struct RebuiltSpace {
    pub(crate) state: State,
    pub(crate) growth: Growth,
    pub(crate) tip: Tip,
    /// How the state is written down.
    pub(crate) parts: LedgerParts,
}

/// Rebuilds everything, checking what is kept against the last head, which the host at its size signed.
pub(crate) fn recover(store: &Store, origin: &str) -> Result<RebuiltSpace, SpaceError> {
    let view = store.view(origin)?;
    let size = view.head().size;
    if size == 0 {
        return Err(SpaceError::Empty(origin.to_owned()));
    }
    // The one is mostly about what the entries say, the other about what each is committed to.
    let (state, tree) = thread::scope(|scope| {
        let tree = scope.spawn(|| tree(&store.view(origin)?));
        let state = state(&view);
        (state, tree.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let (state, parts) = state?;
    let RebuiltTree { growth, head, at_head } = tree?;
    let (checkpoint_size, note) = match head {
        Some(head) => {
            check_head(&head, at_head, &view, state.ledger())?;
            (head.size, head.note)
        }
        None => <(u64, String)>::default(),
    };
    let from = size.saturating_sub(MAX_STREAM_COMMITMENTS as u64);
    let last = view.commitments(from..size)?.into_iter().map(Hash);
    let recent = RecentCommitments::default().with(from, last);
    let tip = Tip { size, checkpoint_size, note: note.into(), recent, ..Tip::default() };
    Ok(RebuiltSpace { state, growth, tip, parts })
}

/// The state: the last snapshot, and the entries after it.
pub(crate) fn state(view: &View<'_>) -> Result<(State, LedgerParts), SpaceError> {
    let size = view.head().size;
    // What finds things is made once at the end: to follow each entry would take most of the time.
    let mut folded = RebuiltState::default();
    if let Some((ledger, parts)) = snapshot::read(view)? {
        (folded.ledger, folded.parts) = (ledger, parts);
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut read: Vec<(u64, Result<Option<Entry>, String>)> = Vec::new();
    let mut next = folded.ledger.size;
    loop {
        // While a page is folded, the next one is read from its bytes on all cores.
        let kept = view.entries(next..size, PAGE)?;
        next += kept.len() as u64;
        let share = kept.len().div_ceil(cores).max(1);
        let folding = std::mem::take(&mut read);
        read = thread::scope(|scope| {
            let parts: Vec<_> = kept
                .chunks(share)
                .map(|part| scope.spawn(|| part.iter().map(entry_of).collect::<Vec<_>>()))
                .collect();
            for (index, entry) in folding {
                let entry = entry
                    .map_err(|fault: String| damaged(view, format!("entry {index}: {fault}")))?;
                folded.fold(index, entry);
            }
            let part =
                |part: ScopedJoinHandle<'_, _>| part.join().unwrap_or_else(|p| resume_unwind(p));
            Ok::<Vec<_>, SpaceError>(parts.into_iter().flat_map(part).collect())
        })?;
        if read.is_empty() {
            break;
        }
    }
    match folded.skipped.first() {
        Some(index) => Err(damaged(
            view,
            format!("entry {index}: its content is gone, and no entry erased it"),
        )),
        None => Ok((State::new(folded.ledger), folded.parts)),
    }
}

/// What has been folded so far.
#[derive(Default)]
struct RebuiltState {
    ledger: Ledger,
    parts: LedgerParts,
    /// Entries whose content is gone, and that no entry erased yet.
    skipped: BTreeSet<u64>,
}

/// An entry as it was said; `None` where its content is gone, and why where it is not what it must be.
fn entry_of(kept: &Kept) -> (u64, Result<Option<Entry>, String>) {
    let Some(opening) = &kept.opening else { return (kept.index, Ok(None)) };
    let entry = if opens(&Hash(kept.commitment), &opening.salt, &opening.content) {
        let content = Content::decode(&opening.content);
        content.map(|content| Some(content.entry)).map_err(|error| error.to_string())
    } else {
        Err("its content is not the one committed to".to_owned())
    };
    (kept.index, entry)
}

impl RebuiltState {
    fn fold(&mut self, index: u64, entry: Option<Entry>) {
        let Some(entry) = entry else {
            self.skipped.insert(index);
            self.ledger.skip(index);
            return;
        };
        if let What::Found(Finding::Erased { entries, .. }) = &entry.what {
            entries.iter().for_each(|erased| {
                self.skipped.remove(erased);
            });
        }
        let effects = self.ledger.apply(index, index, &entry);
        self.parts.note(index, &effects.changed);
    }
}

/// The tree over all commitments, and the last head that is kept.
struct RebuiltTree {
    growth: Growth,
    head: Option<Signed>,
    /// The tree's root at the head's size.
    at_head: Hash,
}

fn tree(view: &View<'_>) -> Result<RebuiltTree, SpaceError> {
    let size = view.head().size;
    let head = view.latest_checkpoint()?;
    let mut growth = Growth::default();
    let mut at_head = growth.tree().root();
    while growth.tree().size() < size {
        for commitment in view.commitments(growth.tree().size()..size)? {
            growth.append(&Hash(commitment));
            if head.as_ref().is_some_and(|head| head.size == growth.tree().size()) {
                at_head = growth.tree().root();
            }
        }
        growth.forget();
    }
    Ok(RebuiltTree { growth, head, at_head })
}

/// That the last head is one that the record's host signed, and that its root is that of the entries.
fn check_head(
    kept: &Signed,
    at_head: Hash,
    view: &View<'_>,
    ledger: &Ledger,
) -> Result<(), SpaceError> {
    let fault =
        |fault: &str| damaged(view, format!("the head over {} entries: {fault}", kept.size));
    let signed =
        SignedCheckpoint::parse(kept.note.as_bytes()).map_err(|error| fault(&error.to_string()))?;
    let head = signed_by_host(&signed, ledger)
        .ok_or_else(|| fault("it is not signed by the host that the record names there"))?;
    if head.size != kept.size || head.root != at_head {
        return Err(fault("the entries are not those that were signed: keep the file as evidence"));
    }
    Ok(())
}

/// The head, once a key is seen to have signed it that may sign heads of its size.
pub(crate) fn signed_by_host(signed: &SignedCheckpoint, ledger: &Ledger) -> Option<Head> {
    let claimed = signed.claimed();
    ledger.head_keys(claimed.size).into_iter().find_map(|key| {
        let vkey = Vkey::new(&claimed.origin, KeyUse::Log, key).ok()?;
        signed.verify(&vkey).ok().map(Checkpoint::head)
    })
}

fn damaged(view: &View<'_>, fault: String) -> SpaceError {
    SpaceError::Record { space: view.head().origin.clone(), fault }
}

impl From<StoreError> for SpaceError {
    fn from(error: StoreError) -> SpaceError {
        SpaceError::Store(error)
    }
}

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpaceError::Store(error) => error.fmt(f),
            SpaceError::NotFounding(fault) => write!(
                f,
                "the statement founds no space: {fault}: give the charter as every founding \
                 party's root signed it"
            ),
            SpaceError::Failed(failure) => failure.fmt(f),
            SpaceError::OtherKey => write!(
                f,
                "the charter names another key for the record than the one given: give the key \
                 that it names"
            ),
            SpaceError::NotMoved(fault) => {
                write!(f, "this host cannot go on with the record: {fault}")
            }
            SpaceError::MoveRefused(why) => {
                write!(f, "this host cannot go on with the record: {why}")
            }
            SpaceError::Empty(space) => {
                write!(f, "space {space}: it has no entries: found it first")
            }
            SpaceError::Record { space, fault } => write!(f, "space {space}: {fault}"),
        }
    }
}

impl std::error::Error for SpaceError {}
