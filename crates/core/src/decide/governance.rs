//! The charter, parties and keys.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{Head, KeyId, VerifyingKey, leaf_hash};

use super::limits::within_limits;
use super::{Author, Verdict};
use crate::charter::{Charter, Consent, Host, MAX_PARTIES, Member};
use crate::declared::DeclarationContent;
use crate::entry::{Entry, Finding, What};
use crate::ledger::{Declaration, Disclosure, ParticipationState, Precision};
use crate::names::{GroupId, PartyId, Version};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::say::Statement;
use crate::state::State;
use crate::time::Time;

impl State {
    /// The space begins: the charter is one, and every root that it names has signed.
    pub(super) fn found_space(&self, statement: &Statement, charter: &Charter) -> Verdict {
        charter.check()?;
        within_limits(&charter.rules.limits, &statement.say)?;
        let founders: BTreeSet<PartyId> = charter.parties.iter().map(|m| m.id.clone()).collect();
        let signed: BTreeSet<PartyId> = charter
            .parties
            .iter()
            .filter(|member| statement.signed_by.contains(&member.root.id()))
            .map(|member| member.id.clone())
            .collect();
        let author = charter.parties.iter().find(|member| member.id == statement.party);
        let by_root = author.is_some_and(|member| member.root.id() == statement.key);
        if !by_root || signed != founders {
            return Err(Refusal::Consent { signed, needed: founders.len() });
        }
        self.proven(statement)?;
        Ok(Vec::new())
    }

    /// Whether every key that comes into the record by a statement signs it.
    fn proven(&self, statement: &Statement) -> Result<(), Refusal> {
        match statement.unproven(self.ledger()) {
            Some(key) => Err(Refusal::KeyUnproven { key }),
            None => Ok(()),
        }
    }

    pub(super) fn amend_charter(
        &self,
        statement: &Statement,
        charter: &Charter,
        now: Time,
    ) -> Verdict {
        charter.check()?;
        let Some(before) = &self.ledger().charter else { return Ok(Vec::new()) };
        if charter.space != before.space || charter.parties != before.parties {
            return Err(Refusal::FoundersFixed {});
        }
        if charter.host != before.host || charter.continues != before.continues {
            return Err(Refusal::HostFixed {});
        }
        for consent in before.consents_to(charter) {
            self.consented(statement, consent)?;
        }
        for witness in charter.witnesses.iter().filter(|w| !before.witnesses.contains(w)) {
            let renamed = before.witnesses.iter().any(|known| known.key == witness.key);
            if !renamed {
                self.unused(witness.key.id())?;
            }
        }
        self.proven(statement)?;
        Ok(self.judged_anew(statement, charter, now))
    }

    pub(super) fn move_host(&self, statement: &Statement, host: &Host, from: Head) -> Verdict {
        let Some(charter) = &self.ledger().charter else { return Ok(Vec::new()) };
        self.knows_party(&host.party)?;
        if !self.takes_part(&host.party) {
            return Err(Refusal::NotTakingPart {});
        }
        if host.key != charter.host.key {
            self.unused(host.key.id())?;
        }
        if from.size > self.ledger().size {
            return Err(Refusal::HeadBeyond { size: from.size, entries: self.ledger().size });
        }
        self.consented(statement, charter.consents.host)?;
        self.proven(statement)?;
        Ok(Vec::new())
    }

    pub(super) fn join(&self, statement: &Statement, member: &Member, now: Time) -> Verdict {
        let Some(charter) = &self.ledger().charter else { return Ok(Vec::new()) };
        let back = self.ledger().parties.get(&member.id);
        if back.is_none() && self.ledger().parties.len() >= MAX_PARTIES {
            return Err(Refusal::Limit { of: Quantity::Parties, most: MAX_PARTIES });
        }
        if back.is_some_and(|party| party.participation_state() != ParticipationState::Withdrew) {
            return Err(Refusal::TakesPart { party: member.id.clone() });
        }
        self.unused(member.root.id())?;
        if !statement.signed_by.contains(&member.root.id()) {
            return Err(Refusal::RootOnly {});
        }
        self.consented(statement, charter.consents.parties)?;
        // What it had declared before it left still stands.
        Ok(self.rebind(statement, &member.id, &member.speaks_for, now))
    }

