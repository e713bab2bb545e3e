//! The state of a space: the ledger, and what finds things in it.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use imbl::OrdMap;
use imbl::ordmap::DiffItem;

use crate::apply::{Effects, Item};
use crate::channel::{Dialogue, MovementReports, OpenMessages};
use crate::detect::Pace;
use crate::entry::{Entry, Finding, What};
use crate::finder::{Finder, Judging, OpenPair, Placement};
use crate::ledger::{Ledger, ParticipationState};
use crate::names::{ConflictId, DeclarationId, InterestId, MessageId, OverlayId, PartyId};
use crate::nearby::NearbyByParty;
use crate::subject::Subject;
use crate::tick::Agenda;
use crate::time::Time;
use crate::waiting::{ComparisonTurns, WaitingComparisons};

/// The fold of a record's entries, ready to decide about the next one.
#[derive(Debug, Default)]
pub struct State {
    ledger: Ledger,
    /// `None` before the space begins.
    finder: Option<Finder>,
    agenda: Agenda,
    messages: OpenMessages,
    movements: MovementReports,
    pace: Pace,
    /// What lies near the declarations that are being compared: no part of what the state stands for.
    pub(crate) nearby: Mutex<NearbyByParty>,
    /// Whose comparison goes on next.
    turns: ComparisonTurns,
    /// Whether the time that is given is not to be believed.
    doubts_time: bool,
}

impl State {
    /// The state that a ledger stands for.
    pub fn new(ledger: Ledger) -> State {
        let mut state = State { ledger, ..State::default() };
        state.turns.note(&WaitingComparisons::default(), &state.ledger);
        state.rebuild();
        state
    }

