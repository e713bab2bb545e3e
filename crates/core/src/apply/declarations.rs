//! Declarations, their versions and ends, agreement about zones, and who was given what.

use imbl::Vector;

use super::{DAY_S, Effects, Utterance};
use crate::declared::{DeclarationContent, Movement, OperationState};
use crate::ledger::{
    Condition, Declaration, Disclosure, Earlier, Ledger, ParticipationState, Precision, Standing,
    UnsignedEnd, VersionDisclosure,
};
use crate::names::{DeclarationId, Handle, PartyId, Version};
use crate::say::{Ending, Sharing};
use crate::shared::Joint;
use crate::time::Time;

impl Ledger {
    pub(super) fn declare(
        &mut self,
        by: &Utterance<'_>,
        declared: &DeclarationContent,
        sharing: &Sharing,
    ) -> Effects {
        self.version(by, DeclarationId(by.statement.hash), declared, sharing)
    }

    pub(super) fn amend(
        &mut self,
        by: &Utterance<'_>,
        id: DeclarationId,
        declared: &DeclarationContent,
        sharing: &Sharing,
    ) -> Effects {
        self.version(by, id, declared, sharing)
    }

    pub(super) fn share(
        &mut self,
        by: &Utterance<'_>,
        id: DeclarationId,
        sharing: &Sharing,
    ) -> Effects {
        self.change_declaration(by, id, |d| {
            (d.sharing, d.shared) = (sharing.clone(), Some(by.index));
            d.spoken_for(&by.authority);
        })
    }

    pub(super) fn end(&mut self, by: &Utterance<'_>, id: DeclarationId, how: Ending) -> Effects {
        self.change_declaration(by, id, |d| {
            if d.ends_by_key_alone(&by.authority) {
                d.unsigned_end = Some(UnsignedEnd { at: by.at, how, entry: by.index });
                return;
            }
            d.ended = Some((by.at, how));
            if let Condition::Operation { state, .. } = &mut d.condition {
                *state = OperationState::Ended;
            }
        })
    }

    pub(super) fn set_state(
        &mut self,
        by: &Utterance<'_>,
        id: DeclarationId,
        next: OperationState,
    ) -> Effects {
        self.change_declaration(by, id, |d| {
            if next == OperationState::Ended && d.ends_by_key_alone(&by.authority) {
                let how = Ending::Ended;
                d.unsigned_end = Some(UnsignedEnd { at: by.at, how, entry: by.index });
                return;
            }
            if let Condition::Operation { state, entry } = &mut d.condition {
                (*state, *entry) = (next, Some(by.index));
            }
            d.spoken_for(&by.authority);
            if next == OperationState::Ended {
                d.ended = Some((by.at, Ending::Ended));
            }
        })
    }

    pub(super) fn reconfirm(&mut self, by: &Utterance<'_>, id: DeclarationId) -> Effects {
        let until = self.confirmed_until(by.at);
        self.change_declaration(by, id, |d| {
            if let Condition::Site { confirmed_until, lapsed } = &mut d.condition {
                (*confirmed_until, *lapsed) = (until, false);
            }
            d.spoken_for(&by.authority);
        })
    }

    pub(super) fn agree(&mut self, by: &Utterance<'_>, zone: DeclarationId) -> Effects {
        let (at, key, entry) = (by.at, by.statement.key, by.index);
        let left = self.left_after(by.party, entry);
        let standing = left.unwrap_or(Standing::Agreed { at, by: key, entry });
        self.change_declaration(by, zone, |d| {
            d.stands(by.party, standing);
            d.vouch();
        })
    }

    pub(super) fn dispute(
        &mut self,
        by: &Utterance<'_>,
        zone: DeclarationId,
        point: &str,
        own_text: &str,
    ) -> Effects {
        let (point, own_text) = (point.to_owned(), own_text.to_owned());
        self.set_standing(by, zone, Standing::Disputed { at: by.at, point, own_text })
    }

    pub(super) fn unsign(
        &mut self,
        by: &Utterance<'_>,
        zone: DeclarationId,
        reason: &str,
    ) -> Effects {
        let reason = reason.to_owned();
        self.set_standing(by, zone, Standing::Withdrew { at: by.at, reason })
    }

    /// A new version of a declaration, or its first.
    fn version(
        &mut self,
        by: &Utterance<'_>,
        id: DeclarationId,
        declared: &DeclarationContent,
        sharing: &Sharing,
    ) -> Effects {
        let version = Version(by.statement.hash);
        let handle = Handle::first(version);
        // To look for what is not there would copy the way to it.
        let known = self.declarations.contains_key(&id);
        let before = known.then(|| self.declarations.remove(&id)).flatten();
        let owner = before.as_ref().map_or(by.party, |d| &d.owner).clone();
        let condition = self.condition(by, declared, before.as_deref(), &owner);
        let mut entries = Vector::unit(by.index);
        if let Condition::Operation { entry, .. } = &condition {
            entries.extend(*entry);
        }
        let mut declaration = Declaration {
            owner,
            authority: by.authority.clone(),
            vouched: false,
            version,
            at: by.at,
            past: Vector::new(),
            sharing: sharing.clone(),
            shared: None,
            condition,
            ended: None,
            unsigned_end: None,
            entries,
            handle: Some(handle),
            declared: Joint::new(declared.clone()),
            disclosed: Vec::new(),
            statements: Vector::new(),
        };
        if let Some(before) = before {
            let Declaration { version, handle, past, disclosed, statements, .. } =
                before.into_inner();
            (declaration.past, declaration.statements) = (past, statements);
            declaration.past.push_back(Joint::new(Earlier { version, disclosed }));
            handle.map(|earlier| self.handles.remove(&earlier));
        }
        self.handles.insert(handle, id);
        declaration.note_statement(by);
        let readers = self.who_sees(&declaration);
        let changed = declaration.changed(id).into_iter().collect();
        self.declarations.insert(id, Joint::new(declaration));
        self.disclose(id, by);
        Effects { readers, grants: Vec::new(), changed }
    }

