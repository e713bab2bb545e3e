//! The sequencer: what is taken in, in which order, and that it is durable before anybody hears of it.

mod append;
mod begin;
mod clock_watch;
mod cosign_time;
mod cosigned;
mod due;
mod durable;
mod kept;
mod restart;
mod takeover;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deconflict_api::{Content, FilingAnswer};
use deconflict_core::{
    Decision, Effects, Entry, Finding, LedgerParts, Outcome, PartyId, Placement, Say, State, Time,
    Unfit, What,
};
use deconflict_proof::may_stand_at;
use deconflict_record::{Checkpoint, Envelope, Hash, Head, KeyUse, SigningKey, Vkey, commit};
use deconflict_store::{
    self as store, AppendBatch, Epoch, Grant, MAX_BATCH_ITEMS, MAX_CONTENT_BYTES, Name, NewEntry,
    Opening, Store,
};

use crate::answers::{self, FirstAnswer, StatementAnswer};
use crate::check::VerifiedStatement;
use crate::clock::Entropy;
use crate::config::Timing;
use crate::failure::{FailureCause, HostFailure};
use crate::growth::Growth;
use crate::problem::Failure;
use crate::published::{PublishedState, count};
use crate::rebuild::SpaceError;
use crate::seal;
use crate::witness_recovery::WitnessRecovery;
use begin::log_key;
use clock_watch::ClockWatch;
pub use clock_watch::{ClockDoubt, ClockReference};
use cosigned::PendingCosignatures;
pub(crate) use due::Comparing;
use durable::{DurableState, Footing};
use kept::WaitingStatements;
pub use restart::Word;
pub use takeover::Move;

/// A space's record and its state, held by its one writer.
pub struct Space {
    /// Others read from it at will; the writer alone appends.
    store: Store,
    origin: String,
    epoch: Epoch,
    key: SigningKey,
    entropy: Entropy,
    timing: Timing,
    /// What is being worked on; nobody but the writer sees it.
    state: State,
    growth: Growth,
    /// What is durable, which readers have too.
    durable: DurableState,
    footing: Footing,
    /// The epoch of the host that writes this space now, if it is another one.
    fenced: Option<Epoch>,
    /// What is to be compared, or was lost, before anything is signed or taken in.
    lost: Option<Box<WitnessRecovery>>,
    /// Statements that arrived meanwhile.
    kept: WaitingStatements,
    /// How the last append failed, until one succeeds.
    failed: Option<HostFailure>,
    /// What witnesses signed and the disk does not have yet.
    cosigned: PendingCosignatures,
    last_head: Option<Time>,
    /// When it was last looked for what is to be erased.
    last_erasure: Option<Time>,
    /// Whether the clock is to be believed.
    clock: ClockWatch,
    /// How the state is written down.
    parts: LedgerParts,
    /// At how many entries it is tried again, after it was too long or there was no room for it.
    snapshot_from: Option<u64>,
    /// What readers see: the writer alone changes it, and only to what is durable.
    published: Arc<PublishedState>,
}

/// What an append is to hold, while it is put together. The state has it folded in already.
#[derive(Default)]
struct Draft {
    batch: AppendBatch,
    /// The entries of the batch that are at hand, in their order.
    folded: Vec<Entry>,
    pending: Vec<Pending>,
    /// Whether keys or witnesses may have changed.
    governs: bool,
    /// Whether the record moves to another host with it: then its last entry is the last one under a
    /// head of the old host, or the first one under a head of the new.
    moves: bool,
}

/// A statement of the draft, to be answered once it is durable.
struct Pending {
    place: usize,
    party: PartyId,
    answer: StatementAnswer,
    /// Whether all that belongs into the answer stands in it, where lost entries are taken in again.
    all: bool,
}

/// An answer, or why there is none.
pub(crate) type Answer = Result<FilingAnswer, Failure>;

impl Space {
    /// The space's name and the origin of its record.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The verifier key of its heads and promises.
    ///
    /// # Errors
    /// When the space's name cannot be that of a log.
    pub fn vkey(&self) -> Result<Vkey, SpaceError> {
        log_key(&self.origin, &self.key)
    }

    /// The verifier key with which the record began.
    pub(crate) fn began(&self) -> Option<String> {
        let first = self.state.ledger().hosts().next()?;
        Vkey::new(&self.origin, KeyUse::Log, first.key).ok().map(|vkey| vkey.to_string())
    }

    /// The store, to read from.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What readers may know at once.
    pub fn published(&self) -> &Arc<PublishedState> {
        &self.published
    }