    /// What has been folded.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    pub(crate) fn finder(&self) -> Option<&Finder> {
        self.finder.as_ref()
    }

    pub(crate) fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    pub(crate) fn messages(&self) -> &OpenMessages {
        &self.messages
    }

    pub(crate) fn movements(&self) -> &MovementReports {
        &self.movements
    }

    /// Folds the next entry in; who may read what from here on.
    pub fn apply(&mut self, entry: &Entry) -> Effects {
        self.apply_decided(entry, None)
    }

    /// The same for an entry of [`State::decide`]: the statement's own with the placement that came with it,
    /// which spares the state finding it a second time. It changes nothing else, whatever it is.
    pub fn apply_decided(&mut self, entry: &Entry, placement: Option<Placement>) -> Effects {
        let index = self.ledger.size;
        self.take_turn(entry);
        let rules = self.ledger.charter.clone();
        let waiting = self.ledger.comparisons.clone();
        // What is forgotten is looked up as it was.
        let known = match &entry.what {
            What::Found(Finding::Erased { .. }) => self.ledger.dialogues.clone(),
            _ => OrdMap::new(),
        };
        let effects = self.ledger.apply(index, index, entry);
        self.turns.note(&waiting, &self.ledger);
        for change in &effects.changed {
            if let Item::Dialogue(id) = change.item {
                self.note_dialogue(id, known.get(&id).map(Deref::deref));
            }
        }
        match Subject::of(entry) {
            // A new title leaves everything where it lies.
            Subject::Rules
                if rules.as_ref().map(|charter| &charter.rules) == self.ledger.rules() => {}
            Subject::Rules => self.rebuild(),
            Subject::Declaration(id) => self.note_declaration(id, placement),
            Subject::Conflict(id) => self.note_conflict(id),
            Subject::Overlay(id) => self.note_overlay(id),
            Subject::Interest(party, id) => self.note_interest(&party, &id),
            Subject::Parties | Subject::Message(_) | Subject::Nothing => {}
        }
        effects
    }

    /// Whoever's statement a part follows from has had its turn.
    fn take_turn(&mut self, entry: &Entry) {
        let (What::Found(Finding::Comparing { statement, .. })
        | What::Found(Finding::Compared { statement })) = &entry.what
        else {
            return;
        };
        // What was found beside the statement itself took no turn: who files often would have none left.
        if let Some(of) = self.ledger.comparisons.get(*statement) {
            self.turns.had(of.party.clone());
            if matches!(entry.what, What::Found(Finding::Compared { .. })) {
                let nearby = self.nearby.get_mut().unwrap_or_else(PoisonError::into_inner);
                nearby.retain(|_, kept| !kept.follows(*statement));
            }
        }
    }

    /// A party's comparison had its turn, and there is nothing to tell of it.
    pub(crate) fn had_turn(&mut self, party: PartyId) {
        self.turns.had(party);
    }

    pub(crate) fn turns(&self) -> &ComparisonTurns {
        &self.turns
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// How much is found at once from here on: for whoever tries what is found in many parts.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = Pace { findings: pace.findings.max(1), work: pace.work.max(1) };
    }

    /// Whether the time that is given from here on is not to be believed: then nothing counts as over by it, and what
    /// meets at whatever time is told. What truly is over ends once the time is believed again.
    pub fn doubt_time(&mut self, doubts: bool) {
        self.doubts_time = doubts;
    }

    /// Whether something that lasts until then is over now; `None`: it has no end.
    pub(crate) fn is_over(&self, until: Option<Time>, now: Time) -> bool {
        !self.doubts_time && until.is_some_and(|until| until < now)
    }

    /// Goes to another ledger of the same record, back or on: what finds things is changed where the ledgers
    /// differ, in the time that it takes to see where they do, as in [`State::new`] with a part of its work.
    /// The state must be whole; one that a panic may have left half changed is not.
    pub fn go_to(&mut self, ledger: &Ledger) {
        let left = std::mem::replace(&mut self.ledger, ledger.clone());
        self.nearby = Mutex::default();
        self.turns.note(&left.comparisons, &self.ledger);
        let (before, after) = (left.rules(), self.ledger.rules());
        // By other rules everything lies elsewhere.
        if before != after {
            self.rebuild();
            return;
        }
        let (mut declarations, mut conflicts, mut overlays) = (Vec::new(), Vec::new(), Vec::new());
        declarations.extend(left.declarations.diff(&self.ledger.declarations).map(|d| *key_of(d)));
        conflicts.extend(left.conflicts.diff(&self.ledger.conflicts).map(|d| *key_of(d)));
        overlays.extend(left.overlays.diff(&self.ledger.overlays).map(|d| *key_of(d)));
        let interests = |ledger: &Ledger, party: &PartyId| {
            let own = ledger.interests.get(party).into_iter().flatten();
            own.map(|(id, _)| id.clone()).collect::<BTreeSet<InterestId>>()
        };
        let whose = left.interests.diff(&self.ledger.interests).map(|d| key_of(d).clone());
        for party in whose.collect::<Vec<_>>() {
            let ids = interests(&left, &party).into_iter().chain(interests(&self.ledger, &party));
            ids.for_each(|id| self.note_interest(&party, &id));
        }
        for id in declarations {
            self.note_declaration(id, None);
        }
        for id in conflicts {
            // It may have been between other declarations.
            if let (Some(finder), Some(conflict)) = (&mut self.finder, left.conflicts.get(&id)) {
                finder.note(OpenPair::Conflict(id), false, conflict.between, &conflict.sides);
            }
            self.note_conflict(id);
        }
        let dialogues: Vec<MessageId> =
            left.dialogues.diff(&self.ledger.dialogues).map(|d| *key_of(d)).collect();
        for id in dialogues {
            self.note_dialogue(id, left.dialogues.get(&id).map(Deref::deref));
        }
        for id in overlays {
            if let (Some(finder), Some(overlay)) = (&mut self.finder, left.overlays.get(&id)) {
                finder.note(OpenPair::Overlay(id), false, overlay.between, &overlay.sides);
            }
            self.note_overlay(id);
        }
    }

    fn note_declaration(&mut self, id: DeclarationId, found: Option<Placement>) {
        let declaration = self.ledger.declarations.get(&id);
        if let Some(finder) = &mut self.finder {
            match declaration {
                Some(declaration) => finder.place(id, declaration, found),
                None => finder.displace(id),
            }
        }
        self.agenda.note_site(id, declaration.map(Deref::deref));
        self.agenda.note_movement(id, &self.ledger, &self.movements);
    }

    fn note_conflict(&mut self, id: ConflictId) {
        let conflict = self.ledger.conflicts.get(&id);
        if let (Some(finder), Some(conflict)) = (&mut self.finder, conflict) {
            finder.note(
                OpenPair::Conflict(id),
                conflict.closed.is_none(),
                conflict.between,
                &conflict.sides,
            );
        }
        self.agenda.note_conflict(id, conflict.map(Deref::deref), self.ledger.rules());
    }

    fn note_overlay(&mut self, id: OverlayId) {
        let overlay = self.ledger.overlays.get(&id);
        if let (Some(finder), Some(overlay)) = (&mut self.finder, overlay) {
            finder.note(
                OpenPair::Overlay(id),
                overlay.closed.is_none(),
                overlay.between,
                &overlay.sides,
            );
        }
        self.agenda.note_overlay(id, overlay.map(Deref::deref));
    }

    fn note_dialogue(&mut self, id: MessageId, before: Option<&Dialogue>) {
        let after = self.ledger.dialogues.get(&id).map(Deref::deref);
        self.agenda.note_dialogue(id, after);
        self.agenda.note_incident((id, before), &self.ledger);
        self.messages.note(id, before, after);
        for movement in self.movements.note(id, after) {
            self.agenda.note_movement(movement, &self.ledger, &self.movements);
        }
    }

    fn note_interest(&mut self, party: &PartyId, id: &InterestId) {
        if let Some(finder) = &mut self.finder {
            let interest = self.ledger.interests.get(party).and_then(|own| own.get(id));
            finder.set_interest(party, id, interest.map(Deref::deref));
        }
    }

    fn rebuild(&mut self) {
        self.nearby = Mutex::default();
        self.finder =
            self.ledger.rules().and_then(Judging::by).map(|by| Finder::new(&self.ledger, by));
        self.messages = OpenMessages::new(&self.ledger);
        self.movements = MovementReports::new(&self.ledger);
        self.agenda = Agenda::new(&self.ledger, &self.movements);
    }

    /// Whether a party has joined and neither pauses nor left.
    pub(crate) fn takes_part(&self, party: &PartyId) -> bool {
        self.ledger
            .parties
            .get(party)
            .is_some_and(|p| p.participation_state() == ParticipationState::Joined)
    }
}

/// Of what a difference of two maps is about.
fn key_of<'a, K, V>(difference: DiffItem<'a, 'a, K, V>) -> &'a K {
    match difference {
        DiffItem::Add(key, _) | DiffItem::Remove(key, _) => key,
        DiffItem::Update { new: (key, _), .. } => key,
    }
}
