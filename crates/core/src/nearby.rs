//! What lies near a declaration that is compared: found some at a time, in the order in which it is compared,
//! however much lies there.
//!
//! Where it is little, the index names it at once. Where it is much, all that is in force is looked through
//! instead, some in each part, for those others that come next behind the last one that was compared: no more
//! of them than are kept. Where a comparison goes on is told by that last one alone, which stands in the
//! record; a crash costs the looking through, and no pair is passed over or compared twice for it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError};

use crate::comparison::NearbyKey;
use crate::detect::{Filing, Pace};
use crate::entry::Extent;
use crate::finder::{PlacedDeclaration, TooMany};
use crate::names::{DeclarationId, PartyId};
use crate::state::State;
use crate::waiting::comes_later;

/// In the time in which a pair of volumes is compared, so many declarations or boxes are looked through.
pub(crate) const LOOKED_THROUGH: usize = 64;

/// Hashing a declaration into its place takes as long as looking through so many.
const HASHED: usize = 8;

/// How much is looked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NearbyLimits {
    /// Pairs of volumes near each other that are named at once, and others that are kept.
    pub(crate) pairs: usize,
    /// Volumes that are met on the way to them. They are more, since what is passed over is mostly what the
    /// author is told nothing of: it should not learn by their number that they are there.
    pub(crate) met: usize,
    /// Declarations that are looked through where those are too many.
    pub(crate) looked_through: usize,
}

impl NearbyLimits {
    pub(crate) fn of(pace: Pace) -> NearbyLimits {
        NearbyLimits {
            pairs: pace.work.saturating_mul(4),
            met: pace.work.saturating_mul(16),
            looked_through: pace.work.saturating_mul(LOOKED_THROUGH),
        }
    }

    /// Beside a statement, which whoever filed it waits for: what is more than a part compares is left to later
    /// parts, and is not named in vain.
    fn beside_statement(pace: Pace) -> NearbyLimits {
        let of = NearbyLimits::of(pace);
        NearbyLimits { pairs: of.pairs / 4, met: of.met / 4, ..of }
    }
}

/// Another declaration near one that is compared.
#[derive(Clone, Debug)]
pub(crate) struct NearbyDeclaration {
    pub(crate) id: DeclarationId,
    /// The volumes that lie near each other, its own second; `None`: they are looked for when its turn comes.
    pairs: Option<Vec<(u32, u32)>>,
}

/// The next others near a declaration, in the order in which it is compared with them.
#[derive(Clone, Debug)]
pub(crate) struct NearbySelection {
    /// They come behind this one.
    after: Option<NearbyKey>,
    others: BTreeMap<NearbyKey, NearbyDeclaration>,
    /// Whether more come behind the last of these.
    has_more: bool,
    /// From where on it is still looked through what is in force; `None`: nothing is left.
    from: Option<Bound<DeclarationId>>,
    /// What it took to find them, where that is not counted meanwhile.
    cost: usize,
}

/// Two declarations that have more volumes near each other than are compared at once.
#[derive(Clone, Debug)]
pub(crate) struct UnfinishedPair {
    /// The other one.
    pub(crate) key: NearbyKey,
    /// How many pairs of volumes were compared.
    pub(crate) compared: usize,
    /// What those have in common.
    pub(crate) extent: Option<Extent>,
}

/// What is at hand of a comparison. It is no part of the state: after a crash it is found anew.
#[derive(Clone, Debug)]
pub(crate) struct NearbyProgress {
    statement: u64,
    /// Which declaration is being compared.
    filing: DeclarationId,
    selection: Arc<NearbySelection>,
    unfinished: Option<UnfinishedPair>,
}

/// What is at hand of each party's comparisons: of the one that concerns a site or a movement, which goes first, and,
/// apart from it, of the one that comes later ([`comes_later`]). Of each the oldest goes on until it is done, so that no
/// other of its party takes its place again and again. What changes later is not compared because of that statement.
pub(crate) type NearbyByParty = BTreeMap<(PartyId, bool), NearbyProgress>;

impl NearbyProgress {
    /// Whether it is of what follows from this statement.
    pub(crate) fn follows(&self, statement: u64) -> bool {
        self.statement == statement
    }

