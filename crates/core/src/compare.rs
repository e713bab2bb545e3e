//! What is left to follow from statements, part by part.
//!
//! What changed meanwhile is settled by one rule: a pair is compared by the later of what touches it, its two
//! versions, their being shared anew and the change of rules. What was filed or shared after a statement compares
//! itself with all that stood before, so the statement's own comparison passes it over; what ended is compared
//! no more.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::Hash;

use crate::comparison::{Comparison, ComparisonProgress, ComparisonScope, half};
use crate::detect::{Filing, Pace, Part, Progress};
use crate::entry::{Entry, Finding, What};
use crate::ledger::{Declaration, Disclosure, Precision};
use crate::names::{DeclarationId, PartyId, Version};
use crate::state::State;
use crate::time::Time;

/// The most entries that follow a statement, or a mark, at once.
pub(crate) const MOST_FOLLOWING: usize = 3_000;

/// The most versions that one entry says to be held by a party that leaves.
const MOST_HELD: usize = 500;

/// How many declarations are looked through at once for what a party holds that leaves.
const MOST_LOOKED_THROUGH: usize = 4_096;

impl State {
    /// Whether something is still to be compared.
    pub fn is_comparing(&self) -> bool {
        !self.ledger().comparisons.is_empty()
    }

    /// The next part of what follows from statements whose findings did not fit beside them; nothing when all
    /// was found. First the mark that says how far it has come, then what was found: all of them for one append.
    ///
    /// Parties take turns. Of one party what concerns sites and movements comes first, its own and those of others,
    /// because of whichever of its statements; then the oldest.
    ///
    /// Nothing as well where so much is looked through that nothing was found yet: then there is nothing to keep, and
    /// the next part goes on where this one came to.
    pub fn compare(&mut self, now: Time) -> Vec<Entry> {
        self.compare_some(now, self.pace())
    }

    /// The same, at a pace for this part alone.
    pub fn compare_some(&mut self, now: Time, pace: Pace) -> Vec<Entry> {
        let Some(comparison) = self.next_comparison() else { return Vec::new() };
        let (statement, before) = (comparison.statement, comparison.reached);
        let (rest, findings) = self.go_on(comparison, now, pace);
        if rest == Some(before) && findings.is_empty() {
            let party = comparison.party.clone();
            self.had_turn(party);
            return Vec::new();
        }
        let mark = match rest {
            Some(reached) => Finding::Comparing { statement, reached },
            None => Finding::Compared { statement },
        };
        let all = std::iter::once(mark).chain(findings);
        all.map(|finding| Entry { at: now, what: What::Found(finding) }).collect()
    }

    fn next_comparison(&self) -> Option<&Comparison> {
        let next = self.turns().next()?;
        self.ledger().comparisons.get(next).map(|comparison| &**comparison)
    }

    /// Where a comparison goes on, `None`: nowhere; and its next findings.
    fn go_on(
        &self,
        comparison: &Comparison,
        now: Time,
        pace: Pace,
    ) -> (Option<ComparisonProgress>, Vec<Finding>) {
        let (statement, reached) = (comparison.statement, comparison.reached);
        let by = Some(&comparison.party);
        let stood = |d: &Declaration| d.ended.is_none() && d.stood_before(statement);
        match &comparison.scope {
            ComparisonScope::Version { declaration, version } => {
                self.part(by, now, (pace, MOST_FOLLOWING), |part| {
                    let filing = self.filing(*declaration).filter(|f| f.version == *version)?;
                    let with = |_, other: &Declaration| stood(other);
                    match part.compare(&filing, (Some(statement), reached.other), &with) {
                        Progress::Done => None,
                        Progress::At(other) => {
                            Some(ComparisonProgress { declaration: None, other })
                        }
                    }
                })
            }
            ComparisonScope::End { declaration } => {
                self.part(by, now, (pace, MOST_FOLLOWING), |part| {
                    match part.resolve_all(*declaration) {
                        Progress::Done => None,
                        Progress::At(_) => Some(ComparisonProgress::default()),
                    }
                })
            }
            // Each pair once: with those that come before it.
            ComparisonScope::All {} => self.part(None, now, (pace, MOST_FOLLOWING), |part| {
                let with = |id, other, d: &Declaration| other < id && stood(d);
                self.compare_many(part, (statement, reached), &stood, &with)
            }),
            ComparisonScope::Party { party, groups } => {
                let own = |d: &Declaration| stood(d) && d.owner == *party;
                let bound = |_, _, d: &Declaration| stood(d) && d.binds_one_of(groups);
                self.part(Some(party), now, (pace, MOST_FOLLOWING), |part| {
                    self.compare_many(part, (statement, reached), &own, &bound)
                })
            }
            ComparisonScope::Leaver { leaver } => self.held_by(leaver, reached),
        }
    }