    /// The state, for whoever has the space to itself; all others read [`PublishedState::ledger`].
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes statements in, in their order, and answers each once all of them are durable: one append
    /// for all. A statement that was taken in before gets its first answer again.
    pub fn file(&mut self, now: Time, statements: &[VerifiedStatement]) -> Vec<Answer> {
        self.file_within(now, statements, Duration::MAX)
    }

    /// The same for the first of them, at least one: after this long no more are taken in, if they take long. As
    /// many answers as were.
    pub(crate) fn file_within(
        &mut self,
        now: Time,
        statements: &[VerifiedStatement],
        patience: Duration,
    ) -> Vec<Answer> {
        if self.is_keeping() {
            return self.keep(now, statements);
        }
        self.take_kept(now, patience);
        let waits = |checked: &VerifiedStatement| self.kept.holds_key(&checked.statement().key);
        let behind: Vec<bool> = statements.iter().map(waits).collect();
        if !behind.contains(&true) {
            return self.file_verified(now, statements, patience);
        }
        // What a key said before is to be taken in first.
        let of = |is_behind: bool| -> Vec<VerifiedStatement> {
            let all = statements.iter().zip(&behind);
            all.filter(|(_, behind)| **behind == is_behind).map(|(one, _)| one.clone()).collect()
        };
        let (held, others) = (of(true), of(false));
        let mut held = self.keep(now, &held).into_iter();
        let mut others = self.file_verified(now, &others, Duration::MAX).into_iter();
        let next = |is_behind: bool| if is_behind { held.next() } else { others.next() };
        behind.into_iter().filter_map(next).collect()
    }

