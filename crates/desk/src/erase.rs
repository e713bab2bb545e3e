//! Forgetting, with the host, what the rules keep no longer.
//!
//! What the record forgets goes from the view with the entry that says so, by the host's clock. The *bytes* that were
//! said cannot be got back, so they rest on nobody's clock alone: they stay until this desk's own clock, and as many
//! witnesses' as the charter's quorum, are past the time for which the rules keep them. What this party said itself
//! stays until its own operator asks for it to be erased.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::Content;
use deconflict_core::{
    Entry, ErasureSubject, Finding, Ledger, PartyId, Say, Statement, Time, What,
};
use deconflict_proof::{Notice, Row};
use deconflict_record::{KeyUse, UtcSecond, Vkey};
use deconflict_store::{CopyView, ErasureDue, ErasuresDue};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::DeskError;

const DAY_S: i64 = 86_400;

/// Entries that are erased in one change.
const AT_ONCE: usize = 4_096;

/// So many of those that were given before something that is to be erased are asked when they were taken in.
const ASKED_BEFORE: u64 = 32;

/// What a desk was given before an entry.
pub(crate) struct Before<'a> {
    pub(crate) records: &'a CopyView<'a>,
    /// How many of the rows that are kept stand before it.
    pub(crate) given: u64,
    /// Those that are being taken in.
    pub(crate) rows: &'a [Row],
}

/// The entries whose bytes an entry lets go, and when they are to.
pub(crate) type Forgotten = BTreeMap<u64, ErasureDue>;

/// The entries that an entry erases, as far as this desk can tell rightly, and when their bytes are to go; none: it
/// says nothing of the kind.
///
/// # Errors
/// With what people should know, when by this ledger it is too early, or an entry that is held here says nothing of what is
/// erased: then all are kept, and the entry is not followed.
pub(crate) fn erases(
    (ledger, party): (&Ledger, &PartyId),
    (index, entry): (u64, &Entry),
    before: &Before<'_>,
) -> Result<Result<Forgotten, Notice>, DeskError> {
    let What::Found(Finding::Erased { of, .. }) = &entry.what else {
        return Ok(Ok(Forgotten::new()));
    };
    let held = match held_rightly((ledger, party), (index, entry), before)? {
        Ok(held) => held,
        Err(wrong) => return Ok(Err(wrong)),
    };
    // What was dated back counts from what was taken in before it. Of what is not known here, the host's word
    // that it is over must have come true by other clocks as well.
    let said = held.iter().filter_map(|(_, said)| said.at);
    let stood = before.stood(held.last().map(|(last, _)| *last), entry.at)?;
    let over = ledger.over_since(of).unwrap_or(entry.at);
    let over = said.chain(stood).chain([over]).max().unwrap_or(entry.at);
    let due = over.after_seconds(retention_days(ledger) * DAY_S);
    let of_own = match of {
        ErasureSubject::Declaration(id) => {
            ledger.declarations.get(id).is_some_and(|known| known.owner == *party)
        }
        ErasureSubject::Message { .. } => false,
    };
    let goes = |said: &HeldStatement| ErasureDue {
        after_ms: due.millis_since(Time::from_seconds(0)),
        own: of_own || said.by.contains(party),
    };
    Ok(Ok(held.iter().map(|(index, said)| (*index, goes(said))).collect()))
}

/// Whether an entry is followed, as [`erases`] says.
pub(crate) fn is_followed(
    ledger: (&Ledger, &PartyId),
    entry: (u64, &Entry),
    before: &Before<'_>,
) -> Result<bool, DeskError> {
    Ok(held_rightly(ledger, entry, before)?.is_ok())
}

/// Whether these bytes say something of what is erased.
pub(crate) fn is_about(content: &[u8], of: &ErasureSubject) -> bool {
    HeldStatement::read(content, Some(of)).is_about
}

fn retention_days(ledger: &Ledger) -> i64 {
    ledger.charter.as_ref().map_or(0, |charter| i64::from(charter.rules.retention_days))
}

/// What is held here of the entries that an entry erases; why it is not followed.
fn held_rightly(
    (ledger, party): (&Ledger, &PartyId),
    (index, entry): (u64, &Entry),
    before: &Before<'_>,
) -> Result<Result<Vec<(u64, HeldStatement)>, Notice>, DeskError> {
    let What::Found(Finding::Erased { of, entries }) = &entry.what else {
        return Ok(Ok(Vec::new()));
    };
    if ledger.keeps_yet(party, of, entry.at) {
        let days = u32::try_from(retention_days(ledger)).unwrap_or(u32::MAX);
        return Ok(Err(Notice::ErasedEarly { of: of.clone(), days }));
    }
    let entries: BTreeSet<u64> = entries.iter().copied().collect();
    let held = before.held(&entries, of)?;
    let other = held.iter().find(|(_, said)| !said.is_about);
    let later = entries.last().copied().filter(|last| *last >= index);
    if let Some(entry) = other.map(|(other, _)| *other).or(later) {
        return Ok(Err(Notice::ErasedWithAnother { entry, of: of.clone() }));
    }
    Ok(Ok(held))
}

