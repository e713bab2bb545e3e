//! Which declarations conflict, which zones lie over what they do not bind, and what both sides may know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::PoisonError;

use deconflict_geometry::relation;

use crate::comparison::NearbyKey;
use crate::entry::{Certainty, Doubt, Extent, Finding, Side};
use crate::extent::{near, shared};
use crate::finder::{OpenPair, PlacedDeclaration, PlacedVolumes};
use crate::ledger::{Conflict, Declaration, Overlay, Terms};
use crate::names::{DeclarationId, Handle, OverlayId, PartyId, Version};
use crate::nearby::{NearbyLimits, UnfinishedPair};
use crate::pairing::Pairing;
use crate::state::State;
use crate::time::Time;

/// The most versions that a refusal says to be unknown.
const MOST_UNKNOWN: usize = 64;

/// A declaration as it is to be, before it stands in the ledger, or as it stands.
pub(crate) struct Filing<'a> {
    pub(crate) id: DeclarationId,
    pub(crate) version: Version,
    pub(crate) terms: Terms<'a>,
    pub(crate) placed: &'a PlacedVolumes,
}

/// How much is found at once, at least one of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Conflicts and overlays.
    pub findings: usize,
    /// Pairs of volumes that are compared; such with many vertices count for several.
    pub work: usize,
}

impl Default for Pace {
    /// Some milliseconds of work: nobody waits longer for what another party's statement leads to.
    fn default() -> Pace {
        Pace { findings: 32, work: 1_024 }
    }
}

impl Pace {
    /// The same for a part of which the end is waited for: to append it then takes about as long as to find it,
    /// and less would gain nothing.
    pub fn hurried(self) -> Pace {
        let Pace { findings, work } = self;
        Pace { findings: (findings / 4).max(findings.min(8)), work: (work / 8).max(work.min(128)) }
    }
}

/// With which others a declaration is compared.
pub(crate) type Which<'a> = &'a dyn Fn(DeclarationId, &Declaration) -> bool;

/// How far a comparison came before a part was full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    Done,
    /// To this other, or to none.
    At(Option<NearbyKey>),
}

/// Some of what follows from a statement, as much as is found at once.
pub(crate) struct Part<'s> {
    state: &'s State,
    /// Whose statement it was; `None`: nobody's filing, the rules changed.
    by: Option<PartyId>,
    now: Time,
    /// The index that the first finding will have.
    first_entry: u64,
    pace: Pace,
    findings: Vec<Finding>,
    work: usize,
    /// How many declarations were looked through, about.
    looked: usize,
    /// What declarations are called next that were in conflicts and overlays of this part.
    handles: BTreeMap<DeclarationId, Handle>,
}

impl<'s> Part<'s> {
    /// Whether nothing more is found at once.
    pub(crate) fn is_full(&self) -> bool {
        self.findings.len() >= self.pace.findings
            || self.work >= self.pace.work
            || self.looked >= self.most_looked()
    }

    /// How many declarations are looked through at once, about.
    fn most_looked(&self) -> usize {
        NearbyLimits::of(self.pace).looked_through
    }

    /// That something was looked at, whatever came of it.
    pub(crate) fn worked(&mut self) {
        self.work += 1;
    }

    /// That a declaration was looked through and is of no interest.
    pub(crate) fn passed_over(&mut self) {
        self.looked += 1;
    }

    /// A declaration will be called so in its next conflict or overlay.
    pub(crate) fn name(&mut self, id: DeclarationId, handle: Handle) {
        self.handles.insert(id, handle);
    }