    /// The same, where none of them is to wait for what is kept.
    fn file_verified(
        &mut self,
        now: Time,
        statements: &[VerifiedStatement],
        patience: Duration,
    ) -> Vec<Answer> {
        let begun = Instant::now();
        let mut answers: Vec<Option<Answer>> = vec![None; statements.len()];
        let mut repeats: Vec<(usize, usize)> = Vec::new();
        let mut first: HashMap<Hash, usize> = HashMap::new();
        let mut draft = Draft::default();
        let mut before = self.answered(now, statements);
        for (place, checked) in statements.iter().enumerate() {
            if place > 0 && due::is_enough(begun.elapsed(), place, patience) {
                answers.truncate(place);
                break;
            }
            if let Err(failure) = self.ready(now) {
                answers[place] = Some(Err(failure));
                continue;
            }
            match first.get(&checked.hash()) {
                Some(before) => {
                    repeats.push((place, *before));
                    continue;
                }
                None => first.insert(checked.hash(), place),
            };
            match std::mem::replace(&mut before[place], Ok(None)) {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    count(&self.published.counts.repeated);
                    answers[place] = Some(Ok(answer));
                    continue;
                }
                Err(failure) => {
                    answers[place] = Some(Err(failure));
                    continue;
                }
            }
            if let Say::MoveHost { .. } = &checked.statement().say
                && let Err(failure) = self.seal_first(&mut draft, now, &mut answers)
            {
                answers[place] = Some(Err(failure));
                continue;
            }
            let mut taken = self.take(&mut draft, place, checked, now);
            if matches!(taken, Err(Untaken::NoRoom)) {
                self.commit(&mut draft, now, &mut answers);
                taken = match self.ready(now) {
                    Ok(()) => self.take(&mut draft, place, checked, now),
                    Err(failure) => Err(Untaken::Failed(failure)),
                };
            }
            match taken {
                Ok(()) => {}
                Err(Untaken::Failed(failure)) => answers[place] = Some(Err(failure)),
                Err(Untaken::NoRoom) => {
                    let detail =
                        "what it leads to is longer than an entry may be: say less at once";
                    answers[place] = Some(Err(Failure::too_long(detail)));
                }
                Err(Untaken::Broken(cause)) => {
                    // The state has half of something folded in: nothing of this draft stands.
                    let others = draft.pending.iter().map(|pending| pending.place);
                    let places: Vec<usize> = others.chain([place]).collect();
                    self.give_up(&places, now, cause, &mut answers);
                    draft = Draft::default();
                }
            }
        }
        self.commit(&mut draft, now, &mut answers);
        for (place, before) in repeats {
            answers[place] = answers[before].clone();
        }
        let unanswered = || {
            let fault = "a statement was neither taken in nor refused".to_owned();
            Err(Failure::unwritable(Arc::new(FailureCause::Unforeseen(fault))))
        };
        answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
    }

    /// Seals the disclosures since the last head, and signs a new one over all entries.
    ///
    /// # Errors
    /// When it cannot be written now.
    pub fn checkpoint(&mut self, now: Time) -> Result<(), Failure> {
        self.ready(now)?;
        let mut draft = Draft::default();
        if let Err(cause) = self.seal_and_sign(&mut draft, now) {
            return Err(self.distrust(now, cause));
        }
        self.append(&mut draft, now)
    }

    /// Before the record moves, what was disclosed is sealed and signed: nothing of this host may stand after the
    /// entry that moves it, and whoever reads up to that entry reads whether all was compared.
    fn seal_first(
        &mut self,
        draft: &mut Draft,
        now: Time,
        answers: &mut [Option<Answer>],
    ) -> Result<(), Failure> {
        self.commit(draft, now, answers);
        self.ready(now)?;
        if self.has_unsigned() { self.checkpoint(now) } else { Ok(()) }
    }

    /// Puts a head over all entries into a draft, and before it what seals the disclosures since the last one.
    fn seal_and_sign(&mut self, draft: &mut Draft, now: Time) -> Result<(), FailureCause> {
        let seed = (self.entropy)().map_err(FailureCause::Entropy)?;
        let disclosures = seal::unsealed(self.state.ledger());
        let index = self.state.ledger().size;
        let root = seal::root(&seed, &disclosures);
        let comparing = self.state.is_comparing();
        let entry = Entry { at: now, what: What::Found(Finding::Disclosures { root, comparing }) };
        self.found_entries(draft, &[entry]).map_err(Untaken::cause)?;
        draft.batch.marks.extend(seal::marks(index, &seed, &disclosures));
        self.sign(draft)
    }

    /// Whether there are entries that no head covers.
    fn has_unsigned(&self) -> bool {
        let tip = self.published.tip();
        tip.size > tip.checkpoint_size
    }

    /// Whether it is long enough since the last head. A clock that went back makes one due too.
    fn may_sign_again(&self, now: Time) -> bool {
        let spacing = 0..self.timing.head_spacing_ms;
        self.last_head.is_none_or(|last| !spacing.contains(&now.millis_since(last)))
    }

    /// How long the writer may sleep before a head is due over entries that have none.
    pub(crate) fn until_head(&self, now: Time) -> Option<Duration> {
        let able = self.failed.is_none() && self.lost.is_none() && self.is_host();
        if !able || !self.has_unsigned() {
            return None;
        }
        let since = self.last_head.map_or(i64::MAX, |last| now.millis_since(last).max(0));
        let left_ms = self.timing.head_spacing_ms.saturating_sub(since).max(1);
        Some(Duration::from_millis(u64::try_from(left_ms).unwrap_or(1)))
    }

    /// A last head, and a snapshot.
    pub(crate) fn close(&mut self, now: Time) {
        let _ = self.checkpoint(now);
        self.write_down();
    }

    /// The first answer to each statement that was taken in before. One that comes after the last of its
    /// key was not: the store is not asked. Of one that does not, something is kept.
    fn answered(
        &self,
        now: Time,
        statements: &[VerifiedStatement],
    ) -> Vec<Result<Option<FilingAnswer>, Failure>> {
        let last = |checked: &VerifiedStatement| {
            let key = self.state.ledger().keys.get(&checked.statement().key);
            key.filter(|_| self.footing == Footing::Firm).map(|key| key.seq)
        };
        let is_new = |checked: &VerifiedStatement| {
            last(checked).is_some_and(|last| checked.statement().seq > last)
        };
        if statements.iter().all(is_new) {
            return vec![Ok(None); statements.len()];
        }
        let view = match self.store.view(&self.origin) {
            Ok(view) => view,
            Err(error) => {
                return vec![Err(self.published.unreadable(now, error)); statements.len()];
            }
        };
        let first = |checked: &VerifiedStatement| match answers::kept(&view, checked.statement()) {
            _ if is_new(checked) => Ok(None),
            Ok(FirstAnswer::Answer(filed)) => Ok(Some(*filed)),
            Ok(FirstAnswer::Another) => Ok(None),
            Ok(FirstAnswer::Nothing) if last(checked).is_none() => Ok(None),
            Ok(FirstAnswer::Nothing | FirstAnswer::Damaged) => {
                let statement = checked.statement();
                let fault = format!(
                    "the answer to statement {} of key {} is gone, or is another one",
                    statement.seq, statement.key
                );
                Err(self.published.unreadable(now, FailureCause::Damaged { fault }))
            }
            Err(error) => Err(self.published.unreadable(now, error)),
        };
        statements.iter().map(first).collect()
    }

    /// Decides about a statement and folds what follows into the draft and the state.
    fn take(
        &mut self,
        draft: &mut Draft,
        place: usize,
        checked: &VerifiedStatement,
        now: Time,
    ) -> Result<(), Untaken> {
        if let Say::MoveHost { from, .. } = &checked.statement().say {
            self.leads_to(*from, now).map_err(Untaken::Failed)?;
        }
        // By the same rule every desk judges what it is given.
        let ledger = self.state.ledger();
        if may_stand_at(ledger, ledger.size, checked.statement()).is_err() {
            count(&self.published.counts.unfit);
            return Err(Untaken::Failed(Failure::key()));
        }
        let Decision { outcome, mut placement } = self.state.decide(checked.statement(), now);
        let mut entries = match outcome {
            Outcome::Entries(entries) => entries,
            Outcome::Unfit(unfit) => {
                count(&self.published.counts.unfit);
                return Err(Untaken::Failed(match unfit {
                    Unfit::Sequence { next, prev } => Failure::sequence(next, prev),
                    Unfit::Key(_) | Unfit::NotFounded => Failure::key(),
                    unfit => Failure::malformed(unfit.to_string()),
                }));
            }
        };
        let envelope = Some(checked.envelope());
        let contents = match encode_all(&entries, envelope) {
            Some(contents) => contents,
            None if self.state.ledger().charter.is_some() => {
                entries = vec![due::too_long(checked.statement(), now)];
                encode_all(&entries, envelope).ok_or(Untaken::NoRoom)?
            }
            None => return Err(Untaken::NoRoom),
        };
        if draft.batch.entries.len() + entries.len() > MAX_BATCH_ITEMS - 1 {
            return Err(Untaken::NoRoom);
        }
        let index = self.state.ledger().size;
        let refusal = match entries.first().map(|entry| &entry.what) {
            Some(What::Refused(_, refusal)) => Some(refusal.clone()),
            _ => None,
        };
        let name = Some(answers::name(checked.statement()));
        for (i, (entry, content)) in entries.iter().zip(contents).enumerate() {
            self.fold(draft, entry, content, name.filter(|_| i == 0), placement.take())?;
        }
        draft.batch.unkept.extend(self.kept.number_of(&checked.hash()));
        let party = checked.party().clone();
        let (conflicts, overlays) =
            (self.own_conflicts(&party, &entries), self.own_overlays(&party, &entries));
        let comparing = entries.iter().any(due::is_mark);
        draft.folded.extend(entries);
        let statement = checked.hash();
        let answer = StatementAnswer { statement, index, refusal, conflicts, overlays, comparing };
        draft.pending.push(Pending { place, party, answer, all: false });
        Ok(())
    }

    /// That the head from which another host is to go on is one of this record.
    fn leads_to(&self, head: Head, now: Time) -> Result<(), Failure> {
        if head.size <= self.durable.tree().size() {
            let root = self.root_at(head.size);
            if root.map_err(|cause| self.published.unreadable(now, cause))? == head.root {
                return Ok(());
            }
        }
        Err(Failure::malformed(
            "from: this record has another root there, or fewer entries: name the last head that the \
             quorum countersigned",
        ))
    }

    /// The conflicts that a statement's findings raised or changed and of which its author's party is a
    /// side. A change of rules raises others' too, of which it is told nothing.
    fn own_conflicts(&self, party: &PartyId, entries: &[Entry]) -> Vec<String> {
        let raised = entries.iter().filter_map(|entry| match &entry.what {
            What::Found(
                Finding::ConflictOpened { conflict, .. }
                | Finding::ConflictChanged { conflict, .. },
            ) => Some(conflict),
            _ => None,
        });
        let conflicts = &self.state.ledger().conflicts;
        let own = raised.filter(|id| conflicts.get(*id).is_some_and(|c| c.concerns(party)));
        own.map(ToString::to_string).collect()
    }

    /// The overlays that they opened or changed, likewise.
    fn own_overlays(&self, party: &PartyId, entries: &[Entry]) -> Vec<String> {
        let raised = entries.iter().filter_map(|entry| match &entry.what {
            What::Found(
                Finding::OverlayOpened { overlay, .. } | Finding::OverlayChanged { overlay, .. },
            ) => Some(overlay),
            _ => None,
        });
        let overlays = &self.state.ledger().overlays;
        let own = raised.filter(|id| overlays.get(*id).is_some_and(|o| o.concerns(party)));
        own.map(ToString::to_string).collect()
    }

    /// Folds findings into the draft and the state.
    fn found_entries(&mut self, draft: &mut Draft, entries: &[Entry]) -> Result<(), Untaken> {
        for entry in entries {
            let content = encode(entry, None).ok_or(Untaken::NoRoom)?;
            self.fold(draft, entry, content, None, None)?;
            draft.folded.push(entry.clone());
        }
        Ok(())
    }

    fn fold(
        &mut self,
        draft: &mut Draft,
        entry: &Entry,
        content: Vec<u8>,
        name: Option<Name>,
        placement: Option<Placement>,
    ) -> Result<(), Untaken> {
        let salt =
            (self.entropy)().map_err(|fault| Untaken::Broken(FailureCause::Entropy(fault)))?;
        self.fold_as(draft, entry, Opening { salt, content }, name, placement)
    }

    /// Folds an entry in under the salt that it has.
    fn fold_as(
        &mut self,
        draft: &mut Draft,
        entry: &Entry,
        opening: Opening,
        name: Option<Name>,
        placement: Option<Placement>,
    ) -> Result<(), Untaken> {
        let index = self.state.ledger().size;
        let commitment = commit(&opening.salt, &opening.content);
        let Effects { readers, grants, changed } = self.state.apply_decided(entry, placement);
        self.parts.note(index, &changed);
        let mut give = |reader: &PartyId, entry: u64| {
            let reader = reader.as_str().to_owned();
            draft.batch.given.push(Grant { reader, cause: index, entry });
        };
        for (reader, earlier) in &grants {
            earlier.iter().for_each(|entry| give(reader, *entry));
        }
        readers.iter().for_each(|reader| give(reader, index));
        self.growth.append(&commitment);
        draft.governs |= entry.governs();
        draft.moves |= moves(entry);
        if let What::Found(Finding::Erased { entries, .. }) = &entry.what {
            draft.batch.erasures.extend(entries);
        }
        let opening = Some(opening);
        draft.batch.entries.push(NewEntry { commitment: commitment.0, opening, name });
        Ok(())
    }

    fn sign(&self, draft: &mut Draft) -> Result<(), FailureCause> {
        let head = Checkpoint {
            origin: self.origin.clone(),
            size: self.growth.tree().size(),
            root: self.growth.tree().root(),
            extensions: Vec::new(),
        };
        let signed = head.sign(&self.key);
        let note = signed.map_err(|error| FailureCause::Unforeseen(error.to_string()))?.encode();
        draft.batch.checkpoint = Some(store::StoredCheckpoint { size: head.size, note });
        Ok(())
    }

    /// Whether the charter still names this host's key for the record.
    fn is_host(&self) -> bool {
        let charter = self.state.ledger().charter.as_ref();
        charter.is_none_or(|charter| charter.host.key == self.key.verifying_key())
    }
}

