//! Forgetting what ended so long ago that nobody needs it.
//!
//! What the statements about a declaration say is erased together, and only together: then the fold of
//! what is left, from the first entry on, comes to the same ledger as the one that forgot it. Entries that
//! tell of its conflicts and overlays stay: they hold cells of the sharing grid, and no plan. Messages go with the whole
//! conversation that they stand in, for the same reason.

mod conversations;

use std::cell::LazyCell;
use std::collections::BTreeSet;

use conversations::conversations;
use deconflict_vocabulary::Value;

use crate::apply::{DAY_S, Effects};
use crate::channel::hash;
use crate::entry::{Entry, ErasureSubject, Finding, Side, What};
use crate::ledger::{Conflict, Declaration, Ledger, Overlay, Precision};
use crate::names::{DeclarationId, PartyId};
use crate::shared::change_where;
use crate::state::State;
use crate::time::Time;

/// The most statements that are erased with one declaration, and the most entries with one conversation. One with more is
/// kept.
const MAX_ERASED: usize = 4_000;

impl State {
    /// What the rules keep no longer, each declaration and each conversation by findings that go into one append together.
    ///
    /// Declarations that ended longer ago than the retention, and whose conflicts and overlays did. One is kept for longer
    /// while one of its statements is the last of its key, whose chain goes on from there, or while a disclosure of it is not
    /// sealed yet. An end that a wrong clock dated back counts from what was taken in before it.
    ///
    /// Conversations whose last word is older than that, and at least a day old, and of which nothing is waited for. One is
    /// kept for longer while one of its statements is the last of its key, one of its messages still says how things stand, or
    /// a place is declared that was told of by cells; what a wrong clock dated back counts likewise.
    ///
    /// Goes over everything that was declared and sent: for now and then.
    pub fn erasable(&self, now: Time) -> Vec<Vec<Entry>> {
        let ledger = self.ledger();
        let Some(days) = ledger.rules().map(|rules| i64::from(rules.retention_days)) else {
            return Vec::new();
        };
        let last: BTreeSet<u64> = ledger.keys.values().filter_map(|key| key.last_entry).collect();
        // Looked up only where something is to go.
        let stood = LazyCell::new(|| Stood::of(ledger, now));
        let over = |days: i64| Over { ledger, last: &last, kept_from: kept_from(now, days) };
        let erased = |(of, entries): (ErasureSubject, Vec<u64>)| Entry {
            at: now,
            what: What::Found(Finding::Erased { of, entries }),
        };
        let declared = declarations(over(days), &stood).map(|one| vec![erased(one)]);
        // How often something was said within a day is counted by what is known.
        let said = conversations(over(days.max(1)), &stood);
        let said = said.into_iter().map(|parts| parts.into_iter().map(erased).collect());
        declared.chain(said).collect()
    }

    /// Passes over an entry whose content was erased: a later entry says that it was.
    pub fn skip(&mut self) {
        let index = self.ledger().size;
        self.ledger_mut().skip(index);
    }
}

/// What is asked of all that may be forgotten.
#[derive(Clone, Copy)]
struct Over<'a> {
    ledger: &'a Ledger,
    /// The last entry of each key.
    last: &'a BTreeSet<u64>,
    /// What was over before is kept no longer.
    kept_from: Time,
}

/// From when on the rules keep what is over.
fn kept_from(now: Time, days: i64) -> Time {
    now.after_seconds(-days * DAY_S)
}

/// The declarations that the rules keep no longer, and the statements about each.
fn declarations<'a>(
    Over { ledger, last, kept_from }: Over<'a>,
    stood: &LazyCell<Stood, impl FnOnce() -> Stood>,
) -> impl Iterator<Item = (ErasureSubject, Vec<u64>)> {
    let is_over = |closed: Option<Time>| closed.is_some_and(|closed| closed < kept_from);
    let conflicts = ledger.conflicts.values();
    let conflicts =
        conflicts.filter(|one| !is_over(one.closed.map(|(at, _)| at))).map(|one| one.between);
    let overlays = ledger.overlays.values();
    let overlays =
        overlays.filter(|one| !is_over(one.closed.map(|(at, _)| at))).map(|one| one.between);
    let waiting =
        ledger.comparisons.iter().filter_map(|(_, comparison)| comparison.scope.declaration());
    // Only its owner ends an incident.
    let hit = ledger.incidents.iter().filter_map(|id| ledger.dialogues.get(id)?.open_place());
    let hit = hit.filter_map(|place| match place {
        Value::Reference(of) => Some(DeclarationId(hash(of))),
        _ => None,
    });
    let busy: BTreeSet<DeclarationId> =
        conflicts.chain(overlays).flatten().flatten().chain(waiting).chain(hit).collect();
    let unsealed: BTreeSet<DeclarationId> =
        ledger.unsealed.iter().map(|given| given.declaration).collect();
    let ended_rightly = move |declaration: &Declaration| {
        let stood = declaration.statements.last().and_then(|last| stood.before(*last));
        stood.is_none_or(|at| at < kept_from)
    };
    let over = move |id: &DeclarationId, declaration: &Declaration| {
        declaration.ended.is_some_and(|(ended, _)| ended < kept_from)
            && !busy.contains(id)
            && !unsealed.contains(id)
            && declaration.statements.iter().all(|entry| !last.contains(entry))
            && declaration.statements.len() <= MAX_ERASED
            && ended_rightly(declaration)
    };
    let ended = ledger.declarations.iter().filter(move |(id, declaration)| over(id, declaration));
    ended.map(|(id, declaration)| {
        let entries = declaration.statements.iter().copied().collect();
        (ErasureSubject::Declaration(*id), entries)
    })
}

