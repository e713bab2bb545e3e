//! Statements that arrive while a host that was started anew may not sign yet: kept durably, and taken in by themselves.
//!
//! Nothing is promised of them: whoever sends one is told that it is kept, not in the record yet, and whom the host
//! waits for. They are taken in once the host signs on, each party's in the order in which they came, as they would have
//! been: what a key says after it was revoked is not taken in, and what ends or takes back something comes after that. Among
//! parties, those come first whose next one protects people or lets go: sites, movements, ends, withdrawals. One goes from
//! what is kept with the append that takes it in, so that a crash in between loses and doubles nothing. Each party has a
//! share of its own, a part of which is left to such statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use deconflict_api::{HostWait, read_statement};
use deconflict_core::{DeclarationContent, PartyId, Say, Statement, Time};
use deconflict_record::{Hash, KeyId, SignedStatement};
use deconflict_store::{AppendBatch, KeptStatement};
use tracing::{info, warn};

use super::{Answer, Draft, Space};
use crate::check::VerifiedStatement;
use crate::failure::FailureCause;
use crate::problem::Failure;

/// The most statements of one party that are kept.
const OF_PARTY: usize = 1_024;
/// The most bytes of theirs.
const BYTES_OF_PARTY: usize = 4 * 1024 * 1024;
/// How many statements of one append are taken in at a time.
const AT_ONCE: usize = 64;
/// How long they are taken in before somebody else has a turn, if they take long.
pub(super) const PATIENCE: Duration = Duration::from_millis(5);

/// A statement that is kept: what is needed of it to find and to order it.
#[derive(Clone, Debug)]
struct WaitingStatement {
    party: PartyId,
    key: KeyId,
    seq: u64,
    hash: Hash,
    urgent: bool,
    bytes: usize,
}

/// What is kept of a party.
#[derive(Clone, Default, Debug)]
struct PartyShare {
    numbers: BTreeSet<u64>,
    bytes: usize,
}

/// What is kept, as the store has it.
#[derive(Default, Debug)]
pub(super) struct WaitingStatements {
    by_number: BTreeMap<u64, WaitingStatement>,
    by_hash: HashMap<Hash, u64>,
    /// Each key's, by their numbers in its chain, then by when they came.
    of_key: HashMap<KeyId, BTreeSet<(u64, u64)>>,
    /// Each party's, in the order in which they came.
    of_party: HashMap<PartyId, PartyShare>,
    /// The last try to take some in failed: the next one is not at once.
    is_stuck: bool,
}

impl WaitingStatements {
    /// What the store has kept. What is no statement is passed over: none such was written.
    pub(super) fn of(kept: &[KeptStatement]) -> WaitingStatements {
        let mut waiting = WaitingStatements::default();
        for KeptStatement { number, bytes, .. } in kept {
            let signed = SignedStatement::parse(bytes).ok();
            if let Some(statement) = signed.and_then(|signed| read_statement(&signed).ok()) {
                waiting.add(*number, &statement, bytes.len());
            }
        }
        waiting
    }

    fn add(&mut self, number: u64, statement: &Statement, bytes: usize) {
        let Statement { party, key, seq, hash, say, .. } = statement;
        let one = WaitingStatement {
            party: party.clone(),
            key: *key,
            seq: *seq,
            hash: *hash,
            urgent: is_urgent(say),
            bytes,
        };
        self.by_hash.insert(one.hash, number);
        self.of_key.entry(one.key).or_default().insert((one.seq, number));
        let share = self.of_party.entry(one.party.clone()).or_default();
        share.numbers.insert(number);
        share.bytes += bytes;
        self.by_number.insert(number, one);
    }

