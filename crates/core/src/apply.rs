//! What an entry changes, and who may read it.
//!
//! Nothing is computed here that an entry could carry: no geometry, no clock. Whatever an entry
//! names that the ledger does not have is passed over, since a desk's ledger has only what its party
//! was given.

mod findings;

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::KeyId;

use crate::charter::Member;
use crate::declared::{DeclarationContent, OperationState};
use crate::entry::{Entry, What};
use crate::ledger::{
    Conflict, ContactMade, Declaration, Disclosure, Earlier, Former, Interest, Key, Ledger,
    Operator, Participation, ParticipationState, Party, Precision, Standing, VersionDisclosure,
};
use crate::names::{ConflictId, DeclarationId, Handle, PartyId, Version};
use crate::say::{Authority, Ending, Say, Sharing, Statement};
use crate::time::Time;

/// Seconds in a day.
pub(crate) const DAY_S: i64 = 86_400;

/// Who may read what from an entry on.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Effects {
    /// The parties that may read the entry itself.
    pub readers: BTreeSet<PartyId>,
    /// Earlier entries that parties may read from now on, in the order in which they are to be
    /// folded.
    pub grants: Vec<(PartyId, Vec<u64>)>,
    /// In a host's ledger, which of [`Ledger::declarations`] and [`Ledger::conflicts`] the entry began,
    /// changed or took away. One may be named twice.
    pub changed: Vec<ItemChange>,
}

/// A declaration or conflict that an entry changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemChange {
    /// What.
    pub item: Item,
    /// The entry that began it.
    pub begun: u64,
}

/// A declaration or a conflict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// A declaration.
    Declaration(DeclarationId),
    /// A conflict.
    Conflict(ConflictId),
}

/// What of a statement matters to what it says.
struct Said<'a> {
    index: u64,
    cause: u64,
    at: Time,
    party: &'a PartyId,
    authority: Authority,
    statement: &'a Statement,
}

impl Ledger {
    /// Passes over an entry whose content was erased: a later entry says that it was.
    pub fn skip(&mut self, index: u64) {
        self.size = self.size.max(index.saturating_add(1));
    }

    /// Folds one entry in. `index` is its place in the record; `cause` the place of the entry by which
    /// the reader was given it: the same, unless it was given later. The same entries give the same
    /// ledger.
    pub fn apply(&mut self, index: u64, cause: u64, entry: &Entry) -> Effects {
        self.size = self.size.max(index.saturating_add(1));
        self.now = Some(self.now.map_or(entry.at, |now| now.max(entry.at)));
        match &entry.what {
            What::Accepted(statement) => self.accepted(index, cause, entry.at, statement),
            What::Refused(statement, _) => {
                self.advance(index, statement);
                Effects { readers: [statement.party.clone()].into(), ..Effects::default() }
            }
            What::Found(finding) => self.found(index, cause, entry.at, finding),
        }
    }

    fn accepted(&mut self, index: u64, cause: u64, at: Time, statement: &Statement) -> Effects {
        let (mut party, mut say) = (&statement.party, &statement.say);
        let mut authority = Authority::Signed {};
        loop {
            match say {
                Say::EnterFor { party: speaker, means, said } => {
                    authority = Authority::EnteredBy {
                        party: statement.party.clone(),
                        means: means.clone(),
                    };
                    (party, say) = (speaker, said);
                }
                Say::Attest { evidence, said } => {
                    authority = Authority::Attested { evidence: evidence.clone() };
                    say = said;
                }
                _ => break,
            }
        }
        let said = Said { index, cause, at, party, authority, statement };
        let mut effects = self.say(&said, say);
        self.advance(index, statement);
        effects.readers.insert(statement.party.clone());
        effects
    }

    /// A key that this entry brings; given a second time, it leaves the key as it has become.
    fn enrol(&mut self, id: KeyId, key: Key) {
        if self.keys.get(&id).is_none_or(|known| known.enrolled != key.enrolled) {
            self.keys.insert(id, key);
        }
    }

