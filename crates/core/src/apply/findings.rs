//! What a finding changes, and who may read it.

use std::collections::{BTreeMap, BTreeSet};

use imbl::Vector;

use super::{Effects, ItemChange};
use crate::channel::LapseEntry;
use crate::entry::{Extent, Finding, Side};
use crate::ledger::{
    Condition, Conflict, ConflictEnd, Disclosure, Ledger, Overlay, OverlayEnd, Precision,
};
use crate::names::{ConflictId, DeclarationId, Handle, OverlayId};
use crate::shared::Joint;
use crate::time::Time;

impl Ledger {
    pub(super) fn found(&mut self, index: u64, cause: u64, at: Time, finding: &Finding) -> Effects {
        match finding {
            Finding::ConflictOpened { conflict, sides, extent, by } => {
                let changed = self.open((index, cause), at, *conflict, sides, extent);
                self.count_raised(finding, by.as_ref(), at);
                Effects { readers: self.told(sides), grants: Vec::new(), changed }
            }
            Finding::ConflictChanged { conflict, extent, by } => {
                self.count_raised(finding, by.as_ref(), at);
                self.change_conflict(index, conflict, |c| {
                    // What was read, said and accepted was about another conflict.
                    c.extent = extent.clone();
                    c.changed = Some(at);
                    c.noticed.clear();
                    c.contact = None;
                    c.accepted.clear();
                    c.contact_overdue = false;
                })
            }
            Finding::ConflictResolved { conflict, by } => {
                self.count_raised(finding, by.as_ref(), at);
                self.change_conflict(index, conflict, |c| {
                    c.closed = Some((at, ConflictEnd::Resolved))
                })
            }
            Finding::ConflictExpired { conflict } => self
                .change_conflict(index, conflict, |c| c.closed = Some((at, ConflictEnd::Expired))),
            Finding::ContactOverdue { conflict } => {
                self.change_conflict(index, conflict, |c| c.contact_overdue = true)
            }
            Finding::SiteLapsed { site } => {
                let Some(declaration) = self.declarations.get_mut(site) else {
                    return Effects::default();
                };
                let declaration = declaration.get_mut();
                if let Condition::Site { lapsed, .. } = &mut declaration.condition {
                    *lapsed = true;
                }
                declaration.told_by(index);
                let declaration = &self.declarations[site];
                let changed = declaration.changed(*site).into_iter().collect();
                Effects { readers: self.who_sees(declaration), grants: Vec::new(), changed }
            }
            Finding::InterestTouched { party, interests, .. } => {
                if let Some(own) = self.interests.get_mut(party) {
                    for interest in interests {
                        if let Some(set) = own.get_mut(interest) {
                            let set = set.get_mut();
                            set.count = set.count.saturating_add(1);
                        }
                    }
                }
                Effects { readers: [party.clone()].into(), ..Effects::default() }
            }
            Finding::Probing { party, cell, touched, .. } => {
                self.told_of_probing(party, *cell, touched, at);
                let readers = [party, touched].into_iter().chain(self.host()).cloned().collect();
                Effects { readers, ..Effects::default() }
            }
            Finding::HeldByLeaver { owner, .. } => {
                Effects { readers: [owner.clone()].into(), ..Effects::default() }
            }
            Finding::OverlayOpened { overlay, sides, extent, by } => {
                let changed = self.lay_over((index, cause), at, *overlay, sides, extent);
                self.count_raised(finding, by.as_ref(), at);
                Effects { readers: self.told(sides), grants: Vec::new(), changed }
            }
            Finding::OverlayChanged { overlay, extent, by } => {
                self.count_raised(finding, by.as_ref(), at);
                let mut effects =
                    self.change_overlay(index, overlay, |o| o.extent = extent.clone());
                effects.changed.extend(self.told_anew(cause, overlay));
                effects
            }
            Finding::OverlayEnded { overlay, by } => {
                self.count_raised(finding, by.as_ref(), at);
                self.change_overlay(index, overlay, |o| o.closed = Some((at, OverlayEnd::Changed)))
            }
            Finding::OverlayExpired { overlay } => {
                self.change_overlay(index, overlay, |o| o.closed = Some((at, OverlayEnd::Expired)))
            }
            Finding::MessageLapse { message, party, lapse, due } => {
                let found = LapseEntry { lapse: *lapse, due: *due, found: at };
                self.message_lapses(index, *message, party, found)
            }
            Finding::CellNotice { .. } => self.tell_by_cell((index, cause), at, finding),
            Finding::MovementOverdue { .. } => self.tell_overdue(index, at, finding),
            Finding::CellNoticeEnded { notice } | Finding::MovementOverdueEnded { notice } => {
                self.end_notice(index, at, *notice)
            }
            Finding::PromiseMet { message, party } => self.promise_met(index, *message, party),
            Finding::UnitsNotTold { movement, due } => self.warn_of_units(*movement, *due),
            Finding::Disclosures { comparing, .. } => {
                self.unsealed.clear();
                self.comparing = *comparing;
                Effects { readers: self.readers(), ..Effects::default() }
            }
            Finding::Erased { of, .. } => {
                let effects = self.forget(of);
                // What is forgotten may have been the latest by a clock that was set back since.
                self.now = Some(at);
                effects
            }
            Finding::Comparing { statement, reached } => self.comparing(*statement, *reached),
            Finding::Compared { statement } => self.compared(*statement),
            Finding::Resumed { .. } => Effects { readers: self.readers(), ..Effects::default() },
        }
    }

