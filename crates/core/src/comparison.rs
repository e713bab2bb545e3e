//! What is still to be compared because of a statement, and how far that has come.
//!
//! A statement is durable whatever follows from it. What does not fit beside it follows in parts, each in an
//! append of its own. The fold of the record knows what is left: after a crash the next part is decided from
//! the ledger alone.

use std::collections::BTreeSet;

use deconflict_record::Hash;
use serde::{Deserialize, Serialize};

use crate::apply::{Effects, Utterance};
use crate::declared::{Kind, OperationState};
use crate::ledger::{Ledger, tagged};
use crate::names::{DeclarationId, GroupId, PartyId, Version};
use crate::say::Say;
use crate::shared::Joint;

/// What is to be compared because of a statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The statement's entry.
    pub statement: u64,
    /// Who said it.
    pub party: PartyId,
    /// What is compared with what.
    pub scope: ComparisonScope,
    /// How far that has come.
    pub reached: ComparisonProgress,
}

/// What is compared with what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ComparisonScope {
    /// A version that was filed, or shared anew, with all that stood before.
    Version {
        /// Of which declaration.
        declaration: DeclarationId,
        /// Which version.
        version: Version,
    },
    /// A declaration that ended: its conflicts are resolved, and its overlays end.
    End {
        /// Which declaration.
        declaration: DeclarationId,
    },
    /// Everything with everything: the rules changed.
    All {},
    /// All that a party declared with the zones that bind these groups: it speaks for others than before.
    Party {
        /// Which party.
        party: PartyId,
        /// Which groups.
        groups: BTreeSet<GroupId>,
    },
    /// What a party holds that leaves: its owners are told.
    Leaver {
        /// Who leaves.
        leaver: PartyId,
    },
}

/// How far a comparison has come, in orders that tell nothing: half of each hash alone is written, which is
/// enough to go on behind it and too little to tell whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonProgress {
    /// Where many declarations are compared: the one that is being compared, or, without `other`, the last one
    /// that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) declaration: Option<Hash>,
    /// With which other it was compared last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<NearbyKey>,
}

/// When a declaration's turn comes to be compared with a version: protected sites and movements first, else
/// in an order that is another one for each version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct NearbyKey(u8, Hash);

impl NearbyKey {
    pub(crate) fn of(version: Version, other: DeclarationId, kind: Kind) -> NearbyKey {
        let hash = tagged("deconflict comparison v1", &[&version.0.0, &other.0.0]);
        NearbyKey(u8::from(!comes_first(kind)), half(hash))
    }
}

impl ComparisonProgress {
    /// Whether some of what protects may still be to come: sites and movements of others are compared before all
    /// else.
    pub(crate) fn is_before_others(&self) -> bool {
        self.other.is_none_or(|NearbyKey(class, _)| class == 0)
    }
}

/// Whether lives hang on it more than on other kinds.
pub(crate) fn comes_first(kind: Kind) -> bool {
    matches!(kind, Kind::Site | Kind::Movement)
}

/// The first half of a hash: in the order of hashes it comes no later than any hash that begins so.
pub(crate) fn half(hash: Hash) -> Hash {
    let mut bytes = hash.0;
    bytes[16..].fill(0);
    Hash(bytes)
}

impl ComparisonScope {
    /// The one declaration that is compared, if it is one.
    pub(crate) fn declaration(&self) -> Option<DeclarationId> {
        match self {
            ComparisonScope::Version { declaration, .. } | ComparisonScope::End { declaration } => {
                Some(*declaration)
            }
            _ => None,
        }
    }
}

impl Ledger {
    /// What is compared because of a statement that is about to be folded in.
    pub(crate) fn scope_of(&self, by: &Utterance<'_>, say: &Say) -> Option<ComparisonScope> {
        let version = Version(by.statement.hash);
        Some(match say {
            Say::Declare { .. } => {
                ComparisonScope::Version { declaration: DeclarationId::begun_by(version), version }
            }
            Say::Amend { declaration, .. } => {
                ComparisonScope::Version { declaration: *declaration, version }
            }
            Say::Share { declaration, .. } => ComparisonScope::Version {
                declaration: *declaration,
                version: self.declarations.get(declaration)?.version,
            },
            Say::End { declaration, .. }
            | Say::SetState { operation: declaration, state: OperationState::Ended, .. } => {
                // What waits for its owner's key goes on as it was.
                let waits = self.declarations.get(declaration)?.ends_by_key_alone(&by.authority);
                if waits {
                    return None;
                }
                ComparisonScope::End { declaration: *declaration }
            }
            Say::AmendCharter { .. } => ComparisonScope::All {},
            Say::Join { member } => ComparisonScope::Party {
                party: member.id.clone(),
                groups: self.groups_changed(&member.id, &member.speaks_for),
            },
            Say::SpeakFor { group } | Say::StopSpeakingFor { group } => {
                let groups = [group.clone()].into();
                ComparisonScope::Party { party: by.party.clone(), groups }
            }
            Say::Withdraw { .. } => ComparisonScope::Leaver { leaver: by.party.clone() },
            _ => return None,
        })
    }

    /// The groups for which a party speaks and would not, or the other way round.
    pub(crate) fn groups_changed(
        &self,
        party: &PartyId,
        speaks_for: &BTreeSet<GroupId>,
    ) -> BTreeSet<GroupId> {
        let none = BTreeSet::new();
        let before = self.parties.get(party).map_or(&none, |party| &party.member.speaks_for);
        before.symmetric_difference(speaks_for).cloned().collect()
    }

    /// What follows from the statement that was folded in last: all of it stands after it, unless a mark says
    /// that it does not.
    pub(crate) fn follow(&mut self, by: &Utterance<'_>, scope: Option<ComparisonScope>) {
        // What was left to be compared of the same declaration is compared by this statement, or is over.
        if let Some(id) = scope.as_ref().and_then(ComparisonScope::declaration) {
            self.comparisons.remove_of(id);
        }
        self.follows = scope.map(|scope| {
            let (statement, party) = (by.index, by.statement.party.clone());
            Joint::new(Comparison {
                statement,
                party,
                scope,
                reached: ComparisonProgress::default(),
            })
        });
    }

    pub(crate) fn comparing(&mut self, statement: u64, reached: ComparisonProgress) -> Effects {
        let begun = self.follows.take_if(|follows| follows.statement == statement);
        // Of two changes of the rules the later one goes on for both.
        if begun.as_ref().is_some_and(|begun| begun.scope == ComparisonScope::All {}) {
            self.drop_changes_of_rules();
        }
        let known = self.comparisons.get(statement).cloned();
        if let Some(mut comparison) = known.or(begun) {
            comparison.get_mut().reached = reached;
            self.comparisons.insert(statement, comparison);
        }
        self.for_watch_desk()
    }

    pub(crate) fn compared(&mut self, statement: u64) -> Effects {
        self.comparisons.remove(statement);
        self.for_watch_desk()
    }

    fn for_watch_desk(&self) -> Effects {
        Effects { readers: self.host().cloned().into_iter().collect(), ..Effects::default() }
    }

    fn drop_changes_of_rules(&mut self) {
        let all = |comparison: &Comparison| comparison.scope == ComparisonScope::All {};
        let over = self.comparisons.iter().filter(|(_, comparison)| all(comparison));
        let over: Vec<u64> = over.map(|(statement, _)| statement).collect();
        over.into_iter().for_each(|statement| self.comparisons.remove(statement));
    }
}
