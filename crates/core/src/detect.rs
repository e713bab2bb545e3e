//! Which declarations conflict, and what both sides may know of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use deconflict_geometry::{
    Band, EdgeRule, Footprint, Polygon, Relation, Volume, Widened, Window, relation,
};

use crate::declared::Kind;
use crate::entry::{Certainty, Doubt, Extent, Finding, GridCell, MAX_CELLS, Side};
use crate::finder::{Judging, Placed};
use crate::ledger::{Conflict, Declaration, Raised, Terms, block};
use crate::names::{ConflictId, DeclarationId, PartyId, Version};
use crate::state::State;
use crate::time::{SECOND_NS, Time};

use crate::apply::DAY_S;

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
    pub(crate) terms: Terms<'a>,
    pub(crate) placed: Placed,
    /// How many conflicts it has been in.
    pub(crate) conflicts: u64,
}

/// A pair that conflicts or of which both owners are told.
struct Hit {
    pair: Pair,
    extent: Extent,
}

/// What a filing leads to.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    /// The versions with which it conflicts and which its author may see.
    pub(crate) visible: BTreeSet<Version>,
}

impl State {
    /// What follows for all conflicts of a declaration when it is filed so. `first_entry` is the index
    /// that the first finding will have; `by` is whose statement it was.
    pub(crate) fn detect(
        &self,
        filing: &Filing<'_>,
        by: &PartyId,
        now: Time,
        first_entry: u64,
    ) -> Found {
        let Some(finder) = self.finder() else { return Found::default() };
        let mut found = Found::default();
        let mut open = self.open_conflicts(filing.id);
        let mut handles = filing.conflicts;
        for other in finder.near(&filing.placed) {
            let Some(hit) = self.hit(filing, other, &finder.judging, now) else { continue };
            let theirs = &self.ledger().declarations[&other];
            if self.ledger().may_see(filing.terms.owner, theirs.terms()) {
                found.visible.insert(theirs.version);
            }
            let entry = first_entry + found.findings.len() as u64;
            // What conflicted and need only be told from now on is left among the old conflicts.
            let known = (hit.pair == Pair::Conflict).then(|| open.remove(&other)).flatten();
            match (hit.pair, known) {
                (Pair::Conflict, Some(conflict)) => {
                    if self.ledger().conflicts[&conflict].extent != hit.extent {
                        let (extent, by) = (hit.extent, by.clone());
                        found.findings.push(Finding::ConflictChanged { conflict, extent, by });
                    }
                }
                (Pair::Conflict, None) => {
                    let sides = self.sides(filing, handles, other, theirs);
                    handles += 1;
                    let conflict = Conflict::named([sides[0].handle, sides[1].handle], entry);
                    let extent = hit.extent;
                    found.findings.push(Finding::ConflictOpened { conflict, sides, extent });
                }
                (Pair::Told, _) => {
                    let sides = self.sides(filing, handles, other, theirs);
                    handles += 1;
                    let extent = hit.extent;
                    found.findings.push(Finding::ZoneOverlaps { sides, extent });
                }
            }
        }
        // What is left of the old conflicts is none any more.
        for conflict in open.into_values() {
            found.findings.push(Finding::ConflictResolved { conflict, by: by.clone() });
        }
        let probing = self.probing(&found.findings, by, now);
        found.findings.extend(probing);
        found
    }