    /// What follows for the conflicts and overlays of a declaration with those others that come after this one.
    /// `statement`: where this is a later part of what follows from it; beside the statement itself too many
    /// others are not even looked through.
    ///
    /// Findings never stand in the order of declarations: it is always the same, and would tell which
    /// conflicts of two filings are with one declaration.
    pub(crate) fn compare(
        &mut self,
        filing: &Filing<'_>,
        (statement, after): (Option<u64>, Option<NearbyKey>),
        with: Which<'_>,
    ) -> Progress {
        let (state, ledger) = (self.state, self.state.ledger());
        let mut reached = after;
        loop {
            let most = self.most_looked();
            let others = state.others(filing, (statement, reached), most, &mut self.looked);
            let Some(others) = others else { return Progress::At(reached) };
            let behind = reached;
            for (key, other) in others.others(behind) {
                let id = other.id;
                let Some(theirs) = ledger.declarations.get(&id).map(|found| &**found) else {
                    continue;
                };
                // What ended is seen to by its end.
                if theirs.ended.is_some() || !with(id, theirs) {
                    continue;
                }
                let pair = state.pairing(filing.terms, theirs.terms());
                let known = state.open_pair(filing.id, id);
                if pair.is_none() && known.is_none() {
                    continue;
                }
                if self.is_full() {
                    return Progress::At(reached);
                }
                let (pairs, looked) = state.pairs_near(filing, other);
                self.looked += looked;
                // What ends because the two pair no more needs no look at where they lie.
                let pairs = if pair.is_some() { &*pairs } else { &[] };
                let Some(extent) = self.whole(filing, statement, (*key, id, theirs), pairs) else {
                    return Progress::At(reached);
                };
                self.note(filing, (id, theirs), pair.zip(extent), known);
                reached = Some(*key);
            }
            match others.goes_on_behind() {
                None => {
                    self.looked += others.cost();
                    return Progress::Done;
                }
                last => reached = last,
            }
            if self.is_full() {
                return Progress::At(reached);
            }
        }
    }

    /// What two declarations have in common, of which these pairs of volumes lie near each other; outside: `None`,
    /// since that is more than is compared at once. Later parts go on where this one came to.
    fn whole(
        &mut self,
        filing: &Filing<'_>,
        statement: Option<u64>,
        (key, id, theirs): (NearbyKey, DeclarationId, &Declaration),
        pairs: &[(u32, u32)],
    ) -> Option<Option<Extent>> {
        let each = work_of_pair(filing.terms, theirs.terms());
        let before = self.state.unfinished(filing, statement, key);
        let (from, extent) = before.map_or((0, None), |pair| (pair.compared, pair.extent));
        let left = pairs.get(from..).unwrap_or_default();
        let room = (self.pace.work.saturating_sub(self.work) / each).max(1);
        if left.len() > room && statement.is_none() {
            return None;
        }
        let now = &left[..left.len().min(room)];
        self.work += 1 + now.len().saturating_mul(each);
        let extent = self.state.extent(filing, (id, theirs), now, extent, self.now);
        if let Some(statement) = statement.filter(|_| left.len() > room) {
            let pair = UnfinishedPair { key, compared: from + room, extent };
            self.state.go_on_with(statement, filing, pair);
            return None;
        }
        Some(extent.map(Extent::bounded))
    }

    /// What follows for a pair that was compared.
    fn note(
        &mut self,
        filing: &Filing<'_>,
        (other, theirs): (DeclarationId, &Declaration),
        hit: Option<(Pairing, Extent)>,
        known: Option<OpenPair>,
    ) {
        let ledger = self.state.ledger();
        match (hit, known) {
            (Some((Pairing::Conflict, extent)), Some(OpenPair::Conflict(conflict))) => {
                let before = ledger.conflicts.get(&conflict);
                if before.is_some_and(|before| before.extent != extent) {
                    let by = self.by.clone();
                    self.findings.push(Finding::ConflictChanged { conflict, extent, by });
                }
            }
            (Some((Pairing::Overlay, extent)), Some(OpenPair::Overlay(overlay)))
                if self.tells_as_much(overlay, filing, (other, theirs)) =>
            {
                let before = ledger.overlays.get(&overlay);
                if before.is_some_and(|before| before.extent != extent) {
                    let by = self.by.clone();
                    self.findings.push(Finding::OverlayChanged { overlay, extent, by });
                }
            }
            (hit, known) => {
                if let Some(known) = known {
                    self.close(known);
                }
                if let Some((pairing, extent)) = hit {
                    self.meet(filing, (other, theirs), pairing, extent);
                }
            }
        }
    }

    /// Whether each side may see as much of the other as when the overlay was opened. Where it may see another
    /// thing now, it is told anew: nobody is to be told "something lies near" of a zone that it may read.
    fn tells_as_much(
        &self,
        overlay: OverlayId,
        filing: &Filing<'_>,
        (other, theirs): (DeclarationId, &Declaration),
    ) -> bool {
        let known = self.state.ledger().overlays.get(&overlay);
        // Under which names is of no matter.
        let (ours, its) = (Handle::first(filing.version), Handle::first(theirs.version));
        let sides = self.state.sides(filing, ours, (other, theirs), its);
        known.is_some_and(|known| known.tells_as_much_as(&sides))
    }

