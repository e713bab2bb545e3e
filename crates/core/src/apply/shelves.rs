//! Sounds that are shelved.

use super::{Effects, Utterance};
use crate::ledger::{LONGEST_SHELF_S, Ledger, Shelf, ShelfObject};
use crate::names::PartyId;
use crate::time::Time;

impl Ledger {
    pub(super) fn shelve(&mut self, by: &Utterance<'_>, of: ShelfObject, until: Time) -> Effects {
        let key = by.statement.key;
        let shelf = Shelf { of, key, at: by.at, until, entry: by.index };
        let own = self.shelves.entry(by.party.clone()).or_default();
        // What has ended is known from the record alone: one that begins then may go on what it silenced, and a stretch
        // has an end. A desk may be given an entry a second time.
        let counts = |one: &Shelf| one.until.after_seconds(LONGEST_SHELF_S) > by.at;
        own.retain(|one| counts(one) && one.entry != by.index);
        own.push_back(shelf);
        let readers = self.host().into_iter().chain([by.party]);
        Effects { readers: readers.cloned().collect(), ..Effects::default() }
    }

    /// The entries that told of what is shelved, which a party is given that becomes the watch desk.
    pub(super) fn shelved_for(&self, host: &PartyId) -> impl Iterator<Item = u64> {
        let others = self.shelves.iter().filter(move |(party, _)| *party != host);
        others.flat_map(|(_, shelves)| shelves).map(|shelf| shelf.entry)
    }
}