/// What a desk holds of an entry that is to be erased.
#[derive(Default)]
struct HeldStatement {
    /// Whether it says something of what is erased.
    is_about: bool,
    /// Who said it, and for whom.
    by: BTreeSet<PartyId>,
    at: Option<Time>,
}

impl HeldStatement {
    /// What cannot be read is about nothing.
    fn read(bytes: &[u8], of: Option<&ErasureSubject>) -> HeldStatement {
        let Ok(Content { entry, .. }) = Content::decode(bytes) else {
            return HeldStatement::default();
        };
        let is_about = of.is_some_and(|of| entry.tells_of(of));
        let by = match &entry.what {
            What::Accepted(said) | What::Refused(said, _) => speakers(said),
            What::Found(_) => BTreeSet::new(),
        };
        HeldStatement { is_about, by, at: Some(entry.at) }
    }
}

/// Whose a statement is: its author's, and his for whom it was entered.
fn speakers(statement: &Statement) -> BTreeSet<PartyId> {
    let (mut all, mut say) = (BTreeSet::from([statement.party.clone()]), &statement.say);
    while let Say::EnterFor { said, .. } | Say::Attest { said, .. } = say {
        if let Say::EnterFor { party, .. } = say {
            all.insert(party.clone());
        }
        say = said;
    }
    all
}

impl Before<'_> {
    /// When the latest of the entries was taken in that were given before this one, as far as a few of them tell; dates
    /// beyond `at` are those of a clock that was wrong.
    fn stood(&self, index: Option<u64>, at: Time) -> Result<Option<Time>, DeskError> {
        let Some(index) = index else { return Ok(None) };
        let new = self.rows.iter().position(|row| row.index == index);
        let kept = self.records.given_of(index)?.into_iter().map(|(nth, _)| nth);
        let end = kept.min().unwrap_or(u64::MAX).min(self.given);
        let new = &self.rows[..new.filter(|_| end == self.given).unwrap_or(0)];
        let new = &new[new.len().saturating_sub(ASKED_BEFORE as usize)..];
        let kept = self.records.given(end.saturating_sub(ASKED_BEFORE)..end)?;
        let kept = kept.into_iter().filter_map(|one| Some((one.index, one.opening?.content)));
        let new =
            new.iter().filter_map(|one| Some((one.index, one.opening.as_ref()?.content.clone())));
        let earlier = kept.chain(new).filter(|(one, _)| *one < index);
        let dates = earlier.filter_map(|(_, content)| HeldStatement::read(&content, None).at);
        Ok(dates.filter(|date| *date <= at).max())
    }

    /// What is held of these entries.
    fn held(
        &self,
        entries: &BTreeSet<u64>,
        of: &ErasureSubject,
    ) -> Result<Vec<(u64, HeldStatement)>, DeskError> {
        let mut held = Vec::new();
        for index in entries {
            let given = self.records.given_of(*index)?.into_iter();
            for (_, kept) in given.filter(|(nth, _)| *nth < self.given) {
                let opening = kept.opening.iter();
                held.extend(opening.map(|o| (*index, HeldStatement::read(&o.content, Some(of)))));
            }
        }
        for row in self.rows.iter().filter(|row| entries.contains(&row.index)) {
            let opening = row.opening.iter();
            held.extend(opening.map(|o| (row.index, HeldStatement::read(&o.content, Some(of)))));
        }
        Ok(held)
    }
}

/// What the record forgot and this desk still holds.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingErasures {
    /// What others said: it goes by itself.
    pub of_others: Option<WaitingErasure>,
    /// What this party said, or what was said of what it declared: it goes once its operator asks.
    pub own: Option<WaitingErasure>,
    /// Whose clocks are to be past the time, besides this desk's: so many of the charter's witnesses. 0: this desk's
    /// clock alone decides.
    pub quorum: usize,
    /// The time that so many witnesses have reached by what they countersigned last; `None`: not enough of them have
    /// countersigned anything that this desk saw since something waits.
    pub reached: Option<UtcSecond>,
}