    /// What a pair had with each other is over.
    fn close(&mut self, known: OpenPair) {
        let by = self.by.clone();
        self.findings.push(match known {
            OpenPair::Conflict(conflict) => Finding::ConflictResolved { conflict, by },
            OpenPair::Overlay(overlay) => Finding::OverlayEnded { overlay, by },
        });
    }

    fn meet(
        &mut self,
        filing: &Filing<'_>,
        (other, theirs): (DeclarationId, &Declaration),
        pairing: Pairing,
        extent: Extent,
    ) {
        let (ours_next, theirs_next) =
            (self.next_handle(filing.id, filing.version), self.next_handle(other, theirs.version));
        let sides = self.state.sides(filing, ours_next, (other, theirs), theirs_next);
        self.name(filing.id, ours_next.after(filing.version, theirs_next));
        self.name(other, theirs_next.after(theirs.version, ours_next));
        let entry = self.first_entry + self.findings.len() as u64;
        let by = self.by.clone();
        let handles = [ours_next, theirs_next];
        self.findings.push(match pairing {
            Pairing::Conflict => {
                let conflict = Conflict::named(handles, entry);
                Finding::ConflictOpened { conflict, sides, extent, by }
            }
            Pairing::Overlay => {
                let overlay = Overlay::named(handles, entry);
                Finding::OverlayOpened { overlay, sides, extent, by }
            }
        });
    }

    fn next_handle(&self, id: DeclarationId, version: Version) -> Handle {
        let stands = || self.state.ledger().declarations.get(&id).map(|d| d.next_handle());
        let known = self.handles.get(&id).copied().or_else(stands);
        known.unwrap_or_else(|| Handle::first(version))
    }

    /// What follows for the conflicts and overlays of a declaration that is no more: those with sites and
    /// movements first, else in the order of their names.
    pub(crate) fn resolve_all(&mut self, id: DeclarationId) -> Progress {
        let Some(finder) = self.state.finder() else { return Progress::Done };
        for known in finder.open_pairs(id).in_order() {
            if self.is_full() {
                return Progress::At(None);
            }
            self.close(known);
        }
        Progress::Done
    }

    /// All that was found, and who is to be told that it is more than the rules allow.
    fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.extend(self.state.probing(&findings, self.by.as_ref(), self.now));
        findings
    }
}

/// About how many pairs of plain volumes cost as much as a pair of theirs.
fn work_of_pair(ours: Terms<'_>, theirs: Terms<'_>) -> usize {
    let each = |terms: Terms<'_>| terms.declared.vertices() / terms.declared.volume_count().max(1);
    1 + each(ours) * each(theirs) / 256
}

impl State {
    /// As much as fits into `room` entries of what `find` finds, at this pace.
    pub(crate) fn part<T>(
        &self,
        by: Option<&PartyId>,
        now: Time,
        (pace, room): (Pace, usize),
        find: impl Fn(&mut Part<'_>) -> T,
    ) -> (T, Vec<Finding>) {
        let find = |findings: usize| {
            let mut part = Part {
                state: self,
                by: by.cloned(),
                now,
                // The statement, or the mark of the part, stands before.
                first_entry: self.ledger().size + 1,
                pace: Pace { findings, ..pace },
                findings: Vec::new(),
                work: 0,
                looked: 0,
                handles: BTreeMap::new(),
            };
            let found = find(&mut part);
            (found, part.finish())
        };
        let at_hand = || self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        let before = at_hand().clone();
        let found = find(pace.findings);
        // Whom they touch is told apart, and may be many.
        if found.1.len() <= room {
            return found;
        }
        // What was at hand before is so again: a long pair would begin anew each time.
        *at_hand() = before;
        find(1)
    }

    /// The versions that an author may see and does not name, and with which it would conflict: the first
    /// of them that are found.
    pub(crate) fn unknown_versions(
        &self,
        filing: &Filing<'_>,
        knows: &BTreeSet<Version>,
        now: Time,
    ) -> BTreeSet<Version> {
        let Some(finder) = self.finder() else { return BTreeSet::new() };
        let asked = |other: PlacedDeclaration<'_>| {
            self.pairs_with(filing, other)
                && self.ledger().declarations.get(&other.id).is_some_and(|theirs| {
                    self.ledger().may_see(filing.terms.owner, theirs.terms())
                        && !knows.contains(&theirs.version)
                })
        };
        let unknown = |(other, pairs): (DeclarationId, Vec<(u32, u32)>)| {
            let theirs = self.ledger().declarations.get(&other)?;
            self.extent(filing, (other, theirs), &pairs, None, now)?;
            Some(theirs.version)
        };
        if let Ok((near, _)) = finder.near(filing.placed, NearbyLimits::of(self.pace()), asked) {
            return near.into_iter().filter_map(unknown).take(MOST_UNKNOWN).collect();
        }
        // Too much lies there to have it all in memory.
        let Some(reach) = finder.reach(filing.placed) else { return BTreeSet::new() };
        let meets = |other: &PlacedDeclaration<'_>| other.bounds.is_some_and(|b| b.meets(&reach));
        let near = finder.in_force_from(Bound::Unbounded).filter(meets);
        near.filter(|other| asked(*other))
            .filter_map(|other| unknown((other.id, finder.pairs(filing.placed, other.id).0)))
            .take(MOST_UNKNOWN)
            .collect()
    }

