//! The charter, parties and keys.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{Hash, KeyId, VerifyingKey};
use imbl::Vector;

use super::{Effects, Utterance};
use crate::charter::{Charter, Host, Member};
use crate::ledger::{
    Declaration, Former, Key, Ledger, Operator, Participation, ParticipationState, Party, Standing,
};
use crate::names::{DeclarationId, GroupId, PartyId};
use crate::recipient::Recipient;
use crate::shared::{Joint, change_where};

impl Ledger {
    pub(super) fn found_space(&mut self, by: &Utterance<'_>, charter: &Charter) -> Effects {
        self.take_charter(by, charter);
        charter.parties.iter().for_each(|member| self.take_part(by, member));
        self.public(by.index)
    }

    pub(super) fn amend_charter(&mut self, by: &Utterance<'_>, charter: &Charter) -> Effects {
        self.take_charter(by, charter);
        self.public(by.index)
    }

    fn take_charter(&mut self, by: &Utterance<'_>, charter: &Charter) {
        let table = charter.rules.channel;
        if self.limit_tables.last().is_none_or(|(_, last)| *last != table) {
            self.limit_tables.push_back((by.index, table));
        }
        self.charter = Some(Joint::new(charter.clone()));
    }

    pub(super) fn move_host(&mut self, by: &Utterance<'_>, host: &Host) -> Effects {
        if let Some(charter) = &mut self.charter
            && self.former.iter().all(|former| former.until != by.index)
        {
            let host = std::mem::replace(&mut charter.get_mut().host, host.clone());
            self.former.push_back(Former { host, until: by.index });
        }
        let mut effects = self.public(by.index);
        // The watch desk is told of every conflict and overlay.
        let conflicts = self.conflicts.values().filter(|c| !c.concerns(&host.party));
        let overlays = self.overlays.values().filter(|o| !o.concerns(&host.party));
        let entries = conflicts.flat_map(|c| &c.entries).chain(overlays.flat_map(|o| &o.entries));
        let mut entries: Vec<u64> = entries.copied().collect();
        entries.extend(self.escalate_to(&host.party));
        entries.extend(self.shelved_for(&host.party));
        entries.sort_unstable();
        entries.dedup();
        effects.grants.push((host.party.clone(), entries.into()));
        effects
    }

    pub(super) fn join(&mut self, by: &Utterance<'_>, member: &Member) -> Effects {
        let left = self.parties.get(&member.id).and_then(|p| p.history.last());
        let known = left.map(|left| left.entry);
        let before = self.public.iter().copied();
        let before: Vector<u64> = before.filter(|i| known.is_none_or(|k| *i > k)).collect();
        self.take_part(by, member);
        // Who comes has not read what the last head said of it; the next one says it to all.
        self.comparing = false;
        let mut effects = self.public(by.index);
        effects.grants.push((member.id.clone(), before));
        self.give_all(by, &member.id, &mut effects);
        effects
    }

    pub(super) fn suspend(&mut self, by: &Utterance<'_>, reason: &str) -> Effects {
        self.set_participation(by, ParticipationState::Suspended, reason);
        self.public(by.index)
    }

    pub(super) fn resume(&mut self, by: &Utterance<'_>) -> Effects {
        self.set_participation(by, ParticipationState::Joined, "");
        self.public(by.index)
    }

    pub(super) fn withdraw(&mut self, by: &Utterance<'_>, reason: &str) -> Effects {
        self.set_participation(by, ParticipationState::Withdrew, reason);
        let mut changed = Vec::new();
        // Who comes back and agrees anew has agreed, also to a reader who hears of the leaving last.
        let agreed = |d: &Declaration| match d.standing(by.party) {
            Some(Standing::Agreed { entry, .. }) => *entry < by.index,
            _ => false,
        };
        change_where(&mut self.declarations, agreed, |id, zone| {
            zone.stands(by.party, Standing::Withdrew { at: by.at, reason: reason.to_owned() });
            changed.extend(zone.changed(*id));
        });
        let mut effects = Effects { changed, ..self.public(by.index) };
        // The leaver reads of its own leaving, and nothing after it.
        effects.readers.insert(by.party.clone());
        effects
    }

    pub(super) fn enrol(
        &mut self,
        by: &Utterance<'_>,
        operator: Operator,
        key: VerifyingKey,
    ) -> Effects {
        self.add_key(new_key(by, by.party, key, Some(operator)));
        self.public(by.index)
    }

    pub(super) fn revoke(&mut self, by: &Utterance<'_>, key: &KeyId) -> Effects {
        if let Some(key) = self.keys.get_mut(key) {
            key.get_mut().revoked = Some(by.index);
        }
        self.public(by.index)
    }

