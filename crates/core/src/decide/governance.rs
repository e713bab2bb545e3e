//! The charter, parties and keys.

use std::collections::BTreeSet;

use deconflict_record::{Head, KeyId, VerifyingKey, leaf_hash};

use super::limits::within_limits;
use super::{Author, Verdict};
use crate::charter::{Charter, Consent, Host, MAX_PARTIES, Member};
use crate::comparison::ComparisonProgress;
use crate::entry::Finding;
use crate::ledger::{Declaration, ParticipationState};
use crate::names::{GroupId, PartyId};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::say::Statement;
use crate::state::State;

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

    pub(super) fn amend_charter(&self, statement: &Statement, charter: &Charter) -> Verdict {
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
        Ok(self.judged_anew(charter))
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

    pub(super) fn join(&self, statement: &Statement, member: &Member) -> Verdict {
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
        Ok(self.rebind(&member.id, &member.speaks_for))
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
        let (rest, findings) = self.held_by(author.party, ComparisonProgress::default());
        Ok(findings.into_iter().chain(rest.map(|reached| self.mark(reached))).collect())
    }

    /// The party speaks for one more group.
    pub(super) fn speak_for(&self, author: &Author<'_>, group: &GroupId) -> Verdict {
        let mut groups = self.speaks_for(author.party);
        groups.insert(group.clone());
        let most = self.limits().members;
        if groups.len() > most {
            return Err(Refusal::Limit { of: Quantity::Groups, most });
        }
        Ok(self.rebind(author.party, &groups))
    }

    /// The party speaks for one group fewer.
    pub(super) fn stop_speaking_for(&self, author: &Author<'_>, group: &GroupId) -> Verdict {
        let mut groups = self.speaks_for(author.party);
        groups.remove(group);
        Ok(self.rebind(author.party, &groups))
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

    /// What follows for a party's plans when it speaks for these groups from now on: all of it is found in parts.
    fn rebind(&self, party: &PartyId, speaks_for: &BTreeSet<GroupId>) -> Vec<Finding> {
        let changed = self.ledger().groups_changed(party, speaks_for);
        let bound = |d: &Declaration| d.ended.is_none() && d.binds_one_of(&changed);
        let any = self.ledger().declarations.values().any(|d| bound(d));
        any.then(|| self.mark(ComparisonProgress::default())).into_iter().collect()
    }

    /// The groups for which a party speaks.
    fn speaks_for(&self, party: &PartyId) -> BTreeSet<GroupId> {
        let known = self.ledger().parties.get(party);
        known.map(|party| party.member.speaks_for.clone()).unwrap_or_default()
    }

    /// What follows for all declarations when they are judged by a new charter: all of it is found in parts.
    fn judged_anew(&self, charter: &Charter) -> Vec<Finding> {
        let judged = |charter: &Charter| {
            let rules = &charter.rules;
            (rules.separation, rules.heights, rules.grid, rules.within_party)
        };
        let before = self.ledger().charter.as_ref();
        let same = before.is_some_and(|before| judged(before) == judged(charter));
        if same || self.ledger().declarations.is_empty() {
            return Vec::new();
        }
        vec![self.mark(ComparisonProgress::default())]
    }

    /// That more follows from the statement that is decided about.
    fn mark(&self, reached: ComparisonProgress) -> Finding {
        Finding::Comparing { statement: self.ledger().size, reached }
    }
}