    /// Whether a key has no use yet. One key, one use: whoever holds it for one must not be able to act
    /// by it in another.
    fn unused(&self, key: KeyId) -> Result<(), Refusal> {
        let charter = self.ledger().charter.as_ref();
        let recorded = |charter: &Charter| {
            charter.host.key.id() == key || charter.witnesses.iter().any(|w| w.key.id() == key)
        };
        let kept = self.ledger().former.iter().any(|former| former.host.key.id() == key);
        if self.ledger().keys.contains_key(&key)
            || kept
            || charter.is_some_and(|charter| recorded(charter))
        {
            return Err(Refusal::KeyKnown { key });
        }
        Ok(())
    }

    /// Whether the roots of enough parties have signed.
    fn consented(&self, statement: &Statement, consent: Consent) -> Result<(), Refusal> {
        let joined = self.ledger().joined();
        let signed = self.ledger().roots_among(&statement.signed_by);
        if consent.given(&joined, &signed) {
            return Ok(());
        }
        Err(Refusal::Consent { signed, needed: consent.needed(joined.len()) })
    }

    /// Who gave something to a party that leaves, and what.
    fn held_by(&self, leaver: &PartyId) -> Vec<Finding> {
        let mut owners: BTreeMap<PartyId, BTreeSet<Version>> = BTreeMap::new();
        let held =
            |given: &Disclosure| given.party == *leaver && given.precision == Precision::Full;
        for declaration in self.ledger().declarations.values() {
            for (version, _) in declaration.versions().filter(|(_, given)| given.iter().any(held)) {
                owners.entry(declaration.owner.clone()).or_default().insert(version);
            }
        }
        owners
            .into_iter()
            .map(|(owner, versions)| Finding::HeldByLeaver {
                leaver: leaver.clone(),
                owner,
                versions,
            })
            .collect()
    }

    pub(super) fn enrol(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        key: &VerifyingKey,
    ) -> Verdict {
        self.proven(statement)?;
        self.unused(key.id())?;
        let most = self.limits().keys;
        let own = self.ledger().keys.values().filter(|key| key.party == *author.party);
        if own.count() >= most {
            return Err(Refusal::Limit { of: Quantity::Keys, most });
        }
        Ok(Vec::new())
    }

    /// The party suspends its participation.
    pub(super) fn suspend(&self, author: &Author<'_>) -> Verdict {
        if self.takes_part(author.party) { Ok(Vec::new()) } else { Err(Refusal::NotTakingPart {}) }
    }

    /// The party takes part again. Who left does so by the others' consent only.
    pub(super) fn resume(&self, author: &Author<'_>) -> Verdict {
        if self.takes_part(author.party) {
            return Err(Refusal::TakesPart { party: author.party.clone() });
        }
        Ok(Vec::new())
    }

    /// The party leaves.
    pub(super) fn withdraw(&self, author: &Author<'_>) -> Verdict {
        if self.ledger().host() == Some(author.party) {
            return Err(Refusal::KeepsRecord {});
        }
        Ok(self.held_by(author.party))
    }

    /// The party speaks for one more group.
    pub(super) fn speak_for(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        group: &GroupId,
        now: Time,
    ) -> Verdict {
        let mut groups = self.speaks_for(author.party);
        groups.insert(group.clone());
        let most = self.limits().members;
        if groups.len() > most {
            return Err(Refusal::Limit { of: Quantity::Groups, most });
        }
        Ok(self.rebind(statement, author.party, &groups, now))
    }

    /// The party speaks for one group fewer.
    pub(super) fn stop_speaking_for(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        group: &GroupId,
        now: Time,
    ) -> Verdict {
        let mut groups = self.speaks_for(author.party);
        groups.remove(group);
        Ok(self.rebind(statement, author.party, &groups, now))
    }