    /// The statement is the last one of its key.
    fn advance(&mut self, index: u64, statement: &Statement) {
        let key = self.keys.get_mut(&statement.key);
        if let Some(key) = key.filter(|key| key.seq < statement.seq) {
            (key.seq, key.last) = (statement.seq, Some(statement.hash));
            key.last_entry = Some(index);
        }
    }

    fn say(&mut self, said: &Said<'_>, say: &Say) -> Effects {
        match say {
            Say::FoundSpace { charter } => {
                self.charter = Some((**charter).clone());
                charter.parties.iter().for_each(|member| self.join(said, member));
                self.public(said.index)
            }
            Say::AmendCharter { charter } => {
                self.charter = Some((**charter).clone());
                self.public(said.index)
            }
            Say::MoveHost { host, .. } => {
                if let Some(charter) = &mut self.charter
                    && self.former.iter().all(|former| former.until != said.index)
                {
                    let host = std::mem::replace(&mut charter.host, host.clone());
                    self.former.push(Former { host, until: said.index });
                }
                let mut effects = self.public(said.index);
                // The watch desk is told of every conflict.
                let unknown = self.conflicts.values().filter(|c| !c.concerns(&host.party));
                let mut entries: Vec<u64> = unknown.flat_map(|c| &c.entries).copied().collect();
                entries.sort_unstable();
                effects.grants.push((host.party.clone(), entries));
                effects
            }
            Say::Join { member } => {
                let left = self.parties.get(&member.id).and_then(|p| p.history.last());
                let known = left.map(|left| left.entry);
                let before = self.public.iter().copied();
                let before: Vec<u64> = before.filter(|i| known.is_none_or(|k| *i > k)).collect();
                self.join(said, member);
                let mut effects = self.public(said.index);
                effects.grants.push((member.id.clone(), before));
                self.give_all(said, &member.id, &mut effects);
                effects
            }
            Say::Suspend { reason } => {
                self.set_participation(said, ParticipationState::Suspended, reason)
            }
            Say::Resume {} => self.set_participation(said, ParticipationState::Joined, ""),
            Say::Withdraw { reason } => {
                // The leaver reads of its own leaving, and nothing after it.
                let mut effects =
                    self.set_participation(said, ParticipationState::Withdrew, reason);
                effects.readers.insert(said.party.clone());
                effects
            }
            Say::Enrol { operator, post, operator_key, role } => {
                let operator = Operator { id: operator.clone(), post: post.clone(), role: *role };
                let key = Key {
                    party: said.party.clone(),
                    key: *operator_key,
                    operator: Some(operator),
                    enrolled: said.index,
                    revoked: None,
                    seq: 0,
                    last: None,
                    last_entry: None,
                };
                self.enrol(operator_key.id(), key);
                self.public(said.index)
            }
            Say::Revoke { operator_key, .. } => {
                if let Some(key) = self.keys.get_mut(operator_key) {
                    key.revoked = Some(said.index);
                }
                self.public(said.index)
            }
            Say::RotateRoot { root, next_root } => {
                self.retire_roots(said, said.party);
                self.enrol(root.id(), root_key(said, said.party, *root));
                if let Some(party) = self.parties.get_mut(said.party) {
                    (party.member.root, party.member.next_root) = (*root, *next_root);
                }
                self.public(said.index)
            }
            Say::SpeakFor { group } => {
                if let Some(party) = self.parties.get_mut(said.party) {
                    party.member.speaks_for.insert(group.clone());
                }
                self.public(said.index)
            }
            Say::StopSpeakingFor { group } => {
                if let Some(party) = self.parties.get_mut(said.party) {
                    party.member.speaks_for.remove(group);
                    party.disputes.remove(group);
                }
                self.public(said.index)
            }
            Say::DisputeSpeaking { party, group, text } => {
                if let Some(claimant) = self.parties.get_mut(party) {
                    let disputes = claimant.disputes.entry(group.clone()).or_default();
                    disputes.insert(said.party.clone(), text.clone());
                }
                self.public(said.index)
            }

            Say::Declare { declared, sharing, .. } => {
                let id = DeclarationId(said.statement.hash);
                self.version(said, id, declared, sharing)
            }
            Say::Amend { declaration, declared, sharing, .. } => {
                self.version(said, *declaration, declared, sharing)
            }
            Say::Share { declaration, sharing } => {
                self.change_declaration(said, *declaration, |d| d.sharing = sharing.clone())
            }
            Say::End { declaration, how } => self.change_declaration(said, *declaration, |d| {
                d.ended = Some((said.at, *how));
                if d.state.is_some() {
                    d.state = Some(OperationState::Ended);
                }
            }),
            Say::SetState { operation, state, .. } => {
                self.change_declaration(said, *operation, |d| {
                    d.state = Some(*state);
                    d.state_entry = Some(said.index);
                    if *state == OperationState::Ended {
                        d.ended = Some((said.at, Ending::Ended));
                    }
                })
            }
            Say::Reconfirm { site, .. } => {
                let until = self.confirmed_until(said.at);
                self.change_declaration(said, *site, |d| {
                    (d.confirmed_until, d.lapsed) = (until, false)
                })
            }
            Say::Agree { zone, .. } => {
                let (at, by, entry) = (said.at, said.statement.key, said.index);
                let left = self.left_after(said.party, entry);
                self.set_standing(said, *zone, left.unwrap_or(Standing::Agreed { at, by, entry }))
            }
            Say::Dispute { zone, point, own_text, .. } => {
                let (point, own_text) = (point.clone(), own_text.clone());
                self.set_standing(said, *zone, Standing::Disputed { at: said.at, point, own_text })
            }
            Say::WithdrawAgreement { zone, reason, .. } => {
                let reason = reason.clone();
                self.set_standing(said, *zone, Standing::Withdrew { at: said.at, reason })
            }

            Say::SetInterest { interest, area, kinds } => {
                let own = self.interests.entry(said.party.clone()).or_default();
                let count = own.get(interest).map_or(0, |before| before.count);
                let set = Interest { area: (**area).clone(), kinds: kinds.clone(), count };
                own.insert(interest.clone(), set);
                Effects::default()
            }
            Say::DropInterest { interest } => {
                if let Some(own) = self.interests.get_mut(said.party) {
                    own.remove(interest);
                    if own.is_empty() {
                        self.interests.remove(said.party);
                    }
                }
                Effects::default()
            }

            Say::Own { conflict } => self.change_conflict(said.index, conflict, |c| {
                c.owner = Some((said.party.clone(), said.statement.key));
            }),
            Say::Noticed { conflict } => self.change_conflict(said.index, conflict, |c| {
                c.noticed.entry(said.party.clone()).or_insert(said.at);
            }),
            Say::Contact { conflict, means } => self.change_conflict(said.index, conflict, |c| {
                let (party, means) = (said.party.clone(), means.clone());
                c.contact = Some(ContactMade { party, means, at: said.at });
                c.contact_overdue = false;
            }),
            Say::AcceptRisk { conflict, .. } => self.change_conflict(said.index, conflict, |c| {
                c.accepted.insert(said.party.clone());
            }),
            // Unwrapped by the caller.
            Say::EnterFor { .. } | Say::Attest { .. } => Effects::default(),
        }
    }