    /// The conflict or overlay of two declarations that is not over.
    fn open_pair(&self, one: DeclarationId, other: DeclarationId) -> Option<OpenPair> {
        self.finder()?.open_pairs(one).with(other)
    }

    /// Where and when two declarations meet, of which these pairs of volumes lie near each other, and what other
    /// pairs of theirs have in common; `None`: they do not.
    fn extent(
        &self,
        filing: &Filing<'_>,
        (other, theirs): (DeclarationId, &Declaration),
        pairs: &[(u32, u32)],
        others: Option<Extent>,
        now: Time,
    ) -> Option<Extent> {
        let finder = self.finder()?;
        let (judging, placed) = (&finder.judging, finder.placed(other)?);
        let ledger = self.ledger();
        let we_see = ledger.may_see(filing.terms.owner, theirs.terms());
        let they_see = ledger.may_see(&theirs.owner, filing.terms);
        let mut extent = others;
        for &(i, j) in pairs {
            let (ours, its) = (filing.placed.volume(i)?, placed.volume(j)?);
            let certainty = if we_see && they_see {
                Certainty::of(relation(ours.exact, its.exact, &judging.rules))
            } else {
                let meets = match (we_see, they_see) {
                    (false, true) => its.widened(judging).meets(ours.exact, &judging.rules),
                    (true, false) => ours.widened(judging).meets(its.exact, &judging.rules),
                    // Neither side may learn anything of the other as it is.
                    _ => near(ours.widened(judging), its.widened(judging), judging),
                };
                meets.then(|| Certainty::Possible([Doubt::SharingGrid].into()))
            };
            let Some(certainty) = certainty else { continue };
            let part = shared(ours.widened(judging), its.widened(judging), certainty, judging);
            if !self.is_over(part.until, now) {
                extent = Some(match extent {
                    None => part,
                    Some(whole) => whole.and(part),
                });
            }
        }
        extent
    }

    /// What a pair means, by kinds and owners.
    pub(crate) fn pairing(&self, a: Terms<'_>, b: Terms<'_>) -> Option<Pairing> {
        self.ledger().pairing((a.owner, a.declared), (b.owner, b.declared))
    }

    fn sides(
        &self,
        filing: &Filing<'_>,
        handle: Handle,
        (other, theirs): (DeclarationId, &Declaration),
        their_handle: Handle,
    ) -> [Side; 2] {
        let ledger = self.ledger();
        let we_see = ledger.may_see(filing.terms.owner, theirs.terms());
        let they_see = ledger.may_see(&theirs.owner, filing.terms);
        [
            Side {
                party: filing.terms.owner.clone(),
                kind: filing.terms.declared.kind(),
                declaration: they_see.then_some(filing.id),
                handle,
            },
            Side {
                party: theirs.owner.clone(),
                kind: theirs.declared.kind(),
                declaration: we_see.then_some(other),
                handle: their_handle,
            },
        ]
    }
}