    /// A change of a declaration, and who may see it from now on.
    fn change_declaration(
        &mut self,
        by: &Utterance<'_>,
        id: DeclarationId,
        change: impl FnOnce(&mut Declaration),
    ) -> Effects {
        let Some(declaration) = self.declarations.get(&id) else { return Effects::default() };
        let before = self.who_sees(declaration);
        let earlier = declaration.entries.clone();
        let Some(declaration) = self.declarations.get_mut(&id) else { return Effects::default() };
        let declaration = declaration.get_mut();
        change(declaration);
        declaration.told_by(by.index);
        declaration.note_statement(by);
        let declaration = &self.declarations[&id];
        let after = self.who_sees(declaration);
        let changed = declaration.changed(id).into_iter().collect();
        self.disclose(id, by);
        let newly = after.difference(&before);
        Effects {
            grants: newly.map(|party| (party.clone(), earlier.clone())).collect(),
            readers: before.union(&after).cloned().collect(),
            changed,
        }
    }

    /// Where a party stands towards what it agreed to in an entry and then left the space: a reader may
    /// hear of the leaving first.
    fn left_after(&self, party: &PartyId, entry: u64) -> Option<Standing> {
        let history = &self.parties.get(party)?.history;
        let left =
            history.iter().find(|p| p.state == ParticipationState::Withdrew && p.entry > entry)?;
        Some(Standing::Withdrew { at: left.at, reason: left.reason.clone() })
    }

    fn set_standing(
        &mut self,
        by: &Utterance<'_>,
        zone: DeclarationId,
        standing: Standing,
    ) -> Effects {
        self.change_declaration(by, zone, |d| d.stands(by.party, standing))
    }

    /// Records that all who may see a declaration were given its present version.
    pub(super) fn disclose(&mut self, id: DeclarationId, by: &Utterance<'_>) {
        // What was given later was disclosed by the entry that gave it.
        let Some(declaration) = self.declarations.get(&id).filter(|_| by.index == by.cause) else {
            return;
        };
        let consent = Version(by.statement.hash);
        let consent = (consent != declaration.version).then_some(consent);
        let mut readers = self.who_sees(declaration);
        readers.remove(&declaration.owner);
        for party in readers {
            let given = Disclosure { party, precision: Precision::Full, cause: by.cause, consent };
            self.record(id, given);
        }
    }

    /// Records that a party was given the present version of a declaration.
    pub(super) fn record(&mut self, id: DeclarationId, given: Disclosure) {
        let Some(declaration) = self.declarations.get_mut(&id) else { return };
        let place = declaration.disclosed.iter().position(|before| before.party == given.party);
        let before = place.map(|place| &declaration.disclosed[place]);
        if before.is_some_and(|before| before.precision >= given.precision) {
            return;
        }
        let declaration = declaration.get_mut();
        match place {
            Some(place) => declaration.disclosed[place].clone_from(&given),
            None => declaration.disclosed.push(given.clone()),
        }
        // Each is sealed as it was: who was told on the grid first and in full then was told twice.
        let version = declaration.version;
        self.unsealed.push_back(VersionDisclosure { declaration: id, version, given });
    }

    /// What becomes of a new version. An operation goes on as it was.
    fn condition(
        &self,
        by: &Utterance<'_>,
        declared: &DeclarationContent,
        before: Option<&Declaration>,
        owner: &PartyId,
    ) -> Condition {
        match declared {
            DeclarationContent::Zone(zone) => {
                // Its owner signed it.
                let asked = zone.concerns.iter().filter(|party| *party != owner);
                let standings = asked.map(|party| (party.clone(), Standing::Silent {})).collect();
                Condition::Zone { standings }
            }
            DeclarationContent::Operation(_) => match before.map(|before| &before.condition) {
                Some(Condition::Operation { state, entry }) => {
                    Condition::Operation { state: *state, entry: *entry }
                }
                _ => Condition::Operation { state: OperationState::Accepted, entry: None },
            },
            DeclarationContent::Site(_) => {
                let confirmed_until = self.confirmed_until(by.at);
                Condition::Site { confirmed_until, lapsed: false }
            }
            DeclarationContent::Movement(movement) => {
                Condition::Movement { late: self.is_late(movement, by.at), units_not_told: None }
            }
        }
    }

    fn confirmed_until(&self, at: Time) -> Option<Time> {
        let days = self.charter.as_ref()?.rules.site_confirmed_days;
        Some(at.after_seconds(i64::from(days) * DAY_S))
    }

    /// Whether a movement is notified with less lead than the rules ask.
    fn is_late(&self, movement: &Movement, at: Time) -> bool {
        let Some(charter) = &self.charter else { return false };
        let rules = &charter.rules;
        let hours = if movement.emergency { rules.emergency_lead_h } else { rules.movement_lead_h };
        movement.departs().is_some_and(|t| t.seconds_since(at) < i64::from(hours) * 3_600)
    }
}