    fn open(
        &mut self,
        (index, cause): (u64, u64),
        at: Time,
        id: ConflictId,
        sides: &[Side; 2],
        extent: &Extent,
    ) -> Vec<ItemChange> {
        let between = self.reveal_sides(cause, sides);
        let conflict = Conflict {
            sides: sides.clone(),
            between,
            extent: extent.clone(),
            opened: at,
            owner: None,
            noticed: BTreeMap::new(),
            contact: None,
            accepted: BTreeSet::new(),
            contact_overdue: false,
            changed: None,
            closed: None,
            entries: Vector::unit(index),
        };
        let mut changed = self.changed(between);
        changed.extend(conflict.changed(id));
        self.conflicts.insert(id, Joint::new(conflict));
        changed
    }

    fn lay_over(
        &mut self,
        (index, cause): (u64, u64),
        at: Time,
        id: OverlayId,
        sides: &[Side; 2],
        extent: &Extent,
    ) -> Vec<ItemChange> {
        let between = self.reveal_sides(cause, sides);
        let overlay = Overlay {
            sides: sides.clone(),
            between,
            extent: extent.clone(),
            opened: at,
            closed: None,
            entries: Vector::unit(index),
        };
        let mut changed = self.changed(between);
        changed.extend(overlay.changed(id));
        self.overlays.insert(id, Joint::new(overlay));
        changed
    }

    /// That these declarations changed.
    fn changed(&self, declarations: [Option<DeclarationId>; 2]) -> Vec<ItemChange> {
        let changed = |id: DeclarationId| self.declarations.get(&id)?.changed(id);
        declarations.into_iter().flatten().filter_map(changed).collect()
    }

    /// Both sides are told of each other; which declarations they are, as far as this ledger knows.
    fn reveal_sides(&mut self, cause: u64, sides: &[Side; 2]) -> [Option<DeclarationId>; 2] {
        let between = [0, 1].map(|i| self.take_handle(&sides[i], sides[1 - i].handle));
        self.disclose_sides(cause, sides, between);
        between
    }

    /// Each side was told of the other's present version, on the grid.
    fn disclose_sides(
        &mut self,
        cause: u64,
        sides: &[Side; 2],
        between: [Option<DeclarationId>; 2],
    ) {
        for (told, about) in [(0, 1), (1, 0)] {
            let Some(declaration) = between[about] else { continue };
            let Some(other) = self.declarations.get(&declaration) else { continue };
            if sides[told].party != other.owner {
                let (party, precision) = (sides[told].party.clone(), Precision::Grid);
                self.record(declaration, Disclosure { party, precision, cause, consent: None });
            }
        }
    }

    /// The sides of an overlay that is another one were told of each other's present versions. What changed by that.
    fn told_anew(&mut self, cause: u64, id: &OverlayId) -> Vec<ItemChange> {
        let Some(overlay) = self.overlays.get(id) else { return Vec::new() };
        let (sides, between) = (overlay.sides.clone(), overlay.between);
        self.disclose_sides(cause, &sides, between);
        self.changed(between)
    }

    /// Which declaration a side is, as far as this ledger knows; its next conflict gets another handle.
    fn take_handle(&mut self, side: &Side, other: Handle) -> Option<DeclarationId> {
        let Some(id) = self.handles.remove(&side.handle) else { return side.declaration };
        if let Some(declaration) = self.declarations.get_mut(&id) {
            let next = side.handle.after(declaration.version, other);
            declaration.get_mut().handle = Some(next);
            self.handles.insert(next, id);
        }
        Some(id)
    }
}