/// Entries whose bytes are to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingErasure {
    /// How many.
    pub entries: u64,
    /// After when the first of them may go.
    pub first: Time,
    /// After when the last one may.
    pub last: Time,
}

impl WaitingErasure {
    fn of(due: ErasuresDue) -> WaitingErasure {
        let ErasuresDue { entries, first_ms, last_ms } = due;
        let time = Time::from_millis;
        WaitingErasure { entries, first: time(first_ms), last: time(last_ms) }
    }
}

impl Desk {
    /// What the record forgot and this desk still holds, and what it waits for.
    pub fn waiting_erasures(&self) -> WaitingErasures {
        let [of_others, own] = self.copy.erasures().map(|due| due.map(WaitingErasure::of));
        let reached = self.quorum_reached().and_then(UtcSecond::new);
        WaitingErasures { of_others, own, quorum: self.erasing_quorum(), reached }
    }

    /// How many witnesses must be past a time before what was to be kept until then is erased.
    fn erasing_quorum(&self) -> usize {
        self.view().charter.as_ref().map_or(0, |charter| charter.quorum)
    }

    /// The time, in seconds since 1970-01-01T00:00:00Z, that a quorum of the witnesses that count has reached by
    /// what each of them countersigned last.
    fn quorum_reached(&self) -> Option<u64> {
        let charter = self.view().charter.as_ref()?;
        let seen = &self.copy.progress().countersigned;
        let mut times: Vec<u64> = charter
            .counting_witnesses()
            .filter_map(|witness| seen.get(&witness.name).copied())
            .collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(charter.quorum.checked_sub(1)?).copied()
    }

    /// The instant that this desk's clock and a quorum of witnesses are both past, in milliseconds.
    fn past_ms(&self, now: UtcSecond) -> Option<i64> {
        let reached = match self.erasing_quorum() {
            0 => now.seconds(),
            _ => self.quorum_reached()?.min(now.seconds()),
        };
        Some(i64::try_from(reached).ok()?.saturating_mul(1_000))
    }

    /// Keeps when the witnesses that count have countersigned the head, as long as something waits for that.
    fn note_countersigned(&mut self) -> Result<(), DeskError> {
        let Some(head) = self.copy.signed_head() else { return Ok(()) };
        let charter = self.view().charter.as_ref();
        let witnesses: Vec<Vkey> = charter
            .iter()
            .flat_map(|charter| charter.counting_witnesses())
            .filter_map(|witness| Vkey::new(&witness.name, KeyUse::Witness, witness.key).ok())
            .collect();
        let seen = head.cosignatures(&witnesses.iter().collect::<Vec<_>>()).unwrap_or_default();
        let mut known = self.copy.progress().countersigned.clone();
        known.retain(|name, _| witnesses.iter().any(|witness| witness.name() == name));
        known.extend(seen.into_iter().map(|seen| (seen.witness, seen.time_s)));
        self.copy.keep_countersigned(known)
    }

    /// Erases what the record forgot, once this desk's clock and a quorum of witnesses are past the time for which
    /// the rules keep it: what others said. To be called now and then; where nothing is due, nothing is written.
    ///
    /// # Errors
    /// When the disk fails: then it is tried again.
    pub fn erase_due(&mut self, now: UtcSecond) -> Result<(), DeskError> {
        let [of_others, own] = self.copy.erasures();
        if self.caught().is_some() || (of_others.is_none() && own.is_none()) {
            return Ok(());
        }
        self.note_countersigned()?;
        match self.past_ms(now) {
            Some(past_ms) => self.erase_before(false, past_ms).map(drop),
            None => Ok(()),
        }
    }

    /// Erases what the record forgot of what this party said, by its operator's word, as far as this desk's clock and
    /// a quorum of witnesses are past the time for which the rules keep it. How many entries were erased.
    ///
    /// # Errors
    /// When the host was caught, since what this party said may be evidence; when the disk fails.
    pub fn erase_own(&mut self, now: UtcSecond) -> Result<u64, DeskError> {
        self.not_caught()?;
        self.note_countersigned()?;
        match self.past_ms(now) {
            Some(past_ms) => self.erase_before(true, past_ms),
            None => Ok(0),
        }
    }

    fn erase_before(&mut self, own: bool, past_ms: i64) -> Result<u64, DeskError> {
        let mut erased = 0;
        while self.copy.erasures()[usize::from(own)].is_some_and(|due| due.first_ms < past_ms) {
            let due = self.copy.records()?.erasures_due(own, past_ms, AT_ONCE)?;
            if due.is_empty() {
                break;
            }
            self.copy.erase(&due)?;
            erased += due.len() as u64;
        }
        Ok(erased)
    }
}