    /// An entry that everybody may read who takes part. A desk may be given it a second time.
    fn public(&mut self, index: u64) -> Effects {
        if let Err(place) = self.public.binary_search(&index) {
            self.public.insert(place, index);
        }
        Effects { readers: self.readers(), ..Effects::default() }
    }

    fn join(&mut self, said: &Said<'_>, member: &Member) {
        // Who comes back has one root, the new one.
        self.retire_roots(said, &member.id);
        self.enrol(member.root.id(), root_key(said, &member.id, member.root));
        let history = self.parties.remove(&member.id).map_or_else(Vec::new, |party| party.history);
        let mut party = Party { member: member.clone(), history, disputes: BTreeMap::new() };
        let (state, at) = (ParticipationState::Joined, said.at);
        let (entry, reason) = (said.index, String::new());
        party.history.push(Participation { state, at, entry, reason });
        self.parties.insert(member.id.clone(), party);
    }

    fn retire_roots(&mut self, said: &Said<'_>, party: &PartyId) {
        let keys = self.keys.values_mut();
        for root in keys.filter(|key| key.party == *party && key.is_root()) {
            root.revoked.get_or_insert(said.index);
        }
    }

    fn set_participation(
        &mut self,
        said: &Said<'_>,
        state: ParticipationState,
        reason: &str,
    ) -> Effects {
        if let Some(party) = self.parties.get_mut(said.party)
            && party.history.iter().all(|change| change.entry != said.index)
        {
            let (at, entry, reason) = (said.at, said.index, reason.to_owned());
            party.history.push(Participation { state, at, entry, reason });
        }
        let mut changed = Vec::new();
        if state == ParticipationState::Withdrew {
            // Who comes back and agrees anew has agreed, also to a reader who hears of the leaving last.
            let agreed = |d: &Declaration| match d.standings.get(said.party) {
                Some(Standing::Agreed { entry, .. }) => *entry < said.index,
                _ => false,
            };
            for (id, zone) in &mut self.declarations {
                if agreed(zone) {
                    let withdrew = Standing::Withdrew { at: said.at, reason: reason.to_owned() };
                    zone.standings.insert(said.party.clone(), withdrew);
                    changed.extend(zone.changed(*id));
                }
            }
        }
        Effects { changed, ..self.public(said.index) }
    }