    pub(super) fn rotate_root(
        &mut self,
        by: &Utterance<'_>,
        root: VerifyingKey,
        next_root: Hash,
    ) -> Effects {
        self.retire_roots(by, by.party);
        self.add_key(new_key(by, by.party, root, None));
        if let Some(party) = self.parties.get_mut(by.party) {
            let party = party.get_mut();
            (party.member.root, party.member.next_root) = (root, next_root);
            // Whoever may have stolen the root before may have said to whom remarks are sealed.
            party.recipients.clear();
        }
        self.public(by.index)
    }

    pub(super) fn replace_successor(&mut self, by: &Utterance<'_>, next_root: Hash) -> Effects {
        if let Some(party) = self.parties.get_mut(by.party) {
            party.get_mut().member.next_root = next_root;
        }
        self.public(by.index)
    }

    pub(super) fn set_recipients(
        &mut self,
        by: &Utterance<'_>,
        recipients: &BTreeSet<Recipient>,
    ) -> Effects {
        if let Some(party) = self.parties.get_mut(by.party) {
            party.get_mut().recipients = recipients.clone();
        }
        self.public(by.index)
    }

    pub(super) fn speak_for(&mut self, by: &Utterance<'_>, group: &GroupId) -> Effects {
        if let Some(party) = self.parties.get_mut(by.party) {
            party.get_mut().member.speaks_for.insert(group.clone());
        }
        self.public(by.index)
    }

    pub(super) fn stop_speaking_for(&mut self, by: &Utterance<'_>, group: &GroupId) -> Effects {
        if let Some(party) = self.parties.get_mut(by.party) {
            let party = party.get_mut();
            party.member.speaks_for.remove(group);
            party.disputes.remove(group);
        }
        self.public(by.index)
    }

    pub(super) fn dispute_speaking(
        &mut self,
        by: &Utterance<'_>,
        claimant: &PartyId,
        group: &GroupId,
        text: &str,
    ) -> Effects {
        if let Some(claimant) = self.parties.get_mut(claimant) {
            let disputes = claimant.get_mut().disputes.entry(group.clone()).or_default();
            disputes.insert(by.party.clone(), text.to_owned());
        }
        self.public(by.index)
    }

    /// An entry that everybody may read who takes part. A desk may be given it a second time.
    fn public(&mut self, index: u64) -> Effects {
        if let Err(place) = self.public.binary_search(&index) {
            self.public.insert(place, index);
        }
        Effects { readers: self.readers(), ..Effects::default() }
    }

    fn take_part(&mut self, by: &Utterance<'_>, member: &Member) {
        // Who comes back has one root, the new one.
        self.retire_roots(by, &member.id);
        self.add_key(new_key(by, &member.id, member.root, None));
        let before = self.parties.get(&member.id);
        let history = before.map_or_else(Vec::new, |party| party.history.clone());
        let mut party = Party {
            member: member.clone(),
            history,
            disputes: BTreeMap::new(),
            // Who comes back has other keys.
            recipients: BTreeSet::new(),
        };
        let (state, at) = (ParticipationState::Joined, by.at);
        let (entry, reason) = (by.index, String::new());
        party.history.push(Participation { state, at, entry, reason });
        self.parties.insert(member.id.clone(), Joint::new(party));
    }

    /// A key that this entry brings; given a second time, it leaves the key as it has become.
    fn add_key(&mut self, key: Key) {
        let id = key.key.id();
        if self.keys.get(&id).is_none_or(|known| known.enrolled != key.enrolled) {
            self.keys.insert(id, Joint::new(key));
        }
    }

    /// A statement that is given a second time retires no root that came after it.
    fn retire_roots(&mut self, by: &Utterance<'_>, party: &PartyId) {
        let present = |key: &Key| {
            key.party == *party && key.is_root() && key.revoked.is_none() && key.enrolled < by.index
        };
        change_where(&mut self.keys, present, |_, root| root.revoked = Some(by.index));
    }

    fn set_participation(&mut self, by: &Utterance<'_>, state: ParticipationState, reason: &str) {
        if let Some(party) = self.parties.get_mut(by.party)
            && party.history.iter().all(|change| change.entry != by.index)
        {
            let (at, entry, reason) = (by.at, by.index, reason.to_owned());
            party.get_mut().history.push(Participation { state, at, entry, reason });
        }
    }

    /// Gives a party everything that it may see from now on.
    fn give_all(&mut self, by: &Utterance<'_>, party: &PartyId, effects: &mut Effects) {
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
            self.disclose(id, by);
        }
    }
}

fn new_key(
    by: &Utterance<'_>,
    party: &PartyId,
    key: VerifyingKey,
    operator: Option<Operator>,
) -> Key {
    Key {
        party: party.clone(),
        key,
        operator,
        enrolled: by.index,
        revoked: None,
        seq: 0,
        last: None,
        last_entry: None,
    }
}
