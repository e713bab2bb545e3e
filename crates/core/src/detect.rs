//! Which declarations conflict, and what both sides may know of it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_geometry::{Relation, Volume, relation};

use crate::declared::Kind;
use crate::entry::{Certainty, Doubt, Extent, Finding, Side};
use crate::extent::{near, shared, widened};
use crate::finder::{Judging, PlacedVolumes};
use crate::ledger::{Conflict, Declaration, Terms};
use crate::names::{ConflictId, DeclarationId, Handle, PartyId, Version};
use crate::state::State;
use crate::time::Time;

/// What a pair of kinds means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pair {
    /// They conflict.
    Conflict,
    /// Both owners are told.
    Told,
}

/// A declaration as it is to be, before it stands in the ledger.
pub(crate) struct Filing<'a> {
    pub(crate) id: DeclarationId,
    pub(crate) version: Version,
    pub(crate) terms: Terms<'a>,
    pub(crate) placed: &'a PlacedVolumes,
    /// What it will be called in its next conflict.
    pub(crate) handle: Handle,
}

/// Why a declaration is compared.
#[derive(Clone, Copy)]
pub(crate) struct Cause<'a> {
    /// Whose statement it was; `None`: nobody's filing, the rules changed.
    pub(crate) by: Option<&'a PartyId>,
    pub(crate) now: Time,
    /// The index that the first finding will have.
    pub(crate) first_entry: u64,
    /// With which others; `None`: with all, since it was filed. What is only compared anew tells nobody
    /// that a zone lies over a site: that was told when the later of them was filed.
    pub(crate) anew_with: Option<&'a dyn Fn(DeclarationId) -> bool>,
}

/// A pair that conflicts or of which both owners are told.
struct Hit {
    pair: Pair,
    extent: Extent,
}

/// What a filing leads to.
#[derive(Default)]
pub(crate) struct Detection {
    pub(crate) findings: Vec<Finding>,
    /// The versions with which it conflicts and which its author may see.
    pub(crate) visible: BTreeSet<Version>,
}

impl State {
    /// What follows for all conflicts of a declaration when it is filed so.
    ///
    /// Findings never stand in the order of declarations: it is always the same, and would tell which
    /// conflicts of two filings are with one declaration.
    pub(crate) fn detect(&self, filing: &Filing<'_>, cause: Cause<'_>) -> Detection {
        let Some(finder) = self.finder() else { return Detection::default() };
        let compared = |other: &DeclarationId| cause.anew_with.is_none_or(|with| with(*other));
        let mut found = Detection::default();
        let mut open = self.open_conflicts(filing.id);
        open.retain(|other, _| compared(other));
        let mut hits: Vec<(Handle, DeclarationId, Hit)> = finder
            .near(filing.placed)
            .into_iter()
            .filter(compared)
            .filter_map(|other| {
                let hit = self.hit(filing, other, &finder.judging, cause.now)?;
                Some((self.ledger().declarations.get(&other)?.next_handle(), other, hit))
            })
            .collect();
        hits.sort_unstable_by_key(|(handle, ..)| *handle);
        let mut handle = filing.handle;
        let mut changed: BTreeMap<ConflictId, Extent> = BTreeMap::new();
        let by = || cause.by.cloned();
        for (_, other, Hit { pair, extent }) in hits {
            let theirs = &self.ledger().declarations[&other];
            if self.ledger().may_see(filing.terms.owner, theirs.terms()) {
                found.visible.insert(theirs.version);
            }
            // What conflicted and need only be told from now on is left among the old conflicts.
            let known = (pair == Pair::Conflict).then(|| open.remove(&other)).flatten();
            if let Some(conflict) = known {
                if self.ledger().conflicts[&conflict].extent != extent {
                    changed.insert(conflict, extent);
                }
                continue;
            }
            if pair == Pair::Told && cause.anew_with.is_some() {
                continue;
            }
            let sides = self.sides(filing, handle, other, theirs);
            handle = handle.after(filing.version, sides[1].handle);
            let entry = cause.first_entry + found.findings.len() as u64;
            found.findings.push(match pair {
                Pair::Conflict => {
                    let conflict = Conflict::named([sides[0].handle, sides[1].handle], entry);
                    Finding::ConflictOpened { conflict, sides, extent, by: by() }
                }
                Pair::Told => Finding::ZoneOverlaps { sides, extent, by: by() },
            });
        }
        let changed = changed.into_iter();
        found.findings.extend(changed.map(|(conflict, extent)| Finding::ConflictChanged {
            conflict,
            extent,
            by: by(),
        }));
        // What is left of the old conflicts is none any more.
        found.findings.extend(resolved(open, cause.by));
        let probing = self.probing(&found.findings, cause.by, cause.now);
        found.findings.extend(probing);
        found
    }