    /// Gives a party everything that it may see from now on.
    fn give_all(&mut self, said: &Said<'_>, party: &PartyId, effects: &mut Effects) {
        let visible: Vec<DeclarationId> = self
            .declarations
            .iter()
            .filter(|(_, d)| d.owner != *party && self.sees(party, d))
            .map(|(id, _)| *id)
            .collect();
        for id in visible {
            let declaration = &self.declarations[&id];
            effects.grants.push((party.clone(), declaration.entries.clone()));
            effects.changed.extend(declaration.changed(id));
            self.disclose(id, said);
        }
    }

    /// A new version of a declaration, or its first.
    fn version(
        &mut self,
        said: &Said<'_>,
        id: DeclarationId,
        declared: &DeclarationContent,
        sharing: &Sharing,
    ) -> Effects {
        let version = Version(said.statement.hash);
        let handle = Handle::first(version);
        let before = self.declarations.remove(&id);
        let owner = before.as_ref().map_or(said.party, |d| &d.owner).clone();
        let state_entry = before.as_ref().and_then(|d| d.state_entry);
        let state = match declared {
            DeclarationContent::Operation(_) => {
                Some(before.as_ref().and_then(|d| d.state).unwrap_or(OperationState::Accepted))
            }
            _ => None,
        };
        let mut entries = vec![said.index];
        entries.extend(state_entry);
        let mut declaration = Box::new(Declaration {
            standings: asked(declared, &owner),
            owner,
            authority: said.authority.clone(),
            version,
            at: said.at,
            past: Vec::new(),
            sharing: sharing.clone(),
            state,
            state_entry,
            confirmed_until: match declared {
                DeclarationContent::Site(_) => self.confirmed_until(said.at),
                _ => None,
            },
            lapsed: false,
            late: self.is_late(declared, said.at),
            ended: None,
            entries,
            handle: Some(handle),
            declared: declared.clone(),
            disclosed: Vec::new(),
            statements: Vec::new(),
        });
        if let Some(before) = before {
            declaration.past = before.past;
            let (version, disclosed) = (before.version, before.disclosed);
            declaration.past.push(Earlier { version, disclosed });
            declaration.statements = before.statements;
            before.handle.map(|earlier| self.handles.remove(&earlier));
        }
        self.handles.insert(handle, id);
        declaration.note_statement(said);
        let readers = self.who_sees(&declaration);
        let changed = declaration.changed(id).into_iter().collect();
        self.declarations.insert(id, declaration);
        self.disclose(id, said);
        Effects { readers, grants: Vec::new(), changed }
    }