    pub(super) fn revoke(&self, author: &Author<'_>, key: &KeyId) -> Verdict {
        let known = self.ledger().keys.get(key);
        match known.filter(|known| known.party == *author.party && !known.is_root()) {
            Some(known) if known.revoked.is_none() => Ok(Vec::new()),
            _ => Err(Refusal::Unknown { what: Referent::Key(*key) }),
        }
    }

    /// The old root says it, and the new one, to which it had committed, signs too.
    pub(super) fn rotate_root(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        root: &VerifyingKey,
    ) -> Verdict {
        let key = root.id();
        self.unused(key)?;
        let committed = self.ledger().parties.get(author.party).map(|p| p.member.next_root);
        if committed != Some(leaf_hash(&key.0.0)) || !statement.signed_by.contains(&key) {
            return Err(Refusal::NotCommitted {});
        }
        Ok(Vec::new())
    }

    /// The party and as many others as a party's joining needs say what its next root is to be.
    pub(super) fn replace_successor(&self, statement: &Statement) -> Verdict {
        let Some(charter) = &self.ledger().charter else { return Ok(Vec::new()) };
        self.consented(statement, charter.consents.parties)?;
        Ok(Vec::new())
    }

    pub(super) fn dispute_speaking(&self, party: &PartyId, group: &GroupId) -> Verdict {
        let claims =
            self.ledger().parties.get(party).is_some_and(|p| p.member.speaks_for.contains(group));
        if claims {
            Ok(Vec::new())
        } else {
            Err(Refusal::Unknown { what: Referent::SpeakerFor(party.clone(), group.clone()) })
        }
    }

    /// Whether the space has or had this party.
    pub(super) fn knows_party(&self, party: &PartyId) -> Result<(), Refusal> {
        if self.ledger().parties.contains_key(party) {
            Ok(())
        } else {
            Err(Refusal::Unknown { what: Referent::Party(party.clone()) })
        }
    }

    /// What follows for a party's plans when it speaks for these groups from now on.
    fn rebind(
        &self,
        statement: &Statement,
        party: &PartyId,
        speaks_for: &BTreeSet<GroupId>,
        now: Time,
    ) -> Vec<Finding> {
        let before = self.ledger().parties.get(party).map(|party| &party.member.speaks_for);
        let none = BTreeSet::new();
        let changed: BTreeSet<&GroupId> =
            before.unwrap_or(&none).symmetric_difference(speaks_for).collect();
        let bound = |d: &Declaration| match &d.declared {
            DeclarationContent::Zone(zone) => {
                zone.binds_groups.iter().any(|group| changed.contains(group))
            }
            _ => false,
        };
        if !self.ledger().declarations.values().any(|d| bound(d)) {
            return Vec::new();
        }
        self.after(statement, now).redetect(|d| d.owner == *party, bound, Some(party), now)
    }

    /// The groups for which a party speaks.
    fn speaks_for(&self, party: &PartyId) -> BTreeSet<GroupId> {
        let known = self.ledger().parties.get(party);
        known.map(|party| party.member.speaks_for.clone()).unwrap_or_default()
    }

    /// What follows for all declarations when they are judged by a new charter.
    fn judged_anew(&self, statement: &Statement, charter: &Charter, now: Time) -> Vec<Finding> {
        let judged = |charter: &Charter| {
            let rules = &charter.rules;
            (rules.separation, rules.heights, rules.grid, rules.within_party)
        };
        let before = self.ledger().charter.as_ref();
        if before.is_some_and(|before| judged(before) == judged(charter)) {
            return Vec::new();
        }
        self.after(statement, now).redetect(|_| true, |_| true, None, now)
    }

    /// The state when a statement stands in the record.
    fn after(&self, statement: &Statement, now: Time) -> State {
        self.what_if(&Entry { at: now, what: What::Accepted(Box::new(statement.clone())) })
    }
}
