//! Which declarations conflict, which zones lie over what they do not bind, and what both sides may know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use deconflict_geometry::{Relation, Volume, relation};

use crate::comparison::{NearbyKey, comes_first};
use crate::entry::{Certainty, Doubt, Extent, Finding, Side};
use crate::extent::{near, shared};
use crate::finder::{OpenPair, PlacedVolumes};
use crate::ledger::{Conflict, Declaration, Overlay, Terms};
use crate::names::{DeclarationId, Handle, InterestId, OverlayId, PartyId, Version};
use crate::pairing::Pairing;
use crate::state::State;
use crate::time::Time;

/// The most versions that a refusal says to be unknown.
const MOST_UNKNOWN: usize = 64;

/// The most bytes of interests' names in one entry.
const MOST_NAME_BYTES: usize = 48_000;

/// The most pairs of volumes near each other that are looked through beside a statement.
const MOST_NEAR: usize = 4_096;

/// Of how many declarations it is kept what lies near them.
const MOST_KEPT: usize = 8;

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

/// With which others a declaration is compared.
pub(crate) type Which<'a> = &'a dyn Fn(DeclarationId, &Declaration) -> bool;

/// Another declaration near one that is compared.
#[derive(Debug)]
pub(crate) struct NearbyDeclaration {
    /// When its turn comes.
    key: NearbyKey,
    id: DeclarationId,
    /// The volumes that lie near each other, its own second.
    pairs: Vec<(u32, u32)>,
}

/// What lies near each declaration that is being compared, by statement, in the order in which it is compared.
/// It is found once for all parts: what changes later is not compared because of that statement.
pub(crate) type NearbyByStatement = BTreeMap<(u64, DeclarationId), Arc<Vec<NearbyDeclaration>>>;

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
    /// What declarations are called next that were in conflicts and overlays of this part.
    handles: BTreeMap<DeclarationId, Handle>,
}

impl<'s> Part<'s> {
    /// Whether nothing more is found at once.
    pub(crate) fn is_full(&self) -> bool {
        self.findings.len() >= self.pace.findings || self.work >= self.pace.work
    }

