//! What waits to be compared: found by statement and by declaration, and whose turn comes next, however much
//! waits.

use std::collections::{BTreeMap, BTreeSet};

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use serde::{Deserialize, Serialize};

use crate::comparison::{Comparison, comes_first};
use crate::ledger::Ledger;
use crate::names::{DeclarationId, PartyId};
use crate::shared::Joint;

type ByStatement = OrdMap<u64, Joint<Comparison>>;

/// What is still to be compared, by the entries of the statements that it follows from.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(from = "ByStatement", into = "ByStatement")]
pub struct WaitingComparisons {
    by_statement: ByStatement,
    /// The statement because of which a declaration is compared. It follows from the comparisons.
    by_declaration: OrdMap<DeclarationId, u64>,
}

impl WaitingComparisons {
    /// Because of this statement.
    pub fn get(&self, statement: u64) -> Option<&Joint<Comparison>> {
        self.by_statement.get(&statement)
    }

    /// All, by the entries of their statements, the first first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Comparison)> {
        self.by_statement.iter().map(|(statement, comparison)| (*statement, &**comparison))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_statement.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.by_statement.is_empty()
    }

    pub(crate) fn insert(&mut self, statement: u64, comparison: Joint<Comparison>) {
        if let Some(id) = comparison.scope.declaration() {
            self.by_declaration.insert(id, statement);
        }
        self.by_statement.insert(statement, comparison);
    }

    pub(crate) fn remove(&mut self, statement: u64) {
        let of = self.by_statement.remove(&statement).and_then(|gone| gone.scope.declaration());
        if let Some(id) = of.filter(|id| self.by_declaration.get(id) == Some(&statement)) {
            self.by_declaration.remove(&id);
        }
    }

    /// That one declaration is compared, because of whichever statement, is over.
    pub(crate) fn remove_of(&mut self, declaration: DeclarationId) {
        if let Some(statement) = self.by_declaration.get(&declaration).copied() {
            self.remove(statement);
        }
    }
}

impl From<ByStatement> for WaitingComparisons {
    fn from(by_statement: ByStatement) -> WaitingComparisons {
        let of = |(statement, one): (&u64, &Joint<Comparison>)| {
            Some((one.scope.declaration()?, *statement))
        };
        let by_declaration = by_statement.iter().filter_map(of).collect();
        WaitingComparisons { by_statement, by_declaration }
    }
}

impl From<WaitingComparisons> for ByStatement {
    fn from(waiting: WaitingComparisons) -> ByStatement {
        waiting.by_statement
    }
}

/// Whose comparison goes on next. Parties take turns. Of one party what concerns sites and movements comes first,
/// its own and those of others, because of whichever of its statements; then the oldest.
#[derive(Debug, Default)]
pub(crate) struct ComparisonTurns {
    /// Whether something else comes before it, and the statement.
    waiting: BTreeMap<PartyId, BTreeSet<(bool, u64)>>,
    /// Where each statement stands in that.
    places: BTreeMap<u64, (PartyId, bool)>,
    /// Which of all parts was each party's last, since the state was made.
    last: BTreeMap<PartyId, u64>,
    /// How many parts there were.
    parts: u64,
}

impl ComparisonTurns {
    /// The statement whose comparison goes on next.
    pub(crate) fn next(&self) -> Option<u64> {
        let last = |party: &PartyId| self.last.get(party).copied().unwrap_or_default();
        let (_, own) = self.waiting.iter().min_by_key(|(party, _)| (last(party), *party))?;
        own.first().map(|(_, statement)| *statement)
    }

    /// That a party has had its turn.
    pub(crate) fn had(&mut self, party: PartyId) {
        self.parts += 1;
        self.last.insert(party, self.parts);
    }

    /// Takes what waits in a ledger as it is now, where another one waited before.
    pub(crate) fn note(&mut self, before: &WaitingComparisons, after: &Ledger) {
        let now = &after.comparisons;
        if before.by_statement.ptr_eq(&now.by_statement) {
            return;
        }
        for difference in before.by_statement.diff(&now.by_statement) {
            match difference {
                DiffItem::Add(statement, new) | DiffItem::Update { new: (statement, new), .. } => {
                    self.set(*statement, Some((new.party.clone(), comes_later(new, after))));
                }
                DiffItem::Remove(statement, _) => self.set(*statement, None),
            }
        }
    }

    fn set(&mut self, statement: u64, place: Option<(PartyId, bool)>) {
        let before = match &place {
            Some(place) => self.places.insert(statement, place.clone()),
            None => self.places.remove(&statement),
        };
        if let Some((party, later)) = before
            && let Some(own) = self.waiting.get_mut(&party)
        {
            own.remove(&(later, statement));
            if own.is_empty() {
                self.waiting.remove(&party);
            }
        }
        if let Some((party, later)) = place {
            self.waiting.entry(party).or_default().insert((later, statement));
        }
    }
}

/// Whether what is left of a comparison concerns neither a site nor a movement.
pub(crate) fn comes_later(comparison: &Comparison, ledger: &Ledger) -> bool {
    let of = comparison.scope.declaration().and_then(|id| ledger.declarations.get(&id));
    let own = of.is_some_and(|of| comes_first(of.declared.kind()));
    let others = of.is_some() && comparison.reached.is_before_others();
    !(own || others)
}