    /// What follows when a declaration is no more.
    pub(crate) fn resolve_all(&self, id: DeclarationId, by: &PartyId, now: Time) -> Vec<Finding> {
        let mut findings = resolved(self.open_conflicts(id), Some(by));
        findings.extend(self.probing(&findings, Some(by), now));
        findings
    }

    /// The conflicts of a declaration that are not over, by the other declaration.
    fn open_conflicts(&self, id: DeclarationId) -> BTreeMap<DeclarationId, ConflictId> {
        let finder = self.finder();
        let of = finder.into_iter().flat_map(|finder| finder.conflicts(id));
        of.filter_map(|conflict| {
            let between = self.ledger().conflicts.get(&conflict)?.between;
            let other = between.into_iter().flatten().find(|other| *other != id)?;
            Some((other, conflict))
        })
        .collect()
    }

    fn hit(
        &self,
        filing: &Filing<'_>,
        other: DeclarationId,
        judging: &Judging,
        now: Time,
    ) -> Option<Hit> {
        let theirs = self.ledger().declarations.get(&other).filter(|_| other != filing.id)?;
        let pair = self.pair(filing.terms, theirs.terms())?;
        let placed = self.finder()?.placed(other)?;
        let ledger = self.ledger();
        let we_see = ledger.may_see(filing.terms.owner, theirs.terms());
        let they_see = ledger.may_see(&theirs.owner, filing.terms);
        let widen = |side, k| widened(side, k, judging);
        let mut extent: Option<Extent> = None;
        for (i, ours) in filing.placed.volumes.iter().enumerate() {
            for (j, its) in placed.volumes.iter().enumerate() {
                let certainty = if we_see && they_see {
                    Certainty::of(relation(ours, its, &judging.rules))
                } else {
                    let meets = match (we_see, they_see) {
                        (false, true) => widen(placed, j).meets(ours, &judging.rules),
                        (true, false) => widen(filing.placed, i).meets(its, &judging.rules),
                        // Neither side may learn anything of the other as it is.
                        _ => near(&widen(filing.placed, i), &widen(placed, j), judging),
                    };
                    meets.then(|| Certainty::Possible([Doubt::SharingGrid].into()))
                };
                let Some(certainty) = certainty else { continue };
                let part = shared(&widen(filing.placed, i), &widen(placed, j), certainty, judging);
                if part.until.is_none_or(|until| until >= now) {
                    extent = Some(match extent {
                        None => part,
                        Some(whole) => whole.and(part),
                    });
                }
            }
        }
        Some(Hit { pair, extent: extent?.bounded() })
    }

    /// What the pair means, by kinds and owners.
    fn pair(&self, a: Terms<'_>, b: Terms<'_>) -> Option<Pair> {
        use Kind::{Movement, Operation, Site, Zone};
        let within = self.ledger().charter.as_ref().is_some_and(|c| c.rules.within_party);
        if a.owner == b.owner && !within {
            return None;
        }
        match (a.declared.kind(), b.declared.kind()) {
            (Operation, Operation | Site | Movement) | (Site | Movement, Operation) => {
                Some(Pair::Conflict)
            }
            (Zone, Operation | Site | Movement) => self.zone_with(a, b),
            (Operation | Site | Movement, Zone) => self.zone_with(b, a),
            (Zone, Zone) | (Site | Movement, Site | Movement) => None,
        }
    }

    fn zone_with(&self, zone: Terms<'_>, other: Terms<'_>) -> Option<Pair> {
        let binds = self.ledger().bound_by(zone.declared).contains(other.owner);
        match other.declared.kind() {
            Kind::Operation => binds.then_some(Pair::Conflict),
            Kind::Movement if binds => Some(Pair::Conflict),
            // A zone binds no site, and nobody else's movement.
            _ => Some(Pair::Told),
        }
    }

    fn sides(
        &self,
        filing: &Filing<'_>,
        handle: Handle,
        other: DeclarationId,
        theirs: &Declaration,
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
                handle: theirs.next_handle(),
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
        finder
            .interested(volumes.clone())
            .into_iter()
            .filter_map(|((party, interest), area)| {
                let set = self.ledger().interests.get(&party)?.get(&interest)?;
                let wanted = set.kinds.contains(&kind) && self.ledger().may_see(&party, terms);
                let meets = |v: &Volume| {
                    relation(area, v, &finder.judging.rules).relation != Relation::Apart
                };
                (wanted && volumes.clone().any(meets)).then(|| Finding::InterestTouched {
                    count: set.count + 1,
                    party,
                    interest,
                    declaration: id,
                    version,
                })
            })
            .collect()
    }
}

/// That a change resolved these conflicts, in the order of their names.
fn resolved(open: BTreeMap<DeclarationId, ConflictId>, by: Option<&PartyId>) -> Vec<Finding> {
    let conflicts: BTreeSet<ConflictId> = open.into_values().collect();
    let resolved = |conflict| Finding::ConflictResolved { conflict, by: by.cloned() };
    conflicts.into_iter().map(resolved).collect()
}