    /// That something was looked at, whatever came of it.
    pub(crate) fn worked(&mut self) {
        self.work += 1;
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
        let Some(others) = state.nearby(filing, statement) else { return Progress::At(after) };
        let compared = others.partition_point(|one| after.is_some_and(|after| one.key <= after));
        let mut reached = after;
        for NearbyDeclaration { key, id, pairs } in &others[compared..] {
            let Some(theirs) = ledger.declarations.get(id).map(|found| &**found) else { continue };
            // What ended is seen to by its end.
            if theirs.ended.is_some() || !with(*id, theirs) {
                continue;
            }
            let pair = state.pairing(filing.terms, theirs.terms());
            let known = state.open_pair(filing.id, *id);
            if pair.is_none() && known.is_none() {
                continue;
            }
            if self.is_full() {
                return Progress::At(reached);
            }
            self.work += work_of(filing.terms, theirs.terms(), pairs.len());
            let hit = pair
                .and_then(|pair| Some((pair, state.extent(filing, *id, theirs, pairs, self.now)?)));
            self.note(filing, (*id, theirs), hit, known);
            reached = Some(*key);
        }
        Progress::Done
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
        let declarations = &self.state.ledger().declarations;
        let waits = |other| {
            !declarations.get(&other).is_some_and(|other| comes_first(other.declared.kind()))
        };
        let open = self.state.open_pairs(id).into_iter();
        let open: BTreeSet<_> = open.map(|(other, known)| (waits(other), known)).collect();
        for (_, known) in open {
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

/// About how many pairs of plain volumes cost as much as these pairs.
fn work_of(ours: Terms<'_>, theirs: Terms<'_>, pairs: usize) -> usize {
    let each = |terms: Terms<'_>| terms.declared.vertices() / terms.declared.volume_count().max(1);
    1 + pairs * (1 + each(ours) * each(theirs) / 256)
}

impl State {
    /// As much as fits into `room` entries of what `find` finds.
    pub(crate) fn part<T>(
        &self,
        by: Option<&PartyId>,
        now: Time,
        room: usize,
        find: impl Fn(&mut Part<'_>) -> T,
    ) -> (T, Vec<Finding>) {
        let find = |findings: usize| {
            let mut part = Part {
                state: self,
                by: by.cloned(),
                now,
                // The statement, or the mark of the part, stands before.
                first_entry: self.ledger().size + 1,
                pace: Pace { findings, ..self.pace() },
                findings: Vec::new(),
                work: 0,
                handles: BTreeMap::new(),
            };
            let found = find(&mut part);
            (found, part.finish())
        };
        let found = find(self.pace().findings);
        // Whom they touch is told apart, and may be many.
        if found.1.len() > room { find(1) } else { found }
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
        let asked = |other: DeclarationId| {
            let theirs = self.ledger().declarations.get(&other).filter(|_| other != filing.id);
            theirs.is_some_and(|theirs| {
                self.ledger().may_see(filing.terms.owner, theirs.terms())
                    && !knows.contains(&theirs.version)
                    && self.pairing(filing.terms, theirs.terms()).is_some()
            })
        };
        let near = finder.near(filing.placed, usize::MAX, asked).unwrap_or_default();
        near.into_iter()
            .filter_map(|(other, pairs)| {
                let theirs = self.ledger().declarations.get(&other)?;
                self.extent(filing, other, theirs, &pairs, now)?;
                Some(theirs.version)
            })
            .take(MOST_UNKNOWN)
            .collect()
    }

    /// What lies near a declaration, or has a conflict or an overlay with it, in the order in which it is compared. `None`:
    /// beside a statement that is more than is looked through at once.
    fn nearby(
        &self,
        filing: &Filing<'_>,
        statement: Option<u64>,
    ) -> Option<Arc<Vec<NearbyDeclaration>>> {
        let Some(statement) = statement else {
            return self.gather(filing, MOST_NEAR).map(Arc::new);
        };
        let key = (statement, filing.id);
        let mut kept = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&key) {
            return Some(found.clone());
        }
        let found = Arc::new(self.gather(filing, usize::MAX)?);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, found.clone());
        Some(found)
    }

    fn gather(&self, filing: &Filing<'_>, most: usize) -> Option<Vec<NearbyDeclaration>> {
        let open = self.open_pairs(filing.id);
        let pairs_with = |id: DeclarationId| {
            let theirs = self.ledger().declarations.get(&id).filter(|_| id != filing.id);
            theirs.is_some_and(|theirs| {
                open.contains_key(&id) || self.pairing(filing.terms, theirs.terms()).is_some()
            })
        };
        let mut near = match self.finder() {
            Some(finder) => finder.near(filing.placed, most, pairs_with)?,
            None => BTreeMap::new(),
        };
        for other in open.keys() {
            near.entry(*other).or_default();
        }
        let mut others: Vec<NearbyDeclaration> = near
            .into_iter()
            .filter_map(|(id, pairs)| {
                let theirs = self.ledger().declarations.get(&id)?;
                let key = NearbyKey::of(filing.version, id, theirs.declared.kind());
                Some(NearbyDeclaration { key, id, pairs })
            })
            .collect();
        others.sort_unstable_by_key(|one| one.key);
        Some(others)
    }

    /// The conflict or overlay of two declarations that is not over.
    fn open_pair(&self, one: DeclarationId, other: DeclarationId) -> Option<OpenPair> {
        self.finder()?.open_pair(one, other)
    }

    /// The conflicts and overlays of a declaration that are not over, by the other declaration.
    fn open_pairs(&self, id: DeclarationId) -> BTreeMap<DeclarationId, OpenPair> {
        self.finder().map(|finder| finder.open_pairs(id).collect()).unwrap_or_default()
    }

    /// Where and when two declarations meet, of which these pairs of volumes lie near each other; `None`: they
    /// do not.
    fn extent(
        &self,
        filing: &Filing<'_>,
        other: DeclarationId,
        theirs: &Declaration,
        pairs: &[(u32, u32)],
        now: Time,
    ) -> Option<Extent> {
        let finder = self.finder()?;
        let (judging, placed) = (&finder.judging, finder.placed(other)?);
        let ledger = self.ledger();
        let we_see = ledger.may_see(filing.terms.owner, theirs.terms());
        let they_see = ledger.may_see(&theirs.owner, filing.terms);
        let mut extent: Option<Extent> = None;
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
            if part.until.is_none_or(|until| until >= now) {
                extent = Some(match extent {
                    None => part,
                    Some(whole) => whole.and(part),
                });
            }
        }
        Some(extent?.bounded())
    }

    /// What a pair means, by kinds and owners.
    fn pairing(&self, a: Terms<'_>, b: Terms<'_>) -> Option<Pairing> {
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

    /// The interests that a change touches: their parties may see it, and it lies in their area.
    pub(crate) fn touched<'v>(
        &self,
        id: DeclarationId,
        version: Version,
        terms: Terms<'_>,
        volumes: impl Iterator<Item = &'v Volume> + Clone,
    ) -> Vec<Finding> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let kind = terms.declared.kind();
        let mut touched: BTreeMap<PartyId, Vec<InterestId>> = BTreeMap::new();
        for ((party, interest), (area, near)) in finder.interested(volumes) {
            let set = self.ledger().interests.get(&party).and_then(|own| own.get(&interest));
            let wanted = set.is_some_and(|set| set.kinds.contains(&kind))
                && self.ledger().may_see(&party, terms);
            let meets =
                |v: &&Volume| relation(area, v, &finder.judging.rules).relation != Relation::Apart;
            if wanted && near.iter().any(meets) {
                touched.entry(party).or_default().push(interest);
            }
        }
        let mut findings = Vec::new();
        for (party, interests) in touched {
            for interests in by_length(interests) {
                let party = party.clone();
                let (declaration, version) = (id, version);
                findings.push(Finding::InterestTouched { party, interests, declaration, version });
            }
        }
        findings
    }
}

/// Names in as many sets as it takes for each to fit into an entry.
fn by_length(names: Vec<InterestId>) -> Vec<BTreeSet<InterestId>> {
    let (mut sets, mut length) = (Vec::<BTreeSet<InterestId>>::new(), 0);
    for name in names {
        // With quotes and a comma.
        length += name.as_str().len() + 3;
        if sets.is_empty() || length > MOST_NAME_BYTES {
            sets.push(BTreeSet::new());
            length = name.as_str().len() + 3;
        }
        if let Some(set) = sets.last_mut() {
            set.insert(name);
        }
    }
    sets
}