    /// A declaration in force, as it stands.
    fn filing(&self, id: DeclarationId) -> Option<Filing<'_>> {
        let declaration = self.ledger().declarations.get(&id).filter(|d| d.ended.is_none())?;
        let placed = self.finder()?.placed(id)?;
        Some(Filing { id, version: declaration.version, terms: declaration.terms(), placed })
    }

    /// Compares many declarations anew, in their order, each with those of the others that `with` names.
    fn compare_many(
        &self,
        part: &mut Part<'_>,
        (statement, reached): (u64, ComparisonProgress),
        which: &dyn Fn(&Declaration) -> bool,
        with: &dyn Fn(DeclarationId, DeclarationId, &Declaration) -> bool,
    ) -> Option<ComparisonProgress> {
        let mut last = reached;
        for (id, declaration) in self.onward(reached) {
            let place = Some(half(id.0));
            let at_hand = place == reached.declaration;
            if part.is_full() {
                return Some(last);
            }
            if (at_hand && reached.other.is_none()) || !which(declaration) {
                part.passed_over();
                last = ComparisonProgress { declaration: place, other: None };
                continue;
            }
            let Some(filing) = self.filing(id) else { continue };
            let after = reached.other.filter(|_| at_hand);
            let with = |other, d: &Declaration| with(id, other, d);
            match part.compare(&filing, (Some(statement), after), &with) {
                Progress::Done => last = ComparisonProgress { declaration: place, other: None },
                Progress::At(None) => return Some(last),
                Progress::At(other) => {
                    return Some(ComparisonProgress { declaration: place, other });
                }
            }
            part.worked();
        }
        None
    }

    /// The declarations from the one on that was reached, in their order.
    fn onward(
        &self,
        reached: ComparisonProgress,
    ) -> impl Iterator<Item = (DeclarationId, &Declaration)> {
        let first = DeclarationId(reached.declaration.unwrap_or(Hash([0; 32])));
        self.ledger().declarations.range(first..).map(|(id, declaration)| (*id, &**declaration))
    }

    /// Where to look on for what a party holds that leaves; and who gave it what.
    pub(crate) fn held_by(
        &self,
        leaver: &PartyId,
        reached: ComparisonProgress,
    ) -> (Option<ComparisonProgress>, Vec<Finding>) {
        let held =
            |given: &Disclosure| given.party == *leaver && given.precision == Precision::Full;
        let mut owners: BTreeMap<&PartyId, Vec<BTreeSet<Version>>> = BTreeMap::new();
        let (mut last, mut looked, mut sets) = (reached, 0, 0);
        let mut rest = None;
        for (id, declaration) in self.onward(reached) {
            let place = Some(half(id.0));
            if place == reached.declaration {
                continue;
            }
            if looked >= MOST_LOOKED_THROUGH || sets >= MOST_FOLLOWING {
                rest = Some(last);
                break;
            }
            (looked, last) = (looked + 1, ComparisonProgress { declaration: place, other: None });
            for (version, _) in declaration.versions().filter(|(_, given)| given.iter().any(held)) {
                let of = owners.entry(&declaration.owner).or_default();
                match of.last_mut().filter(|set| set.len() < MOST_HELD) {
                    Some(set) => {
                        set.insert(version);
                    }
                    None => {
                        of.push([version].into());
                        sets += 1;
                    }
                }
            }
        }
        let one = |(owner, sets): (&PartyId, Vec<BTreeSet<Version>>)| {
            let (leaver, owner) = (leaver.clone(), owner.clone());
            sets.into_iter().map(move |versions| {
                let (leaver, owner) = (leaver.clone(), owner.clone());
                Finding::HeldByLeaver { leaver, owner, versions }
            })
        };
        (rest, owners.into_iter().flat_map(one).collect())
    }
}