    /// What follows when a declaration is no more.
    pub(crate) fn resolve_all(&self, id: DeclarationId, by: &PartyId, now: Time) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .open_conflicts(id)
            .into_values()
            .map(|conflict| Finding::ConflictResolved { conflict, by: by.clone() })
            .collect();
        findings.extend(self.probing(&findings, by, now));
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
                    let meets = (!we_see && widen(placed, j).meets(ours, &judging.rules))
                        || (!they_see && widen(&filing.placed, i).meets(its, &judging.rules));
                    meets.then(|| Certainty::Possible([Doubt::SharingGrid].into()))
                };
                let Some(certainty) = certainty else { continue };
                let part = shared(&widen(&filing.placed, i), &widen(placed, j), certainty, judging);
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
        handles: u64,
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
                handle: Declaration::next_handle(filing.id, handles),
            },
            Side {
                party: theirs.owner.clone(),
                kind: theirs.declared.kind(),
                declaration: we_see.then_some(other),
                handle: Declaration::next_handle(other, theirs.conflicts),
            },
        ]
    }

    /// Whether these findings use up what a party may raise in a block of cells before others are
    /// told.
    fn probing(&self, findings: &[Finding], by: &PartyId, now: Time) -> Vec<Finding> {
        let Some(charter) = &self.ledger().charter else { return Vec::new() };
        let budget = charter.rules.probing_a_day;
        let day = now.seconds().div_euclid(DAY_S);
        let mut blocks: BTreeMap<String, (GridCell, u32, BTreeSet<PartyId>)> = BTreeMap::new();
        for finding in findings {
            let Some((extent, others)) = self.raised_by(finding, by) else { continue };
            let Some(cell) = extent.cells.first() else { continue };
            let (_, count, touched) =
                blocks.entry(block(*cell)).or_insert_with(|| (*cell, 0, BTreeSet::new()));
            *count += 1;
            touched.extend(others);
        }
        let spent = |name: &String| {
            self.ledger()
                .probing
                .get(by)
                .and_then(|blocks| blocks.get(name))
                .filter(|raised| raised.day == day)
                .map_or(0, |Raised { count, .. }| *count)
        };
        blocks
            .into_iter()
            .filter_map(|(name, (cell, count, touched))| {
                let (before, after) = (spent(&name), spent(&name).saturating_add(count));
                (before <= budget && after > budget).then(|| Finding::Probing {
                    party: by.clone(),
                    cell,
                    filings: after,
                    touched,
                })
            })
            .collect()
    }

    /// The extent of a conflict that a finding raises, changes or resolves, and the other sides.
    fn raised_by<'a>(
        &'a self,
        finding: &'a Finding,
        by: &PartyId,
    ) -> Option<(&'a Extent, Vec<PartyId>)> {
        let others = |sides: &[Side; 2]| {
            sides.iter().map(|s| s.party.clone()).filter(|party| party != by).collect()
        };
        match finding {
            Finding::ConflictOpened { sides, extent, .. } => Some((extent, others(sides))),
            Finding::ConflictChanged { conflict, extent, .. } => {
                let before = self.ledger().conflicts.get(conflict)?;
                Some((extent, others(&before.sides)))
            }
            Finding::ConflictResolved { conflict, .. } => {
                let before = self.ledger().conflicts.get(conflict)?;
                Some((&before.extent, others(&before.sides)))
            }
            _ => None,
        }
    }

    /// The interests that a change touches: their parties may see it, and it lies in their area.
    pub(crate) fn touched(
        &self,
        id: DeclarationId,
        version: Version,
        terms: Terms<'_>,
        volumes: &[Volume],
    ) -> Vec<Finding> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let kind = terms.declared.kind();
        finder
            .interested(volumes)
            .into_iter()
            .filter_map(|((party, interest), area)| {
                let set = self.ledger().interests.get(&party)?.get(&interest)?;
                let wanted = set.kinds.contains(&kind) && self.ledger().may_see(&party, terms);
                let meets = |v: &Volume| {
                    relation(area, v, &finder.judging.rules).relation != Relation::Apart
                };
                (wanted && volumes.iter().any(meets)).then(|| Finding::InterestTouched {
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

/// A volume as those may know it who may not see it. What is open is widened when it is needed: by a
/// party that left it may not be seen.
fn widened<'a>(side: &'a Placed, k: usize, judging: &Judging) -> Cow<'a, Widened> {
    match &side.widened {
        Some(widened) => Cow::Borrowed(&widened[k]),
        None => Cow::Owned(judging.grid.widen(&side.volumes[k], &judging.rules.heights)),
    }
}

/// What two widened volumes that conflict have in common; where a separation is required they may
/// have no cell in common, and then it is the cells that come too near.
fn shared(a: &Widened, b: &Widened, certainty: Certainty, judging: &Judging) -> Extent {
    if let Some(common) = a.common(b) {
        return Extent {
            cells: common.cells().iter().map(|cell| GridCell::from(*cell)).collect(),
            from: common.window().from().map(Time),
            until: common.window().until().map(Time),
            lower_m: common.lower_m(),
            upper_m: common.upper_m(),
            certainty,
        };
    }
    let near = |own: &Widened, other: &Widened| -> Vec<GridCell> {
        let meets = |cell: &&deconflict_geometry::Cell| {
            let outline = vec![cell.outline().to_vec()];
            let Ok(polygon) = Polygon::new(outline, EdgeRule::LonLat) else { return true };
            let footprint = Footprint::Polygons(vec![polygon]);
            let window = Window::ALWAYS;
            other.meets(&Volume { footprint, band: Band::UNLIMITED, window }, &judging.rules)
        };
        own.cells().iter().filter(meets).map(|cell| GridCell::from(*cell)).collect()
    };
    let mut cells = near(a, b);
    cells.extend(near(b, a));
    let windows = [a.window(), b.window()];
    let from = windows.iter().filter_map(|w| w.from()).max();
    let until = windows.iter().filter_map(|w| w.until()).min();
    // Windows that only come near each other: from the end of the one to the beginning of the other.
    let (from, until) = match (from, until) {
        (Some(from), Some(until)) if until < from => (Some(until), Some(from)),
        both => both,
    };
    let lower = a.lower_m().max(b.lower_m());
    let upper = match (a.upper_m(), b.upper_m()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let (lower_m, upper_m) = match (lower, upper) {
        (Some(lower), Some(upper)) if upper < lower => (Some(upper), Some(lower)),
        both => both,
    };
    Extent { cells, from: from.map(Time), until: until.map(Time), lower_m, upper_m, certainty }
}

impl Extent {
    /// Around both.
    fn and(mut self, other: Extent) -> Extent {
        self.cells.extend(other.cells);
        self.from = self.from.zip(other.from).map(|(a, b)| a.min(b));
        self.until = self.until.zip(other.until).map(|(a, b)| a.max(b));
        self.lower_m = self.lower_m.zip(other.lower_m).map(|(a, b)| a.min(b));
        self.upper_m = self.upper_m.zip(other.upper_m).map(|(a, b)| a.max(b));
        self.certainty = self.certainty.or(other.certainty);
        self
    }

    fn bounded(mut self) -> Extent {
        self.cells.sort_unstable();
        self.cells.dedup();
        self.cells.truncate(MAX_CELLS);
        self
    }

    /// Seconds until it begins, not positive when it has begun; `None`: since ever.
    pub fn starts_in_s(&self, now: Time) -> Option<i64> {
        self.from.map(|from| from.0.nanos().saturating_sub(now.0.nanos()).div_euclid(SECOND_NS))
    }
}
