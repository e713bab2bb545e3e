//! Whether a party's filings raise more conflicts in one place than the rules allow before others are
//! told.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::DAY_S;
use crate::entry::{Extent, Finding, GridCell, Side};
use crate::ledger::{Ledger, ProbingTally, block};
use crate::names::PartyId;
use crate::state::State;
use crate::time::Time;

/// What findings raise in one block of cells.
struct Block {
    cell: GridCell,
    count: u32,
    touched: BTreeSet<PartyId>,
}

impl State {
    /// Who is to be told that these findings, with those before them on the same day, are more than
    /// a party may raise in a block of cells. Everybody whom they touched on that day is told once, and
    /// each in an entry of its own: whom else they touched is no business of theirs.
    pub(crate) fn probing(
        &self,
        findings: &[Finding],
        by: Option<&PartyId>,
        now: Time,
    ) -> Vec<Finding> {
        let (Some(charter), Some(by)) = (&self.ledger().charter, by) else { return Vec::new() };
        let budget = charter.rules.probing_a_day;
        let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
        for finding in findings {
            let Some((extent, touched)) = self.ledger().raised_by(finding, by) else { continue };
            let Some(&cell) = extent.cells.first() else { continue };
            let empty = || Block { cell, count: 0, touched: BTreeSet::new() };
            let raised = blocks.entry(block(cell)).or_insert_with(empty);
            raised.count = raised.count.saturating_add(1);
            raised.touched.extend(touched);
        }
        let mut told = Vec::new();
        for (name, Block { cell, count, touched }) in blocks {
            let day = day_of(now);
            let before = self.ledger().probing.get(by).and_then(|blocks| blocks.get(&name));
            let before = before.filter(|before| before.day == day);
            let filings = before.map_or(0, |before| before.count).saturating_add(count);
            if filings <= budget {
                continue;
            }
            let earlier = before.into_iter().flat_map(|before| &before.touched).cloned();
            let all: BTreeSet<PartyId> = touched.into_iter().chain(earlier).collect();
            let knows = |party: &PartyId| before.is_some_and(|before| before.told.contains(party));
            told.extend(
                all.into_iter().filter(|party| !knows(party)).map(|touched| Finding::Probing {
                    party: by.clone(),
                    cell,
                    filings,
                    touched,
                }),
            );
        }
        told
    }
}

impl Ledger {
    /// The extent of a conflict or overlay that a finding raises, changes or ends, and the other parties that
    /// it touches; `None` where it touches nobody else.
    fn raised_by<'a>(
        &'a self,
        finding: &'a Finding,
        by: &PartyId,
    ) -> Option<(&'a Extent, BTreeSet<PartyId>)> {
        let (extent, sides): (&Extent, &[Side; 2]) = match finding {
            Finding::ConflictOpened { sides, extent, .. }
            | Finding::OverlayOpened { sides, extent, .. } => (extent, sides),
            Finding::ConflictChanged { conflict, extent, .. } => {
                (extent, &self.conflicts.get(conflict)?.sides)
            }
            Finding::ConflictResolved { conflict, .. } => {
                let before = self.conflicts.get(conflict)?;
                (&before.extent, &before.sides)
            }
            Finding::OverlayChanged { overlay, extent, .. } => {
                (extent, &self.overlays.get(overlay)?.sides)
            }
            Finding::OverlayEnded { overlay, .. } => {
                let before = self.overlays.get(overlay)?;
                (&before.extent, &before.sides)
            }
            _ => return None,
        };
        let others = sides.iter().map(|side| &side.party).filter(|party| *party != by);
        let touched: BTreeSet<PartyId> = others.cloned().collect();
        (!touched.is_empty()).then_some((extent, touched))
    }

    /// Counts what a party's filing raised.
    pub(crate) fn count_raised(&mut self, finding: &Finding, by: Option<&PartyId>, at: Time) {
        let Some(by) = by else { return };
        let Some((extent, touched)) = self.raised_by(finding, by) else { return };
        let Some(&cell) = extent.cells.first() else { return };
        let raised = self.raised(by, cell, at);
        raised.count = raised.count.saturating_add(1);
        raised.touched.extend(touched);
    }

    /// That a party was told.
    pub(crate) fn told_of_probing(&mut self, by: &PartyId, cell: GridCell, to: &PartyId, at: Time) {
        self.raised(by, cell, at).told.insert(to.clone());
    }

    /// What a party's filings raised in a cell's block on a day.
    fn raised(&mut self, by: &PartyId, cell: GridCell, at: Time) -> &mut ProbingTally {
        let day = day_of(at);
        let blocks = self.probing.entry(by.clone()).or_default();
        let raised = blocks.entry(block(cell)).or_default();
        let raised = raised.get_mut();
        if raised.day != day {
            *raised = ProbingTally { day, ..ProbingTally::default() };
        }
        raised
    }
}

/// Days since 1970-01-01.
fn day_of(at: Time) -> i64 {
    at.seconds().div_euclid(DAY_S)
}