/// By when entries stood in the record at the earliest, as far as what is left tells: no entry came before one that
/// stands before it.
struct Stood(Vec<(u64, Time)>);

impl Stood {
    /// Dates beyond `now` are those of a clock that was wrong, and say nothing.
    fn of(ledger: &Ledger, now: Time) -> Stood {
        let filed = ledger.declarations.values().filter_map(|d| Some((*d.entries.front()?, d.at)));
        let opened =
            ledger.conflicts.values().filter_map(|c| Some((*c.entries.front()?, c.opened)));
        let laid = ledger.overlays.values().filter_map(|o| Some((*o.entries.front()?, o.opened)));
        let changed = ledger.parties.values().flat_map(|party| &party.history);
        let changed = changed.map(|change| (change.entry, change.at));
        // One that was opened anew has the date of that.
        let sent = ledger.dialogues.values().filter(|sent| sent.reopened.is_none());
        let sent = sent.filter_map(|sent| Some((*sent.entries.first()?, sent.since)));
        let all = filed.chain(opened).chain(laid).chain(changed).chain(sent);
        let mut dated: Vec<(u64, Time)> = all.filter(|(_, at)| *at <= now).collect();
        dated.sort_unstable();
        let mut latest = None;
        for (_, at) in &mut dated {
            latest = latest.max(Some(*at));
            *at = latest.unwrap_or(*at);
        }
        Stood(dated)
    }

    /// The latest date of what is left and stands before an entry; `None`: nothing is.
    fn before(&self, entry: u64) -> Option<Time> {
        let earlier = self.0.partition_point(|(index, _)| *index < entry);
        self.0[..earlier].last().map(|(_, at)| *at)
    }
}

impl Ledger {
    /// When something that may be forgotten was over, as far as this ledger tells; `None`: it is not known here, or is not over.
    pub fn over_since(&self, of: &ErasureSubject) -> Option<Time> {
        match of {
            ErasureSubject::Declaration(id) => self.declarations.get(id)?.ended.map(|(at, _)| at),
            ErasureSubject::Message { message, .. } => {
                self.dialogues.get(message).map(|dialogue| dialogue.last_word())
            }
        }
    }

    /// Whether the rules keep something yet at `at`, as far as a party's ledger tells: it is not over, or not for long enough.
    /// What is not known here they do not keep.
    pub fn keeps_yet(&self, party: &PartyId, of: &ErasureSubject, at: Time) -> bool {
        let days = self.rules().map_or(0, |rules| i64::from(rules.retention_days));
        let kept_from = kept_from(at, days);
        match of {
            ErasureSubject::Declaration(id) => self
                .declarations
                .get(id)
                .is_some_and(|known| known.ended.is_none_or(|(ended, _)| ended >= kept_from)),
            ErasureSubject::Message { message, .. } => {
                let known = |id| self.dialogues.get(&id);
                // What another one did by it would else be undone by whoever folds what is left.
                let mut all =
                    self.acted_on(*message).into_iter().chain([*message]).filter_map(known);
                all.any(|dialogue| {
                    dialogue.is_waited_for(Some(party)) || dialogue.last_word() >= kept_from
                })
            }
        }
    }

    /// Forgets what is to be forgotten; whoever was given what is erased is to do the same, also who left.
    pub(crate) fn forget(&mut self, of: &ErasureSubject) -> Effects {
        match of {
            ErasureSubject::Declaration(id) => self.forget_declaration(*id),
            ErasureSubject::Message { message, party } => {
                self.forget_message(*message, party.as_ref())
            }
        }
    }

    /// Forgets a declaration; its owner and whoever holds a version of it is to do the same, also who left.
    fn forget_declaration(&mut self, id: DeclarationId) -> Effects {
        let mut effects = Effects::default();
        if let Some(declaration) = self.declarations.remove(&id) {
            let given = declaration.versions().flat_map(|(_, given)| given);
            let full = given.filter(|given| given.precision == Precision::Full);
            effects.readers.extend(full.map(|given| given.party.clone()));
            effects.changed.extend(declaration.changed(id));
            declaration.handle.map(|handle| self.handles.remove(&handle));
            effects.readers.insert(declaration.owner.clone());
        }
        let of_it = |conflict: &Conflict| conflict.between.contains(&Some(id));
        change_where(&mut self.conflicts, of_it, |conflict_id, conflict| {
            unlink(id, &conflict.sides, &mut conflict.between);
            effects.changed.extend(conflict.changed(*conflict_id));
        });
        let of_it = |overlay: &Overlay| overlay.between.contains(&Some(id));
        change_where(&mut self.overlays, of_it, |overlay_id, overlay| {
            unlink(id, &overlay.sides, &mut overlay.between);
            effects.changed.extend(overlay.changed(*overlay_id));
        });
        effects
    }
}

/// Of a declaration that is forgotten, what an entry told by name is known, and no more.
fn unlink(id: DeclarationId, sides: &[Side; 2], between: &mut [Option<DeclarationId>; 2]) {
    for (side, declaration) in sides.iter().zip(between) {
        if *declaration == Some(id) {
            *declaration = side.declaration;
        }
    }
}
