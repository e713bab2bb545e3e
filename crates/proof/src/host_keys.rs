//! Whose signature counts under a head: the record can be moved from one host to another.
//!
//! Heads up to the one that ends with the statement that moves it are verified by the old key, those from
//! there on by the new one.

use deconflict_core::Ledger;
use deconflict_record::{Checkpoint, KeyUse, SignedCheckpoint, VerifyingKey, Vkey};

/// The keys that may sign a head over so many entries, in a space whose record began with this key.
pub fn host_keys_at(ledger: &Ledger, began: &Vkey, size: u64) -> Vec<Vkey> {
    if ledger.charter.is_none() {
        return vec![began.clone()];
    }
    vkeys(began.name(), ledger.head_keys(size).into_iter())
}

/// All keys of the record's hosts, in their order.
pub fn host_keys(ledger: &Ledger, began: &Vkey) -> Vec<Vkey> {
    if ledger.charter.is_none() {
        return vec![began.clone()];
    }
    let mut keys = vkeys(began.name(), ledger.hosts().map(|host| host.key));
    keys.dedup();
    keys
}

fn vkeys(space: &str, keys: impl Iterator<Item = VerifyingKey>) -> Vec<Vkey> {
    keys.filter_map(|key| Vkey::new(space, KeyUse::Log, key).ok()).collect()
}

/// What the record says of its hosts, in words: one line for each time that it was moved.
pub fn moves_in_words(ledger: &Ledger) -> Vec<String> {
    let later = ledger.hosts().skip(1);
    ledger
        .former
        .iter()
        .zip(later)
        .map(|(former, host)| {
            format!(
                "entry {} moved the record from the host of `{}` to that of `{}`, signed by the roots \
                 that the charter asks for; heads are verified by the one's key up to there, and by \
                 the other's from there on",
                former.until, former.host.party, host.party
            )
        })
        .collect()
}

/// The head, once one of these keys is seen to have signed it.
pub fn signed_by<'a>(signed: &'a SignedCheckpoint, logs: &[Vkey]) -> Option<&'a Checkpoint> {
    logs.iter().find_map(|log| signed.verify(log).ok())
}