    fn is_of(&self, statement: u64, filing: &Filing<'_>) -> bool {
        (self.statement, self.filing) == (statement, filing.id)
    }
}

impl NearbySelection {
    fn behind(after: Option<NearbyKey>) -> NearbySelection {
        let (others, from) = (BTreeMap::new(), Some(Bound::Unbounded));
        NearbySelection { after, others, has_more: false, from, cost: 0 }
    }

    /// Those that come behind this one.
    pub(crate) fn others(
        &self,
        after: Option<NearbyKey>,
    ) -> impl Iterator<Item = (&NearbyKey, &NearbyDeclaration)> {
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.others.range((behind, Bound::Unbounded))
    }

    /// The last of them, where more come behind it.
    pub(crate) fn goes_on_behind(&self) -> Option<NearbyKey> {
        self.others.keys().next_back().copied().filter(|_| self.has_more)
    }

    /// What it took to find them, in declarations looked through.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    /// Whether nothing is left to be looked through for it.
    fn is_whole(&self) -> bool {
        self.from.is_none()
    }

    /// Whether it has all that come next behind this one.
    fn serves(&self, after: Option<NearbyKey>) -> bool {
        let last = self.others.keys().next_back();
        self.after <= after && (!self.has_more || last > after.as_ref())
    }

    fn keep(&mut self, key: NearbyKey, id: DeclarationId, most: usize) {
        let is_last = self.others.keys().next_back().is_some_and(|last| *last < key);
        // Behind the last one something may have been left out already, where fewer were kept then.
        if is_last && (self.has_more || self.others.len() >= most) {
            self.has_more = true;
            return;
        }
        self.others.insert(key, NearbyDeclaration { id, pairs: None });
        if self.others.len() > most {
            self.others.pop_last();
            self.has_more = true;
        }
    }
}

impl State {
    /// The next others near a declaration, or in conflict with it, behind the one that was compared last. `None`:
    /// they are not found yet, since so much was looked through; beside a statement (`statement` is `None`)
    /// no more is looked through than the index names at once. `looked`: how much was in this part, and `most`,
    /// up to how much it goes on.
    pub(crate) fn others(
        &self,
        filing: &Filing<'_>,
        (statement, after): (Option<u64>, Option<NearbyKey>),
        most: usize,
        looked: &mut usize,
    ) -> Option<Arc<NearbySelection>> {
        let Some(statement) = statement else {
            let limits = NearbyLimits::beside_statement(self.pace());
            return self.named_at_once(filing, after, limits).ok().map(Arc::new);
        };
        let limits = NearbyLimits { looked_through: most, ..NearbyLimits::of(self.pace()) };
        let comparison = self.ledger().comparisons.get(statement)?;
        let place = (comparison.party.clone(), comes_later(comparison, self.ledger()));
        let mut kept = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have gone first until now.
        let before = (place.0.clone(), !place.1);
        let moved = kept.get(&before).is_some_and(|known| known.is_of(statement, filing));
        let known = kept.remove(if moved { &before } else { &place });
        let known = known.filter(|known| known.is_of(statement, filing));
        let (known, unfinished) = match known {
            Some(NearbyProgress { selection, unfinished, .. }) => (Some(selection), unfinished),
            None => (None, None),
        };
        let mut selection = match known {
            Some(known) if known.is_whole() && known.serves(after) => known,
            // Nobody else has one that is not whole.
            Some(known) if !known.is_whole() && known.after == after => known,
            _ => Arc::new(self.named_at_once(filing, after, limits).unwrap_or_else(|too_many| {
                *looked += too_many.met;
                NearbySelection::behind(after)
            })),
        };
        if !selection.is_whole() {
            self.look_through(filing, Arc::make_mut(&mut selection), limits, looked);
        }
        let progress = NearbyProgress {
            statement,
            filing: filing.id,
            selection: selection.clone(),
            unfinished,
        };
        kept.insert(place, progress);
        selection.is_whole().then_some(selection)
    }

    /// How far the pair with this other one has come, if it did not come to an end.
    pub(crate) fn unfinished(
        &self,
        filing: &Filing<'_>,
        statement: Option<u64>,
        key: NearbyKey,
    ) -> Option<UnfinishedPair> {
        let statement = statement?;
        let mut kept = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = kept.values_mut().find(|of| of.is_of(statement, filing))?;
        progress.unfinished.take_if(|pair| pair.key == key)
    }