    fn remove(&mut self, number: u64) {
        let Some(one) = self.by_number.remove(&number) else { return };
        self.by_hash.remove(&one.hash);
        if let Some(of_key) = self.of_key.get_mut(&one.key) {
            of_key.remove(&(one.seq, number));
            if of_key.is_empty() {
                self.of_key.remove(&one.key);
            }
        }
        if let Some(share) = self.of_party.get_mut(&one.party) {
            share.numbers.remove(&number);
            share.bytes = share.bytes.saturating_sub(one.bytes);
            if share.numbers.is_empty() {
                self.of_party.remove(&one.party);
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.by_number.len()
    }

    fn holds(&self, number: u64) -> bool {
        self.by_number.contains_key(&number)
    }

    /// Whether some can be taken in at once.
    pub(super) fn is_due(&self) -> bool {
        self.count() > 0 && !self.is_stuck
    }

    /// The number under which a statement is kept.
    pub(super) fn number_of(&self, statement: &Hash) -> Option<u64> {
        self.by_hash.get(statement).copied()
    }

    /// Whether a key has statements that come first.
    pub(super) fn holds_key(&self, key: &KeyId) -> bool {
        self.of_key.contains_key(key)
    }

    /// The last of a key's: its number in the chain, and what names it.
    fn last_of(&self, key: &KeyId) -> Option<(u64, Hash)> {
        let (seq, number) = *self.of_key.get(key)?.last()?;
        Some((seq, self.by_number.get(&number)?.hash))
    }

    /// How many statements of a party are kept, and how many bytes they take.
    fn held_by(&self, party: &PartyId) -> (usize, usize) {
        self.of_party.get(party).map_or((0, 0), |share| (share.numbers.len(), share.bytes))
    }

    /// The next few, in the order in which they are taken in.
    fn next(&self, most: usize) -> Vec<u64> {
        let mut queues: Vec<_> =
            self.of_party.values().map(|share| share.numbers.iter().copied()).collect();
        let place = |number: u64, queue: usize| {
            let can_wait = self.by_number.get(&number).is_none_or(|one| !one.urgent);
            (can_wait, number, queue)
        };
        let mut heads: BTreeSet<(bool, u64, usize)> = BTreeSet::new();
        for (nth, queue) in queues.iter_mut().enumerate() {
            heads.extend(queue.next().map(|number| place(number, nth)));
        }
        let mut next = Vec::new();
        while next.len() < most {
            let Some((_, number, nth)) = heads.pop_first() else { break };
            next.push(number);
            heads.extend(queues[nth].next().map(|number| place(number, nth)));
        }
        next
    }
}

/// Whether a party that holds so many statements and bytes has room for one more. Of what can wait it has three quarters.
fn has_room(statement: &Statement, bytes: usize, (count, held): (usize, usize)) -> bool {
    let part = |whole: usize| if is_urgent(&statement.say) { whole } else { whole / 4 * 3 };
    count < part(OF_PARTY) && held + bytes <= part(BYTES_OF_PARTY)
}

/// What protects people, or lets go of what was said: it comes first among what waits.
fn is_urgent(say: &Say) -> bool {
    match say {
        Say::Declare { declared, .. } | Say::Amend { declared, .. } => {
            matches!(**declared, DeclarationContent::Site(_) | DeclarationContent::Movement(_))
        }
        Say::End { .. }
        | Say::Reconfirm { .. }
        | Say::WithdrawAgreement { .. }
        | Say::Withdraw { .. }
        | Say::Revoke { .. } => true,
        Say::Send { message, .. } => message.code.row().always_passes(),
        Say::Answer { .. } | Say::Confirm { .. } => true,
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => is_urgent(said),
        _ => false,
    }
}

impl Space {
    /// Whether statements are kept now and not taken in: this host was started anew and may go on later.
    pub(super) fn is_keeping(&self) -> bool {
        self.lost.as_ref().is_some_and(|lost| lost.split.is_none())
    }

    /// How many statements are kept.
    pub fn kept_statements(&self) -> usize {
        self.kept.count()
    }

    /// Keeps statements, and says of each that it is kept, or what came of it before. All that are kept are so durably
    /// when this returns.
    pub(super) fn keep(&mut self, now: Time, statements: &[VerifiedStatement]) -> Vec<Answer> {
        let waits = self.waits();
        let before = self.answered(now, statements);
        let (mut answers, mut new) = (Vec::new(), Vec::new());
        let mut ahead = WaitingStatements::default();
        for (checked, before) in statements.iter().zip(before) {
            let statement = checked.statement();
            let hash = checked.hash();
            let bytes = checked.envelope().encode();
            answers.push(match before {
                Ok(Some(answer)) => Ok(answer),
                Err(failure) => Err(failure),
                Ok(None) if self.kept.number_of(&hash).or(ahead.number_of(&hash)).is_some() => {
                    Err(Failure::kept(waits.clone()))
                }
                Ok(None) => match self.follows_on(statement, &ahead) {
                    Err(failure) => Err(failure),
                    Ok(()) if !self.has_room_beside(statement, bytes.len(), &ahead) => {
                        Err(Failure::share_is_full(waits.clone()))
                    }
                    Ok(()) => {
                        ahead.add(new.len() as u64, statement, bytes.len());
                        new.push((checked, bytes));
                        Err(Failure::kept(waits.clone()))
                    }
                },
            });
        }
        if let Err(failure) = self.write_kept(now, &new) {
            for (answer, checked) in answers.iter_mut().zip(statements) {
                if new.iter().any(|(one, _)| one.hash() == checked.hash()) {
                    *answer = Err(failure.clone());
                }
            }
        }
        answers
    }

    fn write_kept(
        &mut self,
        now: Time,
        new: &[(&VerifiedStatement, Vec<u8>)],
    ) -> Result<(), Failure> {
        if new.is_empty() {
            return Ok(());
        }
        let named = |(checked, bytes): &(&VerifiedStatement, Vec<u8>)| {
            (checked.party().as_str().to_owned(), bytes.clone())
        };
        let rows: Vec<(String, Vec<u8>)> = new.iter().map(named).collect();
        let first = match self.store.keep(&self.origin, self.epoch, &rows) {
            Ok(Ok(first)) => first,
            Ok(Err(epoch)) => {
                self.fenced = Some(epoch);
                let cause = Arc::new(FailureCause::Fenced { epoch });
                return Err(self.published.unwritable(now, cause));
            }
            // Nothing was folded: what is in memory is what the store has.
            Err(error) => {
                return Err(self.published.unwritable(now, Arc::new(FailureCause::Store(error))));
            }
        };
        for ((checked, bytes), number) in new.iter().zip(first..) {
            self.kept.add(number, checked.statement(), bytes.len());
        }
        self.count_kept();
        Ok(())
    }

    /// That a statement comes after all of its key that are known here. With a gap it may follow what was lost.
    fn follows_on(&self, statement: &Statement, ahead: &WaitingStatements) -> Result<(), Failure> {
        let key = self.state.ledger().keys.get(&statement.key);
        let logged = key.map(|key| (key.seq, key.last));
        let kept = [ahead.last_of(&statement.key), self.kept.last_of(&statement.key)];
        let kept = kept.into_iter().flatten().map(|(seq, hash)| (seq, Some(hash)));
        match logged.into_iter().chain(kept).max_by_key(|(seq, _)| *seq) {
            Some((last, hash)) if statement.seq <= last => Err(Failure::sequence(last + 1, hash)),
            _ => Ok(()),
        }
    }

    fn has_room_beside(
        &self,
        statement: &Statement,
        bytes: usize,
        ahead: &WaitingStatements,
    ) -> bool {
        let (own, new) = (self.kept.held_by(&statement.party), ahead.held_by(&statement.party));
        has_room(statement, bytes, (own.0 + new.0, own.1 + new.1))
    }

    /// Takes in what was kept, as much as does not keep others waiting for long.
    pub(super) fn take_kept(&mut self, now: Time, patience: Duration) {
        if self.kept.count() == 0 || self.ready(now).is_err() {
            return;
        }
        let begun = Instant::now();
        self.kept.is_stuck = true;
        while self.kept.count() > 0 && begun.elapsed() < patience {
            let numbers = self.kept.next(AT_ONCE);
            let Ok(read) = self.read_kept(&numbers, now) else { return };
            let none = read.iter().filter(|(_, checked)| checked.is_none());
            let mut gone: Vec<u64> = none.map(|(number, _)| *number).collect();
            let read = read.into_iter().filter_map(|(number, checked)| Some((number, checked?)));
            let (numbers, statements): (Vec<u64>, Vec<VerifiedStatement>) = read.unzip();
            let answers = self.file_verified(now, &statements, patience);
            let taken = answers.len();
            let mut waits = false;
            for ((number, checked), answer) in numbers.iter().zip(&statements).zip(answers) {
                match answer {
                    Err(failure) if failure.problem.status >= 500 => waits = true,
                    Err(failure) => {
                        let why = failure.problem.detail;
                        warn!(statement = %checked.hash(), why, "a kept statement was not taken in");
                        gone.push(*number);
                    }
                    // It went with the append, unless it stood there before.
                    Ok(_) => gone.push(*number),
                }
            }
            let stuck = waits || (taken == 0 && gone.is_empty());
            if self.let_kept_go(&gone, now).is_err() || stuck {
                return;
            }
        }
        self.kept.is_stuck = false;
        if self.kept.count() == 0 {
            info!("all that was kept has been taken in");
        }
    }

    /// Kept statements, verified, by their numbers; `None`: one that can never be taken in.
    fn read_kept(
        &self,
        numbers: &[u64],
        now: Time,
    ) -> Result<Vec<(u64, Option<VerifiedStatement>)>, Failure> {
        let unreadable = |error| self.published.unreadable(now, FailureCause::Store(error));
        let view = self.store.view(&self.origin).map_err(unreadable)?;
        let roster = self.published.roster();
        let mut all = Vec::new();
        for number in numbers {
            let kept = view.kept_one(*number).map_err(unreadable)?;
            let read = kept.map(|kept| VerifiedStatement::new(&kept.bytes, &self.origin, &roster));
            if let Some(Err(failure)) = &read {
                let why = &failure.problem.detail;
                warn!(number, why, "a kept statement can never be taken in");
            }
            all.push((*number, read.and_then(Result::ok)));
        }
        Ok(all)
    }

    /// Lets go of kept statements that nothing was appended for.
    fn let_kept_go(&mut self, numbers: &[u64], now: Time) -> Result<(), Failure> {
        // Those that went with an append are not here any more.
        let numbers: Vec<u64> =
            numbers.iter().copied().filter(|number| self.kept.holds(*number)).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let batch = AppendBatch { unkept: numbers, ..AppendBatch::default() };
        self.append(&mut Draft { batch, ..Draft::default() }, now)
    }

    /// These went from the store.
    pub(super) fn kept_went(&mut self, numbers: &[u64]) {
        if !numbers.is_empty() {
            numbers.iter().for_each(|number| self.kept.remove(*number));
            self.count_kept();
        }
    }

    pub(super) fn count_kept(&self) {
        self.published.counts.kept.store(self.kept.count() as u64, Ordering::Relaxed);
    }

    /// Whom this host waits for, as parties are told.
    pub(super) fn waits(&self) -> HostWait {
        self.published.closed().map(|closed| closed.waits.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(number: u64, party: &str, seq: u64, urgent: bool) -> Statement {
        let key = KeyId(Hash([party.len() as u8; 32]));
        let say = if urgent { Say::Withdraw { reason: String::new() } } else { Say::Resume {} };
        Statement {
            hash: deconflict_record::leaf_hash(&number.to_be_bytes()),
            party: party.parse().unwrap(),
            key,
            signed_by: [key].into(),
            seq,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            say,
        }
    }

    fn one(waiting: &mut WaitingStatements, number: u64, party: &str, seq: u64, urgent: bool) {
        waiting.add(number, &statement(number, party, seq, urgent), 10);
    }

    #[test]
    fn each_partys_order_is_kept_and_what_is_urgent_comes_first_among_parties() {
        let mut waiting = WaitingStatements::default();
        one(&mut waiting, 0, "a", 5, false);
        // Its urgent one came behind another.
        one(&mut waiting, 1, "bb", 8, false);
        one(&mut waiting, 2, "bb", 9, true);
        one(&mut waiting, 3, "a", 6, false);
        one(&mut waiting, 4, "ccc", 1, true);
        one(&mut waiting, 5, "ccc", 2, false);
        assert_eq!(waiting.next(9), [4, 0, 1, 2, 3, 5]);
        assert_eq!(waiting.next(2), [4, 0]);
        waiting.remove(4);
        waiting.remove(4);
        assert_eq!((waiting.next(9), waiting.count()), (vec![0, 1, 2, 3, 5], 5));
        (0..6).for_each(|number| waiting.remove(number));
        assert!(waiting.of_key.is_empty() && waiting.of_party.is_empty());
    }

    #[test]
    fn a_partys_share_has_a_part_that_only_what_is_urgent_may_fill() {
        let mut waiting = WaitingStatements::default();
        let room = |waiting: &WaitingStatements, urgent| {
            let one = statement(u64::MAX, "a", 1, urgent);
            has_room(&one, 10, waiting.held_by(&one.party))
        };
        for number in 0..OF_PARTY as u64 {
            let urgent = number as usize >= OF_PARTY / 4 * 3;
            assert_eq!(room(&waiting, false), !urgent);
            assert!(room(&waiting, true));
            one(&mut waiting, number, "a", number, urgent);
        }
        assert!(!room(&waiting, true));
    }
}
