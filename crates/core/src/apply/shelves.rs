//! Sounds that are shelved.

use super::{Effects, Utterance};
use crate::ledger::{Ledger, Shelf, ShelfObject, lasting};
use crate::names::PartyId;
use crate::time::Time;

impl Ledger {
    pub(super) fn shelve(&mut self, by: &Utterance<'_>, of: ShelfObject, until: Time) -> Effects {
        let key = by.statement.key;
        let shelf = Shelf { of, key, at: by.at, until, entry: by.index };
        let own = self.shelves.entry(by.party.clone()).or_default();
        // A desk may be given an entry a second time.
        own.retain(|one| one.entry != by.index);
        own.push_back(shelf);
        // What has ended and nothing went on from says nothing any more.
        let last = own.iter().map(|one| one.at).max().unwrap_or(by.at);
        let lasting = lasting(own.iter(), last);
        own.retain(|one| lasting.contains(&one.entry));
        let readers = self.host().into_iter().chain([by.party]);
        Effects { readers: readers.cloned().collect(), ..Effects::default() }
    }

    /// The entries that told of what is shelved, which a party is given that becomes the watch desk.
    pub(super) fn shelved_for(&self, host: &PartyId) -> impl Iterator<Item = u64> {
        let others = self.shelves.iter().filter(move |(party, _)| *party != host);
        others.flat_map(|(_, shelves)| shelves).map(|shelf| shelf.entry)
    }
}