/// Why a statement is not in the draft.
enum Untaken {
    /// It is not to be.
    Failed(Failure),
    /// It does not fit into this append; nothing was folded.
    NoRoom,
    /// Half of it was folded.
    Broken(FailureCause),
}

impl Untaken {
    /// What is behind it, where what was to be taken in is the host's own.
    fn cause(self) -> FailureCause {
        match self {
            Untaken::Failed(failure) => FailureCause::Unforeseen(failure.to_string()),
            Untaken::NoRoom => {
                FailureCause::Unforeseen("a finding is longer than an entry may be".to_owned())
            }
            Untaken::Broken(cause) => cause,
        }
    }
}

/// The bytes of an entry; `None` when they are too many to be kept.
fn encode(entry: &Entry, envelope: Option<&Envelope>) -> Option<Vec<u8>> {
    let bytes = Content::bytes(entry, envelope).ok();
    bytes.filter(|bytes| bytes.len() <= MAX_CONTENT_BYTES)
}

fn encode_all(entries: &[Entry], envelope: Option<&Envelope>) -> Option<Vec<Vec<u8>>> {
    let encode = |(i, entry)| encode(entry, envelope.filter(|_| i == 0));
    entries.iter().enumerate().map(encode).collect()
}

/// Whether an entry moves the record to another host.
fn moves(entry: &Entry) -> bool {
    matches!(&entry.what, What::Accepted(said) if matches!(said.say, Say::MoveHost { .. }))
}

impl std::fmt::Debug for Space {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space").field("origin", &self.origin).finish_non_exhaustive()
    }
}
