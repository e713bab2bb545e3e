//! What became of statements a short while ago, for those who ask after it was done.

use std::collections::VecDeque;

use deconflict_api::{FilingAnswer, HostWait};
use deconflict_core::MessageId;
use deconflict_record::{Hash, KeyId};

use crate::outbox::SendReport;

/// How many are remembered.
const MOST: usize = 4_096;

/// What became of statements a short while ago. In memory alone: the queue and the record tell what matters.
#[derive(Default, Debug)]
pub(super) struct Recent {
    filed: VecDeque<FilingAnswer>,
    resigned: VecDeque<(Hash, Hash)>,
    too_late: VecDeque<Hash>,
    held_up: Vec<(KeyId, String)>,
    kept: Vec<(Hash, HostWait)>,
    awaiting: Vec<(Hash, MessageId)>,
}

fn keep<T>(all: &mut VecDeque<T>, one: T) {
    if all.len() == MOST {
        all.pop_front();
    }
    all.push_back(one);
}

impl Recent {
    pub(super) fn note(&mut self, sent: &SendReport) {
        sent.filed.iter().for_each(|one| keep(&mut self.filed, one.clone()));
        sent.resigned.iter().for_each(|one| keep(&mut self.resigned, *one));
        sent.too_late.iter().for_each(|one| keep(&mut self.too_late, *one));
        self.held_up.clone_from(&sent.held_up);
        self.kept.clone_from(&sent.kept);
        self.awaiting.clone_from(&sent.awaiting);
    }

    pub(super) fn replaced(&mut self, old: Hash, anew: Hash) {
        keep(&mut self.resigned, (old, anew));
    }

    /// What came of sending one statement; `key`: whose it is, as long as it waits.
    pub(super) fn of(&self, statement: Hash, key: Option<KeyId>) -> SendReport {
        let mut sent = SendReport::default();
        let mut last = statement;
        for (old, anew) in &self.resigned {
            if *old == last {
                sent.resigned.push((*old, *anew));
                last = *anew;
            }
        }
        let name = last.to_string();
        sent.filed = self.filed.iter().filter(|one| one.statement == name).cloned().collect();
        // Only the last answer counts: it may have been filed again.
        sent.filed.drain(..sent.filed.len().saturating_sub(1));
        sent.too_late = self.too_late.iter().filter(|one| **one == last).copied().collect();
        sent.held_up =
            self.held_up.iter().filter(|(held, _)| Some(*held) == key).cloned().collect();
        sent.kept = self.kept.iter().filter(|(kept, _)| *kept == last).cloned().collect();
        sent.awaiting = self.awaiting.iter().filter(|(one, _)| *one == last).copied().collect();
        sent
    }

    /// The name under which a statement waits now.
    pub(super) fn last_name(&self, statement: Hash) -> Hash {
        let anew = |last, (old, anew): &(Hash, Hash)| if *old == last { *anew } else { last };
        self.resigned.iter().fold(statement, anew)
    }
}
