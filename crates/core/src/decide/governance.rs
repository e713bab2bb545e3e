//! The charter, parties and keys.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{KeyId, VerifyingKey, leaf_hash};

use super::{Author, Verdict, declarations_only};
use crate::charter::{Charter, Consent, Host, MAX_PARTIES, Member};
use crate::declared::Declared;
use crate::entry::{Finding, Refusal};
use crate::ledger::{Precision, Taking};
use crate::names::{DeclarationId, GroupId, PartyId, Version};
use crate::say::{Say, Statement};
use crate::state::State;
use crate::time::Time;

impl State {
    /// The space begins: the charter is one, and every root that it names has signed.
    pub(super) fn found_space(&self, statement: &Statement, charter: &Charter) -> Verdict {
        charter.check()?;
        let founders: BTreeSet<PartyId> = charter.parties.iter().map(|m| m.id.clone()).collect();
        let signed: BTreeSet<PartyId> = charter
            .parties
            .iter()
            .filter(|member| statement.signed_by.contains(&member.root.id()))
            .map(|member| member.id.clone())
            .collect();
        let author = charter.parties.iter().find(|member| member.id == statement.party);
        let by_root = author.is_some_and(|member| member.root.id() == statement.key);
        if by_root && signed == founders {
            Ok(Vec::new())
        } else {
            Err(Refusal::Consent { signed, needed: founders.len() })
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
        let fault = |what: &str| Refusal::Charter { fault: format!("charter: {what}") };
        if charter.space != before.space || charter.parties != before.parties {
            return Err(fault(
                "an amendment changes neither the space's name nor its founders: parties join, \
                 suspend and withdraw by their own statements",
            ));
        }
        if charter.host != before.host || charter.continues != before.continues {
            return Err(fault("another host comes in by a statement of its own"));
        }
        let witnesses = charter.witnesses != before.witnesses || charter.quorum != before.quorum;
        let rules = charter.rules != before.rules
            || charter.title != before.title
            || charter.consents != before.consents;
        // What changes consents needs every consent that it changes or could lower.
        let consents = &before.consents;
        let mut needed = Vec::new();
        if witnesses {
            needed.push(consents.witnesses);
        }
        if rules {
            needed.push(consents.rules);
        }
        if charter.consents != before.consents {
            needed.extend([consents.parties, consents.witnesses, consents.host]);
        }
        for consent in needed {
            self.consented(statement, consent)?;
        }
        Ok(self.judged_anew(charter, &statement.party, now))
    }

    pub(super) fn move_host(&self, statement: &Statement, host: &Host) -> Verdict {
        let Some(charter) = &self.ledger().charter else { return Ok(Vec::new()) };
        if !self.ledger().parties.contains_key(&host.party) {
            return Err(Refusal::Unknown { what: format!("party `{}`", host.party) });
        }
        self.consented(statement, charter.consents.host)?;
        Ok(Vec::new())
    }

    pub(super) fn join(&self, statement: &Statement, member: &Member) -> Verdict {
        let Some(charter) = &self.ledger().charter else { return Ok(Vec::new()) };
        if self.ledger().parties.len() >= MAX_PARTIES {
            return Err(Refusal::Limit { of: "parties".into(), most: MAX_PARTIES });
        }
        let back = self.ledger().parties.get(&member.id);
        if back.is_some_and(|party| party.taking() != Taking::Withdrew) {
            return Err(Refusal::Invalid {
                fault: format!("party `{}` takes part already", member.id),
            });
        }
        if self.ledger().keys.contains_key(&member.root.id()) {
            return Err(Refusal::KeyKnown { key: member.root.id() });
        }
        if !statement.signed_by.contains(&member.root.id()) {
            return Err(Refusal::RootOnly {});
        }
        self.consented(statement, charter.consents.parties)?;
        Ok(Vec::new())
    }

    /// Whether the roots of enough parties have signed.
    fn consented(&self, statement: &Statement, consent: Consent) -> Result<(), Refusal> {
        let joined = self.ledger().joined();
        let root = |party: &&PartyId| {
            self.ledger()
                .parties
                .get(*party)
                .is_some_and(|p| statement.signed_by.contains(&p.member.root.id()))
        };
        let signed: BTreeSet<PartyId> = joined.iter().filter(root).cloned().collect();
        if consent.given(&joined, &signed) {
            return Ok(());
        }
        let needed = match consent {
            Consent::All => joined.len(),
            Consent::AtLeast(n) => n.min(joined.len()),
        };
        Err(Refusal::Consent { signed, needed })
    }

    /// Who gave something to a party that leaves, and what.
    pub(super) fn held_by(&self, leaver: &PartyId) -> Vec<Finding> {
        let mut owners: BTreeMap<PartyId, BTreeSet<Version>> = BTreeMap::new();
        let held = self.ledger().disclosures.get(leaver).into_iter().flatten();
        for (version, disclosure) in held.filter(|(_, held)| held.precision == Precision::Full) {
            if let Some(declaration) = self.ledger().declarations.get(&disclosure.declaration) {
                owners.entry(declaration.owner.clone()).or_default().insert(*version);
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

    pub(super) fn enrol(&self, key: &VerifyingKey) -> Verdict {
        let key = key.id();
        if self.ledger().keys.contains_key(&key) {
            return Err(Refusal::KeyKnown { key });
        }
        Ok(Vec::new())
    }

    pub(super) fn revoke(&self, author: &Author<'_>, key: &KeyId) -> Verdict {
        let known = self.ledger().keys.get(key);
        match known.filter(|known| known.party == *author.party && !known.is_root()) {
            Some(known) if known.revoked.is_none() => Ok(Vec::new()),
            _ => Err(Refusal::Unknown { what: format!("key {}", key.short()) }),
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
        if self.ledger().keys.contains_key(&key) {
            return Err(Refusal::KeyKnown { key });
        }
        let committed = self.ledger().parties.get(author.party).map(|p| p.member.next_root);
        if committed != Some(leaf_hash(&key.0.0)) || !statement.signed_by.contains(&key) {
            return Err(Refusal::NotCommitted {});
        }
        Ok(Vec::new())
    }

    pub(super) fn dispute_speaking(&self, party: &PartyId, group: &GroupId) -> Verdict {
        let claims =
            self.ledger().parties.get(party).is_some_and(|p| p.member.speaks_for.contains(group));
        if claims {
            Ok(Vec::new())
        } else {
            Err(Refusal::Unknown { what: format!("`{party}` as speaking for `{group}`") })
        }
    }

    /// Whether the author may enter what a party said by voice or mail.
    pub(super) fn may_enter_for(
        &self,
        author: &Author<'_>,
        party: &PartyId,
        said: &Say,
    ) -> Result<(), Refusal> {
        if self.ledger().host() != Some(author.party) {
            return Err(Refusal::NotFor {
                fault: "only the watch desk enters what another party said".into(),
            });
        }
        if !self.ledger().parties.contains_key(party) {
            return Err(Refusal::Unknown { what: format!("party `{party}`") });
        }
        declarations_only(said)
    }

    /// What follows for zones that bind a group when a party begins or ceases to speak for it.
    pub(super) fn rebind(
        &self,
        party: &PartyId,
        group: &GroupId,
        speaks: bool,
        now: Time,
    ) -> Vec<Finding> {
        let mut ledger = self.ledger().clone();
        if let Some(member) = ledger.parties.get_mut(party) {
            if speaks {
                member.member.speaks_for.insert(group.clone());
            } else {
                member.member.speaks_for.remove(group);
            }
        }
        let binds = |declared: &Declared| match declared {
            Declared::Zone(zone) => zone.binds_groups.contains(group),
            _ => false,
        };
        let zones: BTreeSet<DeclarationId> = ledger
            .declarations
            .iter()
            .filter(|(_, d)| d.ended.is_none() && binds(&d.declared))
            .map(|(id, _)| *id)
            .collect();
        if zones.is_empty() {
            return Vec::new();
        }
        State::new(ledger).redetect(|id| zones.contains(&id), party, now, 1)
    }

    /// What follows for all declarations when they are judged by a new charter.
    fn judged_anew(&self, charter: &Charter, by: &PartyId, now: Time) -> Vec<Finding> {
        let judged = |charter: &Charter| {
            let rules = &charter.rules;
            (rules.separation, rules.heights, rules.grid, rules.within_party)
        };
        if self.ledger().charter.as_ref().map(judged) == Some(judged(charter)) {
            return Vec::new();
        }
        let mut ledger = self.ledger().clone();
        ledger.charter = Some(charter.clone());
        State::new(ledger).redetect(|_| true, by, now, 1)
    }
}