    /// Keeps how far a pair has come, for the next part.
    pub(crate) fn go_on_with(&self, statement: u64, filing: &Filing<'_>, pair: UnfinishedPair) {
        let mut kept = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = kept.values_mut().find(|of| of.is_of(statement, filing)) {
            progress.unfinished = Some(pair);
        }
    }

    /// All others near a declaration, if the index names them at once.
    fn named_at_once(
        &self,
        filing: &Filing<'_>,
        after: Option<NearbyKey>,
        limits: NearbyLimits,
    ) -> Result<NearbySelection, TooMany> {
        let mut all = NearbySelection { from: None, ..NearbySelection::behind(after) };
        let Some(finder) = self.finder() else { return Ok(all) };
        let open = finder.open_pairs(filing.id);
        if open.len() > limits.pairs {
            return Err(TooMany { met: 0 });
        }
        let wanted = |other: PlacedDeclaration<'_>| {
            open.contains(other.id) || self.pairs_with(filing, other)
        };
        let (near, met) = finder.near(filing.placed, limits, wanted)?;
        let mut near: BTreeMap<_, _> = near.into_iter().map(|(id, all)| (id, Some(all))).collect();
        for other in open.others() {
            near.entry(other).or_insert(Some(Vec::new()));
        }
        all.cost = met + HASHED * near.len();
        for (id, pairs) in near {
            let Some(theirs) = self.ledger().declarations.get(&id) else { continue };
            let key = NearbyKey::of(filing.version, id, theirs.declared.kind());
            all.others.insert(key, NearbyDeclaration { id, pairs });
        }
        Ok(all)
    }

    /// Looks through more of what is in force for those that come next.
    fn look_through(
        &self,
        filing: &Filing<'_>,
        selection: &mut NearbySelection,
        limits: NearbyLimits,
        looked: &mut usize,
    ) {
        let (Some(finder), Some(from)) = (self.finder(), selection.from.take()) else { return };
        let (reach, open) = (finder.reach(filing.placed), finder.open_pairs(filing.id));
        for other in finder.in_force_from(from) {
            if *looked >= limits.looked_through {
                selection.from = Some(Bound::Included(other.id));
                return;
            }
            *looked += 1;
            let near = reach.as_ref().zip(other.bounds).is_some_and(|(r, bounds)| bounds.meets(r));
            let wanted = open.contains(other.id) || near && self.pairs_with(filing, other);
            if !wanted {
                continue;
            }
            *looked += HASHED;
            let key = NearbyKey::of(filing.version, other.id, other.kind);
            if Some(key) > selection.after {
                selection.keep(key, other.id, limits.pairs);
            }
        }
    }

    /// Whether kinds and owners are such that something follows where the two meet.
    pub(crate) fn pairs_with(&self, filing: &Filing<'_>, other: PlacedDeclaration<'_>) -> bool {
        let (terms, ledger) = (filing.terms, self.ledger());
        let binds = || {
            ledger.is_bound(other.owner, terms.declared)
                || ledger
                    .declarations
                    .get(&other.id)
                    .is_some_and(|theirs| ledger.is_bound(terms.owner, &theirs.declared))
        };
        let (ours, theirs) = ((terms.owner, terms.declared.kind()), (other.owner, other.kind));
        other.id != filing.id && ledger.pairing_of_kinds(ours, theirs, binds).is_some()
    }

    /// The volumes of two declarations that lie near each other, those of the other second; and how much it took
    /// to find them, in declarations looked through.
    pub(crate) fn pairs_near<'n>(
        &self,
        filing: &Filing<'_>,
        other: &'n NearbyDeclaration,
    ) -> (Cow<'n, [(u32, u32)]>, usize) {
        match (&other.pairs, self.finder()) {
            (Some(pairs), _) => (Cow::Borrowed(pairs), 0),
            (None, Some(finder)) => {
                let (pairs, cost) = finder.pairs(filing.placed, other.id);
                (Cow::Owned(pairs), cost)
            }
            (None, None) => (Cow::Owned(Vec::new()), 0),
        }
    }
}