    /// A change of a declaration, and who may see it from now on.
    fn change_declaration(
        &mut self,
        said: &Said<'_>,
        id: DeclarationId,
        change: impl FnOnce(&mut Declaration),
    ) -> Effects {
        let Some(mut declaration) = self.declarations.remove(&id) else {
            return Effects::default();
        };
        let before = self.who_sees(&declaration);
        let earlier = declaration.entries.clone();
        change(&mut declaration);
        declaration.told_by(said.index);
        declaration.note_statement(said);
        let after = self.who_sees(&declaration);
        let changed = declaration.changed(id).into_iter().collect();
        self.declarations.insert(id, declaration);
        self.disclose(id, said);
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
        said: &Said<'_>,
        zone: DeclarationId,
        standing: Standing,
    ) -> Effects {
        self.change_declaration(said, zone, |d| {
            d.standings.insert(said.party.clone(), standing);
        })
    }

    /// Records that all who may see a declaration were given its present version.
    fn disclose(&mut self, id: DeclarationId, said: &Said<'_>) {
        // What was given later was disclosed by the entry that gave it.
        let Some(declaration) = self.declarations.get(&id).filter(|_| said.index == said.cause)
        else {
            return;
        };
        let by = Version(said.statement.hash);
        let consent = (by != declaration.version).then_some(by);
        let mut readers = self.who_sees(declaration);
        readers.remove(&declaration.owner);
        for party in readers {
            let given =
                Disclosure { party, precision: Precision::Full, cause: said.cause, consent };
            self.record(id, given);
        }
    }

    /// Records that a party was given the present version of a declaration.
    fn record(&mut self, id: DeclarationId, given: Disclosure) {
        let Some(declaration) = self.declarations.get_mut(&id) else { return };
        match declaration.disclosed.iter_mut().find(|before| before.party == given.party) {
            Some(before) if before.precision >= given.precision => return,
            Some(before) => before.clone_from(&given),
            None => declaration.disclosed.push(given.clone()),
        }
        // Each is sealed as it was: who was told on the grid first and in full then was told twice.
        let version = declaration.version;
        self.unsealed.push(VersionDisclosure { declaration: id, version, given });
    }

    fn confirmed_until(&self, at: Time) -> Option<Time> {
        let days = self.charter.as_ref()?.rules.site_confirmed_days;
        Some(at.after_seconds(i64::from(days) * DAY_S))
    }

    /// Whether a movement is notified with less lead than the rules ask.
    fn is_late(&self, declared: &DeclarationContent, at: Time) -> bool {
        let (DeclarationContent::Movement(movement), Some(charter)) = (declared, &self.charter)
        else {
            return false;
        };
        let rules = &charter.rules;
        let hours = if movement.emergency { rules.emergency_lead_h } else { rules.movement_lead_h };
        movement.departs().is_some_and(|t| t.seconds_since(at) < i64::from(hours) * 3_600)
    }
}

impl Declaration {
    /// The statement is one of those about it.
    fn note_statement(&mut self, said: &Said<'_>) {
        if said.index == said.cause {
            self.statements.push(said.index);
        }
    }

    /// That it changed, in a host's ledger.
    pub(crate) fn changed(&self, id: DeclarationId) -> Option<ItemChange> {
        self.begun().map(|begun| ItemChange { item: Item::Declaration(id), begun })
    }
}

impl Conflict {
    /// That it changed.
    pub(crate) fn changed(&self, id: ConflictId) -> Option<ItemChange> {
        let begun = self.entries.first()?;
        Some(ItemChange { item: Item::Conflict(id), begun: *begun })
    }
}

fn root_key(said: &Said<'_>, party: &PartyId, key: deconflict_record::VerifyingKey) -> Key {
    let enrolled = said.index;
    Key {
        party: party.clone(),
        key,
        operator: None,
        enrolled,
        revoked: None,
        seq: 0,
        last: None,
        last_entry: None,
    }
}

/// Where those stand whom a new version of a zone asks. Its owner signed it.
fn asked(declared: &DeclarationContent, owner: &PartyId) -> BTreeMap<PartyId, Standing> {
    let DeclarationContent::Zone(zone) = declared else { return BTreeMap::new() };
    let asked = zone.concerns.iter().filter(|party| *party != owner);
    asked.map(|party| (party.clone(), Standing::Silent {})).collect()
}
